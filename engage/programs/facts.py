"""The facts of taking part, which of them stand, and running counts over those that do."""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter, itemgetter

from engage.dates import Period
from engage.engagement.rules import Mode
from engage.programs.rules import Ending, Unit


@dataclass(frozen=True, slots=True)
class LogFact:
    """One log entry. Never changed: supersedes names the entry that this one corrects.

    on: the day it is about. entered_at: when it was written. resource: the resource's id; title: as typed and folded
    where no resource is known. An amount of 0 was not given; an entry is one session unless it says more.
    """

    id: int
    on: date
    entered_at: datetime
    mode: Mode
    resource: int | None = None
    title: str = ""
    minutes: int = 0
    pages: int = 0
    chapters: int = 0
    sessions: int = 1
    ending: Ending = Ending.NONE
    supersedes: int | None = None

    @property
    def work(self) -> Hashable:
        """What makes two entries speak of one title: the resource, in any edition, else the typed words."""
        return self.title or None if self.resource is None else self.resource


@dataclass(frozen=True, slots=True)
class VoidFact:
    """One entry taken back. by_staff: not by the person whose entry it is."""

    entry: int
    at: datetime
    by_staff: bool = False


@dataclass(frozen=True, slots=True)
class GrantFact:
    """A badge that staff gave by hand. It adds no reading."""

    badge: str
    on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryFact:
    """A badge's certificate was printed, its prize handed over or its ticket drawn; it is never clawed back."""

    badge: str
    on: date
    at: datetime


@dataclass(frozen=True)
class Facts:
    """Everything that one person did, in any order."""

    log: tuple[LogFact, ...] = ()
    voids: tuple[VoidFact, ...] = ()
    grants: tuple[GrantFact, ...] = ()
    deliveries: tuple[DeliveryFact, ...] = ()

    def entries(self) -> Iterator[LogFact | VoidFact]:
        """The log and its removals."""
        yield from self.log
        yield from self.voids

    def until(self, moment: datetime | None) -> "Facts":
        """What was known up to a moment, that moment included."""
        if moment is None:
            return self
        return Facts(
            tuple(fact for fact in self.log if fact.entered_at <= moment),
            tuple(fact for fact in self.voids if fact.at <= moment),
            tuple(fact for fact in self.grants if fact.at <= moment),
            tuple(fact for fact in self.deliveries if fact.at <= moment),
        )


def history(facts: Facts) -> list[LogFact | VoidFact]:
    """Entries and removals as they came in; none stands before the entry that it is about, whatever the clock did."""
    came: dict[int, datetime] = {}
    places: list[tuple[datetime, int, int, LogFact | VoidFact]] = []
    for fact in sorted(facts.log, key=attrgetter("id")):
        came[fact.id] = max(fact.entered_at, came.get(fact.supersedes or 0, fact.entered_at))
        places.append((came[fact.id], 0, fact.id, fact))
    for void in facts.voids:
        places.append((max(void.at, came.get(void.entry, void.at)), 1, void.entry, void))
    return [fact for *_, fact in sorted(places, key=itemgetter(0, 1, 2))]


def in_order(log: Iterable[LogFact]) -> list[LogFact]:
    """Entries by the day they are about; within a day by id."""
    return sorted(log, key=attrgetter("on", "id"))


def standing(facts: Iterable[LogFact | VoidFact]) -> list[LogFact]:
    """The entries that were neither corrected nor taken back, in order.

    Of two corrections of one entry, which the tables forbid, the later one stands.
    """
    log: dict[int, LogFact] = {}
    gone: set[int] = set()
    replaced: dict[int, int] = {}
    for fact in facts:
        if isinstance(fact, VoidFact):
            gone.add(fact.entry)
            continue
        log[fact.id] = fact
        if fact.supersedes is not None:
            other = replaced.get(fact.supersedes, fact.id)
            replaced[fact.supersedes] = max(other, fact.id)
            gone |= {fact.supersedes} if other == fact.id else {min(other, fact.id)}
    return in_order(fact for fact in log.values() if fact.id not in gone)


@dataclass(frozen=True)
class Count:
    """What is counted: one unit, in some modes or all (None).

    minimum: for days, the least minutes that make a day count. again_after: for titles, None where a title counts once,
    0 where each time it is finished, else the days after which it counts again.
    """

    unit: Unit
    modes: frozenset[Mode] | None = None
    minimum: int = 0
    again_after: int | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A running count: on days[i], with entry ids[i], it reached sums[i]. In order, and never falling."""

    days: list[date]
    ids: list[int]
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
    """The entries that count for one program, in order, with each series counted once when it is first asked for."""

    entries: Sequence[LogFact]
    _series: dict[Count, Series] = field(default_factory=dict)
    _finishes: dict[Hashable, list[LogFact]] | None = None

    def series(self, count: Count) -> Series:
        """The running count of something."""
        if count not in self._series:
            entries = self.entries
            if count.modes is not None:
                entries = [entry for entry in entries if entry.mode in count.modes]
            self._series[count] = run_up(steps(entries, count))
        return self._series[count]

    def finishes(self) -> Mapping[Hashable, list[LogFact]]:
        """For each title the entries that finished it, in order."""
        if self._finishes is None:
            self._finishes = {}
            for entry in self.entries:
                if entry.ending is Ending.FINISHED and entry.work is not None:
                    self._finishes.setdefault(entry.work, []).append(entry)
        return self._finishes


def steps(entries: Iterable[LogFact], count: Count) -> Iterable[tuple[date, int, int]]:
    """The day, entry id and size of each rise of a count."""
    match count.unit:
        case Unit.TITLES:
            return _titles(entries, count.again_after)
        case Unit.DAYS:
            return _days(entries, count.minimum)
    size = attrgetter(count.unit.value)
    return ((entry.on, entry.id, amount) for entry in entries if (amount := size(entry)))


def run_up(rises: Iterable[tuple[date, int, int]]) -> Series:
    """The series of rises that are in order."""
    series, total = Series([], [], []), 0
    for day, entry, size in rises:
        total += size
        series.days.append(day)
        series.ids.append(entry)
        series.sums.append(total)
    return series


def _titles(entries: Iterable[LogFact], again_after: int | None) -> Iterable[tuple[date, int, int]]:
    last: dict[Hashable, date] = {}
    for entry in entries:
        work = entry.work
        if entry.ending is not Ending.FINISHED or work is None:
            continue
        before = last.get(work)
        if before is None or (again_after is not None and (entry.on - before).days >= again_after):
            last[work] = entry.on
            yield entry.on, entry.id, 1


def _days(entries: Iterable[LogFact], minimum: int) -> Iterable[tuple[date, int, int]]:
    day, minutes, done = None, 0, False
    for entry in entries:
        if entry.on != day:
            day, minutes, done = entry.on, 0, False
        minutes += entry.minutes
        if not done and minutes >= minimum:
            done = True
            yield entry.on, entry.id, 1
