"""The tables of LTI: platforms that a school has an agreement with, whose accounts are whose, our key, results owed."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import UtcDatetimeField
from engage.lists.models import CuratedList
from engage.people.models import Person, School
from engage.people.oidc_models import Elsewhere


class LtiPlatform(Elsewhere):
    """A platform for courses, like Canvas or Moodle, from which people come to lists (LTI 1.3).

    deployments: with blanks between. authorize, token, keys: addresses that it gave us; site: the origin at which
    people see it, which alone may show our pages in a frame. by_roster: its ids of people are those of our roster, and
    nobody there can change the own one. scores: whether it hears who has finished a list; agreement: on what ground.
    unique: issuer, client_id, in the whole service.
    """

    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "lti_platforms")
    deployments = fields.TextField(default="")
    authorize = fields.CharField(max_length=500)
    token = fields.CharField(max_length=500)
    keys = fields.CharField(max_length=500)
    site = fields.CharField(max_length=255)
    by_roster = fields.BooleanField(default=False)
    scores = fields.BooleanField(default=False)
    agreement = fields.TextField(default="")

    class Meta:
        table = "lti_platform"
        unique_together = (("issuer", "client_id"),)
        indexes = (("school",),)


class LtiLink(Model):
    """Whose account of a platform is whose.

    hash: keyed, of platform, issuer and subject. proved: the person joined it who was signed in and had shown who they
    are; an id of the roster alone lets no admin in. unique: platform, person, so that no second account comes to
    somebody.
    """

    id = fields.BigIntField(primary_key=True)
    platform: fields.ForeignKeyRelation[LtiPlatform] = fields.ForeignKeyField("engage.LtiPlatform", "links")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "lti_links")
    hash = fields.CharField(max_length=64, unique=True)
    proved = fields.BooleanField(default=False)
    made_at = UtcDatetimeField()
    used_at = UtcDatetimeField()

    class Meta:
        table = "lti_link"
        unique_together = (("platform", "person"),)
        indexes = (("person",),)


class LtiKey(Model):
    """The key that we sign with, for all platforms. private: sealed with a key outside the database."""

    id = fields.BigIntField(primary_key=True)
    number = fields.IntField(unique=True)
    private = fields.TextField()
    made_at = UtcDatetimeField()

    class Meta:
        table = "lti_key"


class LtiLine(Model):
    """That a course of a platform wants to hear when somebody has finished a list.

    private: sealed, where to say so and by which name the platform knows the person. hash: keyed, of both. tries: how
    often it could not be said; try_at: when it is tried again, None once it was said or given up. first_at: when it
    was first tried. failure: why it was not said, in words.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "lti_lines")
    platform: fields.ForeignKeyRelation[LtiPlatform] = fields.ForeignKeyField("engage.LtiPlatform", "lines")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "lti_lines")
    curated: fields.ForeignKeyRelation[CuratedList] = fields.ForeignKeyField("engage.CuratedList", "lti_lines")
    hash = fields.CharField(max_length=64, unique=True)
    private = fields.TextField()
    made_at = UtcDatetimeField()
    try_at = UtcDatetimeField(null=True)
    first_at = UtcDatetimeField(null=True)
    tries = fields.IntField(default=0)
    sent_at = UtcDatetimeField(null=True)
    failure = fields.TextField(default="")

    class Meta:
        table = "lti_line"
        indexes = (("person",), ("try_at",), ("school", "curated"), ("platform",))
