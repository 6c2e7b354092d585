"""The terms of a program as its tables hold them, and back."""

from hypothesis import given
from hypothesis import strategies as st

from engage.engagement.rules import Mode
from engage.programs import terms
from engage.programs.awards import AtLeast, Done, FromList, Listed, Total
from engage.programs.facts import Count
from engage.programs.freezing import freeze, thaw
from engage.programs.judging import PointsRule
from engage.programs.rules import Limit, Strictest, Unit
from engage.programs.terms import ListNow
from tests.programs.facts import DAYS, MINUTES, READING, TITLES, badges, challenges, october, program, total

ROW = {
    "goal": 5,
    "unit": "minutes",
    "kind": "amount",
    "minimum": 10,
    "modes": "",
    "repeats": "once",
    "required": "",
    "details": "",
}


def test_a_challenge_is_a_rule():
    assert terms.rule_of(ROW) == Total(Count(MINUTES), 5)
    assert terms.rule_of(ROW | {"unit": "days", "modes": "reading"}) == total(DAYS, 5, READING, minimum=10)
    assert terms.rule_of(ROW | {"unit": "titles", "repeats": "always"}) == total(TITLES, 5, again_after=0)
    assert terms.rule_of(ROW | {"unit": "titles", "repeats": "after 30"}) == total(TITLES, 5, again_after=30)
    assert terms.rule_of(ROW | {"modes": "reading,viewing,listening"}) == Total(Count(MINUTES), 5)


def test_a_list_challenge_knows_what_stands_on_the_list_and_what_stood():
    now = ListNow({7: "k7", 8: "k8"}, {9: october(3), 8: october(1)})
    listed = ROW | {"kind": "list", "unit": "titles", "required": "k8,gone"}
    assert terms.rule_of(listed, now) == FromList(5, (Listed(7), Listed(8, required=True), Listed(9, until=october(3))))


def test_rules_are_kept_and_read_again():
    rules = program(
        frozen_at=None,
        challenges=challenges(a=total(MINUTES, 60), b=FromList(2, (Listed(7, True), Listed(8, until=october(4))))),
        badges=badges(x=AtLeast(1, (Done("a"), total(TITLES, 3, READING, days=(1, 7)))), y=Done("b")),
        points=(PointsRule(Count(MINUTES, frozenset({Mode.LISTENING})), 20, 1),),
        completion=Done("a"),
    )
    assert thaw(freeze(rules)) == rules
    assert thaw(freeze(program(ends=None, frozen_at=None))) == program(ends=None, frozen_at=None)


limits = st.dictionaries(
    st.sampled_from(Unit),
    st.builds(Limit, *[st.none() | st.integers(1, 999)] * 3).filter(lambda limit: limit != Limit()),
)


@given(limits)
def test_limits_are_read_as_they_were_written(given_limits):
    assert terms.read_limits(terms.write_limits(given_limits)) == given_limits


def test_nothing_is_written_for_no_limits():
    assert terms.write_limits({MINUTES: Limit()}) == ""
    assert terms.write_points([]) == ""
    assert terms.read_points("") == ()


def test_of_several_limits_the_strictest_holds_and_is_named():
    one, two = {MINUTES: Limit(entry=60, day=200)}, {MINUTES: Limit(entry=90, warns=30), DAYS: Limit(day=1)}
    both = {MINUTES: Strictest(warns=30, entry=60, day=200, entry_in="One", day_in="One")}
    both |= {DAYS: Strictest(day=1, day_in="Two")}
    assert terms.strictest([("One", one), ("Two", two)]) == both
    assert terms.strictest([("Two", two), ("One", one)]) == both
    assert terms.strictest([]) == {}
