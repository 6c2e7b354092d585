"""One web page in: looked at, looked through, kept."""

from dataclasses import replace

import pytest

from engage.database.job_model import Job
from engage.errors import Refused
from engage.outside.fetch import Door
from engage.resources import webpage
from engage.resources.models import Identifier, Link, Resource
from engage.resources.webpage import language_of, look_at, preset, with_provider
from feeds.webpage import PageFacts
from tests import make
from tests.data import SHARED, shared
from tests.faults.hostile import hostile

PAGE = """<!doctype html><html lang="en-US"><head><title>Owls at night | The Bird Post</title>
<meta property="og:title" content="Owls &amp; &quot;mice&quot;"><meta property="og:type" content="article">
<meta property="og:description" content="How an owl hears a mouse under the snow.">
<meta property="og:image" content="/owl.jpg"><meta property="og:site_name" content="The Bird Post">
<meta name="author" content="Ana Vega"><meta property="article:published_time" content="2024-02-03T10:00:00Z">
<link rel="canonical" href="{canonical}"><link rel="alternate" type="application/rss+xml" title="Birds" href="/feed">
</head><body><script>alert(1)</script>Hoo</body></html>"""
MOVED = "HTTP/1.1 {} Moved\r\nLocation: /tonight\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.fixture
async def site():
    async with hostile() as running:
        running.extra["/owls"] = "text/html; charset=utf-8", PAGE.format(canonical="/owls-at-night").encode()
        yield running


async def test_a_page_says_what_it_is(site, cage):
    found = await look_at(f" {site.base}/owls ", Door(site.pairs), cage)
    said = preset(found)
    assert (said["title"], said["makers"], said["format"]) == ('Owls & "mice"', "Ana Vega", "article")
    assert (said["mode"], said["language"], said["year"]) == ("reading", "en", 2024)
    assert said["summary"] == "How an owl hears a mouse under the snow."
    assert said["addresses"] == [{"url": site.base + "/owls-at-night", "provider": "The Bird Post"}]
    assert said["picture"] == site.base + "/owl.jpg"
    assert [title for title, _ in found.facts.feeds] == ["Birds"]
    # one question, and nothing that the page names is asked for
    assert [asked.path for asked in site.seen] == ["/owls"]


@pytest.mark.parametrize("canonical", ["", "https://evil.example/y", "javascript:alert(1)"])
@pytest.mark.parametrize(("status", "kept"), [(301, "/tonight"), (302, "/asked"), (307, "/asked"), (308, "/tonight")])
async def test_a_page_that_lives_elsewhere_for_now_is_kept_where_it_was_asked_for(site, cage, status, kept, canonical):
    site.extra["/asked"] = MOVED.format(status).encode()
    site.extra["/tonight"] = "text/html", PAGE.format(canonical=canonical).encode()
    assert (await look_at(site.base + "/asked", Door(site.pairs), cage)).url == site.base + kept


async def test_a_page_is_kept_as_it_wants_to_be_known_and_a_file_where_it_was_asked_for(site, cage):
    site.extra["/asked"] = MOVED.format(302).encode()
    site.extra["/tonight"] = "text/html", PAGE.format(canonical="/owls-at-night").encode()
    assert (await look_at(site.base + "/asked", Door(site.pairs), cage)).url == site.base + "/owls-at-night"
    site.extra["/tonight"] = "application/pdf", b"%PDF-1.7"
    assert (await look_at(site.base + "/asked", Door(site.pairs), cage)).url == site.base + "/asked"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/gone", "There is no page at this address (404)."),
        ("/feed", "This is a feed, not a page. Add it as a feed instead."),
        ("/closed", "does not show the page to Engage (403)"),
        ("/broken", "does not give the page at the moment (500)"),
        ("/empty", "There is nothing at this address."),
        ("/drip-headers", "takes too long"),
        ("/round", "leads on to other addresses without an end"),
    ],
)
async def test_what_is_no_page_is_refused_with_what_to_do(site, cage, monkeypatch, path, words):
    monkeypatch.setattr(webpage, "PAGE_SECONDS", 2.0)
    site.extra["/closed"] = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    site.extra["/broken"] = b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    site.extra["/empty"] = "text/html", b""
    with pytest.raises(Refused) as refused:
        await look_at(site.base + path, Door(site.pairs), cage)
    assert words in refused.value.sentence
    assert refused.value.about == "address"


@pytest.mark.parametrize("typed", ["http://127.0.0.1/x", "file:///etc/passwd", "https://user:pw@a.example/", "", "a b"])
async def test_an_address_that_is_none_of_ours_is_refused_before_anything_is_asked(site, cage, typed):
    with pytest.raises(Refused) as refused:
        await look_at(typed, Door(), cage)
    assert refused.value.about in ("address", None)
    assert site.seen == []


async def test_a_film_is_looked_at_by_its_beginning(site, cage):
    site.extra["/owl.mp4"] = "video/mp4", b"\x00\x00\x00\x20ftypisom" * 600_000
    said = preset(await look_at(site.base + "/owl.mp4", Door(site.pairs), cage))
    assert (said["mode"], said["format"]) == ("viewing", "video")


async def test_a_provider_of_films_says_more_and_its_html_is_left(site, cage):
    site.extra["/oembed"] = (
        "application/json",
        b'{"type": "video", "title": "Owl film", "author_name": "Bird TV", "thumbnail_url": "https://i.example/1.jpg",'
        b' "html": "<iframe src=https://evil.example>", "duration": 125}',
    )
    facts = await with_provider(PageFacts(oembed=site.base + "/oembed"), Door(site.pairs), cage)
    assert (facts.title, facts.creator, facts.minutes, facts.mode) == ("Owl film", "Bird TV", 3, "viewing")
    assert facts.picture == "https://i.example/1.jpg"
    assert "iframe" not in repr(facts)
    for path in ("/gone", "/endless", "/garbage"):
        untold = PageFacts(title="As it was", oembed=site.base + path)
        assert await with_provider(untold, Door(site.pairs), cage) == untold


async def test_a_provider_that_leads_elsewhere_is_not_followed(site, cage):
    async with hostile() as other:
        other.extra["/oembed"] = "application/json", b'{"type": "video", "title": "Elsewhere"}'
        site.extra["/oembed"] = (
            f"HTTP/1.1 302 Found\r\nLocation: {other.base}/oembed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ).encode()
        untold = PageFacts(title="As it was", oembed=site.base + "/oembed")
        assert await with_provider(untold, Door(site.pairs | other.pairs), cage) == untold
        assert other.seen == []


@pytest.mark.parametrize(("tag", "name"), [("en-US", "en"), ("ES", "es"), ("tlh", ""), ("", ""), ("x" * 99, "")])
def test_a_language_is_one_that_the_form_offers(tag, name):
    assert language_of(tag) == name


@pytest.mark.parametrize("file", sorted(path.name for path in (SHARED / "webpages").glob("*")) or ["none"])
async def test_every_real_page_gives_a_form_that_can_be_kept(school, cage, ada, file):
    async with hostile() as site:
        site.extra["/page"] = "text/html", (shared("webpages") / file).read_bytes()
        said = preset(await look_at(site.base + "/page", Door(site.pairs), cage))
    assert said["title"]
    assert len(said["title"]) <= 500
    assert said["addresses"][0]["url"].startswith("http")


async def test_what_the_library_has_under_this_address_or_isbn_is_said(school, ada):
    here = await make.resource("Owl Moon", url="https://a.example/owls")
    book = await make.resource("Owl Book", identifiers=(("isbn", "9780142410370"),))
    await make.resource("Theirs", url="https://a.example/owls", school="roosevelt")
    found = webpage.LookedAt("https://a.example/owls", PageFacts(isbn="9780142410370"))
    assert [row["key"] for row in (await webpage.with_held(found, ada)).held] == [here.key, book.key]
    other = webpage.LookedAt("https://a.example/other", PageFacts())
    assert (await webpage.with_held(other, ada)).held == ()


async def test_a_page_is_kept_once_with_its_picture_asked_for(school, browser, ada):
    form = {
        "form_key": "k" * 20,
        "title": "Owls at <night>",
        "makers": "Ana Vega\nBo Li",
        "mode": "reading",
        "format": "article",
        "summary": "How an owl hears.",
        "addresses-0-url": "https://a.example/owls",
        "addresses-0-provider": "The Bird Post",
        "language": "en",
        "captions": "no",
        "year": "2024",
        "picture": "https://a.example/owl.jpg",
        "explicit": "",
    }
    sent = await browser.sign_in(ada).post("/curate/page/keep", form)
    assert sent.status_code == 303, sent.text
    again = await browser.post("/curate/page/keep", form)
    assert again.headers["location"] == sent.headers["location"]
    one = await Resource.get(school_id=school.card.id)
    assert (one.title, one.creators, one.format, one.captions) == (
        "Owls at <night>",
        "Ana Vega; Bo Li",
        "article",
        False,
    )
    assert (one.cover, one.picture, one.online, one.available) == ("https://a.example/owl.jpg", "", True, True)
    link = await Link.get(school_id=school.card.id)
    assert (link.url, link.provider) == ("https://a.example/owls", "The Bird Post")
    assert await Identifier.filter(school_id=school.card.id).values_list("scheme", "value") == [
        ("url", "https://a.example/owls")
    ]
    assert await Job.filter(name="covers", state="queued").count() == 1
    page = await browser.follow(sent)
    assert "Owls at &lt;night&gt;" in page.text
    assert "https://a.example/owl.jpg" not in page.text


@pytest.mark.parametrize(
    ("picture", "status", "rows"),
    [
        ("javascript:alert(1)", 303, [{"cover": "", "explicit": True}]),
        ("data:image/png;base64,xx", 303, [{"cover": "", "explicit": True}]),
        # longer than any that reading a page gives, so somebody made it up
        ("https://a.example/" + "x" * 1_999, 422, []),
    ],
)
async def test_a_picture_that_is_no_address_is_left(school, browser, ada, picture, status, rows):
    form = {"form_key": "k" * 20, "title": "Owls", "mode": "reading", "format": "article", "picture": picture}
    form |= {"explicit": "yes", "addresses-0-url": "https://a.example/owls"}
    assert (await browser.sign_in(ada).post("/curate/page/keep", form)).status_code == status
    assert await Resource.filter(school_id=school.card.id).values("cover", "explicit") == rows


async def test_the_whole_walk_and_what_was_typed_comes_back(school, browser, ada, site):
    browser.app.settings = replace(browser.app.settings, allowed_outside=site.pairs)
    page = await browser.sign_in(ada).get("/curate/page")
    assert page.status_code == 200
    wrong = await browser.post("/curate/page", {"form_key": "k" * 20, "address": site.base + "/gone"})
    assert (wrong.status_code, "There is no page at this address (404)." in wrong.text) == (422, True)
    assert f'value="{site.base}/gone"' in wrong.text
    look = await browser.post("/curate/page", {"form_key": "k" * 20, "address": site.base + "/owls"})
    assert look.status_code == 200
    assert 'value="Owls &amp;' in look.text
    assert "This site has a feed" in look.text
    assert "<script>alert" not in look.text
    assert await Resource.filter(school_id=school.card.id).count() == 0
    bad = await browser.post("/curate/page/keep", {"form_key": "q" * 20, "title": "", "summary": "Kept words"})
    assert (bad.status_code, "Kept words" in bad.text) == (422, True)
    assert (await browser.get("/curate/page/keep")).status_code == 303


async def test_nobody_else_brings_pages_in(school, browser, sam, tom, vera, site):
    for reader in (sam, tom, vera, None, school.rosa):
        browser.sign_in(reader)
        for path in ("/curate/page", "/curate/page/keep"):
            sent = await browser.post(path, {"address": site.base + "/owls", "title": "x"})
            assert sent.status_code == 404
    assert site.seen == []
