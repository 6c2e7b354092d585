"""What a student's own log and shelf hold. Every query starts from the reader, and nobody reads another's (P2)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from tortoise.expressions import Q, RawSQL, Subquery
from tortoise.queryset import QuerySet, ValuesQuery

from engage import dates
from engage.database.asked import day_of, rows_of
from engage.database.at_once import at_once
from engage.database.paging import Page, one_page
from engage.database.rows import taken
from engage.engagement.rules import Mode
from engage.errors import NotFound
from engage.people.alike import asked_by
from engage.people.rules import Reader
from engage.programs.models import LogEntry, ResourceProgress, Saved
from engage.resources.models import Resource

THING = {
    "resource_key": "resource__key",
    "resource_title": "resource__title",
    "creators": "resource__creators",
    "picture": "resource__picture",
    "format": "resource__format",
    "resource_mode": "resource__mode",
}
ENTRY = ("key", "on", "mode", "title", "minutes", "pages", "chapters", "sessions", "ending", "feeling")
# a year has hundreds of them
DAYS = """
SELECT e."on", e.mode, e.minutes, e.ending
FROM log_entry e LEFT JOIN entry_void v ON v.entry_id = e.id LEFT JOIN log_entry n ON n.supersedes_id = e.id
WHERE e.school_id = {0} AND e.person_id = {1} AND e."on" BETWEEN {2} AND {3} AND v.id IS NULL AND n.id IS NULL
ORDER BY e."on", e.id
"""
# what a library card shows: the days, what was logged last, and what is under way
CARD = """
SELECT 'day' AS what, e."on", e.mode, e.minutes, e.ending, e.id AS number, '' AS key, '' AS title
FROM log_entry e LEFT JOIN entry_void v ON v.entry_id = e.id LEFT JOIN log_entry n ON n.supersedes_id = e.id
WHERE e.school_id = {0} AND e.person_id = {1} AND e."on" BETWEEN {2} AND {3} AND v.id IS NULL AND n.id IS NULL
UNION ALL SELECT * FROM (
 SELECT 'last', e."on", e.mode, e.minutes, e.ending, e.id, '', ''
 FROM log_entry e LEFT JOIN entry_void v ON v.entry_id = e.id LEFT JOIN log_entry n ON n.supersedes_id = e.id
 WHERE e.school_id = {0} AND e.person_id = {1} AND v.id IS NULL AND n.id IS NULL ORDER BY e.id DESC LIMIT 1) AS newest
UNION ALL SELECT * FROM (
 SELECT 'reading', p."on", r.mode, CAST(NULL AS INTEGER), '', p.id, r.key, r.title
 FROM resource_progress p JOIN resource r ON r.id = p.resource_id
 WHERE p.school_id = {0} AND p.person_id = {1} AND p.state = 'started' AND p."on" >= {4} AND r.state = 'offered'
 ORDER BY p."on" DESC, p.id DESC LIMIT 1) AS under_way
ORDER BY "on", number
"""
MODES = {mode.value: mode for mode in Mode}
SHELF = 100
KNOWN = 60
LONG_AGO = date(1900, 1, 1)


def own_log(reader: Reader) -> QuerySet[LogEntry]:
    """The reader's entries that stand: neither corrected nor taken back."""
    if reader.id is None:
        raise NotFound("a log of one's own")
    return LogEntry.filter(
        school_id=reader.school.id, person_id=reader.id, void__id__isnull=True, superseded_by__id__isnull=True
    )


def days_with_titles(reader: Reader) -> dict[str, date]:
    """The condition on the day of what is shown with its title: who came in by a card alone sees no day but today.

    Source: SAFETY.md, L3.
    """
    return {"on__gte": dates.today(reader.school.zone)} if reader.by_card else {}


def _titles_since(reader: Reader) -> date:
    """The first day that days_with_titles leaves; long before any log where it leaves all."""
    return days_with_titles(reader).get("on__gte", LONG_AGO)


async def entries_of(reader: Reader, mode: str = "", after: str = "", size: int = 20) -> Page:
    """The reader's entries, newest first, with what is known of each resource.

    What staff took out is among them, with taken_out, the reason: it counts no longer, and the log is the student's.
    """
    own = Q(void__id__isnull=True) | ~Q(void__by_id=reader.id)
    rows = LogEntry.filter(
        own,
        school_id=reader.school.id,
        person_id=reader.id,
        superseded_by__id__isnull=True,
        **days_with_titles(reader),
    )
    if mode:
        rows = rows.filter(mode=mode)
    more = {**THING, "taken_out": "void__reason", "void_id": "void__id"}
    return await one_page(rows, *ENTRY, order=("-on", "-id"), after=after, size=size, **more)


async def entry_of(reader: Reader, key: str) -> dict[str, Any]:
    """One entry of the reader that stands. Raises NotFound."""
    rows = await own_log(reader).filter(key=key, **days_with_titles(reader)).values(*ENTRY, **THING)
    if not rows:
        raise NotFound(key)
    return rows[0]


async def last_entry(reader: Reader) -> dict[str, Any] | None:
    """What the reader logged last, so that the next form begins there."""

    def make(asker: Reader) -> ValuesQuery[Any]:
        return own_log(asker).order_by("-id").limit(1).values("mode", "minutes")

    rows = await asked_by(reader, "last entry", make)
    return rows[0] if rows else None


async def days_of(reader: Reader, first: date, last: date) -> list[dict[str, Any]]:
    """Day, mode, minutes and ending of the reader's entries from a day to a day, in order."""
    if reader.id is None:
        raise NotFound("a log of one's own")
    rows = await rows_of(DAYS, [reader.school.id, reader.id, first, last])
    return [
        {"on": day_of(on), "mode": MODES[mode], "minutes": minutes, "ending": ending}
        for on, mode, minutes, ending in rows
    ]


@dataclass(frozen=True)
class OnCard:
    """What a library card is made of. days: as days_of gives them; last, reading: of one row, or None."""

    days: Sequence[dict[str, Any]]
    last: dict[str, Any] | None
    reading: dict[str, Any] | None


async def on_card(reader: Reader, first: date, last: date) -> OnCard:
    """The reader's days from a day to a day, what was logged last, and what is under way: mode key title.

    last: mode and minutes. One statement.
    """
    if reader.id is None:
        raise NotFound("a log of one's own")
    found: dict[str, list[dict[str, Any]]] = {"day": [], "last": [], "reading": []}
    for what, on, mode, minutes, ending, _, key, title in await rows_of(
        CARD, [reader.school.id, reader.id, first, last, _titles_since(reader)]
    ):
        row = {"on": day_of(on), "mode": MODES[mode], "minutes": minutes, "ending": ending, "key": key, "title": title}
        found[what].append(row)
    return OnCard(found["day"], next(iter(found["last"]), None), next(iter(found["reading"]), None))


async def first_day(reader: Reader) -> date | None:
    """The earliest day in the reader's log."""
    found = await own_log(reader).order_by("on").first().values_list("on")
    return found[0] if found else None


async def finished_since(reader: Reader, day: date) -> int:
    """How many entries since a day finished something."""
    return await own_log(reader).filter(on__gte=day, ending="finished").count()


async def finished_between(reader: Reader, first: date, last: date, most: int) -> list[dict[str, Any]]:
    """The titles that the reader finished from a day to a day, each once, the last one first: on, and of what it is."""
    rows = ResourceProgress.filter(
        school_id=reader.school.id, person_id=reader.id, state="finished", on__gte=first, on__lte=last
    ).filter(**days_with_titles(reader))
    return await rows.order_by("-on", "-id").limit(most).values("on", **ON_SHELF)


@dataclass(frozen=True)
class Shelf:
    """What stands on a student's shelf: saved for later, under way, finished, stopped. The newest stand first."""

    want: Sequence[dict[str, Any]]
    now: Sequence[dict[str, Any]]
    finished: Sequence[dict[str, Any]]
    stopped: Sequence[dict[str, Any]]


ON_SHELF = {
    "resource_id": "resource_id",
    "key": "resource__key",
    "title": "resource__title",
    "creator": "resource__creators",
    "picture": "resource__picture",
    "mode": "resource__mode",
    "format": "resource__format",
}


# where one finds a resource in the library, as its first holding says it
CALL = """(SELECT h.call_number FROM holding h WHERE h.school_id = "{0}"."school_id"
 AND h.resource_id = "{0}"."resource_id" AND h.gone_at IS NULL ORDER BY h.id LIMIT 1)"""
CALL_OF_STARTED = f"""CASE WHEN "resource_progress"."state" = 'started' THEN {CALL.format("resource_progress")} END"""


async def shelf_of(reader: Reader) -> Shelf:
    """The reader's shelf, in one statement; what was begun or finished no longer stands under later."""

    def placed(asker: Reader) -> ValuesQuery[Any]:
        own = ResourceProgress.filter(school_id=asker.school.id, person_id=asker.id, **days_with_titles(asker))
        newest = own.annotate(call=RawSQL(CALL_OF_STARTED)).order_by("-on", "-id").limit(SHELF * 3)
        return newest.values("state", "on", "call", **ON_SHELF)

    def saved(asker: Reader) -> ValuesQuery[Any]:
        newest = saved_by(asker).annotate(call=RawSQL(CALL.format("saved"))).order_by("-at", "-id").limit(SHELF)
        return newest.values("call", **ON_SHELF)

    places, put_by = map(
        _called, await at_once(asked_by(reader, "shelf", placed), asked_by(reader, "shelf for later", saved))
    )
    begun = {row["resource_id"] for row in places}
    want = [row for row in put_by if row["resource_id"] not in begun]
    of = {state: [row for row in places if row["state"] == state] for state in ("started", "finished", "stopped")}
    return Shelf(want, of["started"], of["finished"], of["stopped"])


def _called(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "call": row["call"] or ""} for row in rows]


def saved_by(reader: Reader) -> QuerySet[Saved]:
    """What the reader saved for later, and may see of it now."""
    rows = Saved.filter(school_id=reader.school.id, person_id=reader.id)
    if not reader.by_card:
        return rows
    return rows.filter(at__gte=dates.moment(dates.today(reader.school.zone), time(), reader.school.zone))


async def resource_to_log(reader: Reader, key: str) -> dict[str, Any]:
    """A resource that the reader wants to log. Raises NotFound."""
    rows = await Resource.filter(school_id=reader.school.id, key=key, state="offered").values("key", "title", "mode")
    if not rows:
        raise NotFound(key)
    return rows[0]


# what one is likely to type: of what is under way, of what was saved, and of some resources
UNDER_WAY = f"""SELECT kind, place, title FROM (
 SELECT 1 AS kind, ROW_NUMBER() OVER (ORDER BY p."on" DESC, p.id DESC) AS place, r.title
 FROM resource_progress p JOIN resource r ON r.id = p.resource_id
 WHERE p.school_id = {{0}} AND p.person_id = {{1}} AND p.state = 'started' AND p."on" >= {{2}}
 ORDER BY place LIMIT {KNOWN}) AS under_way"""
SAVED = f"""SELECT * FROM (
 SELECT 2 AS kind, ROW_NUMBER() OVER (ORDER BY s.id DESC) AS place, r.title
 FROM saved s JOIN resource r ON r.id = s.resource_id
 WHERE s.school_id = {{0}} AND s.person_id = {{1}} AND s.at >= {{3}} ORDER BY place LIMIT {KNOWN}) AS put_by"""
LISTED = f"""SELECT * FROM (
 SELECT 3 AS kind, ROW_NUMBER() OVER (ORDER BY title_sort, id) AS place, title
 FROM resource WHERE school_id = {{0}} AND id IN (IDS) ORDER BY place LIMIT {KNOWN}) AS listed"""


async def titles_to_offer(reader: Reader, resource_ids: Collection[int] = ()) -> list[str]:
    """Titles that the reader is likely to type: under way, saved, and of these resources. One statement."""
    since = _titles_since(reader)
    (saved_since,) = taken(Saved, ("at",), [{"at": dates.moment(since, time(), reader.school.zone)}])[0]
    values = [reader.school.id, reader.id, since, saved_since]
    asked = [UNDER_WAY, SAVED]
    if resource_ids:
        marks = ", ".join(f"{{{place}}}" for place in range(len(values), len(values) + len(resource_ids)))
        asked.append(LISTED.replace("IDS", marks))
        values += resource_ids
    rows = await rows_of(f"{' UNION ALL '.join(asked)} ORDER BY kind, place", values)
    return list(dict.fromkeys(title for *_, title in rows))[:KNOWN]


async def to_do_next(reader: Reader, resource_ids: Collection[int], most: int = 3) -> list[dict[str, Any]]:
    """A few of these resources that the reader has not finished, those that many like first."""
    if not resource_ids:
        return []

    def make(asker: Reader) -> ValuesQuery[Any]:
        done = ResourceProgress.filter(school_id=asker.school.id, person_id=asker.id, state="finished")
        rows = Resource.filter(school_id=asker.school.id, id__in=sorted(resource_ids), state="offered")
        liked = rows.exclude(id__in=Subquery(done.values("resource_id"))).order_by("-popularity", "id").limit(most)
        return liked.values("key", "title", "mode", "format", "minutes", "picture", creator="creators")

    return await asked_by(reader, ("to do next", most, *sorted(resource_ids)), make)
