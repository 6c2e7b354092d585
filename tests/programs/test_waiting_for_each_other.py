"""Units of work on PostgreSQL keep rows from others where they have to, and nowhere else (SAFETY.md, D3)."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from engage.database.transaction import one_transaction
from engage.people.queries import reader_at
from engage.people.rules import Role
from engage.programs.days_off import close_days
from engage.programs.following import programs_follow
from engage.resources.doubles import merge
from tests import make
from tests.programs.test_joining import today
from tests.resources.merging import two

# SQLite has one lock, and whoever writes has it alone
pytestmark = pytest.mark.only("postgres")

# as a row does that refers to one of these, and as whoever opens a program again does
REFERS, TAKES = "KEY SHARE", "UPDATE"


async def free_within(url: str, act: Callable[[], Awaitable[object]], *asked: tuple[str, str]) -> list[bool]:
    """Whether others may have all rows of tables before the unit of work of an act ends. asked: table, and what for."""
    other = await asyncpg.connect(url)

    async def free(table: str, how: str) -> bool:
        try:
            await other.execute(f"SELECT 1 FROM {table} FOR {how} NOWAIT")
        except asyncpg.LockNotAvailableError:
            return False
        return True

    @one_transaction
    async def unit() -> list[bool]:
        await act()
        return [await free(*each) for each in asked]

    try:
        return await unit()
    finally:
        await other.close()


async def test_two_titles_become_one_while_a_class_logs_and_no_program_is_opened_again(school, database_url, ada, sam):
    gone, stays = await two()
    program = await make.program(by=ada, starts=today(60), ends=today(30))
    await make.enrolment(program, sam)

    async def act() -> None:
        await merge(gone.key, stays.key, ada, [programs_follow])

    asked = ("resource", REFERS), ("school", REFERS), ("program", REFERS), ("program", TAKES)
    assert await free_within(database_url, act, *asked) == [True, True, True, False]


async def test_the_calendar_is_written_while_a_class_logs_and_no_program_is_changed(school, database_url, ada):
    await make.program(by=ada)
    boss = await make.person("Boss", Role.SCHOOL_ADMIN, school.lincoln)
    reader = await reader_at(boss.id, "lincoln")

    async def act() -> None:
        await close_days(today(-1), today(-1), "Snow day", by=reader)

    asked = ("school", REFERS), ("program", REFERS), ("program", TAKES)
    assert await free_within(database_url, act, *asked) == [True, True, False]
