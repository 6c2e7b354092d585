"""Posters, heroes and frames: a scene or pattern printed in an ink, as a whole drawing."""

from collections.abc import Callable
from functools import lru_cache

from markupsafe import Markup

from engage.web.art import creatures, landscapes, patterns, skies, things
from engage.web.art.chance import Chance
from engage.web.art.field import Field
from engage.web.art.inks import INKS
from engage.web.art.shapes import HIDDEN, arc, close, cut, rectangle, start, to

Picture = Callable[[Field], str]

SCENES: dict[str, Picture] = {
    "sky": skies.sky,
    "sea": landscapes.sea,
    "forest": landscapes.forest,
    "town": landscapes.town,
    "garden": landscapes.garden,
    "blocks": things.blocks,
    "bird": creatures.bird,
    "owl": creatures.owl,
    "face": creatures.face,
    "sunrise": skies.sunrise,
    "planet": skies.planet,
    "crescent": skies.crescent,
    "rocket": skies.rocket,
    "books": things.books,
    "mountain": landscapes.mountain,
    "fish": creatures.fish,
    "road": landscapes.road,
    "sound": things.sound,
    "beam": things.beam,
}
# the order is part of the rule of covers: a byte picks a pattern by its place
PATTERNS: dict[str, Picture] = {
    "quarters": patterns.quarters,
    "scallops": patterns.scallops,
    "leaves": patterns.leaves,
    "triangles": patterns.triangles,
    "discs": patterns.discs,
    "stars": patterns.stars,
}


def poster(
    picture: str,
    ink: str,
    width: int = 300,
    height: int = 400,
    *,
    seed: str = "",
    top: float = 0.0,
    stands: float | None = None,
    extra: str = "",
    align: str = "xMidYMax",
) -> Markup:
    """A picture that fills whatever box the page gives it.

    picture: a scene or a pattern. top: what stays flat above, for words; below 1 a share of the height, else units.
    stands: where across the width (0 to 1) the subject stands. extra: more drawing on top. align: which part of
    the drawing stays in view when the box has another shape.
    Source: DESIGN-SYSTEM.md, section 7, "Posters and heroes".
    """
    body = _printed(picture, ink, width, height, seed, top, stands)
    ground = rectangle(0, 0, width, height, INKS[ink].field)
    return Markup(
        f'<svg class="art" viewBox="0 0 {width} {height}" preserveAspectRatio="{align} slice" {HIDDEN}>'
        f"{ground}{body}{extra}</svg>"
    )


@lru_cache(maxsize=256)
def _printed(
    picture: str, ink: str, width: int, height: int, seed: str, top: float, stands: float | None = None
) -> str:
    chance = Chance(seed or picture + ink, stands)
    if picture in PATTERNS:
        return PATTERNS[picture](Field(width, height, 0, INKS[ink], chance))
    return SCENES[picture](Field(width, height, height * top if top < 1 else top, INKS[ink], chance))


# scenes with one subject, which stands beside the words; the others are a frieze below them
SUBJECTS = frozenset({"sky", "crescent", "planet", "rocket", "owl", "bird", "face", "sound"})
# scenes that stretch to any width; the others are printed in thirds, every other one mirrored so that the seams meet
WIDE_SCENES = frozenset({"mountain", "road", "sunrise", "books", "beam"})


def frieze(picture: str, ink: str, seed: str = "") -> Markup:
    """A low strip of a picture, 1440 by 300 units, that stands below the words of a hero."""
    width, height, top = 1440, 300, 0.06
    if picture in WIDE_SCENES:
        return poster(picture, ink, width, height, seed=seed, top=top)
    third = width // 3
    body = _printed(picture, ink, third, height, seed, top)
    # a little wider than a third, so that no hairline of the ground shows between them
    places = (
        "translate(-1 0) scale(1.005 1)",
        f"translate({2 * third + 1} 0) scale(-1.005 1)",
        f"translate({2 * third - 1} 0) scale(1.005 1)",
    )
    # each third is cut at its edges by a picture of its own
    window = f'<svg width="{third}" height="{height}">{body}</svg>'
    thirds = "".join(f'<g transform="{place}">{window}</g>' for place in places)
    ground = rectangle(0, 0, width, height, INKS[ink].field)
    return Markup(
        f'<svg class="art" viewBox="0 0 {width} {height}" preserveAspectRatio="xMidYMax slice" {HIDDEN}>'
        f"{ground}{thirds}</svg>"
    )


FRAME_COLOURS = ("#C93A23", "#F2B02E", "#1F4E9E", "#1F6E4A", "#F3B7AE")


def frame(width: int, height: int, size: int = 30) -> Markup:
    """A border of quarter rounds, each `size` units square, all the way round a sheet."""
    columns, rows = width // size, height // size
    cells = [
        *((column, 0) for column in range(columns)),
        *((columns - 1, row) for row in range(1, rows)),
        *((column, rows - 1) for column in range(columns - 2, -1, -1)),
        *((0, row) for row in range(rows - 2, 0, -1)),
    ]
    drawn = rectangle(0, 0, columns * size, rows * size, "#F7EBD0")
    for place, (column, row) in enumerate(cells):
        x, y = column * size, row * size
        corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
        turn = (place * 3 + place // 5) % 4
        hub, first, last = corners[turn], corners[(turn + 1) % 4], corners[turn - 1]
        colour = FRAME_COLOURS[place % len(FRAME_COLOURS)]
        drawn += cut(colour, start(*hub), to(*first), arc(size, size, *last), close)
    box = f'viewBox="0 0 {columns * size} {rows * size}" preserveAspectRatio="none"'
    return Markup(f'<svg class="art" {box} {HIDDEN}>{drawn}</svg>')
