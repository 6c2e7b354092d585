"""What a student does besides logging: joins a program and leaves it, saves a resource for later."""

from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement.diary import Who, record
from engage.engagement.rules import Kind
from engage.errors import NotFound, Refused
from engage.people.rules import Reader
from engage.programs.enrolling import is_meant_for, let_go, take_in
from engage.programs.joining_rules import Joining, Way, check_comes_in, phase_of
from engage.programs.models import Enrolment, Saved
from engage.programs.queries import program_for
from engage.programs.rules import Phase
from engage.programs.settling import hold
from engage.resources.models import Resource
from engage.resources.rules import ResourceState


@one_transaction
async def join(slug: str, by: Reader, code: str = "") -> str:
    """Take part in a program, or take part again; returns its title. code: where it asks for one.

    Raises NotFound, Refused.
    """
    program = await program_for(by, slug)
    who = myself(by)
    await hold(by, who.id)
    part = Enrolment.filter(school_id=by.school.id, program_id=program["id"], person_id=who.id)
    rows = await part.values("left_at", "way")
    if rows and rows[0]["left_at"] is None:
        return str(program["title"])
    now = phase_of(program, by.school.zone, dates.today(by.school.zone))
    back = Way(rows[0]["way"]) if rows else None
    check_comes_in(program, now, code, back, await is_meant_for(by, program))
    by_code = back is None and Joining(program["joining"]) is Joining.CODE
    await take_in(by, who, program["id"], Way.CODE if by_code else Way.JOINED)
    return str(program["title"])


@one_transaction
async def leave(slug: str, by: Reader) -> str:
    """Leave a program: the result hides, the log stays; returns the title. Raises NotFound, Refused."""
    program = await program_for(by, slug)
    today = dates.today(by.school.zone)
    if phase_of(program, by.school.zone, today) is Phase.CLOSED:
        raise Refused("This program is over, and its result stays as it is.")
    who = myself(by)
    await hold(by, who.id)
    if not await let_go(by, who, program["id"], Way.JOINED):
        raise NotFound(slug)
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
