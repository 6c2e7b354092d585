"""A framework goes out as JSON and comes in again; what cannot be used is refused row by row."""

import json
from dataclasses import replace
from typing import Any

import pytest

from engage.errors import Refused
from engage.evaluation.framework import BEST, Criterion
from engage.evaluation.framework_files import checked, code_of, kept, read, written
from engage.evaluation.indicators import INDICATORS
from engage.evaluation.rules import Counting

pytestmark = pytest.mark.only("sqlite")


def row(**more: Any) -> dict[str, Any]:
    return {
        "title": "Hours",
        "group": "The room",
        "statement": "It is open.",
        "kind": "counted",
        "levels": ["a", "b", "c", "d"],
        "indicators": ["reach"],
    } | more


def file(*rows: Any, **more: Any) -> bytes:
    return json.dumps({"format": "engage-framework", "title": "Ours", "criteria": list(rows)} | more).encode()


def test_the_default_framework_has_four_of_record_and_five_partly_counted() -> None:
    kinds = [one.counting for one in BEST.criteria]
    assert [kinds.count(kind) for kind in (Counting.RECORD, Counting.PARTLY)] == [4, 5]
    assert sum(one.needs_a_person for one in BEST.criteria) == 9
    assert [(name, len(some)) for name, some in BEST.groups] == [("The program", 6), ("The specialist", 20)]


def test_what_goes_out_comes_in_again_and_stands_in_a_cycle() -> None:
    found, wrong = read(written(BEST).encode(), INDICATORS)
    assert wrong == []
    assert found == BEST
    assert kept(written(BEST)) == BEST
    assert kept(None) == BEST
    # a figure that a later release no longer has does not break what was kept
    old = replace(BEST, criteria=(replace(BEST.criteria[0], indicators=("gone",)),))
    assert kept(written(old)) == old


def test_each_row_says_what_is_wrong_with_it() -> None:
    rows = (
        row(),
        row(kind="half"),
        row(levels=["a", "b", "c"]),
        row(levels=["a", "b", "c", 4]),
        row(indicators=["reach", "wishes"]),
        row(kind="record", indicators=["reach"]),
        row(indicators=[]),
        row(title=""),
        row(code="Not A Code"),
        row(group=" "),
        "no row",
    )
    found, wrong = read(file(*rows), INDICATORS)
    assert found is None
    assert [sentence.partition(":")[0] for sentence in wrong] == [f"Criterion {n}" for n in range(2, 12)]
    assert "Criterion 5: there is no figure called “wishes”." in wrong
    assert all(sentence.endswith(".") for sentence in wrong)


@pytest.mark.parametrize(
    "body", [b"", b"no", b"[]", b"{}", file(), file(row(), title=""), file(row(), format="x"), file(*[row()] * 61)]
)
def test_a_file_that_is_no_framework_is_refused_in_a_sentence(body: bytes) -> None:
    found, wrong = read(body, INDICATORS)
    assert found is None
    assert wrong
    assert read(b"[" * 200_000, INDICATORS)[0] is None
    assert read(b" " * 400_001, INDICATORS)[0] is None


def test_a_criterion_has_a_code_of_its_own() -> None:
    one = Criterion("", "Hours & days!", "It is open.", ("a", "b", "c", "d"), Counting.RECORD, (), "The room")
    assert checked(one, (), INDICATORS).code == "hours-days"
    assert checked(one, ("hours-days",), INDICATORS).code == "hours-days-2"
    assert code_of("図書館") == "criterion"
    with pytest.raises(Refused, match="twice"):
        checked(replace(one, code="hours"), ("hours",), INDICATORS)
    assert checked(replace(one, counting=Counting.PARTLY), (), INDICATORS).indicators == ()
