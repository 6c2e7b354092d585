"""What the process that reads a file is asked, by the kind of the file, and what it answers, record by record.

Nothing that it answers is believed as it comes. Sources: SAFETY.md, U3 and U4.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from engage.errors import Refused
from engage.outside import stream
from engage.resources import opening, record, table_fields
from engage.resources.merging import Item

MARC, CSV, TITLES, ISBN = "marc", "csv", "titles", "isbn"
MARC_WORKER = "engage.resources.marc_worker"
TABLE_WORKER = "engage.resources.table_worker"
# Source: SAFETY.md, U2; a command's file is the operator's own
LARGEST_UPLOAD = 50 * 1024 * 1024
LARGEST = 2 * 1024 * 1024 * 1024
MOST_RECORDS = 200_000
MOST_STOPS = 20
LOOK_SECONDS = 8.0
UNPACK = ("-m", "engage.resources.opening")
STOPPED = "This file stopped the program that reads files."

Program = Callable[[int], tuple[str, ...]]


@dataclass(frozen=True)
class Table:
    """A table as a person sees it before it is read: its headings, some rows, and how it is to be read.

    columns: None where nobody has said yet. export: the reading app that wrote it, "" for none or an unknown one.
    whole: it is brought in with all of its rows or not at all.
    """

    head: tuple[str, ...] = ()
    samples: tuple[tuple[str, ...], ...] = ()
    columns: dict[str, tuple[int, ...]] | None = None
    shelf: bool = False
    export: str = ""
    whole: bool = False

    @property
    def mapping(self) -> str:
        """It as Import.mapping holds it."""
        return json.dumps(vars(self))

    @property
    def guessed(self) -> dict[str, tuple[int, ...]]:
        """The columns as a person said, else as their headings and first rows say."""
        return table_fields.guess(self.head, self.samples) if self.columns is None else self.columns


@dataclass(frozen=True)
class Look:
    """What kind of file it is: marc, csv, titles or isbn; and the table, if it is one."""

    kind: str
    table: Table = Table()


def table_of(mapping: str) -> Table:
    """The table out of Import.mapping."""
    if not mapping:
        return Table()
    said = json.loads(mapping)
    columns = said["columns"]
    return Table(
        tuple(said["head"]),
        tuple(tuple(row) for row in said["samples"]),
        None if columns is None else {field: tuple(places) for field, places in columns.items()},
        said["shelf"],
        said["export"],
        said.get("whole", False),  # imports that began before it could be chosen
    )


def is_whole(kind: str, mapping: str) -> bool:
    """Whether a table is brought in with all of its rows or not at all."""
    return kind in (CSV, TITLES) and table_of(mapping).whole


def without_samples(kind: str, mapping: str) -> str:
    """Import.mapping without the rows that a person was shown."""
    return replace(table_of(mapping), samples=()).mapping if kind == CSV and mapping else mapping


async def check_upload(path: Path) -> None:
    """Refuse a file that is none of ours or swells, before anything is read of it. Raises Refused.

    Its kind and the size that it declares are seen from outside, in no time; the size that it has in a process apart.
    """
    try:
        packed = await asyncio.to_thread(opening.check_from_outside, path, LARGEST_UPLOAD)
        if packed:
            with path.open("rb") as file:
                async with aclosing(stream.lines((*UNPACK, str(LARGEST_UPLOAD)), file, wall=LOOK_SECONDS)) as read:
                    async for said in read:
                        raise opening.NoFile(record.neat(str(said["stopped"]), record.NAME))
    except opening.NoFile as no:
        raise Refused(str(no), about="file") from no
    except (stream.Broken, KeyError) as exc:
        raise Refused(STOPPED, about="file") from exc


async def look_at(path: Path, most: int = LARGEST_UPLOAD) -> Look:
    """What kind of file this is. Raises Refused."""
    program = ("-m", TABLE_WORKER, json.dumps({"do": "look", "most": most}), "0")
    try:
        with path.open("rb") as file:
            async with aclosing(stream.lines(program, file, wall=LOOK_SECONDS)) as read:
                async for said in read:
                    if "stopped" in said:
                        raise Refused(record.neat(str(said["stopped"]), record.NAME), about="file")
                    return _looked(said)
    except (stream.Broken, KeyError, TypeError, ValueError) as exc:
        raise Refused(STOPPED, about="file") from exc
    raise Refused("There is nothing in this file.", about="file")


def _looked(said: dict[str, Any]) -> Look:
    look = said["look"]
    if look["kind"] in (MARC, ISBN):
        return Look(look["kind"])
    head = _cells(look["head"])
    samples = tuple(_cells(row) for row in look["samples"])
    export = table_fields.export_of(head)
    if export is None:
        return Look(CSV, Table(head, samples))
    columns = table_fields.columns_of(export, head)
    if "title" not in columns:
        raise Refused(f"This export of {export.name or 'a reading app'} holds no titles.", about="file")
    # what somebody read and what they thought of it is not kept, not even to be shown
    return Look(TITLES, Table(head, columns=columns, export=export.name))


def _cells(row: Any) -> tuple[str, ...]:
    return tuple(record.neat(str(cell), record.NAME) for cell in row)


@dataclass(frozen=True)
class Seen:
    """A record as a person sees it who says how copies are written.

    fields: tag and text of those that may be of copies. places: call number, place, copies, barcodes. refused: why it
    is none of ours.
    """

    title: str
    fields: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, str, int, str], ...]
    refused: str = ""


async def look_at_copies(path: Path, location: str, mapping: str) -> list[Seen]:
    """The first records of a file of MARC, with their copies as they would be read. Raises Refused."""
    program = ("-m", MARC_WORKER, location, str(LARGEST_UPLOAD), "0", mapping, "look")
    found: list[Seen] = []
    try:
        with path.open("rb") as file:
            async with aclosing(stream.lines(program, file, wall=LOOK_SECONDS)) as read:
                async for said in read:
                    if "stopped" in said:
                        raise Refused(record.neat(str(said["stopped"]), record.NAME))
                    found.append(_seen(said))
    except (stream.Broken, KeyError, TypeError, ValueError) as exc:
        raise Refused(STOPPED) from exc
    return found


def _seen(said: dict[str, Any]) -> Seen:
    fields = tuple((str(tag)[:3], record.neat(str(text), record.NAME)) for tag, text in said["fields"])
    places = tuple(
        (record.neat(str(call), record.NAME), record.neat(str(where), record.NAME), _number(copies), str(codes)[:200])
        for call, where, copies, codes in said["places"]
    )
    title, refused = (record.neat(str(said[name]), record.NAME) for name in ("title", "refused"))
    return Seen(title, fields, places, refused)


def program_of(kind: str, mapping: str, location: str, most: int) -> Program:
    """What Python runs to read a file from a record on. location: where the library's things stand."""
    if kind == MARC:
        return lambda skip: ("-m", MARC_WORKER, location, str(most), str(skip), mapping)
    asked: dict[str, Any] = {"do": "isbn", "most": most}
    if kind != ISBN:
        table = table_of(mapping)
        asked = {"do": "read", "most": most, "kind": kind, "shelf": table.shelf, "location": location}
        asked["columns"] = table.guessed
    return lambda skip: ("-m", TABLE_WORKER, json.dumps(asked), str(skip))


async def items(file: BinaryIO, program: Program) -> AsyncGenerator[Item | str, None]:
    """The records of the file; a sentence ends it where it cannot be read further."""
    skip, stops, count = 0, 0, 0
    while stops < MOST_STOPS:
        file.seek(0)
        try:
            async with aclosing(stream.lines(program(skip), file)) as read:
                async for said in read:
                    item = item_of(said)
                    if isinstance(item, str):
                        yield item
                        return
                    if item is None:
                        continue
                    skip, count = item.number, count + 1
                    yield item
                    if count >= MOST_RECORDS:
                        yield f"An import takes {MOST_RECORDS:,} records at most; divide the file."
                        return
            return
        except stream.Broken as broken:
            # the record after the last one that came: it costs itself, and the rest is read without it
            skip, stops, count = skip + 1, stops + 1, count + 1
            why = "took too long to read" if broken.late else "stopped the reader"
            yield Item(skip, refused=f"It {why}.")
    yield "The reader stopped too often; the file is damaged."


def item_of(said: dict[str, Any]) -> Item | str | None:
    """What the process says of a record, if it makes sense; None where it only says that it is alive.

    Raises stream.Broken.
    """
    try:
        if "stopped" in said:
            return record.neat(str(said["stopped"]), record.NAME)
        if "read" in said:
            return None
        number, notes = _number(said["number"]), _notes(said["notes"])
        title = record.neat(str(said.get("title", "")), record.NAME)
        if "refused" in said:
            return Item(number, refused=record.neat(str(said["refused"]), record.NAME), title=title, notes=notes)
        if "copy" in said:
            return Item(number, title=title, notes=notes, copy_of=_number(said["copy"]))
        if "isbn" in said:
            return Item(number, notes=notes, asked=record.neat(str(said["isbn"]), 13))
        return Item(number, record.from_json(said["record"]), notes=notes)
    except (KeyError, TypeError, ValueError) as exc:
        raise stream.Broken(late=False) from exc


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("no number")
    return value


def _notes(value: Sequence[Any]) -> str:
    return " ".join(str(note) for note in value)[:500]
