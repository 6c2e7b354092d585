"""The catalogue of the demo: children's books, podcasts, films and sites that there are, a line of catalogue.txt each.

title | makers, pictures by after + | kind | year | call number, copies, free | grades | minutes | address | subjects |
why to open it, in our own words.
"""

from pathlib import Path

from engage.resources.record import Address, CatalogueRecord, Maker, Place, Term
from engage.resources.rules import Format, mode_of

KINDS = {
    "b": Format.BOOK,
    "p": Format.PICTURE_BOOK,
    "g": Format.GRAPHIC_NOVEL,
    "e": Format.EBOOK,
    "a": Format.AUDIOBOOK,
    "f": Format.FILM,
    "v": Format.VIDEO,
    "c": Format.PODCAST,
    "w": Format.WEBSITE,
}
SPANISH = "es"
CATALOGUE = Path(__file__).with_name("catalogue.txt")


def record_of(line: str) -> tuple[CatalogueRecord, int | None]:
    """A line as the catalogue takes it, and how many copies are on the shelf (None where there are none at all)."""
    title, makers, kind, year, place, grades, minutes, url, subjects, why = (part.strip() for part in line.split("|"))
    written, _, drawn = makers.partition("+")
    format = KINDS[kind[0]]
    role = {"c": "host", "v": "maker", "f": "director", "w": "maker"}.get(kind[0], "author")
    call, copies, free = (place.split(",") if place else ("", "0", ""))[:3]
    low, _, high = grades.rpartition("-")
    known = CatalogueRecord(
        title=title,
        makers=(
            *(Maker(name.strip(), role) for name in written.split(";") if name.strip()),
            *(Maker(name.strip(), "illustrator") for name in drawn.split(";") if name.strip()),
        ),
        mode=mode_of(format),
        format=format,
        summary=why,
        subjects=tuple(Term(term.strip()) for term in subjects.split(",") if term.strip()),
        language=SPANISH if kind.endswith(SPANISH) else "en",
        audience_low=int(low),
        audience_high=int(high),
        year=int(year) if year else None,
        minutes=int(minutes) if minutes else None,
        places=(Place(call, "Library", int(copies)),) if call else (),
        addresses=(Address(url),) if url else (),
    )
    return known, int(free) if free else None


def catalogue() -> list[tuple[CatalogueRecord, int | None]]:
    """Everything, in the order in which the library got it: what is new stands last."""
    return [record_of(line) for line in CATALOGUE.read_text(encoding="utf-8").splitlines()]
