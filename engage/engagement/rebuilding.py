"""The daily figures made again from the diary, to prove that both agree."""

from collections import Counter
from dataclasses import dataclass

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement.diary import DAY_SUMS, Cut, hidden
from engage.engagement.models import ActiveDay, DailyFigure, Engagement
from engage.engagement.rules import Kind
from engage.people.models import School

SUMS = ("count", "minutes", "pages")
Key = tuple[object, ...]


@dataclass(frozen=True)
class Difference:
    """A kept figure that is not what the diary gives. what: the figure in words."""

    what: str
    kept: str
    derived: str


async def differences(school_id: int) -> list[Difference]:
    """Where the kept figures of a school and its diary part; an agreement is an empty list.

    Active days can be derived only while the diary still holds the names, so kept days without one are left alone.
    """
    kept, derived = await _kept(school_id), await _derived(school_id)
    days, from_diary = await _kept_days(school_id), await _derived_days(school_id)
    return [
        *_compare("daily figure", kept, derived),
        *_compare("active day", {key: days[key] for key in days if key in from_diary}, from_diary),
    ]


@one_transaction
async def repair(school_id: int) -> None:
    """Keep what the diary gives, in place of the figures that stood."""
    derived, days = await _derived(school_id), await _derived_days(school_id)
    await DailyFigure.filter(school_id=school_id).delete()
    await DailyFigure.bulk_create(
        [DailyFigure(**dict(zip((*Cut._fields, *SUMS), (*key, *sums), strict=True))) for key, sums in derived.items()],
        batch_size=500,
    )
    kept = await _kept_days(school_id)
    new = []
    for key, sums in days.items():
        which = dict(zip(("school_id", "on", "who", "grade_band"), (school_id, *key), strict=True))
        values = dict(zip(DAY_SUMS, sums, strict=True))
        if key not in kept:
            new.append(ActiveDay(**which, **values))
        elif kept[key] != sums:
            await ActiveDay.filter(**which).update(**values)
    await ActiveDay.bulk_create(new, batch_size=500)


def _compare(what: str, kept: dict[Key, tuple[int, ...]], derived: dict[Key, tuple[int, ...]]) -> list[Difference]:
    return [
        Difference(f"{what} {key}", str(kept.get(key)), str(derived.get(key)))
        for key in sorted({*kept, *derived}, key=str)
        if (kept.get(key) or ()) != (derived.get(key) or ()) and any((*kept.get(key, ()), *derived.get(key, ())))
    ]


async def _kept(school_id: int) -> dict[Key, tuple[int, ...]]:
    rows = await DailyFigure.filter(school_id=school_id).values_list(*Cut._fields, *SUMS)
    return {_plain(row[: -len(SUMS)]): tuple(row[-len(SUMS) :]) for row in rows}


async def _derived(school_id: int) -> dict[Key, tuple[int, ...]]:
    sums: dict[Key, list[int]] = {}
    names = (*(name for name in Cut._fields), *SUMS)
    for row in await Engagement.filter(school_id=school_id).values_list(*names):
        *cut, count, minutes, pages = row
        cut[3], cut[7], cut[8] = cut[3] or "", cut[7] or 0, cut[8] or 0
        total = sums.setdefault(_plain(cut), [0, 0, 0])
        total[0], total[1], total[2] = total[0] + count, total[1] + minutes, total[2] + pages
    return {key: tuple(total) for key, total in sums.items()}


async def _kept_days(school_id: int) -> dict[Key, tuple[int, ...]]:
    rows = await ActiveDay.filter(school_id=school_id).values_list("on", "who", "grade_band", *DAY_SUMS)
    return {_plain(row[:3]): tuple(row[3:]) for row in rows}


async def _derived_days(school_id: int) -> dict[Key, tuple[int, ...]]:
    first_month = (await School.get(id=school_id)).year_starts_in
    sums: dict[Key, Counter[str]] = {}
    known: dict[tuple[str, int], str] = {}
    acts = Engagement.filter(school_id=school_id, kind=Kind.LOGGED, person_id__not_isnull=True)
    for on, person_id, band, mode, count, minutes in await acts.values_list(
        "on", "person_id", "grade_band", "mode", "count", "minutes"
    ):
        of_year = (dates.year_name(dates.school_year(on, first_month)), person_id)
        if of_year not in known:
            known[of_year] = await hidden(school_id, on, first_month, person_id)
        who = known[of_year]
        day = sums.setdefault(_plain((on, who, band)), Counter())
        day.update({"acts": count, f"{mode}_minutes": minutes})
    return {key: tuple(day[name] for name in DAY_SUMS) for key, day in sums.items()}


def _plain(values: object) -> Key:
    assert isinstance(values, list | tuple)
    return tuple(value.value if hasattr(value, "value") else value for value in values)
