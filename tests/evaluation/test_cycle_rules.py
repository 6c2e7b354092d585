"""Evidence, actions and the days of a cycle: what is taken and what is refused."""

from datetime import date

import pytest

from engage.dates import Period
from engage.errors import Refused
from engage.evaluation import cycle_rules as rules
from engage.evaluation.cycle_rules import FileKind

pytestmark = pytest.mark.only("sqlite")
DAY = date(2026, 8, 1)


@pytest.mark.parametrize(
    ("name", "body", "kept"),
    [
        ("plan.pdf", b"%PDF-1.7", FileKind("application/pdf", "pdf")),
        ("plan.html", b"%PDF-1.7", FileKind("application/pdf", "pdf")),
        ("photo.jpg", b"\xff\xd8\xff\xe0", FileKind("image/webp", "webp", True)),
        ("photo.pdf", b"\x89PNG\r\n\x1a\n", FileKind("image/webp", "webp", True)),
        ("plan.docx", b"PK\x03\x04", FileKind(rules.OFFICE["docx"], "docx")),
        ("plan.exe", b"PK\x03\x04", FileKind("application/zip", "zip")),
        ("counts.csv", b"a,b\r\n1,2", FileKind("text/csv", "csv")),
    ],
)
def test_a_file_is_what_its_bytes_say(name: str, body: bytes, kept: FileKind) -> None:
    assert rules.kind_of_file(name, body) == kept


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.html", b"<html>"),
        ("a.txt", b" \n<script>"),
        ("a.csv", b"a\x00b"),
        ("a.exe", b"MZ\x90"),
        ("a.pdf", b""),
        ("a.pdf", b"%PDF-" + b"x" * rules.LARGEST_FILE),
    ],
)
def test_a_page_a_drawing_a_program_and_too_much_are_refused(name: str, body: bytes) -> None:
    with pytest.raises(Refused):
        rules.kind_of_file(name, body)


def test_a_download_has_a_name_of_ours() -> None:
    kind = FileKind("application/pdf", "pdf")
    assert rules.file_name("../../etc/Plan 2026.exe.html", kind) == "Plan 2026exe.pdf"
    assert rules.file_name("C:\\x\\<b>.pdf", kind) == "b.pdf"
    assert rules.file_name("", kind) == "evidence.pdf"


def test_a_cycle_has_room_for_so_much() -> None:
    rules.check_room(10, rules.LARGEST_CYCLE - 10)
    with pytest.raises(Refused):
        rules.check_room(11, rules.LARGEST_CYCLE - 10)


def test_an_address_is_whole_and_of_the_web() -> None:
    assert rules.check_address(" https://www.example.org/a?b#c ") == "https://www.example.org/a?b#c"
    for wrong in (
        "",
        "example.org",
        "javascript:alert(1)",
        "http://",
        "ftp://a.org",
        "https://me@a.org/",
        "http://a b.org",
    ):
        with pytest.raises(Refused):
            rules.check_address(wrong)


def test_an_action_that_is_done_says_what_came_of_it() -> None:
    rules.check_action("Ask Room 15", "", "open", "")
    rules.check_action("Ask Room 15", "", "done", "They come on Fridays.")
    for what, state, outcome, many in (
        ("", "open", "", 0),
        ("Ask", "done", " ", 0),
        ("Ask", "x", "", 0),
        ("Ask", "open", "", 30),
    ):
        with pytest.raises(Refused):
            rules.check_action(what, "", state, outcome, many)


def test_a_cycle_is_a_year_or_a_term() -> None:
    rules.check_period(Period(DAY, date(2027, 7, 31)))
    rules.check_period(Period(DAY, date(2026, 12, 20)))
    for ends in (DAY, date(2026, 8, 20), date(2026, 7, 1), date(2027, 12, 31)):
        with pytest.raises(Refused):
            rules.check_period(Period(DAY, ends))


def test_a_cycle_is_closed_once_it_is_over_and_people_have_judged_what_figures_cannot() -> None:
    over = date(2026, 8, 2)
    rules.check_closing(DAY, over, locked=False, unrated=[])
    with pytest.raises(Refused, match="Staffing; Roles"):
        rules.check_closing(DAY, over, locked=False, unrated=["Staffing", "Roles"])
    with pytest.raises(Refused, match="runs until"):
        rules.check_closing(DAY, DAY, locked=False, unrated=[])
    with pytest.raises(Refused, match="closed"):
        rules.check_closing(DAY, over, locked=True, unrated=[])
