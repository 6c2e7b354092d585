"""Students come into programs and go: by themselves, with a code, by the staff, or with the roster (rule 7).

A late arrival is enrolled on arrival, a leaver withdrawn, and what was done stays (PRODUCT.md, section 4).
"""

from collections.abc import Mapping
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement.diary import Who, record
from engage.engagement.rules import Kind
from engage.people.models import ClassMember, Membership, Person
from engage.people.rules import Reader, Role, Status
from engage.programs.activity_models import ProgramClass
from engage.programs.joining_rules import ASSIGNED, Joining, Way, has_left_for_good, phase_of
from engage.programs.models import Enrolment, Program
from engage.programs.outcome_rows import Rows, kept_rows, write
from engage.programs.queries import PROGRAM
from engage.programs.rebuild import schools
from engage.programs.rules import Phase, ProgramState
from engage.programs.settling import hold, settle, tell

TAKES_IN = frozenset({Phase.JOINING, Phase.RUNNING})


async def take_in(by: Reader, who: Who, program: int, way: Way) -> bool:
    """Let a student take part, or take part again; whether that is new. Inside a unit of work that holds the person."""
    part = Enrolment.filter(school_id=by.school.id, program_id=program, person_id=who.id)
    rows = await part.values("left_at", "joined_on")
    if rows and rows[0]["left_at"] is None:
        return False
    today = dates.today(by.school.zone)
    if rows:
        await part.update(left_at=None, way=way)
        await record(Kind.PROGRAM_LEFT, by=by, who=who, program_id=program, count=-1)
    else:
        await Enrolment.create(
            school_id=by.school.id,
            program_id=program,
            person_id=who.id,
            joined_on=today,
            joined_at=dates.now(),
            way=way,
        )
        await record(Kind.PROGRAM_JOINED, by=by, who=who, program_id=program)
    await settle(by, who, {program: rows[0]["joined_on"] if rows else today})
    return True


async def let_go(by: Reader, who: Who, program: int, way: Way) -> bool:
    """End a student's part: the result hides, the log stays; whether there was one. way: who ended it.

    Inside a unit of work that holds the person.
    """
    part = Enrolment.filter(school_id=by.school.id, program_id=program, person_id=who.id, left_at=None)
    if not await part.update(left_at=dates.now(), way=way):
        return False
    of = (by.school.id, program, who.id)
    before = (await kept_rows(by.school.id, [program], [who.id])).get(of[1:], Rows())
    await write(*of, before, Rows())
    await tell(by, who, program, before, Rows())
    await record(Kind.PROGRAM_LEFT, by=by, who=who, program_id=program)
    return True


async def meant_for(school_id: int, program: Mapping[str, Any]) -> set[int]:
    """The students whom a program is assigned to today, with their classes or grades.

    Of a class that has ended, those who were in it to the end.
    """
    joining = Joining(program["joining"])
    if joining is Joining.CLASSES:
        rooms = ProgramClass.filter(school_id=school_id, program_id=program["id"])
        members = ClassMember.filter(
            school_id=school_id,
            role=Role.STUDENT,
            school_class_id__in=[room for (room,) in await rooms.values_list("school_class_id")],
            person__status=Status.ACTIVE,
        )
        rows = await members.values_list("person_id", "until", "school_class__ended_on")
        return {person for person, until, ended in rows if until is None or (ended is not None and until >= ended)}
    if joining is Joining.GRADES:
        here = Membership.filter(school_id=school_id, role=Role.STUDENT, person__status=Status.ACTIVE)
        if program["grade_low"] is not None:
            here = here.filter(person__grade__gte=program["grade_low"])
        if program["grade_high"] is not None:
            here = here.filter(person__grade__lte=program["grade_high"])
        return {person for (person,) in await here.values_list("person_id")}
    return set()


async def is_meant_for(by: Reader, program: Mapping[str, Any]) -> bool:
    """Whether a program is assigned to the class or grade of the student who asks."""
    return Joining(program["joining"]) in ASSIGNED and by.id in await meant_for(by.school.id, program)


async def may_come_in(reader: Reader, program: Mapping[str, Any]) -> bool:
    """Whether a student may take part by an own act: by joining, with a code, or back into what is assigned to them."""
    if not reader.is_student:
        return False
    return Joining(program["joining"]) not in ASSIGNED or await is_meant_for(reader, program)


async def follow_roster(school_id: int, program_id: int) -> int:
    """Enrol who has come into the classes or grades of a program and withdraw who has left; how many, as a job.

    Each student is a unit of work. Whoever left the program, or was taken out of it, stays out; whoever came by another
    way stays in. Once the run is over nobody comes or goes any more.
    """
    rows = await Program.filter(school_id=school_id, id=program_id, state=ProgramState.PUBLISHED).values(*PROGRAM)
    if not rows:
        return 0
    (card,) = await schools(school_id)
    program, by = rows[0], Reader(card)
    assigned = Joining(program["joining"]) in ASSIGNED
    if not assigned or phase_of(program, card.zone, dates.today(card.zone)) not in TAKES_IN:
        return 0  # one that became open keeps those who came with their class
    meant = await meant_for(school_id, program)
    part = await Enrolment.filter(school_id=school_id, program_id=program_id).values("person_id", "left_at", "way")
    out = {row["person_id"] for row in part if row["left_at"] is not None and has_left_for_good(Way(row["way"]))}
    within = {row["person_id"] for row in part if row["left_at"] is None}
    with_class = {row["person_id"] for row in part if row["left_at"] is None and row["way"] == Way.ROSTER}
    come, gone = meant - within - out, await _left(school_id, program, with_class - meant)
    people = Person.filter(school_id=school_id, id__in=sorted(come | gone)).order_by("id")
    for person, grade in await people.values_list("id", "grade"):
        await _follow_one(by, Who(person, grade), program, person in come)
    return len(come | gone)


async def _left(school_id: int, program: Mapping[str, Any], people: set[int]) -> set[int]:
    """Of the people whom a program is not meant for any more, those who leave it with that.

    Who moves up a grade in the middle of a program stays in it to its end.
    """
    if Joining(program["joining"]) is not Joining.GRADES:
        return people
    here = Membership.filter(school_id=school_id, role=Role.STUDENT, person_id__in=sorted(people))
    still = here.filter(person__status=Status.ACTIVE)
    return people - {person for (person,) in await still.values_list("person_id")}


@one_transaction
async def _follow_one(by: Reader, who: Who, program: Mapping[str, Any], comes: bool) -> None:
    await hold(by, who.id)
    if comes:
        await take_in(by, who, program["id"], Way.ROSTER)
    else:
        await let_go(by, who, program["id"], Way.ROSTER)


async def follow_rosters() -> int:
    """The same for every program that is assigned to classes or grades; a job that comes round. How many students."""
    number = 0
    for card in await schools(None):
        running = Program.filter(school_id=card.id, state=ProgramState.PUBLISHED, joining__in=sorted(ASSIGNED))
        for (program,) in await running.order_by("id").values_list("id"):
            number += await follow_roster(card.id, program)
    return number
