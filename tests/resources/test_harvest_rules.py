"""What a school said of a source holds for what the harvest brings: mute rules, language; and the diary knows of it."""

from datetime import UTC, datetime, timedelta

from engage.engagement.models import Engagement
from engage.engagement.rules import Kind
from engage.outside.fetch import Door
from engage.resources.harvest import harvest_due
from engage.resources.incoming_models import InboxEntry, MuteRule, Source
from engage.resources.muting import mute_words, unmute
from engage.resources.rules import EntryState
from tests import make
from tests.resources.harvesting import TYPES, rss

NOW = datetime(2026, 11, 13, 12, 0, 0, tzinfo=UTC)


async def due(server, path: str = "/feed.xml", **more: object) -> Source:
    return await make.source(path, url=server.base + path, next_visit_at=NOW, **more)


async def test_new_entries_that_a_rule_fits_are_muted_counted_and_never_wait(ada, server, cage):
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("Rerun: Bats", 1), ("Owls", 2), ("RERUN of the moles", 3))
    one = await due(server)
    key = await mute_words("rerun", one.key, ada)
    assert await harvest_due(Door(server.pairs), cage, NOW) == 3
    rows = await InboxEntry.filter(school_id=ada.school.id).order_by("id").values("title", "state", "mute__key")
    assert [(row["title"], row["state"], row["mute__key"]) for row in rows] == [
        ("Rerun: Bats", EntryState.MUTED, key),
        ("Owls", EntryState.WAITING, None),
        ("RERUN of the moles", EntryState.MUTED, key),
    ]
    assert (await MuteRule.get(school_id=ada.school.id)).muted == 2
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("Rerun: Bats", 1), ("Rerun: Foxes", 4))
    await harvest_due(Door(server.pairs), cage, NOW + timedelta(hours=1))
    assert (await MuteRule.get(school_id=ada.school.id)).muted == 3
    assert await unmute(key, ada) == 3


async def test_a_rule_of_one_source_or_of_another_school_touches_no_other(ada, server, cage):
    server.extra["/feed.xml"] = server.extra["/other.xml"] = TYPES[".rss"], rss(("Rerun: Bats", 1))
    one, other = await due(server), await due(server, "/other.xml")
    await mute_words("rerun", other.key, ada)
    await MuteRule.create(school_id=(await make.source("x", school="roosevelt")).school_id, words="bats")
    await harvest_due(Door(server.pairs), cage, NOW)
    states = dict(await InboxEntry.filter(school_id=ada.school.id).values_list("source_id", "state"))
    assert states == {one.id: EntryState.WAITING, other.id: EntryState.MUTED}


async def test_the_language_of_a_source_is_that_of_its_entries(ada, server, cage):
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("Búhos", 1), ttl="<language>en</language>")
    one = await due(server, language="es")
    await harvest_due(Door(server.pairs), cage, NOW)
    assert (await InboxEntry.get(school_id=one.school_id)).language == "es"


async def test_an_entry_is_told_by_title_creator_and_format_as_the_catalogue_does(ada, server, cage):
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("The Öwl: a Tale", 1))
    await due(server)
    await harvest_due(Door(server.pairs), cage, NOW)
    assert (await InboxEntry.get(school_id=ada.school.id)).match_key == "the owl a tale|tales|article"


async def test_the_diary_says_how_many_entries_a_visit_brought_and_nothing_of_visits_without(ada, server, cage):
    server.extra["/feed.xml"] = TYPES[".rss"], rss(("One", 1), ("Two", 2))
    await due(server)
    for hour in range(3):
        await harvest_due(Door(server.pairs), cage, NOW + timedelta(hours=hour))
    acts = Engagement.filter(school_id=ada.school.id, kind=Kind.SOURCE_HARVESTED)
    assert await acts.values("count", "on", "person_id") == [{"count": 2, "on": NOW.date(), "person_id": None}]
