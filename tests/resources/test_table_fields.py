"""What columns are, and what a row says; the exports of reading apps give titles only. Source: STANDARDS.md, 5.4."""

import io
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engage.engagement.rules import Mode
from engage.promotion.exports import HEAD
from engage.resources import table_fields, table_worker
from engage.resources.record import Address, CatalogueRecord, Maker, Place, from_json, to_json
from engage.resources.rules import Format
from engage.resources.table_fields import Reading, Unusable, guess, makers_in, read
from tests.data import counted, shared


def row(shelf: bool = False, kind: str = "csv", **cells: str) -> tuple[CatalogueRecord, tuple[str, ...]]:
    columns = {field: (place,) for place, field in enumerate(cells)}
    return read(tuple(cells.values()), Reading(columns, kind, shelf, "Library"))


@pytest.mark.parametrize(
    ("head", "columns"),
    [
        ("Title,Author,ISBN", {"title": 0, "creators": 1, "isbn": 2}),
        ("ISBN-13;TITLE;CALL NUMBER;Copies", {"isbn": 0, "title": 1, "call": 2, "copies": 3}),
        ("Barcode,Call Number,Title,Author,Sublocation,Publication Year",
         {"barcode": 0, "call": 1, "title": 2, "creators": 3, "location": 4, "year": 5}),
        (",".join(HEAD),
         {"title": 2, "creators": 3, "format": 5, "minutes": 6, "pages": 7, "year": 8, "publisher": 9, "language": 10,
          "isbn": 11, "call": 13, "location": 14, "copies": 15, "url": 16}),
        ("Title,Title", {"title": 0}),
        ("Foo,Bar", {}),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_headings(head, columns):
    sign = ";" if ";" in head else ","
    assert {field: places[0] for field, places in guess(head.split(sign)).items()} == columns


def test_isbns_are_known_by_themselves_under_any_heading():
    rows = [["A", "9780064440202", "2068000109"], ["B", "978-0-06-444020-2", "2068000117"], ["C", "", ""]]
    assert guess(["Name of the book", "Num", "Ours"], rows) == {"isbn": (1,)}
    assert guess(["Name of the book", "ISBN", "Num"], [["A", "", "9780064440202"]]) == {"isbn": (1,)}
    assert guess(["Name of the book", "Num"], [["A", "9780064440203"]]) == {}
    assert guess(["Name of the book", "Num"]) == {}


def test_a_row_of_a_library_says_all_that_it_has():
    known, notes = row(
        title="Owl Moon",
        creators="Yolen, Jane; Schoenherr, John",
        isbn='="0399214577"',
        number="4711",
        format="Hardcover",
        summary="A girl.",
        subjects="Owls; Winter; Owls",
        language="Spanish",
        audience="K-3",
        publisher="Philomel",
        year="c1987.",
        pages="32 p.",
        series="Read it",
        call="E YOL",
        location="Picture books",
        copies="2",
        barcode="T1, T2",
        cover="https://example.org/c.jpg",
    )
    assert notes == ()
    assert (known.makers, known.format, known.mode) == (
        (Maker("Jane Yolen"), Maker("John Schoenherr")),
        Format.BOOK,
        Mode.READING,
    )
    assert known.identifiers == (("record", ":4711"), ("isbn", "9780399214578"))
    assert [term.text for term in known.subjects] == ["Owls", "Winter"]
    assert (known.language, known.audience_low, known.audience_high, known.year, known.pages) == ("es", 0, 3, 1987, 32)
    assert (known.places[0].call_number, known.places[0].location, known.places[0].copies) == (
        "E YOL",
        "Picture books",
        2,
    )
    assert (known.origin, known.cover) == ("csv record :4711", "https://example.org/c.jpg")


@pytest.mark.parametrize(
    ("cells", "shelf", "places"),
    [
        ({}, True, (Place("", "Library"),)),
        ({}, False, ()),
        ({"copies": "0"}, True, ()),
        ({"copies": "3"}, False, (Place("", "Library", 3),)),
        ({"call": "E YOL"}, False, (Place("E YOL", "Library"),)),
        ({"barcode": "1; 2; 3"}, False, (Place("", "Library", 3, "1; 2; 3"),)),
        ({"url": "https://example.org"}, True, ()),
        ({"url": "https://example.org", "copies": "1"}, True, (Place("", "Library"),)),
    ],
)
def test_where_copies_stand(cells, shelf, places):
    assert row(shelf, title="Owl Moon", **cells)[0].places == places


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        ({"isbn": "9.78E+12"}, "A spreadsheet has rounded this ISBN"),
        ({"isbn": "0399214578"}, "is no ISBN"),
        ({"format": "papyrus"}, "“papyrus” is no kind we know; it is taken for a book."),
        ({"url": "javascript:alert(1)"}, "is no address of the web"),
        ({"copies": "some"}, "is no number of copies"),
        ({"year": "19x7"}, "“19x7” says no year that we can read; it is left out."),
        ({"audience": "twelve or so"}, "“twelve or so” says no grades that we can read; it is left out."),
        ({"pages": "many"}, "“many” says no number of pages that we can read; it is left out."),
        ({"minutes": "a while"}, "“a while” says no length that we can read; it is left out."),
    ],
)
def test_what_cannot_be_read_is_left_out_and_noted(cells, note):
    known, notes = row(title="Owl Moon", **cells)
    assert note in " ".join(notes)
    assert (known.identifiers, known.addresses) == ((), ())


@pytest.mark.parametrize("title", ["", "\u202e\x01"])
def test_a_row_without_a_title_is_refused(title):
    with pytest.raises(Unusable):
        row(title=title, creators="Jane Yolen")


def test_an_address_of_the_web_is_a_link():
    known, _ = row(title="Owls", url="https://example.org/owls", format="Website")
    assert (known.addresses, known.format) == ((Address("https://example.org/owls"),), Format.WEBSITE)


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Gaiman, Neil", ["Neil Gaiman"]),
        ("Neil Gaiman", ["Neil Gaiman"]),
        ("Neil Gaiman, Terry Pratchett", ["Neil Gaiman", "Terry Pratchett"]),
        ("Gaiman, Neil; McKean, Dave", ["Neil Gaiman", "Dave McKean"]),
        ("Le Guin, Ursula K.", ["Ursula K. Le Guin"]),
        ("Seanan McGuire & Amy Mebberson", ["Seanan McGuire", "Amy Mebberson"]),
        ("Martin Luther King, Jr.", ["Martin Luther King Jr."]),
        ("King, Martin Luther, Jr.", ["Martin Luther King Jr."]),
        ("National Geographic|Homer", ["National Geographic", "Homer"]),
        ("", []),
        ("Neil Gaiman; neil gaiman", ["Neil Gaiman"]),
    ],
)
def test_names_are_shown_as_they_are_said(cell, names):
    assert [maker.name for maker in makers_in([cell])] == names


@pytest.mark.parametrize(
    ("word", "format"),
    [
        ("Kindle Edition", Format.EBOOK),
        ("Audible Audio", Format.AUDIOBOOK),
        ("Board book", Format.BOOK),
        ("Graphic Novel", Format.GRAPHIC_NOVEL),
        ("DVD", Format.FILM),
        ("picture book", Format.PICTURE_BOOK),
        ("e-book", Format.EBOOK),
        *((str(each), each) for each in Format),
    ],
)
def test_kinds_are_known_by_the_words_of_shops_and_cataloguers(word, format):
    assert row(title="Owl Moon", format=word)[0].format is format


@pytest.mark.parametrize(
    ("text", "minutes"), [("95", 95), ("1 hr 35 min", 95), ("1:35:00", 95), ("", None), ("long", None), ("0", None)]
)
def test_how_long_it_is(text, minutes):
    assert table_fields.minutes_of(text) == minutes


@pytest.mark.parametrize(
    ("text", "tag"), [("English", "en"), ("eng", "en"), ("es-MX", "es"), ("Español", ""), ("", ""), ("zz", "")]
)
def test_languages_are_known_by_name_and_code(text, tag):
    assert table_fields.language_of(text) == tag


# what each export gives: titles, and for each whether it has creators and an ISBN
EXPORTS = {
    "bookwyrm__bookwyrm.csv": (
        "BookWyrm",
        [
            ("我穿我自己", "琅俨", ""),
            ("Ottolenghi Simple", "Yotam Ottolenghi", "9780449017036"),
            ("The Blue Bedspread", "Raj Kamal Jha", "9780375503122"),
        ],
    ),
    "bookwyrm__calibre.csv": ("calibre", [("That Ain't Witchcraft", "Seanan McGuire", "9780756411800")]),
    "bookwyrm__generic.csv": (
        "",
        [
            ("Gideon the Ninth", "Tamsyn Muir", "9781250313195"),
            ("Harrow the Ninth", "Tamsyn Muir", ""),
            ("Subcutanean", "Aaron A. Reed", ""),
            ("Patisserie at Home", "Mélanie Dupuis", "9780062445315"),
        ],
    ),
    "bookwyrm__goodreads.csv": (
        "Goodreads",
        [
            ("Gideon the Ninth", "Tamsyn Muir", "9781250313195"),  # without "(The Locked Tomb #1)"
            ("Subcutanean", "Aaron A. Reed", ""),
            ("Patisserie at Home", "Mélanie Dupuis; Anne Cazor", "9780062445315"),
        ],
    ),
    "bookwyrm__librarything.tsv": (
        "LibraryThing",
        [
            ("Marelle", "Julio Cortazar", "9782070291342"),
            (
                "Le grand incendie de Londres: Récit, avec incises et bifurcations, 1985-1987 (Fiction & Cie)",
                "Jacques Roubaud",
                "9782020104722",
            ),
            ("Le Maître et Marguerite", "Mikhaïl Boulgakov", "9782266062329"),  # only "[2266062328]" is there
        ],
    ),
    "bookwyrm__storygraph.csv": (
        "StoryGraph",
        [
            ("Always Coming Home", "Ursula K. Le Guin; Todd Barton; Margaret Chodos-Irvine", "9780520227354"),
            ("Subprime Attention Crisis", "Tim Hwang", "9780374538651"),  # written with ten digits
        ],
    ),
}
# it names works by numbers of Open Library's own only, so that there is nothing to bring in
NO_TITLES = {"bookwyrm__openlibrary.csv"}


def said_of(path: Path, asked: dict) -> list[dict]:
    with path.open("rb") as file:
        return list(table_worker.said_of(file, asked, 0))


def test_every_export_of_the_collection_is_read_for_titles_creators_and_isbns_only():
    folder = shared("reader-exports")
    assert {path.name for path in folder.iterdir()} == EXPORTS.keys() | NO_TITLES
    for path in sorted(folder.iterdir()):
        look = said_of(path, {"do": "look", "most": MOST})[0]["look"]
        export = table_fields.export_of(look["head"])
        assert export is not None, path.name
        columns = table_fields.columns_of(export, look["head"])
        if path.name in NO_TITLES:
            assert "title" not in columns
            continue
        name, expected = EXPORTS[path.name]
        assert export.name == name
        asked = {"do": "read", "most": MOST, "kind": "titles", "shelf": False, "location": "", "columns": columns}
        said = said_of(path, asked)[:-1]
        assert len(said) == int(counted()[f"reader-exports/{path.name}"].split()[0]), path.name
        records = [from_json(each["record"]) for each in said]
        assert [(known.title, known.creators, dict(known.identifiers).get("isbn", "")) for known in records] == expected
        # nothing else is taken, whatever else stands in the file
        assert {field for each in said for field in each["record"]} <= TAKEN


MOST = 2**24
# guessed: that they do not say what kind it is
TAKEN = {"title", "makers", "mode", "format", "guessed", "identifiers", "origin"}


def test_rows_about_one_thing_are_its_copies():
    body = (
        "Title,ISBN,Call,Location,Barcode\n"
        "Owl Moon,0399214577,E YOL,Library,T1\n"
        "Coraline,,FIC GAI,Library,T2\n"
        "Owl Moon,0399214577,E YOL,Library,T3\n"
        "Owl Moon,0399214577,E YOL,Room 4,T4\n"
        "Owl Moon,0399214577,E YOL,Library,T1\n"
    )
    columns = {"title": [0], "isbn": [1], "call": [2], "location": [3], "barcode": [4]}
    asked = {"do": "read", "most": MOST, "kind": "csv", "shelf": True, "location": "Library", "columns": columns}
    said = list(table_worker.said_of(io.BytesIO(body.encode()), asked, 0))
    assert list(said[0]["record"]["places"]) == [
        {"call_number": "E YOL", "location": "Library", "copies": 2, "barcodes": "T1; T3"},
        {"call_number": "E YOL", "location": "Room 4", "copies": 1, "barcodes": "T4"},
    ]
    assert [(each["number"], each.get("copy")) for each in said[:-1]] == [(2, None), (3, None), (4, 2), (5, 2), (6, 2)]
    # begun again further down, copies are still those of their first row
    again = table_worker.said_of(io.BytesIO(body.encode()), asked, 3)
    assert [each["number"] for each in again if "number" in each] == [4, 5, 6]


def test_a_long_table_says_that_it_is_read_and_begins_a_piece_each_time():
    body = "Title\n" + "".join(f"Book {number}\n" for number in range(4_100))
    asked = {"do": "read", "most": MOST, "kind": "csv", "shelf": False, "location": "", "columns": {"title": [0]}}
    said = list(table_worker.said_of(io.BytesIO(body.encode()), asked, 4_050))
    # in each of the two passes, the second of which leaves out what was answered before
    assert [each["read"] for each in said[:4]] == [2_000, 4_000, 2_000, 4_000]
    assert [count for count, each in enumerate(said) if table_worker.begins_piece(count, each)] == [0, 1, 2, 3, 50]


def test_the_copies_of_one_thing_are_counted_as_quickly_as_those_of_many():
    known, _ = row(title="Owl Moon", call="E YOL")
    copies: table_worker.Copies = {}
    began = time.process_time()
    for number in range(16_000):
        table_worker._count(copies, replace(known, places=(Place("E YOL", "Library", 1, f"T{number}"),)))
    ((count, codes),) = copies.values()
    assert (count, list(codes)[:2]) == (16_000, ["T0", "T1"])
    # a hundred times more than it takes, and a third of what comparing each with each took
    assert time.process_time() - began < 0.7


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("399214577", ("9780399214578", "Read out of “399214577”.")),
        ('="0399214577"', ("9780399214578", "")),
        ("0-399-21457-7", ("9780399214578", "")),
        ("9780399214578", ("9780399214578", "")),
        ("0399214577 (lib. bdg.)", ("9780399214578", "Read out of “0399214577 (lib. bdg.)”.")),
        ("9.78E+12", ("", "A spreadsheet has rounded this ISBN")),
        ("0399214578", ("", "is no ISBN")),
    ],
)
def test_a_pasted_isbn_is_mended_or_refused_with_the_reason(text, said):
    (answer, _) = table_worker.said_of(io.BytesIO(text.encode()), {"do": "isbn", "most": MOST}, 0)
    isbn, why = said
    assert answer.get("isbn", "") == isbn
    assert why in (answer.get("refused") or " ".join(answer["notes"]))


def test_isbns_may_stand_in_lines_or_cells_or_with_blanks_between():
    text = "9780399214578\n0142410373,0439928249\n0399214577 0142410373\n"
    said = list(table_worker.said_of(io.BytesIO(text.encode()), {"do": "isbn", "most": MOST}, 0))
    assert [each["number"] for each in said[:-1]] == [1, 2, 3, 4, 5]
    assert [each.get("isbn") for each in said[:-1]] == [
        "9780399214578", "9780142410370", "9780439928243", "9780399214578", "9780142410370",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (("a," * 16_385).encode(), "16,386 columns"),
        (b"PK\x03\x04" + b"\x00" * 42_000, "Excel workbook or an archive"),
        (b"", "empty"),
        (b"\x00\x07" * 500, "neither MARC nor MARCXML"),
        (b'"' + b"x" * 400_000, "first line"),
    ],
)
def test_what_is_no_table_says_so(body, why):
    said = list(table_worker.said_of(io.BytesIO(body), {"do": "look", "most": MOST}, 0))
    assert why in said[0]["stopped"]


def test_what_a_row_says_goes_through_json_and_back():
    known, _ = row(title="Owl Moon", creators="Jane Yolen", call="E YOL", isbn="0399214577")
    assert from_json(json.loads(json.dumps(to_json(known)))) == known
