"""Several questions in one statement give what each gives alone, whatever is in them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tortoise.queryset import ValuesQuery

from engage import dates
from engage.database.asked import asked_of, named_rows_of, rows_of
from engage.database.at_once import at_once
from engage.database.tenancy import NoSchool
from engage.errors import NotFound
from engage.resources.models import Resource
from tests import make
from tests.conftest import Statements
from tests.school import TestSchool

TITLES = """
SELECT r.title, r.mode AS "way", CASE WHEN r.title IN ('?', '$1, FROM') THEN 1 ELSE NULL END AS odd, r.made_at
FROM resource r WHERE r.school_id = {0} AND r.title <> {1} ORDER BY r.title DESC
"""
NONE = "SELECT title, 'it''s ?, $2 FROM' AS said FROM resource WHERE school_id = {0} AND title = 'nothing'"


def newest(title: str) -> ValuesQuery[Any]:
    rows = Resource.filter(school_id=1).exclude(title=title).order_by("-title").limit(2)
    return rows.values("key", "title", "mode", "made_at", number="id")


def questions(school: TestSchool) -> list[Callable[[], Awaitable[Any]]]:
    of = school.card.id
    return [
        lambda: rows_of(TITLES, [of, "Zebra"]),
        lambda: named_rows_of(NONE, [of]),
        lambda: asked_of(("newest", of), newest, "$1, FROM"),
        lambda: named_rows_of(TITLES, [of, "?"]),
        lambda: _then(of),
    ]


async def _then(school_id: int) -> list[list[Any]]:
    """Asks two at once, and then one more."""
    both = await at_once(named_rows_of(TITLES, [school_id, "Aardvark"]), rows_of(TITLES, [school_id, "?"]))
    return [*both, await rows_of(TITLES, [school_id, both[0][0]["title"]])]


def plain(found: Any) -> Any:
    """Without what tells a row of a driver from a list, and a moment from its text, as SQLite has it."""
    if isinstance(found, dict):
        return {name: plain(value) for name, value in found.items()}
    if isinstance(found, str | int | None) or not hasattr(found, "__iter__"):
        return found
    return [plain(each) for each in found]


async def _things(school: TestSchool) -> None:
    for title in ("Aardvark", "?", "$1, FROM", "Zebra", 'Say "what"', "Über {0}"):
        await make.resource(title)


async def test_what_is_asked_at_once_is_what_each_gives_alone_and_one_statement_a_step(
    school: TestSchool, statements: Statements
) -> None:
    await _things(school)
    alone = [plain(await ask()) for ask in questions(school)]
    statements.forget()
    found = await at_once(*(ask() for ask in questions(school)))  # type: ignore[arg-type]
    assert len(statements) == 2
    assert plain(found) == alone
    assert [row[0] for row in alone[0]] == sorted((row[0] for row in alone[0]), reverse=True)
    assert len(alone[0]) == 5
    assert alone[1] == []
    assert isinstance(found[2][0]["made_at"], type(dates.now()))


async def test_nothing_asked_is_no_statement(school: TestSchool, statements: Statements) -> None:
    async def said(word: str) -> str:
        return word

    statements.forget()
    assert await at_once(said("one"), said("two")) == ["one", "two"]
    assert len(statements) == 0


async def test_what_one_of_them_raises_is_raised_and_the_next_question_is_one_of_its_own(
    school: TestSchool, statements: Statements
) -> None:
    await _things(school)

    async def missing() -> None:
        await rows_of(NONE, [school.card.id])
        raise NotFound("it")

    with pytest.raises(NotFound):
        await at_once(rows_of(TITLES, [school.card.id, ""]), missing(), _then(school.card.id))
    statements.forget()
    assert len(await rows_of(TITLES, [school.card.id, ""])) == 6
    assert len(statements) == 1


async def test_a_question_beside_others_names_its_school_too(school: TestSchool) -> None:
    with pytest.raises(NoSchool):
        await at_once(rows_of(TITLES, [school.card.id, ""]), rows_of("SELECT title FROM resource", []))


async def test_a_task_that_one_of_them_begins_asks_by_itself(school: TestSchool, statements: Statements) -> None:
    await _things(school)

    async def by_another() -> Any:
        return await asyncio.create_task(_then(school.card.id))

    statements.forget()
    (both, more), rows = await at_once(_of_two(by_another), rows_of(TITLES, [school.card.id, ""]))
    assert plain(both) == plain(more)
    assert len(rows) == 6
    # the tasks ask in two steps each
    assert len(statements) == 5


async def _of_two(ask: Callable[[], Awaitable[Any]]) -> tuple[Any, Any]:
    return await ask(), await ask()


async def test_who_waits_for_something_else_holds_nobody_up(school: TestSchool, statements: Statements) -> None:
    await _things(school)

    async def slow() -> int:
        return await Resource.filter(school_id=school.card.id).count()

    statements.forget()
    number, rows = await at_once(slow(), rows_of(TITLES, [school.card.id, ""]))
    assert (number, len(rows), len(statements)) == (6, 6, 2)
