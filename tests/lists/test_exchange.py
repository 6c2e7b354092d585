"""Lists between the libraries here: offered, adopted, copied, followed, let go."""

import json
from dataclasses import replace

import pytest

from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import editing, exchange, missing, origin_deciding, queries
from engage.lists.exchange_form import extension_of, urn
from engage.lists.exchange_looking import Outlook, Seen
from engage.lists.exchange_models import ListProposal, Missing, Origin
from engage.lists.models import CuratedList, ListItem, Section
from engage.lists.rules import ProposalState, State, Visibility
from engage.lists.together import print_of
from engage.resources.models import PurchaseRequest, Resource
from engage.resources.rules import ResourceState
from feeds.shared_list import SharedList
from tests import make
from tests.conftest import Statements
from tests.lists.exchanging import BASE, at_roosevelt, books_of_lincoln, follow, look_here, titles_of
from tests.school import Browser, TestSchool, words_of


async def take_all(school: TestSchool, made: CuratedList) -> origin_deciding.Decided:
    """What "take all of them" does with what the page shows."""
    shown = await origin_deciding.waiting_for(await queries.list_to_edit(school.ada, made.key))
    keys = [row["key"] for row in shown]
    return await origin_deciding.decide(made.key, keys, take=True, together=True, by=school.ada)


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
