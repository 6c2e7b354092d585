"""Rosters that the office or the district lays into a folder of the operator's: what is new is taken, a report is left.

The folder has a folder for each school, named as the school's address; in it lie zips, tables, or folders of tables.
Source: STANDARDS.md, 4.1.
"""

import asyncio
import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engage.database.tenancy import every_school
from engage.errors import Refused
from engage.people import roster_applying, roster_asking, roster_queries
from engage.people.models import School
from engage.people.roster_models import RosterImport
from engage.people.roster_rules import Outcome, RosterState
from engage.people.roster_staging import Coming, stage
from engage.settings import Settings
from engage.web.tables import csv_text

log = logging.getLogger("engage.rosters")
# what was written to a moment ago may be only half there
STILL_SECONDS = 120
REPORT = ".report.csv"
HEAD = ("File", "Line", "What", "What became of it", "Why")
MOST_ROWS = 50_000


@dataclass(frozen=True)
class Lying:
    """Something that lies in the folder of a school."""

    school_id: int
    path: Path


async def take_rosters(settings: Settings, now: datetime) -> int:
    """Take what is new in the folder of rosters; a job's work. How many."""
    if settings.roster_folder is None:
        return 0
    schools = await School.filter(closed_at=None).values_list("slug", "id")
    lying = await asyncio.to_thread(_lying, settings.roster_folder, dict(schools), now.timestamp() - STILL_SECONDS)
    number = 0
    with every_school("a job of all schools, one roster after the other"):
        for one in lying:
            number += await _take(one, settings.secret_key)
    return number


def _lying(folder: Path, schools: dict[str, int], before: float) -> list[Lying]:
    """Zips, tables and folders of tables that nobody writes to any more, the oldest first."""
    found = []
    for slug, school_id in schools.items():
        place = folder / slug
        for path in place.iterdir() if place.is_dir() else ():
            parts = [*path.iterdir()] if path.is_dir() else [path]
            plain = path.is_dir() or path.suffix.casefold() in (".zip", ".csv")
            newest = max((part.stat().st_mtime for part in parts), default=before)
            if plain and newest < before and not path.name.startswith(".") and not path.name.endswith(REPORT):
                found.append((newest, Lying(school_id, path)))
    return [one for _, one in sorted(found, key=lambda each: (each[0], str(each[1].path)))]


async def _take(one: Lying, secret_key: str) -> int:
    file, digest = await asyncio.to_thread(roster_asking.opened, one.path)
    with file:
        if await _was_taken(one, digest):
            return 0
        coming = Coming(name=one.path.name, file=file, digest=digest, most=roster_asking.MOST_BY_OPERATOR, dropped=True)
        problem = ""
        try:
            key = await stage(one.school_id, coming, secret_key)
            await roster_applying.apply(one.school_id, key, by=None)
        except Refused as refused:
            problem = refused.sentence
    report = await _report(one, digest, problem)
    await asyncio.to_thread(_leave, one.path, report)
    return 1


async def _was_taken(one: Lying, digest: str) -> bool:
    """Whether this very file came by the folder before, under this name; or could not be read then."""
    before = RosterImport.filter(school_id=one.school_id, dropped=True, name=one.path.name, digest=digest)
    if await before.exclude(state=RosterState.READING).exists():
        return True
    report = one.path.with_name(one.path.name + REPORT)
    return await asyncio.to_thread(_is_newer, report, one.path)


def _is_newer(report: Path, path: Path) -> bool:
    with suppress(OSError):
        return report.stat().st_mtime >= path.stat().st_mtime
    return False


async def _report(one: Lying, digest: str, problem: str) -> bytes:
    """What came of it, without any name."""
    of = RosterImport.filter(school_id=one.school_id, dropped=True, name=one.path.name, digest=digest)
    imported = await of.order_by("-id").first()
    lines: list[tuple[str | int, ...]] = [("", "", "", "not done", problem)] if problem else []
    if imported is not None:
        would = imported.state is RosterState.READ
        lines.append(("", "", "", str(imported.state), roster_applying.told(imported, would)))
        rows = await roster_queries.report_of(one.school_id, imported.id, Outcome.REFUSED, Outcome.NOTED)
        lines += [(row["file"], row["line"] or "", row["what"], row["outcome"], row["why"]) for row in rows[:MOST_ROWS]]
    log.info("a roster was taken from the folder", extra={"count": len(lines)})
    return csv_text(HEAD, lines)


def _leave(path: Path, report: bytes) -> None:
    """Leave the report beside the file, where the folder lets us; it stands on the page in any case."""
    beside = path.with_name(path.name + REPORT)
    partial = beside.with_name(f".{beside.name}.partial")
    with suppress(PermissionError):
        descriptor = os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o640)
        with os.fdopen(descriptor, "wb") as file:
            file.write(report)
        partial.replace(beside)
