from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("engage", "0015_taking_part")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Person",
            name="shown",
            field=fields.CharField(db_default="", max_length=40),
        ),
    ]
