import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.markup import Declaration, End, Start, Text, pieces


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("a<b c='d' e=\"f g\">", [Text("a"), Start("b", [("c", "d"), ("e", "f g")], False)]),
        ("<b h=i j>", [Start("b", [("h", "i"), ("j", "")], False)]),
        ("<b>k</b>", [Start("b", [], False), Text("k"), End("b")]),
        ("<br/><x:y />", [Start("br", [], True), Start("x:y", [], True)]),
        ("<a href=/x/y>z", [Start("a", [("href", "/x/y")], False), Text("z")]),
        ("x &amp; y &nbsp;&bogus; &copy=1", [Text("x & y \xa0&bogus; &copy=1")]),
        ("<!-- <b> -->c<![CDATA[<b>&amp;]]>", [Text("c"), Text("<b>&amp;")]),
        ("<!DOCTYPE rss><?xml x?>", [Declaration("DOCTYPE rss>")]),
        ("1 < 2", [Text("1 "), Text("<"), Text(" 2")]),
        ('<a href="open>text</a>', [Start("a", [("href", ""), ("open", "")], False), Text("text"), End("a")]),
        ("<a <b>", [Start("a", [], False), Start("b", [], False)]),
        ("<!-- never closed <b>", [Text(" never closed "), Start("b", [], False)]),
        ("<![CDATA[never closed <b>", [Text("never closed <b>")]),
    ],
)  # fmt: skip
def test_a_document_falls_into_its_pieces(document, expected):
    assert list(pieces(document)) == expected


def test_scripts_of_a_page_are_no_markup():
    page = "<script>if (a<b) '<link>'</script><style><x></style><p>"
    assert [one.name for one in pieces(page, page=True) if isinstance(one, Start)] == ["script", "style", "p"]


@settings(max_examples=300, deadline=None)
@given(st.text("<>/!-?[]=\"' ab&;CDATx", max_size=60), st.booleans())
def test_any_text_falls_into_pieces(document, page):
    for one in pieces(document, page=page):
        assert not isinstance(one, Text) or one.words or one.words == ""


@pytest.mark.parametrize(
    "trap",
    [
        "<!--",
        "<![CDATA[",
        "<a ",
        "<a b='",
        "<a b=\"c' ",
        "<a/",
        "<!",
        "</a",
        "<",
        "<?",
        "<a b =",
        "&a",
        "<script>",
        "<a  ",
    ],
)
def test_a_trap_takes_no_more_looks_than_it_has_characters(trap):
    """Each character is looked at a bounded number of times, counted by the searches that reach the end."""
    searches = 0

    class Counted(str):
        def find(self, *args: object) -> int:  # type: ignore[override]
            nonlocal searches
            found = str.find(self, *args)  # type: ignore[arg-type]
            searches += found < 0
            return found

    document = Counted(trap * 2_000)
    for _ in pieces(document, page=True):
        pass
    assert searches <= 5
