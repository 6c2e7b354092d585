"""Doing what was queued: one process or several, each job by one of them, also when one is killed.

A worker holds a job by a lease that it renews. When the lease has run out, another worker takes the
job with a higher number of attempts; whatever the first one still tries to write is refused, because
each unit of work in a job begins by asking whether the number is still its own.
"""

import asyncio
import contextlib
import functools
import json
import logging
import math
import random
import traceback
from time import monotonic
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError

from engage import dates
from engage.database.finishing import finish
from engage.database.queue import Round, enqueue, later, registry, sql, timetable, wakers
from engage.database.tenancy import every_school
from engage.database.transaction import guard, one_transaction
from engage.settings import Settings

log = logging.getLogger("engage.jobs")

LEASE_SECONDS = 120
POLL_SECONDS = 1.0
AT_ONCE = 4
GRACE_SECONDS = 10.0
LONGEST_DELAY_SECONDS = 600
KEPT_DAYS = 7


class LeaseLost(Exception):
    """Another worker has this job now."""


class Worker:
    """Does jobs until it is stopped: `await worker.run()`; from elsewhere `await worker.stop()`."""

    def __init__(
        self, settings: Settings, *, lease: float = LEASE_SECONDS, poll: float = POLL_SECONDS, at_once: int = AT_ONCE
    ) -> None:
        self._settings = settings
        self._lease, self._poll, self._at_once = lease, poll, at_once
        self._stir = asyncio.Event()
        self._ended = asyncio.Event()
        self._stopping = False
        self._jobs: dict[tuple[int, int], asyncio.Task[None]] = {}
        self._renew_at = 0.0
        self._look_at = 0.0

    def wake(self) -> None:
        """Look for work now."""
        self._stir.set()

    async def run(self) -> None:
        """Do jobs until stopped; a job or a database that fails stops only itself."""
        wakers.add(self)
        try:
            while not self._stopping:
                pause = self._poll
                try:
                    await self._once()
                except Exception as exc:  # noqa: BLE001 - a database that is away must not end the worker
                    log.warning("the queue cannot be read", extra={"error": type(exc).__name__, "place": place(exc)})
                    pause = self._poll * random.uniform(1, 3)
                await self._rest(pause)
            await asyncio.wait(self._jobs.values(), timeout=GRACE_SECONDS) if self._jobs else None
        finally:
            wakers.discard(self)
            await finish(self._give_back())
            self._ended.set()

    async def stop(self) -> None:
        """Take no more jobs, let those under way end for GRACE_SECONDS, give the rest back."""
        self._stopping = True
        self.wake()
        if self in wakers:
            await self._ended.wait()

    async def _once(self) -> None:
        if monotonic() >= self._look_at:
            await self._call_rounds()
        if monotonic() >= self._renew_at:
            await self._renew()
        free = self._at_once - len(self._jobs)
        claimed = await claim(free, self._lease) if free else []
        for row in claimed:
            task = asyncio.create_task(self._do(row))
            held = (row["id"], row["attempts"])
            self._jobs[held] = task
            task.add_done_callback(functools.partial(self._over, held))

    async def _rest(self, seconds: float) -> None:
        seconds = max(0.0, min(seconds, self._look_at - monotonic(), self._renew_at - monotonic()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stir.wait()
        self._stir.clear()

    def _over(self, held: tuple[int, int], task: asyncio.Task[None]) -> None:
        self._jobs.pop(held, None)
        self._stir.set()
        if not task.cancelled() and (exc := task.exception()):
            # the lease will run out, and the job be tried again
            log.warning("job cannot be noted", extra={"error": type(exc).__name__, "place": place(exc)})

    async def _call_rounds(self) -> None:
        now, wait = await database_seconds(), 30.0
        for entry in timetable.values():
            slot = int(now // entry.seconds)
            await call_round(entry, slot)
            wait = min(wait, (slot + 1) * entry.seconds - now)
        self._look_at = monotonic() + max(0.05, wait)

    async def _renew(self) -> None:
        self._renew_at = monotonic() + self._lease / 3
        for (number, attempts), task in list(self._jobs.items()):
            if not await _update(f"lease_until = {later(_client())}", [self._lease], number, attempts):
                task.cancel("lease lost")

    async def _do(self, row: dict[str, Any]) -> None:
        number, attempts, name = row["id"], row["attempts"], row["name"]
        known = registry.get(name)

        async def still_ours() -> None:
            lock = "" if _client().capabilities.dialect == "sqlite" else "FOR SHARE"
            mine = f"""SELECT 1 FROM "job" WHERE "id"=? AND "attempts"=? AND "state"='running' {lock}"""
            if not await _client().execute_query_dict(sql(mine, _client()), [number, attempts]):
                raise LeaseLost(name)

        try:
            if known is None:
                raise LookupError(name)
            if attempts > known.attempts:
                await _end("failed", row, problem=f"given up after {known.attempts} attempts")
                return
            guard.set(still_ours)
            extra = {"settings": self._settings, "now": dates.now()}
            given = json.loads(row["args"]) | {word: extra[word] for word in known.wants}
            with every_school(f"job {name}"):
                found = await known.function(**given)
        except LeaseLost:
            log.warning("lease lost", extra={"job": name})
        except asyncio.CancelledError:
            await finish(_queue_again(row, 0))
            raise
        except Exception as exc:  # noqa: BLE001 - a job that fails must not stop the timetable
            await self._failed(row, exc)
        else:
            await _end("done", row, found=found)

    async def _failed(self, row: dict[str, Any], exc: Exception) -> None:
        known, attempts = registry.get(row["name"]), row["attempts"]
        problem = f"{type(exc).__name__} at {place(exc)}"
        log.warning("job failed", extra={"job": row["name"], "attempts": attempts, "place": problem})
        if known is None or attempts >= known.attempts:
            await _end("failed", row, problem=problem)
        else:
            delay = min(LONGEST_DELAY_SECONDS, 2**attempts) * random.uniform(0.8, 1.2)
            await _queue_again(row, delay, problem)

    async def _give_back(self) -> None:
        tasks = list(self._jobs.values())
        for task in tasks:
            task.cancel("stopping")
        if tasks:
            await asyncio.wait(tasks)


async def claim(most: int, lease: float) -> list[dict[str, Any]]:
    """Take some jobs that are due, or whose worker is gone, for so many seconds."""
    client = _client()
    lock = "" if client.capabilities.dialect == "sqlite" else "FOR UPDATE SKIP LOCKED"
    now = later(client)
    return await client.execute_query_dict(
        sql(
            f"""UPDATE "job" SET "state"='running', "lease_until"={now}, "attempts"="attempts"+1
            WHERE "id" IN (SELECT "id" FROM "job" WHERE "run_at" <= {now}
            AND ("state"='queued' OR ("state"='running' AND "lease_until" < {now}))
            ORDER BY "run_at" LIMIT ? {lock})
            RETURNING "id", "name", "args", "attempts" """,
            client,
        ),
        [lease, 0, 0, most],
    )


@one_transaction
async def call_round(entry: Round, slot: int) -> None:
    """Queue a job whose time has come round, once for all workers."""
    client = _client()
    new = await client.execute_query_dict(
        sql(
            f"""INSERT INTO "tick" ("key", "at") VALUES (?, {later(client)})
            ON CONFLICT DO NOTHING RETURNING "id" """,
            client,
        ),
        [f"{entry.name}@{slot}", 0],
    )
    if new:
        await enqueue(entry.name, key=entry.name)


async def database_seconds() -> float:
    """The database's own time, in seconds since 1970."""
    client = _client()
    lite = client.capabilities.dialect == "sqlite"
    now = "(julianday('now') - 2440587.5) * 86400.0" if lite else "EXTRACT(EPOCH FROM clock_timestamp())"
    return float((await client.execute_query_dict(f'SELECT {now} AS "now"'))[0]["now"])


async def tidy_jobs() -> int:
    """Forget jobs that were done, and hours that were called, more than KEPT_DAYS ago; failures stay twice as long."""
    client, old = _client(), -KEPT_DAYS * 86400
    gone = 0
    for table, condition, seconds in (
        ("job", """"state"='done' AND "ended_at" <""", old),
        ("job", """"state"='failed' AND "ended_at" <""", 2 * old),
        ("tick", '"at" <', old),
    ):
        text = f'DELETE FROM "{table}" WHERE {condition} {later(client)} RETURNING "id"'
        gone += len(await client.execute_query_dict(sql(text, client), [seconds]))
    return gone


def place(exc: BaseException) -> str:
    """Where in our own code an error came from; its text may name a person and is kept nowhere."""
    frames = [frame for frame in traceback.extract_tb(exc.__traceback__) if "/engage/" in frame.filename]
    if not frames:
        return "elsewhere"
    return f"{frames[-1].filename.rpartition('/engage/')[2]}:{frames[-1].lineno}"


def _client() -> BaseDBAsyncClient:
    return get_connection("default")


async def _update(change: str, values: list[Any], number: int, attempts: int) -> bool:
    text = f"""UPDATE "job" SET {change} WHERE "id"=? AND "attempts"=? AND "state"='running' RETURNING "id" """
    return bool(await _client().execute_query_dict(sql(text, _client()), [*values, number, attempts]))


async def _end(state: str, row: dict[str, Any], *, problem: str = "", found: int | None = None) -> None:
    change = f""""state"=?, "problem"=?, "found"=?, "lease_until"=NULL, "ended_at"={later(_client())}"""
    await _update(change, [state, problem, found, 0], row["id"], row["attempts"])


async def _queue_again(row: dict[str, Any], seconds: float, problem: str = "") -> None:
    change = f""""state"='queued', "problem"=?, "lease_until"=NULL, "run_at"={later(_client())}"""
    try:
        await _update(change, [problem, math.ceil(seconds)], row["id"], row["attempts"])
    except IntegrityError:
        # the same was queued in the meantime and will be done anyway
        await _end("done", row, problem=problem)
