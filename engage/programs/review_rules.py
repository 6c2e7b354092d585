"""What is true of reviews: what becomes of one, and what its words may be. Sources: SAFETY.md, M1 to M5."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from engage.errors import Refused
from engage.people.rules import Reader, Scope

LONGEST = 1_000
SHORTEST = 10
HIDING_REPORTS = 2
REMINDED_AFTER = timedelta(days=14)
REJECTED_KEPT = timedelta(days=30)
ADDRESS = re.compile(
    r"https?:|www\.|\b[\w-]+\.(?:com|org|net|edu|gov|io|tv|me|gg|co|us|uk|info|app|xyz|link)\b", re.IGNORECASE
)
WORD = re.compile(r"\w+")


class Audience(StrEnum):
    """Whom a review is written for. The public is no choice of the one who writes."""

    CLASS = "class"
    SCHOOL = "school"


class ReviewState(StrEnum):
    """Where the words as they were written last stand. What was approved before may still be shown meanwhile."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Standing:
    """What a review is at the moment: the state of its words, what others may read of it, and since when.

    shown: the approved words, "" where there are none. hidden: two readers reported it. public: a specialist approved
    it for visitors, too.
    """

    state: ReviewState
    shown: str = ""
    hidden: bool = False
    public: bool = False

    @property
    def is_read(self) -> bool:
        """Whether anybody but the writer and those who decide may read it."""
        return bool(self.shown) and not self.hidden


def written(now: Standing) -> Standing:
    """After the writer wrote it, or wrote it anew: the new words wait, the approved ones stay meanwhile (M4)."""
    return Standing(ReviewState.PENDING, now.shown, now.hidden, now.public)


def approved(now: Standing, words: str) -> Standing:
    """After a person of the school approved it. New words are not public before they are approved for that again."""
    return Standing(ReviewState.APPROVED, words, public=now.public and words == now.shown)


def rejected(now: Standing, reported: bool = False) -> Standing:
    """After a person of the school said no. What was approved before the words that waited stays.

    reported: readers asked to look at what they can read, so the no is to that as well.
    """
    if reported or now.state is not ReviewState.PENDING:
        return Standing(ReviewState.REJECTED)
    return Standing(ReviewState.REJECTED, now.shown, now.hidden, now.public)


def withdrawn() -> Standing:
    """After the writer or the staff took it away: nobody reads anything of it."""
    return Standing(ReviewState.WITHDRAWN)


def check_words(text: str) -> None:
    """Refuse a review that is nearly nothing, too long, or leads to another place. Raises Refused, about "text"."""
    if len(text) < SHORTEST:
        raise Refused("Write a sentence or two about it.", about="text")
    if len(text) > LONGEST:
        raise Refused(f"A review has up to {LONGEST:,} letters; this one has {len(text):,}.", about="text")
    if ADDRESS.search(text):
        raise Refused("Leave addresses of websites out. Say in words what you mean.", about="text")


def check_shortened(original: str, shortened: str) -> None:
    """Refuse words that are not the writer's: whoever approves may leave words out and add none (REV04).

    Raises Refused, about "text".
    """
    if not shortened:
        raise Refused("Nothing would be left. Say no to it instead.", about="text")
    left = iter(WORD.findall(original))
    if not all(word in left for word in WORD.findall(shortened)) or len(shortened) > len(original):
        raise Refused("You can leave words out, but not change them or add any.", about="text")


def scope_of(reader: Reader, writer_id: int | None, class_ids: frozenset[int]) -> Scope:
    """Whose review it is, seen from the reader. class_ids: the classes of the writer."""
    if reader.id is not None and reader.id == writer_id:
        return Scope.MINE
    return Scope.CLASS if class_ids & reader.taught_ids else Scope.SCHOOL


def waits_too_long(written_at: datetime, now: datetime) -> bool:
    """Whether staff should be reminded of a review that waits (M5)."""
    return now - written_at > REMINDED_AFTER
