"""What a report says that is frozen beside an earlier one: the difference of both is a group, too (SAFETY.md, P10)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from tortoise.functions import Max, Min

from engage.engagement.models import Engagement
from engage.engagement.rules import PERSONAL, Kind
from engage.engagement.small_groups import Value, enough, steady
from engage.evaluation.indicators import INDICATORS
from engage.evaluation.measuring import MODE_WORDS, bands_of
from engage.evaluation.models import FrozenReport
from engage.evaluation.report import Figure, Report, from_json

# the figures that are numbers of students; of a share the report does not know how many moved
STUDENTS = frozenset({"not_reached", "joining"})
MODE_OF = {word: mode.value for mode, word in MODE_WORDS.items()}


@dataclass(frozen=True)
class Deed:
    """That somebody did something of a kind since the last report, or took it back. minutes, pages: some were in it."""

    person: int
    kind: str
    mode: str
    band: str
    minutes: bool
    pages: bool


async def beside_the_last(school_id: int, cycle_id: int, report: Report) -> Report:
    """The report as it may be frozen, where another one of the cycle was frozen before; two statements at most."""
    rows = FrozenReport.filter(school_id=school_id, cycle_id=cycle_id).order_by("-at", "-id").limit(1)
    for at, content in await rows.values_list("at", "content"):
        since = at + timedelta(seconds=1)  # a report says its moment in whole seconds
        acts = Engagement.filter(school_id=school_id, kind__in=PERSONAL, at__gte=since, person_id__isnull=False)
        cut = ("person_id", "kind", "mode", "grade_band")
        sums = {"most": Max("minutes"), "least": Min("minutes"), "more": Max("pages"), "less": Min("pages")}
        grouped = acts.annotate(**sums).group_by(*cut)
        deeds = [
            Deed(person, str(kind), str(mode or ""), str(band), bool(most or least), bool(more or less))
            for person, kind, mode, band, most, least, more, less in await grouped.values_list(*cut, *sums)
        ]
        return steadied(from_json(content), report, deeds)
    return report


def steadied(before: Report, now: Report, deeds: Collection[Deed]) -> Report:
    """What may be told now. deeds: what was done since the report before.

    Behind the difference of two sums stand those who acted in between: where they are few, in all or in one group of a
    break-down, what was said stands. Of numbers of students it stands also where few came or went, and what was said of
    the share of a grade band in a week always does. What people wrote is as it is now.
    """
    if before.fewest < now.fewest:
        return now
    if not enough(len({deed.person for deed in deeds}), now.fewest):
        kept = replace(
            now, until=before.until, figures=before.figures, weeks=before.weeks, bands=before.bands, spans=before.spans
        )
    else:
        said = {one.name: one for one in before.figures}
        weeks = dict(before.weeks)
        timed = [deed for deed in deeds if deed.minutes]
        kept = replace(
            now,
            figures=tuple(_steady(said.get(one.name), one, deeds, now.fewest) for one in now.figures),
            weeks=tuple(
                (monday, steady(weeks[monday], value, now.fewest) if monday in weeks else value)
                for monday, value in now.weeks
            ),
            bands=_bands(before, now),
            spans=now.spans if _far(timed, [{mode} for mode in MODE_OF.values()], [], now.fewest) else before.spans,
        )
    values = {one.name: one.value for one in kept.figures}
    goals = tuple(replace(goal, value=values.get(goal.indicator, goal.value)) for goal in now.goals)
    return replace(kept, goals=goals)


def _steady(before: Figure | None, now: Figure, deeds: Iterable[Deed], fewest: int) -> Figure:
    if before is None or before.version != now.version:
        return now
    names = {name for name, _ in (*before.parts, *now.parts)}
    modes = [{MODE_OF[name]} for name in names if now.split == "mode" and name in MODE_OF]
    bands = [bands_of(name) for name in names if now.split == "grade band"]
    if not _far(behind(now.name, deeds), modes, bands, fewest):
        return before
    if now.name not in STUDENTS:
        return now
    parts = dict(before.parts)
    return replace(
        now,
        value=steady(before.value, now.value, fewest),
        parts=tuple(
            (name, steady(parts[name], value, fewest) if name in parts else value) for name, value in now.parts
        ),
    )


def behind(name: str, deeds: Iterable[Deed]) -> list[Deed]:
    """What of all that was done since moves a figure; of one that is no sum, what was logged at all."""
    measure = INDICATORS[name].measure if name in INDICATORS else None
    if measure is None:
        return [deed for deed in deeds if deed.kind in (Kind.LOGGED, Kind.FINISHED)]
    return [
        deed
        for deed in deeds
        if deed.kind == measure.kind
        and (not measure.mode or deed.mode == measure.mode)
        and (measure.what != "minutes" or deed.minutes)
        and (measure.what != "pages" or deed.pages)
    ]


def _far(
    deeds: Sequence[Deed], modes: Iterable[Collection[str]], bands: Iterable[Collection[str]], fewest: int
) -> bool:
    """Whether nobody or enough people are behind what was done, in all and in each of some modes and grade bands."""
    groups = [{deed.person for deed in deeds}]
    groups += [{deed.person for deed in deeds if deed.mode in some} for some in modes]
    groups += [{deed.person for deed in deeds if deed.band in some} for some in bands]
    return all(not group or enough(len(group), fewest) for group in groups)


def _bands(before: Report, now: Report) -> tuple[tuple[str, tuple[Value, ...]], ...]:
    """Shares of grade bands by week: what was said of a week stands."""
    said = {
        (name, monday): value
        for name, values in before.bands
        for (monday, _), value in zip(before.weeks, values, strict=False)
    }
    return tuple(
        (
            name,
            tuple(said.get((name, monday), value) for (monday, _), value in zip(now.weeks, values, strict=False)),
        )
        for name, values in now.bands
    )
