"""The PostgreSQL engine: Tortoise's own, which lets no cancelled task keep a connection of the pool.

Tortoise tells the dialect of a migration by the name of this module: keep "asyncpg" in it.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    NestedTransactionContext,
    PoolConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from engage.database import tenancy
from engage.database.config import LOCK_SECONDS
from engage.database.finishing import Interrupted
from engage.errors import Busy

NOT_NOW = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InternalClientError,
)


def understood(problem: Exception) -> Exception:
    """Busy for what another moment would mend, else the problem as Tortoise names it."""
    if isinstance(problem, asyncpg.SerializationError | asyncpg.DeadlockDetectedError):
        return Interrupted()
    if isinstance(problem, NOT_NOW):
        return Busy()
    if isinstance(problem, asyncpg.InterfaceError) and "clos" in str(problem):
        return Busy()
    if isinstance(problem, asyncpg.IntegrityConstraintViolationError):
        return IntegrityError(problem)
    if isinstance(problem, asyncpg.InvalidTransactionStateError):
        return TransactionManagementError(problem)
    if isinstance(problem, asyncpg.PostgresError | asyncpg.InterfaceError):
        return OperationalError(problem)
    return problem


class Context(TransactionContextPooled):
    """A transaction that has its connection and has begun, or holds nothing."""

    __slots__ = ()

    async def __aenter__(self) -> TransactionalDBClient:
        client = self.client
        try:
            async with asyncio.timeout(LOCK_SECONDS):
                await self.ensure_connection()
                pool = client._parent._pool
                client._connection = await pool.acquire()
        except Exception as exc:
            raise understood(exc) from exc
        try:
            await client.begin()
        except BaseException:
            await asyncio.shield(pool.release(client._connection))
            raise
        self.token = get_connections().set(self.connection_name, client)
        return client

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            await super().__aexit__(exc_type, exc_val, exc_tb)
        except Exception as exc:
            raise understood(exc) from exc


class Access(PoolConnectionWrapper[asyncpg.Connection]):
    """Who waits longer than LOCK_SECONDS for a connection of the pool is told so."""

    __slots__ = ()

    async def __aenter__(self) -> asyncpg.Connection:
        try:
            async with asyncio.timeout(LOCK_SECONDS):
                return await super().__aenter__()
        except TimeoutError as exc:
            raise Busy from exc


class Statements(tenancy.Watched, AsyncpgDBClient):
    """Refuses what names no school, and says Busy where waiting would help."""

    async def _translate_exceptions(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], str):
            tenancy.check(args[0], self._tables())
        try:
            return await func(self, *args, **kwargs)
        except Exception as exc:
            raise understood(exc) from exc


class Transaction(Statements, TransactionWrapper):
    """What is done between BEGIN and COMMIT."""

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(Transaction(self))


async def _nothing_to_undo(connection: Any) -> None:
    """What asyncpg would ask of the server each time a connection is given back: a second statement after every one.

    It takes back settings, locks, cursors and listening of a session. No statement of ours leaves any of them behind
    its transaction, and asyncpg itself ends one that is open; tests/database/test_giving_back.py looks.
    """


class Client(Statements):
    """The pool of connections of this process to the server."""

    async def create_pool(self, **settings: Any) -> asyncpg.Pool:
        """The pool, whose connections are given back as they are."""
        return await super().create_pool(reset=_nothing_to_undo, **settings)

    def acquire_connection(self) -> Access:
        return Access(self, self._pool_init_lock)

    def _in_transaction(self) -> TransactionContext:
        return Context(Transaction(self), self._pool_init_lock)


client_class = Client
