"""Scenes of the sky: moon, planet, rocket and sunrise."""

import math

from engage.web.art.field import Field, stars
from engage.web.art.inks import mix
from engage.web.art.shapes import (
    across,
    arc,
    bend,
    circle,
    close,
    curve,
    cut,
    down,
    glide,
    half,
    hop,
    number,
    polygon,
    rectangle,
    star,
    start,
    to,
    trace,
)


def sky(field: Field) -> str:
    """A full moon with craters over two hills."""
    width, height, ink = field.width, field.height, field.ink
    radius = min(field.short * 0.27, field.zone * 0.34)
    x = width * field.chance.place(0.3, 0.5, 0.68, 0.72)
    y = field.top + radius * 1.02
    crater = mix(ink.big, ink.accent, 0.28)
    far, near = height * 0.84, height * 0.9
    return "".join(
        (
            stars(field, field.short, height * 0.82, 11, (x, y, radius), figure=True),
            circle(x, y, radius, ink.big),
            circle(x - radius * 0.35, y - radius * 0.25, radius * 0.2, crater),
            circle(x + radius * 0.3, y + radius * 0.28, radius * 0.28, crater),
            circle(x + radius * 0.22, y - radius * 0.45, radius * 0.11, crater),
            cut(
                ink.middle,
                start(0, far),
                bend(width * 0.25, far - height * 0.1, width * 0.55, far + height * 0.02),
                glide(width, far - height * 0.03),
                down(height),
                across(0),
                close,
            ),
            cut(
                ink.ground,
                start(0, near + height * 0.04),
                bend(width * 0.4, near - height * 0.05, width, near + height * 0.03),
                down(height),
                across(0),
                close,
            ),
        )
    )


def crescent(field: Field) -> str:
    """A new moon above the clouds, with a star hung in its arms."""
    width, ink, top = field.width, field.ink, field.top
    radius = min(field.short * 0.33, field.zone * 0.4)
    x, y = width * field.chance.place(0.45, 0.55), top + field.zone * 0.45
    drawn = stars(field, field.short, field.height * 0.8, 8, (x, y, radius))
    open_to = field.chance.pick((-1, 1))
    horn = x + open_to * radius * 0.5
    outer, inner = (0, 1) if open_to > 0 else (1, 0)
    drawn += cut(
        ink.big,
        start(horn, y - radius * 0.87),
        arc(radius, radius, horn, y + radius * 0.87, outer, large=1),
        arc(radius * 0.9, radius * 0.9, horn, y - radius * 0.87, inner, large=1),
        close,
    )
    thread = x + open_to * radius * 0.42
    hook = 0 if top < 5 else top
    drawn += rectangle(thread - field.short * 0.004, hook, field.short * 0.008, y - hook, ink.words)
    drawn += star(thread, y + radius * 0.12, radius * 0.3, ink.accent, 5, 0.45)
    return drawn + clouds(field, field.height * 0.86, field.height * 0.06)


def rocket(field: Field) -> str:
    """A rocket under way between a far moon and the clouds."""
    width, height, ink, chance = field.width, field.height, field.ink, field.chance
    x = width * chance.place(0.5)
    long = field.zone * 0.62
    wide = long * 0.3
    nose = field.top + field.zone * 0.06
    tail = nose + long
    size = min(width, field.zone * 1.1)
    moon_x = width * chance.pick((0.16, 0.84))
    right_side = curve(x + wide * 0.75, nose + long * 0.25, x + wide * 0.6, nose + long * 0.75, x + wide * 0.36, tail)
    left_side = curve(x - wide * 0.6, nose + long * 0.75, x - wide * 0.75, nose + long * 0.25, x, nose)
    return "".join(
        (
            circle(moon_x, field.top + field.zone * 0.3, size * 0.1, ink.middle),
            stars(field, size, height * 0.75, 7, (x, nose + long * 0.5, long * 0.4)),
            polygon([(x - wide * 0.34, tail - 2), (x + wide * 0.34, tail - 2), (x, tail + long * 0.34)], ink.accent),
            polygon([(x - wide * 0.17, tail - 2), (x + wide * 0.17, tail - 2), (x, tail + long * 0.18)], ink.big),
            cut(ink.accent, _fin(x, tail, long, -wide), _fin(x, tail, long, wide)),
            cut(ink.big, start(x, nose), right_side, across(x - wide * 0.36), left_side, close),
            cut(ink.middle, start(x, nose), right_side, across(x), close, more=' opacity=".35"'),
            circle(x, nose + long * 0.38, wide * 0.24, ink.ground),
            circle(x, nose + long * 0.38, wide * 0.14, ink.words),
            clouds(field, height * 0.93, height * 0.05),
        )
    )


def _fin(x: float, tail: float, long: float, wide: float) -> str:
    return "".join(
        (
            start(x + wide * 0.5, tail - long * 0.34),
            to(x + wide, tail + long * 0.04),
            down(tail + long * 0.1),
            to(x + wide * 0.4, tail - long * 0.04),
            close,
        )
    )


def clouds(field: Field, level: float, step: float) -> str:
    """Two rows of round clouds along the lower edge, the nearer one `step` lower."""
    radius = field.width / 6
    drawn = ""
    for row, colour in enumerate((field.ink.middle, field.ink.ground)):
        drawn += cut(
            colour,
            start(-radius + radius * row, level + step * row),
            hop(radius, radius * 0.8, 2 * radius) * 5,
            down(field.height + 1),
            across(-2 * radius),
            close,
        )
    return drawn


def planet(field: Field) -> str:
    """A planet in its ring, and a moon."""
    ink, chance = field.ink, field.chance
    radius = field.short * 0.3
    x, y = field.width * chance.place(0.42, 0.58), field.top + field.zone * 0.5
    drawn = stars(field, field.short, field.height * 0.97, 12, (x, y, radius * 1.2))
    tilt = chance.pick((-18, 16))
    high, wide = radius * 0.42, radius * 1.62

    def ring(sweep: int) -> str:
        half_ring = trace(ink.accent, radius * 0.17, start(x - wide, y), arc(wide, high, x + wide, y, sweep))
        return f'<g transform="rotate({tilt} {number(x)} {number(y)})">{half_ring}</g>'

    shadow = cut(
        mix(ink.big, ink.ground, 0.28),
        start(x, y - radius),
        arc(radius, radius, x, y + radius),
        arc(radius * 1.3, radius * 1.3, x, y - radius, 0),
        close,
    )
    moon = circle(field.width - x + field.short * 0.1, y + radius * 1.55, radius * 0.26, ink.words)
    return drawn + ring(1) + circle(x, y, radius, ink.big) + shadow + ring(0) + moon


def sunrise(field: Field) -> str:
    """Half a sun with thirteen rays on a striped horizon."""
    width, height, ink = field.width, field.height, field.ink
    x, y = width * field.chance.place(0.5, 0.5, 0.3, 0.7), height * 0.84
    reach, rays = (y - field.top) * 0.98, 13
    drawn = ""
    for ray in range(rays):
        edges = (math.pi * (1 + ray / rays), math.pi * (1 + (ray + 0.5) / rays))
        corners = [(x + reach * math.cos(angle), y + reach * math.sin(angle)) for angle in edges]
        drawn += polygon([(x, y), *corners], mix(ink.field, ink.big, 0.45))
    radius = min(width * 0.3, field.zone * 0.5)
    drawn += half(x, y, radius, ink.big) + half(x, y, radius * 0.66, ink.accent)
    drawn += rectangle(0, y, width, height - y, ink.ground)
    for share in (0.3, 0.62):
        level = y + (height - y) * share
        drawn += rectangle(0, level, width, (height - y) * 0.1, mix(ink.ground, ink.big, 0.5))
    return drawn
