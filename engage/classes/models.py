"""The tables of teaching: what a teacher asked of a class."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.lists.models import CuratedList
from engage.people.models import Person, School, SchoolClass
from engage.resources.models import Resource


class Assignment(Model):
    """A published list asked of a school class.

    kind: all, any (required of them) or chosen (the rows of AssignmentItem).
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "assignments")
    school_class: fields.ForeignKeyRelation[SchoolClass] = fields.ForeignKeyField("engage.SchoolClass", "assignments")
    curated: fields.ForeignKeyRelation[CuratedList] = fields.ForeignKeyField("engage.CuratedList", "assignments")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "assignments_made", null=True, on_delete=fields.SET_NULL
    )
    kind = fields.CharField(max_length=24)
    required = fields.IntField(default=0)
    instructions = fields.TextField(default="")
    shows_from = fields.DateField()
    due_on = fields.DateField(null=True)
    made_at = UtcDatetimeField(auto_now_add=True)
    withdrawn_at = UtcDatetimeField(null=True)

    class Meta:
        table = "assignment"
        indexes = (("school", "school_class"), ("school", "curated"))


class AssignmentItem(Model):
    """A resource that was on the list when it was assigned; it stays part of the assignment when the list changes."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "assignment_items")
    assignment: fields.ForeignKeyRelation[Assignment] = fields.ForeignKeyField("engage.Assignment", "items")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "assignments")
    position = fields.IntField(default=0)

    class Meta:
        table = "assignment_item"
        unique_together = (("assignment", "resource"),)
        indexes = (("school", "assignment"),)
