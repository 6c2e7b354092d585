"""The published feeds, read back by feedparser and by a reader of JSON Feed: the same items in the same order."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from xml.etree import ElementTree

import feedparser
import pytest
from tortoise.expressions import F

import feeds
from engage.lists import editing
from engage.lists.models import CuratedList, ListItem
from engage.lists.rules import State, Visibility
from engage.people.models import School
from engage.resources.models import Link, Resource
from engage.resources.record import Maker
from engage.web.cache import pages as kept_pages
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool

TITLES = [
    "Owl Moon",
    "<b>Bold</b> & <script>alert(1)</script>",
    'He said "]]>" & left',
    "Ünïcödé 星の本 \u202egnirts \U0001f989",
    "=HYPERLINK(0)",
    "&amp; &lt;i&gt; 5 < 6",
    "  spaces   inside  ",
    "A\x0bB\x1fC",
    "Last one",
]
TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    kept_pages.clear()


def plain(text: str) -> str:
    """Text as any reader shows it: no characters that XML cannot hold, blanks drawn together."""
    return " ".join(re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text).split())


async def hostile_list(school: TestSchool, **more: object) -> None:
    things = [await make.resource(title.replace("\x0b", "").replace("\x1f", "") or title) for title in TITLES]
    for thing, title in zip(things, TITLES, strict=True):
        await Resource.filter(school_id=school.card.id, id=thing.id).update(title=title, creators=title)
    await make.curated_list(
        school.ada,
        "A & B <list>",
        things,
        published=True,
        visibility=Visibility.PUBLIC,
        slug="feed",
        introduction="Read <these> & those.",
        **more,
    )
    await ListItem.filter(school_id=school.card.id).update(annotation="One & two < three\nand <b>more</b>")


@pytest.mark.parametrize("format", ["rss", "atom"])
async def test_feedparser_reads_the_same_items_in_the_same_order(
    browser: Browser, school: TestSchool, format: str
) -> None:
    await hostile_list(school)
    answer = await browser.get(f"/lists/feed.{format}")
    assert answer.headers["content-type"] == TYPES[format]
    ElementTree.fromstring(answer.content)
    read = feedparser.parse(answer.content, sanitize_html=False, resolve_relative_uris=False)
    assert not read.bozo, read.get("bozo_exception")
    assert read.version == {"rss": "rss20", "atom": "atom10"}[format]
    assert read.feed.title == "A & B <list>"
    assert [plain(entry.title) for entry in read.entries] == [plain(title) for title in TITLES]
    assert len({entry.id for entry in read.entries}) == len(TITLES)
    assert all(entry.id.startswith("urn:uuid:") for entry in read.entries)
    first = read.entries[0]
    assert "One &amp; two &lt; three<br>and &lt;b&gt;more&lt;/b&gt;" in first.summary
    assert first.link.startswith("https://engage.test/lincoln/")
    itself = [link.href for link in read.feed.links if link.rel == "self"]
    assert itself == [f"https://engage.test/lincoln/lists/feed.{format}"]


async def test_a_json_reader_reads_the_same_items_in_the_same_order(browser: Browser, school: TestSchool) -> None:
    await hostile_list(school)
    answer = await browser.get("/lists/feed.json")
    assert answer.headers["content-type"] == TYPES["json"]
    given = json.loads(answer.content)
    assert given["version"] == "https://jsonfeed.org/version/1.1"
    assert (given["title"], given["description"]) == ("A & B <list>", "Read <these> & those.")
    assert given["home_page_url"] == "https://engage.test/lincoln/lists/feed"
    assert given["feed_url"] == "https://engage.test/lincoln/lists/feed.json"
    assert [item["title"] for item in given["items"]] == TITLES
    assert all(item["content_html"].startswith("<p>One &amp; two") for item in given["items"])


@pytest.mark.parametrize("format", ["rss", "atom", "json"])
async def test_our_own_reader_takes_back_what_we_give(browser: Browser, school: TestSchool, format: str) -> None:
    await hostile_list(school)
    answer = await browser.get(f"/lists/feed.{format}")
    read = feeds.read(answer.content, "https://engage.test/lincoln/lists/feed", dict(answer.headers))
    assert len(read.entries) == len(TITLES)
    assert read.entries[0].title == "Owl Moon"
    assert "<script" not in " ".join(entry.body_html + entry.title for entry in read.entries)


async def test_the_three_formats_tell_the_same(browser: Browser, school: TestSchool) -> None:
    await hostile_list(school)
    told = {}
    for format in TYPES:
        answer = await browser.get(f"/lists/feed.{format}")
        read = feeds.read(answer.content, "https://engage.test/", dict(answer.headers))
        told[format] = [(entry.guid, entry.url, entry.published_at) for entry in read.entries]
    assert told["rss"] == told["atom"]
    assert [row[:2] for row in told["json"]] == [row[:2] for row in told["atom"]]


async def test_a_sound_goes_along(browser: Browser, school: TestSchool) -> None:
    pod = await make.resource("Episode", url="https://pod.example/1")
    await Link.create(
        school_id=school.card.id, resource_id=pod.id, url="https://pod.example/1.mp3?a=1&b=2", media_type="audio/mpeg"
    )
    await make.curated_list(school.ada, "Pods", [pod], published=True, visibility=Visibility.PUBLIC)
    read = feedparser.parse((await browser.get("/lists/pods.rss")).content)
    assert [(one.href, one.type) for one in read.entries[0].enclosures] == [
        ("https://pod.example/1.mp3?a=1&b=2", "audio/mpeg")
    ]


@pytest.mark.parametrize("format", ["rss", "atom", "json", "csv"])
async def test_a_feed_is_seen_by_whom_the_list_is_for(browser: Browser, school: TestSchool, format: str) -> None:
    await make.curated_list(school.ada, "School", 1, published=True)
    await make.curated_list(school.ada, "Draft", 1)
    await make.curated_list(school.ada, "Public", 1, published=True, visibility=Visibility.PUBLIC)
    seen = {
        "school": {school.ada, school.tom, school.sam, school.vera},
        "public": {None, school.ada, school.tom, school.sam, school.vera, school.rosa, school.remy},
        "draft": set(),
    }
    for reader in (None, school.ada, school.tom, school.sam, school.vera, school.rosa, school.remy):
        for slug, those in seen.items():
            answer = await browser.sign_in(reader).get(f"/lincoln/lists/{slug}.{format}")
            assert answer.status_code == (200 if reader in those else 404), (reader, slug)


async def test_a_feed_that_did_not_change_is_not_sent_again(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, "Sea", 2, published=True, visibility=Visibility.PUBLIC)
    for reader, title in ((None, "One more"), (school.sam, "Another")):
        browser.sign_in(reader)
        first = await browser.get("/lists/sea.atom")
        again = await browser.get("/lists/sea.atom", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        await editing.add_item(curated.key, (await make.resource(title)).key, by=school.ada)
        changed = await browser.get("/lists/sea.atom", headers={"If-None-Match": first.headers["etag"]})
        assert changed.status_code == 200


@pytest.mark.parametrize("ending", ["atom", "opds2"])
async def test_a_feed_is_made_again_for_a_change_of_its_list_or_school_and_for_no_other(
    browser: Browser, school: TestSchool, statements: Statements, ending: str
) -> None:
    await hostile_list(school)
    address = f"/lists/feed.{ending}"
    first = await browser.get(address)
    await make.district()
    statements.forget()
    assert (await browser.get(address)).text == first.text
    assert len([each for each in statements.seen if "pg_current_snapshot" not in each]) == 2
    at = school.card.id
    await CuratedList.filter(school_id=at, slug="feed").update(title="Night birds", version=F("version") + 1)
    assert "Night birds" in (await browser.get(address)).text
    await CuratedList.filter(school_id=at, slug="feed").update(owner_id=None)
    assert "Lincoln School" in (await browser.get(address)).text
    await School.filter(id=at).update(name="Lake School")
    assert "Lake School" in (await browser.get(address)).text
    await CuratedList.filter(school_id=at, slug="feed").update(state=State.WITHDRAWN)
    assert (await browser.get(address)).status_code == 404


async def test_an_item_keeps_its_name_when_the_list_changes(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, "Sea", 3, published=True, visibility=Visibility.PUBLIC)
    before = [entry.id for entry in feedparser.parse((await browser.get("/lists/sea.atom")).content).entries]
    last = await ListItem.get(school_id=school.card.id, curated_id=curated.id, position=3)
    await editing.move_item(curated.key, last.key, to="top", by=school.ada)
    after = [entry.id for entry in feedparser.parse((await browser.get("/lists/sea.atom")).content).entries]
    assert after == [before[2], before[0], before[1]]


async def test_a_long_list_goes_on_at_another_address(browser: Browser, school: TestSchool) -> None:
    await make.curated_list(school.ada, "Long", 230, published=True, visibility=Visibility.PUBLIC)
    first = json.loads((await browser.get("/lists/long.json")).content)
    assert len(first["items"]) == 200
    assert first["next_url"] == "https://engage.test/lincoln/lists/long.json?page=2"
    second = json.loads((await browser.get("/lists/long.json?page=2")).content)
    assert (len(second["items"]), "next_url" in second) == (30, False)
    assert not {item["id"] for item in first["items"]} & {item["id"] for item in second["items"]}


async def test_the_newest_lists_as_a_feed(browser: Browser, school: TestSchool) -> None:
    for day, title in enumerate(("Old & tired", "<New>", "Newest"), 1):
        curated = await make.curated_list(school.ada, title, 1, published=True, visibility=Visibility.PUBLIC)
        curated.published_at = datetime(2026, 11, day, tzinfo=UTC)
        await curated.save(update_fields=["published_at"])
    await make.curated_list(school.ada, "For us", 1, published=True)
    await make.curated_list(school.ada, "Draft", 1, state=State.DRAFT)
    wanted = ["Newest", "<New>", "Old & tired"]
    for format in ("rss", "atom"):
        read = feedparser.parse((await browser.sign_in(None).get(f"/lists.{format}")).content)
        assert not read.bozo
        assert [entry.title for entry in read.entries] == wanted
    given = json.loads((await browser.get("/lists.json")).content)
    assert [item["title"] for item in given["items"]] == wanted
    given = json.loads((await browser.sign_in(school.sam).get("/lists.json")).content)
    assert {item["title"] for item in given["items"]} == {*wanted, "For us"}


@pytest.mark.parametrize("format", ["rss", "atom", "json"])
async def test_a_school_without_lists_has_an_empty_feed(browser: Browser, school: TestSchool, format: str) -> None:
    answer = await browser.get(f"/lists.{format}")
    assert answer.status_code == 200
    assert feeds.read(answer.content, "https://engage.test/", dict(answer.headers)).entries == ()


async def test_the_table_is_read_by_a_spreadsheet_without_harm(browser: Browser, school: TestSchool) -> None:
    await hostile_list(school)
    answer = await browser.get("/lists/feed.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="feed.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["Title"].removeprefix("'") for row in rows] == TITLES
    assert not any(cell[:1] in "=+@" and cell for row in rows for cell in row.values())
    again = await browser.get("/lists/feed.csv", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_pages_announce_their_feeds(browser: Browser, school: TestSchool) -> None:
    await hostile_list(school)
    for path, stem in (("/lists/feed", "lists/feed"), ("/lists", "lists")):
        page = await browser.get(path)
        announced = feeds.announced(page.content, f"https://engage.test/lincoln{path}", dict(page.headers))
        assert [one.url for one in announced] == [
            f"https://engage.test/lincoln/{stem}.{format}" for format in ("rss", "atom", "json")
        ]


async def test_each_who_made_a_thing_is_named_by_itself(browser: Browser, school: TestSchool) -> None:
    makers = (Maker("Margaret Wise Brown"), Maker("Clement Hurd", "illustrator"))
    thing = await make.resource("Goodnight Moon", makers=makers)
    await make.curated_list(school.ada, "Moons", [thing], published=True, visibility=Visibility.PUBLIC)
    for format in ("rss", "atom", "json"):
        answer = await browser.get(f"/lists/moons.{format}")
        (entry,) = feeds.read(answer.content, "https://engage.test/", dict(answer.headers)).entries
        assert [author.name for author in entry.authors] == ["Margaret Wise Brown", "Clement Hurd"], format
