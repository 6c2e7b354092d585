"""The table of formats: their names and media types, who reads and who writes them; and the front door."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from feeds import jsonfeed, opds2, write_atom, write_rss
from feeds.encoding import header, text_of
from feeds.model import Feed, Unreadable, reading

LARGEST = 15 * 1024 * 1024  # bytes; source: SAFETY.md section 0, "fetch"

_Reader = Callable[[bytes, str, Mapping[str, str], datetime, Collection[str]], Feed]
_ARCHIVES = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"Rar!", b"\x78\x9c")
# what may stand in front of the first element
_FRONT = re.compile(r"(?:\s+|<\?[^>]*>|<!--.*?-->|<!(?:DOCTYPE|doctype)[^>\[]*(?:\[.*?\]\s*)?>)*", re.DOTALL)
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_ROOTS = {"rss": "rss", "rdf": "rss", "channel": "rss", "feed": "atom", "opml": "opml", "html": "html"}
_TYPES = {
    "application/rss+xml": "rss",
    "application/rdf+xml": "rss",
    "application/atom+xml": "atom",
    "application/feed+json": "json",
    "application/json": "json",
    "application/opds+json": "json",
    "application/opds-publication+json": "json",
    "text/html": "html",
}


@dataclass(frozen=True)
class Format:
    """One format. media_type: what it is announced and answered as."""

    name: str
    media_type: str
    reader: _Reader
    writer: Callable[[Feed], bytes]


def _read_syndication(body: bytes, url: str, headers: Mapping[str, str], now: datetime, known: Collection[str]) -> Feed:
    # feedparser takes a tenth of a second to import, and most of us only write
    from feeds import syndication

    return syndication.read(body, url, headers, now, known)


def _read_json(body: bytes, url: str, _: Mapping[str, str], now: datetime, known: Collection[str]) -> Feed:
    # reading JSON costs little, so it is always read whole
    top = jsonfeed.parsed(body)
    return opds2.feed_of(top, url, now) if opds2.is_catalog(top) else jsonfeed.feed_of(top, url, now)


FORMATS = {
    "atom": Format("atom", "application/atom+xml", _read_syndication, write_atom.write),
    "rss": Format("rss", "application/rss+xml", _read_syndication, write_rss.write),
    "json": Format("json", "application/feed+json", _read_json, jsonfeed.write),
}


def recognise(body: bytes, content_type: str = "") -> str | None:
    """What a document is: rss (with RDF), atom (with OPDS 1), json (with OPDS 2), html, opml, or None.

    What it looks like counts first; only where it looks like nothing does the type that was told.
    """
    head = text_of(body[:65_536], {"content-type": content_type}).lstrip("\ufeff\0 \t\r\n")
    if head.startswith(("{", "[")):
        return "json"
    front = _FRONT.match(head)
    root = _ROOT.match(head, front.end() if front else 0)
    if root and root[1].lower() in _ROOTS:
        return _ROOTS[root[1].lower()]
    if re.search(r"<!doctype\s+html", head[:1024], re.IGNORECASE):
        return "html"
    later = re.search(r"<(?:\w+:)?(rss|rdf|feed|html)\b[^<>]*>", head, re.IGNORECASE)
    if later:
        return _ROOTS[later[1].lower()]
    return _TYPES.get(content_type.partition(";")[0].strip().lower())


def read(
    body: bytes, url: str, headers: Mapping[str, str], now: datetime | None = None, known: Collection[str] = ()
) -> Feed:
    """The feed that some bytes are.

    url: where they were found, for relative addresses. headers: of the answer that brought them.
    now: what is more than a day later than this is no date; the present moment unless it is given.
    known: the slices of an earlier reading of the same address; entries that say the same as then are left out.
    Raises Unreadable and nothing else.
    """
    with reading():
        return _read(body, url, headers, now or datetime.now(UTC), known)


def write(feed: Feed, format_name: str) -> bytes:
    """The feed in one of FORMATS. Raises ValueError where it lacks what the format demands."""
    return FORMATS[format_name].writer(feed)


def _read(body: bytes, url: str, headers: Mapping[str, str], now: datetime, known: Collection[str]) -> Feed:
    if not body.strip(b"\0 \t\r\n"):
        raise Unreadable("empty")
    if len(body) > LARGEST:
        raise Unreadable("too-large")
    if body.startswith(_ARCHIVES):
        raise Unreadable("compressed")
    name = recognise(body, header(headers, "content-type"))
    if name == "html":
        raise Unreadable("web-page")
    if name not in FORMATS:
        raise Unreadable("not-a-feed")
    return FORMATS[name].reader(body, url, headers, now, known)
