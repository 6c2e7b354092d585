from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("engage", "0023_editions")]

    initial = False

    operations = [
        ops.RemoveField(model_name="Session", name="said"),
    ]
