"""What can happen in a library, and the three ways of taking part."""

from enum import StrEnum


class Mode(StrEnum):
    """How a resource is taken in. Three equals; minutes of one are never added to pages of another."""

    READING = "reading"
    VIEWING = "viewing"
    LISTENING = "listening"


class Kind(StrEnum):
    """One act in the library, as the diary names it."""

    LIST_OPENED = "list opened"
    LIST_PUBLISHED = "list published"
    LIST_WITHDRAWN = "list withdrawn"
    RESOURCE_OPENED = "resource opened"
    RESOURCE_SAVED = "resource saved"
    RESOURCE_KEPT = "resource kept"
    LOGGED = "logged"
    FINISHED = "finished"
    STOPPED = "stopped"
    PROGRAM_OPENED = "program opened"
    PROGRAM_JOINED = "program joined"
    PROGRAM_LEFT = "program left"
    PROGRAM_COMPLETED = "program completed"
    BADGE_EARNED = "badge earned"
    BADGE_WITHDRAWN = "badge withdrawn"
    ASSIGNED = "assigned"
    DISPLAY_SHOWN = "display shown"
    ENTRY_PROMOTED = "entry promoted"
    SOURCE_HARVESTED = "source harvested"
    REVIEW_APPROVED = "review approved"


# acts that are a person's own in a program or an assignment, so that the diary may hold the name until retention
PERSONAL = frozenset(
    {
        Kind.LOGGED,
        Kind.FINISHED,
        Kind.STOPPED,
        Kind.PROGRAM_JOINED,
        Kind.PROGRAM_LEFT,
        Kind.PROGRAM_COMPLETED,
        Kind.BADGE_EARNED,
        Kind.BADGE_WITHDRAWN,
    }
)
