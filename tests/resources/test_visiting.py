"""When a source is visited, and how it is said to be."""

from datetime import UTC, date, datetime, timedelta

import pytest

from engage.resources.rules import SourceState
from engage.resources.visiting import (
    Move,
    has_moved,
    health,
    moved,
    next_visit,
    quiet_for,
    quiet_until_awake,
    rest_of,
    resting,
    retry_after,
    spell,
    state_after,
    status_sentence,
)
from feeds import Feed

NOW = datetime(2026, 11, 13, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("minutes", "quiet", "wait"),
    [
        (60, timedelta(), HOUR),
        (1, timedelta(), HOUR / 4),
        (0, timedelta(), HOUR / 4),
        (100_000, timedelta(), 24 * HOUR),
        (60, 3 * HOUR, 3 * HOUR),
        (180, HOUR, 3 * HOUR),
        (60, timedelta(days=90), 24 * HOUR),
    ],
)
def test_a_good_source_is_visited_between_a_quarter_of_an_hour_and_a_day(minutes, quiet, wait):
    assert next_visit(NOW, minutes, 0, quiet=quiet) == NOW + wait


def test_visits_in_vain_come_further_and_further_apart():
    waits = [next_visit(NOW, 15, failures) - NOW for failures in range(1, 12)]
    assert waits == [hours * HOUR for hours in (1, 2, 4, 8, 16, 24, 24, 24, 24, 24, 24)]
    assert next_visit(NOW, 15, 10**9) == NOW + 24 * HOUR


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (timedelta(seconds=5), HOUR),
        (3 * HOUR, 3 * HOUR),
        (timedelta(days=400), timedelta(days=2)),
    ],
)
def test_a_wish_to_be_left_alone_is_granted_within_reason(asked, wait):
    assert next_visit(NOW, 60, 1, asked) == NOW + wait
    assert next_visit(NOW, 60, 6, asked) >= NOW + 24 * HOUR


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta()),
        ("Fri, 13 Nov 2026 13:30:00 GMT", HOUR * 1.5),
        ("Fri, 13 Nov 1926 13:30:00 GMT", timedelta()),
        ("-5", None),
        ("9" * 50, None),
        ("soon", None),
        ("", None),
        ("Fri, 99 Nov 2026 99:30:00 GMT", None),
        ("٣", None),
    ],
)
def test_a_retry_after_is_read_as_seconds_or_as_a_date(header, meant):
    assert retry_after(header, NOW) == meant


def test_a_feed_may_say_how_long_it_will_not_change():
    assert quiet_for({}, None) == timedelta()
    assert quiet_for({}, 90) == HOUR * 1.5
    assert quiet_for({"cache-control": "public, max-age=7200"}, 90) == 2 * HOUR
    assert quiet_for({"cache-control": "s-maxage=7200"}, None) == timedelta()
    assert quiet_for({"cache-control": "max-age=99999999999999999999"}, None) == timedelta()


def test_a_source_is_paused_after_ten_failures_and_retired_only_by_its_own_word():
    assert state_after(9, 404) is SourceState.ACTIVE
    assert state_after(10, 404) is SourceState.PAUSED
    assert state_after(1, 410) is SourceState.RETIRED
    assert state_after(0, 200) is SourceState.ACTIVE


def test_an_address_moves_after_three_agreeing_days():
    first, second, third = (date(2026, 11, day) for day in (13, 14, 15))
    move = moved(Move(), "https://new.example/", first)
    assert not has_moved(move)
    assert moved(move, "https://new.example/", first) == move
    move = moved(move, "https://new.example/", second)
    assert not has_moved(move)
    assert has_moved(moved(move, "https://new.example/", third))


def test_visits_that_disagree_about_a_move_begin_anew():
    today = date(2026, 11, 15)
    nearly = Move("https://new.example/", 2, date(2026, 11, 14))
    assert moved(nearly, "https://other.example/", today) == Move("https://other.example/", 1, today)
    assert moved(nearly, None, today) == Move()


@pytest.mark.parametrize("status", [301, 401, 403, 404, 410, 418, 429, 500, 503, 599])
def test_each_status_has_a_sentence(status):
    assert status_sentence(status).endswith(".")


@pytest.mark.parametrize(
    ("given", "tone", "sentence"),
    [
        ((SourceState.ACTIVE, 0, "", None, None), "wait", "waits for its first visit."),
        ((SourceState.ACTIVE, 0, "", NOW - 2 * HOUR, NOW - 2 * HOUR), "good", "answered 2 hours ago."),
        ((SourceState.ACTIVE, 0, "", NOW, NOW), "good", "answered just now."),
        (
            (SourceState.ACTIVE, 5, "It is slow.", NOW, NOW - timedelta(days=6)),
            "warn",
            "has not answered for 6 days. It is slow.",
        ),
        ((SourceState.ACTIVE, 1, "It is slow.", NOW, None), "warn", "has never answered properly. It is slow."),
        ((SourceState.PAUSED, 0, "", NOW, NOW), "wait", "is paused."),
        ((SourceState.PAUSED, 10, "It is slow.", NOW, NOW), "bad", "was paused after 10 visits in vain. It is slow."),
        ((SourceState.RETIRED, 1, "", NOW, NOW), "bad", "has ended. The site says so, and Engage no longer visits it."),
    ],
)
def test_the_health_of_a_source_is_told_in_words(given, tone, sentence):
    found = health(*given, NOW)
    assert (found.tone, f"{found.sentence} {found.why}".strip()) == (tone, sentence)


def test_lengths_of_time_are_spelt_in_their_largest_unit():
    lengths = (timedelta(seconds=3), timedelta(minutes=1), timedelta(minutes=59), HOUR, 30 * HOUR, timedelta(days=9))
    assert [spell(length) for length in lengths] == ["a moment", "a minute", "59 minutes", "an hour", "a day", "9 days"]


def test_a_visit_does_not_fall_into_the_hours_that_a_feed_asks_to_be_skipped():
    night = Feed(skip_hours=(20, 21, 22, 23, 0, 1, 2, 3, 4, 5))
    evening = datetime(2026, 11, 13, 19, 30, tzinfo=UTC)
    assert quiet_until_awake(night, evening, 15, {}) == timedelta(minutes=15)
    assert quiet_until_awake(night, evening, 60, {}) == timedelta(hours=10, minutes=30)
    assert quiet_until_awake(Feed(ttl_minutes=90), evening, 60, {}) == timedelta(minutes=90)
    assert quiet_until_awake(Feed(), evening, 60, {"cache-control": "max-age=7200"}) == timedelta(hours=2)


@pytest.mark.parametrize(
    "feed",
    [
        Feed(),
        Feed(ttl_minutes=90),
        Feed(skip_hours=tuple(range(24)), skip_days=tuple(range(7)), ttl_minutes=44_640),
        Feed(skip_days=(5, 6)),
    ],
)
def test_when_a_feed_asks_to_be_left_alone_is_remembered(feed):
    kept = resting(rest_of(feed))
    assert (kept.ttl_minutes or 0, kept.skip_hours, kept.skip_days) == (
        feed.ttl_minutes or 0,
        feed.skip_hours,
        feed.skip_days,
    )
    assert len(rest_of(feed)) <= 160
