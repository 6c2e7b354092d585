"""The figures of days and months and the turnouts made again from the diary, to prove that all agree."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from tortoise.connection import get_connection

from engage.database.transaction import budget, one_transaction
from engage.engagement.diary import DAY_SUMS, IN_NO_MODE, MONTH_CUT, SUMS, Cut
from engage.engagement.hidden import Whose, hidden_of, year_of
from engage.engagement.models import ActiveDay, DailyFigure, Engagement, MonthFigure, Turnout
from engage.engagement.rules import Kind
from engage.engagement.turnout import (
    ACT,
    CLASS,
    COUNTED,
    MONTH,
    Key,
    Part,
    People,
    bits_of,
    month_of,
    part_of,
    people_of,
)
from engage.people.models import School

OF_DAY = ("on", "who", "grade_band")
# a school's months are made once, and have to be whole (DECISIONS.md)
FILL_SECONDS = 60.0
Cell = tuple[object, ...]
Cells = dict[Cell, tuple[int, ...]]


@dataclass(frozen=True)
class Difference:
    """A kept figure that is not what the diary gives. what: the figure in words."""

    what: str
    kept: str
    derived: str


@dataclass(frozen=True)
class Taking:
    """Who took part, as the diary gives it while it holds the names. nameless: the sets that may hold more people."""

    days: Cells
    turnouts: dict[Key, People]
    nameless: frozenset[Key]

    def may_hold_more(self, key: Key) -> bool:
        """Whether somebody may be in a set of whom the diary tells no more; with the name it loses the class."""
        return key in self.nameless or (key.cut == CLASS and key._replace(value="") in self.nameless)


async def differences(school_id: int) -> list[Difference]:
    """Where the kept figures of a school and its diary part; an agreement is an empty list.

    Who took part can be derived only while the diary still holds the names: kept days without one are left alone, and
    a kept turnout of such days may hold more people than the diary can tell.
    """
    daily, taking = await _daily(school_id), await _taking(school_id)
    days, turnouts = await _kept_days(school_id), await _kept_turnouts(school_id)
    return [
        *_compare("daily figure", await _kept(DailyFigure, Cut._fields, SUMS, school_id), daily),
        *_compare(
            "month figure",
            await _kept(MonthFigure, MONTH_CUT, (*SUMS, "days"), school_id),
            _monthly(school_id, daily, {**days, **taking.days}),
        ),
        *_compare("active day", {key: days[key] for key in days if key in taking.days}, taking.days),
        *_compare_people(turnouts, taking),
    ]


@one_transaction
async def repair(school_id: int) -> None:
    """Keep what the diary gives, in place of the figures that stood."""
    daily, taking = await _daily(school_id), await _taking(school_id)
    kept = await _kept_days(school_id)
    await DailyFigure.filter(school_id=school_id).delete()
    await _put(DailyFigure, (*Cut._fields, *SUMS), daily)
    await MonthFigure.filter(school_id=school_id).delete()
    await _put(MonthFigure, (*MONTH_CUT, *SUMS, "days"), _monthly(school_id, daily, {**kept, **taking.days}))
    new = {}
    for key, sums in taking.days.items():
        which = dict(zip(("school_id", *OF_DAY), (school_id, *key), strict=True))
        if key not in kept:
            new[(school_id, *key)] = sums
        elif kept[key] != sums:
            await ActiveDay.filter(**which).update(**dict(zip(DAY_SUMS, sums, strict=True)))
    await _put(ActiveDay, ("school_id", *OF_DAY, *DAY_SUMS), new)
    await _repair_turnouts(school_id, taking)


async def fill_months() -> int:
    """Make the figures of months of schools that have days but no months yet, as after an upgrade; a job.

    Two short looks at each school where there is nothing to do. How many schools were filled.
    """
    filled = 0
    for (school_id,) in await School.all().order_by("id").values_list("id"):
        if await _lacks_months(school_id):
            token = budget.set(FILL_SECONDS)
            try:
                await _fill(school_id)
            finally:
                budget.reset(token)
            filled += 1
    return filled


async def _lacks_months(school_id: int) -> bool:
    """Whether the first month of which days are kept is not kept; what happens after an upgrade writes later ones."""
    first = await DailyFigure.filter(school_id=school_id).order_by("on").first()
    if first is None:
        return False
    return not await MonthFigure.filter(school_id=school_id, month=month_of(first.on)).exists()


@one_transaction
async def _fill(school_id: int) -> None:
    """Months from the days that are kept, and turnouts from the diary; what comes in meanwhile waits, and is added."""
    connection = get_connection("default")
    if connection.capabilities.dialect != "sqlite":
        await connection.execute_query("LOCK TABLE month_figure IN SHARE ROW EXCLUSIVE MODE")
    daily, taking = await _kept(DailyFigure, Cut._fields, SUMS, school_id), await _taking(school_id)
    days = {**await _kept_days(school_id), **taking.days}
    await MonthFigure.filter(school_id=school_id).delete()
    await _put(MonthFigure, (*MONTH_CUT, *SUMS, "days"), _monthly(school_id, daily, days))
    await _repair_turnouts(school_id, taking)


async def _put(model: Any, names: tuple[str, ...], cells: Cells) -> None:
    rows = [model(**dict(zip(names, (*key, *sums), strict=True))) for key, sums in cells.items()]
    await model.bulk_create(rows, batch_size=500)


async def _repair_turnouts(school_id: int, taking: Taking) -> None:
    kept = await _kept_turnouts(school_id)
    for key in {*kept, *taking.turnouts}:
        people = taking.turnouts.get(key, People())
        if taking.may_hold_more(key):
            people = people | kept.get(key, People())
        if key not in kept:
            await Turnout.create(**key._asdict(), bits=bits_of(people))
        elif people != kept[key]:
            await Turnout.filter(**key._asdict()).update(bits=bits_of(people))


def _compare(what: str, kept: Cells, derived: Cells) -> list[Difference]:
    return [
        Difference(f"{what} {key}", str(kept.get(key)), str(derived.get(key)))
        for key in sorted({*kept, *derived}, key=str)
        if (kept.get(key) or ()) != (derived.get(key) or ()) and any((*kept.get(key, ()), *derived.get(key, ())))
    ]


def _compare_people(kept: dict[Key, People], taking: Taking) -> list[Difference]:
    found = []
    for key in sorted({*kept, *taking.turnouts}):
        there, derived = kept.get(key, People()), taking.turnouts.get(key, People())
        if (derived | there if taking.may_hold_more(key) else derived) != there:
            found.append(Difference(f"turnout {tuple(key)}", f"{len(there)} students", f"{len(derived)} students"))
    return found


async def _kept(model: Any, names: tuple[str, ...], sums: tuple[str, ...], school_id: int) -> Cells:
    rows = await model.filter(school_id=school_id).values_list(*names, *sums)
    return {_plain(row[: len(names)]): tuple(row[len(names) :]) for row in rows}


async def _daily(school_id: int) -> Cells:
    """The figures of days, from the diary."""
    sums: dict[Cell, list[int]] = {}
    for row in await Engagement.filter(school_id=school_id).values_list(*Cut._fields, *SUMS):
        *cut, count, minutes, pages = row
        cut[3], cut[7], cut[8] = cut[3] or "", cut[7] or 0, cut[8] or 0
        total = sums.setdefault(_plain(cut), [0, 0, 0])
        total[0], total[1], total[2] = total[0] + count, total[1] + minutes, total[2] + pages
    return {key: tuple(total) for key, total in sums.items()}


def _monthly(school_id: int, daily: Cells, days: Cells) -> Cells:
    """The figures of months, from those of days and from active days."""
    sums: dict[Cell, Counter[str]] = {}
    for (school, on, *cut), amounts in daily.items():
        assert isinstance(on, date)
        sums.setdefault((school, month_of(on), *cut), Counter()).update(dict(zip(SUMS, amounts, strict=True)))
    for (on, _, band), (acts, *_) in days.items():
        assert isinstance(on, date)
        if acts > 0:
            cell = Cut(school_id=school_id, on=month_of(on), grade_band=str(band), **IN_NO_MODE)  # type: ignore[arg-type]
            sums.setdefault(_plain(cell), Counter())["days"] += 1
    return {key: tuple(total[name] for name in (*SUMS, "days")) for key, total in sums.items()}


async def _kept_days(school_id: int) -> Cells:
    rows = await ActiveDay.filter(school_id=school_id).values_list(*OF_DAY, *DAY_SUMS)
    return {_plain(row[:3]): tuple(row[3:]) for row in rows}


async def _kept_turnouts(school_id: int) -> dict[Key, People]:
    rows = await Turnout.filter(school_id=school_id).values_list(*Key._fields, "bits")
    return {Key(*key): people_of(bits) for *key, bits in rows}


async def _taking(school_id: int) -> Taking:
    first_month = (await School.get(id=school_id)).year_starts_in
    days: dict[Cell, Counter[str]] = {}
    held: dict[Key, Counter[Whose]] = {}
    nameless: set[Key] = set()
    logged: list[Part] = []
    for person_id, *act in await Engagement.filter(school_id=school_id, kind__in=COUNTED).values_list(
        "person_id", *ACT
    ):
        part = part_of(Whose(school_id, year_of(act[0], first_month), person_id or 0), act)
        if person_id is None:
            nameless.update(part.sets())
            nameless.add(Key(school_id, part.whose.year, MONTH, month_of(part.on), CLASS, ""))
            continue
        for key in part.sets():
            held.setdefault(key, Counter())[part.whose] += part.count
        if part.kind is Kind.LOGGED:
            logged.append(part)
    hidden = await _hidden({whose for people in held.values() for whose in people})
    for part in logged:
        day = days.setdefault((part.on, hidden[part.whose].who, part.grade_band), Counter())
        day.update({"acts": part.count, f"{part.mode}_minutes": part.minutes})
    turnouts = {
        key: People(sum(1 << hidden[whose].number for whose, count in people.items() if count > 0))
        for key, people in held.items()
    }
    return Taking(
        {key: tuple(day[name] for name in DAY_SUMS) for key, day in days.items()}, turnouts, frozenset(nameless)
    )


@one_transaction
async def _hidden(wanted: set[Whose]) -> Any:
    return await hidden_of(wanted)


def _plain(values: object) -> Cell:
    assert isinstance(values, list | tuple)
    return tuple(value.value if hasattr(value, "value") else value for value in values)
