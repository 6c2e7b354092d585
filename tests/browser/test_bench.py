"""The bench in a real browser: dragging, arrows by keyboard, and that both need no more than the page's own policy."""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from engage import dates
from engage.database.opening import opened
from engage.database.operations import migrate
from tests import make
from tests.school import give_session, make_the_school
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@dataclass(frozen=True)
class Served:
    """A service with one list of six, by Ada. token: of her session."""

    address: str
    bench: str
    token: str


async def a_school_with_a_list(url: str) -> tuple[str, str]:
    await migrate(url)
    async with opened(url):
        school = await make_the_school()
        curated = await make.curated_list(school.ada, "Sea stories", 6)
        return curated.key, await give_session(school.ada, dates.now())


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    url = f"sqlite://{tmp_path / 'engage.sqlite3'}"
    key, token = asyncio.run(a_school_with_a_list(url))
    with serving(url, tmp_path) as (address, _):
        yield Served(address, f"{address}/lincoln/curate/lists/{key}", token)


@pytest.fixture
def page(served: Served) -> Iterator[Page]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1000, "height": 1500})
        context.add_cookies([{"name": "session", "value": served.token, "url": served.address}])
        page = context.new_page()
        refused: list[str] = []
        page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
        yield page
        assert refused == []
        browser.close()


def titles(page: Page) -> list[str]:
    return [
        text.removeprefix("Book ").removesuffix(" of the sea") for text in page.locator(".piece h3").all_inner_texts()
    ]


def drag(page: Page, handle: Locator, to: Locator) -> None:
    """From the dots of one piece to the lower half of another."""
    to.scroll_into_view_if_needed()
    handle.scroll_into_view_if_needed()
    start, end = handle.bounding_box(), to.bounding_box()
    assert start is not None
    assert end is not None
    x = start["x"] + start["width"] / 2
    y, goal = start["y"] + start["height"] / 2, end["y"] + end["height"] * 0.8
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(x, y + (goal - y) * step / 10)
    page.mouse.up()


def test_a_dropped_piece_stays_where_it_was_dropped_and_is_announced(served: Served, page: Page) -> None:
    page.goto(served.bench)
    assert titles(page) == ["1", "2", "3", "4", "5", "6"]
    page.locator("textarea").nth(4).fill("Typed before dragging")
    pieces = page.locator(".piece")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        drag(page, pieces.nth(0).locator(".drag"), pieces.nth(2))
    expect(page.locator("[data-announce]")).to_have_text("Book 1 of the sea moved to 3 of 6")
    assert titles(page) == ["2", "3", "1", "4", "5", "6"]
    assert page.locator("[data-way=up]").nth(0).is_disabled()
    assert page.locator("[data-way=up]").nth(2).get_attribute("aria-label") == ("Move Book 1 of the sea up, now 3 of 6")
    # nothing that was typed is lost, and what was kept is there when the page comes again
    assert page.locator("textarea").nth(4).input_value() == "Typed before dragging"
    page.get_by_role("button", name="Save notes").first.click()
    assert titles(page) == ["2", "3", "1", "4", "5", "6"]
    assert page.locator("textarea").nth(4).input_value() == "Typed before dragging"


def test_a_piece_that_could_not_be_kept_goes_back(served: Served, page: Page) -> None:
    page.goto(served.bench)
    page.route("**/move", lambda route: route.abort())
    pieces = page.locator(".piece")
    drag(page, pieces.nth(0).locator(".drag"), pieces.nth(2))
    expect(page.locator("[data-announce]")).to_have_text("Book 1 of the sea was not moved. Try the arrows.")
    assert titles(page) == ["1", "2", "3", "4", "5", "6"]


def test_an_arrow_pressed_by_keyboard_keeps_the_focus(served: Served, page: Page) -> None:
    page.goto(served.bench)

    arrow = page.get_by_role("button", name="Move Book 4 of the sea up")
    arrow.focus()
    for place in (3, 2):
        page.keyboard.press("Enter")
        expect(arrow).to_have_accessible_name(f"Move Book 4 of the sea up, now {place} of 6")
        expect(arrow).to_be_focused()
    page.keyboard.press("Enter")
    other = page.get_by_role("button", name="Move Book 4 of the sea down, now 1 of 6")
    expect(other).to_be_focused()
    assert titles(page) == ["4", "1", "2", "3", "5", "6"]
    assert page.locator(".piece-on h3").inner_text() == "Book 4 of the sea"


def test_enter_in_the_search_searches_and_moves_nothing(served: Served, page: Page) -> None:
    page.goto(served.bench)
    page.get_by_label("Search the catalogue").fill("sea")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=sea")
    assert titles(page) == ["1", "2", "3", "4", "5", "6"]
