"""The log of a student: an entry is added, corrected, taken back, put again. Facts are only ever added."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from secrets import token_hex
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement import Kind, Mode, Who, record
from engage.errors import NotFound, Refused
from engage.people.rules import GradeBand, Reader
from engage.programs import rules, terms
from engage.programs.actions import myself
from engage.programs.models import Enrolment, EntryVoid, LogEntry
from engage.programs.places import place_resource
from engage.programs.rules import Ending, Unit
from engage.programs.settling import Change, hold, settle
from engage.resources.models import Resource
from engage.resources.rules import ResourceState

# a grade of each band, for taking back what an older entry added to the figures
GRADE_IN = {GradeBand.EARLY: 1, GradeBand.MIDDLE: 4, GradeBand.UPPER: 7, GradeBand.HIGH: 10}
CONTENT = ("on", "mode", "resource_id", "title", "minutes", "pages", "chapters", "sessions", "ending", "feeling")


@dataclass(frozen=True)
class Given:
    """What a student says in the log. resource: a resource's key; title: as typed where there is none."""

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


@one_transaction
async def log_entry(
    given: Given, form_key: str, by: Reader, program: str = "", sure: bool = False, list_id: int | None = None
) -> Kept:
    """Add an entry to one's own log, for every program that it fits.

    program: the slug of the one in which it was logged, or "". sure: the person was asked whether it is meant so.
    list_id: the list from which it was logged, for the diary. Raises NotFound, Refused.
    """
    who = myself(by)
    await hold(by, who.id)
    resource = await _resource(by, given)
    form_key = form_key or token_hex(16)
    before = await LogEntry.filter(school_id=by.school.id, person_id=who.id, form_key=form_key).values("key", *CONTENT)
    values = _content(given, resource)
    if before:
        if any(before[0][name] != values[name] for name in CONTENT):
            raise Refused("This form was sent before, with something else in it. Open the page anew.")
        return Kept(before[0]["key"], repeated=True)
    today = dates.today(by.school.zone)
    own = await _programs(by, who)
    here = next((one for one in own if one["slug"] == program), None)
    if program and here is None:
        raise NotFound(program)
    running = [one for one in own if given.on in terms.run_of(one)]
    rules.check_day(
        given.on,
        today,
        here["starts"] if here else None,
        here["ends"] if here else None,
        min((one["backdate_days"] for one in running), default=rules.BACKDATING),
    )
    others = await _entries_of(by, who, given.on)
    _check(given, values["title"] or (resource or {}).get("title", ""), others, running, sure)
    entry = await LogEntry.create(**_row(by, who, values, form_key))
    await _diary(by, who, entry, resource, 1, here["id"] if here else None, list_id)
    return Kept(entry.key, tuple(await _follow(by, who, [resource], own)))


@one_transaction
async def finish(resource: str, by: Reader, list_id: int | None = None) -> Kept:
    """Say that one finished a resource today, once a day. Raises NotFound."""
    who = myself(by)
    await hold(by, who.id)
    today = dates.today(by.school.zone)
    rows = await Resource.filter(school_id=by.school.id, key=resource, state=ResourceState.OFFERED).values("id", "mode")
    if not rows:
        raise NotFound(resource)
    for row in await _entries_of(by, who, today):
        if row["resource_id"] == rows[0]["id"] and row["ending"] == Ending.FINISHED:
            return Kept(row["key"], repeated=True)
    given = Given(today, rows[0]["mode"], resource, ending=Ending.FINISHED)
    return await log_entry(given, "", by, sure=True, list_id=list_id)


@one_transaction
async def correct_entry(key: str, given: Given, form_key: str, by: Reader, sure: bool = False) -> Kept:
    """Put a new entry in the place of an own one; the old one stays as a fact. Raises NotFound, Refused."""
    who = myself(by)
    await hold(by, who.id)
    repeated = LogEntry.filter(school_id=by.school.id, person_id=who.id, form_key=form_key)
    if form_key and (keys := await repeated.values_list("key", flat=True)):
        return Kept(str(keys[0]), repeated=True)
    old = await own_entry(by, who, key)
    resource = await _resource(by, given, old.resource_id)
    values = _content(given, resource)
    if all(getattr(old, name) == values[name] for name in CONTENT):
        return Kept(old.key, repeated=True)
    own = await _programs(by, who)
    running = [one for one in own if given.on in terms.run_of(one)]
    if given.on != old.on:
        days = min((one["backdate_days"] for one in running), default=rules.BACKDATING)
        rules.check_day(given.on, dates.today(by.school.zone), backdating=days)
    others = [row for row in await _entries_of(by, who, given.on) if row["id"] != old.id]
    _check(given, values["title"] or (resource or {}).get("title", ""), others, running, sure)
    entry = await LogEntry.create(
        **_row(by, who, values, form_key or token_hex(16)) | {"class_id": old.class_id, "grade_band": old.grade_band},
        supersedes_id=old.id,
    )
    before = await _known_resource(by, old.resource_id)
    await _diary(by, who, old, before, -1)
    await _diary(by, who, entry, resource, 1)
    return Kept(entry.key, tuple(await _follow(by, who, [before, resource], own)))


@one_transaction
async def void_entry(key: str, by: Reader) -> Kept:
    """Take an own entry back; it stays as a fact and counts no longer. Raises NotFound."""
    who = myself(by)
    await hold(by, who.id)
    old = await own_entry(by, who, key)
    await EntryVoid.create(school_id=by.school.id, entry_id=old.id, by_id=who.id, at=dates.now())
    resource = await _known_resource(by, old.resource_id)
    await _diary(by, who, old, resource, -1)
    return Kept(old.key, tuple(await _follow(by, who, [resource], await _programs(by, who))))


@one_transaction
async def restore_entry(key: str, by: Reader) -> Kept:
    """Put an entry that was taken back into the log again, as a new one; doing it twice puts it there once."""
    who = myself(by)
    await hold(by, who.id)
    old = await LogEntry.filter(school_id=by.school.id, person_id=who.id, key=key, void__id__isnull=False).first()
    if old is None:
        raise NotFound(key)
    form_key = f"again-{old.key}"
    done = LogEntry.filter(school_id=by.school.id, person_id=who.id, form_key=form_key)
    if keys := await done.values_list("key", flat=True):
        return Kept(str(keys[0]), repeated=True)
    values = {name: getattr(old, name) for name in CONTENT}
    resource = await _known_resource(by, old.resource_id)
    amounts = {unit: amount for unit in rules.ENTERED if (amount := values[unit.value]) is not None}
    others = await _entries_of(by, who, old.on)
    rules.check_loggable(amounts, Ending(old.ending), old.title or "a resource", _sums(others))
    own = {"class_id": old.class_id, "grade_band": old.grade_band}
    entry = await LogEntry.create(**_row(by, who, values, form_key) | own)
    await _diary(by, who, entry, resource, 1)
    return Kept(entry.key, tuple(await _follow(by, who, [resource], await _programs(by, who))))


async def own_entry(by: Reader, who: Who, key: str) -> LogEntry:
    """An own entry that stands. Raises NotFound, and Refused where it was changed or taken back in the meantime."""
    of = {"school_id": by.school.id, "person_id": who.id}
    entry = await LogEntry.filter(**of, key=key).first()
    if entry is None:
        raise NotFound(key)
    if await LogEntry.filter(**of, supersedes_id=entry.id).exists():
        raise Refused("You changed this entry in the meantime. Look at your log again.")
    if await EntryVoid.filter(school_id=by.school.id, entry_id=entry.id).exists():
        raise Refused("You took this entry back in the meantime. Look at your log again.")
    return entry


async def _resource(by: Reader, given: Given, keep: int | None = None) -> dict[str, Any] | None:
    """The resource that is meant: by its key, or by its exact title if only one is called that; None where none is.

    keep: the resource of the entry that is corrected, which may have left the catalogue since. Raises NotFound.
    """
    known = Resource.filter(school_id=by.school.id)
    if given.resource:
        rows = await known.filter(key=given.resource).values(*RESOURCE, "state")
        if not rows or (rows[0]["state"] != ResourceState.OFFERED and rows[0]["id"] != keep):
            raise NotFound(given.resource)
        return rows[0]
    title = given.title.strip()
    if not title:
        return None
    called = known.filter(title__iexact=title, state=ResourceState.OFFERED)
    rows = await called.limit(2).values(*RESOURCE)
    return rows[0] if len(rows) == 1 else None


RESOURCE = ("id", "title", "format", "here", "online")


async def _known_resource(by: Reader, number: int | None) -> dict[str, Any] | None:
    if number is None:
        return None
    rows = await Resource.filter(school_id=by.school.id, id=number).values(*RESOURCE)
    return rows[0] if rows else None


def _content(given: Given, resource: dict[str, Any] | None) -> dict[str, Any]:
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


def _row(by: Reader, who: Who, values: dict[str, Any], form_key: str) -> dict[str, Any]:
    """All columns of a new entry."""
    return {
        **values,
        "school_id": by.school.id,
        "person_id": who.id,
        "entered_by_id": who.id,
        "zone": by.school.zone,
        "entered_at": dates.now(),
        "class_id": min(by.class_ids, default=None),
        "grade_band": by.band.value,
        "form_key": form_key,
    }


async def _programs(by: Reader, who: Who) -> list[dict[str, Any]]:
    """The programs that the student is in: what they ask of an entry."""
    part = Enrolment.filter(school_id=by.school.id, person_id=who.id, left_at=None)
    return await part.values(
        "joined_on",
        id="program_id",
        slug="program__slug",
        starts="program__starts",
        ends="program__ends",
        backdate_days="program__backdate_days",
        limits="program__limits",
    )


async def _entries_of(by: Reader, who: Who, on: date) -> list[dict[str, Any]]:
    """The student's standing entries of one day."""
    rows = LogEntry.filter(
        school_id=by.school.id, person_id=who.id, on=on, void__id__isnull=True, superseded_by__id__isnull=True
    )
    return await rows.values("id", "key", "entered_at", *CONTENT, name="resource__title")


def _check(given: Given, title: str, others: list[dict[str, Any]], running: list[dict[str, Any]], sure: bool) -> None:
    """Refuse an entry that the limits of the day or of a program do not hold; ask once about an odd one."""
    limits = terms.strictest(terms.read_limits(one["limits"]) for one in running)
    rules.check_loggable(given.amounts(), given.ending, title, _sums(others), limits)
    if sure:
        return
    minute = dates.now().replace(second=0, microsecond=0)
    for row in others:
        same = row["minutes"] == given.minutes and row["mode"] == given.mode and (row["name"] or row["title"]) == title
        if same and row["entered_at"] >= minute:
            raise Refused("You logged the same a moment ago. Is this one more?", about="sure")
    for question in rules.doubts(given.amounts(), limits):
        raise Refused(question, about="sure")


def _sums(entries: list[dict[str, Any]]) -> dict[Unit, int]:
    return {unit: sum(row[unit.value] or 0 for row in entries) for unit in rules.ENTERED}


async def _diary(
    by: Reader,
    who: Who,
    entry: LogEntry,
    resource: dict[str, Any] | None,
    count: int,
    program_id: int | None = None,
    list_id: int | None = None,
) -> None:
    """Write an entry in the diary, or, with a count of -1, what undoes it."""
    band = GradeBand(entry.grade_band)
    author = who if band is by.band else Who(who.id, GRADE_IN.get(band))
    place = "" if resource is None else "here" if resource["here"] else "online" if resource["online"] else ""
    of: dict[str, Any] = {
        "by": by,
        "who": author,
        "on": entry.on,
        "mode": entry.mode,
        "format": resource["format"] if resource else "",
        "place": place,
        "count": count,
        "resource_id": entry.resource_id,
        "program_id": program_id,
        "list_id": list_id,
        "class_id": entry.class_id,
    }
    await record(Kind.LOGGED, **of, minutes=count * (entry.minutes or 0), pages=count * (entry.pages or 0))
    if entry.ending:
        await record(Kind.FINISHED if entry.ending == Ending.FINISHED else Kind.STOPPED, **of)


async def _follow(
    by: Reader, who: Who, resources: Iterable[dict[str, Any] | None], own: list[dict[str, Any]]
) -> list[Change]:
    """Bring everything up to date that an act on the log may have changed. own: the programs that one is in."""
    for number in sorted({one["id"] for one in resources if one is not None}):
        await place_resource(by.school.id, who.id, number)
    return await settle(by, who, {one["id"]: one["joined_on"] for one in own})
