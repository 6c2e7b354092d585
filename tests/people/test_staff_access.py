"""Links to choose a password with, who makes them for whom, and the staff page of admins."""

import re
from datetime import timedelta

import pytest

from engage import dates
from engage.people import passwords, staff_access, tries
from engage.people.models import AuditEntry, Person, Session
from engage.people.rules import Role
from engage.people.sign_in_models import Invitation, SecondFactor
from tests import make
from tests.people.entering import GOOD, came_in, give_password, handed, row_of, send
from tests.people.test_second_factor import app_of, with_app
from tests.school import as_reader, words_of

NEW = "nine otters upstream"


async def link_for(browser, by, reader):
    """The link that an admin makes for one of the staff."""
    page = await browser.sign_in(by).post(f"/admin/staff/{reader.key}/link")
    assert page.status_code == 200, words_of(page)
    (link,) = re.findall(r"<code>(https://engage\.test/sign-in/invitation#[0-9a-z]{32})</code>", page.text)
    browser.sign_out()
    return link


async def test_new_staff_choose_their_own_password_by_a_link_that_works_once(browser, school):
    link = await link_for(browser, school.alma, school.tom)
    page = await browser.client.get("/sign-in/invitation")
    assert page.status_code == 200
    asked = await send(browser, "/sign-in/invitation", card=link)
    assert "Hello, Tom Reyes" in words_of(asked)
    short = await send(browser, "/sign-in/password", handed=handed(asked), password="short")
    assert "at least 15 characters" in words_of(short)
    done = await send(browser, "/sign-in/password", handed=handed(short), password=NEW)
    assert (came_in(done), done.headers["location"]) == (True, "/lincoln/")
    assert await passwords.fits(NEW, (await row_of(school.tom)).password_hash)
    for again in (await send(browser, "/sign-in/invitation", card=link),):
        assert (again.status_code, staff_access.NO_LINK in words_of(again)) == (422, True)
    assert (await send(browser, "/sign-in/password", handed=handed(asked), password="x" * 30)).status_code == 422
    acts = await AuditEntry.filter(school_id=school.card.id, about_id=school.tom.id).values_list("act", flat=True)
    assert set(acts) == {"made a sign-in link", "chose a password"}


async def test_a_link_ends_after_three_days_and_by_a_newer_one(browser, school):
    first = await link_for(browser, school.alma, school.tom)
    second = await link_for(browser, school.alma, school.tom)
    assert (await send(browser, "/sign-in/invitation", card=first)).status_code == 422
    assert (await send(browser, "/sign-in/invitation", card=second)).status_code == 200
    await Invitation.all().update(ends_at=dates.now() - timedelta(seconds=1))
    assert (await send(browser, "/sign-in/invitation", card=second)).status_code == 422
    assert await staff_access.forget_old_invitations(dates.now()) == 1


async def test_no_link_is_in_the_table_nor_is_one_guessed(browser, school):
    link = await link_for(browser, school.alma, school.tom)
    assert link.partition("#")[2] not in str(await Invitation.all().values())
    for wrong in ("x", "0" * 32, link[:-1] + ("0" if link[-1] != "0" else "1")):
        assert (await send(browser, "/sign-in/invitation", card=wrong)).status_code == 422


async def test_a_link_for_an_admin_leads_on_to_the_second_step(browser, school):
    link = await link_for(browser, school.dora, school.alma)
    asked = await send(browser, "/sign-in/invitation", card=link)
    step = await send(browser, "/sign-in/password", handed=handed(asked), password=NEW)
    assert not came_in(step)
    assert "Set up a second step" in words_of(step)
    app = app_of(step)
    assert came_in(await send(browser, "/sign-in/second-step", handed=handed(step), secret_code=app()))


async def test_a_link_does_not_get_around_a_second_step(browser, school):
    key = browser.app.settings.secret_key
    await with_app(school.tom, key)
    link = await link_for(browser, school.alma, school.tom)
    asked = await send(browser, "/sign-in/invitation", card=link)
    step = await send(browser, "/sign-in/password", handed=handed(asked), password="kingfisher 9")
    assert not came_in(step)
    assert "Now the code" in words_of(step)


@pytest.mark.parametrize(
    ("who", "whom", "may"),
    [
        ("alma", "tom", True),
        ("alma", "ada", True),
        ("alma", "vera", True),
        ("alma", "alma", False),
        ("alma", "dora", False),
        ("alma", "rosa", False),
        ("alma", "sam", False),
        ("dora", "tom", True),
        ("dora", "alma", True),
        ("dora", "dora", False),
        ("ada", "tom", False),
        ("tom", "ada", False),
        ("vera", "tom", False),
        ("sam", "tom", False),
        ("rosa", "tom", False),
    ],
)
async def test_who_lets_whom_in_follows_from_the_roles(browser, school, who, whom, may):
    person = getattr(school, whom)
    for act in ("link", "let-go", "second-step"):
        answer = await browser.sign_in(getattr(school, who)).post(f"/lincoln/admin/staff/{person.key}/{act}")
        refused = 403 if who == whom and who in ("alma", "dora") else 404  # CLS10: x of oneself
        assert answer.status_code == ((200 if act == "link" else 303) if may else refused), act


async def test_nobody_comes_into_an_account_that_may_more_at_another_school(browser, school):
    tess = await make.person("Tess", Role.TEACHER, school.lincoln, login="tess")
    await make.membership(tess, Role.SCHOOL_ADMIN, school.roosevelt)
    reader = await as_reader(tess, "lincoln")
    assert (await browser.sign_in(school.alma).post(f"/admin/staff/{reader.key}/link")).status_code == 404
    assert (await browser.sign_in(school.dora).post(f"/admin/staff/{reader.key}/link")).status_code == 200


async def test_nobody_comes_into_an_account_that_opens_another_school(browser, school):
    tess = await make.person("Tess", Role.TEACHER, school.lincoln, login="tess")
    await make.membership(tess, Role.SPECIALIST, school.roosevelt)
    reader = await as_reader(tess, "lincoln")
    for act in ("link", "let-go", "second-step"):
        answer = await browser.sign_in(school.alma).post(f"/admin/staff/{reader.key}/{act}")
        assert answer.status_code == 404, act
    assert (await browser.sign_in(school.dora).post(f"/admin/staff/{reader.key}/link")).status_code == 200


async def test_a_link_is_made_by_who_has_just_shown_who_they_are(browser, school):
    alma = browser.sign_in(school.alma)
    await alma.get("/admin/staff")
    await Session.all().update(proved_at=dates.now() - timedelta(minutes=11))
    answer = await alma.post(f"/admin/staff/{school.tom.key}/link")
    assert answer.headers["location"] == "/lincoln/me/prove?next=%2Flincoln%2Fadmin%2Fstaff"
    assert await Invitation.all().count() == 0


async def test_who_lost_the_phone_starts_anew(browser, school):
    key = browser.app.settings.secret_key
    await give_password(school.tom)
    await with_app(school.tom, key)
    alma = browser.sign_in(school.alma)
    assert (await alma.post(f"/admin/staff/{school.tom.key}/second-step")).status_code == 303
    assert await SecondFactor.all().count() == 0
    assert (await row_of(school.tom)).password_hash == ""  # it may have been too short alone
    assert (await send(browser, "/sign-in", login="tom", password=GOOD)).status_code == 422


async def test_an_account_that_was_stopped_is_seen_and_let_go(browser, school):
    key = browser.app.settings.secret_key
    await give_password(school.tom)
    for number in range(50):
        moment = dates.now() - timedelta(hours=2) + timedelta(seconds=61 * number)
        await tries.begin(tries.Tried("staff/tom", "10.0.0.1"), key, moment)
    assert not came_in(await send(browser, "/sign-in", login="tom", password=GOOD))
    alma = browser.sign_in(school.alma)
    assert "Too many wrong passwords" in words_of(await alma.get("/admin/staff"))
    assert (await alma.post(f"/admin/staff/{school.tom.key}/let-go")).status_code == 303
    assert "Too many wrong passwords" not in words_of(await alma.get("/admin/staff"))
    browser.sign_out()
    assert came_in(await send(browser, "/sign-in", login="tom", password=GOOD))


async def test_admins_sign_staff_out_and_nobody_else_does(browser, school):
    await browser.sign_in(school.tom).get("/me/account")
    path = f"/lincoln/admin/staff/{school.tom.key}/sign-out"
    for reader in (school.ada, school.sam, school.vera, school.rosa, None):
        assert (await browser.sign_in(reader).post(path)).status_code == 404
    assert await Session.filter(person_id=school.tom.id).count() == 1
    assert (await browser.sign_in(school.alma).post(path)).status_code == 303
    assert await Session.filter(person_id=school.tom.id).count() == 0


async def test_the_staff_page_shows_this_school_in_steady_statements(browser, school, statements):
    alma = browser.sign_in(school.alma)
    page = words_of(await alma.get("/admin/staff"))
    for name in ("Ada Okafor", "Tom Reyes", "Vera Lind", "Dora Quist"):
        assert name in page
    assert "Rosa Hale" not in page
    assert "Sam" not in page
    statements.forget()
    await alma.get("/admin/staff")
    few = len(statements)
    for number in range(30):
        await make.person(f"Zoe {number}", Role.TEACHER, school.lincoln, login=f"zoe{number}")
    statements.forget()
    await alma.get("/admin/staff")
    assert len(statements) == few <= 20
    for reader in (school.ada, school.tom, school.sam, school.vera, None):
        assert (await browser.sign_in(reader).get("/admin/staff")).status_code == 404


async def test_many_staff_have_pages_of_a_hundred(browser, school):
    for number in range(105):
        await make.person(f"Zoe {number:03}", Role.TEACHER, school.lincoln, login=f"zoe{number}")
    first = await browser.sign_in(school.alma).get("/admin/staff")
    (more,) = re.findall(r'href="/lincoln(/admin/staff\?after=[^"]+)"', first.text)
    second = await browser.get(more)
    assert "Zoe 104" in words_of(second)
    assert "Zoe 104" not in words_of(first)
    assert await Person.filter(school_id=school.card.id, login__isnull=False).count() == 110
