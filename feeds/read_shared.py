"""Reads a list that another library gives: OPDS 2.0 or JSON Feed 1.1, with the extension of feeds/shared_list.py.

A catalog in OPDS 2.0 without the extension is read as a list without parts and notes; a JSON Feed without it is not a
list of titles, whatever it is. Nothing that is read here can be markup afterwards. Sources: SAFETY.md, F6 to F8.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from feeds import clean, jsonfeed, opds2
from feeds.address import address
from feeds.catalog import thirteen
from feeds.encoding import header
from feeds.formats import LARGEST, recognise
from feeds.jsonfeed import listed, text_in
from feeds.mode import mode_of
from feeds.model import AUTHOR, CATEGORY, LABEL, TITLE, Entry, Feed, Unreadable, reading
from feeds.shared_list import (
    CREATORS,
    GRADES,
    HEADING,
    IN_JSON,
    INTRODUCTION,
    ITEM_IN_OPDS,
    LIST_IN_OPDS,
    MOST,
    NOTE,
    NUMBERS,
    SECTION_NOTE,
    SECTIONS,
    SUBJECTS,
    TRAIL,
    After,
    SharedItem,
    SharedList,
    SharedSection,
    of_item,
    of_list,
)

LINES = 40
LOOKED_AT = 20_000
NUMBER = 200
_SCHEME = re.compile(r"[a-z]{2,12}")
_MODES = frozenset({"reading", "viewing", "listening"})


def read_shared(body: bytes, url: str, headers: Mapping[str, str]) -> SharedList:
    """The list in a document, or one page of it; 300 items at most.

    url: where it was found. headers: of the answer that brought it. Raises Unreadable and nothing else: "web-page"
    where its lists may be announced, "not-shared" where it is something else.
    """
    with reading():
        return _read(body, url, headers)


def _read(body: bytes, url: str, headers: Mapping[str, str]) -> SharedList:
    if not body.strip(b"\0 \t\r\n"):
        raise Unreadable("empty")
    if len(body) > LARGEST:
        raise Unreadable("too-large")
    kind = recognise(body, header(headers, "content-type"))
    if kind != "json":
        raise Unreadable("web-page" if kind == "html" else "not-shared")
    top = jsonfeed.parsed(body)
    if opds2.is_catalog(top):
        return _of_catalog(top, url)
    if isinstance(top, dict) and isinstance(top.get(IN_JSON), dict) and isinstance(top.get("items"), list):
        return _of_feed(top, url)
    raise Unreadable("not-shared")


def cleaned(shared: SharedList) -> SharedList:
    """A list as whoever reads it in one of our documents would have it: the same limits, and nothing that is refused.

    Raises Unreadable where not even a name and a title are left.
    """
    return _list(
        of_list(shared),
        title="",
        said="",
        items=(_item(of_item(item), "", "") for item in shared.items),
        page=address(shared.page),
        next_url=address(shared.next_url),
    )


def _of_feed(top: dict[str, Any], url: str) -> SharedList:
    each = [one for one in top["items"][:LOOKED_AT] if isinstance(one, dict)]
    items = (_item(_object(one, IN_JSON), text_in(one, "title"), _name(one.get("id"))) for one in each)
    return _list(
        top[IN_JSON],
        title=text_in(top, "title"),
        said=text_in(top, "description"),
        items=items,
        page=address(text_in(top, "home_page_url"), url),
        next_url=address(text_in(top, "next_url"), url),
    )


def _of_catalog(top: dict[str, Any], url: str) -> SharedList:
    about = top["metadata"]
    if not isinstance(about.get(LIST_IN_OPDS), dict):
        if opds2.is_front_page(top, url):
            raise Unreadable("front-page")
        return _plain(opds2.feed_of(top, url, datetime.now(UTC)), url)
    each = [one["metadata"] for one in opds2.publications(top)][:LOOKED_AT]
    items = (_item(_object(one, ITEM_IN_OPDS), text_in(one, "title"), text_in(one, "identifier")) for one in each)
    return _list(
        about[LIST_IN_OPDS],
        title=text_in(about, "title"),
        said=text_in(about, "description") or text_in(about, "subtitle"),
        items=items,
        page=opds2.linked(top, "alternate", url),
        next_url=opds2.linked(top, "next", url),
    )


def _plain(feed: Feed, url: str) -> SharedList:
    """A catalog that says nothing of the extension."""
    title = feed.title or _host(url)
    items, left = _taken(_entry(one, feed) for one in feed.entries)
    return SharedList(
        guid=feed.guid or feed.feed_url or url,
        title=title,
        introduction=_lines(feed.description, INTRODUCTION),
        library=feed.authors[0].name if feed.authors else _host(url),
        language=feed.language or "",
        items=items,
        page=feed.site_url or "",
        next_url=feed.next_url or "",
        total=len(feed.entries) + feed.left_out,
        left_out=left + feed.left_out,
    )


def _entry(one: Entry, feed: Feed) -> SharedItem | None:
    guid = one.guid or one.url
    if not guid or not one.title:
        return None
    return SharedItem(
        guid=guid,
        title=one.title,
        creators=tuple(author.name for author in one.authors)[:CREATORS],
        mode=mode_of(one, feed),
        language=one.language or "",
        year=one.year,
        minutes=_whole(one.duration_minutes, 100_000),
        subjects=one.subjects[:SUBJECTS],
        numbers=(("isbn", one.isbn),) if one.isbn else (),
        address="" if one.access else one.url or "",
    )


def _list(
    said_of: dict[str, Any],
    *,
    title: str,
    said: str,
    items: Iterable[SharedItem | None],
    page: str | None,
    next_url: str | None,
) -> SharedList:
    guid = clean.token(text_in(said_of, "list"))
    title = clean.line(text_in(said_of, "title") or title, TITLE)
    if guid is None or not title:
        raise Unreadable("not-shared")
    taken, left = _taken(items)
    low, high = _grades(said_of)
    return SharedList(
        guid=guid,
        title=title,
        introduction=_lines(text_in(said_of, "introduction") or said, INTRODUCTION),
        library=clean.line(text_in(said_of, "library"), AUTHOR) or _host(page or ""),
        version=_whole(said_of.get("version"), 2**53) or 0,
        kind=clean.line(text_in(said_of, "kind"), LABEL),
        language=clean.language(said_of.get("language")) or "",
        grade_low=low,
        grade_high=high,
        sections=_sections(said_of.get("sections")),
        items=taken,
        after=_after(_object(said_of, "after")),
        trail=tuple(filter(None, map(_name, listed(said_of.get("trail"))[:TRAIL]))),
        page=page or "",
        next_url=next_url or "",
        total=max(_whole(said_of.get("total"), 2**53) or 0, len(taken) + left),
        left_out=left,
        known=True,
    )


def _taken(items: Iterable[SharedItem | None]) -> tuple[tuple[SharedItem, ...], int]:
    """The first 300 titles, each once; and how many more there were."""
    kept: dict[str, SharedItem] = {}
    left = 0
    for item in items:
        if item is None or item.guid in kept:
            continue
        if len(kept) < MOST:
            kept[item.guid] = item
        else:
            left += 1
    return tuple(kept.values()), left


def _item(said: dict[str, Any], title: str, name: str) -> SharedItem | None:
    """title, name: what the format itself says, where the extension does not."""
    guid = clean.token(text_in(said, "item")) or clean.token(name)
    title = clean.line(text_in(said, "title") or title, TITLE)
    if guid is None or not title:
        return None
    low, high = _grades(said)
    mode = text_in(said, "mode")
    return SharedItem(
        guid=guid,
        title=title,
        creators=_several(said.get("creators"), CREATORS, AUTHOR),
        section=clean.token(text_in(said, "section")) or "",
        note=_lines(text_in(said, "note"), NOTE),
        start_here=said.get("start_here") is True,
        mode=mode if mode in _MODES else "",
        format=clean.line(text_in(said, "format"), LABEL),
        language=clean.language(said.get("language")) or "",
        year=_whole(said.get("year"), 2_100),
        pages=_whole(said.get("pages"), 100_000),
        minutes=_whole(said.get("minutes"), 100_000),
        grade_low=low,
        grade_high=high,
        subjects=_several(said.get("subjects"), SUBJECTS, CATEGORY),
        numbers=_numbers(said.get("identifiers")),
        address=address(text_in(said, "address")) or "",
    )


def _sections(said: Any) -> tuple[SharedSection, ...]:
    kept: dict[str, SharedSection] = {}
    for one in listed(said)[:SECTIONS]:
        guid = clean.token(text_in(one, "id")) if isinstance(one, dict) else None
        title = clean.line(text_in(one, "title"), HEADING) if guid else ""
        if guid and title:
            kept.setdefault(guid, SharedSection(guid, title, clean.line(text_in(one, "note"), SECTION_NOTE)))
    return tuple(kept.values())


def _after(said: dict[str, Any]) -> After | None:
    library, title = clean.line(text_in(said, "library"), AUTHOR), clean.line(text_in(said, "title"), TITLE)
    return After(library, title, address(text_in(said, "address")) or "") if library and title else None


def _numbers(said: Any) -> tuple[tuple[str, str], ...]:
    found: dict[tuple[str, str], None] = {}
    for scheme, numbers in list(said.items())[:NUMBERS] if isinstance(said, dict) else []:
        if not isinstance(scheme, str) or not _SCHEME.fullmatch(scheme):
            continue
        for one in listed(numbers)[:NUMBERS]:
            number = clean.line(one, NUMBER) if isinstance(one, str) else ""
            if scheme == "isbn":
                number = thirteen(re.sub(r"[^\dX]", "", number.upper()))
            if number:
                found[(scheme, number)] = None
    return tuple(found)[:NUMBERS]


def _grades(said: dict[str, Any]) -> tuple[int | None, int | None]:
    pair = listed(said.get("grades"))
    low, high = (
        one if isinstance(one, int) and not isinstance(one, bool) and one in GRADES else None
        for one in (*pair[:2], None, None)[:2]
    )
    return (low, high) if low is None or high is None or low <= high else (high, low)


def _several(said: Any, most: int, longest: int) -> tuple[str, ...]:
    found = (clean.line(one, longest) for one in listed(said)[: 2 * most] if isinstance(one, str))
    return tuple(dict.fromkeys(one for one in found if one))[:most]


def _lines(said: str, longest: int) -> str:
    """Plain text of several lines, at most so many characters; what looks like a tag goes."""
    lines = [clean.line(one, longest) for one in said[: 4 * longest].splitlines()[:LINES]]
    text = re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip()
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _whole(said: Any, most: int) -> int | None:
    fits = isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= most
    return said if fits else None


def _name(said: Any) -> str:
    return (clean.token(said) or "") if isinstance(said, str) else ""


def _object(thing: dict[str, Any], name: str) -> dict[str, Any]:
    value = thing.get(name)
    return value if isinstance(value, dict) else {}


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0][:LABEL]
