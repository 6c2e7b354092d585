"""Visits that found nothing new are written down for many sources at once.

A visit that is not written yet is lost with its process, and the source is visited again once its lease has run out.
Sources: SAFETY.md, I4; shared/bench/GOALS.md, 3, "nothing changed".
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from tortoise.connection import get_connection

from engage.database.queue import sql
from engage.database.transaction import one_transaction
from engage.outside.fetch import Validators
from engage.resources import visiting
from engage.resources.intake import NOTHING_NEW, Found, keep, let_visits_go, note_visits
from engage.resources.leases import Taken

log = logging.getLogger("engage.harvest")

AT_ONCE = 25
WAIT_SECONDS = 0.2
# what a visit without anything new decides, and how PostgreSQL has to be told
DECIDED = {
    "id": "bigint",
    "school_id": "bigint",
    "fence": "bigint",
    "minutes_between": "int",
    "next_visit_at": "timestamptz",
    "etag": "text",
    "last_modified": "text",
}

Visited = tuple[Taken, Found]


class Settling:
    """What one round has seen and not yet written down. Use it with `async with`, whose end writes the rest."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._waiting: list[Visited] = []
        self._clock: asyncio.Task[None] | None = None
        self._over = asyncio.Event()

    @staticmethod
    def takes(source: Taken, found: Found) -> bool:
        """Whether nothing is to be written of this visit but that it was, and when the next one is."""
        return not (found.code or found.feed or found.note or found.permanent_url or source.moved_to)

    async def add(self, source: Taken, found: Found) -> None:
        """Write this down soon, with others."""
        self._waiting.append((source, found))
        if len(self._waiting) >= AT_ONCE:
            await self._write()
        elif self._clock is None or self._clock.done():
            self._clock = asyncio.create_task(self._later())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        self._over.set()
        if self._clock is not None:
            await self._clock
        await self._write()

    async def _later(self) -> None:
        over = asyncio.create_task(self._over.wait())
        await asyncio.wait((over,), timeout=WAIT_SECONDS)
        over.cancel()
        await self._write()

    async def _write(self) -> None:
        visits, self._waiting = self._waiting, []
        if not visits:
            return
        try:
            written = await settle(visits, self._now)
        except Exception as exc:  # noqa: BLE001 -- they are visited again after their leases
            log.warning("visits could not be written down", extra={"error": type(exc).__name__})
            return
        for source, found in visits:
            if source.id not in written:
                await self._one_by_one(source, found)

    async def _one_by_one(self, source: Taken, found: Found) -> None:
        try:
            await keep(source.lease, found, self._now)
        except Exception as exc:  # noqa: BLE001 -- one source must not end the harvest of all others
            log.warning("a source could not be visited", extra={"error": type(exc).__name__})


@one_transaction
async def settle(visits: Sequence[Visited], now: datetime) -> set[int]:
    """Write down visits without anything new, in one unit of work. The ids of their sources.

    Those of which another has the lease are not among them, nor those that are to be visited at other intervals now.
    """
    client = get_connection("default")
    is_postgres = client.capabilities.dialect != "sqlite"
    kinds = [f"?::{kind}" if is_postgres else "?" for kind in DECIDED.values()]
    at = "?::timestamptz" if is_postgres else "?"
    marks = ", ".join(f"({', '.join(each)})" for each in (kinds, *[["?"] * len(kinds)] * (len(visits) - 1)))
    rows = [_decided(source, found, now) for source, found in visits]
    written = await client.execute_query_dict(
        sql(
            f"""WITH "seen" ({", ".join(f'"{name}"' for name in DECIDED)}) AS (VALUES {marks})
            UPDATE "source" SET "lease_until"=NULL, "last_visit_at"={at}, "last_good_at"={at}, "failures"=0,
            "problem"='', "next_visit_at"="seen"."next_visit_at",
            "etag"="seen"."etag", "last_modified"="seen"."last_modified"
            FROM "seen" WHERE "source"."school_id"="seen"."school_id" AND "source"."id"="seen"."id"
            AND "source"."fence"="seen"."fence" AND "source"."minutes_between"="seen"."minutes_between"
            RETURNING "source"."id" """,
            client,
        ),
        [*(value for row in rows for value in row), now, now],
    )
    ids = {row["id"] for row in written}
    mine = [source for source, _ in visits if source.id in ids]
    await note_visits([(source.lease, "", NOTHING_NEW, 0, 0) for source in mine], now)
    await let_visits_go([one.lease for one in mine if visiting.is_first_of_day(one.last_visit_at, now)], now)
    return ids


def _decided(source: Taken, found: Found, now: datetime) -> tuple[Any, ...]:
    validators = found.validators or Validators()
    next_at = visiting.next_visit(now, source.minutes_between, 0, None, found.quiet).astimezone(UTC)
    told = (source.id, source.school_id, source.fence, source.minutes_between)
    return (*told, next_at, validators.etag, validators.modified)
