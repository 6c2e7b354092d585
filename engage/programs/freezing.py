"""Published rules that stood before, as JSON, so that a change of them takes no badge (PRODUCT.md, section 4, rule 16).

What is kept decides badges, points and completion; how the program's own row of days is counted is not part of it.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from engage.engagement.rules import Mode
from engage.programs.activity_rules import ActivityRule
from engage.programs.awards import Card, FromList, InARow, Listed, OwnAmount, Rule, Shared, read_rule, write_rule
from engage.programs.bingo import read_card, write_card
from engage.programs.facts import Count
from engage.programs.judging import Badge, Challenge, ProgramRules
from engage.programs.rules import Credit, StreakUnit, Unit
from engage.programs.streaks import StreakRule
from engage.programs.terms import read_points, write_points


def freeze(rules: ProgramRules) -> str:
    """Rules as a former version keeps them, with the days off that its challenges of rows knew."""
    in_a_row = any(isinstance(one.rule, InARow) for one in rules.challenges)
    return json.dumps(
        {
            "starts": rules.starts.isoformat(),
            "ends": rules.ends.isoformat() if rules.ends else None,
            "credit": rules.credit.value,
            "challenges": [[one.key, one.title, _frozen(one.rule)] for one in rules.challenges],
            "badges": [[one.key, one.title, write_rule(one.rule)] for one in rules.badges],
            "points": write_points(rules.points),
            "completion": write_rule(rules.completion) if rules.completion else "",
            "activities": [_kept(one) for one in rules.activities],
            "off": [day.isoformat() for day in sorted(rules.streak.off) if rules.runs_on(day)] if in_a_row else [],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def thaw(text: str) -> ProgramRules:
    """Rules from what freeze wrote."""
    plain = json.loads(text)
    return ProgramRules(
        starts=date.fromisoformat(plain["starts"]),
        ends=_day(plain["ends"]),
        credit=Credit(plain["credit"]),
        challenges=tuple(Challenge(key, title, _thawed(rule)) for key, title, rule in plain["challenges"]),
        badges=tuple(Badge(key, title, read_rule(rule)) for key, title, rule in plain["badges"]),
        points=read_points(plain["points"]),
        completion=read_rule(plain["completion"]) if plain["completion"] else None,
        streak=StreakRule(off=frozenset(date.fromisoformat(day) for day in plain.get("off", ()))),
        activities=tuple(_activity(each) for each in plain.get("activities", ())),
    )


def _kept(one: ActivityRule) -> list[Any]:
    until = one.until.isoformat() if one.until else None
    return [one.key, one.challenge, one.title, one.prompt, one.most, one.most_a_day, until]


def _activity(plain: list[Any]) -> ActivityRule:
    key, challenge, title, prompt, most, most_a_day, until = plain
    return ActivityRule(key, challenge, title, prompt, most, most_a_day, _day(until))


def _frozen(rule: Rule) -> Any:
    """A challenge's rule; award rules as the text that they are stored as."""
    match rule:
        case FromList(goal, items, in_order):
            return {
                "goal": goal,
                "items": [[one.resource, one.required, one.until.isoformat() if one.until else None] for one in items],
                "in_order": in_order,
            }
        case Card():
            return {"kind": "bingo", "goal": rule.goal, "card": write_card(rule)}
        case InARow(count, goal, unit, grace):
            return {"kind": "row", "goal": goal, "count": _count(count), "unit": unit.value, "grace": grace}
        case OwnAmount(count, suggestion, challenge):
            return {"kind": "own", "goal": suggestion, "count": _count(count), "key": challenge}
        case Shared(count, goal):
            return {"kind": "shared", "goal": goal, "count": _count(count)}
    return write_rule(rule)


def _thawed(plain: Any) -> Rule:
    if isinstance(plain, str):
        return read_rule(plain)
    match plain.get("kind"):
        case "bingo":
            return read_card(plain["card"], plain["goal"])
        case "row":
            return InARow(_counted(plain["count"]), plain["goal"], StreakUnit(plain["unit"]), plain["grace"])
        case "own":
            return OwnAmount(_counted(plain["count"]), plain["goal"], plain["key"])
        case "shared":
            return Shared(_counted(plain["count"]), plain["goal"])
    return FromList(
        plain["goal"],
        tuple(Listed(number, required, _day(until)) for number, required, until in plain["items"]),
        plain.get("in_order", False),  # rules of before there was an order have none
    )


def _count(count: Count) -> dict[str, Any]:
    plain = {"unit": count.unit.value, "minimum": count.minimum, "again_after": count.again_after, "of": count.of}
    return plain | {"modes": None if count.modes is None else sorted(mode.value for mode in count.modes)}


def _counted(plain: Mapping[str, Any]) -> Count:
    modes = None if plain["modes"] is None else frozenset(Mode(name) for name in plain["modes"])
    return Count(Unit(plain["unit"]), modes, plain["minimum"], plain["again_after"], plain["of"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
