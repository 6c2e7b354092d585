"""Boards by SAFETY.md, P8: a sentence of it, a test."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.errors import Refused
from engage.people import shown_names
from engage.programs.boards import OFFERED, TEN, THINGS, TOP, board, check_name, is_name_of, offers, word_list

AMOUNTS = st.lists(st.integers(0, 30), min_size=1, max_size=40).map(
    lambda numbers: {f"Name {place}": number for place, number in enumerate(numbers)}
)


def named(*amounts: int) -> dict[str, int]:
    return {f"Name {place}": amount for place, amount in enumerate(amounts)}


def test_p8_nothing_is_shown_before_ten_stand_on_it():
    nine = board(named(*range(1, TEN)), "Name 3")
    assert (nine.open, nine.top, nine.own) == (False, (), None)
    assert board(named(*range(TEN)), "Name 3").open


def test_p8_the_top_places_and_ones_own_only():
    shown = board(named(*range(20)), "Name 4")
    assert [one.place for one in shown.top] == [1, 2, 3, 4, 5]
    assert shown.own is not None
    assert (shown.own.place, shown.own.name, shown.own.amount) == (16, "Name 4", 4)
    assert board(named(*range(20))).own is None


def test_p8_the_last_place_is_never_told_not_even_to_whoever_has_it():
    shown = board(named(*range(20)), "Name 0")
    assert shown.own is None
    assert shown.last


def test_a_place_is_shown_whole_or_not_at_all():
    shown = board(named(9, 8, 8, 7, 7, 7, 1, 0, 0, 0))
    assert [(one.place, one.amount) for one in shown.top] == [(1, 9), (2, 8), (2, 8)]
    assert board(named(*[5] * 12)).level


@given(AMOUNTS, st.integers(0, 40))
def test_p8_holds_for_any_board(amounts, who):
    own = f"Name {who}"
    shown = board(amounts, own)
    least = min(amounts.values())
    rows = [*shown.top, *([shown.own] if shown.own else [])]
    assert len(shown.top) <= TOP
    assert all(row.amount > least for row in rows)
    assert all(row.place == 1 + sum(amount > row.amount for amount in amounts.values()) for row in rows)
    assert {row.name for row in rows if row.mine} <= {own}
    assert not rows or len(amounts) >= TEN
    if shown.open and own in amounts:
        assert shown.level or shown.last or any(row.mine for row in rows)


def test_p8_the_word_list_changes_with_each_program():
    one, other = word_list("0000000000001"), word_list("0000000000002")
    assert one == word_list("0000000000001")
    assert set(one[0]) != set(other[0])
    assert set(one[1]) != set(other[1])
    assert all(len(words) == len(set(words)) == 24 for words in (*one, *other))


def test_names_are_of_the_programs_list_free_and_not_told_from_the_person():
    key = "0000000000001"
    names = offers(key, [], Random(1))
    assert len(set(names)) == OFFERED
    assert all(is_name_of(key, name) for name in names)
    assert not set(offers(key, names, Random(1))) & set(names)
    assert offers(key, [], Random(2)) != names


def test_a_name_that_is_taken_or_ones_own_words_are_refused():
    key = "0000000000001"
    name = offers(key, [], Random(1))[0]
    check_name(key, name, [])
    for wrong, taken in ((name, [name]), ("Sam Rivera", []), ("", []), (f"{name} ", []), (name.lower(), [])):
        with pytest.raises(Refused):
            check_name(key, wrong, taken)


def test_no_name_of_a_board_is_one_under_which_somebody_writes():
    assert not set(THINGS) & set(shown_names.CREATURES)
    assert not shown_names.is_given(offers("any", [], Random(1))[0])
