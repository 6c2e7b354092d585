"""What the statements of rosters have in common: which rows of a preview are meant, who is let go, what ends."""

from datetime import date, datetime
from typing import Any

from tortoise.connection import get_connection

from engage.database.queue import sql
from engage.database.tenancy import every_school

# the rows of the preview of one kind; ? is the school, ? the import
OF = """r."school_id"=? AND r."of_import_id"=? AND r."what"='{what}' AND r."outcome"='{outcome}'"""
CLASS_ADDED = OF.format(what="class", outcome="added")
CLASS_CHANGED = OF.format(what="class", outcome="changed")
CLASS_GONE = OF.format(what="class", outcome="gone")
PERSON_ADDED = OF.format(what="person", outcome="added")
PERSON_CHANGED = OF.format(what="person", outcome="changed")
PERSON_GONE = OF.format(what="person", outcome="gone")
MEMBER_ADDED = OF.format(what="member", outcome="added")
MEMBER_CHANGED = OF.format(what="member", outcome="changed")
MEMBER_GONE = OF.format(what="member", outcome="gone")
THOSE_GONE = f'SELECT r."person_id" FROM "roster_row" r WHERE {PERSON_GONE}'
THOSE_ROOMS = f'SELECT r."school_class_id" FROM "roster_row" r WHERE {CLASS_GONE}'
KNOW = """ON CONFLICT ("school_id", "what", "hash") DO UPDATE
    SET "person_id"=excluded."person_id", "school_class_id"=excluded."school_class_id", "role"=excluded."role" """
# whoever keeps a role that the roster did not give
KEEPS = """EXISTS (SELECT 1 FROM "membership" o WHERE o."person_id"={person}
    AND NOT (o."school_id"={school} AND o."role"={role}))"""


async def do(statement: str, now: datetime, values: list[Any]) -> None:
    """One statement. {now} in it stands for the moment, which then is its first value."""
    client = get_connection("default")
    if "{now}" in statement:
        lite = client.capabilities.dialect == "sqlite"
        statement = statement.replace("{now}", "?" if lite else "CAST(? AS TIMESTAMPTZ)")
        values = [now, *values]
    await client.execute_query(sql(statement, client), values)


async def let_people_go(which: str, school_id: int, of: list[Any], last: date, now: datetime) -> None:
    """End what a roster gave people here, and all where that was all that they had (SAFETY.md, A6).

    which: what follows FROM, with r for rows that have the person, the school and the role of the roster; of: its
    values. last: their last day in classes.
    """
    gone = f'"person_id" IN (SELECT r."person_id" FROM {which})'
    roster_only = f"""UPDATE "class_member" SET "until"=? WHERE "school_id"=? AND "until" IS NULL AND "by_roster"
        AND {gone}"""
    await do(roster_only, now, [last, school_id, *of])
    keeps = KEEPS.format(person='r."person_id"', school='r."school_id"', role='r."role"')
    table, _, where = which.partition(" WHERE ")
    with every_school("whoever has a role at another school is not gone"):
        await do(
            f"""DELETE FROM "membership" WHERE "school_id"=? AND "id" IN (SELECT m."id" FROM {table}
            JOIN "membership" m ON m."school_id"=r."school_id" AND m."person_id"=r."person_id" AND m."role"=r."role"
            WHERE {where} AND {keeps})""",
            now,
            [school_id, *of],
        )
        # of those who are left with the roster's role alone, or with none, nothing goes on
        none = f'SELECT r."person_id" FROM {which} AND NOT {keeps}'
        await do(f"""UPDATE "person" SET "status"='gone', "gone_at"=? WHERE "id" IN ({none})""", now, [now, *of])
        await do(
            f"""UPDATE "class_member" SET "until"=? WHERE "school_id"=? AND "until" IS NULL
            AND "person_id" IN ({none})""",
            now,
            [last, school_id, *of],
        )
        # a lost card opens nothing, also when the student is here again
        await do(f'DELETE FROM "card" WHERE "school_id"=? AND "person_id" IN ({none})', now, [school_id, *of])
        await do(f'DELETE FROM "session" WHERE {gone}', now, of)


async def end_rooms(rooms: str, school_id: int, of: list[Any], today: date, now: datetime) -> None:
    """End classes, and everybody's place in them. rooms: a statement for their ids; of: its values."""
    for statement in (
        f"""UPDATE "class_member" SET "until"=? WHERE "school_id"=? AND "until" IS NULL
        AND "school_class_id" IN ({rooms})""",
        f"""UPDATE "school_class" SET "ended_on"=?, "sign_in_until"=NULL
        WHERE "school_id"=? AND "id" IN ({rooms})""",
    ):
        await do(statement, now, [today, school_id, *of])
    await do(
        f"""UPDATE "roster_id" SET "role"='ended' WHERE "school_id"=? AND "school_class_id" IN ({rooms})""",
        now,
        [school_id, *of],
    )
