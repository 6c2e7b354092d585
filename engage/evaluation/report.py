"""The report of a cycle: every figure, or that it is withheld, with its definition, its period and its as-of time.

A report is what pages, print, CSV and JSON are made from, and what is frozen; it holds nothing that may not be shown.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from engage import dates
from engage.dates import Period
from engage.engagement.rules import Mode
from engage.engagement.small_groups import HIDDEN, limit_beyond
from engage.engagement.turnout import MINUTES, People
from engage.errors import NotFound
from engage.evaluation import rules
from engage.evaluation.figures import Taken, taken
from engage.evaluation.framework import BEST, Criterion, Framework
from engage.evaluation.framework_files import kept
from engage.evaluation.indicators import ALL, INDICATORS, band_words, bands
from engage.evaluation.kept import months_of
from engage.evaluation.models import Cycle, FrozenReport, Objective, Rating
from engage.evaluation.report_parts import Act, Former, Piece, actions_of, before_among, evidence_of, former_of
from engage.evaluation.rules import Level, State, Value
from engage.evaluation.survey_queries import surveys_closed_in
from engage.evaluation.survey_rules import Asked
from engage.evaluation.thawing import thaw
from engage.people.models import School
from engage.people.rules import Reader, SchoolCard

EVIDENCE, ACTIONS, SURVEYS, FORMER = PARTS = ("evidence", "actions", "surveys", "former")
CSV_HEAD = ("Indicator", "Group", "Value", "Shown as", "Unit", "From", "To", "As of", "Version", "Definition")


@dataclass(frozen=True)
class Figure:
    """One indicator in a report. parts: name and value of each group of the break-down."""

    name: str
    title: str
    definition: str
    unit: str
    version: int
    split: str
    value: Value
    parts: tuple[tuple[str, Value], ...]

    @property
    def words(self) -> str:
        """The value as it is read."""
        return self.value.words(self.unit)

    @property
    def parts_withheld(self) -> bool:
        """Whether there is a break-down that may not be shown."""
        return bool(self.parts) and all(value.number is None and not value.bound for _, value in self.parts)


@dataclass(frozen=True)
class Goal:
    """An objective with where it stands. value: the indicator's; state: met, track or work. goal: the school's."""

    key: str
    title: str
    aim: str
    indicator: str
    baseline: float | None
    target: float
    due_on: date
    next_step: str
    value: Value
    state: State
    goal: str = ""


@dataclass(frozen=True)
class Judgement:
    """A criterion's rating. level: None where only a note was left. version: rises with each judgement."""

    code: str
    level: int | None
    note: str
    version: int = 1


@dataclass(frozen=True)
class Span:
    """Minutes by mode of some months together. A mode that may not be shown is not among them."""

    starts: date
    ends: date
    minutes: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Report:
    """A cycle at a moment. starts, ends: of the cycle; until: the last day that is counted; as_of: when it was asked.

    closed: the cycle is over, and this is what it was when it was closed.
    weeks: Monday, and the students who took part in that week. bands: grade band, and its share in each week.
    practice: what is judged by, as it was when the cycle began. former: the cycle before, if it is closed.
    """

    school: str
    cycle: str
    framework: str
    starts: date
    ends: date
    until: date
    as_of: datetime
    fewest: int
    figures: tuple[Figure, ...]
    weeks: tuple[tuple[date, Value], ...]
    bands: tuple[tuple[str, tuple[Value, ...]], ...]
    spans: tuple[Span, ...]
    goals: tuple[Goal, ...]
    judgements: tuple[Judgement, ...]
    closed: bool = False
    practice: Framework = BEST
    evidence: tuple[Piece, ...] = ()
    actions: tuple[Act, ...] = ()
    surveys: tuple[Asked, ...] = ()
    former: Former | None = None

    def figure(self, name: str) -> Figure:
        """The figure of an indicator."""
        return next(figure for figure in self.figures if figure.name == name)

    def figures_of(self, criterion: Criterion) -> tuple[Figure, ...]:
        """The figures that speak for a criterion, as far as they are counted."""
        known = {figure.name: figure for figure in self.figures}
        return tuple(known[name] for name in criterion.indicators if name in known)

    def evidence_of(self, code: str) -> tuple[Piece, ...]:
        """The evidence of a criterion."""
        return tuple(one for one in self.evidence if one.criterion == code)

    def actions_of(self, code: str) -> tuple[Act, ...]:
        """What is to be done about a criterion."""
        return tuple(one for one in self.actions if one.criterion == code)

    def judgement(self, code: str) -> Judgement | None:
        """How a criterion was judged, if it was."""
        return next((each for each in self.judgements if each.code == code), None)

    def to_csv_rows(self) -> list[tuple[Any, ...]]:
        """A table: the names of its columns, then one row for each figure and each group of it."""
        rows = [
            (
                figure.title,
                group,
                value.number,
                value.words(figure.unit),
                figure.unit,
                self.starts,
                self.until,
                self.as_of,
                figure.version,
                figure.definition,
            )
            for figure in self.figures
            for group, value in (("", figure.value), *figure.parts)
        ]
        return [CSV_HEAD, *rows]

    def to_json(self) -> dict[str, Any]:
        """The whole report as JSON has it: texts, numbers, lists and objects; from_json makes it again."""
        whole: dict[str, Any] = json.loads(self.to_text())
        return whole

    def to_text(self) -> str:
        """The same, written down."""
        return json.dumps(asdict(self), default=_plain, ensure_ascii=False, indent=1)


def _plain(value: object) -> str:
    assert isinstance(value, date | datetime)
    return value.isoformat()


def from_json(text: str) -> Report:
    """A report that was frozen, as it was."""
    return thaw(Report, json.loads(text))


async def build(who: Reader | SchoolCard | School, slug: str, now: datetime, parts: Collection[str] = PARTS) -> Report:
    """The report of a cycle as it is now, or as it was when the cycle was closed. Raises NotFound.

    who: a school, or a reader at it. parts: what is read besides figures, goals and ratings; a page that shows less
    asks for less, and never keeps what it got. A steady number of statements, whatever happened.
    """
    school = who.school if isinstance(who, Reader) else who
    cycles = await Cycle.filter(school_id=school.id).order_by("-ends", "-starts", "-id")
    cycle = next((one for one in cycles if one.slug == slug), None)
    if cycle is None:
        raise NotFound(slug)
    if cycle.locked_at is not None:
        standing = FrozenReport.filter(school_id=school.id, cycle_id=cycle.id, at=cycle.locked_at)
        stands = await standing.order_by("-id").first()
        if stands is not None:
            report = from_json(stands.content)
            if stands.shared and report.fewest < school.fewest:
                report = from_json(stands.shared)
            return replace(report, closed=True)
    period = Period(cycle.starts, cycle.ends)
    today = dates.on(now, school.zone)
    counted = await taken(school.id, rules.so_far(period, today), school)
    figures = figures_of(counted, school.fewest)
    practice = kept(cycle.criteria)
    return Report(
        school.name,
        cycle.slug,
        practice.title,
        cycle.starts,
        cycle.ends,
        counted.period.ends,
        now.replace(microsecond=0),
        school.fewest,
        figures,
        tuple(_weeks(counted, school.fewest)),
        tuple(_bands(counted, school.fewest)),
        tuple(_spans(counted, school.fewest)),
        await _goals(school.id, cycle, {figure.name: figure.value for figure in figures}, today),
        await judgements_of(school.id, cycle.id, practice),
        practice=practice,
        evidence=await evidence_of(school.id, cycle.id) if EVIDENCE in parts else (),
        actions=await actions_of(school.id, cycle.id) if ACTIONS in parts else (),
        surveys=await surveys_closed_in(school.id, period, school.fewest) if SURVEYS in parts else (),
        former=await former_of(school.id, before_among(cycles, cycle.starts)) if FORMER in parts else None,
    )


async def build_shared(who: Reader | SchoolCard, slug: str, now: datetime) -> Report:
    """The figures of a cycle as they may leave the school: fewer than ten students are withheld. Raises NotFound.

    A cycle that was closed stays as it was then; where it had a smaller limit, nothing of it is told.
    """
    card = who.school if isinstance(who, Reader) else who
    fewest = limit_beyond(card.fewest, (await School.get(id=card.id)).fewest_shared)
    report = await build(replace(card, fewest=fewest), slug, now, ())
    return report if report.fewest >= fewest else all_withheld(report, fewest)


def all_withheld(report: Report, fewest: int) -> Report:
    """The report with every figure withheld, and all that is made of figures."""
    figures = tuple(
        replace(figure, value=HIDDEN, parts=tuple((name, HIDDEN) for name, _ in figure.parts))
        for figure in report.figures
    )
    goals = tuple(replace(goal, value=HIDDEN) for goal in report.goals)
    none: dict[str, Any] = {"weeks": (), "bands": (), "spans": (), "surveys": (), "former": None, "evidence": ()}
    return replace(report, fewest=fewest, figures=figures, goals=goals, **none)


def figures_of(counted: Taken, fewest: int) -> tuple[Figure, ...]:
    """Every indicator's answer to what was counted."""
    answers = [(indicator, indicator.ask(counted, fewest)) for indicator in ALL]
    return tuple(
        Figure(
            indicator.name,
            indicator.title,
            indicator.definition,
            indicator.unit,
            indicator.version,
            indicator.split,
            answer.value,
            tuple(answer.parts.items()),
        )
        for indicator, answer in answers
    )


def _weeks(counted: Taken, fewest: int) -> Iterator[tuple[date, Value]]:
    enrolled = sum(counted.enrolled.values())
    for monday, people in zip(counted.mondays, counted.taking.weeks, strict=True):
        yield monday, rules.group(len(people), enrolled, fewest)


def _bands(counted: Taken, fewest: int) -> Iterator[tuple[str, tuple[Value, ...]]]:
    enrolled = sum(counted.enrolled.values())
    shown = [
        rules.shares(
            {band: (len(groups.get(band, ())), counted.enrolled.get(band, 0)) for band in bands(counted)},
            (len(people), enrolled),
            fewest,
        )
        for people, groups in zip(counted.taking.weeks, counted.taking.week_bands, strict=True)
    ]
    for band in bands(counted):
        yield band_words(band), tuple(week[band] for week in shown)


def _spans(counted: Taken, fewest: int) -> Iterator[Span]:
    """Months, put together so that each span holds whole steps of the history of every mode that is shown: beside
    those it gives nothing away."""
    shown = [mode.value for mode in Mode if rules.enough(len(counted.taking.by_mode.get(mode.value, ())), fewest)]
    months = months_of(counted.period)
    minutes, people = counted.kept.minutes_by_month(), counted.kept.people_by_month(MINUTES)
    ends = [
        {last for _, last in rules.stand_together([people.get((mode, month), People()) for month in months], fewest)}
        for mode in shown
    ]
    first = 0
    for last in sorted(set.intersection(*ends)) if ends else ():
        within = months[first : last + 1]
        sums = tuple((mode, sum(minutes[mode, month] for month in within)) for mode in shown)
        starts, until = max(within[0], counted.period.starts), min(dates.month_end(within[-1]), counted.period.ends)
        yield Span(starts, until, sums)
        first = last + 1


async def _goals(school_id: int, cycle: Cycle, values: dict[str, Value], today: date) -> tuple[Goal, ...]:
    rows = (
        await Objective.filter(school_id=school_id, cycle_id=cycle.id)
        .order_by("position", "id")
        .values("key", "title", "aim", "indicator", "baseline", "target", "due_on", "next_step", "goal")
    )
    goals = []
    for row in rows:
        value, indicator = values.get(row["indicator"], rules.HIDDEN), INDICATORS.get(row["indicator"])
        lower = indicator is not None and indicator.lower_is_better
        known = value.edge if value.bound == "over" else value.number
        path = (row["baseline"], row["target"], lower, Period(cycle.starts, cycle.ends), row["due_on"], today)
        goals.append(Goal(**row, value=value, state=rules.progress(known, *path)))
    return tuple(goals)


async def judgements_of(school_id: int, cycle_id: int, practice: Framework) -> tuple[Judgement, ...]:
    """How the criteria of a cycle were judged, in their order."""
    rows = await Rating.filter(school_id=school_id, cycle_id=cycle_id).values("criterion", "level", "note", "version")
    found = {row.pop("criterion"): row for row in rows}
    return tuple(Judgement(one.code, **found[one.code]) for one in practice.criteria if one.code in found)


def level_words(level: int | None) -> str:
    """ "Effective", or that it is not rated."""
    return Level(level).word if level else "Not rated yet"
