"""Real feeds, broken feeds and hostile feeds that others gathered, read where they lie."""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import feeds
from feeds import clean
from tests.data import counted, shared

URL = "https://example.org/feed"
FOLDERS = ["feeds-real", "feeds-podcast", "feeds-video", "feeds-ugly", "feeds-micro", "hostile-html-in-feeds"]

# What we read otherwise than the manifest counted: (a count or the code of a refusal, why).
DIFFERENCES: dict[str, tuple[int | str, str]] = {
    "feeds-real/NetNewsWire__allthis-partial.json": ("json-broken", "the file was cut off; nobody can parse it"),
    "feeds-real/feed-rs__xml_sample_1.xml": ("not-a-feed", "made-up XML with no feed in it; the count of 0 is right"),
    "feeds-ugly/reader__sqlite_releases.html": ("web-page", "a page, which is looked through for feeds instead"),
    "feeds-ugly/v2__utf8.html": ("web-page", "a page, which is looked through for feeds instead"),
    "feeds-micro/feedparser__wellformed_rdf_doctype_contains_entity_decl.xml": (
        "entities",
        "F7 refuses every document that declares entities; it is a channel with no entry",
    ),
    "feeds-micro/feedvalidator__rss_must_rss10_invalid_namespace.xml": (
        "not-a-feed",
        "RDF of another vocabulary, made to be invalid; the count of 0 is right",
    ),
}
HOSTILE: dict[str, int | str] = {
    "billion_laughs.xml": "entities",
    "deep_nesting_2000.xml": 1,  # nested within a text, where it costs nothing
    "javascript_link.xml": 2,
    "null_bytes.xml": 1,
    "script_in_title.xml": 1,
    "ssrf_links_few.xml": 2,
    "xxe_file.xml": "entities",
}


def is_expected_values(name: str) -> bool:
    """Whether a file is no feed but what another program read in the feed beside it."""
    if "expected parse" in counted()[name]:
        return True
    return ("gofeed__" in name and name.endswith(".json") and "gofeed__json_json1" not in name) or "_expected" in name


def files(folder: str) -> list[Path]:
    return [path for path in sorted(shared(folder).iterdir()) if not is_expected_values(f"{folder}/{path.name}")]


def outcome(path: Path) -> int | str:
    try:
        feed = feeds.read(path.read_bytes(), URL, {})
    except feeds.Unreadable as no:
        return no.code
    assert feeds.from_json(json.loads(json.dumps(feeds.to_json(feed)))) == feed
    return len(feed.entries)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_of_feeds_is_read_with_as_many_entries_as_the_manifest_counted(folder):
    wrong, seen = {}, set()
    for path in files(folder):
        name = f"{folder}/{path.name}"
        got, told = outcome(path), counted()[name]
        if name in DIFFERENCES:
            seen.add(name)
            expected = DIFFERENCES[name][0]
        else:
            expected = int(told.split()[0])
        if got != expected:
            wrong[name] = (got, expected, told)
    assert wrong == {}
    assert seen == {name for name in DIFFERENCES if name.startswith(f"{folder}/")}
    assert len(files(folder)) > 1


def test_hostile_xml_is_refused_or_harmless():
    folder = shared("hostile-xml")
    assert {path.name: outcome(path) for path in sorted(folder.iterdir())} == HOSTILE
    read = [feeds.read((folder / name).read_bytes(), URL, {}) for name, got in HOSTILE.items() if got in (1, 2)]
    everything = json.dumps([feeds.to_json(feed) for feed in read]).lower()
    assert "javascript:" not in everything
    assert "<script" not in everything
    assert "\\u0000" not in everything


# SAFETY.md F8, written down once more: the code must not be asked what it may do
ALLOWED = {"p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "a"}


class Live(HTMLParser):
    """Gathers all that an HTML parser finds in a text and that may not be there."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ALLOWED:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            fits = tag == "a" and name == "href" and (value or "").startswith(("http://", "https://"))
            if not fits and (tag, name, value) != ("a", "rel", "noopener noreferrer"):
                self.found.append(f"<{tag} {name}={value!r}>")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"<!--{data}")

    def handle_decl(self, decl: str) -> None:
        self.found.append(f"<!{decl}")

    def handle_pi(self, data: str) -> None:
        self.found.append(f"<?{data}")

    unknown_decl = handle_decl


def live(text: str, is_markup: bool) -> list[str]:
    """What is live in a text. A text that is no markup may have no tag at all."""
    parser = Live()
    parser.feed(text)
    parser.close()
    return parser.found if is_markup else parser.found + parser.tags


def texts(thing: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a feed, with the name of its field."""
    if isinstance(thing, str):
        yield name, thing
    elif isinstance(thing, tuple):
        for part in thing:
            yield from texts(part, name)
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from texts(getattr(thing, field.name), field.name)


@pytest.mark.parametrize("folder", [*FOLDERS, "hostile-xml"])
def test_nothing_live_is_left_in_any_field_of_any_feed(folder):
    found, seen = [], 0
    for path in files(folder):
        try:
            feed = feeds.read(path.read_bytes(), URL, {})
        except feeds.Unreadable:
            continue
        for name, text in texts(feed):
            seen += 1
            found += [(path.name, name, what) for what in live(text, name.endswith("_html"))]
            if name.endswith("url") or name == "picture":
                assert text.startswith(("http://", "https://")), (path.name, name, text)
    assert found == []
    assert seen > 1


# What podcastparser gives by its own rules, which are not ours.
AS_PODCASTPARSER_HAS_IT = {
    "no_url.rss": "leaves out an episode without an address",
    "no_title_multi_enclosure.rss": "leaves out an episode without a title and with several files",
    "max_episodes.rss": "was asked for one episode only",
}


def test_podcasts_are_read_as_podcastparser_reads_them():
    """Titles, identities, addresses, files, lengths, dates and transcripts, except for its own inventions.

    It names a podcast after its file and an episode after its audio file where they have no title, and
    calls an episode without identity by its first file, whose address we take for the episode's.
    """
    compared = 0
    for path in sorted(shared("feeds-podcast").glob("*.rss")):
        name = path.name.removeprefix("podcastparser__")
        wanted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"), strict=False)
        feed = feeds.read(path.read_bytes(), "file://tests/data/" + name, {})
        assert feed.title == (wanted["title"] if wanted["title"] != path.stem.split("__")[1] else ""), name
        if name in AS_PODCASTPARSER_HAS_IT:
            assert len(wanted["episodes"]) == len(feed.entries) - 1
            continue
        assert len(feed.entries) == len(wanted["episodes"]), name
        for entry, episode in zip(feed.entries, wanted["episodes"], strict=True):
            compared += 1
            files = list(dict.fromkeys(one["url"] for one in episode["enclosures"]))
            files = [one for one in files if one.startswith("http") and not one.endswith(".jpg")]
            assert [one.url for one in entry.attachments] == files, name
            assert entry.title == ("" if name == "no_title.rss" else episode["title"]), name
            assert (entry.guid or next(iter(files), None)) == _outside(episode["guid"], entry.guid), name
            assert (entry.url or "") == (_web(episode["link"]) or next(iter(files), "")), name
            assert (entry.duration_seconds or 0) == episode["total_time"], name
            published = int(entry.published_at.timestamp()) if entry.published_at else 0
            assert published == episode["published"], name
            assert entry.transcript_url == episode.get("transcript_url"), name
            if "explicit" in episode:
                assert entry.explicit == episode["explicit"], name
    assert compared == 29


def _web(address: str) -> str:
    return address if address.startswith("http") else ""


def _outside(guid: str, given: str | None) -> str | None:
    """podcastparser's identity, without the file's place in front where it has put that."""
    return (
        given if given and guid == f"file://tests/data/{given}" else guid if guid.startswith("http") or given else None
    )


def test_items_are_read_as_gofeed_reads_them():
    compared = 0
    for path in sorted(shared("feeds-micro").glob("gofeed__*.xml")):
        wanted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        feed = feeds.read(path.read_bytes(), URL, {})
        assert feed.title == clean.line(wanted.get("title", "")), path.name
        for entry, item in zip(feed.entries, wanted.get("items", []), strict=True):
            compared += 1
            assert entry.title == item.get("title", ""), path.name
            if "guid" in item:  # gofeed takes no identity from RDF
                assert entry.guid == item["guid"], path.name
            if "link" in item:
                assert entry.url == item["link"], path.name
            if "publishedParsed" in item:
                assert entry.published_at is not None
                assert entry.published_at.isoformat().startswith(item["publishedParsed"].rstrip("Z")), path.name
            if "categories" in item:
                assert list(entry.categories) == item["categories"], path.name
            if "enclosures" in item:
                pictures = [one["url"] for one in item["enclosures"] if one["type"].startswith("image/")]
                others = [one["url"] for one in item["enclosures"] if one["url"] not in pictures]
                assert [one.url for one in entry.attachments] == others, path.name
                assert [entry.picture] == (pictures or [None]), path.name
            if "authors" in item:
                assert [one.name for one in entry.authors] == [one["name"] for one in item["authors"]], path.name
    assert compared == 17


def test_json_feeds_are_read_as_gofeed_reads_them():
    for path in sorted(shared("feeds-micro").glob("gofeed__json_json1?_*.json")):
        if path.stem.endswith("_expected"):
            continue
        wanted = json.loads(path.with_name(path.stem + "_expected.json").read_text(encoding="utf-8"))
        feed = feeds.read(path.read_bytes(), URL, {})
        assert feed.title == wanted.get("title", "")
        assert feed.site_url == wanted.get("link")
        for entry, item in zip(feed.entries, wanted["items"], strict=True):
            assert (entry.title, entry.guid, entry.url) == (item.get("title", ""), item.get("guid"), item.get("link"))
            assert list(entry.categories) == item.get("categories", [])
