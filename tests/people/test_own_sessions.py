import re

from engage import dates
from engage.people.models import Session
from tests.school import give_session


async def test_another_device_can_be_signed_out_and_only_by_its_owner(browser, school, ada, sam):
    await give_session(ada, dates.now())
    others = (await Session.get(person_id=ada.id)).token_hash[:16]
    assert (await browser.sign_in(sam).post(f"/me/sessions/{others}/end")).status_code == 404
    assert await Session.filter(person_id=ada.id).count() == 1

    me = await browser.sign_in(ada).get("/me/account")
    (action,) = re.findall(r'action="(/lincoln/me/sessions/[0-9a-f]{16}/end)"', me.text)
    assert (await browser.post(action)).status_code == 303
    assert await Session.filter(person_id=ada.id).count() == 1
    assert (await browser.get("/me/account")).status_code == 200


async def test_a_session_that_is_not_there_cannot_be_ended(browser, ada):
    browser.sign_in(ada)
    for key in ("0123456789abcdef", "1", "9" * 40, "%", "_" * 16):
        assert (await browser.post(f"/me/sessions/{key}/end")).status_code == 404


async def test_everybody_who_signs_in_has_an_account_a_viewer_too(browser, school):
    for reader in (school.vera, school.alma, school.tom, school.ada, school.sam, school.dora):
        browser.sign_in(reader)
        for page in ("/me/account", "/me/shown", "/me/record"):
            assert (await browser.get(page)).status_code == 200, (reader.name, page)


async def test_a_viewer_can_end_a_session_that_was_left_open_elsewhere(browser, school):
    await give_session(school.vera, dates.now())
    browser.sign_in(school.vera)
    assert (await browser.post("/me/sessions/end-others")).status_code == 303
    assert await Session.filter(person_id=school.vera.id).count() == 1
