"""The home page: for visitors, students and staff, what it must not show, and what it costs."""

from datetime import UTC, datetime, timedelta

import pytest

from engage import dates
from engage.classes.actions import Asked, Whom, assign
from engage.classes.models import Assignment
from engage.classes.rules import AssignmentKind
from engage.engagement.rules import Mode
from engage.errors import NotAllowed
from engage.evaluation.survey_models import Survey
from engage.lists.models import ListItem
from engage.lists.rules import Visibility
from engage.people.models import Person, SchoolClass
from engage.people.rules import Reader, Role
from engage.programs.models import Program, ResourceProgress, Saved
from engage.programs.rebuild import recount
from engage.programs.recognition_models import Prize, ProgramMessage
from engage.promotion import actions
from engage.promotion.models import Display
from engage.promotion.pages import greeting
from engage.promotion.telling import announce
from engage.promotion.telling_models import Announcement
from engage.promotion.telling_rules import Audience
from engage.web.cache import pages
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, words_of

FRESHNESS = "data_version"
SIXTY = {"title": "Sixty", "rule": '{"rule": "total", "unit": "minutes", "goal": 60}'}


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


async def _furnish(school: TestSchool, much: int) -> None:
    """Of all that a student's first pages show, so much."""
    of = {"school_id": school.card.id}
    room = await SchoolClass.get(**of, id=school.room.id)
    today = dates.today(school.card.zone)
    for number in range(much):
        made = await make.curated_list(
            school.ada, f"Sea stories {number}", 4, published=True, visibility=Visibility.PUBLIC
        )
        await assign(made.key, Whom((room.key,)), Asked(AssignmentKind.ANY, 1), by=school.tom)
        program = await make.program(school.ada, f"Lanterns {number}", visibility="public", badges=[SIXTY])
        await make.enrolment(program, school.sam)
        await Prize.create(**of, program_id=program.id, title=f"Lantern {number}")
        said = {"text": "It begins.", "from_on": today, "until_on": today, "at": dates.now()}
        await ProgramMessage.create(**of, program_id=program.id, to="everyone", **said)
        await announce(f"Come and see {number}.", Audience.SCHOOL, today, today, by=school.ada)
        await Survey.create(**of, title=f"What you think {number}", state="open", closes_on=today, opened_on=today)
        items = await ListItem.filter(**of, curated_id=made.id).order_by("id").values_list("resource_id", flat=True)
        reading = {"person_id": school.sam.id, "started_on": today, "on": today, "state": "started"}
        await ResourceProgress.create(**of, **reading, resource_id=items[0])
        await Saved.create(**of, person_id=school.sam.id, resource_id=items[1], at=dates.now())
    await _put_on_show(school.ada, made.key)
    await make.facts(school.sam, [(back % 19, 20) for back in range(10 * much)])
    for one in await Program.filter(**of):
        await recount(one.school_id, one.id)


# by page: statements where what is everybody's was read since the last change, and where it was not
COSTS = {
    "visitor /": (1, 2),
    "sam /": (3, 4),
    "tom /": (2, 3),
    "ada /": (2, 3),
    "sam /me": (2, 2),
    "sam /me/log": (5, 5),
    "sam /me/shelf": (3, 3),
    "sam /me/assignments": (4, 4),
    "sam /programs": (3, 3),
    "sam /programs/lanterns-0": (5, 5),
    "ada /curate/programs": (2, 2),
}


@pytest.mark.parametrize("much", [1, 2, 6])
async def test_the_first_pages_cost_a_steady_number_of_statements(
    browser: Browser, school: TestSchool, statements: Statements, much: int
) -> None:
    await _furnish(school, much)
    people = {"visitor": None, "sam": school.sam, "tom": school.tom, "ada": school.ada}
    found = {}
    for name in COSTS:
        who, path = name.split()
        browser.sign_in(people[who])
        await browser.get(path)
        pages.clear()
        browser.app.front.kept.clear()
        counts = []
        for _ in range(2):
            statements.forget()
            assert (await browser.get(path)).status_code == 200
            counts.append(len([each for each in statements.seen if FRESHNESS not in each]))
            browser.app.front.kept.clear()
        found[name] = tuple(reversed(counts))
    assert found == COSTS


@pytest.mark.parametrize("first", ["sam", "nia"])
async def test_nothing_of_a_student_is_on_the_home_page_of_another_who_is_alike(
    browser: Browser, school: TestSchool, first: str
) -> None:
    nia = await make.student("Nia")
    room = await SchoolClass.get(school_id=school.card.id, id=school.room.id)
    await make.in_class(await Person.get(school_id=school.card.id, id=nia.id), room, Role.STUDENT)
    await _furnish(school, 1)
    program = await make.program(school.ada, "Upper grades", grade_low=9, ends=dates.today(school.card.zone))
    await make.enrolment(program, school.sam)
    await actions.put_on_show(
        what=f"program {program.key}",
        starts=dates.today(school.card.zone),
        ends=dates.today(school.card.zone),
        kicker="Only for nine",
        place="shelf",
        by=school.ada,
    )
    survey = {"title": "Of the upper grades", "state": "open", "closes_on": dates.today(school.card.zone)}
    await Survey.create(school_id=school.card.id, audience="program", program_id=program.id, **survey)
    seen = {}
    for name in (first, "nia" if first == "sam" else "sam", first):
        seen[name] = words_of(await browser.sign_in(school.sam if name == "sam" else nia).get("/"))
    own = ("Upper grades", "Only for nine", "Of the upper grades", "You joined this program", "Sam")
    assert [words for words in own if words not in seen["sam"]] == []
    assert [words for words in own if words in seen["nia"]] == []
    shared = ("Sea stories 0", "Come and see 0.", "What you think 0", "For Room 12")
    assert [words for words in shared if words not in seen["nia"] or words not in seen["sam"]] == []


async def test_what_is_kept_for_the_home_page_ends_with_the_next_change(browser: Browser, school: TestSchool) -> None:
    of = {"school_id": school.card.id}
    await _furnish(school, 1)
    browser.sign_in(school.sam)

    async def said() -> str:
        return words_of(await browser.get("/"))

    assert "Newer" not in await said()
    await make.curated_list(school.ada, "Newer", 2, published=True)
    assert "Newer" in await said()
    for model, columns, words in (
        (Announcement, {"withdrawn_at": dates.now()}, "Come and see 0."),
        (Survey, {"state": "closed"}, "What you think 0"),
        (ProgramMessage, {"withdrawn_at": dates.now()}, "It begins."),
        (SchoolClass, {"name": "Room 9"}, "For Room 12"),
        (Assignment, {"withdrawn_at": dates.now()}, "Any 1 of 4: Sea stories 0"),
        (Display, {"ends": dates.today(school.card.zone) - timedelta(days=1)}, "List of the week"),
        (Program, {"state": "archived"}, "You joined this program"),
    ):
        assert words in await said()
        await model.filter(**of).update(**columns)
        assert words not in await said(), model


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
