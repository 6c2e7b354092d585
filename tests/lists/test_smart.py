"""Lists that refill themselves: what stays, what comes and goes, and that a look may change nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest

from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import copying, queries, saved, smart
from engage.lists.following import lists_follow
from engage.lists.models import CuratedList, ListItem, Revision
from engage.lists.rules import State
from engage.lists.saved import Change, Search, refilled, why
from engage.lists.smart_models import Exclusion, SavedSearch
from engage.resources.doubles import Merge
from engage.resources.gathering import Order, Years, gather
from engage.resources.models import Resource
from engage.resources.record import Term
from engage.resources.rules import Format, ResourceState
from engage.resources.search import Wanted
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, words_of

OWLS = Search("owls", {}, Order.NEWEST, 40)
# three in the morning in New York
NIGHT = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)


def item(number: int, resource: int, **more: object) -> dict[str, object]:
    return {"id": number, "resource_id": resource, "found": True, "pinned": False, "annotation": "", **more} | {
        "start_here": more.get("start_here", False)
    }


def test_what_was_put_on_pinned_or_written_about_stays_and_the_rest_follows_the_search() -> None:
    hand, pinned, noted = item(1, 11, found=False), item(2, 12, pinned=True), item(3, 13, annotation="Read it.")
    marked, there, gone = item(4, 14, start_here=True), item(5, 15), item(6, 16)
    items = [hand, pinned, noted, marked, there, gone]
    assert refilled(items, [17, 15, 18, 11, 19], {18}, 300) == Change((17, 19), (6,))
    assert refilled(items, [17, 15, 19], (), 6) == Change((17,), (6,)), "four stay, so there is room for two"
    assert refilled(items, [17, 15], (), 2) == Change((), (5, 6)), "what stays is never taken off"
    assert not refilled(items, [16, 15], (), 300), "another order alone is no change"


def test_a_search_and_the_reason_of_an_item_are_said_in_words() -> None:
    choices = {"kind": "graphic novel", "ages": "middle", "where": "here", "from": "2020", "language": "es"}
    search = Search("moon", choices, Order.TITLE, 20)
    said = "graphic novels with “moon”, ages 8 to 10, in Spanish, in our library, from 2020 on"
    assert search.said == said
    assert Search("", {"mode": "viewing", "subject": "Owls", "to": "1999"}, Order.USED, 5).said == (
        "things to watch about Owls, up to 1999"
    )
    since = date(2026, 11, 12)
    here = ", in the library since 12 November 2026"
    assert why(item(1, 1), search, since, "") == f"Found by the search for {said}{here}."
    assert why(item(1, 1, pinned=True), search, since, "Ada") == f"Pinned by Ada. Found by the search for {said}{here}."
    assert why(item(1, 1, annotation="x"), None, None, "").startswith("Found by a search. It stays")
    assert why(item(1, 1, found=False), search, since, "Ada") == "Added by hand by Ada."
    kept = {"words": "moon", "facets": saved.packed(choices), "order": "title", "most": 20}
    assert saved.search_of(kept).said == said
    odd = {"words": "", "facets": '{"kind": "scroll", "ages": "old", "from": "12"}', "order": "odd", "most": 1}
    assert (saved.search_of(odd).wanted, saved.search_of(odd).years) == (Wanted(), Years())
    assert saved.search_of(odd).order is Order.NEWEST


async def owls(number: int, **more: object) -> Resource:
    return await make.resource(f"Owls, part {number}", **more)


async def titles_of(curated: CuratedList) -> list[str]:
    rows = ListItem.filter(school_id=curated.school_id, curated_id=curated.id).order_by("position")
    return [title for (title,) in await rows.values_list("resource__title")]


async def test_a_search_gathers_what_the_school_has_in_the_order_that_was_chosen(school: TestSchool) -> None:
    medal = {"subjects": (Term("Caldecott Medal"),)}
    first = await make.resource("Zebra owls", year=2001, popularity=5, **medal)
    second = await make.resource("About owls", year=2020, popularity=1, format=Format.GRAPHIC_NOVEL)
    third = await make.resource("More owls", year=2021, popularity=9, **medal)
    hidden = await make.resource("Secret owls")
    await Resource.filter(school_id=school.card.id, id=hidden.id).update(state=ResourceState.WITHDRAWN)
    await make.resource("Owls elsewhere", school="roosevelt")
    for days, one in ((2, first), (3, second), (1, third)):
        made = datetime.now(UTC) - timedelta(days=days)
        await Resource.filter(school_id=school.card.id, id=one.id).update(made_at=made)

    async def ids(order: Order, years: Years | None = None, **wanted: object) -> list[int]:
        found = await gather(school.card.id, Wanted(**{"text": "owls", **wanted}), order, 2, years or Years())
        return [found.total, *(row["id"] for row in found.rows)]

    assert await ids(Order.NEWEST) == [3, third.id, first.id]
    assert await ids(Order.USED) == [3, third.id, first.id]
    assert await ids(Order.TITLE, text="") == [3, second.id, third.id]
    assert await ids(Order.BEST, text="about owls") == [1, second.id]
    assert await ids(Order.BEST, Years(2001, 2020)) == [2, first.id, second.id]
    assert await ids(Order.NEWEST, Years(first=2021)) == [1, third.id]
    assert await ids(Order.TITLE, text="", subject="Caldecott Medal") == [2, third.id, first.id]
    assert await ids(Order.NEWEST, format=Format.GRAPHIC_NOVEL) == [1, second.id]
    assert await ids(Order.NEWEST, text="snow leopards") == [0]


async def test_a_list_refills_itself_by_night_and_only_when_something_changed(school: TestSchool) -> None:
    one, two = await owls(1), await owls(2)
    by_hand = await make.resource("A lamp")
    made = await make.curated_list(school.ada, "Night birds", [by_hand])
    await smart.save_search(made.key, OWLS, by=school.ada)
    assert await smart.refill_lists(NIGHT + timedelta(hours=9)) == 0, "at noon nobody is asleep"
    assert await smart.refill_lists(NIGHT) == 1
    assert await titles_of(made) == ["A lamp", "Owls, part 2", "Owls, part 1"]
    row = await CuratedList.get(school_id=school.card.id, id=made.id)
    assert (row.version, row.items_count) == (2, 3)
    assert await Resource.filter(school_id=school.card.id, popularity=1).count() == 2

    assert await smart.refill_lists(NIGHT + timedelta(hours=1)) == 0, "once a night"
    assert await smart.refill_lists(NIGHT + timedelta(days=1)) == 1
    row = await CuratedList.get(school_id=school.card.id, id=made.id)
    assert row.version == 2, "nothing had changed"
    assert await Revision.filter(school_id=school.card.id, curated_id=made.id).count() == 2

    three = await owls(3)
    await Resource.filter(school_id=school.card.id, id=one.id).update(state=ResourceState.WITHDRAWN)
    assert await smart.refill_lists(NIGHT + timedelta(days=2)) == 1
    assert await titles_of(made) == ["A lamp", "Owls, part 3", "Owls, part 2"]
    last = await Revision.filter(school_id=school.card.id, curated_id=made.id).order_by("-number").first()
    assert last is not None
    assert (last.act, last.what, last.number) == ("refilled", "Owls, part 3", 3)

    for each in (two, three):
        await Resource.filter(school_id=school.card.id, id=each.id).update(state=ResourceState.WITHDRAWN)
    assert await smart.refill_lists(NIGHT + timedelta(days=3)) == 1
    assert len(await titles_of(made)) == 3, "a list is not emptied silently"
    kept = await SavedSearch.get(school_id=school.card.id, curated_id=made.id)
    assert kept.problem == "The search found nothing on 1 December 2026, so the list keeps what it had."


async def test_not_this_one_is_kept_out_until_it_is_let_in_and_a_pin_holds(school: TestSchool) -> None:
    for number in (1, 2, 3):
        await owls(number)
    made = await make.curated_list(school.ada, "Night birds")
    card = await queries.list_to_edit(school.ada, made.key)
    await smart.save_and_fill(made.key, OWLS, await smart.look(card.school_id, OWLS), by=school.ada)
    rows = {row["title"]: row for row in await smart.explained(card, school.card.zone)}
    assert rows["Owls, part 1"]["why"].startswith("Found by the search for things with “owls”, in the library since")

    resource = await smart.leave_out(made.key, rows["Owls, part 2"]["key"], by=school.ada)
    await smart.pin(made.key, rows["Owls, part 1"]["key"], on=True, by=school.ada)
    await smart.refill(card, by=school.ada)
    assert await titles_of(made) == ["Owls, part 3", "Owls, part 1"], "no change, so no new order either"
    assert [row["by"] for row in await smart.excluded_of(card)] == ["Ada Okafor"]

    narrow = Search("owls part 3", {}, Order.NEWEST, 40)
    await smart.save_and_fill(made.key, narrow, await smart.look(card.school_id, narrow), by=school.ada)
    assert await titles_of(made) == ["Owls, part 3", "Owls, part 1"]
    none_left = Search("owls part 2", {}, Order.NEWEST, 40)
    await smart.save_and_fill(made.key, none_left, await smart.look(card.school_id, none_left), by=school.ada)
    assert await titles_of(made) == ["Owls, part 1"], "what is found is left out, what is pinned stays"
    assert await smart.let_in(made.key, resource, by=school.ada) == "Owls, part 2"
    assert await titles_of(made) == ["Owls, part 1", "Owls, part 2"]
    assert await Exclusion.filter(school_id=school.card.id).count() == 0
    with pytest.raises(NotFound):
        await smart.let_in(made.key, resource, by=school.ada)

    await smart.stop(made.key, by=school.ada)
    told = [row["why"] for row in await smart.explained(card, school.card.zone)]
    assert told == ["Added by hand by Ada Okafor."] * 2
    with pytest.raises(NotFound):
        await smart.refill(card, by=school.ada)
    with pytest.raises(NotAllowed):
        await smart.save_search(made.key, OWLS, by=await make_editor(school))
    template = await copying.copy_list("night-birds", title="T", as_template=True, by=school.ada)
    with pytest.raises(Refused, match="template"):
        await smart.save_search(template.key, OWLS, by=school.ada)


async def test_what_became_one_stays_kept_out_pinned_and_known_by_its_guid(school: TestSchool) -> None:
    stays, gone, out = await owls(1), await owls(2), await owls(3)
    made = await make.curated_list(school.ada, "Night birds", [stays, gone])
    rows = ListItem.filter(school_id=school.card.id, curated_id=made.id)
    await rows.update(found=True)
    await rows.filter(resource_id=gone.id).update(pinned=True, guid="urn:there")
    other = await make.curated_list(school.ada, "Others")
    for curated, resource in ((made, out), (made, gone), (other, out)):
        of_list = {"school_id": school.card.id, "curated_id": curated.id}
        await Exclusion.create(**of_list, resource_id=resource.id)

    @one_transaction
    async def merge(away: Resource) -> None:
        await lists_follow(Merge(school.card.id, away.id, stays.id, away.key, stays.key, stays.title, school.ada))

    await merge(gone)
    assert await rows.values_list("resource_id", "pinned", "found", "guid") == [(stays.id, True, True, "urn:there")]
    await merge(out)
    kept = await Exclusion.filter(school_id=school.card.id).order_by("curated_id")
    assert [(row.curated_id, row.resource_id) for row in kept] == [(made.id, stays.id), (other.id, stays.id)]


async def make_editor(school: TestSchool):
    """Tom sees the list once it is published, and may not change it."""
    await CuratedList.filter(school_id=school.card.id, title="Night birds").update(state="published")
    return school.tom


async def test_the_search_page_leads_to_a_list_that_shows_what_it_would_hold(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    for number in range(1, 4):
        await owls(number, call_number="E OWL")
    browser.sign_in(school.sam)
    assert "Keep this search" not in (await browser.get("/search?q=owls")).text
    browser.sign_in(school.ada)
    assert "/curate/lists/keep-search?q=owls" in (await browser.get("/search?q=owls")).text
    page = words_of(await browser.get("/curate/lists/keep-search?q=owls&where=here&kind=odd&from=12"))
    assert "The search finds 3 things now." in page
    form = {"q": "owls", "where": "here", "order": "title", "most": "2", "title": "Owls here", "form_key": "k"}
    looked = await browser.post("/curate/lists/keep-search", {**form, "act": "look"})
    assert (looked.status_code, await CuratedList.filter(school_id=school.card.id).count()) == (200, 0)
    for wrong in ({"title": ""}, {"most": "301"}, {"most": "x"}, {"first": "12"}, {"order": "odd"}):
        answer = await browser.post("/curate/lists/keep-search", {**form, **wrong, "act": "save"})
        assert answer.status_code == 422, wrong
    for _ in range(2):
        assert (await browser.post("/curate/lists/keep-search", {**form, "act": "save"})).status_code == 303
    made = await CuratedList.get(school_id=school.card.id, title="Owls here")
    assert await titles_of(made) == ["Owls, part 1", "Owls, part 2"]

    at = f"/curate/lists/{made.key}/refill"
    page = words_of(await browser.get(at))
    assert "refills itself every night with things with “owls”, in our library" in page
    statements.forget()
    await browser.get(at)
    few = len(statements)
    looked = await browser.post(at, {**form, "most": "3", "act": "look"})
    assert "On this list it would put on 1 and take off 0." in words_of(looked)
    assert (await browser.post(at, {**form, "most": "3", "act": "save"})).status_code == 303
    assert len(await titles_of(made)) == 3
    await browser.get(at)
    statements.forget()
    assert "Refilled: 1 put on" not in words_of(await browser.get(at))
    assert len(statements) == few
    item = await ListItem.filter(school_id=school.card.id, curated_id=made.id).order_by("position").first()
    assert item is not None
    for path, form in (
        (f"items/{item.key}/pin", {"on": "1"}),
        (f"items/{item.key}/leave-out", {}),
        ("refill/now", {}),
        ("refill/stop", {}),
    ):
        for reader, status in ((school.sam, 403), (school.rosa, 403), (school.tom, 404), (school.ada, 303)):
            answer = await browser.sign_in(reader).post(f"/lincoln/curate/lists/{made.key}/{path}", form)
            assert answer.status_code == status, (path, reader.name)
    assert "Let it in again" in (await browser.get(at)).text
    for path, status in (("/lincoln/curate/lists/keep-search", 404), (f"/lincoln{at}", 403)):
        assert (await browser.sign_in(school.sam).get(path)).status_code == status
        assert (await browser.sign_in(school.rosa).get(path)).status_code == status


async def test_only_the_search_that_a_list_has_now_refills_it(school: TestSchool) -> None:
    await owls(1)
    await make.resource("Whales")
    whales = Search("whales", {"kind": ""}, Order.NEWEST, 40)
    made = await make.curated_list(school.ada, "Night birds")
    await smart.save_and_fill(made.key, whales, await smart.look(school.card.id, whales), by=school.ada)

    async def late(search: Search, now: datetime) -> str:
        """A look that began before somebody changed something, and ends after it."""
        found = await smart.look(school.card.id, search)
        return (await smart._fill(school.card.id, made.id, search, found, school.ada, now)).problem

    assert await late(OWLS, NIGHT) == smart.SEARCH_CHANGED
    fewer = Search("whales", {}, Order.NEWEST, 0)
    assert await late(fewer, NIGHT) == smart.SEARCH_CHANGED
    assert await titles_of(made) == ["Whales"]
    kept = await SavedSearch.get(school_id=school.card.id, curated_id=made.id)
    assert kept.filled_at != NIGHT
    await make.resource("More whales")
    rows = CuratedList.filter(school_id=school.card.id, id=made.id)
    for rest in ({"is_template": True}, {"is_template": False, "state": State.ARCHIVED}):
        await rows.update(**rest)
        assert await late(whales, NIGHT) == smart.RESTS
    await rows.update(state=State.DRAFT)
    await smart.stop(made.key, by=school.ada)
    assert await late(whales, NIGHT) == smart.SEARCH_CHANGED
    assert await titles_of(made) == ["Whales"]


async def test_a_list_that_cannot_be_refilled_lets_the_others_go_first(school: TestSchool) -> None:
    await owls(1)
    broken, whole = [await make.curated_list(school.ada, title) for title in ("Broken", "Whole")]
    for each in (broken, whole):
        await smart.save_search(each.key, OWLS, by=school.ada)
    await SavedSearch.filter(school_id=school.card.id, curated_id=broken.id).update(facets="{")
    assert await smart.refill_lists(NIGHT) == 2
    assert await titles_of(whole) == ["Owls, part 1"]
    kept = await SavedSearch.get(school_id=school.card.id, curated_id=broken.id)
    assert (kept.filled_at, kept.problem) == (NIGHT, smart.NOT_REFILLED)
