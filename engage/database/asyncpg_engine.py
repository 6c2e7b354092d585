"""The PostgreSQL engine: Tortoise's own, which lets no cancelled task keep a connection of the pool.

Tortoise tells the dialect of a migration by the name of this module: keep "asyncpg" in it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, cast

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

# of a busy service each is asked for again within milliseconds
KEPT_SECONDS = 1.0
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


class AtHand:
    """Connections that a statement is just over on, for the next: the way to the pool and back takes longer than one.

    The pool has them again after KEPT_SECONDS, and none is kept while somebody waits for the pool.
    """

    def __init__(self, release: Callable[[asyncpg.Connection], Coroutine[Any, Any, None]]) -> None:
        self.release = release
        self.kept: list[asyncpg.Connection] = []
        self.waiting = 0
        self.ending: asyncio.TimerHandle | None = None
        self.going: set[asyncio.Task[None]] = set()

    def take(self) -> asyncpg.Connection | None:
        """One that is in order, if there is any."""
        while self.kept:
            connection = self.kept.pop()
            if _is_open(connection):
                return connection
            self._give_back([connection])
        return None

    def keep(self, connection: asyncpg.Connection) -> bool:
        """Keep it, unless the pool has to have it."""
        if self.waiting:
            return False
        self.kept.append(connection)
        if self.ending is None:
            self.ending = asyncio.get_running_loop().call_later(KEPT_SECONDS, self.end)
        return True

    @asynccontextmanager
    async def wanted(self) -> AsyncIterator[None]:
        """In here somebody waits for the pool."""
        self.waiting += 1
        try:
            yield
        finally:
            self.waiting -= 1

    def end(self) -> None:
        """Give all of them back."""
        if self.ending is not None:
            self.ending.cancel()
            self.ending = None
        connections, self.kept = self.kept, []
        self._give_back(connections)

    async def ended(self) -> None:
        """The same, and wait until the pool has them."""
        self.end()
        while self.going:
            await asyncio.wait(self.going)

    def _give_back(self, connections: list[asyncpg.Connection]) -> None:
        for connection in connections:
            task = asyncio.get_running_loop().create_task(self.release(connection))
            self.going.add(task)
            task.add_done_callback(self.going.discard)


def _is_open(connection: asyncpg.Connection) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # it went to the pool by itself when it broke
        return False


class Context(TransactionContextPooled):
    """A transaction that has its connection and has begun, or holds nothing."""

    __slots__ = ()

    async def __aenter__(self) -> TransactionalDBClient:
        client, parent = self.client, cast(Client, self.client._parent)
        try:
            async with asyncio.timeout(LOCK_SECONDS):
                await self.ensure_connection()
                pool, at_hand = cast(asyncpg.Pool, parent._pool), parent.at_hand
                client._connection = at_hand.take()
                if client._connection is None:
                    async with at_hand.wanted():
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
    client: "Client"

    async def __aenter__(self) -> asyncpg.Connection:
        self.connection = self.client.at_hand.take()
        if self.connection is not None:
            return self.connection
        try:
            async with asyncio.timeout(LOCK_SECONDS), self.client.at_hand.wanted():
                return await super().__aenter__()
        except TimeoutError as exc:
            raise Busy from exc

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        # what was broken off may still be under way, which the pool knows to end
        if exc_type is not None or not self.client.at_hand.keep(self.connection):
            await super().__aexit__(exc_type, exc_val, exc_tb)


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at_hand = AtHand(self._release)

    async def _release(self, connection: asyncpg.Connection) -> None:
        pool: asyncpg.Pool = self._pool
        await pool.release(connection)

    async def _close(self) -> None:
        async with self.at_hand.wanted():
            await self.at_hand.ended()
            await super()._close()

    async def create_pool(self, **settings: Any) -> asyncpg.Pool:
        """The pool, whose connections are given back as they are."""
        return await super().create_pool(reset=_nothing_to_undo, **settings)

    def acquire_connection(self) -> Access:
        return Access(self, self._pool_init_lock)

    def _in_transaction(self) -> TransactionContext:
        return Context(Transaction(self), self._pool_init_lock)


client_class = Client
