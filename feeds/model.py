"""What a feed says, as plain frozen values; the limits of each; and its way to JSON and back."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

_T = TypeVar("_T")

# Source: SAFETY.md section 0, "parse". Characters, unless it says otherwise.
ENTRIES = 500
TITLE = 500
AUTHOR = 200
SUMMARY = 5_000
BODY = 100_000
ADDRESS = 2_000
CATEGORIES = 20
ATTACHMENTS = 10
AUTHORS = 20
CATEGORY = 100
GUID = 2_000
LABEL = 100
TERMS = 300
LONGEST = 30 * 24 * 3600  # seconds; what claims to last longer than a month is a mistake

UNREADABLE = {
    "empty": "There is nothing at this address.",
    "compressed": "This is a compressed file, not a feed.",
    "too-large": "This feed is too large to be read.",
    "web-page": "This is a web page, not a feed.",
    "not-a-list": "This is no list of feeds (OPML).",
    "not-a-feed": "This is neither RSS nor Atom nor JSON Feed nor an OPDS catalog.",
    "front-page": "This is the front page of a catalog, not one of its shelves.",
    "entities": "This feed declares entities of its own, and such feeds are not read.",
    "too-many-attributes": "This feed has an element with far too many attributes.",
    "too-deep": "This feed is nested too deeply to be read.",
    "too-long-text": "This feed holds a text that is too long to be read.",
    "too-slow": "This feed takes too long to be read.",
    "json-broken": "This JSON cannot be read: it is cut off or mistyped.",
    "broken": "This feed could not be read.",
    "bad-answer": "The reader of feeds gave an answer that cannot be right.",
}


class Unreadable(Exception):
    """A document that gives no Feed.

    code: one of the keys of UNREADABLE, stable, for logs and tests.
    sentence: what the person who added the feed reads.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = UNREADABLE[code]


@dataclass(frozen=True)
class Author:
    """Somebody who made something. Mail addresses are not kept."""

    name: str
    url: str | None = None


@dataclass(frozen=True)
class Attachment:
    """A file that belongs to an entry: an episode, a film, a document.

    length: bytes, as the feed claims. duration_seconds: as the feed claims.
    """

    url: str
    media_type: str = ""
    length: int | None = None
    duration_seconds: int | None = None


@dataclass(frozen=True)
class Entry:
    """One thing of a feed.

    guid: what the feed calls it; only `identity` makes a key of it. Never an address.
    title: plain text; empty where the feed has none, or one that would look empty.
    summary_html, body_html: only the markup that `clean.TAGS` allows.
    published_at: UTC. None where the feed gives no date that can be believed; published_guessed is
        then True, and whoever keeps the entry takes the moment of first sight and keeps the mark.
    medium: of `podcast:medium` or `media:content`, in small letters: podcast, audiobook, video, film.
    explicit: True or False where the feed says so, None where it does not.
    isbn, publisher, subjects, series, year, access: what a catalog says. isbn: thirteen digits. year: of publication.
    access: on what terms it can be had, in words: price, licence, lock; empty where it is open.
    """

    guid: str | None = None
    title: str = ""
    url: str | None = None
    summary_html: str = ""
    body_html: str = ""
    published_at: datetime | None = None
    published_guessed: bool = False
    updated_at: datetime | None = None
    authors: tuple[Author, ...] = ()
    picture: str | None = None
    attachments: tuple[Attachment, ...] = ()
    duration_seconds: int | None = None
    transcript_url: str | None = None
    transcript_type: str = ""
    chapters_url: str | None = None
    language: str | None = None
    explicit: bool | None = None
    medium: str | None = None
    categories: tuple[str, ...] = ()
    isbn: str = ""
    publisher: str = ""
    subjects: tuple[str, ...] = ()
    series: str = ""
    year: int | None = None
    access: str = ""

    @property
    def duration_minutes(self) -> int | None:
        """Whole minutes, begun ones counted, or None where the length is not known."""
        return None if self.duration_seconds is None else math.ceil(self.duration_seconds / 60)


@dataclass(frozen=True)
class Feed:
    """A feed, read or to be written.

    format: its name for people, "Atom 1.0"; "opds1" and "opds2" for catalogs. kind: what it seems to be: podcast,
        video, catalog or feed.
    description: plain text. ttl_minutes: how long the feed asks to be left alone.
    entries: in the order of the document, the newest 500 at most.
    feed_url, next_url: where this page of it and the next one stand.
    """

    title: str = ""
    entries: tuple[Entry, ...] = ()
    format: str = ""
    kind: str = "feed"
    guid: str | None = None
    site_url: str | None = None
    feed_url: str | None = None
    next_url: str | None = None
    description: str = ""
    picture: str | None = None
    language: str | None = None
    authors: tuple[Author, ...] = ()
    updated_at: datetime | None = None
    explicit: bool | None = None
    medium: str | None = None
    ttl_minutes: int | None = None


def newest(things: Iterable[_T], at: Callable[[_T], datetime | None]) -> list[_T]:
    """The 500 newest in the order in which they stood; those without a date count as oldest.

    at: when a thing was published.
    """
    listed = list(things)
    if len(listed) <= ENTRIES:
        return listed
    oldest = datetime.min.replace(tzinfo=UTC)
    ranked = sorted(range(len(listed)), key=lambda place: at(listed[place]) or oldest, reverse=True)
    return [listed[place] for place in sorted(ranked[:ENTRIES])]


def to_json(feed: Feed) -> dict[str, Any]:
    """The feed as values that json.dumps takes; what is empty is left out."""
    plain: dict[str, Any] = _plain(feed)
    return plain


def from_json(value: object) -> Feed:
    """The feed that `to_json` was given, each field checked for its type and its length.

    Raises Unreadable("bad-answer"): whoever wrote the value may have been taken over by a feed.
    """
    try:
        return Feed(**_checked(value, _FEED))
    except (TypeError, ValueError, KeyError, OverflowError) as problem:
        raise Unreadable("bad-answer") from problem


def _plain(thing: Any) -> Any:
    if dataclasses.is_dataclass(thing):
        pairs = ((field.name, getattr(thing, field.name)) for field in dataclasses.fields(thing))
        return {name: _plain(value) for name, value in pairs if value is not None and value not in ("", ())}
    if isinstance(thing, tuple):
        return [_plain(part) for part in thing]
    if isinstance(thing, datetime):
        return thing.astimezone(UTC).isoformat()
    return thing


class _Text:
    def __init__(self, longest: int) -> None:
        self.longest = longest

    def __call__(self, value: object) -> str:
        if not isinstance(value, str) or len(value) > self.longest:
            raise ValueError("no text of this length")
        value.encode()  # half a surrogate pair is no text
        if "\0" in value:
            raise ValueError("no database can keep this text")
        return value


def _address(value: object) -> str:
    text = _Text(ADDRESS)(value)
    if not text.startswith(("http://", "https://")) or not text.isprintable():
        raise ValueError("no address")
    return text


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_Text(40)(value))
    if moment.tzinfo is None:
        raise ValueError("no moment")
    return moment.astimezone(UTC)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("neither yes nor no")
    return value


class _Number:
    def __init__(self, largest: int) -> None:
        self.largest = largest

    def __call__(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= self.largest:
            raise ValueError("no number of this size")
        return value


class _Many:
    def __init__(self, make: Any, most: int) -> None:
        self.make, self.most = make, most

    def __call__(self, value: object) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > self.most:
            raise ValueError("no list of this length")
        return tuple(self.make(part) for part in value)


class _One:
    def __init__(self, kind: Any, fields: Mapping[str, Any]) -> None:
        self.kind, self.fields = kind, fields

    def __call__(self, value: object) -> Any:
        return self.kind(**_checked(value, self.fields))


def _checked(value: object, fields: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("no object")
    return {name: fields[name](part) for name, part in value.items()}


_AUTHORS = _Many(_One(Author, {"name": _Text(AUTHOR), "url": _address}), AUTHORS)
_ATTACHMENT = {
    "url": _address,
    "media_type": _Text(LABEL),
    "length": _Number(2**53),
    "duration_seconds": _Number(LONGEST),
}
_ENTRY = {
    "guid": _Text(GUID),
    "title": _Text(TITLE),
    "url": _address,
    "summary_html": _Text(SUMMARY),
    "body_html": _Text(BODY),
    "published_at": _moment,
    "published_guessed": _flag,
    "updated_at": _moment,
    "authors": _AUTHORS,
    "picture": _address,
    "attachments": _Many(_One(Attachment, _ATTACHMENT), ATTACHMENTS),
    "duration_seconds": _Number(LONGEST),
    "transcript_url": _address,
    "transcript_type": _Text(LABEL),
    "chapters_url": _address,
    "language": _Text(LABEL),
    "explicit": _flag,
    "medium": _Text(LABEL),
    "categories": _Many(_Text(CATEGORY), CATEGORIES),
    "isbn": _Text(13),
    "publisher": _Text(AUTHOR),
    "subjects": _Many(_Text(CATEGORY), CATEGORIES),
    "series": _Text(TITLE),
    "year": _Number(9999),
    "access": _Text(TERMS),
}
_FEED = {
    "title": _Text(TITLE),
    "entries": _Many(_One(Entry, _ENTRY), ENTRIES),
    "format": _Text(LABEL),
    "kind": _Text(LABEL),
    "guid": _Text(GUID),
    "site_url": _address,
    "feed_url": _address,
    "next_url": _address,
    "description": _Text(SUMMARY),
    "picture": _address,
    "language": _Text(LABEL),
    "authors": _AUTHORS,
    "updated_at": _moment,
    "explicit": _flag,
    "medium": _Text(LABEL),
    "ttl_minutes": _Number(60 * 24 * 31),
}
