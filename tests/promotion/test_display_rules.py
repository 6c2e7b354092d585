"""Days and places of displays, and what crowds what; no database."""

from datetime import date, timedelta

import pytest

from engage.errors import Refused
from engage.promotion import rules
from engage.promotion.promoted import is_a_person
from engage.promotion.rules import Crowd, Place

MONDAY = date(2026, 11, 2)


def _shown(title: str, first: int, last: int, place: Place = Place.HERO) -> dict[str, object]:
    starts, ends = MONDAY + timedelta(days=first), MONDAY + timedelta(days=last)
    return {"title": title, "place": place, "starts": starts, "ends": ends}


def test_a_display_ends_after_it_begins_and_within_a_year() -> None:
    rules.check_days(MONDAY, MONDAY)
    for ends in (MONDAY - timedelta(days=1), MONDAY + timedelta(days=400)):
        with pytest.raises(Refused) as no:
            rules.check_days(MONDAY, ends)
        assert no.value.about == "ends"


@pytest.mark.parametrize(("days", "later"), [(6, 7), (7, 14), (13, 14), (0, 7)])
def test_a_second_time_is_as_long_and_on_the_same_days_of_the_week(days: int, later: int) -> None:
    starts, ends = rules.again(MONDAY, MONDAY + timedelta(days=days), MONDAY)
    assert starts == MONDAY + timedelta(days=later)
    assert ends - starts == timedelta(days=days)


def test_a_second_time_of_something_long_ago_is_not_over_already() -> None:
    today = MONDAY + timedelta(days=100)
    starts, _ = rules.again(MONDAY, MONDAY + timedelta(days=6), today)
    assert today <= starts < today + timedelta(days=7)
    assert starts.weekday() == MONDAY.weekday()


def test_two_on_one_place_are_told_with_their_days() -> None:
    shown = [_shown("Sea", 0, 9), _shown("Sky", 7, 13), _shown("Owls", 2, 4, Place.STAND)]
    first, last = MONDAY + timedelta(days=7), MONDAY + timedelta(days=9)
    assert rules.crowded(shown, MONDAY) == [Crowd(Place.HERO, first, last, ("Sky", "Sea"))]
    assert rules.crowded(shown, MONDAY + timedelta(days=10)) == []
    shelf = [_shown(str(number), 0, 3, Place.SHELF) for number in range(4)]
    assert rules.crowded(shelf[:3], MONDAY) == []
    assert [crowd.place for crowd in rules.crowded(shelf, MONDAY)] == [Place.SHELF]


def test_the_calendar_shows_the_weeks_in_which_something_stands() -> None:
    weeks = rules.calendar([_shown("Sea", 5, 8), _shown("Old", -40, -20)], MONDAY + timedelta(days=2), 4)
    assert weeks.mondays[:2] == (MONDAY - timedelta(days=7), MONDAY)
    ((row, stands),) = weeks.rows
    assert row["title"] == "Sea"
    assert stands == (False, True, True, False)


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("headers", "counts"),
    [
        ({}, True),
        ({"sec-fetch-dest": "document"}, True),
        ({"sec-purpose": "prefetch"}, False),
        ({"sec-purpose": "prefetch;prerender"}, False),
        ({"purpose": "prefetch"}, False),
        ({"x-moz": "prefetch"}, False),
        ({"x-purpose": "preview"}, False),
        ({"sec-fetch-dest": "image"}, False),
        ({"user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}, False),
        ({"user-agent": "Slackbot-LinkExpanding 1.0"}, False),
        ({"user-agent": "curl/8.5"}, False),
        ({"user-agent": ""}, False),
    ],
)
def test_only_what_looks_like_a_person_counts(headers: dict[str, str], counts: bool) -> None:
    assert is_a_person({"user-agent": FIREFOX, **headers}) is counts
