"""How fast readers get a list of 50, beside what other people's software makes of it, all in one run.

    pip install -c constraints.txt -e '.[postgres,dev,bench]'
    python -m tests.bench.peers [--postgres] [--workers 2] [--seconds 1] [--rounds 5] [--only Django]

Servers of their own processes are asked in turns over 16 kept connections, as a visitor and without compression: how
many times as many ours gives in the same round is what counts. The limit is a bare function that returns as many bytes
from memory; "a bare route" is Starlette doing nothing else. "Made again" is as in tests/bench/front.py: edited before
each answer. Peers (tests/bench/beside) read the same list from the same database, in few statements, and draw one page
of the same cards, 157 of 187 kB: their covers stand in the template where ours are drawn for each thing, and they say
nothing to search engines.

- FastAPI with SQLAlchemy and Jinja, under uvicorn; and with columns in the place of objects.
- Django 5.2 under gunicorn with four threads a worker (under uvicorn it gives less); with Jinja for its own templates;
  and its own with a page cache of a minute, old for so long: the only peer beside us that makes no page.
- Kolibri 0.19 as `kolibri start` begins it, which answers a topic of fifty things as JSON, 54 kB, from its own cache of
  answers; a browser has yet to draw it. It keeps ten connections at most, so it is asked over eight, and it has one
  process and an SQLite database of its own in any case.

On a busy machine the rates say too little for whatever is quick, since who asks waits for a processor, too; there the
work of processors is to be trusted, which has nothing of what a PostgreSQL server does for any of them. Goals, by rates
and of each way of a peer that makes its page: shared/bench/GOALS.md, 2; status 1 where one is missed. Two minutes.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import uvloop

from tests.bench.first_bell import on_a_database
from tests.bench.front import ITEMS, LIST, prepare
from tests.bench.turns import (
    HOST,
    Case,
    Pace,
    Server,
    begun,
    in_turns,
    middle,
    ratio,
    running,
    wait_for,
)
from tests.serving import free_port

PACKAGES = ("fastapi", "sqlalchemy", "django", "gunicorn", "psycopg", "kolibri")
INSTALL = "pip install -c constraints.txt -e '.[postgres,dev,bench]'"
MEMORY = ("bare", "route")
WHY = "Why A book of {} moons is here."
# these are asked whatever is chosen
LIMIT, OURS = Case("a bare function, the limit", "/", 0), Case("ours", LIST, 0)
# the server of each, and how many times as many answers ours must give
CASES = (
    ("bare", LIMIT),
    ("route", Case("a bare route of Starlette", "/", 0)),
    ("ours", OURS),
    ("ours", Case("ours, made again", LIST, 0, ("X-Bench: again\r\n",))),
    ("fastapi", Case("FastAPI + SQLAlchemy", LIST, 40)),
    ("fastapi", Case("FastAPI + SQLAlchemy, columns", f"/columns{LIST}", 40)),
    ("django", Case("Django", LIST, 200)),
    ("django", Case("Django, Jinja", f"/jinja{LIST}", 200)),
    ("django", Case("Django, kept for a minute", f"/kept{LIST}", 0)),
    ("kolibri", Case("Kolibri, JSON", "/api/content/contentnode/?parent={}", 20, connections=8)),
)


@contextmanager
def kolibri(folder: Path) -> Iterator[tuple[Server, str]]:
    """A new Kolibri with the things of the list in a topic, and the topic's number. It is told to call nobody."""
    port, found = free_port(), folder / "topic"
    own = {**os.environ, "KOLIBRI_HOME": str(folder / "kolibri"), "KOLIBRI_LISTEN_ADDRESS": "127.0.0.1"}
    own |= {"KOLIBRI_DISABLE_PING": "true", "KOLIBRI_ZEROCONF_ENABLED": "false"}
    command, quiet = [sys.executable, "-m", "kolibri"], subprocess.DEVNULL
    who = ["--superusername", "ada", "--superuserpassword", "a long password"]
    where = ["--facility", "Lincoln School", "--preset", "formal", "--language_id", "en", "--noinput"]
    for words in (
        [*command, "manage", "provisiondevice", *who, *where],
        [sys.executable, "-m", "tests.bench.beside.kolibri_topic", str(ITEMS), str(found)],
    ):
        subprocess.run(words, check=True, stdout=quiet, env=own)
    ports = ["--port", str(port), "--zip-port", str(free_port())]
    with begun("kolibri", port, [*command, "start", "--foreground", *ports], talk=quiet, own=own) as server:
        yield server, found.read_text()


def check_same(answer: bytes, name: str) -> None:
    """Raise RuntimeError where an answer lacks a thing of the list, or the reason why it stands there."""
    for number in range(ITEMS):
        if not all(
            said.encode() in answer for said in (f"A book of {number} moons", f"Maker {number}", WHY.format(number))
        ):
            raise RuntimeError(f"{name} lacks a thing: the one of {number} moons")


@asynccontextmanager
async def all_asked(url: str, folder: Path, workers: int, only: str) -> AsyncIterator[list[tuple[Server, Case, int]]]:
    """The servers of the cases with a word in their names, the limit and ours; and the bytes of the answer of each."""
    with ExitStack() as stack:
        ours = stack.enter_context(running("ours", workers, url, str(folder), f"https://{HOST}"))
        size = str(len(await wait_for(ours, LIST)))
        servers, topic, found = {"ours": ours}, "", []
        for kind, case in CASES:
            if only not in case.name and case not in (LIMIT, OURS):
                continue
            if kind == "kolibri":
                servers[kind], topic = stack.enter_context(kolibri(folder))
            elif kind not in servers:
                servers[kind] = stack.enter_context(running(kind, workers, size if kind in MEMORY else url))
            case = replace(case, path=case.path.format(topic))
            answer = await wait_for(servers[kind], case.path)
            if kind not in MEMORY:
                check_same(answer, case.name)
            found.append((servers[kind], case, len(answer)))
        yield found


def line(case: Case, size: int, these: Sequence[Pace], limit: Sequence[Pace], ours: Sequence[Pace]) -> tuple[str, bool]:
    """What was found of a case, and whether the goal was met."""
    pace, part, times = middle(these), ratio(these, limit), ratio(ours, these)
    fine = times.middle >= case.goal
    told = f"   goal {case.goal:.0f}x{'' if fine else '  MISSED'}" if case.goal else ""
    return (
        f"{case.name:30} {size / 1000:4.0f} kB {pace.rate:8,.0f}/s {pace.work:7,.0f} µs; of the limit "
        f"{part.middle:.4f} ({part.least:.4f} to {part.most:.4f}); ours {times.middle:6.1f}x "
        f"({times.least:.1f} to {times.most:.1f}; by work {times.by_work:.1f}x){told}"
    ), fine


async def measure(url: str, folder: Path, options: argparse.Namespace) -> bool:
    """Ask all and print; whether the goals were met."""
    await prepare(url)
    async with all_asked(url, folder, options.workers, options.only) as asked:
        found = await in_turns([(server, case) for server, case, _ in asked], options.rounds, options.seconds)
    cases = [case for _, case, _ in asked]
    limit, ours = found[cases.index(LIMIT)], found[cases.index(OURS)]
    met = []
    for (_, case, size), these in zip(asked, found, strict=True):
        told, fine = line(case, size, these, limit, ours)
        print(told, flush=True)
        met.append(fine)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"load {load}")
    return all(met)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL server of its own")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--only", default="", help="cases with this in their name, beside the limit and ours")
    options = parser.parse_args()
    lacking = [name for name in PACKAGES if find_spec(name) is None]
    if lacking:
        sys.exit(f"Not installed: {', '.join(lacking)}. Do: {INSTALL}")
    on_a_database(lambda url, folder, options: uvloop.run(measure(url, folder, options)), options)


if __name__ == "__main__":
    main()
