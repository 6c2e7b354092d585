"""Who of the staff changed others' data or looked at a student's record; for the school admin to read."""

from typing import Any

from engage import dates
from engage.people.models import AuditEntry
from engage.people.rules import Reader

SHOWN = 100


async def note(
    act: str,
    *,
    by: Reader | None,
    about_id: int | None = None,
    subject: str = "",
    detail: str = "",
    school_id: int | None = None,
) -> None:
    """Write an act down, inside the transaction that does it.

    act: in words, "opened class sign-in". by: None where a command did it; then school_id says in which school.
    about_id: the person it concerns. subject: another thing's key.
    """
    await AuditEntry.create(
        school_id=by.school.id if by else school_id,
        at=dates.now(),
        by_id=by.id if by else None,
        act=act,
        about_id=about_id,
        subject=subject,
        detail=detail,
    )


async def latest(reader: Reader, before: int | None = None) -> list[dict[str, Any]]:
    """The newest acts of the school, a page at a time. before: the id of the last one seen."""
    entries = AuditEntry.filter(school_id=reader.school.id)
    if before is not None:
        entries = entries.filter(id__lt=before)
    return await (
        entries.order_by("-id")
        .limit(SHOWN)
        .values("id", "at", "act", "subject", "detail", by_name="by__name", about_name="about__name")
    )
