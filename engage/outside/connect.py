"""How a connection to the outside is opened: to an address that was checked, and to no other.

Source: SAFETY.md, F1; this is a network backend of httpcore2, so nothing can resolve a name a second time.
"""
# ruff: noqa: ASYNC109 -- the signatures are those of httpcore2

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpcore2

from engage.outside import addresses
from engage.outside.addresses import Pairs
from engage.outside.wire import connected

CONNECT_SECONDS = 5.0
RESOLVE_SECONDS = 5.0
ADDRESSES_TRIED = 3
PIECE = 64 * 1024

SENTENCES = {
    "unreachable": "This address did not answer. Look at it in a browser, or try again later.",
    "slow": "This site takes too long to answer.",
    "large": "What this address sends is too large.",
    "compressed": "This address sends its answer packed in a way that Engage does not open.",
    "redirects": "This address leads on to other addresses without an end.",
    "elsewhere": "This address leads on to another site.",
    "broken": "This site's answer breaks off or cannot be understood.",
}


class Unreachable(Exception):
    """The address could not be fetched.

    code: a stable word, `address` or one of SENTENCES. sentence: for the person who wrote the address.
    Neither tells whether a machine inside exists, and whether it is open, closed or filtered.
    """

    def __init__(self, code: str, sentence: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence or SENTENCES[code]


Resolver = Callable[[str, int], Awaitable[list[str]]]
_names = ThreadPoolExecutor(8, thread_name_prefix="names")


async def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a name, in threads of their own, so that a slow name server holds up nothing else."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_names, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    return [str(each[4][0]) for each in found]


class Refusal(httpcore2.ConnectError):
    """The connection was not even tried; looks like one that failed."""


class Counted(httpcore2.AsyncNetworkStream):
    """A stream that ends a conversation in which the other side says too much."""

    def __init__(self, inner: httpcore2.AsyncNetworkStream, most: int) -> None:
        self.inner, self.left = inner, most

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        # not past the end of what is left, so that an endless head meets the limit of heads first
        data = await self.inner.read(min(max_bytes, PIECE, max(self.left, 1)), timeout)
        self.left -= len(data)
        if self.left < 0:
            raise Unreachable("large")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self.inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self.inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        return Counted(await self.inner.start_tls(ssl_context, server_hostname, timeout), self.left)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


class Guarded(httpcore2.AsyncNetworkBackend):
    """Resolves once, refuses a name unless every address of it may be visited, and connects to what it checked."""

    def __init__(self, resolver: Resolver, allowed: Pairs, most: int) -> None:
        self.resolver, self.allowed, self.most = resolver, allowed, most

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        tries = await self.checked(host, port)
        each = CONNECT_SECONDS / len(tries)
        last: Exception | None = None
        for ip in tries:
            try:
                return Counted(await connected(ip, port, each), self.most)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as exc:
                last = exc
        raise Refusal("no address answered") from last

    async def checked(self, host: str, port: int) -> list[str]:
        """Up to three addresses of a host, every one of which may be visited; IPv4 first."""
        if addresses.is_number(host):
            found = [host]
        else:
            try:
                async with asyncio.timeout(RESOLVE_SECONDS):
                    found = await self.resolver(host, port)
            except (OSError, UnicodeError, TimeoutError) as exc:
                raise Refusal("no such name") from exc
        if not found or not all(addresses.may_connect(ip, port, self.allowed) for ip in found):
            raise Refusal("not to be visited")
        return sorted(dict.fromkeys(found), key=lambda ip: ":" in ip)[:ADDRESSES_TRIED]
