"""Who visits which source now: a lease of 120 seconds with a number, the fence, that each later lease raises.

Sources: SAFETY.md, I4 and F11.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tortoise.connection import get_connection

from engage.database.queue import later, sql
from engage.engagement.rules import Mode
from engage.resources.visiting import LEASE

log = logging.getLogger("engage.harvest")

TAKEN_AT_ONCE = 25
# a visit may take all of its lease but for ten seconds; one that has waited for half of these is taken anew
FRESH_SECONDS = 5.0
COLUMNS = (
    *("id", "school_id", "fence", "key", "url", "mode", "language", "etag", "last_modified", "body_hash", "slices"),
    *("rest", "minutes_between", "last_visit_at", "changes_ids", "moved_to"),
)


@dataclass(frozen=True)
class Lease:
    """The right to write about a source, as long as nobody else has taken a lease with a higher fence."""

    source_id: int
    school_id: int
    fence: int


@dataclass(frozen=True)
class Taken:
    """A source as it was when its lease was taken: what a visit has to know of it. The columns are those of Source."""

    id: int
    school_id: int
    fence: int
    key: str
    url: str
    mode: Mode | None
    language: str
    etag: str
    last_modified: str
    body_hash: str
    slices: str
    rest: str
    minutes_between: int
    last_visit_at: datetime | None
    changes_ids: bool
    moved_to: str

    @property
    def lease(self) -> Lease:
        """The lease itself."""
        return Lease(self.id, self.school_id, self.fence)


async def claim(source_id: int, school_id: int, now: datetime) -> Taken | None:
    """A lease by the database's clock, or None where the source is not due or another has it."""
    return next(iter(await claim_several([(source_id, school_id)], now)), None)


async def claim_several(sources: Sequence[tuple[int, int]], now: datetime) -> list[Taken]:
    """Leases of those sources that are due and that nobody else has. sources: id and school of each."""
    client = get_connection("default")
    ids, schools = [one for one, _ in sources], list({school for _, school in sources})
    due = f"""{_in("school_id", schools)} AND {_in("id", ids)} AND "state"='active' AND "next_visit_at" <= ?
        AND ("lease_until" IS NULL OR "lease_until" < {later(client)})"""
    values = [*schools, *ids, now, 0]
    if client.capabilities.dialect != "sqlite":  # who takes several rows at once must wait for nobody who does, too
        due = f"""{due} AND "id" IN (SELECT "id" FROM "source" WHERE {due} FOR UPDATE SKIP LOCKED)"""
        values *= 2
    return await _take(due, values)


async def renew(taken: Taken) -> list[Taken]:
    """The same lease from now on; nothing where another has it, or a person has stopped the visits."""
    held = """"school_id"=? AND "id"=? AND "fence"=? AND "state"='active'"""
    return await _take(held, [taken.school_id, taken.id, taken.fence])


async def _take(where: str, values: list[Any]) -> list[Taken]:
    client = get_connection("default")
    rows = await client.execute_query_dict(
        sql(
            f"""UPDATE "source" SET "lease_until"={later(client)}, "fence"="fence"+1 WHERE {where}
            RETURNING {", ".join(f'"{name}"' for name in COLUMNS)}""",
            client,
        ),
        [int(LEASE.total_seconds()), *values],
    )
    return [_taken(row) for row in rows]


def _taken(row: Mapping[str, Any]) -> Taken:
    at, mode = row["last_visit_at"], row["mode"]
    return Taken(
        **{
            **row,
            "mode": Mode(mode) if mode else None,
            # SQLite keeps moments as text and truth as a number
            "last_visit_at": datetime.fromisoformat(at).astimezone(UTC) if isinstance(at, str) else at,
            "changes_ids": bool(row["changes_ids"]),
        }
    )


def _in(name: str, values: Sequence[object]) -> str:
    return f'"{name}" IN ({", ".join("?" for _ in values)})'


Others = deque[tuple[int, int]]


class Turns:
    """Whose turn it is: of each host one source at a time, in the order in which they were given.

    Leases are taken for a few hosts together, since that costs hardly more than one.
    hosts: the sources of each, by id and school. passed: how many were not due any more, or another has them.
    """

    def __init__(self, hosts: Iterable[Sequence[tuple[int, int]]], now: datetime) -> None:
        self._now = now
        self._waiting: deque[Others] = deque(deque(sources) for sources in hosts if sources)
        self._taken: deque[tuple[Taken, Others, float]] = deque()
        self._taking = asyncio.Lock()
        self.passed = 0

    async def next(self) -> tuple[Taken, Others] | None:
        """A source, and the others of its host, to be given back by `done` afterwards; None if nothing waits."""
        while True:
            async with self._taking:
                if not self._taken and not self._waiting:
                    return None
                if not self._taken:
                    await self._take()
                    continue
                taken, others, at = self._taken.popleft()
            if time.monotonic() - at > FRESH_SECONDS:
                again = await _or_none(renew(taken))
                if not again:
                    self._pass_by(others)
                    continue
                taken = again[0]
            return taken, others

    def done(self, others: Others) -> None:
        """The next source of this host may have its turn, after those of all others."""
        if others:
            self._waiting.append(others)

    async def _take(self) -> None:
        hosts = [self._waiting.popleft() for _ in range(min(TAKEN_AT_ONCE, len(self._waiting)))]
        firsts = {each.popleft(): each for each in hosts}
        at = time.monotonic()
        found = {(one.id, one.school_id): one for one in await _or_none(claim_several(list(firsts), self._now))}
        for first, others in firsts.items():
            if first in found:
                self._taken.append((found[first], others, at))
            else:
                self._pass_by(others)

    def _pass_by(self, others: Others) -> None:
        self.passed += 1
        self.done(others)


async def _or_none(taking: Awaitable[list[Taken]]) -> list[Taken]:
    """What was taken; nothing where the database is busy, and then these sources wait for the next round."""
    try:
        return await taking
    except Exception as exc:  # noqa: BLE001 -- some sources must not end the harvest of all others
        log.warning("sources could not be taken", extra={"error": type(exc).__name__})
        return []
