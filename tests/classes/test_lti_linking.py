"""A teacher puts a list into a course, inside the page of the platform (LTI Deep Linking 2.0)."""

import json
import re
from datetime import timedelta
from html import unescape

from joserfc import jwt
from joserfc.jwk import KeySet

from engage import dates
from engage.classes import lti_keys
from engage.classes.lti_models import LtiKey, LtiLink
from engage.lists.models import CuratedList
from engage.people.models import Membership, Session
from engage.people.rules import Role
from tests import make
from tests.classes.platform import CLIENT, DEEP, DEPLOYMENT, LTI, OURS, STUDENT, TEACHER, begin, come, launch
from tests.school import words_of

CHOOSE = f"{OURS}/lti/choose"
FRAME = {"Sec-Fetch-Dest": "iframe"}
SAME = {"Sec-Fetch-Site": "same-origin", "Origin": OURS, **FRAME}


def asks(canvas, **more):
    settings = {
        "deep_link_return_url": f"{canvas.base}/courses/3/deep_linking_response?modal=true",
        "accept_types": ["link", "ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": False,
        "data": "what it wants to have back",
        **more,
    }
    return {
        **TEACHER,
        f"{LTI}message_type": "LtiDeepLinkingRequest",
        f"{DEEP}deep_linking_settings": {name: value for name, value in settings.items() if value is not None},
    }


async def in_frame(browser, canvas):
    """The first page of choosing, as a browser gets it that keeps no cookies of ours in a frame."""
    gone = await browser.client.post("/lti/login", data=canvas.begins(CHOOSE), headers=FRAME)
    browser.client.cookies.clear()
    return await come(browser, canvas.message(gone.headers["location"], CHOOSE), **FRAME)


def hidden(answer, name):
    return unescape(re.search(f'name="{name}" value="([^"]+)"', answer.text)[1])


async def choose(browser, page, **sent):
    return await browser.client.post("/lti/choose", data={"choice": hidden(page, "choice"), **sent}, headers=SAME)


async def read(browser, sent):
    """What a platform reads of an answer, with nothing but the keys that we show."""
    keys = KeySet.import_key_set((await browser.client.get("/lti/jwks")).json())
    return jwt.decode(hidden(sent, "JWT"), keys, algorithms=["RS256"])


async def test_a_teacher_chooses_a_list_in_a_frame_without_cookies(browser, school, canvas, row):
    await make.curated_list(school.ada, "Stars", 1, published=True)
    await make.curated_list(school.ada, "Not ready", 1)
    await row.update_from_dict({"scores": True, "agreement": "Of 2026"}).save()
    canvas.claims = asks(canvas)
    page = await in_frame(browser, canvas)
    assert (page.status_code, await Session.all().count()) == (200, 0)
    assert {"Sea stories", "Stars"} <= set(re.findall(r"<bdi[^>]*>([^<]+)</bdi>", page.text))
    assert "Not ready" not in page.text
    assert ("2 things, by" in words_of(page), "1 thing, by" in words_of(page)) == (True, True)
    assert f"frame-ancestors {canvas.base};" in page.headers["content-security-policy"]
    found = await choose(browser, page, q="sea")
    assert ("Sea stories" in found.text, "Stars" in found.text) == (True, False)

    (key,) = re.findall(r'name="list" value="([^"]+)"', found.text)
    sent = await choose(browser, found, list=key, tells="y")
    policy = sent.headers["content-security-policy"]
    assert f"form-action 'self' {canvas.base};" in policy
    assert f"frame-ancestors {canvas.base};" in policy
    assert f'action="{canvas.base}/courses/3/deep_linking_response?modal=true"' in sent.text
    token = await read(browser, sent)
    assert token.header["kid"]
    claims = token.claims
    assert (claims["iss"], claims["aud"]) == (CLIENT, canvas.base)
    assert claims["exp"] - claims["iat"] == 300
    assert claims["nonce"]
    assert claims[f"{LTI}message_type"] == "LtiDeepLinkingResponse"
    assert claims[f"{LTI}version"] == "1.3.0"
    assert claims[f"{LTI}deployment_id"] == DEPLOYMENT
    assert claims[f"{DEEP}data"] == "what it wants to have back"
    (item,) = claims[f"{DEEP}content_items"]
    assert (item["type"], item["title"]) == ("ltiResourceLink", "Sea stories")
    assert item["url"] == f"{OURS}/lincoln/lists/sea-stories"
    assert item["custom"] == {"list_id": key}
    assert item["lineItem"] == {"scoreMaximum": 1, "label": "Sea stories", "resourceId": key}

    # the next page is as closed as all others are
    other = await browser.client.get("/sign-in")
    assert "frame-ancestors 'none'" in other.headers["content-security-policy"]

    # a link of it leads to the list, also when that is called otherwise by then
    await make_called(school, "tales-of-the-sea")
    canvas.claims = {f"{LTI}custom": item["custom"]}
    inside = await browser.follow(await launch(browser, canvas, item["url"]))
    assert inside.headers["location"] == "/lincoln/lists/tales-of-the-sea"


async def make_called(school, slug):
    await CuratedList.filter(school_id=school.card.id, slug="sea-stories").update(slug=slug)


async def test_a_course_hears_nothing_unless_the_teacher_ticks_it_and_the_school_has_agreed(browser, canvas, row):
    for scores, tick, accepts, there in [
        (True, {"tells": "y"}, True, True),
        (True, {"tells": "y"}, None, True),
        (True, {}, True, False),
        (False, {"tells": "y"}, True, False),
        (True, {"tells": "y"}, False, False),
    ]:
        await row.update_from_dict({"scores": scores, "agreement": "Of 2026"}).save()
        canvas.claims = asks(canvas, accept_lineitem=accepts, data=None)
        page = await in_frame(browser, canvas)
        (key,) = re.findall(r'name="list" value="([^"]+)"', page.text)
        claims = (await read(browser, await choose(browser, page, list=key, **tick))).claims
        assert ("lineItem" in claims[f"{DEEP}content_items"][0]) is there, (scores, tick, accepts)
        assert f"{DEEP}data" not in claims


async def test_a_choice_goes_only_to_the_platform_and_only_where_links_are_taken(browser, canvas, row):
    for more, status in [
        ({"deep_link_return_url": "https://evil.example/take"}, 422),
        ({"deep_link_return_url": None}, 422),
        ({"accept_types": ["file", "html"]}, 422),
        ({"accept_types": None}, 422),
        ({"data": "x" * 4_001}, 422),
        ({}, 200),
    ]:
        canvas.claims = asks(canvas, **more)
        page = await in_frame(browser, canvas)
        assert (page.status_code, 'name="choice"' in page.text) == (status, status == 200), more
        assert "evil" not in page.headers["content-security-policy"]


async def test_who_may_not_put_lists_into_courses_is_told_so(browser, school, canvas, row):
    canvas.claims = {**asks(canvas), **STUDENT, f"{LTI}lis": {"person_sourcedid": "835203884"}}
    assert "puts no lists into courses" in words_of(await in_window(browser, canvas))
    canvas.claims = asks(canvas)
    await Membership.filter(school_id=school.card.id, person_id=school.tom.id).update(role=Role.VIEWER)
    assert "puts no lists into courses" in words_of(await in_frame(browser, canvas))
    await Membership.filter(school_id=school.card.id, person_id=school.tom.id).update(role=Role.TEACHER)
    page = await in_frame(browser, canvas)
    assert 'name="choice"' in page.text
    # who leaves while the page is open chooses nothing any more
    await Membership.filter(school_id=school.card.id, person_id=school.tom.id).update(role=Role.VIEWER)
    assert "took too long" in words_of(await choose(browser, page, q=""))


async def in_window(browser, canvas):
    return await come(browser, canvas.message(await begin(browser, canvas, CHOOSE), CHOOSE))


async def test_somebody_new_joins_the_account_in_a_window_first(browser, school, canvas, row):
    await row.update_from_dict({"by_roster": False}).save()
    canvas.claims = asks(canvas)
    page = await in_frame(browser, canvas)
    assert "Join it to yours in a new window" in words_of(page)
    assert (await LtiLink.all().count(), "lti-join" in page.headers["set-cookie"]) == (0, False)
    assert "Sign in here once" in words_of(await in_window(browser, canvas))


async def test_a_choice_that_is_not_ours_or_too_old_is_none(browser, school, canvas, row, monkeypatch):
    canvas.claims = asks(canvas)
    page = await in_frame(browser, canvas)
    for choice in ("", "x" * 200, hidden(page, "choice")[:-4] + "AAAA"):
        sent = await browser.client.post("/lti/choose", data={"choice": choice}, headers=SAME)
        assert (sent.status_code, "took too long" in words_of(sent)) == (404, True)
    assert (await choose(browser, page, list="nothing")).status_code == 200
    draft = await make.curated_list(school.ada, "Not ready", 1)
    assert 'name="JWT"' not in (await choose(browser, page, list=draft.key)).text
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert (await browser.client.post("/lti/choose", data={}, headers=cross)).status_code == 403
    later = dates.now() + timedelta(minutes=31)
    monkeypatch.setattr(dates, "now", lambda: later)
    assert "took too long" in words_of(await choose(browser, page, q=""))


async def test_our_key_lies_sealed_and_makes_way_for_a_new_one_with_another_secret(browser):
    first = await lti_keys.shown("a secret", dates.now())
    assert await lti_keys.shown("a secret", dates.now()) == first
    kept = (await LtiKey.get()).private
    assert json.dumps(first["n"]) not in kept
    assert (await lti_keys.shown("another secret", dates.now()))["kid"] != first["kid"]
    assert await LtiKey.all().count() == 1
