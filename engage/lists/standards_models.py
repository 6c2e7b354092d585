"""The tables of standards: frameworks as CASE gives them, their items, and what is aligned to them."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.lists.models import CuratedList
from engage.people.models import Person, School
from engage.resources.models import Resource


class Framework(Model):
    """A framework of standards of a school, imported from CASE. identifier: of the CFDocument. unique: with school."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "frameworks")
    identifier = fields.CharField(max_length=200)
    title = fields.TextField()
    creator = fields.TextField(default="")
    subject = fields.TextField(default="")
    version = fields.TextField(default="")
    items_count = fields.IntField(default=0)
    imported_at = UtcDatetimeField()
    imported_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "frameworks", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "framework"
        unique_together = (("school", "identifier"),)


class Standard(Model):
    """One statement of a framework. code: humanCodingScheme; parent: by isChildOf; position: in reading order, from 1.

    depth: 0 at the top. gone_at: the framework's newest edition has it no longer; alignments to it stay.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "standards")
    framework: fields.ForeignKeyRelation[Framework] = fields.ForeignKeyField("engage.Framework", "standards")
    parent: fields.ForeignKeyNullableRelation[Standard] = fields.ForeignKeyField(
        "engage.Standard", "children", null=True, on_delete=fields.SET_NULL
    )
    parent_id: int | None
    identifier = fields.CharField(max_length=200)
    code = fields.TextField(default="")
    statement = fields.TextField()
    kind = fields.TextField(default="")
    grade_low = fields.SmallIntField(null=True)
    grade_high = fields.SmallIntField(null=True)
    position = fields.IntField(default=0)
    depth = fields.SmallIntField(default=0)
    gone_at = UtcDatetimeField(null=True)

    class Meta:
        table = "standard"
        unique_together = (("framework", "identifier"),)
        indexes = (("school", "framework", "position"),)


class Alignment(Model):
    """A list as a whole, or a resource, serves a standard: exactly one of curated and resource is set."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "alignments")
    standard: fields.ForeignKeyRelation[Standard] = fields.ForeignKeyField("engage.Standard", "alignments")
    curated: fields.ForeignKeyNullableRelation[CuratedList] = fields.ForeignKeyField(
        "engage.CuratedList", "alignments", null=True
    )
    curated_id: int | None
    resource: fields.ForeignKeyNullableRelation[Resource] = fields.ForeignKeyField(
        "engage.Resource", "alignments", null=True
    )
    resource_id: int | None
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "alignments", null=True, on_delete=fields.SET_NULL
    )
    at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "alignment"
        unique_together = (("standard", "curated"), ("standard", "resource"))
        indexes = (("school", "standard"), ("school", "curated"), ("school", "resource"))
