"""What is asked about requests to the library: one's own, the worklist of those who answer, and how many wait."""

from datetime import date
from typing import Any

from tortoise.functions import Count
from tortoise.queryset import QuerySet

from engage import dates
from engage.classes.help_rules import LONG_DAYS, OPEN, HelpState, is_dated, waits
from engage.classes.unit_models import HelpRequest, UnitPlanner
from engage.database.paging import Page, one_page
from engage.errors import NotFound
from engage.people.models import SchoolClass
from engage.people.rules import Reader, Scope

COLUMNS = (
    "id",
    "key",
    "kind",
    "text",
    "wished_on",
    "state",
    "answer",
    "agreed_on",
    "made_at",
    "answered_at",
    "done_at",
)
OF_OTHERS = {
    "by_name": "by__name",
    "answered_by": "answered_by__name",
    "room": "school_class__name",
    "list_key": "curated__key",
    "list_title": "curated__title",
    "unit_key": "unit__key",
    "unit_title": "unit__title",
}
MINE = 100
SHOWN = 50


def asks(reader: Reader) -> bool:
    """Whether the person asks the library for help: teachers who make lists (LST05) do."""
    return reader.id is not None and reader.is_teacher and reader.may("LST05", Scope.MINE)


def answers(reader: Reader) -> bool:
    """Whether the person answers: who makes lists for the whole school (LST05) does."""
    return reader.id is not None and reader.may("LST05", Scope.SCHOOL)


def check_answers(reader: Reader) -> None:
    """Refuse whoever does not answer. Raises NotFound."""
    if not answers(reader):
        raise NotFound("requests to the library")


async def asked_by(reader: Reader) -> list[dict[str, Any]]:
    """What the person asked for, the newest first: COLUMNS, OF_OTHERS; unit_key only of a unit that they plan."""
    if not asks(reader):
        return []
    mine = HelpRequest.filter(school_id=reader.school.id, by_id=reader.id).order_by("-made_at", "-id").limit(MINE)
    return await _with_units(reader, await mine.values(*COLUMNS, "unit_id", **OF_OTHERS))


async def open_asked_by(reader: Reader) -> list[dict[str, Any]]:
    """The own requests that are not over, for a short look: key text state made_at."""
    if not asks(reader):
        return []
    mine = HelpRequest.filter(school_id=reader.school.id, by_id=reader.id, state__in=OPEN)
    return await mine.order_by("-made_at", "-id").limit(10).values("key", "text", "state", "agreed_on", "made_at")


async def worklist(reader: Reader, state: HelpState, after: str = "") -> Page:
    """The requests of the school in a state: what waits, the oldest first; else the newest. Raises NotFound.

    Each row: COLUMNS, OF_OTHERS, age in words, long: whether it waits too long.
    """
    check_answers(reader)
    order = ("made_at", "id") if state in OPEN else ("-made_at", "-id")
    rows = HelpRequest.filter(school_id=reader.school.id, state=state)
    page = await one_page(rows, *COLUMNS, "unit_id", order=order, after=after, size=SHOWN, **OF_OTHERS)
    today = dates.today(reader.school.zone)
    told = [_aged(row, reader, today) for row in await _with_units(reader, page.rows)]
    return Page(told, page.after)


async def request_for(reader: Reader, key: str) -> dict[str, Any]:
    """One request for those who answer, as worklist has it. Raises NotFound."""
    check_answers(reader)
    rows = HelpRequest.filter(school_id=reader.school.id, key=key).limit(1)
    found = await rows.values(*COLUMNS, "unit_id", "by_id", **OF_OTHERS)
    if not found:
        raise NotFound(key)
    return _aged((await _with_units(reader, found))[0], reader, dates.today(reader.school.zone))


def _aged(row: dict[str, Any], reader: Reader, today: date) -> dict[str, Any]:
    days = (today - dates.on(row["made_at"], reader.school.zone)).days
    late = row["state"] is HelpState.ASKED and days >= LONG_DAYS
    return {**row, "age": waits(days), "long": late, "dated": is_dated(row["kind"])}


async def counts(reader: Reader) -> dict[HelpState, int]:
    """How many requests there are in each state."""
    of_school = HelpRequest.filter(school_id=reader.school.id).annotate(number=Count("id")).group_by("state")
    found = dict(await of_school.values_list("state", "number"))
    return {state: found.get(state, 0) for state in HelpState}


async def classes_to_name(reader: Reader) -> list[tuple[str, str]]:
    """The person's own classes, as pairs of key and name."""
    rooms = SchoolClass.filter(school_id=reader.school.id, id__in=sorted(reader.taught_ids), ended_on__isnull=True)
    return await rooms.order_by("name").values_list("key", "name")


async def number_waiting(reader: Reader) -> int:
    """How many requests wait for an answer, 0 for who does not answer."""
    if not answers(reader):
        return 0
    return await HelpRequest.filter(school_id=reader.school.id, state=HelpState.ASKED).count()


async def _with_units(reader: Reader, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows; a unit is only named to those who plan it."""
    ids = sorted({row["unit_id"] for row in rows if row["unit_id"]})
    planned: QuerySet[UnitPlanner] = UnitPlanner.filter(
        school_id=reader.school.id, person_id=reader.id or 0, unit_id__in=ids
    )
    mine = {number for (number,) in await planned.values_list("unit_id")} if ids else set()
    hidden = {"unit_key": "", "unit_title": ""}
    return [row if row["unit_id"] in mine else {**row, **hidden} for row in rows]
