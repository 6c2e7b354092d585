"""Takes a table of text apart, CSV or with tabs, whoever wrote it: each row with its line, or why it is none.

A row that cannot be read costs itself. Source: SAFETY.md, U3.
"""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from engage.resources.opening import NEITHER, UTF16, NoFile, Pieces

LONGEST_LINE = 256 * 1024
LARGEST_CELL = 32 * 1024
MOST_LINES = 100  # of one row; more of them are a quotation mark that nobody closed
MOST_COLUMNS = 200
DELIMITERS = ",;\t|"
END = re.compile(rb"\r\n|\n|\r(?!\n)")
WINDOWS = "Its letters are those of Windows, not UTF-8."
DAMAGED = "Some of its letters are damaged."
NULS = "Unprintable characters were left out."
# what a spreadsheet takes for a formula; our own tables put an apostrophe before it (engage.web.tables)
FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")

csv.field_size_limit(2 * LONGEST_LINE * MOST_LINES)


class NoTable(Exception):
    """The file is no table, or cannot be read further, in one sentence."""


@dataclass(frozen=True)
class Row:
    """A row and the line of the file on which it begins. problem: why it cannot be read. notes: what was odd."""

    line: int
    cells: tuple[str, ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One line of the file. text: None where it is too long to be one."""

    number: int
    text: str | None
    notes: tuple[str, ...] = ()


def rows_in(stream: Pieces) -> Iterator[Row]:
    """Every row that is not blank, the headings first. Raises NoTable."""
    lines = _Lines(_lines(stream))
    delimiter = ""
    try:
        while (line := lines.peek()) is not None:
            if not delimiter and line.text is not None:
                delimiter = delimiter_of(line.text)
            row = _row(lines, delimiter or ",")
            if row is not None:
                yield row
    except NoFile as no:
        raise NoTable(str(no)) from no


def check_is_text(first: bytes) -> None:
    """Refuse what no table begins with. Raises NoTable."""
    if not first.strip():
        raise NoTable("The file is empty.")
    if not first.startswith(UTF16) and first[:4096].count(b"\x00") > len(first[:4096]) // 8:
        raise NoTable(NEITHER)


def delimiter_of(text: str) -> str:
    """What stands between the cells of a row of headings."""
    bare = re.sub(r'"[^"]*"', "", text)
    return max(DELIMITERS, key=lambda sign: (bare.count(sign), -DELIMITERS.index(sign)))


class _Lines:
    """Lines that can be given back."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._back: deque[Line] = deque()

    def take(self) -> Line | None:
        return self._back.popleft() if self._back else next(self._lines, None)

    def peek(self) -> Line | None:
        line = self.take()
        if line is not None:
            self._back.appendleft(line)
        return line

    def give_back(self, lines: list[Line]) -> None:
        self._back.extendleft(reversed(lines))


def _row(lines: _Lines, delimiter: str) -> Row | None:
    """The next row; None where it is blank."""
    taken: list[Line] = []
    ran_out = False

    def feed() -> Iterator[str]:
        nonlocal ran_out
        while len(taken) < MOST_LINES and (line := lines.take()) is not None:
            taken.append(line)
            if line.text is None:
                break
            yield line.text
        ran_out = True

    cells: list[str] = next(csv.reader(feed(), delimiter=delimiter), [])
    first = taken[0]
    notes = tuple(dict.fromkeys(note for line in taken for note in line.notes))
    if ran_out:
        lines.give_back(taken[1:])
        if first.text is None:
            return Row(first.number, problem="The line is longer than a row can be.")
        if delimiter != "\t":
            return Row(first.number, problem="A quotation mark on this line is never closed.", notes=first.notes)
        cells, notes = first.text.rstrip("\r\n").split(delimiter), first.notes  # tabs need no quotation marks
    neat = tuple(_cell(each) for each in cells)
    if any(len(each) > LARGEST_CELL for each in neat):
        return Row(first.number, problem="One of its cells is longer than anything that is read.", notes=notes)
    return Row(first.number, neat, notes=notes) if any(neat) else None


def _cell(text: str) -> str:
    """A cell without the blanks around it, and without the mark that keeps a spreadsheet from calculating it."""
    text = text.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA and len(text) > 1 else text


def _lines(stream: Pieces) -> Iterator[Line]:
    """The lines of the file, each decoded as what it is."""
    number, held, skipping = 0, b"", False
    for piece in _pieces(stream):
        held += piece
        start = 0
        for end in END.finditer(held):
            if end.group() == b"\r" and end.end() == len(held):
                break  # its other half may be in the next piece
            number += 1
            yield Line(number, None) if skipping else _line(number, held[start : end.end()])
            start, skipping = end.end(), False
        held = held[start:]
        if len(held) > LONGEST_LINE:
            held, skipping = held[-1:], True
    if held:
        yield Line(number + 1, None) if skipping else _line(number + 1, held)


def _line(number: int, raw: bytes) -> Line:
    if len(raw) > LONGEST_LINE:
        return Line(number, None)
    notes: tuple[str, ...] = ()
    if b"\x00" in raw:
        raw, notes = raw.replace(b"\x00", b""), (NULS,)
    try:
        return Line(number, raw.decode(), notes)
    except UnicodeDecodeError:
        text = raw.decode(errors="replace")
    if any(not sign.isascii() and sign != "\ufffd" for sign in text):
        return Line(number, text, (*notes, DAMAGED))  # the others are UTF-8
    return Line(number, raw.decode("cp1252", "replace"), (*notes, WINDOWS))


def _pieces(stream: Pieces) -> Iterator[bytes]:
    """The bytes of the file, as UTF-8 where they are UTF-16."""
    if not stream.peek().startswith(UTF16):
        while piece := stream.read():
            yield piece
        return
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    while piece := stream.read():
        yield decoder.decode(piece).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")
