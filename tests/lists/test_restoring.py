"""Every moment of a list can be had again from any other one: a walk of many changes, and each of them restored."""

import random
from collections import Counter
from typing import Any

from engage.errors import Refused
from engage.lists import actions, editing, history, sections, smart, undoing
from engage.lists.models import CuratedList, ListItem, Revision, Section
from engage.lists.revisions import WORDS, snapshot_of
from engage.lists.rules import ListKind
from engage.lists.together import print_of
from engage.resources.models import Resource
from tests import make
from tests.school import TestSchool

CHANGES = 200
ITEMS, THINGS, FEWEST, MOST, PARTS = 6, 12, 3, 9, 4
KINDS = ("added", "described", "moved", "note", "part added", "part moved", "part named", "part removed", "pinned")
KINDS += ("poster", "put back", "removed", "start here", "unpinned")
ITEM = ("key", "position", "annotation", "start_here", "pinned", "resource__key", "section__key")


class Hand:
    """Somebody who changes a list by dice."""

    def __init__(self, curated: CuratedList, things: list[Resource], school: TestSchool) -> None:
        self.curated, self.by, self.things = curated, school.ada, things
        self.of_list = {"school_id": school.card.id, "curated_id": curated.id}
        self.dice = random.Random(2026)
        self.items: list[dict[str, Any]] = []
        self.parts: list[str] = []
        self.undoable: list[int] = []

    async def change(self) -> None:
        """One change, of a kind that the dice choose."""
        key, by, dice = self.curated.key, self.by, self.dice
        self.items = await ListItem.filter(**self.of_list).order_by("position").values(*ITEM)
        self.parts = [str(part) for part in await Section.filter(**self.of_list).values_list("key", flat=True)]
        item, part = dice.choice(self.items), dice.choice(["", *self.parts])
        few, many = len(self.items) <= FEWEST, len(self.items) >= MOST
        acts = ["note", "move", "some", "mark", "pin", "words", "poster", "part"]
        match dice.choice(acts + ["add"] * 2 * (not many) + ["remove"] * 2 * (not few) + ["undo"] * (not many)):
            case "note":
                seen = {item["key"]: print_of(item["annotation"])}
                await editing.annotate(key, {item["key"]: f"Note {dice.random()}"}, seen=seen, by=by)
            case "move":
                to = dice.choice(["up", "down", "top", "bottom", 1, 3])
                await editing.move_item(key, item["key"], to=to, section=part, by=by)
            case "some":
                some = {dice.choice(self.items)["key"] for _ in range(3)}
                self.could_undo(await editing.move_items(key, some, to="top", section=part, by=by))
            case "mark":
                await editing.mark_start(key, item["key"], start_here=not item["start_here"], by=by)
            case "pin":
                await smart.pin(key, item["key"], on=not item["pinned"], by=by)
            case "add":
                thing = dice.choice(self.things)
                await editing.add_item(key, thing.key, section=part, annotation=dice.choice(["", "Look."]), by=by)
            case "remove":
                self.could_undo(await editing.remove_item(key, item["key"], by=by))
            case "undo" if self.undoable:
                await undoing.put_back(key, dice.choice(self.undoable), by=by)
            case "words":
                now = await CuratedList.get(school_id=by.school.id, id=self.curated.id)
                words = {"title": f"Sea {dice.random()}", "introduction": dice.choice(["", "Waves."])}
                seen = {name: print_of(getattr(now, name)) for name in words}
                kind, low = dice.choice([*ListKind]), dice.choice([None, 1, 2])
                more = {"kind": kind, "grade_low": low, "grade_high": dice.choice([None, 3])}
                await actions.describe(key, words=words, seen=seen, **more, by=by)
            case "poster":
                await actions.change_poster(key, ink=dice.choice(["rose", "sky"]), scene="sea", by=by)
            case "part":
                await self.change_part(part)

    async def change_part(self, part: str) -> None:
        key, by, dice = self.curated.key, self.by, self.dice
        if not part:
            if len(self.parts) < PARTS:
                await sections.add_section(key, title=f"Part {dice.random()}", by=by)
            return
        match dice.choice(["up", "down", "name", "remove"]):
            case "name":
                await sections.rename_section(key, part, title="Named", note=f"{dice.random()}", by=by)
            case "remove":
                self.could_undo(await sections.remove_section(key, part, by=by))
            case way:
                self.could_undo((await sections.move_section(key, part, to=way, by=by)).number)

    def could_undo(self, number: int | None) -> None:
        self.undoable += [number] * (number is not None)


async def standing(curated: CuratedList) -> list[Any]:
    """The list as its tables have it, and not as a revision tells it; an item is known by what it is.

    What was put on again after it had left is another item of the same resource, and stays that one.
    """
    of_list = {"school_id": curated.school_id, "curated_id": curated.id}  # type: ignore[attr-defined]
    words = await CuratedList.filter(school_id=of_list["school_id"], id=curated.id).values(*WORDS, "items_count")
    parts = await Section.filter(**of_list).order_by("position").values("key", "title", "note", "position")
    return [words, parts, await ListItem.filter(**of_list).order_by("position").values(*ITEM[1:])]


async def test_every_moment_comes_back_from_any_other(school: TestSchool) -> None:
    things = await make.resources(THINGS)
    curated = await make.curated_list(school.ada, items=things[:ITEMS], parts=("Sky", "Snow"))
    of_list = {"school_id": school.card.id, "curated_id": curated.id}
    hand, moments = Hand(curated, things, school), {}
    while len(moments) < CHANGES:
        try:
            await hand.change()
        except Refused:
            continue  # what stands on the list already, or was taken back
        now = await CuratedList.get(school_id=school.card.id, id=curated.id)
        moments.setdefault(now.version, await standing(curated))
    acts = Counter(await Revision.filter(**of_list).values_list("act", flat=True))
    assert set(KINDS) <= set(acts)

    numbers = list(moments)
    hand.dice.shuffle(numbers)
    for number in numbers:
        await history.restore(curated.key, number, by=school.ada)
        assert await standing(curated) == moments[number], number
        assert await told(curated, await newest(curated)) == await told(curated, number), number


async def told(curated: CuratedList, number: int) -> dict[str, Any]:
    """The list as a revision tells it."""
    of_list = {"school_id": curated.school_id, "curated_id": curated.id}  # type: ignore[attr-defined]
    snapshot = await snapshot_of(await Revision.get(**of_list, number=number))
    return {**snapshot, "undo": None, "items": [{**item, "key": ""} for item in snapshot["items"]]}


async def newest(curated: CuratedList) -> int:
    """The number of the last revision."""
    found = await CuratedList.get(school_id=curated.school_id, id=curated.id)  # type: ignore[attr-defined]
    return found.version
