from datetime import date, timedelta

import pytest

from engage import dates
from engage.classes.models import Assignment
from engage.lists.models import CuratedList, ListItem
from engage.people.rules import Role
from engage.programs.models import ResourceProgress
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, as_reader, words_of


def today() -> date:
    """The day at the school, asked anew: a test may run while midnight goes by in New York."""
    return dates.today("America/New_York")


async def _list(school: TestSchool, items: int = 4) -> CuratedList:
    return await make.curated_list(by=school.ada, title="Sea stories", items=items, published=True)


async def _resources(curated: CuratedList) -> list[int]:
    rows = ListItem.filter(school_id=curated.school_id, curated_id=curated.id).order_by("position")  # type: ignore[attr-defined]
    return [number for (number,) in await rows.values_list("resource_id")]


async def _read(
    person_id: int, resource_id: int, school_id: int, state: str = "finished", on: date | None = None
) -> None:
    of = {"school_id": school_id, "person_id": person_id, "resource_id": resource_id}
    await ResourceProgress.create(**of, state=state, started_on=on or today(), on=on or today())


async def _assign(browser: Browser, school: TestSchool, curated: CuratedList, **more: str) -> str:
    sent = {
        "list": curated.key,
        "classes": school.room.key,
        "kind": "any",
        "required": "2",
        "due_on": (today() + timedelta(days=4)).isoformat(),
        **more,
    }
    answer = await browser.sign_in(school.tom).post("/assign", sent)
    assert answer.status_code == 303, words_of(answer)
    return str(answer.headers["location"])


async def test_a_teacher_asks_a_class_for_any_two_and_sees_who_is_on_the_way(
    browser: Browser, school: TestSchool
) -> None:
    curated = await _list(school)
    where = await _assign(browser, school, curated)
    assert where == f"/lincoln/classes/{school.room.key}"
    first, second, *_ = await _resources(curated)

    page = words_of(await browser.get(f"/classes/{school.room.key}"))
    assert "Sea stories" in page
    assert "Any 2 of 4" in page

    await _read(school.sam.id or 0, first, school.card.id)
    assert "1 of 2" in words_of(await browser.get(f"/classes/{school.room.key}"))
    await _read(school.sam.id or 0, second, school.card.id)
    assert "1 of 1" in words_of(await browser.get(f"/classes/{school.room.key}"))

    assignment = await Assignment.get(school_id=school.card.id)
    matrix = words_of(await browser.get(f"/classes/{school.room.key}/assignments/{assignment.key}"))
    assert matrix.count("Finished") >= 2


async def test_what_a_student_chose_freely_or_read_before_is_not_shown(browser: Browser, school: TestSchool) -> None:
    curated = await _list(school)
    first, *_ = await _resources(curated)
    secret = await make.resource(title="A very private title")
    await _read(school.sam.id or 0, secret.id, school.card.id)
    await _read(school.sam.id or 0, first, school.card.id, on=today() - timedelta(days=3))
    await _assign(browser, school, curated)

    assignment = await Assignment.get(school_id=school.card.id)
    for path in ("", f"/assignments/{assignment.key}", "/progress.csv"):
        answer = await browser.get(f"/classes/{school.room.key}{path}")
        assert answer.status_code == 200
        assert "A very private title" not in answer.text
    assert "not started, 0 of 2" in (await browser.get(f"/classes/{school.room.key}/progress.csv")).text


async def test_nobody_but_the_teacher_of_the_class_sees_its_page(browser: Browser, school: TestSchool) -> None:
    curated = await _list(school)
    await _assign(browser, school, curated)
    assignment = await Assignment.get(school_id=school.card.id)
    other_teacher = await make.person("Ulla Brandt", Role.TEACHER, school.lincoln, login="ulla")
    ulla = await as_reader(other_teacher, "lincoln")
    for reader in (school.sam, school.ada, ulla, school.vera, None):
        one = f"/assignments/{assignment.key}"
        for path in ("", "/now", "/progress.csv", one, f"{one}/now", f"{one}/progress.csv", "/calendar"):
            answer = await browser.sign_in(reader).get(f"/classes/{school.room.key}{path}")
            assert answer.status_code == 404, (reader, path)


async def test_only_a_published_list_that_one_may_see_is_offered(browser: Browser, school: TestSchool) -> None:
    draft = await make.curated_list(by=school.ada, title="Half a thought", items=3)
    page = await browser.sign_in(school.tom).get("/assign")
    assert "Half a thought" not in page.text
    answer = await browser.post("/assign", {"list": draft.key, "classes": school.room.key, "kind": "all"})
    assert answer.status_code in (200, 422)
    assert await Assignment.filter(school_id=school.card.id).count() == 0


async def test_an_assignment_is_shared_in_google_classroom_by_its_own_address(
    browser: Browser, school: TestSchool
) -> None:
    where = await _assign(browser, school, await _list(school))
    assignment = await Assignment.get(school_id=school.card.id)
    page = await browser.get(f"{where}/assignments/{assignment.key}")
    address = f"https%3A//engage.test/lincoln/me/assignments/{assignment.key}"
    assert f'href="https://classroom.google.com/share?url={address}&amp;title=Sea%20stories"' in page.text
    assert (await browser.sign_in(school.sam).get(f"/me/assignments/{assignment.key}")).status_code == 200


async def test_a_form_that_asks_too_much_comes_back_filled(browser: Browser, school: TestSchool) -> None:
    curated = await _list(school)
    sent = {
        "list": curated.key,
        "classes": school.room.key,
        "kind": "any",
        "required": "9",
        "instructions": "Tell us one thing.",
    }
    answer = await browser.sign_in(school.tom).post("/assign", sent)
    assert answer.status_code == 422
    assert "Ask for 1 to 4 of the 4 on this list." in words_of(answer)
    assert "Tell us one thing." in answer.text


async def test_a_specialist_may_ask_any_class_and_a_student_none(browser: Browser, school: TestSchool) -> None:
    curated = await _list(school)
    sent = {"list": curated.key, "classes": school.room.key, "kind": "all"}
    assert (await browser.sign_in(school.ada).post("/assign", sent)).status_code == 303
    assert (await browser.sign_in(school.sam).get("/assign")).status_code == 404
    assert (await browser.sign_in(school.sam).post("/assign", sent)).status_code == 404
    assert await Assignment.filter(school_id=school.card.id).count() == 1


async def test_an_assignment_is_taken_back_and_asked_again(browser: Browser, school: TestSchool) -> None:
    curated = await _list(school)
    await _assign(browser, school, curated)
    assignment = await Assignment.get(school_id=school.card.id)
    address = f"/classes/{school.room.key}/assignments/{assignment.key}"
    assert (await browser.post(f"/assignments/{assignment.key}/withdraw")).status_code == 303
    assert (await browser.get(address)).status_code == 404
    assert (await browser.post(f"/assignments/{assignment.key}/ask-again")).status_code == 303
    assert (await browser.get(address)).status_code == 200


async def test_a_class_of_any_size_costs_the_same_statements(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    curated = await _list(school, items=12)
    await _assign(browser, school, curated)
    counts = []
    for more in (0, 30):
        for number in range(more):
            student = await make.person(f"Child {number}", Role.STUDENT, school.lincoln, grade=3)
            await make.in_class(student, school.room, Role.STUDENT)
        await browser.get(f"/classes/{school.room.key}")
        statements.forget()
        assert (await browser.get(f"/classes/{school.room.key}")).status_code == 200
        counts.append(len(statements.seen))
    assert counts[0] == counts[1]
    assert counts[1] <= 12


@pytest.mark.parametrize("who", ["tom", "alma"])
async def test_classes_are_listed_for_those_who_may_see_them(browser: Browser, school: TestSchool, who: str) -> None:
    page = await browser.sign_in(getattr(school, who)).get("/classes")
    assert "Room 12" in words_of(page)
    assert (await browser.sign_in(school.sam).get("/classes")).status_code == 404


async def test_a_teacher_whose_class_has_not_come_yet_meets_no_missing_page(
    browser: Browser, school: TestSchool
) -> None:
    new = await as_reader(await make.person("Nia Bell", Role.TEACHER, school.lincoln, login="nia"), "lincoln")
    browser.sign_in(new)
    for page, sentence in (("/assign", "no class yet"), ("/groups/new", "no students yet")):
        answer = await browser.get(page)
        assert (answer.status_code, answer.headers["location"]) == (303, "/lincoln/classes"), page
        assert sentence in words_of(await browser.follow(answer)), page


async def test_no_door_is_drawn_for_whoever_may_not_go_through(browser: Browser, school: TestSchool) -> None:
    helper = await as_reader(await make.person("Hal Moss", Role.HELPER, school.lincoln, login="hal"), "lincoln")
    aide = await as_reader(await make.person("Abe Aide", Role.AIDE, school.lincoln, login="abe"), "lincoln")
    await make.resource("Owls of the wood", call_number="E OWL")
    for reader in (helper, school.vera, school.alma, school.dora):
        assert "/lists/keep-search" not in (await browser.sign_in(reader).get("/search?q=owls")).text, reader.name
    for reader in (school.tom, aide, school.ada):
        assert "/lists/keep-search" in (await browser.sign_in(reader).get("/search?q=owls")).text, reader.name

    draft = await make.curated_list(by=school.ada, title="Owls", items=1)
    bench = f"/curate/lists/{draft.key}"
    assert f"{bench}/delete" in (await browser.sign_in(school.ada).get(bench)).text
    assert f"{bench}/delete" not in (await browser.sign_in(aide).get(bench)).text

    room = f"/admin/classes/{school.room.key}"
    at_tom = f"/admin/people/{school.tom.key}"
    assert room in (await browser.sign_in(school.alma).get(at_tom)).text
    assert room not in (await browser.sign_in(school.dora).get(at_tom)).text


async def test_the_library_opens_the_sign_in_of_a_class_that_comes_to_it(browser: Browser, school: TestSchool) -> None:
    """CLS06: the specialist and the aide may, so a page leads there; nobody of the class is named or counted."""
    aide = await as_reader(await make.person("Abe Aide", Role.AIDE, school.lincoln, login="abe"), "lincoln")
    door = f"/lincoln/classes/{school.room.key}/door"
    for reader in (school.ada, aide):
        page = await browser.sign_in(reader).get("/classes")
        assert door in page.text, reader.name
        assert f"/lincoln/classes/{school.room.key}/log" in page.text
        assert "Sam" not in words_of(page)
        assert "1 student" not in words_of(page)
        assert 'href="/lincoln/classes"' in (await browser.get("/")).text  # in the own menu
        assert (await browser.get(door)).status_code == 200
    for reader in (school.tom, school.alma):
        page = words_of(await browser.sign_in(reader).get("/classes"))
        assert page.count("Open sign-in") == 1, reader.name
        assert "comes to the library" not in page
    assert (await browser.sign_in(school.vera).get("/classes")).status_code == 404
