"""The diary of what happened, and the figures that are kept of it day by day."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import UtcDatetimeField
from engage.engagement.rules import Kind, Mode
from engage.people.models import Person, School
from engage.people.rules import GradeBand


class Engagement(Model):
    """One act. A person only where the act is the person's own in a program or an assignment (DESIGN.md, section 5).

    on is the school's calendar day; the ids name rows of higher floors and are plain numbers for that reason.
    amounts are signed: a correction writes the difference, so that sums stay true.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "engagement")
    kind = fields.CharEnumField(Kind, max_length=24)
    on = fields.DateField()
    at = UtcDatetimeField()
    mode = fields.CharEnumField(Mode, max_length=24, null=True)
    format = fields.CharField(max_length=24, default="")
    place = fields.CharField(max_length=8, default="")
    grade_band = fields.CharEnumField(GradeBand, max_length=8, default=GradeBand.NONE)
    minutes = fields.IntField(default=0)
    pages = fields.IntField(default=0)
    count = fields.IntField(default=1)
    list_id = fields.BigIntField(null=True)
    resource_id = fields.BigIntField(null=True)
    program_id = fields.BigIntField(null=True)
    assignment_id = fields.BigIntField(null=True)
    display_id = fields.BigIntField(null=True)
    class_id = fields.BigIntField(null=True)
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "engagement", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "engagement"
        indexes = (("school", "on"), ("person",))


class Figure(Model):
    """What the tables of figures count and sum, and of which cut; each has a school and a time, too.

    0 and "" stand for "no such thing", so that the unique key holds on every database. place: "here" for a holding,
    "online" for a link, "" where neither.
    """

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharEnumField(Kind, max_length=24)
    mode = fields.CharField(max_length=24, default="")
    format = fields.CharField(max_length=24, default="")
    place = fields.CharField(max_length=8, default="")
    grade_band = fields.CharField(max_length=8, default="")
    list_id = fields.BigIntField(default=0)
    program_id = fields.BigIntField(default=0)
    count = fields.BigIntField(default=0)
    minutes = fields.BigIntField(default=0)
    pages = fields.BigIntField(default=0)

    class Meta:
        abstract = True


class DailyFigure(Figure):
    """Counts and sums of one school, day and cut; additive. Reports read these, never the diary."""

    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "figures")
    on = fields.DateField()

    class Meta:
        table = "daily_figure"
        unique_together = (("school", "on", "kind", "mode", "format", "place", "grade_band", "list_id", "program_id"),)


class MonthFigure(Figure):
    """The daily figures of a month added up, so that a year costs the same however much happened in it.

    month: its first day. days: active days of a grade band, in its row of log entries of no mode, which holds nothing
    else.
    """

    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "month_figures")
    month = fields.DateField()
    days = fields.BigIntField(default=0)

    class Meta:
        table = "month_figure"
        unique_together = (
            ("school", "month", "kind", "mode", "format", "place", "grade_band", "list_id", "program_id"),
        )


class ActiveDay(Model):
    """That one student took part on one day, and how; who is a keyed hash that changes with the school year.

    So distinct people and active days are counted without keeping names longer than allowed. acts falls to nothing when
    the entries of the day are corrected away.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "active_days")
    on = fields.DateField()
    who = fields.CharField(max_length=32)
    grade_band = fields.CharField(max_length=8, default="")
    acts = fields.IntField(default=0)
    reading_minutes = fields.IntField(default=0)
    viewing_minutes = fields.IntField(default=0)
    listening_minutes = fields.IntField(default=0)

    class Meta:
        table = "active_day"
        unique_together = (("school", "on", "who", "grade_band"),)


class HiddenStudent(Model):
    """The number of a student in the turnouts of one school year: from 0, never given again. who: as in ActiveDay."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "hidden_students")
    year = fields.CharField(max_length=12)
    who = fields.CharField(max_length=32)
    number = fields.IntField()

    class Meta:
        table = "hidden_student"
        unique_together = (("school", "year", "who"), ("school", "year", "number"))


class Turnout(Model):
    """Who took part in a week or month of a school year, a bit for each hidden student, so that any weeks and months
    can be put together and everybody in them is counted once.

    span: week or month; starts: its first day. cut and value: see engage.engagement.turnout.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "turnouts")
    year = fields.CharField(max_length=12)
    span = fields.CharField(max_length=8)
    starts = fields.DateField()
    cut = fields.CharField(max_length=12)
    value = fields.CharField(max_length=50)
    bits = fields.BinaryField(default=b"")

    class Meta:
        table = "turnout"
        unique_together = (("school", "year", "span", "starts", "cut", "value"),)


class YearSalt(Model):
    """What a school year's hashes of students are made with; deleting it makes them nobody's.

    given: how many numbers were given to hidden students.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "salts")
    year = fields.CharField(max_length=12)
    salt = fields.CharField(max_length=64)
    given = fields.IntField(db_default=0)

    class Meta:
        table = "year_salt"
        unique_together = (("school", "year"),)
