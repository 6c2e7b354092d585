"""What is counted agrees with a plain count of the facts themselves, of one school and no other."""

from collections import Counter
from datetime import date, timedelta
from random import Random

from engage import dates
from engage.classes.actions import Asked, Whom, assign
from engage.classes.rules import AssignmentKind
from engage.dates import Period
from engage.engagement.diary import flush_openings, opened
from engage.engagement.models import Engagement
from engage.engagement.rules import Kind, Mode
from engage.evaluation.actions import start_cycle
from engage.evaluation.figures import HERE, ONLINE, Taken, taken
from engage.evaluation.report import build, figures_of
from engage.evaluation.rules import HIDDEN, Value
from engage.lists.models import ListItem
from engage.people.models import Person
from engage.people.rules import Reader, Role
from engage.programs import log_actions
from engage.programs.actions import join
from engage.programs.entries import Given
from engage.programs.models import Enrolment, LogEntry, Standing
from engage.programs.rules import Ending
from engage.resources.models import Resource
from tests import make
from tests.school import TestSchool


async def history(school: TestSchool, students: list[Reader], random: Random) -> None:
    """Some days of logging, correcting and taking back, in a program, an assignment and a list."""
    today = dates.today(school.card.zone)
    curated = await make.curated_list(school.ada, "Sea stories", 3, published=True)
    await Resource.filter(school_id=school.card.id).update(here=True)
    site = await make.resource("Star Talk", "A. Star", Mode.LISTENING, "", "https://star.example/")
    keys = [str(key) for key in await ListItem.filter(school_id=school.card.id).values_list("resource__key", flat=True)]
    await assign(curated.key, Whom((school.room.key,)), Asked(AssignmentKind.ANY, 1), by=school.tom)
    await make.program(school.ada, challenges=[{"unit": "minutes", "goal": 40}])
    for reader in students:
        if random.random() < 0.8:
            await join("lantern-nights", reader)
        for _ in range(random.randrange(4)):
            given = Given(
                today - timedelta(days=random.randrange(4)),
                random.choice(list(Mode)),
                resource=random.choice([*keys, site.key]),
                minutes=random.choice([10, 20, 35]),
                ending=random.choice([Ending.NONE, Ending.FINISHED]),
            )
            kept = await log_actions.log_entry(given, "", reader, sure=True)
            match random.randrange(5):
                case 0:
                    await log_actions.void_entry(kept.entry, reader)
                case 1:
                    changed = Given(given.on, Mode.LISTENING, resource=given.resource, minutes=25)
                    await log_actions.correct_entry(kept.entry, changed, "", reader, sure=True)
        opened(Kind.LIST_OPENED, reader, list_id=curated.id)
    await flush_openings()


async def test_what_is_counted_agrees_with_the_facts(school: TestSchool) -> None:
    students = [school.sam]
    for number in range(9):
        students.append(await make.student(f"Child {number}", grade=number % 6))
        await make.in_class(await Person.get(school_id=school.card.id, id=students[-1].id), school.room, Role.STUDENT)
    await history(school, students, Random(7))
    elsewhere = Given(dates.today(school.card.zone), Mode.READING, title="Elsewhere", minutes=99)
    await log_actions.log_entry(elsewhere, "", school.remy)
    today = dates.today(school.card.zone)
    counted = await taken(school.card.id, Period(today - timedelta(days=20), today))
    await agrees_with_the_diary(counted, school.card.id)
    await agrees_with_the_log(counted, school.card.id)


async def agrees_with_the_diary(counted: Taken, school_id: int) -> None:
    days: Counter[tuple[str, int | None, date]] = Counter()
    minutes: Counter[str] = Counter()
    places: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for act in await Engagement.filter(school_id=school_id):
        kinds[act.kind] += act.count
        if act.kind is Kind.LOGGED and act.mode:
            days[dates.year_name(dates.school_year(act.on)), act.person_id, act.on] += act.count  # type: ignore[attr-defined]
            minutes[act.mode] += act.minutes
            places[act.place] += act.count
    active = {day for day, acts in days.items() if acts > 0}
    assert counted.taking.days.total() == len(active)
    assert len(counted.taking.people) == len({day[:2] for day in active})
    assert counted.acts.minutes == minutes
    by_month = counted.kept.minutes_by_month()
    assert {mode: sum(n for (of, _), n in by_month.items() if of == mode) for mode in minutes} == minutes
    assert {place: counted.acts.places[place] for place in (HERE, ONLINE)} == {
        place: places[place] for place in (HERE, ONLINE)
    }
    assert (counted.acts.opens, counted.acts.assigned) == (kinds[Kind.LIST_OPENED], 1)


async def agrees_with_the_log(counted: Taken, school_id: int) -> None:
    entries = await LogEntry.filter(school_id=school_id, void__id=None, superseded_by__id=None)
    listed = set(await ListItem.filter(school_id=school_id).values_list("resource_id", flat=True))
    finished = {
        (entry.person_id, entry.resource_id)  # type: ignore[attr-defined]
        for entry in entries
        if entry.ending == Ending.FINISHED and entry.resource_id in listed
    }
    assert counted.finishes == (len(finished), len({person for person, _ in finished}))
    here = {entry.person_id for entry in entries if entry.resource_id in listed}  # type: ignore[attr-defined]
    online = {entry.person_id for entry in entries if entry.resource_id not in listed}  # type: ignore[attr-defined]
    assert counted.place_people == {HERE: len(here), ONLINE: len(online)}
    today = counted.period.ends
    done = {person for person, resource in finished if any(e.on <= today for e in entries if e.resource_id == resource)}
    assert (counted.work.parts, counted.work.done) == (10, counted.work.done_by)
    assert counted.work.done <= len(done)
    assert counted.work.open_by == 10 - counted.work.done
    (program,) = counted.programs
    joined = await Enrolment.filter(school_id=school_id).count()
    completed = await Standing.filter(school_id=school_id, completed_on__not_isnull=True).count()
    assert (len(program.joined), len(program.completed)) == (joined, completed)


async def test_a_small_school_shows_nothing_of_its_students(school: TestSchool) -> None:
    await make.past_year(active=2, idle=1)
    figures = {each.name: each for each in figures_of(await taken(school.card.id, make.PAST_YEAR), school.card.fewest)}
    for name in ("active_days", "minutes_reading", "minutes_viewing", "minutes_listening", "mode_share", "on_site"):
        assert figures[name].value == HIDDEN
        assert all(value == HIDDEN for _, value in figures[name].parts)
    assert figures["reach"].value == HIDDEN
    assert figures["list_opens"].value == Value(0)


async def test_a_larger_school_shows_its_figures(school: TestSchool) -> None:
    await make.past_year()
    await start_cycle(make.PAST_YEAR, by=school.ada)
    report = await build(school.card, "2024-25", dates.now())
    # 24 of 41: Sam is enrolled too and logged nothing
    assert report.figure("reach").words == "59%"
    assert dict(report.figure("reach").parts) == {"Grades K to 2": Value(60), "Grades 3 to 5": Value(57)}
    assert report.figure("active_days").words == "4 days"
    minutes = sum(10 + number for number in range(12)) * 2
    assert report.figure("minutes_viewing").words == f"{minutes} minutes"
    assert report.figure("minutes_reading").words == f"{2 * minutes} minutes"
    assert [(day.isoformat(), value.number) for day, value in report.weeks if value.number] == [
        ("2024-10-14", 24),
        ("2024-10-21", 24),
    ]
    assert {name: [value.number for value in values if value.number] for name, values in report.bands} == {
        "Grades K to 2": [60, 60],
        "Grades 3 to 5": [57, 57],
    }
    assert [(span.starts, span.ends, dict(span.minutes)["reading"]) for span in report.spans] == [
        (make.PAST_YEAR.starts, make.PAST_YEAR.ends, 2 * minutes)
    ], "in one month alone there was anybody: the others stand with it"
    assert report.until == make.PAST_YEAR.ends
