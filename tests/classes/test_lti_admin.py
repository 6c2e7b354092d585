"""An admin sets up a platform for courses; what is known of people goes with it, and with them."""

import pytest

from engage import dates
from engage.classes.lti_models import LtiLine, LtiLink, LtiPlatform
from engage.database.tenancy import every_school
from engage.lists.models import CuratedList
from engage.people.models import AuditEntry, Session
from tests.classes.platform import CLIENT, DEPLOYMENT, agreed
from tests.school import words_of

WHERE = "/lincoln/admin/platforms"
GIVEN = {
    "name": "Canvas",
    "site": "https://school.instructure.com/courses",
    "issuer": "https://canvas.instructure.com",
    "client_id": CLIENT,
    "deployments": f"5:x, {DEPLOYMENT}",
    "authorize": "https://sso.canvaslms.com/api/lti/authorize_redirect",
    "token": "https://sso.canvaslms.com/login/oauth2/token",
    "keys": "https://sso.canvaslms.com/api/lti/security/jwks",
}


async def rows():
    with every_school("a test looks at all"):
        return await LtiPlatform.all()


async def test_an_admin_sets_up_a_platform_and_copies_our_addresses(browser, school):
    browser.sign_in(school.alma)
    assert "No platform for courses is set up" in words_of(await browser.get("/admin/platforms"))
    page = await browser.get("/admin/platforms/new")
    for ours in ("login", "launch", "choose", "jwks", "config"):
        assert f"https://engage.test/lti/{ours}</code>" in page.text
    kept = await browser.post("/admin/platforms/new", GIVEN)
    (row,) = await rows()
    assert kept.headers["location"] == f"{WHERE}/{row.key}"
    assert (row.site, row.deployments, row.on) == ("https://school.instructure.com", f"5:x {DEPLOYMENT}", False)
    assert "Not open yet" in words_of(await browser.get("/admin/platforms"))

    await browser.post(f"/admin/platforms/{row.key}", {**GIVEN, "name": "Our Canvas", "on": "y"})
    (row,) = await rows()
    assert (row.name, row.on) == ("Our Canvas", True)
    gone = await browser.post(f"/admin/platforms/{row.key}/remove")
    assert (gone.headers["location"], await rows()) == (WHERE, [])
    acts = await AuditEntry.filter(school_id=school.card.id).order_by("id").values_list("act", "detail")
    assert acts == [
        ("added a platform for courses", "Canvas"),
        ("changed a platform for courses", "Our Canvas: name, on"),
        ("took a platform for courses away", "Our Canvas"),
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"token": "http://sso.canvaslms.com/token"}, "This must begin with https://."),
        ({"site": "canvas"}, "This is not a web address."),
        ({"site": "https://a.example;script-src *"}, "This is not a web address."),
        ({"keys": "https://a.example/ x"}, "This is not a web address."),
        ({"deployments": " "}, "Copy the deployment id from the platform."),
        ({"scores": "y"}, "Say which agreement lets the platform hear"),
        ({"whole_district": "y"}, "Only an admin of the district decides"),
    ],
)
async def test_what_would_let_in_or_out_too_much_is_refused(browser, school, change, sentence):
    refused = await browser.sign_in(school.alma).post("/admin/platforms/new", GIVEN | change)
    assert (refused.status_code, sentence in words_of(refused), await rows()) == (422, True, [])


async def test_one_platform_stands_at_one_place(browser, school, canvas):
    await agreed(school.hill, canvas, issuer=GIVEN["issuer"])
    there = await browser.sign_in(school.alma).post("/admin/platforms/new", GIVEN)
    assert (there.status_code, "is here already" in words_of(there)) == (422, True)
    assert len(await rows()) == 1


async def test_only_an_admin_who_has_shown_who_they_are_changes_one(browser, school, canvas, row):
    other = await agreed(school.hill, canvas, client_id="other")
    for reader, status in ((school.ada, 404), (school.tom, 404), (school.sam, 404), (None, 404)):
        browser.sign_in(reader)
        for path in ("/admin/platforms", f"/admin/platforms/{row.key}"):
            assert (await browser.get(path)).status_code == status
    browser.sign_in(school.alma)
    assert (await browser.get(f"/admin/platforms/{other.key}")).status_code == 404
    assert (await browser.get(f"/admin/platforms/{row.key}")).status_code == 200
    await Session.filter(person_id=school.alma.id).update(proved_at=None)
    for path in ("new", row.key):
        assert "/me/prove" in (await browser.get(f"/admin/platforms/{path}")).headers["location"]
    assert "/me/prove" in (await browser.post(f"/admin/platforms/{row.key}/remove")).headers["location"]
    assert len(await rows()) == 2

    # what counts for the whole district is for its admins, at each of its schools
    await row.update_from_dict({"whole_district": True}).save()
    await Session.filter(person_id=school.alma.id).update(proved_at=dates.now())
    assert (await browser.get(f"/admin/platforms/{row.key}")).status_code == 404
    assert "Canvas" in words_of(await browser.get("/admin/platforms"))
    assert (await browser.sign_in(school.dora).get(f"/admin/platforms/{row.key}")).status_code == 200


async def link_and_line(school, row):
    now = dates.now()
    curated = await CuratedList.get(school_id=school.card.id, slug="sea-stories")
    for number, who in (("1", school.sam), ("2", school.tom)):
        of = {"platform_id": row.id, "person_id": who.id, "hash": number * 64, "made_at": now}
        await LtiLink.create(**of, used_at=now)
        await LtiLine.create(**of, school_id=school.card.id, curated_id=curated.id, private="sealed", try_at=now)


async def test_another_platform_knows_nobody_of_the_first(browser, school, canvas, row):
    await link_and_line(school, row)
    browser.sign_in(school.alma)
    same = {**GIVEN, "scores": "y", "agreement": "Of 2026", "issuer": row.issuer, "on": "y"}
    assert (await browser.post(f"/admin/platforms/{row.key}", same)).status_code == 303
    assert await LtiLink.all().count() == await LtiLine.filter(school_id=school.card.id).count() == 2
    assert (await browser.post(f"/admin/platforms/{row.key}", {**same, "scores": ""})).status_code == 303
    assert (await LtiLink.all().count(), await LtiLine.filter(school_id=school.card.id).count()) == (2, 0)
    assert (await browser.post(f"/admin/platforms/{row.key}", {**same, "client_id": "another"})).status_code == 303
    assert await LtiLink.all().count() == 0
