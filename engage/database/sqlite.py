"""The SQLite engine: Tortoise's own, made safe against cancelled tasks and writers that meet.

Tortoise tells the dialect of a migration by the name of this module: keep "sqlite" in it.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from time import monotonic
from typing import Any

import aiosqlite
from tortoise.backends.base.client import ConnectionWrapper, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import ConfigurationError, IntegrityError, OperationalError

from engage.database import tenancy
from engage.database.config import LOCK_SECONDS, SQLITE_SETTINGS
from engage.database.finishing import finish
from engage.database.transaction import brief
from engage.errors import Busy

NOT_NOW = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
UNDERSTOOD = (sqlite3.OperationalError, sqlite3.IntegrityError, OperationalError)
# how many rows were changed, or found, and those that were found
Done = tuple[int, Sequence[dict[str, Any]]]
# who waits for another process asks so often: SQLite itself would do it every tenth of a second, and come too late
AGAIN_SECONDS = 0.005
READ_BACK = {"WAL": "wal", "FULL": "2", "ON": "1", "OFF": "0"}


def understood(problem: sqlite3.Error | OperationalError) -> Exception:
    """Busy for what another moment or another disk would mend, else the problem as Tortoise names it."""
    if isinstance(problem, sqlite3.IntegrityError):
        return IntegrityError(problem)
    raw = problem.args[0] if isinstance(problem, OperationalError) and problem.args else problem
    if isinstance(raw, sqlite3.OperationalError) and getattr(raw, "sqlite_errorcode", 0) & 0xFF in NOT_NOW:
        return Busy()
    return problem if isinstance(problem, OperationalError) else OperationalError(problem)


class Lock:
    """A process has one connection; who waits longer than so many seconds for it is told so."""

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock

    async def acquire(self, seconds: float = LOCK_SECONDS) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._lock.acquire()
        except TimeoutError as exc:
            raise Busy from exc

    def release(self) -> None:
        self._lock.release()


class Access(ConnectionWrapper[aiosqlite.Connection]):
    """Tortoise's own keeps the lock for ever if the file cannot be opened."""

    __slots__ = ()

    async def __aenter__(self) -> aiosqlite.Connection:
        await Lock(self._lock).acquire()
        try:
            await self.ensure_connection()
        except BaseException:
            self._lock.release()
            raise
        return self.connection


class Context(SqliteTransactionContext):
    """A transaction that has the right to write from its first statement, or never begins.

    While another process has that right it waits beside the connection, so that what only reads goes on; and asks so
    often that it comes in between two units of a process that writes all the time. writers: in the order they came.
    """

    __slots__ = ("_writers",)

    def __init__(self, connection: "Transaction", lock: asyncio.Lock, writers: asyncio.Lock) -> None:
        super().__init__(connection, lock)
        self._writers = writers

    async def __aenter__(self) -> TransactionalDBClient:
        until = monotonic() + LOCK_SECONDS
        await Lock(self._writers).acquire()
        try:
            while not await self._began(max(0.05, until - monotonic())):
                if monotonic() > until:
                    raise Busy
                await asyncio.sleep(AGAIN_SECONDS)
        finally:
            self._writers.release()
        self.token = get_connections().set(self.connection_name, self.connection)
        client: TransactionalDBClient = self.connection
        return client

    async def _began(self, seconds: float) -> bool:
        """Whether it has the right to write; then it keeps the connection, too."""
        began = False
        await Lock(self._trxlock).acquire(seconds)
        try:
            await self.ensure_connection()
            began = await finish(self.connection.begin_now())
        except BaseException:
            raw = self.connection._connection
            if raw is not None and raw.in_transaction:
                await finish(raw.rollback())
            raise
        finally:
            if not began:
                self._trxlock.release()
        return began


class Statements(tenancy.Watched, SqliteClient):
    """Refuses what names no school, and says Busy where waiting or a free disk would help."""

    async def _done(self, query: str, values: list[Any] | None) -> Done:
        done: Done = await super().execute_query(query, values)
        return done

    def _at_once(self, query: str, values: list[Any] | None) -> Done:
        """The same without a way to the connection's thread and back, which costs four times what it does there."""
        self.log.debug("%s: %s", query, values)
        assert self._connection is not None
        raw = self._connection._conn
        before = raw.total_changes
        rows = raw.execute(query, values or ()).fetchall()
        return (raw.total_changes - before) or len(rows), rows

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        tenancy.check(query, self._tables())
        try:
            key: int = await super().execute_insert(query, values)
        except OperationalError as exc:
            raise understood(exc) from exc
        return key

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        tenancy.check(query, self._tables())
        try:
            await super().execute_many(query, values)
        except OperationalError as exc:
            raise understood(exc) from exc

    async def execute_query(self, query: str, values: list[Any] | None = None) -> Done:
        tenancy.check(query, self._tables())
        try:
            return await self._done(query, values)
        except UNDERSTOOD as exc:
            raise understood(exc) from exc

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        tenancy.check(query, self._tables())
        try:
            _, rows = await self._done(query, values)
        except UNDERSTOOD as exc:
            raise understood(exc) from exc
        # Tortoise's dict(row) looks each name up among all names again, which takes longer than the statement
        names = rows[0].keys() if rows else ()
        return [dict(zip(names, row, strict=True)) for row in rows]


class Transaction(Statements, SqliteTransactionWrapper):
    """What is done between BEGIN and COMMIT.

    In a brief one each question is answered at once: with the right to write no statement waits for anybody.
    """

    def __init__(self, parent: "Statements") -> None:
        super().__init__(parent)
        self._brief = brief.get()

    def _in_transaction(self) -> TransactionContext:
        return Savepoint(Transaction(self))

    async def _done(self, query: str, values: list[Any] | None) -> Done:
        return self._at_once(query, values) if self._brief else await super()._done(query, values)

    async def begin_now(self) -> bool:
        """Begin with the right to write; False while another process has it."""
        raw = self._connection
        try:
            if raw.in_transaction:
                await raw.rollback()
            began: bool = await raw._execute(_begin_now, raw._conn)  # type: ignore[no-untyped-call]
        except sqlite3.OperationalError as exc:
            raise understood(exc) from exc
        return began

    async def commit(self) -> None:
        try:
            await finish(self._commit())
        except sqlite3.OperationalError as exc:
            raise understood(exc) from exc

    async def _commit(self) -> None:
        if not self._connection.in_transaction:
            # SQLite itself rolled back when the disk was full, whatever our code made of the error
            self._finalized = True
            raise Busy
        try:
            await super().commit()
        except sqlite3.Error:
            self._finalized = True
            await self._connection.rollback()
            raise

    async def rollback(self) -> None:
        # a statement still on its way would keep the rollback waiting
        await self._connection.interrupt()
        try:
            await finish(super().rollback())
        except sqlite3.OperationalError as exc:
            raise understood(exc) from exc


def _begin_now(raw: sqlite3.Connection) -> bool:
    raw.execute("PRAGMA busy_timeout=0")
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as exc:
        if exc.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise
    finally:
        raw.execute(f"PRAGMA busy_timeout={LOCK_SECONDS * 1000}")
    return True


class Savepoint(TransactionContext):
    """A part of a transaction that may be taken back alone."""

    def __init__(self, client: Transaction) -> None:
        self.client = client

    async def __aenter__(self) -> TransactionalDBClient:
        await finish(self.client.savepoint())
        return self.client

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        if not self.client._connection.in_transaction:
            return
        await finish(self.client.savepoint_rollback() if exc_type else self.client.release_savepoint())


class Client(Statements):
    """The one connection of this process to the file."""

    def __init__(self, file_path: str, **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        self._writers = asyncio.Lock()

    async def _done(self, query: str, values: list[Any] | None) -> Done:
        # whose lock is held is at work in its thread, or holds a transaction
        if brief.get() and self._connection is not None and not self._lock.locked():
            return self._at_once(query, values)
        return await super()._done(query, values)

    def acquire_connection(self) -> Access:
        return Access(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return Context(Transaction(self), self._lock, self._writers)

    async def create_connection(self, with_db: bool) -> None:
        if not self._connection:
            await finish(self._open(with_db))

    async def _open(self, with_db: bool) -> None:
        ready = False
        try:
            await self._connect()
            await self._read_back()
            ready = True
        except sqlite3.OperationalError as exc:
            raise understood(exc) from exc
        finally:
            if not ready and self._connection is not None:
                await self._connection.close()
                self._connection = None

    async def _connect(self) -> None:
        """As Tortoise does it, but two threads may use the connection; SQLite lets one of them in at a time."""
        if sqlite3.threadsafety < 3:
            raise ConfigurationError("This SQLite was built for one thread.")
        self._connection = await aiosqlite.connect(self.filename, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        for name, value in self.pragmas.items():
            await self._connection.execute_fetchall(f"PRAGMA {name}={value}")
        await self._post_connect()
        self.log.debug("Created connection %s to %s", self._connection, self.filename)

    async def _read_back(self) -> None:
        assert self._connection is not None
        for name in SQLITE_SETTINGS:
            wanted = str(self.pragmas[name])
            found = await self._connection.execute_fetchall(f"PRAGMA {name}")
            value = str(next(iter(found))[0])
            if value != READ_BACK.get(wanted, wanted):
                raise ConfigurationError(f"SQLite would not set {name} to {wanted}; it says {value}.")

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        tenancy.check(query, self._tables())
        async with self.acquire_connection() as raw:
            self.log.debug("%s: %s", query, values)
            await finish(self._all_or_none(raw, query, values))

    async def _all_or_none(self, raw: aiosqlite.Connection, query: str, values: list[list[Any]]) -> None:
        try:
            await raw.execute("BEGIN IMMEDIATE")
            try:
                await raw.executemany(query, values)
                await raw.commit()
            except BaseException:
                await raw.rollback()
                raise
        except sqlite3.IntegrityError as exc:
            raise IntegrityError(exc) from exc
        except sqlite3.OperationalError as exc:
            raise understood(exc) from exc


client_class = Client
