"""What came of displays: against lists that were not shown, and nothing about few people."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from engage import dates
from engage.dates import Period
from engage.engagement.models import DailyFigure
from engage.engagement.rules import Kind
from engage.lists.models import CuratedList
from engage.programs.models import ResourceProgress
from engage.promotion.evidence_queries import Worked, displays_shown, effects_of
from engage.promotion.models import Display, PromotedDay
from engage.promotion.rules import Medium, Place
from engage.promotion.worked_pages import school_for
from tests import make
from tests.conftest import Statements
from tests.promotion.test_going import on_show
from tests.school import Browser, TestSchool, words_of

FRESHNESS = "data_version"
DAYS = 14


async def _opened(school: TestSchool, curated: CuratedList, first: date, counts: Sequence[int]) -> None:
    await DailyFigure.bulk_create(
        [
            DailyFigure(
                school_id=school.card.id,
                on=first + timedelta(days=place),
                kind=Kind.LIST_OPENED,
                list_id=curated.id,
                count=count,
            )
            for place, count in enumerate(counts)
            if count
        ]
    )


async def _lists(school: TestSchool, titles: Sequence[str], out_days_ago: int = 200) -> list[CuratedList]:
    found = []
    for title in titles:
        made = await make.curated_list(school.ada, title, 2, published=True)
        at = datetime.combine(dates.today(school.card.zone), time(12), dates.now().tzinfo) - timedelta(
            days=out_days_ago
        )
        await CuratedList.filter(school_id=school.card.id, id=made.id).update(published_at=at)
        found.append(made)
    return found


async def _stood(school: TestSchool, curated: CuratedList, ago: int = 30, **more: Any) -> Display:
    starts = dates.today(school.card.zone) - timedelta(days=ago)
    days = {"starts": starts, "ends": starts + timedelta(days=DAYS - 1)}
    return await on_show(school.ada, f"list {curated.key}", place=Place.STAND, **days, **more)


def _year(school: TestSchool) -> Period:
    return dates.school_year(dates.today(school.card.zone) - timedelta(days=30), school.card.year_starts_in)


async def _worked(school: TestSchool, display: Display) -> Worked:
    return next(one for one in await effects_of(school.card, _year(school)) if one.display["key"] == display.key)


async def test_a_display_is_judged_against_lists_like_it_that_were_not_shown(
    browser: Browser, school: TestSchool
) -> None:
    sea, *others = await _lists(school, ["Sea", "A", "B", "C", "Shown too"])
    display = await _stood(school, sea)
    first = display.starts - timedelta(days=DAYS)
    await _opened(school, sea, first, [2] * DAYS + [8] * DAYS)
    for other in others[:-1]:
        await _opened(school, other, first, [2] * DAYS + [4] * DAYS)
    # one was on show as well, and is no comparison
    await _stood(school, others[-1], ago=20)
    await _opened(school, others[-1], first, [1] * DAYS + [90] * DAYS)
    link = await display.links.filter(school_id=school.card.id, medium=Medium.SIGN.value).get()  # type: ignore[attr-defined]
    await PromotedDay.create(school_id=school.card.id, link_id=link.id, on=display.starts, count=12)
    one = await _worked(school, display)
    assert (one.days, one.during.before, one.during.then, one.during.similar) == (DAYS, 28, 112, 3)
    assert one.during.more
    assert one.during.ratio == pytest.approx(2.0, abs=0.1)
    assert one.opened == {"sign": 12}
    assert one.borrowed is None
    said = words_of(
        await browser.sign_in(school.ada).get(f"/curate/displays/worked?year={dates.year_name(_year(school))}")
    )
    assert (
        "More than chance alone would make it: opened 2.0 times as often as we would expect from 3 lists like it"
        in said
    )
    assert "sign 12" in said
    table = await browser.get(f"/curate/displays/worked.csv?year={dates.year_name(_year(school))}")
    assert "Sea,In the library" in table.text
    shown = await displays_shown(school.card.id, _year(school))
    assert {row["title"] for row in shown} == {"Sea", "Shown too"}


async def test_it_says_nothing_where_it_cannot_know(school: TestSchool) -> None:
    sea, sky, new = await _lists(school, ["Sea", "Sky", "New"])
    await CuratedList.filter(school_id=school.card.id, id=new.id).update(published_at=dates.now() - timedelta(days=31))
    display = await _stood(school, sea)
    await _opened(school, sea, display.starts - timedelta(days=DAYS), [2] * DAYS * 2)
    assert "No other lists like it" in (await _worked(school, display)).during.why
    twice = await _stood(school, sky, ago=20)
    await _stood(school, sky, ago=40)
    assert "on show in the days before" in (await _worked(school, twice)).during.why
    late = await _stood(school, new)
    assert "was not out in the days before" in (await _worked(school, late)).during.why
    today = dates.today(school.card.zone)
    short = await on_show(
        school.ada, f"list {sea.key}", starts=today - timedelta(days=2), ends=today, place=Place.SHELF
    )
    assert "too few days" in (await _worked(school, short)).during.why
    program = await make.program(school.ada, "Lantern Nights")
    of_program = await on_show(school.ada, f"program {program.key}", place=Place.SHELF)
    assert "A program has a page of its own" in (await _worked(school, of_program)).during.why


async def test_finishes_are_told_by_fives_and_of_enough_students(browser: Browser, school: TestSchool) -> None:
    moon = await make.resource("Owl Moon")
    snow = await make.resource("The Snowy Day")
    owls = await make.curated_list(school.ada, "Owls", [moon, snow], published=True)
    display = await _stood(school, owls)
    students = [await make.student(f"Reader {number}") for number in range(7)]

    async def finish(of: int, *things: Any) -> None:
        for thing in things:
            await ResourceProgress.create(
                school_id=school.card.id,
                person_id=students[of].id,
                resource_id=thing.id,
                state="finished",
                started_on=display.starts,
                on=display.starts,
            )

    for number in range(4):
        await finish(number, moon, snow)
    assert (await _worked(school, display)).finished is None  # eight finishes of four students
    await finish(4, moon)
    assert (await _worked(school, display)).finished == 5  # nine of five
    await finish(5, moon, snow)
    assert (await _worked(school, display)).finished == 10  # eleven of six
    path = f"/curate/displays/worked?year={dates.year_name(_year(school))}"
    for reader in (school.ada, school.tom, school.vera, school.alma):
        assert "About 10 finished from it" in words_of(await browser.sign_in(reader).get(path))
    await CuratedList.filter(school_id=school.card.id, id=owls.id).update(visibility="classes")
    assert "Owls" in words_of(await browser.sign_in(school.ada).get(path))
    assert "Owls" not in words_of(await browser.sign_in(school.vera).get(path))
    for reader in (school.sam, school.rosa, None):
        assert (await browser.sign_in(reader).get(path)).status_code in (403, 404)


@pytest.mark.parametrize("much", [1, 5])
async def test_it_costs_a_steady_number_of_statements(school: TestSchool, statements: Statements, much: int) -> None:
    for curated in await _lists(school, [f"List {number}" for number in range(much)]):
        await _stood(school, curated)
    statements.forget()
    await effects_of(school.card, _year(school))
    assert len([each for each in statements.seen if FRESHNESS not in each]) == 9


async def test_the_district_reads_with_the_limit_beyond_the_school(school: TestSchool) -> None:
    assert [school_for(reader).fewest for reader in (school.ada, school.tom, school.dora)] == [5, 5, 10]
