"""Copies of a made-up district's schools, so that millions of entries take minutes: rows are copied by the database.

Each copy has numbers of its own, and nothing but its schools' district in common with the first. Nothing checks what
refers to what meanwhile; every row that is referred to is copied as well.
"""

import sqlite3
from contextlib import closing

import asyncpg

from engage.engagement.models import (
    ActiveDay,
    DailyFigure,
    Engagement,
    HiddenStudent,
    MonthFigure,
    Turnout,
    YearSalt,
)
from engage.evaluation.models import Cycle
from engage.lists.models import CuratedList, ListItem
from engage.people.models import ClassMember, Membership, Person, School, SchoolClass
from engage.programs.models import LogEntry, ResourceProgress
from engage.resources.models import Resource

COPIED = (
    *(School, Person, Membership, SchoolClass, ClassMember, Resource, CuratedList, ListItem, Cycle, LogEntry),
    *(ResourceProgress, Engagement, YearSalt, HiddenStudent, DailyFigure, MonthFigure, ActiveDay, Turnout),
)
APART = 100_000_000  # more than there are rows in any table
# texts that no two rows have alike, and how long they may be; no key has an u
NAMES = {"key": 13, "code": 12, "slug": 40}


def statements(copies: int) -> list[str]:
    """SQL that makes so many of what is there, the first counted."""
    found = []
    for model in COPIED:
        table, columns = model._meta.db_table, sorted(model._meta.fields_db_projection.values())
        for copy in range(1, copies):
            taken = []
            for name in columns:
                if name == "id" or (name.endswith("_id") and name not in ("district_id", "list_id", "program_id")):
                    taken.append(f"{name} + {copy * APART}")
                elif name in NAMES and not (name == "slug" and model is not School):
                    taken.append(f"substr({name}, 1, {NAMES[name] - 3}) || 'u{copy:02}'")
                else:
                    taken.append(f'"{name}"')
            into = ", ".join(f'"{name}"' for name in columns)
            found.append(f'INSERT INTO "{table}" ({into}) SELECT {", ".join(taken)} FROM "{table}" WHERE id < {APART}')
    return found


async def copy_all(url: str, copies: int) -> None:
    """Make so many of everything that is in the database, the first counted, and let it know how much there is."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as base:
            for one in [*statements(copies), "ANALYZE"]:
                base.execute(one)
            base.commit()
        return
    connection = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica")
    for one in statements(copies):
        await connection.execute(one)
    for model in COPIED:
        table = model._meta.db_table
        await connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM \"{table}\"")
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
