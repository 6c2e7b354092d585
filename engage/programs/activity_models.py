"""The tables of what is done in a program besides logging: activities, own goals and shared ones; whom it is for."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import Person, School, SchoolClass
from engage.programs.models import Challenge, LogEntry, Program


class Activity(Model):
    """One thing to do in a challenge of activities or prompts.

    kind: tick, code, answer, attend or prompt. code: the word that proves it, as staff wrote it; people may type it in
    any case and with spaces. most: how often it counts in all, 0 for without end; most_a_day: how often on one day.
    on: the day of an event to attend. gone_on: the day on which staff took it away; what was done before still counts.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "activities")
    challenge: fields.ForeignKeyRelation[Challenge] = fields.ForeignKeyField("engage.Challenge", "activities")
    position = fields.SmallIntField(default=0)
    kind = fields.CharField(max_length=24)
    title = fields.TextField()
    instructions = fields.TextField(default="")
    code = fields.CharField(max_length=40, default="")
    most = fields.SmallIntField(default=1)
    most_a_day = fields.SmallIntField(default=1)
    on = fields.DateField(null=True)
    gone_on = fields.DateField(null=True)

    class Meta:
        table = "activity"
        indexes = (("school", "challenge"),)


class ActivityDone(Model):
    """A fact: on a day, a student did an activity. Never changed; see voided_at, which is written once.

    answer: what the student wrote, for those who run the program. entry: the log entry that answers a prompt. form_key:
    the form it came from, unique with the person. by: who entered it. batch: as in LogEntry.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "activities_done")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "activities_done")
    activity: fields.ForeignKeyRelation[Activity] = fields.ForeignKeyField("engage.Activity", "done")
    on = fields.DateField()
    zone = fields.CharField(max_length=60)
    entered_at = UtcDatetimeField()
    answer = fields.TextField(default="")
    entry: fields.ForeignKeyNullableRelation[LogEntry] = fields.ForeignKeyField(
        "engage.LogEntry", "answers", null=True, on_delete=fields.SET_NULL
    )
    class_id = fields.BigIntField(null=True)
    batch = fields.CharField(max_length=13, default="")
    form_key = fields.CharField(max_length=40)
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "activities_entered", null=True, on_delete=fields.SET_NULL
    )
    voided_at = UtcDatetimeField(null=True)
    voided_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "activities_voided", null=True, on_delete=fields.SET_NULL
    )
    void_reason = fields.TextField(default="")

    class Meta:
        table = "activity_done"
        unique_together = (("person", "form_key"),)
        indexes = (("school", "person"), ("school", "activity"))


class OwnGoal(Model):
    """A fact: what a student set as the own goal of a challenge, on a day. The latest one counts."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "own_goals")
    challenge: fields.ForeignKeyRelation[Challenge] = fields.ForeignKeyField("engage.Challenge", "own_goals")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "own_goals")
    goal = fields.IntField()
    on = fields.DateField()
    at = UtcDatetimeField()

    class Meta:
        table = "own_goal"
        indexes = (("school", "person"), ("school", "challenge"))


class GoalShare(Model):
    """An outcome: what one student adds to the shared goal of a class or school.

    class_id: a class that the entries were made in, so that whoever moves leaves what was read there; who is in several
    adds it to each. 0 for all that the student adds, wherever it was.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "goal_shares")
    challenge: fields.ForeignKeyRelation[Challenge] = fields.ForeignKeyField("engage.Challenge", "shares")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "goal_shares")
    class_id = fields.BigIntField(default=0)
    amount = fields.IntField(default=0)

    class Meta:
        table = "goal_share"
        unique_together = (("challenge", "person", "class_id"),)
        indexes = (("school", "challenge", "class_id"),)


class ProgramClass(Model):
    """A school class that a program is assigned to; its students are enrolled as they arrive (rule 7)."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "program_classes")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "classes")
    school_class: fields.ForeignKeyRelation[SchoolClass] = fields.ForeignKeyField("engage.SchoolClass", "programs")
    at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "program_class"
        unique_together = (("program", "school_class"),)
        indexes = (("school", "school_class"),)
