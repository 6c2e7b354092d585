"""What is known of a resource before it is a row, whoever found it out: a cataloguer, a feed, a person at a form."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from engage.database import fold
from engage.engagement.rules import Mode
from engage.resources.rules import OF_ONE_TEXT, Format, family_of

# Source: SAFETY.md, section 0, what is taken of an entry.
TITLE = 500
NAME = 200
SUMMARY = 5_000
ADDRESS = 2_000
ORIGIN = 220
SORTED = 120
TITLE_MATCHED = 120
ARTICLES = frozenset({"a", "an", "the"})
# the marks of words in the search index; folding turns them into plain letters, so nobody can type one
OF_TITLE = "\u1d57"
OF_MAKER = "\u1d9c"
OF_SUBJECT = "\u02e2"
# the role of a body that made a thing as an author does; what else it may have done says nothing of what it is
ORGANIZATION = "organization"


@dataclass(frozen=True)
class Maker:
    """A person or body who made a resource, as the name is shown: "Neil Gaiman". role: also ORGANIZATION."""

    name: str
    role: str = "author"


@dataclass(frozen=True)
class Term:
    """A subject heading. kind: topic, person, place, genre."""

    text: str
    kind: str = "topic"


@dataclass(frozen=True)
class Level:
    """A reading measure as the library's own record has it, and the field it stood in. Source: STANDARDS.md, 6.3."""

    scheme: str
    value: str
    origin: str = ""


@dataclass(frozen=True)
class Place:
    """Where copies stand on site. barcodes: "; " between them."""

    call_number: str = ""
    location: str = ""
    copies: int = 1
    barcodes: str = ""


@dataclass(frozen=True)
class Address:
    """Where a resource is off site. access: "" open, else where one must be or sign in."""

    url: str
    provider: str = ""
    access: str = ""
    media_type: str = ""


@dataclass(frozen=True)
class CatalogueRecord:
    """All that one source says of a resource.

    other_titles: varying and original ones. makers: the first one is the one it is known by. audience_low,
    audience_high: grades, kindergarten 0. identifiers: pairs of scheme and value, see Identifier. title_sort: without
    the article, if known. origin: which record or entry of the inbox says so, "" where it is a person; a later one of
    the same origin replaces this one. guessed: nobody said what kind it is, and it is taken for a book.
    """

    title: str
    other_titles: tuple[str, ...] = ()
    makers: tuple[Maker, ...] = ()
    mode: Mode = Mode.READING
    format: Format = Format.BOOK
    summary: str = ""
    subjects: tuple[Term, ...] = ()
    language: str = ""
    audience_low: int | None = None
    audience_high: int | None = None
    publisher: str = ""
    year: int | None = None
    pages: int | None = None
    minutes: int | None = None
    series: str = ""
    dewey: str = ""
    cover: str = ""
    explicit: bool = False
    identifiers: tuple[tuple[str, str], ...] = ()
    measures: tuple[Level, ...] = ()
    places: tuple[Place, ...] = ()
    addresses: tuple[Address, ...] = ()
    title_sort: str = ""
    origin: str = ""
    guessed: bool = False

    @property
    def creators(self) -> str:
        """The names as they are shown in one line."""
        return "; ".join(dict.fromkeys(maker.name for maker in self.makers))

    @cached_property
    def match_key(self) -> str:
        """What another record of the same work has too: folded title and first creator, then the family of formats."""
        return f"{title_key(self.title)}|{self._name}|{family_of(self.format)}"

    @property
    def match_keys(self) -> tuple[str, ...]:
        """Under what the work may be known, the likeliest first: what is taken for a book may be a graphic novel."""
        if self.guessed and self.format in OF_ONE_TEXT:
            return (self.match_key, f"{title_key(self.title)}|{self._name}|{Format.GRAPHIC_NOVEL}")
        return (self.match_key,)

    @property
    def edition_key(self) -> str:
        """The name of a record that has no number: in origins, which tables keep, so it stays as it is."""
        words = " ".join(fold.words(self.title))
        return f"{words[:TITLE_MATCHED]}|{self._name}|{self.format}"

    @cached_property
    def _name(self) -> str:
        """The first creator; "Gaiman, Neil" and "Neil Gaiman" are one."""
        first = self.makers[0].name if self.makers else ""
        return " ".join(sorted(fold.words(first)))[:60]

    @cached_property
    def content_hash(self) -> str:
        """Changes with anything that the record says; "" where no record said it."""
        if not self.origin:
            return ""
        said = json.dumps(to_json(self), sort_keys=True)
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def here(self) -> bool:
        """Whether it stands on a shelf of the library."""
        return bool(self.places)

    @property
    def online(self) -> bool:
        """Whether it can be had off site."""
        return any(is_web(address.url) for address in self.addresses)


@dataclass(frozen=True)
class WrittenPlace:
    """Where copies stand, as a person wrote it. mark: which holding it was, "" for a new one.

    Without a call number and copies it stands nowhere any more. available: how many are in, None where nobody counts.
    format: the value of a Format, "" for that of the resource, None where nobody said so.
    """

    call_number: str = ""
    location: str = ""
    copies: int = 0
    available: int | None = None
    barcodes: str = ""
    format: str | None = None
    mark: str = ""


@dataclass(frozen=True)
class WrittenAddress:
    """An address as a person wrote it. mark: which link it was, "" for a new one; without a url it is taken away.

    format: as in WrittenPlace.
    """

    url: str = ""
    provider: str = ""
    access: str = ""
    format: str | None = None
    mark: str = ""


@dataclass(frozen=True)
class Written:
    """What a person wrote of a resource. audience_low, audience_high: grades. isbns: as they were typed.

    captions, transcript, large_print, audio_description: None where nobody has said.
    """

    title: str
    makers: tuple[Maker, ...] = ()
    mode: Mode = Mode.READING
    format: Format = Format.BOOK
    summary: str = ""
    subjects: tuple[str, ...] = ()
    audience_low: int | None = None
    audience_high: int | None = None
    minutes: int | None = None
    language: str = ""
    publisher: str = ""
    year: int | None = None
    pages: int | None = None
    series: str = ""
    isbns: tuple[str, ...] = ()
    captions: bool | None = None
    transcript: bool | None = None
    large_print: bool | None = None
    audio_description: bool | None = None
    places: tuple[WrittenPlace, ...] = ()
    addresses: tuple[WrittenAddress, ...] = ()


def mark_of(number: int) -> str:
    """How a form names a holding or a link of its resource without saying its number."""
    return hashlib.sha256(f"row {number}".encode()).hexdigest()[:16]


def title_key(title: str) -> str:
    """The folded words of a title as match_key begins with them; of a long one the rest as a digest.

    A volume that is named at the end of a long title keeps it apart.
    """
    words = " ".join(fold.words(title))
    if len(words) <= TITLE_MATCHED:
        return words
    words = " ".join(fold.words(neat(title, TITLE)))  # as it is kept
    return f"{words[: TITLE_MATCHED - 17]} {hashlib.sha256(words.encode()).hexdigest()[:16]}"


def volume_in(series: str) -> str:
    """Which volume of its series a thing is: "2" for "Amulet ; 2"; "" where that is not said."""
    found = VOLUME.findall(series)
    return found[-1].lstrip("0") if found else ""


def sorting_title(title: str) -> str:
    """A title as it is filed: folded, without a first article of English."""
    words = fold.words(title)
    if len(words) > 1 and words[0] in ARTICLES:
        words = words[1:]
    return " ".join(words)[:SORTED]


def search_text(
    titles: Iterable[str], makers: Iterable[str], subjects: Iterable[str], summary: str, series: str
) -> str:
    """What the search index holds of a resource: its words, each marked with the field it came from.

    A series counts as a subject does. Source: DECISIONS.md, "Words of the search carry their field".
    """
    parts = [
        fold.search_text(*titles, mark=OF_TITLE),
        fold.search_text(*makers, mark=OF_MAKER),
        fold.search_text(*subjects, neat(series, NAME), mark=OF_SUBJECT),
        fold.search_text(summary),
    ]
    return " ".join(filter(None, parts))


def to_json(known: CatalogueRecord) -> dict[str, Any]:
    """A record as values for JSON; what is empty is left out."""
    values: dict[str, Any] = {}
    for name in _READ:
        value = getattr(known, name)
        if value is None or value is False or value in ("", ()):
            continue  # a grade of 0 is kindergarten
        values[name] = [vars(each) for each in value] if name in BESIDE else value
    return values


def from_json(values: object) -> CatalogueRecord:
    """A record out of JSON that need not be believed. Raises ValueError."""
    try:
        return CatalogueRecord(**{name: _READ[name](value) for name, value in _items(values)})
    except (KeyError, TypeError) as exc:
        raise ValueError("no record") from exc


def _items(values: object) -> Iterable[tuple[str, object]]:
    if not isinstance(values, dict):
        raise ValueError("no object")
    return values.items()


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 20_000:
        raise ValueError("no text")
    return value


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**15) <= value < 2**31:
        raise ValueError("no number")
    return value


def _many(make: Callable[[Any], Any]) -> Callable[[object], tuple[Any, ...]]:
    def read(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) > 1_000:
            raise ValueError("no list")
        return tuple(make(each) for each in value)

    return read


def _one(kind: Any) -> Callable[[object], Any]:
    numbers = {"copies"}

    def read(value: object) -> Any:
        return kind(**{name: (_number if name in numbers else _text)(each) for name, each in _items(value)})

    return read


def _pair(value: object) -> tuple[str, str]:
    scheme, number = _many(_text)(value)
    return scheme, number


BESIDE = frozenset({"makers", "subjects", "measures", "places", "addresses"})
_READ: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("title", "summary", "language", "publisher", "series", "dewey", "cover", "title_sort"), _text),
    **dict.fromkeys(("audience_low", "audience_high", "year", "pages", "minutes"), _number),
    "origin": _text,
    "explicit": bool,
    "guessed": bool,
    "mode": Mode,
    "format": Format,
    "other_titles": _many(_text),
    "makers": _many(_one(Maker)),
    "subjects": _many(_one(Term)),
    "identifiers": _many(_pair),
    "measures": _many(_one(Level)),
    "places": _many(_one(Place)),
    "addresses": _many(_one(Address)),
}


def is_web(url: str) -> bool:
    """Whether an address is one that a reader's browser may be sent to. It is text of others (STANDARDS.md, 3.1)."""
    if len(url) > ADDRESS or not WEB.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and not parts.username
    except ValueError:
        return False


def neat(text: str, longest: int) -> str:
    """Text of others on one line, without control characters, cut at a word."""
    if len(text) <= longest and text.isascii() and text.isprintable() and "  " not in text and text.strip() == text:
        return text  # most of it is so, and nothing below would change it
    line = " ".join(CONTROL.sub(" ", unicodedata.normalize("NFC", text)).split())
    if len(line) <= longest:
        return line
    return line[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


VOLUME = re.compile(r"\d+")
WEB = re.compile(r"https?://[^\s<>\"\\^`{|}\x00-\x20\x7f]+", re.IGNORECASE)
# also half characters and the marks that turn the direction of writing; towers of marks are cut where text is shown
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
