"""The tables that fill a cycle: a school's own frameworks, evidence, and what is to be done about a finding."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.evaluation.models import Cycle
from engage.people.models import Person, School


class PracticeFramework(Model):
    """A framework that a school wrote or changed. content: as engage.evaluation.framework_files writes it.

    version: rises with every change; a cycle keeps the words that it began with, so nothing here changes it.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "practice_frameworks")
    title = fields.TextField()
    version = fields.IntField(default=1)
    content = fields.TextField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "practice_frameworks", null=True, on_delete=fields.SET_NULL
    )
    changed_at = UtcDatetimeField()

    class Meta:
        table = "practice_framework"


class Evidence(Model):
    """Something that shows how a criterion is met, frozen as it was.

    kind: a value of cycle_rules.Proof. snapshot: what is shown of it, pairs of a label and words as JSON; it names no
    student. address: of a web page, which we never ask for. on: the day that it speaks of.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "evidence")
    cycle: fields.ForeignKeyRelation[Cycle] = fields.ForeignKeyField("engage.Cycle", "evidence")
    criterion = fields.CharField(max_length=24)
    kind = fields.CharField(max_length=24)
    title = fields.TextField()
    note = fields.TextField(default="")
    address = fields.TextField(default="")
    snapshot = fields.TextField(default="[]")
    on = fields.DateField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "evidence", null=True, on_delete=fields.SET_NULL
    )
    at = UtcDatetimeField()

    class Meta:
        table = "evidence"
        indexes = (("school", "cycle"),)


class EvidenceFile(Model):
    """The file of a piece of evidence. A picture is ours, drawn anew; anything else is given as a download only."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "evidence_files")
    evidence: fields.OneToOneRelation[Evidence] = fields.OneToOneField("engage.Evidence", "file")
    name = fields.CharField(max_length=120)
    media_type = fields.CharField(max_length=100)
    size = fields.IntField()
    body = fields.BinaryField()

    class Meta:
        table = "evidence_file"


class PlannedAction(Model):
    """What is to be done because of a finding, by whom and when, and what came of it.

    who: a role or a team, in words. carried_from: the same action in the cycle before, where it was left open.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "planned_actions")
    cycle: fields.ForeignKeyRelation[Cycle] = fields.ForeignKeyField("engage.Cycle", "planned_actions")
    criterion = fields.CharField(max_length=24)
    what = fields.TextField()
    who = fields.TextField(default="")
    due_on = fields.DateField(null=True)
    state = fields.CharField(max_length=24, default="open")
    outcome = fields.TextField(default="")
    carried_from: fields.ForeignKeyNullableRelation[PlannedAction] = fields.ForeignKeyField(
        "engage.PlannedAction", "carried_to", null=True, on_delete=fields.SET_NULL
    )
    version = fields.IntField(default=1)
    at = UtcDatetimeField()

    class Meta:
        table = "planned_action"
        unique_together = (("cycle", "carried_from"),)
        indexes = (("school", "cycle"),)
