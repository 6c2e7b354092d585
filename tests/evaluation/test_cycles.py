"""What fills a cycle: evidence frozen as it was, actions carried on, frameworks kept, and what closing means."""

import io
import json

import pytest
from PIL import Image

from engage import dates
from engage.classes import unit_actions
from engage.classes.unit_rules import Level
from engage.dates import Period
from engage.evaluation import actions, cycle_rules
from engage.evaluation.cycle_models import Evidence, EvidenceFile, PlannedAction, PracticeFramework
from engage.evaluation.framework import BEST
from engage.evaluation.framework_files import kept, written
from engage.evaluation.models import Cycle, Rating
from engage.lists.models import CuratedList
from tests import make
from tests.classes.test_units import started
from tests.conftest import Statements
from tests.school import Browser, TestSchool, words_of

READING = "/evaluation/2024-25/criteria/reading"
NEXT_TERM = Period(dates.date(2025, 9, 1), dates.date(2025, 12, 20))


@pytest.fixture
async def cycle(school: TestSchool) -> Cycle:
    """A year of Lincoln School that is over."""
    return await actions.start_cycle(make.PAST_YEAR, by=school.ada)


async def rate_all(cycle: Cycle, school: TestSchool, level: int = 2) -> None:
    for one in BEST.criteria:
        if one.needs_a_person:
            await actions.rate(cycle, one.code, level, by=school.ada)


def picture() -> bytes:
    made = io.BytesIO()
    Image.linear_gradient("L").resize((300, 450)).convert("RGB").save(made, "PNG", pnginfo=None)
    return made.getvalue() + b"<script>alert(1)</script>"


async def test_a_list_stands_as_evidence_as_it_was(browser: Browser, school: TestSchool, cycle: Cycle) -> None:
    curated = await make.curated_list(by=school.ada, title="Sea stories", items=2, published=True)
    browser.sign_in(school.ada)
    assert "List: Sea stories" in (await browser.get(f"{READING}/evidence")).text
    what = {"what": f"list {curated.key}", "note": "All of grade 3 used it.", "form_key": "a"}
    for _ in range(2):
        page = await browser.follow(await browser.post(f"{READING}/evidence", what))
    await CuratedList.filter(school_id=school.card.id).update(title="Changed")
    assert "Sea stories" in words_of(page)
    piece = await Evidence.get(school_id=school.card.id)
    shown = words_of(await browser.get(f"/evaluation/2024-25/evidence/{piece.key}"))
    for words in (
        "Sea stories",
        "As it was on",
        "What it says",
        "Book 1 of the sea; Book 2",
        "All of grade 3 used it.",
    ):
        assert words in shown
    assert "Sea stories (list" in words_of(await browser.get("/evaluation/2024-25/report"))
    for wrong in ("list nosuchkey", "figure reach", "planet mars", ""):
        assert (await browser.post(f"{READING}/evidence", {"what": wrong})).status_code == 422
    figure = {"what": "figure list_opens"}
    page = words_of(await browser.follow(await browser.post(f"{READING}/evidence", figure)))
    assert "Lists opened Figure" in page


async def test_a_unit_stands_as_evidence_for_those_who_plan_it(
    browser: Browser, school: TestSchool, cycle: Cycle
) -> None:
    unit = await started(school, school.ada, level=Level.COLLABORATE, objectives="Read a tide table.")
    browser.sign_in(school.ada)
    send, sent = f"{READING}/evidence", {"what": f"unit {unit.key}", "form_key": "a"}
    assert (await browser.post(send, sent)).status_code == 422  # a draft is only a thought
    await unit_actions.plan(unit.key, by=school.tom)
    assert f"Unit: {unit.title}" in (await browser.get(send)).text
    await browser.follow(await browser.post(send, {**sent, "form_key": "b"}))
    piece = await Evidence.get(school_id=school.card.id)
    shown = words_of(await browser.get(f"/evaluation/2024-25/evidence/{piece.key}"))
    for words in (unit.title, "Read a tide table.", "planned, taught and looked back on together", "Lessons 0"):
        assert words in shown
    assert "Tom Reyes" not in shown


async def test_a_file_is_a_download_and_a_picture_is_drawn_anew(
    browser: Browser, school: TestSchool, cycle: Cycle
) -> None:
    browser.sign_in(school.ada)
    send = f"{READING}/evidence/file"
    for name, body in (("a.svg", b"<svg/>"), ("a.html", b"<html>"), ("a.png", b"\x89PNG\r\n\x1a\nno picture")):
        answer = await browser.post(send, {"file_title": "Wall"}, files={"file": (name, body)})
        assert answer.status_code == 422, name
    nothing = await browser.post(send, {"file_title": "Wall"}, files={"file": ("", b"")})
    assert "Choose a file." in words_of(nothing)
    await browser.post(send, {"file_title": "Wall"}, files={"file": ("wall.png", picture())})
    await browser.post(send, {"file_title": "Plan"}, files={"file": ("plan.html", b"%PDF-1.7 <script>")})
    kinds = await EvidenceFile.filter(school_id=school.card.id).order_by("id").values_list("media_type", "name")
    assert kinds == [("image/webp", "wall.webp"), ("application/pdf", "plan.pdf")]
    keys = await Evidence.filter(school_id=school.card.id).order_by("id").values_list("key", flat=True)
    browser.sign_in(school.vera)
    for key, (kind, name) in zip(keys, kinds, strict=True):
        file = await browser.get(f"/evaluation/2024-25/evidence/{key}/file")
        assert file.headers["content-type"] == kind
        assert file.headers["content-disposition"].startswith(f'attachment; filename="{name}"')
        assert b"alert" not in file.content
        assert (await browser.get(f"/evaluation/2024-25/evidence/{key}")).status_code == 200
    for reader in (None, school.sam, school.rosa):
        assert (await browser.sign_in(reader).get(f"/evaluation/2024-25/evidence/{keys[0]}/file")).status_code == 404


async def test_a_file_comes_in_while_the_cycle_has_room(browser: Browser, school: TestSchool, cycle: Cycle) -> None:
    browser.sign_in(school.ada)
    send, plan = f"{READING}/evidence/file", {"file": ("plan.pdf", b"%PDF-1.7")}
    await browser.post(send, {"file_title": "Plan"}, files=plan)
    await EvidenceFile.filter(school_id=school.card.id).update(size=cycle_rules.LARGEST_CYCLE - 7)
    full = await browser.post(send, {"file_title": "Another", "form_key": "b"}, files=plan)
    assert (full.status_code, "The files of this cycle take 100 MB at most." in words_of(full)) == (422, True)
    assert await Evidence.filter(school_id=school.card.id).count() == 1
    await EvidenceFile.filter(school_id=school.card.id).update(size=cycle_rules.LARGEST_CYCLE - 8)
    assert (await browser.post(send, {"file_title": "Another", "form_key": "c"}, files=plan)).status_code == 303


async def test_an_address_is_kept_and_taken_away(browser: Browser, school: TestSchool, cycle: Cycle) -> None:
    browser.sign_in(school.ada)
    send = f"{READING}/evidence/address"
    wrong = await browser.post(send, {"page_title": "Hours", "address": "javascript:alert(1)"})
    assert (wrong.status_code, "Write a whole web address" in words_of(wrong)) == (422, True)
    assert 'value="Hours"' in wrong.text
    await browser.post(send, {"page_title": "Hours", "address": "https://www.example.org/hours"})
    piece = await Evidence.get(school_id=school.card.id)
    page = await browser.get(f"/evaluation/2024-25/evidence/{piece.key}")
    assert 'href="https://www.example.org/hours"' in page.text
    for reader in (school.tom, school.vera, school.rosa):
        gone = await browser.sign_in(reader).post(f"/evaluation/2024-25/evidence/{piece.key}/take-away")
        assert gone.status_code in (403, 404)
    page = await browser.follow(
        await browser.sign_in(school.ada).post(f"/evaluation/2024-25/evidence/{piece.key}/take-away")
    )
    assert "Hours" not in words_of(page)


async def test_two_who_judge_at_once_notice_each_other(browser: Browser, school: TestSchool, cycle: Cycle) -> None:
    browser.sign_in(school.ada)
    await actions.rate(cycle, "reading", 2, "Theirs.", by=school.ada)
    late = await browser.post(f"{READING}/rating", {"level": "4", "note": "Mine.", "seen": "0"})
    page = words_of(late)
    assert late.status_code == 422
    assert "What stands now: Developing. Theirs." in page
    assert "Mine." in late.text
    assert await Rating.filter(school_id=school.card.id).values_list("level", "version") == [(2, 1)]
    assert 'name="seen" type="hidden" value="1"' in late.text
    await browser.follow(await browser.post(f"{READING}/rating", {"level": "4", "note": "Mine.", "seen": "1"}))
    assert await Rating.filter(school_id=school.card.id).values_list("level", "version") == [(4, 2)]


async def test_an_action_that_is_left_open_goes_on_and_its_outcome_is_told(
    browser: Browser, school: TestSchool, cycle: Cycle
) -> None:
    browser.sign_in(school.ada)
    for what in ("Ask Room 15.", "Buy atlases."):
        sent = {"what": what, "who": "The specialist", "form_key": what}
        for _ in range(2):
            page = await browser.follow(await browser.post(f"{READING}/actions/new", sent))
    assert "Ask Room 15. To do, The specialist" in words_of(page)
    asked, atlases = await PlannedAction.filter(school_id=school.card.id).order_by("id")
    form = {"what": "Buy atlases.", "who": "", "state": "done", "seen": "1"}
    change = f"/evaluation/2024-25/actions/{atlases.key}"
    assert (await browser.post(change, form | {"outcome": ""})).status_code == 422
    await browser.follow(await browser.post(change, form | {"outcome": "Ten came."}))
    late = await browser.post(change, form | {"outcome": "Twelve came."})
    assert "What stands now: Buy atlases. done. Ten came." in words_of(late)
    assert (await browser.sign_in(school.tom).post(change, form)).status_code == 404
    await rate_all(cycle, school)
    browser.sign_in(school.ada)
    term = await actions.start_cycle(NEXT_TERM, by=school.ada)
    assert term.slug == "2025-09-to-2025-12"
    await browser.post("/evaluation/2024-25/close")
    carried = await PlannedAction.filter(school_id=school.card.id, cycle_id=term.id)
    assert [(one.what, one.carried_from_id) for one in carried] == [("Ask Room 15.", asked.id)]  # type: ignore[attr-defined]
    report = words_of(await browser.get(f"/evaluation/{term.slug}/report"))
    assert "Planned was: “Buy atlases.” Ten came." in report
    assert "Ask Room 15. Who: The specialist." in report
    assert (await browser.post(change, form | {"outcome": "Late.", "seen": "2"})).status_code == 422


async def test_a_closed_cycle_is_compared_with_and_what_comes_late_changes_nothing(
    browser: Browser, school: TestSchool, cycle: Cycle
) -> None:
    students = await make.past_year()
    await rate_all(cycle, school)
    browser.sign_in(school.ada)
    await browser.post("/evaluation/2024-25/close")
    await make.log_act(students[0], make.PAST_MONDAY, make.Mode.READING, 100)
    await make.log_act(students[0], NEXT_TERM.starts, make.Mode.READING, 50)
    for student in students[1:6]:
        await make.log_act(student, NEXT_TERM.starts, make.Mode.READING, 10)
    term = await actions.start_cycle(NEXT_TERM, by=school.ada)
    report = words_of(await browser.get(f"/evaluation/{term.slug}/report"))
    assert "They read for 100 minutes. In 2024-25 it was 744 minutes." in report
    assert "Minutes of reading 100 minutes In 2024-25: 744 minutes." in report
    for path, data in (
        (f"{READING}/rating", {"level": "1"}),
        (f"{READING}/evidence/address", {"page_title": "Hours", "address": "https://a.org/"}),
        (f"{READING}/actions/new", {"what": "More."}),
        (
            "/evaluation/2024-25/objectives/new",
            {"title": "More", "indicator": "reach", "target": "1", "due_on": "2025-01-01"},
        ),
    ):
        answer = await browser.post(path, data)
        assert (answer.status_code, "This cycle is closed." in words_of(answer)) == (422, True), path
    page = words_of(await browser.get(READING))
    assert "Add evidence" not in page
    assert "Plan an action" not in page


async def test_no_two_cycles_share_a_day_that_could_be_subtracted(
    browser: Browser, school: TestSchool, cycle: Cycle
) -> None:
    browser.sign_in(school.ada)
    for starts, ends in (("2024-08-01", "2025-06-30"), ("2024-07-31", "2025-07-31"), ("2025-07-31", "2025-12-19")):
        page = await browser.post("/evaluation/start", {"starts": starts, "ends": ends})
        said = "Some of these days are judged already, in 2024-25." in words_of(page)
        assert (page.status_code, said) == (422, True), (starts, ends)
    assert await Cycle.filter(school_id=school.card.id).count() == 1
    again = await browser.post("/evaluation/start", {"starts": "2024-08-01", "ends": "2025-07-31"})
    assert again.headers["location"].endswith("/evaluation/2024-25")


async def test_a_school_copies_changes_and_keeps_a_framework(browser: Browser, school: TestSchool) -> None:
    browser.sign_in(school.ada)
    new = {"title": "Our rubric", "source": "best", "form_key": "a"}
    for _ in range(2):
        page = await browser.follow(await browser.post("/evaluation/frameworks/new", new))
    assert "26 criteria, version 1" in words_of(page)
    row = await PracticeFramework.get(school_id=school.card.id)
    home = f"/evaluation/frameworks/{row.key}"
    whole = {
        "title": "Open hours",
        "statement": "The room is open when students are free.",
        "group": "The room",
        "kind": "record only",
        **{f"level_{n}": f"Step {n}" for n in (1, 2, 3, 4)},
    }
    short = await browser.post(f"{home}/new", {**whole, "level_3": "", "seen": "1"})
    assert (short.status_code, "Write this step." in words_of(short)) == (422, True)
    await browser.follow(await browser.post(f"{home}/new", {**whole, "seen": "1"}))
    late = await browser.post(f"{home}/criteria/open-hours", {**whole, "statement": "Mine.", "seen": "1"})
    assert "What stands now: Open hours . The room is open" in words_of(late)
    year = {"starts": "2024-08-01", "ends": "2025-07-31", "practice": row.key}
    page = words_of(await browser.follow(await browser.post("/evaluation/start", year)))
    assert "Our rubric, version 2." in page
    assert (await browser.post("/evaluation/2024-25/criteria/open-hours/rating", {"level": "3"})).status_code == 303
    await browser.post(f"{home}/criteria/open-hours/take-out")
    await browser.post(f"{home}/title", {"title": "Theirs", "seen": "3"})
    await browser.post(f"{home}/delete")
    page = words_of(await browser.get("/evaluation/2024-25"))
    assert "Our rubric, version 2." in page
    assert "We are here Step 3" in page
    assert kept((await Cycle.get(school_id=school.card.id)).criteria).criterion("open-hours") is not None
    assert (await browser.post("/evaluation/start", {**year, "ends": "2024-08-09"})).status_code == 422


async def test_a_framework_comes_in_as_json_or_is_refused_row_by_row(browser: Browser, school: TestSchool) -> None:
    browser.sign_in(school.ada)
    whole = json.loads((await browser.get("/evaluation/frameworks/best/framework.json")).text)
    assert len(whole["criteria"]) == 26
    send = "/evaluation/frameworks/bring"
    whole["criteria"][3]["levels"] = ["one"]
    wrong = await browser.post(send, files={"file": ("ours.json", json.dumps(whole).encode())})
    assert wrong.status_code == 422
    assert "Criterion 4: write what each of the four steps looks like" in words_of(wrong)
    assert await PracticeFramework.filter(school_id=school.card.id).count() == 0
    page = await browser.follow(await browser.post(send, files={"file": ("ours.json", written(BEST).encode())}))
    assert "The framework is brought in." in words_of(page)
    row = await PracticeFramework.get(school_id=school.card.id)
    for reader in (school.vera, school.tom):
        browser.sign_in(reader)
        assert (await browser.get("/evaluation/frameworks")).status_code == 200
        assert (await browser.get(f"/evaluation/frameworks/{row.key}")).status_code == 200
        for path in (send, "/evaluation/frameworks/new", f"/evaluation/frameworks/{row.key}/delete"):
            assert (await browser.post(path, {"title": "x"})).status_code in (403, 404)
    for reader in (school.rosa, school.sam, None):
        assert (await browser.sign_in(reader).get(f"/evaluation/frameworks/{row.key}")).status_code == 404


async def test_pages_cost_the_same_however_much_stands_in_a_cycle(
    browser: Browser, school: TestSchool, cycle: Cycle, statements: Statements
) -> None:
    browser.sign_in(school.ada)
    pages = (READING, "/evaluation/2024-25/report", "/evaluation/2024-25/at-a-glance", f"{READING}/evidence")
    costs = []
    for turn in range(2):
        for number in range(turn * 4):
            sent = {"page_title": f"Page {number}", "address": "https://a.org/"}
            await browser.post(f"{READING}/evidence/address", sent)
            await browser.post(f"{READING}/actions/new", {"what": f"Do {number}"})
        cost = []
        for page in pages:
            await browser.get(page)
            statements.forget()
            assert (await browser.get(page)).status_code == 200
            cost.append(len(statements))
        costs.append(cost)
    assert costs[0] == costs[1]
    # the report with everything in it takes four more: surveys, assigned work, and what was before
    assert max(costs[0][1], max(costs[0]) - 4) <= 16, costs
