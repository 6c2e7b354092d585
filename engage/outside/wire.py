"""A connection as httpcore2 wants it, made of a transport of asyncio and nothing else.

The stream that httpcore2 brings makes a task group, a scope and a deadline for each step, which together took a
quarter of the work of a visit where nothing had changed.
"""
# ruff: noqa: ASYNC109 -- the signatures are those of httpcore2

import asyncio
import ssl
from collections import deque
from typing import Any, cast

import httpcore2

HELD = 64 * 1024


async def connected(ip: str, port: int, timeout: float) -> "Wire":
    """A connection to an address of the internet. Raises ConnectError and ConnectTimeout of httpcore2."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout):
            _, end = await loop.create_connection(_End, ip, port)
    except TimeoutError as exc:
        raise httpcore2.ConnectTimeout from exc
    except OSError as exc:
        raise httpcore2.ConnectError from exc
    return Wire(end)


class _End(asyncio.Protocol):
    """Our end of a connection: holds what came and was not read yet, and asks for no more while that is much."""

    def __init__(self) -> None:
        self.held: deque[bytes] = deque()
        self.over = False
        self.problem: Exception | None = None
        self.transport: asyncio.Transport
        self._waiting: asyncio.Future[None] | None = None
        self._pausing = False
        self._size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.held.append(data)
        self._size += len(data)
        if self._size > HELD and not self._pausing:
            self._pausing = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self.over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.over, self.problem = True, exc or self.problem
        self._wake()

    async def something(self) -> None:
        """Wait until something is held or all is over."""
        while not self.held and not self.over:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting

    def take(self, most: int) -> bytes:
        """What came first of what is held, so much of it at most."""
        if not self.held:
            return b""
        taken = self.held.popleft()
        if len(taken) > most:
            self.held.appendleft(taken[most:])
            taken = taken[:most]
        self._size -= len(taken)
        if self._pausing and not self.over and self._size < HELD:
            self._pausing = False
            self.transport.resume_reading()
        return taken

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class Wire(httpcore2.AsyncNetworkStream):
    """A connection that is read, written and ended."""

    def __init__(self, end: _End) -> None:
        self._end = end

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._end.held:
            await asyncio.sleep(0)  # what comes fast has to let others have their turn, too
        elif not self._end.over:
            try:
                async with asyncio.timeout(timeout):
                    await self._end.something()
            except TimeoutError as exc:
                raise httpcore2.ReadTimeout from exc
        if not self._end.held and self._end.problem is not None:
            raise httpcore2.ReadError from self._end.problem
        return self._end.take(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # a request is short, and that it was not taken shows when no answer comes
        self._end.transport.write(buffer)

    async def aclose(self) -> None:
        self._end.transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        loop, end = asyncio.get_running_loop(), self._end
        try:
            async with asyncio.timeout(timeout):
                secured = await loop.start_tls(end.transport, end, ssl_context, server_hostname=server_hostname)
        except TimeoutError as exc:
            await self.aclose()
            raise httpcore2.ConnectTimeout from exc
        except OSError as exc:  # the errors of TLS are among them
            await self.aclose()
            raise httpcore2.ConnectError from exc
        except BaseException:
            await self.aclose()
            raise
        if secured is None:  # it was ended while they shook hands
            raise httpcore2.ConnectError
        end.transport = secured
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._end.transport.get_extra_info(info)
