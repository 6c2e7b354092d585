"""An entry of the log comes in, goes out, and everything that it changes follows. Facts are only ever added.

The acts of students and of staff stand in log_actions, batches and paper; each is a unit of work of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from secrets import token_hex
from typing import Any

from engage import dates
from engage.database.putting import put_rows
from engage.database.rows import read
from engage.engagement.diary import Who, record
from engage.engagement.models import Engagement
from engage.engagement.rules import Kind, Mode
from engage.errors import NotFound, Refused
from engage.people.queries import may_in_class
from engage.people.rules import GradeBand, Reader, band_of
from engage.programs import flags, rules, terms
from engage.programs.known_terms import Part, parts_of
from engage.programs.log_rows import CONTENT, Entry, Row, entries_near, new_entry
from engage.programs.models import EntryVoid, LogEntry, ResourceProgress
from engage.programs.places import place_resource, whereabouts
from engage.programs.rules import Ending, Strictest, Unit
from engage.programs.settling import Change, hold, settle
from engage.resources.models import Resource
from engage.resources.record import sorting_title
from engage.resources.rules import ResourceState

# a grade of each band, for taking back what an older entry added to the figures
GRADE_IN = {GradeBand.EARLY: 1, GradeBand.MIDDLE: 4, GradeBand.UPPER: 7, GradeBand.HIGH: 10}


@dataclass(frozen=True)
class Given:
    """What is said in the log. resource: a resource's key; title: as typed where there is none."""

    on: date
    mode: Mode
    resource: str = ""
    title: str = ""
    minutes: int | None = None
    pages: int | None = None
    chapters: int | None = None
    sessions: int | None = None
    ending: Ending = Ending.NONE
    feeling: str = ""

    def amounts(self) -> dict[Unit, int]:
        """The amounts given, by unit."""
        given = {unit: getattr(self, unit.value) for unit in rules.ENTERED}
        return {unit: amount for unit, amount in given.items() if amount is not None}


@dataclass(frozen=True)
class Kept:
    """What became of an act on the log. entry: the key of the entry that now stands. repeated: it was done before."""

    entry: str
    changes: tuple[Change, ...] = ()
    repeated: bool = False


@dataclass(frozen=True)
class Author:
    """Whose entry it is. class_id, also_in: the classes in which it was done, as in LogEntry."""

    who: Who
    class_id: int | None = None
    also_in: str = ""

    @property
    def band(self) -> GradeBand:
        """The grade band under which it is counted."""
        return band_of(self.who.grade)


@dataclass(frozen=True)
class Sent:
    """How an entry came in. sure: the person was asked whether it is meant so. list_id: the list it was logged from.

    program: the slug of the one in which it was logged, or "". way, batch: see LogEntry. reason: why staff place it
    further back than a student may.
    """

    form_key: str = ""
    program: str = ""
    sure: bool = False
    list_id: int | None = None
    way: str = ""
    batch: str = ""
    reason: str = ""


async def put_in(by: Reader, author: Author, given: Given, sent: Sent) -> Kept:
    """Add an entry to somebody's log, for every program that it fits; inside a unit of work.

    Raises NotFound, Refused.
    """
    who = author.who
    await hold(by, who.id)
    resource = await resource_meant(by, given)
    form_key = sent.form_key or token_hex(16)
    values = content_of(given, resource)
    near = await entries_near(by, who, given.on, form_key, values["resource_id"])
    for row in near:
        if row["form_key"] == form_key:
            if any(row[name] != values[name] for name in CONTENT):
                raise Refused(rules.SENT_BEFORE, about="sure")
            return Kept(row["key"], repeated=True)
    own = await parts_of(by.school, who.id)
    here = next((part for part in own if part.slug == sent.program), None)
    if sent.program and here is None:
        raise NotFound(sent.program)
    running = [part for part in own if part.runs_on(given.on)]
    starts, ends = (here.starts, here.ends) if here else (None, None)
    days = min((part.backdate_days for part in running), default=rules.BACKDATING)
    rules.check_day(given.on, dates.today(by.school.zone), starts, ends, days, sent.reason)
    stand = [row for row in near if row["void_id"] is None and row["newer_id"] is None]
    others = [row for row in stand if row["on"] == given.on]
    check(given, values["title"] or (resource or {}).get("title", ""), others, _told(by, author, running), sent.sure)
    rooms = {"class_id": author.class_id, "also_in": author.also_in}
    row = row_of(by, author, values, form_key) | rooms | {"way": sent.way, "batch": sent.batch}
    entry = await new_entry(row)
    await in_diary(by, who, entry, resource, 1, Told(here.id if here else None, sent.list_id))
    await flags.flag(by.school.id, entry.id, given.amounts(), running)
    if resource is not None:
        same = [row for row in stand if row["resource_id"] == resource["id"]]
        await _place(by, who, resource["id"], [*((row["on"], row["id"], row["ending"]) for row in same), _of(entry)])
    return Kept(entry.key, tuple(await settle_on(by, who, own, given.on)))


def _of(entry: Entry) -> tuple[date, int, str]:
    return entry.on, entry.id, entry.ending


async def _place(by: Reader, who: Who, resource_id: int, entries: Iterable[tuple[date, int, str]]) -> None:
    """Keep where a student is with a resource, as place_resource does, from all its entries, which are known here."""
    found = whereabouts((on, ending) for on, _, ending in sorted(entries))
    assert found is not None
    of = {"school_id": by.school.id, "person_id": who.id, "resource_id": resource_id}
    row = {**of, **dict(zip(("state", "started_on", "on"), found, strict=True))}
    await put_rows(ResourceProgress, ("person_id", "resource_id"), [row])


async def take_out(by: Reader, author: Who, entry: LogEntry, reason: str = "") -> Kept:
    """Take an entry back; it stays as a fact and counts no longer. Inside a unit of work that holds the person."""
    await EntryVoid.create(school_id=by.school.id, entry_id=entry.id, by_id=by.id, at=dates.now(), reason=reason)
    resource = await known_resource(by, entry.resource_id)
    await in_diary(by, author, entry, resource, -1, await told_of(by, author, entry))
    own = await parts_of(by.school, author.id)
    return Kept(entry.key, tuple(await follow(by, author, [resource], own, entry.on)))


RESOURCE = ("id", "title", "format", "here", "online")


async def resource_meant(by: Reader, given: Given, keep: int | None = None) -> Row | None:
    """The resource that is meant: by its key, or by its exact title if only one is called that; None where none is.

    keep: the resource of the entry that is corrected, which may have left the catalogue since. Raises NotFound.
    """
    of = {"school_id": by.school.id}
    if given.resource:
        rows = await read(Resource, (*RESOURCE, "state"), of | {"key": given.resource})
        if not rows or (rows[0]["state"] != ResourceState.OFFERED and rows[0]["id"] != keep):
            raise NotFound(given.resource)
        return rows[0]
    title = given.title.strip()
    if not title:
        return None
    called = await read(Resource, RESOURCE, of | {"title_sort": sorting_title(title), "state": ResourceState.OFFERED})
    rows = [row for row in called if row["title"].casefold() == title.casefold()]
    return rows[0] if len(rows) == 1 else None


async def known_resource(by: Reader, number: int | None) -> Row | None:
    """A resource by its number, in whatever state it is."""
    if number is None:
        return None
    rows = await read(Resource, RESOURCE, {"school_id": by.school.id, "id": number})
    return rows[0] if rows else None


def content_of(given: Given, resource: Row | None) -> Row:
    """The columns of an entry that say what was done; the typed title only where no resource is known."""
    return {
        "on": given.on,
        "mode": given.mode,
        "resource_id": resource["id"] if resource else None,
        "title": "" if resource else " ".join(given.title.split()),
        "minutes": given.minutes,
        "pages": given.pages,
        "chapters": given.chapters,
        "sessions": given.sessions,
        "ending": given.ending.value,
        "feeling": given.feeling,
    }


def row_of(by: Reader, author: Author, values: Row, form_key: str) -> Row:
    """The columns of a new entry, without its class."""
    return {
        **values,
        "school_id": by.school.id,
        "person_id": author.who.id,
        "entered_by_id": by.id,
        "zone": by.school.zone,
        "entered_at": dates.now(),
        "grade_band": author.band.value,
        "form_key": form_key,
    }


def check(given: Given, title: str, others: Sequence[Row], running: Sequence[Part], sure: bool) -> None:
    """Refuse an entry that the limits of the day or of a program do not hold; ask once about an odd one."""
    limits = limits_of(running)
    rules.check_loggable(given.amounts(), given.ending, title, sums(others), limits)
    if sure:
        return
    minute = dates.now().replace(second=0, microsecond=0)
    for row in others:
        same = row["minutes"] == given.minutes and row["mode"] == given.mode and (row["name"] or row["title"]) == title
        if same and row["entered_at"] >= minute:
            raise Refused("You logged the same a moment ago. Is this one more?", about="sure")
    for question in rules.doubts(given.amounts(), limits):
        raise Refused(question, about="sure")


def _told(by: Reader, author: Author, running: Sequence[Part]) -> Sequence[Part]:
    """The same programs, without their titles for who is not told what the student is in (PRG05)."""
    knows = by.id == author.who.id or (author.class_id is not None and may_in_class(by, "PRG05", author.class_id))
    return running if knows else [replace(part, title="") for part in running]


def limits_of(running: Iterable[Part]) -> dict[Unit, Strictest]:
    """What one entry and one day may hold that counts in all of these programs."""
    return terms.strictest((part.title, terms.read_limits(part.limits)) for part in running)


def sums(entries: Iterable[Row]) -> dict[Unit, int]:
    """What some entries come to, by unit."""
    rows = list(entries)
    return {unit: sum(row[unit.value] or 0 for row in rows) for unit in rules.ENTERED}


@dataclass(frozen=True)
class Told:
    """What the diary says of an entry that the entry itself does not: where it was logged, and where its resource was.

    format, place: None where they are those of the resource now.
    """

    program_id: int | None = None
    list_id: int | None = None
    format: str | None = None
    place: str | None = None


NOTHING_TOLD = Told()


async def told_of(by: Reader, who: Who, entry: LogEntry) -> Told:
    """What the diary said when an entry was put in, so that what undoes it is taken from the same sums.

    Nothing where the diary holds the student's name no more.
    """
    rows = Engagement.filter(
        school_id=by.school.id,
        person_id=who.id,
        kind=Kind.LOGGED,
        on=entry.on,
        mode=entry.mode,
        minutes=entry.minutes or 0,
        pages=entry.pages or 0,
        count=1,
        at__gte=entry.entered_at,
    )
    columns = ("program_id", "list_id", "format", "place")
    for row in await rows.order_by("at", "id").limit(1).values(*columns):
        return Told(**row)
    return NOTHING_TOLD


async def in_diary(
    by: Reader, who: Who, entry: LogEntry | Entry, resource: Row | None, count: int, told: Told = NOTHING_TOLD
) -> None:
    """Write an entry in the diary, or, with a count of -1, what undoes it."""
    band = GradeBand(entry.grade_band)
    author = who if band is band_of(who.grade) else Who(who.id, GRADE_IN.get(band))
    place = "" if resource is None else "here" if resource["here"] else "online" if resource["online"] else ""
    form = resource["format"] if resource else ""
    of: dict[str, Any] = {
        "by": by,
        "who": author,
        "on": entry.on,
        "mode": entry.mode,
        "format": form if told.format is None else told.format,
        "place": place if told.place is None else told.place,
        "count": count,
        "resource_id": entry.resource_id,
        "program_id": told.program_id,
        "list_id": told.list_id,
        "class_id": entry.class_id,
    }
    await record(Kind.LOGGED, **of, minutes=count * (entry.minutes or 0), pages=count * (entry.pages or 0))
    if entry.ending:
        await record(Kind.FINISHED if entry.ending == Ending.FINISHED else Kind.STOPPED, **of)


async def follow(
    by: Reader, who: Who, resources: Iterable[Row | None], own: Sequence[Part], *days: date
) -> list[Change]:
    """Bring everything up to date that a change of the log may have changed.

    own: the programs that the student is in. days: those that the entry was, and is, about.
    """
    for number in sorted({one["id"] for one in resources if one is not None}):
        await place_resource(by.school.id, who.id, number)
    return await settle_on(by, who, own, *days)


async def settle_on(by: Reader, who: Who, own: Sequence[Part], *days: date) -> list[Change]:
    """Settle the programs in whose run one of these days lies; an entry of another day changes nothing in them."""
    concerned = [part for part in own if any(part.runs_on(day) for day in days)]
    stamps = {part.id: part.stamp for part in concerned}
    return await settle(by, who, {part.id: part.joined_on for part in concerned}, stamps)
