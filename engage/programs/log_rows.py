"""Rows of the log, by plain statements: the entries near another one, and a new one."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from tortoise.connection import get_connection

from engage.database.fields import as_day, as_moment, new_key
from engage.database.queue import sql
from engage.database.rows import add_one
from engage.engagement.diary import Who
from engage.engagement.rules import Mode
from engage.people.rules import Reader
from engage.programs.models import LogEntry

Row = dict[str, Any]
# the columns that say what was done
CONTENT = ("on", "mode", "resource_id", "title", "minutes", "pages", "chapters", "sessions", "ending", "feeling")
NEAR = f"""
SELECT e.id, e.key, e.form_key, e.entered_at, {", ".join(f'e."{name}"' for name in CONTENT)},
 r.title AS name, v.id AS void_id, n.id AS newer_id
FROM log_entry e LEFT JOIN resource r ON r.id = e.resource_id LEFT JOIN entry_void v ON v.entry_id = e.id
 LEFT JOIN log_entry n ON n.supersedes_id = e.id
WHERE e.school_id = ? AND e.person_id = ? AND (e."on" = ? OR e.form_key = ? OR e.resource_id = ?)
"""


async def entries_near(by: Reader, who: Who, on: date, form_key: str = "", resource_id: int | None = None) -> list[Row]:
    """A student's entries of a day, of a form and of a resource, in one statement.

    void_id, newer_id: of what took it back or corrected it; name: of its resource.
    """
    client = get_connection("default")
    near = await client.execute_query_dict(sql(NEAR, client), [by.school.id, who.id, on, form_key or None, resource_id])
    for row in near:
        row["on"], row["entered_at"] = as_day(row["on"]), as_moment(row["entered_at"])
    return near


async def standing_on(by: Reader, who: Who, on: date) -> list[Row]:
    """A student's standing entries of a day."""
    return [row for row in await entries_near(by, who, on) if row["void_id"] is None and row["newer_id"] is None]


@dataclass(frozen=True)
class Entry:
    """An entry that was just put into the log, as far as others follow from it."""

    id: int
    key: str
    on: date
    mode: Mode
    resource_id: int | None
    minutes: int | None
    pages: int | None
    ending: str
    class_id: int | None
    grade_band: str


async def new_entry(row: Row) -> Entry:
    """Put an entry into the log. row: its columns, without those that are the same for all new ones."""
    whole = {**row, "key": new_key()}
    number = await add_one(LogEntry, whole)
    return Entry(id=number, **{name: whole[name] for name in ENTRY})


ENTRY = tuple(each.name for each in fields(Entry) if each.name != "id")
