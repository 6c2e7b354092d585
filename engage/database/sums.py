"""Sums that rise and fall in place: one statement adds to a row or makes it, on both databases."""

from collections.abc import Mapping
from typing import Any

from tortoise.connection import get_connection
from tortoise.models import Model


async def add_up(model: type[Model], key: Mapping[str, Any], sums: Mapping[str, int]) -> None:
    """Add to the row of this key, or make it with these sums.

    key: the columns of a unique key of the model, all of them, by field name ("school_id"). sums: columns to add to.
    """
    connection = get_connection("default")
    fields = model._meta.fields_map
    columns = [fields[name].source_field or name for name in (*key, *sums)]
    values = [fields[name].to_db_value(value, model) for name, value in {**key, **sums}.items()]
    signs = "?" if connection.capabilities.dialect == "sqlite" else "$"
    marks = ", ".join("?" if signs == "?" else f"${n}" for n in range(1, len(values) + 1))
    table = model._meta.db_table
    added = ", ".join(f'"{name}" = "{table}"."{name}" + excluded."{name}"' for name in sums)
    await connection.execute_query(
        f'INSERT INTO "{table}" ({", ".join(_quoted(columns))}) VALUES ({marks}) '
        f"ON CONFLICT ({', '.join(_quoted(columns[: len(key)]))}) DO UPDATE SET {added}",
        values,
    )


def _quoted(names: list[str]) -> list[str]:
    return [f'"{name}"' for name in names]
