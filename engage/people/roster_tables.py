"""Takes a table of a roster apart, whoever wrote it: rows with their lines, cells by the names that we know.

Headings are looked for without regard to case, blanks and small slips; what was read otherwise than written is said.
Columns that nobody asked for are never looked at. Sources: STANDARDS.md, 4.1; SAFETY.md, U3.
"""

import csv
import difflib
import io
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from engage.people.roster_opening import NoRoster
from engage.people.roster_rules import Fault, What, counted

BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
LONGEST_LINE = 64 * 1024
MOST_LINES = 20  # of one row; more of them are a quotation mark that nobody closed
MOST_COLUMNS = 200
LIKE = 0.88
DELIMITERS = ",;\t|"
# what our own tables put an apostrophe before (engage.web.tables)
FORMULA = frozenset("=+-@\t\r\n")
NOT_UTF8 = "Some of its letters are not UTF-8; they are read as Latin-1."
csv.field_size_limit(LONGEST_LINE * MOST_LINES)

# columns that hold what is nobody's business here: their cells are never looked at
NEVER = frozenset(
    {
        *("password", "sms", "phone", "identifier", "agentsourcedids", "agents", "userids", "usermasteridentifier"),
        *("pronouns", "birthdate", "sex", "gender", "middlename", "preferredmiddlename"),
    }
)
# columns of the standards that are no use here and no secret: it need not be said that they are not read
PLAIN = frozenset(
    {
        *("title", "schoolyear", "schoolyearsourcedid", "classtype", "location", "subjects", "subjectcodes", "periods"),
        *("primary", "isprimary", "datelastmodified", "roletype", "userprofilesourcedid", "primaryorgsourcedid"),
        *(
            "orgsourcedid",
            "begindate",
            "rolestartdate",
            "sessionsourcedid",
            "grades",
            "type",
            "coursecode",
            "status",
            "sourcedid",
        ),
    }
)


@dataclass
class Notes:
    """What was odd, told once for each file and sentence, with the first line and how often."""

    found: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def say(self, file: str, line: int, why: str) -> None:
        """Something was odd. why: a sentence without names and without numbers of the row."""
        self.found.setdefault((file, why), []).append(line)

    def faults(self) -> Iterator[Fault]:
        """Each of them as a row of the report."""
        for (file, why), lines in self.found.items():
            more = f" The same in {counted(len(lines) - 1, 'more row')}." if len(lines) > 1 else ""
            yield Fault(file, lines[0], What.FILE, why + more)


@dataclass(frozen=True)
class Row:
    """A row: its line and its cells. problem: why it cannot be read."""

    line: int
    cells: Sequence[str] = ()
    problem: str = ""


def word_of(heading: str) -> str:
    """A heading without case, blanks and strokes."""
    return "".join(sign for sign in heading.casefold() if sign.isalnum())


class Table:
    """One table. get: a cell of a row by the name of its column, "" where there is none.

    columns: those that are known, as they are spelled in their standard. Raises NoRoster.
    """

    def __init__(self, name: str, stream: io.BufferedReader, columns: Sequence[str], notes: Notes) -> None:
        self.name, self.notes, self.count = name, notes, 0
        self._rows = _rows(_lines(stream, lambda line, why: notes.say(name, line, why)))
        head = next(self._rows, None)
        if head is None or not any(head.cells):
            raise NoRoster(f"{name} is empty." if name else "The file is empty.")
        if len(head.cells) > MOST_COLUMNS:
            raise NoRoster(f"{name or 'The table'} has {len(head.cells):,} columns.")
        self.at = self._places(head.cells, columns)

    def _places(self, head: Sequence[str], columns: Sequence[str]) -> dict[str, int]:
        known = {word_of(name): name for name in columns}
        found: dict[str, int] = {}
        unread: list[str] = []
        spare: list[tuple[int, str, str]] = []
        for place, heading in enumerate(head):
            word = word_of(heading)
            if word in known and known[word] not in found:
                found[known[word]] = place
            elif word in NEVER:
                unread.append(heading.strip())
            elif word and word not in PLAIN:
                spare.append((place, heading.strip(), word))
        left: list[str] = []
        for place, heading, word in spare:
            missing = [each for each, name in known.items() if name not in found]
            like = difflib.get_close_matches(word, missing, 1, LIKE)
            if like:
                found[known[like[0]]] = place
                self.notes.say(self.name, 1, f"The heading “{heading[:40]}” is read as {known[like[0]]}.")
            else:
                left.append(heading[:40])
        if unread:
            self.notes.say(self.name, 1, f"Never read: {', '.join(unread)}.")
        if left:
            self.notes.say(self.name, 1, f"Not needed and left unread: {', '.join(left)}.")
        return found

    def lacks(self, *columns: str) -> list[str]:
        """Which of these columns there are not."""
        return [name for name in columns if name not in self.at]

    def __iter__(self) -> Iterator["Cells"]:
        for row in self._rows:
            self.count += 1
            yield Cells(row.line, row.cells, self.at, row.problem)


class Cells:
    """A row by the names of its columns."""

    __slots__ = ("at", "cells", "line", "problem")

    def __init__(self, line: int, cells: Sequence[str], at: Mapping[str, int], problem: str = "") -> None:
        self.line, self.cells, self.at, self.problem = line, cells, at, problem

    def __getitem__(self, name: str) -> str:
        return self.cell(self.at.get(name, -1))

    def cell(self, place: int) -> str:
        """The cell at a place, "" where there is none."""
        if not 0 <= place < len(self.cells):
            return ""
        text = self.cells[place].strip()
        return text[1:] if text[:1] == "'" and text[1:2] in FORMULA else text


def day_of(text: str) -> tuple[str, str]:
    """A day as 2026-08-24, and what was odd about how it is written; "" where it cannot be told."""
    head = text[:10]
    try:
        found = date.fromisoformat(head)
    except ValueError:
        return _day_with_strokes(text)
    rest = text[10:]
    return found.isoformat(), "" if not rest or rest[0] in "T " else "A day is followed by something else."


def _day_with_strokes(text: str) -> tuple[str, str]:
    parts = text.split(" ")[0].replace(".", "/").split("/")
    if len(parts) != 3 or not all(part.isdigit() for part in parts) or len(parts[2]) != 4:
        return "", "A day is written in a way that nobody knows; it is left out."
    one, two, year = (int(part) for part in parts)
    if one <= 12 and two <= 12 and one != two:
        return "", "A day like 1/05/2023 may be meant in two ways; it is left out. Write 2023-05-01."
    month, day = (two, one) if one > 12 else (one, two)
    try:
        return date(year, month, day).isoformat(), "A day is written with strokes; it is read all the same."
    except ValueError:
        return "", "A day is none of the calendar; it is left out."


def _lines(stream: io.BufferedReader, say: Callable[[int, str], None]) -> Iterator[tuple[int, str | None]]:
    """The lines of a file with their numbers; None for one that is too long to be one."""
    first = stream.peek(4096)[:4096]
    if first.startswith(UTF16):
        text = io.TextIOWrapper(stream, "utf-16", errors="replace", newline=None)
        say(1, "It is UTF-16; UTF-8 is what the standards want.")
        for number, line in enumerate(iter(lambda: text.readline(LONGEST_LINE), ""), 1):
            yield number, line.rstrip("\n")
        return
    if b"\r" in first and b"\n" not in first:  # as very old systems end their lines
        stream = io.BufferedReader(io.BytesIO(stream.read().replace(b"\r", b"\n")))
    number = 0
    while raw := stream.readline(LONGEST_LINE + 1):
        number += 1
        if number == 1 and raw.startswith(BOM):
            raw = raw[3:]
            say(1, "It begins with a byte order mark.")
        if len(raw) > LONGEST_LINE:
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(LONGEST_LINE)
            yield number, None
            continue
        if b"\x00" in raw:
            raw = raw.replace(b"\x00", b"")
            say(number, "Unprintable characters are left out.")
        try:
            line = raw.decode()
        except UnicodeDecodeError:
            line = raw.decode("cp1252", "replace")
            say(number, NOT_UTF8)
        yield number, line.rstrip("\r\n")


def _rows(lines: Iterator[tuple[int, str | None]]) -> Iterator[Row]:
    """The rows that are not blank, the headings first."""
    waiting: deque[tuple[int, str | None]] = deque()
    delimiter = ""
    while True:
        number, text = waiting.popleft() if waiting else next(lines, (0, ""))
        if number == 0:
            return
        if text is None:
            yield Row(number, problem="The line is longer than a row can be.")
            continue
        if not text.strip(" \t,;|"):
            continue
        if not delimiter:
            delimiter = max(DELIMITERS, key=lambda sign: (text.count(sign), -DELIMITERS.index(sign)))
        if '"' not in text:
            yield Row(number, text.split(delimiter))
            continue
        whole = text
        taken: list[tuple[int, str | None]] = []
        while whole.count('"') % 2 and len(taken) < MOST_LINES:
            following = waiting.popleft() if waiting else next(lines, (0, ""))
            if following[0] == 0 or following[1] is None:
                break
            taken.append(following)
            whole += "\n" + following[1]
        if whole.count('"') % 2:
            waiting.extendleft(reversed(taken))
            yield Row(number, problem="A quotation mark on this line is never closed.")
            continue
        try:
            yield Row(number, next(csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter), []))
        except csv.Error:
            yield Row(number, problem="The line cannot be taken apart.")
