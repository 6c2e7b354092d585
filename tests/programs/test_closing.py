"""The numbers of a program, and how they are frozen once it is final (rule 20, P10)."""

import csv
import io
import json
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from engage import dates
from engage.engagement.rules import Mode
from engage.lists import editing
from engage.lists.models import ListItem
from engage.people.models import Person
from engage.people.rules import Role
from engage.programs import confirming, log_actions, running_actions
from engage.programs.closing import close_programs
from engage.programs.entries import Given
from engage.programs.models import Enrolment, EntryVoid, LogEntry, Program, Progress, Standing
from engage.programs.number_queries import final_at, numbers_now
from engage.programs.rebuild import rebuild
from engage.programs.recognition_models import ProgramResult
from engage.programs.rules import Ending
from tests import make
from tests.programs.test_joining import today
from tests.programs.test_participants import SIXTY, somebody
from tests.school import words_of


async def with_students(ada, many=12, **more):
    """A program in which Sam and others of his grade take part: each reads 10 minutes; the first six 60 at once."""
    program = await make.program(by=ada, badges=[SIXTY], **more)
    people = [await make.student(f"Student {number}") for number in range(many)]
    for place, one in enumerate(people):
        await make.enrolment(program, one)
        await make.facts(one, [(15, 60 if place < many // 2 else 10)])
    await rebuild(ada.school.id)
    return program, people


async def over(program):
    """Let a program have been final since yesterday morning, with all that was done in it."""
    of = {"school_id": program.school_id}
    await Program.filter(**of, id=program.id).update(ends=today(9), catching_up=7)
    await LogEntry.filter(**of).update(entered_at=dates.now() - timedelta(days=15))
    await Enrolment.filter(**of).update(joined_at=dates.now() - timedelta(days=16))
    await rebuild(program.school_id)
    return await Program.get(school_id=program.school_id, id=program.id)


def row(text, name):
    """The row of a table of numbers, by its first cell."""
    return next(line[1:] for line in csv.reader(io.StringIO(text.lstrip("\ufeff"))) if line[0] == name)


async def the_file(browser, by, program):
    """The numbers as CSV."""
    answer = await browser.sign_in(by).get(f"/curate/programs/{program.key}/numbers.csv")
    assert answer.status_code == 200
    assert "text/csv" in answer.headers["content-type"]
    return answer.text


async def test_the_numbers_stand_on_a_page_and_in_a_file(browser, ada):
    program, people = await with_students(ada)
    for one in people[:5]:
        await make.facts(one, [(14, 25)])
    await LogEntry.filter(school_id=ada.school.id, minutes=25).update(mode=Mode.VIEWING)
    await make.facts(people[0], [(13, 500)])
    await LogEntry.filter(school_id=ada.school.id, minutes=500).update(mode=Mode.LISTENING)
    await make.facts(people[0], [(40, 1000)])  # before it began
    await rebuild(ada.school.id)
    text = await the_file(browser, ada, program)
    told = {
        name: row(text, name)[0] for name in ("Students who take part", "Students who completed it", "Minutes read")
    }
    assert list(told.values()) == ["12", "6", "420"]
    assert row(text, "Minutes watched")[0] == "125"
    assert row(text, "Minutes heard")[0] == "not shown", "one student alone heard something"
    assert row(text, "Badge: Sixty")[0] == "6"
    assert row(text, "Final")[0] == "no"
    page = words_of(await browser.get(f"/curate/programs/{program.key}/numbers"))
    assert "12 take part" in page
    assert "the numbers still change" in page
    assert "Student 1" not in page


async def test_minutes_by_mode_are_those_that_count(school, ada):
    """What the page sums up in one statement is what counting gave each student."""
    program, people = await with_students(ada, credit="joining")
    await Enrolment.filter(school_id=school.card.id, person_id=people[0].id).update(joined_on=today(10))
    await make.facts(people[0], [(5, 7)])
    for act in (log_actions.void_entry, correct):
        entry = await LogEntry.filter(school_id=school.card.id, person_id=people[1].id).order_by("-id").first()
        await act(entry.key, people[1])
        await make.facts(people[1], [(4, 33)])
    await rebuild(school.card.id)
    counted = sum(await Standing.filter(school_id=school.card.id).values_list("minutes", flat=True))
    terms = await Program.filter(school_id=school.card.id, id=program.id).values()
    numbers = await numbers_now(ada.school, terms[0], dates.now())
    assert next(line.all for line in numbers.lines if line.key == "reading") == counted


async def correct(key, by):
    """Correct an entry to three minutes."""
    await log_actions.correct_entry(key, Given(today(2), Mode.READING, title="Kites", minutes=3), "c", by)


async def test_students_by_grade_are_shown_where_each_grade_has_enough(browser, school, ada):
    program, _ = await with_students(ada)
    early = [await make.student(f"Young {number}", grade=1) for number in range(4)]
    for one in early:
        await make.enrolment(program, one)
    text = await the_file(browser, ada, program)
    assert text.splitlines()[0].lstrip("\ufeff") == "Figure,All"
    await make.enrolment(program, await make.student("Young 5", grade=1))
    text = await the_file(browser, ada, program)
    assert text.splitlines()[0].lstrip("\ufeff") == "Figure,All,Grades K to 2,Grades 3 to 5"
    assert row(text, "Students who take part") == ["17", "5", "12"]
    assert row(text, "Students who completed it") == ["6", "not shown", "not shown"]
    assert "Some grades have few students" not in words_of(await browser.get(f"/curate/programs/{program.key}/numbers"))


async def test_the_staff_of_the_school_see_the_numbers_and_nobody_else(browser, school, ada, tom, sam):
    program, _ = await with_students(ada, 3)
    draft = await make.program(by=ada, title="Later", state="draft")
    aide = await somebody("Abe", Role.AIDE, "abe")
    for one, status in (
        *((one, 200) for one in (ada, tom, school.vera, school.alma, aide)),
        *((one, 404) for one in (None, sam, school.dora, school.rosa, school.remy)),
    ):
        for path in ("numbers", "numbers.csv"):
            browser.sign_in(one)
            answer = await browser.get(f"/curate/programs/{program.key}/{path}")
            assert answer.status_code == status, (one, path)
            assert "Student 1" not in answer.text
            assert (await browser.get(f"/curate/programs/{draft.key}/{path}")).status_code == 404
    page = words_of(await browser.sign_in(ada).get(f"/curate/programs/{program.key}/numbers"))
    assert "not shown take part" in page, "also for whoever runs it: the page is made to be passed on"


async def test_how_many_have_stalled_is_told_where_they_are_many(browser, school, ada):
    program, people = await with_students(ada, 16)
    for one in people[10:]:
        await make.facts(one, [(1, 10)])
    page = words_of(await browser.sign_in(ada).get(f"/curate/programs/{program.key}/numbers"))
    assert "For 7 days or more not shown" in page, "eight completed it, and of the others two do nothing"
    for one in people[8:]:
        await LogEntry.filter(school_id=school.card.id, person_id=one.id, on=today(1)).delete()
    page = words_of(await browser.get(f"/curate/programs/{program.key}/numbers"))
    assert "For 7 days or more 8 For 14 days or more not shown" in page, "eight for both: none lies between"
    for number in range(5):
        await make.enrolment(program, await make.student(f"Young {number}", grade=1))
    page = words_of(await browser.get(f"/curate/programs/{program.key}/numbers"))
    assert "For 7 days or more 13 not shown not shown" in page, "all five of the younger"
    for number in range(5, 10):
        one = await make.student(f"Young {number}", grade=1)
        await make.enrolment(program, one, joined_on=today(6))
    page = words_of(await browser.get(f"/curate/programs/{program.key}/numbers"))
    assert "For 7 days or more 13 5 8" in page, "who joined six days ago is given time"


async def test_rule_20_the_result_is_frozen_when_the_days_to_catch_up_are_over(browser, school, ada):
    program, people = await with_students(ada)
    assert await close_programs(dates.now()) == 0
    program = await over(program)
    final = datetime.combine(program.ends + timedelta(days=8), time(), ZoneInfo(ada.school.zone))
    assert await close_programs(final - timedelta(seconds=1)) == 0
    assert await close_programs(final) == 1
    kept = await ProgramResult.get(school_id=school.card.id)
    for _ in range(2):  # a job may be done twice
        assert await close_programs(dates.now()) == 0
    assert await ProgramResult.filter(school_id=school.card.id).values_list("id", "at", "figures") == [
        (kept.id, kept.at, kept.figures)
    ]
    before = await the_file(browser, ada, program)
    assert [row(before, name)[0] for name in ("Final", "Students who completed it", "Minutes read")] == [
        "yes",
        "6",
        "420",
    ]
    entry = await LogEntry.filter(school_id=school.card.id, person_id=people[0].id).first()
    await confirming.void_entry(program.key, people[0].key, entry.key, "A slip.", ada)
    await log_actions.log_entry(Given(today(1), Mode.READING, title="Kites", minutes=99), "late", people[1])
    await rebuild(school.card.id)
    assert await the_file(browser, ada, program) == before
    page = words_of(await browser.get(f"/curate/programs/{program.key}/numbers"))
    assert "This is the final result, as of" in page
    desk = words_of(await browser.get(f"/curate/programs/{program.key}"))
    assert "12 took part 6 completed it" in desk, "the desk shows the result, and not what stands now"


async def test_case_program_closed_student_edits_an_old_entry(browser, school, ada):
    program, people = await with_students(ada)
    program = await over(program)
    of_sam = {"school_id": school.card.id, "person_id": people[0].id}
    await close_programs(dates.now())
    before = await the_file(browser, ada, program)
    standing = await Standing.filter(**of_sam).values("minutes", "completed_on")
    entry = await LogEntry.get(**of_sam)
    await log_actions.correct_entry(entry.key, Given(entry.on, Mode.READING, title="Kites", minutes=1), "c", people[0])
    assert "Kites" in words_of(await browser.sign_in(people[0]).get("/me/log")), "the log changes"
    assert await Standing.filter(**of_sam).values("minutes", "completed_on") == standing
    assert await rebuild(school.card.id) == []
    assert await the_file(browser, ada, program) == before


async def test_case_person_erased_on_request_leaves_the_result_as_it_is(browser, school, ada):
    program, people = await with_students(ada)
    program = await over(program)
    await close_programs(dates.now())
    before = await the_file(browser, ada, program)
    for one in people:
        await Person.filter(school_id=school.card.id, id=one.id).delete()
    assert await Standing.filter(school_id=school.card.id).count() == 0
    await close_programs(dates.now())
    assert await the_file(browser, ada, program) == before
    assert row(before, "Students who take part")[0] == "12"


async def test_a_late_job_freezes_what_was_known_at_the_moment(school, ada):
    program, people = await with_students(ada)
    program = await over(program)
    final = final_at({"ends": program.ends, "catching_up": 7, "zone": ""}, ada.school.zone)
    entry = await LogEntry.filter(school_id=school.card.id, person_id=people[0].id).first()
    await EntryVoid.create(school_id=school.card.id, entry_id=entry.id, by_id=ada.id, at=final + timedelta(hours=1))
    await make.facts(people[1], [(12, 500)])  # written down today
    await rebuild(school.card.id)
    await close_programs(dates.now())
    lines = json.loads((await ProgramResult.get(school_id=school.card.id)).figures)["lines"]
    assert {key: number for key, _, number, _ in lines}["reading"] == 420


async def test_what_was_withheld_is_not_kept_with_the_result(school, ada):
    program, _ = await with_students(ada, 4)
    await over(program)
    await close_programs(dates.now())
    lines = json.loads((await ProgramResult.get(school_id=school.card.id)).figures)["lines"]
    assert {number for _, _, number, _ in lines} == {None}


async def test_who_took_part_sees_how_it_went_when_it_is_over_whether_they_completed_it_or_not(browser, school, ada):
    program, people = await with_students(ada, 2)
    program = await over(program)
    for one, said in ((people[0], "You completed Lantern Nights on"), (people[1], "You logged 10 minutes on 1 day.")):
        page = await browser.sign_in(one).get(f"/programs/{program.slug}")
        assert (page.status_code, said in words_of(page)) == (200, True), words_of(page)


async def test_a_list_that_changes_after_the_result_is_final_changes_nothing_of_it(browser, school, ada, sam):
    one, two, three, four = await make.resources(4)
    curated = await make.curated_list(by=ada, items=[one, two, three], published=True)
    program = await make.program(by=ada, challenges=[{"goal": 3, "curated": curated}], state="draft")
    await running_actions.publish(program.key, ada)
    await make.enrolment(program, sam)
    for book in (one, two, four):
        await make.facts(sam, [(15, 20)], entered_back=15, resource_id=book.id, ending="finished")
    await rebuild(school.card.id)
    program = await over(program)
    of_sam = {"school_id": school.card.id, "person_id": sam.id}

    async def result():
        shown = await browser.sign_in(sam).get(f"/programs/{program.slug}")
        assert shown.status_code == 200
        page = words_of(shown)
        rows = await Progress.filter(**of_sam).values("amount", "goal", "done_on")
        return rows, "You completed" in page, await Standing.filter(**of_sam).values("completed_on")

    before = await result()
    assert before == ([{"amount": 2, "goal": 3, "done_on": None}], False, [{"completed_on": None}])
    # next year's list: what Sam finished comes onto it, what Sam left out goes
    await editing.add_item(curated.key, four.key, by=ada)
    item = await ListItem.get(school_id=school.card.id, resource_id=three.id)
    await editing.remove_item(curated.key, item.key, by=ada)
    await log_actions.log_entry(Given(today(1), Mode.READING, title="Kites", minutes=9), "late", sam)
    entry = await LogEntry.filter(**of_sam, resource_id=one.id).first()
    given = Given(entry.on, Mode.READING, one.key, minutes=21, ending=Ending.FINISHED)
    await log_actions.correct_entry(entry.key, given, "c", sam)
    assert await result() == before
    assert await rebuild(school.card.id) == []
    await running_actions.reopen(program.key, today(), ada)
    await rebuild(school.card.id)
    rows, _, _ = await result()
    assert rows == [{"amount": 3, "goal": 3, "done_on": today(15)}], "opened again, it goes by the list as it stands"


async def test_a_program_that_was_opened_again_is_frozen_anew(browser, school, ada):
    program, people = await with_students(ada)
    program = await over(program)
    await close_programs(dates.now() - timedelta(hours=1))
    first = await ProgramResult.get(school_id=school.card.id)
    await running_actions.reopen(program.key, today(-3), ada)
    assert await close_programs(dates.now()) == 0
    assert row(await the_file(browser, ada, program), "Final")[0] == "no"
    later = final_at({"ends": today(-3), "catching_up": 7, "zone": ""}, ada.school.zone)
    await Enrolment.filter(school_id=school.card.id, person_id=people[0].id).update(left_at=dates.now())
    assert await close_programs(later) == 1
    assert (await ProgramResult.get(school_id=school.card.id)).id == first.id
    assert (await ProgramResult.get(school_id=school.card.id)).at == later


@pytest.mark.parametrize("columns", [{"state": "draft"}, {"ends": None}])
async def test_drafts_and_programs_without_end_are_never_frozen(school, ada, columns):
    program, _ = await with_students(ada)
    await over(program)
    await Program.filter(school_id=school.card.id).update(**columns)
    assert await close_programs(dates.now()) == 0
    assert await ProgramResult.filter(school_id=school.card.id).count() == 0


async def test_the_numbers_cost_a_steady_number_of_statements(browser, ada, statements):
    program, _ = await with_students(ada, 2)
    path = f"/curate/programs/{program.key}/numbers"
    numbers = []
    for more in (0, 9):
        for number in range(more):
            one = await make.student(f"More {number}")
            await make.enrolment(program, one)
            await make.facts(one, [(3, 10), (4, 10)])
        await browser.sign_in(ada).get(path)
        statements.forget()
        await browser.get(path)
        numbers.append(len(statements.seen))
    assert len(set(numbers)) == 1, numbers
    assert numbers[0] <= 20
