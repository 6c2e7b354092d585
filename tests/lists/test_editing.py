"""Items and sections: every change is kept whole, in order, with its revision, also when ten people write at once."""

import asyncio

import pytest

from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import editing, rules, sections, undoing
from engage.lists.models import CuratedList, ListItem, Revision, Section
from engage.lists.revisions import snapshot_of
from engage.lists.together import Clash, print_of
from engage.people.rules import Reader
from engage.resources.models import Resource
from engage.resources.rules import ResourceState
from tests import make
from tests.conftest import Statements
from tests.school import TestSchool


async def standing(curated: CuratedList) -> list[tuple[str, str | None]]:
    """Title and section of each item, in order; the positions must be 1 to n and the counts right."""
    rows = await (
        ListItem.filter(school_id=curated.school_id, curated_id=curated.id)
        .order_by("position")
        .values("position", title="resource__title", part="section__title", mode="resource__mode")
    )
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    now = await CuratedList.get(school_id=curated.school_id, id=curated.id)
    modes = [str(row["mode"]) for row in rows]
    assert now.items_count == len(rows)
    assert (now.reading, now.viewing, now.listening) == tuple(map(modes.count, ("reading", "viewing", "listening")))
    return [(row["title"], row["part"]) for row in rows]


async def titles(curated: CuratedList) -> list[str]:
    return [title for title, _ in await standing(curated)]


async def key_of(curated: CuratedList, title: str) -> str:
    row = await ListItem.get(school_id=curated.school_id, curated_id=curated.id, resource__title=title)
    return row.key


async def revisions(curated: CuratedList) -> list[tuple[int, str, str]]:
    rows = Revision.filter(school_id=curated.school_id, curated_id=curated.id).order_by("number")
    return [(row.number, row.act, row.what) for row in await rows]


async def some(by: Reader, *names: str, parts: tuple[str, ...] = ()) -> CuratedList:
    return await make.curated_list(by, items=[await make.resource(name) for name in names], parts=parts)


async def test_what_is_added_goes_last_and_is_counted(school: TestSchool) -> None:
    curated = await some(school.ada, "A", "B")
    owl = await make.resource("Owl Moon")
    await editing.add_item(curated.key, owl.key, annotation=" You will want to whisper.\r\n", by=school.ada)
    assert await titles(curated) == ["A", "B", "Owl Moon"]
    item = await ListItem.get(school_id=school.card.id, resource_id=owl.id)
    assert (item.annotation, item.added_by_id) == ("You will want to whisper.", school.ada.id)  # type: ignore[attr-defined]
    assert (await Resource.get(school_id=school.card.id, id=owl.id)).popularity == 1
    assert (await revisions(curated))[-1] == (2, "added", "Owl Moon")


async def test_many_are_added_in_one_change_each_once(school: TestSchool, statements: Statements) -> None:
    curated = await some(school.ada, "A", "B", parts=("Sky", "Snow"))
    sky = await Section.get(school_id=school.card.id, curated_id=curated.id, title="Sky")
    there = await Resource.get(school_id=school.card.id, title="A")
    c, d, e = [await make.resource(name) for name in "CDE"]
    wanted = [(c, ""), (there, ""), (d, sky.key), (c, sky.key), (e, "")]
    additions = [editing.Addition(thing.key, part, f"Why {thing.title}") for thing, part in wanted]
    added = await editing.add_items(curated.key, additions, by=school.ada)
    assert (len(added.keys), added.there, added.number) == (3, (there.key, c.key), 2)
    assert await standing(curated) == [("A", "Sky"), ("D", "Sky"), ("B", "Snow"), ("C", "Snow"), ("E", "Snow")]
    assert [await key_of(curated, name) for name in "CDE"] == list(added.keys)
    assert (await revisions(curated))[-1] == (2, "added", "C; D; E")
    assert await undoing.put_back(curated.key, 2, by=school.ada) == "Off the list again: D; C; E."
    assert await standing(curated) == [("A", "Sky"), ("B", "Snow")]
    with pytest.raises(Refused, match="off the list already"):
        await undoing.put_back(curated.key, 2, by=school.ada)
    # all of them or none
    more = [editing.Addition(each.key) for each in await make.resources(rules.LONGEST)]
    with pytest.raises(Refused, match="298 more fit"):
        await editing.add_items(curated.key, more, by=school.ada)
    counts = []
    for some_of in (more[:1], more[1:200]):
        statements.forget()
        await editing.add_items(curated.key, some_of, by=school.ada)
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_into_a_section_or_the_last_one(school: TestSchool) -> None:
    curated = await some(school.ada, "A", "B", parts=("Sky", "Snow"))
    first = await Section.get(school_id=school.card.id, curated_id=curated.id, title="Sky")
    await editing.add_item(curated.key, (await make.resource("C")).key, section=first.key, by=school.ada)
    await editing.add_item(curated.key, (await make.resource("D")).key, by=school.ada)
    assert await standing(curated) == [("A", "Sky"), ("C", "Sky"), ("B", "Snow"), ("D", "Snow")]


async def test_a_resource_stands_on_a_list_once(school: TestSchool) -> None:
    curated = await some(school.ada, "A")
    row = await Resource.get(school_id=school.card.id, title="A")
    with pytest.raises(Refused, match="A is on this list already") as refused:
        await editing.add_item(curated.key, row.key, by=school.ada)
    assert refused.value.about == "resource"
    assert await titles(curated) == ["A"]


async def test_a_withdrawn_or_foreign_resource_cannot_be_added(school: TestSchool) -> None:
    curated = await some(school.ada, "A")
    foreign = await make.resource("B", school="roosevelt")
    gone = await make.resource("C")
    await Resource.filter(school_id=school.card.id, id=gone.id).update(state=ResourceState.WITHDRAWN)
    for thing in (foreign, gone):
        with pytest.raises(NotFound):
            await editing.add_item(curated.key, thing.key, by=school.ada)


async def test_a_list_has_an_end(school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=rules.LONGEST)
    with pytest.raises(Refused, match="300 items"):
        await editing.add_item(curated.key, (await make.resource("More")).key, by=school.ada)


async def test_who_may_not_edit(school: TestSchool) -> None:
    mine = await make.curated_list(school.ada, "Mine", 1, published=True, visibility="public")
    draft = await make.curated_list(school.ada, "Draft", 1)
    thing = await make.resource("More")
    for reader in (school.tom, school.sam, school.alma, Reader(school.card)):
        with pytest.raises(NotAllowed):
            await editing.add_item(mine.key, thing.key, by=reader)
        with pytest.raises(NotFound):
            await editing.add_item(draft.key, thing.key, by=reader)
    with pytest.raises(NotFound):
        await editing.add_item(mine.key, thing.key, by=school.rosa)
    assert await revisions(mine) == [(1, "started", "Mine")]


async def test_moves_are_kept_and_told(school: TestSchool) -> None:
    curated = await some(school.ada, "A", "B", "C", "D", parts=("Sky", "Snow"))
    assert await editing.move_item(curated.key, await key_of(curated, "B"), to="up", by=school.ada) == (
        editing.Moved("B", 1, 2, 1)
    )
    assert await titles(curated) == ["B", "A", "C", "D"]
    snow = await Section.get(school_id=school.card.id, curated_id=curated.id, title="Snow")
    told = await editing.move_item(curated.key, await key_of(curated, "B"), to=2, section=snow.key, by=school.ada)
    assert told == editing.Moved("B", 2, 3, 3)
    assert await standing(curated) == [("A", "Sky"), ("C", "Snow"), ("B", "Snow"), ("D", "Snow")]
    await editing.move_item(curated.key, await key_of(curated, "D"), to="bottom", section="", by=school.ada)
    assert await standing(curated) == [("D", None), ("A", "Sky"), ("C", "Snow"), ("B", "Snow")]
    assert [act for _, act, _ in await revisions(curated)] == ["started", "moved", "moved", "moved"]


async def test_a_move_that_changes_nothing_leaves_no_revision(school: TestSchool) -> None:
    curated = await some(school.ada, "A", "B")
    await editing.move_item(curated.key, await key_of(curated, "A"), to="up", by=school.ada)
    assert (await CuratedList.get(school_id=school.card.id, id=curated.id)).version == 1


async def test_what_was_removed_can_be_put_back_where_it_stood(school: TestSchool) -> None:
    curated = await some(school.ada, "A", "B", "C", "D", parts=("Sky", "Snow"))
    before = await standing(curated)
    key = await key_of(curated, "C")
    number = await editing.remove_item(curated.key, key, by=school.ada)
    assert await titles(curated) == ["A", "B", "D"]
    await editing.move_item(curated.key, await key_of(curated, "A"), to="down", by=school.ada)
    assert await undoing.put_back(curated.key, number, by=school.ada) == "Back on the list: C."
    assert await titles(curated) == ["B", "A", "C", "D"]
    assert await key_of(curated, "C") == key
    item = await ListItem.get(school_id=school.card.id, key=key)
    assert item.annotation == "Why C is here."
    await editing.move_item(curated.key, await key_of(curated, "A"), to="up", by=school.ada)
    assert await standing(curated) == before
    assert (await Resource.get(school_id=school.card.id, title="C")).popularity == 0
    with pytest.raises(Refused, match="already"):
        await undoing.put_back(curated.key, number, by=school.ada)


async def test_only_a_removal_can_be_taken_back(school: TestSchool) -> None:
    curated = await some(school.ada, "A")
    for number in (1, 7, 0):
        with pytest.raises(NotFound):
            await undoing.put_back(curated.key, number, by=school.ada)


async def test_a_note_is_kept_where_nobody_else_wrote(school: TestSchool) -> None:
    curated = await some(school.ada, "A", "B")
    a, b = await key_of(curated, "A"), await key_of(curated, "B")
    seen = {key: print_of(f"Why {title} is here.") for key, title in ((a, "A"), (b, "B"))}
    notes = {a: "New words", b: "Why B is here."}
    assert await editing.annotate(curated.key, notes, seen=seen, by=school.ada) == []
    rows = {row.key: row for row in await ListItem.filter(school_id=school.card.id, curated_id=curated.id)}
    assert (rows[a].annotation, rows[a].version) == ("New words", 2)
    assert (rows[b].annotation, rows[b].version) == ("Why B is here.", 1)
    assert (await revisions(curated))[-1] == (2, "note", "A")


async def test_two_who_write_the_same_note_are_asked_and_nothing_is_lost(school: TestSchool) -> None:
    curated = await some(school.ada, "A", "B")
    a, b = await key_of(curated, "A"), await key_of(curated, "B")
    seen = {a: print_of("Why A is here."), b: print_of("Why B is here.")}
    await editing.annotate(curated.key, {a: "Hers"}, seen=seen, by=school.ada)
    clashes = await editing.annotate(curated.key, {a: "His", b: "And B"}, seen=seen, by=school.ada)
    assert clashes == [Clash(a, "A", "His", "Hers")]
    rows = {row.key: row.annotation for row in await ListItem.filter(school_id=school.card.id, curated_id=curated.id)}
    assert rows == {a: "Hers", b: "And B"}
    assert await editing.annotate(curated.key, {a: "His"}, seen={a: print_of("Hers")}, by=school.ada) == []


async def test_words_about_an_item_that_was_removed_come_back(school: TestSchool) -> None:
    curated = await some(school.ada, "A")
    key = await key_of(curated, "A")
    seen = {key: print_of("Why A is here.")}
    await editing.remove_item(curated.key, key, by=school.ada)
    assert await editing.annotate(curated.key, {key: "Mine"}, seen=seen, by=school.ada) == [Clash(key, "", "Mine", "")]
    assert await editing.annotate(curated.key, {key: "Why A is here."}, seen=seen, by=school.ada) == []
    # also where nothing was written before
    bare = {key: print_of("")}
    assert await editing.annotate(curated.key, {key: "Mine"}, seen=bare, by=school.ada) == [Clash(key, "", "Mine", "")]
    assert await editing.annotate(curated.key, {key: " "}, seen=bare, by=school.ada) == []


async def test_a_note_has_an_end(school: TestSchool) -> None:
    curated = await some(school.ada, "A")
    key = await key_of(curated, "A")
    with pytest.raises(Refused, match="1,000 characters"):
        await editing.annotate(curated.key, {key: "x" * 1001}, seen={}, by=school.ada)


async def test_sections_are_added_named_moved_removed_and_put_back(school: TestSchool) -> None:
    curated = await some(school.ada, "A", "B", "C", "D", parts=("Sky", "Snow"))
    key = await sections.add_section(curated.key, title="  Sea ", note="Wet", by=school.ada)
    await editing.move_item(curated.key, await key_of(curated, "A"), to="bottom", section=key, by=school.ada)
    assert await standing(curated) == [("B", "Sky"), ("C", "Snow"), ("D", "Snow"), ("A", "Sea")]
    await sections.rename_section(curated.key, key, title="Salt", note="", by=school.ada)
    assert (await sections.move_section(curated.key, key, to="up", by=school.ada)).place == 2
    assert await standing(curated) == [("B", "Sky"), ("A", "Salt"), ("C", "Snow"), ("D", "Snow")]
    number = await sections.remove_section(curated.key, key, by=school.ada)
    assert await standing(curated) == [("B", "Sky"), ("A", "Sky"), ("C", "Snow"), ("D", "Snow")]
    assert await undoing.put_back(curated.key, number, by=school.ada) == "Back where it stood: Salt."
    assert await standing(curated) == [("B", "Sky"), ("A", "Salt"), ("C", "Snow"), ("D", "Snow")]
    with pytest.raises(Refused, match="already"):
        await undoing.put_back(curated.key, number, by=school.ada)


async def test_a_part_that_was_moved_goes_back_with_what_is_in_it_now(school: TestSchool) -> None:
    curated = await some(school.ada, "A", "B", "C", "D", parts=("Sky", "Snow"))
    snow = await Section.get(school_id=school.card.id, curated_id=curated.id, title="Snow")
    number = (await sections.move_section(curated.key, snow.key, to="up", by=school.ada)).number
    assert number is not None
    assert (await sections.move_section(curated.key, snow.key, to="up", by=school.ada)).number is None
    await editing.move_item(curated.key, await key_of(curated, "A"), to="bottom", section=snow.key, by=school.ada)
    moved = [("C", "Snow"), ("D", "Snow"), ("A", "Snow"), ("B", "Sky")]
    assert await standing(curated) == moved
    assert await undoing.put_back(curated.key, number, by=school.ada) == "Back where it stood: Snow."
    assert await standing(curated) == [*moved[3:], *moved[:3]]
    with pytest.raises(Refused, match="already"):
        await undoing.put_back(curated.key, number, by=school.ada)
    await sections.remove_section(curated.key, snow.key, by=school.ada)
    with pytest.raises(Refused, match="no more"):
        await undoing.put_back(curated.key, number, by=school.ada)


async def test_the_first_section_leaves_its_items_at_the_head(school: TestSchool) -> None:
    curated = await some(school.ada, "A", "B", parts=("Sky", "Snow"))
    sky = await Section.get(school_id=school.card.id, curated_id=curated.id, title="Sky")
    await sections.remove_section(curated.key, sky.key, by=school.ada)
    assert await standing(curated) == [("A", None), ("B", "Snow")]


async def test_a_section_needs_a_name(school: TestSchool) -> None:
    curated = await some(school.ada, "A")
    with pytest.raises(Refused) as refused:
        await sections.add_section(curated.key, title="  ", by=school.ada)
    assert refused.value.about == "title"


async def test_a_revision_holds_the_whole_list(school: TestSchool) -> None:
    curated = await some(school.ada, "A", "B", parts=("Sky",))
    await editing.move_item(curated.key, await key_of(curated, "B"), to="up", by=school.ada)
    row = await Revision.get(school_id=school.card.id, curated_id=curated.id, number=2)
    kept = await snapshot_of(row)
    resources = {each.key: each.title for each in await Resource.filter(school_id=school.card.id)}
    assert [resources[item["resource"]] for item in kept["items"]] == ["B", "A"]
    assert kept["items"][0]["annotation"] == "Why B is here."
    assert [section["title"] for section in kept["sections"]] == ["Sky"]
    assert (kept["title"], kept["state"]) == ("Sea stories", "draft")
    assert row.by_id == school.ada.id  # type: ignore[attr-defined]


async def test_the_statements_of_a_move_do_not_grow_with_the_list(school: TestSchool, statements) -> None:
    counts = []
    for size in (5, 150):
        curated = await make.curated_list(school.ada, f"Of {size}", size, parts=("Sky",))
        last = await ListItem.get(school_id=school.card.id, curated_id=curated.id, position=size)
        statements.forget()
        await editing.move_item(curated.key, last.key, to="top", by=school.ada)
        counts.append(len(statements))
        assert (await titles(curated))[0] == f"Book {size} of the sea"
    assert counts[0] == counts[1]


async def test_ten_who_write_the_same_note_at_once_are_kept_or_asked(school: TestSchool) -> None:
    curated = await some(school.ada, "A")
    key = await key_of(curated, "A")
    seen = {key: print_of("Why A is here.")}

    async def write(number: int) -> list[Clash]:
        return await editing.annotate(curated.key, {key: f"words {number}"}, seen=seen, by=school.ada)

    answers = await asyncio.gather(*map(write, range(10)))
    assert sorted(map(len, answers)) == [0] + [1] * 9
    kept = f"words {answers.index([])}"
    assert (await ListItem.get(school_id=school.card.id, key=key)).annotation == kept
    assert {clash.theirs for answer in answers for clash in answer} == {kept}


async def test_ten_who_add_the_same_resource_at_once_add_it_once(school: TestSchool) -> None:
    curated = await some(school.ada, "A")
    owl = await make.resource("Owl Moon")
    adding = [editing.add_item(curated.key, owl.key, by=school.ada) for _ in range(10)]
    answers = await asyncio.gather(*adding, return_exceptions=True)
    assert sum(isinstance(answer, str) for answer in answers) == 1
    assert sum(isinstance(answer, Refused) for answer in answers) == 9
    assert await titles(curated) == ["A", "Owl Moon"]
    assert (await Resource.get(school_id=school.card.id, id=owl.id)).popularity == 1
