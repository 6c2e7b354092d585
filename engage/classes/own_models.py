"""The tables of what somebody gives away: titles handed in to a teacher, and secret addresses of calendars."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.classes.models import Assignment
from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import Person, School, SchoolClass
from engage.resources.models import Resource


class HandIn(Model):
    """A title that a student handed in for an assignment; its teachers see it until it is taken back (SAFETY.md, P2).

    title: as it read on that day. on: the day. form_key: the form it came from; unique with the person (I1).
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "hand_ins")
    assignment: fields.ForeignKeyRelation[Assignment] = fields.ForeignKeyField("engage.Assignment", "hand_ins")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "hand_ins")
    title = fields.TextField()
    resource: fields.ForeignKeyNullableRelation[Resource] = fields.ForeignKeyField(
        "engage.Resource", "hand_ins", null=True, on_delete=fields.SET_NULL
    )
    on = fields.DateField()
    at = UtcDatetimeField()
    form_key = fields.CharField(max_length=40)

    class Meta:
        table = "hand_in"
        unique_together = (("person", "form_key"),)
        indexes = (("school", "assignment"), ("person",), ("at",))


class CalendarAddress(Model):
    """A secret address under which a calendar program finds somebody's dates, or those of a class.

    person: who made it, and whose dates it shows where school_class is null. token_hash: HMAC-SHA-256 of the token,
    keyed outside the database. An address that ended is kept no longer.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "calendar_addresses")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "calendar_addresses")
    school_class: fields.ForeignKeyNullableRelation[SchoolClass] = fields.ForeignKeyField(
        "engage.SchoolClass", "calendar_addresses", null=True
    )
    token_hash = fields.CharField(max_length=64, unique=True)
    made_at = UtcDatetimeField()

    class Meta:
        table = "calendar_address"
        indexes = (("school", "person"), ("school", "school_class"))
