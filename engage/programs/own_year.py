"""A student's school year at a glance, for nobody but the student: added up from the log; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engage.engagement.rules import Mode
from engage.programs.rules import Ending
from engage.programs.streaks import StreakRule, streak


@dataclass(frozen=True)
class OwnYear:
    """minutes: by mode, those with any. finished: titles by mode. busiest: the first day of the month with most days.

    months: the first day of each month with the days and the minutes logged in it, from the first month to the last.
    """

    days: int
    minutes: Mapping[Mode, int]
    finished: Mapping[Mode, int]
    longest: int
    busiest: date | None
    months: tuple[tuple[date, int, int], ...]


def own_year(rows: Iterable[Mapping[str, Any]], first: date, last: date, rule: StreakRule) -> OwnYear:
    """The year from entries: on mode minutes ending of each. first, last: the days that are shown."""
    rows = [row for row in rows if first <= row["on"] <= last]
    minutes: Counter[Mode] = Counter()
    finished: Counter[Mode] = Counter()
    by_month: dict[date, tuple[set[date], int]] = {month: (set(), 0) for month in _months(first, last)}
    for row in rows:
        mode, spent = Mode(row["mode"]), row["minutes"] or 0
        minutes[mode] += spent
        finished[mode] += row["ending"] == Ending.FINISHED
        month = row["on"].replace(day=1)
        days, before = by_month[month]
        by_month[month] = (days | {row["on"]}, before + spent)
    days = {row["on"] for row in rows}
    months = tuple((month, len(on), spent) for month, (on, spent) in by_month.items())
    busiest = max(months, key=lambda each: (each[1], each[2])) if days else None
    return OwnYear(
        len(days),
        {mode: minutes[mode] for mode in Mode if minutes[mode]},
        {mode: finished[mode] for mode in Mode if finished[mode]},
        streak(days, rule).longest,
        busiest[0] if busiest else None,
        months,
    )


def _months(first: date, last: date) -> list[date]:
    month, found = first.replace(day=1), []
    while month <= last:
        found.append(month)
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
    return found
