"""What is true of units and of requests to the library; no database is asked."""

from datetime import date
from typing import Any

import pytest

from engage import dates
from engage.classes import help_rules, inquiry_rules
from engage.classes.help_rules import HelpKind, HelpState
from engage.classes.unit_rules import (
    Level,
    UnitState,
    check_days,
    check_grades,
    check_planned,
    check_taught,
    grades_said,
    merged,
    missing,
    months_of,
    prints_of,
    year_of,
)
from engage.errors import Refused

YEAR = dates.school_year(date(2026, 10, 1))
WHOLE = {
    "starts": date(2026, 10, 1),
    "ends": date(2026, 10, 30),
    "subject": "Science",
    "level": Level.COLLABORATE,
    "objectives": "Tides",
}


def unit(title: str, starts: date | None, ends: date | None = None, **more: Any) -> dict[str, Any]:
    """A unit as the year is made of."""
    return {"title": title, "starts": starts, "ends": ends, "grade_low": 3, "grade_high": 3, "subject": "Art"} | more


@pytest.mark.parametrize(
    ("starts", "ends", "about"),
    [
        (date(2026, 10, 2), date(2026, 10, 1), "ends"),
        (None, date(2026, 10, 1), "starts"),
        (date(2026, 10, 1), date(2027, 10, 3), "ends"),
        (date(2026, 10, 1), date(2026, 10, 1), ""),
        (date(2026, 10, 1), None, ""),
        (None, None, ""),
    ],
)
def test_a_unit_ends_after_it_starts_and_within_a_year(starts, ends, about):
    if not about:
        return check_days(starts, ends)
    with pytest.raises(Refused) as refused:
        check_days(starts, ends)
    assert refused.value.about == (about or None)


def test_grades_rise():
    check_grades(2, 2)
    check_grades(None, 1)
    with pytest.raises(Refused):
        check_grades(4, 3)


def test_a_planned_unit_says_when_for_what_and_how_closely():
    check_planned(WHOLE)
    for name in WHOLE:
        lacking = WHOLE | {name: None if name in ("starts", "ends", "level") else ""}
        assert len(missing(lacking)) == 1
        with pytest.raises(Refused, match=missing(lacking)[0]):
            check_planned(lacking)
    with pytest.raises(
        Refused, match="the first day, the last day, the subject, how closely you work together and what"
    ):
        check_planned(dict.fromkeys(WHOLE))


@pytest.mark.parametrize(
    ("state", "starts", "words", "refused"),
    [
        (UnitState.PLANNED, date(2026, 10, 1), "It went well.", False),
        (UnitState.TAUGHT, date(2026, 10, 1), "And again.", False),
        (UnitState.DRAFT, date(2026, 10, 1), "It went well.", True),
        (UnitState.PLANNED, date(2026, 10, 2), "It will go well.", True),
        (UnitState.PLANNED, None, "When?", True),
        (UnitState.PLANNED, date(2026, 10, 1), " ", True),
    ],
)
def test_what_was_not_planned_or_has_not_begun_was_not_taught(state, starts, words, refused):
    today = date(2026, 10, 1)
    if not refused:
        return check_taught(state, starts, words, today)
    with pytest.raises(Refused):
        check_taught(state, starts, words, today)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (None, None, ""),
        (0, 0, "Grade K"),
        (2, 4, "Grades 2 to 4"),
        (6, None, "Grade 6 and up"),
        (None, 2, "Up to grade 2"),
    ],
)
def test_grades_are_said_in_words(low, high, said):
    assert grades_said(low, high) == said


def test_the_year_has_twelve_months_from_its_first():
    assert [day.month for day in months_of(YEAR)] == [8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7]
    assert months_of(YEAR)[5] == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("starts", "ends", "bar"),
    [
        (date(2026, 8, 1), None, (1, 1)),
        (date(2026, 10, 30), date(2026, 11, 2), (3, 2)),
        (date(2026, 12, 20), date(2027, 1, 10), (5, 2)),
        (date(2026, 6, 1), date(2026, 9, 1), (1, 2)),
        (date(2027, 7, 31), date(2027, 9, 1), (12, 1)),
        (date(2026, 7, 1), date(2026, 7, 31), None),
        (date(2027, 8, 1), None, None),
        (None, None, None),
    ],
)
def test_a_bar_stands_under_its_months(starts, ends, bar):
    rows = year_of([unit("Tides", starts, ends)], YEAR)
    assert [(one.first, one.months) for row in rows for one in row.bars] == ([bar] if bar else [])


def test_the_year_is_by_grade_and_subject_and_no_case_divides_a_subject():
    rows = year_of(
        [
            unit("B", date(2026, 11, 1), grade_low=5, grade_high=5),
            unit("Late", date(2026, 12, 1), subject="art "),
            unit("Early", date(2026, 9, 1)),
            unit("For all", date(2026, 9, 1), grade_low=None, grade_high=None, subject=""),
        ],
        YEAR,
    )
    assert [row.name for row in rows] == ["All grades", "Grade 3, Art", "Grade 5, Art"]
    assert [bar.unit["title"] for bar in rows[1].bars] == ["Early", "Late"]


def test_two_who_write_at_once_lose_nothing():
    """Each field by itself: who changed it has it; where both did, what stands stays, and the writer is told."""
    began = {"title": "Tides", "subject": "Art", "starts": None, "level": None}
    seen = prints_of(began)
    now = began | {"subject": "Science", "starts": date(2026, 10, 1)}
    mine = began | {"title": "Tides and moons", "starts": date(2026, 10, 2), "level": Level.COOPERATE}
    values, both = merged(now, mine, seen)
    assert values == {
        "title": "Tides and moons",
        "subject": "Science",
        "starts": date(2026, 10, 1),
        "level": Level.COOPERATE,
    }
    assert both == ["starts"]
    # sent once more, after the other's was shown
    values, both = merged(values, values | {"starts": date(2026, 10, 2)}, prints_of(values))
    assert (values["starts"], both) == (date(2026, 10, 2), [])
    # both wrote the same
    assert merged(now, began | {"subject": "Science"}, seen)[1] == []
    # a form that does not say what it began from never overwrites words
    assert merged({"title": "Theirs"}, {"title": "Mine"}, "")[1] == ["title"]
    assert merged({"title": ""}, {"title": "Mine"}, prints_of({"title": ""})) == ({"title": "Mine"}, [])
    # lines end differently in a browser
    assert merged({"title": "a\nb"}, {"title": "a\r\nb"}, "")[1] == []


@pytest.mark.parametrize(
    ("before", "state", "words", "day", "dated", "about"),
    [
        (HelpState.ASKED, HelpState.AGREED, "", date(2026, 10, 1), True, None),
        (HelpState.ASKED, HelpState.AGREED, "", None, True, "agreed_on"),
        (HelpState.ASKED, HelpState.AGREED, "", None, False, None),
        (HelpState.TALK, HelpState.NOT_NOW, "", None, True, "answer"),
        (HelpState.AGREED, HelpState.NOT_NOW, "The library is a polling place.", None, True, None),
        (HelpState.ASKED, HelpState.TALK, "", None, True, None),
        (HelpState.ASKED, HelpState.ASKED, "", None, False, "state"),
        (HelpState.ASKED, HelpState.DONE, "", None, False, "state"),
        (HelpState.DONE, HelpState.AGREED, "", None, False, ""),
    ],
)
def test_an_answer_leaves_no_teacher_in_the_dark(before, state, words, day, dated, about):
    if about is None:
        return help_rules.check_answer(before, state, words, day, dated)
    with pytest.raises(Refused) as refused:
        help_rules.check_answer(before, state, words, day, dated)
    assert refused.value.about == (about or None)


def test_a_wish_says_something_and_looks_ahead():
    today = date(2026, 10, 1)
    help_rules.check_wish("A lesson", today, help_rules.MOST_WAITING - 1, today)
    for text, day, waiting in (
        (" ", today, 0),
        ("A lesson", date(2026, 9, 30), 0),
        ("A", None, help_rules.MOST_WAITING),
    ):
        with pytest.raises(Refused):
            help_rules.check_wish(text, day, waiting, today)
    assert [kind for kind in HelpKind if help_rules.is_dated(kind)] == [HelpKind.TIME, HelpKind.LESSON]
    assert [help_rules.waits(days) for days in (0, 1, 5)] == ["asked today", "waits for a day", "waits for 5 days"]


def test_an_inquiry_is_changed_until_it_is_handed_in_and_taken_back_until_it_is_read():
    at = dates.now()
    inquiry_rules.check_open(None)
    inquiry_rules.check_hand_in(None, 1)
    inquiry_rules.check_take_back(at, None)
    inquiry_rules.check_comment("Well looked for.", "")
    for check, sent in (
        (inquiry_rules.check_open, (at,)),
        (inquiry_rules.check_hand_in, (at, 1)),
        (inquiry_rules.check_hand_in, (None, 0)),
        (inquiry_rules.check_take_back, (None, None)),
        (inquiry_rules.check_take_back, (at, at)),
        (inquiry_rules.check_comment, ("Again", "Before")),
        (inquiry_rules.check_comment, (" ", "")),
        (inquiry_rules.check_question, ("", 0)),
        (inquiry_rules.check_question, ("Why?", inquiry_rules.MOST_INQUIRIES)),
        (inquiry_rules.check_source, ("", 0)),
        (inquiry_rules.check_source, ("A book", inquiry_rules.MOST_SOURCES)),
    ):
        with pytest.raises(Refused):
            check(*sent)  # type: ignore[operator]
    full = dict.fromkeys(inquiry_rules.NOTES, "Said")
    assert inquiry_rules.noted([full, full | {"trust": ""}]) == 1
