"""Servers that are asked in turns, in the same seconds of the same machine: how many answers, and for how much work.

Both lie on a busy machine; how many times as many one gives as the other, in the same round, is what can be trusted.
"""

import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple, cast

CONNECTIONS = 16
# as readers reach a library; a service on http watches its own files, which is for those who write it
HOST = "bench.test"
# what an answer may take that was asked for last
LAST_SECONDS = 60
FINE = (b"HTTP/1.1 200", b"HTTP/1.1 304")


@dataclass(frozen=True)
class Server:
    """A server under test. pid: of the process that began its workers."""

    name: str
    port: int
    pid: int

    def work(self) -> int:
        """Nanoseconds that processors worked for it so far, in all its threads, also those that ended."""
        tasks = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        processes = (self.pid, *map(int, tasks.read_text().split()))
        # the number of the clock of another process's work, as clock_getcpuclockid(3) makes it
        return sum(time.clock_gettime_ns(~process << 3 | 2) for process in processes)


@dataclass(frozen=True)
class Case:
    """One kind of answer. goal: the least ratio, 0 for none; extra: lines of the head, by connection, in turns.

    connections: over which it is asked for at once.
    """

    name: str
    path: str
    goal: float
    extra: tuple[str, ...] = ("",)
    connections: int = CONNECTIONS


@contextmanager
def begun(
    name: str, port: int, words: Sequence[str], *fds: int, talk: int | None = None, own: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server that a command begins; it and its workers are gone afterwards.

    fds: what it is handed; talk: where what it says goes, if not here; own: its environment, if not ours.
    """
    process = subprocess.Popen(words, pass_fds=fds, start_new_session=True, env=own, stdout=talk, stderr=talk)
    try:
        yield Server(name, port, process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


@contextmanager
def running(kind: str, workers: int, *more: str) -> Iterator[Server]:
    """A server of a kind that tests/bench/served.py knows, whose workers share a socket."""
    door = socket.create_server(("127.0.0.1", 0), backlog=128)
    port, fd = int(door.getsockname()[1]), door.fileno()
    words = [sys.executable, "-m", "tests.bench.served", kind, str(fd), str(workers), *more]
    with begun(kind, port, words, fd) as server:
        door.close()
        yield server


class Asker(asyncio.Protocol):
    """Asks again and again over one connection, until it is over.

    length: bytes of one whole answer; 0 where they are not alike. count: whole answers. wrong: how one began that was
    not as it should be, after which nothing is asked for.
    """

    def __init__(self, request: bytes, length: int) -> None:
        self.request, self.length = request, length
        self.left = self.count = 0
        self.head = self.wrong = b""
        self.over, self.ended = False, asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        self.transport = cast(asyncio.Transport, transport)
        self.ask()

    def connection_lost(self, problem: Exception | None) -> None:
        """Whoever lost it too early has had no end of its own."""
        if not self.ended.is_set():
            self.wrong = self.wrong or b"it closed a connection"
        self.ended.set()

    def ask(self) -> None:
        """Ask, and wait for as many bytes as there will be."""
        self.left = self.length
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Ask again once an answer is whole."""
        if self.left == self.length and not self.head and not data.startswith(FINE):
            self.wrong = data[:200]
            self.transport.abort()
            return
        if not self.left:
            self.head += data
            if b"\r\n\r\n" not in self.head:
                return
            data, self.head = self.head, b""
            self.left = length_of(data)
        self.left -= len(data)
        if self.left <= 0:
            self.count += 1
            if self.over:
                self.ended.set()
            else:
                self.ask()


def length_of(answer: bytes) -> int:
    """Bytes of a whole answer, by its head."""
    head, _, _ = answer.partition(b"\r\n\r\n")
    found = head.lower().split(b"content-length: ")
    return len(head) + 4 + (int(found[1].split(b"\r\n")[0]) if len(found) > 1 else 0)


def request_of(path: str, extra: str) -> bytes:
    """A request as a browser sends it, in short."""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{extra}\r\n".encode()


class Pace(NamedTuple):
    """Answers a second over all connections, and microseconds of a processor that each took."""

    rate: float
    work: float


async def pace(server: Server, case: Case, seconds: float) -> Pace:
    """Ask for so long, and wait for the last answers, or they would be made while another is asked.

    Raises RuntimeError for a wrong answer, and where a connection is not kept.
    """
    loop = asyncio.get_running_loop()
    lengths = {
        lines: 0 if "X-Bench" in lines else len(await first_answer(server, case.path, lines)) for lines in {*case.extra}
    }
    asked = islice(cycle(case.extra), case.connections)
    askers = [Asker(request_of(case.path, lines), lengths[lines]) for lines in asked]
    began, work = time.monotonic(), server.work()
    left = iter(askers)
    for _ in askers:
        await loop.create_connection(partial(next, left), "127.0.0.1", server.port)
    await asyncio.sleep(seconds)
    for asker in askers:
        asker.over = True
    async with asyncio.timeout(LAST_SECONDS):
        await asyncio.gather(*(asker.ended.wait() for asker in askers))
    took, work = time.monotonic() - began, server.work() - work
    for asker in askers:
        asker.transport.abort()
        if asker.wrong:
            raise RuntimeError(f"{server.name}: {asker.wrong!r}")
    count = sum(asker.count for asker in askers)
    return Pace(count / took, work / count / 1000)


async def first_answer(server: Server, path: str, extra: str = "") -> bytes:
    """One whole answer. Raises RuntimeError for another than 200 and 304."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request_of(path, extra))
    head = await reader.readuntil(b"\r\n\r\n")
    answer = head + await reader.readexactly(length_of(head) - len(head))
    writer.close()
    if not head.startswith(FINE):
        raise RuntimeError(f"{server.name}: {head[:200]!r}")
    return answer


async def wait_for(server: Server, path: str) -> bytes:
    """Its first answer."""
    for _ in range(300):
        try:
            return await first_answer(server, path)
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.1)
    raise RuntimeError(f"{server.name} does not answer")


async def in_turns(asked: Sequence[tuple[Server, Case]], rounds: int, seconds: float) -> list[list[Pace]]:
    """The paces of each in every round."""
    found: list[list[Pace]] = [[] for _ in asked]
    for _ in range(rounds):
        for column, (server, case) in zip(found, asked, strict=True):
            column.append(await pace(server, case, seconds))
    return found


def middle(column: Sequence[Pace]) -> Pace:
    """The medians of all rounds."""
    return Pace(*map(statistics.median, zip(*column, strict=True)))


class Ratio(NamedTuple):
    """How many times as many in the same round: the median, the least, the most; and the median by work for each."""

    middle: float
    least: float
    most: float
    by_work: float


def ratio(these: Sequence[Pace], those: Sequence[Pace]) -> Ratio:
    """Of these to those."""
    pairs = [*zip(these, those, strict=True)]
    rates = sorted(this.rate / that.rate for this, that in pairs)
    return Ratio(statistics.median(rates), rates[0], rates[-1], statistics.median(b.work / a.work for a, b in pairs))
