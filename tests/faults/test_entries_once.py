"""An entry is in the inbox once, whatever its feed does to its ids, order and number; none is lost (F9)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import feeds
from engage.outside.fetch import Door
from engage.resources.harvest import harvest_due, hash_of_address
from engage.resources.incoming_models import InboxEntry, Source
from engage.resources.rules import EntryState
from tests import data
from tests.faults.hostile import Hostile
from tests.make import rss

NOW = datetime(2026, 10, 1, 12, 0, 0, tzinfo=UTC)
RSS = "application/rss+xml"
DAYS = 30


async def source(school, server: Hostile, name: str = "feed.xml") -> Source:
    url = f"{server.base}/{name}"
    return await Source.create(
        school_id=school.card.id, url=url, url_hash=hash_of_address(url), next_visit_at=NOW, minutes_between=15
    )


def item(title: str, guid: str = "", link: str = "", date: str = "", words: str = "Words.") -> str:
    named = "".join(
        f"<{name}>{text}</{name}>" for name, text in (("guid", guid), ("link", link), ("pubDate", date)) if text
    )
    return f"<item><title>{title}</title>{named}<description>{words}</description></item>"


def numbered(first: int, last: int, **more: str) -> list[str]:
    return [item(f"Story {n}", f"g{n}", f"http://example.com/{n}", **more) for n in range(first, last)]


async def titles(one: Source) -> list[str]:
    rows = InboxEntry.filter(source_id=one.id, school_id=one.school_id).order_by("id")
    return list(await rows.values_list("title", flat=True))


MANY = [f"Story {n}" for n in range(12)]
LINKED = [item(f"Story {n}", "", f"http://example.com/{n}") for n in range(12)]
BARE = [item(f"Story {n}", "", "", f"{n + 1:02} Sep 2026 08:00:00 GMT") for n in range(12)]
SAME = [item(f"Story {n}", "same", f"http://example.com/{n}") for n in range(12)]
# what a site does in five visits, and what is in the inbox at the end
HOSTILE = {
    "the order changes": ([rss(*numbered(0, 12)[::step]) for step in (1, -1, 1, -1, 1)], MANY),
    "the same entry comes twice": ([rss(*numbered(0, 12), *numbered(0, 12))] * 5, MANY),
    "one guid for all": ([rss(*SAME), rss(*SAME[::-1])] * 2 + [rss(*SAME)], MANY),
    "no guid": ([rss(*LINKED), rss(*LINKED[::-1])] * 2 + [rss(*LINKED)], MANY),
    "neither guid nor link": ([rss(*BARE), rss(*BARE[::-1])] * 2 + [rss(*BARE)], MANY),
    "nothing at all for a while": ([rss(*numbered(0, 12)), rss(), rss(), rss(), rss(*numbered(0, 12))], MANY),
    "a window that moves": ([rss(*numbered(n, n + 8)) for n in range(5)], MANY),
    "new guids at each visit": (
        [rss(*(item(f"Story {n}", f"{turn}-{n}", f"http://example.com/{n}") for n in range(12))) for turn in range(5)],
        MANY,
    ),
    "new guids and a tracker on each link": (
        [
            rss(*(item(f"Story {n}", f"{turn}-{n}", f"http://example.com/{n}?utm_source=v{turn}") for n in range(12)))
            for turn in range(5)
        ],
        MANY,
    ),
    "http becomes https": (
        [
            rss(*(item(f"Story {n}", f"{scheme}://example.com/{n}", f"{scheme}://example.com/{n}") for n in range(12)))
            for scheme in ("http", "https", "https", "http", "https")
        ],
        MANY,
    ),
    "titles change": (
        [rss(*numbered(0, 11), item(f"Turn {turn}", "g11")) for turn in range(5)],
        [*MANY[:11], "Turn 4"],
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_five_visits_double_nothing_and_lose_nothing(school, server, cage, name):
    bodies, expected = HOSTILE[name]
    one = await source(school, server)
    for turn, body in enumerate(bodies):
        server.extra["/feed.xml"] = RSS, body
        await harvest_due(Door(server.pairs), cage, NOW + timedelta(hours=turn))
    assert sorted(await titles(one)) == sorted(expected)


async def test_what_is_unchanged_costs_no_write(school, server, cage, statements):
    one = await source(school, server)
    server.extra["/feed.xml"] = RSS, rss(*numbered(0, 50))
    await harvest_due(Door(server.pairs), cage, NOW)
    for turn, body in enumerate(
        (rss(*numbered(0, 50)), rss(*numbered(0, 50), "<!-- -->"), rss(*numbered(0, 50)[::-1])), 1
    ):
        server.extra["/feed.xml"] = RSS, body
        statements.forget()
        await harvest_due(Door(server.pairs), cage, NOW + timedelta(hours=turn))
        assert [text for text in statements.seen if '"inbox_entry"' in text and not text.startswith("SELECT")] == []
    assert len(await titles(one)) == 50


def recorded() -> list[Path]:
    """Real feeds with enough entries to replay."""
    return sorted(data.shared("feeds-real").glob("*.rss")) + sorted(data.shared("feeds-podcast").glob("*.rss"))


async def test_thirty_days_of_recorded_feeds_whose_ids_change_once(school, server, cage):
    """Each day the window moves on by a fifth; on the twelfth day all ids change, as when a site moves house."""
    kept: dict[int, list[feeds.Entry]] = {}
    sources: dict[int, Source] = {}
    for number, path in enumerate(recorded()):
        try:
            entries = feeds.read(path.read_bytes(), "http://example.com/feed", {"content-type": RSS}).entries
        except feeds.Unreadable:
            continue
        told_apart = {(each.title, each.url): each for each in entries if each.title and each.url}
        if len(told_apart) >= 10 and len({each.url for each in told_apart.values()}) == len(told_apart):
            kept[number] = list(told_apart.values())[:60]
            sources[number] = await source(school, server, f"{number}.xml")
        if len(kept) == 10:
            break
    assert len(kept) >= 5
    door = Door(server.pairs)
    shown: dict[int, set[str]] = {number: set() for number in kept}
    for day in range(DAYS):
        for number, entries in kept.items():
            size = max(8, len(entries) // 2)
            start = min(day * max(1, len(entries) // 40), len(entries) - size)
            window = entries[start : start + size]
            shown[number] |= {entry.url or "" for entry in window}
            prefix = "new house " if day >= 12 else ""
            server.extra[f"/{number}.xml"] = RSS, rss(*(again(entry, prefix) for entry in window))
        await harvest_due(door, cage, NOW + timedelta(days=day))
        if day == 3:
            first = (
                await InboxEntry.filter(school_id=school.card.id).order_by("id").values("id", "title", "content_hash")
            )
            await InboxEntry.filter(school_id=school.card.id, id=first[0]["id"]).update(state=EntryState.PROMOTED)
    for number, one in sources.items():
        urls = await InboxEntry.filter(school_id=school.card.id, source_id=one.id).values_list("url", flat=True)
        assert len(urls) == len(set(urls)) == len(shown[number])
        assert set(urls) == shown[number]
    used = await InboxEntry.get(id=first[0]["id"], school_id=school.card.id)
    assert (used.title, used.content_hash, used.state) == (
        first[0]["title"],
        first[0]["content_hash"],
        EntryState.PROMOTED,
    )


def again(entry: feeds.Entry, prefix: str) -> str:
    """An entry as a site writes it, with its guid as it was or anew."""
    esc = lambda text: text.replace("&", "&amp;").replace("<", "&lt;")  # noqa: E731
    return item(esc(entry.title), esc(prefix + (entry.guid or entry.url or "")), esc(entry.url or ""))
