"""What the pages cost that have to be made for each person: a student's home, own page and program, and a desk.

    python -m tests.bench.pages [--postgres] [--workers 2] [--seconds 3] [--rounds 3] [--only home] [--profile]

The school is Alder Creek of the demo. First the application alone, in this process: statements, microseconds of a
processor and bytes of one page, asked for again and again by the same people in turns. Then the service under uvicorn
in processes of its own, sixteen people asking over a kept connection each: p50, p95, work of a processor for each
answer. "After a write": nothing that was read before is believed, as if somebody had written something before every
single request. Goals: shared/bench/GOALS.md, 2: 8 statements at most, 95 of 100 within 80 ms at 16 connections. The
askers work on the same machine, and what others do on it makes work take longer, too: so the tenth that took least is
said beside the middle. --profile says where the time of each page goes, in this process.
"""

import argparse
import asyncio
import cProfile
import logging
import os
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any

import uvloop

import engage.app
from engage import dates, demo
from engage.database.freshness import Told, freshness
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.database.tenancy import every_school
from engage.database.transaction import budget
from engage.demo.people import ALDER
from engage.people.models import Person
from engage.people.queries import reader_at
from engage.settings import Settings
from engage.web.sessions import cookie_name
from tests.bench.first_bell import p95
from tests.bench.turns import CONNECTIONS, HOST, Server, first_answer, request_of, running
from tests.conftest import Statements, postgres_server
from tests.school import give_session

MOST_STATEMENTS, MOST_MS = 8, 80.0
BUILDING_SECONDS = 600.0
SPECIALISTS, TEACHERS = ("okafor", "medina"), ("lindqvist", "haddad", "novak")
WRITTEN = "X-Bench: written\r\n"


@dataclass(frozen=True)
class Page:
    """A page, and who asks for it. cookies: lines of the head."""

    name: str
    path: str
    cookies: Sequence[str]


async def prepare(url: str, folder: Path) -> list[Page]:
    """The demo in an empty database; its pages, each with the sessions of those who ask for it."""
    await migrate(url)
    budget.set(BUILDING_SECONDS)
    settings = Settings(url, demo.SECRET, f"https://{HOST}", folder)
    async with opened(url):
        await demo.build(settings)
        with every_school("a benchmark"):
            inside = await Person.filter(enrolments__program__slug="lantern-nights", school__slug=ALDER).order_by("id")
            students = [await a_session(person) for person in inside[:CONNECTIONS]]
            desks = {
                name: [await a_session(await Person.get(login=login)) for login in logins]
                for name, logins in (("specialist", SPECIALISTS), ("teacher", TEACHERS))
            }
    if len(students) < CONNECTIONS:
        raise RuntimeError(f"only {len(students)} students of the demo take part")
    return [
        Page("home", f"/{ALDER}/", students),
        Page("me", f"/{ALDER}/me", students),
        Page("program", f"/{ALDER}/programs/lantern-nights", students),
        *(Page(f"desk of a {name}", f"/{ALDER}/", cookies) for name, cookies in desks.items()),
    ]


async def a_session(person: Person) -> str:
    """The line of the head that says who this is."""
    reader = await reader_at(person.id, ALDER)
    if reader is None:
        raise RuntimeError(f"{person.name} is nobody at this school")
    return f"Cookie: {cookie_name(secure=True)}={await give_session(reader, dates.now())}\r\n"


class Written:
    """The state of the database, as if something had been written since each number was taken."""

    numbers = count()

    def __init__(self, url: str) -> None:
        self.fresh = freshness(url)
        self.number: int = 0

    async def __call__(self) -> Hashable:
        return self.number, await self.fresh()

    def tell(self, told: Told) -> None:
        """The same for who cannot wait."""
        number = self.number
        self.fresh.tell(lambda state: told(state if isinstance(state, Exception) else (number, state)))


class Inside:
    """The application in this process, asked without a network."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.bytes = 0

    async def ask(self, page: Page, cookie: str, written: bool) -> None:
        """One page. Raises RuntimeError for another answer than 200."""
        if written:
            self.app.fresh.number = next(Written.numbers)
        line = cookie.strip().partition(": ")[2].encode()
        scope = {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "http_version": "1.1",
            "path": page.path,
            "raw_path": page.path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", HOST.encode()), (b"cookie", line)],
            "server": (HOST, 80),
            "client": ("127.0.0.1", 1),
        }
        self.bytes, status = 0, 0

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            self.bytes += len(message.get("body", b""))

        await self.app(scope, receive, send)
        if status != 200:
            raise RuntimeError(f"{page.path}: {status}")


async def alone(url: str, folder: Path, pages: Sequence[Page], seconds: float, profile: bool) -> int:
    """Each page in this process; how many goals were missed."""
    rooms = vars(engage.app)
    rooms["freshness"] = Written
    app = engage.app.build_app(Settings(url, demo.SECRET, f"https://{HOST}", folder, jobs_inside=False))
    rooms["freshness"] = freshness
    missed = 0
    async with app.lifespan():
        inside = Inside(app)
        for page in pages:
            for written in (False, True):
                missed += await one_alone(inside, page, written, seconds, profile)
    return missed


async def one_alone(inside: Inside, page: Page, written: bool, seconds: float, profile: bool) -> int:
    """One page in this process; whether it asks too often."""
    for cookie in (*page.cookies, *page.cookies):
        await inside.ask(page, cookie, written)
    client_log, counter = logging.getLogger("tortoise.db_client"), Statements()
    client_log.addHandler(counter)
    client_log.setLevel(logging.DEBUG)
    counts = []
    for cookie in page.cookies:
        counter.forget()
        await inside.ask(page, cookie, written)
        counts.append(len(counter))
    client_log.removeHandler(counter)
    client_log.setLevel(logging.WARNING)
    took, until = [], time.monotonic() + seconds
    for cookie in cycle(page.cookies):
        began = time.process_time()
        await inside.ask(page, cookie, written)
        took.append((time.process_time() - began) * 1_000_000)
        if time.monotonic() > until:
            break
    # what was opened is written down now and then meanwhile
    number = statistics.mode(counts)
    too_many = number > MOST_STATEMENTS
    quiet = statistics.quantiles(took, n=10)[0]
    print(
        f"{named(page, written):34} {number:3} statements, {statistics.median(took):7,.0f} µs of work "
        f"({quiet:,.0f} where nobody else works), "
        f"{inside.bytes:,} bytes, goal {MOST_STATEMENTS} statements{'  MISSED' if too_many else ''}",
        flush=True,
    )
    if profile:
        looking = cProfile.Profile()
        looking.enable()
        for cookie in islice(cycle(page.cookies), 200):
            await inside.ask(page, cookie, written)
        looking.disable()
        pstats.Stats(looking, stream=sys.stdout).sort_stats("cumulative").print_stats(70)
    return int(too_many)


def named(page: Page, written: bool) -> str:
    """What a line is about."""
    return f"{page.name}{', after a write' if written else ''}"


@dataclass(frozen=True)
class Heard:
    """What sixteen heard: seconds of each answer, and microseconds of a processor that each took."""

    took: list[float]
    work: float


async def crowd(server: Server, page: Page, extra: str, seconds: float) -> Heard:
    """Sixteen people ask again and again for so long, each over one connection."""
    took: list[float] = []
    until, work = time.monotonic() + seconds, server.work()
    lines = islice(cycle(page.cookies), CONNECTIONS)
    await asyncio.gather(*(asks(server, request_of(page.path, line + extra), until, took) for line in lines))
    return Heard(took, (server.work() - work) / len(took) / 1000)


async def asks(server: Server, request: bytes, until: float, took: list[float]) -> None:
    """One of them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    while (began := time.monotonic()) < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head[:200].decode())
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        took.append(time.monotonic() - began)
    writer.close()


async def together(url: str, folder: Path, pages: Sequence[Page], options: argparse.Namespace) -> int:
    """Each page of a service; how many goals were missed."""
    missed = 0
    with running("ours", options.workers, url, str(folder), f"https://{HOST}") as server:
        await answers(server, pages[0])
        for page in pages:
            for written in (False, True):
                extra = WRITTEN if written else ""
                await crowd(server, page, extra, options.seconds / 3)
                heard = [await crowd(server, page, extra, options.seconds) for _ in range(options.rounds)]
                middle = statistics.median(statistics.median(one.took) * 1000 for one in heard)
                late = statistics.median(p95(one.took) for one in heard)
                work = statistics.median(one.work for one in heard)
                print(
                    f"{named(page, written):34} p50 {middle:6.1f} ms, p95 {late:6.1f} ms, {work:7,.0f} µs of work, "
                    f"{len(heard[0].took) / options.seconds:,.0f}/s, goal {MOST_MS:.0f} ms"
                    f"{'  MISSED' if late >= MOST_MS else ''}",
                    flush=True,
                )
                missed += late >= MOST_MS
    return missed


async def answers(server: Server, page: Page) -> None:
    """Wait until the service has begun."""
    for _ in range(300):
        try:
            await first_answer(server, page.path, page.cookies[0])
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{server.name} does not answer")


async def measure(url: str, folder: Path, options: argparse.Namespace) -> int:
    """All of it; how many goals were missed."""
    pages = [page for page in await prepare(url, folder) if options.only in page.name]
    print(f"alone, in this process; load {os.getloadavg()[0]:.1f}", flush=True)
    missed = await alone(url, folder, pages, options.seconds / 2, options.profile)
    if options.profile:
        return missed
    print(f"{CONNECTIONS} connections, workers: {options.workers}; load {os.getloadavg()[0]:.1f}", flush=True)
    missed += await together(url, folder, pages, options)
    print(f"load {os.getloadavg()[0]:.1f}; goals missed: {missed}")
    return missed


def main() -> None:
    """Run it; status 1 where a goal was missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL server of its own")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--only", default="", help="pages with this in their name")
    parser.add_argument("--profile", action="store_true", help="say where the time goes, in this process alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not options.postgres:
            missed = uvloop.run(measure(f"sqlite://{folder / 'bench.sqlite3'}", folder, options))
        else:
            with postgres_server() as server:
                place = Path(server.get_postmaster_info().socket_dir)
                missed = uvloop.run(measure(f"postgres://postgres@/postgres?host={place}", folder, options))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
