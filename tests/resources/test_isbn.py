"""An ISBN is read however a spreadsheet or a cataloguer left it. Source: STANDARDS.md, 3.2."""

import pytest

from engage.errors import Refused
from engage.resources import isbn


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0439928249 (pbk.)", "9780439928243"),
        ("0-439-92824-9", "9780439928243"),
        ("080442957X", "9780804429573"),
        ("1-56006-691-1 (hardcover : alk. paper) : $9.95", "9781560066910"),
        ("979-10-90636-07-1", "9791090636071"),
        ("0439928248 (pbk.)", ""),
        ("07614", ""),
        ("9780439928244", ""),
        ("", ""),
        ("ISBN", ""),
        ("९७८०४३९९२८२४३", ""),
    ],
)
def test_a_cataloguers_isbn_is_thirteen_digits_or_nothing(written, read):
    assert isbn.isbn_in(written) == read


@pytest.mark.parametrize("damaged", ['="0142410373"', "0142410373", " 142410373 ", "0142410373.", "=0142410373"])
def test_what_a_spreadsheet_did_to_an_isbn_is_mended(damaged):
    assert isbn.read_isbn(damaged) == "9780142410370"


@pytest.mark.parametrize("rounded", ["9.78014E+12", "9,78014e+12", "9.78E12"])
def test_an_isbn_that_a_spreadsheet_rounded_is_refused_with_the_reason(rounded):
    with pytest.raises(Refused) as refused:
        isbn.read_isbn(rounded)
    assert "rounded" in refused.value.sentence


@pytest.mark.parametrize("wrong", ["", "12345678", "142410374", "9780142410371", "not a number"])
def test_what_is_no_isbn_is_refused(wrong):
    with pytest.raises(Refused):
        isbn.read_isbn(wrong)


def test_an_isbn_of_a_range_nobody_knows_is_shown_without_hyphens():
    assert isbn.shown("9780142410370") == "978-0-14-241037-0"
    assert isbn.shown("9786500000009") in ("9786500000009", "978-65-00-00000-9")
    assert isbn.shown("nonsense") == "nonsense"
