from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from engage.database.operations import DialectSQL

# what a report counts of one period it reads from two indexes, whatever was logged before; see engage.evaluation.stock.
# the state is in it because SQLite looks it up in the table otherwise
FINISHED = """CREATE INDEX "resource_progress_finished" ON "resource_progress"
    ("school_id", "on", "resource_id", "person_id", "state") WHERE "state" = 'finished'"""
GONE = """DROP INDEX "resource_progress_finished" """


class Migration(migrations.Migration):
    dependencies = [("engage", "0020_staff_hours")]

    initial = False

    operations = [
        ops.AddIndex(
            model_name="ResourceProgress",
            index=Index(fields=["school", "started_on", "resource", "person"]),
        ),
        DialectSQL(sqlite=[FINISHED], postgres=[FINISHED], sqlite_down=[GONE], postgres_down=[GONE]),
    ]
