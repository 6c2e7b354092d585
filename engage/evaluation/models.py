"""The tables of evaluation: cycles, what we aim at, how we judge ourselves, and what was frozen."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import Person, School


class Cycle(Model):
    """A school year or term under evaluation.

    framework: name of the framework that is judged by; criteria: that framework as it was when the cycle began, as
    engage.evaluation.framework_files writes it, None for the default one. locked_at: snapshots stand.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "cycles")
    slug = fields.CharField(max_length=24)
    framework = fields.CharField(max_length=60, default="best-practices")
    criteria = fields.TextField(null=True)
    starts = fields.DateField()
    ends = fields.DateField()
    locked_at = UtcDatetimeField(null=True)
    made_at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "cycle"
        unique_together = (("school", "slug"),)


class Objective(Model):
    """What the library aims at in a cycle: an indicator, where it stood, where it should be, and by when.

    goal: the goal of the school that it serves.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "objectives")
    cycle: fields.ForeignKeyRelation[Cycle] = fields.ForeignKeyField("engage.Cycle", "objectives")
    position = fields.SmallIntField(default=0)
    title = fields.TextField()
    aim = fields.TextField(default="")
    indicator = fields.CharField(max_length=60)
    baseline = fields.FloatField(null=True)
    target = fields.FloatField()
    due_on = fields.DateField()
    next_step = fields.TextField(default="")
    goal = fields.TextField(db_default="")

    class Meta:
        table = "objective"
        indexes = (("school", "cycle"),)


class Rating(Model):
    """How a person judged one criterion in a cycle: 1 emerging, 2 developing, 3 effective, 4 exemplary; with a note.

    version: rises with each judgement, so that two who judge at once notice each other.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "ratings")
    cycle: fields.ForeignKeyRelation[Cycle] = fields.ForeignKeyField("engage.Cycle", "ratings")
    criterion = fields.CharField(max_length=24)
    level = fields.SmallIntField(null=True)
    note = fields.TextField(default="")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "ratings", null=True, on_delete=fields.SET_NULL
    )
    at = UtcDatetimeField()
    version = fields.IntField(db_default=1)

    class Meta:
        table = "rating"
        unique_together = (("cycle", "criterion"),)


class FrozenReport(Model):
    """A report as it was on a day: JSON of every figure with its definition and as-of time. Never changed.

    shared: the same as it may leave the school, with the limit that held beyond it then; of a cycle that was closed.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "reports")
    cycle: fields.ForeignKeyRelation[Cycle] = fields.ForeignKeyField("engage.Cycle", "reports")
    at = UtcDatetimeField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "reports", null=True, on_delete=fields.SET_NULL
    )
    content = fields.TextField()
    shared = fields.TextField(db_default="")

    class Meta:
        table = "frozen_report"
        indexes = (("school", "cycle"),)
