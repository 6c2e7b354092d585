"""A database as one file, as it was at one moment: taken while others write, put back, and looked at.

SQLite by VACUUM INTO; PostgreSQL by its own pg_dump and pg_restore, of the server's version or newer.
"""

import asyncio
import os
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from engage.database.config import is_sqlite, tortoise_config
from engage.database.operations import copy_database, database_file

Counts = dict[str, int]
SIDES = ("-wal", "-shm")  # what SQLite keeps beside the file of a database that is open


class SnapshotProblem(Exception):
    """Why a copy of a database could not be made, or is none, in one sentence."""


async def take(url: str, target: Path) -> Counts:
    """Copy the database into a new file; how many rows each table has in it. Raises SnapshotProblem."""
    if is_sqlite(url):
        return await asyncio.to_thread(_take_file, database_file(url), target)
    import asyncpg

    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = await asyncpg.connect(**_reach(url))
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            moment = await connection.fetchval("SELECT pg_export_snapshot()")
            counts = await _counted(connection)
            await _run("pg_dump", url, "--format=custom", f"--snapshot={moment}", f"--file={target}")
    finally:
        await connection.close()
    return counts


async def put_back(url: str, source: Path, kept: Path | None = None) -> None:
    """Make a copy the database. kept: where a SQLite file that stands there goes; without it there must be none.

    On PostgreSQL the database is there and empty. Raises SnapshotProblem.
    """
    if is_sqlite(url):
        await asyncio.to_thread(_put_file, database_file(url), source, kept)
        return
    import asyncpg

    connection = await asyncpg.connect(**_reach(url))
    try:
        if await _tables(connection):
            raise SnapshotProblem("The database is not empty. Make a new one, and name it in ENGAGE_DATABASE_URL.")
    finally:
        await connection.close()
    await _run("pg_restore", url, "--no-owner", "--single-transaction", "--exit-on-error", str(source))


async def look(url: str) -> Counts:
    """Look whether a database is whole; how many rows each table has. Raises SnapshotProblem."""
    if is_sqlite(url):
        return await asyncio.to_thread(_counted_file, database_file(url))
    import asyncpg

    connection = await asyncpg.connect(**_reach(url))
    try:
        return await _counted(connection)
    finally:
        await connection.close()


@asynccontextmanager
async def scratch(url: str, folder: Path) -> AsyncIterator[str]:
    """The address of an empty database of the same kind, thrown away at the end. Raises SnapshotProblem.

    On PostgreSQL it is made on the same server, whose person must be allowed to.
    """
    if is_sqlite(url):
        yield f"sqlite://{folder / 'scratch.sqlite3'}"
        return
    import asyncpg

    name = f"engage_scratch_{secrets.token_hex(6)}"
    server = await asyncpg.connect(**_reach(url))
    try:
        await server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    except asyncpg.InsufficientPrivilegeError as exc:
        await server.close()
        raise SnapshotProblem(
            "A backup is tried out in a database of its own: let this role make one (ALTER ROLE … CREATEDB)."
        ) from exc
    try:
        before, mark, rest = url.partition("?")
        yield f"{before.rpartition('/')[0]}/{name}{mark}{rest}"
    finally:
        await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await server.close()


def _take_file(source: Path, target: Path) -> Counts:
    if not source.is_file():
        raise SnapshotProblem("There is no database yet.")
    copy_database(source, target)
    return _counted_file(target)


def _put_file(target: Path, source: Path, kept: Path | None) -> None:
    if target.exists():
        if kept is None:
            raise SnapshotProblem(f"There is a database already: {target}.")
        _let_go_of(target)
        os.replace(target, kept)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    shutil.copyfile(source, partial)
    partial.chmod(0o600)
    os.replace(partial, target)


def _let_go_of(file: Path) -> None:
    """Bring the log of a SQLite file back into it, so that the file alone is the database. Not while others have it."""
    with closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as connection:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError:
            mode = ""
    if mode != "delete" or any(file.with_name(file.name + side).exists() for side in SIDES):
        raise SnapshotProblem("The service is running. End it first.")


def _counted_file(file: Path) -> Counts:
    if not file.is_file():
        raise SnapshotProblem("There is no database yet.")
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            orphans = connection.execute("PRAGMA foreign_key_check").fetchone()
            names = [
                name
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
                )
            ]
            counts = {name: connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in names}
        except sqlite3.DatabaseError as exc:
            raise SnapshotProblem(f"The database file is damaged ({exc}).") from exc
    if said != "ok":
        raise SnapshotProblem(f"The database file is damaged ({said}).")
    if orphans:
        raise SnapshotProblem(f"A row of the table {orphans[0]} has lost its parent.")
    return counts


async def _counted(connection: Any) -> Counts:
    return {name: await connection.fetchval(f'SELECT COUNT(*) FROM "{name}"') for name in await _tables(connection)}


async def _tables(connection: Any) -> list[str]:
    rows = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    )
    return [row["tablename"] for row in rows]


def _reach(url: str) -> dict[str, Any]:
    known = tortoise_config(url)["connections"]["default"]["credentials"]
    return {name: known[name] for name in ("host", "port", "user", "password", "database")}


async def _run(program: str, url: str, *words: str) -> None:
    """Run one of PostgreSQL's programs on a database; the password lies in a file meanwhile, where nobody lists it."""
    found = shutil.which(program)
    if found is None:
        raise SnapshotProblem(f"{program} is not on this machine. Install the client programs of PostgreSQL.")
    known = {name: str(value) for name, value in _reach(url).items() if value}
    known["dbname"] = known.pop("database")
    with tempfile.NamedTemporaryFile("w", prefix="engage-") as file:
        if password := known.pop("password", ""):
            file.write("*:*:*:*:" + password.replace("\\", "\\\\").replace(":", "\\:"))
            file.flush()
            known["passfile"] = file.name
        reach = " ".join(f"{name}={_quoted(value)}" for name, value in known.items())
        asking = ("--no-password", f"--dbname={reach}", *words)
        running = await asyncio.create_subprocess_exec(found, *asking, stderr=asyncio.subprocess.PIPE)
        _, said = await running.communicate()
    if running.returncode:
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        raise SnapshotProblem(f"{program} could not do it: {last[0] if last else running.returncode}")


def _quoted(value: str) -> str:
    """A value in a connection string of PostgreSQL."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
