"""Editions of one work are found by one key, and say of what format each of them is.

The key ended with the format and ends with the family of formats now; of a long title it ended with what stood at the
120th character, and with a digest of the whole now, lest it lose its volume. What has the same key after this stays
apart: a person joins it, on the page of what may be here twice.
Source: DECISIONS.md, "An edition is known by its medium".
"""

import hashlib
from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunPython
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from engage.database import fold
from engage.database.operations import DialectSQL
from engage.database.queue import sql

KEYED = ("resource", "inbox_entry")
# these are of the family of books, and so is "book"
OF_BOOKS = ("e-book", "audiobook", "picture book")
LONGEST, BATCH = 120, 1_000

JOINED = [
    f"""UPDATE "{table}" SET "match_key" = substr("match_key", 1, length("match_key") - {len(kind)}) || 'book'
    WHERE "match_key" LIKE '%|{kind}'"""
    for table in KEYED
    for kind in OF_BOOKS
]
PARTED = [
    f"""UPDATE "{table}" SET "match_key" = substr("match_key", 1, length("match_key") - 4) || '{kind}'
    WHERE "match_key" LIKE '%|book' AND "format" = '{kind}'"""
    for table in KEYED
    for kind in OF_BOOKS
]
AWAY = "DROP INDEX idx_resource_counted"
# all that is counted beside a search, so that nothing else is read for it
COUNTED = """CREATE INDEX "idx_resource_counted" ON "resource" ("school_id", "state", "mode", "format", "audience_low",
    "audience_high", "language", "here", "online", "available", {0}"pages", "minutes")"""
WITH, WITHOUT = COUNTED.format('"editions", '), COUNTED.format("")


async def tell_apart(_apps: Any, editor: BaseSchemaEditor) -> None:
    """Of each long title the key with a digest of all of it."""
    ask = editor.client.execute_query_dict
    long = f"{'_' * LONGEST}|%"
    for table in KEYED:
        after = 0
        some = f'SELECT "id", "title", "match_key" FROM "{table}" WHERE "id">? AND "match_key" LIKE ? ORDER BY "id"'
        while rows := await ask(sql(f"{some} LIMIT {BATCH}", editor.client), [after, long]):
            after = rows[-1]["id"]
            for row in rows:
                words = " ".join(fold.words(row["title"]))
                if len(words) > LONGEST:
                    digest = hashlib.sha256(words.encode()).hexdigest()[:16]
                    key = f"{words[: LONGEST - 17]} {digest}{row['match_key'][LONGEST:]}"
                    update = f'UPDATE "{table}" SET "match_key"=? WHERE "id"=? RETURNING "id"'
                    await ask(sql(update, editor.client), [key, row["id"]])


async def leave(_apps: Any, _editor: BaseSchemaEditor) -> None:
    """Nothing: a digest at the end of a key finds as much as its words did."""


class Migration(migrations.Migration):
    dependencies = [("engage", "0022_lti")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Holding",
            name="format",
            field=fields.CharField(db_default="", max_length=24),
        ),
        ops.AddField(
            model_name="Link",
            name="format",
            field=fields.CharField(db_default="", max_length=24),
        ),
        ops.AddField(
            model_name="Resource",
            name="editions",
            field=fields.CharField(db_default="", max_length=400),
        ),
        DialectSQL(
            sqlite=[*JOINED, AWAY, WITH],
            postgres=[*JOINED, AWAY, WITH],
            sqlite_down=[AWAY, WITHOUT, *PARTED],
            postgres_down=[AWAY, WITHOUT, *PARTED],
        ),
        RunPython(tell_apart, leave),
    ]
