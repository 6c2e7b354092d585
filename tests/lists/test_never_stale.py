"""A list's page, put together from what is kept, is the page that would be made from nothing: whatever was changed."""

import json
import re
from typing import Any

import pytest
from tortoise.expressions import F

from engage import dates
from engage.lists import aligning, standards_import
from engage.lists.body_pages import NOTE, NUMBER, SAID
from engage.lists.exchange_models import Missing, Origin
from engage.lists.models import CuratedList, ListItem, Section
from engage.lists.queries import items_of, list_for
from engage.lists.rules import Visibility
from engage.lists.standards_models import Standard
from engage.lists.texts import OWN
from engage.people.models import Person, School
from engage.promotion import telling
from engage.promotion.telling_models import Booktalk
from engage.resources.models import Creator, Holding, Identifier, Link, Resource
from engage.web.cache import known, pages
from feeds import case
from tests import make
from tests.conftest import Statements
from tests.feeds.case_packages import SMALL
from tests.school import Browser, TestSchool

LIST = "/lists/owls"
PART = f"{LIST}?where=online"
# what is changed, in turns: a column of a table, and what it says then; the page of a book says other things of it
# than that of an audiobook, and the key of an item stands nowhere
CHANGES: tuple[tuple[Any, str, Any], ...] = (
    (ListItem, "key", "0123456789abc"),
    (ListItem, "annotation", "Not *why*."),
    (ListItem, "start_here", True),
    (Identifier, "value", "9780399214578"),
    (Resource, "pages", 33),
    (Resource, "title", "Owl Noon"),
    (Creator, "role", "organization"),
    (Resource, "creators", "Ann Ode"),
    (Resource, "year", 1999),
    (Resource, "language", "es"),
    (Resource, "audience_low", 4),
    (Resource, "audience_high", 5),
    (Resource, "mode", "listening"),
    (Resource, "format", "audiobook"),
    (Resource, "editions", ",l h-a audiobook,r --- book,"),
    (Resource, "minutes", 61),
    (Resource, "picture", "0123456789abc"),
    (Resource, "key", "abcdefabcdefa"),
    (Holding, "call_number", "E OWL"),
    (Holding, "location", "Attic"),
    (Holding, "copies", 7),
    (Holding, "available", 2),
    (Link, "provider", "Cedar Films"),
    (Link, "url", "https://other.example/y"),
)


@pytest.fixture
async def curated(school: TestSchool) -> CuratedList:
    """A list of seven, long enough to need a way in; the first has everything that a card can say."""
    pages.clear()
    full: dict[str, Any] = {"pages": 32, "year": 1987, "language": "en", "audience_low": 0, "audience_high": 2}
    owl = await make.resource("Owl Moon", call_number="E YOL", url="https://owl.example/x", minutes=20, **full)
    await Identifier.create(school_id=owl.school_id, resource_id=owl.id, scheme="isbn", value="9780399214576")
    things = [owl, *await make.resources(6)]
    more = {"visibility": Visibility.PUBLIC, "parts": ["One", "Two"]}
    return await make.curated_list(school.ada, "Owls", things, published=True, **more)


def forget(browser: Browser) -> None:
    """Nothing that was made before is kept anywhere."""
    pages.clear()
    browser.app.front.kept.clear()
    browser.app.front.size = 0
    filling: Any = browser.app.front.app
    filling.kept.clear()
    filling.addresses.clear()
    filling.sessions_known.clear()


async def seen(browser: Browser, school: TestSchool) -> list[str]:
    """The list as a visitor and a student get it, and as a visitor who sees a part of it; the tags of the visitors'."""
    found, tags = [], []
    for reader, address in ((None, LIST), (school.sam, LIST), (None, PART)):
        answer = await browser.sign_in(reader).get(address)
        assert answer.status_code == 200
        assert not any(hole in answer.text for hole in (NOTE, NUMBER, OWN))
        found.append(answer.text)
        tags.append(answer.headers.get("etag", ""))
    return [*found, tags[0], tags[2]]


async def look_again(browser: Browser, school: TestSchool, before: list[str], why: str = "") -> list[str]:
    """What is seen now: other than before, and what would be made from nothing."""
    kept = await seen(browser, school)
    forget(browser)
    assert kept == await seen(browser, school)
    assert (kept[0] != before[0], kept[1] != before[1]) == (True, True), why
    assert [one == other for one, other in zip(kept[3:], before[3:], strict=True)] == [False, kept[2] == before[2]]
    return kept


async def change(table: Any, curated: CuratedList, of: int, **values: Any) -> None:
    """As actions do it: the row of the resource, and the version of what readers see changed."""
    at = curated.school_id
    where = {"id": of} if table is Resource else {"resource_id": of}
    await table.filter(school_id=at, **where).update(**values)
    if table is ListItem:
        await CuratedList.filter(school_id=at, id=curated.id).update(version=F("version") + 1)
    else:
        await Resource.filter(school_id=at, id=of).update(version=F("version") + 1)


async def test_whatever_a_card_says_is_never_stale(browser: Browser, school: TestSchool, curated: CuratedList) -> None:
    card = await list_for(school.ada, "owls")
    row, before = (await items_of(card))[0], await seen(browser, school)
    changed = set()
    for table, column, value in CHANGES:
        await change(table, curated, row["resource_id"], **{column: value})
        now = (await items_of(card))[0]
        more = {name for name in SAID if now[name] != row[name]}
        assert len(more) == 1
        if (table, column) != (ListItem, "key"):
            before = await look_again(browser, school, before, column)
        row, changed = now, changed | more
    other = await make.resource("Another owl", call_number="E OTH")
    await change(ListItem, curated, row["resource_id"], resource_id=other.id)
    await look_again(browser, school, before)
    assert changed | {"resource_id"} == set(SAID)


async def test_whatever_stands_around_the_cards_is_never_stale(
    browser: Browser, school: TestSchool, curated: CuratedList
) -> None:
    at, of_list = curated.school_id, {"school_id": curated.school_id, "curated_id": curated.id}
    item = await ListItem.get(**of_list, position=1)
    item_resource = await Resource.get(school_id=at, id=item.resource_id)
    before = await seen(browser, school)

    async def list_changes(**values: Any) -> None:
        await CuratedList.filter(school_id=at, id=curated.id).update(version=F("version") + 1, **values)

    await list_changes(title="Night birds")
    before = await look_again(browser, school, before)
    await list_changes(introduction="They see in the dark.")
    before = await look_again(browser, school, before)
    for row in await ListItem.filter(**of_list):
        await ListItem.filter(school_id=at, id=row.id).update(position=8 - row.position)
    await list_changes()
    before = await look_again(browser, school, before)
    await Section.filter(**of_list, position=1).update(title="First", note="Begin.")
    await list_changes()
    before = await look_again(browser, school, before)
    for state in ("withdrawn", "offered"):
        await change(Resource, curated, item.resource_id, state=state)
        before = await look_again(browser, school, before)
    await Origin.create(**of_list, address="https://a.example/x", library="Cedar", title="Longer", taken_at=dates.now())
    before = await look_again(browser, school, before)
    await Missing.create(**of_list, guid="g", record='{"guid": "g", "title": "Lost owl"}')
    before = await look_again(browser, school, before)
    said = await telling.talk(item_resource.key, "Hoo.", "", by=school.ada)
    before = await look_again(browser, school, before)
    # no version knows the names of people and schools, nor a school's clock
    await Person.filter(id=school.ada.id).update(name="Ada Lovelace")
    before = await look_again(browser, school, before)
    await Booktalk.filter(school_id=at, key=said).update(by_id=None)
    before = await look_again(browser, school, before)
    await School.filter(id=at).update(name="Lake School")
    before = await look_again(browser, school, before)
    await School.filter(id=at).update(zone="Pacific/Kiritimati")
    far = await seen(browser, school)
    await School.filter(id=at).update(zone="Pacific/Pago_Pago")
    await look_again(browser, school, far)


async def test_the_first_standard_that_is_served_is_never_stale(
    browser: Browser, school: TestSchool, curated: CuratedList
) -> None:
    before = await seen(browser, school)
    await standards_import.bring_in(school.card.id, case.read_case(json.dumps(SMALL).encode()), school.ada.id)
    one, other = await Standard.filter(school_id=school.card.id).order_by("position").limit(2)
    row = (await items_of(await list_for(school.ada, "owls")))[1]
    await aligning.align_resource(row["resource_key"], [one.key], by=school.ada)
    before = await look_again(browser, school, before)
    await aligning.align_list(curated.key, [other.key], by=school.ada)
    before = await look_again(browser, school, before)
    await aligning.drop_from_resource(row["resource_key"], one.key, by=school.ada)
    before = await look_again(browser, school, before)
    await aligning.drop_from_list(curated.key, other.key, by=school.ada)
    await look_again(browser, school, before)


async def test_a_school_that_closes_or_is_called_otherwise_answers_nobody_there(
    browser: Browser, school: TestSchool, curated: CuratedList
) -> None:
    await browser.get(LIST)
    for values in ({"closed_at": dates.now()}, {"closed_at": None, "slug": "elsewhere"}):
        await School.filter(id=school.card.id).update(**values)
        assert (await browser.get(LIST)).status_code == 404
    await School.filter(id=school.card.id).update(slug="lincoln")
    assert (await browser.get(LIST)).status_code == 200


async def test_a_list_that_changed_draws_only_what_says_something_else(
    browser: Browser, curated: CuratedList, monkeypatch: pytest.MonkeyPatch, statements: Statements
) -> None:
    await browser.get(LIST)
    drawn: list[str] = []
    real = browser.app.templates.get_template

    def note(name: str, *more: Any) -> Any:
        drawn.append(name)
        return real(name, *more)

    monkeypatch.setattr(browser.app.templates, "get_template", note)
    of_list = {"school_id": curated.school_id, "curated_id": curated.id}
    for row in await ListItem.filter(**of_list):
        await ListItem.filter(school_id=row.school_id, id=row.id).update(position=8 - row.position)
    third = await ListItem.get(**of_list, position=3)
    await change(ListItem, curated, third.resource_id, annotation="Other.")
    statements.forget()
    page = await browser.get(LIST)
    assert "Other." in page.text
    assert drawn.count("lists/_card.html") == 0
    assert not [each for each in statements.seen if "JOIN holding" in each]
    assert re.findall(r'class="no" aria-hidden="true">(\d)<', page.text) == [str(n) for n in range(1, 8)]
    await change(Resource, curated, third.resource_id, title="Owl Noon")
    assert "Owl Noon" in (await browser.get(LIST)).text
    assert drawn.count("lists/_card.html") == 1


async def test_two_lists_share_a_card_and_not_what_they_say_of_it(
    browser: Browser, school: TestSchool, curated: CuratedList
) -> None:
    item = await ListItem.get(school_id=curated.school_id, curated_id=curated.id, position=1)
    other = await make.curated_list(
        school.ada, "Night", [await Resource.get(school_id=curated.school_id, id=item.resource_id)], published=True
    )
    await change(ListItem, curated, item.resource_id, annotation="Said of both.")
    await ListItem.filter(school_id=other.school_id, curated_id=other.id).update(annotation="Said *here* alone.")
    browser.sign_in(school.sam)
    owls, night = [(await browser.get(f"/lists/{slug}")).text for slug in ("owls", "night")]
    assert ("Said of both." in owls, "alone." in owls) == (True, False)
    assert ("Said of both." in night, "Said <em>here</em> alone." in night) == (False, True)


async def test_what_stands_below_a_thing_that_goes_has_another_number(
    browser: Browser, school: TestSchool, curated: CuratedList
) -> None:
    second = await ListItem.get(school_id=curated.school_id, curated_id=curated.id, position=2)
    thing = await Resource.get(school_id=curated.school_id, id=second.resource_id)
    await make.curated_list(school.ada, "Night", [thing], published=True, visibility=Visibility.PUBLIC)
    before = await seen(browser, school)
    for state in ("withdrawn", "offered"):
        await change(Resource, curated, second.resource_id, state=state)
        # its card is known from there, so that nothing has to be drawn for what stands on the other list
        await browser.sign_in(None).get("/lists/night")
        before = await look_again(browser, school, before)


async def test_cards_that_stand_as_they_stood_are_taken_as_they_are(
    browser: Browser, school: TestSchool, curated: CuratedList
) -> None:
    third = await ListItem.get(school_id=curated.school_id, curated_id=curated.id, position=3)
    standing = ("standing", school.card.slug, curated.id)
    await browser.get(LIST)
    before = [row["made"] for row in known(standing).rows]
    await change(ListItem, curated, third.resource_id, annotation="Other.")
    assert "Other." in (await browser.get(LIST)).text
    now = [row["made"] for row in known(standing).rows]
    same = [one[number] is other[number] for number, (one, other) in enumerate(zip(before, now, strict=True), 1)]
    assert same == [True, True, False, True, True, True, True]
