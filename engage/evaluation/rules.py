"""What is true of evaluation: levels, how figures are withheld, and how far an objective is. Source: SAFETY.md, P10."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from engage import dates
from engage.dates import Period
from engage.errors import NotAllowed, Refused
from engage.people.rules import Reader, Role

# shares beyond these would say of nearly everybody, or of nearly nobody, what they did
LOWEST_SHARE, HIGHEST_SHARE = 5, 95
LONGEST_NOTE = 4_000


class Level(IntEnum):
    """The four steps of a self-rating."""

    EMERGING = 1
    DEVELOPING = 2
    EFFECTIVE = 3
    EXEMPLARY = 4

    @property
    def word(self) -> str:
        """As it is written: "Emerging"."""
        return self.name.capitalize()


class Counting(StrEnum):
    """How far figures can speak for a criterion: wholly, partly, or not at all. A person rates it in any case."""

    COUNTED = "counted"
    PARTLY = "partly counted"
    RECORD = "record only"


class State(StrEnum):
    """Where an objective stands. Source: DESIGN-SYSTEM.md, verdicts."""

    MET = "met"
    TRACK = "track"
    WORK = "work"


@dataclass(frozen=True)
class Value:
    """A figure as it may be shown. number: None where it is withheld or only bounded.

    bound: "", or "over" or "under" of `edge`, where a share is capped.
    """

    number: float | None = None
    bound: str = ""
    edge: int = 0

    @property
    def withheld(self) -> bool:
        """Whether the number itself may not be shown."""
        return self.number is None

    def words(self, unit: str = "") -> str:
        """As it is read: "84%", "1,318 minutes", "over 95%", "not shown"."""
        if self.bound:
            return f"{self.bound} {self.edge}%"
        if self.number is None:
            return "not shown"
        plain = f"{round(self.number, 1):,}".removesuffix(".0")
        return f"{plain}{unit}" if unit in ("", "%") else f"{plain} {unit}"


HIDDEN = Value()


def enough(people: int, fewest: int) -> bool:
    """Whether a group is large enough to be spoken of. Zero is hidden like one."""
    return people >= fewest


def group(people: int, whole: int, fewest: int) -> Value:
    """A count of people out of a whole that is known to the reader.

    Withheld where the group, or the rest of the whole, which a subtraction would give, is small.
    """
    return Value(people) if enough(people, fewest) and enough(whole - people, fewest) else HIDDEN


def share(part: int, whole: int, fewest: int) -> Value:
    """Whole percent of a known whole, counts of people; capped where the part or the rest is small or nearly all.

    What the cap says depends on the whole alone, so that it gives away no more than that the part is small.
    """
    if whole < 2 * fewest:
        return HIDDEN
    percent = 100 * part / whole
    if not enough(part, fewest) or percent < LOWEST_SHARE:
        return Value(bound="under", edge=max(LOWEST_SHARE, math.ceil(100 * fewest / whole)))
    if not enough(whole - part, fewest) or percent > HIGHEST_SHARE:
        return Value(bound="over", edge=min(HIGHEST_SHARE, math.floor(100 * (whole - fewest) / whole)))
    return Value(round(percent))


def amount(number: float, people: int, fewest: int) -> Value:
    """A number of acts, minutes or days, with the people behind it known: few people, no number."""
    return Value(number) if enough(people, fewest) else HIDDEN


def balance(part: int, whole: int, people: int, others: int, fewest: int) -> Value:
    """Whole percent of acts. people, others: how many stand behind the part, and behind the rest."""
    if not whole or not enough(people, fewest) or not enough(others, fewest):
        return HIDDEN
    percent = 100 * part / whole
    if percent < LOWEST_SHARE:
        return Value(bound="under", edge=LOWEST_SHARE)
    return Value(bound="over", edge=HIGHEST_SHARE) if percent > HIGHEST_SHARE else Value(round(percent))


def all_or_none(parts: Mapping[str, Value]) -> dict[str, Value]:
    """A break-down of a total that is shown as well: if one part is withheld, all are.

    To withhold only a second part would tell, to one who knows how it is chosen, what the first can be.
    The attacker of tests/evaluation/test_rules.py knows how.
    """
    return dict(parts) if all(not value.withheld for value in parts.values()) else dict.fromkeys(parts, HIDDEN)


def shares(parts: Mapping[str, tuple[int, int]], total: tuple[int, int], fewest: int) -> dict[str, Value]:
    """A share broken down by groups: people and whole of each, and of all.

    Where the groups do not add up to the total, the difference would be a group of its own, and none is shown.
    """
    shown = all_or_none({name: share(part, whole, fewest) for name, (part, whole) in parts.items()})
    sums = (sum(part for part, _ in parts.values()), sum(whole for _, whole in parts.values()))
    return shown if sums == total else dict.fromkeys(shown, HIDDEN)


def sums(parts: Mapping[str, tuple[int, int]], people: int, fewest: int) -> tuple[Value, dict[str, Value]]:
    """A sum of counts of people with its break-down: people and whole of each group; people: distinct ones behind all.

    The sum is withheld also where it is so near to all of all that it would tell who is missing.
    """
    shown = all_or_none({name: group(part, whole, fewest) for name, (part, whole) in parts.items()})
    total = group(sum(part for part, _ in parts.values()), sum(whole for _, whole in parts.values()), fewest)
    return total if enough(people, fewest) else HIDDEN, shown


def spans(weeks: list[dict[str, set[str]]], keys: list[str], fewest: int) -> list[tuple[int, int]]:
    """Weeks put together until enough people stand behind each key, so that no small week can be told from the sums.

    weeks: the people behind each key, by week. Returns first and last week of each span; they cover all the weeks.
    """
    cuts: list[tuple[int, int]] = []
    start = 0
    people: dict[str, set[str]] = {key: set() for key in keys}
    for place, week in enumerate(weeks):
        for key in keys:
            people[key] |= week.get(key, set())
        if all(enough(len(people[key]), fewest) for key in keys):
            cuts.append((start, place))
            start, people = place + 1, {key: set() for key in keys}
    if start < len(weeks):
        cuts = [*cuts[:-1], (cuts[-1][0] if cuts else 0, len(weeks) - 1)]
    return cuts


def weeks_of(period: Period) -> list[date]:
    """The Mondays of the weeks that a period touches."""
    monday = period.starts.toordinal() - period.starts.weekday()
    return [date.fromordinal(day) for day in range(monday, period.ends.toordinal() + 1, 7)]


def so_far(period: Period, today: date) -> Period:
    """The part of a period that has been; its first day alone where it has not begun."""
    return Period(period.starts, max(period.starts, min(period.ends, today)))


def slug_of(period: Period, first_month: int) -> str:
    """How a cycle stands in addresses: "2026-27" for a school year, else "2026-08-to-2026-12"."""
    year = dates.school_year(period.starts, first_month)
    return dates.year_name(period) if period == year else f"{period.starts:%Y-%m}-to-{period.ends:%Y-%m}"


def progress(
    value: float | None,
    baseline: float | None,
    target: float,
    lower_is_better: bool,
    cycle: Period,
    due: date,
    on: date,
) -> State:
    """Where an objective stands on a day: met, on the way, or in need of work.

    On the way is who has come at least half as far on the path from the baseline to the target as the calendar has.
    """
    if value is None:
        return State.WORK
    if (value <= target) if lower_is_better else (value >= target):
        return State.MET
    begin = baseline if baseline is not None else (value if lower_is_better else 0.0)
    way = (value - begin) / (target - begin) if target != begin else 0.0
    days = max((due - cycle.starts).days, 1)
    gone = min(max((on - cycle.starts).days, 0) / days, 1.0)
    return State.TRACK if way >= gone / 2 and (way > 0 or not gone) else State.WORK


def may_plan(reader: Reader) -> bool:
    """Whether the person may start a cycle, set objectives and freeze a report (REP06)."""
    return bool(reader.roles & {Role.SPECIALIST, Role.SCHOOL_ADMIN})


def check_planner(reader: Reader) -> None:
    """Refuse who may not. Raises NotAllowed."""
    if not may_plan(reader):
        raise NotAllowed("REP06")


def may_rate(reader: Reader) -> bool:
    """Whether the person may judge a criterion: the specialist."""
    return Role.SPECIALIST in reader.roles


def check_rater(reader: Reader) -> None:
    """Refuse who may not. Raises NotAllowed."""
    if not may_rate(reader):
        raise NotAllowed("REP06", "The specialist rates the criteria.")


def check_objective(title: str, target: float, due_on: date, cycle: Period) -> None:
    """Refuse an objective that could not be followed. Raises Refused."""
    if not title.strip():
        raise Refused("Say in a few words what you aim at.", about="title")
    if not math.isfinite(target) or target < 0:
        raise Refused("The target is a number, zero or more.", about="target")
    if due_on not in cycle:
        raise Refused("The due day lies inside the cycle.", about="due_on")


def check_closable(ends: date, on: date, locked: bool) -> None:
    """Refuse to close a cycle that still runs. Raises Refused."""
    check_open(locked)
    if on <= ends:
        raise Refused(f"This cycle runs until {dates.spoken(ends)}. Close it after that day.")


def check_open(locked: bool) -> None:
    """Refuse to change a cycle whose figures stand. Raises Refused."""
    if locked:
        raise Refused("This cycle is closed. Start the next one.")
