"""What counts for one program in order, and running counts over it."""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from operator import attrgetter

from engage.dates import Period
from engage.programs.facts import Count, LogFact, ReviewFact
from engage.programs.rules import Ending, Unit

# what made a count rise: a log entry by its id, or ("activity", id), ("review", id)
Source = int | tuple[str, int]
Rise = tuple[date, Source, int]


@dataclass(frozen=True, slots=True)
class Doing:
    """An activity or a prompt that counts: on which day it was done, by which fact. challenge: the key of its own."""

    on: date
    id: int
    activity: str
    challenge: str
    prompt: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """A running count: on days[i], by what ids[i] names, it reached sums[i]. In order, and never falling."""

    days: list[date]
    ids: list[Source]
    sums: list[int]

    def span(self, window: Period | None) -> tuple[int, int]:
        """The places, from and to, that lie in a window; both its ends are in it."""
        if window is None:
            return 0, len(self.days)
        return bisect_left(self.days, window.starts), bisect_right(self.days, window.ends)

    def before(self, place: int) -> int:
        """The count just before a place."""
        return self.sums[place - 1] if place else 0

    def amount(self, start: int = 0, stop: int | None = None) -> int:
        """How much was counted from one place up to another, by default in all."""
        stop = len(self.sums) if stop is None else stop
        return self.before(stop) - self.before(start) if stop > start else 0

    def reached(self, goal: int, start: int, stop: int) -> int | None:
        """The place at which the count that begins anew at start reached a goal, if before stop."""
        place = bisect_left(self.sums, self.before(start) + goal, start, stop) if stop > start else stop
        return place if place < stop else None


@dataclass
class Book:
    """What counts for one program, in order, with each series counted once when it is first asked for."""

    entries: Sequence[LogFact]
    doings: Sequence[Doing] = ()
    reviews: Sequence[ReviewFact] = ()
    _series: dict[Count, Series] = field(default_factory=dict)
    _finishes: dict[Hashable, list[LogFact]] | None = None

    def series(self, count: Count) -> Series:
        """The running count of something."""
        if count not in self._series:
            self._series[count] = run_up(self._steps(count))
        return self._series[count]

    def _steps(self, count: Count) -> Iterable[Rise]:
        match count.unit:
            case Unit.ACTIVITIES | Unit.PROMPTS:
                prompts = count.unit is Unit.PROMPTS
                mine = (one for one in self.doings if one.prompt == prompts)
                return (
                    (one.on, ("activity", one.id), 1) for one in mine if count.of in ("", one.activity, one.challenge)
                )
            case Unit.REVIEWS:
                return ((one.on, ("review", one.id), 1) for one in self.reviews)
        entries = self.entries
        if count.modes is not None:
            entries = [entry for entry in entries if entry.mode in count.modes]
        return steps(entries, count)

    def finishes(self) -> Mapping[Hashable, list[LogFact]]:
        """For each title the entries that finished it, in order."""
        if self._finishes is None:
            self._finishes = {}
            for entry in self.entries:
                if entry.ending is Ending.FINISHED and entry.work is not None:
                    self._finishes.setdefault(entry.work, []).append(entry)
        return self._finishes


def steps(entries: Iterable[LogFact], count: Count) -> Iterable[Rise]:
    """The day, entry id and size of each rise of a count of entries."""
    match count.unit:
        case Unit.TITLES:
            return _titles(entries, count.again_after)
        case Unit.DAYS:
            return _days(entries, count.minimum)
    size = attrgetter(count.unit.value)
    return ((entry.on, entry.id, amount) for entry in entries if (amount := size(entry)))


def run_up(rises: Iterable[Rise]) -> Series:
    """The series of rises that are in order."""
    every = list(rises)
    return Series(
        [day for day, _, _ in every], [entry for _, entry, _ in every], [*accumulate(size for _, _, size in every)]
    )


def _titles(entries: Iterable[LogFact], again_after: int | None) -> Iterable[Rise]:
    last: dict[Hashable, date] = {}
    for entry in entries:
        work = entry.work
        if entry.ending is not Ending.FINISHED or work is None:
            continue
        before = last.get(work)
        if before is None or (again_after is not None and (entry.on - before).days >= again_after):
            last[work] = entry.on
            yield entry.on, entry.id, 1


def _days(entries: Iterable[LogFact], minimum: int) -> Iterable[Rise]:
    day, minutes, done = None, 0, False
    for entry in entries:
        if entry.on != day:
            day, minutes, done = entry.on, 0, False
        minutes += entry.minutes
        if not done and minutes >= minimum:
            done = True
            yield entry.on, entry.id, 1
