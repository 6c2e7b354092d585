"""What is known of a resource before it is a row, whoever found it out: a cataloguer, a feed, a person at a form."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from engage.database import fold
from engage.engagement.rules import Mode
from engage.resources.rules import Format

# Source: SAFETY.md, section 0, what is taken of an entry.
TITLE = 500
NAME = 200
SUMMARY = 5_000
ADDRESS = 2_000
ORIGIN = 220
SORTED = 120
MATCHED = 200
ARTICLES = frozenset({"a", "an", "the"})
# the marks of words in the search index; folding turns them into plain letters, so nobody can type one
OF_TITLE = "\u1d57"
OF_MAKER = "\u1d9c"
OF_SUBJECT = "\u02e2"


@dataclass(frozen=True)
class Maker:
    """A person or body who made a resource, as the name is shown: "Neil Gaiman"."""

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

    makers: the first one is the one it is known by. audience_low, audience_high: grades, kindergarten 0.
    identifiers: pairs of scheme and value, see Identifier. origin: which record says so, "" where it is a person
    or a feed; a later record of the same origin replaces this one. title_sort: without the article, if known.
    """

    title: str
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

    @property
    def creators(self) -> str:
        """The names as they are shown in one line."""
        return "; ".join(dict.fromkeys(maker.name for maker in self.makers))

    @property
    def match_key(self) -> str:
        """What another record of the same work has too: folded title and first creator, then the format."""
        first = self.makers[0].name if self.makers else ""
        words = " ".join(fold.words(self.title))
        # "Gaiman, Neil" and "Neil Gaiman" are one
        name = " ".join(sorted(fold.words(first)))
        return f"{words[: MATCHED - 80]}|{name[:60]}|{self.format}"[:MATCHED]

    @property
    def here(self) -> bool:
        """Whether it stands on a shelf of the library."""
        return bool(self.places)

    @property
    def online(self) -> bool:
        """Whether it can be had off site."""
        return any(is_web(address.url) for address in self.addresses)


def sorting_title(title: str) -> str:
    """A title as it is filed: folded, without a first article of English."""
    words = fold.words(title)
    if len(words) > 1 and words[0] in ARTICLES:
        words = words[1:]
    return " ".join(words)[:SORTED]


def search_text(title: str, makers: Iterable[str], subjects: Iterable[str], summary: str, more: str = "") -> str:
    """What the search index holds of a resource: its words, each marked with the field it came from.

    more: further words that count as little as the summary. Source: DECISIONS.md, "Search: words carry their field".
    """
    parts = [
        fold.search_text(title, mark=OF_TITLE),
        fold.search_text(*makers, mark=OF_MAKER),
        fold.search_text(*subjects, mark=OF_SUBJECT),
        fold.search_text(summary, more),
    ]
    return " ".join(filter(None, parts))


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
    line = " ".join(CONTROL.sub(" ", unicodedata.normalize("NFC", text)).split())
    if len(line) <= longest:
        return line
    return line[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


WEB = re.compile(r"https?://[^\s<>\"\\^`{|}\x00-\x20\x7f]+", re.IGNORECASE)
# also half characters and the marks that turn the direction of writing; towers of marks are cut where text is shown
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
