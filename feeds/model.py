"""What a feed says, as plain frozen values; the limits of each; and its way to JSON and back."""

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from feeds.believing import Many, Number, One, Text, checked, flag, moment, plain, web_address

_T = TypeVar("_T")

# Source: SAFETY.md section 0, "parse". Characters, unless it says otherwise.
ENTRIES = 500
TITLE = 500
AUTHOR = 200
SUMMARY = 5_000
BODY = 100_000
CATEGORIES = 20
ATTACHMENTS = 10
AUTHORS = 20
CATEGORY = 100
GUID = 2_000
LABEL = 100
TERMS = 300
SLICE = 16  # characters of a digest; they are compared within one feed only
LONGEST = 30 * 24 * 3600  # seconds; what claims to last longer than a month is a mistake

UNREADABLE = {
    "empty": "There is nothing at this address.",
    "compressed": "This is a compressed file, not a feed.",
    "too-large": "This feed is too large to be read.",
    "web-page": "This is a web page, not a feed.",
    "is-a-feed": "This is a feed, not a page. Add it as a feed instead.",
    "not-a-page": "This is no web page that Engage can read.",
    "not-a-list": "This is no list of feeds (OPML).",
    "not-shared": "This is no list that another library gives: neither an OPDS 2.0 catalog nor a JSON Feed of Engage.",
    "not-standards": "This is no framework of standards: it is not a package of CASE.",
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


@contextmanager
def reading() -> Iterator[None]:
    """A block that reads a document, and whatever is wrong with it, raises Unreadable and nothing else."""
    try:
        yield
    except Unreadable:
        raise
    except MemoryError as problem:
        raise Unreadable("too-large") from problem
    except Exception as problem:
        raise Unreadable("broken") from problem


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
    description: plain text. ttl_minutes: how long the feed asks to be left alone. skip_hours, skip_days: when it asks
        not to be read, by the clock of UTC; Monday is 0.
    slices: a digest of each entry, to be given to the next reading, which then leaves out what it knows; empty where
        every reading has to be whole. unchanged: how many entries were left out so; the kind is then not known.
    left_out: how many older entries the document holds besides.
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
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    slices: tuple[str, ...] = ()
    unchanged: int = 0
    left_out: int = 0

    def awake_from(self, at: datetime) -> datetime:
        """The first moment from then on at which the feed lets itself be read; that moment if it never does."""
        found = at.astimezone(UTC)
        for _ in range(24 * 7):
            if found.hour not in self.skip_hours and found.weekday() not in self.skip_days:
                return found
            found = found.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return at


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
    values: dict[str, Any] = plain(feed)
    return values


def from_json(value: object) -> Feed:
    """The feed that `to_json` was given, each field checked for its type and its length.

    Raises Unreadable("bad-answer"): whoever wrote the value may have been taken over by a feed.
    """
    try:
        return Feed(**checked(value, _FEED))
    except (TypeError, ValueError, KeyError, OverflowError) as problem:
        raise Unreadable("bad-answer") from problem


_AUTHORS = Many(One(Author, {"name": Text(AUTHOR), "url": web_address}), AUTHORS)
_ATTACHMENT = {
    "url": web_address,
    "media_type": Text(LABEL),
    "length": Number(2**53),
    "duration_seconds": Number(LONGEST),
}
_ENTRY = {
    "guid": Text(GUID),
    "title": Text(TITLE),
    "url": web_address,
    "summary_html": Text(SUMMARY),
    "body_html": Text(BODY),
    "published_at": moment,
    "published_guessed": flag,
    "updated_at": moment,
    "authors": _AUTHORS,
    "picture": web_address,
    "attachments": Many(One(Attachment, _ATTACHMENT), ATTACHMENTS),
    "duration_seconds": Number(LONGEST),
    "transcript_url": web_address,
    "transcript_type": Text(LABEL),
    "chapters_url": web_address,
    "language": Text(LABEL),
    "explicit": flag,
    "medium": Text(LABEL),
    "categories": Many(Text(CATEGORY), CATEGORIES),
    "isbn": Text(13),
    "publisher": Text(AUTHOR),
    "subjects": Many(Text(CATEGORY), CATEGORIES),
    "series": Text(TITLE),
    "year": Number(9999),
    "access": Text(TERMS),
}
_FEED = {
    "title": Text(TITLE),
    "entries": Many(One(Entry, _ENTRY), ENTRIES),
    "format": Text(LABEL),
    "kind": Text(LABEL),
    "guid": Text(GUID),
    "site_url": web_address,
    "feed_url": web_address,
    "next_url": web_address,
    "description": Text(SUMMARY),
    "picture": web_address,
    "language": Text(LABEL),
    "authors": _AUTHORS,
    "updated_at": moment,
    "explicit": flag,
    "medium": Text(LABEL),
    "ttl_minutes": Number(60 * 24 * 31),
    "skip_hours": Many(Number(23), 24),
    "skip_days": Many(Number(6), 7),
    "slices": Many(Text(SLICE), ENTRIES),
    "unchanged": Number(ENTRIES),
    "left_out": Number(10_000_000),
}
