"""Activities, prompts and own goals through the whole wing."""

import asyncio
import json
from datetime import timedelta

import pytest

from engage import dates
from engage.engagement.rules import Mode
from engage.errors import NotFound, Refused
from engage.programs import activity_actions as doing
from engage.programs import log_actions
from engage.programs.activity_models import Activity, ActivityDone, OwnGoal
from engage.programs.entries import Given
from engage.programs.models import Award, LogEntry, Progress
from engage.programs.rebuild import rebuild
from engage.programs.rules import Ending
from tests import make
from tests.programs.doing import DO, OWN, PROMPTS, activity, challenge

SLUG = "lantern-nights"


def today(back=0):
    return dates.today("America/New_York") - timedelta(days=back)


async def started(ada, sam, *challenges, **more):
    program = await make.program(by=ada, challenges=challenges or (DO,), **more)
    await make.enrolment(program, sam)
    return program


async def progress(person, title):
    rows = Progress.filter(school_id=person.school.id, person_id=person.id, challenge__title=title)
    return (await rows.values_list("amount", "done_on") or [None])[0]


async def log(by, title, back=0, **more):
    given = Given(today(back), Mode.READING, title=title, minutes=20, ending=Ending.FINISHED, **more)
    return (await log_actions.log_entry(given, "", by, sure=True)).entry


async def test_a_tick_counts_and_is_taken_back(school, ada, sam):
    program = await started(ada, sam)
    den, poem = await activity(program, "Build a den"), await activity(program, "Learn a poem")
    did = await doing.do_activity(SLUG, den, "form-1", sam)
    assert await progress(sam, "Things to do") == (1, None)
    assert did.changes[0].moved[0][:4] == ("Things to do", "activities", 1, 2)
    await doing.do_activity(SLUG, poem, "form-2", sam)
    assert await progress(sam, "Things to do") == (2, today())
    await doing.undo_activity(SLUG, did.done, sam)
    again = await doing.undo_activity(SLUG, did.done, sam)
    assert again.repeated
    assert await progress(sam, "Things to do") == (1, None)
    assert await ActivityDone.filter(school_id=school.card.id).count() == 2
    assert await rebuild(school.card.id) == []


async def test_the_same_form_sent_twice_is_one_activity(school, ada, sam):
    program = await started(ada, sam)
    den = await activity(program, "Build a den", most=0, most_a_day=0)
    other = await activity(program, "Learn a poem")
    first = await doing.do_activity(SLUG, den, "form-1", sam)
    again = await asyncio.gather(*(doing.do_activity(SLUG, den, "form-1", sam) for _ in range(5)))
    assert {one.done for one in again} == {first.done}
    assert all(one.repeated for one in again)
    assert await ActivityDone.filter(school_id=school.card.id).count() == 1
    with pytest.raises(Refused, match="sent before"):
        await doing.do_activity(SLUG, other, "form-1", sam)


async def test_a_code_word_is_taken_in_any_case_and_with_spaces_and_only_once(school, ada, sam):
    program = await started(ada, sam)
    key = await activity(program, "Find the word", "code", code="Owl Moon")
    for wrong in ("", "  ", "owl", "owl moons"):
        with pytest.raises(Refused):
            await doing.do_activity(SLUG, key, "", sam, wrong)
    await doing.do_activity(SLUG, key, "", sam, " oWL mOOn ")
    with pytest.raises(Refused, match=f"{today().day} {today():%B}"):
        await doing.do_activity(SLUG, key, "", sam, "OWLMOON")
    assert await progress(sam, "Things to do") == (1, None)


async def test_an_answer_is_kept_and_an_event_counts_on_its_day(school, ada, sam):
    program = await started(ada, sam)
    answer = await activity(program, "Who was it?", "answer")
    event = await activity(program, "Author visit", "attend", code="INK", on=today(1))
    ahead = await activity(program, "Story night", "attend", code="INK", on=today(-1))
    with pytest.raises(Refused, match="Write your answer"):
        await doing.do_activity(SLUG, answer, "", sam, " ")
    await doing.do_activity(SLUG, answer, "", sam, "The owl.")
    await doing.do_activity(SLUG, event, "", sam, "ink")
    with pytest.raises(Refused, match="Come back then"):
        await doing.do_activity(SLUG, ahead, "", sam, "ink")
    rows = await ActivityDone.filter(school_id=school.card.id).order_by("id").values_list("answer", "on")
    assert rows == [("The owl.", today()), ("", today(1))]


async def test_caps_hold_in_all_and_a_day(school, ada, sam):
    program = await started(ada, sam, {**DO, "goal": 9})
    key = await activity(program, "Read to a pet", most=3, most_a_day=2)
    for _ in range(2):
        await doing.do_activity(SLUG, key, "", sam)
    with pytest.raises(Refused, match="2 times a day"):
        await doing.do_activity(SLUG, key, "", sam)
    await ActivityDone.filter(school_id=school.card.id).update(on=today(2))
    last = await doing.do_activity(SLUG, key, "", sam)
    with pytest.raises(Refused, match="That is all of it"):
        await doing.do_activity(SLUG, key, "", sam)
    await doing.undo_activity(SLUG, last.done, sam)
    await doing.do_activity(SLUG, key, "", sam)
    assert await progress(sam, "Things to do") == (3, None)


async def test_a_prompt_is_answered_by_an_entry_that_stands(school, ada, sam):
    program = await started(ada, sam, PROMPTS)
    blue = await activity(program, "Something blue", "prompt", "Prompts")
    funny = await activity(program, "Something funny", "prompt", "Prompts")
    kites, owls = await log(sam, "Kites", back=2), await log(sam, "Owls", back=1)
    with pytest.raises(Refused, match="Choose what"):
        await doing.do_activity(SLUG, blue, "", sam)
    await doing.do_activity(SLUG, blue, "", sam, entry=kites)
    with pytest.raises(Refused, match="another prompt"):
        await doing.do_activity(SLUG, funny, "", sam, entry=kites)
    assert await progress(sam, "Prompts") == (1, None)
    # a correction stands in its place, also for other prompts
    corrected = await log_actions.correct_entry(
        kites, Given(today(3), Mode.READING, title="Kites", minutes=25), "", sam, sure=True
    )
    assert await progress(sam, "Prompts") == (1, None)
    with pytest.raises(Refused, match="another prompt"):
        await doing.do_activity(SLUG, funny, "", sam, entry=corrected.entry)
    await doing.do_activity(SLUG, funny, "", sam, entry=owls)
    assert await progress(sam, "Prompts") == (2, today(1))
    await log_actions.void_entry(corrected.entry, sam)
    assert await progress(sam, "Prompts") == (1, None)
    with pytest.raises(Refused, match="out of your log"):
        await doing.do_activity(SLUG, blue, "", sam, entry=corrected.entry)
    assert await rebuild(school.card.id) == []


async def test_a_prompt_is_answered_by_what_was_read_weeks_ago(school, ada, sam):
    program = await started(ada, sam, PROMPTS, backdate_days=7)
    key = await activity(program, "Something blue", "prompt", "Prompts")
    await make.facts(sam, [(15, 20)], entered_back=15, title="Kites")
    (entry,) = await LogEntry.filter(school_id=school.card.id).values_list("key", flat=True)
    await doing.do_activity(SLUG, key, "", sam, entry=entry)
    rows = Progress.filter(school_id=school.card.id, person_id=sam.id)
    assert await rows.values_list("amount", flat=True) == [1]
    assert await rebuild(school.card.id) == []


async def test_an_event_before_joining_is_said_not_to_count(school, ada, sam):
    program = await make.program(by=ada, challenges=(DO,), credit="joining")
    await make.enrolment(program, sam, joined_on=today(1))
    early = await activity(program, "The opening", "attend", code="owl", on=today(2))
    late = await activity(program, "The reading", "attend", code="owl", on=today(1))
    with pytest.raises(Refused, match="counts from the day on which you joined"):
        await doing.do_activity(SLUG, early, "", sam, given="owl")
    assert not await ActivityDone.filter(school_id=school.card.id).exists()
    await doing.do_activity(SLUG, late, "", sam, given="owl")
    assert await progress(sam, "Things to do") == (1, None)


async def test_an_entry_of_somebody_else_answers_nothing(school, ada, sam):
    program = await started(ada, sam, PROMPTS)
    key = await activity(program, "Something blue", "prompt", "Prompts")
    other = await make.student("Ben")
    theirs = await log(other, "Kites")
    with pytest.raises(NotFound):
        await doing.do_activity(SLUG, key, "", sam, entry=theirs)


async def test_an_own_goal_is_set_and_the_latest_counts(school, ada, sam):
    program = await started(ada, sam, OWN)
    await log(sam, "Kites", back=2)
    await log(sam, "Owls", back=1)
    mine = await challenge(program, "My goal")
    assert await progress(sam, "My goal") == (40, None)
    await doing.set_own_goal(SLUG, mine.key, 40, sam)
    assert await progress(sam, "My goal") == (40, today(1))
    assert (await doing.set_own_goal(SLUG, mine.key, 40, sam)).repeated
    await doing.set_own_goal(SLUG, mine.key, 50, sam)
    assert await progress(sam, "My goal") == (40, None)
    assert await OwnGoal.filter(school_id=school.card.id).count() == 2
    for wrong in (0, -1, 100_001):
        with pytest.raises(Refused):
            await doing.set_own_goal(SLUG, mine.key, wrong, sam)
    assert await rebuild(school.card.id) == []


async def test_a_badge_that_an_activity_earned_goes_with_it_and_says_so(school, ada, sam):
    rule = {"rule": "total", "unit": "activities", "goal": 1}
    program = await started(ada, sam, badges=[{"title": "Doer", "rule": json.dumps(rule)}])
    den = await activity(program, "Build a den")
    did = await doing.do_activity(SLUG, den, "", sam)
    assert did.changes[0].earned == ("Doer",)
    undone = await doing.undo_activity(SLUG, did.done, sam)
    assert [lost.badge.title for lost in undone.changes[0].lost] == ["Doer"]
    state, why = (await Award.filter(school_id=school.card.id).values_list("state", "why"))[0]
    assert state == "withdrawn"
    assert "You took an activity back" in why


async def test_only_who_takes_part_while_it_runs_does_something(school, ada, sam):
    program = await make.program(by=ada, challenges=[DO, OWN])
    key = await activity(program, "Build a den")
    for who in (sam, ada):
        with pytest.raises(NotFound):
            await doing.do_activity(SLUG, key, "", who)
    await make.enrolment(program, sam)
    with pytest.raises(NotFound):
        await doing.do_activity(SLUG, "nothing", "", sam)
    with pytest.raises(NotFound):
        await doing.set_own_goal(SLUG, (await challenge(program, "Things to do")).key, 5, sam)
    did = await doing.do_activity(SLUG, key, "", sam)
    for days, words in (((-3, -9), "not begun"), ((60, 30), "over")):
        program.starts, program.ends = today(days[0]), today(days[1])
        await program.save()
        for act in (doing.do_activity(SLUG, key, "", sam), doing.undo_activity(SLUG, did.done, sam)):
            with pytest.raises(Refused, match=words):
                await act


async def test_what_is_done_while_catching_up_counts_on_the_last_day(school, ada, sam):
    program = await started(ada, sam, ends=today(2))
    key = await activity(program, "Build a den")
    await doing.do_activity(SLUG, key, "", sam)
    assert await ActivityDone.filter(school_id=school.card.id).values_list("on", flat=True) == [today(2)]
    assert await progress(sam, "Things to do") == (1, None)


async def test_an_activity_that_was_taken_away_counts_for_who_did_it(school, ada, sam):
    program = await started(ada, sam)
    key = await activity(program, "Build a den")
    await doing.do_activity(SLUG, key, "", sam)
    await Activity.filter(school_id=school.card.id).update(gone_on=today(1))
    with pytest.raises(Refused):
        await doing.do_activity(SLUG, key, "", sam)
