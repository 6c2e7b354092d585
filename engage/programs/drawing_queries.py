"""What is asked about drawings: the frozen list by number, and names for those only who may know them."""

from collections.abc import Mapping
from typing import Any

from engage.errors import NotFound
from engage.people.rules import Reader, Role, Scope, Status
from engage.programs.models import Award, Enrolment, Standing
from engage.programs.queries import HELD, program_for, program_to_run
from engage.programs.recognition_models import Drawing, Lot
from engage.programs.recognition_queries import Row, participants, sight_of
from engage.programs.recognition_rules import DrawingRule

COLUMNS = (
    *("id", "key", "title", "rule", "badge_id", "prize_id", "winners", "seed", "seed_hash"),
    *("made_at", "frozen_at", "drawn_at", "again_id", "reason", "note", "program_id"),
)
BESIDE = {"badge": "badge__title", "prize": "prize__title", "again": "again__key", "again_title": "again__title"}
# who belongs to the school itself: a list by number leaves it for nobody (SAFETY.md, P10)
OF_THE_SCHOOL = frozenset(Role) - {Role.DISTRICT_ADMIN}


async def drawings_of(reader: Reader, program_id: int, frozen: bool = False) -> list[Row]:
    """The drawings of a program, the newest first, with badge and prize by title. frozen: only those that are."""
    rows = Drawing.filter(school_id=reader.school.id, program_id=program_id)
    if frozen:
        rows = rows.filter(frozen_at__isnull=False)
    return await rows.order_by("-id").values(*COLUMNS, **BESIDE)


async def drawing_to_run(reader: Reader, program: str, key: str) -> tuple[Row, Row]:
    """A program that the reader may change, and a drawing of it, by their keys. Raises NotFound."""
    row = await program_to_run(reader, program)
    return row, await _drawing(reader, row["id"], key)


async def drawing_for(reader: Reader, slug: str, key: str) -> tuple[Row, Row]:
    """A program and a frozen drawing of it, for people of the school only. Raises NotFound."""
    program = await program_for(reader, slug)
    if not reader.roles & OF_THE_SCHOOL or reader.answers("PRG02", Scope.SCHOOL) not in "YP":
        raise NotFound(key)
    row = await _drawing(reader, program["id"], key)
    if row["frozen_at"] is None:
        raise NotFound(key)
    return program, row


async def _drawing(reader: Reader, program_id: int, key: str) -> Row:
    rows = Drawing.filter(school_id=reader.school.id, program_id=program_id, key=key).limit(1)
    found = await rows.values(*COLUMNS, **BESIDE)
    if not found:
        raise NotFound(key)
    return found[0]


async def lots_of(reader: Reader, drawing_id: int) -> list[Row]:
    """The frozen list in the order of its numbers: number, weight, won, person_id."""
    rows = Lot.filter(school_id=reader.school.id, drawing_id=drawing_id).order_by("number")
    return await rows.values("number", "weight", "won", "person_id")


async def names_in(reader: Reader, program: Mapping[str, Any]) -> dict[int, str]:
    """The names of those in a program whom the reader may know, by person."""
    sight = sight_of(reader, program)
    if sight is None:
        return {}
    return {row["id"]: row["name"] for row in await participants(reader, program["id"], sight)}


async def eligible_for(reader: Reader, drawing: Mapping[str, Any]) -> dict[int, int]:
    """Who would be in a drawing now, by person, with the tickets of each."""
    of = {"school_id": reader.school.id, "program_id": drawing["program_id"]}
    part = Enrolment.filter(**of, left_at=None, person__status=Status.ACTIVE.value)
    here = set(await part.values_list("person_id", flat=True))
    tickets: dict[Any, int]
    match DrawingRule(drawing["rule"]):
        case DrawingRule.JOINED:
            tickets = dict.fromkeys(here, 1)
        case DrawingRule.TICKETS:
            tickets = dict(await Standing.filter(**of, tickets__gt=0).values_list("person_id", "tickets"))
        case DrawingRule.COMPLETED:
            done = Standing.filter(**of, completed_on__isnull=False)
            tickets = dict.fromkeys(await done.values_list("person_id", flat=True), 1)
        case DrawingRule.BADGE:
            held = Award.filter(**of, badge_id=drawing["badge_id"], state__in=HELD)
            tickets = dict.fromkeys(await held.values_list("person_id", flat=True), 1)
    return {person: number for person, number in tickets.items() if person in here}
