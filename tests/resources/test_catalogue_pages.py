"""Resources as those who keep the catalogue write them down, change and withdraw them."""

import html
import re

import pytest

from engage.resources.models import Creator, Holding, Link, Measure, Resource
from engage.resources.record import Level, Term
from engage.resources.rules import ResourceState
from tests import make
from tests.resources.filling import filled
from tests.school import words_of

FORM = {
    "form_key": "one",
    "title": "Coraline",
    "makers": "Neil Gaiman\nDave McKean (illustrator)",
    "mode": "reading",
    "format": "book",
    "summary": "A door.",
    "subjects": "Doors\nCats",
    "audience_low": "4",
    "audience_high": "8",
    "minutes": "",
    "places-0-call_number": "FIC GAI",
    "places-0-location": "",
    "places-0-copies": "2",
    "addresses-0-url": "https://example.org/coraline",
    "language": "en",
    "isbns": "",
    "captions": "",
}
PAGES = ("/curate/resources", "/curate/resources/new", "/curate/imports", "/curate/imports/new")


@pytest.mark.parametrize("path", PAGES)
async def test_only_those_who_keep_the_catalogue_come_in(browser, school, path):
    for who in (None, school.sam, school.tom, school.alma, school.vera, school.dora):
        assert (await browser.sign_in(who).get(path)).status_code == 404, who
    assert (await browser.sign_in(school.rosa).get(f"/lincoln{path}")).status_code == 404
    assert (await browser.sign_in(school.ada).get(path)).status_code == 200


async def test_a_resource_is_written_down_and_found(browser, school, ada):
    browser.sign_in(ada)
    page = await browser.follow(await browser.post("/curate/resources/new", FORM))
    words = words_of(page)
    for said in (
        "Coraline is in the catalogue.",
        "Neil Gaiman",
        "Dave McKean",
        "FIC GAI",
        "Library, 2 copies",
        "Doors",
    ):
        assert said in words
    assert "Coraline" in words_of(await browser.get("/search?q=mckean"))
    # the same form sent twice is one resource
    await browser.post("/curate/resources/new", FORM)
    assert await Resource.filter(school_id=school.card.id).count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": " "}, "Give the resource a title."),
        ({"addresses-0-url": "javascript:alert(1)"}, "An address begins with https:// or http://."),
        ({"audience_low": "8", "audience_high": "4"}, "The highest grade is below the lowest."),
        ({"minutes": "-3"}, "Minutes must be a number from 1 to 10,080."),
        ({"places-0-copies": "5000"}, "Copies must be a number from 0 to 999."),
        ({"format": "spell"}, "Choose one of those that are offered."),
    ],
)
async def test_what_cannot_be_is_refused_beside_its_field(browser, school, ada, changes, sentence):
    page = await browser.sign_in(ada).post("/curate/resources/new", FORM | changes)
    assert (page.status_code, sentence in words_of(page)) == (422, True)
    assert await Resource.filter(school_id=school.card.id).count() == 0


async def test_fields_that_no_form_has_change_nothing(browser, school, ada):
    await browser.sign_in(ada).post("/curate/resources/new", FORM | {"popularity": "9", "school_id": "2", "kept": "x"})
    made = await Resource.get(school_id=school.card.id)
    assert (made.popularity, made.explicit, made.origin) == (0, False, "")


async def test_what_is_changed_by_hand_is_kept_and_nothing_else(browser, school, ada):
    made = await make.resource(
        "Owl moon",
        call_number="E YOL",
        url="https://example.org/a",
        subjects=(Term("Owls"), Term("Caldecott", "award")),
        measures=(Level("Lexile", "630L"),),
        origin="record LINC:1",
        year=1987,
    )
    browser.sign_in(ada)
    form = await filled(browser, f"/curate/resources/{made.key}/edit")
    page = await browser.post(f"/curate/resources/{made.key}/edit", form)
    assert page.status_code == 303
    same = await Resource.get(school_id=school.card.id, id=made.id)
    assert same.kept == ""

    await browser.post(
        f"/curate/resources/{made.key}/edit", form | {"summary": "Snow.", "places-0-call_number": "BIG YOL"}
    )
    after = await Resource.get(school_id=school.card.id, id=made.id)
    assert (after.summary, after.kept, after.year, after.origin) == ("Snow.", "holdings,summary", 1987, "record LINC:1")
    of = {"school_id": school.card.id, "resource_id": made.id}
    assert await Holding.filter(**of).values_list("call_number", flat=True) == ["BIG YOL"]
    assert await Measure.filter(**of).count() == 1
    assert await Creator.filter(**of).values_list("name", "role") == [("Jane Yolen", "author")]
    assert "snow" in after.search_text
    assert "places, summary" in words_of(await browser.get(f"/curate/resources/{made.key}/edit"))


async def test_a_shelf_and_a_link_come_and_go_by_hand(browser, school, ada):
    made = await make.resource("Owl moon", call_number="E YOL", url="https://example.org/a")
    browser.sign_in(ada)
    path = f"/curate/resources/{made.key}/edit"
    form = await filled(browser, path)
    await browser.post(path, form | {"places-0-call_number": "", "places-0-copies": "", "addresses-0-url": ""})
    after = await Resource.get(school_id=school.card.id, id=made.id)
    assert (after.here, after.online, after.kept) == (False, False, "holdings,links")
    assert await Link.filter(school_id=school.card.id).count() == 0
    await browser.post(path, form)
    after = await Resource.get(school_id=school.card.id, id=made.id)
    assert (after.here, after.online) == (True, True)


async def test_a_resource_is_offered_no_longer_and_again(browser, school, ada, tom):
    made = await make.resource("Owl moon")
    for path in (f"/curate/resources/{made.key}/offer", f"/curate/resources/{made.key}/edit"):
        assert (await browser.sign_in(tom).post(path)).status_code == 404
    await browser.sign_in(ada).post(f"/curate/resources/{made.key}/offer")
    assert "Owl moon" in words_of(await browser.get("/curate/resources?state=withdrawn"))
    assert "Owl moon" not in words_of(await browser.get("/curate/resources"))
    await browser.post(f"/curate/resources/{made.key}/offer", {"again": "1"})
    assert (await Resource.get(school_id=school.card.id)).state is ResourceState.OFFERED


async def test_what_is_no_longer_offered_stays_before_one_on_the_next_page_too(browser, school, ada):
    await make.resources(30)
    await Resource.filter(school_id=school.card.id).update(state=ResourceState.WITHDRAWN)
    first = await browser.sign_in(ada).get("/curate/resources?state=withdrawn")
    (following,) = set(re.findall(r'href="([^"]*page=2[^"]*)"', first.text))
    assert "Book" in words_of(await browser.get(html.unescape(following).removeprefix("/lincoln")))
