"""The items of a list: put on, moved, written about, taken off and put back. Two people may edit at once."""

import json
from collections.abc import Mapping
from typing import Any

from tortoise.expressions import F

from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.lists import rules
from engage.lists.models import ListItem, Revision
from engage.lists.order import Moved, Place, arranged, moved
from engage.lists.revisions import Taken, item_snapshot, keep, look_again, put_in_order, take_up
from engage.lists.sections import put_section_back
from engage.lists.together import Clash, one_form, settled
from engage.people.rules import Reader
from engage.resources.models import Resource
from engage.resources.rules import ResourceState

ON_IT = "{} is on this list already."


@one_transaction
async def add_item(key: str, resource: str, *, section: str = "", annotation: str = "", by: Reader) -> str:
    """Put a resource at the end of a section; returns the key of the new item.

    resource, section: keys; without a section it goes to the end of the list. Raises NotFound, NotAllowed, Refused
    (about "resource" where it is on the list already).
    """
    taken = await take_up(by, key)
    found = await Resource.filter(school_id=by.school.id, key=resource, state=ResourceState.OFFERED).first()
    if found is None:
        raise NotFound(resource)
    _check_room(taken, found)
    part = taken.section(section).id if section else taken.parts[-1] if taken.parts else None
    item = await _put(taken, found, part, by, annotation=_note(annotation))
    await keep(taken, by, "added", found.title)
    return item.key


def _check_room(taken: Taken, found: Resource) -> None:
    if any(item["resource_id"] == found.id for item in taken.items):
        raise Refused(ON_IT.format(found.title), about="resource")
    if len(taken.items) >= rules.LONGEST:
        raise Refused(f"A list holds {rules.LONGEST} items. Start a second one.", about="resource")


async def _put(taken: Taken, found: Resource, part: int | None, by: Reader, **more: Any) -> ListItem:
    item = await ListItem.create(
        school_id=taken.curated.school_id,
        curated_id=taken.curated.id,
        resource_id=found.id,
        section_id=part,
        position=len(taken.items) + 1,
        added_by_id=by.id,
        **more,
    )
    await _count_list(taken, found.id, 1)
    places = taken.places
    await look_again(taken)
    await put_in_order(taken, arranged([*places, Place(item.id, part)], taken.parts))
    return item


async def _count_list(taken: Taken, resource_id: int, change: int) -> None:
    """A resource is as popular as the lists that it is on, among other things; its rank in search follows."""
    resource = Resource.filter(school_id=taken.curated.school_id, id=resource_id)
    await resource.update(popularity=F("popularity") + change)


def _note(text: str) -> str:
    text = one_form(text)
    if len(text) > rules.NOTE:
        raise Refused(f"A note may have {rules.NOTE:,} characters; this has {len(text):,}.", about="annotation")
    return text


@one_transaction
async def remove_item(key: str, item: str, *, by: Reader) -> int:
    """Take an item off; returns the number of the revision that `put_back` takes back."""
    taken = await take_up(by, key)
    gone = taken.item(item)
    removed = {"item": {**item_snapshot(taken, gone), "position": gone["position"]}}
    await ListItem.filter(school_id=taken.curated.school_id, id=gone["id"]).delete()
    await _count_list(taken, gone["resource_id"], -1)
    places = [place for place in taken.places if place.item != gone["id"]]
    await look_again(taken)
    await put_in_order(taken, places)
    revision = await keep(taken, by, "removed", gone["title"], removed)
    return revision.number


@one_transaction
async def put_back(key: str, number: int, *, by: Reader) -> str:
    """Take back a removal: the item, or the section with the items that were in it, stands where it stood.

    number: of the revision. Returns what was put back, in the words of the page. Raises NotFound, Refused.
    """
    taken = await take_up(by, key)
    revision = await Revision.filter(
        school_id=taken.curated.school_id, curated_id=taken.curated.id, number=number
    ).first()
    removed = json.loads(revision.snapshot).get("removed") if revision else None
    if not removed:
        raise NotFound(number)
    if "item" in removed:
        title = await _put_item_back(taken, removed["item"], by)
    else:
        title = await put_section_back(taken, removed["section"])
    await keep(taken, by, "put back", title)
    return title


async def _put_item_back(taken: Taken, gone: Mapping[str, Any], by: Reader) -> str:
    of_school = Resource.filter(school_id=taken.curated.school_id)
    found = await of_school.filter(key=gone["resource"]).first()
    if found is not None and found.state is ResourceState.MERGED:
        # meanwhile it turned out to be another one
        found = await of_school.filter(merged__id=found.id).first()
    if found is None:
        raise Refused("The library no longer has this resource.")
    _check_room(taken, found)
    part = next((each.id for each in taken.sections if each.key == gone["section"]), None)
    before = [place.item for place in taken.places[: gone["position"] - 1] if place.part == part]
    item = await _put(
        taken, found, part, by, key=gone["key"], annotation=gone["annotation"], start_here=gone["start_here"]
    )
    await put_in_order(taken, moved(taken.places, taken.parts, item.id, part, len(before) + 1))
    return found.title


@one_transaction
async def move_item(key: str, item: str, *, to: str | int, section: str | None = None, by: Reader) -> Moved:
    """Move an item: "up", "down", "top", "bottom", or to a place in its section, from 1.

    section: the key of another section to move it to, "" for the head of the list, None for its own.
    """
    taken = await take_up(by, key)
    moving = taken.item(item)
    part = moving["section_id"]
    if section is not None:
        part = taken.section(section).id if section else None
    places = moved(taken.places, taken.parts, moving["id"], part, to)
    if places != taken.places:
        await put_in_order(taken, places)
        await keep(taken, by, "moved", moving["title"])
    column = [place.item for place in places if place.part == part]
    position = [place.item for place in places].index(moving["id"]) + 1
    return Moved(moving["title"], column.index(moving["id"]) + 1, len(column), position)


@one_transaction
async def annotate(key: str, notes: Mapping[str, str], *, seen: Mapping[str, str], by: Reader) -> list[Clash]:
    """Keep the notes that the person changed; those that somebody else changed meanwhile come back as clashes.

    notes: text by the key of the item. seen: print_of the note as it stood when the person began. A note whose item
    was taken off meanwhile comes back too, with "" for theirs, so that the words are not lost. Raises Refused.
    """
    taken = await take_up(by, key)
    there = {item["key"]: item for item in taken.items}
    clashes, changed = [], []
    for name, mine in notes.items():
        item = there.get(name)
        if item is None:
            clashes += [Clash(name, "", mine, "")] if settled(seen.get(name, ""), mine, "").clash else []
            continue
        stands = settled(seen.get(name, ""), _note(mine), item["annotation"])
        if stands.clash:
            clashes.append(Clash(name, item["title"], mine, item["annotation"]))
        elif stands.text != item["annotation"]:
            rows = ListItem.filter(school_id=taken.curated.school_id, id=item["id"])
            await rows.update(annotation=stands.text, version=F("version") + 1)
            changed.append(item["title"])
    if changed:
        await look_again(taken)
        await keep(taken, by, "note", "; ".join(changed))
    return clashes


@one_transaction
async def mark_start(key: str, item: str, *, start_here: bool, by: Reader) -> None:
    """Set or take the "start here" mark of an item."""
    taken = await take_up(by, key)
    marked = taken.item(item)
    await ListItem.filter(school_id=taken.curated.school_id, id=marked["id"]).update(start_here=start_here)
    await look_again(taken)
    await keep(taken, by, "start here", marked["title"])
