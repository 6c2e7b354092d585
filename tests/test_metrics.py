"""Figures for the monitor of the machine and the alarms among them (SAFETY.md, X2)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request
from starlette.responses import Response
from tortoise.connection import get_connection

from engage import dates, metrics
from engage.app import build_app
from engage.backups import LAST
from engage.database import transaction
from engage.database.queue import enqueue
from engage.database.transaction import budget, one_transaction
from engage.errors import Busy
from engage.metrics import ALARMS, Reading, Watch, keep_watch, written
from engage.models import District
from engage.outside.cage import Cage
from engage.people import glass, records
from engage.people.privacy_models import BreakGlass
from engage.resources.rules import SourceState
from engage.routes import ROWS
from engage.settings import SettingsProblem, read_settings
from engage.tally import COUNTED, Tally, counting, folder_of, totals
from engage.web.routing import OPEN, page
from feeds import Unreadable
from tests import make
from tests.patience import until
from tests.school import Browser, TestSchool
from tests.serving import free_port, serving

LABELS = {"status": {"2xx", "3xx", "4xx", "503", "5xx"}, "alarm": {each.name for each in ALARMS}}
MOST_SERIES = 2_000


async def busy(request: Request) -> Response:
    raise Busy


@dataclass
class World:
    """A service that a monitor watches. at, now: the two clocks."""

    school: TestSchool
    browser: Browser
    watch: Watch
    at: float
    now: datetime

    async def look(self) -> Reading:
        """What is found ten seconds later."""
        self.at, self.now = self.at + 10, self.now + timedelta(seconds=10)
        return await self.watch.look(self.at, self.now)


@pytest.fixture
async def world(school, settings):
    (settings.data_folder / LAST).write_text(dates.now().isoformat())
    app = build_app(settings, [page("/{school}/busy", busy, OPEN), *ROWS])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=settings.base_url) as client:
        with counting(replace(settings, metrics_port=1)):
            made = World(school, Browser(client, app), Watch(settings), 1_000.0, dates.now())
            assert (await made.look()).over == set()
            yield made


@one_transaction
async def dawdle() -> None:
    await District.create(name="slow")
    await asyncio.sleep(0.02)


async def run_out_of_time(world: World) -> None:
    budget.set(0.005)
    for _ in range(11):
        with pytest.raises(Busy):
            await dawdle()


async def refuse_some(world: World) -> None:
    for _ in range(10):
        assert (await world.browser.get("/busy")).status_code == 503


async def let_sources_fail(world: World) -> None:
    for number in range(5):
        state = SourceState.PAUSED if number else SourceState.ACTIVE
        await make.source(f"Down {number}", failures=10, state=state, last_visit_at=world.now)


async def kill_parsers(world: World) -> None:
    broken = Cage(("/bin/false",))
    for _ in range(21):
        with pytest.raises(Unreadable):
            await broken.opml(b"<opml/>")
    broken.close()


async def let_a_job_wait(world: World) -> None:
    await enqueue("tidy_jobs", at=dates.now() - timedelta(minutes=31))


async def make_no_backup(world: World) -> None:
    three_days_ago = dates.now() - timedelta(days=3)
    (world.browser.app.settings.data_folder / LAST).write_text(three_days_ago.isoformat())


async def look_into_another_school(world: World) -> None:
    world.browser.sign_in(world.school.rosa)
    for _ in range(21):
        assert (await world.browser.get("/lincoln/curate/sources")).status_code == 404


async def take_much_out(world: World) -> None:
    await records.noted("progress of a class", 201, by=world.school.tom)


async def break_a_glass(world: World) -> None:
    why = "The family asks to see the record of their child."
    key = await glass.ask("LOG05", world.school.sam.key, why, "a form of the test", by=world.school.alma)
    assert (await world.look()).over == set()
    await glass.decide(key, True, by=world.school.ada)


async def set_the_clock_back(world: World) -> None:
    world.now -= timedelta(seconds=6)


CAUSES: dict[str, Callable[[World], Awaitable[None]]] = {
    "lock_waits": run_out_of_time,
    "unavailable_share": refuse_some,
    "fetch_failures_share": let_sources_fail,
    "parser_kills": kill_parsers,
    "queue_age_seconds": let_a_job_wait,
    "backup_age_seconds": make_no_backup,
    "denied_elsewhere": look_into_another_school,
    "exports_alarmed": take_much_out,
    "break_glass_open": break_a_glass,
    "clock_steps": set_the_clock_back,
}


def test_every_alarm_has_a_cause_here():
    assert set(CAUSES) == {each.name for each in ALARMS}


@pytest.mark.parametrize("name", CAUSES)
async def test_each_alarm_is_raised_by_its_cause_and_by_nothing_else(world, caplog, name):
    await CAUSES[name](world)
    with caplog.at_level(logging.WARNING, "engage.metrics"):
        reading = await world.look()
    assert reading.over == {name}
    assert f'\nengage_alarm{{alarm="{name}"}} 1\n' in written(reading)
    assert [each.getMessage().split(" is ")[0] for each in caplog.records if each.name == "engage.metrics"] == [
        f"alarm: {name}"
    ]


async def test_an_alarm_is_told_once_and_ends_with_its_cause(world, caplog):
    await break_a_glass(world)
    with caplog.at_level(logging.INFO, "engage.metrics"):
        await world.look()
        await world.look()
        await glass.close((await BreakGlass.get(school_id=world.school.card.id)).key, by=world.school.alma)
        assert (await world.look()).over == set()
    told = [each.getMessage() for each in caplog.records if each.name == "engage.metrics"]
    assert told == ["alarm: break_glass_open is 1, over 0", "no alarm any more: break_glass_open"]


async def test_what_was_counted_is_an_alarm_for_its_minutes_and_stays_in_the_sum(world):
    await kill_parsers(world)
    assert (await world.look()).over == {"parser_kills"}
    for _ in range(2):
        world.at, world.now = world.at + 3_600, world.now + timedelta(hours=1)
        (world.browser.app.settings.data_folder / LAST).write_text(world.now.isoformat())
        reading = await world.look()
    assert reading.over == set()
    assert reading.totals["parser_kills"] >= 21


@pytest.mark.only("sqlite")
async def test_who_waits_long_for_the_database_is_counted(world, monkeypatch):
    monkeypatch.setattr(transaction, "LONG_WAIT_SECONDS", 0.05)
    await asyncio.gather(*(dawdle() for _ in range(20)))
    assert (await world.look()).over == {"lock_waits"}


async def test_those_at_home_and_visitors_who_are_refused_are_nobodys_alarm(world):
    before = await world.look()
    for who in (None, world.school.sam):
        world.browser.sign_in(who)
        assert (await world.browser.get("/lincoln/curate/sources")).status_code in (303, 404)
    after = await world.look()
    assert after.totals["denied_elsewhere"] == before.totals["denied_elsewhere"]
    assert after.totals["answers_4xx"] > before.totals["answers_4xx"]


async def test_health_checks_are_no_answers(world):
    before = await world.look()
    await world.browser.client.get("/healthz")
    await world.browser.client.get("/readyz")
    assert (await world.look()).totals == before.totals


async def test_no_label_names_anybody_however_much_is_asked(world):
    few = figures(written(await world.look()))
    for number in range(200):
        await world.browser.client.get(f"/lincoln/lists/Owlsentinel-{number}?q=Owlsentinel")
    text = written(await world.look())
    many = figures(text)
    assert many.keys() == few.keys()
    assert len(many) < MOST_SERIES
    assert many[("engage_answers_total", "status", "4xx")] - few[("engage_answers_total", "status", "4xx")] == 200
    for _, label, value in many:
        assert not label or value in LABELS[label]
    assert not any(name in text for name in ("Owlsentinel", "lincoln", "Lincoln", "127.0.0.1"))


def figures(text: str) -> dict[tuple[str, str, str], float]:
    """What a monitor reads: by name of the series, of its label and its value."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        for sample in family.samples:
            ((label, value),) = sample.labels.items() or [("", "")]
            found[sample.name, label, value] = sample.value
    return found


def test_each_alarm_says_its_limit():
    values = {each.name: 0.0 for each in ALARMS}
    text = written(Reading(dict.fromkeys(COUNTED, 0), values, True))
    for each in ALARMS:
        (help_,) = [line for line in text.splitlines() if line.startswith(f"# HELP {each.series} ")]
        assert f"Alarm: over {each.most:g}" in help_


@pytest.mark.only("sqlite")
async def test_when_the_database_does_not_answer_the_rest_is_told(world):
    await get_connection("default").execute_script("ALTER TABLE break_glass RENAME TO away")
    told = figures(written(await world.look()))
    assert told["engage_database_up", "", ""] == 0
    assert ("engage_answers_total", "status", "2xx") in told
    assert ("engage_break_glass_open", "", "") not in told


def test_what_processes_count_is_added_up_and_outlives_them(tmp_path):
    first, second, third = Tally(), Tally(), Tally()
    first.add("parser_kills")
    with first.kept_in(tmp_path), second.kept_in(tmp_path):
        first.add("parser_kills", 2)
        second.add("parser_kills", 4)
        assert totals(tmp_path)["parser_kills"] == 7
    with third.kept_in(tmp_path):
        third.add("parser_kills", 8)
        assert totals(tmp_path)["parser_kills"] == 15
    assert len(list(tmp_path.iterdir())) == 2
    (tmp_path / "5.of-another-version").write_bytes(b"?")
    assert totals(tmp_path)["parser_kills"] == 15


@pytest.fixture
async def port(school, settings, monkeypatch):
    """Where a service of two processes is watched."""
    monkeypatch.setattr(metrics, "TRY_SECONDS", 0.02)
    watched = replace(settings, metrics_port=free_port())
    folder_of(watched).mkdir()
    watching = [asyncio.create_task(keep_watch(watched)) for _ in range(2)]
    async with httpx2.AsyncClient(trust_env=False) as client:
        await until(lambda: answers(client, watched.metrics_port))
        yield client, watched.metrics_port, watching
    for each in watching:
        each.cancel()
    await asyncio.wait(watching)


async def answers(client, number: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{number}/metrics")).status_code == 200
    except httpx2.TransportError:
        return False


async def test_only_this_machine_asks_and_only_for_the_figures(port):
    client, number, _ = port
    told = await client.get(f"http://127.0.0.1:{number}/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert ("engage_database_up", "", "") in figures(told.text)
    with pytest.raises(httpx2.ConnectError):
        await client.get(f"http://127.0.0.2:{number}/metrics")
    for host in ("library.example", f"library.example:{number}", "127.0.0.1.library.example"):
        refused = await client.get(f"http://127.0.0.1:{number}/metrics", headers={"Host": host})
        assert refused.status_code == 403
    assert (await client.get(f"http://localhost:{number}/metrics")).status_code == 200
    assert (await client.get(f"http://127.0.0.1:{number}/lincoln/")).status_code == 404
    assert (await client.post(f"http://127.0.0.1:{number}/metrics")).status_code == 405


async def test_when_the_process_with_the_port_ends_the_next_one_takes_it(port):
    client, number, watching = port
    assert await answers(client, number)
    watching[0].cancel()
    await asyncio.wait(watching[:1])
    await until(lambda: answers(client, number))
    watching[1].cancel()
    await asyncio.wait(watching)
    assert not await answers(client, number)


@pytest.mark.parametrize("given", ["-1", "65536", "9464x", "127.0.0.1:9464"])
def test_a_port_is_a_number_and_no_host_is_chosen(tmp_path, given):
    with pytest.raises(SettingsProblem):
        read_settings({"ENGAGE_METRICS_PORT": given, "ENGAGE_SECRET_KEY": "k" * 32}, tmp_path)


def test_nobody_is_told_unless_the_operator_wants_it(tmp_path):
    assert read_settings({"ENGAGE_SECRET_KEY": "k" * 32}, tmp_path).metrics_port == 0


@pytest.mark.waits
@pytest.mark.only("sqlite")
async def test_a_service_counts_what_it_gives_again_and_forgets_nothing_when_killed(school, database_url, tmp_path):
    number = free_port()
    given = ("engage_answers_total", "status", "2xx")

    def read() -> dict[tuple[str, str, str], float]:
        return figures(httpx2.get(f"http://127.0.0.1:{number}/metrics", trust_env=False).text)

    with serving(database_url, tmp_path, metrics=number) as (address, _):
        with httpx2.Client(trust_env=False) as client:
            codes = [client.get(f"{address}/lincoln/").status_code for _ in range(30)]
        assert codes == [200] * 30
        assert totals(tmp_path / "metrics")["answers_2xx"] == 30
        assert read()[given] <= 30
    with serving(database_url, tmp_path, metrics=number):
        assert read()[given] == 30
