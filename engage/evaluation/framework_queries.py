"""What is asked about frameworks: those of the school, and one of them."""

from typing import Any

from engage.errors import NotFound
from engage.evaluation.cycle_models import PracticeFramework
from engage.evaluation.framework import BEST, Framework
from engage.evaluation.framework_files import kept
from engage.people.rules import Reader

DEFAULT = "best"


async def frameworks_for(reader: Reader) -> list[dict[str, Any]]:
    """The school's own frameworks by title: key, title, version, changed_at."""
    rows = PracticeFramework.filter(school_id=reader.school.id)
    return await rows.order_by("title", "id").values("key", "title", "version", "changed_at")


async def framework_for(reader: Reader, key: str) -> Framework:
    """The default framework, or one of the school's, or NotFound."""
    if key == DEFAULT:
        return BEST
    row = await PracticeFramework.get_or_none(school_id=reader.school.id, key=key)
    if row is None:
        raise NotFound(key)
    return kept(row.content)


def choices_of(own: list[dict[str, Any]], first: tuple[str, str]) -> list[tuple[str, str]]:
    """Frameworks to choose from, the first given one before those of the school."""
    return [first, *((row["key"], row["title"]) for row in own)]
