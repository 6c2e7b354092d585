"""Entries that staff should look at: who sees which, without a title, and what is done about them (LOG04, PRG06)."""

import json
from datetime import timedelta

import pytest

from engage import dates
from engage.people.models import AuditEntry, School
from engage.people.rules import Role
from engage.programs import log_actions
from engage.programs.activity_models import ProgramClass
from engage.programs.entries import Given
from engage.programs.models import EntryVoid, Standing
from engage.programs.paper_models import EntryFlag
from engage.programs.rebuild import rebuild
from engage.programs.review_models import Review
from tests import make
from tests.programs.test_joining import today
from tests.programs.test_participants import somebody
from tests.school import as_reader, words_of

SIXTY = json.dumps({"minutes": {"warns": 60}})
WHY = "90 minutes in one entry; the program asks above 60."


async def flagged_entry(program, person, title="The Secret Diary"):
    """A large entry of somebody, flagged in a program; its key."""
    await make.enrolment(program, person)
    given = Given(today(), "reading", title=title, minutes=90)
    kept = await log_actions.log_entry(given, f"f{person.id}", person, program.slug, sure=True)
    return kept.entry


@pytest.fixture
async def flagged(school, ada, sam):
    """Ada's program with a flagged entry of Sam's."""
    program = await make.program(by=ada, limits=SIXTY)
    return program, await flagged_entry(program, sam)


async def test_who_runs_the_program_sees_what_is_unusual_and_no_title(browser, ada, flagged):
    program, _ = flagged
    page = await browser.sign_in(ada).get("/curate/flagged")
    assert page.status_code == 200
    said = words_of(page)
    assert WHY in said
    assert "Sam" in said
    assert f"In {program.title}" in said
    assert "Secret" not in page.text
    assert "1 entry to look at" in words_of(await browser.get("/"))


async def test_nobody_else_sees_or_does_anything(browser, school, tom, sam, flagged):
    _, entry = flagged
    aide = await somebody("Abe", Role.AIDE, "abe")
    for one in (None, sam, tom, aide, school.vera, school.alma, school.dora, school.rosa, school.remy):
        browser.sign_in(one)
        page = await browser.get("/curate/flagged")
        if one == tom:
            assert (page.status_code, "Sam" in words_of(page)) == (200, False)
        else:
            assert page.status_code == 404, one
        for act in ("looked", "void"):
            answer = await browser.post(f"/curate/flagged/{entry}/{act}", {"reason": "x"})
            assert answer.status_code == 404, (one, act)
        assert "to look at" not in words_of(await browser.get("/"))
    assert await EntryFlag.filter(school_id=school.card.id, looked_at=None).count() == 1
    assert await EntryVoid.filter(school_id=school.card.id).count() == 0


async def test_another_specialist_sees_that_something_waits_and_not_whose(browser, school, flagged):
    _, entry = flagged
    bea = await somebody("Bea", Role.SPECIALIST, "bea")
    page = words_of(await browser.sign_in(bea).get("/curate/flagged"))
    assert "Of programs that others run" in page
    assert f"{WHY} In Lantern Nights , run by Ada Okafor ." in page
    assert "Sam" not in page
    for act in ("looked", "void"):
        assert (await browser.post(f"/curate/flagged/{entry}/{act}", {"reason": "x"})).status_code == 404
    assert "to look at" not in words_of(await browser.get("/"))


async def test_a_teacher_looks_at_entries_of_own_students_in_own_programs(browser, school, tom, sam):
    program = await make.program(by=tom, joining="classes", visibility="classes", limits=SIXTY)
    await ProgramClass.create(school_id=school.card.id, program_id=program.id, school_class_id=school.room.id)
    mine, other = await flagged_entry(program, sam), await flagged_entry(program, await make.student("Cleo"))
    page = words_of(await browser.sign_in(tom).get("/curate/flagged"))
    assert "Sam" in page
    assert "Cleo" not in page
    assert "1 entry to look at" in words_of(await browser.get("/"))
    assert (await browser.post(f"/curate/flagged/{other}/looked")).status_code == 404
    assert (await browser.post(f"/curate/flagged/{mine}/looked")).status_code == 303
    left = EntryFlag.filter(school_id=school.card.id, looked_at=None)
    assert await left.values_list("entry__key") == [(other,)]


async def test_an_entry_that_was_looked_at_counts_as_it_did(browser, school, ada, sam, flagged):
    _, entry = flagged
    browser.sign_in(ada)
    done = await browser.follow(await browser.post(f"/curate/flagged/{entry}/looked"))
    assert "Nothing waits for you" in words_of(done)
    assert (await Standing.get(school_id=school.card.id)).minutes == 90
    acts = AuditEntry.filter(school_id=school.card.id, act="looked at a flagged entry")
    assert await acts.values_list("by_id", "about_id") == [(ada.id, sam.id)]
    assert (await browser.post(f"/curate/flagged/{entry}/looked")).status_code == 404


async def test_an_entry_is_voided_with_a_reason_and_stays_in_the_students_log(browser, school, ada, sam, flagged):
    _, entry = flagged
    browser.sign_in(ada)
    answer = await browser.post(f"/curate/flagged/{entry}/void", {"reason": " "})
    assert answer.status_code == 422
    assert "Say why, in a few words." in words_of(answer)
    assert await EntryVoid.filter(school_id=school.card.id).count() == 0
    done = await browser.follow(await browser.post(f"/curate/flagged/{entry}/void", {"reason": "A slip of the key."}))
    assert "Nothing waits for you" in words_of(done)
    assert "Secret" not in done.text
    void = await EntryVoid.get(school_id=school.card.id)
    assert (void.by_id, void.reason) == (ada.id, "A slip of the key.")
    assert (await Standing.get(school_id=school.card.id)).minutes == 0
    assert await rebuild(school.card.id) == []
    assert await EntryFlag.filter(school_id=school.card.id, looked_by_id=ada.id).count() == 1


async def test_what_was_corrected_or_taken_back_waits_no_longer(browser, ada, sam, flagged):
    _, entry = flagged
    await log_actions.correct_entry(entry, Given(today(), "reading", title="The Secret Diary", minutes=9), "c", sam)
    assert "Nothing waits for you" in words_of(await browser.sign_in(ada).get("/curate/flagged"))
    assert "to look at" not in words_of(await browser.get("/"))


async def test_the_queue_costs_a_steady_number_of_statements(browser, school, ada, flagged, statements):
    program, _ = flagged
    numbers = []
    for much in range(3):
        if much:
            await flagged_entry(program, await make.student(f"Student {much}"))
        await browser.sign_in(ada).get("/curate/flagged")
        statements.forget()
        await browser.get("/curate/flagged")
        numbers.append(len(statements.seen))
    assert len(set(numbers)) == 1, numbers
    assert numbers[0] <= 8


async def test_reviews_that_wait_are_said_on_the_staffs_home_page_and_late_ones_too(browser, school, ada, tom, sam):
    await School.filter(id=school.lincoln.id).update(reviews="school")
    nia = await make.student("Nia")
    for place, (who, days) in enumerate(((sam, 15), (sam, 1), (nia, 2))):
        book = await make.resource(f"Wet Fur {place}")
        await Review.create(
            school_id=school.card.id,
            person_id=who.id,
            resource_id=book.id,
            text="The otter never gives up.",
            audience="school",
            state="pending",
            on=today(days),
            written_at=dates.now() - timedelta(days=days),
        )
    for one, words in ((ada, "3 reviews wait, 1 longer than 14 days"), (tom, "2 reviews wait, 1 longer than 14 days")):
        reader = await as_reader(await make.Person.get(school_id=school.card.id, id=one.id), "lincoln")
        assert words in words_of(await browser.sign_in(reader).get("/")), one
        assert (await browser.get("/curate/reviews")).status_code == 200
    aide = await somebody("Abe", Role.AIDE, "abe")
    for one in (sam, aide, school.vera):
        assert "wait" not in words_of(await browser.sign_in(one).get("/"))
