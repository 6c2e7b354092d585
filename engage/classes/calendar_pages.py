"""Calendars to subscribe to: one's own dates, those of a class, those of a program."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.classes import calendars
from engage.classes.forms import CalendarForm
from engage.classes.queries import class_taught_by
from engage.people.models import SchoolClass
from engage.programs.queries import program_for
from engage.web.cache import answer
from engage.web.calendars import CALENDAR, calendar_of
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other, whole
from engage.web.routing import path_for
from engage.web.sessions import new_token

SLUGS = {"programs.show": "slug", "classes.asked": "assignment", "classes.unit": "key"}


async def my_calendar(request: Request) -> Response:
    """The dates of whoever made this secret address."""
    here = request.user
    reader = await calendars.whose(here.school.id, here.school.slug, _hash_of(request))
    events = await calendars.dates_of(reader, _address(request))
    # a list's title is all that it says, so the calendar has no name of a person either
    body = calendar_of(f"My dates, {here.school.name}", "Dates", here.school.zone, events)
    return answer(request, body, CALENDAR)


async def class_calendar(request: Request) -> Response:
    """The dates of a class, for whom its teacher gave the secret address."""
    here, key = request.user, request.path_params["key"]
    reader = await calendars.whose(here.school.id, here.school.slug, _hash_of(request), key)
    room = await class_taught_by(reader, key)
    events = await calendars.dates_of_class(reader, room, _address(request))
    return answer(request, calendar_of(f"{room.name}, {here.school.name}", "Class", here.school.zone, events), CALENDAR)


async def program_calendar(request: Request) -> Response:
    """The first and the last day of a program."""
    school = request.user.school
    program = await program_for(request.user, request.path_params["slug"])
    row = program | {"made_at": program["published_at"]}
    events = calendars.dates_of_program(row, _address(request)) if row["made_at"] else []
    return answer(request, calendar_of(program["title"], "Program", school.zone, events), CALENDAR)


async def my_calendars(request: Request) -> Response:
    """Make, renew and end the secret address of one's own dates; a new one is shown this once."""
    return await _one_calendar(request, None)


async def end_my_calendar(request: Request) -> Response:
    """End the address of one's own dates."""
    if request.user.by_card:
        return to_prove(request, path_for(request, "classes.my_calendars"))
    await calendars.end_address(by=request.user)
    say(request, "That address works no longer.")
    return see_other(request, "classes.my_calendars")


async def calendar_of_class(request: Request) -> Response:
    """The same for the dates of a class that one teaches."""
    return await _one_calendar(request, await class_taught_by(request.user, request.path_params["key"]))


async def _one_calendar(request: Request, room: SchoolClass | None) -> Response:
    reader, class_id = request.user, room.id if room else None
    if reader.by_card:
        return to_prove(request)
    form = await CalendarForm.read(request)
    address = ""
    if form.complete:
        token = new_token()
        await calendars.make_address(_hashed(request, token), by=reader, class_id=class_id)
        secret = {"key": token}
        own = path_for(request, "classes.class_calendar", secret, key=room.key) if room else ""
        address = whole(request, own or path_for(request, "classes.my_calendar", secret))
    made_at = await calendars.made_at(reader, class_id)
    return render(request, "classes/calendar.html", room=room, form=form, address=address, made_at=made_at)


async def end_calendar_of_class(request: Request) -> Response:
    """End the address of a class's dates that one made."""
    room = await class_taught_by(request.user, request.path_params["key"])
    await calendars.end_address(by=request.user, class_id=room.id)
    say(request, "That address works no longer.")
    return see_other(request, "classes.calendar_of_class", key=room.key)


def _hash_of(request: Request) -> str:
    return _hashed(request, request.query_params.get("key", "")[:200])


def _hashed(request: Request, token: str) -> str:
    return calendars.hashed(request.app.settings.secret_key, token)


def _address(request: Request) -> Callable[[str, str], str]:
    def address(name: str, key: str) -> str:
        named: dict[str, Any] = {SLUGS[name]: key}
        return whole(request, path_for(request, name, **named))

    return address
