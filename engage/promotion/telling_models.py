"""The tables of what the library tells: announcements, booktalks, and the newsletter with those who want it."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import Person, School, SchoolClass
from engage.resources.models import Resource


class Announcement(Model):
    """A few words on the home page, from a day to a day. audience: see telling_rules.Audience."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "announcements")
    audience = fields.CharField(max_length=24)
    text = fields.TextField()
    from_on = fields.DateField()
    until_on = fields.DateField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "announcements", null=True, on_delete=fields.SET_NULL
    )
    at = UtcDatetimeField(auto_now_add=True)
    withdrawn_at = UtcDatetimeField(null=True)

    class Meta:
        table = "announcement"
        indexes = (("school", "until_on"),)


class AnnouncementClass(Model):
    """A school class that an announcement for classes is for. unique: announcement, school_class."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "announcement_classes")
    announcement: fields.ForeignKeyRelation[Announcement] = fields.ForeignKeyField("engage.Announcement", "classes")
    school_class: fields.ForeignKeyRelation[SchoolClass] = fields.ForeignKeyField("engage.SchoolClass", "announcements")

    class Meta:
        table = "announcement_class"
        unique_together = (("announcement", "school_class"),)


class Booktalk(Model):
    """What a person of the library says about a resource: words, and the address where it can be heard or seen.

    url: "" for words alone. withdrawn_at: when it was taken away.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "booktalks")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "booktalks")
    text = fields.TextField()
    url = fields.TextField(default="")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "booktalks", null=True, on_delete=fields.SET_NULL
    )
    at = UtcDatetimeField(auto_now_add=True)
    withdrawn_at = UtcDatetimeField(null=True)

    class Meta:
        table = "booktalk"
        indexes = (("school", "resource"),)


class DigestReader(Model):
    """One of the staff who wants the newsletter, or wanted it. token: lets go without signing in (RFC 8058)."""

    id = fields.BigIntField(primary_key=True)
    token = fields.CharField(max_length=64, unique=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "digest_readers")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "digests_wanted")
    address = fields.CharField(max_length=254)
    since = UtcDatetimeField(auto_now_add=True)
    ended_at = UtcDatetimeField(null=True)

    class Meta:
        table = "digest_reader"
        unique_together = (("school", "person"),)


class Digest(Model):
    """A newsletter as it was sent. content: JSON of digests.Content, frozen when it was sent."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "digests")
    subject = fields.TextField()
    content = fields.TextField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "digests", null=True, on_delete=fields.SET_NULL
    )
    at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "digest"
        indexes = (("school", "at"),)


class DigestMail(Model):
    """A newsletter on its way to one reader. state: telling_rules.MailState. problem: why it did not go, or ""."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "digest_mails")
    digest: fields.ForeignKeyRelation[Digest] = fields.ForeignKeyField("engage.Digest", "mails")
    reader: fields.ForeignKeyRelation[DigestReader] = fields.ForeignKeyField("engage.DigestReader", "mails")
    state = fields.CharField(max_length=24, default="waiting")
    problem = fields.TextField(default="")
    sent_at = UtcDatetimeField(null=True)

    class Meta:
        table = "digest_mail"
        unique_together = (("digest", "reader"),)
        indexes = (("school", "state"),)
