"""The calendar of the school: who writes days without school into it, and what rows of days make of that."""

import json
from datetime import date, timedelta

import pytest

from engage.database.job_model import Job
from engage.engagement.rules import Mode
from engage.errors import NotAllowed, Refused
from engage.people.models import DayOff
from engage.programs.days_off import Stretch, check_stretch, close_days, open_days, stretches
from engage.programs.entries import Given
from engage.programs.log_actions import log_entry
from engage.programs.models import Award, Badge, Challenge, FormerRules, Program, Progress, Standing
from engage.programs.rebuild import rebuild, recount
from tests import make
from tests.programs.doing import STREAK
from tests.school import today, words_of

WEDNESDAY = date(2026, 11, 25)
ROW = STREAK | {"details": '{"unit": "day", "grace": 0}'}


def test_days_of_one_name_stand_together_over_a_weekend():
    friday, monday = date(2026, 11, 27), date(2026, 11, 30)
    days = [(monday, "Break"), (WEDNESDAY, "Break"), (friday, "Break"), (date(2026, 11, 26), "Break")]
    assert stretches(days) == [Stretch(WEDNESDAY, monday, "Break")]
    assert stretches([(WEDNESDAY, "Break"), (friday, "Break")]) == [
        Stretch(WEDNESDAY, WEDNESDAY, "Break"),
        Stretch(friday, friday, "Break"),
    ]
    assert len(stretches([(friday, "Break"), (monday, "Snow")])) == 2


@pytest.mark.parametrize(
    ("starts", "ends", "says"),
    [
        (WEDNESDAY, WEDNESDAY - timedelta(days=1), "before the first"),
        (WEDNESDAY, WEDNESDAY + timedelta(days=120), "120 days at most"),
        (WEDNESDAY + timedelta(days=801), WEDNESDAY + timedelta(days=801), "too far away"),
        (WEDNESDAY - timedelta(days=801), WEDNESDAY - timedelta(days=801), "too far away"),
    ],
)
def test_a_stretch_that_is_none_is_refused(starts, ends, says):
    with pytest.raises(Refused, match=says):
        check_stretch(starts, ends, WEDNESDAY)
    check_stretch(WEDNESDAY, WEDNESDAY + timedelta(days=119), WEDNESDAY)


async def test_an_admin_writes_days_into_the_calendar_and_takes_them_out(browser, school, alma, ada, dora):
    browser.sign_in(alma)
    assert "Days without school" in words_of(await browser.get("/admin/settings"))
    soon = today() + timedelta(days=7)
    sent = {"note": "Snow days", "starts": soon.isoformat(), "ends": (soon + timedelta(days=1)).isoformat()}
    page = words_of(await browser.follow(await browser.post("/admin/calendar", sent)))
    assert "It stands in the calendar." in page
    assert "Snow days" in page
    again = await browser.follow(await browser.post("/admin/calendar", sent))
    assert "It stands in the calendar already." in words_of(again)
    of = {"school_id": school.lincoln.id}
    assert await DayOff.filter(**of).order_by("on").values_list("on", flat=True) == [soon, soon + timedelta(days=1)]
    wrong = await browser.post("/admin/calendar", sent | {"ends": today().isoformat()})
    assert (wrong.status_code, "before the first" in words_of(wrong)) == (422, True)
    page = words_of(await browser.follow(await browser.post("/admin/calendar/take-out", sent)))
    assert "It is taken out of the calendar." in page
    assert "Snow days" not in page
    assert await DayOff.filter(**of).count() == 0
    said = words_of(await browser.get("/admin/audit"))
    assert "wrote days without school" in said
    assert "took days without school back" in said
    with pytest.raises(NotAllowed):
        await close_days(today(), today(), "Mine", by=ada)


async def a_row(by, **more) -> Program:
    """A program of which one challenge is three days in a row, without rest days."""
    return await make.program(by=by, starts=today() - timedelta(days=20), challenges=[ROW], grace_days=0, **more)


async def missed_a_day(program, sam) -> date:
    """Sam read on three days with one day between; which one that was."""
    for back in (4, 3, 1):
        await log_entry(Given(today() - timedelta(days=back), Mode.READING, minutes=20), f"day-{back}", sam)
    return today() - timedelta(days=2)


async def test_a_snow_day_that_is_entered_later_keeps_the_row_and_brings_the_badge(school, alma, ada, sam):
    program = await a_row(ada)
    await make.enrolment(program, sam)
    missed = await missed_a_day(program, sam)
    of = {"school_id": school.lincoln.id, "program_id": program.id}
    assert await Standing.filter(**of).values_list("streak", flat=True) == [1]

    assert await close_days(missed, missed, "Snow day", by=alma) == 1
    assert await Job.filter(key=f"recount-{program.id}").count() == 1
    await recount(school.lincoln.id, program.id)
    assert await Standing.filter(**of).values_list("streak", flat=True) == [3]
    assert await Progress.filter(**of, done_on__isnull=False).count() == 1
    assert await rebuild(school.lincoln.id) == []


async def test_what_a_program_counted_before_it_was_over_stays(school, alma, ada, sam):
    program = await a_row(ada)
    await Program.filter(school_id=school.lincoln.id, id=program.id).update(
        ends=today() - timedelta(days=10), catching_up=7
    )
    inside = today() - timedelta(days=12)
    with pytest.raises(Refused, match="is over"):
        await close_days(inside, inside, "Snow day", by=alma)
    assert await DayOff.filter(school_id=school.lincoln.id).count() == 0
    # days that it never ran on are free
    assert await close_days(today(), today(), "Snow day", by=alma) == 1
    await Program.filter(school_id=school.lincoln.id, id=program.id).update(state="draft")
    assert await close_days(inside, inside, "Snow day", by=alma) == 1


async def test_no_result_goes_by_days_off_after_the_last_day_of_a_program(school, alma, ada, sam):
    friday, monday = date(2026, 11, 27), date(2026, 11, 30)
    run = {"starts": friday - timedelta(days=30), "ends": friday, "streak_unit": "school day", "grace_days": 0}
    program = await make.program(by=ada, **run)
    await make.enrolment(program, sam)
    await make.facts(sam, [((today() - friday).days, 20)], entered_back=(today() - friday).days)
    await recount(school.card.id, program.id)
    before = await Standing.get(school_id=school.card.id)
    assert before.alive_until == monday
    assert await close_days(monday, monday + timedelta(days=20), "Winter break", by=alma)
    assert await rebuild(school.card.id) == []


async def test_a_day_off_that_is_taken_back_takes_no_badge(school, alma, ada, sam):
    program = await a_row(ada)
    of = {"school_id": school.lincoln.id, "program_id": program.id}
    key = (await Challenge.get(**of)).key
    rule = json.dumps({"rule": "challenge", "key": key})
    badge = await Badge.create(**of, position=0, title="Three days", rule=rule)
    await make.enrolment(program, sam)
    missed = today() - timedelta(days=2)
    await close_days(missed, missed, "Snow day", by=alma)
    await missed_a_day(program, sam)
    assert await Award.filter(**of, badge_id=badge.id).values_list("state", "kept") == [("earned", "")]

    assert await open_days(missed, missed, by=alma) == 1
    assert await FormerRules.filter(**of).count() == 2
    await recount(school.lincoln.id, program.id)
    ((state, kept),) = await Award.filter(**of, badge_id=badge.id).values_list("state", "kept")
    assert (state, bool(kept)) == ("kept by policy", True)
    assert await Standing.filter(**of).values_list("streak", flat=True) == [1]
    assert await rebuild(school.lincoln.id) == []
