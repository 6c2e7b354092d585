"""What the office asks about classes: all of them, one of them, and who could be put in."""

from typing import Any

from engage import dates
from engage.database.paging import Page, one_page
from engage.errors import NotAllowed, NotFound
from engage.people.models import ClassMember, Membership, Person, SchoolClass
from engage.people.queries import class_for, students_of
from engage.people.rules import Reader, Role, Scope, Status

OFFERED = 20
ROOM = ("id", "key", "name", "grade", "year", "ended_on")


def check_may_make(reader: Reader) -> None:
    """Only who may make and end classes sees the page of all of them (CLS02). Raises NotAllowed."""
    if not reader.may("CLS02", Scope.SCHOOL):
        raise NotAllowed("CLS02")


async def rooms(reader: Reader, words: str = "", after: str = "", ended: bool = False) -> Page:
    """The classes of the school, those that go on or those that have ended, with teachers and number of students."""
    check_may_make(reader)
    found = SchoolClass.filter(school_id=reader.school.id, ended_on__isnull=not ended)
    if words:
        found = found.filter(name__icontains=words)
    page = await one_page(found, *ROOM, order=("name", "id"), after=after)
    ids = [row["id"] for row in page.rows]
    members = ClassMember.filter(school_id=reader.school.id, school_class_id__in=ids, person__status=Status.ACTIVE)
    if not ended:
        members = members.filter(until__isnull=True)
    rows = await members.values_list("school_class_id", "role", "person__name") if ids else []
    return Page([{**row, **_who(rows, row["id"])} for row in page.rows], page.after)


def _who(rows: Any, room: int) -> dict[str, Any]:
    mine = [(role, name) for at, role, name in rows if at == room]
    teachers = sorted({name for role, name in mine if role is not Role.STUDENT})
    return {"students": sum(role is Role.STUDENT for role, _ in mine), "teachers": teachers}


async def room_for(reader: Reader, key: str) -> SchoolClass:
    """A class whose members this person may change (CLS03), also one that has ended. Raises NotFound."""
    return await class_for(reader, "CLS03", key, ended=True)


async def members_of(reader: Reader, room: SchoolClass) -> dict[str, list[dict[str, Any]]]:
    """Who is in a class today: its students, its teachers, and who was in it this school year and left."""
    of = ClassMember.filter(school_id=reader.school.id, school_class_id=room.id)
    named = {"key": "person__key", "name": "person__name", "letter": "person__letter"}
    staff = of.exclude(role=Role.STUDENT).filter(until__isnull=True, person__status=Status.ACTIVE)
    begins = dates.school_year(dates.today(reader.school.zone), reader.school.year_starts_in).starts
    left = of.filter(role=Role.STUDENT, until__gte=begins, person__status=Status.ACTIVE)
    return {
        "students": await students_of(reader.school.id, room.id),
        "teachers": await staff.order_by("person__name", "id").values(**named),
        "left": await left.order_by("person__name", "id").limit(100).values("until", **named),
    }


async def could_come(reader: Reader, room: SchoolClass, words: str) -> list[dict[str, Any]]:
    """Who could be put in a class by the office, found by name: students first, then staff (CLS03 and CLS07)."""
    if not words or not reader.may("CLS03", Scope.SCHOOL):
        return []
    here = Membership.filter(
        school_id=reader.school.id, person__status=Status.ACTIVE, person__name__icontains=words
    ).exclude(role__in=[Role.VIEWER, Role.DISTRICT_ADMIN])
    inside = ClassMember.filter(school_id=reader.school.id, school_class_id=room.id, until__isnull=True)
    members = {person for (person,) in await inside.values_list("person_id")}
    rows = (
        await here.order_by("person__name", "id")
        .limit(OFFERED + len(members))
        .values(
            "role",
            "person_id",
            key="person__key",
            name="person__name",
            letter="person__letter",
            grade="person__grade",
        )
    )
    found = {row["key"]: row for row in rows if row["person_id"] not in members}
    return sorted(found.values(), key=lambda row: row["role"] is not Role.STUDENT)[:OFFERED]


async def rooms_to_choose(reader: Reader) -> list[tuple[str, str]]:
    """The classes that go on, as pairs of key and name, for choosing one."""
    found = SchoolClass.filter(school_id=reader.school.id, ended_on__isnull=True).order_by("name", "id")
    return [(str(key), str(name)) for key, name in await found.limit(1_000).values_list("key", "name")]


async def person_here(school_id: int, key: str) -> Person:
    """Somebody with a role at the school, whether or not they have left. Raises NotFound."""
    number = await Membership.filter(school_id=school_id, person__key=key).limit(1).values_list("person_id")
    found = await Person.filter(id=number[0][0], memberships__school_id=school_id).first() if number else None
    if found is None:
        raise NotFound(key)
    return found
