"""The desk of staff: the door of a class, the settings of the school, and the audit."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import Refused
from engage.people import actions, audit, helping, privacy_queries, queries, working_queries
from engage.people.forms import DoorForm, SettingsForm
from engage.people.rules import spelled
from engage.web.forms import choice, day_of, number, words
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other
from engage.web.routing import path_for
from engage.web.sessions import proved
from engage.web.tables import csv_answer

AUDIT_HEAD = ("When", "Who", "What", "About", "More")


async def door(request: Request) -> Response:
    """The door of a class: open it for a while, and see who can come in."""
    room = await queries.class_for(request.user, "CLS06", request.path_params["key"])
    form = await DoorForm.read(request)
    if form.complete:
        try:
            await actions.open_door(room, form.minutes.data, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"The door is open for {form.minutes.data} minutes.")
            return see_other(request, "people.door", key=room.key)
    students: list[helping.Student] = []
    if queries.may_in_class(request.user, "CLS01", room.id):
        students = await helping.students_with(room, request.user, request.app.settings.secret_key)
    is_open = room.sign_in_until is not None and room.sign_in_until > dates.now()
    return render(
        request,
        "people/door.html",
        form.status,
        form=form,
        room=room,
        code=spelled(room.code),
        is_open=is_open,
        students=students,
        opened_by=await queries.opener_of(room) if is_open else "",
        may_help=queries.may_in_class(request.user, "CLS05", room.id),
        sees_class=queries.may_in_class(request.user, "REP01", room.id),
    )


async def close_door(request: Request) -> Response:
    """Shut the door of a class."""
    room = await queries.class_for(request.user, "CLS06", request.path_params["key"])
    await actions.close_door(room, by=request.user)
    say(request, "The door is shut. Who is in stays in.")
    return see_other(request, "people.door", key=room.key)


async def audit_log(request: Request) -> Response:
    """Who of the staff changed what of others, newest first, by act, person and day."""
    acts = await audit.acts(request.user)
    wanted = _wanted(request, acts)
    entries = await audit.latest(request.user, number(request, "before", 0, 0) or None, wanted)
    return render(
        request,
        "people/audit.html",
        entries=entries,
        more=len(entries) == audit.SHOWN,
        acts=acts,
        wanted=wanted,
        query={"act": wanted.act, "who": wanted.who, "on": wanted.on},
        alarms=await privacy_queries.alarms(request.user),
    )


async def audit_csv(request: Request) -> Response:
    """The same as a table to take away; that somebody took it is written down."""
    if not proved(request):
        return to_prove(request, path_for(request, "people.audit_log"))
    wanted = _wanted(request, await audit.acts(request.user))
    await actions.note_audit_taken(by=request.user)
    rows = await audit.all_of(request.user, wanted)
    columns = ("at", "by_name", "act", "about_name", "detail")
    return csv_answer("audit.csv", AUDIT_HEAD, [[row[name] for name in columns] for row in rows])


async def background(request: Request) -> Response:
    """What is done in the background, when it was done last, and what went wrong (ADM01)."""
    work = await working_queries.background_work(request.user, dates.now())
    return render(request, "people/background.html", work=work)


def _wanted(request: Request, acts: Sequence[str]) -> audit.Wanted:
    return audit.Wanted(choice(request, "act", acts), words(request, "who", 80), day_of(words(request, "on")))


async def settings(request: Request) -> Response:
    """What the school has decided for its library (ADM01)."""
    decided = await queries.settings_of(request.user)
    # a zone that was set by the command may be one that is not offered
    zones = [(zone, zone.replace("_", " ")) for zone in dict.fromkeys([*dates.zones(), decided["zone"]])]
    form = await SettingsForm.read(request, offering={"zone": zones}, **decided)
    if form.complete:
        changed = await actions.change_settings(form.values, by=request.user)
        say(request, "The settings are kept." if changed else "Nothing was changed.")
        return see_other(request, "people.settings")
    return render(request, "people/settings.html", form.status, form=form)
