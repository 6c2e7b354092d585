"""The pages on which doubles are found, compared and made one, and who may do so."""

import pytest

from engage.engagement.rules import Mode
from engage.errors import NotFound, Refused
from engage.resources import doubles
from engage.resources.models import Resource
from engage.resources.rules import Format, ResourceState
from tests import make
from tests.resources.merging import make_one, two
from tests.school import words_of


async def test_who_may_not_keep_the_catalogue_merges_nothing(browser, school, ada):
    gone, stays = await two()
    for who in (None, school.sam, school.tom, school.alma, school.vera):
        assert (await make_one(browser, who, gone, stays)).status_code == 404
        for path in ("/curate/doubles", f"/curate/resources/{gone.key}/twice"):
            assert (await browser.get(path)).status_code == 404
    theirs = await make.resource("Owl Moon", school="roosevelt")
    with pytest.raises(NotFound):
        await doubles.merge(gone.key, theirs.key, by=ada, followers=())
    with pytest.raises(NotFound):
        await doubles.merge(gone.key, stays.key, by=school.rosa, followers=())
    with pytest.raises(Refused):
        await doubles.merge(gone.key, gone.key, by=ada, followers=())
    assert await Resource.filter(school_id=school.card.id, state=ResourceState.MERGED).count() == 0


async def test_doubles_are_found_and_compared(browser, school, ada):
    one = await make.resource("Owl Moon", year=1987, publisher="Philomel")
    two_of_it = await make.resource("Owl moon", call_number="E YOL")
    film = await make.resource("Owl Moon", mode=Mode.VIEWING, format=Format.FILM)
    await make.resource("Hoot")
    browser.sign_in(ada)
    page = await browser.get("/curate/doubles")
    assert f"/lincoln/curate/resources/{one.key}/twice/{two_of_it.key}" in page.text
    assert film.key not in page.text
    assert "Hoot" not in words_of(page)
    page = await browser.get(f"/curate/resources/{one.key}/twice")
    assert (two_of_it.key in page.text, film.key in page.text) == (True, True)
    page = await browser.get(f"/curate/resources/{one.key}/twice?q=hoot")
    assert "Hoot" in words_of(page)
    page = await browser.get(f"/curate/resources/{one.key}/twice/{two_of_it.key}")
    words = words_of(page)
    for said in ("Philomel", "1987", "E YOL", "This cannot be taken back.", "Merge them"):
        assert said in words, said
    # what stands in the library is offered as the one that stays
    assert 'value="other" checked' in page.text
    assert (await browser.get(f"/curate/resources/{one.key}/twice/nothing")).status_code == 404
    # what is not offered cannot be the one that stays
    await browser.post(f"/curate/resources/{film.key}/offer")
    refused = await browser.post(f"/curate/resources/{film.key}/twice/{one.key}", {"stays": "this"})
    assert (refused.status_code, "Offer it again first" in words_of(refused)) == (422, True)
    unsaid = await browser.post(f"/curate/resources/{one.key}/twice/{film.key}", {"stays": "neither"})
    assert unsaid.status_code == 422


async def test_many_doubles_are_shown_in_few_statements(browser, school, ada, statements):
    for number in range(45):
        for _ in range(2):
            await make.resource(f"Book {number:02}")
    browser.sign_in(ada)
    await browser.get("/curate/doubles")
    statements.forget()
    page = await browser.get("/curate/doubles")
    assert len(statements) <= 4
    assert ("Book 39" in page.text, "Book 40" in page.text, "page=2" in page.text) == (True, False, True)
    assert "Book 44" in (await browser.get("/curate/doubles?page=2")).text
