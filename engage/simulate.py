"""A made-up district of any size, the same for the same seed: people, things, facts, the diary and the figures of it.

Rows are written in bulk past the ORM, so that millions take minutes. What is kept is folded here with the very rules
that the diary keeps it by, and `engage rebuild` finds no difference. It is for benchmarks: there are no programs in it,
and nobody can sign in.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from engage import dates
from engage.database.bulk import Bulk
from engage.engagement.diary import DAY_SUMS, IN_NO_MODE, MONTH_CUT, Cut
from engage.engagement.hidden import Whose, hash_with
from engage.engagement.models import ActiveDay, DailyFigure, Engagement, HiddenStudent, MonthFigure, Turnout, YearSalt
from engage.engagement.rules import Kind, Mode
from engage.engagement.turnout import Key, Part, People, bits_of, month_of
from engage.evaluation.models import Cycle
from engage.lists.models import CuratedList, ListItem
from engage.people.models import ClassMember, District, Membership, Person, School, SchoolClass
from engage.people.rules import band_of
from engage.programs.models import LogEntry, ResourceProgress
from engage.resources.models import Resource

ZONE = "America/New_York"
THINGS, LISTS, ON_LIST, IN_CLASS = 120, 6, 15, 25
FORMATS = {Mode.READING: ("book", "e-book", "graphic novel"), Mode.VIEWING: ("film",), Mode.LISTENING: ("audiobook",)}


@dataclass(frozen=True)
class Size:
    """How much is made: in all schools together."""

    schools: int
    students: int
    entries: int
    seed: int = 1


async def simulate(size: Size, say: Callable[[str], None] = lambda line: None) -> None:
    """Make a district in the database that is open. Inside every_school()."""
    bulk = Bulk(random.Random(size.seed))
    valley = await District.create(name=f"Simulated district {size.seed}")
    today = dates.today(ZONE)
    for number in range(size.schools):
        school = await School.create(
            slug=f"sim-{size.seed}-{number + 1}",
            name=f"Simulated school {number + 1}",
            district=valley,
            zone=ZONE,
        )
        students, entries = (share(whole, size.schools, number) for whole in (size.students, size.entries))
        await One(bulk, random.Random(f"{size.seed}/{number}"), school, today).make(students, entries)
        if (number + 1) % 10 == 0 or number + 1 == size.schools:
            say(f"{number + 1} of {size.schools} schools")
    await bulk.settle()


def share(whole: int, parts: int, number: int) -> int:
    """How many of a whole fall to one of so many parts."""
    return whole * (number + 1) // parts - whole * number // parts


@dataclass
class One:
    """One school in the making."""

    bulk: Bulk
    random: random.Random
    school: School
    today: date

    async def make(self, students: int, entries: int) -> None:
        """Everything of the school."""
        people = await self.people(students)
        things = await self.things()
        year = dates.school_year(self.today)
        last = dates.school_year(year.starts - timedelta(days=1))
        await self.bulk.put(
            Cycle,
            ("school_id", "slug", "starts", "ends"),
            [(self.school.id, dates.year_name(one), one.starts, one.ends) for one in (last, year)],
        )
        days = [on for on in dates.Period(last.starts, self.today).days() if on.weekday() < 5]
        await self.log(people, things, days, entries)

    async def people(self, many: int) -> list[tuple[int, int, int | None]]:
        """Students with grade and class."""
        of, grades = self.school.id, [place % 13 for place in range(many)]
        rows = [(of, self.school.district_id, f"Child {n}", grade) for n, grade in enumerate(grades)]  # type: ignore[attr-defined]
        ids = await self.bulk.put(Person, ("school_id", "district_id", "name", "grade"), rows)
        await self.bulk.put(Membership, ("school_id", "person_id", "role"), [(of, one, "student") for one in ids])
        rooms = [(of, f"Room {n}", n % 13, "2026-27", self.bulk.name()[:12]) for n in range(many // IN_CLASS + 1)]
        made = await self.bulk.put(SchoolClass, ("school_id", "name", "grade", "year", "code"), rows=rooms)
        of_class = [made[place % len(made)] for place in range(many)]
        await self.bulk.put(
            ClassMember,
            ("school_id", "school_class_id", "person_id", "role", "since"),
            [(of, room, one, "student", date(2020, 8, 1)) for one, room in zip(ids, of_class, strict=True)],
        )
        return list(zip(ids, grades, of_class, strict=True))

    async def things(self) -> list[tuple[int, Mode, str, str]]:
        """The catalogue and its lists: id, mode, format and place of each thing."""
        made = []
        for number in range(THINGS):
            mode = list(Mode)[(0, 0, 0, 1, 2)[number % 5]]
            form, here = self.random.choice(FORMATS[mode]), self.random.random() < 0.6
            made.append((self.school.id, f"Thing {number}", mode.value, form, here, not here, "en", 2000 + number % 25))
        names = ("school_id", "title", "mode", "format", "here", "online", "language", "year")
        ids = await self.bulk.put(Resource, names, made)
        lists = [(self.school.id, f"list-{n}", f"List {n}", "published", dates.now()) for n in range(LISTS)]
        listed = await self.bulk.put(CuratedList, ("school_id", "slug", "title", "state", "published_at"), lists)
        items = [
            (self.school.id, curated, ids[(place * ON_LIST + n) % THINGS], n + 1)
            for place, curated in enumerate(listed)
            for n in range(ON_LIST)
        ]
        await self.bulk.put(ListItem, ("school_id", "curated_id", "resource_id", "position"), items)
        places = ["here" if row[4] else "online" for row in made]
        return [(one, Mode(row[2]), row[3], place) for one, row, place in zip(ids, made, places, strict=True)]

    async def log(
        self, people: Sequence[tuple[int, int, int | None]], things: Sequence[Any], days: Sequence[date], many: int
    ) -> None:
        """Log entries with all that follows from them."""
        if not people:
            return
        keeping = Keeping(self.school.id, {})
        years = {on: dates.year_name(dates.school_year(on)) for on in days}
        for year in dict.fromkeys(years.values()):
            keeping.salts[year] = f"{self.random.getrandbits(256):064x}"
        facts: list[tuple[Any, ...]] = []
        diary: list[tuple[Any, ...]] = []
        pick = self.random.random
        at = dates.now()
        for _ in range(many):
            person, grade, room = people[int(pick() ** 2 * len(people))]
            thing, mode, form, place = things[int(pick() * len(things))]
            on, band = days[int(pick() * len(days))], band_of(grade).value
            minutes, ending = (10, 15, 20, 30)[int(pick() * 4)], "finished" if pick() < 0.2 else ""
            pages = minutes if mode is Mode.READING else 0
            of = (self.school.id, person, on, mode.value, thing, minutes, pages, ending, room, band)
            facts.append((*of, ZONE, at, f"s{len(facts)}"))
            act = (on, mode.value, form, place, band, thing, room, person)
            diary.append((self.school.id, at, Kind.LOGGED.value, *act, minutes, pages))
            if ending:
                diary.append((self.school.id, at, Kind.FINISHED.value, *act, 0, 0))
            keeping.add(Whose(self.school.id, years[on], person), on, mode.value, form, place, band, room, thing,
                        minutes, pages, ending)  # fmt: skip
        names = ("school_id", "person_id", "on", "mode", "resource_id", "minutes", "pages", "ending", "class_id")
        await self.bulk.put(LogEntry, (*names, "grade_band", "zone", "entered_at", "form_key"), facts)
        await self.bulk.put(
            Engagement,
            ("school_id", "at", "kind", "on", "mode", "format", "place", "grade_band", "resource_id", "class_id",
             "person_id", "minutes", "pages"),
            diary,
        )  # fmt: skip
        await keeping.write(self.bulk)


@dataclass
class Keeping:
    """What is kept of a school's log, folded in memory."""

    school_id: int
    salts: dict[str, str]
    numbers: dict[Whose, int] = field(default_factory=dict)
    given: Counter[str] = field(default_factory=Counter)
    daily: dict[tuple[Any, ...], list[int]] = field(default_factory=dict)
    days: dict[tuple[date, Whose, str], Counter[str]] = field(default_factory=dict)
    sets: dict[Key, int] = field(default_factory=dict)
    known: dict[tuple[Any, ...], list[Key]] = field(default_factory=dict)
    places: dict[tuple[int, int], tuple[date, date, str]] = field(default_factory=dict)

    def add(self, whose: Whose, on: date, mode: str, form: str, place: str, band: str, room: int | None, thing: int,
            minutes: int, pages: int, ending: str) -> None:  # fmt: skip
        """Fold one entry."""
        if whose not in self.numbers:
            self.numbers[whose] = self.given[whose.year]
            self.given[whose.year] += 1
        bit = 1 << self.numbers[whose]
        kinds = (Kind.LOGGED, Kind.FINISHED) if ending else (Kind.LOGGED,)
        for kind in kinds:
            of = (minutes, pages) if kind is Kind.LOGGED else (0, 0)
            sums = self.daily.setdefault((on, kind.value, mode, form, place, band), [0, 0, 0])
            sums[0], sums[1], sums[2] = sums[0] + 1, sums[1] + of[0], sums[2] + of[1]
            alike = (whose.year, on, kind, mode, form, place, band, room, *of)
            if (keys := self.known.get(alike)) is None:
                keys = self.known[alike] = Part(whose, on, kind, mode, form, place, band, room, 1, *of).sets()
            for key in keys:
                self.sets[key] = self.sets.get(key, 0) | bit
        self.days.setdefault((on, whose, band), Counter()).update({"acts": 1, f"{mode}_minutes": minutes})
        pair = (whose.person_id, thing)
        started, until, state = self.places.get(pair, (on, on, ""))
        finished = [day for day, done in ((until, state == "finished"), (on, bool(ending))) if done]
        self.places[pair] = (
            min(started, on),
            min(finished) if finished else max(until, on),
            "finished" if finished else "started",
        )

    async def write(self, bulk: Bulk) -> None:
        """Write it all."""
        of, given = self.school_id, self.given
        await bulk.put(
            YearSalt,
            ("school_id", "year", "salt", "given"),
            [(of, year, salt, given[year]) for year, salt in self.salts.items()],
        )
        who = {whose: hash_with(self.salts[whose.year], whose.person_id) for whose in self.numbers}
        await bulk.put(
            HiddenStudent,
            ("school_id", "year", "who", "number"),
            [(of, whose.year, who[whose], number) for whose, number in self.numbers.items()],
        )
        cut = ("mode", "format", "place", "grade_band", "count", "minutes", "pages")
        await bulk.put(
            DailyFigure,
            ("school_id", "on", "kind", *cut),
            [(of, on, kind, *rest, *sums) for (on, kind, *rest), sums in self.daily.items()],
        )
        months: dict[tuple[Any, ...], Counter[str]] = {}
        for (on, *rest), sums in self.daily.items():
            added = dict(zip(cut[4:], sums, strict=True))
            kind, mode, form, place, band = rest
            key = Cut(of, month_of(on), kind, mode, form, place, band, 0, 0)
            months.setdefault(tuple(key), Counter()).update(added)
        for on, _, band in self.days:
            key = Cut(school_id=of, on=month_of(on), grade_band=band, **IN_NO_MODE)  # type: ignore[arg-type]
            months.setdefault(tuple(key), Counter())["days"] += 1
        amounts = (*cut[4:], "days")
        await bulk.put(
            MonthFigure,
            (*MONTH_CUT, *amounts),
            [(*key, *(sums[name] for name in amounts)) for key, sums in months.items()],
        )
        await bulk.put(
            ActiveDay,
            ("school_id", "on", "who", "grade_band", *DAY_SUMS),
            [
                (of, on, who[whose], band, *(day[name] for name in DAY_SUMS))
                for (on, whose, band), day in self.days.items()
            ],
        )
        await bulk.put(
            Turnout, (*Key._fields, "bits"), [(*key, bits_of(People(ones))) for key, ones in self.sets.items()]
        )
        await bulk.put(
            ResourceProgress,
            ("school_id", "person_id", "resource_id", "started_on", "on", "state"),
            [(of, *pair, *row) for pair, row in self.places.items()],
        )
