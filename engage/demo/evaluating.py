"""The evaluation of the demo: last year, closed; this year with ratings, evidence and actions; and two surveys."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from engage import dates
from engage.demo.people import Place
from engage.evaluation import actions, cycle_rules, evidence_queries, figures_actions, survey_actions
from engage.evaluation import evidence_actions as beside
from engage.evaluation.cycle_rules import Proof
from engage.evaluation.evidence_queries import Frozen
from engage.evaluation.models import Cycle
from engage.evaluation.report import build
from engage.evaluation.rules import Value
from engage.evaluation.survey_models import Survey
from engage.evaluation.survey_queries import questions_of, token_for
from engage.evaluation.survey_rules import Asking
from engage.lists.models import CuratedList
from engage.people.models import Person
from engage.people.queries import reader_at
from engage.people.rules import Reader
from engage.programs.models import Program

OBJECTIVES = (
    ("More of us take part", "Three of four students log something.", "reach", 48.0, 75.0, "Ask Room 15."),
    ("Days, not dozens of minutes", "Taking part becomes a habit.", "active_days", 14.2, 30.0, "Keep rest days."),
    ("Listening counts", "Shows and audiobooks find their listeners.", "minutes_listening", 4010.0, 12000.0, ""),
    ("Programs are finished", "Half of those who join complete.", "completion", 30.0, 50.0, "Ask who stopped."),
)
GOAL = "Every student finds something worth reading, watching or hearing."
RATINGS = (
    ("reading", 3, "Two programs, three modes, and lists in two languages."),
    ("collection", 3, "Spanish shelves have grown. Graphic novels are out all the time."),
    ("planning", 2, "Room 12 and Room 15 ask us. Room 9 has begun."),
    ("access", 4, "The library is open before school and after it."),
    ("goals", 2, "Four objectives stand. The next year needs fewer."),
    ("respect", 3, "Students wrote the rules of the reading corner."),
    ("staffing", 2, "One specialist, and an aide on three days."),
)
# what a person has to rate before a cycle is closed, and what the demo compares with
LAST_YEAR = (
    *(("goals", 1), ("staffing", 2), ("support", 2), ("respect", 3), ("policies", 1), ("excellence", 2)),
    *(("communication", 2), ("learning", 3), ("roles", 2), ("reading", 2), ("planning", 1), ("collection", 3)),
)
FIGURES = {
    "reach": 48.0,
    "active_days": 14.2,
    "minutes_reading": 21480.0,
    "minutes_viewing": 3260.0,
    "minutes_listening": 4010.0,
    "completion": 30.0,
    "list_opens": 212.0,
    "assignments": 3.0,
}
DONE = (
    (
        "access",
        "Open the library before school.",
        "Library team",
        "It opens at 7:30, and 20 to 30 students come each day.",
    ),
    ("collection", "Buy picture books in Spanish.", "Library team", "Twelve titles came in March. Half are out."),
)
OPEN = ("planning", "Plan one unit with each grade team.", "Grade teams and the specialist")


async def evaluate(place: Place, by: Reader, lists: dict[str, CuratedList], secret_key: str) -> None:
    """Last year's cycle, closed, and this year's: what is aimed at, a first judgement, evidence, actions, surveys."""
    await _last_year(place, by)
    await _ask(place, by, secret_key)
    await figures_actions.say_staff_hours(52, by=by)
    period = dates.school_year(place.today, place.row.year_starts_in)
    cycle = await actions.start_cycle(period, by=by)
    for title, aim, indicator, baseline, target, step in OBJECTIVES:
        await actions.add_objective(
            cycle,
            title=title,
            aim=aim,
            indicator=indicator,
            baseline=baseline,
            target=target,
            due_on=period.ends,
            next_step=step,
            goal=GOAL if indicator == "reach" else "",
            by=by,
        )
    for code, level, note in RATINGS:
        await actions.rate(cycle, code, level, note, by=by)
    await beside.plan_action(
        cycle,
        "reading",
        what="Invite Room 15 to a booktalk each month.",
        who="The specialist",
        due_on=min(period.ends, place.today + timedelta(days=60)),
        by=by,
    )
    await _show(place, cycle, by, lists)


async def _last_year(place: Place, by: Reader) -> None:
    """The year before, closed with figures of its own: the demo has no students of that year."""
    this = dates.school_year(place.today, place.row.year_starts_in)
    last = dates.school_year(this.starts - timedelta(days=1), place.row.year_starts_in)
    cycle = await actions.start_cycle(last, by=by)
    for code, level in LAST_YEAR:
        await actions.rate(cycle, code, level, "", by=by)
    for code, what, who, outcome in DONE:
        key = await beside.plan_action(cycle, code, what=what, who=who, by=by)
        values = {"what": what, "who": who, "due_on": None, "state": cycle_rules.Doing.DONE, "outcome": outcome}
        await beside.change_action(cycle, key, values, by=by, seen=1)
    code, what, who = OPEN
    await beside.plan_action(cycle, code, what=what, who=who, by=by)
    report = await build(by, cycle.slug, dates.now())
    known = tuple(replace(one, value=Value(FIGURES.get(one.name)), parts=()) for one in report.figures)
    await actions.close_cycle(cycle, replace(report, figures=known, goals=()), by=by)


async def _show(place: Place, cycle: Cycle, by: Reader, lists: dict[str, CuratedList]) -> None:
    """Evidence of several kinds, as it is today."""
    report = await build(by, cycle.slug, dates.now())
    curated = next(iter(lists.values()))
    frozen = await evidence_queries.freeze_thing(by, report, f"list {curated.key}")
    await beside.add_evidence(cycle, "reading", frozen, "Every title has a note on why it is there.", by=by)
    for key in (
        await Program.filter(school_id=by.school.id, state="published").order_by("id").values_list("key", flat=True)
    ):
        program = await evidence_queries.freeze_thing(by, report, f"program {key}")
        await beside.add_evidence(cycle, "reading", program, by=by)
        break
    survey = next((one for one in report.surveys if one.stage == "after"), None)
    if survey is not None:
        await beside.add_evidence(cycle, "evaluating", evidence_queries.survey_shown(survey), by=by)
    page = Frozen(Proof.ADDRESS, "Opening hours of the library", place.today, ())
    await beside.add_evidence(cycle, "access", page, address="https://school.example/library/hours", by=by)


async def _ask(place: Place, by: Reader, secret_key: str) -> None:
    """A survey before and one after, both closed, and one that is open for everybody."""
    students = [student for room in place.classes.values() for student in room.students]
    if len(students) < 30:
        return
    random = Random(41)
    usual = {
        "title": "What you think of the library",
        "introduction": "A few short questions. There is no wrong answer.",
        "reading": "plain",
        "audience": "everybody",
        "classes": [],
        "program": "",
        "before": "",
        "closes_on": place.today + timedelta(days=14),
    }
    ready = ("learned", "confident", "more", "aware")
    first = await survey_actions.make_survey(
        {**usual, "title": "Before Lantern Nights", "stage": "before"}, ready, by=by
    )
    await _answer(first, students[:36], (1, 2, 3, 3, 4), random, secret_key, by)
    after = {**usual, "title": "After the first weeks of Lantern Nights", "stage": "after", "before": first}
    second = await survey_actions.make_survey(after, ready, by=by)
    choices = ("At home", "On the way", "In the library")
    await survey_actions.add_question(
        second, Asking.CHOICE, "Where did you read, watch or listen most?", choices, by=by
    )
    await survey_actions.add_question(second, Asking.TEXT, "What should we keep?", by=by)
    await _answer(second, students[:40], (2, 3, 4, 4, 5), random, secret_key, by)
    third = await survey_actions.make_survey({**usual, "reading": "simple", "stage": "single"}, ready, by=by)
    await survey_actions.open_survey(third, by=by)


KEEP = ("The lanterns", "Reading in the evening", "The audio stories", "The star books", "That we may stop a book")


async def _answer(
    key: str, students: list[Person], chosen: tuple[int, ...], random: Random, secret_key: str, by: Reader
) -> None:
    await survey_actions.open_survey(key, by=by)
    survey = await Survey.get(school_id=by.school.id, key=key)
    questions = await questions_of(survey)
    for number, student in enumerate(students):
        reader = await reader_at(student.id, by.school.slug)
        if reader is None:
            continue
        answers = {one.key: str(random.choice(chosen)) for one in questions if one.kind is Asking.SCALE}
        answers |= {one.key: str(number % 3 + 1) for one in questions if one.kind is Asking.CHOICE}
        answers |= {one.key: KEEP[number % 5] for one in questions if one.kind is Asking.TEXT and number % 2}
        token = token_for(secret_key, key, student.id)
        await survey_actions.answer(survey, answers, token, by=reader)
    await survey_actions.close_survey(key, by=by)
