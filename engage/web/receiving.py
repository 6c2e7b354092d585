"""The server's end of a connection: a request has so long to arrive and so much room for its head.

uvicorn sets neither limit. Source: SAFETY.md, O2 and section 0.
"""

import asyncio
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any
from weakref import WeakSet

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from engage.tally import counted, kind_of
from engage.web.front import Front
from engage.web.limits import HEADER_BYTES, RECEIVE_SECONDS

HEAD_BYTES = 2 * HEADER_BYTES  # with the request line; what is between the two is answered 431 in words of ours
BODY_SECONDS = RECEIVE_SECONDS + 4  # a body that drips is answered 408 first, and only then cut off
LOOK_SECONDS = 1.0
NEVER = float("inf")


class Receiving(HttpToolsProtocol):
    """Closes connections whose head or body does not arrive in time, or whose head does not end."""

    head_seconds = RECEIVE_SECONDS
    body_seconds = BODY_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.due = NEVER
        self.head_size = 0
        self.in_head = True
        self.front: Front | None = getattr(self.app, "front", None)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self.due = self.loop.time() + self.head_seconds
        if self.server_state not in _looked_after:
            _looked_after.add(self.server_state)
            self.loop.call_later(LOOK_SECONDS, _look_at_all, self.server_state, self.loop)

    def data_received(self, data: bytes) -> None:
        """Take what arrived, unless it is a head without end."""
        if self.in_head:
            self.head_size += len(data)
            if self.head_size > HEAD_BYTES + len(data):
                self.transport.close()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins."""
        self.in_head, self.head_size = True, 0
        self.due = self.loop.time() + self.head_seconds
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self.in_head = False
        self.due = self.loop.time() + self.body_seconds
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is there."""
        self.due = NEVER
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        scope: dict[str, Any] = cycle.scope  # type: ignore[assignment]
        scope["engage.give"] = giving = partial(give, cycle)
        usual = partial(super()._start_asgi_task, cycle, app)
        if self.front is None or app is not self.app:
            usual()
        else:
            # in the next turn of the loop: what came meanwhile from others is read and answered together, which takes
            # a fifth less; and of those that wait behind this one none begins inside of the one before
            self.loop.call_soon(self.front.at_once, scope, giving, usual)


_looked_after: WeakSet[ServerState] = WeakSet()


def _look_at_all(state: ServerState, loop: asyncio.AbstractEventLoop) -> None:
    """Once a second for a whole server: a timer for each request would cost a tenth of it."""
    now = loop.time()
    for connection in list(state.connections):
        if isinstance(connection, Receiving) and connection.due < now and not connection.transport.is_closing():
            connection.transport.close()
    if state.connections:
        loop.call_later(LOOK_SECONDS, _look_at_all, state, loop)
    else:
        _looked_after.discard(state)


def give(cycle: RequestResponseCycle, answer: Sequence[bytes | memoryview]) -> bool:
    """Send an answer that stands ready, its status line first; False where it must go the usual way.

    The usual way looks at each byte of each header each time, which is half of what a kept page costs.
    """
    if cycle.response_started or cycle.disconnected or cycle.flow.write_paused or not cycle.keep_alive:
        return False
    if cycle.transport.is_closing():
        return False
    cycle.response_started = cycle.response_complete = True
    line, *rest = answer
    counted.add(kind_of(int(line[9:12])))
    cycle.transport.writelines([line, _lines(tuple(cycle.default_headers)), *rest])
    cycle.message_event.set()
    cycle.on_response()
    return True


@lru_cache(maxsize=2)
def _lines(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """The server's own headers as they go over the wire; another date comes once a second."""
    return b"".join(b"%s: %s\r\n" % pair for pair in headers)
