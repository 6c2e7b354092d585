"""Who acts at the same moment is kept together, and none of them notices."""

import asyncio
from functools import partial

import pytest
from tortoise.exceptions import IntegrityError

from engage.database import asyncpg_engine, sqlite
from engage.database.config import POOL_SIZE
from engage.database.together import Together
from engage.database.transaction import gather, generation, one_transaction, settled
from engage.errors import Busy, Refused
from engage.models import District
from tests.patience import until

MANY = 6


async def act(name: str, then: Exception | None = None) -> str:
    await District.create(name=name)
    if then:
        raise then
    return f"{name} is kept"


async def names() -> list[str]:
    return sorted(await District.all().values_list("name", flat=True))


async def test_those_who_wait_are_kept_in_one_unit_and_each_gets_the_own_answer(db):
    together, before = Together(), generation()
    given = await asyncio.gather(*(together.do(n, partial(act, f"{n}")) for n in range(MANY)))
    assert given == [f"{n} is kept" for n in range(MANY)]
    # the first comes alone, as nobody waits yet, or all are there already
    assert 1 <= generation() - before <= 2
    assert await names() == [f"{n}" for n in range(MANY)]
    await together.do(9, partial(act, "alone"))
    assert "alone" in await names()


async def test_no_more_are_kept_together_than_is_good_for_the_others(db):
    together, before = Together(most=2), generation()
    await asyncio.gather(*(together.do(n, partial(act, f"{n}")) for n in range(MANY)))
    assert generation() - before == MANY / 2


@pytest.mark.parametrize("problem", [Refused("No."), IntegrityError("twice"), ValueError("a mistake")])
async def test_what_is_wrong_with_one_is_told_to_that_one_alone(db, problem):
    together = Together()
    wrong = together.do(2, partial(act, "gone", problem))
    others = [together.do(n, partial(act, f"{n}")) for n in (1, 3, 4)]
    found = await asyncio.gather(wrong, *others, return_exceptions=True)
    assert found == [problem, "1 is kept", "3 is kept", "4 is kept"]
    assert await names() == ["1", "3", "4"]


async def test_rows_of_several_people_are_taken_in_one_order(db):
    order: list[int] = []

    async def noted(number: int) -> None:
        order.append(number)

    together = Together()
    people = [3, 1, 2, 1]
    await asyncio.gather(*(together.do(n, partial(noted, n)) for n in people))
    assert order == [1, 1, 2, 3]


async def test_sums_that_all_of_them_change_are_changed_once(db):
    settling: list[list[str]] = []

    async def settle(things: list[str]) -> None:
        settling.append(things)

    async def summed(name: str) -> None:
        gather(settle, name)

    together = Together()
    await asyncio.gather(*(together.do(n, partial(summed, f"{n}")) for n in range(MANY)))
    assert settling == [[f"{n}" for n in range(MANY)]]


async def test_who_goes_away_stops_neither_the_own_act_nor_the_others(db):
    together = Together()
    tasks = [asyncio.create_task(together.do(n, partial(act, f"{n}"))) for n in range(MANY)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(one, asyncio.CancelledError) for one in found] == [True, False] * (MANY // 2)
    await settled()
    assert await names() == [f"{n}" for n in range(MANY)]


async def test_where_no_unit_can_begin_all_are_told_so_at_once(db, kind, monkeypatch):
    for engine in (sqlite, asyncpg_engine):
        monkeypatch.setattr(engine, "LOCK_SECONDS", 0.2)
    free, begun = asyncio.Event(), []

    @one_transaction
    async def holding() -> None:
        begun.append(True)
        await free.wait()

    holders = [asyncio.create_task(holding()) for _ in range(1 if kind == "sqlite" else POOL_SIZE)]
    await until(lambda: len(begun) == len(holders))
    together = Together()
    # who would try again by itself would be kept
    asyncio.get_running_loop().call_later(0.3, free.set)
    found = await asyncio.gather(*(together.do(n, partial(act, f"{n}")) for n in range(3)), return_exceptions=True)
    assert [type(one) for one in found] == [Busy] * 3
    await asyncio.gather(*holders)
    assert await names() == []


async def test_inside_a_unit_it_is_a_part_of_that_unit(db):
    together = Together()

    @one_transaction
    async def whole() -> None:
        await together.do(1, partial(act, "inside"))
        raise Refused("No.")

    with pytest.raises(Refused):
        await whole()
    assert await names() == []
