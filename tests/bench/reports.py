"""What a year's report, an indicator's page and a district's sum cost with millions of log entries behind them.

    python -m tests.bench.reports [--postgres] [--entries 100000 1000000] [--schools 200] [--students 100000]
                                  [--copies 1] [--rounds 5] [--keep FOLDER] [--there URL]

For each number of entries a district is made up (engage simulate; with --copies 10 a tenth of its schools, which the
database then copies), and the pages are asked for through the whole service, in turn with naive SQL over the facts: by
school, month and format for the district, and of one school for its report. Where duckdb is installed by hand (pip
install duckdb), it answers the same from an export of the facts; the export is not counted. Prints medians in
milliseconds, by the clock and of the processors, and how many times less work than naive it is; then the growth from
the first number of entries to the last, and what folding costs an entry. Goals: shared/bench/GOALS.md, 5 (200 times
naive at 10 million, growth at most 1.1, folding at most 20 µs).
"""

import argparse
import asyncio
import csv
import logging
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import httpx2
from tortoise.connection import get_connection

from engage import dates
from engage.app import build_app
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.database.tenancy import every_school
from engage.engagement.hidden import Whose
from engage.people.models import Person, School
from engage.people.queries import reader_at
from engage.people.rules import Role
from engage.settings import Settings
from engage.simulate import ZONE, Keeping, Size, simulate
from engage.web.sessions import cookie_name
from tests import make
from tests.bench.copies import copy_all
from tests.bench.turns import HOST
from tests.conftest import postgres_server
from tests.school import give_session


class Took(NamedTuple):
    """Milliseconds of some rounds, by the clock; and of the processors in the middle one, ours and the server's
    together: on a machine that others use as well, only those tell something."""

    median: float
    work: float


TICKS = os.sysconf("SC_CLK_TCK")
Act = Callable[[], Awaitable[Any]]
Times = dict[str, Took]
BASE = f"https://{HOST}"
CELLS = (
    "SELECT e.school_id, {month} AS month, r.format, COUNT(*), SUM(e.minutes), COUNT(DISTINCT e.person_id) "
    'FROM log_entry e JOIN resource r ON r.id = e.resource_id WHERE e."on" >= {first} AND e."on" <= {last} {which} '
    "GROUP BY e.school_id, {month}, r.format"
)
DAYS = (
    "SELECT e.grade_band, e.mode, COUNT(DISTINCT e.person_id), COUNT(DISTINCT e.person_id || ':' || e.\"on\") "
    'FROM log_entry e WHERE e."on" >= {first} AND e."on" <= {last} {which} GROUP BY e.grade_band, e.mode'
)

EXPORT = {
    "log_entry": 'school_id, person_id, resource_id, "on", mode, grade_band, minutes',
    "resource": "id, format",
}


async def in_turn(acts: dict[str, Act], rounds: int, server: int) -> Times:
    """Each act so many rounds, one after the other, so that all of them meet the same machine; the first round is not
    counted. server: the process of PostgreSQL, 0 where there is none."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in acts}
    for _ in range(rounds + 1):
        for name, act in acts.items():
            begin, worked = time.perf_counter(), processors(server)
            await act()
            taken[name].append((time.perf_counter() - begin, processors(server) - worked))
    return {
        name: Took(*(1_000 * statistics.median(some) for some in zip(*each[1:], strict=True)))
        for name, each in taken.items()
    }


def processors(server: int) -> float:
    """Seconds that this process, a server and what it started kept a processor busy."""
    seconds = time.process_time()
    for process in Path("/proc").glob("[0-9]*") if server else ():
        with suppress(OSError):
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if process.name == str(server):  # with those of its children that are over
                seconds += sum(map(int, fields[11:15])) / TICKS
            elif fields[1] == str(server):
                seconds += int((process / "schedstat").read_text().split()[0]) / 1e9
    return seconds


def naive(lite: bool, what: str, school: int | None) -> str:
    """Naive SQL of last school year; of one school, or of all."""
    year = dates.school_year(dates.school_year(dates.today(ZONE)).starts - timedelta(days=1))
    return what.format(
        month='substr(e."on", 1, 7)' if lite else "date_trunc('month', e.\"on\")",
        first=f"'{year.starts}'",
        last=f"'{year.ends}'",
        which="" if school is None else f"AND e.school_id = {school}",
    )


async def make_up(url: str, size: Size, copies: int) -> None:
    """Make the district up."""
    await migrate(url)
    async with opened(url):
        with every_school("a benchmark"):
            begin = time.perf_counter()
            await simulate(Size(*(number // copies for number in (size.schools, size.students, size.entries))))
            await copy_all(url, copies)
            print(f"  made up in {time.perf_counter() - begin:.0f} s", flush=True)


async def measure(url: str, folder: str, rounds: int) -> Times:
    """Time everything in the district that is there."""
    async with opened(url):
        with every_school("a benchmark"):
            school = await School.all().order_by("id").first()
            assert school is not None
            tokens = []
            for name, role in (("Ada", Role.SPECIALIST), ("Dora", Role.DISTRICT_ADMIN)):
                person = await Person.get_or_none(login=name.lower())
                person = person or await make.person(name, role, school, login=name.lower())
                reader = await reader_at(person.id, school.slug)
                assert reader is not None
                tokens.append(await give_session(reader, dates.now()))
    settings = Settings(
        database_url=url, secret_key="k" * 40, base_url=BASE, data_folder=Path(folder), jobs_inside=False
    )
    app, acts = build_app(settings), dict[str, Act]()
    year = dates.school_year(dates.school_year(dates.today(ZONE)).starts - timedelta(days=1))
    pages = {
        "year's report": (f"/{school.slug}/evaluation/{dates.year_name(year)}", tokens[0]),
        "indicator page": (f"/{school.slug}/evaluation/indicators/minutes_reading", tokens[0]),
        "district sum": ("/district/evaluation", tokens[1]),
    }
    lite = url.startswith("sqlite")
    async with app.lifespan():
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
            for name, (path, token) in pages.items():

                async def page(path: str = path, token: str = token) -> None:
                    client.cookies.set(cookie_name(settings.secure), token, domain=str(client.base_url.host))
                    answer = await client.get(path)
                    assert answer.status_code == 200, (path, answer.status_code)
                    client.cookies.clear()

                acts[name] = page

            async def both(one: int | None) -> None:
                with every_school("a benchmark"):
                    for what in (CELLS, DAYS):
                        await get_connection("default").execute_query_dict(naive(lite, what, one))

            acts["naive SQL, one school"] = lambda: both(school.id)
            acts["naive SQL, all schools"] = lambda: both(None)
            acts |= await duck(url, folder)
            return await in_turn(acts, rounds, 0 if lite else await server_of())


async def server_of() -> int:
    """The process of the PostgreSQL that is open, which is on this machine."""
    rows = await get_connection("default").execute_query_dict("SELECT pg_backend_pid() AS pid")
    return parent_of(rows[0]["pid"])


def parent_of(process: int) -> int:
    """Who started a process."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


async def duck(url: str, folder: str) -> dict[str, Act]:
    """The same by DuckDB over a copy of the facts, where it is installed; the copy goes through files, uncounted."""
    try:
        import duckdb
    except ImportError:
        print("  duckdb is not installed; it is left out")
        return {}
    base = duckdb.connect()
    base.execute("SET threads = 2")
    for table, columns in EXPORT.items():
        file = Path(folder) / f"{table}.csv"
        begin = time.perf_counter()
        await export(url, f"SELECT {columns} FROM {table}", file)
        base.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv('{file}', header = true)")
        print(f"  {table} copied for DuckDB in {time.perf_counter() - begin:.0f} s")
        file.unlink()

    async def both() -> None:
        for what in (CELLS, DAYS):
            base.execute(naive(False, what, None))
            base.fetchall()

    return {"DuckDB, all schools": both}


async def export(url: str, query: str, file: Path) -> None:
    """The rows of a query as a file of comma-separated values with a head."""
    if not url.startswith("sqlite"):
        connection = await asyncpg.connect(url)
        await connection.copy_from_query(query, output=file, format="csv", header=True)
        await connection.close()
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as base, file.open("w", encoding="utf-8") as out:
        rows = base.execute(query)
        table = csv.writer(out)
        table.writerow([column[0] for column in rows.description])
        table.writerows(rows)


def folding(entries: int = 50_000) -> float:
    """Microseconds that the figures, days, turnouts and places of one entry take to fold in memory."""
    keeping, days = Keeping(1, {"2025-26": "s"}), [dates.today(ZONE) - timedelta(days=n) for n in range(90)]
    begin = time.process_time()
    for number in range(entries):
        whose = Whose(1, "2025-26", number % 500)
        of = ("reading", "book", "here", "3-5", 7, number % 120, 20, 20, "")
        keeping.add(whose, days[number % 90], *of)
    return 1e6 * (time.process_time() - begin) / entries


def told(each: dict[int, Times]) -> None:
    """Print what was measured."""
    many = list(each)
    for entries, times in each.items():
        print(f"\n{entries:,} entries")
        rivals = [name for name in times if name.startswith("naive")]
        for name, took in times.items():
            faster = [f"{times[rival].work / took.work:9.1f} x {rival}" for rival in rivals if name not in rivals]
            print(f"  {name:24}{took.median:10.1f} ms, {took.work:8.1f} ms of work{''.join(faster)}")
    if len(many) > 1:
        print(f"\ngrowth of the work from {many[0]:,} to {many[-1]:,} entries")
        for name, took in each[many[-1]].items():
            print(f"  {name:26}{took.work / each[many[0]][name].work:6.2f} x")
    print(f"\nfolding an entry: {folding():.1f} µs of the processor")


def main() -> None:
    """Read what to do, and do it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--entries", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--schools", type=int, default=200)
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--keep", default="")
    parser.add_argument("--there", default="", help="address of a database that such a district is in already")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    print(f"load {os.getloadavg()[0]:.1f}, {given.schools} schools, {given.students:,} students")
    each: dict[int, Times] = {}
    with tempfile.TemporaryDirectory() as folder:
        for entries in given.entries:
            size = Size(given.schools, given.students, entries)
            print(f"{entries:,} entries on {'PostgreSQL' if given.postgres else 'SQLite'}", flush=True)
            with ExitStack() as stack:
                url = given.there or f"sqlite://{given.keep or folder}/reports-{entries}.sqlite3"
                if given.postgres and not given.there:
                    place = stack.enter_context(postgres_server()).get_postmaster_info().socket_dir
                    url = f"postgres://postgres@/postgres?host={place}"
                if not given.there:
                    asyncio.run(make_up(url, size, given.copies))
                each[entries] = asyncio.run(measure(url, folder, given.rounds))
    told(each)
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
