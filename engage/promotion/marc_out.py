"""What of a list stands on our shelves, as MARC 21, to be taken into another catalogue.

The records are built from what the catalogue says; the originals are not kept. Reading measures and barcodes are in
none of them. Source: loc.gov/marc/bibliographic; STANDARDS.md, 3.1 and 6.3.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pymarc
from pymarc import Field, Indicators, Subfield
from starlette.requests import Request
from starlette.responses import Response

from engage.engagement.rules import Mode
from engage.promotion.exports import things_of
from engage.promotion.outgoing import given, published
from engage.promotion.references import one_line
from engage.resources.cited_names import given_of, name_of
from engage.resources.languages import to_marc
from engage.resources.record import ORGANIZATION
from engage.resources.rules import Format
from engage.resources.works import Work
from engage.web.marks import plain

MARC = "application/marc"
# a record may have 99,999 bytes, a field 9,999; source: ISO 2709
FIELD = 2_000  # characters, four bytes each at most
KINDS = {
    Mode.READING: ("a", "text", "txt"),
    Mode.VIEWING: ("g", "two-dimensional moving image", "tdi"),
    Mode.LISTENING: ("i", "spoken word", "spw"),
}
ROLES = {"illustrator": "ill", "translator": "trl", "editor": "edt", "narrator": "nrt", "director": "drt"}


async def list_marc(request: Request) -> Response:
    """What of a list stands on our shelves, as MARC 21."""
    curated = await published(request)

    async def make() -> bytes:
        pairs, works = await things_of(request, curated)
        held = [(works[row["resource_id"]], row) for row, _ in pairs if works[row["resource_id"]].shelves]
        return await asyncio.to_thread(records, held, request.user.school.name)

    return await given(request, curated, "mrc", MARC, make, name=f"{curated.slug}.mrc")


def records(held: Sequence[tuple[Work, Mapping[str, Any]]], library: str) -> bytes:
    """The records one after the other."""
    return b"".join(record_of(work, row, library).as_marc() for work, row in held)


def record_of(work: Work, row: Mapping[str, Any], library: str) -> Any:
    """A work as a record. row: of `items_of`, for the note, which is the list's own and so local (590)."""
    kind, words, code = KINDS[work.mode]
    if work.format is Format.MUSIC:
        kind, words, code = "j", "performed music", "prm"
    record: Any = pymarc.Record(force_utf8=True)
    record.leader = pymarc.Leader(f"00000n{kind}m a2200000 u 4500")
    record.add_field(
        Field("001", data=work.key),
        Field("003", data=one_line(library)[:40] or "engage"),
        Field("005", data=f"{work.changed_at:%Y%m%d%H%M%S}.0"),
        Field("008", data=_fixed(work)),
    )
    for number in work.all_numbers("isbn"):
        _add(record, "020", "  ", a=number)
    for number in work.all_numbers("issn"):
        _add(record, "022", "  ", a=number)
    if work.dewey:
        _add(record, "082", "04", a=work.dewey)
    makers = [(name, role) for name, role in work.makers if name]
    first = makers[0] if makers else None
    if first:
        _add_name(record, "1", *first, work.language)
    title, colon, rest = work.title.partition(": ")
    responsible = "; ".join(name for name, _ in makers)
    shown = f"{title} :" if colon and rest else title
    _add(record, "245", f"{1 if first else 0}0", a=shown, b=rest, c=responsible)
    _add(record, "264", " 1", b=work.publisher, c=str(work.year or ""))
    long = f"{work.pages} pages" if work.pages else f"{work.minutes} minutes" if work.minutes else ""
    _add(record, "300", "  ", a=long)
    _add(record, "336", "  ", a=words, b=code, **{"2": "rdacontent"})
    _add(record, "490", "0 ", a=work.series)
    _add(record, "520", "  ", a=work.summary)
    _add(record, "590", "  ", a=plain(row["annotation"]))
    for subject in work.subjects:
        _add(record, "650", " 4", a=subject)
    for name, role in makers[1:]:
        _add_name(record, "7", name, role, work.language)
    for shelf in work.shelves:
        _add(record, "852", "  ", **{"3": shelf.format}, b=shelf.location, h=shelf.call_number, t=str(shelf.copies))
    for door in work.doors:
        _add(record, "856", "40", **{"3": door.format}, u=door.url, y=door.provider, z=door.access)
    return record


def _fixed(work: Work) -> str:
    language = to_marc(work.language)
    year = f"{work.year:04}" if work.year else "    "
    return f"{work.changed_at:%y%m%d}{'s' if work.year else 'n'}{year}    xx {' ' * 17}{language} d"


def _add_name(record: Any, tag: str, name: str, role: str, language: str) -> None:
    parts = name_of(name, role, language)
    role = "author" if role == ORGANIZATION else role
    body = "literal" in parts
    heading = parts["literal"] if body else f"{parts['family']}, {given_of(parts)}"
    ending = {"c": parts.get("suffix", "")} if parts.get("suffix") else {}
    _add(record, f"{tag}{'10' if body else '00'}", "2 " if body else "1 ", a=heading, **ending, e=role)
    if role in ROLES:
        record.get_fields(f"{tag}{'10' if body else '00'}")[-1].add_subfield("4", ROLES[role])


def _add(record: Any, tag: str, indicators: str, **subfields: str) -> None:
    """A field with the subfields that say something; no field where none does."""
    kept = [Subfield(code, text) for code, said in subfields.items() if (text := _clean(said))]
    if any(each.code not in ("2", "t") for each in kept):
        record.add_field(Field(tag, Indicators(*indicators), kept))


def _clean(text: str) -> str:
    """Text without the marks that end fields and records."""
    return one_line(text)[:FIELD]
