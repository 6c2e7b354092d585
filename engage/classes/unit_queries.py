"""What is asked about units. units_for is the one place that decides which of them somebody sees (A3)."""

from collections.abc import Collection
from typing import Any

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from engage.classes.unit_models import Unit, UnitList, UnitPlanner, UnitSession, UnitStandard
from engage.classes.unit_rules import MOST_UNITS
from engage.dates import Period
from engage.errors import NotFound
from engage.lists.members import MOST_STAFF, staff_of
from engage.lists.models import CuratedList
from engage.lists.queries import lists_for
from engage.lists.rules import PUT_AWAY
from engage.people.rules import Reader, Scope

BRIEF = ("id", "key", "title", "subject", "grade_low", "grade_high", "starts", "ends", "level", "state", "owner_id")
# what planners write together: each field by itself, so that two can write at once
WORDS = ("title", "subject", "grade_low", "grade_high", "starts", "ends", "level", "objectives", "technology")
OF_SESSION = ("on", "what", "lead", "part")


def plans(reader: Reader) -> bool:
    """Whether the person may plan units: who makes lists does (LST05)."""
    return reader.id is not None and reader.may("LST05", Scope.MINE)


def units_for(reader: Reader) -> QuerySet[Unit]:
    """The units that this person plans. Nobody else sees one, whatever their role."""
    of = {"school_id": reader.school.id}
    if not plans(reader):
        return Unit.filter(**of, id__in=[])
    mine = UnitPlanner.filter(**of, person_id=reader.id)
    return Unit.filter(**of, id__in=Subquery(mine.values("unit_id")))


async def unit_for(reader: Reader, key: str) -> Unit:
    """One unit that this person plans. Raises NotFound."""
    found = await units_for(reader).get_or_none(key=key)
    if found is None:
        raise NotFound(key)
    return found


async def units_of_year(reader: Reader, year: Period) -> list[dict[str, Any]]:
    """The units of a person in a school year and those without a day, by their first day; each row: BRIEF."""
    rows = await units_for(reader).order_by("starts", "title", "id").limit(MOST_UNITS).values(*BRIEF)
    return [row for row in rows if row["starts"] is None or _touches(row["starts"], row["ends"] or row["starts"], year)]


def _touches(starts: Any, ends: Any, year: Period) -> bool:
    return bool(ends >= year.starts and starts <= year.ends)


async def open_units(reader: Reader, limit: int = 10) -> list[dict[str, Any]]:
    """The units of a person that are not taught yet, the nearest first: BRIEF."""
    if not plans(reader):
        return []
    return await units_for(reader).filter(state__not="taught").order_by("starts", "id").limit(limit).values(*BRIEF)


async def planners_of(unit: Unit) -> list[dict[str, Any]]:
    """Who plans a unit, by name: person_id key name; owner."""
    rows = UnitPlanner.filter(school_id=_school(unit), unit_id=unit.id).order_by("person__name", "id")
    found = await rows.values("person_id", key="person__key", name="person__name")
    return [{**row, "owner": row["person_id"] == unit.owner_id} for row in found]


async def staff_to_invite(reader: Reader, taken: Collection[int]) -> list[tuple[str, str]]:
    """Who of the school's teachers and specialists may plan with one, by name, as pairs of key and name."""
    rows = staff_of(reader.school.id).exclude(person_id__in=sorted({*taken, reader.id or 0}))
    return (
        await rows.order_by("person__name", "person__key")
        .distinct()
        .limit(MOST_STAFF)
        .values_list("person__key", "person__name")
    )


async def sessions_of(unit: Unit) -> list[dict[str, Any]]:
    """The lessons of a unit by day: key, OF_SESSION."""
    rows = UnitSession.filter(school_id=_school(unit), unit_id=unit.id, gone_at__isnull=True).order_by("on", "id")
    return await rows.values("key", *OF_SESSION)


async def session_of(unit: Unit, key: str) -> UnitSession:
    """One lesson of a unit. Raises NotFound."""
    found = await UnitSession.get_or_none(school_id=_school(unit), unit_id=unit.id, key=key, gone_at__isnull=True)
    if found is None:
        raise NotFound(key)
    return found


async def lists_of(reader: Reader, unit: Unit) -> list[dict[str, Any]]:
    """The lists of a unit by title: key title slug state items_count, and sees; those one may not see have no title."""
    used = UnitList.filter(school_id=reader.school.id, unit_id=unit.id)
    ids = [number for (number,) in await used.values_list("curated_id")]
    seen = await lists_for(reader).filter(id__in=ids).values("id", "key", "title", "slug", "state", "items_count")
    hidden = [{"key": "", "title": "", "sees": False}] * (len(ids) - len(seen))
    return [{**row, "sees": True} for row in sorted(seen, key=lambda row: str(row["title"]).casefold())] + hidden


async def lists_to_use(reader: Reader, unit: Unit) -> list[tuple[str, str]]:
    """The lists that may be used in a unit, drafts of one's own too, as pairs of key and title."""
    used = UnitList.filter(school_id=reader.school.id, unit_id=unit.id).values("curated_id")
    rows: QuerySet[CuratedList] = lists_for(reader).filter(is_template=False).exclude(state__in=PUT_AWAY)
    rows = rows.exclude(id__in=Subquery(used)).order_by("title", "id").limit(500)
    return await rows.values_list("key", "title")


async def standards_of(unit: Unit) -> list[dict[str, Any]]:
    """The standards that a unit teaches, in order: key code statement gone framework framework_key whole."""
    rows = UnitStandard.filter(school_id=_school(unit), unit_id=unit.id)
    found = await rows.order_by("standard__framework_id", "standard__position", "standard_id").values(
        key="standard__key",
        code="standard__code",
        statement="standard__statement",
        gone_at="standard__gone_at",
        framework="standard__framework__title",
        framework_key="standard__framework__key",
    )
    return [{**row, "gone": row["gone_at"] is not None, "whole": True} for row in found]


def words_of(unit: Unit) -> dict[str, Any]:
    """What planners write, by field."""
    return {name: getattr(unit, name) for name in WORDS}


def words_of_session(session: UnitSession) -> dict[str, Any]:
    """What planners write of a lesson, by field."""
    return {name: getattr(session, name) for name in OF_SESSION}


def _school(unit: Unit) -> int:
    return int(unit.school_id)  # type: ignore[attr-defined]
