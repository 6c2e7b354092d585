"""Reads what a web page says of itself: OpenGraph, schema.org, the older ways, and the feeds that it announces.

Sources: ogp.me; schema.org; STANDARDS.md, 2.5. Nothing is fetched, and of its markup nothing is kept.
"""

import html
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from feeds import clean, linked_data, oembed
from feeds.address import address, host_of
from feeds.believing import Many, Number, Text, checked, flag, moment, plain, web_address
from feeds.catalog import isbn_of
from feeds.discover import MOST, announced
from feeds.encoding import text_of
from feeds.formats import LARGEST, recognise
from feeds.mode import Mode, is_on_a_screen
from feeds.model import AUTHOR, LONGEST, SUMMARY, TITLE, Unreadable
from feeds.moments import believable, lasting
from feeds.moments import moment as moment_of
from feeds.page_pieces import Page

READ = 2 * 1024 * 1024  # bytes of a page that are looked through
_LISTENING = {"podcast episode", "podcast", "audiobook", "music"}
_VIEWING = {"video", "film"}
_OPEN_GRAPH = {
    "article": "article",
    "book": "book",
    "books.book": "book",
    "game": "game",
    "video.movie": "film",
    "video.tv_show": "video",
    "video.episode": "video",
    "video.other": "video",
    "video": "video",
    "music.song": "music",
    "music.album": "music",
    "music.playlist": "music",
    "profile": "website",
    "website": "website",
}
# what an address gives that is no page: by the first part of its type, else by its type
_FILES = {"audio": "podcast episode", "video": "video", "application/pdf": "article", "application/epub+zip": "e-book"}
_GENERIC = re.compile(r"\s+[|·•\u2013\u2014-]\s+")  # between the title of a page and the name of its site
_FILM_LENGTH = re.compile(r'"lengthSeconds":\s*"(\d{1,7})"')
_LOCALE = re.compile(r"([a-z]{2,3})[_-]([A-Za-z]{2})")


@dataclass(frozen=True)
class PageFacts:
    """What a page says of itself; all texts are plain.

    url: the address on its own site by which it wants to be known, None where it says none. picture: an address on
    whatever site. published: UTC. minutes: begun ones counted. captions: whether a film has them, None where nothing
    tells. format: in the words of the catalogue, "article" or "podcast episode"; a guess, as mode is. isbn: thirteen
    digits. explicit: it says that it is not for the whole family. oembed: where an allow-listed provider can be asked
    for more.
    feeds: title and address of each feed that it announces.
    """

    title: str = ""
    description: str = ""
    picture: str | None = None
    creator: str = ""
    site_name: str = ""
    published: datetime | None = None
    minutes: int | None = None
    captions: bool | None = None
    mode: str = "reading"
    format: str = "website"
    language: str | None = None
    isbn: str = ""
    explicit: bool = False
    oembed: str | None = None
    url: str | None = None
    feeds: tuple[tuple[str, str], ...] = ()


def read_page(body: bytes, url: str, content_type: str, now: datetime | None = None) -> PageFacts:
    """What a page, or a file of sound, film or text, says of itself.

    url: where it was found. content_type: as it was told. now: later dates are none.
    Raises Unreadable: empty, too-large, is-a-feed, not-a-page, broken.
    """
    if not body.strip(b"\0 \t\r\n"):
        raise Unreadable("empty")
    if len(body) > LARGEST:
        raise Unreadable("too-large")
    told = content_type.partition(";")[0].strip().lower()
    kind = _FILES.get(told) or _FILES.get(told.partition("/")[0])
    if kind or body.startswith(b"%PDF-"):
        return _file(url, kind or "article")
    name = recognise(body, content_type)
    if name in ("rss", "atom", "json", "opml"):
        raise Unreadable("is-a-feed" if name in ("rss", "atom") else "not-a-page")
    if name != "html" and not (told in ("", "text/html", "application/xhtml+xml") and b"<" in body[:READ]):
        raise Unreadable("not-a-page")
    try:
        return _facts(Page(text_of(body[:READ], {"content-type": content_type})), body, url, content_type, now)
    except RecursionError as problem:
        raise Unreadable("broken") from problem


def with_oembed(facts: PageFacts, embed: oembed.Embed) -> PageFacts:
    """The facts of a page with what its provider says besides; what the page says itself stays, but for its title."""
    seconds = None if embed.seconds is None else math.ceil(embed.seconds / 60)
    is_film = embed.kind == "video" and facts.format == "website"
    return replace(
        facts,
        title=embed.title or facts.title,
        creator=facts.creator or embed.creator,
        picture=facts.picture or embed.picture,
        site_name=facts.site_name or embed.site_name,
        description=facts.description or embed.description,
        minutes=facts.minutes or seconds,
        mode="viewing" if is_film else facts.mode,
        format="video" if is_film else facts.format,
    )


def _facts(page: Page, body: bytes, url: str, content_type: str, now: datetime | None) -> PageFacts:
    thing = linked_data.told(page.scripts)
    base = address(page.base, url) or url
    site = page.first("og:site_name", "application-name") or thing.publisher
    format_name = _format(page, thing, url)
    seconds = _seconds(page, thing)
    dates = (thing.published, *(page.first(name) for name in _DATES))
    found = (believable(moment_of(one), now or datetime.now(UTC)) for one in dates if one)
    languages = (page.language, thing.language, page.first("content-language", "dc.language", "dcterms.language"))
    locale = _LOCALE.fullmatch(page.first("og:locale"))
    return PageFacts(
        title=_title(page, thing, site),
        description=clean.line(_description(page, thing), SUMMARY),
        picture=_picture(page, thing, base),
        creator=clean.line(", ".join(_creators(page, thing)), AUTHOR),
        site_name=clean.line(site, AUTHOR),
        published=next(filter(None, found), None),
        minutes=math.ceil(seconds / 60) if seconds else None,
        captions=_captions(page, thing, url),
        mode=_mode(format_name).value,
        format=format_name,
        language=next(filter(None, map(clean.language, languages)), None) or (locale[1] if locale else None),
        isbn=isbn_of([f"isbn {one}" for one in [*thing.isbn, *(page.first(name) for name in _ISBNS)] if one]),
        explicit=thing.explicit or page.first("item:isfamilyfriendly").lower() == "false",
        oembed=oembed.endpoint(url),
        url=_canonical(page, base, url),
        feeds=tuple((one.title, one.url) for one in announced(body, url, {"content-type": content_type})),
    )


_DATES = (
    "article:published_time",
    "og:published_time",
    "book:release_date",
    "video:release_date",
    "og:video:release_date",
    "item:datepublished",
    "item:uploaddate",
    "citation_publication_date",
    "citation_date",
    "dc.date",
    "dcterms.date",
    "dcterms.issued",
    "date",
    "pubdate",
    "parsely-pub-date",
)
_ISBNS = ("book:isbn", "books:isbn", "og:isbn", "item:isbn", "citation_isbn", "isbn")
_AUTHORS = (
    "book:author",
    "books:author",
    "article:author",
    "item:author-name",
    "item:author",
    "citation_author",
    "author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "twitter:creator",
)


def _title(page: Page, thing: linked_data.Told, site: str) -> str:
    said = page.first("og:title", "twitter:title", "citation_title") or thing.title
    said = said or page.first("dc.title", "dcterms.title", "item:name")
    own = clean.line(html.unescape(page.title) if "&" in page.title else page.title)
    title = said or own or clean.line(page.heading)
    parts = _GENERIC.split(title)
    # "How bread rises | The Bread Blog" is called "How bread rises"
    if len(parts) > 1 and site and parts[-1].casefold() == site.casefold():
        title = title[: title.rindex(parts[-1])].rstrip(" |·•\u2013\u2014-")
    return clean.line(title, TITLE)


def _description(page: Page, thing: linked_data.Told) -> str:
    said = page.first("og:description", "description", "twitter:description", "dc.description", "item:description")
    longer = thing.description
    # what a page tells others about itself is often cut off, "Races, …"
    cut = said.endswith(("...", "…")) and longer.casefold().startswith(said.rstrip(".… ")[:40].casefold())
    return longer if cut or not said else said


def _picture(page: Page, thing: linked_data.Told, base: str) -> str | None:
    named = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
    given = [said for name in named for said in page.meta.get(name, ())]
    given += [thing.picture, *page.meta.get("item:thumbnailurl", ()), *page.meta.get("item:image", ())]
    given.append(page.links.get("image_src", ""))
    found = (address(one, base) for one in given if one and not one.lower().split("?")[0].endswith(".svg"))
    return next(filter(None, found), None)


def _creators(page: Page, thing: linked_data.Told) -> list[str]:
    if thing.creators:
        return list(thing.creators[:3])
    for name in _AUTHORS:
        said = [clean.line(one, AUTHOR) for one in page.meta.get(name, ())]
        names = [one for one in dict.fromkeys(said) if one and "://" not in one and "@" not in one]
        if names:
            return names[:3]
    return []


def _format(page: Page, thing: linked_data.Told, url: str) -> str:
    said = _OPEN_GRAPH.get(page.first("og:type").lower(), "")
    if said == "website" or thing.kind in _VIEWING | _LISTENING:
        said = thing.kind or said
    if _is_film(url):
        return said if said in _VIEWING else "video"
    if said or thing.kind:
        return said or thing.kind
    if page.first("citation_title", "article:published_time"):
        return "article"
    return "website"


def _is_film(url: str) -> bool:
    """Whether an address is one film of a site of films, and neither its front page nor a channel."""
    if not is_on_a_screen(url):
        return False
    parts = urlsplit(url)
    path = parts.path.strip("/")
    if host_of(url).endswith("vimeo.com"):
        return path.split("/")[-1].isdigit()
    return "v=" in parts.query or path.startswith(("embed/", "shorts/", "live/")) or "youtu.be" in parts.netloc


def _seconds(page: Page, thing: linked_data.Told) -> int | None:
    if thing.seconds:
        return thing.seconds
    if found := linked_data.duration(page.first("item:duration", "item:timerequired")):
        return found
    numbers = page.first("video:duration", "og:video:duration", "music:duration", "og:audio:duration")
    if numbers.isascii() and numbers.isdigit() and len(numbers) < 9:
        return lasting(int(numbers))
    return None


def _captions(page: Page, thing: linked_data.Told, url: str) -> bool | None:
    if thing.captions is not None:
        return thing.captions
    if page.tracks & {"captions", "subtitles"}:
        return True
    # a film's page on YouTube holds what its player is given, which lists the captions if there are any
    if _is_film(url) and "ytInitialPlayerResponse" in page.document and _FILM_LENGTH.search(page.document):
        return '"captionTracks"' in page.document
    return None


def _canonical(page: Page, base: str, url: str) -> str | None:
    """Its own address for itself, as long as that is on the same site: a page cannot speak for another."""
    given = (page.links.get("canonical", ""), page.first("og:url"))
    found = (address(one, base) for one in given if one)
    same = (one for one in found if one and host_of(one) == host_of(url))
    return next(same, None)


def _mode(format_name: str) -> Mode:
    if format_name in _VIEWING:
        return Mode.VIEWING
    return Mode.LISTENING if format_name in _LISTENING else Mode.READING


def _file(url: str, kind: str) -> PageFacts:
    """A file says nothing but its name: "how-bread_rises.pdf"."""
    name = unquote(urlsplit(url).path.rpartition("/")[2]).rpartition(".")[0]
    title = clean.line(re.sub(r"[_+]|-(?=\D)", " ", name), TITLE)
    return PageFacts(title=title, mode=_mode(kind).value, format=kind)


def to_values(facts: PageFacts) -> Any:
    """The facts as values for JSON."""
    return plain(facts)


def from_values(value: Any) -> PageFacts:
    """The facts that `to_values` was given, each field checked. Raises ValueError, TypeError or KeyError."""
    return PageFacts(**checked(value, _FIELDS))


def _pair(value: Any) -> tuple[str, str]:
    title, where = value
    return Text(TITLE)(title), web_address(where)


_FIELDS: Mapping[str, Any] = {
    "title": Text(TITLE),
    "description": Text(SUMMARY),
    "picture": web_address,
    "creator": Text(AUTHOR),
    "site_name": Text(AUTHOR),
    "published": moment,
    "minutes": Number(LONGEST),
    "captions": flag,
    "mode": lambda value: Mode(value).value,
    "format": Text(20),
    "language": Text(35),
    "isbn": Text(13),
    "explicit": flag,
    "oembed": web_address,
    "url": web_address,
    "feeds": Many(_pair, MOST),
}
