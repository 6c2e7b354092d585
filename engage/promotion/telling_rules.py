"""What is true of announcements, booktalks and newsletters; pure."""

from datetime import date, timedelta
from enum import StrEnum

from engage.errors import Refused

LONGEST, TALK = 280, 1_200
MOST_DAYS = timedelta(days=92)
MOST_AT_ONCE = 3
MOST_TRIES = 5
SUBJECT, GREETING = 120, 1_000


class Audience(StrEnum):
    """Whom an announcement is for."""

    PUBLIC = "public"
    SCHOOL = "school"
    STAFF = "staff"
    CLASSES = "classes"


AUDIENCES = {
    Audience.SCHOOL: "Everyone at the school",
    Audience.PUBLIC: "Everybody, families too",
    Audience.CLASSES: "Some classes",
    Audience.STAFF: "Staff",
}


class MailState(StrEnum):
    """How far a newsletter is on its way to one reader. LET_GO: no longer wanted before it went."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    LET_GO = "let go"


def check_announcement(text: str, from_on: date, until_on: date, today: date) -> str:
    """The words as they are kept. Raises Refused."""
    said = " ".join(text.split())
    if not said:
        raise Refused("Write the announcement.", about="text")
    if len(said) > LONGEST:
        raise Refused(f"Use up to {LONGEST} letters; it has {len(said)}.", about="text")
    if until_on < from_on:
        raise Refused("The last day must not be before the first.", about="until_on")
    if until_on < today:
        raise Refused("The last day is over.", about="until_on")
    if until_on - from_on > MOST_DAYS:
        raise Refused("An announcement stands for three months at most.", about="until_on")
    return said


def check_talk(text: str, url: str, is_web: bool) -> tuple[str, str]:
    """The words and the address of a booktalk as they are kept. Raises Refused."""
    said = "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    if not said:
        raise Refused("Write a sentence or two: some readers cannot hear or see the recording.", about="text")
    if len(said) > TALK:
        raise Refused(f"Use up to {TALK:,} letters; it has {len(said):,}.", about="text")
    if url and not is_web:
        raise Refused("An address begins with https://.", about="url")
    return said, url
