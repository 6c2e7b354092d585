"""Badges by rule: what stands in a seal where nobody chose it."""

import re
from xml.etree import ElementTree

import pytest

from engage.web.art import INK_NAMES
from engage.web.art.badges import HINTS, PLAIN_MARKS, icons, mark_of, whole_seal
from engage.web.paper import drawing

SHAPES = ("round", "star", "arch", "shield", "square", "ways")


@pytest.mark.parametrize(
    ("title", "mark", "number", "icon"),
    [
        ("Early Bird", "20", "20", ""),
        ("Early Bird", "lamp-fill", "", "lamp-fill"),
        ("300 minutes", "", "300", ""),
        ("Ten lanterns", "", "10", ""),
        ("First lantern", "", "", "lamp-fill"),
        ("Night owl", "", "", "moon-stars-fill"),
        ("Ein Stück Wald", "", "", ""),
        ("12345 pages", "", "", "books-fill"),
        ("007", "", "7", ""),
    ],
)
def test_a_mark_is_the_chosen_one_else_the_number_else_what_the_title_says(title, mark, number, icon):
    found = mark_of(title, mark)
    assert found[0] == number
    assert found[1] == icon or (not icon and not number and found[1] in PLAIN_MARKS)


def test_the_same_title_has_the_same_mark_however_it_is_written():
    assert mark_of("Zweiundzwanzig!") == mark_of("  zweiundzwanzig ")
    assert {mark_of(f"Badge {letter}")[1] for letter in "abcdefghijklmnop"} > {"star-fill", "acorn-fill"}


def test_every_mark_of_the_rule_is_an_icon_of_the_pages():
    assert {icon for _, icon in HINTS} | set(PLAIN_MARKS) <= icons().keys()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_seal_for_paper_is_a_whole_drawing_without_styles_or_links(shape):
    for ink in INK_NAMES:
        drawn, number, colour = whole_seal("Early Bird", shape, ink)
        ElementTree.fromstring(drawing(drawn))
        assert "href" not in drawn
        assert number == ""
        assert re.fullmatch("#[0-9A-F]{6}", colour)
    assert whole_seal("Ten", "round", "night")[1] == "10"
