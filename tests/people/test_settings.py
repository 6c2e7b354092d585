"""What an admin decides for the school: its name and its time zone, beside what readers see."""

import re

from engage.dates import zones
from engage.people.models import School
from tests.school import words_of

SENT = {"name": "Lincoln Library", "zone": "America/Chicago", "reviews": ""}


async def test_an_admin_gives_the_library_another_name_and_zone(browser, school, alma, sam):
    browser.sign_in(alma)
    shown = await browser.get("/admin/settings")
    assert 'value="Lincoln School"' in shown.text
    assert re.findall(r'<option selected value="([^"]+)"', shown.text) == ["America/New_York"]
    page = await browser.follow(await browser.post("/admin/settings", SENT))
    assert "The settings are kept." in words_of(page)
    row = await School.get(id=school.lincoln.id)
    assert (row.name, row.zone) == ("Lincoln Library", "America/Chicago")
    assert "Lincoln Library" in words_of(await browser.sign_in(sam).get("/lists"))
    said = words_of(await browser.sign_in(alma).get("/admin/audit"))
    assert "gave the library another name" in said
    assert "America/New_York to America/Chicago" in said


async def test_a_name_is_never_taken_away_and_a_zone_is_one_that_there_is(browser, school, alma):
    browser.sign_in(alma)
    assert (await browser.post("/admin/settings", SENT | {"name": " ", "zone": ""})).status_code == 303
    for wrong in ({"zone": "Mars/Base"}, {"name": "a" * 121}):
        assert (await browser.post("/admin/settings", SENT | wrong)).status_code == 422, wrong
    row = await School.get(id=school.lincoln.id)
    assert (row.name, row.zone) == ("Lincoln School", "America/New_York")
    assert zones()[0] == "America/New_York"
    assert len(set(zones())) == len(zones()) > 300


async def test_a_zone_that_is_not_offered_stays_until_another_one_is_chosen(browser, school, alma):
    await School.filter(id=school.lincoln.id).update(zone="UTC")
    browser.sign_in(alma)
    shown = await browser.get("/admin/settings")
    assert re.findall(r'<option selected value="([^"]+)"', shown.text) == ["UTC"]
    assert (await browser.post("/admin/settings", SENT | {"zone": "UTC"})).status_code == 303
    assert (await School.get(id=school.lincoln.id)).zone == "UTC"
