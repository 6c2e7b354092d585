from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import announced
from tests.data import shared

PAGE = "https://blog.example.org/2026/"


def found(page: str, url: str = PAGE) -> list[tuple[str, str]]:
    return [(one.url, one.title) for one in announced(page.encode(), url, {"content-type": "text/html; charset=utf-8"})]


def test_a_page_announces_its_feeds():
    page = """<!doctype html><head>
      <link rel="stylesheet" href="x.css">
      <LINK REL="Alternate" TYPE="application/RSS+xml" TITLE="News &amp; more" HREF="../feed?a=1&amp;b=2">
      <link href='/atom' type='application/atom+xml' rel='alternate home' />
      <link rel=alternate type="application/feed+json; charset=utf-8" href=//other.example.org/feed.json>
      <link rel="alternate" type="application/atom+xml;profile=opds-catalog;kind=acquisition" href="/opds">
      <link rel="alternate" hreflang="de" href="/de">
      <link rel="alternate" type="application/rss+xml" href="javascript:x">
      <link rel="alternate" type="application/rss+xml" href="../feed?a=1&amp;b=2">
      <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">"""
    assert found(page) == [
        ("https://blog.example.org/feed?a=1&b=2", "News & more"),
        ("https://blog.example.org/atom", ""),
        ("https://other.example.org/feed.json", ""),
        ("https://blog.example.org/opds", ""),
    ]
    types = [one.media_type for one in announced(page.encode(), PAGE, {})]
    assert types[3] == "application/atom+xml;profile=opds-catalog"


def test_the_pages_base_counts():
    page = '<base href="/deep/er/"><base href="/wrong/"><link rel=alternate type=application/atom+xml href=feed>'
    assert found(page) == [("https://blog.example.org/deep/er/feed", "")]


def test_what_a_script_or_a_comment_says_is_not_announced():
    link = '<link rel="alternate" type="application/rss+xml" href="/feed">'
    assert found(f"<script>'{link}'</script><!-- {link} --><style>{link}</style><textarea>{link}</textarea>") == []


def test_a_feed_of_comments_is_better_than_none():
    page = '<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">'
    assert found(page) == [("https://blog.example.org/comments/feed", "Comments")]


def test_a_page_that_announces_a_thousand_feeds_gets_twenty_offered():
    assert len(found("".join(f'<link rel=alternate type=application/rss+xml href="/{n}">' for n in range(1000)))) == 20


@settings(max_examples=200, deadline=None)
@given(st.text("<>/!-=\"' \nlinkbasehrf&;", max_size=80))
def test_any_page_is_looked_through(page):
    announced(page.encode(), PAGE, {})


def test_titles_are_plain():
    page = '<link rel=alternate type=application/rss+xml title="&lt;b&gt;News&lt;/b&gt;" href="/f">'
    assert found(page) == [("https://blog.example.org/f", "News")]


def test_real_pages_are_looked_through_without_harm():
    pages: list[Path] = sorted(shared("webpages").iterdir())
    assert pages
    for page in pages:
        for one in announced(page.read_bytes(), PAGE, {}):
            assert one.url.startswith(("http://", "https://"))
