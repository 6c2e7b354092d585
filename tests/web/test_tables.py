import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.web.tables import RISKY, attachment, cell, csv_answer, csv_text

NUMBERS = ["-5", "+5", "-5.25", "-5,25", "+0"]
FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff20x",
    "-",
    "+a",
    "--5",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_taken_for_a_formula(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_that_is_text_stays_a_number(text):
    assert cell(text) == text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (-5, -5),
        (0.5, 0.5),
        (Decimal("-1.50"), Decimal("-1.50")),
        (date(2026, 11, 14), "2026-11-14"),
        (datetime(2026, 11, 14, 9, 5, tzinfo=UTC), "2026-11-14T09:05:00+00:00"),
        ("9780064430227", "9780064430227"),
        ("a\x00=1", "a=1"),
        ("\x00=1", "'=1"),
    ],
)
def test_each_kind_of_cell(value, written):
    assert cell(value) == written


def test_a_table_opens_in_a_spreadsheet():
    body = csv_text(["Title", "Minutes"], [("Sea, stars", 20), ('The "Ark"', None), ("Zwei\nZeilen", 5)])
    assert body.startswith(b"\xef\xbb\xbfTitle,Minutes\r\n")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert rows[1:] == [["Sea, stars", "20"], ['The "Ark"', ""], ["Zwei\nZeilen", "5"]]


@given(st.lists(st.tuples(st.text(), st.text()), max_size=20))
def test_every_text_comes_back_and_none_is_risky(pairs):
    body = csv_text(["a", "b"], pairs).decode("utf-8-sig", "surrogatepass") if _writable(pairs) else ""
    for row, pair in zip(list(csv.reader(io.StringIO(body, newline="")))[1:], pairs, strict=False):
        for written, text in zip(row, pair, strict=True):
            bare = text.replace("\x00", "")
            assert written.removeprefix("'" if bare[:1] in RISKY and bare else "") == bare or written == bare


def _writable(pairs):
    return all(not "\ud800" <= letter <= "\udfff" for pair in pairs for text in pair for letter in text)


async def test_a_long_table_comes_in_pieces():
    answer = csv_answer("log.csv", ["n"], ((n,) for n in range(1_200)))
    pieces = [piece async for piece in answer.body_iterator]
    assert len(pieces) == 3
    assert b"".join(pieces).decode("utf-8-sig").split() == ["n", *map(str, range(1_200))]
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    ("name", "plain", "whole"),
    [
        ("sea-stories.csv", "sea-stories.csv", "sea-stories.csv"),
        ("Café à gogo.csv", "Caf  gogo.csv", "Caf%C3%A9%20%C3%A0%20gogo.csv"),
        ('a"b\r\nSet-Cookie: x.csv', "abSet-Cookie x.csv", "abSet-Cookie%20x.csv"),
        ("../../etc/passwd", "etcpasswd", "etcpasswd"),
        ("", "download", "download"),
        ("春.csv", ".csv", "%E6%98%A5.csv"),
    ],
)
def test_a_downloads_name_is_harmless(name, plain, whole):
    assert attachment(name) == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}"
