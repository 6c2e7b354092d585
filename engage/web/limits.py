"""Every queue has a length and every wait a limit: the gate, the deadlines, the size of what is sent to us."""

import asyncio
import logging
import math
import random
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Coroutine, Hashable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from enum import StrEnum
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engage.errors import Busy

log = logging.getLogger("engage.web")
T = TypeVar("T")

# Source: SAFETY.md, section 0
FORM_BYTES = 1024 * 1024
UPLOAD_BYTES = 10 * 1024 * 1024
HEADER_BYTES = 32 * 1024
FIELDS = 200
RECEIVE_SECONDS = 15.0
ANSWER_SECONDS = 10.0
AT_WORK = 64
WAITING = 128
# with what is done after it, who waits longer would get a page later than O1 allows
WAITING_SECONDS = 0.5


class Full(Exception):
    """More is asked of this worker than it can do and keep waiting. seconds: when to try again."""

    def __init__(self) -> None:
        super().__init__("full")
        self.seconds = random.randint(2, 10)


class Gate:
    """Lets so many in at a time, keeps so many waiting in order, and turns the rest away. Source: SAFETY.md, O1.

    seconds: whoever has waited longer when their turn comes is turned away, too.
    """

    def __init__(self, at_work: int = AT_WORK, waiting: int = WAITING, seconds: float = WAITING_SECONDS) -> None:
        self.free = at_work
        self.longest = waiting
        self.seconds = seconds
        self.queue: deque[tuple[float, asyncio.Future[None]]] = deque()

    async def __aenter__(self) -> None:
        if self.free > 0:
            self.free -= 1
            return
        if len(self.queue) >= self.longest:
            raise Full
        turn = asyncio.get_running_loop().create_future()
        self.queue.append((monotonic(), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._next()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._next()

    def _next(self) -> None:
        now = monotonic()
        while self.queue:
            since, turn = self.queue.popleft()
            if turn.done():
                continue
            if now - since > self.seconds:
                turn.set_exception(Full())
                continue
            turn.set_result(None)
            return
        self.free += 1


class SmallGate:
    """A gate of its own for what costs much, so that it leaves room for the rest. Source: SAFETY.md, O3.

    at_work, waiting: in all. each: of one person, at work or waiting.
    """

    def __init__(self, at_work: int, waiting: int, each: int) -> None:
        self.gate = Gate(at_work, waiting, math.inf)
        self.each = each
        self.of: Counter[Hashable] = Counter()

    @asynccontextmanager
    async def turn(self, who: Hashable) -> AsyncIterator[None]:
        """One's turn, when there is room. who: None for visitors, who are not told apart. Raises Full."""
        if who is not None and self.of[who] >= self.each:
            raise Full
        self.of[who] += 1
        try:
            async with self.gate:
                yield
        finally:
            self.of[who] -= 1
            if not self.of[who]:
                del self.of[who]


class Cost(StrEnum):
    """What costs much and stands before a small gate of its kind, beside searching (SAFETY.md, O3).

    SIGN_IN: whatever looks at a secret, and so waits for one of few hashes.
    """

    EXPORT = "export"
    REPORT = "report"
    IMPORT = "import"
    SIGN_IN = "sign-in"


# a school comes at one moment, and what a hash takes lets so many in within the time of an answer
SIGN_INS_WAITING = 200


def small_gates() -> dict[Cost, SmallGate]:
    """A gate for each cost, of one worker: whoever has all four turns of a kind leaves the pages their room."""
    waiting = {Cost.SIGN_IN: SIGN_INS_WAITING}
    return {cost: SmallGate(at_work=4, waiting=waiting.get(cost, 16), each=4) for cost in Cost}


class TooOften(Exception):
    """Somebody asks more often than anybody may. seconds: when to try again."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too often")
        self.seconds = seconds


class Pace:
    """So many requests a minute for each who asks, some of them at once; who has not asked for a while is forgotten."""

    def __init__(self, a_minute: int, kept: int = 1_000) -> None:
        self.a_minute, self.kept = a_minute, kept
        self.left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def step(self, who: Hashable) -> None:
        """Count one request. Raises TooOften."""
        now, a_second = monotonic(), self.a_minute / 60
        left, at = self.left.pop(who, (float(self.a_minute), now))
        left = min(float(self.a_minute), left + (now - at) * a_second)
        self.left[who] = (max(left - 1, 0.0) if left >= 1 else left, now)
        while len(self.left) > self.kept:
            self.left.popitem(last=False)
        if left < 1:
            raise TooOften(max(1, math.ceil((1 - left) / a_second)))


# what costs much: answers while somebody types, and many words at once
SEARCHING = SmallGate(at_work=8, waiting=40, each=4)
FEW_WORDS = 3


def turn_to_search(who: Hashable, words: int = 0) -> AbstractAsyncContextManager[None]:
    """One's turn among those who search; a few words need not wait. words: how many, 0 for what costs much anyway.

    who: as for a turn at a gate. Raises Full, when it is entered.
    """
    return nullcontext() if 0 < words <= FEW_WORDS else SEARCHING.turn(who)


_unfinished: set[asyncio.Task[Any]] = set()


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of the work, or Busy when it takes too long; the work itself is always let finish.

    It runs as a task of its own, so neither a deadline nor a caller that goes away stops a transaction in the middle.
    Source: SAFETY.md, D3 and D8.
    """
    task = asyncio.ensure_future(work)
    _unfinished.add(task)
    task.add_done_callback(_unfinished.discard)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.add_done_callback(_tell)
        raise
    if not done:
        task.add_done_callback(_tell)
        raise Busy
    return task.result()


async def all_finished(seconds: float) -> None:
    """Wait for the work that outlived its request, at most so long."""
    if _unfinished:
        await asyncio.wait(set(_unfinished), timeout=seconds)


def _tell(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (problem := task.exception()) is not None:
        log.error("work that outlived its request failed", extra={"error": type(problem).__name__})


async def receive_body(receive: Receive, headers: dict[bytes, bytes], most: int) -> bytes:
    """The whole body of a request. most: in bytes; more is 413, slower than RECEIVE_SECONDS is 408."""
    try:
        stated = int(headers.get(b"content-length", b"0"))
    except ValueError:
        raise HTTPException(400) from None
    if stated > most:
        raise HTTPException(413)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(RECEIVE_SECONDS):  # no database in here
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                size += len(message.get("body", b""))
                if size > most:
                    raise HTTPException(413)
                pieces.append(message.get("body", b""))
                if not message.get("more_body", False):
                    return b"".join(pieces)
    except TimeoutError:
        raise HTTPException(408) from None


def replay(body: bytes, receive: Receive) -> Receive:
    """A receive that hands a body over at once, and after it whatever still comes."""
    left = [body]

    def again() -> Awaitable[Message]:
        return _message(left.pop()) if left else receive()

    return again


async def _message(body: bytes) -> Message:
    return {"type": "http.request", "body": body, "more_body": False}


def is_clean(raw: bytes) -> bool:
    """Whether percent-coded text is UTF-8 without NUL, which PostgreSQL cannot store. Source: SAFETY.md, S6."""
    try:
        return "\x00" not in unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        return False


class Doorstep:
    """Turns away requests for another host, with too long a head, or with text that is none."""

    def __init__(self, app: ASGIApp, hosts: frozenset[bytes]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.check(scope)
        await self.app(scope, receive, send)

    def check(self, scope: Scope) -> None:
        """Raises HTTPException: 400 or 431."""
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            raise HTTPException(400)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
            raise HTTPException(431)
        raw = scope.get("raw_path") or scope["path"].encode()
        if not is_clean(raw) or not is_clean(scope["query_string"]) or "\x00" in scope["path"]:
            raise HTTPException(400)


def address_of(request: Request) -> str:
    """Where a request comes from, by as many proxies as the operator counted and no more (SAFETY.md, S7)."""
    proxies: int = request.app.settings.proxies
    named = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    if proxies and len(named) >= proxies:
        return named[-proxies]
    return request.client.host if request.client else ""
