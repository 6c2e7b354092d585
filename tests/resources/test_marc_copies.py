"""How records say which copies a library has, by its own conventions or by those that it named."""

import pytest

from engage.errors import Refused
from engage.resources import marc, marc_holdings
from engage.resources.marc_holdings import Conventions
from engage.resources.record import Place
from tests.resources.marc_records import TITLE, read
from tests.resources.marc_records import record as made


def test_each_copy_is_a_field_and_copies_of_one_shelf_stand_together():
    known = read(
        ("852", "  ", "a", "LIN", "b", "Main", "k", "FIC", "h", "GAI", "p", "T 1"),
        ("852", "  ", "a", "LIN", "b", "Main", "k", "FIC", "h", "GAI", "p", "T 2", "9", "1695"),
        ("852", "  ", "a", "LIN", "k", "FIC", "h", "GAI", "i", "2", "m", "LP"),
    )
    assert known.places == (Place("FIC GAI", "Main", 2, "T 1; T 2"), Place("FIC GAI 2 LP", "Library", 1))


@pytest.mark.parametrize(
    ("fields", "call"),
    [
        ([("082", "00", "a", "[Fic]")], "FIC GAI"),
        ([("082", "00", "a", "513.2/11", "a", "E")], "513.211 GAI"),
        ([("082", "00", "a", "[E]")], "E GAI"),
        ([("092", "  ", "a", "B LIN")], "PZ7.G12 Co 2002"),
        ([], "PZ7.G12 Co 2002"),
    ],
)
def test_without_a_shelf_mark_the_call_number_comes_from_the_class(fields, call):
    known = read(("100", "1 ", "a", "Gaiman, Neil."), ("050", "00", "a", "PZ7.G12", "b", "Co 2002"), *fields)
    assert known.places == (Place(call, "Library"),)


def test_a_title_entry_and_a_name_of_two_words_give_their_first_letters():
    assert read(("082", "00", "a", "398.2")).places[0].call_number == "398.2 COR"
    assert read(("082", "00", "a", "[Fic]"), ("100", "1 ", "a", "St. John, Noah")).places[0].call_number == "FIC STJ"


def held(*fields: tuple, **told) -> tuple[Place, ...]:
    """The copies of a record whose library writes them in its own way."""
    return marc.read(made(TITLE, *fields), "Library", Conventions(**told)).places


@pytest.mark.parametrize(
    ("fields", "told", "places"),
    [
        (
            [("949", "  ", "a", "FIC GAI", "l", "Hall", "i", code) for code in ("T1", "T2")],
            {"tag": "949", "call": "a", "place": "l", "barcode": "i"},
            [Place("FIC GAI", "Hall", 2, "T1; T2")],
        ),
        ([("852", "  ", "b", "FIC", "h", "GAI", "t", "3 copies")], {"copies": "t"}, [Place("GAI", "FIC", 3)]),
        (
            [("852", "  ", "b", "fic", "h", "GAI")],
            {"names": (("FIC", "Fiction room"),)},
            [Place("GAI", "Fiction room")],
        ),
        (
            [("852", "  ", "a", "LINC", "h", "GAI"), ("852", "  ", "a", "ROOS", "h", "X"), ("852", "  ", "h", "Y")],
            {"site": "a", "ours": ("linc",)},
            [Place("GAI", "Library")],
        ),
        ([("852", "  ", "c", "Second", "b", "First", "h", "GAI")], {"place": "cb"}, [Place("GAI", "Second")]),
        ([("952", "  ", "o", "GAI")], {}, [Place("", "Library")]),
        ([], {"tag": "949"}, [Place("", "Library")]),
    ],
)
def test_copies_are_read_as_the_library_writes_them(fields, told, places):
    assert held(*fields, **told) == tuple(places)


@pytest.mark.parametrize("fields", [[], [("852", "  ", "a", "ROOS", "h", "X")]])
def test_a_record_of_other_libraries_only_is_left_out(fields):
    with pytest.raises(marc.Unusable, match="in this library"):
        held(*fields, site="a", ours=("LINC",))


@pytest.mark.parametrize(
    ("told", "about"),
    [({"tag": "85"}, "tag"), ({"tag": "001"}, "tag"), ({"call": "k h"}, "call"), ({"copies": "tt"}, "copies"),
     ({"ours": ("LINC",)}, "site"), ({"barcode": "$"}, "barcode")],
)  # fmt: skip
def test_conventions_by_which_nothing_could_be_read_are_refused(told, about):
    with pytest.raises(Refused) as refused:
        marc_holdings.check(Conventions(**told))
    assert refused.value.about == about


def test_conventions_are_remembered_as_they_were_said():
    told = Conventions("949", "a", "l", "i", "t", "a", ("LINC",), (("FIC", "Fiction"),))
    assert marc_holdings.conventions_of(told.mapping) == told
    assert marc_holdings.conventions_of("") is None
