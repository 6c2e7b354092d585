from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Book",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("isbn", fields.CharField(max_length=20, unique=True)),
                ("title", fields.TextField()),
                ("shelf", fields.TextField(null=True)),
                ("withdrawn", fields.BooleanField(default=False)),
            ],
            options={
                "table": "loans_book",
                "app": "loans",
                "pk_attr": "id",
                "indexes": [Index(fields=["title", "withdrawn"])],
                "table_description": "A book; its words stand in an index; of its shelf marks none is there twice.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Loan",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("book", fields.ForeignKeyField("loans.Book", related_name="loans", on_delete=fields.CASCADE)),
                ("reader", fields.TextField()),
            ],
            options={
                "table": "loans_loan",
                "app": "loans",
                "pk_attr": "id",
                "unique_together": (("book", "reader"),),
                "indexes": [Index(fields=["book", "reader"])],
            },
            bases=["Model"],
        ),
    ]
