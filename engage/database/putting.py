"""Many rows in one statement: made where they are new, changed where their key is there, on both databases."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from tortoise.connection import get_connection
from tortoise.models import Model

from engage.database.queue import sql
from engage.database.rows import taken

MOST = 100
# from a table and a column to what becomes of the column in a row that is there
Change = Callable[[str, str], str]


async def put_rows(model: type[Model], key: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Make these rows, or give those that are there the same values; MOST of them in one statement.

    key: the columns of a unique key of the model, by field name ("school_id"). rows: all with the same columns, the
    key's among them; no two with the same key.
    """
    await _write(model, key, list(rows), _put)


async def add_rows(
    model: type[Model], key: Sequence[str], rows: Iterable[Mapping[str, Any]], back: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Make these rows, or add to the sums of those that are there; the columns beside the key are sums.

    back: columns that are given back as they are now, in any order of the rows.
    """
    return await _write(model, key, list(rows), _added, back)


def _put(table: str, column: str) -> str:
    return f'"{column}" = excluded."{column}"'


def _added(table: str, column: str) -> str:
    return f'"{column}" = "{table}"."{column}" + excluded."{column}"'


async def _write(
    model: type[Model], key: Sequence[str], rows: list[Mapping[str, Any]], change: Change, back: Sequence[str] = ()
) -> list[dict[str, Any]]:
    given: list[dict[str, Any]] = []
    client = get_connection("default")
    for start in range(0, len(rows), MOST):
        some = rows[start : start + MOST]
        names = tuple(some[0])
        text = _upsert(model, tuple(key), names, change, tuple(back), len(some))
        values = [value for row in taken(model, names, some) for value in row]
        given += await client.execute_query_dict(sql(text, client), values)
    return given


@lru_cache(maxsize=512)
def _upsert(
    model: type[Model], key: tuple[str, ...], names: tuple[str, ...], change: Change, back: tuple[str, ...], many: int
) -> str:
    fields, table = model._meta.fields_map, model._meta.db_table
    columns = {name: fields[name].source_field or name for name in names}
    changes = ", ".join(change(table, column) for name, column in columns.items() if name not in key)
    row = f"({', '.join('?' * len(names))})"
    text = (
        f'INSERT INTO "{table}" ({_listed(columns.values())}) VALUES {", ".join([row] * many)} '
        f"ON CONFLICT ({_listed(columns[name] for name in key)}) DO UPDATE SET {changes}"
    )
    return f"{text} RETURNING {_listed(back)}" if back else text


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
