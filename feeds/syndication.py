"""Reads RSS 0.9 to 2.0, RDF and Atom, with their podcast and media vocabularies. Alone asks feedparser."""

import dataclasses
import html
import io
import warnings
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from xml.sax.expatreader import ExpatParser
from xml.sax.handler import feature_external_ges, feature_namespaces

from feedparser.api import StrictFeedParser

from feeds import clean
from feeds.address import absolute, address
from feeds.cutting import unknown
from feeds.encoding import header, text_of
from feeds.mode import kind_of
from feeds.model import (
    ATTACHMENTS,
    AUTHOR,
    AUTHORS,
    BODY,
    CATEGORIES,
    CATEGORY,
    LABEL,
    SUMMARY,
    TITLE,
    Attachment,
    Author,
    Entry,
    Feed,
    Unreadable,
    newest,
)
from feeds.moments import believable, lasting, moment, seconds
from feeds.opds1 import Catalog, catalog_in
from feeds.podcast import Extra, extras
from feeds.sieve import ORDINAL

# part of every digest: raised when an entry is read otherwise than before, so that all are read once more
READING = 1
PIECE = 256 * 1024  # characters that come as one text: more than any field has
_NAMES = {
    "rss090": "RSS 0.90",
    "rss091n": "RSS 0.91",
    "rss091u": "RSS 0.91",
    "rss092": "RSS 0.92",
    "rss093": "RSS 0.93",
    "rss094": "RSS 0.94",
    "rss10": "RSS 1.0",
    "rss20": "RSS 2.0",
    "rss": "RSS",
    "atom01": "Atom 0.1",
    "atom02": "Atom 0.2",
    "atom03": "Atom 0.3",
    "atom10": "Atom 1.0",
    "atom": "Atom",
    "cdf": "CDF",
}
_HOURS = {str(hour) for hour in range(25)} | {f"0{hour}" for hour in range(10)}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_BASED = (b"base=", b'href=""')
_UPDATED = {"updated", "modified"}
_DATES = ("published", "updated", "created")


def read(body: bytes, url: str, headers: Mapping[str, str], now: datetime, known: Collection[str] = ()) -> Feed:
    """The feed that stands in an XML document.

    url: where it was found; relative addresses start from it. now: for dates that lie ahead. known: the slices of an
    earlier reading, whose entries are left out.
    Raises Unreadable.
    """
    language = header(headers, "content-language")
    part = unknown(text_of(body, headers), f"{READING} {url} {language}", known)
    document = part.sieve.document()
    if not document:
        raise Unreadable("not-a-feed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = _parsed(document, url, language)
        of_feed, of_entries = extras(document)
        catalog = catalog_in(document, url, header(headers, "content-type"))
    except MemoryError:
        raise
    except Exception as problem:
        raise Unreadable("broken") from problem
    if not parsed.get("version") and not parsed["entries"]:
        raise Unreadable("not-a-feed")
    source = _Thing(parsed["feed"], of_feed, url, now)
    things = [(str(one.get(ORDINAL)), one) for one in parsed["entries"]]
    read_as = [(at, _entry(_Thing(one, of_entries.get(at, Extra()), url, now))) for at, one in things]
    listed = [entry for _, entry in read_as] if catalog is None else _shelved(read_as, catalog)
    read_newest = newest(listed, lambda one: one.published_at)
    feed = _feed(source, part.left_out, read_newest, str(parsed.get("version") or ""), url)
    if catalog is not None:
        return dataclasses.replace(feed, format="opds1", kind="catalog")
    if not parsed.get("version"):
        return feed
    settled = _settled(read_as, part.sieve.dated())
    return dataclasses.replace(
        feed,
        slices=tuple(digest for digest, at in part.slices if not at or at in settled),
        unchanged=part.unchanged,
        kind="feed" if part.unchanged else feed.kind,
    )


class _Whole(ExpatParser):
    """Hands over each text whole; as it comes, it is cut at every line and at every sign that is written by name."""

    def reset(self) -> None:
        super().reset()
        parser: Any = self._parser  # type: ignore[attr-defined]
        parser.buffer_text = True
        parser.buffer_size = PIECE


def _parsed(document: bytes, url: str, language: str) -> dict[str, Any]:
    """What feedparser makes of a document that the sieve wrote: UTF-8, and nothing declared in it.

    So the guesses with which feedparser begins can be spared, and its strict parser be asked directly; the other one,
    for what is broken, is never needed.
    """
    # addresses are made whole by us; feedparser, which works out for each element from where, is only asked to where
    # an element says so itself, or where a link to nothing means the feed
    base = url if any(mark in document for mark in _BASED) else ""
    strict = StrictFeedParser(base, language or None, "utf-8")
    strict.sanitize_html = strict.resolve_relative_uris = False
    reader = _Whole()
    reader.setFeature(feature_namespaces, True)
    reader.setFeature(feature_external_ges, False)
    reader.setContentHandler(strict)
    reader.setErrorHandler(strict)
    reader.parse(io.BytesIO(document))
    return {"feed": strict.feeddata, "entries": strict.entries, "version": strict.version}


def _settled(read_as: list[tuple[str, Entry]], dated: Mapping[str, set[str]]) -> set[str]:
    """The entries of which the same text will say the same tomorrow: a date that lies ahead can be believed later."""
    return {
        at
        for at, entry in read_as
        if not (entry.published_guessed and dated.get(at)) and (entry.updated_at or not dated.get(at, set()) & _UPDATED)
    }


def _feed(source: "_Thing", left_out: int, entries: list[Entry], version: str, url: str) -> Feed:
    explicit = source.extra.explicit
    dates = [entry.published_at for entry in entries if entry.published_at]
    medium = clean.line(source.extra.medium, LABEL) or None
    feed = Feed(
        title=source.title(),
        entries=tuple(_inherit(entry, explicit) for entry in entries),
        format=_NAMES.get(version, "RSS"),
        guid=clean.token(source.extra.guid or source.text("id")),
        site_url=source.link,
        feed_url=source.rel("self") or address(url),
        next_url=source.rel("next"),
        description=clean.plain(source.text("subtitle") or source.text("info") or source.text("summary"), SUMMARY),
        picture=source.picture(),
        language=source.language(),
        authors=source.authors(),
        updated_at=source.at("updated") or max(dates, default=None) or source.at("published"),
        explicit=explicit,
        medium=medium,
        ttl_minutes=source.minutes("ttl"),
        left_out=left_out,
        skip_hours=tuple(sorted({int(one) % 24 for one in source.extra.skipped if one in _HOURS})),
        skip_days=tuple(sorted({_DAYS.index(one) for one in source.extra.skipped if one in _DAYS})),
    )
    return dataclasses.replace(feed, kind=kind_of(feed))


def _shelved(read_as: list[tuple[str, Entry]], catalog: Catalog) -> list[Entry]:
    """The things of a catalog, without the ways to other shelves of it. Raises Unreadable where there are only such."""
    things = [catalog.entry(entry, at) for at, entry in read_as if not catalog.is_shelf(at)]
    if read_as and not things:
        raise Unreadable("front-page")
    return things


def _inherit(entry: Entry, explicit: bool | None) -> Entry:
    return dataclasses.replace(entry, explicit=explicit) if entry.explicit is None else entry


def _entry(thing: "_Thing") -> Entry:
    attachments = thing.attachments()
    published = thing.at(*_DATES)
    body, summary = thing.words()
    transcript_url, transcript_type = thing.extra.transcript
    lengths = [one.duration_seconds for one in attachments if one.duration_seconds]
    mediums = [str(one.get("medium", "")).lower() for one in thing.many("media_content")]
    return Entry(
        guid=clean.token(thing.extra.guid or thing.text("id")),
        title=thing.title(),
        url=thing.link or next((one.url for one in attachments), None),
        summary_html=summary,
        body_html=body,
        published_at=published,
        published_guessed=published is None,
        updated_at=thing.at("updated"),
        authors=thing.authors(),
        picture=thing.picture(),
        attachments=attachments,
        duration_seconds=seconds(thing.extra.duration) or next(iter(lengths), None),
        transcript_url=address(transcript_url, thing.base),
        transcript_type=clean.line(transcript_type, LABEL) if address(transcript_url, thing.base) else "",
        chapters_url=address(thing.extra.chapters, thing.base),
        language=thing.language(),
        explicit=thing.extra.explicit,
        medium=next((one for one in mediums if one in ("audio", "video")), None),
        categories=thing.categories(),
    )


class _Thing:
    """An entry or the feed itself as feedparser gives it, asked in a way that never fails."""

    def __init__(self, found: dict[str, Any], extra: Extra, base: str, now: datetime) -> None:
        self.found, self.extra, self.base, self.now = found, extra, base, now

    def text(self, name: str) -> str:
        value = dict.get(self.found, name)
        return value if isinstance(value, str) else ""

    def many(self, name: str) -> list[dict[str, Any]]:
        value = dict.get(self.found, name)
        return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

    def one(self, name: str) -> dict[str, Any]:
        value = dict.get(self.found, name)
        return value if isinstance(value, dict) else {}

    def title(self) -> str:
        kind = str(self.one("title_detail").get("type", ""))
        said = self.text("title")
        title = clean.line(said, TITLE) if kind == "text/plain" else clean.plain(said, TITLE)
        return title or clean.line(self.extra.title, TITLE)

    @cached_property
    def link(self) -> str | None:
        """The page of it: an address that the feed calls one, then an identity that is one."""
        is_guid = bool(dict.get(self.found, "guidislink"))
        alternates = (str(one.get("href", "")) for one in self.many("links") if one.get("rel") == "alternate")
        for given in (self.text("feedburner_origlink"), self.text("link"), *alternates):
            found = address(given, self.base)
            if found and not (is_guid and given == self.text("id")):
                return found
        video = self.text("yt_videoid")
        if video.replace("-", "").replace("_", "").isalnum() and len(video) == 11:
            return f"https://www.youtube.com/watch?v={video}"
        return absolute(self.extra.guid) if self.extra.is_permalink else None

    def rel(self, name: str) -> str | None:
        given = (str(one.get("href", "")) for one in self.many("links") if one.get("rel") == name)
        return next((found for found in (address(one, self.base) for one in given) if found), None)

    def words(self) -> tuple[str, str]:
        """Body and summary as clean markup; what is not given is taken from the other."""
        long, short = self.many("content"), self.one("summary_detail") or {"value": self.text("summary")}
        told = [one for one in [*long, short] if _is_words(one)]
        best = max(told, key=lambda one: (_is_html(one), len(str(one["value"]))), default=None)
        if best is None:
            return "", ""
        body = self._clean(best, BODY)
        other = short if _is_words(short) and short.get("value") != best.get("value") else None
        summary = self._clean(other, SUMMARY) if other is not None else ""
        return body, summary or clean.html_from_text(clean.first_sentence(body), longest=SUMMARY)

    def _clean(self, words: dict[str, Any], longest: int) -> str:
        told = address(words.get("base"), self.base)
        base = told if told and told != self.base else self.link or self.base
        value = str(words["value"])
        if _is_html(words) and "<" in value:
            return clean.html_of(value, base, longest)
        return clean.html_from_text(html.unescape(value) if _is_html(words) else value, base, longest)

    def at(self, *names: str) -> datetime | None:
        """The first of these dates that can be believed."""
        for name in names:
            parsed = _moment(dict.get(self.found, f"{name}_parsed"))
            if found := believable(parsed, self.now) or believable(moment(self.text(name)), self.now):
                return found
        return None

    def authors(self) -> tuple[Author, ...]:
        given = [(str(one.get("name") or ""), one.get("href")) for one in self.many("authors")]
        authors: list[Author] = []
        for name, url in [*given, *self.extra.people]:
            author = Author(clean.line(name, AUTHOR), address(url, self.base))
            if author.name and "@" not in author.name and author.name not in [one.name for one in authors]:
                authors.append(author)
        return tuple(authors[:AUTHORS])

    def picture(self) -> str | None:
        films = self.many("media_content")
        given = [
            self.one("image").get("href"),
            *(one.get("url") for one in self.many("media_thumbnail")),
            *(one.get("href") for one in self.many("links") if _is_picture(one) and one.get("rel") == "enclosure"),
            *(one.get("url") for one in films if _is_picture(one)),
            self.text("logo"),
        ]
        return next((found for found in (address(one, self.base) for one in given) if found), None)

    def attachments(self) -> tuple[Attachment, ...]:
        found: dict[str, Attachment] = {}
        enclosures = [one for one in self.many("links") if one.get("rel") == "enclosure"]
        for one in [*enclosures, *self.many("media_content")]:
            url = address(one.get("href") or one.get("url"), self.base)
            kind = clean.line(str(one.get("type") or ""), LABEL).lower()
            if url is None or _is_picture(one) or "flash" in kind:
                continue
            length = str(one.get("length") or one.get("filesize") or "").strip()
            size = int(length) if length.isascii() and length.isdigit() and len(length) < 15 else 0
            lasts = seconds(str(one.get("duration") or ""))
            before = found.get(url)
            if before is None:
                found[url] = Attachment(url, kind or _kind(one), size or None, lasts)
            elif before.duration_seconds is None and lasts:
                found[url] = dataclasses.replace(before, duration_seconds=lasting(lasts))
        return tuple(found.values())[:ATTACHMENTS]

    def categories(self) -> tuple[str, ...]:
        said = (clean.line(str(one.get("label") or one.get("term") or ""), CATEGORY) for one in self.many("tags"))
        return tuple(dict.fromkeys(one for one in said if one))[:CATEGORIES]

    def language(self) -> str | None:
        said = self.text("language") or str(self.one("title_detail").get("language") or "")
        return clean.language(said)

    def minutes(self, name: str) -> int | None:
        given = self.text(name).strip()
        return min(int(given), 60 * 24 * 31) if given.isascii() and given.isdigit() and len(given) < 8 else None


def _is_words(words: dict[str, Any]) -> bool:
    kind = str(words.get("type") or "")
    return bool(str(words.get("value") or "").strip()) and (not kind or kind == "text/plain" or _is_html(words))


def _is_html(words: dict[str, Any]) -> bool:
    return str(words.get("type") or "") in ("", "text/html", "application/xhtml+xml")


def _is_picture(link: dict[str, Any]) -> bool:
    return str(link.get("type") or "").startswith("image/") or link.get("medium") == "image"


def _kind(link: dict[str, Any]) -> str:
    medium = str(link.get("medium") or "")
    return f"{medium}/*" if medium in ("audio", "video") else ""


def _moment(parsed: object) -> datetime | None:
    try:
        year, month, day, hour, minute, second = parsed[:6]  # type: ignore[index]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None
