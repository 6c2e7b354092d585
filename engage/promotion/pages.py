"""The home page of a school, and the desk on which the library decides what stands there."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from engage import dates
from engage.classes.queries import tickets_for
from engage.database.fields import new_key
from engage.engagement import Kind, opened
from engage.errors import NotFound, Refused
from engage.people.rules import Reader, Role, Scope
from engage.programs.showing import LANTERNS
from engage.promotion import actions, queries
from engage.resources.waiting import counts
from engage.web.forms import Form, trimmed
from engage.web.front import share
from engage.web.render import render, say, see_other
from engage.web.routing import path_for

MINUTES = (10, 15, 20, 30)
JUDGES = {Role.SPECIALIST, Role.VIEWER, Role.SCHOOL_ADMIN}
TICKET_INKS = ("tomato", "leaf", "blue", "plum")


class ShowForm(Form):
    """What is put on show, and from which day to which."""

    what = SelectField("List or program", [InputRequired("Choose a list or a program.")], choices=[])
    kicker = StringField(
        "The line above its title", [Length(max=actions.KICKER, message="Use fewer words.")], [trimmed]
    )
    starts = DateField("First day", [InputRequired("Pick the first day.")])
    ends = DateField("Last day", [InputRequired("Pick the last day.")])


async def home(request: Request) -> Response:
    """The school's home: what is on show, one's own week, what one was asked for, and what is new."""
    reader = request.user
    today = dates.today(reader.school.zone)
    hero, wall = await queries.on_show(reader, today), await queries.wall(reader)
    display = hero["display_id"] if hero else None
    hero = hero or (wall[0] | {"display_id": None, "kicker": "Our newest list"} if wall else None)
    count_shown(request, display)
    program = await queries.program_on(reader, today)
    first = program["first"] if program else None
    return render(
        request,
        "promotion/home.html",
        greeting=greeting(dates.now(), reader.school.zone),
        hero=hero,
        wall=[row for row in wall if hero is None or row["slug"] != hero["slug"]][: queries.ON_WALL],
        shelf=await queries.new_on_shelf(reader),
        program=program,
        lanterns=program is not None and program["scene"] == "lanterns" and (first is None or hangs(first)),
        desk=await desk_of(request, reader),
        **await own_part(request, reader, program),
    )


def greeting(moment: datetime, zone: str) -> str:
    """ "Good morning" until noon, "Good afternoon" until six, by the school's clock."""
    hour = moment.astimezone(ZoneInfo(zone)).hour
    return "Good morning" if hour < 12 else "Good afternoon" if hour < 18 else "Good evening"


def hangs(progress: dict[str, Any]) -> bool:
    """Whether a challenge is small enough to hang a lantern for each step."""
    return bool(1 < progress["goal"] <= LANTERNS)


def count_shown(request: Request, display: int | None) -> None:
    """Count that a display was seen, and let the page be given again to visitors."""
    reader: Reader = request.user

    def count() -> None:
        if display is not None:
            opened(Kind.DISPLAY_SHOWN, reader, display_id=display)

    count()
    if reader.id is None:
        share(request, again=count)


async def own_part(request: Request, reader: Reader, program: dict[str, Any] | None) -> dict[str, Any]:
    """What only a student sees: the card with its quick form, and what the classes were asked for."""
    if not reader.is_student:
        return {"card": None, "tickets": [], "rooms": []}
    today = dates.today(reader.school.zone)
    card = await queries.card_of(reader, today)
    last = card.last or {"mode": "reading", "minutes": 20}
    joined = program is not None and program["enrolled"] and program["starts"] <= today
    return {
        "card": card,
        "quick": {
            "action": path_for(request, "programs.log_here", slug=program["slug"])
            if program and joined
            else path_for(request, "programs.add"),
            "mode": str(card.reading["mode"] if card.reading else last["mode"]),
            "minutes": last["minutes"] if last["minutes"] in MINUTES else 20,
            "choices": MINUTES,
            "key": new_key(),
            "on": today.isoformat(),
        },
        "tickets": list(zip(await tickets_for(reader, today), TICKET_INKS * 25, strict=False)),
        "rooms": await queries.class_names(reader),
    }


async def desk_of(request: Request, reader: Reader) -> list[tuple[str, str]]:
    """A few next steps for the staff, as words and address."""
    steps: list[tuple[str, str]] = []
    if not reader.is_staff:
        return steps
    if reader.may("FED04", Scope.SCHOOL):
        waiting = (await counts(reader)).get("waiting", 0)
        words = f"{waiting:,} new in the inbox" if waiting else "The inbox is empty"
        steps.append((words, path_for(request, "resources.inbox")))
    doors: tuple[tuple[str, str, Callable[[], bool]], ...] = (
        ("Put something on show", "promotion.index", lambda: queries.may_put_on_show(reader)),
        ("Your classes", "classes.index", lambda: bool(reader.taught_ids)),
        ("Assign a list", "classes.assign", lambda: bool(reader.taught_ids)),
        ("See how the library does", "evaluation.index", lambda: bool(reader.roles & JUDGES)),
    )
    known = request.app.addresses.paths
    return steps + [(words, path_for(request, name)) for words, name, may in doors if name in known and may()]


async def index(request: Request) -> Response:
    """What is and was on show; put something there, from a day to a day."""
    reader = request.user
    if not queries.may_put_on_show(reader):
        raise NotFound("displays")
    today = dates.today(reader.school.zone)
    offering = {"what": await queries.showable(reader)}
    preset = {"kicker": "List of the week", "starts": today, "ends": today + timedelta(days=6)}
    form = await ShowForm.read(request, offering, **preset)
    if form.complete:
        try:
            await actions.put_on_show(**form.values, by=reader, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It is set. The home page shows it on its days.")
            return see_other(request, "promotion.index")
    shown = await queries.displays(reader)
    return render(
        request,
        "promotion/index.html",
        form.status,
        form=form,
        offers=bool(offering["what"]),
        groups=[
            ("On show now", [row for row in shown if row["starts"] <= today <= row["ends"]]),
            ("Soon", [row for row in shown if row["starts"] > today]),
            ("Over", [row for row in shown if row["ends"] < today]),
        ],
    )


async def take_off(request: Request) -> Response:
    """Take something off the home page."""
    await actions.take_off(request.path_params["key"], by=request.user)
    say(request, "It is off the home page.", kind="note")
    return see_other(request, "promotion.index")
