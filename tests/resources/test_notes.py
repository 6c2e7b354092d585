"""Why a resource was chosen: who writes it, who reads it, and that what was shown goes again."""

import pytest

from engage.resources.models import Resource, SelectionNote
from tests import make
from tests.school import words_of

NOTE = {
    "form_key": "n",
    "authority": "A zoologist who drew owls for thirty years.",
    "currency": "",
    "viewpoint": "A father and a child <in snow>.",
    "access": "",
    "curriculum": "Grade 2, winter animals.",
    "verdict": "Quiet, and true.",
}


async def test_how_it_was_chosen_is_read_by_those_whom_the_specialist_lets(browser, school, ada):
    made = await make.resource("Owl moon")
    path, page = f"/curate/resources/{made.key}/note", f"/resources/{made.key}"
    browser.sign_in(ada)
    assert "Say how we chose this" in words_of(await browser.get(page))
    assert "Your note is kept. Only the library" in words_of(await browser.follow(await browser.post(path, NOTE)))
    words = words_of(await browser.get(page))
    for said in ("How we chose this", "Readers do not see this", "A zoologist", "Ada Okafor", "Quiet, and true."):
        assert said in words, said
    for who in (school.sam, school.tom, school.alma, None):
        assert "A zoologist" not in words_of(await browser.sign_in(who).get(page))

    words = words_of(await browser.sign_in(ada).get(path))
    assert ("A zoologist" in words, "Last written by" in words) == (True, True)
    await browser.post(path, NOTE | {"shown": "y"})
    for who in (school.sam, school.tom, None):
        answer = await browser.sign_in(who).get(page)
        words = words_of(answer)
        assert ("How we chose this" in words, "A zoologist" in words, "Ada Okafor" in words) == (True, True, False)
        assert "How new it is" not in words
        assert "&lt;in snow&gt;" in answer.text

    # and back: nothing of it is left on the page, also not in what visitors were given before
    await browser.sign_in(ada).post(path, NOTE)
    assert "A zoologist" not in words_of(await browser.sign_out().get(page))
    await browser.sign_in(ada).post(path, dict.fromkeys(NOTE, ""))
    assert await SelectionNote.filter(school_id=school.card.id).count() == 0


async def test_only_those_who_keep_the_catalogue_write_it(browser, school, ada):
    made = await make.resource("Owl moon")
    path = f"/curate/resources/{made.key}/note"
    for who in (None, school.sam, school.tom, school.alma, school.vera, school.dora):
        browser.sign_in(who)
        assert [(await browser.get(path)).status_code, (await browser.post(path, NOTE)).status_code] == [404, 404], who
    browser.sign_in(school.rosa)
    assert (await browser.post(f"/roosevelt{path}", NOTE)).status_code == 404
    assert await SelectionNote.filter(school_id=school.card.id).count() == 0


@pytest.mark.parametrize(
    ("given", "sentence"),
    [({"verdict": "x" * 1001}, "Keep this under 1,000 letters."),
     ({**dict.fromkeys(NOTE, ""), "shown": "y"}, "Write an answer before readers can see it.")],
)  # fmt: skip
async def test_a_note_that_cannot_be_comes_back_as_it_was_filled_in(browser, school, ada, given, sentence):
    made = await make.resource("Owl moon")
    page = await browser.sign_in(ada).post(f"/curate/resources/{made.key}/note", NOTE | given)
    assert (page.status_code, sentence in words_of(page)) == (422, True)
    assert await SelectionNote.filter(school_id=school.card.id).count() == 0


async def test_the_resource_is_another_version_when_readers_see_a_change(browser, school, ada):
    made = await make.resource("Owl moon")
    path = f"/curate/resources/{made.key}/note"
    versions = []
    browser.sign_in(ada)
    for given in (NOTE, NOTE | {"shown": "y"}, NOTE | {"shown": "y"}, NOTE | {"shown": "y", "verdict": "So."}, NOTE):
        assert (await browser.post(path, given)).status_code == 303
        versions.append((await Resource.get(school_id=school.card.id)).version)
    assert versions == [1, 2, 2, 3, 4]
