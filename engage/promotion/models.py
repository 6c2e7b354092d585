"""The tables of promotion: what is put on show, where, and for how long; and the links that lead there."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.lists.models import CuratedList
from engage.people.models import Person, School
from engage.programs.models import Program


class Display(Model):
    """A list or a program on show from a day to a day. place: see rules.Place; spot: where that is, in words.

    verdict: what came of it, once it is over, as in rules.Verdict.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "displays")
    place = fields.CharField(max_length=24, default="hero")
    spot = fields.TextField(db_default="")
    kicker = fields.TextField(default="")
    curated: fields.ForeignKeyNullableRelation[CuratedList] = fields.ForeignKeyField(
        "engage.CuratedList", "displays", null=True, on_delete=fields.CASCADE
    )
    program: fields.ForeignKeyNullableRelation[Program] = fields.ForeignKeyField(
        "engage.Program", "displays", null=True, on_delete=fields.CASCADE
    )
    starts = fields.DateField()
    ends = fields.DateField()
    verdict = fields.CharField(max_length=8, db_default="")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "displays", null=True, on_delete=fields.SET_NULL
    )
    made_at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "display"
        indexes = (("school", "starts", "ends"),)


class PromotedLink(Model):
    """A link of ours that is counted: its key stands in /go/. medium: see rules.Medium.

    display: what it was made for; a digest also names lists and programs that are on no display.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "promoted_links")
    medium = fields.CharField(max_length=24)
    display: fields.ForeignKeyNullableRelation[Display] = fields.ForeignKeyField(
        "engage.Display", "links", null=True, on_delete=fields.CASCADE
    )
    curated: fields.ForeignKeyNullableRelation[CuratedList] = fields.ForeignKeyField(
        "engage.CuratedList", "promoted_links", null=True, on_delete=fields.CASCADE
    )
    program: fields.ForeignKeyNullableRelation[Program] = fields.ForeignKeyField(
        "engage.Program", "promoted_links", null=True, on_delete=fields.CASCADE
    )

    class Meta:
        table = "promoted_link"
        unique_together = (("display", "medium"),)
        indexes = (("school", "medium"),)


class PromotedDay(Model):
    """How often a promoted link was opened on a day, by nobody in particular; additive."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "promoted_days")
    link: fields.ForeignKeyRelation[PromotedLink] = fields.ForeignKeyField("engage.PromotedLink", "days")
    on = fields.DateField()
    count = fields.BigIntField(default=0)

    class Meta:
        table = "promoted_day"
        unique_together = (("school", "link", "on"),)
