from tortoise import migrations
from tortoise.migrations import operations as ops
from engage.database.operations import DialectSQL
from engage.resources.rules import ResourceState
from tortoise.fields.base import OnDelete
from tortoise import fields

# as engage.resources.keeping has it: a copy is in, or nobody counts copies; or it is open on the web
IN_NOW = """UPDATE "resource" SET "available" = TRUE WHERE EXISTS (
    SELECT 1 FROM "holding" WHERE "holding"."resource_id" = "resource"."id" AND "holding"."gone_at" IS NULL
        AND coalesce("holding"."available", "holding"."copies") > 0
) OR EXISTS (
    SELECT 1 FROM "link" WHERE "link"."resource_id" = "resource"."id" AND "link"."access" = ''
)"""


class Migration(migrations.Migration):
    dependencies = [("engage", "0005_import_mappings")]

    initial = False

    operations = [
        ops.AlterField(
            model_name="Resource",
            name="state",
            field=fields.CharEnumField(
                default=ResourceState.OFFERED,
                description="OFFERED: offered\nWITHDRAWN: withdrawn\nTAKEN_BACK: taken back\nMERGED: merged",
                enum_type=ResourceState,
                max_length=24,
            ),
        ),
        ops.AddField(
            model_name="Resource",
            name="audio_description",
            field=fields.BooleanField(null=True),
        ),
        ops.AddField(
            model_name="Resource",
            name="available",
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name="Resource",
            name="captions",
            field=fields.BooleanField(null=True),
        ),
        ops.AddField(
            model_name="Resource",
            name="large_print",
            field=fields.BooleanField(null=True),
        ),
        ops.AddField(
            model_name="Resource",
            name="merged_into",
            field=fields.ForeignKeyField(
                "engage.Resource",
                source_field="merged_into_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="merged",
                on_delete=OnDelete.SET_NULL,
            ),
        ),
        ops.AddField(
            model_name="Resource",
            name="picture",
            field=fields.CharField(db_default="", max_length=13),
        ),
        ops.AddField(
            model_name="Resource",
            name="transcript",
            field=fields.BooleanField(null=True),
        ),
        DialectSQL(sqlite=[IN_NOW], postgres=[IN_NOW]),
    ]
