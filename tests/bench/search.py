"""How fast the search answers while somebody types, with 100,000 resources: through the page, on a server of its own.

    python -m tests.bench.search [--database postgres://… | --postgres] [--resources 100000]

Every key that is struck is asked for at once, by a student who is signed in, so that nothing comes from the front
cache. The page without a script is asked for when the typing ends. Beside it, in the same run, stands a page of the
same service that asks for nothing (the floor).
Goals: p95 at most 15 ms on SQLite, 20 ms on PostgreSQL. Source: shared/bench/GOALS.md, 6.
"""

import argparse
import asyncio
import csv
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from tortoise.connection import get_connection

from engage import dates
from engage.database.fields import new_key
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.database.rows import add
from engage.database.tenancy import every_school
from engage.engagement.rules import Mode
from engage.people.models import Person
from engage.resources import record
from engage.resources.keeping import columns_of, ready_of, rows_beside
from engage.resources.marc_worker import answers
from engage.resources.models import Creator, Holding, Identifier, Link, Resource, Subject
from engage.resources.record import Address, CatalogueRecord, Maker, Place
from engage.resources.rules import Format
from tests.conftest import postgres_server
from tests.data import SHARED
from tests.school import as_reader, give_session, make_the_school
from tests.serving import free_port, wait_until_ready

KEYS = 1_579
PAGES = 160
TOGETHER = 2_000
GOALS = {"sqlite": 15.0, "postgres": 20.0}

OURS = """
import sys, uvicorn
from pathlib import Path
from engage.app import build_app
from engage.settings import Settings
from engage.web.receiving import Receiving
port, url, folder = sys.argv[1:]
settings = Settings(database_url=url, secret_key="k" * 40, base_url=f"http://127.0.0.1:{port}",
                    data_folder=Path(folder), jobs_inside=False)
uvicorn.run(build_app(settings), host="127.0.0.1", port=int(port), log_level="error", access_log=False, http=Receiving)
"""


def known_records() -> Iterator[CatalogueRecord]:
    """Books as libraries and readers know them: the Library of Congress, and what is rated most."""
    path = SHARED / "marc-bulk" / "lc_juvenile_a.mrc"
    with path.open("rb") as file:
        for said in answers(file, "Library", path.stat().st_size, 0):
            if "record" in said:
                yield record.from_json(said["record"])
    with (SHARED / "goodbooks" / "books_1_6000.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            makers = tuple(Maker(name.strip()) for name in row["authors"].split(",")[:3])
            yield CatalogueRecord(row["title"], makers=makers, language="en", places=(Place("FIC"),))


def records(count: int) -> Iterator[CatalogueRecord]:
    """As many records as asked for: the known ones, then others made of their titles, names, subjects and summaries."""
    chance = random.Random(11)
    known = list(known_records())
    yield from known[:count]
    formats = {Mode.READING: Format.BOOK, Mode.VIEWING: Format.VIDEO, Mode.LISTENING: Format.EPISODE}
    for number in range(count - len(known)):
        one, two, three = (chance.choice(known) for _ in range(3))
        words, others = one.title.split(), two.title.split()
        title = " ".join(words[: chance.randint(1, max(1, len(words)))] + others[chance.randint(0, len(others)) :])
        mode = chance.choices(list(Mode), (8, 1, 1))[0]
        yield replace(
            one,
            title=title,
            makers=three.makers,
            subjects=two.subjects,
            summary=three.summary or two.summary,
            mode=mode,
            format=formats[mode],
            minutes=None if mode is Mode.READING else chance.randint(1, 90),
            pages=chance.randint(20, 500) if mode is Mode.READING else None,
            language=chance.choice(("en", "en", "en", "es", "fr")),
            audience_low=(low := chance.choice((None, -1, 0, 3, 6, 9))),
            audience_high=None if low is None else low + 3,
            identifiers=(("isbn", str(9_780_000_000_000 + number)),),
            places=(Place("FIC"),) if mode is Mode.READING else (),
            addresses=() if mode is Mode.READING else (Address(f"https://example.org/{number}"),),
            title_sort="",
        )


async def fill(url: str, count: int) -> str:
    """A library of so many resources; the token of a student's session. One in twenty stands on lists.

    One that an earlier run filled stays as it is.
    """
    chance = random.Random(5)
    await migrate(url)
    async with opened(url):
        with every_school("the library of an earlier run"):
            sam = await Person.get_or_none(name="Sam")
        if sam is not None:
            return await give_session(await as_reader(sam, "lincoln"), dates.now())
        school = await make_the_school()
        started = time.monotonic()
        models: tuple[Any, ...] = (Creator, Subject, Identifier, Holding, Link)
        beside: dict[Any, list[Any]] = {model: [] for model in models}
        made: list[Resource] = []
        for number, known in enumerate(records(count), 1):
            liked = min(400, int(chance.paretovariate(1))) if chance.random() < 0.05 else 0
            one = Resource(
                id=number,
                key=new_key(),
                school_id=school.card.id,
                **columns_of(known) | {"popularity": liked, "kept": ""},
            )
            made.append(one)
            for model, rows in rows_beside(school.card.id, number, ready_of(known), dates.now()).items():
                if model in beside:
                    beside[model] += rows
            if len(made) == TOGETHER or number == count:
                await Resource.bulk_create(made)
                for model, rows in beside.items():
                    await add(model, rows)
                    rows.clear()
                made.clear()
        client = get_connection("default")
        await client.execute_query("ANALYZE")
        print(f"{count:,} resources in {time.monotonic() - started:.0f} s")
        return await give_session(school.sam, dates.now())


def typed(count: int = KEYS) -> list[list[str]]:
    """What people type, each as the growing text of its field: titles, names, both, later words, and slips."""
    chance = random.Random(23)
    known = [each for each in known_records() if each.makers]
    found: list[list[str]] = []
    struck = 0
    while struck < count:
        one = chance.choice(known)
        name = one.makers[0].name.replace(",", "").split()
        words = [word for word in record.neat(one.title, 60).split() if word.isalnum()] or ["moon"]
        subject = one.subjects[0].text.split() if one.subjects else words
        match chance.randint(0, 9):
            case 0 | 1 | 2 | 3:
                text = " ".join(words[:3])
            case 4 | 5:
                text = " ".join(name[-2:])
            case 6:
                text = f"{name[-1]} {words[0]}"
            case 7:
                text = " ".join(words[-2:])
            case 8:
                text = " ".join(subject[:2])
            case _:
                word = max(words, key=len)
                place = chance.randrange(len(word))
                text = word[:place] + word[place + 1 :]
        text = text.lower()[:24]
        keys = [text[:end] for end in range(1, len(text) + 1) if text[end - 1] != " "][: count - struck]
        struck += len(keys)
        found.append(keys)
    return found


class Line:
    """One kept connection to the service, as a browser has it."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token

    async def __aenter__(self) -> "Line":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def ask(self, path: str) -> tuple[float, bytes]:
        """Milliseconds until the whole answer is there, and its body."""
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: session={self.token}\r\n\r\n"
        began = time.perf_counter()
        self.writer.write(head.encode())
        answer = await self.reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{path}: {answer[:300]!r}")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await self.reader.readexactly(length)
        return (time.perf_counter() - began) * 1000, body


def told(name: str, times: list[float], goal: float | None = None) -> None:
    """Print the middle and the slow end."""
    cuts = statistics.quantiles(times, n=100)
    aim = "" if goal is None else f"   (goal {goal:.0f}: {'met' if cuts[94] <= goal else 'MISSED'})"
    print(
        f"{name:28} {len(times):5} asked   p50 {cuts[49]:6.1f} ms   p95 {cuts[94]:6.1f} ms   p99 {cuts[98]:6.1f}{aim}"
    )


async def measure(port: int, token: str, kind: str, slowest: int) -> None:
    """Type, look at the page, and print what it took."""
    texts = typed()  # before the line is open: the service hangs up on whoever asks nothing
    async with Line(port, token) as line:
        keys = [key for keys in texts for key in keys]
        for key in keys[:20]:
            await line.ask(f"/lincoln/search/as-you-type?q={quote_plus(key)}")
        floor: list[float] = []
        typing: list[tuple[float, str]] = []
        pages: list[tuple[float, str]] = []
        empty: list[tuple[float, str]] = []
        for number, key in enumerate(keys):
            typing.append(((await line.ask(f"/lincoln/search/as-you-type?q={quote_plus(key)}"))[0], key))
            if number % 10 == 0:
                floor.append((await line.ask("/lincoln/privacy"))[0])
        for words in texts[:PAGES]:
            took, body = await line.ask(f"/lincoln/search?q={quote_plus(words[-1])}")
            (empty if b"Nothing found" in body else pages).append((took, words[-1]))
        for path in ("", "?mode=listening", "?where=here&language=es"):
            took, _ = await line.ask(f"/lincoln/search{path}")
            pages.append((took, path))
    told("a page that asks little", floor)
    told("as you type", [took for took, _ in typing], GOALS[kind])
    told("the page, what is found", [took for took, _ in pages])
    if len(empty) > 1:
        told("the page, nothing found", [took for took, _ in empty])
    for name, rows in (("typing", typing), ("page", pages), ("nothing", empty)):
        print(
            f"slowest {name}: " + ", ".join(f"{key!r} {took:.0f} ms" for took, key in sorted(rows)[: -slowest - 1 : -1])
        )


def run(url: str, folder: Path, count: int, slowest: int) -> None:
    """Serve a library and type in it."""
    token = asyncio.run(fill(url, count))
    port = free_port()
    server = subprocess.Popen([sys.executable, "-c", OURS, str(port), url, str(folder)])
    try:
        wait_until_ready(f"http://127.0.0.1:{port}")
        asyncio.run(measure(port, token, "sqlite" if url.startswith("sqlite") else "postgres", slowest))
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--resources", type=int, default=100_000)
    parser.add_argument("--database", default="", help="an empty one, or that of an earlier run")
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL server of its own")
    parser.add_argument("--slowest", type=int, default=6, help="how many of the slowest to name")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.postgres:
            with postgres_server() as server:
                url = f"postgres://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
                run(url, Path(folder), options.resources, options.slowest)
            return
        url = options.database or f"sqlite://{Path(folder) / 'bench.sqlite3'}"
        run(url, Path(folder), options.resources, options.slowest)


if __name__ == "__main__":
    main()
