"""The tables of what readers tell and are told: reviews, recommendations, the page of a family."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.lists.models import CuratedList
from engage.people.models import Person, School
from engage.resources.models import Resource


class Review(Model):
    """What somebody wrote about a resource. unique: person, resource.

    state: of the text as written now: pending, approved, rejected or withdrawn. approved_text: what others may read,
    which stays while an edit waits (SAFETY.md, M4); approved_at: since when, a fact for award rules. audience: class or
    school; public_at: when the specialist approved it for the public. marks: JSON of what the local check found (M2).
    hidden_at: since when reports by two readers hide it. class_id: the class of a class review.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "reviews_written")
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "reviews", null=True, on_delete=fields.SET_NULL
    )
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "reviews")
    audience = fields.CharField(max_length=24, default="school")
    class_id = fields.BigIntField(null=True)
    feeling = fields.CharField(max_length=24, default="")
    text = fields.TextField()
    state = fields.CharField(max_length=24, default="pending")
    marks = fields.TextField(default="")
    on = fields.DateField()
    written_at = UtcDatetimeField()
    approved_text = fields.TextField(default="")
    approved_at = UtcDatetimeField(null=True)
    public_at = UtcDatetimeField(null=True)
    decided_at = UtcDatetimeField(null=True)
    decided_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "reviews_decided", null=True, on_delete=fields.SET_NULL
    )
    reason = fields.TextField(default="")
    hidden_at = UtcDatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "review"
        unique_together = (("person", "resource"),)
        indexes = (("school", "resource"), ("school", "state", "written_at"))


class ReviewBefore(Model):
    """A fact: a review was approved from one moment to another, for results that were final between them.

    on: the day it was written. review: its id then; the review itself may be gone.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "reviews_before")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "reviews_before")
    review = fields.BigIntField()
    on = fields.DateField()
    approved_at = UtcDatetimeField()
    ended_at = UtcDatetimeField()

    class Meta:
        table = "review_before"
        indexes = (("school", "person"),)


class ReviewReport(Model):
    """A reader asks staff to look at a review again. unique: review, person."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "review_reports")
    review: fields.ForeignKeyRelation[Review] = fields.ForeignKeyField("engage.Review", "reports")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "review_reports")
    reason = fields.TextField(default="")
    at = UtcDatetimeField()
    settled_at = UtcDatetimeField(null=True)

    class Meta:
        table = "review_report"
        unique_together = (("review", "person"),)
        indexes = (("school", "review"),)


class Recommendation(Model):
    """Something that might suit a student next, computed in the background, and why. unique: person, resource.

    reason: "finished", "creator", "subject" or "list". because: the resource that the student finished or saved;
    curated: the list on which both stand. dismissed_at: the student does not want to see it again.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "recommendations")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "recommendations")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "recommendations")
    position = fields.SmallIntField(default=0)
    reason = fields.CharField(max_length=24)
    because: fields.ForeignKeyNullableRelation[Resource] = fields.ForeignKeyField(
        "engage.Resource", "led_to", null=True, on_delete=fields.CASCADE
    )
    curated: fields.ForeignKeyNullableRelation[CuratedList] = fields.ForeignKeyField(
        "engage.CuratedList", "recommendations", null=True, on_delete=fields.CASCADE
    )
    at = UtcDatetimeField()
    dismissed_at = UtcDatetimeField(null=True)

    class Meta:
        table = "recommendation"
        unique_together = (("person", "resource"),)
        indexes = (("school", "person", "position"),)


class FamilyLink(Model):
    """An address that shows a family how far a student is, and no title; it expires and can be ended.

    token_hash: SHA-256 of the token in the address, which is shown once.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "family_links")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "family_links")
    token_hash = fields.CharField(max_length=64, unique=True)
    made_at = UtcDatetimeField()
    ends_at = UtcDatetimeField()
    ended_at = UtcDatetimeField(null=True)

    class Meta:
        table = "family_link"
        indexes = (("school", "person"),)
