"""What the progress of a class costs with a whole district's log behind it, as its teacher opens it.

    python -m tests.bench.progress [--postgres] [--behind 1000000] [--fill 600] [--rounds 30]

35 students and an assignment of 40 items; behind them so many log entries of others in the same school (10 million on
PostgreSQL where not said otherwise), which SQL writes in pieces until they are there or --fill seconds are over. Prints
statements, milliseconds by the clock and of the processor, for the page of the class, of the assignment, the part that
a page asks for every 20 seconds, and the spreadsheet; with few entries behind, then with all. Goals: issue 6 (under 12
statements), shared/bench/GOALS.md, 4 (95 % under 80 ms) and 5 (growth).
"""

import argparse
import logging
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx2
import uvloop
from tortoise.connection import get_connection

from engage import dates
from engage.app import build_app
from engage.classes.actions import Asked, Whom, assign
from engage.classes.rules import AssignmentKind
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.database.tenancy import every_school
from engage.people.rules import Role
from engage.settings import Settings
from engage.web.sessions import cookie_name
from tests import make
from tests.bench.turns import HOST
from tests.conftest import Statements, postgres_server
from tests.school import give_session, make_the_school

STUDENTS, ITEMS = 35, 40
OWN = 300  # entries of each student of the class, over the last 400 days
EACH = 2_000  # entries of each of the others
PIECE = 100_000
ENTRY = (
    'key, school_id, person_id, "on", zone, entered_at, mode, title, minutes, ending, feeling, grade_band, batch, '
    "form_key"
)
PLACE = 'school_id, person_id, resource_id, state, started_on, "on"'


@dataclass(frozen=True)
class Scene:
    """The school with its class. paths: of the pages that are measured."""

    url: str
    folder: str
    school_id: int
    district_id: int
    token: str
    paths: tuple[str, ...]
    resources: tuple[int, int]


async def prepare(url: str, folder: str) -> Scene:
    """The class, its list and assignment; each student is somewhere with each second item, and has a log."""
    await migrate(url)
    async with opened(url):
        with every_school("a benchmark"):
            school = await make_the_school()
            curated = await make.curated_list(by=school.ada, items=ITEMS, published=True)
            ids = [school.sam.id or 0]
            for number in range(STUDENTS - 1):
                person = await make.person(f"Child {number}", Role.STUDENT, school.lincoln, grade=3)
                await make.in_class(person, school.room, Role.STUDENT)
                ids.append(person.id)
            whom = Whom((school.room.key,))
            (assignment,) = await assign(curated.key, whom, Asked(AssignmentKind.ALL), by=school.tom)
            await make.program(by=school.ada)
            token = await give_session(school.tom, dates.now())
            rows = await get_connection("default").execute_query_dict(
                "SELECT MIN(resource_id) AS low, MAX(resource_id) AS high FROM list_item"
            )
            of = Scene(
                url, folder, school.card.id, school.card.district_id, token, (), (rows[0]["low"], rows[0]["high"])
            )
            for number in ids:
                await log_of(of, number, OWN, OWN, number)
                await places_of(of, number, number)
    room = f"/lincoln/classes/{school.room.key}"
    one = f"{room}/assignments/{assignment.key}"
    paths = (room, one, f"{one}/now", f"{one}/progress.csv")
    return Scene(url, folder, school.card.id, school.card.district_id, token, paths, of.resources)


def numbers(many: int) -> str:
    """A table n of the numbers from 0, on both databases."""
    return f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {many})"


written = count(0, PIECE)


async def log_of(scene: Scene, first: int, many: int, each: int, last: int) -> None:
    """So many entries, PIECE at most, for persons from first on, each of them so many, spread over 400 days."""
    after = next(written)
    lite = scene.url.startswith("sqlite")
    day = "date('now', '-' || (i % 400) || ' days')" if lite else "(CURRENT_DATE - (i % 400)::int)"
    moment = "strftime('%Y-%m-%d %H:%M:%S+00:00', 'now')" if lite else "now()"
    name = f"printf('%013d', {after} + i)" if lite else f"lpad(({after} + i)::text, 13, '0')"
    person = f"MIN({first} + i / {each}, {last})" if lite else f"LEAST({first} + i / {each}, {last})"
    values = f"{name}, {scene.school_id}, {person}, {day}, 'America/New_York', {moment}, 'reading'"
    values += f", 'A title of one', 20, '', '', '3-5', '', {name}"
    sql = f"INSERT INTO log_entry ({ENTRY}) {numbers(many)} SELECT {values} FROM n"
    await get_connection("default").execute_query(sql)


async def places_of(scene: Scene, first: int, last: int) -> None:
    """Each of these persons is somewhere with each second resource of the list."""
    lite = scene.url.startswith("sqlite")
    today = "date('now')" if lite else "CURRENT_DATE"
    low, high = scene.resources
    sql = f"""INSERT INTO resource_progress ({PLACE})
        SELECT {scene.school_id}, p.id, r.id,
         CASE (p.id + r.id) % 3 WHEN 0 THEN 'finished' WHEN 1 THEN 'started' ELSE 'stopped' END, {today}, {today}
        FROM person p JOIN resource r ON r.id BETWEEN {low} AND {high} AND (p.id + r.id) % 2 = 0
        WHERE p.id BETWEEN {first} AND {last} AND p.school_id = {scene.school_id}
        ON CONFLICT DO NOTHING"""
    await get_connection("default").execute_query(sql)


async def fill(scene: Scene, behind: int, seconds: float) -> int:
    """Others, with so many entries in all; returns how many there are when time is over."""
    lite = scene.url.startswith("sqlite")
    began, there = time.monotonic(), 0
    moment = "strftime('%Y-%m-%d %H:%M:%S+00:00', 'now')" if lite else "now()"
    name = "lower(hex(randomblob(6)))" if lite else "substr(md5(random()::text), 1, 12)"
    async with opened(scene.url):
        connection = get_connection("default")
        with every_school("a benchmark"):
            while there < behind and time.monotonic() - began < seconds:
                piece = min(PIECE, behind - there)
                people = -(-piece // EACH)
                before = (await connection.execute_query_dict("SELECT MAX(id) AS last FROM person"))[0]["last"]
                await connection.execute_query(
                    "INSERT INTO person (key, district_id, school_id, name, letter, avatar, grade, status, email, "
                    f"password_hash, picture_hash, made_at) {numbers(people)} SELECT '1' || {name}, "
                    f"{scene.district_id}, {scene.school_id}, 'Other', '', '', 4, 'active', '', '', '', {moment} FROM n"
                )
                last = (await connection.execute_query_dict("SELECT MAX(id) AS last FROM person"))[0]["last"]
                await log_of(scene, before + 1, piece, EACH, last)
                await places_of(scene, before + 1, last)
                there += piece
            await connection.execute_query("ANALYZE")
    print(f"{there:,} entries behind after {time.monotonic() - began:.0f} s", flush=True)
    return there


async def measure(scene: Scene, rounds: int) -> dict[str, float]:
    """Each page so many times; the median of the clock by path."""
    settings = Settings(
        database_url=scene.url,
        secret_key="k" * 40,
        base_url=f"https://{HOST}",
        data_folder=Path(scene.folder),
        jobs_inside=False,
    )
    client_log, counter, medians = logging.getLogger("tortoise.db_client"), Statements(), {}
    headers = {"Cookie": f"{cookie_name(secure=True)}={scene.token}"}
    app = build_app(settings)
    async with app.lifespan():
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=f"https://{HOST}") as client:
            for path in scene.paths:
                clock, work = [], []
                for number in range(rounds + 2):
                    counting = number == rounds + 1
                    if counting:
                        counter.forget()
                        client_log.addHandler(counter)
                        client_log.setLevel(logging.DEBUG)
                    began, worked = time.perf_counter(), time.process_time()
                    answer = await client.get(path, headers=headers)
                    took = (time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000
                    client_log.removeHandler(counter)
                    client_log.setLevel(logging.WARNING)
                    if answer.status_code != 200:
                        raise RuntimeError(f"{path}: {answer.status_code}")
                    if 0 < number <= rounds:
                        clock.append(took[0])
                        work.append(took[1])
                medians[path] = statistics.median(clock)
                late = sorted(clock)[int(len(clock) * 0.95)]
                print(
                    f"{path.partition('/classes/')[2][14:] or 'the class':44} {len(counter):3} statements, "
                    f"{medians[path]:7.1f} ms, 95 % under {late:7.1f} ms, {statistics.median(work):7.1f} ms of work, "
                    f"{len(answer.content):,} bytes",
                    flush=True,
                )
    return medians


async def run(url: str, folder: str, options: argparse.Namespace) -> None:
    """All of it."""
    scene = await prepare(url, folder)
    print(f"{STUDENTS} students, {ITEMS} items; few entries behind:", flush=True)
    before = await measure(scene, options.rounds)
    await fill(scene, options.behind, options.fill)
    after = await measure(scene, options.rounds)
    growth = ", ".join(f"{after[path] / before[path]:.2f}" for path in scene.paths)
    print(f"growth, page by page: {growth}; load {os.getloadavg()[0]:.1f}")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL server of its own")
    parser.add_argument("--behind", type=int, default=0, help="log entries of others; 1 or 10 million if not given")
    parser.add_argument("--fill", type=float, default=600.0, help="seconds at most to write them")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    options.behind = options.behind or (10_000_000 if options.postgres else 1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        if not options.postgres:
            uvloop.run(run(f"sqlite://{Path(folder) / 'bench.sqlite3'}", folder, options))
            return
        with postgres_server() as server:
            place = Path(server.get_postmaster_info().socket_dir)
            uvloop.run(run(f"postgres://postgres@/postgres?host={place}", folder, options))


if __name__ == "__main__":
    main()
