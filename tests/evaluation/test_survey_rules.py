"""What is shown of answers: nothing under ten, nothing that a subtraction or a share near all or none would tell."""

from itertools import product

import pytest

from engage.errors import Refused
from engage.evaluation import survey_rules as rules
from engage.evaluation.rules import HIDDEN, Value
from engage.evaluation.survey_rules import READY, Asking, Reading

pytestmark = pytest.mark.only("sqlite")


def shown(*counts: int, kind: str = Asking.SCALE, choices: tuple[str, ...] = ()) -> rules.Reply:
    tallies = dict(enumerate(counts, 1))
    return rules.reply_of("Q", kind, "", choices, tallies, 5)


def test_nothing_is_shown_under_ten_answers() -> None:
    for counts in ((0, 0, 0, 0, 9), (4, 0, 0, 5, 0), (0, 0, 0, 0, 0)):
        reply = shown(*counts)
        assert (reply.answers, reply.agreed, reply.parts) == (0, HIDDEN, ())
    assert shown(0, 0, 0, 5, 5).answers == 10


def test_a_share_is_told_no_closer_than_a_small_group_allows() -> None:
    assert shown(2, 3, 0, 3, 2).agreed == Value(50)
    # one who did not agree, and none: both look alike
    assert shown(0, 1, 0, 9, 10).agreed == shown(0, 0, 0, 10, 10).agreed == Value(bound="over", edge=75)
    assert shown(9, 10, 0, 1, 0).agreed == shown(20, 0, 0, 0, 0).agreed == Value(bound="under", edge=25)


def test_the_answers_are_broken_down_wholly_or_not_at_all() -> None:
    """Whatever is shown, no answer that fewer than five gave can be told from it."""
    for low, middle, high in product(range(12), repeat=3):
        reply = shown(low, 0, middle, high, 0)
        known = [value.number for _, value in reply.parts]
        if any(number is not None for number in known):
            assert min(low, middle, high) >= 5, (low, middle, high)
            assert None not in known
    parts = dict(shown(5, 0, 5, 0, 10).parts)
    assert parts == {"No": Value(25), "Not sure": Value(25), "Yes": Value(50)}
    two = shown(12, 4, kind=Asking.CHOICE, choices=("Home", "School"))
    assert [value for _, value in two.parts] == [HIDDEN, HIDDEN]
    assert two.agreed == HIDDEN
    assert shown(40, kind=Asking.TEXT).answers == 0


def test_before_and_after_are_compared_where_both_are_shown() -> None:
    after = rules.reply_of("Q", Asking.SCALE, "more", (), {2: 10, 4: 30}, 5, Value(50))
    assert rules.moved(after) == 25
    for earlier in (None, HIDDEN, Value(bound="under", edge=25)):
        assert rules.moved(rules.reply_of("Q", Asking.SCALE, "more", (), {2: 10, 4: 30}, 5, earlier)) is None


def test_the_sentences_are_ours_in_two_reading_levels_and_short_for_the_youngest() -> None:
    assert [one.code for one in READY] == ["learned", "confident", "more", "aware"]
    for one in READY:
        assert len(one.words(Reading.SIMPLE).split()) <= 8
        assert one.words(Reading.PLAIN) != one.words(Reading.SIMPLE)
    assert len(rules.scale_words("plain")) == len(rules.scale_words("simple")) == len(rules.POINTS)


def test_what_is_no_answer_is_refused() -> None:
    rules.check_answer(Asking.SCALE, 5, "5")
    rules.check_answer(Asking.TEXT, 0, "x" * 300)
    for kind, choices, answer in (
        (Asking.SCALE, 5, "6"),
        (Asking.SCALE, 5, "01"),
        (Asking.CHOICE, 2, "3"),
        (Asking.CHOICE, 2, "-1"),
        (Asking.TEXT, 0, "x" * 301),
    ):
        with pytest.raises(Refused):
            rules.check_answer(kind, choices, answer)


def test_a_question_can_be_answered() -> None:
    rules.check_question("choice", "Where?", ("Home", "School"), 0)
    for kind, words, choices, many in (
        ("scale", "", (), 0),
        ("choice", "Where?", ("Home",), 0),
        ("choice", "Where?", ("Home", "Home"), 0),
        ("essay", "Why?", (), 0),
        ("text", "Why?", (), 12),
    ):
        with pytest.raises(Refused):
            rules.check_question(kind, words, choices, many)
