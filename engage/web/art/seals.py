"""Seals of badges, and the shelf with a gap that stands for a page out on loan."""

import math
from functools import cache

from markupsafe import Markup

from engage.web.art.inks import BLACK, INKS
from engage.web.art.shapes import HIDDEN, circle, cut, rectangle, star

OUTLINES = {
    "round": '<circle cx="60" cy="60" r="55" class="todo"/>',
    "star": '<circle cx="60" cy="60" r="55" class="todo"/>',
    "ways": '<circle cx="60" cy="60" r="55" class="todo"/>',
    "square": '<rect x="7" y="7" width="106" height="106" rx="14" class="todo"/>',
    "shield": '<path class="todo" d="M12 10h96v52c0 28-22 42-48 52C34 104 12 90 12 62z"/>',
    "arch": '<path class="todo" d="M10 112V60a50 50 0 0 1 100 0v52z"/>',
}
WAYS = (
    '<circle cx="60" cy="60" r="57" fill="#F7EBD0"/>'
    '<circle cx="60" cy="60" r="52" fill="none" stroke="#1A2233" stroke-width="2.5"/>'
    '<path fill="#1F4E9E" d="M24 44h28v30H24z"/>'
    '<path fill="#CF3B24" d="M60 26l18 30H42z" transform="translate(10 -2)"/>'
    '<circle cx="78" cy="76" r="17" fill="#1F6E4A"/>'
)


@cache
def seal(shape: str, ink: str, earned: bool) -> Markup:
    """The inside of a 120 by 120 badge: the printed seal, or the dashed outline of one that is not earned yet.

    shape: round, star, arch, shield, square, or ways, which shows the three modes by itself.
    """
    if not earned:
        return Markup(OUTLINES[shape])
    if shape == "ways":
        return Markup(WAYS)
    colours = INKS[ink]
    ring = f'<circle cx="60" cy="60" r="41" fill="none" stroke="{colours.big}" stroke-width="2.5"/>'
    return Markup(_body(shape, colours.field) + ring)


def _body(shape: str, colour: str) -> str:
    if shape == "round":
        angles = [math.tau * place / 14 for place in range(14)]
        rim = [circle(60 + 48 * math.cos(angle), 60 + 48 * math.sin(angle), 11, colour) for angle in angles]
        return "".join(rim) + circle(60, 60, 50, colour)
    if shape == "star":
        return star(60, 60, 58, colour, 20, 0.88)
    if shape == "arch":
        return cut(colour, "M10 112V60a50 50 0 0 1 100 0v52z")
    if shape == "shield":
        return cut(colour, "M10 8h100v54c0 29-23 43-50 54C33 105 10 91 10 62z")
    return f'<rect x="5" y="5" width="110" height="110" rx="15" fill="{colour}"/>'


BOARD = 372
# each book of the shelf: where it stands, how thick and high it is, its colour, its binding and the binding's colour
SPINES = (
    (34, 37.2, 253.5, "blue", "bands", "paper"),
    (73.2, 36.7, 204.9, "marigold", "dot", "paper"),
    (112, 38.5, 212.7, "plum", "bands", "marigold"),
    (152.4, 40.7, 242.9, "blue", "dot", "marigold"),
    (195.1, 37.4, 172.4, "marigold", "bands", "paper"),
    (234.5, 48.9, 175.5, "rose", "plate", "paper"),
    (375.4, 32.7, 248, "marigold", "bands", "tomato"),
    (410.1, 39, 212, "leaf", "plate", "paper"),
    (451.1, 50.6, 178.6, "rose", "plate", "paper"),
    (503.7, 34.2, 209.2, "", "dot", "tomato"),
    (539.9, 30.1, 261.4, "rose", "bands", "tomato"),
)
GAP = (
    f'<path fill="none" stroke="{BLACK}" stroke-width="3" stroke-dasharray="8 7" d="M291 132h74v240"/>'
    f'<path fill="none" stroke="{BLACK}" stroke-width="3" stroke-dasharray="8 7" d="M291 132v240"/>'
    '<g transform="rotate(-6 328 262)">'
    f'<path fill="#FFFBF1" stroke="{BLACK}" stroke-width="2" d="M297 196h62v120h-62z"/>'
    '<path stroke="#C93A23" stroke-width="3" d="M305 222h46"/>'
    f'<path stroke="{BLACK}" stroke-width="1.5" d="M305 240h46m-46 18h46m-46 18h46m-46 18h46"/></g>'
)


def shelf_with_a_gap() -> Markup:
    """A shelf on which one book is missing, and the slip that says so."""
    drawn = rectangle(0, 0, 600, 460, INKS["paper"].field)
    for x, wide, high, colour, binding, mark in SPINES:
        y, field, other = BOARD - high, INKS[colour].field if colour else BLACK, INKS[mark].field
        drawn += rectangle(x, y, wide, high, field)
        if binding == "bands":
            drawn += rectangle(x, y + high * 0.1, wide, 8, other) + rectangle(x, y + high * 0.84, wide, 8, other)
        elif binding == "dot":
            drawn += circle(x + wide / 2, y + high * 0.18, wide * 0.26, other)
        else:
            drawn += rectangle(x + wide * 0.28, y + high * 0.14, wide * 0.44, high * 0.5, other)
    drawn += GAP
    drawn += rectangle(0, BOARD, 600, 16, "#A9763A") + rectangle(0, BOARD + 16, 600, 72, INKS["sand"].field)
    return Markup(f'<svg viewBox="0 0 600 460" {HIDDEN}>{drawn}</svg>')
