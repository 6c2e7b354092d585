"""Logging while the network is cut, in a real browser: kept, sealed, sent once, mended, and asked about.

And what a page weighs to begin with, before the worker brings what it needs for that.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from engage import dates
from engage.database.opening import opened
from engage.people.models import Person, School
from engage.programs.models import Saved
from engage.programs.rules import SENT_BEFORE
from tests import make
from tests.browser.looking import Seat
from tests.conftest import Place
from tests.patience import done
from tests.school import as_reader, give_session, make_the_school
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.only("sqlite")]

EVERYTHING = """async () => {
  const done = (asked) => new Promise((tell) => { asked.onsuccess = () => tell(asked.result); });
  const words = (_, one) => one instanceof ArrayBuffer ? new TextDecoder("latin1").decode(one) : one;
  const base = await done(indexedDB.open("engage"));
  const found = [];
  for (const name of base.objectStoreNames)
    for (const row of await done(base.transaction(name).objectStore(name).getAll()))
      found.push(JSON.stringify(row, words));
  base.close();
  for (const name of await caches.keys())
    for (const kept of await (await caches.open(name)).matchAll()) found.push(`${kept.url} ${await kept.text()}`);
  return found.join("\\n");
}"""


# what a page and all that it brought along weighed on the way, by address, with the headers
WEIGHT = """() => performance.getEntries().filter((one) => one.transferSize !== undefined).map(
  (one) => [new URL(one.name).pathname, one.transferSize])"""


@dataclass(frozen=True)
class Served:
    """A service with Sam and Nia of one school; their tokens."""

    address: str
    sam: str
    nia: str
    file: Path
    browser: Browser

    def titles(self) -> list[str]:
        with sqlite3.connect(self.file) as base:
            return [title for (title,) in base.execute("SELECT title FROM log_entry ORDER BY id")]


async def a_school(url: str) -> tuple[str, str]:
    async with opened(url):
        school = await make_the_school()
        nia = await make.student("Nia")
        return await give_session(school.sam, dates.now()), await give_session(nia, dates.now())


@pytest.fixture
def served(template: Place, chromium: Browser, tmp_path: Path) -> Iterator[Served]:
    file = Path(shutil.copy(template.template, tmp_path / "engage.sqlite3"))
    sam, nia = done(a_school(template.url(str(file))))
    with serving(template.url(str(file)), tmp_path) as (address, _):
        yield Served(address, sam, nia, file, chromium)


@pytest.fixture
def seat(served: Served) -> Iterator[Seat]:
    seat = Seat(served.browser, served.address, True)
    as_one(seat, served, served.sam)
    seat.page.goto(f"{served.address}/lincoln/me/log/new")
    ready(seat.page)
    yield seat
    seat.context.close()


def as_one(seat: Seat, served: Served, token: str) -> None:
    seat.context.add_cookies([{"name": "session", "value": token, "url": served.address}])


def ready(page: Page) -> None:
    """The worker stands between the page and the network, and knows whose device this is."""
    expect(page.locator("body[data-outbox=ready]")).to_be_attached()
    page.evaluate(
        """new Promise((done) => navigator.serviceWorker.controller ? done()
           : navigator.serviceWorker.addEventListener("controllerchange", done))"""
    )


def log(page: Page, title: str, minutes: str = "20") -> None:
    page.fill("input[name=title]", title)
    page.check(f"input[name=minutes][value='{minutes}']", force=True)
    page.click("form[data-entry] button.btn-big")


def waiting(page: Page) -> int:
    return int(page.evaluate("outbox.waiting().then((rows) => rows.length)"))


def test_what_is_logged_without_a_network_is_sent_once_and_readable_by_nobody_else(seat, served):
    page = seat.page
    seat.context.set_offline(True)
    log(page, "The Sentinel Whale")
    expect(page.locator("[data-when=kept]")).to_be_visible()
    log(page, "The Second Whale")
    expect(page.locator("[data-when=kept]")).to_be_visible()
    assert served.titles() == []
    seat.context.set_offline(False)

    # another child takes the device: nothing is sent in her name, and nothing of his can be read
    as_one(seat, served, served.nia)
    page.goto(f"{served.address}/lincoln/me/log")
    ready(page)
    assert waiting(page) == 2
    everything = page.evaluate(EVERYTHING)
    assert "until" in everything  # the owner's row, so that this looks where it should
    assert "Whale" not in everything
    assert "Sam" not in everything
    assert "Nia" not in everything
    assert served.titles() == []

    as_one(seat, served, served.sam)
    page.goto(f"{served.address}/lincoln/me/log")
    expect(page.get_by_text("2 entries that waited on this device are in your log now.")).to_be_visible()
    assert sorted(served.titles()) == ["The Second Whale", "The Sentinel Whale"]
    page.reload()
    ready(page)
    assert waiting(page) == 0
    assert len(served.titles()) == 2


def test_a_form_is_kept_for_nobody_but_whose_page_it_stood_on(seat, served):
    page = seat.page
    # the device is Nia's by now, while Sam's page is still open
    page.evaluate("outbox.owns('somebody else', '/lincoln/me/log/new')")
    seat.context.set_offline(True)
    log(page, "The Sentinel Whale")
    expect(page.locator("[data-when=lost]")).to_be_visible()
    assert waiting(page) == 0


def test_an_entry_whose_answer_was_lost_is_kept_once(seat, served):
    page = seat.page
    page.route("**/me/log/send", lambda route: (route.fetch(), route.abort()))
    seat.context.set_offline(True)
    log(page, "Twice")
    expect(page.locator("[data-when=kept]")).to_be_visible()
    seat.context.set_offline(False)
    page.goto(f"{served.address}/lincoln/me/log")
    expect(page.get_by_text("1 entry still wait")).to_be_visible()
    assert waiting(page) == 1
    page.unroute("**/me/log/send")
    page.reload()
    expect(page.get_by_text("1 entry that waited on this device is in your log now.")).to_be_visible()
    assert served.titles() == ["Twice"]


def test_what_is_refused_later_says_why_and_can_be_mended(seat, served):
    page = seat.page
    page.check("input[name=minutes][value=other]", force=True)
    page.fill("input[name=other_minutes]", "2000")
    seat.context.set_offline(True)
    page.fill("input[name=title]", "A very long book")
    page.click("form[data-entry] button.btn-big")
    expect(page.locator("[data-when=kept]")).to_be_visible()
    seat.context.set_offline(False)
    page.goto(f"{served.address}/lincoln/me/log")
    expect(page.get_by_text("A very long book: A day holds up to 1,440 minutes")).to_be_visible()
    page.click("text=Mend it")
    expect(page.locator("input[name=title]")).to_have_value("A very long book")
    page.fill("input[name=other_minutes]", "200")
    page.click("form[data-entry] button.btn-big")
    page.wait_for_url("**/me/log")
    assert served.titles() == ["A very long book"]
    ready(page)
    assert waiting(page) == 0


def test_a_question_about_what_was_mended_can_be_answered(seat, served):
    page = seat.page
    key = page.input_value("form[data-entry] input[name=form_key]")
    log(page, "Owl Moon")
    page.wait_for_url("**/me/log")
    # the same page once more, as a browser that goes back shows it
    page.goto(f"{served.address}/lincoln/me/log/new")
    ready(page)
    page.eval_on_selector("form[data-entry] input[name=form_key]", "(field, key) => { field.value = key; }", key)
    seat.context.set_offline(True)
    log(page, "A second owl")
    expect(page.locator("[data-when=kept]")).to_be_visible()
    seat.context.set_offline(False)
    # from the page of the form itself, where the link leads to that very page
    page.goto(f"{served.address}/lincoln/me/log/new")
    yes = page.get_by_role("button", name="Yes, log it")
    expect(yes).to_be_visible()
    page.click("text=Mend it")
    expect(page.locator("input[name=title]")).to_have_value("A second owl")
    expect(yes).to_have_count(0)
    log(page, "Owls at night", "30")
    expect(page.get_by_role("status").get_by_text(SENT_BEFORE)).to_be_visible()
    expect(yes).to_be_visible()
    # what was asked about what stood there is not answered for something else
    page.fill("input[name=title]", "Owls by day")
    expect(yes).to_have_count(0)
    page.click("form[data-entry] button.btn-big")
    yes.click()
    page.wait_for_url("**/me/log")
    ready(page)
    assert served.titles() == ["Owl Moon", "Owls by day"]
    assert waiting(page) == 0


def test_signing_out_asks_about_what_was_not_sent(seat, served):
    page = seat.page
    seat.context.set_offline(True)
    log(page, "Unsent")
    expect(page.locator("[data-when=kept]")).to_be_visible()
    seat.context.set_offline(False)
    page.route("**/me/log/send", lambda route: route.abort())
    page.goto(f"{served.address}/lincoln/me/log")
    ready(page)
    page.click("summary.me")
    page.click("text=Sign out")
    expect(page.get_by_text("Nobody else can read them.")).to_be_visible()
    page.click("text=Keep them for me")
    page.wait_for_url(f"{served.address}/")
    assert page.evaluate("document.body.dataset.who") is None
    as_one(seat, served, served.nia)
    page.goto(f"{served.address}/lincoln/me/log")
    ready(page)
    assert waiting(page) == 1


def test_signing_out_with_nothing_unsent_forgets_everything(seat, served):
    page = seat.page
    page.click("summary.me")
    with page.expect_response("**/sign-out") as answer:
        page.click("text=Sign out")
    assert answer.value.all_headers()["clear-site-data"] == '"cache", "cookies", "storage"'
    page.wait_for_url(f"{served.address}/")
    assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 0


async def a_list(url: str) -> None:
    """60 things, of which Sam has saved every fourth."""
    async with opened(url):
        school = await School.get(slug="lincoln")
        sam = await Person.get(school_id=school.id, name="Sam")
        ada = await as_reader(await Person.get(school_id=school.id, login="ada"), school.slug)
        things = await make.resources(60)
        await make.curated_list(ada, "Sea stories", things, published=True)
        known = {"school_id": ada.school.id, "person_id": sam.id, "at": dates.now()}
        await Saved.bulk_create([Saved(**known, resource_id=thing.id) for thing in things[::4]])


def test_the_first_view_of_a_list_is_six_requests_and_150_kilobytes(template, served):
    done(a_list(template.url(str(served.file))))
    seat = Seat(served.browser, served.address)
    as_one(seat, served, served.sam)
    asked: list[str] = []
    seat.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    seat.go("/lincoln/lists/sea-stories")
    # what a page shares with others names nobody, so neither outbox nor worker begins here
    seat.page.wait_for_timeout(300)
    weight = dict(seat.page.evaluate(WEIGHT))
    # the drawing in the tab is that of all the others, so it is not asked for again
    assert seat.page.locator("link[rel=icon]").get_attribute("href") in weight
    assert sorted(set(asked)) == sorted(weight)
    assert len(weight) == 6
    assert 80_000 < sum(weight.values()) <= 150_000, weight
    seat.leave()
