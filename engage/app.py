"""The house put together: settings in, an application that a server can run out."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tortoise.connection import get_connection

from engage.classes.following import assignments_follow
from engage.classes.help_queries import number_waiting
from engage.database.config import TORTOISE_ORM, is_sqlite
from engage.database.freshness import freshness
from engage.database.opening import opened
from engage.database.operations import check_schema
from engage.database.transaction import brief_reading
from engage.engagement.diary import flush_openings
from engage.errors import Busy
from engage.evaluation.endpoint_queries import going_out
from engage.evaluation.survey_queries import open_surveys, waiting_for
from engage.lists.following import lists_follow
from engage.metrics import watched
from engage.people.matrix import MATRIX
from engage.people.sessions import Table
from engage.programs.following import programs_follow, told_before
from engage.programs.marks import marks_of
from engage.programs.review_queries import reviews_of
from engage.programs.rules import Feeling
from engage.promotion.following import promotion_follows
from engage.promotion.promoted import flush_promoted
from engage.promotion.telling_queries import TALKED_ON, booktalks_of, booktalks_on
from engage.register import REGISTER, bury_again
from engage.resources import covers, pictures
from engage.resources.waiting import number_for
from engage.routes import ROWS
from engage.settings import Settings, SettingsProblem
from engage.tally import counted, kind_of
from engage.web import assets, house, limits, render
from engage.web.csrf import SameSite
from engage.web.filling import Filling
from engage.web.front import Front
from engage.web.headers import Headers
from engage.web.limits import Doorstep, Gate
from engage.web.packing import Packing
from engage.web.problems import Problems
from engage.web.routing import Addresses, ByWord, Row, build_routes, last_rows
from engage.web.sessions import cookie_name
from engage.working import Beside

log = logging.getLogger("engage.app")
STATIC = Path(__file__).parent / "static"
FINISH_SECONDS = 20.0
MEANT = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}  # 2 is FULL
FLUSH_SECONDS = 5.0
HEALTH = ("/healthz", "/readyz")  # a service that says that it is not ready refuses nobody by it


class App:
    """The whole application. What the web tools need of it is found as request.app."""

    def __init__(self, settings: Settings, rows: Sequence[Row]) -> None:
        self.settings = settings
        watch = not settings.secure
        self.assets = assets.Assets(STATIC, watch)
        self.templates = render.make_templates(render.template_folder(), self.assets.path, watch)
        self.templates.globals |= {"draw_cover": covers.cover, "picture_of": pictures.picture_of}
        self.marks_of = marks_of
        self.reviews_of = reviews_of
        self.booktalks_of = booktalks_of
        self.booktalks_on = booktalks_on
        self.talked_on = TALKED_ON
        self.feelings = {feeling.value: words for feeling, words in Feeling.words().items()}
        self.followers = (lists_follow, programs_follow, assignments_follow, promotion_follows)
        self.told_before_merging = (told_before,)
        all_rows = [*rows, *last_rows()]
        self.addresses = Addresses(all_rows, settings.base_url)
        self.register = REGISTER
        self.numbers = {"resources.inbox": number_for}
        self.teachers_waiting = number_waiting
        self.goes_out = going_out
        self.open_surveys = open_surveys
        self.surveys_waiting = waiting_for
        self.gate = Gate()
        self.readiness = house.Readiness(tables_fit)
        self.router = ByWord(build_routes(all_rows, MATRIX, Table(), self.gate))
        inside: ASGIApp = SameSite(self.router, settings.base_url)
        hosts = hosts_of(settings)
        self.fresh = freshness(settings.database_url)
        inside = Doorstep(inside, hosts)
        inside = Packing(Headers(Problems(inside), settings.secure))
        inside = Filling(inside, hosts, self.fresh, Table(), cookie_name(settings.secure), briefly=brief_reading)
        roots = frozenset(row.path.split("/")[1].encode() for row in rows if "{school}" not in row.path)
        self.front = Front(inside, hosts, self.fresh, roots, gate=self.gate, briefly=brief_reading)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self.front(scope, receive, send if scope["path"] in HEALTH else noting(send))
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with self.lifespan():
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as problem:
            log.exception("the service could not start or stop")
            await send({"type": "lifespan.startup.failed", "message": type(problem).__name__})
            raise
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """From an open database to a closed one; in between the background jobs beside it, where it has them."""
        async with opened(self.settings.database_url), AsyncExitStack() as stack:
            await check_kept(self.settings.database_url)
            await stack.enter_async_context(watched(self.settings))
            await bury_again(self.settings)
            stack.push_async_callback(_flush)
            stack.callback(asyncio.create_task(_keep_flushing()).cancel)
            if self.settings.jobs_inside:
                beside = Beside(self.settings)
                working = asyncio.create_task(beside.run())
                stack.push_async_callback(asyncio.wait, [working])
                stack.push_async_callback(beside.stop)
            stack.push_async_callback(limits.all_finished, FINISH_SECONDS)
            yield


def noting(send: Send) -> Send:
    """Send, and count answers by their kind; those that are given at once are counted in web/receiving.py."""

    async def counts(message: Message) -> None:
        if message["type"] == "http.response.start":
            counted.add(kind_of(message["status"]))
        await send(message)

    return counts


async def tables_fit() -> None:
    """Raises SchemaProblem where the tables are no longer of this version."""
    await check_schema(get_connection("default"), TORTOISE_ORM)


def hosts_of(settings: Settings) -> frozenset[bytes]:
    """The hosts that requests may name: the configured one, and on this very machine its other names too."""
    if settings.secure:
        return frozenset({settings.host.encode()})
    port = settings.host.removeprefix("[").partition("]")[2] or settings.host.partition(":")[2]
    names = ("127.0.0.1", "localhost", "[::1]")
    return frozenset(f"{name}:{port.removeprefix(':')}".removesuffix(":").encode() for name in names)


async def _keep_flushing() -> None:
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        await _flush()


async def _flush() -> None:
    try:
        await limits.within(FINISH_SECONDS, flush_openings())
        await limits.within(FINISH_SECONDS, flush_promoted())
    except Busy:
        # what was opened stays counted in memory until the database takes it; a service that ends loses five seconds
        log.warning("openings could not be written yet")


async def check_kept(url: str) -> None:
    """Refuse to start on an SQLite that does not keep what it says it kept. Raises SettingsProblem (SAFETY.md, D2)."""
    if not is_sqlite(url):
        return
    connection = get_connection("default")
    for name, value in MEANT.items():
        row = (await connection.execute_query_dict(f"PRAGMA {name}"))[0]
        if row[name] != value:
            raise SettingsProblem(f"SQLite answers {name} = {row[name]}, and the service needs {value}.")


def build_app(settings: Settings, rows: Sequence[Row] | None = None) -> App:
    """The application for these settings. rows: another route table, for tests."""
    settings.check()
    return App(settings, ROWS if rows is None else rows)
