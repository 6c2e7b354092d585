import asyncio

from engage.database.freshness import Snapshots, freshness
from engage.people.models import District


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
        await asyncio.sleep(0.011)  # the clock of files ticks every ten milliseconds at the slowest
        states.add(await fresh())
    assert len(states) == 21


async def test_who_asks_together_shares_a_statement_begun_after_they_asked(monkeypatch):
    begun: list[int] = []

    class Connection:
        async def execute_query_dict(self, sql: str) -> list[dict[str, str]]:
            begun.append(1)
            number = len(begun)
            await asyncio.sleep(0.01)
            return [{"state": str(number)}]

    monkeypatch.setattr("engage.database.freshness.get_connection", lambda name: Connection())
    snapshots = Snapshots()
    first = [asyncio.create_task(snapshots()) for _ in range(5)]
    await asyncio.sleep(0.005)
    later = [asyncio.create_task(snapshots()) for _ in range(5)]
    assert {await each for each in first} == {"1"}
    assert {await each for each in later} == {"2"}
    assert await snapshots() == "3"
