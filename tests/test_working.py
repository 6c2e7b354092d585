"""The process of the background jobs: beside the pages, started anew when it dies, gone when they are (O4)."""

import asyncio
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engage import working
from engage.database.job_model import Job, JobState
from engage.database.queue import enqueue, wakers
from engage.settings import Settings
from engage.working import Beside, handed_down, taken_up
from tests.patience import until
from tests.serving import serving

pytestmark = pytest.mark.waits

SETTINGS = Settings(
    "sqlite://engage.sqlite3",
    "k" * 40,
    "https://engage.test",
    Path("/somewhere"),
    frozenset({("127.0.0.1", 8080), ("::1", 80)}),
    1,
    "library@example.org",
    True,
)


def test_settings_are_handed_down_whole():
    line = handed_down(SETTINGS)
    assert line.count(b"\n") == 1
    assert taken_up(line) == SETTINGS


def test_a_folder_is_the_same_wherever_the_process_stands():
    assert taken_up(handed_down(replace(SETTINGS, data_folder=Path("data")))).data_folder == Path.cwd() / "data"


@pytest.fixture
async def beside(db, settings):
    made = Beside(settings, pause=0.05)
    running = asyncio.create_task(made.run())
    await until(lambda: made.pid is not None)
    yield made
    await made.stop()
    await running
    assert made.pid is None
    assert made not in wakers


async def done(name: str) -> bool:
    return await Job.filter(name=name, state=JobState.DONE).exists()


async def test_what_is_queued_with_the_pages_is_done_by_the_process_beside_them(beside):
    assert beside in wakers
    await enqueue("tidy_uploads")
    await until(lambda: done("tidy_uploads"))


async def test_a_process_that_dies_is_started_anew_and_does_what_is_queued(beside):
    await enqueue("tidy_jobs", key="first")
    await until(lambda: done("tidy_jobs"))
    first = beside.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: beside.pid not in (None, first))
    await enqueue("tidy_uploads")
    await until(lambda: done("tidy_uploads"))


async def test_the_key_stands_neither_in_the_arguments_nor_in_the_environment(beside, settings):
    assert settings.secret_key.encode() not in told_to(beside.pid)


async def test_a_process_that_does_not_end_is_ended(settings, monkeypatch):
    monkeypatch.setattr(working, "STOP_SECONDS", 0.2)
    deaf = Beside(settings, (sys.executable, "-c", "import time; time.sleep(60)"))
    running = asyncio.create_task(deaf.run())
    await until(lambda: deaf.pid is not None)
    started = time.monotonic()
    await deaf.stop()
    await running
    assert time.monotonic() - started < 5


async def test_a_program_that_cannot_be_started_ends_nothing_else(settings):
    missing = Beside(settings, ("/nowhere/python",), pause=0.01)
    running = asyncio.create_task(missing.run())
    await asyncio.sleep(0.1)
    assert not running.done()
    missing.wake()
    await missing.stop()
    await running


@pytest.mark.only("sqlite")
async def test_the_jobs_end_with_the_pages_even_when_those_are_killed(database_url, tmp_path):
    with serving(database_url, tmp_path, jobs=True) as (_, server):
        await until(lambda: bool(children(server.pid)))
        (jobs,) = children(server.pid)
        assert lives(jobs)
        server.kill()
        await until(lambda: not lives(jobs))


def told_to(pid: int) -> bytes:
    """What everybody on the machine can read of how a process was begun."""
    return b"".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ"))


def children(pid: int) -> list[int]:
    """The numbers of the processes that another one began."""
    return [int(each) for file in Path(f"/proc/{pid}/task").glob("*/children") for each in file.read_text().split()]


def lives(pid: int) -> bool:
    """Whether a process runs, which one that nobody has buried yet does not."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
