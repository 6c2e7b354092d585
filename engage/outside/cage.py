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
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import IO, Any, TypeVar, cast

import feeds
from engage.errors import Busy
from feeds import oembed, opml, shared_list, webpage
from feeds.believing import ADDRESS
from feeds.model import UNREADABLE

WALL_SECONDS = 20.0
REUSED = 50
AT_ONCE = 2
WAITING = 64
LARGEST_ANSWER = 32 * 1024 * 1024
REQUEST = struct.Struct("!II")
ANSWER = struct.Struct("!I?")
T = TypeVar("T")
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
            worker.end()
            if isinstance(exc, feeds.Unreadable):
                raise
            raise feeds.Unreadable("bad-answer") from exc
        if worker.asked < self.reused and not worker.last:
            self._idle.append(worker)
        else:
            worker.end()
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
        self.asked = 0
        self.late = False
        self.last = False
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
            size, self.last = ANSWER.unpack(_exactly(self.answering, ANSWER.size))
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


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _answer(said: bytes) -> dict[str, Any]:
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
