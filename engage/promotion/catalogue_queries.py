"""What is asked of all lists at once for those who subscribe to them: catalogues, lists of feeds, calendars."""

from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from engage.lists.models import CuratedList, ListItem
from engage.lists.queries import COUNTS, published_for
from engage.people.rules import Reader
from engage.resources.models import Link
from engage.resources.rules import LinkState

MOST = 500
COLUMNS = ("key", "slug", "title", "introduction", "kind", "grade_low", "grade_high", "published_at", "changed_at")


async def catalogue(reader: Reader, files_only: bool = False) -> list[dict[str, Any]]:
    """The 500 newest lists that the reader may see: COLUMNS, COUNTS and by, in one statement.

    files_only: only lists on which something can be fetched or borrowed by a reading app.
    """
    rows = published_for(reader)
    if files_only:
        rows = _with_files(reader, rows)
    return await rows.order_by("-published_at", "-id").limit(MOST).values(*COLUMNS, *COUNTS, by="owner__name")


def _with_files(reader: Reader, rows: QuerySet[CuratedList]) -> QuerySet[CuratedList]:
    of = {"school_id": reader.school.id}
    files = Link.filter(Q(access="") & ~Q(media_type="") & ~Q(media_type__startswith="text/html"), **of)
    lent = Link.filter(**of, access__startswith="To borrow")
    alive = [each.exclude(state=LinkState.DEAD).values("resource_id") for each in (files, lent)]
    on_lists = ListItem.filter(Q(resource_id__in=Subquery(alive[0])) | Q(resource_id__in=Subquery(alive[1])), **of)
    return rows.filter(id__in=Subquery(on_lists.values("curated_id")))


async def dated(reader: Reader) -> list[dict[str, Any]]:
    """The lists that the reader may see and that leave again: key slug title introduction published_at publish_until
    changed_at version."""
    rows = published_for(reader).filter(publish_until__not_isnull=True)
    columns = ("key", "slug", "title", "introduction", "published_at", "publish_until", "changed_at", "version")
    return await rows.order_by("publish_until", "id").limit(MOST).values(*columns)
