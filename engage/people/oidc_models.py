"""The tables of accounts elsewhere: providers that a school has an agreement with, whose accounts are whose, uses."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import Person, School


class Elsewhere(Model):
    """What a school, or its whole district, has agreed on with any site elsewhere from which people come.

    Each such table has a school, too, and accounts that are known, its links. name: as pages call it. issuer,
    client_id: by which its messages are known. whole_district: for every school of the district. on: does anybody come
    in from it?
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school_id: int
    name = fields.CharField(max_length=40)
    issuer = fields.CharField(max_length=500)
    client_id = fields.CharField(max_length=255)
    whole_district = fields.BooleanField(default=False)
    on = fields.BooleanField(default=False)
    made_at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        abstract = True


class OidcProvider(Elsewhere):
    """An issuer of accounts (OpenID Connect) that a school, or its whole district, lets people sign in with.

    name: what the button says. secret: of the client, sealed with a key outside the database. domains: with blanks
    between. instead: staff, but for admins, sign in this way only. tried_at: when an admin last came back from it with
    an account, None since it was changed.
    """

    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "oidc_providers")
    secret = fields.TextField(default="")
    staff = fields.BooleanField(default=True)
    students = fields.BooleanField(default=False)
    domains = fields.TextField(default="")
    student_claim = fields.CharField(max_length=80, default="")
    instead = fields.BooleanField(default=False)
    tried_at = UtcDatetimeField(null=True)

    class Meta:
        table = "oidc_provider"
        indexes = (("school",),)


class OidcLink(Model):
    """Whose account is whose: kept at the first sign-in, and the only thing that counts from then on.

    hash: keyed, of provider, issuer and subject. proved: the person made it who was signed in and had shown who they
    are; what an e-mail made lets no admin in (STANDARDS.md, 4.2). unique: provider, person, so that no second account
    comes to somebody.
    """

    id = fields.BigIntField(primary_key=True)
    provider: fields.ForeignKeyRelation[OidcProvider] = fields.ForeignKeyField("engage.OidcProvider", "links")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "oidc_links")
    hash = fields.CharField(max_length=64, unique=True)
    proved = fields.BooleanField(default=False)
    made_at = UtcDatetimeField()
    used_at = UtcDatetimeField()

    class Meta:
        table = "oidc_link"
        unique_together = (("provider", "person"),)
        indexes = (("person",),)


class OidcUse(Model):
    """An attempt that came back from a provider: it comes back no second time. hash: keyed, of its state."""

    id = fields.BigIntField(primary_key=True)
    hash = fields.CharField(max_length=64, unique=True)
    at = UtcDatetimeField()

    class Meta:
        table = "oidc_use"
        indexes = (("at",),)
