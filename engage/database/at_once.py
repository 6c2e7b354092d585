"""Several questions asked in one statement: what to ask stays where it is, the way to the database is shared."""

import json
import re
from collections.abc import Coroutine, Generator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from tortoise.connection import get_connection

# of a question the words in quotes, and the places of its values as either database marks them
MARKS = re.compile(r"'(?:[^']|'')*'|\?(\d*)|\$(\d+)")
SIGNS = re.compile(r"'(?:[^']|'')*'|[(),]|\bFROM\b", re.IGNORECASE)
# rows with these columns as one value: the values in it are what they would be in rows
LITE = "json_group_array(json_array({}))"
POSTGRES = "array_agg(ROW({}))"
Row = Sequence[Any]

_together: ContextVar[bool] = ContextVar("together", default=False)


@dataclass(frozen=True)
class Part:
    """A question that waits for those beside it; to await it gives its rows."""

    text: str
    values: Sequence[Any]

    def __await__(self) -> Generator["Part", Sequence[Row], Sequence[Row]]:
        return (yield self)


async def rows_for(text: str, values: Sequence[Any]) -> Sequence[Row]:
    """The rows of a question, asked at once with those beside it where there are any."""
    if _together.get():
        return await Part(text, values)
    _, rows = await get_connection("default").execute_query(text, list(values))
    return cast(Sequence[Row], rows)


class AtOnce:
    """await at_once(this(…), that(…)) gives what each of them gives, in order.

    Each goes on until it asks something by engage.database.asked; what all of them want to know then goes as one
    statement, and so on until all are done. Whatever else they wait for they wait for one after the other.
    """

    def __init__(self, *asking: Coroutine[Any, Any, Any]) -> None:
        self.asking = asking

    def __await__(self) -> Generator[Any, Any, list[Any]]:
        given: list[Any] = [None] * len(self.asking)
        ready: dict[int, Any] = dict.fromkeys(range(len(self.asking)))
        token = _together.set(True)
        try:
            while ready:
                parts: dict[int, Part] = {}
                for place, rows in ready.items():
                    done, found = yield from _until_it_asks(self.asking[place], rows)
                    if done:
                        given[place] = found
                    else:
                        parts[place] = found
                ready = {}
                if parts:
                    answers = yield from _answers(list(parts.values())).__await__()
                    ready = dict(zip(parts, answers, strict=True))
        finally:
            _together.reset(token)
            for each in self.asking:
                each.close()
        return given


at_once = AtOnce


def _until_it_asks(one: Coroutine[Any, Any, Any], rows: Any) -> Generator[Any, Any, tuple[bool, Any]]:
    """Whether it is done, and what it gave; or else what it asks."""
    wanted = one.send
    try:
        while True:
            waits = wanted(rows)
            if isinstance(waits, Part):
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
        columns = ", ".join(f"c{place}" for place in range(_width(text)))
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


def _width(text: str) -> int:
    """How many columns a question has, by the commas of its first SELECT; a wrong number is refused by the database."""
    deep, commas = 0, 0
    for sign in SIGNS.findall(text):
        deep += {"(": 1, ")": -1}.get(sign, 0)
        commas += sign == "," and not deep
        if sign.upper() == "FROM" and not deep:
            break
    return commas + 1
