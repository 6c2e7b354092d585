"""What is asked about links: those that want a person, and what became of one."""

from typing import Any

from tortoise.functions import Count
from tortoise.queryset import QuerySet

from engage.database.paging import Page, one_page
from engage.errors import NotFound
from engage.people.rules import Reader
from engage.resources import wording
from engage.resources.link_rules import address_before
from engage.resources.models import Link, LinkCheck
from engage.resources.rules import LinkState, ResourceState

SIZE = 25
ROW = ("id", "key", "url", "provider", "state", "access", "failures", "found", "moved_to", "checked_at")
RESOURCE = {"title": "resource__title", "resource_key": "resource__key", "mode": "resource__mode"}
# what a person can do something about, the most pressing first
WANTING = (LinkState.DEAD, LinkState.MOVED, LinkState.CHANGED, LinkState.SIGN_IN)


def links_of_school(reader: Reader) -> QuerySet[Link]:
    """The links of what this school offers, for those who keep its catalogue. Raises NotFound."""
    if not reader.may("FED05"):
        raise NotFound("links")
    return Link.filter(school_id=reader.school.id, resource__state=ResourceState.OFFERED)


async def counts(reader: Reader) -> dict[LinkState, int]:
    """How many links stand how."""
    rows = await links_of_school(reader).annotate(number=Count("id")).group_by("state").values("state", "number")
    return {LinkState(row["state"]): row["number"] for row in rows}


async def wanting(reader: Reader) -> int:
    """How many links a person can do something about."""
    return await links_of_school(reader).filter(state__in=list(WANTING)).count()


async def failing(reader: Reader) -> int:
    """How many did not answer the last time and are not dead yet."""
    return await links_of_school(reader).filter(failures__gt=0).exclude(state=LinkState.DEAD).count()


async def links_that_are(reader: Reader, state: LinkState, after: str = "") -> Page:
    """The links in a state, a page at a time, the first found first."""
    rows = links_of_school(reader).filter(state=state, key__isnull=False)
    page = await one_page(rows, *ROW, order=("id",), after=after, size=SIZE, **RESOURCE)
    return Page([_sited(row) for row in page.rows], page.after)


async def link_to_mend(reader: Reader, key: str) -> dict[str, Any]:
    """One link. Raises NotFound."""
    rows = await links_of_school(reader).filter(key=key).values(*ROW, "next_check_at", **RESOURCE)
    if not rows:
        raise NotFound(key)
    return _sited(rows[0])


async def history_of(reader: Reader, link_id: int) -> list[dict[str, Any]]:
    """What was found and done, the newest first: at, state, sentence, by (None where nobody was asked).

    before: where the address was changed, the one that it had.
    """
    rows = LinkCheck.filter(school_id=reader.school.id, link_id=link_id).order_by("-at", "-id")
    found = await rows.limit(SIZE).values("at", "state", "sentence", by="by__name")
    return [{**row, "before": address_before(row["sentence"])} for row in found]


def _sited(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "site": wording.site_of(row["url"], row["provider"]), "state": LinkState(row["state"])}
