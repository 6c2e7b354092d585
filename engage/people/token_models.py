"""The table of tokens: keys with which other systems read figures and lists."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import District, Person, School


class ApiToken(Model):
    """A key for another system, of a school or of the whole district (school: none).

    token_hash: keyed hash of what was shown once. scopes: words of tokens.Scope, with blanks between. ends_on: the last
    day on which it opens anything. used_on: the last day on which it did.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    district: fields.ForeignKeyRelation[District] = fields.ForeignKeyField("engage.District", "api_tokens")
    school: fields.ForeignKeyNullableRelation[School] = fields.ForeignKeyField("engage.School", "api_tokens", null=True)
    name = fields.TextField()
    token_hash = fields.CharField(max_length=64, unique=True)
    scopes = fields.TextField()
    ends_on = fields.DateField()
    used_on = fields.DateField(null=True)
    revoked_at = UtcDatetimeField(null=True)
    made_at = UtcDatetimeField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "api_tokens", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "api_token"
        indexes = (("district",),)
