"""Patterns that programs are made from: each a whole program to begin with, of which everything can be changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from engage.dates import Period, school_year
from engage.engagement.rules import Mode
from engage.programs.rules import ChallengeKind, ProgramKind, Unit

WEEK = timedelta(weeks=1)
# how long before the end of a school year, as its first month counts it, its lessons are over
LESSONS_END = timedelta(days=60)
# an award rule names the challenges of its pattern so: the first one is "#0"
PLACE = "#"


@dataclass(frozen=True)
class Pattern:
    """A program to begin with.

    name: in addresses. line: what it is, in a sentence. span: "year", "summer", "weeks" (of which number weeks) or
    "evergreen". settings: columns of the program. challenges: what putting one takes; where a pattern may be given a
    list, the challenge with "listed" asks for its titles. badges: what putting one takes, the rule as plain JSON.
    asks_list: what the list is called that the pattern asks for, "" for none.
    """

    name: str
    title: str
    line: str
    kind: ProgramKind
    settings: Mapping[str, Any]
    challenges: tuple[Mapping[str, Any], ...]
    badges: tuple[Mapping[str, Any], ...]
    span: str = "weeks"
    weeks: int = 6
    asks_list: str = ""


def run_of(pattern: Pattern, today: date, first_month: int) -> tuple[date, date | None]:
    """The first and last day that a pattern begins with. first_month: in which the school year starts."""
    year = school_year(today, first_month)
    if pattern.span == "evergreen":
        return today, None
    if pattern.span == "summer":
        summer = _summer(year)
        if today > summer.starts:
            summer = _summer(school_year(year.ends + timedelta(days=1), first_month))
        return summer.starts, summer.ends
    last = year.ends - LESSONS_END
    if pattern.span == "year":
        if today >= last - 8 * WEEK:
            year = school_year(year.ends + timedelta(days=1), first_month)
            return year.starts, year.ends - LESSONS_END
        return max(today, year.starts), last
    monday = today + timedelta(days=-today.weekday() % 7)
    return monday, monday + pattern.weeks * WEEK - timedelta(days=1)


def _summer(year: Period) -> Period:
    return Period(year.ends - LESSONS_END + timedelta(days=1), year.ends - timedelta(days=1))


def next_year(day: date, years: int = 1) -> date:
    """The same day of a later year; the 28th for a 29 February that it does not have."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def total(unit: str, goal: int, *modes: str) -> dict[str, Any]:
    """At least so much of a unit, in some modes or all."""
    return {"rule": "total", "unit": unit, "goal": goal} | ({"modes": list(modes)} if modes else {})


def done(place: int) -> dict[str, Any]:
    """The challenge at a place of the pattern is done."""
    return {"rule": "challenge", "key": f"{PLACE}{place}"}


def amount(title: str, unit: Unit, goal: int, **more: Any) -> dict[str, Any]:
    """A challenge of one amount."""
    return {"kind": ChallengeKind.AMOUNT, "title": title, "unit": unit, "goal": goal, **more}


def things(kind: ChallengeKind, title: str, goal: int, *lines: str) -> dict[str, Any]:
    """A challenge of activities or prompts."""
    return {"kind": kind, "title": title, "unit": Unit.ACTIVITIES, "goal": goal, "things": lines}


def badge(title: str, line: str, look: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    """A badge. look: shape, ink and mark, with blanks between."""
    shape, ink, mark = [*look.split(" "), ""][:3]
    how = {"title": title, "description": line, "shape": shape, "ink": ink, "mark": mark}
    return how | {"rule": json.dumps(rule)}


def bound(rule: str, keys: list[str]) -> str:
    """A rule of a pattern with the keys of the challenges that were made."""
    for place in reversed(range(len(keys))):
        rule = rule.replace(f'"{PLACE}{place}"', json.dumps(keys[place]))
    return rule


READ, VIEW, LISTEN = Mode.READING.value, Mode.VIEWING.value, Mode.LISTENING.value
ALL_WAYS = {"rule": "all", "of": [total("minutes", 30, mode) for mode in (READ, VIEW, LISTEN)]}


def _square(title: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": title, "rule": rule}


CARD = {
    "size": 5,
    "free": True,
    "wants": "lines",
    "squares": [
        _square("Read for 20 minutes", total("minutes", 20, READ)),
        _square("Watch for 20 minutes", total("minutes", 20, VIEW)),
        _square("Listen for 20 minutes", total("minutes", 20, LISTEN)),
        _square("Finish a book", total("titles", 1, READ)),
        _square("Log on three days", total("days", 3)),
        _square("Listen for an hour", total("minutes", 60, LISTEN)),
        _square("Finish something you heard", total("titles", 1, LISTEN)),
        _square("Read for an hour", total("minutes", 60, READ)),
        _square("Log on five days", total("days", 5)),
        _square("Watch for an hour", total("minutes", 60, VIEW)),
        _square("Finish something you watched", total("titles", 1, VIEW)),
        _square("Two hours, any way", total("minutes", 120)),
        {"title": "Free"},
        _square("Finish three things", total("titles", 3)),
        _square("Read 50 pages", total("pages", 50)),
        _square("Finish two books", total("titles", 2, READ)),
        _square("Log on seven days", total("days", 7)),
        _square("Listen for two hours", total("minutes", 120, LISTEN)),
        _square("Read for two hours", total("minutes", 120, READ)),
        _square("Half an hour each way", ALL_WAYS),
        _square("Three hours, any way", total("minutes", 180)),
        _square("Finish three books", total("titles", 3, READ)),
        _square("Watch for two hours", total("minutes", 120, VIEW)),
        _square("Log on ten days", total("days", 10)),
        _square("Finish five things", total("titles", 5)),
    ],
}

SUMMER = Pattern(
    "summer",
    "Summer reading",
    "Minutes and small adventures from the last day of school to the first.",
    ProgramKind.SUMMER,
    {
        "introduction": "Read, watch and listen all summer. Twenty minutes a day add up.",
        "how": "Log what you read, watch or hear.\nTry some of the adventures.\nRest when you like. Nothing is lost.",
        "ink": "marigold",
        "scene": "sea",
        "grace_days": 3,
    },
    (
        amount("600 minutes", Unit.MINUTES, 600),
        things(
            ChallengeKind.ACTIVITIES,
            "Summer adventures",
            4,
            "Read outdoors",
            "Visit a library",
            "Read to somebody, or let somebody read to you",
            "Listen to a story on the way somewhere",
            "Watch a film of a book you know",
            "Draw what you read",
        ),
    ),
    (
        badge("First hour", "Log 60 minutes.", "round marigold sun-horizon-fill", total("minutes", 60)),
        badge("Five hours", "Log 300 minutes.", "star tomato 5", total("minutes", 300)),
        badge("All three ways", "Read, watch and listen.", "ways blue", ALL_WAYS),
        badge("Adventurer", "Do four of the adventures.", "shield leaf mountains-fill", done(1)),
        badge("Summer reader", "Log all 600 minutes.", "arch pool 600", done(0)),
    ),
    span="summer",
)
FORTY = Pattern(
    "forty-books",
    "40 books",
    "Forty titles in a school year, from many shelves.",
    ProgramKind.YEAR,
    {
        "introduction": "Finish forty titles this year, from shelves that you know and shelves that you do not.",
        "how": "Choose anything you like.\nFinish it and log it.\nTry the prompts when you look for the next one.\n"
        "Stop when you do not like it. That is allowed.",
        "ink": "leaf",
        "scene": "books",
    },
    (
        amount("40 titles", Unit.TITLES, 40),
        things(
            ChallengeKind.PROMPTS,
            "From many shelves",
            8,
            "A book of poems",
            "A true story",
            "A mystery",
            "Something translated",
            "A graphic novel",
            "A story from long ago",
            "Something about science",
            "A fantasy",
            "An audiobook",
            "A book that a friend likes",
        ),
    ),
    (
        badge("The first five", "Finish five.", "round leaf 5", total("titles", 5)),
        badge("Halfway", "Finish twenty.", "star marigold 20", total("titles", 20)),
        badge("Many shelves", "Answer eight prompts.", "shield blue books-fill", done(1)),
        badge("Forty", "Finish all forty.", "arch tomato 40", done(0)),
    ),
    span="year",
)
BATTLE = Pattern(
    "battle",
    "Battle of the books",
    "Teams or classes read one list and meet for the questions.",
    ProgramKind.BATTLE,
    {
        "introduction": "Read the books of the battle and come with what you know.",
        "how": "Read as many books of the list as you can.\nLog each one when you finish it.\n"
        "Come to the battle and answer the questions.",
        "ink": "tomato",
        "scene": "mountain",
    },
    (
        amount("Books of the battle", Unit.TITLES, 6, listed=True),
        things(
            ChallengeKind.ACTIVITIES,
            "Get ready",
            2,
            "Write three questions about one of the books",
            "Practise with somebody who read the same book",
            "Take part in the battle",
        ),
    ),
    (
        badge("In training", "Finish the first one.", "round sand books-fill", total("titles", 1)),
        badge("Ready", "Get ready in two ways.", "shield blue hand-heart-fill", done(1)),
        badge("Battle reader", "Read six of the books.", "star tomato 6", done(0)),
    ),
    weeks=10,
    asks_list="the books of the battle",
)
VOTING = Pattern(
    "voting",
    "Award voting",
    "Read some of the nominees, then vote for the one you like best.",
    ProgramKind.VOTING,
    {
        "introduction": "Read the nominees and give your vote to the one that should win.",
        "how": "Read at least three nominees.\nThen choose which one should win. You vote once.",
        "ink": "plum",
        "scene": "sky",
    },
    (
        amount("Read three nominees", Unit.TITLES, 3, listed=True),
        {
            "kind": ChallengeKind.ACTIVITIES,
            "title": "Vote",
            "unit": Unit.ACTIVITIES,
            "goal": 1,
            "things": ("My vote goes to …",),
            "answered": True,
        },
    ),
    (
        badge("Judge", "Read three nominees.", "round plum books-fill", done(0)),
        badge("I voted", "Give your vote.", "star marigold crown-fill", done(1)),
    ),
    weeks=10,
    asks_list="the nominees",
)
THOUSAND = Pattern(
    "thousand",
    "1000 books before kindergarten",
    "Every book that is read to a child counts, each time.",
    ProgramKind.THOUSAND,
    {
        "introduction": "Read together, a book a day or three. Each one counts, and so does the same one again.",
        "how": "Read a book together.\nLog it. The same one counts again.\nCome for a sticker at every hundred.",
        "ink": "sky",
        "scene": "garden",
        "grade_low": None,
        "grade_high": -1,
        "grace_days": 3,
    },
    (amount("1000 books", Unit.TITLES, 1000, repeats="always"),),
    tuple(
        badge(
            f"{number} books",
            f"Read {number} books together.",
            f"{shape} {ink} {number if number < 1000 else 'crown-fill'}",
            {**total("titles", number), "again_after": 0},
        )
        for number, shape, ink in (
            (10, "round", "leaf"),
            (100, "star", "marigold"),
            (250, "shield", "tomato"),
            (500, "arch", "blue"),
            (750, "square", "rose"),
            (1000, "star", "plum"),
        )
    ),
    span="evergreen",
)
BINGO = Pattern(
    "bingo",
    "Read, view, listen bingo",
    "A card of five by five squares, with all three ways on it.",
    ProgramKind.OWN,
    {
        "introduction": "Fill a row, a column or a diagonal. There is a square for every way to take in a story.",
        "how": "Log what you read, watch or hear.\nSquares fill by themselves.\nA full line is a bingo.",
        "ink": "pool",
        "scene": "blocks",
    },
    (
        {
            "kind": ChallengeKind.BINGO,
            "title": "Bingo",
            "unit": Unit.LINES,
            "goal": 1,
            "details": CARD,
        },
    ),
    (
        badge("Bingo", "Fill one line.", "round pool star-fill", done(0)),
        badge("Three lines", "Fill three lines.", "star marigold 3", {"rule": "lines", "key": "#0", "goal": 3}),
        badge("All three ways", "Read, watch and listen.", "ways blue", ALL_WAYS),
    ),
    weeks=5,
)
PATTERNS = {pattern.name: pattern for pattern in (SUMMER, FORTY, BATTLE, VOTING, THOUSAND, BINGO)}
