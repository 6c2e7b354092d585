"""A student moves to another school of the district: the school asks, the district decides (SAFETY.md, CLS17).

Who moves is a new person there, of the same name and grade: what was done stays at the old school, where no right is
left (A6), and the new school sees none of it (A5).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from engage import dates
from engage.database.queue import enqueue
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.people import audit, leaving
from engage.people.models import Membership, Person, School
from engage.people.moving_models import StudentMove
from engage.people.once import once
from engage.people.roster_rules import LONGEST_LETTER, folded
from engage.people.rules import Reader, Role, Scope, Status

# an asking that nobody decided is no asking any more
WAITS = timedelta(days=30)
SHOWN = 100
WHY = "the district decides about all of its schools"
ROW = {"origin": "school__name", "target": "to_school__name", "by": "asked_by__name"}
NAMES = {"person_key": "person__key", "name": "person__name", "letter": "person__letter"}


def may_ask(reader: Reader) -> bool:
    """Whether somebody may ask that a student of the school move."""
    return reader.answers("CLS17", Scope.SCHOOL) in ("Q", "Y")


def decides(reader: Reader) -> bool:
    """Whether somebody decides about moves in the district."""
    return reader.may("CLS17", Scope.SCHOOL)


async def schools_to_move_to(reader: Reader) -> list[tuple[str, str]]:
    """The other schools of the district, as pairs of key and name."""
    others = School.filter(district_id=reader.school.district_id, closed_at=None).exclude(id=reader.school.id)
    return [(str(key), str(name)) for key, name in await others.order_by("name", "id").values_list("key", "name")]


async def waiting_for(reader: Reader) -> list[dict[str, Any]]:
    """What was asked and is not decided, the oldest first: key origin target by asked_at, and own: asked by the reader.

    Of the own school with key and name of the student; the district, which sees no student (CLS07), without. Raises
    NotFound.
    """
    if not may_ask(reader):
        raise NotFound("moves")
    columns = ("key", "asked_at", "asked_by_id")
    if decides(reader):
        with every_school(WHY):
            found = StudentMove.filter(school__district_id=reader.school.district_id)
            rows = await found.order_by("id").limit(SHOWN).values(*columns, **ROW)
    else:
        found = StudentMove.filter(school_id=reader.school.id)
        rows = await found.order_by("id").limit(SHOWN).values(*columns, **ROW, **NAMES)
    return [{**row, "own": row["asked_by_id"] == reader.id} for row in rows]


@one_transaction
async def ask(person: Person, target: str, form_key: str, *, by: Reader) -> str:
    """Ask that a student move to a school, by its key. The key of the asking. Raises NotAllowed, NotFound, Refused."""
    if not may_ask(by):
        raise NotAllowed("CLS17")
    await _check_student(by.school.id, person)
    others = School.filter(district_id=by.school.district_id, closed_at=None).exclude(id=by.school.id)
    school = await others.filter(key=target).first()
    if school is None:
        raise Refused("Choose a school of the district.", about="school")

    async def act() -> str:
        if await StudentMove.exists(school_id=by.school.id, person_id=person.id):
            raise Refused("This was asked already. The district decides.")
        made = await StudentMove.create(
            school_id=by.school.id,
            to_school_id=school.id,
            person_id=person.id,
            asked_at=dates.now(),
            asked_by_id=by.id,
        )
        await audit.note("asked to move a student", by=by, about_id=person.id, detail=school.name)
        return made.key

    return await once(by, form_key, {"student": person.key, "school": target}, act)


async def _check_student(school_id: int, person: Person) -> None:
    """Only a student who is here, and nothing else anywhere, moves. Raises NotFound, Refused."""
    with every_school("whoever has a role at another school does not move"):
        held = await Membership.filter(person_id=person.id).values_list("school_id", "role")
    if set(held) != {(school_id, Role.STUDENT)}:
        raise NotFound(person.key)
    if person.status is not Status.ACTIVE:
        raise Refused("They have left already.")


@one_transaction
async def take_back(key: str, *, by: Reader) -> None:
    """The school asks no more. Raises NotFound."""
    if not may_ask(by) or not await StudentMove.filter(school_id=by.school.id, key=key).delete():
        raise NotFound(key)
    await audit.note("took back that a student move", by=by)


@one_transaction
async def decide(key: str, agreed: bool, *, by: Reader) -> None:
    """Move a student as it was asked, or not. Raises NotFound, NotAllowed; Refused where they have left, or
    the school is closed, meanwhile.
    """
    if not decides(by):
        raise NotFound(key)
    with every_school(WHY):
        row = await StudentMove.get_or_none(key=key, school__district_id=by.school.district_id)
        if row is None:
            raise NotFound(key)
        if row.asked_by_id == by.id:  # type: ignore[attr-defined]
            raise NotAllowed("CLS17", "Nobody decides about what they asked for themselves.")
        person = await Person.filter(id=row.person_id).select_for_update().get()  # type: ignore[attr-defined]
        old, new = await School.get(id=row.school_id), await School.get(id=row.to_school_id)  # type: ignore[attr-defined]
        if agreed and new.closed_at is not None:
            raise Refused(f"{new.name} is closed.")
        if agreed:
            await _move(person, old, new, by)
        else:
            await _note("did not move a student as asked", by, old.id, person.id)
        await StudentMove.filter(school_id=old.id, id=row.id).delete()


async def _move(person: Person, old: School, new: School, by: Reader) -> None:
    await _check_student(old.id, person)
    same = Person.filter(school_id=new.id, name=person.name, status=Status.ACTIVE, memberships__role=Role.STUDENT)
    taken = {str(letter) for letter in await same.values_list("letter", flat=True)}
    made = await Person.create(
        district_id=new.district_id,  # type: ignore[attr-defined]
        school_id=new.id,
        name=person.name,
        letter=free_letter(person.letter, taken),
        grade=person.grade,
        avatar=person.avatar,
    )
    await Membership.create(school_id=new.id, person_id=made.id, role=Role.STUDENT)
    person.status, person.gone_at = Status.GONE, dates.now()
    await person.save(update_fields=["status", "gone_at"])
    await leaving.end_here(old.id, [person.id], dates.today(old.zone) - timedelta(days=1))
    await _note("moved a student to another school", by, old.id, person.id, new.name)
    await _note("moved a student here", by, new.id, made.id, old.name)
    await enqueue("follow_rosters", key="follow-rosters-now")


async def _note(act: str, by: Reader, school_id: int, about_id: int, detail: str = "") -> None:
    """Written down at the school that it concerns, and not where the district's admin happened to be."""
    await audit.note(act, by=None, by_id=by.id, school_id=school_id, about_id=about_id, detail=detail)


def free_letter(letter: str, taken: Collection[str]) -> str:
    """The letter that tells somebody apart where others of the name are: the own one, else with a number."""
    used = {folded(one) for one in taken}
    number, found = 2, letter
    while folded(found) in used:
        found, number = f"{letter[: LONGEST_LETTER - len(str(number))]}{number}", number + 1
    return found


async def forget_old_moves(now: datetime) -> int:
    """Delete askings that nobody decided for 30 days; a job's work. How many."""
    with every_school("what was asked long ago at any school"):
        return await StudentMove.filter(asked_at__lt=now - WAITS).delete()
