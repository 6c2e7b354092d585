"""Several questions asked in one statement: what to ask stays where it is, the way to the database is shared."""

import asyncio
import json
import re
from collections.abc import Coroutine, Generator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, cast

from tortoise.connection import get_connection

# of a question the words in quotes, and the places of its values as either database marks them
MARKS = re.compile(r"'(?:[^']|'')*'|\?(\d*)|\$(\d+)")
SIGNS = re.compile(r"'(?:[^']|'')*'|[(),]|\bFROM\b", re.IGNORECASE)
NAME = re.compile(r"(\w*)\"?\s*$")
# rows with these columns as one value: the values in it are what they would be in rows
LITE = "json_group_array(json_array({}))"
POSTGRES = "array_agg(ROW({}))"
Row = Sequence[Any]

# the task whose questions wait for each other: one that it begins has its context, and nobody who answers it
_together: ContextVar[asyncio.Task[Any] | None] = ContextVar("together", default=None)


@dataclass(frozen=True)
class Part:
    """A question that waits for those beside it; to await it gives its rows."""

    text: str
    values: Sequence[Any]

    def __await__(self) -> Generator[tuple["Part"], Sequence[Sequence[Row]], Sequence[Row]]:
        return (yield (self,))[0]


def _is_together() -> bool:
    task = _together.get()
    return task is not None and task is asyncio.current_task()


async def rows_for(text: str, values: Sequence[Any]) -> Sequence[Row]:
    """The rows of a question, asked at once with those beside it where there are any."""
    if _is_together():
        return await Part(text, values)
    _, rows = await get_connection("default").execute_query(text, list(values))
    return cast(Sequence[Row], rows)


async def dicts_for(text: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    """The same by the names of their columns, each of which stands last in what its column is."""
    if not _is_together():
        return await get_connection("default").execute_query_dict(text, list(values))
    names = _columns(text)
    return [dict(zip(names, row, strict=True)) for row in await Part(text, values)]


class AtOnce:
    """await at_once(this(…), that(…)) gives what each of them gives, in order.

    Each goes on until it asks something by engage.database.asked; what all of them want to know then goes as one
    statement, and so on until all are done. Whatever else they wait for they wait for one after the other. What is
    asked at once by one of them goes with what the others ask.
    """

    def __init__(self, *asking: Coroutine[Any, Any, Any]) -> None:
        self.asking = asking

    def __await__(self) -> Generator[Any, Any, list[Any]]:
        given: list[Any] = [None] * len(self.asking)
        ready: dict[int, Any] = dict.fromkeys(range(len(self.asking)))
        inside = _is_together()
        token = _together.set(asyncio.current_task())
        try:
            while ready:
                wanted: dict[int, tuple[Part, ...]] = {}
                for place, rows in ready.items():
                    done, found = yield from _until_it_asks(self.asking[place], rows)
                    if done:
                        given[place] = found
                    else:
                        wanted[place] = found
                parts = tuple(part for some in wanted.values() for part in some)
                answers = iter((yield parts) if inside else (yield from _answers(parts).__await__())) if parts else ()
                ready = {place: list(islice(answers, len(some))) for place, some in wanted.items()}
        finally:
            # those who are broken off put back what they found
            for each in self.asking:
                each.close()
            _together.reset(token)
        return given


at_once = AtOnce


def _until_it_asks(one: Coroutine[Any, Any, Any], rows: Any) -> Generator[Any, Any, tuple[bool, Any]]:
    """Whether it is done, and what it gave; or else the parts that it asks."""
    wanted = one.send
    try:
        while True:
            waits = wanted(rows)
            if isinstance(waits, tuple):
                return False, waits
            try:
                rows, wanted = (yield waits), one.send
            except BaseException as problem:  # noqa: BLE001 - it is for who waits
                rows, wanted = problem, one.throw
    except StopIteration as end:
        return True, end.value


async def _answers(parts: Sequence[Part]) -> Sequence[Sequence[Row]]:
    client = get_connection("default")
    if len(parts) == 1:
        _, rows = await client.execute_query(parts[0].text, list(parts[0].values))
        return [cast(Sequence[Row], rows)]
    lite = client.capabilities.dialect == "sqlite"
    text = _joined(tuple((part.text, len(part.values)) for part in parts), lite)
    _, (row,) = await client.execute_query(text, [value for part in parts for value in part.values])
    return [json.loads(rows) if lite else rows or () for rows in row]


@lru_cache(maxsize=500)
def _joined(questions: tuple[tuple[str, int], ...], lite: bool) -> str:
    """One statement that gives one row with the rows of each question. questions: each, and how many values it has."""
    inside, outside, before = [], [], 0
    for number, (text, values) in enumerate(questions):
        columns = ", ".join(f"c{place}" for place in range(len(_columns(text))))
        inside.append(f"q{number}({columns}) AS ({_numbered(text, before, lite)})")
        outside.append(f"(SELECT {(LITE if lite else POSTGRES).format(columns)} FROM q{number})")
        before += values
    return f"WITH {', '.join(inside)} SELECT {', '.join(outside)}"


def _numbered(text: str, before: int, lite: bool) -> str:
    """The question with its values counted from behind those before it."""
    place = before

    def moved(mark: re.Match[str]) -> str:
        nonlocal place
        if mark[0].startswith("'"):
            return mark[0]
        place += 1
        number = mark[1] or mark[2]
        return f"{'?' if lite else '$'}{int(number) + before if number else place}"

    return MARKS.sub(moved, text)


@lru_cache(maxsize=500)
def _columns(text: str) -> tuple[str, ...]:
    """The names of a question's columns, by its first SELECT; a wrong number of them is refused by the database."""
    deep, ends = 0, []
    for sign in SIGNS.finditer(text):
        word = sign[0].upper()
        deep += {"(": 1, ")": -1}.get(word, 0)
        if not deep and word in (",", "FROM"):
            ends.append(sign.start())
            if word == "FROM":
                break
    found = [NAME.search(text, end - 60, end) for end in ends or [len(text)]]
    return tuple(one[1] if one else "" for one in found)
