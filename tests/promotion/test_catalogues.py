"""Our catalogues, held against the rules of OPDS, and read by r2-opds-js, feedparser, jing and our own reader."""

import io
import json
import logging
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import feedparser
import jsonschema
import pytest
from PIL import Image

import feeds
from engage import dates
from engage.engagement.rules import Mode
from engage.lists.exchange_form import shared_list_of
from engage.lists.models import ListItem
from engage.lists.queries import items_of, list_for
from engage.lists.rules import ListKind, Visibility
from engage.promotion.publications import in_ascii
from engage.resources.models import Cover, CoverImage, Holding, Link, Resource
from engage.resources.pictures import key_for
from engage.resources.record import Address, Maker, Place, Term
from engage.resources.rules import Format, LinkState
from engage.web.cache import pages as kept_pages
from feeds.read_shared import read_shared
from tests import make
from tests.conftest import Statements
from tests.promotion.opds_published import Judges
from tests.promotion.opds_readers import READ_BY_R2
from tests.promotion.opds_rules import OF_FEED, OF_PUBLICATION
from tests.school import Browser, TestSchool
from tests.tools import ask_node, from_debian

log = logging.getLogger("engage.tests")

EPUB = "application/epub+zip"
PUBLIC = {"published": True, "visibility": Visibility.PUBLIC}


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    kept_pages.clear()


async def shelf_of_all_kinds(school: TestSchool) -> list[Resource]:
    """A public list of what can be fetched, borrowed, found on the shelf, looked at on a page, and not be had."""
    things = [
        await make.resource(
            "Owl Moon & more",
            "Jane Yolen",
            makers=(Maker("Jane Yolen"), Maker("John Schoenherr", "illustrator")),
            places=(Place("E YOL", "Picture books", 3),),
            identifiers=(("isbn", "9780399214578"),),
            subjects=(Term("Owls"), Term("Night")),
            publisher="Philomel",
            year=1987,
            pages=32,
            language="en",
            series="Owls",
            summary="A father and a child go owling.",
        ),
        await make.resource("Free book", addresses=(Address("https://books.example/a.epub", media_type=EPUB),)),
        await make.resource(
            "Lent book",
            addresses=(Address("https://lender.example/b", "Lender", "To borrow with an account; locked with LCP"),),
        ),
        await make.resource("A page", url="https://bats.example/x", format=Format.WEBSITE),
        await make.resource("Locked page", addresses=(Address("https://db.example/ü[1]", "Base", "School network"),)),
        await make.resource("Dead file", addresses=(Address("https://gone.example/a.epub", media_type=EPUB),)),
        await make.resource(
            "Nowhere",
            "",
            minutes=5,
            mode=Mode.LISTENING,
            format=Format.EPISODE,
            identifiers=(("issn", "\u0661234-567\u0669"),),
        ),
    ]
    await Link.filter(school_id=school.card.id, resource_id=things[5].id).update(state=LinkState.DEAD)
    key = key_for(240, 300)
    cover = await Cover.create(school_id=school.card.id, resource_id=things[0].id, tried_at=school.lincoln.made_at)
    await CoverImage.create(school_id=school.card.id, key=key, cover_id=cover.id, width=120, height=150, body=webp())
    await Resource.filter(school_id=school.card.id, id=things[0].id).update(picture=key)
    await make.curated_list(school.ada, "All kinds", things, **PUBLIC, kind=ListKind.AWARD, grade_low=2, grade_high=5)
    return things


def webp() -> bytes:
    """A small picture as we keep them."""
    out = io.BytesIO()
    Image.new("RGB", (120, 150), "teal").save(out, "WEBP")
    return out.getvalue()


async def given(browser: Browser, path: str) -> dict[str, Any]:
    """An OPDS 2.0 document of ours, held against the rules."""
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text[:300]
    document: dict[str, Any] = json.loads(answer.content)
    if answer.headers["content-type"] == "application/opds+json":
        jsonschema.validate(document, OF_FEED)
    else:
        assert answer.headers["content-type"] == "application/opds-publication+json"
        jsonschema.validate(document, OF_PUBLICATION)
    return document


def linked(document: dict[str, Any], rel: str) -> str:
    found = [one["href"] for one in document["links"] if one.get("rel") == rel]
    return found[0] if found else ""


async def test_a_list_promises_only_what_can_be_fetched_or_borrowed(browser: Browser, school: TestSchool) -> None:
    await shelf_of_all_kinds(school)
    document = await given(browser, "/lists/all-kinds.opds2")
    things = {one["metadata"]["title"]: one for one in document["publications"]}
    promised = {
        title: [
            (one["rel"].rpartition("/")[2], one["href"], one["type"]) for one in thing["links"] if "acq" in str(one)
        ]
        for title, thing in things.items()
    }
    assert promised == {
        "Owl Moon & more": [],
        "Free book": [("open-access", "https://books.example/a.epub", EPUB)],
        "Lent book": [("borrow", "https://lender.example/b", "text/html")],
        "A page": [],
        "Locked page": [],
        "Dead file": [],
        "Nowhere": [],
    }
    told = {title: [one for one in thing["links"] if "rel" not in one] for title, thing in things.items()}
    assert told["Owl Moon & more"][0]["title"] == "In our library: E YOL, Picture books, 3 copies"
    assert told["Owl Moon & more"][0]["properties"] == {"copies": {"total": 3}}
    assert told["A page"] == [{"href": "https://bats.example/x", "type": "text/html", "title": "bats.example"}]
    assert told["Locked page"][0]["title"] == "Base, School network"
    assert "gone.example" not in str(document)


async def test_a_thing_says_what_the_catalogue_knows(browser: Browser, school: TestSchool) -> None:
    things = await shelf_of_all_kinds(school)
    document = await given(browser, "/lists/all-kinds.opds2")
    said = document["publications"][0]["metadata"]
    assert said | {"modified": ""} == said | {
        "@type": "http://schema.org/Book",
        "title": "Owl Moon & more",
        "identifier": "urn:isbn:9780399214578",
        "author": ["Jane Yolen"],
        "illustrator": ["John Schoenherr"],
        "language": "en",
        "publisher": "Philomel",
        "published": "1987-01-01",
        "modified": "",
        "description": "Why Owl Moon &amp; more is here.\n\nA father and a child go owling.",
        "subject": ["Owls", "Night"],
        "belongsTo": {"series": "Owls"},
        "numberOfPages": 32,
    }
    alone = await given(browser, f"/opds2/resources/{things[0].key}")
    assert alone["metadata"]["identifier"] == said["identifier"]
    image = document["publications"][0]["images"][0]
    assert (image["type"], image["width"], image["height"]) == ("image/jpeg", 120, 150)
    picture = await browser.get(image["href"].removeprefix("https://engage.test"))
    assert (picture.headers["content-type"], picture.content[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert document["publications"][6]["metadata"]["duration"] == 300
    (plain,) = document["publications"][6]["images"]
    drawn = await browser.get(plain["href"].removeprefix("https://engage.test"))
    with Image.open(io.BytesIO(drawn.content)) as seen:
        assert (seen.format, seen.size) == ("PNG", (plain["width"], plain["height"]))
    for name in ("night", "night-", "none-reading", "night-reading-x"):
        assert (await browser.get(f"/covers/{name}.png")).status_code == 404


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://a.example/b%20c?d=e&f=%C3%BC#g", "https://a.example/b%20c?d=e&f=%C3%BC#g"),
        ("https://B\u00fccher.example:8080/stra\u00dfe", "https://xn--bcher-kva.example:8080/stra%C3%9Fe"),
        ("https://a.example/50%?q={x}|[y]#a#b", "https://a.example/50%25?q=%7Bx%7D%7C%5By%5D#a%23b"),
        ("https://\u2603_\u00ad\u0378.example/", "https://%E2%98%83_%C2%AD%CD%B8.example/"),
    ],
)
def test_addresses_are_given_in_ascii(url: str, written: str) -> None:
    assert in_ascii(url) == written


async def test_the_published_schemas_take_what_we_give(browser: Browser, school: TestSchool) -> None:
    judges = Judges()
    judges.judge("nothing yet", await browser.get("/opds2"))
    judges.judge("nothing yet", await browser.get("/opds2/lists"))
    things = await shelf_of_all_kinds(school)
    of = {"school_id": school.card.id}
    await Resource.filter(**of, id=things[6].id).update(title="\u202e\x01<b>", year=44, language="no tongue")
    await make.curated_list(school.ada, "Long", 230, **PUBLIC)
    await make.curated_list(school.ada, "\x02 {?query} %\u2028", 2, **PUBLIC, slug="odd", introduction="\x00]]>"[1:])
    paths = ["/opds2", "/opds2/lists", "/opds2/lists?mode=reading&kind=award+list&ages=early", "/opds2/lists?page=9"]
    paths += ["/lists/all-kinds.opds2", "/lists/long.opds2", "/lists/long.opds2?page=2", "/lists/long.opds2?page=9"]
    paths += [
        f"/opds2/search?query={words}"
        for words in ("moon", "zz", "", "book&page=2", "&mode=viewing&place=online", "%7B%22%5B%25%E2%80%AE")
    ]
    for path in (*paths, "/lists/odd.opds2", *(f"/opds2/resources/{one.key}" for one in things)):
        answer = await browser.get(path)
        assert answer.status_code == 200, path
        document = judges.judge(path, answer)
    log.info("%s feeds and %s publications judged", judges.feeds, judges.publications)
    assert judges.refused == []
    assert (judges.feeds, judges.publications > 300) == (17, True)
    # what nobody can fetch is taken for its link without a relation, and for nothing else
    document["links"] = [one for one in document["links"] if "rel" in one]
    judge = judges.of["opds-publication"]
    assert not judge.is_valid(document)
    for broken in ({"identifier": "urn:issn:\u0661"}, {"identifier": "1234"}, {"modified": "2026-11-29"}):
        said = {"metadata": {"title": "A", **broken}, "links": [{"href": "https://a.example/"}]}
        assert [one.validator for one in judge.iter_errors(said)] == ["format"], broken


async def test_another_program_reads_our_catalogue(browser: Browser, school: TestSchool) -> None:
    await shelf_of_all_kinds(school)
    answer = await browser.get("/lists/all-kinds.opds2")
    read = ask_node("r2-opds-js", READ_BY_R2, answer.text)
    assert (read["title"], read["count"]) == ("All kinds", 7)
    first = read["publications"][0]
    assert (first["title"], first["author"]) == ("Owl Moon & more", ["Jane Yolen"])
    assert first["identifier"] == "urn:isbn:9780399214578"
    assert [one["type"] for one in first["images"]] == ["image/jpeg"] * 3
    assert all(one["images"] for one in read["publications"])
    rels = [one.get("rel") for each in read["publications"] for one in each["links"]]
    acquired = [one for one in rels if one and "acq" in one[0]]
    assert [one[0].rpartition("/")[2] for one in acquired] == ["open-access", "borrow"]
    root = ask_node("r2-opds-js", READ_BY_R2, (await browser.get("/opds2")).text)
    assert root["groups"] == ["Newest lists", "All kinds"]
    assert [one["title"] for one in root["navigation"]][:2] == ["Newest lists", "To read"]


@pytest.mark.parametrize("path", ["/lists/all-kinds.opds2", "/lists/all-kinds.opds"])
async def test_our_own_reader_takes_back_what_we_give(browser: Browser, school: TestSchool, path: str) -> None:
    await shelf_of_all_kinds(school)
    answer = await browser.get(path)
    read = feeds.read(answer.content, f"https://engage.test/lincoln{path}", dict(answer.headers))
    assert (read.format, read.kind) == ({"2": "opds2"}.get(path[-1], "opds1"), "catalog")
    by_title = {entry.title: entry for entry in read.entries}
    free, lent = by_title["Free book"], by_title["Lent book"]
    assert [(one.url, one.media_type) for one in free.attachments] == [("https://books.example/a.epub", EPUB)]
    assert (free.access, lent.access) == ("", "To borrow with an account")
    if path.endswith("2"):
        owl = by_title["Owl Moon & more"]
        assert (owl.isbn, owl.year, owl.publisher, owl.series) == ("9780399214578", 1987, "Philomel", "Owls")
        assert (owl.subjects, owl.attachments) == (("Owls", "Night"), ())


async def test_the_older_catalogue_is_read_by_feedparser_and_keeps_to_its_grammar(
    browser: Browser, school: TestSchool, tmp_path: Path
) -> None:
    await shelf_of_all_kinds(school)
    await make.curated_list(school.ada, "On paper", [await make.resource("Shelf only", call_number="F")], **PUBLIC)
    written = []
    for path in ("/opds", "/opds/lists", "/opds/lists?mode=reading&kind=award+list", "/lists/all-kinds.opds",
                 "/lists/on-paper.opds", "/opds/search?query=free", "/opds/search?query=page"):  # fmt: skip
        answer = await browser.get(path)
        kind = "navigation" if path.startswith("/opds") and "search" not in path else "acquisition"
        assert answer.headers["content-type"] == f"application/atom+xml;profile=opds-catalog;kind={kind}"
        read = feedparser.parse(answer.content)
        assert not read.bozo, (path, read.get("bozo_exception"))
        assert [one.href for one in read.feed.links if one.rel == "self"] == [f"https://engage.test/lincoln{path}"]
        written.append(tmp_path / f"{len(written)}.xml")
        written[-1].write_bytes(answer.content)
        titles = [entry.title for entry in read.entries]
        if path == "/lists/all-kinds.opds":
            assert titles == ["Free book", "Lent book"]
            assert "5 more of this list cannot be fetched" in read.feed.subtitle
        elif path == "/opds/lists":
            assert titles == ["All kinds"], "a list of which nothing can be fetched is left out"
        elif path.endswith("free"):
            assert titles == ["Free book"]
        elif path.endswith("page"):
            assert titles == [], "a page of the web is nothing to fetch"
    assert (await browser.get("/lists/all-kinds.opds", headers={"If-None-Match": "x"})).status_code == 200
    head = await browser.client.head("/lincoln/opds")
    assert (head.status_code, head.content) == (200, b"")
    keeps_to_its_grammar(written)


def keeps_to_its_grammar(written: Sequence[Path]) -> None:
    grammar = str(Path(__file__).with_name("opds12.rnc"))
    asked = [from_debian("jing", "jing"), "-c", grammar, *map(str, written)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


async def test_the_front_page_leads_to_lists_by_mode_kind_and_age(browser: Browser, school: TestSchool) -> None:
    await shelf_of_all_kinds(school)
    await make.curated_list(school.ada, "For us", 2, published=True)
    root = await given(browser, "/opds2")
    ways = {one["title"]: one for one in root["navigation"]}
    assert list(ways) == [
        *("Newest lists", "To read", "To hear", "Award lists", "Ages 5 to 7", "Ages 8 to 10"),
    ]
    assert ways["Newest lists"]["properties"] == {"numberOfItems": 1}
    for way in ways.values():
        shelf = await given(browser, way["href"].removeprefix("https://engage.test"))
        assert [one["title"] for one in shelf["navigation"]] == ["All kinds"]
        assert linked(shelf, "up") == linked(root, "self") == "https://engage.test/lincoln/opds2"
    first = await given(browser, shelf["navigation"][0]["href"].removeprefix("https://engage.test"))
    assert linked(first, "self") == "https://engage.test/lincoln/lists/all-kinds.opds2"
    seen = await given(browser.sign_in(school.sam), "/opds2/lists")
    assert {one["title"] for one in seen["navigation"]} == {"All kinds", "For us"}


async def test_the_catalogue_is_searched(browser: Browser, school: TestSchool) -> None:
    await shelf_of_all_kinds(school)
    root = await given(browser, "/opds2")
    template = linked(root, "search")
    assert template == "https://engage.test/lincoln/opds2/search{?query}"
    path = template.removeprefix("https://engage.test").replace("{?query}", "?query=owl+moon")
    found = await given(browser, path)
    assert [one["metadata"]["title"] for one in found["publications"]] == ["Owl Moon & more"]
    nothing = await given(browser, "/opds2/search?query=zzzz")
    assert (nothing["metadata"]["numberOfItems"], "publications" in nothing) == (0, False)
    assert "facets" not in nothing
    old = await browser.get("/opds/search.xml")
    assert old.headers["content-type"] == "application/opensearchdescription+xml"
    assert 'template="https://engage.test/lincoln/opds/search?query={searchTerms}"' in old.text


async def test_what_was_found_is_narrowed_by_mode_and_place(browser: Browser, school: TestSchool) -> None:
    await shelf_of_all_kinds(school)
    everything = await given(browser, "/opds2/search?query=")
    (how, where) = everything["facets"]
    assert [facet["metadata"]["title"] for facet in (how, where)] == ["How it is taken in", "Where it is"]
    assert [one["title"] for one in how["links"] if one.get("rel") == "self"] == ["All"]
    counts = {one["title"]: one["properties"]["numberOfItems"] for one in how["links"] if "properties" in one}
    assert sum(counts.values()) == everything["metadata"]["numberOfItems"]
    for said, count in counts.items():
        (link,) = [one for one in how["links"] if one["title"] == said]
        narrowed = await given(browser, link["href"].removeprefix("https://engage.test/lincoln"))
        assert narrowed["metadata"]["numberOfItems"] == count, said
        assert len(narrowed["publications"]) == count, said
        assert [one["title"] for one in narrowed["facets"][0]["links"] if one.get("rel") == "self"] == [said]
        assert linked(narrowed, "self") == link["href"]
    nonsense = await given(browser, "/opds2/search?query=&mode=sleeping&place=moon")
    assert nonsense["metadata"]["numberOfItems"] == everything["metadata"]["numberOfItems"]


async def test_a_long_list_goes_on_at_another_address(browser: Browser, school: TestSchool) -> None:
    await make.curated_list(school.ada, "Long", 230, **PUBLIC)
    first = await given(browser, "/lists/long.opds2")
    assert first["metadata"]["numberOfItems"] == 230
    assert (len(first["publications"]), linked(first, "previous")) == (200, "")
    assert linked(first, "next") == "https://engage.test/lincoln/lists/long.opds2?page=2"
    second = await given(browser, "/lists/long.opds2?page=2")
    assert (len(second["publications"]), linked(second, "next")) == (30, "")
    assert linked(second, "previous") == linked(first, "self")


async def test_what_another_library_needs_goes_along(browser: Browser, school: TestSchool) -> None:
    await shelf_of_all_kinds(school)
    document = await given(browser, "/lists/all-kinds.opds2")
    plain = json.loads((await browser.get("/lists/all-kinds.json")).content)
    of_list, of_items = (
        document["metadata"]["urn:x-engage:list"],
        [one["metadata"]["urn:x-engage:item"] for one in document["publications"]],
    )
    assert (of_list["library"], of_list["total"]) == ("Lincoln School", 7)
    assert of_items[0]["identifiers"] == {"isbn": ["9780399214578"]}
    assert plain["_engage"] == of_list
    assert [item["_engage"] for item in plain["items"]] == of_items


@pytest.mark.parametrize("ending", ["opds2", "json"])
async def test_another_library_reads_the_list_whole(browser: Browser, school: TestSchool, ending: str) -> None:
    await make.curated_list(school.ada, "Long", 230, **PUBLIC, parts=["First", "Second"])
    url = f"https://engage.test/lincoln/lists/long.{ending}"
    answer = await browser.get(url.removeprefix("https://engage.test"))
    first = read_shared(answer.content, url, dict(answer.headers))
    answer = await browser.get(first.next_url.removeprefix("https://engage.test"))
    second = read_shared(answer.content, first.next_url, dict(answer.headers))
    curated = await list_for(school.ada, "long")
    whole = await shared_list_of(curated, await items_of(curated), "Lincoln School")
    assert (first.known, first.total, first.page) == (True, 230, "https://engage.test/lincoln/lists/long")
    assert first.items + second.items == whole.items
    assert first.sections == whole.sections
    assert (first.guid, first.title, first.library, second.next_url) == (whole.guid, "Long", "Lincoln School", "")


async def test_a_page_of_the_catalogue_asks_a_steady_number_of_statements(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    asked = []
    for number in (3, 40):
        await make.curated_list(school.ada, f"List {number}", number, **PUBLIC)
        kept_pages.clear()
        counts = []
        for path in (f"/lists/list-{number}.opds2", f"/lists/list-{number}.opds", "/opds2", "/opds2/search?query=book"):
            browser.sign_in(school.tom)
            await browser.be_known()
            statements.forget()
            await browser.get(path)
            counts.append(len(statements))
        asked.append(counts)
    assert asked[0] == asked[1]
    assert max(asked[0]) <= 20, asked[0]


async def test_a_note_that_says_what_the_summary_says_is_not_said_twice(browser: Browser, school: TestSchool) -> None:
    thing = await make.resource("Owl Moon", summary="A child calls an owl.")
    curated = await make.curated_list(school.ada, "Owls", [thing], **PUBLIC)
    await ListItem.filter(school_id=school.card.id, curated_id=curated.id).update(annotation="A child calls an owl.")
    (one,) = (await given(browser, "/lists/owls.opds2"))["publications"]
    assert one["metadata"]["description"] == "A child calls an owl."


async def test_another_edition_says_what_it_is(browser: Browser, school: TestSchool) -> None:
    thing = await make.resource("Owl Moon", call_number="E YOL", url="https://owl.example/")
    of = {"school_id": thing.school_id, "resource_id": thing.id, "format": "audiobook"}
    await Holding.create(**of, call_number="CD YOL", location="Media", as_of=dates.now())
    await Link.create(**of, url="https://heard.example/")
    one = await given(browser, f"/opds2/resources/{thing.key}")
    told = [link["title"] for link in one["links"] if "rel" not in link]
    assert told == [
        *("In our library: E YOL, Library", "In our library: Audiobook, CD YOL, Media"),
        *("owl.example", "Audiobook, heard.example"),
    ]
