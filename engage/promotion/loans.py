"""Circulation counts brought in: told how to be read, counted row by row under one file, and taken back whole.

A row that cannot be matched or read costs itself, and the report names its line and not what stands in it.
"""

import json
from collections.abc import Mapping
from contextlib import aclosing
from datetime import date
from pathlib import Path
from typing import Any

from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit
from engage.people.once import once
from engage.people.rules import Reader
from engage.promotion.loan_models import LoanFile, LoanRow
from engage.promotion.loan_queries import may_bring
from engage.promotion.loan_reading import UNIT, Look, Told, add, look_at, matched, preview
from engage.promotion.loan_rules import FIELDS, FileKind, FileState, allowed, guess, is_enough, of_people
from engage.resources import remembering
from engage.resources.record import neat
from engage.resources.table_fields import digest_of

KIND = "loans"


@one_transaction
async def begin(name: str, file: str, look: Look, digest: str, *, by: Reader, form_key: str = "") -> str:
    """Take a table in that was uploaded; nothing of it counts yet. Returns the key of the file. Raises NotFound."""
    if not may_bring(by):
        raise NotFound("loans")

    async def put() -> str:
        return (await _take_in(by.school.id, name, file, look, by.id)).key

    return await once(by, form_key, {"name": name, "digest": digest}, put)


async def _take_in(school_id: int, name: str, file: str, look: Look, by_id: int | None) -> LoanFile:
    head = look.head
    known = await remembering.remembered(school_id, KIND, digest_of(head))
    return await LoanFile.create(
        school_id=school_id,
        by_id=by_id,
        kind=look.kind.value,
        name=neat(name, 200),
        file=file,
        head=json.dumps(list(head)),
        mapping=json.dumps(allowed(json.loads(known) if known else guess(head), head)),
        left_unread=json.dumps([head[place] for place in of_people(head)]),
    )


async def bring_by_command(
    school_id: int, path: Path, told: Mapping[str, str], starts: date | None, ends: date | None, dry_run: bool
) -> tuple[Told, list[str]]:
    """Bring a table in from a command: what came of it, and the headings that were left unread.

    told: headings by field, where they are not those that are known. Raises Refused.
    """
    look = await look_at(path)
    head = look.head
    known = await remembering.remembered(school_id, KIND, digest_of(head))
    columns = json.loads(known) if known else guess(head)
    for name, heading in told.items():
        if name not in FIELDS:
            raise Refused(f"There is no field {name}. There are {', '.join(FIELDS)}.")
        if heading not in head:
            raise Refused(f"The table has no column {heading}.")
        columns[name] = head.index(heading)
    columns = allowed(columns, head)
    if look.kind is FileKind.LOANS and not is_enough(columns, starts, ends):
        raise Refused("Say what its columns are with --column, and the days with --from and --until.")
    unread = [head[place] for place in of_people(head)]
    file = {
        "kind": look.kind,
        "mapping": json.dumps(columns),
        "head": json.dumps(list(head)),
        "starts": starts,
        "ends": ends,
    }
    if dry_run:
        return await preview({**file, "school_id": school_id}, path), unread
    key = await _take_in_as(school_id, path.name, look, file)
    return await count(school_id, key, path), unread


@one_transaction
async def _take_in_as(school_id: int, name: str, look: Look, file: Mapping[str, Any]) -> str:
    made = await _take_in(school_id, name, "", look, None)
    made.mapping, made.starts, made.ends = file["mapping"], file["starts"], file["ends"]
    await made.save(update_fields=["mapping", "starts", "ends"])
    return made.key


@one_transaction
async def read_as(key: str, columns: Mapping[str, int], starts: date | None, ends: date | None, *, by: Reader) -> None:
    """Say what the columns are, and which days the file is about; such tables are read so from now on.

    Raises NotFound, Refused.
    """
    found = await _to_be_read(key, by)
    head = json.loads(found.head)
    said = allowed(columns, head)
    if "loans" not in said:
        raise Refused("Say which column holds how often things were borrowed.", about="loans")
    if bool(starts) != bool(ends) or (starts and ends and ends < starts):
        raise Refused("Say the first and the last day.", about="ends")
    if not is_enough(said, starts, ends):
        about = "starts" if "starts" not in said else "barcode"
        raise Refused("Say what tells the things apart, and which days it is about.", about=about)
    await remembering.remember(by.school.id, KIND, json.dumps(said), digest_of(head))
    found.mapping, found.starts, found.ends = json.dumps(said), starts, ends
    await found.save(update_fields=["mapping", "starts", "ends"])


async def _to_be_read(key: str, by: Reader) -> LoanFile:
    found = await LoanFile.get_or_none(school_id=by.school.id, key=key) if may_bring(by) else None
    if found is None:
        raise NotFound(key)
    if found.state != FileState.LOOKED_AT:
        raise Refused("This file was brought in already, or taken back. Upload it again.")
    return found


async def count(school_id: int, key: str, path: Path) -> Told:
    """Write the rows of a file; they count when the last is written. Begun again, it begins anew. Raises Refused."""
    found = await LoanFile.get(school_id=school_id, key=key)
    if found.state != FileState.LOOKED_AT:
        raise Refused("This file was brought in already, or taken back.")
    await _forget_rows(school_id, found.id)
    told, unit = Told(), list[LoanRow]()
    asked = {name: getattr(found, name) for name in ("kind", "mapping", "head", "starts", "ends")}
    async with aclosing(matched(school_id, asked, path)) as rows:
        async for row in rows:
            add(told, row)
            unit.append(LoanRow(school_id=school_id, of_file_id=found.id, **row))
            if len(unit) >= UNIT:
                await _write(unit)
                unit = []
    await _write(unit)
    await _counted(school_id, found.id, told)
    return told


@one_transaction
async def _write(unit: list[LoanRow]) -> None:
    await LoanRow.bulk_create(unit)


@one_transaction
async def _counted(school_id: int, file_id: int, told: Told) -> None:
    await LoanFile.filter(school_id=school_id, id=file_id).update(
        state=FileState.COUNTED.value,
        file="",
        counted=told.counted,
        refused=told.refused,
        loans=told.loans,
        starts=told.starts,
        ends=told.ends,
    )


async def take_back(key: str, *, by: Reader) -> None:
    """Take a file back whole: none of its rows count from this moment. Raises NotFound, Refused."""
    number = await _withdraw(key, by)
    await _forget_rows(by.school.id, number)


@one_transaction
async def _withdraw(key: str, by: Reader) -> int:
    found = await LoanFile.get_or_none(school_id=by.school.id, key=key) if may_bring(by) else None
    if found is None:
        raise NotFound(key)
    found.state = FileState.TAKEN_BACK.value
    await found.save(update_fields=["state"])
    await audit.note("took back circulation counts", by=by, subject=key)
    return int(found.id)


async def _forget_rows(school_id: int, file_id: int) -> None:
    while await _forget_some(school_id, file_id):
        pass


@one_transaction
async def _forget_some(school_id: int, file_id: int) -> int:
    ids = await LoanRow.filter(school_id=school_id, of_file_id=file_id).limit(UNIT * 4).values_list("id", flat=True)
    return await LoanRow.filter(school_id=school_id, id__in=list(ids)).delete() if ids else 0
