"""What teachers do: ask classes, groups and single students for a list, change that, and take it back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from engage import dates
from engage.classes.models import AssignedStudent, Assignment, AssignmentItem, ReadingGroup
from engage.classes.once_at_a_time import check_again, check_moved, check_new, hold_assignment
from engage.classes.queries import letter_to_assign
from engage.classes.rules import AssignmentKind, check_assignable, check_days
from engage.database.fields import new_key
from engage.database.transaction import one_transaction
from engage.engagement.diary import record
from engage.engagement.rules import Kind
from engage.errors import NotFound, Refused
from engage.lists.models import CuratedList, ListItem
from engage.lists.queries import lists_for
from engage.lists.rules import State
from engage.people import audit
from engage.people.models import ClassMember, SchoolClass
from engage.people.once import once
from engage.people.rules import Reader, Role, Scope

CHANGED = "Somebody changed this in the meantime. Keep it again to put yours in the place of theirs."


@dataclass(frozen=True)
class Asked:
    """What is asked. required: of any, how many; chosen: keys of resources; shows_from: today where it is None."""

    kind: AssignmentKind
    required: int = 0
    chosen: tuple[str, ...] = ()
    instructions: str = ""
    shows_from: date | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class Whom:
    """Of whom something is asked: keys of classes, of own reading groups, and of students of own classes.

    propose: leave it to the teachers of the classes, also where one could decide oneself.
    """

    classes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    students: tuple[str, ...] = ()
    propose: bool = False


@one_transaction
async def assign(curated_key: str, whom: Whom, asked: Asked, *, by: Reader, form_key: str = "") -> list[Assignment]:
    """Ask for a list; late arrivals of a class or group are asked too. Returns what was made, one for each.

    Students who are in one of the classes are asked with it, and not once more. Raises NotFound for whom one may not
    ask, Refused, AskedAlready.
    """

    async def act() -> str:
        return await _assign(curated_key, whom, asked, by)

    batch = await once(by, form_key, {"list": curated_key, **asdict(whom), **asdict(asked)}, act)
    return await Assignment.filter(school_id=by.school.id, batch=batch).order_by("id")


async def _assign(curated_key: str, whom: Whom, asked: Asked, by: Reader) -> str:
    of: dict[str, Any] = {"school_id": by.school.id}
    curated = await lists_for(by).filter(key=curated_key).select_for_update(no_key=True).first()
    if curated is None:
        raise Refused("Choose a list.", about="list")
    rooms = await SchoolClass.filter(**of, key__in=list(whom.classes), ended_on=None).order_by("name", "id")
    groups = await ReadingGroup.filter(**of, key__in=list(whom.groups), by_id=by.id, ended_on=None).order_by("name")
    if groups and not by.may("LST12", Scope.CLASS):
        raise NotFound("groups")
    single = await _students(whom.students, {room.id for room in rooms}, by)
    if not (rooms or groups or whom.students):
        raise Refused("Choose a class, a group or a student.", about="classes")
    today = dates.today(by.school.zone)
    starts = asked.shows_from or today
    items = (
        await ListItem.filter(**of, curated_id=curated.id)
        .order_by("position", "id")
        .values("resource_id", key="resource__key")
    )
    picked = [item for item in items if asked.kind is not AssignmentKind.CHOSEN or item["key"] in asked.chosen]
    state = State.DRAFT if curated.is_template else curated.state
    check_assignable(state, len(items), asked.kind, asked.required, len(picked), starts, asked.due_on, today)
    batch = new_key()
    row: dict[str, Any] = {
        **of,
        "curated_id": curated.id,
        "by_id": by.id,
        "kind": asked.kind,
        "required": asked.required if asked.kind is AssignmentKind.ANY else len(picked),
        "instructions": asked.instructions,
        "shows_from": starts,
        "due_on": asked.due_on,
        "batch": batch,
    }
    resources = [item["resource_id"] for item in picked]
    waiting = {}
    for room in rooms:
        letter = letter_to_assign(by, room.id)
        if letter not in "YQ":
            raise NotFound(room.key)
        waiting[room.id] = letter == "Q" or (whom.propose and room.id not in by.taught_ids)
    await check_new(row, resources, waiting, {group.id for group in groups}, by)
    for room in rooms:
        await _make(row | {"school_class_id": room.id, "waiting": waiting[room.id]}, resources, by)
    for group in groups:
        await _make(row | {"group_id": group.id}, resources, by)
    for room_id, people in single.items():
        await _make(row | {"school_class_id": room_id, "only_some": True}, resources, by, people)
    return batch


async def _make(row: Mapping[str, Any], resources: Sequence[int], by: Reader, people: Sequence[int] = ()) -> None:
    assignment = await Assignment.create(**row)
    of = {"school_id": by.school.id, "assignment_id": assignment.id}
    await AssignmentItem.bulk_create(
        [AssignmentItem(**of, resource_id=resource, position=place) for place, resource in enumerate(resources, 1)]
    )
    await AssignedStudent.bulk_create([AssignedStudent(**of, person_id=person) for person in people])
    if not assignment.waiting:
        await _in_diary(assignment, by)


async def _in_diary(assignment: Assignment, by: Reader) -> None:
    list_id, class_id = assignment.curated_id, assignment.school_class_id  # type: ignore[attr-defined]
    await record(Kind.ASSIGNED, by=by, list_id=list_id, assignment_id=assignment.id, class_id=class_id)


async def _students(keys: Sequence[str], whole: set[int], by: Reader) -> dict[int, list[int]]:
    """Students of own classes by the class that they are asked in; those of classes that are asked wholly left out.

    Raises NotFound for somebody who is in none of them.
    """
    if not keys:
        return {}
    rows = (
        await ClassMember.filter(
            school_id=by.school.id,
            school_class_id__in=sorted(by.taught_ids),
            role=Role.STUDENT,
            until__isnull=True,
            person__key__in=list(keys),
        )
        .order_by("school_class_id", "person_id")
        .values_list("school_class_id", "person_id", "person__key")
    )
    if {key for _, _, key in rows} != set(keys) or not by.may("LST12", Scope.CLASS):
        raise NotFound("students")
    asked_already = {person for room, person, _ in rows if room in whole}
    single: dict[int, list[int]] = {}
    for room, person, _ in rows:
        if person not in asked_already:
            asked_already.add(person)
            single.setdefault(room, []).append(person)
    return single


@one_transaction
async def change(
    key: str, *, required: int, instructions: str, shows_from: date, due_on: date | None, version: int, by: Reader
) -> Assignment:
    """Give more time, or say more clearly what is asked; what students did stays.

    required: looked at only where any of the list are asked for. version: the one that the person saw; where somebody
    else changed it since, nothing is changed and the person is asked. Raises NotFound, Refused, AskedAlready.
    """
    row = await hold_assignment(key, by)
    if row.withdrawn_at is not None:
        raise Refused("This was taken back in the meantime. Ask again first.")
    if row.version != version:
        raise Refused(CHANGED, about="version")
    check_days(shows_from, due_on, row.due_on, dates.today(by.school.zone))
    await check_moved(row, shows_from, due_on, by)
    if row.kind == AssignmentKind.ANY:
        items = await AssignmentItem.filter(school_id=by.school.id, assignment_id=row.id).count()
        if not 1 <= required <= items:
            raise Refused(f"Ask for 1 to {items} of the {items} on this list.", about="required")
        row.required = required
    row.instructions, row.shows_from, row.due_on = instructions, shows_from, due_on
    await _keep(row, "required", "instructions", "shows_from", "due_on")
    await audit.note("changed an assignment", by=by, subject=row.key)
    return row


@one_transaction
async def withdraw(key: str, *, by: Reader) -> Assignment:
    """Take an assignment back; what students did stays theirs. Raises NotFound."""
    row = await hold_assignment(key, by)
    if row.withdrawn_at is None:
        row.withdrawn_at = dates.now()
        await _keep(row, "withdrawn_at")
        await audit.note("withdrew an assignment", by=by, subject=row.key)
    return row


@one_transaction
async def ask_again(key: str, *, by: Reader) -> Assignment:
    """Undo a withdrawal. Raises NotFound, AskedAlready."""
    row = await hold_assignment(key, by)
    if row.withdrawn_at is not None:
        await check_again(row, row.waiting, by)
        row.withdrawn_at = None
        await _keep(row, "withdrawn_at")
    return row


@one_transaction
async def take_proposal(key: str, *, by: Reader) -> Assignment:
    """Ask one's class for what a specialist proposed. Raises NotFound, Refused where the list has gone meanwhile."""
    row = await _proposal(key, by)
    curated = await CuratedList.get(school_id=by.school.id, id=row.curated_id)  # type: ignore[attr-defined]
    items = await AssignmentItem.filter(school_id=by.school.id, assignment_id=row.id).count()
    kind, today = AssignmentKind(row.kind), dates.today(by.school.zone)
    due_on = row.due_on if row.due_on is None or row.due_on >= today else None
    check_assignable(curated.state, items, kind, row.required, items, row.shows_from, due_on, today)
    row.due_on = due_on
    await check_again(row, False, by)
    row.waiting = False
    await _keep(row, "waiting", "due_on")
    await _in_diary(row, by)
    await audit.note("took up a proposed assignment", by=by, subject=row.key)
    return row


@one_transaction
async def decline_proposal(key: str, *, by: Reader) -> None:
    """Leave what a specialist proposed. Raises NotFound."""
    row = await _proposal(key, by)
    row.withdrawn_at = dates.now()
    await _keep(row, "withdrawn_at")


async def _proposal(key: str, by: Reader) -> Assignment:
    row = await hold_assignment(key, by)
    # who proposes does not decide: in a class of their own a specialist has Q, and not Y
    teaches = row.school_class_id in by.taught_ids and by.may("LST12", Scope.CLASS)  # type: ignore[attr-defined]
    if not row.waiting or row.withdrawn_at is not None or not teaches:
        raise NotFound(key)
    return row


async def _keep(row: Assignment, *columns: str) -> None:
    row.version += 1
    row.changed_at = dates.now()
    await row.save(update_fields=["version", "changed_at", *columns])
