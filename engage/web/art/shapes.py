"""Cut paper: the flat shapes every picture is made of, as pieces of SVG text.

A path is written as steps: `cut(colour, start(0, 0), to(10, 0), arc(5, 5, 0, 0), close)`. Lengths are units of the
drawing. Sweep 1 turns clockwise.
"""

import math
from collections.abc import Iterable

Point = tuple[float, float]

close = "z"
# a decoration: everything on it is said in the text beside it
HIDDEN = 'aria-hidden="true" focusable="false"'


def number(value: float) -> str:
    """A length as SVG wants it, to a tenth of a unit."""
    return f"{value:.1f}".removesuffix(".0")


def start(x: float, y: float) -> str:
    """Put the scissors down here."""
    return f"M{number(x)} {number(y)}"


def to(x: float, y: float) -> str:
    """Straight to a point."""
    return f"L{number(x)} {number(y)}"


def across(x: float) -> str:
    """Level, to x."""
    return f"H{number(x)}"


def down(y: float) -> str:
    """Upright, to y."""
    return f"V{number(y)}"


def arc(rx: float, ry: float, x: float, y: float, sweep: int = 1, large: int = 0) -> str:
    """Round to a point, on an ellipse of these radii."""
    return f"A{number(rx)} {number(ry)} 0 {large} {sweep} {number(x)} {number(y)}"


def hop(rx: float, ry: float, dx: float, sweep: int = 1) -> str:
    """Half round to the point dx to the right on the same level."""
    return f"a{number(rx)} {number(ry)} 0 0 {sweep} {number(dx)} 0"


def bend(via_x: float, via_y: float, x: float, y: float) -> str:
    """Bow to a point."""
    return f"Q{number(via_x)} {number(via_y)} {number(x)} {number(y)}"


def glide(x: float, y: float) -> str:
    """Carry the last bow on to a point."""
    return f"T{number(x)} {number(y)}"


def curve(x1: float, y1: float, x2: float, y2: float, x: float, y: float) -> str:
    """Swing to a point with two handles."""
    return f"C{number(x1)} {number(y1)} {number(x2)} {number(y2)} {number(x)} {number(y)}"


def shift(dx: float, dy: float) -> str:
    """Straight on by so much."""
    return f"l{number(dx)} {number(dy)}"


def slide(dx: float) -> str:
    """Level on by so much."""
    return f"h{number(dx)}"


def drop(dy: float) -> str:
    """Upright on by so much."""
    return f"v{number(dy)}"


def cut(colour: str, *steps: str, more: str = "") -> str:
    """A shape in one colour. more: further attributes, with a space before them."""
    return f'<path fill="{colour}" d="{"".join(steps)}"{more}/>'


def trace(colour: str, width: float, *steps: str) -> str:
    """A line of one colour and width."""
    return f'<path fill="none" stroke="{colour}" stroke-width="{number(width)}" d="{"".join(steps)}"/>'


def rectangle(x: float, y: float, width: float, height: float, colour: str) -> str:
    """An upright rectangle from its upper left corner."""
    return cut(colour, start(x, y), slide(width), drop(height), slide(-width), close)


def circle(x: float, y: float, radius: float, colour: str) -> str:
    """A disc round its centre."""
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" fill="{colour}"/>'


def polygon(points: Iterable[Point], colour: str) -> str:
    """A shape with straight sides."""
    return cut(colour, "M", "L".join(f"{number(x)} {number(y)}" for x, y in points), close)


def half(x: float, y: float, radius: float, colour: str, up: bool = True) -> str:
    """Half a disc standing on, or hanging from, the level of y."""
    return cut(colour, start(x - radius, y), hop(radius, radius, 2 * radius, 1 if up else 0), close)


def leaf(x: float, y: float, length: float, width: float, degrees: float, colour: str) -> str:
    """A leaf from its stalk at x, y, pointing at so many degrees (0 is right, 90 is down)."""
    angle = math.radians(degrees)
    tip_x, tip_y = x + length * math.cos(angle), y + length * math.sin(angle)
    radius = (length * length / 4 + width * width / 4) / width
    return cut(colour, start(x, y), arc(radius, radius, tip_x, tip_y), arc(radius, radius, x, y), close)


def star(x: float, y: float, radius: float, colour: str, rays: int = 4, inner: float = 0.32) -> str:
    """A star; inner: where its notches lie, as a share of the radius."""
    points = []
    for at in range(rays * 2):
        reach = radius if at % 2 == 0 else radius * inner
        angle = math.pi * at / rays - math.pi / 2
        points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return polygon(points, colour)
