"""The jacket of a thing without a picture as a picture, for reading apps that draw nothing themselves.

There is one for each ink and mode, without words: an app writes the title below. Pages draw the whole jacket (covers).
Source: specs.opds.io/opds-1.2, 5.2.2, which takes PNG, and no drawings.
"""

import io
from functools import cache

from engage.engagement.rules import Mode
from engage.errors import NotFound
from engage.resources.covers import FORMATS, choose
from engage.web.art.inks import INKS

# the points of the picture for one unit of the jacket
TIMES = 2


def look_of(title: str, creator: str, mode: str) -> str:
    """Which picture has the colours of a jacket: "night-reading"."""
    choice, _ = choose(title, creator, mode)
    return f"{choice.ink}-{mode}"


def size_of(mode: str) -> tuple[int, int]:
    """Width and height in points."""
    return FORMATS[mode].width * TIMES, FORMATS[mode].height * TIMES


@cache
def plain_cover(name: str) -> bytes:
    """The picture of this name, as PNG. Raises NotFound."""
    from PIL import Image, ImageDraw  # takes long to import, and few ask

    ink_name, _, mode = name.rpartition("-")
    if ink_name not in INKS or mode not in list(Mode):
        raise NotFound(name)
    ink, (width, height) = INKS[ink_name], size_of(mode)
    picture = Image.new("RGB", (width, height), ink.field)
    pen = ImageDraw.Draw(picture)
    ground, moon = height * 3 // 4, min(width, height) // 5
    pen.ellipse((width // 2 - moon, height // 2 - moon * 2, width // 2 + moon, height // 2), fill=ink.big)
    pen.rectangle((0, ground, width, height), fill=ink.ground)
    if mode == Mode.READING:
        # the hinge of the binding
        pen.line((5 * TIMES, 0, 5 * TIMES, height), fill=ink.middle, width=TIMES)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
