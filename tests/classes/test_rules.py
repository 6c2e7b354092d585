from datetime import date

import pytest

from engage.classes.rules import (
    MOST_GROUPS,
    MOST_HAND_INS,
    MOST_IN_GROUP,
    AssignmentKind,
    Part,
    Status,
    check_assignable,
    check_days,
    check_group,
    check_hand_in,
    due_words,
    needs_help,
    part_of,
)
from engage.errors import Refused
from engage.lists.rules import State

MONDAY = date(2026, 11, 23)
FRIDAY = date(2026, 11, 27)


def _check(**changes: object) -> None:
    values: dict[str, object] = {
        "state": State.PUBLISHED,
        "items": 12,
        "kind": AssignmentKind.ANY,
        "required": 3,
        "chosen": 0,
        "shows_from": MONDAY,
        "due_on": FRIDAY,
        "today": MONDAY,
    }
    check_assignable(**{**values, **changes})  # type: ignore[arg-type]


def test_any_three_of_a_published_list_may_be_assigned() -> None:
    _check()
    _check(due_on=None)
    _check(kind=AssignmentKind.ALL)


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"state": State.DRAFT}, "list"),
        ({"state": State.ARCHIVED}, "list"),
        ({"state": State.WITHDRAWN}, "list"),
        ({"items": 0}, "list"),
        ({"required": 0}, "required"),
        ({"required": 13}, "required"),
        ({"kind": AssignmentKind.CHOSEN}, "chosen"),
        ({"due_on": date(2026, 11, 22)}, "due_on"),
        ({"shows_from": date(2026, 11, 1), "due_on": date(2026, 11, 20)}, "due_on"),
    ],
)
def test_what_a_class_could_not_do_is_refused_beside_its_field(changes: dict[str, object], about: str) -> None:
    with pytest.raises(Refused) as refused:
        _check(**changes)
    assert refused.value.about == about


@pytest.mark.parametrize(
    ("states", "on", "part"),
    [
        ({}, MONDAY, Part(Status.NONE, 0, 2)),
        ({1: "started"}, MONDAY, Part(Status.STARTED, 0, 2)),
        ({1: "finished", 2: "stopped"}, MONDAY, Part(Status.STARTED, 1, 2)),
        ({1: "finished", 3: "finished"}, MONDAY, Part(Status.DONE, 2, 2)),
        ({1: "finished", 2: "finished", 3: "finished"}, MONDAY, Part(Status.DONE, 2, 2)),
        ({1: "finished"}, FRIDAY, Part(Status.STARTED, 1, 2)),
        ({1: "finished"}, date(2026, 11, 28), Part(Status.LATE, 1, 2)),
        ({9: "finished"}, MONDAY, Part(Status.NONE, 0, 2)),
    ],
)
def test_any_two_are_done_when_two_are_finished(states: dict[int, str], on: date, part: Part) -> None:
    assert part_of(AssignmentKind.ANY, 2, [1, 2, 3], states, FRIDAY, on) == part


def test_all_of_a_list_wants_every_one() -> None:
    assert part_of(AssignmentKind.ALL, 0, [1, 2], {1: "finished"}, None, MONDAY) == Part(Status.STARTED, 1, 2)
    assert part_of(AssignmentKind.ALL, 0, [1, 2], {1: "finished", 2: "finished"}, None, MONDAY).status is Status.DONE


def test_a_due_day_that_has_passed_may_stay_when_other_things_change() -> None:
    passed = date(2026, 11, 20)
    check_days(date(2026, 11, 1), passed, passed, MONDAY)
    with pytest.raises(Refused):
        check_days(date(2026, 11, 1), passed, FRIDAY, MONDAY)


@pytest.mark.parametrize(
    ("due_on", "done", "words"),
    [
        (None, False, "Any time"),
        (MONDAY, False, "Due today"),
        (date(2026, 11, 24), False, "Due tomorrow"),
        (FRIDAY, False, "Due Friday 27 November, in 4 days"),
        (FRIDAY, True, "Due Friday 27 November"),
        (date(2026, 11, 20), False, "It was for Friday 20 November. You can still do it"),
    ],
)
def test_a_student_hears_when_something_is_due_and_never_a_reproach(
    due_on: date | None, done: bool, words: str
) -> None:
    assert due_words(due_on, done, MONDAY) == words


@pytest.mark.parametrize(
    ("parts", "last_on", "reasons"),
    [
        ([], MONDAY, []),
        ([(Part(Status.NONE, 0, 2), FRIDAY)], MONDAY, []),
        ([(Part(Status.NONE, 0, 2), date(2026, 11, 25))], MONDAY, ["1 due within 2 days and not begun."]),
        ([(Part(Status.STARTED, 0, 2), date(2026, 11, 25))], MONDAY, []),
        ([(Part(Status.LATE, 0, 2), date(2026, 11, 20))] * 2, MONDAY, ["2 assignments past the due day."]),
        ([(Part(Status.DONE, 2, 2), date(2026, 11, 20))], date(2026, 11, 16), ["Nothing logged for 7 days."]),
        ([], date(2026, 11, 17), []),
        ([], None, ["Nothing logged for a month."]),
    ],
)
def test_who_could_use_help_is_told_with_the_reason(
    parts: list[tuple[Part, date | None]], last_on: date | None, reasons: list[str]
) -> None:
    assert needs_help(parts, last_on, MONDAY) == reasons


@pytest.mark.parametrize(
    ("name", "students", "groups", "about"),
    [
        ("  ", 2, 0, "name"),
        ("x" * 81, 2, 0, "name"),
        ("Owls", 0, 0, "students"),
        ("Owls", MOST_IN_GROUP + 1, 0, "students"),
        ("Owls", 2, MOST_GROUPS, None),
    ],
)
def test_a_group_has_a_name_and_somebody_in_it(name: str, students: int, groups: int, about: str | None) -> None:
    check_group("Owls", 2, MOST_GROUPS - 1)
    with pytest.raises(Refused) as refused:
        check_group(name, students, groups)
    assert refused.value.about == about


@pytest.mark.parametrize(
    ("title", "own"),
    [("", []), ("x" * 301, []), ("owl moon", ["Owl Moon"]), ("One more", [f"Title {n}" for n in range(MOST_HAND_INS)])],
)
def test_what_is_handed_in_is_a_title_and_a_new_one(title: str, own: list[str]) -> None:
    check_hand_in("Owl Moon", ["The Snowy Day"])
    with pytest.raises(Refused):
        check_hand_in(title, own)
