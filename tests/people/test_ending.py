"""S1: what ends a session ends it everywhere, at the next request."""

from datetime import timedelta

import pytest

from engage import dates
from engage.people import cards, helping, leaving
from engage.people.models import Membership, Person, Session
from engage.people.rules import Role, Status, Way
from engage.web.sessions import STAFF_AGES, hash_of
from tests import make
from tests.people.entering import (
    GOOD,
    PICTURES,
    SAME,
    came_in,
    give_card,
    give_password,
    give_pictures,
    new_pictures,
    open_door,
    pressed,
    say_yes,
    send,
    session_of,
    show_card,
    token_of,
)
from tests.school import give_session, words_of

PAGE = "/lincoln/me/account"


async def enter(browser, **more):
    """Ada signs in by password; the token that the browser has then."""
    browser.client.cookies.clear()
    answer = await send(browser, "/sign-in", login="ada", password=more.pop("password", GOOD), **more)
    assert came_in(answer)
    return token_of(browser)


async def replayed(browser, token):
    """What a page answers to a token that was copied; a form is answered 401, what was typed in it is kept."""
    cookie = {"Cookie": f"__Host-session={token}"}
    page = await browser.client.get(PAGE, headers=cookie)
    form = await browser.client.post(f"{PAGE}", data={"current": "x"}, headers=cookie | SAME)
    return page.status_code, form.status_code


@pytest.mark.parametrize(
    "ending", ["sign-out", "password", "role", "another role", "school", "left", "rest", "whole", "ended", "all ended"]
)
async def test_s1_a_copied_cookie_is_dead_after(browser, school, ending):
    await give_password(school.ada)
    token = await enter(browser)
    assert (await replayed(browser, token))[0] == 200
    of_ada = Session.filter(person_id=school.ada.id)
    if ending == "sign-out":
        answer = await send(browser, "/sign-out")
        assert answer.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    elif ending == "password":
        other = await enter(browser)
        changed = {"current": GOOD, "password": "nine otters upstream"}
        assert (await browser.client.post(PAGE, data=changed, headers=SAME)).status_code == 303
        assert (await replayed(browser, other))[0] == 200  # the one that changed it stays
    elif ending == "role":
        await Membership.filter(school_id=school.card.id, person_id=school.ada.id).update(role=Role.TEACHER)
    elif ending == "another role":
        await Membership.create(school_id=school.card.id, person_id=school.ada.id, role=Role.TEACHER)
    elif ending == "school":
        membership = Membership.filter(school_id=school.card.id, person_id=school.ada.id)
        await membership.update(school_id=school.roosevelt.id)
    elif ending == "left":
        await Person.filter(school_id=school.card.id, id=school.ada.id).update(status=Status.GONE)
    elif ending == "rest":
        await of_ada.update(seen_at=dates.now() - STAFF_AGES.idle)
    elif ending == "whole":
        await of_ada.update(ends_at=dates.now() - timedelta(seconds=1))
    elif ending == "ended":
        await enter(browser)
        ended = await browser.client.post(f"/lincoln/me/sessions/{hash_of(token)[:16]}/end", headers=SAME)
        assert ended.status_code == 303
    else:
        mine = await enter(browser)
        ended = await browser.client.post("/lincoln/me/sessions/end-others", headers=SAME)
        assert ended.status_code == 303
        assert (await replayed(browser, mine))[0] == 200
    assert await replayed(browser, token) == (303, 401)


@pytest.mark.parametrize("ending", ["void", "printed anew", "new pictures", "signed out by the teacher", "year"])
async def test_s1_a_students_copied_cookie_is_dead_after(browser, school, ending):
    key = browser.app.settings.secret_key
    token = await give_card(school.sam, school.tom, key)
    room = await open_door(school)
    await browser.client.get(f"/sign-in/class/{room.code}")
    assert came_in(await say_yes(browser, await show_card(browser, token)))
    session = token_of(browser)
    assert (await replayed(browser, session))[0] == 200
    if ending == "void":
        await cards.void(school.sam.id, by=school.tom)
    elif ending == "printed anew":
        await give_card(school.sam, school.tom, key)
    elif ending == "new pictures":
        await new_pictures(school, key)
    elif ending == "signed out by the teacher":
        assert await helping.end_sessions(school.sam.id, by=school.tom) == 1
    else:
        await cards.void_old_cards(dates.now() + timedelta(days=366))
    assert (await replayed(browser, session))[0] == 303


async def test_s1_signing_in_gives_another_token_whatever_the_browser_brought(browser, school):
    """Fixation: who planted a token in the browser has nothing of it afterwards."""
    await give_password(school.ada)
    first = await enter(browser)
    browser.client.cookies.clear()
    browser.client.cookies.set("__Host-session", first, domain="engage.test")
    assert came_in(await send(browser, "/sign-in", login="ada", password=GOOD))
    second = browser.client.cookies.get("__Host-session", domain="engage.test") or ""
    assert await Session.filter(token_hash=hash_of(first)).count() == 0
    assert await Session.filter(person_id=school.ada.id).count() == 1
    assert second
    made_up = "a" * 43
    browser.client.cookies.clear()
    browser.client.cookies.set("__Host-session", made_up, domain="engage.test")
    await send(browser, "/sign-in", login="ada", password=GOOD)
    assert await Session.filter(token_hash=hash_of(made_up)).count() == 0


async def test_s1_showing_once_more_who_one_is_gives_another_token_and_no_longer_session(browser, school):
    await give_password(school.ada)
    before = await enter(browser)
    was = await session_of(browser)
    assert was is not None
    await Session.filter(id=was.id).update(proved_at=dates.now() - timedelta(minutes=11))
    asked = await browser.client.get("/lincoln/me/second-step")
    assert asked.headers["location"] == "/lincoln/me/prove?next=%2Flincoln%2Fme%2Fsecond-step"
    wrong = await browser.client.post("/lincoln/me/prove", data={"secret": "not this"}, headers=SAME)
    assert (wrong.status_code, token_of(browser)) == (422, before)
    right = {"secret": GOOD, "next": "/lincoln/me/second-step"}
    answer = await browser.client.post("/lincoln/me/prove", data=right, headers=SAME)
    assert answer.headers["location"] == "/lincoln/me/second-step"
    assert token_of(browser) != before
    now = await session_of(browser)
    assert now is not None
    assert (now.id, now.ends_at, now.way) == (was.id, was.ends_at, Way.PASSWORD)
    assert (await replayed(browser, before))[0] == 303
    assert (await browser.client.get("/lincoln/me/second-step")).status_code == 200


async def test_s1_nothing_that_a_signed_in_person_sees_is_kept_for_the_back_button(browser, school):
    await give_password(school.ada)
    await enter(browser)
    for path in ("/lincoln/", PAGE, "/lincoln/me/prove", "/lincoln/devices"):
        assert (await browser.client.get(path)).headers["cache-control"] == "no-store"


async def test_a_student_never_has_a_session_of_staff(browser, school):
    """L2: whoever becomes staff signs in as staff."""
    key = browser.app.settings.secret_key
    await give_pictures(school.sam, key)
    room = await open_door(school)
    answer = await send(browser, f"/sign-in/class/{room.code}/{school.sam.key}", **pressed(PICTURES))
    assert came_in(answer)
    await Membership.create(school_id=school.card.id, person_id=school.sam.id, role=Role.SCHOOL_ADMIN)
    assert (await browser.client.get("/lincoln/admin/audit")).status_code == 303
    login = await send(browser, "/sign-in", login="sam", password=GOOD)
    assert login.status_code == 422


@pytest.mark.parametrize("way", ["card", "pictures"])
async def test_l2_no_card_and_no_picture_opens_to_staff(browser, school, way):
    key = browser.app.settings.secret_key
    await give_pictures(school.sam, key)
    token = await give_card(school.sam, school.tom, key)
    await Membership.create(school_id=school.roosevelt.id, person_id=school.sam.id, role=Role.AIDE)
    room = await open_door(school)
    await browser.client.get(f"/sign-in/class/{room.code}")
    if way == "card":
        answer = await say_yes(browser, await show_card(browser, token))
    else:
        answer = await send(browser, f"/sign-in/class/{room.code}/{school.sam.key}", **pressed(PICTURES))
    assert (answer.status_code, came_in(answer)) == (403, False)
    assert await Session.all().count() == 0


async def test_one_sees_on_which_device_one_is_signed_in_and_ends_the_others(browser, school):
    await give_password(school.ada)
    agents = {
        "CrOS x86_64 15": "Chromebook",
        "iPad; CPU OS 18": "IPad",
        "Windows NT 10.0": "Windows computer",
        "": "Device",
    }
    for agent, name in agents.items():
        browser.client.cookies.clear()
        sent = {"login": "ada", "password": GOOD}
        answer = await browser.client.post("/sign-in", data=sent, headers=SAME | {"User-Agent": agent})
        assert came_in(answer)
        assert f"{name}, since" in words_of(await browser.client.get(PAGE))
    page = await browser.client.get(PAGE)
    assert page.text.count("/end-others") == 1
    assert words_of(page).count("Sign out there") == 3
    assert (await browser.client.post("/lincoln/me/sessions/end-others", headers=SAME)).status_code == 303
    page = await browser.client.get(PAGE)
    assert "3 other devices are signed out." in words_of(page)
    assert "Sign out there" not in words_of(page)
    assert await Session.filter(person_id=school.ada.id).count() == 1


async def test_what_is_kept_of_a_device_is_its_class_and_no_more(browser, school):
    await give_password(school.ada)
    sent = {"login": "ada", "password": GOOD}
    agent = "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/SENTINEL) Mobile Safari/537.36"
    await browser.client.post("/sign-in", data=sent, headers=SAME | {"User-Agent": agent})
    row = (await Session.all().values())[0]
    assert row["device"] == "phone"
    assert "SENTINEL" not in str(row)


async def test_a_session_that_rested_too_long_is_not_among_ones_own(browser, school):
    await give_password(school.ada)
    await enter(browser)
    old = dates.now() - timedelta(minutes=61)
    await Session.create(
        token_hash="1" * 64, person_id=school.ada.id, made_at=old, seen_at=old, ends_at=dates.now() + timedelta(hours=9)
    )
    assert "Sign out there" not in words_of(await browser.client.get(PAGE))


async def test_a6_a_right_that_outlived_its_ground_is_counted_and_told_by_number(school, settings, caplog):
    await give_card(school.sam, school.tom, settings.secret_key)
    await give_session(school.sam, dates.now())
    await give_session(school.ada, dates.now())
    assert await leaving.look_for_orphans(dates.now()) == 0
    assert told_of(caplog) == {}
    # as a mistake of ours would leave them
    await Person.filter(school_id=school.card.id, id=school.sam.id).update(status=Status.GONE)
    await Membership.filter(school_id=school.card.id, person_id=school.tom.id).delete()
    assert await leaving.look_for_orphans(dates.now()) == 4
    assert told_of(caplog) == {"class_member": 2, "card": 1, "session": 1}
    # a role at another school is no ground for a place in a class of this one
    await make.membership(await Person.get(school_id=school.card.id, id=school.tom.id), Role.TEACHER, school.roosevelt)
    assert await leaving.look_for_orphans(dates.now()) == 4


def told_of(caplog):
    return {record.args[0]: record.count for record in caplog.records if record.name == "engage.people"}
