"""What is asked about cycles: those of the school, one of them, its objectives and the reports that were frozen."""

from typing import Any

from engage.errors import NotFound
from engage.evaluation.framework_files import kept
from engage.evaluation.models import Cycle, FrozenReport, Objective, Rating
from engage.people.rules import Reader


async def cycles_for(reader: Reader) -> list[dict[str, Any]]:
    """The school's cycles, newest first: slug, starts, ends, locked_at, rated of how many criteria, objectives."""
    cycles = (
        await Cycle.filter(school_id=reader.school.id)
        .order_by("-starts", "-id")
        .values("id", "slug", "starts", "ends", "locked_at", "criteria")
    )
    rated = await Rating.filter(school_id=reader.school.id, level__not_isnull=True).values_list("cycle_id", flat=True)
    aims = await Objective.filter(school_id=reader.school.id).values_list("cycle_id", flat=True)
    return [
        {
            **cycle,
            "of": len(kept(cycle["criteria"]).criteria),
            "rated": list(rated).count(cycle["id"]),
            "objectives": list(aims).count(cycle["id"]),
        }
        for cycle in cycles
    ]


async def cycle_slugs(school_id: int) -> list[str]:
    """What the cycles of a school are called in addresses, the latest first."""
    rows = Cycle.filter(school_id=school_id).order_by("-ends", "-starts", "-id")
    return [slug for (slug,) in await rows.values_list("slug")]


async def cycle_for(reader: Reader, slug: str) -> Cycle:
    """One cycle of the school, or NotFound."""
    cycle = await Cycle.get_or_none(school_id=reader.school.id, slug=slug)
    if cycle is None:
        raise NotFound(slug)
    return cycle


async def objective_for(reader: Reader, cycle: Cycle, key: str) -> Objective:
    """One objective of a cycle, or NotFound."""
    objective = await Objective.get_or_none(school_id=reader.school.id, cycle_id=cycle.id, key=key)
    if objective is None:
        raise NotFound(key)
    return objective


async def frozen_of(reader: Reader, slug: str) -> list[dict[str, Any]]:
    """The reports that were frozen in a cycle, newest first: key and moment."""
    rows = FrozenReport.filter(school_id=reader.school.id, cycle__slug=slug)
    return await rows.order_by("-at", "-id").values("key", "at")


async def frozen_for(reader: Reader, slug: str, key: str) -> FrozenReport:
    """One frozen report, or NotFound."""
    frozen = await FrozenReport.get_or_none(school_id=reader.school.id, cycle__slug=slug, key=key)
    if frozen is None:
        raise NotFound(key)
    return frozen
