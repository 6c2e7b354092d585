"""The port to work that is done later: who may queue it, what it is called, and when it comes round.

A job is an ordinary async function of plain arguments, safe to run twice. It is queued inside the
caller's transaction, so it is there if and only if the change that called for it is. Wings take
`enqueue` from here; engage/jobs.py names the jobs of the house.

Source: STACK.md, section 5; SAFETY.md, I4.
"""

import inspect
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol
from weakref import WeakSet

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection

from engage.database.transaction import after_commit

ATTEMPTS = 5

JobFunction = Callable[..., Awaitable[int | None]]


@dataclass(frozen=True)
class Registered:
    """A job by name. wants: which of `settings` and `now` the function takes besides its arguments."""

    function: JobFunction
    attempts: int
    wants: frozenset[str]


@dataclass(frozen=True)
class Round:
    """A job that comes round every so many seconds."""

    name: str
    seconds: int


class Waker(Protocol):
    """Somebody to wake when a job is queued in this process."""

    def wake(self) -> None:
        """Look for work now."""


registry: dict[str, Registered] = {}
timetable: dict[str, Round] = {}
wakers: WeakSet[Waker] = WeakSet()


def job(name: str, *, attempts: int = ATTEMPTS) -> Callable[[JobFunction], JobFunction]:
    """Name a function as a job. It is called with its queued arguments, and `settings` and `now` if it takes them.

    attempts: how often it is tried before it counts as failed.
    """

    def named(function: JobFunction) -> JobFunction:
        wants = frozenset({"settings", "now"}.intersection(inspect.signature(function).parameters))
        registry[name] = Registered(function, attempts, wants)
        return function

    return named


def every(name: str, *, minutes: int = 0, hours: int = 0) -> None:
    """Let a job come round; if it has not been done since the last time, it is not queued again."""
    timetable[name] = Round(name, minutes * 60 + hours * 3600)


async def enqueue(
    name: str, args: dict[str, Any] | None = None, key: str | None = None, at: datetime | None = None
) -> None:
    """Queue a job, in the transaction under way if there is one.

    args: plain values, ids rather than names. key: of the queued jobs only one has it; the second is
    dropped. at: not before then.
    """
    client = get_connection("default")
    await client.execute_query_dict(
        sql(
            f"""INSERT INTO "job" ("name", "key", "args", "state", "run_at", "attempts", "problem")
            VALUES (?, ?, ?, 'queued', {later(client) if at is None else "?"}, 0, '')
            ON CONFLICT DO NOTHING RETURNING "id" """,
            client,
        ),
        [name, key, json.dumps(args or {}), 0 if at is None else at.astimezone(UTC)],
    )
    after_commit(_wake)


async def waiting_seconds() -> float:
    """How long the job has waited that has waited longest; 0 when none waits."""
    client = get_connection("default")
    rows = await client.execute_query_dict(
        sql(
            f"""SELECT {seconds_between('MIN("run_at")', "now", client)} AS "seconds" FROM "job"
            WHERE "state"='queued' AND "run_at" <= {later(client)}""",
            client,
        ),
        [0],
    )
    return max(0.0, float(rows[0]["seconds"] or 0))


def sql(text: str, client: BaseDBAsyncClient) -> str:
    """A statement with `?` for its values, as this database wants it."""
    return text if client.capabilities.dialect == "sqlite" else _numbered(text)


@lru_cache(maxsize=1_024)
def _numbered(text: str) -> str:
    first, *rest = text.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))


def later(client: BaseDBAsyncClient) -> str:
    """SQL for the database's own time and `?` seconds; the clocks of two machines may differ."""
    if client.capabilities.dialect == "sqlite":
        return "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now', ? || ' seconds')"
    return "(clock_timestamp() + ?::float * interval '1 second')"


def seconds_between(start: str, end: str, client: BaseDBAsyncClient) -> str:
    """SQL for the seconds between two moments; "now" is the database's own time."""
    if client.capabilities.dialect == "sqlite":
        end = "'now'" if end == "now" else end
        return f"(julianday({end}) - julianday({start})) * 86400"
    end = "clock_timestamp()" if end == "now" else end
    return f"EXTRACT(EPOCH FROM {end} - {start})"


def _wake() -> None:
    for waker in list(wakers):
        waker.wake()
