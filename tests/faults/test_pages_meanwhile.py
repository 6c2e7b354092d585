"""Hostile feeds cost the pages nothing: while 20 slow and 20 huge ones are harvested, pages answer as ever.

Source: SAFETY.md, F2, F3 and O4. `pytest -o log_cli=1 --log-cli-level=INFO` shows the figures.
"""

import asyncio
import json
import logging
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from engage import dates
from engage.database.queue import enqueue
from engage.resources.harvest import hash_of_address
from engage.resources.incoming_models import Source, Visit
from tests import make
from tests.faults.hostile import Hostile, hostile
from tests.patience import until
from tests.school import give_session, make_the_school
from tests.serving import serving
from tests.test_working import children

pytestmark = pytest.mark.waits

log = logging.getLogger("engage.tests")

SLOW = ("/drip", "/silent", "/drip-headers", "/drip")
HUGE = ("/endless", "/bomb", "/entries.xml", "/texts.xml")
ITEM = (
    "<item><title>Entry {0}</title><guid>{0}</guid><link>http://example.com/{0}</link>"
    "<description>{1}</description></item>"
)
MIB = 1024
QUIET, LONGEST = 5.0, 300.0


def entries(number: int, words: str) -> bytes:
    items = "".join(ITEM.format(each, words) for each in range(number))
    return f'<rss version="2.0"><channel><title>Huge</title>{items}</channel></rss>'.encode()


@dataclass
class Watch:
    """How much memory a process took at most, in KiB."""

    pid: int
    before: int = 0
    most: int = 0

    def look(self) -> None:
        now = int(next(line for line in self.status() if line.startswith("VmRSS")).split()[1])
        self.before = self.before or now
        self.most = max(self.most, now)

    def status(self) -> list[str]:
        return Path(f"/proc/{self.pid}/status").read_text().splitlines()

    @property
    def grew(self) -> int:
        return self.most - self.before


async def sources(school_id: int, server: Hostile) -> tuple[int, list[int]]:
    """One honest source that answered before, then slow and huge ones by turns, each a host of its own."""
    now = dates.now()
    more = {"school_id": school_id, "next_visit_at": now}
    url = f"http://127.0.2.1:{server.port}/feed"
    good = await Source.create(url=url, url_hash=hash_of_address(url), last_good_at=now, **more)
    bad = []
    for number in range(40):
        kinds = SLOW if number % 2 else HUGE
        url = f"http://127.0.1.{number + 1}:{server.port}{kinds[number // 2 % 4]}"
        bad.append((await Source.create(url=url, url_hash=hash_of_address(url), **more)).id)
    return good.id, bad


async def ask(address: str, cookie: str, paths: list[str], seconds: float) -> asyncio.subprocess.Process:
    """A process that asks for pages until its input is closed."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.asking", address, str(seconds), cookie, *paths),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


async def answers(asking: asyncio.subprocess.Process) -> list[tuple[str, int, float]]:
    """Path, status and milliseconds of each answer."""
    assert asking.stdin is not None
    asking.stdin.close()  # so it need not go on to its end
    return [tuple(each) for each in json.loads((await asking.communicate())[0])]


def percentile(times: list[tuple[str, int, float]], percent: int) -> float:
    """So many milliseconds or less took so many in a hundred answers."""
    return statistics.quantiles([took for _, _, took in times], n=100, method="inclusive")[percent - 1]


@pytest.mark.slow
@pytest.mark.only("sqlite")  # where pages and jobs share one file, which is the harder case; it takes minutes
async def test_pages_answer_as_ever_while_hostile_feeds_are_harvested(database_url, db, tmp_path):
    async with hostile("0.0.0.0") as server:
        server.extra["/entries.xml"] = "application/rss+xml", entries(30_000, "word " * 30)
        server.extra["/texts.xml"] = "application/rss+xml", entries(90, "word " * 20_000)
        school = await make_the_school()
        curated = await make.curated_list(school.ada, "Sea stories", 6)
        cookie = f"session={await give_session(school.ada, dates.now())}"
        paths = ["/lincoln/", f"/lincoln/lists/{curated.slug}", "/lincoln/search?q=sea", "/lincoln/curate/inbox"]
        hosts = [f"127.0.2.1:{server.port}", *(f"127.0.1.{number}:{server.port}" for number in range(1, 41))]
        with serving(database_url, tmp_path, *hosts, jobs=True) as (address, running):
            await until(lambda: bool(children(running.pid)))
            asking = await ask(address, cookie, paths, QUIET)
            await asyncio.sleep(QUIET)
            quiet = await answers(asking)
            pages, jobs = Watch(running.pid), Watch(children(running.pid)[0])
            good, bad = await sources(school.card.id, server)
            began = time.monotonic()
            await enqueue("harvest", key="harvest")
            asking = await ask(address, cookie, paths, LONGEST)
            honest = 0.0
            visits = Visit.filter(school_id=school.card.id)
            while (told := await visits.values("source_id", "good", "code", "new")) is not None and len(told) < 41:
                assert time.monotonic() - began < LONGEST
                if not honest and good in {row["source_id"] for row in told}:
                    honest = time.monotonic() - began
                pages.look()
                jobs.look()
                await asyncio.sleep(0.2)
            took = time.monotonic() - began
            times = await answers(asking)
            assert running.exitcode is None
    by_id = {row["source_id"]: row for row in told}
    log.info(
        f"{took:.0f} s, the honest one after {honest:.1f} s, {len(times)} pages: p50 {percentile(times, 50):.0f} ms "
        f"(quiet {percentile(quiet, 50):.0f}), p99 {percentile(times, 99):.0f} ms (quiet {percentile(quiet, 99):.0f}), "
        f"slowest {max(took for _, _, took in times):.0f} ms; "
        f"memory of the pages {pages.before} KiB +{pages.grew}, of the jobs {jobs.before} KiB +{jobs.grew}",
    )
    assert {(path, status) for path, status, _ in times} == {(path, 200) for path in paths}
    assert percentile(times, 99) < 1000
    assert honest < 60
    assert pages.grew < 64 * MIB
    assert jobs.grew < 128 * MIB  # of four bodies at a time, each of which may have 15 MiB
    assert by_id.pop(good)["good"]
    assert set(by_id) == set(bad)
    assert Counter(row["code"] for row in by_id.values()) == {"slow": 20, "large": 10, "": 10}
