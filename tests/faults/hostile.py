"""A server on the loopback that behaves as badly as a site can, and one path on which it is honest."""

import asyncio
import gzip
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache

FEED = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Honest</title><link>http://example.com/</link>'
    b"<description>d</description><item><title>One</title><guid>1</guid></item></channel></rss>"
)
OK = "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"


@cache
def bomb_bytes() -> bytes:
    """A quarter of a gigabyte of nothing, in a quarter of a megabyte."""
    engine = zlib.compressobj(6, wbits=31)
    return b"".join(engine.compress(bytes(1_048_576)) for _ in range(256)) + engine.flush()


@dataclass
class Request:
    """What a visitor asked: path with query, and headers by lower-case name."""

    path: str
    headers: dict[str, str]


@dataclass
class Hostile:
    """The running server. base: where it listens. seen: every request so far. elsewhere: where redirects lead.

    extra: by path, a media type and a body, or a whole answer. pause: seconds before an answer that is held back.
    """

    host: str
    port: int
    seen: list[Request] = field(default_factory=list)
    elsewhere: str = ""
    extra: dict[str, tuple[str, bytes] | bytes] = field(default_factory=dict)
    pause: float = 1.0

    @property
    def base(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def pairs(self) -> frozenset[tuple[str, int]]:
        return frozenset({(self.host, self.port)})


Behaviour = Callable[[Hostile, Request, asyncio.StreamWriter], Awaitable[None]]
BEHAVIOURS: dict[str, Behaviour] = {}


def at(path: str) -> Callable[[Behaviour], Behaviour]:
    def keep(behaviour: Behaviour) -> Behaviour:
        BEHAVIOURS[path] = behaviour
        return behaviour

    return keep


def send(writer: asyncio.StreamWriter, head: str, body: bytes = b"", length: int | None = None) -> None:
    writer.write((head + f"Content-Length: {len(body) if length is None else length}\r\n\r\n").encode("latin-1") + body)


@asynccontextmanager
async def hostile(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> AsyncIterator[Hostile]:
    """The server, for as long as the block lasts."""
    state = Hostile(host, 0)
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        assert me is not None
        talks.add(me)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *rest = head.split("\r\n")
            pairs = (line.partition(": ") for line in rest if line)
            request = Request(first.split(" ")[1], {name.lower(): text for name, _, text in pairs})
            state.seen.append(request)
            path = request.path.partition("?")[0]
            if path in state.extra:
                given = state.extra[path]
                if isinstance(given, bytes):
                    writer.write(given)
                else:
                    send(writer, f"HTTP/1.1 200 OK\r\nContent-Type: {given[0]}\r\n", given[1])
            else:
                await BEHAVIOURS.get(path, missing)(state, request, writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the visitor went away, as it should, or the server ends
        finally:
            writer.close()
            talks.discard(me)

    server = await asyncio.start_server(talk, host, 0, ssl=tls)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()


async def missing(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, "HTTP/1.1 404 Not Found\r\n", b"no such thing")


@at("/feed")
async def honest(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    if request.headers.get("if-none-match") == '"v1"':
        writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n')
    else:
        send(writer, OK + 'ETag: "v1"\r\nLast-Modified: Tue, 01 Sep 2026 08:00:00 GMT\r\n', FEED)


@at("/gzip")
async def packed(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK + "Content-Encoding: gzip\r\n", gzip.compress(FEED))


@at("/gzip-two-members")
async def packed_twice(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK + "Content-Encoding: gzip\r\n", gzip.compress(FEED[:50]) + gzip.compress(FEED[50:]) + b"\0\0")


@at("/gzip-many-members")
async def packed_often(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK + "Content-Encoding: gzip\r\n", gzip.compress(b"") * 100_000)


@at("/deflate")
async def deflated(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK + "Content-Encoding: deflate\r\n", zlib.compress(FEED))


@at("/deflate-raw")
async def deflated_raw(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    engine = zlib.compressobj(wbits=-15)
    send(writer, OK + "Content-Encoding: deflate\r\n", engine.compress(FEED) + engine.flush())


@at("/chunked")
async def chunked(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write((OK + "Transfer-Encoding: chunked\r\n\r\n").encode())
    for start in range(0, len(FEED), 20):
        part = FEED[start : start + 20]
        writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
    writer.write(b"0\r\n\r\n")


@at("/until-close")
async def until_close(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write((OK + "\r\n").encode() + FEED)


@at("/bomb")
async def bomb(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK + "Content-Encoding: gzip\r\n", bomb_bytes())


@at("/double")
async def double(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK + "Content-Encoding: gzip, gzip\r\n", gzip.compress(gzip.compress(FEED)))


@at("/double-headers")
async def double_headers(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    head = OK + "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n"
    send(writer, head, gzip.compress(gzip.compress(FEED)))


@at("/brotli")
async def brotli(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK + "Content-Encoding: br\r\n", b"\x0b\x02\x80feed\x03")


@at("/file-in-gzip")
async def file_in_gzip(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK, gzip.compress(FEED))


@at("/gzip-of-gzip")
async def gzip_of_gzip(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK + "Content-Encoding: gzip\r\n", gzip.compress(gzip.compress(FEED)))


@at("/not-gzip")
async def not_gzip(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK + "Content-Encoding: gzip\r\n", FEED)


@at("/half-gzip")
async def half_gzip(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    body = gzip.compress(FEED)
    send(writer, OK + "Content-Encoding: gzip\r\n", body[: len(body) // 2])


@at("/drip")
async def drip(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write((OK + "Content-Length: 100000\r\n\r\n").encode())
    while True:
        writer.write(b"<")
        await writer.drain()
        await asyncio.sleep(0.1)


@at("/drip-headers")
async def drip_headers(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.1)


@at("/early-hints")
async def early_hints(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" * 500)
        await writer.drain()


@at("/silent")
async def silent(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3_600)


@at("/endless")
async def endless(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write((OK + "\r\n").encode())
    while True:
        writer.write(b"<a>" * 20_000)
        await writer.drain()


@at("/endless-chunks")
async def endless_chunks(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write((OK + "Transfer-Encoding: chunked\r\n\r\n").encode())
    while True:
        writer.write(b"1\r\n<\r\n" * 10_000)
        await writer.drain()


@at("/huge-headers")
async def huge_headers(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK + "".join(f"X-{number}: {'a' * 1_000}\r\n" for number in range(80)), FEED)


@at("/endless-headers")
async def endless_headers(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"a" * 1_000 + b"\r\n")
        await writer.drain()


@at("/too-short")
async def too_short(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK, FEED, length=len(FEED) + 500)


@at("/too-long")
async def too_long(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK, FEED + b"<!-- and more -->", length=len(FEED))


@at("/two-lengths")
async def two_lengths(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK + "Content-Length: 3\r\n", FEED)


@at("/negative")
async def negative(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK, FEED, length=-5)


@at("/claims-much")
async def claims_much(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, OK, FEED, length=10**15)


@at("/garbage")
async def garbage(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01 what is this?\r\n\r\n" * 3)


@at("/hangs-up")
async def hangs_up(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


@at("/cookies")
async def cookies(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 Found\r\nSet-Cookie: you=7; Path=/\r\nLocation: /feed\r\nContent-Length: 0\r\n\r\n")


@at("/refresh")
async def refresh(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    head = OK + f"Refresh: 0; url={state.elsewhere}\r\nLink: <{state.elsewhere}>; rel=hub\r\n"
    send(writer, head + f'Alt-Svc: h2="{state.elsewhere}"\r\n', FEED)


@at("/to")
async def redirect(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    """/to?302,/feed redirects with that status to that place."""
    status, _, place = request.path.partition("?")[2].partition(",")
    send(writer, f"HTTP/1.1 {status} Moved\r\nLocation: {place}\r\n")


@at("/outside")
async def outside(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(f"HTTP/1.1 302 Found\r\nLocation: {state.elsewhere}\r\nContent-Length: 0\r\n\r\n".encode())


@at("/round")
async def round_and_round(state: Hostile, request: Request, writer: asyncio.StreamWriter) -> None:
    send(writer, "HTTP/1.1 302 Found\r\nLocation: /round\r\n")
