"""The tables of curated lists: sections, items in order, and every revision."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.lists.rules import ListKind, State, Visibility
from engage.people.models import Person, School, SchoolClass
from engage.resources.models import Resource


class CuratedList(Model):
    """A list that belongs to the library. ink and scene: the poster (DESIGN-SYSTEM.md, section 7).

    version rises with every change that a reader could see: of the list, its items, or a resource on it.
    publish_at, publish_until: when it goes before its readers by itself, and when it leaves them. is_template: lists
    are started from it, and nobody reads it. offered: other libraries may adopt it.
    items: how many stand on it; reading, viewing, listening: how many of each mode. Kept by the actions.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "lists")
    school_id: int
    slug = fields.CharField(max_length=80)
    title = fields.TextField()
    introduction = fields.TextField(default="")
    kind = fields.CharEnumField(ListKind, max_length=24, default=ListKind.LIST)
    state = fields.CharEnumField(State, max_length=24, default=State.DRAFT)
    visibility = fields.CharEnumField(Visibility, max_length=24, default=Visibility.SCHOOL)
    owner: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "lists", null=True, on_delete=fields.SET_NULL
    )
    owner_id: int | None
    ink = fields.CharField(max_length=12, default="night")
    scene = fields.CharField(max_length=12, default="sky")
    grade_low = fields.SmallIntField(null=True)
    grade_high = fields.SmallIntField(null=True)
    review_by = fields.DateField(null=True)
    published_at = UtcDatetimeField(null=True)
    publish_at = UtcDatetimeField(null=True)
    publish_until = UtcDatetimeField(null=True)
    is_template = fields.BooleanField(db_default=False)
    offered = fields.BooleanField(db_default=False)
    version = fields.IntField(default=1)
    items_count = fields.IntField(default=0)
    reading = fields.IntField(default=0)
    viewing = fields.IntField(default=0)
    listening = fields.IntField(default=0)
    made_at = UtcDatetimeField(auto_now_add=True)
    changed_at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "curated_list"
        unique_together = (("school", "slug"),)
        indexes = (("school", "state", "published_at"),)


class ListClass(Model):
    """A school class that a class-only list is for. unique: curated, school_class."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "list_classes")
    curated: fields.ForeignKeyRelation[CuratedList] = fields.ForeignKeyField("engage.CuratedList", "classes")
    school_class: fields.ForeignKeyRelation[SchoolClass] = fields.ForeignKeyField("engage.SchoolClass", "lists")

    class Meta:
        table = "list_class"
        unique_together = (("curated", "school_class"),)


class Section(Model):
    """A part of a list under a heading of its own, in order; note: a line beside the heading."""

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "sections")
    curated: fields.ForeignKeyRelation[CuratedList] = fields.ForeignKeyField("engage.CuratedList", "sections")
    title = fields.TextField()
    note = fields.TextField(default="")
    position = fields.IntField(default=0)

    class Meta:
        table = "section"
        indexes = (("school", "curated"),)


class ListItem(Model):
    """A resource on a list, once, with the reason for it. position: order on the whole list, from 1.

    found: a saved search put it there, and may take it off again unless it is pinned. guid: of the item at the library
    where an adopted list came from.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "list_items")
    curated: fields.ForeignKeyRelation[CuratedList] = fields.ForeignKeyField("engage.CuratedList", "items")
    section: fields.ForeignKeyNullableRelation[Section] = fields.ForeignKeyField(
        "engage.Section", "items", null=True, on_delete=fields.SET_NULL
    )
    resource: fields.ForeignKeyRelation[Resource] = fields.ForeignKeyField("engage.Resource", "list_items")
    position = fields.IntField(default=0)
    annotation = fields.TextField(default="")
    start_here = fields.BooleanField(default=False)
    pinned = fields.BooleanField(db_default=False)
    found = fields.BooleanField(db_default=False)
    guid = fields.TextField(null=True)
    version = fields.IntField(default=1)
    added_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "items_added", null=True, on_delete=fields.SET_NULL
    )
    added_at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "list_item"
        unique_together = (("curated", "resource"),)
        indexes = (("school", "curated", "position"), ("school", "resource"))


class Revision(Model):
    """One change of a list: who, what, when, and the whole list as it then was (JSON). Never changed."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "revisions")
    curated: fields.ForeignKeyRelation[CuratedList] = fields.ForeignKeyField("engage.CuratedList", "revisions")
    number = fields.IntField()
    at = UtcDatetimeField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "revisions", null=True, on_delete=fields.SET_NULL
    )
    act = fields.CharField(max_length=40)
    what = fields.TextField(default="")
    snapshot = fields.TextField(default="")

    class Meta:
        table = "revision"
        unique_together = (("curated", "number"),)
