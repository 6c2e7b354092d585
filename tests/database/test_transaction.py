"""A unit of work is done wholly or not at all."""

import asyncio
import re
import time
from pathlib import Path

import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError, OperationalError

import engage
from engage.database import transaction
from engage.database.fields import new_key
from engage.database.transaction import (
    after_commit,
    brief_reading,
    brief_transaction,
    generation,
    guard,
    one_transaction,
    savepoint,
    settled,
)
from engage.errors import Busy, Refused
from engage.models import District

pytestmark = pytest.mark.waits

COUNTING = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<{}) SELECT max(i) FROM n"


@one_transaction
async def two_districts(name: str, then: Exception | None = None) -> None:
    await District.create(name=name)
    if then:
        raise then
    await District.create(name=name)


async def names() -> list[str]:
    return sorted(await District.all().values_list("name", flat=True))


async def test_what_was_refused_half_way_left_nothing(db):
    await two_districts("kept")
    with pytest.raises(Refused):
        await two_districts("gone", then=Refused("No."))
    assert await names() == ["kept", "kept"]


async def test_a_brief_unit_is_done_wholly_or_not_at_all(db, kind):
    client, others = get_connection("default"), 0

    async def other() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    async def act(key: str, then: Exception | None = None) -> int:
        before, client = others, get_connection("default")
        mark = "?" if kind == "sqlite" else "$1"
        for _ in range(5):
            await client.execute_query_dict("SELECT 1 AS one")
        made = f"""INSERT INTO "district" ("key", "name") VALUES ({mark}, 'brief') RETURNING "id" """
        assert [*(await client.execute_query_dict(made, [key]))[0]] == ["id"]
        number, _ = await client.execute_query('UPDATE "district" SET "name"=\'Brief\' WHERE "name"=\'brief\'')
        assert number == 1
        if then:
            raise then
        return others - before

    waiting = asyncio.create_task(other())
    try:
        for act_in, at_once in ((brief_transaction(act), kind == "sqlite"), (one_transaction(act), False)):
            key = new_key()
            assert (await act_in(key) == 0) is at_once
            assert await names() == ["Brief"]
            for then, problem in ((None, IntegrityError), (Refused("No."), Refused)):
                with pytest.raises(problem):
                    await act_in(key if then is None else new_key(), then)
                assert await names() == ["Brief"]
            await District.all().delete()
    finally:
        waiting.cancel()

    @brief_transaction
    async def mistaken() -> None:
        await get_connection("default").execute_query("SELECT nothing")

    with pytest.raises(OperationalError):
        await mistaken()
    assert not (await client.execute_query_dict("SELECT 1 AS one WHERE 1 = 2"))


async def test_a_part_that_fails_takes_back_only_itself(db):
    @one_transaction
    async def whole() -> None:
        await District.create(name="first")
        with pytest.raises(Refused):
            await two_districts("part", then=Refused("No."))
        await two_districts("last")

    await whole()
    assert await names() == ["first", "last", "last"]


async def test_an_insert_that_a_unique_key_refuses_does_not_spoil_the_rest(db):
    key = new_key()

    @one_transaction
    async def twice() -> str:
        await District.create(name="first", key=key)
        try:
            async with savepoint():
                await District.create(name="second", key=key)
        except IntegrityError:
            await District.create(name="third")
            return "refused"
        return "taken"

    assert await twice() == "refused"
    assert await names() == ["first", "third"]


async def test_a_reader_who_goes_away_stops_nothing_half_way(db):
    begun = asyncio.Event()

    @one_transaction
    async def slow() -> None:
        await District.create(name="slow")
        begun.set()
        await asyncio.sleep(0.1)
        await District.create(name="slow")

    reader = asyncio.create_task(slow())
    await begun.wait()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    await settled()
    assert await names() == ["slow", "slow"]


async def test_a_unit_over_its_budget_is_taken_back(db, monkeypatch):
    monkeypatch.setattr(transaction, "BUDGET_SECONDS", 0.2)

    @one_transaction
    async def waits() -> None:
        await District.create(name="waits")
        await asyncio.sleep(1)

    @one_transaction
    async def thinks() -> None:
        await District.create(name="thinks")
        time.sleep(0.3)  # noqa: ASYNC251 - this is the mistake that the budget is for

    for action in (waits, thinks):
        with pytest.raises(Busy):
            await action()
    assert await names() == []
    await two_districts("after")
    assert await names() == ["after", "after"]


async def test_a_long_question_does_not_outlast_its_unit(db, kind, monkeypatch):
    monkeypatch.setattr(transaction, "BUDGET_SECONDS", 0.3)
    endless = {
        "sqlite": COUNTING.format(200_000_000),
        "postgres": "SELECT pg_sleep(30)",
    }

    @one_transaction
    async def asks() -> None:
        await District.create(name="asks")
        await get_connection("default").execute_query(endless[kind])

    started = time.monotonic()
    with pytest.raises(Busy):
        await asks()
    assert time.monotonic() - started < 3
    assert await names() == []


async def test_what_follows_a_unit_happens_only_once_it_is_kept(db):
    heard: list[str] = []

    @one_transaction
    async def announces(word: str, then: Exception | None = None) -> None:
        await two_districts(word)
        after_commit(lambda: heard.append(word))
        assert not heard
        if then:
            raise then

    @one_transaction
    async def goes_on_without_it() -> None:
        with pytest.raises(Refused):
            await announces("part", then=Refused("No."))

    before = generation()
    await goes_on_without_it()
    assert (heard, generation()) == ([], before + 1)
    before = generation()
    with pytest.raises(Refused):
        await announces("lost", then=Refused("No."))
    assert (heard, generation()) == ([], before)
    await announces("kept")
    assert (heard, generation()) == (["kept"], before + 1)
    after_commit(lambda: heard.append("at once"))
    assert heard == ["kept", "at once"]


async def test_a_guard_stands_before_every_unit(db):
    async def closed() -> None:
        raise Refused("Not yours any more.")

    token = guard.set(closed)
    with pytest.raises(Refused):
        await two_districts("late")
    guard.reset(token)
    assert await names() == []


async def test_units_do_not_reach_beyond_themselves(db):
    with pytest.raises(RuntimeError, match="savepoint"):
        async with savepoint():
            pass
    left: list[asyncio.Task[None]] = []

    @one_transaction
    async def leaves_a_task() -> None:
        async def later() -> None:
            await asyncio.sleep(0.05)
            await two_districts("late")

        left.append(asyncio.create_task(later()))

    await leaves_a_task()
    with pytest.raises(RuntimeError, match="outlived"):
        await left[0]
    assert await names() == []


async def test_two_units_that_block_each_other_are_both_done_in_the_end(db):
    a, b = [await District.create(name=name) for name in "ab"]

    @one_transaction
    async def rename(first: int, second: int, name: str) -> None:
        await District.filter(id=first).update(name=name)
        await asyncio.sleep(0.1)
        await District.filter(id=second).update(name=name)

    await asyncio.gather(rename(a.id, b.id, "x"), rename(b.id, a.id, "y"))
    assert await names() in (["x", "x"], ["y", "y"])


async def test_a_long_report_stops_no_page(db, kind):
    if kind == "sqlite":
        slow = COUNTING.format(6_000_000)
    else:
        slow = "SELECT pg_sleep(1)"
    report = asyncio.create_task(get_connection("reports").execute_query(slow))
    await asyncio.sleep(0.05)
    await District.all().count()
    await two_districts("meanwhile")
    assert not report.done()
    await report


def test_nothing_else_begins_a_transaction():
    folder = Path(engage.__path__[0])
    allowed = {"database/sqlite.py", "database/asyncpg_engine.py", "database/transaction.py", "database/operations.py"}
    found = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if re.search(r"\bin_transaction\(|\batomic\(", path.read_text())
    }
    assert found <= allowed


async def test_a_unit_that_has_to_be_whole_may_ask_for_longer(db, monkeypatch):
    monkeypatch.setattr(transaction, "BUDGET_SECONDS", 0.05)

    @one_transaction
    async def large() -> None:
        await District.create(name="large")
        await asyncio.sleep(0.1)

    token = transaction.budget.set(5.0)
    await large()
    transaction.budget.reset(token)
    with pytest.raises(Busy):
        await large()
    assert await District.filter(name="large").count() == 1


async def test_a_brief_reading_sees_nothing_that_may_still_be_taken_back(db):
    began, done = asyncio.Event(), asyncio.Event()

    @one_transaction
    async def taken_back() -> None:
        await District.create(name="Alder Valley")
        began.set()
        await done.wait()
        raise Refused("No.")

    before = await District.all().count()
    unit = asyncio.create_task(taken_back())
    await began.wait()
    with brief_reading():
        reading = asyncio.create_task(_count())
    await asyncio.sleep(0.02)
    done.set()
    with pytest.raises(Refused):
        await unit
    assert await reading == before


@pytest.mark.only("sqlite")
async def test_a_brief_reading_waits_for_nobody_where_nobody_is_at_work(db):
    await District.create(name="Alder Valley")
    with brief_reading(), pytest.raises(StopIteration) as ended:
        _count().send(None)
    assert ended.value.value == await District.all().count()


async def _count() -> int:
    return await District.all().count()
