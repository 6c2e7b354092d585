"""Lists between libraries: offered, adopted, copied, followed, let go; and an origin that is gone or hostile."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engage import dates
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import editing, exchange, exchange_looking, missing, origin_changes, origin_deciding, queries
from engage.lists.exchange_form import extension_of, seen_of, trail_of, urn
from engage.lists.exchange_looking import Gone, Outlook, Seen, look_at
from engage.lists.exchange_models import ListProposal, Missing, Origin
from engage.lists.models import CuratedList, ListItem, Section
from engage.lists.rules import ProposalState, State, Visibility
from engage.lists.together import print_of
from engage.outside.cage import Cage
from engage.outside.fetch import Door
from engage.people.models import School
from engage.resources.models import PurchaseRequest, Resource
from engage.resources.record import Term
from engage.resources.rules import ResourceState
from engage.web.cache import pages as kept_pages
from feeds.shared_list import IN_JSON, SharedList, of_item, of_list
from tests import make
from tests.conftest import Statements
from tests.faults.hostile import Hostile
from tests.school import Browser, TestSchool, words_of

BASE = "https://engage.test"
ISBN = "9780306406157"


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    kept_pages.clear()


@pytest.fixture
def outlook(server: Hostile, cage: Cage) -> Outlook:
    """A way to look that may visit the site of the test, and nothing else inside."""
    return Outlook(Door(allowed=server.pairs), cage, BASE)


async def at_roosevelt(school: TestSchool) -> CuratedList:
    """A public list of three books, of which Lincoln has one by number, one by title, and one not at all."""
    things = [
        await make.resource("Whales", "Ann Holm", school="roosevelt", identifiers=(("isbn", ISBN),)),
        await make.resource("Squid", "Bo Li", school="roosevelt"),
        await make.resource(
            "Deep Water", "Ida Falk", school="roosevelt", subjects=(Term("Ocean"),), url="https://deep.example/"
        ),
    ]
    return await make.curated_list(
        school.rosa,
        "Sea stories",
        things,
        parts=("Near", "Far"),
        published=True,
        visibility=Visibility.PUBLIC,
        offered=True,
    )


async def books_of_lincoln() -> dict[str, Resource]:
    return {
        "whales": await make.resource("Whales: a life", "A. Holm", identifiers=(("isbn", ISBN),)),
        "squid": await make.resource("Squid", "Bo Li"),
        "other": await make.resource("Calm Water", "Ida Falk"),
        "ocean": await make.resource("All Oceans", "Zoe Berg", subjects=(Term("Ocean"),)),
    }


async def titles_of(key: str) -> list[str]:
    rows = ListItem.filter(school_id=(await School.get(slug="lincoln")).id, curated__key=key).order_by("position")
    return [title for (title,) in await rows.values_list("resource__title")]


async def look_here(outlook: Outlook) -> Seen:
    return await look_at(f"{BASE}/roosevelt/lists/sea-stories", outlook)


async def take_all(school: TestSchool, made: CuratedList) -> origin_deciding.Decided:
    """What "take all of them" does with what the page shows."""
    shown = await origin_deciding.waiting_for(await queries.list_to_edit(school.ada, made.key))
    keys = [row["key"] for row in shown]
    return await origin_deciding.decide(made.key, keys, take=True, together=True, by=school.ada)


async def follow(school: TestSchool, outlook: Outlook, days: int = 2) -> int:
    """The daily look, some days from now."""
    return await origin_changes.look_at_due(outlook, dates.now() + timedelta(days=days))


async def test_only_what_is_public_is_offered_and_found_by_other_schools(browser: Browser, school: TestSchool) -> None:
    theirs = await at_roosevelt(school)
    ours = await make.curated_list(school.ada, "Ours", 1, published=True)
    with pytest.raises(Refused, match="published for everyone"):
        await exchange.offer(ours.key, on=True, by=school.ada)
    by_tom = await make.curated_list(school.tom, "Toms", 1, published=True, visibility=Visibility.PUBLIC)
    with pytest.raises(NotAllowed):
        await exchange.offer(by_tom.key, on=True, by=school.tom)
    await exchange.offer(by_tom.key, on=True, by=school.ada)
    assert "Toms" in words_of(await browser.get("/offered"))
    feed = json.loads((await browser.get("/offered.json")).text)
    [one] = feed["items"]
    assert one["id"] == urn("list", by_tom.key)
    assert one["_engage"]["address"] == f"{BASE}/lincoln/lists/toms.json"

    page = await browser.sign_in(school.tom).get("/curate/lists/from-others")
    assert "Sea stories Roosevelt School , of your district. 3 things." in words_of(page)
    assert "Toms" not in words_of(page).partition("Offered by schools here")[2]
    for reader, status in ((None, 404), (school.sam, 404), (school.vera, 404), (school.rosa, 404)):
        assert (await browser.sign_in(reader).get("/lincoln/curate/lists/from-others")).status_code == status
    await CuratedList.filter(school_id=theirs.school_id, id=theirs.id).update(visibility=Visibility.SCHOOL)
    await CuratedList.filter(school_id=school.card.id, id=by_tom.id).update(state=State.WITHDRAWN)
    assert (await exchange.offered_elsewhere(school.ada)).rows == []
    assert "Toms" not in words_of(await browser.sign_in(None).get("/offered"))


async def test_a_list_is_adopted_with_what_the_library_has_and_the_rest_waits(
    browser: Browser, school: TestSchool, outlook: Outlook
) -> None:
    await at_roosevelt(school)
    await books_of_lincoln()
    browser.sign_in(school.ada)
    form = {"address": f"{BASE}/roosevelt/lists/sea-stories.json", "form_key": "k"}
    seen = words_of(await browser.post("/curate/lists/from-others", {**form, "act": "look"}))
    assert "3 titles, 2 of them in your library" in seen
    assert await CuratedList.filter(school_id=school.card.id).count() == 0
    for _ in range(2):
        answer = await browser.post("/curate/lists/from-others", {**form, "act": "adopt"})
    assert answer.status_code == 303
    made = await CuratedList.get(school_id=school.card.id)
    assert (made.title, made.state, made.owner_id) == ("Sea stories", State.DRAFT, school.ada.id)
    assert await titles_of(made.key) == ["Whales: a life", "Squid"]
    item = await ListItem.filter(school_id=school.card.id, curated_id=made.id).order_by("position").first()
    assert item is not None
    assert (item.annotation, item.guid is not None) == ("Why Whales is here.", True)
    parts = Section.filter(school_id=school.card.id, curated_id=made.id).order_by("position")
    assert [title for (title,) in await parts.values_list("title")] == ["Near", "Far"]

    page = words_of(await browser.follow(answer))
    assert "Adopted from Roosevelt School" in page
    assert "Not in our library 1" in page
    assert "Deep Water Ida Falk" in page
    assert "Calm Water , Ida Falk Also by Ida Falk" in page
    assert "All Oceans , Zoe Berg Also about Ocean" in page
    await CuratedList.filter(school_id=school.card.id, id=made.id).update(
        state=State.PUBLISHED, visibility=Visibility.PUBLIC
    )
    assert "Roosevelt School" in words_of(await browser.sign_in(None).get("/lists/sea-stories"))

    card = await queries.list_to_edit(school.ada, made.key)
    said = (await extension_of(card, await queries.items_of(card), "Lincoln")).list
    assert said["after"]["library"] == "Roosevelt School"
    ring = SharedList("urn:theirs", "Ring", trail=(urn("list", made.key),), known=True)
    with pytest.raises(Refused, match="made after your own"):
        await exchange.take_over(Seen(ring, "https://a.example/"), linked=True, by=school.ada)
    await exchange.take_over(Seen(ring, "https://a.example/"), linked=False, by=school.ada)
    with pytest.raises(Refused, match="own library"):
        await exchange.take_over(Seen(replace(ring, guid=ring.trail[0]), "x"), linked=False, by=school.ada)


async def adopted(school: TestSchool, outlook: Outlook, linked: bool = True) -> CuratedList:
    key = await exchange.take_over(await look_here(outlook), linked=linked, by=school.ada)
    return await CuratedList.get(school_id=school.card.id, key=key)


async def test_what_is_missing_is_dealt_with_one_way_or_another(school: TestSchool, outlook: Outlook) -> None:
    await at_roosevelt(school)
    books = await books_of_lincoln()
    made = await adopted(school, outlook)
    card = await queries.list_to_edit(school.ada, made.key)
    [[row], _] = await missing.missing_of(card)
    assert [each["why"] for each in row["substitutes"]] == ["Also by Ida Falk", "Also about Ocean"]
    assert await missing.take_same_works(made.key, by=school.ada) == 0
    with pytest.raises(NotFound):
        await missing.take_substitute(
            made.key, row["key"], (await make.resource(school="roosevelt")).key, by=school.ada
        )
    with pytest.raises(Refused, match="on this list already"):
        await missing.take_substitute(made.key, row["key"], books["squid"].key, by=school.ada)
    await missing.take_substitute(made.key, row["key"], books["other"].key, by=school.ada)
    assert await titles_of(made.key) == ["Whales: a life", "Squid", "Calm Water"]
    last = await ListItem.filter(school_id=school.card.id, curated_id=made.id).order_by("-position").first()
    assert last is not None
    assert last.annotation == "Why Deep Water is here."
    assert await missing.missing_of(card) == ([], 0)

    again = await adopted(school, outlook)
    [lack] = await Missing.filter(school_id=school.card.id, curated_id=again.id)
    assert await missing.ask_for(again.key, lack.key, by=school.ada) == "Deep Water"
    asked = await PurchaseRequest.get(school_id=school.card.id)
    assert (asked.title, asked.creator, asked.url) == ("Deep Water", "Ida Falk", "https://deep.example/")
    with pytest.raises(NotFound):
        await missing.ask_for(again.key, lack.key, by=school.ada)

    third = await adopted(school, outlook)
    [lack] = await Missing.filter(school_id=school.card.id, curated_id=third.id)
    assert await missing.add_web_page(third.key, lack.key, by=school.ada) == "Deep Water"
    assert await titles_of(third.key) == ["Whales: a life", "Squid", "Deep Water"]

    fourth = await adopted(school, outlook)
    assert await titles_of(fourth.key) == ["Whales: a life", "Squid", "Deep Water"], "it is in the catalogue now"
    edition = await make.resource("Deep Water", "Falk, Ida", identifiers=(("isbn", "9780306406164"),))
    await (
        Resource.filter(school_id=school.card.id, title="Deep Water")
        .exclude(id=edition.id)
        .update(state=ResourceState.WITHDRAWN)
    )
    shared = (await look_here(outlook)).shared
    assert shared is not None
    numbered = replace(shared.items[2], numbers=(("isbn", "9780306406188"),))
    new = Seen(replace(shared, items=(*shared.items[:2], numbered)), f"{BASE}/x", ours=True)
    fifth = await exchange.take_over(new, linked=False, by=school.ada)
    assert await titles_of(fifth) == ["Whales: a life", "Squid"], "two editions are two"
    assert await missing.take_same_works(fifth, by=school.ada) == 1
    assert (await titles_of(fifth))[2:] == ["Deep Water"]


async def test_changes_of_the_origin_are_proposed_and_our_own_words_are_kept(
    browser: Browser, school: TestSchool, outlook: Outlook
) -> None:
    theirs = await at_roosevelt(school)
    await books_of_lincoln()
    made = await adopted(school, outlook)
    assert await follow(school, outlook) == 0
    of_theirs = ListItem.filter(school_id=theirs.school_id, curated_id=theirs.id)
    keys = dict(await of_theirs.values_list("resource__title", "key"))
    await make.resource("Corals", "Ema Roy")
    coral = await make.resource("Corals", "Ema Roy", school="roosevelt")
    await editing.add_item(theirs.key, coral.key, annotation="New.", by=school.rosa)
    await editing.annotate(
        theirs.key,
        {keys["Whales"]: "Theirs, anew.", keys["Squid"]: "Squid, anew."},
        seen={keys[t]: print_of(f"Why {t} is here.") for t in ("Whales", "Squid")},
        by=school.rosa,
    )
    ours = dict(await ListItem.filter(school_id=school.card.id, curated_id=made.id).values_list("guid", "key"))
    mine = ours[urn("item", keys["Whales"])]
    await editing.annotate(made.key, {mine: "Our own."}, seen={mine: print_of("Why Whales is here.")}, by=school.ada)

    assert await follow(school, outlook, 4) == 3
    assert await follow(school, outlook, 6) == 0, "what is known is not told again"
    seen = {keys["Squid"]: print_of("Squid, anew.")}
    await editing.annotate(theirs.key, {keys["Squid"]: "Squid, third."}, seen=seen, by=school.rosa)
    assert await follow(school, outlook, 8) == 0, "the newest stands in the place of the one that waits"
    card = await queries.list_to_edit(school.ada, made.key)
    told = {(row["kind"], row["edited"]) for row in await origin_deciding.waiting_for(card)}
    assert told == {("added", False), ("note", True), ("note", False)}
    page = words_of(await browser.sign_in(school.ada).get(f"/curate/lists/{made.key}/origin"))
    assert "There it says now: Theirs, anew. You wrote: Our own." in page

    decided = await take_all(school, made)
    assert (decided.done, decided.skipped) == (2, 1)
    notes = dict(
        await ListItem.filter(school_id=school.card.id, curated_id=made.id).values_list("resource__title", "annotation")
    )
    assert notes == {"Whales: a life": "Our own.", "Squid": "Squid, third.", "Corals": "New."}
    [left] = await origin_deciding.waiting_for(await queries.list_to_edit(school.ada, made.key))
    for reader, error in ((school.tom, NotFound), (school.rosa, NotFound), (school.sam, NotFound)):
        with pytest.raises(error):
            await origin_deciding.decide(made.key, [left["key"]], take=True, by=reader)
    await origin_deciding.decide(made.key, [left["key"]], take=True, by=school.ada)
    assert (await ListItem.get(school_id=school.card.id, key=mine)).annotation == "Theirs, anew."

    await editing.remove_item(theirs.key, keys["Squid"], by=school.rosa)
    await editing.move_item(theirs.key, keys["Whales"], to="bottom", section="", by=school.rosa)
    await CuratedList.filter(school_id=theirs.school_id, id=theirs.id).update(title="Sea tales")
    assert await follow(school, outlook, 10) >= 3
    await take_all(school, made)
    assert await titles_of(made.key) == ["Whales: a life", "Corals"]
    row = await CuratedList.get(school_id=school.card.id, id=made.id)
    assert (row.title, row.items_count) == ("Sea tales", 2)

    await CuratedList.filter(school_id=theirs.school_id, id=theirs.id).update(title="Sea, third")
    assert await follow(school, outlook, 12) == 1
    await exchange.unlink(made.key, by=school.ada)
    assert await ListProposal.filter(school_id=school.card.id, state=ProposalState.WAITING).count() == 0
    await CuratedList.filter(school_id=theirs.school_id, id=theirs.id).update(title="Sea, fourth")
    assert await follow(school, outlook, 14) == 0
    assert (await Origin.get(school_id=school.card.id)).library == "Roosevelt School"


def feed(shared: SharedList, **more: Any) -> tuple[str, bytes]:
    """A list as another installation gives it."""
    items = [
        {"id": item.guid, "title": item.title, "content_html": "", IN_JSON: of_item(item)} for item in shared.items
    ]
    top = {"version": "https://jsonfeed.org/version/1.1", "title": shared.title, IN_JSON: of_list(shared), **more}
    return "application/feed+json", json.dumps({**top, "items": items}).encode()


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
    for path in ("", " ", "x" * 2_001):
        assert (await browser.post("/curate/lists/from-others", {"address": path, "act": "adopt"})).status_code == 422


async def test_the_page_of_a_list_between_libraries_is_for_its_editors_and_costs_the_same(
    browser: Browser, school: TestSchool, outlook: Outlook, statements: Statements
) -> None:
    await at_roosevelt(school)
    made = await adopted(school, outlook)
    of_list = f"/lincoln/curate/lists/{made.key}"
    acts = ("origin/look", "origin/unlink", "origin/changes", "origin/missing", "offer")
    for reader, status in ((None, 403), (school.sam, 403), (school.rosa, 403), (school.vera, 403), (school.tom, 404)):
        browser.sign_in(reader)
        assert (await browser.get(f"{of_list}/origin")).status_code == status
        for act in acts:
            assert (await browser.post(f"{of_list}/{act}", {"act": "leave all"})).status_code in (status, 404)
    assert await Missing.filter(school_id=school.card.id, gone_at=None).count() == 3
    browser.sign_in(school.ada)
    counts = []
    for _ in range(2):
        await browser.get(f"{of_list}/origin")
        statements.forget()
        await browser.get(f"{of_list}/origin")
        counts.append(len(statements))
        [lack, *_] = await Missing.filter(school_id=school.card.id, gone_at=None)
        answer = await browser.post(f"{of_list}/origin/missing", {"act": "leave", "missing": lack.key})
        assert answer.status_code == 303
    assert counts[0] == counts[1]
    assert (await browser.post(f"{of_list}/origin/look")).status_code == 303
    assert (await browser.post(f"{of_list}/origin/missing", {"act": "leave", "missing": "none"})).status_code == 303
    assert (await browser.post(f"{of_list}/origin/unlink")).status_code == 303
    assert "No longer linked" not in (await browser.get(f"{of_list}/origin")).text
