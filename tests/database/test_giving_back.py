"""Connections of PostgreSQL go back to the pool as they are: nothing of ours may be left in a session."""

import re
from pathlib import Path
from typing import Any

import pytest
from tortoise.connection import get_connection

import engage
from engage.database.transaction import one_transaction
from engage.people.models import District

HERE = Path(engage.__file__).parent
# what stays in a session of PostgreSQL's after the transaction: settings, locks, cursors, listening, tables of its own
STAYS = re.compile(
    r"""["\n]\s*(?:SET\s+(?!LOCAL)\w+\s*(?:=|TO\b)|LISTEN\s+\w+["\s;])|pg_advisory_lock\(|set_config\("""
    r"|WITH HOLD|CREATE TEMP"
)
# asked on a connection that is closed afterwards
CLOSED = ('await connection.execute("SELECT pg_advisory_lock($1)", LOCK_NUMBER, timeout=LOCK_WAIT_SECONDS)',)


def test_no_statement_of_ours_leaves_anything_in_a_session() -> None:
    for bad in ('"SET search_path = x"', '"LISTEN changes"', "'SELECT set_config($1)'", '"CREATE TEMP TABLE x"'):
        assert STAYS.search(bad)
    found = {file.name: STAYS.search(_without(file.read_text(), CLOSED)) for file in sorted(HERE.rglob("*.py"))}
    assert {name: match[0] for name, match in found.items() if match} == {}


def _without(text: str, parts: tuple[str, ...]) -> str:
    for part in parts:
        text = text.replace(part, "")
    return text


@pytest.mark.only("postgres")
async def test_a_connection_is_given_back_without_asking_the_server(db: Any) -> None:
    asked: list[str] = []
    async with get_connection("default").acquire_connection() as connection:
        connection.add_query_logger(lambda record: asked.append(record.query))
        await connection.fetchval("SELECT 1")
    await District.create(name="Alder Valley")
    assert asked[0] == "SELECT 1"
    assert len(asked) == 2
    assert asked[1].startswith("INSERT")


@one_transaction
async def fail_halfway() -> None:
    """Begin something and leave it."""
    await District.create(name="Gone")
    raise KeyError


@pytest.mark.only("postgres")
async def test_a_transaction_that_was_left_open_does_not_stay_in_the_connection(db: Any) -> None:
    with pytest.raises(KeyError):
        await fail_halfway()
    pool = get_connection("default")._pool
    held = [await pool.acquire() for _ in range(pool.get_max_size())]
    assert not any(each.is_in_transaction() for each in held)
    for each in held:
        await pool.release(each)
    assert await District.all().count() == 0
