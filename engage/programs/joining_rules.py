"""How students come into a program: by themselves, with a code, with their class or with their grade."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from engage import dates
from engage.errors import Refused
from engage.programs.rules import Phase, ProgramState, check_joinable, phase

LEAST_CODE, MOST_CODE = 4, 24
MOST_CLASSES = 60
PHASE_WORDS = {
    Phase.ANNOUNCED: "Announced",
    Phase.JOINING: "Joining",
    Phase.RUNNING: "Running",
    Phase.CATCHING_UP: "Catching up",
    Phase.CLOSED: "Closed",
}


class Joining(StrEnum):
    """Who may come in, and how."""

    OPEN = "open"
    CODE = "code"
    CLASSES = "classes"
    GRADES = "grades"


class Way(StrEnum):
    """How an enrolment came about, or, of one that is over, who ended it.

    JOINED: by the student. ROSTER: with a class or a grade, and it goes when the student leaves there.
    """

    JOINED = ""
    CODE = "code"
    ROSTER = "class"
    STAFF = "staff"


ASSIGNED = frozenset({Joining.CLASSES, Joining.GRADES})
WORDS = {
    Joining.OPEN: "Anybody it is for",
    Joining.CODE: "Whoever has the code",
    Joining.CLASSES: "Classes, with all their students",
    Joining.GRADES: "Grades, with all their students",
}


def opens_on(program: Mapping[str, Any], zone: str) -> date | None:
    """The day from which one may join a published program; None where nothing was said of it."""
    return dates.on(program["published_at"], zone) if program["published_at"] else None


def phase_of(program: Mapping[str, Any], zone: str, today: date) -> Phase:
    """Where a program stands today, by its row."""
    return phase(program["starts"], program["ends"], program["catching_up"], today, opens_on(program, zone))


def folded(code: str) -> str:
    """A code as it is compared: "Lantern 7" is "lantern7"."""
    return "".join(letter for letter in code.casefold() if letter.isalnum())


def check_code(joining: Joining, code: str) -> None:
    """Refuse a code that is too short to be one, where joining asks for it. Raises Refused."""
    if joining is Joining.CODE and not LEAST_CODE <= len(folded(code)) <= MOST_CODE:
        raise Refused(f"Write a code of {LEAST_CODE} to {MOST_CODE} letters or numbers.", about="join_code")


def check_opening(announced: date | None, opens: date | None, starts: date) -> None:
    """Refuse days of announcing and joining that stand in the wrong order. Raises Refused."""
    if opens is not None and opens > starts:
        raise Refused("Joining opens on the first day at the latest.", about="opens")
    if announced is not None and announced > (opens or starts):
        raise Refused("Announce it before one can join.", about="announced")


def check_comes_in(program: Mapping[str, Any], now: Phase, code: str, back: Way | None, assigned: bool) -> None:
    """Refuse a student who may not come in by themselves.

    back: how an earlier part of theirs ended, None where there was none. assigned: the program is assigned to the
    student's class or grade.
    Raises Refused.
    """
    check_joinable(ProgramState(program["state"]), now)
    if now is Phase.ANNOUNCED:
        raise Refused("This program is not open yet. You can join it later.")
    if back is Way.STAFF:
        raise Refused("You were taken out of this program. Ask in the library if you want to be in it again.")
    joining = Joining(program["joining"])
    if back is None and joining is Joining.CODE and folded(code) != folded(program["join_code"]):
        raise Refused("That is not the code of this program. Look at it again, letter by letter.", about="code")
    if joining in ASSIGNED and not assigned:
        raise Refused("This program is for some classes. Your teacher or the library puts students in it.")


def has_left_for_good(way: Way) -> bool:
    """Whether somebody who is out stays out, although the class or grade is still in: they or the staff decided it."""
    return way is not Way.ROSTER
