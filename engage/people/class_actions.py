"""What the office does with classes by hand: made, renamed, ended; students and teachers put in or taken out.

A teacher takes students out of an own class, and puts those back in who were in it this school year (CLS03).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from engage import dates
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.people import audit
from engage.people.models import ClassMember, Membership, Person, School, SchoolClass
from engage.people.once import once
from engage.people.queries import may_in_class
from engage.people.roster_rules import LONGEST_CLASS, folded, tidy
from engage.people.roster_staging import new_codes
from engage.people.rules import Reader, Role, Scope, Status


@one_transaction
async def make_class(name: str, grade: int | None, form_key: str, *, by: Reader) -> str:
    """Make a class. Returns its key. Raises NotAllowed, Refused."""
    _check(by, "CLS02")
    (code,) = await new_codes(1)

    async def act() -> str:
        await School.filter(id=by.school.id).select_for_update(no_key=True).first()
        await _check_name(by, name)
        year = dates.year_name(dates.school_year(dates.today(by.school.zone), by.school.year_starts_in))
        made = await SchoolClass.create(
            school_id=by.school.id, name=tidy(name, LONGEST_CLASS), grade=grade, year=year, code=code
        )
        await audit.note("made a class", by=by, subject=made.key, detail=made.name)
        return made.key

    return await once(by, form_key, {"name": name, "grade": grade}, act)


@one_transaction
async def change_class(room: SchoolClass, name: str, grade: int | None, *, by: Reader) -> None:
    """Give a class another name or grade. Raises NotAllowed, Refused."""
    _check(by, "CLS02")
    await _check_name(by, name, but=room.id)
    room.name, room.grade = tidy(name, LONGEST_CLASS), grade
    await room.save(update_fields=["name", "grade"])
    await audit.note("renamed a class", by=by, subject=room.key, detail=room.name)


@one_transaction
async def end_class(room: SchoolClass, *, by: Reader) -> None:
    """End a class: nobody is in it any more, and what was done in it stays. Raises NotAllowed, Refused."""
    _check(by, "CLS02")
    if room.ended_on is not None:
        raise Refused("This class has ended already.")
    await end_classes(by.school.id, [room.id], dates.today(by.school.zone))
    await audit.note("ended a class", by=by, subject=room.key, detail=room.name)
    await enqueue("follow_rosters", key="follow-rosters-now")


async def end_classes(school_id: int, ids: Sequence[int], today: date) -> None:
    """End classes, inside a unit of work. Who was in them was so to the end."""
    rooms = SchoolClass.filter(school_id=school_id, id__in=list(ids))
    await rooms.update(ended_on=today, sign_in_until=None)
    members = ClassMember.filter(school_id=school_id, school_class_id__in=list(ids), until__isnull=True)
    await members.update(until=today)


@one_transaction
async def put_in(room: SchoolClass, keys: Sequence[str], *, by: Reader) -> int:
    """Put people in a class, or in it again. keys: of people of the school. How many came. Raises NotFound, Refused."""
    if room.ended_on is not None:
        raise Refused("This class has ended.")
    anybody = by.may("CLS03", Scope.SCHOOL)
    if not may_in_class(by, "CLS03", room.id):
        raise NotFound(room.key)
    await SchoolClass.filter(school_id=by.school.id, id=room.id).select_for_update().first()
    here = Membership.filter(school_id=by.school.id, person__key__in=list(keys), person__status=Status.ACTIVE)
    roles: dict[int, set[Role]] = {}
    for person, role in await here.values_list("person_id", "role"):
        roles.setdefault(int(person), set()).add(role)
    if len(roles) < len(set(keys)):
        raise NotFound("a person who is not here")
    came = 0
    for person, held in sorted(roles.items()):
        if await _put_one_in(room, person, Role.STUDENT if Role.STUDENT in held else Role.TEACHER, anybody, by):
            came += 1
            await audit.note("put somebody in a class", by=by, about_id=person, subject=room.key, detail=room.name)
    await enqueue("follow_rosters", key="follow-rosters-now")
    return came


async def _put_one_in(room: SchoolClass, person: int, role: Role, anybody: bool, by: Reader) -> bool:
    today = dates.today(by.school.zone)
    of = ClassMember.filter(school_id=by.school.id, school_class_id=room.id, person_id=person, role=role)
    before: list[date | None] = [until for (until,) in await of.values_list("until")]
    begins = dates.school_year(today, by.school.year_starts_in).starts
    if not anybody and (role is not Role.STUDENT or not before or (before[0] is not None and before[0] < begins)):
        raise NotFound("a person who was not in this class")  # a teacher knows only who was in it
    if before:
        again: dict[str, Any] = {"until": None, "by_roster": False}
        # a teacher who comes again is there from now on, and sees nothing that was handed in before (SAFETY.md, P3)
        again |= {"since": today} if role is not Role.STUDENT else {}
        return before[0] is not None and bool(await of.update(**again))
    await ClassMember.create(
        school_id=by.school.id, school_class_id=room.id, person_id=person, role=role, since=today, by_roster=False
    )
    return True


@one_transaction
async def take_out(room: SchoolClass, person: Person, *, by: Reader) -> None:
    """Take somebody out of a class: rights in it end at once, history stays. Raises NotFound."""
    anybody = by.may("CLS03", Scope.SCHOOL)
    members = ClassMember.filter(
        school_id=by.school.id, school_class_id=room.id, person_id=person.id, until__isnull=True
    )
    if not may_in_class(by, "CLS03", room.id):
        raise NotFound(room.key)
    if not anybody:
        members = members.filter(role=Role.STUDENT)
    if not await members.update(until=dates.today(by.school.zone) - timedelta(days=1)):
        raise NotFound(person.key)
    await audit.note("took somebody out of a class", by=by, about_id=person.id, subject=room.key, detail=room.name)
    await enqueue("follow_rosters", key="follow-rosters-now")


def _check(by: Reader, act: str) -> None:
    if not by.may(act, Scope.SCHOOL):
        raise NotAllowed(act)


async def _check_name(by: Reader, name: str, but: int | None = None) -> None:
    """Two classes of one name could not be told apart. Raises Refused."""
    found = SchoolClass.filter(school_id=by.school.id, ended_on__isnull=True)
    rows = await (found.exclude(id=but) if but else found).values_list("name")
    if folded(name) in {folded(str(each)) for (each,) in rows}:
        raise Refused("There is a class of this name already.", about="name")
