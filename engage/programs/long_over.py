"""Programs that are long over: what they came to stands in the tables and is made from nothing any more.

Once their time is over titles are numbers (SAFETY.md, P4), and what counts in a list cannot be told from numbers.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tortoise.expressions import Subquery

from engage import dates
from engage.database.fields import as_day
from engage.people.privacy_queries import limits_of
from engage.people.rules import SchoolCard, Status
from engage.programs.awards import Card, FromList, parts_of
from engage.programs.counting import HeldBadge, OpenBadge, Outcome, Progress
from engage.programs.judging import Answer, what_is_known
from engage.programs.models import Enrolment, LogEntry
from engage.programs.outcome_rows import DAYS, NOT_YET, NUMBERS, WITHDRAWN, Rows, kept_rows
from engage.programs.queries import Terms
from engage.programs.rules import Held


async def kept_since(school: SchoolCard) -> date:
    """Programs that ended before this day hold no titles any more."""
    return dates.today(school.zone) - timedelta(days=(await limits_of(school.id)).handed_in_days)


async def long_over(school: SchoolCard, all_terms: Mapping[int, Terms]) -> set[int]:
    """Which of these programs cannot be counted any more; with a statement only where the result of one is final."""
    today = dates.today(school.zone)
    ends = {number: as_day(terms.program["ends"]) for number, terms in all_terms.items() if terms.is_final(today)}
    since = await kept_since(school) if ends else today
    return {number for number, end in ends.items() if end < since}


async def why_not_again(school: SchoolCard, terms: Terms) -> str:
    """Why a program cannot be opened again, in a sentence; "" where it can, as far as counting goes.

    What was finished from a list cannot be told from numbers, so to count it again would take it from everybody. Two
    statements at most.
    """
    ends = as_day(terms.program["ends"])
    if ends is None or not _counts_lists(terms):
        return ""
    days = (await limits_of(school.id)).handed_in_days
    if ends >= dates.today(school.zone) - timedelta(days=days):
        return ""
    of = {"school_id": school.id}
    part = Enrolment.filter(**of, program_id=terms.program["id"], left_at=None).exclude(person__status=Status.NOBODY)
    entries = LogEntry.filter(**of, forgotten_on__isnull=False, on__gte=terms.rules.starts, on__lte=ends)
    if not await entries.filter(person_id__in=Subquery(part.values("person_id"))).exists():
        return ""
    return NUMBERS_NOW.format(days)


NUMBERS_NOW = (
    "It ended more than {} days ago, and titles that students logged in it have become numbers since. What they "
    "finished from its list can be counted no more, so to open it again would take that from them. Copy it for "
    "another year."
)


def _counts_lists(terms: Terms) -> bool:
    """Whether anything in a program counts in a list, by its rules now or by those that were."""
    every = [terms.rules, *(former.rules for former in terms.former)]
    asked = [challenge.rule for rules in every for challenge in rules.challenges]
    return any(isinstance(part, FromList) for rule in asked for part in parts_of(rule))


async def result_shown(school: SchoolCard, terms: Terms, person_id: int, counted: Outcome) -> Outcome:
    """What a page shows of a student's outcome: as counted now, or as it stands where the program is long over."""
    number: int = terms.program["id"]
    if not await long_over(school, {number: terms}):
        return counted
    rows = (await kept_rows(school.id, [number], [person_id])).get((number, person_id), Rows())
    return as_it_stands(terms, counted, rows)


def as_it_stands(terms: Terms, counted: Outcome, rows: Rows) -> Outcome:
    """An outcome with what the tables say in place of what was counted, wherever they say it.

    What asks for a challenge or a badge, as squares of a card do, is answered by what stands of that.
    """
    awards = {row["key"]: rows.awards.get(row["id"]) for row in terms.badges}
    held = {key: award for key, award in awards.items() if award is not None and award[0] != WITHDRAWN}
    every = {one.badge.key: (one.badge, one.answer) for one in counted.badges}
    every |= {one.badge.key: (one.badge, one.answer) for one in counted.open}
    numbers = {row["key"]: row["id"] for row in terms.challenges}
    challenges = {
        one.challenge.key: _as_kept(one.answer, rows.progress.get(numbers[one.challenge.key]))
        for one in counted.progress
    }
    met = {key: replace(answer, met_on=held[key][1] if key in held else None) for key, (_, answer) in every.items()}
    known = what_is_known(terms.rules, counted.book, challenges, met)
    for one in counted.progress:
        if isinstance(one.challenge.rule, Card):
            squares = [known.answer(square.rule) for square in one.challenge.rule.squares if square.rule is not None]
            challenges[one.challenge.key] = replace(challenges[one.challenge.key], parts=tuple(squares))
    known = what_is_known(terms.rules, counted.book, challenges, met)
    badges, left = [], []
    for key, (badge, _) in every.items():
        answer = replace(known.answer(badge.rule), met_on=met[key].met_on)
        if key in held:
            state, earned_on, why, _ = held[key]
            badges.append(HeldBadge(badge, Held(state), earned_on, answer, tuple(json.loads(why or "[]"))))
        else:
            left.append(OpenBadge(badge, answer))
    stands = dict(zip((*NUMBERS, *DAYS), rows.standing or NOT_YET, strict=True))
    completed_on: date | None = stands["completed_on"]
    return replace(
        counted,
        progress=tuple(Progress(one.challenge, challenges[one.challenge.key]) for one in counted.progress),
        badges=tuple(badges),
        open=tuple(left),
        withdrawn=tuple(one for one in counted.withdrawn if (awards.get(one.badge.key) or ("",))[0] == WITHDRAWN),
        completion=replace(known.completion, met_on=completed_on),
        completed=None if completed_on is None else counted.completed or Held.EARNED,
        completed_on=completed_on,
        points=stands["points"],
        tickets=stands["tickets"],
    )


def _as_kept(answer: Answer, row: tuple[Any, ...] | None) -> Answer:
    if row is None:
        return answer
    amount, goal, done_on = row
    return replace(answer, amount=amount, goal=goal, met_on=done_on)
