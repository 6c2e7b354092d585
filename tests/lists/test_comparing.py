"""Two states of a list are told apart: what came, went, moved and changed, down to the words."""

import random
from typing import Any

from engage.lists.comparing import Comparison, ItemChange, Piece, changed_words, compare


def item(key: str, section: str = "", note: str = "", start: bool = False) -> dict[str, Any]:
    return {"key": key, "resource": key.upper(), "section": section, "annotation": note, "start_here": start}


def snapshot(*items: dict[str, Any], sections: tuple[tuple[str, str, str], ...] = (), **words: Any) -> dict[str, Any]:
    headings = [{"key": key, "title": title, "note": note} for key, title, note in sections]
    return {"title": "Sea", "introduction": "Salt.", "sections": headings, "items": list(items), **words}


def test_the_same_list_does_not_differ():
    one = snapshot(item("a"), item("b"), sections=(("s", "Sky", ""),))
    assert compare(one, one) == Comparison()
    assert compare(one, one).same


def test_what_came_went_moved_and_changed():
    sections = (("s", "Sky", ""), ("t", "Sea", "Salt water"))
    before = snapshot(item("a"), item("b"), item("c"), item("d", "s", "Old"), item("e"), sections=sections)
    after = snapshot(
        item("c"), item("a"), item("b"), item("d", "t", "New", start=True), item("f", "t", "Here"), sections=sections
    )
    assert compare(before, after).items == (
        ItemChange("c", "C", "moved", moved=True),
        ItemChange("d", "D", "changed", "Old", "New", "Sky", "Sea", moved=True, start="set"),
        ItemChange("f", "F", "added", "", "Here", "", "Sea"),
        ItemChange("e", "E", "removed"),
    )


def test_one_item_that_moved_is_one_that_moved():
    """Whatever is moved, no more is said to have moved than was; over rows of all kinds."""
    chance = random.Random(7)
    for _ in range(200):
        keys = [f"k{number}" for number in range(chance.randint(2, 12))]
        moved = list(keys)
        one = moved.pop(chance.randrange(len(moved)))
        moved.insert(chance.randrange(len(moved) + 1), one)
        found = compare(snapshot(*map(item, keys)), snapshot(*map(item, moved))).items
        assert len(found) == (keys != moved)


def test_words_and_headings_and_choices():
    before = snapshot(sections=(("s", "Sky", ""), ("t", "Sea", "")), kind="list", grade_low=None)
    after = snapshot(sections=(("s", "Night sky", "Bring a coat"),), kind="text set", grade_low=0, title="Salt")
    assert compare(before, after) == Comparison(
        words=(("Title", "Sea", "Salt"),),
        facts=(("What it is", "list", "text set"), ("From grade", "", "0")),
        parts=(("Sky", "Night sky: Bring a coat"), ("Sea", "")),
    )


def test_changed_words_are_marked_one_by_one():
    assert changed_words("The moon is big.", "The moon is very big. Look!") == [
        Piece("", "The moon is "),
        Piece("ins", "very "),
        Piece("", "big. "),
        Piece("ins", "Look!"),
    ]
    assert changed_words("a b c", "a x c") == [Piece("", "a "), Piece("del", "b "), Piece("ins", "x "), Piece("", "c")]
    assert changed_words("", "All new") == [Piece("ins", "All new")]
    assert changed_words("Gone", "") == [Piece("del", "Gone")]


def test_both_texts_can_be_read_out_of_the_marks():
    """Over random texts: without what came it is the old text, without what went the new one, but for blanks."""
    chance = random.Random(11)
    for _ in range(300):
        old, new = (" ".join(chance.choices("abc", k=chance.randint(0, 12))) for _ in range(2))
        pieces = changed_words(old, new)
        assert "".join(piece.text for piece in pieces if piece.kind != "ins").split() == old.split()
        assert "".join(piece.text for piece in pieces if piece.kind != "del").split() == new.split()


def test_long_texts_that_differ_everywhere_are_shown_whole():
    old, new = " ".join(["a"] * 400), " ".join(["b", "a"] * 400)
    assert [piece.kind for piece in changed_words("x " + old + " y", "z " + new + " w")] == ["del", "ins"]
