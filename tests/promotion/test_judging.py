"""What came of displays is said once, when they are over."""

from datetime import timedelta

from engage import dates
from engage.promotion import actions
from engage.promotion.judging import judge_displays
from engage.promotion.models import Display
from engage.promotion.rules import Verdict
from tests.promotion.test_evidence import DAYS, _lists, _opened, _stood
from tests.school import TestSchool


async def test_a_display_is_judged_once_it_is_over_and_anew_when_it_is_lengthened(school: TestSchool) -> None:
    sea, *others = await _lists(school, ["Sea", "A", "B", "C"])
    display = await _stood(school, sea)
    first = display.starts - timedelta(days=DAYS)
    await _opened(school, sea, first, [2] * DAYS + [8] * DAYS)
    for other in others:
        await _opened(school, other, first, [2] * DAYS + [4] * DAYS)
    today = dates.today(school.card.zone)
    still = await _stood(school, others[0], ago=0)
    assert still.ends >= today
    assert await judge_displays(dates.now()) == 1
    of = Display.filter(school_id=school.card.id)
    assert (await of.get(id=display.id)).verdict == Verdict.MORE
    assert (await of.get(id=still.id)).verdict == ""
    assert await judge_displays(dates.now()) == 0
    await actions.extend(display.key, by=school.ada)
    assert (await of.get(id=display.id)).verdict == ""
