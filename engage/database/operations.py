"""Changing the tables of a database that already holds a library, without losing any of it.

One process at a time; a backup first; each step and the note that it was done in one transaction, so
that a step which was broken off is simply done again.

Source: SAFETY.md, B3.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import RunPython
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor.asyncpg import AsyncpgSchemaEditor
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_editor.sqlite import SqliteSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.models import Model

from engage.database.config import TORTOISE_ORM, is_sqlite, tortoise_config
from engage.database.late_state import LateState, quick_models
from engage.database.tenancy import every_school

LOCK_NUMBER = 0x656E67616765  # "engage", for pg_advisory_lock
LOCK_WAIT_SECONDS = 600


class SchemaProblem(Exception):
    """The tables and this version of Engage do not fit each other, in one sentence."""


class DialectSQL(RunPython):
    """SQL per database, one statement per item; Tortoise's RunSQL would cut triggers at their semicolons."""

    def __init__(
        self,
        *,
        sqlite: Sequence[str] = (),
        postgres: Sequence[str] = (),
        sqlite_down: Sequence[str] = (),
        postgres_down: Sequence[str] = (),
    ) -> None:
        super().__init__(_runner(sqlite, postgres), _runner(sqlite_down, postgres_down))


def _runner(sqlite: Sequence[str], postgres: Sequence[str]) -> Callable[[Any, BaseSchemaEditor], Awaitable[None]]:
    async def run(_apps: Any, editor: BaseSchemaEditor) -> None:
        for statement in sqlite if editor.client.capabilities.dialect == "sqlite" else postgres:
            await editor.client.execute_query(statement)

    return run


class ColumnsOfIndexes(BaseSchemaEditor):
    """Tortoise writes an index on a foreign key under the name of the field, which is no column."""

    def _get_index_sql(self, model: Any, field_names: list[str], *args: Any, **kwargs: Any) -> str:
        known = model._meta.fields_map
        columns = [(known[name].source_field or name) if name in known else name for name in field_names]
        sql: str = super()._get_index_sql(model, columns, *args, **kwargs)
        return sql


class SafePostgresEditor(ColumnsOfIndexes, AsyncpgSchemaEditor):  # type: ignore[misc]
    """Tortoise's own, with its indexes on columns."""


class SafeSqliteEditor(ColumnsOfIndexes, SqliteSchemaEditor):
    """Tortoise rebuilds a table to change it; this keeps its children, indexes, unique keys and triggers."""

    def _get_table_comment_sql(self, table: str, comment: str) -> str:
        return ""  # Tortoise cuts its SQL at every semicolon, also at those of a comment

    def _get_column_comment_sql(self, table: str, column: str, comment: str) -> str:
        return ""

    async def _remake_table(self, model: Any, *args: Any, **changes: Any) -> None:
        if self.collect_sql:
            await super()._remake_table(model, *args, **changes)
            return
        table, ask = model._meta.db_table, self.client.execute_query_dict
        if (await ask("PRAGMA foreign_keys"))[0]["foreign_keys"]:
            raise SchemaProblem("Tables are rebuilt with foreign keys off, or their children go with them.")
        before = await ask(
            "SELECT sql FROM sqlite_master WHERE tbl_name=? AND sql IS NOT NULL AND type IN ('index','trigger')",
            [table],
        )
        uniques = await self._uniques(table)
        await super()._remake_table(model, *args, **changes)
        for columns in uniques - await self._uniques(table):
            if set(columns) <= await self._columns(table):
                named = ", ".join(f'"{column}"' for column in columns)
                await ask(f'CREATE UNIQUE INDEX "uq_{table}_{"_".join(columns)}" ON "{table}" ({named})')
        for row in before:
            await ask(row["sql"])

    async def _uniques(self, table: str) -> set[tuple[str, ...]]:
        ask = self.client.execute_query_dict
        return {
            tuple(column["name"] for column in await ask(f'PRAGMA index_info("{index["name"]}")'))
            for index in await ask(f'PRAGMA index_list("{table}")')
            if index["unique"] and index["origin"] == "u"
        }

    async def _columns(self, table: str) -> set[str]:
        found = await self.client.execute_query_dict(f'PRAGMA table_info("{table}")')
        return {column["name"] for column in found}


async def migrate(
    url: str,
    *,
    backup: Callable[[str], Awaitable[Path | None]] | None = None,
    upto: str | None = None,
    apps: dict[str, Any] | None = None,
) -> list[str]:
    """Bring the tables up to this version and return the names of the steps that were done.

    backup: makes one and returns where it lies; without it a copy is put beside a SQLite file, and
    nothing is made for PostgreSQL, whose operator has pg_dump.
    upto, apps: tests stop half way, or bring tables of their own.
    Raises SchemaProblem, and Busy if the database cannot be had.
    """
    config = tortoise_config(url, migrating=True)
    config["apps"] = apps or config["apps"]
    async with _alone(url), TortoiseContext() as context:
        await context.init(config=config)
        client = context.connections.get("default")
        try:
            executor = MigrationExecutor(client, config["apps"])
            await executor.loader.build_graph()
            done = await _applied(client)
            _refuse_newer(done, executor)
            name = upto or "__latest__"
            targets = [MigrationTarget(app_label=label, name=name) for label in config["apps"]]
            plan = executor._migration_plan(targets, set(done), executor.loader.graph)
            if not plan:
                return []
            if done:
                await (backup or copy_beside)(url)
            await executor.recorder.ensure_schema(_editor(client))
            with every_school("a migration changes the rows of all schools"), quick_models():
                state = await executor._project_state(set(done))
                late = LateState(state.models, state.apps)
                for step in plan:
                    await _do(client, step.migration, late)
            return [step.migration.name for step in plan]
        finally:
            await context.connections.close_all()


async def check_schema(client: BaseDBAsyncClient, config: dict[str, Any]) -> None:
    """Refuse tables that are older or newer than this version of Engage. Raises SchemaProblem."""
    executor = MigrationExecutor(client, config["apps"])
    await executor.loader.build_graph()
    done = await _applied(client)
    _refuse_newer(done, executor)
    missing = len(set(executor.loader.disk_migrations) - set(done))
    if missing:
        raise SchemaProblem(f"The database is {missing} steps behind this version of Engage; run `engage migrate`.")


async def unmade_changes() -> list[str]:
    """What the models have that no migration makes; empty when they agree."""
    async with TortoiseContext() as context:
        await context.init(config=TORTOISE_ORM, init_connections=False)
        assert context.apps is not None
        with quick_models():
            writers = await MigrationAutodetector(context.apps, TORTOISE_ORM["apps"]).changes()
        return [operation.describe() for writer in writers for operation in writer.operations]


async def copy_beside(url: str) -> Path | None:
    """A copy of a SQLite database in the same folder, as it was at this moment."""
    if not is_sqlite(url):
        return None
    source = database_file(url)
    target = source.with_name(f"{source.name}.before-{datetime.now():%Y%m%d-%H%M%S-%f}")
    await asyncio.to_thread(copy_database, source, target)
    return target


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy of a SQLite file that others may be writing to; only we may read it."""
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(source, isolation_level=None)
    try:
        connection.execute("VACUUM INTO ?", [str(partial)])
    finally:
        connection.close()
    os.replace(partial, target)


async def write_back() -> None:
    """On SQLite bring the log back into the file and empty it, so that what was deleted lies in neither."""
    client = get_connection("default")
    if client.capabilities.dialect == "sqlite":
        await client.execute_query("PRAGMA wal_checkpoint(TRUNCATE)")


async def measure(model: type[Model]) -> None:
    """Let PostgreSQL look at a table into which very many rows just came, before statements that go through all of it.

    Without that it plans them for as few as there were, and a statement of a second takes minutes. SQLite needs none.
    """
    client = get_connection("default")
    if client.capabilities.dialect != "sqlite":
        await client.execute_query(f'ANALYZE "{model._meta.db_table}"')


def database_file(url: str) -> Path:
    """The file that a SQLite address names."""
    return Path(tortoise_config(url)["connections"]["default"]["credentials"]["file_path"])


async def _do(client: BaseDBAsyncClient, migration: Migration, state: State) -> None:
    async with client._in_transaction() as transaction:
        await migration.apply(state, schema_editor=_editor(transaction))
        lite = client.capabilities.dialect == "sqlite"
        if lite and (orphans := await transaction.execute_query_dict("PRAGMA foreign_key_check")):
            raise SchemaProblem(f"Step {migration.name} would leave {len(orphans)} rows without their parent.")
        await MigrationRecorder(transaction).record_applied(migration.app_label, migration.name)


def _editor(client: BaseDBAsyncClient) -> BaseSchemaEditor:
    return SafeSqliteEditor(client) if client.capabilities.dialect == "sqlite" else SafePostgresEditor(client)


async def _applied(client: BaseDBAsyncClient) -> list[MigrationKey]:
    if not await _has_record(client):
        return []
    rows = await client.execute_query_dict('SELECT "app", "name" FROM "tortoise_migrations" ORDER BY "id"')
    return [MigrationKey(app_label=row["app"], name=row["name"]) for row in rows]


async def _has_record(client: BaseDBAsyncClient) -> bool:
    if client.capabilities.dialect == "sqlite":
        found = "SELECT name FROM sqlite_master WHERE type='table' AND name='tortoise_migrations'"
    else:
        found = "SELECT 1 FROM pg_tables WHERE tablename='tortoise_migrations' AND schemaname=current_schema()"
    return bool(await client.execute_query_dict(found))


def _refuse_newer(done: list[MigrationKey], executor: MigrationExecutor) -> None:
    unknown = [key.name for key in done if key not in executor.loader.disk_migrations]
    if unknown:
        raise SchemaProblem(
            f"The database was changed by a newer Engage (step {unknown[-1]}): install that one, "
            "or go back to the backup that was made before the step."
        )


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[None]:
    """Hold off every other migration of this database, in whatever process."""
    if is_sqlite(url):
        path = database_file(url)
        lock = await asyncio.to_thread(_locked_file, path.with_name(path.name + ".migrating"))
        try:
            yield
        finally:
            lock.close()
        return
    import asyncpg

    known = tortoise_config(url)["connections"]["default"]["credentials"]
    names = ("host", "port", "user", "password", "database")
    connection = await asyncpg.connect(**{name: known[name] for name in names})
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK_NUMBER, timeout=LOCK_WAIT_SECONDS)
        yield
    finally:
        await connection.close()


def _locked_file(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = sqlite3.connect(path, timeout=LOCK_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        lock.close()
        raise
    return lock
