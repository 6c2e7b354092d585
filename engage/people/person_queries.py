"""What the office asks about people: the students and the staff of the school, and one of them."""

from dataclasses import dataclass
from typing import Any

from engage.database.paging import MOST, Page, one_page
from engage.errors import NotFound
from engage.people.class_queries import person_here
from engage.people.models import ClassMember, Membership, Person
from engage.people.roster_models import RosterId
from engage.people.rules import Reader, Role, Scope, Status


def sees_students(reader: Reader) -> bool:
    """Whether somebody sees the names of all students of the school, and may make accounts for them."""
    return reader.may("CLS07", Scope.SCHOOL) and reader.may("CLS04", Scope.SCHOOL)


def sees_staff(reader: Reader) -> bool:
    """Whether somebody sees the accounts of the staff."""
    return reader.may("CLS10", Scope.SCHOOL)


async def students(reader: Reader, words: str = "", after: str = "", gone: bool = False) -> Page:
    """The students of the school in order of name, a page at a time. gone: those who have left."""
    if not sees_students(reader):
        raise NotFound("students")
    found = Person.filter(
        school_id=reader.school.id,
        status=Status.GONE if gone else Status.ACTIVE,
        memberships__role=Role.STUDENT,
        memberships__school_id=reader.school.id,
    )
    if words:
        found = found.filter(name__icontains=words)
    page = await one_page(found, "id", "key", "name", "letter", "grade", order=("name", "id"), after=after)
    rooms = await _rooms_of(reader.school.id, [row["id"] for row in page.rows])
    return Page([{**row, "rooms": rooms.get(row["id"], [])} for row in page.rows], page.after)


async def _rooms_of(school_id: int, people: list[int]) -> dict[int, list[str]]:
    """The names of the classes in which people are today."""
    found = ClassMember.filter(school_id=school_id, person_id__in=people, until__isnull=True)
    rooms: dict[int, list[str]] = {}
    for person, name in await found.order_by("school_class__name").values_list("person_id", "school_class__name"):
        rooms.setdefault(int(person), []).append(str(name))
    return rooms


async def staff(reader: Reader, words: str = "", page: int = 1) -> tuple[list[dict[str, Any]], int]:
    """The staff of the school with all their roles in order of name, a page of 100, and how many pages there are."""
    if not sees_staff(reader):
        raise NotFound("staff")
    found = Membership.filter(school_id=reader.school.id, person__status=Status.ACTIVE).exclude(role=Role.STUDENT)
    if words:
        found = found.filter(person__name__icontains=words)
    people: dict[str, dict[str, Any]] = {}
    named = {"key": "person__key", "name": "person__name", "login": "person__login"}
    for row in await found.order_by("person__name", "person_id", "id").values("role", **named):
        people.setdefault(row["key"], {**row, "roles": []})["roles"].append(row["role"])
    every = list(people.values())
    return every[(page - 1) * MOST : page * MOST], -(-len(every) // MOST)


@dataclass(frozen=True)
class Shown:
    """One person as the office sees them. rooms: classes with since and until. by_roster: a roster knows them."""

    person: Person
    roles: tuple[Role, ...]
    rooms: list[dict[str, Any]]
    by_roster: bool

    @property
    def is_student(self) -> bool:
        """Whether this is a student."""
        return Role.STUDENT in self.roles

    @property
    def here(self) -> bool:
        """Whether they belong to the school today."""
        return self.person.status is Status.ACTIVE


async def person_for(reader: Reader, key: str) -> Shown:
    """One person of the school. Raises NotFound."""
    person = await person_here(reader.school.id, key)
    of = {"school_id": reader.school.id, "person_id": person.id}
    held = await Membership.filter(**of).order_by("id").values_list("role")
    roles: tuple[Role, ...] = tuple(role for (role,) in held)
    if not (sees_students(reader) if Role.STUDENT in roles else sees_staff(reader)):
        raise NotFound(key)
    rooms = (
        await ClassMember.filter(**of)
        .order_by("-since", "-id")
        .limit(MOST)
        .values(
            "since",
            "until",
            "role",
            key="school_class__key",
            name="school_class__name",
            ended_on="school_class__ended_on",
        )
    )
    return Shown(person, roles, rooms, await RosterId.filter(**of).exists())


async def student_for(reader: Reader, key: str) -> Shown:
    """One student of the school, or NotFound."""
    shown = await person_for(reader, key)
    if not shown.is_student:
        raise NotFound(key)
    return shown


async def staff_for(reader: Reader, key: str) -> Shown:
    """Somebody of the staff of the school, or NotFound."""
    shown = await person_for(reader, key)
    if shown.is_student:
        raise NotFound(key)
    return shown
