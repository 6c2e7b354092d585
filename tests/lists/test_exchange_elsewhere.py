"""Lists of other installations: read by their pages and followed; and an origin that drips, is gone or hostile."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from engage import dates
from engage.errors import Refused
from engage.lists import exchange, exchange_looking
from engage.lists.exchange_form import seen_of, trail_of
from engage.lists.exchange_looking import Gone, Outlook, look_at
from engage.lists.exchange_models import Missing, Origin
from feeds.shared_list import IN_JSON, SharedList
from tests import make
from tests.faults.hostile import Hostile
from tests.lists.exchanging import BASE, at_roosevelt, books_of_lincoln, feed, follow, look_here, titles_of
from tests.school import Browser, TestSchool, words_of


async def test_a_list_of_another_installation_is_read_by_its_page_and_followed_with_its_etag(
    school: TestSchool, outlook: Outlook, server: Hostile
) -> None:
    await at_roosevelt(school)
    await books_of_lincoln()
    there = (await look_here(outlook)).shared
    assert there is not None
    there = replace(there, guid="urn:far", items=there.items[:2], total=2)
    page = (
        b'<!doctype html><title>Sea</title><link rel="alternate" type="application/feed+json" href="/x/lists/sea.json">'
    )
    server.extra["/x/lists/sea"] = ("text/html", page)
    server.extra["/x/lists/sea.json"] = feed(there, home_page_url=there.page, next_url="/x/lists/sea.json?page=2")
    seen = await look_at(f"{server.base}/x/lists/sea", outlook)
    assert (seen.shared, seen.address) == (there, f"{server.base}/x/lists/sea.json"), "a page that repeats itself ends"
    key = await exchange.take_over(seen, linked=True, by=school.ada)
    origin = await Origin.get(school_id=school.card.id)
    assert origin.library == "Roosevelt School (127.0.0.1)", "any site can give itself a name"
    assert await titles_of(key) == ["Whales: a life", "Squid"]

    head = b'HTTP/1.1 200 OK\r\nContent-Type: application/feed+json\r\nETag: "v2"\r\n'
    _, body = feed(replace(there, items=there.items[:1]))
    server.extra["/x/lists/sea.json"] = head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    assert await follow(school, outlook) == 1
    server.extra["/x/lists/sea.json"] = b'HTTP/1.1 304 Not Modified\r\nETag: "v2"\r\n\r\n'
    assert await follow(school, outlook, 4) == 0
    assert server.seen[-1].headers["if-none-match"] == '"v2"'
    assert await follow(school, outlook, 4) == 0
    asked = len(server.seen)
    assert await follow(school, outlook, 4) == 0
    assert len(server.seen) == asked, "once a day is enough"

    del server.extra["/x/lists/sea.json"]
    await follow(school, outlook, 6)
    origin = await Origin.get(school_id=school.card.id)
    assert origin.problem.startswith("Roosevelt School (127.0.0.1) no longer gives this list at its address.")
    assert origin.failures == 1
    assert origin.next_look is not None
    assert origin.next_look - dates.now() > timedelta(days=7)
    server.extra["/x/lists/sea.json"] = feed(replace(there, guid="urn:other"))
    await follow(school, outlook, 12)
    assert "another list" in (await Origin.get(school_id=school.card.id)).problem
    assert trail_of(seen_of(origin)) == ("urn:far",)
    assert await titles_of(key) == ["Whales: a life", "Squid"], "nothing changes here by itself"


async def test_what_our_pages_give_is_what_another_library_reads(
    browser: Browser, school: TestSchool, outlook: Outlook, server: Hostile
) -> None:
    await at_roosevelt(school)
    there = (await look_here(outlook)).shared
    assert there is not None
    of_list = "/roosevelt/lists/sea-stories"
    for ending, kind in ((".json", "application/feed+json"), (".opds2", "application/opds+json")):
        given = await browser.get(of_list + ending)
        server.extra[of_list + ending] = (kind, given.content)
        seen = await look_at(f"{server.base}{of_list}{ending}", outlook)
        assert seen.shared is not None
        assert replace(seen.shared, page=there.page) == there, ending
    page = (await browser.get(of_list)).text.replace(BASE, server.base)
    server.extra[of_list] = ("text/html", page.encode())
    assert (await look_at(f"{server.base}{of_list}", outlook)).address == f"{server.base}{of_list}.json"
    assert (await look_at(f"{server.base}{of_list}.csv?x=1#top", outlook)).address == f"{server.base}{of_list}.json"


async def test_a_site_that_drips_is_left_after_a_while(
    school: TestSchool, outlook: Outlook, server: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, body = feed(SharedList("urn:far", "Far", known=True), next_url="/page-2")
    server.extra["/far"] = (kind, body)
    server.extra["/page-2"] = (kind, body)
    monkeypatch.setattr(exchange_looking, "SECONDS", 0.0)
    with pytest.raises(Refused, match="too long"):
        await look_at(f"{server.base}/far", outlook)
    assert server.seen == []


async def test_a_hostile_origin_is_refused_with_a_sentence(
    browser: Browser, school: TestSchool, outlook: Outlook, server: Hostile, canary: Hostile
) -> None:
    server.elsewhere = f"{canary.base}/feed"
    await make.curated_list(school.rosa, "Hidden", 1, published=True)
    huge = {"version": "https://jsonfeed.org/version/1.1", "title": "x", IN_JSON: {"list": "l", "title": "x"}}
    many = [{"id": f"i{n}", "title": f"<b>T{n}</b>", IN_JSON: {"item": f"i{n}"}} for n in range(10_000)]
    server.extra["/many"] = ("application/json", json.dumps({**huge, "items": many}).encode())
    server.extra["/deep"] = ("application/json", b'{"items": [], "_engage": ' + b"[" * 50_000)
    server.extra["/blog"] = ("application/json", b'{"version": "https://jsonfeed.org/version/1.1", "items": []}')
    server.extra["/front"] = ("text/html", b'<link rel="alternate" type="application/rss+xml" href="/feed">')
    refused = []
    paths = ("/deep", "/blog", "/front", "/feed", "/missing", "/redirect-elsewhere", "/bomb", "/to-elsewhere")
    for address in (
        *(f"{server.base}{path}" for path in paths),
        f"{canary.base}/x",
        "http://169.254.169.254/latest",
        "ftp://a.example/x",
        f"{BASE}/roosevelt/lists/none",
        f"{BASE}/roosevelt/lists/hidden",
        f"{BASE}/nowhere",
        "not an address",
        "http://[/lists/x",
    ):
        with pytest.raises(Refused) as no:
            await look_at(address, outlook)
        refused.append(no.value.sentence)
    assert all(sentence.endswith(".") and "Traceback" not in sentence for sentence in refused)
    with pytest.raises(Gone):
        await look_at(f"{server.base}/missing", outlook)

    seen = await look_at(f"{server.base}/many", outlook)
    assert seen.shared is not None
    assert (len(seen.shared.items), seen.shared.left_out, seen.shared.items[0].title) == (300, 9_700, "T0")
    key = await exchange.take_over(seen, linked=True, by=school.ada)
    assert await Missing.filter(school_id=school.card.id, curated__key=key).count() == 300
    browser.sign_in(school.ada)
    answer = await browser.post("/curate/lists/from-others", {"address": f"{canary.base}/x", "act": "look"})
    assert answer.status_code == 422
    missing = await browser.post(
        "/curate/lists/from-others", {"address": f"{BASE}/roosevelt/lists/none", "act": "look"}
    )
    assert missing.status_code == 422
    assert "There is no list at this address that everybody may see." in words_of(missing)
    assert "took over" not in words_of(missing)
    for path in ("", " ", "x" * 2_001):
        assert (await browser.post("/curate/lists/from-others", {"address": path, "act": "adopt"})).status_code == 422
