"""A list taken up for a change, and the revision that every change leaves; one change of a list at a time."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tortoise.expressions import F

from engage import dates
from engage.errors import NotAllowed, NotFound
from engage.lists.models import CuratedList, ListClass, ListItem, Revision, Section
from engage.lists.order import Place
from engage.lists.queries import lists_for
from engage.lists.rules import may_edit
from engage.people.rules import Reader

ITEM = ("id", "key", "position", "section_id", "annotation", "start_here", "resource_id")


@dataclass
class Taken:
    """A list that this unit of work alone may change, with its sections and items in order.

    items: rows with key, position, section_id, annotation, start_here, resource_id, resource, title and mode of it.
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
    if not may_edit(by, curated.owner_id):
        raise NotAllowed("LST06")
    taken = Taken(curated)
    await look_again(taken)
    return taken


async def hold(by: Reader, key: str) -> CuratedList:
    """The row of a list that the person may see, held until the unit of work ends. Raises NotFound."""
    seen = await lists_for(by).filter(key=key).values("id")
    if not seen:
        raise NotFound(key)
    held = CuratedList.filter(school_id=by.school.id, id=seen[0]["id"])
    return await held.select_for_update().get()


async def look_again(taken: Taken) -> None:
    """The sections and items as they now stand."""
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    taken.sections = await Section.filter(**of_list).order_by("position", "id")
    rows = ListItem.filter(**of_list).order_by("position", "id")
    taken.items = await rows.values(*ITEM, resource="resource__key", title="resource__title", mode="resource__mode")


async def put_in_order(taken: Taken, places: list[Place]) -> None:
    """Give the items the positions 1 to n in this order; a statement for each distance that some of them moved."""
    before = {item["id"]: item for item in taken.items}
    shifts: dict[tuple[int, int | None, bool], list[int]] = {}
    for position, place in enumerate(places, 1):
        old = before[place.item]
        crosses = old["section_id"] != place.part
        if position != old["position"] or crosses:
            shift = (position - old["position"], place.part if crosses else None, crosses)
            shifts.setdefault(shift, []).append(place.item)
    for (distance, part, crosses), ids in shifts.items():
        rows = ListItem.filter(school_id=taken.curated.school_id, curated_id=taken.curated.id, id__in=ids)
        new_part = {"section_id": part} if crosses else {}
        await rows.update(position=F("position") + distance, **new_part)
    await look_again(taken)


async def keep(taken: Taken, by: Reader, act: str, what: str, removed: dict[str, Any] | None = None) -> Revision:
    """Keep a change: the counts, the next version, and the revision of that number with the list as it now is.

    act: one word that says what was done. what: the thing that it was done to, in the words of the page.
    removed: what left the list, with all that putting it back takes.
    """
    curated = taken.curated
    modes = Counter(str(item["mode"]) for item in taken.items)
    curated.items_count = len(taken.items)
    curated.reading, curated.viewing, curated.listening = modes["reading"], modes["viewing"], modes["listening"]
    curated.version += 1
    curated.changed_at = dates.now()
    await curated.save()
    return await write_revision(taken, by, act, what, removed)


async def write_revision(
    taken: Taken, by: Reader, act: str, what: str, removed: dict[str, Any] | None = None
) -> Revision:
    """The revision of the list's present version."""
    curated = taken.curated
    classes = ListClass.filter(school_id=curated.school_id, curated_id=curated.id)
    snapshot = {
        **{name: getattr(curated, name) for name in WORDS},
        "classes": list(await classes.order_by("id").values_list("school_class_id", flat=True)),
        "sections": [{"key": each.key, "title": each.title, "note": each.note} for each in taken.sections],
        "items": [item_snapshot(taken, item) for item in taken.items],
        **({"removed": removed} if removed else {}),
    }
    return await Revision.create(
        school_id=curated.school_id,
        curated_id=curated.id,
        number=curated.version,
        at=curated.changed_at,
        by_id=by.id,
        act=act,
        what=what,
        snapshot=json.dumps(snapshot, ensure_ascii=False, separators=(",", ":")),
    )


WORDS = ("title", "introduction", "kind", "state", "visibility", "ink", "scene", "grade_low", "grade_high")


def item_snapshot(taken: Taken, item: dict[str, Any]) -> dict[str, Any]:
    """An item as a revision keeps it: by keys, so that it can be read without the rows of that time."""
    section = next((each.key for each in taken.sections if each.id == item["section_id"]), "")
    return {
        "key": item["key"],
        "resource": item["resource"],
        "section": section,
        "annotation": item["annotation"],
        "start_here": bool(item["start_here"]),
    }
