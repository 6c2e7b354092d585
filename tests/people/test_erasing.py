"""Somebody erased: everything of theirs is gone, nothing else changed, and no backup brings them back (P6, B2)."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from tortoise.connection import get_connection

from engage import dates
from engage.app import build_app
from engage.database.operations import copy_database, database_file, write_back
from engage.database.tenancy import every_school
from engage.engagement.models import ActiveDay, DailyFigure
from engage.engagement.rules import Mode
from engage.people import erasing, roster_applying
from engage.people.models import AuditEntry, Person, Session
from engage.people.privacy_models import Erasure, Tombstone
from engage.people.register_rules import Topic
from engage.people.roster_models import RosterImport, RosterRow
from engage.people.rules import Status
from engage.programs import actions, log_actions
from engage.programs.entries import Given
from engage.programs.models import LogEntry, Program, Standing
from engage.programs.number_queries import numbers_now
from engage.programs.participants_queries import people_in
from engage.programs.rebuild import recount
from engage.programs.rules import Ending
from engage.rebuilding import rebuild
from engage.register import REGISTER, bury_again, finish_erasures
from tests import make
from tests.people import rosters
from tests.people.filling import Filling, every_row, rows_of
from tests.school import words_of

KEY = "a key that only the tests know, and nobody else"
LEFT = r"named in erasure.asked_by, erasure.decided_by, erasure.person, paper_sheet.by, paper_sheet.person, person$"
# entry_before: a number in place of what an entry was of
NEW = {"tombstone", "erasure", "audit_entry", "person", "recall", "entry_before"}


async def erase(person, folder: Path, by=None) -> None:
    await erasing.erase(REGISTER, person.school.id, person.id, KEY, folder, by)


async def test_one_of_a_hundred_is_erased_and_nothing_else_changes(school, ada, sam, alma, tmp_path):
    filling = Filling(school.lincoln, ada.id)
    await filling.everything_of(sam, "samsword")
    await filling.everything_of(await make.student("Ben"), "bensword")
    for number in range(98):
        await make.facts(await make.student(f"Child {number}"), [(1, 20)], title=f"Book {number}")
    before = await every_row()
    mine = rows_of(before, sam.id)
    assert {table for table, _ in mine} >= {table.name for table in REGISTER if table.references}

    await erase(sam, tmp_path, alma)

    after = await every_row()
    assert [key for key in before if key not in mine and after.get(key) != before[key]] == []
    assert {table for table, _ in set(after) - set(before)} <= NEW
    assert rows_of(after, sam.id) == set()
    text = repr(after)
    assert "samsword" not in text
    assert "bensword" in text
    assert "'Sam'" not in text


@pytest.mark.only("sqlite")
async def test_not_a_byte_of_the_erased_is_left_in_the_file(school, ada, sam, settings, tmp_path):
    await Filling(school.lincoln, ada.id).everything_of(sam, "samsword")
    await erase(sam, tmp_path)
    await write_back()
    file = database_file(settings.database_url)
    for path in (file, file.with_name(file.name + "-wal")):
        assert not path.exists() or b"samsword" not in path.read_bytes()


async def lived(ada, people, back=5):
    """A program with a list and a goal that a class shares, and what these people logged."""
    books = await make.resources(3)
    curated = await make.curated_list(by=ada, items=books)
    program = await make.program(
        by=ada,
        challenges=[
            {"unit": "minutes", "goal": 60},
            {"goal": 2, "curated": curated},
            {"kind": "school goal", "unit": "minutes", "goal": 6_000, "title": "All of us"},
        ],
    )
    for person in people:
        await actions.join("lantern-nights", by=person)
        for day in range(back):
            on = dates.today(ada.school.zone) - timedelta(days=day)
            thing = {"resource": books[day % 3].key} if day % 2 else {"title": f"Typed {day}"}
            entry = Given(on, Mode.READING, minutes=15, ending=Ending.FINISHED, **thing)
            await log_actions.log_entry(entry, "", person, sure=True)
    return program


async def figures(school_id: int, program: Program, card) -> object:
    row = (await Program.filter(school_id=school_id, id=program.id).values())[0]
    days = await ActiveDay.filter(school_id=school_id).order_by("on", "acts").values_list("on", "acts")
    daily = await DailyFigure.filter(school_id=school_id).order_by("id").values()
    titles = await Standing.filter(school_id=school_id).order_by("titles").values_list("titles", "minutes", "days")
    return await numbers_now(card, row, dates.now() + timedelta(minutes=1)), days, daily, titles


async def test_totals_stay_true_and_a_rebuild_finds_no_difference(school, ada, sam, tmp_path):
    people = [sam, *[await make.student(f"Child {number}") for number in range(6)]]
    program = await lived(ada, people)
    with every_school("as the command does"):
        assert await rebuild(school.lincoln) == []
    before = await figures(school.card.id, program, school.card)

    await erase(sam, tmp_path)

    assert await figures(school.card.id, program, school.card) == before
    with every_school("as the command does"):
        assert await rebuild(school.lincoln) == []
        await recount(school.card.id, program.id)
    assert await figures(school.card.id, program, school.card) == before


async def test_who_stands_in_is_nobody_and_on_no_page(browser, school, ada, sam, tmp_path):
    program = await lived(ada, [sam])
    await erase(sam, tmp_path)
    stand_in = await Person.get(school_id=school.card.id, status=Status.NOBODY)
    assert (stand_in.name, stand_in.login, stand_in.shown, stand_in.grade) == ("", None, "", 5)
    assert stand_in.key != sam.key
    entries = await LogEntry.filter(school_id=school.card.id, person_id=stand_in.id).values()
    assert {row["resource_id"] for row in entries} == {None}
    assert all(row["title"].startswith("Title ") for row in entries)
    assert len({row["title"] for row in entries}) == 5
    people, _ = await people_in(ada, program.id)
    assert people == []
    page = await browser.sign_in(ada).get(f"/curate/programs/{program.key}/people")
    assert "Sam" not in words_of(page)


async def test_the_account_is_locked_at_once(browser, school, sam, tmp_path):
    assert (await browser.sign_in(sam).get("/me")).status_code == 200
    await erasing.begin(sam.school.id, sam.id, KEY, None)
    assert await Session.filter(person_id=sam.id).count() == 0
    assert (await browser.get("/me")).status_code in (303, 404)
    assert (await Person.get(school_id=sam.school.id, id=sam.id)).status is Status.GONE


async def test_an_erasure_that_was_broken_off_is_gone_on_with(school, ada, sam, settings, tmp_path):
    await Filling(school.lincoln, ada.id).everything_of(sam, "samsword")
    number = await erasing.begin(sam.school.id, sam.id, KEY, None)
    some = [table for table in reversed(REGISTER) if table.topic is Topic.LOG]
    with every_school("as far as it came"):
        person = await Person.get(id=sam.id)
        stand_in = await erasing._make_stand_in(person, number)
        await erasing._take_out(some, person, stand_in, leaving=False)
        assert await finish_erasures(settings) == 1
        assert await finish_erasures(settings) == 0
    assert "samsword" not in repr(await every_row())
    assert await Person.filter(school_id=school.card.id, status=Status.NOBODY).count() == 1


async def test_an_eraser_that_is_left_out_is_noticed(school, ada, sam, tmp_path):
    await Filling(school.lincoln, ada.id).everything_of(sam, "samsword")
    short = [table for table in REGISTER if table.name != "paper_sheet"]
    number = await erasing.begin(sam.school.id, sam.id, KEY, None)
    # the table's own cascade would hide it, so it is looked at before the person goes
    with every_school("so that what would be left is what was forgotten"):
        person = await Person.get(id=sam.id)
        stand_in = await erasing._make_stand_in(person)
        await erasing._take_out(
            [one for one in reversed(short) if one.name not in erasing.LAST], person, stand_in, leaving=False
        )
        with pytest.raises(RuntimeError, match=LEFT):
            await erasing.check_gone(person.id)
    assert number


async def test_the_audit_says_that_it_happened_and_not_to_whom(school, sam, alma, tmp_path):
    await erase(sam, tmp_path, alma)
    rows = await AuditEntry.filter(school_id=school.card.id, act="erased a student").values()
    assert [(row["by_id"], row["about_id"], row["subject"], row["detail"]) for row in rows] == [(alma.id, None, "", "")]
    known = await Erasure.filter(school_id=school.card.id).values("state", "person_id", "reason")
    assert known == [{"state": "done", "person_id": None, "reason": ""}]
    digest = (await Tombstone.get()).digest
    assert digest == erasing.digest_of(sam.key, KEY)
    assert sam.key not in (tmp_path / erasing.TOMBSTONES).read_text()
    assert digest in (tmp_path / erasing.TOMBSTONES).read_text()


@pytest.mark.only("sqlite")
async def test_yesterdays_backup_brings_nobody_back(browser, school, ada, sam, settings, db):
    await Filling(school.lincoln, ada.id).everything_of(sam, "samsword")
    await make.facts(await make.student("Ben"), [(1, 20)], title="bensword")
    file = database_file(settings.database_url)
    backup = file.with_name("yesterday")
    copy_database(file, backup)
    await erasing.erase(REGISTER, sam.school.id, sam.id, settings.secret_key, settings.data_folder, None)

    # the operator puts yesterday's file back, and starts the service
    await get_connection("default").close()
    for path in (file, *file.parent.glob(f"{file.name}-*")):
        path.unlink(missing_ok=True)
    shutil.copy(backup, file)
    assert "samsword" in repr(await every_row())
    async with build_app(settings).lifespan():
        text = repr(await every_row())
    assert "samsword" not in text
    assert "bensword" in text
    assert await Erasure.filter(school_id=school.card.id, state="done").count() == 1
    assert await bury_again(settings) == 0


async def test_without_a_tombstone_nobody_is_touched(school, sam, settings):
    before = await every_row()
    assert await bury_again(settings) == 0
    assert await every_row() == before


async def test_staff_who_did_things_leave_the_things(school, ada, tom, tmp_path):
    curated = await make.curated_list(by=ada, items=2)
    await Filling(school.lincoln, tom.id).everything_of(ada, "adasword")
    await erase(ada, tmp_path)
    assert (await type(curated).get(school_id=school.card.id, id=curated.id)).owner_id is None  # type: ignore[attr-defined]


async def test_a_student_asks_and_an_admin_decides(browser, school, sam, tom, alma, ada):
    asked = await browser.sign_in(sam).post("/me/erase", {"reason": "We move away."})
    assert asked.headers["location"].endswith("/me/record")
    assert "You asked on" in (await browser.get("/me/record")).text
    again = await browser.post("/me/erase", {"reason": "Still."})
    assert again.status_code == 422

    for nobody in (tom, ada):
        assert (await browser.sign_in(nobody).get("/admin/records")).status_code == 404
    page = await browser.sign_in(alma).get("/admin/records")
    assert "We move away." in page.text
    one = f"/admin/records/{sam.key}"
    refused = await browser.post(f"{one}/refuse")
    assert refused.status_code == 303
    assert "We move away." not in (await browser.get("/admin/records")).text

    unsure = await browser.post(one, {"sure": ""})
    assert unsure.status_code == 422
    await Session.filter(person_id=alma.id).update(proved_at=None)
    unproved = await browser.post(one, {"sure": "y"})
    assert unproved.headers["location"].startswith("/lincoln/me/prove")
    assert await Person.filter(school_id=school.card.id, id=sam.id).exists()
    await Session.filter(person_id=alma.id).update(proved_at=dates.now())
    done = await browser.post(one, {"sure": "y"})
    assert done.status_code == 303
    assert not await Person.filter(school_id=school.card.id, id=sam.id).exists()
    assert (await browser.get(one)).status_code == 404


async def test_a_teacher_asks_for_a_student_of_an_own_class_and_for_no_other(browser, school, tom, sam, alma):
    ben = await make.student("Ben")
    page = await browser.sign_in(tom).get("/me/record")
    assert "Sam" in words_of(page)
    assert (await browser.get(f"/students/{ben.key}/erase")).status_code == 404
    assert (await browser.get(f"/students/{tom.key}/erase")).status_code == 404
    asked = await browser.post(f"/students/{sam.key}/erase", {"reason": "The family asks."})
    assert asked.status_code == 303
    found = words_of(await browser.sign_in(alma).get("/admin/records?q=sa"))
    assert "asked by Tom Reyes" in found
    assert (await browser.sign_in(sam).get(f"/students/{ben.key}/erase")).status_code == 404


def test_a_grade_stands_for_its_band_and_says_no_more():
    assert set(erasing.GRADE.values()) == {2, 5, 8, 12, None}


@pytest.mark.only("sqlite")
async def test_tombstones_of_two_workers_at_one_moment_are_all_kept(tmp_path):
    now = dates.now()

    def write(worker: int) -> None:
        for number in range(25):
            erasing.keep_tombstones(tmp_path, {f"{worker}-{number}": now})

    await asyncio.gather(*(asyncio.to_thread(write, worker) for worker in range(4)))
    assert len(erasing.read_tombstones(tmp_path)) == 100


async def test_no_preview_of_a_roster_names_or_brings_back_whoever_is_being_erased(school, alma, tmp_path):
    await rosters.bring(school.lincoln, rosters.zipped(rosters.a_set(**rosters.USUAL)))
    mia = await Person.get(school_id=school.lincoln.id, name="Mia")
    other = {**rosters.USUAL, "users": rosters.users("S3 student Mimi Park KG", "S1 student Sam Diaz 03")}
    other["enrollments"] = rosters.enrollments("C1 S3 student", "C2 S3 student", "C1 S1 student")
    key = await rosters.preview(school.lincoln, rosters.zipped(rosters.a_set("delta", **other)))
    assert await RosterRow.filter(school_id=school.lincoln.id, person_id=mia.id, what="member").exists()
    erasure = await erasing.begin(school.lincoln.id, mia.id, KEY, alma)
    assert not await RosterRow.filter(school_id=school.lincoln.id, about__contains="Mi").exists()
    # a row that was written at the same moment does not bring them back either
    of_import = await RosterImport.get(school_id=school.lincoln.id, key=key)
    row = {"what": "person", "outcome": "changed", "name": "Mimi", "role": "student", "hash": "x", "number": 99}
    await RosterRow.create(school_id=school.lincoln.id, of_import_id=of_import.id, person_id=mia.id, **row)
    await roster_applying.apply(school.lincoln.id, key, by=None, yes=True)
    assert (await Person.get(school_id=school.lincoln.id, id=mia.id)).status is Status.GONE
    await erasing.carry_on(REGISTER, erasure, KEY, tmp_path)
    assert not await Person.filter(school_id=school.lincoln.id, name__startswith="Mi").exists()
