"""What is true of inquiries: how much fits, what a source says of itself, when a trail is handed in and answered."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from engage.errors import Refused

QUESTION, TITLE, ADDRESS, NOTE, COMMENT = 300, 300, 2_000, 600, 2_000
MOST_INQUIRIES = 30
MOST_SOURCES = 60
# a student's own evaluation of a source, in the order in which it is asked
NOTES = {
    "maker": "Who made it?",
    "currency": "How new is it?",
    "trust": "Why do you trust it?",
    "used": "How did you use it?",
}
HINTS = {
    "maker": "A person, a group, a company? What do they know about it?",
    "currency": "When was it made or changed? Does that matter here?",
    "trust": "Can you find the same somewhere else? Does it want to sell you something?",
    "used": "What did you learn from it for your question?",
}


def check_question(question: str, inquiries: int, of_group: bool = False) -> None:
    """Refuse an inquiry that asks nothing. inquiries: how many the student, or the group, has besides it.

    Raises Refused.
    """
    if not question.strip():
        raise Refused("Write your question.", about="question")
    if inquiries >= MOST_INQUIRIES and of_group:
        raise Refused(f"Your group has {MOST_INQUIRIES} inquiries. Go on with one of them.")
    if inquiries >= MOST_INQUIRIES:
        raise Refused(f"You have {MOST_INQUIRIES} inquiries. Throw one away first.")


def check_source(title: str, sources: int) -> None:
    """Refuse a source without a name. sources: how many there are besides it. Raises Refused."""
    if not title.strip():
        raise Refused("Write what it is called.", about="title")
    if sources >= MOST_SOURCES:
        raise Refused(f"{MOST_SOURCES} sources are enough. Take one off first.")


def check_open(handed_at: datetime | None) -> None:
    """Refuse to change what is handed in. Raises Refused."""
    if handed_at is not None:
        raise Refused("It is handed in. Take it back to change it.")


def check_hand_in(handed_at: datetime | None, sources: int) -> None:
    """Refuse to hand in an empty trail, or twice the same. Raises Refused."""
    if handed_at is not None:
        raise Refused("It is handed in already.")
    if not sources:
        raise Refused("Add at least one source first.")


def check_take_back(handed_at: datetime | None, read_at: datetime | None) -> None:
    """Refuse to take back what a teacher has opened. Raises Refused."""
    if handed_at is None:
        raise Refused("It is not handed in.")
    if read_at is not None:
        raise Refused("Your teacher has opened it already, so it stays with your teacher.")


def check_comment(comment: str, before: str) -> None:
    """Refuse a second comment, or one that says nothing. Raises Refused."""
    if before:
        raise Refused("You have answered this already.")
    if not comment.strip():
        raise Refused("Write a word to the student.", about="comment")


def noted(sources: Iterable[Mapping[str, Any]]) -> int:
    """How many sources have a word to each of the four questions."""
    return sum(all(source[name] for name in NOTES) for source in sources)
