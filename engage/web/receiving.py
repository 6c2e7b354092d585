"""The server's end of a connection: a request has so long to arrive and so much room for its head.

uvicorn sets neither limit. Source: SAFETY.md, O2 and section 0.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from engage.web.limits import HEADER_BYTES, RECEIVE_SECONDS

HEAD_BYTES = 2 * HEADER_BYTES  # with the request line; what is between the two is answered 431 in words of ours
BODY_SECONDS = RECEIVE_SECONDS + 5  # a body that drips is answered 408 first, and only then cut off


class Receiving(HttpToolsProtocol):
    """Closes connections whose head or body does not arrive in time, or whose head does not end."""

    head_seconds = RECEIVE_SECONDS
    body_seconds = BODY_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.timer: asyncio.TimerHandle | None = None
        self.head_size = 0
        self.in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._within(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_timer()
        super().connection_lost(exc)

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
        self._within(self.head_seconds)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self.in_head = False
        self._within(self.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is there."""
        self._stop_timer()
        super().on_message_complete()

    def _within(self, seconds: float) -> None:
        self._stop_timer()
        self.timer = self.loop.call_later(seconds, self._too_slow)

    def _stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _too_slow(self) -> None:
        self.timer = None
        if not self.transport.is_closing():
            self.transport.close()
