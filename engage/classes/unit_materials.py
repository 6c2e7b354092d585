"""What belongs to a unit besides its words: the lists that it uses, and the standards that it teaches."""

from collections.abc import Sequence
from typing import Any

from engage.classes import unit_rules as rules
from engage.classes.unit_actions import hold
from engage.classes.unit_models import UnitList, UnitStandard
from engage.database.fields import KEY_LENGTH
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.lists.queries import lists_for
from engage.lists.standards_models import Standard
from engage.people.rules import Reader


@one_transaction
async def use_list(key: str, curated: str, *, by: Reader) -> str:
    """Use a list in a unit; returns its title. curated: the key of one that is seen. Raises NotFound, Refused."""
    unit = await hold(key, by)
    found = await lists_for(by).filter(key=curated).limit(1).values_list("id", "title")
    if not found:
        raise Refused("Choose a list.", about="curated")
    of: dict[str, Any] = {"school_id": by.school.id, "unit_id": unit.id}
    if await UnitList.filter(**of).count() >= rules.MOST_LISTS:
        raise Refused(f"A unit uses {rules.MOST_LISTS} lists at most.", about="curated")
    await UnitList.get_or_create(**of, curated_id=found[0][0])
    return str(found[0][1])


@one_transaction
async def drop_list(key: str, curated: str, *, by: Reader) -> None:
    """Use a list no longer. Raises NotFound."""
    unit = await hold(key, by)
    found = await lists_for(by).filter(key=curated).limit(1).values_list("id")
    number = found[0][0] if found else 0
    if not await UnitList.filter(school_id=by.school.id, unit_id=unit.id, curated_id=number).delete():
        raise NotFound(curated)


@one_transaction
async def teach_standards(key: str, keys: Sequence[str], *, by: Reader) -> int:
    """A unit teaches these standards, too; how many are new. Raises NotFound, Refused."""
    unit = await hold(key, by)
    of: dict[str, Any] = {"school_id": by.school.id, "unit_id": unit.id}
    known = [each for each in keys if len(each) <= KEY_LENGTH][: rules.MOST_STANDARDS + 1]
    wanted = {number for (number,) in await Standard.filter(school_id=by.school.id, key__in=known).values_list("id")}
    if not wanted:
        raise NotFound("standard")
    held = {number for (number,) in await UnitStandard.filter(**of).values_list("standard_id")}
    fresh = sorted(wanted - held)
    if len(held) + len(fresh) > rules.MOST_STANDARDS:
        raise Refused(f"A unit teaches {rules.MOST_STANDARDS} standards at most.")
    await UnitStandard.bulk_create([UnitStandard(**of, standard_id=number) for number in fresh])
    return len(fresh)


@one_transaction
async def drop_standard(key: str, standard: str, *, by: Reader) -> None:
    """A unit teaches a standard no longer. Raises NotFound."""
    unit = await hold(key, by)
    known = standard if len(standard) <= KEY_LENGTH else ""
    found = await Standard.filter(school_id=by.school.id, key=known).values_list("id")
    ids = [number for (number,) in found]
    await UnitStandard.filter(school_id=by.school.id, unit_id=unit.id, standard_id__in=ids).delete()
