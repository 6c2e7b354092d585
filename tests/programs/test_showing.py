"""What the pages of programs show, and what is withheld."""

from datetime import date

import pytest

from engage.programs import showing
from engage.programs.showing import count_shown
from tests.programs.facts import october

TODAY = date(2026, 10, 20)


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (12, 12, "12"),
        (4, 4, "Withheld"),
        (4, 20, "Fewer than 5"),
        (0, 20, "Fewer than 5"),  # zero is hidden like one
        (5, 20, "5"),
        (16, 20, "Withheld"),  # the four who are left could be told
        (15, 20, "15"),
        (20, 20, "20"),
    ],
)
def test_a_count_that_could_name_somebody_is_withheld(part, whole, words):
    assert count_shown(part, whole, 5) == words
    assert count_shown(part, whole, 5, exact=True) == f"{part}"


def test_a_slip_has_whole_weeks_from_monday():
    days = showing.slip_days(october(7), october(14), {october(8): 20, october(9): 0}, [october(10)])
    assert (days[0]["date"], days[-1]["date"], len(days)) == (october(5), october(18), 14)
    shown = {day["date"].day: (day["minutes"], day["stamped"], day["rest"]) for day in days}
    assert shown[8] == (20, True, False)
    assert shown[9] == (0, True, False)
    assert shown[10] == (0, False, True)


def test_the_last_seven_days_end_today():
    week = showing.last_week(TODAY, {october(19): 20, october(20): 5}, [october(18)])
    assert [day["state"] for day in week] == ["open", "open", "open", "open", "rest", "on", "on"]
    assert showing.last_week(TODAY, {})[-1] == {"date": TODAY, "state": "today", "today": True}


def test_a_chart_has_every_day_and_its_weeks_add_up():
    rows = [
        {"on": october(1), "mode": "reading", "minutes": 20},
        {"on": october(1), "mode": "reading", "minutes": 5},
        {"on": october(1), "mode": "listening", "minutes": None},
        {"on": october(9), "mode": "viewing", "minutes": 30},
    ]
    columns = showing.columns_of(october(1), october(14), rows)
    assert len(columns) == 14
    assert columns[0] == ("1 Oct", {"reading": 25, "listening": 0})
    assert showing.weeks_of(october(1), 2, rows) == [
        ("1 October to 7 October", 1, 25),
        ("8 October to 14 October", 1, 30),
    ]
