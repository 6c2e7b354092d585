"""Finds the feeds that a web page announces, and those that the front page of a catalog leads to."""

from collections.abc import Mapping
from dataclasses import dataclass

from feeds import clean, jsonfeed, opds1, opds2
from feeds.address import address
from feeds.encoding import header, text_of
from feeds.formats import LARGEST, recognise
from feeds.guard import bounded
from feeds.markup import Start, pieces
from feeds.model import TITLE, Unreadable

HEAD = 1024 * 1024  # bytes of a page that are looked through
MOST = 20  # feeds of one page
# Source: STANDARDS.md 2.1, "Feed discovery on a page"; the best one for a library first
_OPDS1 = "application/atom+xml;profile=opds-catalog"
_OPDS2 = "application/opds+json"
_TYPES = ("application/atom+xml", "application/rss+xml", "application/feed+json", _OPDS2, _OPDS1)


@dataclass(frozen=True)
class Announced:
    """A feed that a page names. media_type: what the page says it is."""

    url: str
    title: str
    media_type: str


def announced(body: bytes, url: str, headers: Mapping[str, str]) -> tuple[Announced, ...]:
    """The feeds that a web page announces, in its order, each address once. Never fails.

    url: where the page was found. Feeds of comments are left out where there are others. A catalog's front page
    counts as such a page, and its shelves as feeds.
    """
    kind = recognise(body, header(headers, "content-type"))
    if kind in ("atom", "json") and len(body) <= LARGEST:
        return _shelves(body, url, headers, kind)
    base, has_base = url, False
    found: dict[str, Announced] = {}
    for piece in pieces(text_of(body[:HEAD], headers), page=True):
        if not isinstance(piece, Start):
            continue
        said = {key.lower(): value for key, value in reversed(piece.attributes)}
        name = piece.name.lower()
        if name == "base" and not has_base and said.get("href"):
            base, has_base = address(said["href"], url) or url, True
        elif name == "link" and len(found) < MOST:
            kind = "".join(said.get("type", "").lower().split()).replace('"', "").replace("'", "")
            where = address(said.get("href"), base)
            if where and "alternate" in said.get("rel", "").lower().split() and _is_feed(kind):
                found.setdefault(where, Announced(where, clean.line(said.get("title", ""), TITLE), _base_type(kind)))
    first = [one for one in found.values() if "comment" not in (one.title + one.url).lower()]
    return tuple(first or found.values())


def _shelves(body: bytes, url: str, headers: Mapping[str, str], kind: str) -> tuple[Announced, ...]:
    try:
        found = _of_json(body, url) if kind == "json" else _of_atom(body, url, headers)
    except Unreadable:
        return ()
    of_type = _OPDS2 if kind == "json" else _OPDS1
    each = {where: Announced(where, title, of_type) for title, where in reversed(found)}
    return tuple(reversed(each.values()))[:MOST]


def _of_atom(body: bytes, url: str, headers: Mapping[str, str]) -> list[tuple[str, str]]:
    catalog = opds1.catalog_in(bounded(text_of(body, headers)), url, header(headers, "content-type"))
    return catalog.shelves() if catalog else []


def _of_json(body: bytes, url: str) -> list[tuple[str, str]]:
    top = jsonfeed.parsed(body)
    return opds2.shelves(top, url) if opds2.is_catalog(top) else []


def _is_feed(kind: str) -> bool:
    return _base_type(kind) in _TYPES


def _base_type(kind: str) -> str:
    """A media type without parameters, except the one that makes an Atom feed a catalogue."""
    name, _, parameters = kind.partition(";")
    catalogue = name == "application/atom+xml" and "profile=opds-catalog" in parameters.split(";")
    return f"{name};profile=opds-catalog" if catalogue else name
