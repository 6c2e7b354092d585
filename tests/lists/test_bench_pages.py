"""The bench: whatever is pressed keeps what was typed, arrows keep the focus, and only editors get here."""

import re
from html import unescape

import pytest

from engage.lists.models import CuratedList, ListItem, Section
from engage.lists.rules import State, Visibility
from engage.lists.together import print_of
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, words_of


def sent_by(page: str) -> dict[str, str]:
    """What a browser would send of the notes on the bench: names and texts, as they stand."""
    areas = re.findall(r'<textarea[^>]* name="(note[^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    return {unescape(name): unescape(text) for name, text in areas}


def name_for(page: str, item: ListItem) -> str:
    """The field of an item's note."""
    return next(name for name in sent_by(page) if name.startswith(f"note.{item.key}."))


async def items_of(curated: CuratedList) -> list[ListItem]:
    rows = ListItem.filter(school_id=curated.school_id, curated_id=curated.id)
    return await rows.order_by("position")


async def test_who_comes_to_the_bench(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.tom, "Of Tom", 2, published=True, visibility=Visibility.PUBLIC)
    draft = await make.curated_list(school.ada, "Draft", 2)
    answers = {}
    people = {
        "visitor": None,
        "ada": school.ada,
        "tom": school.tom,
        "sam": school.sam,
        "alma": school.alma,
        "vera": school.vera,
        "dora": school.dora,
        "rosa": school.rosa,
    }
    for name, reader in people.items():
        browser.sign_in(reader)
        pages = [f"/lincoln/curate/lists/{each.key}{more}" for each in (curated, draft) for more in ("", "/parts")]
        answers[name] = [(await browser.get(page)).status_code for page in pages]
    assert answers.pop("ada") == [200] * 4
    assert answers.pop("tom") == [200, 200, 404, 404]
    # at the door: nobody else edits any list
    assert answers == {name: [403] * 4 for name in answers}


async def test_a_whole_list_is_made_without_a_script(browser: Browser, school: TestSchool) -> None:
    owl = await make.resource("Owl Moon", call_number="E YOL")
    await make.resource("The Moon Book", "Gail Gibbons")
    browser.sign_in(school.ada)
    form = await browser.get("/curate/lists/new")
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', form.text)
    assert key
    answer = await browser.post("/curate/lists/new", {"title": "Look Up", "kind": "list", "form_key": key[1]})
    again = await browser.post("/curate/lists/new", {"title": "Look Up", "kind": "list", "form_key": key[1]})
    assert answer.headers["location"] == again.headers["location"]
    bench = answer.headers["location"]
    page = await browser.get(f"{bench}?q=moon")
    assert "Nothing on it yet" in words_of(page)
    assert {"Owl Moon", "The Moon Book"} <= set(re.findall(r"</span><p><strong><bdi>(.*?)</bdi>", page.text))
    for thing in re.findall(r'name="resource" value="([^"]+)"', page.text):
        answer = await browser.post(f"{bench}/items", {"resource": thing, "q": "moon"})
        assert answer.status_code == 303
    page = await browser.follow(answer)
    assert page.text.count("On the list") == 2
    assert page.text.count('<li class="piece') == 2
    notes = dict.fromkeys(sent_by(page.text), "Why not?")
    answer = await browser.post(f"{bench}/publish", {**notes, "visibility": "public"})
    assert answer.status_code == 422
    assert "Write a sentence or two to introduce the list." in words_of(answer)
    assert list(sent_by(answer.text).values()) == ["Why not?"] * 2
    seen = {"seen_title": print_of("Look Up"), "seen_introduction": print_of("")}
    words = {"title": "Look Up", "introduction": "Stars.", "kind": "list", "grade_low": "0", "grade_high": "", **seen}
    assert (await browser.post(f"{bench}/words", words)).status_code == 303
    answer = await browser.post(f"{bench}/publish", {"visibility": "public"})
    assert "The list is published. Who sees it: Everyone, visitors too." in words_of(await browser.follow(answer))
    shown = words_of(await browser.sign_in(None).get("/lists/look-up"))
    assert shown.count("Why not?") == 2
    assert owl.title in shown


async def test_any_button_keeps_what_was_typed(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=3, parts=("Sky",))
    more = await make.resource("One more")
    first, second, _ = await items_of(curated)
    bench = f"/curate/lists/{curated.key}"
    browser.sign_in(school.ada)
    acts = [
        (f"{bench}/notes", {}),
        (f"{bench}/items/{first.key}/move", {"to": "down"}),
        (f"{bench}/items", {"resource": more.key}),
        (f"{bench}/items/{second.key}/start", {"start": "1"}),
        (f"{bench}/poster", {"ink": "tomato", "scene": "sea"}),
        (f"{bench}/items/{second.key}/remove", {}),
        (f"{bench}/publish", {"visibility": "school"}),
        (f"{bench}/audience", {"visibility": "staff"}),
        (f"{bench}/withdraw", {}),
    ]
    for number, (path, fields) in enumerate(acts):
        page = (await browser.get(bench)).text
        typed = {**sent_by(page), name_for(page, first): f"Typed {number}"}
        answer = await browser.post(path, {**typed, **fields})
        assert answer.status_code == 303, path
        assert (await items_by_key(curated))[first.key].annotation == f"Typed {number}", path
    now = await CuratedList.get(school_id=school.card.id, id=curated.id)
    assert (now.state, now.visibility, now.ink, now.items_count) == (State.WITHDRAWN, Visibility.STAFF, "tomato", 3)


async def items_by_key(curated: CuratedList) -> dict[str, ListItem]:
    return {item.key: item for item in await items_of(curated)}


async def test_an_arrow_leads_back_to_itself(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=4)
    first, second, third, _ = await items_of(curated)
    bench = f"/curate/lists/{curated.key}"
    browser.sign_in(school.ada)

    async def press(item: ListItem, to: str) -> str:
        answer = await browser.post(f"{bench}/items/{item.key}/move", {"to": to})
        path, _, mark = answer.headers["location"].partition("#")
        page = (await browser.get(path)).text
        arrow = re.search(rf'<button[^>]*id="{mark}"[^>]*>', page)
        if mark.startswith("note-"):
            return f"note of {item.position}" if f'id="{mark}"' in page else "nowhere"
        assert arrow
        assert "disabled" not in arrow[0]
        return re.sub(r".* (\w+), now (.*?)\".*", r"\1, now \2", arrow[0])

    assert await press(third, "up") == "up, now 2 of 4"
    assert await press(third, "up") == "down, now 1 of 4"
    assert await press(third, "down") == "down, now 2 of 4"
    assert await press(first, "bottom") == "note of 1"
    assert await press(second, "3") == "note of 2"
    assert await press(second, "nonsense") == "note of 2"
    assert [item.key for item in await items_of(curated)][-1] == second.key


async def test_an_item_goes_into_another_part(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=4, parts=("Sky", "Snow"))
    first = (await items_of(curated))[0]
    snow = await Section.get(school_id=school.card.id, curated_id=curated.id, title="Snow")
    await browser.sign_in(school.ada).post(
        f"/curate/lists/{curated.key}/items/{first.key}/move", {"to": "part", f"part.{first.key}": snow.key}
    )
    last = (await items_of(curated))[-1]
    assert (last.key, last.section_id) == (first.key, snow.id)  # type: ignore[attr-defined]


async def test_a_removal_can_be_undone(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=3)
    second = (await items_of(curated))[1]
    bench = f"/curate/lists/{curated.key}"
    browser.sign_in(school.ada)
    page = await browser.follow(await browser.post(f"{bench}/items/{second.key}/remove"))
    undo = re.search(r'action="([^"]+)"><button class="undo">', page.text)
    assert undo
    page = await browser.follow(await browser.post(undo[1]))
    assert "Back on the list: Book 2 of the sea." in words_of(page)
    assert [item.key for item in await items_of(curated)][1] == second.key
    page = await browser.follow(await browser.post(undo[1]))
    assert "Book 2 of the sea is on this list already." in words_of(page)
    assert (await browser.post(f"{bench}/put-back/nonsense")).status_code == 404


async def test_two_who_write_one_note_are_asked_and_can_answer(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.tom, items=2)
    first, second = await items_of(curated)
    bench = f"/curate/lists/{curated.key}"
    page = (await browser.sign_in(school.ada).get(bench)).text
    name, other = name_for(page, first), name_for(page, second)
    await browser.sign_in(school.tom).post(f"{bench}/notes", {name: "Tom's <words>"})
    answer = await browser.sign_in(school.ada).post(f"{bench}/notes", {name: "Ada's words", other: "Also hers"})
    assert answer.status_code == 409
    assert "Whose words shall stand?" in words_of(answer)
    assert "Tom&#39;s &lt;words&gt;" in answer.text
    asked = sent_by(answer.text)
    assert list(asked.values()) == ["Ada's words"]
    assert [item.annotation for item in await items_of(curated)] == ["Tom's <words>", "Also hers"]
    theirs = await browser.post(f"{bench}/notes", {**asked, f"theirs.{first.key}": "theirs"})
    assert theirs.status_code == 303
    assert (await items_of(curated))[0].annotation == "Tom's <words>"
    mine = await browser.post(f"{bench}/notes", {**asked, f"theirs.{first.key}": "mine"})
    assert mine.status_code == 303
    assert (await items_of(curated))[0].annotation == "Ada's words"


async def test_words_about_an_item_that_somebody_removed_are_shown_again(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=2)
    first, _ = await items_of(curated)
    bench = f"/curate/lists/{curated.key}"
    page = (await browser.sign_in(school.ada).get(bench)).text
    await browser.post(f"{bench}/items/{first.key}/remove")
    answer = await browser.post(f"{bench}/notes", {name_for(page, first): "Long thoughts"})
    assert answer.status_code == 409
    assert "Long thoughts" in answer.text


async def test_words_of_a_list_that_two_change_are_asked_about(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, "Sea")
    path = f"/curate/lists/{curated.key}/words"
    form = {
        "title": "Sea",
        "introduction": "Mine",
        "kind": "list",
        "seen_title": print_of("Sea"),
        "seen_introduction": print_of("What Sea is about."),
    }
    browser.sign_in(school.ada)
    assert (await browser.post(path, {**form, "introduction": "Theirs"})).status_code == 303
    answer = await browser.post(path, form)
    assert answer.status_code == 409
    assert "It now says: “Theirs”." in words_of(answer)
    assert ">Mine</textarea>" in answer.text.replace("\n", "").replace("\r", "")
    seen = re.search(r'name="seen_introduction"[^>]*value="([^"]+)"', answer.text)
    assert seen
    assert (await browser.post(path, {**form, "seen_introduction": seen[1]})).status_code == 303
    assert (await CuratedList.get(school_id=school.card.id, id=curated.id)).introduction == "Mine"


async def test_a_teacher_is_told_to_ask_a_specialist(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.tom, items=1)
    bench = f"/curate/lists/{curated.key}"
    page = await browser.sign_in(school.tom).get(bench)
    assert "Ask a specialist to publish it for the whole school." in words_of(page)
    assert "Everyone at Lincoln School" not in words_of(page)
    answer = await browser.post(f"{bench}/publish", {"visibility": "classes", "classes": school.room.key})
    assert answer.status_code == 303
    assert (await browser.sign_in(school.sam).get(f"/lists/{curated.slug}")).status_code == 200


@pytest.mark.parametrize("act", ["publish", "audience"])
async def test_a_class_that_is_ticked_while_everyone_is_chosen_is_asked_about(
    browser: Browser, school: TestSchool, act: str
) -> None:
    more = {"published": True, "visibility": Visibility.PUBLIC} if act == "audience" else {}
    curated = await make.curated_list(school.ada, items=1, **more)
    path, room = f"/curate/lists/{curated.key}/{act}", school.room.key
    browser.sign_in(school.ada)
    refused = await browser.post(path, {"visibility": "school", "classes": room, "until": "2099-01-02"})
    assert refused.status_code == 422
    assert "Choose “Chosen classes” there, or untick them." in words_of(refused)
    # the form is as it was sent
    assert re.search(rf'value="{room}"[^>]*checked|checked[^>]*value="{room}"', refused.text)
    assert 'value="2099-01-02"' in refused.text
    row = await CuratedList.get(school_id=school.card.id, id=curated.id)
    assert (row.state, row.visibility) == (curated.state, curated.visibility)
    assert (await browser.post(path, {"visibility": "classes", "classes": room})).status_code == 303
    # a class that the list was for until now does not stand in the way of all others
    assert (
        await browser.post(path.replace("publish", "audience"), {"visibility": "school", "classes": room})
    ).status_code == 303
    assert (await CuratedList.get(school_id=school.card.id, id=curated.id)).visibility is Visibility.SCHOOL


@pytest.mark.parametrize("visibility", ["school", "public", "staff"])
async def test_what_a_teacher_may_not_publish_is_answered_403(
    browser: Browser, school: TestSchool, visibility: str
) -> None:
    curated = await make.curated_list(school.tom, items=1)
    answer = await browser.sign_in(school.tom).post(f"/curate/lists/{curated.key}/publish", {"visibility": visibility})
    assert answer.status_code == 403
    assert "Ask a specialist to publish it" in words_of(answer)
    assert (await CuratedList.get(school_id=school.card.id, id=curated.id)).state is State.DRAFT


async def test_parts_are_named_moved_and_taken_away(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=4, parts=("Sky", "Snow"))
    path = f"/curate/lists/{curated.key}/parts"
    browser.sign_in(school.ada)
    assert (await browser.post(path, {"title": " ", "note": ""})).status_code == 422
    await browser.post(path, {"title": "Sea", "note": "Wet"})
    sea = await Section.get(school_id=school.card.id, curated_id=curated.id, title="Sea")
    page = await browser.follow(await browser.post(f"{path}/{sea.key}", {"act": "up"}))
    assert "Sea is now part 2 of 3." in words_of(page)
    await browser.post(f"{path}/{sea.key}", {"title": "Salt", "note": ""})
    page = await browser.get(path)
    assert re.findall(r'name="title" value="([^"]+)"', page.text)[:3] == ["Sky", "Salt", "Snow"]
    page = await browser.follow(await browser.post(f"{path}/{sea.key}", {"act": "remove"}))
    assert "The heading is gone." in words_of(page)
    assert "Salt" not in page.text
    assert (await browser.post(f"{path}/nonsense", {"act": "up"})).status_code == 404


async def test_a_long_list_is_edited_in_pages(browser: Browser, school: TestSchool, statements: Statements) -> None:
    curated = await make.curated_list(school.ada, items=150, parts=("One", "Two"))
    bench = f"/curate/lists/{curated.key}"
    browser.sign_in(school.ada)
    sizes, counts = [], []
    for page in (1, 2, 3):
        statements.forget()
        text = (await browser.get(f"{bench}?page={page}")).text
        counts.append(len(statements))
        sizes.append(text.count('<li class="piece'))
    assert sizes == [50, 50, 50]
    assert max(counts) <= 10
    # the second page begins inside the first part, and says so to the script
    text = (await browser.get(f"{bench}?page=2")).text
    assert re.findall(r'data-first="(\d+)" data-among="(\d+)"', text) == [("51", "75"), ("1", "75")]
    assert len(sent_by(text)) * 3 + 40 < 200
    item = (await items_of(curated))[50]
    answer = await browser.post(f"{bench}/items/{item.key}/move", {"to": "top", "page": "2"})
    assert "page=" not in answer.headers["location"]


async def test_a_list_without_introduction_is_given_one_where_it_is_published(
    browser: Browser, school: TestSchool
) -> None:
    curated = await make.curated_list(school.ada, "Look Up", 2, introduction="")
    browser.sign_in(school.ada)
    publish = f"/lincoln/curate/lists/{curated.key}/publish"
    refused = await browser.post(publish, {"visibility": "school"})
    # the summary and the check before publishing lead to the field of this page
    assert (refused.status_code, refused.text.count('href="#introduction"')) == (422, 2)
    assert (
        await browser.post(publish, {"visibility": "school", "introduction": "Look at the stars."})
    ).status_code == 303
    row = await CuratedList.get(school_id=school.card.id, id=curated.id)
    assert (row.introduction, row.state) == ("Look at the stars.", State.PUBLISHED)
    # it is no second way to change an introduction
    path = f"/lincoln/curate/lists/{curated.key}"
    await browser.post(f"{path}/withdraw")
    assert 'id="introduction"' not in (await browser.get(path)).text
    await browser.post(publish, {"visibility": "school", "introduction": "Look elsewhere."})
    assert (await CuratedList.get(school_id=school.card.id, id=curated.id)).introduction == "Look at the stars."
