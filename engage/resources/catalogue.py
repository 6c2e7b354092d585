"""An import of records into the catalogue: a file in, a report of each record out, from a page or a command.

The file is read in a process of its own and written in units of 500 records, so that pages stay quick and a kill
costs one unit. Sources: SAFETY.md, U3; STANDARDS.md, 3.1.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from tortoise.expressions import F

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import Busy
from engage.outside import stream
from engage.people.models import School
from engage.resources import keeping, record
from engage.resources.incoming_models import Import, ImportRow
from engage.resources.merging import Item, Run, put_in
from engage.resources.models import Holding, Resource
from engage.resources.rules import ImportState, Outcome
from engage.settings import Settings

WORKER = "engage.resources.marc_worker"
UNIT = 500
SMALLEST_UNIT = 50
# Source: SAFETY.md, U2; a command's file is the operator's own
LARGEST_UPLOAD = 50 * 1024 * 1024
LARGEST = 2 * 1024 * 1024 * 1024
MOST_RECORDS = 200_000
MOST_STOPS = 20
KEPT = timedelta(days=7)

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Report:
    """What came of an import. problem: why it ended before the file did, or ""."""

    key: str
    records: int
    added: int
    changed: int
    same: int
    refused: int
    problem: str = ""


async def import_marc(
    school_id: int,
    path: Path,
    *,
    name: str = "",
    dry_run: bool = False,
    by_id: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Bring a file of MARC or MARCXML into a school's catalogue, gzip or not.

    name: what the file is called in the report. progress: told how many records are done.
    The rows of the report are those of refused_rows and of ImportRow.
    """
    imported = await Import.create(
        school_id=school_id, kind="marc", name=name or path.name, dry_run=dry_run, by_id=by_id
    )
    return await run_import(school_id, imported.id, path, most=LARGEST, progress=progress)


async def run_import(
    school_id: int, import_id: int, path: Path, *, most: int = LARGEST_UPLOAD, progress: Progress | None = None
) -> Report:
    """Do an import that stands in the table. Broken off and begun again, it goes on with the report where it was.

    most: bytes of the file that are read, unpacked.
    """
    imported = await _begin(school_id, import_id)
    school = await School.get(id=school_id)
    reported = await ImportRow.filter(school_id=school_id, of_import_id=import_id).values_list("number")
    run = Run(school_id, import_id, imported.dry_run, bool(reported), {number for (number,) in reported})
    problem, last, unit = "", 0, UNIT
    items: list[Item] = []
    with path.open("rb") as file:
        async with aclosing(_items(file, school.location, most)) as read:
            async for item in read:
                if isinstance(item, str):
                    problem = item
                    break
                items.append(item)
                last = item.number
                if len(items) >= unit:
                    unit = await _put_in(run, items, unit)
                    items = []
                    if progress:
                        progress(last)
    await _put_in(run, items, unit)
    if not imported.dry_run:
        await _mark_gone(run)
    if progress:
        progress(last)
    return await _end(school_id, import_id, last, problem)


async def import_catalogue(school_id: int, import_id: int, settings: Settings) -> int:
    """The job of an import that a page started. Returns how many records it handled; 0 where its file is gone."""
    with every_school("a job of one school"):
        imported = await Import.get(id=import_id)
        path = uploads(settings.data_folder) / imported.file
        if not imported.file or not path.is_file():
            await _end(school_id, import_id, 0, "The file is not here any more. Upload it again.")
            return 0
        report = await run_import(school_id, import_id, path)
        if not imported.dry_run:
            await _let_go(imported, path)
        return report.records


async def tidy_uploads(settings: Settings, now: datetime) -> int:
    """Throw away files that nobody brought in for a week. Returns how many."""
    folder = uploads(settings.data_folder)
    with every_school("old uploads of all schools"):
        for imported in await Import.filter(made_at__lt=now - KEPT).exclude(file=""):
            await _let_go(imported, folder / imported.file)
    return await asyncio.to_thread(_throw_away, folder, (now - KEPT).timestamp())


def _throw_away(folder: Path, before: float) -> int:
    old = [path for path in folder.glob("*") if path.stat().st_mtime < before] if folder.is_dir() else []
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def uploads(data_folder: Path) -> Path:
    """Where files lie that were uploaded; nothing is served from there (SAFETY.md, U6)."""
    return data_folder / "uploads"


async def _let_go(imported: Import, path: Path) -> None:
    await _forget(imported)
    await asyncio.to_thread(path.unlink, missing_ok=True)


@one_transaction
async def _forget(imported: Import) -> None:
    imported.file = ""
    await imported.save(update_fields=["file"])


async def refused_rows(school_id: int, key: str) -> list[dict[str, Any]]:
    """The refused records of an import: number, title and reason of each."""
    rows = ImportRow.filter(school_id=school_id, of_import__key=key, outcome=Outcome.REFUSED).order_by("number")
    return await rows.values("number", "title", "reason")


async def _items(file: BinaryIO, location: str, most: int) -> AsyncGenerator[Item | str, None]:
    """The records of the file; a sentence ends it where it cannot be read further."""
    skip, stops = 0, 0
    while stops < MOST_STOPS:
        file.seek(0)
        try:
            async with aclosing(stream.lines(("-m", WORKER, location, str(most), str(skip)), file)) as read:
                async for said in read:
                    item = _item(said)
                    if isinstance(item, str):
                        yield item
                        return
                    skip = item.number
                    yield item
                    if skip >= MOST_RECORDS:
                        yield f"An import takes {MOST_RECORDS:,} records at most; divide the file."
                        return
            return
        except stream.Broken as broken:
            # the record after the last one that came: it costs itself, and the rest is read without it
            skip, stops = skip + 1, stops + 1
            why = "took too long to read" if broken.late else "stopped the reader"
            yield Item(skip, refused=f"It {why}.")
    yield "The reader stopped too often; the file is damaged."


def _item(said: dict[str, Any]) -> Item | str:
    """What the worker says of a record, if it makes sense. Raises stream.Broken."""
    try:
        if "stopped" in said:
            return record.neat(str(said["stopped"]), record.NAME)
        number, notes = said["number"], " ".join(str(note) for note in said["notes"])
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError("no number")
        if "refused" in said:
            title = record.neat(str(said.get("title", "")), record.NAME)
            return Item(number, refused=record.neat(str(said["refused"]), record.NAME), title=title, notes=notes[:500])
        return Item(number, record.from_json(said["record"]), notes=notes[:500])
    except (KeyError, TypeError, ValueError) as exc:
        raise stream.Broken(late=False) from exc


async def _put_in(run: Run, items: list[Item], unit: int) -> int:
    """Put items in; where the machine is too slow or too busy for a unit of work, in smaller ones.

    Returns the size to go on with.
    """
    done = 0
    while done < len(items):
        try:
            await put_in(run, items[done : done + unit])
        except Busy:
            if unit <= SMALLEST_UNIT:
                raise
            unit //= 2
        else:
            done += unit
            unit = min(UNIT, unit * 2)
    return unit


@one_transaction
async def _begin(school_id: int, import_id: int) -> Import:
    imported = await Import.get(school_id=school_id, id=import_id)
    imported.state = ImportState.RUNNING
    imported.started_at = imported.started_at or dates.now()
    imported.problem = ""
    await imported.save(update_fields=["state", "started_at", "problem"])
    return imported


@one_transaction
async def _end(school_id: int, import_id: int, records: int, problem: str) -> Report:
    imported = await Import.get(school_id=school_id, id=import_id)
    imported.records = records
    imported.problem = problem
    imported.state = ImportState.FAILED if problem and not records else ImportState.DONE
    imported.ended_at = dates.now()
    await imported.save(update_fields=["records", "problem", "state", "ended_at"])
    return Report(
        imported.key, records, imported.added, imported.changed, imported.same, imported.refused, imported.problem
    )


async def _mark_gone(run: Run) -> None:
    """Mark the holdings that a changed record named before and names no more. A file says nothing of other records."""
    changed = sorted(run.revised)
    for start in range(0, len(changed), UNIT):
        await _mark_gone_of(run, changed[start : start + UNIT])


@one_transaction
async def _mark_gone_of(run: Run, changed: list[tuple[int, str]]) -> None:
    ids = sorted({number for number, _ in changed})
    columns = ("id", "resource_id", "origin", "call_number", "location")
    standing = Holding.filter(school_id=run.school_id, resource_id__in=ids, gone_at__isnull=True)
    gone: list[int] = []
    emptied, held = set(), set()
    for number, resource_id, origin, call_number, location in await standing.values_list(*columns):
        named = run.holdings.get((resource_id, origin))
        if named is not None and (call_number, location) not in named:
            gone.append(number)
            emptied.add(resource_id)
        else:
            held.add(resource_id)
    if not gone:
        return
    await Holding.filter(school_id=run.school_id, id__in=gone).update(gone_at=dates.now())
    resources = Resource.filter(school_id=run.school_id)
    await resources.filter(id__in=sorted(emptied)).update(version=F("version") + 1)
    if nowhere := sorted(emptied - held):
        await resources.filter(id__in=nowhere).update(here=False)
    await keeping.note_available(run.school_id, emptied)
