"""The facts of taking part, and which of them stand."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import attrgetter, itemgetter

from engage.engagement.rules import Mode
from engage.programs.rules import Ending, Unit


@dataclass(frozen=True, slots=True)
class Before:
    """What an entry was of up to a moment, until the library found it to be another title: as in LogFact."""

    until: datetime
    resource: int | None = None
    title: str = ""

    @property
    def work(self) -> Hashable:
        """As LogFact.work."""
        return self.title or None if self.resource is None else self.resource


@dataclass(frozen=True, slots=True)
class LogFact:
    """One log entry. Never changed: supersedes names the entry that this one corrects.

    on: the day it is about. entered_at: when it was written. resource: the resource's id; title: as typed and folded
    where no resource is known. An amount of 0 was not given; an entry is one session unless it says more. class_id: the
    class that the person was in then, 0 for none; also_in: further ones. before: what it was of earlier, oldest first.
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
    class_id: int = 0
    also_in: tuple[int, ...] = ()
    before: tuple[Before, ...] = ()

    @property
    def work(self) -> Hashable:
        """What makes two entries speak of one title: the resource, in any edition, else the typed words."""
        return self.title or None if self.resource is None else self.resource

    def as_of(self, moment: datetime) -> "LogFact":
        """The entry with the title that it was known to be of at a moment."""
        then = next((each for each in self.before if each.until > moment), None) if self.before else None
        return self if then is None else replace(self, resource=then.resource, title=then.title, before=())


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
    """A badge's certificate was printed or its prize handed over; it is never clawed back.

    badge: its key, or, for the completion of a program, the program's. undone_at: when it was said that it was not so.
    """

    badge: str
    on: date
    at: datetime
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActivityFact:
    """An activity that was done, on a day. activity: its key. at: when that was said.

    entry: the id of the log entry that answers a prompt; the prompt is then done on the day of what stands in its
    place. voided_at: when it was taken back, by_staff not by the person.
    """

    id: int
    activity: str
    on: date
    at: datetime
    entry: int | None = None
    voided_at: datetime | None = None
    by_staff: bool = False


@dataclass(frozen=True, slots=True)
class ReviewFact:
    """A review written on a day and approved at a moment. ended_at: since when it is approved no more."""

    id: int
    on: date
    at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GoalFact:
    """What the person set as the own goal of a challenge, named by its key. The latest one counts."""

    id: int
    challenge: str
    goal: int
    at: datetime


@dataclass(frozen=True, slots=True)
class JoinFact:
    """The moment at which the person first came into the program of a key."""

    program: str
    at: datetime


@dataclass(frozen=True)
class Facts:
    """Everything that one person did, in any order."""

    log: tuple[LogFact, ...] = ()
    voids: tuple[VoidFact, ...] = ()
    grants: tuple[GrantFact, ...] = ()
    deliveries: tuple[DeliveryFact, ...] = ()
    activities: tuple[ActivityFact, ...] = ()
    reviews: tuple[ReviewFact, ...] = ()
    goals: tuple[GoalFact, ...] = ()
    joined: tuple[JoinFact, ...] = ()

    def entries(self) -> Iterator[LogFact | VoidFact]:
        """The log and its removals."""
        yield from self.log
        yield from self.voids

    def known_at(self, moment: datetime | None) -> "Facts":
        """What was known at a moment, as it was known then; None for now.

        What came later is not there. What was taken back, ended, or found to be another title later is as it was.
        """
        known = replace(
            self,
            deliveries=tuple(fact for fact in self.deliveries if _stood(fact.undone_at, moment)),
            reviews=tuple(fact for fact in self.reviews if _stood(fact.ended_at, moment)),
        )
        if moment is None:
            return known
        return replace(known, log=tuple(fact.as_of(moment) for fact in self.log)).until(moment)

    def until(self, moment: datetime) -> "Facts":
        """What came in up to a moment, that moment included, as it is known now."""
        return Facts(
            tuple(fact for fact in self.log if fact.entered_at <= moment),
            tuple(fact for fact in self.voids if fact.at <= moment),
            tuple(fact for fact in self.grants if fact.at <= moment),
            tuple(fact for fact in self.deliveries if fact.at <= moment),
            tuple(as_of(fact, moment) for fact in self.activities if fact.at <= moment),
            tuple(fact for fact in self.reviews if fact.at <= moment),
            tuple(fact for fact in self.goals if fact.at <= moment),
            self.joined,
        )


def _stood(ended_at: datetime | None, moment: datetime | None) -> bool:
    return ended_at is None or (moment is not None and ended_at > moment)


def as_of(fact: ActivityFact, moment: datetime) -> ActivityFact:
    """An activity as it was known at a moment, when it may not have been taken back yet."""
    if fact.voided_at is None or fact.voided_at <= moment:
        return fact
    return replace(fact, voided_at=None, by_staff=False)


Event = LogFact | VoidFact | ActivityFact | ReviewFact | GoalFact


def history(facts: Facts) -> list[Event]:
    """Facts as they came in; none stands before the one that it is about, whatever the clock did.

    An activity that was taken back comes twice, the second time with voided_at. What staff gave is not part of it.
    """
    came: dict[int, datetime] = {}
    places: list[tuple[datetime, int, int, Event]] = []
    for fact in sorted(facts.log, key=attrgetter("id")):
        came[fact.id] = max(fact.entered_at, came.get(fact.supersedes or 0, fact.entered_at))
        places.append((came[fact.id], 0, fact.id, fact))
    for void in facts.voids:
        places.append((max(void.at, came.get(void.entry, void.at)), 1, void.entry, void))
    for done in facts.activities:
        places.append((done.at, 2, done.id, replace(done, voided_at=None, by_staff=False)))
        if done.voided_at is not None:
            places.append((max(done.voided_at, done.at), 3, done.id, done))
    places += [(review.at, 4, review.id, review) for review in facts.reviews]
    places += [(goal.at, 5, goal.id, goal) for goal in facts.goals]
    return [fact for *_, fact in sorted(places, key=itemgetter(0, 1, 2))]


def facts_of_events(events: Iterable[Event]) -> Facts:
    """The facts that some of a history came to: of an activity the later word counts."""
    every = list(events)
    done = {fact.id: fact for fact in every if isinstance(fact, ActivityFact)}
    return Facts(
        log=tuple(fact for fact in every if isinstance(fact, LogFact)),
        voids=tuple(fact for fact in every if isinstance(fact, VoidFact)),
        activities=tuple(done.values()),
        reviews=tuple(fact for fact in every if isinstance(fact, ReviewFact)),
        goals=tuple(fact for fact in every if isinstance(fact, GoalFact)),
    )


def first_of(fact: LogFact, log: Mapping[int, LogFact]) -> LogFact:
    """The entry that a chain of corrections began with. log: all entries by id."""
    while fact.supersedes is not None and fact.supersedes in log:
        fact = log[fact.supersedes]
    return fact


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
    0 where each time it is finished, else the days after which it counts again. of: for activities and prompts, the key
    of the one, or of the challenge, that alone counts.
    """

    unit: Unit
    modes: frozenset[Mode] | None = None
    minimum: int = 0
    again_after: int | None = None
    of: str = ""
