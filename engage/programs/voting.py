"""A vote for an award: the nominees stand on the lists of the program, and one of them is chosen, not spelled out.

Only a program of award voting has one. Its votes are the answers to its activities that ask for an answer.
"""

from collections.abc import Collection

from engage.errors import Refused
from engage.lists.models import ListItem
from engage.programs.activity_rules import LONGEST_ANSWER
from engage.programs.queries import Terms
from engage.programs.rules import ActivityKind, ProgramKind


async def nominees(school_id: int, terms: Terms) -> list[str]:
    """The titles that may be voted for, in the order of the list; none where the program is no vote or has no list."""
    if terms.program["kind"] != ProgramKind.VOTING:
        return []
    lists = {row["curated_id"] for row in terms.challenges if row["curated_id"] is not None}
    items = ListItem.filter(school_id=school_id, curated_id__in=lists)
    rows = await items.order_by("curated_id", "position", "id").values_list("resource__title")
    return list(dict.fromkeys(title[:LONGEST_ANSWER].strip() for (title,) in rows))


def check_vote(kind: ActivityKind, answer: str, titles: Collection[str]) -> None:
    """Refuse a vote for what is not nominated. titles: none where everything may be answered. Raises Refused."""
    if kind is ActivityKind.ANSWER and titles and answer not in titles:
        raise Refused("Choose the one that should win.", about="given")
