"""The pages of evaluation: cycles, one cycle, its criteria and objectives, and its report as page, table and file."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.dates import Period
from engage.errors import NotFound, Refused
from engage.evaluation import actions, framework, queries, rules
from engage.evaluation.forms import ObjectiveForm, RatingForm
from engage.evaluation.framework import CRITERIA, Criterion
from engage.evaluation.indicators import ALL, INDICATORS
from engage.evaluation.models import Cycle
from engage.evaluation.report import Report, build, from_json, level_words
from engage.evaluation.rules import Level
from engage.evaluation.words import finding, summary, week_sentence
from engage.web.cache import answer
from engage.web.render import render, say, see_other
from engage.web.tables import attachment, csv_answer


async def index(request: Request) -> Response:
    """The cycles of the school; the first thing to do is to start this year's."""
    reader = request.user
    year = this_year(request)
    cycles = await queries.cycles_for(reader)
    slug = rules.slug_of(year, reader.school.year_starts_in)
    may_start = rules.may_plan(reader) and all(cycle["slug"] != slug for cycle in cycles)
    criteria = len(CRITERIA)
    return render(
        request, "evaluation/index.html", cycles=cycles, year=dates.year_name(year), may_start=may_start, of=criteria
    )


async def start(request: Request) -> Response:
    """Start to evaluate this school year."""
    cycle = await actions.start_cycle(this_year(request), by=request.user)
    say(request, f"The evaluation of {cycle.slug} is started. Set an objective, then rate the criteria.")
    return see_other(request, "evaluation.show", cycle=cycle.slug)


def this_year(request: Request) -> Period:
    """The school year of today."""
    school = request.user.school
    return dates.school_year(dates.today(school.zone), school.year_starts_in)


async def show(request: Request) -> Response:
    """A cycle: objectives with today's place on them, who took part and when, and best practice."""
    reader, slug = request.user, request.path_params["cycle"]
    report = await built(request)
    frozen = await queries.frozen_of(reader, slug)
    return render(
        request,
        "evaluation/show.html",
        **shown(report),
        frozen=frozen,
        may_plan=rules.may_plan(reader) and not report.closed,
        may_close=rules.may_plan(reader) and not report.closed and report.ends < dates.today(reader.school.zone),
    )


async def report(request: Request) -> Response:
    """The whole report for a printer: every figure with its definition, and every rating with its note."""
    return render(request, "evaluation/report.html", **shown(await built(request)), frozen=False)


async def frozen(request: Request) -> Response:
    """A report as it was on the day on which it was frozen."""
    kept = await queries.frozen_for(request.user, request.path_params["cycle"], request.path_params["key"])
    return render(request, "evaluation/report.html", **shown(from_json(kept.content)), frozen=True)


async def report_csv(request: Request) -> Response:
    """The figures as a table to take away."""
    made = await built(request)
    head, *rows = made.to_csv_rows()
    return csv_answer(f"Evaluation {made.cycle}.csv", head, rows)


async def report_json(request: Request) -> Response:
    """The whole report as JSON."""
    made = await built(request)
    name = attachment(f"Evaluation {made.cycle}.json")
    return answer(request, made.to_text(), "application/json", Content_Disposition=name)


async def freeze(request: Request) -> Response:
    """Keep today's report as it is."""
    cycle = await queries.cycle_for(request.user, request.path_params["cycle"])
    kept = await actions.freeze(cycle, await built(request), by=request.user)
    say(request, "The report is frozen. It stays as it is today.")
    return see_other(request, "evaluation.frozen", cycle=cycle.slug, key=kept.key)


async def close(request: Request) -> Response:
    """Let a cycle that is over stand as it is today."""
    cycle = await queries.cycle_for(request.user, request.path_params["cycle"])
    await actions.close_cycle(cycle, await built(request), by=request.user)
    say(request, f"{cycle.slug} is closed. Its figures stay as they are today.")
    return see_other(request, "evaluation.show", cycle=cycle.slug)


async def built(request: Request) -> Report:
    """The report of the cycle in the address, as it is now."""
    return await build(request.user, request.path_params["cycle"], dates.now())


def shown(report: Report) -> dict[str, Any]:
    """What templates need to show a report."""
    return {
        "report": report,
        "summary": summary(report),
        "finding": finding,
        "week_sentence": week_sentence(report),
        "program_criteria": framework.PROGRAM,
        "specialist_criteria": framework.SPECIALIST,
        "levels": list(Level),
        "level_words": level_words,
    }


async def criterion(request: Request) -> Response:
    """One criterion: what it says, its live evidence, and how we judge ourselves."""
    return await _criterion(request, None)


async def rate(request: Request) -> Response:
    """Judge a criterion."""
    return await _criterion(request, await queries.cycle_for(request.user, request.path_params["cycle"]))


async def _criterion(request: Request, cycle: Cycle | None) -> Response:
    """cycle: where a judgement was sent for it."""
    reader, code = request.user, request.path_params["code"]
    asked = CRITERIA.get(code)
    if asked is None:
        raise NotFound(code)
    report = await built(request)
    judged = report.judgement(code)
    level, note = (judged.level, judged.note) if judged else (None, "")
    form = await RatingForm.read(request, level=str(level or ""), note=note)
    if form.complete and cycle is not None:
        try:
            await actions.rate(
                cycle, code, int(form.level.data) if form.level.data else None, form.note.data or "", by=reader
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Your judgement is kept.")
            return see_other(request, "evaluation.criterion", cycle=cycle.slug, code=code)
    return render(
        request,
        "evaluation/criterion.html",
        form.status,
        **shown(report),
        criterion=asked,
        figures=[report.figure(name) for name in asked.indicators],
        judged=judged,
        form=form,
        may_rate=rules.may_rate(reader) and not report.closed,
        **_beside(asked),
    )


def _beside(asked: Criterion) -> dict[str, Criterion | None]:
    """The criteria before and after this one."""
    codes = list(CRITERIA)
    place = codes.index(asked.code)
    before = CRITERIA[codes[place - 1]] if place else None
    return {"before": before, "after": CRITERIA[codes[place + 1]] if place + 1 < len(codes) else None}


async def new(request: Request) -> Response:
    """Aim at something in this cycle."""
    cycle = await queries.cycle_for(request.user, request.path_params["cycle"])
    form = await ObjectiveForm.read(request, offered(), due_on=cycle.ends)
    if form.complete:
        try:
            await actions.add_objective(cycle, **given(form), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The objective is set.")
            return see_other(request, "evaluation.show", cycle=cycle.slug)
    return render(request, "evaluation/edit.html", form.status, form=form, cycle=cycle, changing=False)


async def edit(request: Request) -> Response:
    """Change an objective."""
    cycle = await queries.cycle_for(request.user, request.path_params["cycle"])
    objective = await queries.objective_for(request.user, cycle, request.path_params["key"])
    names = ("title", "aim", "indicator", "baseline", "target", "due_on", "next_step")
    form = await ObjectiveForm.read(request, offered(), **{name: getattr(objective, name) for name in names})
    if form.complete:
        try:
            await actions.change_objective(cycle, objective.key, **given(form), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The objective is changed.")
            return see_other(request, "evaluation.show", cycle=cycle.slug)
    return render(request, "evaluation/edit.html", form.status, form=form, cycle=cycle, changing=True)


def given(form: ObjectiveForm) -> dict[str, Any]:
    """What was filled in; a text that was skipped is empty."""
    return {**form.values, "aim": form.aim.data or "", "next_step": form.next_step.data or ""}


def offered() -> dict[str, list[tuple[str, str]]]:
    """The figures that an objective can be followed by."""
    names = [
        (one.name, f"{one.title}{f' ({one.unit})' if one.unit else ''}") for one in ALL if one.name != "mode_share"
    ]
    return {"indicator": [("", "Choose a figure"), *names]}


async def indicators(request: Request) -> Response:
    """How we measure: every indicator with its definition."""
    return render(request, "evaluation/indicators.html", indicators=list(INDICATORS.values()))
