"""The days without school: what the school's calendar says of them, and what rows of days make of a change of it.

A day off neither adds to a row of days nor breaks it (PRODUCT.md, section 4, rule 19), so whoever changes the calendar
changes what programs count: everybody in those that run is counted again, and nobody loses a badge by it (rule 16).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tortoise.queryset import QuerySet

from engage import dates
from engage.database.fields import as_day
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, Refused
from engage.people import audit
from engage.people.models import DayOff, School
from engage.people.rules import Reader
from engage.programs.models import Program
from engage.programs.queries import Terms, terms_of
from engage.programs.revising import remember, rewrite
from engage.programs.rules import Phase, ProgramState, phase

ACT = "ADM01"
LONGEST = 120  # days: a summer
FURTHEST = 800  # days from today, to either side
LONGEST_NOTE = 80


@dataclass(frozen=True)
class Stretch:
    """Days without school in a row that have one name; weekends between two of them belong to it."""

    starts: date
    ends: date
    note: str


def stretches(days: Iterable[tuple[date, str]]) -> list[Stretch]:
    """Single days with their names, as a page shows them: in order, days of one name together."""
    found: list[Stretch] = []
    for day, note in sorted(days):
        last = found[-1] if found else None
        if last is not None and last.note == note and _next_to(last.ends, day):
            found[-1] = Stretch(last.starts, day, note)
        else:
            found.append(Stretch(day, day, note))
    return found


def _next_to(one: date, other: date) -> bool:
    between = [one + timedelta(days=number) for number in range(1, (other - one).days)]
    return len(between) <= 2 and all(day.weekday() >= 5 for day in between)


def check_stretch(starts: date, ends: date, today: date) -> None:
    """Refuse days that are no stretch of a school's calendar. Raises Refused."""
    if ends < starts:
        raise Refused("The last day cannot be before the first.", about="ends")
    if (ends - starts).days >= LONGEST:
        raise Refused(f"A stretch has {LONGEST} days at most. Look at the dates again.", about="ends")
    for day, field in ((starts, "starts"), (ends, "ends")):
        if abs((day - today).days) > FURTHEST:
            raise Refused("This day is too far away. Look at the year.", about=field)


async def days_off(reader: Reader, since: date) -> list[Stretch]:
    """What the calendar of the reader's school says from a day on."""
    rows = await DayOff.filter(school_id=reader.school.id, on__gte=since).values_list("on", "note")
    return stretches((as_day(on), note) for on, note in rows)


@one_transaction
async def close_days(starts: date, ends: date, note: str, *, by: Reader) -> int:
    """Write days into the calendar on which there is no school; how many are new. Raises NotAllowed, Refused.

    note: how the school calls them. A day that stands there already keeps its name.
    """
    check_stretch(starts, ends, dates.today(by.school.zone))
    concerned = await _programs(starts, ends, by)
    known = {as_day(on) for on in await _between(starts, ends, by).values_list("on", flat=True)}
    every = [starts + timedelta(days=number) for number in range((ends - starts).days + 1)]
    new = [day for day in every if day not in known]
    if new:
        await DayOff.bulk_create([DayOff(school_id=by.school.id, on=day, note=note) for day in new])
        await _changed("wrote days without school", starts, ends, note, concerned, by)
    return len(new)


@one_transaction
async def open_days(starts: date, ends: date, *, by: Reader) -> int:
    """Take days out of the calendar again; how many stood there. Raises NotAllowed, Refused."""
    check_stretch(starts, ends, dates.today(by.school.zone))
    concerned = await _programs(starts, ends, by)
    gone = await _between(starts, ends, by).delete()
    if gone:
        await _changed("took days without school back", starts, ends, "", concerned, by)
    return gone


def _between(starts: date, ends: date, by: Reader) -> QuerySet[DayOff]:
    return DayOff.filter(school_id=by.school.id, on__gte=starts, on__lte=ends)


async def _programs(starts: date, ends: date, by: Reader) -> list[Terms]:
    """The programs whose rows these days are part of, held until the unit of work ends."""
    if not by.may(ACT):
        raise NotAllowed(ACT)
    await School.filter(id=by.school.id).select_for_update(no_key=True).first()
    meant = Program.filter(school_id=by.school.id, starts__lte=ends).exclude(state=ProgramState.DRAFT)
    held = meant.order_by("id").select_for_update(no_key=True)
    today = dates.today(by.school.zone)
    numbers = []
    for program in await held.only("id", "title", "starts", "ends", "catching_up"):
        if program.ends is not None and program.ends < starts:
            continue
        if phase(program.starts, program.ends, program.catching_up, today) is Phase.CLOSED:
            raise Refused(
                f"“{program.title}” is over, and what it counted on these days stays as it is.", about="starts"
            )
        numbers.append(program.id)
    found = await terms_of(by.school, numbers) if numbers else {}
    return [found[number] for number in numbers]


async def _changed(act: str, starts: date, ends: date, note: str, concerned: Iterable[Terms], by: Reader) -> None:
    for old in concerned:
        await remember(old, by)
        await rewrite(old, by)
        if old.program["state"] != ProgramState.PUBLISHED:  # one that was put away still stands as it was counted
            args = {"school_id": by.school.id, "program_id": old.program["id"]}
            await enqueue("recount", args, key=f"recount-{old.program['id']}")
    days = starts.isoformat() if starts == ends else f"{starts.isoformat()} to {ends.isoformat()}"
    await audit.note(act, by=by, detail=f"{days} {note}".strip())
