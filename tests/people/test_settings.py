"""What an admin decides for the school: its name and its time zone, beside what readers see."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import engage.jobs  # noqa: F401 - names the jobs
from engage import dates
from engage.database.job_model import Job, JobState
from engage.database.queue import registry
from engage.dates import zones
from engage.people.models import School
from engage.people.working_queries import WORDS, background_work
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


async def test_an_admin_reads_how_the_work_in_the_background_goes(browser, school, alma):
    now = dates.now()

    def done(name, hours, state=JobState.DONE):
        at = now - timedelta(hours=hours)
        return Job.create(name=name, state=state, run_at=at, ended_at=at, args='{"title": "a secret title"}')

    for name, hours in (("harvest", 5), ("harvest", 2), ("check_links", 3), ("tidy_jobs", 1)):
        await done(name, hours)
    await done("harvest", 4, JobState.FAILED)  # made good since
    await done("check_links", 1, JobState.FAILED)
    await Job.create(name="covers", run_at=now - timedelta(hours=1))
    await Job.create(name="recommend", run_at=now + timedelta(hours=1))

    work = {one.words: one for one in await background_work(alma, now)}
    assert work["Visit the feeds"].done_at == now - timedelta(hours=2)
    assert work["Visit the feeds"].failed_at is None
    assert work["Look at the links"].failed_at == now - timedelta(hours=1)
    assert work["Fetch and draw covers"].waits_since == now - timedelta(hours=1)
    assert work["Find what to recommend"].waits_since is None

    page = await browser.sign_in(alma).get("/admin/jobs")
    assert page.status_code == 200
    said = words_of(page)
    assert said.count("Went wrong") == 1
    since = (now - timedelta(hours=1)).astimezone(ZoneInfo(school.card.zone))
    assert said.count(f"Waits since {since.day} {since:%b}") == 1  # it may be days ago
    assert "a secret title" not in page.text
    assert "/lincoln/admin/jobs" in (await browser.get("/admin/settings")).text
    for reader, status in ((school.tom, 404), (school.sam, 404), (school.ada, 403), (None, 404)):
        assert (await browser.sign_in(reader).get("/admin/jobs")).status_code == status, reader


def test_every_work_that_is_told_of_is_a_job():
    assert set(WORDS) <= set(registry)
