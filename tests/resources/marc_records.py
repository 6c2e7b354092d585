"""Builds MARC records for tests, and writes them as a library's system would."""

from typing import Any

import pymarc
from pymarc import Field, Indicators, Leader, Record, Subfield

from engage.resources import marc
from engage.resources.record import CatalogueRecord


def record(*fields: tuple[Any, ...], kind: str = "am", fixed: str = "") -> Record:
    """A record. fields: (tag, text) for control fields, (tag, "ind", "a", text, "b", text …) for others.

    kind: Leader/06-07. fixed: 008 from position 6 on, so that tests need not count dates.
    """
    made = Record()
    made.leader = Leader(f"00000n{kind} a2200000 a 4500")
    if fixed:
        made.add_field(Field("008", data="010101" + fixed.ljust(34)))
    for tag, *rest in fields:
        if tag < "010":
            made.add_field(Field(tag, data=rest[0]))
        else:
            indicators, *parts = rest
            pairs = [Subfield(code, text) for code, text in zip(parts[::2], parts[1::2], strict=True)]
            made.add_field(Field(tag, Indicators(*indicators.ljust(2)), pairs))
    return made


def book(number: int = 1, title: str = "Owl moon", *more: tuple[Any, ...], fixed: str = "") -> Record:
    """A book with a number, a title, a creator and an ISBN of its own."""
    return record(
        ("001", f"{number:08d}"),
        ("003", "LINC"),
        ("020", "  ", "a", isbn_of(number)),
        ("245", "10", "a", f"{title} /", "c", "Jane Yolen."),
        ("100", "1 ", "a", "Yolen, Jane."),
        *more,
        fixed=fixed,
    )


def isbn_of(number: int) -> str:
    """An ISBN with a right check digit, one for each number."""
    digits = f"978{number:09d}"
    return digits + str(-sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits)) % 10)


def iso2709(*records: Record) -> bytes:
    """Records as a binary file, in UTF-8."""
    return b"".join(each.as_marc() for each in records)


def marcxml(*records: Record) -> bytes:
    """Records as MARCXML."""
    parts = [pymarc.record_to_xml(each) for each in records]
    return b'<collection xmlns="http://www.loc.gov/MARC21/slim">' + b"".join(parts) + b"</collection>"


TITLE = ("245", "10", "a", "Coraline")


def read(*fields: tuple[Any, ...], kind: str = "am", fixed: str = "") -> CatalogueRecord:
    """What a record with these fields says, and a title if they have none."""
    named = fields if any(field[0] == "245" for field in fields) else (TITLE, *fields)
    return marc.read(record(*named, kind=kind, fixed=fixed), "Library")
