"""Whatever the order of the facts, counting gives one answer, that of a slow count."""

import random
import time
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engage.programs import explaining
from engage.programs.awards import AtLeast, BadgesHeld, ChallengesDone, Done, FromList, Holds, Listed, Points
from engage.programs.counting import Former, outcome
from engage.programs.facts import Count, DeliveryFact, Facts, GrantFact, LogFact, VoidFact
from engage.programs.judging import PointsRule
from engage.programs.rules import Ending, Held, Unit
from engage.programs.streaks import StreakRule
from tests.programs.facts import (
    DAYS,
    LISTENING,
    MINUTES,
    PAGES,
    POINT,
    READING,
    SIXTY,
    TITLES,
    VIEWING,
    badges,
    challenges,
    facts,
    held,
    log,
    noon,
    october,
    program,
    progress,
    total,
)

# a busy machine is no fault of a rule
SLOW = (HealthCheck.too_slow,)
# one answer, in whatever order
RULES = program(
    starts=october(3),
    frozen_at=noon(33),
    challenges=challenges(
        minutes=total(MINUTES, 120),
        heard=total(MINUTES, 30, LISTENING),
        titles=total(TITLES, 3, again_after=7),
        days=total(DAYS, 5, minimum=10),
        listed=FromList(3, (Listed(1, required=True), Listed(2), Listed(3, until=october(9)), Listed(4))),
    ),
    badges=badges(
        sixty=total(MINUTES, 60),
        week=total(PAGES, 20, days=(7, 14)),
        points=Points(4),
        some=AtLeast(2, (Done("heard"), Done("titles"), total(DAYS, 6))),
        after=Holds("some"),
        many=BadgesHeld(3),
        done=ChallengesDone(2),
    ),
    points=(POINT, PointsRule(Count(TITLES), 2, 3)),
    streak=StreakRule(grace=1),
)


@st.composite
def lives(draw):
    """Facts of one person: entries, corrections of earlier ones, removals, a badge given by hand."""
    log_facts, voids = [], []
    for number in range(1, draw(st.integers(1, 14)) + 1):
        day = draw(st.integers(1, 34))
        target = draw(st.none() | st.integers(1, number)) if number > 1 else None
        log_facts.append(
            LogFact(
                number,
                october(day),
                noon(draw(st.integers(day, 36))),
                draw(st.sampled_from([READING, VIEWING, LISTENING])),
                resource=draw(st.none() | st.integers(1, 5)),
                minutes=draw(st.integers(0, 45)),
                pages=draw(st.integers(0, 15)),
                ending=draw(st.sampled_from(Ending)),
                supersedes=target if target is not None and target < number else None,
            )
        )
    for entry in draw(st.lists(st.integers(1, len(log_facts)), unique=True, max_size=4)):
        voids.append(VoidFact(entry, noon(draw(st.integers(1, 36))), draw(st.booleans())))
    grants = draw(
        st.lists(
            st.builds(GrantFact, st.sampled_from(["sixty", "week"]), st.just(october(5)), st.just(noon(5))), max_size=1
        )
    )
    deliveries = draw(
        st.lists(st.builds(DeliveryFact, st.just("points"), st.just(october(20)), st.just(noon(20))), max_size=1)
    )
    return log_facts, voids, grants, deliveries


@settings(max_examples=150, suppress_health_check=SLOW, deadline=None)
@given(lives(), st.randoms(use_true_random=False))
def test_the_outcome_does_not_depend_on_the_order_of_the_facts(life, random):
    former = (Former(SIXTY, noon(12)),)
    before = outcome(RULES, october(4), Facts(*map(tuple, life)), former)
    for them in life:
        random.shuffle(them)
    assert outcome(RULES, october(4), Facts(*map(tuple, life)), former) == before


@settings(max_examples=150, suppress_health_check=SLOW, deadline=None)
@given(lives())
def test_the_outcome_is_what_a_slow_count_says(life):
    """Recounts minutes, titles, days and points by walking over every prefix of the entries that stand."""
    log_facts, voids, _, _ = life
    known = [fact for fact in log_facts if fact.entered_at <= noon(33)]
    gone = {void.entry for void in voids if void.at <= noon(33)}
    for fact in known:
        rivals = [one.id for one in known if one.supersedes == fact.supersedes and fact.supersedes is not None]
        if fact.supersedes is not None:
            gone.add(fact.supersedes)
        gone |= {one for one in rivals if one < max(rivals)}
    entries = sorted(
        (fact for fact in known if fact.id not in gone and october(3) <= fact.on <= october(31)),
        key=lambda fact: (fact.on, fact.id),
    )

    def met(count, goal):
        return next((entries[n].on for n in range(len(entries)) if count(entries[: n + 1]) >= goal), None)

    def minutes(some, mode=None):
        return sum(entry.minutes for entry in some if mode in (None, entry.mode))

    def titles(some):
        return len({entry.resource for entry in some if entry.ending is Ending.FINISHED} - {None})

    def days(some):
        return sum(minutes([e for e in some if e.on == day]) >= 10 for day in {entry.on for entry in some})

    def points(some):
        return minutes(some) // 20 + titles(some) // 2 * 3

    result = outcome(RULES, october(4), Facts(*map(tuple, life)))
    assert result.amount(MINUTES) == minutes(entries)
    assert result.amount(TITLES) == titles(entries)
    assert result.points == points(entries)
    assert progress(result, "minutes") == (minutes(entries), 120, met(minutes, 120))
    assert progress(result, "heard")[2] == met(lambda some: minutes(some, LISTENING), 30)
    assert progress(result, "days") == (days(entries), 5, met(days, 5))
    four = met(points, 4)
    assert (
        next((one.earned_on for one in result.badges if one.badge.key == "points" and one.held is Held.EARNED), None)
        == four
    )


@settings(max_examples=150, suppress_health_check=SLOW, deadline=None)
@given(lives())
def test_a_withdrawn_badge_was_held_just_before_the_change_that_took_it(life):
    log_facts, voids, grants, _ = life
    result = outcome(RULES, october(4), Facts(tuple(log_facts), tuple(voids), tuple(grants)))
    assert not {one.badge.key for one in result.withdrawn} & set(held(result))
    for lost in result.withdrawn:
        assert lost.before.met_on == lost.earned_on
        assert lost.after.met_on is None
        assert list(explaining.differences(lost.before, lost.after))


@settings(max_examples=100, suppress_health_check=SLOW, deadline=None)
@given(lives(), st.integers(3, 31), st.integers(1, 300))
def test_one_more_entry_never_takes_anything(life, day, minutes):
    log_facts, voids, grants, deliveries = life
    before = outcome(RULES, october(4), Facts(*map(tuple, life)))
    more = (*log_facts, log(99, day, minutes, at=3))
    after = outcome(RULES, october(4), Facts(more, tuple(voids), tuple(grants), tuple(deliveries)))
    assert held(before).keys() <= held(after).keys()
    assert after.points >= before.points
    assert all(one.answer.amount >= two.answer.amount for one, two in zip(after.progress, before.progress, strict=True))


def test_two_thousand_facts_are_counted_in_a_few_milliseconds():
    dice = random.Random(7)
    rules = program(
        ends=None,
        frozen_at=None,
        points=RULES.points,
        badges=RULES.badges + badges(**{f"more{number}": total(MINUTES, number * 500) for number in range(1, 31)}),
        challenges=RULES.challenges,
        streak=RULES.streak,
    )
    entries = [
        log(
            number,
            dice.randint(1, 300),
            dice.randint(1, 40),
            dice.choice([READING, VIEWING, LISTENING]),
            resource=dice.randint(1, 400),
            ending=dice.choice([Ending.NONE, Ending.NONE, Ending.FINISHED]),
            supersedes=number - 1 if number % 20 == 0 else None,
        )
        for number in range(1, 2_001)
    ]
    whole = facts(*entries)
    began = time.process_time()
    result = outcome(rules, date(2026, 10, 1), whole)
    assert result.amount(Unit.MINUTES) > 2_000
    assert time.process_time() - began < 0.2
