"""Reads an ISBN however it was written or damaged, and writes it as thirteen digits; asks nobody on the network.

Source: STANDARDS.md, 3.2.
"""

import re

import isbnlib

from engage.errors import Refused

ROUNDED = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)
WRAPPED = re.compile(r'^\s*=\s*"?([^"]*)"?\s*$')
SPACED = re.compile(r"\s*\d[\d\s-]{8,30}[\dXx]\s*", re.ASCII)
NINE = re.compile(r"\d{8}[\dXx]")


def isbn_in(text: str) -> str:
    """The first ISBN in a cataloguer's text, as thirteen digits; "" where there is none or its check digit is wrong.

    "0439928249 (pbk.)" is one. Any range is taken, for tables of ranges grow old; the check digit is enough.
    """
    found = [*isbnlib.get_isbnlike(text[:200]), *([text] if SPACED.fullmatch(text) else [])]
    return next((number for each in found if (number := thirteen(each))), "")


def thirteen(text: str) -> str:
    """An ISBN of ten or thirteen digits as thirteen, whatever stands between them; "" where it is none."""
    digits = re.sub(r"[^0-9Xx]", "", text)
    if len(digits) == 10 and isbnlib.is_isbn10(digits.upper()):
        return str(isbnlib.to_isbn13(digits.upper()))
    return digits if len(digits) == 13 and isbnlib.is_isbn13(digits) else ""


def ten(isbn: str) -> str:
    """The form of ten digits of one of thirteen; "" where it has none."""
    return str(isbnlib.to_isbn10(isbn) or "")


def read_isbn(text: str) -> str:
    """An ISBN that a person typed or that went through a spreadsheet, as thirteen digits.

    Spreadsheets lose a leading zero and wrap numbers in ="…"; both are mended. What they rounded is lost.
    Raises Refused.
    """
    found = WRAPPED.match(text)
    bare = (found[1] if found else text).strip()
    if ROUNDED.fullmatch(bare):
        raise Refused("A spreadsheet has rounded this ISBN, and its last digits are gone. Copy it again as text.")
    known = isbn_in(bare)
    digits = re.sub(r"[- ]", "", bare)
    if not known and NINE.fullmatch(digits):
        known = thirteen("0" + digits)
    if not known:
        raise Refused(f"“{bare[:40]}” is no ISBN: it has ten or thirteen digits, and the last one checks the others.")
    return known


def shown(isbn: str) -> str:
    """An ISBN with its hyphens where they are known, else as it is."""
    try:
        return isbnlib.mask(isbn) or isbn
    except isbnlib.NotValidISBNError:
        return isbn
