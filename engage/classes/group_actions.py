"""What a teacher does with the own reading groups: make, rename, put students in or out, end; and who has left."""

from collections.abc import Collection

from tortoise.models import Model

from engage import dates
from engage.classes.group_queries import own_group, students_taught
from engage.classes.lti_models import LtiLine
from engage.classes.models import AssignedStudent, GroupMember, ReadingGroup
from engage.classes.own_models import CalendarAddress
from engage.classes.rules import check_group
from engage.database.transaction import one_transaction
from engage.errors import NotFound
from engage.people import audit
from engage.people.once import once
from engage.people.retention_rules import Over
from engage.people.rules import Reader, Scope


@one_transaction
async def make_group(name: str, students: Collection[str], *, by: Reader, form_key: str = "") -> str:
    """Make a group of students of own classes; returns its key. students: keys. Raises NotFound, Refused."""
    if not (by.taught_ids and by.may("REP01", Scope.MINE)):
        raise NotFound("groups")

    async def act() -> str:
        others = await ReadingGroup.filter(school_id=by.school.id, by_id=by.id, ended_on__isnull=True).count()
        check_group(name, len(students), others)
        group = await ReadingGroup.create(school_id=by.school.id, name=name.strip(), by_id=by.id)
        await _settle(group, students, by)
        await audit.note("made a reading group", by=by, subject=group.key)
        return group.key

    return await once(by, form_key, {"name": name, "students": sorted(students)}, act)


@one_transaction
async def change_group(key: str, name: str, students: Collection[str], *, by: Reader) -> ReadingGroup:
    """Rename a group, put students in and out. Who is left out stays in its history. Raises NotFound, Refused."""
    group = await own_group(by, key)
    check_group(name, len(students), 0)
    group.name = name.strip()
    await group.save(update_fields=["name"])
    await _settle(group, students, by)
    await audit.note("changed a reading group", by=by, subject=group.key)
    return group


async def _settle(group: ReadingGroup, keys: Collection[str], by: Reader) -> None:
    """Make exactly these the members. Raises NotFound for who is in no class of the teacher."""
    known = {one["key"]: one["id"] for one in await students_taught(by)}
    if not set(keys) <= set(known):
        raise NotFound("students")
    wanted = {known[key] for key in keys}
    today = dates.today(by.school.zone)
    of = {"school_id": by.school.id, "group_id": group.id}
    rows = {row.person_id: row for row in await GroupMember.filter(**of)}  # type: ignore[attr-defined]
    inside = {person for person, row in rows.items() if row.until is None}
    if gone := inside - wanted:
        await GroupMember.filter(**of, person_id__in=sorted(gone)).update(until=today)
    if back := (wanted - inside) & set(rows):
        await GroupMember.filter(**of, person_id__in=sorted(back)).update(since=today, until=None)
    new = sorted(wanted - set(rows))
    await GroupMember.bulk_create([GroupMember(**of, person_id=person, since=today) for person in new])


@one_transaction
async def end_group(key: str, *, by: Reader) -> ReadingGroup:
    """End a group; what was asked of it is asked no more. Raises NotFound."""
    group = await own_group(by, key)
    group.ended_on = dates.today(by.school.zone)
    await group.save(update_fields=["ended_on"])
    await audit.note("ended a reading group", by=by, subject=group.key)
    return group


@one_transaction
async def go_on_with_group(key: str, *, by: Reader) -> ReadingGroup:
    """Undo the end of a group. Raises NotFound."""
    group = await own_group(by, key, ended=True)
    group.ended_on = None
    await group.save(update_fields=["ended_on"])
    return group


MOST_FORGOTTEN = 10_000


async def forget_leavers(school_id: int, over: Over) -> int:
    """Delete that somebody was in a group, asked alone, had a calendar or a course that heard, once they left long ago.

    How many rows.

    Source: SAFETY.md, P4.
    """
    gone = 0
    tables: tuple[type[Model], ...] = (GroupMember, AssignedStudent, CalendarAddress, LtiLine)
    for table in tables:
        old = table.filter(school_id=school_id, person__gone_at__lt=over.left).order_by("id").limit(MOST_FORGOTTEN)
        while numbers := [number for (number,) in await old.values_list("id")]:
            gone += await table.filter(school_id=school_id, id__in=numbers).delete()
    return gone
