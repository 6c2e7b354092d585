"""Seeing database work through to its end when the one who asked for it is gone."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from engage.errors import Busy

T = TypeVar("T")


class Interrupted(Busy):
    """The database broke off this unit so that another could go on; the same again may succeed."""


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end even if the caller is cancelled, however often; then let the cancellation through."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            # the caller is gone; whoever holds the connection notices a failure at the next statement
            task.exception()
        raise
