from tortoise import migrations
from tortoise.migrations import operations as ops
from engage.database.fields import UtcDatetimeField
from engage.database.operations import DialectSQL
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

# what was typed was taken for just that until somebody of the staff said what it is
TYPED = """INSERT INTO "typed_title_before" ("school_id", "folded", "resource_id", "until")
    SELECT "school_id", "folded", NULL, "at" FROM "typed_title" WHERE "resource_id" IS NOT NULL"""


class Migration(migrations.Migration):
    dependencies = [("engage", "0025_closed_schools")]

    initial = False

    operations = [
        ops.CreateModel(
            name="EntryBefore",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "school",
                    fields.ForeignKeyField(
                        "engage.School",
                        source_field="school_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="entries_before",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "engage.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="entries_before",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "entry",
                    fields.ForeignKeyField(
                        "engage.LogEntry",
                        source_field="entry_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="before",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "resource",
                    fields.ForeignKeyField(
                        "engage.Resource",
                        source_field="resource_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="log_before",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("title", fields.TextField(default="", unique=False)),
                ("until", UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "entry_before",
                "app": "engage",
                "unique_together": (("entry", "until"),),
                "indexes": [Index(fields=["school", "person"])],
                "pk_attr": "id",
                "table_description": "A fact: up to a moment, an entry was of another resource. What two resources were before they became one.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReviewBefore",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "school",
                    fields.ForeignKeyField(
                        "engage.School",
                        source_field="school_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="reviews_before",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "engage.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="reviews_before",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("review", fields.BigIntField()),
                ("on", fields.DateField()),
                ("approved_at", UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "review_before",
                "app": "engage",
                "indexes": [Index(fields=["school", "person"])],
                "pk_attr": "id",
                "table_description": "A fact: a review was approved from one moment to another, for results that were final between them.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TypedTitleBefore",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "school",
                    fields.ForeignKeyField(
                        "engage.School",
                        source_field="school_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="typed_titles_before",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("folded", fields.CharField(max_length=400)),
                (
                    "resource",
                    fields.ForeignKeyField(
                        "engage.Resource",
                        source_field="resource_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="typed_titles_before",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("until", UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "typed_title_before",
                "app": "engage",
                "indexes": [Index(fields=["school", "folded"])],
                "pk_attr": "id",
                "table_description": "A fact: what a typed title was taken for up to a moment, as in TypedTitle. None: for what was typed.",
            },
            bases=["Model"],
        ),
        DialectSQL(sqlite=[TYPED], postgres=[TYPED]),
    ]
