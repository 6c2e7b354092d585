"""The table of students who may move to another school of the district, until that is decided."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import Person, School


class StudentMove(Model):
    """The school asks that a student move to another school of the district; the row goes once it is decided (CLS17).

    school: from where. unique: person, so that one is asked about once.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "moves_away")
    to_school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "moves_here")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "moves", unique=True)
    asked_at = UtcDatetimeField()
    asked_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "moves_asked", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "student_move"
        indexes = (("school", "asked_at"),)
