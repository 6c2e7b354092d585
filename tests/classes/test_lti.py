"""Coming in from a course (LTI 1.3), with a platform that lies."""

import re
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from engage import dates
from engage.classes.lti_models import LtiLink
from engage.people.models import AuditEntry, Person, Session, SignInTry
from engage.people.roster_asking import Hashing
from engage.people.roster_models import RosterId
from engage.people.roster_rules import What
from engage.people.rules import Role, Status
from tests import make
from tests.classes.platform import AGS, CROSS, LTI, OURS, TEACHER, begin, come, launch
from tests.loopback import honest
from tests.people.entering import came_in, send, session_of
from tests.people.test_oidc import by_a_key_of_its_own, by_public_key, unsigned
from tests.school import words_of

KEY = "a key that only the tests know, and nobody else"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
FRAME = {"Sec-Fetch-Dest": "iframe"}
SEA = f"{OURS}/lincoln/lists/sea-stories"


async def test_a_student_comes_in_by_the_id_of_the_roster_once_and_by_the_account_from_then_on(
    browser, school, canvas, row
):
    there = await begin(browser, canvas, SEA)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
    assert there.startswith(f"{canvas.base}/auth?of=3&")
    wanted = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
    wanted |= {"login_hint": "535fa085", "lti_message_hint": "a.signed.hint", "redirect_uri": f"{OURS}/lti/launch"}
    assert asked.items() >= wanted.items()

    back = await come(browser, canvas.message(there, SEA))
    assert (back.status_code, back.headers["location"]) == (303, "/sign-in/arrived")
    inside = await browser.follow(back)
    assert (came_in(inside), inside.headers["location"]) == (True, "/lincoln/lists/sea-stories")
    made = await session_of(browser)
    assert (made.person_id, made.way, made.proved_at) == (school.sam.id, "account elsewhere", None)
    assert made.ends_at - made.made_at == timedelta(hours=8)
    link = await LtiLink.get()
    assert (link.person_id, link.proved) == (school.sam.id, False)
    assert await AuditEntry.filter(school_id=school.card.id, act="joined an account of a platform").count() == 1

    # the id is not looked at again: the account is the person's
    canvas.claims = {f"{LTI}lis": {"person_sourcedid": "7858675309"}}
    again = await browser.follow(await launch(browser, canvas))
    assert (came_in(again), again.headers["location"]) == (True, "/lincoln/")
    assert (await session_of(browser)).person_id == school.sam.id
    assert await SignInTry.filter(failures__gt=0).count() == 0
    assert canvas.asked == ["/keys"]


async def test_a_teacher_comes_in_as_staff(browser, school, canvas, row):
    canvas.claims = TEACHER
    inside = await browser.follow(await launch(browser, canvas, SEA))
    assert (came_in(inside), inside.headers["location"]) == (True, "/lincoln/lists/sea-stories")
    assert (await session_of(browser)).person_id == school.tom.id


async def test_a_page_by_which_somebody_arrives_lets_in_once(browser, school, canvas, row):
    back = await launch(browser, canvas)
    kept = dict(browser.client.cookies)
    assert came_in(await browser.follow(back))
    browser.client.cookies.clear()
    for name, value in kept.items():
        browser.client.cookies.set(name, value, domain="engage.test")
    assert not came_in(await browser.follow(back))
    assert await Session.filter(person_id=school.sam.id).count() == 1


def lies(now):
    return {
        "another nonce": {"claims": {"nonce": "another"}},
        "no nonce": {"claims": {"nonce": None}},
        "for another": {"claims": {"aud": "another"}},
        "for several": {"claims": {"aud": ["another", "10000000000002"], "azp": None}},
        "for us by another party": {"claims": {"azp": "another"}},
        "expired": {"claims": {"exp": now - 120, "iat": now - 200}},
        "made six minutes ago": {"claims": {"iat": now - 360}},
        "of another issuer": {"claims": {"iss": "https://canvas.instructure.com"}},
        "of another deployment": {"claims": {f"{LTI}deployment_id": "9:x"}},
        "of no deployment": {"claims": {f"{LTI}deployment_id": None}},
        "of another version": {"claims": {f"{LTI}version": "1.1"}},
        "for nothing that we do": {"claims": {f"{LTI}message_type": "LtiSubmissionReviewRequest"}},
        "for another place": {"claims": {f"{LTI}target_link_uri": "https://engage.test.evil.example/lti/launch"}},
        "for no place": {"claims": {f"{LTI}target_link_uri": None}},
        "of nobody": {"claims": {"sub": None}},
        "unsigned": {"sign": unsigned},
        "signed by the public key": {"sign": by_public_key},
        "signed by a key that it brings": {"sign": by_a_key_of_its_own},
        "an unknown key": {"sign": lambda claims: honest(claims, "other")},
        "not a token": {"sign": lambda claims: "a.b.c"},
        "changed": {"sign": lambda claims: honest(claims)[:-8] + "AAAAAAAA"},
    }


async def test_a_message_that_lies_opens_nothing(browser, canvas, row):
    for name, lie in lies(int(time.time())).items():
        canvas.claims, canvas.sign = lie.get("claims", {}), lie.get("sign")
        back = await launch(browser, canvas)
        assert (back.status_code, came_in(back)) == (422, False), name
        assert "That did not work" in words_of(back), name
        assert "arriving" not in back.headers.get("set-cookie", ""), name
    assert await Session.all().count() == await LtiLink.all().count() == 0
    assert canvas.asked.count("/keys") == 1  # an unknown key is looked for once a minute, not at each try
    canvas.claims, canvas.sign = {"aud": ["another", "10000000000002"]}, None
    assert came_in(await browser.follow(await launch(browser, canvas)))


async def test_a_message_comes_once_to_the_browser_that_began_it(browser, canvas, row, monkeypatch):
    message = canvas.message(await begin(browser, canvas), f"{OURS}/lti/launch")
    cookies = dict(browser.client.cookies)
    (name,) = [one for one in cookies if "lti-" in one]
    assert name.startswith("__Host-lti-")
    set_there = (await browser.client.post("/lti/login", data=canvas.begins())).headers["set-cookie"]
    assert {"Secure", "HttpOnly", "SameSite=none", "Path=/"} <= set(set_there.split("; "))

    browser.client.cookies.clear()
    other = await come(browser, message)  # a browser that did not begin it: a new window, and nobody is in
    assert (other.status_code, "set-cookie" in other.headers and came_in(other)) == (200, False)
    assert "Open in a new window" in words_of(other)
    assert await Session.all().count() == await LtiLink.all().count() == 0

    message = canvas.message(await begin(browser, canvas), f"{OURS}/lti/launch")
    cookies = dict(browser.client.cookies)
    assert came_in(await browser.follow(await come(browser, message)))
    for name, value in cookies.items():
        browser.client.cookies.set(name, value, domain="engage.test")
    again = await come(browser, message)
    assert (again.status_code, "arriving" in again.headers.get("set-cookie", "")) == (422, False)

    late = canvas.message(await begin(browser, canvas), f"{OURS}/lti/launch")
    later = dates.now() + timedelta(minutes=10, seconds=1)
    monkeypatch.setattr(dates, "now", lambda: later)
    assert (await come(browser, late)).status_code == 404


async def test_in_a_frame_nobody_is_signed_in_and_a_button_leads_out(browser, canvas, row):
    asked = canvas.begins(SEA)
    framed = await browser.client.post("/lti/login", data=asked, headers={**CROSS, **FRAME})
    assert (framed.status_code, canvas.asked) == (200, [])  # the platform was not asked: its hint holds once
    policy = framed.headers["content-security-policy"]
    assert f"frame-ancestors {canvas.base};" in policy
    assert "form-action 'self';" in policy
    assert "set-cookie" not in framed.headers
    (again,) = [part.split('"')[1] for part in framed.text.split("href=")[1:] if "/lti/login?" in part]
    assert 'target="_blank" rel="noopener"' in framed.text
    out = await browser.client.get(again.replace("&amp;", "&"), headers={"Sec-Fetch-Dest": "document"})
    assert out.status_code == 303
    inside = await browser.follow(await come(browser, canvas.message(out.headers["location"], SEA)))
    assert (came_in(inside), inside.headers["location"]) == (True, "/lincoln/lists/sea-stories")

    # a browser that let the cookie through in a frame would still lose the session there
    browser.sign_out()
    back = await launch(browser, canvas, SEA, **FRAME)
    assert (back.status_code, "Open in a new window" in words_of(back)) == (200, True)
    assert "arriving" not in back.headers.get("set-cookie", "")


async def test_only_what_somebody_is_in_the_course_counts(browser, school, canvas, row):
    student = {"sub": "1", f"{LTI}roles": ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student"]}
    admin = [
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor",
        "http://purl.imsglobal.org/vocab/lis/v2/system/person#SysAdmin",
    ]
    for claims in (student, {**TEACHER, f"{LTI}roles": admin}, {**TEACHER, f"{LTI}roles": None}):
        canvas.claims = claims
        back = await launch(browser, canvas)
        assert (back.status_code, "neither that you teach" in words_of(back)) == (422, True)
    assert await LtiLink.all().count() == 0


async def test_whoever_is_not_to_come_in_reads_the_same_page_and_nobody_is_made(browser, school, canvas, row):
    """Unknown, unresolved, gone, of another school, learns but works here, teaches but learns here, an admin."""
    two = await make.person("Two", Role.TEACHER, school.lincoln, login="two")
    await make.membership(two, Role.TEACHER, school.hill)
    gone = await make.person("Gone", Role.STUDENT, school.lincoln, grade=3)
    await Person.filter(school_id=school.card.id, id=gone.id).update(status=Status.GONE)
    for number, who, role in (("2", two, "teacher"), ("3", gone, "student"), ("4", school.alma, "teacher")):
        digest = Hashing(KEY, school.card.id).of(What.PERSON, number)
        of = {"school_id": school.card.id, "what": What.PERSON, "hash": digest, "role": role}
        await RosterId.create(**of, person_id=who.id)
    teaches = {f"{LTI}roles": TEACHER[f"{LTI}roles"]}
    people = await Person.filter(school_id=school.card.id).count()
    pages = set()
    for number, more in [
        ("nobody", {}),
        ("$Person.sourcedid", {}),
        (None, {}),
        ("3", {}),
        ("2", teaches),
        ("7858675309", {}),
        ("835203884", teaches),
        ("4", teaches),
    ]:
        canvas.claims = {"sub": f"of {number} {bool(more)}", f"{LTI}lis": {"person_sourcedid": number}, **more}
        back = await launch(browser, canvas)
        assert (back.status_code, "arriving" in back.headers.get("set-cookie", "")) == (200, False), number
        pages.add(back.text)
    assert len(pages) == 1
    assert "Sign in here once" in pages.pop()
    assert (await LtiLink.all().count(), await Session.all().count()) == (0, 0)
    assert await Person.filter(school_id=school.card.id).count() == people
    assert await SignInTry.filter(scope="account", failures=1).count() == 8
    # ids of a platform whose people can change their own say nothing
    await row.update_from_dict({"by_roster": False}).save()
    canvas.claims = {}
    assert "Sign in here once" in words_of(await launch(browser, canvas))


async def test_an_account_is_joined_once_by_somebody_who_shows_who_they_are(browser, school, canvas, row):
    await row.update_from_dict({"by_roster": False}).save()
    await Person.filter(school_id=school.card.id, id=school.tom.id).update(email="tom@school.example")
    canvas.claims = TEACHER
    back = await launch(browser, canvas, SEA)
    assert "/sign-in?next=%2Flti%2Fjoin" in back.text
    assert (await browser.client.get("/lti/join")).status_code == 404  # nobody is in yet
    kept = dict(browser.client.cookies)
    browser.sign_in(school.tom)
    await browser.be_known()
    for name, value in kept.items():
        browser.client.cookies.set(name, value, domain="engage.test")
    page = await browser.client.get("/lti/join")
    assert {"TeacherFirst TeacherLast", "Tom Reyes"} <= set(re.findall(r"<bdi[^>]*>([^<]+)</bdi>", page.text)), (
        page.text
    )
    assert (await browser.client.post("/lti/join", headers=CROSS)).status_code == 403
    assert await LtiLink.all().count() == 0
    joined = await send(browser, "/lti/join")
    assert (joined.status_code, joined.headers["location"]) == (303, "/lincoln/lists/sea-stories")
    link = await LtiLink.get()
    assert (link.person_id, link.proved) == (school.tom.id, True)

    browser.sign_out()
    assert came_in(await browser.follow(await launch(browser, canvas)))
    assert (await session_of(browser)).person_id == school.tom.id

    # nobody else gets it, and who did not prove anything for ten minutes is asked to
    browser.sign_in(school.ada)
    await browser.be_known()
    for name, value in kept.items():
        browser.client.cookies.set(name, value, domain="engage.test")
    assert "belongs to somebody else" in words_of(await send(browser, "/lti/join"))
    await Session.filter(person_id=school.ada.id).update(proved_at=None)
    assert "/me/prove" in (await browser.client.get("/lti/join")).headers["location"]
    assert (await LtiLink.get()).person_id == school.tom.id


async def test_whose_account_is_known_comes_in_only_as_what_they_are_here(browser, school, canvas, row):
    learns, teaches = ({f"{LTI}roles": [f"{MEMBERSHIP}{one}"]} for one in ("Learner", "Instructor"))
    canvas.claims = TEACHER
    assert came_in(await browser.follow(await launch(browser, canvas)))
    canvas.claims = {}
    assert came_in(await browser.follow(await launch(browser, canvas)))
    browser.sign_out()
    assert await LtiLink.all().count() == 2
    for claims in ({**TEACHER, **learns}, teaches):
        canvas.claims = claims
        back = await launch(browser, canvas)
        assert (back.status_code, "Sign in here once" in words_of(back)) == (200, True)
    canvas.claims = {f"{LTI}roles": [f"{MEMBERSHIP}Learner", f"{MEMBERSHIP}Instructor"]}
    assert came_in(await browser.follow(await launch(browser, canvas)))


async def test_what_a_platform_did_not_fill_in_is_nothing(browser, school, canvas, row):
    digest = Hashing(KEY, school.card.id).of(What.PERSON, "$Person.sourcedId")
    await RosterId.filter(school_id=school.card.id, person_id=school.sam.id).update(hash=digest)
    canvas.claims = {f"{LTI}lis": {"person_sourcedid": "$Person.sourcedId"}}
    assert "Sign in here once" in words_of(await launch(browser, canvas))
    for claim in (None, "835203884", [], {"person_sourcedid": None}, {"person_sourcedid": True}):
        canvas.claims = {f"{LTI}lis": claim, f"{LTI}custom": claim, AGS: claim, f"{LTI}context": None}
        assert "Sign in here once" in words_of(await launch(browser, canvas))
    assert await LtiLink.all().count() == 0


async def test_an_admin_who_has_joined_the_account_still_shows_the_code(browser, school, canvas, row):
    canvas.claims = TEACHER
    back = await launch(browser, canvas)
    await browser.follow(back)
    await LtiLink.filter(person_id=school.tom.id).update(person_id=school.alma.id, proved=True)
    browser.sign_out()
    there = await browser.follow(await launch(browser, canvas))
    assert (there.status_code, came_in(there)) == (200, False)
    assert "app" in words_of(there)


@pytest.mark.parametrize("change", [{"on": False}, {"client_id": "another"}])
async def test_a_platform_that_is_not_open_begins_nothing(browser, canvas, row, change):
    begun = canvas.message(await begin(browser, canvas), f"{OURS}/lti/launch")
    await row.update_from_dict(change).save()
    gone = await browser.client.post("/lti/login", data=canvas.begins(), headers=CROSS)
    assert (gone.status_code, "not set up here" in words_of(gone)) == (404, True)
    assert "arriving" not in (await come(browser, begun)).headers.get("set-cookie", "")
    for wrong in ({"target_link_uri": "https://evil.example/"}, {"iss": ""}, {"login_hint": "x" * 1_001}):
        assert (await browser.client.get("/lti/login", params=canvas.begins() | wrong)).status_code == 404


async def test_what_canvas_is_told_of_us(browser):
    told = (await browser.client.get("/lti/config")).json()
    assert (told["oidc_initiation_url"], told["target_link_uri"]) == (f"{OURS}/lti/login", f"{OURS}/lti/launch")
    assert told["scopes"] == ["https://purl.imsglobal.org/spec/lti-ags/scope/score"]
    first = (await browser.client.get("/lti/jwks")).json()
    assert first == (await browser.client.get("/lti/jwks")).json()
    (shown,) = first["keys"]
    assert shown.keys() == {"kty", "n", "e", "kid", "use", "alg"}
