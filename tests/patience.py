"""Waiting for what another task or process does."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 60) -> None:
    """Wait until a condition holds; asked fifty times a second."""
    async with asyncio.timeout(seconds):
        while True:
            answer = true()
            if await answer if inspect.isawaitable(answer) else answer:
                return
            await asyncio.sleep(0.02)
