"""How long an import takes beside reading alone, and what it weighs: `python -m tests.bench.imports`.

20,000 records of the Library of Congress (../shared/data/marc-bulk) by pymarc alone, by our reading process alone, as a
look before, brought in, and brought in again; on SQLite, or on PostgreSQL with --postgres (one a run, since statements
are made once a process). A table of as many rows, too. --records N takes fewer. Prints seconds and ratios to pymarc in
the same run; trust the ratios.
"""

import argparse
import asyncio
import csv
import gzip
import io
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pymarc

from engage.database.opening import opened
from engage.database.operations import migrate
from engage.resources import asking, marc
from engage.resources.catalogue import Report, import_file
from engage.resources.marc_file import chunks, read_record
from engage.resources.opening import Pieces
from engage.resources.remembering import with_columns
from tests import make
from tests.conftest import Place, on_server, postgres_server
from tests.data import SHARED

FILES = ("lc_juvenile_a.mrc", "lc_mixed_a.mrc.gz")
TRIES = 3


def bulk(most: int) -> Iterator[bytes]:
    """The bytes of so many records."""
    for name in FILES:
        path = SHARED / "marc-bulk" / name
        body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        found = islice(chunks(Pieces(io.BytesIO(body), 2**31)), most)
        for chunk in found:
            most -= 1
            yield chunk


def pymarc_alone(path: Path) -> int:
    """Read every record with pymarc, as anybody would."""
    with path.open("rb") as file:
        return sum(1 for _ in pymarc.MARCReader(file, permissive=True))


def reading_and_understanding(path: Path) -> int:
    """What our process does, without the process: take apart, decode, say what it is about."""
    count = 0
    with path.open("rb") as file:
        for chunk in chunks(Pieces(file, 2**31)):
            marc.read(read_record(chunk)[0], "Library")
            count += 1
    return count


async def reading_process(path: Path) -> int:
    """The whole file through the process of its own, without a database."""
    count = 0
    program = asking.program_of(asking.MARC, "", "Library", 2**31)
    with path.open("rb") as file:
        async for _ in asking.items(file, program):
            count += 1
    return count


def timed(name: str, work: Callable[[], int], floor: float = 0.0, tries: int = 1) -> float:
    """The median of some tries."""
    times = []
    for _ in range(tries):
        started = time.perf_counter()
        count = work()
        times.append(time.perf_counter() - started)
    middle = statistics.median(times)
    say(name, middle, floor or middle, f"{count} records")
    return middle


async def once(name: str, work: Awaitable[Report], floor: float) -> None:
    started = time.perf_counter()
    report = await work
    counts = ", ".join(f"{getattr(report, each)} {each}" for each in ("added", "changed", "same", "refused"))
    say(name, time.perf_counter() - started, floor, f"{report.records} records: {counts} {report.problem}")


def say(name: str, seconds: float, floor: float, more: str) -> None:
    print(f"{name:34} {seconds:7.1f} s  x {seconds / floor:5.2f}   {more}", flush=True)


async def bring(kind: str, url: str, path: Path, table: Path, floor: float) -> None:
    """The file looked at, brought in and brought in again, then the table; into an empty database."""
    await migrate(url)
    async with opened(url):
        school = await make.school("bench", "Bench School", await make.district())
        other = await make.school("other", "Other School", await make.district())
        for name, dry in (("first", False), ("again", False), ("look", True)):
            work = import_file(school.id, path, asking.MARC, dry_run=dry)
            await once(f"{kind}, MARC, {name}", work, floor)
        look = await asking.look_at(table, 2**31)
        mapping = with_columns(look.table, look.table.guessed, True).mapping
        for name in ("first", "again"):
            await once(f"{kind}, table, {name}", import_file(other.id, table, asking.CSV, mapping), floor)


def table_of(path: Path, target: Path) -> None:
    """The same titles as a table that a library's system might write."""
    with path.open("rb") as file, target.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["Title", "Author", "ISBN", "Call number", "Year", "Summary", "Subjects"])
        for chunk in chunks(Pieces(file, 2**31)):
            known = marc.read(read_record(chunk)[0], "Library")
            isbn = dict(known.identifiers).get("isbn", "")
            subjects = "; ".join(term.text for term in known.subjects)
            call = known.places[0].call_number if known.places else ""
            rows.writerow([known.title, known.creators, isbn, call, known.year or "", known.summary, subjects])


def peak(who: int) -> int:
    return resource.getrusage(who).ru_maxrss // 1024


def main() -> None:
    """The whole comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        path, table = folder / "bulk.mrc", folder / "bulk.csv"
        path.write_bytes(b"".join(bulk(asked.records)))
        table_of(path, table)
        floor = timed("pymarc alone", lambda: pymarc_alone(path), tries=TRIES)
        timed("reading and understanding alone", lambda: reading_and_understanding(path), floor)
        timed("the reading process alone", lambda: asyncio.run(reading_process(path)), floor)
        if not asked.postgres:
            asyncio.run(bring("SQLite", f"sqlite://{folder}/bench.sqlite3", path, table, floor))
        else:
            server = stack.enter_context(postgres_server())
            place = Place("postgres", "", Path(server.get_postmaster_info().socket_dir))
            asyncio.run(on_server(place, 'CREATE DATABASE "imports"'))
            asyncio.run(bring("PostgreSQL", place.url("imports"), path, table, floor))
    print(f"memory {peak(resource.RUSAGE_SELF)} MB, the reading process {peak(resource.RUSAGE_CHILDREN)} MB")


if __name__ == "__main__":
    main()
