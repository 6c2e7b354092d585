from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("engage", "0010_search_by_popularity")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Source",
            name="slices",
            field=fields.TextField(db_default="", unique=False),
        ),
    ]
