"""What logging is measured against: a bare route that keeps one raw row, and one row through Tortoise as it comes.

The route is the limit of any page that answers a form from this process: the same server, the same form, the row of
raw SQL kept as durably, and a redirect; no session, no rule, nothing that follows from the entry.
"""

import sqlite3
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from engage import dates
from engage.database.config import SQLITE_SETTINGS, is_sqlite
from engage.people.rules import GradeBand
from engage.programs.models import LogEntry

TITLE = "Kites"
CONNECTIONS = 16
COLUMNS = (
    'key, school_id, person_id, "on", zone, entered_at, mode, title, minutes, ending, feeling, grade_band, batch, '
    "form_key, entered_by_id"
)
Keep = Callable[[list[Any]], Awaitable[None]]


def row_of(school_id: int, person_id: int, zone: str, form_key: str = "", title: str = TITLE) -> list[Any]:
    """The values of COLUMNS for one entry of today."""
    form_key = form_key or uuid.uuid4().hex
    of = [uuid.uuid4().hex[:13], school_id, person_id, dates.today(zone), zone, dates.now(), "reading", title, 1]
    return [*of, "", "", "3-5", "", form_key, person_id]


def sqlite_raw(url: str) -> sqlite3.Connection:
    """A connection on which every transaction is durable."""
    base = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        base.execute(f"PRAGMA {pragma}")
    return base


def keep_in_sqlite(base: sqlite3.Connection, row: list[Any]) -> None:
    """One transaction for one row."""
    values = [one if isinstance(one, int | str) else str(one) for one in row]
    base.execute("BEGIN IMMEDIATE")
    base.execute(f"INSERT INTO log_entry ({COLUMNS}) VALUES ({', '.join('?' * 15)})", values)
    base.execute("COMMIT")


async def keep_in_postgres(connection: asyncpg.Connection, row: list[Any]) -> None:
    """The same."""
    marks = ", ".join(f"${number}" for number in range(1, 16))
    async with connection.transaction():
        await connection.execute(f"INSERT INTO log_entry ({COLUMNS}) VALUES ({marks})", *row)


@asynccontextmanager
async def keeper(url: str) -> AsyncIterator[Keep]:
    """Keeps raw rows: at once on one connection of SQLite, on sixteen of PostgreSQL."""
    if is_sqlite(url):
        base = sqlite_raw(url)

        async def at_once(row: list[Any]) -> None:
            keep_in_sqlite(base, row)

        yield at_once
        base.close()
        return
    host = url.partition("host=")[2]
    most = {"min_size": CONNECTIONS, "max_size": CONNECTIONS}
    async with asyncpg.create_pool(host=host, user="postgres", database="postgres", **most) as pool:

        async def on_one(row: list[Any]) -> None:
            async with pool.acquire() as connection:
                await keep_in_postgres(connection, row)

        yield on_one


def bare(url: str) -> Starlette:
    """The route, on /{school}/{person}: the ids stand in the address, as nobody is asked who it is."""
    keeping: list[Keep] = []

    async def log(request: Request) -> Response:
        form = await request.form()
        ids = (int(request.path_params[name]) for name in ("school", "person"))
        await keeping[0](row_of(*ids, "America/New_York", str(form["form_key"])))
        return RedirectResponse("/log", 303)

    async def ready(request: Request) -> Response:
        return Response()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with keeper(url) as keep:
            keeping.append(keep)
            yield

    routes = [Route("/{school}/", ready), Route("/{school}/{person}", log, methods=["POST"])]
    return Starlette(routes=routes, lifespan=lifespan)


@asynccontextmanager
async def plain_tortoise(url: str) -> AsyncIterator[Keep]:
    """Keeps rows through the ORM and the engine that come with Tortoise: one model, one transaction each."""
    connection = expand_db_url(url)
    connection["credentials"] |= SQLITE_SETTINGS if is_sqlite(url) else {"maxsize": CONNECTIONS}
    models = {"engage": {"models": ["engage.models"], "default_connection": "default"}}
    config = {"connections": {"default": connection}, "apps": models, "use_tz": True, "timezone": "UTC"}
    async with TortoiseContext() as context:
        await context.init(config=config)

        async def keep(row: list[Any]) -> None:
            values = dict(zip((name.strip(' "') for name in COLUMNS.split(",")), row, strict=True))
            async with in_transaction():
                await LogEntry.create(**values | {"grade_band": GradeBand.MIDDLE})

        yield keep
