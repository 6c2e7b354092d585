"""Connections of PostgreSQL go back to the pool as they are: nothing of ours may be left in a session."""

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError

import engage
from engage.database.asyncpg_engine import Client, _is_open
from engage.database.config import POOL_SIZE, tortoise_config
from engage.database.transaction import one_transaction
from engage.people.models import District
from engage.settings import Settings
from tests.patience import until

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
    await asyncio.sleep(0)  # loggers are called a turn of the loop later
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
    await get_connection("default").at_hand.ended()
    pool = get_connection("default")._pool
    held = [await pool.acquire() for _ in range(pool.get_max_size())]
    assert not any(each.is_in_transaction() for each in held)
    for each in held:
        await pool.release(each)
    assert await District.all().count() == 0


async def pid() -> int:
    """The server's process that answers."""
    async with get_connection("default").acquire_connection() as connection:
        return int(connection.get_server_pid())


@pytest.mark.only("postgres")
async def test_a_connection_is_at_hand_for_the_next_statement_and_then_goes_to_the_pool(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = get_connection("default")
    await client.at_hand.ended()
    monkeypatch.setattr("engage.database.asyncpg_engine.KEPT_SECONDS", 0.05)
    first = await pid()
    size, idle = client._pool.get_size(), client._pool.get_idle_size()
    assert (len(client.at_hand.kept), idle) == (1, size - 1)
    assert (await pid(), client._pool.get_size()) == (first, size)
    await until(lambda: client._pool.get_idle_size() == size)
    assert client.at_hand.kept == []


@pytest.mark.only("postgres")
async def test_who_waits_for_the_pool_gets_what_is_given_back(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engage.database.asyncpg_engine.KEPT_SECONDS", 60)
    client = get_connection("default")
    await client.at_hand.ended()
    async with AsyncExitStack() as stack:
        for _ in range(POOL_SIZE - 1):
            await stack.enter_async_context(client.acquire_connection())
        last = client.acquire_connection()
        number = (await last.__aenter__()).get_server_pid()
        waiting = [asyncio.create_task(pid()), asyncio.create_task(District.create(name="Alder Valley"))]
        await asyncio.sleep(0.05)
        assert not any(each.done() for each in waiting)
        await last.__aexit__(None, None, None)
        async with asyncio.timeout(4):
            assert await waiting[0] == number
            await waiting[1]
    # nobody waits any more
    assert len(client.at_hand.kept) == POOL_SIZE


@pytest.mark.only("postgres")
async def test_a_connection_that_broke_while_it_was_at_hand_is_not_handed_on(db: Any) -> None:
    client = get_connection("default")
    await client.at_hand.ended()
    async with client.acquire_connection() as other:
        broken = await pid()
        (at_hand,) = client.at_hand.kept
        await other.execute("SELECT pg_terminate_backend($1)", broken)
        await until(lambda: not _is_open(at_hand))
        assert await pid() not in (broken, other.get_server_pid())
    await client.at_hand.ended()
    assert client._pool.get_size() == client._pool.get_idle_size()


@pytest.mark.only("postgres")
async def test_a_connection_on_which_something_was_broken_off_goes_to_the_pool(db: Any) -> None:
    client = get_connection("default")
    await client.at_hand.ended()
    slow = asyncio.create_task(client.execute_query("SELECT pg_sleep(30)"))
    await asyncio.sleep(0.1)
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert client.at_hand.kept == []
    with pytest.raises(OperationalError):
        await client.execute_query("SELECT 1 / 0")
    assert client.at_hand.kept == []
    assert await pid()


@pytest.mark.only("postgres")
async def test_closing_waits_for_no_connection_that_is_at_hand_or_comes_back_meanwhile(
    db: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engage.database.asyncpg_engine.KEPT_SECONDS", 60)
    async with asyncio.timeout(5):
        config = tortoise_config(settings.database_url)["connections"]["default"]
        client = Client(**config["credentials"], connection_name="another")
        await client.create_connection(with_db=True)
        late = asyncio.create_task(client.execute_query("SELECT pg_sleep(0.3)"))
        await asyncio.sleep(0.1)
        await client.execute_query("SELECT 1")
        assert client.at_hand.kept
        await client.close()
        await late
    assert client.at_hand.kept == []
