"""How far each student of a class or group is with what was assigned; never what a student chose freely (P2)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from tortoise.functions import Sum

from engage.classes.models import AssignmentItem, ReadingGroup
from engage.classes.queries import Assigned, assigned_to, standing, states_of, told
from engage.classes.rules import Part, Status, needs_help
from engage.people.models import SchoolClass
from engage.people.queries import students_of
from engage.people.rules import Reader, named
from engage.programs.models import LogEntry, Standing

LOOKS_BACK = timedelta(days=30)
# assignments that were due longer ago stand on the page only if they are asked for
LONG_OVER = timedelta(days=28)
DUE_SOON = timedelta(days=14)


@dataclass(frozen=True)
class Row:
    """One student on the page. parts: in the order of the assignments, None where the student is not asked.

    days: active days of this week. help: why to talk to the student, as sentences.
    """

    key: str
    name: str
    parts: tuple[Part | None, ...]
    days: int
    help: tuple[str, ...]


@dataclass(frozen=True)
class Program:
    """A program that somebody of the class has joined: totals, never titles. minutes: by student key."""

    title: str
    slug: str
    joined: int
    completed: int
    minutes: dict[str, int]


@dataclass(frozen=True)
class Due:
    """An assignment with its day in the next two weeks. open: how many of the asked are not done."""

    assigned: Assigned
    open: int
    asked: int


@dataclass(frozen=True)
class ClassPage:
    """Everything on the page of a class or a group. earlier: how many assignments are long over and not shown."""

    assignments: tuple[Assigned, ...]
    earlier: int
    rows: tuple[Row, ...]
    programs: tuple[Program, ...]
    active_this_week: int
    active_last_week: int
    usual_minutes: int

    @property
    def done(self) -> int:
        """How many parts of assigned work are done."""
        return sum(part is not None and part.status is Status.DONE for row in self.rows for part in row.parts)

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return sum(part is not None for row in self.rows for part in row.parts)

    def asked_by(self, place: int) -> list[Part]:
        """The parts of the students who are asked by one assignment."""
        return [part for row in self.rows if (part := row.parts[place]) is not None]

    def done_of(self, place: int) -> str:
        """How many students are done with one assignment, in words."""
        parts = self.asked_by(place)
        return f"{sum(part.status is Status.DONE for part in parts)} of {len(parts)}"

    def due(self, today: date) -> list[Due]:
        """What is due from today for two weeks, the nearest first."""
        found = []
        for place, one in enumerate(self.assignments):
            if one.due_on is not None and today <= one.due_on <= today + DUE_SOON:
                parts = self.asked_by(place)
                found.append(Due(one, sum(part.status is not Status.DONE for part in parts), len(parts)))
        return found


async def page_of(reader: Reader, room: SchoolClass, today: date, everything: bool = False) -> ClassPage:
    """The page of a class: eight statements at most, however many students and assignments.

    everything: also what was due long ago.
    """
    assignments = await assigned_to(reader.school.id, [room.id])
    return await _page(reader.school.id, await students_of(reader.school.id, room.id), assignments, today, everything)


async def page_of_group(
    reader: Reader, group: ReadingGroup, students: list[dict[str, Any]], today: date, everything: bool = False
) -> ClassPage:
    """The same for a reading group. students: as students_of gives them."""
    assignments = await told(reader.school.id, standing(reader.school.id).filter(group_id=group.id))
    return await _page(reader.school.id, students, assignments, today, everything)


async def _page(
    school_id: int, students: list[dict[str, Any]], every: Sequence[Assigned], today: date, everything: bool
) -> ClassPage:
    ids = [student["id"] for student in students]
    ours = [one for one in every if one.asked is None or one.asked & set(ids)]
    shown = [one for one in ours if everything or one.due_on is None or one.due_on >= today - LONG_OVER]
    states = await states_of(school_id, ids, sorted({resource for one in shown for resource in one.resources}))
    monday = today - timedelta(days=today.weekday())
    days: dict[int, set[date]] = defaultdict(set)
    minutes: dict[tuple[int, date], int] = defaultdict(int)
    for person_id, day, amount in await _logged(school_id, ids, today - LOOKS_BACK):
        days[person_id].add(day)
        if day >= monday - timedelta(days=7):
            minutes[person_id, day] += amount or 0
    rows = []
    for student in students:
        own, active = states[student["id"]], days[student["id"]]
        parts = tuple(one.part(own, today) if one.asks_of(student["id"]) else None for one in shown)
        begun = [
            (part, one.due_on)
            for one, part in zip(shown, parts, strict=True)
            if part is not None and one.shows_from <= today
        ]
        reasons = needs_help(begun, max(active, default=None), today)
        rows.append(Row(student["key"], spoken(student), parts, sum(day >= monday for day in active), tuple(reasons)))
    last_monday = monday - timedelta(days=7)
    return ClassPage(
        tuple(shown),
        len(ours) - len(shown),
        tuple(rows),
        await _programs(school_id, {student["id"]: student["key"] for student in students}, today),
        sum(any(day >= monday for day in days[one]) for one in ids),
        sum(any(last_monday <= day < monday for day in days[one]) for one in ids),
        round(median(minutes.values())) if minutes else 0,
    )


async def _logged(school_id: int, person_ids: list[int], since: date) -> list[tuple[int, date, int | None]]:
    """Person, day and minutes of that day, of what stands in the logs since a day; no title goes along."""
    standing_entries = LogEntry.filter(
        school_id=school_id,
        person_id__in=person_ids,
        on__gte=since,
        void__id__isnull=True,
        superseded_by__id__isnull=True,
    )
    by_day = standing_entries.annotate(whole=Sum("minutes")).group_by("person_id", "on")
    return [(person, day, whole) for person, day, whole in await by_day.values_list("person_id", "on", "whole")]


def spoken(student: dict[str, Any]) -> str:
    """A student's name as a class says it: with the letter where two share a name."""
    return named(student["name"], student["letter"])


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

    key: str
    name: str
    part: Part
    statuses: tuple[Status, ...]


@dataclass(frozen=True)
class Matrix:
    """Each student who is asked against each item. items: title, key, creators, mode, state of each resource."""

    items: tuple[dict[str, Any], ...]
    rows: tuple[ItemRow, ...]

    def finished(self, place: int) -> str:
        """How many finished one item, in words."""
        return f"{sum(row.statuses[place] is Status.DONE for row in self.rows)} of {len(self.rows)}"

    @property
    def done(self) -> str:
        """How many did all that was asked, in words."""
        return f"{sum(row.part.status is Status.DONE for row in self.rows)} of {len(self.rows)}"


async def matrix_of(school_id: int, assigned: Assigned, students: list[dict[str, Any]], today: date) -> Matrix:
    """An assignment item by item, for those of these students whom it asks: two statements."""
    asked = [student for student in students if assigned.asks_of(student["id"])]
    states = await states_of(school_id, [student["id"] for student in asked], list(assigned.resources))
    rows = []
    for student in asked:
        own = states[student["id"]]
        statuses = tuple(status_of(own.get(resource), assigned.shows_from) for resource in assigned.resources)
        rows.append(ItemRow(student["key"], spoken(student), assigned.part(own, today), statuses))
    return Matrix(tuple(await items_of(school_id, assigned.id)), tuple(rows))


async def items_of(school_id: int, assignment_id: int) -> list[dict[str, Any]]:
    """The items of an assignment, kept as they were assigned: resource_id key title creators mode format state."""
    return await (
        AssignmentItem.filter(school_id=school_id, assignment_id=assignment_id)
        .order_by("position", "id")
        .values(
            "resource_id",
            key="resource__key",
            title="resource__title",
            creator="resource__creators",
            mode="resource__mode",
            format="resource__format",
            picture="resource__picture",
            state="resource__state",
        )
    )


def status_of(state: tuple[str, date] | None, since: date) -> Status:
    """Where somebody is with one item; what was before it was assigned is not looked at."""
    if state is None or state[1] < since:
        return Status.NONE
    return {"finished": Status.DONE, "stopped": Status.STOPPED}.get(state[0], Status.STARTED)
