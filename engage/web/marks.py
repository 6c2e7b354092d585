"""Light marks in words that people write: *emphasis* and **strong words**. Pages show them, all else leaves them out.

That is all there is: no links, no headings, no lists. A star that opens nothing, or closes nothing, stays a star, and
so does one inside a word or between blanks: 2 * 3 * 4 is a sum. See DECISIONS.md, "Notes have two marks".
"""

import re

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
