"""Who took part in each week and month, as one bit for each hidden student of a school year.

Sets of people are put together without a name and without the diary: bits of any weeks or months, modes and grade bands
are joined, and their ones counted. Numbers belong to one school year, so people of two years are never put together.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from tortoise.connection import get_connection

from engage.database.putting import put_rows
from engage.database.rows import read
from engage.engagement.hidden import Hidden, Whose
from engage.engagement.models import Engagement, Turnout
from engage.engagement.rules import Kind

WEEK, MONTH, YEAR = "week", "month", "year"
# the cuts. Of log entries: by mode and grade band, of all and of those with minutes and with pages; by mode and format,
# mode and place, and school class. Of what was finished: by mode and grade band.
BAND, MINUTES, PAGES, FINISHED = "band", "minutes", "pages", "finished"
FORMAT, PLACE, CLASS = "format", "place", "class"
COUNTED = frozenset({Kind.LOGGED, Kind.FINISHED})


class People(AbstractSet[int]):
    """A set of hidden students of one school year, as the ones of a number."""

    __slots__ = ("ones",)

    def __init__(self, ones: int = 0) -> None:
        self.ones = ones

    @classmethod
    def _from_iterable(cls, it: Iterable[Any]) -> "People":  # type: ignore[override]
        return cls(sum(1 << number for number in set(it)))

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and bool(self.ones >> number & 1)

    def __iter__(self) -> Iterator[int]:
        left, place = self.ones, 0
        while left:
            if left & 1:
                yield place
            left, place = left >> 1, place + 1

    def __len__(self) -> int:
        return self.ones.bit_count()

    def __or__(self, other: AbstractSet[Any]) -> "People":
        return People(self.ones | other.ones) if isinstance(other, People) else self | People._from_iterable(other)

    __ror__ = __or__

    def __hash__(self) -> int:
        return hash(self.ones)

    def __repr__(self) -> str:
        return f"People({sorted(self)})"


def everybody(sets: Iterable[People]) -> People:
    """All of some sets together."""
    ones = 0
    for each in sets:
        ones |= each.ones
    return People(ones)


def people_of(bits: bytes | memoryview) -> People:
    """A set from what the table holds."""
    return People(int.from_bytes(bytes(bits), "little"))


def bits_of(people: People) -> bytes:
    """A set as the table holds it."""
    return people.ones.to_bytes((people.ones.bit_length() + 7) // 8, "little")


class Key(NamedTuple):
    """One set of people."""

    school_id: int
    year: str
    span: str
    starts: date
    cut: str
    value: str


@dataclass(frozen=True)
class Part:
    """What one act adds to the turnout of its week, month and school year. count: below zero takes one back.

    first_month: in which the school year begins.
    """

    whose: Whose
    on: date
    kind: Kind
    mode: str
    format: str
    place: str
    grade_band: str
    class_id: int | None
    count: int
    minutes: int
    pages: int
    first_month: int = 8

    def sets(self) -> list[Key]:
        """The sets that it belongs to."""
        of = (self.whose.school_id, self.whose.year)
        week, month = (*of, WEEK, week_of(self.on)), (*of, MONTH, month_of(self.on))
        year = (*of, YEAR, begin_of(self.whose.year))
        band = f"{self.mode}/{self.grade_band}"
        if self.kind is Kind.FINISHED:
            return [Key(*span, FINISHED, band) for span in (month, year)]
        keys = [Key(*span, BAND, band) for span in (week, month, year)]
        keys += [Key(*month, FORMAT, f"{self.mode}/{self.format}"), Key(*month, PLACE, f"{self.mode}/{self.place}")]
        if self.minutes:
            keys += [Key(*span, MINUTES, band) for span in (week, month, year)]
        if self.pages:
            keys += [Key(*span, PAGES, band) for span in (month, year)]
        if self.class_id is not None:
            keys.append(Key(*month, CLASS, str(self.class_id)))
        return keys


# the columns of the diary that a part is made of, without whose it is
ACT = ("on", "kind", "mode", "format", "place", "grade_band", "class_id", "count", "minutes", "pages")


def part_of(whose: Whose, act: Sequence[Any]) -> Part:
    """A part from the columns ACT of the diary."""
    on, kind, mode, form, place, band, *rest = act
    return Part(whose, on, Kind(kind), str(mode or ""), form, place, str(band), *rest)


def month_of(on: date) -> date:
    """The first day of its month."""
    return on.replace(day=1)


def begin_of(year: str) -> date:
    """What stands for the first day of a school year, whichever month it begins in."""
    return date(int(year[:4]), 1, 1)


def week_of(on: date) -> date:
    """The Monday of its week."""
    return on - timedelta(days=on.weekday())


async def keep_turnout(parts: Sequence[Part], hidden: dict[Whose, Hidden]) -> None:
    """Let those who took part be in the turnouts of their weeks and months, and those no longer whose acts are gone.

    The diary holds the acts of the unit already. Rows are touched in one order, so that two units never wait for each
    other.
    """
    taken_back = {part.whose for part in parts if part.count < 0}
    wanted: dict[Key, set[int]] = {}
    ended: dict[Key, set[int]] = {}
    for part in parts:
        if part.whose not in taken_back:
            for key in part.sets():
                wanted.setdefault(key, set()).add(hidden[part.whose].number)
    for whose in sorted(taken_back):
        mine = [part for part in parts if part.whose == whose]
        stands = await standing(whose, mine[0].first_month)
        for key in {key for part in mine for key in part.sets()}:
            to = wanted if stands is None or stands[key] > 0 else ended
            to.setdefault(key, set()).add(hidden[whose].number)
    if wanted or ended:
        await _change(wanted, ended)


async def standing(whose: Whose, first_month: int) -> Counter[Key] | None:
    """How often a student is in each set of a school year, by the diary; None where it holds no name any more, so that
    nothing can be said."""
    begin = int(whose.year[:4])
    rows = await Engagement.filter(
        school_id=whose.school_id,
        person_id=whose.person_id,
        kind__in=COUNTED,
        on__gte=date(begin, first_month, 1),
        on__lt=date(begin + 1, first_month, 1),
    ).values_list(*ACT)
    held: Counter[Key] = Counter()
    for row in rows:
        part = part_of(whose, row)
        for key in part.sets():
            held[key] += part.count
    return held if not rows or any(count > 0 for *_, count, _, _ in rows) else None


async def _change(wanted: dict[Key, set[int]], ended: dict[Key, set[int]]) -> None:
    keys = sorted({*wanted, *ended})
    now = await _read(keys)
    gone = [key for key in ended if key in now and any(number in now[key] for number in ended[key])]
    new = [key for key in wanted if any(number not in now.get(key, People()) for number in wanted[key])]
    changed = sorted({*gone, *new})
    if not changed:
        return
    if get_connection("default").capabilities.dialect != "sqlite":  # where nobody else writes meanwhile
        missing = [key for key in changed if key not in now]
        if missing:
            await Turnout.bulk_create([Turnout(**key._asdict()) for key in missing], ignore_conflicts=True)
        now = await _read(changed, hold=True)
    rows = []
    for key in changed:
        ones = now.get(key, People()).ones
        for number in wanted.get(key, ()):
            ones |= 1 << number
        for number in ended.get(key, ()):
            ones &= ~(1 << number)
        rows.append({**key._asdict(), "bits": bits_of(People(ones))})
    await put_rows(Turnout, Key._fields, rows)


async def _read(keys: Sequence[Key], hold: bool = False) -> dict[Key, People]:
    """The sets as they stand. hold: nobody else changes them until the unit is kept."""
    found: dict[Key, People] = {}
    for school_id in sorted({key.school_id for key in keys}):
        of = [key for key in keys if key.school_id == school_id]
        among = {name: sorted({getattr(key, name) for key in of}) for name in ("year", "starts", "value")}
        rows = await read(Turnout, (*Key._fields, "bits"), {"school_id": school_id}, among=among, lock=hold)
        found |= {Key(*(row[name] for name in Key._fields)): people_of(row["bits"]) for row in rows}
    return {key: found[key] for key in keys if key in found}
