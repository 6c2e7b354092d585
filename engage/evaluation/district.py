"""What the schools of a district come to together, without a name and with ten behind each number (REP04, P10)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engage import dates
from engage.database.asked import day_of, rows_of
from engage.engagement.rules import Kind, Mode
from engage.engagement.small_groups import HIDDEN, Value, amount, limit_beyond, share
from engage.engagement.turnout import BAND, FINISHED, MINUTES, PAGES, YEAR, People, begin_of, people_of
from engage.people.models import School
from engage.people.rules import Role, Status

HEAD = ("Figure", "Schools", "From", "Value", "Shown as", "Unit", "As of", "Definition")


@dataclass(frozen=True)
class Summed:
    """What is summed over schools: one sum of one kind of act. cut, mode: who is behind it; cut "" where nobody is."""

    title: str
    definition: str
    unit: str
    kind: Kind
    what: str
    cut: str
    mode: str = ""


SUMMED = (
    *(
        Summed(
            f"Minutes of {mode.value}",
            f"Minutes of {mode.value} that students logged, after corrections.",
            "minutes",
            Kind.LOGGED,
            "minutes",
            MINUTES,
            mode.value,
        )
        for mode in Mode
    ),
    Summed("Pages", "Pages that students logged, after corrections.", "pages", Kind.LOGGED, "pages", PAGES),
    Summed("Log entries", "How often students logged, after corrections.", "", Kind.LOGGED, "count", BAND),
    Summed("Titles finished", "How often students logged that they finished it.", "", Kind.FINISHED, "count", FINISHED),
    Summed("Lists opened", "How often lists were opened, by anybody.", "", Kind.LIST_OPENED, "count", ""),
    Summed("Assignments given", "How often a class was asked for a list.", "", Kind.ASSIGNED, "count", ""),
)
REACH = "Students who took part"
OF_SCHOOLS = "school_id IN (SELECT id FROM school WHERE district_id = {0})"
# all students of each school, and, to be taken off, those who are not active: they are few, and all the others are not
# looked up among the people of the district
ENROLLED = (
    f"SELECT school_id, COUNT(*) FROM membership WHERE {OF_SCHOOLS} AND role = '{Role.STUDENT}' GROUP BY school_id "
    "UNION ALL SELECT m.school_id, -COUNT(*) FROM person p JOIN membership m ON m.person_id = p.id "
    f"WHERE m.{OF_SCHOOLS} AND m.role = '{Role.STUDENT}' AND p.status <> '{Status.ACTIVE}' GROUP BY m.school_id"
)


@dataclass(frozen=True)
class Line:
    """One figure: of the schools in which enough stand behind it together, and of each; withheld of the others."""

    title: str
    definition: str
    unit: str
    value: Value
    schools: tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class District:
    """The figures of a district's schools in their school year so far. fewest: below which people are withheld."""

    schools: int
    starts: date
    as_of: datetime
    fewest: int
    lines: tuple[Line, ...]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The cells as rows under HEAD."""
        for line in self.lines:
            for name, value in (("All", line.value), *line.schools):
                shown = value.words(line.unit)
                yield (line.title, name, self.starts, value.number, shown, line.unit, self.as_of, line.definition)


@dataclass(frozen=True)
class Counts:
    """One school before anything is withheld. sums: by kind, sum and mode; people: by cut and mode, "" for any mode."""

    name: str
    enrolled: int
    sums: Counter[tuple[str, str, str]]
    people: dict[tuple[str, str], People]

    def of(self, one: Summed) -> tuple[int, int]:
        """An amount, and how many students are behind it."""
        return self.sums[one.kind, one.what, one.mode], len(self.people.get((one.cut, one.mode), ()))


async def district_of(district_id: int, now: datetime) -> District:
    """What a district's schools come to in this school year; four statements, however many schools."""
    schools = await School.filter(district_id=district_id).order_by("name", "id")
    years = {one.id: dates.school_year(dates.on(now, one.zone), one.year_starts_in) for one in schools}
    of_year = {number: dates.year_name(year) for number, year in years.items()}
    starts = min((year.starts for year in years.values()), default=now.date())
    fewest = max((limit_beyond(one.fewest, one.fewest_shared) for one in schools), default=limit_beyond(0))
    counts = await _counts(schools, of_year)
    return District(
        len(schools), starts, now.replace(microsecond=0), fewest, (_reach(counts, fewest), *_lines(counts, fewest))
    )


async def _counts(schools: Sequence[School], of_year: dict[int, str]) -> list[Counts]:
    names = sorted(set(of_year.values()))
    if not schools:
        return []
    sums: dict[int, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    first = {one.id: date(int(of_year[one.id][:4]), one.year_starts_in, 1) for one in schools}
    amounts = ("count", "minutes", "pages")
    of_kinds = ", ".join(f"'{kind}'" for kind in sorted({one.kind for one in SUMMED}))
    # where the year of some schools begins earlier, months are told apart; else the database adds them up
    of_months = ", month" if len(set(first.values())) > 1 else ""
    rows = await rows_of(
        f"SELECT school_id, MIN(month), kind, mode, SUM(count), SUM(minutes), SUM(pages) FROM month_figure "
        f"WHERE {OF_SCHOOLS} AND kind IN ({of_kinds}) AND month >= {{1}} GROUP BY school_id, kind, mode{of_months}",
        [schools[0].district_id, min(first.values())],  # type: ignore[attr-defined]
    )
    for school_id, month, kind, mode, *numbers in rows:
        if day_of(month) >= first[school_id]:
            for what, number in zip(amounts, numbers, strict=True):
                for of_mode in {"", mode}:
                    sums[school_id][kind, what, of_mode] += int(number)
    people: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    marks = ", ".join(f"{{{place}}}" for place in range(1, len(names) + 1))
    turnouts = await rows_of(
        f"SELECT school_id, year, starts, cut, value, bits FROM turnout WHERE {OF_SCHOOLS} AND span = '{YEAR}' "
        f"AND year IN ({marks})",
        [schools[0].district_id, *names],  # type: ignore[attr-defined]
    )
    begins = {name: begin_of(name) for name in names}
    for school_id, year, starts, cut, value, bits in turnouts:
        if year == of_year[school_id] and day_of(starts) == begins[year]:
            ones, mode, of = people_of(bits).ones, value.partition("/")[0], people[school_id]
            for key in {(cut, ""), (cut, mode)}:
                of[key] = of.get(key, 0) | ones
    enrolled: Counter[int] = Counter()
    for school_id, many in await rows_of(ENROLLED, [schools[0].district_id]):  # type: ignore[attr-defined]
        enrolled[school_id] += many
    return [
        Counts(one.name, enrolled[one.id], sums[one.id], {key: People(n) for key, n in people[one.id].items()})
        for one in schools
    ]


def _reach(counts: Sequence[Counts], fewest: int) -> Line:
    parts = {one.name: (len(one.people.get((BAND, ""), ())), one.enrolled) for one in counts}
    shown = {name: share(*pair, fewest) for name, pair in parts.items()}
    told = [pair for name, pair in parts.items() if not shown[name].withheld]
    whole = share(sum(part for part, _ in told), sum(all_of_them for _, all_of_them in told), fewest)
    words = "Students who logged on at least one day, of all enrolled today."
    return Line(REACH, words, "%", whole, tuple(shown.items()) if len(counts) > 1 else ())


def _lines(counts: Sequence[Counts], fewest: int) -> Iterator[Line]:
    """A school in which few stand behind a number is not in the sum either: each school's own figures are read
    elsewhere, and the sum less the others would be the small one's."""
    for one in SUMMED:
        each = [school.of(one) for school in counts]
        shown = [Value(number) if not one.cut else amount(number, people, fewest) for number, people in each]
        told = [value.number for value in shown if value.number is not None]
        schools = tuple((school.name, value) for school, value in zip(counts, shown, strict=True))
        whole = Value(sum(told)) if told else HIDDEN
        yield Line(one.title, one.definition, one.unit, whole, schools if len(counts) > 1 else ())
