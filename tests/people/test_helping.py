"""The teacher's page: what each student has to sign in with, and giving it anew (CLS05, CLS15)."""

import re

from engage import dates
from engage.people import passwords, pins, sign_in, tries
from engage.people.models import AuditEntry, Session, SignInTry
from engage.people.rules import Role, Second
from engage.people.sign_in import account_of_student
from tests import make
from tests.people.entering import (
    PICTURES,
    PIN,
    came_in,
    give_card,
    give_pictures,
    give_pin,
    open_door,
    pressed,
    row_of,
    send,
    use_ways,
)
from tests.school import words_of


def page_of(school):
    return f"/classes/{school.room.key}/sign-in"


def pictures_on(answer):
    """The pictures that a page tells, by their names."""
    words = re.findall(r'class="picture"[^>]*>.*?</svg>\d\. (\w+)', answer.text, re.DOTALL)
    by_word = {name.replace("flower-", "").capitalize(): name for name in passwords.PICTURES}
    return [by_word[word] for word in words]


async def test_a_teacher_sees_what_each_student_has_and_when_it_was_used(browser, school):
    key = browser.app.settings.secret_key
    tom = browser.sign_in(school.tom)
    before = words_of(await tom.get(page_of(school)))
    assert "Sam None yet No pictures yet Never" in before
    await give_card(school.sam, school.tom, key)
    await give_pictures(school.sam, key)
    room = await open_door(school)
    browser.sign_out()
    assert came_in(await send(browser, f"/sign-in/class/{room.code}/{school.sam.key}", **pressed(PICTURES)))
    after = words_of(await browser.sign_in(school.tom).get(page_of(school)))
    assert re.search(r"Sam Since \d+ \w+ Has pictures \d+ \w+", after)
    await use_ways(school.sam, cards=False, second=Second.PIN)
    assert "Sam Not used No PIN yet" in words_of(await browser.get(page_of(school)))


async def test_a_class_is_ticked_in_one_press(browser, school):
    await give_card(school.sam, school.tom, browser.app.settings.secret_key)
    await make.in_class(
        child := await make.person("Zoe", Role.STUDENT, school.lincoln, grade=4), school.room, Role.STUDENT
    )
    tom = browser.sign_in(school.tom)

    async def ticked(asked):
        page = await tom.get(f"{page_of(school)}{asked}")
        return set(re.findall(r'value="([^"]+)" checked', page.text)) & {school.sam.key, child.key}

    assert await ticked("") == set()
    assert await ticked("?tick=all") == {school.sam.key, child.key}
    assert await ticked("?tick=no+card") == {child.key}


async def test_the_page_is_as_quick_for_a_large_class(browser, school, statements):
    tom = browser.sign_in(school.tom)
    await tom.get(page_of(school))
    statements.forget()
    await tom.get(page_of(school))
    few = len(statements)
    for number in range(34):
        child = await make.person(f"Child {number}", Role.STUDENT, school.lincoln, grade=number % 8)
        await make.in_class(child, school.room, Role.STUDENT)
    statements.forget()
    assert "Child 33" in words_of(await tom.get(page_of(school)))
    assert len(statements) == few <= 20


async def test_new_pictures_for_all_who_are_ticked_are_shown_once_and_work(browser, school):
    key = browser.app.settings.secret_key
    nia = await make.student("Nia")
    await make.in_class(await row_of(nia), school.room, Role.STUDENT)
    await browser.sign_in(school.sam).get("/me/account")
    tom = browser.sign_in(school.tom)
    given = await tom.post(f"{page_of(school)}/new", {"students": [school.sam.key, nia.key]})
    pictures = pictures_on(given)
    assert len(pictures) == 8
    assert given.headers["cache-control"] == "no-store"
    assert await Session.filter(person_id=school.sam.id).count() == 0
    assert await AuditEntry.filter(school_id=school.card.id, act="gave new pictures").count() == 2
    room = await open_door(school)
    browser.sign_out()
    for reader, mine in ((nia, pictures[:4]), (school.sam, pictures[4:])):
        browser.client.cookies.clear()
        assert came_in(await send(browser, f"/sign-in/class/{room.code}/{reader.key}", **pressed(mine)))
    kept = (await row_of(nia)).picture_hash
    assert not any(name in kept for name in pictures)
    assert await passwords.fits(passwords.picture_secret(pictures[:4], nia.key, key), kept)
    nobody = await browser.sign_in(school.tom).post(f"{page_of(school)}/new", {"students": []})
    assert (nobody.status_code, "Choose at least one student." in words_of(nobody)) == (422, True)


async def test_a_pin_is_given_where_the_school_chose_pins_and_opens_the_own_tile(browser, school):
    await use_ways(school.sam, second=Second.PIN)
    tom = browser.sign_in(school.tom)
    given = await tom.post(f"/classes/{school.room.key}/students/{school.sam.key}/pictures")
    (first, second) = re.findall(r'code-big mt-2">(\d{3}) (\d{3})<', given.text)[0]
    assert not pins.is_weak(first + second)
    room = await open_door(school)
    browser.sign_out()
    tile = f"/sign-in/class/{room.code}/{school.sam.key}"
    page = await browser.client.get(tile)
    assert 'inputmode="numeric"' in page.text
    wrong = await send(browser, tile, pin="846293" if first + second != "846293" else "846294")
    assert (wrong.status_code, sign_in.NO_PIN in words_of(wrong)) == (422, True)
    assert first + second not in wrong.text
    assert came_in(await send(browser, tile, pin=f"{first} {second}"))


async def test_a_student_changes_the_own_pin_and_other_devices_are_signed_out(browser, school):
    key = browser.app.settings.secret_key
    await give_pin(school.sam, key)
    sam = browser.sign_in(school.sam)
    assert "Change my PIN" in words_of(await sam.get("/me/account"))
    for current, fresh, said in (
        (PIN, "123456", "easy to guess"),
        (PIN, "12", "6 digits"),
        ("846294", "739205", sign_in.NO_PIN),
    ):
        answer = await sam.post("/me/pin", {"current": current, "pin": fresh})
        assert (answer.status_code, said in words_of(answer)) == (422, True)
    assert (await sam.post("/me/pin", {"current": PIN, "pin": "739205"})).status_code == 303
    kept = await sign_in.pin_hash_of(await row_of(school.sam))
    assert await passwords.fits(passwords.pin_secret("739205", school.sam.key, key), kept)
    await use_ways(school.sam, second=Second.PICTURES)
    assert (await sam.get("/me/pin")).status_code == 404
    assert (await browser.sign_in(school.tom).get("/me/pin")).status_code == 404


async def test_a_teacher_signs_a_student_out_everywhere(browser, school):
    await browser.sign_in(school.sam).get("/me/account")
    path = f"/lincoln/classes/{school.room.key}/students/{school.sam.key}/sign-out"
    for reader in (school.ada, school.vera, school.rosa, None):
        assert (await browser.sign_in(reader).post(path)).status_code == 404
    assert await Session.filter(person_id=school.sam.id).count() == 1
    assert (await browser.sign_in(school.tom).post(path)).status_code == 303
    assert await Session.filter(person_id=school.sam.id).count() == 0
    assert await AuditEntry.filter(school_id=school.card.id, act="ended sessions").count() == 1


async def test_nobody_is_helped_who_is_not_in_the_class(browser, school):
    pia = await make.student("Pia")
    tom = browser.sign_in(school.tom)
    for act in ("pictures", "void-card", "let-go", "sign-out"):
        for key in (pia.key, school.remy.key, "0" * 13):
            assert (await tom.post(f"/classes/{school.room.key}/students/{key}/{act}")).status_code == 404
    other = await make.school_class(school.lincoln, "Room 14")
    for act in ("", "/new", "/cards"):
        asked = tom.post if act else tom.get
        assert (await asked(f"/classes/{other.key}/sign-in{act}")).status_code == 404
    assert (await browser.sign_in(school.alma).get(f"/classes/{other.key}/sign-in")).status_code == 200


async def test_the_door_says_who_opened_it(browser, school):
    await open_door(school)
    for reader in (school.tom, school.ada):
        words = words_of(await browser.sign_in(reader).get(f"/classes/{school.room.key}/door"))
        assert "by Tom Reyes" in words
    ada = browser.sign_in(school.ada)
    assert "Cards, pictures and PINs" not in words_of(await ada.get(f"/classes/{school.room.key}/door"))


async def test_the_door_tells_what_each_student_needs_to_come_in_by_the_way_of_the_grade(browser, school, tom):
    """A teacher at eight: who has pictures cannot come in where a PIN is asked for, and who failed too often waits."""
    key = browser.app.settings.secret_key
    await give_pictures(school.sam, key)
    browser.sign_in(tom)
    door = f"/classes/{school.room.key}/door"
    assert "Sam Has pictures New pictures" in words_of(await browser.get(door))
    await use_ways(school.sam, cards=False, second=Second.PIN)
    assert "Sam No PIN yet New PIN for Sam" in words_of(await browser.get(door))

    tried = tries.Tried(account_of_student(school.sam.key), "10.0.0.1", stops=tries.PIN_STOP)
    for _ in range(tries.PIN_STOP):
        await tries.begin(tried, key, dates.now())
        await SignInTry.all().update(blocked_until=None)
    assert "Too many wrong tries No PIN yet" in words_of(await browser.get(door))
    assert "Let them try again" in words_of(await browser.get(door))


async def test_the_door_leads_back_to_the_class_of_those_alone_who_see_it(browser, school, alma, ada, tom):
    address = f'href="/lincoln/classes/{school.room.key}"'
    for reader, status in ((tom, 200), (alma, 404), (ada, 404)):
        browser.sign_in(reader)
        door = await browser.get(f"/classes/{school.room.key}/door")
        assert (door.status_code, address in door.text) == (200, status == 200), reader
        assert (await browser.get(f"/classes/{school.room.key}")).status_code == status, reader
