"""The one door to the network: every address that Engage visits is visited by fetch.

Source: SAFETY.md, F1 to F5; the figures are those of its section 0.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from weakref import WeakKeyDictionary

import httpcore2

from engage import __version__
from engage.errors import Refused
from engage.outside import addresses
from engage.outside.addresses import Address, Pairs
from engage.outside.connect import CONNECT_SECONDS, PIECE, Guarded, Resolver, Unreachable, resolve
from engage.outside.unpack import unpacker

__all__ = ["Door", "Fetched", "Unreachable", "Validators", "door_of"]
from engage.settings import Settings

FIRST_BYTE_SECONDS = 10.0
WHOLE_SECONDS = 30.0
HOPS = 5
HEADERS = 64 * 1024
# of what is answered to something sent, no more is read
ANSWER = 256 * 1024
WIRE = 10 * 1024 * 1024
DECODED = 15 * 1024 * 1024
# ten million chunks of one byte would cost a minute of work
PIECES = 50_000
AT_ONCE = 4
# what somebody waits for before the page: a class that signs in elsewhere comes all at once
WAITED_FOR, WAITED_FOR_AT_HOST = 32, 16

REDIRECTS = (301, 302, 303, 307, 308)
PERMANENT = (301, 308)
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, "
    "application/json;q=0.9, text/xml;q=0.9, text/html;q=0.5, */*;q=0.1"
)
# gzip, bzip2, xz, zip, zstandard: a feed that comes as an archive is not unpacked
ARCHIVES = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"PK\x03\x04", b"\x28\xb5\x2f\xfd")


@dataclass(frozen=True)
class Validators:
    """What a site gave us to ask "has it changed?", to be sent back byte for byte."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Fetched:
    """An answer.

    status: any but a redirect that was followed; the body is read for 200 only.
    url: where the answer came from, after redirects. headers: names in lower case.
    permanent_url: where the first redirects, all of them permanent, led; None if there were none.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    permanent_url: str | None = None

    @property
    def validators(self) -> Validators:
        """What to send at the next visit."""
        return Validators(self.headers.get("etag", ""), self.headers.get("last-modified", ""))


class _Queue:
    """Who may fetch now: one at a time for each host, a few in all; more where somebody waits for the answer."""

    def __init__(self, in_all: int, at_host: int) -> None:
        self.all = asyncio.Semaphore(in_all)
        self.at_host = at_host
        self.hosts: dict[str, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        room, waiting = self.hosts.get(host, (asyncio.Semaphore(self.at_host), 0))
        self.hosts[host] = room, waiting + 1
        try:
            async with room, self.all:
                yield
        finally:
            room, waiting = self.hosts.pop(host)
            if waiting > 1:
                self.hosts[host] = room, waiting - 1


_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[_Queue, _Queue]] = WeakKeyDictionary()


def _queue(waited_for: bool = False) -> _Queue:
    loop = asyncio.get_running_loop()
    if loop not in _queues:
        _queues[loop] = _Queue(AT_ONCE, 1), _Queue(WAITED_FOR, WAITED_FOR_AT_HOST)
    return _queues[loop][waited_for]


@cache
def _trust() -> ssl.SSLContext:
    context = httpcore2.default_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass(frozen=True)
class Door:
    """How this server goes outside.

    allowed: exact address and port pairs that may be visited although they are not public.
    agent: the User-Agent. resolver, trust: names and certificates; tests hand in their own. waited_for: somebody
    waits before a page for what is fetched, and does not stand in the queue of the harvest.
    """

    allowed: Pairs = frozenset()
    agent: str = f"Engage/{__version__}"
    resolver: Resolver = resolve
    trust: Callable[[], ssl.SSLContext] = _trust
    waited_for: bool = False

    async def fetch(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        limit: int = DECODED,
        seconds: float = WHOLE_SECONDS,
        accept: str = ACCEPT,
        same_site: bool = False,
        cut: bool = False,
    ) -> Fetched:
        """Visit an address, following up to five redirects.

        limit: how many bytes the body may have when unpacked. seconds: for everything together, waiting included.
        same_site: redirects to another scheme, host or port are not followed. cut: of a body that is longer than the
        limit the beginning is taken, and no more of it read.
        Raises Unreachable.
        """
        address = self._address(url)
        headers = {
            "User-Agent": self.agent,
            "Accept": accept,
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
        }
        if validators and validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators and validators.modified:
            headers["If-Modified-Since"] = validators.modified
        async with _in_time(seconds):
            return await self._follow(address, headers, limit, same_site, cut)

    async def send(
        self,
        url: str,
        content: bytes,
        *,
        media_type: str,
        authorization: str = "",
        more: Mapping[str, str] | None = None,
        limit: int = ANSWER,
        seconds: float = WHOLE_SECONDS,
        cut: bool = False,
    ) -> Fetched:
        """POST something to a service that we have an agreement with, once; a redirect is an answer and not followed.

        Only to https, or to an exact pair of the server's own settings. authorization: how this server, and no person,
        says who it is. more: further headers. limit, seconds, cut: as of fetch. An answer that breaks off says nothing
        of whether it was taken. Raises Unreachable.
        """
        address = self._address(url)
        try:
            addresses.check_sendable(address, self.allowed)
        except Refused as no:
            raise Unreachable("address", no.sentence) from no
        headers = {
            "User-Agent": self.agent,
            "Accept": "application/json, */*;q=0.1",
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
            "Content-Type": media_type,
            "Content-Length": str(len(content)),
            **(more or {}),
        }
        if authorization:
            headers["Authorization"] = authorization
        async with _in_time(seconds):
            status, given, body = await self._hop(address, headers, limit, cut, content)
        return Fetched(status, address.url, given, body)

    def _address(self, url: str) -> Address:
        try:
            return addresses.address_of(url, self.allowed)
        except Refused as no:
            raise Unreachable("address", no.sentence) from no

    async def _follow(
        self, address: Address, headers: Mapping[str, str], limit: int, same_site: bool, cut: bool
    ) -> Fetched:
        permanent: str | None = None
        lasting = True
        site = (address.scheme, address.authority)
        for _ in range(HOPS + 1):
            status, given, body = await self._hop(address, headers, limit, cut)
            if status not in REDIRECTS or not given.get("location"):
                return Fetched(status, address.url, given, body, permanent)
            try:
                address = addresses.follow(address, _location(given["location"]), self.allowed)
            except Refused as no:
                raise Unreachable("unreachable") from no
            if same_site and (address.scheme, address.authority) != site:
                raise Unreachable("elsewhere")
            lasting = lasting and status in PERMANENT
            permanent = address.url if lasting else permanent
        raise Unreachable("redirects")

    async def _hop(
        self, address: Address, headers: Mapping[str, str], limit: int, cut: bool, content: bytes | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """One request to one address, on a connection of its own; with content it is sent."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(_queue(self.waited_for).turn(address.host))
            origin = httpcore2.Origin(address.scheme.encode(), address.host.encode(), address.port)
            guard = Guarded(self.resolver, self.allowed, most=HEADERS + PIECE)
            stream = await guard.connect_tcp(address.host, address.port)
            stack.push_async_callback(stream.aclose)
            if address.scheme == "https":
                stream = await stream.start_tls(self.trust(), address.host, CONNECT_SECONDS)
            connection = httpcore2.AsyncHTTP11Connection(origin, stream)
            answer = await stack.enter_async_context(
                connection.stream(
                    b"GET" if content is None else b"POST",
                    httpcore2.URL(
                        scheme=origin.scheme, host=origin.host, port=origin.port, target=address.target.encode("ascii")
                    ),
                    headers=[(b"Host", address.authority.encode())]
                    + [(name.encode(), text.encode("latin-1")) for name, text in headers.items()],
                    content=content,
                    extensions={
                        "timeout": {
                            "read": FIRST_BYTE_SECONDS,
                            "write": FIRST_BYTE_SECONDS,
                        }
                    },
                )
            )
            given = headers_of(answer.headers)
            answer.extensions["network_stream"].left += WIRE
            if answer.status != 200 and (content is None or not 200 < answer.status < 300):
                return answer.status, given, b""
            return answer.status, given, await _body(answer.aiter_stream(), given, limit, cut)


@asynccontextmanager
async def _in_time(seconds: float) -> AsyncIterator[None]:
    """What is done inside ends within some seconds, and what fails says so as Unreachable."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except (TimeoutError, httpcore2.ReadTimeout, httpcore2.WriteTimeout) as exc:
        raise Unreachable("slow") from exc
    except (httpcore2.ConnectError, httpcore2.ConnectTimeout, ssl.SSLError) as exc:
        raise Unreachable("unreachable") from exc
    except (httpcore2.ProtocolError, httpcore2.NetworkError, OSError) as exc:
        raise Unreachable("broken") from exc


def headers_of(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers by name in lower case; of a name that comes twice, all values with commas. Raises Unreachable."""
    given: dict[str, str] = {}
    size = 0
    for name, text in raw:
        size += len(name) + len(text) + 4
        key, value = name.decode("latin-1").lower(), text.decode("latin-1").strip()
        given[key] = f"{given[key]}, {value}" if key in given else value
    if size > HEADERS:
        raise Unreachable("large")
    return given


def _location(header: str) -> str:
    # headers are read as Latin-1; sites that put other letters there mean UTF-8
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return header


async def _body(stream: AsyncIterator[bytes], headers: Mapping[str, str], limit: int, cut: bool) -> bytes:
    unpack = unpacker(headers.get("content-encoding", ""))
    body = BytesIO()  # gives what it holds without a copy
    wire = pieces = 0
    async for piece in stream:
        wire, pieces = wire + len(piece), pieces + 1
        if wire > WIRE or pieces > PIECES:
            raise Unreachable("large")
        for part in unpack.take(piece):
            body.write(part)
            if body.tell() > limit and cut:
                body.truncate(limit)
                return body.getvalue()
            if body.tell() > limit:
                raise Unreachable("large")
    if not unpack.finished:
        raise Unreachable("broken")
    whole = body.getvalue()
    if whole.startswith(ARCHIVES):
        raise Unreachable("compressed")
    return whole


def door_of(settings: Settings) -> Door:
    """The door as the operator set it up."""
    about = "; ".join(part for part in (f"+{settings.base_url}", settings.contact) if part)
    agent = f"Engage/{__version__} ({about})"
    return Door(settings.allowed_outside, "".join(c for c in agent if " " <= c <= "~"))
