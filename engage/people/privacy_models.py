"""The tables of the privacy desk: copies taken, erasures and their tombstones, break-glass, retention."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import Person, School


class RecordLink(Model):
    """An address at which a copy of somebody's data may be fetched once, in the session that asked for it (LOG08).

    token_hash: SHA-256 of what stands in the address. session_id: of the session that asked.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "record_links")
    token_hash = fields.CharField(max_length=64, unique=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "record_links")
    session_id = fields.BigIntField(null=True)
    made_at = UtcDatetimeField()
    ends_at = UtcDatetimeField()
    used_at = UtcDatetimeField(null=True)

    class Meta:
        table = "record_link"
        indexes = (("ends_at",),)


class RecordTaken(Model):
    """Data of students left the service: what, of how many. alarmed: with it one person passed the limit of an hour.

    The same limit is one of the hours outside school, however many they are (SAFETY.md, P6).
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "records_taken")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "records_taken", null=True, on_delete=fields.SET_NULL
    )
    at = UtcDatetimeField()
    what = fields.CharField(max_length=60)
    students = fields.IntField()
    alarmed = fields.BooleanField(default=False)

    class Meta:
        table = "record_taken"
        indexes = (("school", "by", "at"),)


class Erasure(Model):
    """Somebody asked that a student be erased, or it was done. state: asked, refused, begun or done.

    person: nobody any more once it is done. reason: what was said with the asking. stand_in: the id of the person who
    is nobody and keeps the totals true; 0 for none. begun and not done is gone on with by a job.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "erasures")
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "erasures", null=True, on_delete=fields.SET_NULL
    )
    state = fields.CharField(max_length=24)
    reason = fields.TextField(default="")
    asked_at = UtcDatetimeField()
    asked_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "erasures_asked", null=True, on_delete=fields.SET_NULL
    )
    decided_at = UtcDatetimeField(null=True)
    decided_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "erasures_decided", null=True, on_delete=fields.SET_NULL
    )
    done_at = UtcDatetimeField(null=True)
    stand_in = fields.BigIntField(default=0)

    class Meta:
        table = "erasure"
        indexes = (("school", "state"),)


class Tombstone(Model):
    """Somebody was erased. digest: a keyed hash of the person's key, which only says so to who has that key."""

    id = fields.BigIntField(primary_key=True)
    digest = fields.CharField(max_length=64, unique=True)
    at = UtcDatetimeField()

    class Meta:
        table = "tombstone"


class BreakGlass(Model):
    """Somebody asked to see what only a student sees. act: LOG05, LOG06, LOG09 or PRG11.

    agreed: what the second person said, None before. It holds from decided_at until ends_at, or closed_at.
    used_at: when it was last looked through.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "break_glass")
    act = fields.CharField(max_length=12)
    student: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "glass_about")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "glass_asked", null=True, on_delete=fields.SET_NULL
    )
    reason = fields.TextField()
    asked_at = UtcDatetimeField()
    agreed = fields.BooleanField(null=True)
    decided_at = UtcDatetimeField(null=True)
    decided_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "glass_decided", null=True, on_delete=fields.SET_NULL
    )
    ends_at = UtcDatetimeField(null=True)
    closed_at = UtcDatetimeField(null=True)
    used_at = UtcDatetimeField(null=True)

    class Meta:
        table = "break_glass"
        indexes = (("school", "asked_at"),)


class Retention(Model):
    """How long one school keeps things; a school without a row keeps them as long as may be (register_rules.Limits)."""

    id = fields.BigIntField(primary_key=True)
    school: fields.OneToOneRelation[School] = fields.OneToOneField("engage.School", "retention")
    titles_days = fields.SmallIntField()
    titles_months = fields.SmallIntField()
    handed_in_days = fields.SmallIntField()
    left_days = fields.SmallIntField()
    account_months = fields.SmallIntField()
    session_days = fields.SmallIntField()
    audit_months = fields.SmallIntField()
    changed_at = UtcDatetimeField()

    class Meta:
        table = "retention"


class RetentionRun(Model):
    """What the nightly job took away at a school. did: JSON, how many by the name of what was done."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "retention_runs")
    at = UtcDatetimeField()
    did = fields.TextField()

    class Meta:
        table = "retention_run"
        indexes = (("school", "at"),)
