"""Entries as students put them, and what they came to."""

import json

from engage.engagement.models import DailyFigure
from engage.engagement.rules import Mode
from engage.programs import log_actions
from engage.programs.entries import Given
from engage.programs.models import Award, Progress
from tests.programs.doing import today

SIXTY = {"title": "Sixty", "rule": json.dumps({"rule": "total", "unit": "minutes", "goal": 60})}


def given(minutes=None, back=0, mode=Mode.READING, **more):
    return Given(today(back), mode, minutes=minutes, **more)


async def log(by, minutes=None, form_key="", program="", sure=True, list_id=None, **more):
    return await log_actions.log_entry(given(minutes, **more), form_key, by, program, sure, list_id)


async def progress(person, program):
    rows = Progress.filter(school_id=person.school.id, program_id=program.id, person_id=person.id)
    return await rows.order_by("challenge__position").values_list("amount", "goal", "done_on")


async def awards(person):
    rows = Award.filter(school_id=person.school.id, person_id=person.id)
    return {title: (state, on) for title, state, on in await rows.values_list("badge__title", "state", "earned_on")}


async def figures(school, kind):
    rows = DailyFigure.filter(school_id=school.card.id, kind=kind)
    return sum(await rows.values_list("count", flat=True)), sum(await rows.values_list("minutes", flat=True))
