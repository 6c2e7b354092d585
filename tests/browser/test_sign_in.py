"""L7, L3 and S1 in a real browser: by keyboard alone, without scripts, with none of a card left behind."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from engage import dates
from engage.database.opening import opened
from engage.database.tenancy import every_school
from engage.people import actions, cards, staff_access
from engage.people.models import SchoolClass
from engage.people.rules import Role
from tests import make
from tests.browser.looking import Seat
from tests.conftest import Place
from tests.patience import done
from tests.people.entering import GOOD, PICTURES, PIN, give_card, give_password, give_pictures, give_pin, row_of
from tests.school import give_session, make_the_school
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.only("sqlite")]
KEY = "k" * 40


@dataclass
class Served:
    """A service with Room 12, whose door is open: Sam signs in by pictures, Lou of grade 7 by PIN; both have cards."""

    address: str
    browser: Browser
    code: str
    sam: str
    lou: str
    tom: str
    alma: str
    link: str
    room: str
    looked: dict[str, Any] = field(default_factory=dict)

    def sit(self, scripts: bool = False) -> Seat:
        return Seat(self.browser, self.address, scripts)


async def a_school(url: str) -> dict[str, str]:
    async with opened(url):
        with every_school("a school of this test"):
            school = await make_the_school()
            reader = await make.student("Lou", grade=7)
            await make.in_class(await row_of(reader), school.room, Role.STUDENT)
            await give_pictures(school.sam, KEY)
            await give_pin(reader, KEY)
            room = await SchoolClass.get(id=school.room.id)
            await actions.open_door(room, 60, by=school.tom)
            await give_password(school.alma)
            await give_password(school.ada)
            link = await staff_access.invite(await row_of(school.tom), KEY, by=school.alma)
            return {
                "code": room.code,
                "sam": await give_card(school.sam, school.tom, KEY),
                "lou": await give_card(reader, school.tom, KEY),
                "tom": await give_session(school.tom, dates.now()),
                "alma": await give_session(school.alma, dates.now()),
                "link": link,
                "room": room.key,
            }


@pytest.fixture(scope="module")
def served(template: Place, one_chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("signing-in")
    file = Path(shutil.copy(template.template, folder / "engage.sqlite3"))
    told = done(a_school(template.url(str(file))))
    with serving(template.url(str(file)), folder) as (address, _):
        served = Served(address, one_chromium, **told)
        yield served
    assert {name: wrong for name, wrong in served.looked.items() if wrong} == {}


def tab_to(seat: Seat, name: str) -> None:
    """Press the tab key until the focus stands on what has this name, as a screen reader says it."""
    for _ in range(60):
        seat.page.keyboard.press("Tab")
        focused = seat.page.evaluate(
            "document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText ?? ''"
        )
        if focused.strip().startswith(name):
            return
    raise AssertionError(f"{name} cannot be reached by keyboard on {seat.page.url}")


def press_by_key(seat: Seat, name: str) -> None:
    tab_to(seat, name)
    with seat.page.expect_navigation():
        seat.page.keyboard.press("Enter")


def test_l7_a_card_is_typed_by_keyboard_without_a_script_and_asks_to_remember_nothing(served):
    seat = served.sit()
    seat.go("/sign-in/class")
    seat.look("class", served.looked)
    tab_to(seat, "Your class code")
    seat.page.keyboard.type(served.code)
    seat.page.keyboard.press("Enter")
    seat.reads("Who are you?")
    seat.look("tiles", served.looked)
    press_by_key(seat, "I have a card")
    seat.look("card", served.looked)
    tab_to(seat, "The letters on your card")
    seat.page.keyboard.type("-".join(cards.in_groups(served.sam)))
    seat.page.keyboard.press("Enter")
    seat.reads("Is this you?")
    seat.look("is-this-you", served.looked)
    press_by_key(seat, "Yes, that is me")
    expect(seat.page).to_have_url(re.compile("/lincoln/$"))
    seat.go("/lincoln/me/account")
    seat.reads("You came in with your card alone.")
    seat.look("account-by-card", served.looked)
    seat.leave()


def test_l7_pictures_and_pins_work_by_keyboard_and_each_picture_has_a_name(served):
    seat = served.sit()
    seat.go(f"/sign-in/class/{served.code}")
    press_by_key(seat, "Sam")
    for place, name in enumerate(PICTURES):
        seat.reads(f"Picture {place + 1} of 4")
        names = seat.page.get_by_role("button").all_inner_texts()
        assert len({one.strip() for one in names if one.strip()}) >= 12
        if place == 1:
            seat.look("pictures", served.looked)
        press_by_key(seat, name.capitalize())
    expect(seat.page).to_have_url(re.compile("/lincoln/$"))
    seat.leave()

    seat = served.sit()
    seat.go(f"/sign-in/class/{served.code}")
    press_by_key(seat, "Lou")
    seat.look("pin", served.looked)
    tab_to(seat, "Your six-digit PIN")
    seat.page.keyboard.type(PIN)
    seat.page.keyboard.press("Enter")
    expect(seat.page).to_have_url(re.compile("/lincoln/$"))
    seat.go("/lincoln/me/pin")
    seat.look("my-pin", served.looked)
    seat.leave()


def test_l3_a_scanned_card_leaves_no_token_in_address_history_or_requests(served):
    seat = served.sit(scripts=True)
    asked: list[str] = []
    seat.context.on("request", lambda request: asked.append(f"{request.url} {request.headers.get('referer', '')}"))
    page = seat.page
    page.goto(f"{served.address}/sign-in/card#{served.sam}")
    expect(page.get_by_role("heading", name="Sam")).to_be_visible()
    assert served.sam not in page.url
    assert served.sam not in page.content()
    page.get_by_role("button", name="Yes, that is me").click()
    seat.reads("Picture 1 of 4")  # no class code was typed on this device
    for _ in range(3):
        page.go_back()
        assert served.sam not in page.url
        assert all(served.sam != one.input_value() for one in page.locator("[name=card]").all())
    entries = page.evaluate("navigation.entries().map((entry) => entry.url).join(' ')")
    assert served.sam not in entries
    assert served.sam not in " ".join(asked)
    seat.leave()


def test_s1_after_signing_out_the_back_button_shows_nothing_private(served):
    seat = served.sit(scripts=True)
    seat.context.add_cookies([{"name": "session", "value": served.tom, "url": served.address}])
    page = seat.page
    page.goto(f"{served.address}/lincoln/classes/{served.room}/sign-in")
    seat.reads("Sam")
    page.goto(f"{served.address}/lincoln/me/account")
    page.locator("summary.me").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_load_state("load")
    for _ in range(2):
        page.go_back()
        assert "Sam" not in page.content()
        assert "Tom" not in page.content()
    seat.leave()


def test_l1_staff_choose_a_password_by_a_link_and_set_up_a_second_step(served):
    seat = served.sit(scripts=True)
    page = seat.page
    page.goto(f"{served.address}/sign-in/invitation#{served.link}")
    seat.reads("You sign in as tom")
    assert served.link not in page.url
    seat.look("new-password", served.looked)
    seat.type("Your new password", "nine otters upstream")
    seat.press("Keep it")
    expect(page).to_have_url(re.compile("/lincoln/$"))
    seat.go("/lincoln/me/second-step")
    seat.look("second-step", served.looked)
    seat.leave()

    seat = served.sit()
    seat.go("/sign-in/invitation")
    seat.look("invitation", served.looked)
    seat.go("/sign-in")
    seat.type("Name or e-mail", "alma")
    seat.type("Password", GOOD)
    seat.press("Sign in")
    seat.reads("So admins also show a code")
    seat.look("set-up", served.looked)
    seat.leave()


def test_pages_of_staff_about_signing_in_keep_nobody_out(served):
    seat = served.sit()
    seat.context.add_cookies([{"name": "session", "value": served.alma, "url": served.address}])
    for name, path in (
        ("ways", "/lincoln/admin/sign-in"),
        ("staff", "/lincoln/admin/staff"),
        ("devices", "/lincoln/devices"),
        ("class-sign-in", f"/lincoln/classes/{served.room}/sign-in"),
        ("door", f"/lincoln/classes/{served.room}/door"),
        ("prove", "/lincoln/me/prove"),
        ("account", "/lincoln/me/account"),
    ):
        seat.go(path)
        seat.look(name, served.looked)
    seat.go(f"/lincoln/classes/{served.room}/sign-in")
    seat.press("New pictures for Sam")
    seat.look("given", served.looked)
    seat.leave()
