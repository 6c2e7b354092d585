"""How long a harvest takes, beside fetching everything and parsing everything in one process.

    python -m tests.bench.harvest [--feeds 500] [--rounds 3] [--database postgres://…] [--reader /path/to/python]

A site of its own process serves the feeds, each from a host of its own on the loopback. 1.00 is what it takes to fetch
all of them and to parse all of them with feedparser as it comes, in one process; all is measured in turns in the same
run. reader: a Python that has lemon24/reader 3, which is then measured beside us.
Goals: first visit 0.60, nothing changed 0.02 (with ETag and without), one new entry in each 0.15.
Source: shared/bench/GOALS.md, 3.
"""

import argparse
import asyncio
import contextlib
import hashlib
import multiprocessing
import os
import random
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import feedparser

import feeds
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.database.tenancy import every_school
from engage.outside.cage import Cage
from engage.outside.fetch import Door
from engage.resources.harvest import harvest_now
from engage.resources.incoming_models import InboxEntry, Source
from engage.resources.intake import hash_of_address
from engage.working import new_loop
from tests import make
from tests.serving import free_port

ENTRIES = 23
AT_ONCE = 16
GOALS = {"first visit": 0.60, "unchanged, ETag": 0.02, "unchanged, no ETag": 0.02, "one new entry each": 0.15}
WORDS = (
    *("the", "a", "of", "and", "library", "story", "river", "lantern", "whale", "moon", "paper", "garden", "winter"),
    *("letter", "engine", "bridge", "island", "children", "reading", "teacher", "morning", "question", "science"),
    *("history", "music", "planet", "forest", "animal", "ocean", "invention"),
)
HEADERS = {"content-type": "application/rss+xml"}


class Took(NamedTuple):
    """What something takes, in seconds by the clock, and in seconds of all the processors that worked on it."""

    seconds: float
    work: float


class Peaks:
    """parser: the most memory that any parser process held when it was last looked at, in MB."""

    parser = 0


def feed_of(number: int, new: bool) -> bytes:
    """One feed of about 98 KB, as a blog's is: newest first, with whole posts in it. new: with one more."""
    chance = random.Random(number)
    items = [item_of(number, each, chance) for each in range(ENTRIES)]
    if new:
        items.insert(0, item_of(number, ENTRIES, random.Random(-number - 1)))
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>Blog {number}</title><link>https://blog{number}.example/</link><description>Of books</description>"
        f"<language>en</language>{''.join(items)}</channel></rss>"
    ).encode()


def item_of(feed: int, number: int, chance: random.Random) -> str:
    """A post: eight paragraphs with links and pictures."""

    def words(count: int) -> str:
        return " ".join(chance.choices(WORDS, k=count))

    paragraphs = "".join(
        f'<p>{words(22)} <a href="/post/{number}/{each}">{words(3)}</a> <em>{words(4)}</em> {words(22)}.</p>'
        f'<p><img src="/pictures/{number}-{each}.jpg" alt="{words(4)}"></p>'
        for each in range(8)
    )
    at = datetime(2026, 9, 1, 8, tzinfo=UTC) + timedelta(hours=number * 5)
    return (
        f"<item><title>{words(7).title()}</title><link>https://blog{feed}.example/{number}</link>"
        f'<guid isPermaLink="false">{feed}-{number}</guid><dc:creator>{words(2).title()}</dc:creator>'
        f"<pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate><category>{words(1)}</category>"
        f"<description>{words(30)}</description><content:encoded><![CDATA[{paragraphs}]]></content:encoded></item>"
    )


def site(port: int, feeds_number: int) -> None:
    """Serve the feeds until ended: /etag/N and /plain/N as they were, /new/etag/N and /new/plain/N with one more."""
    kept = {new: [feed_of(number, new) for number in range(feeds_number)] for new in (False, True)}
    tags = {new: [hashlib.sha1(body).hexdigest() for body in bodies] for new, bodies in kept.items()}
    newer = False

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal newer
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            _, kind, number = head.split(" ")[1].split("/")
            if kind == "newer":
                newer = number == "1"
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            else:
                tag, body = tags[newer][int(number)], kept[newer][int(number)]
                with_tag = f'ETag: "{tag}"\r\n' if kind == "etag" else ""
                if with_tag and tag in head:
                    writer.write(f"HTTP/1.1 304 Not Modified\r\n{with_tag}Connection: close\r\n\r\n".encode())
                else:
                    told = f"Content-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
                    writer.write(f"HTTP/1.1 200 OK\r\n{told}{with_tag}\r\n".encode() + body)
            await writer.drain()
        finally:
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(talk, "0.0.0.0", port)
        await server.serve_forever()

    asyncio.run(serve())


def hosts(number: int) -> list[str]:
    """Addresses on the loopback, one for each feed."""
    return [f"127.1.{each // 250}.{each % 250 + 1}" for each in range(number)]


async def get(host: str, port: int, path: str) -> bytes:
    """A body, by the plainest way there is."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    answer = await reader.read(-1)
    writer.close()
    return answer.partition(b"\r\n\r\n")[2]


async def fetch_all(port: int, number: int, kind: str = "plain") -> list[bytes]:
    """Fetching alone: all bodies, a few at once."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(each: int, host: str) -> bytes:
        async with room:
            return await get(host, port, f"/{kind}/{each}")

    return list(await asyncio.gather(*(one(each, host) for each, host in enumerate(hosts(number)))))


def parse_all(bodies: list[bytes]) -> int:
    """Parsing alone: all bodies by feedparser as it comes, in this process."""
    return sum(len(feedparser.parse(body, response_headers=HEADERS).entries) for body in bodies)


def read_all(bodies: list[bytes]) -> int:
    """The same by our reader."""
    return sum(len(feeds.read(body, "https://example.com/feed", HEADERS).entries) for body in bodies)


def limit(port: int, number: int) -> tuple[dict[str, Took], int]:
    """Fetching everything and parsing everything, in one process: what each part takes, and how many entries."""
    bodies: list[bytes] = []
    took: dict[str, Took] = {}
    entries = 0

    def measure(name: str, work: Callable[[], int]) -> int:
        began, worked = time.perf_counter(), processors()
        found = work()
        took[name] = Took(time.perf_counter() - began, processors() - worked)
        return found

    def fetching() -> int:
        bodies.extend(asyncio.run(fetch_all(port, number)))
        return len(bodies)

    measure("fetching alone", fetching)
    entries = measure("parsing alone, feedparser", lambda: parse_all(bodies))
    measure("parsing alone, our reader", lambda: read_all(bodies))
    print(f"  {len(bodies)} feeds, {sum(map(len, bodies)) / 1e6:.0f} MB, {entries:,} entries", flush=True)
    return took, entries


async def timed(work: Callable[[], Awaitable[object]]) -> Took:
    """Seconds that something takes."""
    began, worked = time.perf_counter(), processors()
    await work()
    return Took(time.perf_counter() - began, processors() - worked)


def prepare(url: str) -> None:
    """Make the tables."""
    asyncio.run(migrate(url))


async def in_turns(port: int, number: int, url: str, reader: str) -> dict[str, Took]:
    """One round: the limit, then us."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        loop = asyncio.get_running_loop()
        # what makes the tables is no part of what the harvest holds in memory
        await loop.run_in_executor(alone, prepare, url)
        took, entries = await loop.run_in_executor(alone, limit, port, number)
    took |= await ours(port, number, url, entries)
    if reader:
        took |= peer(reader, port, number)
    return took


async def ours(port: int, number: int, url: str, entries: int) -> dict[str, Took]:
    """Our harvest, on an empty database, of feeds with ETag and then without."""
    took: dict[str, Took] = {}
    now = datetime(2026, 11, 13, 12, tzinfo=UTC)
    door = Door(frozenset((host, port) for host in hosts(number)))
    for kind in ("etag", "plain"):
        async with opened(url):
            with every_school("a benchmark"):
                school = await make.school(f"bench-{kind}-{now:%H%M%S%f}", "Bench School", await make.district())
                for each, host in enumerate(hosts(number)):
                    address = f"http://{host}:{port}/{kind}/{each}"
                    await Source.create(
                        school_id=school.id, url=address, url_hash=hash_of_address(address), next_visit_at=now
                    )
                cage = Cage()

                async def visit(hours: int, new: int, cage: Cage = cage) -> None:
                    found = await harvest_now(door, cage, now + timedelta(hours=hours))
                    if (found.new, found.problems) != (new, ()):
                        raise RuntimeError(f"{found.new} new instead of {new}: {found.problems[:3]}")

                first = await timed(lambda: visit(1, entries))
                same = await timed(lambda: visit(2, 0))
                await get("127.0.0.1", port, "/newer/1")
                newer = await timed(lambda: visit(3, number))
                await get("127.0.0.1", port, "/newer/0")
                Peaks.parser = max(Peaks.parser, parsers_peak())
                cage.close()
                took |= {"first visit": first, "one new entry each": newer} if kind == "plain" else {}
                took["unchanged, ETag" if kind == "etag" else "unchanged, no ETag"] = same
                await InboxEntry.all().delete()
                await Source.all().delete()
    return took


READER = """
import sys, tempfile, time
from reader import make_reader
port, hosts = sys.argv[1], sys.argv[2:]
reader = make_reader(tempfile.mkdtemp() + "/r.sqlite")
for number, host in enumerate(hosts):
    reader.add_feed(f"http://{host}:{port}/etag/{number}")
for name in ("first visit", "unchanged, ETag"):
    began = time.perf_counter()
    reader.update_feeds()
    print(name, time.perf_counter() - began, sep="=")
print(reader.get_entry_counts().total, file=sys.stderr)
"""


def peer(python: str, port: int, number: int) -> dict[str, Took]:
    """lemon24/reader on the same feeds."""
    told = subprocess.run(
        [python, "-c", READER, str(port), *hosts(number)], capture_output=True, text=True, check=True
    ).stdout
    return {
        f"reader, {name}": Took(float(seconds), 0)
        for name, _, seconds in (line.partition("=") for line in told.split("\n")[:2])
    }


async def main(options: argparse.Namespace) -> None:
    """Run the rounds and print medians and ratios."""
    port = free_port()
    serving = multiprocessing.get_context("spawn").Process(target=site, args=(port, options.feeds), daemon=True)
    serving.start()
    rounds: list[dict[str, Took]] = []
    try:
        await until_served(port)
        for turn in range(options.rounds):
            with tempfile.TemporaryDirectory() as folder:
                url = options.database or f"sqlite://{Path(folder) / 'bench.sqlite3'}"
                rounds.append(await in_turns(port, options.feeds, url, options.reader))
            print(
                f"  round {turn + 1}: " + ", ".join(f"{name} {took.seconds:.2f} s" for name, took in rounds[-1].items())
            )
    finally:
        serving.kill()
    report(rounds)


def report(rounds: list[dict[str, Took]]) -> None:
    """Print medians and ratios, by the clock and by the work of the processors."""
    parts = ("fetching alone", "parsing alone, feedparser")
    limits = [Took(*(sum(each) for each in zip(*(one[part] for part in parts), strict=True))) for one in rounds]
    whole = Took(*(statistics.median(each) for each in zip(*limits, strict=True)))
    print(f"1.00 is {whole.seconds:.1f} s by the clock, {whole.work:.1f} s of processors")
    for name in rounds[0]:
        took = Took(*(statistics.median(each) for each in zip(*(one[name] for one in rounds), strict=True)))
        ratios = [
            Took(one[name].seconds / limit.seconds, one[name].work / limit.work)
            for one, limit in zip(rounds, limits, strict=True)
        ]
        ratio = Took(*(statistics.median(each) for each in zip(*ratios, strict=True)))
        goal = f"  (goal {GOALS[name]:.2f})" if name in GOALS else ""
        worked = f"   processors {took.work:6.2f} s  x {ratio.work:.3f}" if took.work else ""
        print(f"{name:28} {took.seconds:7.2f} s  x {ratio.seconds:.3f}{worked}{goal}")
    print(f"memory of the process that harvests {peak(resource.RUSAGE_SELF)} MB, of a parser {Peaks.parser} MB")


def processors() -> float:
    """Seconds for which processors worked for this process and for the parsers that it began."""
    mine, tick = os.times(), os.sysconf("SC_CLK_TCK")
    fields = (Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in parsers())
    running = sum(int(each[11]) + int(each[12]) + int(each[13]) + int(each[14]) for each in fields) / tick
    return mine.user + mine.system + mine.children_user + mine.children_system + running


def parsers() -> list[int]:
    """The numbers of the parser processes that run now, as Linux knows them."""
    family, found = {os.getpid()}, []
    for each in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
        with contextlib.suppress(OSError):  # it has ended in this very moment
            parent = int(Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()[1])
            if parent in family and b"cage_worker" in Path(f"/proc/{each}/cmdline").read_bytes():
                family.add(each)
                found.append(each)
    return found


def peak(who: int) -> int:
    """The most memory that was held at any moment, in MB."""
    return resource.getrusage(who).ru_maxrss // 1024


def parsers_peak() -> int:
    """The most memory that a parser that runs now held at any moment, in MB."""
    held = [Path(f"/proc/{each}/status").read_text().partition("VmHWM:")[2].split()[0] for each in parsers()]
    return max((int(each) // 1024 for each in held), default=0)


async def until_served(port: int) -> None:
    """Wait for the site."""
    for _ in range(600):
        try:
            await get("127.0.0.1", port, "/newer/0")
            return
        except OSError:
            await asyncio.sleep(0.1)
    raise RuntimeError("the site does not answer")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", default="", help="an empty database; an SQLite file for each round if not given")
    parser.add_argument("--reader", default="", help="a Python with lemon24/reader")
    with asyncio.Runner(loop_factory=new_loop) as runner:  # as in the process of the jobs
        runner.run(main(parser.parse_args()))
