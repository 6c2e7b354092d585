"""The outcomes of students as rows, kept in step with their facts."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tortoise.connection import get_connection

from engage.database.rows import read
from engage.dates import Period
from engage.engagement.diary import Who, record
from engage.engagement.rules import Kind
from engage.people.models import Person
from engage.people.rules import Reader
from engage.programs import explaining
from engage.programs.counting import Outcome, WithdrawnBadge, outcome
from engage.programs.known_terms import known_terms
from engage.programs.loading import facts_of
from engage.programs.long_over import long_over
from engage.programs.models import ChallengeResource
from engage.programs.outcome_rows import NOT_YET, WITHDRAWN, AwardRow, Rows, kept_rows, write_all
from engage.programs.queries import Terms, terms_of
from engage.programs.rules import SHARED, Held, Unit, named


@dataclass(frozen=True)
class Change:
    """What an act changed in one program. lost: badges that are no longer held; earned: titles of new ones.

    moved: for each challenge whose amount changed, its title, unit in words, amount, goal, and whether it was done now.
    """

    terms: Terms
    outcome: Outcome
    moved: tuple[tuple[str, str, int, int, bool], ...]
    earned: tuple[str, ...]
    lost: tuple[WithdrawnBadge, ...]
    completed: bool


async def hold(by: Reader, person_id: int) -> None:
    """Let nobody else change what this person's facts lead to until the unit of work ends (SAFETY.md, D3)."""
    if get_connection("default").capabilities.dialect != "sqlite":  # where a unit of work is alone from its beginning
        await read(Person, ("id",), {"school_id": by.school.id, "id": person_id}, lock=True)


def expected(terms: Terms, result: Outcome) -> Rows:
    """The rows that an outcome makes."""
    challenges = {row["key"]: row["id"] for row in terms.challenges}
    badges = {row["key"]: row["id"] for row in terms.badges}
    awards: dict[int, AwardRow] = {}
    for held in result.badges:
        if held.badge.key in badges:
            why = explaining.why(held, terms.rules)
            kept = why[0] if held.held in (Held.DELIVERED, Held.POLICY) else ""
            awards[badges[held.badge.key]] = (held.held.value, held.earned_on, _text(why), kept)
    for lost in result.withdrawn:
        why = explaining.taken_back(lost)
        awards[badges[lost.badge.key]] = (WITHDRAWN, lost.earned_on, _text(why), "")
    row = result.streak
    return Rows(
        {challenges[one.challenge.key]: (one.answer.amount, one.answer.goal, one.done_on) for one in result.progress},
        awards,
        (
            result.amount(Unit.MINUTES),
            result.amount(Unit.TITLES),
            result.amount(Unit.DAYS),
            result.points,
            result.tickets,
            row.length,
            row.longest,
            row.last_on,
            row.alive_until,
            result.completed_on,
        ),
        {(challenges[key], class_id): amount for (key, class_id), amount in result.shares.items()},
    )


def _text(sentences: Iterable[str]) -> str:
    return json.dumps(list(sentences), ensure_ascii=False)


async def settle(
    by: Reader, who: Who, joined: Mapping[int, date], stamps: Mapping[int, str] | None = None
) -> list[Change]:
    """Bring the outcomes of one student up to date, in the programs of which the days of joining are given.

    stamps: of the terms of these programs, where known_terms.parts_of just gave them; their terms may be in memory.

    The diary is told of badges and completions that came or went. A result that is long final stays as it stands.
    Inside the unit of work that changed the facts, or the program; the caller holds the person.
    """
    if not joined:
        return []
    all_terms = await (terms_of(by.school, joined) if stamps is None else known_terms(by.school, stamps))
    over = await long_over(by.school, all_terms)
    all_terms = {number: terms for number, terms in all_terms.items() if number not in over}
    if not all_terms:
        return []
    await note_lists(by.school.id, all_terms.values())
    facts = (await facts_of(by.school.id, [who.id], _within(all_terms.values())))[who.id]
    before = await kept_rows(by.school.id, joined, [who.id])
    changes, rows = [], {}
    for program, terms in all_terms.items():
        result = outcome(terms.rules, joined[program], facts, terms.former)
        was, now = before.get((program, who.id), Rows()), expected(terms, result)
        rows[program] = (was, now)
        await tell(by, who, program, was, now)
        changes.append(_change(terms, result, was, now))
    await write_all(by.school.id, who.id, rows)
    return changes


def _within(all_terms: Iterable[Terms]) -> Period:
    """The days on which something may count in one of these programs, by the rules now or those that were."""
    runs = [rules for terms in all_terms for rules in (terms.rules, *(former.rules for former in terms.former))]
    return Period(min(rules.starts for rules in runs), max(rules.ends or date.max for rules in runs))


async def note_lists(school_id: int, all_terms: Iterable[Terms]) -> None:
    """Keep what now stands on the lists of challenges, so that it keeps its credit when it leaves them."""
    for terms in all_terms:
        for challenge, now in terms.lists.items():
            if now.noted:
                continue
            kept = ChallengeResource.filter(school_id=school_id, challenge_id=challenge)
            known = dict(await kept.values_list("resource_id", "until"))
            new = [
                ChallengeResource(school_id=school_id, challenge_id=challenge, resource_id=number)
                for number in now.on
                if number not in known
            ]
            await ChallengeResource.bulk_create(new, ignore_conflicts=True)
            if back := [number for number in now.on if known.get(number) is not None]:
                await kept.filter(resource_id__in=back).update(until=None)
            for number, until in now.gone.items():
                if number in known and known[number] is None:
                    await kept.filter(resource_id=number).update(until=until)


async def tell(by: Reader, who: Who, program_id: int, was: Rows, now: Rows) -> None:
    """Write in the diary which badges and which completion came and went."""
    of: dict[str, Any] = {"by": by, "who": who, "program_id": program_id}
    held, holds = was.held(), now.held()
    for badge in sorted(held.keys() | holds.keys()):
        if held.get(badge) != holds.get(badge):
            if badge in held:
                await record(Kind.BADGE_EARNED, on=held[badge], count=-1, **of)
            if badge in holds:
                await record(Kind.BADGE_EARNED, on=holds[badge], **of)
            else:
                await record(Kind.BADGE_WITHDRAWN, **of)
    done, does = (was.standing or NOT_YET)[-1], (now.standing or NOT_YET)[-1]
    if done != does:
        if done is not None:
            await record(Kind.PROGRAM_COMPLETED, on=done, count=-1, **of)
        if does is not None:
            await record(Kind.PROGRAM_COMPLETED, on=does, **of)


def _change(terms: Terms, result: Outcome, was: Rows, now: Rows) -> Change:
    moved = []
    for row in terms.challenges:
        old, new = was.progress.get(row["id"], (0, 0, None)), now.progress[row["id"]]
        # an own part beside the goal of all would say little
        if old[0] != new[0] and row["kind"] not in SHARED:
            unit = named(new[1], Unit(row["unit"]))
            moved.append((row["title"], unit, new[0], new[1], old[2] is None and new[2] is not None))
    held = was.held()
    titles = {row["id"]: row["title"] for row in terms.badges}
    ids = {row["key"]: row["id"] for row in terms.badges}
    return Change(
        terms,
        result,
        tuple(moved),
        tuple(titles[badge] for badge in now.held() if badge not in held),
        tuple(lost for lost in result.withdrawn if ids[lost.badge.key] in held),
        (was.standing or NOT_YET)[-1] is None and result.completed_on is not None,
    )
