from tortoise import migrations
from tortoise.migrations import operations as ops
from engage.resources.rules import SourceState
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("engage", "0002_indexes")]

    initial = False

    operations = [
        ops.AlterField(
            model_name="Source",
            name="state",
            field=fields.CharEnumField(
                default=SourceState.ACTIVE,
                description="SUGGESTED: suggested\nACTIVE: active\nPAUSED: paused\nRETIRED: retired",
                enum_type=SourceState,
                max_length=24,
            ),
        ),
        ops.AddField(
            model_name="Source",
            name="audience_high",
            field=fields.SmallIntField(null=True),
        ),
        ops.AddField(
            model_name="Source",
            name="audience_low",
            field=fields.SmallIntField(null=True),
        ),
        ops.AddField(
            model_name="Source",
            name="default_list",
            field=fields.CharField(db_default="", max_length=13),
        ),
        ops.AddField(
            model_name="Source",
            name="language",
            field=fields.CharField(db_default="", max_length=12),
        ),
        ops.AddField(
            model_name="Source",
            name="topic",
            field=fields.TextField(db_default="", unique=False),
        ),
    ]
