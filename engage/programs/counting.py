"""Counting: the facts of one person and the rules of one program in, the whole outcome out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from engage.engagement.rules import Mode
from engage.programs.facts import Count, Facts, LogFact, VoidFact, history, in_order, standing
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
    """A badge that the person holds, why, and since when. answer: how its rule stands now."""

    badge: Badge
    held: Held
    earned_on: date
    answer: Answer


@dataclass(frozen=True)
class OpenBadge:
    """A badge that the person does not hold, and how far its rule is met."""

    badge: Badge
    answer: Answer


@dataclass(frozen=True)
class WithdrawnBadge:
    """A badge that was held until an entry was corrected or taken back.

    by: the entry that corrected, or the removal. entry: id of the one that was changed. before, after: how the
    badge's rule stood on either side of it.
    """

    badge: Badge
    earned_on: date
    by: LogFact | VoidFact
    entry: int
    before: Answer
    after: Answer


@dataclass(frozen=True)
class Outcome:
    """One person's whole result in a program.

    completion: how the rule of completion stands now. completed_on: also where a change of rules must not undo it.
    carried: what each points rule has left over, in its own unit. entries: those that count, in order.
    """

    progress: tuple[Progress, ...]
    badges: tuple[HeldBadge, ...]
    open: tuple[OpenBadge, ...]
    withdrawn: tuple[WithdrawnBadge, ...]
    completion: Answer
    completed_on: date | None
    points: int
    carried: tuple[int, ...]
    totals: Mapping[Unit, int]
    minutes_by_mode: Mapping[Mode, int]
    streak: Streak
    entries: tuple[LogFact, ...] = ()


def outcome(program: ProgramRules, joined_on: date, facts: Facts, former: tuple[Former, ...] = ()) -> Outcome:
    """Everything that follows from one person's facts, in whatever order they are given.

    former: published rules that stood earlier, oldest first, for badges that a change of rules must not take.
    """
    facts = facts.until(program.frozen_at)
    granted = {grant.badge: grant.on for grant in facts.grants if program.runs_on(grant.on)}
    now = judge(program, joined_on, standing(facts.entries()), granted)
    held, lost = [], []
    for badge in _known(program, former):
        one = _held(badge, now, joined_on, facts, former)
        if one is not None:
            held.append(one)
        elif badge in program.badges:
            lost.append(badge)
    completed_on = now.completion.met_on or _kept(former, lambda then: then.completion, joined_on, facts)
    count = now.book.series
    return Outcome(
        progress=tuple(Progress(challenge, now.challenge(challenge.key)) for challenge in program.challenges),
        badges=tuple(held),
        open=tuple(OpenBadge(badge, now.badge(badge.key)) for badge in lost),
        withdrawn=tuple(_withdrawn(lost, program, joined_on, facts, granted)),
        completion=now.completion,
        completed_on=completed_on,
        points=now.points.amount(),
        carried=tuple(count(rule.count).amount() % rule.per for rule in program.points),
        totals={unit: count(Count(unit)).amount() for unit in Unit},
        minutes_by_mode={mode: count(Count(Unit.MINUTES, frozenset({mode}))).amount() for mode in Mode},
        streak=streak(count(Count(Unit.DAYS, minimum=program.minimum)).days, program.streak),
        entries=tuple(now.book.entries),
    )


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
    delivered = min((one for one in facts.deliveries if one.badge == badge.key), key=lambda one: one.at, default=None)
    if delivered is not None:
        then = judge(now.program, joined_on, standing(facts.until(delivered.at).entries()))
        return HeldBadge(badge, Held.DELIVERED, then.badge(badge.key).met_on or delivered.on, answer)
    earned_on = _kept(former, lambda then: then.badge(badge.key), joined_on, facts)
    return HeldBadge(badge, Held.POLICY, earned_on, answer) if earned_on is not None else None


def _kept(former: tuple[Former, ...], ask: Callable[[Judgement], Answer], joined_on: date, facts: Facts) -> date | None:
    """The day on which the latest earlier rules gave something, unless the person's own corrections would take it.

    So the entries made while those rules stood have to meet them as they read then, and as they read today.
    """
    if not former:
        return None
    log = {fact.id: fact for fact in facts.log}
    today = standing(facts.entries())
    for old in reversed(former):
        then = ask(judge(old.rules, joined_on, standing(facts.until(old.until).entries()))).met_on
        still = [fact for fact in today if _first(fact, log).entered_at <= old.until]
        if then is not None and ask(judge(old.rules, joined_on, still)).met_on is not None:
            return then
    return None


def _first(fact: LogFact, log: Mapping[int, LogFact]) -> LogFact:
    """The entry that a chain of corrections began with."""
    while fact.supersedes is not None and fact.supersedes in log:
        fact = log[fact.supersedes]
    return fact


def _withdrawn(
    lost: list[Badge], program: ProgramRules, joined_on: date, facts: Facts, granted: Mapping[str, date]
) -> Iterator[WithdrawnBadge]:
    """Of the badges not held, those that were held before a correction, by the last one that took each.

    More entries never take a badge. So a badge that all entries together, corrected and removed ones too, would not
    give was never held; and looking back from the end, the first correction before which it was held took it.
    """
    came = history(facts)
    places = [place for place, fact in enumerate(came) if isinstance(fact, VoidFact) or fact.supersedes is not None]
    if not places or not lost:
        return
    every = judge(program, joined_on, in_order(facts.log), granted)
    left = [badge for badge in lost if every.badge(badge.key).met_on is not None]
    for place in reversed(places):
        if not left:
            return
        before = judge(program, joined_on, standing(came[:place]), granted)
        for badge in list(left):
            was = before.badge(badge.key)
            if was.met_on is not None:
                left.remove(badge)
                by = came[place]
                after = judge(program, joined_on, standing(came[: place + 1]), granted).badge(badge.key)
                entry = by.entry if isinstance(by, VoidFact) else by.supersedes
                yield WithdrawnBadge(badge, was.met_on, by, entry or 0, was, after)
