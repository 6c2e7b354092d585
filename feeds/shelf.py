"""A shelf of a catalog as it is to be written, in OPDS 1.2 or 2.0: ways to other shelves, and things that stand on it.

Sources: specs.opds.io/opds-1.2; specs.opds.io/opds-2.0; STANDARDS.md, 2.7.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from feeds.catalog import ACQUISITION
from feeds.model import Author

OPDS2 = "application/opds+json"
PUBLICATION2 = "application/opds-publication+json"
NAVIGATION1 = "application/atom+xml;profile=opds-catalog;kind=navigation"
ACQUISITION1 = "application/atom+xml;profile=opds-catalog;kind=acquisition"
OPENSEARCH = "application/opensearchdescription+xml"
HTML = "text/html"
SCHEMA_TYPE = "http://schema.org/"


@dataclass(frozen=True)
class Way:
    """A way to another shelf. things: whether things stand there, or only more ways. count: of them, if known."""

    title: str
    url: str
    guid: str = ""
    rel: str = "subsection"
    things: bool = True
    summary: str = ""
    count: int | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True)
class Offer:
    """A way to have a thing at once, or to borrow it. rel: "open-access" or "borrow"."""

    url: str
    media_type: str
    rel: str = "open-access"

    @property
    def relation(self) -> str:
        """The relation as both formats name it."""
        return f"{ACQUISITION}/{self.rel}"


@dataclass(frozen=True)
class Picture:
    """A picture of a thing. width, height: in points."""

    url: str
    media_type: str
    width: int
    height: int


@dataclass(frozen=True)
class Told:
    """Where a thing is that no program can fetch: on our shelf, or on a page of the web.

    words: for people. copies, available: of a thing on the shelf; None where that is not known.
    """

    url: str
    words: str
    copies: int | None = None
    available: int | None = None


@dataclass(frozen=True)
class Publication:
    """One thing. kind: its type in schema.org, without the address before it. guid: its name on this shelf.

    identifiers: addresses that name it elsewhere, urn:isbn first. page_url: for people; url: of itself alone, as OPDS
    2.0. authors: who made it; others: pairs of a role and a name. note: why it is on the shelf; both texts plain.
    extension: values of vocabularies of our own, by whole addresses.
    """

    guid: str
    title: str
    page_url: str
    url: str
    kind: str = "Book"
    identifiers: tuple[str, ...] = ()
    authors: tuple[Author, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    language: str = ""
    publisher: str = ""
    year: int | None = None
    subjects: tuple[str, ...] = ()
    series: str = ""
    summary: str = ""
    note: str = ""
    pages: int | None = None
    seconds: int | None = None
    pictures: tuple[Picture, ...] = ()
    offers: tuple[Offer, ...] = ()
    told: tuple[Told, ...] = ()
    updated_at: datetime | None = None
    extension: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Some ways, or some things, under one heading. url: of the shelf that has all of them, "" where there is none."""

    title: str
    url: str = ""
    ways: tuple[Way, ...] = ()
    publications: tuple[Publication, ...] = ()
    count: int | None = None


@dataclass(frozen=True)
class Facet:
    """One question by which what stands on a shelf is narrowed. ways: its answers; that of the shelf has rel "self"."""

    title: str
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class Shelf:
    """A shelf, or one page of it. search_url: in OPDS 2.0 with {?query}, in 1.2 of the OpenSearch description.

    count: things or ways on all pages together. page_url: the same for people.
    """

    title: str
    guid: str
    url: str
    start_url: str
    updated_at: datetime
    author: str
    page_url: str = ""
    up_url: str = ""
    search_url: str = ""
    previous_url: str = ""
    next_url: str = ""
    description: str = ""
    language: str = ""
    ways: tuple[Way, ...] = ()
    publications: tuple[Publication, ...] = ()
    groups: tuple[Group, ...] = ()
    facets: tuple[Facet, ...] = ()
    count: int | None = None
    per_page: int = 0
    page: int = 1
    extension: Mapping[str, Any] = field(default_factory=dict)
