"""What is asked for the home page: what is on show today, what is new, and how a student's own week stands."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from engage.lists import queries as lists
from engage.people.models import DayOff, SchoolClass
from engage.people.rules import Reader, Scope
from engage.programs import log_queries, showing
from engage.programs import queries as programs
from engage.programs.models import ResourceProgress
from engage.programs.rules import Phase, ProgramState, phase
from engage.programs.streaks import StreakRule, rests_left, streak
from engage.promotion.models import Display
from engage.resources.queries import resources_for
from engage.resources.rules import ResourceState

ON_WALL = 4
ON_SHELF = 8
ROW_LOOKS_BACK = timedelta(days=120)
THE_LIST = {name: f"curated__{name}" for name in ("slug", "title", "introduction", "ink", "scene", "items_count")}
DISPLAY = ("id", "key", "place", "kicker", "starts", "ends", "curated_id", "program_id")


def displays_for(reader: Reader) -> QuerySet[Display]:
    """The displays of this school of which the reader may see the thing itself: a published list or program."""
    on_lists = lists.published_for(reader).values("id")
    on_programs = programs.programs_for(reader).filter(state=ProgramState.PUBLISHED).values("id")
    seen = Q(curated_id__in=Subquery(on_lists)) | Q(program_id__in=Subquery(on_programs))
    return Display.filter(seen, school_id=reader.school.id)


async def on_show(reader: Reader, today: date) -> dict[str, Any] | None:
    """The list on show today, or else the one that was published last; None where there is no list.

    display_id, kicker: of the display, None and "" without one. slug title introduction ink scene items_count key by.
    """
    shown = displays_for(reader).filter(place="hero", curated_id__isnull=False, starts__lte=today, ends__gte=today)
    rows = (
        await shown.order_by("-starts", "-id")
        .limit(1)
        .values("kicker", display_id="id", by="curated__owner__name", key="curated__key", **THE_LIST)
    )
    return rows[0] if rows else None


async def wall(reader: Reader) -> list[dict[str, Any]]:
    """The newest published lists, one more than hang on the wall, since one of them may be on show."""
    return await lists.newest(reader, ON_WALL + 1)


async def new_on_shelf(reader: Reader) -> list[dict[str, Any]]:
    """The resources that came last: key title creator mode picture."""
    rows = resources_for(reader).filter(state=ResourceState.OFFERED).order_by("-id").limit(ON_SHELF)
    return await rows.values("key", "title", "mode", "picture", creator="creators")


async def program_on(reader: Reader, today: date) -> dict[str, Any] | None:
    """The program to ask into: one that the reader takes part in before others, and the one that ends first.

    first: the reader's progress in its first challenge, None where they take no part.
    """
    open_ones = [
        row
        for row in await programs.programs_on_show(reader)
        if phase(row["starts"], row["ends"], row["catching_up"], today) in (Phase.JOINING, Phase.RUNNING)
    ]
    if not open_ones:
        return None
    chosen = min(open_ones, key=lambda row: (not row["enrolled"], row["ends"] is None, row["ends"] or row["starts"]))
    progress = await programs.progress_of(reader) if chosen["enrolled"] else []
    return {**chosen, "first": next((row for row in progress if row["program_id"] == chosen["id"]), None)}


@dataclass(frozen=True)
class Card:
    """A student's library card. row: days in a row; rests: rest days that this week has left.

    reading: what is under way, as key, title and mode; None where nothing is. last: mode and minutes of the last entry.
    """

    days: list[dict[str, Any]]
    row: int
    rests: int
    reading: dict[str, Any] | None
    last: dict[str, Any] | None


async def card_of(reader: Reader, today: date) -> Card:
    """The card of the student who asks, in four statements."""
    first = today - ROW_LOOKS_BACK
    minutes = showing.minutes_by_day(await log_queries.days_of(reader, first, today))
    off = await DayOff.filter(school_id=reader.school.id, on__gte=first).values_list("on")
    rule = StreakRule(off=frozenset(day for (day,) in off))
    row = streak(minutes, rule)
    under_way = ResourceProgress.filter(
        school_id=reader.school.id, person_id=reader.id, state="started", resource__state=ResourceState.OFFERED.value
    )
    rows = (
        await under_way.order_by("-on", "-id")
        .limit(1)
        .values(key="resource__key", title="resource__title", mode="resource__mode")
    )
    return Card(
        showing.last_week(today, minutes, row.rests),
        row.on(today),
        rests_left(row, rule, today),
        rows[0] if rows else None,
        await log_queries.last_entry(reader),
    )


async def class_names(reader: Reader) -> list[str]:
    """The names of the classes that the reader is in, in order."""
    rooms = SchoolClass.filter(school_id=reader.school.id, id__in=sorted(reader.class_ids)).order_by("name")
    return [name for (name,) in await rooms.values_list("name")]


def may_put_on_show(reader: Reader) -> bool:
    """Whether the reader decides what the home page shows: who may change every list of the school (LST06)."""
    return reader.is_library and reader.may("LST06", Scope.SCHOOL)


async def displays(reader: Reader) -> list[dict[str, Any]]:
    """All displays of the school, the last to begin first: DISPLAY, list, list_slug, program, program_slug, by."""
    rows = Display.filter(school_id=reader.school.id).order_by("-starts", "-id").limit(200)
    return await rows.values(
        *DISPLAY,
        list="curated__title",
        list_slug="curated__slug",
        program="program__title",
        program_slug="program__slug",
        by="by__name",
    )


async def showable(reader: Reader) -> list[tuple[str, str]]:
    """What can be put on show, as pairs of value and words: "list KEY", "program KEY"."""
    rows = await lists.newest(reader, 200)
    shown = [(f"list {row['key']}", row["title"]) for row in rows]
    open_ones = await programs.programs_on_show(reader)
    return shown + [(f"program {row['key']}", f"{row['title']} (program)") for row in open_ones]
