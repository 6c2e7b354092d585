"""What an admin agrees on with an issuer of accounts, and a school that takes no passwords any more."""

from datetime import timedelta

from engage import dates
from engage.people.models import Membership, Person, Session
from engage.people.oidc_models import OidcLink, OidcProvider
from engage.people.rules import Role
from tests.people.entering import came_in, give_password, send, session_of
from tests.people.issuer import CLIENT, SECRET, agreed, come_back
from tests.school import words_of


async def test_a_school_takes_no_password_of_its_staff_but_of_its_admins(browser, school, issuer, provider):
    for reader in (school.tom, school.vera, school.alma, school.rosa):
        await give_password(reader)
    login = {"password": "seven herons at dusk"}
    assert came_in(await send(browser, "/sign-in", login="tom", **login))
    provider.instead = True
    await provider.save()
    no = await send(browser, "/sign-in", login="tom", **login)
    unknown = await send(browser, "/sign-in", login="nobody", **login)
    assert (no.status_code, came_in(no)) == (422, False)
    assert words_of(no).replace("tom", "nobody") == words_of(unknown)
    assert (await send(browser, "/sign-in", login="alma", **login)).status_code == 200  # on to the second step
    assert came_in(await send(browser, "/sign-in", login="rosa", **login))  # of another school of the district
    await provider.update_from_dict({"whole_district": True}).save()
    browser.sign_out()
    assert not came_in(await send(browser, "/sign-in", login="rosa", **login))
    await Membership.create(school_id=school.hill.id, person_id=school.rosa.id, role=Role.TEACHER)
    assert came_in(await send(browser, "/sign-in", login="rosa", **login))


FORM = {
    "name": "Google",
    "issuer": "https://accounts.google.com",
    "client_id": "c",
    "secret": "s3cret words",
    "staff": "y",
    "domains": "school.example",
}


async def test_an_admin_agrees_with_a_provider_tries_it_and_offers_it(browser, school, issuer):
    base = "/admin/sign-in/elsewhere"
    browser.sign_in(school.alma)
    assert "Nobody signs in with an account elsewhere" in words_of(await browser.get(base))
    for change, sentence in [
        ({"staff": ""}, "Choose who signs in with it."),
        ({"domains": ""}, "Name the domains"),
        ({"secret": ""}, "Type the secret"),
        ({"students": "y"}, "which claim holds"),
        ({"whole_district": "y"}, "Only an admin of the district"),
        ({"issuer": "https://login.microsoftonline.com/common/v2.0"}, "number of your own tenant"),
    ]:
        sent = {name: value for name, value in {**FORM, **change}.items() if value}
        no = await browser.post(f"{base}/new", sent)
        assert (no.status_code, sentence in words_of(no)) == (422, True), change
    sent = FORM | {"issuer": issuer.base, "client_id": CLIENT, "secret": SECRET, "form_key": "once"}
    kept = await browser.post(f"{base}/new", sent)
    await browser.post(f"{base}/new", sent)
    one = await OidcProvider.get(school_id=school.card.id)
    assert (one.on, one.tried_at, SECRET in one.secret) == (False, None, False)
    page = await browser.follow(kept)
    assert f"https://engage.test/sign-in/oidc/{one.key}/back" in page.text
    assert SECRET not in page.text

    changed = {name: value for name, value in sent.items() if name not in ("secret", "form_key")} | {"on": "y"}
    early = await browser.post(f"{base}/{one.key}", changed | {"instead": "y"})
    assert "Try it first" in words_of(early)
    issuer.claims = {"email": "tom@school.example"}
    await Person.filter(school_id=school.card.id, id=school.tom.id).update(email="tom@school.example")
    gone = await browser.get(f"{base}/{one.key}/try")
    back = await come_back(browser, one, issuer.allow(gone.headers["location"]))
    assert "It works. This account is that of Tom Reyes." in words_of(await browser.follow(back))
    assert await OidcLink.all().count() == 0
    assert (await session_of(browser)).person_id == school.alma.id
    assert (await browser.post(f"{base}/{one.key}", changed | {"instead": "y"})).status_code == 303
    one = await OidcProvider.get(school_id=school.card.id)
    assert (one.on, one.instead) == (True, True)

    # another issuer knows nobody, has not been tried, and takes nobody's password away
    await OidcLink.create(
        provider_id=one.id, person_id=school.tom.id, hash="h", made_at=dates.now(), used_at=dates.now()
    )
    other = changed | {"issuer": "https://accounts.google.com", "instead": ""}
    no = await browser.post(f"{base}/{one.key}", {k: v for k, v in other.items() if v})
    assert (no.status_code, "another site now" in words_of(no)) == (422, True)  # it would be shown the old secret
    other |= {"secret": "of the other one"}
    assert (await browser.post(f"{base}/{one.key}", {k: v for k, v in other.items() if v})).status_code == 303
    one = await OidcProvider.get(school_id=school.card.id)
    assert (one.tried_at, one.instead, await OidcLink.all().count()) == (None, False, 0)

    assert (await browser.post(f"{base}/{one.key}/remove")).status_code == 303
    assert await OidcProvider.filter(school_id=school.card.id).count() == 0


async def test_who_may_not_finds_nothing_and_old_proof_is_asked_for_again(browser, school, issuer, provider):
    base = "/admin/sign-in/elsewhere"
    for reader in (school.tom, school.ada, school.sam, school.vera, None):
        browser.sign_in(reader)
        for path in (base, f"{base}/new", f"{base}/{provider.key}", f"{base}/{provider.key}/try"):
            assert (await browser.get(path)).status_code == 404, (reader, path)
        assert (await browser.post(f"{base}/{provider.key}/remove")).status_code == 404
    elsewhere = await agreed(school.hill, issuer)
    whole = await agreed(school.roosevelt, issuer, whole_district=True)
    browser.sign_in(school.alma)
    for key_ in (elsewhere.key, whole.key):  # of another district; of all schools, which is for the district's admins
        assert (await browser.get(f"{base}/{key_}")).status_code == 404
    assert (await browser.sign_in(school.dora).get(f"{base}/{whole.key}")).status_code == 200
    browser.sign_in(school.alma)
    await browser.be_known()
    await Session.filter(person_id=school.alma.id).update(proved_at=dates.now() - timedelta(minutes=11))
    for path in (f"{base}/new", f"{base}/{provider.key}", f"{base}/{provider.key}/try"):
        asked = await browser.get(path)
        assert "/me/prove" in asked.headers["location"], path
    await browser.post(f"{base}/{provider.key}/remove")
    assert await OidcProvider.filter(school_id=school.card.id).count() == 1


async def test_the_page_says_of_each_how_many_accounts_are_known(browser, school, issuer, provider):
    await agreed(school.lincoln, issuer)
    for who in (school.tom, school.ada):
        row = {"provider_id": provider.id, "person_id": who.id, "hash": who.name}
        await OidcLink.create(**row, made_at=dates.now(), used_at=dates.now())
    words = words_of(await browser.sign_in(school.alma).get("/admin/sign-in/elsewhere"))
    assert ("2 accounts known" in words, "0 accounts known" in words) == (True, True)
