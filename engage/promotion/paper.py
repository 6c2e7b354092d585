"""What stands on the papers of lists: scenes, covers and counts, as values for the press.

Nothing here looks at a table or a request.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engage.resources.covers import cover
from engage.web.art.inks import INKS
from engage.web.art.posters import frieze, poster
from engage.web.paper import SVG, drawing, plain

Item = Mapping[str, Any]

TITLE, LEAD, NOTE, CREATOR, CALL = 300, 240, 330, 90, 40
PICTURE_WIDTH = 240


@dataclass(frozen=True)
class Picture:
    """A cover that we keep, as WebP."""

    width: int
    height: int
    body: bytes


def scene(name: str, ink: str, width: int, height: int, top: float, seed: str, stands: float | None = None) -> str:
    """The scene of a list in its ink, as on its page."""
    return drawing(str(poster(name, ink if ink in INKS else "night", width, height, seed=seed, top=top, stands=stands)))


def low_scene(name: str, ink: str, seed: str) -> str:
    """The scene as a strip for the foot of a wide paper, 1440 by 300 units."""
    return drawing(str(frieze(name, ink if ink in INKS else "night", seed)))


def covers(items: Sequence[Item], pictures: Mapping[str, Picture], most: int) -> list[dict[str, Any]]:
    """The covers of what one should begin with: svg, title, and `high` and `wide` in heights of a book."""
    first = sorted(items, key=lambda item: not item["start_here"])[:most]
    return [_cover(item, pictures.get(item["picture"] or "")) for item in first]


# how high a drawn cover stands beside a book, by mode, and its width for that height
SHAPES = {"reading": (1.0, 2 / 3), "listening": (0.7, 1.0), "viewing": (0.66, 4 / 3)}
HIGHEST, WIDEST = 1.0, 0.95


def _cover(item: Item, picture: Picture | None) -> dict[str, Any]:
    said = {"title": plain(item["title"], TITLE)}
    if picture is None:
        high, shape = SHAPES[item["mode"]]
        drawn = drawing(str(cover(item["title"], item["creator"] or "", item["mode"])))
        return {**said, "svg": drawn, "high": high, "wide": high * shape}
    shape = picture.width / picture.height
    high = min(HIGHEST, WIDEST / shape)
    data = base64.b64encode(picture.body).decode("ascii")
    size = f'width="{picture.width}" height="{picture.height}"'
    svg = f'<svg xmlns="{SVG}" {size}><image {size} href="data:image/webp;base64,{data}"/></svg>'
    return {**said, "svg": svg, "high": high, "wide": high * shape}


THINGS = {"reading": "read", "viewing": "watch", "listening": "hear"}


def counted(reading: int, viewing: int, listening: int) -> str:
    """ "24 things to read, watch and hear.", with the words of the modes that there are."""
    numbers = {"reading": reading, "viewing": viewing, "listening": listening}
    verbs = [THINGS[mode] for mode, number in numbers.items() if number]
    total = sum(numbers.values())
    if not verbs:
        return ""
    last = verbs.pop()
    ways = f"{', '.join(verbs)} and {last}" if verbs else last
    return f"{total} thing{'' if total == 1 else 's'} to {ways}."
