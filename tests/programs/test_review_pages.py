"""The pages of reviews, from the first word to the page of the resource, in a browser without scripts."""

import pytest

from engage.people.models import School
from engage.people.rules import Role
from engage.programs.review_models import Review
from tests import make
from tests.school import as_reader, words_of

WORDS = "The otter never gives up, and neither did I."
SAID = {"text": WORDS, "feeling": "loved", "audience": "school", "form_key": "one"}


@pytest.fixture
async def book(school):
    await School.filter(id=school.lincoln.id).update(reviews="school", safeguarding="Tell Mrs. Berg, room 4.")
    return await make.resource("Wet Fur")


async def row_of(school) -> Review:
    return await Review.get(school_id=school.lincoln.id)


async def test_from_the_first_word_to_the_page_of_the_book(browser, school, book, sam, tom, ada):
    page = await browser.sign_in(sam).get(f"/resources/{book.key}")
    assert ("Nobody has written about it yet" in words_of(page), "Say what you think" in words_of(page)) == (True, True)
    page = await browser.follow(await browser.post(f"/resources/{book.key}/review", SAID))
    assert ("Sent." in words_of(page), "Waits to be read" in words_of(page)) == (True, True)
    assert WORDS not in words_of(await browser.get(f"/resources/{book.key}"))

    page = await browser.sign_in(tom).get("/curate/reviews")
    words = words_of(page)
    assert (WORDS in words, "Sam" in words, "I loved it" in words) == (True, True, True)
    key = (await row_of(school)).key
    page = await browser.follow(
        await browser.post(f"/curate/reviews/{key}/decide", {"version": "1", "text": WORDS, "act": "approve"})
    )
    assert "Nothing waits for you" in words_of(page)

    nia = await make.person("Nia", Role.STUDENT, school.lincoln, grade=5)
    page = await browser.sign_in(await as_reader(nia, "lincoln")).get(f"/resources/{book.key}")
    assert (WORDS in words_of(page), "A reader" in words_of(page), "Sam" in words_of(page)) == (True, True, False)
    page = await browser.follow(
        await browser.post(f"/reviews/{key}/report", {"reason": "It tells the end.", "resource": book.key})
    )
    assert "Somebody of the school looks at it" in words_of(page)
    words = words_of(await browser.sign_in(ada).get("/curate/reviews"))
    assert ("Reported by a reader" in words, "It tells the end." in words) == (True, True)
    await browser.post(f"/reviews/{key}/withdraw", {})
    assert WORDS not in words_of(await browser.sign_in(sam).get(f"/resources/{book.key}"))


async def test_refused_words_come_back(browser, school, book, sam, ada):
    browser.sign_in(sam)
    page = await browser.post(f"/resources/{book.key}/review", SAID | {"text": "See www.cats.com, it is all there."})
    assert (page.status_code, "Leave addresses of websites out" in words_of(page)) == (422, True)
    assert "it is all there." in page.text
    await browser.post(f"/resources/{book.key}/review", SAID)
    row = await row_of(school)
    browser.sign_in(ada)
    sent = {"version": "1", "text": WORDS + " And more.", "act": "approve", "reason": "kept"}
    page = await browser.post(f"/curate/reviews/{row.key}/decide", sent)
    assert (page.status_code, "not change them or add any" in words_of(page)) == (422, True)
    assert ("And more." in page.text, 'value="kept"' in page.text) == (True, True)
    page = await browser.post(f"/curate/reviews/{row.key}/decide", {"version": "1", "act": "reject", "reason": ""})
    assert (page.status_code, "Say why not" in words_of(page)) == (422, True)
    for odd in ({}, {"version": "x"}, {"version": "1", "act": "publish"}, {"version": "9", "act": "approve"}):
        assert (await browser.post(f"/curate/reviews/{row.key}/decide", odd)).status_code == 422, odd


async def test_a_child_in_need_is_told_with_the_words_of_the_school(browser, school, book, sam, ada):
    browser.sign_in(sam)
    await browser.post(f"/resources/{book.key}/review", SAID | {"text": "I hate my life, but the otter helped."})
    words = words_of(await browser.sign_in(ada).get("/curate/reviews"))
    assert ("A child may be in need" in words, "Tell Mrs. Berg, room 4." in words) == (True, True)


STATUSES = {
    "/curate/reviews": {"sam": 404, "tom": 200, "ada": 200, "alma": 200, "vera": 404, "dora": 404, None: 404},
    "/me/reviews": {"sam": 200, "tom": 200, "ada": 200, "alma": 404, "vera": 404, "dora": 404, None: 404},
}


@pytest.mark.parametrize("path", STATUSES)
async def test_who_enters(browser, school, book, path):
    found = {}
    for name in STATUSES[path]:
        browser.sign_in(getattr(school, name) if name else None)
        page = await browser.get(path)
        found[name] = 404 if page.is_redirect else page.status_code
    assert found == STATUSES[path]


async def test_a_school_without_reviews_shows_none(browser, school, book, sam):
    browser.sign_in(sam)
    await School.filter(id=school.lincoln.id).update(reviews="")
    page = await browser.get(f"/resources/{book.key}")
    assert "What readers say" not in words_of(page)
    assert (await browser.get(f"/resources/{book.key}/review")).status_code == 404
    assert (await browser.post(f"/resources/{book.key}/review", SAID)).status_code == 404


async def test_the_name_that_others_see_is_one_of_the_set(browser, school, sam):
    browser.sign_in(sam)
    page = await browser.get("/me/shown")
    key = page.text.split('name="form_key"')[1].split('value="')[1].split('"')[0]
    name = page.text.split('name="shown" value="')[1].split('"')[0]
    sent = {"form_key": key, "shown": name, "avatar": "fish"}
    page = await browser.follow(await browser.post("/me/shown", sent))
    assert f"Others see you as {name} now." in words_of(page)
    for odd in ({"shown": "Sam from Room 12"}, {"avatar": "skull"}, {"shown": ""}):
        assert (await browser.post("/me/shown", sent | odd)).status_code == 422, odd
    browser.sign_in(school.tom)
    other = await browser.post("/me/shown", sent)
    assert (other.status_code, "Somebody here has this name" in words_of(other)) == (422, True)
