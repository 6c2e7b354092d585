"""Editions of one work come in as one resource, by whatever way, and each is found as what it is.

Source: PRODUCT.md, section 2.
"""

from typing import Any

import pytest

from engage import dates
from engage.engagement.rules import Mode
from engage.resources import asking, remembering
from engage.resources.actions import change_resource
from engage.resources.catalogue import import_file, import_marc
from engage.resources.incoming_models import Import
from engage.resources.keeping import note_stock
from engage.resources.models import Holding, Link, Resource
from engage.resources.record import Address, CatalogueRecord, Maker, Place, Written, WrittenPlace, mark_of
from engage.resources.revising import Change, revise_all
from engage.resources.rules import Format, ResourceState
from engage.resources.search import Wanted, find
from engage.resources.taking_back import take_back_import
from tests import make
from tests.resources.marc_records import isbn_of, iso2709, record
from tests.school import words_of

OFFERED = ResourceState.OFFERED
NAME = ("100", "1 ", "a", "Sachar, Louis.")
TITLE = ("245", "10", "a", "Holes /")


def one(number: int, *more: Any, kind: str = "am", **fixed: str) -> Any:
    """A record with a number of its own and an ISBN of its own."""
    own = (("001", f"{number}"), ("003", "LINC"), ("020", "  ", "a", isbn_of(number)))
    return record(*own, NAME, TITLE, *more, kind=kind, **fixed)


BOOK = one(1, ("852", "  ", "h", "FIC SAC"))
# 008/23 is o: online
EBOOK = one(2, ("856", "40", "u", "https://ebooks.example/holes"), fixed="s2001".ljust(17) + "o")
SPOKEN = one(3, ("852", "  ", "h", "CD SAC"), kind="im")
FILM = one(4, ("852", "  ", "h", "DVD HOL"), kind="gm")


@pytest.fixture
def bring(school, tmp_path):
    """Import MARC records; what the report counts."""
    path = tmp_path / "records.mrc"

    async def run(*records: Any) -> tuple[int, int, int, int]:
        path.write_bytes(iso2709(*records))
        report = await import_marc(school.card.id, path)
        return (report.added, report.changed, report.same, report.refused)

    return run


@pytest.fixture
def table(school, tmp_path):
    """Import a table."""

    async def run(text: str) -> tuple[int, int, int, int]:
        path = tmp_path / "table.csv"
        path.write_text(text)
        ways = tuple(remembering.WORDS.keys() - {asking.MARC})
        kind, mapping = await remembering.how_to_read(school.card.id, path, ways, {})
        report = await import_file(school.card.id, path, kind, mapping, dry_run=False, by_id=school.ada.id)
        return (report.added, report.changed, report.same, report.refused)

    return run


async def offered(school: Any) -> list[Resource]:
    return await Resource.filter(school_id=school.card.id, state=OFFERED).order_by("id")


async def stands(school: Any) -> list[Any]:
    """All that is known of holdings and links, less what they are called inside."""
    of = {"school_id": school.card.id}
    shelves = Holding.filter(**of).order_by("call_number", "id")
    columns = ("resource_id", "call_number", "format", "copies", "origin")
    return [
        await shelves.values_list(*columns),
        await Link.filter(**of).order_by("url").values_list("resource_id", "url", "format", "origin"),
    ]


async def test_a_book_an_e_book_and_a_recording_are_one_and_a_film_is_another(school, bring):
    assert await bring(BOOK, EBOOK, SPOKEN, FILM) == (2, 2, 0, 0)
    work, film = await offered(school)
    assert (work.format, work.mode, film.format) == (Format.BOOK, Mode.READING, Format.FILM)
    assert work.editions == ",r h-a book,l h-a audiobook,r -oa e-book,"
    shelves, links = await stands(school)
    assert [row[:3] for row in shelves] == [
        (work.id, "CD SAC", "audiobook"),
        (film.id, "DVD HOL", ""),
        (work.id, "FIC SAC", ""),
    ]
    assert [row[:3] for row in links] == [(work.id, "https://ebooks.example/holes", "e-book")]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_the_same_file_twice_gives_the_same_rows_in_whatever_order(school, bring, order):
    records = [(BOOK, EBOOK, SPOKEN)[place] for place in order]
    assert await bring(*records) == (1, 2, 0, 0)
    before = await stands(school), [row.editions for row in await offered(school)]
    assert await bring(*records) == (0, 0, 3, 0)
    assert (await stands(school), [row.editions for row in await offered(school)]) == before
    assert (await offered(school))[0].format is (Format.BOOK, Format.EBOOK, Format.AUDIOBOOK)[order[0]]


async def test_what_was_retold_is_another_text(school, bring):
    retold = (("700", "1 ", "a", "Ode, Ann,", "e", "adapter."), ("852", "  ", "h", "CD ODE"))
    assert await bring(BOOK, one(6, *retold, kind="im")) == (2, 0, 0, 0)
    assert await bring(SPOKEN) == (0, 1, 0, 0)
    assert await bring(one(7, retold[0], ("852", "  ", "h", "FIC ODE"))) == (0, 1, 0, 0)
    assert [row.editions for row in await offered(school)] == [
        ",r h-a book,l h-a audiobook,", ",l h-a audiobook,r h-a book,"
    ]  # fmt: skip


async def test_each_edition_is_found_as_what_it_is(school, bring):
    await bring(BOOK, EBOOK, SPOKEN)
    await make.resource("Hoot", call_number="FIC HIA")

    async def found(**asked: Any) -> tuple[list[str], Any]:
        page = await find(school.card.id, Wanted(**asked))
        assert page.total == len(page.rows)
        return sorted(row["title"] for row in page.rows), page.facets

    both, facets = await found()
    assert both == ["Holes", "Hoot"]
    assert (facets.mode, facets.format) == (
        {"reading": 2, "listening": 1}, {"book": 2, "e-book": 1, "audiobook": 1}
    )  # fmt: skip
    assert (facets.whole, facets.place, facets.ready) == (2, {"here": 2, "online": 1}, {"now": 2})
    for asked, titles in (
        ({"mode": Mode.LISTENING}, ["Holes"]),
        ({"mode": Mode.LISTENING, "text": "holes"}, ["Holes"]),
        ({"mode": Mode.VIEWING}, []),
        ({"mode": Mode.LISTENING, "place": "here"}, ["Holes"]),
        ({"mode": Mode.LISTENING, "place": "online"}, []),
        ({"format": Format.EBOOK, "place": "online", "ready": "now"}, ["Holes"]),
        ({"format": Format.EBOOK, "place": "here"}, []),
        ({"mode": Mode.READING, "place": "here"}, ["Holes", "Hoot"]),
    ):
        assert (await found(**asked))[0] == titles, asked
    _, facets = await found(mode=Mode.LISTENING)
    assert (facets.place, facets.format) == ({"here": 1}, {"audiobook": 1})
    # all copies of the recording are out
    await Holding.filter(school_id=school.card.id, call_number="CD SAC").update(available=0)
    await note_stock(school.card.id, [row.id for row in await offered(school)])
    assert (await found(mode=Mode.LISTENING, ready="now"))[0] == []
    assert (await found(mode=Mode.READING, ready="now"))[0] == ["Holes", "Hoot"]


async def test_the_page_and_the_cards_say_what_stands_where(browser, school, ada, bring):
    await bring(BOOK, EBOOK, SPOKEN)
    (work,) = await offered(school)
    words = words_of(await browser.get(f"/resources/{work.key}"))
    for said in (
        "Book, also audiobook and e-book",
        "Book Call number FIC SAC",
        "Audiobook Call number CD SAC",
        "E-book Read at",
    ):
        assert said in words, said
    assert "Book, also audiobook and e-book" in words_of(await browser.get("/search?mode=listening"))
    curated = await make.curated_list(by=ada, title="Sachar", items=[work], published=True)
    for query, there in (("mode=listening", True), ("mode=viewing", False), ("mode=listening&where=online", False)):
        page = words_of(await browser.sign_in(school.sam).get(f"/lists/{curated.slug}?{query}"))
        assert ("also audiobook and e-book" in page) is there, query


async def test_what_an_import_brought_goes_with_it(school, bring):
    await bring(BOOK)
    await bring(SPOKEN)
    (work,) = await offered(school)
    assert work.editions
    imported = await Import.filter(school_id=school.card.id).order_by("-id").first()
    await take_back_import(school.card.id, imported.id)
    (work,) = await offered(school)
    assert (work.editions, [row[1] for row in (await stands(school))[0]]) == ("", ["FIC SAC"])


async def test_a_recording_that_is_no_longer_held_is_not_found_under_listening(school, bring):
    await bring(BOOK, SPOKEN)
    (work,) = await offered(school)
    await Holding.filter(school_id=school.card.id, call_number="CD SAC").update(gone_at=dates.now())
    await note_stock(school.card.id, [work.id])
    assert (await find(school.card.id, Wanted(mode=Mode.LISTENING))).total == 0
    assert (await offered(school))[0].editions == ""


async def test_a_table_without_kinds_joins_a_picture_book_a_graphic_novel_and_what_it_brought_itself(school, table):
    drawn = await make.resource("Smile", creator="Raina Telgemeier", format=Format.GRAPHIC_NOVEL)
    await make.resource("Owl moon", format=Format.PICTURE_BOOK, identifiers=(("isbn", isbn_of(9)),))
    rows = (
        "Title,Author,Call number\nOwl Moon,Jane Yolen,E YOL\nSmile,Raina Telgemeier,GN TEL\n"
        "Holes,Louis Sachar,FIC SAC\n"
    )
    assert await table(rows) == (1, 2, 0, 0)
    assert [row.editions for row in await offered(school)] == ["", "", ""]
    before = await stands(school)
    assert await table(rows) == (0, 0, 3, 0)
    assert await stands(school) == before
    # where the kind is said, a book is no graphic novel
    said = "Title,Author,Call number,Format\nSmile,Raina Telgemeier,F TEL,book\n"
    assert await table(said) == (1, 0, 0, 0)
    assert await Resource.filter(school_id=school.card.id, title="Smile").count() == 2
    assert (await Resource.get(school_id=school.card.id, id=drawn.id)).here is True


async def test_a_row_without_numbers_stays_where_it_went(school, table, bring):
    await bring(BOOK)
    rows = "Title,Author,Call number,Format\nHoles,Louis Sachar,CD SAC,audiobook\n"
    assert await table(rows) == (0, 1, 0, 0)
    # another edition comes, and it could not be said any more of which it is
    await bring(one(5, ("852", "  ", "h", "PB SAC")))
    before = await stands(school)
    assert len(await offered(school)) == 2
    assert await table(rows) == (0, 0, 1, 0)
    assert await stands(school) == before


async def test_who_makes_another_edition_the_first_one_parts_nothing(school, bring, ada):
    await bring(SPOKEN, BOOK)
    (work,) = await offered(school)
    assert (work.format, work.editions) == (Format.AUDIOBOOK, ",l h-a audiobook,r h-a book,")
    written = Written("Holes", makers=(Maker("Louis Sachar"),), mode=Mode.READING, format=Format.BOOK)
    await change_resource(work.key, written, by=ada)
    (work,) = await offered(school)
    assert work.editions == ",r h-a book,l h-a audiobook,"
    assert [row[1:3] for row in (await stands(school))[0]] == [("CD SAC", "audiobook"), ("FIC SAC", "")]
    # the record of the recording, which brought the resource, leaves it so
    more = one(3, ("852", "  ", "h", "CD SAC"), ("852", "  ", "h", "CD 2"), kind="im")
    await bring(more)
    assert [row[1:3] for row in (await stands(school))[0]] == [
        ("CD 2", "audiobook"), ("CD SAC", "audiobook"), ("FIC SAC", "")
    ]  # fmt: skip
    (work,) = await offered(school)
    assert (work.format, work.editions) == (Format.BOOK, ",r h-a book,l h-a audiobook,")


async def test_who_mends_a_wrong_kind_mends_it_of_all_that_is_there(school, bring, ada):
    await bring(BOOK)
    (work,) = await offered(school)
    written = Written("Holes", makers=(Maker("Louis Sachar"),), mode=Mode.LISTENING, format=Format.AUDIOBOOK)
    await change_resource(work.key, written, by=ada)
    await bring(one(1, ("852", "  ", "h", "FIC SAC"), ("852", "  ", "h", "FIC 2")))
    (work,) = await offered(school)
    assert (work.format, work.editions) == (Format.AUDIOBOOK, "")


async def test_two_that_were_there_before_stand_on_the_page_of_doubles(browser, school, ada):
    book = await make.resource("Holes", creator="Louis Sachar", call_number="FIC SAC")
    spoken = await make.resource(
        "Holes", creator="Sachar, Louis", mode=Mode.LISTENING, format=Format.AUDIOBOOK, call_number="CD SAC"
    )
    film = await make.resource("Holes", creator="Louis Sachar", mode=Mode.VIEWING, format=Format.FILM)
    page = (await browser.sign_in(ada).get("/curate/doubles")).text
    assert f"/curate/resources/{book.key}/twice/{spoken.key}" in page
    assert film.key not in page
    await browser.post(f"/curate/resources/{book.key}/twice/{spoken.key}", {"stays": "this"})
    work = await Resource.get(school_id=school.card.id, id=book.id)
    assert work.editions == ",r h-a book,l h-a audiobook,"
    assert book.key not in (await browser.get("/curate/doubles")).text
    assert "Holes" in words_of(await browser.get("/search?mode=listening"))


async def test_what_a_feed_brings_of_a_book_by_its_number_says_that_it_is_read_aloud(school):
    book = await make.resource("Holes", creator="Louis Sachar", call_number="FIC SAC")
    spoken = CatalogueRecord(
        "Holes", makers=(Maker("Louis Sachar"),), mode=Mode.LISTENING, format=Format.AUDIOBOOK, origin="inbox a",
        addresses=(Address("https://spoken.example/"),), places=(Place("CD SAC", "Library"),),
    )  # fmt: skip
    await revise_all(school.card.id, [Change(book.id, spoken, whole=False)])
    assert (await Resource.get(school_id=school.card.id, id=book.id)).editions == ",r h-a book,l hoa audiobook,"
    # a person who mends its call number leaves it what it is
    shelf = await Holding.get(school_id=school.card.id, call_number="CD SAC")
    places = (WrittenPlace("CD FIC SAC", "Library", 1, mark=mark_of(shelf.id)),)
    written = Written("Holes", makers=(Maker("Louis Sachar"),), places=places)
    await change_resource(book.key, written, by=school.ada)
    assert (await Resource.get(school_id=school.card.id, id=book.id)).editions == ",r h-a book,l hoa audiobook,"
