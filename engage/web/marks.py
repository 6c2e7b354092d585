"""Light marks in words that people write: *emphasis* and **strong words**. Pages show them, all else leaves them out.

That is all there is: no links, no headings, no lists. A star that opens nothing, or closes nothing, stays a star, and
so does one inside a word or between blanks: 2 * 3 * 4 is a sum. See DECISIONS.md, "Notes have two marks".
"""

import re
from collections.abc import Callable
from functools import lru_cache

from markupsafe import Markup, escape

STRONG = re.compile(r"(?<![\w*])\*\*(?=[^\s*])((?:[^*\n]|\*(?!\*)){1,1000}?)(?<=[^\s])\*\*(?![\w*])")
EMPHASIS = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,1000}?)(?<=[^\s])\*(?![\w*])")


def marked(text: str) -> Markup:
    """The words for a page, with everything else in them harmless: they are escaped first, then marked."""
    safe = str(escape(text))
    return Markup(EMPHASIS.sub(r"<em>\1</em>", STRONG.sub(r"<strong>\1</strong>", safe)))


def plain(text: str) -> str:
    """The words alone, for feeds, exports, paper and everything else that has no marks."""
    return EMPHASIS.sub(r"\1", STRONG.sub(r"\1", text))


def foreign(text: object, language: str = "") -> Markup:
    """Words that people wrote, among ours: in which direction they are read is their own."""
    return Markup(f'<bdi lang="{escape(language)}">{escape(text)}</bdi>' if language else f"<bdi>{escape(text)}</bdi>")


class Signs:
    """Draws signs from our sheet of them. asset: gives the address of a static file."""

    def __init__(self, asset: Callable[[str], str]) -> None:
        self.asset = asset

    def __call__(self, name: str, label: str = "", kind: str = "") -> Markup:
        """One sign. label: what it says where no words beside it do."""
        return _sign(self.asset("icons.svg"), name, label, kind)


@lru_cache(maxsize=4_000)
def _sign(sheet: str, name: str, label: str, kind: str) -> Markup:
    said = f' role="img" aria-label="{escape(label)}"' if label else ' aria-hidden="true"'
    look = f"icon {escape(kind)}" if kind else "icon"
    use = f'<use href="{escape(sheet)}#i-{escape(name)}"/>'
    return Markup(f'<svg class="{look}"{said} focusable="false">{use}</svg>')
