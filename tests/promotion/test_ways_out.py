"""Every form in which a list leaves the library: seen by whom the list is for, sent once, and made once."""

import json
from datetime import timedelta
from typing import Any

import pytest
from tortoise.connection import get_connection

from engage import dates
from engage.lists.models import ListClass, ListItem
from engage.lists.rules import State, Visibility
from engage.people.rules import Role
from engage.promotion.formats import WAYS_OUT, WayOut, all_ways
from engage.resources.record import Address
from engage.routes import ROWS
from engage.web.cache import pages as kept_pages
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, as_reader, words_of

PUBLIC = {"published": True, "visibility": Visibility.PUBLIC}
# what is made of a list and is no form of its own
BESIDE = [
    WayOut("promotion.citations", "", "text/plain"),
    WayOut("promotion.take_along", "", "text/html"),
]
# on paper and screens, for whom the page is, drafts too; what they show is told beside them
SET = [
    WayOut(f"promotion.{name}", "", "")
    for name in ("papers", "poster", "shelf_talkers", "bookmarks", "card", "qr", "slides")
]
# one address for all lists
OF_ALL = ("/opds2", "/opds2/lists", "/opds/lists", "/lists.rss", "/lists.atom", "/lists.json", "/lists.ics")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    kept_pages.clear()


def address(way: WayOut, slug: str) -> str:
    """Where a form of a list is."""
    path = next(row.path for row in ROWS if row.name == way.name)
    return path.format(school="lincoln", slug=slug)


async def lists_of_all_kinds(school: TestSchool) -> dict[str, set[Any]]:
    """A list in each state and for each audience, and who may have it, by slug."""
    lincoln = school.lincoln
    other = await make.school_class(lincoln, "Room 9")
    nia = await make.person("Nia", Role.STUDENT, lincoln, grade=3)
    await make.in_class(nia, other, Role.STUDENT)
    file = Address("https://s.example/a.mp3", media_type="audio/mpeg")
    thing = await make.resource("Sentinel", addresses=(file,), call_number="F")
    until = {"publish_until": dates.now() + timedelta(days=9)}
    to_class = {"published": True, "visibility": Visibility.CLASSES}
    of_class = await make.curated_list(school.ada, "For a class", [thing], **until, **to_class)
    await ListClass.create(school_id=lincoln.id, curated_id=of_class.id, school_class_id=school.room.id)
    more: dict[str, dict[str, Any]] = {
        "For all": PUBLIC,
        "For the school": {"published": True},
        "For staff": {"published": True, "visibility": Visibility.STAFF},
        "A draft": {"visibility": Visibility.PUBLIC},
        "Taken down": PUBLIC | {"published": False, "state": State.WITHDRAWN},
        "Not yet": PUBLIC | {"published": False, "state": State.SCHEDULED},
        "Put away": PUBLIC | {"published": False, "state": State.ARCHIVED},
    }
    for title, columns in more.items():
        await make.curated_list(school.ada, title, [thing], **until, **columns)
    class_mate = await as_reader(nia, "lincoln")
    everybody = {None, class_mate, school.sam, school.tom, school.ada, school.rosa}
    return {
        "for-all": everybody,
        "for-the-school": {class_mate, school.sam, school.tom, school.ada},
        "for-staff": {school.tom, school.ada},
        "for-a-class": {school.sam, school.tom, school.ada},
        **{slug: set() for slug in ("a-draft", "taken-down", "not-yet", "put-away")},
    }


async def test_each_form_is_seen_by_whom_the_list_is_for(browser: Browser, school: TestSchool) -> None:
    allowed = await lists_of_all_kinds(school)
    wrong = []
    for reader in allowed["for-all"]:
        browser.sign_in(reader)
        for slug, those in allowed.items():
            if not those and reader not in (None, school.ada):
                continue  # who sees least and who sees most are enough where nobody may
            for way in [*all_ways(), *BESIDE, *(SET if reader not in {*those, school.ada} else ())]:
                may = reader in those and (slug == "for-all" or not way.public_only)
                answer = await browser.get(address(way, slug))
                if answer.status_code != (200 if may else 404):
                    wrong.append((way.name, slug, getattr(reader, "name", "a visitor"), answer.status_code))
                if may and not answer.headers["content-type"].startswith(way.media_type):
                    wrong.append((way.name, answer.headers["content-type"]))
    assert wrong == []


async def test_what_tells_of_all_lists_tells_only_of_those_that_one_sees(browser: Browser, school: TestSchool) -> None:
    allowed = await lists_of_all_kinds(school)
    wrong = []
    for reader in allowed["for-all"]:
        browser.sign_in(reader)
        for path in OF_ALL:
            answer = await browser.get(f"/lincoln{path}")
            for slug, those in allowed.items():
                if (f"/lists/{slug}" in answer.text) != (reader in those):
                    wrong.append((path, slug, getattr(reader, "name", "a visitor")))
        # a feed reader and a frame cannot sign in: they are told of what everybody sees, whoever asks
        opml = (await browser.get("/lincoln/lists.opml")).text
        wrong += [("opml", slug) for slug in allowed if (f"/lists/{slug}.rss" in opml) != (slug == "for-all")]
        for slug in allowed:
            asked = f"/oembed?url=https://engage.test/lincoln/lists/{slug}"
            answer = await browser.client.get(asked)
            wrong += [("oembed", slug)] if answer.status_code != (200 if slug == "for-all" else 404) else []
    assert wrong == []


async def test_a_form_that_did_not_change_is_not_sent_again_and_visitors_share_it(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    thing = await make.resource("Owl Moon", call_number="E", url="https://s.example/")
    await make.curated_list(school.ada, "Sea", [thing], **PUBLIC)
    ways = [address(way, "sea") for way in [*all_ways(), *BESIDE]]
    ways += [f"/lincoln{path}" for path in (*OF_ALL, "/lists.opml", "/opds", "/opds/search.xml", "/opds2/search")]
    first = {}
    for path in ways:
        first[path] = (await browser.get(path)).headers["etag"]
        statements.forget()
        again = await browser.get(path, headers={"If-None-Match": first[path]})
        assert (again.status_code, again.content) == (304, b""), path
        assert len(statements) <= 1, (path, "a visitor's answer is not shared", statements.seen)
    browser.sign_in(school.sam)
    for path in ways:
        answer = await browser.get(path)
        if "html" not in answer.headers["content-type"]:
            again = await browser.get(path, headers={"If-None-Match": answer.headers["etag"]})
            assert again.status_code == 304, path
    browser.sign_in(None)
    await ListItem.filter(school_id=school.card.id).update(annotation="Changed.")
    await bump(school)
    same = [path for path in ways if (await browser.get(path)).headers["etag"] == first[path]]
    # these say nothing of notes
    spared = {f"/lists.{ending}" for ending in ("opml", "rss", "atom", "json", "ics")} | {"/opds/search.xml"}
    spared |= {"/opds", "/opds/lists", "/opds2/lists", "/opds2/search", "/lists/sea/cite", "/lists/sea/cite.txt"}
    assert {path.removeprefix("/lincoln") for path in same} - spared == {"/lists/sea/take-along", "/lists/sea.opds"}


async def bump(school: TestSchool) -> None:
    """A new version of every list, as an action makes one."""
    connection = get_connection("default")
    await connection.execute_query(f"UPDATE curated_list SET version = version + 1 WHERE school_id = {school.card.id}")


async def test_a_form_asks_a_steady_number_of_statements(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    counts = []
    for number in (2, 30):
        things = [
            await make.resource(f"T {number} {n}", call_number="F", url="https://t.example") for n in range(number)
        ]
        await make.curated_list(school.ada, f"List {number}", things, **PUBLIC)
        browser.sign_in(school.tom)
        await browser.be_known()
        asked = {}
        for way in all_ways():
            statements.forget()
            await browser.get(address(way, f"list-{number}"))
            asked[way.name] = len(statements)
        counts.append(asked)
    assert counts[0] == counts[1]
    assert max(counts[0].values()) <= 16, counts[0]


async def test_the_page_to_take_a_list_along_offers_every_form(browser: Browser, school: TestSchool) -> None:
    await make.curated_list(school.ada, "Sea & sand", 2, **PUBLIC)
    await make.curated_list(school.ada, "Ours", 2, published=True)
    page = await browser.get("/lists/sea-sand/take-along")
    assert all(f'href="{address(way, "sea-sand")}"' in page.text for way in all_ways())
    assert all(heading in words_of(page) for heading in WAYS_OUT)
    assert "&lt;iframe src=&#34;https://engage.test/lincoln/lists/sea-sand/embed&#34;" in page.text
    shared = (
        "https://classroom.google.com/share?url=https%3A//engage.test/lincoln/lists/sea-sand&amp;title=Sea%20%26%20sand"
    )
    assert f'href="{shared}"' in page.text
    ours = await browser.sign_in(school.sam).get("/lists/ours/take-along")
    assert "iframe" not in ours.text
    assert address(all_ways()[-1], "ours") not in ours.text


async def test_only_the_small_page_may_be_framed_and_it_sets_nothing(browser: Browser, school: TestSchool) -> None:
    await make.curated_list(school.ada, "Sea", 60, **PUBLIC)
    for reader in (None, school.sam):
        small = await browser.sign_in(reader).get("/lists/sea/embed")
        assert "frame-ancestors *" in small.headers["content-security-policy"]
        assert "set-cookie" not in small.headers
        assert not ({"<script", "<form"} & set(small.text.split()))
        assert "10 more on this list" in words_of(small)
        assert "Sign" not in words_of(small)
    page = await browser.get("/lists/sea")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


async def test_oembed_answers_for_public_lists_of_ours(browser: Browser, school: TestSchool) -> None:
    await make.curated_list(school.ada, 'Sea "&" <sand>', 2, **PUBLIC, slug="sea")
    page = "https://engage.test/lincoln/lists/sea"
    said = json.loads((await browser.client.get("/oembed", params={"url": page, "maxwidth": "300"})).content)
    assert (said["type"], said["version"], said["title"], said["width"]) == ("rich", "1.0", 'Sea "&" <sand>', 300)
    assert 'title="Sea &#34;&amp;&#34; &lt;sand&gt;" width="300"' in said["html"]
    asked = {
        "https://engage.test/lincoln/lists": 200,  # the shelf of the newest ones
        "https://engage.test/lincoln/programs": 404,
        "https://else.test/lincoln/lists/sea": 404,
        "https://engage.test/nowhere/lists/sea": 404,
        "javascript:alert(1)": 404,
        "": 404,
        f"{page}?mode=reading": 200,
    }
    assert {url: (await browser.client.get("/oembed", params={"url": url})).status_code for url in asked} == asked
    xml = await browser.client.get("/oembed", params={"url": page, "format": "xml"})
    assert xml.status_code == 501
