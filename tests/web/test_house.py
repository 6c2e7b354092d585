from datetime import timedelta
from pathlib import Path

import pytest
from tortoise.connection import get_connection

from engage import dates
from engage.app import hosts_of
from engage.database.job_model import Job, JobState
from engage.settings import Settings
from engage.web import house


async def test_health_says_yes_without_a_database(browser, statements):
    statements.forget()
    assert (await browser.client.get("/healthz")).text == "ok"
    assert len(statements) == 0


async def test_readiness_says_yes_when_a_write_works(browser, statements):
    assert (await browser.client.get("/readyz")).text == "ok"
    assert any("INSERT INTO tick" in each for each in statements.seen)


async def test_strangers_who_ask_again_and_again_cause_no_writes(browser, statements):
    await browser.client.get("/readyz")
    statements.forget()
    for _ in range(20):
        assert (await browser.client.get("/readyz")).status_code == 200
    assert len(statements) == 0


async def ready(browser, after: float = 0) -> bool:
    return await browser.app.readiness.ask(Path.cwd(), dates.now() + timedelta(seconds=after))


async def test_readiness_turns_within_five_seconds_both_ways(browser, monkeypatch):
    async def full(now: object) -> bool:
        raise OSError("disk full")

    assert await ready(browser)
    with monkeypatch.context() as broken:
        broken.setattr(house, "can_write", full)
        assert await ready(browser, 1)
        assert not await ready(browser, 6)
        assert (await browser.client.get("/readyz")).status_code == 503
    assert await ready(browser, 12)


async def test_a_queue_that_does_not_move_is_not_ready(browser):
    due = dates.now() - house.STUCK
    job = await Job.create(name="x", state=JobState.QUEUED, run_at=due + timedelta(minutes=1))
    assert await ready(browser)
    job.run_at = due - timedelta(minutes=1)
    await job.save(update_fields=["run_at"])
    assert not await ready(browser, 6)


@pytest.mark.parametrize("newer", [True, False])
async def test_x1_tables_of_another_version_are_not_ready(browser, newer):
    """A newer Engage changed them meanwhile, or an older backup was put in their place."""
    client = get_connection("default")
    last = (await client.execute_query_dict("SELECT id, app, name FROM tortoise_migrations ORDER BY id DESC"))[0]
    other = ("engage", "9999_newer") if newer else ("nobody", last["name"])
    # of another app it is none of ours, and one step is missing
    rename = "UPDATE tortoise_migrations SET app = '{}', name = '{}' WHERE id = {}"
    assert await ready(browser)
    await client.execute_query(rename.format(*other, last["id"]))
    try:
        assert not await ready(browser, 6)
    finally:
        await client.execute_query(rename.format(last["app"], last["name"], last["id"]))
    assert await ready(browser, 12)


async def test_a_full_disk_is_not_ready(browser, monkeypatch):
    monkeypatch.setattr(house.shutil, "disk_usage", lambda path: type("Disk", (), {"total": 100, "free": 4}))
    answer = await browser.client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "no")


@pytest.mark.parametrize(
    ("base", "hosts"),
    [
        ("https://engage.test", {b"engage.test"}),
        ("https://engage.test:8443", {b"engage.test:8443"}),
        ("http://127.0.0.1:8000", {b"127.0.0.1:8000", b"localhost:8000", b"[::1]:8000"}),
        ("http://[::1]:8000", {b"127.0.0.1:8000", b"localhost:8000", b"[::1]:8000"}),
        ("http://localhost", {b"127.0.0.1", b"localhost", b"[::1]"}),
    ],
)
def test_this_machine_has_three_names_and_any_other_one(base, hosts):
    assert hosts_of(Settings(database_url="sqlite://x", secret_key="k" * 32, base_url=base)) == hosts
