"""The tables as they are after the last step."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Book(Model):
    """A book; its words stand in an index; of its shelf marks none is there twice."""

    id = fields.BigIntField(primary_key=True)
    isbn = fields.CharField(max_length=20, unique=True)
    title = fields.TextField(null=True)
    pages = fields.IntField(db_default=0)
    withdrawn = fields.BooleanField(default=False)

    class Meta:
        table = "loans_book"
        indexes = (("title", "withdrawn"),)


class Loan(Model):
    """A book lent to somebody."""

    id = fields.BigIntField(primary_key=True)
    book: fields.ForeignKeyRelation[Book] = fields.ForeignKeyField("loans.Book", "loans")
    reader = fields.TextField()

    class Meta:
        table = "loans_loan"
        unique_together = (("book", "reader"),)
        indexes = (("book", "reader"),)
