"""A house with rooms of a test's own."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack

import httpx2
import pytest_asyncio

from engage.app import build_app
from engage.routes import ROWS
from engage.settings import Settings
from engage.web.routing import Row
from tests.school import Browser, TestSchool

OpenHouse = Callable[[Sequence[Row]], Browser]


@pytest_asyncio.fixture
async def open_house(school: TestSchool, settings: Settings) -> AsyncIterator[OpenHouse]:
    """A function from rows to a browser of a service that has these before its own."""
    logging.getLogger("engage").setLevel(logging.DEBUG)
    async with AsyncExitStack() as stack:
        clients: list[httpx2.AsyncClient] = []

        def opened(rows: Sequence[Row]) -> Browser:
            app = build_app(settings, [*rows, *ROWS])
            client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=settings.base_url)
            clients.append(client)
            stack.push_async_callback(client.aclose)
            return Browser(client, app)

        yield opened
