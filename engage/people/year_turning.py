"""A new school year begins: classes end, students move up, the oldest leave; once for each year, and history stays.

Source: PRODUCT.md, 2, People.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from tortoise.expressions import F, Subquery
from tortoise.queryset import QuerySet

from engage import dates
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit, leaving
from engage.people.class_actions import end_classes
from engage.people.models import ClassMember, Membership, Person, School, SchoolClass
from engage.people.roster_applying import longer
from engage.people.roster_models import YearTurn
from engage.people.roster_rules import TOP_GRADE
from engage.people.rules import Reader, Role, Scope, Status

# a year may be begun so long before its first day
AHEAD = timedelta(days=92)


@dataclass(frozen=True)
class Turn:
    """What a new school year would change. ending: names of classes. moving: students by the grade they have now.

    staying: students who are in a class of the new year already, or have no grade. done: whether it happened.
    """

    year: str
    top: int
    ending: tuple[str, ...]
    moving: dict[int, int]
    leaving: int
    staying: int
    done: bool


def coming_year(today: date, first_month: int) -> str:
    """The school year that can be begun now: the next one when it is near, else the one that is."""
    return dates.year_name(dates.school_year(today + AHEAD, first_month))


def check_may_turn(reader: Reader) -> None:
    """Who may end classes and change grades may begin a year (CLS02, CLS08). Raises NotFound."""
    if not (reader.may("CLS02", Scope.SCHOOL) and reader.may("CLS08", Scope.SCHOOL)):
        raise NotFound("the school year")


async def turn_for(reader: Reader, top: int | None = None) -> Turn:
    """What would change if the year began today. top: the last grade of the school; the highest one if not said."""
    check_may_turn(reader)
    school_id, today = reader.school.id, dates.today(reader.school.zone)
    year = coming_year(today, reader.school.year_starts_in)
    grades: list[int | None] = [grade for (grade,) in await _students(school_id).values_list("grade")]
    highest = max((grade for grade in grades if grade is not None), default=TOP_GRADE)
    last = highest if top is None else top
    concerned: dict[int, int] = {}
    for (grade,) in await _moving(school_id, year).values_list("grade"):
        concerned[grade] = concerned.get(grade, 0) + 1
    ending = await _ending(school_id, year).order_by("name", "id").values_list("name")
    return Turn(
        year,
        last,
        tuple(str(name) for (name,) in ending),
        {grade: number for grade, number in sorted(concerned.items()) if grade < last},
        sum(number for grade, number in concerned.items() if grade >= last),
        len(grades) - sum(concerned.values()),
        await YearTurn.exists(school_id=school_id, year=year),
    )


def _students(school_id: int) -> QuerySet[Person]:
    here = Membership.filter(school_id=school_id, role=Role.STUDENT)
    return Person.filter(school_id=school_id, status=Status.ACTIVE, id__in=Subquery(here.values("person_id")))


def _moving(school_id: int, year: str) -> QuerySet[Person]:
    """The students with a grade who are in no class of the new year yet: a roster has moved those up already."""
    there = ClassMember.filter(school_id=school_id, role=Role.STUDENT, until__isnull=True, school_class__year__gte=year)
    return _students(school_id).filter(grade__isnull=False).exclude(id__in=Subquery(there.values("person_id")))


def _ending(school_id: int, year: str) -> QuerySet[SchoolClass]:
    return SchoolClass.filter(school_id=school_id, ended_on__isnull=True, year__lt=year)


async def begin_year(top: int, *, by: Reader) -> Turn:
    """Begin the school year. top: the last grade of the school. What was changed. Raises NotFound, Refused."""
    turn = await turn_for(by, top)
    with longer():
        await _begin(turn, by)
    return turn


@one_transaction
async def _begin(turn: Turn, by: Reader) -> None:
    school_id, now, today = by.school.id, dates.now(), dates.today(by.school.zone)
    await School.filter(id=school_id).select_for_update(no_key=True).first()
    if await YearTurn.exists(school_id=school_id, year=turn.year):
        raise Refused(f"The school year {turn.year} has begun already.")
    # who moves is asked before classes end, since it hangs on them
    moving = _moving(school_id, turn.year)
    gone = [number for (number,) in await moving.filter(grade__gte=turn.top).values_list("id")]
    up = [number for (number,) in await moving.filter(grade__lt=turn.top).values_list("id")]
    rooms = [number for (number,) in await _ending(school_id, turn.year).values_list("id")]
    for some in _some(rooms):
        await end_classes(school_id, some, today)
    for some in _some(up):
        await Person.filter(school_id=school_id, id__in=some).update(grade=F("grade") + 1)
    for some in _some(gone):
        await Person.filter(school_id=school_id, id__in=some).update(status=Status.GONE, gone_at=now)
        await leaving.end_here(school_id, some, today - timedelta(days=1))
    await YearTurn.create(
        school_id=school_id, year=turn.year, by_id=by.id, classes=len(rooms), moved=len(up), left=len(gone)
    )
    told = f"{turn.year}: {len(rooms)} classes ended, {len(up)} moved up, {len(gone)} left"
    await audit.note("began a school year", by=by, detail=told)
    await enqueue("follow_rosters", key="follow-rosters-now")


def _some(ids: list[int], size: int = 1_000) -> list[list[int]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]
