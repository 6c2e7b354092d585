"""U2 and U5 at the other door, `engage import`: the same files are refused with a sentence, and nothing is kept."""

import asyncio
from pathlib import Path

import pytest

from engage.lists.standards_models import Framework
from engage.resources.incoming_models import InboxEntry, Source
from engage.resources.models import Resource
from tests.commands import Commands
from tests.faults.hostile_files import file
from tests.faults.test_uploads_opml import entities, listed
from tests.school import TestSchool
from tests.test_cli import engage, operator

__all__ = ["engage", "operator"]
WORKBOOK = "This is an Excel workbook or an archive."
# the command, the file that it is given, and what it says
FILES = (
    ("marc", "42 KB gzip of 41 MB that declares 1 KB", "The file is empty."),
    ("csv", "XLSX with DTD", WORKBOOK),
    ("isbn", "nested, gzip in gzip of 4 GB", "packed twice"),
    ("case", "macros", "This JSON cannot be read"),
    ("opds", "encrypted zip", "compressed"),
)
LISTS = (
    (entities("http://127.0.0.2")["swelling"], "entities"),
    (listed('<outline text="a">' * 10_000), "nested too deeply"),
)


def left_by(operator: Path) -> list[str]:
    """What lies in the operator's folder that was not there, but for the database and its settings."""
    files = (path.name for path in operator.rglob("*") if path.is_file())
    return [name for name in files if "sqlite3" not in name and name not in (".env", "secret-key")]


@pytest.mark.only("sqlite")  # refused before any table is asked
async def test_u2_u5_the_command_refuses_the_same_files(
    operator: Path, engage: Commands, school: TestSchool, database_url: str
) -> None:
    (operator / ".env").write_text(f"ENGAGE_DATABASE_URL={database_url}\n")
    asked = [(command, word, *file(word), sentence) for command, word, sentence in FILES]
    asked += [("opml", sentence, "feeds.opml", body, sentence) for body, sentence in LISTS]
    wrong: list[tuple[str, ...]] = []
    for command, word, name, body, sentence in asked:
        given = operator / name
        given.write_bytes(body)
        told = await asyncio.to_thread(engage, operator, "import", command, name, "--school", "lincoln")
        said = " ".join((told.stdout + told.stderr).split())
        if told.returncode != 2 or sentence not in said:
            wrong.append((command, word, str(told.returncode), said[-300:]))
        given.unlink()
    assert wrong == []
    assert left_by(operator) == []
    for table in (Resource, Source, InboxEntry, Framework):
        assert await table.filter(school_id=school.card.id).count() == 0, table
