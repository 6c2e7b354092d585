"""The register of what is held is complete: SAFETY.md, P9."""

import asyncio
from collections.abc import Mapping

from tortoise.connection import get_connection

from engage.people.register_rules import LONGEST, Kept, Register, Topic
from engage.people.retention_rules import in_words
from engage.register import OF_DATABASE, OF_SEARCH, REGISTER

POSTGRES_COLUMNS = """
SELECT c.table_name AS "table", c.column_name AS "column" FROM information_schema.columns c
JOIN information_schema.tables t ON t.table_name = c.table_name AND t.table_schema = c.table_schema
WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
"""
POSTGRES_PEOPLE = """
SELECT r.relname AS "table", a.attname AS "column" FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
WHERE k.contype = 'f' AND k.confrelid = 'person'::regclass
"""


async def columns() -> dict[str, set[str]]:
    """The tables of the database as they are, with their columns."""
    client = get_connection("default")
    found: dict[str, set[str]] = {}
    if client.capabilities.dialect == "sqlite":
        tables = await client.execute_query_dict("SELECT name FROM sqlite_master WHERE type = 'table'")
        for row in tables:
            columns = await client.execute_query_dict(f'PRAGMA table_info("{row["name"]}")')
            found[row["name"]] = {column["name"] for column in columns}
        return found
    for row in await client.execute_query_dict(POSTGRES_COLUMNS):
        found.setdefault(row["table"], set()).add(row["column"])
    return found


async def people() -> set[tuple[str, str]]:
    """The columns of the database that refer to a person."""
    client = get_connection("default")
    if client.capabilities.dialect != "sqlite":
        return {(row["table"], row["column"]) for row in await client.execute_query_dict(POSTGRES_PEOPLE)}
    found = set()
    for table in await columns():
        for row in await client.execute_query_dict(f'PRAGMA foreign_key_list("{table}")'):
            if row["table"] == "person":
                found.add((table, row["from"]))
    return found


def missing(schema: Mapping[str, set[str]], named: set[tuple[str, str]], register: Register) -> list[str]:
    """What the register does not know, and what it knows that is not there."""
    known = {table.name: table for table in register}
    wrong = [f"table {name}" for name in (set(schema) ^ set(known)) - OF_SEARCH - OF_DATABASE]
    for name, table in known.items():
        wrong += [f"column {name}.{column}" for column in schema.get(name, set()) ^ table.columns]
        wrong += [f"both {name}.{column}" for column in table.personal & set(table.plain.split())]
        if len(table.plain.split()) != len(set(table.plain.split())):
            wrong.append(f"twice in {name}")
    references = {(table.name, one.column) for table in register for one in table.references}
    wrong += [f"of a person {table}.{column}" for table, column in named - references]
    return sorted(wrong)


async def test_the_register_knows_every_table_and_column(db):
    assert missing(await columns(), await people(), REGISTER) == []
    assert len(REGISTER) > 100


async def test_a_column_or_table_without_an_entry_fails(db):
    client = get_connection("default")
    await client.execute_query('ALTER TABLE "saved" ADD COLUMN "nickname" text')
    await client.execute_query('ALTER TABLE "badge" ADD COLUMN "best_id" bigint REFERENCES "person" ("id")')
    await client.execute_query('CREATE TABLE "secret_notes" ("id" bigint PRIMARY KEY)')
    found = missing(await columns(), await people(), REGISTER)
    if client.capabilities.dialect != "sqlite":  # the next test has the same database there
        await client.execute_query('ALTER TABLE "saved" DROP COLUMN "nickname"')
        await client.execute_query('ALTER TABLE "badge" DROP COLUMN "best_id"')
        await client.execute_query('DROP TABLE "secret_notes"')
    assert found == [
        "column badge.best_id",
        "column saved.nickname",
        "of a person badge.best_id",
        "table secret_notes",
    ]


async def test_a_table_that_is_left_out_fails(db):
    short = [table for table in REGISTER if table.name != "saved"]
    assert missing(await columns(), await people(), short) == ["of a person saved.person_id", "table saved"]


def test_what_refers_to_a_person_is_exported_and_erased():
    entries = [one for table in REGISTER for one in table.entries()]
    assert [f"{one.table}.{one.name}" for one in entries if one.personal and not (one.exporter and one.eraser)] == []
    assert [f"{one.table}.{one.name}" for one in entries if not one.personal and (one.exporter or one.eraser)] == []
    assert len({(one.table, one.name) for one in entries}) == len(entries)


def test_every_entry_says_why_and_for_how_long_in_whole_sentences():
    for table in REGISTER:
        assert len(table.purpose) > 5, table.name
        assert not table.purpose.endswith("."), table.name
        said = in_words(table.kept, LONGEST)
        assert said.endswith("."), said
        assert "{" not in said, said
    assert {table.kept for table in REGISTER} == set(Kept)
    assert all(topic.seen.endswith(".") for topic in Topic)


def test_what_names_somebody_is_not_said_to_say_nothing_of_a_person():
    assert [table.name for table in REGISTER if table.references and table.kept in (Kept.LIBRARY, Kept.NUMBER)] == []


def test_what_is_said_to_go_with_time_is_what_the_job_takes_away():
    """Each kind of time that is not for ever has something that ends it; the names are those of the jobs."""
    from engage.database.queue import registry
    from engage.jobs import Worker

    assert Worker
    ends = {
        Kept.TITLES: "keep_retention",
        Kept.HANDED_IN: "keep_retention",
        Kept.READ: "keep_retention",
        Kept.LEFT: "keep_retention",
        Kept.GONE: "keep_retention",
        Kept.ACCOUNT: "keep_retention",
        Kept.STAFF: "keep_retention",
        Kept.AUDIT: "keep_retention",
        Kept.PROOF: "keep_retention",
        Kept.YEAR: "keep_retention",
        Kept.SESSION: "forget_old_sessions",
        Kept.SHORT: "forget_old_forms",
        Kept.TRIES: "forget_old_tries",
        Kept.ASKED: "forget_askers",
        Kept.WRITING: "forget_rejected",
        Kept.FAMILY: "forget_old_links",
        Kept.DAY: "forget_record_links",
        Kept.ROSTER: "tidy_rosters",
        Kept.ROSTER_BACK: "tidy_rosters",
        Kept.MOVE: "forget_old_moves",
        Kept.JOBS: "tidy_jobs",
        Kept.OUTBOX: "tidy_statements",
    }
    assert set(Kept) - set(ends) == {Kept.LIBRARY, Kept.NUMBER}
    assert set(ends.values()) <= set(registry)
    assert asyncio.iscoroutinefunction(registry["keep_retention"].function)
