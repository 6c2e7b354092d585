"""The tables of promotion: what is put on show, where, and for how long."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.lists.models import CuratedList
from engage.people.models import Person, School
from engage.programs.models import Program


class Display(Model):
    """A list or a program on show from a day to a day. place: "hero" (list of the week) or "shelf"."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "displays")
    place = fields.CharField(max_length=24, default="hero")
    kicker = fields.TextField(default="")
    curated: fields.ForeignKeyNullableRelation[CuratedList] = fields.ForeignKeyField(
        "engage.CuratedList", "displays", null=True, on_delete=fields.CASCADE
    )
    program: fields.ForeignKeyNullableRelation[Program] = fields.ForeignKeyField(
        "engage.Program", "displays", null=True, on_delete=fields.CASCADE
    )
    starts = fields.DateField()
    ends = fields.DateField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "displays", null=True, on_delete=fields.SET_NULL
    )
    made_at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "display"
        indexes = (("school", "starts", "ends"),)
