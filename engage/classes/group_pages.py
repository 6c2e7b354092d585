"""A teacher's reading groups: made, changed, looked at, ended."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.classes import group_actions, group_queries, showing
from engage.classes.forms import GroupForm
from engage.classes.models import ReadingGroup
from engage.classes.pages import handed_by, table_of
from engage.classes.progress_queries import Matrix, matrix_of, page_of_group
from engage.classes.queries import Assigned, standing, told
from engage.classes.rules import HELP_RULE
from engage.errors import NotFound, Refused
from engage.lists.queries import published_for
from engage.people import records
from engage.web.render import render, say, see_other
from engage.web.routing import path_for
from engage.web.tables import csv_answer


async def new_group(request: Request) -> Response:
    """Take some students of one's own classes together."""
    reader = request.user
    students = await group_queries.students_taught(reader)
    if not students:
        say(request, "There are no students yet in classes of yours.", kind="care")
        return see_other(request, "classes.index")
    form = await GroupForm.read(request, {"students": group_queries.to_choose(students)})
    if form.complete:
        try:
            key = await group_actions.make_group(form.name.data, form.students.data, by=reader, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"“{form.name.data}” is made.")
            return see_other(request, "classes.group", key=key)
    return render(request, "classes/edit_group.html", form.status, form=form, group=None)


async def group(request: Request) -> Response:
    """A reading group: who is in it, and how far each is with what was asked of it."""
    reader = request.user
    found = await group_queries.own_group(reader, request.path_params["key"])
    students = await group_queries.members_to_show(reader, found)
    page = await page_of_group(reader, found, students, dates.today(reader.school.zone), everything=True)
    return render(
        request,
        "classes/group.html",
        group=found,
        students=students,
        page=page,
        cells=showing.cells_of_class(page),
        quiet=[row for row in page.rows if row.help],
        help_rule=HELP_RULE,
        at=dates.now(),
    )


async def edit_group(request: Request) -> Response:
    """Rename a group, put students in and out."""
    reader = request.user
    found = await group_queries.own_group(reader, request.path_params["key"])
    students = await group_queries.students_taught(reader)
    inside = [one["key"] for one in await group_queries.members_to_show(reader, found)]
    offered = {"students": group_queries.to_choose(students)}
    form = await GroupForm.read(request, offered, name=found.name, students=inside)
    if form.complete:
        try:
            await group_actions.change_group(found.key, form.name.data, form.students.data, by=reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The group is changed.")
            return see_other(request, "classes.group", key=found.key)
    return render(request, "classes/edit_group.html", form.status, form=form, group=found)


async def end_group(request: Request) -> Response:
    """End a group."""
    ended = await group_actions.end_group(request.path_params["key"], by=request.user)
    undo = path_for(request, "classes.go_on_with_group", key=ended.key)
    say(request, f"“{ended.name}” has ended. Nothing is asked of it any more.", undo=undo)
    return see_other(request, "classes.index")


async def go_on_with_group(request: Request) -> Response:
    """Undo the end of a group."""
    found = await group_actions.go_on_with_group(request.path_params["key"], by=request.user)
    say(request, f"“{found.name}” goes on.")
    return see_other(request, "classes.group", key=found.key)


async def group_assignment(request: Request) -> Response:
    """What was asked of a group: each student against each item, and what was handed in."""
    reader = request.user
    found, assigned, students, matrix = await _assignment(request)
    return render(
        request,
        "classes/assignment.html",
        room=None,
        group=found,
        assigned=assigned,
        matrix=matrix,
        cells=showing.cells_of_items(matrix),
        handed=await handed_by(reader, assigned, students),
        list_seen=await published_for(reader).filter(slug=assigned.slug).exists(),
        may_change=True,
        at=dates.now(),
    )


async def group_progress(request: Request) -> Response:
    """What was asked of a group as a table to take away."""
    found, assigned, _, matrix = await _assignment(request)
    await records.noted("progress of a group", len(matrix.rows), by=request.user)
    return csv_answer(f"{found.name}, {assigned.title}.csv", *table_of(matrix))


async def _assignment(request: Request) -> tuple[ReadingGroup, Assigned, list[dict[str, Any]], Matrix]:
    reader = request.user
    found = await group_queries.own_group(reader, request.path_params["key"])
    asked = standing(reader.school.id).filter(group_id=found.id, key=request.path_params["assignment"])
    assigned = await told(reader.school.id, asked)
    if not assigned:
        raise NotFound(request.path_params["assignment"])
    students = await group_queries.members_to_show(reader, found)
    today = dates.today(reader.school.zone)
    return found, assigned[0], students, await matrix_of(reader.school.id, assigned[0], students, today)
