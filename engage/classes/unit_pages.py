"""The pages of units: the year of them, one unit, what is written of it, how it went, throwing a draft away."""

from collections.abc import Collection
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.classes import unit_actions, unit_queries, unit_rules
from engage.classes.unit_forms import LookBackForm, NewUnitForm, UnitForm
from engage.classes.unit_rules import LEADS, LEVELS, STATES, Lead, Level, UnitState, grades_said, prints_of
from engage.dates import Period
from engage.errors import NotFound, Refused
from engage.people.rules import grade_name
from engage.web.forms import Form, number
from engage.web.render import render, say, see_other

OTHERS = "Somebody changed this while you were writing. It now says: {}. Save again to put your words in its place."


async def units(request: Request) -> Response:
    """The year of one's units: months as columns, a bar for each unit, by grade and subject."""
    reader = request.user
    if not unit_queries.plans(reader):
        raise NotFound("units")
    today = dates.today(reader.school.zone)
    this_year = dates.school_year(today, reader.school.year_starts_in)
    year = _year(request, this_year)
    found = await unit_queries.units_of_year(reader, year)
    return render(
        request,
        "classes/units.html",
        year=year,
        year_name=dates.year_name(year),
        back=year.starts.year - 1,
        ahead=year.starts.year + 1,
        months=unit_rules.months_of(year),
        rows=unit_rules.year_of(found, year),
        undated=[row for row in found if row["starts"] is None],
        now=today if today in year else None,
        levels=LEVELS,
        states=STATES,
    )


def _year(request: Request, usual: Period) -> Period:
    first = number(request, "year", usual.starts.year, 2000, 2100)
    return dates.school_year(date(first, usual.starts.month, 1), usual.starts.month)


async def new_unit(request: Request) -> Response:
    """Start a unit, with colleagues."""
    reader = request.user
    if not unit_queries.plans(reader):
        raise NotFound("units")
    offered = {"invited": await unit_queries.staff_to_invite(reader, ())}
    form = await NewUnitForm.read(request, offered)
    if form.complete:
        try:
            key = await unit_actions.start_unit(form.words, form.invited.data or (), by=reader, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The unit is started. Add lessons, lists and standards to it.")
            return see_other(request, "classes.unit", key=key)
    return render(request, "classes/edit_unit.html", form.status, form=form, unit=None)


async def unit(request: Request) -> Response:
    """One unit: its plan, its lessons, what it uses, who plans it."""
    reader = request.user
    found = await unit_queries.unit_for(reader, request.path_params["key"])
    sessions = await unit_queries.sessions_of(found)
    return render(
        request,
        "classes/unit.html",
        unit=found,
        grades=grades_said(found.grade_low, found.grade_high),
        level=LEVELS[found.level] if found.level else "",
        state=STATES[found.state],
        lacks=unit_rules.missing(unit_queries.words_of(found)),
        planners=await unit_queries.planners_of(found),
        sessions=[
            {**row, "seen": prints_of({name: row[name] for name in unit_queries.OF_SESSION})} for row in sessions
        ],
        leads=LEADS,
        lists=await unit_queries.lists_of(reader, found),
        standards=await unit_queries.standards_of(found),
        begun=found.starts is not None and found.starts <= dates.today(reader.school.zone),
    )


async def edit_unit(request: Request) -> Response:
    """Change what is written of a unit; who writes at the same moment loses nothing."""
    reader = request.user
    found = await unit_queries.unit_for(reader, request.path_params["key"])
    words = unit_queries.words_of(found)
    form = await UnitForm.read(request, seen=prints_of(words), **_in_form(words))
    status = form.status
    if form.complete:
        try:
            found, both = await unit_actions.describe(found.key, form.words, form.seen.data or "", by=reader)
        except Refused as refused:
            form.refuse(refused)
            status = form.status
        else:
            if not both:
                say(request, "The words are kept.")
                return see_other(request, "classes.unit", key=found.key)
            show_both(form, unit_queries.words_of(found), both)
            status = 409
    return render(request, "classes/edit_unit.html", status, form=form, unit=found)


async def look_back(request: Request) -> Response:
    """Say how a unit went. It was taught by that."""
    reader = request.user
    found = await unit_queries.unit_for(reader, request.path_params["key"])
    now: dict[str, Any] = {"reflection": found.reflection}
    form = await LookBackForm.read(request, seen=prints_of(now), **now)
    status = form.status
    if form.complete:
        try:
            said = (form.reflection.data or "", form.seen.data or "")
            found, both = await unit_actions.look_back(found.key, *said, by=reader)
        except Refused as refused:
            form.refuse(refused)
            status = form.status
        else:
            if not both:
                say(request, "It is kept. The unit counts as taught.")
                return see_other(request, "classes.unit", key=found.key)
            show_both(form, {"reflection": found.reflection}, both)
            status = 409
    return render(request, "classes/look_back.html", status, form=form, unit=found)


async def plan_unit(request: Request) -> Response:
    """Call a draft planned."""
    key = request.path_params["key"]
    try:
        await unit_actions.plan(key, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    else:
        say(request, "The unit is planned.")
    return see_other(request, "classes.unit", key=key)


async def step_back(request: Request) -> Response:
    """Call it a draft, or only planned, again."""
    key = request.path_params["key"]
    state = await unit_actions.step_back(key, by=request.user)
    again = "a draft" if state is UnitState.DRAFT else "planned, and not taught"
    say(request, f"The unit is {again} again.", kind="note")
    return see_other(request, "classes.unit", key=key)


async def throw_unit_away(request: Request) -> Response:
    """Delete a draft, after a look at what goes."""
    reader = request.user
    found = await unit_queries.unit_for(reader, request.path_params["key"])
    if found.owner_id != reader.id or found.state is not UnitState.DRAFT:
        raise NotFound(found.key)
    form = await Form.read(request)
    if form.complete:
        title = await unit_actions.throw_away(found.key, by=reader)
        say(request, f"“{title}” is gone.", kind="note")
        return see_other(request, "classes.units")
    return render(request, "classes/throw_unit_away.html", form=form, unit=found)


def show_both(form: Any, stands: dict[str, Any], both: Collection[str], sentence: str = OTHERS) -> None:
    """Put into a form what stands by now where the writer changed nothing, and beside it where both did.

    What the writer wrote stays in the form; sent once more, it takes the place of the other's, which was shown.
    sentence: holds {} where what stands now goes.
    """
    shown = _in_form(stands)
    for name, value in shown.items():
        if name in both:
            form.refuse(Refused(sentence.format(_said(name, stands[name])), about=name))
        else:
            form[name].data = value
    form.seen.data = prints_of(stands)


def _in_form(words: dict[str, Any]) -> dict[str, Any]:
    grades = {name: "" if words[name] is None else str(words[name]) for name in words if name.startswith("grade_")}
    chosen = {name: words[name].value if words[name] else "" for name in words if name in ("level", "lead")}
    return {**words, **grades, **chosen}


def _said(name: str, value: Any) -> str:
    if value in (None, ""):
        return "nothing"
    if name.startswith("grade_"):
        return f"grade {grade_name(value)}"
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, Level):
        return f"“{LEVELS[value]}”"
    return f"“{LEADS[value] if isinstance(value, Lead) else value}”"
