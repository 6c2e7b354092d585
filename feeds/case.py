"""Frameworks of standards, as CASE packages give them. Source: STANDARDS.md, 5.10; CASE 1.0 and 1.1, CFPackage.

Some programs write the names of a package without CF, and sourcedId for identifier; both are read.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from feeds.believing import Text, plain
from feeds.encoding import text_of
from feeds.model import Unreadable

ITEMS = 20_000
ASSOCIATIONS = 60_000
DEPTH = 30
IDENTIFIER = 200
STATEMENT = 4_000
CODE = 200
TITLE = 500
# what stands in statements where there is none
FILLERS = frozenset({"na", "n/a", "none", "null", "-", "."})
# besides the grades 01 to 12; as CEDS has them: https://ceds.ed.gov/element/000125
LEVELS = {"IT": -1, "PR": -1, "PK": -1, "TK": -1, "KG": 0, "K": 0}
LAST_GRADE = 12

LAST = float(ITEMS * ITEMS)

NO_NAME = "It has no identifier that can be kept."
NO_WORDS = "It has no statement."
TWICE = "Another one before it has the same identifier."
CIRCLE = "It is a part of itself."
DEEP = f"It stands more than {DEPTH} levels deep."
MANY = f"A framework may have {ITEMS:,} standards."


@dataclass(frozen=True)
class Item:
    """One statement. code: as people write it. parent: the identifier of the one above, "" at the top.

    grade_low, grade_high: kindergarten 0, before it -1. depth: 0 at the top.
    """

    identifier: str
    statement: str
    code: str = ""
    kind: str = ""
    parent: str = ""
    grade_low: int | None = None
    grade_high: int | None = None
    depth: int = 0


@dataclass(frozen=True)
class Refused:
    """An item that is left out. number: its place in the file, from 1."""

    number: int
    name: str
    reason: str


@dataclass(frozen=True)
class Framework:
    """A framework. items: in reading order, each after the one that it is a part of."""

    identifier: str
    title: str
    creator: str = ""
    subject: str = ""
    version: str = ""
    items: tuple[Item, ...] = ()
    refused: tuple[Refused, ...] = ()


def read_case(body: bytes) -> Framework:
    """The framework of a package. Raises Unreadable: not-standards, json-broken, too-deep, too-large."""
    try:
        package = json.loads(text_of(body, {"content-type": "application/json"}))
    except RecursionError as exc:
        raise Unreadable("too-deep") from exc
    except ValueError as exc:
        raise Unreadable("json-broken") from exc
    document = _part(package, "Document", dict)
    identifier, title = _identifier(document), _words(document.get("title"), TITLE)
    if not identifier or not title:
        raise Unreadable("not-standards")
    items, refused = _items(_part(package, "Items", list))
    links = _part(package, "Associations", list)
    if len(links) > ASSOCIATIONS:
        raise Unreadable("too-large")
    ordered, lost = _in_order(items, _parents(links, items))
    subject = document.get("subject")
    subjects = [subject] if isinstance(subject, str) else subject if isinstance(subject, list) else []
    return Framework(
        identifier,
        title,
        _words(document.get("creator"), TITLE),
        _words(", ".join(each for each in subjects if isinstance(each, str)), TITLE),
        _words(document.get("version"), CODE) or _words(document.get("lastChangeDateTime"), 10),
        tuple(ordered),
        tuple(sorted([*refused, *lost], key=lambda one: one.number)),
    )


def _part(package: Any, name: str, kind: type[Any]) -> Any:
    """A part of a package, empty where there is none. Raises Unreadable."""
    if not isinstance(package, dict):
        raise Unreadable("not-standards")
    found = package.get(f"CF{name}", package.get(name.lower()))
    if found is None and name != "Document":
        return kind()
    if not isinstance(found, kind):
        raise Unreadable("not-standards")
    return found


def _items(given: list[Any]) -> tuple[dict[str, tuple[int, Item]], list[Refused]]:
    """The items by identifier, each with its place in the file, and those that are none."""
    kept: dict[str, tuple[int, Item]] = {}
    refused: list[Refused] = []
    for number, one in enumerate(given[:ITEMS], 1):
        item = _item(one if isinstance(one, dict) else {})
        if not item.identifier or not item.statement:
            reason = NO_WORDS if item.identifier else NO_NAME
        else:
            reason = TWICE if item.identifier in kept else ""
        if reason:
            refused.append(Refused(number, (item.code or item.statement or item.identifier)[:CODE], reason))
        else:
            kept[item.identifier] = number, item
    if len(given) > ITEMS:
        refused.append(Refused(ITEMS + 1, f"{len(given) - ITEMS:,} more", MANY))
    return kept, refused


def _item(one: Mapping[str, Any]) -> Item:
    statement = _words(one.get("fullStatement"), STATEMENT) or _words(one.get("abbreviatedStatement"), STATEMENT)
    levels = one.get("educationLevel")
    grades = [grade for level in (levels if isinstance(levels, list) else []) if (grade := _grade(level)) is not None]
    return Item(
        identifier=_identifier(one),
        statement=statement,
        code=_words(one.get("humanCodingScheme"), CODE),
        kind=_words(one.get("CFItemType"), CODE),
        grade_low=min(grades, default=None),
        grade_high=max(grades, default=None),
    )


def _identifier(one: Mapping[str, Any]) -> str:
    name = one.get("identifier") or one.get("sourcedId")
    return name if isinstance(name, str) and name.isprintable() and name.strip() and len(name) <= IDENTIFIER else ""


def _words(given: Any, longest: int) -> str:
    """A text in one line, without what only fills a field, cut to a length."""
    if not isinstance(given, str):
        return ""
    text = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", given).split())
    text = text.encode("utf-8", "ignore").decode()
    return "" if text.casefold() in FILLERS else text[:longest]


def _grade(level: Any) -> int | None:
    if not isinstance(level, str):
        return None
    code = level.strip().upper()
    if code in LEVELS:
        return LEVELS[code]
    grade = int(code) if code.isascii() and code.isdigit() and len(code) <= 2 else 0
    return grade if 1 <= grade <= LAST_GRADE else None


def _parents(links: Iterable[Any], items: Mapping[str, Any]) -> dict[str, tuple[float, str]]:
    """By identifier: the place among its siblings, and the item above; the first of several."""
    found: dict[str, tuple[float, str]] = {}
    for link in links:
        if not isinstance(link, dict) or link.get("associationType") != "isChildOf":
            continue
        child, above = _end(link.get("originNodeURI")), _end(link.get("destinationNodeURI"))
        if child not in items or child in found:
            continue
        found[child] = (_place(link.get("sequenceNumber")), above if above in items else "")
    return found


def _place(given: Any) -> float:
    """A place among siblings; what says none stands last."""
    known = isinstance(given, int | float) and not isinstance(given, bool) and abs(given) < LAST
    return float(given) if known else LAST


def _end(node: Any) -> str:
    """The identifier of one end of an association; older packages give only its address, which ends with it."""
    if isinstance(node, dict):
        return _identifier(node) or _end(node.get("uri"))
    return node.rsplit("/", 1)[-1] if isinstance(node, str) else ""


def _in_order(
    items: Mapping[str, tuple[int, Item]], parents: Mapping[str, tuple[float, str]]
) -> tuple[list[Item], list[Refused]]:
    """The items as one reads them, each with its depth, and those that cannot be reached from the top."""
    below: dict[str, list[tuple[float, int, str]]] = {}
    for name, (number, _) in items.items():
        place, above = parents.get(name, (LAST, ""))
        below.setdefault(above, []).append((place, number, name))
    for siblings in below.values():
        siblings.sort()
    ordered, lost = [], []
    seen: set[str] = set()
    for name, depth in _walk(below):
        seen.add(name)
        number, item = items[name]
        if depth > DEPTH:
            lost.append(Refused(number, item.code or item.statement[:CODE], DEEP))
        else:
            ordered.append(replace(item, depth=depth, parent=parents.get(name, (0.0, ""))[1]))
    for name, (number, item) in items.items():
        if name not in seen:
            lost.append(Refused(number, item.code or item.statement[:CODE], CIRCLE))
    return ordered, lost


def _walk(below: Mapping[str, list[tuple[float, int, str]]]) -> Iterator[tuple[str, int]]:
    """Each name with its depth, from the top down; nothing of a circle is ever reached."""
    waiting = [(name, 0) for _, _, name in reversed(below.get("", []))]
    while waiting:
        name, depth = waiting.pop()
        yield name, depth
        waiting += [(child, depth + 1) for _, _, child in reversed(below.get(name, []))]


def to_values(framework: Framework) -> Any:
    """The framework as values for JSON."""
    return plain(framework)


def from_values(values: Any) -> Framework:
    """The framework from such values. Raises whatever, where they are no such values."""
    items = tuple(_believed(one) for one in values.get("items", ()))
    if len(items) > ITEMS or len({item.identifier for item in items}) < len(items):
        raise ValueError("no framework has these items")
    known: set[str] = {""}
    for item in items:
        if item.parent not in known:
            raise ValueError("an item stands before what it is a part of")
        known.add(item.identifier)
    refused = tuple(
        Refused(int(one["number"]), Text(STATEMENT)(one.get("name", "")), Text(CODE)(one["reason"]))
        for one in values.get("refused", ())[: ITEMS + 1]
    )
    texts = {name: Text(TITLE)(values.get(name, "")) for name in ("title", "creator", "subject", "version")}
    return Framework(Text(IDENTIFIER)(values["identifier"]), items=items, refused=refused, **texts)


def _believed(one: Any) -> Item:
    low, high, depth = one.get("grade_low"), one.get("grade_high"), one.get("depth", 0)
    if any(grade is not None and grade not in range(-1, LAST_GRADE + 1) for grade in (low, high)):
        raise ValueError("no grade")
    if depth not in range(DEPTH + 1):
        raise ValueError("no depth")
    texts = {name: Text(CODE)(one.get(name, "")) for name in ("code", "kind", "parent")}
    return Item(
        Text(IDENTIFIER)(one["identifier"]),
        Text(STATEMENT)(one["statement"]),
        grade_low=low,
        grade_high=high,
        depth=depth,
        **texts,
    )
