"""Award rules: what a badge or a challenge asks for, as an expression that is stored as JSON and checked when saved."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from graphlib import CycleError, TopologicalSorter

from engage.dates import Period, spoken
from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.programs.facts import Count
from engage.programs.rules import LARGEST, Unit

DEEPEST = 6
MOST_PARTS = 40
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Total:
    """At least goal of what is counted, in the whole program or in a window of days, both ends included."""

    count: Count
    goal: int
    window: Period | None = None


@dataclass(frozen=True)
class Points:
    """At least so many points."""

    goal: int


@dataclass(frozen=True)
class Listed:
    """A resource that counts for a list challenge. until: the day on which it left the list, if it did."""

    resource: int
    required: bool = False
    until: date | None = None


@dataclass(frozen=True)
class FromList:
    """Any goal of the resources on a list, the required ones among them."""

    goal: int
    items: tuple[Listed, ...]


@dataclass(frozen=True)
class Done:
    """One particular challenge is done."""

    challenge: str


@dataclass(frozen=True)
class ChallengesDone:
    """So many challenges are done, whichever."""

    goal: int


@dataclass(frozen=True)
class Holds:
    """One particular badge is held."""

    badge: str


@dataclass(frozen=True)
class BadgesHeld:
    """So many badges are held, whichever; badges that are themselves won by holding badges do not count."""

    goal: int


@dataclass(frozen=True)
class AtLeast:
    """At least goal of the parts; all of them where goal is their number, any one where it is 1."""

    goal: int
    parts: tuple["Rule", ...]


Rule = Total | Points | FromList | Done | ChallengesDone | Holds | BadgesHeld | AtLeast


def parts_of(rule: Rule) -> Iterator[Rule]:
    """The rule and everything inside it."""
    yield rule
    if isinstance(rule, AtLeast):
        for part in rule.parts:
            yield from parts_of(part)


def write_rule(rule: Rule) -> str:
    """A rule as it is stored. What stands on a list is not part of it: list challenges are stored as challenges."""
    return json.dumps(_plain(rule), ensure_ascii=False, separators=(",", ":"))


def _plain(rule: Rule) -> dict[str, object]:
    match rule:
        case Total(count, goal, window):
            plain: dict[str, object] = {"rule": "total", "unit": count.unit.value, "goal": goal}
            if count.modes is not None:
                plain["modes"] = [mode.value for mode in Mode if mode in count.modes]
            if window is not None:
                plain |= {"from": window.starts.isoformat(), "to": window.ends.isoformat()}
            if count.minimum:
                plain["minimum"] = count.minimum
            if count.again_after is not None:
                plain["again_after"] = count.again_after
            return plain
        case Points(goal):
            return {"rule": "points", "goal": goal}
        case Done(challenge):
            return {"rule": "challenge", "key": challenge}
        case ChallengesDone(goal):
            return {"rule": "challenges", "goal": goal}
        case Holds(badge):
            return {"rule": "badge", "key": badge}
        case BadgesHeld(goal):
            return {"rule": "badges", "goal": goal}
        case AtLeast(goal, parts):
            of = [_plain(part) for part in parts]
            if goal == len(parts):
                return {"rule": "all", "of": of}
            return {"rule": "any", "of": of} if goal == 1 else {"rule": "at least", "goal": goal, "of": of}
        case FromList():
            raise ValueError("what stands on a list is not stored in a rule")


def read_rule(text: str) -> Rule:
    """A stored or typed rule. Raises Refused, about "rule", where it is not one or has no condition."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("This badge has no rule that can be read.", about="rule") from None
    return _rule(data, depth=1)


def _rule(data: object, depth: int) -> Rule:
    if not isinstance(data, dict) or not data.get("rule"):
        raise Refused("A badge needs at least one condition.", about="rule")
    if depth > DEEPEST:
        raise Refused("This rule has too many levels. Make a second badge and ask for that one.", about="rule")
    fields = {str(name): value for name, value in data.items()}
    match fields.pop("rule"):
        case "total":
            rule: Rule = _total(fields)
        case "points":
            rule = Points(_number(fields.pop("goal", None)))
        case "challenge":
            rule = Done(_key(fields))
        case "challenges":
            rule = ChallengesDone(_number(fields.pop("goal", None)))
        case "badge":
            rule = Holds(_key(fields))
        case "badges":
            rule = BadgesHeld(_number(fields.pop("goal", None)))
        case "all" | "any" | "at least" as word:
            rule = _group(str(word), fields, depth)
        case other:
            raise Refused(f"There is no condition called {str(other)[:40]}.", about="rule")
    if fields:
        raise Refused(f"A condition does not know {min(fields)[:40]}.", about="rule")
    return rule


def _total(fields: dict[str, object]) -> Total:
    name, modes, again = fields.pop("unit", None), fields.pop("modes", None), fields.pop("again_after", None)
    if name not in list(Unit):
        raise Refused("Say what is counted: minutes, pages, titles, days, sessions or chapters.", about="rule")
    unit = Unit(str(name))
    if modes is not None and (
        not isinstance(modes, list) or not modes or any(mode not in list(Mode) for mode in modes)
    ):
        raise Refused("Say which count: reading, viewing or listening.", about="rule")
    minimum = fields.pop("minimum", 0)
    count = Count(
        unit,
        frozenset(Mode(mode) for mode in modes) if isinstance(modes, list) else None,
        _number(minimum, least=0) if unit is Unit.DAYS else 0,
        None if again is None or unit is not Unit.TITLES else _number(again, least=0),
    )
    return Total(count, _number(fields.pop("goal", None)), _window(fields.pop("from", None), fields.pop("to", None)))


def _window(first: object, last: object) -> Period | None:
    if first is None and last is None:
        return None
    try:
        window = Period(date.fromisoformat(str(first)), date.fromisoformat(str(last)))
    except ValueError:
        raise Refused("A window needs a first and a last day.", about="rule") from None
    if window.ends < window.starts:
        raise Refused("A window cannot end before it starts.", about="rule")
    return window


def _group(word: str, fields: dict[str, object], depth: int) -> AtLeast:
    of = fields.pop("of", None)
    if not isinstance(of, list) or not of:
        raise Refused("A badge needs at least one condition.", about="rule")
    if len(of) > MOST_PARTS:
        raise Refused(f"A rule holds up to {MOST_PARTS} conditions.", about="rule")
    goal = {"all": len(of), "any": 1}.get(word) or _number(fields.pop("goal", None))
    if goal > len(of):
        raise Refused(f"Nobody could do {goal} of {len(of)} things.", about="rule")
    return AtLeast(goal, tuple(_rule(part, depth + 1) for part in of))


def _number(value: object, least: int = 1) -> int:
    if type(value) is not int or not least <= value <= LARGEST:
        raise Refused(f"A condition needs a whole number, {least} or more.", about="rule")
    return value


def _key(fields: dict[str, object]) -> str:
    key = fields.pop("key", None)
    if not isinstance(key, str) or not key:
        raise Refused("Say which challenge or badge is meant.", about="rule")
    return key


def check_rules(badges: Mapping[str, Rule], challenges: Collection[str]) -> None:
    """Refuse badges that ask for things that are not in the program, or for themselves through others.

    badges: rules by the badge's key. challenges: the keys of the program's challenges.
    Raises Refused, about "rule".
    """
    for rule in badges.values():
        for part in parts_of(rule):
            match part:
                case Done(key) if key not in challenges:
                    raise Refused("A badge asks for a challenge that is not in this program.", about="rule")
                case Holds(key) if key not in badges:
                    raise Refused("A badge asks for a badge that is not in this program.", about="rule")
                case ChallengesDone(goal) if goal > len(challenges):
                    raise Refused(f"This program has only {len(challenges)} challenges to do.", about="rule")
                case BadgesHeld(goal) if goal > len(countable(badges)):
                    raise Refused("A badge asks for more badges than there are to hold.", about="rule")
    try:
        TopologicalSorter({key: asked_for(rule) for key, rule in badges.items()}).prepare()
    except CycleError:
        raise Refused("These badges wait for each other, so nobody could ever earn them.", about="rule") from None


def asked_for(rule: Rule) -> frozenset[str]:
    """The badges that a rule asks for by name."""
    return frozenset(part.badge for part in parts_of(rule) if isinstance(part, Holds))


def countable(badges: Mapping[str, Rule]) -> frozenset[str]:
    """The badges that BadgesHeld counts: those whose rule does not itself count badges, directly or through others."""
    counting = {key for key, rule in badges.items() if any(isinstance(part, BadgesHeld) for part in parts_of(rule))}
    while more := {key for key, rule in badges.items() if key not in counting and asked_for(rule) & counting}:
        counting |= more
    return frozenset(badges.keys() - counting)


def window_warnings(badges: Mapping[str, Rule]) -> tuple[str, ...]:
    """What to tell somebody who edits badges whose windows of one kind overlap or leave days between them."""
    kinds: dict[Count, set[tuple[date, date]]] = {}
    for rule in badges.values():
        for part in parts_of(rule):
            if isinstance(part, Total) and part.window is not None:
                kinds.setdefault(part.count, set()).add((part.window.starts, part.window.ends))
    return tuple(sentence for windows in kinds.values() for sentence in _warnings(sorted(windows)))


def _warnings(windows: list[tuple[date, date]]) -> Iterator[str]:
    """windows: first and last days, in order."""
    reach = windows[0][1]
    for starts, ends in windows[1:]:
        if starts <= reach:
            yield f"Two badges count the same days: {_days(starts, min(reach, ends))}. An entry there counts in both."
        elif (starts - reach).days > 1:
            yield f"These days count in neither badge: {_days(reach + ONE_DAY, starts - ONE_DAY)}."
        reach = max(reach, ends)


def _days(first: date, last: date) -> str:
    return spoken(first) if first == last else f"{spoken(first)} to {spoken(last)}"
