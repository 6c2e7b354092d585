"""Twenty people work on one list at once, fifty changes each: none is lost, and every moment can be had again."""

import asyncio
import random
from collections import Counter
from itertools import groupby
from typing import Any

from engage.errors import Busy, NotFound, Refused
from engage.lists import editing, history, sections, undoing
from engage.lists.models import CuratedList, ListItem, Revision, Section
from engage.lists.revisions import snapshot_of
from engage.lists.together import print_of
from engage.resources.models import Resource
from tests import make
from tests.school import TestSchool

EDITORS, CHANGES = 20, 50
ACTS = (("move", 14), ("note", 14), ("add", 7), ("remove", 5), ("bulk", 4), ("undo", 3), ("part", 3))


class Editor:
    """One of them, with what they did: how often each act was kept, and the words that they wrote last."""

    def __init__(self, number: int, curated: CuratedList, school: TestSchool, things: list[Resource]) -> None:
        self.number, self.curated, self.by = number, curated, school.ada
        self.things = things
        self.dice = random.Random(number)
        self.kept: Counter[str] = Counter()
        self.words: dict[str, str] = {}
        self.undoable: list[int] = []

    async def work(self) -> None:
        acts = [act for act, often in ACTS for _ in range(often)]
        assert len(acts) == CHANGES
        self.dice.shuffle(acts)
        for step, act in enumerate(acts):
            while True:
                try:
                    await getattr(self, act)(step)
                except Busy:
                    # on a slow machine the queue for the list may take longer than a unit may: nothing was kept
                    continue
                except (NotFound, Refused):
                    # somebody else took away what this one had just seen
                    self.kept["came too late"] += 1
                break

    async def any_item(self) -> str:
        of_list = ListItem.filter(school_id=self.curated.school_id, curated_id=self.curated.id)
        return str(self.dice.choice(await of_list.values_list("key", flat=True)))

    async def any_part(self) -> str:
        of_list = Section.filter(school_id=self.curated.school_id, curated_id=self.curated.id)
        return str(self.dice.choice(["", *await of_list.values_list("key", flat=True)]))

    async def move(self, step: int) -> None:
        to = self.dice.choice(["up", "down", "top", "bottom", 1, 3, 9])
        section = self.dice.choice([None, await self.any_part()])
        await editing.move_item(self.curated.key, await self.any_item(), to=to, section=section, by=self.by)
        self.kept["move"] += 1

    async def note(self, step: int) -> None:
        key = await self.any_item()
        item = await ListItem.filter(school_id=self.curated.school_id, key=key).first()
        words = f"editor {self.number}, step {step}"
        seen = {key: print_of(item.annotation if item else "")}
        clashes = await editing.annotate(self.curated.key, {key: words}, seen=seen, by=self.by)
        self.kept["asked" if clashes else "note"] += 1

    async def add(self, step: int) -> None:
        await editing.add_item(self.curated.key, self.things[-1].key, section=await self.any_part(), by=self.by)
        self.things.pop()
        self.kept["added"] += 1

    async def remove(self, step: int) -> None:
        self.undoable.append(await editing.remove_item(self.curated.key, await self.any_item(), by=self.by))
        self.kept["removed"] += 1

    async def bulk(self, step: int) -> None:
        some = {await self.any_item() for _ in range(4)}
        number = await editing.move_items(self.curated.key, some, to="top", section=await self.any_part(), by=self.by)
        if number is not None:
            self.undoable.append(number)
            self.kept["bulk"] += 1

    async def undo(self, step: int) -> None:
        if self.undoable:
            await undoing.put_back(self.curated.key, self.dice.choice(self.undoable), by=self.by)
            self.kept["put back"] += 1

    async def part(self, step: int) -> None:
        match self.dice.choice(["new", "gone", "up"]):
            case "new":
                await sections.add_section(self.curated.key, title=f"Part {self.number}.{step}", by=self.by)
            case "gone":
                number = await sections.remove_section(self.curated.key, await self.any_part(), by=self.by)
                self.undoable.append(number)
            case "up":
                await sections.move_section(self.curated.key, await self.any_part(), to="up", by=self.by)


async def test_twenty_editors_at_once_lose_nothing(school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=60, parts=("Sky", "Snow", "Sea"))
    things = await make.resources(EDITORS * 7)
    editors = [Editor(n, curated, school, things[n * 7 : n * 7 + 7]) for n in range(EDITORS)]
    await asyncio.gather(*(editor.work() for editor in editors))

    of_list = {"school_id": school.card.id, "curated_id": curated.id}
    now = await CuratedList.get(school_id=school.card.id, id=curated.id)
    parts = await Section.filter(**of_list).order_by("position")
    columns = {"key": "key", "position": "position", "resource": "resource__key", "part": "section__key"}
    items = await ListItem.filter(**of_list).order_by("position").values("annotation", **columns)
    # in order, each part together, and counted
    assert [item["position"] for item in items] == list(range(1, len(items) + 1))
    assert [part.position for part in parts] == list(range(1, len(parts) + 1))
    together = [section for section, _ in groupby(items, key=lambda item: item["part"])]
    assert together == [part for part in (None, *(part.key for part in parts)) if part in set(together)]
    assert now.items_count == len(items)

    # every change left its revision, and no two the same number
    rows = await Revision.filter(**of_list).order_by("number")
    assert [row.number for row in rows] == list(range(1, now.version + 1))
    acts = Counter(row.act for row in rows)
    kept = sum((editor.kept for editor in editors), Counter())
    for act in ("added", "removed", "note", "put back"):
        assert acts[act] == kept[act], act
    assert kept["came too late"] < EDITORS * CHANGES / 4
    # the last words on each item are those of the last revision that wrote them
    snapshots = {row.number: await snapshot_of(row) for row in rows}
    last = snapshots[now.version]
    assert [each["key"] for each in last["sections"]] == [part.key for part in parts]
    stands = [(item["key"], item["resource"], item["part"] or "", item["annotation"]) for item in items]
    assert [(each["key"], each["resource"], each["section"], each["annotation"]) for each in last["items"]] == stands

    # each moment can be had again: whole, in order, and one change from the moment before
    for number in range(3, now.version + 1):
        before, after = snapshots[number - 1], snapshots[number]
        check_whole(after)
        gone = {each["key"] for each in before["items"]} - {each["key"] for each in after["items"]}
        come = {each["key"] for each in after["items"]} - {each["key"] for each in before["items"]}
        words = {each["key"]: each["annotation"] for each in before["items"]}
        changed = {
            each["key"] for each in after["items"] if words.get(each["key"], each["annotation"]) != each["annotation"]
        }
        match rows[number - 1].act:
            case "added":
                assert (len(gone), len(come), changed) == (0, 1, set())
            case "removed":
                assert (len(gone), len(come), changed) == (1, 0, set())
            case "note":
                assert (gone, come, len(changed)) == (set(), set(), 1)
            case "put back":
                assert not gone
                assert not changed
            case _:
                assert (gone, come, changed) == (set(), set(), set())
    assert sum(len(row.snapshot) for row in rows) < len(rows) * 3_000

    # and the list itself goes back to such a moment
    for number in range(3, now.version + 1, now.version // 8):
        await history.restore(curated.key, number, by=school.ada)
        restored = await Revision.filter(**of_list).order_by("-number").first()
        assert restored
        assert shape(await snapshot_of(restored)) == shape(snapshots[number])


def shape(snapshot: dict[str, Any]) -> tuple[list[str], list[tuple[str, ...]]]:
    """The headings, and each item with what it is, where it stands and what is written about it."""
    headings = {section["key"]: section["title"] for section in snapshot["sections"]}
    return list(headings.values()), [
        (item["key"], item["resource"], headings.get(item["section"], ""), item["annotation"])
        for item in snapshot["items"]
    ]


def check_whole(snapshot: dict[str, list[dict[str, str]]]) -> None:
    """Each item and each resource is there once, and each part together in the order of the parts."""
    order = ["", *(section["key"] for section in snapshot["sections"])]
    places = [order.index(item["section"]) for item in snapshot["items"]]
    assert places == sorted(places)
    for name in ("key", "resource"):
        named = [item[name] for item in snapshot["items"]]
        assert len(set(named)) == len(named)
