"""What papers are made of: sheets, words cleaned and cut for them, drawings and inks, as values for the press.

Nothing here looks at a table or a request.
"""

import re
import unicodedata
from enum import StrEnum

from engage.web.art.inks import INKS


class Paper(StrEnum):
    """The two sheets that schools print on."""

    A4 = "a4"
    LETTER = "letter"


# millimetres; templates/paper/parts.typ knows the same
SHEETS = {Paper.A4: (210.0, 297.0), Paper.LETTER: (215.9, 279.4)}
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
