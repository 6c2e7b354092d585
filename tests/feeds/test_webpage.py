"""What web pages say of themselves."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feeds
from feeds import webpage
from feeds.oembed import Embed
from feeds.webpage import PageFacts, read_page, with_oembed
from tests.data import counted, shared

URL = "https://www.example.org/a/page"
NOW = datetime(2026, 11, 25, tzinfo=UTC)

# What each shared page says: where it was found, and the facts; all else is as in an empty PageFacts.
PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "NetNewsWire__DaringFireball.html": (
        "https://daringfireball.net/",
        {
            "title": "Daring Fireball",
            "language": "en",
            "feeds": (("", "https://daringfireball.net/feeds/main"),),
        },
    ),
    "NetNewsWire__YouTubeTheVolvoRocks.html": (
        "https://www.youtube.com/user/TheVolvorocks",
        {
            "title": "Randy Pobst",
            "description": "This channel is a place for all things cars. Come along for the adventure that is Randy"
            " Pobst's life. From a Civic to a Senna, Randy drives them all! Races, budget and top of the line, meet the"
            " people behind the cars, see the coolest cars up-close and personal. Challenges, comparisons, if it"
            " involves a car or the drivers surrounding them, you'll find it here, on the Randy Pobst YouTube channel!",
            "picture": "https://yt3.ggpht.com/ytc/AAUvwnjCAPIb9CcxkHd5jH-G1Bzrmxmdeu-ffPEpeXw6bQ"
            "=s900-c-k-c0x00ffffff-no-rj",
            "creator": "Randy Pobst",
            "site_name": "YouTube",
            "language": "en",
            "url": "https://www.youtube.com/channel/UCct7QF2jcWRY6dhXWMSq9LQ",
            "oembed": "https://www.youtube.com/oembed?format=json"
            "&url=https%3A%2F%2Fwww.youtube.com%2Fuser%2FTheVolvorocks",
            "feeds": (("RSS", "https://www.youtube.com/feeds/videos.xml?channel_id=UCct7QF2jcWRY6dhXWMSq9LQ"),),
        },
    ),
    "NetNewsWire__furbo.html": (
        "http://furbo.org/",
        {
            "title": "furbo.org by Craig Hockenberry",
            "description": "furbo.org is Craig Hockenberry's place to write for the web. He makes app and runs"
            " websites.",
            "language": "en-US",
            "feeds": (("Iconfactory News Feed", "http://furbo.org/feed/"),),
        },
    ),
    "NetNewsWire__inessential.html": (
        "http://inessential.com/",
        {"title": "inessential: weblog", "feeds": (("RSS", "http://inessential.com/xml/rss.xml"),)},
    ),
    "NetNewsWire_core__scripting.html": (
        "http://scripting.com/",
        {
            "title": "Scripting News",
            "description": "Dave Winer, OG blogger, podcaster, developed first apps in many categories. Old enough to"
            " know better. It's even worse than it appears.",
            "site_name": "Scripting News",
            "url": "http://scripting.com/index.html",
            "feeds": (("", "http://scripting.com/rss.xml"),),
        },
    ),
}


def read(page: str, url: str = URL, content_type: str = "text/html; charset=utf-8") -> PageFacts:
    facts = read_page(page.encode(), url, content_type, NOW)
    assert webpage.from_values(json.loads(json.dumps(webpage.to_values(facts)))) == facts
    return facts


def head(**meta: str) -> str:
    return "<html><head>" + "".join(f'<meta property="{k.replace("__", ":")}" content="{v}">' for k, v in meta.items())


def linked(thing: Any) -> str:
    return f'<html><script type="application/ld+json">{json.dumps(thing)}</script>'


def test_the_shared_pages_say_what_stands_here_and_announce_as_many_feeds_as_the_manifest_counted():
    folder = shared("webpages")
    assert {path.name for path in folder.iterdir()} == set(PAGES)
    for name, (url, expected) in PAGES.items():
        facts = read_page((folder / name).read_bytes(), url, "text/html")
        assert facts == PageFacts(**expected), name
        assert len(facts.feeds) == int(counted()[f"webpages/{name}"].split()[0])


def test_opengraph_tells_title_picture_site_and_time():
    page = head(
        og__title="How bread rises",
        og__description="Yeast &amp; patience",
        og__image="/bread.jpg",
        og__site_name="The Bread Blog",
        og__type="article",
        og__locale="en_GB",
        og__url="https://example.org/a/bread",
        article__published_time="2026-05-01T08:00:00+02:00",
        article__author="https://www.facebook.com/somebody",
        author="Ann Baker",
    )
    facts = read(page)
    assert facts == PageFacts(
        title="How bread rises",
        description="Yeast & patience",
        picture="https://www.example.org/bread.jpg",
        creator="Ann Baker",
        site_name="The Bread Blog",
        published=datetime(2026, 5, 1, 6, tzinfo=UTC),
        format="article",
        language="en",
        url="https://example.org/a/bread",
    )


def test_schema_org_tells_of_a_film_how_long_it_is_and_whether_it_has_captions():
    film = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "BreadcrumbList", "name": "Home"},
            {"@type": "WebPage", "name": "Watch"},
            {
                "@type": ["VideoObject"],
                "name": "How volcanoes work",
                "description": "<p>Hot &amp; wet</p>",
                "thumbnailUrl": ["https://cdn.example.org/v.jpg"],
                "uploadDate": "2025-02-03",
                "duration": "PT1H2M3S",
                "author": [{"@type": "Person", "name": "Ann"}, "Bob", {"name": "ann@example.org"}],
                "publisher": {"name": "Earth Films"},
                "inLanguage": "de",
                "accessibilityFeature": ["captions"],
                "isFamilyFriendly": False,
            },
        ],
    }
    facts = read(linked(film))
    assert (facts.title, facts.description, facts.minutes) == ("How volcanoes work", "Hot & wet", 63)
    assert (facts.creator, facts.site_name, facts.language) == ("Ann, Bob", "Earth Films", "de")
    assert (facts.mode, facts.format, facts.captions, facts.explicit) == ("viewing", "video", True, True)
    assert facts.picture == "https://cdn.example.org/v.jpg"
    assert facts.published == datetime(2025, 2, 3, tzinfo=UTC)
    film["@graph"][2]["accessibilityFeature"] = "none"  # type: ignore[index,call-overload]
    assert read(linked(film)).captions is False
    del film["@graph"][2]["accessibilityFeature"]  # type: ignore[attr-defined]
    assert read(linked(film)).captions is None


@pytest.mark.parametrize(
    ("thing", "mode", "format_name"),
    [
        ({"@type": "PodcastEpisode", "name": "x", "duration": "PT20M"}, "listening", "podcast episode"),
        ({"@type": "http://schema.org/Audiobook", "name": "x"}, "listening", "audiobook"),
        ({"@type": "NewsArticle", "headline": "x"}, "reading", "article"),
        ({"@type": "Movie", "name": "x"}, "viewing", "film"),
        ({"@type": "Organization", "name": "x"}, "reading", "website"),
        ({"@type": "WebPage", "name": "y", "mainEntity": {"@type": "Book", "name": "x"}}, "reading", "book"),
    ],
)
def test_what_a_page_is_about_tells_how_it_is_taken_in(thing, mode, format_name):
    facts = read(linked(thing))
    assert (facts.mode, facts.format) == (mode, format_name)


def test_a_page_about_a_book_tells_its_isbn():
    assert read(linked({"@type": "Book", "name": "A", "isbn": "0-8044-2957-X"})).isbn == "9780804429573"
    assert read(head(og__type="book", book__isbn="978-0-316-76917-4", book__author="J. D. S.")).isbn == "9780316769174"
    assert read(linked({"@type": "Book", "workExample": [{"isbn": "9780316769174"}]})).isbn == "9780316769174"
    assert read(head(og__type="book", book__isbn="978-0-316-76917-5")).isbn == ""


FILM_PAGE = """<html><head><title>Bread - YouTube</title><meta property="og:site_name" content="YouTube">
<meta property="og:title" content="Bread"><meta property="og:type" content="video.other"></head><body>
<script>var ytInitialPlayerResponse = {"videoDetails":{"lengthSeconds":"61"}%s};</script>
<div itemscope itemtype="http://schema.org/VideoObject"><meta itemprop="name" content="Bread">
<meta itemprop="duration" content="PT1M1S"><meta itemprop="datePublished" content="2024-01-02">
<span itemprop="author" itemscope itemtype="http://schema.org/Person"><link itemprop="url" href="http://x.example/">
<link itemprop="name" content="Ann Baker"></span><meta itemprop="genre" content="Education"></div>"""


def test_a_film_on_youtube_tells_its_length_its_maker_and_whether_it_has_captions():
    url = "https://www.youtube.com/watch?v=abcdefghijk"
    facts = read(FILM_PAGE % ',"captions":{"captionTracks":[]}', url)
    assert (facts.title, facts.creator, facts.minutes, facts.captions) == ("Bread", "Ann Baker", 2, True)
    assert (facts.mode, facts.format) == ("viewing", "video")
    assert facts.oembed == f"https://www.youtube.com/oembed?format=json&url={url.replace(':', '%3A')}".replace(
        "watch?v=", "watch%3Fv%3D"
    ).replace("//www.youtube.com/watch", "%2F%2Fwww.youtube.com%2Fwatch")
    assert read(FILM_PAGE % "", url).captions is False
    assert read(FILM_PAGE % "").captions is None  # somebody else's page knows nothing of it


def test_a_films_own_track_of_text_is_captions():
    assert read("<video src=v.mp4><track kind=captions src=c.vtt></video>").captions is True
    assert read("<video src=v.mp4></video>").captions is None


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>Bread rises | A Blog</title><meta property=og:site_name content='A Blog'>", "Bread rises"),
        ("<title>Salt - and pepper</title>", "Salt - and pepper"),
        ("<title>  A &amp;\n B </title><h1>Other</h1>", "A & B"),
        ("<h1>Only <i>a</i> heading</h1>", "Only a heading"),
        ("<title></title><p>nothing", ""),
        ("<title>&lt;script>alert(1)&lt;/script></title>", "alert(1)"),
    ],
)
def test_the_title_is_what_the_page_is_called_and_plain(page, title):
    assert read(page).title == title


def test_a_page_cannot_say_that_it_stands_on_another_site():
    assert read('<link rel="canonical" href="https://evil.example/x">').url is None
    assert read('<link rel="canonical" href="/better">').url == "https://www.example.org/better"


def test_only_addresses_of_the_web_and_no_drawings_are_pictures():
    assert read(head(og__image="javascript:alert(1)")).picture is None
    assert read(head(og__image="https://x.example/logo.svg?1")).picture is None
    page = head(og__image="https://x.example/logo.svg", twitter__image="https://x.example/p.png")
    assert read(page).picture == "https://x.example/p.png"


def test_who_can_be_asked_about_a_page_is_none_that_the_page_names():
    page = '<link rel="alternate" type="application/json+oembed" href="https://evil.example/oembed?url=x">'
    assert read(page).oembed is None
    assert read(page, "https://evil.example/youtube.com/").oembed is None
    assert read(page, "https://notvimeo.com/1").oembed is None
    assert str(read(page, "https://vimeo.com/76979871").oembed).startswith("https://vimeo.com/api/oembed.json?")


@pytest.mark.parametrize(
    ("url", "content_type", "title", "mode", "format_name"),
    [
        ("https://x.example/files/how%20bread_rises.pdf", "application/pdf", "how bread rises", "reading", "article"),
        ("https://x.example/ep-12.mp3", "audio/mpeg", "ep-12", "listening", "podcast episode"),
        ("https://x.example/f.mp4", "video/mp4; x=y", "f", "viewing", "video"),
        ("https://x.example/", "application/epub+zip", "", "reading", "e-book"),
    ],
)
def test_a_file_is_called_after_its_name(url, content_type, title, mode, format_name):
    facts = read_page(b"%PDF-1.7 or whatever", url, content_type)
    assert (facts.title, facts.mode, facts.format) == (title, mode, format_name)


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b" \n", "text/html", "empty"),
        (b"x" * (15 * 1024 * 1024 + 1), "text/html", "too-large"),
        (b'<rss version="2.0"><channel><title>t</title></channel></rss>', "text/html", "is-a-feed"),
        (b'{"a": 1}', "application/json", "not-a-page"),
        (b"\x89PNG\r\n", "image/png", "not-a-page"),
        (b"just words", "text/plain", "not-a-page"),
    ],
)
def test_what_is_no_page_is_refused_with_a_reason(body, content_type, code):
    with pytest.raises(feeds.Unreadable) as no:
        read_page(body, URL, content_type)
    assert no.value.code == code


def test_a_provider_adds_what_the_page_does_not_say():
    page = PageFacts(title="- YouTube", description="d", format="website")
    asked = Embed(title="Bread", creator="Ann", picture="https://i.ytimg.com/1.jpg", kind="video", seconds=61)
    facts = with_oembed(page, asked)
    assert (facts.title, facts.creator, facts.description, facts.minutes) == ("Bread", "Ann", "d", 2)
    assert (facts.picture, facts.mode, facts.format) == ("https://i.ytimg.com/1.jpg", "viewing", "video")


def test_scripts_of_hostile_shapes_are_passed_over():
    deep = "[" * 5_000 + "]" * 5_000
    page = (
        f'<script type="application/ld+json">{deep}</script><script type="application/ld+json">{{"@type": 7,</script>'
    )
    good = '<script type="application/ld+json">{"@type":"Article","headline":"Good","author":{"name":{"x":1}}}</script>'
    assert read(page + good).title == "Good"


def test_nothing_live_comes_out_of_a_hostile_page():
    bad = "&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;"
    names = ("og:title", "og:description", "og:site_name", "author", "og:type")
    page = "".join(f'<meta property="{name}" content="{bad}">' for name in names)
    facts = read(page + linked({"@type": "Article", "description": "<script>x</script><b>y</b>", "author": "<i>z</i>"}))
    values = json.dumps(webpage.to_values(facts))
    assert "<img" not in values
    assert "<script" not in values


@settings(max_examples=200, deadline=None)
@given(st.text("<>/!-=\"' \nscriptmetalinkog:&;{}[]", max_size=200))
def test_any_page_is_read(page):
    with contextlib.suppress(feeds.Unreadable):
        read(page)
