from tortoise import migrations
from engage.database.operations import DialectSQL

GONE = 'SELECT g."id" FROM "resource" g WHERE g."merged_into_id" IS NOT NULL'


def stays(table: str, column: str = "resource_id") -> str:
    """What a merged resource became, of the row that is updated."""
    return f"""(SELECT g."merged_into_id" FROM "resource" g
        WHERE g."id"="{table}"."{column}" AND g."school_id"="{table}"."school_id")"""


def follow(table: str, column: str = "resource_id") -> str:
    return f'UPDATE "{table}" SET "{column}"={stays(table, column)} WHERE "{column}" IN ({GONE})'


# one of each writer, where there is none yet: what others read before what waits, before what is over; the newer
ONE_OF_A_WRITER = """SELECT t."id" FROM (SELECT r."id", ROW_NUMBER() OVER (
        PARTITION BY r."person_id", g."merged_into_id" ORDER BY
        CASE WHEN r."approved_text"<>'' AND r."hidden_at" IS NULL THEN 0 ELSE 1 END,
        CASE WHEN r."state" IN ('rejected', 'withdrawn') THEN 1 ELSE 0 END, r."written_at" DESC, r."id" DESC
    ) AS "place" FROM "review" r
    JOIN "resource" g ON g."id"=r."resource_id" AND g."school_id"=r."school_id" AND g."merged_into_id" IS NOT NULL
    WHERE r."person_id" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "review" o WHERE o."school_id"=r."school_id"
        AND o."person_id"=r."person_id" AND o."resource_id"=g."merged_into_id")) t WHERE t."place"=1"""
REVIEWS = f"""{follow("review")} AND ("person_id" IS NULL OR "id" IN ({ONE_OF_A_WRITER}))"""

# what was sent away stays away, also as the one that stays
SENT_AWAY = """SELECT MIN(o."dismissed_at") FROM "recommendation" o JOIN "resource" g ON g."id"=o."resource_id"
    WHERE o."school_id"="recommendation"."school_id" AND o."person_id"="recommendation"."person_id"
    AND COALESCE(g."merged_into_id", g."id")=(SELECT COALESCE(m."merged_into_id", m."id") FROM "resource" m
        WHERE m."id"="recommendation"."resource_id")"""
AWAY = f"""UPDATE "recommendation" SET "dismissed_at"=({SENT_AWAY}) WHERE "dismissed_at" IS NULL
    AND "person_id" IN (SELECT r."person_id" FROM "recommendation" r
        WHERE r."dismissed_at" IS NOT NULL AND r."resource_id" IN ({GONE}))"""
TWICE = """DELETE FROM "recommendation" WHERE "id" IN (SELECT t."id" FROM (SELECT r."id", ROW_NUMBER() OVER (
        PARTITION BY r."person_id", COALESCE(g."merged_into_id", g."id")
        ORDER BY CASE WHEN g."merged_into_id" IS NULL THEN 0 ELSE 1 END, r."id") AS "place"
    FROM "recommendation" r JOIN "resource" g ON g."id"=r."resource_id" AND g."school_id"=r."school_id") t
    WHERE t."place">1)"""
FOR_ITS_OWN_SAKE = 'DELETE FROM "recommendation" WHERE "because_id"="resource_id" AND "dismissed_at" IS NULL'

STEPS = [
    *(follow(table) for table in ("booktalk", "loan_row")),
    *(REVIEWS, AWAY, TWICE, follow("recommendation"), follow("recommendation", "because_id"), FOR_ITS_OWN_SAKE),
]


class Migration(migrations.Migration):
    """What was of resources that were merged before this follows, as it does by now when they are merged."""

    dependencies = [("engage", "0030_rosters_taken_back")]

    initial = False

    operations = [DialectSQL(sqlite=STEPS, postgres=STEPS)]
