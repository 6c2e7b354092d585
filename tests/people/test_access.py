"""Ways by grade (L2), and devices that staff enrol (L3)."""

import pytest

from engage.people import devices, ways
from engage.people.models import AuditEntry, Session
from engage.people.rules import GradeBand, Second
from engage.people.sign_in_models import Device
from engage.people.ways import Ways
from tests import make
from tests.people.entering import SAME, came_in, give_card, open_door, say_yes, send, show_card
from tests.school import words_of

CHOSEN = {"early": "picture cards", "middle": "pin", "upper": "pin cards", "high": "pin"}


async def test_l2_a_school_chooses_by_grade_what_students_sign_in_with(browser, school):
    alma = browser.sign_in(school.alma)
    assert "How students sign in" in words_of(await alma.get("/admin/settings"))
    page = await alma.get("/admin/sign-in")
    assert page.text.count("checked") == 4
    assert (await alma.post("/admin/sign-in", CHOSEN)).status_code == 303
    chosen = await ways.ways_by_band(school.card.id)
    assert chosen[GradeBand.EARLY] == Ways(True, Second.PICTURES)
    assert chosen[GradeBand.MIDDLE] == Ways(False, Second.PIN)
    assert chosen[GradeBand.UPPER] == Ways(True, Second.PIN)
    assert await ways.ways_of(school.card.id, 11) == Ways(False, Second.PIN)
    assert await ways.ways_of(school.roosevelt.id, 11) == ways.USUAL
    acts = AuditEntry.filter(school_id=school.card.id, act="chose how students sign in")
    assert await acts.count() == 3
    assert (await alma.post("/admin/sign-in", CHOSEN)).status_code == 303
    assert await acts.count() == 3
    assert (await alma.post("/admin/sign-in", CHOSEN | {"early": "face"})).status_code == 422


async def test_nobody_else_chooses_ways(browser, school):
    for reader, status in ((school.ada, 403), (school.dora, 403), (school.tom, 404), (school.sam, 404), (None, 404)):
        assert (await browser.sign_in(reader).get("/admin/sign-in")).status_code == status
        assert (await browser.post("/admin/sign-in", CHOSEN)).status_code == status
    assert await ways.ways_by_band(school.card.id) == dict.fromkeys(GradeBand, ways.USUAL)


async def test_staff_enrol_the_device_in_hand_see_it_and_revoke_it(browser, school):
    key = browser.app.settings.secret_key
    token = await give_card(school.sam, school.tom, key)
    ada = browser.sign_in(school.ada)
    answer = await ada.post("/devices", {"name": "Library desk", "place": "school"})
    assert answer.status_code == 303
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("device="))
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert "SameSite=lax" in cookie
    device = cookie.partition("=")[2].partition(";")[0]
    assert device not in str(await Device.filter(school_id=school.card.id).values())
    assert "Library desk For everyone at the school" in words_of(await ada.get("/devices"))

    # she signs out, and the device stays enrolled: it goes to the page of cards
    browser.client.cookies.set("device", device, domain="engage.test")
    out = await browser.client.post("/sign-out", headers=SAME)
    assert out.headers["location"] == "/sign-in/card"
    assert out.headers["clear-site-data"] == '"cache", "storage"'
    dropped = " ".join(out.headers.get_list("set-cookie"))
    assert "__Host-session=;" in dropped.replace('""', "")
    assert "device=" not in dropped
    browser.client.cookies.clear()
    browser.client.cookies.set("device", device, domain="engage.test")
    assert came_in(await say_yes(browser, await show_card(browser, token)))

    (row,) = await devices.devices_of(school.ada)
    browser.tokens.clear()
    assert (await browser.sign_in(school.ada).post(f"/devices/{row['key']}/revoke")).status_code == 303
    assert await Device.filter(school_id=school.card.id).count() == 0
    browser.client.cookies.clear()
    browser.client.cookies.set("device", device, domain="engage.test")
    assert not came_in(await say_yes(browser, await show_card(browser, token)))
    acts = await AuditEntry.filter(school_id=school.card.id, by_id=school.ada.id).values_list("act", flat=True)
    assert {"enrolled a device", "revoked a device"} <= set(acts)


async def test_a_teacher_enrols_for_the_own_class_alone(browser, school):
    other = await make.school_class(school.lincoln, "Room 14")
    tom = browser.sign_in(school.tom)
    page = words_of(await tom.get("/devices"))
    assert "Room 12" in page
    assert "Room 14" not in page
    assert "Everyone at the school" not in page
    for place in ("school", other.key):
        assert (await tom.post("/devices", {"name": "iPad", "place": place})).status_code == 422
    assert (await tom.post("/devices", {"name": "iPad", "place": school.room.key})).status_code == 303
    assert await Device.filter(school_id=school.card.id, school_class_id=school.room.id).count() == 1
    await devices.enrol("Desk", "", by=school.ada)
    assert "Desk" not in words_of(await tom.get("/devices"))
    desk = await Device.get(school_id=school.card.id, name="Desk")
    assert (await tom.post(f"/devices/{desk.key}/revoke")).status_code == 404
    for reader in (school.sam, school.vera, school.dora, None):
        assert (await browser.sign_in(reader).get("/devices")).status_code == 404
    assert (await browser.sign_in(school.rosa).post(f"/roosevelt/devices/{desk.key}/revoke")).status_code == 404


async def test_a_form_sent_twice_enrols_one_device_and_the_last_answer_opens(browser, school):
    sent = {"name": "iPad", "place": "school", "form_key": "the form"}
    ada = browser.sign_in(school.ada)
    for _ in range(2):
        answer = await ada.post("/devices", sent)
        assert answer.status_code == 303
    token = answer.headers["set-cookie"].partition("device=")[2].partition(";")[0]
    assert await Device.filter(school_id=school.card.id).count() == 1
    assert await devices.enrolled(token) is not None


async def test_a_device_forgets_that_it_was_enrolled(browser, school):
    ada = browser.sign_in(school.ada)
    await ada.get("/devices")
    browser.client.cookies.set("device", "x" * 43, domain="engage.test")
    assert "Forget it here" in words_of(await ada.get("/devices"))
    answer = await ada.post("/devices/forget")
    assert any("device=" in one and "Max-Age=0" in one for one in answer.headers.get_list("set-cookie"))


async def test_on_an_enrolled_device_in_kiosk_mode_each_log_leads_back_to_the_cards(browser, school):
    key = browser.app.settings.secret_key
    token = await give_card(school.sam, school.tom, key)
    device = await devices.enrol("Library desk", "", True, by=school.ada)
    browser.client.cookies.set("device", device, domain="engage.test")
    assert (await browser.client.get("/sign-in/card")).status_code == 200
    of = Device.filter(school_id=school.card.id)
    assert (await of.get()).used_at is None  # a look changes nothing
    answer = await say_yes(browser, await show_card(browser, token))
    assert answer.headers["location"] == "/lincoln/me/log/new"
    assert (await of.get()).used_at is not None
    logged = {"form_key": "k", "mode": "reading", "minutes": "20", "ending": "", "when": "today", "title": "Private"}
    done = await browser.client.post("/lincoln/me/log/new", data=logged, headers=SAME)
    assert (done.status_code, done.headers["location"]) == (303, "/sign-in/card")
    assert await Session.all().count() == 0
    assert (await browser.client.get("/lincoln/me/log")).status_code == 404
    again = await say_yes(browser, await show_card(browser, token))
    assert came_in(again)


@pytest.mark.parametrize("kiosk", [True, False])
async def test_a_card_in_kiosk_mode_goes_straight_to_the_log(browser, school, kiosk):
    key = browser.app.settings.secret_key
    token = await give_card(school.sam, school.tom, key)
    room = await open_door(school)
    await browser.client.get(f"/sign-in/class/{room.code}", params={"kiosk": "1"} if kiosk else {})
    answer = await say_yes(browser, await show_card(browser, token))
    assert answer.headers["location"] == ("/lincoln/me/log/new" if kiosk else "/lincoln/")
    # a session by card is known by its row, in kiosk mode too
    out = await send(browser, "/sign-out")
    assert out.headers["clear-site-data"] == '"cache", "storage"'
