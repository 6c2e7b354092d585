"""Forty instants at which clocks and calendars do something: the day is the school's, and no row is lost or gained.

Source: SAFETY.md, I5.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations

import pytest

from engage import dates
from engage.engagement.rules import Mode
from engage.programs.awards import InARow
from engage.programs.counting import outcome
from engage.programs.facts import Count, Facts, LogFact
from engage.programs.judging import Badge, Challenge, ProgramRules
from engage.programs.rules import StreakUnit, Unit, frozen_at
from engage.programs.streaks import StreakRule
from engage.programs.terms import rules_of
from tests.programs.facts import total

NEW_YORK, LONDON, BERLIN, SYDNEY = "America/New_York", "Europe/London", "Europe/Berlin", "Australia/Sydney"
LORD_HOWE, SAMOA, KATHMANDU, HONOLULU = "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "Pacific/Honolulu"
PHOENIX, KIRITIMATI, CHATHAM, SAO_PAULO = (
    "America/Phoenix",
    "Pacific/Kiritimati",
    "Pacific/Chatham",
    "America/Sao_Paulo",
)
# the instant in UTC, the zone, and the day on the wall
INSTANTS = [
    # midnight and a second on either side of it
    ("2026-10-06 03:59:59", NEW_YORK, "2026-10-05"),
    ("2026-10-06 04:00:00", NEW_YORK, "2026-10-06"),
    ("2026-10-06 04:00:01", NEW_YORK, "2026-10-06"),
    ("2026-10-05 22:59:59", LONDON, "2026-10-05"),
    ("2026-10-05 23:00:00", LONDON, "2026-10-06"),
    ("2026-10-05 18:14:59", KATHMANDU, "2026-10-05"),
    ("2026-10-05 18:15:00", KATHMANDU, "2026-10-06"),
    ("2026-10-06 09:59:59", HONOLULU, "2026-10-05"),
    ("2026-10-06 10:00:00", HONOLULU, "2026-10-06"),
    ("2026-10-05 09:59:59", KIRITIMATI, "2026-10-05"),
    ("2026-10-05 10:00:00", KIRITIMATI, "2026-10-06"),
    # the hour that spring skips
    ("2026-03-08 06:59:59", NEW_YORK, "2026-03-08"),
    ("2026-03-08 07:00:00", NEW_YORK, "2026-03-08"),
    ("2026-03-09 03:59:59", NEW_YORK, "2026-03-08"),
    ("2026-03-09 04:00:00", NEW_YORK, "2026-03-09"),
    ("2026-03-29 00:59:59", BERLIN, "2026-03-29"),
    ("2026-03-29 01:00:00", BERLIN, "2026-03-29"),
    ("2026-03-29 22:00:00", BERLIN, "2026-03-30"),
    ("2026-10-03 16:00:00", SYDNEY, "2026-10-04"),
    ("2018-11-04 02:59:59", SAO_PAULO, "2018-11-03"),
    ("2018-11-04 03:00:00", SAO_PAULO, "2018-11-04"),  # midnight itself was skipped
    # the hour that autumn has twice
    ("2026-11-01 05:30:00", NEW_YORK, "2026-11-01"),
    ("2026-11-01 06:30:00", NEW_YORK, "2026-11-01"),
    ("2026-11-02 04:59:59", NEW_YORK, "2026-11-01"),
    ("2026-11-02 05:00:00", NEW_YORK, "2026-11-02"),
    ("2026-10-25 00:30:00", BERLIN, "2026-10-25"),
    ("2026-10-25 01:30:00", BERLIN, "2026-10-25"),
    ("2026-10-25 23:00:00", BERLIN, "2026-10-26"),
    # half an hour, and three quarters
    ("2026-04-04 15:00:00", LORD_HOWE, "2026-04-05"),
    ("2026-04-05 13:29:59", LORD_HOWE, "2026-04-05"),
    ("2026-04-05 13:30:00", LORD_HOWE, "2026-04-06"),
    ("2026-04-04 14:00:00", CHATHAM, "2026-04-05"),
    # the day that Samoa never had
    ("2011-12-30 09:59:59", SAMOA, "2011-12-29"),
    ("2011-12-30 10:00:00", SAMOA, "2011-12-31"),
    # leap day and the end of the year
    ("2028-02-29 04:59:59", NEW_YORK, "2028-02-28"),
    ("2028-02-29 05:00:00", NEW_YORK, "2028-02-29"),
    ("2028-03-01 04:59:59", NEW_YORK, "2028-02-29"),
    ("2027-01-01 04:59:59", NEW_YORK, "2026-12-31"),
    ("2027-01-01 05:00:00", NEW_YORK, "2027-01-01"),
    ("2027-01-01 06:59:59", PHOENIX, "2026-12-31"),
]
ROW = {
    "key": "p",
    "starts": None,
    "ends": None,
    "catching_up": 0,
    "credit": "opening",
    "points": "",
    "tickets": "",
    "zone": "",
    "completion": "",
    "minimum": 0,
    "streak_unit": "day",
    "grace_days": 0,
}


def before(day: date, zone: str) -> date:
    """The day on the wall before this one."""
    return dates.on(dates.moment(day, time(12), zone) - timedelta(days=1), zone)


def after(day: date, zone: str) -> date:
    """The day on the wall after this one."""
    return dates.on(dates.moment(day, time(12), zone) + timedelta(days=1), zone)


def rules_in(zone: str, day: date) -> ProgramRules:
    """A program around a day, as a school of a zone has it, whose rows know no rest."""
    starts = day - timedelta(days=9)
    made = rules_of(ROW | {"starts": starts, "ends": day + timedelta(days=9)}, (), (), {}, (), zone)
    row = InARow(Count(Unit.DAYS), 3, StreakUnit.DAY, grace=0)
    three = total(Unit.DAYS, 3)
    return replace(made, challenges=(Challenge("row", "row", row),), badges=(Badge("three", "three", three),))


def test_there_are_forty_instants():
    assert len(INSTANTS) == len({each[:2] for each in INSTANTS}) == 40


@pytest.mark.parametrize(("instant", "zone", "day"), INSTANTS)
def test_an_instant_belongs_to_the_schools_day_and_keeps_the_row(instant, zone, day):
    at, day = datetime.fromisoformat(instant).replace(tzinfo=UTC), date.fromisoformat(day)
    assert dates.on(at, zone) == day
    rules = rules_in(zone, day)
    days = (before(day, zone), day, after(day, zone))
    entries = [
        LogFact(number, on, at if on == day else dates.moment(on, time(12), zone), Mode.READING, minutes=10)
        for number, on in enumerate(days, start=1)
    ]
    whole = outcome(rules, rules.starts, Facts(tuple(entries)))
    assert (whole.streak.length, whole.amount(Unit.DAYS), whole.progress[0].done_on) == (3, 3, days[2])
    assert [one.earned_on for one in whole.badges] == [days[2]]
    # in any order, and one by one as they come in
    for some in permutations(entries):
        for number in range(1, 4):
            came = outcome(rules, rules.starts, Facts(tuple(some[:number])))
            again = outcome(rules, rules.starts, Facts(tuple(sorted(some[:number], key=lambda one: -one.id))))
            assert came == again
        assert outcome(rules, rules.starts, Facts(tuple(some))) == whole
    # the one at the instant is what holds the row together
    assert outcome(rules, rules.starts, Facts((entries[0], entries[2]))).streak.length == 1


@pytest.mark.parametrize(("instant", "zone", "day"), INSTANTS)
def test_a_program_that_ends_on_a_day_is_final_when_that_day_is_over_on_the_wall(instant, zone, day):
    at, day = datetime.fromisoformat(instant).replace(tzinfo=UTC), date.fromisoformat(day)
    end = frozen_at(day, 0, zone)
    assert at < end
    assert dates.on(end, zone) == after(day, zone)
    assert dates.on(end - timedelta(seconds=1), zone) == day
    rules = replace(rules_in(zone, day), ends=day, frozen_at=end, challenges=(), streak=StreakRule())
    for entered_at, minutes in ((at, 10), (end, 10), (end + timedelta(seconds=1), 0)):
        entry = LogFact(1, day, entered_at, Mode.READING, minutes=10)
        assert outcome(rules, rules.starts, Facts((entry,))).amount(Unit.MINUTES) == minutes


def test_a_day_off_by_utc_would_be_seen():
    """The mutant that counts by UTC's date gives another day for most of these instants."""
    other = [each for each in INSTANTS if each[0][:10] != each[2]]
    assert len(other) >= 20
