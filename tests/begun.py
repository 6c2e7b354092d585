"""Processes for tests, each a copy of one that has read the code and opened nothing.

To read all of Engage takes more than a second of a processor, and some tests begin a hundred processes.
"""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

BEGUN_READY = multiprocessing.get_context("forkserver")
BEGUN_READY.set_forkserver_preload(["engage.app", "tests.faults.processes", "tests.faults.sending", "tests.serving"])


class Other:
    """A process that was begun: what it prints is read here, and what is said goes to its input."""

    def __init__(self, process: Any, said: asyncio.StreamReader, door: Connection) -> None:
        self.process, self.said, self.door = process, said, door

    @property
    def returncode(self) -> int | None:
        """How it ended, as of any process; None while it lives."""
        return self.process.exitcode

    def say(self, line: str) -> None:
        """A line for its input."""
        os.write(self.door.fileno(), f"{line}\n".encode())

    async def line(self) -> str:
        """The next line that it prints, "" once there will be none."""
        return (await self.said.readline()).decode().strip()

    def kill(self) -> None:
        """As kill -9 does."""
        self.process.kill()

    def send_signal(self, number: int) -> None:
        """Send a signal to it."""
        os.kill(self.process.pid, number)

    async def rest(self) -> bytes:
        """What else it prints, until its end."""
        out = await self.said.read()
        await self.wait()
        return out

    async def wait(self) -> int:
        """Its end: the number that it gives, or of the signal that ended it, below zero."""
        await asyncio.to_thread(self.process.join)
        self.door.close()
        return int(self.process.exitcode)


async def begin(what: Callable[..., Any], *words: object) -> Other:
    """Begin a process that awaits what(*words), with words as on a command line; it is ended by who began it."""
    its_input, door = BEGUN_READY.Pipe(duplex=False)
    printed, its_output = BEGUN_READY.Pipe(duplex=False)
    process = BEGUN_READY.Process(target=_be, args=(its_input, its_output, what, [str(word) for word in words]))
    await asyncio.to_thread(process.start)
    its_input.close()
    its_output.close()
    said = asyncio.StreamReader()
    pipe = os.fdopen(os.dup(printed.fileno()), "rb", buffering=0)
    printed.close()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(said), pipe)
    return Other(process, said, door)


def _be(its_input: Connection, its_output: Connection, what: Callable[..., Any], words: list[str]) -> None:
    os.dup2(its_input.fileno(), 0)
    os.dup2(its_output.fileno(), 1)
    its_input.close()
    its_output.close()
    sys.stdin, sys.stdout = os.fdopen(0, "r"), os.fdopen(1, "w")
    asyncio.run(what(*words))
    sys.stdout.flush()
