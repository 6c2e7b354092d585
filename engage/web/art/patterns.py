"""Six printed patterns that fill a whole jacket, four cells wide."""

import math
from collections.abc import Iterator

from engage.web.art.field import Field
from engage.web.art.shapes import (
    across,
    arc,
    circle,
    close,
    cut,
    drop,
    half,
    hop,
    leaf,
    polygon,
    slide,
    star,
    start,
    to,
)

CELLS = 4


def _cells(field: Field) -> Iterator[tuple[bool, float, float, float]]:
    size = field.width / CELLS
    for row in range(math.ceil(field.height / size)):
        for column in range(CELLS):
            yield (row + column) % 2 == 0, column * size, row * size, size


def _corners(x: float, y: float, size: float) -> list[tuple[float, float]]:
    return [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]


def quarters(field: Field) -> str:
    """Quarter rounds, each turned by chance."""
    ink, drawn = field.ink, ""
    for _, x, y, size in _cells(field):
        colour = field.chance.pick((ink.big, ink.accent, ink.ground))
        turn = field.chance.byte() % 4
        corners = _corners(x, y, size)
        hub, first, last = corners[turn], corners[(turn + 1) % 4], corners[turn - 1]
        drawn += cut(colour, start(*hub), to(*first), arc(size, size, *last), close)
    return drawn


def scallops(field: Field) -> str:
    """Fish scales; each row covers the lower half of the one above, so half rounds are enough."""
    ink = field.ink
    radius = field.width / CELLS / 2
    colours = field.chance.pick(
        ((ink.big, ink.accent, ink.ground), (ink.ground, ink.big, ink.ground, ink.accent), (ink.accent, ink.big))
    )
    drawn, y, row = "", -radius, 0
    while y < field.height + radius:
        x = -radius if row % 2 else 0
        for share, colour in ((0.98, ink.field), (0.8, colours[row % len(colours)]), (0.4, ink.field)):
            inner = radius * share
            scales = (hop(inner, inner, 2 * inner) + slide(2 * (radius - inner))) * (CELLS + 1)
            skirt = (drop(radius), across(x)) if share == 0.98 else ()
            drawn += cut(colour, start(x + radius - inner, y + radius), scales, *skirt, close)
        y += radius
        row += 1
    return drawn


def leaves(field: Field) -> str:
    """Leaves that point to and fro."""
    ink, drawn = field.ink, ""
    for even, x, y, size in _cells(field):
        colour = field.chance.pick((ink.big, ink.big, ink.accent, ink.ground))
        stalk, degrees = (x, 45) if even else (x + size, 135)
        drawn += leaf(stalk, y, size * 1.414, size * 0.66, degrees, colour)
    return drawn


def triangles(field: Field) -> str:
    """Half squares, each cut another way."""
    ink, drawn = field.ink, ""
    for _, x, y, size in _cells(field):
        colour = field.chance.pick((ink.big, ink.accent, ink.ground))
        turn = field.chance.byte() % 4
        corners = _corners(x, y, size)
        drawn += polygon([corners[(turn + step) % 4] for step in range(3)], colour)
    return drawn


def discs(field: Field) -> str:
    """Discs, whole, ringed, halved and two-coloured."""
    ink, drawn = field.ink, ""
    colours = (ink.big, ink.accent, ink.ground)
    for _, left, upper, size in _cells(field):
        x, y, radius = left + size / 2, upper + size / 2, size * 0.42
        kind = field.chance.byte() % 4
        first, second = field.chance.pick(colours), field.chance.pick(colours)
        if kind == 0:
            drawn += circle(x, y, radius, first)
        elif kind == 1:
            drawn += half(x, y, radius, first) + half(x, y, radius, second, up=False)
        elif kind == 2:
            drawn += circle(x, y, radius, first) + circle(x, y, radius * 0.5, ink.field)
        else:
            drawn += cut(first, start(x, y - radius), arc(radius, radius, x, y + radius), close)
    return drawn


def stars(field: Field) -> str:
    """Four-rayed stars with a dot between any two."""
    ink, drawn = field.ink, ""
    for even, left, upper, size in _cells(field):
        x, y = left + size / 2, upper + size / 2
        colour = field.chance.pick((ink.big, ink.big, ink.accent, ink.words))
        if even:
            drawn += star(x, y, size * 0.46, colour, 4, 0.36)
        else:
            drawn += circle(x, y, size * 0.2, field.chance.pick((ink.big, ink.middle, ink.accent)))
    return drawn
