import gzip

import pytest

from engage import dates
from engage.engagement.rules import Mode
from engage.lists.actions import withdraw
from engage.lists.models import CuratedList
from engage.lists.queries import list_for
from engage.people.models import Person, Session
from engage.people.sessions import end_all_sessions
from engage.programs.models import Saved
from engage.web import filling
from engage.web.sessions import SEEN_EVERY
from tests import make
from tests.school import words_of

GZIP = {"Accept-Encoding": "gzip"}
LIST = "/lists/look-up"


@pytest.fixture
async def things(ada):
    found = [await make.resource(f"Book of {number} moons", "A Maker", Mode.READING) for number in range(6)]
    await make.curated_list(ada, "Look up", found, published=True)
    return found


async def save(reader, resource) -> None:
    await Saved.create(school_id=reader.school.id, person_id=reader.id, resource_id=resource.id, at=dates.now())


def saved(answer) -> int:
    return answer.text.count('aria-pressed="true"')


async def test_a_student_gets_the_page_again_without_a_statement(browser, sam, things, statements):
    browser.sign_in(sam)
    first = await browser.get(LIST)
    await browser.get(LIST)
    statements.forget()
    again = await browser.get(LIST)
    assert again.text == first.text
    assert [each for each in statements.seen if "pg_current_snapshot" not in each] == []
    assert again.headers["cache-control"] == "no-store"
    assert "etag" not in again.headers
    assert "content-security-policy" in again.headers


async def test_students_never_see_the_names_and_marks_of_others(browser, sam, things):
    lee = await make.student("Lee Chang", grade=sam.grade)
    await save(sam, things[0])
    for _ in range(2):
        mine = await browser.sign_in(sam).get(LIST)
        theirs = await browser.sign_in(lee).get(LIST)
        assert (saved(mine), saved(theirs)) == (1, 0)
        assert "Sam" in words_of(mine)
        assert "Lee" not in mine.text
        assert "Lee" in words_of(theirs)
        assert "Sam" not in theirs.text
    assert (await browser.sign_out().get(LIST)).text.count("Lee") == 0


async def test_what_is_saved_is_seen_at_once(browser, sam, things):
    browser.sign_in(sam)
    for number, thing in enumerate(things):
        await browser.get(LIST)
        assert saved(await browser.get(LIST)) == number
        await save(sam, thing)
    assert saved(await browser.get(LIST)) == 6


async def test_a_session_that_was_ended_is_dead_at_the_next_request(browser, sam, things):
    browser.sign_in(sam)
    for _ in range(3):
        assert "Sam" in words_of(await browser.get(LIST))
    await end_all_sessions(sam.id)
    assert "Sam" not in (await browser.get(LIST)).text


async def test_a_list_that_was_taken_down_is_gone_at_once(browser, ada, sam, things):
    browser.sign_in(sam)
    for _ in range(3):
        assert (await browser.get(LIST)).status_code == 200
    await withdraw((await list_for(ada, "look-up")).key, by=ada)
    assert (await browser.get(LIST)).status_code == 404


async def test_what_is_written_elsewhere_makes_no_page_anew(browser, sam, things, statements):
    browser.sign_in(sam)
    first = await browser.get(LIST)
    await make.district()
    statements.forget()
    assert (await browser.get(LIST)).text == first.text
    assert len([each for each in statements.seen if "pg_current_snapshot" not in each]) == 4


async def test_another_title_is_seen_at_once(browser, ada, sam, things):
    browser.sign_in(sam)
    for title in ("Look up", "Look down", "Look around"):
        await CuratedList.filter(school_id=ada.school.id, slug="look-up").update(title=title)
        for _ in range(2):
            assert title in words_of(await browser.get(LIST))


async def test_another_name_is_seen_at_once(browser, sam, things):
    browser.sign_in(sam)
    for name in ("Sam Okafor", "<b>Mo</b> Okafor"):
        await Person.filter(id=sam.id).update(name=name)
        for _ in range(2):
            answer = await browser.get(LIST)
            assert name.split()[0].replace("<", "&lt;").replace(">", "&gt;") in answer.text
            assert "<b>Mo" not in answer.text


async def test_packed_it_says_the_same(browser, sam, things):
    browser.sign_in(sam)
    await save(sam, things[2])
    plain = (await browser.get(LIST, headers={"Accept-Encoding": "identity"})).content
    for _ in range(2):
        async with browser.client.stream("GET", f"/lincoln{LIST}", headers=GZIP) as answer:
            raw = b"".join([piece async for piece in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert len(raw) == int(answer.headers["content-length"])
        assert gzip.decompress(raw) == plain


async def test_the_end_of_a_quarter_of_an_hour_makes_it_anew(browser, sam, things, monkeypatch, statements):
    browser.sign_in(sam)
    monkeypatch.setattr(filling, "time", lambda: 1_800_000_000.0)
    await browser.get(LIST)
    await browser.get(LIST)
    monkeypatch.setattr(filling, "time", lambda: 1_800_000_900.0)
    statements.forget()
    await browser.get(LIST)
    assert [each for each in statements.seen if "pg_current_snapshot" not in each]


async def test_the_use_of_a_session_is_still_written_down(browser, sam, things):
    browser.sign_in(sam)
    await browser.get(LIST)
    await browser.get(LIST)
    long_ago = dates.now() - 5 * SEEN_EVERY
    await Session.filter(person_id=sam.id).update(seen_at=long_ago)
    await browser.get(LIST)
    assert (await Session.get(person_id=sam.id)).seen_at > long_ago


async def test_a_message_is_shown_once(browser, sam, things):
    browser.sign_in(sam)
    await browser.get(LIST)
    await browser.post(f"/resources/{things[0].key}/save", data={"back": f"/lincoln{LIST}"})
    first, second = await browser.get(LIST), await browser.get(LIST)
    assert 'class="wrap said' in first.text
    assert 'class="wrap said' not in second.text


async def test_with_a_cookie_that_may_matter_it_goes_the_long_way_packed_all_the_same(browser, sam, things):
    browser.sign_in(sam)
    await browser.get(LIST)
    browser.client.cookies.set("kiosk", "KITE-1234")
    answer = await browser.get(LIST, headers=GZIP)
    assert answer.headers["content-encoding"] == "gzip"
    assert "Sam" in words_of(answer)
