"""The terms of a program as its tables hold them, and the rules that counting takes; both ways, and pure."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from engage import dates
from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.programs.activity_rules import ActivityRule
from engage.programs.awards import FromList, InARow, Listed, OwnAmount, Rule, Shared, Total, read_rule
from engage.programs.bingo import read_card
from engage.programs.challenge_rules import IN_ORDER
from engage.programs.facts import Count
from engage.programs.judging import Badge, Challenge, PointsRule, ProgramRules
from engage.programs.rules import (
    GRACE_A_WEEK,
    LARGEST,
    ActivityKind,
    ChallengeKind,
    Credit,
    Limit,
    StreakUnit,
    Strictest,
    Unit,
    frozen_at,
)
from engage.programs.streaks import StreakRule

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ListNow:
    """What stands on a challenge's list today, and what stood there before.

    on: resource ids and keys, in the order that counts where the challenge has one. gone: ids of what left, each with
    the last day on which it counted. noted: the table of what once counted says the same.
    """

    on: Mapping[int, str]
    gone: Mapping[int, date]
    noted: bool = True

    def items(self, required: Collection[str], in_order: bool = False) -> tuple[Listed, ...]:
        """The items as counting takes them. required: keys of resources that must be among them."""
        here = [Listed(number, key in required) for number, key in self.on.items()]
        left = [Listed(number, until=until) for number, until in self.gone.items() if number not in self.on]
        return tuple(here + left if in_order else sorted(here + left, key=lambda one: one.resource))


NOTHING = ListNow({}, {})
EVERGREEN_DAYS = 13 * 366
# the word that Challenge.repeats begins with before a number of days
AFTER = "after"


def rules_of(
    program: Row,
    challenges: Iterable[Row],
    badges: Iterable[Row],
    lists: Mapping[int, ListNow],
    days_off: Iterable[date],
    zone: str,
    activities: Iterable[Row] = (),
) -> ProgramRules:
    """The rules of a program from its rows. lists: by the id of the challenge."""
    challenges = list(challenges)
    # the calendar may still be written for days after the last one, and no result goes by that
    off = (day for day in days_off if program["ends"] is None or day <= program["ends"])
    names = {row["id"]: row["key"] for row in challenges}
    return ProgramRules(
        starts=program["starts"],
        ends=program["ends"],
        frozen_at=frozen_at(program["ends"], program["catching_up"], program["zone"] or zone),
        credit=Credit(program["credit"]),
        challenges=tuple(
            Challenge(row["key"], row["title"], rule_of(row, lists.get(row["id"], NOTHING))) for row in challenges
        ),
        badges=tuple(Badge(row["key"], row["title"], read_rule(row["rule"])) for row in badges),
        points=read_points(program["points"]),
        completion=read_rule(program["completion"]) if program["completion"] else None,
        minimum=program["minimum"],
        streak=StreakRule(
            StreakUnit(program["streak_unit"]), program["grace_days"], frozenset(off) | _never_were(program, zone)
        ),
        tickets=read_points(program["tickets"]),
        key=program["key"],
        activities=tuple(activity_of(row, names[row["challenge_id"]]) for row in activities),
    )


def _never_were(program: Row, zone: str) -> frozenset[date]:
    """Days of the run that the school's zone passed over: no row breaks on them (SAFETY.md, I5)."""
    last = program["ends"] or program["starts"] + timedelta(days=EVERGREEN_DAYS)
    years = range(program["starts"].year, last.year + 1)
    return frozenset().union(*(dates.days_that_never_were(zone, year) for year in years))


def rule_of(challenge: Row, on_list: ListNow = NOTHING) -> Rule:
    """What a challenge asks for."""
    goal, count = challenge["goal"], count_of(challenge)
    match ChallengeKind(challenge["kind"]):
        case ChallengeKind.LIST:
            in_order = is_in_order(challenge)
            return FromList(goal, on_list.items(required_of(challenge), in_order), in_order)
        case ChallengeKind.BINGO:
            return read_card(challenge["details"], goal)
        case ChallengeKind.STREAK:
            row = json.loads(challenge["details"] or "{}")
            unit, grace = StreakUnit(row.get("unit", StreakUnit.DAY)), row.get("grace", GRACE_A_WEEK)
            return InARow(replace(count, unit=Unit.DAYS, minimum=challenge["minimum"]), goal, unit, grace)
        case ChallengeKind.OWN_GOAL:
            return OwnAmount(count, goal, challenge["key"])
        case ChallengeKind.CLASS_GOAL | ChallengeKind.SCHOOL_GOAL:
            return Shared(count, goal)
        case ChallengeKind.AMOUNT | ChallengeKind.ACTIVITIES | ChallengeKind.PROMPTS:
            return Total(count, goal)


def count_of(challenge: Row) -> Count:
    """What a challenge counts, of its one unit."""
    unit = Unit(challenge["unit"])
    return Count(
        unit,
        modes_of(challenge["modes"]),
        challenge["minimum"] if unit is Unit.DAYS else 0,
        again_after(challenge["repeats"]) if unit is Unit.TITLES else None,
        challenge["key"] if unit in (Unit.ACTIVITIES, Unit.PROMPTS) else "",
    )


def activity_of(row: Row, challenge: str) -> ActivityRule:
    """An activity as counting takes it. challenge: the key of its challenge."""
    return ActivityRule(
        row["key"],
        challenge,
        row["title"],
        row["kind"] == ActivityKind.PROMPT,
        row["most"],
        row["most_a_day"],
        row["gone_on"],
    )


def required_of(challenge: Row) -> frozenset[str]:
    """The keys of the resources that a list challenge insists on."""
    return frozenset(key for key in challenge["required"].split(",") if key)


def is_in_order(challenge: Row) -> bool:
    """Whether a list challenge takes the titles in the order of the list."""
    return bool(json.loads(challenge["details"] or "{}").get(IN_ORDER))


def modes_of(text: str) -> frozenset[Mode] | None:
    """The modes in a column; None for any."""
    modes = frozenset(Mode(name) for name in text.split(",") if name)
    return modes if modes and modes != frozenset(Mode) else None


def again_after(repeats: str) -> int | None:
    """once, always, after 30: None, 0, 30."""
    if repeats == "once":
        return None
    return 0 if repeats == "always" else int(repeats.removeprefix(f"{AFTER} "))


def read_limits(text: str) -> dict[Unit, Limit]:
    """The limits of a program by unit."""
    return {Unit(name): Limit(**values) for name, values in json.loads(text or "{}").items()}


def write_limits(limits: Mapping[Unit, Limit]) -> str:
    """Limits as they are stored; nothing where there are none."""
    plain = {
        unit.value: {name: value for name, value in vars(limit).items() if value is not None}
        for unit, limit in limits.items()
    }
    return json.dumps({name: values for name, values in plain.items() if values}) if any(plain.values()) else ""


def strictest(limits: Iterable[tuple[str, Mapping[Unit, Limit]]]) -> dict[Unit, Strictest]:
    """The least of every limit, for an entry that counts in several programs. limits: of each, with its title."""
    found: dict[Unit, Strictest] = {}
    for title, each in limits:
        for unit, limit in each.items():
            found[unit] = found.get(unit, Strictest()).with_limit(limit, title)
    return found


def read_points(text: str) -> tuple[PointsRule, ...]:
    """The points rules of a program."""
    return tuple(
        PointsRule(Count(Unit(each["unit"]), modes_of(",".join(each.get("modes", ())))), each["per"], each["points"])
        for each in json.loads(text or "[]")
    )


def write_points(rules: Iterable[PointsRule]) -> str:
    """Points rules as they are stored. Raises Refused where one could never give a point."""
    plain = []
    for rule in rules:
        if not 1 <= rule.per <= LARGEST or not 1 <= rule.points <= LARGEST:
            raise Refused("A points rule needs whole numbers, 1 or more.", about="points")
        modes = {"modes": sorted(rule.count.modes)} if rule.count.modes is not None else {}
        plain.append({"unit": rule.count.unit.value, "per": rule.per, "points": rule.points, **modes})
    return json.dumps(plain) if plain else ""
