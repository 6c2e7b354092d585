"""Workers killed in the middle of a job: another does it again, and nothing is done twice that was done (D5)."""

import signal
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from engage.database.job_model import JobState
from engage.database.queue import enqueue
from engage.models import Job, Tick
from tests.begun import Other, begin
from tests.faults.processes import work
from tests.patience import until

pytestmark = pytest.mark.waits


async def no_job_waits() -> bool:
    return not await Job.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).exists()


def has_begun(notes: Path) -> bool:
    """Whether the first line is written: the file is there a moment before it."""
    return notes.exists() and notes.read_text().endswith("\n")


async def finish(*processes: Other) -> None:
    for process in processes:
        process.kill()
        await process.wait()


async def test_two_processes_do_each_job_once(db, database_url, tmp_path):
    notes = tmp_path / "notes"
    for number in range(40):
        await enqueue("note_in_file", {"file": str(notes), "line": str(number), "seconds": 0.01})
    workers = [await begin(work, database_url, 30) for _ in range(2)]
    await until(no_job_waits, 30)
    await finish(*workers)
    assert Counter(notes.read_text().split()) == Counter(
        [word for number in range(40) for word in ("begun", str(number), "done", str(number))]
    )
    assert await Tick.all().count() == 0


async def test_the_job_of_a_killed_worker_is_done_again_once_its_lease_has_run_out(db, database_url, tmp_path):
    notes = tmp_path / "notes"
    await enqueue("note_in_file", {"file": str(notes), "line": "a", "seconds": 3})
    first = await begin(work, database_url, 2)
    await until(partial(has_begun, notes))
    first.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    await first.wait()
    assert (await Job.get(name="note_in_file")).state is JobState.RUNNING
    second = await begin(work, database_url, 2)
    await until(no_job_waits, 30)
    await finish(second)
    assert time.monotonic() - killed < 15
    assert notes.read_text().split() == ["begun", "a", "begun", "a", "done", "a"]
    kept = await Job.get(name="note_in_file")
    assert (kept.state, kept.attempts) == (JobState.DONE, 2)


async def test_a_worker_that_is_told_to_stop_gives_its_job_back_at_once(db, database_url, tmp_path):
    notes = tmp_path / "notes"
    await enqueue("note_in_file", {"file": str(notes), "line": "a", "seconds": 60})
    worker = await begin(work, database_url, 120)
    await until(partial(has_begun, notes))
    worker.send_signal(signal.SIGTERM)
    started = time.monotonic()
    await worker.wait()
    assert time.monotonic() - started < 15
    kept = await Job.get(name="note_in_file")
    assert (kept.state, kept.lease_until) == (JobState.QUEUED, None)
