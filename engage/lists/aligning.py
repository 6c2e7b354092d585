"""Saying which standards a list or a resource serves, and taking it back."""

from collections.abc import Sequence

from tortoise.expressions import F

from engage import dates
from engage.database.fields import KEY_LENGTH
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import queries
from engage.lists.models import CuratedList
from engage.lists.standards_models import Alignment, Standard
from engage.people.rules import Reader, Scope
from engage.resources.models import Resource
from engage.resources.queries import resources_for

MOST = 100
TOO_MANY = f"It serves {MOST} standards already. Take some off first: what serves everything says nothing."


def may_align_resources(reader: Reader) -> bool:
    """Whether the reader says what resources serve: who may change every list of the school (LST06)."""
    return reader.may("LST06", Scope.SCHOOL)


@one_transaction
async def align_list(key: str, keys: Sequence[str], by: Reader) -> int:
    """A list as a whole serves these standards, too; how many are new. Raises NotFound, NotAllowed, Refused."""
    curated = await queries.list_to_change(by, key)
    made = await _align({"curated_id": curated.id}, keys, by)
    if made:
        await _seen_anew(CuratedList, curated.id, by)
    return made


@one_transaction
async def align_resource(key: str, keys: Sequence[str], by: Reader) -> int:
    """A resource serves these standards, too; how many are new. Raises NotFound, NotAllowed, Refused."""
    resource_id = await resource_to_align(by, key)
    made = await _align({"resource_id": resource_id}, keys, by)
    if made:
        await _seen_anew(Resource, resource_id, by)
    return made


@one_transaction
async def drop_from_list(key: str, standard: str, by: Reader) -> None:
    """A list serves a standard no longer. Raises NotFound, NotAllowed."""
    curated = await queries.list_to_change(by, key)
    held = Alignment.filter(school_id=by.school.id, curated_id=curated.id)
    if await held.filter(standard_id__in=await _ids([standard], by)).delete():
        await _seen_anew(CuratedList, curated.id, by)


@one_transaction
async def drop_from_resource(key: str, standard: str, by: Reader) -> None:
    """A resource serves a standard no longer. Raises NotFound, NotAllowed."""
    resource_id = await resource_to_align(by, key)
    held = Alignment.filter(school_id=by.school.id, resource_id=resource_id)
    if await held.filter(standard_id__in=await _ids([standard], by)).delete():
        await _seen_anew(Resource, resource_id, by)


async def resource_to_align(reader: Reader, key: str) -> int:
    """The number of a resource that the reader may say this of. Raises NotFound, NotAllowed."""
    if not may_align_resources(reader):
        raise NotAllowed("LST06")
    rows = await resources_for(reader).filter(key=key).limit(1).values_list("id")
    if not rows:
        raise NotFound(key)
    return int(rows[0][0])


async def _ids(keys: Sequence[str], by: Reader) -> list[int]:
    known = [key for key in keys if len(key) <= KEY_LENGTH][: MOST + 1]
    rows = Standard.filter(school_id=by.school.id, key__in=known)
    return [number for (number,) in await rows.values_list("id")]


async def _align(what: dict[str, int], keys: Sequence[str], by: Reader) -> int:
    wanted = await _ids(keys, by)
    if not wanted:
        raise NotFound("standard")
    held = await Alignment.filter(school_id=by.school.id, **what).values_list("standard_id")
    fresh = sorted(set(wanted) - {number for (number,) in held})
    if len(held) + len(fresh) > MOST:
        raise Refused(TOO_MANY)
    rows = [
        Alignment(school_id=by.school.id, standard_id=number, by_id=by.id, at=dates.now(), **what) for number in fresh
    ]
    # two who say the same at once have both said it
    await Alignment.bulk_create(rows, ignore_conflicts=True)
    return len(fresh)


async def _seen_anew(model: type[CuratedList] | type[Resource], number: int, by: Reader) -> None:
    """What readers see of it is another version from now on."""
    await model.filter(school_id=by.school.id, id=number).update(version=F("version") + 1)
