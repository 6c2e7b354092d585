"""The order of a list: parts stand together, and positions are the order on the whole list, from 1."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where an item stands. part: the id of its section, None above the first section."""

    item: int
    part: int | None


@dataclass(frozen=True)
class Moved:
    """Where something now stands. place: in its section, from 1, of `among` there; position: on the whole list.

    number: of the revision that `undoing.put_back` takes back, None where a part did not move.
    """

    title: str
    place: int
    among: int
    position: int = 0
    number: int | None = None


def arranged(places: Sequence[Place], parts: Sequence[int]) -> list[Place]:
    """The items with each part together, in the order of the parts, and inside a part as they stood."""
    order = {part: place for place, part in enumerate(parts)}
    return sorted(places, key=lambda place: -1 if place.part is None else order[place.part])


def moved(places: Sequence[Place], parts: Sequence[int], item: int, part: int | None, to: str | int) -> list[Place]:
    """The items after one of them was moved.

    places: the whole list in order. parts: the ids of its sections in order. part: the section that the item goes
    to, which may be its own. to: "up", "down", "top", "bottom", or the place in that section, from 1; a place
    beyond the ends is the end, and up or down out of another section is the bottom.
    """
    columns: dict[int | None, list[int]] = {None: [], **{each: [] for each in parts}}
    for place in places:
        columns[place.part].append(place.item)
    before = next(place.part for place in places if place.item == item)
    at = columns[before].index(item)
    columns[before].remove(item)
    goal = columns[part]
    ends = {"top": 0, "bottom": len(goal)}
    steps = {"up": at - 1, "down": at + 1} if part == before else {}
    where = to - 1 if isinstance(to, int) else {**ends, **steps}.get(to, len(goal))
    goal.insert(min(max(where, 0), len(goal)), item)
    return [Place(each, column) for column, items in columns.items() for each in items]


def shifted(order: Sequence[int], one: int, to: str) -> list[int]:
    """A row of things after one of them was moved "up" or "down"; at its end it stays."""
    rest = [each for each in order if each != one]
    at = order.index(one) + {"up": -1, "down": 1}[to]
    rest.insert(max(at, 0), one)
    return rest
