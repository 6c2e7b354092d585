"""A file of circulation counts as it is read in a process apart, and what of ours each row is about."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from engage.errors import Refused
from engage.outside import stream
from engage.promotion.loan_rules import FileKind, allowed
from engage.resources.asking import LARGEST_UPLOAD, STOPPED
from engage.resources.models import Holding, Identifier
from engage.resources.record import NAME, neat

WORKER = "engage.promotion.loan_worker"
UNIT = 500
SHOWN = 50
UNKNOWN = "Nothing of ours has this number."
BREATH = 0.0


@dataclass
class Told:
    """What came of the rows of a file. refused: line and reason of the first ones. starts, ends: the days they span."""

    counted: int = 0
    refused: int = 0
    loans: int = 0
    starts: date | None = None
    ends: date | None = None
    first: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Look:
    """What kind of file it is, and the headings of a table of loans."""

    kind: FileKind
    head: tuple[str, ...] = ()


async def look_at(path: Path) -> Look:
    """What is known of a file before it is read. Raises Refused."""
    async with aclosing(_said(path, {"do": "look"})) as said:
        async for one in said:
            if "counter" in one:
                return Look(FileKind.COUNTER)
            return Look(FileKind.LOANS, tuple(neat(str(cell), NAME) for cell in one.get("head", ())))
    raise Refused("There is nothing in this file.", about="file")


async def _said(path: Path, asked: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    """What the process that reads the file says of it. Raises Refused."""
    try:
        with path.open("rb") as file:
            program = ("-m", WORKER, json.dumps({"most": LARGEST_UPLOAD, **asked}))
            async with aclosing(stream.lines(program, file)) as read:
                async for said in read:
                    if "stopped" in said:
                        raise Refused(neat(str(said["stopped"]), NAME), about="file")
                    yield said
    except FileNotFoundError as exc:
        raise Refused("The file is not kept any more. Upload it again.", about="file") from exc
    except stream.Broken as exc:
        raise Refused(STOPPED, about="file") from exc


async def preview(file: Mapping[str, Any], path: Path) -> Told:
    """What would come of a file, with nothing written. Raises Refused."""
    told = Told()
    async with aclosing(matched(file["school_id"], file, path)) as rows:
        async for row in rows:
            add(told, row)
    return told


def add(told: Told, row: Mapping[str, Any]) -> None:
    if row["reason"]:
        told.refused += 1
        if len(told.first) < SHOWN:
            told.first.append((row["line"], row["reason"]))
        return
    told.counted += 1
    told.loans += row["loans"]
    told.starts = min(told.starts or row["starts"], row["starts"])
    told.ends = max(told.ends or row["ends"], row["ends"])


async def matched(school_id: int, file: Mapping[str, Any], path: Path) -> AsyncGenerator[dict[str, Any], None]:
    """Each row as LoanRow holds it. Raises Refused."""
    counter = file["kind"] == FileKind.COUNTER
    columns = allowed(json.loads(file["mapping"]), json.loads(file["head"]))
    days = {name: file[name].isoformat() if file[name] else "" for name in ("starts", "ends")}
    known = await _numbers(school_id) if counter else await _things(school_id, columns)
    refused = 0
    asked = {"do": "report"} if counter else {"do": "read", "columns": columns, **days}
    async with aclosing(_said(path, asked)) as said:
        async for number, one in _numbered(said):
            if number % UNIT == 0:
                await asyncio.sleep(BREATH)
            row = _row(one, known)
            # a row that tells of several months is refused once
            if not row["reason"] or row["line"] != refused:
                yield row
            refused = row["line"] if row["reason"] else refused


async def _numbered(said: AsyncGenerator[dict[str, Any], None]) -> AsyncGenerator[tuple[int, dict[str, Any]], None]:
    number = 0
    async for one in said:
        yield number, one
        number += 1


Known = Mapping[str, Mapping[str, int | None]]


async def _things(school_id: int, columns: Mapping[str, int]) -> Known:
    """The resource of each barcode, record and call number; None where a call number is that of several things."""
    known: dict[str, dict[str, int | None]] = {"barcode": {}, "record": {}, "call": {}}
    if "barcode" in columns or "call" in columns:
        held = Holding.filter(school_id=school_id, gone_at=None)
        for resource, call, codes in await held.values_list("resource_id", "call_number", "barcodes"):
            known["barcode"] |= {code.strip(): resource for code in codes.split(";") if code.strip()}
            if call and known["call"].setdefault(_plain(call), resource) != resource:
                known["call"][_plain(call)] = None
    if "record" in columns:
        numbers = Identifier.filter(school_id=school_id, scheme="record")
        for resource, value in await numbers.values_list("resource_id", "value"):
            known["record"] |= {value: resource, value.rpartition(":")[2]: resource}
    return known


async def _numbers(school_id: int) -> Known:
    """The resource of each ISBN and DOI."""
    known: dict[str, dict[str, int | None]] = {"isbn": {}, "doi": {}}
    rows = Identifier.filter(school_id=school_id, scheme__in=list(known))
    for scheme, value, resource in await rows.values_list("scheme", "value", "resource_id"):
        known[scheme][value.lower()] = resource
    return known


def _plain(call: str) -> str:
    return " ".join(call.casefold().split())


def _row(one: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """A row as LoanRow holds it. What the process said is not believed as it comes."""
    try:
        line = int(one["line"])
        nothing = {"line": line, "resource_id": None, "starts": None, "ends": None, "loans": 0}
        if "refused" in one:
            return {**nothing, "reason": neat(str(one["refused"]), NAME)}
        starts, ends = (date.fromisoformat(day) for day in one["days"])
        for scheme, value in one["by"]:
            resource = known[scheme].get(_plain(value) if scheme == "call" else value)
            if resource is not None:
                loans = int(one["loans"])
                return {
                    "line": line,
                    "resource_id": resource,
                    "starts": starts,
                    "ends": ends,
                    "loans": loans,
                    "reason": "",
                }
        return {**nothing, "reason": UNKNOWN}
    except (KeyError, TypeError, ValueError) as exc:
        raise Refused(STOPPED, about="file") from exc
