"""What stands on papers that are cut: cards for the edge of a shelf, and bookmarks."""

from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any

from engage.lists.queries import ListCard
from engage.people.rules import SchoolCard
from engage.promotion import codes
from engage.promotion.paper import CALL, CREATOR, NOTE, TITLE, Item, scene
from engage.promotion.posters import words_of
from engage.web.marks import plain as without_marks
from engage.web.paper import Paper, plain

# cards in one file: 300, the longest list, would take most of the memory that the press has
IN_FILE = 120
ON_SHEET, ON_BOOKMARK = 5, 6
# units of the drawing at the head of a bookmark
WIDE, HIGH = 300, 260
VERBS = {"reading": "Read", "viewing": "Watch", "listening": "Listen"}


def talkers_of(
    curated: ListCard, items: Sequence[Item], school: SchoolCard, paper: Paper, drawn: Sequence[str]
) -> dict[str, Any]:
    """A card for each item: values for templates/paper/talkers.typ. drawn: the codes of the items, in order."""
    return {
        **words_of(curated, school),
        "paper": str(paper),
        "point": "Find out more",
        "empty": "There is nothing on this list yet.",
        "cards": [
            {
                "title": plain(item["title"], TITLE),
                "creator": plain(item["creator"] or "", CREATOR),
                "note": plain(without_marks(item["note"]), NOTE),
                "call": plain(item["call"], CALL),
                "mode": VERBS[item["mode"]],
                "qr": code,
            }
            for item, code in zip(items, drawn, strict=True)
        ],
    }


def files_for(items: int) -> list[tuple[int, int]]:
    """The first and the last number of each file of cards; one file, with none, for an empty list."""
    return [(first + 1, min(first + IN_FILE, items)) for first in range(0, max(items, 1), IN_FILE)]


def bookmarks_of(
    curated: ListCard, items: Sequence[Item], school: SchoolCard, paper: Paper, address: str, code: str
) -> dict[str, Any]:
    """Five bookmarks, each with other titles while there are any: values for templates/paper/bookmarks.typ."""
    titles = [
        {"title": plain(item["title"], CREATOR), "call": plain(item["call"], CALL)}
        for item in sorted(items, key=lambda item: not item["start_here"])
    ]
    each = min(ON_BOOKMARK, len(titles))
    going_round = islice(cycle(titles), each * ON_SHEET) if titles else iter(())
    return {
        **words_of(curated, school),
        "paper": str(paper),
        "kicker": plain(school.name, CREATOR),
        "scene": scene(curated.scene, curated.ink, WIDE, HIGH, 0.08, curated.key),
        "marks": [list(islice(going_round, each)) for _ in range(ON_SHEET)],
        "qr": code,
        "address": codes.typed(address),
    }
