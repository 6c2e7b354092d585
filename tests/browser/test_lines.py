"""What stands on one line stands on it, in a real browser: marks and buttons by their words, doors in equal parts."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

import engage
from tests.browser.looking import NARROW

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.only("sqlite")]

STATIC = Path(engage.__file__).parent / "static"
SHEETS = ("tokens.css", "engage.css", "staff.css")
ICON = '<svg class="icon" viewBox="0 0 256 256" aria-hidden="true"><rect width="256" height="256"/></svg>'
ROWS = f"""<table class="table"><tbody><tr>
  <th><a href="/">Salt Water</a></th>
  <td><div class="row-s"><span class="tag tag-good">{ICON} Published</span></div></td>
  <td><span class="mode mode-read">{ICON} Read</span></td>
  <td><span class="verdict v-met">{ICON} Met</span></td>
  <td><a class="btn" href="/">{ICON} Assign</a></td>
  <td><a class="btn" href="/">See it</a></td>
  <td><button class="btn btn-icon" aria-label="Remove">{ICON}</button></td>
</tr></tbody></table>"""
DOORS = "".join(f'<li><a href="/">{ICON}{words}</a></li>' for words in ("Home", "Lists", "Programs", "Search"))
MODE = f"""<form class="sheet"><div class="pick pick-modes"><label><input type="radio" name="mode" value="reading">
  <span class="mode mode-read">{ICON} Read</span></label></div></form>"""
HEADER = f'<header class="site site-student"><div class="wrap"><nav><ul>{DOORS}</ul></nav></div></header>'
# where the words of each cell stand: a mark without size is put in front of their first letter
FEET = """() => [...document.querySelectorAll("th, td")].map(cell => {
  const words = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) if (words.currentNode.textContent.trim()) {
    const foot = document.createElement("span");
    foot.style.cssText = "display:inline-block;inline-size:0;block-size:0";
    const around = document.createElement("span");
    words.currentNode.replaceWith(around);
    around.append(foot, words.currentNode);
    return foot.getBoundingClientRect().bottom;
  }
  const picture = cell.querySelector("svg").getBoundingClientRect();
  return (picture.top + picture.bottom) / 2;
})"""


def shown(chromium: Browser, body: str) -> Any:
    page = chromium.new_page(viewport=NARROW | {"width": 1280})  # type: ignore[arg-type]
    sheets = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in SHEETS)
    page.set_content(f"<!doctype html><html lang=en><style>{sheets}</style><body>{body}")
    return page


def test_marks_and_buttons_stand_on_the_line_of_the_words_beside_them(chromium: Browser) -> None:
    title, *marks, picture = shown(chromium, ROWS).evaluate(FEET)
    assert [abs(foot - title) <= 1.5 for foot in marks] == [True] * 5, (title, marks)
    # a picture alone has the middle of small letters beside its own
    assert 3 <= title - picture <= 9, (title, picture)


def test_the_four_doors_of_a_visitor_share_the_width_of_a_phone(chromium: Browser) -> None:
    page = shown(chromium, HEADER)
    page.set_viewport_size(NARROW)
    widths = page.evaluate("() => [...document.querySelectorAll('li')].map(one => one.getBoundingClientRect().width)")
    assert max(widths) - min(widths) < 1
    assert sum(widths) > 0.85 * NARROW["width"]


def test_a_way_to_take_part_has_as_much_room_above_its_picture_as_below_its_word(chromium: Browser) -> None:
    box, mode = shown(chromium, MODE).evaluate(
        "() => ['label', '.icon'].map(name => document.querySelector(name).getBoundingClientRect().top)"
    )
    assert 8 <= mode - box <= 18


def test_a_word_as_long_as_an_address_stays_inside_a_phone(chromium: Browser) -> None:
    word = "Rindfleisch" * 12
    page = shown(
        chromium,
        f"""<main class="wrap"><section class="hero hero-full"><div class="hero-words"><h1>{word}</h1></div></section>
        <div class="empty"><h2>Nothing like “{word}”</h2><p>{word}</p></div>
        <dl class="facts"><div><dt>Who made it</dt><dd>{word}</dd></div></dl>
        <div class="flash">{ICON}<p>{word} is on the list.</p></div>
        <ul class="rows"><li class="row between"><div class="grow"><p>{word}</p></div></li>
        <li class="row between"><span>Erase Sam: {word}</span><a class="btn" href="/">Erase</a></li></ul></main>""",
    )
    page.set_viewport_size(NARROW)
    assert page.evaluate("() => document.documentElement.scrollWidth") == NARROW["width"]
    # what lies over a picture is cut off where it does not fit, so it is asked for itself
    assert page.evaluate("() => document.querySelector('h1').scrollWidth <= innerWidth")
