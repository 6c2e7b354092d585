"""Lists of feeds: what one brings waits for a yes, is decided about in one go, and ours goes out again."""

from dataclasses import replace

import pytest

from engage import dates
from engage.database.job_model import Job
from engage.errors import Refused
from engage.people.models import AuditEntry
from engage.resources import suggested, visiting
from engage.resources.harvest import hash_of_address
from engage.resources.incoming_models import Source
from engage.resources.rules import SourceState
from feeds.opml import Subscription, Subscriptions, read_opml
from tests.data import shared
from tests.school import words_of

LIST = (
    b'<opml version="2.0"><head><title>Mine</title></head><body><outline text="Science">'
    b'<outline text="Owls &lt;b&gt;" xmlUrl="https://owls.example/feed" htmlUrl="https://owls.example/"/></outline>'
    b'<outline text="Inside" xmlUrl="http://127.0.0.1/feed"/>'
    b'<outline text="Foxes" xmlUrl="https://foxes.example/feed"/></body></opml>'
)


async def bring(browser, body: bytes = LIST):
    return await browser.post("/curate/sources/suggested", {}, files={"file": ("mine.opml", body)})


async def source(school, url: str, **more: object) -> Source:
    values = {"school_id": school.card.id, "url": url, "url_hash": hash_of_address(url), "next_visit_at": dates.now()}
    return await Source.create(**{**values, **more})  # type: ignore[arg-type]


def feeds_named(number: int) -> Subscriptions:
    return Subscriptions("Many", tuple(Subscription(f"https://a{each}.example/feed") for each in range(number)))


async def test_a_list_is_suggested_and_nothing_is_visited_before_a_yes(browser, school, ada):
    browser.sign_in(ada)
    await source(school, "https://foxes.example/feed", title="Foxes")
    sent = await bring(browser)
    assert sent.status_code == 303
    page = words_of(await browser.follow(sent))
    assert "Suggested: 1 feed. 1 here already. Inside:" in page
    assert "Owls &lt;b&gt;" in page
    assert "Science" in page
    made = await Source.get(school_id=school.card.id, url="https://owls.example/feed")
    assert (made.state, made.topic, made.site, made.by_id) == ("suggested", "Science", "https://owls.example/", ada.id)
    assert await Job.filter(name="harvest").count() == 0
    assert "Owls" not in words_of(await browser.get("/curate/sources"))
    assert "1 suggested" in words_of(await browser.get("/curate/sources"))
    assert "says yes" not in words_of(await browser.get(f"/curate/sources/{made.key}"))

    again = words_of(await browser.follow(await bring(browser)))
    assert "Suggested: 0 feeds. 2 here already." in again


async def test_picked_ones_are_added_and_the_rest_left_out(browser, school, ada):
    browser.sign_in(ada)
    await suggested.suggest(school.card.id, ada, feeds_named(4), frozenset())
    keys = {row["url"]: row["key"] for row in await Source.filter(school_id=school.card.id).values("url", "key")}
    sent = {"pick": [keys["https://a0.example/feed"], keys["https://a1.example/feed"]], "act": "add"}
    page = words_of(await browser.follow(await browser.post("/curate/sources/suggested/decide", sent)))
    assert "Added: 2 feeds." in page
    assert await Source.filter(school_id=school.card.id, state=SourceState.ACTIVE).count() == 2
    assert await Job.filter(name="harvest").count() == 1

    nothing = await browser.post("/curate/sources/suggested/decide", {**sent, "act": "leave"})
    assert "Pick a feed first." in words_of(await browser.follow(nothing))
    left = await browser.post("/curate/sources/suggested/decide", {"all": "1", "act": "leave"})
    assert "Left out: 2 feeds." in words_of(await browser.follow(left))
    # what was added is not what was suggested any more
    assert await Source.filter(school_id=school.card.id).count() == 2
    acts = [row["act"] for row in await AuditEntry.filter(school_id=school.card.id).order_by("id").values("act")]
    assert acts == ["suggest feeds", "add suggested feeds", "leave out suggested feeds"]


async def test_what_is_no_list_is_refused_with_a_sentence(browser, ada):
    browser.sign_in(ada)
    for body, sentence in (
        (b"<html></html>", "This is no list of feeds (OPML)."),
        (b'<!DOCTYPE o [<!ENTITY a "b">]><opml/>', "declares entities of its own"),
        (b"<opml><body/></opml>", "This list names no feed."),
    ):
        sent = await bring(browser, body)
        assert sent.status_code == 422
        assert sentence in words_of(sent)
    missing = await browser.post("/curate/sources/suggested", {}, files={})
    assert missing.status_code == 422


async def test_what_nobody_suggested_cannot_be_added(school, ada):
    with pytest.raises(Refused):
        await suggested.approve(["nothing"], by=ada)


async def test_no_more_is_approved_than_there_is_room_for(school, ada, monkeypatch):
    monkeypatch.setattr(visiting, "SOURCES", 3)
    await source(school, "https://ours.example/feed")
    told = await suggested.suggest(school.card.id, ada, feeds_named(4), frozenset())
    # what the school visits leaves room for suggestions all the same
    assert told.new == 3
    with pytest.raises(Refused, match="room for 2 more"):
        await suggested.approve(None, by=ada)
    assert await Source.filter(school_id=school.card.id, state=SourceState.ACTIVE).count() == 1
    rows = await Source.filter(school_id=school.card.id, state=SourceState.SUGGESTED).limit(2).values("key")
    assert await suggested.approve([row["key"] for row in rows], by=ada) == 2


async def test_a_list_that_the_command_brings_stands_in_the_audit(school):
    await suggested.suggest(school.card.id, None, feeds_named(2), frozenset())
    entry = await AuditEntry.get(school_id=school.card.id, act="suggest feeds")
    assert (entry.detail, entry.by_id) == ("2 of Many", None)


async def test_what_another_school_is_suggested_is_out_of_reach(school, ada):
    await suggested.suggest(school.roosevelt.id, None, feeds_named(3), frozenset())
    assert await suggested.suggestions(ada) == {}
    keys = [row["key"] for row in await Source.filter(school_id=school.roosevelt.id).values("key")]
    for keys_or_all in (keys, None):
        with pytest.raises(Refused):
            await suggested.approve(keys_or_all, by=ada)
        with pytest.raises(Refused):
            await suggested.leave_out(keys_or_all, by=ada)
    assert await Source.filter(school_id=school.roosevelt.id, state=SourceState.SUGGESTED).count() == 3


async def test_ours_goes_out_and_comes_in_again(browser, school, ada):
    browser.sign_in(ada)
    await source(school, "https://owls.example/feed", title="=Owls & Co", topic="Science", kind="podcast")
    await source(school, "https://foxes.example/feed", state=SourceState.PAUSED)
    await source(school, "https://old.example/feed", state=SourceState.RETIRED)
    await source(school, "https://new.example/feed", state=SourceState.SUGGESTED)
    got = await browser.get("/curate/sources.opml")
    assert got.headers["content-type"].startswith("text/x-opml")
    assert "attachment" in got.headers["content-disposition"]
    found = read_opml(got.content)
    assert found.feeds == (
        Subscription("https://foxes.example/feed", "https://foxes.example/feed"),
        Subscription("https://owls.example/feed", "=Owls & Co", "", "Science"),
    )


async def test_a_real_list_comes_in_whole(browser, school, ada):
    browser.sign_in(ada)
    body = (shared("opml") / "NetNewsWire__Subs.opml").read_bytes()
    page = words_of(await browser.follow(await bring(browser, body)))
    number = await Source.filter(school_id=school.card.id, state=SourceState.SUGGESTED).count()
    assert number > 190
    assert f"Suggested: {number} feeds." in page


async def test_adding_what_was_suggested_is_a_yes(browser, school, ada, server):
    browser.app.settings = replace(browser.app.settings, allowed_outside=server.pairs)
    browser.sign_in(ada)
    await source(school, f"{server.base}/feed", state=SourceState.SUGGESTED)
    sent = {"address": f"{server.base}/feed", "title": "Ours", "minutes": "60", "kind": "feed", "step": "add"}
    assert (await browser.post("/curate/sources/new", sent)).status_code == 303
    made = await Source.get(school_id=school.card.id)
    assert (made.state, made.title) == (SourceState.ACTIVE, "Ours")


async def test_a_list_is_read_from_its_address_as_well(browser, school, ada, server):
    browser.app.settings = replace(browser.app.settings, allowed_outside=server.pairs)
    server.extra["/mine.opml"] = "text/x-opml", LIST
    browser.sign_in(ada)
    sent = await browser.post("/curate/sources/suggested", {"address": f"{server.base}/mine.opml"})
    assert "Suggested: 2 feeds. Inside:" in words_of(await browser.follow(sent))
    # the list alone was asked for, none of what it names
    assert [request.path for request in server.seen] == ["/mine.opml"]
    for address, sentence in (
        (f"{server.base}/missing", "nothing at this address"),
        (f"{server.base}/feed", "This is no list of feeds (OPML)."),
        ("http://10.0.0.1/", "not on the public internet"),
        ("", "Choose a file, or write an address."),
    ):
        refused = await browser.post("/curate/sources/suggested", {"address": address})
        assert refused.status_code == 422
        assert sentence in words_of(refused)
        assert f'value="{address}"' in refused.text
