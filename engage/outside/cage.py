"""Where foreign bytes are parsed: in processes of their own, with little time, little memory and nothing to steal.

Source: SAFETY.md, F6; the figures are those of its section 0.
"""

import asyncio
import contextlib
import json
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, BinaryIO

import feeds
import feeds.model
from engage.errors import Busy

WALL_SECONDS = 20.0
REUSED = 50
AT_ONCE = 2
WAITING = 64
LARGEST_ANSWER = 32 * 1024 * 1024
REQUEST = struct.Struct("!II")
ANSWER = struct.Struct("!I")
COMMAND = (sys.executable, "-I", "-X", "utf8", "-m", "engage.outside.cage_worker")


class Cage:
    """Up to two parser processes, started when they are needed and started anew when they die.

    killed: how many did not end well, since the start.
    """

    def __init__(self, command: Sequence[str] = COMMAND, wall: float = WALL_SECONDS, reused: int = REUSED) -> None:
        self.command, self.wall, self.reused = command, wall, reused
        self.killed = 0
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="cage")
        self._idle: list[_Worker] = []
        self._waiting = 0

    async def feed(self, body: bytes, url: str, headers: Mapping[str, str]) -> feeds.Feed:
        """The feed in a body that was fetched. Raises Unreadable."""
        return feeds.model.from_json(await self.do("feed", body, url=url, headers=dict(headers)))

    async def discover(self, body: bytes, url: str) -> list[tuple[str, str]]:
        """The feeds that a web page announces: title and address of each. Raises Unreadable."""
        found = await self.do("discover", body, url=url)
        try:
            return [(str(title)[: feeds.model.TITLE], str(address)) for title, address in found]
        except (TypeError, ValueError) as exc:
            raise feeds.Unreadable("bad-answer") from exc

    async def do(self, job: str, body: bytes, **options: Any) -> Any:
        """What a job of the worker's registry makes of a body: values out of JSON, not yet to be believed.

        Raises Unreadable, whatever the body did to the process, or Busy if too many wait.
        """
        if self._waiting >= WAITING:
            raise Busy(10)
        self._waiting += 1
        try:
            head = json.dumps({"job": job, "options": options}).encode()
            said = await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, head, body)
        finally:
            self._waiting -= 1
        return _value(said)

    def close(self) -> None:
        """End the processes."""
        self._threads.shutdown(wait=True)
        while self._idle:
            self._idle.pop().end()

    def _ask(self, head: bytes, body: bytes) -> bytes:
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = _Worker(self.command)
        try:
            said = worker.ask(head, body, self.wall)
        except feeds.Unreadable:
            self.killed += 1
            worker.end()
            raise
        except BaseException:
            worker.end()
            raise
        if worker.asked < self.reused and worker.process.poll() is None:
            self._idle.append(worker)
        else:
            worker.end()
        return said


@cache
def the_cage() -> Cage:
    """The cage of this process. Its parsers end with the process, since nobody asks them any more."""
    return Cage()


class _Worker:
    """One parser process."""

    def __init__(self, command: Sequence[str]) -> None:
        self.asked = 0
        self.late = False
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            close_fds=True,
            start_new_session=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.asking, self.answering = self.process.stdin, self.process.stdout

    def ask(self, head: bytes, body: bytes, wall: float) -> bytes:
        """The answer, in bytes. Raises Unreadable if there is none in time."""
        self.asked += 1
        clock = threading.Timer(wall, self._too_late)
        clock.daemon = True
        clock.start()
        try:
            self.asking.write(REQUEST.pack(len(head), len(body)) + head)
            self.asking.write(body)
            self.asking.flush()
            (size,) = ANSWER.unpack(_exactly(self.answering, ANSWER.size))
            if size > LARGEST_ANSWER:
                raise feeds.Unreadable("bad-answer")
            return _exactly(self.answering, size)
        except (OSError, EOFError) as exc:
            ended = self.end()
            raise feeds.Unreadable("too-slow" if self.late or ended == -signal.SIGXCPU else "broken") from exc
        finally:
            clock.cancel()

    def end(self) -> int:
        """End the process, however it is; its exit status."""
        for pipe in (self.asking, self.answering):
            with contextlib.suppress(OSError):  # what was not yet written to a process that is gone
                pipe.close()
        try:
            return self.process.wait(0.2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def _too_late(self) -> None:
        self.late = True
        self.process.kill()


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _value(said: bytes) -> Any:
    try:
        answer = json.loads(said)
        if "unreadable" in answer:
            raise feeds.Unreadable(answer["unreadable"])
        return answer["value"]
    except feeds.Unreadable:
        raise
    except (ValueError, TypeError, KeyError, RecursionError) as exc:
        raise feeds.Unreadable("bad-answer") from exc
