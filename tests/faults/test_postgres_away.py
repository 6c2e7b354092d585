"""A PostgreSQL server that stops, restarts or breaks a connection off: 503 meanwhile, nothing lost (D7)."""

import asyncio
import os
import pwd
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext

from engage.database.config import tortoise_config
from engage.database.transaction import one_transaction, settled
from engage.errors import Busy
from engage.models import District
from tests.conftest import Kept, Place, folder_of, postgres_server
from tests.patience import until

pytestmark = [pytest.mark.only("postgres"), pytest.mark.waits]


class Server:
    """A server of this test's own, to be stopped and started."""

    def __init__(self, folder: Path, program: Path, socket: Path) -> None:
        self.folder, self.program = folder, program
        self.place = Place("postgres", "", socket)

    def tell(self, *words: str) -> None:
        """Say something to pg_ctl, as the person the server belongs to."""
        owner = pwd.getpwuid(self.folder.stat().st_uid).pw_name
        options = {"user": owner} if os.geteuid() == 0 else {}
        command = [self.program / "pg_ctl", "-w", "-D", str(self.folder), "-l", str(self.folder / "log"), *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **options)

    def start(self) -> None:
        self.tell("-o", f'-h "" -k {self.place.folder}', "start")

    def stop(self, how: str) -> None:
        self.tell("-m", how, "stop")


@pytest.fixture(scope="module")
def server(kind: str, bases: Kept) -> Iterator[Server]:
    with postgres_server() as running:
        server = Server(Path(running.pgdata), running.bin_path, folder_of(running))
        bases.fill(running, server.place, "postgres")
        began = running.get_postmaster_info().process
        yield server
        server.stop("immediate")
        began.wait(60)  # else the library sees a process that is about to end, and fails to end it


@pytest.fixture
async def away(server):
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(server.place.url("postgres")))
        await District.all().delete()
        yield server
        await settled()
        await context.connections.close_all()


@one_transaction
async def write(name: str) -> None:
    await District.create(name=name)
    await District.create(name=name)


async def writer(acknowledged: list[str], refused: list[float], who: int, until: asyncio.Event) -> None:
    """Write all the time; anything but success and Busy ends the test."""
    number = 0
    while not until.is_set():
        number += 1
        try:
            await write(f"{who}-{number}")
            acknowledged.append(f"{who}-{number}")
        except Busy:
            refused.append(time.monotonic())
            await asyncio.sleep(0.05)
        await asyncio.sleep(0)


@pytest.mark.parametrize("how", ["fast", "immediate"])
async def test_a_restart_loses_nothing_that_was_acknowledged(away, how):
    acknowledged: list[str] = []
    refused: list[float] = []
    over = asyncio.Event()
    writers = [asyncio.create_task(writer(acknowledged, refused, who, over)) for who in range(6)]
    await asyncio.sleep(0.5)
    await asyncio.to_thread(away.stop, how)
    await asyncio.sleep(1)
    with pytest.raises(Busy):
        await District.all().count()
    await asyncio.to_thread(away.start)
    back, before = time.monotonic(), len(acknowledged)
    while len(acknowledged) < before + 20:
        assert time.monotonic() - back < 5
        await asyncio.sleep(0.02)
    over.set()
    await asyncio.gather(*writers)
    assert refused
    kept = await District.all().values_list("name", flat=True)
    assert set(acknowledged) <= set(kept)
    assert all(kept.count(name) == 2 for name in set(kept))


BREAK_OFF = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()
"""


async def broken_off() -> bool:
    """Break off what sleeps, where it does so by now."""
    number, _ = await get_connection("reports").execute_query(BREAK_OFF)
    return bool(number)


async def test_one_connection_broken_off_is_one_busy_answer(away):
    for _ in range(3):
        begun = asyncio.Event()

        @one_transaction
        async def slow(begun: asyncio.Event) -> None:
            await District.create(name="slow")
            begun.set()
            await get_connection("default").execute_query("SELECT pg_sleep(60)")

        task = asyncio.create_task(slow(begun))
        await begun.wait()
        await until(broken_off)
        with pytest.raises(Busy):
            await task
        await write("after")
    assert set(await District.all().values_list("name", flat=True)) == {"after"}


async def test_a_pool_that_is_used_up_makes_busy_and_recovers(away):
    async def hold() -> None:
        await get_connection("default").execute_query("SELECT pg_sleep(7)")

    holders = [asyncio.create_task(hold()) for _ in range(10)]
    await asyncio.sleep(0.3)
    started = time.monotonic()
    with pytest.raises(Busy):
        await write("late")
    assert 4.5 < time.monotonic() - started < 6.5
    await asyncio.gather(*holders)
    await write("after")
    client = get_connection("default")
    await client.at_hand.ended()
    assert client._pool.get_size() == client._pool.get_idle_size()
