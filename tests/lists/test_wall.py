"""The wall of posters: which lists a reader finds, in what order, and which never."""

import pytest

from engage.lists.models import CuratedList
from engage.lists.queries import newest
from engage.lists.rules import ListKind, State
from engage.lists.wall import Wanted, how_many, posters
from engage.people.rules import Reader
from tests import make
from tests.school import Browser, TestSchool, words_of


async def test_a_reader_finds_lists_by_what_they_are_and_what_they_are_called(school: TestSchool) -> None:
    owl = await make.resource("Owl Moon")
    await make.curated_list(school.ada, "Old", [owl], published=True, grade_low=0, grade_high=2)
    await make.curated_list(school.ada, "Étoiles", 3, published=True, kind=ListKind.TEXT_SET)
    await make.curated_list(school.ada, "\u661f\u7a7a", [owl], published=True)
    await make.curated_list(school.ada, "Hidden", 3)

    async def found(**wanted: object) -> list[str]:
        asked = Wanted(**wanted)
        rows = (await posters(school.sam, asked)).rows
        assert await how_many(school.sam, asked) == len(rows)
        return [row["title"] for row in rows]

    assert await found() == ["\u661f\u7a7a", "Étoiles", "Old"]
    assert await found(mode="viewing") == ["Étoiles"]
    assert await found(kind="text set") == ["Étoiles"]
    assert await found(band=(6, 8)) == ["\u661f\u7a7a", "Étoiles"]
    assert await found(band=(2, 5), order="title") == ["Old", "Étoiles", "\u661f\u7a7a"]
    assert await found(words="toile") == await found(words="etoil") == ["Étoiles"]
    assert await found(words="OLD") == ["Old"]
    assert await found(words="\u7a7a") == ["\u661f\u7a7a"]
    assert await found(words="%") == await found(words="_") == []
    assert [row["slug"] for row in await newest(school.sam)][1:] == ["etoiles", "old"]
    assert await newest(Reader(school.card)) == []


@pytest.mark.parametrize("state", [State.DRAFT, State.SCHEDULED, State.WITHDRAWN, State.ARCHIVED, "template"])
async def test_what_is_not_out_is_on_no_wall_no_page_and_no_feed(
    browser: Browser, school: TestSchool, state: str
) -> None:
    owl = await make.resource("Owl Moon")
    await make.curated_list(school.ada, "Secret", [owl], published=True, visibility="public")
    change = {"is_template": True} if state == "template" else {"state": state}
    await CuratedList.filter(school_id=school.card.id, slug="secret").update(**change)
    for reader in (None, school.sam, school.tom, school.vera):
        browser.sign_in(reader)
        for path in ("/lists", "/", "/lists.rss", f"/resources/{owl.key}", "/search?q=secret"):
            assert "Secret" not in (await browser.get(path)).text
        for path in ("/lists/secret", "/lists/secret.rss", "/lists/secret.csv", "/lists/secret/print"):
            assert (await browser.get(path)).status_code == 404
    browser.sign_in(school.ada)
    assert "Secret" not in (await browser.get("/lists")).text
    assert (await browser.get("/lists/secret.rss")).status_code == 404


async def test_the_wall_says_how_many_fit_and_keeps_what_was_asked(browser: Browser, school: TestSchool) -> None:
    for number in range(3):
        await make.curated_list(school.ada, f"Sea {number}", 3, published=True, kind=ListKind.AWARD)
    await make.curated_list(school.ada, "Hills", 3, published=True)
    page = await browser.sign_in(school.sam).get("/lists?kind=award+list&q=sea&order=title&ages=early")
    assert "3 lists that fit" in words_of(page)
    assert page.text.index("Sea 0") < page.text.index("Sea 2")
    assert "kind=award+list&amp;ages=early&amp;q=sea&amp;order=title" in page.text
    assert "No list fits" in words_of(await browser.get("/lists?q=nothing"))
    assert "4 lists" in words_of(await browser.get("/lists?kind=x&order=x"))
