"""A list that another library gives: the same in both formats, and harmless whatever it says."""

import json

import pytest

from feeds import Unreadable
from feeds.read_shared import read_shared
from feeds.shared_list import (
    IN_JSON,
    ITEM_IN_OPDS,
    LIST_IN_OPDS,
    MOST,
    After,
    SharedItem,
    SharedList,
    SharedSection,
    dumped,
    loaded,
    of_item,
    of_list,
)

WHERE = "https://other.example/lincoln/lists/sea.json"
JSON_FEED = {"content-type": "application/feed+json"}
SEA = SharedList(
    guid="urn:uuid:sea",
    title="Sea stories",
    introduction="Salt water.\n\nAnd *wind*.",
    library="Lincoln Library",
    version=7,
    kind="list",
    language="en",
    grade_low=-1,
    grade_high=5,
    sections=(SharedSection("urn:uuid:deep", "Deep down", "Bring a lamp."),),
    items=(
        SharedItem("urn:uuid:1", "Whales", ("Ann Holm", "Bo Li"), "", "Why?\nBecause.", True, "reading", "book"),
        SharedItem(
            "urn:uuid:2",
            "Squid",
            section="urn:uuid:deep",
            mode="viewing",
            year=2019,
            pages=32,
            minutes=12,
            grade_low=0,
            subjects=("Squids",),
            numbers=(("isbn", "9780000000002"), ("oclc", "77")),
            address="https://films.example/squid",
        ),
    ),
    after=After("Hill Library", "Seas", "https://hill.example/seas"),
    trail=("urn:uuid:hill",),
    page="https://other.example/lincoln/lists/sea",
    next_url="https://other.example/lincoln/lists/sea.json?page=2",
    total=2,
    known=True,
)


def as_feed(said, items, **more):
    each = [{"id": str(number), "content_html": "", IN_JSON: one} for number, one in enumerate(items)]
    top = {"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": each, IN_JSON: said, **more}
    return json.dumps(top).encode()


def test_what_was_given_is_what_is_read_in_both_formats_and_out_of_the_database():
    of_each = [of_item(item) for item in SEA.items]
    feed = as_feed(of_list(SEA), of_each, home_page_url=SEA.page, next_url=SEA.next_url)
    assert read_shared(feed, WHERE, JSON_FEED) == SEA

    links = [
        {"rel": "alternate", "href": SEA.page, "type": "text/html"},
        {"rel": "next", "href": "/lincoln/lists/sea.json?page=2", "type": "application/opds+json"},
    ]
    catalog = {
        "metadata": {"title": "t", LIST_IN_OPDS: of_list(SEA)},
        "links": links,
        "publications": [{"metadata": {"title": "x", ITEM_IN_OPDS: one}, "links": []} for one in of_each],
    }
    assert read_shared(json.dumps(catalog).encode(), WHERE, {}) == SEA
    assert loaded(dumped(SEA)) == SEA


def test_a_catalog_without_the_extension_is_read_as_a_list_of_titles():
    catalog = {
        "metadata": {"title": "New books", "author": "Hill Library"},
        "links": [{"rel": "self", "href": WHERE, "type": "application/opds+json"}],
        "publications": [
            {
                "metadata": {"title": "Owls", "author": "A. Bo", "identifier": "urn:isbn:9780306406157"},
                "links": [
                    {"rel": "http://opds-spec.org/acquisition", "href": "/o.epub", "type": "application/epub+zip"}
                ],
            }
        ],
    }
    found = read_shared(json.dumps(catalog).encode(), WHERE, {})
    assert (found.title, found.library, found.known, found.total) == ("New books", "Hill Library", False, 1)
    assert [(one.title, one.creators, one.numbers) for one in found.items] == [
        ("Owls", ("A. Bo",), (("isbn", "9780306406157"),))
    ]


NASTY = (
    "<script>alert(1)</script>\u202eevil\0\ud800",
    "<img src=x onerror=alert(1)>" + "Z\u0335\u0321\u0322\u0327\u0328\u0334\u0335\u0336\u0337\u0338\u0339" * 40,
    "=HYPERLINK(1)" * 1_000,
    "&lt;b&gt; \U0001f4a9" * 2_000,
)


def test_hostile_words_are_cut_and_hold_no_markup():
    for words in NASTY:
        said = {"list": words, "title": "T" + words, "library": words, "introduction": words, "trail": [words, 3]}
        said |= {"sections": [{"id": words, "title": words, "note": words}, 5], "after": {"library": words}}
        item = {"item": words, "title": "T" + words, "note": words, "creators": [words, 3, None], "section": words}
        item |= {"subjects": words, "identifiers": {"isbn": words, "UP": 3, words: words}, "address": "javascript:1"}
        item |= {"year": 10**30, "pages": -5, "minutes": True, "grades": ["a", 99], "mode": words, "language": words}
        body = as_feed(said, [item, 7, {"title": ""}, item]).replace(b'"\\ud800"', b'"x"')
        found = read_shared(body, WHERE, JSON_FEED)
        assert loaded(dumped(found)) == found
        [one] = found.items
        assert (one.year, one.pages, one.minutes, one.mode, one.address) == (None, None, None, "", "")
        text = " ".join([found.title, found.introduction, found.library, one.title, one.note, *one.creators])
        assert not any(mark in text for mark in ("<script", "<img", "\0"))
        assert [len(one.title) <= 500, len(one.note) <= 1_000, len(found.introduction) <= 2_000] == [True] * 3


def test_ten_thousand_items_are_cut_and_counted_and_the_same_one_stands_once():
    each = [{"item": f"i{number}", "title": f"Title {number}"} for number in range(10_000)]
    found = read_shared(as_feed({"list": "l", "title": "Too long"}, [each[0], *each]), WHERE, JSON_FEED)
    assert (len(found.items), found.left_out, found.total) == (MOST, 10_000 - MOST, 10_000)


# a few of its newest stand on it, and that is not a list
FRONT_PAGE = b"""{"metadata": {"title": "Hill Library"}, "links": [{"rel": "self", "href": "/opds2"}],
 "navigation": [{"href": "/new", "title": "New", "type": "application/opds+json"}],
 "groups": [{"metadata": {"title": "New"}, "publications": [{"metadata": {"title": "Owls"}, "links": []}]}]}"""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"<!doctype html><title>A page</title>", "web-page"),
        (b'<rss version="2.0"><channel/></rss>', "not-shared"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "title": "A blog", "items": []}', "not-shared"),
        (b'{"items": [], "_engage": {"list": 5, "title": "x"}}', "not-shared"),
        (b'{"items": [], "_engage": {', "json-broken"),
        (b"[" * 10_000, "too-deep"),
        (FRONT_PAGE, "front-page"),
    ],
)
def test_what_is_no_list_is_refused_with_its_reason(body, code):
    with pytest.raises(Unreadable) as no:
        read_shared(body, WHERE, {})
    assert no.value.code == code
