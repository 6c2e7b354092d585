"""What other processes do in the fault tests: each is begun by tests/begun.py, with words as on a command line."""

import asyncio
import logging
import os
import resource
import signal
import sqlite3
import sys
import time
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

from tortoise.context import TortoiseContext

from engage import dates
from engage.database.config import tortoise_config
from engage.database.opening import opened
from engage.database.operations import database_file, migrate
from engage.database.queue import job, timetable
from engage.database.transaction import one_transaction
from engage.database.worker import Worker
from engage.engagement.rules import Mode
from engage.errors import Busy
from engage.models import District
from engage.outside.cage import the_cage
from engage.people.queries import reader_at
from engage.programs.entries import Given
from engage.programs.log_actions import log_entry
from engage.programs.rules import Ending
from engage.resources.harvest import harvest
from engage.settings import Settings
from tests.database.loans import APPS


@one_transaction
async def read_then_write(key: str) -> None:
    """The step that a deferred BEGIN fails at: others write between the read and the write."""
    number = int((await District.filter(key=key).select_for_update().get()).name)
    await asyncio.sleep(0.001)
    await District.filter(key=key).update(name=str(number + 1))


async def count_up(url: str, key: str, times: str) -> None:
    """Add one to the number, many times, once told to; print how often that failed."""
    failed = 0
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(url))
        await District.all().count()
        print("ready", flush=True)  # noqa: T201
        sys.stdin.readline()
        for _ in range(int(times)):
            try:
                await read_then_write(key)
            except Busy:
                failed += 1
        await context.connections.close_all()
    print(failed)  # noqa: T201


@one_transaction
async def write_pair(name: str) -> None:
    """Two rows that belong together."""
    await District.create(name=name)
    await District.create(name=name)


async def ledger(url: str, who: str) -> None:
    """Write pairs, and print the name of each once it is acknowledged, until killed."""
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(url))
        number = 0
        while True:
            number += 1
            await write_pair(f"{who}-{number}")
            print(f"{who}-{number}", flush=True)  # noqa: T201


async def write_within(url: str, most: str, room: str) -> None:
    """Write pairs while no file may be longer than some bytes, and once more after it may; print what was acknowledged.

    most: bytes, as a quota sets them; room: how many more there are afterwards.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(url))
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), hard))
        refused = number = 0
        while refused < 3 and number < 2_000:
            number += 1
            try:
                await write_pair(f"{number}-{'x' * 2_000}")
                print("kept", number, flush=True)  # noqa: T201
            except Busy:
                refused += 1
                print("read", await District.all().count(), flush=True)  # noqa: T201
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(most) + int(room), hard))
        await write_pair("after")
        print("refused", refused, flush=True)  # noqa: T201
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await context.connections.close_all()


async def hold(url: str, how: str, seconds: str) -> None:
    """Keep a lock on the file for some seconds, saying when it is held."""
    raw = sqlite3.connect(database_file(url), isolation_level=None)
    raw.execute(f"BEGIN {how}")
    print("held", flush=True)  # noqa: T201
    time.sleep(float(seconds))  # noqa: ASYNC251 - nothing else happens in this process
    raw.rollback()
    raw.close()


async def hold_by_turns(url: str, seconds: str) -> None:
    """Write all the time for some seconds, a fifth of a second each time, saying when it is begun."""
    raw = sqlite3.connect(database_file(url), isolation_level=None, timeout=5)
    end = time.monotonic() + float(seconds)
    print("held", flush=True)  # noqa: T201
    while time.monotonic() < end:
        raw.execute("BEGIN IMMEDIATE")
        time.sleep(0.2)  # noqa: ASYNC251 - nothing else happens in this process
        raw.commit()
        time.sleep(0.001)  # noqa: ASYNC251 - what a job does between two of its units
    raw.close()


class Assassin(logging.Handler):
    """Kills this process at a statement to the database: the so-manieth, or the first with some words in it."""

    def __init__(self, at: str) -> None:
        super().__init__(logging.DEBUG)
        self.at, self.seen = at, 0

    def emit(self, record: logging.LogRecord) -> None:
        self.seen += 1
        if self.at == str(self.seen) or (not self.at.isdigit() and self.at in record.getMessage()):
            os.kill(os.getpid(), signal.SIGKILL)


async def bring_up(url: str, kill_at: str = "0") -> None:
    """Migrate the small library once told to, and print the steps that were done here."""
    logging.getLogger("tortoise.db_client").addHandler(Assassin(kill_at))
    logging.getLogger("tortoise.db_client").setLevel(logging.DEBUG)
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    print(*await migrate(url, apps=APPS))  # noqa: T201


@job("note_in_file")
async def note_in_file(file: str, line: str, seconds: float = 0.0) -> int:
    """Write a line, take some time, write it again."""
    note(file, f"begun {line}")
    await asyncio.sleep(seconds)
    note(file, f"done {line}")
    return 1


def note(file: str, line: str) -> None:
    with Path(file).open("a") as notes:
        notes.write(f"{line}\n")


async def work(url: str, lease: str) -> None:
    """Do jobs that are queued until killed or told to stop; nothing comes round."""
    timetable.clear()
    settings = Settings(database_url=url, secret_key="x" * 32)
    async with opened(url):
        worker = Worker(settings, lease=float(lease), poll=0.1)
        stopping: list[asyncio.Task[None]] = []
        asyncio.get_running_loop().add_signal_handler(
            signal.SIGTERM, lambda: stopping.append(asyncio.create_task(worker.stop()))
        )
        await worker.run()


async def visit(url: str, allowed: str, ahead: str = "0") -> None:
    """Harvest what is due once told to, and print how many entries were new. ahead: seconds by which our clock errs."""
    host, _, port = allowed.rpartition(":")
    real = dates.now
    dates.now = lambda: real() + timedelta(seconds=float(ahead))
    settings = Settings(database_url=url, secret_key="x" * 32, allowed_outside=frozenset({(host, int(port))}))
    async with opened(url):
        print("ready", flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.readline)
        print(await harvest(settings), flush=True)  # noqa: T201
    the_cage().close()


def log_until_killed(url: str, person: int, first: str, kill_at: str, file: str) -> None:
    """Log as a student of Lincoln School until killed: notes each form before it is sent, and once it is acknowledged.

    first: where the names of the forms begin. kill_at: see Assassin. file: where it is noted.
    """
    asyncio.run(_log(url, person, first, kill_at, file))


async def _log(url: str, person: int, first: str, kill_at: str, file: str) -> None:
    async with opened(url):
        reader = await reader_at(person, "lincoln")
        assert reader is not None
        logging.getLogger("tortoise.db_client").addHandler(Assassin(kill_at))
        logging.getLogger("tortoise.db_client").setLevel(logging.DEBUG)
        number = 0
        while True:
            number += 1
            key = f"{first}-{number}"
            note(file, f"try {key}")
            while True:
                # four processes wait for one file; who waited too long asks again, as a browser does
                with suppress(Busy):
                    await log_entry(entry_of(key, dates.today(reader.school.zone)), key, reader, sure=True)
                    break
            note(file, f"kept {key}")


def entry_of(key: str, today: date) -> Given:
    """What a form of this name says: the same each time it is asked for."""
    number = int(key.rpartition("-")[2])
    day = today - timedelta(days=number % 6)
    ending = Ending.FINISHED if number % 3 == 0 else Ending.NONE
    return Given(day, Mode.READING, title=f"Book {number % 7}", minutes=1 + number % 5, ending=ending)
