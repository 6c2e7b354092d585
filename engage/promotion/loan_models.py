"""The tables of circulation counts that were brought in: how often something was borrowed, never by whom."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from engage.database.fields import KeyField, UtcDatetimeField
from engage.people.models import Person, School
from engage.resources.models import Resource


class LoanFile(Model):
    """One file of counts, and what came of it. state: loan_rules.FileState. kind: loan_rules.FileKind.

    mapping: JSON, how its columns are read. left_unread: JSON, the headings of columns that may name a borrower.
    starts, ends: the days that its rows are about where no column says so.
    """

    id = fields.BigIntField(primary_key=True)
    key = KeyField()
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "loan_files")
    by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "engage.Person", "loan_files", null=True, on_delete=fields.SET_NULL
    )
    kind = fields.CharField(max_length=24, default="loans")
    name = fields.TextField()
    file = fields.TextField(default="")
    head = fields.TextField(default="[]")
    mapping = fields.TextField(default="")
    left_unread = fields.TextField(default="[]")
    starts = fields.DateField(null=True)
    ends = fields.DateField(null=True)
    state = fields.CharField(max_length=24, default="looked at")
    counted = fields.IntField(default=0)
    refused = fields.IntField(default=0)
    loans = fields.BigIntField(default=0)
    at = UtcDatetimeField(auto_now_add=True)

    class Meta:
        table = "loan_file"
        indexes = (("school", "at"),)


class LoanRow(Model):
    """Loans of a resource in some days, or why a row was refused. line: of the file; one may tell of several months."""

    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField("engage.School", "loan_rows")
    of_file: fields.ForeignKeyRelation[LoanFile] = fields.ForeignKeyField("engage.LoanFile", "rows")
    line = fields.IntField()
    resource: fields.ForeignKeyNullableRelation[Resource] = fields.ForeignKeyField(
        "engage.Resource", "loan_rows", null=True, on_delete=fields.SET_NULL
    )
    starts = fields.DateField(null=True)
    ends = fields.DateField(null=True)
    loans = fields.IntField(default=0)
    reason = fields.TextField(default="")

    class Meta:
        table = "loan_row"
        unique_together = (("of_file", "line", "starts"),)
        indexes = (("school", "resource"),)
