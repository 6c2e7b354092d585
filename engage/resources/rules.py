"""What is true of resources, sources and the inbox."""

from datetime import timedelta
from enum import StrEnum

from engage.engagement.rules import Mode
from engage.errors import Refused

MOST_COPIES = 999
# who can use a resource, as its columns are called
ACCESS = ("captions", "transcript", "large_print", "audio_description")


class Format(StrEnum):
    """What kind of thing a resource is."""

    BOOK = "book"
    EBOOK = "e-book"
    AUDIOBOOK = "audiobook"
    PICTURE_BOOK = "picture book"
    GRAPHIC_NOVEL = "graphic novel"
    MAGAZINE = "magazine"
    ARTICLE = "article"
    WEBSITE = "website"
    FILM = "film"
    VIDEO = "video"
    EPISODE = "podcast episode"
    PODCAST = "podcast"
    MUSIC = "music"
    GAME = "game"
    DATABASE = "database"
    OTHER = "other"


MODE_OF = {
    Format.AUDIOBOOK: Mode.LISTENING,
    Format.EPISODE: Mode.LISTENING,
    Format.PODCAST: Mode.LISTENING,
    Format.MUSIC: Mode.LISTENING,
    Format.FILM: Mode.VIEWING,
    Format.VIDEO: Mode.VIEWING,
}


def mode_of(format: Format) -> Mode:
    """How a format is taken in, unless somebody said otherwise."""
    return MODE_OF.get(format, Mode.READING)


# what is read or heard as one text: of these, what has one title and one creator is one work in several editions. A
# graphic novel of a novel is another work, as is a film of it
OF_ONE_TEXT = frozenset({Format.BOOK, Format.PICTURE_BOOK, Format.EBOOK, Format.AUDIOBOOK})


def medium_of(format: Format) -> Format:
    """What tells editions apart: a picture book is in print as a book is."""
    return Format.BOOK if format is Format.PICTURE_BOOK else format


def family_of(format: Format) -> Format:
    """What all editions of one work have in common."""
    return Format.BOOK if format in OF_ONE_TEXT else format


class ResourceState(StrEnum):
    """Whether a resource is offered.

    Taken back: with the import that brought it; a later import may bring it again. Merged: it is another one.
    """

    OFFERED = "offered"
    WITHDRAWN = "withdrawn"
    TAKEN_BACK = "taken back"
    MERGED = "merged"


class LinkState(StrEnum):
    """What the last look at a link found."""

    UNCHECKED = "unchecked"
    ALIVE = "alive"
    MOVED = "moved"
    CHANGED = "changed"
    SIGN_IN = "sign-in needed"
    DEAD = "dead"


class ImportState(StrEnum):
    """The life of an import."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    TAKEN_BACK = "taken back"


# how long what an import changed can be made what it was
KEPT_BEFORE = timedelta(days=30)


class Outcome(StrEnum):
    """What became of one record of an import."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


class SourceState(StrEnum):
    """Whether a source is visited. Suggested: a list of feeds names it, and nobody has said yes yet (SAFETY.md, U5)."""

    SUGGESTED = "suggested"
    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"


class SourceKind(StrEnum):
    """What a source is: what it brings or, where that says nothing, how it is written."""

    FEED = "feed"
    PODCAST = "podcast"
    VIDEO = "video"
    JSON = "json"
    OPDS1 = "opds1"
    OPDS2 = "opds2"


SOURCE_KINDS = {
    SourceKind.FEED: "Feed",
    SourceKind.PODCAST: "Podcast",
    SourceKind.VIDEO: "Video channel",
    SourceKind.JSON: "JSON Feed",
    SourceKind.OPDS1: "OPDS 1.2 catalog",
    SourceKind.OPDS2: "OPDS 2.0 catalog",
}


def source_kind(kind: str, format: str) -> SourceKind:
    """The kind of a source, from what its feed seems to be and the name of its format: "JSON Feed 1.1", "opds1"."""
    written = format.lower()
    if written.startswith("opds"):
        version = next((letter for letter in written if letter.isdigit()), "")
        return SourceKind.OPDS2 if version == "2" else SourceKind.OPDS1
    if kind in (SourceKind.PODCAST, SourceKind.VIDEO):
        return SourceKind(kind)
    return SourceKind.JSON if written.startswith("json") else SourceKind.FEED


class EntryState(StrEnum):
    """What a person decided about a harvested entry."""

    WAITING = "waiting"
    PROMOTED = "promoted"
    IGNORED = "ignored"
    MUTED = "muted"


class RequestState(StrEnum):
    """What the specialist answered to a request for a title."""

    ASKED = "asked"
    PLANNED = "planned"
    BOUGHT = "bought"
    NO = "no"


def check_audience(low: int | None, high: int | None) -> None:
    """Refuse grades that end before they begin; None is no limit. Raises Refused."""
    if low is not None and high is not None and high < low:
        raise Refused("The highest grade is below the lowest.", about="audience_high")
