"""A row about somebody in every table that the register says is of people, with a word of theirs in every text."""

import secrets
from datetime import timedelta
from typing import Any

from tortoise.connection import get_connection
from tortoise.fields.data import BooleanField, CharEnumFieldInstance, DateField, DatetimeField, FloatField, TextField
from tortoise.models import Model

from engage import dates
from engage.database.fields import KeyField
from engage.database.tenancy import every_school
from engage.engagement.hidden import hash_with
from engage.engagement.models import ActiveDay, HiddenStudent, YearSalt
from engage.people.erasing import model_of, models
from engage.people.models import District, Person, School
from engage.people.rules import Reader
from engage.register import REGISTER

# tables whose rows are of somebody only by a hash
HASHED = {"active_day", "hidden_student"}
SALT = "a" * 64
# these stand already for everybody
THERE = {"person", "membership", *HASHED}
# texts that stay without the person: what the library was asked for, what was handed over, why a badge stays
STAYS = {
    "purchase_request": {"title", "creator", "url", "answer"},
    "suggestion": {"title", "answer"},
    "delivery": {"what"},
    "award": {"kept"},
}
# tables that lead to somebody by another row, by that row's table and the column
CHILDREN = {
    "log_entry": (("entry_void", "entry_id"), ("entry_flag", "entry_id"), ("entry_before", "entry_id")),
    "digest_reader": (("digest_mail", "reader_id"),),
}
# those of them that say whose they are themselves, too
OWN_CHILDREN = {"entry_before"}
NAMES = {"name", "shown"}
Rows = dict[tuple[str, Any], dict[str, Any]]


class Filling:
    """Makes rows. owner: the id of the staff whose is what must be somebody's and is not the person's."""

    def __init__(self, school: School, owner: int) -> None:
        self.school, self.owner = school, owner

    async def everything_of(self, person: Reader, word: str) -> None:
        """A row in every table, for every way in which it can be about somebody or done by them."""
        with every_school("a test fills everything"):
            await Person.filter(id=person.id).update(shown=word, email=f"{word}@example.org", password_hash=word)
            for table in REGISTER:
                for one in table.references:
                    if table.name in THERE or table.name in OWN_CHILDREN or one.path:
                        continue
                    made = await self.row(table.name, "" if one.done else word, {one.column: person.id})
                    if not one.done:
                        for child, way in CHILDREN.get(table.name, ()):
                            whose = {"person_id": person.id} if child in OWN_CHILDREN else {}
                            await self.row(child, word, {way: made.id, **whose})
            await YearSalt.get_or_create(school_id=self.school.id, year="2026-27", defaults={"salt": SALT})
            who = hash_with(SALT, person.id or 0)
            await ActiveDay.create(school_id=self.school.id, on=dates.today("UTC"), who=who, acts=1)
            await HiddenStudent.create(school_id=self.school.id, year="2026-27", who=who, number=person.id)

    async def row(self, table: str, word: str, given: dict[str, Any]) -> Any:
        """One row. word: what its texts say, "" for as little as may be; given: columns that are set."""
        model, values = model_of(table), dict(given)
        for name in model._meta.fk_fields | model._meta.o2o_fields:
            field: Any = model._meta.fields_map[name]
            if field.source_field not in values and not field.null:
                values[field.source_field] = await self.parent(field.related_model)
        for name in model._meta.fields_db_projection:
            field = model._meta.fields_map[name]
            if name in values or name == "id" or isinstance(field, KeyField) or field.reference is not None:
                continue
            said = isinstance(field, TextField) or name in NAMES
            needed = not field.null and field.default is None and not field.has_db_default()
            if needed or (said and word):
                kept = name in STAYS.get(table, ())
                values[name] = self.value(field, word if word and said and not kept else "shared" if said else "")
        return await model.create(**values)

    async def parent(self, model: type[Model]) -> int:
        """What a row hangs on, made for it alone."""
        if model is School:
            return self.school.id
        if model is Person:
            return self.owner
        if model is District:
            return self.school.district_id  # type: ignore[attr-defined]
        made = await self.row(model._meta.db_table, "", {})
        return made.id

    def value(self, field: Any, word: str) -> Any:
        """Something that fits a column. word: for a text that says something."""
        if isinstance(field, CharEnumFieldInstance):
            return next(iter(field.enum_type))
        if field.field_type is str:
            return word or secrets.token_hex(8)[: getattr(field, "max_length", 16)]
        if isinstance(field, DatetimeField):
            return dates.now() - timedelta(minutes=1)
        if isinstance(field, DateField):
            return dates.today("UTC")
        if isinstance(field, BooleanField):
            return False
        if field.field_type is bytes:
            return b"picture"
        return 1.0 if isinstance(field, FloatField) else secrets.randbelow(9_000) + 1


async def every_row() -> Rows:
    """All rows of all tables, by table and id."""
    found: Rows = {}
    with every_school("a test looks at everything"):
        for model in models():
            table = model._meta.db_table
            for row in await get_connection("default").execute_query_dict(f'SELECT * FROM "{table}"'):
                found[table, row["id"]] = dict(row)
    return found


def rows_of(rows: Rows, person_id: int) -> set[tuple[str, Any]]:
    """Which rows are about somebody, or done by them."""
    by_way = {
        way: {key[1] for key, row in rows.items() if key[0] == table and row["person_id"] == person_id}
        for table, children in CHILDREN.items()
        for _, way in children
    }
    found = set()
    for table in REGISTER:
        for one in table.references:
            for key, row in rows.items():
                if key[0] != table.name:
                    continue
                mine = row[one.column] in by_way[one.column] if one.path else row[one.column] == person_id
                if table.name in HASHED:
                    mine = row["who"] == hash_with(SALT, person_id)
                if mine:
                    found.add(key)
    return found
