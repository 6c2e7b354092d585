"""What is true of what fills a cycle: kinds of evidence, files, addresses, and actions with their outcome."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engage import dates
from engage.dates import Period
from engage.errors import Refused
from engage.evaluation.rules import check_open

LONGEST_TITLE, LONGEST_TEXT, LONGEST_ADDRESS = 120, 1_000, 2_000
MOST_EVIDENCE, MOST_ACTIONS = 30, 30
LARGEST_FILE = 8 * 1024 * 1024
LARGEST_CYCLE = 100 * 1024 * 1024
LONGEST_DAYS, SHORTEST_DAYS = 400, 28
ADDRESS = re.compile(r"https?://[^\s/@?#]+\.[^\s@?#]*(?:[/?#]\S*)?", re.IGNORECASE)
# by the first bytes: no kind is believed because a name or a browser says so
KINDS = (
    (b"%PDF-", "pdf", "application/pdf"),
    (b"PK\x03\x04", "zip", "application/zip"),
)
# what a file of this ending is given as, where its bytes do not say otherwise
OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
TEXTS = {"txt": "text/plain", "csv": "text/csv"}
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF")


def check_apart(period: Period, cycles: Iterable[tuple[str, Period]]) -> None:
    """Refuse a cycle that shares days with another one: the two subtracted would tell of the days that are left over,
    and they may be one student's (SAFETY.md, P10). cycles: name and days of the others. Raises Refused.
    """
    for name, other in cycles:
        if period.starts <= other.ends and other.starts <= period.ends:
            raise Refused(
                f"Some of these days are judged already, in {name}. Each day stands in one cycle.", about="starts"
            )


class Proof(StrEnum):
    """What a piece of evidence is."""

    LIST = "list"
    PROGRAM = "program"
    DISPLAY = "display"
    SURVEY = "survey"
    FIGURE = "figure"
    REPORT = "report"
    FILE = "file"
    ADDRESS = "address"
    UNIT = "unit"

    @property
    def word(self) -> str:
        """As it is written: "Web page"."""
        return "Web page" if self is Proof.ADDRESS else self.value.capitalize()


class Doing(StrEnum):
    """Where an action stands."""

    OPEN = "open"
    DONE = "done"
    LET_GO = "let go"

    @property
    def word(self) -> str:
        """As it is written: "Done"."""
        return {"open": "To do", "done": "Done", "let go": "Not pursued"}[self.value]


@dataclass(frozen=True)
class FileKind:
    """How a file is kept. picture: it is drawn anew, and kept as WebP."""

    media_type: str
    ending: str
    picture: bool = False


def kind_of_file(name: str, body: bytes) -> FileKind:
    """What an uploaded file is kept as, by its first bytes. Raises Refused.

    name: as the browser gave it; only its ending is believed, and only where the bytes agree.
    """
    if not body:
        raise Refused("This file is empty.", about="file")
    if len(body) > LARGEST_FILE:
        raise Refused(f"This file is too large; {LARGEST_FILE // 1024 // 1024} MB at most.", about="file")
    if body.startswith(PICTURES):
        return FileKind("image/webp", "webp", picture=True)
    ending = name.rpartition(".")[2].lower()
    for head, plain, media_type in KINDS:
        if body.startswith(head):
            if plain == "zip" and ending in OFFICE:
                return FileKind(OFFICE[ending], ending)
            return FileKind(media_type, plain)
    if ending in TEXTS and b"\x00" not in body[:4096] and body.lstrip()[:1] != b"<":
        return FileKind(TEXTS[ending], ending)
    raise Refused("Bring a picture, a PDF, an office document, a text or a CSV file.", about="file")


def file_name(name: str, kind: FileKind) -> str:
    """What a download is called: the words of the name that came, with the ending that it has now."""
    stem = name.rpartition("/")[2].rpartition("\\")[2].rpartition(".")[0]
    cleaned = "".join(letter for letter in stem if letter.isalnum() or letter in " -_").strip()[:80]
    return f"{cleaned or 'evidence'}.{kind.ending}"


def check_address(address: str) -> str:
    """A web address as it is kept; it is never asked for. Raises Refused."""
    given = address.strip()
    if len(given) > LONGEST_ADDRESS or not ADDRESS.fullmatch(given):
        raise Refused("Write a whole web address, such as https://www.example.org/page.", about="address")
    return given


def check_evidence(title: str, note: str, many: int) -> None:
    """Refuse a piece without a name, or one too many. many: how many the criterion has. Raises Refused."""
    if not title.strip():
        raise Refused("Say in a few words what it is.", about="title")
    if len(title) > LONGEST_TITLE:
        raise Refused(f"{LONGEST_TITLE} letters at most.", about="title")
    if len(note) > LONGEST_TEXT:
        raise Refused(f"{LONGEST_TEXT} letters at most.", about="note")
    if many >= MOST_EVIDENCE:
        raise Refused(f"This criterion has {many} pieces of evidence. Take one away first.")


def check_room(size: int, taken: int) -> None:
    """Refuse a file for which a cycle has no room left. size, taken: bytes. Raises Refused."""
    if size + taken > LARGEST_CYCLE:
        most = LARGEST_CYCLE // 1024 // 1024
        raise Refused(f"The files of this cycle take {most} MB at most. Take one away first.", about="file")


def check_action(what: str, who: str, state: str, outcome: str, many: int = 0) -> None:
    """Refuse an action that says nothing, or one that is done without an outcome. Raises Refused."""
    if not what.strip():
        raise Refused("Say what is to be done.", about="what")
    if len(what) > LONGEST_TEXT or len(who) > LONGEST_TITLE or len(outcome) > LONGEST_TEXT:
        raise Refused("This is too long.")
    if state not in set(Doing):
        raise Refused("Choose where it stands.", about="state")
    if state == Doing.DONE and not outcome.strip():
        raise Refused("Say what came of it. The report tells it next year.", about="outcome")
    if many >= MOST_ACTIONS:
        raise Refused(f"This cycle has {many} actions. Finish one first.")


def check_period(period: Period) -> None:
    """Refuse a cycle that is no school year and no term. Raises Refused."""
    days = (period.ends - period.starts).days + 1
    if days < SHORTEST_DAYS:
        raise Refused("A cycle lasts four weeks or longer.", about="ends")
    if days > LONGEST_DAYS:
        raise Refused("A cycle is a school year at most.", about="ends")


def check_closing(ends: date, today: date, locked: bool, unrated: Iterable[str]) -> None:
    """Refuse to close a cycle that runs, or that lacks a person's word where figures say too little. Raises Refused.

    unrated: the titles of criteria that are partly counted or a record only and have no rating.
    """
    check_open(locked)
    if today <= ends:
        raise Refused(f"This cycle runs until {dates.spoken(ends)}. Close it after that day.")
    if missing := list(unrated):
        raise Refused(f"A person has to rate these first: {'; '.join(missing)}.")
