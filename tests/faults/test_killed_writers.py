"""What was acknowledged survives kill -9 at any moment; what was not is there wholly or not at all (SAFETY.md, D1)."""

import asyncio
import random
from collections import Counter

import pytest
from tortoise.connection import get_connection

from engage.models import District
from tests.begun import begin
from tests.faults.processes import ledger

pytestmark = pytest.mark.waits

KILLS = 8


async def test_writers_killed_at_any_moment_lose_and_halve_nothing(db, database_url, kind):
    random.seed(1)
    acknowledged: set[str] = set()
    for kill in range(KILLS):
        writers = [await begin(ledger, database_url, f"{kill}.{who}") for who in range(2)]
        for writer in writers:
            acknowledged.add(await writer.line())
        await asyncio.sleep(random.uniform(0, 0.1))
        for writer in writers:
            writer.kill()
        for writer in writers:
            out = await writer.rest()
            # the last line may have been cut off in the middle
            acknowledged |= {line.decode() for line in out.split(b"\n")[:-1]}
        async with asyncio.timeout(5):
            kept = Counter(await District.all().values_list("name", flat=True))
        assert acknowledged <= set(kept)
        assert set(kept.values()) == {2}
    assert len(acknowledged) > 2 * KILLS
    if kind == "sqlite":
        answer = await get_connection("default").execute_query_dict("PRAGMA integrity_check")
        assert answer == [{"integrity_check": "ok"}]
