"""How else what was typed could be said."""

import pytest

from engage.database import fold
from engage.resources.rephrasing import kind_in, ways, without_asking
from engage.resources.rules import Format


@pytest.mark.parametrize(
    ("typed", "core"),
    [
        ("i want a book about sharks", "sharks"),
        ("dog man 2", "dog man"),
        ("graphic novel dragon", "dragon"),
        ("number the stars", "stars"),
        ("1984", "1984"),
        ("books", ""),
    ],
)
def test_what_only_asks_is_left_out(typed, core):
    assert " ".join(without_asking(fold.words(typed))) == core


@pytest.mark.parametrize(
    ("typed", "form", "rest"),
    [
        ("Graphic Novels", Format.GRAPHIC_NOVEL, ()),
        ("e-books about owls", Format.EBOOK, ("about", "owls")),
        ("funny comic books", Format.GRAPHIC_NOVEL, ("funny",)),
        ("the novel graphic", None, ("the", "novel", "graphic")),
        ("books", None, ("books",)),
    ],
)
def test_a_kind_is_known_by_how_it_is_typed(typed, form, rest):
    assert kind_in(fold.words(typed)) == (form, rest)


def test_words_are_cut_and_joined():
    said = [way.text for way in ways(["dogman"])]
    assert said == ["d ogman", "do gman", "dog man", "dogm an"]
    assert [way.text for way in ways(["snowman"])] == ["sn owman", "sno wman", "snow man", "snowm an"]
    assert ways(["snow", "man"])[0].text == "snowman"
    assert ways(["books", "about", "dogs"])[0].text == "dogs"
    assert len(ways(["extraordinary"] * 8)) == 24
    assert ways([]) == ways(["owl"]) == []
