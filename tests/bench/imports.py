"""How long an import takes and what it weighs: `python -m tests.bench.imports [FILE] [postgres address]`.

Goal of the issue: 7,000 records under 60 s and under 400 MB, and a second run that changes nothing.
"""

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

from engage.database.opening import opened
from engage.database.operations import migrate
from engage.resources.catalogue import Report, import_marc
from engage.resources.search import Wanted, find
from tests import make
from tests.data import SHARED

QUERIES = ("moon", "m", "the", "dogs cats", "harry poter", "9780399214578", "")


async def main(path: Path, url: str) -> None:
    """Import a file twice into an empty database, then search it."""
    await migrate(url)
    async with opened(url):
        school = await make.school("bench", "Bench School", await make.district())
        for name in ("look", "first", "again"):
            started = time.perf_counter()
            report = await import_marc(school.id, path, dry_run=name == "look")
            print(f"{name:6} {time.perf_counter() - started:6.1f} s  {told(report)}")
        print(f"memory {peak(resource.RUSAGE_SELF)} MB, the reading process {peak(resource.RUSAGE_CHILDREN)} MB")
        for text in QUERIES:
            times = []
            for _ in range(20):
                started = time.perf_counter()
                found = await find(school.id, Wanted(text))
                times.append(time.perf_counter() - started)
            times.sort()
            middle, worst = times[10] * 1000, times[18] * 1000
            print(f"search {text!r:16} {found.total:6} found  p50 {middle:6.1f} ms  p95 {worst:6.1f} ms")


def told(report: Report) -> str:
    counts = {name: getattr(report, name) for name in ("added", "changed", "same", "refused")}
    return f"{report.records} records: " + ", ".join(f"{count} {name}" for name, count in counts.items())


def peak(who: int) -> int:
    return resource.getrusage(who).ru_maxrss // 1024


if __name__ == "__main__":
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED / "marc-bulk" / "lc_juvenile_a.mrc"
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(file, sys.argv[2] if len(sys.argv) > 2 else f"sqlite://{folder}/bench.sqlite3"))
