"""Conditions in plain words stand for rules, both ways."""

import json
from datetime import date

import pytest

from engage.errors import Refused
from engage.programs.awards import read_rule, write_rule
from engage.programs.rule_words import Said, Sentence, rule_of_sentence, rule_said, said_of, sentence_of, words_for

POINT = {"rule": "points", "goal": 1}
WEEK = (date(2026, 10, 1), date(2026, 10, 7))


@pytest.mark.parametrize(
    "said",
    [
        Said("minutes", 20),
        Said("minutes listening", 20),
        Said("titles viewing", 2),
        Said("days", 3, *WEEK),
        Said("reviews", 1),
        Said("activities", 4),
        Said("activity abc", 2),
        Said("points", 9),
        Said("challenge abc"),
        Said("challenges", 2),
        Said("badge abc"),
        Said("badges", 3),
        Said("lines abc", 1),
    ],
)
def test_a_condition_comes_back_as_it_was_said(said):
    rule = read_rule(write_rule(rule_said(said)))
    assert said_of(rule) == said
    assert words_for(said, {"abc": "It"})


def test_groups_of_which_so_many_are_enough():
    sentence = Sentence(
        (Said("minutes", 20), Said("days", 3, group="a"), Said("pages", 9, group="a"), Said("titles", 1, group="a")),
        0,
        {"a": 2},
    )
    rule = rule_of_sentence(sentence)
    assert json.loads(write_rule(rule))["of"][1]["goal"] == 2
    assert sentence_of(read_rule(write_rule(rule))) == sentence
    whole = Sentence((Said("days", 3), Said("pages", 9), Said("titles", 1)), 2, {})
    assert sentence_of(read_rule(write_rule(rule_of_sentence(whole)))) == whole


@pytest.mark.parametrize(
    ("sentence", "about"),
    [
        (Sentence(()), ""),
        (Sentence((Said("days"),)), "goal"),
        (Sentence((Said("days", 3, WEEK[0]),)), "last"),
        (Sentence((Said("days", 3, WEEK[1], WEEK[0]),)), "last"),
        (Sentence((Said("days", 3), Said("pages", 3)), 3), "need"),
        (Sentence((Said("days", 3, group="b"), Said("pages", 3, group="b")), 0, {"b": 3}), "of_b"),
    ],
)
def test_what_nobody_could_meet_is_refused_beside_its_field(sentence, about):
    with pytest.raises(Refused) as refused:
        rule_of_sentence(sentence)
    assert (refused.value.about or "") == about


@pytest.mark.parametrize(
    "rule",
    [
        {"rule": "total", "unit": "titles", "goal": 1000, "again_after": 0},
        {"rule": "total", "unit": "days", "goal": 3, "minimum": 10},
        {"rule": "total", "unit": "pages", "goal": 3, "modes": ["reading"]},
        {
            "rule": "any",
            "of": [{"rule": "all", "of": [{"rule": "any", "of": [{"rule": "points", "goal": 1}] * 2}] * 2}] * 2,
        },
    ],
)
def test_a_rule_that_a_form_cannot_say_is_left_to_json(rule):
    assert sentence_of(read_rule(json.dumps(rule))) is None
