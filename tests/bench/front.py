"""How fast a visitor's page comes from the front cache, beside a bare function that returns the same bytes.

    python -m tests.bench.front [--database postgres://…]

Both run under uvicorn, in processes of their own, and are asked in turns over 16 kept connections. The ratio is what
counts; the goal is 0.75, and 1.0 for 304.
Source: shared/bench/GOALS.md, 2.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import uvloop

from tests.serving import free_port

CONNECTIONS = 16
ROUNDS = 5
SECONDS = 1.5
GOALS = {"200": 0.75, "304": 1.0}

BARE = """
import sys, uvicorn
BODY = b"x" * int(sys.argv[2])
HEADERS = [(b"content-type", b"text/html"), (b"content-length", str(len(BODY)).encode()), (b"etag", b'"a"')]
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False, lifespan="off")
"""

OURS = """
import asyncio, sys, uvicorn
from pathlib import Path
from typing import cast
from starlette.responses import HTMLResponse
from engage.app import build_app
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.routes import ROWS
from engage.settings import Settings
from engage.web.front import share
from engage.web.receiving import Receiving
from engage.web.routing import page
from tests.school import make_the_school
port, size, url, folder = sys.argv[1:]
async def prepare():
    await migrate(url)
    async with opened(url):
        await make_the_school()
asyncio.run(prepare())
async def show(request):
    share(request)
    return HTMLResponse("x" * int(size))
base = f"http://127.0.0.1:{port}"
settings = Settings(database_url=url, secret_key="k" * 40, base_url=base, data_folder=Path(folder), jobs_inside=False)
app = build_app(settings, [page("/{school}/bench", show, "LST01", name="bench.show"), *ROWS])
uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="error", access_log=False, http=Receiving)
"""


@dataclass(frozen=True)
class Server:
    """A server under test. path: the page that is asked for."""

    name: str
    port: int
    path: str
    process: subprocess.Popen[bytes]


def start(name: str, code: str, path: str, *more: str) -> Server:
    """A server in a process of its own."""
    port = free_port()
    return Server(name, port, path, subprocess.Popen([sys.executable, "-c", code, str(port), *more]))


class Asker(asyncio.Protocol):
    """Asks again and again over one connection. length: bytes of one whole answer; all are alike."""

    def __init__(self, request: bytes, length: int) -> None:
        self.request, self.length = request, length
        self.left, self.count = 0, -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        self.transport = cast(asyncio.Transport, transport)
        self.data_received(b"")

    def data_received(self, data: bytes) -> None:
        """Ask again once an answer is whole."""
        self.left -= len(data)
        if self.left <= 0:
            self.count += 1
            self.left = self.length
            self.transport.write(self.request)


def request_of(server: Server, extra: str) -> bytes:
    """A request as a browser sends it, in short."""
    return f"GET {server.path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{extra}\r\n".encode()


async def rate(server: Server, extra: str) -> float:
    """Answers a second over all connections."""
    answer = await first_answer(server, extra)
    loop = asyncio.get_running_loop()
    askers = [Asker(request_of(server, extra), len(answer)) for _ in range(CONNECTIONS)]
    began = time.monotonic()
    for asker in askers:
        await loop.create_connection(lambda asker=asker: asker, "127.0.0.1", server.port)
    await asyncio.sleep(SECONDS)
    took = time.monotonic() - began
    for asker in askers:
        asker.transport.abort()
    return sum(asker.count for asker in askers) / took


async def first_answer(server: Server, extra: str = "") -> bytes:
    """One whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request_of(server, extra))
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]) if b"content-length" in head else 0
    body = await reader.readexactly(length)
    writer.close()
    if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 304")):
        raise RuntimeError(f"{server.name}: {head[:200]!r}")
    return head + body


async def etag(server: Server) -> str:
    """The tag of the page as it is now."""
    return (await first_answer(server)).split(b"etag: ")[1].split(b"\r\n")[0].decode()


async def wait_for(server: Server) -> None:
    """Until it answers."""
    for _ in range(300):
        try:
            await etag(server)
            return
        except (OSError, IndexError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.1)
    raise RuntimeError(f"{server.name} does not answer")


async def compare(bare: Server, ours: Server) -> None:
    """Ask both in turns and print the medians."""
    for server in (bare, ours):
        await wait_for(server)
    kinds = {"200": "", "304": f"If-None-Match: {await etag(ours)}\r\n"}
    for kind, extra in kinds.items():
        rounds = [(await rate(bare, ""), await rate(ours, extra)) for _ in range(ROUNDS)]
        ratio = statistics.median(mine / limit for limit, mine in rounds)
        limit, mine = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{kind}: bare page {limit:,.0f}/s, ours {mine:,.0f}/s, ratio {ratio:.2f} (goal {GOALS[kind]})")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bytes", type=int, default=35_000)
    parser.add_argument("--database", default="", help="an empty database; an SQLite file if not given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or f"sqlite://{Path(folder) / 'bench.sqlite3'}"
        servers = [
            start("bare", BARE, "/", str(options.bytes)),
            start("ours", OURS, "/lincoln/bench", str(options.bytes), url, folder),
        ]
        try:
            uvloop.run(compare(*servers))
        finally:
            for server in servers:
                server.process.terminate()
                server.process.wait()


if __name__ == "__main__":
    main()
