"""What is asked about classes: whose they are, what was assigned, and how far each student is with exactly that."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet, ValuesQuery

from engage.classes.models import Assignment, ReadingGroup
from engage.classes.rules import QUIET_DAYS, AssignmentKind, Part, Status, asks, due_words, part_of
from engage.database import asked as questions
from engage.database.asked import day_of, rows_of
from engage.errors import NotFound
from engage.lists.models import ListItem
from engage.people.models import ClassMember, SchoolClass
from engage.people.queries import class_for
from engage.people.rules import Reader, Role, Scope
from engage.programs.models import ResourceProgress

Row = dict[str, Any]
Ids = dict[int, list[int]]
ITEMS = (
    "SELECT 'item' AS what, assignment_id AS of_id, resource_id AS one, position AS place, id AS number "
    "FROM assignment_item WHERE school_id = {0} AND assignment_id IN ({ids})"
)
ASKED = (
    "SELECT 'asked' AS what, assignment_id AS of_id, person_id AS one, 0 AS place, id AS number "
    "FROM assigned_student WHERE school_id = {0} AND assignment_id IN ({ids})"
)
MEMBERS = (
    "SELECT 'member' AS what, group_id AS of_id, person_id AS one, 0 AS place, id AS number "
    "FROM group_member WHERE school_id = {0} AND group_id IN ({ids}) AND until IS NULL"
)
# the same for one student, with where the student is with each resource
OWN_ITEMS = (
    "SELECT 'item' AS what, i.assignment_id AS of_id, i.resource_id AS one, i.position AS place, i.id AS number, "
    'p.state, p."on" FROM assignment_item i LEFT JOIN resource_progress p ON p.school_id = i.school_id '
    "AND p.resource_id = i.resource_id AND p.person_id = {1} WHERE i.school_id = {0} AND i.assignment_id IN ({ids})"
)
OWN_ASKED = ASKED.replace(" FROM", ", NULL, NULL FROM") + " AND person_id = {1}"
OWN_MEMBER = MEMBERS.replace(" FROM", ", NULL, NULL FROM") + " AND person_id = {1}"


def classes_for(reader: Reader) -> QuerySet[SchoolClass]:
    """The classes that go on and that this person may see: taught ones, or all for who may see rosters (CLS01)."""
    rooms = SchoolClass.filter(school_id=reader.school.id, ended_on__isnull=True)
    return rooms if reader.may("CLS01", Scope.SCHOOL) else rooms.filter(id__in=sorted(reader.taught_ids))


async def class_taught_by(reader: Reader, key: str) -> SchoolClass:
    """A class that this person teaches, or NotFound; its report is for nobody else (REP01)."""
    return await class_for(reader, "REP01", key)


def letter_to_assign(reader: Reader, class_id: int) -> str:
    """What LST12 says of a class: Y to assign, Q to propose it to its teachers, else neither."""
    return reader.answers("LST12", Scope.CLASS if class_id in reader.taught_ids else Scope.SCHOOL)


async def classes_to_assign(reader: Reader) -> list[dict[str, Any]]:
    """The classes that this person may assign to, or propose to (LST12): id, key, name, grade, letter."""
    rooms = SchoolClass.filter(school_id=reader.school.id, ended_on__isnull=True)
    if reader.answers("LST12", Scope.SCHOOL) not in "YQ":
        rooms = rooms.filter(id__in=sorted(reader.taught_ids))
    rows = await rooms.order_by("name").values("id", "key", "name", "grade")
    told = [row | {"letter": letter_to_assign(reader, row["id"])} for row in rows]
    return [row for row in told if row["letter"] in "YQ"]


async def index_of(reader: Reader) -> list[dict[str, Any]]:
    """The classes for a person's first page: key, name, grade, students, assignments that are open."""
    rooms = await classes_for(reader).order_by("name").values("id", "key", "name", "grade")
    ids = [room["id"] for room in rooms]
    students = await ClassMember.filter(
        school_id=reader.school.id, school_class_id__in=ids, role=Role.STUDENT, until__isnull=True
    ).values_list("school_class_id")
    open_ones = await standing(reader.school.id).filter(school_class_id__in=ids).values_list("school_class_id")
    return [
        {
            **room,
            "students": sum(row[0] == room["id"] for row in students),
            "assignments": sum(row[0] == room["id"] for row in open_ones),
            "taught": room["id"] in reader.taught_ids,
        }
        for room in rooms
    ]


async def rooms_to_open(reader: Reader) -> list[dict[str, Any]]:
    """The classes of others whose sign-in one may open (CLS06) when they come to the library: key, name.

    Nobody in them is named or counted; who may see the rosters has all classes on the first page as it is.
    """
    if reader.may("CLS01", Scope.SCHOOL) or not reader.may("CLS06", Scope.SCHOOL):
        return []
    rooms = SchoolClass.filter(school_id=reader.school.id, ended_on__isnull=True)
    return await rooms.exclude(id__in=sorted(reader.taught_ids)).order_by("name", "id").values("key", "name")


@dataclass(frozen=True)
class Assigned:
    """An assignment with the list that it asks for. resources: ids, in the list's order.

    asked: ids of the persons of whom it is asked, None for all of the class. group: the reading group's name, or "";
    teacher_id: its teacher.
    """

    id: int
    key: str
    class_id: int | None
    group_id: int | None
    group: str
    teacher_id: int | None
    only_some: bool
    batch: str
    kind: AssignmentKind
    required: int
    instructions: str
    shows_from: date
    due_on: date | None
    made_at: datetime
    changed_at: datetime | None
    withdrawn_at: datetime | None
    version: int
    title: str
    slug: str
    ink: str
    by: str
    by_id: int | None
    resources: tuple[int, ...]
    asked: frozenset[int] | None

    @property
    def asks(self) -> str:
        """What it asks for, in words."""
        return asks(self.kind, self.required, len(self.resources))

    @property
    def whom(self) -> str:
        """Of whom it is asked, where that is not the whole class: the group, or how many students."""
        if self.group_id is not None:
            return self.group
        many = len(self.asked or ())
        return "" if self.asked is None else f"{many} student{'' if many == 1 else 's'}"

    def asks_of(self, person_id: int) -> bool:
        """Whether somebody of its class or group is asked."""
        return self.asked is None or person_id in self.asked

    def part(self, states: dict[int, tuple[str, date]], on: date) -> Part:
        """How far somebody is who stands so with resources. What was read before it was assigned is not looked at."""
        since = {resource: state for resource, (state, day) in states.items() if day >= self.shows_from}
        return part_of(self.kind, self.required, self.resources, since, self.due_on, on)


COLUMNS = (
    *("id", "key", "group_id", "only_some", "batch", "kind", "required", "instructions", "shows_from", "due_on"),
    *("made_at", "changed_at", "withdrawn_at", "version", "by_id"),
)
OF_OTHERS = {
    "class_id": "school_class_id",
    "group": "group__name",
    "teacher_id": "group__by_id",
    "title": "curated__title",
    "slug": "curated__slug",
    "ink": "curated__ink",
    "by": "by__name",
}


def standing(school_id: int, gone_since: datetime | None = None) -> QuerySet[Assignment]:
    """The assignments that stand: decided, and not taken back; or taken back since a moment, if one is given."""
    found = Assignment.filter(school_id=school_id, waiting=False)
    stands = Q(withdrawn_at__isnull=True)
    return found.filter(stands if gone_since is None else stands | Q(withdrawn_at__gte=gone_since))


def asked_of_classes(school_id: int, class_ids: list[int]) -> Q:
    """Asked of these classes, or of reading groups of their teachers."""
    groups = ReadingGroup.filter(
        school_id=school_id,
        ended_on__isnull=True,
        by__class_memberships__school_class_id__in=class_ids,
        by__class_memberships__until__isnull=True,
        by__class_memberships__role__not=Role.STUDENT,
    )
    return Q(school_class_id__in=class_ids) | Q(group_id__in=Subquery(groups.values("id")))


async def assigned_to(
    school_id: int, class_ids: list[int], key: str = "", gone_since: datetime | None = None
) -> list[Assigned]:
    """The assignments of some classes that stand, the nearest due day first; those of groups of their teachers too.

    Two statements, however many. The members of a group may be in other classes. gone_since: also those that
    were taken back since that moment.
    """

    if not key and not gone_since:
        return await all_of(school_id, await _rows_for(school_id, class_ids))
    found = standing(school_id, gone_since).filter(asked_of_classes(school_id, class_ids))
    return await told(school_id, found.filter(key=key) if key else found)


async def _rows_for(school_id: int, class_ids: list[int]) -> list[Row]:
    """What stands for some classes, as rows of in_order."""

    def make() -> ValuesQuery[Any]:
        return in_order(standing(school_id).filter(asked_of_classes(school_id, class_ids)))

    return await questions.asked_of(("assigned", school_id, tuple(class_ids)), make)


async def assigned_to_classes(reader: Reader) -> list[Row]:
    """The same for the classes that the reader is in; of whom it is asked is not among it."""
    return await _rows_for(reader.school.id, sorted(reader.class_ids)) if reader.class_ids else []


def in_order(found: QuerySet[Assignment]) -> ValuesQuery[Any]:
    """Assignments for all_of."""
    return found.order_by("due_on", "id").values(*COLUMNS, **OF_OTHERS)


async def told(school_id: int, found: QuerySet[Assignment]) -> list[Assigned]:
    """These assignments with all that belongs to them, the nearest due day first."""
    return await all_of(school_id, await in_order(found))


async def all_of(school_id: int, rows: Sequence[Row]) -> list[Assigned]:
    """The same, of rows of in_order."""
    return _made(rows, *await _parts_of(school_id, rows)) if rows else []


def _made(rows: Sequence[Row], items: Ids, some: Ids, groups: Ids) -> list[Assigned]:
    """Rows of in_order with their resources, the students asked by name, and the members of groups."""
    made = []
    for row in rows:
        asked = None
        if row["group_id"] is not None or row["only_some"]:
            asked = frozenset(groups[row["group_id"]] if row["group_id"] is not None else some[row["id"]])
        words = {"kind": AssignmentKind(row["kind"]), "by": row["by"] or "", "group": row["group"] or ""}
        made.append(Assigned(**{**row, **words}, resources=tuple(items[row["id"]]), asked=asked))
    return sorted(made, key=lambda one: (one.due_on is None, one.due_on or date.max))


async def _parts_of(school_id: int, rows: Sequence[Row]) -> tuple[Ids, Ids, Ids]:
    """Resources of assignments in their order, students asked by name, and members of groups; one statement."""
    found: dict[str, Ids] = {what: defaultdict(list) for what in ("item", "asked", "member")}
    for what, of_id, one, _, _ in await _rows_beside(rows, (ITEMS, ASKED, MEMBERS), school_id):
        found[what][of_id].append(one)
    return found["item"], found["asked"], found["member"]


async def _rows_beside(rows: Sequence[Row], questions: tuple[str, str, str], *values: int) -> Sequence[Sequence[Any]]:
    """What belongs to assignments, to those asked of some students, and to their groups. values: {0} and so on."""
    wanted = (
        [row["id"] for row in rows],
        [row["id"] for row in rows if row["only_some"]],
        sorted({row["group_id"] for row in rows if row["group_id"] is not None}),
    )
    all_values, asked = list(values), []
    for question, ids in zip(questions, wanted, strict=True):
        if ids:
            marks = ", ".join(f"{{{len(all_values) + place}}}" for place in range(len(ids)))
            asked.append(question.replace("{ids}", marks))
            all_values += ids
    return await rows_of(f"{' UNION ALL '.join(asked)} ORDER BY what, place, number", all_values)


async def _own_of(reader: Reader, rows: Sequence[Row]) -> tuple[list[Assigned], dict[int, tuple[str, date]]]:
    """Of rows of in_order what is asked of the reader, and where the reader is with what it asks for; one statement."""
    if not rows or reader.id is None:
        return [], {}
    found: dict[str, Ids] = {what: defaultdict(list) for what in ("item", "asked", "member")}
    states: dict[int, tuple[str, date]] = {}
    for what, of_id, one, _, _, state, on in await _rows_beside(
        rows, (OWN_ITEMS, OWN_ASKED, OWN_MEMBER), reader.school.id, reader.id
    ):
        found[what][of_id].append(one)
        if state is not None:
            states[one] = (state, day_of(on))
    return _asked_once(reader.id, _made(rows, found["item"], found["asked"], found["member"])), states


async def states_of(
    school_id: int, person_ids: list[int], resource_ids: list[int]
) -> dict[int, dict[int, tuple[str, date]]]:
    """Where persons are with these resources and no others: state and day, by person and resource id."""
    states: dict[int, dict[int, tuple[str, date]]] = defaultdict(dict)
    for person_id, resource_id, state, day in await ResourceProgress.filter(
        school_id=school_id, person_id__in=person_ids, resource_id__in=resource_ids
    ).values_list("person_id", "resource_id", "state", "on"):
        states[person_id][resource_id] = (state, day)
    return states


async def assignment_of(room: SchoolClass, key: str) -> Assigned:
    """One assignment of a class, or of a group of its teachers. Raises NotFound."""
    found = await assigned_to(room.school_id, [room.id], key)  # type: ignore[attr-defined]
    if not found:
        raise NotFound(key)
    return found[0]


async def asked_of(reader: Reader, key: str = "", gone_since: datetime | None = None) -> list[Assigned]:
    """What is asked of a student, the nearest due day first; once, where it came by a class and a group alike.

    key: of one assignment, or "" for all. gone_since: as for assigned_to.
    """
    if reader.id is None or not reader.class_ids:
        return []
    return _asked_once(reader.id, await assigned_to(reader.school.id, sorted(reader.class_ids), key, gone_since))


def _asked_once(person_id: int, every: Sequence[Assigned]) -> list[Assigned]:
    mine = [one for one in every if one.asks_of(person_id)]
    return list({one.batch or one.key: one for one in reversed(mine)}.values())[::-1]


@dataclass(frozen=True)
class Ticket:
    """What a student was asked for. words: when it is due, as it is said to a student. last_on: of what counts."""

    key: str
    title: str
    ink: str
    by: str
    asks: str
    instructions: str
    due_on: date | None
    words: str
    part: Part
    last_on: date | None


def ticket_of(one: Assigned, states: dict[int, tuple[str, date]], today: date) -> Ticket:
    """An assignment as its student sees it."""
    part = one.part(states, today)
    words = due_words(one.due_on, part.status is Status.DONE, today)
    days = [day for resource, (_, day) in states.items() if resource in one.resources and day >= one.shows_from]
    last = max(days, default=None)
    return Ticket(one.key, one.title, one.ink, one.by, one.asks, one.instructions, one.due_on, words, part, last)


async def all_tickets(reader: Reader, today: date, rows: Sequence[Row] | None = None) -> list[Ticket]:
    """Everything that a student is asked for and may see by now, over or not.

    rows: what assigned_to_classes gave, where it is known.
    """
    known = await assigned_to_classes(reader) if rows is None else rows
    assigned, states = await _own_of(reader, known)
    return [ticket_of(one, states, today) for one in assigned if one.shows_from <= today]


async def tickets_for(reader: Reader, today: date, rows: Sequence[Row] | None = None) -> list[Ticket]:
    """What a student was asked for and is not long over, the nearest due day first. At most two statements.

    What has no day is over when it is done.
    """
    last = today - timedelta(days=QUIET_DAYS)
    shown = []
    for one in await all_tickets(reader, today, rows):
        done = one.part.status is Status.DONE
        over = one.due_on or (one.last_on if done else None)
        if over is None or over >= last:
            shown.append(one)
    return shown


async def resources_on(school_id: int, list_id: int) -> list[dict[str, Any]]:
    """What stands on a list, for choosing from it: resource id, key, title."""
    return await (
        ListItem.filter(school_id=school_id, curated_id=list_id)
        .order_by("position", "id")
        .values("resource_id", key="resource__key", title="resource__title")
    )
