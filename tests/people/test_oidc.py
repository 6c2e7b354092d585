"""Signing in with an account elsewhere, from the page of signing in to the session, with an issuer that lies."""

import base64
import hmac
import json
import time
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from joserfc import jwk, jwt

from engage import dates
from engage.people import oidc_issuer
from engage.people.models import AuditEntry, Person, Session, SignInTry
from engage.people.oidc_attempts import forget_old_uses
from engage.people.oidc_models import OidcLink, OidcUse
from engage.people.roster_asking import Hashing
from engage.people.roster_models import RosterId
from engage.people.roster_rules import What
from engage.people.rules import Role, Status
from tests import make
from tests.loopback import honest, key
from tests.people.entering import came_in, session_of
from tests.people.issuer import CLIENT, KEY, SECRET, agreed, come_back, go, sign_in
from tests.school import words_of

NO = "That account opens nothing here"


async def join(browser, provider, site="same-origin"):
    return await browser.get(f"/me/account/connect/{provider.key}", headers={"Sec-Fetch-Site": site})


def give(browser, cookies):
    for name, value in cookies.items():
        browser.client.cookies.set(name, value, domain="engage.test")


async def test_a_teacher_signs_in_by_the_verified_email_once_and_by_the_account_from_then_on(
    browser, school, issuer, provider
):
    page = await browser.client.get("/sign-in?next=/lincoln/lists")
    assert "Sign in with Hill ID" in words_of(page)
    assert f"/sign-in/oidc/{provider.key}?next=%2Flincoln%2Flists" in page.text
    there = await go(browser, provider, "?next=/lincoln/lists")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
    assert there.startswith(f"{issuer.base}/auth?tenant=one&")
    assert (asked["client_id"], asked["response_type"], asked["scope"]) == (CLIENT, "code", "openid email")
    assert asked["redirect_uri"] == f"https://engage.test/sign-in/oidc/{provider.key}/back"
    assert await OidcUse.all().count() == 0  # GET changes nothing

    back = await come_back(browser, provider, issuer.allow(there))
    assert (came_in(back), back.headers["location"]) == (True, "/lincoln/lists")
    made = await session_of(browser)
    assert (made.person_id, made.way, made.proved_at) == (school.tom.id, "account elsewhere", None)
    (form,) = issuer.forms
    assert base64.b64decode(form["authorization"].removeprefix("Basic ")).decode() == (
        "engage:a%20secret%20of%20the%20tests%20%2F%20only"
    )
    assert len(form["code_verifier"]) >= 43
    link = await OidcLink.get()
    assert (link.person_id, link.proved) == (school.tom.id, False)
    assert "account" not in link.hash
    assert await AuditEntry.filter(school_id=school.card.id, act="joined an account elsewhere").count() == 1

    # the e-mail is not looked at again: the account is the person's
    issuer.claims = {"email": "reyes@school.example"}
    browser.sign_out()
    assert came_in(await sign_in(browser, provider, issuer))
    assert await SignInTry.filter(failures__gt=0).count() == 0
    assert issuer.asked.count("/.well-known/openid-configuration") == issuer.asked.count("/keys") == 1


async def test_an_email_that_moves_to_another_account_is_refused(browser, issuer, provider):
    assert came_in(await sign_in(browser, provider, issuer))
    browser.sign_out()
    issuer.claims = {"sub": "account 2"}
    moved = await sign_in(browser, provider, issuer)
    assert (moved.status_code, came_in(moved)) == (422, False)
    assert NO in words_of(moved)
    assert await OidcLink.all().count() == 1


async def test_whoever_is_not_to_come_in_reads_one_sentence_and_nobody_is_made(browser, school, issuer, provider):
    """Unknown, gone, of another school, at two schools, an admin, without a verified e-mail, a student."""
    await make.person("Hal", Role.TEACHER, school.hill, login="hal@hill.example")
    two = await make.person("Two", Role.TEACHER, school.lincoln, login="two@school.example")
    await make.membership(two, Role.TEACHER, school.hill)
    gone = await make.person("Gone", Role.TEACHER, school.lincoln, login="gone@school.example")
    await Person.filter(school_id=school.card.id, id=gone.id).update(status=Status.GONE)
    await make.person("Twice", Role.TEACHER, school.lincoln, login="twice@school.example")
    await Person.filter(school_id=school.card.id, id=school.vera.id).update(email="twice@school.example")
    await Person.filter(school_id=school.card.id, id=school.alma.id).update(email="alma@school.example")
    pages = set()
    for email, more in [
        ("nobody@school.example", {}),
        ("hal@hill.example", {}),
        ("two@school.example", {}),
        ("gone@school.example", {}),
        ("twice@school.example", {}),
        ("alma@school.example", {}),
        ("tom@school.example", {"email_verified": False}),
        (None, {}),
    ]:
        issuer.claims = {"email": email, "sub": f"of {email}", **more}
        back = await sign_in(browser, provider, issuer)
        assert (back.status_code, came_in(back)) == (422, False), email
        pages.add(words_of(back))
    assert len(pages) == 1
    assert NO in pages.pop()
    assert (await OidcLink.all().count(), await Session.all().count()) == (0, 0)
    # each was counted: by account, and by the address twice over
    assert await SignInTry.filter(scope="account", failures=1).count() == 8
    assert (await SignInTry.get(scope="address")).failures == 16


def unsigned(claims):
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts) + "."


def by_public_key(claims):
    """The attack on those who take a public key for a shared secret; no library helps with it."""
    parts = [{"alg": "HS256", "kid": "first"}, claims]
    signed = ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts)
    made = hmac.digest(key("first").as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


def by_client_secret(claims):
    return jwt.encode({"alg": "HS256"}, claims, jwk.OctKey.import_key(SECRET), algorithms=["HS256"])


def by_a_key_of_its_own(claims):
    other = key("other")
    header = {"alg": "RS256", "kid": "first", "jwk": other.as_dict(private=False)}
    return jwt.encode(header, claims, other, algorithms=["RS256"])


async def test_a_token_that_lies_opens_nothing(browser, issuer, provider):
    now = int(time.time())
    lies = {
        "another nonce": {"claims": {"nonce": "another"}},
        "no nonce": {"claims": {"nonce": None}},
        "for another": {"claims": {"aud": "another"}},
        "for several": {"claims": {"aud": ["another", CLIENT]}},
        "expired": {"claims": {"exp": now - 120, "iat": now - 400}},
        "of another issuer": {"claims": {"iss": "https://accounts.google.com"}},
        "unsigned": {"sign": unsigned},
        "signed by the public key": {"sign": by_public_key},
        "signed by our secret": {"sign": by_client_secret},
        "signed by a key that it brings": {"sign": by_a_key_of_its_own},
        "an unknown key": {"sign": lambda claims: honest(claims, "other")},
        "no token": {"sign": lambda claims: 7},
        "not a token": {"sign": lambda claims: "a.b.c"},
        "changed": {"sign": lambda claims: honest(claims)[:-8] + "AAAAAAAA"},
    }
    for name, lie in lies.items():
        issuer.claims, issuer.sign = lie.get("claims", {}), lie.get("sign")
        back = await sign_in(browser, provider, issuer)
        assert (back.status_code, came_in(back)) == (422, False), name
        assert NO in words_of(back), name
    assert issuer.asked.count("/keys") == 1  # an unknown key is looked for once a minute, not at each try
    issuer.claims, issuer.sign = {}, None
    assert came_in(await sign_in(browser, provider, issuer))


async def test_a_new_key_is_looked_for_once(browser, issuer, provider, monkeypatch):
    assert came_in(await sign_in(browser, provider, issuer))
    monkeypatch.setattr(oidc_issuer, "AGAIN", 0.0)
    issuer.shown, issuer.signs = ["first", "ec new"], "ec new"
    assert came_in(await sign_in(browser, provider, issuer))
    assert issuer.asked.count("/keys") == 2
    assert came_in(await sign_in(browser, provider, issuer))
    assert issuer.asked.count("/keys") == 2


async def test_an_attempt_comes_back_once_to_the_browser_that_began_it(browser, school, issuer, provider):
    there = await go(browser, provider)
    cookies = dict(browser.client.cookies)
    (name,) = [one for one in cookies if "oidc-" in one]
    assert name.startswith("__Host-oidc-")
    query = issuer.allow(there)
    browser.client.cookies.clear()
    assert not came_in(await come_back(browser, provider, query))  # another browser
    assert issuer.forms == []

    give(browser, cookies)
    other = await agreed(school.lincoln, issuer)
    assert not came_in(await come_back(browser, other, query))  # another provider: mixed up on purpose
    assert not came_in(await come_back(browser, provider, query.replace("state=", "state=x")))
    assert issuer.forms == []
    assert came_in(await come_back(browser, provider, query))
    assert name not in browser.client.cookies

    # the same once more, with the cookie that was kept and a code that is good anew
    browser.sign_out()
    give(browser, cookies)
    issuer.codes["code0"] = {"nonce": parse_qs(urlsplit(there).query)["nonce"][0]}
    again = await come_back(browser, provider, query)
    assert (again.status_code, came_in(again)) == (422, False)
    assert len(issuer.forms) == 1
    assert await forget_old_uses(dates.now() + timedelta(hours=1)) == 1


async def test_an_attempt_is_over_after_ten_minutes(browser, issuer, provider, monkeypatch):
    query = issuer.allow(await go(browser, provider))
    later = dates.now() + timedelta(minutes=10, seconds=1)
    monkeypatch.setattr(dates, "now", lambda: later)
    assert not came_in(await come_back(browser, provider, query))
    assert issuer.forms == []


async def test_an_issuer_that_names_itself_beside_the_code_must_be_the_one(browser, issuer, provider):
    issuer.told = {"authorization_response_iss_parameter_supported": True}
    for said in ("", "&iss=https%3A%2F%2Fevil.example"):
        assert not came_in(await come_back(browser, provider, issuer.allow(await go(browser, provider)) + said))
    right = f"&iss={issuer.base}"
    assert came_in(await come_back(browser, provider, issuer.allow(await go(browser, provider)) + right))


async def test_an_issuer_that_says_no_or_is_away_or_is_none(browser, issuer, provider):
    await go(browser, provider)
    state = parse_qs(urlsplit(await go(browser, provider)).query)["state"][0]
    assert NO in words_of(await come_back(browser, provider, f"error=access_denied&state={state}"))
    oidc_issuer.forget()
    for told in ({"issuer": "https://other.example"}, {"token_endpoint": "http://other.example/t"}, {"jwks_uri": 7}):
        issuer.told = told
        assert (await browser.client.get(f"/sign-in/oidc/{provider.key}")).status_code == 422, told
    # an address inside that the operator has not named is never visited
    browser.app.settings = replace(browser.app.settings, allowed_outside=frozenset())
    asked = len(issuer.asked)
    away = await browser.client.get(f"/sign-in/oidc/{provider.key}")
    assert "does not answer right now" in words_of(away)
    assert len(issuer.asked) == asked
    assert (await browser.client.get("/sign-in/oidc/nothing")).status_code == 404
    provider.on = False
    await provider.save()
    assert (await browser.client.get(f"/sign-in/oidc/{provider.key}")).status_code == 404
    assert "Hill ID" not in words_of(await browser.client.get("/sign-in"))


async def test_a_student_comes_in_by_the_id_of_the_roster_for_a_short_session(browser, school, issuer, provider):
    await provider.update_from_dict({"students": True, "student_claim": "sourcedId"}).save()
    digest = Hashing(KEY, school.card.id).of(What.PERSON, "4711")
    of = {"school_id": school.card.id, "what": What.PERSON, "hash": digest, "role": "student"}
    await RosterId.create(**of, person_id=school.sam.id)
    issuer.claims = {"email": None, "sourcedId": "4711", "sub": "sam"}
    assert came_in(await sign_in(browser, provider, issuer))
    made = await session_of(browser)
    assert (made.person_id, made.ends_at - made.made_at) == (school.sam.id, timedelta(hours=8))
    issuer.claims = {"email": None, "sourcedId": "4712", "sub": "another"}
    assert not came_in(await sign_in(browser, provider, issuer))
    # who works at a school is never let in as a child
    await make.membership(await Person.get(school_id=school.card.id, id=school.sam.id), Role.TEACHER, school.lincoln)
    browser.sign_out()
    await OidcLink.all().delete()
    issuer.claims = {"email": None, "sourcedId": "4711", "sub": "sam"}
    assert not came_in(await sign_in(browser, provider, issuer))


async def test_what_one_has_shown_elsewhere_just_now_counts_as_proof(browser, school, issuer, provider):
    await sign_in(browser, provider, issuer)
    prove = await browser.client.get("/lincoln/me/prove?next=/lincoln/me/account")
    assert "Show it with Hill ID" in words_of(prove)
    there = await go(browser, provider, "?next=/lincoln/me/account&again=1")
    assert "prompt=login" in there
    assert "max_age=0" in there
    issuer.claims = {"auth_time": int(time.time()) - 3_600}
    await come_back(browser, provider, issuer.allow(there))
    assert (await session_of(browser)).proved_at is None
    issuer.claims = {"auth_time": int(time.time())}
    await sign_in(browser, provider, issuer, "?again=1")
    assert (await session_of(browser)).proved_at is not None
    assert await Session.filter(person_id=school.tom.id).count() == 1


async def test_an_admin_joins_the_account_and_still_shows_the_code(browser, school, issuer, provider):
    await Person.filter(school_id=school.card.id, id=school.alma.id).update(email="alma@school.example")
    issuer.claims = {"email": "alma@school.example", "sub": "alma"}
    browser.sign_in(school.alma)
    assert "Join it to my account" in words_of(await browser.get("/me/account"))
    gone = await join(browser, provider)
    back = await come_back(browser, provider, issuer.allow(gone.headers["location"]))
    assert back.headers["location"] == "/lincoln/me/account"
    assert (await OidcLink.get()).proved
    browser.sign_out()
    there = await sign_in(browser, provider, issuer)
    assert (there.status_code, came_in(there)) == (200, False)  # the second step is to be set up first
    assert "app" in words_of(there)

    # nobody else's account, and nobody else's browser
    await browser.sign_in(school.tom).get("/me/account")
    gone = await join(browser, provider)
    taken = await come_back(browser, provider, issuer.allow(gone.headers["location"]))
    assert "belongs to somebody else" in words_of(await browser.follow(taken))
    gone = await join(browser, provider)
    query = issuer.allow(gone.headers["location"])
    kept = {name: value for name, value in browser.client.cookies.items() if "oidc-" in name}
    browser.sign_in(school.alma)
    await browser.be_known()
    give(browser, kept)
    issuer.claims = {"sub": "free"}
    joined = await OidcLink.get()
    await come_back(browser, provider, query)
    assert (await OidcLink.get()).hash == joined.hash
    parted = await browser.sign_in(school.alma).post(f"/me/account/disconnect/{provider.key}")
    assert parted.status_code == 303
    assert await OidcLink.all().count() == 0
    assert (await join(browser.sign_in(school.sam), provider)).status_code == 404


async def test_no_other_site_makes_somebody_join_an_account(browser, school, issuer, provider):
    """It could have signed an account of its own in at the issuer before, and would open Tom's from then on."""
    browser.sign_in(school.tom)
    site = "Sec-Fetch-Site"
    for headers in ({site: "cross-site"}, {site: "none"}, {}, {"Referer": "https://engage.test.evil.test/"}):
        led = await browser.get(f"/me/account/connect/{provider.key}", headers=headers)
        assert led.headers["location"] == "/lincoln/me/account", headers
        assert "oidc-" not in led.headers.get("set-cookie", "")
    own = {"Referer": "https://engage.test/lincoln/me/account"}
    gone = await browser.get(f"/me/account/connect/{provider.key}", headers=own)
    assert gone.headers["location"].startswith(issuer.base)
