"""A second visit reads only what is new, and the inbox never shows a difference."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engage.outside.cage import Cage
from engage.outside.fetch import Door
from engage.resources import intake, sorting
from engage.resources.harvest import harvest_due
from engage.resources.incoming_models import InboxEntry, Source, Visit
from engage.resources.rules import SourceState
from feeds import Feed
from tests import make
from tests.data import shared
from tests.resources.harvesting import TYPES, rss

NOW = datetime(2026, 11, 13, 12, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ITEM = re.compile(rb"<item\b.*?</item\s*>", re.DOTALL)


class Watched(Cage):
    """A cage that tells how many entries each reading brought and left out."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[tuple[int, int]] = []

    async def feed(self, *told: Any) -> Feed:  # type: ignore[override]
        found = await super().feed(*told)
        self.read.append((len(found.entries), found.unchanged))
        return found


@pytest.fixture
def cage():
    kept = Watched()
    yield kept
    kept.close()


async def visit(server, cage, hours: float, *items: tuple[str, int], ttl: str = "") -> int:
    server.extra["/feed.xml"] = TYPES[".rss"], rss(*items, ttl=ttl)
    return await harvest_due(Door(server.pairs), cage, NOW + hours * HOUR)


async def due(server, **more: object) -> Source:
    return await make.source("Owls", url=server.base + "/feed.xml", next_visit_at=NOW, **more)


async def test_only_the_new_entry_is_read_and_the_others_stay_as_they_are(ada, server, cage):
    source = await due(server)
    await visit(server, cage, 0, ("One", 1), ("Two", 2), ("Three", 3))
    assert await visit(server, cage, 1, ("Four", 4), ("One", 1), ("Two", 2), ("Three", 3)) == 1
    assert cage.read == [(3, 0), (1, 3)]
    titles = await InboxEntry.filter(school_id=source.school_id).order_by("id").values_list("title", flat=True)
    assert titles == ["One", "Two", "Three", "Four"]
    said = (
        await Visit.filter(source_id=source.id, school_id=source.school_id).order_by("id").values_list("new", "changed")
    )
    assert said == [(3, 0), (1, 0)]


async def test_an_entry_that_changes_is_read_and_changed(ada, server, cage):
    source = await due(server)
    await visit(server, cage, 0, ("One", 1), ("Two", 2), ("Three", 3))
    await visit(server, cage, 1, ("One", 1), ("Two, mended", 2), ("Three", 3))
    assert cage.read[-1] == (1, 2)
    titles = await InboxEntry.filter(school_id=source.school_id).order_by("id").values_list("title", flat=True)
    assert titles == ["One", "Two, mended", "Three"]


async def test_some_new_ids_among_many_known_entries_is_no_feed_that_changes_its_ids(ada, server, cage):
    source = await due(server)
    many = [(f"Title {number}", number) for number in range(1, 13)]
    await visit(server, cage, 0, *many)
    renamed = re.sub(rb"(<guid[^>]*>)", rb"\1again-", rss(*many), count=3)
    server.extra["/feed.xml"] = TYPES[".rss"], renamed
    await harvest_due(Door(server.pairs), cage, NOW + HOUR)
    assert cage.read[-1] == (3, 9)
    assert not (await Source.get(id=source.id, school_id=source.school_id)).changes_ids


async def test_a_source_that_is_nearly_full_is_read_whole_so_that_nothing_it_shows_goes(ada, server, cage, monkeypatch):
    monkeypatch.setattr(sorting, "KEPT", intake.ENTRIES + 2)
    source = await due(server)
    await visit(server, cage, 0, ("One", 1), ("Two", 2), ("Three", 3))
    assert (await Source.get(id=source.id, school_id=source.school_id)).slices == ""
    await visit(server, cage, 1, ("Four", 4), ("One", 1), ("Two", 2), ("Three", 3))
    assert cage.read == [(3, 0), (4, 0)]


async def test_who_asks_for_everything_again_gets_it(ada, server, cage):
    """A source that was changed has forgotten its body, and so its slices; each source does every fourteenth day."""
    source = await due(server)
    await visit(server, cage, 0, ("One", 1))
    mine = Source.filter(id=source.id, school_id=source.school_id)
    await mine.update(body_hash="")
    await visit(server, cage, 1, ("One", 1), ("Two", 2))
    assert cage.read[-1] == (2, 0)
    for day in range(1, 16):
        await visit(server, cage, 24 * day, ("One", 1), ("Two", 2), ("Day", 100 + day))
    assert [read for read in cage.read[2:] if read[1] == 0] == [(3, 0)]


async def test_a_podcast_stays_one_when_it_has_nothing_new_to_be_heard(ada, server, cage):
    sound = b'<enclosure url="http://example.com/a.mp3" type="audio/mpeg" length="9"/></item>'
    source = await due(server)
    for hours, ttl in enumerate(("", "<ttl>60</ttl>")):
        server.extra["/feed.xml"] = TYPES[".rss"], rss(("One", 1), ("Two", 2), ttl=ttl).replace(b"</item>", sound)
        await harvest_due(Door(server.pairs), cage, NOW + hours * HOUR)
    body = server.extra["/feed.xml"][1].replace(b"</channel>", ITEM.findall(rss(("Three", 3)))[0] + b"</channel>")
    server.extra["/feed.xml"] = TYPES[".rss"], body
    await harvest_due(Door(server.pairs), cage, NOW + 2 * HOUR)
    assert cage.read == [(2, 0), (2, 0), (1, 2)]
    assert (await Source.get(id=source.id, school_id=source.school_id)).kind == "podcast"


async def test_the_visit_tells_of_older_entries_that_were_not_taken(ada, server, cage):
    source = await due(server)
    await visit(server, cage, 0, *((f"Title {number}", number) for number in range(1_502)))
    assert await InboxEntry.filter(school_id=source.school_id).count() == 500
    said = await Visit.get(source_id=source.id, school_id=source.school_id)
    assert said.sentence == "500 new. It holds 1,002 older entries besides, which are not taken."


COLUMNS = [name for name in sorting.Harvested.__dataclass_fields__ if name not in ("identity", "second_key")]


@pytest.mark.parametrize("name", ["NetNewsWire__scriptingNews.rss", "NetNewsWire__manton.rss"])
async def test_real_feeds_that_grow_come_to_the_same_inbox_in_slices_and_whole(ada, server, cage, name):
    whole = shared(f"feeds-real/{name}").read_bytes()
    items = [found[0] for found in ITEM.finditer(whole)]
    sliced, plain = [
        await make.source(each, url=f"{server.base}/{each}", next_visit_at=NOW) for each in ("sliced", "plain")
    ]
    for hours, missing in enumerate((6, 4, 1, 0)):
        body = whole
        for item in items[:missing]:
            body = body.replace(item, b"", 1)
        server.extra["/sliced"] = server.extra["/plain"] = TYPES[".rss"], body
        await Source.filter(id=plain.id, school_id=plain.school_id).update(slices="")
        await harvest_due(Door(server.pairs), cage, NOW + hours * HOUR)
    rows = [
        sorted([tuple(row[each] for each in COLUMNS) for row in await _rows(source)], key=str)
        for source in (sliced, plain)
    ]
    assert rows[0] == rows[1]
    assert len(rows[0]) >= 10
    assert sum(unchanged > 0 for _, unchanged in cage.read) == 3


async def _rows(source: Source) -> list[dict[str, Any]]:
    where = {"source_id": source.id, "school_id": source.school_id}  # type: ignore[attr-defined]
    assert (await Source.get(id=source.id, school_id=where["school_id"])).state is SourceState.ACTIVE
    return await InboxEntry.filter(**where).values(*COLUMNS)


async def test_a_feed_that_asks_for_quiet_has_it_also_when_nothing_has_changed(ada, server, cage):
    source = await due(server, minutes_between=60)
    ttl = "<ttl>180</ttl><skipHours><hour>18</hour><hour>19</hour></skipHours>"
    for hours, wait in ((0, 3), (3, 5)):  # at noon for three hours; at three until six, which is to be skipped
        await visit(server, cage, hours, ("One", 1), ttl=ttl)
        after = await Source.get(id=source.id, school_id=source.school_id)
        assert after.next_visit_at == NOW + (hours + wait) * HOUR
    assert len(cage.read) == 1
