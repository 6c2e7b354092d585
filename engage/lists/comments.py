"""What those who work on a list say to each other about it, or about one item; settled when it is dealt with."""

from datetime import datetime
from typing import Any

from engage import dates
from engage.database.paging import Page, one_page
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.lists import rules
from engage.lists.models import CuratedList
from engage.lists.queries import ListCard
from engage.lists.revisions import take_up
from engage.lists.together import one_form
from engage.lists.together_models import ListComment
from engage.people.once import once
from engage.people.rules import Reader

SHOWN = 50
COLUMNS = ("key", "at", "text", "settled_at", "by_id")


async def comments_on(curated: ListCard, settled: bool, after: str = "") -> Page:
    """What was said about a list, newest first: COLUMNS; by, None where nobody is known; key and title of the item.

    settled: those that were dealt with, or those that are open. Only for who may edit the list.
    """
    rows = ListComment.filter(school_id=curated.school_id, curated_id=curated.id, settled_at__isnull=not settled)
    return await one_page(
        rows,
        *COLUMNS,
        order=("-id",),
        after=after,
        size=SHOWN,
        by="by__name",
        item="item__key",
        title="item__resource__title",
    )


async def how_many(curated: ListCard) -> tuple[int, int]:
    """How many comments are open, and how many settled."""
    rows = ListComment.filter(school_id=curated.school_id, curated_id=curated.id)
    open_ones = await rows.filter(settled_at=None).count()
    return open_ones, await rows.count() - open_ones


@one_transaction
async def say_about(key: str, text: str, *, item: str = "", by: Reader, form_key: str = "") -> None:
    """Say something about a list, or about one of its items. item: its key, "" for the whole list.

    Raises NotFound, NotAllowed (LST06), Refused (about "text" or "item").
    """
    taken = await take_up(by, key)
    words = one_form(text)
    if not words:
        raise Refused("Write what you want to say.", about="text")
    if len(words) > rules.COMMENT:
        raise Refused(f"Keep it under {rules.COMMENT:,} letters; this has {len(words):,}.", about="text")
    about = next((each["id"] for each in taken.items if each["key"] == item), None)
    if item and about is None:
        raise Refused("This one is no longer on the list.", about="item")

    async def act() -> str:
        curated = taken.curated
        of_list = {"school_id": curated.school_id, "curated_id": curated.id}
        if await ListComment.filter(**of_list, settled_at=None).count() >= rules.MOST_COMMENTS:
            raise Refused(f"{rules.MOST_COMMENTS} comments are open. Settle some of them first.")
        said = await ListComment.create(**of_list, item_id=about, by_id=by.id, at=dates.now(), text=words)
        return said.key

    await once(by, form_key, {"list": key, "text": words, "item": item}, act)


@one_transaction
async def settle(key: str, comment: str, *, settled: bool, by: Reader) -> None:
    """Say that a comment was dealt with, or that it was not. Raises NotFound, NotAllowed (LST06)."""
    taken = await take_up(by, key)
    found = await _comment(taken.curated, comment)
    if (found["settled_at"] is not None) != settled:
        at: datetime | None = dates.now() if settled else None
        await ListComment.filter(school_id=taken.curated.school_id, id=found["id"]).update(settled_at=at)


@one_transaction
async def take_back(key: str, comment: str, *, by: Reader) -> None:
    """Take an own comment away for good. Raises NotFound, also where it is somebody else's; NotAllowed (LST06)."""
    taken = await take_up(by, key)
    found = await _comment(taken.curated, comment)
    if found["by_id"] is None or found["by_id"] != by.id:
        raise NotFound(comment)
    await ListComment.filter(school_id=taken.curated.school_id, id=found["id"]).delete()


async def _comment(curated: CuratedList, comment: str) -> dict[str, Any]:
    rows = ListComment.filter(school_id=curated.school_id, curated_id=curated.id, key=comment)
    found = await rows.limit(1).values("id", "by_id", "settled_at")
    if not found:
        raise NotFound(comment)
    return found[0]
