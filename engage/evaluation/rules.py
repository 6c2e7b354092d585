"""What is true of evaluation: levels, who may do what, and how far an objective is.

How figures are withheld stands in engage.engagement.small_groups; its names are handed on, for whoever asks here.
"""

import math
from datetime import date
from enum import IntEnum, StrEnum

from engage import dates
from engage.dates import Period
from engage.engagement.small_groups import HIDDEN as HIDDEN
from engage.engagement.small_groups import Value as Value
from engage.engagement.small_groups import all_or_none as all_or_none
from engage.engagement.small_groups import amount as amount
from engage.engagement.small_groups import balance as balance
from engage.engagement.small_groups import enough as enough
from engage.engagement.small_groups import group as group
from engage.engagement.small_groups import share as share
from engage.engagement.small_groups import shares as shares
from engage.engagement.small_groups import stand_together as stand_together
from engage.engagement.small_groups import sums as sums
from engage.errors import NotAllowed, Refused
from engage.people.rules import Reader, Role

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
    gone = time_gone(cycle.starts, due, on)
    return State.TRACK if way >= gone / 2 and (way > 0 or not gone) else State.WORK


def time_gone(starts: date, due: date, on: date) -> float:
    """Which share of the time from the first day to the due day is over, 0 to 1."""
    return min(max((on - starts).days, 0) / max((due - starts).days, 1), 1.0)


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


def check_objective(
    title: str, target: float, due_on: date, cycle: Period, baseline: float | None = None, unit: str = ""
) -> None:
    """Refuse an objective that could not be followed. unit: of its figure. Raises Refused."""
    if not title.strip():
        raise Refused("Say in a few words what you aim at.", about="title")
    if not math.isfinite(target) or target < 0:
        raise Refused("The target is a number, zero or more.", about="target")
    if baseline is not None and (not math.isfinite(baseline) or baseline < 0):
        raise Refused("Where it stood is a number, zero or more.", about="baseline")
    for number, about in ((target, "target"), (baseline, "baseline")):
        if unit == "%" and number is not None and number > 100:
            raise Refused("This figure is a share: 100 is all there is.", about=about)
    if due_on not in cycle:
        raise Refused("The due day lies inside the cycle.", about="due_on")


def check_open(locked: bool) -> None:
    """Refuse to change a cycle whose figures stand. Raises Refused."""
    if locked:
        raise Refused("This cycle is closed. Start the next one.")
