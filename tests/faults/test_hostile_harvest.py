"""What a hostile site can make of a harvest: nothing inside is reached, no address moves there, nothing used changes.

By the rules of SAFETY.md, section 3, that each test names.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from engage.engagement.rules import Mode
from engage.lists import from_inbox
from engage.lists.rules import Visibility
from engage.outside.fetch import Door, Unreachable
from engage.resources.harvest import harvest_due, hash_of_address
from engage.resources.incoming_models import InboxEntry, Source, Visit
from engage.resources.rules import EntryState
from tests import data, make
from tests.faults.hostile import Hostile

NOW = datetime(2026, 11, 13, 12, 0, 0, tzinfo=UTC)
RSS = "application/rss+xml"


def near(server: Hostile, canary: Hostile) -> Door:
    """A door to which the canary's port is open, though not its address."""
    return Door(server.pairs | {(server.host, canary.port)})


@dataclass(frozen=True)
class Item:
    """An entry of a feed as a site writes it."""

    title: str
    guid: str
    link: str = ""
    summary: str = "A story."

    def xml(self) -> str:
        link = f"<link>{self.link or f'http://example.com/{self.guid}'}</link>"
        named = f"<title>{self.title}</title><guid>{self.guid}</guid>"
        return f"<item>{named}{link}<description>{self.summary}</description></item>"


def rss(*items: Item, more: str = "") -> bytes:
    return make.rss(*(item.xml() for item in items), more=more)


async def source(school, url: str, **more: object) -> Source:
    values = {"school_id": school.card.id, "url": url, "url_hash": hash_of_address(url), "next_visit_at": NOW}
    return await Source.create(**{**values, **more})  # type: ignore[arg-type]


async def visits(school) -> list[tuple[bool, str]]:
    rows = await Visit.filter(school_id=school.card.id).order_by("id").values("good", "code")
    return [(row["good"], row["code"]) for row in rows]


class TestF1NothingInsideIsReached:
    @pytest.mark.parametrize(
        "name", ["ssrf_links_few.xml", "xxe_file.xml", "javascript_link.xml", "billion_laughs.xml"]
    )
    async def test_by_what_a_hostile_document_names(self, school, server, cage, name):
        server.extra["/feed.xml"] = RSS, data.shared(f"hostile-xml/{name}").read_bytes()
        await source(school, f"{server.base}/feed.xml")
        await harvest_due(Door(server.pairs), cage, NOW)
        assert [request.path for request in server.seen] == ["/feed.xml"]
        rows = await InboxEntry.filter(school_id=school.card.id).values()
        assert not [row for row in rows if "root:" in str(row) or "javascript:" in str(row)]

    async def test_by_any_address_that_a_document_names(self, school, server, canary, cage):
        inside = f"{canary.base}/secret"
        document = f"""<?xml version="1.0"?><?xml-stylesheet href="{inside}"?>
<!DOCTYPE rss SYSTEM "{inside}.dtd">
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:xi="http://www.w3.org/2001/XInclude"
 xmlns:podcast="https://podcastindex.org/namespace/1.0">
<channel><title>T</title><link>{inside}</link>
<atom:link rel="hub" href="{inside}"/><atom:link rel="self" href="{inside}"/><atom:link rel="next" href="{inside}"/>
<itunes:new-feed-url>{inside}</itunes:new-feed-url><cloud domain="127.0.0.2"
 port="{canary.port}" path="/secret"/><image><url>{inside}</url></image><xi:include href="{inside}"/>
<item><title>One</title><guid>1</guid><link>{inside}</link><comments>{inside}</comments>
<enclosure url="{inside}" type="audio/mpeg" length="1"/><media:thumbnail url="{inside}"/><itunes:image href="{inside}"/>
<podcast:transcript url="{inside}" type="text/vtt"/><source url="{inside}">s</source>
<description>&lt;img src="{inside}"&gt;&lt;iframe src="{inside}"&gt;&lt;/iframe&gt;</description></item>
</channel></rss>"""
        server.extra["/feed.xml"] = RSS, document.encode()
        await source(school, f"{server.base}/feed.xml")
        await harvest_due(near(server, canary), cage, NOW)
        await harvest_due(near(server, canary), cage, NOW + timedelta(days=1))
        assert {request.path for request in server.seen} == {"/feed.xml"}

    async def test_by_what_a_web_page_announces(self, school, server, canary, cage):
        places = (f"{canary.base}/feed", f"//127.0.0.2:{canary.port}/feed", "file:///etc/passwd")
        announced = "".join(f'<link rel="alternate" type="{RSS}" href="{place}">' for place in places)
        refresh = f'<meta http-equiv="refresh" content="0;url={canary.base}/">'
        page = f"<!doctype html><html><head>{refresh}{announced}</head></html>"
        server.extra["/page"] = "text/html", page.encode()
        await source(school, f"{server.base}/page")
        await harvest_due(near(server, canary), cage, NOW)
        assert await visits(school) == [(False, "web-page")]
        found = await cage.discover(page.encode(), f"{server.base}/page", {"content-type": "text/html"})
        for _, url in found:
            with pytest.raises(Unreachable):
                await near(server, canary).fetch(url)

    async def test_by_a_catalog_whose_next_page_is_inside(self, school, server, canary, cage):
        for number, place in enumerate((f"{canary.base}/next", "//127.0.0.2/next", "file:///etc/passwd", "/outside")):
            server.elsewhere = f"{canary.base}/feed"
            server.extra[f"/opds{number}"] = "application/atom+xml;profile=opds-catalog", catalog(place)
            await source(school, f"{server.base}/opds{number}")
        await harvest_due(near(server, canary), cage, NOW)
        assert [good for good, _ in await visits(school)] == [True] * 4
        assert {request.path for request in server.seen} <= {"/opds0", "/opds1", "/opds2", "/opds3", "/outside"}


def catalog(next_page: str) -> bytes:
    return f"""<feed xmlns="http://www.w3.org/2005/Atom"><id>c</id><title>Books</title>
<link rel="next" type="application/atom+xml;profile=opds-catalog;kind=acquisition" href="{next_page}"/>
<entry><id>b</id><title>A book</title><updated>2026-01-01T00:00:00Z</updated>
<link rel="http://opds-spec.org/acquisition/open-access" type="application/epub+zip" href="http://example.com/b.epub"/>
</entry></feed>""".encode()


class TestF4AnAddressMoves:
    @pytest.mark.parametrize("status", [301, 308])
    async def test_never_to_the_inside_however_often_a_site_says_so(self, school, server, canary, cage, status):
        one = await source(school, f"{server.base}/to?{status},{canary.base}/feed")
        for day in range(5):
            await harvest_due(near(server, canary), cage, NOW + timedelta(days=3 * day))
        kept = await Source.get(id=one.id, school_id=one.school_id)
        assert (kept.url, kept.moved_to, kept.moved_seen) == (one.url, "", 0)
        assert set(await visits(school)) == {(False, "unreachable")}

    async def test_not_by_three_answers_of_one_day_nor_by_three_that_disagree(self, school, server, cage):
        server.extra["/a.xml"] = server.extra["/b.xml"] = RSS, rss(Item("One", "1"))
        one = await source(school, f"{server.base}/to?301,/a.xml")
        door = Door(server.pairs)
        for hour in range(0, 8, 2):
            await harvest_due(door, cage, NOW + timedelta(hours=hour))
        assert (await Source.get(id=one.id, school_id=one.school_id)).url == one.url
        for day, place in enumerate(("a", "b", "a", "b"), 1):
            await Source.filter(id=one.id, school_id=one.school_id).update(url=f"{server.base}/to?301,/{place}.xml")
            await harvest_due(door, cage, NOW + timedelta(days=day))
        kept = await Source.get(id=one.id, school_id=one.school_id)
        assert kept.url.endswith("/to?301,/b.xml")
        assert kept.moved_seen == 1


class TestF5NothingButARedirectLeadsOn:
    async def test_a_page_that_refreshes_itself_is_no_redirect(self, school, server, canary, cage):
        server.elsewhere = f"{canary.base}/feed"
        server.extra["/meta"] = "text/html", f'<meta http-equiv="refresh" content="0; url={server.elsewhere}">'.encode()
        await source(school, f"{server.base}/meta")
        await source(school, f"{server.base}/refresh")
        await harvest_due(near(server, canary), cage, NOW)
        assert Counter(await visits(school)) == {(False, "web-page"): 1, (True, ""): 1}

    @pytest.mark.parametrize("scheme", ["ftp", "file", "gopher", "data", "javascript", "feed", "ws", "dict", "jar"])
    async def test_a_redirect_to_another_scheme_is_not_followed(self, school, server, cage, scheme):
        await source(school, f"{server.base}/to?302,{scheme}://127.0.0.1:{server.port}/feed")
        await harvest_due(Door(server.pairs), cage, NOW)
        assert await visits(school) == [(False, "unreachable")]
        assert len(server.seen) == 1


class TestF10WhatWasApprovedStaysAsItWas:
    OUT = ("", ".rss", ".atom", ".json")

    async def looks(self, browser, slug: str) -> list[bytes]:
        """Every public form of the list, byte by byte."""
        found = []
        for form in self.OUT:
            answer = await browser.sign_out().get(f"/lists/{slug}{form}")
            assert answer.status_code == 200
            found.append(answer.content)
        return found

    @pytest.mark.parametrize("turn", ["bait", "shrinks", "empties", "gone", "moves", "breaks", "ids"])
    async def test_whatever_the_feed_says_later_the_published_list_is_the_same_bytes(
        self, school, server, cage, browser, ada, turn
    ):
        honest = [Item(f"Sea story {number}", f"s{number}") for number in range(3)]
        server.extra["/feed.xml"] = RSS, rss(*honest)
        one = await source(school, f"{server.base}/feed.xml")
        door = Door(server.pairs)
        assert await harvest_due(door, cage, NOW) == 3
        keys = await InboxEntry.filter(school_id=one.school_id).order_by("id").values_list("key", flat=True)
        curated = await make.curated_list(ada, "Sea stories", 2, published=True, visibility=Visibility.PUBLIC)
        await from_inbox.promote(dict.fromkeys(keys[:2], "Read it aloud."), curated.key, ada)
        before = await self.looks(browser, curated.slug)
        assert b"Sea story 0" in before[0]

        baited = [Item("Casino!", item.guid, "http://casino.example/", "&lt;b&gt;Win&lt;/b&gt;") for item in honest]
        later = {
            "bait": (RSS, rss(*baited)),
            "shrinks": (RSS, rss(honest[2])),
            "empties": (RSS, rss()),
            "gone": b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n",
            "moves": b"HTTP/1.1 301 Moved\r\nLocation: /bait.xml\r\nContent-Length: 0\r\n\r\n",
            "breaks": (RSS, b"<rss><channel><item>"),
            "ids": (RSS, rss(*(Item("Casino!", f"x{number}", item.link) for number, item in enumerate(honest)))),
        }
        server.extra["/bait.xml"] = RSS, rss(*baited)
        server.extra["/feed.xml"] = later[turn]
        for day in range(1, 6):
            await harvest_due(door, cage, NOW + timedelta(days=day))
        assert await self.looks(browser, curated.slug) == before
        used = (
            await InboxEntry.filter(school_id=one.school_id, state=EntryState.PROMOTED)
            .order_by("id")
            .values("title", "proposal")
        )
        assert [row["title"] for row in used] == ["Sea story 0", "Sea story 1"]
        # what the feed says now is shown to the specialist, who decides
        assert ["Casino!" in row["proposal"] for row in used] == [turn in ("bait", "moves")] * 2

    async def test_nothing_harvested_is_seen_before_a_person_approved_it(self, school, server, cage, browser, sam, tom):
        server.extra["/feed.xml"] = RSS, rss(*(Item(f"Quagga tale {number}", f"q{number}") for number in range(3)))
        one = await source(school, f"{server.base}/feed.xml", mode=Mode.READING)
        await harvest_due(Door(server.pairs), cage, NOW)
        for who in (sam, None):
            asked = browser.sign_in(who)
            for path in ("/", "/search?q=tale", "/search", "/lists", "/lists.rss", "/lists.json"):
                answer = await asked.get(path, follow_redirects=True)
                assert answer.status_code == 200
                assert "quagga" not in answer.text.lower()
            for path in ("/curate/inbox", "/curate/sources", f"/curate/inbox?source={one.key}"):
                assert (await asked.get(path)).status_code in (303, 403, 404)
