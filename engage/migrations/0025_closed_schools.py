from tortoise import migrations
from tortoise.migrations import operations as ops
from engage.database.fields import UtcDatetimeField
from engage.database.operations import DialectSQL


# courses that wait to hear of somebody; what was said stays in the table, and must not be gone through each time
OPEN = """CREATE INDEX "lti_line_open" ON "lti_line" ("platform_id", "curated_id") WHERE "sent_at" IS NULL"""
GONE = """DROP INDEX "lti_line_open" """


class Migration(migrations.Migration):
    dependencies = [("engage", "0024_session_says_nothing")]

    initial = False

    operations = [
        ops.AddField(
            model_name="School",
            name="closed_at",
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        DialectSQL(sqlite=[OPEN], postgres=[OPEN], sqlite_down=[GONE], postgres_down=[GONE]),
    ]
