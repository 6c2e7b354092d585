"""How long a long table takes, and the pages meanwhile: `python -m tests.bench.tables [--postgres] [--rows 50000]`.

The whole service runs, as `engage serve` does, and brings a table in that was looked at before; a reader asks it for
pages in turn, before and meanwhile. The titles are those of the Library of Congress (../shared/data/marc-bulk), and
where more rows are asked for the same with a part and an ISBN of their own. Prints seconds by the clock and of the
processors, for a busy machine makes the clock lie; a fixed piece of work is timed beside them. Goal: SAFETY.md, U3.
"""

import argparse
import asyncio
import csv
import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from engage import dates
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.database.queue import enqueue
from engage.database.tenancy import every_school
from engage.resources import asking
from engage.resources.catalogue import uploads
from engage.resources.incoming_models import Import
from engage.resources.queries import job_key
from engage.resources.remembering import with_columns
from engage.resources.rules import ImportState
from tests import make
from tests.bench.imports import bulk, table_of
from tests.conftest import Place, on_server, postgres_server
from tests.faults.test_pages_meanwhile import answers, ask, percentile
from tests.patience import until
from tests.school import give_session, make_the_school
from tests.serving import serving
from tests.test_working import children

QUIET, LONGEST = 5.0, 900.0
TICKS = os.sysconf("SC_CLK_TCK")


def long_table(short: Path, target: Path, most: int) -> None:
    """A table of so many rows out of a shorter one."""
    with short.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    with target.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(head)
        for number in range(most):
            part, place = divmod(number, len(rows))
            title, creators, isbn, *more = rows[place]
            if part:
                title, isbn = f"{title}, part {part + 1}", _isbn(number) if isbn else ""
            table.writerow([title, creators, isbn, *more])


def _isbn(number: int) -> str:
    digits = f"979{number + 100_000_000:09d}"
    return digits + str(-sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(digits)) % 10)


def processors(pid: int) -> float:
    """Seconds that a process and those that it waited for kept a processor busy."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def most_memory(pid: int) -> int:
    """MiB that a process had at most."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) // 1024


def yard() -> float:
    """Seconds of a processor that a fixed piece of work takes: how quick this machine is at this moment."""
    began, kept = time.process_time(), {}
    for number in range(1_000_000):
        kept[number % 1_000] = str(number).lower()
    return time.process_time() - began


async def bring(kind: str, url: str, folder: Path, table: Path) -> None:
    """Bring the table in by the running service, asked for pages meanwhile."""
    await migrate(url)
    async with opened(url):
        with every_school("a benchmark"):
            school = await make_the_school()
            curated = await make.curated_list(school.ada, "Sea stories", 6)
            cookie = f"session={await give_session(school.ada, dates.now())}"
            look = await asking.look_at(table)
            mapping = with_columns(look.table, look.table.guessed, True).mapping
            more = {"kind": asking.CSV, "mapping": mapping, "name": table.name, "file": table.name}
            imported = await Import.create(school_id=school.card.id, by_id=school.ada.id, **more)
            paths = ["/lincoln/", f"/lincoln/lists/{curated.slug}", "/lincoln/search?q=sea", "/lincoln/curate/imports"]
            with serving(url, folder) as (address, running):
                await until(lambda: bool(children(running.pid)))
                jobs = children(running.pid)[0]
                asked = await ask(address, cookie, paths, QUIET)
                await asyncio.sleep(QUIET)
                quiet = await answers(asked)
                spent = processors(running.pid), processors(jobs)
                asked = await ask(address, cookie, paths, LONGEST)
                quickness = yard()
                args = {"school_id": school.card.id, "import_id": imported.id}
                await enqueue("import_catalogue", args, key=job_key(imported.id))
                reader = 0
                while (row := await Import.get(id=imported.id)).state is not ImportState.DONE:
                    reader = max([reader, *(most_memory(each) for each in children(jobs))])
                    await asyncio.sleep(0.3)
                assert row.started_at
                assert row.ended_at
                took = (row.ended_at - row.started_at).total_seconds()
                times = await answers(asked)
                print(
                    f"{kind}: {row.done:,} rows in {took:.1f} s ({row.added} added, {row.changed} changed, {row.same} "
                    f"same, {row.refused} refused); work of processors: import {processors(jobs) - spent[1]:.1f} s "
                    f"(reader among it), pages {processors(running.pid) - spent[0]:.1f} s\n"
                    f"  {len(times)} pages: p50 {percentile(times, 50):.0f} ms (quiet {percentile(quiet, 50):.0f}), "
                    f"p99 {percentile(times, 99):.0f} ms (quiet {percentile(quiet, 99):.0f}), "
                    f"other than 200: {sum(status != 200 for _, status, _ in times)}\n"
                    f"  at most {most_memory(running.pid)} MiB pages, {most_memory(jobs)} MiB jobs, {reader} MiB "
                    f"reader; load {os.getloadavg()[0]:.1f}, a yard {quickness:.2f} to {yard():.2f} s",
                    flush=True,
                )


def main() -> None:
    """Run it on one database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        records, short = folder / "bulk.mrc", folder / "short.csv"
        records.write_bytes(b"".join(bulk(asked.rows)))
        table_of(records, short)
        uploads(folder).mkdir(parents=True)
        table = uploads(folder) / "long.csv"
        long_table(short, table, asked.rows)
        if not asked.postgres:
            asyncio.run(bring("SQLite", f"sqlite://{folder}/bench.sqlite3", folder, table))
        else:
            server = stack.enter_context(postgres_server())
            place = Place("postgres", "", Path(server.get_postmaster_info().socket_dir))
            asyncio.run(on_server(place, 'CREATE DATABASE "tables"'))
            asyncio.run(bring("PostgreSQL", place.url("tables"), folder, table))


if __name__ == "__main__":
    main()
