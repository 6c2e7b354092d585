"""What is taken away by night because its time is over, school by school and each thing by its name (SAFETY.md, P4)."""

import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from engage import dates
from engage.database.operations import write_back
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, Refused
from engage.people import audit, erasing, forgetting
from engage.people.models import Person, School
from engage.people.privacy_models import Retention, RetentionRun, Tombstone
from engage.people.privacy_queries import LIMITS, limits_of
from engage.people.register_rules import LONGEST, Limits, Register, check_limits
from engage.people.retention_rules import Over, over
from engage.people.rules import Reader, Status

log = logging.getLogger("engage.retention")
# who has left is looked at for longer than the longest time, so that no missed night and no shortened time misses one
MADE_UP = timedelta(days=LONGEST.left_days + 40)


@dataclass(frozen=True)
class Chore:
    """One thing that is taken away. name: as the school reads it; act: of a school and what is over there."""

    name: str
    act: Callable[[int, Over], Awaitable[int]]


OF_PEOPLE = (
    Chore("old sign-ins deleted", lambda school, over: forgetting.forget_sessions(school, over.sessions)),
    Chore("old entries of the audit deleted", lambda school, over: forgetting.forget_audit(school, over.audit)),
)


async def keep_retention(
    chores: Sequence[Chore], register: Register, secret_key: str, folder: Path, now: datetime
) -> int:
    """Take away what is over at every school, and write down what that was; a job's work. How many things.

    Raises ExceptionGroup once all schools had their turn, where some failed.
    """
    number, failed = 0, []
    for school in await School.all().order_by("id"):
        ended = over(now, dates.on(now, school.zone), school.year_starts_in, await limits_of(school.id))
        try:
            did = {chore.name: await chore.act(school.id, ended) for chore in (*chores, *OF_PEOPLE)}
            did["counts of leavers made nobody's"] = await _detach_leavers(register, school.id, ended)
            did["accounts of leavers erased"] = await _erase_leavers(register, secret_key, folder, school.id, ended)
            await _note_run(school.id, now, did)
        except Exception as problem:  # what one school has wrong must not keep the data of all others
            log.exception("what is over at a school was not taken away")
            failed.append(problem)
        else:
            number += sum(did.values())
    before = now - erasing.TOMBSTONES_KEPT
    await Tombstone.filter(at__lt=before).delete()
    erasing.keep_tombstones(folder, {}, before)
    await write_back()
    if failed:
        raise ExceptionGroup(f"what is over was not taken away at {len(failed)} schools", failed)
    return number


@one_transaction
async def _note_run(school_id: int, now: datetime, did: dict[str, int]) -> None:
    await RetentionRun.create(school_id=school_id, at=now, did=json.dumps(did))


async def _detach_leavers(register: Register, school_id: int, ended: Over) -> int:
    gone = Person.filter(
        school_id=school_id, status=Status.GONE, gone_at__lt=ended.left, gone_at__gte=ended.now - MADE_UP
    )
    return sum([await erasing.detach(register, person) for person in await gone.order_by("id")])


async def _erase_leavers(register: Register, secret_key: str, folder: Path, school_id: int, ended: Over) -> int:
    gone = Person.filter(school_id=school_id, status=Status.GONE, gone_at__lt=ended.account).order_by("id")
    ids = [person for (person,) in await gone.values_list("id")]
    for person in ids:
        await erasing.erase(register, school_id, person, secret_key, folder, None)
    return len(ids)


@one_transaction
async def shorten(wanted: Limits, *, by: Reader) -> bool:
    """Keep things for a shorter time from now on (ADM02). Whether anything is new. Raises NotAllowed, Refused."""
    if not by.may("ADM02"):
        raise NotAllowed("ADM02")
    await School.filter(id=by.school.id).select_for_update().first()
    now = await limits_of(by.school.id)
    for field, sentence in check_limits(wanted, now).items():
        raise Refused(sentence, about=field)
    changed = {name: getattr(wanted, name) for name in LIMITS if getattr(wanted, name) != getattr(now, name)}
    if not changed:
        return False
    values = {name: getattr(wanted, name) for name in LIMITS} | {"changed_at": dates.now()}
    if not await Retention.filter(school_id=by.school.id).update(**values):
        await Retention.create(school_id=by.school.id, **values)
    for name, value in changed.items():
        await audit.note("keeps things for a shorter time", by=by, detail=f"{name.replace('_', ' ')}: {value}")
    return True
