"""Whether anything at all was committed since, by whatever process: what a page was made from may still hold.

Two equal answers mean that no change was committed between them. So what was made after the first
one, from the database alone, is still true at the second.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Hashable
from pathlib import Path

from tortoise.connection import get_connection

from engage.database.config import LOCK_SECONDS, is_sqlite
from engage.database.operations import database_file
from engage.database.transaction import generation
from engage.errors import Busy

Fresh = Callable[[], Awaitable[Hashable]]


def freshness(url: str) -> Fresh:
    """The question to ask of this database."""
    return FileState(database_file(url)) if is_sqlite(url) else Snapshots()


class FileState:
    """SQLite: every commit of any process is appended to the log beside the database file.

    Our own commits are counted besides, because the clock of files ticks only every few milliseconds.
    """

    def __init__(self, file: Path) -> None:
        self.log = f"{file}-wal"

    async def __call__(self) -> Hashable:
        try:
            found = os.stat(self.log)  # 2 µs; no disk is asked
        except FileNotFoundError:
            return generation()
        return (generation(), found.st_mtime_ns, found.st_size, found.st_ino)


class Snapshots:
    """PostgreSQL: which transactions are over. Those who ask together share one statement, begun after they asked.

    Raises Busy where no connection comes free in time.
    """

    def __init__(self) -> None:
        self.asking: asyncio.Task[Hashable] | None = None
        self.next: asyncio.Task[Hashable] | None = None

    async def __call__(self) -> Hashable:
        if self.next is None:
            self.next = asyncio.create_task(self._ask_after(self.asking))
        task = self.next
        done, _ = await asyncio.wait({task}, timeout=LOCK_SECONDS)
        if not done:
            raise Busy
        return task.result()

    async def _ask_after(self, before: asyncio.Task[Hashable] | None) -> Hashable:
        if before is not None:
            await asyncio.wait([before])
        self.asking, self.next = self.next, None  # who comes from here on came too late for this one
        rows = await get_connection("default").execute_query_dict("SELECT pg_current_snapshot()::text AS state")
        return str(rows[0]["state"])
