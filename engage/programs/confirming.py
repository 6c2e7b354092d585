"""What staff do with single students of a program: put them in, take them out, give a badge, void an entry.

Each is a fact of its own, with a reason where it takes or gives something, and is written down for the school admin.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement.diary import Who
from engage.errors import NotFound, Refused
from engage.people import audit
from engage.people.once import once
from engage.people.rules import Reader, Scope
from engage.programs import entries
from engage.programs.enrolling import TAKES_IN, let_go, take_in
from engage.programs.joining_rules import Way, phase_of
from engage.programs.models import Badge, StaffGrant
from engage.programs.participants_queries import (
    Participant,
    entries_of_part,
    participant,
    program_with_names,
    students_named,
    students_to_enrol,
)
from engage.programs.rules import Phase, ProgramState
from engage.programs.settling import hold, settle

LONGEST_REASON = 300


@one_transaction
async def looked(program: str, student: Participant, by: Reader) -> None:
    """Write down that somebody of the staff looked at what a student did in a program."""
    await audit.note("looked at a student in a program", by=by, about_id=student.id, subject=program)


@one_transaction
async def enrol(program: str, students: Sequence[str], by: Reader) -> int:
    """Put students of own classes into a program, by key; how many that were new. Raises NotFound, Refused."""
    found = await _running(program, by)
    out = {row["key"]: (row["id"], row["grade"]) for row in await students_to_enrol(by, found["id"])}
    if any(key not in out for key in students):
        raise NotFound("a student to enrol")
    if not students:
        raise Refused("Choose at least one student.", about="students")
    for number, grade in sorted(out[key] for key in {*students}):
        await _put_in(found, Who(number, grade), by)
    return len(students)


@one_transaction
async def enrol_named(program: str, name: str, room: str, by: Reader) -> str:
    """Put the student of a name in a class into a program, for who may not read rosters; returns the name.

    Raises NotFound, Refused.
    """
    found = await _running(program, by)
    rows = await students_named(by, name, room)
    if not by.may("PRG04", Scope.SCHOOL):
        raise NotFound(program)
    if len(rows) != 1:
        if rows:
            raise Refused("Two students of that class are called so. Add the letter, as “Mia B”.", about="name")
        raise Refused("Nobody in that class is called so. Write the name as the class does.", about="name")
    await _put_in(found, Who(rows[0]["id"], rows[0]["grade"]), by)
    return str(rows[0]["name"])


async def _running(program: str, by: Reader) -> dict[str, Any]:
    found = await program_with_names(by, program)
    now = phase_of(found, by.school.zone, dates.today(by.school.zone))
    if found["state"] != ProgramState.PUBLISHED or now not in TAKES_IN:
        raise Refused("Students can be put in while one can join, or while it runs.")
    return found


async def _put_in(program: Mapping[str, Any], who: Who, by: Reader) -> None:
    await hold(by, who.id)
    if await take_in(by, who, program["id"], Way.STAFF):
        await audit.note("put a student into a program", by=by, about_id=who.id, subject=program["key"])


@one_transaction
async def remove(program: str, student: str, by: Reader) -> str:
    """Take a student out of a program; what they did stays theirs. Returns the name. Raises NotFound, Refused."""
    found = await program_with_names(by, program)
    one = await participant(by, found, student)
    if phase_of(found, by.school.zone, dates.today(by.school.zone)) is Phase.CLOSED:
        raise Refused("This program is over, and its result stays as it is.")
    await hold(by, one.id)
    if not await let_go(by, Who(one.id, one.grade), found["id"], Way.STAFF):
        raise NotFound(student)
    await audit.note("took a student out of a program", by=by, about_id=one.id, subject=program)
    return one.name


@one_transaction
async def give_badge(program: str, student: str, badge: str, reason: str, form_key: str, by: Reader) -> str:
    """Give a badge by hand (rule 18): a fact of its own that adds no reading. Returns its title.

    Raises NotFound, Refused.
    """
    found, one, row = await _badge(program, student, badge, by)
    reason = _reason(reason)
    today = dates.today(by.school.zone)
    if phase_of(found, by.school.zone, today) not in (Phase.RUNNING, Phase.CATCHING_UP):
        raise Refused("A badge can be given while the program runs, and while days are caught up.")
    if one.left_at is not None:
        raise Refused("This student is not in the program any more.")
    on = min(today, found["ends"] or today)

    async def give() -> str:
        await hold(by, one.id)
        of = {"school_id": by.school.id, "person_id": one.id, "badge_id": row["id"]}
        if await StaffGrant.filter(**of).exists():
            raise Refused("This badge was given by hand already.", about="badge")
        await StaffGrant.create(**of, by_id=by.id, on=on, at=dates.now(), reason=reason)
        await settle(by, Who(one.id, one.grade), {found["id"]: one.joined_on})
        detail = f"{row['title']}: {reason}"
        await audit.note("gave a badge", by=by, about_id=one.id, subject=program, detail=detail)
        return str(row["title"])

    return await once(by, form_key, {"of": student, "badge": badge, "reason": reason}, give)


@one_transaction
async def take_badge_back(program: str, student: str, badge: str, reason: str, by: Reader) -> str:
    """Take back a badge that was given by hand; what was earned stays. Returns its title. Raises NotFound, Refused."""
    found, one, row = await _badge(program, student, badge, by)
    reason = _reason(reason)
    if phase_of(found, by.school.zone, dates.today(by.school.zone)) is Phase.CLOSED:
        raise Refused("This program is over, and its result stays as it is.")
    await hold(by, one.id)
    given = StaffGrant.filter(school_id=by.school.id, person_id=one.id, badge_id=row["id"])
    if not await given.delete():
        raise NotFound(badge)
    if one.left_at is None:
        await settle(by, Who(one.id, one.grade), {found["id"]: one.joined_on})
    detail = f"{row['title']}: {reason}"
    await audit.note("took back a badge given by hand", by=by, about_id=one.id, subject=program, detail=detail)
    return str(row["title"])


async def _badge(
    program: str, student: str, badge: str, by: Reader
) -> tuple[dict[str, Any], Participant, dict[str, Any]]:
    """The program, the student and the badge of an act. Raises NotFound."""
    found = await program_with_names(by, program)
    one = await participant(by, found, student)
    rows = await Badge.filter(school_id=by.school.id, program_id=found["id"], key=badge).values("id", "title")
    if not rows:
        raise NotFound(badge)
    return found, one, rows[0]


@one_transaction
async def void_entry(program: str, student: str, entry: str, reason: str, by: Reader) -> None:
    """Void an entry of a student in a program (LOG04), without seeing what it is called. Raises NotFound, Refused."""
    found = await program_with_names(by, program)
    if not may_void(by):
        raise NotFound(entry)
    one = await participant(by, found, student)
    reason = _reason(reason)
    await hold(by, one.id)
    row = await entries_of_part(by, found, one).filter(key=entry).first()
    if row is None or one.left_at is not None:
        raise NotFound(entry)
    await entries.take_out(by, Who(one.id, one.grade), row, reason)
    await audit.note("voided an entry in a program", by=by, about_id=one.id, subject=program, detail=reason)


def may_void(by: Reader) -> bool:
    """Whether somebody who sees the names may void entries, too (LOG04): an aide may not."""
    return by.may("LOG04", Scope.SCHOOL) or by.may("LOG04", Scope.CLASS)


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not reason:
        raise Refused("Say why, in a few words.", about="reason")
    return reason[:LONGEST_REASON]
