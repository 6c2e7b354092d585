import asyncio
import sqlite3
import sys
from contextlib import closing

import pytest

from engage.database.freshness import Snapshots, _open, freshness
from engage.database.operations import database_file
from engage.errors import Busy
from engage.people.models import District

pytestmark = pytest.mark.waits


async def test_nothing_written_is_the_same_state(db, database_url, settings):
    fresh = freshness(settings.database_url)
    await District.create(name="Alder Valley")
    before = await fresh()
    await District.all().count()
    assert await fresh() == before


async def test_each_write_is_another_state(db, settings):
    fresh = freshness(settings.database_url)
    states = {await fresh()}
    for number in range(20):
        await District.create(name=f"District {number}")
        states.add(await fresh())
    assert len(states) == 21


@pytest.mark.only("sqlite")
async def test_each_write_of_another_connection_is_another_state_however_fast_they_follow(db, database_url):
    fresh = freshness(database_url)
    await District.all().count()
    with closing(sqlite3.connect(database_file(database_url), isolation_level=None)) as other:
        states = [await fresh()]
        for number in range(500):
            other.execute("INSERT INTO district (key, name) VALUES (?, 'x')", [f"{number:013}"])
            states.append(await fresh())
            assert states[-1] == await fresh()
    assert len(set(states)) == 501


@pytest.mark.only("sqlite")
async def test_looking_takes_no_lock_from_the_database(db, database_url):
    before = len(_open)
    for _ in range(3):
        await freshness(database_url)()
    with closing(sqlite3.connect(database_file(database_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await freshness(database_url)()
        locked = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"
        third = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", locked, str(database_file(database_url))), stderr=asyncio.subprocess.PIPE
        )
        assert b"database is locked" in (await third.communicate())[1]
    assert len(_open) <= before + 4


class Connection:
    """A connection that counts what is asked, and fails when told to."""

    def __init__(self) -> None:
        self.begun = self.taken = 0
        self.broken = False
        self.pause = self.leaving = 0.0

    def acquire_connection(self) -> "Connection":
        return self

    async def __aenter__(self) -> "Connection":
        await asyncio.sleep(self.pause)
        self.taken += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(self.leaving)

    async def fetchval(self, sql: str, **_: float) -> str:
        self.begun += 1
        number = self.begun
        await asyncio.sleep(0.01)
        if self.broken:
            raise ConnectionResetError
        return str(number)


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Connection:
    made = Connection()
    monkeypatch.setattr("engage.database.freshness.get_connection", lambda name: made)
    return made


async def test_who_asks_together_shares_a_statement_begun_after_they_asked(connection):
    snapshots = Snapshots()
    first = [asyncio.create_task(snapshots()) for _ in range(5)]
    await asyncio.sleep(0.005)
    later = [asyncio.create_task(snapshots()) for _ in range(5)]
    assert {await each for each in first} == {"1"}
    assert {await each for each in later} == {"2"}
    assert await snapshots() == "3"


async def test_who_comes_in_the_next_turns_of_the_loop_shares_it_too(connection):
    snapshots = Snapshots()
    asking = []
    for _ in range(4):
        asking.append(asyncio.create_task(snapshots()))
        await asyncio.sleep(0)
    await asyncio.sleep(0.005)
    assert connection.begun == 1
    asking.append(asyncio.create_task(snapshots()))
    assert await asyncio.gather(*asking) == ["1", "1", "1", "1", "2"]


async def test_a_connection_that_breaks_is_told_to_all_and_the_next_one_tried(connection):
    snapshots = Snapshots()
    connection.broken = True
    first = asyncio.create_task(snapshots())
    await asyncio.sleep(0.005)
    results = await asyncio.gather(first, snapshots(), return_exceptions=True)
    assert [type(each) for each in results] == [ConnectionResetError] * 2
    connection.broken = False
    assert await snapshots() == "2"


async def test_nobody_waits_for_a_connection_for_ever(connection, monkeypatch):
    monkeypatch.setattr("engage.database.freshness.LOCK_SECONDS", 0.02)
    connection.pause = 0.1
    snapshots = Snapshots()
    with pytest.raises(Busy):
        await snapshots()
    connection.pause = 0.0
    await asyncio.sleep(0.1)
    assert await snapshots() == "1"


async def test_a_thousand_who_ask_at_odd_moments_are_all_answered(connection):
    snapshots = Snapshots()

    async def ask(number: int) -> object:
        for _ in range(number % 7):
            await asyncio.sleep(0)
        return await snapshots()

    assert len(await asyncio.gather(*(ask(n) for n in range(1000)))) == 1000
    # the connection goes back once nobody asks, and not while somebody does
    assert connection.taken == 1
    async with asyncio.timeout(5):
        assert snapshots.answering is not None
        await snapshots.answering
    assert (await snapshots(), connection.taken) == (str(connection.begun), 2)


async def test_who_asks_while_the_connection_is_given_back_is_answered_too(connection, monkeypatch):
    monkeypatch.setattr("engage.database.freshness.LINGER", 0.0)
    connection.leaving = 0.05
    snapshots = Snapshots()
    assert await snapshots() == "1"
    await asyncio.sleep(0.02)
    async with asyncio.timeout(5):
        assert await snapshots() == "2"
