from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from engage.database.operations import DialectSQL


class Migration(migrations.Migration):
    dependencies = [("loans", "0002_indexes")]

    operations = [
        ops.AlterField("Book", "title", fields.TextField(null=True)),
        ops.AddField("Book", "pages", fields.IntField(db_default=0)),
        DialectSQL(sqlite=['DROP INDEX "uq_shelf_in_use"'], postgres=['DROP INDEX "uq_shelf_in_use"']),
        ops.RemoveField("Book", "shelf"),
    ]
