import gzip
import json
import random
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feeds
from feeds.model import UNREADABLE
from tests.data import SHARED

URL = "https://e.org/feed"
SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("<rss>", "", "rss"),
        ("<?xml version='1.0'?>\n<!-- <feed> -->\n<!DOCTYPE rss [ <!ELEMENT a ANY> ]><rss>", "text/html", "rss"),
        ("<rdf:RDF xmlns:rdf='x'>", "", "rss"),
        ("<a:feed xmlns:a='x'>", "", "atom"),
        ("\ufeff\n <feed>", "", "atom"),
        ("Warning: x on line 7 <rss>", "", "rss"),
        ('{"a": 1}', "text/html", "json"),
        ("<!DOCTYPE html><p>", "", "html"),
        ("<html><head>", "application/rss+xml", "html"),
        ("<opml>", "", "opml"),
        ("<other>", "", None),
        ("<other>", "application/atom+xml; charset=utf-8", "atom"),
        ("words", "", None),
    ],
)
def test_a_document_is_recognised_by_what_it_looks_like(body, content_type, expected):
    assert feeds.recognise(body.encode(), content_type) == expected


def test_a_document_in_wide_characters_is_recognised():
    assert feeds.recognise("<?xml version='1.0'?><feed>".encode("utf-16")) == "atom"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b" \n\0 ", "empty"),
        (gzip.compress(b"<rss/>", mtime=0), "compressed"),
        (b"PK\x03\x04zip", "compressed"),
        (b"<rss>" + b" " * (15 * 1024 * 1024), "too-large"),
        (b"<!doctype html><title>x</title>", "web-page"),
        (b"<opml version='2.0'><body/></opml>", "not-a-feed"),
        (b"<svg/>", "not-a-feed"),
        (b"just words", "not-a-feed"),
        (b"/etc/passwd", "not-a-feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1"', "json-broken"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": {}}', "not-a-feed"),
        (b'{"items": []}', "not-a-feed"),
        (b"[1, 2]", "not-a-feed"),
        (b"[" * 51, "too-deep"),
        (b'{"version":"https://jsonfeed.org/version/1.1","items":[' + b"9" * 5000 + b"]}", "json-broken"),
        (b"\xff\xfe\x00", "not-a-feed"),
    ],
)
def test_what_is_no_feed_is_refused_with_a_code_and_a_sentence(body, code):
    with pytest.raises(feeds.Unreadable) as no:
        feeds.read(body, URL, {})
    assert (no.value.code, no.value.sentence) == (code, UNREADABLE[code])


def test_brackets_within_strings_are_not_deep():
    body = '{"version":"https://jsonfeed.org/version/1.1","title":"%s","items":[]}' % ("[" * 99 + '\\"]')
    assert feeds.read(body.encode(), URL, {}).title == "[" * 99 + '"]'


def test_what_feedparser_raises_on_is_one_more_feed_that_cannot_be_read_or_is_read():
    """kurtmckee/feedparser#599: a backslash in a DOCTYPE and an impossible character raised out of parse()."""
    for inside in ("&#1114112;", "&#x110000;", "&#xD800;", "&#0;", "&#99999999999;"):
        feed = feeds.read(f"<rss><channel><title>a{inside}b</title><item/></channel></rss>".encode(), URL, {})
        assert len(feed.entries) == 1
    with pytest.raises(feeds.Unreadable):
        feeds.read(b'<!DOCTYPE x [<!ENTITY a "\\1">]><rss><channel/></rss>', URL, {})


def test_a_feed_that_is_named_like_a_file_opens_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # what the guard writes of <rss> is the name of a file in a folder
    (tmp_path / "<rss><").mkdir()
    (tmp_path / "<rss><" / "rss>").write_text("<rss><channel><title>a file</title></channel></rss>", encoding="utf-8")
    assert feeds.read(b"<rss>", URL, {}).title == ""


def test_feedparsers_own_cleaning_is_not_used(monkeypatch):
    """Source: SAFETY.md, F7 and section 1: it is no boundary, and some feeds cost it half a minute."""
    for name in ("_sanitize_html", "resolve_relative_uris"):
        monkeypatch.setattr(f"feedparser.mixin.{name}", None)
    document = "<rss><channel><item><description>&lt;a href='x'&gt;y&lt;/a&gt;</description></item></channel></rss>"
    assert len(feeds.read(document.encode(), URL, {}).entries) == 1


def test_the_newest_500_entries_are_taken_whatever_the_format():
    dates = [
        datetime(2000 + number // 300, 1 + number // 25 % 12, 1 + number % 25, tzinfo=UTC) for number in range(900)
    ]
    items = ",".join(f'{{"id": "{n}", "date_published": "{date.isoformat()}"}}' for n, date in enumerate(dates))
    entries = "".join(f"<entry><id>{n}</id><published>{d.isoformat()}</published></entry>" for n, d in enumerate(dates))
    documents = (
        f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{items}]}}',
        f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>',
    )
    for document in documents:
        assert [entry.guid for entry in feeds.read(document.encode(), URL, {}).entries] == [
            str(n) for n in range(400, 900)
        ]


@pytest.mark.parametrize(
    ("written", "believed"),
    [
        ("2026-11-02T11:00:00Z", True),
        ("2026-11-03T13:00:00Z", False),
        ("1989-12-31T00:00:00Z", False),
        ("1990-01-01T00:00:00Z", True),
        ("0000-00-00", False),
        ("yesterday", False),
    ],
)
def test_a_date_before_1990_or_more_than_a_day_ahead_is_not_believed(written, believed):
    document = (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><published>{written}</published></entry></feed>'
    )
    (entry,) = feeds.read(document.encode(), URL, {}, now=datetime(2026, 11, 2, 12, tzinfo=UTC)).entries
    assert (entry.published_at is not None) is believed
    assert entry.published_guessed is not believed


def test_whatever_goes_wrong_within_is_a_feed_that_cannot_be_read():
    with pytest.raises(feeds.Unreadable) as no:
        feeds.read(b"<rss/>", URL, {None: None})  # type: ignore[dict-item]
    assert no.value.code == "broken"


def rss_entry(inside: str) -> feeds.Entry:
    (entry,) = feeds.read(f"<rss><channel><item>{inside}</item></channel></rss>".encode(), URL, {}).entries
    return entry


def test_an_identity_is_an_address_only_where_it_is_one():
    assert rss_entry("<guid>17</guid>").url is None
    assert rss_entry("<guid>17</guid>").guid == "17"
    assert rss_entry("<guid>https://e.org/17</guid>").url == "https://e.org/17"
    assert rss_entry('<guid isPermaLink="false">https://e.org/17</guid>').url is None
    assert rss_entry("<link>javascript:x</link><guid>https://e.org/17</guid>").url == "https://e.org/17"


def test_a_person_has_a_name_and_no_mail_address():
    assert rss_entry("<author>ada@e.org (Ada Wells)</author>").authors == (feeds.Author("Ada Wells"),)
    assert rss_entry("<author>ada@e.org</author>").authors == ()
    assert rss_entry("<author>no@home</author>").authors == ()


def seeds() -> list[bytes]:
    """The samples, and of each shared folder a few, if it is there: mutations of our own must never be skipped."""
    found = [path.read_bytes() for path in sorted(SAMPLES.glob("*.*")) if ".read." not in path.name]
    for folder in ("feeds-real", "feeds-podcast", "feeds-video", "feeds-ugly", "hostile-html-in-feeds", "hostile-xml"):
        paths = sorted((SHARED / folder).glob("*.*"))
        found += [path.read_bytes()[:20_000] for path in paths[:: max(1, len(paths) // 8)]]
    return found


def mutated(seed: bytes, chance: random.Random) -> bytes:
    """A feed with some of what can go wrong on its way, or on purpose."""
    body = bytearray(seed)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(body) + 1)
        end = min(len(body), at + chance.randint(1, 40))
        match chance.randrange(7):
            case 0:
                del body[at:end]
            case 1:
                body[at:end] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 5)))
            case 2:
                body[at:at] = body[at:end] * chance.randint(1, 60)
            case 3:
                body[at:at] = chance.choice(
                    [b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"&#xD800;", b"\0", b'"', b"{"]
                )
            case 4:
                body[at:at] = chance.choice(
                    [b"<item>", b"</item>", b"<entry>", b"</channel>", b"<author>", b"<title type='xhtml'>"]
                )
            case 5:
                del body[at:]
            case _:
                body[at:end] = body[at:end][::-1]
    return bytes(body)


def test_reading_raises_nothing_but_unreadable_and_what_it_gives_can_be_sent():
    chance, codes, read = random.Random(1905), set(), 0
    started, all_seeds = time.monotonic(), seeds()
    for number in range(900):
        body = mutated(all_seeds[number % len(all_seeds)], chance)
        try:
            feed = feeds.read(body, URL, {"content-type": chance.choice(["", "text/xml; charset=utf-16", "text/html"])})
        except feeds.Unreadable as no:
            codes.add(no.code)
        else:
            read += 1
            assert feeds.from_json(feeds.to_json(feed)) == feed
            feeds.identities("s", feed.entries)
            [feeds.mode_of(entry, feed) for entry in feed.entries]
        if time.monotonic() - started > 60:  # a slow machine: what was read so far must do
            break
    assert number > 100
    assert read > number // 3
    assert "broken" not in codes


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"<rss><channel><item>", b"<feed><entry>", b'{"version":"1.1","items":[']),
)
def test_reading_any_bytes_raises_nothing_but_unreadable(body, start):
    try:
        feeds.read(start + body, URL, {})
    except feeds.Unreadable as no:
        codes = {no.code}
    else:
        codes = set()
    assert "broken" not in codes


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)
ITEM = (
    "id url external_url title content_html content_text summary image banner_image date_published date_modified "
    "author authors tags language attachments"
)
TOP = "title home_page_url feed_url next_url description icon favicon author authors language expired hubs"
KEYS = "name url mime_type size_in_bytes duration_in_seconds"


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(TOP.split()), values, max_size=4),
    st.dictionaries(
        st.sampled_from(ITEM.split()),
        st.one_of(values, st.lists(st.dictionaries(st.sampled_from(KEYS.split()), values, max_size=3), max_size=2)),
        max_size=6,
    ),
)
def test_a_json_feed_may_hold_anything_anywhere(top, item):
    document = {**top, "version": "https://jsonfeed.org/version/1.1", "items": [item, item, None, [item]]}
    feed = feeds.read(json.dumps(document).encode(), URL, {})
    assert len(feed.entries) == 2
    assert feeds.from_json(feeds.to_json(feed)) == feed


def test_a_feed_tells_when_it_does_not_want_to_be_read():
    body = b"""<rss version="2.0"><channel><title>t</title><ttl>90</ttl><skipHours><hour>0</hour><hour>07</hour>
      <hour>24</hour><hour>x</hour></skipHours><skipDays><day>Sunday</day><day>Soon</day></skipDays></channel></rss>"""
    feed = feeds.read(body, "https://example.org/feed", {})
    assert (feed.ttl_minutes, feed.skip_hours, feed.skip_days) == (90, (0, 7), (6,))


@pytest.mark.parametrize(
    ("of_feed", "of_entry", "start"),
    [
        ("", "", "https://e.org/blog/"),
        ("", "xml:base='https://other.org/a/'", "https://other.org/a/"),
        ("xml:base='posts/'", "xml:base='2026/'", "https://e.org/blog/posts/2026/"),
    ],
)
def test_addresses_start_from_the_feed_unless_an_element_says_from_where(of_feed, of_entry, start):
    links = "<link href='1'/><link rel='enclosure' href='1.pdf'/><author><name>A</name><uri>a</uri></author>"
    entry = f"<entry {of_entry}><id>urn:1</id>{links}</entry>"
    body = f"<feed xmlns='http://www.w3.org/2005/Atom' {of_feed}><title>T</title>{entry}</feed>"
    read = feeds.read(body.encode(), "https://e.org/blog/feed", {}).entries[0]
    assert [read.url, read.attachments[0].url, read.authors[0].url] == [f"{start}1", f"{start}1.pdf", f"{start}a"]


def test_a_link_to_nothing_leads_to_the_feed_itself():
    body = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>urn:1</id><link href=''/></entry></feed>"
    assert feeds.read(body.encode(), "https://e.org/blog/feed", {}).entries[0].url == "https://e.org/blog/feed"
