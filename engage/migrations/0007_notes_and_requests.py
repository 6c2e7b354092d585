from tortoise import migrations
from tortoise.migrations import operations as ops
from engage.database.fields import KeyField, UtcDatetimeField, new_key
from engage.resources.rules import RequestState
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("engage", "0006_access_facts")]

    initial = False

    operations = [
        ops.CreateModel(
            name="PurchaseRequest",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", KeyField(default=new_key, unique=True, max_length=13)),
                (
                    "school",
                    fields.ForeignKeyField(
                        "engage.School",
                        source_field="school_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="purchase_requests",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "by",
                    fields.ForeignKeyField(
                        "engage.Person",
                        source_field="by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="purchase_requests",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("title", fields.TextField(unique=False)),
                ("creator", fields.TextField(default="", unique=False)),
                ("why", fields.TextField(default="", unique=False)),
                ("isbn", fields.CharField(default="", max_length=13)),
                ("url", fields.TextField(default="", unique=False)),
                (
                    "state",
                    fields.CharEnumField(
                        default=RequestState.ASKED,
                        description="ASKED: asked\nPLANNED: planned\nBOUGHT: bought\nNO: no",
                        enum_type=RequestState,
                        max_length=24,
                    ),
                ),
                ("answer", fields.TextField(default="", unique=False)),
                (
                    "answered_by",
                    fields.ForeignKeyField(
                        "engage.Person",
                        source_field="answered_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="answered_requests",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("answered_at", UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "resource",
                    fields.ForeignKeyField(
                        "engage.Resource",
                        source_field="resource_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="purchase_requests",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("made_at", UtcDatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "purchase_request",
                "app": "engage",
                "indexes": [Index(fields=["school", "state", "made_at"]), Index(fields=["school", "by"])],
                "pk_attr": "id",
                "table_description": "A title that somebody asks the library for, and what the specialist answers.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SelectionNote",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "school",
                    fields.ForeignKeyField(
                        "engage.School",
                        source_field="school_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="selection_notes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "resource",
                    fields.OneToOneField(
                        "engage.Resource",
                        source_field="resource_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="selection_note",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "by",
                    fields.ForeignKeyField(
                        "engage.Person",
                        source_field="by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="selection_notes",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("authority", fields.TextField(default="", unique=False)),
                ("currency", fields.TextField(default="", unique=False)),
                ("viewpoint", fields.TextField(default="", unique=False)),
                ("access", fields.TextField(default="", unique=False)),
                ("curriculum", fields.TextField(default="", unique=False)),
                ("verdict", fields.TextField(default="", unique=False)),
                ("shown", fields.BooleanField(default=False)),
                ("made_at", UtcDatetimeField(auto_now=False, auto_now_add=True)),
                ("changed_at", UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "selection_note",
                "app": "engage",
                "indexes": [Index(fields=["school", "resource"])],
                "pk_attr": "id",
                "table_description": 'How a resource was chosen, by the usual questions. shown: students read it as "How we chose this".',
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="School",
            name="shows_measures",
            field=fields.BooleanField(db_default=False),
        ),
    ]
