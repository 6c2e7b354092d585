"""Rows of days, school days and weeks."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.errors import Refused
from engage.programs.rules import StreakUnit
from engage.programs.streaks import Streak, StreakRule, check_grace, rests_left, streak
from tests.programs.facts import october

# 5 October 2026 is a Monday
STRICT = StreakRule(grace=0)
SCHOOL_DAYS = StreakRule(StreakUnit.SCHOOL_DAY, grace=0)
WEEKS = StreakRule(StreakUnit.WEEK)


def row(*days, rule=STRICT):
    return streak([october(day) for day in days], rule)


def test_nobody_has_a_row_before_the_first_day():
    assert row() == Streak()
    assert row().on(october(1)) == 0


def test_days_in_a_row_are_counted_and_the_longest_is_kept():
    assert row(5, 6, 7).length == 3
    broken = row(5, 6, 7, 10, 11)
    assert (broken.length, broken.longest, broken.last_on) == (2, 3, october(11))


def test_a_row_lives_until_the_end_of_the_next_day():
    lives = row(5, 6)
    assert lives.alive_until == october(7)
    assert [lives.on(october(day)) for day in (6, 7, 8)] == [2, 2, 0]


def test_a_rest_day_bridges_a_gap_and_adds_no_length():
    rested = row(5, 6, 8, rule=StreakRule(grace=1))
    assert (rested.length, rested.rests) == (3, (october(7),))
    assert rested.alive_until == october(9)  # the week's rest day is spent
    assert row(5, 6, 9, rule=StreakRule(grace=1)).length == 1
    assert row(5, 6, 9, rule=StreakRule(grace=2)).length == 3


def test_each_week_has_its_own_rest_days():
    rested = row(10, 12, 14, rule=StreakRule(grace=1))  # Saturday, Monday, Wednesday
    assert rested.length == 3
    assert rested.rests == (october(11), october(13))
    assert row(9, 12, rule=StreakRule(grace=1)).length == 1  # two missed days in one week


def test_a_row_with_rest_days_left_lives_on():
    rule = StreakRule(grace=1)
    lives = row(5, 6, rule=rule)
    assert lives.alive_until == october(8)
    assert [rests_left(lives, rule, october(day)) for day in (6, 7, 8)] == [1, 1, 0]
    assert rests_left(lives, rule, october(12)) == 1
    assert rests_left(Streak(), rule, october(6)) == 0


def test_a_backdated_entry_repairs_a_row():
    assert row(5, 6, 8, 9).length == 2
    assert row(5, 6, 8, 9, 7).length == 5


def test_days_off_neither_extend_nor_break_a_row_of_school_days():
    assert row(8, 9, 12, rule=SCHOOL_DAYS).length == 3  # over a weekend
    assert row(8, 9, 10, 11, 12, rule=SCHOOL_DAYS).length == 3  # reading at the weekend adds nothing
    holiday = StreakRule(StreakUnit.SCHOOL_DAY, grace=0, off=frozenset({october(12), october(13)}))
    assert row(9, 14, rule=holiday).length == 2
    assert row(9, 14, rule=SCHOOL_DAYS).length == 1
    assert row(9, rule=holiday).alive_until == october(14)
    assert row(10, 11, rule=SCHOOL_DAYS) == Streak()


def test_a_day_off_rests_a_row_of_days_and_reading_on_it_counts():
    holiday = StreakRule(grace=0, off=frozenset({october(7)}))
    assert row(6, 8, rule=holiday).length == 2
    assert row(6, 7, 8, rule=holiday).length == 3


def test_weeks_in_a_row():
    assert row(5, 18, 19, rule=WEEKS).length == 3  # weeks of the 5th, 12th and 19th
    assert row(5, 19, rule=WEEKS).length == 1
    assert row(5, rule=WEEKS).alive_until == october(18)
    closed = StreakRule(StreakUnit.WEEK, off=frozenset(october(day) for day in range(12, 17)))
    assert row(5, 19, rule=closed).length == 2  # a week without school rests
    assert row(5, 15, 19, rule=closed).length == 3


def test_the_night_of_the_clock_change_and_midnight_do_not_break_a_row():
    """Rows look at dates alone: 1 November 2026 has 25 hours in New York."""
    assert row(31, 32, 33).length == 3


def test_a_row_over_the_end_of_the_year_and_a_leap_day():
    days = [date(2027, 12, 30) + timedelta(days=number) for number in range(70)]
    assert streak(days, STRICT).length == 70


def test_grace_leaves_something_of_a_week():
    check_grace(0)
    check_grace(4)
    for grace in (-1, 5):
        with pytest.raises(Refused):
            check_grace(grace)


october_days = st.lists(st.integers(1, 60).map(october), min_size=1, max_size=40)
streak_rules = st.builds(
    StreakRule,
    st.sampled_from(StreakUnit),
    st.integers(0, 4),
    st.frozensets(st.integers(1, 60).map(october), max_size=12),
)


@given(october_days, streak_rules, st.randoms(use_true_random=False))
def test_a_row_does_not_depend_on_the_order_of_its_days(days, rule, random):
    before = streak(days, rule)
    random.shuffle(days)
    assert streak(days, rule) == before


@given(october_days, streak_rules, st.integers(1, 60).map(october))
def test_one_more_day_never_shortens_a_row(days, rule, more):
    before, after = streak(days, rule), streak([*days, more], rule)
    assert after.longest >= before.longest
    if before.last_on == after.last_on:
        assert after.length >= before.length


@given(october_days, st.integers(0, 3))
def test_a_row_is_what_its_definition_says(days, grace):
    """Against a slow count over every stretch: no week of it misses more than its rest days."""

    def holds(first, last):
        missed = {}
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if day not in done:
                week = day - timedelta(days=day.weekday())
                missed[week] = missed.get(week, 0) + 1
        return all(number <= grace for number in missed.values())

    done = set(days)
    rows = [
        (sum(first <= day <= last for day in done), last)
        for first in done
        for last in done
        if first <= last and holds(first, last)
    ]
    found = streak(days, StreakRule(grace=grace))
    assert found.longest == max(length for length, _ in rows)
    assert found.length == max(length for length, last in rows if last == max(done))


@given(october_days, streak_rules)
def test_logging_on_the_last_day_of_life_adds_to_the_row(days, rule):
    before = streak(days, rule)
    if before.alive_until is not None and before.length:
        after = streak([*days, before.alive_until], rule)
        assert after.length > before.length or after.last_on == before.last_on
        later = streak([*days, before.alive_until + timedelta(days=1)], rule)
        assert later.last_on == before.last_on or later.length <= before.length
