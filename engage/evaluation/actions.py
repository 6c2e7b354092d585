"""What is done in evaluation: start a cycle, aim, judge, and freeze a report."""

from datetime import date
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.dates import Period
from engage.errors import NotFound, Refused
from engage.evaluation import rules
from engage.evaluation.framework import CRITERIA
from engage.evaluation.indicators import INDICATORS
from engage.evaluation.models import Cycle, FrozenReport, Objective, Rating
from engage.evaluation.report import Report
from engage.people import audit
from engage.people.rules import Reader


@one_transaction
async def start_cycle(period: Period, *, by: Reader) -> Cycle:
    """Begin to evaluate a school year or term; the one that is there already is given again. Raises NotAllowed."""
    rules.check_planner(by)
    slug = rules.slug_of(period, by.school.year_starts_in)
    cycle, _ = await Cycle.get_or_create(
        school_id=by.school.id, slug=slug, defaults={"starts": period.starts, "ends": period.ends}
    )
    return cycle


@one_transaction
async def add_objective(
    cycle: Cycle,
    *,
    title: str,
    aim: str,
    indicator: str,
    target: float,
    due_on: date,
    baseline: float | None = None,
    next_step: str = "",
    by: Reader,
) -> Objective:
    """Aim at something in a cycle. indicator: a name of engage.evaluation.indicators. Raises Refused, NotAllowed."""
    _check(cycle, title, indicator, target, due_on, by)
    return await Objective.create(
        school_id=by.school.id,
        cycle_id=cycle.id,
        position=await Objective.filter(school_id=by.school.id, cycle_id=cycle.id).count() + 1,
        title=title,
        aim=aim,
        indicator=indicator,
        baseline=baseline,
        target=target,
        due_on=due_on,
        next_step=next_step,
    )


@one_transaction
async def change_objective(
    cycle: Cycle,
    key: str,
    *,
    title: str,
    aim: str,
    indicator: str,
    target: float,
    due_on: date,
    baseline: float | None = None,
    next_step: str = "",
    by: Reader,
) -> None:
    """Aim otherwise. Raises Refused, NotAllowed, NotFound."""
    _check(cycle, title, indicator, target, due_on, by)
    objective = await Objective.get_or_none(school_id=by.school.id, cycle_id=cycle.id, key=key)
    if objective is None:
        raise NotFound(key)
    objective.title, objective.aim, objective.indicator = title, aim, indicator
    objective.baseline, objective.target, objective.due_on, objective.next_step = baseline, target, due_on, next_step
    await objective.save()


def _check(cycle: Cycle, title: str, indicator: str, target: float, due_on: date, by: Reader) -> None:
    rules.check_planner(by)
    rules.check_open(cycle.locked_at is not None)
    rules.check_objective(title, target, due_on, Period(cycle.starts, cycle.ends))
    if indicator not in INDICATORS:
        raise Refused("Choose what shows whether it is met.", about="indicator")


@one_transaction
async def rate(cycle: Cycle, code: str, level: int | None, note: str = "", *, by: Reader) -> None:
    """Judge a criterion: 1 emerging to 4 exemplary, or a note alone. A later judgement replaces an earlier one.

    Raises NotAllowed, NotFound, Refused.
    """
    rules.check_rater(by)
    rules.check_open(cycle.locked_at is not None)
    if code not in CRITERIA:
        raise NotFound(code)
    if level is None and not note.strip():
        raise Refused("Choose a step, or write a note.", about="level")
    values: dict[str, Any] = {"level": level, "note": note, "by_id": by.id, "at": dates.now()}
    changed = await Rating.filter(school_id=by.school.id, cycle_id=cycle.id, criterion=code).update(**values)
    if not changed:
        await Rating.create(school_id=by.school.id, cycle_id=cycle.id, criterion=code, **values)


@one_transaction
async def freeze(cycle: Cycle, report: Report, *, by: Reader) -> FrozenReport:
    """Keep a report as it is, for the evaluation file; what is erased later does not change it. Raises NotAllowed."""
    rules.check_planner(by)
    return await _keep(cycle, report, by)


@one_transaction
async def close_cycle(cycle: Cycle, report: Report, *, by: Reader) -> FrozenReport:
    """Let a cycle that is over stand as it is: from now on its pages show this report and count no more.

    Raises NotAllowed, Refused.
    """
    rules.check_planner(by)
    rules.check_closable(cycle.ends, dates.today(by.school.zone), cycle.locked_at is not None)
    frozen = await _keep(cycle, report, by)
    cycle.locked_at = report.as_of
    await cycle.save(update_fields=["locked_at"])
    return frozen


async def _keep(cycle: Cycle, report: Report, by: Reader) -> FrozenReport:
    if report.cycle != cycle.slug:
        raise NotFound(report.cycle)
    frozen = await FrozenReport.create(
        school_id=by.school.id, cycle_id=cycle.id, at=report.as_of, by_id=by.id, content=report.to_text()
    )
    await audit.note("froze a report", by=by, subject=frozen.key)
    return frozen
