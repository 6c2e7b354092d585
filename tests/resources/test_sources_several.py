"""Several addresses at once: each is answered, none holds up the others, and what is picked is added in one go."""

import sys
from dataclasses import replace

import pytest

from engage import dates
from engage.database.job_model import Job
from engage.errors import Refused
from engage.outside.cage import Cage, the_cage
from engage.outside.fetch import Door
from engage.resources import looking, sources, visiting
from engage.resources.harvest import hash_of_address
from engage.resources.incoming_models import InboxEntry, Source
from engage.resources.rules import EntryState, SourceKind, SourceState, source_kind
from engage.resources.sources import Chosen
from tests import make
from tests.faults.hostile import hostile
from tests.resources.test_sources_pages import PAGE, RSS, TALES
from tests.school import words_of

PICTURES = TALES.replace(b"Tales &amp; Songs", b"&lt;b&gt;Pictures")


@pytest.fixture
async def server():
    async with hostile() as running:
        running.extra["/tales.xml"] = RSS, TALES
        running.extra["/pictures.xml"] = RSS, PICTURES
        running.extra["/"] = "text/html", PAGE
        yield running


@pytest.fixture
def settings(settings, server):
    return replace(settings, allowed_outside=server.pairs)


async def test_each_of_several_addresses_is_answered_and_the_picked_are_added(browser, school, ada, server):
    browser.sign_in(ada)
    base = server.base
    typed = [f"{base}/tales.xml", "http://10.0.0.1/feed", f"{base}/missing", base, f"{base}/pictures.xml"]
    looked = await browser.post("/curate/sources/new", {"address": "\n".join(typed)})
    assert looked.status_code == 200
    words = words_of(looked)
    assert "Tales &amp; Songs" in words
    assert "Podcast, 2 entries." in words
    # what they bring is seen before they are added
    assert words.count("The Owl") == 2
    assert "not on the public internet" in words
    assert "The site says that there is nothing at this address." in words
    assert "<b>Pictures" not in looked.text
    assert f'value="feed {base}/news.atom News"' in looked.text
    # what an earlier line found already is offered once
    assert looked.text.count(f"{base}/tales.xml ") == 1
    assert await Source.filter(school_id=school.card.id).count() == 0

    picks = [f"podcast {base}/tales.xml Tales & Songs", f"podcast {base}/pictures.xml <b>Pictures"]
    sent = {"address": "\n".join(typed), "step": "several", "pick": [*picks, "feed http://10.0.0.1/ Inside", "junk"]}
    added = await browser.post("/curate/sources/new", sent)
    assert added.status_code == 303
    page = words_of(await browser.follow(added))
    assert "Added: 2 feeds." in page
    assert "Inside: This address is not on the public internet" in page
    rows = await Source.filter(school_id=school.card.id).order_by("id").values("url", "title", "kind", "state", "by_id")
    assert [row["url"] for row in rows] == [f"{base}/tales.xml", f"{base}/pictures.xml"]
    first = rows[0]
    assert (first["title"], first["kind"], first["state"]) == ("Tales & Songs", "podcast", SourceState.ACTIVE)
    assert {row["by_id"] for row in rows} == {ada.id}
    assert await Job.filter(name="harvest").count() == 1

    again = words_of(await browser.post("/curate/sources/new", {"address": "\n".join(typed)}))
    assert again.count("You visit this feed already.") == 2


async def test_nothing_picked_comes_back_with_what_was_typed(browser, school, ada):
    typed = "a.example\nb.example"
    sent = await browser.sign_in(ada).post("/curate/sources/new", {"address": typed, "step": "several"})
    assert sent.status_code == 422
    assert "Pick a feed first." in words_of(sent)
    assert typed in sent.text.replace("\r", "")
    assert await Source.filter(school_id=school.card.id).count() == 0


async def test_a_slow_site_holds_up_none_of_the_others(school, ada, server, monkeypatch):
    monkeypatch.setattr(looking, "ALL_SECONDS", 3.0)
    door = Door(allowed=server.pairs)
    slow = f"http://localhost:{server.port}/drip"
    lines = [slow, f"{server.base}/tales.xml"]
    first, second = await looking.look_at_each(lines, replace(door, resolver=_here), the_cage(), by=ada)
    assert (first.typed, first.offers) == (slow, ())
    assert first.sentence
    assert second.offers[0].title == "Tales & Songs"


async def test_what_takes_long_to_read_is_given_up(ada, server, monkeypatch):
    monkeypatch.setattr(looking, "ALL_SECONDS", 1.0)
    asleep = Cage(command=(sys.executable, "-c", "import time; time.sleep(9)"), wall=3.0)
    try:
        lines = [f"{server.base}/tales.xml", f"{server.base}/pictures.xml"]
        answers = await looking.look_at_each(lines, Door(allowed=server.pairs), asleep, by=ada)
    finally:
        asleep.close()
    assert [answer.sentence for answer in answers] == [looking.TOO_SLOW] * 2


async def _here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def test_more_than_twenty_addresses_are_refused(ada):
    with pytest.raises(Refused, match="these are 21"):
        await looking.look_at_each([f"a{n}.example" for n in range(21)], Door(), the_cage(), by=ada)


async def test_what_is_suggested_or_removed_takes_no_room(school, ada, monkeypatch):
    monkeypatch.setattr(visiting, "SOURCES", 2)
    for number, state in enumerate((SourceState.SUGGESTED, SourceState.RETIRED, SourceState.PAUSED)):
        await make.source(f"Feed {number}", state=state)
    await sources.add_source(Chosen("https://new.example/feed"), by=ada, allowed=frozenset())
    with pytest.raises(Refused, match="2 feeds at most"):
        await sources.add_source(Chosen("https://newer.example/feed"), by=ada, allowed=frozenset())
    removed = await Source.get(school_id=school.card.id, state=SourceState.RETIRED)
    with pytest.raises(Refused):
        await sources.go_on(removed.key, by=ada)


async def test_a_removed_source_is_gone_with_what_waited(browser, school, ada):
    one = await make.source("Gone")
    await make.inbox_entry(one)
    assert "Remove this feed" in words_of(await browser.sign_in(ada).get(f"/curate/sources/{one.key}"))
    sent = await browser.post(f"/curate/sources/{one.key}/remove")
    assert "What you added from it stays" in words_of(await browser.follow(sent))
    assert await Source.filter(school_id=school.card.id).count() == 0
    assert await InboxEntry.filter(school_id=school.card.id).count() == 0
    assert (await browser.get(f"/curate/sources/{one.key}")).status_code == 404


async def test_what_was_decided_about_a_removed_sources_entries_is_kept(browser, school, ada):
    one = await make.source("Decided")
    of_school = InboxEntry.filter(school_id=school.card.id)
    # who skipped B is not named any more
    states = {"A": "promoted", "B": "ignored", "C": "waiting", "D": "muted", "F": "ignored"}
    for title, state in states.items():
        entry = await make.inbox_entry(one, title)
        by = ada.id if title in ("A", "F") else None
        await of_school.filter(id=entry.id).update(state=EntryState(state), decided_by_id=by)
    other = await make.inbox_entry(await make.source("Other"), "E")
    browser.sign_in(ada)
    await browser.post(f"/curate/sources/{one.key}/remove")
    assert [row["title"] for row in await of_school.order_by("title").values("title")] == ["A", "B", "E", "F"]
    assert other.title == "E"
    kept = await Source.get(school_id=school.card.id, id=one.id)
    assert (kept.state, kept.fence) == (SourceState.RETIRED, one.fence + 1)
    assert "Decided" not in words_of(await browser.get("/curate/sources"))
    assert "Decided" in words_of(await browser.get("/curate/sources?state=removed"))
    page = words_of(await browser.get(f"/curate/sources/{one.key}"))
    assert "This feed was removed." in page
    assert "Remove this feed" not in page

    # added anew it is the same source again, and knows what was decided
    await sources.add_source(Chosen(one.url, "Back"), by=ada, allowed=frozenset())
    back = await Source.get(school_id=school.card.id, id=one.id)
    assert (back.state, back.title) == (SourceState.ACTIVE, "Back")


async def test_feeds_are_shown_by_how_they_are_and_by_kind(browser, school, ada):
    now = dates.now()
    await make.source("Well", last_visit_at=now, last_good_at=now)
    await make.source("Lost", last_visit_at=now, failures=2, problem="Nobody is there.", kind=SourceKind.VIDEO)
    await make.source("Rests", state=SourceState.PAUSED, kind=SourceKind.OPDS2)
    browser.sign_in(ada)
    whole = words_of(await browser.get("/curate/sources"))
    assert "3 feeds, 1 has trouble" in whole
    assert all(name in whole for name in ("Well", "Lost", "Rests", "OPDS 2.0 catalog"))
    asked = {
        "state=trouble": {"Lost"},
        "state=paused": {"Rests"},
        "kind=video": {"Lost"},
        "state=paused&kind=video": {"Rests"},
        "state=nonsense": {"Well", "Lost", "Rests"},
    }
    for query, shown in asked.items():
        words = words_of(await browser.get(f"/curate/sources?{query}"))
        assert {name for name in ("Well", "Lost", "Rests") if f"waiting from {name}" in words} == shown, query


@pytest.mark.parametrize(
    ("seems", "written", "expected"),
    [
        ("feed", "Atom 1.0", "feed"),
        ("podcast", "RSS 2.0", "podcast"),
        ("video", "Atom 1.0", "video"),
        ("feed", "JSON Feed 1.1", "json"),
        ("podcast", "JSON Feed 1", "podcast"),
        ("feed", "opds1", "opds1"),
        ("feed", "OPDS 1.2", "opds1"),
        ("feed", "opds2", "opds2"),
        ("feed", "OPDS 2.0", "opds2"),
    ],
)
def test_the_kind_of_a_source_is_what_it_brings_else_how_it_is_written(seems, written, expected):
    assert source_kind(seems, written) is SourceKind(expected)


async def test_one_feed_added_twice_at_once_is_one(school, ada):
    chosen = [Chosen("https://same.example/feed"), Chosen("https://SAME.example/feed")]
    added = await sources.add_sources(chosen, by=ada, allowed=frozenset())
    assert (added.number, len(added.refused)) == (1, 1)
    assert await Source.filter(url_hash=hash_of_address("https://same.example/feed"), school_id=school.card.id).exists()


async def test_many_feeds_cost_no_more_questions(browser, ada, statements):
    await make.source("One")
    browser.sign_in(ada)
    await browser.get("/curate/sources")
    statements.forget()
    await browser.get("/curate/sources")
    few = len(statements)
    for number in range(20):
        await make.source(f"Feed {number}", kind=list(SourceKind)[number % 6])
    statements.forget()
    page = await browser.get("/curate/sources")
    assert "21 feeds, all well" in words_of(page)
    assert len(statements) == few
