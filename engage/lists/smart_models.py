"""The tables of lists that refill themselves: the search behind one, and what was kept out of it."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import UtcDatetimeField
from engage.lists.models import CuratedList
from engage.people.models import Person, School
from engage.resources.models import Resource


class SavedSearch(Model):
    """The search that refills a list, one for a list.

    words: as typed. facets: the chosen ones as JSON, names and values as in the address of a search. most: how many
    items the list may have, pinned ones included. filled_at: when it was refilled last; problem: what hindered it.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "saved_searches")
    curated: fields.OneToOneRelation[CuratedList] = fields.OneToOneField("engage.CuratedList", "saved_search")
    words = fields.TextField(default="")
    facets = fields.TextField(default="{}")
    order = fields.CharField(max_length=24, default="")
    most = fields.IntField(default=40)
    filled_at = UtcDatetimeField(null=True)
    problem = fields.TextField(default="")

    class Meta:
        table = "saved_search"
        indexes = (("school", "filled_at"),)


class Exclusion(Model):
    """A resource that a saved search must not put on its list. unique: curated, resource."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "exclusions")
    curated: fields.ForeignKeyRelation[CuratedList] = fields.ForeignKeyField("engage.CuratedList", "exclusions")
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "exclusions")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "exclusions", null=True, on_delete=fields.SET_NULL
    )
    at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "exclusion"
        unique_together = (("curated", "resource"),)
        indexes = (("school", "curated"),)
