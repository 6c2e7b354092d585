"""What papers ask: which school a short address leads to, and the kept covers of what they show."""

from collections.abc import Sequence

from engage.database.tenancy import every_school
from engage.lists.models import CuratedList
from engage.people.rules import Reader
from engage.promotion.paper import PICTURE_WIDTH, Picture
from engage.resources.models import CoverImage


async def school_with_list(key: str) -> str:
    """The slug of the school that has the list of this key; "" for none. Whether it may be seen is asked there."""
    with every_school("a short address names no school"):
        rows = await CuratedList.filter(key=key, school__closed_at=None).limit(1).values_list("school__slug")
    return str(rows[0][0]) if rows else ""


async def cover_pictures(reader: Reader, keys: Sequence[str]) -> dict[str, Picture]:
    """The kept covers of these keys in the width for paper, or in the widest below it that there is."""
    if not keys:
        return {}
    rows = CoverImage.filter(school_id=reader.school.id, key__in=list(keys), width__lte=PICTURE_WIDTH)
    found = await rows.order_by("width").values_list("key", "width", "height", "body")
    return {key: Picture(width, height, bytes(body)) for key, width, height, body in found}
