"""What is asked for the home page: what is on show today, what is new, and how a student's own week stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tortoise.expressions import Q, RawSQL, Subquery
from tortoise.queryset import QuerySet, ValuesQuery

from engage.database.asked import day_of, rows_of
from engage.errors import NotAllowed, NotFound
from engage.lists import queries as lists
from engage.people.alike import asked_by
from engage.people.models import SchoolClass
from engage.people.rules import Reader, Scope
from engage.programs import log_queries, showing
from engage.programs import queries as programs
from engage.programs.own_queries import TakingPart
from engage.programs.rules import Phase, ProgramState, phase
from engage.programs.streaks import StreakRule, rests_left, streak
from engage.promotion.models import Display
from engage.promotion.rules import ROOM, Medium, Place
from engage.resources.queries import resources_for
from engage.resources.rules import ResourceState

Joined = tuple[int, ...] | None
ON_WALL = 4
ON_SHELF = 8
ROW_LOOKS_BACK = timedelta(days=120)
DAYS_OFF = 'SELECT "on" FROM day_off WHERE school_id = {0} AND "on" >= {1}'
DISPLAY = ("id", "key", "place", "spot", "kicker", "starts", "ends", "curated_id", "program_id")


def displays_for(reader: Reader, joined: Joined = None) -> QuerySet[Display]:
    """The displays of this school of which the reader may see the thing itself: a published list or program.

    joined: as for programs_for.
    """
    on_lists = lists.published_for(reader).values("id")
    on_programs = programs.programs_for(reader, joined).filter(state=ProgramState.PUBLISHED).values("id")
    seen = Q(curated_id__in=Subquery(on_lists)) | Q(program_id__in=Subquery(on_programs))
    return Display.filter(seen, school_id=reader.school.id)


async def shown_on(
    reader: Reader, today: date, places: Sequence[Place], medium: Medium, joined: Joined = None
) -> list[dict[str, Any]]:
    """What stands in some places today, what began last first, in one statement.

    Each: display_id display_key place spot kicker ends go (the key of its link for the medium, "" for none), kind
    ("list" or "program") slug title introduction ink scene key by; items_count, 0 for a program. joined: as for
    programs_for.
    """

    def make(asker: Reader) -> ValuesQuery[Any]:
        on_show = displays_for(asker, joined).filter(starts__lte=today, ends__gte=today)
        rows = on_show.filter(place__in=[each.value for each in places])
        newest = rows.annotate(go=RawSQL(LINK.format(medium.value))).order_by("-starts", "-id").limit(MOST_AT_ONCE)
        own = {"display_id": "id", "display_key": "key"}
        return newest.values("place", "spot", "kicker", "ends", "go", **own, **OF_LIST, **OF_PROGRAM)

    return [_thing(row) for row in await asked_by(reader, ("shown", today, tuple(places), medium, joined), make)]


# the key of a display's link for a medium, which is one of our own words
LINK = """(SELECT k.key FROM promoted_link k
 WHERE k.school_id = "display"."school_id" AND k.display_id = "display"."id" AND k.medium = '{}')"""
OF_THING = ("id", "slug", "title", "introduction", "ink", "scene", "key")
OF_LIST = {
    **{f"list_{name}": f"curated__{name}" for name in OF_THING},
    "items_count": "curated__items_count",
    "visibility": "curated__visibility",
    "by": "curated__owner__name",
}
OF_PROGRAM = {f"program_{name}": f"program__{name}" for name in OF_THING}
MOST_AT_ONCE = 24


def _thing(row: dict[str, Any]) -> dict[str, Any]:
    kind = "list" if row["list_id"] is not None else "program"
    said = {name: row.pop(f"{kind}_{name}") for name in OF_THING}
    said["scene"] = "town" if said["scene"] == "lanterns" else said["scene"]  # lanterns are no poster
    rest = {name: value for name, value in row.items() if not name.startswith(("list_", "program_"))}
    return {
        **rest,
        **said,
        "thing_id": said["id"],
        "kind": kind,
        "go": row["go"] or "",
        "items_count": row["items_count"] or 0,
    }


async def on_home(reader: Reader, today: date, joined: Joined) -> list[dict[str, Any]]:
    """What stands first on the home page today, and on its shelf, as shown_on gives it."""
    return await shown_on(reader, today, (Place.HERO, Place.SHELF), Medium.HOME, joined)


def placed(rows: Sequence[dict[str, Any]]) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Of what on_home gave: what stands first, None where nothing is set, and what stands on the shelf."""
    hero = next((row for row in rows if row["place"] == Place.HERO), None)
    return hero, [row for row in rows if row["place"] == Place.SHELF][: ROOM[Place.SHELF]]


async def wall(reader: Reader) -> list[dict[str, Any]]:
    """The newest published lists, some more than hang on the wall, since some of them may be on show."""
    return await lists.newest(reader, ON_WALL + 1 + ROOM[Place.SHELF])


async def new_on_shelf(reader: Reader) -> list[dict[str, Any]]:
    """The resources that came last: key title creator mode picture."""

    def make(asker: Reader) -> ValuesQuery[Any]:
        rows = resources_for(asker).filter(state=ResourceState.OFFERED).order_by("-id").limit(ON_SHELF)
        return rows.values("key", "title", "mode", "picture", creator="creators")

    return await asked_by(reader, "new on the shelf", make)


def program_on(published: Sequence[dict[str, Any]], own: TakingPart, today: date) -> dict[str, Any] | None:
    """The program to ask into: one that the reader takes part in before others, and the one that ends first.

    published: those that the reader may see. enrolled: the reader takes part; first: the progress in its first
    challenge, None where there is none.
    """
    open_ones = [
        row
        for row in published
        if phase(row["starts"], row["ends"], row["catching_up"], today) in (Phase.JOINING, Phase.RUNNING)
    ]
    if not open_ones:
        return None

    def order(row: dict[str, Any]) -> tuple[bool, bool, date]:
        return row["id"] not in own.progress, row["ends"] is None, row["ends"] or row["starts"]

    chosen = min(open_ones, key=order)
    steps = own.progress.get(chosen["id"], [])
    return {**chosen, "enrolled": chosen["id"] in own.progress, "first": next(iter(steps), None)}


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


async def days_off(reader: Reader, today: date) -> frozenset[date]:
    """The days off of the school since the first day that a card looks at."""
    off = await rows_of(DAYS_OFF, [reader.school.id, today - ROW_LOOKS_BACK])
    return frozenset(day_of(day) for (day,) in off)


async def card_of(reader: Reader, today: date, off: frozenset[date]) -> Card:
    """The card of the student who asks, in one statement. off: as days_off gives it."""
    found = await log_queries.on_card(reader, today - ROW_LOOKS_BACK, today)
    minutes = showing.minutes_by_day(found.days)
    rule = StreakRule(off=off)
    row = streak(minutes, rule)
    week = showing.last_week(today, minutes, row.rests)
    return Card(week, row.on(today), rests_left(row, rule, today), found.reading, found.last)


async def class_names(reader: Reader) -> list[str]:
    """The names of the classes that the reader is in, in order."""

    def make(asker: Reader) -> ValuesQuery[Any]:
        rooms = SchoolClass.filter(school_id=asker.school.id, id__in=sorted(asker.class_ids))
        return rooms.order_by("name").values("name")

    return [row["name"] for row in await asked_by(reader, "own classes", make)]


def may_put_on_show(reader: Reader) -> bool:
    """Whether the reader decides what the home page shows: who may change every list of the school (LST06)."""
    return reader.is_library and reader.may("LST06", Scope.SCHOOL)


async def displays(reader: Reader, **which: Any) -> list[dict[str, Any]]:
    """The displays of the school, the last to begin first: DISPLAY, title, kind, slug, by. which: narrows them."""
    rows = (
        await Display.filter(school_id=reader.school.id, **which)
        .order_by("-starts", "-id")
        .limit(MOST_DISPLAYS)
        .values(
            *DISPLAY,
            list_title="curated__title",
            list_slug="curated__slug",
            program_title="program__title",
            program_slug="program__slug",
            by="by__name",
        )
    )
    return [_named(row) for row in rows]


MOST_DISPLAYS = 300


def _named(row: dict[str, Any]) -> dict[str, Any]:
    kind = "list" if row["curated_id"] is not None else "program"
    said = {name: row[name] for name in (*DISPLAY, "by")}
    return {**said, "kind": kind, "title": row[f"{kind}_title"], "slug": row[f"{kind}_slug"]}


async def display_to_change(reader: Reader, key: str) -> dict[str, Any]:
    """One display, for those who decide what is on show. Raises NotFound, NotAllowed (LST06)."""
    found = await displays(reader, key=key)
    if not found:
        raise NotFound(key)
    if not may_put_on_show(reader):
        raise NotAllowed("LST06")
    return found[0]


async def ever_shown(reader: Reader) -> set[str]:
    """What is or was on show anywhere, as values of `showable`."""
    rows = Display.filter(school_id=reader.school.id).distinct()
    keys = await rows.values_list("curated__key", "program__key")
    return {f"list {curated}" if curated else f"program {program}" for curated, program in keys}


async def showable(reader: Reader) -> list[tuple[str, str]]:
    """What can be put on show, as pairs of value and words: "list KEY", "program KEY"."""
    rows = await lists.newest(reader, 200)
    shown = [(f"list {row['key']}", row["title"]) for row in rows]
    open_ones = await programs.programs_on_show(reader)
    return shown + [(f"program {row['key']}", f"{row['title']} (program)") for row in open_ones]
