"""The home page of a school."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.database.at_once import at_once
from engage.database.fields import new_key
from engage.engagement.diary import opened
from engage.engagement.rules import Kind
from engage.people.alike import same_for_all
from engage.people.rules import Reader, Role, Scope
from engage.programs.flag_queries import number_flagged
from engage.programs.own_queries import TakingPart, taking_part
from engage.programs.review_queries import number_waiting
from engage.programs.showing import LANTERNS
from engage.promotion import queries
from engage.promotion.home import Row, Shared, everybodys, own_of
from engage.resources.waiting import counts
from engage.web.front import share
from engage.web.render import kept_part, render
from engage.web.routing import path_for

MINUTES = (10, 15, 20, 30)
JUDGES = {Role.SPECIALIST, Role.VIEWER, Role.SCHOOL_ADMIN}
# what is said of a program on the home page
PROGRAM_SAYS = ("key", "slug", "title", "introduction", "ink", "scene", "starts", "ends", "enrolled")
TICKET_INKS = ("tomato", "leaf", "blue", "plum")


async def home(request: Request) -> Response:
    """The school's home: what is on show, one's own week, what one was asked for, and what is new."""
    reader = request.user
    today = dates.today(reader.school.zone)
    # which programs a student sees goes by which ones that student is in
    own = await taking_part(reader) if reader.is_student else TakingPart({})
    joined = own.joined if reader.is_student else None
    ask = partial(everybodys, today=today, joined=joined, surveys=request.app.open_surveys)
    shared = await same_for_all(request, ("home", joined, today), ask)
    hero, shelved = queries.placed(shared.on_show)
    count_shown(request, [row["display_id"] for row in ([hero] if hero else []) + shelved])
    wall = shared.wall
    hero = hero or (wall[0] | {"go": "", "kicker": "Our newest list"} if wall else None)
    standing = {row["key"] for row in ([hero] if hero else []) + shelved}
    hung = [row for row in wall if row["key"] not in standing][: queries.ON_WALL]
    program = queries.program_on(shared.programs, own, today)
    return render(
        request,
        "promotion/home.html",
        greeting=greeting(dates.now(), reader.school.zone),
        announcements=shared.announcements,
        hero=kept_part(request, "promotion/_hero.html", hero=hero, full=not reader.is_student) if hero else "",
        shelves=shelves_of(request, shelved, hung, shared.shelf),
        program=program_part(request, program, today) if program else "",
        is_empty=not (hero or shared.shelf or program),
        desk=await desk_of(request, reader),
        **await own_part(request, reader, program, shared),
    )


def shelves_of(request: Request, shelved: Sequence[Row], wall: Sequence[Row], shelf: Sequence[Row]) -> Markup:
    """What is on show, what hangs on the wall, and what is new."""
    rows: dict[str, Any] = {"shelved": shelved, "wall": wall, "shelf": shelf}
    more = {"may_curate": request.user.may_curate, "back": request.scope["path"]}
    return kept_part(request, "promotion/_shelves.html", **rows, **more)


def program_part(request: Request, program: Row, today: date) -> Markup:
    """The program to ask into, or how far one is in it. program: as program_on gives it."""
    first = program["first"]
    lanterns = program["scene"] == "lanterns" and (first is None or hangs(first))
    begun = program["starts"] <= today
    said = {name: program[name] for name in PROGRAM_SAYS}
    whose = {"is_student": request.user.is_student, "begun": begun, "first": first, "lanterns": lanterns}
    return kept_part(request, "promotion/_program.html", program=said, **whose)


def greeting(moment: datetime, zone: str) -> str:
    """ "Good morning" until noon, "Good afternoon" until six, by the school's clock."""
    hour = moment.astimezone(ZoneInfo(zone)).hour
    return "Good morning" if hour < 12 else "Good afternoon" if hour < 18 else "Good evening"


def hangs(progress: dict[str, Any]) -> bool:
    """Whether a challenge is small enough to hang a lantern for each step."""
    return bool(1 < progress["goal"] <= LANTERNS)


def count_shown(request: Request, displays: Sequence[int]) -> None:
    """Count that displays were seen, and let the page be given again to visitors."""
    reader: Reader = request.user

    def count() -> None:
        for display in displays:
            opened(Kind.DISPLAY_SHOWN, reader, display_id=display)

    count()
    if reader.id is None:
        share(request, again=count)


async def own_part(request: Request, reader: Reader, program: Row | None, shared: Shared) -> dict[str, Any]:
    """What only a student sees: the card with its quick form, and what the classes were asked for, open surveys."""
    if not reader.is_student:
        return {"card": None, "tickets": [], "rooms": [], "messages": [], "asked": []}
    today = dates.today(reader.school.zone)
    app = request.app
    own = await own_of(reader, today, shared, app.surveys_waiting(reader, app.settings.secret_key, shared.surveys))
    card = own.card
    last = card.last or {"mode": "reading", "minutes": 20}
    logs_there = program is not None and program["enrolled"] and program["starts"] <= today
    return {
        "card": card,
        "quick": {
            "action": path_for(request, "programs.log_here", slug=program["slug"])
            if program and logs_there
            else path_for(request, "programs.add"),
            "mode": str(card.reading["mode"] if card.reading else last["mode"]),
            "minutes": last["minutes"] if last["minutes"] in MINUTES else 20,
            "choices": MINUTES,
            "key": new_key(),
            "on": today.isoformat(),
        },
        "tickets": list(zip(own.tickets, TICKET_INKS * 25, strict=False)),
        "rooms": shared.rooms,
        "messages": own.messages,
        "asked": own.surveys,
    }


async def _only(value: Any) -> Any:
    """It, for who asks nothing beside those who ask."""
    return value


async def desk_of(request: Request, reader: Reader) -> list[tuple[str, str]]:
    """A few next steps for the staff, as words and address."""
    steps: list[tuple[str, str]] = []
    if not reader.is_staff:
        return steps
    brings = reader.may("FED04", Scope.SCHOOL)
    decides = reader.may("REV04", Scope.SCHOOL) or (bool(reader.taught_ids) and reader.may("REV04", Scope.CLASS))
    by_state, (reviews, late), flagged = await at_once(
        counts(reader) if brings else _only({}),
        number_waiting(reader) if decides else _only((0, 0)),
        number_flagged(reader),
    )
    if brings:
        waiting = by_state.get("waiting", 0)
        words = f"{waiting:,} new in the inbox" if waiting else "The inbox is empty"
        steps.append((words, path_for(request, "resources.inbox")))
    if reviews:
        words = f"{reviews:,} review{' waits' if reviews == 1 else 's wait'}"
        steps.append(
            (f"{words}, {late:,} longer than 14 days" if late else words, path_for(request, "programs.reviews"))
        )
    if flagged:
        words = f"{flagged:,} {'entry' if flagged == 1 else 'entries'} to look at"
        steps.append((words, path_for(request, "programs.flagged")))
    doors: tuple[tuple[str, str, Callable[[], bool]], ...] = (
        ("Put something on show", "promotion.index", lambda: queries.may_put_on_show(reader)),
        ("Your classes", "classes.index", lambda: bool(reader.taught_ids)),
        ("Assign a list", "classes.assign", lambda: bool(reader.taught_ids)),
        ("See how the library does", "evaluation.index", lambda: bool(reader.roles & JUDGES)),
    )
    known = request.app.addresses.paths
    return steps + [(words, path_for(request, name)) for words, name, may in doors if name in known and may()]
