"""Catalogs as others publish them, OPDS 1.2 and 2.0, read where they lie."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

import feeds
from tests.data import counted, shared

URL = "https://catalog.example.org/new"
# documents that stand beside a catalog and hold no publication: what a library may do with a licence it has bought
NO_CATALOG = ("odl_info_", "odl_license-")

# What one entry of each kind of catalog says: file, number of the entry, and its fields.
READINGS: list[tuple[str, int, dict[str, Any]]] = [
    (
        "opds1/circulation__content_server.opds",
        0,
        {
            "title": "The Green Mouse",
            "creators": ["Robert W. Chambers"],  # only the name by which he is sorted is given
            "url": "http://www.gutenberg.org/ebooks/10441.epub.images",
            "publisher": "Project Gutenberg",
            "subjects": (
                "Courtship -- Fiction",
                "New York (N.Y.) -- Fiction",
                "Fantasy fiction",
                "Magic -- Fiction",
            ),  # without the shelf mark "PZ", the audience and the age
            "series": "Animal Colors, 1",
            "year": 1910,
            "language": "en",
            "picture": "https://s3.amazonaws.com/book-covers.nypl.org/Gutenberg-Illustrated/10441/cover_10441_9.png",
            "files": ["application/epub+zip"],
            "access": "",
            "mode": "reading",
        },
    ),
    (
        "opds1/circulation__biblioboard_mini_feed.opds",
        1,
        {
            "title": "Camelot's Queen (Volume 2) Audiobook",
            "creators": ["Nicole Evelina"],
            "url": "https://library.biblioboard.com/content/04377e87-ab69-41c8-a2a4-812d55dc0953",
            "publisher": "Lawson Gartner Pubishing",
            "year": 2016,
            "mode": "listening",
            "access": "",
        },
    ),
    ("opds1/circulation__audiobooks.opds", 0, {"mode": "listening", "year": 2008, "publisher": "LibriVox"}),
    (
        "opds1/circulation__book_with_license.opds",
        0,
        {"subjects": ("Epic Fantasy",), "files": ["application/epub+zip"]},
    ),
    (
        "opds1/circulation__feed90.xml",
        0,
        {
            "title": "Chameleon",
            "access": "To borrow with an account",
            "files": [],
            "picture": "https://library.biblioboard.com/ext/api/media/9c9c1f5c-6742-47d4-b94c-e77f88ca55f6"
            "/assets/thumbnail_full.jpg",
        },
    ),
    (
        "opds1/circulation__feed_with_id_and_dcterms_identifier.opds",
        2,
        {
            "isbn": "9781683351993",  # the first of three
            "guid": "https://root.uri/3",
            "access": "For sale; costs USD 1.01",
            "url": "https://book.uri/buy",
            "year": 2019,
        },
    ),
    ("opds1/circulation__metadata_updates_response.opds", 0, {"isbn": "9781594632556"}),
    (
        "opds2/circulation__opds2_feed.json",
        0,
        {
            "title": "Moby-Dick",
            "creators": ["Herman Melville"],
            "isbn": "9783161484100",
            "publisher": "Test Publisher",
            "year": 2015,
            "duration_seconds": 100,
            "subjects": (),  # the only heading names an audience
            "picture": "http://example.org/cover.jpg",
            "mode": "listening",
            "access": "",
        },
    ),
    (
        "opds2/circulation__opds2_feed.json",
        1,
        {
            "creators": ["Mark Twain", "Samuel Langhorne Clemens"],
            "url": "http://example.org/huckleberry-finn",
            "access": "To borrow with an account; locked with Adobe DRM or LCP",
            "files": [],  # the only file is a sample
        },
    ),
    (
        "opds2/circulation__opds2_feed.json",
        2,
        {
            "access": "Locked with Adobe DRM",
            "picture": "https://example.com/covers/181639-x.jpg",  # the largest of four
            "url": "https://example.com/getAcsmFile.action?documentId=181639&mediaType=epub",
        },
    ),
    (
        "opds2/circulation__odl_feed.json",
        0,
        {"access": "To borrow with an account; costs USD 7.99; locked with Adobe DRM or LCP", "url": None},
    ),
    ("opds2/circulation__odl_open-access-title.json", 0, {"year": 1798, "subjects": ("Fiction", "Literary")}),
    (
        "opds2/circulation__opds2_tf.json",
        1,
        {
            "creators": ["Gail Turley Houston"],  # the editor: there is no author
            "isbn": "9780429198069",
            "access": "With an account of the catalog",
            "url": None,
        },
    ),
    ("opds2/circulation__opds2_auth_token_feed.json", 1, {"subjects": ("Health; Sport & Recreation",)}),
]


def said(name: str, number: int) -> dict[str, Any]:
    feed = feeds.read(shared(name).read_bytes(), URL, {})
    entry = feed.entries[number]
    return {
        **{field: getattr(entry, field) for field in entry.__dataclass_fields__},
        "creators": [author.name for author in entry.authors],
        "files": [file.media_type for file in entry.attachments],
        "mode": feeds.mode_of(entry, feed).value,
    }


@pytest.mark.parametrize("folder", ["opds1", "opds2"])
def test_a_catalog_is_read_with_as_many_entries_as_the_manifest_counted(folder):
    wrong = {}
    for path in sorted(shared(folder).iterdir()):
        name = f"{folder}/{path.name}"
        try:
            feed = feeds.read(path.read_bytes(), URL, {})
        except feeds.Unreadable as no:
            if no.code != "not-a-feed" or not any(one in name for one in NO_CATALOG):
                wrong[name] = no.code
            continue
        assert feeds.from_json(json.loads(json.dumps(feeds.to_json(feed)))) == feed
        assert (feed.format, feed.kind) == (folder, "catalog")
        if len(feed.entries) != int(counted()[name].split()[0]):
            wrong[name] = str(len(feed.entries))
    assert wrong == {}


@pytest.mark.parametrize(("name", "number", "expected"), READINGS, ids=[f"{name}-{at}" for name, at, _ in READINGS])
def test_an_entry_of_a_catalog_says_what_it_is_and_on_what_terms(name, number, expected):
    found = said(name, number)
    assert {field: found[field] for field in expected} == expected


def test_a_catalog_says_where_it_goes_on():
    feed = feeds.read(shared("opds1/circulation__content_server.opds").read_bytes(), URL, {})
    assert feed.next_url == "http://localhost:5000/?after=327&size=100"


def opds1(entries: str, links: str = "") -> bytes:
    return f"""<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opds="http://opds-spec.org/2010/catalog"
      xmlns:dcterms="http://purl.org/dc/terms/" xmlns:schema="http://schema.org/">
      <id>urn:c</id><title>All books</title><updated>2026-01-01T00:00:00Z</updated>{links}{entries}</feed>""".encode()


def shelf(title: str, href: str, kind: str = "acquisition") -> str:
    return f"""<entry><title>{title}</title><id>urn:{title}</id><updated>2026-01-01T00:00:00Z</updated>
      <link rel="subsection" href="{href}" type="application/atom+xml;profile=opds-catalog;kind={kind}"/></entry>"""


def test_the_front_page_of_a_catalog_offers_its_shelves():
    front = opds1(shelf("Popular &amp; new", "/popular") + shelf("By author", "/authors", "navigation"))
    with pytest.raises(feeds.Unreadable) as no:
        feeds.read(front, URL, {})
    assert no.value.code == "front-page"
    found = [(one.title, one.url) for one in feeds.announced(front, URL, {})]
    assert found == [
        ("Popular & new", "https://catalog.example.org/popular"),
        ("By author", "https://catalog.example.org/authors"),
    ]
    link = {"href": "/new.json", "title": "New", "type": "application/opds+json", "rel": "current"}
    json_front = json.dumps({"metadata": {"title": "Books"}, "links": [], "navigation": [link]}).encode()
    with pytest.raises(feeds.Unreadable) as no:
        feeds.read(json_front, URL, {})
    assert no.value.code == "front-page"
    assert [(one.title, one.url) for one in feeds.announced(json_front, URL, {})] == [
        ("New", "https://catalog.example.org/new.json")
    ]


def test_a_way_to_another_shelf_is_no_thing_to_read():
    book = """<entry><title>A book</title><id>urn:b</id><updated>2026-01-01T00:00:00Z</updated>
      <link rel="http://opds-spec.org/acquisition" href="/b.epub" type="application/epub+zip"/></entry>"""
    feed = feeds.read(opds1(shelf("More", "/more") + book), URL, {})
    assert [entry.title for entry in feed.entries] == ["A book"]


def test_a_price_and_what_a_thing_is_locked_with_are_kept_in_words():
    book = """<entry><title>A book</title><id>urn:b</id><updated>2026-01-01T00:00:00Z</updated>
      <link rel="http://opds-spec.org/acquisition/buy" href="/buy" type="application/vnd.adobe.adept+xml">
        <opds:price currencycode="EUR">12.5</opds:price><opds:price currencycode="USD">14</opds:price>
        <opds:indirectAcquisition type="application/vnd.readium.lcp.license.v1.0+json">
          <opds:indirectAcquisition type="application/epub+zip"/></opds:indirectAcquisition></link></entry>"""
    (entry,) = feeds.read(opds1(book), URL, {}).entries
    assert entry.access == "For sale; costs EUR 12.50; locked with Adobe DRM or LCP"
    assert entry.attachments == ()
    assert entry.url == "https://catalog.example.org/buy"


def test_one_publication_alone_is_a_catalog_of_one():
    whole = json.loads(shared("opds2/circulation__opds2_feed.json").read_bytes())
    feed = feeds.read(json.dumps(whole["publications"][1]).encode(), URL, {})
    assert [entry.title for entry in feed.entries] == ["Adventures of Huckleberry Finn"]


def test_the_things_in_the_groups_of_a_catalog_are_read_too():
    whole = json.loads(shared("opds2/circulation__opds2_feed.json").read_bytes())
    groups = [{"metadata": {"title": "New"}, "publications": whole.pop("publications")}]
    feed = feeds.read(json.dumps({**whole, "groups": groups}).encode(), URL, {})
    assert len(feed.entries) == 3


@pytest.mark.parametrize(
    ("word", "way"),
    [("download", "open-access"), ("acquisition", ""), ("borrow", "borrow"), ("buy", "buy"), ("preview", "sample")],
)
def test_a_relation_may_be_a_word_alone(word, way):
    def read(rel: str) -> feeds.Entry:
        link = {"rel": rel, "href": "/a.epub", "type": "application/epub+zip"}
        book = {"metadata": {"title": "A", "identifier": "urn:a"}, "links": [link]}
        return feeds.read(json.dumps({"metadata": {}, "publications": [book]}).encode(), URL, {}).entries[0]

    said = "/".join(filter(None, ("http://opds-spec.org/acquisition", way)))
    assert read(word) == read(said)
    assert read(word) != read("related")


@pytest.mark.parametrize(
    ("identifier", "isbn"),
    [
        ("urn:isbn:0-439-92824-8", ""),  # the check digit is wrong
        ("urn:isbn:0-8044-2957-X", "9780804429573"),
        ("URN:ISBN:978-0-316-76917-4", "9780316769174"),
        ("ISBN 978 0 316 76917 4", "9780316769174"),
        ("9780316769174", "9780316769174"),
        ("0316769177", ""),  # ten digits that nobody calls an ISBN
        ("urn:uuid:04377e87-ab69-41c8-a2a4-812d55dc0952", ""),
    ],
)
def test_an_isbn_is_found_among_identifiers(identifier, isbn):
    book = {"metadata": {"@type": "http://schema.org/Book", "title": "A", "identifier": identifier}, "links": []}
    assert feeds.read(json.dumps({"metadata": {}, "publications": [book]}).encode(), URL, {}).entries[0].isbn == isbn


def test_of_a_page_with_more_than_five_hundred_things_the_newest_are_taken():
    books = [
        {"metadata": {"title": str(n), "identifier": f"urn:{n}", "modified": f"2026-01-{1 + n % 28:02}"}}
        for n in range(600)
    ]
    feed = feeds.read(json.dumps({"metadata": {}, "publications": books}).encode(), URL, {})
    assert (len(feed.entries), feed.left_out) == (500, 100)
    assert {entry.title for entry in feed.entries} >= {str(n) for n in range(600) if n % 28 > 4}


@pytest.mark.parametrize(
    "about",
    [
        {"title": 7, "author": 3, "language": {}, "subject": [[], 1, None], "publisher": [None], "belongsTo": []},
        {"title": {"fr": "Les", "de": 4}, "author": [{"name": {"fr": "Hugo"}}], "duration": "long", "published": 1},
        {"title": "x" * 9_000, "author": ["y" * 900] * 900, "subject": ["z" * 900] * 900, "identifier": "i" * 9_000},
    ],
)
def test_a_publication_of_wrong_types_and_lengths_is_read_as_far_as_it_goes(about):
    strange = {"href": 5, "rel": [1, None], "type": {}, "properties": {"price": "much", "indirectAcquisition": {}}}
    one = {"metadata": about, "links": [strange, "x", {"rel": "http://opds-spec.org/acquisition"}], "images": [3, {}]}
    feed = feeds.read(json.dumps({"metadata": {"title": "C"}, "publications": [one, 3, {}]}).encode(), URL, {})
    assert len(feed.entries) == 1
    assert feeds.from_json(json.loads(json.dumps(feeds.to_json(feed)))) == feed


def every_place(thing: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value within a value."""
    listed = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for key, part in listed:
        yield (*path, key)
        yield from every_place(part, (*path, key))


@pytest.mark.parametrize(
    "strange",
    [None, True, -1, 1e300, 10**30, "", "x" * 3000, "\ud800", "\0", [], {}, [[]], {"en": 3}, "{x}", "https://[bad"],
    ids=repr,
)
def test_one_strange_value_anywhere_costs_no_catalog(strange):
    """Each value of a real catalog once replaced by a strange one: what is read is always believed."""
    whole = json.loads(shared("opds2/circulation__opds2_feed.json").read_bytes())
    for path in every_place(whole):
        changed = json.loads(json.dumps(whole))
        place = changed
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = strange
        try:
            feed = feeds.read(json.dumps(changed).encode(), URL, {})
        except feeds.Unreadable:
            assert len(path) == 1, path
            continue
        assert feeds.from_json(json.loads(json.dumps(feeds.to_json(feed)))) == feed, path


def test_a_feed_that_writes_about_catalogs_is_none():
    post = b"""<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:b</id><title>Blog</title><updated>2026-01-01T00:00:00Z
      </updated><entry><id>urn:p</id><title>OPDS</title><content type="html">profile=opds-catalog is the type of
      &lt;a href="http://opds-spec.org/2010/catalog">catalogs&lt;/a></content></entry></feed>"""
    assert feeds.read(post, URL, {}).format == "Atom 1.0"


def test_the_type_under_which_it_comes_makes_a_catalog_too():
    post = b"""<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:b</id><title>Books</title><updated>2026-01-01T00:00:00Z
      </updated><entry><id>urn:p</id><title>One</title></entry></feed>"""
    told = {"content-type": "application/atom+xml;profile=opds-catalog;kind=acquisition"}
    assert feeds.read(post, URL, told).format == "opds1"
