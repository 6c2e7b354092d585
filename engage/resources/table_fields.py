"""What the columns of a table are, and what a row says of a resource; pure.

The exports of reading apps are read for titles, creators and ISBNs only: what somebody read, when, and what they
thought of it is theirs. Source: STANDARDS.md, 3.2 and 5.4.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from engage.database import fold
from engage.errors import Refused
from engage.resources import isbn, languages, record
from engage.resources.marc_kinds import HOURS, MINUTES, MOST_MINUTES, MOST_PAGES, YEAR, grades_in
from engage.resources.record import Address, CatalogueRecord, Maker, Place, Term, is_web, neat
from engage.resources.rules import MOST_COPIES, Format, mode_of

Columns = Mapping[str, Sequence[int]]

# what a resource is told from, in the words of the page, with the headings by which a column is known
FIELDS: dict[str, tuple[str, str]] = {
    "title": ("Title", "title | book title | titles | name | item title | titulo"),
    "creators": ("Author", "author | authors | creators | creator | main author | author name | artist | autor"),
    "isbn": ("ISBN", "isbn13 | isbn 13 | isbn | isbns | isbn uid | isbn 10 | isbn10 | standard number"),
    "number": ("Number of the record", "record number | bib id | bibid | bib number | control number | title id | 001"),
    "format": ("Kind", "format | material type | media type | media | type | binding | kind | item type"),
    "summary": ("Summary", "summary | description | annotation | abstract | note summary"),
    "subjects": ("Subjects", "subjects | subject | subject headings | genre | genres | topics"),
    "language": ("Language", "language | languages | lang"),
    "audience": ("Grades", "grades | grade | grade level | interest level | audience | grade range"),
    "publisher": ("Publisher", "publisher | publication"),
    "year": ("Year", "year | year published | publication year | copyright | pub year | published | date | pubdate"),
    "pages": ("Pages", "pages | number of pages | page count | extent"),
    "minutes": ("Minutes", "minutes | duration | running time | playing time"),
    "series": ("Series", "series | series title"),
    "call": ("Call number", "call number | call no | callnumber | shelf mark | shelfmark | call"),
    "location": ("Where it stands", "location | sublocation | collection | shelf location | home location | branch"),
    "copies": ("Copies", "copies | number of copies | copy count | quantity | qty | owned copies | holdings"),
    "barcode": ("Barcode", "barcode | barcodes | copy barcode | item barcode"),
    "url": ("Web address", "web address | url | link | address | website | online | uri"),
    "cover": ("Picture of the cover", "cover | cover url | image | image url | thumbnail"),
}
HEADINGS = {field: tuple(tuple(name.split()) for name in names.split(" | ")) for field, (_, names) in FIELDS.items()}
ON_SHELF = ("call", "location", "copies", "barcode")
MOST_ISBNS = 20
NAMED = {"year": "year", "pages": "number of pages", "minutes": "length", "audience": "grades"}
# the first of these that fits a cell; more exact ones stand first
KINDS = (
    (Format.EBOOK, r"e ?books?|kindle|epub|digital book|electronic book"),
    (Format.AUDIOBOOK, r"audio ?books?|audio|audible|talking book|playaway|book on cd|compact disc|sound recording"),
    (Format.PICTURE_BOOK, r"picture ?books?"),
    (Format.GRAPHIC_NOVEL, r"graphic ?novels?|comics?|manga|bande dessin"),
    (Format.FILM, r"dvd|blu ?ray|films?|movies?|motion picture|videodisc"),
    (Format.VIDEO, r"videos?|streaming"),
    (Format.EPISODE, r"podcast episode"),
    (Format.PODCAST, r"podcasts?"),
    (Format.MAGAZINE, r"magazines?|periodicals?|journals?|serials?|newspapers?"),
    (Format.ARTICLE, r"articles?"),
    (Format.WEBSITE, r"web ?sites?|web ?pages?|online resource"),
    (Format.DATABASE, r"databases?"),
    (Format.MUSIC, r"music|cd|albums?|score"),
    (Format.GAME, r"games?|puzzles?|kit"),
    (
        Format.BOOK,
        r"books?|hard ?cover|hard ?back|paper ?back|soft ?cover|board ?book|print|text|library binding|poche",
    ),
    (Format.BOOK, r"mass market|broch|relie|reading|hb|pb|fiction|non ?fiction"),
    (Format.OTHER, r"other"),
)
KIND = tuple((format, re.compile(rf"\b(?:{words})")) for format, words in KINDS)
# "Gideon the Ninth (The Locked Tomb #1)"
IN_SERIES = re.compile(r"\s*\([^()]*#\s*[\d.\-]+[^()]*\)$")
PARTICLES = frozenset({"le", "la", "de", "del", "di", "da", "du", "von", "van", "der", "mac", "st", "al", "el", "dos"})
AFTER = re.compile(r"(?:jr|sr)\.?|i{2,3}|iv", re.IGNORECASE)
APART = re.compile(r"\s*(?:;|\||\s&\s|\n)\s*")


class Unusable(Exception):
    """A row that is no resource, in one sentence."""


@dataclass(frozen=True)
class Export:
    """An export of a program, known by its headings. columns: which headings hold what we take."""

    name: str
    known_by: frozenset[str]
    columns: tuple[tuple[str, tuple[str, ...]], ...]


def _export(name: str, known_by: str, **columns: str) -> Export:
    parts = {field: tuple(each.strip() for each in names.split("|")) for field, names in columns.items()}
    return Export(name, frozenset(each.strip() for each in known_by.split("|")), tuple(parts.items()))


EXPORTS = (
    _export("Goodreads", "book id | title | author l f | my rating", title="title",
            creators="author | additional authors", isbn="isbn13 | isbn"),
    _export("LibraryThing", "book id | title | primary author | work id", title="title",
            creators="primary author | secondary author", isbn="isbns | isbn"),
    _export("StoryGraph", "title | authors | isbn uid | read status", title="title", creators="authors",
            isbn="isbn uid"),
    _export("BookWyrm", "title | author text | remote id", title="title", creators="author text",
            isbn="isbn 13 | isbn 10"),
    _export("calibre", "title | authors | library name | uuid", title="title", creators="authors", isbn="isbn"),
    _export("Open Library", "work id | edition id | bookshelf"),
)  # fmt: skip
# a table with some of these is of somebody's reading, whoever wrote it
OF_READERS = frozenset(
    {"rating", "my rating", "star rating", "review", "my review", "read status", "read count", "date read"}
    | {
        "dates read",
        "started",
        "finished",
        "shelf",
        "shelf name",
        "bookshelf",
        "bookshelves",
        "exclusive shelf",
        "private notes",
    }
)


def plain(heading: str) -> str:
    """A heading as headings are compared."""
    return " ".join(fold.words(heading))


def digest_of(head: Sequence[str]) -> str:
    """What stays the same where a table has the same headings in the same order."""
    return hashlib.sha256("\x1f".join(plain(each) for each in head).encode()).hexdigest()


def export_of(head: Sequence[str]) -> Export | None:
    """The export of a reading app that a table is, if it is one; an app that nobody knows has the name ""."""
    names = [plain(each) for each in head]
    for export in EXPORTS:
        if export.known_by <= set(names):
            return export
    if len(OF_READERS.intersection(names)) >= 2:
        guessed = guess(head)
        columns = {
            name: tuple(names[at] for at in guessed[name]) for name in ("title", "creators", "isbn") if name in guessed
        }
        return Export("", frozenset(names), tuple(columns.items()))
    return None


def columns_of(export: Export, head: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Where an export has what we take of it."""
    names = [plain(each) for each in head]
    found = {field: tuple(names.index(name) for name in wanted if name in names) for field, wanted in export.columns}
    return {field: places for field, places in found.items() if places}


def guess(head: Sequence[str], samples: Sequence[Sequence[str]] = ()) -> dict[str, tuple[int, ...]]:
    """Which column is which field, by the headings, each column once; ISBNs are known by themselves, too.

    samples: the first rows.
    """
    names = [tuple(fold.words(each)) for each in head]
    found: dict[str, tuple[int, ...]] = {}
    free = dict.fromkeys(range(len(names)))
    for field, known in HEADINGS.items():
        place = next((place for name in known for place in free if names[place] == name), None)
        if place is not None:
            found[field] = (place,)
            del free[place]
    if "isbn" not in found:
        place = next((place for place in free if _all_isbns([row[place] for row in samples if place < len(row)])), None)
        if place is not None:
            found["isbn"] = (place,)
    return found


def _all_isbns(cells: Sequence[str]) -> bool:
    """Whether cells are ISBNs of thirteen digits; ten with a right check digit may be a barcode by chance."""
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and all(cell.strip().startswith(("978", "979")) and isbn.isbn_in(cell) for cell in filled)


def says_of_shelf(columns: Columns) -> bool:
    """Whether the table is about copies on a shelf: then what has no place of its own stands there, too."""
    return any(field in columns for field in ON_SHELF) or "url" not in columns


@dataclass(frozen=True)
class Reading:
    """How the rows of a table are read. kind: csv, or titles for what reading apps give. location: the library's own.

    shelf: what has no address on the web stands on a shelf.
    """

    columns: Columns
    kind: str = "csv"
    shelf: bool = False
    location: str = ""


def read(cells: Sequence[str], how: Reading) -> tuple[CatalogueRecord, tuple[str, ...]]:
    """What a row says, and what was odd about it. Raises Unusable."""
    values, notes = _values(cells, how), list[str]()
    said = _about(values, how, notes)
    if how.kind == "csv":
        said |= _more(values, notes)
    return _made(said, how.kind), tuple(notes)


def about(cells: Sequence[str], how: Reading) -> CatalogueRecord:
    """Of what a row says only what it is about and where its copies stand; a third of the work. Raises Unusable."""
    return _made(_about(_values(cells, how), how, []), how.kind)


def _values(cells: Sequence[str], how: Reading) -> dict[str, list[str]]:
    there = len(cells)
    return {field: [cells[at] for at in places if at < there and cells[at]] for field, places in how.columns.items()}


def _one(values: Mapping[str, Sequence[str]], field: str) -> str:
    found = values.get(field)
    return found[0] if found else ""


def _about(values: Mapping[str, Sequence[str]], how: Reading, notes: list[str]) -> dict[str, Any]:
    """The fields of the record by which it is known, and its copies."""
    title = neat(_one(values, "title"), record.TITLE)
    if how.kind == "titles":
        title = IN_SERIES.sub("", title) or title
    if not title:
        raise Unusable("It has no title.")
    numbers, odd = _isbns(values.get("isbn", ()))
    notes += odd
    said: dict[str, Any] = {"title": title, "makers": makers_in(values.get("creators", ())), "identifiers": numbers}
    said["guessed"] = True
    if how.kind != "csv":
        return said
    word = plain(_one(values, "format"))
    form = format_of(word)
    if word and form is None:
        notes.append(f"“{_one(values, 'format')[:40]}” is no kind we know; it is taken for a book.")
    said["guessed"] = form is None
    form = form or Format.BOOK
    url = _one(values, "url")
    addresses = (Address(url),) if is_web(url) else ()
    if url and not addresses:
        notes.append(f"“{url[:60]}” is no address of the web.")
    if number := neat(_one(values, "number"), 60):
        # a number without the library that gave it: believed where the title agrees (matching)
        said["identifiers"] = (("record", f":{number}"), *numbers)
    places = _places(values, how, bool(addresses), notes)
    return said | {"mode": mode_of(form), "format": form, "addresses": addresses, "places": places}


def _more(values: Mapping[str, Sequence[str]], notes: list[str]) -> dict[str, Any]:
    """What else a table of a library says."""
    grades = grades_in(_one(values, "audience"), ages=False) if _one(values, "audience") else None
    cover = _one(values, "cover")
    year = YEAR.search(_one(values, "year"))
    read: dict[str, Any] = {
        "year": int(year[1]) if year else None,
        "pages": _number(_one(values, "pages"), MOST_PAGES),
        "minutes": minutes_of(_one(values, "minutes")),
        "audience": grades,
    }
    for field, value in read.items():
        said = _one(values, field)
        if value is None and said not in ("", "0"):
            notes.append(f"“{said[:40]}” says no {NAMED[field]} that we can read; it is left out.")
    return {
        "summary": neat(_one(values, "summary"), record.SUMMARY),
        "subjects": tuple(Term(each) for each in _parts(_one(values, "subjects"))),
        "language": language_of(_one(values, "language")),
        "audience_low": grades[0] if grades else None,
        "audience_high": grades[1] if grades else None,
        "publisher": neat(_one(values, "publisher"), record.NAME),
        "year": read["year"],
        "pages": read["pages"],
        "minutes": read["minutes"],
        "series": neat(_one(values, "series"), record.NAME),
        "cover": cover if is_web(cover) else "",
    }


def _made(said: Mapping[str, Any], kind: str) -> CatalogueRecord:
    """The record, with where its fields come from."""
    numbers = dict(reversed(said["identifiers"]))
    scheme = next((name for name in ("record", "isbn") if name in numbers), "")
    if scheme:
        return CatalogueRecord(**said, origin=f"{kind} {scheme} {numbers[scheme]}")
    known = CatalogueRecord(**said)
    return replace(known, origin=f"{kind} title {known.edition_key}")


def _places(values: Mapping[str, Sequence[str]], how: Reading, online: bool, notes: list[str]) -> tuple[Place, ...]:
    call, where = neat(_one(values, "call"), 80), neat(_one(values, "location"), 80)
    codes = "; ".join(part.strip() for part in re.split(r"[;,|\n]", _one(values, "barcode")) if part.strip())
    said = _one(values, "copies")
    copies = _number(said, MOST_COPIES)
    if said and copies is None and said != "0":
        notes.append(f"“{said[:20]}” is no number of copies; one is counted.")
    if said == "0" or not (call or where or codes or copies or (how.shelf and not online)):
        return ()
    return (Place(call, where or how.location, copies or max(1, len(codes.split("; ")) if codes else 1), codes),)


def _number(text: str, most: int) -> int | None:
    found = re.search(r"\d{1,6}", text.replace(",", ""))
    return int(found[0]) if found and 0 < int(found[0]) <= most else None


def minutes_of(text: str) -> int | None:
    """Minutes in "95", "1 hr 35 min" or "1:35:00"."""
    if clock := re.fullmatch(r"(\d{1,2}):(\d\d):(\d\d)", text):
        whole = int(clock[1]) * 60 + int(clock[2])
    elif text.isascii() and text.isdigit() and len(text) < 6:
        whole = int(text)
    else:
        whole = sum(int(number) * 60 for number in HOURS.findall(text)[:1])
        whole += sum(int(number) for number in MINUTES.findall(text)[:1])
    return whole if 0 < whole <= MOST_MINUTES else None


@lru_cache(maxsize=1_000)
def format_of(text: str) -> Format | None:
    """What kind a word of a cataloguer or a shop means; text: folded."""
    return next((form for form, words in KIND if words.search(text)), None)


@lru_cache(maxsize=1_000)
def language_of(text: str) -> str:
    """The web's code for a language by its name or code; "" where there is none that we know."""
    first = re.split(r"[;,|/]", text)[0].strip()
    folded = fold.fold(first)
    named = next((tag for tag, name in languages.NAMES.items() if fold.fold(name) == folded), "")
    if named:
        return named
    if len(first) == 3:
        return languages.OF_MARC.get(folded, "")
    return folded[:2] if re.fullmatch(r"[a-z]{2}(?:-[a-z0-9]+)*", folded) and folded[:2] in languages.NAMES else ""


def makers_in(cells: Sequence[str]) -> tuple[Maker, ...]:
    """Who made it, as names are said: "Neil Gaiman" for "Gaiman, Neil"; several in one cell or in several."""
    names = [name for cell in cells for part in APART.split(cell) for name in _names(part)]
    kept = {name.casefold(): Maker(neat(name, record.NAME)) for name in reversed(names) if name}
    return tuple(reversed(kept.values()))[:20]


def _names(text: str) -> list[str]:
    """The names in a part of a cell. A comma stands within a filed name, or between names as they are said."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    *parts, last = parts or [""]
    if parts and AFTER.fullmatch(last):  # "Martin Luther King, Jr." and "King, Martin Luther, Jr."
        return [f"{name} {last}" for name in _names(", ".join(parts))]
    if len(parts) == 1 and _is_filed(parts[0], last):
        return [f"{last} {parts[0]}"]
    return [*parts, last]


def _is_filed(last: str, first: str) -> bool:
    before, after = last.split(), first.split()
    return len(before) == 1 or before[0].lower() in PARTICLES or (len(after) == 1 and after[0].endswith("."))


def _parts(text: str) -> list[str]:
    """Subjects in one cell; a comma divides them only where nothing better does."""
    parts = re.split(r"\s*[;|\n]\s*", text)
    if len(parts) == 1 and text.count(",") > 1:
        parts = text.split(",")
    found = [neat(part.strip(), record.NAME) for part in parts]
    return list(dict.fromkeys(part for part in found if part))[:40]


def _isbns(cells: Sequence[str]) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """The numbers in the cells, mended where a spreadsheet damaged them, and why others are left out."""
    found: dict[tuple[str, str], None] = {}
    notes: list[str] = []
    for cell in cells:
        whole = cell.strip("[] ")
        parts = [whole] if isbn.ROUNDED.fullmatch(whole) else re.split(r"[;,|]", whole)
        for part in parts[:MOST_ISBNS]:
            bare = part.strip("[] ")
            if sum(sign.isdigit() for sign in bare) < 8 and not isbn.ROUNDED.fullmatch(bare):
                continue  # a number of a shop, or nothing
            try:
                found[("isbn", isbn.read_isbn(bare))] = None
            except Refused as refused:
                notes.append(f"Its ISBN was left out: {refused.sentence}")
    return tuple(found), list(dict.fromkeys(notes))
