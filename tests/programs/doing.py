"""A program with something of every kind in it, for tests: in few words."""

import json
from datetime import date, timedelta
from typing import Any

from engage import dates
from engage.engagement.rules import Mode
from engage.people.rules import Reader
from engage.programs import log_actions
from engage.programs.activity_models import Activity
from engage.programs.entries import Given
from engage.programs.gathering import page_of
from engage.programs.models import Challenge, Program
from engage.programs.queries import program_for
from engage.programs.recognition_mine import Recognized, kept_in, recognized
from tests import make


def minutes(goal: int) -> dict[str, Any]:
    """An award rule over minutes."""
    return {"rule": "total", "unit": "minutes", "goal": goal}


def card(size: int = 3, *, free: bool = False, wants: str = "lines", goals: tuple[int, ...] = ()) -> dict[str, Any]:
    """The columns of a bingo card whose squares ask for 10, 20, 30 … minutes, or for the given ones."""
    goals = goals or tuple(10 * place for place in range(1, size * size + 1))
    squares = [{"title": f"{goal} minutes", "rule": minutes(goal)} for goal in goals]
    if free:
        squares[len(squares) // 2] = {"title": "Free"}
    details = {"size": size, "free": free, "wants": wants, "squares": squares}
    unit = "squares" if wants == "blackout" else "lines"
    return {"kind": "bingo", "unit": unit, "goal": 1, "title": "Bingo", "details": json.dumps(details)}


ZONE = "America/New_York"
STREAK = {
    "kind": "streak",
    "unit": "days",
    "goal": 3,
    "title": "Three in a row",
    "details": json.dumps({"unit": "day", "grace": 1}),
}
DO = {"kind": "activities", "unit": "activities", "goal": 2, "title": "Things to do"}
PROMPTS = {"kind": "prompts", "unit": "prompts", "goal": 2, "title": "Prompts"}
OWN = {"kind": "own goal", "unit": "minutes", "goal": 100, "title": "My goal"}
CLASS = {"kind": "class goal", "unit": "minutes", "goal": 500, "title": "Room 12 together"}
SCHOOL = {"kind": "school goal", "unit": "minutes", "goal": 6_000, "title": "All of us"}


async def of_every_kind(by: Reader, **more: Any) -> Program:
    """A program with a challenge of each kind besides amounts and lists."""
    return await make.program(
        by=by, challenges=[card(), DO, PROMPTS, STREAK, OWN, CLASS, SCHOOL, {"unit": "minutes", "goal": 60}], **more
    )


async def recognition_of(reader: Reader, program: Program) -> Recognized:
    """What the program's page tells somebody of the own recognition."""
    shown = await program_for(reader, program.slug)
    mine = (await page_of(reader, shown)).mine
    return recognized(shown, await kept_in(reader, shown), mine.outcome if mine else None)


async def challenge(program: Program, title: str) -> Challenge:
    """One challenge of a program by its title."""
    return await Challenge.get(school_id=program.school_id, program_id=program.id, title=title)


async def activity(program: Program, title: str, kind: str = "tick", within: str = "Things to do", **more: Any) -> str:
    """An activity in a challenge; its key."""
    of = await challenge(program, within)
    made = await Activity.create(school_id=program.school_id, challenge_id=of.id, title=title, kind=kind, **more)
    return made.key


def today(back: int = 0) -> date:
    """The day, so many days back, at the school."""
    return dates.today(ZONE) - timedelta(days=back)


async def put(by: Reader, minutes: int = 20, back: int = 0, form_key: str = "", **more: Any) -> str:
    """An entry through the whole wing; its key."""
    given = Given(today(back), Mode.READING, minutes=minutes, **more)
    return (await log_actions.log_entry(given, form_key, by, sure=True)).entry
