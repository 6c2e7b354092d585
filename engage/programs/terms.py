"""The terms of a program as its tables hold them, and the rules that counting takes; both ways, and pure."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engage.dates import Period
from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.programs.awards import FromList, Listed, Rule, Total, read_rule, write_rule
from engage.programs.facts import Count
from engage.programs.judging import Badge, Challenge, PointsRule, ProgramRules
from engage.programs.rules import LARGEST, ChallengeKind, Credit, Limit, StreakUnit, Unit, frozen_at
from engage.programs.streaks import StreakRule

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ListNow:
    """What stands on a challenge's list today, and what stood there before.

    on: resource ids and keys. gone: ids of what left, each with the last day on which it counted. noted: the table of
    what once counted says the same.
    """

    on: Mapping[int, str]
    gone: Mapping[int, date]
    noted: bool = True

    def items(self, required: Collection[str]) -> tuple[Listed, ...]:
        """The items as counting takes them. required: keys of resources that must be among them."""
        here = [Listed(number, key in required) for number, key in self.on.items()]
        left = [Listed(number, until=until) for number, until in self.gone.items() if number not in self.on]
        return tuple(sorted(here + left, key=lambda one: one.resource))


NOTHING = ListNow({}, {})


def rules_of(
    program: Row,
    challenges: Iterable[Row],
    badges: Iterable[Row],
    lists: Mapping[int, ListNow],
    days_off: Iterable[date],
    zone: str,
) -> ProgramRules:
    """The rules of a program from its rows. lists: by the id of the challenge."""
    return ProgramRules(
        starts=program["starts"],
        ends=program["ends"],
        frozen_at=frozen_at(program["ends"], program["catching_up"], zone),
        credit=Credit(program["credit"]),
        challenges=tuple(
            Challenge(row["key"], row["title"], rule_of(row, lists.get(row["id"], NOTHING))) for row in challenges
        ),
        badges=tuple(Badge(row["key"], row["title"], read_rule(row["rule"])) for row in badges),
        points=read_points(program["points"]),
        completion=read_rule(program["completion"]) if program["completion"] else None,
        minimum=program["minimum"],
        streak=StreakRule(StreakUnit(program["streak_unit"]), program["grace_days"], frozenset(days_off)),
    )


def rule_of(challenge: Row, on_list: ListNow = NOTHING) -> Rule:
    """What a challenge asks for."""
    if challenge["kind"] == ChallengeKind.LIST:
        return FromList(challenge["goal"], on_list.items(required_of(challenge)))
    unit = Unit(challenge["unit"])
    count = Count(
        unit,
        modes_of(challenge["modes"]),
        challenge["minimum"] if unit is Unit.DAYS else 0,
        again_after(challenge["repeats"]) if unit is Unit.TITLES else None,
    )
    return Total(count, challenge["goal"])


def required_of(challenge: Row) -> frozenset[str]:
    """The keys of the resources that a list challenge insists on."""
    return frozenset(key for key in challenge["required"].split(",") if key)


def modes_of(text: str) -> frozenset[Mode] | None:
    """The modes in a column; None for any."""
    modes = frozenset(Mode(name) for name in text.split(",") if name)
    return modes if modes and modes != frozenset(Mode) else None


def again_after(repeats: str) -> int | None:
    """once, always, after 30: None, 0, 30."""
    if repeats == "once":
        return None
    return 0 if repeats == "always" else int(repeats.removeprefix("after "))


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


def strictest(limits: Iterable[Mapping[Unit, Limit]]) -> dict[Unit, Limit]:
    """The least of every limit, for an entry that counts in several programs."""
    found: dict[Unit, Limit] = {}
    for each in limits:
        for unit, limit in each.items():
            other = found.get(unit, Limit())
            found[unit] = Limit(*(_least(vars(limit)[name], vars(other)[name]) for name in vars(limit)))
    return found


def _least(one: int | None, two: int | None) -> int | None:
    return min((value for value in (one, two) if value is not None), default=None)


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


def freeze(rules: ProgramRules) -> str:
    """Rules as a former version keeps them: what decides badges and completion, and nothing of streaks."""
    return json.dumps(
        {
            "starts": rules.starts.isoformat(),
            "ends": rules.ends.isoformat() if rules.ends else None,
            "credit": rules.credit.value,
            "challenges": [[one.key, one.title, _frozen(one.rule)] for one in rules.challenges],
            "badges": [[one.key, one.title, _frozen(one.rule)] for one in rules.badges],
            "points": write_points(rules.points),
            "completion": write_rule(rules.completion) if rules.completion else "",
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def thaw(text: str) -> ProgramRules:
    """Rules from what freeze wrote."""
    plain = json.loads(text)
    return ProgramRules(
        starts=date.fromisoformat(plain["starts"]),
        ends=date.fromisoformat(plain["ends"]) if plain["ends"] else None,
        credit=Credit(plain["credit"]),
        challenges=tuple(Challenge(key, title, _thawed(rule)) for key, title, rule in plain["challenges"]),
        badges=tuple(Badge(key, title, _thawed(rule)) for key, title, rule in plain["badges"]),
        points=read_points(plain["points"]),
        completion=read_rule(plain["completion"]) if plain["completion"] else None,
    )


def _frozen(rule: Rule) -> Any:
    if isinstance(rule, FromList):
        items = [[one.resource, one.required, one.until.isoformat() if one.until else None] for one in rule.items]
        return {"goal": rule.goal, "items": items}
    return write_rule(rule)


def _thawed(plain: Any) -> Rule:
    if isinstance(plain, str):
        return read_rule(plain)
    return FromList(
        plain["goal"],
        tuple(
            Listed(number, required, date.fromisoformat(until) if until else None)
            for number, required, until in plain["items"]
        ),
    )


def run_of(program: Row) -> Period:
    """The run of a program; one without an end runs for ever."""
    return Period(program["starts"], program["ends"] or date.max)
