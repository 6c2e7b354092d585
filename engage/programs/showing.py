"""What the pages of programs show: challenges, seals and days, from terms and an outcome; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from engage.programs.counting import Outcome
from engage.programs.explaining import missing, taken_back, why
from engage.programs.queries import Terms
from engage.programs.rules import ChallengeKind, Unit, counted
from engage.programs.streaks import rests_left

LANTERNS = 30


@dataclass(frozen=True)
class Piece:
    """A challenge as a page shows it. words: "11 of 20 days". slug, list: the list that it is about, or ""."""

    title: str
    words: str
    amount: int
    goal: int
    done_on: date | None
    slug: str = ""
    list: str = ""


@dataclass(frozen=True)
class Seal:
    """A badge as the macro draws it, and why it is held or what is missing."""

    name: str
    line: str
    earned: bool
    shape: str
    ink: str
    icon: str
    number: str
    why: tuple[str, ...]
    taken: tuple[str, ...] = ()


def pieces(terms: Terms, result: Outcome | None) -> list[Piece]:
    """The challenges in order, with how far somebody is where there is an outcome."""
    answers = {one.challenge.key: one.answer for one in result.progress} if result else {}
    shown = []
    for row in terms.challenges:
        answer = answers.get(row["key"])
        amount, goal = (answer.amount, answer.goal) if answer else (0, row["goal"])
        words = counted(goal, Unit(row["unit"]))
        is_list = row["kind"] == ChallengeKind.LIST
        shown.append(
            Piece(
                row["title"],
                f"{amount:,} of {words}" if answer else f"{'Any ' if is_list else ''}{words}",
                amount,
                goal,
                answer.met_on if answer else None,
                row["list_slug"] or "",
                row["list_title"] or "",
            )
        )
    return shown


def seals(terms: Terms, result: Outcome | None, today: date) -> list[Seal]:
    """The badges in order: earned ones with the day, others with what to do first."""
    held = {one.badge.key: one for one in result.badges} if result else {}
    left = {one.badge.key: one for one in result.open} if result else {}
    taken = {one.badge.key: taken_back(one) for one in result.withdrawn} if result else {}
    shown = []
    for row in terms.badges:
        key: str = row["key"]
        reasons: tuple[str, ...] = ()
        line = row["description"]
        if key in held:
            reasons = why(held[key], terms.rules)
            line = f"Earned {held[key].earned_on.day} {held[key].earned_on:%B}"
        elif key in left:
            reasons = missing(left[key], terms.rules, today)
            line = "Not yours at the moment" if key in taken else line or (reasons[0] if reasons else "")
        mark = row["mark"]
        number, icon = (mark, "") if mark.isdigit() else ("", mark)
        look = (row["shape"], row["ink"], icon, number)
        shown.append(Seal(row["title"], line, key in held, *look, reasons, taken.get(key, ())))
    return shown


def next_seal(shown: Iterable[Seal]) -> str:
    """The name of the first badge that is still to win."""
    return next((seal.name for seal in shown if not seal.earned), "")


@dataclass(frozen=True)
class Row:
    """How a row of days stands today, in words that blame nobody."""

    length: int
    longest: int
    unit: str
    rests: int


def row_of(terms: Terms, result: Outcome, today: date) -> Row:
    """The row on a day."""
    rule = terms.rules.streak
    return Row(
        result.streak.on(today),
        result.streak.longest,
        f"{rule.unit.value}{'' if result.streak.on(today) == 1 else 's'} in a row",
        rests_left(result.streak, rule, today),
    )


def minutes_by_day(rows: Iterable[Mapping[str, Any]]) -> dict[date, int]:
    """The minutes of each day with an entry; 0 where it had none."""
    days: dict[date, int] = {}
    for row in rows:
        days[row["on"]] = days.get(row["on"], 0) + (row["minutes"] or 0)
    return days


def slip_days(first: date, last: date, minutes: Mapping[date, int], rests: Sequence[date] = ()) -> list[dict[str, Any]]:
    """The days of a due slip, from a Monday to a Sunday around first and last."""
    start, end = first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    return [
        {"date": day, "minutes": minutes.get(day, 0), "stamped": day in minutes, "rest": day in rests} for day in days
    ]


def last_week(today: date, minutes: Mapping[date, int], rests: Sequence[date] = ()) -> list[dict[str, Any]]:
    """The last seven days as the library card stamps them; the last one is today."""
    shown = []
    for number in reversed(range(7)):
        day = today - timedelta(days=number)
        state = "on" if day in minutes else "today" if day == today else "rest" if day in rests else "open"
        shown.append({"date": day, "state": state, "today": day == today})
    return shown


def hangs_lanterns(piece: Piece) -> bool:
    """Whether a challenge is small enough to hang a lantern for each step."""
    return 1 < piece.goal <= LANTERNS
