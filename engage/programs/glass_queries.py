"""What of a student's log is asked through an open glass, and nowhere else (SAFETY.md, LOG05, LOG06, PRG11)."""

from typing import Any

from tortoise.expressions import Q, Subquery

from engage.database.paging import one_page
from engage.people.rules import Reader
from engage.programs.models import ChallengeResource, Enrolment, LogEntry
from engage.programs.recognition_models import BoardName

PAGE = 100


async def titles_of(
    reader: Reader, student_id: int, *, handed_in: bool, after: str
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of the titles that a student logged, the newest first, and where the next one begins.

    handed_in: only those that count in a list of a program that the student is in. The caller has an open glass.
    """
    of = {"school_id": reader.school.id, "person_id": student_id}
    rows = LogEntry.filter(
        Q(~Q(title=""), Q(resource_id__isnull=False), join_type="OR"),
        **of,
        void__id__isnull=True,
        superseded_by__id__isnull=True,
    )
    if handed_in:
        part = Enrolment.filter(**of, left_at=None).values("program_id")
        listed = ChallengeResource.filter(school_id=reader.school.id, challenge__program_id__in=Subquery(part))
        merged = listed.filter(resource__merged_into_id__isnull=False)  # of programs that were over by then
        rows = rows.filter(
            Q(resource_id__in=Subquery(listed.values("resource_id")))
            | Q(resource_id__in=Subquery(merged.values("resource__merged_into_id")))
        )
    page = await one_page(
        rows, "on", "mode", "title", order=("-on", "-id"), after=after, size=PAGE, resource_title="resource__title"
    )
    return list(page.rows), page.after


async def board_names_of(reader: Reader, student_id: int) -> list[dict[str, Any]]:
    """The names under which a student stands on boards: name, and the program's title."""
    rows = BoardName.filter(school_id=reader.school.id, person_id=student_id).order_by("-id").limit(PAGE)
    return await rows.values("name", program="program__title")
