"""What is asked about classes: whose they are, what was assigned, and how far each student is with exactly that."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from tortoise.queryset import QuerySet

from engage.classes.models import Assignment, AssignmentItem
from engage.classes.rules import AssignmentKind, Part, Status, asks, part_of
from engage.errors import NotFound
from engage.lists.models import ListItem
from engage.people.models import ClassMember, SchoolClass
from engage.people.queries import students_of
from engage.people.rules import Reader, Role, Scope
from engage.programs.models import LogEntry, ResourceProgress, Standing

QUIET_DAYS = 7


def classes_for(reader: Reader) -> QuerySet[SchoolClass]:
    """The classes that go on and that this person may see: taught ones, or all for who may see rosters (CLS01)."""
    rooms = SchoolClass.filter(school_id=reader.school.id, ended_on__isnull=True)
    return rooms if reader.may("CLS01", Scope.SCHOOL) else rooms.filter(id__in=sorted(reader.taught_ids))


async def class_taught_by(reader: Reader, key: str) -> SchoolClass:
    """A class that this person teaches, or NotFound; its report is for nobody else (REP01)."""
    room = await SchoolClass.get_or_none(school_id=reader.school.id, key=key, ended_on__isnull=True)
    if room is None or room.id not in reader.taught_ids:
        raise NotFound(key)
    return room


async def classes_to_assign(reader: Reader) -> list[dict[str, Any]]:
    """The classes that this person may assign to (LST12): id, key, name, grade."""
    rooms = SchoolClass.filter(school_id=reader.school.id, ended_on__isnull=True)
    if not reader.may("LST12", Scope.SCHOOL):
        rooms = rooms.filter(id__in=sorted(reader.taught_ids))
    return await rooms.order_by("name").values("id", "key", "name", "grade")


async def index_of(reader: Reader) -> list[dict[str, Any]]:
    """The classes for a person's first page: key, name, grade, students, assignments that are open."""
    rooms = await classes_for(reader).order_by("name").values("id", "key", "name", "grade")
    ids = [room["id"] for room in rooms]
    students = await ClassMember.filter(
        school_id=reader.school.id, school_class_id__in=ids, role=Role.STUDENT, until__isnull=True
    ).values_list("school_class_id")
    open_ones = await Assignment.filter(
        school_id=reader.school.id, school_class_id__in=ids, withdrawn_at__isnull=True
    ).values_list("school_class_id")
    return [
        {
            **room,
            "students": sum(row[0] == room["id"] for row in students),
            "assignments": sum(row[0] == room["id"] for row in open_ones),
            "taught": room["id"] in reader.taught_ids,
        }
        for room in rooms
    ]


@dataclass(frozen=True)
class Assigned:
    """An assignment with the list that it asks for. resources: ids, in the list's order."""

    id: int
    key: str
    class_id: int
    kind: AssignmentKind
    required: int
    instructions: str
    shows_from: date
    due_on: date | None
    title: str
    slug: str
    ink: str
    by: str
    resources: tuple[int, ...]

    @property
    def asks(self) -> str:
        """What it asks for, in words."""
        return asks(self.kind, self.required, len(self.resources))

    def part(self, states: dict[int, tuple[str, date]], on: date) -> Part:
        """How far somebody is who stands so with resources. What was read before it was assigned is not looked at."""
        since = {resource: state for resource, (state, day) in states.items() if day >= self.shows_from}
        return part_of(self.kind, self.required, self.resources, since, self.due_on, on)


async def assigned_to(school_id: int, class_ids: list[int], key: str = "") -> list[Assigned]:
    """The assignments of some classes that stand, the nearest due day first. Two statements, however many."""
    found = Assignment.filter(school_id=school_id, school_class_id__in=class_ids, withdrawn_at__isnull=True)
    if key:
        found = found.filter(key=key)
    rows = await found.order_by("due_on", "id").values(
        "id",
        "key",
        "kind",
        "required",
        "instructions",
        "shows_from",
        "due_on",
        class_id="school_class_id",
        title="curated__title",
        slug="curated__slug",
        ink="curated__ink",
        by="by__name",
    )
    items: dict[int, list[int]] = defaultdict(list)
    for assignment_id, resource_id in await (
        AssignmentItem.filter(school_id=school_id, assignment_id__in=[row["id"] for row in rows])
        .order_by("position", "id")
        .values_list("assignment_id", "resource_id")
    ):
        items[assignment_id].append(resource_id)
    made = [
        Assigned(
            **{**row, "kind": AssignmentKind(row["kind"]), "by": row["by"] or ""}, resources=tuple(items[row["id"]])
        )
        for row in rows
    ]
    return sorted(made, key=lambda one: (one.due_on is None, one.due_on or date.max))


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


@dataclass(frozen=True)
class Row:
    """One student on the class page. parts: in the order of the assignments. days: active days of this week."""

    key: str
    name: str
    parts: tuple[Part, ...]
    days: int
    last_on: date | None


@dataclass(frozen=True)
class Program:
    """A program that somebody of the class has joined: totals, never titles. minutes: by student key."""

    title: str
    slug: str
    joined: int
    completed: int
    minutes: dict[str, int]


@dataclass(frozen=True)
class ClassPage:
    """Everything on the page of a class."""

    assignments: tuple[Assigned, ...]
    rows: tuple[Row, ...]
    programs: tuple[Program, ...]
    active_this_week: int
    active_last_week: int
    usual_minutes: int

    @property
    def done(self) -> int:
        """How many parts of assigned work are done."""
        return sum(part.status is Status.DONE for row in self.rows for part in row.parts)

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return sum(len(row.parts) for row in self.rows)

    def done_of(self, place: int) -> int:
        """How many students are done with one assignment."""
        return sum(row.parts[place].status is Status.DONE for row in self.rows)


async def page_of(reader: Reader, room: SchoolClass, today: date) -> ClassPage:
    """The page of a class: six statements, however many students and assignments."""
    school_id = reader.school.id
    students = await students_of(school_id, room.id)
    ids = [student["id"] for student in students]
    assignments = await assigned_to(school_id, [room.id])
    shown = sorted({resource for one in assignments for resource in one.resources})
    states = await states_of(school_id, ids, shown)
    monday = today - timedelta(days=today.weekday())
    log = await LogEntry.filter(
        school_id=school_id,
        person_id__in=ids,
        on__gte=monday - timedelta(days=7),
        void__id__isnull=True,
        superseded_by__id__isnull=True,
    ).values_list("person_id", "on", "minutes")
    last = await _last_days(school_id, ids, today)
    days: dict[int, set[date]] = defaultdict(set)
    minutes: dict[tuple[int, date], int] = defaultdict(int)
    for person_id, day, amount in log:
        days[person_id].add(day)
        minutes[person_id, day] += amount or 0
    rows = tuple(
        Row(
            student["key"],
            spoken(student),
            tuple(one.part(states[student["id"]], today) for one in assignments),
            sum(day >= monday for day in days[student["id"]]),
            last.get(student["id"]),
        )
        for student in students
    )
    return ClassPage(
        tuple(assignments),
        rows,
        await _programs(school_id, {student["id"]: student["key"] for student in students}, today),
        sum(any(day >= monday for day in days[one]) for one in ids),
        sum(any(day < monday for day in days[one]) for one in ids),
        round(median(minutes.values())) if minutes else 0,
    )


def spoken(student: dict[str, Any]) -> str:
    """A student's name as a class says it: with the letter where two share a name."""
    return f"{student['name']} {student['letter']}." if student["letter"] else str(student["name"])


async def _last_days(school_id: int, person_ids: list[int], today: date) -> dict[int, date]:
    """The last day on which each logged something in the last month; no title goes along."""
    rows = await LogEntry.filter(
        school_id=school_id,
        person_id__in=person_ids,
        on__gte=today - timedelta(days=30),
        void__id__isnull=True,
        superseded_by__id__isnull=True,
    ).values_list("person_id", "on")
    last: dict[int, date] = {}
    for person_id, day in rows:
        last[person_id] = max(day, last.get(person_id, day))
    return last


async def _programs(school_id: int, keys: dict[int, str], today: date) -> tuple[Program, ...]:
    """The programs that run today and that students of the class take part in."""
    rows = await (
        Standing.filter(school_id=school_id, person_id__in=list(keys), program__starts__lte=today)
        .order_by("program__title")
        .values("person_id", "minutes", "completed_on", "program__ends", title="program__title", slug="program__slug")
    )
    running = [row for row in rows if row["program__ends"] is None or row["program__ends"] >= today]
    slugs = dict.fromkeys(row["slug"] for row in running)
    return tuple(
        Program(
            next(row["title"] for row in running if row["slug"] == slug),
            slug,
            sum(row["slug"] == slug for row in running),
            sum(row["slug"] == slug and row["completed_on"] is not None for row in running),
            {keys[row["person_id"]]: row["minutes"] for row in running if row["slug"] == slug},
        )
        for slug in slugs
    )


@dataclass(frozen=True)
class ItemRow:
    """One student against each item of one assignment: statuses in the order of the items."""

    name: str
    part: Part
    statuses: tuple[Status, ...]


async def assignment_of(room: SchoolClass, key: str) -> Assigned:
    """One assignment of a class, or NotFound."""
    found = await assigned_to(room.school_id, [room.id], key)  # type: ignore[attr-defined]
    if not found:
        raise NotFound(key)
    return found[0]


async def matrix_of(assigned: Assigned, room: SchoolClass, today: date) -> tuple[list[dict[str, Any]], list[ItemRow]]:
    """The items of an assignment (title, key, creators, mode) and each student against them: three statements."""
    school_id: int = room.school_id  # type: ignore[attr-defined]
    students = await students_of(school_id, room.id)
    states = await states_of(school_id, [student["id"] for student in students], list(assigned.resources))
    items = (
        await AssignmentItem.filter(school_id=school_id, assignment_id=assigned.id)
        .order_by("position", "id")
        .values(
            "resource_id",
            key="resource__key",
            title="resource__title",
            creators="resource__creators",
            mode="resource__mode",
        )
    )
    rows = []
    for student in students:
        own = states[student["id"]]
        statuses = tuple(_status(own.get(resource), assigned.shows_from) for resource in assigned.resources)
        rows.append(ItemRow(spoken(student), assigned.part(own, today), statuses))
    return items, rows


def _status(state: tuple[str, date] | None, since: date) -> Status:
    if state is None or state[1] < since:
        return Status.NONE
    return {"finished": Status.DONE, "stopped": Status.STOPPED}.get(state[0], Status.STARTED)


@dataclass(frozen=True)
class Ticket:
    """What a class was asked for, as one student sees it. others: titles of what is finished of it."""

    key: str
    title: str
    slug: str
    ink: str
    by: str
    asks: str
    instructions: str
    due_on: date | None
    part: Part


async def tickets_for(reader: Reader, today: date) -> list[Ticket]:
    """What a student's classes were asked for and is not long over, the nearest due day first: three statements."""
    if not reader.class_ids or reader.id is None:
        return []
    assigned = [
        one
        for one in await assigned_to(reader.school.id, sorted(reader.class_ids))
        if one.shows_from <= today and (one.due_on is None or one.due_on >= today - timedelta(days=QUIET_DAYS))
    ]
    shown = sorted({resource for one in assigned for resource in one.resources})
    states = (await states_of(reader.school.id, [reader.id], shown))[reader.id]
    return [
        Ticket(
            one.key,
            one.title,
            one.slug,
            one.ink,
            one.by,
            one.asks,
            one.instructions,
            one.due_on,
            one.part(states, today),
        )
        for one in assigned
    ]


async def resources_on(school_id: int, list_id: int) -> list[dict[str, Any]]:
    """What stands on a list, for choosing from it: resource id, key, title."""
    return await (
        ListItem.filter(school_id=school_id, curated_id=list_id)
        .order_by("position", "id")
        .values("resource_id", key="resource__key", title="resource__title")
    )
