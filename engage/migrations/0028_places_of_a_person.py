from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("engage", "0027_classes_of_an_entry")]

    initial = False

    operations = [
        ops.AddIndex(
            model_name="ResourceProgress",
            index=Index(fields=["school", "person"]),
        ),
    ]
