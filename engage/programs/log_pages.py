"""A student's own pages: the overview, the log with its entries, the shelf, the calendar."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engage import dates
from engage.database.at_once import at_once
from engage.engagement.rules import Mode
from engage.errors import NotFound, Refused
from engage.lists.queries import lists_for
from engage.people.rules import Reader
from engage.programs import actions, log_actions, log_queries, queries, recommending, showing
from engage.programs.entries import Given
from engage.programs.forms import LogForm, preset_of, usual_minutes
from engage.programs.kiosk import after_log
from engage.programs.own_queries import results_of
from engage.programs.pages import tell
from engage.programs.recognition_mine import to_fetch
from engage.programs.rules import Feeling
from engage.web.forms import choice, sent_form
from engage.web.render import render, say, see_other
from engage.web.sessions import own_path

WEEKS = 4
NEXT = 4
OLDEST = date(2000, 1, 1)


async def me(request: Request) -> Response:
    """One's own page: the last seven days, the programs one is in, badges, and what waits on the shelf."""
    reader = request.user
    today = dates.today(reader.school.zone)
    days, programs, badges, shelf, suits, fetch = await at_once(
        log_queries.days_of(reader, today - timedelta(days=27), today),
        results_of(reader),
        queries.badges_held(reader),
        log_queries.shelf_of(reader),
        recommending.suits(reader, NEXT),
        to_fetch(reader),
    )
    return render(
        request,
        "programs/me.html",
        days=showing.last_week(today, showing.minutes_by_day(days)),
        minutes=sum(row["minutes"] or 0 for row in days),
        active=len({row["on"] for row in days}),
        programs=programs,
        badges=[showing.seal_of(row) for row in badges],
        shelf=shelf,
        suits=suits,
        fetch=fetch,
    )


async def log(request: Request) -> Response:
    """One's own log: four weeks at a glance, and every entry, the newest first."""
    reader = request.user
    today = dates.today(reader.school.zone)
    first = today - timedelta(weeks=WEEKS) + timedelta(days=1)
    mode = choice(request, "mode", list(Mode))
    days = await log_queries.days_of(reader, first, today)
    year = dates.school_year(today, reader.school.year_starts_in)
    return render(
        request,
        "programs/log.html",
        mode=mode,
        entries=await log_queries.entries_of(reader, mode, request.query_params.get("after", "")),
        columns=showing.columns_of(first, today, days),
        weeks=showing.weeks_of(first, WEEKS, days),
        active=len({row["on"] for row in days}),
        minutes=sum(row["minutes"] or 0 for row in days),
        ways=[each for each in Mode if any(row["mode"] == each for row in days)],
        finished=await log_queries.finished_since(reader, year.starts),
        year=year,
        shelf=await log_queries.shelf_of(reader),
        feelings={feeling.value: words for feeling, words in Feeling.words().items()},
    )


async def add(request: Request) -> Response:
    """Add to one's log, in no program in particular."""
    reader = request.user
    asked = request.query_params.get("resource", "")
    named = await _named(reader, asked)
    form = await LogForm.read(request, **(await _begin(reader, named) if request.method == "GET" else {}))
    if form.complete:
        try:
            given = Given(**form.said(dates.today(reader.school.zone)))
            kept = await log_actions.log_entry(given, form.key, reader, sure=form.sure.data == "yes")
        except Refused as refused:
            form.refuse(refused)
        else:
            tell(request, kept, "log")
            return await after_log(request, see_other(request, "programs.log"))
    if form.resource.data and named is None:
        named = await _named(reader, form.resource.data)
    titles = await log_queries.titles_to_offer(reader)
    return render(request, "programs/entry.html", form.status, form=form, named=named, titles=titles, entry=None)


async def correct(request: Request) -> Response:
    """Change an entry; the old one is kept as a fact and no longer counts."""
    reader = request.user
    key = request.path_params["key"]
    today = dates.today(reader.school.zone)
    try:
        entry = await log_queries.entry_of(reader, key)
    except NotFound:
        if request.method != "POST":
            raise
        entry = {}  # changed in the meantime: the action says so, or that it is the same form again
    form = await LogForm.read(request, **preset_of(entry, today) if entry else {})
    if form.complete:
        try:
            given = Given(**form.said(today))
            kept = await log_actions.correct_entry(key, given, form.key, reader, sure=form.sure.data == "yes")
        except Refused as refused:
            form.refuse(refused)
        else:
            tell(request, kept, "correct")
            return see_other(request, "programs.log")
    named = {"title": entry["resource_title"], "key": entry["resource_key"]} if entry.get("resource_key") else None
    titles = await log_queries.titles_to_offer(reader)
    return render(
        request, "programs/entry.html", form.status, form=form, named=named, titles=titles, entry=entry or None
    )


async def remove(request: Request) -> Response:
    """Take an entry back."""
    return await _act(request, log_actions.void_entry, "void")


async def restore(request: Request) -> Response:
    """Put an entry back that was taken out a moment ago."""
    return await _act(request, log_actions.restore_entry, "restore")


async def _act(request: Request, action: Any, act: str) -> Response:
    try:
        kept = await action(request.path_params["key"], request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        tell(request, kept, act)
    return see_other(request, "programs.log")


async def finish(request: Request) -> Response:
    """I read, watched or heard this: said from a list or from the page of a resource."""
    key = request.path_params["key"]
    back = await _back(request)
    try:
        kept = await log_actions.finish(key, request.user, await _list_at(request.user, back))
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        tell(request, kept, "finish")
        return await after_log(request, _to(request, back and f"{back}#own-{key}"))
    return _to(request, back)


async def save(request: Request) -> Response:
    """Save a resource for later, or take it off the shelf again."""
    key = request.path_params["key"]
    back = await _back(request)
    if (await sent_form(request)).get("undo"):
        title = await actions.unsave(key, request.user)
        say(request, f"{title} is off your shelf.", kind="note")
    else:
        title = await actions.save(key, request.user)
        say(request, f"Saved. {title} waits on your shelf.")
    # on a long list to where one was: what changed is the button that was pressed
    return _to(request, back and f"{back}#own-{key}")


async def shelf(request: Request) -> Response:
    """What one saved, is at, finished and stopped."""
    reader = request.user
    return render(
        request,
        "programs/shelf.html",
        shelf=await log_queries.shelf_of(reader),
        suits=await recommending.suits(reader),
    )


async def calendar(request: Request) -> Response:
    """A month of one's own days."""
    reader = request.user
    today = dates.today(reader.school.zone)
    first = _month(request.query_params.get("month", ""), today)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    days = showing.minutes_by_day(await log_queries.days_of(reader, first, last))
    before, after = first - timedelta(days=1), last + timedelta(days=1)
    return render(
        request,
        "programs/calendar.html",
        first=first,
        days=[day for day in showing.slip_days(first, last, days) if first <= day["date"] <= last],
        active=len(days),
        minutes=sum(days.values()),
        before=f"{before:%Y-%m}" if before >= OLDEST else "",
        after=f"{after:%Y-%m}" if after <= today else "",
    )


def _month(text: str, today: date) -> date:
    """The first day of a month written 2026-10; of this month where it is none, or has not come (SAFETY.md, S8)."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return first if OLDEST <= first <= today else today.replace(day=1)


async def _named(reader: Reader, key: str) -> dict[str, Any] | None:
    return await log_queries.resource_to_log(reader, key) if key else None


async def _begin(reader: Reader, named: dict[str, Any] | None) -> dict[str, Any]:
    last = await log_queries.last_entry(reader) or {}
    begin = {"shown_on": dates.today(reader.school.zone).isoformat(), "minutes": usual_minutes(last.get("minutes"))}
    if named:
        return begin | {"resource": named["key"], "mode": str(named["mode"])}
    return begin | {"mode": str(last.get("mode", Mode.READING))}


async def _back(request: Request) -> str:
    return own_path(str((await sent_form(request)).get("back", "")))


def _to(request: Request, back: str) -> Response:
    return RedirectResponse(back, 303) if back else see_other(request, "programs.shelf")


async def _list_at(reader: Reader, path: str) -> int | None:
    """The list whose page a path is, if the reader may see it."""
    parts = path.partition("?")[0].split("/")
    if len(parts) != 4 or parts[1:3] != [reader.school.slug, "lists"]:
        return None
    rows = await lists_for(reader).filter(slug=parts[3]).values_list("id")
    return int(rows[0][0]) if rows else None
