"""Rows read, added and changed by plain statements, for what is done thousands of times in a night.

The ORM makes each statement anew and an object of each row; here the text of a statement is kept, and a row is a
dictionary. What a column takes and gives is asked of the model all the same, so both ways agree.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from tortoise import fields
from tortoise.connection import get_connection
from tortoise.models import Model

from engage.database.at_once import dicts_for
from engage.database.fields import UtcDatetimeField, as_day, as_moment
from engage.database.queue import sql

# so many values go into a statement of SQLite one by one, which takes it a third of the work; more go as one text of
# JSON, in which it lets go of Python's lock until all rows are in
FEW_VALUES = 1_000
PLAIN = {fields.TextField, fields.CharField, fields.IntField, fields.SmallIntField, fields.BigIntField}
AS_IT_IS = PLAIN | {fields.BooleanField, fields.DateField}
# of so few rows the values are taken one by one
FEW_ROWS = 4
Taking = tuple[frozenset[type], int | None, Callable[..., Any], bool]


async def read(
    model: type[Model],
    columns: tuple[str, ...],
    where: Mapping[str, Any],
    either: Mapping[str, Collection[Any]] | None = None,
    lock: bool = False,
    beside: str = "",
    among: Mapping[str, Collection[Any]] | None = None,
) -> list[dict[str, Any]]:
    """The rows of which all of `where` holds, and of whose columns one stands among its values in `either`.

    among: values among which every one of these columns stands. lock: keep them from all others until the unit is over,
    taken in the order of their ids, where the database does not do so anyway. beside: SQL for further columns, which
    are given as the database gives them.
    """
    client = get_connection("default")
    locked = lock and client.capabilities.dialect != "sqlite"
    sizes = (_sizes(among or {}), _sizes(either or {}))
    text = _select(model, columns, tuple(where), sizes, locked, beside)
    several = [value for each in (among or {}, either or {}) for values in each.values() for value in values]
    return _read(model, columns, await dicts_for(sql(text, client), [*where.values(), *several]))


def _sizes(among: Mapping[str, Collection[Any]]) -> tuple[tuple[str, int], ...]:
    return tuple((name, len(values)) for name, values in among.items())


async def add(
    model: type[Model], rows: Sequence[Mapping[str, Any]], returning: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """Add rows in one statement, which feeds the search index once. Returns these columns of each, as read does.

    rows: with the same columns each, all that have no default in the database.
    """
    if not rows:
        return []
    client = get_connection("default")
    names = tuple(rows[0])
    lite = client.capabilities.dialect == "sqlite"
    few = len(rows) if len(rows) == 1 or (lite and len(rows) * len(names) <= FEW_VALUES) else 0
    values: list[Any]
    if few:
        values = [value for row in taken(model, names, rows) for value in row]
    else:
        values = _columns(model, names, rows)
        if lite:
            values = [json.dumps([*zip(*values, strict=True)], ensure_ascii=False, default=_in_json)]
    added = await client.execute_query_dict(sql(_insert(model, names, returning, lite, few), client), values)
    return _read(model, returning, added)


async def add_one(model: type[Model], row: Mapping[str, Any]) -> int:
    """Add a row; its id. Raises IntegrityError where a key is taken."""
    added = await add(model, [row], ("id",))
    return int(added[0]["id"])


def taken(model: type[Model], names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """The values of these columns as the database takes them, row by row."""
    if len(rows) > FEW_ROWS:
        return [list(row) for row in zip(*_columns(model, names, rows), strict=True)]
    ways = _ways(model, tuple(names))
    return [[_taken(way, row[name], model) for name, way in zip(names, ways, strict=True)] for row in rows]


def _taken(way: Taking, value: Any, model: type[Model]) -> Any:
    kinds, longest, make, _ = way
    if type(value) in kinds and (longest is None or not value or len(value) <= longest):
        return value
    return make(value, model)


def _columns(model: type[Model], names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    return [_column(model, name, [row[name] for row in rows]) for name in names]


async def change(model: type[Model], values: Mapping[str, Any], where: Mapping[str, Any]) -> None:
    """Set columns of the rows of which all of `where` holds."""
    client = get_connection("default")
    text = _update(model, tuple(values), tuple(where))
    await client.execute_query(sql(text, client), [*taken(model, tuple(values), [values])[0], *where.values()])


def _read(model: type[Model], columns: tuple[str, ...], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for name, give in _given(model, columns):
        for row in rows:
            row[name] = give(row[name])
    return rows


def _in_json(value: Any) -> str:
    """A moment or a day as SQLite keeps it; nothing else that a column holds is foreign to JSON."""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value))


def _column(model: type[Model], name: str, values: list[Any]) -> list[Any]:
    """Values of one column as the database takes them; asking the model about each is most of the work of many rows."""
    kinds, longest, make, make_each = _taking(model, name)
    if kinds.issuperset(map(type, values)) and (
        longest is None or all(len(value) <= longest for value in values if value)
    ):
        return values
    if make_each:
        return [make(value, model) for value in values]
    known = {value: make(value, model) for value in set(values)}  # moments and words are few
    return [known[value] for value in values]


@lru_cache(maxsize=512)
def _ways(model: type[Model], names: tuple[str, ...]) -> list[Taking]:
    return [_taking(model, name) for name in names]


@lru_cache(maxsize=2_048)
def _taking(model: type[Model], name: str) -> Taking:
    """The types whose values the database takes as they are, how long a text may be, what makes it of the rest, and
    whether it must make each, since values of this kind cannot be told apart by a dictionary."""
    kind = model._meta.fields_map[name]
    kinds = {kind.field_type, type(None)} if type(kind) in AS_IT_IS else set[type]()
    longest = getattr(kind, "max_length", None)
    return frozenset(kinds), longest, kind.to_db_value, isinstance(kind, fields.JSONField)


@lru_cache(maxsize=256)
def _given(model: type[Model], columns: tuple[str, ...]) -> list[tuple[str, Callable[[Any], Any]]]:
    """What makes values of what the database gives, for the columns where it does not give them itself."""
    kinds = {name: model._meta.fields_map[name] for name in columns}
    plainly: dict[type, Callable[[Any], Any]] = {fields.DateField: as_day, UtcDatetimeField: as_moment}
    made = {name: plainly.get(type(kind), kind.to_python_value) for name, kind in kinds.items()}
    return [(name, make) for name, make in made.items() if type(kinds[name]) not in PLAIN]


@lru_cache(maxsize=256)
def _select(
    model: type[Model],
    columns: tuple[str, ...],
    where: tuple[str, ...],
    sizes: tuple[tuple[tuple[str, int], ...], ...],
    locked: bool,
    beside: str,
) -> str:
    among, either = ([f'"{name}" IN ({", ".join("?" * number)})' for name, number in each] for each in sizes)
    conditions = [*(f'"{name}"=?' for name in where), *among]
    if either:
        conditions.append(f"({' OR '.join(either)})")
    named = ", ".join((*(f'"{name}"' for name in columns), *([beside] if beside else [])))
    end = ' ORDER BY "id" FOR UPDATE' if locked else ""
    return f'SELECT {named} FROM "{model._meta.db_table}" WHERE {" AND ".join(conditions)}{end}'


@lru_cache(maxsize=256)
def _insert(model: type[Model], columns: tuple[str, ...], returning: tuple[str, ...], lite: bool, few: int) -> str:
    """The same for any number of rows: SQLite takes them as one text of JSON, PostgreSQL each column as an array.

    few: how many rows there are, where their values are taken one by one; 0 where they are not.
    """
    into, given = (", ".join(f'"{name}"' for name in names) for names in (columns, returning))
    if few:
        row = f"({', '.join('?' * len(columns))})"
        rows = f"VALUES {', '.join([row] * few)}"
    elif lite:
        values = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(columns)))
        rows = f"SELECT {values} FROM json_each(?)"
    else:
        kinds = (model._meta.fields_map[name].get_for_dialect("postgres", "SQL_TYPE") for name in columns)
        # without its length, to which a cast would cut a text in silence
        arrays = ", ".join(f"?::{kind.partition('(')[0]}[]" for kind in kinds)
        rows = f"SELECT * FROM unnest({arrays})"
    return f'INSERT INTO "{model._meta.db_table}" ({into}) {rows}' + (f" RETURNING {given}" if given else "")


@lru_cache(maxsize=256)
def _update(model: type[Model], columns: tuple[str, ...], where: tuple[str, ...]) -> str:
    changed, held = ([f'"{name}"=?' for name in names] for names in (columns, where))
    return f'UPDATE "{model._meta.db_table}" SET {", ".join(changed)} WHERE {" AND ".join(held)}'
