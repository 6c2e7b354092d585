"""The rules of a program counted slowly and in another way, to hold the quick count against.

Facts come in one by one, in any order, and each changes only what it is about; what is asked is then looked at day by
day, from nothing. Source: PRODUCT.md, section 4.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from engage.programs.awards import (
    AtLeast,
    BadgesHeld,
    Card,
    ChallengesDone,
    Done,
    Holds,
    InARow,
    Lines,
    OwnAmount,
    Points,
    Rule,
    Shared,
    Total,
)
from engage.programs.facts import ActivityFact, Count, Event, GoalFact, LogFact, ReviewFact, VoidFact
from engage.programs.judging import ProgramRules
from engage.programs.rules import Ending, StreakUnit, Unit


@dataclass
class Ledger:
    """What stands, kept up to date as facts come in. A fact after the program was frozen changes nothing."""

    frozen_at: datetime
    stands: dict[int, LogFact] = field(default_factory=dict)
    of: dict[int, object] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    root: dict[int, int] = field(default_factory=dict)
    done: dict[int, ActivityFact] = field(default_factory=dict)
    undone: set[int] = field(default_factory=set)
    reviews: dict[int, ReviewFact] = field(default_factory=dict)
    goals: dict[str, GoalFact] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """One more fact."""
        match event:
            case LogFact() if event.entered_at <= self.frozen_at:
                self.root[event.id] = event.supersedes or event.id
                if event.supersedes is not None:
                    self._drop(event.supersedes)
                if event.id not in self.gone:
                    self.stands[event.id] = event
                    self.of[event.id] = event.work
                    for was in reversed(event.before):
                        self.of[event.id] = was.work if self.frozen_at < was.until else self.of[event.id]
            case VoidFact() if event.at <= self.frozen_at:
                self._drop(event.entry)
            case ActivityFact():
                if event.at <= self.frozen_at:
                    self.done[event.id] = event
                if event.voided_at is not None and event.voided_at <= self.frozen_at:
                    self.undone.add(event.id)
            case ReviewFact() if event.at <= self.frozen_at < (event.ended_at or datetime.max.replace(tzinfo=UTC)):
                self.reviews[event.id] = event
            case GoalFact() if event.at <= self.frozen_at:
                before = self.goals.get(event.challenge)
                if before is None or (before.at, before.id) < (event.at, event.id):
                    self.goals[event.challenge] = event

    def _drop(self, entry: int) -> None:
        self.gone.add(entry)
        self.stands.pop(entry, None)

    def first(self, entry: int) -> int:
        """The entry that a chain of corrections began with."""
        while self.root[entry] != entry and self.root[entry] in self.root:
            entry = self.root[entry]
        return entry


@dataclass
class Slow:
    """The answers to rules, by looking at everything up to a day."""

    rules: ProgramRules
    ledger: Ledger
    granted: dict[str, date] = field(default_factory=dict)

    def runs(self, on: date) -> bool:
        """Whether a day lies in the run."""
        return self.rules.starts <= on and (self.rules.ends is None or on <= self.rules.ends)

    def entries(self, last: date) -> list[LogFact]:
        """What counts up to a day."""
        return [entry for entry in self.ledger.stands.values() if self.runs(entry.on) and entry.on <= last]

    def doings(self) -> list[tuple[date, int, str]]:
        """Days, ids and keys of activities that count."""
        rules = {rule.key: rule for rule in self.rules.activities}
        roots = {self.ledger.first(entry): fact for entry, fact in self.ledger.stands.items()}
        found = []
        for fact in self.ledger.done.values():
            on: date | None = fact.on
            if rules[fact.activity].prompt:
                known = fact.entry is not None and fact.entry in self.ledger.root
                stands = roots.get(self.ledger.first(fact.entry)) if known and fact.entry is not None else None
                on = stands.on if stands else None
            until = rules[fact.activity].until
            if fact.id in self.ledger.undone or on is None or not self.runs(on) or (until and on > until):
                continue
            found.append((on, fact.id, fact))
        kept: list[tuple[date, int, str]] = []
        answered = set()
        for on, number, fact in sorted(found, key=lambda each: each[:2]):
            rule = rules[fact.activity]
            same = [one for one in kept if one[2] == rule.key]
            root = self.ledger.first(fact.entry) if rule.prompt and fact.entry is not None else None
            full = rule.most and len(same) >= rule.most
            day_full = rule.most_a_day and sum(one[0] == on for one in same) >= rule.most_a_day
            if full or day_full or (root is not None and (rule.challenge, root) in answered):
                continue
            kept.append((on, number, rule.key))
            answered |= {(rule.challenge, root)} if root is not None else set()
        return kept

    def amount(self, count: Count, first: date, last: date) -> int:
        """How much of something from one day to another; titles once, days with the minimum."""
        if count.unit in (Unit.ACTIVITIES, Unit.PROMPTS):
            rules = {rule.key: rule for rule in self.rules.activities}
            return sum(
                first <= on <= last
                and rules[key].prompt == (count.unit is Unit.PROMPTS)
                and count.of in ("", key, rules[key].challenge)
                for on, _, key in self.doings()
            )
        if count.unit is Unit.REVIEWS:
            return sum(first <= one.on <= last and self.runs(one.on) for one in self.ledger.reviews.values())
        some = [one for one in self.entries(last) if count.modes is None or one.mode in count.modes]
        if count.unit is Unit.TITLES:
            ends: dict[object, date] = {}
            for entry in some:
                work = self.ledger.of[entry.id]
                if entry.ending is Ending.FINISHED and work is not None:
                    ends[work] = min(entry.on, ends.get(work, entry.on))
            return sum(on >= first for on in ends.values())
        some = [one for one in some if one.on >= first]
        if count.unit is Unit.DAYS:
            return len(self.days(count, last) & {one.on for one in some})
        return sum(getattr(one, count.unit.value) for one in some)

    def days(self, count: Count, last: date) -> set[date]:
        """The days with at least the minimum, up to one."""
        minutes: Counter[date] = Counter()
        for entry in self.entries(last):
            if count.modes is None or entry.mode in count.modes:
                minutes[entry.on] += entry.minutes
        return {on for on, number in minutes.items() if number >= count.minimum}

    def points(self, last: date) -> int:
        """Points up to a day."""
        return sum(self.amount(rule.count, date.min, last) // rule.per * rule.points for rule in self.rules.points)

    def met(self, rule: Rule, last: date) -> bool:
        """Whether a rule is met by what was done up to a day."""
        match rule:
            case Total(count, goal, window):
                first, end = (window.starts, min(window.ends, last)) if window else (date.min, last)
                return self.amount(count, first, end) >= goal
            case OwnAmount(count, suggestion, key):
                set_to = self.ledger.goals.get(key)
                return self.amount(count, date.min, last) >= (set_to.goal if set_to else suggestion)
            case Points(goal):
                return self.points(last) >= goal
            case InARow(count, goal, unit, grace):
                return longest(self.days(count, last), unit, grace, self.rules.streak.off) >= goal
            case Card(goal=goal):
                return self.full(rule, last) >= goal
            case Lines(key, goal):
                card = next(one.rule for one in self.rules.challenges if one.key == key)
                assert isinstance(card, Card)
                return self.full(Card(card.size, card.squares, goal), last) >= goal
            case Done(key):
                return any(one.key == key and self.met(one.rule, last) for one in self.rules.challenges)
            case ChallengesDone(goal):
                alone = [one for one in self.rules.challenges if not isinstance(one.rule, Shared)]
                return sum(self.met(one.rule, last) for one in alone) >= goal
            case Holds(key):
                return self.holds(key, last)
            case BadgesHeld(goal):
                names = [one.key for one in self.rules.badges if not isinstance(one.rule, BadgesHeld)]
                return sum(self.holds(name, last) for name in names) >= goal
            case AtLeast(goal, parts):
                return sum(self.met(part, last) for part in parts) >= goal
        return False

    def holds(self, key: str, last: date) -> bool:
        """Whether a badge is held on a day: earned, or given by hand."""
        badge = next(one for one in self.rules.badges if one.key == key)
        return self.met(badge.rule, last) or (key in self.granted and self.granted[key] <= last)

    def full(self, card: Card, last: date) -> int:
        """How many lines, or for a blackout squares, are full."""
        full = [square.rule is None or self.met(square.rule, last) for square in card.squares]
        if card.blackout:
            return sum(square.rule is not None and done for square, done in zip(card.squares, full, strict=True))
        rows = [full[start : start + card.size] for start in range(0, len(full), card.size)]
        columns = [[row[place] for row in rows] for place in range(card.size)]
        falling = [rows[place][place] for place in range(card.size)]
        rising = [rows[place][card.size - 1 - place] for place in range(card.size)]
        return sum(all(line) for line in (*rows, *columns, falling, rising))

    def met_on(self, rule: Rule, days: Iterable[date]) -> date | None:
        """The first of these days on which a rule is met."""
        return next((day for day in sorted(days) if self.met(rule, day)), None)


def longest(days: set[date], unit: StreakUnit, grace: int, off: frozenset[date]) -> int:
    """The longest row: of every two days, whether all between them is whole, week by week."""
    if unit is StreakUnit.WEEK:
        days = {day - timedelta(days=day.weekday()) for day in days}
    if unit is StreakUnit.SCHOOL_DAY:
        days = {day for day in days if day.weekday() < 5 and day not in off}
    best = 0
    for first in days:
        for last in days:
            if first <= last and _whole(days, first, last, unit, grace, off):
                best = max(best, sum(first <= day <= last for day in days))
    return best


def _whole(days: set[date], first: date, last: date, unit: StreakUnit, grace: int, off: frozenset[date]) -> bool:
    missed: Counter[date] = Counter()
    step = 7 if unit is StreakUnit.WEEK else 1
    for number in range(0, (last - first).days + 1, step):
        day = first + timedelta(days=number)
        if day in days:
            continue
        rests = {
            StreakUnit.DAY: day in off,
            StreakUnit.SCHOOL_DAY: day.weekday() > 4 or day in off,
            StreakUnit.WEEK: all(day + timedelta(days=each) in off for each in range(5)),
        }[unit]
        if not rests:
            missed[day - timedelta(days=day.weekday())] += 1
    return all(number <= (0 if unit is StreakUnit.WEEK else grace) for number in missed.values())
