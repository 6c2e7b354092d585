"""The dates of a class, of a person and of a program, and the secret addresses under which they are found.

A calendar program cannot sign in, so whoever has the address sees the dates: lists' titles and days, and no student's
name. Only a keyed hash of it is kept; whoever made it may end it, and it ends with their rights (SAFETY.md, A6).
Source: STANDARDS.md, 5.3.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.expressions import Q, Subquery

from engage import dates
from engage.classes.own_models import CalendarAddress
from engage.classes.queries import Assigned, asked_of, assigned_to
from engage.classes.rules import CANCELLED_FOR
from engage.classes.unit_models import UnitSession
from engage.classes.unit_queries import plans, units_for
from engage.database.transaction import one_transaction
from engage.errors import NotFound
from engage.lists.exchange_form import urn
from engage.people import sealing
from engage.people.models import SchoolClass
from engage.people.queries import reader_at
from engage.people.rules import Reader, Scope
from engage.programs.models import Enrolment
from engage.programs.rules import ProgramState
from engage.web.calendars import Dated

LOOKS_BACK = timedelta(days=366)
MOST = 500
PROGRAM = {name: f"program__{name}" for name in ("key", "slug", "title", "starts", "ends", "version", "made_at")}


def hashed(secret_key: str, token: str) -> str:
    """What stands in the table for a token."""
    return sealing.keyed(secret_key, "calendar", token)


async def made_at(reader: Reader, class_id: int | None = None) -> datetime | None:
    """When the reader's address of the own dates, or of a class, was made; None where there is none."""
    rows = CalendarAddress.filter(school_id=reader.school.id, person_id=reader.id or 0, school_class_id=class_id)
    found = await rows.order_by("-id").limit(1).values_list("made_at")
    return found[0][0] if found else None


@one_transaction
async def make_address(token_hash: str, *, by: Reader, class_id: int | None = None) -> None:
    """Make a new address; the one before it works no longer. class_id: of a class that the person teaches."""
    of: dict[str, Any] = {"school_id": by.school.id, "person_id": by.id, "school_class_id": class_id}
    await CalendarAddress.filter(**of).delete()
    await CalendarAddress.create(**of, token_hash=token_hash, made_at=dates.now())


@one_transaction
async def end_address(*, by: Reader, class_id: int | None = None) -> None:
    """End an address; calendars that know it find nothing from now on."""
    await CalendarAddress.filter(school_id=by.school.id, person_id=by.id, school_class_id=class_id).delete()


async def whose(school_id: int, slug: str, token_hash: str, room_key: str = "") -> Reader:
    """Who made an address, with the rights of this moment. room_key: of the class whose dates are asked for, if any.

    Raises NotFound where it never was, has ended, or its maker has left.
    """
    rows = CalendarAddress.filter(school_id=school_id, token_hash=token_hash)
    found = await rows.limit(1).values_list("person_id", "school_class__key")
    if not found or (found[0][1] or "") != room_key:
        raise NotFound("a calendar")
    reader = await reader_at(found[0][0], slug)
    if reader is None or not reader.roles:
        raise NotFound("a calendar")
    return reader


async def dates_of(reader: Reader, address: Callable[[str, str], str]) -> list[Dated]:
    """A person's dates: what is asked of them, or of their classes and groups, lessons of units, and their programs.

    address: the whole address of a thing, by the name of its row and its key or slug.
    """
    today, gone_since = dates.today(reader.school.zone), dates.now() - CANCELLED_FOR
    asked = await asked_of(reader, gone_since=gone_since) if reader.is_student else []
    words: dict[str, str] = {}
    if reader.taught_ids and reader.may("REP01", Scope.CLASS):
        taught = await assigned_to(reader.school.id, sorted(reader.taught_ids), gone_since=gone_since)
        own = [one for one in taught if one.group_id is None or one.teacher_id == reader.id]
        words = await _whom(reader.school.id, own)
        asked = [*asked, *own]
    shown = [one for one in asked if reader.taught_ids or one.shows_from <= today]
    events = [_event(one, address, words.get(one.key, "")) for one in _on_days(shown, today)]
    return [*events, *await _lessons(reader, address, today), *await _programs(reader, address)]


async def dates_of_class(reader: Reader, room: SchoolClass, address: Callable[[str, str], str]) -> list[Dated]:
    """What is asked of a whole class. reader: a teacher of it."""
    today, gone_since = dates.today(reader.school.zone), dates.now() - CANCELLED_FOR
    every = await assigned_to(reader.school.id, [room.id], gone_since=gone_since)
    shown = [one for one in every if one.asked is None and one.shows_from <= today]
    return [_event(one, address, "") for one in _on_days(shown, today)]


def dates_of_program(program: Mapping[str, Any], address: Callable[[str, str], str]) -> list[Dated]:
    """The first and the last day of a program. program: key slug title starts ends version made_at."""
    days = (("begins", program["starts"]), ("ends", program["ends"]))
    return [
        Dated(
            urn(f"program {word}", program["key"]),
            f"{program['title']} {word}",
            address("programs.show", program["slug"]),
            day,
            day,
            program["made_at"],
            sequence=program["version"],
        )
        for word, day in days
        if day is not None
    ]


def _on_days(asked: Iterable[Assigned], today: date) -> list[Assigned]:
    dated = [one for one in asked if one.due_on is not None and one.due_on >= today - LOOKS_BACK]
    return dated[-MOST:]


def _event(one: Assigned, address: Callable[[str, str], str], words: str) -> Dated:
    day = one.due_on or one.shows_from
    return Dated(
        urn("assignment", one.key),
        one.title,
        address("classes.asked", one.key),
        day,
        day,
        one.changed_at or one.made_at,
        words,
        one.version,
        one.withdrawn_at is not None,
    )


async def _whom(school_id: int, asked: list[Assigned]) -> dict[str, str]:
    """Of whom each is asked, without the name that a teacher gave a group: it may be a student's."""
    rooms = SchoolClass.filter(school_id=school_id, id__in=sorted({one.class_id for one in asked if one.class_id}))
    names: dict[int | None, str] = dict(await rooms.values_list("id", "name"))
    words = {}
    for one in asked:
        room = names.get(one.class_id, "")
        some = f"For some students of {room}" if one.only_some else f"For {room}"
        words[one.key] = "For a reading group" if one.class_id is None else some
    return words


async def _lessons(reader: Reader, address: Callable[[str, str], str], today: date) -> list[Dated]:
    """The lessons of the units that somebody plans."""
    if not plans(reader):
        return []
    rows = UnitSession.filter(
        Q(gone_at__isnull=True) | Q(gone_at__gte=dates.now() - CANCELLED_FOR),
        school_id=reader.school.id,
        unit_id__in=Subquery(units_for(reader).values("id")),
        on__gte=today - LOOKS_BACK,
    )
    columns = ("key", "on", "what", "version", "changed_at", "gone_at")
    found = await rows.order_by("on", "id").limit(MOST).values(*columns, unit="unit__title", unit_key="unit__key")
    return [
        Dated(
            urn("lesson", row["key"]),
            f"{row['unit']}: {row['what']}",
            address("classes.unit", row["unit_key"]),
            row["on"],
            row["on"],
            row["changed_at"],
            sequence=row["version"],
            cancelled=row["gone_at"] is not None,
        )
        for row in found
    ]


async def _programs(reader: Reader, address: Callable[[str, str], str]) -> list[Dated]:
    joined = Enrolment.filter(
        school_id=reader.school.id,
        person_id=reader.id or 0,
        left_at__isnull=True,
        program__state=ProgramState.PUBLISHED,
    )
    rows = await joined.order_by("program__starts", "program_id").limit(MOST).values(**PROGRAM)
    return [event for row in rows for event in dates_of_program(row, address)]
