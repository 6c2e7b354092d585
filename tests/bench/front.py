"""How fast readers get a list of 50, beside a bare function that returns as many bytes from memory.

    python -m tests.bench.front [--postgres | --database postgres://…] [--workers 2] [--seconds 1] [--rounds 5]

Both run under uvicorn, in processes of their own, and are asked in turns over 16 kept connections. The ratio is what
counts: how many of ours are given in the time of one of the bare function. Kept answers are asked for as a visitor;
signed in are 16 students, each with marks on other things. "After a write": nothing holds that was remembered until
something is written, before each answer. "Made again": before each answer the note of a thing is another one and the
version of the list is higher, as if it had just been edited; nothing is forgotten by hand, so what is kept from before
is what the service itself may still use. "With another title": the list's own words change, too, and its frame.
Goals: shared/bench/GOALS.md, 2. With two workers only on PostgreSQL, which is what several workers need.
"""

import argparse
import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple, cast

import uvloop

from engage import dates
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.database.tenancy import every_school
from engage.engagement.rules import Mode
from engage.lists.rules import Visibility
from engage.programs.models import Saved
from engage.resources.models import Resource
from engage.web.sessions import cookie_name
from tests import make
from tests.conftest import postgres_server
from tests.school import give_session, make_the_school

CONNECTIONS = 16
ITEMS = 50
MARKS = 12
LIST = "/lincoln/lists/look-up"
# as readers reach a library; a service on http watches its own files, which is for those who write it
HOST = "bench.test"

SERVE = """
import os, socket, sys, uvicorn
from pathlib import Path
kind, fd, workers, *more = sys.argv[1:]
if kind == "bare":
    SIZE = int(more[0])
    BODY = b"x" * SIZE
    HEADERS = [(b"content-type", b"text/html"), (b"content-length", str(SIZE).encode()), (b"etag", b'"a"')]
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                told = await receive()
                await send({"type": told["type"] + ".complete"})
                if told["type"].endswith("shutdown"):
                    return
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})
    http = "httptools"
elif kind == "row":
    from tests.bench.logging_limit import bare
    app, http = bare(*more), "httptools"
else:
    from contextvars import ContextVar
    from itertools import count
    import engage.app
    from engage.app import build_app
    from engage.lists import looking, queries
    from engage.settings import Settings
    from engage.web.receiving import Receiving as http
    url, folder, base = more
    known = {"database_url": url, "secret_key": "k" * 40, "base_url": base, "data_folder": Path(folder)}
    settings = Settings(**known, jobs_inside=False)
    numbers, written = count(1), 0
    # of each request's own, or those that come together would share what one of them makes
    edited, titled = ContextVar("edited", default=0), ContextVar("titled", default=0)
    class WrittenBefore:
        def __init__(self, url):
            self.fresh = freshness(url)
        async def __call__(self):
            return written, await self.fresh()
        def tell(self, told):
            self.fresh.tell(lambda state: told(state if isinstance(state, Exception) else (written, state)))
    def edited_card(card):
        title = f"Look up {titled.get()}" if titled.get() else card.title
        return card._replace(version=edited.get(), title=title) if edited.get() else card
    async def edited_list(reader, slug):
        return edited_card(await list_for(reader, slug))
    async def edited_again(*asked):
        now = await list_again(*asked)
        return now._replace(curated=edited_card(now.curated))
    def edited_rows(ask):
        async def rows_of(curated):
            rows = await ask(curated)
            if edited.get():
                at, words = len(rows) // 2, f"It was edited {edited.get()} times."
                drawn = isinstance(rows[at], dict)
                rows[at] = {**rows[at], "annotation": words} if drawn else (words, *rows[at][1:])
            return rows
        return rows_of
    freshness, engage.app.freshness = engage.app.freshness, WrittenBefore
    list_for, queries.list_for = queries.list_for, edited_list
    list_again, looking.list_again = looking.list_again, edited_again
    queries.items_to_draw, queries.places_of = map(edited_rows, (queries.items_to_draw, queries.places_of))
    ours = build_app(settings)
    async def app(scope, receive, send):
        global written
        said = told_in(scope)
        if said is not None:
            written = next(numbers)
            edited.set(written if said in (b"again", b"titled") else 0)
            titled.set(written if said == b"titled" else 0)
            scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"x-bench"]
        await ours(scope, receive, send)
    def told_in(scope):
        return dict(scope.get("headers", ())).get(b"x-bench")
    # what is kept is given without coming to the application, which counts what was written: so these come
    class Door:
        def at_once(self, scope, give, otherwise):
            if told_in(scope) is None:
                ours.front.at_once(scope, give, otherwise)
            else:
                otherwise()
    app.front = Door()
for _ in range(int(workers) - 1):
    if os.fork() == 0:
        break
# as `engage serve` begins it: what believes the headers of proxies would stand before what answers at once
how = {"log_level": "error", "access_log": False, "server_header": False, "proxy_headers": False}
config = uvicorn.Config(app, http=http, lifespan="on", **how)
uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(fd))])
"""


@dataclass(frozen=True)
class Server:
    """A server under test. pid: of the process that began its workers."""

    name: str
    port: int
    pid: int

    def work(self) -> int:
        """Nanoseconds that processors worked for it so far."""
        tasks = Path("/proc").glob(f"{self.pid}/task/*")
        children = [each for task in tasks for each in (task / "children").read_text().split()]
        places = [place for pid in (self.pid, *children) for place in Path(f"/proc/{pid}/task").iterdir()]
        return sum(int((place / "schedstat").read_text().split()[0]) for place in places)


@dataclass(frozen=True)
class Case:
    """One kind of answer. goal: the least ratio, 0 for none; extra: lines of the head, by connection, in turns."""

    name: str
    path: str
    goal: float
    extra: tuple[str, ...] = ("",)


@contextmanager
def running(name: str, workers: int, *more: str) -> Iterator[Server]:
    """A server, whose workers share a socket; all of them are gone afterwards."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as door:
        port = int(door.getsockname()[1])
        words = [name, str(door.fileno()), str(workers), *more]
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, *words], pass_fds=[door.fileno()], start_new_session=True
        )
    try:
        yield Server(name, port, process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


class Asker(asyncio.Protocol):
    """Asks again and again over one connection. length: bytes of one whole answer; 0 where they are not alike."""

    def __init__(self, request: bytes, length: int) -> None:
        self.request, self.length = request, length
        self.left, self.count = 0, -1
        self.head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        self.transport = cast(asyncio.Transport, transport)
        self.ask()

    def ask(self) -> None:
        """Ask, and wait for as many bytes as there will be."""
        self.count += 1
        self.left = self.length
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Ask again once an answer is whole."""
        if not self.left:
            self.head += data
            if b"\r\n\r\n" not in self.head:
                return
            data, self.head = self.head, b""
            self.left = length_of(data)
        self.left -= len(data)
        if self.left <= 0:
            self.ask()


def length_of(answer: bytes) -> int:
    """Bytes of a whole answer, by its head."""
    head, _, _ = answer.partition(b"\r\n\r\n")
    found = head.lower().split(b"content-length: ")
    return len(head) + 4 + (int(found[1].split(b"\r\n")[0]) if len(found) > 1 else 0)


def request_of(server: Server, path: str, extra: str) -> bytes:
    """A request as a browser sends it, in short."""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{extra}\r\n".encode()


class Pace(NamedTuple):
    """Answers a second over all connections, and microseconds of a processor that each took."""

    rate: float
    work: float


async def pace(server: Server, path: str, extra: tuple[str, ...], seconds: float) -> Pace:
    """Ask for so long."""
    loop = asyncio.get_running_loop()
    askers = []
    for lines in islice(cycle(extra), CONNECTIONS):
        alike = 0 if "X-Bench" in lines else len(await first_answer(server, path, lines))
        askers.append(Asker(request_of(server, path, lines), alike))
    began, work = time.monotonic(), server.work()
    for asker in askers:
        await loop.create_connection(lambda asker=asker: asker, "127.0.0.1", server.port)
    await asyncio.sleep(seconds)
    took, work = time.monotonic() - began, server.work() - work
    for asker in askers:
        asker.transport.abort()
    count = max(1, sum(asker.count for asker in askers))
    return Pace(count / took, work / count / 1000)


async def first_answer(server: Server, path: str, extra: str = "") -> bytes:
    """One whole answer. Raises RuntimeError for another than 200 and 304."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request_of(server, path, extra))
    head = await reader.readuntil(b"\r\n\r\n")
    answer = head + await reader.readexactly(length_of(head) - len(head))
    writer.close()
    if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 304")):
        raise RuntimeError(f"{server.name}: {head[:200]!r}")
    return answer


async def prepare(url: str) -> tuple[str, ...]:
    """A school with a list of 50, and students who have marks on it; the students' cookies."""
    await migrate(url)
    async with opened(url):
        with every_school("a benchmark"):
            school = await make_the_school()
            things = [
                await make.resource(
                    f"A book of {number} moons",
                    f"Maker {number}",
                    list(Mode)[number % 3],
                    call_number=f"E {number}",
                    url=f"https://a{number}.example/",
                )
                for number in range(ITEMS)
            ]
            more = {"published": True, "visibility": Visibility.PUBLIC, "parts": ["One", "Two", "Three"]}
            await make.curated_list(school.ada, "Look up", things, **more)
            return tuple([await a_student(number, things) for number in range(CONNECTIONS)])


async def a_student(number: int, things: list[Resource]) -> str:
    """A student with marks on some things, and the cookie of a session."""
    somebody = await make.student(f"Reader {number}")
    own = {"school_id": somebody.school.id, "person_id": somebody.id}
    for place in range(MARKS):
        await Saved.create(**own, resource_id=things[(number + place * 3) % ITEMS].id, at=dates.now())
    return f"Cookie: {cookie_name(secure=True)}={await give_session(somebody, dates.now())}\r\n"


async def wait_for(server: Server, path: str) -> bytes:
    """Its first answer."""
    for _ in range(300):
        try:
            return await first_answer(server, path)
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.1)
    raise RuntimeError(f"{server.name} does not answer")


async def compare(bare: Server, ours: Server, case: Case, rounds: int, seconds: float) -> None:
    """Ask both in turns and print the medians."""
    found = [
        (await pace(bare, "/", ("",), seconds), await pace(ours, case.path, case.extra, seconds)) for _ in range(rounds)
    ]
    ratios = sorted(mine.rate / limit.rate for limit, mine in found)
    limit, mine = (Pace(*map(statistics.median, zip(*column, strict=True))) for column in zip(*found, strict=True))
    ratio = statistics.median(ratios)
    by_work = statistics.median(limit.work / mine.work for limit, mine in found)
    print(
        f"{case.name:34} bare {limit.rate:7,.0f}/s, ours {mine.rate:7,.0f}/s, ratio {ratio:.2f} "
        f"({ratios[0]:.2f} to {ratios[-1]:.2f}), work {limit.work:.0f} and {mine.work:.0f} µs, ratio {by_work:.2f}, "
        f"{f'goal {case.goal}' if case.goal else 'no goal'}{'' if ratio >= case.goal else '  MISSED'}",
        flush=True,
    )


async def measure(url: str, folder: str, workers: int, rounds: int, seconds: float, only: str) -> None:
    """All cases, each beside a bare function of its size."""
    cookies = await prepare(url)
    with running("ours", workers, url, folder, f"https://{HOST}") as ours:
        page = await wait_for(ours, LIST)
        tag = page.split(b"etag: ")[1].split(b"\r\n")[0].decode()
        packed, written = "Accept-Encoding: gzip\r\n", "X-Bench: written\r\n"
        cases = [
            Case("list page, kept", LIST, 0.75),
            Case("list page, 304", LIST, 1.0, (f"If-None-Match: {tag}\r\n",)),
            Case("feed (Atom), kept", f"{LIST}.atom", 0.75),
            Case("OPDS 2.0 page, kept", f"{LIST}.opds2", 0.75),
            Case("list page, signed in, with marks", LIST, 0.25, cookies),
            Case("the same, packed", LIST, 0.25, tuple(cookie + packed for cookie in cookies)),
            Case("the same, after a write", LIST, 0, tuple(cookie + written for cookie in cookies)),
            Case("list page, made again", LIST, 0.10, ("X-Bench: again\r\n",)),
            Case("the same, packed", LIST, 0, ("X-Bench: again\r\nAccept-Encoding: gzip\r\n",)),
            Case("the same, with another title", LIST, 0, ("X-Bench: titled\r\n",)),
        ]
        for case in cases:
            if only in case.name:
                whole = await first_answer(ours, case.path, case.extra[0] if "304" not in case.name else "")
                with running("bare", workers, str(len(whole))) as bare:
                    await wait_for(bare, "/")
                    await compare(bare, ours, case, rounds, seconds)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="", help="an empty database; an SQLite file if not given")
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL server of its own")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--only", default="", help="cases with this in their name")
    options = parser.parse_args()
    measured = (options.workers, options.rounds, options.seconds, options.only)
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or f"sqlite://{Path(folder) / 'bench.sqlite3'}"
        if not options.postgres:
            uvloop.run(measure(url, folder, *measured))
            return
        with postgres_server() as server:
            place = Path(server.get_postmaster_info().socket_dir)
            uvloop.run(measure(f"postgres://postgres@/postgres?host={place}", folder, *measured))


if __name__ == "__main__":
    main()
