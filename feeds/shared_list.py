"""A list that one library gives to another, as plain frozen values, and as the extension that carries it.

The extension is one object beside what a format says anyway. In JSON Feed it stands under "_engage", in the feed and
in each item (jsonfeed.org/version/1.1, "Extensions": a name that begins with an underscore). In OPDS 2.0 it stands
under "urn:x-engage:list" in the metadata of the feed and "urn:x-engage:item" in that of each publication (readium.org/
webpub-manifest, "Extensibility": a whole address as the name). What is empty is left out.

Of a list: form (1), list (its name for ever), title, introduction, version, library, kind, language, grades ([lowest,
highest]), total (how many items there are, on however many pages), sections ([{id, title, note}]), after ({library,
title, address} of the list that it is a copy of), trail (the names of the lists that it goes back to).
Of an item: item (its name for ever), title, creators ([name]), section (an id), note, start_here, mode, format,
language, year, pages, minutes, grades, subjects ([heading]), identifiers ({scheme: [number]}), address (on the web).
"""

import json
from dataclasses import dataclass
from typing import Any

from feeds.believing import Many, Number, One, Text, checked, flag, plain, web_address
from feeds.model import AUTHOR, CATEGORY, GUID, LABEL, TITLE

FORM = 1
IN_JSON = "_engage"
LIST_IN_OPDS, ITEM_IN_OPDS = "urn:x-engage:list", "urn:x-engage:item"
MOST = 300  # items that are taken: as many as the longest list has
SECTIONS = 40
HEADING, SECTION_NOTE = 120, 200
NOTE = 1_000
INTRODUCTION = 2_000
CREATORS = SUBJECTS = TRAIL = NUMBERS = 20
GRADES = range(-1, 13)
Grades = tuple[int | None, int | None]


@dataclass(frozen=True)
class SharedSection:
    """A part of a list. guid: what its items call it."""

    guid: str
    title: str
    note: str = ""


@dataclass(frozen=True)
class SharedItem:
    """A title of a list, as the library that made the list describes it. guid: its name for ever, there.

    section: the guid of a part, "" for the head of the list. grade_low: pre-kindergarten is -1, kindergarten 0.
    numbers: pairs of scheme and number, as in the table of identifiers. address: where it is on the web, "" if not.
    """

    guid: str
    title: str
    creators: tuple[str, ...] = ()
    section: str = ""
    note: str = ""
    start_here: bool = False
    mode: str = ""
    format: str = ""
    language: str = ""
    year: int | None = None
    pages: int | None = None
    minutes: int | None = None
    grade_low: int | None = None
    grade_high: int | None = None
    subjects: tuple[str, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()
    address: str = ""


@dataclass(frozen=True)
class After:
    """The list that a list is a copy of. address: of its page for people, "" if none is known."""

    library: str
    title: str
    address: str = ""


@dataclass(frozen=True)
class SharedList:
    """A list, or one page of it. guid: its name for ever, there. library: which one made it.

    page: its page for people; next_url: where the rest of it stands. total: how many items there are in all, as it
    says. left_out: how many of them were not taken. known: whether the extension was there. trail: the names of the
    lists that it goes back to, its own not among them.
    """

    guid: str
    title: str
    introduction: str = ""
    library: str = ""
    version: int = 0
    kind: str = ""
    language: str = ""
    grade_low: int | None = None
    grade_high: int | None = None
    sections: tuple[SharedSection, ...] = ()
    items: tuple[SharedItem, ...] = ()
    after: After | None = None
    trail: tuple[str, ...] = ()
    page: str = ""
    next_url: str = ""
    total: int = 0
    left_out: int = 0
    known: bool = False


def of_list(shared: SharedList) -> dict[str, Any]:
    """What the extension says of the list."""
    said = {
        "form": FORM,
        "list": shared.guid,
        "title": shared.title,
        "introduction": shared.introduction,
        "version": shared.version,
        "library": shared.library,
        "kind": shared.kind,
        "language": shared.language,
        "grades": _grades(shared),
        "total": shared.total or len(shared.items),
        "sections": [_filled({"id": one.guid, "title": one.title, "note": one.note}) for one in shared.sections],
        "after": plain(shared.after) if shared.after else None,
        "trail": list(shared.trail),
    }
    return _filled(said)


def of_item(item: SharedItem) -> dict[str, Any]:
    """What the extension says of one item."""
    numbers: dict[str, list[str]] = {}
    for scheme, number in item.numbers:
        numbers.setdefault(scheme, []).append(number)
    said = {
        "item": item.guid,
        "title": item.title,
        "creators": list(item.creators),
        "section": item.section,
        "note": item.note,
        "start_here": item.start_here,
        "mode": item.mode,
        "format": item.format,
        "language": item.language,
        "year": item.year,
        "pages": item.pages,
        "minutes": item.minutes,
        "grades": _grades(item),
        "subjects": list(item.subjects),
        "identifiers": numbers,
        "address": item.address,
    }
    return _filled(said)


def _grades(thing: SharedList | SharedItem) -> list[int | None] | None:
    grades = [thing.grade_low, thing.grade_high]
    return None if grades == [None, None] else grades


def _filled(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None and value not in ("", [], {}, False)}


def to_values(shared: SharedList) -> dict[str, Any]:
    """The list as values that json.dumps takes."""
    values: dict[str, Any] = plain(shared)
    return values


def from_values(values: Any) -> SharedList:
    """The list that `to_values` was given. Raises ValueError, TypeError, KeyError where it cannot be right."""
    return SharedList(**checked(values, _LIST))


def dumped(shared: SharedList) -> str:
    """The list as a text for the database."""
    return json.dumps(to_values(shared), ensure_ascii=False, separators=(",", ":"))


def loaded(text: str) -> SharedList:
    """The list that `dumped` was given."""
    return from_values(json.loads(text))


def _grade(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in GRADES:
        raise ValueError("no grade")
    return value


def _pair(value: object) -> tuple[str, str]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("no pair")
    return Text(LABEL)(value[0]), Text(GUID)(value[1])


def _address(value: object) -> str:
    return web_address(value) if value else ""


_SECTION = {"guid": Text(GUID), "title": Text(HEADING), "note": Text(SECTION_NOTE)}
_AFTER = {"library": Text(AUTHOR), "title": Text(TITLE), "address": _address}
_ITEM = {
    "guid": Text(GUID),
    "title": Text(TITLE),
    "creators": Many(Text(AUTHOR), CREATORS),
    "section": Text(GUID),
    "note": Text(NOTE),
    "start_here": flag,
    "mode": Text(LABEL),
    "format": Text(LABEL),
    "language": Text(LABEL),
    "year": Number(9_999),
    "pages": Number(100_000),
    "minutes": Number(100_000),
    "grade_low": _grade,
    "grade_high": _grade,
    "subjects": Many(Text(CATEGORY), SUBJECTS),
    "numbers": Many(_pair, NUMBERS),
    "address": _address,
}
_LIST = {
    "guid": Text(GUID),
    "title": Text(TITLE),
    "introduction": Text(INTRODUCTION),
    "library": Text(AUTHOR),
    "version": Number(2**53),
    "kind": Text(LABEL),
    "language": Text(LABEL),
    "grade_low": _grade,
    "grade_high": _grade,
    "sections": Many(One(SharedSection, _SECTION), SECTIONS),
    "items": Many(One(SharedItem, _ITEM), MOST),
    "after": One(After, _AFTER),
    "trail": Many(Text(GUID), TRAIL),
    "page": _address,
    "next_url": _address,
    "total": Number(2**53),
    "left_out": Number(2**53),
    "known": flag,
}
