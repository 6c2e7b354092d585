"""Posters, cards, bookmarks, codes and slides: read by others' programs, and seen by whoever sees the list."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from PIL import Image

from engage import dates
from engage.lists import editing
from engage.lists.models import CuratedList, ListItem
from engage.lists.rules import State, Visibility
from engage.people.models import Session
from engage.promotion import codes, cut_outs, paper_pages
from engage.promotion.paper_pages import held, the_press
from engage.resources.models import Resource
from engage.resources.pictures import OWN, Developed, keep_picture
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, words_of
from tests.tools.paper import codes_in, picture_of, sheets_of, words_and_feet, words_in

SHEETS = {"a4": (595.276, 841.89), "letter": (612.0, 792.0)}
PAPERS = ("poster.pdf", "shelf-talkers.pdf", "bookmarks.pdf", "card.png", "qr.svg", "slides", "paper")
HOSTILE = (
    '#{panic()} #read("/etc/passwd") *b* _i_ $x$ <a> @c \\ // /* "]',
    "<script>alert(1)</script><svg onload=x> & &amp; {{ 7*7 }}",
    "\u202egnirts \u2066 עברית العربية 星の本 \U0001f989",
    "z" + "\u0335\u0322\u0327" * 200 + "algo",
    "=cmd|' /C calc'!A0",
    "x" * 10_000,
    "word " * 2_000,
    "\x01\x0b",
)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    held.clear()


@pytest.fixture(scope="module", autouse=True)
def one_press() -> Iterator[None]:
    """The press of the service, ended after these tests."""
    yield
    the_press().close()
    the_press.__globals__["press_in"].cache_clear()


async def sea_stories(school: TestSchool, how_many: int = 9, **more: object) -> CuratedList:
    things = [
        await make.resource(f"Book {n} of the sea", f"Maker {n}", call_number=f"E {n:03}")
        for n in range(1, how_many + 1)
    ]
    more = {"published": True, "visibility": Visibility.PUBLIC, "ink": "tomato", "scene": "sea", **more}
    return await make.curated_list(school.ada, "Sea stories", things, slug="sea", **more)


@pytest.mark.parametrize("paper", ["a4", "letter"])
async def test_papers_are_one_sheet_of_the_right_size_and_others_read_them(
    browser: Browser, school: TestSchool, paper: str
):
    curated = await sea_stories(school)
    short = f"https://engage.test/l/{curated.key}"
    wide, high = SHEETS[paper]

    poster = await browser.get(f"/lists/sea/poster.pdf?paper={paper}")
    assert poster.headers["content-type"] == "application/pdf"
    assert poster.headers["content-disposition"].startswith(f'attachment; filename="sea-poster-{paper}.pdf"')
    assert sheets_of(poster.content) == (1, pytest.approx((wide, high), abs=0.1))
    words = words_in(poster.content)
    for said in ("At Lincoln School", "Sea stories", "What Sea stories is about.", f"engage.test/l/{curated.key}"):
        assert said in words
    assert codes_in(picture_of(poster.content, 60)) == [short]

    talkers = await browser.get(f"/lists/sea/shelf-talkers.pdf?paper={paper}")
    assert sheets_of(talkers.content) == (2, pytest.approx((wide, high), abs=0.1))
    words = words_in(talkers.content)
    for n in range(1, 10):
        assert words.count(f"Why Book {n} of the sea is here.") == 1
        assert f"E {n:03}" in words
    read = codes_in(picture_of(talkers.content, 110))
    keys = [key for (key,) in await Resource.filter(school_id=school.card.id).order_by("id").values_list("key")]
    assert sorted(read) == sorted(f"https://engage.test/lincoln/resources/{key}" for key in keys[:8])

    marks = await browser.get(f"/lists/sea/bookmarks.pdf?paper={paper}")
    assert sheets_of(marks.content) == (1, pytest.approx((high, wide), abs=0.1))
    words = words_in(marks.content)
    assert [words.count(f"Book {n} of the sea") for n in (1, 9)] == [4, 3]
    assert codes_in(picture_of(marks.content, 110)) == [short] * 5
    alone = await browser.get("/lists/sea/qr.svg")
    assert alone.headers["content-type"] == "image/svg+xml"
    assert alone.text == codes.code(short)  # which is what the bookmarks bear

    held.clear()
    asked = {"If-None-Match": poster.headers["etag"]}
    again = await browser.get(f"/lists/sea/poster.pdf?paper={paper}", headers=asked)
    assert (again.status_code, again.content) == (304, b"")


async def test_the_sheet_is_the_usual_one_where_none_is_named(browser: Browser, school: TestSchool):
    await sea_stories(school, 1)
    for asked in ("", "?paper=", "?paper=../a0"):
        poster = await browser.get(f"/lists/sea/poster.pdf{asked}")
        assert sheets_of(poster.content) == (1, pytest.approx(SHEETS["letter"], abs=0.1))


async def test_a_title_of_three_hundred_characters_stays_on_one_sheet(browser: Browser, school: TestSchool):
    title = " ".join(["A tale of one hundred nights"] * 20)[:300].strip()
    curated = await sea_stories(school, 2)
    await CuratedList.filter(school_id=school.card.id, id=curated.id).update(title=title)
    poster = await browser.get("/lists/sea/poster.pdf?paper=a4")
    assert sheets_of(poster.content)[0] == 1
    assert title in words_in(poster.content)
    # no word is cut off at the foot of its place, and none stands over the code
    assert max(bottom for word, bottom in words_and_feet(poster.content) if word in ("hundred", "nights")) < 842 * 0.36
    assert len(codes_in(picture_of(poster.content, 60))) == 1


async def test_the_cards_of_a_long_list_come_in_several_files(
    browser: Browser, school: TestSchool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cut_outs, "IN_FILE", 3)
    monkeypatch.setattr(paper_pages, "IN_FILE", 3)
    await sea_stories(school, 5)
    page = words_of(await browser.get("/lists/sea/paper"))
    assert "Cards for the shelf, 1 to 3" in page
    assert "Cards for the shelf, 4 to 5" in page
    words = words_in((await browser.get("/lists/sea/shelf-talkers.pdf?part=2")).content)
    assert ["Book " + str(n) + " of" in words for n in (3, 4, 5)] == [False, True, True]
    assert "nothing on this list" in words_in((await browser.get("/lists/sea/shelf-talkers.pdf?part=3")).content)


@pytest.mark.only("sqlite")  # what is set does not depend on where it is kept
async def test_whatever_is_written_every_paper_comes_out_whole(browser: Browser, school: TestSchool):
    curated = await sea_stories(school, len(HOSTILE))
    things = await ListItem.filter(school_id=school.card.id).order_by("position").values("id", "resource_id")
    for written, row in zip(HOSTILE, things, strict=True):
        changed = {"title": written, "creators": written}
        await Resource.filter(school_id=school.card.id, id=row["resource_id"]).update(**changed)
        await ListItem.filter(school_id=school.card.id, id=row["id"]).update(annotation=written)
    for written in HOSTILE[:6]:
        curated.title = curated.introduction = written
        curated.version += 1
        await curated.save()
        poster = await browser.get("/lists/sea/poster.pdf?paper=letter")
        assert sheets_of(poster.content) == (1, pytest.approx(SHEETS["letter"], abs=0.1))
        assert codes_in(picture_of(poster.content, 60)) == [f"https://engage.test/l/{curated.key}"]
        card = await browser.get("/lists/sea/card.png")
        assert Image.open(io.BytesIO(card.content)).size == (1200, 630)
        marks = await browser.get("/lists/sea/bookmarks.pdf")
        assert sheets_of(marks.content)[0] == 1
    talkers = await browser.get("/lists/sea/shelf-talkers.pdf?paper=letter")
    assert sheets_of(talkers.content)[0] == 1
    words = words_in(talkers.content)
    assert '#{panic()} #read("/etc/passwd") *b* _i_ $x$ <a> @c \\ // /* "]' in words
    assert "<script>alert(1)</script><svg onload=x> & &amp; {{ 7*7 }}" in words
    assert len(codes_in(picture_of(talkers.content, 110))) == len(HOSTILE)
    slides = await browser.get("/lists/sea/slides")
    assert "<script>alert" not in slides.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in slides.text
    assert "style=" not in slides.text


@pytest.mark.parametrize(
    ("changes", "sees"),
    [
        ({"state": State.PUBLISHED, "visibility": Visibility.PUBLIC}, ["visitor", "sam", "tom", "ada"]),
        ({"state": State.PUBLISHED, "visibility": Visibility.SCHOOL}, ["sam", "tom", "ada"]),
        ({"state": State.PUBLISHED, "visibility": Visibility.STAFF}, ["tom", "ada"]),
        ({"state": State.DRAFT, "visibility": Visibility.PUBLIC}, ["ada"]),
    ],
)
async def test_a_paper_is_seen_by_whoever_sees_the_list(
    browser: Browser, school: TestSchool, changes: dict[str, object], sees: list[str]
):
    curated = await sea_stories(school, 1, **changes)
    everybody = {"visitor": None, "sam": school.sam, "tom": school.tom, "ada": school.ada, "rosa": school.rosa}
    for path in ["/lists/sea", *(f"/lists/sea/{name}" for name in PAPERS)]:
        answers = {name: (await browser.sign_in(who).get(path)).status_code for name, who in everybody.items()}
        # Rosa of the neighbour is a visitor here
        seen = [*sees, "rosa"] if "visitor" in sees else sees
        assert answers == {name: 200 if name in seen else 404 for name in everybody}, path
    for name, who in everybody.items():
        await browser.sign_in(who).be_known()
        answer = await browser.client.get(f"/l/{curated.key}")
        if name in sees or (name == "rosa" and "visitor" in sees):
            assert (answer.status_code, answer.headers["location"]) == (303, "/lincoln/lists/sea")
        else:
            assert (answer.status_code, "location" in answer.headers) == (404, False)
    assert (await browser.sign_out().get("/roosevelt/lists/sea/poster.pdf")).status_code == 404


async def test_a_short_address_stays_with_its_list_and_ends_with_a_session(browser: Browser, school: TestSchool):
    curated = await sea_stories(school, 1, visibility=Visibility.SCHOOL)
    await CuratedList.filter(school_id=school.card.id, id=curated.id).update(slug="oceans", title="Oceans")
    await browser.sign_in(school.sam).be_known()
    assert (await browser.client.get(f"/l/{curated.key}")).headers["location"] == "/lincoln/lists/oceans"
    await Session.filter(person_id=school.sam.id).update(ends_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert (await browser.client.get(f"/l/{curated.key}")).status_code == 404
    assert (await browser.sign_out().client.get("/l/0000000000000")).status_code == 404


async def test_a_paper_is_made_once_for_a_version(browser: Browser, school: TestSchool, statements: Statements):
    few = await sea_stories(school, 2)
    first = await browser.get("/lists/sea/card.png")
    assert first.headers["content-type"] == "image/png"
    assert first.headers["content-disposition"].startswith('attachment; filename="sea-card.png"')
    browser.app.front.kept.clear()
    statements.forget()
    assert (await browser.get("/lists/sea/card.png")).content == first.content
    asked = len(statements)
    await editing.add_item(few.key, (await make.resource("A whale of a time")).key, by=school.ada)
    changed = await browser.get("/lists/sea/card.png")
    assert changed.headers["etag"] != first.headers["etag"]
    held.clear()
    browser.app.front.kept.clear()
    statements.forget()
    await browser.get("/lists/sea/poster.pdf")
    assert len(statements) <= asked + 1  # its items; a cover that is kept would be one more, however many


async def test_kept_covers_stand_on_the_poster(browser: Browser, school: TestSchool, statements: Statements):
    await sea_stories(school, 6)
    drawn = await browser.get("/lists/sea/poster.pdf")
    made = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").resize((240, 360)).save(made, "WEBP")
    small = Developed(240, 360, "d", ((240, 360, made.getvalue()),))
    for (number,) in await Resource.filter(school_id=school.card.id).values_list("id"):
        await keep_picture(school.card.id, number, OWN, "", small, dates.now())
    statements.forget()
    with_covers = await browser.get("/lists/sea/poster.pdf")
    assert len([one for one in statements.seen if "cover_image" in one]) == 1
    assert with_covers.content.count(b"/Subtype/Image") > drawn.content.count(b"/Subtype/Image")
    assert sheets_of(with_covers.content)[0] == 1


async def test_other_sites_get_a_picture_of_public_lists_only(browser: Browser, school: TestSchool):
    curated = await sea_stories(school, 1)
    page = await browser.get("/lists/sea")
    assert '<meta property="og:image" content="https://engage.test/lincoln/lists/sea/card.png">' in page.text
    curated.visibility, curated.version = Visibility.SCHOOL, curated.version + 1
    await curated.save()
    assert "og:image" not in (await browser.sign_in(school.sam).get("/lists/sea")).text


async def test_the_page_of_papers_and_the_slides_say_what_there_is(browser: Browser, school: TestSchool):
    curated = await sea_stories(school)
    page = await browser.get("/lists/sea/paper")
    assert f"engage.test/l/{curated.key}" in words_of(page)
    for name in ("poster.pdf", "shelf-talkers.pdf", "bookmarks.pdf", "qr.svg", "card.png", "slides", "print"):
        assert f'/lincoln/lists/sea/{name}"' in page.text
    assert '<option value="letter" selected>' in page.text
    assert 'href="/lincoln/lists/sea/paper"' in (await browser.get("/lists/sea/print")).text
    slides = await browser.get("/lists/sea/slides?seconds=30")
    assert slides.text.count('<section class="slide') == 11
    assert 'data-seconds="30"' in slides.text
    assert "Why Book 9 of the sea is here." in words_of(slides)
    held.clear()
    signed_in = await browser.sign_in(school.ada).get("/lists/sea/slides?seconds=30")
    assert signed_in.text == slides.text  # nothing of one's own on a screen for all
    assert 'data-seconds="12"' in (await browser.get("/lists/sea/slides?seconds=0")).text
