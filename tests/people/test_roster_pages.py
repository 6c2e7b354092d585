"""The pages of rosters, the folder in which they are laid, and the command. Sources: SAFETY.md, U2, U6, A5."""

import io
import os
import shutil
import time
from datetime import timedelta

import pytest

from engage import dates
from engage.people import roster_drop
from engage.people.models import Person, Session
from engage.people.roster_models import RosterImport, RosterRow
from engage.people.roster_rules import RosterState
from tests.data import shared
from tests.people import rosters
from tests.people.rosters import USUAL, a_set, bring, classes, enrollments, names, users, zipped
from tests.school import words_of
from tests.test_cli import engage, operator

__all__ = ["engage", "operator"]


async def send(browser, body: bytes, name: str = "roster.zip", **more):
    return await browser.post("/admin/rosters/new", {"form_key": "k", **more}, files={"file": (name, io.BytesIO(body))})


async def test_an_admin_sees_what_would_change_and_applies_it(browser, school, alma):
    browser.sign_in(alma)
    assert "No roster yet" in words_of(await browser.get("/admin/rosters"))
    page = await browser.follow(await send(browser, zipped(a_set(**USUAL))))
    words = words_of(page)
    assert "Nothing is changed yet" in words
    assert "Mia" in words
    assert "Mia in Room 8" in words
    assert "users.csv, line 4" in words
    assert "Never read: password." in words
    assert "Mia" not in await names(school.lincoln)
    (imported,) = await RosterImport.filter(school_id=school.lincoln.id)
    only = words_of(await browser.get(f"/admin/rosters/{imported.key}?outcome=noted"))
    assert "Mia in Room 8" not in only
    table = await browser.get(f"/admin/rosters/{imported.key}/report.csv")
    assert table.headers["content-disposition"].startswith("attachment")
    assert "Place in a class,New,Mia in Room 8,enrollments.csv,4," in table.text
    done = await browser.follow(await browser.post(f"/admin/rosters/{imported.key}/apply"))
    assert "The roster is applied" in words_of(done)
    assert "Mia" in await names(school.lincoln)
    again = await browser.follow(await browser.post(f"/admin/rosters/{imported.key}/apply"))
    assert "waits for nothing" in words_of(again)
    assert "Mia" not in words_of(await browser.get(f"/admin/rosters/{imported.key}"))


async def test_old_proof_of_who_one_is_neither_applies_a_roster_nor_takes_it_away(browser, school, alma):
    browser.sign_in(alma)
    await send(browser, zipped(a_set(**USUAL)))
    imported = await RosterImport.get(school_id=school.lincoln.id)
    path = f"/admin/rosters/{imported.key}"
    await Session.all().update(proved_at=dates.now() - timedelta(minutes=11))
    for answer in (await browser.post(f"{path}/apply"), await browser.get(f"{path}/report.csv")):
        assert "/me/prove" in answer.headers.get("location", "")
    assert "Mia" not in await names(school.lincoln)


async def test_nobody_else_sees_anything_of_rosters(browser, school, alma, ada, tom, sam, vera, dora):
    browser.sign_in(alma)
    await send(browser, zipped(a_set(**USUAL)))
    (imported,) = await RosterImport.filter(school_id=school.lincoln.id)
    paths = ("", "/new", f"/{imported.key}", f"/{imported.key}/report.csv")
    acts = (f"/{imported.key}/apply", f"/{imported.key}/give-up", "/new")
    for who in (ada, tom, sam, vera, dora, None):
        browser.sign_in(who)
        assert [(await browser.get(f"/admin/rosters{path}")).status_code for path in paths] == [404] * len(paths)
        assert [(await browser.post(f"/admin/rosters{act}")).status_code for act in acts] == [404] * len(acts)
    browser.sign_in(alma)
    assert (await browser.get(f"/roosevelt/admin/rosters/{imported.key}")).status_code == 404
    assert (await RosterImport.get(school_id=school.lincoln.id, key=imported.key)).state is RosterState.READ


async def test_many_missing_need_a_yes_on_the_page(browser, school, alma):
    await bring(school.lincoln, zipped(a_set(**USUAL)))
    few = {"users": users("S1 student Sam Diaz 03"), "classes": classes("C1 Room 7"), "enrollments": enrollments()}
    browser.sign_in(alma)
    page = await browser.follow(await send(browser, zipped(a_set(**few))))
    assert "3 of 4 people are not in this file any more, or it says that they have ended." in words_of(page)
    imported = await RosterImport.get(school_id=school.lincoln.id, state=RosterState.READ)
    refused = await browser.post(f"/admin/rosters/{imported.key}/apply", {"form_key": "a"})
    assert (refused.status_code, "has to say yes" in words_of(refused)) == (422, True)
    assert "Mia" in await names(school.lincoln)
    assert (
        await browser.post(f"/admin/rosters/{imported.key}/apply", {"form_key": "b", "yes": "y"})
    ).status_code == 303
    assert "Mia" not in await names(school.lincoln)


async def test_a_roster_is_given_up_and_nothing_of_it_is_kept(browser, school, alma):
    browser.sign_in(alma)
    await send(browser, zipped(a_set(**USUAL)))
    (imported,) = await RosterImport.filter(school_id=school.lincoln.id)
    done = await browser.follow(await browser.post(f"/admin/rosters/{imported.key}/give-up"))
    assert "nothing of the file is kept" in words_of(done)
    assert await RosterRow.filter(school_id=school.lincoln.id).exclude(about="").count() == 0


@pytest.mark.parametrize(
    ("body", "name", "said"),
    [
        (b"", "roster.zip", "The file is empty."),
        (b"a,b\n1,2\n", "a.csv", "has to hold the headings"),
        (zipped({"users": "x,y\n"}), "a.zip", "users.csv lacks the heading"),
        (b"PK\x03\x04nonsense", "a.zip", "The zip is damaged."),
    ],
)
async def test_a_file_that_is_no_roster_is_refused_beside_its_field(browser, school, alma, body, name, said):
    answer = await send(browser.sign_in(alma), body, name)
    assert (answer.status_code, said in words_of(answer)) == (422, True)
    assert await RosterImport.filter(school_id=school.lincoln.id).count() == 0


async def test_the_pages_take_few_statements_however_many_rows(browser, school, alma, statements):
    many = [f"S{n} student Kid{n} Fam 03" for n in range(150)]
    places = [f"C1 S{n} student" for n in range(150)]
    tables = {"users": users(*many), "classes": classes("C1 Room 7"), "enrollments": enrollments(*places)}
    browser.sign_in(alma)
    await send(browser, zipped(a_set(**USUAL)), "few.zip")
    await send(browser, zipped(a_set(**tables)), "many.zip")
    few, more = await RosterImport.filter(school_id=school.lincoln.id).order_by("id")
    counts = []
    for one in (few, more):
        statements.forget()
        assert (await browser.get(f"/admin/rosters/{one.key}")).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 20
    page = await browser.get(f"/admin/rosters/{more.key}")
    assert "Next" in words_of(page)


def laid(folder, slug: str, name: str, body: bytes, seconds_ago: int = 600):
    """Lay a file into the folder of rosters, as the office did a while ago."""
    place = folder / slug
    place.mkdir(parents=True, exist_ok=True)
    (path := place / name).write_bytes(body)
    then = time.time() - seconds_ago
    os.utime(path, (then, then))
    return path


async def test_what_lies_in_the_folder_is_taken_once_and_a_report_is_left(school, settings, tmp_path):
    from dataclasses import replace

    folder = tmp_path / "rosters"
    told = replace(settings, roster_folder=folder)
    assert await roster_drop.take_rosters(told, dates.now()) == 0
    bad = USUAL["users"] + ",true,O1,student,x,No,Id,,03,p\n"
    path = laid(folder, "lincoln", "night.zip", zipped(a_set(**{**USUAL, "users": bad})))
    laid(folder, "lincoln", "coming.zip", b"only half of it", seconds_ago=1)
    laid(folder, "nowhere", "x.zip", zipped(a_set(**USUAL)))
    assert await roster_drop.take_rosters(told, dates.now()) == 1
    assert "Mia" in await names(school.lincoln)
    report = path.with_name("night.zip.report.csv").read_text(encoding="utf-8-sig")
    assert "users.csv,6,person,refused,It has no sourcedId." in report
    assert "11 rows added" in report
    assert "Mia" not in report
    assert "Diaz" not in report
    assert await roster_drop.take_rosters(told, dates.now()) == 0
    # the next night brings the same, under a new moment
    laid(folder, "lincoln", "night.zip", zipped(a_set(**{**USUAL, "users": bad})), seconds_ago=200)
    await roster_drop.take_rosters(told, dates.now())
    assert await Person.filter(school_id=school.lincoln.id, name="Mia").count() == 1


async def test_a_roster_from_the_folder_in_which_many_are_missing_waits_for_a_person(school, settings, tmp_path):
    from dataclasses import replace

    await bring(school.lincoln, zipped(a_set(**USUAL)))
    told = replace(settings, roster_folder=tmp_path / "rosters")
    few = {"users": users("S1 student Sam Diaz 03"), "classes": classes("C1 Room 7"), "enrollments": enrollments()}
    path = laid(tmp_path / "rosters", "lincoln", "night.zip", zipped(a_set(**few)))
    assert await roster_drop.take_rosters(told, dates.now()) == 1
    assert "Mia" in await names(school.lincoln)
    assert await RosterImport.filter(school_id=school.lincoln.id, state=RosterState.READ).count() == 1
    assert "say yes" in path.with_name("night.zip.report.csv").read_text(encoding="utf-8-sig")


async def test_a_file_in_the_folder_that_cannot_be_read_is_reported_and_left(school, settings, tmp_path):
    from dataclasses import replace

    told = replace(settings, roster_folder=tmp_path / "rosters")
    path = laid(tmp_path / "rosters", "lincoln", "night.zip", b"PK\x03\x04nothing")
    assert await roster_drop.take_rosters(told, dates.now()) == 1
    assert "The zip is damaged." in path.with_name("night.zip.report.csv").read_text(encoding="utf-8-sig")
    assert await roster_drop.take_rosters(told, dates.now()) == 0
    assert path.exists()


@pytest.fixture
def home(operator, bases):
    """The folder of an operator whose tables are there already."""
    shutil.copy(bases.sqlite(), operator / "engage.sqlite3")
    return operator


def test_the_command_brings_a_zip_or_a_folder_in_and_says_what_was_refused(home, engage, tmp_path):
    engage(home, "create-school", "--name", "Gotham", "--slug", "gotham")
    command = ("import", "oneroster", "--school", "gotham")
    full = shared("oneroster/Test_full_data_set")
    looked = engage(home, *command, f"{full}.zip", "--dry-run")
    assert looked.returncode == 1, looked.stderr
    assert "enrollments.csv line 3: refused: It makes somebody of the staff a student of a class." in looked.stdout
    assert "users.csv: 6 rows read" in looked.stdout
    assert "8 rows would be added, 0 would be changed, 0 would be gone, 0 the same, 1 refused." in looked.stdout
    done = engage(home, *command, str(full))
    assert (done.returncode, "8 rows added" in done.stdout) == (1, True)
    again = engage(home, *command, f"{full}.zip")
    assert "0 rows added, 0 changed, 0 gone, 8 the same, 1 refused." in again.stdout
    fine = engage(home, *command, str(shared("oneroster/oneroster_test_data.zip")), "--org", "Gotham High School")
    assert (fine.returncode, "3 rows added" in fine.stdout) == (0, True), fine.stdout + fine.stderr
    (bad := tmp_path / "x.zip").write_bytes(b"PK\x03\x04")
    assert engage(home, *command, str(bad)).stderr.strip() == "The zip is damaged."


def test_the_command_stops_where_many_are_missing(home, engage, tmp_path):
    engage(home, "create-school", "--name", "Lincoln School", "--slug", "lincoln")
    (first := tmp_path / "a.zip").write_bytes(zipped(a_set(**USUAL)))
    few = {"users": users("S1 student Sam Diaz 03"), "classes": classes("C1 Room 7"), "enrollments": enrollments()}
    (second := tmp_path / "b.zip").write_bytes(zipped(a_set(**few)))
    command = ("import", "oneroster", "--school", "lincoln")
    assert engage(home, *command, str(first)).returncode == 0
    refused = engage(home, *command, str(second))
    assert (refused.returncode, "say so with --yes. Nothing was changed." in refused.stderr) == (1, True)
    assert engage(home, *command, str(second), "--yes").returncode == 0


def test_rosters_of_tests_are_what_they_are_called():
    assert rosters.read(zipped(a_set(**USUAL)))[1]["users.csv"] == 4
