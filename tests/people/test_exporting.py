"""A copy of everything that is held of one person: SAFETY.md, LOG08 and P6."""

import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest

from engage import dates
from engage.database.tenancy import every_school
from engage.people import exporting
from engage.people.models import Person, Session
from engage.people.privacy_models import RecordLink
from engage.register import REGISTER
from tests import make
from tests.people.filling import Filling

SECRETS = {"password_hash", "picture_hash", "token_hash", "content"}


def opened(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_the_copy_is_complete_against_the_register(school, sam, ada):
    await Filling(school.lincoln, ada.id).everything_of(sam, "samsword")
    record = await exporting.record_of(REGISTER, await Person.get(school_id=sam.school.id, id=sam.id))
    wrong = []
    for table in REGISTER:
        for one in table.references:
            rows = record[table.name + exporting.DONE * one.done]
            if not rows:
                wrong.append(f"{table.name} by {one.column}: no row")
            told = {name for row in rows for name in row}
            missing = {name.removesuffix("_id") for name in (*one.tells, *one.blanks)} - {
                name.removesuffix("_id") for name in told
            }
            if missing and table.exporter is None:
                wrong.append(f"{table.name} by {one.column}: without {missing}")
    assert wrong == []
    text = json.dumps(record, default=str)
    assert not SECRETS & {name for rows in record.values() for row in rows for name in row}
    assert "shared" in text  # things by their title, not by a number


async def test_the_copy_holds_nothing_of_anybody_else(school, sam, ada):
    ben = await make.student("Ben")
    filling = Filling(school.lincoln, ada.id)
    await filling.everything_of(sam, "samsword")
    await filling.everything_of(ben, "bensword")
    record = await exporting.record_of(REGISTER, await Person.get(school_id=sam.school.id, id=sam.id))
    text = json.dumps(record, default=str)
    assert "samsword" in text
    assert "bensword" not in text
    assert "Ben" not in text


async def test_the_zip_has_all_as_json_and_each_table_as_a_safe_spreadsheet(school, sam):
    await make.facts(sam, [(1, 20)], title='=HYPERLINK("http://bad.example")')
    person = await Person.get(school_id=sam.school.id, id=sam.id)
    record = await exporting.record_of(REGISTER, person)
    files = opened(exporting.zipped(record, REGISTER, person.name, dates.now()))
    whole = json.loads(files["record.json"])
    assert whole["of"] == "Sam"
    assert set(whole["tables"]) == set(record)
    assert whole["tables"]["log_entry"][0]["minutes"] == 20
    rows = list(csv.DictReader(io.StringIO(files["log_entry.csv"].decode("utf-8-sig"))))
    assert rows[0]["title"].startswith("'=HYPERLINK")
    assert "Passwords" in files["READ-ME.txt"].decode()


async def test_a_press_gives_the_copy_once_and_only_in_this_session(browser, sam, ada):
    await make.facts(sam, [(1, 20)], title="Owl Moon")
    page = await browser.sign_in(sam).get("/me/record")
    assert "Take the copy" in page.text
    pressed = await browser.post("/me/record")
    address = pressed.headers["location"]
    copy = await browser.get(address)
    assert copy.headers["content-type"] == "application/zip"
    assert "my-record.zip" in copy.headers["content-disposition"]
    assert b"Owl Moon" in opened(copy.content)["record.json"]
    assert (await browser.get(address)).status_code == 404

    again = (await browser.post("/me/record")).headers["location"]
    assert (await browser.sign_in(ada).get(again)).status_code == 404
    other = (await browser.sign_in(sam).post("/me/record")).headers["location"]
    await Session.filter(person_id=sam.id).delete()
    browser.tokens.pop(sam.id)
    assert (await browser.sign_in(sam).get(other)).status_code == 404


async def test_an_address_of_a_copy_lives_for_a_day(browser, sam):
    address = (await browser.sign_in(sam).post("/me/record")).headers["location"]
    with every_school("a test lets time pass"):
        await RecordLink.all().update(ends_at=dates.now() - timedelta(minutes=1))
    assert (await browser.get(address)).status_code == 404


async def test_a_card_alone_gives_no_copy(browser, sam):
    await browser.sign_in(sam).get("/me/record")
    await Session.filter(person_id=sam.id).update(way="card")
    refused = await browser.post("/me/record")
    assert refused.headers["location"].startswith("/lincoln/me/prove")


@pytest.mark.parametrize("who", ["tom", "ada", "alma", "dora"])
async def test_staff_take_their_own_copy_too(browser, school, who):
    pressed = await browser.sign_in(getattr(school, who)).post("/me/record")
    files = opened((await browser.get(pressed.headers["location"])).content)
    assert getattr(school, who).name.encode() in files["record.json"]


async def test_a_copy_of_five_thousand_entries_comes_whole(school, sam):
    await make.facts(sam, [(number % 300, 10) for number in range(5_000)], title="A long book")
    person = await Person.get(school_id=sam.school.id, id=sam.id)
    record = await exporting.record_of(REGISTER, person)
    files = opened(exporting.zipped(record, REGISTER, person.name, dates.now()))
    assert len(json.loads(files["record.json"])["tables"]["log_entry"]) == 5_000
