"""The log of a student: an entry is added, corrected, taken back, put again."""

from functools import partial
from secrets import token_hex
from typing import Any

from engage import dates
from engage.database.together import Together
from engage.database.transaction import brief_transaction
from engage.engagement.diary import Who
from engage.errors import NotFound, Refused
from engage.people.rules import Reader
from engage.programs import entries, flags, rules
from engage.programs.actions import myself
from engage.programs.entries import Author, Given, Kept, Sent, Told
from engage.programs.known_terms import parts_of
from engage.programs.log_rows import CONTENT, entries_near, new_entry, standing_on
from engage.programs.models import EntryVoid, LogEntry
from engage.programs.rules import Ending
from engage.programs.settling import hold
from engage.resources.models import Resource
from engage.resources.rules import ResourceState

# of who is in more classes than anybody is; their numbers fit into LogEntry.also_in
MOST_ROOMS = 20
# a whole class logs when the bell rings
LOGGING = Together()


def author_of(by: Reader) -> Author:
    """The student who writes in the own log. Raises NotFound for anybody else."""
    rooms = sorted(by.class_ids)
    return Author(myself(by), rooms[0] if rooms else None, ",".join(map(str, rooms[1:MOST_ROOMS])))


async def log_entry(
    given: Given, form_key: str, by: Reader, program: str = "", sure: bool = False, list_id: int | None = None
) -> Kept:
    """Add an entry to one's own log, for every program that it fits.

    program: the slug of the one in which it was logged, or "". sure: the person was asked whether it is meant so.
    list_id: the list from which it was logged, for the diary. Raises NotFound, Refused.
    """
    author = author_of(by)
    put_in = partial(entries.put_in, by, author, given, Sent(form_key, program, sure, list_id))
    return await LOGGING.do(author.who.id, put_in)


@brief_transaction
async def finish(resource: str, by: Reader, list_id: int | None = None) -> Kept:
    """Say that one finished a resource today, once a day. Raises NotFound."""
    author = author_of(by)
    await hold(by, author.who.id)
    today = dates.today(by.school.zone)
    rows = await Resource.filter(school_id=by.school.id, key=resource, state=ResourceState.OFFERED).values("id", "mode")
    if not rows:
        raise NotFound(resource)
    for row in await standing_on(by, author.who, today):
        if row["resource_id"] == rows[0]["id"] and row["ending"] == Ending.FINISHED:
            return Kept(row["key"], repeated=True)
    given = Given(today, rows[0]["mode"], resource, ending=Ending.FINISHED)
    return await entries.put_in(by, author, given, Sent(sure=True, list_id=list_id))


@brief_transaction
async def correct_entry(key: str, given: Given, form_key: str, by: Reader, sure: bool = False) -> Kept:
    """Put a new entry in the place of an own one; the old one stays as a fact. Raises NotFound, Refused."""
    author = author_of(by)
    who = author.who
    await hold(by, who.id)
    old = await own_entry(by, who, key, stands=False)
    resource = await entries.resource_meant(by, given, old.resource_id)
    values = entries.content_of(given, resource)
    form_key = form_key or token_hex(16)
    near = await entries_near(by, who, given.on, form_key)
    for row in near:
        if row["form_key"] == form_key:
            if any(row[name] != values[name] for name in CONTENT):
                raise Refused(rules.SENT_BEFORE, about="sure")
            return Kept(row["key"], repeated=True)
    await _check_stands(by, who, old)
    if all(getattr(old, name) == values[name] for name in CONTENT):
        return Kept(old.key, repeated=True)
    own = await parts_of(by.school, who.id)
    running = [part for part in own if part.runs_on(given.on)]
    if given.on != old.on:
        days = min((part.backdate_days for part in running), default=rules.BACKDATING)
        rules.check_day(given.on, dates.today(by.school.zone), backdating=days)
    stand = [row for row in near if row["void_id"] is None and row["newer_id"] is None]
    others = [row for row in stand if row["on"] == given.on and row["id"] != old.id]
    entries.check(given, values["title"] or (resource or {}).get("title", ""), others, running, sure)
    of_old = _place_of(old) | {"batch": "", "supersedes_id": old.id}
    entry = await new_entry(entries.row_of(by, author, values, form_key) | of_old)
    before = await entries.known_resource(by, old.resource_id)
    told = await entries.told_of(by, who, old)
    await entries.in_diary(by, who, old, before, -1, told)
    await entries.in_diary(by, who, entry, resource, 1, Told(told.program_id, told.list_id))
    await flags.flag(by.school.id, entry.id, given.amounts(), running)
    return Kept(entry.key, tuple(await entries.follow(by, who, [before, resource], own, old.on, entry.on)))


@brief_transaction
async def void_entry(key: str, by: Reader) -> Kept:
    """Take an own entry back; it stays as a fact and counts no longer. Raises NotFound, Refused."""
    who = myself(by)
    await hold(by, who.id)
    return await entries.take_out(by, who, await own_entry(by, who, key))


@brief_transaction
async def restore_entry(key: str, by: Reader) -> Kept:
    """Put an entry that oneself took back into the log again, as a new one; doing it twice puts it there once.

    What staff took out stays out (LOG04). Raises NotFound, Refused.
    """
    author = author_of(by)
    who = author.who
    await hold(by, who.id)
    old = await LogEntry.filter(school_id=by.school.id, person_id=who.id, key=key, void__by_id=who.id).first()
    if old is None:
        raise NotFound(key)
    form_key = f"again-{old.key}"
    near = await entries_near(by, who, old.on, form_key)
    for row in near:
        if row["form_key"] == form_key:
            return Kept(row["key"], repeated=True)
    values = {name: getattr(old, name) for name in CONTENT}
    resource = await entries.known_resource(by, old.resource_id)
    amounts = {unit: amount for unit in rules.ENTERED if (amount := values[unit.value]) is not None}
    others = [row for row in near if row["void_id"] is None and row["newer_id"] is None]
    parts = await parts_of(by.school, who.id)
    running = [part for part in parts if part.runs_on(old.on)]
    limits = entries.limits_of(running)
    rules.check_loggable(amounts, Ending(old.ending), old.title or "a resource", entries.sums(others), limits)
    own = _place_of(old) | {"batch": "", "way": old.way}
    entry = await new_entry(entries.row_of(by, author, values, form_key) | own)
    told = await entries.told_of(by, who, old)
    await entries.in_diary(by, who, entry, resource, 1, Told(told.program_id, told.list_id))
    await flags.flag(by.school.id, entry.id, amounts, running)
    return Kept(entry.key, tuple(await entries.follow(by, who, [resource], parts, entry.on)))


def _place_of(old: LogEntry) -> dict[str, Any]:
    """The classes and grades in which an entry was made, for the one that stands in its place."""
    return {"class_id": old.class_id, "also_in": old.also_in, "grade_band": old.grade_band}


async def own_entry(by: Reader, who: Who, key: str, stands: bool = True) -> LogEntry:
    """An own entry. Raises NotFound, and, if it has to stand, Refused where it was changed or taken back meanwhile."""
    entry = await LogEntry.filter(school_id=by.school.id, person_id=who.id, key=key).first()
    if entry is None:
        raise NotFound(key)
    if stands:
        await _check_stands(by, who, entry)
    return entry


async def _check_stands(by: Reader, who: Who, entry: LogEntry) -> None:
    if await LogEntry.filter(school_id=by.school.id, person_id=who.id, supersedes_id=entry.id).exists():
        raise Refused("You changed this entry in the meantime. Look at your log again.")
    if await EntryVoid.filter(school_id=by.school.id, entry_id=entry.id).exists():
        raise Refused("You took this entry back in the meantime. Look at your log again.")
