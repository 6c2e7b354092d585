from tortoise import migrations
from tortoise.migrations import operations as ops
from engage.database.fields import KeyField, UtcDatetimeField, new_key
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("engage", "0003_source_rules")]

    initial = False

    operations = [
        ops.CreateModel(
            name="MuteRule",
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
                        related_name="mute_rules",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "source",
                    fields.ForeignKeyField(
                        "engage.Source",
                        source_field="source_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="mute_rules",
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
                        related_name="mute_rules",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("words", fields.CharField(max_length=200)),
                ("muted", fields.IntField(default=0)),
                ("made_at", UtcDatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "mute_rule",
                "app": "engage",
                "indexes": [Index(fields=["school", "source"])],
                "pk_attr": "id",
                "table_description": "Words that keep an entry out of the inbox: of one source, or of all where source is empty.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="InboxEntry",
            name="access",
            field=fields.TextField(db_default="", unique=False),
        ),
        ops.AddField(
            model_name="InboxEntry",
            name="isbn",
            field=fields.CharField(db_default="", max_length=13),
        ),
        ops.AddField(
            model_name="InboxEntry",
            name="match_key",
            field=fields.CharField(db_default="", max_length=200),
        ),
        ops.AddField(
            model_name="InboxEntry",
            name="mute",
            field=fields.ForeignKeyField(
                "engage.MuteRule",
                source_field="mute_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="entries",
                on_delete=OnDelete.SET_NULL,
            ),
        ),
        ops.AddField(
            model_name="InboxEntry",
            name="publisher",
            field=fields.TextField(db_default="", unique=False),
        ),
        ops.AddField(
            model_name="InboxEntry",
            name="series",
            field=fields.TextField(db_default="", unique=False),
        ),
        ops.AddField(
            model_name="InboxEntry",
            name="subjects",
            field=fields.TextField(db_default="", unique=False),
        ),
        ops.AddField(
            model_name="InboxEntry",
            name="year",
            field=fields.SmallIntField(null=True),
        ),
        ops.AddIndex(
            model_name="InboxEntry",
            index=Index(fields=["school", "match_key"]),
        ),
    ]
