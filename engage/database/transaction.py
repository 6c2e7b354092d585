"""The one way to change rows: a unit of work is done wholly or not at all, and nobody hangs on it.

A unit runs as a task of its own behind a shield, so that a reader who goes away stops nothing half
way. It has LOCK_SECONDS to begin and BUDGET_SECONDS to do its work, in which it awaits nothing but
the database; past that it is rolled back and Busy is raised.

Source: SAFETY.md, D3.
"""

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, ParamSpec, TypeVar

from tortoise.connection import get_connection
from tortoise.models import Model

from engage.database.finishing import Interrupted
from engage.errors import Busy
from engage.tally import counted

P = ParamSpec("P")
T = TypeVar("T")
Settle = Callable[[list[Any]], Awaitable[None]]

BUDGET_SECONDS = 2.0
TRIES = 3
LONG_WAIT_SECONDS = 1.0


@dataclass
class Unit:
    """One unit of work under way."""

    afterwards: list[Callable[[], None]] = field(default_factory=list)
    gathered: list[tuple[Settle, Any]] = field(default_factory=list)
    over: bool = False


_unit: ContextVar[Unit | None] = ContextVar("unit", default=None)
_running: set[asyncio.Task[Any]] = set()
_generation = 0

# how long the units begun from here may work; only what is large and has to be whole may take longer (DECISIONS.md)
budget: ContextVar[float | None] = ContextVar("budget", default=None)

# what must hold for a unit to begin; a job sets it, to make sure that its lease is still its own
guard: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("guard", default=None)

# whether what is asked from here is brief; see brief_transaction and brief_reading
brief: ContextVar[bool] = ContextVar("brief", default=False)


def generation() -> int:
    """How many units this process has committed: a page made under the same number is still true here."""
    return _generation


def one_transaction(action: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Do the whole function in one transaction; inside another one, as a part that fails alone.

    Raises Busy if the database cannot take it in time, is away, full or read-only: nothing was kept.
    On PostgreSQL a unit broken off for another's sake is done again, unless it was handed a loaded
    row, which the first try may have changed.
    """

    @functools.wraps(action)
    async def unit(*args: P.args, **kwargs: P.kwargs) -> T:
        if (outer := _unit.get()) is not None:
            if outer.over:
                raise RuntimeError("This task outlived the unit of work that started it.")
            before, promised = len(outer.gathered), len(outer.afterwards)
            try:
                async with savepoint():
                    return await action(*args, **kwargs)
            except BaseException:
                # what a part that failed handed over is undone with its rows
                del outer.gathered[before:], outer.afterwards[promised:]
                raise
        given = [*args, *kwargs.values()]
        tries = 1 if any(isinstance(value, Model) for value in given) else TRIES
        task = asyncio.create_task(_tries(lambda: action(*args, **kwargs), tries))
        return await asyncio.shield(watch_over(task))

    return unit


def brief_transaction(action: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The same for an action whose statements are many and take microseconds each, whatever it is given.

    SQLite does them at once, without a way to another thread and back for each; meanwhile nobody else is served, so
    what may read a whole table, or change many rows, is no such action. It begins and is kept as any other.
    """
    whole = one_transaction(action)

    @functools.wraps(action)
    async def unit(*args: P.args, **kwargs: P.kwargs) -> T:
        token = brief.set(True)
        try:
            return await whole(*args, **kwargs)
        finally:
            brief.reset(token)

    return unit


@contextmanager
def brief_reading() -> Iterator[None]:
    """What is read in here, outside of any unit, takes microseconds a statement; SQLite then answers likewise."""
    token = brief.set(True)
    try:
        yield
    finally:
        brief.reset(token)


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """A part of a unit that may fail alone, such as an insert that a unique key may refuse."""
    if _unit.get() is None:
        raise RuntimeError("A savepoint stands inside a function with one_transaction.")
    async with get_connection("default")._in_transaction():
        yield


def after_commit(act: Callable[[], None]) -> None:
    """Do this once the unit is kept; at once where there is no unit."""
    unit = _unit.get()
    if unit is None:
        act()
    else:
        unit.afterwards.append(act)


def gather(settle: Settle, thing: Any) -> None:
    """Hand over something that settle does once, for all such things of the unit, just before it is kept.

    So sums that many units change are touched last, in one order, and for a short time.
    """
    unit = _unit.get()
    if unit is None:
        raise RuntimeError("Sums are kept inside a function with one_transaction.")
    unit.gathered.append((settle, thing))


def alone_by_context() -> bool:
    """Whether what is done here is a part of a unit, or may begin or last as nothing else does."""
    return any(each.get() is not None for each in (_unit, budget, guard))


def watch_over(task: asyncio.Task[T]) -> asyncio.Task[T]:
    """Let a task of units be waited for before connections are closed, whoever asked for it."""
    _running.add(task)
    task.add_done_callback(_ended)
    return task


async def settled() -> None:
    """Wait until no unit of this process is under way; called before connections are closed."""
    while _running:
        await asyncio.wait(_running)


def _ended(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled():
        # whoever asked may be gone; an exception that nobody fetches would be reported as lost
        task.exception()


async def _tries(action: Callable[[], Coroutine[Any, Any, T]], tries: int) -> T:
    for _ in range(tries - 1):
        try:
            return await _once(action)
        except Interrupted:
            continue
    return await _once(action)


async def _settle(unit: Unit) -> None:
    for settle in dict.fromkeys(settle for settle, _ in unit.gathered):
        await settle([thing for whose, thing in unit.gathered if whose is settle])


async def _once(action: Callable[[], Coroutine[Any, Any, T]]) -> T:
    global _generation
    unit, seconds = Unit(), budget.get() or BUDGET_SECONDS
    token, asked, started = _unit.set(unit), monotonic(), None
    try:
        async with get_connection("default")._in_transaction():
            started = monotonic()
            try:
                async with asyncio.timeout(seconds):
                    if (check := guard.get()) is not None:
                        await check()
                    result = await action()
                    await _settle(unit)
            except TimeoutError as exc:
                counted.add("lock_waits")
                raise Busy from exc
            if monotonic() - started > seconds:
                raise Busy
    finally:
        if (started or monotonic()) - asked > LONG_WAIT_SECONDS:
            counted.add("lock_waits")
        unit.over = True
        _unit.reset(token)
    _generation += 1
    for act in unit.afterwards:
        act()
    return result
