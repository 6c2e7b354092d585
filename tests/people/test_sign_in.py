import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from engage import dates
from engage.errors import NotFound, Refused
from engage.people import actions, passwords, sign_in, tries
from engage.people.models import AuditEntry, Person, SchoolClass, Session, SignInTry
from engage.people.rules import Reader
from engage.web.limits import AT_WORK
from tests.people.entering import new_pictures, send, show_pictures
from tests.school import Browser, TestSchool, words_of

KEY = "k" * 40
GOOD = "seven herons at dusk"


async def _give_password(reader: Reader) -> None:
    person = await Person.get(school_id=reader.school.id, id=reader.id)
    await actions.keep_password(person, await passwords.hashed(GOOD))


async def _open(school: TestSchool, minutes: int = 30) -> SchoolClass:
    room = await SchoolClass.get(school_id=school.card.id, id=school.room.id)
    await actions.open_door(room, minutes, by=school.tom)
    return room


async def _sam(school: TestSchool) -> Person:
    return await Person.get(school_id=school.card.id, id=school.sam.id)


@pytest.mark.parametrize(
    ("password", "fine"),
    [
        ("seven herons at dusk", True),
        ("short", False),
        ("passwordpassword1", False),
        ("lincoln library lincoln", False),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", False),
        ("x" * 1025, False),
    ],
)
def test_a_password_is_long_and_not_easily_guessed(password: str, fine: bool) -> None:
    if fine:
        passwords.check_password(password, ("Ada Okafor", "Lincoln School"))
    else:
        with pytest.raises(Refused):
            passwords.check_password(password, ("Ada Okafor", "Lincoln School"))


async def test_a_specialist_signs_in_and_comes_back_to_where_she_was(browser: Browser, ada: Reader) -> None:
    await _give_password(ada)
    sent = {"login": " ADA ", "password": GOOD, "next": "/lincoln/me/account"}
    headers = {"Sec-Fetch-Site": "same-origin"}
    answer = await browser.client.post("/sign-in", data=sent, headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/lincoln/me/account")
    assert "This device" in words_of(await browser.client.get("/lincoln/me/account"))

    assert (await browser.client.post("/sign-out", headers=headers)).status_code == 303
    assert await Session.all().count() == 0


async def test_where_to_go_after_signing_in_is_never_another_site(browser: Browser, ada: Reader) -> None:
    await _give_password(ada)
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        sent = {"login": "ada", "password": GOOD, "next": target}
        answer = await browser.client.post("/sign-in", data=sent, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.headers["location"] == "/lincoln/"


async def test_a_wrong_password_and_an_unknown_name_are_answered_alike(browser: Browser, ada: Reader) -> None:
    await _give_password(ada)
    pages = []
    for login in ("ada", "nobody"):
        sent = {"login": login, "password": "not this one, sorry"}
        answer = await browser.client.post("/sign-in", data=sent, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 422
        pages.append(words_of(answer))
    assert pages[0] == pages[1]
    assert sign_in.NO in pages[0]


async def test_five_failures_slow_one_account_down_and_no_other(school: TestSchool, ada: Reader, tom: Reader) -> None:
    await _give_password(ada)
    await _give_password(tom)
    now = dates.now()
    for _ in range(5):
        with pytest.raises(Refused):
            await sign_in.staff_member("ada", "wrong wrong wrong", "10.0.0.1", KEY, now)

    with pytest.raises(Refused):  # the right one, too soon
        await sign_in.staff_member("ada", GOOD, "10.0.0.1", KEY, now)
    assert (await sign_in.staff_member("tom", GOOD, "10.0.0.1", KEY, now)).person.login == "tom"
    later = now + timedelta(seconds=61)
    assert (await sign_in.staff_member("ada", GOOD, "10.0.0.1", KEY, later)).person.login == "ada"


async def test_fifty_failures_in_a_row_stop_an_account_for_good(school: TestSchool, ada: Reader) -> None:
    now = dates.now()
    tried = tries.Tried("staff/ada", "10.0.0.1")
    for number in range(50):
        assert await tries.begin(tried, KEY, now + timedelta(seconds=61 * number))
    assert not await tries.begin(tried, KEY, now + timedelta(days=300))
    assert await tries.begin(tries.Tried("staff/tom", "10.0.0.1"), KEY, now)


def test_the_delay_doubles_and_ends_at_a_minute() -> None:
    assert [tries.delay(failures) for failures in (4, 5, 6, 7, 11, 40)] == [0, 1, 2, 4, 60, 60]


async def test_the_table_of_failures_names_nobody(school: TestSchool) -> None:
    await tries.begin(tries.Tried("staff/ada", "192.0.2.7"), KEY, dates.now())
    for row in await SignInTry.all().values():
        assert "ada" not in str(row)
        assert "192.0.2.7" not in str(row)


async def test_a_student_comes_in_by_code_tile_and_four_pictures(browser: Browser, school: TestSchool) -> None:
    room = await _open(school)
    pictures = await new_pictures(school, browser.app.settings.secret_key)
    headers = {"Sec-Fetch-Site": "same-origin"}

    answer = await browser.client.post("/sign-in/class", data={"code": "kite-12"}, headers=headers)
    assert answer.headers["location"] == f"/sign-in/class/{room.code}"
    assert "Sam" in words_of(await browser.follow(answer))

    door = f"/sign-in/class/{room.code}/{school.sam.key}"
    chosen = ""
    for picture in pictures:
        answer = await browser.client.post(door, data={"chosen": chosen, "picture": picture}, headers=headers)
        chosen = f"{chosen},{picture}".strip(",")
    assert (answer.status_code, answer.headers["location"]) == (303, "/lincoln/")
    assert "Sam" in words_of(await browser.client.get("/lincoln/me/account"))


async def test_wrong_pictures_begin_again(browser: Browser, school: TestSchool) -> None:
    room = await _open(school)
    pictures = await new_pictures(school, browser.app.settings.secret_key)
    wrong = [next(name for name in passwords.PICTURES if name != pictures[0]), *pictures[1:]]
    door = f"/sign-in/class/{room.code}/{school.sam.key}"
    sent = {"chosen": ",".join(wrong[:3]), "picture": wrong[3]}
    answer = await browser.client.post(door, data=sent, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 422
    assert sign_in.NO_PICTURE in words_of(answer)
    assert "Picture 1 of 4" in words_of(answer)


async def test_the_youngest_read_their_letters_before_they_are_in(browser: Browser, school: TestSchool) -> None:
    room = await _open(school)
    pages = [f"/sign-in/class/{room.code}", f"/sign-in/class/{room.code}/{school.sam.key}"]
    for grade, early in ((3, False), (2, True), (0, True)):
        await SchoolClass.filter(id=room.id).update(grade=grade)
        await Person.filter(id=school.sam.id).update(grade=grade)
        for page in pages:
            assert ('data-reader="early"' in (await browser.client.get(page)).text) == early, (grade, page)


async def test_names_are_shown_only_while_the_door_is_open(browser: Browser, school: TestSchool) -> None:
    address = f"/sign-in/class/{school.room.code}"
    assert (await browser.client.get(address)).status_code == 404

    room = await _open(school)
    assert "Sam" in (await browser.client.get(address)).text

    await actions.close_door(room, by=school.tom)
    shut = await browser.client.get(address)
    assert shut.status_code == 404
    assert "Sam" not in shut.text


async def test_a_child_whose_class_is_shut_meanwhile_reads_how_to_go_on(browser: Browser, school: TestSchool) -> None:
    room = await _open(school)
    at_sam = f"/sign-in/class/{room.code}/{school.sam.key}"
    assert (await browser.client.get(at_sam)).status_code == 200
    await actions.close_door(room, by=school.tom)

    same = {"Sec-Fetch-Site": "same-origin"}
    answers = [
        await browser.client.post(at_sam, data={"picture": "cat"}, headers=same),
        await browser.client.get(at_sam),
        await browser.client.get(f"/sign-in/class/{room.code}"),
        await browser.client.get("/sign-in/class/KITE0000"),
    ]
    for answer in answers:
        assert answer.status_code == 404
        assert "ask your teacher to open the door" in words_of(answer)
        assert 'action="/sign-in/class"' in answer.text
    assert len({words_of(answer) for answer in answers}) == 1  # a code that nobody has reads the same


async def test_ten_wrong_tries_stop_the_pictures_until_new_ones_are_given(school: TestSchool) -> None:
    await _open(school)
    sam = await _sam(school)
    pictures = await new_pictures(school, KEY)
    room = await sign_in.open_class(school.room.code, dates.now())
    tried = tries.Tried(f"student/{sam.key}", "10.0.0.1", stops=tries.PICTURES_STOP)
    for number in range(10):
        await tries.begin(tried, KEY, dates.now() + timedelta(seconds=61 * number))
    later = dates.now() + timedelta(minutes=20)
    with pytest.raises(Refused):
        await show_pictures(room, sam.key, list(pictures), "10.0.0.2", KEY, later)

    fresh = await new_pictures(school, KEY)
    assert (await show_pictures(room, sam.key, list(fresh), "10.0.0.2", KEY, later)).id == sam.id


async def test_a_tile_of_another_class_is_not_there(school: TestSchool) -> None:
    await _open(school)
    room = await sign_in.open_class(school.room.code, dates.now())
    with pytest.raises(NotFound):
        await sign_in.student_at(room, school.remy.key)


async def test_only_the_teacher_of_a_class_opens_its_door_and_it_is_noted(browser: Browser, school: TestSchool) -> None:
    door = f"/classes/{school.room.key}/door"
    page = await browser.sign_in(school.tom).get(door)
    assert "KITE-12" in words_of(page)
    assert "Sam" in words_of(page)
    assert (await browser.post(door, {"minutes": "30"})).status_code == 303
    assert (await browser.post(door, {"minutes": "600"})).status_code == 422
    assert await AuditEntry.filter(school_id=school.card.id, act="opened class sign-in").count() == 1

    seen_by_specialist = await browser.sign_in(school.ada).get(door)
    assert seen_by_specialist.status_code == 200
    assert "Sam" not in words_of(seen_by_specialist)  # CLS01: the roster is not the specialist's
    for reader in (school.sam, None):
        assert (await browser.sign_in(reader).get(door)).status_code == 404
    assert (await browser.sign_in(school.rosa).get(f"/lincoln{door}")).status_code == 404


async def test_new_pictures_are_shown_once_and_end_the_old_session(browser: Browser, school: TestSchool) -> None:
    await browser.sign_in(school.sam).get("/me/account")
    address = f"/classes/{school.room.key}/students/{school.sam.key}/pictures"
    answer = await browser.sign_in(school.tom).post(address)
    assert answer.status_code == 200
    assert "1." in words_of(answer)
    assert await Session.filter(person_id=school.sam.id).count() == 0
    assert (await browser.sign_in(school.ada).post(address)).status_code == 404


async def test_the_school_admin_reads_who_did_what(browser: Browser, school: TestSchool) -> None:
    await _open(school)
    assert "opened class sign-in" in words_of(await browser.sign_in(school.alma).get("/admin/audit"))
    for reader in (school.ada, school.tom, school.sam, None):
        assert (await browser.sign_in(reader).get("/admin/audit")).status_code == 404


async def test_a_new_password_ends_the_other_sessions(browser: Browser, ada: Reader) -> None:
    await _give_password(ada)
    page = browser.sign_in(ada)
    await page.get("/me/account")
    await Session.create(
        token_hash="0" * 64,
        person_id=ada.id,
        made_at=dates.now(),
        seen_at=dates.now(),
        ends_at=dates.now() + timedelta(hours=1),
    )
    refused = await page.post("/me/account", {"current": "nonsense", "password": "nine otters upstream"})
    assert "That is not your password now." in words_of(refused)
    assert (await page.post("/me/account", {"current": GOOD, "password": "nine otters upstream"})).status_code == 303
    assert await Session.filter(person_id=ada.id).count() == 1


async def test_who_guesses_a_password_in_an_open_session_is_counted_too(browser: Browser, tom: Reader) -> None:
    await _give_password(tom)
    page = browser.sign_in(tom)
    new = "nine otters upstream"
    for number in range(6):
        await page.post("/me/account", {"current": f"guess {number}", "password": new})
    refused = await page.post("/me/account", {"current": GOOD, "password": new})
    assert (refused.status_code, "wait a minute" in words_of(refused)) == (422, True)
    await SignInTry.all().update(blocked_until=None)
    assert (await page.post("/me/account", {"current": GOOD, "password": new})).status_code == 303
    assert await SignInTry.filter(scope="account").count() == 0


async def test_class_codes_are_not_guessed_by_address_either(browser: Browser, school: TestSchool) -> None:
    room = await _open(school)
    address = f"/sign-in/class/{room.code}"
    assert (await browser.client.get(address)).status_code == 200
    assert await SignInTry.all().count() == 0  # who is right writes nothing
    await actions.close_door(room, by=school.tom)
    assert (await browser.client.get(address)).status_code == 404
    assert await SignInTry.all().count() == 0  # nor does a class that comes back to a shut door
    await _open(school)
    same = {"Sec-Fetch-Site": "same-origin"}
    assert (await browser.client.get("/sign-in/class/KITE0000")).status_code == 404
    assert (await browser.client.post("/sign-in/class/KITE0001/x", headers=same)).status_code == 404
    row = await SignInTry.get(scope="address")
    assert row.failures == 2
    await SignInTry.filter(id=row.id).update(failures=600)
    assert (await browser.client.get(address)).status_code == 404


async def test_a_whole_school_that_signs_in_leaves_the_pages_their_room(browser: Browser) -> None:
    """SAFETY.md, O3."""
    async with AsyncExitStack() as stack:
        for _ in range(passwords.AT_ONCE):
            await stack.enter_async_context(passwords._room())
        asked = [asyncio.ensure_future(send(browser, "/sign-in", login=f"t{n}", password=GOOD)) for n in range(AT_WORK)]
        done, _ = await asyncio.wait(asked, timeout=1)
        assert not done
        async with asyncio.timeout(5):
            assert (await browser.client.get("/lincoln/lists")).status_code == 200
    assert {(await each).status_code for each in asked} == {422}
