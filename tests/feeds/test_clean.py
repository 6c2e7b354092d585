import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import clean
from tests.feeds.test_real import live

BASE = "https://blog.example.org/2026/"

# pieces from which hostile markup is made; Hypothesis puts them together in all ways
PIECES = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<svg><set to='javascript:alert(1)'>",
    "<a xlink:href='javascript:x'>",
    "<a href='javascript:x'>",
    "<a href='  java\tscript:x'>",
    "<a href='data:text/html,x'>",
    "<a href='//evil.example'>",
    "<a href='https://a@evil.example'>",
    "<a href=http://good.example/ onclick=x>",
    "<a title='1>0'>",
    "<form action=x><input type=password>",
    "<style>@import 'x'</style>",
    "<p style='position:fixed'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=x>",
    "<noscript><p title='</noscript><img src=x onerror=x>'>",
    "<template><b>",
    "<iframe srcdoc='<p>'>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?xml",
    "&lt;b&gt;",
    "&amp;lt;script&amp;gt;",
    "&#x3c;img src=x onerror=x&#x3e;",
    "</p>",
    "<em>",
    "<ul><li>",
    "<blockquote>",
    "<b>",
    "<br>",
    "<textarea>",
    "<title>",
    '"',
    "'",
    "<",
    ">",
    "\0",
    "\u202e",
    "e" + "\u0301" * 20,
    " words ",
]
hostile = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12).map("".join)


@settings(max_examples=400, deadline=None)
@given(hostile)
def test_only_what_is_allowed_comes_out(raw):
    assert live(clean.html_of(raw, BASE), is_markup=True) == []
    assert live(clean.html_from_text(raw, BASE), is_markup=True) == []
    assert live(clean.plain(raw), is_markup=False) == []
    assert live(clean.line(raw), is_markup=False) == []


@settings(max_examples=200, deadline=None)
@given(hostile, st.integers(1, 60))
def test_what_comes_out_is_never_longer_than_it_may_be(raw, longest):
    for make in (clean.plain, clean.line):
        assert len(make(raw, longest)) <= longest
    assert len(clean.html_of(raw, BASE, longest)) <= longest


@settings(max_examples=200, deadline=None)
@given(hostile)
def test_to_clean_twice_changes_nothing_more(raw):
    once = clean.html_of(raw, BASE)
    assert clean.html_of(once, BASE) == once
    assert clean.line(clean.line(raw)) == clean.line(raw)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(blacklist_categories=[]), max_size=40))
def test_no_control_character_and_no_tower_of_marks_comes_out(raw):
    for made in (clean.html_of(raw, BASE), clean.plain(raw), clean.line(raw)):
        made.encode()
        assert not [one for one in made if unicodedata.category(one) in ("Cc", "Cs") and one not in "\t\n"]
        run = 0
        for one in made:
            run = run + 1 if unicodedata.category(one) in ("Mn", "Me") else 0
            assert run <= clean.MARKS


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<div>one</div><div>two</div>", "<p>one</p><p>two</p>"),
        ("<h2>Big</h2>small <b>bold</b> <i>it</i>", "<p>Big</p>small <strong>bold</strong> <em>it</em>"),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
        ("a<br/>b", "a<br>b"),
        ("<p></p><p>x</p><p> </p>", "<p>x</p>"),
        ("<table><tr><td>a</td></tr></table>", "<p>a</p>"),
        ("x<script>y</script>z<style>w</style>", "xz"),
        ("<a>no address</a>", "<a>no address</a>"),
    ],
)
def test_markup_keeps_its_meaning(raw, expected):
    assert clean.html_of(raw, BASE).replace(f' rel="{clean.REL}"', "") == expected


def test_a_link_keeps_its_address_made_whole_and_tells_nobody_where_it_was():
    made = clean.html_of("<a href='x?a=1&amp;b=2' target=_blank class=k>x</a>", BASE)
    assert made == f'<a href="{BASE}x?a=1&amp;b=2" rel="{clean.REL}">x</a>'


@pytest.mark.parametrize(
    "href",
    [
        "javascript:x",
        " javascript:x",
        "JaVaScRiPt:x",
        "vbscript:x",
        "data:,x",
        "file:///etc",
        "mailto:a@b.c",
        "http:",
    ],
)
def test_a_link_that_leads_anywhere_but_the_web_loses_its_address(href):
    assert "href" not in clean.html_of(f'<a href="{href}">x</a>', BASE)


def test_a_tower_of_combining_marks_is_cut_after_eight():
    for made in (clean.html_of("e" + "\u0301" * 99), clean.plain("e" + "\u20dd" * 99), clean.line("e" + "\u0301" * 99)):
        assert len(made) == 1 + 8
    assert clean.line("ก็ดี") == "ก็ดี"


def test_every_link_hides_where_it_was_followed_from():
    assert clean.html_of("<a href='https://e.org/' rel=opener>x</a>") == (
        '<a href="https://e.org/" rel="noopener noreferrer">x</a>'
    )


def test_broken_markup_a_thousand_deep_is_read_as_text_and_stays_quick():
    assert clean.html_of("<ul><li>" * 12_000 + "deep") == "deep"
    assert clean.plain("<blockquote>" * 8_000 + "deep") == "deep"
    # an end tag of something else ends nothing, for us as for the parser behind
    assert clean.html_of("<em></p>" * 12_000 + "deep") == "deep"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("AT&amp;T", "AT&T"),
        ("Tom &amp;amp; Jerry", "Tom &amp; Jerry"),
        ("<p>one</p><p>two</p>", "one two"),
        ("a<br>b", "a b"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "alert(1)"),
        ("I &lt;3 books", "I <3 books"),
    ],
)
def test_markup_becomes_words(raw, expected):
    assert clean.plain(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  two\n lines ", "two lines"),
        ("a < b & c > d ]]> e", "a < b & c > d ]]> e"),
        ("<b>bold</b>", "bold"),
        ("<scr<b>ipt>x", "x"),
        ("<img src=x onerror=y", "< img src=x onerror=y"),
        ("\u200b\u200d \u3164\u2800", ""),
        ("&amp; stays", "&amp; stays"),
        ("مرحبا 👩‍🚀 ok", "مرحبا 👩‍🚀 ok"),
        ("\x07bell\x00", "bell"),
        ("\ud800half", "half"),
    ],
)
def test_a_line_is_kept_but_for_what_could_be_a_tag_or_cannot_be_seen(raw, expected):
    assert clean.line(raw) == expected


def test_too_long_a_line_ends_with_an_ellipsis():
    assert clean.line("abc " * 400, 11) == "abc abc ab…"


def test_text_of_several_lines_becomes_paragraphs():
    assert clean.html_from_text("a\nb <c>\n\n\nd") == "<p>a<br>b &lt;c&gt;</p><p>d</p>"


def test_the_first_sentence_is_whole_and_long_enough_to_be_worth_reading():
    body = (
        "<p>No. It was a dark night, and all the whales of the wide sea were asleep in it. Then came Ada."
        + " More." * 80
    )
    assert (
        clean.first_sentence(body) == "No. It was a dark night, and all the whales of the wide sea were asleep in it."
    )
    assert clean.first_sentence("<p>Short.</p>") == "Short."
    endless = clean.first_sentence("word " * 200)
    assert len(endless) <= 300
    assert endless.endswith("word…")


@pytest.mark.parametrize(
    ("said", "expected"),
    [("en", "en"), ("de_AT", "de-AT"), (" pt-BR ", "pt-BR"), ("", None), ("e", None), ("en us", None), (7, None)],
)
def test_a_language_is_known_by_its_form(said, expected):
    assert clean.language(said) == expected


def test_what_a_feed_calls_a_thing_stays_what_it_is_and_of_bounded_length():
    assert clean.token(" tag:x,2026:<1>\n") == "tag:x,2026:<1>"
    assert clean.token(" ") is None
    long, longer = clean.token("a" * 3000), clean.token("a" * 3001)
    assert str(long).startswith("sha256:")
    assert long != longer


def test_cleaned_markup_is_cut_between_its_tags():
    made = clean.html_of("<p><em>one</em> &amp; <strong>two</strong></p>" * 30, BASE, 100)

    class Balance(HTMLParser):
        open = 0

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.open += 1

        def handle_endtag(self, tag: str) -> None:
            self.open -= 1

    parser = Balance()
    parser.feed(made)
    parser.close()
    assert parser.open == 0
    assert 50 < len(made) <= 100


@settings(max_examples=600, deadline=None)
@given(st.one_of(hostile, hostile.map(clean.html_of), hostile.map(clean.html_from_text)))
def test_words_that_need_no_parser_are_those_that_the_parser_finds(raw):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clean, "_OURS", re.compile("(?!)"))
        parsed = clean.plain(raw)
    assert clean.plain(raw) == parsed


@settings(max_examples=300, deadline=None)
@given(st.text("ab\0\t\n\x0b\x0c\r\x1b\x7f<&", max_size=8))
def test_of_text_without_control_characters_nothing_is_taken(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clean, "_NO_TEXT", bytes(range(128)))
        looked_at = clean.line(text)
    assert clean.line(text) == looked_at
