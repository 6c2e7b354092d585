"""Random districts: schools with a history in every table that an indicator reads."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from engage import dates
from engage.classes.help_rules import HelpKind
from engage.classes.unit_models import HelpRequest, Unit, UnitSession, UnitStandard
from engage.classes.unit_rules import Lead, Level, UnitState
from engage.database.fields import new_key
from engage.database.transaction import one_transaction
from engage.engagement.diary import Who, record
from engage.engagement.rules import Kind, Mode
from engage.lists.exchange_models import Origin
from engage.lists.models import CuratedList, ListItem
from engage.lists.standards_models import Framework, Standard
from engage.people.models import District, Membership, Person, School
from engage.people.queries import reader_at
from engage.people.rules import Reader, Role
from engage.programs.models import Enrolment, Program, ResourceProgress, Saved, Standing
from engage.programs.review_models import Review
from engage.promotion.loan_models import LoanFile, LoanRow
from engage.promotion.models import Display
from engage.promotion.rules import Verdict
from engage.resources.incoming_models import Source
from engage.resources.models import Holding, Link, LinkCheck, PurchaseRequest, Resource

ZONES = ("America/New_York", "Pacific/Kiritimati", "Europe/Paris")
DAYS = 130  # so far back that months, and for some schools school years, change


class Chance:
    """Random facts about one school."""

    def __init__(self, random: Random, school: School) -> None:
        self.random, self.school = random, school
        self.today = dates.today(school.zone)
        self.of = {"school_id": school.id}

    def day(self) -> date:
        return self.today - timedelta(days=self.random.choice([0, 1, self.random.randrange(DAYS)]))

    def moment(self, after: datetime | None = None) -> datetime:
        """A moment that has been."""
        begin = after or dates.now() - timedelta(days=DAYS)
        return begin + (dates.now() - begin) * self.random.random()

    def some(self, things: Sequence[Any], share: float = 0.5) -> list[Any]:
        return [thing for thing in things if self.random.random() < share]


async def district(random: Random, number: int) -> list[School]:
    """One or two schools with everything in them."""
    valley = await District.create(name=f"District {number}")
    schools = []
    for place in range(random.randrange(1, 3)):
        school = await School.create(
            slug=f"school-{number}-{place}",
            name=f"School {number}-{place}",
            district=valley,
            zone=random.choice(ZONES),
            year_starts_in=random.choice([8, 10]),
            staff_hours=random.choice([None, 20, 52]),
        )
        chance = Chance(random, school)
        students = await _students(chance)
        resources = await _collection(chance)
        await _lists(chance, resources, students)
        await _programs(chance, students)
        if students:
            await _history(chance, students, resources)
        await _asked(chance, students)
        await _with_others(chance, resources)
        schools.append(school)
    return schools


async def _students(chance: Chance) -> list[Person]:
    many = chance.random.randrange(0, 9)
    rows = [
        Person(
            name=f"Child {number}",
            school_id=chance.school.id,
            district_id=chance.school.district_id,  # type: ignore[attr-defined]
            grade=chance.random.choice([None, 0, 2, 4, 7, 11]),
            status=chance.random.choice(["active", "active", "active", "gone"]),
        )
        for number in range(many)
    ]
    await Person.bulk_create(rows)
    people = await Person.filter(**chance.of).order_by("id")
    await Membership.bulk_create([Membership(**chance.of, person_id=one.id, role=Role.STUDENT) for one in people])
    return people


async def _collection(chance: Chance) -> list[Resource]:
    pick = chance.random.choice
    rows = [
        Resource(
            **chance.of,
            title=f"Thing {number}",
            mode=pick(list(Mode)),
            format=pick(["book", "film", "podcast"]),
            language=pick(["en", "es", ""]),
            here=pick([True, False]),
            online=pick([True, False]),
            captions=pick([None, None, True, False]),
            year=pick([None, 1990, 2015, 2024]),
            state=pick(["offered", "offered", "offered", "withdrawn"]),
        )
        for number in range(chance.random.randrange(1, 10))
    ]
    await Resource.bulk_create(rows)
    resources = await Resource.filter(**chance.of).order_by("id")
    links = [
        Link(
            **chance.of,
            resource_id=one.id,
            url="https://a.example",
            access=pick(["", "school"]),
            state=pick(["alive", "dead"]),
        )
        for one in chance.some(resources)
    ]
    await Link.bulk_create(links)
    checks = []
    for link in await Link.filter(**chance.of).order_by("id"):
        at = chance.moment()
        for _ in range(chance.random.randrange(5)):
            checks.append(LinkCheck(**chance.of, link_id=link.id, at=at, state=pick(["dead", "alive", "unchecked"])))
            at = chance.moment(at)
    await LinkCheck.bulk_create(checks)
    sources = [
        Source(
            **chance.of,
            url="u",
            url_hash=new_key(),
            state=pick(["active", "paused"]),
            next_visit_at=dates.now(),
            last_good_at=pick([None, chance.moment(), dates.now()]),
        )
        for _ in range(chance.random.randrange(4))
    ]
    await Source.bulk_create(sources)
    return resources


async def _lists(chance: Chance, resources: list[Resource], students: list[Person]) -> None:
    pick = chance.random.choice
    for number in range(chance.random.randrange(4)):
        curated = await CuratedList.create(
            **chance.of,
            slug=f"list-{number}",
            title=f"List {number}",
            state=pick(["published", "published", "draft"]),
            published_at=chance.moment(),
            offered=pick([True, False]),
        )
        items = chance.some(resources)
        await ListItem.bulk_create([ListItem(**chance.of, curated_id=curated.id, resource_id=one.id) for one in items])
        if chance.random.random() < 0.4:
            await Origin.create(
                **chance.of, curated_id=curated.id, address="a", linked=pick([True, False]), taken_at=chance.moment()
            )
    pairs = [(one, thing) for one in students for thing in chance.some(resources, 0.4)]
    rows = []
    for one, thing in pairs:
        started = chance.day()
        on = min(chance.today, started + timedelta(days=chance.random.randrange(9)))
        state = pick(["finished", "started"])
        rows.append(
            ResourceProgress(
                **chance.of, person_id=one.id, resource_id=thing.id, state=state, started_on=started, on=on
            )
        )
    await ResourceProgress.bulk_create(rows)
    saved = [
        Saved(**chance.of, person_id=one.id, resource_id=thing.id, at=chance.moment())
        for one, thing in chance.some(pairs)
    ]
    await Saved.bulk_create(saved)
    reviews = [
        Review(
            **chance.of,
            person_id=one.id,
            resource_id=thing.id,
            text="t",
            on=chance.today,
            written_at=dates.now(),
            approved_at=pick([None, chance.moment()]),
        )
        for one, thing in chance.some(pairs)
    ]
    await Review.bulk_create(reviews)


async def _programs(chance: Chance, students: list[Person]) -> None:
    pick = chance.random.choice
    for number in range(chance.random.randrange(3)):
        starts = chance.day()
        program = await Program.create(
            **chance.of,
            slug=f"program-{number}",
            title=f"Program {number}",
            state=pick(["published", "published", "draft", "archived"]),
            starts=starts,
            ends=pick([None, starts + timedelta(days=20), chance.today]),
        )
        for one in chance.some(students, 0.7):
            left = pick([None, None, None, dates.now()])
            of = {**chance.of, "program_id": program.id, "person_id": one.id}
            joined = {"joined_on": chance.day(), "joined_at": dates.now(), "left_at": left}
            await Enrolment.create(**of, **joined)
            if chance.random.random() < 0.7:
                days = {"completed_on": pick([None, chance.day()]), "alive_until": pick([None, chance.today])}
                await Standing.create(**of, **days)


async def _history(chance: Chance, students: list[Person], resources: list[Resource]) -> None:
    """Log entries, corrections, and what is done without a name, as the actions of the house write them."""
    reader = await reader_at(students[0].id, chance.school.slug)
    assert reader is not None
    random, done = chance.random, []
    for _ in range(random.randrange(5, 35)):
        if done and random.random() < 0.25:
            done.append((*done.pop(random.randrange(len(done)))[:-1], -1))
            await act(reader, *done.pop())
            continue
        one, thing = random.choice(students), random.choice(resources)
        of = {
            "on": chance.day(),
            "mode": random.choice(list(Mode)),
            "format": thing.format,
            "place": "here" if thing.here else "online" if thing.online else "",
            "class_id": random.choice([None, 3]),
        }
        amounts = (random.choice([0, 15, 30]), random.choice([0, 0, 12]))
        done.append((Who(one.id, one.grade), of, *amounts, random.random() < 0.4, 1))
        await act(reader, *done[-1])
    kinds = (Kind.LIST_OPENED, Kind.PROGRAM_OPENED, Kind.ASSIGNED, Kind.SOURCE_HARVESTED, Kind.ENTRY_PROMOTED)
    await nameless(Reader(reader.school), [(random.choice(kinds), chance.day()) for _ in range(random.randrange(8))])


@one_transaction
async def act(by: Reader, who: Who, of: dict[str, Any], minutes: int, pages: int, finished: bool, count: int) -> None:
    """A log entry in the diary, or, with a count of -1, what takes it back."""
    amounts = {"minutes": count * minutes, "pages": count * pages}
    await record(Kind.LOGGED, by=by, who=who, count=count, **amounts, **of)
    if finished:
        await record(Kind.FINISHED, by=by, who=who, count=count, **of)


@one_transaction
async def nameless(by: Reader, acts: list[tuple[Kind, date]]) -> None:
    """What is done without a person."""
    for kind, on in acts:
        await record(kind, by=by, on=on, count=3, list_id=4)


async def _asked(chance: Chance, students: list[Person]) -> None:
    rows = []
    for _ in range(chance.random.randrange(5)):
        by = chance.random.choice([one.id for one in students]) if students else None
        state = chance.random.choice(["asked", "bought"])
        rows.append(PurchaseRequest(**chance.of, title="T", by_id=by, state=state, answered_at=None))
    await PurchaseRequest.bulk_create(rows)
    for row in await PurchaseRequest.filter(**chance.of):
        made = chance.moment()
        answered = chance.moment(made) if row.state == "bought" else None
        await PurchaseRequest.filter(**chance.of, id=row.id).update(made_at=made, answered_at=answered)


async def _with_others(chance: Chance, resources: list[Resource]) -> None:
    """Units with lessons and standards, what teachers asked, displays, and loans."""
    random, of = chance.random, chance.of
    framework = await Framework.create(**of, identifier="f", title="F", imported_at=dates.now())
    standards = [
        await Standard.create(
            **of,
            framework_id=framework.id,
            identifier=f"s{number}",
            statement="S",
            position=number,
            gone_at=random.choice([None, None, dates.now()]),
        )
        for number in range(random.randrange(4))
    ]
    for _ in range(random.randrange(4)):
        starts = chance.day()
        unit = await Unit.create(
            **of,
            title="U",
            state=random.choice(list(UnitState)),
            level=random.choice(list(Level)),
            starts=starts,
            ends=random.choice([None, starts + timedelta(days=random.randrange(40))]),
        )
        for _ in range(random.randrange(4)):
            gone = random.choice([None, None, dates.now()])
            await UnitSession.create(
                **of, unit_id=unit.id, on=chance.day(), what="W", lead=random.choice(list(Lead)), gone_at=gone
            )
        for standard in chance.some(standards):
            await UnitStandard.create(**of, unit_id=unit.id, standard_id=standard.id)
    for _ in range(random.randrange(4)):
        made = chance.moment()
        said = random.choice([None, chance.moment(made)])
        kind = random.choice(list(HelpKind))
        await HelpRequest.create(**of, kind=kind, text="T", made_at=made, first_answered_at=said)
    for _ in range(random.randrange(3)):
        starts = chance.day()
        verdict = random.choice(["", *Verdict])
        await Display.create(**of, starts=starts, ends=starts + timedelta(days=random.randrange(20)), verdict=verdict)
    for state in chance.some(["counted", "taken back", "looked at"]):
        file = await LoanFile.create(**of, name="F", state=state, kind=random.choice(["loans", "loans", "counter"]))
        for line in range(random.randrange(5)):
            ends = chance.day()
            thing = random.choice([None, *resources])
            await LoanRow.create(
                **of,
                of_file_id=file.id,
                line=line,
                resource_id=thing.id if thing else None,
                starts=ends - timedelta(days=9),
                ends=ends,
                loans=random.randrange(9),
            )
    for thing in chance.some(resources):
        await Holding.create(**of, resource_id=thing.id, copies=random.randrange(1, 4), as_of=dates.now())
