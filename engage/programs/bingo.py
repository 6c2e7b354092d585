"""Bingo cards: how one is stored with its challenge, what one may look like, and which lines it has."""

import json
from collections.abc import Mapping
from typing import Any

from engage.errors import Refused
from engage.programs.awards import Card, FromList, InARow, OwnAmount, Shared, Square, parts_of, plain_rule, rule_from

SIZES = (3, 4, 5)
FREE = "Free"
BLACKOUT = "blackout"
LINES = "lines"


def lines_of(size: int) -> list[tuple[int, ...]]:
    """The places of each line of a card: its rows, its columns, both diagonals."""
    across = [tuple(range(row * size, (row + 1) * size)) for row in range(size)]
    down = [tuple(range(column, size * size, size)) for column in range(size)]
    return [*across, *down, tuple(range(0, size * size, size + 1)), tuple(range(size - 1, size * size - 1, size - 1))]


def read_card(details: str, goal: int) -> Card:
    """A card from Challenge.details and Challenge.goal. Raises Refused where it is none.

    For a blackout, the goal is all squares but the free one, whatever the column says.
    """
    try:
        plain = json.loads(details)
    except ValueError:
        raise Refused("This bingo card cannot be read.", about="squares") from None
    if not isinstance(plain, Mapping) or not isinstance(plain.get("squares"), list):
        raise Refused("A bingo card needs squares.", about="squares")
    squares = tuple(_square(each) for each in plain["squares"])
    blackout = plain.get("wants") == BLACKOUT
    card = Card(int(plain.get("size") or 0), squares, goal, blackout)
    if blackout:
        card = Card(card.size, squares, sum(square.rule is not None for square in squares), True)
    check_card(card)
    return card


def _square(plain: Any) -> Square:
    if not isinstance(plain, Mapping):
        raise Refused("A bingo card needs squares.", about="squares")
    rule = rule_from(plain["rule"]) if plain.get("rule") is not None else None
    return Square(str(plain.get("title") or ""), rule)


def write_card(card: Card) -> str:
    """A card as Challenge.details keeps it; its goal stands in the column."""
    return json.dumps(
        {
            "size": card.size,
            "free": any(square.rule is None for square in card.squares),
            "wants": BLACKOUT if card.blackout else LINES,
            "squares": [
                {"title": square.title} | ({"rule": plain_rule(square.rule)} if square.rule is not None else {})
                for square in card.squares
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def check_card(card: Card) -> None:
    """Refuse a card that nobody could play. Raises Refused."""
    if card.size not in SIZES:
        raise Refused("A bingo card has 3, 4 or 5 squares a side.", about="size")
    if len(card.squares) != card.size**2:
        raise Refused(f"A card of {card.size} by {card.size} has {card.size**2} squares.", about="squares")
    centre = len(card.squares) // 2 if card.size % 2 else None
    for place, square in enumerate(card.squares):
        if not square.title.strip():
            raise Refused(f"Square {place + 1} has no words.", about="squares")
        if square.rule is None and place != centre:
            raise Refused("Only the middle of a card with an odd number of squares a side is free.", about="squares")
        if square.rule is not None and any(
            isinstance(part, Card | FromList | InARow | OwnAmount | Shared) for part in parts_of(square.rule)
        ):
            raise Refused(f"Square {place + 1} holds something that is no award rule.", about="squares")
    if not card.blackout and not 1 <= card.goal <= len(lines_of(card.size)):
        raise Refused(f"A card of this size has {len(lines_of(card.size))} lines.", about="goal")
