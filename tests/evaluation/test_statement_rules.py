"""Kinds of data, agreements, pauses, numbers, and which days may go out together."""

import random
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from engage.errors import Refused
from engage.evaluation.statement_rules import (
    Data,
    Logged,
    Outcome,
    Signed,
    Span,
    Speech,
    Way,
    agreement_for,
    asked_pause,
    check_agreement,
    check_receiver,
    may_leave,
    outcome_of,
    pause_after,
    pseudonym,
    settled_until,
    spans_to_send,
    stable_id,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = date(2026, 11, 2)


def days(*people: set[int], minutes: int = 10) -> list[Logged]:
    return [Logged(DAY + timedelta(days=n), frozenset(each), minutes * len(each)) for n, each in enumerate(people)]


def test_a_number_is_that_of_the_fact_and_looks_random():
    one = stable_id("secret", "receiver", "fact/1")
    assert one == stable_id("secret", "receiver", "fact/1")
    assert uuid.UUID(one).version == 4
    others = {
        stable_id("secret", "other", "fact/1"),
        stable_id("secret", "receiver", "fact/2"),
        stable_id("s", "receiver", "fact/1"),
    }
    assert len({one, *others}) == 4


def test_a_student_has_another_name_for_each_receiver():
    names = {pseudonym("secret", receiver, "sam") for receiver in ("a", "b", "c")}
    assert len(names) == 3
    assert not any("sam" in name for name in names)


def test_a_day_is_settled_once_the_next_one_is_over():
    assert settled_until(datetime(2026, 11, 20, 0, 0, tzinfo=UTC)) == date(2026, 11, 19)
    assert settled_until(datetime(2026, 11, 20, 23, 59, tzinfo=UTC)) == date(2026, 11, 19)


def test_a_stretch_goes_once_the_next_one_is_whole():
    first, second = set(range(10)), set(range(10, 20))
    assert spans_to_send(days(first), 10, None) == []
    assert spans_to_send(days(first, {1}), 10, None) == []
    assert spans_to_send(days(first, second), 10, None) == [Span(DAY, DAY, 100)]
    few = [{n} for n in range(10)]
    assert spans_to_send(days(*few, second), 10, None) == [Span(DAY, DAY + timedelta(days=9), 100)]


def test_at_the_end_of_the_year_the_rest_goes_with_the_last():
    over = DAY + timedelta(days=30)
    assert spans_to_send(days(set(range(10)), {1, 2}), 10, over) == [Span(DAY, over, 120)]
    assert spans_to_send(days({1, 2}, {3}), 10, over) == []


def test_ten_acts_of_one_student_are_one_student():
    assert spans_to_send(days(*[{1}] * 40), 10, None) == []


def test_what_was_sent_and_any_total_never_differ_by_a_small_group():
    """An attacker who knows every total, day by day, and everything that was sent."""
    dice = random.Random(7)
    for _ in range(300):
        school = range(dice.choice((9, 12, 30)))
        year = [
            Logged(
                DAY + timedelta(days=n), frozenset(who := dice.sample(school, dice.choice((0, 1, 2, 9)))), 5 * len(who)
            )
            for n in range(60)
        ]
        since, sent = 0, 0
        for n in range(1, 61):
            over = year[-1].on if n == 60 else None
            for span in spans_to_send(year[since:n], 10, over):
                told = [day for day in year if span.first <= day.on <= span.last]
                assert len(frozenset[int]().union(*(day.people for day in told))) >= 10
                assert span.minutes == sum(day.minutes for day in told)
                since, sent = (
                    next((place for place, day in enumerate(year) if day.on > span.last), 60),
                    sent + span.minutes,
                )
            left = year[since:n]
            people = frozenset[int]().union(*(day.people for day in left))
            minutes = sum(day.minutes for day in year[:n]) - sent
            # nothing was sent at all, nothing is left, or a large group stands behind the difference
            assert not sent or not minutes or len(people) >= 10


@pytest.mark.parametrize(
    ("status", "speech", "alone", "outcome"),
    [
        (200, Speech.CALIPER, False, Outcome.TAKEN),
        (204, Speech.XAPI, False, Outcome.TAKEN),
        (409, Speech.XAPI, True, Outcome.TAKEN),
        (409, Speech.XAPI, False, Outcome.REFUSED),
        (409, Speech.CALIPER, True, Outcome.REFUSED),
        (400, Speech.XAPI, True, Outcome.REFUSED),
        (422, Speech.CALIPER, False, Outcome.REFUSED),
        (429, Speech.CALIPER, False, Outcome.LATER),
        (503, Speech.CALIPER, False, Outcome.LATER),
        (401, Speech.CALIPER, False, Outcome.STOP),
        (302, Speech.CALIPER, False, Outcome.STOP),
        (415, Speech.CALIPER, True, Outcome.STOP),
    ],
)
def test_what_an_answer_means(status, speech, alone, outcome):
    assert outcome_of(status, speech, alone) is outcome


def test_pauses_grow_and_end():
    assert [pause_after(n).seconds // 60 for n in (1, 2, 3, 4, 5, 6, 7, 99)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert asked_pause("120", NOW) == timedelta(minutes=2)
    assert asked_pause("Fri, 20 Nov 2026 12:05:00 GMT", NOW) == timedelta(minutes=5)
    assert asked_pause("Fri, 20 Nov 2025 12:05:00 GMT", NOW) == timedelta(seconds=1)
    assert asked_pause("999999999", NOW) == timedelta(days=1)
    assert [asked_pause(text, NOW) for text in ("", "soon", "-5", "9" * 40)] == [None] * 4


def signed(*kinds: Data, ended: bool = False) -> Signed:
    return Signed(1, frozenset(kinds), DAY, DAY + timedelta(days=30), NOW, NOW if ended else None)


def test_without_an_agreement_only_sums_may_leave():
    every = list(Data)
    assert may_leave(every, DAY, []) == [Data.USE]
    assert may_leave(every, DAY, [signed(Data.LOG)]) == [Data.USE, Data.LOG]
    assert may_leave(every, DAY - timedelta(days=1), [signed(Data.LOG)]) == [Data.USE]
    assert may_leave(every, DAY + timedelta(days=31), [signed(Data.LOG)]) == [Data.USE]
    assert may_leave(every, DAY, [signed(Data.LOG, ended=True)]) == [Data.USE]
    assert agreement_for(Data.LOG, DAY, [signed(Data.LISTS)]) is None


@pytest.mark.parametrize(
    ("kinds", "on", "until", "field"),
    [
        ([], DAY, DAY, "kinds"),
        ([Data.LOG], DAY + timedelta(days=1), DAY + timedelta(days=9), "signed_on"),
        ([Data.LOG], DAY - timedelta(days=9), DAY - timedelta(days=1), "until"),
        ([Data.LOG], DAY, DAY.replace(year=2036), "until"),
    ],
)
def test_what_is_no_agreement(kinds, on, until, field):
    with pytest.raises(Refused) as no:
        check_agreement(kinds, on, until, DAY)
    assert no.value.about == field


@pytest.mark.parametrize(
    ("name", "way", "login", "secret", "speech", "field"),
    [
        (" ", Way.BEARER, "", "k", Speech.CALIPER, "name"),
        ("LRS", Way.BASIC, "me", "k", Speech.CALIPER, "way"),
        ("LRS", Way.BASIC, "", "k", Speech.XAPI, "login"),
        ("LRS", Way.BASIC, "a:b", "k", Speech.XAPI, "login"),
        ("LRS", Way.BEARER, "", "k\r\nX: y", Speech.XAPI, "secret"),
    ],
)
def test_what_is_no_receiver(name, way, login, secret, speech, field):
    with pytest.raises(Refused) as no:
        check_receiver(name, way, login, secret, speech)
    assert no.value.about == field
