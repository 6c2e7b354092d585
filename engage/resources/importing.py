"""What is done with imports: begun, told how to be read, gone through with, taken back."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tortoise.expressions import Subquery

from engage import dates
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people.once import once
from engage.people.rules import Reader
from engage.resources import asking, marc_holdings, remembering, table_fields
from engage.resources.asking import Look
from engage.resources.incoming_models import Import, ImportRow
from engage.resources.marc_holdings import Conventions
from engage.resources.queries import back_key, job_key
from engage.resources.record import neat
from engage.resources.rules import KEPT_BEFORE, ImportState, Outcome, ResourceState

NOT_ALL = (
    "Nothing was brought in, because not all rows can be. Mend those that are refused, and upload the table again."
)
COUNTS = ("done", "added", "changed", "same", "refused")


@one_transaction
async def start_import(name: str, file: str, look: Look, digest: str, form_key: str, by: Reader) -> str:
    """Take a file in that was uploaded, and queue a look at what would come of it. Returns the import's key.

    A table that nobody has read before waits until somebody says what its columns are. name: what the file was called.
    file: what it is called among our uploads. digest: SHA-256 of what is in it. Raises NotFound, Refused.
    """
    if not by.may("FED05"):
        raise NotFound("imports")

    async def act() -> str:
        made = await Import.create(
            school_id=by.school.id,
            by_id=by.id,
            kind=look.kind,
            mapping=await remembering.mapping_for(by.school.id, look),
            name=neat(name, 200),
            file=file,
            dry_run=True,
        )
        if not waits_for_columns(made.kind, made.mapping):
            await _queue(made)
        return made.key

    return await once(by, form_key, {"name": name, "digest": digest}, act)


def waits_for_columns(kind: str, mapping: str) -> bool:
    """Whether somebody has to say first what the columns of a table are."""
    return kind == asking.CSV and asking.table_of(mapping).columns is None


@one_transaction
async def read_as(key: str, columns: dict[str, int], shelf: bool, by: Reader) -> None:
    """Say what the columns of a table are; it is looked at again, and such tables are read so from now on.

    columns: of each field the place of its column, from 0. Raises NotFound, Refused.
    """
    imported = await _to_be_read(key, by)
    table = asking.table_of(imported.mapping)
    if imported.kind != asking.CSV:
        raise NotFound(key)
    if "title" not in columns:
        raise Refused("Say which column holds the title.", about="title")
    said = {field: (place,) for field, place in columns.items() if field in table_fields.FIELDS}
    told = remembering.with_columns(table, said, shelf)
    await remembering.remember(
        by.school.id, asking.CSV, json.dumps({"columns": said, "shelf": shelf}), table_fields.digest_of(table.head)
    )
    await _look_again(imported, told.mapping)


@one_transaction
async def read_copies_as(key: str, conventions: Conventions, by: Reader) -> None:
    """Say how a library's system writes copies into MARC; the file is looked at again, and all are read so from now on.

    Raises NotFound, Refused.
    """
    imported = await _to_be_read(key, by)
    if imported.kind != asking.MARC:
        raise NotFound(key)
    marc_holdings.check(conventions)
    await remembering.remember(by.school.id, asking.MARC, conventions.mapping)
    await _look_again(imported, conventions.mapping)


async def _to_be_read(key: str, by: Reader) -> Import:
    """An import of which nothing is written yet."""
    imported = await _import(key, by)
    if not imported.dry_run or imported.state in (ImportState.RUNNING, ImportState.TAKEN_BACK):
        raise Refused("How a file is read can be said before it is brought in. Upload it again.")
    if not imported.file:
        raise Refused("The file is not kept any more. Upload it again.")
    return imported


async def _look_again(imported: Import, mapping: str) -> None:
    await _forget_report(imported)
    imported.update_from_dict({"mapping": mapping, "dry_run": True})
    await imported.save(update_fields=["mapping", "dry_run"])
    await _queue(imported)


@one_transaction
async def go_ahead(key: str, by: Reader, whole: bool = False) -> None:
    """Bring in what was looked at. whole: all rows of a table, or nothing. Raises NotFound, Refused."""
    imported = await _import(key, by)
    if not imported.dry_run or imported.state is not ImportState.DONE or imported.kind == asking.ISBN:
        raise Refused("There is nothing to start: the file is being read, or it was brought in already.")
    if not imported.file:
        raise Refused("The file is not kept any more. Upload it again.")
    if whole and (imported.refused or imported.problem):
        raise Refused(NOT_ALL)
    if imported.kind in (asking.CSV, asking.TITLES):
        imported.mapping = replace(asking.table_of(imported.mapping), whole=whole).mapping
    await _forget_report(imported)
    imported.dry_run = False
    await imported.save(update_fields=["dry_run", "mapping"])
    await _queue(imported)


async def _forget_report(imported: Import) -> None:
    """Begin the report anew."""
    school_id = imported.school_id  # type: ignore[attr-defined]
    await ImportRow.filter(school_id=school_id, of_import_id=imported.id).delete()
    anew = {**dict.fromkeys(COUNTS, 0), "state": ImportState.WAITING, "ended_at": None, "problem": ""}
    imported.update_from_dict(anew)
    await imported.save(update_fields=list(anew))


@one_transaction
async def go_on(key: str, by: Reader) -> None:
    """Queue an import again that was broken off. Raises NotFound, Refused."""
    imported = await _import(key, by)
    if imported.state not in (ImportState.WAITING, ImportState.RUNNING):
        raise Refused("This import has ended.")
    if waits_for_columns(imported.kind, imported.mapping):
        raise Refused("Say first what the columns are.")
    await _queue(imported)


@one_transaction
async def take_back(key: str, by: Reader) -> None:
    """Queue that an import is taken back whole: what it added is offered no more, what it changed is what it was.

    Raises NotFound, Refused.
    """
    imported = await _import(key, by)
    if imported.dry_run or imported.state is not ImportState.DONE:
        raise Refused("Only an import that was brought in can be taken back.")
    if imported.changed and imported.made_at < dates.now() - KEPT_BEFORE:
        raise Refused(f"This is more than {KEPT_BEFORE.days} days ago; what its records were before is kept no more.")
    if await _later(imported):
        raise Refused("A later import changed some of the same resources. Take that one back first.")
    args = {"school_id": by.school.id, "import_id": imported.id}
    await enqueue("take_back_import", args, key=back_key(imported.id))


async def _later(imported: Import) -> bool:
    """Whether a later import changed what this one added or changed."""
    of = {"school_id": imported.school_id}  # type: ignore[attr-defined]
    mine = ImportRow.filter(**of, of_import_id=imported.id, outcome__in=[Outcome.ADDED, Outcome.CHANGED])
    later = Import.filter(**of, id__gt=imported.id, dry_run=False, state__in=[ImportState.DONE, ImportState.RUNNING])
    theirs = ImportRow.filter(**of, outcome=Outcome.CHANGED, of_import_id__in=Subquery(later.values("id")))
    return await theirs.filter(resource_id__in=Subquery(mine.values("resource_id"))).exists()


async def _import(key: str, by: Reader) -> Import:
    imported = await Import.get_or_none(school_id=by.school.id, key=key) if by.may("FED05") else None
    if imported is None:
        raise NotFound(key)
    return imported


async def _queue(imported: Import) -> None:
    args = {"school_id": imported.school_id, "import_id": imported.id}  # type: ignore[attr-defined]
    await enqueue("import_catalogue", args, key=job_key(imported.id))


def brought_things(imported: Mapping[str, Any]) -> bool:
    """Whether an import has brought something in, or found it here: not while it is under way, only looked at, or
    taken back.

    imported: a row of queries.import_for.
    """
    written = not imported["dry_run"] or imported["kind"] == asking.ISBN
    over = imported["state"] is ImportState.DONE and not imported["at_work"]
    return over and written and imported["done"] > imported["refused"]


async def things_of_import(reader: Reader, imported: Mapping[str, Any], most: int) -> list[str]:
    """The keys of what an import brought in, or found here, once each, in the order of the file.

    most: how many of its records are looked at.
    """
    if not brought_things(imported):
        return []
    rows = ImportRow.filter(school_id=reader.school.id, of_import_id=imported["id"])
    rows = rows.filter(resource__state=ResourceState.OFFERED).exclude(outcome=Outcome.REFUSED)
    found = await rows.order_by("number").limit(most).values_list("resource__key")
    return list(dict.fromkeys(key for (key,) in found))
