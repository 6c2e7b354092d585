"""What stands on the poster of a list and on its card for other sites."""

from collections.abc import Mapping, Sequence
from typing import Any

from engage.lists.queries import ListCard
from engage.people.rules import SchoolCard
from engage.promotion import codes
from engage.promotion.paper import LEAD, TITLE, Item, Picture, counted, covers, low_scene, scene
from engage.web.art.posters import SUBJECTS
from engage.web.marks import plain as without_marks
from engage.web.paper import SHEETS, Paper, ink_of, plain

ON_POSTER, ON_CARD = 5, 3
# the unit of drawings: a sheet is so wide
UNITS = 420
# shares of the width: the foot with the code, the shelf of covers and what of it the scene leaves free; poster.typ
FOOT, SHELF, CLEAR = 0.31, 0.17, 0.62
# how much of the scene stays flat for the words, and from which length of title it is more
FLAT, FLATTER, LONG = 0.47, 0.58, 60
CARD_WIDE, CARD_HIGH = 1200, 630


def poster_of(
    curated: ListCard,
    items: Sequence[Item],
    pictures: Mapping[str, Picture],
    school: SchoolCard,
    paper: Paper,
    address: str,
    code: str,
) -> dict[str, Any]:
    """The poster: values for templates/paper/poster.typ. code: a drawing that holds the address."""
    wide, high = SHEETS[paper]
    shown = covers(items, pictures, ON_POSTER)
    field = high / wide - FOOT - (SHELF * CLEAR if shown else 0)
    flat = FLATTER if len(curated.title) > LONG else FLAT
    return {
        **words_of(curated, school),
        "paper": str(paper),
        "kicker": plain(f"At {school.name}", LEAD),
        "scene": scene(curated.scene, curated.ink, UNITS, round(field * UNITS), flat, curated.key),
        "covers": shown,
        "qr": code,
        "address": codes.typed(address),
        "point": "Point a camera here",
        "or_type": "or type",
        "where": "or ask in the library.",
    }


def card_of(
    curated: ListCard, items: Sequence[Item], pictures: Mapping[str, Picture], school: SchoolCard
) -> dict[str, Any]:
    """The picture that other sites show beside a link: values for templates/paper/card.typ."""
    low = curated.scene not in SUBJECTS
    if low:
        drawn = low_scene(curated.scene, curated.ink, curated.key)
    else:
        drawn = scene(curated.scene, curated.ink, CARD_WIDE, CARD_HIGH, 0.2, curated.key, stands=0.8)
    return {
        **words_of(curated, school),
        "kicker": plain(school.name, LEAD),
        "scene": drawn,
        "low": low,
        "covers": covers(items, pictures, ON_CARD),
    }


def words_of(curated: ListCard, school: SchoolCard) -> dict[str, Any]:
    """What every paper of a list says of it."""
    return {
        "lang": school.language[:2] or "en",
        "title": plain(curated.title, TITLE),
        "lead": plain(without_marks(curated.introduction), LEAD),
        "count": counted(curated.reading, curated.viewing, curated.listening),
        "ink": ink_of(curated.ink),
    }
