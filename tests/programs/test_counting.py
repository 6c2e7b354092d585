"""Every case of PRODUCT.md, section 4, that can be told without a database."""

import random
import time
from datetime import UTC, date, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engage import dates
from engage.programs import explaining
from engage.programs.awards import AtLeast, BadgesHeld, ChallengesDone, Done, FromList, Holds, Listed, Points
from engage.programs.counting import Former, outcome
from engage.programs.facts import Count, DeliveryFact, Facts, GrantFact, LogFact, VoidFact
from engage.programs.judging import PointsRule
from engage.programs.rules import MEASURED, Credit, Ending, Held, Unit
from engage.programs.streaks import StreakRule
from tests.programs.facts import (
    DAYS,
    LISTENING,
    MINUTES,
    PAGES,
    READING,
    STOPPED,
    TITLES,
    VIEWING,
    badges,
    challenges,
    counted,
    facts,
    finish,
    held,
    log,
    noon,
    october,
    program,
    total,
    void,
)

# a busy machine is no fault of a rule
SLOW = (HealthCheck.too_slow,)
POINT = PointsRule(Count(MINUTES), per=20, points=1)
SIXTY = program(badges=badges(sixty=total(MINUTES, 60)))


def progress(result, key="c"):
    """Amount and goal of a challenge, and the day it was done."""
    one = next(one for one in result.progress if one.challenge.key == key)
    return one.answer.amount, one.answer.goal, one.done_on


def any_of(goal, *items):
    """A list challenge. items: a resource's number, or a Listed."""
    listed = tuple(one if isinstance(one, Listed) else Listed(one) for one in items)
    return program(challenges=challenges(c=FromList(goal, listed)))


# the table of cases, row by row


def test_case_two_entries_of_19_minutes_make_one_point_at_20_and_carry_18():
    result = counted(program(points=(POINT,)), log(1, 1, 19), log(2, 2, 19))
    assert (result.points, result.carried) == (1, (18,))


def test_case_the_second_is_then_deleted_and_the_badge_that_needed_the_point_goes():
    rules = program(points=(POINT,), badges=badges(first=Points(1)))
    assert held(counted(rules, log(1, 1, 19), log(2, 2, 19))) == {"first": october(2)}
    result = counted(rules, log(1, 1, 19), log(2, 2, 19), void(2, 3))
    assert (result.points, result.carried, held(result)) == (0, (19,), {})
    (lost,) = result.withdrawn
    assert (lost.badge.key, lost.earned_on, lost.entry, lost.by) == ("first", october(2), 2, void(2, 3))
    assert (lost.before.amount, lost.after.amount) == (1, 0)


def test_case_an_entry_at_ten_past_midnight_for_the_day_before_keeps_the_row():
    late = LogFact(3, october(2), datetime(2026, 10, 3, 4, 10, tzinfo=UTC), READING, minutes=10)
    assert dates.on(late.entered_at, "America/New_York") == october(3)
    result = counted(program(streak=StreakRule(grace=0)), log(1, 1, 10), late, log(4, 3, 10))
    assert result.streak.length == 3


def test_case_the_night_of_the_clock_change_keeps_the_row():
    rules = program(ends=october(40), frozen_at=None, streak=StreakRule(grace=0))
    halloween = LogFact(1, october(31), datetime(2026, 11, 1, 3, 50, tzinfo=UTC), READING, minutes=10)
    change = LogFact(2, october(32), datetime(2026, 11, 2, 4, 50, tzinfo=UTC), READING, minutes=10)
    assert [dates.on(one.entered_at, "America/New_York") for one in (halloween, change)] == [halloween.on, change.on]
    assert counted(rules, halloween, change, log(3, 33, 10)).streak.length == 3


def test_case_who_joins_on_day_10_has_what_was_read_on_day_3_from_opening_but_not_from_joining():
    for credit, minutes in ((Credit.OPENING, 50), (Credit.JOINING, 30)):
        rules = program(credit=credit, challenges=challenges(c=total(MINUTES, 100)))
        result = counted(rules, log(1, 3, 20), log(2, 10, 30), joined=10)
        assert progress(result) == (minutes, 100, None)


def test_case_a_badge_added_after_80_minutes_was_earned_on_the_day_the_total_passed_60():
    entries = log(1, 1, 30), log(2, 4, 25), log(3, 6, 5), log(4, 9, 20)
    assert held(counted(program(), *entries)) == {}
    assert held(counted(SIXTY, *entries)) == {"sixty": october(6)}


def test_case_an_entry_on_the_shared_day_of_two_windows_counts_in_both():
    rules = program(badges=badges(a=total(MINUTES, 20, days=(1, 7)), b=total(MINUTES, 20, days=(7, 14))))
    assert held(counted(rules, log(1, 7, 20))) == {"a": october(7), "b": october(7)}
    assert held(counted(rules, log(1, 8, 20))) == {"b": october(8)}


def test_case_a_printed_certificate_stays_and_is_marked_when_the_entry_is_voided():
    entries = log(1, 1, 30), log(2, 4, 30)
    result = counted(SIXTY, *entries, DeliveryFact("sixty", october(5), noon(5)), void(2, 6))
    (kept,) = result.badges
    assert (kept.held, kept.earned_on) == (Held.DELIVERED, october(4))
    assert (kept.answer.amount, kept.answer.met_on) == (30, None)
    assert result.withdrawn == ()


def test_case_the_result_is_final_once_the_program_is_closed():
    rules = program(
        frozen_at=noon(39), badges=badges(sixty=total(MINUTES, 60)), challenges=challenges(c=total(MINUTES, 60))
    )
    entries = log(1, 1, 30), log(2, 31, 30, at=38)
    before = counted(rules, *entries)
    assert held(before) == {"sixty": october(31)}
    late = log(3, 31, 5, at=40, supersedes=2), log(4, 30, 300, at=40), void(1, 41)
    assert counted(rules, *entries, *late) == before


def test_case_list_item_removed_and_the_credit_of_those_who_finished_it_stays():
    gone = Listed(7, until=october(10))
    rules = any_of(3, gone, 8, 9, 10)
    assert progress(counted(rules, finish(1, 5, 7), finish(2, 6, 8)))[:2] == (2, 3)
    assert progress(counted(rules, finish(1, 10, 7), finish(2, 6, 8)))[:2] == (2, 3)
    assert progress(counted(rules, finish(1, 11, 7), finish(2, 6, 8)))[:2] == (1, 3)
    assert progress(counted(rules, finish(1, 11, 7), finish(2, 9, 7)))[:2] == (1, 3)


def test_case_same_title_as_print_and_audiobook_is_one_title_and_the_minutes_of_both_count():
    result = counted(any_of(2, 7, 8), finish(1, 1, 7, minutes=40), finish(2, 5, 7, LISTENING, minutes=30))
    assert progress(result) == (1, 2, None)
    assert (result.amount(TITLES), result.amount(MINUTES)) == (1, 70)
    by_mode = [result.book.series(Count(MINUTES, frozenset({mode}))).amount() for mode in (READING, VIEWING, LISTENING)]
    assert by_mode == [40, 0, 30]


def test_case_book_stopped_at_page_40_counts_its_minutes_and_pages_but_not_the_title():
    stopped = log(1, 1, 50, resource=7, pages=40, ending=STOPPED)
    result = counted(any_of(1, 7), stopped)
    assert progress(result) == (0, 1, None)
    assert (result.amount(MINUTES), result.amount(PAGES), result.amount(TITLES)) == (50, 40, 0)


def test_case_class_log_for_the_wrong_class_undone_leaves_every_award_as_before():
    rules = program(badges=badges(a=total(MINUTES, 30), b=total(DAYS, 2), c=Holds("b")), points=(POINT,))
    own = log(1, 1, 30), log(2, 3, 5)
    batch = log(3, 2, 30), log(4, 4, 30)
    before, after = counted(rules, *own), counted(rules, *own, *batch, void(3, 5, True), void(4, 5, True))
    assert (after.badges, after.points, after.streak) == (before.badges, before.points, before.streak)
    assert [after.amount(unit) for unit in MEASURED] == [before.amount(unit) for unit in MEASURED]


# points


def test_several_units_give_points_each_with_its_own_remainder():
    rules = program(points=(POINT, PointsRule(Count(PAGES), 10, 3), PointsRule(Count(TITLES), 1, 5)))
    result = counted(rules, log(1, 1, 39, pages=19), finish(2, 2, 7, minutes=2, pages=2))
    assert result.points == 2 + 6 + 5
    assert result.carried == (1, 1, 0)


def test_points_may_fall_by_a_correction_and_never_below_nothing():
    rules = program(points=(POINT,))
    assert counted(rules, log(1, 1, 60), log(2, 1, 20, at=2, supersedes=1)).points == 1
    assert counted(rules, log(1, 1, 60), void(1, 2)).points == 0


def test_points_may_be_of_one_mode():
    rules = program(points=(PointsRule(Count(MINUTES, frozenset({LISTENING})), 10, 1),))
    assert counted(rules, log(1, 1, 90), log(2, 1, 25, LISTENING)).points == 2


# challenges


def test_an_amount_challenge_is_done_on_the_day_that_met_the_goal():
    rules = program(challenges=challenges(c=total(MINUTES, 60)))
    result = counted(rules, log(1, 9, 50), log(2, 3, 20), log(3, 12, 40))
    assert progress(result) == (110, 60, october(9))
    answer = result.progress[0].answer
    assert (answer.entries, answer.because) == ((2, 1, 3), (2, 1))


def test_one_entry_counts_in_every_challenge_it_fits_and_once_in_each():
    rules = program(
        challenges=challenges(
            minutes=total(MINUTES, 20),
            heard=total(MINUTES, 20, LISTENING),
            days=total(DAYS, 1),
            titles=total(TITLES, 1),
            listed=FromList(1, (Listed(7),)),
        )
    )
    result = counted(rules, finish(1, 1, 7, LISTENING, minutes=20))
    assert {one.challenge.key: one.answer.amount for one in result.progress} == {
        "minutes": 20,
        "heard": 20,
        "days": 1,
        "titles": 1,
        "listed": 1,
    }


def test_entries_outside_the_run_do_not_count():
    rules = program(starts=october(5), ends=october(10), challenges=challenges(c=total(MINUTES, 100)))
    entries = [log(day, day, 10) for day in range(1, 15)]
    assert progress(counted(rules, *entries)) == (60, 100, None)


def test_moving_an_entry_out_of_the_run_takes_it_out_of_the_count():
    rules = program(starts=october(5), challenges=challenges(c=total(MINUTES, 30)))
    entries = log(1, 5, 30), log(2, 4, 30, at=6, supersedes=1)
    assert progress(counted(rules, *entries)) == (0, 30, None)


def test_an_evergreen_program_has_no_last_day():
    rules = program(ends=None, frozen_at=None, challenges=challenges(c=total(MINUTES, 20)))
    assert progress(counted(rules, log(1, 900, 20))) == (20, 20, october(900))


def test_any_of_a_list_asks_for_so_many_different_titles():
    rules = any_of(2, 7, 8, 9)
    assert progress(counted(rules, finish(1, 1, 7), finish(2, 2, 7), finish(3, 2, 99))) == (1, 2, None)
    assert progress(counted(rules, finish(1, 4, 7), finish(2, 2, 9))) == (2, 2, october(4))


def test_the_required_titles_are_among_them():
    rules = any_of(2, Listed(7, required=True), 8, 9)
    assert progress(counted(rules, finish(1, 1, 8), finish(2, 2, 9))) == (1, 2, None)
    assert progress(counted(rules, finish(1, 1, 8), finish(2, 2, 9), finish(3, 5, 7))) == (2, 2, october(5))
    every = any_of(1, Listed(7, required=True), Listed(8, required=True))
    assert progress(counted(every, finish(1, 1, 8))) == (1, 2, None)


def test_a_list_never_asks_for_more_than_stands_on_it():
    rules = any_of(5, 7, 8, Listed(9, until=october(3)))
    assert progress(counted(rules, finish(1, 5, 7)))[:2] == (1, 2)
    assert progress(counted(rules, finish(1, 5, 7), finish(2, 6, 8))) == (2, 2, october(6))
    assert progress(counted(rules, finish(1, 5, 7), finish(2, 2, 9))) == (2, 2, october(5))


def test_an_emptied_list_completes_nobody():
    rules = any_of(2, Listed(7, until=october(3)))
    assert progress(counted(rules, finish(1, 5, 7))) == (0, 1, None)
    assert progress(counted(rules, finish(1, 2, 7))) == (1, 1, october(2))
    assert progress(counted(any_of(2))) == (0, 1, None)


def test_credit_stays_when_a_required_title_leaves_and_all_others_are_required():
    must = [Listed(number, required=True) for number in (8, 9)]
    rules = any_of(3, Listed(7, required=True, until=october(10)), *must)
    entries = finish(1, 1, 7), finish(2, 2, 8)
    assert progress(counted(rules, *entries)) == (2, 3, None)
    assert progress(counted(rules, *entries, finish(3, 12, 9))) == (3, 3, october(12))
    assert progress(counted(rules, finish(2, 2, 8), finish(3, 12, 9))) == (2, 2, october(12))


def test_a_title_that_joins_the_list_later_counts_though_it_was_finished_before():
    entries = finish(1, 1, 7), finish(2, 2, 8)
    assert progress(counted(any_of(2, 7), *entries))[:2] == (1, 1)
    assert progress(counted(any_of(2, 7, 8), *entries)) == (2, 2, october(2))


def test_completion_is_all_challenges_and_can_be_undone_by_an_own_correction():
    rules = program(challenges=challenges(a=total(MINUTES, 20), b=FromList(1, (Listed(7),))))
    entries = log(1, 2, 20), finish(2, 8, 7)
    assert counted(rules, *entries).completion.met_on == october(8)
    assert counted(rules, *entries, void(1, 9)).completion.met_on is None
    assert counted(program()).completion.met_on is None


def test_completion_may_be_a_rule_of_its_own():
    rules = program(
        challenges=challenges(a=total(MINUTES, 20), b=total(TITLES, 3)), completion=AtLeast(1, (Done("a"), Done("b")))
    )
    assert counted(rules, log(1, 2, 20)).completion.met_on == october(2)


# badges


def test_a_badge_may_ask_for_challenges_badges_points_and_some_of_several():
    rules = program(
        points=(POINT,),
        challenges=challenges(c=total(MINUTES, 40), d=total(DAYS, 2)),
        badges=badges(
            did=Done("c"),
            one=ChallengesDone(1),
            both=ChallengesDone(2),
            points=Points(2),
            after=Holds("did"),
            three=BadgesHeld(3),
            some=AtLeast(2, (total(TITLES, 1), total(DAYS, 2), Done("c"))),
            every=AtLeast(2, (total(TITLES, 1), Done("c"))),
            either=AtLeast(1, (total(TITLES, 1), total(MINUTES, 1))),
        ),
    )
    assert held(counted(rules, log(1, 1, 20), log(2, 5, 20))) == {
        "did": october(5),
        "one": october(5),
        "both": october(5),
        "points": october(5),
        "after": october(5),
        "three": october(5),
        "some": october(5),
        "either": october(1),
    }


def test_badges_that_count_badges_do_not_count_themselves():
    rules = program(badges=badges(a=total(MINUTES, 1), two=BadgesHeld(2), one=BadgesHeld(1)))
    assert held(counted(rules, log(1, 1, 20))) == {"a": october(1), "one": october(1)}


def test_a_badge_that_waits_for_itself_is_simply_not_held():
    rules = program(badges=badges(a=Holds("b"), b=Holds("a"), c=Done("gone"), d=Holds("gone")))
    assert held(counted(rules, log(1, 1, 20))) == {}


def test_a_badge_given_by_hand_is_shown_as_such_and_adds_no_reading():
    rules = program(badges=badges(sixty=total(MINUTES, 60), after=Holds("sixty")))
    result = counted(rules, log(1, 1, 20), GrantFact("sixty", october(3), noon(3)))
    assert {one.badge.key: (one.held, one.earned_on) for one in result.badges} == {
        "sixty": (Held.GRANTED, october(3)),
        "after": (Held.EARNED, october(3)),
    }
    assert result.amount(MINUTES) == 20


def test_a_badge_given_by_hand_and_earned_as_well_counts_as_earned():
    result = counted(SIXTY, log(1, 4, 60), GrantFact("sixty", october(3), noon(3)))
    assert [(one.held, one.earned_on) for one in result.badges] == [(Held.EARNED, october(4))]


def test_no_award_has_a_date_outside_the_run():
    rules = program(starts=october(5), ends=october(10), badges=badges(sixty=total(MINUTES, 60)))
    assert held(counted(rules, log(1, 4, 60), log(2, 11, 60))) == {}
    assert held(counted(rules, GrantFact("sixty", october(11), noon(11)))) == {}


def test_a_badge_explains_itself_by_rule_amount_and_entries():
    (badge,) = counted(SIXTY, log(1, 1, 30), log(2, 4, 34), log(3, 6, 5)).badges
    assert badge.answer.rule == total(MINUTES, 60)
    assert (badge.answer.amount, badge.answer.because) == (69, (1, 2))
    (missing,) = counted(SIXTY, log(1, 1, 30)).open
    assert (missing.answer.amount, missing.answer.goal, missing.answer.entries) == (30, 60, (1,))


# badges taken back


def test_a_correction_that_takes_a_badge_is_named_with_the_amounts_around_it():
    correction = log(3, 4, 10, at=7, supersedes=2)
    result = counted(SIXTY, log(1, 1, 30), log(2, 4, 32), correction, log(4, 8, 5))
    (lost,) = result.withdrawn
    assert (lost.badge.key, lost.earned_on, lost.entry, lost.by) == ("sixty", october(4), 2, correction)
    assert (lost.before.amount, lost.after.amount) == (62, 40)
    assert [one.badge.key for one in result.open] == ["sixty"]


def test_the_last_correction_that_took_it_is_the_one_that_is_named():
    entries = [log(1, 1, 60), log(2, 2, 60), void(1, 3), void(2, 4)]
    (lost,) = counted(SIXTY, *entries).withdrawn
    assert (lost.entry, lost.earned_on) == (2, october(2))
    again = [log(3, 5, 60), log(4, 5, 59, at=6, supersedes=3)]
    (lost,) = counted(SIXTY, *entries, *again).withdrawn
    assert (lost.entry, lost.earned_on, lost.after.amount) == (3, october(5), 59)


def test_a_badge_earned_again_is_no_longer_withdrawn():
    result = counted(SIXTY, log(1, 1, 60), void(1, 2), log(2, 5, 60))
    assert (held(result), result.withdrawn) == ({"sixty": october(5)}, ())


def test_a_badge_that_was_never_held_is_not_withdrawn():
    result = counted(SIXTY, log(1, 1, 40), log(2, 1, 30, at=2, supersedes=1), log(3, 3, 20), void(3, 4))
    assert result.withdrawn == ()
    assert len(result.open) == 1


def test_a_correction_takes_what_was_built_on_a_badge_too():
    rules = program(badges=badges(sixty=total(MINUTES, 60), after=Holds("sixty")))
    result = counted(rules, log(1, 1, 60), void(1, 2, by_staff=True))
    assert {one.badge.key for one in result.withdrawn} == {"sixty", "after"}
    assert all(one.by.by_staff for one in result.withdrawn)


# rules that change


def test_a_change_of_rules_takes_no_badge_that_was_held():
    former = Former(SIXTY, noon(10))
    harder = program(badges=badges(sixty=total(MINUTES, 90)))
    result = outcome(harder, october(1), facts(log(1, 1, 60)), (former,))
    assert [(one.held, one.earned_on) for one in result.badges] == [(Held.POLICY, october(1))]
    assert outcome(harder, october(1), facts(log(1, 11, 60)), (former,)).badges == ()


def test_a_badge_kept_by_policy_is_lost_by_an_own_correction():
    harder = program(badges=badges(sixty=total(MINUTES, 90)))
    entries = log(1, 1, 60), log(2, 1, 20, at=12, supersedes=1), log(3, 12, 60)
    assert outcome(harder, october(1), facts(*entries), (Former(SIXTY, noon(10)),)).badges == ()


def test_a_badge_that_is_no_longer_offered_stays_with_those_who_held_it():
    result = outcome(program(), october(1), facts(log(1, 1, 60)), (Former(SIXTY, noon(10)),))
    assert [(one.badge.key, one.held) for one in result.badges] == [("sixty", Held.POLICY)]
    assert outcome(program(), october(1), facts(log(1, 1, 20)), (Former(SIXTY, noon(10)),)).badges == ()


def test_a_badge_that_is_no_longer_offered_is_not_among_those_to_win():
    result = outcome(program(), october(1), facts(log(1, 1, 20)), (Former(SIXTY, noon(10)),))
    assert (result.open, result.withdrawn) == ((), ())


def test_a_correction_after_the_change_wins_nothing_under_the_rules_that_stood_before():
    harder = program(badges=badges(sixty=total(MINUTES, 90)))
    entries = log(1, 1, 20), log(2, 1, 60, at=12, supersedes=1)
    assert outcome(harder, october(1), facts(*entries), (Former(SIXTY, noon(10)),)).badges == ()


def test_a_change_of_rules_undoes_no_completion_and_an_own_correction_does():
    easy = program(challenges=challenges(a=total(MINUTES, 20)))
    harder = program(challenges=challenges(a=total(MINUTES, 20), b=total(TITLES, 3)))
    former = (Former(easy, noon(10)),)
    kept = outcome(harder, october(1), facts(log(1, 2, 20)), former)
    assert (kept.completed_on, kept.completion.met_on) == (october(2), None)
    assert outcome(harder, october(1), facts(log(1, 2, 20), void(1, 11)), former).completed_on is None
    assert outcome(harder, october(1), facts(log(1, 11, 20)), former).completed_on is None


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
