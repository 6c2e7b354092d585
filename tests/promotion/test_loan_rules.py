"""What a table of loans says, and which of its columns are never read; no database."""

import io
from datetime import date

import pytest

from engage.promotion import loan_worker
from engage.promotion.loan_rules import Unusable, allowed, days_in, guess, of_people, read
from tests.data import shared

HEAD = ["Barcode", "Call Number", "Patron Name", "Grade", "Checkouts", "Month", "Student ID"]


def test_columns_that_may_name_a_borrower_are_known_by_their_headings() -> None:
    assert [HEAD[at] for at in of_people(HEAD)] == ["Patron Name", "Grade", "Student ID"]
    assert guess(HEAD) == {"barcode": 0, "call": 1, "loans": 4, "starts": 5}
    # not even where somebody chooses one
    assert allowed({"barcode": 2, "loans": 4, "call": 99, "nonsense": 0}, HEAD) == {"loans": 4}
    assert of_people(["Item barcode", "Title", "Total Circulation", "From", "To"]) == []


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-09-03", (date(2026, 9, 3), date(2026, 9, 3))),
        ("9/3/2026", (date(2026, 9, 3), date(2026, 9, 3))),
        ("23/9/2026", (date(2026, 9, 23), date(2026, 9, 23))),
        ("2026-02", (date(2026, 2, 1), date(2026, 2, 28))),
        ("Sep 2026", (date(2026, 9, 1), date(2026, 9, 30))),
        ("February-2028", (date(2028, 2, 1), date(2028, 2, 29))),
    ],
)
def test_days_and_months_are_read(text: str, days: tuple[date, date]) -> None:
    assert days_in(text) == days


@pytest.mark.parametrize("text", ["2026-13-01", "soon", "1/2", "31/31/2026", "0000-00", "²026-01-01"])
def test_what_is_no_day_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Unusable) as no:
        days_in(text)
    assert text not in str(no.value)


@pytest.mark.parametrize(
    "cells",
    [
        {"loans": "3"},
        {"barcode": "1", "loans": ""},
        {"barcode": "1", "loans": "-3"},
        {"barcode": "1", "loans": "9" * 40},
        {"barcode": "1", "loans": "٣"},
        {"barcode": "1", "loans": "3"},
        {"barcode": "1", "loans": "3", "starts": "2026-02-01", "ends": "2026-01-01"},
        {"barcode": "1", "loans": "3", "starts": "2024-02-01", "ends": "2026-01-01"},
    ],
)
def test_rows_that_say_nothing_are_refused(cells: dict[str, str]) -> None:
    with pytest.raises(Unusable):
        read(cells, None, None)


def test_the_process_says_nothing_of_other_columns() -> None:
    table = 'Barcode,Patron,Loans,Month\r\n3001,Sam Diaz,"1,204",2026-09\r\n3002,Sam Diaz,x,2026-09\r\n'
    asked = {"do": "read", "most": 10_000, "columns": {"barcode": 0, "loans": 2, "starts": 3}, "starts": "", "ends": ""}
    said = list(loan_worker.said_of(io.BytesIO(table.encode()), asked))
    assert said[0] == {"line": 2, "by": [["barcode", "3001"]], "days": ["2026-09-01", "2026-09-30"], "loans": 1204}
    assert said[1] == {"line": 3, "refused": "How often it was borrowed is no number."}
    assert said[2] == {"end": True}
    (head, _) = list(loan_worker.said_of(io.BytesIO(table.encode()), {"do": "look", "most": 10_000}))
    assert head == {"head": ["Barcode", "Patron", "Loans", "Month"]}
    (stopped, _) = list(loan_worker.said_of(io.BytesIO(b"\x00" * 900), {"do": "look", "most": 10_000}))
    assert "stopped" in stopped


def test_every_title_report_is_read_for_total_requests_alone() -> None:
    for name in ("TRB1_sample_r51.tsv", "TRB3_sample_r51.tsv", "TR_sample_r51.tsv"):
        body = (shared("counter") / name).read_bytes()
        said = list(loan_worker.said_of(io.BytesIO(body), {"do": "report", "most": 1_000_000}))
        lines = [line.split("\t") for line in body.decode("utf-8-sig").splitlines()]
        place = next(number for number, line in enumerate(lines) if line[0] == "Title")
        head = lines[place]
        rows = [dict(zip(head, line, strict=False)) for line in lines[place + 1 :] if len(line) > 5]
        wanted = [row for row in rows if row["Metric_Type"] == "Total_Item_Requests" and (row["ISBN"] or row["DOI"])]
        total = sum(int(row["Reporting_Period_Total"]) for row in wanted)
        assert sum(one.get("loans", 0) for one in said) == total > 0, name
