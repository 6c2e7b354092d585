"""Readers who go away at any moment leave no lock, no lost connection and no half unit (SAFETY.md, D8)."""

import asyncio
import random
from collections.abc import Coroutine

from tortoise.connection import get_connection

from engage.database.transaction import one_transaction, settled
from engage.models import District

ROUNDS = 200


@one_transaction
async def unit(name: str) -> None:
    await District.create(name=name)
    await District.filter(name=name).count()
    await District.create(name=name)


async def by_engine(name: str) -> None:
    async with get_connection("default")._in_transaction():
        await District.create(name=name)
        await District.create(name=name)


async def many(name: str) -> None:
    await District.bulk_create([District(name=name) for _ in range(2)])


async def read() -> None:
    await District.filter(name="a").values("id")


async def report() -> None:
    await District.all().using_db(get_connection("reports")).count()


async def storm(*kinds: Coroutine[None, None, None]) -> None:
    """Start all, cancel all at a random moment, wait for all."""
    tasks = [asyncio.create_task(kind) for kind in kinds]
    await asyncio.sleep(random.choice((0, random.uniform(0, 0.002), random.uniform(0, 0.02))))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def all_is_well() -> None:
    """Everything is free again, and every unit stands whole or not at all."""
    async with asyncio.timeout(20):
        await settled()
        for _ in range(20):
            await unit("after")
            await by_engine("after")
            await many("after")
            await report()
        assert await District.filter(name="after").count() == 20 * 6
        assert await District.all().count() % 2 == 0
    for alias in ("default", "reports"):
        client = get_connection(alias)
        if client.capabilities.dialect == "sqlite":
            assert not client._lock.locked()
            assert not client._connection.in_transaction
        else:
            await client.at_hand.ended()
            assert client._pool.get_size() == client._pool.get_idle_size()


async def test_a_storm_of_cancelled_units_and_reads(db):
    random.seed(8)
    async with asyncio.timeout(60):
        for _ in range(ROUNDS):
            await storm(unit("a"), unit("b"), read(), report(), unit("c"))
    await all_is_well()


async def test_a_storm_of_transactions_cancelled_in_the_engine(db):
    random.seed(18)
    async with asyncio.timeout(60):
        for _ in range(ROUNDS):
            await storm(by_engine("a"), by_engine("b"), read(), by_engine("c"))
    await all_is_well()


async def test_rows_written_together_are_all_there_or_none(db):
    random.seed(28)
    other_eyes = District.filter(name="plain").using_db(get_connection("reports"))
    async with asyncio.timeout(60):
        for done in range(ROUNDS):
            await storm(many("a"), read(), many("b"))
            await District.create(name="plain")
            assert await other_eyes.count() == done + 1
    await District.filter(name="plain").delete()
    await all_is_well()


async def test_a_storm_while_connecting(db):
    random.seed(38)
    for _ in range(8):
        for alias in ("default", "reports"):
            await get_connection(alias).close()
        async with asyncio.timeout(20):
            await storm(unit("a"), read(), many("b"), report(), by_engine("c"))
    await all_is_well()


async def test_a_time_limit_around_a_group_of_tasks(db):
    for _ in range(10):
        try:
            async with asyncio.timeout(0.01), asyncio.TaskGroup() as group:
                for name in "abcd":
                    group.create_task(unit(name))
                    group.create_task(read())
                group.create_task(asyncio.sleep(1))
        except TimeoutError:
            pass
    await all_is_well()
