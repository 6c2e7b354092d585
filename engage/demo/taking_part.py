"""Two to three months of reading, viewing and listening: the facts by chance from a fixed seed, all else derived."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from engage import dates
from engage.database.fields import new_key
from engage.database.transaction import one_transaction
from engage.demo.library import moment
from engage.demo.people import Class, Place
from engage.demo.programs import LANTERN_DAYS
from engage.engagement import rebuilding as figures
from engage.engagement.models import Engagement
from engage.engagement.rules import Kind, Mode
from engage.lists.models import CuratedList
from engage.people.models import Person
from engage.people.rules import band_of
from engage.programs import rebuild as outcomes
from engage.programs.models import Enrolment, LogEntry, Program, ResourceProgress, Saved
from engage.programs.places import whereabouts
from engage.resources.models import Resource

DAYS = 84
MINUTES = (10, 15, 20, 20, 25, 30)
# how Maya's last days went: days ago, title, mode, minutes, ending
MAYA = (
    (1, "A Wrinkle in Time", 20, ""),
    (2, "A Wrinkle in Time", 25, ""),
    (4, "But Why", 25, "finished"),
    (5, "A Wrinkle in Time", 20, ""),
    (6, "A Trip to the Moon", 13, "finished"),
    (9, "Zita the Spacegirl", 30, ""),
    (12, "Hidden Figures", 20, ""),
    (13, "StarDate", 10, ""),
    (17, "Swimmy", 15, "finished"),
    (21, "Coraline", 25, "finished"),
    (24, "Coraline", 30, ""),
    (47, "Frog and Toad Are Friends", 15, "finished"),
    (55, "Charlotte's Web", 30, "finished"),
    (58, "Charlotte's Web", 25, ""),
)


class Reading:
    """One student's log as it comes about, day by day."""

    def __init__(self, person: Person, room: Class, place: Place, pools: dict[Mode, list[Resource]]) -> None:
        self.person, self.room, self.place, self.pools = person, room, place, pools
        self.rng = Random(f"{room.school}/{room.row.name}/{room.students.index(person)}")
        self.keen = self.rng.uniform(0.2, 0.8)
        self.book: Resource | None = None

    def entries(self) -> Iterable[LogEntry]:
        """The whole log, the oldest first. The last day is yesterday, so that today is still to be stamped."""
        for ago in range(DAYS, 0, -1):
            day = self.place.today - timedelta(days=ago)
            if self.rng.random() < self.keen * (0.6 if day.weekday() > 4 else 1):
                yield self.one(ago)

    def one(self, ago: int) -> LogEntry:
        """What was done on a day."""
        mode = self.rng.choices(list(Mode), (6, 2, 2))[0]
        if mode is not Mode.READING:
            thing = self.rng.choice(self.pools[mode])
            minutes = thing.minutes if thing.minutes and thing.minutes < 60 else self.rng.choice(MINUTES)
            return self.entry(ago, thing, max(minutes, 5), "finished" if self.rng.random() < 0.5 else "")
        thing = self.book = self.book or self.rng.choice(self.pools[mode])
        ends = self.rng.random()
        likely = 0.75 if thing.format == "picture book" else 0.25
        ending = "finished" if ends < likely else "stopped" if ends < likely + 0.05 else ""
        self.book = None if ending else thing
        return self.entry(ago, thing, self.rng.choice(MINUTES), ending)

    def entry(self, ago: int, thing: Resource, minutes: int, ending: str) -> LogEntry:
        """A fact, as the log action writes it."""
        return LogEntry(
            key=new_key(),
            school_id=self.place.row.id,
            person_id=self.person.id,
            entered_by_id=self.person.id,
            on=self.place.today - timedelta(days=ago),
            zone=self.place.row.zone,
            entered_at=moment(self.place, ago, self.rng.choice((8, 14, 16, 19))),
            mode=thing.mode,
            resource_id=thing.id,
            minutes=minutes,
            ending=ending,
            class_id=self.room.row.id,
            grade_band=band_of(self.room.grade).value,
            form_key=new_key(),
        )


def pools_of(room: Class, have: dict[str, Resource], loved: list[str]) -> dict[Mode, list[Resource]]:
    """What a class chooses from, by mode; loved: titles of which there is more talk."""
    fits = [
        thing
        for thing in have.values()
        if (thing.audience_low or -1) <= room.grade <= (12 if thing.audience_high is None else thing.audience_high)
    ]
    fits += [thing for thing in fits if thing.title in loved] * 12
    return {mode: [thing for thing in fits if thing.mode is mode] for mode in Mode}


async def take_part(place: Place, have: dict[str, Resource], loved: list[str], programs: list[Program]) -> None:
    """Everybody's log and part in the programs, and what follows from both."""
    things = {thing.id: thing for thing in have.values()}
    for room in place.classes.values():
        pools = pools_of(room, have, loved)
        for start in range(0, len(room.active), 4):
            await _log(place, room, room.active[start : start + 4], pools, have, things)
        for program in programs:
            await _join(place, room, program)
    for program in programs:
        await outcomes.recount(place.row.id, program.id)


@one_transaction
async def _log(
    place: Place,
    room: Class,
    some: list[Person],
    pools: dict[Mode, list[Resource]],
    have: dict[str, Resource],
    things: dict[int, Resource],
) -> None:
    facts: list[LogEntry] = []
    for person in some:
        reading = Reading(person, room, place, pools)
        if person.name == "Maya" and room.row.name == "Room 12":
            facts += [
                reading.entry(ago, have[title], minutes, ending) for ago, title, minutes, ending in reversed(MAYA)
            ]
        else:
            facts += reading.entries()
    await LogEntry.bulk_create(facts, batch_size=200)
    await Engagement.bulk_create([row for fact in facts for row in diary_of(fact, things)], batch_size=200)
    days: dict[tuple[int, int], list[tuple[Any, ...]]] = {}
    for fact in facts:
        assert fact.resource_id is not None
        days.setdefault((fact.person_id, fact.resource_id), []).append((fact.on, fact.ending))  # type: ignore[attr-defined]
    placed = []
    for (person_id, resource_id), rows in days.items():
        found = whereabouts(rows)
        assert found is not None
        of = {"school_id": place.row.id, "person_id": person_id, "resource_id": resource_id}
        placed.append(ResourceProgress(**of, state=found[0], started_on=found[1], on=found[2]))
    await ResourceProgress.bulk_create(placed, batch_size=200)


def diary_of(fact: LogEntry, things: dict[int, Resource]) -> Iterable[Engagement]:
    """What the diary says of an entry, as the log action writes it."""
    assert fact.resource_id is not None
    thing = things[fact.resource_id]
    of: dict[str, Any] = {
        "school_id": fact.school_id,  # type: ignore[attr-defined]
        "on": fact.on,
        "at": fact.entered_at,
        "mode": fact.mode,
        "format": thing.format.value,
        "place": "here" if thing.here else "online" if thing.online else "",
        "grade_band": fact.grade_band,
        "resource_id": thing.id,
        "class_id": fact.class_id,
        "person_id": fact.person_id,  # type: ignore[attr-defined]
    }
    yield Engagement(kind=Kind.LOGGED, **of, minutes=fact.minutes or 0)
    if fact.ending:
        yield Engagement(kind=Kind.FINISHED if fact.ending == "finished" else Kind.STOPPED, **of)


@one_transaction
async def _join(place: Place, room: Class, program: Program) -> None:
    rng = Random(f"{program.slug}/{room.row.name}")
    maya = room.students[:1] if room.row.name == "Room 12" else []
    joined = maya + [one for one in room.active if one not in maya and rng.random() < 0.85]
    parts, told = [], []
    for person in joined:
        on = min(program.starts + timedelta(days=rng.randrange(12)), place.today)
        at = moment(place, (place.today - on).days, 12)
        of = {"school_id": place.row.id, "program_id": program.id, "person_id": person.id}
        parts.append(Enrolment(**of, joined_on=on, joined_at=at))
        told.append(Engagement(**of, kind=Kind.PROGRAM_JOINED, on=on, at=at, grade_band=band_of(room.grade)))
    await Enrolment.bulk_create(parts)
    await Engagement.bulk_create(told)


async def look_around(
    place: Place, lists: dict[str, CuratedList], have: dict[str, Resource], programs: list[Program], display: int | None
) -> None:
    """Lists, resources and programs that were opened by nobody in particular, and the figures of it all."""
    rng = Random(f"opened/{place.row.slug}")
    rows: list[Engagement] = []
    bands = sorted({band_of(room.grade) for room in place.classes.values()})
    for ago in range(LANTERN_DAYS * 2, -1, -1):
        at = moment(place, ago, 13)
        of: dict[str, Any] = {"school_id": place.row.id, "on": place.today - timedelta(days=ago), "at": at}
        for curated in lists.values():
            if curated.published_at is not None and curated.published_at <= at:
                rows += [
                    Engagement(**of, kind=Kind.LIST_OPENED, list_id=curated.id, grade_band=band, count=number)
                    for band in bands
                    if (number := rng.randrange(6))
                ]
        things = rng.sample(sorted(have.values(), key=lambda thing: thing.title), 3)
        rows += [Engagement(**of, kind=Kind.RESOURCE_OPENED, resource_id=one.id, mode=one.mode) for one in things]
        rows += [
            Engagement(**of, kind=Kind.PROGRAM_OPENED, program_id=one.id, count=rng.randrange(2, 9))
            for one in programs
            if one.starts <= of["on"]
        ]
        if display is not None and ago < 5:
            rows.append(Engagement(**of, kind=Kind.DISPLAY_SHOWN, display_id=display, count=rng.randrange(20, 60)))
    await _keep_rows(rows)
    await figures.repair(place.row.id)


@one_transaction
async def _keep_rows(rows: list[Engagement]) -> None:
    await Engagement.bulk_create(rows, batch_size=200)


@one_transaction
async def save_some(
    place: Place, person: Person, have: dict[str, Resource], titles: Iterable[str], at: datetime
) -> None:
    """Put things on somebody's shelf."""
    room = next(room for room in place.classes.values() if person in room.students)
    on: date = dates.on(at, place.row.zone)
    for title in titles:
        thing = have[title]
        await Saved.create(school_id=place.row.id, person_id=person.id, resource_id=thing.id, at=at)
        await Engagement.create(
            school_id=place.row.id,
            kind=Kind.RESOURCE_SAVED,
            on=on,
            at=at,
            mode=thing.mode,
            format=thing.format.value,
            resource_id=thing.id,
            grade_band=band_of(room.grade),
        )
