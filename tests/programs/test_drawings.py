"""Lots are drawn by a frozen list and a seed: repeatable by anybody, by tickets, each at most once (rule 22)."""

import hashlib
from collections import Counter
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.errors import Refused
from engage.programs.drawings import Ticket, check_winners, draw, hash_of, note_of

LOTS = st.lists(st.integers(1, 9), min_size=1, max_size=12).map(
    lambda tickets: [Ticket(number, each) for number, each in enumerate(tickets, 1)]
)
SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)
MANY = 6_000


def by_hand(lots: list[Ticket], winners: int, seed: str) -> list[int]:
    """The same again, as the page tells it: every ticket is a slip of paper with a number on it."""
    slips = [lot.number for lot in sorted(lots, key=lambda lot: lot.number) for _ in range(lot.tickets)]
    won: list[int] = []
    counter = 1
    while slips and len(won) < winners:
        value = int(hashlib.sha256(f"{seed}:{counter}".encode()).hexdigest(), 16)
        counter += 1
        if value < 2**256 // len(slips) * len(slips):
            won.append(slips[value % len(slips)])
            slips = [number for number in slips if number != won[-1]]
    return won


@given(LOTS, st.integers(1, 15), SEEDS)
def test_rule_22_anybody_repeats_a_drawing_from_the_list_and_the_seed(lots, winners, seed):
    assert list(draw(lots, winners, seed)) == by_hand(lots, winners, seed)
    assert draw(lots, winners, seed) == draw(reversed(lots), winners, seed)


@given(LOTS, st.integers(1, 15), SEEDS)
def test_rule_22_nobody_wins_twice_and_everybody_wins_where_there_are_too_few(lots, winners, seed):
    won = draw(lots, winners, seed)
    assert len(won) == len(set(won)) == min(winners, len(lots))
    assert set(won) <= {lot.number for lot in lots}
    if winners >= len(lots):
        assert set(won) == {lot.number for lot in lots}


@given(LOTS, st.integers(2, 12), SEEDS)
def test_more_winners_do_not_change_who_won_before(lots, winners, seed):
    assert draw(lots, winners, seed)[: winners - 1] == draw(lots, winners - 1, seed)


def shares(lots: list[Ticket], place: int = 0, winners: int = 1) -> dict[int, float]:
    """How often each number had a place, over many seeds."""
    found = Counter(draw(lots, winners, f"{seed:064x}")[place] for seed in range(MANY))
    return {number: found[number] / MANY for number in (lot.number for lot in lots)}


def is_about(share: float, expected: float) -> bool:
    """Whether a share of MANY draws lies within five standard deviations."""
    return abs(share - expected) < 5 * sqrt(expected * (1 - expected) / MANY)


def test_rule_22_equal_tickets_win_equally_often_at_every_place():
    lots = [Ticket(number, 1) for number in range(1, 8)]
    for place in range(3):
        assert all(is_about(share, 1 / 7) for share in shares(lots, place, 3).values())


def test_rule_22_a_person_wins_by_the_number_of_tickets():
    lots = [Ticket(1, 1), Ticket(2, 2), Ticket(3, 7)]
    found = shares(lots)
    assert all(is_about(found[number], expected) for number, expected in ((1, 0.1), (2, 0.2), (3, 0.7)))


def test_what_is_left_of_the_tickets_decides_the_second_place():
    """With 1, 2 and 7 tickets, the second place falls to the last with 1/10 * 7/9 + 2/10 * 7/8."""
    lots = [Ticket(1, 1), Ticket(2, 2), Ticket(3, 7)]
    found = shares(lots, 1, 2)
    assert is_about(found[3], 1 / 10 * 7 / 9 + 2 / 10 * 7 / 8)
    assert is_about(found[1], 2 / 10 * 1 / 8 + 7 / 10 * 1 / 3)


def test_the_hash_of_a_seed_is_what_sha256sum_says():
    assert hash_of("ab") == "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603"


def test_a_drawing_once_published_gives_the_same_numbers_for_ever():
    lots = [Ticket(number, number) for number in range(1, 11)]
    assert draw(lots, 4, "00" * 32) == tuple(by_hand(lots, 4, "00" * 32)) == (8, 10, 9, 4)


def test_a_drawing_has_a_winner_and_no_more_than_there_are_prizes():
    check_winners(3, 3)
    check_winners(100)
    for winners, left in ((0, None), (101, None), (-1, None), (3, 2)):
        with pytest.raises(Refused):
            check_winners(winners, left)


def test_a_note_says_when_there_were_too_few():
    assert note_of(3, 3) == ""
    assert note_of(2, 3) == "3 winners were wanted; 2 could win and all won."
    assert note_of(1, 2) == "2 winners were wanted; 1 person could win and won."
