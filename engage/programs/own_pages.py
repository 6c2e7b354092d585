"""Pages about oneself besides the log: the year, the page of the family, what might suit next."""

from datetime import date, timedelta

import wtforms
from starlette.requests import Request
from starlette.responses import Response
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from engage import dates
from engage.errors import Refused
from engage.people.models import DayOff
from engage.people.rules import Reader
from engage.programs import family, log_queries, queries, recommending, showing
from engage.programs.own_queries import results_of
from engage.programs.own_year import own_year
from engage.programs.streaks import StreakRule
from engage.web.forms import Form, choice
from engage.web.render import render, say, see_other, whole
from engage.web.routing import path_for

YEARS = 6
SHOWN = 60
WORDS = {7: "A week", 30: "A month", 90: "Three months"}


class FamilyForm(Form):
    """For how long a family's address works."""

    days = wtforms.RadioField(
        "How long shall it work?",
        [InputRequired("Choose for how long it works.")],
        choices=[SelectChoice(str(days), words) for days, words in WORDS.items()],
        default="30",
    )


async def year(request: Request) -> Response:
    """One's own school year at a glance."""
    reader = request.user
    today = dates.today(reader.school.zone)
    periods = _years(reader, today, await log_queries.first_day(reader))
    name = choice(request, "year", [dates.year_name(period) for period in periods], dates.year_name(periods[0]))
    period = next(each for each in periods if dates.year_name(each) == name)
    last = min(period.ends, today)
    rows = await log_queries.days_of(reader, period.starts, last)
    off = await DayOff.filter(school_id=reader.school.id, on__gte=period.starts, on__lte=last).values_list("on")
    badges = [row for row in await queries.badges_held(reader) if row["earned_on"] in period]
    return render(
        request,
        "programs/year.html",
        name=name,
        names=[dates.year_name(each) for each in periods],
        period=period,
        ours=own_year(rows, period.starts, last, StreakRule(off=frozenset(day for (day,) in off))),
        finished=await log_queries.finished_between(reader, period.starts, last, SHOWN),
        badges=[showing.seal_of(row) for row in badges],
    )


def _years(reader: Reader, today: date, since: date | None) -> list[dates.Period]:
    """The school years that may be looked at, this one first. since: the day of the first entry."""
    found = [dates.school_year(today, reader.school.year_starts_in)]
    while len(found) < YEARS and since is not None and since < found[-1].starts:
        found.append(dates.school_year(found[-1].starts - timedelta(days=1), reader.school.year_starts_in))
    return found


async def send_away(request: Request) -> Response:
    """Do not recommend this one again."""
    title = await recommending.send_away(request.path_params["key"], request.user)
    say(request, f"{title} is gone from here.", kind="note")
    return see_other(request, "programs.shelf")


async def families(request: Request) -> Response:
    """Hand an address to one's family, and end it."""
    form = await FamilyForm.read(request)
    address = ""
    if form.complete:
        try:
            token = await family.hand_out(int(form.days.data), form.key, request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            address = whole(request, path_for(request, "programs.for_family", token=token))
    links = await family.links_of(request.user)
    return render(request, "programs/families.html", form.status, form=form, address=address, links=links)


async def end_family(request: Request) -> Response:
    """End an address that was handed out."""
    await family.end(request.path_params["key"], request.user)
    say(request, "That address works no longer.")
    return see_other(request, "programs.families")


async def for_family(request: Request) -> Response:
    """What a family sees: days, minutes, programs and badges, and no title."""
    here: Reader = request.user
    handed = await family.handed(here.school.id, here.school.slug, request.path_params["token"])
    reader = handed.reader
    today = dates.today(reader.school.zone)
    days = await log_queries.days_of(reader, today - timedelta(days=27), today)
    response = render(
        request,
        "programs/for_family.html",
        child=reader.name,
        until=handed.ends_at,
        days=showing.last_week(today, showing.minutes_by_day(days)),
        minutes=sum(row["minutes"] or 0 for row in days),
        active=len({row["on"] for row in days}),
        programs=await results_of(reader),
        badges=[showing.seal_of(row) for row in await queries.badges_held(reader)],
    )
    response.headers["Cache-Control"] = "no-store"
    return response
