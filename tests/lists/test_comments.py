"""Comments on a list: among those who may change it, on all of it or on one item, until they are settled."""

import pytest

from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import comments, editing, history, rules, undoing
from engage.lists.models import Revision
from engage.lists.queries import list_to_edit
from engage.lists.together_models import ListComment
from engage.people.models import Person
from tests import make
from tests.school import Browser, TestSchool, words_of


async def test_what_is_said_is_settled_opened_and_taken_back(school: TestSchool) -> None:
    curated = await make.curated_list(school.tom, items=1)
    item = await curated.items.filter(school_id=school.card.id).first()
    assert item is not None
    for given, about in ((" ", "text"), ("x" * 1_001, "text")):
        with pytest.raises(Refused) as refused:
            await comments.say_about(curated.key, given, by=school.tom)
        assert refused.value.about == about
    for reader, error in ((school.sam, NotFound), (school.alma, NotFound), (school.rosa, NotFound)):
        with pytest.raises(error):
            await comments.say_about(curated.key, "Hello", by=reader)
    for _ in range(2):
        await comments.say_about(curated.key, "More\r\nfilms?", by=school.ada, form_key="k")
    await comments.say_about(curated.key, "Why this?", item=item.key, by=school.tom)
    with pytest.raises(Refused, match="no longer on the list"):
        await comments.say_about(curated.key, "Why this?", item="gone", by=school.tom)
    card = await list_to_edit(school.tom, curated.key)
    about, whole = (await comments.comments_on(card, settled=False)).rows
    assert (about["text"], about["title"], about["by"]) == ("Why this?", "Book 1 of the sea", "Tom Reyes")
    assert (whole["text"], whole["title"], whole["by"]) == ("More\nfilms?", None, "Ada Okafor")
    for settled in (True, True, False, True):
        await comments.settle(curated.key, whole["key"], settled=settled, by=school.tom)
    assert await comments.how_many(card) == (1, 1)
    for key in (whole["key"], "nothing"):
        with pytest.raises(NotFound):
            await comments.take_back(curated.key, key, by=school.tom)
    other = await make.curated_list(school.tom, "Other")
    with pytest.raises(NotFound):
        await comments.settle(other.key, whole["key"], settled=True, by=school.tom)
    await editing.remove_item(curated.key, item.key, by=school.tom)
    (about,) = (await comments.comments_on(card, settled=False)).rows
    assert (about["text"], about["item"]) == ("Why this?", None)
    await comments.take_back(curated.key, about["key"], by=school.tom)
    # nobody is left of who was erased, and what they said stays
    await Person.filter(school_id=school.card.id, id=school.ada.id).delete()
    assert [row["by"] for row in (await comments.comments_on(card, settled=True)).rows] == [None]


async def test_what_is_put_back_is_what_was_spoken_of(school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=3)
    items = await curated.items.filter(school_id=school.card.id).order_by("position")
    for item, words in zip((items[0], items[1], items[1]), ("First?", "Second?", "Really?"), strict=True):
        await comments.say_about(curated.key, words, item=item.key, by=school.ada)
    number = await editing.remove_items(curated.key, [items[1].key, items[2].key], by=school.ada)
    assert number is not None
    said = ListComment.filter(school_id=school.card.id).order_by("id")
    assert await said.values_list("item__key", flat=True) == [items[0].key, None, None]
    await undoing.put_back(curated.key, number, by=school.ada)
    assert await said.values_list("item__key", flat=True) == [items[0].key, items[1].key, items[1].key]


async def test_what_comes_back_from_an_older_state_is_spoken_of_again(school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=3)
    items = await curated.items.filter(school_id=school.card.id).order_by("position")
    kept = [item.key for item in items]
    for key, words in ((kept[0], "First?"), (kept[1], "Second?"), ("", "All of it?")):
        await comments.say_about(curated.key, words, item=key, by=school.ada)
    whole = (await editing.move_item(curated.key, kept[2], to="up", by=school.ada)).number or 2
    said = ListComment.filter(school_id=school.card.id).order_by("id")
    await editing.remove_item(curated.key, kept[0], by=school.ada)
    one_less = await editing.remove_item(curated.key, kept[1], by=school.ada)
    assert await said.values_list("item__key", flat=True) == [None, None, None]
    await history.restore_item(curated.key, whole, kept[0], by=school.ada)
    assert await said.values_list("item__key", flat=True) == [kept[0], None, None]
    await history.restore(curated.key, whole, by=school.ada)
    assert await said.values_list("item__key", flat=True) == [kept[0], kept[1], None]
    # a state without them takes them off, and the way forward brings them back
    await history.restore(curated.key, one_less, by=school.ada)
    assert await said.values_list("item__key", flat=True) == [None, None, None]
    restored = await Revision.filter(school_id=school.card.id, curated_id=curated.id).order_by("-number").first()
    assert restored is not None
    with pytest.raises(NotFound):
        await undoing.put_back(curated.key, restored.number, by=school.ada)
    await history.restore(curated.key, whole, by=school.ada)
    assert await said.values_list("item__key", flat=True) == [kept[0], kept[1], None]


async def test_a_list_has_so_many_open_comments(school: TestSchool, monkeypatch) -> None:
    curated = await make.curated_list(school.ada)
    monkeypatch.setattr(rules, "MOST_COMMENTS", 2)
    for text in ("One", "Two"):
        await comments.say_about(curated.key, text, by=school.ada)
    with pytest.raises(Refused, match="Settle some"):
        await comments.say_about(curated.key, "Three", by=school.ada)


async def test_the_page_of_comments(browser: Browser, school: TestSchool, statements) -> None:
    curated = await make.curated_list(school.tom, items=2)
    browser.sign_in(school.tom)
    page = f"/curate/lists/{curated.key}/comments"
    refused = await browser.post(page, {"text": "", "item": ""})
    assert (refused.status_code, "Write what you want to say." in words_of(refused)) == (422, True)
    said = await browser.follow(await browser.post(page, {"text": "<i>First</i>\nthen", "item": ""}))
    assert "&lt;i&gt;First&lt;/i&gt;" in said.text
    statements.forget()
    await browser.get(page)
    few = len(statements)
    of_list = {"school_id": school.card.id, "curated_id": curated.id, "by_id": school.ada.id}
    (one,) = await ListComment.filter(school_id=school.card.id)
    await ListComment.bulk_create([ListComment(**of_list, at=one.at, text=f"Word {n}") for n in range(60)])
    statements.forget()
    first = await browser.get(page)
    assert len(statements) == few <= 9
    assert "after=" in first.text
    await browser.post(f"{page}/{one.key}", {"act": "settle"})
    settled = await browser.get(f"{page}?show=settled")
    assert "Open it again" in settled.text
    assert "Take it back" in settled.text
    await browser.post(f"{page}/{one.key}", {"act": "take back"})
    assert "First" not in (await browser.get(f"{page}?show=settled")).text
    assert (await browser.post(f"{page}/nothing", {"act": "settle"})).status_code == 404
    published = await make.curated_list(school.ada, "Open", 1, published=True)
    with pytest.raises(NotAllowed):
        await comments.say_about(published.key, "Hello", by=school.alma)
