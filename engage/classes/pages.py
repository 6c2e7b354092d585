"""The pages of teachers: their classes, one class, an assignment, and asking for a list."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.classes import actions, queries
from engage.classes.forms import AssignForm
from engage.classes.rules import AssignmentKind, Status
from engage.errors import NotFound, Refused
from engage.lists.models import CuratedList
from engage.lists.queries import published_for
from engage.people.models import SchoolClass
from engage.people.rules import spelled
from engage.web.forms import sent_form, words
from engage.web.render import render, say, see_other
from engage.web.routing import path_for
from engage.web.tables import csv_answer

WORDS = {
    Status.DONE: "finished",
    Status.STARTED: "started",
    Status.STOPPED: "stopped",
    Status.LATE: "overdue",
    Status.NONE: "not started",
}


async def index(request: Request) -> Response:
    """The classes of a person."""
    return render(request, "classes/index.html", rooms=await queries.index_of(request.user))


async def show(request: Request) -> Response:
    """A class: each student against each assignment, and totals; nothing that a student chose freely."""
    room = await queries.class_taught_by(request.user, request.path_params["key"])
    today = dates.today(request.user.school.zone)
    page = await queries.page_of(request.user, room, today)
    quiet = [
        row
        for row in page.rows
        if row.last_on is None
        or (today - row.last_on).days >= queries.QUIET_DAYS
        or any(part.status is Status.LATE for part in row.parts)
    ]
    return render(request, "classes/show.html", room=room, code=spelled(room.code), page=page, quiet=quiet)


async def progress(request: Request) -> Response:
    """The class page as a table to take away."""
    room = await queries.class_taught_by(request.user, request.path_params["key"])
    page = await queries.page_of(request.user, room, dates.today(request.user.school.zone))
    head = ["Student", *(f"{one.title} ({one.asks})" for one in page.assignments), "Days this week"]
    rows: list[list[str | int]] = [
        [
            row.name,
            *(f"{WORDS[part.status]}, {part.finished} of {part.asked}" for part in row.parts),
            row.days,
        ]
        for row in page.rows
    ]
    return csv_answer(f"{room.name}.csv", head, rows)


async def assignment(request: Request) -> Response:
    """One assignment: each student against each item."""
    room = await queries.class_taught_by(request.user, request.path_params["key"])
    assigned = await queries.assignment_of(room, request.path_params["assignment"])
    items, rows = await queries.matrix_of(assigned, room, dates.today(request.user.school.zone))
    finished = [sum(row.statuses[place] is Status.DONE for row in rows) for place in range(len(items))]
    return render(
        request, "classes/assignment.html", room=room, assigned=assigned, items=items, rows=rows, finished=finished
    )


async def assign(request: Request) -> Response:
    """Ask one's classes, or as a specialist any class, for a published list."""
    reader = request.user
    rooms = await queries.classes_to_assign(reader)
    if not rooms:
        raise NotFound("no class to assign to")
    lists = await published_for(reader).filter(items_count__gt=0).order_by("title").values("id", "key", "slug", "title")
    asked_list = words(request, "list") or words(request, "slug")
    start = next((one["key"] for one in lists if asked_list in (one["key"], one["slug"])), "")
    start_rooms = [room["key"] for room in rooms if room["key"] == words(request, "class")] or [rooms[0]["key"]][
        : len(rooms) == 1
    ]
    form = await _form(request, lists, rooms, list=start, classes=start_rooms)
    if form.complete:
        curated = await CuratedList.get(school_id=reader.school.id, key=form.list.data)
        chosen_rooms = await SchoolClass.filter(school_id=reader.school.id, key__in=form.classes.data).order_by("name")
        try:
            made = await actions.assign(
                curated,
                chosen_rooms,
                AssignmentKind(form.kind.data),
                form.required.data or 0,
                form.chosen.data or [],
                form.instructions.data or "",
                form.shows_from.data,
                form.due_on.data,
                by=reader,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            names = " and ".join(room.name for room in chosen_rooms)
            say(request, f"{names} {'has' if len(made) == 1 else 'have'} “{curated.title}” now.")
            first = chosen_rooms[0]
            if first.id in reader.taught_ids:
                return see_other(request, "classes.show", key=first.key)
            return see_other(request, "lists.show", slug=curated.slug)
    return render(request, "classes/assign.html", form.status, form=form, rooms=rooms, lists=lists)


async def _form(
    request: Request, lists: list[dict[str, Any]], rooms: list[dict[str, Any]], **preset: Any
) -> AssignForm:
    """The form with what this person may choose from; the items of the chosen list are offered too."""
    offered = {
        "list": [("", "Choose a list"), *((one["key"], one["title"]) for one in lists)],
        "classes": [(room["key"], room["name"]) for room in rooms],
        "chosen": [],
    }
    key = preset["list"]
    if request.method == "POST":
        key = str((await sent_form(request)).get("list", ""))
    picked = next((one for one in lists if one["key"] == key), None)
    if picked is not None:
        items = await queries.resources_on(request.user.school.id, picked["id"])
        offered["chosen"] = [(item["key"], item["title"]) for item in items]
    return await AssignForm.read(request, offered, **preset)


async def withdraw(request: Request) -> Response:
    """Take an assignment back."""
    room = await queries.class_taught_by(request.user, request.path_params["key"])
    assigned = await queries.assignment_of(room, request.path_params["assignment"])
    await actions.withdraw(assigned.key, room, by=request.user)
    undo = path_for(request, "classes.ask_again", key=room.key, assignment=assigned.key)
    say(request, f"“{assigned.title}” is no longer asked of {room.name}.", undo=undo)
    return see_other(request, "classes.show", key=room.key)


async def ask_again(request: Request) -> Response:
    """Undo a withdrawal."""
    room = await queries.class_taught_by(request.user, request.path_params["key"])
    await actions.ask_again(request.path_params["assignment"], room, by=request.user)
    say(request, "It is asked again.")
    return see_other(request, "classes.show", key=room.key)
