"""What stands on papers: words cleaned and cut for them, drawings, covers and inks, as values for the press.

Nothing here looks at a table or a request.
"""

import base64
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engage.resources.covers import cover
from engage.web.art.inks import INKS
from engage.web.art.posters import frieze, poster

Item = Mapping[str, Any]


class Paper(StrEnum):
    """The two sheets that schools print on."""

    A4 = "a4"
    LETTER = "letter"


# millimetres; templates/paper/parts.typ knows the same
SHEETS = {Paper.A4: (210.0, 297.0), Paper.LETTER: (215.9, 279.4)}
TITLE, LEAD, NOTE, CREATOR, CALL = 300, 240, 330, 90, 40
# a word longer than this may be broken after so many letters
LONG_WORD, PIECE = 24, 12
BROKEN = "\u200b"
# what would turn round or hide what follows it
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
MARKS = re.compile(
    r"(?P<kept>[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
# no style may stand in a drawing that a page shows (its policy forbids it); on paper there is no other place for faces
STYLE = '<style>.cv-t{font-family:"Young Serif"}.cv-c{font-family:"Atkinson Hyperlegible Next";font-weight:600}</style>'
SVG = "http://www.w3.org/2000/svg"
PICTURE_WIDTH = 240


@dataclass(frozen=True)
class Picture:
    """A cover that we keep, as WebP."""

    width: int
    height: int
    body: bytes


def plain(text: str, most: int) -> str:
    """A text as it can be set: in one line, at most so many characters, no word too long for any line.

    Heaped accents are taken down to three, and what turns the direction of writing is left out.
    """
    kept = "".join(
        " " if letter.isspace() or unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter
        for letter in text[: most * 20]
        if letter not in TURNING and unicodedata.category(letter) not in ("Cs", "Co", "Cn")
    )
    line = " ".join(MARKS.sub(r"\g<kept>", kept).split())
    if len(line) > most:
        line = line[:most].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
    return " ".join(map(_broken, line.split(" ")))


def _broken(word: str) -> str:
    if len(word) <= LONG_WORD:
        return word
    return BROKEN.join(word[at : at + PIECE] for at in range(0, len(word), PIECE))


def paper_for(zone: str) -> Paper:
    """The sheet that printers hold where a school is: Letter in the Americas, A4 elsewhere. zone: its time zone."""
    return Paper.LETTER if zone.startswith(("America/", "US/", "Canada/", "Pacific/Honolulu")) else Paper.A4


def drawing(markup: str) -> str:
    """A drawing of a page as one for paper: a document of its own, which names its faces."""
    svg = markup if " xmlns=" in markup[:200] else markup.replace("<svg ", f'<svg xmlns="{SVG}" ', 1)
    head = svg.index(">") + 1
    return svg[:head] + STYLE + svg[head:]


def ink_of(name: str) -> dict[str, str]:
    """The colours of a poster ink by their names."""
    ink = INKS.get(name) or INKS["night"]
    return {"field": ink.field, "ground": ink.ground, "accent": ink.accent, "words": ink.words, "big": ink.big}


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
