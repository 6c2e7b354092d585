from tortoise import migrations
from tortoise.migrations import operations as ops
from engage.database.fields import KeyField, UtcDatetimeField, new_key
from engage.database.operations import DialectSQL
from engage.resources.rules import LinkState
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

# links made before have no key yet: 13 hexadecimal digits, all of them random, are within the alphabet of keys
KEYS_ON_SQLITE = """UPDATE "link" SET "key" = substr(lower(hex(randomblob(7))), 1, 13) WHERE "key" IS NULL"""
KEYS_ON_POSTGRES = """UPDATE "link" SET "key" = substr(replace(gen_random_uuid()::text, '-', ''), 18, 13)
    WHERE "key" IS NULL"""


class Migration(migrations.Migration):
    dependencies = [("engage", "0008_cover_pictures")]

    initial = False

    operations = [
        ops.CreateModel(
            name="LinkCheck",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "school",
                    fields.ForeignKeyField(
                        "engage.School",
                        source_field="school_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="link_checks",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "link",
                    fields.ForeignKeyField(
                        "engage.Link",
                        source_field="link_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="checks",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("at", UtcDatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "state",
                    fields.CharEnumField(
                        description="UNCHECKED: unchecked\nALIVE: alive\nMOVED: moved\nCHANGED: changed\nSIGN_IN: sign-in needed\nDEAD: dead",
                        enum_type=LinkState,
                        max_length=24,
                    ),
                ),
                ("sentence", fields.TextField(default="", unique=False)),
                (
                    "by",
                    fields.ForeignKeyField(
                        "engage.Person",
                        source_field="by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="link_repairs",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
            ],
            options={
                "table": "link_check",
                "app": "engage",
                "indexes": [Index(fields=["school", "link", "at"])],
                "pk_attr": "id",
                "table_description": "One look at a link, or one repair: what was found, or what a person did about it.",
            },
            bases=["Model"],
        ),
        ops.AlterField(
            model_name="Link",
            name="state",
            field=fields.CharEnumField(
                default=LinkState.UNCHECKED,
                description="UNCHECKED: unchecked\nALIVE: alive\nMOVED: moved\nCHANGED: changed\nSIGN_IN: sign-in needed\nDEAD: dead",
                enum_type=LinkState,
                max_length=24,
            ),
        ),
        ops.AddField(
            model_name="Link",
            name="failures",
            field=fields.SmallIntField(db_default=0),
        ),
        ops.AddField(
            model_name="Link",
            name="fingerprint",
            field=fields.CharField(db_default="", max_length=64),
        ),
        ops.AddField(
            model_name="Link",
            name="found",
            field=fields.TextField(db_default="", unique=False),
        ),
        ops.AddField(
            model_name="Link",
            name="key",
            field=KeyField(null=True, default=new_key, unique=True, max_length=13),
        ),
        ops.AddField(
            model_name="Link",
            name="moved_to",
            field=fields.TextField(db_default="", unique=False),
        ),
        ops.AddField(
            model_name="Link",
            name="next_check_at",
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name="Link",
            index=Index(fields=["school", "state"]),
        ),
        ops.AddIndex(
            model_name="Link",
            index=Index(fields=["next_check_at"]),
        ),
        DialectSQL(sqlite=[KEYS_ON_SQLITE], postgres=[KEYS_ON_POSTGRES]),
    ]
