"""Whether anything at all was committed since, by whatever process: what a page was made from may still hold.

Two equal answers mean that no change was committed between them. So what was made after the first
one, from the database alone, is still true at the second.
"""

import asyncio
import mmap
import os
from collections.abc import Callable, Hashable
from functools import partial
from pathlib import Path

from tortoise.connection import get_connection

from engage.database.config import LOCK_SECONDS, is_sqlite
from engage.database.operations import database_file
from engage.database.transaction import generation
from engage.errors import Busy

# the head of the log's index stands there twice, so that one can tell whether it is just being written
HEAD = 48
QUESTION = "SELECT pg_current_snapshot()::text"
# between two requests of a busy service passes far less
LINGER = 0.02
# turns of the loop in which those come together who share a question: a turn costs a microsecond, a question fifty
GATHERING = 4
# to close a file of SQLite's would take the locks that SQLite holds on it in this process, so they stay open
_open: list[tuple[int, mmap.mmap]] = []

# takes a state, or what was in the way of asking for it
Told = Callable[[Hashable | Exception], None]


def freshness(url: str) -> "FileState | Snapshots":
    """The question to ask of this database."""
    return FileState(database_file(url)) if is_sqlite(url) else Snapshots()


class FileState:
    """SQLite: the head of the log's index, in memory that all processes share; each commit of any of them changes it.

    Source: https://sqlite.org/walformat.html, "The WAL-Index Header".
    """

    def __init__(self, file: Path) -> None:
        self.index = f"{file}-shm"
        self.inode = 0
        self.seen: mmap.mmap | None = None

    async def __call__(self) -> Hashable:
        return self.now()

    def tell(self, told: Told) -> None:
        """Hand it the state, now."""
        state: Hashable | Exception
        try:
            state = self.now()
        except OSError as problem:
            state = problem
        told(state)

    def now(self) -> Hashable:
        """The state."""
        try:
            found = os.stat(self.index)  # 2 µs; no disk is asked
        except FileNotFoundError:
            return generation()
        if self.seen is None or found.st_ino != self.inode:
            if found.st_size < 2 * HEAD:
                return generation()
            self.seen, self.inode = _look_at(self.index), found.st_ino
        head = self.seen[:HEAD]
        return (self.inode, head) if head == self.seen[HEAD : 2 * HEAD] else object()


def _look_at(file: str) -> mmap.mmap:
    """The first bytes of a file, as they are at each moment."""
    for each in [each for each in _open if os.fstat(each[0]).st_nlink == 0]:
        _open.remove(each)  # SQLite has closed and removed it
        each[1].close()
        os.close(each[0])
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    found = mmap.mmap(descriptor, 2 * HEAD, prot=mmap.PROT_READ)
    _open.append((descriptor, found))
    return found


class Snapshots:
    """PostgreSQL: which transactions are over. Those who ask together share one statement, begun after they asked.

    The connection is given back to the pool once nobody has asked for LINGER seconds: to take one and give it back
    costs more than the statement. Raises Busy where no connection comes free in time.
    """

    def __init__(self) -> None:
        self.waiting: list[Told] = []
        self.answering: asyncio.Task[None] | None = None
        self.idle: asyncio.Future[bool] | None = None

    async def __call__(self) -> Hashable:
        mine: asyncio.Future[Hashable] = asyncio.get_running_loop().create_future()
        self.tell(partial(_settle, mine))
        return await mine

    def tell(self, told: Told) -> None:
        """Hand it the state, once it is known."""
        self.waiting.append(told)
        if self.answering is None:
            self.answering = asyncio.get_running_loop().create_task(self._answer())
        elif self.idle is not None and not self.idle.done():
            self.idle.set_result(True)

    async def _answer(self) -> None:
        """As long as somebody asks, on one connection."""
        asked: list[Told] = []
        loop = asyncio.get_running_loop()
        giving_up = loop.call_later(LOCK_SECONDS, self._give_up)
        try:
            async with get_connection("default").acquire_connection() as connection:
                giving_up.cancel()
                while self.waiting or await self._asked_again(loop):
                    for _ in range(GATHERING):
                        await asyncio.sleep(0)
                    asked, self.waiting = self.waiting, []
                    state = await connection.fetchval(QUESTION, timeout=LOCK_SECONDS)
                    asked.reverse()
                    while asked:
                        asked.pop()(state)
        except Exception as problem:  # noqa: BLE001 - it belongs to those who wait
            asked, self.waiting = [*asked, *self.waiting], []
            for told in asked:
                told(problem)
        finally:
            giving_up.cancel()
            self.answering = None
            if self.waiting:
                self.answering = loop.create_task(self._answer())

    async def _asked_again(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether somebody asks before the connection is given back."""
        self.idle = loop.create_future()
        ending = loop.call_later(LINGER, _end, self.idle)
        try:
            return await self.idle
        finally:
            ending.cancel()
            self.idle = None

    def _give_up(self) -> None:
        asked, self.waiting = self.waiting, []
        for told in asked:
            told(Busy())


def _end(idle: asyncio.Future[bool]) -> None:
    if not idle.done():
        idle.set_result(False)


def _settle(mine: asyncio.Future[Hashable], state: Hashable | Exception) -> None:
    if mine.done():
        return
    if isinstance(state, Exception):
        mine.set_exception(state)
    else:
        mine.set_result(state)
