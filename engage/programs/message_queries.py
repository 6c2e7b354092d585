"""The messages of programs: those of a program for its desk, and those that a student has on the home page."""

from datetime import date
from functools import partial
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import ValuesQuery

from engage.people.alike import asked_by
from engage.people.models import Person
from engage.people.rules import Reader, Role, Status
from engage.programs.activity_models import ActivityDone
from engage.programs.message_rules import MOST_AT_ONCE, STALLED_AFTER, Audience
from engage.programs.models import Enrolment, LogEntry, Standing
from engage.programs.queries import programs_for
from engage.programs.recognition_models import ProgramMessage
from engage.programs.rules import ProgramState


async def messages_of(reader: Reader, program: int) -> list[dict[str, Any]]:
    """The messages of a program, the newest first."""
    rows = ProgramMessage.filter(school_id=reader.school.id, program_id=program).order_by("-at", "-id").limit(100)
    return await rows.values("key", "to", "text", "from_on", "until_on", "withdrawn_at", by="by__name")


async def messages_for(reader: Reader, today: date) -> list[dict[str, Any]]:
    """What programs say to a student today, the newest first, in one statement however much that is.

    Each: text, title and slug of its program. Nothing tells why it stands there.
    """
    return await asked_by(reader, ("messages", today), partial(_meant_for, today))


def _meant_for(today: date, reader: Reader) -> ValuesQuery[Any]:
    of = {"school_id": reader.school.id, "person_id": reader.id}
    quiet_since = today - STALLED_AFTER
    joined = Enrolment.filter(**of, left_at=None)
    begun = joined.filter(joined_on__lte=quiet_since, program__starts__lte=quiet_since)
    done = Standing.filter(**of, completed_on__isnull=False)
    logged = LogEntry.filter(**of, on__gt=quiet_since, void__id__isnull=True, superseded_by__id__isnull=True)
    did = ActivityDone.filter(**of, on__gt=quiet_since, voided_at=None)

    def among(rows: Any) -> Q:
        return Q(program_id__in=Subquery(rows.values("program_id")))

    # "there is no such row", as Tortoise can say it: the school is not among the schools of such rows
    quiet = Q(school_id__not_in=Subquery(logged.values("school_id")))
    quiet &= Q(school_id__not_in=Subquery(did.values("school_id")))
    meant = (
        Q(to=Audience.EVERYONE.value)
        | (Q(to=Audience.NOT_JOINED.value) & ~among(joined))
        | (Q(to=Audience.JOINED.value) & among(joined))
        | (Q(to=Audience.STALLED.value) & among(begun) & ~among(done) & quiet)
        | (Q(to=Audience.COMPLETED.value) & among(done))
    )
    seen = programs_for(reader).filter(state=ProgramState.PUBLISHED).values("id")
    rows = ProgramMessage.filter(
        meant,
        school_id=reader.school.id,
        withdrawn_at=None,
        from_on__lte=today,
        until_on__gte=today,
        program_id__in=Subquery(seen),
    )
    newest = rows.order_by("-at", "-id").limit(MOST_AT_ONCE)
    return newest.values("text", title="program__title", slug="program__slug", ink="program__ink")


async def given_names(reader: Reader) -> list[str]:
    """The given names of the students of the school, so that a message names none of them."""
    students = Person.filter(
        school_id=reader.school.id,
        status=Status.ACTIVE,
        memberships__school_id=reader.school.id,
        memberships__role=Role.STUDENT,
    )
    return sorted({name.split()[0] for (name,) in await students.values_list("name") if name.strip()})
