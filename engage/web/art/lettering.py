"""Setting type on a drawing: how wide words are, where lines break, how large they may be.

The rules are those of DESIGN-SYSTEM.md, section 7, rules 8 and 9.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from engage.web.art.shapes import number

LEADING = 1.08
# a word longer than this may break with a hyphen where it fits at no size
LONG_WORD = 12
SMALL = 10.5
# no drawing has room for more letters, and to try where thousands break takes minutes
MOST_LETTERS = 400

# advance widths of Young Serif in thousandths of an em, from the blank (U+0020) to the tilde (U+007E)
WIDTHS = [
    *(250, 373, 402, 760, 723, 883, 813, 214, 454, 454, 582, 600, 316, 511, 313, 500),
    *(602, 397, 543, 529, 575, 537, 608, 572, 558, 608, 313, 316, 600, 600, 600, 540),
    *(1042, 786, 719, 749, 790, 755, 694, 772, 898, 407, 525, 798, 699, 1036, 891, 822),
    *(700, 822, 798, 723, 788, 808, 784, 1207, 853, 794, 745, 397, 500, 397, 600, 598),
    *(600, 619, 609, 514, 619, 515, 402, 522, 681, 347, 303, 631, 347, 1036, 681, 574),
    *(631, 625, 530, 542, 410, 659, 600, 932, 603, 578, 544, 456, 600, 456, 600),
]
OTHER_WIDTH = 600


@dataclass(frozen=True)
class Setting:
    """Lines of a title and the size they are set in."""

    size: float
    lines: list[str]

    @property
    def height(self) -> float:
        """Units from the top of the first line to the foot of the last."""
        return len(self.lines) * self.size * LEADING


def width_of(words: str, size: float) -> float:
    """How wide words stand in the display face."""
    letters = (letter for letter in unicodedata.normalize("NFD", words) if not unicodedata.combining(letter))
    return sum(_advance(letter) for letter in letters) * size / 1000


def _advance(letter: str) -> int:
    place = ord(letter) - ord(" ")
    return WIDTHS[place] if 0 <= place < len(WIDTHS) else OTHER_WIDTH


def wrap(text: str, size: float, measure: float) -> list[str]:
    """Break a text into lines of at most a measure, where its words allow it."""
    lines: list[str] = []
    line = ""
    words = text.split()[::-1]
    while words:
        word = words.pop()
        if width_of(word, size) > measure and len(word) > LONG_WORD:
            cut = _fitting(word, size, measure)
            words.append(word[cut:])
            word = word[:cut] + "-"
        longer = f"{line} {word}".strip()
        if line and width_of(longer, size) > measure:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line] if line else lines


def _fitting(word: str, size: float, measure: float) -> int:
    """How many letters of a long word go on the line before its hyphen; never fewer than three."""
    return max((cut for cut in range(3, len(word)) if width_of(word[:cut] + "-", size) <= measure), default=3)


def fit(text: str, measure: float, height: float, sizes: Sequence[float], most_lines: int) -> Setting:
    """The largest of the sizes at which no word breaks and all lines fit, with the lines balanced.

    Where none fits, the smallest size, cut off with an ellipsis.
    """
    text = text[:MOST_LETTERS]
    smallest = sizes[-1]
    for size in sizes:
        if size > smallest and any(width_of(word, size) > measure for word in text.split()):
            continue
        setting = Setting(size, wrap(text, size, measure))
        if _widest(setting) <= measure and len(setting.lines) <= most_lines and setting.height <= height:
            return _balanced(text, setting, measure)
    setting = Setting(smallest, wrap(text, smallest, measure))
    keep = max(1, min(most_lines, int(height // (smallest * LEADING))))
    if len(setting.lines) > keep:
        kept = setting.lines[:keep]
        return Setting(smallest, [*kept[:-1], kept[-1].rstrip(" ,:;") + "…"])
    return setting


def _balanced(text: str, setting: Setting, measure: float) -> Setting:
    """The same number of lines in the narrowest measure that keeps it, in steps of 4 % of the room that is left."""
    narrower = measure
    while narrower > measure * 0.5:
        narrower -= measure * 0.04
        tried = Setting(setting.size, wrap(text, setting.size, narrower))
        if len(tried.lines) != len(setting.lines) or _widest(tried) > narrower:
            break
        setting = tried
    return setting


def _widest(setting: Setting) -> float:
    return max((width_of(line, setting.size) for line in setting.lines), default=0)


def title_block(setting: Setting, x: float, y: float, colour: str, anchor: str = "start") -> str:
    """A title as text elements, its first line hanging from y. anchor: start or middle of each line is at x."""
    size = setting.size
    return "".join(
        f'<text class="cv-t" x="{number(x)}" y="{number(y + row * size * LEADING + size * 0.8)}" '
        f'font-size="{number(size)}" fill="{colour}" text-anchor="{anchor}">{escape(line)}</text>'
        for row, line in enumerate(setting.lines)
    )


def creator_line(creator: str, x: float, y: float, colour: str, anchor: str, measure: float) -> str:
    """One small line with a maker's name, cut off at a word where it is too long."""
    shown = creator[:MOST_LETTERS]
    while len(shown) * SMALL * 0.5 > measure and " " in shown:
        shown = shown.rsplit(" ", 1)[0]
    if shown != creator:
        shown = shown.rstrip(",&") + "…"
    return (
        f'<text class="cv-c" x="{number(x)}" y="{number(y)}" font-size="{SMALL}" fill="{colour}" '
        f'text-anchor="{anchor}">{escape(shown)}</text>'
    )
