"""Who visits a source and when: workers beside each other, leases, changes during a visit."""

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from engage import dates
from engage.database.job_model import Job, JobState
from engage.database.queue import timetable
from engage.database.transaction import one_transaction
from engage.errors import Refused
from engage.jobs import Worker, enqueue
from engage.outside.fetch import Door
from engage.resources.harvest import Lease, claim, harvest_due, harvest_now, keep, look
from engage.resources.incoming_models import InboxEntry, Source, Visit
from engage.resources.rules import SourceState
from engage.resources.sources import Decided, change_source
from tests.resources.harvesting import NOW, TYPES, again, rss, source, titles


async def test_two_workers_at_once_visit_each_source_once(school, server, cage):
    for number in range(8):
        server.extra[f"/{number}.xml"] = TYPES[".rss"], rss(*((f"{number}-{each}", each) for each in range(20)))
        await source(school, f"{server.base}/{number}.xml")
    door = Door(server.pairs)
    found = await asyncio.gather(*(harvest_due(door, cage, NOW) for _ in range(4)))
    assert sum(found) == 160
    assert Counter(request.path for request in server.seen) == {f"/{number}.xml": 1 for number in range(8)}
    assert await InboxEntry.filter(school_id=school.card.id).count() == 160


async def test_a_worker_that_wakes_up_late_writes_nothing(school, server, cage):
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("Late", 1))
    one = await source(school, server.base + "/feed.xml")
    door = Door(server.pairs)
    late = await claim(one.id, one.school_id, NOW)
    assert late is not None
    found = await look(late, door, cage, NOW)
    assert await claim(one.id, one.school_id, NOW) is None
    await Source.filter(id=one.id, school_id=one.school_id).update(lease_until=dates.now() - timedelta(seconds=1))
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("In time", 1))
    assert await harvest_due(door, cage, NOW) == 1
    before = await again(one)
    assert await keep(late.lease, found, NOW) == 0
    assert await titles(one) == ["In time"]
    assert dict(await again(one)) == dict(before)
    assert await Visit.filter(school_id=one.school_id).count() == 1


async def test_a_lease_lasts_two_minutes_by_the_database_clock(school):
    one = await source(school, "https://example.com/feed")
    taken = await claim(one.id, one.school_id, NOW)
    assert taken is not None
    assert taken.lease == Lease(one.id, one.school_id, 1)
    until = (await again(one)).lease_until
    assert until is not None
    assert timedelta(seconds=110) < until - dates.now() < timedelta(seconds=121)


async def test_a_source_that_is_paused_during_a_visit_stays_paused(school, server, cage):
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("One", 1))
    one = await source(school, server.base + "/feed.xml")
    taken = await claim(one.id, one.school_id, NOW)
    assert taken is not None
    found = await look(taken, Door(server.pairs), cage, NOW)
    await Source.filter(id=one.id, school_id=one.school_id).update(state=SourceState.PAUSED)
    await keep(taken.lease, found, NOW)
    assert (await again(one)).state is SourceState.PAUSED


async def test_a_source_that_is_changed_during_a_visit_is_read_anew(school, ada, server, cage):
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("One", 1))
    one = await source(school, server.base + "/feed.xml", slices="old")
    door = Door(server.pairs)
    taken = await claim(one.id, one.school_id, NOW)
    assert taken is not None
    found = await look(taken, door, cage, NOW)
    german = Decided("Tales", 60, language="de")
    await change_source(one.key, one.url, german, by=ada, allowed=server.pairs)
    assert await keep(taken.lease, found, NOW) == 0
    after = await again(one)
    assert (after.body_hash, after.slices, after.lease_until, after.fence) == ("", "", None, 2)
    assert await harvest_due(door, cage, dates.now()) == 1
    languages = InboxEntry.filter(source_id=one.id, school_id=one.school_id).values_list("language", flat=True)
    assert await languages == ["de"]


async def test_another_name_for_a_source_leaves_its_visit_alone(school, ada):
    one = await source(school, "https://example.com/feed", body_hash="x")
    taken = await claim(one.id, one.school_id, NOW)
    assert taken is not None
    before = await again(one)
    await change_source(one.key, one.url, Decided("Tales", 60), by=ada, allowed=frozenset())
    after = await again(one)
    assert taken.lease == Lease(one.id, one.school_id, after.fence)
    assert (after.title, after.body_hash, after.lease_until) == ("Tales", "x", before.lease_until)


async def test_a_change_of_a_source_waits_for_whoever_writes_and_sets_nothing_back(school, ada):
    """On PostgreSQL, where a row may change between its reading and its writing; SQLite has one writer."""
    one = await source(school, "https://example.com/feed")
    written = asyncio.Event()

    @one_transaction
    async def write() -> None:
        await Source.filter(id=one.id, school_id=one.school_id).update(fence=7)
        written.set()
        await asyncio.sleep(0.3)

    writing = asyncio.create_task(write())
    await written.wait()
    await change_source(one.key, one.url, Decided("Tales", 60, language="de"), by=ada, allowed=frozenset())
    await writing
    assert (await again(one)).fence == 8


async def test_one_source_or_all_can_be_visited_on_command(school, server, cage):
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("One", 1))
    later = {"next_visit_at": NOW + timedelta(days=1)}
    one = await source(school, server.base + "/feed.xml", **later)
    await source(school, server.base + "/feed", next_visit_at=NOW)
    bad = await source(school, server.base + "/nothing-here", **later, title="Gone")
    idle = [
        await source(school, f"{server.base}/{state}", **later, state=state)
        for state in (SourceState.PAUSED, SourceState.SUGGESTED, SourceState.RETIRED)
    ]
    told = await harvest_now(Door(server.pairs), cage, NOW, one.key)
    assert (told.visited, told.new, told.problems) == (1, 1, ())
    assert [request.path for request in server.seen] == ["/feed.xml"]

    steps: list[tuple[int, int]] = []
    told = await harvest_now(
        Door(server.pairs), cage, NOW + timedelta(seconds=1), progress=lambda *step: steps.append(step)
    )
    assert (told.visited, told.new) == (3, 1)
    assert [name for name, _ in told.problems] == ["Gone"]
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert {request.path for request in server.seen} == {"/feed.xml", "/feed", "/nothing-here"}

    held = {"lease_until": dates.now() + timedelta(seconds=60)}
    await Source.filter(school_id=one.school_id, state=SourceState.ACTIVE).update(**held)
    steps.clear()
    await harvest_now(Door(server.pairs), cage, NOW + timedelta(seconds=2), progress=lambda *step: steps.append(step))
    assert (steps, len(server.seen)) == ([(3, 3)], 4)

    for each in (*(idle_one.key for idle_one in idle), "nothing"):
        with pytest.raises(Refused):
            await harvest_now(Door(server.pairs), cage, NOW, each)
    assert [(await again(each)).state for each in idle] == ["paused", "suggested", "retired"]
    assert (await again(bad)).failures == 1


async def test_twenty_drips_do_not_hold_up_a_source_that_answered_before(school, server, cage):
    async def names(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    for number in range(20):
        await source(school, f"http://drip{number}.test:{server.port}/drip")
    good = await source(school, f"{server.base}/feed", last_good_at=NOW)
    started = time.monotonic()
    running = asyncio.create_task(harvest_due(Door(server.pairs, resolver=names), cage, NOW))
    while not await titles(good):
        await asyncio.sleep(0.05)
        assert time.monotonic() - started < 20
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_the_job_visits_what_is_due_by_the_database_clock(school, server, settings):
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("One", 1))
    due = await source(school, server.base + "/feed.xml", next_visit_at=dates.now() - timedelta(seconds=1))
    later = await source(school, server.base + "/feed", next_visit_at=dates.now() + timedelta(hours=1))
    assert timetable["harvest"].seconds == 300
    await enqueue("harvest", key="harvest")
    worker = Worker(replace(settings, allowed_outside=server.pairs), poll=0.05)
    running = asyncio.create_task(worker.run())
    started = time.monotonic()
    while not await Job.filter(name="harvest", state=JobState.DONE).exists():
        await asyncio.sleep(0.05)
        assert time.monotonic() - started < 30
    await worker.stop()
    await running
    assert (await Job.get(name="harvest", state=JobState.DONE)).found == 1
    assert await titles(due) == ["One"]
    assert await titles(later) == []
