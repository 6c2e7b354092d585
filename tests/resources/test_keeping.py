"""A resource is kept whole: its row, its words, and what stands beside it."""

import pytest

from engage.engagement.rules import Mode
from engage.resources.keeping import keep_resource
from engage.resources.models import Creator, Holding, Identifier, Link, Resource, Subject
from engage.resources.record import Address, CatalogueRecord, Maker, Place, Term
from engage.resources.rules import Format
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
    async def full(*_rows, **_more):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Link, "bulk_create", full)
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
