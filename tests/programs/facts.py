"""Facts and rules for tests, in few words: days are of October 2026, an entry is written at noon of its own day."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from engage.dates import Period
from engage.engagement.rules import Mode
from engage.programs.awards import Rule, Total
from engage.programs.counting import Outcome, outcome
from engage.programs.facts import (
    ActivityFact,
    Count,
    DeliveryFact,
    Facts,
    GoalFact,
    GrantFact,
    JoinFact,
    LogFact,
    ReviewFact,
    VoidFact,
)
from engage.programs.judging import Badge, Challenge, PointsRule, ProgramRules
from engage.programs.rules import Ending, Unit

READING, VIEWING, LISTENING = Mode.READING, Mode.VIEWING, Mode.LISTENING
FINISHED, STOPPED = Ending.FINISHED, Ending.STOPPED
MINUTES, PAGES, TITLES, DAYS = Unit.MINUTES, Unit.PAGES, Unit.TITLES, Unit.DAYS
JOINED = date(2026, 10, 1)


def october(day: int) -> date:
    """A day of October; 32 is the first of November."""
    return date(2026, 10, 1) + timedelta(days=day - 1)


def noon(day: int) -> datetime:
    """Noon of a day of October, in UTC."""
    return datetime.combine(october(day), time(12), UTC)


def log(number: int, day: int, minutes: int = 0, mode: Mode = READING, at: int | None = None, **more: Any) -> LogFact:
    """An entry. at: the day it was written, if not its own."""
    return LogFact(number, october(day), noon(day if at is None else at), mode, minutes=minutes, **more)


def finish(number: int, day: int, resource: int, mode: Mode = READING, **more: Any) -> LogFact:
    """An entry that finished a resource."""
    return log(number, day, mode=mode, resource=resource, ending=FINISHED, **more)


def void(entry: int, at: int, by_staff: bool = False) -> VoidFact:
    """An entry taken back."""
    return VoidFact(entry, noon(at), by_staff)


def facts(*them: Any) -> Facts:
    """Facts in the order given."""
    return Facts(
        tuple(one for one in them if isinstance(one, LogFact)),
        tuple(one for one in them if isinstance(one, VoidFact)),
        tuple(one for one in them if isinstance(one, GrantFact)),
        tuple(one for one in them if isinstance(one, DeliveryFact)),
        tuple(one for one in them if isinstance(one, ActivityFact)),
        tuple(one for one in them if isinstance(one, ReviewFact)),
        tuple(one for one in them if isinstance(one, GoalFact)),
        tuple(one for one in them if isinstance(one, JoinFact)),
    )


def total(unit: Unit, goal: int, *modes: Mode, days: tuple[int, int] | None = None, **more: Any) -> Total:
    """A condition over a total. days: first and last of a window."""
    window = None if days is None else Period(october(days[0]), october(days[1]))
    return Total(Count(unit, frozenset(modes) or None, **more), goal, window)


def badges(**rules: Rule) -> tuple[Badge, ...]:
    """Badges by key; the title is the key."""
    return tuple(Badge(key, key, rule) for key, rule in rules.items())


def challenges(**rules: Rule) -> tuple[Challenge, ...]:
    """Challenges by key; the title is the key."""
    return tuple(Challenge(key, key, rule) for key, rule in rules.items())


def program(**more: Any) -> ProgramRules:
    """A program that runs from 1 to 31 October, with entries taken until the end of 7 November."""
    settings: dict[str, Any] = {"starts": october(1), "ends": october(31), "frozen_at": noon(39)}
    return ProgramRules(**(settings | more))


def counted(rules: ProgramRules, *them: Any, joined: int = 1) -> Outcome:
    """The outcome of facts for somebody who joined on a day of October."""
    return outcome(rules, october(joined), facts(*them))


def held(result: Outcome) -> dict[str, date]:
    """The badges held and the days on which they were earned."""
    return {one.badge.key: one.earned_on for one in result.badges}


def amounts(result: Outcome) -> dict[str, tuple[int, int, date | None]]:
    """Amount, goal and day of each challenge, by its key."""
    return {one.challenge.key: (one.answer.amount, one.answer.goal, one.done_on) for one in result.progress}


def progress(result: Outcome, key: str = "c") -> tuple[int, int, date | None]:
    """Amount and goal of a challenge, and the day it was done."""
    return amounts(result)[key]


POINT = PointsRule(Count(MINUTES), per=20, points=1)
SIXTY = program(badges=badges(sixty=total(MINUTES, 60)))
