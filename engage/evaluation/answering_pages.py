"""The pages on which a survey is answered, by a nine-year-old, too: once, without a name."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import NotFound, Refused
from engage.evaluation import survey_actions as actions
from engage.evaluation import survey_queries as queries
from engage.evaluation.survey_models import Survey
from engage.evaluation.survey_queries import Question
from engage.evaluation.survey_rules import LONGEST_ANSWER, Reading
from engage.web.forms import sent_form
from engage.web.render import render, say, see_other

LONGEST_SENT = 2_000


async def surveys_for_me(request: Request) -> Response:
    """The surveys that are open for this person, and which of them are done."""
    surveys = await queries.open_for(request.user, request.app.settings.secret_key)
    return render(request, "evaluation/surveys_for_me.html", surveys=surveys)


async def answer_survey(request: Request) -> Response:
    """The questions of a survey; every one may be skipped."""
    survey = await queries.survey_to_answer(request.user, request.path_params["key"])
    questions = await queries.questions_of(survey)
    token = _token(request, survey.key)
    if request.method != "POST":
        done = bool(await queries.answered(request.user.school.id, [token]))
        return _page(request, survey, questions, done=done)
    sent = await sent_form(request)
    answers = {one.key: str(sent.get(one.key, ""))[:LONGEST_SENT] for one in questions}
    try:
        await actions.answer(survey, answers, token, by=request.user)
    except Refused as refused:
        done = refused.sentence == actions.ANSWERED
        return _page(request, survey, questions, answers, refused, done=done)
    say(request, "Thank you. Your answers are counted, without your name.")
    return see_other(request, "evaluation.surveys_for_me")


def _page(
    request: Request,
    survey: Survey,
    questions: Sequence[Question],
    answers: dict[str, str] | None = None,
    refused: Refused | None = None,
    done: bool = False,
) -> Response:
    return render(
        request,
        "evaluation/answer_survey.html",
        422 if refused else 200,
        survey=survey,
        questions=questions,
        answers=answers or {},
        refused=refused,
        done=done,
        faces=survey.reading == Reading.SIMPLE,
        longest=LONGEST_ANSWER,
    )


def _token(request: Request, survey_key: str) -> str:
    person = request.user.id
    if person is None:
        raise NotFound(survey_key)
    return queries.token_for(request.app.settings.secret_key, survey_key, person)
