"""What is done in evaluation: start a cycle, aim, judge, and freeze a report."""

from dataclasses import replace
from datetime import date
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.dates import Period
from engage.errors import NotFound, Refused
from engage.evaluation import cycle_rules, rules
from engage.evaluation.cycle_models import PlannedAction, PracticeFramework
from engage.evaluation.cycle_rules import Doing
from engage.evaluation.framework import BEST
from engage.evaluation.framework_files import kept, written
from engage.evaluation.freezing import beside_the_last
from engage.evaluation.indicators import INDICATORS
from engage.evaluation.models import Cycle, FrozenReport, Objective, Rating
from engage.evaluation.report import Report, judgements_of
from engage.evaluation.report_parts import actions_of, cycle_before, evidence_of
from engage.people import audit
from engage.people.models import School
from engage.people.once import once
from engage.people.rules import Reader

CHANGED = "Somebody else changed this while you were writing. Theirs stands below; keep yours, or take it over."


@one_transaction
async def start_cycle(period: Period, practice: str = "", *, by: Reader) -> Cycle:
    """Begin to evaluate a school year or term; the one that is there already is given again.

    practice: the key of a framework of the school, "" for the default one. The cycle keeps its words as they are today.
    What was left to do in the cycle before is carried over. Raises NotAllowed, Refused, NotFound.
    """
    rules.check_planner(by)
    cycle_rules.check_period(period)
    framework = BEST
    if practice:
        kept_row = await PracticeFramework.get_or_none(school_id=by.school.id, key=practice)
        if kept_row is None:
            raise NotFound(practice)
        framework = replace(kept(kept_row.content), version=kept_row.version)
    slug = rules.slug_of(period, by.school.year_starts_in)
    given = {"starts": period.starts, "ends": period.ends, "criteria": written(framework)}
    await School.filter(id=by.school.id).select_for_update(no_key=True).first()  # two begun at once see each other
    others = Cycle.filter(school_id=by.school.id).exclude(slug=slug)
    rows = await others.values_list("slug", "starts", "ends")
    cycle_rules.check_apart(period, [(name, Period(starts, ends)) for name, starts, ends in rows])
    cycle, new = await Cycle.get_or_create(school_id=by.school.id, slug=slug, defaults=given)
    if new:
        last = await cycle_before(by.school.id, cycle.starts)
        if last is not None:
            await carry(last, cycle)
    return cycle


async def carry(last: Cycle, cycle: Cycle) -> None:
    """Take over what was left to do, once, where the cycle knows the criterion; inside the unit that does more."""
    school_id: int = cycle.school_id  # type: ignore[attr-defined]
    known = {one.code for one in kept(cycle.criteria).criteria}
    there = PlannedAction.filter(school_id=school_id, cycle_id=cycle.id, carried_from_id__isnull=False)
    carried = set(await there.values_list("carried_from_id", flat=True))
    left = PlannedAction.filter(school_id=school_id, cycle_id=last.id, state=Doing.OPEN).order_by("id")
    await PlannedAction.bulk_create(
        [
            PlannedAction(
                school_id=school_id,
                cycle_id=cycle.id,
                criterion=one.criterion,
                what=one.what,
                who=one.who,
                carried_from_id=one.id,
                at=dates.now(),
            )
            for one in await left
            if one.criterion in known and one.id not in carried
        ]
    )


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
    goal: str = "",
    by: Reader,
    form_key: str = "",
) -> str:
    """Aim at something in a cycle; returns the objective's key. Raises Refused, NotAllowed.

    indicator: a name of engage.evaluation.indicators. goal: the goal of the school that it serves.
    """
    cycle = await opened(cycle)
    _check(cycle, title, indicator, target, due_on, baseline, by)
    given: dict[str, Any] = {
        "title": title,
        "aim": aim,
        "indicator": indicator,
        "baseline": baseline,
        "target": target,
        "due_on": due_on,
        "next_step": next_step,
        "goal": goal,
    }

    async def add() -> str:
        of = {"school_id": by.school.id, "cycle_id": cycle.id}
        made = await Objective.create(**of, position=await Objective.filter(**of).count() + 1, **given)
        return made.key

    return await once(by, form_key, {"in": cycle.slug, **given}, add)


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
    goal: str = "",
    by: Reader,
) -> None:
    """Aim otherwise. Raises Refused, NotAllowed, NotFound."""
    cycle = await opened(cycle)
    _check(cycle, title, indicator, target, due_on, baseline, by)
    objective = await Objective.get_or_none(school_id=by.school.id, cycle_id=cycle.id, key=key)
    if objective is None:
        raise NotFound(key)
    objective.title, objective.aim, objective.indicator = title, aim, indicator
    objective.baseline, objective.target, objective.due_on, objective.next_step = baseline, target, due_on, next_step
    objective.goal = goal
    await objective.save()


def _check(
    cycle: Cycle, title: str, indicator: str, target: float, due_on: date, baseline: float | None, by: Reader
) -> None:
    rules.check_planner(by)
    rules.check_open(cycle.locked_at is not None)
    if indicator not in INDICATORS:
        raise Refused("Choose what shows whether it is met.", about="indicator")
    unit = INDICATORS[indicator].unit
    rules.check_objective(title, target, due_on, Period(cycle.starts, cycle.ends), baseline, unit)


@one_transaction
async def rate(
    cycle: Cycle, code: str, level: int | None, note: str = "", *, by: Reader, seen: int | None = None
) -> None:
    """Judge a criterion: 1 emerging to 4 exemplary, or a note alone. A later judgement replaces an earlier one.

    seen: the version of the judgement that the person had before them, 0 for none; None to ask nothing.
    Raises NotAllowed, NotFound, Refused.
    """
    rules.check_rater(by)
    cycle = await opened(cycle)
    if kept(cycle.criteria).criterion(code) is None:
        raise NotFound(code)
    if level is None and not note.strip():
        raise Refused("Choose a step, or write a note.", about="level")
    row = await Rating.filter(school_id=by.school.id, cycle_id=cycle.id, criterion=code).select_for_update().first()
    if seen is not None and seen != (row.version if row else 0):
        raise Refused(CHANGED)
    values: dict[str, Any] = {"level": level, "note": note, "by_id": by.id, "at": dates.now()}
    if row is None:
        await Rating.create(school_id=by.school.id, cycle_id=cycle.id, criterion=code, **values)
    else:
        values["version"] = row.version + 1
        await Rating.filter(school_id=by.school.id, id=row.id).update(**values)


async def opened(cycle: Cycle) -> Cycle:
    """The cycle as it is now, held until the unit of work ends, if it is open. Raises Refused, NotFound."""
    school_id: int = cycle.school_id  # type: ignore[attr-defined]
    now = await Cycle.select_for_update().get_or_none(school_id=school_id, id=cycle.id)
    if now is None:
        raise NotFound(cycle.slug)
    rules.check_open(now.locked_at is not None)
    return now


@one_transaction
async def freeze(cycle: Cycle, report: Report, *, by: Reader) -> FrozenReport:
    """Keep a report as it is, for the evaluation file; what is erased later does not change it. Raises NotAllowed.

    Where an earlier one stands, the two together tell of no small group. Raises Refused for a closed cycle, which has
    its report.
    """
    rules.check_planner(by)
    cycle = await opened(cycle)
    return await _keep(cycle, await beside_the_last(by.school.id, cycle.id, report), by)


@one_transaction
async def close_cycle(cycle: Cycle, report: Report, *, by: Reader, shared: Report | None = None) -> FrozenReport:
    """Let a cycle that is over stand as it is: from now on its pages show this report and count no more.

    shared: the report as it may leave the school; without it nothing of the cycle does from now on.
    What people wrote is read once more here, so that what came in while the figures were counted is not lost. What is
    left to do is carried into the next cycle, where that has begun. Raises NotAllowed, Refused.
    """
    rules.check_planner(by)
    cycle = await opened(cycle)
    of = (by.school.id, cycle.id)
    judged = await judgements_of(*of, report.practice)
    rated = {one.code for one in judged if one.level}
    unrated = [one.title for one in report.practice.criteria if one.needs_a_person and one.code not in rated]
    cycle_rules.check_closing(cycle.ends, dates.today(by.school.zone), locked=False, unrated=unrated)
    steady = await beside_the_last(*of, report)
    whole = replace(steady, judgements=judged, evidence=await evidence_of(*of), actions=await actions_of(*of))
    frozen = await _keep(cycle, whole, by, shared)
    cycle.locked_at = report.as_of
    await cycle.save(update_fields=["locked_at"])
    following = Cycle.filter(school_id=by.school.id, starts__gt=cycle.ends, locked_at__isnull=True)
    after = await following.order_by("starts", "id").first()
    if after is not None:
        await carry(cycle, after)
    return frozen


async def _keep(cycle: Cycle, report: Report, by: Reader, shared: Report | None = None) -> FrozenReport:
    if report.cycle != cycle.slug:
        raise NotFound(report.cycle)
    frozen = await FrozenReport.create(
        school_id=by.school.id,
        cycle_id=cycle.id,
        at=report.as_of,
        by_id=by.id,
        content=report.to_text(),
        shared="" if shared is None else shared.to_text(),
    )
    await audit.note("froze a report", by=by, subject=frozen.key)
    return frozen
