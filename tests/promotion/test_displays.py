"""The desk of displays: what stands where, its sign, the screen in the hall, and the shelf on other sites."""

import json
from datetime import timedelta

import pytest

from engage import dates
from engage.lists.rules import Visibility
from engage.promotion.models import Display, PromotedLink
from engage.promotion.rules import Medium, Place
from engage.promotion.telling import announce
from engage.promotion.telling_rules import Audience
from tests import make
from tests.conftest import Statements
from tests.promotion.test_going import key_of, on_show
from tests.school import Browser, TestSchool, words_of

FRESHNESS = "data_version"


async def test_the_desk_moves_the_days_in_one_step(browser: Browser, school: TestSchool) -> None:
    sea = await make.curated_list(school.ada, "Sea stories", 2, published=True)
    await make.curated_list(school.ada, "Sky stories", 2, published=True)
    today = dates.today(school.card.zone)
    form = {"form_key": "a", "what": f"list {sea.key}", "place": "stand", "spot": "by the window", "kicker": "Dive in"}
    form |= {"starts": (today - timedelta(days=2)).isoformat(), "ends": (today + timedelta(days=4)).isoformat()}
    browser.sign_in(school.ada)
    assert (await browser.post("/curate/displays", form)).status_code == 303
    display = await Display.get(school_id=school.card.id)
    assert await PromotedLink.filter(school_id=school.card.id, display_id=display.id).count() == len(Medium)
    said = words_of(await browser.get("/curate/displays"))
    assert "In the library, by the window" in said
    assert "Never on show yet Sky stories" in said

    at = f"/curate/displays/{display.key}"
    assert (await browser.post(f"{at}/extend")).status_code == 303
    display = await Display.get(school_id=school.card.id, key=display.key)
    assert display.ends == today + timedelta(days=11)
    for _ in range(2):
        assert (await browser.post(f"{at}/again", {"form_key": "once"})).status_code == 303
    again = await Display.filter(school_id=school.card.id).exclude(id=display.id).get()
    assert (again.starts, again.spot) == (today + timedelta(days=12), "by the window")
    assert (await browser.post(f"{at}/end")).status_code == 303
    display = await Display.get(school_id=school.card.id, key=display.key)
    assert display.ends == today - timedelta(days=1)
    assert (await browser.post(f"/curate/displays/{again.key}/end")).status_code == 303
    assert "It has not stood a day." in words_of(await browser.get("/curate/displays"))
    for reader in (school.tom, school.sam, school.rosa, None):
        for act in ("extend", "end", "again", "take-off", "sign.pdf"):
            path = f"{at}/{act}"
            browser.sign_in(reader)
            answer = await (browser.get if act.endswith("pdf") else browser.post)(path)
            assert answer.status_code in (403, 404), (reader, act)
    assert await Display.filter(school_id=school.card.id).count() == 2


@pytest.mark.only("sqlite")
async def test_what_crowds_another_is_told(browser: Browser, school: TestSchool) -> None:
    for title in ("Sea stories", "Sky stories"):
        await on_show(school.ada, f"list {(await make.curated_list(school.ada, title, 2, published=True)).key}")
    said = words_of(await browser.sign_in(school.ada).get("/curate/displays"))
    assert "First on the home page: more is set than is shown" in said
    assert "Sky stories, Sea stories. What begins last is shown." in said


@pytest.mark.only("sqlite")
async def test_the_sign_is_a_sheet_of_either_size(browser: Browser, school: TestSchool) -> None:
    sea = await make.curated_list(school.ada, "Sea stories", 2, published=True)
    display = await on_show(school.ada, f"list {sea.key}", place=Place.STAND, spot="by the window")
    browser.sign_in(school.ada)
    for paper in ("a4", "letter"):
        answer = await browser.get(f"/curate/displays/{display.key}/sign.pdf?paper={paper}")
        assert answer.content.startswith(b"%PDF-")
        assert f"sea-stories-sign-{paper}.pdf" in answer.headers["content-disposition"]
    program = await make.program(school.ada, "Lantern Nights")
    other = await on_show(school.ada, f"program {program.key}", place=Place.STAND)
    assert (await browser.get(f"/curate/displays/{other.key}/sign.pdf")).content.startswith(b"%PDF-")


async def test_the_screen_shows_everybody_what_is_public_and_nothing_else(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    today = dates.today(school.card.zone)
    sea = await make.curated_list(school.ada, "Sea stories", 2, published=True, visibility=Visibility.PUBLIC)
    ours = await make.curated_list(school.ada, "For us only", 2, published=True)
    display = await on_show(school.ada, f"list {sea.key}", place=Place.SCREEN)
    await on_show(school.ada, f"list {ours.key}", place=Place.SCREEN)
    await announce("Open at lunch.", Audience.PUBLIC, today, today, by=school.ada)
    await announce("Staff meet at three.", Audience.STAFF, today, today, by=school.ada)
    key = await key_of(display, Medium.SCREEN)
    for reader in (None, school.sam, school.ada):
        statements.forget()
        page = await browser.sign_in(reader).get("/screen")
        said = words_of(page)
        assert "Sea stories" in said
        assert "Open at lunch." in said
        assert "For us only" not in said
        assert "Staff meet" not in said
        assert f"/go/{key}" in page.text
        assert "my account" not in page.text.lower()
        assert len([each for each in statements.seen if FRESHNESS not in each]) <= 6
    assert (await browser.sign_in(None).client.head("/lincoln/screen")).headers["etag"]


@pytest.mark.only("sqlite")
async def test_a_screen_without_anything_says_something(browser: Browser, school: TestSchool) -> None:
    assert "Come into the library" in words_of(await browser.get("/screen"))
    await make.curated_list(school.ada, "Sea stories", 2, published=True, visibility=Visibility.PUBLIC)
    assert "New list" in words_of(await browser.get("/screen"))


@pytest.mark.only("sqlite")
async def test_the_shelf_stands_in_frames_with_public_lists_only(browser: Browser, school: TestSchool) -> None:
    sea = await make.curated_list(school.ada, "Sea stories", 2, published=True, visibility=Visibility.PUBLIC)
    await make.curated_list(school.ada, "For us only", 2, published=True)
    display = await on_show(school.ada, f"list {sea.key}", place=Place.SHELF)
    for path, link in (
        ("/shelf/embed", "/lincoln/lists/sea-stories"),
        ("/displays/embed", f"/go/{await key_of(display, Medium.WIDGET)}"),
    ):
        page = await browser.sign_in(school.ada).get(path)
        assert "Sea stories" in words_of(page)
        assert "For us only" not in page.text
        assert link in page.text
        assert "frame-ancestors *" in page.headers["content-security-policy"]
        assert "set-cookie" not in page.headers
    assert "/lincoln/shelf/embed" in (await browser.get("/curate/displays/frames")).text
    base = browser.app.settings.base_url
    said = json.loads((await browser.client.get("/oembed", params={"url": f"{base}/lincoln/lists"})).text)
    assert "/lincoln/shelf/embed" in said["html"]
    assert said["title"] == "New lists of Lincoln School"
    for reader in (school.sam, None):
        assert (await browser.sign_in(reader).get("/curate/displays/frames")).status_code in (403, 404)


async def test_the_home_page_has_a_shelf_of_what_is_on_show(browser: Browser, school: TestSchool) -> None:
    sea = await make.curated_list(school.ada, "Sea stories", 2, published=True, visibility=Visibility.PUBLIC)
    program = await make.program(school.ada, "Lantern Nights", visibility="public")
    display = await on_show(school.ada, f"list {sea.key}", place=Place.SHELF)
    await on_show(school.ada, f"program {program.key}", place=Place.SHELF)
    page = await browser.get("/")
    said = words_of(page)
    assert "On show Lantern Nights Look A program Sea stories Look" in said
    assert f"/go/{await key_of(display, Medium.HOME)}" in page.text
