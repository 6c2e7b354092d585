from tortoise import migrations
from tortoise.migrations import operations as ops
from engage.database.fields import UtcDatetimeField
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("engage", "0007_notes_and_requests")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Cover",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "school",
                    fields.ForeignKeyField(
                        "engage.School",
                        source_field="school_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="covers",
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
                        related_name="cover_row",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("found_by", fields.CharField(default="", max_length=24)),
                ("url", fields.TextField(default="", unique=False)),
                ("digest", fields.CharField(default="", max_length=64)),
                ("width", fields.IntField(default=0)),
                ("height", fields.IntField(default=0)),
                ("problem", fields.TextField(default="", unique=False)),
                ("tries", fields.SmallIntField(default=0)),
                ("tried_at", UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ("next_try_at", UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "cover",
                "app": "engage",
                "indexes": [Index(fields=["next_try_at"]), Index(fields=["school", "resource"])],
                "pk_attr": "id",
                "table_description": "The picture of a resource: where it came from, or that there is none, so that nobody asks again too soon.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CoverImage",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", fields.CharField(max_length=13)),
                (
                    "school",
                    fields.ForeignKeyField(
                        "engage.School",
                        source_field="school_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="cover_images",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "cover",
                    fields.ForeignKeyField(
                        "engage.Cover",
                        source_field="cover_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="images",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("width", fields.IntField()),
                ("height", fields.IntField()),
                ("body", fields.BinaryField()),
            ],
            options={
                "table": "cover_image",
                "app": "engage",
                "unique_together": (("key", "width"),),
                "pk_attr": "id",
                "table_description": "A picture in one width, as WebP that we made ourselves; nothing foreign is ever served (SAFETY.md, U6).",
            },
            bases=["Model"],
        ),
    ]
