from datetime import UTC, datetime

import pytest

from feeds.moments import lasting, moment, seconds

NINE = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-09-01T09:00:00Z",
        "2026-09-01T09:00:00.123456+00:00",
        "2026-09-01T11:00+02:00",
        "2026-09-01 04:00:00-0500",
        "2026-09-01t09:00:00z",
        " 2026-09-01T09:00:00 ",
        "Tue, 01 Sep 2026 09:00:00 GMT",
        "Tue, 1 Sep 2026 05:00:00 -0400",
        "1 Sep 26 09:00 UT",
        "Tue, 01 Sep 2026 05:00:00 EDT",
    ],
)
def test_a_moment_is_read_in_all_its_writings(written):
    assert moment(written) == NINE


def test_a_day_a_month_and_a_year_begin_at_their_beginning():
    assert moment("2026-09-01") == datetime(2026, 9, 1, tzinfo=UTC)
    assert moment("2026-09") == datetime(2026, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["", "soon", "2026-13-01", "2026-02-30T00:00:00Z", "99999-01-01", "0000-01-01", "1" * 9999]
)
def test_what_is_no_moment_is_none(written):
    assert moment(written) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("3723", 3723),
        ("62:03", 3723),
        ("1:02:03", 3723),
        (" 01:02:03 ", 3723),
        ("754.5", 754),
        ("00:00", None),
        ("0", None),
        ("", None),
        ("an hour", None),
        ("1:2:3:4", None),
        ("-5", None),
        ("99999999", None),
        ("1" * 400, None),
    ],
)
def test_a_length_is_read_in_seconds_or_by_the_clock(written, expected):
    assert seconds(written) == expected


@pytest.mark.parametrize(("number", "expected"), [(1511.5, 1512), (0.2, None), (-1, None), (True, None), ("9", None)])
def test_a_length_is_a_positive_number(number, expected):
    assert lasting(number) == expected
    assert lasting(float("inf")) is None
    assert lasting(float("nan")) is None
