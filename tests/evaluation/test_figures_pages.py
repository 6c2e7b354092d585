"""The pages of indicators and of the district: for those they serve and those they do not, and what they cost."""

import csv
import io
import json
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest

from engage import dates
from engage.engagement.small_groups import HIDDEN, Value, share
from engage.engagement.turnout import BAND, MINUTES, People
from engage.evaluation.district import Counts, _lines, _reach, district_of
from engage.evaluation.indicators import ALL
from engage.people.models import AuditEntry, Membership, Person, School
from engage.people.rules import Reader
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, words_of

PAGES = ("", "/minutes_reading", "/minutes_reading.csv", "/minutes_reading.xlsx", "/minutes_reading.json")


async def this_year(school: str = "lincoln", each: int = 7, bands: tuple[int, ...] = (2, 4)) -> list[Reader]:
    """Students of some grades who logged in each mode this month."""
    students = []
    for grade in bands:
        for number in range(each):
            students.append(await make.student(f"Child {grade}-{number}", school, grade))
            today = dates.today(students[-1].school.zone)
            for mode in make.Mode:
                await make.log_act(students[-1], today, mode, 10 + number, format="book", place="here", pages=3)
    return students


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


async def test_figures_are_for_those_who_run_and_lead_the_library(browser: Browser, school: TestSchool) -> None:
    for reader in (school.ada, school.tom, school.vera, school.alma):
        browser.sign_in(reader)
        for page in PAGES:
            assert (await browser.get(f"/evaluation/indicators{page}")).status_code == 200, (reader.name, page)
    for stranger in (None, school.sam, school.rosa, school.dora):
        browser.sign_in(stranger)
        for page in PAGES:
            assert (await browser.get(f"/evaluation/indicators{page}")).status_code == 404
    assert (await browser.sign_in(school.ada).get("/evaluation/indicators/nosuch")).status_code == 404


async def test_every_indicator_has_a_page_with_its_definition(browser: Browser, school: TestSchool) -> None:
    await this_year(each=6)
    browser.sign_in(school.ada)
    index = words_of(await browser.get("/evaluation/indicators"))
    for one in ALL:
        page = await browser.get(f"/evaluation/indicators/{one.name}")
        assert page.status_code == 200
        assert one.title in index
        assert one.definition in words_of(page).replace("&#39;", "'")
        assert "As of" in words_of(page)


async def test_page_and_files_show_the_same_cells(browser: Browser, school: TestSchool) -> None:
    await this_year(each=6)
    browser.sign_in(school.vera)
    for name in ("minutes_reading", "sessions", "reach"):
        page = words_of(await browser.get(f"/evaluation/indicators/{name}"))
        rows = table((await browser.get(f"/evaluation/indicators/{name}.csv")).text)
        whole = json.loads((await browser.get(f"/evaluation/indicators/{name}.json")).text)
        book = openpyxl.load_workbook(io.BytesIO((await browser.get(f"/evaluation/indicators/{name}.xlsx")).content))
        lines = list(book.active.iter_rows(min_row=2, values_only=True))
        assert [row["Shown as"] for row in rows] == [cell["shown_as"] for cell in whole["cells"]]
        assert [row["Shown as"] for row in rows] == [str(line[6]) for line in lines]
        for row in rows:
            assert row["Shown as"][1:] in page
            assert row["Group"] in page or row["Shown as"] == "not shown"
    rows = table((await browser.get("/evaluation/indicators/sessions.csv")).text)
    shown = {(row["By"], row["Group"]): row["Shown as"] for row in rows}
    assert shown["", ""] == "36"
    assert shown["mode", "Viewing"] == "12"
    assert shown["grade band", "Grades K to 2"] == "18"


async def test_few_students_stand_together_or_are_not_shown(browser: Browser, school: TestSchool) -> None:
    await this_year(each=6, bands=(1, 4))
    await this_year(each=2, bands=(7,))
    browser.sign_in(school.ada)
    rows = table((await browser.get("/evaluation/indicators/minutes_reading.csv")).text)
    by_band = [row["Group"] for row in rows if row["By"] == "grade band"]
    assert by_band == ["Grades K to 2", "Grades 3 to 8"]
    assert [row["Shown as"] for row in rows if row["By"] == "month"] == []
    await School.filter(id=school.card.id).update(fewest=20)
    page = words_of(await browser.get("/evaluation/indicators/minutes_reading"))
    assert "Not shown" in page
    assert (
        " minutes "
        not in page.partition("of this definition")[0].partition("Minutes of reading")[2].partition("Minutes of")[0]
    )


async def test_limits_are_raised_and_never_lowered(browser: Browser, school: TestSchool) -> None:
    for stranger in (None, school.sam, school.tom, school.ada, school.vera, school.rosa):
        assert (await browser.sign_in(stranger).get("/evaluation/limits")).status_code in (403, 404)
        assert (await browser.post("/evaluation/limits", {"inside": "8", "beyond": "12"})).status_code in (403, 404)
    browser.sign_in(school.alma)
    for inside, beyond in (("4", "10"), ("8", "7"), ("8", "9"), ("101", "101"), ("", "10")):
        refused = await browser.post("/evaluation/limits", {"inside": inside, "beyond": beyond})
        assert refused.status_code == 422, (inside, beyond)
    page = await browser.follow(await browser.post("/evaluation/limits", {"inside": "8", "beyond": "12"}))
    assert "fewer than 8 students" in words_of(page)
    assert (await browser.post("/evaluation/limits", {"inside": "7", "beyond": "12"})).status_code == 422
    assert await School.filter(id=school.card.id).values_list("fewest", "fewest_shared") == [(8, 12)]
    assert await AuditEntry.filter(school_id=school.card.id).count() == 1


async def test_the_library_says_its_hours_and_a_figure_is_made_of_them(browser: Browser, school: TestSchool) -> None:
    await this_year(each=6)
    students = await Membership.filter(school_id=school.card.id, role="student", person__status="active").count()
    browser.sign_in(school.ada)
    home, figure = "/evaluation/staff", "/evaluation/indicators/students_per_hour"
    assert "Nothing to count" in words_of(await browser.get(figure))
    for wrong in ("", "0", "2001", "ten"):
        assert (await browser.post(home, {"hours": wrong})).status_code == 422, wrong
    await browser.follow(await browser.post(home, {"hours": "4"}))
    assert f"{round(students / 4, 1):g} students" in words_of(await browser.get(figure))
    for stranger in (None, school.sam, school.tom, school.vera, school.rosa, school.dora):
        assert (await browser.sign_in(stranger).post(home, {"hours": "9"})).status_code in (403, 404)
    assert await School.filter(id=school.card.id).values_list("staff_hours", flat=True) == [4]


async def test_the_district_sums_its_schools_without_names(browser: Browser, school: TestSchool) -> None:
    await this_year(each=6)
    await this_year("roosevelt", each=5)
    await this_year("hill", each=8)
    for stranger in (None, school.sam, school.tom, school.ada, school.alma, school.vera):
        assert (await browser.sign_in(stranger).client.get("/district/evaluation")).status_code in (303, 404)
    browser.sign_in(school.dora)
    await browser.be_known()
    page = words_of(await browser.client.get("/district/evaluation"))
    assert "2 schools" in page
    assert "Child" not in page
    rows = table((await browser.client.get("/district/evaluation.csv")).text)
    shown = {(row["Figure"], row["Schools"]): row["Shown as"] for row in rows}
    assert shown["Log entries", "All"] == "66"
    assert shown["Log entries", "Lincoln School"] == "36"
    assert shown["Pages", "Roosevelt School"] == "90 pages"
    assert "Hill School" not in page


async def test_each_school_of_a_district_is_summed_from_the_first_month_of_its_year(school: TestSchool) -> None:
    await School.filter(slug="roosevelt").update(year_starts_in=10)
    for slug in ("lincoln", "roosevelt"):
        for number in range(10):
            student = await make.student(f"Child {number}", slug, 4)
            for month, amount in ((9, 5), (10, 20)):
                await make.log_act(student, date(2025, month, 6), make.Mode.READING, amount)
    idle = [(await make.student(f"Idle {number}", "roosevelt", 4)).id for number in range(13)]
    await Person.filter(id__in=idle[:2]).update(status="gone")
    of_roosevelt: dict[str, Any] = {"school_id": school.remy.school.id, "role": "student", "person__status": "active"}
    enrolled = await Membership.filter(**of_roosevelt).count()
    for begins, minutes in ((10, 200), (8, 250)):
        await School.filter(slug="roosevelt").update(year_starts_in=begins)
        district = await district_of(school.card.district_id, datetime(2025, 11, 15, 12, tzinfo=UTC))
        line = next(line for line in district.lines if line.title == "Minutes of reading")
        assert dict(line.schools) == {"Lincoln School": Value(250), "Roosevelt School": Value(minutes)}
        assert dict(district.lines[0].schools)["Roosevelt School"] == share(10, enrolled, 10) != HIDDEN


@pytest.mark.only("sqlite")
def test_the_sum_of_a_district_does_not_tell_what_its_small_school_did() -> None:
    def school(name: str, students: int, minutes: int) -> Counts:
        people = {(MINUTES, "reading"): People(2**students - 1), (BAND, ""): People(2**students - 1)}
        return Counts(name, 40, Counter({("logged", "minutes", "reading"): minutes}), people)

    three = [school("Large", 20, 500), school("Other", 12, 300), school("Small", 4, 77)]
    minutes = next(line for line in _lines(three, 10) if line.title == "Minutes of reading")
    assert minutes.value == Value(800)
    assert dict(minutes.schools) == {"Large": Value(500), "Other": Value(300), "Small": HIDDEN}
    reach = _reach(three, 10)
    assert reach.value == Value(40)
    assert [value.words("%") for _, value in reach.schools] == ["50%", "30%", "under 25%"]


@pytest.mark.parametrize("path", ["/evaluation/indicators", "/evaluation/indicators/sessions"])
async def test_figures_cost_the_same_however_much_happened(
    browser: Browser, school: TestSchool, statements: Statements, path: str
) -> None:
    browser.sign_in(school.ada)
    costs = []
    for _ in range(2):
        await browser.get(path)
        statements.forget()
        await browser.get(path)
        costs.append(len(statements))
        await this_year(each=2)
    assert costs[0] == costs[1] <= 20


async def test_last_years_months_stand_beside_this_years(browser: Browser, school: TestSchool) -> None:
    today = dates.today(school.card.zone)
    before = today.replace(year=today.year - 1, day=min(today.day, 28))
    for reader in await this_year(each=6):
        await make.log_act(reader, before, make.Mode.READING, 7)
    rows = table((await browser.sign_in(school.ada).get("/evaluation/indicators/minutes_reading.csv")).text)
    years = {row["Group"]: row["Shown as"] for row in rows if row["By"] == "school year"}
    assert years == {dates.year_name(dates.school_year(before)): "84 minutes"}
