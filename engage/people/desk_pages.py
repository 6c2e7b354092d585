"""The desk of staff: the door of a class, its students' pictures, and the audit."""

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import Refused
from engage.people import actions, audit, queries
from engage.people.forms import DoorForm, SettingsForm
from engage.people.rules import spelled
from engage.web.forms import number
from engage.web.render import render, say, see_other


async def door(request: Request) -> Response:
    """The door of a class: open it for a while, and see who can come in."""
    room = await queries.class_to_open(request.user, request.path_params["key"])
    form = await DoorForm.read(request)
    if form.complete:
        try:
            await actions.open_door(room, form.minutes.data, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"The door is open for {form.minutes.data} minutes.")
            return see_other(request, "people.door", key=room.key)
    students = await queries.students_of_door(request.user, room.id)
    return render(
        request,
        "people/door.html",
        form.status,
        form=form,
        room=room,
        code=spelled(room.code),
        is_open=room.sign_in_until is not None and room.sign_in_until > dates.now(),
        students=students,
    )


async def close_door(request: Request) -> Response:
    """Shut the door of a class."""
    room = await queries.class_to_open(request.user, request.path_params["key"])
    await actions.close_door(room, by=request.user)
    say(request, "The door is shut. Who is in stays in.")
    return see_other(request, "people.door", key=room.key)


async def new_pictures(request: Request) -> Response:
    """New pictures for a student; they are shown once, to be told to the child."""
    room = await queries.class_to_open(request.user, request.path_params["key"])
    student = await queries.student_to_help(request.user, room.id, request.path_params["student"])
    pictures = await actions.give_pictures(student, by=request.user, secret_key=request.app.settings.secret_key)
    return render(request, "people/pictures.html", room=room, student=student, pictures=actions.drawn(pictures))


async def audit_log(request: Request) -> Response:
    """Who of the staff changed what of others, newest first."""
    entries = await audit.latest(request.user, number(request, "before", 0, 0) or None)
    return render(request, "people/audit.html", entries=entries, more=len(entries) == audit.SHOWN)


async def settings(request: Request) -> Response:
    """What the school has decided for its library (ADM01)."""
    form = await SettingsForm.read(request, **await queries.settings_of(request.user))
    if form.complete:
        changed = await actions.change_settings(form.shows_measures.data, by=request.user)
        say(request, "The settings are kept." if changed else "Nothing was changed.")
        return see_other(request, "people.settings")
    return render(request, "people/settings.html", form.status, form=form)
