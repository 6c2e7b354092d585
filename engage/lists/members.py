"""Who works on a list: its owner, its editors and suggesters; added, changed, handed over, taken over."""

from typing import Any

from tortoise.queryset import QuerySet

from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import rules
from engage.lists.models import CuratedList
from engage.lists.queries import ListCard
from engage.lists.revisions import Taken, hold, keep, look_again
from engage.lists.rules import OWNERS, Part
from engage.lists.together_models import ListMember
from engage.people import audit
from engage.people.models import Membership
from engage.people.rules import Reader, Status

MOST_STAFF = 500


def staff_of(school_id: int) -> QuerySet[Membership]:
    """The memberships of the people of a school who may have lists of their own today; nobody of another school."""
    return Membership.filter(school_id=school_id, role__in=sorted(OWNERS), person__status=Status.ACTIVE)


async def staff_to_choose(reader: Reader) -> list[tuple[str, str]]:
    """The people who can work on a list, by name, as pairs of key and name."""
    rows = staff_of(reader.school.id).order_by("person__name", "person__key").distinct().limit(MOST_STAFF)
    return await rows.values_list("person__key", "person__name")


async def members_of(curated: ListCard) -> list[dict[str, Any]]:
    """Who works on a list besides its owner, by name: key name part since; here, whether they may today (A6)."""
    rows = ListMember.filter(school_id=curated.school_id, curated_id=curated.id).order_by("person__name", "id")
    found = await rows.values("person_id", "part", "since", key="person__key", name="person__name")
    ids = [row["person_id"] for row in found]
    here = {
        number for (number,) in await staff_of(curated.school_id).filter(person_id__in=ids).values_list("person_id")
    }
    return [{**row, "here": row["person_id"] in here} for row in found]


async def owner_is_here(curated: ListCard) -> bool:
    """Whether the owner of a list still works at its school."""
    return await _staff(curated.school_id, curated.owner_id) if curated.owner_id else False


async def _staff(school_id: int, person_id: int) -> bool:
    return await staff_of(school_id).filter(person_id=person_id).exists()


@one_transaction
async def put_in(key: str, person: str, part: Part, *, by: Reader) -> str:
    """Let somebody of the school's staff work on a list, or change what they may; returns their name.

    person: a key. Raises NotFound, NotAllowed (LST06), Refused (about "person").
    """
    taken = await _to_hand_over(key, by)
    curated = taken.curated
    number, name = await _somebody(person, by)
    if number == curated.owner_id:
        raise Refused(f"{name} owns this list.", about="person")
    of_list = ListMember.filter(school_id=curated.school_id, curated_id=curated.id)
    member = await of_list.filter(person_id=number).first()
    if member is not None and member.part is part:
        return name
    if member is None:
        if await of_list.count() >= rules.MOST_MEMBERS:
            raise Refused(f"{rules.MOST_MEMBERS} people can work on a list at most.", about="person")
        await ListMember.create(school_id=curated.school_id, curated_id=curated.id, person_id=number, part=part)
    else:
        member.part = part
        await member.save(update_fields=["part"])
    await audit.note("put somebody to work on a list", by=by, about_id=number, subject=curated.key, detail=str(part))
    # names of people stand in the audit only, where erasing somebody finds them
    await keep(taken, by, "member", str(part))
    return name


@one_transaction
async def take_out(key: str, person: str, *, by: Reader) -> None:
    """Somebody no longer works on a list; members may also go by themselves. Raises NotFound, NotAllowed (LST06)."""
    curated = await hold(by, key)
    rows = ListMember.filter(school_id=curated.school_id, curated_id=curated.id, person__key=person)
    found = await rows.limit(1).values("id", "person_id", "part")
    if not found:
        raise NotFound(person)
    member = found[0]
    if member["person_id"] != by.id and not rules.may_hand_over(by, curated.owner_id):
        raise NotAllowed("LST06")
    await ListMember.filter(school_id=curated.school_id, id=member["id"]).delete()
    about = {"about_id": member["person_id"], "subject": curated.key}
    await audit.note("took somebody off a list", by=by, **about)
    taken = Taken(curated)
    await look_again(taken)
    await keep(taken, by, "member gone", str(member["part"]))


@one_transaction
async def hand_over(key: str, person: str, *, by: Reader) -> str:
    """Give a list to somebody else of the staff; who had it stays as its editor. Returns the new owner's name.

    Raises NotFound, NotAllowed (LST06), Refused (about "person").
    """
    taken = await _to_hand_over(key, by)
    number, name = await _somebody(person, by)
    if number == taken.curated.owner_id:
        raise Refused(f"{name} owns this list already.", about="person")
    await _give(taken, number, "handed over", by)
    return name


@one_transaction
async def take_over(key: str, *, by: Reader) -> None:
    """Take a list whose owner works here no more; for those who may edit every list of the school.

    Raises NotFound, NotAllowed (LST06), Refused where its owner is still here.
    """
    taken = await _to_hand_over(key, by)
    curated = taken.curated
    if not rules.may_edit(by, None) or by.id is None:
        raise NotAllowed("LST06")
    if curated.owner_id == by.id:
        return
    if curated.owner_id is not None and await _staff(curated.school_id, curated.owner_id):
        raise Refused("Its owner works here. Ask them to hand the list over.")
    await _give(taken, by.id, "taken over", by)


async def _to_hand_over(key: str, by: Reader) -> Taken:
    curated = await hold(by, key)
    if not rules.may_hand_over(by, curated.owner_id):
        raise NotAllowed("LST06")
    taken = Taken(curated)
    await look_again(taken)
    return taken


async def _somebody(person: str, by: Reader) -> tuple[int, str]:
    """The id and name of somebody of this school's staff. Raises Refused."""
    found = await staff_of(by.school.id).filter(person__key=person).limit(1).values_list("person_id", "person__name")
    if not found:
        raise Refused("Choose somebody who works at this school.", about="person")
    return found[0]


async def _give(taken: Taken, number: int, act: str, by: Reader) -> None:
    curated: CuratedList = taken.curated
    before = curated.owner_id
    rows = ListMember.filter(school_id=curated.school_id, curated_id=curated.id)
    await rows.filter(person_id=number).delete()
    if before is not None and await _staff(curated.school_id, before):
        await ListMember.create(school_id=curated.school_id, curated_id=curated.id, person_id=before, part=Part.EDITOR)
    curated.owner_id = number
    await audit.note(f"list {act}", by=by, about_id=number, subject=curated.key)
    await keep(taken, by, act, "")
