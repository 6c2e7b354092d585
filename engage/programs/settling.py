"""The outcomes of students as rows, kept in step with their facts."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engage.database.fold import words
from engage.engagement import Kind, Who, record
from engage.people.models import Person
from engage.people.rules import Reader
from engage.programs import explaining
from engage.programs.counting import Outcome, WithdrawnBadge, outcome
from engage.programs.facts import Facts, GrantFact, LogFact, VoidFact
from engage.programs.models import Award, ChallengeResource, LogEntry, Progress, StaffGrant, Standing
from engage.programs.queries import Terms, terms_of
from engage.programs.rules import Ending, Held, Unit, counted

WITHDRAWN = "withdrawn"
STANDING = ("minutes", "titles", "days", "points", "streak", "longest", "last_on", "alive_until", "completed_on")
NOT_YET: tuple[Any, ...] = (0, 0, 0, 0, 0, 0, None, None, None)
ProgressRow = tuple[int, int, date | None]
AwardRow = tuple[str, date, str, str]


@dataclass(frozen=True)
class Rows:
    """One student's outcome in one program, as the tables hold it.

    progress: amount, goal and done_on by challenge id. awards: state, earned_on, why and kept by badge id.
    standing: the values of STANDING, None where there is no row.
    """

    progress: dict[int, ProgressRow] = field(default_factory=dict)
    awards: dict[int, AwardRow] = field(default_factory=dict)
    standing: tuple[Any, ...] | None = None

    def held(self) -> dict[int, date]:
        """The badges held and since when."""
        return {badge: row[1] for badge, row in self.awards.items() if row[0] != WITHDRAWN}


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
    # the whole row: asked for by columns, Tortoise leaves FOR UPDATE out
    await Person.filter(school_id=by.school.id, id=person_id).select_for_update().first()


async def facts_of(school_id: int, person_ids: Collection[int]) -> dict[int, Facts]:
    """Everything that these people did, in two statements."""
    log: dict[int, list[LogFact]] = {number: [] for number in person_ids}
    voids: dict[int, list[VoidFact]] = {number: [] for number in person_ids}
    grants: dict[int, list[GrantFact]] = {number: [] for number in person_ids}
    entries = LogEntry.filter(school_id=school_id, person_id__in=list(person_ids)).order_by("id")
    for row in await entries.values(*FACT, void_at="void__at", void_by="void__by_id"):
        person = row["person_id"]
        log[person].append(fact_of(row))
        if row["void_at"] is not None:
            voids[person].append(VoidFact(row["id"], row["void_at"], row["void_by"] != person))
    given = StaffGrant.filter(school_id=school_id, person_id__in=list(person_ids))
    for person, badge, on, at in await given.values_list("person_id", "badge__key", "on", "at"):
        grants[person].append(GrantFact(badge, on, at))
    return {number: Facts(tuple(log[number]), tuple(voids[number]), tuple(grants[number])) for number in person_ids}


FACT = (
    "id",
    "person_id",
    "on",
    "entered_at",
    "mode",
    "resource_id",
    "title",
    "minutes",
    "pages",
    "chapters",
    "sessions",
    "ending",
    "supersedes_id",
)


def fact_of(row: dict[str, Any]) -> LogFact:
    """A log entry as counting knows it."""
    return LogFact(
        row["id"],
        row["on"],
        row["entered_at"],
        row["mode"],
        row["resource_id"],
        " ".join(words(row["title"])),
        row["minutes"] or 0,
        row["pages"] or 0,
        row["chapters"] or 0,
        row["sessions"] or 1,
        Ending(row["ending"]),
        row["supersedes_id"],
    )


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
            result.totals[Unit.MINUTES],
            result.totals[Unit.TITLES],
            result.totals[Unit.DAYS],
            result.points,
            row.length,
            row.longest,
            row.last_on,
            row.alive_until,
            result.completed_on,
        ),
    )


def _text(sentences: Iterable[str]) -> str:
    return json.dumps(list(sentences), ensure_ascii=False)


async def kept_rows(
    school_id: int, program_ids: Collection[int], person_ids: Collection[int]
) -> dict[tuple[int, int], Rows]:
    """What the tables hold, by program and person, in three statements."""
    of = {"school_id": school_id, "program_id__in": list(program_ids), "person_id__in": list(person_ids)}
    found: dict[tuple[int, int], Rows] = {}
    progress = Progress.filter(**of).values_list("program_id", "person_id", "challenge_id", "amount", "goal", "done_on")
    for program, person, challenge, *values in await progress:
        found.setdefault((program, person), Rows()).progress[challenge] = (values[0], values[1], values[2])
    awards = Award.filter(**of).values_list("program_id", "person_id", "badge_id", "state", "earned_on", "why", "kept")
    for program, person, badge, *columns in await awards:
        found.setdefault((program, person), Rows()).awards[badge] = (columns[0], columns[1], columns[2], columns[3])
    standings = Standing.filter(**of).values_list("program_id", "person_id", *STANDING)
    for program, person, *numbers in await standings:
        rows = found.get((program, person), Rows())
        found[program, person] = Rows(rows.progress, rows.awards, tuple(numbers))
    return found


async def write(school_id: int, program_id: int, person_id: int, before: Rows, after: Rows) -> None:
    """Make the tables hold `after` where they hold `before`; what agrees is not touched."""
    of = {"school_id": school_id, "program_id": program_id, "person_id": person_id}
    for challenge, (amount, goal, done_on) in after.progress.items():
        if before.progress.get(challenge) != (amount, goal, done_on):
            values = {"amount": amount, "goal": goal, "done_on": done_on}
            await _put(Progress, challenge in before.progress, {**of, "challenge_id": challenge}, values)
    if gone := before.progress.keys() - after.progress.keys():
        await Progress.filter(**of, challenge_id__in=list(gone)).delete()
    for badge, row in after.awards.items():
        if before.awards.get(badge) != row:
            award = dict(zip(("state", "earned_on", "why", "kept"), row, strict=True))
            await _put(Award, badge in before.awards, {**of, "badge_id": badge}, award)
    if gone := before.awards.keys() - after.awards.keys():
        await Award.filter(**of, badge_id__in=list(gone)).delete()
    if after.standing is None:
        await Standing.filter(**of).delete()
    elif before.standing != after.standing:
        standing = dict(zip(STANDING, after.standing, strict=True))
        await _put(Standing, before.standing is not None, of, standing)


async def _put(
    table: type[Progress] | type[Award] | type[Standing], there: bool, which: dict[str, Any], values: dict[str, Any]
) -> None:
    if there:
        await table.filter(**which).update(**values)
    else:
        await table.create(**which, **values)


async def settle(by: Reader, who: Who, joined: Mapping[int, date]) -> list[Change]:
    """Bring the outcomes of one student up to date, in the programs of which the days of joining are given.

    The diary is told of badges and completions that came or went. Inside the unit of work that changed the facts, or
    the program; the caller holds the person.
    """
    if not joined:
        return []
    all_terms = await terms_of(by.school, joined)
    await note_lists(by.school.id, all_terms.values())
    facts = (await facts_of(by.school.id, [who.id]))[who.id]
    before = await kept_rows(by.school.id, joined, [who.id])
    changes = []
    for program, terms in all_terms.items():
        result = outcome(terms.rules, joined[program], facts, terms.former)
        was, now = before.get((program, who.id), Rows()), expected(terms, result)
        await write(by.school.id, program, who.id, was, now)
        await tell(by, who, program, was, now)
        changes.append(_change(terms, result, was, now))
    return changes


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
        if old[0] != new[0]:
            unit = counted(new[1], Unit(row["unit"])).split(" ")[1]
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
