"""Whether a visitor's page of a list is what it was: what it was made from, asked again in one statement."""

from functools import partial
from typing import Any, NamedTuple

from tortoise.expressions import RawSQL
from tortoise.queryset import ValuesQuery

from engage.database.asked import asked_of
from engage.errors import NotFound
from engage.lists.queries import ListCard, card_of, card_question, lists_for
from engage.people.rules import Reader, SchoolCard

OF_SCHOOL = tuple(SchoolCard.__dataclass_fields__)


class Again(NamedTuple):
    """What is there now. talked: whether the library says anything about what stands on the list."""

    visitor: Reader
    curated: ListCard
    talked: bool


async def list_again(visitor: Reader, slug: str, talked: str) -> Again:
    """The school of somebody who visited it, and one of its lists. Raises NotFound where the visitor would find none.

    talked: Again.talked, in SQL.
    """
    school = visitor.school
    rows = await asked_of(("list again", school.id, school.slug), partial(_question, visitor, talked), slug)
    if not rows:
        raise NotFound(slug)
    row = rows[0]
    there = SchoolCard(**{name: row.pop(f"at_{name}") for name in OF_SCHOOL})
    said = bool(row.pop("talked"))
    return Again(Reader(there), card_of(row), said)


def _question(visitor: Reader, talked: str, slug: str) -> ValuesQuery[Any]:
    rows = lists_for(visitor).filter(slug=slug, school__slug=visitor.school.slug, school__closed_at=None)
    beside = {f"at_{name}": f"school__{name}" for name in OF_SCHOOL}
    return card_question(visitor, rows.annotate(talked=RawSQL(talked)), talked="talked", **beside)
