"""The report as files: page, CSV, XLSX, PDF and JSON hold the same, and withhold the same, live and frozen."""

import asyncio
import io
import json
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from tortoise.context import TortoiseContext

from engage.cli import main
from engage.database.config import tortoise_config
from engage.evaluation import actions, evidence_actions
from engage.evaluation.models import Cycle
from engage.promotion.paper_pages import the_press
from tests import make
from tests.conftest import Place
from tests.school import Browser, TestSchool, words_of


async def test_all_that_is_taken_away_holds_the_same(browser: Browser, school: TestSchool) -> None:
    cycle = await actions.start_cycle(make.PAST_YEAR, by=school.ada)
    students = await make.past_year(active=3, idle=8)
    await actions.rate(cycle, "reading", 3, "=1+1", by=school.ada)
    await evidence_actions.plan_action(cycle, "reading", what="@ask", by=school.ada)
    browser.sign_in(school.ada)
    frozen = await browser.follow(await browser.post("/evaluation/2024-25/freeze"))
    home = str(frozen.request.url.path)
    await make.log_act(students[0], make.PAST_MONDAY, make.Mode.READING, 500)
    page = words_of(frozen)
    whole = json.loads((await browser.get(f"{home}/report.json")).text)
    book = openpyxl.load_workbook(io.BytesIO((await browser.get(f"{home}/report.xlsx")).content))
    live = openpyxl.load_workbook(io.BytesIO((await browser.get("/evaluation/2024-25/report.xlsx")).content))
    shown = {row[0].value: row[2].value for row in book["Figures"].iter_rows(min_row=2) if not row[1].value}
    assert {one["title"]: one["value"]["number"] for one in whole["figures"]} == shown
    now = {row[0].value: row[2].value for row in live["Figures"].iter_rows(min_row=2) if not row[1].value}
    assert now["Minutes of reading"] == shown["Minutes of reading"] + 500
    told = [row[1].value for row in book["In words"].iter_rows(min_row=2)]
    assert told
    assert [sentence for sentence in told if sentence.removeprefix("'") not in page] == []
    notes = [row[6].value for row in book["Best practice"].iter_rows(min_row=2) if row[6].value]
    assert notes == ["'=1+1"]
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert "Child" not in json.dumps(whole)
    for ending in ("json", "xlsx", "csv", "pdf"):
        assert (await browser.sign_in(school.rosa).get(f"{home}/report.{ending}")).status_code == 404


@pytest.mark.only("sqlite")
@pytest.mark.skipif(not shutil.which("pdftotext"), reason="no pdftotext here")
async def test_the_paper_says_what_the_page_says(browser: Browser, school: TestSchool) -> None:
    cycle = await actions.start_cycle(make.PAST_YEAR, by=school.ada)
    await make.past_year(active=5, idle=5)
    await actions.rate(cycle, "reading", 3, "On the way #here *and* $there.", by=school.ada)
    await actions.add_objective(
        cycle, title="More", aim="", indicator="reach", baseline=10, target=60, due_on=cycle.ends, by=school.ada
    )
    answer = await browser.sign_in(school.vera).get("/evaluation/2024-25/report.pdf?paper=a4")
    the_press().close()
    the_press.__globals__["press_in"].cache_clear()
    assert answer.headers["content-type"] == "application/pdf"
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=answer.content, capture_output=True, check=True)  # noqa: ASYNC221
    text = " ".join(done.stdout.decode().split())
    for words in (
        "Library program evaluation",
        "Who took part",
        "Students who took part",
        "On the way #here *and* $there.",
    ):
        assert words in text
    assert "“More” is on the way." in text or "“More” needs work." in text or "“More” is met." in text


async def settle(url: str) -> None:
    """A school with a cycle, and nothing else."""
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(url))
        lincoln = await make.school("lincoln", "Lincoln School", await make.district())
        year = make.PAST_YEAR
        await Cycle.create(school_id=lincoln.id, slug="2024-25", starts=year.starts, ends=year.ends)
        await context.connections.close_all()


@pytest.mark.only("sqlite")
def test_the_command_writes_all_four(template: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = template.url(shutil.copy(template.template, tmp_path / "engage.sqlite3"))
    asyncio.run(settle(url))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENGAGE_DATABASE_URL", url)
    monkeypatch.setenv("ENGAGE_SECRET_KEY", "a key that only the tests know, and nobody else")
    for ending, head in (("pdf", b"%PDF-"), ("xlsx", b"PK\x03\x04"), ("csv", b"\xef\xbb\xbfIndicator"), ("json", b"{")):
        words = ["report", "--school", "lincoln", "--cycle", "2024-25", "--format", ending, "-o", f"report.{ending}"]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.output
        assert (tmp_path / f"report.{ending}").read_bytes().startswith(head), ending
