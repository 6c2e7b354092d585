"""The sheet a picture is printed on, and the night sky that several pictures share."""

from dataclasses import dataclass

from engage.web.art import shapes
from engage.web.art.chance import Chance
from engage.web.art.inks import Ink

TRIES = 90


@dataclass(frozen=True)
class Field:
    """A sheet of width by height units; above `top` it stays flat, for words."""

    width: float
    height: float
    top: float
    ink: Ink
    chance: Chance

    @property
    def zone(self) -> float:
        """How high the picture below the words is."""
        return self.height - self.top

    @property
    def short(self) -> float:
        """The shorter side."""
        return min(self.width, self.height)

    @property
    def upright(self) -> bool:
        """Whether the sheet is at most a little wider than high."""
        return self.width <= self.height * 1.2


def stars(
    field: Field,
    size: float,
    lowest: float,
    count: int,
    clear: tuple[float, float, float] | None = None,
    figure: bool = False,
) -> str:
    """Scattered stars from the top of the zone down to `lowest`, no two close together.

    size: the length that stars and their distances are shares of.
    clear: x, y and radius of a disc that stays free. figure: leave room below the stars for somebody standing there.
    """
    chance, ink = field.chance, field.ink
    placed: list[shapes.Point] = []
    drawn = []
    aside = chance.stands is not None
    for _ in range(TRIES):
        if len(placed) == count:
            break
        x = chance.between(0.6 if aside else 0.05, 0.95) * field.width
        y = chance.between(field.top, lowest)
        if any(_near(x, y, other_x, other_y, size * 0.13) for other_x, other_y in placed):
            continue
        if figure and aside and y > field.height * 0.45 and x < field.width * 0.74:
            continue
        if clear and _near(x, y, clear[0], clear[1], clear[2] * 1.25):
            continue
        placed.append((x, y))
        bright = chance.byte() % 3 == 0
        radius, colour = (0.045, ink.words) if bright else (0.022, ink.big)
        drawn.append(shapes.star(x, y, size * radius, colour, 4, 0.3))
    return "".join(drawn)


def _near(x: float, y: float, other_x: float, other_y: float, distance: float) -> bool:
    return (x - other_x) ** 2 + (y - other_y) ** 2 < distance**2
