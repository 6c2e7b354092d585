"""A new teacher in a real browser: from sign-in to an assigned list in a few presses, and a class that is followed."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from engage import dates
from engage.classes.actions import Asked, Whom, assign
from engage.classes.models import Assignment, AssignmentItem
from engage.classes.rules import AssignmentKind
from engage.database.opening import opened
from engage.database.tenancy import every_school
from engage.lists.models import CuratedList
from engage.people import passwords
from engage.people.models import Person
from engage.programs.log_actions import finish
from tests import make
from tests.browser.looking import NARROW, WIDE
from tests.conftest import Place
from tests.patience import done
from tests.school import TestSchool, give_session, make_the_school
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.only("sqlite")]

PASSWORD = "a long walk by the lantern river"


@dataclass
class Served:
    """A service where Tom has Room 12 and nothing is assigned yet. token: of his session."""

    url: str
    address: str
    school: TestSchool
    token: str
    browser: Browser


async def a_school(url: str) -> tuple[TestSchool, str]:
    async with opened(url):
        with every_school("a school of this test"):
            school = await make_the_school()
            known = await passwords.hashed(PASSWORD)
            await Person.filter(id=school.tom.id).update(password_hash=known)
            await make.curated_list(school.ada, "Sea stories", 3, published=True)
            await make.curated_list(school.ada, "Sky stories", 3, published=True)
            return school, await give_session(school.tom, dates.now())


@pytest.fixture
def served(template: Place, chromium: Browser, tmp_path: Path) -> Iterator[Served]:
    url = template.url(shutil.copy(template.template, tmp_path / "engage.sqlite3"))
    school, token = done(a_school(url))
    with serving(url, tmp_path) as (address, _):
        yield Served(url, address, school, token, chromium)


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_from_sign_in_to_an_assigned_list_is_a_few_presses(served: Served, scripts: bool, width: Any) -> None:
    """Signing in, the list, its button, the button of the form: no choice is left that must be made."""
    page = served.browser.new_context(viewport=width, java_script_enabled=scripts).new_page()
    page.goto(f"{served.address}/sign-in?next=/lincoln/")
    page.get_by_label("Name or e-mail").fill("tom")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    presses = [
        page.get_by_role("button", name="Sign in"),
        page.get_by_role("link", name="Sea stories").first,
        page.get_by_role("link", name="Assign it"),
        page.get_by_role("button", name="Assign it"),
    ]
    for press in presses:
        press.click()
        page.wait_for_load_state("load")
    expect(page.locator("main")).to_contain_text("Room 12 has “Sea stories” now.")
    assert page.url.startswith(f"{served.address}/lincoln/classes/")


async def ask_and(url: str, school: TestSchool, read: bool) -> str:
    """Tom asks Room 12, or Sam finishes the first thing; the path of the page of what was asked."""
    async with opened(url):
        of = {"school_id": school.card.id}
        if read:
            (item,) = await AssignmentItem.filter(**of, position=1).values("resource__key")
            await finish(item["resource__key"], school.sam)
        else:
            curated = await CuratedList.get(**of, title="Sea stories")
            await assign(curated.key, Whom((school.room.key,)), Asked(AssignmentKind.ALL), by=school.tom)
        assignment = await Assignment.get(**of)
        return f"/lincoln/classes/{school.room.key}/assignments/{assignment.key}"


def test_a_class_is_followed_without_loading_its_page_anew(served: Served) -> None:
    path = done(ask_and(served.url, served.school, read=False))
    context = served.browser.new_context(viewport=WIDE)
    context.add_cookies([{"name": "session", "value": served.token, "url": served.address}])
    page: Page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.clock.install()
    page.goto(served.address + path)
    cell = page.locator("tbody td").nth(1)
    expect(cell).to_have_text("Not yet")
    marked = page.evaluate("window.here = 'the same page'")
    done(ask_and(served.url, served.school, read=True))
    page.clock.fast_forward(21_000)
    expect(cell).to_have_text("Finished")
    expect(page.locator("[data-now] [role=status]")).to_contain_text("2 changes at")
    expect(page.locator("tfoot td").nth(1)).to_have_text("1 of 1")
    assert page.evaluate("window.here") == marked
    # who goes away from the desk is not kept signed in by it
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.fast_forward(11 * 60_000)
    asked.clear()
    page.clock.fast_forward(60_000)
    assert asked == []
    assert faults == []
