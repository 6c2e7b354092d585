"""Scenes with somebody in them: a bird, an owl, a laughing face, fish."""

from engage.web.art.field import Field, stars
from engage.web.art.inks import PLATE, PUPIL, SNOW, mix
from engage.web.art.shapes import (
    across,
    arc,
    circle,
    close,
    cut,
    down,
    drop,
    half,
    leaf,
    number,
    polygon,
    rectangle,
    start,
    to,
    trace,
)


def bird(field: Field) -> str:
    """A bird on a branch before the sun, looking either way."""
    ink, width, zone = field.ink, field.width, field.zone
    x, y = width * field.chance.place(0.5), field.top + zone * 0.46
    size = min(min(width, field.height - field.top * 0.6) * 0.33, width * 0.3, zone * 0.33)
    # 1 looks right, -1 left; every x below is counted from the middle towards the beak
    facing = -1 if field.chance.byte() % 2 else 1
    sweep = 0 if facing > 0 else 1

    def ahead(distance: float) -> float:
        return x + facing * distance

    def piece(colour: str, *points: tuple[float, float]) -> str:
        return polygon([(ahead(distance), level) for distance, level in points], colour)

    def bowl(back: float, front: float, colour: str) -> str:
        radius = (front - back) / 2
        rim = arc(radius, radius, ahead(front), y, sweep)
        return cut(colour, start(ahead(back), y), rim, close)

    crown = y - size * 0.62
    head = (
        start(ahead(size), y + 0.3),
        down(crown),
        arc(size * 0.5, size * 0.5, ahead(0), crown, sweep),
        down(y + 0.3),
        close,
    )
    branch = y + size * 1.3
    legs = [
        rectangle(ahead(size * share) - size * 0.03, y + size * 0.9, size * 0.06, branch - y - size * 0.9, ink.ground)
        for share in (0.12, -0.16)
    ]
    beak = ((size * 0.97, y - size * 0.72), (size * 1.38, y - size * 0.56), (size * 0.97, y - size * 0.4))
    return "".join(
        (
            circle(ahead(-size * 0.8), y - size * 0.7, size * 0.5, ink.accent),
            piece(ink.ground, (-size * 0.9, y), (-size * 1.45, y - size * 0.3), (-size * 1.33, y + size * 0.3)),
            bowl(-size, size, ink.big),
            cut(ink.big, *head),
            piece(ink.accent, *beak),
            circle(ahead(size * 0.62), y - size * 0.66, size * 0.1, ink.ground),
            bowl(-size * 0.78, size * 0.46, ink.ground),
            *legs,
            rectangle(0, branch, width, size * 0.1, ink.ground),
            *(
                _sprig(ahead(size * share), branch, size, share * facing > 0, upward, ink.ground)
                for share, upward in SPRIGS
            ),
        )
    )


SPRIGS = ((-0.75, True), (0.7, True), (1.1, False), (-1.15, False))


def _sprig(x: float, branch: float, size: float, right: bool, upward: bool, colour: str) -> str:
    degrees = (-60 if upward else 50) if right else (-120 if upward else 130)
    return leaf(x, branch + size * 0.05, size * 0.5, size * 0.24, degrees, colour)


def owl(field: Field) -> str:
    """An owl's head and breast, eyes wide, under a few stars."""
    ink, height = field.ink, field.height
    size = min(field.width, field.zone * 1.15)
    x, radius = field.width * field.chance.place(0.5), size * 0.36
    eyes = field.top + field.zone * 0.16 + radius
    tuft = eyes - radius * 0.95
    drawn = stars(field, size, height * 0.6, 6)
    drawn += cut(
        ink.ground,
        start(x - radius, height),
        down(eyes),
        to(x - radius, tuft),
        to(x - radius * 0.36, eyes - radius * 0.66),
        across(x + radius * 0.36),
        to(x + radius, tuft),
        down(height),
        close,
    )
    for side in (-1, 1):
        middle = x + side * radius * 0.46
        drawn += circle(middle, eyes, radius * 0.44, ink.big) + circle(middle, eyes, radius * 0.27, ink.words)
        drawn += circle(x + side * radius * 0.4, eyes + radius * 0.02, radius * 0.15, PUPIL)
    bridge = eyes + radius * 0.26
    beak = [(x - radius * 0.16, bridge), (x + radius * 0.16, bridge), (x, eyes + radius * 0.62)]
    return drawn + polygon(beak, ink.accent) + _plumage(field, x, eyes, radius)


def _plumage(field: Field, x: float, eyes: float, radius: float) -> str:
    colour = mix(field.ink.ground, field.ink.big, 0.55)
    drawn, level, row = "", eyes + radius * 0.95, 0
    while level < field.height + radius * 0.2:
        feathers, step = 3 if row % 2 else 4, radius * 0.42
        for feather in range(feathers):
            drawn += half(x + (feather - (feathers - 1) / 2) * step, level, step * 0.42, colour, up=False)
        level += radius * 0.33
        row += 1
    return drawn


def face(field: Field) -> str:
    """A round face in a cap, laughing."""
    ink = field.ink
    x, y = field.width * field.chance.place(0.5), field.top + field.zone * 0.6
    size = min(field.width * 0.36, field.zone * 0.41)
    brim, lip = y - size * 0.42, y + size * 0.2
    mouth, tongue = y + size * 0.63, size * 0.58
    return "".join(
        (
            circle(x, y, size, ink.big),
            cut(ink.ground, start(x - size, brim), arc(size, size, x + size, brim), close),
            rectangle(x - size * 1.2, y - size * 0.48, size * 2.4, size * 0.14, ink.ground),
            circle(x - size * 0.36, y - size * 0.06, size * 0.1, PUPIL),
            circle(x + size * 0.36, y - size * 0.06, size * 0.1, PUPIL),
            cut(
                PUPIL,
                start(x - size * 0.58, lip),
                across(x + size * 0.58),
                arc(size * 0.58, size * 0.58, x - size * 0.58, lip),
                close,
            ),
            cut(
                ink.accent,
                start(x - size * 0.34, mouth),
                arc(size * 0.36, size * 0.26, x + size * 0.34, mouth),
                arc(tongue, tongue, x - size * 0.34, mouth),
                close,
            ),
            rectangle(x - size * 0.48, lip, size * 0.96, size * 0.13, PLATE),
            rectangle(0, field.height - (field.height - y - size) * 0.35, field.width, field.height, ink.ground),
        )
    )


def fish(field: Field) -> str:
    """Fish that pass each other below the waves."""
    ink, width, zone = field.ink, field.width, field.zone
    upright = field.height >= width
    rows = 3 if upright else 2
    drawn = rectangle(0, field.top + zone * 0.04, width, zone, ink.middle)
    ripple = f"q{number(width / 12)} {number(-zone * 0.05)} {number(width / 6)} 0"
    drawn += cut(ink.middle, start(0, field.top + zone * 0.05), ripple * 6, drop(4), across(0), close)
    for row in range(rows):
        y = field.top + zone * (0.24 + row * (0.72 / rows))
        long = width * field.chance.between(0.42, 0.58) if upright else width * 0.24
        x = width * field.chance.between(0.42, 0.58) if upright else width * (0.3 + 0.4 * row)
        colour = (ink.big, ink.accent, ink.ground)[row % 3]
        drawn += _one_fish(field, x, y, long, 1 if row % 2 == 0 else -1, colour)
    return drawn


def _one_fish(field: Field, x: float, y: float, long: float, facing: int, colour: str) -> str:
    high = long * 0.46
    tail_x = x - facing * long * 0.7
    gill = x + facing * long * 0.14
    eye = SNOW if colour == field.ink.ground else PUPIL
    tail = [(x - facing * long * 0.42, y), (tail_x, y - high * 0.42), (tail_x, y + high * 0.42)]
    behind_head = arc(high * 0.5, high * 0.5, gill, y + high * 0.32, 0 if facing > 0 else 1)
    return "".join(
        (
            leaf(x - long / 2, y, long, high, 0, colour),
            polygon(tail, colour),
            circle(x + facing * long * 0.3, y - high * 0.08, long * 0.045, eye),
            trace(field.ink.field, long * 0.03, start(gill, y - high * 0.32), behind_head),
        )
    )
