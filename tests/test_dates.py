"""The calendar: school hours, by the clock of the school."""

from datetime import date, datetime, time, timedelta

import pytest

from engage import dates

NEW_YORK = "America/New_York"
FRIDAY = date(2026, 3, 6)
MONDAY = FRIDAY + timedelta(days=3)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return dates.moment(day, time(hour, minute), NEW_YORK)


@pytest.mark.parametrize(
    ("moment", "off", "since"),
    [
        (at(FRIDAY, 7), (), None),
        (at(FRIDAY, 17, 59), (), None),
        (at(FRIDAY, 18), (), at(FRIDAY, 18)),
        (at(FRIDAY, 6, 59), (), at(FRIDAY - timedelta(days=1), 18)),
        # over the weekend in which the clocks go forward
        (at(FRIDAY + timedelta(days=1), 12), (), at(FRIDAY, 18)),
        (at(MONDAY, 6), (), at(FRIDAY, 18)),
        (at(MONDAY, 12), (), None),
        (at(MONDAY, 12), (MONDAY,), at(FRIDAY, 18)),
        (at(MONDAY, 12), (MONDAY, FRIDAY), at(FRIDAY - timedelta(days=1), 18)),
    ],
)
def test_outside_school_hours_begins_with_the_end_of_the_last_school_day(
    moment: datetime, off: tuple[date, ...], since: datetime | None
) -> None:
    assert dates.closed_since(moment, NEW_YORK, off) == since


def test_a_summer_is_looked_back_on_for_a_fortnight() -> None:
    summer = [date(2026, 7, 1) + timedelta(days=number) for number in range(40)]
    now = at(summer[30], 12)
    assert dates.closed_since(now, NEW_YORK, summer) == at(summer[16], 18)
