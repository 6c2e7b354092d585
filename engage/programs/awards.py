"""Award rules: what a badge or a challenge asks for, as an expression that is stored as JSON and checked when saved.

What only a challenge can ask for (Card, InARow, OwnAmount, Shared, FromList) is stored as its columns, not as a rule.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter

from engage.dates import Period
from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.programs.facts import Count
from engage.programs.rules import COUNTABLE, GRACE_A_WEEK, LARGEST, StreakUnit, Unit

DEEPEST = 6
MOST_PARTS = 40


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
    """Any goal of the resources on a list, the required ones among them; in_order: the first ones, each in its turn."""

    goal: int
    items: tuple[Listed, ...]
    in_order: bool = False


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
class Lines:
    """So many full lines on the bingo card of one challenge."""

    challenge: str
    goal: int


@dataclass(frozen=True)
class Square:
    """A square of a bingo card. rule: what fills it, none for the free centre, which is full from the first day."""

    title: str
    rule: "Rule | None" = None


@dataclass(frozen=True)
class Card:
    """A bingo card: so many lines of rows, columns and both diagonals, or, for a blackout, every square.

    squares: size times size of them, row by row.
    """

    size: int
    squares: tuple[Square, ...]
    goal: int
    blackout: bool = False


@dataclass(frozen=True)
class InARow:
    """A row of so many days, school days or weeks. count: what makes a day count. grace: rest days a week."""

    count: Count
    goal: int
    unit: StreakUnit = StreakUnit.DAY
    grace: int = GRACE_A_WEEK


@dataclass(frozen=True)
class OwnAmount:
    """As much as the student set, or, before that, as is suggested. challenge: the key by which the goal was set."""

    count: Count
    suggestion: int
    challenge: str


@dataclass(frozen=True)
class Shared:
    """What many reach together. One person adds to it and is never done with it alone."""

    count: Count
    goal: int


@dataclass(frozen=True)
class AtLeast:
    """At least goal of the parts; all of them where goal is their number, any one where it is 1."""

    goal: int
    parts: tuple["Rule", ...]


Rule = (
    Total
    | Points
    | FromList
    | Card
    | InARow
    | OwnAmount
    | Shared
    | Lines
    | Done
    | ChallengesDone
    | Holds
    | BadgesHeld
    | AtLeast
)


def parts_of(rule: Rule) -> Iterator[Rule]:
    """The rule and everything inside it."""
    yield rule
    match rule:
        case AtLeast(_, parts):
            for part in parts:
                yield from parts_of(part)
        case Card(_, squares):
            for square in squares:
                if square.rule is not None:
                    yield from parts_of(square.rule)


def write_rule(rule: Rule) -> str:
    """A rule as it is stored. What only challenges ask for is not part of it: those are stored as challenges."""
    return json.dumps(plain_rule(rule), ensure_ascii=False, separators=(",", ":"))


def plain_rule(rule: Rule) -> dict[str, object]:
    """A rule as JSON knows it. Raises ValueError for what only challenges ask for."""
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
            if count.of:
                plain["of"] = count.of
            return plain
        case Points(goal):
            return {"rule": "points", "goal": goal}
        case Lines(challenge, goal):
            return {"rule": "lines", "key": challenge, "goal": goal}
        case Done(challenge):
            return {"rule": "challenge", "key": challenge}
        case ChallengesDone(goal):
            return {"rule": "challenges", "goal": goal}
        case Holds(badge):
            return {"rule": "badge", "key": badge}
        case BadgesHeld(goal):
            return {"rule": "badges", "goal": goal}
        case AtLeast(goal, parts):
            of = [plain_rule(part) for part in parts]
            if goal == len(parts):
                return {"rule": "all", "of": of}
            return {"rule": "any", "of": of} if goal == 1 else {"rule": "at least", "goal": goal, "of": of}
        case FromList() | Card() | InARow() | OwnAmount() | Shared():
            raise ValueError("what only a challenge asks for is not stored in a rule")


def read_rule(text: str) -> Rule:
    """A stored or typed rule. Raises Refused, about "rule", where it is not one or has no condition."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("This badge has no rule that can be read.", about="rule") from None
    return rule_from(data)


def rule_from(data: object, depth: int = 1) -> Rule:
    """A rule from what JSON gave. Raises Refused, about "rule"."""
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
        case "lines":
            rule = Lines(_key(fields), _number(fields.pop("goal", None)))
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
    if name not in COUNTABLE:
        raise Refused("Say what is counted: minutes, pages, titles, days or another unit of a total.", about="rule")
    unit = Unit(str(name))
    of = fields.pop("of", "")
    if not isinstance(of, str) or (of and unit not in (Unit.ACTIVITIES, Unit.PROMPTS)):
        raise Refused("Only activities and prompts are counted one by one.", about="rule")
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
        of,
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
    return AtLeast(goal, tuple(rule_from(part, depth + 1) for part in of))


def _number(value: object, least: int = 1) -> int:
    if type(value) is not int or not least <= value <= LARGEST:
        raise Refused(f"A condition needs a whole number, {least} or more.", about="rule")
    return value


def _key(fields: dict[str, object]) -> str:
    key = fields.pop("key", None)
    if not isinstance(key, str) or not key:
        raise Refused("Say which challenge or badge is meant.", about="rule")
    return key


def check_rules(badges: Mapping[str, Rule], challenges: Mapping[str, Rule], activities: Collection[str] = ()) -> None:
    """Refuse rules that ask for things that are not in the program, or for themselves through others.

    badges, challenges: rules by key. activities: the keys of the program's activities and prompts.
    Raises Refused, about "rule".
    """
    for part in [part for rule in (*badges.values(), *challenges.values()) for part in parts_of(rule)]:
        match part:
            case Total(Count(of=of)) if of and of not in activities and of not in challenges:
                raise Refused("A rule asks for an activity that is not in this program.", about="rule")
            case Lines(key) if not isinstance(challenges.get(key), Card):
                raise Refused("A rule asks for lines of a bingo card that is not in this program.", about="rule")
            case Done(key) if key not in challenges:
                raise Refused("A badge asks for a challenge that is not in this program.", about="rule")
            case Done(key) if isinstance(challenges[key], Shared):
                raise Refused("A badge cannot ask for what everybody reaches together.", about="rule")
            case Holds(key) if key not in badges:
                raise Refused("A badge asks for a badge that is not in this program.", about="rule")
            case ChallengesDone(goal) if goal > len(own := done_alone(challenges)):
                only = "1 challenge" if len(own) == 1 else f"{len(own)} challenges"
                raise Refused(f"This program has only {only} to do.", about="rule")
            case BadgesHeld(goal) if goal > len(countable(badges, challenges)):
                raise Refused("A badge asks for more badges than there are to hold.", about="rule")
    try:
        TopologicalSorter(_needs(badges, challenges)).prepare()
    except CycleError:
        raise Refused("These badges wait for each other, so nobody could ever earn them.", about="rule") from None


def done_alone(challenges: Mapping[str, Rule]) -> list[str]:
    """The challenges that one person can do: all but the shared ones."""
    return [key for key, rule in challenges.items() if not isinstance(rule, Shared)]


def asked_for(rule: Rule) -> frozenset[tuple[str, str]]:
    """What a rule asks for by name: ("badge", key) and ("challenge", key)."""
    found = set()
    for part in parts_of(rule):
        match part:
            case Holds(key):
                found.add(("badge", key))
            case Done(key) | Lines(key):
                found.add(("challenge", key))
    return frozenset(found)


def _needs(badges: Mapping[str, Rule], challenges: Mapping[str, Rule]) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """What each badge and challenge waits for, by name or because it counts them."""
    alone = {("challenge", key) for key in done_alone(challenges)}
    held = {("badge", key) for key in countable(badges, challenges)}
    found = {}
    for name, rule in _named(badges, challenges).items():
        inside = [type(part) for part in parts_of(rule)]
        found[name] = {*asked_for(rule), *(alone if ChallengesDone in inside else ())}
        found[name] |= held if BadgesHeld in inside else set()
    return found


def _named(badges: Mapping[str, Rule], challenges: Mapping[str, Rule]) -> dict[tuple[str, str], Rule]:
    return {("badge", key): rule for key, rule in badges.items()} | {
        ("challenge", key): rule for key, rule in challenges.items()
    }


def countable(badges: Mapping[str, Rule], challenges: Mapping[str, Rule] | None = None) -> frozenset[str]:
    """The badges that BadgesHeld counts: those whose rule does not itself count badges, directly or through others."""
    every = _named(badges, challenges or {})
    counting = {name for name, rule in every.items() if any(isinstance(part, BadgesHeld) for part in parts_of(rule))}
    alone = {("challenge", key) for key in done_alone(challenges or {})}
    asks = {
        name: asked_for(rule) | (alone if any(isinstance(part, ChallengesDone) for part in parts_of(rule)) else set())
        for name, rule in every.items()
    }
    while more := {name for name in every if name not in counting and asks[name] & counting}:
        counting |= more
    return frozenset(key for key in badges if ("badge", key) not in counting)
