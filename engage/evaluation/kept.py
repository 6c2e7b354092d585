"""What is kept of a school year, read: sums of months, and who took part in weeks and months, as sets without a name.

Months and weeks that lie wholly in the period come from the kept tables; for days at its edges the diary is asked,
which knows who took part as long as it holds the names.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

from tortoise.expressions import Q
from tortoise.functions import Count
from tortoise.functions import Sum as Total

from engage import dates
from engage.database.asked import day_of, rows_of
from engage.dates import Period
from engage.engagement.hidden import Whose, hash_with, year_of
from engage.engagement.models import ActiveDay, DailyFigure, Engagement, HiddenStudent, YearSalt
from engage.engagement.rules import Kind
from engage.engagement.turnout import (
    ACT,
    BAND,
    COUNTED,
    FINISHED,
    FORMAT,
    MINUTES,
    MONTH,
    PAGES,
    PLACE,
    WEEK,
    Part,
    People,
    everybody,
    month_of,
    part_of,
    people_of,
    week_of,
)

SUMS = ("count", "minutes", "pages", "days")
CUT = ("kind", "mode", "format", "place", "grade_band")
# which cuts of months and weeks are read; who was in a class is asked of nobody here
MONTHLY, WEEKLY = (BAND, MINUTES, PAGES, FINISHED, FORMAT, PLACE), (BAND,)
Sets = Mapping[tuple[date, str, str], People]


class Sum(NamedTuple):
    """One cell of what is kept: how much of what was done in a month."""

    month: date
    kind: str
    mode: str
    format: str
    place: str
    band: str
    count: int  # type: ignore[assignment]
    minutes: int
    pages: int
    days: int


@dataclass(frozen=True)
class Kept:
    """What is kept of a period. months, weeks: who is in each set, by its first day, cut and value."""

    period: Period
    sums: tuple[Sum, ...] = ()
    months: Sets = field(default_factory=dict)
    weeks: Sets = field(default_factory=dict)

    def total(self, kind: Kind, measure: str = "count", **only: str) -> int:
        """How much was done. only: mode, format, place or band that it is held to."""
        return sum(getattr(one, measure) for one in self._those(kind, only))

    def by(self, what: str, kind: Kind, measure: str = "count", **only: str) -> Counter[str]:
        """The same by mode, format, place or band."""
        found: Counter[str] = Counter()
        for one in self._those(kind, only):
            found[getattr(one, what)] += getattr(one, measure)
        return found

    def _those(self, kind: Kind, only: Mapping[str, str]) -> list[Sum]:
        found = self._of_kind.get(str(kind), [])
        for name, value in only.items():
            found = [one for one in found if getattr(one, name) == value]
        return found

    @cached_property
    def _of_kind(self) -> dict[str, list[Sum]]:
        found: dict[str, list[Sum]] = {}
        for one in self.sums:
            found.setdefault(one.kind, []).append(one)
        return found

    @cached_property
    def _of_cut(self) -> dict[str, list[tuple[str, str, People]]]:
        """The sets of each cut over all months: mode, second part, and who is in it."""
        found: dict[str, dict[str, People]] = {}
        for (_, cut, value), people in self.months.items():
            of = found.setdefault(cut, {})
            of[value] = of[value] | people if value in of else people
        return {
            cut: [(value.partition("/")[0], value.partition("/")[2], people) for value, people in of.items()]
            for cut, of in found.items()
        }

    def who(self, cut: str, mode: str = "", other: str = "") -> People:
        """Who is in the months of a cut. mode, other: the parts of its value that it is held to, "" for any."""
        return everybody(
            people
            for of, second, people in self._of_cut.get(cut, ())
            if (not mode or of == mode) and (not other or second == other)
        )

    def who_of(self, cut: str, mode: str, other: str) -> People:
        """The same for exactly one second part, which may be ""."""
        return everybody(
            people for of, second, people in self._of_cut.get(cut, ()) if second == other and (not mode or of == mode)
        )

    def values(self, cut: str) -> list[str]:
        """The second parts of a cut's values in which anybody is, in order."""
        return sorted({second for _, second, people in self._of_cut.get(cut, ()) if people})

    def minutes_by_month(self) -> Counter[tuple[str, date]]:
        """How many minutes were logged in each mode and month."""
        found: Counter[tuple[str, date]] = Counter()
        for one in self._of_kind.get(str(Kind.LOGGED), ()):
            found[one.mode, one.month] += one.minutes
        return found

    def people_by_month(self, cut: str) -> dict[tuple[str, date], People]:
        """Who is in each mode and month of a cut."""
        found: dict[tuple[str, date], People] = {}
        for (month, of, value), people in self.months.items():
            if of == cut:
                key = value.partition("/")[0], month
                found[key] = found[key] | people if key in found else people
        return found

    def within(self, first: date, last: date) -> "Kept":
        """The months from one to another, by their first days."""
        return Kept(
            Period(first, last),
            tuple(one for one in self.sums if first <= one.month <= last),
            {key: people for key, people in self.months.items() if first <= key[0] <= last},
        )


def months_of(period: Period) -> list[date]:
    """The first days of the months that a period touches."""
    found, month = [], month_of(period.starts)
    while month <= period.ends:
        found.append(month)
        month = month_of(month + timedelta(days=32))
    return found


@dataclass(frozen=True)
class Whole:
    """The first days of the months and weeks that lie wholly in a period; edges: days that are in others, in order."""

    months: tuple[date, ...]
    weeks: tuple[date, ...]
    edges: tuple[Period, ...]


def whole_of(period: Period, first_month: int, more: bool) -> Whole:
    """Which months and weeks can be taken as they are kept.

    more: something may have been done after the period in its last month or week; else those are whole, for nothing is
    done after today. The first and last weeks of a school year are whole, because the next year's part is kept apart.
    """
    begins_year = period.starts == dates.school_year(period.starts, first_month).starts
    months = [month for month in months_of(period) if month >= period.starts]
    first = week_of(period.starts)
    mondays = [first + timedelta(days=7 * n) for n in range((period.ends - first).days // 7 + 1)]
    weeks = [monday for monday in mondays if monday >= period.starts or begins_year]
    edges = []
    if months[:1] != [period.starts] or mondays[0] not in weeks:
        next_month = month_of(period.starts + timedelta(days=32 - period.starts.day)) if period.starts.day > 1 else None
        after = max(first + timedelta(days=7), next_month or period.starts)
        edges.append(Period(period.starts, min(after - timedelta(days=1), period.ends)))
    if more:
        month, monday = month_of(period.ends), week_of(period.ends)
        months = [each for each in months if each != month or month_of(period.ends + timedelta(days=1)) != month]
        weeks = [each for each in weeks if each != monday or period.ends.weekday() == 6]
        begin = max(period.starts, min(month, monday))
        begin = max(begin, edges[0].ends + timedelta(days=1)) if edges else begin
        if begin <= period.ends:
            edges.append(Period(begin, period.ends))
    return Whole(tuple(months), tuple(weeks), tuple(edges))


async def kept_of(school_id: int, period: Period, first_month: int, today: date, weeks: bool = True) -> Kept:
    """What is kept of a period; two statements where it begins with a school year, and ends with it or today.

    weeks: whether who took part in each week is read as well.
    """
    ends_year = period.ends == dates.school_year(period.ends, first_month).ends
    whole = whole_of(period, first_month, more=period.ends < today and not ends_year)
    sums = await _sums(school_id, whole.months)
    years = _years(period, first_month)
    wanted = {MONTH: set(whole.months), WEEK: set(whole.weeks)}
    spans = ((MONTH, MONTHLY), (WEEK, WEEKLY)) if weeks else ((MONTH, MONTHLY),)
    first = min([period.starts, *whole.weeks])
    found = [
        (year, span, (starts, *of), people_of(bits))
        for span, year, starts, *of, bits in await _turnouts(school_id, spans, years, Period(first, period.ends))
        if starts in wanted[span]
    ]
    if whole.edges:
        partial = [month for month in months_of(period) if month not in wanted[MONTH]]
        sums += await _sums_of_days(school_id, period, partial)
        for part, people in await _edges(school_id, whole.edges, first_month, years):
            for key in part.sets():
                if key.span in wanted and key.starts not in wanted[key.span]:
                    found.append((key.year, key.span, key[3:], people))
    sets: dict[str, dict[tuple[date, str, str], People]] = {MONTH: {}, WEEK: {}}
    shift = _shifts(years, [(year, people) for year, _, _, people in found])
    for year, span, of, people in found:
        _join(sets[span], of, People(people.ones << shift[year]))
    return Kept(period, tuple(sums), sets[MONTH], sets[WEEK])


def _join(sets: dict[tuple[date, str, str], People], key: Any, people: People) -> None:
    sets[key] = sets[key] | people if key in sets else people


def _years(period: Period, first_month: int) -> list[str]:
    """The names of the school years that a period touches."""
    days = [period.starts, *months_of(period)[1:], period.ends]
    return list(dict.fromkeys(year_of(on, first_month) for on in days))


def _shifts(years: Sequence[str], found: Iterable[tuple[str, People]]) -> dict[str, int]:
    """How far the numbers of each year's students are moved, to be nobody's of the years before: they begin anew with
    each. Sets of several years are as wide as all of their students, so they are moved no farther than need be."""
    widths = dict.fromkeys(years, 0)
    for year, people in found:
        widths[year] = max(widths[year], people.ones.bit_length())
    return dict(zip(years, accumulate([0, *widths.values()]), strict=False))


async def _turnouts(
    school_id: int, spans: Iterable[tuple[str, Collection[str]]], years: Sequence[str], within: Period
) -> Iterator[tuple[Any, ...]]:
    """Who took part: span, year, first day, cut, value and bits. spans: which are read, and which cuts of each."""
    values = [school_id, within.starts, within.ends, *years]
    of_years = ", ".join(f"{{{3 + place}}}" for place in range(len(years)))
    asked = []
    for span, cuts in spans:
        of_cuts = ", ".join(f"'{cut}'" for cut in cuts)
        asked.append(
            f"SELECT span, year, starts, cut, value, bits FROM turnout WHERE school_id = {{0}} AND span = '{span}' "
            f"AND year IN ({of_years}) AND starts >= {{1}} AND starts <= {{2}} AND cut IN ({of_cuts})"
        )
    rows = await rows_of(" UNION ALL ".join(asked), values)
    return ((span, year, day_of(starts), *rest) for span, year, starts, *rest in rows)


async def _sums(school_id: int, months: Iterable[date]) -> list[Sum]:
    wanted = sorted(months)
    if not wanted:
        return []
    cut, sums = ", ".join(CUT), ", ".join(f"SUM({name})" for name in SUMS)
    rows = await rows_of(
        f"SELECT month, {cut}, {sums} FROM month_figure WHERE school_id = {{0}} AND month >= {{1}} AND month <= {{2}} "
        f"GROUP BY month, {cut}",
        [school_id, wanted[0], wanted[-1]],
    )
    return [Sum(day_of(row[0]), *row[1:6], *map(int, row[6:])) for row in rows]


async def _sums_of_days(school_id: int, period: Period, months: Collection[date]) -> list[Sum]:
    """The sums of the days of the period that lie in some months; two statements."""
    if not months:
        return []
    found: Counter[tuple[tuple[Any, ...], str]] = Counter()
    of = {"school_id": school_id, "on__gte": period.starts, "on__lte": period.ends}
    within = Q(*(Q(on__gte=month, on__lt=month_of(month + timedelta(days=32))) for month in months), join_type="OR")
    rows = DailyFigure.filter(within, **of).annotate(**{f"all_{name}": Total(name) for name in SUMS[:3]})
    for on, *cut, count, minutes, pages in await rows.group_by("on", *CUT).values_list(
        "on", *CUT, *(f"all_{name}" for name in SUMS[:3])
    ):
        for name, number in zip(SUMS, (count, minutes, pages), strict=False):
            found[(month_of(on), *map(str, cut)), name] += int(number)
    days = ActiveDay.filter(within, acts__gt=0, **of).annotate(many=Count("id")).group_by("on", "grade_band")
    for on, band, many in await days.values_list("on", "grade_band", "many"):
        found[(month_of(on), str(Kind.LOGGED), "", "", "", band), "days"] += many
    cells = dict.fromkeys(cell for cell, _ in found)
    return [Sum(*cell, *(found[cell, name] for name in SUMS)) for cell in cells]


async def _edges(
    school_id: int, edges: Iterable[Period], first_month: int, years: Sequence[str]
) -> list[tuple[Part, People]]:
    """Who took part on the days at the edges, by the diary: acts that stand, each with its student."""
    acts: Counter[tuple[Any, ...]] = Counter()
    for edge in edges:
        rows = Engagement.filter(
            school_id=school_id,
            kind__in=COUNTED,
            on__gte=edge.starts,
            on__lte=edge.ends,
            person_id__isnull=False,
        )
        for person_id, *act, count, minutes, pages in await rows.values_list("person_id", *ACT):
            acts[person_id, *act, bool(minutes), bool(pages)] += count
    if not acts:
        return []
    salts = dict(await YearSalt.filter(school_id=school_id, year__in=list(years)).values_list("year", "salt"))
    hashes = {
        hash_with(str(salt), person_id): (year, person_id)
        for year, salt in salts.items()
        for person_id in {act[0] for act in acts}
    }
    numbers = {
        hashes[who]: number
        for who, number in await HiddenStudent.filter(school_id=school_id, year__in=list(years)).values_list(
            "who", "number"
        )
        if who in hashes
    }
    found = []
    for (person_id, *act, has_minutes, has_pages), count in acts.items():
        year = year_of(act[0], first_month)
        if count > 0 and (year, person_id) in numbers:
            part = part_of(Whose(school_id, year, person_id), [*act, count, int(has_minutes), int(has_pages)])
            found.append((part, People(1 << numbers[year, person_id])))
    return found
