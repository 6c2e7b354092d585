"""Somebody taken out of everything that is held, table by table as the register says, and kept out (SAFETY.md, P6, B2).

The account is locked at once. Then each group of tables is one unit of work; what was broken off is gone on with.
Totals stay true: rows that they are made of stand under a stand-in, a person who is nobody.
"""

import fcntl
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from tortoise.context import get_current_context
from tortoise.fields import TextField
from tortoise.fields.data import CharField
from tortoise.models import Model

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotFound
from engage.people import audit, sealing, sessions
from engage.people.models import Membership, Person
from engage.people.privacy_models import Erasure, Tombstone
from engage.people.register_rules import Erase, ErasureState, Reference, Register, Table, Topic
from engage.people.roster_models import RosterChange, RosterId, RosterRow
from engage.people.rules import GradeBand, Reader, Status, band_of

# these two say whose erasure it is, so they go last
LAST = ("erasure", "person")
# what becomes nobody's when somebody leaves the school; the account itself stays for a while
OF_LEAVERS = frozenset({Topic.LOG, Topic.PROGRAMS, Topic.WRITING, Topic.COUNTS})
# a grade that stands for its band, which is all that totals are counted by
GRADE = {GradeBand.EARLY: 2, GradeBand.MIDDLE: 5, GradeBand.UPPER: 8, GradeBand.HIGH: 12, GradeBand.NONE: None}
TOMBSTONES = "tombstones"
TOMBSTONES_KEPT = timedelta(days=396)
WHY = "an erasure takes a person out of everything"


def digest_of(person_key: str, secret_key: str) -> str:
    """What a tombstone says of somebody; without the secret it leads back to nobody."""
    return sealing.keyed(secret_key, "tombstone", person_key)


@one_transaction
async def begin(school_id: int, person_id: int, secret_key: str, by: Reader | None, asked: int | None = None) -> int:
    """Lock the account, set the tombstone and write down that it happened, not to whom; the number of the erasure.

    asked: the erasure that somebody asked for. Raises NotFound.
    """
    person = await Person.filter(school_id=school_id, id=person_id).select_for_update().first()
    if person is None or person.status is Status.NOBODY:
        raise NotFound("person")
    now = dates.now()
    person.status, person.gone_at = Status.GONE, person.gone_at or now
    # what a roster knows somebody by goes with the login, so that none brings them back before the last row is gone
    person.login, person.email, person.password_hash, person.picture_hash = None, "", "", ""
    await person.save(update_fields=["status", "gone_at", "login", "email", "password_hash", "picture_hash"])
    await RosterRow.filter(school_id=school_id, person_id=person.id).delete()
    await RosterChange.filter(school_id=school_id, person_id=person.id).delete()
    await RosterId.filter(school_id=school_id, person_id=person.id).delete()
    await sessions.end_all_sessions(person.id)
    digest = digest_of(person.key, secret_key)
    if not await Tombstone.filter(digest=digest).exists():
        await Tombstone.create(digest=digest, at=now)
    decided: dict[str, Any] = {"state": ErasureState.BEGUN, "decided_at": now, "decided_by_id": by.id if by else None}
    known = Erasure.filter(school_id=school_id, person_id=person_id, state__in=[ErasureState.ASKED, ErasureState.BEGUN])
    row = await (known.filter(id=asked) if asked else known.order_by("id")).select_for_update().first()
    if row is None:
        row = await Erasure.create(school_id=school_id, person_id=person_id, asked_at=now, **decided)
    elif row.state == ErasureState.ASKED:
        await row.update_from_dict(decided).save()
    else:
        return int(row.id)
    await audit.note("erased a student", by=by, school_id=school_id)
    return int(row.id)


async def carry_on(register: Register, erasure_id: int, secret_key: str, folder: Path) -> None:
    """Do what is left of an erasure, however far it was. folder: where tombstones are kept beside the database."""
    with every_school(WHY):
        row = await Erasure.get(id=erasure_id)
        person = await Person.get_or_none(id=row.person_id)  # type: ignore[attr-defined]
        if person is None:
            return
        keep_tombstones(folder, {digest_of(person.key, secret_key): row.asked_at})
        tables = [table for table in reversed(register) if table.name not in LAST]
        stand_in = row.stand_in or await _stand_in(tables, person, row.id)
        await _take_out(tables, person, stand_in, leaving=False)
        await _end([table for table in register if table.name in LAST], person.id, row.id)


async def erase(
    register: Register,
    school_id: int,
    person_id: int,
    secret_key: str,
    folder: Path,
    by: Reader | None,
    asked: int | None = None,
) -> None:
    """Erase somebody, from the lock to the last row."""
    await carry_on(register, await begin(school_id, person_id, secret_key, by, asked), secret_key, folder)


async def finish_erasures(register: Register, secret_key: str, folder: Path) -> int:
    """Go on with every erasure that was begun, as a job; how many."""
    begun = [number for (number,) in await Erasure.filter(state=ErasureState.BEGUN).order_by("id").values_list("id")]
    for number in begun:
        await carry_on(register, number, secret_key, folder)
    return len(begun)


async def detach(register: Register, person: Person) -> bool:
    """Make the counts of somebody who has left nobody's; the account itself stays. Whether there were any."""
    tables = [table for table in reversed(register) if table.topic in OF_LEAVERS or table.name == "class_member"]
    stand_in = await _stand_in(tables, person)
    return await _take_out(tables, person, stand_in, leaving=True) > 0


async def bury_again(register: Register, secret_key: str, folder: Path) -> int:
    """Erase again whoever an older backup brought back, before anything is served (SAFETY.md, B2). How many."""
    with every_school(WHY):
        digests = set(read_tombstones(folder))
        digests |= {str(one) for one in await Tombstone.all().values_list("digest", flat=True)}
        if not digests:
            return 0
        people = await Person.exclude(status=Status.NOBODY).values_list("id", "school_id", "key")
        back = [(number, school) for number, school, key in people if digest_of(key, secret_key) in digests]
        for number, school in back:
            await erase(register, school, number, secret_key, folder, None)
    return len(back)


def read_tombstones(folder: Path) -> dict[str, datetime]:
    """The tombstones kept beside the database, with the moment of each."""
    file = folder / TOMBSTONES
    lines = file.read_text().split("\n") if file.exists() else []
    return {digest: datetime.fromisoformat(at) for digest, _, at in (line.partition(" ") for line in lines) if at}


def keep_tombstones(folder: Path, new: dict[str, datetime], before: datetime | None = None) -> None:
    """Keep tombstones in a file too, which no restored database overwrites. before: leave out those that are older."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{TOMBSTONES}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second worker who wrote between reading and writing would be lost
        _keep_tombstones(folder, new, before)


def _keep_tombstones(folder: Path, new: dict[str, datetime], before: datetime | None) -> None:
    known = read_tombstones(folder)
    every = {digest: at for digest, at in (known | new).items() if before is None or at >= before}
    if every == known:
        return
    partial = folder / f"{TOMBSTONES}.partial"
    with partial.open("w") as file:
        file.write("".join(f"{digest} {at.isoformat()}\n" for digest, at in every.items()))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / TOMBSTONES)
    _settle(folder)


def _settle(folder: Path) -> None:
    """Make sure that the new name of a file outlives a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def model_of(table: str) -> type[Model]:
    """The model of a table."""
    return next(model for model in models() if model._meta.db_table == table)


def models() -> list[type[Model]]:
    """All models of the house."""
    context = get_current_context()
    if context is None or context.apps is None:
        raise RuntimeError("The database is not open.")
    return [model for app in context.apps.values() for model in app.values()]


async def _stand_in(tables: Iterable[Table], person: Person, erasure: int = 0) -> int:
    """A person who is nobody, where there is anything to stand in for; 0 else. erasure: which one remembers who."""
    for table in tables:
        for one in table.references:
            if one.erase is Erase.STAND_IN and await model_of(table.name).filter(**{one.where: person.id}).exists():
                return await _make_stand_in(person, erasure)
    return 0


@one_transaction
async def _make_stand_in(person: Person, erasure: int = 0) -> int:
    whose: dict[str, Any] = {"district_id": person.district_id, "school_id": person.school_id}  # type: ignore[attr-defined]
    made: Person = await Person.create(**whose, name="", grade=GRADE[band_of(person.grade)], status=Status.NOBODY)
    await Erasure.filter(id=erasure).update(stand_in=made.id)
    return int(made.id)


async def _take_out(tables: Iterable[Table], person: Person, stand_in: int, *, leaving: bool) -> int:
    schools = set(await Membership.filter(person_id=person.id).values_list("school_id", flat=True))
    number = 0
    for _, group in groupby(tables, key=lambda table: table.topic):
        some = list(group)
        for table in some:
            for school in sorted({person.school_id, *schools}):  # type: ignore[attr-defined]
                if table.eraser is not None:
                    await table.eraser(school, person.id)
        number += await _take_out_of(some, person.id, stand_in, leaving)
    return number


@one_transaction
async def _take_out_of(tables: Iterable[Table], person_id: int, stand_in: int, leaving: bool) -> int:
    """Follow every reference to a person in a group of tables. How many rows were touched."""
    number = 0
    for table in tables:
        for one in table.references:
            number += await _follow(model_of(table.name), one, person_id, stand_in, leaving)
    return number


async def _follow(model: type[Model], one: Reference, person_id: int, stand_in: int, leaving: bool) -> int:
    what = (one.leaving if leaving else None) or one.erase
    if what is Erase.HIDDEN or (leaving and one.done):
        return 0
    rows = model.filter(**{one.where: person_id})
    emptied = {name: _nothing(model, name) for name in one.blanks}
    if one.path:
        ids = [number for (number,) in await rows.values_list("id")]
        rows = model.filter(id__in=ids)
        if not ids or (what is Erase.FOLLOWS and not emptied):
            return 0
        if what is Erase.FOLLOWS:
            return await rows.update(**emptied)
    if what is Erase.ROW:
        return await rows.delete()
    if what is Erase.STAND_IN and not stand_in:
        return 0
    values = {one.column: stand_in if what is Erase.STAND_IN else None}
    return await rows.update(**values, **emptied)


def _nothing(model: type[Model], name: str) -> Any:
    """What an emptied column holds."""
    column = model._meta.fields_map[name]
    return None if column.null else "" if isinstance(column, CharField | TextField) else 0


@one_transaction
async def _end(tables: Iterable[Table], person_id: int, erasure: int) -> None:
    """The last unit: nothing leads to the person any more, and the erasure is done. Raises RuntimeError if it does."""
    await Erasure.filter(id=erasure).update(state=ErasureState.DONE, done_at=dates.now())
    for name in LAST:
        for table in tables:
            if table.name == name:
                await _take_out_of([table], person_id, 0, False)
    await check_gone(person_id)


async def check_gone(person_id: int) -> None:
    """Make sure that no table names a person any more. Raises RuntimeError."""
    left = ["person"] if await Person.exists(id=person_id) else []
    for model in models():
        for name in model._meta.fk_fields | model._meta.o2o_fields:
            field: Any = model._meta.fields_map[name]
            if field.related_model is Person and await model.filter(**{f"{name}_id": person_id}).exists():
                left.append(f"{model._meta.db_table}.{name}")
    if left:
        raise RuntimeError(f"who is being erased is still named in {', '.join(sorted(left))}")
