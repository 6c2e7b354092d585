"""What staff enter for students: a class log, paper sheets, for one who cannot write yet; each taken back whole."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from engage import dates
from engage.engagement.models import DailyFigure
from engage.engagement.rules import Kind, Mode
from engage.errors import NotFound, Refused
from engage.people.models import AuditEntry, Person
from engage.people.rules import Role
from engage.programs import batches, log_actions, paper, paper_rules
from engage.programs.entries import Given
from engage.programs.models import Award, LogEntry, Progress, ResourceProgress, Standing
from engage.programs.paper import Line
from engage.programs.paper_models import LogBatch, PaperSheet
from engage.programs.paper_rules import Week, week_of
from engage.programs.rebuild import rebuild
from engage.programs.rules import MINUTES_A_DAY, Ending
from tests import make
from tests.school import as_reader, words_of

ZONE = "America/New_York"
SIXTY = {"title": "Sixty", "rule": json.dumps({"rule": "total", "unit": "minutes", "goal": 60})}


def today(back=0):
    return dates.today(ZONE) - timedelta(days=back)


def last_week() -> Week:
    return week_of(today(7))


async def in_room(school, name, room=None):
    """One more student of Room 12, or of another class."""
    person = await make.person(name, Role.STUDENT, school.lincoln, grade=3)
    await make.in_class(person, room or school.room, Role.STUDENT)
    return await as_reader(person, "lincoln")


async def derived(school):
    """Everything that follows from facts, for a comparison."""
    of = {"school_id": school.card.id}
    return [
        sorted(await Progress.filter(**of).values_list("challenge_id", "person_id", "amount", "goal", "done_on")),
        sorted(await Award.filter(**of).exclude(state="withdrawn").values_list("badge_id", "person_id", "state")),
        sorted(await Standing.filter(**of).values_list("person_id", "minutes", "days", "streak", "completed_on")),
        sorted(await ResourceProgress.filter(**of).values_list("person_id", "resource_id", "state")),
        sorted(
            await DailyFigure.filter(**of, kind__in=[Kind.LOGGED, Kind.FINISHED], count__gt=0).values_list(
                "kind", "on", "count", "minutes"
            )
        ),
    ]


async def test_rule_21_a_class_log_makes_one_entry_per_present_student_and_is_undone_whole(school, ada, tom, sam):
    program = await make.program(by=ada, badges=[SIXTY])
    lou = await in_room(school, "Lou")
    await in_room(school, "Nia")  # who is away
    for each in (sam, lou):
        await make.enrolment(program, each)
    given = Given(today(), Mode.LISTENING, title="The Hobbit, read aloud", minutes=60)
    done = await batches.log_for_class(school.room, {sam.key, lou.key}, given, "k1", tom)
    assert (done.entries, done.refused) == (2, ())
    rows = await LogEntry.filter(school_id=school.card.id).values_list("person_id", "way", "batch", "class_id")
    assert sorted(rows) == sorted((each.id, "class", done.key, school.room.id) for each in (sam, lou))
    assert await Award.filter(school_id=school.card.id, state="earned").count() == 2
    assert (await batches.log_for_class(school.room, {sam.key, lou.key}, given, "k1", tom)).entries == 2
    assert await LogEntry.filter(school_id=school.card.id).count() == 2

    assert await batches.undo(done.key, tom) == 2
    assert await Award.filter(school_id=school.card.id, state="earned").count() == 0
    with pytest.raises(Refused, match="taken back before"):
        await batches.undo(done.key, tom)
    assert await rebuild(school.card.id) == []


async def test_case_class_log_for_the_wrong_class_undone(school, ada, tom, sam):
    owl = await make.resource("Owl Moon")
    program = await make.program(by=ada, challenges=[{"unit": "minutes", "goal": 90}], badges=[SIXTY])
    lou = await in_room(school, "Lou")
    for each in (sam, lou):
        await make.enrolment(program, each)
    await log_actions.log_entry(Given(today(1), Mode.READING, resource=owl.key, minutes=60), "own", sam)
    await log_actions.log_entry(Given(today(1), Mode.READING, minutes=40), "own", lou)
    before = await derived(school)
    given = Given(today(), Mode.READING, resource=owl.key, minutes=30, ending=Ending.FINISHED)
    done = await batches.log_for_class(school.room, {sam.key, lou.key}, given, "wrong", tom)
    assert await derived(school) != before
    await batches.undo(done.key, tom)
    assert await derived(school) == before
    assert await rebuild(school.card.id) == []


async def test_what_one_student_may_not_log_holds_up_no_other(school, ada, tom, sam):
    lou = await in_room(school, "Lou")
    await make.facts(sam, [(0, 1_430)])
    done = await batches.log_for_class(
        school.room, {sam.key, lou.key}, Given(today(), Mode.READING, minutes=20), "k", tom
    )
    assert done.entries == 1
    assert done.refused == (
        ("Sam", "A day holds up to 1,440 minutes; this one has 1,430 already. 10 minutes would still fit."),
    )


async def test_what_a_student_takes_part_in_is_told_to_the_own_teacher_alone(school, ada, tom, sam):
    await make.enrolment(await make.program(by=ada, limits=json.dumps({"minutes": {"entry": 30}})), sam)
    given = Given(today(), Mode.READING, minutes=40)
    named = "The program “Lantern Nights” takes up to 30 minutes in one entry."
    for by, sentence in ((tom, named), (ada, "One entry holds up to 30 minutes.")):
        done = await batches.log_for_class(school.room, {sam.key}, given, by.name, by)
        assert done.refused == (("Sam", sentence),)


async def test_a_student_may_correct_what_was_logged_for_them_and_keeps_that_when_the_batch_goes(school, tom, sam):
    done = await batches.log_for_class(school.room, {sam.key}, Given(today(), Mode.READING, minutes=20), "k", tom)
    key = (await LogEntry.filter(school_id=school.card.id).values_list("key", flat=True))[0]
    await log_actions.correct_entry(str(key), Given(today(), Mode.READING, minutes=15), "mine", sam)
    await batches.undo(done.key, tom)
    stand = LogEntry.filter(school_id=school.card.id, void__id__isnull=True, superseded_by__id__isnull=True)
    assert await stand.values_list("minutes", flat=True) == [15]


async def test_a_batch_belongs_to_the_class_and_its_form_to_who_sent_it(school, ada, tom, sam):
    await make.enrolment(await make.program(by=ada), sam)
    other = await make.school_class(school.lincoln, "Room 9")
    teacher = await make.person("Una Blake", Role.TEACHER, school.lincoln, login="una")
    await make.in_class(teacher, other, Role.TEACHER)
    una = await as_reader(teacher, "lincoln")
    with pytest.raises(NotFound):
        await batches.class_to_log(una, school.room.key)
    for nobody in (sam, school.vera, school.alma, school.rosa):
        with pytest.raises(NotFound):
            await batches.class_to_log(nobody, school.room.key)
    done = await batches.log_for_class(school.room, {sam.key}, Given(today(), Mode.READING, minutes=20), "k", tom)
    with pytest.raises(NotFound):
        await batches.undo(done.key, una)
    with pytest.raises(Refused, match="sent before"):
        await batches.log_for_class(school.room, {sam.key}, Given(today(), Mode.READING, minutes=20), "k", ada)
    assert await batches.undo(done.key, ada) == 1


async def test_the_library_logs_for_students_of_its_programs_only(school, ada, sam):
    assert await batches.students_to_log(ada, school.room.id) == []
    await make.enrolment(await make.program(by=ada), sam)
    assert [one["key"] for one in await batches.students_to_log(ada, school.room.id)] == [sam.key]


async def test_an_entry_for_a_pre_reader_is_marked_as_such_and_written_in_the_audit(school, tom, sam):
    given = Given(today(), Mode.LISTENING, title="Brown Bear", minutes=10)
    done = await batches.log_for_one(school.room, sam.key, given, "k", tom)
    row = await LogEntry.get(school_id=school.card.id).values("way", "person_id", "entered_by_id", "batch")
    assert row == {"way": "for a pre-reader", "person_id": sam.id, "entered_by_id": tom.id, "batch": done.key}
    assert await AuditEntry.filter(school_id=school.card.id, act="logged for students").count() == 1
    with pytest.raises(NotFound):
        await batches.log_for_one(school.room, "nobody", given, "k2", tom)


async def sheet(school, tom, program, week=None):
    await paper.make_sheets(school.room, program.key, week or last_week(), tom)
    return (await paper.sheets_of(tom, school.room, program.id, week or last_week()))[0]


async def test_rule_23_a_sheets_total_is_entered_on_the_last_day_of_its_week_within_the_limits(school, ada, tom, sam):
    program = await make.program(by=ada, limits=json.dumps({"minutes": {"entry": 300}}))
    await make.enrolment(program, sam)
    one = await sheet(school, tom, program)
    too_much = await paper.enter_sheets([Line(one["code"], 301)], Mode.READING, "k1", tom)
    assert (too_much.entries, too_much.refused[0][1]) == (
        0,
        "The program “Lantern Nights” takes up to 300 minutes in one entry.",
    )

    typed = paper_rules.spelled(one["code"]).lower()
    done = await paper.enter_sheets([Line(f" {typed} ", 140, 60), Line("", None)], Mode.READING, "k2", tom)
    assert (done.entries, done.refused) == (1, ())
    row = await LogEntry.get(school_id=school.card.id).values("on", "way", "minutes", "pages", "person_id")
    assert row == {
        "on": today(7) + timedelta(days=6 - today(7).weekday()),  # its Sunday
        "way": "paper week",
        "minutes": 140,
        "pages": 60,
        "person_id": sam.id,
    }
    assert await Progress.filter(school_id=school.card.id).values_list("amount", flat=True) == [140]

    again = await paper.enter_sheets([Line(one["code"], 140)], Mode.READING, "k3", tom)
    assert (again.entries, again.refused[0][1]) == (0, "This sheet was entered before.")
    assert (await paper.enter_sheets([Line(f" {typed} ", 140, 60)], Mode.READING, "k2", tom)).entries == 1
    assert await LogEntry.filter(school_id=school.card.id).count() == 1

    assert await batches.undo(done.key, tom) == 1
    assert await Progress.filter(school_id=school.card.id).values_list("amount", flat=True) == [0]
    assert (await paper.enter_sheets([Line(one["code"], 120)], Mode.READING, "k4", tom)).entries == 1


async def test_sheets_are_printed_once_and_for_those_who_take_part(school, ada, tom, sam):
    program = await make.program(by=ada)
    await in_room(school, "Lou")
    with pytest.raises(NotFound):
        await paper.make_sheets(school.room, program.key, last_week(), tom)
    await make.enrolment(program, sam)
    assert await paper.make_sheets(school.room, program.key, last_week(), tom) == 1
    assert await paper.make_sheets(school.room, program.key, last_week(), tom) == 0
    with pytest.raises(Refused, match="does not run in that week"):
        await paper.make_sheets(school.room, program.key, week_of(today(200)), tom)


async def test_a_week_that_is_not_over_is_not_entered(school, ada, tom, sam):
    program = await make.program(by=ada)
    await make.enrolment(program, sam)
    one = await sheet(school, tom, program, week_of(today() + timedelta(days=7)))
    done = await paper.enter_sheets([Line(one["code"], 100)], Mode.READING, "k", tom)
    assert done.entries == 0
    assert "This week ends on" in done.refused[0][1]


async def test_an_old_sheet_needs_a_word_on_why_it_comes_late(school, ada, tom, sam):
    program = await make.program(by=ada, starts=today(60))
    await make.enrolment(program, sam)
    one = await sheet(school, tom, program, week_of(today(40)))
    late = await paper.enter_sheets([Line(one["code"], 100)], Mode.READING, "k1", tom)
    assert "You can log back to" in late.refused[0][1]
    done = await paper.enter_sheets([Line(one["code"], 100)], Mode.READING, "k2", tom, note="Found in the bag")
    assert done.entries == 1


async def test_a_code_opens_nothing_for_who_may_not_log_for_its_student(school, ada, tom, sam):
    program = await make.program(by=ada)
    await make.enrolment(program, sam)
    one = await sheet(school, tom, program)
    teacher = await make.person("Una Blake", Role.TEACHER, school.lincoln, login="una")
    una = await as_reader(teacher, "lincoln")
    for code in (one["code"], "NOSUCH"):
        done = await paper.enter_sheets([Line(code, 100)], Mode.READING, f"k{code}", una)
        assert done.refused[0][1] == "There is no such sheet. Look at its code again."
    assert await PaperSheet.filter(school_id=school.card.id, batch="").count() == 1
    assert await LogBatch.filter(school_id=school.card.id, entries__gt=0).count() == 0


async def test_what_staff_took_out_no_student_puts_back(school, tom, sam):
    done = await batches.log_for_class(school.room, {sam.key}, Given(today(), Mode.READING, minutes=20), "k1", tom)
    await batches.undo(done.key, tom)
    (key,) = await LogEntry.filter(school_id=school.card.id).values_list("key", flat=True)
    with pytest.raises(NotFound):
        await log_actions.restore_entry(key, sam)
    own = await log_actions.log_entry(Given(today(), Mode.READING, minutes=20), "k2", sam)
    await log_actions.void_entry(own.entry, sam)
    await log_actions.restore_entry(own.entry, sam)
    assert await LogEntry.filter(school_id=school.card.id, void__id__isnull=True).count() == 1


async def test_of_two_of_one_name_it_is_said_for_whom_nothing_was_entered(school, tom, sam):
    ben = await in_room(school, "Ben")
    other = await in_room(school, "Ben")
    for one, letter in ((ben, "A"), (other, "B")):
        await Person.filter(school_id=school.card.id, id=one.id).update(letter=letter)
    most = Given(today(), Mode.READING, minutes=MINUTES_A_DAY)
    await log_actions.log_entry(most, "own", other, sure=True)
    given = Given(today(), Mode.READING, minutes=20)
    done = await batches.log_for_class(school.room, {ben.key, other.key}, given, "k1", tom)
    assert (done.entries, [name for name, _ in done.refused]) == (1, ["Ben B."])


async def test_what_was_logged_for_one_student_is_not_said_to_be_for_several(browser, school, tom, sam):
    done = await batches.log_for_one(school.room, sam.key, Given(today(), Mode.READING, minutes=20), "k1", tom)
    await batches.undo(done.key, tom)
    words = words_of(await browser.sign_in(sam).get("/me/log"))
    assert "so it does not count: it was logged for you, and that was a slip" in words


async def test_who_teaches_the_class_no_longer_takes_nothing_of_it_back(school, tom, sam):
    done = await batches.log_for_class(school.room, {sam.key}, Given(today(), Mode.READING, minutes=20), "k1", tom)
    since = replace(tom, taught_ids=frozenset())
    with pytest.raises(NotFound):
        await batches.undo(done.key, since)
    assert await batches.batches_of(since) == []
    assert await batches.undo(done.key, tom) == 1


async def test_a_specialist_logs_for_students_of_programs_that_they_run_themselves(school, ada, tom, sam):
    program = await make.program(by=ada)
    await make.enrolment(program, sam)
    other = await make.person("Ben Ito", Role.SPECIALIST, school.lincoln, login="ben")
    assert await batches.students_to_log(await as_reader(other, "lincoln"), school.room.id) == []
    assert [row["name"] for row in await batches.students_to_log(ada, school.room.id)] == ["Sam"]


async def test_a_taking_back_that_was_broken_off_leaves_no_sheet_as_entered(school, ada, tom, sam, monkeypatch):
    program = await make.program(by=ada, starts=today(30))
    lou = await in_room(school, "Lou")
    for each in (sam, lou):
        await make.enrolment(program, each)
    assert await paper.make_sheets(school.room, program.key, last_week(), tom) == 2
    of = {"school_id": school.card.id}
    codes = await PaperSheet.filter(**of).order_by("id").values_list("code", flat=True)
    done = await paper.enter_sheets([Line(code, minutes=30) for code in codes], Mode.READING, "k1", tom)
    assert done.entries == 2
    whole, told = batches._undo_one, []

    async def killed(batch, number, who, by):
        if told:
            raise KeyboardInterrupt
        told.append(number)
        await whole(batch, number, who, by)

    monkeypatch.setattr(batches, "_undo_one", killed)
    with pytest.raises(KeyboardInterrupt):
        await batches.undo(done.key, tom)
    monkeypatch.undo()
    left = await PaperSheet.filter(**of).exclude(batch="").count()
    assert left == await LogEntry.filter(**of, void__id__isnull=True).count() == 1
    assert await batches.undo(done.key, tom) == 1
    assert not await PaperSheet.filter(**of).exclude(batch="").exists()


async def test_no_entry_slips_into_a_batch_that_is_taken_back_at_once(school, tom, sam):
    everybody = [sam, *[await in_room(school, f"Pupil {number}") for number in range(5)]]
    given = Given(today(), Mode.READING, minutes=20)
    keys = {each.key for each in everybody}
    first = await batches.log_for_class(school.room, {sam.key}, given, "k1", tom)
    await asyncio.gather(
        batches.log_for_class(school.room, keys, given, "k1", tom),
        batches.undo(first.key, tom),
        return_exceptions=True,
    )
    of = {"school_id": school.card.id}
    batch = await LogBatch.get(**of, key=first.key)
    standing = await LogEntry.filter(**of, batch=first.key, void__id__isnull=True).count()
    assert standing == 0 if batch.undone_at else standing == len(everybody)
