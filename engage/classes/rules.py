"""What is true of assignments: what may be assigned, when a student is done, who could use help."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from engage.dates import spoken
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
LONGEST_NAME = 80
MOST_GROUPS = 100
MOST_IN_GROUP = 60
MOST_HAND_INS = 50
LONGEST_TITLE = 300

# days without a word, and days before a due day, after which a teacher may want to ask
QUIET_DAYS = 7
SOON_DAYS = 2
# how long a withdrawn assignment stays in calendars, as cancelled. Source: STANDARDS.md, 5.3
CANCELLED_FOR = timedelta(days=60)
HELP_RULE = (
    f"Named here is who has something past its due day, has not begun what is due within {SOON_DAYS} days, "
    f"or has logged nothing for {QUIET_DAYS} days. Only the teachers of this class see it."
)


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
    check_days(shows_from, due_on, None, today)


def check_days(shows_from: date, due_on: date | None, before: date | None, today: date) -> None:
    """Refuse days that no class could keep. before: the due day until now, which may stay. Raises Refused."""
    if due_on is not None and due_on < shows_from:
        raise Refused("The due day is before the day it shows from.", about="due_on")
    if due_on is not None and due_on < today and due_on != before:
        raise Refused("The due day has passed already.", about="due_on")


class AskedAlready(Refused):
    """Somebody has a list already on the days on which it is asked for. keys: of the assignments that say so."""

    def __init__(self, sentence: str, about: str, keys: tuple[str, ...]) -> None:
        super().__init__(sentence, about=about)
        self.keys = keys


def same_days(starts: date, ends: date | None, other_starts: date, other_ends: date | None) -> bool:
    """Whether two assignments are asked for on one day at least. ends: the due day, None where there is none."""
    return (ends is None or other_starts <= ends) and (other_ends is None or starts <= other_ends)


def already_words(name: str, title: str, shows_from: date, due_on: date | None, waiting: bool) -> str:
    """That a class or group has a list already, and for how long. waiting: it is only proposed."""
    until = f" until {spoken(due_on)}" if due_on is not None else ", with no due day"
    has = f"“{title}” is proposed to {name}" if waiting else f"{name} has “{title}”"
    return f"{has} already, from {spoken(shows_from)}{until}."


def check_group(name: str, students: int, groups: int) -> None:
    """Refuse a reading group that could not be told apart or used. groups: how many the teacher has besides it."""
    if not name.strip():
        raise Refused("Give the group a name.", about="name")
    if len(name) > LONGEST_NAME:
        raise Refused(f"A name has {LONGEST_NAME} letters at most.", about="name")
    if not students:
        raise Refused("Choose at least one student.", about="students")
    if students > MOST_IN_GROUP:
        raise Refused(f"A group has {MOST_IN_GROUP} students at most.", about="students")
    if groups >= MOST_GROUPS:
        raise Refused(f"You have {MOST_GROUPS} groups. End one of them first.")


def kept_until(due_on: date | None, days: int) -> date | None:
    """The last day on which titles handed in for an assignment are kept; None where nothing is due.

    days: for how long the school keeps them after the due day.
    """
    return None if due_on is None else due_on + timedelta(days=days)


def check_hand_in(title: str, own: Collection[str]) -> None:
    """Refuse to hand in what is no title, or twice the same. own: what was handed in for it before. Raises Refused."""
    if not title:
        raise Refused("Choose a title, or write one.", about="title")
    if len(title) > LONGEST_TITLE:
        raise Refused(f"A title has {LONGEST_TITLE} letters at most.", about="title")
    if title.casefold() in {each.casefold() for each in own}:
        raise Refused("You handed this one in already.", about="title")
    if len(own) >= MOST_HAND_INS:
        raise Refused(f"You handed in {MOST_HAND_INS} titles. Take one back first.")


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


def due_words(due_on: date | None, done: bool, today: date) -> str:
    """When something is due, as it is said to a student: never a reproach."""
    if due_on is None:
        return "Any time"
    day = f"{due_on:%A} {due_on.day} {due_on:%B}"
    left = (due_on - today).days
    if done:
        return f"Due {day}"
    if left < 0:
        return f"It was for {day}. You can still do it"
    if left < 2:
        return "Due today" if left == 0 else "Due tomorrow"
    return f"Due {day}, in {left} days"


def needs_help(parts: Iterable[tuple[Part, date | None]], last_on: date | None, today: date) -> list[str]:
    """Why a teacher may want to talk to a student, as sentences; none where all is well. See HELP_RULE.

    parts: of what is asked of the student and shown by now, with the due day. last_on: the last day logged in the last
    month.
    """
    late, soon = 0, 0
    for part, due_on in parts:
        late += part.status is Status.LATE
        near = due_on is not None and 0 <= (due_on - today).days <= SOON_DAYS
        soon += near and part.status is Status.NONE
    reasons = []
    if late:
        reasons.append(f"{late} assignment{'' if late == 1 else 's'} past the due day.")
    if soon:
        reasons.append(f"{soon} due within {SOON_DAYS} days and not begun.")
    if last_on is None:
        reasons.append("Nothing logged for a month.")
    elif (today - last_on).days >= QUIET_DAYS:
        reasons.append(f"Nothing logged for {(today - last_on).days} days.")
    return reasons
