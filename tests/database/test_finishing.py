"""What was begun in the database is seen through before anybody else has its connection (SAFETY.md, D8)."""

import asyncio

import pytest

from engage.database.finishing import finish

pytestmark = pytest.mark.only("sqlite")  # no database has a part in it


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_who_is_cancelled_again_and_again_still_waits_for_the_end(times: int) -> None:
    begun, free, ended = asyncio.Event(), asyncio.Event(), []

    async def work() -> None:
        begun.set()
        await free.wait()
        ended.append("the work")

    async def caller() -> None:
        try:
            await finish(work())
        finally:
            ended.append("the caller")

    task = asyncio.create_task(caller())
    await begun.wait()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert not ended
    free.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["the work", "the caller"]


async def test_a_failure_after_the_caller_is_gone_is_not_in_its_way() -> None:
    free = asyncio.Event()

    async def work() -> None:
        await free.wait()
        raise ValueError

    task = asyncio.create_task(finish(work()))
    await asyncio.sleep(0)
    task.cancel()
    free.set()
    with pytest.raises(asyncio.CancelledError):
        await task
