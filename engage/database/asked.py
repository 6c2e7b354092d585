"""Questions of the ORM whose text is kept, and those that are asked past it: where it takes longer than the database
takes to answer."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from tortoise.connection import get_connection
from tortoise.queryset import ValuesQuery

from engage.database.at_once import dicts_for, rows_for

MOST = 2_000
# stand in a question where the word or number will be; no text and no number of ours is one of them
STANDS_IN: dict[type, Any] = {str: "\x01", int: -(2**62)}


@dataclass(frozen=True)
class Question:
    """A question as the database takes it. columns: their names in order, and what the ORM makes of their values."""

    text: str
    values: tuple[Any, ...]
    columns: tuple[tuple[str, Callable[[Any], Any]], ...]


_kept: OrderedDict[Hashable, Question] = OrderedDict()


async def asked_of(key: Hashable, make: Callable[..., ValuesQuery[Any]], *words: str | int) -> list[dict[str, Any]]:
    """The rows that make(*words) gives; it is made once for each key.

    key: holds everything that the question depends on besides the words, which are compared for being equal: at most
    one text and one number.
    """
    client = get_connection("default")
    whole = (client.capabilities.dialect, key)
    places = {STANDS_IN[type(word)]: word for word in words}
    question = _kept.pop(whole, None) or _made(make(*places))
    _kept[whole] = question
    while len(_kept) > MOST:
        _kept.popitem(last=False)
    values = [places.get(value, value) for value in question.values]
    columns = question.columns
    return [
        {name: give(value) for (name, give), value in zip(columns, row, strict=True)}
        for row in await rows_for(question.text, values)
    ]


def _made(query: ValuesQuery[Any]) -> Question:
    query._choose_db_if_not_chosen()
    query._make_query()
    text, values = query.query.get_parameterized_sql()
    if any(str(one) in text for one in STANDS_IN.values()):
        raise ValueError(f"not beside the text of the question but in it: {text}")
    given = {
        alias: query.resolve_to_python_value(query.model, name) for alias, name in query._fields_for_select.items()
    }
    names = [str(one.alias) for one in query.query._selects]
    return Question(text, tuple(values), tuple((name, given[name]) for name in names))


async def rows_of(question: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
    """The rows of a question that has {0}, {1} … for its values, as the database gives them.

    For thousands of rows, with which the ORM takes longer than the database does.
    """
    return await rows_for(_marked(question, len(values)), values)


async def named_rows_of(question: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    """The same, each value by the name of its column."""
    return await dicts_for(_marked(question, len(values)), values)


def _marked(question: str, many: int) -> str:
    lite = get_connection("default").capabilities.dialect == "sqlite"
    return question.format(*(f"?{place}" if lite else f"${place}" for place in range(1, many + 1)))


def day_of(found: date | str) -> date:
    """A day as a database gives it."""
    return _day(found) if isinstance(found, str) else found


_day = lru_cache(maxsize=4_000)(date.fromisoformat)
