"""The tables of people: districts, schools, persons, roles, school classes, sessions, audit."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.rules import Role, Status


class District(Model):
    """A district holds schools; nothing of a person crosses it."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    name = fields.TextField()

    class Meta:
        table = "district"


class School(Model):
    """A school is the tenant. fewest and fewest_shared only go up (SAFETY.md, section 0 and REP07).

    staff_hours: of the library's staff in a week, added up; None where nobody has said.
    shows_measures: whether signed-in people see reading measures; visitors never do. reviews: who may read what
    students write, once approved: "" (there are no reviews), "class" or "school"; public_reviews: whether visitors may,
    too, where a specialist approves it again (SAFETY.md, M1). safeguarding: the school's own words for when a child
    seems in need. closed_at: since when it answers nobody, None while it is open (ADM04); see engage.people.schools.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    district: fields.ForeignKeyRelation[District] = fields.ForeignKeyField("engage.District", "schools")
    slug = fields.CharField(max_length=60, unique=True)
    name = fields.TextField()
    zone = fields.CharField(max_length=60, default="America/New_York")
    language = fields.CharField(max_length=12, default="en")
    hours = fields.TextField(default="")
    location = fields.TextField(default="Library")
    year_starts_in = fields.SmallIntField(default=8)
    fewest = fields.SmallIntField(default=5)
    fewest_shared = fields.SmallIntField(default=10)
    staff_hours = fields.SmallIntField(null=True)
    shows_measures = fields.BooleanField(db_default=False)
    reviews = fields.CharField(max_length=24, db_default="")
    public_reviews = fields.BooleanField(db_default=False)
    safeguarding = fields.TextField(db_default="")
    made_at = UtcDatetimeField(auto_now_add=True)
    closed_at = UtcDatetimeField(null=True)

    class Meta:
        table = "school"


class DayOff(Model):
    """A day on which the school is closed, so that a streak of school days rests. unique: school, on."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "days_off")
    on = fields.DateField()
    note = fields.TextField(default="")

    class Meta:
        table = "day_off"
        unique_together = (("school", "on"),)


class Person(Model):
    """One person. A student row holds no more than SAFETY.md, P1, allows; login and password are for staff only.

    school is the home school of a student and the first school of staff. grade: -1 preschool, 0 kindergarten, 1 to 12.
    letter tells two children of one given name apart. shown: the name from the given set under which others read what
    they write, "" where none was chosen (CLS09). picture_hash: the four pictures, Argon2id over a keyed hash (L5).
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    district: fields.ForeignKeyRelation[District] = fields.ForeignKeyField("engage.District", "people")
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "people")
    name = fields.TextField()
    letter = fields.CharField(max_length=4, default="")
    avatar = fields.CharField(max_length=24, default="")
    shown = fields.CharField(max_length=40, db_default="")
    grade = fields.SmallIntField(null=True)
    status = fields.CharEnumField(Status, max_length=24, default=Status.ACTIVE)
    login = fields.CharField(max_length=254, null=True, unique=True)
    email = fields.CharField(max_length=254, default="")
    password_hash = fields.TextField(default="")
    picture_hash = fields.TextField(default="")
    made_at = UtcDatetimeField(auto_now_add=True)
    gone_at = UtcDatetimeField(null=True)

    class Meta:
        table = "person"
        indexes = (("school", "status"),)


class Membership(Model):
    """A role of a person at a school."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "memberships")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "memberships")
    role = fields.CharEnumField(Role, max_length=24)
    since = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "membership"
        unique_together = (("school", "person", "role"),)
        indexes = (("person",),)


class SchoolClass(Model):
    """A school class. code is what students type to find their own tile; tiles show only while sign-in is open (L4)."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "classes")
    name = fields.TextField()
    grade = fields.SmallIntField(null=True)
    year = fields.CharField(max_length=12)
    code = fields.CharField(max_length=12, unique=True)
    sign_in_until = UtcDatetimeField(null=True)
    sign_in_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "classes_opened", null=True, on_delete=fields.SET_NULL
    )
    ended_on = fields.DateField(null=True)
    made_at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "school_class"
        indexes = (("school", "year"),)


class ClassMember(Model):
    """A student or teacher in a school class, from a day until a day; history stays when someone leaves.

    by_roster: a roster put them there, and may take them out again; what a person did by hand no roster undoes.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "class_members")
    school_class: fields.ForeignKeyRelation[SchoolClass] = fields.ForeignKeyField("engage.SchoolClass", "members")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "class_memberships")
    role = fields.CharEnumField(Role, max_length=24)
    since = fields.DateField()
    until = fields.DateField(null=True)
    by_roster = fields.BooleanField(db_default=False)

    class Meta:
        table = "class_member"
        unique_together = (("school_class", "person", "role"),)
        indexes = (("person",), ("school", "school_class"))


class Session(Model):
    """A signed-in device.

    token_hash is SHA-256 of the token in the cookie (S1). way: how one came in, of engage.people.rules.Way. device: its
    class, "iPad". roles: a digest of the roles at sign-in, "" where none was taken; with other roles it is dead.
    proved_at: when password, code, pictures or PIN were last given.
    """

    id = fields.BigIntField(primary_key=True)
    token_hash = fields.CharField(max_length=64, unique=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "sessions")
    way = fields.CharField(max_length=24, default="password")
    device = fields.CharField(max_length=24, default="")
    roles = fields.CharField(max_length=16, db_default="")
    made_at = UtcDatetimeField()
    seen_at = UtcDatetimeField()
    ends_at = UtcDatetimeField()
    proved_at = UtcDatetimeField(null=True)

    class Meta:
        table = "session"
        indexes = (("person",), ("ends_at",))


class SignInTry(Model):
    """Failures counted by what was tried: an account, a class code, an address, the whole server (L6).

    subject is a keyed hash, so the table names nobody. unique: scope, subject.
    """

    id = fields.BigIntField(primary_key=True)
    scope = fields.CharField(max_length=12)
    subject = fields.CharField(max_length=64)
    failures = fields.IntField(default=0)
    since = UtcDatetimeField()
    blocked_until = UtcDatetimeField(null=True)
    stopped = fields.BooleanField(default=False)

    class Meta:
        table = "sign_in_try"
        unique_together = (("scope", "subject"),)


class FormKey(Model):
    """A form that was sent and what it led to, so that the same form sent twice acts once (I1). Kept 48 hours."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "form_keys")
    key = fields.CharField(max_length=40)
    content = fields.CharField(max_length=64)
    answer = fields.TextField(default="")
    at = UtcDatetimeField()

    class Meta:
        table = "form_key"
        unique_together = (("person", "key"),)
        indexes = (("at",),)


class AuditEntry(Model):
    """A staff act that changed others' data or looked at a student's record: who, what, on whom, when."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "audit")
    at = UtcDatetimeField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "audited_acts", null=True, on_delete=fields.SET_NULL
    )
    act = fields.CharField(max_length=60)
    about: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "audited", null=True, on_delete=fields.SET_NULL
    )
    subject = fields.CharField(max_length=60, default="")
    detail = fields.TextField(default="")

    class Meta:
        table = "audit_entry"
        indexes = (("school", "at"),)
