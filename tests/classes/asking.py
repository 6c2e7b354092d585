"""What the tests of classes ask for, in few words."""

from dataclasses import replace
from datetime import date, timedelta

from engage.classes.actions import Asked, Whom, assign
from engage.classes.models import Assignment
from engage.classes.rules import AssignmentKind
from engage.lists.models import CuratedList, ListItem
from engage.people.models import ClassMember
from engage.people.queries import reader_at
from engage.people.rules import Reader, Role
from engage.programs.models import ResourceProgress
from tests import make
from tests.school import TestSchool, as_reader, today

ALL = Asked(AssignmentKind.ALL)


def due(days: int, shown: int = 0, **more: object) -> Asked:
    """All of a list, due in so many days, shown since so many days."""
    day = today() + timedelta(days=days)
    return Asked(AssignmentKind.ALL, shows_from=today() - timedelta(days=shown), due_on=day, **more)  # type: ignore[arg-type]


async def sea_stories(school: TestSchool, items: int = 3, title: str = "Sea stories") -> CuratedList:
    """A published list."""
    return await make.curated_list(by=school.ada, title=title, items=items, published=True)


async def ask_room(school: TestSchool, curated: CuratedList, asked: Asked = ALL) -> Assignment:
    """Tom asks Room 12; where that is over by now, he did so in time."""
    day = asked.due_on
    over = day is not None and day < today()
    (made,) = await assign(
        curated.key, Whom((school.room.key,)), replace(asked, due_on=None) if over else asked, by=school.tom
    )
    if over:
        made.due_on = day
        await made.save(update_fields=["due_on"])
    return made


async def one_more(school: TestSchool, name: str) -> Reader:
    """One more student of Room 12."""
    person = await make.person(name, Role.STUDENT, school.lincoln, grade=3)
    await make.in_class(person, school.room, Role.STUDENT)
    return await as_reader(person, "lincoln")


async def leave(school: TestSchool, reader: Reader) -> Reader:
    """Somebody leaves Room 12; the Reader of afterwards."""
    rows = ClassMember.filter(school_id=school.card.id, school_class_id=school.room.id, person_id=reader.id)
    await rows.update(until=today() - timedelta(days=1))
    return await again(reader)


async def again(reader: Reader) -> Reader:
    """A person with the rights of this moment."""
    found = await reader_at(reader.id or 0, reader.school.slug)
    assert found is not None
    return found


async def resources_of(curated: CuratedList) -> list[int]:
    """The ids of what stands on a list, in order."""
    rows = ListItem.filter(school_id=curated.school_id, curated_id=curated.id).order_by("position")  # type: ignore[attr-defined]
    return [number for (number,) in await rows.values_list("resource_id")]


async def at(reader: Reader, resource_id: int, state: str = "finished", on: date | None = None) -> None:
    """Somebody began, finished or stopped something on a day."""
    of = {"school_id": reader.school.id, "person_id": reader.id, "resource_id": resource_id}
    await ResourceProgress.create(**of, state=state, started_on=on or today(), on=on or today())
