"""How many log entries a second are kept for good: through the page, by the action, and as the least that can be.

    python -m tests.bench.logging [--postgres] [--workers 2] [--seconds 4] [--rounds 3] [--behind 2000]

Sixteen students log at once, each in two programs; every entry comes with its diary row, its figures and its outcomes.
1.00 is one raw transaction for each entry on the same database (a row of the log and nothing else), on one connection
of SQLite and on sixteen of PostgreSQL. A bare route keeps that row from the same form under the same server: no page
can do more. Tortoise, as it comes, is what others would take (logging_limit.py). Then what pages cost a student with
2,000 entries behind. Goals: shared/bench/GOALS.md, 4; SAFETY.md, O5. Says the load of the machine and the processors'
work, since clocks lie on a busy one.
"""

import argparse
import asyncio
import json
import logging as log
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import uvloop
from tortoise.connection import get_connection

from engage import dates
from engage.app import build_app
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.database.tenancy import every_school
from engage.engagement.rules import Mode
from engage.people.rules import Reader
from engage.programs import log_actions
from engage.programs.entries import Given
from engage.settings import Settings
from engage.web.sessions import cookie_name
from tests import make
from tests.bench import logging_limit
from tests.bench.logging_limit import keeper, plain_tortoise
from tests.bench.turns import HOST, running, wait_for
from tests.conftest import Statements, postgres_server
from tests.school import give_session, make_the_school

WRITERS = 16
RULE = json.dumps({"rule": "total", "unit": "minutes", "goal": 600})


@dataclass(frozen=True)
class Scene:
    """A school in which sixteen students take part in two programs. tokens: of their sessions, in order.

    workers: of a service. idle: seconds of work that a service costs which nobody asks for anything, by its name.
    """

    url: str
    folder: str
    students: list[Reader]
    tokens: list[str]
    workers: int
    idle: dict[str, float] = field(default_factory=dict)


async def prepare(url: str, folder: str, behind: int, workers: int = 1) -> Scene:
    """The school; the last student has so many entries behind."""
    await migrate(url)
    async with opened(url):
        with every_school("a benchmark"):
            school = await make_the_school()
            challenges = [{"unit": "minutes", "goal": 900}, {"unit": "days", "goal": 20}]
            badges = [{"title": "Ten hours", "rule": RULE}]
            programs = [
                await make.program(by=school.ada, title=title, challenges=challenges, badges=badges)
                for title in ("Lantern Nights", "Read-a-thon")
            ]
            students = [await make.student(f"Child {number}") for number in range(WRITERS + 1)]
            for student in students:
                for program in programs:
                    await make.enrolment(program, student)
            await make.facts(students[-1], [(number % 400, 1) for number in range(behind)], title="A long story")
            tokens = [await give_session(student, dates.now()) for student in students]
    return Scene(url, folder, students, tokens, workers)


@dataclass(frozen=True)
class Pace:
    """Entries a second, and milliseconds of the processors' work for one; PostgreSQL's own work is not in it."""

    rate: float
    work: float


def worked(services: bool = False) -> float:
    """Seconds of work of this process, or of the services that it started and that ended."""
    times = os.times()
    return times.children_user + times.children_system if services else times.user + times.system


async def for_a_while(seconds: float, act: Callable[[int, int], Awaitable[None]]) -> tuple[int, Pace]:
    """Acts of sixteen who act over and over, and their pace. act: takes who and which."""
    end = time.monotonic() + seconds
    done = [0] * WRITERS

    async def one(place: int) -> None:
        while time.monotonic() < end:
            await act(place, done[place])
            done[place] += 1

    began, before = time.monotonic(), worked()
    await asyncio.gather(*map(one, range(WRITERS)))
    number = sum(done)
    return number, Pace(number / (time.monotonic() - began), (worked() - before) / number * 1000)


def row_of(scene: Scene, place: int) -> list[Any]:
    """The raw row of one entry of a student."""
    student = scene.students[place]
    return logging_limit.row_of(student.school.id, student.id, student.school.zone)


async def raw(scene: Scene, seconds: float) -> Pace:
    """One transaction for each raw row, with nothing in between."""
    async with keeper(scene.url) as keep:
        _, pace = await for_a_while(seconds, lambda place, _: keep(row_of(scene, place)))
    return pace


async def by_tortoise(scene: Scene, seconds: float) -> Pace:
    """The same row through Tortoise as it comes."""
    async with plain_tortoise(scene.url) as keep:
        _, pace = await for_a_while(seconds, lambda place, _: keep(row_of(scene, place)))
    return pace


async def by_action(scene: Scene, seconds: float) -> Pace:
    """log_entry in this process, as a page calls it."""

    async def act(place: int, number: int) -> None:
        student = scene.students[place]
        given = Given(dates.today(student.school.zone), Mode.READING, title=f"Book {number % 9}", minutes=1)
        await log_actions.log_entry(given, uuid.uuid4().hex, student, sure=True)

    async with opened(scene.url):
        _, pace = await for_a_while(seconds, act)
    return pace


async def forget(scene: Scene) -> None:
    """Take away what was logged, so that each round begins alike."""
    with every_school("a benchmark"):
        ids = ", ".join(str(student.id) for student in scene.students[:WRITERS])
        await get_connection("default").execute_query(f"DELETE FROM log_entry WHERE person_id IN ({ids})")


async def by_page(scene: Scene, seconds: float) -> Pace:
    """The form sent to the service under uvicorn."""
    more = (scene.folder, f"https://{HOST}")
    return await by_service(scene, seconds, "ours", more, lambda _: "/lincoln/me/log/new")


async def by_route(scene: Scene, seconds: float) -> Pace:
    """The form sent to a bare route under the same server, which keeps one raw row."""
    of = scene.students
    return await by_service(scene, seconds, "row", (), lambda place: f"/{of[place].school.id}/{of[place].id}")


async def by_service(
    scene: Scene, seconds: float, name: str, more: tuple[str, ...], path_of: Callable[[int], str]
) -> Pace:
    """The form sent over sixteen kept connections to a service of so many workers.

    path_of: where the student of a place sends it. The work of beginning and ending the service is not counted.
    """
    before = worked(services=True)
    if name not in scene.idle:
        with running(name, scene.workers, scene.url, *more) as server:
            await wait_for(server, "/lincoln/")
        scene.idle[name] = worked(services=True) - before
        before = worked(services=True)
    with running(name, scene.workers, scene.url, *more) as server:
        await wait_for(server, "/lincoln/")
        lines = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(WRITERS)]

        async def act(place: int, number: int) -> None:
            reader, writer = lines[place]
            fields = {"form_key": uuid.uuid4().hex, "mode": "reading", "title": f"Book {number % 9}", "sure": "yes"}
            body = urlencode({**fields, "minutes": "other", "other_minutes": "1", "when": "today"}).encode()
            head = (
                f"POST {path_of(place)} HTTP/1.1\r\nHost: {HOST}\r\nSec-Fetch-Site: same-origin\r\n"
                f"Cookie: {cookie_name(secure=True)}={scene.tokens[place]}\r\nContent-Length: {len(body)}\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
            )
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 303"):
                raise RuntimeError(answer[:200])
            length = answer.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
            await reader.readexactly(int(length or 0))

        number, pace = await for_a_while(seconds, act)
        for _, writer in lines:
            writer.close()
    return Pace(pace.rate, (worked(services=True) - before - scene.idle[name]) / number * 1000)


async def pages(scene: Scene) -> None:
    """What the pages of a student cost, with nothing and with much behind: statements, milliseconds of work."""
    settings = Settings(
        database_url=scene.url,
        secret_key="k" * 40,
        base_url=f"https://{HOST}",
        data_folder=Path(scene.folder),
        jobs_inside=False,
    )
    counter = Statements()
    client_log = log.getLogger("tortoise.db_client")
    app = build_app(settings)
    async with app.lifespan():
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=f"https://{HOST}") as client:
            for path in ("/lincoln/", "/lincoln/me", "/lincoln/me/log", "POST /lincoln/me/log/new"):
                said = [f"{path:26}"]
                for who, place in (("none behind", 0), ("many behind", -1)):
                    cookies = {"Cookie": f"{cookie_name(secure=True)}={scene.tokens[place]}"}
                    took, seen = [], []
                    for number in range(12):
                        counter.forget()
                        client_log.addHandler(counter)
                        client_log.setLevel(log.DEBUG)
                        if number < 9:
                            client_log.removeHandler(counter)
                            client_log.setLevel(log.WARNING)
                        began = time.process_time()
                        await once(client, path, cookies, number)
                        if number < 9:
                            took.append((time.process_time() - began) * 1000)
                        else:
                            seen.append(len(counter))
                        client_log.removeHandler(counter)
                        client_log.setLevel(log.WARNING)
                    said.append(f"{who}: {max(seen[1:])} statements, {statistics.median(took):5.1f} ms of work")
                print(";  ".join(said), flush=True)


async def once(client: httpx2.AsyncClient, path: str, cookies: dict[str, str], number: int) -> None:
    """One request."""
    if not path.startswith("POST "):
        answer = await client.get(path, headers=cookies)
        wanted = 200
    else:
        fields = {"form_key": uuid.uuid4().hex, "mode": "reading", "title": f"Book {number}", "sure": "yes"}
        data = {**fields, "minutes": "other", "other_minutes": "1", "when": "today"}
        headers = {**cookies, "Sec-Fetch-Site": "same-origin"}
        answer = await client.post(path.removeprefix("POST "), data=data, headers=headers)
        wanted = 303
    if answer.status_code != wanted:
        raise RuntimeError(f"{path}: {answer.status_code}")


# the limit, what is kept as plainly as can be, a peer, and ours
WAYS: dict[str, Callable[[Scene, float], Awaitable[Pace]]] = {
    "raw SQL": raw,
    "a bare route": by_route,
    "Tortoise": by_tortoise,
    "the action": by_action,
    "the page": by_page,
}


def median_of(paces: list[Pace], part: str) -> float:
    """The median of one part of some paces."""
    return statistics.median(map(attrgetter(part), paces))


async def measure(url: str, folder: str, options: argparse.Namespace) -> None:
    """All of it."""
    scene = await prepare(url, folder, options.behind, options.workers)
    found: dict[str, list[Pace]] = {name: [] for name in WAYS}
    for _ in range(options.rounds):
        for name, way in WAYS.items():
            found[name].append(await way(scene, options.seconds))
            async with opened(scene.url):
                await forget(scene)
    rates, works = ({name: median_of(paces, part) for name, paces in found.items()} for part in ("rate", "work"))
    for name, rate in rates.items():
        of = f"{rate / rates['raw SQL']:.3f} of raw, {rate / rates['a bare route']:.3f} of a bare route"
        print(f"{name:14} {rate:8,.0f} entries/s, {of}; {works[name]:.2f} ms of work each", flush=True)
    print("goal: the page at 0.5 of raw (GOALS.md, 4); first bell needs 1 entry/s", flush=True)
    await pages(scene)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"load {load}; work: {worked():.0f} s here, {worked(services=True):.0f} s in services")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL server of its own")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--behind", type=int, default=2_000, help="entries behind a student")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if not options.postgres:
            uvloop.run(measure(f"sqlite://{Path(folder) / 'bench.sqlite3'}", folder, options))
            return
        with postgres_server() as server:
            place = Path(server.get_postmaster_info().socket_dir)
            uvloop.run(measure(f"postgres://postgres@/postgres?host={place}", folder, options))


if __name__ == "__main__":
    main()
