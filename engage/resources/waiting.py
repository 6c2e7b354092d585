"""What is asked about sources: how each is, what its visits found, and how much waits for a person."""

from collections.abc import Mapping
from datetime import datetime
from time import monotonic
from typing import Any

from tortoise.functions import Count
from tortoise.queryset import ValuesQuery

from engage.database.transaction import generation
from engage.errors import NotFound
from engage.people.alike import asked_by
from engage.people.rules import Reader
from engage.resources.incoming_models import InboxEntry, Source, Visit
from engage.resources.rules import EntryState, SourceState
from engage.resources.visiting import Health, health

VISITS = 20
NUMBER_SECONDS = 20.0
SOURCE = (
    "id",
    "key",
    "title",
    "url",
    "site",
    "kind",
    "mode",
    "language",
    "audience_low",
    "audience_high",
    "default_list",
    "topic",
    "state",
    "minutes_between",
    "next_visit_at",
    "last_visit_at",
    "last_good_at",
    "failures",
    "problem",
    "changes_ids",
)


async def counts(reader: Reader) -> dict[str, int]:
    """How many entries the school has in each state."""

    def make(asker: Reader) -> ValuesQuery[Any]:
        entries = InboxEntry.filter(school_id=asker.school.id).annotate(number=Count("id"))
        return entries.group_by("state").values("state", "number")

    return {str(row["state"]): row["number"] for row in await asked_by(reader, "inbox by state", make)}


async def number_for(reader: Reader) -> int:
    """How many entries wait for this reader to decide about them (FED04), 0 for others; for the door to the inbox.

    It may be a few seconds old where another process brought or decided something.
    """
    if not reader.may("FED04"):
        return 0
    state, number, until = _numbers.get(reader.school.id, (-1, 0, 0.0))
    if state != generation() or monotonic() > until:
        state = generation()
        number = await InboxEntry.filter(school_id=reader.school.id, state=EntryState.WAITING).count()
        _numbers[reader.school.id] = (state, number, monotonic() + NUMBER_SECONDS)
    return number


# by the school's id: the changes that this process had made, how many waited then, and how long that is believed
_numbers: dict[int, tuple[int, int, float]] = {}


async def sources(reader: Reader, now: datetime) -> list[dict[str, Any]]:
    """The school's sources by title, without those only suggested, each with its health and how many entries wait."""
    waiting = {
        row["source_id"]: row["number"]
        for row in await InboxEntry.filter(school_id=reader.school.id, state=EntryState.WAITING)
        .annotate(number=Count("id"))
        .group_by("source_id")
        .values("source_id", "number")
    }
    visited = Source.filter(school_id=reader.school.id).exclude(state=SourceState.SUGGESTED)
    rows = await visited.order_by("id").values(*SOURCE)
    known = [
        {**row, "name": name_of(row), "health": health_of(row, now), "waiting": waiting.get(row["id"], 0)}
        for row in rows
    ]
    return sorted(known, key=lambda row: str(row["name"]).casefold())


async def suggested(reader: Reader) -> int:
    """How many feeds are suggested to the school."""
    return await Source.filter(school_id=reader.school.id, state=SourceState.SUGGESTED).count()


async def source_of(reader: Reader, key: str, now: datetime) -> dict[str, Any]:
    """One source of the school with its health and its latest visits, or NotFound."""
    rows = await Source.filter(school_id=reader.school.id, key=key).values(*SOURCE)
    if not rows:
        raise NotFound(key)
    row = rows[0]
    visits = (
        await Visit.filter(school_id=reader.school.id, source_id=row["id"])
        .order_by("-at", "-id")
        .limit(VISITS)
        .values("at", "good", "sentence", "new", "changed")
    )
    return {**row, "name": name_of(row), "health": health_of(row, now), "visits": visits}


def name_of(row: Mapping[str, Any]) -> str:
    """What a source is called: its title, else its address."""
    return str(row["title"] or row["url"])


def health_of(row: Mapping[str, Any], now: datetime) -> Health:
    """How a source is, from its row."""
    return health(
        SourceState(row["state"]), row["failures"], row["problem"], row["last_visit_at"], row["last_good_at"], now
    )
