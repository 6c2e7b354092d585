"""The home page: for visitors, students and staff, what it must not show, and what it costs."""

from datetime import UTC, datetime, timedelta

import pytest

from engage import dates
from engage.classes.actions import Asked, Whom, assign
from engage.classes.rules import AssignmentKind
from engage.engagement.rules import Mode
from engage.errors import NotAllowed
from engage.lists.rules import Visibility
from engage.people.models import SchoolClass
from engage.people.rules import Reader
from engage.promotion import actions
from engage.promotion.models import Display
from engage.promotion.pages import greeting
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, words_of

FRESHNESS = "data_version"


async def _put_on_show(by: Reader, key: str, starts: int = -1, ends: int = 5) -> Display:
    today = dates.today(by.school.zone)
    return await actions.put_on_show(
        what=f"list {key}",
        kicker="List of the week",
        starts=today + timedelta(days=starts),
        ends=today + timedelta(days=ends),
        by=by,
    )


async def test_a_visitor_sees_what_is_public_and_nothing_of_their_own(browser: Browser, ada: Reader) -> None:
    sea = await make.curated_list(ada, "Sea stories", 3, published=True, visibility=Visibility.PUBLIC)
    await make.curated_list(ada, "For us only", 3, published=True)
    await make.curated_list(ada, "Not yet", 3, visibility=Visibility.PUBLIC)
    await make.program(ada, "Lantern Nights", visibility="public")
    await _put_on_show(ada, sea.key)
    page = await browser.get("/")
    said = words_of(page)
    assert page.status_code == 200
    assert "List of the week, from Ada Okafor Sea stories" in said
    assert "Lantern Nights" in said
    assert "Book 1 of the sea" in said
    assert "For us only" not in said
    assert "Not yet" not in said
    assert "My card" not in said


async def test_a_student_is_greeted_stamped_and_asked(browser: Browser, school: TestSchool, sam: Reader) -> None:
    owl = await make.resource("Owl Moon")
    sea = await make.curated_list(school.ada, "Sea stories", [owl], published=True)
    room = await SchoolClass.get(school_id=school.card.id, id=school.room.id)
    await assign(sea.key, Whom((room.key,)), Asked(AssignmentKind.ANY, 1, instructions="Tell us why."), by=school.tom)
    program = await make.program(school.ada, "Lantern Nights")
    await make.enrolment(program, sam)
    await make.facts(sam, [(1, 20), (2, 20)])
    page = await browser.sign_in(sam).get("/")
    said = words_of(page)
    assert ", Sam" in said
    assert "2 days in a row." in said
    assert "For Room 12" in said
    assert "Any 1 of 1: Sea stories" in said
    assert "You joined this program" in said

    form = {"form_key": "abc", "mode": "reading", "minutes": "20", "shown_on": ""}
    sent = await browser.post("/programs/lantern-nights/log", form)
    assert sent.status_code == 303
    assert "3 days in a row." in words_of(await browser.get("/"))


async def test_the_quick_form_logs_what_is_under_way(browser: Browser, sam: Reader) -> None:
    owl = await make.resource("Owl Moon", mode=Mode.LISTENING)
    await browser.sign_in(sam).post(
        "/me/log/new", {"form_key": "one", "mode": "listening", "resource": owl.key, "minutes": "10"}
    )
    page = await browser.get("/")
    assert "How long did you listen today?" in page.text
    assert f'name="resource" value="{owl.key}"' in page.text
    assert 'action="/lincoln/me/log/new"' in page.text


async def test_staff_find_their_next_steps(browser: Browser, ada: Reader, tom: Reader, vera: Reader) -> None:
    await make.inbox_entry(await make.source())
    said = words_of(await browser.sign_in(ada).get("/"))
    assert "1 new in the inbox" in said
    assert "My card" not in said
    assert "Assign a list" in words_of(await browser.sign_in(tom).get("/"))
    assert (await browser.sign_in(vera).get("/")).status_code == 200


async def test_lists_that_a_reader_may_not_see_are_not_on_show(browser: Browser, school: TestSchool) -> None:
    hidden = await make.curated_list(school.ada, "Staff reading", 2, published=True, visibility=Visibility.STAFF)
    await _put_on_show(school.ada, hidden.key)
    assert "Staff reading" in words_of(await browser.sign_in(school.ada).get("/"))
    assert "Staff reading" not in words_of(await browser.sign_in(school.sam).get("/"))
    assert "Staff reading" not in words_of(await browser.sign_in(None).get("/"))


async def test_another_school_shows_its_own(browser: Browser, school: TestSchool) -> None:
    sea = await make.curated_list(school.ada, "Sea stories", 2, published=True, visibility=Visibility.PUBLIC)
    await _put_on_show(school.ada, sea.key)
    assert "Sea stories" not in words_of(await browser.get("/roosevelt/"))
    assert "Sea stories" not in words_of(await browser.sign_in(school.rosa).get("/roosevelt/"))


async def test_without_anything_the_page_says_so(browser: Browser) -> None:
    assert "The library is being set up" in words_of(await browser.get("/"))


@pytest.mark.parametrize("much", [1, 6])
async def test_the_home_page_costs_a_steady_number_of_statements(
    browser: Browser, school: TestSchool, statements: Statements, much: int
) -> None:
    for number in range(much):
        made = await make.curated_list(
            school.ada, f"Sea stories {number}", 4, published=True, visibility=Visibility.PUBLIC
        )
        await make.program(school.ada, f"Lanterns {number}", visibility="public")
    await _put_on_show(school.ada, made.key)
    statements.forget()
    await browser.get("/")
    assert len([each for each in statements.seen if FRESHNESS not in each]) == 6

    await browser.sign_in(school.sam).get("/")
    statements.forget()
    await browser.get("/")
    assert len([each for each in statements.seen if FRESHNESS not in each]) == 15


async def test_the_specialist_puts_a_list_on_show_and_takes_it_off(
    browser: Browser, school: TestSchool, ada: Reader
) -> None:
    sea = await make.curated_list(ada, "Sea stories", 2, published=True)
    await make.curated_list(ada, "Newer", 2, published=True)
    today = dates.today(ada.school.zone)
    form = {"form_key": "k", "what": f"list {sea.key}", "place": "hero", "kicker": "List of the week"}
    wrong = form | {"starts": today.isoformat(), "ends": (today - timedelta(days=1)).isoformat()}
    assert (await browser.sign_in(ada).post("/curate/displays", wrong)).status_code == 422
    right = form | {"starts": today.isoformat(), "ends": today.isoformat()}
    for _ in range(2):
        assert (await browser.post("/curate/displays", right)).status_code == 303
    display = await Display.get(school_id=school.card.id)
    assert "List of the week, from Ada Okafor Sea stories" in words_of(await browser.get("/"))
    assert "On show now" in words_of(await browser.get("/curate/displays"))

    assert (await browser.post(f"/curate/displays/{display.key}/take-off")).status_code == 303
    assert "Our newest list, from Ada Okafor Newer" in words_of(await browser.get("/"))
    assert (await browser.sign_in(school.sam).get("/curate/displays")).status_code in (403, 404)
    assert (await browser.sign_in(school.tom).get("/curate/displays")).status_code == 404
    with pytest.raises(NotAllowed):
        await _put_on_show(school.tom, sea.key)


def test_the_greeting_goes_by_the_clock_of_the_school() -> None:
    moment = datetime(2026, 11, 4, 16, 30, tzinfo=UTC)
    assert greeting(moment, "America/New_York") == "Good morning"
    assert greeting(moment, "Europe/Berlin") == "Good afternoon"
    assert greeting(moment, "Asia/Kolkata") == "Good evening"
