"""Editing a resource whole: every place and address of it, who can use it, its numbers. Source: PRODUCT.md, 2."""

from dataclasses import replace
from typing import Any

import pytest

from engage.database.job_model import Job
from engage.database.transaction import one_transaction
from engage.resources import doubles, pictures
from engage.resources.keeping import keep_resource
from engage.resources.models import Holding, Identifier, Link, Resource
from engage.resources.record import Address, CatalogueRecord, Maker, Place, mark_of
from engage.resources.revising import Change, revise_all
from engage.resources.rules import LinkState
from engage.resources.showing import access
from tests import make
from tests.resources.filling import filled
from tests.school import words_of

PLACES = (Place("E YOL", "Library", 2, "30001; 30002"), Place("BIG YOL", "Big books"), Place("CD YOL", "Media"))
ADDRESSES = (Address("https://a.example/a", "Sora", "Sign in with your school account"), Address("https://b.example/b"))
KNOWN = CatalogueRecord("Owl moon", makers=(Maker("Jane Yolen"),), origin="record LINC:1")


async def owl(school: Any, **more: Any) -> tuple[Resource, str]:
    """Owl moon with all of its editions, and where it is edited."""
    known = replace(KNOWN, **{"places": PLACES, "addresses": ADDRESSES, **more})
    made = await keep_resource(school.card.id, known)
    return made, f"/curate/resources/{made.key}/edit"


async def places(school: Any) -> list[tuple[Any, ...]]:
    rows = Holding.filter(school_id=school.card.id, gone_at__isnull=True).order_by("id")
    return await rows.values_list("call_number", "location", "copies", "available")


async def test_a_form_that_is_sent_unchanged_changes_nothing(browser, school, ada):
    _, path = await owl(
        school, audience_low=-1, audience_high=2, language="sco", year=1987, pages=32, publisher="Philomel",
        series="Moons", identifiers=(("isbn", "9780399214578"), ("lccn", "87001234")),
    )  # fmt: skip
    browser.sign_in(ada)
    form = await filled(browser, path)
    assert form["places-0-barcodes"] == "30001; 30002"
    assert (await browser.post(path, form)).status_code == 303
    after = await Resource.get(school_id=school.card.id)
    assert (after.kept, after.audience_low, after.language, after.publisher) == ("", -1, "sco", "Philomel")
    assert await Identifier.filter(school_id=school.card.id).count() == 2
    assert await Holding.filter(school_id=school.card.id, origin="record LINC:1").count() == 3
    assert await Link.filter(school_id=school.card.id, origin="record LINC:1").count() == 2


async def test_each_place_is_changed_added_and_taken_away_by_itself(browser, school, ada):
    made, path = await owl(school)
    browser.sign_in(ada)
    form = await filled(browser, path)
    form |= {"places-0-available": "1", "places-1-call_number": "", "places-1-copies": ""}
    form |= {"places-3-call_number": "LP YOL", "places-3-location": "", "places-3-copies": "3"}
    assert (await browser.post(path, form)).status_code == 303
    assert await places(school) == [
        ("E YOL", "Library", 2, 1),
        ("CD YOL", "Media", 1, None),
        ("LP YOL", "Library", 3, None),
    ]
    words = words_of(await browser.get(f"/resources/{made.key}"))
    for said in ("E YOL", "1 of 2 on the shelf", "LP YOL", "3 copies"):
        assert said in words, said
    assert "BIG YOL" not in words
    # what a later import says of shelves is not taken, because a person wrote of them
    record = replace(KNOWN, places=(Place("FIC YOL", "Library"),))
    await revise_all(school.card.id, [Change(made.id, record, whole=True)])
    assert len(await places(school)) == 3


async def test_what_is_available_follows_what_is_counted(browser, school, ada):
    _, path = await owl(school, places=PLACES[:1], addresses=ADDRESSES[:1])
    browser.sign_in(ada)
    form = await filled(browser, path)
    for counted, expected in (("0", False), ("1", True), ("", True)):
        await browser.post(path, form | {"places-0-available": counted})
        assert (await Resource.get(school_id=school.card.id)).available is expected, counted
    await browser.post(path, form | {"places-0-available": "0", "addresses-0-access": ""})
    assert (await Resource.get(school_id=school.card.id)).available is True


async def test_each_address_is_changed_added_and_taken_away_by_itself(browser, school, ada):
    made, path = await owl(school)
    first = await Link.filter(school_id=school.card.id).order_by("id").first()
    await Link.filter(school_id=school.card.id, id=first.id).update(state=LinkState.DEAD, failures=3, found="Gone.")
    browser.sign_in(ada)
    form = await filled(browser, path)
    form |= {
        "addresses-0-url": "https://a.example/moved",
        "addresses-1-url": "",
        "addresses-2-url": "https://c.example/",
    }
    form |= {"addresses-2-access": "Only in school"}
    assert (await browser.post(path, form)).status_code == 303
    rows = (
        await Link.filter(school_id=school.card.id).order_by("id").values("url", "provider", "access", "state", "found")
    )
    assert rows == [
        {"url": "https://a.example/moved", "provider": "Sora", "access": "Sign in with your school account",
         "state": LinkState.UNCHECKED, "found": ""},
        {"url": "https://c.example/", "provider": "", "access": "Only in school",
         "state": LinkState.UNCHECKED, "found": ""},
    ]  # fmt: skip
    words = words_of(await browser.get(f"/resources/{made.key}"))
    assert ("c.example" in words, "Only in school" in words, "b.example" in words) == (True, True, False)


async def test_a_name_alone_leaves_what_was_seen_of_a_link(browser, school, ada):
    _, path = await owl(school)
    await Link.filter(school_id=school.card.id).update(state=LinkState.ALIVE)
    browser.sign_in(ada)
    await browser.post(path, await filled(browser, path) | {"addresses-1-provider": "The B site"})
    assert await Link.filter(school_id=school.card.id, state=LinkState.ALIVE).count() == 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"places-1-copies": "5000"}, "Copies must be a number from 0 to 999."),
        ({"places-0-available": "3"}, "There are fewer copies than are on the shelf."),
        ({"addresses-2-url": "ftp://c.example/"}, "An address begins with https:// or http://."),
        ({"addresses-2-url": "https://b.example/b"}, "The same address stands here twice."),
        ({"isbns": "9780399214579"}, "is no ISBN"),
        ({"year": "next"}, "Write a whole number, such as 12."),
        ({"places-0-copies": "some"}, "Write a whole number, such as 12."),
        ({"language": "klingon"}, "Choose one of those that are offered."),
    ],
)
async def test_what_cannot_be_is_refused_with_everything_still_there(browser, school, ada, given, sentence):
    _, path = await owl(school)
    browser.sign_in(ada)
    page = await browser.post(path, await filled(browser, path) | {"summary": "Typed."} | given)
    assert (page.status_code, sentence in words_of(page), "Typed." in page.text) == (422, True, True)
    wrong = page.text.partition('role="alert"')[2].partition("</ul>")[0]
    place = wrong.partition('href="#')[2].partition('"')[0]
    assert f'id="{place}"' in page.text
    assert (await Resource.get(school_id=school.card.id)).summary == ""


async def test_a_mark_of_another_resource_moves_nothing(browser, school, ada):
    other = await make.resource("Other", call_number="FIC OTH", url="https://o.example/")
    _, path = await owl(school)
    theirs = await Holding.get(school_id=school.card.id, resource_id=other.id)
    browser.sign_in(ada)
    form = await filled(browser, path)
    form |= {"places-0-mark": mark_of(theirs.id), "places-0-call_number": "", "places-0-copies": ""}
    await browser.post(path, form)
    assert (await Holding.get(school_id=school.card.id, id=theirs.id)).gone_at is None
    assert len(await places(school)) == 4


async def test_isbns_are_mended_and_bring_the_picture(browser, school, ada):
    made, path = await owl(school, identifiers=(("isbn", "9780399214578"), ("lccn", "87001234")))
    browser.sign_in(ada)
    form = await filled(browser, path)
    assert form["isbns"] == "978-0-399-21457-8"
    await browser.post(path, form | {"isbns": '0-399-21457-7\n="9780316381994"\n'})
    rows = Identifier.filter(school_id=school.card.id, resource_id=made.id)
    assert sorted(await rows.values_list("scheme", "value")) == [
        ("isbn", "9780316381994"), ("isbn", "9780399214578"), ("lccn", "87001234")
    ]  # fmt: skip
    assert await Job.filter(name=pictures.JOB).count() == 1
    assert "978-0-316-38199-4" in words_of(await browser.get(f"/resources/{made.key}"))


async def test_an_isbn_that_somebody_removed_does_not_come_back_with_an_import(browser, school, ada):
    wrong, right, new = (("isbn", value) for value in ("9780399214578", "9780316381994", "9780439064866"))
    made, path = await owl(school, identifiers=(wrong, right), addresses=(Address("https://a.example/owl"),))
    of: dict[str, Any] = {"school_id": school.card.id, "resource_id": made.id}

    async def numbers() -> set[str]:
        said = CatalogueRecord("Owl Moon", identifiers=(wrong, right, new), origin=KNOWN.origin)
        for whole in (False, True):
            await one_transaction(revise_all)(school.card.id, [Change(made.id, said, whole=whole)])
        return set(await Identifier.filter(**of).values_list("value", flat=True))

    browser.sign_in(ada)
    await browser.post(path, await filled(browser, path) | {"isbns": right[1]})
    assert "never changed by an import: ISBNs" in words_of(await browser.get(path))
    # another change by hand, and another address of its link, forget nothing
    await browser.post(path, await filled(browser, path) | {"publisher": "Philomel"})
    link = await Link.get(**of)
    await browser.post(f"/curate/links/{link.key}", {"url": "https://b.example/owl"})
    assert await numbers() == {right[1], new[1]}
    # what is merged with it brings the number only if it has it itself
    for has in ((), (wrong,)):
        other = await make.resource("Owl Moon, again", identifiers=has)
        await doubles.merge(other.key, made.key, by=ada, followers=())
        assert (wrong[1] in await numbers()) is bool(has)
        assert (wrong[1] in (await Resource.get(school_id=school.card.id, id=made.id)).kept) is not bool(has)
    await browser.post(path, await filled(browser, path) | {"isbns": right[1]})
    assert await numbers() == {right[1]}
    # who writes it there again means it
    await browser.post(path, await filled(browser, path) | {"isbns": f"{right[1]}\n{wrong[1]}"})
    assert await numbers() == {right[1], wrong[1]}


async def test_who_can_use_it_is_said_and_shown(browser, school, ada):
    made, path = await owl(school)
    browser.sign_in(ada)
    form = await filled(browser, path)
    await browser.post(path, form | {"captions": "yes", "large_print": "yes", "audio_description": "no"})
    after = await Resource.get(school_id=school.card.id)
    assert (after.captions, after.transcript, after.large_print, after.audio_description) == (True, None, True, False)
    assert "With captions and large print, without audio description" in words_of(
        await browser.get(f"/resources/{made.key}")
    )
    form = await filled(browser, path)
    assert (form["captions"], form["transcript"], form["audio_description"]) == ("yes", "", "no")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ((None, None, None, None), ""),
        ((True, True, True, None), "With captions, a transcript and large print"),
        ((False, False, None, None), "Without captions or transcript"),
        ((None, None, None, True), "With audio description"),
    ],
)
def test_access_in_words(facts, said):
    names = ("captions", "transcript", "large_print", "audio_description")
    assert access(dict(zip(names, facts, strict=True))) == said


async def test_places_beyond_those_shown_stay_as_they_are(browser, school, ada):
    many = tuple(Place(f"E {number:02}", "Library") for number in range(20))
    _, path = await owl(school, places=many, addresses=())
    browser.sign_in(ada)
    page = await browser.get(path)
    assert "5 more places and addresses are not shown here." in words_of(page)
    await browser.post(path, await filled(browser, path) | {"places-0-call_number": "E OTHER"})
    assert [row[0] for row in await places(school)] == ["E OTHER", *(f"E {number:02}" for number in range(1, 20))]


async def test_a_new_resource_has_a_place_and_an_address_and_what_more_was_said(browser, school, ada):
    browser.sign_in(ada)
    form = await filled(browser, "/curate/resources/new")
    assert (form["places-0-copies"], form["language"]) == ("1", "en")
    form |= {"title": "Owl moon", "places-0-call_number": "E YOL", "places-0-available": "0", "captions": "no"}
    form |= {"isbns": "0399214577", "language": "es", "year": "1987", "addresses-0-url": "https://a.example/"}
    page = await browser.follow(await browser.post("/curate/resources/new", form))
    words = words_of(page)
    for said in ("All out", "Spanish", "1987", "Without captions", "978-0-399-21457-8", "a.example"):
        assert said in words, said
    assert await Job.filter(name=pictures.JOB).count() == 1


async def kinds(school: Any) -> tuple[list[Any], list[Any], str]:
    """The format of each place and each address, and what the search knows of the editions."""
    of = {"school_id": school.card.id}
    return (
        list(await Holding.filter(**of, gone_at__isnull=True).order_by("id").values_list("format", flat=True)),
        list(await Link.filter(**of).order_by("id").values_list("format", flat=True)),
        (await Resource.get(**of)).editions,
    )


async def test_a_person_says_of_which_kind_a_place_and_an_address_is(browser, school, ada):
    made, path = await owl(school)
    browser.sign_in(ada)
    form = await filled(browser, path)
    assert (form["places-2-format"], form["addresses-1-format"]) == ("", "")
    form |= {"places-2-format": "audiobook", "addresses-1-format": "e-book"}
    assert (await browser.post(path, form)).status_code == 303
    written = ",r hoa book,l h-a audiobook,r -oa e-book,"
    assert await kinds(school) == (["", "", "audiobook"], ["", "e-book"], written)
    words = words_of(await browser.get(f"/resources/{made.key}"))
    assert "Audiobook" in words
    assert "E-book" in words
    # what a later import says of shelves does not take it away
    await revise_all(school.card.id, [Change(made.id, replace(KNOWN, places=PLACES, addresses=ADDRESSES), whole=True)])
    assert await kinds(school) == (["", "", "audiobook"], ["", "e-book"], written)
    form = await filled(browser, path)
    assert (form["places-0-format"], form["places-2-format"], form["places-3-format"]) == ("book", "audiobook", "")
    await browser.post(path, form | {"places-2-format": "", "addresses-1-format": "picture book"})
    assert await kinds(school) == (["", "", ""], ["", ""], ""), "a picture book is in print as a book is"


async def test_another_kind_of_the_resource_leaves_its_places_what_they_are(browser, school, ada):
    _, path = await owl(school)
    browser.sign_in(ada)
    await browser.post(path, await filled(browser, path) | {"places-2-format": "audiobook"})
    await browser.post(path, await filled(browser, path) | {"format": "audiobook", "mode": "listening"})
    written = ",l h-- audiobook,r hoa book,"
    assert (await kinds(school))[:2] == (["book", "book", ""], ["book", "book"])
    assert (await kinds(school))[2].replace("h-a", "h--") == written
    # and where there is one kind alone, all that is there was meant
    await browser.post(path, await filled(browser, path) | {"format": "book", "mode": "reading"})
    await browser.post(path, await filled(browser, path) | {"places-2-format": "book"})
    await browser.post(path, await filled(browser, path) | {"format": "graphic novel"})
    assert await kinds(school) == (["", "", ""], ["", ""], "")


async def test_a_new_resource_has_its_kinds_at_once_and_an_unknown_one_is_refused(browser, school, ada):
    path = "/curate/resources/new"
    browser.sign_in(ada)
    form = await filled(browser, path) | {"title": "Owl moon", "makers": "Jane Yolen", "places-0-call_number": "E YOL"}
    form |= {"addresses-0-url": "https://a.example/a", "addresses-0-format": "audiobook"}
    assert (await browser.post(path, form | {"places-0-format": "<b>"})).status_code == 422
    assert (await browser.post(path, form)).status_code == 303
    assert await kinds(school) == ([""], ["audiobook"], ",r h-a book,l -oa audiobook,")
