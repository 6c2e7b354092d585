"""Several workers and one feed: it is fetched once each time it is due, and who comes late writes nothing (I4, D5)."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from engage import dates
from engage.resources.harvest import hash_of_address
from engage.resources.incoming_models import InboxEntry, Source, Visit
from tests import make
from tests.begun import Other, begin
from tests.faults.hostile import Hostile, Request, at, hostile, send
from tests.faults.processes import visit
from tests.patience import until

pytestmark = pytest.mark.waits

# SAFETY.md asks for 100, which take some minutes
KILLS = int(os.environ.get("ENGAGE_KILLS", "5"))
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"


@at("/held")
async def held(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    """The feed as it was when it was asked for, after state.pause seconds."""
    body = state.extra["now"]
    await asyncio.sleep(state.pause)
    send(writer, HEAD, body if isinstance(body, bytes) else body[1])


def rss(*titles: str) -> bytes:
    return make.rss(*(f"<item><title>{title}</title><guid>{title}</guid></item>" for title in titles))


@pytest.fixture
async def server() -> AsyncIterator[Hostile]:
    async with hostile() as running:
        running.extra["now"] = rss("One", "Two", "Three")
        running.pause = 1.0
        yield running


async def source(school, server: Hostile) -> Source:
    url = f"{server.base}/held"
    due = dates.now() - timedelta(seconds=1)
    return await Source.create(school_id=school.card.id, url=url, url_hash=hash_of_address(url), next_visit_at=due)


class Crew:
    """Workers in processes of their own, who wait until they are told to go."""

    def __init__(self, url: str, server: Hostile) -> None:
        self.url, self.server = url, server
        self.hands: list[Other] = []

    async def hire(self, number: int = 1, ahead: int = 0) -> None:
        place = f"{self.server.host}:{self.server.port}"
        new = [await begin(visit, self.url, place, ahead) for _ in range(number)]
        for each in new:
            assert await each.line() == "ready"
        self.hands += new

    def go(self, *which: int) -> None:
        for number in which or range(len(self.hands)):
            self.hands[number].say("go")

    async def said(self, number: int) -> int:
        """How many entries this one found to be new."""
        return int(await self.hands[number].rest())


@pytest.fixture
async def crew(database_url, server) -> AsyncIterator[Crew]:
    made = Crew(database_url, server)
    yield made
    for each in made.hands:
        each.kill()
        await each.wait()


async def titles(school) -> list[str]:
    rows = InboxEntry.filter(school_id=school.card.id).order_by("id")
    return list(await rows.values_list("title", flat=True))


@pytest.mark.parametrize("number", [2, 8])
async def test_a_feed_is_fetched_once_each_time_it_is_due_however_many_workers_there_are(school, server, crew, number):
    one = await source(school, server)
    mine = Source.filter(id=one.id, school_id=one.school_id)
    await crew.hire(number)
    crew.go()
    found = [await crew.said(each) for each in range(number)]
    assert sorted(found) == [0] * (number - 1) + [3]
    assert len(server.seen) == 1
    assert await titles(school) == ["One", "Two", "Three"]
    assert await Visit.filter(school_id=school.card.id).count() == 1

    server.extra["now"] = rss("Four")
    await mine.update(next_visit_at=dates.now() - timedelta(seconds=1))
    await crew.hire(2)
    crew.go(number, number + 1)
    assert sorted([await crew.said(number), await crew.said(number + 1)]) == [0, 1]
    assert len(server.seen) == 2


async def test_a_worker_whose_clock_is_an_hour_ahead_neither_visits_early_nor_takes_a_lease(school, server, crew):
    await source(school, server)
    server.pause = 3.0
    await crew.hire()
    await crew.hire(ahead=3_600)
    crew.go(0)
    await until(lambda: bool(server.seen))
    crew.go(1)
    assert await crew.said(1) == 0
    assert await crew.said(0) == 3
    await crew.hire(ahead=3_600)
    crew.go(2)
    assert await crew.said(2) == 0
    assert len(server.seen) == 1


async def test_a_worker_that_was_stopped_in_the_middle_and_goes_on_late_changes_nothing(school, server, crew):
    one = await source(school, server)
    mine = Source.filter(id=one.id, school_id=one.school_id)
    server.extra["now"] = rss("Late", "Later")
    await crew.hire(2)
    crew.go(0)
    await until(lambda: bool(server.seen))
    crew.hands[0].send_signal(signal.SIGSTOP)
    # three minutes later, by the clock of the database: its lease of two has run out
    await mine.update(lease_until=dates.now() - timedelta(seconds=60))
    server.extra["now"] = rss("In time")
    crew.go(1)
    assert await crew.said(1) == 1
    before = dict(await mine.get())
    crew.hands[0].send_signal(signal.SIGCONT)
    assert await crew.said(0) == 0
    assert len(server.seen) == 2
    assert await titles(school) == ["In time"]
    assert dict(await mine.get()) == before
    assert await Visit.filter(school_id=school.card.id).count() == 1


async def test_a_feed_whose_worker_was_killed_is_visited_once_its_lease_has_run_out(school, server, crew):
    one = await source(school, server)
    mine = Source.filter(id=one.id, school_id=one.school_id)
    await crew.hire(3)
    crew.go(0)
    await until(lambda: bool(server.seen))
    crew.hands[0].kill()
    crew.go(1)
    assert await crew.said(1) == 0
    held = (await mine.get()).lease_until
    assert held is not None
    assert held - dates.now() < timedelta(seconds=121)
    await mine.update(lease_until=dates.now() - timedelta(seconds=1))
    crew.go(2)
    assert await crew.said(2) == 3
    assert await titles(school) == ["One", "Two", "Three"]
    assert (await mine.get()).lease_until is None


async def test_workers_killed_at_random_leave_neither_a_lease_nor_a_double(school, server, crew):
    chance = random.Random(5)
    for number in range(20):
        server.extra[f"/{number}.xml"] = "application/rss+xml", rss(*(f"{number}-{each}" for each in range(5)))
        url = f"{server.base}/{number}.xml"
        await Source.create(school_id=school.card.id, url=url, url_hash=hash_of_address(url), next_visit_at=dates.now())
    mine = Source.filter(school_id=school.card.id)
    killed = 0
    for turn in range(KILLS):
        await crew.hire()
        asked = len(server.seen) + chance.randrange(1, 12)
        crew.go(turn)
        await until(lambda asked=asked: len(server.seen) >= asked)
        await asyncio.sleep(chance.uniform(0, 0.02))
        crew.hands[turn].kill()
        killed += await crew.hands[turn].wait() < 0
        past = dates.now() - timedelta(seconds=130)
        # two minutes later, and all are due again
        await mine.exclude(lease_until=None).update(lease_until=past)
        await mine.update(next_visit_at=past, body_hash="", etag="", slices="")
    await crew.hire()
    crew.go(KILLS)
    await crew.said(KILLS)
    found = await titles(school)
    assert len(found) == len(set(found)) == 100
    assert await mine.filter(lease_until=None, failures=0).count() == 20
    assert killed
