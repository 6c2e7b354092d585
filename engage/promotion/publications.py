"""What stands on our lists as things of other people's catalogues: what can be fetched, what can be borrowed, and what
only stands on a shelf.

Sources: STANDARDS.md, 2.7; DECISIONS.md, "A catalogue promises only what can be fetched".
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.requests import Request

from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.lists.exchange_form import urn
from engage.outside.addresses import host_of
from engage.resources import isbn
from engage.resources.pictures import WIDTHS, shape_of
from engage.resources.plain_covers import look_of, size_of
from engage.resources.rules import Format
from engage.resources.wording import kind_of, on_shelf, site_of
from engage.resources.works import Door, Shelf, Work
from engage.web.marks import plain
from engage.web.render import whole
from engage.web.routing import path_for
from feeds.clean import language
from feeds.model import Author
from feeds.shelf import Offer, Picture, Publication, Told

# types of schema.org, https://schema.org/CreativeWork
KINDS = {
    Format.EBOOK: "EBook",
    Format.AUDIOBOOK: "Audiobook",
    Format.MAGAZINE: "Periodical",
    Format.ARTICLE: "Article",
    Format.WEBSITE: "WebSite",
    Format.DATABASE: "WebSite",
    Format.FILM: "Movie",
    Format.VIDEO: "VideoObject",
    Format.EPISODE: "PodcastEpisode",
    Format.PODCAST: "PodcastSeries",
    Format.MUSIC: "MusicRecording",
    Format.GAME: "Game",
}
OTHER = {Mode.READING: "Book", Mode.VIEWING: "VideoObject", Mode.LISTENING: "AudioObject"}
# the words of feeds.catalog for what a library lends
LENT = "To borrow"
# what is no file that a reading app could open
NO_FILE = ("text/html", "application/xhtml", "application/atom+xml", "application/opds", "image/")
# what stands in an address as it is, and a sign of escaping that escapes nothing
_SAFE = "%/:@!$&'()*+,;=~?"
_STRAY = re.compile("%(?![0-9A-Fa-f]{2})")
_ISSN = re.compile("[0-9]{4}-?[0-9]{3}[0-9Xx]")


def publication_of(
    request: Request, work: Work, guid: str, note: str = "", extension: Mapping[str, Any] | None = None
) -> Publication:
    """A work as others' catalogues say it. guid: its name on this shelf. note: why it is there, with light marks."""
    page = whole(request, path_for(request, "resources.show", key=work.key))
    makers = [(name, role) for name, role in work.makers if name]
    authors = [name for name, role in makers if role not in ("illustrator", "translator", "editor", "narrator")]
    return Publication(
        guid=guid,
        title=work.title,
        page_url=page,
        url=whole(request, path_for(request, "promotion.opds2_resource", key=work.key)),
        kind=KINDS.get(work.format) or OTHER[work.mode],
        identifiers=(*identifiers_of(work), urn("resource", work.key)),
        authors=tuple(Author(name) for name in authors or [name for name, _ in makers[:1]]),
        others=tuple((role, name) for name, role in makers if authors and name not in authors),
        language=language(work.language) or "",
        publisher=work.publisher,
        year=work.year,
        subjects=work.subjects,
        series=work.series,
        summary=work.summary,
        note=plain(note),
        pages=work.pages or None,
        seconds=work.minutes * 60 if work.minutes and work.mode is not Mode.READING else None,
        pictures=pictures_of(request, work),
        offers=tuple(offer for door in work.doors if (offer := offer_of(door))),
        told=(
            *(_held(shelf, page) for shelf in work.shelves),
            *(_page(door) for door in work.doors if offer_of(door) is None),
        ),
        updated_at=work.changed_at,
        extension=extension or {},
    )


def identifiers_of(work: Work) -> list[str]:
    """What a work is called everywhere, as addresses. Source: RFC 8141; RFC 3187."""
    isbns = [f"urn:isbn:{number}" for each in work.all_numbers("isbn") if (number := isbn.thirteen(each))]
    issns = [f"urn:issn:{each}" for each in work.all_numbers("issn") if _ISSN.fullmatch(each)]
    return [*isbns, *issns]


def offer_of(door: Door) -> Offer | None:
    """The promise that an address is, or None where it is only a page.

    Open: a file without terms. To borrow: what the catalogue that it came from lends; its page is the way to it.
    """
    kind = door.media_type.lower()
    if not door.access:
        is_file = "/" in kind and not kind.startswith(NO_FILE)
        return Offer(in_ascii(door.url), door.media_type) if is_file else None
    return Offer(in_ascii(door.url), kind or "text/html", "borrow") if door.access.startswith(LENT) else None


def in_ascii(url: str) -> str:
    """An address as the schemas of catalogues take it: in ASCII, all else escaped. Source: RFC 3987, 3.1; RFC 3986."""
    parts = urlsplit(_STRAY.sub("%25", url))
    netloc = parts.netloc
    if not netloc.isascii():
        host = parts.hostname or ""
        try:
            netloc = netloc.lower().replace(host, host_of(host))
        except Refused:
            netloc = quote(netloc, safe=_SAFE)
    path, query, fragment = (quote(part, safe=_SAFE) for part in (parts.path, parts.query, parts.fragment))
    return parts._replace(netloc=netloc, path=path, query=query, fragment=fragment).geturl()


def pictures_of(request: Request, work: Work) -> tuple[Picture, ...]:
    """The picture in its widths, as JPEG; where the cover is drawn, one in its colours."""
    key = work.picture
    if not key:
        look = look_of(work.title, work.creators, work.mode.value)
        url = whole(request, path_for(request, "resources.plain_picture", look=look))
        return (Picture(url, "image/png", *size_of(work.mode.value)),)
    return tuple(
        Picture(
            whole(request, path_for(request, "resources.picture_as_jpeg", key=key, width=width)),
            "image/jpeg",
            width,
            max(1, round(width * shape_of(key))),
        )
        for width in WIDTHS
    )


def _held(shelf: Shelf, page: str) -> Told:
    place = on_shelf(shelf.copies, shelf.available, shelf.location)
    words = ", ".join(filter(None, [_kind(shelf), shelf.call_number, place]))
    return Told(page, f"In our library: {words}" if words else "In our library", shelf.copies, shelf.available)


def _kind(place: Shelf | Door) -> str:
    return kind_of(place.format) if place.format else ""


def _page(door: Door) -> Told:
    words = [_kind(door), site_of(door.url, door.provider), door.access]
    return Told(in_ascii(door.url), ", ".join(filter(None, words)))
