from typing import Any

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunPython
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from engage.database import fold
from engage.database.queue import sql


async def say_titles(_apps: Any, editor: BaseSchemaEditor) -> None:
    """Of each request its title as engage.resources.requests.spoken has it."""
    ask = editor.client.execute_query_dict
    for row in await ask('SELECT "id", "title" FROM "purchase_request"'):
        words = fold.words(row["title"])
        spoken = " ".join(words[1:] if len(words) > 1 and words[0] in ("a", "an", "the") else words)[:400]
        update = 'UPDATE "purchase_request" SET "spoken"=? WHERE "id"=? RETURNING "id"'
        await ask(sql(update, editor.client), [spoken, row["id"]])


async def leave(_apps: Any, _editor: BaseSchemaEditor) -> None:
    """Nothing: the column goes with its step."""


class Migration(migrations.Migration):
    dependencies = [("engage", "0013_lists_together")]

    initial = False

    operations = [
        ops.AddField(
            model_name="PurchaseRequest",
            name="spoken",
            field=fields.CharField(db_default="", max_length=400),
        ),
        RunPython(say_titles, leave),
        ops.AddIndex(
            model_name="PurchaseRequest",
            index=Index(fields=["school", "spoken"]),
        ),
    ]
