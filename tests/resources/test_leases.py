"""Who visits which source now: leases taken for several at once, and whose turn it is."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from engage import dates
from engage.resources import leases
from engage.resources.incoming_models import Source
from engage.resources.leases import Turns, claim, claim_several, renew
from engage.resources.rules import SourceState
from tests import make

NOW = datetime(2026, 11, 13, 12, 0, 0, tzinfo=UTC)


async def sources(number: int, **more: object) -> list[tuple[int, int]]:
    made = [await make.source(f"{number} {each} {more}", next_visit_at=NOW, **more) for each in range(number)]
    return [(one.id, one.school_id) for one in made]


async def set_to(one: tuple[int, int], **values: object) -> None:
    await Source.filter(id=one[0], school_id=one[1]).update(**values)


async def test_of_several_sources_those_are_taken_that_are_due_and_free(ada):
    due, held, run_out, later, paused = await sources(5)
    await set_to(held, lease_until=dates.now() + timedelta(seconds=60))
    await set_to(run_out, lease_until=dates.now() - timedelta(seconds=1), fence=7, mode="viewing", last_visit_at=NOW)
    await set_to(later, next_visit_at=NOW + timedelta(seconds=1))
    await set_to(paused, state=SourceState.PAUSED)
    taken = {one.id: one for one in await claim_several([due, held, run_out, later, paused], NOW)}
    assert {one.lease.source_id: one.fence for one in taken.values()} == {due[0]: 1, run_out[0]: 8}
    row = await Source.get(id=run_out[0], school_id=run_out[1])
    assert {name: getattr(taken[row.id], name) for name in leases.COLUMNS} == {
        name: getattr(row, name) for name in leases.COLUMNS
    }
    assert await claim_several([due, run_out], NOW) == []
    assert await claim_several([(due[0], due[1] + 1)], NOW) == []


async def test_of_many_who_take_at_once_nobody_takes_what_another_has(ada):
    wanted = await sources(12)
    taken = await asyncio.gather(*(claim_several(wanted if turn % 2 else wanted[::-1], NOW) for turn in range(6)))
    assert sorted(one.id for several in taken for one in several) == sorted(one for one, _ in wanted)


async def test_of_each_host_one_source_at_a_time_has_its_turn(ada):
    first, second, other = await sources(3)
    turns = Turns([[first, second], [other]], NOW)
    beginning = [await turns.next(), await turns.next()]
    assert [turn and turn[0].id for turn in beginning] == [first[0], other[0]]
    assert await turns.next() is None
    for turn in beginning:
        assert turn is not None
        turns.done(turn[1])
    last = await turns.next()
    assert last is not None
    assert (last[0].id, list(last[1]), turns.passed) == (second[0], [], 0)


async def test_what_another_has_is_passed_by_and_the_next_of_its_host_comes(ada):
    first, second = await sources(2)
    assert await claim(*first, NOW)
    turns = Turns([[first, second]], NOW)
    turn = await turns.next()
    assert turn is not None
    assert (turn[0].id, turns.passed) == (second[0], 1)
    assert await turns.next() is None


async def test_a_lease_that_has_waited_long_is_taken_anew_or_given_up(ada, monkeypatch):
    monkeypatch.setattr(leases, "FRESH_SECONDS", -1.0)
    free, lost, stopped = await sources(3)
    turns = Turns([[free], [lost], [stopped]], NOW)
    turn = await turns.next()
    assert turn is not None
    assert (turn[0].id, turn[0].fence) == (free[0], 2)
    await set_to(lost, fence=5)
    await set_to(stopped, state=SourceState.PAUSED)
    assert await turns.next() is None
    assert turns.passed == 2


async def test_who_has_lost_a_lease_cannot_renew_it(ada):
    one = (await sources(1))[0]
    taken = await claim(*one, NOW)
    assert taken is not None
    again = await renew(taken)
    assert [each.fence for each in again] == [2]
    assert await renew(taken) == []


@pytest.mark.parametrize("hosts", [[], [[]]])
async def test_where_nothing_waits_nobody_has_a_turn(db, hosts):
    assert await Turns(hosts, NOW).next() is None
