"""Everything that is held of one person, by the register, as JSON and CSV in one zip (SAFETY.md, LOG08, LOG09, P6)."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from tortoise.models import Model

from engage.database.tenancy import every_school
from engage.people.erasing import model_of
from engage.people.models import Person
from engage.people.register_rules import Reference, Register, Table
from engage.web.tables import csv_text

NAMING = ("title", "name", "statement")
# what a row that somebody did for the library is called in the export
DONE = "_done"
Record = dict[str, list[dict[str, Any]]]


async def record_of(register: Register, person: Person) -> Record:
    """The rows of one person by table, each with the columns that the register tells; a table without rows is empty.

    What somebody did for the library stands apart, under the table's name and "_done".
    """
    record: Record = {}
    with every_school("a record holds everything of one person"):
        for table in register:
            if table.exporter is not None:
                record[table.name] = await table.exporter(person.school_id, person.id)  # type: ignore[attr-defined]
                continue
            for one in table.references:
                rows = await _rows(table, one, person.id)
                name = table.name + DONE * one.done
                record[name] = [*record.get(name, []), *rows]
    return record


async def _rows(table: Table, one: Reference, person_id: int) -> list[dict[str, Any]]:
    model = model_of(table.name)
    found = model.filter(**{one.where: person_id}).order_by("id")
    shown = {
        name: path
        for column in dict.fromkeys((*one.tells, *one.blanks))
        for name, path in _shown(model, column).items()
    }
    return await found.values(**shown)


def _shown(model: type[Model], column: str) -> dict[str, str]:
    """Under which name a column is shown, and where it is found: another thing by its title, nobody else by name."""
    meta = model._meta
    for name in meta.fk_fields | meta.o2o_fields:
        field: Any = meta.fields_map[name]
        if field.source_field == column:
            known = field.related_model._meta.fields_map
            words = next((word for word in NAMING if word in known), "")
            hides = field.related_model is Person or not words
            return {name: f"{name}__id" if hides else f"{name}__{words}"}
    return {column: column}


def zipped(record: Mapping[str, Sequence[Mapping[str, Any]]], register: Register, of: str, at: datetime) -> bytes:
    """The record as a zip: one JSON file with all of it, one CSV for each table that has rows, and what they are.

    of: whose record it is, as the reader of the file reads it.
    """
    plain = {
        name: [{key: _plain(value) for key, value in row.items()} for row in rows] for name, rows in record.items()
    }
    made = {"of": of, "made_at": at.isoformat(timespec="seconds"), "tables": plain}
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("READ-ME.txt", _read_me(record, register, of, at))
        archive.writestr("record.json", json.dumps(made, ensure_ascii=False, indent=1))
        for name, rows in plain.items():
            if rows:
                head = list(rows[0])
                archive.writestr(f"{name}.csv", csv_text(head, ([row[key] for key in head] for row in rows)))
    return body.getvalue()


def _plain(value: Any) -> Any:
    """A value as JSON and CSV have it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def _read_me(record: Mapping[str, Sequence[Any]], register: Register, of: str, at: datetime) -> str:
    purposes = {table.name: table.purpose for table in register}
    lines = [
        f"This is what the library's service holds of {of}, as of {at:%Y-%m-%d %H:%M} UTC.",
        "record.json has all of it; each .csv file has one table of it, for a spreadsheet.",
        "Passwords and pictures for signing in are kept so that nobody can read them; they are not in here.",
        "",
    ]
    for name, rows in record.items():
        if rows:
            did = name.endswith(DONE)
            words = purposes[name.removesuffix(DONE)] + (" (what this person did there)" if did else "")
            lines.append(f"{name}.csv: {len(rows)} rows. {words}.")
    empty = [name for name, rows in record.items() if not rows and not name.endswith(DONE)]
    lines += ["", f"Nothing is held in: {', '.join(empty)}."] if empty else []
    return "\r\n".join(lines) + "\r\n"
