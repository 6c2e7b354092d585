"""Conditions in plain words: each has a short name that a form sends, and a rule that it stands for; both ways."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engage.dates import Period
from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.programs.awards import (
    AtLeast,
    BadgesHeld,
    ChallengesDone,
    Done,
    Holds,
    Lines,
    Points,
    Rule,
    Total,
)
from engage.programs.facts import Count
from engage.programs.rules import LARGEST, MEASURED, ChallengeKind, Unit, counted

ALONE = ""
GROUPS = ("a", "b", "c")
PAST = {Mode.READING: "read", Mode.VIEWING: "watched", Mode.LISTENING: "heard"}
DOING = {Mode.READING: "reading", Mode.VIEWING: "watching", Mode.LISTENING: "listening"}
DO = {Mode.READING: "Read", Mode.VIEWING: "Watch", Mode.LISTENING: "Listen"}
COUNTED = (Unit.PAGES, Unit.CHAPTERS, Unit.DAYS, Unit.SESSIONS, Unit.ACTIVITIES, Unit.PROMPTS, Unit.REVIEWS)
WORDS = {
    Unit.PAGES: "pages",
    Unit.CHAPTERS: "chapters",
    Unit.DAYS: "days with something in the log",
    Unit.SESSIONS: "sessions or episodes",
    Unit.ACTIVITIES: "activities, whichever",
    Unit.PROMPTS: "prompts, whichever",
    Unit.REVIEWS: "reviews that are shown to others",
}


@dataclass(frozen=True)
class Said:
    """One condition as a form says it. group: "" where it stands alone, else one of GROUPS."""

    what: str
    goal: int | None = None
    first: date | None = None
    last: date | None = None
    group: str = ALONE


@dataclass(frozen=True)
class Sentence:
    """A whole rule as a form says it. need: how many of its parts, 0 for all. of: the same of each group."""

    conditions: tuple[Said, ...]
    need: int = 0
    of: Mapping[str, int] | None = None


Choices = dict[str, list[tuple[str, str]]]


def choices(
    challenges: Iterable[Mapping[str, Any]],
    badges: Iterable[Mapping[str, Any]],
    activities: Iterable[Mapping[str, Any]],
) -> Choices:
    """What a condition may be, under headings, as pairs of name and words. The rows are those of one program."""
    challenges = list(challenges)
    minutes = [("minutes", "minutes of anything")]
    minutes += [(f"minutes {mode.value}", f"minutes of {DOING[mode]}") for mode in Mode]
    titles = [("titles", "titles finished")] + [(f"titles {mode.value}", f"titles {PAST[mode]}") for mode in Mode]
    found: Choices = {
        "In the log": [*minutes, *titles, *((unit.value, WORDS[unit]) for unit in COUNTED[:4])],
        "Besides": [(unit.value, WORDS[unit]) for unit in COUNTED[4:]],
    }
    found["Besides"] += [(f"activity {row['key']}", f"“{row['title']}”, so often") for row in activities]
    done = [(f"challenge {row['key']}", f"the challenge “{row['title']}”") for row in challenges if not _shared(row)]
    cards = [row for row in challenges if row["kind"] == ChallengeKind.BINGO]
    lines = [(f"lines {row['key']}", f"lines of the card “{row['title']}”") for row in cards]
    held = [(f"badge {row['key']}", f"the badge “{row['title']}”") for row in badges]
    found["In this program"] = [
        *([("challenges", "challenges, whichever")] if done else []),
        *done,
        *lines,
        *([("badges", "badges, whichever")] if held else []),
        *held,
        ("points", "points"),
    ]
    return found


def _shared(row: Mapping[str, Any]) -> bool:
    return row["kind"] in (ChallengeKind.CLASS_GOAL, ChallengeKind.SCHOOL_GOAL)


def counts() -> list[tuple[str, str]]:
    """What points may be given for, as pairs of name and words."""
    named = [("minutes", "minutes"), *((f"minutes {mode.value}", f"minutes of {DOING[mode]}") for mode in Mode)]
    named += [("titles", "titles"), *((f"titles {mode.value}", f"titles {PAST[mode]}") for mode in Mode)]
    return named + [(unit.value, unit.value) for unit in MEASURED if unit.value not in ("minutes", "titles")]


def count_named(name: str) -> Count:
    """What a name of counts stands for."""
    unit, _, mode = name.partition(" ")
    return Count(Unit(unit), frozenset({Mode(mode)}) if mode else None)


def name_of(count: Count) -> str:
    """The name of what is counted; of several modes, that of all."""
    if count.modes is None or len(count.modes) > 1:
        return count.unit.value
    return f"{count.unit.value} {next(iter(count.modes)).value}"


def rule_said(said: Said) -> Rule:
    """The rule of one condition. Raises Refused, about "goal" or "first"."""
    name, _, key = said.what.partition(" ")
    if name == "challenge":
        return Done(key)
    if name == "badge":
        return Holds(key)
    if said.goal is None or not 1 <= said.goal <= LARGEST:
        raise Refused("Say how many.", about="goal")
    match name:
        case "points":
            return Points(said.goal)
        case "challenges":
            return ChallengesDone(said.goal)
        case "badges":
            return BadgesHeld(said.goal)
        case "lines":
            return Lines(key, said.goal)
        case "activity":
            return Total(Count(Unit.ACTIVITIES, of=key), said.goal, _window(said))
    modes = frozenset({Mode(key)}) if key else None
    return Total(Count(Unit(name), modes), said.goal, _window(said))


def _window(said: Said) -> Period | None:
    if said.first is None and said.last is None:
        return None
    if said.first is None or said.last is None:
        raise Refused("Give both days, or neither.", about="first" if said.first is None else "last")
    if said.last < said.first:
        raise Refused("A window cannot end before it starts.", about="last")
    return Period(said.first, said.last)


def said_of(rule: Rule) -> Said | None:
    """How a form says a rule; None where one condition cannot."""
    match rule:
        case Total(Count(Unit.ACTIVITIES, None, 0, None, of), goal, window) if of:
            return _timed(f"activity {of}", goal, window)
        case Total(Count(unit, None, 0, None, ""), goal, window):
            return _timed(unit.value, goal, window)
        case Total(Count(Unit.MINUTES | Unit.TITLES as unit, modes, 0, None, ""), goal, window) if (
            len(modes or ()) == 1
        ):
            return _timed(f"{unit.value} {next(iter(modes or ())).value}", goal, window)
        case Points(goal):
            return Said("points", goal)
        case Lines(key, goal):
            return Said(f"lines {key}", goal)
        case Done(key):
            return Said(f"challenge {key}")
        case ChallengesDone(goal):
            return Said("challenges", goal)
        case Holds(key):
            return Said(f"badge {key}")
        case BadgesHeld(goal):
            return Said("badges", goal)
    return None


def _timed(what: str, goal: int, window: Period | None) -> Said:
    return Said(what, goal, window.starts if window else None, window.ends if window else None)


def rule_of_sentence(sentence: Sentence) -> Rule:
    """The rule of several conditions. Raises Refused where there is none, or where a group asks for too many."""
    if not sentence.conditions:
        raise Refused("A badge needs at least one condition.")
    parts: dict[str, list[Rule]] = {}
    for place, said in enumerate(sentence.conditions):
        # one that stands alone is a group of its own
        parts.setdefault(said.group or f"{place}", []).append(rule_said(said))
    wanted = sentence.of or {}
    made = [_least(wanted.get(name, 0), rules, name) for name, rules in parts.items()]
    return _least(sentence.need, made, "")


def _least(need: int, rules: Sequence[Rule], group: str) -> Rule:
    if len(rules) == 1 and need <= 1:
        return rules[0]
    if need > len(rules):
        about = f"of_{group}" if group else "need"
        raise Refused(f"Nobody could do {need} of {len(rules)} things.", about=about)
    return AtLeast(need or len(rules), tuple(rules))


def sentence_of(rule: Rule) -> Sentence | None:
    """How a form says a rule; None where it has more levels or groups than a form shows."""
    if not isinstance(rule, AtLeast):
        said = said_of(rule)
        return Sentence((said,)) if said else None
    found: list[Said] = []
    of: dict[str, int] = {}
    for part in rule.parts:
        if isinstance(part, AtLeast):
            if len(of) == len(GROUPS):
                return None
            group, inside = GROUPS[len(of)], [said_of(each) for each in part.parts]
            of[group] = 0 if part.goal == len(part.parts) else part.goal
            found += [Said(one.what, one.goal, one.first, one.last, group) for one in inside if one]
            if None in inside or len(inside) < 2:
                return None
        elif (said := said_of(part)) is not None:
            found.append(said)
        else:
            return None
    if len(rule.parts) < 2:
        return None
    return Sentence(tuple(found), 0 if rule.goal == len(rule.parts) else rule.goal, of)


def words_for(said: Said, titles: Mapping[str, str]) -> str:
    """A condition as the words of a square: "Read for 20 minutes". titles: of challenges, badges and activities."""
    name, _, key = said.what.partition(" ")
    goal = said.goal or 1
    match name:
        case "challenge" | "badge" | "lines" | "activity":
            return titles.get(key, "")
        case "minutes":
            return f"{DO[Mode(key)] if key else 'Read, watch or listen'} for {counted(goal, Unit.MINUTES)}"
        case "titles":
            verb = DO[Mode(key)] if key else "Finish"
            return f"{verb} {'to ' if key == Mode.LISTENING else ''}{counted(goal, Unit.TITLES)}"
        case "points" | "challenges" | "badges":
            return f"{goal:,} {name}"
    return counted(goal, Unit(name)).capitalize()
