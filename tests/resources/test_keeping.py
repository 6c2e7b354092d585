"""A resource is kept whole: its row, its words, and what stands beside it."""

import pytest

from engage import dates
from engage.database import rows
from engage.engagement.rules import Mode
from engage.resources.keeping import keep_resource, note_stock, stock_columns
from engage.resources.models import Creator, Holding, Identifier, Link, Resource, Subject
from engage.resources.record import Address, CatalogueRecord, Maker, Place, Term
from engage.resources.rules import Format, LinkState
from tests import make

CORALINE = CatalogueRecord(
    title="Coraline",
    makers=(Maker("Neil Gaiman"), Maker("Dave McKean", "illustrator"), Maker("Neil Gaiman")),
    mode=Mode.READING,
    format=Format.BOOK,
    summary="A girl finds a door that opens on a brick wall, most days.",
    subjects=(Term("Doors"), Term("Horror fiction", "genre"), Term("Doors")),
    identifiers=(("isbn", "9780380977789"), ("record", "DLC:12345"), ("isbn", "9780380977789")),
    places=(Place("FIC GAI", "Library", copies=2),),
    addresses=(Address("https://example.org/coraline"), Address("javascript:alert(1)")),
)


async def test_a_resource_is_kept_with_all_that_is_known_of_it(school):
    kept = await keep_resource(school.card.id, CORALINE, kept=["title", "school_id"])

    found = await Resource.get(school_id=school.card.id, key=kept.key)
    assert (found.title, found.creators, found.subjects) == (
        "Coraline",
        "Neil Gaiman; Dave McKean",
        "Doors; Horror fiction",
    )
    assert (found.here, found.online, found.kept, found.version) == (True, True, "title", 1)
    of = {"school_id": school.card.id, "resource_id": kept.id}
    assert await Creator.filter(**of).order_by("position").values_list("name", "role") == [
        ("Neil Gaiman", "author"),
        ("Dave McKean", "illustrator"),
    ]
    assert await Subject.filter(**of).order_by("id").values_list("term", "kind") == [
        ("Doors", "topic"),
        ("Horror fiction", "genre"),
    ]
    assert await Identifier.filter(**of).order_by("id").values_list("scheme", "value") == [
        ("isbn", "9780380977789"),
        ("record", "DLC:12345"),
    ]
    assert await Holding.filter(**of).values_list("call_number", "copies") == [("FIC GAI", 2)]
    assert await Link.filter(**of).values_list("url", flat=True) == ["https://example.org/coraline"]


async def test_a_resource_that_cannot_be_kept_whole_is_not_kept_at_all(school, monkeypatch):
    async def full(model, beside, add=rows.add):
        if model is Link:
            raise RuntimeError("the disk is full")
        await add(model, beside)

    monkeypatch.setattr(rows, "add", full)
    with pytest.raises(RuntimeError):
        await keep_resource(school.card.id, CORALINE)
    assert await Resource.filter(school_id=school.card.id).count() == 0


async def test_each_school_has_its_own_catalogue(school):
    await make.resource("Owl Moon", call_number="E YOL")
    await make.resource("Owl Moon", school="roosevelt")
    assert await Resource.filter(school_id=school.card.id).count() == 1


@pytest.mark.parametrize("title", ["", "\x00\u202e", "  "])
async def test_a_resource_without_a_title_says_so(school, title):
    assert (await keep_resource(school.card.id, CatalogueRecord(title))).title == "(no title)"


def to_be_had(holdings, links):
    there = stock_columns(Mode.READING, Format.BOOK, holdings, links)
    assert there["editions"] == ""
    return there["available"]


@pytest.mark.parametrize(
    ("holdings", "links", "available"),
    [
        ([], [], False),
        ([(2, None, False)], [], True),
        ([(2, 0, False)], [], False),
        ([(2, 0, False), (1, 1, False)], [], True),
        ([(2, None, True)], [], False),
        ([(2, 0, False)], [""], True),
        ([], ["Sign in at school"], False),
    ],
)
def test_a_resource_is_to_be_had_where_a_copy_is_in_or_it_is_open_on_the_web(holdings, links, available):
    shelves = [
        Holding(copies=n, available=free, format="", gone_at=dates.now() if gone else None)
        for n, free, gone in holdings
    ]
    assert to_be_had(shelves, [Link(access=access, format="") for access in links]) is available


def test_a_dead_link_gives_nothing_and_one_that_failed_once_still_does():
    dead, failed, moved = (
        Link(access="", format="", state=state, failures=1)
        for state in (LinkState.DEAD, LinkState.UNCHECKED, LinkState.MOVED)
    )
    assert [to_be_had([], links) for links in ([dead], [failed], [dead, moved])] == [False, True, True]


@pytest.mark.parametrize(("access", "available"), [("", True), ("Sign in at school", False)])
async def test_a_resource_of_the_web_is_to_be_had_where_it_is_open(school, access, available):
    known = CatalogueRecord("Owl moon", addresses=(Address("https://example.org", access=access),))
    assert (await keep_resource(school.card.id, known)).available is available


async def test_what_is_to_be_had_is_noted_where_copies_were_counted_without_the_resource(school):
    out = await make.resource("Owl moon", call_number="E YOL")
    other = await make.resource("Coraline", call_number="FIC GAI")
    await Holding.filter(school_id=school.card.id, resource_id=out.id).update(available=0)
    await note_stock(school.card.id, [out.id, other.id])
    rows = Resource.filter(school_id=school.card.id).order_by("id")
    assert await rows.values_list("available", flat=True) == [False, True]
    await Holding.filter(school_id=school.card.id, resource_id=out.id).update(available=1)
    await note_stock(school.card.id, [out.id, other.id])
    assert await rows.values_list("available", flat=True) == [True, True]
