"""Slides of a list in a real browser: they turn by themselves and by keyboard, stand still for whoever wants calm, and
take in what is changed. The page of papers beside them gives files."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from engage import dates
from engage.database.opening import opened
from engage.database.tenancy import every_school
from engage.lists.models import CuratedList
from engage.lists.rules import Visibility
from engage.promotion.telling import announce
from engage.promotion.telling_rules import Audience
from tests import make
from tests.browser.looking import Seat
from tests.conftest import Place
from tests.patience import done
from tests.school import make_the_school
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.only("sqlite")]
SLIDES = "/lincoln/lists/sea/slides"


async def a_list(url: str) -> None:
    async with opened(url):
        school = await make_the_school()
        things = [await make.resource(f"Book {n}", "Maker", call_number="E") for n in (1, 2)]
        of = {"published": True, "visibility": Visibility.PUBLIC, "slug": "sea", "ink": "pool", "scene": "sea"}
        await make.curated_list(school.ada, "Sea stories", things, **of)
        today = dates.today(school.card.zone)
        await announce("Open at lunch.", Audience.PUBLIC, today, today, by=school.ada)


async def rename(url: str) -> None:
    async with opened(url):
        with every_school("a change of this test"):
            await CuratedList.filter(slug="sea").update(title="Stories of the oceans", version=9)


@pytest.fixture(scope="module")
def served(template: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    folder: Path = tmp_path_factory.mktemp("slides")
    url = template.url(shutil.copy(template.template, folder / "engage.sqlite3"))
    done(a_list(url))
    with serving(url, folder) as (address, _):
        yield address, url


def stands(page: Page, title: str) -> None:
    """This slide is seen, and no other."""
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.locator(".slide:visible")).to_have_count(1)


def test_by_keyboard_and_in_calm_they_turn_only_when_they_are_turned(served: tuple[str, str], chromium: Browser):
    seat = Seat(chromium, served[0])
    seat.page.clock.install()
    seat.go(SLIDES)
    stands(seat.page, "Sea stories")
    seat.page.clock.fast_forward(60_000)
    stands(seat.page, "Sea stories")
    seat.page.keyboard.press("ArrowRight")
    stands(seat.page, "Book 1")
    seat.page.keyboard.press("End")
    stands(seat.page, "Point a camera here")
    seat.page.keyboard.press("ArrowRight")
    stands(seat.page, "Sea stories")
    seat.page.keyboard.press("Tab")
    expect(seat.page.get_by_role("button", name="Back")).not_to_be_focused()  # the way to the page comes first
    seat.page.get_by_role("button", name="Next").press("Enter")
    stands(seat.page, "Book 1")
    findings: dict[str, Any] = {}
    seat.look("slides", findings)
    assert findings == {"slides": []}
    seat.leave()


def test_they_turn_by_themselves_and_take_in_a_change_where_a_round_ends(served: tuple[str, str], chromium: Browser):
    address, url = served
    page = chromium.new_page()
    page.clock.install()
    page.goto(address + SLIDES)
    for title in ("Sea stories", "Book 1", "Book 2", "Point a camera here", "Sea stories"):
        stands(page, title)
        page.clock.run_for(12_700)
    stands(page, "Book 1")
    page.evaluate("window.stayed = true")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.clock.run_for(60_000)
    stands(page, "Book 1")
    done(rename(url))
    page.get_by_role("button", name="Go on").click()
    page.clock.run_for(12_700)
    stands(page, "Book 2")
    page.clock.run_for(12_700)
    stands(page, "Point a camera here")
    page.clock.run_for(12_700)
    stands(page, "Stories of the oceans")
    assert page.evaluate("window.stayed")  # nothing was loaded anew, so nothing flickered
    page.clock.run_for(12_700)
    stands(page, "Book 1")
    page.close()


def test_the_screen_turns_and_announcements_are_put_away_in_this_browser_only(
    served: tuple[str, str], chromium: Browser
):
    page = chromium.new_page()
    page.clock.install()
    page.goto(served[0] + "/lincoln/screen")
    stands(page, "Open at lunch.")
    page.clock.run_for(12_700)
    expect(page.get_by_text("Point a camera here")).to_be_visible()
    page.close()
    for _ in range(2):
        page = chromium.new_page()
        page.goto(served[0] + "/lincoln/")
        page.get_by_role("button", name="Put away").click()
        expect(page.get_by_text("Open at lunch.")).to_have_count(0)
        page.reload()
        expect(page.get_by_text("Open at lunch.")).to_have_count(0)
        page.close()


def test_without_script_all_of_it_is_a_page_and_papers_are_files(served: tuple[str, str], chromium: Browser):
    seat = Seat(chromium, served[0], scripts=False)
    seat.go(SLIDES)
    assert seat.page.locator(".slide:visible").count() == 4
    seat.go("/lincoln/lists/sea/paper")
    findings: dict[str, Any] = {}
    seat.look("papers", findings)
    assert findings == {"papers": []}
    seat.page.get_by_label("Paper in the printer").select_option("a4")
    with seat.page.expect_download() as coming:
        seat.page.get_by_role("button", name="Bookmarks").click()
    assert coming.value.suggested_filename == "sea-bookmarks-a4.pdf"
    seat.leave()
