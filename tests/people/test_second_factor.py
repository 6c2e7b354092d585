"""L1: the second factor of staff, needed by admins, and what stands in for it."""

import base64
import re
from datetime import timedelta

import pytest

from engage import dates
from engage.errors import Refused
from engage.people import one_time_codes, passwords, second_factor, sign_in
from engage.people.models import AuditEntry, Person, Session
from engage.people.rules import Role, Way
from engage.people.sign_in_models import RecoveryCode, SecondFactor
from tests import make
from tests.people.entering import GOOD, SAME, came_in, give_password, handed, row_of, send, session_of
from tests.school import words_of

KEY = "k" * 40
SHORT = "kingfisher 9"


def app_of(answer):
    """What an app makes of the page: its codes, by how many steps from now."""
    (typed,) = re.findall(r"<code>([A-Z2-7 ]{39})</code>", answer.text)
    secret = base64.b32decode(typed.replace(" ", ""))
    return lambda steps=0: one_time_codes.code_at(secret, one_time_codes.step_of(dates.now()) + steps)


async def with_app(reader, key):
    """A second factor that is set up; its secret, and the codes that stand in for it."""
    secret = one_time_codes.new_secret()
    before = dates.now() - timedelta(minutes=5)
    code = one_time_codes.code_at(secret, one_time_codes.step_of(before))
    return secret, await second_factor.set_up(await row_of(reader), secret, code, key, before)


def code_now(secret, steps=0):
    return one_time_codes.code_at(secret, one_time_codes.step_of(dates.now()) + steps)


async def test_l1_an_admin_sets_the_second_step_up_before_the_first_time(browser, school):
    await give_password(school.alma)
    asked = await send(browser, "/sign-in", login="alma", password=GOOD, next="/lincoln/admin/audit")
    assert not came_in(asked)
    assert "So admins also show a code" in words_of(asked)
    app = app_of(asked)
    wrong = await send(browser, "/sign-in/second-step", handed=handed(asked), secret_code="000000")
    assert (wrong.status_code, came_in(wrong)) == (422, False)
    assert app_of(wrong)() == app()  # the same code still, so that nobody has to scan twice
    sent = {"handed": handed(wrong), "secret_code": app(), "next": "/lincoln/admin/audit"}
    done = await send(browser, "/sign-in/second-step", **sent)
    assert came_in(done)
    codes = re.findall(r"<code>([0-9a-z]{5}-[0-9a-z]{5})</code>", done.text)
    assert len(set(codes)) == 10
    assert 'href="/lincoln/admin/audit"' in done.text
    session = await session_of(browser)
    assert session is not None
    assert session.way == Way.CODE
    # the page that stood open sets nothing up a second time
    assert (await send(browser, "/sign-in/second-step", **sent)).status_code == 303
    assert await AuditEntry.filter(school_id=school.card.id, act="set up a second factor").count() == 1


async def test_l1_no_password_alone_lets_an_admin_in(browser, school):
    extra = await make.person("Xan", Role.TEACHER, school.roosevelt, login="xan")
    await make.membership(extra, Role.DISTRICT_ADMIN, school.lincoln)
    await Person.filter(id=extra.id, school_id=school.roosevelt.id).update(password_hash=await passwords.hashed(GOOD))
    for reader in (school.alma, school.dora):
        await give_password(reader)
    for login in ("alma", "dora", "xan"):
        assert not came_in(await send(browser, "/sign-in", login=login, password=GOOD))
    assert await Session.all().count() == 0


async def test_l1_afterwards_a_code_is_asked_for_and_each_is_taken_once(browser, school):
    key = browser.app.settings.secret_key
    await give_password(school.alma)
    secret, _ = await with_app(school.alma, key)
    code = code_now(secret)
    asked = await send(browser, "/sign-in", login="alma", password=GOOD)
    assert "Now the code" in words_of(asked)
    assert not came_in(asked)
    assert not came_in(await send(browser, "/sign-in/code", handed=handed(asked), secret_code="123456"))
    assert came_in(await send(browser, "/sign-in/code", handed=handed(asked), secret_code=code))
    assert not came_in(await send(browser, "/sign-in/code", handed=handed(asked), secret_code=code))


async def test_l1_a_code_that_was_kept_stands_in_once(browser, school):
    key = browser.app.settings.secret_key
    await give_password(school.alma)
    _, codes = await with_app(school.alma, key)
    asked = await send(browser, "/sign-in", login="alma", password=GOOD)
    typed = codes[3].upper().replace("-", " ")
    assert came_in(await send(browser, "/sign-in/code", handed=handed(asked), secret_code=typed))
    assert not came_in(await send(browser, "/sign-in/code", handed=handed(asked), secret_code=typed))
    assert await RecoveryCode.filter(person_id=school.alma.id).count() == 9


async def test_l1_what_the_password_page_hands_on_is_worth_nothing_with_another_password_or_later(browser, school):
    key = browser.app.settings.secret_key
    await give_password(school.alma)
    secret, _ = await with_app(school.alma, key)
    asked = await send(browser, "/sign-in", login="alma", password=GOOD)
    for wrong in ("", "x", handed(asked)[:-2]):
        answer = await send(browser, "/sign-in/code", handed=wrong, secret_code=code_now(secret))
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    await give_password(school.alma, "nine otters upstream")
    answer = await send(browser, "/sign-in/code", handed=handed(asked), secret_code=code_now(secret))
    assert (answer.status_code, came_in(answer)) == (303, False)


async def test_l1_fifty_wrong_codes_stop_the_account_although_the_password_is_right(school):
    await give_password(school.alma)
    secret, _ = await with_app(school.alma, KEY)
    now = dates.now()
    looked_at = 0
    for number in range(70):
        now += timedelta(seconds=61)
        try:
            entering = await sign_in.staff_member("alma", GOOD, "10.0.0.1", KEY, now)
        except Refused:
            continue
        looked_at += 1
        with pytest.raises(Refused):
            await sign_in.staff_code(entering.person, f"{number:06d}", "10.0.0.1", KEY, now)
    assert looked_at == 50
    later = now + timedelta(days=1)
    right = one_time_codes.code_at(secret, one_time_codes.step_of(later))
    alma = await row_of(school.alma)
    with pytest.raises(Refused):
        await sign_in.staff_code(alma, right, "10.0.0.1", KEY, later)


async def test_the_secret_of_an_app_cannot_be_read_in_the_table(school):
    secret, codes = await with_app(school.alma, KEY)
    kept = str(await SecondFactor.all().values()) + str(await RecoveryCode.all().values())
    assert one_time_codes.typed_secret(secret).replace(" ", "") not in kept
    assert secret.hex() not in kept
    assert not any(code in kept or one_time_codes.plain_code(code) in kept for code in codes)
    assert not await second_factor.fits(await row_of(school.alma), code_now(secret), "o" * 40, dates.now())


async def test_a_teacher_may_have_one_and_then_a_password_of_eight(browser, school):
    key = browser.app.settings.secret_key
    await give_password(school.tom)
    tom = browser.sign_in(school.tom)
    short = {"current": GOOD, "password": SHORT}
    assert "at least 15 characters" in words_of(await tom.post("/me/account", short))
    page = await tom.get("/me/second-step")
    app = app_of(page)
    done = await tom.post("/me/second-step", {"handed": handed(page), "secret_code": app()})
    assert "Ten codes, each works once" in words_of(done)
    assert (await tom.post("/me/account", short)).status_code == 303
    assert await passwords.fits(SHORT, (await row_of(school.tom)).password_hash)

    # without it the password has to be long again
    too_short = await tom.post("/me/second-step/without", {"password": SHORT})
    assert "at least 15 characters" in words_of(too_short)
    assert (await tom.post("/me/second-step/without", {"password": "nine otters upstream"})).status_code == 303
    assert await SecondFactor.all().count() == 0
    assert await RecoveryCode.all().count() == 0
    entering = await sign_in.staff_member("tom", "nine otters upstream", "10.0.0.1", key, dates.now())
    assert entering.next is sign_in.Next.IN


async def test_an_admin_does_not_do_without_and_gets_new_codes(browser, school):
    key = browser.app.settings.secret_key
    await give_password(school.alma)
    _, old = await with_app(school.alma, key)
    alma = browser.sign_in(school.alma)
    page = await alma.get("/me/second-step")
    assert "Admins of a school or a district need the second step" in words_of(page)
    assert (await alma.post("/me/second-step/without", {"password": "nine otters upstream"})).status_code == 422
    assert await SecondFactor.all().count() == 1
    fresh = re.findall(r"<code>([0-9a-z]{5}-[0-9a-z]{5})</code>", (await alma.post("/me/second-step/codes")).text)
    assert len(fresh) == 10
    person = await row_of(school.alma)
    assert not await second_factor.fits(person, old[0], key, dates.now())
    assert await second_factor.fits(person, fresh[0], key, dates.now())


async def test_the_second_step_is_changed_by_who_has_just_shown_who_they_are(browser, school):
    await give_password(school.tom)
    tom = browser.sign_in(school.tom)
    await tom.get("/me/account")
    await Session.all().update(proved_at=dates.now() - timedelta(minutes=10))
    for path in ("/me/second-step", "/me/second-step/codes", "/me/second-step/without"):
        answer = await tom.post(path, {"password": "nine otters upstream"})
        assert (answer.status_code, "/me/prove" in answer.headers["location"]) == (303, True)
    for reader in (school.sam, None):
        assert (await browser.sign_in(reader).get("/me/second-step")).status_code == 404


async def test_a_code_of_the_app_shows_once_more_who_one_is(browser, school):
    key = browser.app.settings.secret_key
    await give_password(school.alma)
    secret, _ = await with_app(school.alma, key)
    alma = browser.sign_in(school.alma)
    await alma.get("/me/account")
    await Session.all().update(proved_at=None)
    answer = await browser.client.post("/lincoln/me/prove", data={"secret": code_now(secret)}, headers=SAME)
    assert (answer.status_code, answer.headers["location"]) == (303, "/lincoln/")
    session = await session_of(browser)
    assert session is not None
    assert session.proved_at is not None


@pytest.mark.parametrize(
    ("password", "fine"), [(SHORT, True), ("kingfis", False), ("lincoln1", False), ("password", False)]
)
def test_eight_characters_are_enough_with_a_second_step(password, fine):
    if fine:
        passwords.check_password(password, ("Lincoln School",), two=True)
    else:
        with pytest.raises(Refused):
            passwords.check_password(password, ("Lincoln School",), two=True)
