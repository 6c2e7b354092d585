"""The workshop, and the ways to and from the bench: searches, the inbox, and a thing from wherever it was found."""

import re
from html import unescape

import pytest

from engage import dates
from engage.lists import comments, suggestions, undoing
from engage.lists.models import ListItem, Revision
from engage.lists.queries import list_to_edit
from engage.resources.models import Resource
from engage.resources.rules import ResourceState
from engage.web import limits
from engage.web.limits import SmallGate
from tests import make
from tests.school import Browser, TestSchool, words_of


async def test_the_workshop_shows_what_one_may_edit(browser: Browser, school: TestSchool) -> None:
    today = dates.today(school.card.zone)
    await make.curated_list(school.ada, "Draft of Ada", 1)
    await make.curated_list(school.tom, "Draft of Tom", 1)
    stale = await make.curated_list(school.ada, "Grown old", 1, published=True, review_by=today)
    browser.sign_in(school.ada)

    async def listed(query: str = "") -> list[str]:
        return re.findall(r'scope="row"><a[^>]*><bdi>(.*?)</bdi>', (await browser.get(f"/curate/lists{query}")).text)

    assert set(await listed()) == {"Grown old", "Draft of Tom", "Draft of Ada"}
    assert await listed("?work=stale") == ["Grown old"]
    assert await listed("?state=withdrawn") == []
    assert set(await listed("?state=draft")) == {"Draft of Tom", "Draft of Ada"}
    assert "Look it through" in words_of(await browser.get("/curate/lists"))
    await browser.post(f"/curate/lists/{stale.key}/looked-through")
    assert await listed("?work=stale") == []
    browser.sign_in(school.tom)
    assert await listed() == ["Draft of Tom"]
    assert (await browser.sign_in(school.sam).get("/curate/lists")).status_code == 403


async def test_a_resource_goes_onto_a_list_from_wherever_it_was_found(browser: Browser, school: TestSchool) -> None:
    owl = await make.resource("Owl Moon")
    await make.curated_list(school.ada, "First")
    second = await make.curated_list(school.ada, "Second")
    path = f"/curate/lists/add/{owl.key}"
    for reader, offered in ((school.ada, True), (school.tom, True), (school.sam, False), (None, False)):
        page = await browser.sign_in(reader).get(f"/lincoln/resources/{owl.key}")
        assert (f'href="/lincoln{path}?back=' in page.text) == offered
        # on every card, too: in a search and on the home page
        for place in ("/lincoln/search?q=owl", "/lincoln/"):
            assert (f'href="/lincoln{path}?back=' in (await browser.get(place)).text) == offered
    page = await browser.sign_in(school.ada).get(path)
    assert re.findall(r"<option[^>]*>(.*?)</option>", page.text) == ["Second", "First"]
    sent = {"list": second.key, "annotation": "Whisper."}
    bench = await browser.follow(await browser.post(path, sent))
    assert "Owl Moon is on Second." in words_of(bench)
    assert (await ListItem.get(school_id=school.card.id, curated_id=second.id)).annotation == "Whisper."
    again = await browser.post(path, sent)
    assert again.status_code == 422
    assert "Owl Moon is on this list already." in words_of(again)
    assert (await browser.get("/curate/lists/add/nonsense")).status_code == 404
    # from where one came one goes back, with the list of last time chosen; to another site nobody is led
    third = await make.curated_list(school.ada, "Third")
    await browser.post(path, {"list": third.key, "annotation": ""})
    page = await browser.get(f"{path}?back=/lincoln/search%3Fq%3Dowl")
    assert re.findall(r"<option[^>]*>(.*?)</option>", page.text)[0] == "Third"
    whale = f"/curate/lists/add/{(await make.resource('Whales')).key}"
    for back, led in (("/lincoln/search?q=owl", "/lincoln/search?q=owl"), ("//evil.example", "/lincoln/curate/lists/")):
        done = await browser.post(whale, {"list": third.key, "annotation": "", "back": back})
        assert done.headers["location"].startswith(led)
        last = await Revision.filter(school_id=school.card.id, curated_id=third.id).order_by("-number").first()
        assert last
        await undoing.put_back(third.key, last.number, by=school.ada)
    # a list of somebody else is no choice for a teacher
    assert "You have no list yet" in words_of(await browser.sign_in(school.tom).get(path))
    assert (await browser.post(path, sent)).status_code == 422
    assert (await browser.sign_in(school.sam).get(path)).status_code == 403


async def test_what_was_taken_from_the_shelves_meanwhile_is_not_put_on_a_list(
    browser: Browser, school: TestSchool
) -> None:
    owl = await make.resource("Owl Moon")
    first = await make.curated_list(school.ada, "First")
    path = f"/curate/lists/add/{owl.key}"
    await browser.sign_in(school.ada).get(path)
    await Resource.filter(school_id=school.card.id, id=owl.id).update(state=ResourceState.WITHDRAWN)
    sent = await browser.post(path, {"list": first.key, "annotation": "Whisper."})
    assert sent.status_code == 422
    assert "Owl Moon is no longer offered. Offer it again first, on its own page." in words_of(sent)
    assert "Whisper." in sent.text


async def test_the_tabs_say_what_waits(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, "Look Up", 2)
    other = await make.curated_list(school.ada, "Other", 1)
    await comments.say_about(curated.key, "More films?", by=school.ada)
    await comments.say_about(other.key, "Why?", by=school.ada)
    await comments.say_about(other.key, "Really?", by=school.ada)
    card = await list_to_edit(school.ada, curated.key)
    for words in ("A film", "A song"):
        await suggestions.suggest(card, title=words, reason="It fits.", by=school.tom)
    browser.sign_in(school.ada)
    for path in ("", "/parts", "/history"):
        page = words_of(await browser.get(f"/lincoln/curate/lists/{curated.key}{path}"))
        assert "Suggestions 2 Comments 1 " in page
    page = words_of(await browser.get(f"/lincoln/curate/lists/{other.key}"))
    assert "Suggestions Comments 2 " in page


async def test_from_the_bench_the_inbox_offers_that_list(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, "Look Up", 1)
    await make.curated_list(school.ada, "Changed later", 1)
    await make.inbox_entry(await make.source(), "Bats")
    bench = await browser.sign_in(school.ada).get(f"/lincoln/curate/lists/{curated.key}")
    way = unescape(re.findall(r'href="([^"]*)">Add from the inbox', bench.text)[0])
    inbox = await browser.get(way)
    assert inbox.text.count(f'<option value="{curated.key}" selected>') == 2


async def test_whatever_searches_the_catalogue_waits_at_the_gate_of_searches(
    browser: Browser, school: TestSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Visitors at the catalogue for reading apps, students who suggest, and those at the bench."""
    curated = await make.curated_list(school.ada, items=1, published=True)
    bench = f"/curate/lists/{curated.key}"
    of_ada = (f"{bench}?q=owl", f"{bench}/hits?q=owl")
    of_sam = (f"/lists/{curated.slug}/suggest?q=an+owl+in+moonlight",)
    of_all = ("/opds/search?query=owl", "/opds2/search?query=owl", "/opds2/search")
    busy = SmallGate(1, 0, each=1)
    monkeypatch.setattr(limits, "SEARCHING", busy)

    async def statuses() -> set[int]:
        answers = []
        for reader, paths in ((school.ada, of_ada), (school.sam, of_sam), (None, of_all)):
            browser.sign_in(reader)
            answers += [(await browser.get(path)).status_code for path in paths]
        return set(answers)

    async def pasted() -> tuple[int, bool, bool]:
        page = await browser.sign_in(school.ada).post(f"{bench}/paste", {"lines": "Many owls", "do": "look"})
        return page.status_code, "try again in a moment" in page.text, ">Many owls</textarea>" in page.text

    async with busy.turn(None):
        assert await statuses() == {503}
        assert await pasted() == (422, True, True)
        few = await browser.sign_in(school.sam).get(f"/lists/{curated.slug}/suggest?q=owl")
        assert few.status_code == 200
    assert await statuses() == {200}
    assert await pasted() == (200, False, True)
