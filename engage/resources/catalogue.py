"""An import of records into the catalogue: a file in, a report of each record out, from a page or a command.

The file is read in a process of its own and written in units of 500 records, so that pages stay quick and a kill
costs one unit. Sources: SAFETY.md, U3; STANDARDS.md, 3.1.
"""

import asyncio
import hashlib
import os
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tortoise.expressions import F

from engage import dates
from engage.database.fields import new_key
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import Busy
from engage.people.models import School
from engage.resources import asking, keeping, remembering, taking_back
from engage.resources.asking import LARGEST, LARGEST_UPLOAD
from engage.resources.incoming_models import Import, ImportRow
from engage.resources.merging import Item, Run, prepare, put_in
from engage.resources.models import Holding, Resource
from engage.resources.rules import ImportState, Outcome
from engage.settings import Settings

UNIT = 500
SMALLEST_UNIT = 50
BREATH = 10  # items after which what else is under way has its turn
PATIENCE = 10
PAUSE_SECONDS = 2.0
KEPT = timedelta(days=7)

Progress = Callable[[int], None]
Portion = tuple[list[Item], str]  # and the problem that ended the file here, or ""


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


async def import_marc(school_id: int, path: Path, **how: Any) -> Report:
    """Bring a file of MARC or MARCXML into a school's catalogue, gzip or not; see import_file."""
    mapping = await remembering.remembered(school_id, asking.MARC)
    return await import_file(school_id, path, asking.MARC, mapping, **how)


async def import_file(
    school_id: int,
    path: Path,
    kind: str,
    mapping: str = "",
    *,
    name: str = "",
    dry_run: bool = False,
    by_id: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Bring a file of a kind of asking into a school's catalogue.

    mapping: how it is read, as in Import; a whole table ends at its first row that is refused, and whoever asked takes
    back what came before it. name: what the file is called in the report. progress: told how many records
    are done. The rows of the report are those of refused_rows and of ImportRow.
    """
    imported = await Import.create(
        school_id=school_id,
        kind=kind,
        mapping=asking.without_samples(kind, mapping),
        name=name or path.name,
        dry_run=dry_run or kind == asking.ISBN,
        by_id=by_id,
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
    problem, count, unit = "", 0, UNIT
    whole = not imported.dry_run and asking.is_whole(imported.kind, imported.mapping)
    program = asking.program_of(imported.kind, imported.mapping, school.location, most)
    with path.open("rb") as file:
        async with aclosing(_one_ahead(_portions(run, asking.items(file, program), whole))) as portions:
            async for items, ended_by in portions:
                unit = await _put_in(run, items, unit)
                problem, count = ended_by, count + len(items)
                if progress:
                    progress(count)
    if not imported.dry_run and not (whole and problem):
        await _mark_gone(run)
    return await _end(school_id, import_id, count, problem)


async def _portions(run: Run, read: AsyncGenerator[Item | str, None], whole: bool) -> AsyncGenerator[Portion, None]:
    """The items of a file made ready, as many together as one unit of work takes; the last ones with what ended them.

    whole: the first item that is refused ends it.
    """
    items: list[Item] = []
    problem = ""
    async with aclosing(read):
        async for item in read:
            if isinstance(item, str):
                problem = item
                break
            prepare(run, item)
            items.append(item)
            if whole and item.refused:
                problem = f"Nothing is brought in: line {item.number} cannot be, and it was to be all rows or none."
                break
            if len(items) == UNIT:
                yield items, ""
                items = []
            elif len(items) % BREATH == 0:
                await asyncio.sleep(0)  # the items before these are being written
    yield items, problem


async def _one_ahead(source: AsyncGenerator[Portion, None]) -> AsyncGenerator[Portion, None]:
    """What a source gives; while one of it is worked on, the next is on its way."""
    coming = asyncio.ensure_future(anext(source, None))
    try:
        while (portion := await coming) is not None:
            coming = asyncio.ensure_future(anext(source, None))
            yield portion
    finally:
        coming.cancel()
        await asyncio.wait([coming])
        await source.aclose()


async def import_catalogue(school_id: int, import_id: int, settings: Settings) -> int:
    """The job of an import that a page started. Returns how many records it handled; 0 where its file is gone."""
    with every_school("a job of one school"):
        imported = await Import.get(id=import_id)
        path = uploads(settings.data_folder) / imported.file
        if not imported.file or not path.is_file():
            await _end(school_id, import_id, 0, "The file is not here any more. Upload it again.")
            return 0
        whole = not imported.dry_run and asking.is_whole(imported.kind, imported.mapping)
        if whole and imported.problem:  # this job was killed while it took rows back
            await taking_back.take_back_import(school_id, import_id)
            return 0
        report = await run_import(school_id, import_id, path)
        if whole and report.problem:
            await taking_back.take_back_import(school_id, import_id)
        if not imported.dry_run:
            await _let_go(imported, path)
        return report.records


async def tidy_uploads(settings: Settings, now: datetime) -> int:
    """Throw away files that nobody brought in for a week, and what is taken back no more. Returns how many files."""
    folder = uploads(settings.data_folder)
    with every_school("old uploads of all schools"):
        for imported in await Import.filter(made_at__lt=now - KEPT).exclude(file=""):
            await _let_go(imported, folder / imported.file)
    await taking_back.forget_before(now)
    return await asyncio.to_thread(_throw_away, folder, (now - KEPT).timestamp())


def _throw_away(folder: Path, before: float) -> int:
    old = [path for path in folder.glob("*") if path.stat().st_mtime < before] if folder.is_dir() else []
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def uploads(data_folder: Path) -> Path:
    """Where files lie that were uploaded; nothing is served from there (SAFETY.md, U6)."""
    return data_folder / "uploads"


@asynccontextmanager
async def kept_upload(data_folder: Path, body: bytes) -> AsyncIterator[tuple[Path, str]]:
    """A file that was sent, kept under a name of our own and judged: where it lies, and its SHA-256.

    It goes again where what is done with it fails. Raises Refused.
    """
    path = uploads(data_folder) / new_key()
    digest = await asyncio.to_thread(keep_file, path, body)
    try:
        await asking.check_upload(path)
        yield path, digest
    except BaseException:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise


def keep_file(path: Path, body: bytes) -> str:
    """Write a file that is there after a crash. Returns its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(body).hexdigest()


async def _let_go(imported: Import, path: Path) -> None:
    await _forget(imported)
    await asyncio.to_thread(path.unlink, missing_ok=True)


@one_transaction
async def _forget(imported: Import) -> None:
    imported.file, imported.mapping = "", asking.without_samples(imported.kind, imported.mapping)
    await imported.save(update_fields=["file", "mapping"])


async def refused_rows(school_id: int, key: str) -> list[dict[str, Any]]:
    """The refused records of an import: number, title and reason of each."""
    rows = ImportRow.filter(school_id=school_id, of_import__key=key, outcome=Outcome.REFUSED).order_by("number")
    return await rows.values("number", "title", "reason")


async def _put_in(run: Run, items: list[Item], unit: int) -> int:
    """Put items in; where the machine is too slow or too busy for a unit of work, in smaller ones.

    Returns the size to go on with.
    """
    done, tries = 0, 0
    while done < len(items):
        try:
            await put_in(run, items[done : done + unit])
        except Busy:
            if unit <= SMALLEST_UNIT:
                tries += 1
                if tries > PATIENCE:
                    raise
                # another import of the school may be at work
                await asyncio.sleep(random.uniform(0, PAUSE_SECONDS))
            unit = max(SMALLEST_UNIT, unit // 2)
        else:
            done, tries = done + unit, 0
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
    emptied = set()
    for number, resource_id, origin, call_number, location in await standing.values_list(*columns):
        named = run.holdings.get((resource_id, origin))
        if named is not None and (call_number, location) not in named:
            gone.append(number)
            emptied.add(resource_id)
    if not gone:
        return
    await Holding.filter(school_id=run.school_id, id__in=gone).update(gone_at=dates.now())
    resources = Resource.filter(school_id=run.school_id)
    await resources.filter(id__in=sorted(emptied)).update(version=F("version") + 1)
    await keeping.note_stock(run.school_id, emptied)
