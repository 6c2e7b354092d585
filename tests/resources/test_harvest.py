"""The harvest from a loopback server: every file of the real, ugly and hostile feeds, leases, moves and failures."""

from datetime import date, timedelta

import pytest

from engage.outside.cage import Cage
from engage.outside.fetch import Door
from engage.resources import harvest, sorting
from engage.resources.harvest import harvest_due, hash_of_address, look
from engage.resources.incoming_models import InboxEntry, Source, Visit
from engage.resources.rules import EntryState, SourceState
from tests.resources.harvesting import NOW, TYPES, again, rss, source, titles


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
