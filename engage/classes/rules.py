"""What is true of assignments: what may be assigned, and when a student is done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engage.errors import Refused
from engage.lists.rules import State


class AssignmentKind(StrEnum):
    """How much of a list is asked for."""

    ALL = "all"
    ANY = "any"
    CHOSEN = "chosen"


class Status(StrEnum):
    """Where a student is with something that was assigned; the words of the matrix."""

    DONE = "done"
    STARTED = "started"
    STOPPED = "stopped"
    LATE = "late"
    NONE = "none"


LONGEST_INSTRUCTIONS = 1_000


def check_assignable(
    state: State,
    items: int,
    kind: AssignmentKind,
    required: int,
    chosen: int,
    shows_from: date,
    due_on: date | None,
    today: date,
) -> None:
    """Refuse to assign what a class could not do.

    items: how many stand on the list; required: how many of them any X asks for; chosen: how many were picked.
    Raises Refused.
    """
    if state is not State.PUBLISHED:
        raise Refused("Publish this list first. A class can only be asked for a published list.", about="list")
    if not items:
        raise Refused("There is nothing on this list yet.", about="list")
    if kind is AssignmentKind.ANY and not 1 <= required <= items:
        raise Refused(f"Ask for 1 to {items} of the {items} on this list.", about="required")
    if kind is AssignmentKind.CHOSEN and not chosen:
        raise Refused("Choose at least one from the list.", about="chosen")
    if due_on is not None and due_on < shows_from:
        raise Refused("The due day is before the day it shows from.", about="due_on")
    if due_on is not None and due_on < today:
        raise Refused("The due day has passed already.", about="due_on")


@dataclass(frozen=True)
class Part:
    """One student's part in one assignment. finished: how many of the asked ones, asked: how many there are."""

    status: Status
    finished: int
    asked: int


def part_of(
    kind: AssignmentKind,
    required: int,
    resources: Iterable[int],
    states: Mapping[int, str],
    due_on: date | None,
    on: date,
) -> Part:
    """How far a student is with an assignment.

    resources: ids of what was assigned. states: "started", "finished" or "stopped" by resource id.
    """
    assigned = list(resources)
    asked = min(required, len(assigned)) if kind is AssignmentKind.ANY else len(assigned)
    finished = min(asked, sum(states.get(resource) == "finished" for resource in assigned))
    if finished == asked:
        status = Status.DONE
    elif due_on is not None and on > due_on:
        status = Status.LATE
    elif any(resource in states for resource in assigned):
        status = Status.STARTED
    else:
        status = Status.NONE
    return Part(status, finished, asked)


def asks(kind: AssignmentKind, required: int, items: int) -> str:
    """What an assignment asks for, in words."""
    if kind is AssignmentKind.ANY:
        return f"Any {required} of {items}"
    return "All of it" if kind is AssignmentKind.ALL else f"{items} chosen {'one' if items == 1 else 'ones'}"
