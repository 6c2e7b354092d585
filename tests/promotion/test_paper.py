"""Words, sheets and covers for paper, without a press."""

import pytest

from engage.promotion import codes
from engage.promotion.cut_outs import files_for
from engage.promotion.paper import Picture, counted, covers
from engage.web.paper import Paper, drawing, ink_of, paper_for, plain


@pytest.mark.parametrize(
    ("written", "set_"),
    [
        ("  Sea \n\t stories ", "Sea stories"),
        ("a\x00b\x1fc\u202egnirts\u2069", "a b cgnirts"),
        ("z" + "\u0335" * 50 + "o", "z" + "\u0335" * 3 + "o"),
        ("x" * 30, "x" * 12 + "\u200b" + "x" * 12 + "\u200b" + "x" * 6),
        ("one two three four five six seven eight", "one two three four…"),
        ("\ue000\ufdd0Owl \U0001f989", "Owl \U0001f989"),
        ("", ""),
    ],
)
def test_words_are_cleaned_for_paper(written: str, set_: str):
    assert plain(written, 30 if " two" not in written else 20) == set_


def test_even_the_longest_text_is_cut():
    assert len(plain("word " * 2_000, 100)) <= 101
    assert len(plain("x" * 10_000, 100).replace("\u200b", "")) == 101
    assert plain("\u0301" * 10_000, 100) == "\u0301" * 3


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((8, 8, 8), "24 things to read, watch and hear."),
        ((1, 0, 0), "1 thing to read."),
        ((0, 2, 3), "5 things to watch and hear."),
        ((0, 0, 0), ""),
    ],
)
def test_things_are_counted_by_what_one_does_with_them(numbers: tuple[int, int, int], words: str):
    assert counted(*numbers) == words


@pytest.mark.parametrize(
    ("zone", "paper"),
    [("America/New_York", Paper.LETTER), ("Pacific/Honolulu", Paper.LETTER), ("Europe/Oslo", Paper.A4)],
)
def test_the_usual_sheet_follows_the_part_of_the_world(zone: str, paper: Paper):
    assert paper_for(zone) is paper


def item(title: str, mode: str = "reading", picture: str = "", start: bool = False) -> dict[str, object]:
    return {"title": title, "creator": "<b>", "mode": mode, "picture": picture, "start_here": start}


def test_covers_begin_with_what_one_should_begin_with_and_keep_their_shapes():
    kept = {"p1": Picture(240, 360, b"RIFF"), "p2": Picture(240, 120, b"RIFF")}
    things = [
        item("Owl & <Moon>"),
        item("Radio", "listening"),
        item("Film", "viewing", "p2"),
        item("Book", "reading", "p1", True),
    ]
    shown = covers(things, kept, 4)
    assert [one["title"] for one in shown] == ["Book", "Owl & <Moon>", "Radio", "Film"]
    assert [(round(one["high"], 2), round(one["wide"], 2)) for one in shown] == [
        (1.0, 0.67),
        (1.0, 0.67),
        (0.7, 0.7),
        (0.47, 0.95),
    ]
    assert "data:image/webp;base64,UklGRg==" in shown[0]["svg"]
    assert "&lt;Moon&gt;" in shown[1]["svg"]
    assert [one["title"] for one in covers(things, {}, 2)] == ["Book", "Owl & <Moon>"]


def test_a_drawing_stands_alone_and_an_unknown_ink_is_night():
    assert drawing('<svg class="art"><text class="cv-t"/></svg>').startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert ink_of("puce") == ink_of("night")


def test_cards_are_counted_into_files():
    assert files_for(0) == [(1, 0)]
    assert files_for(120) == [(1, 120)]
    assert files_for(300) == [(1, 120), (121, 240), (241, 300)]


def test_a_code_holds_nothing_but_shapes():
    drawn = codes.code('https://e.org/l/"><script>', "q")
    assert drawn.startswith("<svg ")
    assert "script" not in drawn
    assert "viewBox" in drawn
    assert codes.typed("https://e.org/l/k") == "e.org/l/k"
