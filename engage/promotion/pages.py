"""The home page of a school."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.classes.queries import assigned_to_classes, tickets_for
from engage.database.fields import new_key
from engage.engagement.diary import opened
from engage.engagement.rules import Kind
from engage.people.alike import same_for_all
from engage.people.rules import Reader, Role, Scope
from engage.programs import queries as programs
from engage.programs.flag_queries import number_flagged
from engage.programs.message_queries import messages_for
from engage.programs.own_queries import TakingPart, taking_part
from engage.programs.review_queries import number_waiting
from engage.programs.showing import LANTERNS
from engage.promotion import queries
from engage.promotion.telling_queries import announcements_for
from engage.resources.waiting import counts
from engage.web.front import share
from engage.web.render import render
from engage.web.routing import path_for

MINUTES = (10, 15, 20, 30)
JUDGES = {Role.SPECIALIST, Role.VIEWER, Role.SCHOOL_ADMIN}
TICKET_INKS = ("tomato", "leaf", "blue", "plum")


async def home(request: Request) -> Response:
    """The school's home: what is on show, one's own week, what one was asked for, and what is new."""
    reader = request.user
    today = dates.today(reader.school.zone)
    # which programs a student sees goes by which ones that student is in
    own = await taking_part(reader) if reader.is_student else TakingPart({})
    joined = own.joined if reader.is_student else None
    shown = ("on show", joined, today)
    on_show = await same_for_all(request, shown, lambda asker: queries.on_home(asker, today, joined))
    hero, shelved = queries.placed(on_show)
    wall = await same_for_all(request, "wall", queries.wall)
    count_shown(request, [row["display_id"] for row in ([hero] if hero else []) + shelved])
    hero = hero or (wall[0] | {"go": "", "kicker": "Our newest list"} if wall else None)
    standing = {row["key"] for row in ([hero] if hero else []) + shelved}
    published = await same_for_all(request, ("programs", joined), lambda asker: programs.published(asker, joined))
    program = queries.program_on(published, own, today)
    first = program["first"] if program else None
    told = ("announcements", today)
    return render(
        request,
        "promotion/home.html",
        greeting=greeting(dates.now(), reader.school.zone),
        hero=hero,
        shelved=shelved,
        announcements=await same_for_all(request, told, lambda asker: announcements_for(asker, today)),
        wall=[row for row in wall if row["key"] not in standing][: queries.ON_WALL],
        shelf=await same_for_all(request, "new", queries.new_on_shelf),
        program=program,
        lanterns=program is not None and program["scene"] == "lanterns" and (first is None or hangs(first)),
        desk=await desk_of(request, reader),
        **await own_part(request, reader, program, joined),
    )


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


async def own_part(
    request: Request, reader: Reader, program: dict[str, Any] | None, joined: queries.Joined
) -> dict[str, Any]:
    """What only a student sees: the card with its quick form, and what the classes were asked for, open surveys."""
    if not reader.is_student:
        return {"card": None, "tickets": [], "rooms": [], "messages": [], "asked": []}
    today = dates.today(reader.school.zone)
    off = await same_for_all(request, ("days off", today), lambda asker: queries.days_off(asker, today))
    card = await queries.card_of(reader, today, off)
    assigned = await same_for_all(request, "assigned", assigned_to_classes)
    app = request.app
    surveys = await same_for_all(request, ("surveys", joined), lambda asker: app.open_surveys(asker, joined))
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
        "tickets": list(zip(await tickets_for(reader, today, assigned), TICKET_INKS * 25, strict=False)),
        "rooms": await same_for_all(request, "rooms", queries.class_names),
        "messages": await messages_for(reader, today),
        "asked": await app.surveys_waiting(reader, app.settings.secret_key, surveys),
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
    decides = reader.may("REV04", Scope.SCHOOL) or (bool(reader.taught_ids) and reader.may("REV04", Scope.CLASS))
    reviews, late = await number_waiting(reader) if decides else (0, 0)
    if reviews:
        words = f"{reviews:,} review{' waits' if reviews == 1 else 's wait'}"
        steps.append(
            (f"{words}, {late:,} longer than 14 days" if late else words, path_for(request, "programs.reviews"))
        )
    if flagged := await number_flagged(reader):
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
