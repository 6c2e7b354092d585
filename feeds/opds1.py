"""Reads what makes a catalog of an Atom feed, OPDS 1.2; the feed itself is read as any other.

Sources: specs.opds.io/opds-1.2; STANDARDS.md, 2.7.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

from feeds import clean
from feeds.address import address
from feeds.catalog import IMAGES, MEDIA, Offer, isbn_of, offered, price_of, rel_of, series_of, subjects_of, year_of
from feeds.model import AUTHOR, TITLE, Author, Entry
from feeds.namespaces import ATOM, DC, DCTERMS, SCHEMA, SIMPLIFIED
from feeds.sieve import CURRENCY, ORDINAL, TYPES

_XML = "http://www.w3.org/XML/1998/namespace"
_MARKS = (b"opds-spec.org/", b"profile=opds-catalog")
_ROOT = re.compile(rb"<(?:\w+:)?feed\b[^>]*opds-spec\.org/2010/catalog")
# where a catalog leads from a thing to others of its kind
_ASIDE = {"related", "up", "self", "contributor", "author", "http://opds-spec.org/shelf", "start", "search"}


class Catalog:
    """What stands in a catalog beside what every Atom feed has.

    document: what `guard.bounded` returned; no other is safe here. url: where it was found.
    """

    def __init__(self, document: bytes, url: str) -> None:
        root = fromstring(document)
        self._base = address(root.get(f"{{{_XML}}}base"), url) or url
        self._entries = {one.findtext(ORDINAL) or "": one for one in root.iter(f"{{{ATOM}}}entry")}

    def shelves(self) -> list[tuple[str, str]]:
        """Title and address of each feed that its front page leads to, in its order."""
        found = []
        for one in self._entries.values():
            url = self._leads_to(one)
            if url and not self._offers(one):
                found.append((clean.plain(one.findtext(f"{{{ATOM}}}title") or "", TITLE), url))
        return found

    def is_shelf(self, ordinal: str) -> bool:
        """Whether an entry is no thing but the way to another feed."""
        one = self._entries.get(ordinal)
        return one is not None and not self._offers(one) and self._leads_to(one) is not None

    def entry(self, read: Entry, ordinal: str) -> Entry:
        """An entry as the feed has it, with what the catalog says besides."""
        one = self._entries.get(ordinal)
        if one is None:
            return read
        identifiers = [*_texts(one, DCTERMS, "identifier"), *_texts(one, DC, "identifier"), read.guid or ""]
        kind = one.get(f"{{{SCHEMA}}}additionalType", "").rpartition("/")[2].lower()
        languages = [*_texts(one, DCTERMS, "language"), *_texts(one, DC, "language"), read.language or ""]
        publishers = [*_texts(one, DCTERMS, "publisher"), *_texts(one, DC, "publisher"), ""]
        entry = replace(
            read,
            authors=read.authors or self._sorted_names(one),
            picture=self._picture(one) or read.picture,
            language=next(filter(None, map(clean.language, languages)), None),
            medium=MEDIA.get(kind, read.medium),
            isbn=isbn_of(identifiers),
            publisher=clean.line(publishers[0], AUTHOR),
            subjects=subjects_of(_headings(one)),
            series=_series(one),
            year=next(filter(None, map(year_of, _texts(one, DCTERMS, "issued"))), None),
        )
        return offered(entry, self._offers(one), self._page(one))

    def _offers(self, entry: Element) -> list[Offer]:
        found = []
        for link in _links(entry):
            rel = rel_of(link.get("rel", ""))
            if rel is not None:
                types = (_type(link), *link.get(TYPES, "").lower().split())
                price = price_of(link.text, link.get(CURRENCY))
                found.append(Offer(rel, self._to(link), tuple(filter(None, types)), price))
        return found

    def _leads_to(self, entry: Element) -> str | None:
        for link in _links(entry):
            kind = _type(link)
            if "profile=opds-catalog" in kind and "type=entry" not in kind and link.get("rel", "") not in _ASIDE:
                return self._to(link)
        return None

    def _page(self, entry: Element) -> str | None:
        pages = (one for one in _links(entry) if one.get("rel", "alternate") == "alternate")
        kinds = ("text/html", "application/xhtml+xml", "")
        return next(filter(None, (self._to(one) for one in pages if _type(one).partition(";")[0] in kinds)), None)

    def _picture(self, entry: Element) -> str | None:
        pictures = [one for one in _links(entry) if one.get("rel") in IMAGES and "svg" not in _type(one)]
        pictures.sort(key=lambda one: IMAGES.index(one.get("rel", "")))
        return next(filter(None, map(self._to, pictures)), None)

    def _sorted_names(self, entry: Element) -> tuple[Author, ...]:
        """Authors of whom only the name is given by which they are sorted: "Lord, John"."""
        found = []
        for author in entry.findall(f"{{{ATOM}}}author"):
            for said in _texts(author, SIMPLIFIED, "sort_name"):
                last, comma, first = re.sub(r"\([^()]*\)", "", said).partition(",")
                name = clean.line(f"{first} {last}" if comma and "," not in first else said, AUTHOR)
                found += [Author(name)] if name else []
        return tuple(dict.fromkeys(found))

    def _to(self, link: Element) -> str | None:
        return address(link.get("href"), self._base)


def catalog_in(document: bytes, url: str, content_type: str = "") -> Catalog | None:
    """The catalog that a feed is, or None where it is none.

    document: what `guard.bounded` returned. content_type: what it was called when it came.
    """
    if not any(mark in document or mark.decode() in content_type for mark in _MARKS):
        return None
    if "profile=opds-catalog" in content_type or _ROOT.search(document[:8_192]):
        return Catalog(document, url)
    links = (link for link in fromstring(document).iter(f"{{{ATOM}}}link"))
    is_one = any("opds-spec.org/" in one.get("rel", "") or "profile=opds-catalog" in _type(one) for one in links)
    return Catalog(document, url) if is_one else None


def _links(entry: Element) -> Iterator[Element]:
    return entry.iterfind(f"{{{ATOM}}}link")


def _type(link: Element) -> str:
    return "".join(link.get("type", "").lower().replace('"', "").split())


def _texts(entry: Element, uri: str, name: str) -> list[str]:
    return [text for one in entry.iterfind(f"{{{uri}}}{name}") if (text := (one.text or "").strip())]


def _headings(entry: Element) -> Iterator[tuple[str, str]]:
    for one in entry.iterfind(f"{{{ATOM}}}category"):
        yield one.get("label") or one.get("term") or "", one.get("scheme", "")
    for text in [*_texts(entry, DCTERMS, "subject"), *_texts(entry, DC, "subject")]:
        yield text, ""


def _series(entry: Element) -> str:
    for name in ("Series", "series"):
        for one in entry.iterfind(f"{{{SCHEMA}}}{name}"):
            said = {key.rpartition("}")[2].lower(): value for key, value in one.items()}
            if words := series_of(said.get("name", ""), said.get("position")):
                return words
    return ""
