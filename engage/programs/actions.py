"""What a student does besides logging: joins a program and leaves it, saves a resource for later."""

from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement import Kind, Who, record
from engage.errors import NotFound, Refused
from engage.people.rules import Reader
from engage.programs import rules
from engage.programs.models import Enrolment, Saved
from engage.programs.queries import program_for
from engage.programs.rules import Phase, ProgramState
from engage.programs.settling import Rows, hold, kept_rows, settle, tell, write
from engage.resources.models import Resource
from engage.resources.rules import ResourceState


@one_transaction
async def join(slug: str, by: Reader) -> str:
    """Take part in a program, or take part again; returns its title. Raises NotFound, Refused."""
    program = await program_for(by, slug)
    today = dates.today(by.school.zone)
    now = rules.phase(program["starts"], program["ends"], program["catching_up"], today)
    rules.check_joinable(ProgramState(program["state"]), now)
    who = myself(by)
    await hold(by, who.id)
    known = Enrolment.filter(school_id=by.school.id, program_id=program["id"], person_id=who.id)
    rows = await known.values("left_at", "joined_on")
    if rows and rows[0]["left_at"] is None:
        return str(program["title"])
    if rows:
        await known.update(left_at=None)
        await record(Kind.PROGRAM_LEFT, by=by, program_id=program["id"], count=-1)
    else:
        await Enrolment.create(
            school_id=by.school.id, program_id=program["id"], person_id=who.id, joined_on=today, joined_at=dates.now()
        )
        await record(Kind.PROGRAM_JOINED, by=by, program_id=program["id"])
    await settle(by, who, {program["id"]: rows[0]["joined_on"] if rows else today})
    return str(program["title"])


@one_transaction
async def leave(slug: str, by: Reader) -> str:
    """Leave a program: the result hides, the log stays; returns the title. Raises NotFound, Refused."""
    program = await program_for(by, slug)
    today = dates.today(by.school.zone)
    if rules.phase(program["starts"], program["ends"], program["catching_up"], today) is Phase.CLOSED:
        raise Refused("This program is over, and its result stays as it is.")
    who = myself(by)
    await hold(by, who.id)
    part = Enrolment.filter(school_id=by.school.id, program_id=program["id"], person_id=who.id, left_at=None)
    if not await part.update(left_at=dates.now()):
        raise NotFound(slug)
    of = (by.school.id, program["id"], who.id)
    before = (await kept_rows(by.school.id, [program["id"]], [who.id])).get(of[1:], Rows())
    await write(*of, before, Rows())
    await tell(by, who, program["id"], before, Rows())
    await record(Kind.PROGRAM_LEFT, by=by, program_id=program["id"])
    return str(program["title"])


@one_transaction
async def save(resource: str, by: Reader) -> str:
    """Put a resource on one's shelf, for later; returns its title. Raises NotFound."""
    found = await _by_key(by, resource)
    _, new = await Saved.get_or_create(
        school_id=by.school.id, person_id=myself(by).id, resource_id=found["id"], defaults={"at": dates.now()}
    )
    if new:
        await record(Kind.RESOURCE_SAVED, by=by, mode=found["mode"], format=found["format"], resource_id=found["id"])
    return str(found["title"])


@one_transaction
async def unsave(resource: str, by: Reader) -> str:
    """Take a resource off one's shelf; returns its title. Raises NotFound."""
    rows = await Resource.filter(school_id=by.school.id, key=resource).values("id", "title", "mode", "format")
    if not rows:
        raise NotFound(resource)
    found = rows[0]
    if await Saved.filter(school_id=by.school.id, person_id=myself(by).id, resource_id=found["id"]).delete():
        await record(
            Kind.RESOURCE_SAVED,
            by=by,
            mode=found["mode"],
            format=found["format"],
            resource_id=found["id"],
            count=-1,
        )
    return str(found["title"])


async def _by_key(by: Reader, key: str) -> dict[str, Any]:
    offered = Resource.filter(school_id=by.school.id, key=key, state=ResourceState.OFFERED)
    rows = await offered.values("id", "title", "mode", "format")
    if not rows:
        raise NotFound(key)
    return rows[0]


def myself(by: Reader) -> Who:
    """The student who acts for themself. Raises NotFound for anybody else."""
    if by.id is None or not by.is_student:
        raise NotFound("a log of one's own")
    return Who(by.id, by.grade)
