"""Surveys: answered once by those they are for, and nobody can tell who said what."""

import csv
import io
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from engage import dates
from engage.database.tenancy import every_school
from engage.evaluation import survey_actions
from engage.evaluation.indicators import INDICATORS
from engage.evaluation.planned import Together, together_of
from engage.evaluation.rules import HIDDEN, Value
from engage.evaluation.survey_actions import close_surveys
from engage.evaluation.survey_models import Survey, SurveyQuestion, SurveyTally, SurveyText, SurveyTurn
from engage.evaluation.survey_queries import token_for
from engage.people.models import AuditEntry, FormKey
from engage.people.rules import Reader
from tests import make
from tests.school import Browser, TestSchool, words_of


def given(school: TestSchool, **more: Any) -> dict[str, Any]:
    today = dates.today(school.card.zone)
    usual = {"title": "What you think", "introduction": "", "reading": "plain", "audience": "everybody", "classes": []}
    return {**usual, "program": "", "stage": "single", "before": "", "closes_on": today, **more}


async def opened(school: TestSchool, texts: bool = False, **more: Any) -> Survey:
    key = await survey_actions.make_survey(given(school, **more), ["learned", "more"], by=school.ada)
    if texts:
        await survey_actions.add_question(key, "text", "What shall we keep?", by=school.ada)
    await survey_actions.open_survey(key, by=school.ada)
    return await Survey.get(school_id=school.card.id, key=key)


async def answered(survey: Survey, who: list[Reader], place: int, text: str = "") -> None:
    questions = await SurveyQuestion.filter(school_id=who[0].school.id, survey_id=survey.id)
    for reader in who:
        answers = {one.key: text if one.kind == "text" else str(place) for one in questions}
        await survey_actions.answer(survey, answers, token_for("secret", survey.key, reader.id or 0), by=reader)


async def test_a_student_answers_once_and_nothing_says_who(
    browser: Browser, school: TestSchool, caplog: pytest.LogCaptureFixture
) -> None:
    survey = await opened(school, texts=True, reading="simple")
    browser.sign_in(school.sam)
    assert "The library asks you What you think" in words_of(await browser.get("/"))
    assert "What you think" in words_of(await browser.get("/surveys"))
    page = await browser.get(f"/surveys/{survey.key}")
    assert page.text.count('type="radio"') == 10
    assert page.text.count("<legend") == 3
    assert "Nobody sees who said what." in words_of(page)
    questions = await SurveyQuestion.filter(school_id=school.card.id).order_by("position")
    keys = [one.key for one in questions]
    assert (await browser.post(f"/surveys/{survey.key}", {})).status_code == 422
    wrong = await browser.post(f"/surveys/{survey.key}", {keys[0]: "9", keys[2]: "The cat"})
    assert (wrong.status_code, f'href="#q-{keys[0]}"' in wrong.text, "The cat" in wrong.text) == (422, True, True)
    before = await FormKey.all().count()
    done = await browser.follow(await browser.post(f"/surveys/{survey.key}", {keys[0]: "5", keys[2]: "The cat"}))
    assert "Thank you. Your answers are counted" in words_of(done)
    assert "The library asks you" not in words_of(await browser.get("/"))
    assert "You have answered" in words_of(done)
    again = await browser.post(f"/surveys/{survey.key}", {keys[0]: "1"})
    assert (again.status_code, "You have answered this already." in words_of(again)) == (422, True)
    counts = await SurveyTally.filter(school_id=school.card.id, count__gt=0).values_list(
        "question_id", "place", "count"
    )
    assert counts == [(questions[0].id, 5, 1)]
    # what is kept of it: a number, a text, and a hash; neither time nor person, and no order
    assert await FormKey.all().count() == before
    assert await AuditEntry.filter(school_id=school.card.id, about_id__not_isnull=True).count() == 0
    turn, text = await SurveyTurn.get(school_id=school.card.id), await SurveyText.get(school_id=school.card.id)
    assert turn.token == token_for(browser.app.settings.secret_key, survey.key, school.sam.id or 0)
    assert min(turn.id, text.id) > 2**40
    assert set(SurveyTurn._meta.fields) == {"id", "school", "school_id", "survey", "survey_id", "token"}
    kept = set(SurveyText._meta.fields) | set(SurveyTally._meta.fields)
    assert not {name for name in kept if name.endswith("_at") or "person" in name or name == "on"}
    assert "The cat" not in caplog.text
    assert (await Survey.get(school_id=school.card.id)).answers == 1


async def test_it_is_there_for_those_it_is_for_and_while_it_is_open(browser: Browser, school: TestSchool) -> None:
    ours = await opened(school, audience="classes", classes=[school.room.key])
    other = await make.school_class(school.lincoln, "Room 9")
    theirs = await opened(school, audience="classes", classes=[other.key])
    program = await make.program(by=school.ada)
    joined = await opened(school, audience="program", program=program.key)
    for reader, seen in ((school.sam, [200, 404, 404]), (school.tom, [200, 404, 404]), (school.vera, [404] * 3)):
        browser.sign_in(reader)
        assert [(await browser.get(f"/surveys/{one.key}")).status_code for one in (ours, theirs, joined)] == seen
    for reader in (None, school.remy, school.rosa):
        assert (await browser.sign_in(reader).get(f"/surveys/{ours.key}")).status_code == 404
    await make.enrolment(program, school.sam)
    browser.sign_in(school.sam)
    assert (await browser.get(f"/surveys/{joined.key}")).status_code == 200
    await survey_actions.close_survey(joined.key, by=school.ada)
    assert (await browser.get(f"/surveys/{joined.key}")).status_code == 404
    assert (await browser.post(f"/surveys/{joined.key}", {"x": "1"})).status_code == 404


async def test_results_show_once_it_is_closed_and_only_from_ten_answers_on(
    browser: Browser, school: TestSchool
) -> None:
    students = [await make.student(f"Child {number}", grade=4) for number in range(12)]
    survey, few = await opened(school, texts=True), await opened(school, title="Few")
    await answered(survey, students[:7], 5, "The cat")
    await answered(survey, students[7:], 2, "The lamp")
    await answered(few, students[:9], 5)
    browser.sign_in(school.vera)
    home = f"/evaluation/surveys/{survey.key}"
    open_page = words_of(await browser.get(home))
    assert "10 or more have answered" in open_page
    assert "58%" not in open_page
    assert "The cat" not in open_page
    assert (await browser.get(f"{home}/results.csv")).status_code == 404
    for one in (survey, few):
        await survey_actions.close_survey(one.key, by=school.ada)
    page = words_of(await browser.get(home))
    assert "I learned something new here. 12 58%" in page
    # what was written is for those alone who can remove it
    assert "The cat" not in page
    viewed = openpyxl.load_workbook(io.BytesIO((await browser.get(f"{home}/results.xlsx")).content))
    assert viewed.sheetnames == ["Results"]
    assert await SurveyTurn.filter(school_id=school.card.id).count() == 0
    nothing = await browser.get(f"/evaluation/surveys/{few.key}")
    assert "Fewer than 10 answered, so nothing is shown." in words_of(nothing)
    assert "%" not in words_of(nothing)
    for ending in ("csv", "xlsx"):
        assert (await browser.get(f"/evaluation/surveys/{few.key}/results.{ending}")).status_code == 404
    rows = list(csv.DictReader(io.StringIO((await browser.get(f"{home}/results.csv")).text.lstrip("\ufeff"))))
    assert [(row["Answer"], row["Shown as"]) for row in rows[:2]] == [("Agree", "58%"), ("No", "not shown")]
    text = await SurveyText.filter(school_id=school.card.id, text="The cat").first()
    assert text is not None
    remove = f"{home}/texts/{text.key}/remove"
    assert (await browser.post(remove)).status_code == 404
    browser.sign_in(school.ada)
    assert words_of(await browser.get(home)).count("The cat") == 2 * 7
    book = openpyxl.load_workbook(io.BytesIO((await browser.get(f"{home}/results.xlsx")).content))
    assert book.sheetnames == ["Results", "Words"]
    assert book["Results"]["E2"].value == 58
    after = words_of(await browser.follow(await browser.post(remove)))
    # each stands there, and once more in the name of its button
    assert (after.count("The cat"), after.count("The lamp")) == (2 * 6, 2 * 5)
    today = dates.today(school.card.zone)
    period = dates.Period(today, today)
    together = await together_of(school.card.id, school.card.zone, period)
    assert together.outcomes == {"learned": ((7, 12),), "more": ((7, 12),)}


@pytest.mark.only("sqlite")
def test_all_surveys_together_do_not_tell_what_one_of_them_withholds() -> None:
    def told(*pairs: tuple[int, int], fewest: int = 5) -> Value:
        counted: Any = SimpleNamespace(together=Together(outcomes={"learned": pairs}))
        return INDICATORS["survey_learned"].ask(counted, fewest).value

    assert told((18, 30)) == Value(60)
    assert told((18, 30), (6, 12)) == Value(57)
    # 19 of 42 less the 18 of 30 that are shown would be the one of the other survey
    assert told((18, 30), (1, 12)) == HIDDEN
    assert told((28, 30), (19, 20)) == Value(bound="over", edge=90)
    assert told((18, 30), (6, 11), fewest=12) == Value(60)


async def test_before_and_after_are_compared_and_stand_in_the_report(browser: Browser, school: TestSchool) -> None:
    students = [await make.student(f"Child {number}", grade=4) for number in range(20)]
    first = await opened(school, title="First", stage="before")
    second = await opened(school, title="Then", stage="after", before=first.key)
    await answered(first, students[:5], 4)
    await answered(first, students[5:], 2)
    await answered(second, students[:12], 5)
    await answered(second, students[12:], 1)
    await survey_actions.close_survey(second.key, by=school.ada)
    browser.sign_in(school.ada)
    home = f"/evaluation/surveys/{second.key}"
    assert "points" not in words_of(await browser.get(home))
    await survey_actions.close_survey(first.key, by=school.ada)
    assert "60% No: 40%" not in words_of(await browser.get(home))
    assert "25% (+35 points)" in words_of(await browser.get(home))
    await browser.post("/evaluation/start")
    year = dates.year_name(dates.school_year(dates.today(school.card.zone)))
    report = words_of(await browser.get(f"/evaluation/{year}/report"))
    assert "Of the 20 who answered “Then”, 60% say that they learned something new. Before, it was 25%." in report


async def test_the_library_makes_a_survey_and_it_closes_by_itself(browser: Browser, school: TestSchool) -> None:
    browser.sign_in(school.ada)
    today = dates.today(school.card.zone)
    sent = {"title": "Lantern Nights", "reading": "plain", "ready": ["learned"], "audience": "everybody"}
    sent |= {"stage": "single", "closes_on": today.isoformat(), "form_key": "a"}
    for wrong in ({"closes_on": "2020-01-01"}, {"audience": "classes"}, {"stage": "after"}, {"title": ""}):
        answer = await browser.post("/evaluation/surveys/new", sent | wrong)
        assert answer.status_code == 422, wrong
        assert "Lantern Nights" in answer.text or "title" in wrong
    for _ in range(2):
        page = await browser.follow(await browser.post("/evaluation/surveys/new", sent))
    assert "I learned something new here." in words_of(page)
    survey = await Survey.get(school_id=school.card.id)
    home = f"/evaluation/surveys/{survey.key}"
    wrong_question = await browser.post(f"{home}/questions", {"words": "Where?", "kind": "choice", "choices": "Home"})
    assert (wrong_question.status_code, "2 to 8 answers" in words_of(wrong_question)) == (422, True)
    await browser.post(f"{home}/questions", {"words": "Where?", "kind": "choice", "choices": "Home\nSchool\n"})
    assert "Where? One of some answers: Home, School" in words_of(await browser.get(home))
    assert (await browser.get(f"{home}/change")).status_code == 200
    await browser.post(f"{home}/change", sent | {"title": "Nights"})
    assert (await browser.sign_in(school.vera).get(home)).status_code == 404
    for path in ("open", "close", "delete", "questions", "change"):
        assert (await browser.post(f"{home}/{path}", {"words": "x", "kind": "text"})).status_code in (403, 404)
    browser.sign_in(school.ada)
    page = words_of(await browser.follow(await browser.post(f"{home}/open")))
    assert f"https://engage.test/lincoln/surveys/{survey.key}" in page
    assert (await browser.post(f"{home}/questions", {"words": "Late?", "kind": "text"})).status_code == 422
    now = dates.now()
    assert await close_surveys(now) == 0
    with every_school("a job closes those of all schools"):
        await Survey.filter(id=survey.id).update(closes_on=today - dates.timedelta(days=1))
        assert (await close_surveys(now), await close_surveys(now)) == (1, 0)
    assert (await Survey.get(school_id=school.card.id)).state == "closed"
    assert "closed" in (await browser.get("/evaluation/surveys")).text.lower()
