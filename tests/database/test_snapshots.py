"""A copy of a database is looked at before it is believed, and nothing is put where somebody works."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engage.database.snapshots import SnapshotProblem, look, put_back, take


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A small database of two tables, with a log beside it as in a service."""
    made = tmp_path / "small.sqlite3"
    with closing(sqlite3.connect(made, isolation_level=None)) as connection:
        connection.executescript(
            "PRAGMA journal_mode=WAL; CREATE TABLE shelf (id INTEGER PRIMARY KEY, name TEXT);"
            "CREATE TABLE book (id INTEGER PRIMARY KEY, shelf_id INTEGER REFERENCES shelf (id));"
            "INSERT INTO shelf VALUES (1, NULL); INSERT INTO book VALUES (1, 1), (2, 1)"
        )
    return made


def change(file: Path, script: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.executescript(script)


async def test_what_is_taken_is_looked_at(file: Path, tmp_path: Path) -> None:
    url = f"sqlite://{file}"
    assert await take(url, tmp_path / "copy") == await look(url) == {"book": 2, "shelf": 1}
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    with pytest.raises(SnapshotProblem, match="no database yet"):
        await take(f"sqlite://{tmp_path / 'nothing'}", tmp_path / "none")


async def test_a_row_that_has_lost_its_parent_is_seen(file: Path) -> None:
    change(file, "PRAGMA foreign_keys=OFF; DELETE FROM shelf")
    with pytest.raises(SnapshotProblem, match="A row of the table book has lost its parent"):
        await look(f"sqlite://{file}")


async def test_a_database_that_is_not_whole_is_seen(file: Path) -> None:
    # a name is missing where one must be: all pages can be read, and only the check of the whole tells
    wanted = "CREATE TABLE shelf (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
    change(file, f"PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql='{wanted}' WHERE name='shelf'")
    with pytest.raises(SnapshotProblem, match=r"damaged \(NULL value in shelf\.name"):
        await look(f"sqlite://{file}")


async def test_nothing_is_put_where_somebody_works(file: Path, tmp_path: Path) -> None:
    url, copy, aside = f"sqlite://{file}", tmp_path / "copy", tmp_path / "aside"
    await take(url, copy)
    change(file, "DELETE FROM book WHERE id = 2")
    with pytest.raises(SnapshotProblem, match="There is a database already"):
        await put_back(url, copy)
    with closing(sqlite3.connect(file, isolation_level=None)) as service:
        service.execute("SELECT * FROM book").fetchall()
        with pytest.raises(SnapshotProblem, match="The service is running"):
            await put_back(url, copy, aside)
    assert (await look(url), aside.exists()) == ({"book": 1, "shelf": 1}, False)
    await put_back(url, copy, aside)
    assert await look(url) == {"book": 2, "shelf": 1}
    assert await look(f"sqlite://{aside}") == {"book": 1, "shelf": 1}
