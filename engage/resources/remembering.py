"""How a school reads its files, remembered from the last time that somebody said so."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from engage import dates
from engage.errors import Refused
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


async def how_to_read(school_id: int, path: Path, kinds: Collection[str], told: Mapping[str, str]) -> tuple[str, str]:
    """The kind of a file and its mapping, for a command. kinds: those that will do. told: headings by field.

    Raises Refused.
    """
    if asking.MARC in kinds:
        return asking.MARC, await remembered(school_id, asking.MARC)
    look = await asking.look_at(path, asking.LARGEST)
    if look.kind not in kinds:
        raise Refused(f"This is {WORDS[look.kind]}.")
    if not told:
        return look.kind, await _as_guessed(school_id, look)
    names = {table_fields.plain(heading): place for place, heading in reversed(list(enumerate(look.table.head)))}
    columns: dict[str, tuple[int, ...]] = {}
    for field, heading in told.items():
        if field not in table_fields.FIELDS:
            raise Refused(f"“{field}” is none of {', '.join(table_fields.FIELDS)}.")
        if table_fields.plain(heading) not in names:
            raise Refused(f"There is no column “{heading}”. There are: {', '.join(look.table.head)}.")
        columns[field] = (names[table_fields.plain(heading)],)
    return look.kind, with_columns(look.table, columns, table_fields.says_of_shelf(columns)).mapping


async def _as_guessed(school_id: int, look: Look) -> str:
    """As such files were read before, else as their headings say. Raises Refused."""
    mapping = await mapping_for(school_id, look)
    if look.kind != asking.CSV or asking.table_of(mapping).columns is not None:
        return mapping
    guessed = look.table.guessed
    if "title" not in guessed:
        raise Refused(f"No column is a title. Say which: --column title=…, of {', '.join(look.table.head)}.")
    return with_columns(look.table, guessed, table_fields.says_of_shelf(guessed)).mapping


WORDS = {
    asking.MARC: "MARC; bring it in with engage import marc",
    asking.CSV: "a table; bring it in with engage import csv",
    asking.TITLES: "an export of a reading app; bring it in with engage import goodreads",
    asking.ISBN: "a list of ISBNs; look them up with engage import isbn",
}
