"""What teachers do: ask a class for a list, and take that back."""

from collections.abc import Sequence
from datetime import date

from engage import dates
from engage.classes.models import Assignment, AssignmentItem
from engage.classes.rules import AssignmentKind, check_assignable
from engage.database.transaction import one_transaction
from engage.engagement import Kind, record
from engage.errors import Refused
from engage.lists.models import CuratedList, ListItem
from engage.people import audit
from engage.people.models import SchoolClass
from engage.people.rules import Reader


@one_transaction
async def assign(
    curated: CuratedList,
    rooms: Sequence[SchoolClass],
    kind: AssignmentKind,
    required: int,
    chosen: Sequence[str],
    instructions: str,
    shows_from: date | None,
    due_on: date | None,
    *,
    by: Reader,
) -> list[Assignment]:
    """Ask classes for a list; late arrivals of the class are asked too. chosen: keys of resources. Raises Refused."""
    if not rooms:
        raise Refused("Choose a class.", about="classes")
    today = dates.today(by.school.zone)
    starts = shows_from or today
    items = await (
        ListItem.filter(school_id=by.school.id, curated_id=curated.id)
        .order_by("position", "id")
        .values("resource_id", key="resource__key")
    )
    picked = [item for item in items if kind is not AssignmentKind.CHOSEN or item["key"] in chosen]
    check_assignable(curated.state, len(items), kind, required, len(picked), starts, due_on, today)
    made = []
    for room in rooms:
        assignment = await Assignment.create(
            school_id=by.school.id,
            school_class_id=room.id,
            curated_id=curated.id,
            by_id=by.id,
            kind=kind,
            required=required if kind is AssignmentKind.ANY else len(picked),
            instructions=instructions,
            shows_from=starts,
            due_on=due_on,
        )
        await AssignmentItem.bulk_create(
            [
                AssignmentItem(
                    school_id=by.school.id,
                    assignment_id=assignment.id,
                    resource_id=item["resource_id"],
                    position=place,
                )
                for place, item in enumerate(picked, 1)
            ]
        )
        await record(Kind.ASSIGNED, by=by, list_id=curated.id, assignment_id=assignment.id, class_id=room.id)
        made.append(assignment)
    return made


@one_transaction
async def withdraw(assignment_key: str, room: SchoolClass, *, by: Reader) -> None:
    """Take an assignment back; what students did stays theirs."""
    assignment = await Assignment.get(school_id=by.school.id, school_class_id=room.id, key=assignment_key)
    assignment.withdrawn_at = dates.now()
    await assignment.save(update_fields=["withdrawn_at"])
    await audit.note("withdrew an assignment", by=by, subject=assignment.key)


@one_transaction
async def ask_again(assignment_key: str, room: SchoolClass, *, by: Reader) -> None:
    """Undo a withdrawal."""
    assignment = await Assignment.get(school_id=by.school.id, school_class_id=room.id, key=assignment_key)
    assignment.withdrawn_at = None
    await assignment.save(update_fields=["withdrawn_at"])
