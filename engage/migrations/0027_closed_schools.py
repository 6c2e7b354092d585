from tortoise import migrations
from tortoise.migrations import operations as ops
from engage.database.fields import UtcDatetimeField


class Migration(migrations.Migration):
    dependencies = [("engage", "0022_lti")]

    initial = False

    operations = [
        ops.AddField(
            model_name="School",
            name="closed_at",
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
