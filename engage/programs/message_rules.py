"""What a program may say on the home page: to whom, for how long, and without blame or hurry (SAFETY.md, P8); pure."""

import re
from datetime import date, timedelta
from enum import StrEnum

from engage.errors import Refused
from engage.programs.review_marks import Mark, marks_of

LONGEST = 280
MOST_DAYS = timedelta(days=60)
STALLED_AFTER = timedelta(days=7)
MOST_AT_ONCE = 3


class Audience(StrEnum):
    """Whom a message is for. STALLED: who takes part, has not completed it, and did nothing for a week."""

    EVERYONE = "everyone"
    NOT_JOINED = "not joined"
    JOINED = "joined"
    STALLED = "stalled"
    COMPLETED = "completed"


WORDS = {
    Audience.EVERYONE: "Every student whom it is for",
    Audience.NOT_JOINED: "Who has not joined",
    Audience.JOINED: "Who takes part",
    Audience.STALLED: "Who takes part and did nothing for a week",
    Audience.COMPLETED: "Who completed it",
}
# what makes a child feel late or watched, with signs as blanks
NEVER_SAID = (
    "you have not, you haven t, you did not, you didn t, you stopped, you missed, you lost, you forgot, "
    "you are behind, you re behind, falling behind, last chance, hurry, don t lose, do not lose, "
    "don t miss, do not miss, come back, we miss you, lazy, only you, everyone else"
)
UNKIND = tuple(NEVER_SAID.split(", "))


def check_message(text: str, from_on: date, until_on: date, today: date) -> str:
    """The words of a message as they are kept. Raises Refused."""
    said = " ".join(text.split())
    if not said:
        raise Refused("Write the message.", about="text")
    if len(said) > LONGEST:
        raise Refused(f"Use up to {LONGEST} letters.", about="text")
    plain = " ".join("".join(sign if sign.isalnum() else " " for sign in said.casefold()).split())
    for words in UNKIND:
        if f" {words} " in f" {plain} ":
            written = re.sub(r" (t|re)\b", "\u2019\\1", words)
            raise Refused(
                f"Leave out “{written}”: a message blames nobody and hurries nobody. Say what there is to enjoy.",
                about="text",
            )
    if until_on < from_on:
        raise Refused("The last day stands after the first.", about="until_on")
    if until_on < today:
        raise Refused("Pick today or a later day.", about="until_on")
    if until_on - from_on > MOST_DAYS:
        raise Refused("A message stands for 60 days at most.", about="until_on")
    return said


def names_somebody(text: str, names: list[str]) -> bool:
    """Whether a given name of a student at the school stands in a text, which may be one of a book as well."""
    return Mark.NAME in marks_of(text, names)
