"""Announcements reach those whom they are for; booktalks stand by what they are about."""

from datetime import timedelta

import pytest

from engage import dates
from engage.errors import NotFound, Refused
from engage.lists.rules import Visibility
from engage.promotion import telling
from engage.promotion.telling_models import Announcement, Booktalk
from engage.promotion.telling_rules import Audience
from engage.web.cache import pages
from tests import make
from tests.school import Browser, TestSchool, words_of


async def test_an_announcement_is_seen_by_those_whom_it_is_for(browser: Browser, school: TestSchool) -> None:
    today = dates.today(school.card.zone)
    other = await make.school_class(school.lincoln, "Room 9")
    for text, audience, rooms in (
        ("To all", Audience.PUBLIC, ()),
        ("To the school", Audience.SCHOOL, ()),
        ("To staff", Audience.STAFF, ()),
        ("To twelve", Audience.CLASSES, (school.room.key,)),
        ("To nine", Audience.CLASSES, (other.key,)),
    ):
        await telling.announce(text, audience, today, today, rooms=rooms, by=school.ada)
    await telling.announce(
        "Tomorrow", Audience.PUBLIC, today + timedelta(days=1), today + timedelta(days=2), by=school.ada
    )
    seen = {}
    for name, reader in (("visitor", None), ("sam", school.sam), ("tom", school.tom), ("vera", school.vera)):
        said = words_of(await browser.sign_in(reader).get("/"))
        texts = ("To all", "To the school", "To staff", "To twelve", "To nine", "Tomorrow")
        seen[name] = {text for text in texts if text in said}
    assert seen == {
        "visitor": {"To all"},
        "sam": {"To all", "To the school", "To twelve"},
        "tom": {"To the school", "To staff", "To twelve"},  # the newest three
        "vera": {"To all", "To the school", "To staff"},
    }
    # its button comes with the script of every page, not with one more request
    assert (await browser.sign_in(None).get("/")).text.count("<script src=") == 1
    assert "To all" not in words_of(await browser.sign_in(None).get("/roosevelt/"))


async def test_an_announcement_is_put_up_and_taken_down(browser: Browser, school: TestSchool) -> None:
    today = dates.today(school.card.zone)
    form = {"form_key": "k", "text": "Open at lunch.", "audience": "public"}
    form |= {"from_on": today.isoformat(), "until_on": today.isoformat()}
    browser.sign_in(school.ada)
    wrong = await browser.post("/curate/announcements", form | {"until_on": (today - timedelta(days=3)).isoformat()})
    assert wrong.status_code == 422
    assert "The last day must not be before the first." in words_of(wrong)
    named = await browser.post("/curate/announcements", form | {"text": "Sam has won."})
    assert named.status_code == 422
    assert "Announcements name nobody." in words_of(named)
    for _ in range(2):
        assert (await browser.post("/curate/announcements", form)).status_code == 303
    made = await Announcement.get(school_id=school.card.id)
    assert "Open at lunch." in words_of(await browser.sign_in(None).get("/"))
    for reader in (school.tom, school.sam, school.rosa, None):
        browser.sign_in(reader)
        assert (await browser.get("/curate/announcements")).status_code in (403, 404)
        assert (await browser.post(f"/curate/announcements/{made.key}/withdraw")).status_code in (403, 404)
    assert (await browser.sign_in(school.ada).post(f"/curate/announcements/{made.key}/withdraw")).status_code == 303
    assert "Open at lunch." not in words_of(await browser.sign_in(None).get("/"))


async def test_a_booktalk_stands_on_the_page_and_on_lists_and_its_recording_is_left_for(
    browser: Browser, school: TestSchool
) -> None:
    pages.clear()  # of a test on another database, where all has the same numbers
    owl = await make.resource("Owl Moon")
    await make.curated_list(school.ada, "Owls", [owl], published=True, visibility=Visibility.PUBLIC)
    assert "What the library says" not in words_of(await browser.get("/lists/owls"))
    browser.sign_in(school.ada)
    at = f"/curate/resources/{owl.key}/booktalk"
    assert (await browser.post(at, {"form_key": "a", "text": "Listen.", "url": "javascript:1"})).status_code == 422
    form = {"form_key": "b", "text": "You hear everything.", "url": "https://talks.example/owl"}
    for _ in range(2):
        assert (await browser.post(at, form)).status_code == 303
    talk = await Booktalk.get(school_id=school.card.id)
    for path in (f"/resources/{owl.key}", "/lists/owls"):
        page = await browser.sign_in(None).get(path)
        assert "What the library says" in words_of(page)
        assert "You hear everything." in words_of(page)
        assert f"/booktalks/{talk.key}/out" in page.text
        assert "https://talks.example" not in page.text
    leaving = await browser.get(f"/booktalks/{talk.key}/out")
    assert "You are leaving for talks.example" in words_of(leaving)
    assert (await browser.get(f"/roosevelt/booktalks/{talk.key}/out")).status_code == 404
    for reader in (school.tom, school.sam, None):
        browser.sign_in(reader)
        assert (await browser.get(at)).status_code in (403, 404)
        assert (await browser.post(f"/curate/booktalks/{talk.key}/take-back")).status_code in (403, 404)
    assert (await browser.sign_in(school.ada).post(f"/curate/booktalks/{talk.key}/take-back")).status_code == 303
    for path in (f"/resources/{owl.key}", "/lists/owls"):
        assert "You hear everything." not in words_of(await browser.sign_in(None).get(path))
    assert (await browser.get(f"/booktalks/{talk.key}/out")).status_code == 404


@pytest.mark.only("sqlite")
async def test_only_the_library_tells(school: TestSchool) -> None:
    owl, today = await make.resource("Owl Moon"), dates.today(school.card.zone)
    for by in (school.tom, school.sam, school.alma):
        with pytest.raises(NotFound):
            await telling.announce("Hello", Audience.SCHOOL, today, today, by=by)
        with pytest.raises(NotFound):
            await telling.talk(owl.key, "Hello there", "", by=by)
    with pytest.raises(Refused, match="Choose at least one class"):
        await telling.announce("Hello", Audience.CLASSES, today, today, by=school.ada)
