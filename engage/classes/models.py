"""The tables of teaching: reading groups, and what a teacher asked of a class, a group or single students."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.lists.models import CuratedList
from engage.people.models import Person, School, SchoolClass
from engage.resources.models import Resource


class ReadingGroup(Model):
    """Students whom a teacher takes together, inside one of the own classes or across them. by: that teacher."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "reading_groups")
    name = fields.TextField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "reading_groups", null=True, on_delete=fields.SET_NULL
    )
    made_at = UtcDatetimeField(auto_now_add=True)
    ended_on = fields.DateField(null=True)

    class Meta:
        table = "reading_group"
        indexes = (("school", "by"),)


class GroupMember(Model):
    """A student in a reading group, from a day until a day. unique: group, person."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "group_members")
    group: fields.ForeignKeyRelation[ReadingGroup] = fields.ForeignKeyField("engage.ReadingGroup", "members")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "group_memberships")
    since = fields.DateField()
    until = fields.DateField(null=True)

    class Meta:
        table = "group_member"
        unique_together = (("group", "person"),)
        indexes = (("person",),)


class Assignment(Model):
    """A published list asked of a school class, of a reading group, or of some students of a class.

    Of a group where there is a group, else of school_class: of all in it, or, where only_some, of the rows of
    AssignedStudent. kind: all, any (required of them) or chosen (the rows of AssignmentItem). batch: shared by what was
    asked at once, so that a student who is asked twice by it sees it once. waiting: a specialist proposes it and a
    teacher of the class decides (LST12, Q); until then nobody is asked. version: rises with each change.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "assignments")
    school_class: fields.ForeignKeyNullableRelation[SchoolClass] = fields.ForeignKeyField(
        "engage.SchoolClass", "assignments", null=True
    )
    group: fields.ForeignKeyNullableRelation[ReadingGroup] = fields.ForeignKeyField(
        "engage.ReadingGroup", "assignments", null=True
    )
    only_some = fields.BooleanField(db_default=False)
    curated: fields.ForeignKeyRelation[CuratedList] = fields.ForeignKeyField("engage.CuratedList", "assignments")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "assignments_made", null=True, on_delete=fields.SET_NULL
    )
    kind = fields.CharField(max_length=24)
    required = fields.IntField(default=0)
    instructions = fields.TextField(default="")
    shows_from = fields.DateField()
    due_on = fields.DateField(null=True)
    batch = fields.CharField(max_length=13, db_default="")
    waiting = fields.BooleanField(db_default=False)
    version = fields.IntField(db_default=0)
    made_at = UtcDatetimeField(auto_now_add=True)
    changed_at = UtcDatetimeField(null=True)
    withdrawn_at = UtcDatetimeField(null=True)

    class Meta:
        table = "assignment"
        indexes = (("school", "school_class"), ("school", "curated"), ("school", "group"), ("school", "by"))


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


class AssignedStudent(Model):
    """One of the students of whom something was asked that was not asked of the whole class."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "assigned_students")
    assignment: fields.ForeignKeyRelation[Assignment] = fields.ForeignKeyField("engage.Assignment", "students")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "assigned")

    class Meta:
        table = "assigned_student"
        unique_together = (("assignment", "person"),)
        indexes = (("person",),)
