"""Who asks a service in a crowd, from a process of their own: in turn, at a pace, all at one moment, drop by drop.

Moments are those of time.monotonic(), which all processes of a machine share.
"""

import asyncio
import random
import secrets
from collections.abc import Callable, Coroutine, Iterator, Sequence
from itertools import count
from time import monotonic, process_time
from typing import Any, NamedTuple

import uvloop

from tests.bench.turns import length_of

# how long somebody waits for a page before they go away
PATIENCE = 30.0
# stands in a form where each that is sent has another key
FRESH = b"f" * 32
# of one who sends slowly: a byte so often, and how long that is looked at
DROP_SECONDS, WATCHED_SECONDS = 5.0, 40.0
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Want(NamedTuple):
    """Something to ask for. name: of its kind; request: as it goes over the wire."""

    name: str
    request: bytes


class Got(NamedTuple):
    """What came of it.

    due: the moment at which it was to be asked; took: seconds from then to the last byte. status: 0 where no whole
    answer came within PATIENCE. told: whether the answer says when to come again.
    """

    name: str
    due: float
    took: float
    status: int
    told: bool = False


class Asked(NamedTuple):
    """What a process of askers found. work: the part of one processor that it took."""

    got: list[Got]
    work: float


def askers(what: Callable[..., Coroutine[Any, Any, list[Got]]], *words: Any) -> Asked:
    """Ask; for a process of its own."""
    began, worked = monotonic(), process_time()
    got = uvloop.run(what(*words))
    return Asked(got, (process_time() - worked) / (monotonic() - began))


class Lines:
    """Connections to the service, which are kept and used again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.idle: list[Line] = []

    async def ask(self, want: Want, due: float) -> Got:
        """One request that should have been sent at a moment."""
        status, told = 0, False
        try:
            async with asyncio.timeout(PATIENCE):
                status, told = await self.answer(want.request.replace(FRESH, secrets.token_hex(16).encode()))
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass
        return Got(want.name, due, monotonic() - due, status, told)

    async def answer(self, request: bytes) -> tuple[int, bool]:
        """The status of an answer, and whether it says when to come again."""
        reader, writer = await self.line()
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(length_of(head) - len(head))
        except BaseException:
            writer.transport.abort()
            raise
        if b"\r\nconnection: close" in head:
            writer.close()
        else:
            self.idle.append((reader, writer))
        return int(head[9:12]), b"\r\nretry-after: " in head

    async def line(self) -> Line:
        """A connection that nobody uses; another one where there is none."""
        while self.idle:
            reader, writer = self.idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)


async def in_turn(port: int, wants: Iterator[Want], many: int, seconds: float) -> list[Got]:
    """So many askers, each of whom asks for the next once an answer is there, until nothing is left or time is over."""
    lines, got, until = Lines(port), list[Got](), monotonic() + seconds

    async def one() -> None:
        for want in wants:
            got.append(await lines.ask(want, monotonic()))
            if monotonic() > until:
                return

    await asyncio.gather(*(one() for _ in range(many)))
    return got


async def whatever(port: int, wants: Sequence[Want], many: int, seconds: float, seed: int) -> list[Got]:
    """The same of what chance gives."""
    chance = random.Random(seed)
    return await in_turn(port, (chance.choice(wants) for _ in count()), many, seconds)


async def each_once(port: int, wants: Sequence[Want], many: int, seconds: float) -> list[Got]:
    """The same of everything once."""
    return await in_turn(port, iter(wants), many, seconds)


async def at_a_pace(port: int, wants: Sequence[Want], paces: Sequence[tuple[float, float]], seed: int) -> list[Got]:
    """Ask at moments that chance gives, whoever still waits. paces: requests a second, and for how many seconds."""
    lines, chance, asking = Lines(port), random.Random(seed), list[asyncio.Task[Got]]()
    begin = monotonic()
    for rate, seconds in paces:
        due, until = begin, begin + seconds
        while (due := due + chance.expovariate(rate)) < until:
            await asyncio.sleep(max(0.0, due - monotonic()))
            asking.append(asyncio.create_task(lines.ask(chance.choice(wants), due)))
        begin = until
    return await asyncio.gather(*asking)


async def at_once(port: int, wants: Sequence[Want]) -> list[Got]:
    """Ask for everything at one moment."""
    lines, now = Lines(port), monotonic()
    return await asyncio.gather(*(lines.ask(want, now) for want in wants))


async def drop_by_drop(port: int, wants: Sequence[Want]) -> list[Got]:
    """Send the begin of each request, then a byte now and then; took: until the service closed the connection.

    status: 0 where it had not after WATCHED_SECONDS.
    """
    return await asyncio.gather(*(_slowly(port, want) for want in wants))


async def _slowly(port: int, want: Want) -> Got:
    began, status = monotonic(), 1
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(want.request)
    dripping = asyncio.create_task(_drip(writer))
    try:
        async with asyncio.timeout(WATCHED_SECONDS):
            await reader.read()
    except TimeoutError:
        status = 0
    except OSError:
        pass  # it was closed while something was under way
    took = monotonic() - began
    dripping.cancel()
    writer.transport.abort()
    return Got(want.name, began, took, status)


async def _drip(writer: asyncio.StreamWriter) -> None:
    while not writer.is_closing():
        await asyncio.sleep(DROP_SECONDS)
        writer.write(b"x")
