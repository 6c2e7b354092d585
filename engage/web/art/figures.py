"""Drawings with a job: the stargazer of a hero and the lanterns of a program."""

import math
from functools import lru_cache

from markupsafe import Markup, escape

from engage.web.art.inks import INKS, Ink, mix
from engage.web.art.shapes import (
    bend,
    circle,
    close,
    cut,
    hop,
    leaf,
    number,
    rectangle,
    shift,
    slide,
    start,
    to,
    trace,
)


def stargazer(x: float, y: float, size: float, ink: str) -> str:
    """A child at a telescope, feet at x, y, `size` units high; stands on the hill of the sky."""
    colours = INKS[ink]
    mount_x = x + size * 0.62
    legs = [
        trace(colours.words, size * 0.035, start(mount_x, y - size * 0.66), to(x + size * share, y))
        for share in (0.38, 0.64, 0.9)
    ]
    tube = "".join(
        rectangle(x + size * left, y - size * up, size * wide, size * high, colour)
        for left, up, wide, high, colour in (
            (0.16, 0.76, 0.5, 0.14, colours.accent),
            (0.64, 0.79, 0.42, 0.2, colours.big),
            (1.04, 0.81, 0.05, 0.24, colours.words),
            (0.1, 0.74, 0.07, 0.1, colours.words),
        )
    )
    boots = [
        rectangle(x + size * left, y - size * 0.26, size * 0.1, size * 0.26, colours.words) for left in (-0.1, 0.07)
    ]
    coat = (
        start(x - size * 0.04, y - size * 0.66),
        slide(size * 0.15),
        shift(size * 0.13, size * 0.44),
        slide(-size * 0.41),
        close,
    )
    crown = size * 0.16
    skin = mix(colours.big, "#7A3E1D", 0.55)
    return "".join(
        (
            *legs,
            f'<g transform="rotate(-31 {number(mount_x)} {number(y - size * 0.68)})">{tube}</g>',
            *boots,
            cut(colours.accent, *coat),
            leaf(x + size * 0.06, y - size * 0.58, size * 0.3, size * 0.1, 8, colours.accent),
            circle(x + size * 0.05, y - size * 0.78, size * 0.135, skin),
            cut(
                colours.words,
                start(x - size * 0.11, y - size * 0.79),
                hop(crown, crown, crown * 2),
                close,
            ),
            circle(x + size * 0.05, y - size * 0.96, size * 0.045, colours.words),
        )
    )


@lru_cache(maxsize=1_000)
def lanterns(
    total: int, lit: int, ink: str = "night", *, width: int = 640, rows: int = 2, radius: float = 22, words: str = ""
) -> Markup:
    """A program's counter: `total` paper lanterns on strings, `lit` of them glowing.

    words: what a screen reader hears instead of the picture, "11 of 20 lanterns are lit".
    """
    colours = INKS[ink]
    dim = mix(colours.middle, colours.words, 0.32)
    per_row = math.ceil(total / rows)
    sag, row_height = radius * 0.8, radius * 3.9
    drawn, hung = "", 0
    for row in range(rows):
        y = 6 + row * row_height
        drawn += trace(dim, 2, start(0, y), bend(width / 2, y + sag * 2, width, y))
        for place in range(min(per_row, total - row * per_row)):
            along = (place + 0.5) / per_row
            hook = y + sag * 2 * 2 * along * (1 - along)
            hung += 1
            drawn += rectangle(width * along - 1, hook, 2, radius * 0.5, dim)
            glow = colours.big if hung % 5 else colours.accent
            drawn += _lantern(width * along, hook + radius * 1.45, radius, glow if hung <= lit else "", dim, colours)
    height = round(row_height * rows)
    return Markup(
        f'<svg class="string" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(words)}">{drawn}</svg>'
    )


def _lantern(x: float, y: float, radius: float, glow: str, dim: str, colours: Ink) -> str:
    bands = [
        rectangle(x - radius * 0.36, y + radius * up, radius * 0.72, radius * 0.18, colours.words if glow else dim)
        for up in (-1.08, 0.9)
    ]
    outer = f'<ellipse cx="{number(x)}" cy="{number(y)}" rx="{number(radius * 0.86)}" ry="{number(radius)}"'
    inner = f'<ellipse cx="{number(x)}" cy="{number(y)}" rx="{number(radius * 0.4)}" ry="{number(radius)}"'
    if glow:
        halo = f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius * 1.35)}" fill="{glow}" opacity=".16"/>'
        paper = f'{outer} fill="{glow}"/>{inner} fill="{mix(glow, "#FFFFFF", 0.35)}"/>'
        return halo + paper + "".join(bands)
    ribs = f'{inner} fill="none" stroke="{dim}" stroke-width="1.5"/>'
    return f'{outer} fill="{colours.ground}" stroke="{dim}" stroke-width="2"/>{ribs}' + "".join(bands)
