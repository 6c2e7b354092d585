"""Everything that a program's page shows to one reader, asked for together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from engage import dates
from engage.database.at_once import at_once
from engage.errors import NotFound
from engage.people.rules import Reader, Role
from engage.programs import log_queries, showing
from engage.programs.awards import FromList, Rule
from engage.programs.book import Book
from engage.programs.counting import Outcome, outcome
from engage.programs.enrolling import TAKES_IN, may_come_in
from engage.programs.facts import Facts
from engage.programs.joining_rules import phase_of
from engage.programs.judging import next_in_order
from engage.programs.known_terms import Part, known_terms, parts_of
from engage.programs.loading import facts_of
from engage.programs.long_over import result_shown
from engage.programs.queries import Figures, Terms, figures_of, lists_seen, may_run, terms_in, together
from engage.programs.rules import ChallengeKind, Phase, ProgramState, Unit, counted
from engage.programs.showing import Gain, Piece, Row, Seal
from engage.programs.thermometers import enough, together_in

SLIP_WEEKS = 6

FIGURES_FOR = frozenset(Role) - {Role.STUDENT, Role.DISTRICT_ADMIN}


@dataclass(frozen=True)
class Mine:
    """A student's own part. days: for the slip. left: days to the end, with today. last: what was logged last."""

    outcome: Outcome
    row: Row
    days: Sequence[dict[str, Any]]
    left: int | None
    titles: Sequence[str]
    tonight: Sequence[dict[str, Any]]
    last: dict[str, Any] | None

    @property
    def came_to(self) -> str:
        """What all of it came to, in words: "60 minutes on 1 day"."""
        minutes, days = (counted(self.outcome.amount(unit), unit) for unit in (Unit.MINUTES, Unit.DAYS))
        return f"{minutes} on {days}"


@dataclass(frozen=True)
class ProgramPage:
    """A program for one reader. mine: where the reader takes part. everybody: what all did in the first challenge.

    joinable: the reader may take part now; may_run: may change it. figures: for staff who may see them. asks: the units
    that something in it counts, so that the form asks for pages or chapters. gains: points and tickets.
    """

    program: dict[str, Any]
    phase: Phase
    pieces: Sequence[Piece]
    seals: Sequence[Seal]
    mine: Mine | None = None
    joinable: bool = False
    may_run: bool = False
    loggable: bool = False
    figures: Figures | None = None
    everybody: int | None = None
    asks: frozenset[Unit] = field(default_factory=frozenset)
    gains: Sequence[Gain] = ()


async def page_of(reader: Reader, program: dict[str, Any], imagined: date | None = None) -> ProgramPage:
    """A program's page, in a steady number of statements.

    imagined: for a preview, the day on which a student joined who did nothing yet, while the program runs.
    """
    today = dates.today(reader.school.zone)
    now = phase_of(program, reader.school.zone, today) if imagined is None else Phase.RUNNING
    part, facts = await at_once(_part(reader, program["id"]), _facts(reader)) if imagined is None else (None, None)
    if part is None:
        terms, joined_on = (await terms_in(reader.school, [program]))[program["id"]], imagined
    else:
        known = await known_terms(reader.school, {part.id: part.stamp})
        if part.id not in known:
            raise NotFound(program["slug"])  # it went meanwhile
        terms, joined_on = known[part.id], part.joined_on
    published = program["state"] == ProgramState.PUBLISHED
    mine, lists, shared, everybody, figures = await at_once(
        _mine(reader, terms, joined_on, today, facts or Facts()),
        lists_seen(reader, terms),
        together_in(reader, terms),
        _everybody(reader, terms),
        _figures(reader, program["id"]),
    )
    return ProgramPage(
        program,
        now,
        showing.pieces(terms, mine.outcome if mine else None, lists, shared),
        showing.seals(terms, mine.outcome if mine else None, today),
        mine,
        joinable=published and mine is None and now in TAKES_IN and await may_come_in(reader, program),
        may_run=await may_run(reader, program["id"]) if reader.is_staff else False,
        loggable=mine is not None and now in (Phase.RUNNING, Phase.CATCHING_UP),
        figures=figures,
        everybody=everybody,
        asks=showing.units_of(terms.rules),
        gains=showing.gains(terms, mine.outcome if mine else None),
    )


async def _part(reader: Reader, program_id: int) -> Part | None:
    """The reader's part in a program, None where there is none."""
    if reader.id is None or not reader.is_student:
        return None
    return next((part for part in await parts_of(reader.school, reader.id) if part.id == program_id), None)


async def _facts(reader: Reader) -> Facts | None:
    """What the reader did, None for who takes part in nothing."""
    if reader.id is None or not reader.is_student:
        return None
    return (await facts_of(reader.school.id, [reader.id]))[reader.id]


async def _everybody(reader: Reader, terms: Terms) -> int | None:
    """What all did in the first challenge, None where so few did that it would tell of one."""
    if not terms.challenges:
        return None
    people, added = await together(reader.school.id, terms.challenges[0]["id"])
    return added if enough(people, reader) else None


async def _figures(reader: Reader, program_id: int) -> Figures | None:
    # a district reads its report, where what is about fewer than ten is left out
    return await figures_of(reader, program_id) if reader.roles & FIGURES_FOR else None


async def _mine(reader: Reader, terms: Terms, joined_on: date | None, today: date, facts: Facts) -> Mine | None:
    """The reader's part, None where there is none."""
    if joined_on is None:
        return None
    assert reader.id is not None
    counted_now = outcome(terms.rules, joined_on, facts, terms.former)
    result = await result_shown(reader.school, terms, reader.id, counted_now)
    listed = {number for row in terms.challenges for number in _on_list(terms, row)}
    turns = {number for one in terms.rules.challenges for number in _to_do(one.rule, result.book)}
    last = max(facts.log, key=lambda fact: fact.id, default=None)
    first, end = slip_span(terms, today)
    titles, tonight = await at_once(log_queries.titles_to_offer(reader, listed), log_queries.to_do_next(reader, turns))
    return Mine(
        result,
        showing.row_of(terms, result, today),
        showing.slip_days(first, end, showing.minutes_on(result.entries), result.streak.rests),
        None if terms.rules.ends is None else max(0, (terms.rules.ends - today).days + 1),
        titles,
        tonight,
        {"mode": last.mode, "minutes": last.minutes or None} if last else None,
    )


def _to_do(rule: Rule, book: Book) -> Iterable[int]:
    """What a list challenge asks for now: what stands on its list, or only what has its turn."""
    if not isinstance(rule, FromList):
        return ()
    if rule.in_order:
        return () if (number := next_in_order(rule, book)) is None else (number,)
    return (item.resource for item in rule.items if item.until is None)


def _on_list(terms: Terms, challenge: Any) -> Sequence[int]:
    if challenge["kind"] != ChallengeKind.LIST:
        return ()
    return tuple(terms.lists[challenge["id"]].on)


def slip_span(terms: Terms, today: date) -> tuple[date, date]:
    """The days of the slip: six weeks around today, from the first day of the run at the earliest."""
    first = max(terms.rules.starts, today - timedelta(weeks=SLIP_WEEKS - 2))
    last = first + timedelta(weeks=SLIP_WEEKS) - timedelta(days=1)
    return first, min(last, terms.rules.ends) if terms.rules.ends and terms.rules.ends >= first else last
