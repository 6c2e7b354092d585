"""What the pages of programs show: challenges, seals and days, from terms and an outcome; pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from engage.engagement.small_groups import both_enough, enough
from engage.programs.awards import InARow, OwnAmount, Shared, Total, parts_of
from engage.programs.counting import Outcome
from engage.programs.explaining import measured, standing_of, taken_back, why
from engage.programs.facts import LogFact
from engage.programs.judging import PointsRule, ProgramRules
from engage.programs.queries import Terms
from engage.programs.rules import ChallengeKind, Unit, counted, so_far
from engage.programs.streaks import rests_left
from engage.programs.terms import is_in_order
from engage.programs.thermometers import Together
from engage.web.art.badges import mark_of

LANTERNS = 30


@dataclass(frozen=True)
class Piece:
    """A challenge as a page shows it. words: "11 of 20 days". slug, list: the list that it is about, or "".

    key, kind: of the challenge. together: what a class or the school has reached, for a shared goal; words are then of
    that. beside: the same challenge with what a second class of the reader's has reached.
    """

    title: str
    words: str
    amount: int
    goal: int
    done_on: date | None
    slug: str = ""
    list: str = ""
    key: str = ""
    kind: str = ""
    together: Together | None = None
    beside: "Piece | None" = None


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


def pieces(
    terms: Terms, result: Outcome | None, lists: Collection[int], shared: Mapping[int, Together] | None = None
) -> list[Piece]:
    """The challenges in order, with how far somebody is where there is an outcome.

    lists: the ids of those that the reader may see, since the others are not named. shared: by the challenge's id.
    """
    answers = {one.challenge.key: one.answer for one in result.progress} if result else {}
    shown = []
    for row in terms.challenges:
        answer, all_of_us = answers.get(row["key"]), (shared or {}).get(row["id"])
        seen = row["curated_id"] in lists
        amount, goal = (answer.amount, answer.goal) if answer else (0, row["goal"])
        unit = Unit(row["unit"])
        words = counted(goal, unit)
        if all_of_us is not None:
            amount, goal, words = _reached(all_of_us, unit)
        elif answer:
            words = so_far(amount, goal, unit)
        elif row["kind"] == ChallengeKind.LIST:
            words = f"The first {words}, in order" if is_in_order(row) else f"Any {words}"
        shown.append(
            Piece(
                row["title"],
                words,
                amount,
                goal,
                answer.met_on if answer else None,
                row["list_slug"] if seen else "",
                row["list_title"] if seen else "",
                row["key"],
                row["kind"],
                all_of_us,
                _beside(row, all_of_us.beside) if all_of_us and all_of_us.beside else None,
            )
        )
    return shown


def _reached(of: Together, unit: Unit) -> tuple[int, int, str]:
    """Amount, goal and words of what many have reached."""
    words = counted(of.goal, unit) if of.amount is None else so_far(of.amount, of.goal, unit)
    return of.amount or 0, of.goal, f"{words}, {of.whose} together"


def _beside(row: Mapping[str, Any], of: Together) -> Piece:
    amount, goal, words = _reached(of, Unit(row["unit"]))
    return Piece(row["title"], words, amount, goal, None, key=row["key"], kind=row["kind"], together=of)


def seals(terms: Terms, result: Outcome | None, today: date) -> list[Seal]:
    """The badges in order: earned ones with the day, others with what to do first."""
    held = {one.badge.key: one for one in result.badges} if result else {}
    left = {one.badge.key: one for one in result.open} if result else {}
    taken = {one.badge.key: taken_back(one) for one in result.withdrawn} if result else {}
    final = terms.is_final(today)
    shown = []
    for row in terms.badges:
        key: str = row["key"]
        reasons: tuple[str, ...] = ()
        line = row["description"]
        if key in held:
            reasons = why(held[key], terms.rules)
            line = f"Earned {held[key].earned_on.day} {held[key].earned_on:%B}"
        elif key in left:
            reasons = standing_of(left[key].answer, terms.rules, today, final)
            line = "Not yours at the moment" if key in taken else line or (reasons[0] if reasons else "")
        number, icon = mark_of(row["title"], row["mark"])
        look = (row["shape"], row["ink"], icon, number)
        shown.append(Seal(row["title"], line, key in held, *look, reasons, taken.get(key, ())))
    return shown


def seal_of(award: Mapping[str, Any]) -> Seal:
    """A badge that is held, from its row."""
    number, icon = mark_of(award["title"], award["mark"])
    line = f"{award['program']}. {award['earned_on'].day} {award['earned_on']:%B}"
    return Seal(award["title"], line, True, award["shape"], award["ink"], icon, number, ())


def next_seal(shown: Iterable[Seal]) -> str:
    """The name of the first badge that is still to win."""
    return next((seal.name for seal in shown if not seal.earned), "")


@dataclass(frozen=True)
class Gain:
    """Points or tickets as a page shows them. name: "points". number: None for who does not take part.

    gives: for what they are given. left: what is left over of each and counts for the next one; a sentence each.
    """

    name: str
    number: int | None
    gives: tuple[str, ...]
    left: tuple[str, ...] = ()


def gains(terms: Terms, result: Outcome | None) -> list[Gain]:
    """What a program gives for what is logged, where it gives any, and what somebody has of it."""
    found = []
    for name, rules, number in (
        ("point", terms.rules.points, result.points if result else 0),
        ("ticket", terms.rules.tickets, result.tickets if result else 0),
    ):
        if not rules:
            continue
        gives = tuple(f"{_several(rule.points, name)} for {_every(rule)}." for rule in rules)
        over = [(rule, result.book.series(rule.count).amount() % rule.per) for rule in rules] if result else []
        left = tuple(f"{measured(rule.count, rest)} left over for the next." for rule, rest in over if rest)
        word = name if result and number == 1 else f"{name}s"
        found.append(Gain(word, number if result else None, gives, left))
    return found


def _several(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def _every(rule: PointsRule) -> str:
    whole = measured(rule.count, rule.per)
    return f"each {whole.partition(' ')[2]}" if rule.per == 1 else f"every {whole}"


def units_of(rules: ProgramRules) -> frozenset[Unit]:
    """All that is counted of entries: for challenges, squares of a card, badges, points, tickets, the completion."""
    asked = [one.rule for one in rules.challenges] + [one.rule for one in rules.badges]
    asked += [] if rules.completion is None else [rules.completion]
    counts = [
        part.count for rule in asked for part in parts_of(rule) if isinstance(part, Total | InARow | OwnAmount | Shared)
    ]
    return frozenset(each.unit for each in (*counts, *(rule.count for rule in (*rules.points, *rules.tickets))))


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


def minutes_on(entries: Iterable[LogFact]) -> dict[date, int]:
    """The same of entries as counting knows them."""
    return minutes_by_day({"on": entry.on, "minutes": entry.minutes} for entry in entries)


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


def columns_of(first: date, last: date, rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, int]]]:
    """Each day with its minutes by mode, for the chart."""
    days: dict[date, dict[str, int]] = {}
    for row in rows:
        by_mode = days.setdefault(row["on"], {})
        by_mode[str(row["mode"])] = by_mode.get(str(row["mode"]), 0) + (row["minutes"] or 0)
    number = (last - first).days + 1
    every = [first + timedelta(days=place) for place in range(number)]
    return [(f"{day.day} {day:%b}", days.get(day, {})) for day in every]


def weeks_of(first: date, number: int, rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, int, int]]:
    """Each week of them: its days in words, how many were stamped, and the minutes."""
    weeks, rows = [], list(rows)
    for place in range(number):
        starts = first + timedelta(weeks=place)
        ends = starts + timedelta(days=6)
        mine = [row for row in rows if starts <= row["on"] <= ends]
        name = f"{starts.day} {starts:%B} to {ends.day} {ends:%B}"
        weeks.append((name, len({row["on"] for row in mine}), sum(row["minutes"] or 0 for row in mine)))
    return weeks


def hangs_lanterns(piece: Piece) -> bool:
    """Whether a challenge is small enough to hang a lantern for each step."""
    return 1 < piece.goal <= LANTERNS


def count_shown(part: int, whole: int, fewest: int, exact: bool = False) -> str:
    """A count of students as a page may say it; withheld where it, or those who are left, could be recognised.

    whole: of how many; the count itself where it is of all. exact: the reader runs the program (SAFETY.md, section 0).
    """
    if exact or (part == whole and enough(part, fewest)) or both_enough(part, whole, fewest):
        return f"{part:,}"
    return f"Fewer than {fewest}" if not enough(part, fewest) and enough(whole, fewest) else "Withheld"
