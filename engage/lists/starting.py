"""A draft that somebody starts from elsewhere in the house: for a teacher who asked the library for a list."""

from typing import Any

from engage.database.transaction import one_transaction
from engage.errors import NotAllowed
from engage.lists.actions import start_list
from engage.lists.models import CuratedList
from engage.lists.rules import OWNERS, TITLE, ListKind, Part
from engage.lists.together_models import ListMember
from engage.people.models import Membership
from engage.people.rules import Reader, Scope, Status


@one_transaction
async def start_draft_for(person_id: int | None, *, title: str, introduction: str, by: Reader) -> CuratedList:
    """A draft of the one who starts it, which somebody else of the staff may edit with them; ready inside another unit.

    person_id: who asked for it, None where nobody is known any more. Raises NotAllowed (LST05), Refused.
    """
    if not by.may("LST05", Scope.MINE):
        raise NotAllowed("LST05")
    curated = await start_list(title=title[:TITLE], introduction=introduction, kind=ListKind.UNIT, by=by)
    of: dict[str, Any] = {"school_id": by.school.id, "person_id": person_id or 0}
    works = Membership.filter(**of, role__in=sorted(OWNERS), person__status=Status.ACTIVE)
    if person_id != by.id and await works.exists():
        await ListMember.create(**of, curated_id=curated.id, part=Part.EDITOR)
    return curated
