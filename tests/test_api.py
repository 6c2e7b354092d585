"""What other systems read: every answer as the description says, and nothing of a person."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema
import pytest

from engage import dates
from engage.api import API
from engage.api_description import description_of
from engage.dates import Period
from engage.evaluation import actions as evaluation
from engage.evaluation.report import build, build_shared
from engage.people import tokens
from engage.people.models import School
from engage.people.token_rules import Opens
from engage.web import limits
from engage.web.routing import OPEN
from tests import make

SECRET = "a key that only the tests know, and nobody else"
PAST = Period(make.PAST_YEAR.starts, make.PAST_YEAR.ends)
DESCRIPTION = description_of("https://engage.test")


async def token_of(by, *opens: Opens, district: bool = False) -> dict[str, str]:
    day = dates.today(by.school.zone) + timedelta(days=30)
    made = await tokens.make_token("Dashboard", opens or tuple(Opens), day, district, SECRET, by=by)
    return {"Authorization": f"Bearer {made}"}


def check(answer, path: str) -> Any:
    """That an answer is what the description says of this path; its JSON."""
    operation = DESCRIPTION["paths"][path]["get"]
    said = operation["responses"][str(answer.status_code)]
    if "$ref" in said:
        said = DESCRIPTION["components"]["responses"][said["$ref"].rpartition("/")[2]]
    kind = answer.headers["content-type"].partition(";")[0]
    schema = {**said["content"][kind]["schema"], "components": DESCRIPTION["components"]}
    body = answer.json()
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(body)
    return body


def test_the_description_names_every_address_and_no_other():
    ours = {row.path.removeprefix("/api/v1") for row in API if row.act != OPEN}
    assert set(DESCRIPTION["paths"]) == ours
    assert DESCRIPTION["openapi"] == "3.1.0"
    assert {row.opens for row in API if row.act != OPEN} == {"any", "figures", "lists"}
    for schema in DESCRIPTION["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


async def a_library(school, ada) -> None:
    await make.past_year()
    await evaluation.start_cycle(PAST, by=ada)
    await make.curated_list(by=ada, title="Sea stories", items=3, published=True, visibility="public", parts=["One"])
    await make.curated_list(by=ada, title="For us", published=True, visibility="school")
    await make.curated_list(by=ada, title="Not yet")
    await make.program(by=ada, title="Ten books", visibility="public")


async def test_every_answer_is_as_the_description_says(browser, school, ada, alma, dora, statements):
    await a_library(school, ada)
    of_school, of_district = await token_of(alma), await token_of(dora, district=True)
    asked = {
        "/schools": (of_school, "/schools"),
        "/indicators": (of_school, "/indicators"),
        "/schools/{at}/cycles": (of_school, "/schools/lincoln/cycles"),
        "/schools/{at}/cycles/{cycle}": (of_school, "/schools/lincoln/cycles/2024-25"),
        "/district/schools/{at}/cycles": (of_district, "/district/schools/lincoln/cycles"),
        "/district/schools/{at}/cycles/{cycle}": (of_district, "/district/schools/lincoln/cycles/2024-25"),
        "/schools/{at}/lists": (of_district, "/schools/lincoln/lists"),
        "/schools/{at}/lists/{slug}": (of_school, "/schools/lincoln/lists/sea-stories"),
        "/schools/{at}/programs": (of_school, "/schools/lincoln/programs"),
    }
    assert set(asked) == set(DESCRIPTION["paths"])
    found = {}
    for path, (token, address) in asked.items():
        await browser.client.get(f"/api/v1{address}", headers=token)
        statements.forget()
        answer = await browser.client.get(f"/api/v1{address}", headers=token)
        assert answer.status_code == 200, path
        assert len(statements) <= (20 if "{cycle}" in path else 12), path
        found[path] = check(answer, path)
        assert "Authorization" in answer.headers["vary"]
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "access-control-allow-origin" not in answer.headers
        again = await browser.client.get(
            f"/api/v1{address}", headers={**token, "If-None-Match": answer.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        nobody = await browser.client.get(f"/api/v1{address}")
        assert nobody.status_code == 401
        assert nobody.headers["www-authenticate"] == "Bearer"
        check(nobody, path)
        assert (await browser.client.options(f"/api/v1{address}", headers=token)).status_code == 405
        posted = await browser.client.post(f"/api/v1{address}", headers=token)
        assert posted.status_code in (404, 405)
    assert [each["title"] for each in found["/schools/{at}/lists"]["data"]] == ["Sea stories"]
    assert [each["title"] for each in found["/schools/{at}/programs"]["data"]] == ["Ten books"]
    assert len(found["/schools/{at}/lists/{slug}"]["items"]) == 3
    whole = json.dumps(found)
    for name in ("Child 2-1", "Tom Reyes", "Room 12", "Sam", school.sam.key):
        assert name not in whole
    described = await browser.client.get("/api/v1/openapi.json")
    assert described.json() == json.loads(json.dumps(DESCRIPTION))


async def test_figures_are_those_of_the_pages_with_the_limit_that_holds_beyond_the_school(
    browser, school, ada, alma, dora
):
    await make.past_year(active=7, idle=30)
    await evaluation.start_cycle(PAST, by=ada)
    report = await build(replace(ada.school, fewest=10), "2024-25", dates.now())
    inside = await build(ada, "2024-25", dates.now())
    for token, way in ((await token_of(alma), ""), (await token_of(dora, district=True), "/district")):
        told = (await browser.client.get(f"/api/v1{way}/schools/lincoln/cycles/2024-25", headers=token)).json()
        assert told["smallest_group"] == 10
        assert [(each["indicator"], each["value"], each["shown_as"]) for each in told["data"]] == [
            (figure.name, figure.value.number, figure.words) for figure in report.figures
        ]
        assert [[part["shown_as"] for part in each["parts"]] for each in told["data"]] == [
            [value.words(figure.unit) for _, value in figure.parts] for figure in report.figures
        ]
        # 7 of each band: the school may see the bands, nobody else may
        assert told["data"][0]["parts"][0]["shown_as"] != inside.figures[0].parts[0][1].words("%")
    await School.filter(id=ada.school.id).update(fewest_shared=40)
    told = (await browser.client.get("/api/v1/district/schools/lincoln/cycles/2024-25", headers=token)).json()
    assert told["smallest_group"] == 40
    assert told["data"][0]["value"] is None


async def test_a_closed_cycle_is_told_as_it_was_then_and_not_with_a_smaller_limit(browser, school, ada, alma):
    await make.past_year(active=7, idle=30)
    cycle = await evaluation.start_cycle(PAST, by=ada)
    now = dates.now()
    shared = await build_shared(ada, "2024-25", now)
    for criterion in shared.practice.criteria:
        await evaluation.rate(cycle, criterion.code, 3, "", by=ada)
    await evaluation.close_cycle(cycle, await build(ada, "2024-25", now), by=ada, shared=shared)
    token, address = await token_of(alma), "/api/v1/schools/lincoln/cycles/2024-25"
    told = (await browser.client.get(address, headers=token)).json()
    assert (told["closed"], told["smallest_group"]) == (True, 10)
    assert [each["value"] for each in told["data"]] == [figure.value.number for figure in shared.figures]
    assert any(each["value"] is not None for each in told["data"])
    await School.filter(id=ada.school.id).update(fewest_shared=40)
    told = (await browser.client.get(address, headers=token)).json()
    assert {each["value"] for each in told["data"]} == {None}
    assert all(part["withheld"] for each in told["data"] for part in each["parts"])


async def test_a_token_opens_what_it_is_for_and_what_it_reaches(browser, school, ada, alma, dora):
    await a_library(school, ada)
    figures, of_lists = await token_of(alma, Opens.FIGURES), await token_of(alma, Opens.LISTS)
    district = await token_of(dora, district=True)
    expected = [
        (figures, "/schools/lincoln/cycles", 200),
        (figures, "/schools/lincoln/lists", 403),
        (figures, "/schools/lincoln/programs", 403),
        (of_lists, "/schools/lincoln/lists", 200),
        (of_lists, "/schools/lincoln/cycles", 403),
        (of_lists, "/indicators", 403),
        (of_lists, "/schools", 200),
        # a school's token and the report of the district, and the other way round: REP04 and REP02 answer n
        (figures, "/district/schools/lincoln/cycles", 404),
        (district, "/schools/lincoln/cycles", 404),
        (district, "/district/schools/roosevelt/cycles", 200),
        # another school, another district, nothing at all
        (figures, "/schools/roosevelt/cycles", 404),
        (of_lists, "/schools/roosevelt/lists", 404),
        (district, "/schools/hill/lists", 404),
        (district, "/schools/nowhere/lists", 404),
        (of_lists, "/schools/lincoln/lists/not-yet", 404),
        (of_lists, "/schools/lincoln/lists/for-us", 404),
        (figures, "/schools/lincoln/cycles/1999-00", 404),
    ]
    for token, address, status in expected:
        answer = await browser.client.get(f"/api/v1{address}", headers=token)
        assert answer.status_code == status, (address, answer.text)
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == status


async def test_a_session_opens_nothing_here_and_a_token_nothing_else(browser, alma, dora):
    browser.sign_in(alma)
    await browser.be_known()
    assert (await browser.client.get("/api/v1/schools")).status_code == 401
    browser.sign_in(None)
    token = await token_of(dora, district=True)
    for path in ("/lincoln/admin/people", "/lincoln/evaluation", "/lincoln/admin/audit", "/lincoln/admin/tokens"):
        answer = await browser.client.get(path, headers=token)
        assert answer.status_code in (303, 404), path
    sent = await browser.client.post("/lincoln/admin/tokens/new", headers=token, data={"name": "x"})
    assert sent.status_code in (401, 403, 404)


async def test_long_lists_come_in_pages(browser, school, ada, alma, monkeypatch):
    monkeypatch.setattr("engage.api.PAGE", 2)
    for number in range(5):
        await make.curated_list(by=ada, title=f"List {number}", published=True, visibility="public")
    token, address, seen = await token_of(alma), "/api/v1/schools/lincoln/lists", []
    while address:
        body = check(await browser.client.get(address, headers=token), "/schools/{at}/lists")
        seen += [each["title"] for each in body["data"]]
        address = body["next"]
    assert seen == [f"List {number}" for number in (4, 3, 2, 1, 0)]


async def test_who_asks_too_often_is_told_when_to_ask_again(browser, alma):
    guard = next(route.endpoint for route in browser.app.router.routes if route.name == "api.schools")
    assert guard.pace.a_minute == 120
    guard.pace.a_minute = 5
    token = await token_of(alma)
    for _ in range(5):
        assert (await browser.client.get("/api/v1/schools", headers=token)).status_code == 200
    answer = await browser.client.get("/api/v1/schools", headers=token)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    check(answer, "/schools")
    # another token has a pace of its own
    assert (await browser.client.get("/api/v1/schools", headers=await token_of(alma))).status_code == 200


def test_a_pace_fills_up_again(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(limits, "monotonic", lambda: clock[0])
    pace = limits.Pace(60, kept=2)
    for _ in range(60):
        pace.step("a")
    with pytest.raises(limits.TooOften) as no:
        pace.step("a")
    assert no.value.seconds == 1
    clock[0] += 1.01
    pace.step("a")
    for who in ("b", "c"):
        pace.step(who)
    assert set(pace.left) == {"b", "c"}
