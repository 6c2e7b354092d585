"""What came of displays that are over, told once by night, so that no page has to compare lists to count them."""

from datetime import datetime

from tortoise.queryset import QuerySet

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.dates import Period
from engage.people.models import School
from engage.people.queries import CARD
from engage.people.rules import SchoolCard
from engage.promotion.effects import Effect
from engage.promotion.evidence_queries import effects_of
from engage.promotion.models import Display
from engage.promotion.rules import Verdict


def verdict_of(effect: Effect) -> Verdict:
    """What an effect says, in one word."""
    if effect.ratio is None:
        return Verdict.UNTOLD
    return Verdict.MORE if effect.more else Verdict.LESS if effect.less else Verdict.SAME


async def judge_displays(now: datetime) -> int:
    """Say of each display that is over what came of it, as a job; how many were judged."""
    many = 0
    with every_school("a job for the displays of all schools"):
        for row in await School.all().order_by("id").values(*CARD):
            school = SchoolCard(**row)
            today = dates.on(now, school.zone)
            for display in await to_judge(school.id).filter(ends__lt=today):
                found = await effects_of(school, Period(display.starts, display.ends), today)
                effect = next((one.during for one in found if one.display["id"] == display.id), None)
                await _keep(display, Verdict.UNTOLD if effect is None else verdict_of(effect))
                many += 1
    return many


def to_judge(school_id: int) -> QuerySet[Display]:
    """The displays of a school of which nothing is said yet."""
    return Display.filter(school_id=school_id, verdict="").order_by("id")


@one_transaction
async def _keep(display: Display, verdict: Verdict) -> None:
    """Keep it, unless the display was lengthened meanwhile."""
    await Display.filter(school_id=display.school_id, id=display.id, ends=display.ends).update(verdict=verdict)  # type: ignore[attr-defined]
