"""The pages of surveys for those who run them and read what came of them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import NotFound, Refused
from engage.evaluation import rules, survey_rules
from engage.evaluation import survey_actions as actions
from engage.evaluation import survey_queries as queries
from engage.evaluation.survey_forms import AUDIENCES, KINDS, READINGS, STAGES, QuestionForm, SurveyForm
from engage.evaluation.survey_models import Survey
from engage.evaluation.survey_rules import Asked, Phase
from engage.evaluation.workbooks import book_of
from engage.web.cache import answer
from engage.web.render import render, say, see_other
from engage.web.tables import Cell, attachment, csv_answer

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TIME_TO_ANSWER = timedelta(days=14)
HEAD = ("Survey", "Question", "Answers", "Answer", "Percent", "Shown as", "Closed")


async def surveys(request: Request) -> Response:
    """The school's surveys."""
    rows = await queries.surveys_for(request.user)
    return render(
        request,
        "evaluation/surveys.html",
        surveys=rows,
        stages=STAGES,
        enough=max(survey_rules.ENOUGH, request.user.school.fewest),
        may_plan=rules.may_plan(request.user),
    )


async def new_survey(request: Request) -> Response:
    """Make a survey."""
    rules.check_planner(request.user)
    ready = [one.code for one in survey_rules.READY]
    last = dates.today(request.user.school.zone) + TIME_TO_ANSWER
    form = await SurveyForm.read(request, await _offered(request), ready=ready, closes_on=last)
    if form.complete:
        try:
            chosen = form.ready.data or ()
            key = await actions.make_survey(form.given, chosen, by=request.user, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The survey is made. Look at its questions, then open it.")
            return see_other(request, "evaluation.survey", key=key)
    return render(request, "evaluation/edit_survey.html", form.status, form=form, survey=None)


async def edit_survey(request: Request) -> Response:
    """Change a draft: its words, who answers, and until when."""
    rules.check_planner(request.user)
    found = await queries.survey_for(request.user, request.path_params["key"])
    filled = {
        **{
            name: getattr(found, name)
            for name in ("title", "introduction", "reading", "audience", "stage", "closes_on")
        },
        "classes": [room["key"] for room in await queries.classes_of(found)],
        "program": await queries.key_of_program(found),
        "before": await queries.key_of_before(found),
    }
    form = await SurveyForm.read(request, await _offered(request, found.key), **filled)
    if form.complete:
        try:
            await actions.change_survey(found.key, form.given, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The survey is changed.")
            return see_other(request, "evaluation.survey", key=found.key)
    return render(request, "evaluation/edit_survey.html", form.status, form=form, survey=found)


async def _offered(request: Request, but: str = "") -> dict[str, Sequence[tuple[str, str]]]:
    nothing = [("", "None")]
    return {
        "classes": await queries.classes_to_ask(request.user),
        "program": [*nothing, *await queries.programs_to_ask(request.user)],
        "before": [*nothing, *await queries.surveys_to_compare(request.user, but)],
    }


async def survey(request: Request) -> Response:
    """One survey: its questions while it is a draft, its link while it is open, its results once it is closed."""
    found = await queries.survey_for(request.user, request.path_params["key"])
    return await _survey(request, found, await QuestionForm.read(request))


async def add_question(request: Request) -> Response:
    """Ask something of one's own."""
    rules.check_planner(request.user)
    found = await queries.survey_for(request.user, request.path_params["key"])
    form = await QuestionForm.read(request)
    if form.complete:
        try:
            await actions.add_question(
                found.key, form.kind.data, form.words.data, form.lines, by=request.user, form_key=form.key
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The question is added.")
            return see_other(request, "evaluation.survey", key=found.key)
    return await _survey(request, found, form)


async def _survey(request: Request, found: Survey, form: QuestionForm) -> Response:
    reader = request.user
    asked = await queries.results_of(found, reader.school.fewest)
    return render(
        request,
        "evaluation/survey.html",
        form.status,
        survey=found,
        questions=await queries.questions_of(found),
        rooms=await queries.classes_of(found),
        asked=asked,
        texts=await queries.texts_of(found, reader.school.fewest) if asked and rules.may_plan(reader) else {},
        over=found.closes_on < dates.today(reader.school.zone),
        some=survey_rules.enough(found.answers, reader.school.fewest),
        enough=max(survey_rules.ENOUGH, reader.school.fewest),
        moved=survey_rules.moved,
        form=form,
        kinds=KINDS,
        readings=READINGS,
        audiences=AUDIENCES,
        stages=STAGES,
        may_plan=rules.may_plan(reader),
    )


async def remove_question(request: Request) -> Response:
    """Ask one question less."""
    key = request.path_params["key"]
    await actions.remove_question(key, request.path_params["question"], by=request.user)
    say(request, "The question is taken out.")
    return see_other(request, "evaluation.survey", key=key)


async def open_survey(request: Request) -> Response:
    """Let it be answered."""
    key = request.path_params["key"]
    await actions.open_survey(key, by=request.user)
    say(request, "The survey is open. Give the link to those who are to answer.")
    return see_other(request, "evaluation.survey", key=key)


async def close_survey(request: Request) -> Response:
    """End it."""
    key = request.path_params["key"]
    await actions.close_survey(key, by=request.user)
    say(request, "The survey is closed. Its results stay as they are.")
    return see_other(request, "evaluation.survey", key=key)


async def delete_survey(request: Request) -> Response:
    """Delete a draft."""
    title = await actions.delete_survey(request.path_params["key"], by=request.user)
    say(request, f"“{title}” is deleted.")
    return see_other(request, "evaluation.surveys")


async def remove_text(request: Request) -> Response:
    """Take out an answer that names somebody."""
    key = request.path_params["key"]
    await actions.remove_text(key, request.path_params["text"], by=request.user)
    say(request, "The answer is removed. Nobody can read it any more.")
    return see_other(request, "evaluation.survey", key=key)


async def survey_csv(request: Request) -> Response:
    """The results of a survey as a table."""
    asked, _ = await _closed(request)
    return csv_answer(f"Survey {asked.title}.csv", HEAD, rows_of(asked))


async def survey_xlsx(request: Request) -> Response:
    """The results of a survey as a workbook; with what was written, for those who remove what names somebody."""
    asked, found = await _closed(request)
    texts = await queries.texts_of(found, request.user.school.fewest) if rules.may_plan(request.user) else {}
    words = {one.key: one.words for one in await queries.questions_of(found)}
    written = [(words[question], one["text"]) for question, some in texts.items() for one in some]
    tables: list[Any] = [("Results", HEAD, rows_of(asked))]
    if written:
        tables.append(("Words", ("Question", "Answer"), written))
    at = dates.end_of(asked.closed_on, request.user.school.zone)
    body = await asyncio.to_thread(book_of, tables, at)
    return answer(request, body, XLSX, Content_Disposition=attachment(f"Survey {asked.title}.xlsx"))


async def _closed(request: Request) -> tuple[Asked, Survey]:
    found = await queries.survey_for(request.user, request.path_params["key"])
    asked = await queries.results_of(found, request.user.school.fewest)
    if found.state != Phase.CLOSED or asked is None:
        raise NotFound(found.key)
    return asked, found


def rows_of(asked: Asked) -> list[Sequence[Cell]]:
    """The results as rows of a table, what is withheld as that."""
    rows: list[Sequence[Cell]] = []
    for reply in asked.replies:
        known: list[tuple[str, Any]] = [("Agree", reply.agreed)] if reply.kind == "scale" else []
        for name, value in (*known, *reply.parts):
            many = reply.answers or None
            rows.append((asked.title, reply.words, many, name, value.number, value.words("%"), asked.closed_on))
    return rows
