"""What is true of units: how closely two plan, when a unit is planned and when it was taught, and the year of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from engage.dates import Period
from engage.errors import Refused
from engage.lists.together import print_of, settled
from engage.people.rules import grade_name


class Level(StrEnum):
    """How closely a teacher and the library work on a unit, the loosest first."""

    COOPERATE = "cooperate"
    COORDINATE = "coordinate"
    COLLABORATE = "collaborate"


class UnitState(StrEnum):
    """The life of a unit."""

    DRAFT = "draft"
    PLANNED = "planned"
    TAUGHT = "taught"


class Lead(StrEnum):
    """Who teaches a session."""

    TEACHER = "teacher"
    SPECIALIST = "specialist"
    BOTH = "both"


LEVELS = {
    Level.COOPERATE: "Cooperate: the library lends what the class needs",
    Level.COORDINATE: "Coordinate: each teaches a part, at an agreed time",
    Level.COLLABORATE: "Collaborate: planned, taught and looked back on together",
}
LEADS = {Lead.TEACHER: "The teacher", Lead.SPECIALIST: "The specialist", Lead.BOTH: "Both together"}
STATES = {UnitState.DRAFT: "Draft", UnitState.PLANNED: "Planned", UnitState.TAUGHT: "Taught"}
# what counts as evidence: a draft is only a thought
COUNTED = (UnitState.PLANNED, UnitState.TAUGHT)

TITLE, SUBJECT, WORDS, WHAT, PART = 120, 60, 3_000, 300, 500
MOST_UNITS = 200
MOST_PLANNERS = 12
MOST_SESSIONS = 60
MOST_LISTS = 20
MOST_STANDARDS = 100


def check_days(starts: date | None, ends: date | None) -> None:
    """Refuse a unit that ends before it starts, or has half of its days. Raises Refused."""
    if starts and ends and ends < starts:
        raise Refused("The last day is before the first.", about="ends")
    if ends and not starts:
        raise Refused("Say when it starts, too.", about="starts")
    if starts and ends and (ends - starts).days > 366:
        raise Refused("A unit lasts a year at most.", about="ends")


def check_grades(low: int | None, high: int | None) -> None:
    """Refuse grades in the wrong order. Raises Refused."""
    if low is not None and high is not None and low > high:
        raise Refused("The first grade must not be above the last.", about="grade_low")


def missing(unit: Mapping[str, Any]) -> list[str]:
    """What a unit has not yet and a planned one has, in words. unit: starts ends subject level objectives."""
    words = {
        "starts": "the first day",
        "ends": "the last day",
        "subject": "the subject",
        "level": "how closely you work together",
        "objectives": "what students will learn",
    }
    return [said for name, said in words.items() if not unit[name]]


def check_planned(unit: Mapping[str, Any]) -> None:
    """Refuse to call a unit planned that is not. Raises Refused."""
    if lacks := missing(unit):
        raise Refused(f"Before it is planned, write down {_and(lacks)}.")


def check_taught(state: UnitState, starts: date | None, reflection: str, today: date) -> None:
    """Refuse to call a unit taught before it was, or without a word about it. Raises Refused."""
    if state is UnitState.DRAFT:
        raise Refused("It is a draft. Plan it first.")
    if starts is None or starts > today:
        raise Refused("It has not begun yet.")
    if not reflection.strip():
        raise Refused("Write a sentence or two: what went well, and what would you change?", about="reflection")


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def grades_said(low: int | None, high: int | None) -> str:
    """For which grades, in words; "" for all."""
    if low is None and high is None:
        return ""
    if low == high:
        return f"Grade {grade_name(low)}"
    if low is None or high is None:
        return f"Up to grade {grade_name(high)}" if low is None else f"Grade {grade_name(low)} and up"
    return f"Grades {grade_name(low)} to {grade_name(high)}"


@dataclass(frozen=True)
class Bar:
    """A unit in the year. first: the month of the school year in which its bar begins, from 1; months: how many."""

    unit: Mapping[str, Any]
    first: int
    months: int


@dataclass(frozen=True)
class Row:
    """The units of one grade and subject, by their first day. name: of both."""

    name: str
    bars: tuple[Bar, ...]


def months_of(year: Period) -> list[date]:
    """The first day of each month of a school year."""
    starts = [year.starts.year * 12 + year.starts.month - 1 + number for number in range(12)]
    return [date(number // 12, number % 12 + 1, 1) for number in starts]


def year_of(units: Iterable[Mapping[str, Any]], year: Period) -> list[Row]:
    """The units that touch a school year, as bars, by grade and subject.

    units: with starts, ends (None for one day), grade_low, grade_high, subject. Those without a day are left out.
    """
    rows: dict[tuple[int, int, str], list[Bar]] = {}
    for unit in units:
        starts, ends = unit["starts"], unit["ends"] or unit["starts"]
        if starts is None or ends < year.starts or starts > year.ends:
            continue
        first, last = _month(max(starts, year.starts), year), _month(min(ends, year.ends), year)
        low, high = unit["grade_low"], unit["grade_high"]
        group = (-2 if low is None else low, 13 if high is None else high, unit["subject"].strip().casefold())
        rows.setdefault(group, []).append(Bar(unit, first, last - first + 1))
    made = []
    for group in sorted(rows):
        bars = sorted(rows[group], key=lambda bar: (bar.unit["starts"], bar.unit["title"]))
        one = bars[0].unit
        said = [grades_said(one["grade_low"], one["grade_high"]) or "All grades", one["subject"].strip()]
        made.append(Row(", ".join(filter(None, said)), tuple(bars)))
    return made


def _month(day: date, year: Period) -> int:
    return (day.year - year.starts.year) * 12 + day.month - year.starts.month + 1


def as_text(value: Any) -> str:
    """A value of a form as words that can be compared."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def prints_of(values: Mapping[str, Any]) -> str:
    """Fingerprints of what stood in each field when somebody began to write; they travel in the form."""
    return " ".join(f"{name}:{print_of(as_text(value))}" for name, value in values.items())


def merged(now: Mapping[str, Any], mine: Mapping[str, Any], seen: str) -> tuple[dict[str, Any], Collection[str]]:
    """What stands by field when two write at once, and the fields in which both wrote something new.

    now: what stands by now. mine: what was sent. seen: prints_of what the writer began from. In a field where both
    wrote, what stands stays: nobody's words are lost, and the writer is asked.
    """
    began = dict(each.split(":", 1) for each in seen.split() if ":" in each)
    values, both = dict(now), []
    for name, value in mine.items():
        stands = settled(began.get(name, ""), as_text(value), as_text(now[name]))
        if stands.clash:
            both.append(name)
        elif stands.text != as_text(now[name]):
            values[name] = value
    return values, both
