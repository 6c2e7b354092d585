"""What a harvested entry becomes in the inbox, and which entries of a visit are new, changed or known; pure.

Sources: SAFETY.md, F9; STANDARDS.md, 2.1.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import feeds
from engage.engagement.rules import Mode
from engage.resources.languages import of_marc
from engage.resources.record import CatalogueRecord, Maker
from engage.resources.rules import EntryState, Format, mode_of
from feeds import Attachment, Entry, Feed, Identity, clean

KEPT = 2_000
# the part of a visit whose links and titles must tell its entries apart, for them to stand for the ids
DISTINCT = 0.8
FEWEST_TO_TELL = 3
NO_TITLE = "(no title)"
TITLE_FROM_TEXT = 120
SUMMARY = 600

FORMATS = {"audiobook": Format.AUDIOBOOK, "music": Format.MUSIC, "film": Format.FILM}
USUAL = {Mode.READING: Format.ARTICLE, Mode.VIEWING: Format.VIDEO, Mode.LISTENING: Format.EPISODE}
OF_A_CATALOG = {Mode.READING: Format.EBOOK, Mode.VIEWING: Format.VIDEO, Mode.LISTENING: Format.AUDIOBOOK}
# what was not kept of entries before; where it is empty, their fingerprints stay what they were
LATER = frozenset({"isbn", "publisher", "subjects", "series", "year", "access"})


@dataclass(frozen=True)
class Harvested:
    """An entry as the feed has it now, in the columns of InboxEntry."""

    identity: str
    second_key: str
    title: str
    url: str
    summary: str
    body: str
    creator: str
    published_at: datetime
    date_guessed: bool
    mode: Mode
    format: Format
    file_url: str
    file_type: str
    minutes: int | None
    language: str
    explicit: bool
    picture: str
    transcript: str
    isbn: str = ""
    publisher: str = ""
    subjects: str = ""
    series: str = ""
    year: int | None = None
    access: str = ""
    match_key: str = ""
    content_hash: str = field(default="")

    @property
    def content(self) -> dict[str, Any]:
        """What the feed says of the entry, without the keys and without a date that it does not give."""
        values = self.columns
        for name in ("identity", "second_key", "content_hash", "match_key", "date_guessed"):
            del values[name]
        if self.date_guessed:
            del values["published_at"]
        return values

    @property
    def columns(self) -> dict[str, Any]:
        """Everything that is stored, once the entry is new or has changed."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class Known:
    """An entry that stands in the inbox already."""

    id: int
    identity: str
    second_key: str
    content_hash: str
    state: EntryState
    published_at: datetime
    date_guessed: bool
    proposal: str = ""


@dataclass(frozen=True)
class Sorted:
    """A visit sorted out. changed: with what is known of each; proposed: the same, where a person promoted the entry.

    changes_ids: whether the feed gives old entries new ids, so that the second key rules from now on. shown: the
    identities of all that the feed shows, under which they are known or will be.
    """

    new: tuple[Harvested, ...]
    changed: tuple[tuple[Known, Harvested], ...]
    proposed: tuple[tuple[Known, Harvested], ...]
    same: int
    changes_ids: bool
    shown: frozenset[str] = frozenset()


def sort_out(
    harvested: Iterable[Harvested], known: Iterable[Known], changes_ids: bool = False, unchanged: int = 0
) -> Sorted:
    """Which entries of a visit are new, which have changed, and whether the feed changes its ids.

    changes_ids: what was found about the feed before; once found it stays. unchanged: how many entries of the visit
    were not read, since nothing about them has changed.
    """
    entries = list({each.identity: each for each in reversed(list(harvested))}.values())[::-1]
    kept = list(known)
    by_first = {each.identity: each for each in kept}
    by_second = {each.second_key: each for each in reversed(kept)}
    changes_ids = changes_ids or _changes_ids(entries, by_first, by_second, unchanged)
    if changes_ids:
        entries = list({each.second_key: each for each in reversed(entries)}.values())[::-1]
    new: list[Harvested] = []
    changed: list[tuple[Known, Harvested]] = []
    proposed: list[tuple[Known, Harvested]] = []
    same = unchanged
    for entry in entries:
        before = by_second.get(entry.second_key) if changes_ids else None
        before = before or by_first.get(entry.identity)
        if before is None:
            new.append(entry)
        elif before.content_hash == entry.content_hash and not before.proposal:
            same += 1
        elif before.state is EntryState.PROMOTED:
            proposed.append((before, entry))
        else:
            changed.append((before, entry))
    shown = {each.identity for each in kept} | {each.identity for each in new}
    return Sorted(tuple(new), tuple(changed), tuple(proposed), same, changes_ids, frozenset(shown))


def _changes_ids(
    entries: Sequence[Harvested], by_first: Mapping[str, Known], by_second: Mapping[str, Known], unchanged: int
) -> bool:
    """Whether most of a visit is known by link and title, and not by id.

    A feed that gives every entry the same link and title says nothing by them, so each second key counts once;
    and in a very short feed the date must agree as well.
    """
    visit = {each.second_key: each for each in entries}
    as_named = [Identity(each.identity, each.second_key) for each in visit.values()]
    if len(visit) < DISTINCT * len(entries) or not feeds.changes_its_ids(as_named, by_first, by_second, unchanged):
        return False
    if len(entries) + unchanged >= FEWEST_TO_TELL:
        return True
    return all(_same_date(each, by_second[key]) for key, each in visit.items() if key in by_second)


def _same_date(entry: Harvested, known: Known) -> bool:
    return not entry.date_guessed and not known.date_guessed and entry.published_at == known.published_at


def proposal(before: Mapping[str, Any], entry: Harvested) -> str:
    """What the feed would now say differently of a promoted entry, as JSON by column; "" if nothing.

    content_hash stands beside it: what is known of the entry once a person has decided, either way.
    """
    now = {name: _plain(value) for name, value in entry.content.items()}
    different = {name: value for name, value in now.items() if _plain(before[name]) != value}
    if not different:
        return ""
    return json.dumps({**different, "content_hash": entry.content_hash}, ensure_ascii=False, sort_keys=True)


def from_proposal(said: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a proposal as the table takes them."""
    columns = dict(said)
    if "published_at" in columns:
        columns |= {"published_at": datetime.fromisoformat(columns["published_at"]), "date_guessed": False}
    for name, kind in (("mode", Mode), ("format", Format)):
        if name in columns:
            columns[name] = kind(columns[name])
    return columns


def harvest_of(
    feed: Feed, first_seen: datetime, mode: Mode | None = None, source: str = "", language: str = ""
) -> list[Harvested]:
    """The entries of a feed as the inbox keeps them, each once, in the order of the document.

    first_seen: stands for a date that the feed does not give. mode, language: what the specialist said about the
    whole source. source: the source's key, since the same guid in two sources is two things.
    """
    known_as = feeds.distinct(feed.entries, feeds.identities(source, feed.entries))
    return [harvested(feed, entry, identity, first_seen, mode, language) for entry, identity in known_as]


def harvested(
    feed: Feed, entry: Entry, identity: Identity, first_seen: datetime, mode: Mode | None = None, language: str = ""
) -> Harvested:
    """One entry in the columns of the inbox."""
    summary = clean.first_sentence(entry.summary_html or entry.body_html, SUMMARY)
    authors = entry.authors or feed.authors
    # a feed is made by whoever it is named after, but a catalog lists the books of others
    publisher = "" if is_catalog(feed) else feed.title
    taken_in = mode or Mode(feeds.mode_of(entry, feed).value)
    file = main_file(entry, taken_in)
    made = Harvested(
        identity=identity.key,
        second_key=identity.second,
        title=entry.title or clean.line(summary, TITLE_FROM_TEXT) or NO_TITLE,
        url=entry.url or (file.url if file else ""),
        summary=summary,
        body=entry.body_html,
        creator=", ".join(author.name for author in authors[:3]) or publisher,
        published_at=entry.published_at or first_seen,
        date_guessed=entry.published_at is None,
        mode=taken_in,
        format=format_of(feed, entry, taken_in),
        file_url=file.url if file else "",
        file_type=file.media_type[:80] if file else "",
        minutes=entry.duration_minutes,
        language=(language or _language(entry.language or feed.language or ""))[:12],
        explicit=bool(entry.explicit or (entry.explicit is None and feed.explicit)),
        picture=entry.picture or "",
        transcript=entry.transcript_url or "",
        isbn=entry.isbn,
        publisher=entry.publisher,
        subjects="; ".join(each.replace("; ", ", ") for each in entry.subjects),
        series=entry.series,
        year=entry.year,
        access=entry.access,
    )
    first = authors[0].name if authors else publisher
    return replace(made, content_hash=hash_of(made.content), match_key=match_key_of(made.title, first, made.format))


def _language(tag: str) -> str:
    """A language as the web writes it; catalogs use the three letters of MARC."""
    return (of_marc(tag) or tag) if len(tag) == 3 else tag


def match_key_of(title: str, creator: str, format: Format) -> str:
    """What a thing of the catalogue has too when it is the same: see CatalogueRecord.match_key."""
    return CatalogueRecord(title=title, makers=(Maker(creator, ""),), format=format).match_key


def is_catalog(feed: Feed) -> bool:
    """Whether it lists the things of a library or a shop, OPDS."""
    return feed.format.lower().startswith("opds")


def format_of(feed: Feed, entry: Entry, mode: Mode) -> Format:
    """What kind of thing it is, within its mode."""
    named = FORMATS.get((entry.medium or feed.medium or "").lower())
    usual = OF_A_CATALOG if is_catalog(feed) else USUAL
    return named if named is not None and mode_of(named) is mode else usual[mode]


def main_file(entry: Entry, mode: Mode) -> Attachment | None:
    """The file that is listened to or viewed, else the first that is no picture."""
    wanted = {Mode.LISTENING: "audio/", Mode.VIEWING: "video/"}.get(mode)
    files = [each for each in entry.attachments if not each.media_type.startswith("image/")]
    fitting = [each for each in files if wanted and each.media_type.startswith(wanted)]
    return next(iter(fitting or files), None)


def hash_of(content: Mapping[str, Any]) -> str:
    """A fingerprint of what was stored, so that what has not changed costs no write."""
    said = {name: _plain(value) for name, value in content.items() if value or name not in LATER}
    text = json.dumps(said, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
