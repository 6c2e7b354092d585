"""The pages of evaluation: for those they serve and those they do not, what they show and what they cost."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from engage import dates
from engage.engagement.rules import Kind
from engage.evaluation import actions
from engage.evaluation.framework import BEST
from engage.evaluation.freezing import Deed, steadied
from engage.evaluation.models import Cycle, FrozenReport, Objective, Rating
from engage.evaluation.report import Report, build, from_json
from engage.evaluation.rules import Value
from engage.people.models import AuditEntry
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, words_of

PAGES = (
    "/evaluation",
    "/evaluation/how-we-measure",
    "/evaluation/2024-25",
    "/evaluation/2024-25/report",
    "/evaluation/2024-25/report.csv",
    "/evaluation/2024-25/report.json",
    "/evaluation/2024-25/criteria/reading",
)


@pytest.fixture
async def cycle(school: TestSchool) -> Cycle:
    """A year of Lincoln School that is over."""
    return await actions.start_cycle(make.PAST_YEAR, by=school.ada)


async def test_those_who_run_and_lead_the_library_read_the_evaluation(
    browser: Browser, school: TestSchool, cycle: Cycle
) -> None:
    for reader in (school.ada, school.tom, school.vera, school.alma):
        for page in PAGES:
            assert (await browser.sign_in(reader).get(page)).status_code == 200, (reader.name, page)


async def test_for_students_visitors_and_other_schools_there_is_no_evaluation(
    browser: Browser, school: TestSchool, cycle: Cycle
) -> None:
    for reader in (None, school.sam, school.rosa, school.remy, school.dora):
        for page in PAGES:
            assert (await browser.sign_in(reader).get(page)).status_code == 404, (reader and reader.name, page)


async def test_only_the_specialist_rates_and_only_planners_plan(
    browser: Browser, school: TestSchool, cycle: Cycle
) -> None:
    rating, freeze = "/evaluation/2024-25/criteria/reading/rating", "/evaluation/2024-25/freeze"
    new = "/evaluation/2024-25/objectives/new"
    for reader in (None, school.sam, school.tom, school.vera):
        browser.sign_in(reader)
        for path in (rating, freeze, new, "/evaluation/start"):
            assert (await browser.post(path, {"level": "3"})).status_code in (403, 404)
    assert (await browser.sign_in(school.alma).post(rating, {"level": "3"})).status_code == 403
    assert (await browser.post(freeze)).status_code == 303
    assert (await browser.sign_in(school.dora).post(freeze)).status_code in (403, 404)
    assert await Rating.filter(school_id=school.card.id).count() == 0
    assert await Objective.filter(school_id=school.card.id).count() == 0


async def test_this_years_evaluation_is_started_once(browser: Browser, school: TestSchool) -> None:
    browser.sign_in(school.ada)
    year = dates.year_name(dates.school_year(dates.today(school.card.zone)))
    assert f"Start {year}" in words_of(await browser.get("/evaluation"))
    page = await browser.follow(await browser.post("/evaluation/start"))
    assert "Too few students have taken part" in words_of(page)
    assert f"The evaluation of {year} is started." in words_of(page)
    again = await browser.follow(await browser.post("/evaluation/start"))
    assert f"The evaluation of {year} was started before, and stays as it is." in words_of(again)
    assert await Cycle.filter(school_id=school.card.id).count() == 1
    assert f"Start {year}" not in words_of(await browser.get("/evaluation"))


async def test_an_objective_shows_todays_place_on_its_way(browser: Browser, school: TestSchool, cycle: Cycle) -> None:
    await make.past_year()
    browser.sign_in(school.ada)
    filled = {
        "title": "Every student takes part",
        "aim": "9 in 10 log something.",
        "indicator": "reach",
        "baseline": "41",
        "target": "50",
        "due_on": "2025-06-01",
        "form_key": "a",
    }
    wrong = await browser.post("/evaluation/2024-25/objectives/new", {**filled, "due_on": "2026-06-01"})
    assert wrong.status_code == 422
    assert "The due day lies inside the cycle." in words_of(wrong)
    for baseline in ("inf", "nan", "-1", "1e999"):  # nothing that no page could draw
        wrong = await browser.post("/evaluation/2024-25/objectives/new", {**filled, "baseline": baseline})
        assert (wrong.status_code, "Where it stood is a number" in words_of(wrong)) == (422, True), baseline
    page = await browser.follow(await browser.post("/evaluation/2024-25/objectives/new", filled))
    # 24 of the 40, and Sam, who logged nothing
    assert "1 of 1 objectives met" in words_of(page)
    assert "Now 59%. Target 50%. Began at 41%." in page.text
    objective = await Objective.get(school_id=school.card.id)
    edit = f"/evaluation/2024-25/objectives/{objective.key}"
    assert 'value="Every student takes part"' in (await browser.get(edit)).text
    page = await browser.follow(await browser.post(edit, {**filled, "target": "90"}))
    assert "0 of 1 objectives met" in words_of(page)
    assert (await browser.get("/evaluation/2024-25/objectives/nosuchkey")).status_code == 404
    # numbers as our own pages write them
    large = {**filled, "indicator": "minutes_reading", "target": "12,000", "baseline": "4,010.5"}
    await browser.follow(await browser.post(edit, large))
    assert await Objective.filter(school_id=school.card.id).values_list("baseline", "target") == [(4010.5, 12000.0)]
    await browser.follow(await browser.post(edit, {**filled, "target": "90 %", "baseline": "41%"}))
    assert await Objective.filter(school_id=school.card.id).values_list("baseline", "target") == [(41.0, 90.0)]
    unclear = await browser.post(edit, {**filled, "target": "80,5"})
    assert "Write a number, such as 12 or 12.5." in words_of(unclear)


async def test_a_criterion_holds_live_evidence_and_takes_a_judgement(
    browser: Browser, school: TestSchool, cycle: Cycle
) -> None:
    await make.past_year()
    browser.sign_in(school.ada)
    page = words_of(await browser.get("/evaluation/2024-25/criteria/reading"))
    for part in ("Students who took part 59%", "Active days 4 days", "Minutes of reading 744 minutes", "As of"):
        assert part in page
    rating = "/evaluation/2024-25/criteria/reading/rating"
    assert (await browser.post(rating, {"note": ""})).status_code == 422
    kept = await browser.follow(await browser.post(rating, {"level": "3", "note": "Most of Room 12 listens."}))
    assert "We are here Most students take part" in words_of(kept)
    assert (await browser.post(rating, {"level": "4", "note": "More."})).status_code == 303
    assert await Rating.filter(school_id=school.card.id).values_list("level", "note") == [(4, "More.")]
    assert "We are here" in words_of(await browser.get("/evaluation/2024-25"))
    assert (await browser.get("/evaluation/2024-25/criteria/nosuch")).status_code == 404
    assert (await browser.post("/evaluation/2024-25/criteria/nosuch/rating", {"level": "1"})).status_code == 404


async def test_the_table_withholds_what_the_page_withholds(browser: Browser, school: TestSchool, cycle: Cycle) -> None:
    await make.past_year(active=3, idle=8)
    browser.sign_in(school.vera)
    page = words_of(await browser.get("/evaluation/2024-25/report"))
    answer = await browser.get("/evaluation/2024-25/report.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    made = await build(school.card, "2024-25", dates.now())
    assert len(rows) == sum(1 + len(figure.parts) for figure in made.figures)
    for row in rows:
        assert bool(row["Value"]) == (row["Shown as"][:1].isdigit()), row
        assert row["Definition"]
        assert row["As of"]
        assert row["Group"] or f"{row['Indicator']} {row['Shown as'][:1].upper()}{row['Shown as'][1:]}" in page
    reach = [row for row in rows if row["Indicator"] == "Students who took part"]
    assert [row["Shown as"] for row in reach] == ["26%", "not shown", "not shown"]
    whole = json.loads((await browser.get("/evaluation/2024-25/report.json")).text)
    assert whole | {"as_of": ""} == made.to_json() | {"as_of": ""}
    assert [figure["value"]["number"] for figure in whole["figures"]] == [each.value.number for each in made.figures]


async def test_a_frozen_report_stays_as_it_was(browser: Browser, school: TestSchool, cycle: Cycle) -> None:
    students = await make.past_year()
    browser.sign_in(school.ada)
    kept = await browser.follow(await browser.post("/evaluation/2024-25/freeze"))
    assert "744 minutes" in words_of(kept)
    await make.log_act(students[0], make.PAST_MONDAY, make.Mode.READING, 100)
    stays = await browser.get(str(kept.request.url.path))
    assert "744 minutes" in words_of(stays)
    assert "Frozen: nothing in it has changed since." in words_of(stays)
    assert "844 minutes" in words_of(await browser.get("/evaluation/2024-25/report"))
    frozen = await FrozenReport.get(school_id=school.card.id)
    assert from_json(frozen.content).to_text() == frozen.content
    assert await AuditEntry.filter(school_id=school.card.id).values_list("act", "subject") == [
        ("froze a report", frozen.key)
    ]
    assert (await browser.get("/evaluation/2024-25/frozen/nosuchkey")).status_code == 404
    assert (await browser.sign_in(school.rosa).get(str(kept.request.url.path))).status_code == 404


async def test_a_districts_admin_sees_no_figures_of_the_inside_on_the_way_to_what_is_not_theirs(
    browser: Browser, school: TestSchool, cycle: Cycle
) -> None:
    await make.past_year()
    browser.sign_in(school.dora)
    home = "/evaluation/2024-25"
    for page in (f"{home}/close", f"{home}/criteria/reading/evidence", "/evaluation/start", "/evaluation/surveys/new"):
        assert (await browser.get(page)).status_code in (403, 404), page
    for act in (f"{home}/close", f"{home}/criteria/reading/rating", f"{home}/criteria/reading/evidence/address"):
        assert (await browser.post(act, {})).status_code in (403, 404), act
    assert (await browser.sign_in(school.ada).get(f"{home}/close")).status_code == 200


async def test_two_frozen_reports_do_not_tell_what_few_did_in_between(
    browser: Browser, school: TestSchool, cycle: Cycle
) -> None:
    students = await make.past_year()
    browser.sign_in(school.ada)
    freeze = "/evaluation/2024-25/freeze"
    await browser.post(freeze)
    await make.log_act(students[0], make.PAST_MONDAY, make.Mode.READING, 100)
    await actions.rate(cycle, "reading", 3, "New words.", by=school.ada)
    kept = words_of(await browser.follow(await browser.post(freeze)))
    assert "744 minutes" in kept
    assert "844 minutes" not in kept
    assert "New words." in kept
    # as if all of them had logged since
    rows = FrozenReport.filter(school_id=school.card.id)
    for number, at in await rows.values_list("id", "at"):
        await FrozenReport.filter(school_id=school.card.id, id=number).update(at=at - timedelta(hours=1))
    assert "844 minutes" in words_of(await browser.follow(await browser.post(freeze)))


async def test_a_number_of_students_in_a_later_report_is_the_same_or_far_from_it(
    school: TestSchool, cycle: Cycle
) -> None:
    await make.past_year()
    before = await build(school.ada, "2024-25", dates.now())

    def with_students(report: Report, number: int) -> Report:
        figures = [replace(one, value=Value(number)) if one.name == "not_reached" else one for one in report.figures]
        return replace(report, figures=tuple(figures))

    def logged(many: int) -> list[Deed]:
        return [Deed(person, Kind.LOGGED, "reading", "3-5", True, False) for person in range(many)]

    earlier = with_students(before, 20)
    told = {
        (acted, number): steadied(earlier, with_students(before, number), logged(acted))
        .figure("not_reached")
        .value.number
        for acted in (4, 5)
        for number in (17, 25)
    }
    assert told == {(4, 17): 20, (4, 25): 20, (5, 17): 20, (5, 25): 25}


async def test_a_cycle_that_is_over_is_closed_and_counts_no_more(
    browser: Browser, school: TestSchool, cycle: Cycle
) -> None:
    students = await make.past_year()
    running = await actions.start_cycle(dates.school_year(dates.today(school.card.zone)), by=school.ada)
    browser.sign_in(school.ada)
    assert "Close this cycle" not in words_of(await browser.get(f"/evaluation/{running.slug}"))
    assert (await browser.post(f"/evaluation/{running.slug}/close")).status_code == 422
    assert "A person has to rate these first" in words_of(await browser.get("/evaluation/2024-25/close"))
    assert (await browser.post("/evaluation/2024-25/close")).status_code == 422
    for one in BEST.criteria:
        if one.needs_a_person:
            await actions.rate(cycle, one.code, 2, by=school.ada)
    assert "cannot be opened again" in words_of(await browser.get("/evaluation/2024-25/close"))
    closed = await browser.follow(await browser.post("/evaluation/2024-25/close"))
    assert "This cycle is closed" in words_of(closed)
    await make.log_act(students[0], make.PAST_MONDAY, make.Mode.READING, 100)
    page = words_of(await browser.get("/evaluation/2024-25"))
    assert "744 minutes" in page
    assert "Set an objective" not in page
    assert "Keep this" not in words_of(await browser.get("/evaluation/2024-25/criteria/reading"))
    for path in ("/evaluation/2024-25/close", "/evaluation/2024-25/criteria/reading/rating"):
        assert (await browser.post(path, {"level": "2"})).status_code == 422
    assert "744 minutes" in words_of(await browser.get("/evaluation/2024-25/report"))


async def test_no_page_names_a_student(browser: Browser, school: TestSchool, cycle: Cycle) -> None:
    await make.past_year()
    await actions.rate(cycle, "reading", 3, "On the way.", by=school.ada)
    for page in PAGES:
        answer = await browser.sign_in(school.vera).get(page)
        assert "Child" not in answer.text
        assert "Ada" not in answer.text


async def test_a_cycle_costs_the_same_however_much_happened(
    browser: Browser, school: TestSchool, cycle: Cycle, statements: Statements
) -> None:
    browser.sign_in(school.ada)
    await browser.get("/evaluation")
    costs = []
    for active in (0, 5):
        await make.past_year(active=active, idle=1)
        await browser.get("/evaluation/2024-25")
        statements.forget()
        await browser.get("/evaluation/2024-25")
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 20
