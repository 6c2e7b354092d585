from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("engage", "0011_source_slices")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Source",
            name="rest",
            field=fields.CharField(db_default="", max_length=160),
        ),
    ]
