"""Jobs: queued with the change that calls for them, done once, tried again, given back."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.connection import get_connection

from engage import dates
from engage.database import worker as workers
from engage.database.job_model import JobState
from engage.database.queue import Round, enqueue, job, registry, waiting_seconds
from engage.database.transaction import one_transaction
from engage.database.worker import Worker, call_round, claim, tidy_jobs
from engage.errors import Refused
from engage.models import District, Job, Person, Tick
from engage.settings import Settings
from tests.patience import until

pytestmark = pytest.mark.waits

SETTINGS = Settings(database_url="", secret_key="x" * 32)


class Bench:
    """What the jobs of these tests did, and the workers who did them."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.rounds: dict[str, Round] = {}

    @asynccontextmanager
    async def worker(self, *, lease: float = 30, poll: float = 0.05, at_once: int = 4) -> AsyncIterator[Worker]:
        worker = Worker(SETTINGS, lease=lease, poll=poll, at_once=at_once)
        task = asyncio.create_task(worker.run())
        yield worker
        await worker.stop()
        await task

    async def settled(self) -> None:
        """Wait until no job is queued or under way."""
        await until(no_job_waits)


async def no_job_waits() -> bool:
    return not await Job.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).exists()


@pytest.fixture
def bench(db, monkeypatch):
    bench = Bench()
    monkeypatch.setattr(workers, "timetable", bench.rounds)
    known = dict(registry)

    @job("note")
    async def note(word: object = None, seconds: float = 0) -> int:
        await asyncio.sleep(seconds)
        bench.done.append(word)
        return 7

    yield bench
    registry.clear()
    registry.update(known)


async def test_a_job_is_queued_with_the_change_that_calls_for_it(bench):
    @one_transaction
    async def change(word: str, then: Exception | None = None) -> None:
        await District.create(name=word)
        await enqueue("note", {"word": word})
        if then:
            raise then

    async with bench.worker():
        with pytest.raises(Refused):
            await change("lost", then=Refused("No."))
        await change("kept")
        await bench.settled()
    assert bench.done == ["kept"]


async def test_a_job_says_what_it_did_and_is_given_what_it_asks_for(bench):
    @job("asks")
    async def asks(number: int, settings: Settings, now: datetime) -> int:
        bench.done.append((number, settings is SETTINGS, abs(now - dates.now()) < timedelta(minutes=1)))
        return number * 2

    await enqueue("asks", {"number": 21})
    async with bench.worker():
        await bench.settled()
    assert bench.done == [(21, True, True)]
    kept = await Job.get(name="asks")
    assert (kept.state, kept.found, kept.attempts, kept.problem, kept.lease_until) == (JobState.DONE, 42, 1, "", None)
    assert kept.ended_at is not None


async def test_of_the_jobs_with_one_key_only_one_waits(bench):
    for word in ("first", "second"):
        await enqueue("note", {"word": word}, key="same")
    await enqueue("note", {"word": "other"}, key="other")
    async with bench.worker():
        await bench.settled()
        assert sorted(map(str, bench.done)) == ["first", "other"]
        await enqueue("note", {"word": "third"}, key="same")
        await bench.settled()
    assert "third" in bench.done


async def test_a_job_waits_for_its_time(bench):
    await enqueue("note", {"word": "later"}, at=dates.now() + timedelta(hours=1))
    await enqueue("note", {"word": "soon"}, at=dates.now() + timedelta(seconds=0.5))
    await enqueue("note", {"word": "now"}, at=datetime(2020, 1, 1, tzinfo=UTC))
    async with bench.worker():
        await until(lambda: len(bench.done) == 2)
    assert bench.done == ["now", "soon"]
    assert await Job.filter(state=JobState.QUEUED).count() == 1


async def test_a_worker_wakes_when_a_job_is_queued_beside_it(bench):
    async with bench.worker(poll=60):
        await asyncio.sleep(0.2)
        started = time.monotonic()
        await enqueue("note", {"word": "now"})
        await until(lambda: bench.done == ["now"])
        assert time.monotonic() - started < 1

        @one_transaction
        async def slow() -> None:
            await enqueue("note", {"word": "then"})
            await asyncio.sleep(0.3)

        await slow()
        await until(lambda: bench.done == ["now", "then"], 2)


async def test_many_jobs_need_no_pause_between_them(bench):
    for number in range(60):
        await enqueue("note", {"word": number})
    started = time.monotonic()
    async with bench.worker(poll=60, at_once=2):
        await bench.settled()
    assert time.monotonic() - started < 5
    assert sorted(bench.done) == list(range(60))  # type: ignore[type-var]


async def test_a_job_that_fails_is_tried_again_and_its_problem_names_nobody(bench, monkeypatch, caplog):
    monkeypatch.setattr(workers, "LONGEST_DELAY_SECONDS", 0)

    @job("fails", attempts=3)
    async def fails(word: str) -> None:
        bench.done.append(word)
        raise ValueError(f"Sam Lopez cannot have {word}")

    await enqueue("fails", {"word": "it"})
    await enqueue("nobody_knows_this")
    async with bench.worker():
        await bench.settled()
        await enqueue("note", {"word": "after"})
        await bench.settled()
    assert bench.done == ["it", "it", "it", "after"]
    kept = await Job.get(name="fails")
    assert (kept.state, kept.attempts) == (JobState.FAILED, 3)
    assert kept.problem.startswith("ValueError at ")
    assert "Sam" not in kept.problem + caplog.text
    assert (await Job.get(name="nobody_knows_this")).state is JobState.FAILED


async def test_the_second_try_waits_longer_than_the_first(bench):
    @job("fails")
    async def fails() -> None:
        bench.done.append(dates.now())
        raise LookupError

    await enqueue("fails")
    async with bench.worker():
        await until(lambda: len(bench.done) == 2)
    first, second = bench.done
    assert timedelta(seconds=1.5) < second - first < timedelta(seconds=6)  # type: ignore[operator]
    assert (await Job.get(name="fails")).run_at > second


async def test_a_job_that_was_lost_too_often_is_not_tried_for_ever(bench):
    await enqueue("note", {"word": "poison"})
    await Job.all().update(attempts=5)
    async with bench.worker():
        await bench.settled()
    kept = await Job.get(name="note")
    assert (bench.done, kept.state, kept.problem) == ([], JobState.FAILED, "given up after 5 attempts")


async def test_two_workers_do_each_job_once(bench):
    async with bench.worker(), bench.worker():
        for number in range(50):
            await enqueue("note", {"word": number, "seconds": 0.002})
        await bench.settled()
    assert sorted(bench.done) == list(range(50))  # type: ignore[type-var]


async def test_a_long_job_keeps_its_lease(bench):
    await enqueue("note", {"word": "long", "seconds": 2})
    async with bench.worker(lease=0.6), bench.worker(lease=0.6):
        await bench.settled()
    assert bench.done == ["long"]
    assert (await Job.get(name="note")).attempts == 1


async def test_a_worker_who_comes_late_changes_nothing(bench):
    begun, go_on = asyncio.Event(), asyncio.Event()

    @one_transaction
    async def write() -> None:
        await District.create(name="late")

    @job("slow")
    async def slow() -> None:
        begun.set()
        await go_on.wait()
        try:
            await write()
        finally:
            bench.done.append("tried")

    await enqueue("slow")
    async with bench.worker():
        await begun.wait()
        await Job.all().update(lease_until=dates.now() - timedelta(seconds=1))
        (taken,) = await claim(5, 30)
        assert taken["attempts"] == 2
        go_on.set()
        await until(lambda: bench.done == ["tried"])
        await asyncio.sleep(0.1)
    kept = await Job.get(name="slow")
    assert (kept.state, kept.attempts) == (JobState.RUNNING, 2)
    assert await District.all().count() == 0


async def test_a_worker_that_is_stopped_lets_short_jobs_end_and_gives_long_ones_back(bench, monkeypatch):
    monkeypatch.setattr(workers, "GRACE_SECONDS", 0.5)
    await enqueue("note", {"word": "short", "seconds": 0.2})
    await enqueue("note", {"word": "long", "seconds": 60})
    async with bench.worker():
        await asyncio.sleep(0.1)
        assert await Job.filter(state=JobState.RUNNING).count() == 2
        started = time.monotonic()
    assert time.monotonic() - started < 3
    assert bench.done == ["short"]
    given_back = await Job.get(state=JobState.QUEUED)
    assert given_back.lease_until is None
    assert [row["id"] for row in await claim(5, 30)] == [given_back.id]


async def test_a_job_given_back_is_dropped_where_the_same_waits_already(bench, monkeypatch):
    monkeypatch.setattr(workers, "GRACE_SECONDS", 0)
    await enqueue("note", {"word": "long", "seconds": 60}, key="same")
    async with bench.worker():
        await asyncio.sleep(0.2)
        await enqueue("note", {"word": "next"}, key="same", at=dates.now() + timedelta(hours=1))
    assert await Job.all().order_by("id").values_list("state", flat=True) == [JobState.DONE, JobState.QUEUED]


async def test_the_timetable_calls_each_hour_once_for_all_workers(bench):
    bench.rounds["note"] = Round("note", 3600)
    async with bench.worker(), bench.worker(), bench.worker():
        await until(lambda: len(bench.done) == 1)
        await asyncio.sleep(0.3)
    async with bench.worker():
        await asyncio.sleep(0.3)
    assert len(bench.done) == 1
    assert await Tick.all().count() == 1


async def test_the_timetable_comes_round_and_piles_nothing_up(bench):
    await asyncio.gather(*(call_round(Round("note", 60), slot) for slot in (7, 8, 8, 9)))
    assert await Job.all().count() == 1
    async with bench.worker():
        await bench.settled()
        await call_round(Round("note", 60), 9)
        await call_round(Round("note", 60), 10)
        await bench.settled()
    assert len(bench.done) == 2


async def test_a_short_round_comes_again(bench):
    bench.rounds["note"] = Round("note", 1)
    async with bench.worker():
        await until(lambda: len(bench.done) >= 2)


async def test_jobs_work_for_every_school(bench):
    @job("counts")
    async def counts() -> int:
        return await Person.all().count()

    await enqueue("counts")
    async with bench.worker():
        await bench.settled()
    assert (await Job.get(name="counts")).found == 0


async def test_the_age_of_the_queue_is_known(bench):
    assert await waiting_seconds() == 0
    await enqueue("note", at=dates.now() + timedelta(hours=1))
    assert await waiting_seconds() == 0
    await enqueue("note", at=dates.now() - timedelta(minutes=1))
    assert 59 < await waiting_seconds() < 90


async def test_old_jobs_are_forgotten_and_failures_stay_longer(bench):
    await enqueue("note", {"word": "new"})
    async with bench.worker():
        await bench.settled()
    day = timedelta(days=1)
    for state, age in ((JobState.DONE, 8), (JobState.DONE, 6), (JobState.FAILED, 8), (JobState.FAILED, 15)):
        await Job.create(name=f"{state} {age}", state=state, run_at=dates.now(), ended_at=dates.now() - age * day)
    await Tick.bulk_create([Tick(key=f"a@{age}", at=dates.now() - age * day) for age in (1, 8)])
    assert await tidy_jobs() == 3
    assert set(await Job.all().values_list("name", flat=True)) == {"note", "done 6", "failed 8"}
    assert await Tick.all().values_list("key", flat=True) == ["a@1"]


async def test_a_worker_outlives_a_database_that_is_away(bench, caplog):
    client = get_connection("default")
    async with bench.worker():
        await asyncio.sleep(0.1)
        await client.execute_query('ALTER TABLE "job" RENAME TO "job_away"')
        await until(lambda: "the queue cannot be read" in caplog.text)
        await client.execute_query('ALTER TABLE "job_away" RENAME TO "job"')
        await enqueue("note", {"word": "back"})
        await until(lambda: bench.done == ["back"])
