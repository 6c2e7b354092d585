"""Where a student is with a resource, kept from the entries that stand."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from engage.programs.models import LogEntry, ResourceProgress
from engage.programs.rules import Ending


async def place_resource(school_id: int, person_id: int, resource_id: int) -> None:
    """Keep where a student is with a resource, from the entries that stand."""
    of: dict[str, Any] = {"school_id": school_id, "person_id": person_id, "resource_id": resource_id}
    rows = LogEntry.filter(**of, void__id__isnull=True, superseded_by__id__isnull=True).order_by("on", "id")
    found = whereabouts(await rows.values_list("on", "ending"))
    if found is None:
        await ResourceProgress.filter(**of).delete()
        return
    values: dict[str, Any] = dict(zip(("state", "started_on", "on"), found, strict=True))
    if not await ResourceProgress.filter(**of).update(**values):
        await ResourceProgress.create(**of, **values)


def whereabouts(entries: Iterable[tuple[Any, ...]]) -> tuple[str, date, date] | None:
    """The state, first day and deciding day of a resource, from the day and ending of entries in order."""
    rows = list(entries)
    if not rows:
        return None
    finished = next((on for on, ending in rows if ending == Ending.FINISHED), None)
    if finished is not None:
        return "finished", rows[0][0], finished
    last_on, last = rows[-1]
    return ("stopped" if last == Ending.STOPPED else "started"), rows[0][0], last_on
