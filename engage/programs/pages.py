"""The programs of a school: all of them, one of them, joining and leaving, and logging in it."""

from datetime import date
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.database.at_once import at_once
from engage.engagement.diary import opened
from engage.engagement.rules import Kind
from engage.errors import NotFound, Refused
from engage.people.rules import Scope
from engage.programs import actions, log_actions, queries, showing
from engage.programs.desk_words import told_of
from engage.programs.entries import Given, Kept
from engage.programs.forms import JoinForm, LogForm, usual_minutes
from engage.programs.gathering import Mine, ProgramPage, page_of
from engage.programs.joining_rules import Joining
from engage.programs.kiosk import after_log
from engage.programs.recognition_mine import kept_in, recognized, things_in, ways_in
from engage.programs.rules import Phase, ProgramState, Unit
from engage.programs.telling import told
from engage.web.render import kept_part, render, say, see_other
from engage.web.routing import path_for


async def index(request: Request) -> Response:
    """The programs that are on, those to come, and those that were."""
    reader = request.user
    today = dates.today(reader.school.zone)
    on_show = [{**row, **told_of(row, reader.school.zone, today)} for row in await queries.programs_on_show(reader)]
    groups = [
        ("On now", [row for row in on_show if row["phase"] in (Phase.RUNNING, Phase.CATCHING_UP)]),
        ("Soon", [row for row in on_show if row["phase"] in (Phase.ANNOUNCED, Phase.JOINING)]),
        ("Over", [row for row in reversed(on_show) if row["phase"] is Phase.CLOSED]),
    ]
    return render(
        request,
        "programs/index.html",
        groups=[(name, rows) for name, rows in groups if rows],
        may_run=reader.id is not None and any(reader.may("PRG01", scope) for scope in (Scope.SCHOOL, Scope.CLASS)),
    )


async def show(request: Request) -> Response:
    """One program: how to take part, how far one is, and what is still to win."""
    reader = request.user
    program = await queries.program_for(reader, request.path_params["slug"])
    page, things, kept = await at_once(page_of(reader, program), things_in(reader, program), kept_in(reader, program))
    if program["state"] == ProgramState.PUBLISHED:
        opened(Kind.PROGRAM_OPENED, reader, program_id=program["id"])
    form = LogForm(data=preset_of_last(page.mine, dates.today(reader.school.zone))) if page.mine else None
    recognition = recognized(program, kept, page.mine.outcome if page.mine else None)
    ways = ways_in(reader, program, things)
    return render(request, "programs/show.html", **shown(request, page, form), recognition=recognition, ways=ways)


def own_parts(request: Request, page: ProgramPage, form: LogForm | None) -> dict[str, Any]:
    """The fields to log with, but for the form's key and the titles that it offers, and the days of the slip."""
    if page.mine is None or form is None or form.sent:
        return {}
    asks = {"pages": Unit.PAGES in page.asks, "chapters": Unit.CHAPTERS in page.asks}
    rests, today = bool(page.program["grace_days"]), dates.today(request.user.school.zone)
    return {
        "fields": kept_part(request, "programs/_entry_fields.html", {"form": form}, said=form.values, **asks),
        "days": kept_part(request, "programs/_slip.html", days=page.mine.days, rests=rests, today=today),
    }


async def log_here(request: Request) -> Response:
    """Log in a program that one takes part in."""
    reader = request.user
    slug = request.path_params["slug"]
    today = dates.today(reader.school.zone)
    form = await LogForm.read(request)
    if form.complete:
        try:
            given = Given(**form.said(today))
            kept = await log_actions.log_entry(given, form.key, reader, slug, sure=form.sure.data == "yes")
        except Refused as refused:
            form.refuse(refused)
        else:
            tell(request, kept, "log", slug, given.on)
            return await after_log(request, _back_to(request, kept, slug))
    page = await page_of(reader, await queries.program_for(reader, slug))
    if page.mine is None:
        raise NotFound(slug)
    if not form.sent:
        form = LogForm(data=preset_of_last(page.mine, today))
    return render(request, "programs/log_here.html", form.status, **shown(request, page, form))


def _back_to(request: Request, kept: Kept, slug: str) -> Response:
    """The page of the program in which something was logged; one's log where it was put away meanwhile."""
    own = [change.terms.program for change in kept.changes if change.terms.program["slug"] == slug]
    if any(program["state"] != ProgramState.PUBLISHED for program in own):
        return see_other(request, "programs.log")
    return see_other(request, "programs.show", slug=slug)


async def join(request: Request) -> Response:
    """Take part in a program; asked for as a page, it is where the code is typed, or the program's."""
    reader, slug = request.user, request.path_params["slug"]
    program = await queries.program_for(reader, slug)
    form = await JoinForm.read(request)
    if form.complete:
        try:
            title = await actions.join(slug, reader, form.code.data or "")
        except Refused as refused:
            if refused.about != "code":
                say(request, refused.sentence, kind="wrong")
                return see_other(request, "programs.show", slug=slug)
            form.refuse(refused)
        else:
            say(request, f"You are in {title}. Log the first thing you read, watch or hear.")
            return see_other(request, "programs.show", slug=slug)
    if program["joining"] != Joining.CODE or not reader.is_student:
        return see_other(request, "programs.show", slug=slug)
    return render(request, "programs/join.html", form.status, form=form, program=program)


async def leave(request: Request) -> Response:
    """Leave a program; the log stays one's own."""
    slug = request.path_params["slug"]
    try:
        title = await actions.leave(slug, request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        undo = path_for(request, "programs.join", slug=slug)
        say(request, f"You left {title}. Your log is still yours.", kind="note", undo=undo)
    return see_other(request, "programs.show", slug=slug)


def tell(request: Request, kept: Kept, act: str, slug: str = "", on: date | None = None) -> None:
    """Say what an act on the log came to; what was added or taken out can be undone."""
    undo = ""
    if act in ("log", "finish", "restore"):
        undo = path_for(request, "programs.remove", key=kept.entry)
    elif act == "void":
        undo = path_for(request, "programs.restore", key=kept.entry)
    for sentence, kind in told(kept, act, slug, on):
        say(request, sentence, kind=kind, undo=undo)
        undo = ""


def preset_of_last(mine: Mine, today: date) -> dict[str, Any]:
    """The form begins with the mode and the minutes of what was logged last."""
    begin = {"shown_on": today.isoformat(), "minutes": usual_minutes(mine.last["minutes"] if mine.last else None)}
    return begin if mine.last is None else begin | {"mode": str(mine.last["mode"])}


def shown(request: Request, page: ProgramPage, form: LogForm | None) -> dict[str, Any]:
    """What the templates of a program take."""
    reader = request.user
    first = page.pieces[0] if page.pieces else None
    held = sum(seal.earned for seal in page.seals)
    own, tonight = page.mine is not None, page.mine.tonight if page.mine else ()
    return {
        **own_parts(request, page, form),
        "badges": partial(kept_part, request, "programs/_badges.html", these=page.seals, held=held, mine=own),
        "tonight": partial(kept_part, request, "programs/_tonight.html", things=tonight),
        "page": page,
        "program": page.program,
        "form": form,
        "lanterns": first is not None and showing.hangs_lanterns(first),
        "asks_pages": Unit.PAGES in page.asks,
        "asks_chapters": Unit.CHAPTERS in page.asks,
        "next_seal": showing.next_seal(page.seals),
        "held": held,
        "how": [line.strip() for line in page.program["how"].splitlines() if line.strip()],
        "may_run": page.may_run,
        "count": lambda part, whole: showing.count_shown(
            part, whole, reader.school.fewest, page.program["by_id"] == reader.id
        ),
    }
