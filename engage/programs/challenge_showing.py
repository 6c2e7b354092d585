"""Everything that the page of one challenge shows to one reader, asked for together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engage import dates
from engage.errors import NotFound
from engage.people.rules import Reader
from engage.programs.activity_models import ActivityDone
from engage.programs.activity_rules import roots_answered
from engage.programs.awards import Card, OwnAmount
from engage.programs.counting import Outcome, Progress, outcome
from engage.programs.explaining import standing_of
from engage.programs.facts import Facts
from engage.programs.joining_rules import phase_of
from engage.programs.judging import Answer, next_in_order
from engage.programs.loading import facts_of
from engage.programs.log_queries import days_with_titles
from engage.programs.long_over import result_shown
from engage.programs.models import Enrolment, LogEntry
from engage.programs.queries import Terms, lists_seen, terms_of
from engage.programs.rules import ActivityKind, ChallengeKind, Phase
from engage.programs.showing import Piece, pieces
from engage.programs.thermometers import together_in
from engage.programs.voting import nominees
from engage.resources.models import Resource
from engage.resources.rules import ResourceState

FEW_ENTRIES = 12
DOING = frozenset({Phase.RUNNING, Phase.CATCHING_UP})


@dataclass(frozen=True)
class SquareShown:
    """A square of a bingo card. words: how it was filled, or what is missing; none for the free one."""

    number: int
    title: str
    full: bool
    done_on: date | None
    words: Sequence[str]


@dataclass(frozen=True)
class ThingShown:
    """An activity or a prompt. done: what the reader did, with key, on, answer and title. open: it can be done again.

    often: how often it counts, "" for once.
    """

    row: Mapping[str, Any]
    done: Sequence[Mapping[str, Any]]
    open: bool
    often: str


@dataclass(frozen=True)
class ChallengePage:
    """A challenge for one reader. mine: where the reader takes part. card: rows of squares of a bingo card.

    words: how it was met, or what is missing. entries: what may answer a prompt. own_goal: the one that counts.
    nominees: of whom an answer chooses one, where the program is a vote. turn: the resource, key and title, whose turn
    it is on a list that is taken in order.
    """

    program: Mapping[str, Any]
    phase: Phase
    piece: Piece
    mine: Answer | None = None
    takes_part: bool = False
    card: Sequence[Sequence[SquareShown]] = ()
    things: Sequence[ThingShown] = ()
    entries: Sequence[Mapping[str, Any]] = ()
    words: Sequence[str] = ()
    own_goal: int | None = None
    suggestion: int | None = None
    nominees: Sequence[str] = ()
    turn: Mapping[str, Any] | None = None

    @property
    def may_do(self) -> bool:
        """Whether the reader may do something here now."""
        return self.takes_part and self.phase in DOING


async def challenge_page(reader: Reader, program: Mapping[str, Any], key: str) -> ChallengePage:
    """A challenge's page, in a steady number of statements. Raises NotFound."""
    today = dates.today(reader.school.zone)
    terms = (await terms_of(reader.school, [program["id"]]))[program["id"]]
    place = next((number for number, row in enumerate(terms.challenges) if row["key"] == key), None)
    if place is None:
        raise NotFound(key)
    row = terms.challenges[place]
    part = Enrolment.filter(school_id=reader.school.id, program_id=program["id"], person_id=reader.id, left_at=None)
    joined = await part.values_list("joined_on") if reader.is_student else []
    facts, result = Facts(), None
    if joined and reader.id is not None:
        facts = (await facts_of(reader.school.id, [reader.id]))[reader.id]
        counted = outcome(terms.rules, joined[0][0], facts, terms.former)
        result = await result_shown(reader.school, terms, reader.id, counted)
    progress = result.progress[place] if result else None
    rule = terms.rules.challenges[place].rule
    things = await _things(reader, terms, row, result, today) if terms.activities else []
    return ChallengePage(
        program,
        phase_of(program, reader.school.zone, today),
        pieces(terms, result, await lists_seen(reader, terms), await together_in(reader, terms))[place],
        progress.answer if progress else None,
        result is not None,
        _card(rule, progress, terms, today) if isinstance(rule, Card) else (),
        things,
        await _entries(reader, terms, facts, result) if row["kind"] == ChallengeKind.PROMPTS and result else (),
        standing_of(progress.answer, terms.rules, today, terms.is_final(today)) if progress else (),
        progress.answer.goal if progress and isinstance(rule, OwnAmount) and _has_set(facts, key) else None,
        rule.suggestion if isinstance(rule, OwnAmount) else None,
        await nominees(reader.school.id, terms) if things else (),
        await _turn(reader, next_in_order(rule, result.book)) if result else None,
    )


async def _turn(reader: Reader, resource: int | None) -> Mapping[str, Any] | None:
    if resource is None:
        return None
    rows = Resource.filter(school_id=reader.school.id, id=resource, state=ResourceState.OFFERED)
    return await rows.first().values("key", "title")


def _has_set(facts: Facts, challenge: str) -> bool:
    return any(goal.challenge == challenge for goal in facts.goals)


def _card(card: Card, progress: Progress | None, terms: Terms, today: date) -> list[list[SquareShown]]:
    left = iter(progress.answer.parts if progress else ())
    squares = []
    for number, square in enumerate(card.squares, start=1):
        answer = next(left, None) if square.rule is not None else None
        on = answer.met_on if answer else None
        words = standing_of(answer, terms.rules, today, terms.is_final(today)) if answer else ()
        squares.append(SquareShown(number, square.title, square.rule is None or on is not None, on, words))
    return [squares[start : start + card.size] for start in range(0, len(squares), card.size)]


async def _things(
    reader: Reader, terms: Terms, challenge: Mapping[str, Any], result: Outcome | None, today: date
) -> list[ThingShown]:
    """The activities of a challenge; those that were taken away only where the reader did them."""
    rows = [row for row in terms.activities if row["challenge_id"] == challenge["id"]]
    done: dict[int, list[Mapping[str, Any]]] = {}
    if result is not None:
        counts = {one.id: one.on for one in result.doings}
        mine = ActivityDone.filter(school_id=reader.school.id, person_id=reader.id, voided_at=None)
        columns = ("id", "key", "activity_id", "answer")
        title = {"title": "entry__title", "name": "entry__resource__title"}
        for each in await mine.filter(activity__challenge_id=challenge["id"]).order_by("id").values(*columns, **title):
            if each["id"] in counts:
                shown = {**each, "on": counts[each["id"]], "title": each["name"] or each["title"] or ""}
                done.setdefault(each["activity_id"], []).append(shown)
    shown_rows = [row for row in rows if row["gone_on"] is None or row["gone_on"] >= today or row["id"] in done]
    return [_thing(row, done.get(row["id"], []), today) for row in shown_rows]


def _thing(row: Mapping[str, Any], done: Sequence[Mapping[str, Any]], today: date) -> ThingShown:
    again = not row["most"] or len(done) < row["most"]
    tomorrow = bool(row["most_a_day"]) and sum(one["on"] == today for one in done) >= row["most_a_day"]
    gone = row["gone_on"] is not None and row["gone_on"] < today
    ahead = row["kind"] == ActivityKind.ATTEND and row["on"] is not None and row["on"] > today
    often = ""
    if row["most"] != 1:
        often = f"Counts up to {row['most']} times" if row["most"] else "Counts as often as you do it"
        if row["most_a_day"]:
            often += f", {'once' if row['most_a_day'] == 1 else str(row['most_a_day']) + ' times'} a day"
        often += "."
    return ThingShown(row, done, again and not tomorrow and not gone and not ahead, often)


async def _entries(reader: Reader, terms: Terms, facts: Facts, result: Outcome) -> list[Mapping[str, Any]]:
    """What the reader logged last in the run and has not answered with, for choosing."""
    used = roots_answered(facts, [one.id for one in result.doings])
    free = sorted((one for one in result.entries if one.id not in used), key=lambda one: (one.on, one.id))
    numbers = [one.id for one in free[-FEW_ENTRIES:]]
    rows = LogEntry.filter(
        school_id=reader.school.id, person_id=reader.id, id__in=numbers, **days_with_titles(reader)
    ).order_by("-on", "-id")
    found = await rows.values("key", "on", "mode", "title", "minutes", name="resource__title")
    return [{**row, "title": row["name"] or row["title"]} for row in found]
