"""Opening the database for as long as a process serves, and refusing one that it cannot serve well."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tortoise.context import TortoiseContext, get_current_context

from engage.database.config import is_sqlite, tortoise_config
from engage.database.operations import SchemaProblem, check_schema, database_file
from engage.database.transaction import settled

# where locks of SQLite cannot be trusted
DISTANT = ("nfs", "cifs", "smb", "afs", "9p", "ceph", "lustre", "gluster", "fuse.sshfs")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[TortoiseContext]:
    """The database of this process, checked, reachable from all its tasks, and closed at the end.

    Inside another one it is that one: a command that calls a command, a test that starts the app.
    Raises SchemaProblem where the tables are not of this version, damaged, or on a network file
    system; Busy where the database cannot be reached.
    Source: SAFETY.md, D2 and B3.
    """
    current = get_current_context()
    if current is not None and current.inited:
        yield current
        return
    if is_sqlite(url):
        _refuse_distant(database_file(url))
    config = tortoise_config(url)
    async with TortoiseContext() as context:
        await context.init(config=config, _enable_global_fallback=True)
        try:
            client = context.connections.get("default")
            await check_schema(client, config)
            if is_sqlite(url):
                found = await client.execute_query_dict("PRAGMA quick_check(1)")
                if list(found[0].values()) != ["ok"]:
                    raise SchemaProblem(f"The database file is damaged ({next(iter(found[0].values()))}).")
            yield context
        finally:
            await settled()


def file_system(path: Path, mounts: str) -> str:
    """The kind of file system that a path is on.

    mounts: the text of /proc/mounts.
    """
    kinds = {}
    for line in mounts.splitlines():
        _, where, kind, *_ = line.split(" ")
        kinds[where.replace("\\040", " ")] = kind
    holding = [where for where in kinds if os.path.commonpath([where, path]) == where]
    return kinds[max(holding, key=len)] if holding else ""


def _refuse_distant(file: Path) -> None:
    mounts = Path("/proc/mounts")
    if mounts.exists() and file_system(file.resolve(), mounts.read_text()).startswith(DISTANT):
        raise SchemaProblem("The database file is on a network file system, which loses what is written.")
