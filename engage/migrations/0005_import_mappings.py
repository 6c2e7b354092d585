from tortoise import migrations
from tortoise.migrations import operations as ops
from engage.database.fields import UtcDatetimeField
from tortoise.fields.base import OnDelete
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("engage", "0004_inbox_rules")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ImportMapping",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "school",
                    fields.ForeignKeyField(
                        "engage.School",
                        source_field="school_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="import_mappings",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=24)),
                ("headings", fields.CharField(default="", max_length=64)),
                ("mapping", fields.TextField(unique=False)),
                ("changed_at", UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "import_mapping",
                "app": "engage",
                "unique_together": (("school", "kind", "headings"),),
                "pk_attr": "id",
                "table_description": "How a school reads files of one kind, remembered from the last time it said so.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Import",
            name="mapping",
            field=fields.TextField(db_default="", unique=False),
        ),
        ops.AddField(
            model_name="ImportRow",
            name="before",
            field=fields.TextField(db_default="", unique=False),
        ),
    ]
