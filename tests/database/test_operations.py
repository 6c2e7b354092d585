"""Changing the tables of a library in use loses nothing, however it is broken off."""

import os
import shutil
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.exceptions import IntegrityError

from engage.database.config import tortoise_config
from engage.database.opening import file_system, opened
from engage.database.operations import (
    SafeSqliteEditor,
    SchemaProblem,
    check_schema,
    copy_database,
    database_file,
    migrate,
    unmade_changes,
)
from tests.begun import Other, begin
from tests.conftest import on_server
from tests.database.loans import APPS
from tests.database.loans.models import Book, Loan
from tests.faults.processes import bring_up

pytestmark = pytest.mark.waits

ALL = ["0001_first", "0002_indexes", "0003_changed"]


class Loans(TortoiseContext):
    """The small library, connected."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    async def __aenter__(self) -> TortoiseContext:
        EXECUTOR_CACHE.clear()
        context = await super().__aenter__()
        await context.init(config=tortoise_config(self.url) | {"apps": APPS})
        return context


async def ask(statement: str, *values: Any) -> list[dict[str, Any]]:
    return await get_connection("default").execute_query_dict(statement, list(values))


async def lend(books: int = 5) -> None:
    """Some books, each lent once; written as the tables were before the last step."""
    for number in range(1, books + 1):
        await ask(
            "INSERT INTO loans_book (isbn, title, shelf, withdrawn) "
            f"VALUES ('isbn-{number}', 'Sea story {number}', 's{number}', false)"
        )
        await ask(f"INSERT INTO loans_loan (book_id, reader) VALUES ({number}, 'sam')")


async def indexes(kind: str) -> set[str]:
    if kind == "sqlite":
        rows = await ask("SELECT name FROM sqlite_master WHERE type IN ('index','trigger') AND name NOT LIKE 'sqlite%'")
    else:
        rows = await ask("SELECT indexname AS name FROM pg_indexes WHERE tablename LIKE 'loans_%'")
    return {row["name"] for row in rows}


async def test_a_step_that_rebuilds_a_table_keeps_rows_children_indexes_and_triggers(empty_url, kind):
    assert await migrate(empty_url, apps=APPS, upto=ALL[1]) == ALL[:2]
    async with Loans(empty_url):
        await lend()
        before = await indexes(kind)
    assert await migrate(empty_url, apps=APPS) == ALL[2:]
    async with Loans(empty_url):
        assert (await Book.all().count(), await Loan.all().count()) == (5, 5)
        assert before - await indexes(kind) <= {"uq_shelf_in_use"}
        await Book.create(isbn="isbn-6", title=None)
        assert (await Book.get(isbn="isbn-6")).pages == 0
        with pytest.raises(IntegrityError):
            await Book.create(isbn="isbn-1", title="again")
        with pytest.raises(IntegrityError):
            await Book.create(isbn="isbn-1", title="again", withdrawn=False)
        with pytest.raises(IntegrityError):
            await Loan.create(book_id=1, reader="sam")
        with pytest.raises(IntegrityError):
            await Loan.create(book_id=99, reader="sam")
        if kind == "sqlite":
            found = "SELECT rowid FROM loans_words WHERE loans_words MATCH '\"sea\"*'"
            assert len(await ask(found)) == 5
            await Book.filter(id=1).delete()
            assert len(await ask(found)) == 4
            assert await ask("PRAGMA foreign_key_check") == []
        else:
            await Book.filter(id=1).delete()
        assert await Loan.all().count() == 4


async def test_a_migrated_database_has_what_the_models_say(database_url, kind, tmp_path, template):
    """Tortoise has two ways to write tables; ours are written by the steps, and must be what the other would give."""
    if kind == "sqlite":
        plain_url = f"sqlite://{tmp_path / 'plain.sqlite3'}"
    else:
        await on_server(template, "CREATE DATABASE plain")
        plain_url = template.url("plain")
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(plain_url, migrating=True))
        await context.generate_schemas()
        plain = await shape(kind)
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(database_url))
        migrated = await shape(kind)
    if kind == "postgres":
        await on_server(template, "DROP DATABASE plain WITH (FORCE)")
    assert plain <= migrated
    of_search = ("resource_words", "resource_vocabulary")
    more = {what[:2] for what in migrated - plain if what[0] not in of_search}
    # what only some rows are in; a model cannot say that on both databases
    of_some = ("job", "resource", "resource_progress", "lti_line")
    assert more <= {(table, "index") for table in of_some}


async def shape(kind: str) -> set[tuple[Any, ...]]:
    """Columns, foreign keys and indexes, by what they are, whatever their names."""
    if kind == "postgres":
        columns = await ask(
            "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns "
            "WHERE table_schema='public' AND table_name <> 'tortoise_migrations'"
        )
        found = await ask(
            "SELECT tablename, regexp_replace(indexdef, 'INDEX \\S+ ON', 'INDEX ON') AS text FROM pg_indexes "
            "WHERE schemaname='public' AND tablename <> 'tortoise_migrations'"
        )
        keys = await ask(
            "SELECT conrelid::regclass::text AS t, pg_get_constraintdef(oid) AS text "
            "FROM pg_constraint WHERE contype='f'"
        )
        return (
            {(row["table_name"], "column", *row.values()) for row in columns}
            | {(row["tablename"], "index", row["text"]) for row in found}
            | {(row["t"], "key", row["text"]) for row in keys}
        )
    result: set[tuple[Any, ...]] = set()
    tables = "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '%_text%'"
    for table in [row["name"] for row in await ask(tables)]:
        if table == "tortoise_migrations":
            continue
        for row in await ask(f'PRAGMA table_info("{table}")'):
            result.add((table, "column", row["name"], row["type"], row["notnull"], row["dflt_value"], row["pk"]))
        for row in await ask(f'PRAGMA foreign_key_list("{table}")'):
            result.add((table, "key", row["table"], row["from"], row["to"], row["on_delete"]))
        for row in await ask(f'PRAGMA index_list("{table}")'):
            columns = [column["name"] for column in await ask(f'PRAGMA index_info("{row["name"]}")')]
            assert None not in columns, row["name"]
            result.add((table, "index", row["unique"], row["partial"], *columns))
    return result


async def test_models_and_migrations_agree():
    assert await unmade_changes() == []


async def test_a_migration_is_done_once_however_often_it_is_asked_for(empty_url):
    assert await migrate(empty_url, apps=APPS) == ALL
    assert await migrate(empty_url, apps=APPS) == []


async def ready_to_migrate(*words: str) -> Other:
    """Another process, which migrates once it is told to."""
    process = await begin(bring_up, *words)
    assert await process.line() == "ready"
    return process


async def test_two_that_start_at_once_migrate_once(empty_url):
    both = [await ready_to_migrate(empty_url) for _ in range(2)]
    for process in both:
        process.say("go")
    answers = [await process.rest() for process in both]
    assert sorted(out.split() for out in answers) == [[], [name.encode() for name in ALL]]
    assert [process.returncode for process in both] == [0, 0]


# SAFETY.md, B3 asks for every statement, which ENGAGE_MIGRATION_KILLS=every does
EVERY = os.environ.get("ENGAGE_MIGRATION_KILLS") == "every"
KILLED_AT = [str(number) for number in range(1, 60)] if EVERY else ["8", "17", "25"]


@pytest.mark.parametrize("at", [*KILLED_AT, 'INSERT INTO "tortoise_migrations"'])
async def test_a_migration_killed_in_the_middle_is_finished_by_the_next(empty_url, kind, at):
    await migrate(empty_url, apps=APPS, upto=ALL[1])
    async with Loans(empty_url):
        await lend()
    process = await ready_to_migrate(empty_url, at)
    process.say("go")
    await process.wait()
    done = await migrate(empty_url, apps=APPS)
    assert done == (ALL[2:] if process.returncode == -9 else [])
    async with Loans(empty_url):
        assert (await Book.all().count(), await Loan.all().count()) == (5, 5)
        if kind == "sqlite":
            assert (await ask("PRAGMA integrity_check"))[0]["integrity_check"] == "ok"


async def test_a_newer_and_an_older_database_are_refused_in_a_sentence(empty_url):
    config = tortoise_config(empty_url) | {"apps": APPS}
    await migrate(empty_url, apps=APPS, upto=ALL[0])
    async with Loans(empty_url):
        with pytest.raises(SchemaProblem, match=r"2 steps behind .* run `engage migrate`\."):
            await check_schema(get_connection("default"), config)
    await migrate(empty_url, apps=APPS)
    async with Loans(empty_url):
        await check_schema(get_connection("default"), config)
        await ask(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('loans', '0009_later', CURRENT_TIMESTAMP)"
        )
        with pytest.raises(SchemaProblem, match=r"newer Engage \(step 0009_later\)"):
            await check_schema(get_connection("default"), config)
    with pytest.raises(SchemaProblem, match="newer Engage"):
        await migrate(empty_url, apps=APPS)


@pytest.mark.only("sqlite")
async def test_a_copy_is_put_beside_the_file_before_anything_changes(empty_url):
    await migrate(empty_url, apps=APPS, upto=ALL[1])
    folder = database_file(empty_url).parent
    assert not list(folder.glob("*.before-*"))
    async with Loans(empty_url):
        await lend()
    await migrate(empty_url, apps=APPS)
    (copy,) = folder.glob("*.before-*")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    kept = sqlite3.connect(copy)
    assert kept.execute("SELECT COUNT(shelf) FROM loans_book").fetchone() == (5,)
    kept.close()


@pytest.mark.only("sqlite")
async def test_a_table_is_never_rebuilt_while_its_children_would_go_with_it(empty_url):
    await migrate(empty_url, apps=APPS)
    async with Loans(empty_url):
        editor = SafeSqliteEditor(get_connection("default"))
        with pytest.raises(SchemaProblem, match="foreign keys"):
            await editor._remake_table(Book)


@pytest.mark.only("sqlite")
async def test_a_copy_that_was_broken_off_is_no_copy(database_url, tmp_path):
    source, target = database_file(database_url), tmp_path / "copy"
    with pytest.raises(sqlite3.Error):
        copy_database(tmp_path / "nothing", target / "x") if target.mkdir() else copy_database(tmp_path, target / "x")
    assert not (target / "x").exists()
    copy_database(source, target / "y")
    assert (target / "y").stat().st_size > 0


async def test_the_database_of_a_process_is_opened_checked_and_closed(database_url):
    async with opened(database_url) as outer:
        async with opened(database_url) as inner:
            assert inner is outer
        assert await ask("SELECT 1 AS one") == [{"one": 1}]


async def test_a_database_without_tables_is_not_opened(empty_url):
    with pytest.raises(SchemaProblem, match="behind"):
        async with opened(empty_url):
            raise AssertionError


@pytest.mark.only("sqlite")
async def test_a_damaged_file_is_not_opened(database_url, tmp_path):
    file = database_file(database_url)
    shutil.copy(file, tmp_path / "whole")
    data = bytearray(file.read_bytes())
    page = 4096
    for start in range(10 * page, 60 * page, 7 * page):
        data[start : start + 300] = b"\xff" * 300
    file.write_bytes(data)
    with pytest.raises(SchemaProblem, match="damaged"):
        async with opened(database_url):
            raise AssertionError


def test_a_network_file_system_is_recognised():
    mounts = "/dev/sda1 / ext4 rw 0 0\nserver:/x /srv nfs4 rw 0 0\n//s/y /srv/my\\040files cifs rw 0 0\n"
    assert file_system(Path("/var/lib/engage.sqlite3"), mounts) == "ext4"
    assert file_system(Path("/srv/engage.sqlite3"), mounts) == "nfs4"
    assert file_system(Path("/srv/my files/engage.sqlite3"), mounts) == "cifs"
    assert file_system(Path("/srvx/engage.sqlite3"), mounts) == "ext4"
