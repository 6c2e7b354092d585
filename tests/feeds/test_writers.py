import dataclasses
import io
import json
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feeds
from feeds import Attachment, Author, Entry, Feed, clean

MONDAY = datetime(2026, 9, 14, 5, 0, tzinfo=UTC)
TITLES = [
    "Tom & Jerry < 3 > 2",
    "quotes \" and ' and ]]> and --> and ?>",
    "مرحبا بالعالم",
    "‏עברית‎ mixed",
    "👩‍🚀 emoji 🐳 and e\u0301",
    "control \x01\x08\x0b characters \ud800 and \ufffe",
    "&amp; &#60; &nbsp; written out",
    "line\nbreak\ttab\r",
    "x" * 499,
    "",
]


def feed(**fields: object) -> Feed:
    entries = tuple(
        Entry(
            guid=f"urn:uuid:00000000-0000-4000-8000-{number:012}",
            title=title,
            url=f"https://lincoln.example.org/lists/sea?a=1&b={number}",
            summary_html="<p>Why &amp; what.</p>",
            body_html='<p>An <em>annotation</em> ]]&gt; <a href="https://e.org/?x=1&amp;y=2">link</a></p>',
            published_at=MONDAY,
            updated_at=MONDAY.replace(hour=number),
            authors=(Author("Ada & Co"),),
            categories=("sea & sky", "<reading>"),
        )
        for number, title in enumerate(TITLES)
    )
    given = {
        "title": "Sea stories & <more>",
        "entries": entries,
        "guid": "urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6",
        "site_url": "https://lincoln.example.org/lists/sea?x=1&y=2",
        "feed_url": "https://lincoln.example.org/lists/sea.atom",
        "description": "Ten & more",
        "language": "en-US",
        "authors": (Author("Lincoln Library"),),
        "updated_at": MONDAY,
    }
    return Feed(**(given | fields))  # type: ignore[arg-type]


def read_back(written: Feed, name: str) -> Feed:
    return feeds.read(feeds.write(written, name), "https://lincoln.example.org/x", {}, now=MONDAY)


@pytest.mark.parametrize("name", list(feeds.FORMATS))
def test_what_is_written_reads_back_with_the_same_items_in_the_same_order(name):
    written = feed()
    read = read_back(written, name)
    assert [one.guid for one in read.entries] == [one.guid for one in written.entries]
    assert [one.url for one in read.entries] == [one.url for one in written.entries]
    assert [one.published_at for one in read.entries] == [MONDAY] * len(TITLES)
    linked = f'<p>An <em>annotation</em> ]]&gt; <a href="https://e.org/?x=1&amp;y=2" rel="{clean.REL}">link</a></p>'
    assert {one.body_html for one in read.entries} == {linked}
    assert {one.summary_html for one in read.entries} == {"<p>Why &amp; what.</p>"}
    assert {one.categories for one in read.entries} == {("sea & sky",)}  # what looks like a tag is none of our words
    assert {one.authors for one in read.entries} == {(Author("Ada & Co"),)}
    assert (read.title, read.site_url, read.feed_url) == ("Sea stories &", written.site_url, written.feed_url)
    assert (read.description, read.language) == ("Ten & more", "en-US")
    no_title = "" if name == "json" else "(no title)"
    decoded = {"&amp; &#60; &nbsp; written out": "& < written out"} if name == "rss" else {}
    assert [one.title for one in read.entries] == [
        decoded.get(title, clean.line(title)) or no_title for title in TITLES
    ]


@pytest.mark.parametrize("name", ["atom", "rss"])
def test_feedparser_itself_reads_the_same(name):
    parsed = feedparser.parse(
        io.BytesIO(feeds.write(feed(), name)), response_headers={"content-type": "application/xml"}
    )
    assert not parsed.bozo
    assert parsed.version == {"atom": "atom10", "rss": "rss20"}[name]
    assert [one.id for one in parsed.entries] == [one.guid for one in feed().entries]
    assert [one.link for one in parsed.entries] == [one.url for one in feed().entries]
    assert parsed.entries[0].title.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">") == TITLES[0]
    assert parsed.entries[2].title == TITLES[2]


titles = st.text(st.characters(blacklist_categories=[]), max_size=30)


@settings(max_examples=150, deadline=None)
@given(st.lists(titles, min_size=1, max_size=4), st.sampled_from(list(feeds.FORMATS)))
def test_any_titles_come_back_or_come_back_cleaned(many, name):
    entries = tuple(
        Entry(guid=f"urn:x:{number}", title=title, body_html=f"<p>{number}</p>", published_at=MONDAY)
        for number, title in enumerate(many)
    )
    read = read_back(feed(entries=entries), name)
    assert [one.guid for one in read.entries] == [one.guid for one in entries]
    if name == "json":
        assert [one.title for one in read.entries] == [clean.line(one) for one in many]


def test_an_atom_feed_has_all_that_the_format_demands():
    atom = "{http://www.w3.org/2005/Atom}"
    root = ElementTree.fromstring(
        feeds.write(feed(next_url="https://lincoln.example.org/lists/sea.atom?page=2"), "atom")
    )
    assert root.findtext(f"{atom}id") == feed().guid
    assert root.findtext(f"{atom}updated") == "2026-09-14T05:00:00Z"
    links = {one.get("rel"): one.get("href") for one in root.findall(f"{atom}link")}
    assert links == {
        "self": "https://lincoln.example.org/lists/sea.atom",
        "alternate": "https://lincoln.example.org/lists/sea?x=1&y=2",
        "next": "https://lincoln.example.org/lists/sea.atom?page=2",
    }
    entries = root.findall(f"{atom}entry")
    assert entries
    for entry in entries:
        for name in ("id", "title", "updated", "link", "content"):
            assert entry.find(f"{atom}{name}") is not None
        assert entry.find(f"{atom}content").get("type") == "html"  # type: ignore[union-attr]
    nobody = ElementTree.fromstring(feeds.write(feed(authors=()), "atom"))
    assert nobody.findtext(f"{atom}author/{atom}name") == "Sea stories & <more>"


def test_an_rss_feed_has_all_that_the_format_demands():
    root = ElementTree.fromstring(feeds.write(feed(description=""), "rss"))
    channel = root.find("channel")
    assert channel is not None
    assert root.get("version") == "2.0"
    assert all(channel.findtext(name) for name in ("title", "link", "description", "lastBuildDate"))
    assert channel.find("{http://www.w3.org/2005/Atom}link").get("rel") == "self"  # type: ignore[union-attr]
    for guid in channel.iter("guid"):
        assert guid.get("isPermaLink") == "false"
    assert channel.findtext("item/pubDate") == "Mon, 14 Sep 2026 05:00:00 GMT"
    assert "annotation" in (channel.findtext("item/{http://purl.org/rss/1.0/modules/content/}encoded") or "")


def test_a_json_feed_has_all_that_the_format_demands():
    top = json.loads(feeds.write(feed(), "json"))
    assert top["version"] == "https://jsonfeed.org/version/1.1"
    assert {"title", "home_page_url", "feed_url", "items"} <= set(top)
    for item in top["items"]:
        assert isinstance(item["id"], str)
        assert item["content_html"]


@pytest.mark.parametrize("name", list(feeds.FORMATS))
def test_audio_and_pictures_go_out_and_come_back(name):
    episode = Entry(
        guid="urn:x:1",
        title="Worms",
        url="https://e.org/1",
        picture="https://e.org/1.jpg",
        attachments=(Attachment("https://e.org/1.mp3?a=1&b=2", "audio/mpeg", 12345, 60),),
        published_at=MONDAY,
    )
    (read,) = read_back(feed(entries=(episode,)), name).entries
    assert read.picture == episode.picture
    (audio,) = read.attachments
    assert (audio.url, audio.media_type, audio.length) == ("https://e.org/1.mp3?a=1&b=2", "audio/mpeg", 12345)
    assert feeds.mode_of(read) == "listening"


@pytest.mark.parametrize("name", list(feeds.FORMATS))
def test_a_page_has_200_entries_and_names_the_next(name):
    many = tuple(Entry(guid=f"urn:x:{number}", title=f"t{number}", published_at=MONDAY) for number in range(250))
    read = read_back(feed(entries=many, next_url="https://lincoln.example.org/page/2"), name)
    assert [one.guid for one in read.entries] == [one.guid for one in many[:200]]
    assert read.next_url == "https://lincoln.example.org/page/2"


@pytest.mark.parametrize("name", list(feeds.FORMATS))
def test_an_empty_list_is_a_feed_too(name):
    assert read_back(feed(entries=()), name).entries == ()


@pytest.mark.parametrize("name", ["atom", "rss"])
def test_a_feed_was_updated_when_its_content_changed_and_never_when_it_was_built(name):
    assert feeds.write(feed(), name) == feeds.write(feed(), name)
    late = MONDAY.replace(hour=9)
    assert read_back(feed(updated_at=None), name).updated_at == late
    with pytest.raises(ValueError, match="last change"):
        feeds.write(feed(updated_at=None, entries=()), name)


@pytest.mark.parametrize("name", list(feeds.FORMATS))
@pytest.mark.parametrize(
    "missing",
    [{"title": ""}, {"feed_url": None}, {"guid": None, "site_url": None}, {"entries": (Entry(title="nothing else"),)}],
)
def test_a_feed_that_lacks_what_its_readers_need_is_not_written(name, missing):
    with pytest.raises(ValueError, match="is written with"):
        feeds.write(feed(**missing), name)


def test_the_media_types_are_those_of_the_formats():
    assert {one.name: one.media_type for one in feeds.FORMATS.values()} == {
        "atom": "application/atom+xml",
        "rss": "application/rss+xml",
        "json": "application/feed+json",
    }


def test_a_moment_of_another_zone_is_written_in_utc():
    from datetime import timedelta, timezone

    there = datetime(2026, 9, 14, 1, 0, tzinfo=timezone(timedelta(hours=-4)))
    entry = dataclasses.replace(feed().entries[0], published_at=there)
    for name in feeds.FORMATS:
        assert read_back(feed(entries=(entry,)), name).entries[0].published_at == MONDAY
