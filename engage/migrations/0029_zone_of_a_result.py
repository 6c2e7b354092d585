from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("engage", "0028_places_of_a_person")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Program",
            name="zone",
            field=fields.CharField(db_default="", max_length=60),
        ),
    ]
