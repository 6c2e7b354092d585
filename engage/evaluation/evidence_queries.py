"""What may stand as evidence, and how each thing is frozen: title, day, and what is shown of it; never a student."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from engage import dates
from engage.classes.unit_models import UnitList, UnitSession, UnitStandard
from engage.classes.unit_queries import units_for
from engage.classes.unit_rules import COUNTED, LEVELS
from engage.errors import NotFound, Refused
from engage.evaluation.cycle_models import Evidence, EvidenceFile, PlannedAction
from engage.evaluation.cycle_rules import Proof
from engage.evaluation.models import Cycle, FrozenReport
from engage.evaluation.report import Report
from engage.evaluation.report_parts import Piece, piece_of
from engage.evaluation.survey_rules import Asked
from engage.lists.models import ListItem
from engage.lists.queries import published_for
from engage.people.rules import Reader
from engage.programs.models import Challenge
from engage.programs.queries import programs_for
from engage.promotion.queries import displays_for
from engage.promotion.rules import PLACES, Place

MOST_OFFERED = 100
MOST_ITEMS = 60
SHOWN = 600

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Frozen:
    """A thing as it is on a day. shown: pairs of a label and words."""

    kind: Proof
    title: str
    on: date
    shown: Pairs


async def offered(reader: Reader, report: Report) -> list[tuple[str, str]]:
    """What may be chosen: "list KEY" and its words, and so on; figures and surveys only where they are shown."""
    lists = await published_for(reader).order_by("-published_at", "-id").limit(MOST_OFFERED).values("key", "title")
    programs = programs_for(reader).filter(state="published")
    displays = displays_for(reader).order_by("-starts", "-id").limit(MOST_OFFERED)
    units = units_for(reader).filter(state__in=COUNTED).order_by("-starts", "-id").limit(MOST_OFFERED)
    frozen = FrozenReport.filter(school_id=reader.school.id, cycle__slug=report.cycle).order_by("-at", "-id")
    return [
        *((f"list {row['key']}", f"List: {row['title']}") for row in lists),
        *(
            (f"program {row['key']}", f"Program: {row['title']}")
            for row in await programs.order_by("-starts", "-id").limit(MOST_OFFERED).values("key", "title")
        ),
        *(
            (f"display {row['key']}", f"Display: {_of_display(row)}, {in_full(row['starts'])}")
            for row in await displays.values("key", "kicker", "starts", "curated__title", "program__title")
        ),
        *((f"unit {row['key']}", f"Unit: {row['title']}") for row in await units.values("key", "title")),
        *((f"survey {one.key}", f"Survey: {one.title}") for one in report.surveys),
        *(
            (f"figure {one.name}", f"Figure: {one.title}, {one.words}")
            for one in report.figures
            if not one.value.withheld or one.value.bound
        ),
        *(
            (f"report {row['key']}", f"Report of {in_full(dates.on(row['at'], reader.school.zone))}")
            for row in await frozen.limit(MOST_OFFERED).values("key", "at")
        ),
    ]


async def freeze_thing(reader: Reader, report: Report, what: str) -> Frozen:
    """The thing as it is now. what: a value of `offered`. Raises Refused."""
    kind, _, key = what.partition(" ")
    today = dates.today(reader.school.zone)
    match kind:
        case Proof.LIST:
            return await _list(reader, key, today)
        case Proof.PROGRAM:
            return await _program(reader, key, today)
        case Proof.DISPLAY:
            return await _display(reader, key)
        case Proof.UNIT:
            return await _unit(reader, key, today)
        case Proof.SURVEY:
            for one in report.surveys:
                if one.key == key:
                    return survey_shown(one)
            raise NotFound(key)
        case Proof.FIGURE:
            return figure_shown(report, key, today)
        case Proof.REPORT:
            return await _report(reader, key)
    raise Refused("Choose something.", about="what")


def in_full(day: date) -> str:
    """A day as it stands where it is read years later: "Friday 14 November 2026"."""
    return f"{dates.spoken(day)} {day.year}"


async def _list(reader: Reader, key: str, today: date) -> Frozen:
    columns = ("id", "title", "introduction", "items_count", "reading", "viewing", "listening", "published_at")
    row = await published_for(reader).get_or_none(key=key).values(*columns)
    if row is None:
        raise NotFound(key)
    items = ListItem.filter(school_id=reader.school.id, curated_id=row["id"]).order_by("position", "id")
    titles = await items.limit(MOST_ITEMS).values_list("resource__title", flat=True)
    ways = (("reading", "to read"), ("viewing", "to watch"), ("listening", "to hear"))
    modes = ", ".join(f"{row[mode]} {words}" for mode, words in ways if row[mode])
    more = row["items_count"] - len(titles)
    return Frozen(
        Proof.LIST,
        row["title"],
        today,
        (
            ("What it says", row["introduction"][:SHOWN]),
            ("Published", in_full(dates.on(row["published_at"], reader.school.zone))),
            ("Resources", f"{row['items_count']}, of them {modes}" if modes else str(row["items_count"])),
            ("On it", "; ".join(str(title) for title in titles) + (f"; and {more} more" if more > 0 else "")),
        ),
    )


async def _program(reader: Reader, key: str, today: date) -> Frozen:
    rows = programs_for(reader).filter(key=key, state="published")
    for row in await rows.values("id", "title", "introduction", "starts", "ends"):
        challenges = Challenge.filter(school_id=reader.school.id, program_id=row["id"]).order_by("position", "id")
        titles = await challenges.values_list("title", flat=True)
        last = in_full(row["ends"]) if row["ends"] else "no last day"
        return Frozen(
            Proof.PROGRAM,
            row["title"],
            today,
            (
                ("What it says", row["introduction"][:SHOWN]),
                ("Days", f"{in_full(row['starts'])} to {last}"),
                ("To achieve", "; ".join(str(title) for title in titles)),
            ),
        )
    raise NotFound(key)


async def _display(reader: Reader, key: str) -> Frozen:
    rows = displays_for(reader).filter(key=key)
    for row in await rows.values("place", "kicker", "starts", "ends", "curated__title", "program__title"):
        shown = (
            ("On show", row["curated__title"] or row["program__title"] or ""),
            ("Where", PLACES[Place(row["place"])]),
            ("Days", f"{in_full(row['starts'])} to {in_full(row['ends'])}"),
        )
        return Frozen(Proof.DISPLAY, _of_display(row), row["starts"], shown)
    raise NotFound(key)


async def _unit(reader: Reader, key: str, today: date) -> Frozen:
    """A unit that the reader plans; who else does is not said."""
    unit = await units_for(reader).get_or_none(key=key, state__in=COUNTED)
    if unit is None:
        raise NotFound(key)
    of = {"school_id": reader.school.id, "unit_id": unit.id}
    lists = await UnitList.filter(**of).order_by("id").values_list("curated__title", flat=True)
    days = [unit.starts, unit.ends] if unit.ends and unit.ends != unit.starts else [unit.starts]
    shown = (
        ("Subject", unit.subject),
        ("Days", " to ".join(in_full(day) for day in days if day)),
        ("How we worked", LEVELS[unit.level] if unit.level else ""),
        ("Objectives", unit.objectives[:SHOWN]),
        ("Lessons", str(await UnitSession.filter(**of, gone_at__isnull=True).count())),
        ("Standards", str(await UnitStandard.filter(**of).count())),
        ("Lists", "; ".join(str(title) for title in lists)),
        ("Looking back", unit.reflection[:SHOWN]),
    )
    return Frozen(Proof.UNIT, unit.title, today, tuple((label, words) for label, words in shown if words))


def _of_display(row: dict[str, Any]) -> str:
    return str(row["curated__title"] or row["program__title"] or row["kicker"] or "Display")


async def _report(reader: Reader, key: str) -> Frozen:
    found = await FrozenReport.get_or_none(school_id=reader.school.id, key=key)
    if found is None:
        raise NotFound(key)
    whole = json.loads(found.content)
    on = dates.on(found.at, reader.school.zone)
    counted = [(one["title"], one["value"]["number"], one["unit"]) for one in whole["figures"]]
    shown = tuple((title, f"{number:,} {unit}".strip()) for title, number, unit in counted if number is not None)
    return Frozen(Proof.REPORT, f"Report {whole['cycle']}", on, shown)


def figure_shown(report: Report, name: str, today: date) -> Frozen:
    """A figure with its definition and its as-of time, and the break-down where that is shown. Raises NotFound."""
    figure = next((one for one in report.figures if one.name == name), None)
    if figure is None or (figure.value.withheld and not figure.value.bound):
        raise NotFound(name)
    parts = () if figure.parts_withheld else tuple((part, value.words(figure.unit)) for part, value in figure.parts)
    head = (
        ("Value", figure.words),
        ("What it counts", figure.definition),
        ("From", f"{in_full(report.starts)} to {in_full(report.until)}"),
        ("Definition", str(figure.version)),
    )
    return Frozen(Proof.FIGURE, figure.title, today, (*head, *parts))


def survey_shown(asked: Asked) -> Frozen:
    """The results of a survey, a line for each question that may be shown."""
    lines = [
        (reply.words, f"{reply.agreed.words('%')} agree, of {reply.answers} answers")
        for reply in asked.replies
        if reply.answers and (not reply.agreed.withheld or reply.agreed.bound)
    ]
    lines += [
        (reply.words, "; ".join(f"{name} {value.words('%')}" for name, value in reply.parts))
        for reply in asked.replies
        if reply.kind == "choice" and reply.parts and not reply.parts[0][1].withheld
    ]
    return Frozen(Proof.SURVEY, asked.title, asked.closed_on, (("Answers", str(asked.answers)), *lines))


async def piece_for(reader: Reader, cycle: Cycle, key: str) -> tuple[Piece, int]:
    """One piece of evidence of a cycle as it is shown, with its id, or NotFound."""
    columns = ("id", "key", "criterion", "kind", "title", "note", "address", "on", "snapshot", "file__name")
    rows = Evidence.filter(school_id=reader.school.id, cycle_id=cycle.id, key=key)
    for row in await rows.values(*columns):
        return piece_of(row), row["id"]
    raise NotFound(key)


async def file_for(reader: Reader, evidence_id: int) -> EvidenceFile:
    """The file of a piece of evidence, or NotFound."""
    found = await EvidenceFile.get_or_none(school_id=reader.school.id, evidence_id=evidence_id)
    if found is None:
        raise NotFound(str(evidence_id))
    return found


async def action_for(reader: Reader, cycle: Cycle, key: str) -> PlannedAction:
    """One action of a cycle, or NotFound."""
    found = await PlannedAction.get_or_none(school_id=reader.school.id, cycle_id=cycle.id, key=key)
    if found is None:
        raise NotFound(key)
    return found
