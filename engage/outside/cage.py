"""Where foreign bytes are parsed: in processes of their own, with little time, little memory and nothing to steal.

Source: SAFETY.md, F6; the figures are those of its section 0.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar, cast

import feeds
from engage.errors import Busy
from engage.tally import counted
from feeds import oembed, opml, shared_list, webpage
from feeds.believing import ADDRESS
from feeds.model import UNREADABLE

WALL_SECONDS = 20.0
END_SECONDS = 0.2
REUSED = 50
AT_ONCE = 2
WAITING = 64
LARGEST_ANSWER = 32 * 1024 * 1024
REQUEST = struct.Struct("!II")
ANSWER = struct.Struct("!I")
# what a pipe holds, so that most bodies and answers go through in one piece
PIPE = 1024 * 1024
T = TypeVar("T")
COMMAND = (sys.executable, "-I", "-X", "utf8", "-m", "engage.outside.cage_worker")


class Cage:
    """Up to two parser processes, started when they are needed and started anew when they die.

    reused: after so many bodies a process lets a fresh copy of itself read the next ones. killed: how many did not end
    well, since the start.
    """

    def __init__(self, command: Sequence[str] = COMMAND, wall: float = WALL_SECONDS, reused: int = REUSED) -> None:
        self.command, self.wall = [*command, str(reused)], wall
        self.killed = 0
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="cage")
        self._idle: list[_Worker] = []
        self._waiting = 0

    async def feed(self, body: bytes, url: str, headers: Mapping[str, str], known: Collection[str] = ()) -> feeds.Feed:
        """The feed in a body that was fetched, without the entries that are known. Raises Unreadable."""
        return await self.do("feed", body, feeds.from_json, url=url, headers=dict(headers), known=list(known))

    async def discover(self, body: bytes, url: str, headers: Mapping[str, str]) -> list[tuple[str, str]]:
        """The feeds that a web page announces: title and address of each. Raises Unreadable."""
        return await self.do("discover", body, _pairs, url=url, headers=dict(headers))

    async def opml(self, body: bytes) -> opml.Subscriptions:
        """The list of feeds in a body. Raises Unreadable."""
        return await self.do("opml", body, opml.from_values)

    async def page(self, body: bytes, url: str, content_type: str) -> webpage.PageFacts:
        """What a web page, or a file of sound or film, says of itself. Raises Unreadable."""
        return await self.do("page", body, webpage.from_values, url=url, content_type=content_type)

    async def shared(self, body: bytes, url: str, headers: Mapping[str, str]) -> shared_list.SharedList:
        """The list that another library gives, or a page of it. Raises Unreadable."""
        return await self.do("list", body, shared_list.from_values, url=url, headers=dict(headers))

    async def oembed(self, body: bytes) -> oembed.Embed:
        """What a provider of films answered about one of them. Raises Unreadable."""
        return await self.do("oembed", body, oembed.from_values)

    async def do(self, job: str, body: bytes, believe: Callable[[Any], T], **options: Any) -> T:
        """What a job of the worker's registry makes of a body.

        believe: makes the value out of what came as JSON, or raises; a process whose answer cannot be believed is
        ended. Raises Unreadable, whatever the body did to the process, or Busy if too many wait.
        """
        if self._waiting >= WAITING:
            raise Busy(10)
        self._waiting += 1
        try:
            head = json.dumps({"job": job, "options": options}).encode()
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._ask, head, body, believe)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the processes."""
        self._threads.shutdown(wait=True)
        while self._idle:
            self._idle.pop().end()

    def _ask(self, head: bytes, body: bytes, believe: Callable[[Any], T]) -> T:
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = _Worker(self.command)
        try:
            answer = _answer(worker.ask(head, body, self.wall))
            value = believe(answer["value"]) if "value" in answer else None
        except BaseException as exc:
            self.killed += 1
            counted.add("parser_kills")
            worker.end()
            if isinstance(exc, feeds.Unreadable):
                raise
            raise feeds.Unreadable("bad-answer") from exc
        self._idle.append(worker)
        if "value" not in answer:
            raise feeds.Unreadable(answer["unreadable"])
        return cast(T, value)


@cache
def the_cage() -> Cage:
    """The cage of this process. Its parsers end with the process, since nobody asks them any more."""
    return Cage()


class _Worker:
    """One parser process."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            command,
            bufsize=0,
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
        self.pipes = (self.process.stdin, self.process.stdout)
        self.asking, self.answering = (each.fileno() for each in self.pipes)
        self.may_write, self.may_read = select.poll(), select.poll()
        self.may_write.register(self.asking, select.POLLOUT)
        self.may_read.register(self.answering, select.POLLIN)
        for each in (self.asking, self.answering):
            os.set_blocking(each, False)
            if hasattr(fcntl, "F_SETPIPE_SZ"):
                with contextlib.suppress(OSError):  # a system may not let this person have so much
                    fcntl.fcntl(each, fcntl.F_SETPIPE_SZ, PIPE)

    def ask(self, head: bytes, body: bytes, wall: float) -> bytearray:
        """The answer, in bytes. Raises Unreadable if there is none in time."""
        until = time.monotonic() + wall
        try:
            self._write(REQUEST.pack(len(head), len(body)) + head, until)
            self._write(body, until)
            (size,) = ANSWER.unpack(self._read(ANSWER.size, until))
            if size > LARGEST_ANSWER:
                raise feeds.Unreadable("bad-answer")
            return self._read(size, until)
        except TimeoutError as exc:
            raise feeds.Unreadable("too-slow") from exc
        except (OSError, EOFError) as exc:
            raise feeds.Unreadable("too-slow" if self.end() == -signal.SIGXCPU else "broken") from exc

    def end(self) -> int:
        """End the process and its copy, however they are; its exit status."""
        if self.process.returncode is not None:
            return self.process.returncode
        for pipe in self.pipes:
            pipe.close()
        pid, until = self.process.pid, time.monotonic() + END_SECONDS
        # it is not asked for its status yet, so that its number stays the one of its group until that is killed
        while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None and time.monotonic() < until:
            time.sleep(0.002)
        os.killpg(pid, signal.SIGKILL)
        return self.process.wait()

    def _write(self, data: bytes, until: float) -> None:
        rest = memoryview(data)
        while rest:
            _wait(self.may_write, until)
            rest = rest[os.write(self.asking, rest) :]

    def _read(self, size: int, until: float) -> bytearray:
        data = bytearray(size)
        rest = memoryview(data)
        while rest:
            _wait(self.may_read, until)
            taken = os.readv(self.answering, [rest])
            if not taken:
                raise EOFError
            rest = rest[taken:]
        return data


def _wait(pipe: select.poll, until: float) -> None:
    """Until something can be done with the pipe. Raises TimeoutError."""
    if not pipe.poll(max(0.0, until - time.monotonic()) * 1000):
        raise TimeoutError


def _answer(said: bytearray) -> dict[str, Any]:
    """The answer, which holds either a value or the code of a reason. Raises ValueError and RecursionError."""
    text = said.decode()
    del said  # an answer may be large, and need not be held three times over
    answer = json.loads(text)
    if not isinstance(answer, dict) or not ("value" in answer or answer.get("unreadable") in UNREADABLE):
        raise ValueError("no answer")
    return answer


def _pairs(value: Any) -> list[tuple[str, str]]:
    pairs = [(title, address) for title, address in value]
    if not all(isinstance(text, str) and len(text) <= ADDRESS for pair in pairs for text in pair):
        raise ValueError("no pairs of texts")
    return pairs
