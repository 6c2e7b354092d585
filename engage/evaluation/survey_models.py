"""The tables of surveys. No row of an answer says who gave it, or when; who has answered is known by a hash alone.

Ids of answers and turns are drawn at random (`drawn`), so that their order is that of nobody (DECISIONS.md).
"""

from __future__ import annotations

import secrets

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import Person, School, SchoolClass
from engage.programs.models import Program

BITS = 62


def drawn() -> int:
    """An id that says nothing of when a row was written."""
    return secrets.randbits(BITS) + 1


class Survey(Model):
    """A few questions that students or staff answer once, without their names.

    reading: plain, or simple with faces. audience: everybody, classes, or program. stage: single, before, after, or
    later, some weeks on; `before` is the survey that an after or a later one is compared with. closed_on: its results
    stand from that day, and it never opens again.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "surveys")
    title = fields.TextField()
    introduction = fields.TextField(default="")
    reading = fields.CharField(max_length=24, default="plain")
    audience = fields.CharField(max_length=24, default="everybody")
    stage = fields.CharField(max_length=24, default="single")
    program: fields.ForeignKeyNullableRelation[Program] = fields.ForeignKeyField(
        "engage.Program", "surveys", null=True, on_delete=fields.SET_NULL
    )
    before: fields.ForeignKeyNullableRelation[Survey] = fields.ForeignKeyField(
        "engage.Survey", "afters", null=True, on_delete=fields.SET_NULL
    )
    state = fields.CharField(max_length=24, default="draft")
    opened_on = fields.DateField(null=True)
    closes_on = fields.DateField()
    closed_on = fields.DateField(null=True)
    answers = fields.IntField(default=0)
    version = fields.IntField(default=1)
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "surveys", null=True, on_delete=fields.SET_NULL
    )
    made_at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "survey"
        indexes = (("school", "state"),)


class SurveyClass(Model):
    """A school class that a survey is opened for."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "survey_classes")
    survey: fields.ForeignKeyRelation[Survey] = fields.ForeignKeyField("engage.Survey", "classes")
    school_class: fields.ForeignKeyRelation[SchoolClass] = fields.ForeignKeyField("engage.SchoolClass", "surveys")

    class Meta:
        table = "survey_class"
        unique_together = (("survey", "school_class"),)


class SurveyQuestion(Model):
    """A question. code: that of a ready-made one, "" for an own one. choices: JSON list of words, for a choice."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "survey_questions")
    survey: fields.ForeignKeyRelation[Survey] = fields.ForeignKeyField("engage.Survey", "questions")
    position = fields.SmallIntField()
    kind = fields.CharField(max_length=24)
    code = fields.CharField(max_length=24, default="")
    words = fields.TextField()
    choices = fields.TextField(default="[]")

    class Meta:
        table = "survey_question"
        indexes = (("school", "survey"),)


class SurveyTally(Model):
    """How often one answer was given to one question. place: 1 to 5 on the scale, or of the choice, from 1."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "survey_tallies")
    question: fields.ForeignKeyRelation[SurveyQuestion] = fields.ForeignKeyField("engage.SurveyQuestion", "tallies")
    place = fields.SmallIntField()
    count = fields.IntField(default=0)

    class Meta:
        table = "survey_tally"
        unique_together = (("question", "place"),)


class SurveyText(Model):
    """What somebody wrote to a question. Staff remove it where it names somebody."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "survey_texts")
    question: fields.ForeignKeyRelation[SurveyQuestion] = fields.ForeignKeyField("engage.SurveyQuestion", "texts")
    text = fields.TextField()

    class Meta:
        table = "survey_text"


class SurveyTurn(Model):
    """That somebody has answered: a hash keyed with the survey and the operator's secret. Gone when it closes."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "survey_turns")
    survey: fields.ForeignKeyRelation[Survey] = fields.ForeignKeyField("engage.Survey", "turns")
    token = fields.CharField(max_length=64)

    class Meta:
        table = "survey_turn"
        unique_together = (("survey", "token"),)
