"""Logging through the whole wing: facts, outcomes, the diary and where a student is with a resource."""

import asyncio
import json
from dataclasses import replace
from datetime import date

import pytest

from engage import dates
from engage.database.transaction import generation
from engage.dates import Period
from engage.engagement.models import Engagement
from engage.engagement.rebuilding import differences
from engage.engagement.rules import Kind, Mode
from engage.errors import NotFound, Refused
from engage.programs import actions, log_actions
from engage.programs.loading import facts_of
from engage.programs.models import (
    Enrolment,
    LogEntry,
    Program,
    ResourceProgress,
    Saved,
    Standing,
)
from engage.programs.rebuild import rebuild
from engage.programs.rules import Ending
from tests import make
from tests.programs.doing import ZONE, today
from tests.programs.logged import SIXTY, awards, figures, given, log, progress


async def test_joining_counts_what_was_logged_since_the_opening(school, ada, sam):
    program = await make.program(by=ada, badges=[SIXTY])
    await log(sam, 40, back=3)
    await log(sam, 30, back=1)
    assert await progress(sam, program) == []
    assert await actions.join("lantern-nights", by=sam) == "Lantern Nights"
    assert await progress(sam, program) == [(70, 60, today(1))]
    assert await awards(sam) == {"Sixty": ("earned", today(1))}
    assert await figures(school, Kind.PROGRAM_JOINED) == (1, 0)
    assert await figures(school, Kind.BADGE_EARNED) == (1, 0)
    assert await figures(school, Kind.PROGRAM_COMPLETED) == (1, 0)


async def test_credit_from_joining_leaves_out_what_came_before(school, ada, sam):
    program = await make.program(by=ada, credit="joining")
    await log(sam, 40, back=3)
    await actions.join("lantern-nights", by=sam)
    await log(sam, 10)
    assert await progress(sam, program) == [(10, 60, None)]


async def test_joining_twice_is_joining_once(school, ada, sam):
    await make.program(by=ada)
    await actions.join("lantern-nights", by=sam)
    await actions.join("lantern-nights", by=sam)
    assert await Enrolment.filter(school_id=school.card.id).count() == 1
    assert await figures(school, Kind.PROGRAM_JOINED) == (1, 0)


async def test_leaving_hides_the_result_and_joining_again_restores_it(school, ada, sam):
    program = await make.program(by=ada, badges=[SIXTY])
    await actions.join("lantern-nights", by=sam)
    await log(sam, 60)
    await actions.leave("lantern-nights", by=sam)
    assert await progress(sam, program) == []
    assert await awards(sam) == {}
    assert await Standing.filter(school_id=school.card.id).count() == 0
    assert await figures(school, Kind.PROGRAM_COMPLETED) == (0, 0)
    with pytest.raises(NotFound):
        await actions.leave("lantern-nights", by=sam)
    await log(sam, 5)
    await actions.join("lantern-nights", by=sam)
    assert await progress(sam, program) == [(65, 60, today())]
    assert await awards(sam) == {"Sixty": ("earned", today())}
    assert await figures(school, Kind.PROGRAM_LEFT) == (0, 0)


async def test_who_is_no_student_of_the_school_takes_no_part(school, ada, tom, sam):
    await make.program(by=ada)
    for somebody in (ada, tom, school.rosa):
        with pytest.raises(NotFound):
            await actions.join("lantern-nights", by=somebody)
        with pytest.raises(NotFound):
            await log(somebody, 20)
    with pytest.raises(NotFound):
        await actions.join("lantern-nights", by=school.remy)


async def test_drafts_and_programs_that_are_over_cannot_be_joined(school, ada, sam):
    await make.program(by=ada, title="Soon", state="draft")
    await make.program(by=ada, title="Over", starts=today(30), ends=today(1))
    await make.program(by=ada, title="Grade nine", grade_low=9)
    with pytest.raises(NotFound):
        await actions.join("soon", by=sam)
    with pytest.raises(NotFound):
        await actions.join("grade-nine", by=sam)
    with pytest.raises(Refused):
        await actions.join("over", by=sam)


async def test_one_entry_counts_in_every_program_and_tells_what_it_moved(school, ada, sam):
    owl = await make.resource("Owl Moon")
    curated = await make.curated_list(by=ada, items=[owl, await make.resource("Coraline")])
    first = await make.program(
        by=ada, challenges=[{"unit": "minutes", "goal": 30}, {"goal": 1, "curated": curated}], badges=[SIXTY]
    )
    second = await make.program(by=ada, title="Ten Days", challenges=[{"unit": "days", "goal": 10}])
    for program in (first, second):
        await make.enrolment(program, sam)
    kept = await log(sam, 20, resource=owl.key, ending=Ending.FINISHED, program="lantern-nights")
    assert await progress(sam, first) == [(20, 30, None), (1, 1, today())]
    assert await progress(sam, second) == [(1, 10, None)]
    change = next(one for one in kept.changes if one.terms.program["id"] == first.id)
    assert change.moved == (("30 minutes", "minutes", 20, 30, False), ("1 titles", "title", 1, 1, True))
    assert (change.earned, change.completed) == ((), False)


async def test_logging_in_a_program_that_one_is_not_in_does_not_exist(school, ada, sam):
    await make.program(by=ada)
    with pytest.raises(NotFound):
        await log(sam, 20, program="lantern-nights")
    assert await LogEntry.filter(school_id=school.card.id).count() == 0


async def test_the_same_form_sent_twice_makes_one_entry(school, ada, sam):
    program = await make.program(by=ada)
    await make.enrolment(program, sam)
    first = await log(sam, 20, form_key="k1")
    again = await log(sam, 20, form_key="k1")
    assert (again.entry, again.repeated) == (first.entry, True)
    assert await progress(sam, program) == [(20, 60, None)]
    with pytest.raises(Refused, match="sent before"):
        await log(sam, 25, form_key="k1")
    assert await LogEntry.filter(school_id=school.card.id).count() == 1
    assert await figures(school, Kind.LOGGED) == (1, 20)


async def test_eight_at_once_are_all_counted_and_one_form_eight_times_is_one(school, ada, sam):
    program = await make.program(by=ada, challenges=[{"unit": "minutes", "goal": 600}], badges=[SIXTY])
    await make.enrolment(program, sam)
    await asyncio.gather(*(log(sam, 10 + number, form_key=f"k{number}") for number in range(8)))
    assert await progress(sam, program) == [(108, 600, None)]
    assert await figures(school, Kind.LOGGED) == (8, 108)
    kept = await asyncio.gather(*(log(sam, 7, form_key="one") for _ in range(8)))
    assert len({each.entry for each in kept}) == 1
    assert await progress(sam, program) == [(115, 600, None)]
    assert await awards(sam) == {"Sixty": ("earned", today())}
    assert await differences(school.card.id) == []


async def test_who_moves_to_another_class_keeps_the_past_in_the_first(school, ada, sam):
    await log(sam, 20)
    other = await make.school_class(school.lincoln, "Room 14", code="OTTER14")
    await log(replace(sam, class_ids=frozenset({other.id})), 25)
    rows = LogEntry.filter(school_id=school.card.id).order_by("id").values_list("class_id")
    assert [number for (number,) in await rows] == [school.room.id, other.id]
    days = (
        await Engagement.filter(school_id=school.card.id, kind=Kind.LOGGED).order_by("id").values("class_id", "minutes")
    )
    assert days == [{"class_id": school.room.id, "minutes": 20}, {"class_id": other.id, "minutes": 25}]


async def test_two_entries_with_the_same_values_are_two_but_are_asked_about(school, ada, sam):
    owl = await make.resource("Owl Moon")
    await log(sam, 20, resource=owl.key, form_key="k1", sure=False)
    with pytest.raises(Refused) as asked:
        await log(sam, 20, resource=owl.key, form_key="k2", sure=False)
    assert asked.value.about == "sure"
    await log(sam, 21, resource=owl.key, form_key="k3", sure=False)
    await log(sam, 20, resource=owl.key, form_key="k2", sure=True)
    assert await LogEntry.filter(school_id=school.card.id).count() == 3


async def test_a_typed_title_that_the_library_has_is_that_resource(school, ada, sam):
    owl = await make.resource("Owl Moon")
    await make.resource("The Moon", creator="One")
    await make.resource("The Moon", creator="Two")
    await make.resource("Kite", school="roosevelt")
    for title in ("owl moon ", "The Moon", "Kite", "My own book"):
        await log(sam, 5, title=title)
    rows = LogEntry.filter(school_id=school.card.id).order_by("id").values_list("resource_id", "title")
    assert await rows == [(owl.id, ""), (None, "The Moon"), (None, "Kite"), (None, "My own book")]


async def test_a_resource_of_another_school_or_withdrawn_cannot_be_logged(school, ada, sam):
    other = await make.resource("Kite", school="roosevelt")
    gone = await make.resource("Gone")
    gone.state = "withdrawn"
    await gone.save()
    for resource in (other, gone):
        with pytest.raises(NotFound):
            await log(sam, 5, resource=resource.key)
        with pytest.raises(NotFound):
            await actions.save(resource.key, by=sam)


async def test_limits_hold_over_all_entries_of_the_day(school, ada, sam):
    program = await make.program(by=ada, limits=json.dumps({"minutes": {"entry": 60, "day": 100, "warns": 50}}))
    await log(sam, 300)
    await make.enrolment(program, sam)
    with pytest.raises(Refused, match="That day is full"):
        await log(sam, 30)
    await log(sam, 45, back=1, sure=False)
    with pytest.raises(Refused, match="a lot for one entry"):
        await log(sam, 51, back=1, sure=False)
    with pytest.raises(Refused, match="55 minutes would still fit"):
        await log(sam, 56, back=1)
    with pytest.raises(Refused, match="up to 60 minutes"):
        await log(sam, 61, back=2)


async def test_a_program_may_allow_fewer_days_back(school, ada, sam):
    program = await make.program(by=ada, backdate_days=2)
    await make.enrolment(program, sam)
    with pytest.raises(Refused, match="You can log back to"):
        await log(sam, 20, back=3)
    await log(sam, 20, back=2)
    with pytest.raises(Refused, match="not come yet"):
        await log(sam, 20, back=-1)


async def test_where_a_student_is_with_a_resource(school, ada, sam):
    owl = await make.resource("Owl Moon")

    async def place():
        rows = ResourceProgress.filter(school_id=school.card.id, person_id=sam.id)
        return await rows.values_list("state", "started_on", "on")

    await log(sam, 5, back=4, resource=owl.key)
    assert await place() == [("started", today(4), today(4))]
    await log(sam, 5, back=3, resource=owl.key, ending=Ending.STOPPED)
    assert await place() == [("stopped", today(4), today(3))]
    done = await log(sam, 5, back=2, resource=owl.key, ending=Ending.FINISHED)
    await log(sam, 5, back=1, resource=owl.key)
    assert await place() == [("finished", today(4), today(2))]
    await log_actions.void_entry(done.entry, sam)
    assert await place() == [("started", today(4), today(1))]


async def test_the_diary_knows_where_and_how_it_was_read(school, ada, sam):
    kite = await make.resource("Kite", call_number="E KIT")
    await log(sam, 25, resource=kite.key, pages=9, list_id=7)
    (row,) = await Engagement.filter(school_id=school.card.id, kind=Kind.LOGGED)
    assert (row.mode, row.format, row.place, row.minutes, row.pages) == (Mode.READING, "book", "here", 25, 9)
    assert (row.list_id, row.class_id, row.person_id) == (7, school.room.id, sam.id)
    entry = await LogEntry.get(school_id=school.card.id)
    assert (entry.zone, entry.grade_band, entry.class_id) == (ZONE, "3-5", school.room.id)


async def test_every_unit_is_counted_as_it_was_entered(school, ada, sam):
    units = ("pages", "chapters", "sessions", "titles")
    program = await make.program(by=ada, challenges=[{"unit": unit, "goal": 100} for unit in units])
    await make.enrolment(program, sam)
    await log(sam, 5, pages=12, chapters=2)
    await log(sam, pages=8, sessions=3, title="Kites", ending=Ending.FINISHED)
    assert [amount for amount, *_ in await progress(sam, program)] == [20, 2, 4, 1]


async def test_a_list_item_that_leaves_keeps_its_credit(school, ada, sam):
    books = await make.resources(3)
    curated = await make.curated_list(by=ada, items=books)
    program = await make.program(by=ada, challenges=[{"goal": 3, "curated": curated}])
    await make.enrolment(program, sam)
    await log(sam, back=1, resource=books[0].key, ending=Ending.FINISHED)
    assert await progress(sam, program) == [(1, 3, None)]
    await curated.items.filter(school_id=school.card.id, resource_id=books[0].id).delete()
    await log(sam, 5)
    assert await progress(sam, program) == [(1, 2, None)]
    ben = await make.student("Ben")
    await make.enrolment(program, ben)
    await log(ben, back=0, resource=books[1].key, ending=Ending.FINISHED)
    assert await progress(ben, program) == [(1, 2, None)]
    await log(ben, back=0, resource=books[2].key, ending=Ending.FINISHED)
    assert await progress(ben, program) == [(2, 2, today())]


async def test_a_shelf_holds_a_resource_once(school, ada, sam):
    owl = await make.resource("Owl Moon")
    await actions.save(owl.key, by=sam)
    assert await actions.save(owl.key, by=sam) == "Owl Moon"
    assert await Saved.filter(school_id=school.card.id).count() == 1
    await actions.unsave(owl.key, by=sam)
    await actions.unsave(owl.key, by=sam)
    assert await Saved.filter(school_id=school.card.id).count() == 0
    assert await figures(school, Kind.RESOURCE_SAVED) == (0, 0)
    rows = Engagement.filter(school_id=school.card.id, kind=Kind.RESOURCE_SAVED)
    assert set(await rows.values_list("person_id", flat=True)) == {None}


@pytest.mark.parametrize("refused", [False, True])
async def test_a_class_that_logs_at_the_same_moment_is_kept_together_and_each_counts(school, ada, refused):
    program = await make.program(by=ada, challenges=[{"unit": "minutes", "goal": 12}], badges=[SIXTY])
    children = [await make.student(f"Child {number}") for number in range(5)]
    for child in children:
        await make.enrolment(program, child)
    await log(children[0], 60)
    before = generation()
    tries = [log(child, 10 + number, form_key="bell") for number, child in enumerate(children)]
    if refused:
        tries.insert(2, log(children[0], 5, back=30))
    found = await asyncio.gather(*tries, return_exceptions=True)
    if refused:
        assert isinstance(found.pop(2), Refused)
    else:
        assert generation() - before <= 2
    assert [[moved[2] for moved in kept.changes[0].moved] for kept in found] == [[70], [11], [12], [13], [14]]
    done = [(await progress(child, program))[0][2] is not None for child in children]
    assert done == [True, False, True, True, True]
    assert await figures(school, Kind.LOGGED) == (6, 120)
    assert [*await rebuild(school.card.id), *await differences(school.card.id)] == []


async def test_logging_costs_a_steady_number_of_statements(school, ada, sam, statements):
    program = await make.program(by=ada, challenges=[{"unit": "minutes", "goal": 9_999}])
    await make.enrolment(program, sam)

    async def counted(back):
        statements.forget()
        await log(sam, 5, back=back, title="Kites")
        return len(statements)

    await counted(3)
    few = await counted(3)
    await make.facts(sam, [(4 + number % 10, 5) for number in range(300)])
    await counted(3)
    assert await counted(3) == few
    assert few <= 16


async def test_entries_from_before_a_program_are_not_read_for_it(school, ada, sam):
    program = await make.program(by=ada, starts=today(5), challenges=[{"unit": "minutes", "goal": 50}])
    await make.enrolment(program, sam)
    await make.facts(sam, [(20 + number % 300, 5) for number in range(40)])
    run = Period(today(5), date.max)

    async def known():
        facts = (await facts_of(school.card.id, [sam.id], run))[sam.id]
        return sorted(((dates.today(ZONE) - fact.on).days, fact.minutes) for fact in facts.log), len(facts.voids)

    first = await log(sam, 10, back=3)
    assert await known() == ([(3, 10)], 0)
    # what is moved out of the run, and what came into it from outside, is read with all that it was
    out = await log_actions.correct_entry(first.entry, given(10, back=7), "", sam, sure=True)
    assert await known() == ([(3, 10), (7, 10)], 0)
    assert (await progress(sam, program))[0][0] == 0
    back = await log_actions.correct_entry(out.entry, given(25, back=2), "", sam, sure=True)
    assert await known() == ([(2, 25), (3, 10), (7, 10)], 0)
    assert (await progress(sam, program))[0][0] == 25
    await log_actions.void_entry(back.entry, sam)
    assert await known() == ([(2, 25), (3, 10), (7, 10)], 1)
    assert (await progress(sam, program))[0][0] == 0
    assert await rebuild(school.card.id) == []


async def test_an_entry_costs_the_same_statements_however_many_programs_there_are(school, ada, sam, statements):
    counts = []
    for number in range(5):
        challenges = [{"unit": "minutes", "goal": 9_999}, {"kind": "class goal", "unit": "minutes", "goal": 9_999}]
        await make.enrolment(await make.program(by=ada, title=f"Program {number}", challenges=challenges), sam)
        await log(sam, 5, back=3, title="Kites")
        statements.forget()
        kept = await log(sam, 5, back=3, title="Kites")
        logged = len(statements)
        statements.forget()
        await log_actions.void_entry(kept.entry, sam)
        counts.append((logged, len(statements)))
    assert set(counts) == {counts[0]}


async def test_nothing_is_kept_of_a_log_that_was_refused(school, ada, sam):
    await make.program(by=ada)
    with pytest.raises(Refused):
        await log(sam, 0)
    assert await LogEntry.filter(school_id=school.card.id).count() == 0
    assert await Engagement.filter(school_id=school.card.id).count() == 0
    assert await Program.filter(school_id=school.card.id).count() == 1
