"""Any history, in any order, counted as it comes in and counted again from all facts: the same outcome.

ENGAGE_HISTORIES says how many; 10,000 were asked for (SAFETY.md, I5).
"""

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engage.programs.activity_rules import ActivityRule
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
    Shared,
    Square,
    Total,
)
from engage.programs.counting import Former, outcome
from engage.programs.facts import (
    ActivityFact,
    Before,
    Count,
    DeliveryFact,
    GoalFact,
    GrantFact,
    LogFact,
    ReviewFact,
    VoidFact,
    facts_of_events,
    history,
)
from engage.programs.freezing import freeze, thaw
from engage.programs.judging import PointsRule
from engage.programs.rules import Ending, Held, StreakUnit, Unit
from engage.programs.streaks import StreakRule
from tests.programs.facts import (
    DAYS,
    LISTENING,
    MINUTES,
    PAGES,
    READING,
    TITLES,
    VIEWING,
    badges,
    challenges,
    facts,
    held,
    noon,
    october,
    program,
    total,
)
from tests.programs.slow_count import Ledger, Slow

pytestmark = pytest.mark.slow

HISTORIES = int(os.environ.get("ENGAGE_HISTORIES", "40"))
DID = Unit.ACTIVITIES
THINGS = (
    ActivityRule("den", "acts", "Build a den", most=2, most_a_day=1),
    ActivityRule("word", "acts", "Find the word", most=0, most_a_day=2, until=october(20)),
    ActivityRule("blue", "prompts", "Something blue", prompt=True),
    ActivityRule("old", "prompts", "Something old", prompt=True, most=0, most_a_day=0),
)
SQUARES = (
    *(total(MINUTES, 20), total(MINUTES, 90), total(TITLES, 1), Total(Count(DID, of="den"), 1), Done("acts")),
    *(total(DAYS, 2), total(PAGES, 10), Points(3), total(MINUTES, 30, days=(5, 20))),
)
RULES = program(
    key="program",
    starts=october(3),
    frozen_at=noon(33),
    challenges=challenges(
        bingo=Card(3, tuple(Square(str(place), rule) for place, rule in enumerate(SQUARES)), 2),
        black=Card(
            3,
            tuple(Square(str(place), None if place == 4 else rule) for place, rule in enumerate(SQUARES)),
            8,
            blackout=True,
        ),
        acts=Total(Count(DID, of="acts"), 2),
        prompts=Total(Count(Unit.PROMPTS, of="prompts"), 2),
        row=InARow(Count(DAYS, minimum=10), 3),
        school=InARow(Count(DAYS), 3, StreakUnit.SCHOOL_DAY, grace=0),
        weeks=InARow(Count(DAYS), 2, StreakUnit.WEEK),
        own=OwnAmount(Count(MINUTES), 100, "own"),
        room=Shared(Count(MINUTES), 500),
        all=Shared(Count(TITLES), 50),
        minutes=total(MINUTES, 60),
    ),
    badges=badges(
        line=Lines("bingo", 1),
        acts2=total(DID, 2),
        den=Total(Count(DID, of="den"), 1),
        told=total(Unit.REVIEWS, 1),
        points=Points(4),
        some=AtLeast(2, (Done("row"), Done("own"), total(Unit.PROMPTS, 1), total(PAGES, 20, days=(7, 14)))),
        after=Holds("some"),
        many=BadgesHeld(3),
        three=ChallengesDone(3),
        heard=total(MINUTES, 30, LISTENING),
    ),
    points=(PointsRule(Count(MINUTES), 20, 1), PointsRule(Count(DID), 2, 3)),
    tickets=(PointsRule(Count(MINUTES), 50, 2), PointsRule(Count(Unit.REVIEWS), 1, 1)),
    activities=THINGS,
    streak=StreakRule(off=frozenset({october(12), october(13)})),
)
EASIER = program(
    challenges=RULES.challenges, activities=THINGS, badges=badges(line=total(MINUTES, 40), gone=total(DID, 1))
)


def takes(fact):
    """Whether a fact may have taken something that was held."""
    corrects = isinstance(fact, LogFact) and fact.supersedes is not None
    return corrects or isinstance(fact, VoidFact | GoalFact) or getattr(fact, "voided_at", None) is not None


@st.composite
def lives(draw):
    """Everything that one person did, as facts."""
    entries, found = draw(st.integers(1, 9)), []
    corrected = set()
    for number in range(1, entries + 1):
        day = draw(st.integers(1, 34))
        target = draw(st.none() | st.integers(1, number)) if number > 1 else None
        supersedes = target if target is not None and target < number and target not in corrected else None
        corrected |= {supersedes} if supersedes else set()
        became = sorted(draw(st.lists(st.integers(day, 40), unique=True, max_size=2)))
        before = tuple(Before(noon(until), draw(st.none() | st.integers(1, 4))) for until in became)
        found.append(
            LogFact(
                number,
                october(day),
                noon(draw(st.integers(day, 36))),
                draw(st.sampled_from([READING, VIEWING, LISTENING])),
                resource=draw(st.none() | st.integers(1, 4)),
                minutes=draw(st.integers(0, 45)),
                pages=draw(st.integers(0, 15)),
                ending=draw(st.sampled_from(Ending)),
                supersedes=supersedes,
                class_id=draw(st.integers(0, 2)),
                also_in=draw(st.sampled_from([(), (3,), (3, 4)])),
                before=before,
            )
        )
    for entry in draw(st.lists(st.integers(1, entries), unique=True, max_size=3)):
        found.append(VoidFact(entry, noon(draw(st.integers(1, 36))), draw(st.booleans())))
    for number in range(1, draw(st.integers(0, 6)) + 1):
        thing = draw(st.sampled_from(THINGS))
        at = draw(st.integers(1, 35))
        voided = draw(st.none() | st.integers(at, 36))
        found.append(
            ActivityFact(
                number,
                thing.key,
                october(draw(st.integers(1, 34))),
                noon(at),
                draw(st.integers(1, entries + 1)) if thing.prompt else None,
                noon(voided) if voided else None,
            )
        )
    for number in range(1, draw(st.integers(0, 2)) + 1):
        approved = draw(st.integers(1, 35))
        ended = draw(st.none() | st.integers(approved, 36))
        on = october(draw(st.integers(1, 33)))
        found.append(ReviewFact(number, on, noon(approved), noon(ended) if ended else None))
        found.append(GoalFact(number, "own", draw(st.integers(1, 150)), noon(draw(st.integers(1, 35)))))
    if draw(st.booleans()):
        found.append(GrantFact(draw(st.sampled_from(["told", "many"])), october(5), noon(5)))
    if draw(st.booleans()):
        found.append(DeliveryFact(draw(st.sampled_from(["acts2", "program"])), october(20), noon(20)))
    return found


@settings(max_examples=HISTORIES, suppress_health_check=list(HealthCheck), deadline=None)
@given(lives(), st.randoms(use_true_random=False))
def test_what_comes_in_in_any_order_is_counted_as_from_the_whole(life, random):
    former = (Former(thaw(freeze(EASIER)), noon(12)),)
    before = outcome(RULES, october(4), facts(*life), former)
    random.shuffle(life)
    assert outcome(RULES, october(4), facts(*life), former) == before
    ledger = Ledger(noon(33))
    for one in life:
        if not isinstance(one, GrantFact | DeliveryFact):
            ledger.take(one)
    granted = {one.badge: one.on for one in life if isinstance(one, GrantFact)}
    slow = Slow(RULES, ledger, granted)
    days = [october(day) for day in range(3, 32)]
    for one in before.progress:
        assert one.done_on == slow.met_on(one.challenge.rule, days), one.challenge.key
        if isinstance(one.challenge.rule, Total | OwnAmount | Shared):
            assert one.answer.amount == slow.amount(one.challenge.rule.count, days[0], days[-1])
        if isinstance(one.challenge.rule, Card):
            assert one.answer.amount == slow.full(one.challenge.rule, days[-1])
    earned = {one.badge.key: one.earned_on for one in before.badges if one.held is Held.EARNED}
    for badge in RULES.badges:
        assert earned.get(badge.key) == slow.met_on(badge.rule, days), badge.key
    assert before.points == slow.points(days[-1])
    tickets = sum(slow.amount(rule.count, days[0], days[-1]) // rule.per * rule.points for rule in RULES.tickets)
    assert before.tickets == tickets
    rooms = {}
    for entry in slow.entries(days[-1]):
        for room in {0, entry.class_id, *entry.also_in}:
            rooms[room] = rooms.get(room, 0) + entry.minutes
    shares = {room: amount for (key, room), amount in before.shares.items() if key == "room"}
    assert shares == {room: amount for room, amount in rooms.items() if amount}


@settings(max_examples=max(25, HISTORIES // 50), suppress_health_check=list(HealthCheck), deadline=None)
@given(lives())
def test_each_badge_that_was_lost_names_what_took_it(life):
    whole = facts(*life)
    result = outcome(RULES, october(4), whole)
    assert not {one.badge.key for one in result.withdrawn} & set(held(result))
    taken = {one.badge.key: one for one in result.withdrawn}
    for lost in taken.values():
        assert lost.before.met_on == lost.earned_on
        assert lost.after.met_on is None
    # and none that was held at some time goes unnamed
    came = history(whole.known_at(noon(33)))
    places = [place for place, one in enumerate(came) if place and takes(one)]
    for place in (*places, len(came)):
        at_the_time = outcome(RULES, october(4), replace(facts_of_events(came[:place]), grants=whole.grants))
        for one in at_the_time.badges:
            if one.held is Held.EARNED and one.badge.key not in held(result):
                assert one.badge.key in taken, one.badge.key


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(lives(), st.integers(3, 31), st.integers(1, 300))
def test_one_more_thing_done_never_takes_anything(life, day, minutes):
    before = outcome(RULES, october(4), facts(*life))
    more = LogFact(99, october(day), noon(day), READING, minutes=minutes)
    after = outcome(RULES, october(4), facts(*life, more, ReviewFact(99, october(day), noon(day))))
    assert held(before).keys() <= held(after).keys()
    assert (after.points, after.tickets) >= (before.points, before.tickets)
    for was, now in zip(before.progress, after.progress, strict=True):
        assert now.answer.amount >= was.answer.amount
