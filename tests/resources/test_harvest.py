"""The harvest from a loopback server: every file of the real, ugly and hostile feeds, leases, moves and failures."""

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from engage import dates
from engage.database.job_model import Job, JobState
from engage.database.queue import timetable
from engage.database.transaction import one_transaction
from engage.errors import Refused
from engage.jobs import Worker, enqueue
from engage.outside.cage import Cage
from engage.outside.fetch import Door
from engage.resources import harvest, sorting
from engage.resources.harvest import Lease, claim, harvest_due, harvest_now, hash_of_address, keep, look
from engage.resources.incoming_models import InboxEntry, Source, Visit
from engage.resources.rules import EntryState, SourceState
from engage.resources.sources import Decided, change_source
from tests import make

NOW = datetime(2026, 11, 13, 12, 0, 0, tzinfo=UTC)
TYPES = {".rss": "application/rss+xml", ".atom": "application/atom+xml", ".json": "application/feed+json"}
ITEM = "<item><title>{0}</title><guid>{1}</guid><link>http://example.com/{1}</link></item>"


def rss(*items: tuple[str, object], ttl: str = "") -> bytes:
    return make.rss(*(ITEM.format(title, guid) for title, guid in items), more=ttl)


async def source(school, url: str, **more: object) -> Source:
    values = {"school_id": school.card.id, "url": url, "url_hash": hash_of_address(url), "next_visit_at": NOW}
    return await Source.create(**{**values, **more})  # type: ignore[arg-type]


async def again(one: Source) -> Source:
    return await Source.get(id=one.id, school_id=one.school_id)


async def titles(one: Source) -> list[str]:
    rows = InboxEntry.filter(source_id=one.id, school_id=one.school_id).order_by("id")
    return list(await rows.values_list("title", flat=True))


async def test_what_is_new_waits_in_the_inbox_and_a_second_harvest_adds_nothing(school, server, cage):
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("One", 1), ("Two", 2))
    one = await source(school, server.base + "/feed.xml")
    door = Door(server.pairs)
    assert await harvest_due(door, cage, NOW) == 2
    assert await titles(one) == ["One", "Two"]
    visited = await again(one)
    assert (visited.title, visited.failures, visited.problem) == ("Tales", 0, "")
    assert (visited.last_visit_at, visited.next_visit_at) == (NOW, NOW + timedelta(hours=1))
    assert await harvest_due(door, cage, NOW + timedelta(minutes=59)) == 0
    assert len(server.seen) == 1
    assert await harvest_due(door, cage, NOW + timedelta(hours=1)) == 0
    assert len(server.seen) == 2
    said = await Visit.filter(school_id=one.school_id).order_by("id").values_list("sentence", flat=True)
    assert list(said) == ["2 new.", "Nothing new."]
    states = await InboxEntry.filter(school_id=one.school_id).values_list("state", flat=True)
    assert set(states) == {EntryState.WAITING}


async def test_a_feed_that_has_not_changed_is_neither_sent_nor_parsed_nor_written(school, server, statements):
    class NoCage:
        async def feed(self, *given: object) -> None:
            raise AssertionError("nothing is parsed")

    one = await source(school, server.base + "/feed", title="Mine")
    cage = Cage()
    await harvest_due(Door(server.pairs), cage, NOW)
    cage.close()
    statements.forget()
    for hour in (1, 2):
        await harvest_due(Door(server.pairs), NoCage(), NOW + timedelta(hours=hour))  # type: ignore[arg-type]
    assert server.seen[-1].headers["if-none-match"] == '"v1"'
    assert not [each for each in statements.seen if "inbox_entry" in each]
    visited = await again(one)
    assert (visited.title, visited.failures, visited.etag) == ("Mine", 0, '"v1"')
    server.extra["/feed"] = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + (
        b'<?xml version="1.0"?><rss version="2.0"><channel><title>Honest</title><link>http://example.com/</link>'
        b"<description>d</description><item><title>One</title><guid>1</guid></item></channel></rss>"
    )
    await harvest_due(Door(server.pairs), NoCage(), NOW + timedelta(hours=3))  # type: ignore[arg-type]
    assert ((await again(one)).failures, (await again(one)).last_visit_at) == (0, NOW + timedelta(hours=3))


async def test_a_changed_entry_is_changed_unless_a_person_promoted_it(school, server, cage):
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("One", 1), ("Two", 2), ("Three", 3))
    one = await source(school, server.base + "/feed.xml")
    door = Door(server.pairs)
    await harvest_due(door, cage, NOW)
    mine = InboxEntry.filter(school_id=one.school_id)
    await mine.filter(title="Two").update(state=EntryState.IGNORED)
    await mine.filter(title="Three").update(state=EntryState.PROMOTED)
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("One!", 1), ("Two!", 2), ("Three!", 3))
    assert await harvest_due(door, cage, NOW + timedelta(hours=1)) == 0
    rows = await mine.order_by("id").values("title", "state", "proposal")
    assert [(row["title"], row["state"]) for row in rows] == [
        ("One!", EntryState.WAITING),
        ("Two!", EntryState.IGNORED),
        ("Three", EntryState.PROMOTED),
    ]
    assert '"title": "Three!"' in rows[2]["proposal"]
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("One!", 1), ("Two!", 2), ("Three", 3))
    await harvest_due(door, cage, NOW + timedelta(hours=2))
    assert (await mine.order_by("id").values_list("proposal", flat=True))[2] == ""


FAILING = {
    "/missing": ("http-404", "The site says that there is nothing at this address."),
    "/garbage": ("broken", "This site's answer breaks off or cannot be understood."),
    "/brotli": ("compressed", "This address sends its answer packed in a way that Engage does not open."),
    "/round": ("redirects", "This address leads on to other addresses without an end."),
    "/page.html": ("web-page", "This is a web page, not a feed."),
    "/trouble": ("http-503", "The site has trouble of its own at the moment (it answers 503)."),
}


@pytest.mark.parametrize("path", FAILING)
async def test_a_source_that_fails_says_why_and_keeps_what_it_brought(school, server, cage, path):
    server.extra["/page.html"] = "text/html", b"<!doctype html><html><head><title>x</title></head><body>y</body></html>"
    server.extra["/trouble"] = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("One", 1))
    one = await source(school, server.base + "/feed.xml")
    door = Door(server.pairs)
    await harvest_due(door, cage, NOW)
    await Source.filter(id=one.id, school_id=one.school_id).update(url=server.base + path)
    await harvest_due(door, cage, NOW + timedelta(hours=1))
    failed = await again(one)
    visit = await Visit.filter(school_id=one.school_id).order_by("-id").first()
    assert visit is not None
    assert (visit.good, visit.code, visit.sentence) == (False, *FAILING[path])
    assert (failed.failures, failed.problem, failed.state) == (1, FAILING[path][1], SourceState.ACTIVE)
    assert (failed.last_good_at, failed.next_visit_at) == (NOW, NOW + timedelta(hours=2))
    assert await titles(one) == ["One"]


async def test_after_ten_failures_a_source_is_paused_and_left_alone(school, server, cage):
    one = await source(school, server.base + "/missing")
    door, now = Door(server.pairs), NOW
    for _ in range(10):
        await harvest_due(door, cage, now)
        now = (await again(one)).next_visit_at
    assert (await again(one)).state is SourceState.PAUSED
    await harvest_due(door, cage, now + timedelta(days=30))
    assert len(server.seen) == 10


async def test_a_feed_that_says_it_has_ended_is_not_visited_again(school, server, cage):
    server.extra["/gone"] = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
    one = await source(school, server.base + "/gone")
    await harvest_due(Door(server.pairs), cage, NOW)
    assert (await again(one)).state is SourceState.RETIRED


async def test_a_site_that_asks_for_peace_gets_it(school, server, cage):
    server.extra["/busy"] = b"HTTP/1.1 429 Slow down\r\nRetry-After: 18000\r\nContent-Length: 0\r\n\r\n"
    one = await source(school, server.base + "/busy")
    await harvest_due(Door(server.pairs), cage, NOW)
    assert (await again(one)).next_visit_at == NOW + timedelta(hours=5)


async def test_a_feed_may_ask_to_be_visited_less_often(school, server, cage):
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("One", 1), ttl="<ttl>180</ttl>")
    one = await source(school, server.base + "/feed.xml")
    await harvest_due(Door(server.pairs), cage, NOW)
    assert (await again(one)).next_visit_at == NOW + timedelta(hours=3)


async def test_an_address_changes_after_three_days_that_agree_and_not_before(school, server, cage):
    server.extra["/new.xml"] = TYPES[".rss"], rss(("One", 1))
    old = f"{server.base}/to?301,/new.xml"
    one = await source(school, old)
    door = Door(server.pairs)
    for day, url in enumerate([old, old, f"{server.base}/new.xml"]):
        for hour in (0, 2):
            if (await again(one)).url == old:
                await harvest_due(door, cage, NOW + timedelta(days=day, hours=hour))
        assert (await again(one)).url == url
    moved = await again(one)
    assert moved.url_hash == hash_of_address(moved.url)
    assert (moved.moved_to, moved.moved_seen, moved.moved_on) == ("", 0, None)
    assert await titles(one) == ["One"]


async def test_an_address_does_not_change_to_one_that_is_visited_already(school, server, cage):
    server.extra["/new.xml"] = TYPES[".rss"], rss(("One", 1))
    one = await source(
        school,
        f"{server.base}/to?308,/new.xml",
        moved_to=f"{server.base}/new.xml",
        moved_seen=2,
        moved_on=date(2026, 11, 12),
    )
    await source(school, f"{server.base}/new.xml")
    await harvest_due(Door(server.pairs), cage, NOW)
    assert (await again(one)).url.endswith("/to?308,/new.xml")
    assert ((await again(one)).last_good_at, await titles(one)) == (NOW, ["One"])


async def test_a_source_that_breaks_in_our_own_hands_holds_up_nobody(school, server, cage, monkeypatch):
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("One", 1))
    bad = await source(school, server.base + "/bad")
    good = await source(school, server.base + "/feed.xml")
    looked = look

    async def breaking(one, door, cage, now):
        if one.id == bad.id:
            raise RuntimeError("a mistake of ours")
        return await looked(one, door, cage, now)

    monkeypatch.setattr(harvest, "look", breaking)
    assert await harvest_due(Door(server.pairs), cage, NOW) == 1
    assert await titles(good) == ["One"]


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


async def test_a_source_keeps_two_thousand_entries_besides_those_that_were_promoted(school, server, cage, monkeypatch):
    monkeypatch.setattr(sorting, "KEPT", 20)
    one = await source(school, server.base + "/feed.xml")
    door = Door(server.pairs)
    for week in range(4):
        fresh = rss(("Stays", "stays"), *((f"{week}-{each}", f"{week}-{each}") for each in range(9)))
        server.extra["/feed.xml"] = TYPES[".rss"], fresh
        await harvest_due(door, cage, NOW + timedelta(hours=week))
        if week == 0:
            await InboxEntry.filter(school_id=one.school_id, title="0-3").update(state=EntryState.PROMOTED)
    kept = await titles(one)
    assert len(kept) == 21
    assert {"0-3", "Stays"} <= set(kept)
    assert {title for title in kept if title.startswith("3-")} == {f"3-{each}" for each in range(9)}
    await harvest_due(door, cage, NOW + timedelta(days=3))
    assert await titles(one) == kept


async def test_old_entries_that_come_late_are_not_let_go_and_fetched_again(school, server, cage, monkeypatch):
    monkeypatch.setattr(sorting, "KEPT", 20)
    one = await source(school, server.base + "/feed.xml")
    door = Door(server.pairs)
    server.extra["/feed.xml"] = TYPES[".rss"], rss(*((f"New {each}", f"n{each}") for each in range(20)))
    await harvest_due(door, cage, NOW)
    old = rss(*((f"Old {each}", f"o{each}") for each in range(5)))
    dated = old.replace(b"</item>", b"<pubDate>Tue, 01 Sep 2020 08:00:00 GMT</pubDate></item>")
    server.extra["/feed.xml"] = TYPES[".rss"], dated
    assert await harvest_due(door, cage, NOW + timedelta(hours=1)) == 5
    server.extra["/feed.xml"] = TYPES[".rss"], dated + b"<!-- again -->"
    assert await harvest_due(door, cage, NOW + timedelta(hours=2)) == 0
    assert len(await titles(one)) == 20


async def test_a_feed_that_changes_its_ids_doubles_nothing(school, server, cage):
    one = await source(school, server.base + "/feed.xml")
    door = Door(server.pairs)
    for turn in range(5):
        items = "".join(
            f"<item><title>T{each}</title><guid>{turn}-{each}</guid><link>http://example.com/{each}</link></item>"
            for each in range(12)
        )
        body = f'<rss version="2.0"><channel><title>Tales</title>{items}</channel></rss>'.encode()
        server.extra["/feed.xml"] = TYPES[".rss"], body
        await harvest_due(door, cage, NOW + timedelta(hours=turn))
    assert len(await titles(one)) == 12
    assert (await again(one)).changes_ids


async def test_validators_are_forgotten_every_fourteenth_day(school, server, cage):
    await source(school, server.base + "/feed")
    door = Door(server.pairs)
    for day in range(15):
        await harvest_due(door, cage, NOW + timedelta(days=day))
    asked = ["if-none-match" in request.headers for request in server.seen]
    assert asked[0] is False
    assert asked[1:].count(False) == 1


async def test_visits_are_remembered_for_thirty_days(school, server, cage):
    one = await source(school, server.base + "/feed")
    mine = Visit.filter(school_id=one.school_id, source_id=one.id)
    for day in (0, 1, 20, 31, 32):
        for hour in (0, 2):
            await harvest_due(Door(server.pairs), cage, NOW + timedelta(days=day, hours=hour))
    days = {(row["at"] - NOW).days for row in await mine.values("at")}
    assert days == {20, 31, 32}
    assert (await again(one)).lease_until is None


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
