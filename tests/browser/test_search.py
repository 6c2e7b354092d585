"""The search in a real browser: what is offered while one types, by keyboard and by hand, and the form without it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engage.database.opening import opened
from engage.engagement.rules import Mode
from engage.resources.rules import Format
from tests import make
from tests.browser.looking import NARROW, Seat
from tests.conftest import Place
from tests.patience import done
from tests.school import make_the_school
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.only("sqlite")]
SEARCH = "/lincoln/search"
FIELD = "Search by title, name, subject or ISBN"


async def a_library(url: str) -> str:
    """Owls of all kinds; the key of the first."""
    async with opened(url):
        await make_the_school()
        moon = await make.resource("Owl moon", "Jane Yolen", call_number="E YOL", pages=32, popularity=3)
        await make.resource("Owls <b>& more</b>", 'Ann "A." Other', popularity=2)
        await make.resource("Owl talk", "", Mode.LISTENING, format=Format.EPISODE, url="https://e.org/a", minutes=20)
        await make.resource("Harry Potter", "J. K. Rowling")
        return moon.key


@pytest.fixture
def served(template: Place, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of a service, and the key of a resource in it."""
    url = template.url(shutil.copy(template.template, tmp_path / "engage.sqlite3"))
    key = done(a_library(url))
    with serving(url, tmp_path) as (address, _):
        yield address, key


def offered(page: Page) -> list[str]:
    return [text.split("\n")[0] for text in page.locator(".offers:visible .offer-title").all_inner_texts()]


def test_one_types_chooses_by_keyboard_and_is_there(served, chromium):
    address, key = served
    seat = Seat(chromium, address)
    seat.go(SEARCH)
    page, field = seat.page, seat.page.get_by_role("combobox", name=FIELD)
    field.press_sequentially("ow")
    expect(page.locator("#find-offers")).to_be_visible()
    assert offered(page) == ["Owl moon", "Owls <b>& more</b>", "Owl talk"]
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#find-offers").get_by_role("option")).to_have_count(4)
    expect(page.locator("main .offering [role=status]")).to_contain_text("3 things below")
    field.press("ArrowDown")
    chosen = page.locator("#find-offers").get_by_role("option", selected=True)
    expect(chosen).to_contain_text("Owl moon")
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    field.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") is None
    field.press("ArrowUp")
    expect(chosen).to_contain_text("All that is found for “ow”")
    field.press("ArrowDown")
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url(f"**/resources/{key}")
    assert seat.faults == []
    seat.leave()


def test_escape_closes_enter_alone_sends_the_form_and_a_click_leads_on(served, chromium):
    address, key = served
    seat = Seat(chromium, address)
    seat.go("/lincoln/lists")
    page, field = seat.page, seat.page.get_by_role("combobox", name="Search the library")
    field.press_sequentially("harr")
    expect(page.locator("#q-offers")).to_be_visible()
    field.press("Escape")
    expect(page.locator("#q-offers")).to_be_hidden()
    assert field.input_value() == "harr"
    field.press("Enter")
    page.wait_for_url("**/search?q=harr")
    field = page.get_by_role("combobox", name=FIELD)
    field.fill("")
    field.press_sequentially("yolen")
    page.get_by_role("option", name="Owl moon").click()
    page.wait_for_url(f"**/resources/{key}")
    page.go_back()
    page.get_by_role("combobox", name=FIELD).fill("owl")
    expect(page.locator("#find-offers")).to_be_visible()
    page.get_by_role("heading", level=1).click()
    expect(page.locator("#find-offers")).to_be_hidden()
    assert seat.faults == []
    seat.leave()


def test_a_misspelled_word_is_offered_as_it_is_spelled_here(served, chromium):
    address, _ = served
    seat = Seat(chromium, address, width=NARROW)
    seat.go(SEARCH)
    seat.page.get_by_role("combobox", name=FIELD).press_sequentially("hary poter")
    option = seat.page.get_by_role("option", name="Did you mean harry potter?")
    expect(option).to_be_visible()
    option.click()
    seat.page.wait_for_url("**/search?q=harry+potter")
    seat.reads("Harry Potter", "1 thing for")
    assert seat.faults == []
    seat.leave()


def test_who_has_no_script_finds_the_same_by_the_form(served, chromium):
    address, _ = served
    seat = Seat(chromium, address, scripts=False)
    seat.go(SEARCH)
    assert seat.page.get_by_role("combobox", name=FIELD).count() == 0
    seat.page.get_by_role("searchbox", name=FIELD).fill("owl")
    seat.page.locator("main form[role=search] button").click()
    seat.page.wait_for_url("**/search?q=owl")
    seat.reads("Owl moon", "Owl talk", "3 things for")
    seat.page.get_by_label("How long").select_option("thin")
    seat.press("Show")
    seat.reads("1 thing for")
    assert seat.faults == []
    seat.leave()


def test_the_search_looks_well_from_all_sides(served, chromium):
    address, _ = served
    findings: dict[str, Any] = {}
    seat = Seat(chromium, address)
    for name, path in (("search", "?q=owl"), ("search-nothing", "?q=hary+poter"), ("search-all", "")):
        seat.go(SEARCH + path)
        seat.look(name, findings)
    seat.go(SEARCH)
    seat.page.get_by_role("combobox", name=FIELD).press_sequentially("ow")
    expect(seat.page.locator("#find-offers")).to_be_visible()
    seat.page.get_by_role("combobox", name=FIELD).press("ArrowDown")
    seat.look("search-offers", findings)
    expect(seat.page.locator("#find-offers")).to_be_visible()
    assert {name: wrong for name, wrong in findings.items() if wrong} == {}
    seat.leave()
