"""Who took part in weeks and months, after any history of acts taken back and names taken away."""

from datetime import date, timedelta
from random import Random

from engage.database.transaction import one_transaction
from engage.engagement.diary import record
from engage.engagement.forgetting import forget_active_days, forget_names, forget_numbers
from engage.engagement.models import Engagement, HiddenStudent, MonthFigure, Turnout
from engage.engagement.rebuilding import differences, fill_months, repair
from engage.engagement.rules import Kind, Mode
from engage.engagement.turnout import BAND, MINUTES, MONTH, WEEK, People, everybody, people_of
from engage.people.rules import Reader
from tests import make
from tests.school import TestSchool

FIRST = date(2026, 7, 20)  # so that weeks, months and school years change within the days that follow


def test_a_set_of_people_joins_and_counts() -> None:
    some, others = People(0b1011), People(0b1100)
    assert sorted(some) == [0, 1, 3]
    assert len(some | others) == len(everybody([some, others])) == 4
    assert 3 in some
    assert 2 not in some
    assert some == {0, 1, 3}


@one_transaction
async def log(by: Reader, on: date, mode: Mode, minutes: int, count: int = 1, finished: bool = False) -> None:
    """An act with what belongs to it, or, with a count of -1, what undoes it."""
    of = {"by": by, "on": on, "mode": mode, "format": "book", "place": "here", "class_id": 7, "count": count}
    await record(Kind.LOGGED, **of, minutes=minutes * count)  # type: ignore[arg-type]
    if finished:
        await record(Kind.FINISHED, **of)  # type: ignore[arg-type]


async def turnout(school: TestSchool, span: str, cut: str) -> dict[tuple[date, str], int]:
    rows = Turnout.filter(school_id=school.card.id, span=span, cut=cut)
    found = {
        (starts, value): len(people_of(bits))
        for starts, value, bits in await rows.values_list("starts", "value", "bits")
    }
    return {key: many for key, many in found.items() if many}


async def test_each_student_is_in_a_turnout_once_and_leaves_it_with_the_last_act(school: TestSchool) -> None:
    other = await make.student("Child", grade=4)
    monday = date(2026, 11, 23)
    for reader, days in ((school.sam, (0, 1, 1)), (other, (2,))):
        for day in days:
            await log(reader, monday + timedelta(days=day), Mode.READING, 20)
    november = (date(2026, 11, 1), "reading/3-5")
    assert await turnout(school, MONTH, BAND) == {november: 2}
    assert await turnout(school, WEEK, MINUTES) == {(monday, "reading/3-5"): 2}
    await log(school.sam, monday, Mode.READING, 20, -1)
    assert (await turnout(school, MONTH, BAND))[november] == 2
    for _ in range(2):
        await log(school.sam, monday + timedelta(days=1), Mode.READING, 20, -1)
    assert (await turnout(school, MONTH, BAND))[november] == 1
    months = MonthFigure.filter(school_id=school.card.id, days__gt=0)
    assert await months.values_list("month", "mode", "grade_band", "days") == [(november[0], "", "3-5", 1)]
    assert await differences(school.card.id) == []


async def test_any_history_agrees_with_the_diary_also_when_names_are_gone(school: TestSchool) -> None:
    random = Random(3)
    students = [school.sam, *[await make.student(f"Child {number}", grade=number) for number in range(1, 5)]]
    done = []
    for _ in range(40):
        if done and random.random() < 0.35:
            by, on, mode, minutes, finished = done.pop(random.randrange(len(done)))
            await log(by, on, mode, minutes, -1, finished)
        else:
            act = (random.choice(students), FIRST + timedelta(days=random.randrange(30)), random.choice(list(Mode)))
            done.append((*act, random.choice([0, 10, 20]), random.random() < 0.4))
            await log(*done[-1][:4], finished=done[-1][4])
    assert await differences(school.card.id) == []
    before = await turnout(school, MONTH, BAND)
    gone = students[2].id or 0
    await forget_active_days(school.card.id, gone)
    await forget_numbers(school.card.id, gone)
    await Engagement.filter(school_id=school.card.id, person_id=gone).update(person_id=None, class_id=None)
    await forget_names(school.card.id, date(2026, 8, 3))
    assert await differences(school.card.id) == []
    await repair(school.card.id)
    assert await turnout(school, MONTH, BAND) == before
    numbers = await HiddenStudent.filter(school_id=school.card.id).values_list("year", "number")
    assert len(set(numbers)) == len(numbers)


async def test_a_turnout_that_is_wrong_is_found_and_mended(school: TestSchool) -> None:
    await log(school.sam, date(2026, 11, 23), Mode.READING, 20)
    kept = await turnout(school, MONTH, BAND)
    await Turnout.filter(school_id=school.card.id, span=MONTH, cut=BAND).update(bits=b"\x06")
    await MonthFigure.filter(school_id=school.card.id).update(minutes=1)
    assert {one.what.split(" (")[0] for one in await differences(school.card.id)} == {"turnout", "month figure"}
    await repair(school.card.id)
    assert await differences(school.card.id) == []
    assert await turnout(school, MONTH, BAND) == kept


async def test_months_of_before_an_upgrade_are_made_once_and_what_came_since_stays(school: TestSchool) -> None:
    await log(school.sam, date(2026, 9, 23), Mode.READING, 20, finished=True)
    await log(school.sam, date(2026, 10, 5), Mode.LISTENING, 30)
    kept = await turnout(school, MONTH, BAND)
    await MonthFigure.filter(school_id=school.card.id).delete()
    await Turnout.filter(school_id=school.card.id).delete()
    await log(school.sam, date(2026, 11, 23), Mode.READING, 5)
    assert await fill_months() == 1
    assert await differences(school.card.id) == []
    assert kept.items() <= (await turnout(school, MONTH, BAND)).items()
    assert await fill_months() == 0
