"""Scenes of things: building blocks, a row of books, a record, a projector."""

import math

from engage.web.art.field import Field
from engage.web.art.inks import mix
from engage.web.art.shapes import (
    arc,
    circle,
    close,
    cut,
    down,
    hop,
    polygon,
    rectangle,
    start,
)


def blocks(field: Field) -> str:
    """Towers of building blocks, a different colour on each other."""
    ink, chance = field.ink, field.chance
    towers = 3 if field.width <= field.height else 6
    wide = field.width / towers
    rows = max(2, int(field.zone // wide))
    high = field.zone / rows
    colours = (ink.big, ink.accent, ink.ground, ink.middle)
    drawn = ""
    for tower in range(towers):
        floors = rows if tower % 2 else rows - chance.byte() % 2
        below = ""
        for floor in range(floors):
            x, y = tower * wide, field.height - (floor + 1) * high
            colour = chance.pick([other for other in colours if other != below])
            below = colour
            kind = chance.byte() % 5
            draw = _roof if floor == floors - 1 else _block
            drawn += draw(field, kind, x, y, wide, high, colour)
    return drawn


def _roof(field: Field, kind: int, x: float, y: float, wide: float, high: float, colour: str) -> str:
    foot = y + high
    if kind % 3 == 0:
        return polygon([(x, foot), (x + wide, foot), (x + wide / 2, y + high * 0.12)], colour)
    if kind % 3 == 1:
        return cut(colour, start(x, foot), arc(wide / 2, high * 0.8, x + wide, foot), close)
    return circle(x + wide / 2, foot - wide * 0.4, wide * 0.4, colour)


def _block(field: Field, kind: int, x: float, y: float, wide: float, high: float, colour: str) -> str:
    foot = y + high
    whole = rectangle(x, y, wide, high + 0.4, colour)
    if kind == 0:
        lintel = y + high * 0.55
        vault = hop(wide * 0.3, high * 0.34, wide * 0.6)
        gate = (start(x + wide * 0.2, foot + 0.4), down(lintel), vault, down(foot + 0.4), close)
        return whole + cut(field.ink.field, *gate)
    if kind == 4:
        return whole
    choices = (field.ink.big, field.ink.accent, field.ink.ground)
    other = field.chance.pick([choice for choice in choices if choice != colour])
    if kind == 1:
        return whole + circle(x + wide / 2, y + high / 2, min(wide, high) * 0.3, other)
    if kind == 2:
        lower = rectangle(x, y + high / 2, wide, high / 2 + 0.4, other)
        return rectangle(x, y, wide, high / 2, colour) + lower
    quarter = (start(x, foot), arc(wide, high, x + wide, y), down(foot), close)
    return whole + cut(other, *quarter)


def books(field: Field) -> str:
    """A shelf of book spines."""
    width, height, ink, chance = field.width, field.height, field.ink, field.chance
    board = height * 0.93
    drawn, x, last = "", width * 0.04, ""
    thin, thick = (0.075, 0.14) if field.upright else (0.035, 0.06)
    while x < width * 0.96:
        wide = width * chance.between(thin, thick)
        high = field.zone * chance.between(0.52, 0.86)
        spines = (ink.big, ink.accent, ink.ground, ink.middle, ink.words)
        colour = chance.pick([spine for spine in spines if spine != last])
        last = colour
        if x + wide > width * 0.97:
            break
        bands = (ink.big, ink.accent, ink.field, ink.words)
        band = chance.pick([other for other in bands if other != colour])
        drawn += rectangle(x, board - high, wide, high, colour)
        drawn += _binding(chance.byte() % 4, x, board, wide, high, band)
        x += wide + width * 0.006
    return drawn + rectangle(0, board, width, height - board, ink.ground)


def _binding(kind: int, x: float, board: float, wide: float, high: float, colour: str) -> str:
    if kind == 0:
        upper = rectangle(x, board - high * 0.88, wide, high * 0.05, colour)
        return upper + rectangle(x, board - high * 0.2, wide, high * 0.05, colour)
    if kind == 1:
        return circle(x + wide / 2, board - high * 0.8, wide * 0.28, colour)
    if kind == 2:
        return rectangle(x + wide * 0.3, board - high * 0.85, wide * 0.4, high * 0.5, colour)
    return rectangle(x, board - high * 0.6, wide, high * 0.16, colour)


def sound(field: Field) -> str:
    """Listening: half a record rising, with rings of sound."""
    width, ink = field.width, field.ink
    x = width * field.chance.place(0.5, 0.5, 0.68)
    zone = field.zone
    reach = min(width * 0.62, zone * 0.98) if width <= field.height * 1.3 else zone * 0.95
    rings = ((1, ink.ground), (0.8, ink.big), (0.64, ink.ground), (0.44, ink.accent), (0.18, ink.big))
    return "".join(circle(x, field.height, reach * share, colour) for share, colour in rings)


def beam(field: Field) -> str:
    """Viewing: a projector's beam on a round screen."""
    width, height, ink = field.width, field.height, field.ink
    from_left = field.chance.byte() % 2
    radius = min(width, field.zone * 1.2) * 0.3
    x, y = width * (0.66 if from_left else 0.34), field.top + field.zone * 0.5
    lamp_x, lamp_y = (0 if from_left else width), height * 0.98
    dx, dy = x - lamp_x, y - lamp_y
    long = math.hypot(dx, dy)
    side_x, side_y = -dy / long, dx / long
    light = [
        (lamp_x, lamp_y),
        (x + side_x * radius, y + side_y * radius),
        (x - side_x * radius, y - side_y * radius),
    ]
    play = [(x - radius * 0.3, y - radius * 0.48), (x - radius * 0.3, y + radius * 0.48), (x + radius * 0.52, y)]
    return "".join(
        (
            polygon(light, mix(ink.field, ink.big, 0.55)),
            circle(x, y, radius, ink.big),
            polygon(play, ink.ground),
            rectangle(0, height * 0.965, width, height * 0.04, ink.ground),
        )
    )
