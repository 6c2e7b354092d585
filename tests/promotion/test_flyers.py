"""The flyer of a program: for whoever sees the program, with the code to join by for those alone who run it."""

from collections.abc import Iterator

import pytest

from engage.promotion.paper_pages import held, the_press
from tests import make
from tests.tools.paper import codes_in, picture_of, sheets_of, words_in


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    held.clear()


@pytest.fixture(scope="module", autouse=True)
def one_press() -> Iterator[None]:
    """The press of the service, ended after these tests."""
    yield
    the_press().close()
    the_press.__globals__["press_in"].cache_clear()


@pytest.mark.parametrize("paper", ["a4", "letter"])
async def test_a_flyer_says_what_and_when_and_leads_there(browser, school, ada, sam, tom, paper):
    program = await make.program(by=ada, joining="code", join_code="Owl light 7")
    path = f"/programs/lantern-nights/flyer.pdf?paper={paper}"
    told = {}
    for somebody in (ada, sam, tom):
        answer = await browser.sign_in(somebody).get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/pdf"
        told[somebody.name] = words_in(answer.content)
        assert "Lantern Nights" in told[somebody.name]
        assert f"{program.starts.day} {program.starts:%B} to" in told[somebody.name]
    assert sheets_of(answer.content)[0] == 1
    assert codes_in(picture_of(answer.content, 150)) == ["https://engage.test/lincoln/programs/lantern-nights"]
    assert "Owl light 7" in told[ada.name]
    assert "Owl light" not in told[sam.name] + told[tom.name]
    for stranger in (None, school.rosa, school.remy):
        assert (await browser.sign_in(stranger).get(path)).status_code == 404


async def test_a_draft_has_a_flyer_for_its_staff_alone(browser, school, ada, sam):
    await make.program(by=ada, state="draft")
    path = "/programs/lantern-nights/flyer.pdf"
    assert "A draft." in words_in((await browser.sign_in(ada).get(path)).content)
    assert (await browser.sign_in(sam).get(path)).status_code == 404
