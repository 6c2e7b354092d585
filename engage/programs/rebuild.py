"""The outcomes made again from the facts: in the background after a change of rules, and to prove that both agree."""

from collections.abc import Iterator
from typing import Any

from tortoise.expressions import Q

from engage import dates
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction
from engage.engagement.diary import Who
from engage.engagement.rebuilding import Difference
from engage.people.models import Person, School
from engage.people.rules import Reader, SchoolCard, Status
from engage.programs.counting import outcome
from engage.programs.loading import facts_of
from engage.programs.long_over import kept_since
from engage.programs.models import Award, Enrolment, LogEntry, Program, Progress, ResourceProgress, Standing
from engage.programs.outcome_rows import Rows, kept_rows, write
from engage.programs.places import whereabouts
from engage.programs.queries import Terms, terms_of
from engage.programs.rules import Phase, ProgramState, phase
from engage.programs.settling import expected, hold, note_lists, settle

CARD = tuple(SchoolCard.__dataclass_fields__)
AT_ONCE = 20


async def rebuild(school_id: int | None = None) -> list[Difference]:
    """Make every derived row of programs again from the facts; what stood differently is repaired and returned.

    school_id: of one school, else of all. An agreement is an empty list.
    """
    found: list[Difference] = []
    for card in await schools(school_id):
        known = Q(ends__isnull=True) | Q(ends__gte=await kept_since(card))
        programs = await Program.filter(known, school_id=card.id).order_by("id").values_list("id")
        for (program,) in programs:
            people = await _people_of(card.id, program)
            for some in _chunks(people):
                found += await _rebuild_some(card, program, some)
        for some in _chunks(await _people_with_resources(card.id)):
            found += await _rebuild_places(card.id, some)
    return found


async def schools(school_id: int | None) -> list[SchoolCard]:
    """The cards of one school or, for None, of all."""
    asked = School.all() if school_id is None else School.filter(id=school_id)
    return [SchoolCard(**row) for row in await asked.order_by("id").values(*CARD)]


async def _people_with_resources(school_id: int) -> list[int]:
    logged = LogEntry.filter(school_id=school_id, resource_id__isnull=False)
    placed = ResourceProgress.filter(school_id=school_id)
    rows = [*await logged.distinct().values_list("person_id"), *await placed.distinct().values_list("person_id")]
    return sorted({person for (person,) in rows})


async def _people_of(school_id: int, program_id: int) -> list[int]:
    """Everybody who takes part, or of whom a row is kept although they do not; not those who stand in for nobody."""
    of = {"school_id": school_id, "program_id": program_id}
    rows = await Enrolment.filter(**of).exclude(person__status=Status.NOBODY).values_list("person_id")
    for table in (Progress, Award, Standing):
        rows += await table.filter(**of).exclude(person__status=Status.NOBODY).distinct().values_list("person_id")
    return sorted({person for (person,) in rows})


def _chunks(people: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(people), AT_ONCE):
        yield people[start : start + AT_ONCE]


@one_transaction
async def _rebuild_some(card: SchoolCard, program_id: int, people: list[int]) -> list[Difference]:
    await _hold_all(card.id, people)
    terms = (await terms_of(card, [program_id]))[program_id]
    await note_lists(card.id, [terms])
    part = Enrolment.filter(school_id=card.id, program_id=program_id, person_id__in=people, left_at=None)
    joined = dict(await part.values_list("person_id", "joined_on"))
    facts = await facts_of(card.id, people)
    before = await kept_rows(card.id, [program_id], people)
    found = []
    for person in people:
        was = before.get((program_id, person), Rows())
        now = Rows()
        if person in joined:
            now = expected(terms, outcome(terms.rules, joined[person], facts[person], terms.former))
        if was != now:
            found.append(Difference(f"program {program_id}, person {person}", str(was), str(now)))
            await write(card.id, program_id, person, was, now)
    return found


@one_transaction
async def _rebuild_places(school_id: int, people: list[int]) -> list[Difference]:
    await _hold_all(school_id, people)
    of = {"school_id": school_id, "person_id__in": people}
    entries = LogEntry.filter(**of, resource_id__isnull=False, void__id__isnull=True, superseded_by__id__isnull=True)
    days: dict[tuple[int, int], list[tuple[Any, ...]]] = {}
    for person, resource, on, ending in await entries.order_by("on", "id").values_list(
        "person_id", "resource_id", "on", "ending"
    ):
        days.setdefault((person, resource), []).append((on, ending))
    derived = {key: whereabouts(rows) for key, rows in days.items()}
    rows = ResourceProgress.filter(**of).values_list("person_id", "resource_id", "state", "started_on", "on")
    kept = {(row[0], row[1]): tuple(row[2:]) for row in await rows}
    found = []
    for key in sorted(derived.keys() | kept.keys()):
        if derived.get(key) == kept.get(key):
            continue
        found.append(Difference(f"person {key[0]}, resource {key[1]}", str(kept.get(key)), str(derived.get(key))))
        one: dict[str, Any] = {"school_id": school_id, "person_id": key[0], "resource_id": key[1]}
        await ResourceProgress.filter(**one).delete()
        if (row := derived.get(key)) is not None:
            await ResourceProgress.create(**one, state=row[0], started_on=row[1], on=row[2])
    return found


async def _hold_all(school_id: int, people: list[int]) -> None:
    await Person.filter(school_id=school_id, id__in=people).order_by("id").select_for_update()


async def recount(school_id: int, program_id: int) -> int:
    """Count everybody of one program again, as a job after its rules or its lists changed; how many people.

    Nobody loses a badge by it: what a change of rules would take is kept (PRODUCT.md, section 4, rule 16).
    """
    (card,) = await schools(school_id)
    part = Enrolment.filter(school_id=school_id, program_id=program_id, left_at=None).order_by("person_id")
    part = part.exclude(person__status=Status.NOBODY)
    people = await part.values_list("person_id", "person__grade")
    for person, grade in people:
        await _recount_one(Reader(card), Who(person, grade), program_id)
    return len(people)


@one_transaction
async def _recount_one(by: Reader, who: Who, program_id: int) -> None:
    await hold(by, who.id)
    part = Enrolment.filter(school_id=by.school.id, program_id=program_id, person_id=who.id, left_at=None)
    await settle(by, who, dict(await part.values_list("program_id", "joined_on")))


async def notice_lists() -> int:
    """Note what joined and left the lists of running challenges, and have their people counted again.

    Returns how many programs that concerned.
    """
    number = 0
    for card in await schools(None):
        running = Program.filter(school_id=card.id, state=ProgramState.PUBLISHED)
        rows = await running.values("id", "starts", "ends", "catching_up")
        today = dates.today(card.zone)
        open_ones = [
            row["id"]
            for row in rows
            if phase(row["starts"], row["ends"], row["catching_up"], today) is not Phase.CLOSED
        ]
        for program, terms in (await terms_of(card, open_ones)).items() if open_ones else ():
            if any(not now.noted for now in terms.lists.values()):
                await _notice(card.id, program, terms)
                number += 1
    return number


@one_transaction
async def _notice(school_id: int, program_id: int, terms: Terms) -> None:
    await note_lists(school_id, [terms])
    await enqueue("recount", {"school_id": school_id, "program_id": program_id}, key=f"recount-{program_id}")
