"""The tables of working on a list together: who may, what was suggested, and what staff say to each other."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.lists.models import CuratedList, ListItem
from engage.lists.rules import Part, SuggestionState
from engage.people.models import Person, School
from engage.resources.models import Resource


class ListMember(Model):
    """Somebody besides the owner who works on a list, as editor or suggester. unique: curated, person."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "list_members")
    curated: fields.ForeignKeyRelation[CuratedList] = fields.ForeignKeyField("engage.CuratedList", "members")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "list_memberships")
    part = fields.CharEnumField(Part, max_length=24)
    since = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "list_member"
        unique_together = (("curated", "person"),)
        indexes = (("school", "person"),)


class Suggestion(Model):
    """Something that somebody thinks belongs on a list, until an editor decides.

    resource: where it is in the catalogue; else what was typed stands in `title` (a title or an address). by: nobody
    any more where that person was erased. answer: what the editor says to who suggested it.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "suggestions")
    curated: fields.ForeignKeyRelation[CuratedList] = fields.ForeignKeyField("engage.CuratedList", "suggestions")
    resource: fields.ForeignKeyNullableRelation[Resource] = fields.ForeignKeyField(
        "engage.Resource", "suggestions", null=True
    )
    resource_id: int | None
    title = fields.TextField(default="")
    reason = fields.TextField(default="")
    state = fields.CharEnumField(SuggestionState, max_length=24, default=SuggestionState.WAITING)
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "suggestions", null=True, on_delete=fields.SET_NULL
    )
    by_id: int | None
    at = UtcDatetimeField()
    decided_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "suggestions_decided", null=True, on_delete=fields.SET_NULL
    )
    decided_at = UtcDatetimeField(null=True)
    answer = fields.TextField(default="")

    class Meta:
        table = "suggestion"
        indexes = (("school", "curated", "state"), ("school", "by"))


class ListComment(Model):
    """A word among the staff who work on a list, on all of it or on one item. settled_at: when it was dealt with."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "list_comments")
    curated: fields.ForeignKeyRelation[CuratedList] = fields.ForeignKeyField("engage.CuratedList", "comments")
    item: fields.ForeignKeyNullableRelation[ListItem] = fields.ForeignKeyField(
        "engage.ListItem", "comments", null=True, on_delete=fields.SET_NULL
    )
    item_id: int | None
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "list_comments", null=True, on_delete=fields.SET_NULL
    )
    by_id: int | None
    at = UtcDatetimeField()
    text = fields.TextField()
    settled_at = UtcDatetimeField(null=True)

    class Meta:
        table = "list_comment"
        indexes = (("school", "curated"),)
