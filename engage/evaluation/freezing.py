"""What a report says that is frozen beside an earlier one: the difference of both is a group, too (SAFETY.md, P10)."""

from dataclasses import replace
from datetime import timedelta

from engage.engagement.models import Engagement
from engage.engagement.rules import PERSONAL
from engage.engagement.small_groups import enough, steady
from engage.evaluation.models import FrozenReport
from engage.evaluation.report import Figure, Report, from_json

# the figures that are numbers of students; of a share, or of a sum of minutes, the report does not know how many moved
STUDENTS = frozenset({"not_reached", "joining"})


async def beside_the_last(school_id: int, cycle_id: int, report: Report) -> Report:
    """The report as it may be frozen, where another one of the cycle was frozen before; two statements at most."""
    rows = FrozenReport.filter(school_id=school_id, cycle_id=cycle_id).order_by("-at", "-id").limit(1)
    for at, content in await rows.values_list("at", "content"):
        since = at + timedelta(seconds=1)  # a report says its moment in whole seconds
        acts = Engagement.filter(school_id=school_id, kind__in=PERSONAL, at__gte=since, person_id__isnull=False)
        people = {person for (person,) in await acts.distinct().values_list("person_id")}
        return steadied(from_json(content), report, len(people))
    return report


def steadied(before: Report, now: Report, acted: int) -> Report:
    """What may be told now. acted: how many students did anything since.

    Behind the difference of two sums stand those who acted in between: where they are few, what was said stands. Of
    numbers of students it stands also where few came or went. What people wrote is always as it is now.
    """
    if before.fewest < now.fewest:
        return now
    if not enough(acted, now.fewest):
        kept = replace(
            now, until=before.until, figures=before.figures, weeks=before.weeks, bands=before.bands, spans=before.spans
        )
    else:
        said = {one.name: one for one in before.figures}
        weeks = dict(before.weeks)
        kept = replace(
            now,
            figures=tuple(_steady(said.get(one.name), one, now.fewest) for one in now.figures),
            weeks=tuple(
                (monday, steady(weeks[monday], value, now.fewest) if monday in weeks else value)
                for monday, value in now.weeks
            ),
        )
    values = {one.name: one.value for one in kept.figures}
    goals = tuple(replace(goal, value=values.get(goal.indicator, goal.value)) for goal in now.goals)
    return replace(kept, goals=goals)


def _steady(before: Figure | None, now: Figure, fewest: int) -> Figure:
    if before is None or before.version != now.version or now.name not in STUDENTS:
        return now
    parts = dict(before.parts)
    return replace(
        now,
        value=steady(before.value, now.value, fewest),
        parts=tuple(
            (name, steady(parts[name], value, fewest) if name in parts else value) for name, value in now.parts
        ),
    )
