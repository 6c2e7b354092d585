"""A table is taken apart whoever wrote it, and a bad row costs itself. Source: SAFETY.md, U2 and U3."""

import gzip
import io
import random

import pytest

from engage.resources.opening import NoFile, Pieces
from engage.resources.table_file import (
    DAMAGED,
    LONGEST_LINE,
    NULS,
    WINDOWS,
    NoTable,
    Row,
    check_is_text,
    delimiter_of,
    rows_in,
)

MOST = 64 * 1024 * 1024


def read(body: bytes | str, most: int = MOST) -> list[Row]:
    return list(rows_in(Pieces(io.BytesIO(body.encode() if isinstance(body, str) else body), most)))


def cells(body: bytes | str) -> list[tuple[str, ...]]:
    return [row.cells for row in read(body)]


HEAD = ("Title", "Author")
OWL = ("Owl Moon", "Jane Yolen")


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_whatever_stands_between_cells_and_lines(sign, end):
    assert cells(f"Title{sign}Author{end}Owl Moon{sign}Jane Yolen{end}") == [HEAD, OWL]
    assert cells(f"Title{sign}Author{end}Owl Moon{sign}Jane Yolen") == [HEAD, OWL]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom", "cp1252", "gzip"]
)
def test_letters_are_read_as_what_they_are(encoding):
    text = 'Title,Author\n"El búho, “Niño”",Á. É\n'
    body = {
        "utf-16-le-bom": b"\xff\xfe" + text.encode("utf-16-le"),
        "utf-16-be-bom": b"\xfe\xff" + text.encode("utf-16-be"),
        "gzip": gzip.compress(text.encode()),
    }.get(encoding) or text.encode(encoding)
    (_, row) = read(body)
    assert row.cells == ("El búho, “Niño”", "Á. É")
    assert row.notes == ((WINDOWS,) if encoding == "cp1252" else ())


def test_lines_of_two_encodings_are_both_read():
    rows = read(b"Title\nb\xc3\xbaho\nb\xfaho\nb\xc3\xbaho \xff\n")
    assert [(row.cells[0], row.notes) for row in rows[1:]] == [
        ("búho", ()),
        ("búho", (WINDOWS,)),
        ("búho \ufffd", (DAMAGED,)),
    ]


def test_a_row_may_take_several_lines_and_is_numbered_by_its_first():
    rows = read('Title,Note\n"Owl\nMoon","said ""hoo"""\n\n , \nLast,one\n')
    assert [(row.line, row.cells) for row in rows[1:]] == [(2, ("Owl\nMoon", 'said "hoo"')), (6, ("Last", "one"))]


def test_a_quotation_mark_that_nobody_closed_costs_its_line():
    body = 'Title,Author\nOne,A\n"Two,B\nThree,C\n' + "".join(f"Book {n},D\n" for n in range(300))
    rows = read(body)
    assert [row.line for row in rows if row.problem] == [3]
    assert "never closed" in next(row.problem for row in rows if row.problem)
    assert len(rows) == 304
    assert [row.cells[0] for row in rows if row.line in (2, 4)] == ["One", "Three"]


def test_a_quotation_mark_within_a_word_or_among_tabs_does_no_harm():
    assert cells('Title,Author\nThe 5" disk,A\n"Owl" Moon,B\n')[1:] == [('The 5" disk', "A"), ("Owl Moon", "B")]
    assert cells('Title\tAuthor\n"Two\tB\nThree\tC\n')[1:] == [('"Two', "B"), ("Three", "C")]


def test_a_line_of_ten_megabytes_costs_itself():
    rows = read(b"Title,Author\nOne,A\n" + b"x" * (10 * 2**20) + b",B\nThree,C\n")
    assert [(row.line, bool(row.problem)) for row in rows] == [(1, False), (2, False), (3, True), (4, False)]
    assert rows[2].problem == "The line is longer than a row can be."
    assert max(len(cell) for row in rows for cell in row.cells) < 20


def test_a_long_line_at_the_end_or_within_a_quotation_costs_no_neighbour():
    rows = read(b"Title\nOne\n" + b"x" * (LONGEST_LINE + 5))
    assert [bool(row.problem) for row in rows] == [False, False, True]
    rows = read(b'Title,Note\nOne,"a\n' + b"x" * (LONGEST_LINE + 5) + b'\nb"\nTwo,c\n')
    assert [row.cells[0] for row in rows if row.cells and not row.problem][-1] == "Two"


def test_signs_that_are_none_are_left_out():
    (_, row) = read(b"Title\nOwl\x00 Moon\n")
    assert (row.cells, row.notes) == (("Owl Moon",), (NULS,))


@pytest.mark.parametrize(("written", "meant"), [("'=1+1", "=1+1"), ("'-5", "-5"), ("'tis", "'tis"), ("'", "'")])
def test_the_mark_against_formulas_goes_as_our_own_tables_put_it(written, meant):
    assert cells(f"Title\n{written}\n")[1] == (meant,)


@pytest.mark.parametrize("body", [b"", b"  \n", b"\x00\x01\x02\x03" * 50])
def test_nothing_and_noise_are_no_tables(body):
    with pytest.raises(NoTable):
        check_is_text(body)


def test_a_bomb_is_left_as_soon_as_it_swells():
    with pytest.raises(NoTable) as no:
        read(gzip.compress((b"x" * 2_000 + b",y\n") * 40_000))
    assert "unpacks to far more" in str(no.value)
    with pytest.raises((NoTable, NoFile), match="larger than"):
        read(b"x,y\n" * 1000, most=1000)


@pytest.mark.parametrize(
    ("head", "sign"), [("a;b;c", ";"), ("a,b;c,d", ","), ('"a;b",c', ","), ("a\tb", "\t"), ("a", ",")]
)
def test_what_stands_between_cells_is_seen_in_the_headings(head, sign):
    assert delimiter_of(head) == sign


def test_thousands_of_damaged_tables_raise_nothing_else():
    chance = random.Random(7)
    good = ("Title,Author,Note\n" + '"Owl, Moon",Yolen,"a ""b"" c"\nBúho;x,y,\'=z\n' * 5).encode()
    for _ in range(3_000):
        raw = bytearray(good)
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(raw))
            act = chance.randrange(3)
            if act == 0:
                raw[at] = chance.randrange(256)
            elif act == 1:
                raw[at:at] = bytes(chance.choice(b'"\r\n\x00,\xff') for _ in range(chance.randint(1, 9)))
            else:
                del raw[at : at + chance.randint(1, 20)]
        for row in read(bytes(raw)):
            assert row.line >= 1
            assert "\x00" not in "".join(row.cells)
