"""Imports on their pages: a file is looked at, brought in, reported and taken back."""

import csv
import io
import json
from datetime import timedelta

import pytest

from engage import dates, jobs
from engage.database.job_model import Job, JobState
from engage.database.queue import registry
from engage.resources import catalogue
from engage.resources.incoming_models import Import
from engage.resources.models import Holding, Resource
from engage.resources.rules import ImportState
from engage.resources.table_fields import FIELDS
from tests import make
from tests.data import shared
from tests.resources.marc_records import book, iso2709, record
from tests.school import words_of


async def upload(browser, body: bytes, name: str = "export.mrc", key: str = "k1"):
    return await browser.post("/curate/imports/new", {"form_key": key}, files={"file": (name, body)})


async def work(browser) -> None:
    """Do the imports that are queued, as the worker would."""
    assert jobs.Worker, "the house names its jobs"
    for imported in await Import.filter(school_id=browser.who.school.id, state=ImportState.WAITING):
        await registry["import_catalogue"].function(
            school_id=imported.school_id, import_id=imported.id, settings=browser.app.settings
        )


async def jobs_done(browser, name: str) -> None:
    """Do what was queued under a name, as the worker would."""
    for queued in await Job.filter(name=name, state=JobState.QUEUED):
        await registry[name].function(**json.loads(queued.args))
        await Job.filter(id=queued.id).update(state=JobState.DONE)


async def test_a_file_is_looked_at_brought_in_reported_and_taken_back(browser, school, ada, settings):
    await make.resource("Book 1", creator="Jane Yolen")
    browser.sign_in(ada)
    nameless = record(("001", "9"), ("100", "1 ", "a", "Nobody"))
    body = iso2709(book(1, "Book 1", ("852", "  ", "h", "E YOL")), book(2, "Book 2"), nameless)
    page = await browser.follow(await upload(browser, body))
    assert "The file is being looked at" in words_of(page)
    assert page.headers["refresh"] == "2"
    address = page.url.path

    await work(browser)
    page = await browser.get(address)
    words = words_of(page)
    assert "refresh" not in page.headers
    for said in ("Nothing is written yet", "3 records in the file", "1 new", "1 will change", "1 refused",
                 "It has no title (field 245).", "Bring in 2 records"):  # fmt: skip
        assert said in words, said
    assert await Resource.filter(school_id=school.card.id).count() == 1

    page = await browser.follow(await browser.post(f"{address}/start"))
    assert "The records are being brought in" in words_of(page)
    await work(browser)
    words = words_of(await browser.get(address))
    for said in ("1 added", "1 changed", "1 refused", "Take this import back"):
        assert said in words, said
    assert await Resource.filter(school_id=school.card.id).count() == 2
    assert list(catalogue.uploads(settings.data_folder).glob("*")) == []

    refused = words_of(await browser.get(f"{address}?outcome=refused"))
    assert ("It has no title" in refused, "Book 2" in refused) == (True, False)
    table = await browser.get(f"{address}/report.csv")
    rows = list(csv.reader(io.StringIO(table.text.removeprefix("\ufeff"))))
    assert [row[:3] for row in rows] == [
        ["Number", "What became of it", "Title"],
        ["1", "Changed", "Book 1"],
        ["2", "Added", "Book 2"],
        ["3", "Refused", ""],
    ]
    assert table.headers["content-disposition"].startswith('attachment; filename="export report.csv"')

    words = words_of(await browser.follow(await browser.post(f"{address}/take-back")))
    assert "The import is being taken back" in words
    await jobs_done(browser, "take_back_import")
    assert "This import was taken back" in words_of(await browser.get(address))
    assert "Book 2" not in words_of(await browser.get("/search?q=book"))
    await browser.follow(await upload(browser, body, key="k2"))
    await work(browser)
    again = await Import.filter(school_id=school.card.id).order_by("-id").first()
    await browser.post(f"/curate/imports/{again.key}/start")
    await work(browser)
    assert "Book 2" in words_of(await browser.get("/search?q=book"))


TABLE = b'Was,Name,Who,Shelf\n1,Owl Moon,"Yolen, Jane",E YOL\n2,Coraline,Neil Gaiman,FIC GAI\n,,Nobody,\n'


def said_of_columns(**columns: str) -> dict[str, str]:
    """The form of the columns as a browser sends it."""
    return {"form_key": "k", **dict.fromkeys(FIELDS, ""), **columns}


async def test_a_table_waits_until_somebody_says_what_its_columns_are(browser, school, ada):
    browser.sign_in(ada)
    page = await browser.follow(await upload(browser, TABLE, "books.csv"))
    page = await browser.follow(page) if page.is_redirect else page
    assert page.url.path.endswith("/columns")
    words = words_of(page)
    for said in ("What the columns are", "Owl Moon", "FIC GAI", "Who"):
        assert said in words, said
    assert await Job.filter(name="import_catalogue").count() == 0

    address = page.url.path
    none = await browser.post(address, said_of_columns(creators="2"))
    assert (none.status_code, "Say which column holds the title." in words_of(none)) == (422, True)
    wrong = await browser.post(address, said_of_columns(title="9"))
    assert wrong.status_code == 422
    page = await browser.follow(
        await browser.post(address, said_of_columns(title="1", creators="2", call="3", on_shelf="y"))
    )
    assert "The file is being looked at" in words_of(page)
    await work(browser)
    words = words_of(await browser.get(page.url.path))
    for said in ("3 rows in the table", "2 new", "1 refused", "It has no title.", "Say what the columns are", "Line"):
        assert said in words, said
    # it can be said otherwise before anything is written
    await browser.post(address, said_of_columns(title="1", creators="2"))
    await work(browser)
    await browser.post(f"{page.url.path}/start")
    await work(browser)
    rows = Resource.filter(school_id=school.card.id).order_by("id")
    assert await rows.values_list("title", "creators", "here") == [
        ("Owl Moon", "Jane Yolen", False),
        ("Coraline", "Neil Gaiman", False),
    ]
    assert (await browser.post(address, said_of_columns(title="1"))).status_code == 422
    # the rows that were shown go with the file
    imported = await Import.get(school_id=school.card.id)
    assert (imported.file, "Coraline" in imported.mapping, '"Name"' in imported.mapping) == ("", False, True)
    assert "Take this import back" in words_of(await browser.get(page.url.path))
    # the next table with these headings is read like that
    page = await browser.follow(
        await upload(browser, TABLE + b"3,Miss Rumphius,Barbara Cooney,E\n", "more.csv", key="k4")
    )
    assert "The file is being looked at" in words_of(page)


COPIES = {"form_key": "k", "tag": "852", "call": "khim", "place": "bc", "barcode": "p", "copies": "", "site": "",
          "ours": "", "names": ""}  # fmt: skip


async def test_how_copies_are_written_is_said_once_and_seen_before(browser, school, ada):
    browser.sign_in(ada)
    fields = (
        ("949", "  ", "a", "FIC GAI", "l", "MAIN", "i", "T1"),
        ("949", "  ", "a", "FIC GAI", "l", "ROOS", "i", "T2"),
    )
    body = iso2709(book(1, "Coraline", *fields), book(2, "Owl moon", fields[1]))
    page = await browser.follow(await upload(browser, body))
    await work(browser)
    page = await browser.get(page.url.path)
    assert "Say how copies are written" in words_of(page)
    address = f"{page.url.path}/copies"
    words = words_of(await browser.get(address))
    for said in ("Coraline", "$a FIC GAI $l MAIN $i T1", "No call number , Library , 1 copy"):
        assert said in words, said

    told = COPIES | {"tag": "949", "call": "a", "place": "l", "barcode": "i", "site": "l", "ours": "main",
                     "names": "MAIN = Main hall"}  # fmt: skip
    words = words_of(await browser.post(address, told | {"act": "show"}))
    for said in ("FIC GAI , Main hall , 1 copy T1", "None of its copies is in this library."):
        assert said in words, said
    assert await Import.filter(school_id=school.card.id, state=ImportState.WAITING).count() == 0
    wrong = await browser.post(address, told | {"tag": "9", "act": "save"})
    assert (wrong.status_code, "A field has three digits" in words_of(wrong)) == (422, True)

    page = await browser.follow(await browser.post(address, told | {"act": "save"}))
    await work(browser)
    words = words_of(await browser.get(page.url.path))
    assert ("1 new" in words, "1 refused" in words) == (True, True)
    await browser.post(f"{page.url.path}/start")
    await work(browser)
    assert await Holding.filter(school_id=school.card.id).values_list("call_number", "location") == [
        ("FIC GAI", "Main hall")
    ]
    assert (await browser.post(address, told | {"act": "save"})).status_code == 422
    # the next file is read like that at once
    page = await browser.follow(await upload(browser, body, key="k9"))
    await work(browser)
    assert "1 unchanged" in words_of(await browser.get(page.url.path))
    assert (await browser.sign_in(school.tom).get(address)).status_code == 404


async def test_an_export_of_a_reading_app_says_what_is_taken_of_it(browser, school, ada):
    browser.sign_in(ada)
    body = shared("reader-exports/bookwyrm__storygraph.csv").read_bytes()
    page = await browser.follow(await upload(browser, body, "storygraph.csv"))
    await work(browser)
    words = words_of(await browser.get(page.url.path))
    for said in ("This is what StoryGraph exports.", "stays theirs", "2 new", "Always Coming Home"):
        assert said in words, said
    assert (await browser.get(f"{page.url.path}/columns")).status_code == 404


async def test_pasted_isbns_are_looked_up(browser, school, ada):
    await make.resource("Owl Moon", identifiers=(("isbn", "9780399214578"),))
    browser.sign_in(ada)
    pasted = {"form_key": "k", "isbns": "399214577\r\n9.78E+12\r\n0142410373\r\n"}
    page = await browser.follow(await browser.post("/curate/imports/new", pasted))
    await work(browser)
    words = words_of(await browser.get(page.url.path))
    for said in ("Pasted ISBNs", "3 ISBNs", "1 here", "2 not found", "Owl Moon", "Read out of “399214577”.",
                 "A spreadsheet has rounded this ISBN", "The library does not have it."):  # fmt: skip
        assert said in words, said
    for said in ("Bring in", "Take this import back", "Nothing is written yet"):
        assert said not in words, said
    assert (await browser.follow(await browser.post(f"{page.url.path}/start"))).status_code == 200
    assert await Resource.filter(school_id=school.card.id).count() == 1
    # the same form sent twice is one import, and with other numbers it is told so
    assert (await browser.post("/curate/imports/new", pasted)).headers["location"] == page.url.path
    other = await browser.post("/curate/imports/new", pasted | {"isbns": "0439928249"})
    assert (other.status_code, "This form was sent before with other words." in words_of(other)) == (422, True)
    none = await browser.post("/curate/imports/new", {"form_key": "k2", "isbns": " "})
    assert (none.status_code, "Choose a file, or paste ISBNs below." in words_of(none)) == (422, True)


async def test_an_import_of_one_school_is_none_of_another(browser, school, ada):
    browser.sign_in(ada)
    await upload(browser, iso2709(book(1, "Book 1")))
    made = await Import.get(school_id=school.card.id)
    browser.sign_in(school.rosa)
    for path in ("", "/report.csv"):
        assert (await browser.get(f"/roosevelt/curate/imports/{made.key}{path}")).status_code == 404
    for act in ("start", "go-on", "take-back"):
        assert (await browser.post(f"/roosevelt/curate/imports/{made.key}/{act}")).status_code == 404
        assert (await browser.sign_in(school.tom).post(f"/curate/imports/{made.key}/{act}")).status_code == 404
        browser.sign_in(school.rosa)


async def test_the_same_upload_twice_is_one_import(browser, school, ada):
    browser.sign_in(ada)
    first = await upload(browser, iso2709(book(1, "Book 1")))
    second = await upload(browser, iso2709(book(1, "Book 1")))
    assert first.headers["location"] == second.headers["location"]
    assert await Import.filter(school_id=school.card.id).count() == 1


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\x\\y.mrc", "y.mrc"), ("a" * 300, "a"), ("<i>.mrc", "<i>.mrc")],
)
async def test_a_file_lies_under_a_name_of_ours(browser, school, ada, settings, name, kept):
    browser.sign_in(ada)
    page = await browser.follow(await upload(browser, iso2709(book(1, "Book 1")), name))
    made = await Import.get(school_id=school.card.id)
    (file,) = catalogue.uploads(settings.data_folder).glob("*")
    assert (file.name, file.stat().st_mode & 0o777, made.file) == (made.file, 0o600, file.name)
    assert made.name.startswith(kept)
    assert "<i>" not in page.text


@pytest.mark.parametrize("body", [b"", None])
async def test_an_upload_of_nothing_is_refused(browser, school, ada, body):
    files = {"file": ("", b"")} if body is None else {"file": ("a.mrc", body)}
    page = await browser.sign_in(ada).post("/curate/imports/new", {"form_key": "k"}, files=files)
    assert page.status_code == 422
    assert await Import.filter(school_id=school.card.id).count() == 0


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"PK\x03\x04" + b"x" * 90, "This is an Excel workbook or an archive."),
        (b"\x00\x01\x02" * 90, "This is neither MARC nor MARCXML, and no table either."),
        (b"Work Id,Edition Id,Bookshelf\nOL1W,,Read\n", "This export of Open Library holds no titles."),
    ],
)
async def test_a_file_that_is_none_is_refused_beside_its_field(browser, school, ada, settings, body, sentence):
    page = await upload(browser.sign_in(ada), body, "list.csv")
    assert (page.status_code, sentence in words_of(page)) == (422, True)
    assert await Import.filter(school_id=school.card.id).count() == 0
    assert list(catalogue.uploads(settings.data_folder).glob("*")) == []


async def test_a_file_without_records_says_so_and_cannot_be_started(browser, school, ada):
    browser.sign_in(ada)
    page = await browser.follow(await upload(browser, b"<book/>", "list.xml"))
    await work(browser)
    words = words_of(await browser.get(page.url.path))
    assert "There is no MARC record in this XML." in words
    assert "Bring in" not in words
    said = await browser.follow(await browser.post(f"{page.url.path}/start"))
    assert "There is nothing to start" in words_of(said)


async def test_an_import_whose_file_is_gone_says_so(browser, school, ada, settings):
    browser.sign_in(ada)
    page = await browser.follow(await upload(browser, iso2709(book(1, "Book 1"))))
    for file in catalogue.uploads(settings.data_folder).glob("*"):
        file.unlink()
    await work(browser)
    assert "The file is not here any more" in words_of(await browser.get(page.url.path))


async def test_an_import_that_nobody_works_on_can_go_on(browser, school, ada):
    browser.sign_in(ada)
    page = await browser.follow(await upload(browser, iso2709(book(1, "Book 1"))))
    await Job.filter(name="import_catalogue").update(state=JobState.FAILED)
    page = await browser.get(page.url.path)
    assert ("broken off" in words_of(page), "refresh" in page.headers) == (True, False)
    await browser.post(f"{page.url.path}/go-on")
    assert await Job.filter(name="import_catalogue", state=JobState.QUEUED).count() == 1


async def test_old_uploads_are_thrown_away(browser, school, ada, settings):
    browser.sign_in(ada)
    await upload(browser, iso2709(book(1, "Book 1")))
    assert await catalogue.tidy_uploads(settings, dates.now()) == 0
    assert await catalogue.tidy_uploads(settings, dates.now() + timedelta(days=8)) == 0
    assert list(catalogue.uploads(settings.data_folder).glob("*")) == []
    assert (await Import.get(school_id=school.card.id)).file == ""


async def test_a_long_report_is_turned_page_by_page_in_few_statements(browser, school, ada, statements):
    browser.sign_in(ada)
    page = await browser.follow(await upload(browser, iso2709(*(book(n, f"Book {n}") for n in range(1, 121)))))
    await work(browser)
    seen, address = [], page.url.path
    while address:
        statements.forget()
        page = await browser.client.get(address)
        assert len(statements) <= 5
        seen += [row for row in range(1, 121) if f">Book {row}<" in page.text]
        address = page.text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
        if 'rel="next"' not in page.text:
            break
    assert seen == list(range(1, 121))


async def test_imports_are_listed_with_who_brought_them(browser, ada):
    browser.sign_in(ada)
    await upload(browser, iso2709(book(1, "Book 1")))
    words = words_of(await browser.get("/curate/imports"))
    assert ("export.mrc" in words, "Ada Okafor" in words, "Not finished" in words) == (True, True, True)
