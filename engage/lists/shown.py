"""A list as its page shows it: which items a filter leaves, in which parts, and what each item says of itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from engage.lists.rules import OnList
from engage.resources.editions import read
from engage.resources.rules import LinkState, ResourceState
from engage.resources.wording import AGES, kind_and_length, on_shelf, site_of

Row = Mapping[str, Any]
NOT_HERE = "Not in our library yet"


class Place(NamedTuple):
    """Of a row of `items_of` all that may change while no version of a resource does, and that a reader can see.

    section_key and what follows it of the section: None above the first one. resource_changed_at: as the database
    gives it.
    """

    annotation: str
    start_here: bool | int
    section_key: str | None
    section_title: str | None
    section_note: str | None
    resource_id: int
    resource_version: int
    resource_changed_at: datetime | str


@dataclass(frozen=True)
class Filters:
    """What a reader asked to see. mode: one of Mode; where: of WHERE; ages: of AGES; "" for all."""

    mode: str = ""
    where: str = ""
    ages: str = ""


@dataclass(frozen=True)
class Part:
    """Items under one heading; title "" for those above the first."""

    title: str
    note: str
    items: list[dict[str, Any]]


@dataclass(frozen=True)
class Shown:
    """What the page shows. offered: the rows of the whole list, whatever a filter leaves of it."""

    parts: list[Part]
    offered: Sequence[Row]

    @property
    def total(self) -> int:
        """How many there are on the whole list."""
        return len(self.offered)

    @property
    def items(self) -> list[dict[str, Any]]:
        """All that the filter leaves, in order."""
        return [item for part in self.parts for item in part.items]


def numbered(row: Row, number: int) -> dict[str, Any]:
    """What an item says of itself, and its number."""
    return {**described(row), "number": number}


def shown(
    rows: Sequence[Row], filters: Filters = Filters(), say: Callable[[Row, int], dict[str, Any]] = numbered
) -> Shown:
    """The rows of `items_of`, less what the library no longer offers and what the filters leave out.

    Numbers are those of the whole list, so that a filter does not change what "number 7" is.
    say: what becomes of a row.
    """
    offered = [row for row in rows if row["resource_state"] == ResourceState.OFFERED]
    whole_list = filters == Filters()
    parts: list[Part] = []
    last: object = None
    for number, row in enumerate(offered, 1):
        if not whole_list and not _fits(row, filters):
            continue
        if not parts or row["section_key"] != last:
            parts.append(Part(row["section_title"] or "", row["section_note"] or "", []))
            last = row["section_key"]
        parts[-1].items.append(say(row, number))
    return Shown(parts, offered)


def _fits(row: Row, filters: Filters) -> bool:
    if told := read(row["editions"]):
        # one edition has to be all that is asked for
        if not any(
            filters.mode in ("", each.mode) and (not filters.where or getattr(each, filters.where)) for each in told
        ):
            return False
    elif not (
        filters.mode in ("", row["mode"])
        and (filters.where != "here" or row["copies"] is not None)
        and (filters.where != "online" or row["url"])
    ):
        return False
    if not filters.ages:
        return True
    _, low, high = AGES[filters.ages]
    first, last = row["audience_low"], row["audience_high"]
    if first is None and last is None:
        return False
    return (first is None or first <= high) and (last is None or last >= low)


def described(row: Row) -> dict[str, Any]:
    """What an item says of itself, for the macros that draw it."""
    return {
        "key": row["key"],
        "resource_id": row["resource_id"],
        "resource_key": row["resource_key"],
        "title": row["title"],
        "creator": row["creators"],
        "picture": row["picture"],
        "mode": str(row["mode"]),
        "format": kind_and_length(row["format"], row["mode"], row["minutes"], row["editions"]),
        "language": row["language"] or "",
        "note": row["annotation"],
        "start_here": bool(row["start_here"]),
        "call": row["call_number"] or "",
        "shelf": on_shelf(row["copies"], row["available"], row["location"] or "") or ("" if row["url"] else NOT_HERE),
        "wanting": is_wanting(row),
        "url": row["url"] or "",
        "site": site_of(row["url"] or "", row["provider"] or ""),
    }


def is_wanting(row: Row) -> bool:
    """Whether nobody can have the item now: the library has none, or all are out, and it is not online."""
    return not row["url"] and (row["copies"] is None or row["available"] == 0)


def trouble_with(row: Row) -> str:
    """What a curator should know of an item: that nobody can get at it; "" where all is well."""
    if row["resource_state"] != ResourceState.OFFERED:
        return "No longer offered"
    if row["copies"] is None and row["link_state"] == LinkState.DEAD:
        return "The link does not work"
    return "" if row["copies"] is not None or row["url"] else "No place and no link"


def checked(rows: Sequence[Row]) -> list[OnList]:
    """The rows of `items_of` as the check before publishing sees them."""
    return [
        OnList(
            key=row["key"],
            title=row["title"],
            noted=bool(row["annotation"].strip()),
            placed=row["copies"] is not None or bool(row["url"]),
            broken=row["copies"] is None and row["link_state"] == LinkState.DEAD,
            offered=row["resource_state"] == ResourceState.OFFERED,
        )
        for row in rows
    ]
