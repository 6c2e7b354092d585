"""The history of a list: who changed what, any two states compared, and any of them brought back whole or in part."""

import re

import pytest

from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import actions, editing, history, sections
from engage.lists.models import CuratedList, ListItem, Revision, Section
from engage.lists.queries import list_to_edit
from engage.lists.revisions import snapshot_of
from engage.lists.rules import State, Visibility
from engage.lists.together import print_of
from engage.lists.together_models import ListComment
from engage.people.rules import Reader
from engage.resources.models import Resource
from engage.resources.rules import ResourceState
from tests import make
from tests.school import Browser, TestSchool, words_of


async def a_list(school: TestSchool, by: Reader | None = None) -> tuple[CuratedList, list[Resource]]:
    """A list made by its editor: two parts, four things with notes; each step left a revision."""
    by = by or school.ada
    curated = await actions.start_list(title="Sea stories", introduction="Salt water.", by=by)
    things = await make.resources(4)
    sky = await sections.add_section(curated.key, title="Sky", by=by)
    sea = await sections.add_section(curated.key, title="Sea", note="Salt", by=by)
    for place, thing in enumerate(things):
        part = sky if place < 2 else sea
        await editing.add_item(curated.key, thing.key, section=part, annotation=f"Note {place}", by=by)
    return curated, things


async def state(curated: CuratedList) -> list[tuple[str, str, str, int, bool]]:
    """What stands on the list, in order: title, part, note, position and mark."""
    rows = ListItem.filter(school_id=curated.school_id, curated_id=curated.id).order_by("position")
    return await rows.values_list("resource__title", "section__title", "annotation", "position", "start_here")


async def parts(curated: CuratedList) -> list[tuple[str, str]]:
    rows = Section.filter(school_id=curated.school_id, curated_id=curated.id).order_by("position")
    return await rows.values_list("title", "note")


async def last(curated: CuratedList) -> int:
    rows = Revision.filter(school_id=curated.school_id, curated_id=curated.id)
    return (await rows.order_by("-number").first()).number  # type: ignore[union-attr]


async def test_every_state_of_a_list_comes_back_exactly(school: TestSchool) -> None:
    curated, _ = await a_list(school)
    of_list = {"school_id": school.card.id, "curated_id": curated.id}
    items = await ListItem.filter(**of_list).order_by("position")
    keys = [item.key for item in items]
    (sky, sea) = await Section.filter(**of_list).order_by("position")
    states = {await last(curated): (await state(curated), await parts(curated))}

    async def note() -> None:
        states[await last(curated)] = (await state(curated), await parts(curated))

    await ListComment.create(**of_list, item_id=items[0].id, by_id=school.ada.id, at=curated.made_at, text="Hm")
    await editing.move_item(curated.key, keys[3], to="top", section=sky.key, by=school.ada)
    await note()
    await editing.remove_item(curated.key, keys[0], by=school.ada)
    await note()
    await editing.mark_start(curated.key, keys[1], start_here=True, by=school.ada)
    await note()
    await sections.remove_section(curated.key, sea.key, by=school.ada)
    await note()
    await sections.rename_section(curated.key, sky.key, title="Night", note="Dark", by=school.ada)
    await note()
    await sections.add_section(curated.key, title="New", by=school.ada)
    await editing.add_item(curated.key, (await make.resource("Owl Moon")).key, annotation="Hoo", by=school.ada)
    await note()
    popularity = dict(await Resource.filter(school_id=school.card.id).values_list("id", "popularity"))
    for number in [*states, *reversed(states)]:
        restored = await history.restore(curated.key, number, by=school.ada)
        assert restored.gone == []
        assert (await state(curated), await parts(curated)) == states[number], number
        assert [row[3] for row in await state(curated)] == list(range(1, len(await state(curated)) + 1))
        row = await CuratedList.get(school_id=school.card.id, id=curated.id)
        assert row.items_count == len(await state(curated))
        # what was restored is a state that can be restored in turn
        kept = await snapshot_of(await Revision.get(**of_list, number=row.version))
        assert [each["annotation"] for each in kept["items"]] == [each[2] for each in await state(curated)]
    # the last state again, by the first: each is as popular as before
    await history.restore(curated.key, list(states)[-1], by=school.ada)
    assert dict(await Resource.filter(school_id=school.card.id).values_list("id", "popularity")) == popularity
    assert await Revision.filter(**of_list, act="restored").count() == 2 * len(states) + 1


async def test_words_come_back_and_readers_are_not_touched(school: TestSchool) -> None:
    curated, _ = await a_list(school)
    # a note that is called like a column, and one full of signs
    told = ["position", 'it\'s "q" %s ? $1 \\', "Note 2", ""]
    items = ListItem.filter(school_id=school.card.id, curated_id=curated.id)
    for place, note in enumerate(told, 1):
        await items.filter(position=place).update(annotation=note)
    await actions.change_poster(curated.key, ink="night", scene="owl", by=school.ada)
    await actions.change_poster(curated.key, ink="night", scene="sky", by=school.ada)
    then = await last(curated)
    await items.update(annotation="Other", start_here=True)
    await actions.change_poster(curated.key, ink="tomato", scene="owl", by=school.ada)
    await CuratedList.filter(school_id=school.card.id, id=curated.id).update(title="Land", grade_low=3)
    await actions.publish(curated.key, visibility=Visibility.STAFF, by=school.ada)
    await history.restore(curated.key, then, by=school.ada)
    row = await CuratedList.get(school_id=school.card.id, id=curated.id)
    assert (row.title, row.grade_low, row.ink, row.scene) == ("Sea stories", None, "night", "sky")
    assert (row.state, row.visibility) == (State.PUBLISHED, Visibility.STAFF)
    assert [(each[2], each[4]) for each in await state(curated)] == [(note, False) for note in told]


async def test_what_was_merged_is_followed_and_what_is_gone_is_said(school: TestSchool) -> None:
    curated, things = await a_list(school)
    then = await last(curated)
    items = await ListItem.filter(school_id=school.card.id, curated_id=curated.id).order_by("position")
    await editing.remove_items(curated.key, [item.key for item in items], by=school.ada)
    first, second, third, fourth = things
    of_school = Resource.filter(school_id=school.card.id)
    stays = await make.resource("The one that stays")
    # two of them turned out to be one, a third is no longer offered
    for one in (first, second):
        await of_school.filter(id=one.id).update(state=ResourceState.MERGED, merged_into_id=stays.id)
    await of_school.filter(id=third.id).update(state=ResourceState.WITHDRAWN)
    restored = await history.restore(curated.key, then, by=school.ada)
    assert restored.gone == [third.title]
    assert await state(curated) == [
        ("The one that stays", "Sky", "Note 0", 1, False),
        (fourth.title, "Sea", "Note 3", 2, False),
    ]
    with pytest.raises(Refused, match="no longer has"):
        await history.restore_item(curated.key, then, items[2].key, by=school.ada)


async def test_one_item_or_its_note_comes_back(school: TestSchool) -> None:
    curated, things = await a_list(school)
    then = await last(curated)
    items = await ListItem.filter(school_id=school.card.id, curated_id=curated.id).order_by("position")
    await editing.remove_item(curated.key, items[2].key, by=school.ada)
    await ListItem.filter(school_id=school.card.id, id=items[3].id).update(annotation="Newer", start_here=True)
    assert await history.restore_item(curated.key, then, items[2].key, by=school.ada) == things[2].title
    assert [row[:3] for row in await state(curated)][2] == (things[2].title, "Sea", "Note 2")
    await history.restore_item(curated.key, then, items[3].key, by=school.ada)
    assert (await state(curated))[3][2:] == ("Note 3", 4, False)
    with pytest.raises(Refused, match="already"):
        await history.restore_item(curated.key, then, items[3].key, by=school.ada)
    for number, key in ((then, "nothing"), (999, items[3].key)):
        with pytest.raises(NotFound):
            await history.restore_item(curated.key, number, key, by=school.ada)


async def test_nobody_restores_the_list_of_another(school: TestSchool) -> None:
    curated, _ = await a_list(school)
    await CuratedList.filter(school_id=school.card.id, id=curated.id).update(state=State.PUBLISHED)
    then = await last(curated)
    other = await make.curated_list(school.ada, "Other")
    for reader, error in ((school.tom, NotAllowed), (school.alma, NotAllowed), (school.rosa, NotFound)):
        with pytest.raises(error):
            await history.restore(curated.key, then, by=reader)
    with pytest.raises(NotFound):
        await history.restore(other.key, then + 50, by=school.ada)


async def test_who_sees_the_history(browser: Browser, school: TestSchool) -> None:
    """LST13: the library and the owner everything, teachers and admins who and when of a published list."""
    draft, _ = await a_list(school)
    published = await make.curated_list(school.ada, "Published", 1, published=True)
    of_tom = await make.curated_list(school.tom, "Of Tom", 1)
    await editing.remove_item(
        published.key, (await published.items.filter(school_id=school.card.id))[0].key, by=school.ada
    )
    answers = {}
    for name in ("ada", "tom", "sam", "vera", "alma", "dora", "rosa"):
        browser.sign_in(getattr(school, name))
        pages = [f"/lincoln/curate/lists/{each.key}/history" for each in (draft, published, of_tom)]
        answers[name] = [(await browser.get(page)).status_code for page in pages]
    assert answers == {
        "ada": [200, 200, 200],
        "tom": [404, 200, 200],
        "alma": [404, 200, 404],
        "dora": [404, 200, 404],
        **{name: [404, 404, 404] for name in ("sam", "vera", "rosa")},
    }
    page = f"/curate/lists/{published.key}/history"
    seen = words_of(await browser.sign_in(school.tom).get(page))
    assert "Removed Ada Okafor" in seen
    assert "Book 1" not in seen
    assert "Removed Book 1 of the sea" in words_of(await browser.sign_in(school.ada).get(page))


async def test_a_change_is_looked_at_and_taken_back(browser: Browser, school: TestSchool, statements) -> None:
    curated, things = await a_list(school)
    then = await last(curated)
    items = await ListItem.filter(school_id=school.card.id, curated_id=curated.id).order_by("position")
    browser.sign_in(school.ada)
    await browser.post(f"/curate/lists/{curated.key}/items/{items[0].key}/remove")
    await editing.annotate(
        curated.key, {items[1].key: "Note <b>one</b> more"}, seen=await seen_of(curated), by=school.ada
    )
    page = f"/curate/lists/{curated.key}/history"
    assert f"{page}/{then}" in (await browser.get(page)).text
    statements.forget()
    one = await browser.get(f"{page}/{await last(curated)}")
    few = len(statements)
    assert few <= 10
    assert "Note <del>1</del><ins>&lt;b&gt;one&lt;/b&gt; more</ins>" in one.text
    since = await browser.get(f"{page}/{then}?against=now")
    words = words_of(since)
    assert f"Went {things[0].title}" in words
    assert f"Changed {things[1].title}" in words
    between = await browser.get(f"{page}/{then}?against={await last(curated)}")
    assert f"Went {things[0].title}" in words_of(between)
    restored = await browser.follow(await browser.post(f"{page}/{then}/items/{items[0].key}"))
    assert f"{things[0].title} is as it was." in words_of(restored)
    await Resource.filter(school_id=school.card.id, id=things[0].id).update(state=ResourceState.WITHDRAWN)
    whole = await browser.follow(await browser.post(f"{page}/{then}/restore"))
    assert "The list is what it was." in words_of(whole)
    assert (await state(curated))[1][2] == "Note 1"
    for path in (f"{page}/999", f"{page}/abc", f"{page}/{then}?against=998"):
        assert (await browser.get(path)).status_code == 404
    # a list of many changed notes is shown in pages
    many = await make.curated_list(school.ada, "Many", 130)
    await actions.change_poster(many.key, ink="tomato", scene="owl", by=school.ada)
    number = await last(many)
    await ListItem.filter(school_id=school.card.id, curated_id=many.id).update(annotation="All anew")
    path = f"/curate/lists/{many.key}/history/{number}?against=now"
    statements.forget()
    first = await browser.get(path)
    assert len(statements) <= few + 1
    assert first.text.count("All</ins>") + first.text.count("All anew</ins>") == 40
    assert "Page 4" in first.text
    assert (await list_to_edit(school.ada, many.key)).items_count == 130


async def seen_of(curated: CuratedList) -> dict[str, str]:
    rows = ListItem.filter(school_id=curated.school_id, curated_id=curated.id)
    return {key: print_of(note) for key, note in await rows.values_list("key", "annotation")}


async def test_the_hours_of_the_history_are_said_in_one_way(browser: Browser, school: TestSchool) -> None:
    curated, _ = await a_list(school)
    then = await last(curated)
    await actions.change_poster(curated.key, ink="night", scene="owl", by=school.ada)
    await history.restore(curated.key, then, by=school.ada)
    words = words_of(await browser.sign_in(school.ada).get(f"/curate/lists/{curated.key}/history"))
    assert re.search(r"Restored it as of \d+ \w+ \d{4}, \d{1,2}:\d\d [ap]m", words), words
