"""Every case of PRODUCT.md, section 4, that can be told without a database."""

from datetime import UTC, datetime

from engage import dates
from engage.programs.awards import AtLeast, Done, FromList, Holds, Listed, Points
from engage.programs.facts import Count, DeliveryFact, LogFact
from engage.programs.judging import PointsRule
from engage.programs.rules import MEASURED, Credit, Held
from engage.programs.streaks import StreakRule
from tests.programs.facts import (
    DAYS,
    LISTENING,
    MINUTES,
    PAGES,
    POINT,
    READING,
    SIXTY,
    STOPPED,
    TITLES,
    VIEWING,
    badges,
    challenges,
    counted,
    finish,
    held,
    log,
    noon,
    october,
    program,
    progress,
    total,
    void,
)


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
