"""The wall of posters: the published lists, as a reader asked to see them."""

from dataclasses import dataclass

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from engage.database.paging import Page, one_page
from engage.lists.models import CuratedList
from engage.lists.queries import COUNTS, POSTER, POSTERS, published_for, titled
from engage.people.rules import Reader

NEWEST = "newest"
ORDERS = {NEWEST: ("-published_at", "-id"), "title": ("title", "id")}


@dataclass(frozen=True)
class Wanted:
    """Which lists a reader asked for; "" for all.

    mode: only lists with something of it. kind: of ListKind. band: grades, lowest and highest; lists that say no grades
    are for all. words: some of the title. order: of ORDERS.
    """

    mode: str = ""
    kind: str = ""
    band: tuple[int, int] | None = None
    words: str = ""
    order: str = NEWEST

    def of(self, rows: QuerySet[CuratedList]) -> QuerySet[CuratedList]:
        """What it leaves of them."""
        if self.mode:
            rows = rows.filter(**{f"{self.mode}__gt": 0})
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if self.band:
            low, high = self.band
            rows = rows.filter(Q(grade_low=None) | Q(grade_low__lte=high), Q(grade_high=None) | Q(grade_high__gte=low))
        if self.words:
            rows = rows.filter(titled(self.words))
        return rows


async def posters(reader: Reader, wanted: Wanted = Wanted(), after: str = "") -> Page:
    """Published lists that the reader may see: key slug title introduction ink scene kind by and counts."""
    return await one_page(
        wanted.of(published_for(reader)),
        *POSTER,
        *COUNTS,
        "kind",
        by="owner__name",
        order=ORDERS[wanted.order],
        after=after,
        size=POSTERS,
    )


async def how_many(reader: Reader, wanted: Wanted) -> int:
    """How many lists that would be on all pages together."""
    return await wanted.of(published_for(reader)).count()
