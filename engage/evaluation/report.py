"""The report of a cycle: every figure, or that it is withheld, with its definition, its period and its as-of time.

A report is what pages, print, CSV and JSON are made from, and what is frozen; it holds nothing that may not be shown.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from engage import dates
from engage.dates import Period
from engage.engagement.rules import Mode
from engage.errors import NotFound
from engage.evaluation import framework, rules
from engage.evaluation.figures import Taken, taken
from engage.evaluation.indicators import ALL, INDICATORS, band_words, bands
from engage.evaluation.models import Cycle, FrozenReport, Objective, Rating
from engage.evaluation.rules import Level, State, Value
from engage.people.models import School
from engage.people.rules import Reader, SchoolCard

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
        return bool(self.parts) and all(value.number is None for _, value in self.parts)


@dataclass(frozen=True)
class Goal:
    """An objective with where it stands. value: the indicator's; state: met, track or work."""

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


@dataclass(frozen=True)
class Judgement:
    """A criterion's rating. level: None where only a note was left."""

    code: str
    level: int | None
    note: str


@dataclass(frozen=True)
class Span:
    """Minutes by mode of some weeks together. A mode that may not be shown is not among them."""

    starts: date
    ends: date
    minutes: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Report:
    """A cycle at a moment. starts, ends: of the cycle; until: the last day that is counted; as_of: when it was asked.

    closed: the cycle is over, and this is what it was when it was closed.
    weeks: Monday, and the students who took part in that week. bands: grade band, and its share in each week.
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

    def figure(self, name: str) -> Figure:
        """The figure of an indicator."""
        return next(figure for figure in self.figures if figure.name == name)

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
    whole: dict[str, Any] = json.loads(text)
    day = date.fromisoformat
    return Report(
        school=whole["school"],
        cycle=whole["cycle"],
        framework=whole["framework"],
        starts=day(whole["starts"]),
        ends=day(whole["ends"]),
        until=day(whole["until"]),
        as_of=datetime.fromisoformat(whole["as_of"]),
        fewest=whole["fewest"],
        figures=tuple(
            Figure(
                **{
                    **each,
                    "value": Value(**each["value"]),
                    "parts": tuple((name, Value(**value)) for name, value in each["parts"]),
                }
            )
            for each in whole["figures"]
        ),
        weeks=tuple((day(monday), Value(**value)) for monday, value in whole["weeks"]),
        bands=tuple((name, tuple(Value(**value) for value in values)) for name, values in whole["bands"]),
        spans=tuple(
            Span(day(each["starts"]), day(each["ends"]), tuple((mode, sum_) for mode, sum_ in each["minutes"]))
            for each in whole["spans"]
        ),
        goals=tuple(
            Goal(
                **{
                    **each,
                    "due_on": day(each["due_on"]),
                    "value": Value(**each["value"]),
                    "state": State(each["state"]),
                }
            )
            for each in whole["goals"]
        ),
        judgements=tuple(Judgement(**each) for each in whole["judgements"]),
        closed=whole["closed"],
    )


async def build(who: Reader | SchoolCard | School, slug: str, now: datetime) -> Report:
    """The report of a cycle as it is now, or as it was when the cycle was closed. Raises NotFound.

    who: a school, or a reader at it. A steady number of statements, whatever happened.
    """
    school = who.school if isinstance(who, Reader) else who
    cycle = await Cycle.get_or_none(school_id=school.id, slug=slug)
    if cycle is None:
        raise NotFound(slug)
    if cycle.locked_at is not None:
        standing = FrozenReport.filter(school_id=school.id, cycle_id=cycle.id, at=cycle.locked_at)
        kept = await standing.order_by("-id").first()
        if kept is not None:
            return replace(from_json(kept.content), closed=True)
    period = Period(cycle.starts, cycle.ends)
    today = dates.on(now, school.zone)
    counted = await taken(school.id, rules.so_far(period, today))
    figures = figures_of(counted, school.fewest)
    return Report(
        school.name,
        cycle.slug,
        framework.NAME,
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
        await _judgements(school.id, cycle.id),
    )


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
    shown = [mode.value for mode in Mode if rules.enough(len(counted.taking.by_mode.get(mode.value, ())), fewest)]
    if not shown:
        return
    for first, last in rules.spans(counted.taking.week_modes, shown, fewest):
        weeks = counted.acts.week_minutes[first : last + 1]
        sums = tuple((mode, sum(week[mode] for week in weeks)) for mode in shown)
        yield Span(counted.mondays[first], counted.mondays[last], sums)


async def _goals(school_id: int, cycle: Cycle, values: dict[str, Value], today: date) -> tuple[Goal, ...]:
    rows = (
        await Objective.filter(school_id=school_id, cycle_id=cycle.id)
        .order_by("position", "id")
        .values("key", "title", "aim", "indicator", "baseline", "target", "due_on", "next_step")
    )
    goals = []
    for row in rows:
        value, indicator = values.get(row["indicator"], rules.HIDDEN), INDICATORS.get(row["indicator"])
        lower = indicator is not None and indicator.lower_is_better
        known = value.edge if value.bound == "over" else value.number
        path = (row["baseline"], row["target"], lower, Period(cycle.starts, cycle.ends), row["due_on"], today)
        goals.append(Goal(**row, value=value, state=rules.progress(known, *path)))
    return tuple(goals)


async def _judgements(school_id: int, cycle_id: int) -> tuple[Judgement, ...]:
    rows = await Rating.filter(school_id=school_id, cycle_id=cycle_id).values("criterion", "level", "note")
    found = {row["criterion"]: Judgement(row["criterion"], row["level"], row["note"]) for row in rows}
    return tuple(found[code] for code in framework.CRITERIA if code in found)


def level_words(level: int | None) -> str:
    """ "Effective", or that it is not rated."""
    return Level(level).word if level else "Not rated yet"
