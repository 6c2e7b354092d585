"""Lots are drawn: a pure function of a frozen list and a seed, which anybody can repeat (PRODUCT.md, 4, rule 22).

STEPS says how it goes, so that others can do it with any program for SHA-256.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engage.errors import Refused

SEED_DIGITS = 64
SPACE = 1 << 256
MOST_WINNERS = 100
STEPS = (
    "The list is frozen: each person is a number with so many tickets. The seed is made at that moment by chance, 64 "
    "hexadecimal digits. Its SHA-256 is shown with the list, the seed itself only once it was drawn.",
    "A counter begins at 1. The SHA-256 of the seed, a colon and the counter, as in “ab12:1”, read as a number of 256 "
    "bits, is what is drawn with. The counter rises by one each time.",
    "All tickets of those who have not won yet, added up, are T. A number so large that it is not below the largest "
    "multiple of T within 2 to the power of 256 is passed over, so that each ticket is as good as another.",
    "The remainder of the number divided by T says how many tickets to count past, down the list in the order of its "
    "numbers. Whoever holds the next ticket wins, and leaves the list with all tickets.",
    "So on from the second step, until there are as many winners as wanted, or nobody is left.",
)
MOST_TICKETS = 1_000_000


@dataclass(frozen=True)
class Ticket:
    """One place on the frozen list. number: on the list, from 1; tickets: 1 or more."""

    number: int
    tickets: int


def draw(lots: Iterable[Ticket], winners: int, seed: str) -> tuple[int, ...]:
    """The numbers that win, the first place first; each at most once, and everybody where there are fewer than places.

    Only the numbers and tickets decide, not the order in which they are given. winners: places, 1 or more.
    """
    left = sorted(lots, key=lambda lot: lot.number)
    won: list[int] = []
    counter = 0
    while left and len(won) < winners:
        total = sum(lot.tickets for lot in left)
        value = SPACE
        while value >= SPACE - SPACE % total:
            counter += 1
            value = int.from_bytes(hashlib.sha256(f"{seed}:{counter}".encode()).digest())
        place = _holder(left, value % total)
        won.append(left.pop(place).number)
    return tuple(won)


def _holder(left: Sequence[Ticket], past: int) -> int:
    """Where on the list the ticket lies that comes after so many."""
    for place, lot in enumerate(left):
        past -= lot.tickets
        if past < 0:
            return place
    raise ValueError("more tickets counted past than there are")


def hash_of(seed: str) -> str:
    """What is shown of a seed before it is used."""
    return hashlib.sha256(seed.encode()).hexdigest()


def note_of(eligible: int, winners: int) -> str:
    """What was unusual: "3 winners were wanted; 2 could win and all won." Nothing where there were enough."""
    if eligible >= winners:
        return ""
    could = "1 person could win and won" if eligible == 1 else f"{eligible} could win and all won"
    return f"{winners} winners were wanted; {could}."


def check_winners(winners: int, left: int | None = None) -> None:
    """Refuse a drawing without a winner, or with more than there are prizes. left: prizes, None without end.

    Raises Refused.
    """
    if not 1 <= winners <= MOST_WINNERS:
        raise Refused(f"Say how many win, from 1 to {MOST_WINNERS}.", about="winners")
    if left is not None and winners > left:
        raise Refused(f"Only {left} of this prize {'is' if left == 1 else 'are'} left.", about="winners")
