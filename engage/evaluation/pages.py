"""The pages of evaluation: cycles, one cycle, its criteria and objectives, and how it is closed."""

from collections.abc import Collection
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.dates import Period
from engage.errors import NotFound, Refused
from engage.evaluation import actions, framework_queries, queries, rules
from engage.evaluation.forms import ObjectiveForm, RatingForm, StartForm
from engage.evaluation.framework import BEST, Criterion
from engage.evaluation.indicators import ALL, INDICATORS
from engage.evaluation.models import Cycle
from engage.evaluation.prose import glance_of, unrated, way_of
from engage.evaluation.report import ACTIONS, EVIDENCE, FORMER, PARTS, Goal, Report, build, build_shared, level_words
from engage.evaluation.rules import Level
from engage.evaluation.words import finding, summary, week_sentence
from engage.web.forms import Form, number_in
from engage.web.render import render, say, see_other


async def index(request: Request) -> Response:
    """The cycles of the school; the first thing to do is to start this year's."""
    reader = request.user
    year = this_year(request)
    cycles = await queries.cycles_for(reader)
    may_plan = rules.may_plan(reader)
    return render(
        request,
        "evaluation/index.html",
        cycles=cycles,
        year=dates.year_name(year),
        may_start=may_plan and all(cycle["ends"] < year.starts or year.ends < cycle["starts"] for cycle in cycles),
        may_plan=may_plan,
    )


async def start(request: Request) -> Response:
    """Start to evaluate a school year, or a term, by a framework that is chosen once and for all."""
    rules.check_planner(request.user)
    year = this_year(request)
    own = await framework_queries.frameworks_for(request.user)
    offered = {"practice": framework_queries.choices_of(own, ("", BEST.title))}
    form = await StartForm.read(request, offered, starts=year.starts, ends=year.ends)
    if form.complete:
        period = Period(form.starts.data or year.starts, form.ends.data or year.ends)
        before = await queries.cycle_slugs(request.user.school.id)
        try:
            cycle = await actions.start_cycle(period, form.practice.data or "", by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            started = f"The evaluation of {cycle.slug} is started. Set an objective, then rate the criteria."
            there = f"The evaluation of {cycle.slug} was started before, and stays as it is."
            say(request, there if cycle.slug in before else started)
            return see_other(request, "evaluation.show", cycle=cycle.slug)
    return render(request, "evaluation/start.html", form.status, form=form)


def this_year(request: Request) -> Period:
    """The school year of today."""
    school = request.user.school
    return dates.school_year(dates.today(school.zone), school.year_starts_in)


async def show(request: Request) -> Response:
    """A cycle: objectives with today's place on them, who took part and when, and best practice."""
    reader, slug = request.user, request.path_params["cycle"]
    report = await built(request, (ACTIONS,))
    frozen = await queries.frozen_of(reader, slug)
    return render(
        request,
        "evaluation/show.html",
        **shown(report),
        frozen=frozen,
        may_plan=rules.may_plan(reader) and not report.closed,
        may_close=rules.may_plan(reader) and not report.closed and report.ends < dates.today(reader.school.zone),
    )


async def glance(request: Request) -> Response:
    """The evaluation on one screen, for a principal."""
    report = await built(request, (ACTIONS, FORMER))
    return render(request, "evaluation/glance.html", **shown(report), glance=glance_of(report))


async def close(request: Request) -> Response:
    """Say what closing means, and what is still missing; then let a cycle that is over stand as it is."""
    rules.check_planner(request.user)
    cycle = await queries.cycle_for(request.user, request.path_params["cycle"])
    form = await Form.read(request)
    report = await built(request)
    if form.complete:
        try:
            shared = await build_shared(request.user, cycle.slug, dates.now())
            await actions.close_cycle(cycle, report, by=request.user, shared=shared)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{cycle.slug} is closed. Its figures stay as they are today.")
            return see_other(request, "evaluation.show", cycle=cycle.slug)
    return render(
        request,
        "evaluation/close.html",
        form.status,
        form=form,
        **shown(report),
        missing=unrated(report),
        still_runs=report.ends >= dates.today(request.user.school.zone),
    )


async def built(request: Request, parts: Collection[str] = PARTS) -> Report:
    """The report of the cycle in the address, as it is now, with the parts that a page shows."""
    return await build(request.user, request.path_params["cycle"], dates.now(), parts)


def shown(report: Report) -> dict[str, Any]:
    """What templates need to show a report."""
    return {
        "report": report,
        "summary": summary(report),
        "finding": finding,
        "week_sentence": week_sentence(report),
        "levels": list(Level),
        "level_words": level_words,
        "way": partial(way_of, report),
        "lower": lower_is_better,
    }


def lower_is_better(goal: Goal) -> bool:
    """Whether an objective is met below its target."""
    known = INDICATORS.get(goal.indicator)
    return known is not None and known.lower_is_better


async def criterion(request: Request) -> Response:
    """One criterion: what it says, its evidence, how we judge ourselves, and what is to be done."""
    return await _criterion(request, None)


async def rate(request: Request) -> Response:
    """Judge a criterion."""
    rules.check_planner(request.user)
    return await _criterion(request, await queries.cycle_for(request.user, request.path_params["cycle"]))


async def _criterion(request: Request, cycle: Cycle | None) -> Response:
    """cycle: where a judgement was sent for it."""
    reader, code = request.user, request.path_params["code"]
    report = await built(request, (EVIDENCE, ACTIONS, FORMER))
    asked = report.practice.criterion(code)
    if asked is None:
        raise NotFound(code)
    judged = report.judgement(code)
    level, note = (judged.level, judged.note) if judged else (None, "")
    seen = str(judged.version if judged else 0)
    form = await RatingForm.read(request, level=str(level or ""), note=note, seen=seen)
    clash = False
    if form.complete and cycle is not None:
        try:
            given = int(form.level.data) if form.level.data else None
            before = number_in(form.seen.data) if form.seen.data else None
            await actions.rate(cycle, code, given, form.note.data or "", by=reader, seen=before)
        except Refused as refused:
            form.refuse(refused)
            clash = refused.sentence == actions.CHANGED
            form.seen.data = seen
        else:
            say(request, "Your judgement is kept.")
            return see_other(request, "evaluation.criterion", cycle=cycle.slug, code=code)
    return render(
        request,
        "evaluation/criterion.html",
        form.status,
        **shown(report),
        criterion=asked,
        figures=report.figures_of(asked),
        judged=judged,
        clash=clash,
        form=form,
        may_rate=rules.may_rate(reader) and not report.closed,
        may_plan=rules.may_plan(reader) and not report.closed,
        **_beside(report, asked),
    )


def _beside(report: Report, asked: Criterion) -> dict[str, Criterion | None]:
    """The criteria before and after this one."""
    every = report.practice.criteria
    place = every.index(asked)
    before = every[place - 1] if place else None
    return {"before": before, "after": every[place + 1] if place + 1 < len(every) else None}


async def new(request: Request) -> Response:
    """Aim at something in this cycle."""
    rules.check_planner(request.user)
    cycle = await queries.cycle_for(request.user, request.path_params["cycle"])
    form = await ObjectiveForm.read(request, offered(), due_on=cycle.ends)
    if form.complete:
        try:
            await actions.add_objective(cycle, **given(form), by=request.user, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The objective is set.")
            return see_other(request, "evaluation.show", cycle=cycle.slug)
    return render(request, "evaluation/edit.html", form.status, form=form, cycle=cycle, changing=False)


async def edit(request: Request) -> Response:
    """Change an objective."""
    rules.check_planner(request.user)
    cycle = await queries.cycle_for(request.user, request.path_params["cycle"])
    objective = await queries.objective_for(request.user, cycle, request.path_params["key"])
    names = ("title", "aim", "indicator", "baseline", "target", "due_on", "next_step", "goal")
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
    texts = {name: form[name].data or "" for name in ("aim", "next_step", "goal")}
    return {**form.values, **texts}


def offered() -> dict[str, list[tuple[str, str]]]:
    """The figures that an objective can be followed by."""
    names = [
        (one.name, f"{one.title}{f' ({one.unit})' if one.unit else ''}") for one in ALL if one.name != "mode_share"
    ]
    return {"indicator": [("", "Choose a figure"), *names]}


async def indicators(request: Request) -> Response:
    """How we measure: every indicator with its definition."""
    return render(request, "evaluation/indicators.html", indicators=list(INDICATORS.values()))
