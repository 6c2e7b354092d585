"""The bench in a real browser: by mouse, keyboard, finger and without a script; nothing that is typed gets lost."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from engage import dates
from engage.database.opening import opened
from tests import make
from tests.browser.looking import NARROW
from tests.conftest import Place
from tests.patience import done
from tests.school import give_session, make_the_school
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.only("sqlite")]

LISTS = 8
ENDLESS = "Donaudampfschifffahrt" * 5
WIDE = {"width": 1000, "height": 1500}


@dataclass
class Served:
    """A service with lists of six, each for one test, by Ada. token: of her session."""

    address: str
    benches: list[str]
    token: str
    browser: Browser


async def a_school_with_lists(url: str) -> tuple[list[str], str]:
    async with opened(url):
        school = await make_the_school()
        things = await make.resources(6)
        for title in ("Owl Moon", "Moon Jumper"):
            await make.resource(title)
        lists = [
            await make.curated_list(school.ada, f"Sea stories {n}", things, parts=("Sky", "Snow") if n % 2 else ())
            for n in range(LISTS)
        ]
        lists.append(await make.curated_list(school.ada, ENDLESS, things, parts=(ENDLESS, "Snow")))
        return [each.key for each in lists], await give_session(school.ada, dates.now())


@pytest.fixture(scope="module")
def served(template: Place, one_chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("bench")
    url = template.url(shutil.copy(template.template, folder / "engage.sqlite3"))
    keys, token = done(a_school_with_lists(url))
    with serving(url, folder) as (address, _):
        yield Served(address, [f"{address}/lincoln/curate/lists/{key}" for key in keys], token, one_chromium)


@pytest.fixture
def seat(served: Served) -> Iterator[Any]:
    """Opens the bench of a list before Ada; what the page's own policy refuses is a fault."""
    refused: list[str] = []
    contexts = []

    def sit(number: int, **how: Any) -> Page:
        context = served.browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **how})
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.add_cookies([{"name": "session", "value": served.token, "url": served.address}])
        page = context.new_page()
        page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("pageerror", lambda error: refused.append(str(error)))
        page.goto(served.benches[number])
        return page

    yield sit
    for context in contexts:
        context.close()
    assert refused == []


def titles(page: Page) -> list[str]:
    return [
        text.removeprefix("Book ").removesuffix(" of the sea") for text in page.locator(".piece h3").all_inner_texts()
    ]


def drag(page: Page, handle: Locator, to: Locator) -> None:
    """From the dots of one piece to the lower half of another."""
    x, y, goal = way(handle, to)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(x, y + (goal - y) * step / 10)
    page.mouse.up()


def way(handle: Locator, to: Locator) -> tuple[float, float, float]:
    """From where to where: one column, two heights."""
    to.scroll_into_view_if_needed()
    handle.scroll_into_view_if_needed()
    start, end = handle.bounding_box(), to.bounding_box()
    assert start is not None
    assert end is not None
    return start["x"] + start["width"] / 2, start["y"] + start["height"] / 2, end["y"] + end["height"] * 0.8


def told(page: Page, words: str) -> None:
    expect(page.locator("[data-announce]")).to_have_text(words)


def test_a_dropped_piece_stays_where_it_was_dropped_and_what_is_typed_is_kept(seat: Any) -> None:
    page = seat(0)
    page.locator("textarea").nth(4).fill("Typed before dragging")
    pieces = page.locator(".piece")
    drag(page, pieces.nth(0).locator(".drag"), pieces.nth(2))
    told(page, "Book 1 of the sea moved to 3 of 6")
    assert titles(page) == ["2", "3", "1", "4", "5", "6"]
    assert page.locator("[data-way=up]").nth(0).is_disabled()
    # the note went with the press, and is not asked about when it is changed again
    page.reload()
    assert titles(page) == ["2", "3", "1", "4", "5", "6"]
    note = page.locator("textarea").nth(4)
    expect(note).to_have_value("Typed before dragging")
    note.fill("Changed *again*")
    expect(page.locator("p[data-saved]")).to_have_text(re.compile(r"^Saved \d+:\d\d [ap]m$"))
    page.reload()
    expect(page.locator("textarea").nth(4)).to_have_value("Changed *again*")
    # what could not be kept goes back, and is told
    page.route("**/move", lambda route: route.abort())
    drag(page, pieces.nth(0).locator(".drag"), pieces.nth(2))
    told(page, "Book 2 of the sea was not moved. Try the arrows.")
    assert titles(page) == ["2", "3", "1", "4", "5", "6"]


def test_a_class_that_is_ticked_is_whom_the_list_is_for(seat: Any) -> None:
    page = seat(0)
    page.get_by_text("Which classes").click()
    page.get_by_label("Room 12").check()
    expect(page.get_by_label("Chosen classes")).to_be_checked()
    told(page, "The list is for chosen classes.")


def test_by_keyboard_alone(seat: Any) -> None:
    page = seat(1)
    arrow = page.get_by_role("button", name="Move Book 3 of the sea up")
    arrow.focus()
    page.keyboard.press("Enter")
    expect(arrow).to_have_accessible_name("Move Book 3 of the sea up, now 2 of 3")
    expect(arrow).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    other = page.get_by_role("button", name="Move Book 3 of the sea down, now 1 of 3")
    expect(other).to_be_focused()
    told(page, "Book 3 of the sea moved to 1 of 3")
    # what is typed while a press is on its way is newer than what comes back
    held: list[Route] = []
    page.route("**/move", lambda route: held.append(route))
    page.keyboard.press("Alt+ArrowDown")
    while not held:
        page.wait_for_timeout(20)
    page.locator("textarea").nth(4).fill("Typed in between")
    held[0].continue_()
    told(page, "Book 3 of the sea moved to 2 of 3")
    expect(page.locator("textarea").nth(4)).to_have_value("Typed in between")
    page.unroute("**/move")
    page.get_by_role("button", name="Move Book 3 of the sea up").press("Enter")
    expect(other).to_be_focused()
    # search, add, and go on where one was
    page.get_by_label("Search the catalogue").focus()
    page.keyboard.type("moon")
    told(page, "2 things found.")
    for _ in ("Search", "Paste several", "Add from the inbox", "Put it into"):
        page.keyboard.press("Tab")
    expect(page.locator("#into")).to_be_focused()
    page.keyboard.press("Tab")
    added = page.evaluate("document.activeElement.id")
    page.keyboard.press("Enter")
    expect(page.locator(".piece")).to_have_count(7)
    expect(page.locator(".hit .btn")).to_be_focused()
    assert page.evaluate("document.activeElement.id") not in ("", added)
    # tick two, move them, and take it back
    for name in ("Book 1 of the sea", "Book 2 of the sea"):
        page.get_by_label(f"Tick {name}").focus()
        page.keyboard.press("Space")
    expect(page.locator("[data-picked]")).to_have_text("With the 2 ticked:")
    page.locator("#bulk-part").select_option("Snow")
    page.get_by_role("button", name="Move there").focus()
    page.keyboard.press("Enter")
    told(page, "They are moved.")
    assert titles(page)[:1] == ["3"]
    assert titles(page)[-2:] == ["1", "2"]
    page.get_by_role("button", name="Undo: moved").focus()
    page.keyboard.press("Enter")
    told(page, "Back where it stood: Book 1 of the sea; Book 2 of the sea.")
    assert titles(page)[:3] == ["3", "1", "2"]


def test_what_is_pasted_is_counted_as_it_is_ticked(seat: Any) -> None:
    page = seat(3)
    page.get_by_role("link", name="Paste several").click()
    page.get_by_label("ISBNs, titles or addresses of pages").fill("Moon Jumper\nOwl Moon\nmoon")
    page.get_by_role("button", name="Look them up").click()
    add = page.locator("[data-add]")
    expect(add).to_have_text("Add 2")
    page.get_by_label("Add Owl Moon").uncheck()
    expect(add).to_have_text("Add 1")
    choice = page.get_by_label("moon: which one is it?")
    choice.select_option(choice.locator("option", has_text="Owl Moon").get_attribute("value"))
    expect(add).to_have_text("Add 2")
    add.click()
    expect(page.locator(".piece")).to_have_count(8)


def test_two_who_write_one_note_are_asked_on_the_spot(seat: Any) -> None:
    mine, theirs = seat(2), seat(2)
    for page, words in ((theirs, "Theirs"), (mine, "Mine")):
        page.locator("textarea").nth(0).fill(words)
        page.locator("textarea").nth(1).focus()
        expect(page.locator("p[data-saved]")).not_to_be_empty()
    question = mine.get_by_role("group", name="Whose words shall stand?")
    expect(question).to_contain_text("Theirs")
    expect(mine.locator("textarea").nth(0)).to_have_value("Mine")
    # moving something meanwhile loses neither
    mine.get_by_role("button", name="Move Book 5 of the sea up").click()
    expect(mine.get_by_role("button", name="Move Book 5 of the sea up, now 4 of 6")).to_be_focused()
    expect(question).to_be_visible()
    expect(mine.locator("textarea").nth(0)).to_have_value("Mine")
    question.get_by_role("button", name="Keep mine").click()
    expect(mine.locator("p[data-saved]")).to_have_text(re.compile("^Saved "))
    theirs.reload()
    expect(theirs.locator("textarea").nth(0)).to_have_value("Mine")
    assert titles(theirs) == ["1", "2", "3", "5", "4", "6"]


@pytest.mark.parametrize(
    ("number", "status", "heading", "said"),
    [
        (6, 401, "Please sign in again", "Please sign in again. Do that in another window, then press again. "),
        (7, 503, "The library is busy right now.", "The library is busy right now. Nothing was done. "),
    ],
)
def test_a_press_that_is_turned_away_takes_no_words_along(
    seat: Any, number: int, status: int, heading: str, said: str
) -> None:
    page = seat(number)
    before = titles(page)
    page.route(
        "**/items/**", lambda route: route.fulfill(status=status, content_type="text/html", body=f"<h1>{heading}</h1>")
    )
    page.route("**/notes/saved", lambda route: route.abort())
    page.locator("textarea").nth(1).fill("Typed before it was pressed")
    page.get_by_role("button", name=f"Remove Book {before[2]} of the sea from the list").click()
    expect(page.locator("[data-complaint]")).to_have_text(f"{said}Your words are still here.")
    expect(page.locator("[data-complaint]")).to_be_in_viewport()
    expect(page.locator("textarea").nth(1)).to_have_value("Typed before it was pressed")
    assert titles(page) == before
    page.unroute("**/items/**")
    page.get_by_role("button", name=f"Move Book {before[2]} of the sea up").click()
    expect(page.locator("[data-complaint]")).to_have_count(0)
    page.reload()
    assert "Typed before it was pressed" in [page.locator("textarea").nth(n).input_value() for n in range(6)]


def test_a_title_without_a_gap_does_not_widen_a_phone(seat: Any) -> None:
    page = seat(LISTS, viewport=NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.get_by_role("link", name="Preview").click()
    page.get_by_role("heading", name=ENDLESS, level=2).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_by_finger(seat: Any) -> None:
    page = seat(4, viewport=NARROW, has_touch=True, is_mobile=True)
    pieces = page.locator(".piece")
    x, y, goal = way(pieces.nth(0).locator(".drag"), pieces.nth(1))
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for step in range(1, 11):
        touch("touchMove", {"x": x, "y": y + (goal - y) * step / 10})
    # a finger comes to rest before it lets go; else the browser takes it for a fling, and the next tap for its end
    page.wait_for_timeout(300)
    touch("touchEnd")
    told(page, "Book 1 of the sea moved to 2 of 6")
    assert titles(page) == ["2", "1", "3", "4", "5", "6"]
    page.get_by_role("button", name="Remove Book 3 of the sea from the list").tap()
    told(page, "It is off the list.")
    assert titles(page) == ["2", "1", "4", "5", "6"]
    page.get_by_role("button", name="Undo", exact=True).tap()
    told(page, "Back on the list: Book 3 of the sea.")
    assert titles(page) == ["2", "1", "3", "4", "5", "6"]
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_without_a_script(seat: Any) -> None:
    page = seat(5, java_script_enabled=False)
    page.locator("textarea").nth(1).fill("Typed, then something else pressed")
    page.get_by_label("Search the catalogue").fill("owl moon")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=owl+moon*")
    expect(page.locator("textarea").nth(1)).to_have_value("Typed, then something else pressed")
    page.get_by_role("button", name="Add Owl Moon").click()
    expect(page.locator(".piece")).to_have_count(7)
    page.get_by_role("button", name="Move Book 6 of the sea up").click()
    page.get_by_label("Tick Book 1 of the sea").check()
    page.get_by_label("Tick Owl Moon").check()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator(".piece")).to_have_count(5)
    assert titles(page) == ["2", "3", "4", "6", "5"]
    page.get_by_role("button", name="Undo: removed").click()
    expect(page.locator(".piece")).to_have_count(7)
    assert titles(page) == ["1", "2", "3", "4", "6", "5", "Owl Moon"]
    page.get_by_role("link", name="Paste several").click()
    page.get_by_label("ISBNs, titles or addresses of pages").fill("Moon Jumper\nOwl Moon\nNobody has this")
    page.get_by_role("button", name="Look them up").click()
    expect(page.locator("main")).to_contain_text("3 lines, 1 found")
    page.get_by_role("button", name="Add 1", exact=True).click()
    expect(page.locator(".flash")).to_contain_text("1 thing added.")
    assert titles(page)[-1] == "Moon Jumper"
