"""SAFETY.md, U3, word by word, through the door by which a specialist brings a table in.

The speed that the row asks for, and the pages meanwhile, are measured by `python -m tests.bench.tables`.
"""

import csv
import gzip
import io
import random
from contextlib import aclosing

import pytest

from engage.resources import asking, catalogue, taking_back
from engage.resources.incoming_models import Import, ImportRow
from engage.resources.models import Holding, Resource
from engage.resources.rules import ImportState, ResourceState
from tests import make
from tests.resources.test_import_pages import said_of_columns, upload, words_of, work

HEAD = b"Title,Author\n"
LONG = "The line is longer than a row can be."
OPEN = "A quotation mark on this line is never closed."
NULS = "Unprintable characters were left out."
WINDOWS = "Its letters are those of Windows, not UTF-8."


async def looked_at(browser, body: bytes, key: str = "k1") -> str:
    """Upload a table, say that its first two columns are title and author, and look. The address of the import."""
    page = await browser.follow(await upload(browser, body, "books.csv", key))
    page = await browser.follow(page) if page.is_redirect else page
    if page.url.path.endswith("/columns"):
        page = await browser.follow(await browser.post(page.url.path, said_of_columns(title="0", creators="1")))
    await work(browser)
    return page.url.path


async def report(browser, address: str) -> list[tuple[str, str, str, str]]:
    """Line, outcome, title and reason of each row."""
    table = (await browser.get(f"{address}/report.csv")).text.removeprefix("\ufeff")
    return [(line, became, title, why) for line, became, title, _, why in list(csv.reader(io.StringIO(table)))[1:]]


async def started(browser, address: str, **choice: str):
    """The page after "Bring in", with the work done."""
    page = await browser.follow(await browser.post(f"{address}/start", choice))
    await work(browser)
    return page


CASES = {
    "10 MiB line": (
        # packed, because a request takes no more than 10 MiB; of letters that do not pack away to nothing
        gzip.compress(HEAD + b"One,A B\n" + random.Random(1).randbytes(5 * 2**20).hex().encode() + b"\nTwo,A B\n", 1),
        [("2", "New", "One", ""), ("3", "Refused", "", LONG), ("4", "New", "Two", "")],
    ),
    "NUL": (
        HEAD + b"One,A B\nT\x00wo,A B\n\x00\x00,\x00\n",
        [("2", "New", "One", ""), ("3", "New", "Two", NULS)],
    ),
    "mixed encodings": (
        HEAD + "Drei\u00dfig,\u00c4 B\n".encode("cp1252") + "Vierzig \u2014 \u6f22,\u00d6 B\n".encode(),
        [("2", "New", "Drei\u00dfig", WINDOWS), ("3", "New", "Vierzig \u2014 \u6f22", "")],
    ),
    "BOM": (b"\xef\xbb\xbf" + HEAD + b"One,A B\n", [("2", "New", "One", "")]),
    "BOM of UTF-16": ("\ufeffTitle,Author\nEin \u00c4,A B\n".encode("utf-16-le"), [("2", "New", "Ein \u00c4", "")]),
    "semicolons": (
        b'Title;Author\nOne, two;A B\n"Three; four";A B\n',
        [("2", "New", "One, two", ""), ("3", "New", "Three; four", "")],
    ),
    "duplicate headers": (
        b"Title,Author,Title\nOne,A B,Other\nTwo,A B,\n",
        [("2", "New", "One", ""), ("3", "New", "Two", "")],
    ),
    "quotes never closed": (
        HEAD + b'One,A B\n"Two,A B\nThree,A B\n' + b"".join(b"Book %d,A B\n" % n for n in range(120)),
        [("2", "New", "One", ""), ("3", "Refused", "", OPEN), ("4", "New", "Three", "")]
        + [(str(5 + n), "New", f"Book {n}", "") for n in range(120)],
    ),
    "a row too wide": (
        HEAD + b"One,A B\nTwo" + b",x" * 16_384 + b"\nThree,A B\n",
        [
            ("2", "New", "One", ""),
            ("3", "New", "Two", "It has more cells than there are headings; those at the end were left out."),
            ("4", "New", "Three", ""),
        ],
    ),
}


@pytest.mark.parametrize("word", CASES)
async def test_U3_each_row_has_its_line_and_what_would_become_of_it(browser, school, ada, word):
    body, told = CASES[word]
    address = await looked_at(browser.sign_in(ada), body)
    assert await report(browser, address) == told
    assert "Nothing is written yet" in words_of(await browser.get(address))
    assert await Resource.filter(school_id=school.card.id).count() == 0

    await started(browser, address)
    new = [title for _, became, title, _ in told if became == "New"]
    titles = Resource.filter(school_id=school.card.id).order_by("id")
    assert await titles.values_list("title", flat=True) == new
    assert [(line, title) for line, became, title, _ in await report(browser, address) if became == "Added"] == [
        (line, title) for line, became, title, _ in told if became == "New"
    ]


async def test_U3_16_385_columns_are_refused_at_the_door(browser, school, ada, settings):
    body = b",".join(b"Column %d" % n for n in range(16_385)) + b"\nOne\n"
    page = await upload(browser.sign_in(ada), body, "wide.csv")
    assert (page.status_code, "It has 16,385 columns." in words_of(page)) == (422, True)
    assert await Import.filter(school_id=school.card.id).count() == 0
    assert list(catalogue.uploads(settings.data_folder).glob("*")) == []


@pytest.mark.slow
async def test_U3_200_000_rows_are_read_and_one_more_is_told_to_divide(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("Title,Author\n" + "Book,A\n" * 200_001)
    count, mapping = 0, (await asking.look_at(path)).table.mapping
    program = asking.program_of(asking.CSV, mapping, "Library", 2**31)
    with path.open("rb") as file:
        async with aclosing(asking.items(file, program)) as items:
            async for item in items:
                if isinstance(item, str):
                    break
                count += 1
                assert item.number == count + 1
    assert (count, item) == (200_000, "An import takes 200,000 records at most; divide the file.")


BAD = HEAD + b"One,A B\n,Nobody\nTwo,A B\n"


async def test_U3_a_row_that_is_refused_is_left_out_where_nothing_else_is_chosen(browser, school, ada):
    address = await looked_at(browser.sign_in(ada), BAD)
    page = words_of(await browser.get(address))
    for said in ("If a row cannot be brought in", "Leave that row out", "Bring in nothing"):
        assert said in page, said
    await started(browser, address, refused="leave")
    assert await Resource.filter(school_id=school.card.id).values_list("title", flat=True) == ["One", "Two"]


async def test_U3_all_or_nothing_brings_in_nothing_of_a_table_with_a_bad_row(browser, school, ada):
    address = await looked_at(browser.sign_in(ada), BAD)
    page = await started(browser, address, refused="nothing")
    assert "Nothing was brought in, because not all rows can be." in words_of(page)
    assert await Resource.filter(school_id=school.card.id).count() == 0
    # the other way stays open, and the report says which row it was
    assert ("3", "Refused", "", "It has no title.") in await report(browser, address)
    await started(browser, address, refused="leave")
    assert await Resource.filter(school_id=school.card.id).count() == 2


async def test_U3_all_or_nothing_brings_in_all_of_a_good_table(browser, school, ada):
    address = await looked_at(browser.sign_in(ada), HEAD + b"One,A B\nTwo,A B\n")
    await started(browser, address, refused="nothing")
    assert await Resource.filter(school_id=school.card.id).count() == 2
    assert "Take this import back" in words_of(await browser.get(address))


async def test_U3_a_row_that_only_fails_while_it_is_written_takes_all_others_back(browser, school, ada, settings):
    held = await make.resource("Book 1", creator="A B", call_number="OLD")
    before = await Resource.filter(school_id=school.card.id).values()
    address = await looked_at(
        browser.sign_in(ada), b"Title,Author\n" + b"".join(b"Book %d,A B\n" % n for n in range(600))
    )
    # the reader may find at its second visit what it did not find at its first
    (path,) = catalogue.uploads(settings.data_folder).glob("*")
    path.write_bytes(path.read_bytes() + b",Nobody\n")
    await started(browser, address, refused="nothing")

    imported = await Import.get(school_id=school.card.id)
    assert (imported.state, imported.done) == (ImportState.TAKEN_BACK, 601)
    assert "line 602 cannot be" in words_of(await browser.get(address))
    offered = Resource.filter(school_id=school.card.id, state=ResourceState.OFFERED)
    now = await offered.values()
    for name in ("version", "changed_at"):
        del now[0][name], before[0][name]
    assert now == before
    places = Holding.filter(school_id=school.card.id, resource_id=held.id, gone_at__isnull=True)
    assert await places.values_list("call_number", flat=True) == ["OLD"]


async def test_U3_one_import_in_units_of_500_is_taken_back_whole(browser, school, ada):
    address = await looked_at(
        browser.sign_in(ada), b"Title,Author\n" + b"".join(b"Book %d,A B\n" % n for n in range(1_100))
    )
    await started(browser, address)
    assert await Import.filter(school_id=school.card.id).count() == 1
    assert await ImportRow.filter(school_id=school.card.id).count() == 1_100
    await browser.post(f"{address}/take-back")
    imported = await Import.get(school_id=school.card.id)
    await taking_back.take_back_import(school.card.id, imported.id)
    assert await Resource.filter(school_id=school.card.id, state=ResourceState.OFFERED).count() == 0


async def test_U3_a_choice_that_is_not_offered_starts_nothing(browser, school, ada):
    address = await looked_at(browser.sign_in(ada), HEAD + b"One,A B\n")
    assert (await browser.post(f"{address}/start", {"refused": "everything"})).status_code == 404
    assert (await Import.get(school_id=school.card.id)).dry_run
