"""A feed that was read before is read only where it is new, and means the same as if it were read whole."""

import dataclasses
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import feeds
from feeds import Feed
from tests.data import shared

URL = "https://example.org/feed"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
FOLDERS = ["feeds-real", "feeds-podcast", "feeds-video", "feeds-ugly", "feeds-micro", "hostile-html-in-feeds"]
FIRST = re.compile(rb"<(item|entry)\b.*?</\1\s*>", re.DOTALL)
# by folder: how many feeds have slices, and in how many of these more than one entry stands
SLICED = {
    "feeds-real": (43, 23),
    "feeds-podcast": (12, 0),
    "feeds-video": (2, 1),
    "feeds-ugly": (3, 2),
    "feeds-micro": (118, 5),
    "hostile-html-in-feeds": (0, 0),  # their entries have neither identity nor address
}
# what of the feed itself depends on all of its entries
OF_ALL = {"entries": (), "kind": "", "updated_at": None, "slices": (), "unchanged": 0}


def read(body: bytes, known: tuple[str, ...] = (), now: datetime = NOW, url: str = URL) -> Feed:
    return feeds.read(body, url, {}, now, known)


def readable(folder: str) -> list[tuple[Path, bytes, Feed]]:
    found = []
    for path in sorted(shared(folder).iterdir()):
        body = path.read_bytes()
        try:
            found.append((path, body, read(body)))
        except feeds.Unreadable:
            continue
    return found


def check_parts(body: bytes, whole: Feed, name: str) -> None:
    """Whatever is known of a feed, the rest of it must be read as it is in the whole."""
    for known in (whole.slices, whole.slices[1:], whole.slices[:-1], whole.slices[::2], ("0" * 16,)):
        part = read(body, known)
        assert feeds.from_json(json.loads(json.dumps(feeds.to_json(part)))) == part
        assert part.unchanged == len(set(known) & set(whole.slices)), name
        assert len(part.entries) == len(whole.entries) - part.unchanged, name
        rest = iter(whole.entries)
        assert all(entry in rest for entry in part.entries), name  # the same, in the same order
        assert part.slices == whole.slices, name
        assert dataclasses.replace(part, **OF_ALL) == dataclasses.replace(whole, **OF_ALL), name


@pytest.mark.parametrize("folder", FOLDERS)
def test_whatever_is_known_of_a_feed_the_rest_of_it_is_read_as_it_is_in_the_whole(folder):
    sliced = 0
    for path, body, whole in readable(folder):
        if not whole.slices:
            continue
        sliced += 1
        check_parts(body, whole, path.name)
    assert sliced == SLICED[folder][0]


@pytest.mark.parametrize("folder", FOLDERS)
def test_when_a_new_entry_stands_in_front_it_alone_is_read_and_the_others_still_say_what_they_said(folder):
    new_ones = 0
    for path, body, _ in readable(folder):
        first = FIRST.search(body)
        before = read(body.replace(first[0], b"", 1)) if first else None
        if before is None or not before.slices:
            continue
        whole, part = read(body), read(body, before.slices)
        assert len(part.entries) + part.unchanged == len(whole.entries), path.name
        assert all(entry in part.entries or entry in before.entries for entry in whole.entries), path.name
        new_ones += part.unchanged == len(before.slices)
    assert new_ones == SLICED[folder][1]


def rss(*items: str, head: str = "<title>Bread</title>") -> bytes:
    return f'<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def item(number: int, more: str = "") -> str:
    return f"<item><title>{number}</title><guid>g{number}</guid><link>https://e.org/{number}</link>{more}</item>"


def titles(feed: Feed) -> list[str]:
    return [entry.title for entry in feed.entries]


def test_an_entry_that_says_something_else_is_read_again():
    before = read(rss(item(1), item(2)))
    changed = read(rss(item(1), item(2, "<description>More</description>")), before.slices)
    assert titles(changed) == ["2"]
    assert changed.unchanged == 1
    assert len(set(changed.slices) & set(before.slices)) == 1


def test_the_date_of_the_feed_itself_changes_nothing_and_its_language_changes_everything():
    def at(day: int, language: str = "en") -> bytes:
        head = f"<lastBuildDate>Mon, {day:02} Jun 2026 08:00:00 GMT</lastBuildDate><language>{language}</language>"
        return rss(item(1), item(2), head=head)

    before = read(at(1))
    assert read(at(2), before.slices).unchanged == 2
    assert read(at(2, "de"), before.slices).unchanged == 0
    assert read(at(1), before.slices, url="https://example.org/moved/").unchanged == 0


def test_entries_that_share_an_identity_are_always_read_together():
    twice = rss(item(1), item(1, "<pubDate>Mon, 01 Jun 2026 08:00:00 GMT</pubDate>"), item(2))
    assert len(read(twice).slices) == 1
    assert titles(read(twice, read(twice).slices)) == ["1", "1"]
    nameless = rss("<item><title>No name</title></item>", item(2))
    assert titles(read(nameless, read(nameless).slices)) == ["No name"]
    before = read(rss(item(2)))
    assert len(before.slices) == 1
    assert read(rss(item(2), item(2, "<author>b</author>")), before.slices).unchanged == 0


def test_a_date_that_lies_ahead_is_looked_at_again_until_it_can_be_believed():
    body = rss(item(1, "<pubDate>Tue, 01 Dec 2026 08:00:00 GMT</pubDate>"), item(2))
    before = read(body)
    assert before.entries[0].published_guessed
    assert len(before.slices) == 1
    later = read(body, before.slices, NOW + timedelta(days=6))
    assert [entry.published_at for entry in later.entries] == [datetime(2026, 12, 1, 8, tzinfo=UTC)]


def test_what_is_broken_and_what_is_a_catalog_is_read_whole():
    assert read(rss(item(1)).replace(b"</item>", b"")).slices == ()
    book = '<entry><id>urn:1</id><title>A</title><link rel="http://opds-spec.org/acquisition" href="/a.epub"/></entry>'
    catalog = f'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:c</id><title>C</title>{book}</feed>'.encode()
    assert read(catalog).slices == ()


def test_of_very_many_entries_the_same_five_hundred_are_taken():
    def day(number: int) -> str:
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        return item(number, f"<pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate>")

    items = [day(number) for number in range(700)]
    before = read(rss(*items[:-1]))
    whole, part = read(rss(*items)), read(rss(*items), before.slices)
    assert (len(whole.entries), whole.left_out, part.left_out) == (500, 200, 200)
    assert (part.unchanged, titles(part)) == (499, ["699"])


# what stands in a feed, and how many of its entries have slices
STRANGE = {
    "ends of entries within texts": (
        rss(item(1, "<description><![CDATA[</item><item/>]]>></description>"), item(2)),
        2,
    ),
    "a link that holds what ends a tag": (rss(item(1, '<enclosure url="https://e.org/>" length="1"/>'), item(2)), 2),
    "letters of more than one byte in front": (rss(item(1), item(2), head="<title>Bücher 🦉</title>"), 2),
    "references": (rss(item(1, "<author>Ren&eacute;e &amp; &unknown;</author>"), item(2)), 2),
    "entries outside the channel": (rss(item(1)).replace(b"</channel>", b"</channel>" + item(2).encode()), 2),
    "an entry that is empty": (rss(item(1), "<item/>"), 0),
    "an entry within an entry": (rss(item(1, item(3)), item(2)), 0),
    "an entry within a text": (rss(item(1), head=f"<description>{item(3)}</description>"), 0),
    "an entry of a foreign vocabulary": (rss(item(1), "<x:item xmlns:x='urn:x'><guid>g</guid></x:item>"), 0),
}


@pytest.mark.parametrize("strange", STRANGE)
def test_what_is_strange_is_cut_where_its_entries_are_or_not_at_all(strange):
    body, sliced = STRANGE[strange]
    whole = read(body)
    assert len(whole.slices) == sliced
    check_parts(body, whole, strange)


def test_an_entry_that_stands_after_something_else_than_before_is_read_again():
    def between(first: str, second: str) -> bytes:
        both = (
            f'<channel xml:base="https://{place}.org/">{one}</channel>' for place, one in (("a", first), ("b", second))
        )
        return f'<rss version="2.0">{"".join(both)}</rss>'.encode()

    moving = "<item><guid isPermaLink='false'>g</guid><link>/1</link></item>"
    before = read(between(moving, ""))
    assert [entry.url for entry in before.entries] == ["https://a.org/1"]
    assert [entry.url for entry in read(between("", moving), before.slices).entries] == ["https://b.org/1"]
