"""Very many rows at once, past the ORM: COPY on PostgreSQL, one prepared statement on SQLite. For made-up districts."""

import random
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tortoise.connection import get_connection
from tortoise.models import Model

from engage import dates
from engage.database.fields import KEY_LENGTH, KeyField

AT_ONCE = 20_000


@dataclass
class Bulk:
    """Writes rows past the ORM, with ids that go on from the highest."""

    key: random.Random
    lite: bool = field(init=False)
    last: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lite = get_connection("default").capabilities.dialect == "sqlite"

    async def put(self, model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[int]:
        """Write rows of these columns; the others have their defaults. Returns the ids."""
        table, fields = model._meta.db_table, model._meta.fields_map
        connection = get_connection("default")
        if table not in self.last:
            found = await connection.execute_query_dict(f'SELECT MAX(id) AS last FROM "{table}"')
            self.last[table] = found[0]["last"] or 0
        first = self.last[table] + 1
        self.last[table] += len(rows)
        usual, columns = [], ["id", *names]
        keyed = any(isinstance(one, KeyField) and name == "key" for name, one in fields.items()) and "key" not in names
        for name in sorted(model._meta.fields_db_projection):
            one = fields[name]
            if name not in columns and not (keyed and name == "key") and not one.null:
                if (value := getattr(one, "default", None)) is not None and one.has_db_field:
                    columns.append(name)
                    usual.append(value() if callable(value) else value)
                elif getattr(one, "auto_now_add", False):
                    columns.append(name)
                    usual.append(dates.now())
        columns += ["key"] if keyed else []
        numbers = range(first, first + len(rows))
        plain = self._plain if self.lite else self._typed
        whole = [
            tuple(map(plain, (number, *row, *usual, *([self.name()] if keyed else []))))
            for number, row in zip(numbers, rows, strict=True)
        ]
        for start in range(0, len(whole), AT_ONCE):
            await self._write(table, columns, whole[start : start + AT_ONCE])
        return list(numbers)

    def name(self) -> str:
        """A key for an address, the same for the same seed."""
        return "".join(self.key.choices(string.digits + "abcdefghjkmnpqrstvwxyz", k=KEY_LENGTH))

    def _plain(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return value.isoformat(" ")
        return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, str) else value

    def _typed(self, value: Any) -> Any:
        return str(value) if isinstance(value, str) else value

    async def _write(self, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        connection: Any = get_connection("default")
        async with connection.acquire_connection() as raw:
            if not self.lite:
                await raw.copy_records_to_table(table, records=rows, columns=list(columns))
                return
            listed, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
            await raw.execute("BEGIN IMMEDIATE")
            await raw.executemany(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', rows)
            await raw.commit()

    async def settle(self) -> None:
        """Let the database go on numbering after what was written, and look at the tables again."""
        connection = get_connection("default")
        if not self.lite:
            for table, last in self.last.items():
                await connection.execute_query(f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), {last})")
        await connection.execute_query("ANALYZE")
