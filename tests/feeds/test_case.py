"""Frameworks of standards as CASE packages give them: order, depth, grades, and what is refused with a reason."""

import copy
import itertools
import json
from typing import Any

import jsonschema
import pytest

from feeds import Unreadable, case
from feeds.case import read_case
from tests.data import counted, shared
from tests.feeds.case_packages import SMALL, below, item, name_of, package


def read(given: Any) -> case.Framework:
    return read_case(json.dumps(given).encode())


def test_the_packages_of_these_tests_are_packages_of_case():
    schema = json.loads((shared("case/schemas") / "case-v1p1-cfpackage.json").read_text())
    jsonschema.validate(SMALL, schema)
    broken = copy.deepcopy(SMALL)
    del broken["CFItems"][0]["fullStatement"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


@pytest.mark.parametrize("name", ["case/sbac_ela_g3_part1.json"])
def test_a_real_package_has_as_many_statements_as_another_counted(name: str):
    found = read_case(shared(name).read_bytes())
    assert f"{len(found.items) + len(found.refused)} items" == counted()[name]
    assert found.refused == ()
    assert (found.title, found.subject) == (
        "English Language Arts Specification: Grade 3 Claim 1 Target 1",
        "English Language Arts",
    )
    assert {(each.grade_low, each.grade_high, each.depth) for each in found.items} == {(3, 3, 0)}
    assert "\n" not in "".join(each.statement for each in found.items)


def test_a_framework_is_read_in_the_order_of_its_parts():
    found = read(SMALL)
    assert (found.identifier, found.title, found.creator) == (name_of("Reading"), "Reading", "The State of Maple")
    assert (found.subject, found.version, found.refused) == ("Reading, Writing", "2026", ())
    assert [(each.code, each.depth, each.grade_low, each.grade_high) for each in found.items] == [
        ("R.1", 0, None, None),
        ("R.1.a", 1, 0, 2),
        ("R.1.a.1", 2, None, None),
        ("R.1.b", 1, 3, 5),
        ("R.2", 0, -1, -1),
    ]
    assert found.items[1].statement == "Pupils ask and answer questions."
    assert [each.parent for each in found.items[:3]] == ["", name_of("key ideas"), name_of("ask")]
    assert case.from_values(json.loads(json.dumps(case.to_values(found)))) == found


def test_names_without_cf_and_with_sourced_id_are_read_too():
    other = json.loads(json.dumps(SMALL).replace('"CFDocument"', '"document"').replace('"CFItems"', '"items"'))
    other["associations"] = other.pop("CFAssociations")
    for one in (other["document"], *other["items"]):
        one["sourcedId"] = one.pop("identifier")
    # older packages name the ends of an association by their address alone
    for one in other["associations"]:
        one["originNodeURI"] = one["originNodeURI"]["uri"]
    assert read(other) == read(SMALL)


def test_what_cannot_be_kept_is_named_with_its_reason():
    deep = [f"d{n}" for n in range(case.DEPTH + 3)]
    found = read(
        package(
            [
                item("one"),
                {**item("none"), "identifier": None},
                {**item("long"), "identifier": "x" * 201},
                {**item("empty"), "fullStatement": "NA", "abbreviatedStatement": " n/a "},
                {**item("short"), "fullStatement": "", "abbreviatedStatement": "In short."},
                item("one", "again"),
                item("a"),
                item("b"),
                item("self"),
                "no item",
                *[item(each) for each in deep],
            ],
            [
                below("a", "b"),
                below("b", "a"),
                below("self", "self"),
                below("short", "empty"),
                "no link",
                *[below(child, parent) for parent, child in itertools.pairwise(deep)],
            ],
        )
    )
    assert [(each.number, each.reason) for each in found.refused] == [
        (2, case.NO_NAME),
        (3, case.NO_NAME),
        (4, case.NO_WORDS),
        (6, case.TWICE),
        (7, case.CIRCLE),
        (8, case.CIRCLE),
        (9, case.CIRCLE),
        (10, case.NO_NAME),
        (10 + case.DEPTH + 2, case.DEEP),
        (10 + case.DEPTH + 3, case.DEEP),
    ]
    assert [(each.statement, each.depth) for each in found.items[:2]] == [("Pupils one.", 0), ("In short.", 0)]
    assert max(each.depth for each in found.items) == case.DEPTH


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json-broken"),
        (b"<html>", "json-broken"),
        (b"[" * 100_000, "too-deep"),
        (b"[]", "not-standards"),
        (b'{"CFItems": []}', "not-standards"),
        (b'{"CFDocument": {"title": "T"}}', "not-standards"),
        (b'{"CFDocument": {"title": "T", "identifier": "i"}, "CFItems": {}}', "not-standards"),
    ],
)
def test_what_is_no_package_is_told_by_a_code(body: bytes, code: str):
    with pytest.raises(Unreadable) as no:
        read_case(body)
    assert no.value.code == code


def test_more_than_a_framework_may_have_is_left_out():
    many = package([{"identifier": f"i{n}", "fullStatement": f"S{n}"} for n in range(case.ITEMS + 5)])
    found = read(many)
    assert len(found.items) == case.ITEMS
    assert [(each.number, each.name, each.reason) for each in found.refused] == [(case.ITEMS + 1, "5 more", case.MANY)]
    with pytest.raises(Unreadable, match="too-large"):
        read({**SMALL, "CFAssociations": [0] * (case.ASSOCIATIONS + 1)})


def test_hostile_text_is_only_text():
    words = "\u202e<script>\x00\ud800=1+1\U0001f989" + "z\u0301" * 5_000
    found = read(package([item("x", words, humanCodingScheme=words)], title="T"))
    (one,) = found.items
    assert (len(one.statement), len(one.code)) == (case.STATEMENT, case.CODE)
    assert "\x00" not in one.statement
    one.statement.encode()


@pytest.mark.parametrize(
    "change",
    [
        {"items": [{"identifier": "a", "statement": "s", "parent": "b"}, {"identifier": "b", "statement": "s"}]},
        {"items": [{"identifier": "a", "statement": "s"}] * 2},
        {"items": [{"identifier": "a", "statement": "s", "grade_low": 40}]},
        {"items": [{"identifier": "a", "statement": "s", "depth": 99}]},
        {"items": [{"identifier": "a", "statement": "x" * 5_000}]},
        {"title": 5},
    ],
)
def test_what_the_parser_process_says_is_not_believed_blindly(change: dict[str, Any]):
    with pytest.raises((ValueError, TypeError, KeyError)):
        case.from_values({"identifier": "i", "title": "t", **change})
