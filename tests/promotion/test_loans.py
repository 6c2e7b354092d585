"""Circulation counts from upload to evaluation, and back."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from engage.dates import Period
from engage.errors import Refused
from engage.evaluation.planned import together_of
from engage.promotion import loan_queries, loans
from engage.promotion.loan_models import LoanFile, LoanRow
from engage.promotion.loan_reading import look_at
from engage.resources.models import Holding, Identifier
from tests import make
from tests.data import shared
from tests.school import Browser, TestSchool, words_of

TABLE = """Barcode,Call number,Patron,Checkouts,Month
3001,,Sam Diaz,4,2026-09
,E YOL,Sam Diaz,2,2026-10
9999,,Sam Diaz,1,2026-09
3001,,Sam Diaz,lots,2026-09
"""
AUTUMN = Period(date(2026, 9, 1), date(2026, 10, 31))


async def _copies(school: TestSchool) -> None:
    moon = await make.resource("Owl Moon", call_number="E YOL")
    snow = await make.resource("The Snowy Day", call_number="E KEA")
    await Holding.filter(school_id=school.card.id, resource_id=snow.id).update(barcodes="3000; 3001", copies=2)
    await make.curated_list(school.ada, "Snow", [snow], published=True)
    assert moon.id != snow.id


async def _lent(school: TestSchool, period: Period) -> Mapping[str, tuple[int, int]]:
    return (await together_of(school.card.id, school.card.zone, period)).lent


async def test_loans_are_looked_at_counted_and_taken_back(browser: Browser, school: TestSchool) -> None:
    await _copies(school)
    browser.sign_in(school.ada)
    assert (await browser.post("/curate/loans", {"form_key": "k"}, files={"file": ("a.csv", b"")})).status_code == 422
    sent = await browser.post("/curate/loans", {"form_key": "a"}, files={"file": ("circ.csv", TABLE.encode())})
    page = await browser.follow(sent)
    said = words_of(page)
    assert "We do not read this column: Patron." in said
    assert "Sam Diaz" not in page.text
    assert "6 loans in 2 rows" in said
    assert "Line 4: Nothing of ours has this number." in said
    assert await LoanRow.filter(school_id=school.card.id).count() == 0
    assert await _lent(school, AUTUMN) == {}

    at = sent.headers["location"].removeprefix("/lincoln")
    form = {"form_key": "b", "act": "count"}
    assert (await browser.post(at, form)).status_code == 303
    file = await LoanFile.get(school_id=school.card.id)
    assert (file.state, file.counted, file.refused, file.loans) == ("counted", 2, 2, 6)
    assert (file.starts, file.ends, file.file) == (AUTUMN.starts, AUTUMN.ends, "")
    assert await _lent(school, AUTUMN) == {"on lists": (4, 2), "all": (6, 3)}
    half = Period(date(2026, 9, 1), date(2026, 9, 15))
    assert await _lent(school, half) == {}
    report = (await browser.get(f"{at}/report.csv")).text
    assert "The Snowy Day" in report
    assert "Sam Diaz" not in report
    assert "9999" not in report
    again = await browser.post("/curate/loans", {"form_key": "c"}, files={"file": ("circ.csv", TABLE.encode())})
    assert "Counts of some of these days are here already: circ.csv." in words_of(await browser.follow(again))
    for reader in (school.tom, school.sam, school.rosa, None):
        browser.sign_in(reader)
        assert (await browser.get("/curate/loans")).status_code in (403, 404) or reader is school.rosa
        assert (await browser.get(at)).status_code in (403, 404)
        assert (await browser.post(f"{at}/take-back")).status_code in (403, 404)
    assert (await browser.sign_in(school.ada).post(f"{at}/take-back")).status_code == 303
    assert await _lent(school, AUTUMN) == {}
    assert await LoanRow.filter(school_id=school.card.id, of_file_id=file.id).count() == 0


async def test_how_a_table_is_read_is_said_once(browser: Browser, school: TestSchool) -> None:
    await _copies(school)
    table = b"Thing;Out\n3001;7\n"
    browser.sign_in(school.ada)
    sent = await browser.post("/curate/loans", {"form_key": "a"}, files={"file": ("x.csv", table)})
    at = sent.headers["location"].removeprefix("/lincoln")
    assert "What would be counted" not in words_of(await browser.get(at))
    form = {"form_key": "b", "act": "look", "barcode": "0", "loans": "1"}
    assert (await browser.post(at, form)).status_code == 422
    days = {"first_day": "2026-09-01", "last_day": "2026-09-30"}
    assert (await browser.post(at, form | days)).status_code == 303
    assert "7 loans in 1 row 0 rows left out" in words_of(await browser.get(at))
    other = await browser.post("/curate/loans", {"form_key": "c"}, files={"file": ("y.csv", b"Thing;Out\n3000;1\n")})
    again = await LoanFile.get(school_id=school.card.id, key=other.headers["location"].rpartition("/")[2])
    assert again.mapping == '{"barcode": 0, "loans": 1}'


@pytest.mark.only("sqlite")
async def test_a_file_broken_off_counts_nothing_and_is_begun_anew(school: TestSchool, tmp_path: Path) -> None:
    await _copies(school)
    path = tmp_path / "circ.csv"
    path.write_text(TABLE)
    look = await look_at(path)
    key = await loans.begin("circ.csv", "circ.csv", look, "x", by=school.ada)
    file = await LoanFile.get(school_id=school.card.id, key=key)
    await LoanRow.create(school_id=school.card.id, of_file_id=file.id, line=2, loans=4)  # as far as it came
    assert await _lent(school, AUTUMN) == {}
    told = await loans.count(school.card.id, key, path)
    assert (told.counted, told.refused) == (2, 2)
    assert await LoanRow.filter(school_id=school.card.id).count() == 4


@pytest.mark.only("sqlite")
async def test_a_command_brings_a_table_in(school: TestSchool, tmp_path: Path) -> None:
    await _copies(school)
    path = tmp_path / "circ.csv"
    path.write_text("Thing,Patron,Out\n3001,Sam Diaz,7\n1,Sam Diaz,1\n")
    september = (date(2026, 9, 1), date(2026, 9, 30))
    how = {"barcode": "Thing", "loans": "Out"}
    for wrong in ({}, {"barcode": "Nothing"}, {"nonsense": "Thing"}, {"barcode": "Patron", "loans": "Out"}):
        with pytest.raises(Refused):
            await loans.bring_by_command(school.card.id, path, wrong, *september, False)
    told, unread = await loans.bring_by_command(school.card.id, path, how, *september, True)
    assert (told.loans, told.refused, unread) == (7, 1, ["Patron"])
    assert await LoanFile.filter(school_id=school.card.id).count() == 0
    await loans.bring_by_command(school.card.id, path, how, *september, False)
    assert await _lent(school, Period(*september)) == {"on lists": (7, 2), "all": (7, 3)}


@pytest.mark.only("sqlite")
async def test_a_counter_report_tells_how_e_books_were_used(browser: Browser, school: TestSchool) -> None:
    title = await make.resource("Title 1")
    await Identifier.create(school_id=school.card.id, resource_id=title.id, scheme="doi", value="10.9999/xxxxt01")
    body = (shared("counter") / "TRB1_sample_r51.tsv").read_bytes()
    browser.sign_in(school.ada)
    sent = await browser.post("/curate/loans", {"form_key": "a"}, files={"file": ("TR_B1.tsv", body)})
    said = words_of(await browser.follow(sent))
    assert "A COUNTER title report" in said
    assert "9,825 uses in 12 rows" in said
    at = sent.headers["location"].removeprefix("/lincoln")
    assert (await browser.post(at, {"form_key": "b", "act": "count"})).status_code == 303
    year = Period(date(2022, 1, 1), date(2022, 12, 31))
    rows = await loan_queries.loans_of(school.card.id, [title.id], year)
    assert loan_queries.loans_in(rows, year) == 9825
    assert loan_queries.loans_in(rows, Period(date(2022, 2, 1), date(2022, 2, 28))) == 748
    assert await _lent(school, year) == {}
    for name in ("DR_sample_r51.tsv", "PR_sample_r51.tsv"):
        other = (shared("counter") / name).read_bytes()
        no = await browser.post("/curate/loans", {"form_key": name}, files={"file": (name, other)})
        assert no.status_code == 422
        assert "It is no title report" in words_of(no)
