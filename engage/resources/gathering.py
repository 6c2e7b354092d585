"""All that a search finds, up to a number, in an order that one chooses: what lists that refill themselves are made of.

Source: PRODUCT.md, 2, "smart lists".
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tortoise.connection import get_connection

from engage.resources import finding, search
from engage.resources.finding import Narrowed, ask
from engage.resources.search import Wanted


class Order(StrEnum):
    """What comes first. Best: what fits the words best; without words what is on most lists, as Used."""

    BEST = "best"
    NEWEST = "newest"
    USED = "used"
    TITLE = "title"


ORDERED = {
    Order.BEST: "r.popularity DESC, r.title_sort, r.id",
    Order.NEWEST: "r.made_at DESC, r.id DESC",
    Order.USED: "r.popularity DESC, r.title_sort, r.id",
    Order.TITLE: "r.title_sort, r.id",
}
COLUMNS = "r.id, r.key, r.title, r.creators, r.mode, r.format, r.minutes, r.year, r.picture, r.made_at"


@dataclass(frozen=True)
class Years:
    """Of publication, both included; None where there is no limit. What has no year is in no span of years."""

    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class Gathered:
    """total: how many the search finds. rows, the first of them: id key title creators mode format minutes year
    picture made_at."""

    total: int
    rows: list[dict[str, Any]]


async def gather(school_id: int, wanted: Wanted, order: Order, most: int, years: Years = Years()) -> Gathered:
    """What a school has that is wanted, at most so many, in two to eight statements. Whatever is equal keeps its order
    from one day to the next, so that a list made of it changes only when the catalogue does."""
    client = get_connection("reports")
    within, of_years = _within(years)
    source, values = search.source_of(school_id, wanted, search.narrowing(school_id, wanted))
    counted = await ask(client, f"SELECT COUNT(*) AS count {source}{within}", [*values, *of_years])
    total = counted[0]["count"]
    if not total:
        return Gathered(0, [])
    if order is Order.BEST and wanted.has_words:
        rows = await _best(school_id, wanted, most, within, of_years)
    else:
        ordered = f"ORDER BY {ORDERED[order]} LIMIT {most:d}"
        rows = await ask(client, f"SELECT {COLUMNS} {source}{within} {ordered}", [*values, *of_years])
    return Gathered(total, [{**row, "made_at": _moment(row["made_at"])} for row in rows])


async def _best(school_id: int, wanted: Wanted, most: int, within: str, of_years: list[int]) -> list[dict[str, Any]]:
    client = get_connection("reports")
    narrowed = search.narrowing(school_id, wanted)
    if within:
        narrowed = Narrowed(narrowed.condition + within, [*narrowed.values, *of_years])
    best = await finding.ranked(client, school_id, wanted.text, narrowed, most)
    places = {row["id"]: place for place, row in enumerate(best)}
    numbers = ", ".join(str(int(number)) for number in places)
    rows = await ask(
        client, f"SELECT {COLUMNS} FROM resource r WHERE r.school_id = ? AND r.id IN ({numbers})", [school_id]
    )
    return sorted(rows, key=lambda row: places[row["id"]])


def _within(years: Years) -> tuple[str, list[int]]:
    parts = [(" AND r.year >= ?", years.first), (" AND r.year <= ?", years.last)]
    kept = [(text, year) for text, year in parts if year is not None]
    return "".join(text for text, _ in kept), [year for _, year in kept]


def _moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
