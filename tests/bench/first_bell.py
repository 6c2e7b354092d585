"""First bell: 300 students of 10 classes sign in and log within 5 minutes (SAFETY.md, O6).

    python -m tests.bench.first_bell [--postgres] [--workers 2] [--seconds 300] [--students 300]

The service as it is started for real, in processes of its own; each student comes at some moment of the time, types the
class's code, presses the own tile and four pictures, looks at the home page, opens the form, logs, and looks at what
came of it. One in ten presses a wrong picture first. Says for each step how long it took, every answer that was no good
one, the load of the machine and the processors' work of the service.
"""

import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import httpx2

from engage import dates
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.database.tenancy import every_school
from engage.people.models import Person, SchoolClass
from engage.people.passwords import hashed, picture_secret
from engage.people.rules import Role
from tests import make
from tests.conftest import postgres_server
from tests.school import as_reader, make_the_school
from tests.serving import free_port, wait_until_ready

SECRET = "only this benchmark knows this key, nobody else does"
CLASSES = 10
PICTURES = ("bird", "fish", "cat", "boat")
THINKING = (0.3, 2.0)  # seconds between two presses


@dataclass(frozen=True)
class Child:
    """A student before a device."""

    key: str
    code: str


async def prepare(url: str, number: int) -> list[Child]:
    """A school with so many students in ten classes whose doors are open, all in one program."""
    await migrate(url)
    children = []
    async with opened(url):
        with every_school("a benchmark"):
            school = await make_the_school()
            challenges = [{"unit": "minutes", "goal": 900}, {"unit": "days", "goal": 20}]
            program = await make.program(by=school.ada, challenges=challenges)
            await make.curated_list(by=school.ada, items=20, published=True)
            rooms = [
                await make.school_class(school.lincoln, f"Room {40 + place}", code=f"BELL{place}")
                for place in range(CLASSES)
            ]
            until = dates.now() + timedelta(minutes=60)
            await SchoolClass.filter(id__in=[room.id for room in rooms]).update(sign_in_until=until)
            for place in range(number):
                person = await make.person(f"Child {place}", Role.STUDENT, school.lincoln, grade=3)
                room = rooms[place % CLASSES]
                await make.in_class(person, room, Role.STUDENT)
                kept = await hashed(picture_secret(PICTURES, person.key, SECRET))
                await Person.filter(id=person.id).update(picture_hash=kept)
                reader = await as_reader(person, "lincoln")
                await make.enrolment(program, reader)
                await make.facts(reader, [(1 + day % 15, 20) for day in range(30)], title="The long book")
                children.append(Child(person.key, room.code))
    return children


@contextmanager
def service(url: str, folder: Path, workers: int, host: str = "") -> Iterator[tuple[str, int]]:
    """`engage serve` on this database: its address and process; its jobs run beside it, as they do.

    host: under which readers reach it by https, if they do.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = {
        "ENGAGE_DATABASE_URL": url,
        "ENGAGE_SECRET_KEY": SECRET,
        "ENGAGE_BASE_URL": f"https://{host}" if host else address,
        "ENGAGE_DATA_FOLDER": str(folder),
        "ENGAGE_COVERS_FROM": "",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    command = [sys.executable, "-m", "engage.cli", "serve", "--port", str(port), "--workers", str(workers)]
    with (folder / "service.log").open("wb") as log:
        server = subprocess.Popen(command, env={**os.environ, **settings}, cwd=folder, stderr=log)
        try:
            # several workers begin slowly where the machine is busy
            wait_until_ready(address, 90, host)
            yield address, server.pid
        finally:
            server.terminate()
            server.wait(30)


class Bell:
    """What happened. took: seconds of each step; wrong: answers that were no good ones."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.took: dict[str, list[float]] = defaultdict(list)
        self.wrong: Counter[str] = Counter()

    async def step(
        self, name: str, wanted: int, asked: httpx2.AsyncClient, method: str, path: str, **data: str
    ) -> None:
        """One request, timed."""
        began = time.monotonic()
        try:
            answer = await asked.request(
                method, path, data=data or None, headers={"Sec-Fetch-Site": "same-origin"} if method == "POST" else None
            )
        except httpx2.HTTPError as problem:
            self.wrong[f"{name}: {type(problem).__name__}"] += 1
            raise
        self.took[name].append(time.monotonic() - began)
        if answer.status_code != wanted:
            self.wrong[f"{name}: {answer.status_code}"] += 1

    async def child(self, one: Child, after: float, chance: random.Random) -> None:
        """One student's first minutes."""
        await asyncio.sleep(after)
        async with httpx2.AsyncClient(base_url=self.address, trust_env=False, timeout=30) as asked:
            await self.step("class code", 303, asked, "POST", "/sign-in/class", code=one.code)
            await self.step("tiles", 200, asked, "GET", f"/sign-in/class/{one.code}")
            tile = f"/sign-in/class/{one.code}/{one.key}"
            await self.step("pictures", 200, asked, "GET", tile)
            if chance.random() < 0.1:
                await self.press(asked, tile, (*PICTURES[:3], "cactus"), 422, chance)
            await self.press(asked, tile, PICTURES, 303, chance)
            await self.step("home", 200, asked, "GET", "/lincoln/")
            await asyncio.sleep(chance.uniform(*THINKING))
            await self.step("log form", 200, asked, "GET", "/lincoln/me/log/new")
            await asyncio.sleep(chance.uniform(*THINKING))
            entry = {"mode": "reading", "minutes": "20", "title": f"Book {chance.randrange(9)}", "when": "today"}
            entry |= {"form_key": f"{chance.getrandbits(64):x}", "sure": "yes"}
            await self.step("log", 303, asked, "POST", "/lincoln/me/log/new", **entry)
            await self.step("my log", 200, asked, "GET", "/lincoln/me/log")

    async def press(
        self, asked: httpx2.AsyncClient, tile: str, pictures: tuple[str, ...], wanted: int, chance: random.Random
    ) -> None:
        """Four pictures, one after the other."""
        for place, picture in enumerate(pictures):
            await asyncio.sleep(chance.uniform(*THINKING) / 2)
            last = place == len(pictures) - 1
            name = "last picture" if last else "picture"
            chosen = ",".join(pictures[:place])
            await self.step(name, wanted if last else 200, asked, "POST", tile, chosen=chosen, picture=picture)


def work_of(pid: int) -> float:
    """Seconds that the processors worked for a process and those it started, from Linux's own tables."""
    ticks, found = os.sysconf("SC_CLK_TCK"), 0.0
    of: dict[int, int] = {}
    spent: dict[int, float] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        of[int(folder.name)] = int(fields[1])
        spent[int(folder.name)] = (int(fields[11]) + int(fields[12])) / ticks
    for number, seconds in spent.items():
        above = number
        while above not in (0, pid):
            above = of.get(above, 0)
        found += seconds if above == pid else 0.0
    return found


async def ring(address: str, pid: int, children: list[Child], seconds: float) -> bool:
    """All come; whether it went as it has to."""
    bell, chance = Bell(address), random.Random(3)
    before, began = work_of(pid), time.monotonic()
    latest = max(1.0, seconds - 20)
    tasks = [bell.child(one, chance.uniform(0, latest), random.Random(number)) for number, one in enumerate(children)]
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    took = time.monotonic() - began
    broken = [one for one in ended if isinstance(one, BaseException)]
    every = [one for some in bell.took.values() for one in some]
    for name, some in bell.took.items():
        middle = statistics.median(some) * 1000
        print(f"{name:14} {len(some):5} times, median {middle:6.0f} ms, p95 {p95(some):6.0f} ms")
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"{len(children)} students in {took:.0f} s: {len(every)} answers, p95 {p95(every):.0f} ms, "
        f"slowest {max(every) * 1000:.0f} ms; wrong: {dict(bell.wrong) or 'none'}; broken off: {len(broken)}"
    )
    print(f"work of the service {work_of(pid) - before:.0f} s; load of the machine {load}")
    return not bell.wrong and not broken and p95(every) < 1_000


def p95(seconds: list[float]) -> float:
    """Milliseconds that 95 of 100 did not exceed."""
    return sorted(seconds)[int(len(seconds) * 0.95) - 1 if len(seconds) > 1 else 0] * 1000


def run(url: str, folder: Path, options: argparse.Namespace) -> bool:
    """Prepare, serve, ring."""
    children = asyncio.run(prepare(url, options.students))
    with service(url, folder, options.workers) as (address, pid):
        return asyncio.run(ring(address, pid, children, options.seconds))


def on_a_database(run: Callable[[str, Path, argparse.Namespace], bool], options: argparse.Namespace) -> NoReturn:
    """Run it on a database of its own, of the kind that options.postgres says; status 0 if all was fine, else 1."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.postgres:
            with postgres_server() as server:
                place = Path(server.get_postmaster_info().socket_dir)
                fine = run(f"postgres://postgres@/postgres?host={place}", folder, options)
        else:
            fine = run(f"sqlite://{folder / 'bench.sqlite3'}", folder, options)
    sys.exit(0 if fine else 1)


def main() -> None:
    """Run it; status 1 where a student was refused or p95 was a second or more."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL server of its own")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--students", type=int, default=300)
    on_a_database(run, parser.parse_args())


if __name__ == "__main__":
    main()
