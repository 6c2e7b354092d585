"""Many rows in one statement: made where they are new, changed where their key is there, on both databases."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tortoise.connection import get_connection
from tortoise.models import Model

MOST = 100


async def put_rows(model: type[Model], key: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Make these rows, or give those that are there the same values; MOST of them in one statement.

    key: the columns of a unique key of the model, by field name ("school_id"). rows: all with the same columns, the
    key's among them; no two with the same key.
    """
    await _write(model, key, list(rows), lambda table, name: f'"{name}" = excluded."{name}"')


async def add_rows(
    model: type[Model], key: Sequence[str], rows: Iterable[Mapping[str, Any]], back: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Make these rows, or add to the sums of those that are there; the columns beside the key are sums.

    back: columns that are given back as they are now, in any order of the rows.
    """
    added = '"{1}" = "{0}"."{1}" + excluded."{1}"'
    return await _write(model, key, list(rows), lambda table, name: added.format(table, name), back)


async def _write(
    model: type[Model], key: Sequence[str], rows: list[Mapping[str, Any]], change: Any, back: Sequence[str] = ()
) -> list[dict[str, Any]]:
    given: list[dict[str, Any]] = []
    if not rows:
        return given
    connection = get_connection("default")
    fields = model._meta.fields_map
    names = list(rows[0])
    columns = {name: fields[name].source_field or name for name in names}
    table = model._meta.db_table
    changes = ", ".join(change(table, column) for name, column in columns.items() if name not in key)
    lite = connection.capabilities.dialect == "sqlite"
    for start in range(0, len(rows), MOST):
        some = rows[start : start + MOST]
        values = [fields[name].to_db_value(row[name], model) for row in some for name in names]
        marks = ["?" if lite else f"${number}" for number in range(1, len(values) + 1)]
        tuples = [f"({', '.join(marks[at : at + len(names)])})" for at in range(0, len(marks), len(names))]
        sql = (
            f'INSERT INTO "{table}" ({_listed(columns.values())}) VALUES {", ".join(tuples)} '
            f"ON CONFLICT ({_listed(columns[name] for name in key)}) DO UPDATE SET {changes}"
        )
        if back:
            given += await connection.execute_query_dict(f"{sql} RETURNING {_listed(back)}", values)
        else:
            await connection.execute_query(sql, values)
    return given


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
