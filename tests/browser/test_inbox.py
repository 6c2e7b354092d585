"""The inbox in a real browser: by keyboard, by finger, and with no script at all."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engage import dates
from engage.database.opening import opened
from tests import make
from tests.browser.looking import NARROW, Seat
from tests.conftest import Place
from tests.patience import done
from tests.school import give_session, make_the_school
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.only("sqlite")]

WAITING = 30
SHOWN = 25


@dataclass(frozen=True)
class Served:
    """A service with a list by Ada, and thirty entries that wait. token: of her session."""

    address: str
    token: str
    browser: Browser

    @property
    def inbox(self) -> str:
        return f"{self.address}/lincoln/curate/inbox"


async def a_school_with_an_inbox(url: str) -> str:
    async with opened(url):
        school = await make_the_school()
        await make.curated_list(school.ada, "Look Up")
        source = await make.source("Brains On!")
        for number in range(WAITING):
            published = dates.now() - timedelta(days=number)
            await make.inbox_entry(source, f"Story {number}, told at length", published_at=published)
        await make.resource("Story 1, told at length", "Brains On!", call_number="E 1")
        return await give_session(school.ada, dates.now())


@pytest.fixture
def served(template: Place, chromium: Browser, tmp_path: Path) -> Iterator[Served]:
    url = template.url(shutil.copy(template.template, tmp_path / "engage.sqlite3"))
    token = done(a_school_with_an_inbox(url))
    with serving(url, tmp_path) as (address, _):
        yield Served(address, token, chromium)


@pytest.fixture
def seat(served: Served) -> Iterator[Seat]:
    """Ada, before the inbox; nothing may go wrong on her screen, and the page may not be left meanwhile."""
    seat = sitting(served)
    seat.page.goto(served.inbox)
    yield seat
    assert seat.faults == []
    seat.leave()


def sitting(served: Served, scripts: bool = True) -> Seat:
    seat = Seat(served.browser, served.address, scripts)
    seat.context.add_cookies([{"name": "session", "value": served.token, "url": served.address}])
    return seat


def here(page: Page) -> str:
    """The title of the entry on which one stands."""
    return page.evaluate("document.activeElement.closest('.mail')?.querySelector('h2').textContent ?? ''")


def stands_at(page: Page, number: int) -> None:
    expect(page.locator(".mail:focus h2")).to_contain_text(f"Story {number}, told")


def says(page: Page, words: str) -> None:
    expect(page.locator(".said")).to_contain_text(words)


def test_a_morning_by_keyboard(seat: Seat) -> None:
    page = seat.page
    page.evaluate("window.stayed = true")
    for key, number in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        stands_at(page, number)

    page.keyboard.press("i")
    says(page, "Skipped.")
    stands_at(page, 2)
    page.keyboard.press("u")
    says(page, "It waits here again.")
    stands_at(page, 1)

    page.locator(".mail:focus select").select_option(label="Look Up")
    page.locator(".mail:has-text('Story 1, told')").focus()
    page.keyboard.press("n")
    page.keyboard.type("just a note")
    page.keyboard.press("Control+Enter")
    says(page, "Added “Story 1, told at length” to Look Up.")
    stands_at(page, 2)
    expect(page.locator(".mail select").first).to_have_value(page.locator("#to").input_value())

    # pressed faster than the library answers: each means the entry that is then the next
    page.keyboard.type("iii")
    says(page, "Skipped.")
    stands_at(page, 5)
    expect(page.locator(".side-nav a", has_text="Skipped")).to_contain_text("3")
    assert page.evaluate("window.stayed"), "the page was left"

    page.keyboard.press("m")
    page.wait_for_url("**/inbox/words?*")
    expect(page.get_by_label("Words in the title")).to_have_value("Story 5, told at length")


def test_several_are_picked_and_the_buttons_say_how_many(seat: Seat) -> None:
    page = seat.page
    for key in ("j", "x", "j", "j", "x"):
        page.keyboard.press(key)
    skip = page.locator("[name=do][value=skip]")
    expect(skip).to_have_text("Skip 2")
    page.get_by_label(f"Pick all {SHOWN} here").check()
    expect(skip).to_have_text(f"Skip {SHOWN}")
    page.get_by_label(f"Pick all {SHOWN} here").uncheck()
    expect(skip).to_have_text("Skip picked")
    page.get_by_label(f"All {WAITING} that wait").check()
    expect(page.locator("[name=do][value=add]")).to_have_text(f"Add {WAITING}")
    skip.click()
    says(page, f"Skipped {WAITING}.")
    expect(page.locator("main")).to_contain_text("You have seen everything")
    page.keyboard.press("u")
    says(page, f"{WAITING} wait here again.")
    expect(page.locator(".mail")).to_have_count(SHOWN)


def test_keys_mean_nothing_while_one_writes_and_can_be_turned_off(seat: Seat) -> None:
    page = seat.page
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.keyboard.type("jaxium?")
    assert page.locator(".mail textarea").first.input_value() == "jaxium?"
    page.keyboard.press("Escape")
    stands_at(page, 0)

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("i")
    page.get_by_role("button", name="Turn the keys off").click()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("i")
    page.reload()
    page.keyboard.press("j")
    assert here(page) == ""
    expect(page.locator(".mail")).to_have_count(SHOWN)
    expect(page.locator("main")).to_contain_text(f"{WAITING} new things")

    page.get_by_role("button", name="Keys").click()
    page.get_by_role("button", name="Turn the keys on").click()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    stands_at(page, 0)


def test_by_finger(seat: Seat) -> None:
    page = seat.page
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    for target in page.locator(".mail").first.locator("button, select, .check").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44 or target.get_attribute("class") == "check", target
    page.get_by_role("button", name="Skip Story 0, told at length").click()
    says(page, "Skipped.")
    undo = page.locator(".said .undo")
    expect(undo).to_be_in_viewport()
    undo.click()
    says(page, "It waits here again.")
    page.goto(page.url.partition("?")[0] + "?show=skipped")
    expect(page.locator("main")).to_contain_text("Nothing here")


def test_without_a_script(served: Served) -> None:
    seat = sitting(served, scripts=False)
    page = seat.page
    page.goto(served.inbox)
    expect(page.get_by_role("button", name="Keys")).to_be_hidden()
    page.locator("summary", has_text="Narrow down").click()
    page.get_by_label("Words", exact=True).fill("story 13")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("main")).to_contain_text("1 of 30 matches.")
    page.get_by_role("button", name="Add Story 13, told at length").click()
    says(page, "Added “Story 13, told at length” to the catalogue.")
    page.get_by_role("button", name="Undo").click()
    says(page, "It waits here again.")
    page.get_by_role("link", name="Show all again").click()
    page.get_by_label("Pick Story 4, told at length").check()
    page.get_by_role("button", name="Skip picked").click()
    says(page, "Skipped.")
    page.get_by_role("link", name="Skipped").click()
    page.get_by_role("button", name="Put it back").click()
    says(page, "It waits here again.")
    assert seat.faults == []
    seat.leave()


def test_an_end_of_the_session_is_said_with_what_was_typed(served: Served, seat: Seat) -> None:
    seat.context.add_cookies([{"name": "session", "value": "0" * len(served.token), "url": served.address}])
    page = seat.page
    for key in ("j", "n"):
        page.keyboard.press(key)
    page.keyboard.type("Not for us")
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    expect(page.locator(".mail")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Sign in")
    expect(page.locator("main textarea, main input").first).to_be_attached()
    seat.faults.clear()


def test_how_it_looks(seat: Seat) -> None:
    findings: dict[str, list[str]] = {}
    seat.look("inbox", findings, closely=False)
    # axe takes its time over many drawn covers: it sees a few entries, one of them held, and what was just done
    seat.page.goto(f"{served_at(seat)}?q=story+1")
    for number in range(10, 20):
        seat.page.get_by_label(f"Pick Story {number}, told at length").check()
    seat.page.get_by_role("button", name="Skip 10").click()
    says(seat.page, "Skipped 10.")
    seat.look("inbox-narrowed", findings)
    seat.page.goto(f"{served_at(seat)}?q=story+1&show=skipped")
    seat.look("inbox-skipped", findings, closely=False)
    assert {name: wrong for name, wrong in findings.items() if wrong} == {}


def served_at(seat: Seat) -> str:
    return f"{seat.address}/lincoln/curate/inbox"
