"""Many things for a list at once: what was pasted, line by line, and what the library has of each; asks no other site.

A line is an ISBN, also a damaged one, or the address of a page, or a title, with or without who made it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from engage.database import fold
from engage.errors import Refused
from engage.lists.models import ListItem
from engage.lists.queries import ListCard
from engage.resources import isbn
from engage.resources.models import Identifier, Link, Resource
from engage.resources.record import is_web, sorting_title
from engage.resources.rules import ResourceState
from engage.resources.search import likely, spelled_nearly
from feeds.address import same_place

MOST_LINES = 100
LONGEST_LINE = 500
# of several that may be meant so many are shown
CHOICES = 5
# other spellings are the dearest part of a search: they are looked for of the first titles that are not here
MOST_SPELLED = 20

NUMBER = re.compile(r'[=\s"]*\d[\d\s.,\-xXeE+"]*')
# fewer digits are a title, such as 1984
FEWEST_DIGITS = 8
ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)+/\S*", re.IGNORECASE)
MAKER = re.compile(r"\t+|\s+by\s+|\s+[-\u2013\u2014/]\s+|\s*[,;|]\s+", re.IGNORECASE)
NAMED = re.compile(r"\t+|\s+by\s+", re.IGNORECASE)
# below it two titles are two titles: "Owl Moon" and "Owl Babies" have 0.56
NEAR = 0.8
SHOWN = ("id", "key", "title", "creators", "mode", "format", "minutes", "picture")


class Kind(StrEnum):
    """What a line is."""

    ISBN = "isbn"
    ADDRESS = "address"
    TITLE = "title"


class Outcome(StrEnum):
    """What came of a line: one thing, several to choose from, on the list already, in an earlier line, not here, no
    number at all."""

    FOUND = "found"
    CHOOSE = "choose"
    THERE = "there"
    AGAIN = "again"
    MISSING = "missing"
    REFUSED = "refused"


@dataclass(frozen=True)
class Line:
    """One line. value: thirteen digits, an address or a title. said: what was mended, or why it is refused."""

    typed: str
    kind: Kind
    value: str
    said: str = ""
    refused: bool = False


@dataclass(frozen=True)
class Resolved:
    """A line and what the library has of it. things: rows with SHOWN, the best first.

    near: they are only spelled nearly so, and none of them is taken unasked.
    """

    line: Line
    outcome: Outcome
    things: tuple[Mapping[str, Any], ...] = ()
    near: bool = False


def lines_of(text: str) -> list[Line]:
    """What was pasted, without empty lines. Raises Refused, about "lines"."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise Refused("Paste something: an ISBN, a title or an address on each line.", about="lines")
    if len(lines) > MOST_LINES:
        raise Refused(f"These are {len(lines):,} lines. Paste {MOST_LINES} at most at one time.", about="lines")
    return [_read(line) for line in lines]


def _read(typed: str) -> Line:
    if len(typed) > LONGEST_LINE:
        return Line(typed[:LONGEST_LINE], Kind.TITLE, "", "This line is too long for a title.", refused=True)
    if ADDRESS.fullmatch(typed):
        address = typed if "://" in typed else f"https://{typed}"
        wrong = "" if is_web(address) else "This is no address of a page."
        return Line(typed, Kind.ADDRESS, address, wrong, refused=bool(wrong))
    digits = sum(sign.isdigit() for sign in typed)
    if isbn.ROUNDED.fullmatch(typed) or (digits >= FEWEST_DIGITS and NUMBER.fullmatch(typed)):
        try:
            known = isbn.read_isbn(typed)
        except Refused as no:
            return Line(typed, Kind.ISBN, "", no.sentence, refused=True)
        bare = re.sub(r"[^0-9Xx]", "", typed).upper()
        mended = "" if bare in (known, isbn.ten(known)) else f"Read as {isbn.shown(known)}."
        return Line(typed, Kind.ISBN, known, mended)
    if known := isbn.isbn_in(typed):
        return Line(typed, Kind.ISBN, known)
    return Line(typed, Kind.TITLE, typed)


async def resolve(curated: ListCard, lines: Sequence[Line]) -> list[Resolved]:
    """What the library has of each line; beside a few statements, at most six for each title that is not exact.

    For MOST_SPELLED titles that are not here at all ten more look for one that is spelled nearly so.
    """
    items = ListItem.filter(school_id=curated.school_id, curated_id=curated.id)
    there = {number for (number,) in await items.values_list("resource_id")}
    good = [line for line in lines if not line.refused]
    numbers = await _by_number(curated.school_id, [line.value for line in good if line.kind is Kind.ISBN])
    pages = await _by_address(curated.school_id, [line.value for line in good if line.kind is Kind.ADDRESS])
    titles = await _by_title(curated.school_id, [line.value for line in good if line.kind is Kind.TITLE])
    seen: set[int] = set()
    spelled: dict[str, tuple[Mapping[str, Any], ...]] = {}
    resolved = []
    for line in lines:
        things: tuple[Mapping[str, Any], ...]
        match line.kind:
            case Kind.ISBN:
                things = tuple(numbers.get(line.value, ()))
            case Kind.ADDRESS:
                things = tuple(pages.get(same_place(line.value), ())) if not line.refused else ()
            case Kind.TITLE:
                things = tuple(exactly(line.value, titles))
        sure = bool(things)
        is_title = line.kind is Kind.TITLE and not line.refused
        if is_title and not things:
            things = tuple(await likely(curated.school_id, _words(line.value), CHOICES))
        missed = is_title and not things
        if missed:
            title = sorting_title(_title(line.value))
            if title not in spelled and len(spelled) < MOST_SPELLED:
                spelled[title] = await _nearly(curated.school_id, title)
            things = spelled.get(title, ())
        outcome = _outcome(line, things, sure, there, seen)
        if outcome is Outcome.FOUND:
            seen.add(things[0]["id"])
        resolved.append(Resolved(line, outcome, things[:CHOICES], missed and bool(things)))
    return resolved


async def _nearly(school_id: int, title: str) -> tuple[Mapping[str, Any], ...]:
    """What is offered and called nearly so, the nearest first. title: as it is filed."""
    near = [(nearness(title, row["title"]), row) for row in await spelled_nearly(school_id, title, CHOICES)]
    return tuple(row for share, row in sorted(near, key=lambda each: -each[0]) if share >= NEAR)


def nearness(title: str, other: str) -> float:
    """How much two titles have in common, letter by letter, 1 for all. title: as it is filed.

    other: as it is shown, with what comes after a colon or without.
    """
    ways = {sorting_title(other), sorting_title(other.partition(":")[0])}
    return max(SequenceMatcher(None, title, way, autojunk=False).ratio() for way in ways)


async def no_longer_offered(school_id: int, keys: Sequence[str]) -> list[str]:
    """The titles of those resources of the school that are not offered any more; others are not named."""
    rows = Resource.filter(school_id=school_id, key__in=list(keys)).exclude(state=ResourceState.OFFERED)
    return [title for (title,) in await rows.order_by("id").values_list("title")]


def _outcome(line: Line, things: Sequence[Mapping[str, Any]], sure: bool, there: set[int], seen: set[int]) -> Outcome:
    if line.refused:
        return Outcome.REFUSED
    if not things:
        return Outcome.MISSING
    if len(things) > 1 or not sure:
        return Outcome.CHOOSE
    number = things[0]["id"]
    return Outcome.THERE if number in there else Outcome.AGAIN if number in seen else Outcome.FOUND


def exactly(line: str, titles: Mapping[str, Sequence[Mapping[str, Any]]]) -> Sequence[Mapping[str, Any]]:
    """The things that are called so; where the line names who made it too, those of that maker.

    titles: rows by their sorting title.
    """
    if whole := titles.get(sorting_title(line)):
        return whole
    for cut in MAKER.finditer(line):
        same = titles.get(sorting_title(line[: cut.start()]), ())
        makers = set(fold.words(line[cut.end() :]))
        by_them = [row for row in same if makers & set(fold.words(row["creators"]))]
        if by_them:
            return by_them
    return ()


def _title(line: str) -> str:
    """The line up to where it says who made it, if it says so by a word or a tab: a title may hold other marks."""
    return NAMED.split(line, maxsplit=1)[0]


def _words(line: str) -> str:
    """The words to search for, without what stands between a title and its maker."""
    return " ".join(word for word in fold.words(MAKER.sub(" ", line)) if word != "by")


async def _by_title(school_id: int, lines: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    names = {sorting_title(part) for line in lines for part in _heads(line)} - {""}
    return _grouped(await _offered(school_id, title_sort__in=sorted(names)), "title_sort") if names else {}


def _heads(line: str) -> list[str]:
    """The line, and each beginning of it that may be a title with a maker after it."""
    return [line, *(line[: cut.start()] for cut in MAKER.finditer(line))][:CHOICES]


async def _by_number(school_id: int, numbers: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    if not numbers:
        return {}
    found = Identifier.filter(school_id=school_id, scheme__in=("isbn", "isbn wrong"), value__in=sorted(set(numbers)))
    return await _of_pairs(school_id, await found.values_list("value", "resource_id"))


async def _by_address(school_id: int, addresses: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Rows by the place that an address leads to."""
    ways = sorted({way for address in addresses for way in _ways(address)})
    if not ways:
        return {}
    links = await Link.filter(school_id=school_id, url__in=ways).values_list("url", "resource_id")
    named = Identifier.filter(school_id=school_id, scheme="url", value__in=[way for way in ways if len(way) <= 200])
    pairs = [*links, *await named.values_list("value", "resource_id")]
    return await _of_pairs(school_id, [(same_place(url), number) for url, number in pairs])


def _ways(address: str) -> set[str]:
    """How the same address may have been written when it was kept."""
    place = same_place(address)
    ends = ("",) if "?" in place else ("", "/")
    return {address, *(f"{scheme}://{www}{place}{end}" for scheme in SCHEMES for www in ("", "www.") for end in ends)}


SCHEMES = ("https", "http")


async def _of_pairs(school_id: int, pairs: Iterable[tuple[str, int]]) -> dict[str, list[dict[str, Any]]]:
    pairs = list(pairs)
    rows = {row["id"]: row for row in await _offered(school_id, id__in=sorted({number for _, number in pairs}))}
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for value, number in pairs:
        if number in rows:
            found.setdefault(value, {})[number] = rows[number]
    return {value: list(things.values()) for value, things in found.items()}


async def _offered(school_id: int, **wanted: Any) -> list[dict[str, Any]]:
    rows = Resource.filter(school_id=school_id, state=ResourceState.OFFERED, **wanted)
    return await rows.order_by("-popularity", "id").limit(10 * MOST_LINES).values(*SHOWN, "title_sort")


def _grouped(rows: Iterable[dict[str, Any]], column: str) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups
