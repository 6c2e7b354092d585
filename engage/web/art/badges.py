"""Badges drawn by rule: what stands in a seal where nobody chose it, and the whole seal for paper.

The rule of the mark: what staff chose; else the number in the title, in figures or in words; else the first row of
HINTS with a whole word of the title; else one of PLAIN_MARKS by a byte of SHA-256 of the title, folded as for covers
(DESIGN-SYSTEM.md, section 7). The shape and the ink are chosen by staff.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

from engage.web.art.chance import Chance
from engage.web.art.inks import INKS
from engage.web.art.seals import seal

SPRITE = Path(__file__).parent.parent.parent / "static" / "icons.svg"
SYMBOL = re.compile(r'<symbol id="i-([\w-]+)" viewBox="([\d. ]+)">(.*?)</symbol>', re.DOTALL)
NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 1
    )
} | {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "hundred": "100", "thousand": "1000"}
HINTS: tuple[tuple[frozenset[str], str], ...] = tuple(
    (frozenset(words.split()), icon)
    for words, icon in (
        ("lantern lanterns lamp light lights", "lamp-fill"),
        ("moon night nights star stars sky stargazer", "moon-stars-fill"),
        ("sun sunrise morning summer early day days", "sun-horizon-fill"),
        ("ear ears listen listening hear sound sounds podcast", "headphones-fill"),
        ("talk talks tell word words review reviews", "chat-circle-text-fill"),
        ("friend friends buddy buddies kind help helper", "hand-heart-fill"),
        ("world globe earth around travel", "globe-hemisphere-west-fill"),
        ("space rocket planet launch", "rocket-fill"),
        ("mountain mountains climb peak summit", "mountains-fill"),
        ("forest tree trees wood woods", "tree-fill"),
        ("garden flower flowers spring", "flower-tulip-fill"),
        ("leaf leaves nature autumn green first", "leaf-fill"),
        ("sea ocean boat sail", "boat-fill"),
        ("fish river water", "fish-fill"),
        ("lighthouse coast", "lighthouse-fill"),
        ("bird birds owl", "bird-fill"),
        ("cat cats", "cat-fill"),
        ("dog dogs", "dog-fill"),
        ("horse horses", "horse-fill"),
        ("rabbit rabbits bunny", "rabbit-fill"),
        ("bike bicycle ride", "bicycle-fill"),
        ("music song songs", "guitar-fill"),
        ("key keys open secret mystery", "key-fill"),
        ("team together class everyone all", "users-three-fill"),
        ("king queen crown champion winner whole complete finisher", "crown-fill"),
        ("book books read reader title titles page pages shelf story stories", "books-fill"),
    )
)
PLAIN_MARKS = ("star-fill", "medal-fill", "books-fill", "acorn-fill", "butterfly-fill", "bird-fill", "binoculars-fill")
LONGEST_NUMBER = 4


def mark_of(title: str, mark: str = "") -> tuple[str, str]:
    """The number and the icon of a badge, one of them "". mark: what staff chose, a number or the name of an icon."""
    if mark:
        return (mark, "") if mark.isdigit() else ("", mark)
    words = _folded(title).split()
    for word in words:
        number = word.lstrip("0") if word.isdigit() else NUMBERS.get(word, "")
        if number and len(number) <= LONGEST_NUMBER:
            return number, ""
    icon = next((icon for hints, icon in HINTS if not hints.isdisjoint(words)), "")
    return "", icon or Chance(" ".join(words)).pick(PLAIN_MARKS)


def _folded(title: str) -> str:
    """As the seeds of covers: without accents, in lower case, runs of all else as one space."""
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def whole_seal(title: str, shape: str, ink: str, mark: str = "") -> tuple[str, str, str]:
    """An earned badge for paper, 120 by 120: the drawing, the number to be set in the middle of it, and its colour.

    The number is left to the press, since a drawing on paper cannot ask for numerals that stand on the line.
    """
    number, icon = ("", "") if shape == "ways" else mark_of(title, mark)
    colour = INKS[ink].words
    box, drawn = icons().get(icon, ("0 0 1 1", ""))
    inside = f'<svg x="32" y="32" width="56" height="56" viewBox="{box}" fill="{colour}">{drawn}</svg>'
    return f'<svg viewBox="0 0 120 120" width="120" height="120">{seal(shape, ink, True)}{inside}</svg>', number, colour


@cache
def icons() -> dict[str, tuple[str, str]]:
    """The icons of the pages by name: the box that each is drawn in, and the drawing."""
    return {name: (box, drawn) for name, box, drawn in SYMBOL.findall(SPRITE.read_text("utf-8"))}
