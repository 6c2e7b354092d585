"""How a school reads its files, remembered from the last time that somebody said so."""

import json
from typing import Any

from engage import dates
from engage.resources import asking, table_fields
from engage.resources.asking import Look, Table
from engage.resources.incoming_models import ImportMapping


async def remembered(school_id: int, kind: str, headings: str = "") -> str:
    """How the school read such a file before; "" where nobody has said. headings: as in ImportMapping."""
    rows = ImportMapping.filter(school_id=school_id, kind=kind, headings=headings).limit(1)
    return next((mapping for (mapping,) in await rows.values_list("mapping")), "")


async def remember(school_id: int, kind: str, mapping: str, headings: str = "") -> None:
    """Keep how such files are read from now on. Within a unit of work."""
    values = {"mapping": mapping, "changed_at": dates.now()}
    of: dict[str, Any] = {"school_id": school_id, "kind": kind, "headings": headings}
    await ImportMapping.update_or_create(values, **of)


async def mapping_for(school_id: int, look: Look) -> str:
    """How a file that was looked at is read: as the school read such files before, else as it comes.

    A table that nobody has read before has no columns yet.
    """
    if look.kind == asking.MARC:
        return await remembered(school_id, asking.MARC)
    if look.kind != asking.CSV:
        return look.table.mapping
    known = await remembered(school_id, asking.CSV, table_fields.digest_of(look.table.head))
    return with_columns(look.table, **json.loads(known)).mapping if known else look.table.mapping


def with_columns(table: Table, columns: dict[str, Any], shelf: bool) -> Table:
    """A table that is read as somebody said."""
    most = len(table.head)
    places = {field: tuple(at for at in where if 0 <= at < most) for field, where in columns.items()}
    return Table(table.head, table.samples, places, shelf, table.export)
