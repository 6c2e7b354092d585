"""A course hears that a student has finished a list: once, and nothing else (LTI Assignment and Grade Services 2.0)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import KeySet

from engage import dates
from engage.classes import lti_scores
from engage.classes.lti_models import LtiLine
from engage.classes.lti_scores import scores_of, tell_courses
from engage.lists.models import ListItem
from engage.people.models import AuditEntry, Person, School
from engage.people.rules import Role, Status
from engage.programs.models import ResourceProgress
from tests import make
from tests.classes.platform import AGS, CLIENT, LINE, OURS, STUDENT, TEACHER, launch
from tests.school import words_of

SEA = f"{OURS}/lincoln/lists/sea-stories"
PATH = f"{LINE}/scores?type=1"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"


@pytest_asyncio.fixture
async def hears(row):
    await row.update_from_dict({"scores": True, "agreement": "With the vendor, of 2026"}).save()
    return row


async def finish(school, how_many=2, state="finished"):
    items = ListItem.filter(school_id=school.card.id, curated__slug="sea-stories").order_by("position")
    for resource in (await items.values_list("resource_id", flat=True))[:how_many]:
        of = {"school_id": school.card.id, "person_id": school.sam.id, "resource_id": resource}
        days = {"started_on": dates.today("UTC"), "on": dates.today("UTC")}
        await ResourceProgress.update_or_create(**of, defaults={"state": state, **days})


async def tell(browser, later=timedelta(0)):
    return await tell_courses(browser.app.settings, dates.now() + later)


async def line_of(school):
    return await LtiLine.get(school_id=school.card.id)


async def test_a_course_hears_once_when_everything_is_finished(browser, school, canvas, hears):
    await launch(browser, canvas, SEA)
    line = await line_of(school)
    assert line.person_id == school.sam.id
    assert "line_items" not in line.private
    assert await tell(browser) == 0
    await finish(school, 1)
    assert await tell(browser) == 0
    await finish(school, 2, "stopped")
    assert (await tell(browser), canvas.scores, canvas.forms) == (0, [], [])
    await finish(school)
    begun = dates.now().replace(microsecond=0)
    assert await tell(browser) == 1

    (said,) = canvas.scores
    assert (said["path"], said["authorization"]) == (PATH, "Bearer a token")
    assert said["content-type"] == "application/vnd.ims.lis.v1.score+json"
    at = said["timestamp"]
    assert at.endswith("Z")
    assert len(at) == len("2026-11-30T04:00:00.123Z")
    assert datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone(UTC) >= begun
    assert {name: said[name] for name in said if name[0].islower() and name not in HEADERS} == {
        "path": PATH,
        "userId": STUDENT["sub"],
        "scoreGiven": 1,
        "scoreMaximum": 1,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": at,
    }
    (form,) = canvas.forms
    assert (form["grant_type"], form["scope"]) == ("client_credentials", SCORE)
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    keys = KeySet.import_key_set((await browser.client.get("/lti/jwks")).json())
    claims = jwt.decode(form["client_assertion"], keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["sub"], claims["aud"]) == (CLIENT, CLIENT, f"{canvas.base}/token")
    assert claims["exp"] - claims["iat"] == 300
    assert claims["jti"]

    note = await AuditEntry.get(school_id=school.card.id, act="told a course of a result")
    assert (note.about_id, note.detail) == (school.sam.id, "Canvas: has finished a list")
    # never a second time, also when the link is opened again
    browser.sign_out()
    await launch(browser, canvas, SEA)
    assert (await tell(browser, timedelta(days=1)), len(canvas.scores)) == (0, 1)
    privacy = words_of(await browser.sign_out().get("/privacy"))
    assert "That a student has finished a list" in privacy
    assert "With the vendor, of 2026" in privacy
    assert "this school year there went: that a student has finished a list" in privacy.casefold()


HEADERS = {"content-type", "content-length", "authorization", "accept", "accept-encoding", "user-agent", "connection"}
HEADERS |= {"host"}


async def test_only_where_all_agree_a_course_hears_anything(browser, school, canvas, hears):
    await finish(school)
    for claims in (
        {AGS: None},
        {AGS: {"lineitem": f"{canvas.base}{LINE}", "scope": []}},
        {AGS: {"lineitem": "https://evil.example/line", "scope": [SCORE]}},
        {AGS: {"lineitem": None, "scope": [SCORE], "lineitems": f"{canvas.base}/lines"}},
        TEACHER,
    ):
        canvas.claims = claims
        assert (await launch(browser, canvas, SEA)).status_code == 303, claims
    canvas.claims = {}
    await launch(browser, canvas)  # of no list
    assert await LtiLine.filter(school_id=school.card.id).count() == 0
    await launch(browser, canvas, SEA)
    assert await LtiLine.filter(school_id=school.card.id).count() == 1
    for change in ({"scores": False}, {"on": False}):
        await hears.update_from_dict({"scores": True, "on": True} | change).save()
        assert await tell(browser) == 0
    await hears.update_from_dict({"scores": True, "on": True}).save()
    await Person.filter(school_id=school.card.id, id=school.sam.id).update(status=Status.GONE)
    assert (await tell(browser), canvas.scores) == (0, [])


async def test_a_platform_that_is_away_hears_it_later_and_for_three_days(browser, school, canvas, hears, monkeypatch):
    await launch(browser, canvas, SEA)
    await finish(school)
    canvas.answers = [500, 429, 408, 200]
    assert await tell(browser) == 0
    assert (await tell(browser), len(canvas.scores)) == (0, 1)  # not again at once
    line = await line_of(school)
    assert (line.tries, line.failure) == (1, "It answered 500 to a result.")
    for hours, told in ((1, 0), (2, 0), (3, 1)):
        assert await tell(browser, timedelta(hours=hours)) == told
    stamps = [one["timestamp"] for one in canvas.scores]
    assert (len(stamps), stamps) == (4, sorted(set(stamps)))
    line = await line_of(school)
    assert (line.failure, line.try_at, line.sent_at is None) == ("", None, False)

    await LtiLine.filter(school_id=school.card.id).update(
        sent_at=None, tries=9, try_at=dates.now(), first_at=dates.now()
    )
    canvas.answers = [503]
    began = dates.now()
    monkeypatch.setattr(dates, "now", lambda: began + timedelta(hours=71))
    assert await tell(browser) == 0
    assert (await line_of(school)).try_at is not None
    monkeypatch.setattr(dates, "now", lambda: began + timedelta(hours=79))
    assert await tell(browser) == 0
    line = await line_of(school)
    assert (line.try_at, line.failure) == (None, "Not told in three days. It answered 503 to a result.")
    assert (await tell(browser, timedelta(days=9)), len(canvas.scores)) == (0, 6)


async def test_what_a_platform_refuses_is_shown_to_the_admin_and_not_sent_again(browser, school, canvas, hears):
    await launch(browser, canvas, SEA)
    await finish(school)
    canvas.answers = [404]
    assert (await tell(browser), await tell(browser, timedelta(days=1)), len(canvas.scores)) == (0, 0, 1)
    page = words_of(await browser.sign_in(school.alma).get(f"/admin/platforms/{hears.key}"))
    assert "It answered 404 to a result." in page
    # the student opens the link once more, and it is tried anew
    canvas.answers = [200]
    await launch(browser.sign_out(), canvas, SEA)
    assert await tell(browser) == 1
    assert "It answered 404" not in words_of(await browser.sign_in(school.alma).get(f"/admin/platforms/{hears.key}"))


async def test_without_an_access_token_nothing_is_told(browser, school, canvas, hears):
    await launch(browser, canvas, SEA)
    await finish(school)
    canvas.token = 401
    assert (await tell(browser), canvas.scores) == (0, [])
    line = await line_of(school)
    assert "gives no access token: it answered 401" in line.failure
    assert line.try_at is not None
    # an address inside that the operator has not named is never visited
    browser.app.settings = replace(browser.app.settings, allowed_outside=frozenset())
    asked = len(canvas.asked)
    assert (await tell(browser, timedelta(hours=1)), len(canvas.asked)) == (0, asked)


async def test_two_workers_tell_it_once(browser, school, canvas, hears):
    await launch(browser, canvas, SEA)
    await finish(school)
    now = dates.now()
    lines = await lti_scores._finished(now)
    assert [await lti_scores._take(line, now) for line in (*lines, *lines)] == [True, False]
    assert (await tell(browser), canvas.scores) == (0, [])
    assert await tell(browser, timedelta(minutes=11)) == 1  # the first was killed before it told anything


async def test_however_many_wait_one_statement_finds_who_has_finished(browser, school, canvas, hears, statements):
    await launch(browser, canvas, SEA)
    line = await line_of(school)
    of = {"school_id": school.card.id, "platform_id": hears.id, "curated_id": line.curated_id, "made_at": dates.now()}
    for number in range(7):
        person = await make.person(f"Pat {number}", Role.STUDENT, school.lincoln, grade=3)
        await LtiLine.create(**of, person_id=person.id, hash=f"h{number}", private="")
    statements.forget()
    assert await tell(browser) == 0
    assert len(statements) == 1, statements.seen
    await finish(school)
    await School.filter(id=school.card.id).update(closed_at=dates.now())
    assert (await tell(browser), canvas.scores) == (0, [])
    await School.filter(id=school.card.id).update(closed_at=None)
    assert (await tell(browser), len(canvas.scores)) == (1, 1)


async def test_more_than_are_asked_for_at_once_are_told_in_one_round(browser, school, canvas, hears, monkeypatch):
    monkeypatch.setattr(lti_scores, "AT_ONCE", 1)
    await launch(browser, canvas, SEA)
    line = await line_of(school)
    await finish(school)
    other = await make.person("Pat", Role.STUDENT, school.lincoln, grade=3)
    of = {"school_id": school.card.id, "platform_id": hears.id, "curated_id": line.curated_id, "made_at": dates.now()}
    await LtiLine.create(**of, person_id=other.id, hash="h", private=line.private)
    rows = await ResourceProgress.filter(school_id=school.card.id, person_id=school.sam.id)
    for row in rows:
        days = {"started_on": row.started_on, "on": row.on, "state": row.state}
        await ResourceProgress.create(school_id=school.card.id, person_id=other.id, resource_id=row.resource_id, **days)
    assert (await tell(browser), len(canvas.scores)) == (2, 2)


def test_results_go_behind_the_line_and_a_query_stays_at_the_end():
    assert scores_of("https://a.example/line/1") == "https://a.example/line/1/scores"
    assert scores_of("https://a.example/lineitem/?type_id=3#x") == "https://a.example/lineitem/scores?type_id=3"
