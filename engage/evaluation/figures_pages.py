"""The pages of indicators: all of them, each one with its history and break-downs, as file, and the limits of small
groups."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.engagement import small_groups
from engage.errors import NotFound, Refused
from engage.evaluation import figures_actions, years
from engage.evaluation.by_list import by_list
from engage.evaluation.figures import taken, taking_part
from engage.evaluation.figures_forms import LimitsForm, StaffForm
from engage.evaluation.indicators import INDICATORS, by_group
from engage.evaluation.indicators_taking import TAKING
from engage.evaluation.rules import check_planner, may_plan, so_far
from engage.evaluation.sheets import HEAD, Sheet, sheet_of, xlsx_of
from engage.people.models import School
from engage.people.rules import Scope
from engage.web.cache import answer
from engage.web.render import render, say, see_other
from engage.web.tables import attachment, csv_answer

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def all_figures(request: Request) -> Response:
    """Every indicator with what it is this school year, under its heading."""
    school, now = request.user.school, dates.now()
    year = dates.school_year(dates.today(school.zone), school.year_starts_in)
    counted = await taken(school.id, so_far(year, dates.today(school.zone)), school)
    fewest = small_groups.limit_inside(school.fewest)
    groups = [
        (heading, [(one, one.ask(counted, fewest).value) for one in indicators])
        for heading, indicators in by_group().items()
    ]
    may_raise = request.user.may("REP07", Scope.SCHOOL)
    return render(
        request,
        "evaluation/figures.html",
        groups=groups,
        period=counted.period,
        as_of=now,
        fewest=fewest,
        may_raise=may_raise,
        may_plan=may_plan(request.user),
    )


async def figure(request: Request) -> Response:
    """One indicator: what it counts, what it is, month by month, and by every group that may be told apart."""
    sheet, last = await _sheet(request)
    return render(
        request, "evaluation/figure.html", sheet=sheet, last=last, one=sheet.indicator, steps=sheet.by("month")
    )


async def figure_csv(request: Request) -> Response:
    """The same cells as a table."""
    sheet, _ = await _sheet(request)
    return csv_answer(f"{sheet.indicator.title}.csv", HEAD, list(sheet.rows()))


async def figure_xlsx(request: Request) -> Response:
    """The same cells as a workbook, written beside the loop."""
    sheet, _ = await _sheet(request)
    body = await asyncio.to_thread(xlsx_of, sheet)
    return answer(request, body, XLSX, Content_Disposition=attachment(f"{sheet.indicator.title}.xlsx"))


async def figure_json(request: Request) -> Response:
    """The same cells as JSON."""
    sheet, _ = await _sheet(request)
    name = attachment(f"{sheet.indicator.title}.json")
    return answer(request, sheet.to_text(), "application/json", Content_Disposition=name)


async def _sheet(request: Request) -> tuple[Sheet, dict[str, float | None]]:
    """The indicator in the address with all its cells, and last year's months by name where they stand alone."""
    indicator, school, now = INDICATORS.get(request.path_params["figure"]), request.user.school, dates.now()
    if indicator is None:
        raise NotFound(request.path_params["figure"])
    today, fewest = dates.today(school.zone), small_groups.limit_inside(school.fewest)
    year = dates.school_year(today, school.year_starts_in)
    counted = await (taking_part if indicator in TAKING else taken)(school.id, so_far(year, today), school)
    if indicator.amount is None:
        before = await years.from_reports(school.id, indicator, year, fewest)
        lists = await by_list(school.id, indicator.name, school.zone, counted.period, fewest)
        return sheet_of(indicator, counted, school.name, fewest, now, before, lists), {}
    kept = await years.kept_before(school.id, year, school.year_starts_in)
    before = years.earlier(indicator, kept, year, fewest)
    steps = years.months_before(indicator, kept, year, fewest)
    last = {f"{step.first:%b}": step.value.number for step in steps if step.first == step.last}
    return sheet_of(indicator, counted, school.name, fewest, now, before), last


async def limits(request: Request) -> Response:
    """How many students must stand behind a number; it can be raised and never lowered (REP07)."""
    school = await School.get(id=request.user.school.id)
    form = await LimitsForm.read(request, inside=school.fewest, beyond=school.fewest_shared)
    if form.complete:
        try:
            await figures_actions.raise_limits(form.inside.data or 0, form.beyond.data or 0, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The limits are raised. They hold for every page and file from now on.")
            return see_other(request, "evaluation.all_figures")
    return render(request, "evaluation/limits.html", form.status, form=form)


async def staff(request: Request) -> Response:
    """For how many hours a week the library's staff are on duty."""
    check_planner(request.user)
    school = await School.get(id=request.user.school.id)
    form = await StaffForm.read(request, hours=school.staff_hours)
    if form.complete:
        await figures_actions.say_staff_hours(form.hours.data or 0, by=request.user)
        say(request, "The hours are kept. The figure of students for each staff hour is made from them.")
        return see_other(request, "evaluation.all_figures")
    return render(request, "evaluation/staff.html", form.status, form=form)
