"""What is counted for a cycle: a school's daily figures, active days and outcomes, summed; never the diary.

Nothing here is withheld yet, so nothing here goes to a page: engage.evaluation.indicators says what may be shown.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from tortoise.expressions import Q, Subquery
from tortoise.functions import Count, Sum

from engage.classes.queries import assigned_to, states_of
from engage.classes.rules import Status as PartStatus
from engage.dates import Period
from engage.engagement.models import ActiveDay, DailyFigure
from engage.engagement.rules import Kind, Mode
from engage.evaluation.rules import weeks_of
from engage.lists.models import ListItem
from engage.lists.rules import State
from engage.people.models import ClassMember, Membership, SchoolClass
from engage.people.rules import Role, Status, band_of
from engage.programs.models import Enrolment, Program, ResourceProgress, Standing

HERE, ONLINE = "here", "online"


@dataclass
class Taking:
    """Who took part and how, from active days. people are the year's hashes, by grade band, mode and week."""

    by_band: dict[str, set[str]] = field(default_factory=partial(defaultdict, set))
    days: Counter[str] = field(default_factory=Counter)
    by_mode: dict[str, set[str]] = field(default_factory=partial(defaultdict, set))
    weeks: list[set[str]] = field(default_factory=list)
    week_bands: list[dict[str, set[str]]] = field(default_factory=list)
    week_modes: list[dict[str, set[str]]] = field(default_factory=list)

    @property
    def people(self) -> set[str]:
        """Everybody who took part."""
        return set().union(*self.by_band.values())


@dataclass
class Acts:
    """What was done, from daily figures. minutes: by mode; week_minutes: the same, by week; places: of log entries."""

    minutes: Counter[str] = field(default_factory=Counter)
    week_minutes: list[Counter[str]] = field(default_factory=list)
    places: Counter[str] = field(default_factory=Counter)
    opens: int = 0
    assigned: int = 0


@dataclass(frozen=True)
class Part:
    """One program: how many students are in it, and how many of them completed it."""

    title: str
    joined: frozenset[int]
    completed: frozenset[int]


@dataclass(frozen=True)
class Work:
    """Assigned work. parts: one for each student and assignment. done_by, open_by: persons with a part of that kind."""

    parts: int
    done: int
    done_by: int
    open_by: int


@dataclass(frozen=True)
class Taken:
    """Everything that the indicators of a school and period are made from. enrolled: active students by grade band.

    finishes: finished resources that stand on a published list, and by how many students. place_people: how many
    students logged something on site, and online.
    """

    period: Period
    mondays: tuple[date, ...]
    enrolled: dict[str, int]
    taking: Taking
    acts: Acts
    programs: tuple[Part, ...]
    finishes: tuple[int, int]
    place_people: dict[str, int]
    work: Work


async def taken(school_id: int, period: Period) -> Taken:
    """All the counts of a period; a steady number of statements."""
    mondays = tuple(weeks_of(period))
    return Taken(
        period,
        mondays,
        await _enrolled(school_id),
        await _taking(school_id, period, mondays),
        await _acts(school_id, period, mondays),
        await _programs(school_id, period),
        await _finishes(school_id, period),
        await _place_people(school_id, period),
        await _work(school_id, period),
    )


def week(mondays: tuple[date, ...], on: date) -> int:
    """Which of the weeks a day lies in."""
    return (on - mondays[0]).days // 7


async def _enrolled(school_id: int) -> dict[str, int]:
    rows = (
        await Membership.filter(school_id=school_id, role=Role.STUDENT, person__status=Status.ACTIVE)
        .annotate(many=Count("id"))
        .group_by("person__grade")
        .values_list("person__grade", "many")
    )
    bands: Counter[str] = Counter()
    for grade, many in rows:
        bands[band_of(grade).value] += many
    return dict(bands)


async def _taking(school_id: int, period: Period, mondays: tuple[date, ...]) -> Taking:
    taking = Taking(
        weeks=[set() for _ in mondays],
        week_bands=[defaultdict(set) for _ in mondays],
        week_modes=[defaultdict(set) for _ in mondays],
    )
    minutes = [f"{mode}_minutes" for mode in Mode]
    for on, who, band, *amounts in await ActiveDay.filter(
        school_id=school_id, on__gte=period.starts, on__lte=period.ends, acts__gt=0
    ).values_list("on", "who", "grade_band", *minutes):
        place = week(mondays, on)
        taking.by_band[band].add(who)
        taking.days[band] += 1
        taking.weeks[place].add(who)
        taking.week_bands[place][band].add(who)
        for mode, amount in zip(Mode, amounts, strict=True):
            if amount > 0:
                taking.by_mode[mode.value].add(who)
                taking.week_modes[place][mode.value].add(who)
    return taking


async def _acts(school_id: int, period: Period, mondays: tuple[date, ...]) -> Acts:
    acts = Acts(week_minutes=[Counter() for _ in mondays])
    figures = DailyFigure.filter(school_id=school_id, on__gte=period.starts, on__lte=period.ends)
    logged = figures.filter(kind=Kind.LOGGED).annotate(whole=Sum("minutes")).group_by("on", "mode")
    for on, mode, minutes in await logged.values_list("on", "mode", "whole"):
        acts.minutes[mode] += minutes
        acts.week_minutes[week(mondays, on)][mode] += minutes
    kinds = (Kind.LOGGED, Kind.LIST_OPENED, Kind.ASSIGNED)
    sums = figures.filter(kind__in=kinds).annotate(whole=Sum("count")).group_by("kind", "place")
    for kind, place, count in await sums.values_list("kind", "place", "whole"):
        if kind == Kind.LOGGED:
            acts.places[place] += int(count)
        elif kind == Kind.LIST_OPENED:
            acts.opens += int(count)
        else:
            acts.assigned += int(count)
    return acts


async def _programs(school_id: int, period: Period) -> tuple[Part, ...]:
    ran = (
        await Program.filter(Q(ends=None) | Q(ends__gte=period.starts), school_id=school_id, starts__lte=period.ends)
        .exclude(state="draft")
        .order_by("starts", "id")
        .values("id", "title")
    )
    ids = [program["id"] for program in ran]
    joined: dict[int, set[int]] = defaultdict(set)
    for program_id, person_id in await Enrolment.filter(
        school_id=school_id, program_id__in=ids, joined_on__lte=period.ends, left_at=None
    ).values_list("program_id", "person_id"):
        joined[program_id].add(person_id)
    completed: dict[int, set[int]] = defaultdict(set)
    for program_id, person_id in await Standing.filter(
        school_id=school_id, program_id__in=ids, completed_on__lte=period.ends
    ).values_list("program_id", "person_id"):
        completed[program_id].add(person_id)
    return tuple(
        Part(
            program["title"],
            frozenset(joined[program["id"]]),
            frozenset(completed[program["id"]] & joined[program["id"]]),
        )
        for program in ran
    )


async def _finishes(school_id: int, period: Period) -> tuple[int, int]:
    listed = ListItem.filter(school_id=school_id, curated__state=State.PUBLISHED).values("resource_id")
    rows = (
        await ResourceProgress.filter(
            school_id=school_id,
            state="finished",
            on__gte=period.starts,
            on__lte=period.ends,
            resource_id__in=Subquery(listed),
        )
        .annotate(many=Count("id"))
        .group_by("person_id")
        .values_list("person_id", "many")
    )
    return sum(many for _, many in rows), len(rows)


async def _place_people(school_id: int, period: Period) -> dict[str, int]:
    rows = (
        await ResourceProgress.filter(school_id=school_id, started_on__lte=period.ends, on__gte=period.starts)
        .distinct()
        .values_list("person_id", "resource__here", "resource__online")
    )
    here = {person for person, on_site, _ in rows if on_site}
    online = {person for person, on_site, linked in rows if linked and not on_site}
    return {HERE: len(here), ONLINE: len(online)}


async def _work(school_id: int, period: Period) -> Work:
    rooms = await SchoolClass.filter(school_id=school_id, ended_on=None).values_list("id", flat=True)
    everything = await assigned_to(school_id, [int(str(room)) for room in rooms])
    asked = [one for one in everything if one.shows_from in period]
    students: dict[int, list[int]] = defaultdict(list)
    for room, person_id in await ClassMember.filter(
        school_id=school_id,
        school_class_id__in=sorted({one.class_id for one in asked}),
        role=Role.STUDENT,
        until=None,
        person__status=Status.ACTIVE,
    ).values_list("school_class_id", "person_id"):
        students[room].append(person_id)
    everybody = sorted({person for room in students.values() for person in room})
    states = await states_of(school_id, everybody, sorted({each for one in asked for each in one.resources}))
    done: Counter[int] = Counter()
    others: Counter[int] = Counter()
    for one in asked:
        for person in students[one.class_id]:
            finished = one.part(states[person], period.ends).status is PartStatus.DONE
            (done if finished else others)[person] += 1
    return Work(done.total() + others.total(), done.total(), len(done), len(others))
