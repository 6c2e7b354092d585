"""Notes may carry two light marks: pages show them, all else has the bare words, and nothing in them can do harm."""

import pytest

from engage.web.marks import marked, plain


@pytest.mark.parametrize(
    ("text", "shown", "bare"),
    [
        ("A *very* good one", "A <em>very</em> good one", "A very good one"),
        ("**Read this** first", "<strong>Read this</strong> first", "Read this first"),
        ("**All *of* it**", "<strong>All <em>of</em> it</strong>", "All of it"),
        ("*One*, *two*.", "<em>One</em>, <em>two</em>.", "One, two."),
        ("2 * 3 * 4 and 5*6*7", "2 * 3 * 4 and 5*6*7", "2 * 3 * 4 and 5*6*7"),
        ("foot*note* and *foot*note", "foot*note* and *foot*note", "foot*note* and *foot*note"),
        ("* not closed", "* not closed", "* not closed"),
        ("*over\ntwo lines*", "*over\ntwo lines*", "*over\ntwo lines*"),
        ("***", "***", "***"),
        (
            "<b>*x*</b> & '*<i>*'",
            "&lt;b&gt;<em>x</em>&lt;/b&gt; &amp; &#39;<em>&lt;i&gt;</em>&#39;",
            "<b>x</b> & '<i>'",
        ),
        ("*שלום* 🦉", "<em>שלום</em> 🦉", "שלום 🦉"),
    ],
)
def test_two_marks_and_no_more(text: str, shown: str, bare: str) -> None:
    assert str(marked(text)) == shown
    assert plain(text) == bare


def test_many_stars_are_read_quickly() -> None:
    for text in ("*" * 10_000, "*a " * 5_000, "**a *b " * 2_000):
        assert plain(text) == text
