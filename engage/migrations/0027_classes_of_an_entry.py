from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from engage.database.operations import DialectSQL

# 0 was for entries in no class, and is from now on for all that somebody adds
WHOLE = """INSERT INTO "goal_share" ("school_id", "challenge_id", "person_id", "class_id", "amount")
    SELECT "school_id", "challenge_id", "person_id", 0, SUM("amount") FROM "goal_share"
    WHERE TRUE GROUP BY "school_id", "challenge_id", "person_id"
    ON CONFLICT ("challenge_id", "person_id", "class_id") DO UPDATE SET "amount" = excluded."amount" """


class Migration(migrations.Migration):
    dependencies = [("engage", "0026_results_stay")]

    initial = False

    operations = [
        ops.AddField(
            model_name="LogEntry",
            name="also_in",
            field=fields.CharField(db_default="", max_length=400),
        ),
        DialectSQL(sqlite=[WHOLE], postgres=[WHOLE]),
    ]
