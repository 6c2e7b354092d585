"""What is true of what teachers ask the library for: its kinds, its states, how old it is, how fast it was answered."""

from datetime import date
from enum import StrEnum

from engage.errors import Refused


class HelpKind(StrEnum):
    """What a teacher asks for."""

    TIME = "library time"
    LIST = "a list"
    LESSON = "a lesson"
    OTHER = "something else"


class HelpState(StrEnum):
    """Where a request stands. TALK: the specialist wants to talk about it first."""

    ASKED = "asked"
    TALK = "talk"
    AGREED = "agreed"
    NOT_NOW = "not now"
    DONE = "done"


KINDS = {
    HelpKind.TIME: "Time in the library",
    HelpKind.LIST: "A list for my class",
    HelpKind.LESSON: "A lesson with the library",
    HelpKind.OTHER: "Something else",
}
STATES = {
    HelpState.ASKED: "Waiting for an answer",
    HelpState.TALK: "Let us talk",
    HelpState.AGREED: "Yes",
    HelpState.NOT_NOW: "Not now",
    HelpState.DONE: "Done",
}
TABS = {
    HelpState.ASKED: "To answer",
    HelpState.TALK: "To talk about",
    HelpState.AGREED: "To do",
    HelpState.DONE: "Done",
    HelpState.NOT_NOW: "Not now",
}
ANSWERS = {
    HelpState.AGREED: "Yes",
    HelpState.TALK: "Let us talk first",
    HelpState.NOT_NOW: "Not now",
}
OPEN = (HelpState.ASKED, HelpState.TALK, HelpState.AGREED)
TEXT, ANSWER = 1_000, 1_000
MOST_WAITING = 20
# from so many days on the worklist says that somebody waits long
LONG_DAYS = 5


def check_wish(text: str, wished_on: date | None, waiting: int, today: date) -> None:
    """Refuse a request that says nothing or asks for a day that has passed. waiting: own ones without an answer."""
    if not text.strip():
        raise Refused("Say in a sentence what you have in mind.", about="text")
    if wished_on is not None and wished_on < today:
        raise Refused("That day has passed already.", about="wished_on")
    if waiting >= MOST_WAITING:
        raise Refused(f"{MOST_WAITING} of your requests wait for an answer. Take one back first.")


def check_answer(before: HelpState, state: HelpState, answer: str, agreed_on: date | None, dated: bool) -> None:
    """Refuse an answer that leaves a teacher in the dark.

    dated: what is asked for takes place on a day, so that a yes names one. Raises Refused.
    """
    if before is HelpState.DONE:
        raise Refused("This is done already.")
    if state not in ANSWERS:
        raise Refused("Say yes, talk, or not now.", about="state")
    if state is HelpState.AGREED and dated and agreed_on is None:
        raise Refused("Say on which day.", about="agreed_on")
    if state is HelpState.NOT_NOW and not answer.strip():
        raise Refused("Say why not. The teacher who asked reads it.", about="answer")


def is_dated(kind: HelpKind) -> bool:
    """Whether what is asked for takes place on a day."""
    return kind in (HelpKind.TIME, HelpKind.LESSON)


def waits(days: int) -> str:
    """For how long something waits, in words."""
    if days <= 0:
        return "asked today"
    return "waits for a day" if days == 1 else f"waits for {days} days"
