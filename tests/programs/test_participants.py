"""Who sees who takes part, puts students in, takes them out, gives badges, voids entries (PRG04 to 07, LOG04)."""

import json

import pytest

from engage.errors import NotFound
from engage.people.models import AuditEntry, Person
from engage.people.queries import reader_at
from engage.people.rules import Role
from engage.programs import confirming
from engage.programs.activity_models import ProgramClass
from engage.programs.models import Award, Badge, Enrolment, EntryVoid, LogEntry, Program, StaffGrant, Standing
from engage.programs.rebuild import rebuild
from tests import make
from tests.programs.test_joining import today
from tests.programs.test_making import sent_of
from tests.programs.test_pages import key_of
from tests.school import words_of

SIXTY = {"title": "Sixty", "rule": json.dumps({"rule": "total", "unit": "minutes", "goal": 60})}


async def somebody(name, role, login):
    """One more person of the staff of Lincoln, as its Reader."""
    school = await make.School.get(slug="lincoln")
    made = await make.person(name, role, school, login=login)
    return await reader_at(made.id, "lincoln")


async def with_sam(by, sam, **more):
    """A program in which Sam takes part and logged 40 minutes of a title of his own."""
    program = await make.program(by=by, badges=[SIXTY], **more)
    await make.enrolment(program, sam)
    await make.facts(sam, [(2, 40)], title="The Secret Diary")
    await rebuild(sam.school.id)
    return program


def addresses(program, student, badge, entry):
    """Every address about participants: method, path, matrix id."""
    desk = f"/curate/programs/{program.key}"
    one = f"{desk}/people/{student.key}"
    return [
        ("GET", f"{desk}/people", "PRG05"),
        ("GET", f"{desk}/people/enrol", "PRG04"),
        ("POST", f"{desk}/people/enrol", "PRG04"),
        ("GET", one, "PRG06"),
        ("POST", f"{one}/take-out", "PRG04"),
        ("POST", f"{one}/badge", "PRG07"),
        ("POST", f"{one}/badges/{badge.key}/back", "PRG07"),
        ("POST", f"{one}/entries/{entry.key}/void", "LOG04"),
    ]


async def test_only_the_specialist_who_runs_it_sees_names_and_acts_on_students(browser, school, ada, tom, sam):
    program = await with_sam(ada, sam)
    badge, entry = await Badge.get(school_id=school.card.id), await LogEntry.get(school_id=school.card.id)
    other = await somebody("Bea", Role.SPECIALIST, "bea")
    aide = await somebody("Abe", Role.AIDE, "abe")
    for method, path, _ in addresses(program, sam, badge, entry):
        for one in (None, sam, tom, other, aide, school.vera, school.alma, school.dora, school.rosa, school.remy):
            browser.sign_in(one)
            answer = await (browser.get(path) if method == "GET" else browser.post(path, {"reason": "x"}))
            assert answer.status_code == 404, (method, path, one)
    assert await Enrolment.filter(school_id=school.card.id, left_at=None).count() == 1
    assert await EntryVoid.filter(school_id=school.card.id).count() == 0
    browser.sign_in(ada)
    for method, path, _ in addresses(program, sam, badge, entry):
        if method == "GET":
            assert (await browser.get(path)).status_code == 200
    missing = f"/curate/programs/{program.key}/people/{school.remy.key}"
    assert (await browser.get(missing)).status_code == 404


async def test_a_teacher_acts_on_students_of_own_classes_alone(browser, school, ada, tom, sam):
    program = await make.program(by=tom, badges=[SIXTY], joining="classes", visibility="classes")
    await ProgramClass.create(school_id=school.card.id, program_id=program.id, school_class_id=school.room.id)
    other = await make.student("Cleo")
    for one in (sam, other):
        await make.enrolment(program, one)
        await make.facts(one, [(2, 40)])
    await rebuild(school.card.id)
    badge = await Badge.get(school_id=school.card.id)
    browser.sign_in(tom)
    page = words_of(await browser.get(f"/curate/programs/{program.key}/people"))
    assert "Sam" in page
    assert "Cleo" not in page
    for one, status in ((sam, 200), (other, 404)):
        path = f"/curate/programs/{program.key}/people/{one.key}"
        assert (await browser.get(path)).status_code == status
        entry = await LogEntry.get(school_id=school.card.id, person_id=one.id)
        sent = {"reason": "She told me.", "badge": badge.key}
        assert (await browser.post(f"{path}/badge", sent)).status_code == (303 if status == 200 else 404)
        void = await browser.post(f"{path}/entries/{entry.key}/void", sent)
        assert void.status_code == (303 if status == 200 else 404)
        assert (await browser.post(f"{path}/take-out", sent)).status_code == (303 if status == 200 else 404)
    assert await StaffGrant.filter(school_id=school.card.id).values_list("person_id") == [(sam.id,)]
    assert await Enrolment.filter(school_id=school.card.id, left_at=None).values_list("person_id") == [(other.id,)]


async def test_who_did_nothing_yet_has_a_page_too(browser, school, ada, sam):
    program = await make.program(by=ada, badges=[SIXTY])
    await make.enrolment(program, sam)
    browser.sign_in(ada)
    answer = await browser.get(f"/curate/programs/{program.key}/people/{sam.key}")
    assert answer.status_code == 200
    assert "0 minutes" in words_of(answer)


async def test_no_page_about_participants_tells_a_title(browser, school, ada, sam):
    program = await with_sam(ada, sam)
    browser.sign_in(ada)
    for path in ("people", f"people/{sam.key}", ""):
        page = await browser.get(f"/curate/programs/{program.key}/{path}".rstrip("/"))
        assert page.status_code == 200
        assert "Secret Diary" not in page.text
    looked = AuditEntry.filter(school_id=school.card.id, act="looked at a student in a program")
    assert await looked.values_list("by_id", "about_id", "subject") == [(ada.id, sam.id, program.key)]


async def test_a_badge_given_by_hand_adds_no_reading_and_can_be_taken_back(browser, school, ada, sam):
    program = await with_sam(ada, sam)
    badge = await Badge.get(school_id=school.card.id)
    one = f"/curate/programs/{program.key}/people/{sam.key}"
    page = await browser.sign_in(ada).get(one)
    for sent, sentence in (({"badge": badge.key}, "Say why"), ({"reason": "Read aloud."}, "Choose a badge.")):
        answer = await browser.post(f"{one}/badge", {"form_key": key_of(page), "badge": "", "reason": "", **sent})
        assert answer.status_code == 422
        assert sentence in words_of(answer)
    sent = {"form_key": key_of(page), "badge": badge.key, "reason": "Read aloud to the whole class."}
    for _ in range(2):  # sent twice, it is given once
        assert "by hand. It adds no reading." in words_of(
            await browser.follow(await browser.post(f"{one}/badge", sent))
        )
    award, standing = await Award.get(school_id=school.card.id), await Standing.get(school_id=school.card.id)
    assert (award.state, award.earned_on, standing.minutes) == ("granted", today(), 40)
    assert "Given by hand" in words_of(await browser.get(one))
    assert "Sixty" in words_of(await browser.sign_in(sam).get("/programs/lantern-nights"))
    assert await rebuild(school.card.id) == []
    browser.sign_in(ada)
    assert (await browser.post(f"{one}/badges/{badge.key}/back", {"reason": ""})).status_code == 422
    assert (await browser.post(f"{one}/badges/{badge.key}/back", {"reason": "Wrong child."})).status_code == 303
    assert await Award.filter(school_id=school.card.id).count() == 0
    assert await rebuild(school.card.id) == []
    acts = AuditEntry.filter(school_id=school.card.id, about_id=sam.id, act__contains="badge").order_by("id")
    assert await acts.values_list("act", "detail") == [
        ("gave a badge", "Sixty: Read aloud to the whole class."),
        ("took back a badge given by hand", "Sixty: Wrong child."),
    ]


@pytest.mark.parametrize(("starts", "ends", "given"), [(-1, -9, False), (30, 3, True), (30, 9, False)])
async def test_no_badge_is_given_outside_the_run(school, ada, sam, starts, ends, given):
    program = await make.program(by=ada, badges=[SIXTY], starts=today(starts), ends=today(ends), catching_up=7)
    await make.enrolment(program, sam)
    badge = await Badge.get(school_id=school.card.id)
    if given:
        await confirming.give_badge(program.key, sam.key, badge.key, "Late.", "", ada)
        assert (await Award.get(school_id=school.card.id)).earned_on == today(ends)
    else:
        with pytest.raises(confirming.Refused):
            await confirming.give_badge(program.key, sam.key, badge.key, "Late.", "", ada)


async def test_a_voided_entry_counts_nowhere_and_takes_what_it_earned(browser, school, ada, sam):
    program = await with_sam(ada, sam)
    await make.facts(sam, [(1, 30), (50, 20)])
    await rebuild(school.card.id)
    assert (await Award.get(school_id=school.card.id)).state == "earned"
    one = f"/curate/programs/{program.key}/people/{sam.key}"
    browser.sign_in(ada)
    before, entry, late = await LogEntry.filter(school_id=school.card.id).order_by("on")
    sent = {"reason": "Logged for a friend."}
    # an entry of a day outside the program is no business of those who run it
    assert (await browser.post(f"{one}/entries/{before.key}/void", sent)).status_code == 404
    assert (await browser.post(f"{one}/entries/{late.key}/void", {"reason": " "})).status_code == 422
    answer = await browser.follow(await browser.post(f"{one}/entries/{entry.key}/void", sent))
    assert "The entry counts no longer." in words_of(answer)
    assert (await browser.post(f"{one}/entries/{entry.key}/void", sent)).status_code == 404
    void = await EntryVoid.get(school_id=school.card.id)
    assert (void.by_id, void.reason) == (ada.id, "Logged for a friend.")
    award, standing = await Award.get(school_id=school.card.id), await Standing.get(school_id=school.card.id)
    assert (award.state, standing.minutes) == ("withdrawn", 30)
    assert await rebuild(school.card.id) == []


async def test_staff_put_students_in_and_take_them_out(browser, school, ada, sam):
    program = await make.program(by=ada)
    browser.sign_in(ada)
    path = f"/curate/programs/{program.key}/people/enrol"
    page = await browser.get(path)
    assert "Sam" not in words_of(page)  # a specialist reads no roster
    room = (await make.SchoolClass.get(school_id=school.card.id, id=school.room.id)).key
    answer = await browser.post(path, sent_of(page) | {"name": "Samuel", "room": room})
    assert answer.status_code == 422
    assert "Nobody in that class is called so." in words_of(answer)
    answer = await browser.post(path, sent_of(page) | {"name": " sam ", "room": room})
    assert "Sam is in it." in words_of(await browser.follow(answer))
    part = await Enrolment.get(school_id=school.card.id)
    assert (part.person_id, part.way, part.left_at) == (sam.id, "staff", None)
    await browser.post(f"/curate/programs/{program.key}/people/{sam.key}/take-out")
    part = await Enrolment.get(school_id=school.card.id)
    assert part.left_at is not None
    page = words_of(await browser.sign_in(sam).get("/programs/lantern-nights"))
    answer = await browser.follow(await browser.post("/programs/lantern-nights/join"))
    assert "You were taken out of this program." in words_of(answer), page
    acts = AuditEntry.filter(school_id=school.card.id, about_id=sam.id).order_by("id")
    assert [act for (act,) in await acts.values_list("act")] == [
        "put a student into a program",
        "took a student out of a program",
    ]


async def test_taking_a_program_over_is_written_down(browser, school, ada, tom, sam):
    program = await with_sam(ada, sam)
    bea = await somebody("Bea", Role.SPECIALIST, "bea")
    desk = f"/curate/programs/{program.key}"
    assert "See who takes part" not in words_of(await browser.sign_in(bea).get(desk))
    await browser.post(f"{desk}/take-over")
    assert (await Program.get(school_id=school.card.id)).by_id == bea.id
    assert (await browser.get(f"{desk}/people")).status_code == 200
    assert (await browser.sign_in(ada).get(f"{desk}/people")).status_code == 404
    assert await AuditEntry.filter(school_id=school.card.id, act="took over a program", by_id=bea.id).count() == 1
    with pytest.raises(NotFound):
        await confirming.enrol_named(program.key, "Sam", "", tom)


async def test_an_aide_who_runs_a_program_voids_nothing(browser, school, ada, sam):
    aide = await somebody("Abe", Role.AIDE, "abe")
    program = await with_sam(aide, sam)
    entry = await LogEntry.get(school_id=school.card.id)
    one = f"/curate/programs/{program.key}/people/{sam.key}"
    page = await browser.sign_in(aide).get(one)
    assert page.status_code == 200
    assert "Void it" not in words_of(page)
    assert (await browser.post(f"{one}/entries/{entry.key}/void", {"reason": "x"})).status_code == 404
    with pytest.raises(NotFound):
        await confirming.void_entry(program.key, sam.key, entry.key, "x", aide)
    assert await EntryVoid.filter(school_id=school.card.id).count() == 0


async def test_the_list_of_participants_takes_a_steady_number_of_statements(browser, school, ada, sam, statements):
    program = await with_sam(ada, sam)
    path = f"/curate/programs/{program.key}/people"
    browser.sign_in(ada)
    await browser.get(path)
    statements.forget()
    await browser.get(path)
    few = len(statements)
    for number in range(6):
        await make.enrolment(program, await make.student(f"Child {number}"))
    statements.forget()
    assert "Child 5" in words_of(await browser.get(path))
    assert len(statements) == few <= 20
    assert await Person.filter(school_id=school.card.id).count() > 6
