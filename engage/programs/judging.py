"""How each rule of a program stands for one person: how much, on which day it was met, and by which entries."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

from engage.programs.activity_rules import ActivityRule, doings
from engage.programs.awards import (
    AtLeast,
    BadgesHeld,
    Card,
    ChallengesDone,
    Done,
    FromList,
    Holds,
    InARow,
    Lines,
    Listed,
    OwnAmount,
    Points,
    Rule,
    Shared,
    Total,
    countable,
    done_alone,
)
from engage.programs.bingo import lines_of
from engage.programs.book import Book, Rise, Series, Source, run_up
from engage.programs.facts import Count, Facts, GoalFact, LogFact, in_order, standing
from engage.programs.rules import Credit
from engage.programs.streaks import StreakRule, rises


@dataclass(frozen=True)
class Challenge:
    """One thing to achieve. key names it in rules, title is what people read."""

    key: str
    title: str
    rule: Rule


@dataclass(frozen=True)
class Badge:
    """A badge and what it asks for."""

    key: str
    title: str
    rule: Rule


@dataclass(frozen=True)
class PointsRule:
    """points for every full per of what is counted; the remainder is carried."""

    count: Count
    per: int
    points: int


@dataclass(frozen=True)
class ProgramRules:
    """Everything that decides an outcome.

    key: the program's. starts to ends: the run, both days in it. frozen_at: the moment after which nothing changes it.
    minimum: the least minutes that make a day count for the streak. completion: None means all challenges that one
    person can do. tickets: rules for drawings, written like those for points. activities: those of the challenges of
    activities and prompts.
    """

    starts: date
    ends: date | None = None
    frozen_at: datetime | None = None
    credit: Credit = Credit.OPENING
    challenges: tuple[Challenge, ...] = ()
    badges: tuple[Badge, ...] = ()
    points: tuple[PointsRule, ...] = ()
    completion: Rule | None = None
    minimum: int = 0
    streak: StreakRule = field(default_factory=StreakRule)
    tickets: tuple[PointsRule, ...] = ()
    activities: tuple[ActivityRule, ...] = ()
    key: str = ""

    def runs_on(self, day: date) -> bool:
        """Whether a day lies in the run."""
        return self.starts <= day and (self.ends is None or day <= self.ends)


@dataclass(frozen=True)
class Answer:
    """How a rule stands.

    amount of goal; for a group, parts met of parts needed. met_on: the day that met it. entries: what counts, in order:
    ids of log entries, or of activities and reviews with their name; the first met_by of them were enough.
    """

    rule: Rule
    amount: int
    goal: int
    met_on: date | None = None
    entries: tuple[Source, ...] = ()
    met_by: int = 0
    parts: tuple["Answer", ...] = ()

    @property
    def because(self) -> tuple[Source, ...]:
        """What met it, in order; nothing while it is not met."""
        return self.entries[: self.met_by]


@dataclass
class Judgement:
    """The answers to a program's rules, each worked out once, when it is first asked for.

    granted: badges given by hand and the day of it. goals: what the person set, by challenge.
    """

    program: ProgramRules
    book: Book
    granted: Mapping[str, date] = field(default_factory=dict)
    goals: Mapping[str, int] = field(default_factory=dict)
    _challenges: dict[str, Answer] = field(default_factory=dict)
    _badges: dict[str, Answer] = field(default_factory=dict)

    @cached_property
    def points(self) -> Series:
        """The running count of points: each rule carries its own remainder."""
        return self._gained(self.program.points)

    @cached_property
    def tickets(self) -> Series:
        """The running count of tickets for drawings, counted like points."""
        return self._gained(self.program.tickets)

    def _gained(self, rules: Iterable[PointsRule]) -> Series:
        gains = [gain for rule in rules for gain in _gains(self.book.series(rule.count), rule)]
        return run_up(sorted(gains, key=lambda gain: gain[0]))

    @cached_property
    def completion(self) -> Answer:
        """How the program's completion stands."""
        return self.answer(self.program.completion or ChallengesDone(max(1, len(self._alone))))

    @cached_property
    def _alone(self) -> list[str]:
        return done_alone({one.key: one.rule for one in self.program.challenges})

    @cached_property
    def _countable(self) -> frozenset[str]:
        return countable(
            {badge.key: badge.rule for badge in self.program.badges},
            {one.key: one.rule for one in self.program.challenges},
        )

    def challenge(self, key: str) -> Answer:
        """How a challenge stands."""
        return self._asked(key, self.program.challenges, self._challenges, Done(key))

    def badge(self, key: str) -> Answer:
        """How a badge's own rule stands, whether or not it was given by hand."""
        return self._asked(key, self.program.badges, self._badges, Holds(key))

    def held_on(self, key: str) -> date | None:
        """The first day on which a badge was earned or given."""
        days = [day for day in (self.badge(key).met_on, self.granted.get(key)) if day is not None]
        return min(days, default=None)

    def answer(self, rule: Rule) -> Answer:
        """How any rule stands."""
        match rule:
            case Total(count, goal, window):
                return _counted(rule, self.book.series(count), goal, *self.book.series(count).span(window))
            case Points(goal):
                return _counted(rule, self.points, goal, 0, len(self.points.days))
            case FromList():
                return _from_list(rule, self.book)
            case OwnAmount(count, suggestion, key):
                series = self.book.series(count)
                return _counted(rule, series, self.goals.get(key, suggestion), 0, len(series.days))
            case Shared(count, goal):
                return Answer(rule, self.book.series(count).amount(), goal, entries=tuple(self.book.series(count).ids))
            case InARow():
                return _in_a_row(rule, self.book.series(rule.count), self.program.streak.off)
            case Card():
                parts = [self.answer(square.rule) for square in rule.squares if square.rule is not None]
                return _card(rule, rule, rule.goal, parts)
            case Lines(key, goal):
                card = next((one.rule for one in self.program.challenges if one.key == key), None)
                if not isinstance(card, Card):
                    return Answer(rule, 0, goal)
                return _card(rule, replace(card, blackout=False), goal, self.challenge(key).parts)
            case Done(key):
                return _group(rule, 1, [self.challenge(key)])
            case ChallengesDone(goal):
                return _group(rule, goal, [self.challenge(key) for key in self._alone])
            case Holds(key):
                return _group(rule, 1, [self._holding(key)])
            case BadgesHeld(goal):
                keys = [badge.key for badge in self.program.badges if badge.key in self._countable]
                return _group(rule, goal, [self._holding(key) for key in keys])
            case AtLeast(goal, parts):
                return _group(rule, goal, [self.answer(part) for part in parts])

    def _holding(self, key: str) -> Answer:
        """A badge's answer, met on the day it was given where that came first."""
        answer, on = self.badge(key), self.held_on(key)
        if on == answer.met_on:
            return answer
        return Answer(answer.rule, answer.amount, answer.goal, on, parts=answer.parts)

    def _asked(
        self, key: str, things: Sequence[Challenge] | Sequence[Badge], known: dict[str, Answer], unknown: Rule
    ) -> Answer:
        if key not in known:
            known[key] = Answer(unknown, 0, 1)  # a rule that asks for itself, or for what is gone, is not met
            for thing in things:
                if thing.key == key:
                    known[key] = self.answer(thing.rule)
        return known[key]


def judge(
    program: ProgramRules, joined_on: date, facts: Facts, granted: Mapping[str, date] | None = None, ever: bool = False
) -> Judgement:
    """The program's rules put to one person's facts.

    What lies outside the run, and under credit from joining before it, is left out. ever: what was corrected or taken
    back counts too, and the least of the own goals, so that whatever was met at any time is met.
    """
    first = max(program.starts, joined_on) if program.credit is Credit.JOINING else program.starts

    def counts(day: date) -> bool:
        return day >= first and program.runs_on(day)

    entries = in_order(facts.log) if ever else standing(facts.entries())
    reviews = sorted((one for one in facts.reviews if counts(one.on)), key=lambda one: (one.on, one.id))
    return Judgement(
        program,
        Book([one for one in entries if counts(one.on)], doings(program.activities, facts, counts, ever), reviews),
        granted or {},
        _goals(program, facts.goals, ever),
    )


def what_is_known(
    program: ProgramRules, book: Book, challenges: Mapping[str, Answer], badges: Mapping[str, Answer]
) -> Judgement:
    """The program's rules put to what is known of its challenges and badges, by key, and to entries for the rest.

    For what came of facts that are there no more.
    """
    return Judgement(program, book, _challenges=dict(challenges), _badges=dict(badges))


def _goals(program: ProgramRules, facts: Iterable[GoalFact], ever: bool) -> dict[str, int]:
    """The own goals that count, by challenge: the latest, or the least ever, the suggestion among them."""
    goals: dict[str, int] = {}
    for fact in sorted(facts, key=lambda one: (one.at, one.id)):
        goals[fact.challenge] = min(fact.goal, goals.get(fact.challenge, fact.goal)) if ever else fact.goal
    if ever:
        for one in program.challenges:
            if isinstance(one.rule, OwnAmount):
                goals[one.key] = min(one.rule.suggestion, goals.get(one.key, one.rule.suggestion))
    return goals


def _gains(series: Series, rule: PointsRule) -> Iterable[Rise]:
    had = 0
    for day, entry, total in zip(series.days, series.ids, series.sums, strict=True):
        has = total // rule.per * rule.points
        if has > had:
            yield day, entry, has - had
            had = has


def _counted(rule: Rule, series: Series, goal: int, start: int, stop: int) -> Answer:
    place = series.reached(goal, start, stop)
    return Answer(
        rule,
        series.amount(start, stop),
        goal,
        None if place is None else series.days[place],
        tuple(series.ids[start:stop]),
        0 if place is None else place - start + 1,
    )


def _group(rule: Rule, goal: int, parts: Sequence[Answer]) -> Answer:
    """At least goal of the parts: met on the day of the one that made the number full."""
    met = sorted(
        ((part.met_on, place) for place, part in enumerate(parts) if part.met_on is not None),
    )
    enough = [parts[place].because for _, place in met[:goal]]
    entries = tuple(dict.fromkeys(entry for each in enough for entry in each))
    met_on = met[goal - 1][0] if len(met) >= goal else None
    return Answer(rule, len(met), goal, met_on, entries, len(entries) if met_on else 0, tuple(parts))


def _from_list(rule: FromList, book: Book) -> Answer:
    """Any of a list, the required ones among them, each once, by the first entry that finished it.

    In order, one counts by the first entry that finished it when its turn had come. What left the list counts for
    those who finished it while it was there. The number asked for never exceeds what is on the list, except by credit
    already given that would otherwise be lost.
    """
    finished: list[tuple[date, int, bool]] = []
    live = required = gone = 0
    for item, entry in turns(rule, book):
        must = item.required and item.until is None
        live += item.until is None
        required += must
        if entry is not None:
            gone += item.until is not None
            finished.append((entry.on, entry.id, must))
    goal = max(1, min(rule.goal, live), required)
    room = max(goal - required, gone)
    goal = required + room
    taken = []
    for day, number, must in sorted(finished):
        if must or room:
            taken.append((day, number))
            room -= not must
    met_on = taken[goal - 1][0] if len(taken) >= goal else None
    return Answer(rule, len(taken), goal, met_on, tuple(number for _, number in taken), goal if met_on else 0)


def turns(rule: FromList, book: Book) -> Iterator[tuple[Listed, LogFact | None]]:
    """The resources of a list with the entry by which each counts; in order, none after the first that is not done.

    What left the list holds up nobody, so that more that was done never takes anything.
    """
    since, stopped = date.min, False
    for item in rule.items:
        entries = () if stopped else book.finishes().get(item.resource, ())
        entry = next((one for one in entries if since <= one.on <= (item.until or date.max)), None)
        if rule.in_order and item.until is None:
            since, stopped = entry.on if entry else since, entry is None
        yield item, entry


def next_in_order(rule: Rule, book: Book) -> int | None:
    """The resource whose turn it is in a list that is taken in order; None for any other rule, or where all is done."""
    if not isinstance(rule, FromList) or not rule.in_order:
        return None
    return next((item.resource for item, entry in turns(rule, book) if entry is None and item.until is None), None)


def _in_a_row(rule: InARow, series: Series, off: frozenset[date]) -> Answer:
    """The longest row there was; met on the first day on which one was long enough."""
    days = rises(series.days, StreakRule(rule.unit, rule.grace, off))
    met_on = days[rule.goal - 1] if len(days) >= rule.goal else None
    met_by = sum(day <= met_on for day in series.days) if met_on is not None else 0
    return Answer(rule, len(days), rule.goal, met_on, tuple(series.ids), met_by)


def _card(rule: Rule, card: Card, goal: int, parts: Sequence[Answer]) -> Answer:
    """A card, from the answers of the squares that are not free: full lines, or full squares for a blackout."""
    if card.blackout:
        return replace(_group(rule, goal, parts), parts=tuple(parts))
    left = iter(parts)
    squares = [None if square.rule is None else next(left) for square in card.squares]
    lines = []
    for places in lines_of(card.size):
        line = [square for square in (squares[place] for place in places) if square is not None]
        lines.append(_group(rule, len(line), line))
    return replace(_group(rule, goal, lines), parts=tuple(parts))
