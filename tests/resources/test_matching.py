"""Whether two records are about one thing. Source: STANDARDS.md, 3.1; DECISIONS.md."""

from dataclasses import replace
from typing import Any

import pytest

from engage.engagement.rules import Mode
from engage.resources.matching import Known, Shelf
from engage.resources.record import CatalogueRecord, Maker
from engage.resources.rules import Format

SPOKEN = {"format": Format.AUDIOBOOK, "mode": Mode.LISTENING}
FILMED = {"format": Format.FILM, "mode": Mode.VIEWING}
OWL = CatalogueRecord(
    "Owl moon",
    makers=(Maker("Jane Yolen"),),
    identifiers=(("record", "LINC:1"), ("lccn", "87020123"), ("isbn", "9780399214578")),
    origin="record LINC:1",
)


def known(record: CatalogueRecord, number: int = 1, **more: Any) -> Known:
    """A thing as this record described it."""
    own = {"format": record.format, "language": record.language, "series": record.series}
    numbers = frozenset(record.identifiers)
    return Known(number, record.title, record.mode, record.match_key, record.origin, **own, numbers=numbers, **more)


def kept(record: CatalogueRecord, number: int = 1) -> Shelf:
    """A shelf with one thing on it, as this record described it."""
    shelf = Shelf()
    shelf.put(known(record, number))
    return shelf


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        pytest.param({}, True, id="the same record"),
        pytest.param({"title": "Another title altogether"}, True, id="its own number, whatever the title"),
        pytest.param({"identifiers": (("isbn", "9780399214578"),)}, True, id="an ISBN and the title"),
        pytest.param(
            {"identifiers": (("isbn", "9780399214578"),), "title": "The owl moon: a tale"}, True, id="more or less"
        ),
        pytest.param({"identifiers": (("isbn", "9780399214578"),), "title": "Cooking"}, False, id="an ISBN mistyped"),
        pytest.param({"identifiers": (("isbn", "9780399214578"),), **SPOKEN}, True, id="the ISBN, read aloud"),
        pytest.param(
            {"identifiers": (("isbn", "9780399214578"),), "title": "The owl moon: a tale", **SPOKEN},
            True,
            id="the ISBN and more or less the title, read aloud",
        ),
        pytest.param({"identifiers": (("isbn", "9780399214578"),), **FILMED}, False, id="the ISBN, on a film"),
        pytest.param({"identifiers": ()}, True, id="title and creator"),
        pytest.param({"identifiers": (), "makers": (Maker("Yolen, Jane"),)}, True, id="a name the other way round"),
        pytest.param({"identifiers": (), "makers": (Maker("John Yolen"),)}, False, id="another creator"),
        pytest.param({"identifiers": (), "format": Format.EBOOK}, True, id="as an e-book"),
        pytest.param({"identifiers": (), "format": Format.PICTURE_BOOK}, True, id="as a picture book"),
        pytest.param({"identifiers": (), "format": Format.GRAPHIC_NOVEL}, False, id="as a graphic novel"),
        pytest.param({"identifiers": (), "format": Format.ARTICLE}, False, id="as an article"),
        pytest.param({"identifiers": (), **FILMED}, False, id="as a film"),
        pytest.param({"identifiers": (("isbn", "9780140501827"),), **SPOKEN}, True, id="read aloud, with its number"),
        pytest.param({"identifiers": (), "title": "Owl moon. Volume 2", **SPOKEN}, False, id="another volume"),
        pytest.param({"identifiers": (("isbn", "9780140501827"),)}, False, id="an edition with its own number"),
        pytest.param({"identifiers": (("record", ":77"),)}, True, id="a number of nobody, and the title"),
    ],
)
def test_a_record_finds_what_it_is_about(changed, found):
    assert (kept(OWL).find(replace(OWL, **changed)) is not None) is found


def test_a_number_without_a_library_is_believed_only_with_the_title():
    shelf = kept(replace(OWL, identifiers=(("record", ":1"),)))
    assert shelf.find(CatalogueRecord("Cooking for two", identifiers=(("record", ":1"),))) is None


def test_a_record_s_own_number_goes_before_numbers_that_others_share():
    shelf = kept(replace(OWL, identifiers=(("isbn", "9780399214578"),)), number=1)
    shelf.put(Known(2, "Owl moon", Mode.READING, "", "record LINC:1", numbers=frozenset({("record", "LINC:1")})))
    found = shelf.find(OWL)
    assert found is not None
    assert found.id == 2


AMULET = CatalogueRecord(
    "Amulet",
    makers=(Maker("Kazu Kibuishi"),),
    language="en",
    series="Amulet ; 1",
    identifiers=(("isbn", "9780439846806"),),
)
READ_ALOUD = replace(AMULET, **SPOKEN, identifiers=(("isbn", "9780545208864"),), origin="csv isbn 9780545208864")


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        pytest.param({}, True, id="another edition"),
        pytest.param({"series": ""}, True, id="of which no volume is said"),
        pytest.param({"series": "Amulet ; 02"}, False, id="another volume of the series"),
        pytest.param({"language": "es"}, False, id="a translation"),
        pytest.param({"makers": ()}, False, id="nobody named who made it"),
        pytest.param({"makers": (*AMULET.makers, Maker("Ann Ode", "adapter"))}, False, id="retold by another"),
        pytest.param({"makers": (*AMULET.makers, Maker("Ann Ode", "narrator"))}, True, id="read by another"),
        pytest.param({"makers": (Maker("Another"),)}, False, id="another creator"),
    ],
)
def test_an_edition_in_another_medium_is_known_by_all_that_is_said_of_it(changed, found):
    assert (kept(AMULET).find(replace(READ_ALOUD, **changed)) is not None) is found


def test_where_nobody_is_named_a_title_alone_joins_no_two_kinds():
    tales = replace(AMULET, title="Fairy tales", makers=(), identifiers=(), series="")
    for kind in (Format.PICTURE_BOOK, Format.EBOOK):
        assert kept(tales).find(replace(tales, format=kind)) is None
    assert kept(tales).find(tales) is not None


def test_of_two_works_with_one_title_nobody_says_which_was_read_aloud():
    shelf = kept(AMULET)
    shelf.put(known(replace(AMULET, identifiers=(("isbn", "9780439846813"),)), 2))
    assert shelf.find(READ_ALOUD) is None
    assert shelf.find(replace(READ_ALOUD, identifiers=())) is None
    # but what one of them took in before is met there again
    shelf.put(known(AMULET, 3, origins=frozenset({READ_ALOUD.origin})))
    found = shelf.find(replace(READ_ALOUD, identifiers=()))
    assert found is not None
    assert found.id == 3


def test_a_second_recording_with_a_number_of_its_own_is_a_thing_of_its_own():
    shelf = Shelf()
    shelf.put(known(AMULET, editions=",r h-a book,l h-a audiobook,"))
    assert shelf.find(READ_ALOUD) is None
    assert shelf.find(replace(READ_ALOUD, identifiers=())) is not None
    assert shelf.find(replace(AMULET, format=Format.EBOOK, identifiers=READ_ALOUD.identifiers)) is not None


def test_an_edition_that_stands_for_itself_is_met_by_its_number_before_the_work():
    shelf = kept(replace(AMULET, identifiers=(("lccn", "2007012345"),)))
    shelf.put(known(replace(READ_ALOUD, identifiers=(("lccn", "2007012345"),)), 2))
    found = shelf.find(replace(READ_ALOUD, identifiers=(("lccn", "2007012345"),)))
    assert found is not None
    assert found.id == 2


def test_what_is_only_taken_for_a_book_may_be_a_graphic_novel():
    drawn = replace(AMULET, format=Format.GRAPHIC_NOVEL)
    said = replace(AMULET, identifiers=())
    assert kept(drawn).find(said) is None
    assert kept(drawn).find(replace(said, guessed=True)) is not None
    shelf = kept(drawn)
    shelf.put(known(replace(AMULET, format=Format.PICTURE_BOOK), 2))
    found = shelf.find(replace(said, guessed=True))
    assert found is not None
    assert found.id == 2


def test_a_volume_at_the_end_of_a_long_title_keeps_it_apart():
    long = "The strange and wonderful adventures of a very small owl who " * 3
    first, second = (CatalogueRecord(f"{long} volume {number}", makers=OWL.makers) for number in (1, 2))
    assert first.match_key != second.match_key
    assert len(first.match_key) <= 200
    assert kept(first).find(second) is None
    assert kept(first).find(replace(first, **SPOKEN)) is not None


def test_the_name_of_a_record_without_a_number_is_that_of_its_edition():
    # it stands in origins of rows that are there, and so does not change
    assert replace(OWL, **SPOKEN).edition_key == "owl moon|jane yolen|audiobook"
    assert replace(OWL, **SPOKEN).match_key == "owl moon|jane yolen|book"


@pytest.mark.parametrize(("numbers", "first"), [((7, 3, 5), 3), ((-2, -1, -3), -1), ((-1, 9), 9)])
def test_of_several_that_are_the_same_the_first_one_that_came_is_found(numbers, first):
    bare = replace(OWL, identifiers=(), origin="")
    shelf = Shelf()
    for number in numbers:
        shelf.put(known(bare, number))
    found = shelf.find(bare)
    assert found is not None
    assert found.id == first
