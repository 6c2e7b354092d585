"""The tables of signing in: ways by grade, PINs, cards, enrolled devices, second factors, links to begin with."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import Person, School, SchoolClass


class BandWays(Model):
    """What the students of a grade band sign in with, as their school chose it (SAFETY.md, L2).

    band: a GradeBand. cards: whether cards are used. second: "picture" or "pin". unique: school, band.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "band_ways")
    band = fields.CharField(max_length=12)
    cards = fields.BooleanField()
    second = fields.CharField(max_length=12)

    class Meta:
        table = "band_ways"
        unique_together = (("school", "band"),)


class StudentSignIn(Model):
    """What is kept of a student's sign-in besides pictures and card.

    pin_hash: Argon2id over a keyed hash (L5), "" without a PIN. used_on: the school's day of the last sign-in.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "student_sign_ins")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "student_sign_ins", unique=True)
    pin_hash = fields.TextField(default="")
    used_on = fields.DateField(null=True)

    class Meta:
        table = "student_sign_in"


class Card(Model):
    """The one live card of a student; a card that is void, printed anew or of last year has no row (SAFETY.md, L3).

    token_hash: keyed hash of the 160 bits on it. year: the school year for which it was printed, "2026-27".
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "cards")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "cards", unique=True)
    token_hash = fields.CharField(max_length=64, unique=True)
    year = fields.CharField(max_length=12)
    made_at = UtcDatetimeField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "cards_printed", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "card"


class Device(Model):
    """A device that staff have enrolled: a card works alone on it. school_class: for one class; None: for the school.

    token_hash: SHA-256 of the token in its cookie. name: as staff call it. kiosk: who has logged is signed out, and the
    next child finds the page of cards.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "devices")
    school_class: fields.ForeignKeyNullableRelation[SchoolClass] = fields.ForeignKeyField(
        "engage.SchoolClass", "devices", null=True
    )
    name = fields.CharField(max_length=60)
    kiosk = fields.BooleanField(default=False)
    token_hash = fields.CharField(max_length=64, unique=True)
    made_at = UtcDatetimeField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "devices_enrolled", null=True, on_delete=fields.SET_NULL
    )
    used_at = UtcDatetimeField(null=True)

    class Meta:
        table = "device"
        indexes = (("school",),)


class SecondFactor(Model):
    """The authenticator app of a member of staff (RFC 6238). secret: sealed with a key outside the database.

    last_step: the step of the last code that was taken, so that none is taken twice.
    """

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "second_factors", unique=True)
    secret = fields.TextField()
    last_step = fields.BigIntField(default=0)
    made_at = UtcDatetimeField()

    class Meta:
        table = "second_factor"


class RecoveryCode(Model):
    """A code that stands in for the app once; it has no row once it was used. code_hash: keyed."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "recovery_codes")
    code_hash = fields.CharField(max_length=64)

    class Meta:
        table = "recovery_code"
        unique_together = (("person", "code_hash"),)


class Invitation(Model):
    """A link with which a member of staff chooses a password, once, within three days. A new one ends the old one."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "invitations", unique=True)
    token_hash = fields.CharField(max_length=64, unique=True)
    ends_at = UtcDatetimeField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "invitations_made", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "invitation"
        indexes = (("ends_at",),)
