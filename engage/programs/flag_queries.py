"""The flagged entries that staff should look at, without titles, and with a name where one may be known (PRG06)."""

from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.functions import Count
from tortoise.queryset import QuerySet, ValuesQuery

from engage.errors import NotFound
from engage.people.alike import asked_by
from engage.people.rules import Reader, Scope
from engage.programs.paper_models import EntryFlag
from engage.programs.participants_queries import students_taught
from engage.programs.queries import programs_run_by

SHOWN = 100
OF_ENTRY = {
    name: f"entry__{name}" for name in ("on", "mode", "minutes", "pages", "chapters", "sessions", "entered_at", "way")
}
OF_STUDENT = {
    "entry_key": "entry__key",
    "student": "entry__person__key",
    "name": "entry__person__name",
    "letter": "entry__person__letter",
}


def may_look(reader: Reader) -> bool:
    """Whether somebody looks after flagged entries at all: who may void them (LOG04)."""
    return reader.id is not None and (
        reader.may("LOG04", Scope.SCHOOL) or (bool(reader.taught_ids) and reader.may("LOG04", Scope.CLASS))
    )


def _waiting(reader: Reader) -> QuerySet[EntryFlag]:
    """What nobody looked at yet, of entries that stand: what was corrected or taken back is no matter any more."""
    return EntryFlag.filter(
        school_id=reader.school.id,
        looked_at=None,
        entry__void__id__isnull=True,
        entry__superseded_by__id__isnull=True,
        entry__person_id__isnull=False,
    )


def flags_for(reader: Reader) -> QuerySet[EntryFlag]:
    """The flags that wait for the reader: of the programs that they run, a teacher's of own students alone."""
    if reader.may("LOG04", Scope.SCHOOL):
        return _waiting(reader).filter(program__by_id=reader.id)
    return _waiting(reader).filter(
        program_id__in=Subquery(programs_run_by(reader).values("id")),
        entry__person_id__in=Subquery(students_taught(reader).values("person_id")),
    )


async def waiting_flags(reader: Reader) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What waits for the reader, and what waits for somebody else, the oldest first. Raises NotFound.

    Each of the first: why program_title program_key, the columns of OF_ENTRY, OF_STUDENT. The second, for a specialist
    alone, tells of no student: why program_title program_key runner.
    """
    if not may_look(reader):
        raise NotFound("flagged entries")
    of_program = {"program_title": "program__title", "program_key": "program__key"}
    rows = flags_for(reader).order_by("at", "id").limit(SHOWN)
    mine = await rows.values("why", **of_program, **OF_ENTRY, **OF_STUDENT)
    others: list[dict[str, Any]] = []
    if reader.may("LOG04", Scope.SCHOOL):
        away = _waiting(reader).filter(Q(program__by_id=None) | ~Q(program__by_id=reader.id))
        others = await away.order_by("at", "id").limit(SHOWN).values("why", **of_program, runner="program__by__name")
    return mine, others


async def number_flagged(reader: Reader) -> int:
    """How many entries wait for the reader to look at them."""
    if not may_look(reader):
        return 0

    def make(asker: Reader) -> ValuesQuery[Any]:
        return flags_for(asker).annotate(number=Count("id")).group_by("school_id").values("number")

    return sum(row["number"] for row in await asked_by(reader, "flagged entries", make))


async def flag_on(reader: Reader, entry: str) -> dict[str, Any]:
    """One flag that waits for the reader, by the key of its entry: id, program_key, student. Raises NotFound."""
    if not may_look(reader):
        raise NotFound(entry)
    rows = (
        await flags_for(reader)
        .filter(entry__key=entry)
        .values("id", program_key="program__key", student="entry__person__key", student_id="entry__person_id")
    )
    if not rows:
        raise NotFound(entry)
    return rows[0]
