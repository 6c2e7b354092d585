"""Copies of what is held of one person: asked for once, fetched once, and counted where they are many (LOG08, P6)."""

from datetime import datetime, timedelta

from engage import dates
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit
from engage.people.models import DayOff, Person, Session
from engage.people.privacy_models import Erasure, RecordLink, RecordTaken
from engage.people.privacy_queries import erasure_of
from engage.people.queries import oneself
from engage.people.register_rules import ErasureState
from engage.people.rules import Reader
from engage.web.sessions import hash_of, new_token

LINK_HOURS = 24
# SAFETY.md, P6
MANY, HOUR = 200, timedelta(hours=1)


@one_transaction
async def ask_for_record(*, by: Reader) -> str:
    """A token of an address at which the reader fetches, once and in this session, what is held."""
    session = await Session.get_or_none(id=by.session_id, person_id=by.id)
    if session is None or by.id is None:
        raise NotFound("session")
    token, now = new_token(), dates.now()
    await RecordLink.create(
        school_id=by.school.id,
        token_hash=hash_of(token),
        person_id=by.id,
        session_id=by.session_id,
        made_at=now,
        ends_at=now + timedelta(hours=LINK_HOURS),
    )
    return token


@one_transaction
async def use_link(token: str, *, by: Reader) -> Person:
    """Who fetches a record at such an address; from now on it gives nothing. Raises NotFound."""
    now = dates.now()
    known = RecordLink.filter(
        school_id=by.school.id,
        token_hash=hash_of(token),
        person_id=by.id,
        session_id=by.session_id,
        used_at__isnull=True,
        ends_at__gt=now,
    )
    if not await known.update(used_at=now):
        raise NotFound("record")
    return await oneself(by)


async def take_note(what: str, students: int, *, by: Reader | None, school_id: int, now: datetime) -> bool:
    """Count that data of students leaves the service; inside the unit that gives it. Whether it raised the alarm.

    what: in words. One person who takes out more than MANY students in an hour raises it once in that hour; and outside
    school hours once for all that is taken out until they begin again.
    """
    by_id = by.id if by else None
    row = await RecordTaken.create(school_id=school_id, by_id=by_id, at=now, what=what, students=students)
    if by is None:
        return False
    spans = {"ALARM: took out the data of many students within an hour": now - HOUR}
    if (closed := await _closed_since(by, now)) is not None:
        spans["ALARM: took out many students' data outside school hours"] = closed
    for act, since in spans.items():
        span = RecordTaken.filter(school_id=school_id, by_id=by_id, at__gt=since)
        number = sum(int(str(some)) for some in await span.values_list("students", flat=True))
        if number <= MANY or await span.filter(alarmed=True).exists():
            continue
        await RecordTaken.filter(school_id=school_id, id=row.id).update(alarmed=True)
        await audit.note(act, by=by, detail=f"{number} students")
        return True
    return False


async def _closed_since(by: Reader, now: datetime) -> datetime | None:
    first = dates.on(now - dates.LONGEST_CLOSED, by.school.zone)
    off = await DayOff.filter(school_id=by.school.id, on__gte=first).values_list("on")
    return dates.closed_since(now, by.school.zone, {day for (day,) in off})


@one_transaction
async def noted(what: str, students: int, *, by: Reader) -> None:
    """The same, in a unit of its own."""
    await take_note(what, students, by=by, school_id=by.school.id, now=dates.now())


@one_transaction
async def ask_erasure(person: Person, reason: str, *, by: Reader) -> None:
    """Ask that a student be erased (LOG10, Q): a student for oneself, a teacher for a student of an own class.

    Raises Refused where that was asked already.
    """
    known = await erasure_of(by, person.id)
    if known is not None and known["state"] in (ErasureState.ASKED, ErasureState.BEGUN):
        raise Refused("This was asked already. An admin of the school decides.")
    await Erasure.create(
        school_id=by.school.id,
        person_id=person.id,
        state=ErasureState.ASKED,
        reason=reason.strip(),
        asked_at=dates.now(),
        asked_by_id=by.id,
    )
    if by.id != person.id:
        await audit.note("asked for an erasure", by=by, about_id=person.id)


@one_transaction
async def refuse_erasure(person: Person, *, by: Reader) -> None:
    """Do not do what was asked. Raises NotFound."""
    asked = Erasure.filter(school_id=by.school.id, person_id=person.id, state=ErasureState.ASKED)
    if not await asked.update(state=ErasureState.REFUSED, decided_at=dates.now(), decided_by_id=by.id, reason=""):
        raise NotFound("erasure")
    await audit.note("did not erase a student as asked", by=by, about_id=person.id)


@one_transaction
async def noted_by_command(act: str, about_id: int, school_id: int) -> None:
    """Write down that the operator took out somebody's record."""
    await audit.note(act, by=None, about_id=about_id, school_id=school_id)
    await take_note(act, 1, by=None, school_id=school_id, now=dates.now())
