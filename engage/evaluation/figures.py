"""What is counted for a period: what is kept of a school's months, outcomes and the library's stock; never the diary.

Nothing here is withheld yet, so nothing here goes to a page: engage.evaluation.indicators says what may be shown.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from tortoise.connection import get_connection
from tortoise.functions import Count

from engage import dates
from engage.classes.queries import assigned_to, states_of
from engage.classes.rules import Status as PartStatus
from engage.dates import Period
from engage.engagement.rules import Kind, Mode
from engage.engagement.turnout import BAND, MINUTES, PLACE, People, everybody
from engage.evaluation.kept import Kept, kept_of
from engage.evaluation.planned import NAMED, NOTHING_TOGETHER, OUTCOMES, Together, together_from
from engage.evaluation.rules import weeks_of
from engage.evaluation.stock import LANGUAGES, NO_STOCK, PAIRS, Stock, pairs, stock_of
from engage.people.models import ClassMember, Membership, School
from engage.people.rules import Role, SchoolCard, Status, band_of

HERE, ONLINE = "here", "online"


@dataclass
class Taking:
    """Who took part and how, as sets without a name: by grade band, mode and week. days: active days by grade band.

    In by_mode are those who logged minutes.
    """

    by_band: dict[str, People] = field(default_factory=dict)
    days: Counter[str] = field(default_factory=Counter)
    by_mode: dict[str, People] = field(default_factory=dict)
    weeks: list[People] = field(default_factory=list)
    week_bands: list[dict[str, People]] = field(default_factory=list)

    @property
    def people(self) -> People:
        """Everybody who took part."""
        return everybody(self.by_band.values())


@dataclass
class Acts:
    """What was done. minutes: by mode; places: of log entries."""

    minutes: Counter[str] = field(default_factory=Counter)
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
    kept: Kept
    stock: Stock = NO_STOCK
    together: Together = NOTHING_TOGETHER

    def within(self, first: date, last: date) -> "Taken":
        """The same for some of its months, as far as it comes from what is kept."""
        kept = self.kept.within(first, last)
        return replace(self, taking=taking_of(kept, ()), acts=acts_of(kept), kept=kept, place_people=places_of(kept))


async def taken(school_id: int, period: Period, of: School | SchoolCard | None = None) -> Taken:
    """All the counts of a period; a steady number of statements. of: the school, where it is known already."""
    mondays = tuple(weeks_of(period))
    school = of or await School.get(id=school_id)
    kept = await kept_of(school_id, period, school.year_starts_in, dates.today(school.zone))
    found = await pairs(school_id, school.zone, period, {**PAIRS, **NAMED}, LANGUAGES, OUTCOMES, ENROLLED)
    stock = await stock_of(school_id, school.zone, period, found)
    return Taken(
        period,
        mondays,
        enrolled_of(found),
        taking_of(kept, mondays),
        acts_of(kept),
        await _programs(school_id, period),
        (stock.finishes.number, stock.finishes.people),
        places_of(kept),
        await _work(school_id, period),
        kept,
        stock,
        together_from(found),
    )


async def taking_part(school_id: int, period: Period, of: School | SchoolCard | None = None) -> Taken:
    """The counts that the indicators of taking part are made from, and no others; three or four statements."""
    school = of or await School.get(id=school_id)
    kept = await kept_of(school_id, period, school.year_starts_in, dates.today(school.zone), weeks=False)
    nothing = Work(0, 0, 0, 0)
    taking, acts, enrolled = taking_of(kept, ()), acts_of(kept), await enrolled_in(school_id)
    return Taken(period, (), enrolled, taking, acts, (), (0, 0), places_of(kept), nothing, kept)


def week(mondays: tuple[date, ...], on: date) -> int:
    """Which of the weeks a day lies in."""
    return (on - mondays[0]).days // 7


# how many students are enrolled today, by grade
ENROLLED = (
    "SELECT 'grade ' || COALESCE(CAST(p.grade AS TEXT), '') AS name, COUNT(*) AS many, 0 AS beside "
    "FROM membership m JOIN person p ON p.id = m.person_id "
    f"WHERE m.school_id = {{school}} AND m.role = '{Role.STUDENT.value}' AND p.status = '{Status.ACTIVE.value}' "
    "GROUP BY p.grade"
)


async def enrolled_in(school_id: int) -> dict[str, int]:
    """How many students are enrolled today, by grade band."""
    rows = (
        await Membership.filter(school_id=school_id, role=Role.STUDENT, person__status=Status.ACTIVE)
        .annotate(many=Count("id"))
        .group_by("person__grade")
        .values_list("person__grade", "many")
    )
    return by_band(rows)


def enrolled_of(found: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """The same out of what was found with ENROLLED."""
    grades = {name.removeprefix("grade "): many for name, (many, _) in found.items() if name.startswith("grade ")}
    return by_band((int(grade) if grade else None, many) for grade, many in grades.items())


def by_band(grades: Iterable[tuple[int | None, int]]) -> dict[str, int]:
    """Numbers of students by grade band, from those by grade."""
    bands: Counter[str] = Counter()
    for grade, many in grades:
        bands[band_of(grade).value] += many
    return dict(bands)


def taking_of(kept: Kept, mondays: Sequence[date]) -> Taking:
    """Who took part, from what is kept."""
    bands, modes = kept.values(BAND), [mode.value for mode in Mode]
    taking = Taking(
        {band: kept.who(BAND, other=band) for band in bands},
        kept.by("band", Kind.LOGGED, "days"),
        {mode: people for mode in modes if (people := kept.who(MINUTES, mode))},
        [People() for _ in mondays],
        [{} for _ in mondays],
    )
    for (monday, _, value), people in kept.weeks.items() if mondays else ():
        place, band = week(tuple(mondays), monday), value.partition("/")[2]
        taking.weeks[place] |= people
        taking.week_bands[place][band] = taking.week_bands[place].get(band, People()) | people
    return taking


def acts_of(kept: Kept) -> Acts:
    """What was done, from what is kept."""
    minutes, places = kept.by("mode", Kind.LOGGED, "minutes"), kept.by("place", Kind.LOGGED)
    minutes.pop("", None)
    return Acts(minutes, places, kept.total(Kind.LIST_OPENED), kept.total(Kind.ASSIGNED))


def places_of(kept: Kept) -> dict[str, int]:
    """How many students logged something on site, and online."""
    return {place: len(kept.who(PLACE, other=place)) for place in (HERE, ONLINE)}


async def _programs(school_id: int, period: Period) -> tuple[Part, ...]:
    """The programs that ran, with who is in them and who completed them; one statement."""
    connection = get_connection("default")
    lite = connection.capabilities.dialect == "sqlite"
    school, first, last = ("?1", "?2", "?3") if lite else ("$1", "$2", "$3")
    ran = (
        f"WHERE p.school_id = {school} AND p.starts <= {last} AND (p.ends IS NULL OR p.ends >= {first}) "
        "AND p.state <> 'draft'"
    )
    rows = await connection.execute_query_dict(
        "SELECT p.id AS program, p.title AS title, p.starts AS starts, e.person_id AS person, 0 AS done FROM program p "
        f"LEFT JOIN enrolment e ON e.program_id = p.id AND e.school_id = {school} AND e.left_at IS NULL "
        f"AND e.joined_on <= {last} {ran} UNION ALL "
        "SELECT p.id, p.title, p.starts, s.person_id, 1 FROM program p "
        f"JOIN standing s ON s.program_id = p.id AND s.school_id = {school} AND s.completed_on <= {last} {ran}",
        [school_id, period.starts, period.ends],
    )
    people: dict[tuple[str, int, str], tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for row in rows:
        sets = people[str(row["starts"]), row["program"], row["title"]]
        if row["person"] is not None:
            sets[row["done"]].add(row["person"])
    return tuple(
        Part(title, frozenset(joined), frozenset(completed & joined))
        for (_, _, title), (joined, completed) in sorted(people.items())
    )


async def _work(school_id: int, period: Period) -> Work:
    members = await ClassMember.filter(
        school_id=school_id, school_class__ended_on=None, until=None, person__status=Status.ACTIVE
    ).values_list("school_class_id", "person_id", "role")
    everything = await assigned_to(school_id, sorted({room for room, _, _ in members}))
    asked = [one for one in everything if one.shows_from in period]
    if not asked:
        return Work(0, 0, 0, 0)
    students: dict[int | None, list[int]] = defaultdict(list)
    of_groups = any(one.class_id is None for one in asked)
    rooms = {one.class_id for one in asked}
    for room, person_id, role in members:
        if role == Role.STUDENT and (of_groups or room in rooms):
            students[room].append(person_id)
    everybody = sorted({person for room in students.values() for person in room})
    states = await states_of(school_id, everybody, sorted({each for one in asked for each in one.resources}))
    done: Counter[int] = Counter()
    others: Counter[int] = Counter()
    for one in asked:
        for person in everybody if one.class_id is None else students[one.class_id]:
            if one.asks_of(person):
                finished = one.part(states[person], period.ends).status is PartStatus.DONE
                (done if finished else others)[person] += 1
    return Work(done.total() + others.total(), done.total(), len(done), len(others))
