"""The pages of teachers: their classes, one class, and how far each student is with one assignment."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.classes import asking_queries, group_queries, hand_ins, help_queries, queries, showing, unit_queries
from engage.classes.help_rules import STATES
from engage.classes.progress_queries import Matrix, matrix_of, page_of, spoken
from engage.classes.queries import Assigned
from engage.classes.rules import HELP_RULE
from engage.lists.queries import published_for
from engage.people import records
from engage.people.queries import students_of
from engage.people.rules import Reader, Scope, spelled
from engage.web.cache import answer
from engage.web.render import render
from engage.web.tables import csv_answer


async def index(request: Request) -> Response:
    """The classes of a person; a teacher's own reading groups, units, and requests to the library."""
    reader = request.user
    rooms, groups = await queries.index_of(reader), await group_queries.groups_of(reader)
    return render(
        request,
        "classes/index.html",
        rooms=rooms,
        groups=groups,
        to_open=await queries.rooms_to_open(reader),
        may_log=reader.may("LOG02", Scope.SCHOOL),
        teaches=bool(reader.taught_ids),
        plans=unit_queries.plans(reader),
        units=await unit_queries.open_units(reader),
        asks=help_queries.asks(reader),
        help=await help_queries.open_asked_by(reader),
        help_states=STATES,
    )


async def show(request: Request) -> Response:
    """A class: each student against each assignment, and totals; nothing that a student chose freely."""
    reader = request.user
    room = await queries.class_taught_by(reader, request.path_params["key"])
    today = dates.today(reader.school.zone)
    everything = request.query_params.get("all") == "1"
    page = await page_of(reader, room, today, everything)
    return render(
        request,
        "classes/show.html",
        room=room,
        code=spelled(room.code),
        page=page,
        cells=showing.cells_of_class(page),
        everything=everything,
        quiet=[row for row in page.rows if row.help],
        help_rule=HELP_RULE,
        due=page.due(today),
        proposals=await asking_queries.proposals_for(reader, room),
        at=dates.now(),
    )


async def show_now(request: Request) -> Response:
    """What may have changed on the page of a class since it was made, for its script."""
    room = await queries.class_taught_by(request.user, request.path_params["key"])
    everything = request.query_params.get("all") == "1"
    page = await page_of(request.user, room, dates.today(request.user.school.zone), everything)
    return live(request, showing.live_class(page))


def live(request: Request, told: Mapping[str, Any]) -> Response:
    """A part of a page as JSON; 304 where the page has it already."""
    return answer(request, json.dumps(told, separators=(",", ":")), "application/json")


async def progress(request: Request) -> Response:
    """The class page as a table to take away, with all assignments of the year."""
    room = await queries.class_taught_by(request.user, request.path_params["key"])
    page = await page_of(request.user, room, dates.today(request.user.school.zone), everything=True)
    head = ["Student", *(f"{one.title} ({one.asks})" for one in page.assignments), "Days this week"]
    rows: list[list[str | int]] = [[row.name, *map(showing.said, row.parts), row.days] for row in page.rows]
    await records.noted("progress of a class", len(rows), by=request.user)
    return csv_answer(f"{room.name}.csv", head, rows)


async def assignment(request: Request) -> Response:
    """One assignment: each student against each item, and what was handed in."""
    room, assigned, matrix, handed = await _assignment(request)
    seen = await published_for(request.user).filter(slug=assigned.slug).exists()
    return render(
        request,
        "classes/assignment.html",
        room=room,
        group=None,
        assigned=assigned,
        matrix=matrix,
        cells=showing.cells_of_items(matrix),
        handed=handed,
        list_seen=seen,
        may_change=may_change(request.user, assigned),
        at=dates.now(),
    )


def may_change(reader: Reader, assigned: Assigned) -> bool:
    """Whether a teacher of the class may change it: what is asked of a group is its teacher's."""
    return assigned.group_id is None or assigned.teacher_id == reader.id


async def assignment_now(request: Request) -> Response:
    """What may have changed on the page of an assignment since it was made, for its script."""
    _, _, matrix, _ = await _assignment(request)
    return live(request, showing.live_items(matrix))


async def assignment_progress(request: Request) -> Response:
    """An assignment as a table to take away, item by item."""
    room, assigned, matrix, _ = await _assignment(request)
    await records.noted("progress of an assignment", len(matrix.rows), by=request.user)
    return csv_answer(f"{room.name}, {assigned.title}.csv", *table_of(matrix))


def table_of(matrix: Matrix) -> tuple[list[str], list[list[str]]]:
    """An assignment as the head and the rows of a table."""
    head = ["Student", "So far", *(str(item["title"]) for item in matrix.items)]
    return head, [
        [row.name, showing.said(row.part), *(showing.WORDS[status] for status in row.statuses)] for row in matrix.rows
    ]


async def _assignment(request: Request) -> tuple[Any, Assigned, Matrix, list[tuple[str, list[dict[str, Any]]]]]:
    reader = request.user
    room = await queries.class_taught_by(reader, request.path_params["key"])
    assigned = await queries.assignment_of(room, request.path_params["assignment"])
    students = await students_of(reader.school.id, room.id)
    matrix = await matrix_of(reader.school.id, assigned, students, dates.today(reader.school.zone))
    return room, assigned, matrix, await handed_by(reader, assigned, students)


async def handed_by(
    reader: Reader, assigned: Assigned, students: list[dict[str, Any]]
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Names of students with what they handed in, in the order of the class."""
    handed = await hand_ins.handed_in(reader, assigned, [student["id"] for student in students])
    return [(spoken(student), handed[student["id"]]) for student in students if student["id"] in handed]
