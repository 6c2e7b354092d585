"""Handing in a title: a student shows a teacher one title of the own log, sees before who will see it, and may take
it back at any time. It concerns this title alone, and none that was or will be logged (SAFETY.md, P2, P3, LOG06).
"""

from datetime import date, timedelta
from typing import Any

from tortoise.expressions import Q

from engage import dates
from engage.classes.models import Assignment, ReadingGroup
from engage.classes.own_models import HandIn
from engage.classes.queries import Assigned, asked_of
from engage.classes.rules import check_hand_in, kept_until
from engage.database.fields import new_key
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people.models import ClassMember, Person
from engage.people.privacy_queries import limits_of
from engage.people.retention_rules import Over, months_back
from engage.people.rules import Reader, Role, Scope, Status
from engage.programs.log_queries import days_with_titles, own_log
from engage.resources.models import Resource

OFFERED = 40
MOST_FORGOTTEN = 10_000


async def seen_by(school_id: int, assigned: Assigned) -> list[str]:
    """Who will see a title that is handed in today: the teachers of the class, or the teacher of the group, by name."""
    if assigned.group_id is not None:
        rows = ReadingGroup.filter(school_id=school_id, id=assigned.group_id, by__status=Status.ACTIVE)
        return [str(name) for (name,) in await rows.values_list("by__name")]
    teachers = ClassMember.filter(
        school_id=school_id,
        school_class_id=assigned.class_id or 0,
        role__not=Role.STUDENT,
        until__isnull=True,
        person__status=Status.ACTIVE,
    )
    named = await teachers.order_by("person__name").values_list("person__name")
    return list(dict.fromkeys(str(name) for (name,) in named))


def may_see(reader: Reader, assigned: Assigned) -> bool:
    """Whether this person sees what was handed in (LOG06): teachers of the class, or the teacher of the group."""
    if assigned.group_id is not None:
        return reader.id is not None and assigned.teacher_id == reader.id and reader.may("LOG06", Scope.CLASS)
    return assigned.class_id in reader.taught_ids and reader.may("LOG06", Scope.CLASS)


async def handed_in(reader: Reader, assigned: Assigned, person_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """What some students handed in for an assignment, by person: title on. Nothing for who may not see it.

    Who came to teach a class later sees what was handed in from then on: nobody had been told of them (P3).
    """
    if not may_see(reader, assigned):
        return {}
    found = HandIn.filter(school_id=reader.school.id, assignment_id=assigned.id, person_id__in=person_ids)
    if assigned.class_id is not None:
        came = await ClassMember.filter(
            school_id=reader.school.id, school_class_id=assigned.class_id, person_id=reader.id, role__not=Role.STUDENT
        ).values_list("since")
        found = found.filter(on__gte=min(day for (day,) in came))
    handed: dict[int, list[dict[str, Any]]] = {}
    for row in await found.order_by("at", "id").values("person_id", "title", "on"):
        handed.setdefault(row["person_id"], []).append(row)
    return handed


async def own_hand_ins(reader: Reader, assigned: Assigned | None = None) -> list[dict[str, Any]]:
    """What the reader handed in, for one assignment or for all, the first one first: key title on asked (the list)."""
    found = HandIn.filter(school_id=reader.school.id, person_id=reader.id or 0, **days_with_titles(reader))
    if assigned is not None:
        found = found.filter(assignment_id=assigned.id)
    return await found.order_by("at", "id").limit(500).values("key", "title", "on", asked="assignment__curated__title")


async def titles_to_hand_in(reader: Reader, since: date) -> list[str]:
    """Titles of the reader's own log since a day, the last one first, each once."""
    rows = await (
        own_log(reader)
        .filter(**days_with_titles(reader))
        .filter(Q(resource_id__isnull=False) | ~Q(title=""), on__gte=since)
        .order_by("-on", "-id")
        .limit(OFFERED * 3)
        .values_list("title", "resource__title")
    )
    return list(dict.fromkeys(known or typed for typed, known in rows))[:OFFERED]


@one_transaction
async def hand_in(key: str, title: str, form_key: str, *, by: Reader) -> None:
    """Show the teachers of an assignment one title. The same form sent twice hands in once.

    Raises NotFound, Refused.
    """
    found = await asked_of(by, key)
    today = dates.today(by.school.zone)
    if not found or found[0].shows_from > today or not by.may("LOG06", Scope.MINE):
        raise NotFound(key)
    (assigned,) = found
    await Person.filter(school_id=by.school.id, id=by.id).select_for_update().first()
    last = kept_until(assigned.due_on, (await limits_of(by.school.id)).handed_in_days)
    if last is not None and last < today:
        raise Refused("This was over long ago, so nothing is handed in for it any more.")
    title = " ".join(title.split())
    if form_key and await HandIn.filter(school_id=by.school.id, person_id=by.id, form_key=form_key).exists():
        return
    mine = await own_hand_ins(by, assigned)
    check_hand_in(title, [row["title"] for row in mine])
    known = Resource.filter(school_id=by.school.id, title=title, id__in=list(assigned.resources)).limit(1)
    resource = await known.values_list("id")
    await HandIn.create(
        school_id=by.school.id,
        assignment_id=assigned.id,
        person_id=by.id,
        title=title,
        resource_id=resource[0][0] if resource else None,
        on=today,
        at=dates.now(),
        form_key=form_key or new_key(),
    )


@one_transaction
async def take_back(key: str, *, by: Reader) -> str:
    """Take a title back; it is deleted. Returns the key of its assignment. Raises NotFound."""
    row = await HandIn.filter(school_id=by.school.id, person_id=by.id or 0, key=key).first()
    if row is None:
        raise NotFound(key)
    asked = await Assignment.filter(school_id=by.school.id, id=row.assignment_id).values_list("key")  # type: ignore[attr-defined]
    await row.delete()
    return str(asked[0][0])


async def handed_in_by(reader: Reader, student_id: int) -> list[dict[str, Any]]:
    """All that a student has handed in to teachers, the newest first: title on asked (the list).

    The caller has an open glass (LOG06).
    """
    found = HandIn.filter(school_id=reader.school.id, person_id=student_id).order_by("-at", "-id").limit(500)
    return await found.values("title", "on", asked="assignment__curated__title")


async def forget_hand_ins(school_id: int, over: Over) -> int:
    """Delete what was handed in for work that is over, and that of leavers. How many.

    Where nothing is due it goes as titles do. Source: SAFETY.md, P4.
    """
    gone = 0
    for old in (
        Q(assignment__due_on__lt=over.programs),
        Q(assignment__withdrawn_at__lt=over.now - timedelta(days=over.limits.handed_in_days)),
        Q(assignment__due_on__isnull=True, on__lt=over.titles),
        Q(on__lt=months_back(over.today, over.limits.titles_months)),
        Q(person__gone_at__lt=over.left),
    ):
        rows = HandIn.filter(old, school_id=school_id).order_by("id").limit(MOST_FORGOTTEN)
        while numbers := [number for (number,) in await rows.values_list("id")]:
            gone += await HandIn.filter(school_id=school_id, id__in=numbers).delete()
    return gone
