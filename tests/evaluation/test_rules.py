"""What may be shown: an attacker who knows the rules, the size of each group and what is shown finds no small cell."""

from collections import defaultdict
from datetime import date
from functools import lru_cache
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engage.dates import Period
from engage.errors import Refused
from engage.evaluation import rules
from engage.evaluation.figures import Part
from engage.evaluation.framework import CRITERIA, PROGRAM, SPECIALIST
from engage.evaluation.indicators import INDICATORS
from engage.evaluation.rules import HIDDEN, Counting, State, Value

Table = tuple[int, ...]
Shown = tuple[Value, tuple[Value, ...]]


def share_shown(parts: Table, wholes: Table, fewest: int) -> Shown:
    """What a report shows of a share with its break-down."""
    named = {str(place): pair for place, pair in enumerate(zip(parts, wholes, strict=True))}
    total = (sum(parts), sum(wholes))
    return rules.share(*total, fewest), tuple(rules.shares(named, total, fewest).values())


def counts_shown(parts: Table, wholes: Table, fewest: int) -> Shown:
    """What a report shows of numbers of people, each out of the same whole, and of their sum."""
    named = {str(place): (part, whole) for place, (part, whole) in enumerate(zip(parts, wholes, strict=True))}
    total, groups = rules.sums(named, fewest)
    return total, tuple(groups.values())


@lru_cache
def by_what_is_shown(shown: object, wholes: Table, fewest: int) -> dict[Shown, list[Table]]:
    """Every table that there can be, by what would be shown of it: all that an attacker can know."""
    tables = defaultdict(list)
    for table in product(*(range(whole + 1) for whole in wholes)):
        tables[shown(table, wholes, fewest)].append(table)  # type: ignore[operator]
    return tables


def test_the_sum_of_programs_less_those_that_are_shown_is_nothing() -> None:
    assert rules.sums({"Owls": (20, 40), "Bats": (3, 40)}, 5) == (Value(20), {"Owls": Value(20), "Bats": HIDDEN})
    assert rules.sums({"Bats": (3, 40)}, 5) == (HIDDEN, {"Bats": HIDDEN})
    everybody = frozenset(range(20))
    programs = [Part("Owls", everybody, frozenset(range(10))), Part("Owls", everybody, frozenset({3}))]
    counted: Any = SimpleNamespace(programs=programs)
    answer = INDICATORS["completion"].ask(counted, 5)
    assert answer.value == Value(50)
    assert {name: value.words("%") for name, value in answer.parts.items()} == {"Owls": "50%", "Owls (2)": "under 25%"}


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=3).map(tuple),
    st.integers(2, 4),
    st.data(),
)
def test_an_attacker_recovers_no_small_group(wholes: Table, fewest: int, data: st.DataObject) -> None:
    parts = tuple(data.draw(st.integers(0, whole)) for whole in wholes)
    same = by_what_is_shown(share_shown, wholes, fewest)[share_shown(parts, wholes, fewest)]
    for place, (part, whole) in enumerate(zip(parts, wholes, strict=True)):
        if part < fewest or whole - part < fewest:
            assert len({table[place] for table in same}) > 1, (parts, wholes, fewest)
    total, of = sum(parts), sum(wholes)
    if total < fewest or of - total < fewest:
        assert len({sum(table) for table in same}) > 1


@settings(max_examples=500, deadline=None)
@given(st.integers(1, 9), st.integers(1, 3), st.integers(2, 4), st.data())
def test_no_small_count_is_recovered_from_a_sum(whole: int, groups: int, fewest: int, data: st.DataObject) -> None:
    parts, wholes = tuple(data.draw(st.integers(0, whole)) for _ in range(groups)), (whole,) * groups
    same = by_what_is_shown(counts_shown, wholes, fewest)[counts_shown(parts, wholes, fewest)]
    for place, part in enumerate(parts):
        if part < fewest or whole - part < fewest:
            assert len({table[place] for table in same}) > 1, (parts, wholes, fewest)


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (42, 50, "84%"),
        (0, 50, "under 10%"),
        (4, 50, "under 10%"),
        (5, 50, "10%"),
        (45, 50, "90%"),
        (46, 50, "over 90%"),
        (50, 50, "over 90%"),
        (53, 50, "over 90%"),
        (20, 1000, "under 5%"),
        (980, 1000, "over 95%"),
        (3, 9, "not shown"),
        (0, 0, "not shown"),
    ],
)
def test_a_share_says_no_more_than_it_may(part: int, whole: int, words: str) -> None:
    assert rules.share(part, whole, 5).words("%") == words


def test_zero_is_hidden_like_one() -> None:
    assert rules.amount(0, 0, 5) == rules.amount(30, 1, 5) == HIDDEN
    assert rules.amount(30, 5, 5).words("minutes") == "30 minutes"
    assert rules.group(48, 50, 5) == HIDDEN
    assert rules.group(45, 50, 5) == Value(45)


def test_the_share_of_acts_needs_people_on_both_sides() -> None:
    assert rules.balance(90, 100, 4, 20, 5) == HIDDEN
    assert rules.balance(90, 100, 20, 4, 5) == HIDDEN
    assert rules.balance(90, 100, 20, 5, 5) == Value(90)
    assert rules.balance(99, 100, 20, 5, 5).words("%") == "over 95%"


def test_a_group_that_is_left_over_hides_the_break_down() -> None:
    parts = {"K-2": (10, 20), "3-5": (10, 20)}
    assert rules.shares(parts, (20, 40), 5) == {"K-2": Value(50), "3-5": Value(50)}
    assert set(rules.shares(parts, (21, 40), 5).values()) == {HIDDEN}


YEAR = Period(date(2026, 8, 1), date(2027, 7, 31))


@pytest.mark.parametrize(
    ("value", "baseline", "on", "state"),
    [
        (90, 70, date(2026, 9, 1), State.MET),
        (80, 70, date(2027, 1, 31), State.TRACK),
        (71, 70, date(2027, 6, 1), State.WORK),
        (70, 70, date(2026, 8, 1), State.TRACK),
        (None, 70, date(2027, 1, 1), State.WORK),
        (50, None, date(2027, 1, 31), State.TRACK),
    ],
)
def test_an_objective_is_on_the_way_when_it_keeps_up_with_the_year(
    value: float | None, baseline: float | None, on: date, state: State
) -> None:
    assert rules.progress(value, baseline, 90, False, YEAR, YEAR.ends, on) is state


def test_less_is_better_for_some() -> None:
    assert rules.progress(3, 12, 3, True, YEAR, YEAR.ends, date(2026, 9, 1)) is State.MET
    assert rules.progress(11, 12, 3, True, YEAR, YEAR.ends, date(2027, 6, 1)) is State.WORK


def test_an_objective_can_be_followed() -> None:
    rules.check_objective("Every student takes part", 90, YEAR.ends, YEAR)
    for title, target, due, about in (
        (" ", 90.0, YEAR.ends, "title"),
        ("Reach", float("nan"), YEAR.ends, "target"),
        ("Reach", -1.0, YEAR.ends, "target"),
        ("Reach", 90.0, date(2027, 8, 1), "due_on"),
    ):
        with pytest.raises(Refused) as refused:
            rules.check_objective(title, target, due, YEAR)
        assert refused.value.about == about


@pytest.mark.parametrize("baseline", [float("nan"), float("inf"), -1.0])
def test_where_an_objective_begins_is_a_number_that_can_be_drawn(baseline: float) -> None:
    with pytest.raises(Refused) as refused:
        rules.check_objective("Reach", 90, YEAR.ends, YEAR, baseline)
    assert refused.value.about == "baseline"


def test_a_share_is_no_more_than_all() -> None:
    rules.check_objective("Reach", 100, YEAR.ends, YEAR, 100, "%")
    rules.check_objective("Titles", 180, YEAR.ends, YEAR, 120, "titles")
    for target, baseline, about in ((101, None, "target"), (100, 120, "baseline")):
        with pytest.raises(Refused) as refused:
            rules.check_objective("Reach", target, YEAR.ends, YEAR, baseline, "%")
        assert refused.value.about == about


def test_a_cycle_is_named_after_its_days() -> None:
    assert rules.slug_of(YEAR, 8) == "2026-27"
    assert rules.slug_of(Period(date(2026, 8, 1), date(2026, 12, 20)), 8) == "2026-08-to-2026-12"
    assert rules.so_far(YEAR, date(2026, 11, 25)) == Period(YEAR.starts, date(2026, 11, 25))
    assert rules.so_far(YEAR, date(2028, 1, 1)) == YEAR
    assert rules.weeks_of(Period(date(2026, 8, 1), date(2026, 8, 10)))[0] == date(2026, 7, 27)


def test_the_framework_has_six_criteria_of_the_program_and_twenty_of_the_specialist() -> None:
    assert (len(PROGRAM), len(SPECIALIST), len(CRITERIA)) == (6, 20, 26)
    kinds = [criterion.counting for criterion in CRITERIA.values()]
    assert (kinds.count(Counting.RECORD), kinds.count(Counting.PARTLY)) == (4, 5)
    for criterion in CRITERIA.values():
        assert set(criterion.indicators) <= set(INDICATORS)
        assert all(criterion.levels)
        assert not (criterion.counting is Counting.RECORD and criterion.indicators)
