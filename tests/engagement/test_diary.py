from dataclasses import replace
from datetime import date

import pytest

from engage.database.transaction import one_transaction
from engage.engagement.diary import flush_openings, opened, record
from engage.engagement.models import ActiveDay, DailyFigure, Engagement
from engage.engagement.rebuilding import differences, repair
from engage.engagement.rules import Kind, Mode
from engage.people.rules import Reader
from tests.school import TestSchool

MONDAY = date(2026, 11, 23)


async def _log(by: Reader, minutes: int, count: int = 1) -> None:
    await record(Kind.LOGGED, by=by, on=MONDAY, mode=Mode.READING, minutes=minutes, count=count, program_id=7)


async def test_an_act_keeps_a_diary_row_and_the_figures_of_its_day(school: TestSchool, sam: Reader) -> None:
    @one_transaction
    async def twice() -> None:
        await _log(sam, 20)
        await _log(sam, 15)

    await twice()

    assert await Engagement.filter(school_id=school.card.id, person_id=sam.id).count() == 2
    figure = await DailyFigure.get(school_id=school.card.id)
    assert (figure.on, figure.count, figure.minutes, figure.program_id) == (MONDAY, 2, 35, 7)
    day = await ActiveDay.get(school_id=school.card.id)
    assert (day.acts, day.reading_minutes, day.listening_minutes) == (2, 35, 0)
    assert len(day.who) == 32  # a hash, whose digits may be those of anybody


async def test_what_is_taken_back_leaves_the_sums_as_before(school: TestSchool, sam: Reader) -> None:
    @one_transaction
    async def change(minutes: int, count: int) -> None:
        await _log(sam, minutes, count)

    await change(20, 1)
    await change(-20, -1)

    figure = await DailyFigure.get(school_id=school.card.id)
    assert (figure.count, figure.minutes) == (0, 0)
    assert (await ActiveDay.get(school_id=school.card.id)).acts == 0


async def test_a_part_that_failed_adds_nothing(school: TestSchool, sam: Reader) -> None:
    @one_transaction
    async def failing_part() -> None:
        await _log(sam, 50)
        raise ValueError("no")

    @one_transaction
    async def whole() -> None:
        await _log(sam, 20)
        with pytest.raises(ValueError, match="no"):
            await failing_part()

    await whole()

    assert (await DailyFigure.get(school_id=school.card.id)).minutes == 20


async def test_opening_is_counted_without_a_person(school: TestSchool, sam: Reader, ada: Reader) -> None:
    visitor = Reader(school=school.card)
    for reader in (sam, visitor, visitor, ada):
        opened(Kind.LIST_OPENED, reader, list_id=5)

    assert await flush_openings() == 3  # the specialist at her own work is not counted
    assert await flush_openings() == 0

    rows = await Engagement.filter(school_id=school.card.id).values("person_id", "count", "grade_band")
    assert all(row["person_id"] is None for row in rows)
    assert sum(row["count"] for row in rows) == 3
    assert await differences(school.card.id) == []


async def test_one_thing_opened_twice_at_once_in_a_session_counts_once(school: TestSchool, sam: Reader) -> None:
    signed_in = replace(sam, session_id=991)
    opened(Kind.LIST_OPENED, signed_in, list_id=6)
    opened(Kind.LIST_OPENED, signed_in, list_id=6)
    assert await flush_openings() == 1


async def test_figures_agree_with_the_diary_and_are_mended_when_they_do_not(school: TestSchool, sam: Reader) -> None:
    @one_transaction
    async def act() -> None:
        await _log(sam, 20)

    await act()
    assert await differences(school.card.id) == []

    await DailyFigure.filter(school_id=school.card.id).update(minutes=999)
    await ActiveDay.filter(school_id=school.card.id).update(acts=9)
    assert len(await differences(school.card.id)) == 2

    await repair(school.card.id)
    assert await differences(school.card.id) == []


async def test_a_name_is_kept_only_with_a_students_own_act_in_a_program(
    school: TestSchool, sam: Reader, ada: Reader
) -> None:
    @one_transaction
    async def act() -> None:
        await _log(sam, 20)
        await record(Kind.RESOURCE_SAVED, by=sam, resource_id=3)
        await record(Kind.LIST_PUBLISHED, by=ada, list_id=5)

    await act()

    rows = await Engagement.filter(school_id=school.card.id).values_list("kind", "person_id")
    assert dict(rows) == {Kind.LOGGED: sam.id, Kind.RESOURCE_SAVED: None, Kind.LIST_PUBLISHED: None}
