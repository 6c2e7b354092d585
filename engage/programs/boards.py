"""What is true of boards: pseudonyms, and which places are shown (SAFETY.md, P8).

Only those who chose it stand on a board, under a name from a word list that is another one in each program; nothing
is shown before TEN of them do; then the top places and one's own, never the last place. What is counted is what the
program counts: its points, else its first challenge.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from random import Random

from engage.errors import Refused
from engage.people.shown_names import QUALITIES
from engage.web.art.chance import Chance

TEN = 10
TOP = 5
OFFERED = 8
IN_A_PROGRAM = 24

# things and no creatures, so that no name of a board is one under which somebody writes (engage/people/shown_names.py)
THING_WORDS = """
    Acorn Anchor Arrow Attic Balloon Bell Bicycle Blanket Boulder Bridge Cactus Canyon Castle Cedar Cloud Comet Compass
    Crater Crystal Drum Echo Feather Fern Fjord Garden Glacier Harbor Island Kettle Kite Lagoon Lantern Lighthouse
    Maple Marble Meadow Meteor Mirror Mountain Ocean Paddle Pebble Pine Planet Prairie Puzzle Rainbow River Rocket Sail
    Shell Snowflake Spiral Star Sunrise Telescope Thunder Trail Tulip Umbrella Valley Violin Volcano Waterfall Whistle
    Willow Window
"""
THINGS = tuple(THING_WORDS.split())


def word_list(program: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The first and second words of one program's names. program: its key."""
    chance = Chance(f"board {program}")
    return _some(QUALITIES, chance), _some(THINGS, chance)


def _some(words: Iterable[str], chance: Chance) -> tuple[str, ...]:
    """As many words as a program has, in an order of its own."""
    left = list(words)
    return tuple(left.pop((chance.byte() << 8 | chance.byte()) % len(left)) for _ in range(IN_A_PROGRAM))


def is_name_of(program: str, name: str) -> bool:
    """Whether a name is made of the program's words."""
    first, second = word_list(program)
    one, _, other = name.partition(" ")
    return one in first and other in second


def offers(program: str, taken: Iterable[str], chance: Random) -> list[str]:
    """Names that are free, to choose from.

    chance: of the system, and never a seed: whoever knew it could tell from a name who was offered it (PRG11).
    taken: names that somebody has.
    """
    gone = set(taken)
    free = [name for name in (f"{one} {other}" for one, other in product(*word_list(program))) if name not in gone]
    return chance.sample(free, min(OFFERED, len(free)))


@dataclass(frozen=True)
class Place:
    """A row of a board. place: from 1, shared by those with the same amount. mine: it is the reader's own."""

    place: int
    name: str
    amount: int
    mine: bool = False


@dataclass(frozen=True)
class Board:
    """What a reader sees of a board. top: the top places. own: the reader's place where it is not among them.

    open: whether enough stand on it. level: everybody has the same, so that there is no top. last: the reader stands
    on it, in a place that is not told.
    """

    top: tuple[Place, ...] = ()
    own: Place | None = None
    open: bool = False
    level: bool = False
    last: bool = False


def board(amounts: Mapping[str, int], own: str = "") -> Board:
    """The board of some names, each with what was counted. own: the reader's own name, "" for none.

    The last place is nobody's: it is neither shown nor told to whoever has it.
    """
    if len(amounts) < TEN:
        return Board()
    rows = sorted(amounts.items(), key=lambda row: (-row[1], row[0]))
    least = rows[-1][1]
    if rows[0][1] == least:
        return Board(open=True, level=True)
    ahead: dict[int, int] = {}
    for place, (_, amount) in enumerate(rows, 1):
        ahead.setdefault(amount, place)
    places = [Place(ahead[amount], name, amount, name == own) for name, amount in rows if amount != least]
    top = tuple(one for one in places if _whole_place_fits(one, places))
    mine = next((one for one in places if one.mine and one not in top), None)
    return Board(top, mine, open=True, last=own in amounts and amounts[own] == least)


def _whole_place_fits(one: Place, places: list[Place]) -> bool:
    """Whether everybody who shares the place stands among the top ones: a place is shown whole or not at all."""
    return sum(other.place <= one.place for other in places) <= TOP


def check_name(program: str, name: str, taken: Iterable[str]) -> None:
    """Refuse a name that is not of the program's words, or that somebody has. Raises Refused."""
    if not is_name_of(program, name):
        raise Refused("Choose one of these names.", about="name")
    if name in set(taken):
        raise Refused(f"Somebody took {name} a moment ago. Choose another one.", about="name")
