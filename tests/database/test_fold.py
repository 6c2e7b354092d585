"""Folding text for search."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.database.fold import fold, fts5, tsquery, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Café", "cafe"),
        ("CAFE\u0301", "cafe"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("ﬁn", "fin"),
        ("\u210c\uff12", "h2"),
        ("Žluťoučký kůň", "zlutoucky kun"),
    ],
)
def test_text_is_folded(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The Sea, the Sea!", ["the", "sea", "the", "sea"]),
        ("978-0-14-032872-1", ["9780140328721"]),
        ("ISBN 0 14 032872 x, 1988", ["isbn", "014032872x", "1988"]),
        ("call 555-0199 at 12-30", ["call", "555", "0199", "at", "12", "30"]),
        ("snake_case it's", ["snake", "case", "it", "s"]),
        ("数字 и слово", ["数字", "и", "слово"]),
        ("*&:'\"()--", []),
        ("x" * 100, ["x" * 64]),
    ],
)
def test_words_of_a_text(text, found):
    assert words(text) == found


def test_a_query_is_made_of_words_and_of_nothing_else():
    assert fts5("Café ÉTÉ") == '("cafe"*) AND ("ete"*)'
    assert fts5("Café", ("ᵗ", "ᵃ")) == '("ᵗcafe"* OR "ᵃcafe"*)'
    assert tsquery("Café ÉTÉ", ("ᵗ", "ᵃ")) == "('ᵗcafe':* | 'ᵃcafe':*) & ('ᵗete':* | 'ᵃete':*)"
    assert fts5('" OR 1=1 NEAR(') == '("or"*) AND ("1"*) AND ("1"*) AND ("near"*)'
    assert tsquery("a' | b:*") == "('a':*) & ('b':*)"
    assert (fts5(" … "), tsquery("")) == ("", "")
    assert len(fts5("a b c d e f g h i j").split(" AND ")) == 8


@given(st.text(max_size=60))
def test_no_text_reaches_a_query_as_syntax(text):
    assert re.fullmatch(r'(\("[^\W_]+"\*\)( AND \("[^\W_]+"\*\))*)?', fts5(text))
    assert re.fullmatch(r"(\('[^\W_]+':\*\)( & \('[^\W_]+':\*\))*)?", tsquery(text))


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)
