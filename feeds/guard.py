"""Goes through an XML document before the parser of feeds does, so that this one never meets a trap.

Expat reads it where it is well-formed; where it is not, it is taken piece by piece and its missing end
tags are put in. Both ways lead through the same sieve. Source: SAFETY.md F7; what feedparser costs
without it stands there in section 1.
"""

import re
from xml.parsers import expat

from feeds.markup import Declaration, End, Start, pieces, resolved
from feeds.model import Unreadable
from feeds.sieve import ITEMS, ROOTS, Sieve

# these need no end tag in web pages, and have none in broken feeds
_VOID = {"area", "br", "col", "embed", "hr", "img", "input", "meta", "wbr"}
_ENDED_BY_THE_NEXT = {"dd", "dt", "li", "option", "p", "td", "th", "tr"}
FRONT = "\ufeff \t\r\n\0"  # what may stand in front of a document and means nothing
_DECLARES = re.compile(r"ENTITY|.*<!ENTITY", re.IGNORECASE | re.DOTALL)


def bounded(text: str) -> bytes:
    """The document written anew: well-formed, in UTF-8, and within all limits.

    Raises Unreadable: entities, too-many-attributes, too-deep, too-long-text, not-a-feed.
    """
    document = sifted(text)[0].document()
    if not document:
        raise Unreadable("not-a-feed")
    return document


def sifted(text: str) -> tuple[Sieve, bool]:
    """The sieve through which a document went, and whether it is well-formed of itself. Raises Unreadable."""
    text = text.lstrip(FRONT)
    sieve = _well_formed(text)
    return (_mended(text), False) if sieve is None else (sieve, True)


def _well_formed(text: str) -> Sieve | None:
    sieve = Sieve()
    parser = expat.ParserCreate("utf-8")
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.UseForeignDTD(True)  # an undeclared &eacute; is then told to us instead of being an error

    def start(name: str, listed: list[str]) -> None:
        sieve.start(name, list(zip(listed[::2], listed[1::2], strict=True)))

    def refuse(*_: object) -> None:
        raise Unreadable("entities")

    def skipped(name: str, is_parameter: bool) -> None:
        if not is_parameter:
            sieve.text(resolved(f"&{name};"))

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: sieve.end()
    parser.CharacterDataHandler = sieve.text
    parser.EntityDeclHandler = refuse
    parser.SkippedEntityHandler = skipped
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError:
        return None
    return sieve


def _mended(text: str) -> Sieve:
    tree = _Mending()
    for piece in pieces(text):
        if isinstance(piece, Start):
            tree.start(piece)
        elif isinstance(piece, End):
            tree.end(piece.name.lower())
        elif isinstance(piece, Declaration):
            if _DECLARES.match(piece.words):
                raise Unreadable("entities")
        else:
            tree.sieve.text(piece.words)
        if tree.is_over:
            break
    tree.close_to(0)
    return tree.sieve


class _Mending:
    """Gives the sieve an end for each start, though the document does not."""

    def __init__(self) -> None:
        self.sieve = Sieve()
        self.open: list[str] = []
        self.is_over = False

    def start(self, tag: Start) -> None:
        name = tag.name.lower()
        local = name.rpartition(":")[2]
        if not self.open and local not in ROOTS:
            return  # a warning of the server in front of the feed
        if self.open and self.open[-1] == name and name in _ENDED_BY_THE_NEXT:
            self.close_to(len(self.open) - 1)
        elif local in ITEMS and name in self.open and not self.sieve.is_within_field:
            self.close_to(self.open.index(name))
        self.sieve.start(tag.name, tag.attributes)
        self.open.append(name)
        # a root that seems to end itself has a slash where a quotation mark is missing
        if (tag.closed and local not in ROOTS) or name in _VOID:
            self.close_to(len(self.open) - 1)

    def end(self, name: str) -> None:
        if name in self.open:
            self.close_to(len(self.open) - 1 - self.open[::-1].index(name))
            self.is_over = not self.open

    def close_to(self, count: int) -> None:
        """End elements until so many are left open."""
        while len(self.open) > count:
            self.open.pop()
            self.sieve.end()
