"""The tables of outside systems: who gets what, under which agreement, what waits to go, and what has left."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import District, Person, School


class Endpoint(Model):
    """A receiver that the district has set: an address, how we show who we are, and which kinds of data it gets.

    speech: caliper or xapi. way: bearer or basic. secret: sealed. kinds: words of Data, with blanks between. state: of
    statement_rules.State; problem: in words. failing_since, failures: since when and how often in a row it could not be
    had; retry_at: not before then. lease_until, fence: who sends now (SAFETY.md, I4). alarm: what a person should look
    at, in words.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    district: fields.ForeignKeyRelation[District] = fields.ForeignKeyField("engage.District", "endpoints")
    name = fields.TextField()
    speech = fields.CharField(max_length=12)
    address = fields.TextField()
    way = fields.CharField(max_length=12)
    login = fields.TextField(default="")
    secret = fields.TextField(default="")
    kinds = fields.TextField(default="use")
    is_on = fields.BooleanField(default=False)
    state = fields.CharField(max_length=12, default="new")
    problem = fields.TextField(default="")
    alarm = fields.TextField(default="")
    failures = fields.IntField(default=0)
    failing_since = UtcDatetimeField(null=True)
    retry_at = UtcDatetimeField(null=True)
    lease_until = UtcDatetimeField(null=True)
    fence = fields.IntField(default=0)
    last_sent_at = UtcDatetimeField(null=True)
    ended_at = UtcDatetimeField(null=True)
    made_at = UtcDatetimeField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "endpoints", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "endpoint"
        indexes = (("district",),)


class EndpointSchool(Model):
    """A school whose data go to a receiver, and how far the diary was looked through for it.

    folded_until: acts written down before this day (UTC) were looked at. reading_until, viewing_until, listening_until:
    minutes written down before that day have gone out, or will never.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "endpoint_schools")
    endpoint: fields.ForeignKeyRelation[Endpoint] = fields.ForeignKeyField("engage.Endpoint", "schools")
    folded_until = fields.DateField()
    reading_until = fields.DateField()
    viewing_until = fields.DateField()
    listening_until = fields.DateField()

    class Meta:
        table = "endpoint_school"
        unique_together = (("endpoint", "school"),)


class EndpointNote(Model):
    """What happened with a receiver, in words: the history that the district admin reads."""

    id = fields.BigIntField(primary_key=True)
    endpoint: fields.ForeignKeyRelation[Endpoint] = fields.ForeignKeyField("engage.Endpoint", "notes")
    at = UtcDatetimeField()
    what = fields.TextField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "endpoint_notes", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "endpoint_note"
        indexes = (("endpoint", "at"),)


class Agreement(Model):
    """What was signed so that more than sums may leave: which kinds of data, by whom, and from when until when."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    endpoint: fields.ForeignKeyRelation[Endpoint] = fields.ForeignKeyField("engage.Endpoint", "agreements")
    kinds = fields.TextField()
    signed_by = fields.TextField()
    where = fields.TextField(default="")
    signed_on = fields.DateField()
    until = fields.DateField()
    made_at = UtcDatetimeField()
    ended_at = UtcDatetimeField(null=True)
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "agreements", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "agreement"
        indexes = (("endpoint",),)


class Statement(Model):
    """One statement on its way: what is said, to whom, and how far it is.

    number: its UUID, the same whenever it is made again of the same fact. person, pseudonym: the student it is about,
    none and "" where it is about nobody. body: JSON, emptied once it was sent. state: of statement_rules.Waits.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "statements")
    endpoint: fields.ForeignKeyRelation[Endpoint] = fields.ForeignKeyField("engage.Endpoint", "statements")
    number = fields.CharField(max_length=36)
    kind = fields.CharField(max_length=12)
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "statements", null=True, on_delete=fields.CASCADE
    )
    pseudonym = fields.CharField(max_length=36, default="")
    body = fields.TextField()
    state = fields.CharField(max_length=12, default="waiting")
    refusals = fields.IntField(default=0)
    not_before = UtcDatetimeField(null=True)
    problem = fields.TextField(default="")
    made_at = UtcDatetimeField()
    ended_at = UtcDatetimeField(null=True)

    class Meta:
        table = "statement"
        unique_together = (("endpoint", "number"),)
        indexes = (("endpoint", "state", "id"), ("school", "person"))


class Disclosure(Model):
    """How many statements of a kind left a school on a day, to whom, and under which agreement (0: none was needed)."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "disclosures")
    endpoint: fields.ForeignKeyRelation[Endpoint] = fields.ForeignKeyField("engage.Endpoint", "disclosures")
    on = fields.DateField()
    kind = fields.CharField(max_length=12)
    agreement_id = fields.BigIntField(default=0)
    number = fields.BigIntField(default=0)

    class Meta:
        table = "disclosure"
        unique_together = (("school", "endpoint", "on", "kind", "agreement_id"),)


class DisclosedStudent(Model):
    """How many statements about one student went to a receiver, so that the student can be told.

    receiver: its name; pseudonym: under which it knows the student. unique: school, person, endpoint, kind.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "disclosed_students")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "disclosed")
    endpoint: fields.ForeignKeyRelation[Endpoint] = fields.ForeignKeyField("engage.Endpoint", "disclosed_students")
    kind = fields.CharField(max_length=12)
    receiver = fields.TextField(db_default="")
    pseudonym = fields.CharField(max_length=36, db_default="")
    number = fields.BigIntField(db_default=0)

    class Meta:
        table = "disclosed_student"
        unique_together = (("school", "person", "endpoint", "kind"),)


class Recall(Model):
    """A receiver to be asked to delete what it was sent of a student who was erased here.

    pseudonym: the name under which it knows the student; here it leads to nobody any more. settled_at: it has answered.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "recalls")
    endpoint: fields.ForeignKeyRelation[Endpoint] = fields.ForeignKeyField("engage.Endpoint", "recalls")
    pseudonym = fields.CharField(max_length=36)
    number = fields.BigIntField(default=0)
    at = UtcDatetimeField()
    settled_at = UtcDatetimeField(null=True)

    class Meta:
        table = "recall"
        unique_together = (("school", "endpoint", "pseudonym"),)
