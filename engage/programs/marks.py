"""What a student has done with the resources on a page: saved, begun, finished. Only ever asked for oneself (P2)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from tortoise.connection import get_connection

from engage import dates
from engage.people.rules import Reader

OWN = """
SELECT resource_id, 'saved' AS state, NULL AS "on" FROM saved
WHERE school_id = {0} AND person_id = {1} AND resource_id IN ({2})
UNION ALL
SELECT resource_id, state, CAST("on" AS TEXT) FROM resource_progress
WHERE school_id = {0} AND person_id = {1} AND resource_id IN ({2})
"""


@dataclass(frozen=True)
class Mark:
    """state: "started", "finished", "stopped" or "" where nothing was logged; on: the day of it."""

    saved: bool = False
    state: str = ""
    on: date | None = None


async def marks_of(reader: Reader, resource_ids: Collection[int]) -> dict[int, Mark]:
    """The reader's own marks on some resources, those without any left out; one statement, none for nobody."""
    if reader.id is None or not reader.is_student or not resource_ids:
        return {}
    connection = get_connection("default")
    marks = ("?1", "?2") if connection.capabilities.dialect == "sqlite" else ("$1", "$2")
    numbers = ",".join(str(int(number)) for number in resource_ids)
    rows = await connection.execute_query_dict(OWN.format(*marks, numbers), [reader.school.id, reader.id])
    if reader.by_card:
        # a card alone shows nothing of other days (SAFETY.md, L3)
        today = dates.today(reader.school.zone).isoformat()
        rows = [row for row in rows if row["on"] == today]
    found: dict[int, Mark] = {}
    for row in rows:
        before = found.get(row["resource_id"], Mark())
        if row["state"] == "saved":
            found[row["resource_id"]] = Mark(True, before.state, before.on)
        else:
            found[row["resource_id"]] = Mark(before.saved, row["state"], date.fromisoformat(row["on"]))
    return found
