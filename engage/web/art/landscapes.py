"""Scenes of places: sea, forest, town, garden, mountains and a road."""

import math
from collections.abc import Sequence

from engage.web.art.field import Field
from engage.web.art.inks import SNOW, is_light
from engage.web.art.shapes import (
    across,
    bend,
    circle,
    close,
    curve,
    cut,
    down,
    glide,
    half,
    hop,
    leaf,
    polygon,
    rectangle,
    shift,
    slide,
    start,
)


def sea(field: Field) -> str:
    """A boat before the setting sun, on scalloped waves."""
    width, ink, chance = field.width, field.ink, field.chance
    horizon = field.top + field.zone * 0.5
    sun_x = width * chance.place(0.28, 0.7)
    boat_x = width - sun_x + field.short * 0.02
    size = min(field.short * 0.27, field.zone * 0.4)
    foot = horizon - size * 0.12
    drawn = circle(sun_x, horizon - field.short * 0.02, field.short * 0.19, ink.big)
    drawn += polygon([(boat_x, horizon - size * 1.15), (boat_x, foot), (boat_x + size * 0.62, foot)], ink.words)
    mast = boat_x - size * 0.08
    drawn += polygon([(mast, horizon - size * 0.9), (mast, foot), (boat_x - size * 0.5, foot)], ink.accent)
    drawn += cut(
        ink.ground,
        start(boat_x - size * 0.62, horizon - size * 0.05),
        slide(size * 1.36),
        shift(-size * 0.24, size * 0.3),
        slide(-size * 0.86),
        close,
    )
    return drawn + _waves(field, horizon, chance.pick((4, 5)))


def _waves(field: Field, horizon: float, waves: int) -> str:
    radius = field.width / waves / 2
    level, row, drawn = horizon + radius * 0.55, 0, ""
    while level < field.height + radius:
        drawn += cut(
            field.ink.ground if row % 2 else field.ink.middle,
            start(-2 * radius + (radius if row % 2 else 0), level),
            hop(radius, radius, 2 * radius) * (waves + 2),
            down(field.height + 1),
            across(-2 * radius),
            close,
        )
        level += radius * 0.78
        row += 1
    return drawn


def forest(field: Field) -> str:
    """Two rows of pines before the sun."""
    width, height, ink, chance = field.width, field.height, field.ink, field.chance
    sun_x = width * chance.place(0.27, 0.5, 0.72)
    drawn = circle(sun_x, field.top + field.zone * 0.34, field.short * 0.2, ink.big)
    for near, colour, base, share, trees in ((0, ink.middle, 0.9, 0.52, 6), (1, ink.ground, 1.0, 0.46, 4)):
        step = width / (trees - 1)
        for tree in range(trees):
            x = tree * step + step / 2 * near - step * 0.2 * near + chance.between(-0.12, 0.12) * step
            high = field.zone * share * chance.between(0.75, 1.1)
            drawn += _pine(x, height * base, high, step * 1.05, colour, ink.ground)
        if not near:
            drawn += rectangle(0, height * 0.9 - 0.5, width, height * 0.1 + 1, ink.middle)
    return drawn + rectangle(0, height * 0.975, width, height * 0.03, ink.ground)


def _pine(x: float, base: float, high: float, wide: float, colour: str, trunk: str) -> str:
    drawn = rectangle(x - wide * 0.06, base - high * 0.14, wide * 0.12, high * 0.14, trunk)
    for tier in range(3):
        reach = 1 - tier * 0.26
        y = base - high * (0.12 + tier * 0.27)
        sides = [(x - wide / 2 * reach, y), (x + wide / 2 * reach, y), (x, y - high * 0.42)]
        drawn += polygon(sides, colour)
    return drawn


def town(field: Field) -> str:
    """Two rows of houses under the moon; the nearer ones have lit windows."""
    ink = field.ink
    moon_x = field.width * field.chance.place(0.25, 0.75)
    drawn = circle(moon_x, field.top + field.zone * 0.24, field.short * 0.14, ink.big)
    drawn += _street(field, 0.5, 0.64, (ink.middle,), houses=5)
    return drawn + _street(field, 0.24, 0.42, (ink.ground, ink.accent, ink.ground), houses=4, window=ink.big)


def _street(
    field: Field, lowest: float, highest: float, colours: Sequence[str], houses: int, window: str | None = None
) -> str:
    chance = field.chance
    drawn, x = "", -field.width * 0.02
    shares = [chance.between(0.8, 1.3) for _ in range(houses)]
    whole = sum(shares)
    for house, share in enumerate(shares):
        wide = field.width * 1.04 * share / whole
        high = field.zone * chance.between(lowest, highest)
        colour = colours[(house + chance.byte() % 2) % len(colours)]
        eaves = field.height - high
        roof = chance.byte() % 3
        drawn += rectangle(x, eaves, wide + 0.4, high, colour)
        if roof == 0:
            ridge = (x + wide / 2, eaves - wide * 0.5)
            drawn += polygon([(x, eaves + 0.3), (x + wide + 0.4, eaves + 0.3), ridge], colour)
        elif roof == 1:
            drawn += half(x + wide / 2, eaves + 0.3, wide / 2, colour)
        else:
            drawn += rectangle(x + wide * 0.62, eaves - wide * 0.22, wide * 0.16, wide * 0.25, colour)
        if window:
            drawn += _windows(field, x, eaves, wide, window)
        x += wide
    return drawn


def _windows(field: Field, x: float, eaves: float, wide: float, colour: str) -> str:
    drawn = ""
    for floor in range(2):
        for side in range(2):
            if field.chance.byte() % 4 != 0:
                left, upper = x + wide * (0.22 + side * 0.36), eaves + wide * (0.24 + floor * 0.5)
                drawn += rectangle(left, upper, wide * 0.2, wide * 0.28, colour)
    return drawn


def garden(field: Field) -> str:
    """Three to six tall flowers of three kinds."""
    ink, chance, short = field.ink, field.chance, field.short
    flowers = 3 if field.width < field.height * 1.2 else 6
    # heights in an order that looks like none
    heights = sorted((chance.between(0.2, 0.62) for _ in range(flowers)), key=lambda share: (share * 7919) % 1)
    drawn = ""
    for place, share in enumerate(heights):
        x = field.width * (place + 0.5) / flowers + chance.between(-0.03, 0.03) * field.width
        y = field.top + field.zone * share
        drawn += rectangle(x - short * 0.011, y, short * 0.022, field.height - y, ink.ground)
        for along in (0.42, 0.68, 0.9):
            node = y + (field.height - y) * along
            for degrees in (-35, -145):
                drawn += leaf(x, node, short * 0.17, short * 0.075, degrees, ink.ground)
        bloom = (_daisy, _tulip, _ring)[(place + chance.byte()) % 3]
        drawn += bloom(field, x, y, short * 0.12)
    return drawn


def _daisy(field: Field, x: float, y: float, radius: float) -> str:
    angles = [math.tau * petal / 7 for petal in range(7)]
    petals = [
        circle(x + radius * 0.62 * math.cos(angle), y + radius * 0.62 * math.sin(angle), radius * 0.42, field.ink.big)
        for angle in angles
    ]
    return "".join(petals) + circle(x, y, radius * 0.38, field.ink.accent)


def _tulip(field: Field, x: float, y: float, radius: float) -> str:
    colour, level = field.ink.accent, y + radius * 0.32
    left = [(x - radius, level), (x - radius, y - radius * 0.7), (x - radius * 0.33, level)]
    right = [(x + radius, level), (x + radius, y - radius * 0.7), (x + radius * 0.33, level)]
    middle = [(x - radius * 0.62, level), (x, y - radius * 0.85), (x + radius * 0.62, level)]
    cup = half(x, y + radius * 0.3, radius, colour, up=False)
    return cup + "".join(polygon(petal, colour) for petal in (left, right, middle))


def _ring(field: Field, x: float, y: float, radius: float) -> str:
    rings = ((1.0, field.ink.big), (0.62, field.ink.accent), (0.28, field.ink.ground))
    return "".join(circle(x, y, radius * share, colour) for share, colour in rings)


def mountain(field: Field) -> str:
    """Three peaks with snow."""
    width, height, ink, chance = field.width, field.height, field.ink, field.chance
    zone = field.zone
    drawn = circle(width * chance.pick((0.24, 0.76)), field.top + zone * 0.24, field.short * 0.15, ink.big)
    snow = ink.words if is_light(ink.words) else SNOW
    for share, high, spread, colour in (
        (0.2, 0.36, 0.62, ink.middle),
        (0.8, 0.3, 0.6, ink.middle),
        (0.5, 0.16, 0.7, ink.ground),
    ):
        x, y = width * (share + chance.between(-0.05, 0.05)), field.top + zone * high
        wide = max(width, zone * 0.9) * spread * 0.62
        slope = (height - y) / wide
        drawn += polygon([(x, y), (x + wide, height), (x - wide, height)], colour)
        cap = zone * 0.16
        cap_points = [
            (x, y),
            (x + cap / slope, y + cap),
            (x + cap / slope * 0.4, y + cap * 0.72),
            (x, y + cap * 1.12),
            (x - cap / slope * 0.45, y + cap * 0.74),
            (x - cap / slope, y + cap),
        ]
        drawn += polygon(cap_points, snow)
    meadow = bend(width * 0.5, height * 0.86, width, height * 0.95)
    return drawn + cut(ink.accent, start(0, height * 0.93), meadow, down(height), across(0), close)


def road(field: Field) -> str:
    """A road that winds over two hills towards the sun."""
    width, height, ink, zone = field.width, field.height, field.ink, field.zone
    horizon = field.top + zone * 0.3
    sun_x = width * field.chance.pick((0.3, 0.7))
    far = (
        start(0, horizon + zone * 0.02),
        bend(width * 0.3, horizon - zone * 0.12, width * 0.62, horizon + zone * 0.05),
        glide(width, horizon),
        down(height),
        across(0),
        close,
    )
    near = (
        start(0, horizon + zone * 0.3),
        bend(width * 0.55, horizon + zone * 0.02, width, horizon + zone * 0.2),
        down(height),
        across(0),
        close,
    )
    winding = (
        start(width * 0.2, height),
        curve(
            width * 0.95, height - zone * 0.22, width * 0.35, horizon + zone * 0.3, width * 0.6, horizon + zone * 0.125
        ),
        curve(width * 0.5, horizon + zone * 0.34, width * 1.1, height - zone * 0.2, width * 0.62, height),
        close,
    )
    sun = circle(sun_x, horizon, min(field.short * 0.2, zone * 0.27), ink.big)
    return sun + cut(ink.middle, *far) + cut(ink.ground, *near) + cut(ink.accent, *winding)
