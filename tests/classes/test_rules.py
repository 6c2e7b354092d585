from datetime import date

import pytest

from engage.classes.rules import AssignmentKind, Part, Status, check_assignable, part_of
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
