"""How fast readers get a list of 50, beside a bare function and a bare route that return as many bytes from memory.

    python -m tests.bench.front [--postgres | --database postgres://…] [--workers 2] [--seconds 0.7] [--rounds 5]

All run under uvicorn, in processes of their own, and are asked in turns over 16 kept connections. The ratios are what
counts: how many of ours are given in the time of one of the bare function, which is the limit of any page, and of one
of a route of Starlette that does nothing else. Kept answers are asked for as a visitor; signed in are 16 students, each
with marks on other things. "After a write": nothing holds that was remembered until something is written, before each
answer. "Made again": before each answer the note of a thing is another one and the version of the list is higher, as if
it had just been edited; nothing is forgotten by hand, so what is kept from before is what the service itself may still
use. "With another title": the list's own words change, too, and its frame. Goals, of the limit: shared/bench/GOALS.md,
2. With two workers only on PostgreSQL, which is what several workers need. tests/bench/peers.py has what other people's
software makes of the same list.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

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
from tests.bench.turns import CONNECTIONS, HOST, Case, Pace, first_answer, in_turns, middle, ratio, running, wait_for
from tests.conftest import postgres_server
from tests.school import give_session, make_the_school

ITEMS = 50
MARKS = 12
LIST = "/lincoln/lists/look-up"
BARE = Case("a page from memory", "/", 0)


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


def line(case: Case, bare: Sequence[Pace], route: Sequence[Pace], ours: Sequence[Pace]) -> str:
    """What was found of a case."""
    limit, starlette, mine = map(middle, (bare, route, ours))
    of_limit, of_route = ratio(ours, bare), ratio(ours, route)
    told = f"goal {case.goal}{'' if of_limit.middle >= case.goal else '  MISSED'}" if case.goal else "no goal"
    return (
        f"{case.name:34} bare {limit.rate:6,.0f}/s, route {starlette.rate:6,.0f}/s, ours {mine.rate:6,.0f}/s; "
        f"of bare {of_limit.middle:.2f} ({of_limit.least:.2f} to {of_limit.most:.2f}), {told}; "
        f"of the route {of_route.middle:.2f} ({of_route.least:.2f} to {of_route.most:.2f}); "
        f"by work {of_limit.by_work:.2f} and {of_route.by_work:.2f} "
        f"({limit.work:.0f}, {starlette.work:.0f} and {mine.work:.0f} µs)"
    )


async def measure(url: str, folder: str, workers: int, rounds: int, seconds: float, only: str) -> None:
    """All cases, each beside a bare function and a bare route of its size."""
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
                size = str(len(whole))
                with running("bare", workers, size) as bare, running("route", workers, size) as route:
                    for server in (bare, route):
                        await wait_for(server, BARE.path)
                    found = await in_turns([(bare, BARE), (route, BARE), (ours, case)], rounds, seconds)
                print(line(case, *found), flush=True)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="", help="an empty database; an SQLite file if not given")
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL server of its own")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.7)
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
