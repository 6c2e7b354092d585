"""The matrix of a class: live, in a spreadsheet, with who needs help; assigned items and totals only (P2, REP01)."""

import csv
import io
from datetime import timedelta

import pytest

from engage.classes.actions import Asked, Whom, assign
from engage.classes.group_actions import make_group
from engage.classes.progress_queries import page_of
from engage.classes.rules import AssignmentKind
from engage.programs.models import ResourceProgress, Standing
from tests import make
from tests.classes.asking import ask_room, at, due, leave, one_more, resources_of, sea_stories, today
from tests.conftest import Statements
from tests.school import Browser, TestSchool, words_of

STUDENTS, ITEMS = 35, 40


async def _full_class(school: TestSchool, students: int, items: int, title: str = "Sea stories"):
    """A class of so many with an assignment of so many; each is somewhere with a third of it."""
    curated = await sea_stories(school, items, title=title)
    assignment = await ask_room(school, curated, due(6))
    resources = await resources_of(curated)
    people = [school.sam, *[await one_more(school, f"Child {number}") for number in range(students - 1)]]
    states = ("finished", "started", "stopped")
    await ResourceProgress.bulk_create(
        [
            ResourceProgress(
                school_id=school.card.id,
                person_id=reader.id,
                resource_id=resource,
                state=states[(row + place) % 3],
                started_on=today(),
                on=today(),
            )
            for row, reader in enumerate(people)
            for place, resource in enumerate(resources)
            if (row + place) % 2
        ]
    )
    return assignment, people


async def test_35_students_and_40_items_take_under_12_statements(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    counts = []
    browser.sign_in(school.tom)
    for students, items in ((2, 3), (STUDENTS, ITEMS)):
        assignment, _ = await _full_class(school, students, items, f"List of {items}")
        for path in ("", f"/assignments/{assignment.key}", f"/assignments/{assignment.key}/now"):
            await browser.get(f"/classes/{school.room.key}{path}")
            statements.forget()
            answer = await browser.get(f"/classes/{school.room.key}{path}")
            assert answer.status_code == 200
            counts.append(len(statements))
    assert counts[:3] == counts[3:]
    assert max(counts) < 12


async def test_each_cell_says_where_a_student_is(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school, 4)
    assignment = await ask_room(school, curated, due(6))
    for resource, state in zip(await resources_of(curated), ("finished", "started", "stopped"), strict=False):
        await at(school.sam, resource, state)
    address = f"/classes/{school.room.key}/assignments/{assignment.key}"
    page = await browser.sign_in(school.tom).get(address)
    body = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    states = [part.partition('"')[0] for part in body.split('data-state="')[1:]]
    assert states == ["started", "done", "started", "stopped", "none"]
    rows = list(csv.reader(io.StringIO((await browser.get(f"{address}/progress.csv")).text.lstrip("\ufeff"))))
    assert rows[0] == ["Student", "So far", *(f"Book {n} of the sea" for n in range(1, 5))]
    assert rows[1] == ["Sam", "started, 1 of 4", "finished", "started", "stopped", "not started"]


async def test_what_changed_comes_in_a_small_part_and_what_did_not_is_not_sent(
    browser: Browser, school: TestSchool
) -> None:
    curated = await sea_stories(school, 2)
    assignment = await ask_room(school, curated, due(6))
    first, _ = await resources_of(curated)
    browser.sign_in(school.tom)
    for path, cell in (("/now", 0), (f"/assignments/{assignment.key}/now", 1)):
        await ResourceProgress.filter(school_id=school.card.id).delete()
        address = f"/classes/{school.room.key}{path}"
        before = await browser.get(address)
        assert before.json()["rows"][school.sam.key][cell] == ["none", "Not yet"]
        tag = {"If-None-Match": before.headers["etag"]}
        assert (await browser.get(address, headers=tag)).status_code == 304
        await at(school.sam, first)
        after = await browser.get(address, headers=tag)
        assert after.status_code == 200
        expected = ["started", "1 of 2"] if cell == 0 else ["done", "Finished"]
        assert after.json()["rows"][school.sam.key][cell] == expected
        assert len(after.content) < 400
        page = await browser.get(address.removesuffix("/now"))
        assert f'data-now="/lincoln{address}"' in page.text
        assert f'<a href="/lincoln{address.removesuffix("/now")}">Look again</a>' in page.text


async def test_the_page_and_its_part_have_the_same_columns_and_students(browser: Browser, school: TestSchool) -> None:
    assignment, people = await _full_class(school, 4, 5)
    browser.sign_in(school.tom)
    for path in ("", f"/assignments/{assignment.key}"):
        page = (await browser.get(f"/classes/{school.room.key}{path}")).text
        told = (await browser.get(f"/classes/{school.room.key}{path}/now")).json()
        body = page.partition("<tbody>")[2].partition("</tbody>")[0]
        for row in body.split("data-student=")[1:]:
            key = row[1:14]
            assert [part.partition('"')[0] for part in row.split('data-column="')[1:]] == told["columns"]
            assert [part.partition('"')[0] for part in row.split('data-state="')[1:]] == [
                s for s, _ in told["rows"][key]
            ]
        assert set(told["rows"]) == {reader.key for reader in people}


async def test_no_title_that_was_chosen_freely_is_on_any_page_of_the_class(
    browser: Browser, school: TestSchool
) -> None:
    """SAFETY.md, P2: unique titles, of the library and typed, in the log and on the shelf."""
    assignment, people = await _full_class(school, 3, 3)
    for number, reader in enumerate(people):
        free = await make.resource(title=f"Freely chosen {number}")
        await at(reader, free.id)
        browser.sign_in(reader)
        sheet = {"shown_on": today().isoformat(), "mode": "reading", "minutes": "20", "ending": "finished"}
        assert (await browser.post("/me/log/new", {**sheet, "title": f"Freely typed {number}"})).status_code == 303
        assert (await browser.post("/me/log/new", {**sheet, "resource": free.key})).status_code == 303
        assert (await browser.post(f"/resources/{free.key}/save")).status_code == 303
    browser.sign_in(school.tom)
    paths = ["/classes", "/assignments", "/assign", "/"]
    for part in ("", f"/assignments/{assignment.key}"):
        paths += [f"/classes/{school.room.key}{part}{end}" for end in ("", "/now", "/progress.csv")]
    for path in paths:
        answer = await browser.get(path)
        assert answer.status_code == 200
        assert "Freely typed" not in answer.text, path
        # a book of the library is on its shelves for everybody; beside a student it is not
        assert path == "/" or "Freely chosen" not in answer.text, path
    own = await browser.sign_in(people[0]).get("/me/log")
    assert "Freely typed 0" in own.text
    assert "Freely chosen 0" in own.text
    browser.sign_in(school.tom)
    page = words_of(await browser.get(f"/classes/{school.room.key}"))
    assert "3 of 3 logged something this week" in page


async def test_programs_show_totals_and_no_titles(browser: Browser, school: TestSchool) -> None:
    await ask_room(school, await sea_stories(school))
    program = await make.program(school.ada)
    await make.enrolment(program, school.sam)
    await Standing.create(school_id=school.card.id, program_id=program.id, person_id=school.sam.id, minutes=77)
    page = words_of(await browser.sign_in(school.tom).get(f"/classes/{school.room.key}"))
    assert "Lantern Nights" in page
    assert "1 joined, 0 completed" in page
    assert "Sam 77" in page


async def test_who_could_use_help_is_named_with_the_rule(browser: Browser, school: TestSchool) -> None:
    lea = await one_more(school, "Lea")
    await make.facts(lea, [(0, 20)])
    await make.facts(school.sam, [(9, 20)])
    await ask_room(school, await sea_stories(school), due(-1, shown=5))
    page = words_of(await browser.sign_in(school.tom).get(f"/classes/{school.room.key}"))
    hello = page.partition("Could use a hello")[2].partition("Due soon")[0]
    assert "Sam 1 assignment past the due day. Nothing logged for 9 days." in hello
    assert "Lea 1 assignment past the due day. Sam" in hello
    assert "Named here is who has something past its due day" in hello
    assert "has logged nothing for 7 days" in hello


async def test_what_is_due_soon_is_counted(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school, 1)
    await one_more(school, "Lea")
    await ask_room(school, curated, due(3))
    await ask_room(school, await sea_stories(school, title="Much later"), due(40))
    (book,) = await resources_of(curated)
    await at(school.sam, book)
    page = words_of(await browser.sign_in(school.tom).get(f"/classes/{school.room.key}"))
    soon = page.partition("Due soon")[2].partition("Programs")[0]
    assert "1 of 2 not done yet" in soon
    assert "Much later" not in soon


async def test_what_was_due_long_ago_is_shown_when_asked_for(browser: Browser, school: TestSchool) -> None:
    await ask_room(school, await sea_stories(school, title="Long over"), due(-40, shown=60))
    await ask_room(school, await sea_stories(school, title="Now"), due(4))
    browser.sign_in(school.tom)
    page = words_of(await browser.get(f"/classes/{school.room.key}"))
    assert "Long over" not in page
    assert "Show 1 earlier assignment too" in page
    assert "Long over" in words_of(await browser.get(f"/classes/{school.room.key}?all=1"))
    assert "Long over" in (await browser.get(f"/classes/{school.room.key}/progress.csv")).text


async def test_a_class_nobody_of_which_is_asked_has_no_column_for_it(school: TestSchool) -> None:
    lea = await one_more(school, "Lea")
    await assign((await sea_stories(school)).key, Whom(students=(lea.key,)), Asked(AssignmentKind.ALL), by=school.tom)
    page = await page_of(school.tom, school.room, today())
    assert [[part is not None for part in row.parts] for row in page.rows] == [[True], [False]]
    assert page.done_of(0) == "0 of 1"
    await leave(school, lea)
    assert (await page_of(school.tom, school.room, today())).assignments == ()


@pytest.mark.parametrize("days", [-3, 0])
async def test_what_was_read_before_it_was_asked_for_does_not_count(
    browser: Browser, school: TestSchool, days: int
) -> None:
    curated = await sea_stories(school, 1)
    assignment = await ask_room(school, curated, due(5))
    (book,) = await resources_of(curated)
    await at(school.sam, book, on=today() + timedelta(days=days))
    room = f"/classes/{school.room.key}"
    table = (await browser.sign_in(school.tom).get(f"{room}/progress.csv")).text
    assert ("finished, 1 of 1" in table) == (days == 0)
    items = (await browser.get(f"{room}/assignments/{assignment.key}/progress.csv")).text
    assert items.count("finished") == (2 if days == 0 else 0)


async def test_what_is_no_page_is_kept_and_not_shown(browser: Browser, school: TestSchool) -> None:
    """SAFETY.md, U6: tables and small parts are attachments of their own kind."""
    group = await make_group("Owls", [school.sam.key], by=school.tom)
    made = await assign(
        (await sea_stories(school)).key,
        Whom((school.room.key,), (group,)),
        Asked(AssignmentKind.ALL),
        by=school.tom,
    )
    one = f"/classes/{school.room.key}/assignments/{made[0].key}"
    browser.sign_in(school.tom)
    for path, kind in (
        (f"/classes/{school.room.key}/now", "application/json"),
        (f"{one}/now", "application/json"),
        (f"{one}/progress.csv", "text/csv"),
        (f"/groups/{group}/assignments/{made[1].key}/progress.csv", "text/csv"),
    ):
        answer = await browser.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == kind
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["cache-control"] == "no-store"
