"""Counting: the facts of one person and the rules of one program in, the whole outcome out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from engage.programs.awards import Shared
from engage.programs.book import Book, Doing, Source
from engage.programs.facts import (
    ActivityFact,
    Count,
    DeliveryFact,
    Event,
    Facts,
    GoalFact,
    LogFact,
    VoidFact,
    facts_of_events,
    first_of,
    history,
)
from engage.programs.judging import Answer, Badge, Challenge, Judgement, ProgramRules, judge
from engage.programs.rules import Held, Unit
from engage.programs.streaks import Streak, streak


@dataclass(frozen=True)
class Former:
    """Published rules that stood before the present ones, until a moment."""

    rules: ProgramRules
    until: datetime


@dataclass(frozen=True)
class Progress:
    """How far a person is in one challenge."""

    challenge: Challenge
    answer: Answer

    @property
    def done_on(self) -> date | None:
        """The day that met the goal."""
        return self.answer.met_on


@dataclass(frozen=True)
class HeldBadge:
    """A badge that the person holds, why, and since when. answer: how its rule stands now.

    said: the sentences that were kept of why, where it cannot be counted any more.
    """

    badge: Badge
    held: Held
    earned_on: date
    answer: Answer
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class OpenBadge:
    """A badge that the person does not hold, and how far its rule is met."""

    badge: Badge
    answer: Answer


@dataclass(frozen=True)
class WithdrawnBadge:
    """A badge that was held until an entry was corrected or taken back.

    by: the entry that corrected, the removal, the activity that was taken back, or the own goal that was set. entry: id
    of the entry that was changed, 0 for none. before, after: how the badge's rule stood on either side of it.
    """

    badge: Badge
    earned_on: date
    by: Event
    entry: int
    before: Answer
    after: Answer


@dataclass(frozen=True)
class Outcome:
    """One person's whole result in a program.

    completion: how the rule of completion stands now. completed: why it is complete, None while it is not;
    completed_on: also where a certificate or a change of rules keeps it. carried: what each points rule has left over,
    in its own unit. shares: what the person adds to each shared goal, by challenge and class, 0 for all of it. doings,
    entries: what counts, in order; book: the same, as it was counted.
    """

    progress: tuple[Progress, ...]
    badges: tuple[HeldBadge, ...]
    open: tuple[OpenBadge, ...]
    withdrawn: tuple[WithdrawnBadge, ...]
    completion: Answer
    completed: Held | None
    completed_on: date | None
    points: int
    tickets: int
    carried: tuple[int, ...]
    shares: Mapping[tuple[str, int], int]
    streak: Streak
    doings: tuple[Doing, ...]
    entries: tuple[LogFact, ...]
    book: Book = field(repr=False, compare=False)

    def amount(self, unit: Unit) -> int:
        """How much was counted of a unit in all."""
        return self.book.series(Count(unit)).amount()


def outcome(program: ProgramRules, joined_on: date, facts: Facts, former: tuple[Former, ...] = ()) -> Outcome:
    """Everything that follows from one person's facts, in whatever order they are given.

    former: published rules that stood earlier, oldest first, for badges that a change of rules must not take.
    """
    facts = facts.known_at(program.frozen_at)
    granted = {grant.badge: grant.on for grant in facts.grants if program.runs_on(grant.on)}
    now = judge(program, joined_on, facts, granted)
    held, lost = [], []
    for badge in _known(program, former):
        one = _held(badge, now, joined_on, facts, former)
        if one is not None:
            held.append(one)
        elif badge in program.badges:
            lost.append(badge)
    completed = _completed(now, joined_on, facts, former)
    count = now.book.series
    return Outcome(
        progress=tuple(Progress(challenge, now.challenge(challenge.key)) for challenge in program.challenges),
        badges=tuple(held),
        open=tuple(OpenBadge(badge, now.badge(badge.key)) for badge in lost),
        withdrawn=tuple(_withdrawn(lost, program, joined_on, facts, granted, former)),
        completion=now.completion,
        completed=completed[0],
        completed_on=completed[1],
        points=now.points.amount(),
        tickets=now.tickets.amount(),
        carried=tuple(count(rule.count).amount() % rule.per for rule in program.points),
        shares=_shares(now),
        streak=streak(count(Count(Unit.DAYS, minimum=program.minimum)).days, program.streak),
        doings=tuple(now.book.doings),
        entries=tuple(now.book.entries),
        book=now.book,
    )


def _completed(
    now: Judgement, joined_on: date, facts: Facts, former: tuple[Former, ...]
) -> tuple[Held | None, date | None]:
    """Why the program is complete and since when; a printed certificate and a change of rules keep it so."""
    if now.completion.met_on is not None:
        return Held.EARNED, now.completion.met_on
    if (delivered := _delivered(facts, now.program.key)) is not None:
        then = judge(now.program, joined_on, facts.until(delivered.at))
        return Held.DELIVERED, then.completion.met_on or delivered.on
    kept = _kept(former, lambda then: then.completion, joined_on, facts)
    return (Held.POLICY, kept) if kept is not None else (None, None)


def _delivered(facts: Facts, badge: str) -> DeliveryFact | None:
    """The first certificate or prize for a badge, or for the completion of the program of a key."""
    return min((one for one in facts.deliveries if one.badge == badge), key=lambda one: one.at, default=None)


def _shares(now: Judgement) -> dict[tuple[str, int], int]:
    """What each shared goal has from this person, by challenge and each class that the entries were made in, or 0."""
    rooms: dict[Source, set[int]] = {entry.id: {0, entry.class_id, *entry.also_in} for entry in now.book.entries}
    shares: dict[tuple[str, int], int] = {}
    for challenge in now.program.challenges:
        if isinstance(challenge.rule, Shared):
            series, before = now.book.series(challenge.rule.count), 0
            for source, total in zip(series.ids, series.sums, strict=True):
                for room in rooms.get(source, {0}):
                    place = (challenge.key, room)
                    shares[place] = shares.get(place, 0) + total - before
                before = total
    return shares


def _known(program: ProgramRules, former: tuple[Former, ...]) -> list[Badge]:
    """The program's badges, then those that only earlier rules had, the latest form of each."""
    known = {badge.key: badge for old in former for badge in old.rules.badges}
    now = {badge.key for badge in program.badges}
    return [*program.badges, *(badge for key, badge in known.items() if key not in now)]


def _held(badge: Badge, now: Judgement, joined_on: date, facts: Facts, former: tuple[Former, ...]) -> HeldBadge | None:
    answer = now.badge(badge.key)
    if answer.met_on is not None:
        return HeldBadge(badge, Held.EARNED, answer.met_on, answer)
    if badge.key in now.granted:
        return HeldBadge(badge, Held.GRANTED, now.granted[badge.key], answer)
    delivered = _delivered(facts, badge.key)
    if delivered is not None:
        then = judge(now.program, joined_on, facts.until(delivered.at))
        return HeldBadge(badge, Held.DELIVERED, then.badge(badge.key).met_on or delivered.on, answer)
    earned_on = _kept(former, lambda then: then.badge(badge.key), joined_on, facts)
    return HeldBadge(badge, Held.POLICY, earned_on, answer) if earned_on is not None else None


def _kept(former: tuple[Former, ...], ask: Callable[[Judgement], Answer], joined_on: date, facts: Facts) -> date | None:
    """The day on which the latest earlier rules gave something, unless the person's own corrections would take it.

    So what was done while those rules stood has to meet them as it reads then, and as it reads today.
    """
    for old in reversed(former):
        then = ask(judge(old.rules, joined_on, facts.until(old.until))).met_on
        if then is not None and ask(judge(old.rules, joined_on, _begun_by(facts, old.until))).met_on is not None:
            return then
    return None


def _begun_by(facts: Facts, moment: datetime) -> Facts:
    """What was begun up to a moment, as it reads today: with later corrections, removals and takings back."""
    log = {fact.id: fact for fact in facts.log}
    return Facts(
        log=tuple(fact for fact in facts.log if first_of(fact, log).entered_at <= moment),
        voids=facts.voids,
        activities=tuple(fact for fact in facts.activities if fact.at <= moment),
        reviews=tuple(fact for fact in facts.reviews if fact.at <= moment),
        goals=tuple(fact for fact in facts.goals if fact.at <= moment),
    )


def _takes(fact: Event) -> bool:
    """Whether something that came in may have taken what was held: corrections, takings back, another own goal."""
    match fact:
        case LogFact():
            return fact.supersedes is not None
        case ActivityFact():
            return fact.voided_at is not None
    return isinstance(fact, VoidFact | GoalFact)


def _moment(fact: Event) -> datetime:
    """When something that may take what was held came in."""
    match fact:
        case LogFact():
            return fact.entered_at
        case ActivityFact():
            return fact.voided_at or fact.at
    return fact.at


def _withdrawn(
    lost: list[Badge],
    program: ProgramRules,
    joined_on: date,
    facts: Facts,
    granted: Mapping[str, date],
    former: tuple[Former, ...],
) -> Iterator[WithdrawnBadge]:
    """Of the badges not held, those that were held before a correction, by the last one that took each.

    More facts never take a badge. So a badge that all of them together, corrected and removed ones too, would not
    give was never held; and looking back from the end, the first correction before which it was held took it. One that
    came before the person joined, or before there was such a badge, took nothing that anybody had seen.
    """
    may_take: tuple[Event, ...] = (*facts.log, *facts.voids, *facts.activities, *facts.goals)
    if not lost or not any(map(_takes, may_take)):
        return
    came = history(facts)
    places = [place for place, fact in enumerate(came) if _takes(fact)]
    every = judge(program, joined_on, facts, granted, ever=True)
    left = [badge for badge in lost if every.badge(badge.key).met_on is not None]
    since = min((one.at for one in facts.joined if one.program == program.key), default=None)
    for place in reversed(places):
        if not left:
            return
        by = came[place]
        at = _moment(by)
        then = {badge.key for badge in next((old.rules for old in former if at <= old.until), program).badges}
        before = judge(program, joined_on, facts_of_events(came[:place]), granted)
        for badge in list(left):
            was = before.badge(badge.key)
            if was.met_on is None:
                continue
            # this one took it, whether or not it is told
            left.remove(badge)
            if badge.key in then and (since is None or at >= since):
                after = judge(program, joined_on, facts_of_events(came[: place + 1]), granted).badge(badge.key)
                entry = by.entry if isinstance(by, VoidFact) else by.supersedes if isinstance(by, LogFact) else None
                yield WithdrawnBadge(badge, was.met_on, by, entry or 0, was, after)
