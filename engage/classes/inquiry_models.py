"""The tables of pathfinders that students own: an inquiry with its question, and its sources in order."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.classes.models import ReadingGroup
from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import Person, School, SchoolClass
from engage.resources.models import Resource


class Inquiry(Model):
    """A question of a student, or of a reading group, and what was found for it.

    Exactly one of person and group is set. from_title: the list that it began with, "" where with none. handed_at: when
    it was handed in to the teachers of school_class, or to the teacher of the group; read_at: when one of them opened
    it, after which it is not taken back. comment: what the teacher answered, once.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "inquiries")
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField("engage.Person", "inquiries", null=True)
    person_id: int | None
    group: fields.ForeignKeyNullableRelation[ReadingGroup] = fields.ForeignKeyField(
        "engage.ReadingGroup", "inquiries", null=True
    )
    group_id: int | None
    question = fields.TextField()
    from_title = fields.TextField(default="")
    made_at = UtcDatetimeField()
    changed_at = UtcDatetimeField()
    school_class: fields.ForeignKeyNullableRelation[SchoolClass] = fields.ForeignKeyField(
        "engage.SchoolClass", "inquiries", null=True
    )
    school_class_id: int | None
    handed_at = UtcDatetimeField(null=True)
    handed_on = fields.DateField(null=True)
    read_at = UtcDatetimeField(null=True)
    read_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "inquiries_read", null=True, on_delete=fields.SET_NULL
    )
    comment = fields.TextField(default="")
    commented_at = UtcDatetimeField(null=True)

    class Meta:
        table = "inquiry"
        indexes = (("school", "person"), ("school", "group"), ("school", "school_class"), ("changed_at",))


class InquirySource(Model):
    """A source of an inquiry, with what the students say of it.

    resource: what the catalogue has of it. url: an address that was typed, never fetched. by: who wrote it last, so
    that it goes with them; nobody for what came from a list untouched.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "inquiry_sources")
    inquiry: fields.ForeignKeyRelation[Inquiry] = fields.ForeignKeyField("engage.Inquiry", "sources")
    resource: fields.ForeignKeyNullableRelation[Resource] = fields.ForeignKeyField(
        "engage.Resource", "inquiry_sources", null=True, on_delete=fields.SET_NULL
    )
    resource_id: int | None
    position = fields.IntField(default=0)
    title = fields.TextField()
    url = fields.TextField(default="")
    maker = fields.TextField(default="")
    currency = fields.TextField(default="")
    trust = fields.TextField(default="")
    used = fields.TextField(default="")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "inquiry_sources", null=True
    )
    by_id: int | None

    class Meta:
        table = "inquiry_source"
        indexes = (("school", "inquiry", "position"),)
