"""Reads catalogs in JSON, OPDS 2.0. Sources: specs.opds.io/opds-2.0; readium.org/webpub-manifest; STANDARDS.md, 2.7."""

import html
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from feeds import clean
from feeds.address import address
from feeds.catalog import MEDIA, Offer, isbn_of, offered, price_of, rel_of, series_of, subjects_of, year_of
from feeds.jsonfeed import listed, text_in
from feeds.model import AUTHOR, AUTHORS, LABEL, SUMMARY, TITLE, Author, Entry, Feed, Unreadable, newest
from feeds.moments import believable, lasting, moment

PUBLICATIONS = 20_000  # looked at for their dates
_MANY = 100  # of one kind within one publication
_WRAPPED = 5  # types within each other
# the first of these that is there
_MAKERS = ("author", "editor", "artist", "illustrator", "translator", "contributor")
_CATALOG_TYPES = ("application/opds+json", "application/atom+xml")
# what may be left out of an address, and what only somebody who has signed in can put in
_OPTIONAL = re.compile(r"\{[?&#][^{}]*\}")

# source: the schema of publications at specs.opds.io
_SHORT = {
    "acquisition": "",
    "download": "open-access",
    "preview": "sample",
    **{word: word for word in ("borrow", "buy", "subscribe")},
}


def is_catalog(top: Any) -> bool:
    """Whether the values of a JSON document are those of a catalog, of one shelf of it or of one thing."""
    if not isinstance(top, dict) or not isinstance(top.get("metadata"), dict):
        return False
    return bool({"publications", "navigation", "groups"} & top.keys()) or _is_publication(top)


def feed_of(top: dict[str, Any], url: str, now: datetime) -> Feed:
    """The catalog as a feed. Raises Unreadable."""
    found = list(publications(top))
    if not found and shelves(top, url):
        raise Unreadable("front-page")
    entries = [_entry(one, url, now) for one in newest(found[:PUBLICATIONS], lambda one: _at(one["metadata"], now))]
    about = _object(top, "metadata")
    return Feed(
        title=_words(about.get("title"), TITLE),
        entries=tuple(entries),
        format="opds2",
        kind="catalog",
        guid=clean.token(text_in(about, "identifier")),
        site_url=linked(top, "alternate", url),
        feed_url=linked(top, "self", url) or address(url),
        next_url=linked(top, "next", url),
        description=_words(about.get("description") or about.get("subtitle"), SUMMARY),
        language=_language(about),
        authors=_people(about, url),
        updated_at=believable(moment(text_in(about, "modified")), now),
        left_out=len(found) - len(entries),
    )


def is_front_page(top: dict[str, Any], url: str) -> bool:
    """Whether a catalog leads to shelves, and has things in its groups alone: a taste of them, and no list."""
    return not _objects(top.get("publications")) and bool(shelves(top, url))


def shelves(top: dict[str, Any], url: str) -> list[tuple[str, str]]:
    """Title and address of each feed that the front page of a catalog leads to, in its order."""
    found = []
    for part in [top, *_objects(top.get("groups"))]:
        for link in _objects(part.get("navigation")):
            where = _to(link, url)
            if where and text_in(link, "type").partition(";")[0] in ("", *_CATALOG_TYPES):
                found.append((_words(link.get("title"), TITLE), where))
    return found


def publications(top: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each thing of a shelf, those of its groups after its own."""
    if _is_publication(top):
        yield top
        return
    for part in [top, *_objects(top.get("groups"))]:
        for one in _objects(part.get("publications"), PUBLICATIONS):
            if isinstance(one.get("metadata"), dict):
                yield one


def _is_publication(top: dict[str, Any]) -> bool:
    kind = text_in(_object(top, "metadata"), "@type")
    links = _objects(top.get("links"))
    return not {"publications", "navigation", "groups"} & top.keys() and (
        bool(kind) or any(_way(rel) is not None for link in links for rel in _rels(link))
    )


def _entry(one: dict[str, Any], base: str, now: datetime) -> Entry:
    about = _object(one, "metadata")
    at = _at(about, now)
    body = clean.html_of(text_in(about, "description"), base)
    known = [about.get("identifier"), about.get("isbn"), *listed(about.get("altIdentifier"))]
    identifiers = [text_in(each, "value") if isinstance(each, dict) else str(each or "") for each in known]
    publishers = [name for name, _ in _names(about, "publisher", base)] + [n for n, _ in _names(about, "imprint", base)]
    kind = re.split("[/:#]", text_in(about, "@type"))[-1].lower()
    entry = Entry(
        guid=clean.token(text_in(about, "identifier")),
        title=_words(about.get("title"), TITLE),
        summary_html=clean.html_from_text(clean.first_sentence(body), longest=SUMMARY),
        body_html=body,
        published_at=at,
        published_guessed=at is None,
        updated_at=believable(moment(text_in(about, "modified")), now),
        authors=_people(about, base),
        picture=_picture(one, base),
        duration_seconds=lasting(about.get("duration")),
        language=_language(about),
        medium=MEDIA.get(kind),
        isbn=isbn_of(identifiers),
        publisher=clean.line(next(iter(publishers), ""), AUTHOR),
        subjects=subjects_of(_headings(about)),
        series=_series(about),
        year=year_of(text_in(about, "published")),
    )
    pages = (_to(link, base) for link in _links(one) if "alternate" in _rels(link) and _is_page(link))
    return offered(entry, list(_offers(one, base)), next(filter(None, pages), None))


def _at(about: dict[str, Any], now: datetime) -> datetime | None:
    dates = (believable(moment(text_in(about, name)), now) for name in ("published", "modified"))
    return next(filter(None, dates), None)


def _offers(one: dict[str, Any], base: str) -> Iterator[Offer]:
    for link in _links(one):
        for rel in _rels(link):
            way = _way(rel)
            if way is not None:
                more = _object(link, "properties")
                price = _object(more, "price")
                kinds = [_type(link), *_wrapped(more.get("indirectAcquisition"))]
                yield Offer(way, _to(link, base), tuple(filter(None, kinds)), _price(price))
    # what a library buys of it: the terms are told, how it is lent is the business of a reading program
    for licence in _objects(one.get("licenses")):
        terms = _object(licence, "metadata")
        kinds = [_plain_type(each) for each in listed(_object(terms, "protection").get("format"))]
        yield Offer("borrow", None, tuple(filter(None, kinds)), _price(_object(terms, "price")))


def _way(rel: str) -> str | None:
    """Which way to have a thing a relation names, by its address or, since 2026, by a word alone."""
    return _SHORT[rel] if rel in _SHORT else rel_of(rel)


def _wrapped(listed: Any, depth: int = 0) -> Iterator[str]:
    if depth < _WRAPPED:
        for one in _objects(listed):
            yield _type(one)
            yield from _wrapped(one.get("child"), depth + 1)


def _picture(one: dict[str, Any], base: str) -> str | None:
    """The largest picture that is none of lines; the first where no size is told."""
    best: tuple[int, str] | None = None
    for image in _objects(one.get("images")):
        where = _to(image, base)
        size = image.get("width")
        width = int(size) if isinstance(size, int | float) and 0 < size < 100_000 else 0
        if where and "svg" not in _type(image) and (best is None or width > best[0]):
            best = (width, where)
    return best[1] if best else None


def _people(about: dict[str, Any], base: str) -> tuple[Author, ...]:
    for role in _MAKERS:
        found = [Author(name, url) for name, url in _names(about, role, base)]
        if found:
            return tuple(dict.fromkeys(found))[:AUTHORS]
    return ()


def _names(about: dict[str, Any], role: str, base: str) -> Iterator[tuple[str, str | None]]:
    for one in listed(about.get(role))[: 2 * AUTHORS]:
        said = one.get("name") if isinstance(one, dict) else one
        name = _words(said, AUTHOR)
        links = _objects(one.get("links")) if isinstance(one, dict) else []
        if name and "@" not in name:
            yield name, next(filter(None, (_to(link, base) for link in links if _is_page(link))), None)


def _headings(about: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for one in listed(about.get("subject"))[:_MANY]:
        if isinstance(one, dict):
            yield _words(one.get("name") or one.get("code"), TITLE), text_in(one, "scheme")
        else:
            yield _words(one, TITLE), ""


def _series(about: dict[str, Any]) -> str:
    for one in listed(_object(about, "belongsTo").get("series")):
        whole = one if isinstance(one, dict) else {"name": one}
        if words := series_of(_words(whole.get("name"), TITLE), whole.get("position")):
            return words
    return ""


def _language(about: dict[str, Any]) -> str | None:
    return next(filter(None, map(clean.language, listed(about.get("language"))[:_MANY])), None)


def _words(said: Any, longest: int) -> str:
    """A text that may be given in several languages: English, else the first."""
    if isinstance(said, dict):
        said = said.get("en") or next((one for one in said.values() if isinstance(one, str)), "")
    # many catalogs escape what JSON does not ask for
    return clean.line(html.unescape(said), longest) if isinstance(said, str) else ""


def linked(thing: dict[str, Any], rel: str, base: str) -> str | None:
    """Where the first link of a kind leads, or None."""
    return next(filter(None, (_to(link, base) for link in _links(thing) if rel in _rels(link))), None)


def _to(link: dict[str, Any], base: str) -> str | None:
    """Where a link leads; None where only somebody who has signed in can complete the address."""
    href = text_in(link, "href")
    if link.get("templated") is True:
        href = _OPTIONAL.sub("", href)
        if "{" in href:
            return None
    return address(href, base)


def _links(thing: dict[str, Any]) -> list[dict[str, Any]]:
    return _objects(thing.get("links"))


def _rels(link: dict[str, Any]) -> list[str]:
    return [one for one in listed(link.get("rel")) if isinstance(one, str)][:_MANY]


def _type(link: dict[str, Any]) -> str:
    return _plain_type(link.get("type"))


def _plain_type(said: Any) -> str:
    return "".join(clean.line(said, LABEL).lower().split()) if isinstance(said, str) else ""


def _is_page(link: dict[str, Any]) -> bool:
    return _type(link).startswith(("text/html", "application/xhtml+xml"))


def _price(said: dict[str, Any]) -> str:
    return price_of(said.get("value"), said.get("currency"))


def _objects(said: Any, most: int = _MANY) -> list[dict[str, Any]]:
    return [one for one in listed(said)[:most] if isinstance(one, dict)]


def _object(thing: dict[str, Any], name: str) -> dict[str, Any]:
    value = thing.get(name)
    return value if isinstance(value, dict) else {}
