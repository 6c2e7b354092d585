"""Award rules: read, written, and refused when they could never be met."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.errors import Refused
from engage.programs import awards, windows
from engage.programs.awards import AtLeast, BadgesHeld, ChallengesDone, Done, Holds, Points, read_rule, write_rule
from engage.programs.rules import COUNTABLE
from tests.programs.facts import DAYS, LISTENING, MINUTES, READING, TITLES, october, total

SIXTY = total(MINUTES, 60)


def refused(text):
    with pytest.raises(Refused) as caught:
        read_rule(text if isinstance(text, str) else json.dumps(text))
    assert caught.value.about == "rule"
    return caught.value.sentence


def test_a_rule_is_stored_in_words():
    rule = AtLeast(
        2,
        (
            total(MINUTES, 60, READING, LISTENING, days=(1, 7)),
            total(DAYS, 5, minimum=10),
            total(TITLES, 3, again_after=30),
        ),
    )
    assert json.loads(write_rule(rule)) == {
        "rule": "at least",
        "goal": 2,
        "of": [
            {
                "rule": "total",
                "unit": "minutes",
                "goal": 60,
                "modes": ["reading", "listening"],
                "from": "2026-10-01",
                "to": "2026-10-07",
            },
            {"rule": "total", "unit": "days", "goal": 5, "minimum": 10},
            {"rule": "total", "unit": "titles", "goal": 3, "again_after": 30},
        ],
    }
    assert read_rule(write_rule(rule)) == rule


def test_all_and_any_are_ways_of_saying_at_least():
    parts = [{"rule": "points", "goal": 3}, {"rule": "badges", "goal": 2}]
    assert read_rule(json.dumps({"rule": "all", "of": parts})) == AtLeast(2, (Points(3), BadgesHeld(2)))
    assert read_rule(json.dumps({"rule": "any", "of": parts})) == AtLeast(1, (Points(3), BadgesHeld(2)))


@pytest.mark.parametrize(
    "empty",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"rule": ""}',
        '{"rule": "all"}',
        '{"rule": "all", "of": []}',
        '{"rule": "any", "of": [{}]}',
    ],
)
def test_a_rule_without_a_condition_is_refused(empty):
    assert refused(empty) in ("A badge needs at least one condition.", "This badge has no rule that can be read.")


@pytest.mark.parametrize(
    "nonsense",
    [
        {"rule": "magic"},
        {"rule": ["total"]},
        {"rule": "total", "unit": "minutes"},
        {"rule": "total", "unit": "minutes", "goal": 0},
        {"rule": "total", "unit": "minutes", "goal": True},
        {"rule": "total", "unit": "minutes", "goal": 2.5},
        {"rule": "total", "unit": "minutes", "goal": "60"},
        {"rule": "total", "unit": "hours", "goal": 1},
        {"rule": "total", "unit": ["minutes"], "goal": 1},
        {"rule": "total", "unit": "minutes", "goal": 60, "modes": []},
        {"rule": "total", "unit": "minutes", "goal": 60, "modes": "reading"},
        {"rule": "total", "unit": "minutes", "goal": 60, "modes": [["reading"]]},
        {"rule": "total", "unit": "minutes", "goal": 60, "from": "2026-10-01"},
        {"rule": "total", "unit": "minutes", "goal": 60, "from": "2026-10-07", "to": "2026-10-01"},
        {"rule": "total", "unit": "minutes", "goal": 60, "from": "soon", "to": "later"},
        {"rule": "total", "unit": "minutes", "goal": 60, "colour": "red"},
        {"rule": "total", "unit": "titles", "goal": 3, "again_after": -1},
        {"rule": "points"},
        {"rule": "challenge"},
        {"rule": "challenge", "key": 7},
        {"rule": "badge", "key": ""},
        {"rule": "at least", "goal": 3, "of": [{"rule": "points", "goal": 1}]},
        {"rule": "at least", "of": [{"rule": "points", "goal": 1}]},
        {"rule": "all", "of": {"rule": "points", "goal": 1}},
        {"rule": "all", "of": [{"rule": "points", "goal": 1}] * 41},
    ],
)
def test_what_is_no_rule_is_refused_in_words(nonsense):
    assert refused(nonsense).endswith(".")


def test_what_is_not_even_json_is_refused():
    for text in ("{", "[" * 100_000, "9" * 5_000, '{"rule": "points", "goal": 1e999}'):
        assert refused(text)


def test_a_rule_may_not_be_deeper_than_anybody_could_follow():
    rule = {"rule": "points", "goal": 1}
    for _ in range(awards.DEEPEST - 1):
        rule = {"rule": "all", "of": [rule]}
    read_rule(json.dumps(rule))
    assert "levels" in refused({"rule": "all", "of": [rule]})


def check(challenges=("c",), **badges):
    awards.check_rules(badges, dict.fromkeys(challenges, SIXTY))


def test_two_badges_that_need_each_other_are_refused():
    with pytest.raises(Refused, match="wait for each other"):
        check(a=Holds("b"), b=Holds("a"))
    with pytest.raises(Refused, match="wait for each other"):
        check(a=Holds("a"))
    with pytest.raises(Refused, match="wait for each other"):
        check(a=AtLeast(1, (SIXTY, Holds("b"))), b=AtLeast(2, (SIXTY, Holds("c"))), c=Holds("a"))


def test_badges_may_build_on_one_another():
    check(a=SIXTY, b=Holds("a"), c=AtLeast(2, (Holds("a"), Holds("b"))), d=Done("c"), e=ChallengesDone(1))
    check(**{f"b{number}": Holds(f"b{number - 1}") for number in range(1, 2_000)}, b0=SIXTY)


def test_a_badge_that_asks_for_what_is_not_there_is_refused():
    for rule in (Done("x"), Holds("x"), ChallengesDone(2), BadgesHeld(1), AtLeast(1, (SIXTY, Done("x")))):
        with pytest.raises(Refused):
            check(a=rule)


def test_badges_that_count_badges_do_not_count_each_other():
    check(a=SIXTY, b=SIXTY, two=BadgesHeld(2), one=BadgesHeld(1), after=Holds("two"))
    with pytest.raises(Refused, match="more badges than there are"):
        check(a=SIXTY, b=SIXTY, three=BadgesHeld(3), one=BadgesHeld(1), after=Holds("one"))


def test_windows_that_overlap_on_one_day_warn():
    badges = {"a": total(MINUTES, 60, days=(1, 7)), "b": total(MINUTES, 60, days=(7, 14))}
    assert windows.window_warnings(badges) == (
        "Two badges count the same days: Wednesday 7 October. An entry there counts in both.",
    )


def test_windows_with_days_between_them_warn():
    badges = {"a": total(MINUTES, 60, days=(1, 7)), "b": AtLeast(1, (total(MINUTES, 60, days=(9, 14)),))}
    assert windows.window_warnings(badges) == ("These days count in neither badge: Thursday 8 October.",)
    badges["c"] = total(MINUTES, 60, days=(1, 31))
    assert all("neither" not in warning for warning in windows.window_warnings(badges))


def test_a_window_inside_a_longer_one_leaves_no_days_uncounted():
    badges = {
        "a": total(MINUTES, 60, days=(1, 31)),
        "b": total(MINUTES, 20, days=(2, 3)),
        "c": total(MINUTES, 20, days=(9, 9)),
    }
    assert all("neither" not in warning for warning in windows.window_warnings(badges))


def test_windows_that_follow_each_other_or_count_other_things_do_not_warn():
    assert not windows.window_warnings(
        {
            "a": total(MINUTES, 60, days=(1, 7)),
            "b": total(MINUTES, 60, days=(8, 14)),
            "bigger": total(MINUTES, 90, days=(8, 14)),
            "titles": total(TITLES, 2, days=(5, 20)),
            "heard": total(MINUTES, 10, LISTENING, days=(3, 9)),
            "whole": total(MINUTES, 600),
        }
    )


days_of_october = st.integers(1, 31)
totals = st.builds(
    lambda unit, goal, modes, days, least, again: total(
        unit,
        goal,
        *modes,
        days=days and (min(days), max(days)),
        minimum=least if unit is DAYS else 0,
        again_after=again if unit is TITLES else None,
    ),
    st.sampled_from(COUNTABLE),
    st.integers(1, 500),
    st.lists(st.sampled_from([READING, LISTENING]), unique=True),
    st.none() | st.tuples(days_of_october, days_of_october),
    st.integers(0, 60),
    st.none() | st.integers(0, 60),
)
leaves = (
    totals | st.builds(Points, st.integers(1, 99)) | st.builds(Done, st.just("c")) | st.builds(BadgesHeld, st.just(1))
)
rules = st.recursive(
    leaves,
    lambda parts: st.lists(parts, min_size=1, max_size=3).flatmap(
        lambda some: st.integers(1, len(some)).map(lambda goal: AtLeast(goal, tuple(some)))
    ),
    max_leaves=8,
).filter(lambda rule: depth(rule) <= awards.DEEPEST)


def depth(rule):
    return 1 + max(map(depth, rule.parts)) if isinstance(rule, AtLeast) else 1


@given(rules)
def test_every_rule_is_read_back_as_it_was_written(rule):
    assert read_rule(write_rule(rule)) == rule


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["rule", "of", "goal", "unit"]), inner),
)


@given(json_values | st.dictionaries(st.just("rule"), st.sampled_from(["all", "total"])))
def test_nothing_that_is_sent_breaks_the_reading(value):
    with contextlib.suppress(Refused):
        read_rule(json.dumps(value))


def test_a_window_holds_both_its_ends():
    window = total(MINUTES, 1, days=(1, 7)).window
    assert october(1) in window
    assert october(7) in window
    assert october(8) not in window
