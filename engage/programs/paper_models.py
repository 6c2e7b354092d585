"""The tables of what staff enter and look after: batches, paper sheets, typed titles, flagged entries."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import Person, School, SchoolClass
from engage.programs.models import LogEntry, Program
from engage.resources.models import Resource


class LogBatch(Model):
    """Entries that staff made together: for a whole class, or from paper sheets. Undone as one.

    kind: "class" or "paper". key stands in LogEntry.batch.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "log_batches")
    kind = fields.CharField(max_length=24)
    program: fields.ForeignKeyNullableRelation[Program] = fields.ForeignKeyField(
        "engage.Program", "batches", null=True, on_delete=fields.SET_NULL
    )
    school_class: fields.ForeignKeyNullableRelation[SchoolClass] = fields.ForeignKeyField(
        "engage.SchoolClass", "log_batches", null=True, on_delete=fields.SET_NULL
    )
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "log_batches", null=True, on_delete=fields.SET_NULL
    )
    note = fields.TextField(default="")
    entries = fields.IntField(default=0)
    form_key = fields.CharField(max_length=40)
    at = UtcDatetimeField()
    undone_at = UtcDatetimeField(null=True)
    undone_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "log_batches_undone", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "log_batch"
        unique_together = (("school", "form_key"),)
        indexes = (("school", "at"),)


class PaperSheet(Model):
    """A printed sheet on which one student notes a week, found again by its short code.

    first_on: the first day of the week that it covers. batch: key of the batch that entered it, "" before.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "paper_sheets")
    code = fields.CharField(max_length=12)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("engage.Person", "paper_sheets")
    program: fields.ForeignKeyNullableRelation[Program] = fields.ForeignKeyField(
        "engage.Program", "paper_sheets", null=True, on_delete=fields.SET_NULL
    )
    school_class: fields.ForeignKeyNullableRelation[SchoolClass] = fields.ForeignKeyField(
        "engage.SchoolClass", "paper_sheets", null=True, on_delete=fields.SET_NULL
    )
    first_on = fields.DateField()
    printed_at = UtcDatetimeField()
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "paper_sheets_printed", null=True, on_delete=fields.SET_NULL
    )
    batch = fields.CharField(max_length=13, default="")

    class Meta:
        table = "paper_sheet"
        unique_together = (("school", "code"), ("program", "person", "first_on"))
        indexes = (("school", "person"),)


class TypedTitle(Model):
    """What staff said about a title that people typed: which resource it is, or that it is none of ours.

    folded: the words as engage.database.fold.words gives them, with single blanks. Nothing here says who typed it.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "typed_titles")
    folded = fields.CharField(max_length=400)
    resource: fields.ForeignKeyNullableRelation[Resource] = fields.ForeignKeyField(
        "engage.Resource", "typed_titles", null=True, on_delete=fields.CASCADE
    )
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "typed_titles", null=True, on_delete=fields.SET_NULL
    )
    at = UtcDatetimeField()

    class Meta:
        table = "typed_title"
        unique_together = (("school", "folded"),)


class TypedTitleBefore(Model):
    """A fact: what a typed title was taken for up to a moment, as in TypedTitle. None: for what was typed.

    A row for each time that it changed. Results that were final by then go on counting it as that.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "typed_titles_before")
    folded = fields.CharField(max_length=400)
    resource: fields.ForeignKeyNullableRelation[Resource] = fields.ForeignKeyField(
        "engage.Resource", "typed_titles_before", null=True, on_delete=fields.CASCADE
    )
    until = UtcDatetimeField()

    class Meta:
        table = "typed_title_before"
        indexes = (("school", "folded"),)


class EntryFlag(Model):
    """An entry that staff should look at; it counts all the same. unique: entry.

    why: the sentence that says what is unusual, without a title.
    """

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "entry_flags")
    program: fields.ForeignKeyRelation[Program] = fields.ForeignKeyField("engage.Program", "entry_flags")
    entry: fields.OneToOneRelation[LogEntry] = fields.OneToOneField("engage.LogEntry", "flag")
    why = fields.TextField()
    at = UtcDatetimeField()
    looked_at = UtcDatetimeField(null=True)
    looked_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "entry_flags_seen", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "entry_flag"
        indexes = (("school", "program", "looked_at"),)
