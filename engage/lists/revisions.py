"""A list taken up for a change, and the revision that every change leaves; one change of a list at a time."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from tortoise.expressions import Case, F, When

from engage import dates
from engage.errors import NotAllowed, NotFound
from engage.lists import packing
from engage.lists.models import CuratedList, ListClass, ListItem, Revision, Section
from engage.lists.order import Place
from engage.lists.queries import lists_for, part_of
from engage.lists.rules import Visibility, may_edit
from engage.people.rules import Reader

ITEM = ("id", "key", "position", "section_id", "annotation", "start_here", "pinned", "found", "guid", "resource_id")
OF_RESOURCE = {"resource": "resource__key", "title": "resource__title", "mode": "resource__mode"}
# how far back a revision may lean on a whole one
REACH = 200


@dataclass
class Taken:
    """A list that this unit of work alone may change, with its sections and items in order.

    items: rows with ITEM, and resource (its key), title and mode of the resource. They are kept as they are in the
    tables: who changes a row there changes it here as well, or looks again.
    """

    curated: CuratedList
    sections: list[Section] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)

    @property
    def places(self) -> list[Place]:
        """Where each item stands, by its id."""
        return [Place(item["id"], item["section_id"]) for item in self.items]

    @property
    def parts(self) -> list[int]:
        """The ids of the sections in order."""
        return [section.id for section in self.sections]

    def item(self, key: str) -> dict[str, Any]:
        """The item of this key. Raises NotFound."""
        found = next((item for item in self.items if item["key"] == key), None)
        if found is None:
            raise NotFound(key)
        return found

    def section(self, key: str) -> Section:
        """The section of this key. Raises NotFound."""
        found = next((section for section in self.sections if section.key == key), None)
        if found is None:
            raise NotFound(key)
        return found


async def take_up(by: Reader, key: str) -> Taken:
    """A list to change, held until the unit of work ends: whoever else wants to change it waits.

    SQLite has one writer at a time anyway; PostgreSQL locks the row (READ COMMITTED, SAFETY.md, D3).
    Raises NotFound where the person may not see it, NotAllowed where they may not edit it (LST06).
    """
    curated = await hold(by, key)
    if not may_edit(by, curated.owner_id) and not may_edit(by, curated.owner_id, await part_of(by, curated.id)):
        raise NotAllowed("LST06")
    taken = Taken(curated)
    await look_again(taken)
    return taken


async def hold(by: Reader, key: str) -> CuratedList:
    """The row of a list that the person may see, held until the unit of work ends. Raises NotFound."""
    held = await lists_for(by).filter(key=key).select_for_update(of=("curated_list",)).first()
    if held is None:
        raise NotFound(key)
    return held


async def look_again(taken: Taken) -> None:
    """The sections and items as they now stand."""
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    taken.sections = await Section.filter(**of_list).order_by("position", "id")
    taken.items = await ListItem.filter(**of_list).order_by("position", "id").values(*ITEM, **OF_RESOURCE)


async def put_in_order(taken: Taken, places: Sequence[Place]) -> None:
    """Give the items the positions 1 to n in this order: one statement, and one for each part that some came into."""
    before = {item["id"]: item for item in taken.items}
    distances: dict[int, list[int]] = {}
    parts: dict[int | None, list[int]] = {}
    for position, place in enumerate(places, 1):
        item = before[place.item]
        if position != item["position"]:
            distances.setdefault(position - item["position"], []).append(place.item)
        if place.part != item["section_id"]:
            parts.setdefault(place.part, []).append(place.item)
        item.update(position=position, section_id=place.part)
    taken.items = [before[place.item] for place in places]
    of_list = ListItem.filter(school_id=taken.curated.school_id, curated_id=taken.curated.id)
    if distances:
        steps = [When(id__in=ids, then=F("position") + distance) for distance, ids in distances.items()]
        moving = of_list.filter(id__in=[number for ids in distances.values() for number in ids])
        await moving.update(position=Case(*steps, default=F("position")))
    for part, ids in parts.items():
        await of_list.filter(id__in=ids).update(section_id=part)


async def keep(taken: Taken, by: Reader, act: str, what: str, undo: dict[str, Any] | None = None) -> Revision:
    """Keep a change: the counts, the next version, and the revision of that number with the list as it now is.

    act: one word that says what was done. what: the thing that it was done to, in the words of the page.
    undo: what taking the change back takes; see `undoing`.
    """
    curated = taken.curated
    modes = Counter(str(item["mode"]) for item in taken.items)
    curated.items_count = len(taken.items)
    curated.reading, curated.viewing, curated.listening = modes["reading"], modes["viewing"], modes["listening"]
    curated.version += 1
    curated.changed_at = dates.now()
    await curated.save()
    return await write_revision(taken, by, act, what, undo)


async def write_revision(taken: Taken, by: Reader, act: str, what: str, undo: dict[str, Any] | None = None) -> Revision:
    """The revision of the list's present version."""
    curated = taken.curated
    keys = {section.id: section.key for section in taken.sections}
    snapshot = {
        **{name: getattr(curated, name) for name in WORDS},
        "classes": await _classes(curated),
        "sections": [{"key": each.key, "title": each.title, "note": each.note} for each in taken.sections],
        "items": [item_snapshot(item, keys.get(item["section_id"], "")) for item in taken.items],
        **({"undo": undo} if undo else {}),
    }
    return await Revision.create(
        school_id=curated.school_id,
        curated_id=curated.id,
        number=curated.version,
        at=curated.changed_at,
        by_id=by.id,
        act=act,
        what=what,
        snapshot=packing.packed(snapshot, await _base(curated)),
    )


async def _classes(curated: CuratedList) -> list[int]:
    """The ids of the school classes that a list is for; one that is for others has none, and none is asked for."""
    if curated.visibility is not Visibility.CLASSES:
        return []
    rows = ListClass.filter(school_id=curated.school_id, curated_id=curated.id).order_by("id")
    return [number for (number,) in await rows.values_list("school_class_id")]


async def _base(curated: CuratedList) -> packing.Base | None:
    """The last whole snapshot that was kept of a list not long ago."""
    rows = Revision.filter(school_id=curated.school_id, curated_id=curated.id, number__lt=curated.version)
    whole = rows.filter(number__gt=curated.version - REACH).exclude(snapshot__startswith=packing.CHANGED)
    found = await whole.order_by("-number").limit(1).values_list("number", "snapshot")
    return packing.Base(*found[0]) if found else None


async def snapshot_of(revision: Revision) -> dict[str, Any]:
    """The list as it stood after a change, however the revision keeps it; at most one statement.

    Keys: title introduction kind state visibility ink scene grade_low grade_high; classes: ids of school classes;
    sections, in order, each with key title note; items, in order, each with key, resource (its key), section (its key,
    "" above the first), annotation, start_here, and pinned, found, guid as on ListItem. A change that can be taken
    back has undo as well.
    """
    base = packing.base_of(revision.snapshot)
    if base is None:
        return _complete(packing.unpacked(revision.snapshot))
    of_list = {"school_id": revision.school_id, "curated_id": revision.curated_id}  # type: ignore[attr-defined]
    whole = await Revision.get(**of_list, number=base)
    return _complete(packing.unpacked(revision.snapshot, whole.snapshot))


def _complete(snapshot: dict[str, Any]) -> dict[str, Any]:
    """With all that is kept of an item today, also where the revision is older than that."""
    return {**snapshot, "items": [{**LATER, **item} for item in snapshot["items"]]}


WORDS = ("title", "introduction", "kind", "state", "visibility", "ink", "scene", "grade_low", "grade_high")
LATER = {"pinned": False, "found": False, "guid": None}


def item_snapshot(item: dict[str, Any], section: str) -> dict[str, Any]:
    """An item as a revision keeps it: by keys, so that it can be read without the rows of that time.

    section: the key of the section that it stands in, "" above the first.
    """
    marks = {name: item[name] for name in LATER if item[name]}
    return {
        "key": item["key"],
        "resource": item["resource"],
        "section": section,
        "annotation": item["annotation"],
        "start_here": bool(item["start_here"]),
        **marks,
    }


def stood(taken: Taken, keys: Collection[str]) -> list[dict[str, Any]]:
    """How items stand, so that they can go back there: as in a revision, and after (the key of the item before each
    in its section, "" for the first) and place (in the section, from 1). In the order of the list."""
    sections = {section.id: section.key for section in taken.sections}
    columns: dict[int | None, list[str]] = {}
    found = []
    for item in taken.items:
        column = columns.setdefault(item["section_id"], [""])
        if item["key"] in keys:
            where = {"after": column[-1], "place": len(column)}
            found.append({**item_snapshot(item, sections.get(item["section_id"], "")), **where})
        column.append(item["key"])
    return found
