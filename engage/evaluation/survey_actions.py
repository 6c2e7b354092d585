"""What is done with surveys: made, asked, opened, answered once, closed; and what names somebody is taken out.

An answer is added to numbers. Who gave it is kept nowhere: only that this person has had a turn, as a keyed hash, and
that too goes when the survey closes. So a form key, which is kept with the person, is not used here (DECISIONS.md).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from random import SystemRandom
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from engage import dates
from engage.database.transaction import one_transaction, savepoint
from engage.errors import NotFound, Refused
from engage.evaluation import rules, survey_rules
from engage.evaluation.survey_models import (
    Survey,
    SurveyClass,
    SurveyQuestion,
    SurveyTally,
    SurveyText,
    SurveyTurn,
    drawn,
)
from engage.evaluation.survey_queries import Question, due_to_close, questions_of
from engage.evaluation.survey_rules import BY_CODE, POINTS, Asking, Audience, Phase, Stage
from engage.people import audit
from engage.people.models import School, SchoolClass
from engage.people.once import once
from engage.people.rules import Reader
from engage.programs.models import Program

ANSWERED = "You have answered this already. Thank you."
OVER = "This survey is over."


@one_transaction
async def make_survey(values: Mapping[str, Any], ready: Sequence[str], *, by: Reader, form_key: str = "") -> str:
    """Make a survey, a draft at first; returns its key.

    values: title introduction reading audience stage closes_on, and program, before, classes by their keys.
    ready: codes of ready-made questions. Raises Refused, NotFound, NotAllowed.
    """
    rules.check_planner(by)

    async def make() -> str:
        survey = Survey(school_id=by.school.id, by_id=by.id)
        await _fill(survey, values, by)
        for number, code in enumerate(code for code in BY_CODE if code in ready):
            await SurveyQuestion.create(
                school_id=by.school.id,
                survey_id=survey.id,
                position=number + 1,
                kind=Asking.SCALE,
                code=code,
                words=BY_CODE[code].plain,
            )
        await audit.note("made a survey", by=by, subject=survey.key, detail=survey.title)
        return survey.key

    return await once(by, form_key, {**values, "ready": list(ready)}, make)


@one_transaction
async def change_survey(key: str, values: Mapping[str, Any], *, by: Reader) -> None:
    """Change a draft. Raises Refused, NotFound, NotAllowed."""
    await _fill(await _draft(key, by), values, by)


async def _fill(survey: Survey, values: Mapping[str, Any], by: Reader) -> None:
    today = dates.today(by.school.zone)
    title, introduction, closes_on = values["title"], values["introduction"], values["closes_on"]
    audience, stage = values["audience"], values["stage"]
    survey_rules.check_survey(title, introduction, closes_on, today)
    survey_rules.check_audience(audience, len(values["classes"]), values["program"])
    survey_rules.check_stage(stage, values["before"])
    compared = values["before"] if stage in (Stage.AFTER, Stage.LATER) else ""
    asked_of = values["program"] if audience == Audience.PROGRAM else ""
    survey.title, survey.introduction, survey.reading = title.strip(), introduction, values["reading"]
    survey.audience, survey.stage, survey.closes_on = audience, stage, closes_on
    survey.before_id = await _id_of(Survey, compared, by)
    survey.program_id = await _id_of(Program, asked_of, by)
    survey.version += 1
    await survey.save()
    await SurveyClass.filter(school_id=by.school.id, survey_id=survey.id).delete()
    if audience == Audience.CLASSES:
        rooms = SchoolClass.filter(school_id=by.school.id, key__in=list(values["classes"]), ended_on=None)
        found = await rooms.values_list("id", flat=True)
        of = {"school_id": by.school.id, "survey_id": survey.id}
        await SurveyClass.bulk_create([SurveyClass(**of, school_class_id=room) for room in found])


async def _id_of(model: Any, key: str, by: Reader) -> int | None:
    if not key:
        return None
    for number in await model.filter(school_id=by.school.id, key=key).values_list("id", flat=True):
        return int(number)
    raise NotFound(key)


@one_transaction
async def add_question(
    key: str, kind: str, words: str, choices: Sequence[str] = (), *, by: Reader, form_key: str = ""
) -> str:
    """Ask something of one's own; returns the question's key. Raises Refused, NotFound, NotAllowed."""
    survey = await _draft(key, by)

    async def add() -> str:
        of = {"school_id": by.school.id, "survey_id": survey.id}
        many = await SurveyQuestion.filter(**of).count()
        survey_rules.check_question(kind, words, choices, many)
        places = [place for (place,) in await SurveyQuestion.filter(**of).values_list("position")]
        kept = json.dumps(list(choices) if kind == Asking.CHOICE else [], ensure_ascii=False)
        position = max(places, default=0) + 1
        made = await SurveyQuestion.create(**of, position=position, kind=kind, words=words.strip(), choices=kept)
        return made.key

    return await once(by, form_key, {"in": key, "kind": kind, "words": words, "choices": list(choices)}, add)


@one_transaction
async def remove_question(key: str, question: str, *, by: Reader) -> None:
    """Ask one question less. Raises Refused, NotFound, NotAllowed."""
    survey = await _draft(key, by)
    gone = await SurveyQuestion.filter(school_id=by.school.id, survey_id=survey.id, key=question).delete()
    if not gone:
        raise NotFound(question)


@one_transaction
async def open_survey(key: str, *, by: Reader) -> None:
    """Let it be answered; from now on its questions stay as they are. Raises Refused, NotFound, NotAllowed."""
    survey = await _held(key, by)
    questions = await questions_of(survey)
    today = dates.today(by.school.zone)
    survey_rules.check_opening(survey.state, len(questions), survey.closes_on, today)
    survey.state, survey.opened_on = Phase.OPEN, today
    await survey.save(update_fields=["state", "opened_on"])
    # every number stands there from the first, so that no new row tells when an answer came
    tallies = [
        SurveyTally(school_id=by.school.id, question_id=one.id, place=place)
        for one in questions
        for place in places_of(one)
    ]
    await SurveyTally.bulk_create(tallies)
    await audit.note("opened a survey", by=by, subject=survey.key, detail=survey.title)


def places_of(question: Question) -> Sequence[int]:
    """The answers that a question has, by number; none for a text."""
    match question.kind:
        case Asking.SCALE:
            return POINTS
        case Asking.CHOICE:
            return range(1, len(question.choices) + 1)
    return ()


@one_transaction
async def answer(survey: Survey, answers: Mapping[str, str], token: str, *, by: Reader) -> None:
    """Add somebody's answers to the numbers, once. answers: by the question's key; what is empty was skipped.

    token: of survey_queries.token_for. Raises Refused.
    """
    now = await Survey.select_for_update().get_or_none(school_id=by.school.id, id=survey.id)
    if now is None or now.state != Phase.OPEN or now.closes_on < dates.today(by.school.zone):
        raise Refused(OVER)
    questions = await questions_of(survey)
    given = {one.key: answers[one.key].strip() for one in questions if answers.get(one.key, "").strip()}
    if not given:
        raise Refused("Answer at least one question.")
    for one in questions:
        if one.key in given:
            try:
                survey_rules.check_answer(one.kind, len(one.choices), given[one.key])
            except Refused as no:
                raise Refused(no.sentence, about=one.key) from no
    try:
        async with savepoint():
            await SurveyTurn.create(id=drawn(), school_id=by.school.id, survey_id=survey.id, token=token)
    except IntegrityError:
        raise Refused(ANSWERED) from None
    for one in questions:
        if one.key not in given:
            continue
        if one.kind is Asking.TEXT:
            await SurveyText.create(id=drawn(), text=given[one.key], school_id=by.school.id, question_id=one.id)
        else:
            tally = SurveyTally.filter(school_id=by.school.id, question_id=one.id, place=int(given[one.key]))
            await tally.update(count=F("count") + 1)
    await Survey.filter(school_id=by.school.id, id=survey.id).update(answers=F("answers") + 1)


@one_transaction
async def close_survey(key: str, *, by: Reader) -> None:
    """End it, and show its results from now on; it cannot be opened again. Raises Refused, NotFound, NotAllowed."""
    survey = await _held(key, by)
    if survey.state != Phase.OPEN:
        raise Refused("This survey is not open.")
    await _close(survey, dates.today(by.school.zone))
    await audit.note("closed a survey", by=by, subject=survey.key, detail=survey.title)


async def close_surveys(now: datetime) -> int:
    """Close the surveys whose last day is past, as a job; how many."""
    number = 0
    for school_id, zone in await School.all().order_by("id").values_list("id", "zone"):
        for key in await due_to_close(school_id, dates.on(now, zone)):
            number += await _close_due(school_id, key)
    return number


@one_transaction
async def _close_due(school_id: int, key: str) -> int:
    survey = await Survey.select_for_update().get_or_none(school_id=school_id, key=key, state=Phase.OPEN)
    if survey is None:
        return 0
    await _close(survey, survey.closes_on)
    return 1


async def _close(survey: Survey, on: date) -> None:
    school_id: int = survey.school_id  # type: ignore[attr-defined]
    survey.state, survey.closed_on = Phase.CLOSED, on
    await survey.save(update_fields=["state", "closed_on"])
    # nobody needs to know any more who had a turn; and texts are written anew, in an order that is nobody's
    await SurveyTurn.filter(school_id=school_id, survey_id=survey.id).delete()
    texts = SurveyText.filter(school_id=school_id, question__survey_id=survey.id)
    rows = [(question, text) for question, text in await texts.values_list("question_id", "text")]
    SystemRandom().shuffle(rows)
    questions = sorted({question for question, _ in rows})
    await SurveyText.filter(school_id=school_id, question_id__in=questions or [0]).delete()
    for question, text in rows:
        await SurveyText.create(id=drawn(), school_id=school_id, question_id=question, text=text)


@one_transaction
async def remove_text(key: str, text: str, *, by: Reader) -> None:
    """Take out what somebody wrote, because it names somebody. Raises NotFound, NotAllowed."""
    survey = await _held(key, by)
    if survey.state != Phase.CLOSED:
        raise NotFound(text)
    rows = SurveyText.filter(school_id=by.school.id, question__survey_id=survey.id, key=text).exclude(text="")
    for number in await rows.values_list("id", flat=True):
        await SurveyText.filter(school_id=by.school.id, id=number).update(text="")
        await audit.note("removed an answer of a survey", by=by, subject=survey.key, detail=survey.title)
        return
    raise NotFound(text)


@one_transaction
async def delete_survey(key: str, *, by: Reader) -> str:
    """Delete a draft; returns its title. Raises Refused, NotFound, NotAllowed."""
    survey = await _draft(key, by)
    await survey.delete()
    await audit.note("deleted a survey", by=by, subject=survey.key, detail=survey.title)
    return survey.title


async def _held(key: str, by: Reader) -> Survey:
    rules.check_planner(by)
    survey = await Survey.select_for_update().get_or_none(school_id=by.school.id, key=key)
    if survey is None:
        raise NotFound(key)
    return survey


async def _draft(key: str, by: Reader) -> Survey:
    survey = await _held(key, by)
    if survey.state != Phase.DRAFT:
        raise Refused("This survey has been opened; its questions stay as they are.")
    return survey
