"""Days, school days or weeks in a row, with rest days that keep a row whole."""

from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from engage.errors import Refused
from engage.programs.rules import GRACE_A_WEEK, StreakUnit

MOST_GRACE = 4
FURTHEST = 400


@dataclass(frozen=True)
class StreakRule:
    """How a row is counted.

    grace: missed days a week (Monday to Sunday) that do not break it; none for weeks. off: the school's days off.
    """

    unit: StreakUnit = StreakUnit.DAY
    grace: int = GRACE_A_WEEK
    off: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Streak:
    """A row and the longest one.

    length: the row that ended on last_on. alive_until: the last day on which a log would still add to it.
    rests: the days of it that were missed and did not break it.
    """

    length: int = 0
    longest: int = 0
    last_on: date | None = None
    alive_until: date | None = None
    rests: tuple[date, ...] = ()

    def on(self, today: date) -> int:
        """How long the row is today: nothing once it can no longer be added to."""
        return self.length if self.alive_until is not None and today <= self.alive_until else 0


def check_grace(grace: int) -> None:
    """Refuse a number of rest days that would leave nothing of a week. Raises Refused."""
    if not 0 <= grace <= MOST_GRACE:
        raise Refused(f"Rest days a week must be a number from 0 to {MOST_GRACE}.", about="grace_days")


def streak(days: Collection[date], rule: StreakRule) -> Streak:
    """The row that ends on the last of these days, and the longest row there was.

    days: each day with at least the minimum, in any order. A row is a stretch from one such day to another in which
    no week misses more than its rest days. So it depends on the days alone, and one more day inside it or before it,
    however late it is entered, never makes it shorter.
    Source: PRODUCT.md, section 4, rule 19; SAFETY.md, P8 (days off rest).
    """
    return _walk(days, rule)[0]


def rises(days: Collection[date], rule: StreakRule) -> list[date]:
    """The days on which the longest row grew: the first one is that of a row of one, the last that of the longest."""
    return _walk(days, rule)[1]


def _walk(days: Collection[date], rule: StreakRule) -> tuple[Streak, list[date]]:
    first_in: dict[date, date] = {}
    for day in sorted(days):
        if _counts(day, rule):
            first_in.setdefault(_slot(day, rule), day)
    done = first_in.keys()
    if not done:
        return Streak(), []
    row: deque[date] = deque()
    missed: Counter[date] = Counter()
    length = 0
    grew: list[date] = []
    slot, last = min(done), max(done)
    while slot <= last:
        if slot in done:
            row.append(slot)
            length += 1
            if length > len(grew):
                grew.append(first_in[slot])
        elif row and not _rests(slot, rule):
            row.append(slot)
            missed[_week(slot)] += 1
            while missed[_week(slot)] > _grace(rule) or (row and row[0] not in done):
                first = row.popleft()
                if first in done:
                    length -= 1
                else:
                    missed[_week(first)] -= 1
        slot += _step(rule)
    rests = tuple(day for day in row if day not in done)
    return Streak(length, len(grew), last, _alive_until(last, missed, rule), rests), grew


def rests_left(row: Streak, rule: StreakRule, today: date) -> int:
    """How many rest days this week still has for the row."""
    if row.last_on is None or rule.unit is StreakUnit.WEEK:
        return 0
    used = sum(1 for day in row.rests if _week(day) == _week(today))
    day = row.last_on + timedelta(days=1)
    while day < today:
        used += _week(day) == _week(today) and not _rests(day, rule)
        day += timedelta(days=1)
    return max(0, rule.grace - used)


def _alive_until(last: date, missed: Counter[date], rule: StreakRule) -> date:
    """The end of the first slot after the last one that the row cannot do without."""
    spent, slot = missed.copy(), last
    for _ in range(FURTHEST):
        slot += _step(rule)
        if not _rests(slot, rule):
            spent[_week(slot)] += 1
            if spent[_week(slot)] > _grace(rule):
                break
    return slot + _step(rule) - timedelta(days=1)


def _step(rule: StreakRule) -> timedelta:
    return timedelta(days=7 if rule.unit is StreakUnit.WEEK else 1)


def _grace(rule: StreakRule) -> int:
    return 0 if rule.unit is StreakUnit.WEEK else rule.grace


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _slot(day: date, rule: StreakRule) -> date:
    return _week(day) if rule.unit is StreakUnit.WEEK else day


def _school_day(day: date, rule: StreakRule) -> bool:
    return day.weekday() < 5 and day not in rule.off


def _counts(day: date, rule: StreakRule) -> bool:
    return rule.unit is not StreakUnit.SCHOOL_DAY or _school_day(day, rule)


def _rests(slot: date, rule: StreakRule) -> bool:
    """Whether missing this day or week is no miss at all: a day off, or a week without a school day."""
    match rule.unit:
        case StreakUnit.DAY:
            return slot in rule.off
        case StreakUnit.SCHOOL_DAY:
            return not _school_day(slot, rule)
        case StreakUnit.WEEK:
            week = [slot + timedelta(days=number) for number in range(5)]
            return all(day in rule.off for day in week)
