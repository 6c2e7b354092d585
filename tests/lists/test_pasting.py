"""What is pasted for a list is looked up line by line, shown, and put on it in one change that can be undone."""

import re

import pytest

from engage.errors import Refused
from engage.lists import pasting
from engage.lists.models import ListItem, Section
from engage.lists.pasting import MOST_LINES, Kind, lines_of
from engage.resources.models import Identifier, Link, Resource
from engage.resources.rules import ResourceState
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, words_of


def test_a_line_is_a_number_an_address_or_a_title() -> None:
    typed = {
        "978-0-399-21457-5": (Kind.ISBN, "9780399214578"),
        "0399214577": (Kind.ISBN, "9780399214578"),
        '="0399214577"': (Kind.ISBN, "9780399214578"),
        "Owl Moon 0399214577 (pbk.)": (Kind.ISBN, "9780399214578"),
        "https://example.org/owls": (Kind.ADDRESS, "https://example.org/owls"),
        "www.example.org/owls?x=1": (Kind.ADDRESS, "https://www.example.org/owls?x=1"),
        "example.org/": (Kind.ADDRESS, "https://example.org/"),
        "1984": (Kind.TITLE, "1984"),
        "Mr. Popper's Penguins": (Kind.TITLE, "Mr. Popper's Penguins"),
    }
    typed["978-0-399-21457-5"] = (Kind.ISBN, "")
    lines = lines_of("\r\n\n".join(typed) + "\n")
    assert [(line.typed, line.kind, line.value) for line in lines] == [(key, *value) for key, value in typed.items()]
    assert lines[0].refused
    assert "is no ISBN" in lines[0].said


def test_damaged_numbers_are_mended_or_the_reason_is_said() -> None:
    lost, rounded, long = lines_of("399214577\n9.78E+12\n" + "x" * 600)
    assert (lost.value, lost.said) == ("9780399214578", "Read as 978-0-399-21457-8.")
    assert rounded.refused
    assert "rounded this ISBN" in rounded.said
    assert long.refused
    for text in (" \n\n", "a\n" * (MOST_LINES + 1)):
        with pytest.raises(Refused) as refused:
            lines_of(text)
        assert refused.value.about == "lines"


async def test_lines_are_found_chosen_missed_and_added(browser: Browser, school: TestSchool) -> None:
    owl, moon, whale, other, page = [
        await make.resource(title, maker)
        for title, maker in (
            ("Owl Moon", "Jane Yolen"),
            ("The Moon Book", "Gail Gibbons"),
            ("Whales", "Seymour Simon"),
            ("Whales", "Gail Gibbons"),
            ("All about owls", "The Owl Site"),
        )
    ]
    await Identifier.create(school_id=school.card.id, resource_id=owl.id, scheme="isbn", value="9780399214578")
    await Link.create(school_id=school.card.id, resource_id=page.id, url="http://www.owls.example.org/all/")
    foreign = await make.resource("Only theirs", school="roosevelt")
    curated = await make.curated_list(school.ada, items=[moon])
    path = f"/curate/lists/{curated.key}/paste"
    lines = [
        "0-399-21457-7",
        "moon book",
        "Whales",
        "Whales, Gail Gibbons",
        "owls.example.org/all?utm_source=x",
        "about owls",
        "Owl Moon by Jane Yolen",
        "Only theirs",
        "https://example.com/new",
        "0-399-21457-8",
    ]
    page_of = await browser.sign_in(school.ada).post(path, {"lines": "\n".join(lines), "do": "look"})
    assert page_of.status_code == 200
    said = words_of(page_of)
    for words in (
        "10 lines, 3 found, 1 on the list already",
        "On the list",
        "Twice in your lines",
        "does not have it",
        "is no ISBN",
    ):
        assert words in said
    assert 'href="/lincoln/curate/page?address=https%3A%2F%2Fexample.com%2Fnew"' in page_of.text
    assert 'href="/lincoln/requests/new?title=Only+theirs"' in page_of.text
    taken = re.findall(r'type="checkbox" name="take" value="(\w+)"', page_of.text)
    assert taken == [owl.key, other.key, page.key]
    choices = [re.findall(r'option value="(\w+)"', each) for each in page_of.text.split("<select")[1:]]
    assert [sorted(each) for each in choices] == [sorted([whale.key, other.key]), [page.key]]
    # what was typed is still there, and nothing was put on the list by looking
    assert "\n".join(lines) in page_of.text.replace("\r", "").replace("&#39;", "'")
    assert await ListItem.filter(school_id=school.card.id, curated_id=curated.id).count() == 1

    sent = {"lines": "\n".join(lines), "do": "add", "take": [*taken, whale.key, "", moon.key]}
    done = await browser.follow(await browser.post(path, sent))
    assert "4 things added. 1 thing stood on it already." in words_of(done)
    rows = ListItem.filter(school_id=school.card.id, curated_id=curated.id).order_by("position")
    assert await rows.values_list("resource_id", flat=True) == [moon.id, owl.id, other.id, page.id, whale.id]
    assert (await Resource.get(school_id=school.card.id, id=owl.id)).popularity == 1
    undo = re.search(r'action="([^"]+)"><button class="undo">', done.text)
    assert undo
    await browser.post(undo[1])
    assert await rows.values_list("resource_id", flat=True) == [moon.id]
    assert (await browser.post(path, {"lines": "Whales", "do": "add", "take": [foreign.key]})).status_code == 404
    nothing = await browser.post(path, {"lines": "Whales", "do": "add"})
    assert nothing.status_code == 422
    assert "Tick something first." in words_of(nothing)
    assert "Which one is" in words_of(nothing)
    assert (await browser.post(path, {"lines": "", "do": "look"})).status_code == 422
    assert (await browser.sign_in(school.sam).get(path)).status_code == 403


async def test_what_is_gone_when_it_is_added_loses_no_line_and_no_tick(browser: Browser, school: TestSchool) -> None:
    owl, moon, whale, other, same = [
        await make.resource(*each)
        for each in (("Owl",), ("Moon",), ("Whales", "Simon"), ("Whales", "Gibbons"), ("Night owl",))
    ]
    curated = await make.curated_list(school.ada, parts=("One", "Two"))
    of_school = Resource.filter(school_id=school.card.id)
    await of_school.filter(id=moon.id).update(state=ResourceState.WITHDRAWN)
    await of_school.filter(id=same.id).update(state=ResourceState.MERGED, merged_into_id=owl.id)
    path = f"/curate/lists/{curated.key}/paste"
    first = await Section.filter(school_id=school.card.id, curated_id=curated.id).order_by("position").first()
    assert first is not None
    lines = "Owl\nMoon\nWhales\nNight owl"
    sent = {"lines": lines, "do": "add", "take": [owl.key, moon.key, other.key, same.key], "into": first.key}
    again = await browser.sign_in(school.ada).post(path, sent)
    assert again.status_code == 422
    assert "Moon and Night owl are no longer in the catalogue. Nothing is added yet." in words_of(again)
    assert lines in again.text.replace("\r", "")
    assert re.findall(r'name="take" value="(\w+)" checked', again.text) == [owl.key]
    assert re.findall(r'value="(\w+)" selected', again.text) == [other.key, first.key]
    assert await ListItem.filter(school_id=school.card.id).count() == 0
    # what was not ticked is not ticked now
    bare = await browser.post(path, {"lines": lines, "do": "add", "take": [moon.key]})
    assert "Moon is no longer in the catalogue." in words_of(bare)
    assert not re.findall(r'name="take" value="(\w+)" checked', bare.text)
    more = await browser.post(path, {"lines": "Owl\n" * 101, "do": "add", "take": [moon.key]})
    assert (more.status_code, "These are 101 lines" in more.text, more.text.count("Owl\n") > 99) == (422, True, True)
    # a part that is gone is no reason to lose anything either
    await Section.filter(school_id=school.card.id, id=first.id).delete()
    done = await browser.post(path, {**sent, "take": [owl.key, whale.key]})
    assert done.status_code == 303
    assert await ListItem.filter(school_id=school.card.id).count() == 2


async def test_a_hundred_lines_take_no_more_statements_than_ten(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    things = await make.resources(100)
    pages = [
        Link(school_id=school.card.id, resource_id=each.id, url=f"https://sea.example/{each.id}") for each in things
    ]
    await Link.bulk_create(pages)
    curated = await make.curated_list(school.ada, items=things[:5])
    await browser.sign_in(school.ada).get(f"/curate/lists/{curated.key}/paste")
    counts = []
    for size in (10, 100):
        lines = "\n".join(f"http://sea.example/{each.id}/" for each in things[:size])
        statements.forget()
        page = await browser.post(f"/curate/lists/{curated.key}/paste", {"lines": lines, "do": "look"})
        counts.append(len(statements))
        assert f"{size} lines, {size - 5} found" in words_of(page)
    assert counts[0] == counts[1]
    keys = re.findall(r'type="checkbox" name="take" value="(\w+)"', page.text)
    counts = []
    for some in (keys[:1], keys[1:]):
        statements.forget()
        await browser.post(f"/curate/lists/{curated.key}/paste", {"lines": lines, "do": "add", "take": some})
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert await ListItem.filter(school_id=school.card.id, curated_id=curated.id).count() == 100


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("Owl Mooon", ["Owl Moon"]),
        ("The Owl Mon by J. Yolen", ["Owl Moon"]),
        ("Chronicals of Narnia", ["The Chronicles of Narnia: the lion"]),
        ("Where the Wild Tings Are", ["Where the Wild Things Are"]),
        ("Owl Babies", []),
        ("Moby-Dick", []),
    ],
)
async def test_a_title_that_is_misspelled_is_offered_and_never_taken(
    browser: Browser, school: TestSchool, typed: str, offered: list[str]
) -> None:
    for title in ("Owl Moon", "The Chronicles of Narnia: the lion", "Where the Wild Things Are", "Babies"):
        await make.resource(title, "Jane Yolen")
    curated = await make.curated_list(school.ada)
    path = f"/curate/lists/{curated.key}/paste"
    page = await browser.sign_in(school.ada).post(path, {"lines": typed, "do": "look"})
    options = re.findall(r'<option value="(\w+)">([^<]*)</option>', page.text)
    assert [text.partition(", ")[0] for _, text in options] == offered
    words = words_of(page)
    assert ("Did you mean this one?" in words) == bool(offered)
    assert "1 line, 0 found" in words
    assert "Ask for it" in words  # what is meant may be missing after all
    assert 'type="checkbox" name="take"' not in page.text  # nothing is ticked
    # and nothing of it is chosen: sent as it is, nothing is added
    assert (await browser.post(path, {"lines": typed, "do": "add", "take": ""})).status_code == 422
    if offered:
        assert (await browser.post(path, {"lines": typed, "do": "add", "take": options[0][0]})).status_code == 303
    assert await ListItem.filter(school_id=school.card.id, curated_id=curated.id).count() == len(offered)


async def test_another_schools_titles_are_offered_to_nobody_here(browser: Browser, school: TestSchool) -> None:
    await make.resource("Owl Moon", school="roosevelt")
    curated = await make.curated_list(school.ada)
    lines = {"lines": "Owl Mooon", "do": "look"}
    page = await browser.sign_in(school.ada).post(f"/curate/lists/{curated.key}/paste", lines)
    assert "Owl Moon<" not in page.text
    assert "The library does not have it." in words_of(page)


async def test_other_spellings_are_looked_for_of_so_many_titles_and_no_more(
    browser: Browser, school: TestSchool, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the dearest part of a search, and a paste has a hundred lines."""
    monkeypatch.setattr(pasting, "MOST_SPELLED", 3)
    await make.resource("Owl Moon", "Jane Yolen")
    curated = await make.curated_list(school.ada)
    path = f"/curate/lists/{curated.key}/paste"
    browser.sign_in(school.ada)
    counts = []
    for size in (1, 4, 14):
        lines = "\n".join(f"Owl Moo{letter}n" for letter in "aeiouybcdfghjk"[:size])
        statements.forget()
        page = await browser.post(path, {"lines": lines, "do": "look"})
        counts.append(len(statements))
        assert words_of(page).count("Did you mean this one?") == min(size, 3)
    assert counts[1] - counts[0] <= 2 * 16 + 6
    assert counts[2] - counts[1] <= 10 * 6
    statements.forget()  # the same title twice is looked for once
    page = await browser.post(path, {"lines": "\n".join(["Owl Mooon"] * 11), "do": "look"})
    assert words_of(page).count("Did you mean this one?") == 11
    assert len(statements) <= counts[0] + 10 * 6
