"""The pages of sources, from a loopback server: looking, adding, health, pausing, fetching now."""

from dataclasses import replace
from datetime import timedelta

import pytest

from engage import dates
from engage.database.job_model import Job
from engage.outside.cage import the_cage
from engage.outside.fetch import door_of
from engage.people.models import AuditEntry
from engage.resources.harvest import harvest_due, hash_of_address
from engage.resources.incoming_models import InboxEntry, Source
from engage.resources.rules import SourceState
from tests.faults.hostile import hostile
from tests.school import words_of

RSS = "application/rss+xml"
TALES = (
    b'<rss version="2.0"><channel><title>Tales &amp; Songs</title><link>https://tales.example/</link>'
    b"<item><title>The Owl</title><guid>1</guid><link>https://tales.example/1</link>"
    b"<pubDate>Tue, 10 Nov 2026 08:00:00 GMT</pubDate>"
    b'<enclosure url="https://tales.example/1.mp3" type="audio/mpeg" length="9"/></item>'
    b"<item><title>&lt;script&gt;alert(1)&lt;/script&gt;The Fox</title><guid>2</guid>"
    b'<enclosure url="https://tales.example/2.mp3" type="audio/mpeg" length="9"/></item></channel></rss>'
)
PAGE = (
    b"<!doctype html><html><head><title>Tales</title>"
    b'<link rel="alternate" type="application/rss+xml" title="All tales" href="/tales.xml">'
    b'<link rel="alternate" type="application/atom+xml" title="News" href="/news.atom"></head><body></body></html>'
)
PATHS = ("/curate/sources", "/curate/sources/new")


@pytest.fixture
async def server():
    async with hostile() as running:
        running.extra["/tales.xml"] = RSS, TALES
        running.extra["/"] = "text/html", PAGE
        yield running


@pytest.fixture
def settings(settings, server):
    return replace(settings, allowed_outside=server.pairs)


async def source(school, url: str = "https://tales.example/feed", **more: object) -> Source:
    values = {"school_id": school.card.id, "url": url, "url_hash": hash_of_address(url), "next_visit_at": dates.now()}
    return await Source.create(**{**values, **more})  # type: ignore[arg-type]


async def test_a_specialist_looks_at_a_feed_and_adds_it(browser, school, ada, server):
    browser.sign_in(ada)
    address = f"{server.base}/tales.xml"
    looked = await browser.post("/curate/sources/new", {"address": address})
    assert looked.status_code == 200
    words = words_of(looked)
    assert "Tales &amp; Songs" in words
    assert "The Owl" in words
    assert "<script>alert" not in looked.text
    assert "Podcast" in words
    assert await Source.filter(school_id=school.card.id).count() == 0

    sent = {
        "address": address,
        "title": "Tales",
        "mode": "listening",
        "minutes": "180",
        "kind": "podcast",
        "step": "add",
    }
    added = await browser.post("/curate/sources/new", sent)
    assert added.status_code == 303
    made = await Source.get(school_id=school.card.id)
    assert (made.url, made.title, made.mode, made.minutes_between) == (address, "Tales", "listening", 180)
    assert (made.kind, made.state, made.by_id) == ("podcast", SourceState.ACTIVE, ada.id)
    assert await Job.filter(name="harvest").count() == 1
    assert await AuditEntry.filter(school_id=school.card.id, act="add feed", by_id=ada.id).count() == 1

    page = await browser.follow(added)
    assert "waits for its first visit" in words_of(page)
    assert await harvest_due(door_of(browser.app.settings), the_cage(), dates.now()) == 2
    assert "2 waiting" in words_of(await browser.get("/curate/sources"))

    again = await browser.post("/curate/sources/new", sent)
    assert again.status_code == 422
    assert "You visit this feed already." in words_of(again)


async def test_a_web_page_offers_its_feeds(browser, ada, server):
    page = await browser.sign_in(ada).post("/curate/sources/new", {"address": server.base})
    assert page.status_code == 200
    assert "This is a web page with 2 feeds" in words_of(page)
    assert f'value="{server.base}/tales.xml"' in page.text
    assert f'value="{server.base}/news.atom"' in page.text


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/missing", "The site says that there is nothing at this address."),
        ("/empty", "There is nothing at this address."),
        ("/plain", "This is neither RSS nor Atom nor JSON Feed nor an OPDS catalog."),
        ("/page", "This is a web page, not a feed."),
        ("/garbage", "This site&#39;s answer breaks off or cannot be understood."),
        ("/bomb", "What this address sends is too large."),
    ],
)
async def test_what_is_no_feed_is_told_beside_the_address(browser, ada, server, path, sentence):
    server.extra["/empty"] = RSS, b""
    server.extra["/plain"] = "text/plain", b"once upon a time"
    server.extra["/page"] = "text/html", b"<!doctype html><html><body>hello</body></html>"
    sent = {"address": server.base + path}
    page = await browser.sign_in(ada).post("/curate/sources/new", sent)
    assert page.status_code == 422
    assert sentence in words_of(page)
    assert 'aria-invalid="true"' in page.text


async def test_a_page_that_announces_no_feed_can_be_added_itself(browser, ada, server):
    server.extra["/page"] = "text/html", b"<!doctype html><html><title>Owls</title><body>hello</body></html>"
    address = f"{server.base}/page"
    browser.sign_in(ada)
    one = await browser.post("/curate/sources/new", {"address": address})
    assert "Add the page itself" in words_of(one)
    several = await browser.post("/curate/sources/new", {"address": f"{address}\n{server.base}/missing"})
    assert words_of(several).count("Add the page itself") == 1
    # the button's own address comes before the field that holds all of them
    assert several.text.index(f'name="address" value="{address}"') < several.text.index('type="hidden" name="address"')
    looked = await browser.post("/curate/page", {"address": address})
    assert looked.status_code == 200
    assert "Owls" in looked.text


@pytest.mark.parametrize(
    "address", ["", "http://127.0.0.1/", "http://10.0.0.1/feed", "file:///etc/passwd", "http://x:y@z/"]
)
@pytest.mark.parametrize("step", ["look", "add"])
async def test_a_forbidden_address_is_refused_when_looking_and_when_adding(browser, school, ada, address, step):
    sent = {"address": address, "title": "x", "mode": "", "minutes": "60", "step": step}
    page = await browser.sign_in(ada).post("/curate/sources/new", sent)
    assert page.status_code == 422
    assert await Source.filter(school_id=school.card.id).count() == 0


async def test_each_source_says_how_it_is_and_what_its_visits_found(browser, school, ada, server):
    good = await source(school, f"{server.base}/tales.xml")
    bad = await source(school, f"{server.base}/missing", title="Lost tales")
    await harvest_due(door_of(browser.app.settings), the_cage(), dates.now())
    browser.sign_in(ada)
    words = words_of(await browser.get("/curate/sources"))
    assert words.index("Lost tales") < words.index("Tales &amp; Songs")
    assert "This feed has never answered properly. The site says that there is nothing at this address." in words
    assert "2 new." in words_of(await browser.get(f"/curate/sources/{good.key}"))
    assert "nothing at this address" in words_of(await browser.get(f"/curate/sources/{bad.key}"))


async def test_a_source_is_changed_paused_and_let_go_on(browser, school, ada):
    one = await source(school, etag='"v1"', body_hash="x" * 64)
    browser.sign_in(ada)
    sent = {"address": one.url, "title": "Named anew", "mode": "", "minutes": "1440"}
    assert (await browser.post(f"/curate/sources/{one.key}/change", sent)).status_code == 303
    changed = await Source.get(school_id=school.card.id)
    assert (changed.title, changed.minutes_between, changed.etag) == ("Named anew", 1440, '"v1"')

    sent["mode"] = "viewing"
    await browser.post(f"/curate/sources/{one.key}/change", sent)
    assert (await Source.get(school_id=school.card.id)).etag == ""

    sent["address"] = "http://192.168.0.1/feed"
    assert (await browser.post(f"/curate/sources/{one.key}/change", sent)).status_code == 422

    await browser.post(f"/curate/sources/{one.key}/pause")
    assert (await Source.get(school_id=school.card.id)).state is SourceState.PAUSED
    assert "is paused" in words_of(await browser.get(f"/curate/sources/{one.key}"))
    await browser.post(f"/curate/sources/{one.key}/go-on")
    assert (await Source.get(school_id=school.card.id)).state is SourceState.ACTIVE


async def test_a_person_looks_for_new_things_five_times_an_hour(browser, school, ada):
    await source(school, next_visit_at=dates.now() + timedelta(days=1))
    browser.sign_in(ada)
    for _ in range(5):
        sent = await browser.post("/curate/sources/now")
        assert sent.status_code == 303
        assert "Engage is looking now" in words_of(await browser.follow(sent))
    assert "five times within an hour" in words_of(await browser.follow(await browser.post("/curate/sources/now")))
    assert await Job.filter(name="harvest").count() == 1
    assert (await Source.get(school_id=school.card.id)).next_visit_at <= dates.now()
    long_ago = dates.now() - timedelta(hours=2)
    await AuditEntry.filter(school_id=school.card.id).update(at=long_ago)
    assert "Engage is looking now" in words_of(await browser.follow(await browser.post("/curate/sources/now")))


async def test_who_may_see_and_change_sources(browser, school, ada, tom, sam, alma):
    one = await source(school)
    seen = f"/curate/sources/{one.key}"
    for reader, expected in ((ada, 200), (alma, 200), (tom, 404), (sam, 404), (None, 404)):
        browser.sign_in(reader)
        assert (await browser.get("/curate/sources")).status_code == expected
        assert (await browser.get(seen)).status_code == expected
    # the matrix lets a teacher ask for a feed (Q), which answers 403 until its issue
    for reader, expected in ((ada, 200), (alma, 404), (tom, 403), (sam, 404)):
        assert (await browser.sign_in(reader).get("/curate/sources/new")).status_code == expected
    for reader in (alma, tom, sam):
        browser.sign_in(reader)
        for act in ("pause", "go-on", "change", "remove"):
            assert (await browser.post(f"{seen}/{act}")).status_code == 404
    for reader in (alma, tom, sam):
        assert (await browser.sign_in(reader).post(f"{seen}/now")).status_code == 404
    assert "Save" not in words_of(await browser.sign_in(alma).get(seen))


async def test_a_source_of_another_school_does_not_exist(browser, school, ada):
    other = await source(school, school_id=school.roosevelt.id)
    browser.sign_in(ada)
    assert (await browser.get(f"/curate/sources/{other.key}")).status_code == 404
    for act in ("pause", "go-on", "now", "change", "remove"):
        assert (await browser.post(f"/curate/sources/{other.key}/{act}")).status_code == 404
    assert (await Source.get(school_id=school.roosevelt.id)).state is SourceState.ACTIVE
    assert "tales.example" not in (await browser.get("/curate/sources")).text
    assert await InboxEntry.filter(school_id=school.card.id).count() == 0
