"""Tokens: who makes them, what they open and what never, and how they end."""

import re
from datetime import timedelta

import pytest

from engage import dates
from engage.errors import NotFound, Refused
from engage.people import tokens
from engage.people.models import AuditEntry, Session
from engage.people.token_models import ApiToken
from engage.people.token_rules import BEGINS, Opens, bearer_in, check_token
from tests.school import words_of

SECRET = "a key that only the tests know, and nobody else"


def in_days(days: int):
    return dates.today("America/New_York") + timedelta(days=days)


async def a_token(by, *opens: Opens, district: bool = False, days: int = 30) -> str:
    return await tokens.make_token("Dashboard", opens or (Opens.FIGURES,), in_days(days), district, SECRET, by=by)


@pytest.mark.parametrize(
    ("name", "opens", "days", "field"),
    [
        (" ", [Opens.LISTS], 9, "name"),
        ("x", [], 9, "opens"),
        ("x", [Opens.LISTS], -1, "ends_on"),
        ("x", [Opens.LISTS], 367, "ends_on"),
    ],
)
def test_what_is_no_token(name, opens, days, field):
    today = in_days(0)
    with pytest.raises(Refused) as no:
        check_token(name, opens, today + timedelta(days=days), today)
    assert no.value.about == field


def test_a_header_holds_a_token_or_none():
    token = f"{BEGINS}{'x' * 43}"
    assert bearer_in(f"Bearer {token}") == bearer_in(f"bearer  {token} ") == token
    for header in (
        "",
        "Bearer",
        f"Basic {token}",
        token,
        f"Bearer {token}x",
        "Bearer engage_x",
        f"Bearer {token} {token}",
    ):
        assert bearer_in(header) is None


async def test_only_admins_make_tokens_and_only_the_districts_for_the_district(school, ada, tom, sam, vera, alma, dora):
    for reader in (ada, tom, sam, vera):
        with pytest.raises(NotFound):
            await a_token(reader)
    with pytest.raises(NotFound):
        await a_token(alma, district=True)
    token = await a_token(alma)
    assert token.startswith(BEGINS)
    row = await ApiToken.get(school_id=alma.school.id)
    assert token not in (row.token_hash, row.name, row.key)
    assert await a_token(dora, district=True)
    assert len(await tokens.tokens_of(alma)) == 1
    assert len(await tokens.tokens_of(dora)) == 2
    acts = await AuditEntry.filter(school_id=alma.school.id).values_list("act", flat=True)
    assert acts == ["made a token for another system"] * 2


async def test_a_token_reaches_its_school_or_its_district_and_no_other(school, alma, dora):
    of_school, of_district = await a_token(alma), await a_token(dora, district=True)
    for token, reached in ((of_school, {"lincoln"}), (of_district, {"lincoln", "roosevelt"})):
        for slug in ("lincoln", "roosevelt", "hill", "nowhere"):
            if slug in reached:
                bearer = await tokens.bearer_of(f"Bearer {token}", slug, SECRET)
                assert bearer is not None
                assert (bearer.reader.school.slug, bearer.reader.id) == (slug, None)
            else:
                with pytest.raises(NotFound):
                    await tokens.bearer_of(f"Bearer {token}", slug, SECRET)
    assert await tokens.bearer_of(f"Bearer {of_school}", None, "another secret of the operator") is None


async def test_a_token_is_over_on_the_day_after_its_last_and_at_once_when_it_is_revoked(
    school, alma, dora, monkeypatch
):
    token = await a_token(alma, days=0)
    header = f"Bearer {token}"
    assert await tokens.bearer_of(header, None, SECRET)
    row = await ApiToken.get(school_id=alma.school.id)
    assert row.used_on == in_days(0)
    await ApiToken.filter(school_id=alma.school.id).update(ends_on=in_days(-1))
    assert await tokens.bearer_of(header, None, SECRET) is None
    await ApiToken.filter(school_id=alma.school.id).update(ends_on=in_days(1))
    with pytest.raises(NotFound):
        await tokens.revoke(row.key, by=school.rosa)
    await tokens.revoke(row.key, by=dora)
    assert await tokens.bearer_of(header, None, SECRET) is None
    with pytest.raises(NotFound):
        await tokens.revoke(row.key, by=alma)


async def test_a_token_is_shown_once(browser, school, ada, alma, dora):
    for reader in (None, ada):
        browser.sign_in(reader)
        assert (await browser.get("/admin/tokens")).status_code in (303, 404)
        assert (await browser.get("/admin/tokens/new")).status_code in (303, 404)
    browser.sign_in(alma)
    form = {"form_key": "one", "name": "Dashboard", "opens": ["figures", "lists"], "ends_on": str(in_days(90))}
    wrong = await browser.post("/admin/tokens/new", form | {"name": "", "ends_on": str(in_days(900))})
    assert wrong.status_code == 422
    assert "Say what it is for" in words_of(wrong)
    made = await browser.post("/admin/tokens/new", form)
    (token,) = re.findall(r"engage_[A-Za-z0-9_-]{43}", made.text)
    assert made.headers["cache-control"] == "no-store"
    again = await browser.post("/admin/tokens/new", form)
    assert again.status_code == 422
    assert token not in again.text
    assert await ApiToken.filter(school_id=alma.school.id).count() == 1
    listed = await browser.get("/admin/tokens")
    assert "Dashboard" in words_of(listed)
    assert token not in listed.text
    asked = await browser.client.get("/api/v1/schools", headers={"Authorization": f"Bearer {token}"})
    assert asked.status_code == 200
    (key,) = re.findall(r"/admin/tokens/(\w+)/revoke", listed.text)
    assert (await browser.post(f"/admin/tokens/{key}/revoke")).status_code == 303
    asked = await browser.client.get("/api/v1/schools", headers={"Authorization": f"Bearer {token}"})
    assert asked.status_code == 401
    # the box for the whole district is the district admin's alone
    assert "For all schools" not in (await browser.get("/admin/tokens/new")).text
    assert "For all schools" in (await browser.sign_in(dora).get("/admin/tokens/new")).text
    assert (
        await browser.sign_in(alma).post("/admin/tokens/new", form | {"form_key": "2", "district": "y"})
    ).status_code == 404


async def test_who_has_not_proved_who_they_are_makes_no_token(browser, alma):
    browser.sign_in(alma)
    await browser.be_known()
    await Session.all().update(proved_at=dates.now() - timedelta(minutes=11))
    form = {"name": "Dashboard", "opens": "figures", "ends_on": str(in_days(9))}
    for answer in (await browser.get("/admin/tokens/new"), await browser.post("/admin/tokens/new", form)):
        assert answer.status_code == 303
        assert "/me/prove" in answer.headers["location"]
    assert await ApiToken.filter(school_id=alma.school.id).count() == 0
