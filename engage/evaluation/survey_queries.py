"""What is asked of surveys: those to run, those to answer, and what may be shown of the answers."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet, ValuesQuery

from engage import dates
from engage.database.asked import rows_of
from engage.dates import Period
from engage.errors import NotFound
from engage.evaluation import rules, survey_rules
from engage.evaluation.rules import HIDDEN, Value
from engage.evaluation.survey_models import Survey, SurveyClass, SurveyQuestion, SurveyText
from engage.evaluation.survey_rules import (
    BY_CODE,
    Asked,
    Asking,
    Audience,
    Phase,
    Reading,
    Reply,
    scale_words,
)
from engage.people.alike import asked_by
from engage.people.models import SchoolClass
from engage.people.rules import Reader
from engage.people.sealing import keyed
from engage.programs.models import Enrolment, Program

CARD = ("id", "key", "title", "reading", "audience", "stage", "state", "opened_on", "closes_on", "closed_on", "answers")


@dataclass(frozen=True)
class Question:
    """A question as it is asked. choices: the words of each answer, for a scale and a choice."""

    id: int
    key: str
    kind: Asking
    code: str
    words: str
    choices: tuple[str, ...]


async def surveys_for(reader: Reader) -> list[dict[str, Any]]:
    """The school's surveys, newest first; a draft is for those who plan."""
    rows = Survey.filter(school_id=reader.school.id)
    if not rules.may_plan(reader):
        rows = rows.exclude(state=Phase.DRAFT)
    return await rows.order_by("-id").values(*CARD)


async def survey_for(reader: Reader, key: str) -> Survey:
    """One survey for those who run it or read its results, or NotFound."""
    found = await Survey.get_or_none(school_id=reader.school.id, key=key)
    if found is None or (found.state == Phase.DRAFT and not rules.may_plan(reader)):
        raise NotFound(key)
    return found


def to_answer(reader: Reader, joined: tuple[int, ...] | None = None) -> QuerySet[Survey]:
    """The surveys that are open for this person today, whether answered already or not.

    joined: the ids of the programs that the person takes part in, where they are known.
    """
    today = dates.today(reader.school.zone)
    rows = Survey.filter(school_id=reader.school.id, state=Phase.OPEN, closes_on__gte=today)
    if reader.id is None:
        return rows.filter(id__isnull=True)
    rooms = SurveyClass.filter(
        school_id=reader.school.id, school_class_id__in=sorted(reader.class_ids | reader.taught_ids) or [0]
    )
    programs = Enrolment.filter(school_id=reader.school.id, person_id=reader.id, left_at__isnull=True)
    among = Subquery(programs.values("program_id")) if joined is None else list(joined)
    return rows.filter(
        Q(audience=Audience.EVERYBODY)
        | Q(audience=Audience.CLASSES, id__in=Subquery(rooms.values("survey_id")))
        | Q(audience=Audience.PROGRAM, program_id__in=among)
    )


async def open_surveys(reader: Reader, joined: tuple[int, ...] | None = None) -> list[dict[str, Any]]:
    """Those surveys, the first to close first: key title closes_on. joined: as for to_answer."""

    def make(asker: Reader) -> ValuesQuery[Any]:
        return to_answer(asker, joined).order_by("closes_on", "id").values("key", "title", "closes_on")

    return await asked_by(reader, ("open surveys", joined, dates.today(reader.school.zone)), make)


async def open_for(reader: Reader, secret_key: str) -> list[dict[str, Any]]:
    """The same; done: whether this person has answered."""
    return await _with_turns(reader, secret_key, await open_surveys(reader))


async def _with_turns(reader: Reader, secret_key: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    if not rows:
        return []
    tokens = {row["key"]: token_for(secret_key, row["key"], reader.id or 0) for row in rows}
    done = await answered(reader.school.id, tokens.values())
    return [{**row, "done": tokens[row["key"]] in done} for row in rows]


async def waiting_for(reader: Reader, secret_key: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of what open_surveys gave that this person has not answered yet, for the home page."""
    return [row for row in await _with_turns(reader, secret_key, rows) if not row["done"]]


async def survey_to_answer(reader: Reader, key: str) -> Survey:
    """One of them, or NotFound."""
    found = await to_answer(reader).get_or_none(key=key)
    if found is None:
        raise NotFound(key)
    return found


def token_for(secret_key: str, survey_key: str, person_id: int) -> str:
    """That a person has had a turn, as nobody can tell without the operator's key."""
    return keyed(secret_key, "survey", f"{survey_key}/{person_id}")


async def answered(school_id: int, tokens: Collection[str]) -> set[str]:
    """Which of these tokens have had their turn."""
    if not tokens:
        return set()
    places = ", ".join(f"{{{place}}}" for place in range(1, len(tokens) + 1))
    turns = f"SELECT token FROM survey_turn WHERE school_id = {{0}} AND token IN ({places})"
    return {token for (token,) in await rows_of(turns, [school_id, *tokens])}


async def questions_of(survey: Survey) -> list[Question]:
    """The questions of a survey, in order."""
    rows = (
        await SurveyQuestion.filter(school_id=survey.school_id, survey_id=survey.id)  # type: ignore[attr-defined]
        .order_by("position", "id")
        .values("id", "key", "kind", "code", "words", "choices")
    )
    return [_question(row, survey.reading) for row in rows]


def _question(row: dict[str, Any], reading: str) -> Question:
    kind = Asking(row["kind"])
    words = BY_CODE[row["code"]].words(reading) if row["code"] in BY_CODE else row["words"]
    choices = scale_words(reading) if kind is Asking.SCALE else tuple(json.loads(row["choices"]))
    return Question(row["id"], row["key"], kind, row["code"], words, choices)


async def classes_to_ask(reader: Reader) -> list[tuple[str, str]]:
    """The school's classes, to be chosen from."""
    rows = SchoolClass.filter(school_id=reader.school.id, ended_on=None)
    return await rows.order_by("name", "id").values_list("key", "name")


async def classes_of(survey: Survey) -> list[dict[str, Any]]:
    """The classes that a survey is open for: key and name."""
    rows = SurveyClass.filter(school_id=survey.school_id, survey_id=survey.id)  # type: ignore[attr-defined]
    found = await rows.order_by("school_class__name").values("school_class__key", "school_class__name")
    return [{"key": row["school_class__key"], "name": row["school_class__name"]} for row in found]


async def key_of_program(survey: Survey) -> str:
    """The key of the program whose students are asked, "" for none."""
    rows = Survey.filter(school_id=survey.school_id, id=survey.id)  # type: ignore[attr-defined]
    return next(iter(await rows.values_list("program__key", flat=True)), None) or ""  # type: ignore[return-value]


async def key_of_before(survey: Survey) -> str:
    """The key of the survey that this one is compared with, "" for none."""
    rows = Survey.filter(school_id=survey.school_id, id=survey.id)  # type: ignore[attr-defined]
    return next(iter(await rows.values_list("before__key", flat=True)), None) or ""  # type: ignore[return-value]


async def programs_to_ask(reader: Reader) -> list[tuple[str, str]]:
    """The school's published programs, to be chosen from."""
    rows = Program.filter(school_id=reader.school.id, state="published")
    return await rows.order_by("-starts", "id").limit(100).values_list("key", "title")


async def surveys_to_compare(reader: Reader, but: str = "") -> list[tuple[str, str]]:
    """Surveys that one can be compared with."""
    rows = Survey.filter(school_id=reader.school.id).exclude(state=Phase.DRAFT).exclude(key=but)
    return await rows.order_by("-id").limit(50).values_list("key", "title")


async def surveys_closed_in(school_id: int, period: Period, fewest: int) -> tuple[Asked, ...]:
    """The surveys that were closed in a period and that enough people answered, with what may be shown."""
    rows = Survey.filter(school_id=school_id, closed_on__gte=period.starts, closed_on__lte=period.ends)
    return await _results(school_id, await rows.select_related("before").order_by("closed_on", "id"), fewest)


async def results_of(survey: Survey, fewest: int) -> Asked | None:
    """What may be shown of one survey; None while it is open, or where too few answered."""
    school_id: int = survey.school_id  # type: ignore[attr-defined]
    rows = Survey.filter(school_id=school_id, id=survey.id).select_related("before")
    found = await _results(school_id, await rows if survey.state == Phase.CLOSED else [], fewest)
    return found[0] if found else None


async def _results(school_id: int, surveys: list[Survey], fewest: int) -> tuple[Asked, ...]:
    known = [one for one in surveys if one.state == Phase.CLOSED and survey_rules.enough(one.answers, fewest)]
    if not known:
        return ()
    compared = {one.before.id: one.before for one in known if one.before is not None}
    wanted = sorted({one.id for one in known} | compared.keys())
    questions: dict[int, dict[int, dict[str, Any]]] = defaultdict(dict)
    tallies: dict[int, dict[int, int]] = defaultdict(dict)
    rows = SurveyQuestion.filter(school_id=school_id, survey_id__in=wanted).order_by("position", "id")
    counted = {"place": "tallies__place", "count": "tallies__count"}
    for row in await rows.values("id", "key", "kind", "code", "words", "choices", "survey_id", **counted):
        place, count = row.pop("place"), row.pop("count")
        questions[row["survey_id"]][row["id"]] = row
        if count:
            tallies[row["id"]][place] = count
    stand = {
        number
        for number, one in compared.items()
        if one.state == Phase.CLOSED and survey_rules.enough(one.answers, fewest)
    }
    return tuple(_asked(one, questions, tallies, stand, fewest) for one in known)


def _asked(
    survey: Survey,
    questions: dict[int, dict[int, dict[str, Any]]],
    tallies: dict[int, dict[int, int]],
    stand: set[int],
    fewest: int,
) -> Asked:
    before = survey.before_id  # type: ignore[attr-defined]
    earlier: dict[tuple[str, str], Value] = {}
    if before in stand:
        for row in questions[before].values():
            reply = _reply(row, tallies[row["id"]], Reading.PLAIN, fewest, None)
            earlier[row["code"], "" if row["code"] else row["words"]] = reply.agreed
    replies = tuple(
        _reply(
            row,
            tallies[row["id"]],
            survey.reading,
            fewest,
            earlier.get((row["code"], "" if row["code"] else row["words"]), HIDDEN)
            if before in stand and row["kind"] == Asking.SCALE
            else None,
        )
        for row in questions[survey.id].values()
    )
    assert survey.closed_on is not None
    whom = {Audience.EVERYBODY: "everybody at school", Audience.CLASSES: "some classes", Audience.PROGRAM: "a program"}
    told = whom[Audience(survey.audience)]
    return Asked(survey.key, survey.title, survey.stage, told, survey.closed_on, survey.answers, replies)


def _reply(row: dict[str, Any], tallies: dict[int, int], reading: str, fewest: int, earlier: Value | None) -> Reply:
    one = _question(row, reading)
    return survey_rules.reply_of(one.words, one.kind, one.code, one.choices, tallies, fewest, earlier)


async def texts_of(survey: Survey, fewest: int = 0) -> dict[str, list[dict[str, str]]]:
    """What was written, by the question's key: key and text of each, in an order that says nothing.

    Nothing before the survey is closed, and nothing to a question that too few wrote to. What staff removed
    still counts, so that removing one hides no others.
    """
    if survey.state != Phase.CLOSED:
        return {}
    rows = SurveyText.filter(school_id=survey.school_id, question__survey_id=survey.id)  # type: ignore[attr-defined]
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in await rows.order_by("id").values("key", "text", "question__key"):
        found[row["question__key"]].append({"key": row["key"], "text": row["text"]})
    return {
        question: [one for one in some if one["text"]]
        for question, some in found.items()
        if survey_rules.enough(len(some), fewest)
    }


async def due_to_close(school_id: int, today: date) -> list[str]:
    """The keys of open surveys whose last day is past."""
    rows = Survey.filter(school_id=school_id, state=Phase.OPEN, closes_on__lt=today)
    return [key for (key,) in await rows.values_list("key")]
