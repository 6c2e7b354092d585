"""The tables of planning together: units, who plans them, what belongs to them; what teachers ask the library."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.classes.help_rules import HelpKind, HelpState
from engage.classes.unit_rules import Lead, Level, UnitState
from engage.database.fields import KeyField, UtcDatetimeField
from engage.lists.models import CuratedList
from engage.lists.standards_models import Standard
from engage.people.models import Person, School, SchoolClass


class Unit(Model):
    """Some weeks of teaching that a teacher and the library plan together.

    owner: who started it; nobody where they were erased. level: how closely they work, None while that is open.
    technology: what is used of it. reflection: what they say of it afterwards. version: rises with each change.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "units")
    owner: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "units", null=True, on_delete=fields.SET_NULL
    )
    owner_id: int | None
    title = fields.TextField()
    subject = fields.TextField(default="")
    grade_low = fields.SmallIntField(null=True)
    grade_high = fields.SmallIntField(null=True)
    starts = fields.DateField(null=True)
    ends = fields.DateField(null=True)
    level = fields.CharEnumField(Level, max_length=24, null=True)
    objectives = fields.TextField(default="")
    technology = fields.TextField(default="")
    reflection = fields.TextField(default="")
    state = fields.CharEnumField(UnitState, max_length=24, default=UnitState.DRAFT)
    version = fields.IntField(default=1)
    made_at = UtcDatetimeField(auto_now_add=True)
    changed_at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "unit"
        indexes = (("school", "starts"), ("school", "owner"))


class UnitPlanner(Model):
    """Somebody who plans a unit, its owner too. by: who asked them to. unique: unit, person."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "unit_planners")
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("engage.Unit", "planners")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "units_planned")
    person_id: int
    since = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "unit_planner"
        unique_together = (("unit", "person"),)
        indexes = (("school", "person"),)


class UnitSession(Model):
    """One lesson of a unit: on which day, what is done, who leads it, and who does what (part).

    gone_at: when it was taken out. changed_at, version: for calendars, which are told of that, too.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "unit_sessions")
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("engage.Unit", "sessions")
    on = fields.DateField()
    what = fields.TextField()
    lead = fields.CharEnumField(Lead, max_length=24)
    part = fields.TextField(default="")
    version = fields.IntField(default=1)
    changed_at = UtcDatetimeField(auto_now_add=True)
    gone_at = UtcDatetimeField(null=True)

    class Meta:
        table = "unit_session"
        indexes = (("school", "unit"), ("school", "on"))


class UnitList(Model):
    """A list that a unit uses. unique: unit, curated."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "unit_lists")
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("engage.Unit", "lists")
    curated: fields.ForeignKeyRelation[CuratedList] = fields.ForeignKeyField("engage.CuratedList", "units")

    class Meta:
        table = "unit_list"
        unique_together = (("unit", "curated"),)
        indexes = (("school", "unit"),)


class UnitStandard(Model):
    """A standard that a unit teaches. unique: unit, standard."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "unit_standards")
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("engage.Unit", "standards")
    standard: fields.ForeignKeyRelation[Standard] = fields.ForeignKeyField("engage.Standard", "units")

    class Meta:
        table = "unit_standard"
        unique_together = (("unit", "standard"),)
        indexes = (("school", "standard"),)


class HelpRequest(Model):
    """What a teacher asks the library for: time, a list, a lesson, something else; and what came of it.

    wished_on: the day that would suit. agreed_on: the day that was promised. first_answered_at: when somebody first
    answered, which never moves. unit, curated: what was made of it.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "help_requests")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "help_asked", null=True, on_delete=fields.SET_NULL
    )
    by_id: int | None
    kind = fields.CharEnumField(HelpKind, max_length=24)
    text = fields.TextField()
    wished_on = fields.DateField(null=True)
    school_class: fields.ForeignKeyNullableRelation[SchoolClass] = fields.ForeignKeyField(
        "engage.SchoolClass", "help_requests", null=True, on_delete=fields.SET_NULL
    )
    state = fields.CharEnumField(HelpState, max_length=24, default=HelpState.ASKED)
    answer = fields.TextField(default="")
    agreed_on = fields.DateField(null=True)
    answered_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "help_answered", null=True, on_delete=fields.SET_NULL
    )
    first_answered_at = UtcDatetimeField(null=True)
    answered_at = UtcDatetimeField(null=True)
    done_at = UtcDatetimeField(null=True)
    made_at = UtcDatetimeField()
    unit: fields.ForeignKeyNullableRelation[Unit] = fields.ForeignKeyField(
        "engage.Unit", "help_requests", null=True, on_delete=fields.SET_NULL
    )
    unit_id: int | None
    curated: fields.ForeignKeyNullableRelation[CuratedList] = fields.ForeignKeyField(
        "engage.CuratedList", "help_requests", null=True, on_delete=fields.SET_NULL
    )
    curated_id: int | None

    class Meta:
        table = "help_request"
        indexes = (("school", "state", "made_at"), ("school", "by"))
