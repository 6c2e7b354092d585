"""Reads markup that is broken: tags, text and attributes as they come, in time that grows with the length only.

It keeps no tree and corrects nothing; that is the business of whoever asks.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = re.compile(r"<(/?)([A-Za-z_][A-Za-z0-9_.-]*(?::[A-Za-z_][A-Za-z0-9_.-]*)?)")
# a value never holds "<": else one quotation mark too few would swallow the rest of the document
_ATTRIBUTE = re.compile(r"[\s/]*(?:([^\s=<>\"'/]+)(?:\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)'|([^\s<>\"']+))?)?|[\"'=]+)")
_GAP = re.compile(r"[\s/]*")
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_RAW = {"script", "style", "textarea", "xmp", "noframes"}


@dataclass(frozen=True)
class Start:
    """A start tag. closed: it ends itself, <br/>."""

    name: str
    attributes: list[tuple[str, str]]
    closed: bool


@dataclass(frozen=True)
class End:
    """An end tag."""

    name: str


@dataclass(frozen=True)
class Text:
    """Some text with its references resolved."""

    words: str


@dataclass(frozen=True)
class Declaration:
    """What stands between <! and >, comments and CDATA sections excepted."""

    words: str


def pieces(document: str, *, page: bool = False, scripts: bool = False) -> Iterator[Start | End | Text | Declaration]:
    """The pieces of a document, in order. Comments and processing instructions are left out.

    page: it is a web page, in which scripts and style sheets are not markup. scripts: give what stands in these, as
    text, unresolved; otherwise they are left out.
    """
    position, length = 0, len(document)
    ends = _Ends(document)
    while position < length:
        opens = document.find("<", position)
        if opens < 0:
            opens = length
        if opens > position:
            yield Text(resolved(document[position:opens]))
        if opens == length:
            return
        if document.startswith("<!--", opens):
            position = ends.after("-->", opens + 4)
        elif document.startswith("<![CDATA[", opens):
            position = ends.after("]]>", opens + 9)
            yield Text(document[opens + 9 : position].removesuffix("]]>"))
        elif document.startswith("<?", opens):
            position = ends.after(">", opens + 2)
        elif document.startswith("<!", opens):
            position = ends.after(">", opens + 2)
            yield Declaration(document[opens + 2 : position])
        else:
            found = _NAME.match(document, opens)
            if found is None:
                yield Text("<")
                position = opens + 1
            elif found[1]:
                yield End(found[2])
                position = ends.after(">", found.end())
            else:
                tag, position = _start(document, found)
                yield tag
                if page and tag.name.lower() in _RAW and not tag.closed:
                    starts, position = position, ends.after_element(tag.name.lower(), position)
                    if scripts:
                        yield Text(document[starts:position])


def resolved(text: str) -> str:
    """Text with its references resolved; those without a semicolon are left, they stand in addresses."""
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def _start(document: str, found: re.Match[str]) -> tuple[Start, int]:
    position = found.end()
    attributes: list[tuple[str, str]] = []
    while True:
        gap = _GAP.match(document, position)
        after = gap.end() if gap else position
        if after >= len(document) or document[after] in "<>":
            closed = "/" in document[position:after]
            return Start(found[2], attributes, closed), after + (document[after : after + 1] == ">")
        one = _ATTRIBUTE.match(document, position)
        if one is None:  # a lone quotation mark and the like
            position = after + 1
            continue
        position = one.end()
        if one[1]:
            attributes.append((one[1], resolved(one[2] or one[3] or one[4] or "")))


class _Ends:
    """Finds what ends a piece, and remembers what is not found again up to the end of the document."""

    def __init__(self, document: str) -> None:
        self.document = document
        self.absent: set[str] = set()

    def after(self, mark: str, position: int) -> int:
        """Where the next mark ends. Without one: the end of the document, for a comment its start."""
        at = -1 if mark in self.absent else self.document.find(mark, position)
        if at >= 0:
            return at + len(mark)
        self.absent.add(mark)
        return position if mark == "-->" else len(self.document)

    def after_element(self, name: str, position: int) -> int:
        """Where the end tag of a raw element starts, or the end of the document."""
        if name in self.absent:
            return len(self.document)
        found = re.compile(f"</{name}", re.IGNORECASE).search(self.document, position)
        if found is None:
            self.absent.add(name)
            return len(self.document)
        return found.start()
