"""Addresses that name no school, or that need no sign-in, by everybody: SAFETY.md, A1 and A2.

What other systems read with a token, the pages of a district, and the short addresses on papers and in newsletters.
"""

from datetime import timedelta
from urllib.parse import urlencode

import httpx2

from engage import dates
from engage.people import tokens
from engage.people.models import School
from engage.people.rules import Reader, Role
from engage.people.token_rules import Opens
from engage.promotion.models import PromotedLink
from engage.routes import ROWS
from engage.web.routing import ANY_TOKEN, OPEN, PARAMETER
from tests import make
from tests.matrix.asking import NOBODYS
from tests.matrix.generate import SEEN
from tests.matrix.world import PEOPLE, World, build
from tests.school import Browser, as_reader

API = [row for row in ROWS if row.opens]
# somebody who is in joins an account there, at no school's address: tests/classes/test_lti.py
JOINING = "/lti/join"
GUARDED = [row for row in ROWS if row.act != OPEN and not row.of_school and not row.opens]
DISTRICT = [row for row in GUARDED if row.path != JOINING]
SCHOOLS = ("lincoln", "roosevelt", "hill")
VALLEY = frozenset({"lincoln", "roosevelt"})


async def token(by: Reader, *opens: Opens, district: bool = False) -> str:
    """A new token of somebody's school or district."""
    day = dates.today(by.school.zone) + timedelta(days=30)
    secret = "a key that only the tests know, and nobody else"
    return await tokens.make_token("Dashboard", opens, day, district, secret, by=by)


async def test_a_token_reads_its_own_schools_and_what_it_is_for(browser: Browser, school):
    world = await build(school)
    office = await make.person("Bo", Role.SCHOOL_ADMIN, school.roosevelt, login="bo")
    far = await make.person("Fay", Role.DISTRICT_ADMIN, school.hill, login="fay")
    of_roosevelt, of_hill = await as_reader(office, "roosevelt"), await as_reader(far, "hill")
    both = tuple(Opens)
    ended = await token(school.alma, *both)
    for row in await tokens.tokens_of(school.alma):
        if row["lives"] and row["name"] == "Dashboard":
            await tokens.revoke(row["key"], by=school.alma)
    # each: what it opens, which schools it reaches, whether it is a district's
    kinds = {
        "figures of a school": (await token(school.alma, Opens.FIGURES), {Opens.FIGURES}, {"lincoln"}, False),
        "lists of a school": (await token(school.alma, Opens.LISTS), {Opens.LISTS}, {"lincoln"}, False),
        "another school": (await token(of_roosevelt, *both), set(both), {"roosevelt"}, False),
        "the district": (await token(school.dora, *both, district=True), set(both), set(VALLEY), True),
        "another district": (await token(of_hill, *both, district=True), set(both), {"hill"}, True),
        "a token that was revoked": (ended, set(), set(), False),
        "a token that nobody made": (f"{ended[:-4]}AAAA", set(), set(), False),
    }
    wrong = []
    for kind, (said, opens, reach, district) in kinds.items():
        for row in API:
            for at in SCHOOLS if "{at}" in row.path else ("",):
                path = PARAMETER.sub(lambda part, at=at: named(world, part[1], at), row.path)
                answer = await browser.client.get(path, headers={"Authorization": f"Bearer {said}"})
                if not opens:
                    expected = 401
                elif at and at not in reach:
                    expected = 404
                elif row.opens != ANY_TOKEN and row.opens not in opens:
                    expected = 403
                else:
                    expected = 404 if row.act == ("REP02" if district else "REP04") else 200
                if answer.status_code != expected:
                    wrong.append(f"{kind}: {path} gave {answer.status_code}, not {expected}")
    assert wrong == [], "\n".join(["", *wrong])
    for who in PEOPLE:  # people do not come here, whoever they are
        browser.sign_in(world.readers[who])
        for row in API:
            path = PARAMETER.sub(lambda part: named(world, part[1], "lincoln"), row.path)
            await browser.be_known()
            assert (await browser.client.get(path)).status_code == 401, (who, path)


def named(world: World, parameter: str, at: str) -> str:
    """What stands in an address of the API, of the school that is asked."""
    owner = {"roosevelt": "rosa", "hill": "hana"}.get(at, "lil")
    kind, visibility = {"slug": ("list", "public"), "cycle": ("cycle", "")}.get(parameter, ("", ""))
    return at if not kind else world.things[kind, visibility, owner].split()[-1]


async def test_pages_of_a_district_are_for_its_admin_alone(browser: Browser, school):
    world = await build(school, "Zyzzogeton")
    await School.filter(id=school.hill.id).update(name="Zyzzogeton")
    assert DISTRICT
    for who in PEOPLE:
        for row in DISTRICT:
            browser.sign_in(world.readers[who])
            await browser.be_known()
            may = who == "dora"
            for key, found in ((school.roosevelt.key, may), (school.hill.key, may and "{key}" not in row.path)):
                path = PARAMETER.sub(key, row.path)
                if "GET" in row.methods:
                    answer = await browser.client.get(path)
                    shown = 303 if row.path == "/district" else 200  # it leads to the first of its pages
                    assert answer.status_code == (shown if found else 404), (who, path)
                    # of the other district nothing, and of no list or person a name
                    assert "Zyzzogeton" not in answer.text
                if "POST" in row.methods and not found:
                    sent = await browser.client.post(path, headers={"Sec-Fetch-Site": "same-origin"})
                    assert sent.status_code == 404, (who, path)
    assert await School.filter(closed_at=None).count() == len(SCHOOLS)


async def test_a_short_address_leads_only_to_what_one_sees(browser: Browser, school):
    world = await build(school)
    links = {}
    for visibility in SEEN:
        for owner in ("tom", "cole", "lil", "rosa", "hana"):
            at = world.readers[owner].school.id  # type: ignore[union-attr]
            curated = world.ids[f"list {visibility}", owner]
            made = await PromotedLink.create(school_id=at, medium="sign", curated_id=curated)
            links[visibility, owner] = made.key
    unknown: httpx2.Response
    for who in PEOPLE:
        browser.sign_in(world.readers[who])
        await browser.be_known()
        for way in ("l", "go"):
            unknown = await browser.client.get(f"/{way}/{NOBODYS}")
            assert unknown.status_code == 404
            for (visibility, owner), link in links.items():
                key, slug = world.things["list", visibility, owner].split()
                at = world.readers[owner].school.slug  # type: ignore[union-attr]
                page = await browser.client.get(f"/{at}/lists/{slug}")
                answer = await browser.client.get(f"/{way}/{key if way == 'l' else link}")
                if page.status_code == 200:
                    assert answer.headers["location"] == f"/{at}/lists/{slug}"
                else:
                    assert (answer.status_code, slug in answer.text) == (404, False), (who, way, visibility, owner)
                    assert len(answer.content) == len(unknown.content), (who, way, visibility, owner)
                if way == "l" and who == "visitor":
                    told = await browser.client.get(
                        f"/oembed?{urlencode({'url': f'https://engage.test/{at}/lists/{slug}'})}"
                    )
                    assert (told.status_code == 200) == (visibility == "public"), (visibility, owner)
