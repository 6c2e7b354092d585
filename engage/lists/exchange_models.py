"""The tables of exchange between libraries: where a list came from, what it proposes, and what is not held here."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.lists.models import CuratedList
from engage.lists.rules import ProposalState
from engage.people.models import Person, School


class Origin(Model):
    """Where an adopted or forked list came from, one for a list.

    address: of the list's exchange document, as asked. library, title: as the origin calls itself and the list.
    linked: adopted, so that changes there arrive as proposals; a fork is not linked. seen: the origin's list as it
    was last taken over or refused, as JSON; etag: sent back byte for byte. next_look: when the job asks again.
    failures: in a row. problem: what hindered the last look, in words.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "origins")
    curated: fields.OneToOneRelation[CuratedList] = fields.OneToOneField("engage.CuratedList", "origin")
    address = fields.TextField()
    library = fields.TextField(default="")
    title = fields.TextField(default="")
    linked = fields.BooleanField(default=True)
    seen = fields.TextField(default="")
    etag = fields.TextField(default="")
    looked_at = UtcDatetimeField(null=True)
    next_look = UtcDatetimeField(null=True)
    failures = fields.IntField(default=0)
    problem = fields.TextField(default="")
    taken_at = UtcDatetimeField()

    class Meta:
        table = "origin"
        indexes = (("school", "next_look"),)


class ListProposal(Model):
    """A change that the origin of an adopted list made, until somebody here decides.

    kind: added, removed, note, moved or words. guid: of the item there, "" for the list. was, now: as JSON.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "list_proposals")
    curated: fields.ForeignKeyRelation[CuratedList] = fields.ForeignKeyField("engage.CuratedList", "proposals")
    kind = fields.CharField(max_length=24)
    guid = fields.TextField(default="")
    was = fields.TextField(default="")
    now = fields.TextField(default="")
    state = fields.CharEnumField(ProposalState, max_length=24, default=ProposalState.WAITING)
    at = UtcDatetimeField()
    decided_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "list_proposals_decided", null=True, on_delete=fields.SET_NULL
    )
    decided_at = UtcDatetimeField(null=True)

    class Meta:
        table = "list_proposal"
        indexes = (("school", "curated", "state"),)


class Missing(Model):
    """A title of an adopted or forked list that the library here does not hold, as the origin describes it.

    guid: of the item there. record: its facts as JSON (title, creators, ISBNs, mode, format, year, note), so that it
    can be asked for, bought, or given a substitute. position: where it stood, from 1. gone_at: dealt with.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "missing_titles")
    curated: fields.ForeignKeyRelation[CuratedList] = fields.ForeignKeyField("engage.CuratedList", "missing")
    guid = fields.TextField(default="")
    record = fields.TextField()
    position = fields.IntField(default=0)
    at = UtcDatetimeField(auto_now_add=True)
    gone_at = UtcDatetimeField(null=True)

    class Meta:
        table = "missing_title"
        indexes = (("school", "curated"),)
