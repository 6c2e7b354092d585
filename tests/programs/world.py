"""A school's programs and books for random histories to act on."""

import json
from dataclasses import dataclass, field
from datetime import timedelta

from engage import dates
from engage.people.rules import Reader
from engage.programs.models import Badge, Program
from tests import make
from tests.programs.doing import CLASS, DO, OWN, PROMPTS, SCHOOL, STREAK, activity, card, challenge, minutes


@dataclass
class World:
    """What students of a history may act on."""

    books: list[str]
    things: list[tuple[str, str]]
    prompts: list[str]
    goal: str
    resources: list[int] = field(default_factory=list)
    badges: list[tuple[int, int]] = field(default_factory=list)
    goal_id: int = 0
    refused: int = 0
    acts: int = 0
    seen: set[str] = field(default_factory=set)


async def world(ada: Reader) -> tuple[World, Program]:
    """A program with every kind of challenge, one with credit from joining, one that is over, and books."""
    books = await make.resources(5)
    curated = await make.curated_list(by=ada, items=books[:4])
    bingo = {**card(goals=(10, 20, 30, 40, 50, 60, 70, 80, 90)), "goal": 2}
    rules = {
        "Sixty": minutes(60),
        "Doer": {"rule": "total", "unit": "activities", "goal": 2},
        "Line": None,
        "Some": {
            "rule": "at least",
            "goal": 2,
            "of": [
                minutes(30),
                {"rule": "total", "unit": "titles", "goal": 2},
                {"rule": "total", "unit": "days", "goal": 3},
            ],
        },
        "Points": {"rule": "points", "goal": 3},
        "Many": {"rule": "badges", "goal": 2},
    }
    points = json.dumps([{"unit": "minutes", "per": 20, "points": 1}, {"unit": "titles", "per": 2, "points": 3}])
    program = await make.program(
        by=ada,
        challenges=[
            *(bingo, DO, PROMPTS, STREAK, OWN, CLASS, SCHOOL, {"unit": "titles", "goal": 2}),
            *({"goal": 3, "curated": curated}, {"unit": "days", "goal": 3, "minimum": 10}),
        ],
        badges=[{"title": title, "rule": json.dumps(rule)} for title, rule in rules.items() if rule],
        points=points,
        tickets=json.dumps(
            [{"unit": "minutes", "per": 50, "points": 1}, {"unit": "activities", "per": 1, "points": 2}]
        ),
    )
    line = {"rule": "lines", "key": (await challenge(program, "Bingo")).key, "goal": 1}
    await Badge.create(school_id=program.school_id, program_id=program.id, title="Line", rule=json.dumps(line))
    today = dates.today(ada.school.zone)
    late = {"starts": today - timedelta(days=4), "ends": None, "credit": "joining", "streak_unit": "school day"}
    badges = [{"title": "Thirty", "rule": json.dumps(minutes(30))}]
    await make.program(by=ada, title="Late", challenges=[{"unit": "minutes", "goal": 60}], badges=badges, **late)
    final = {"starts": today - timedelta(days=20), "ends": today - timedelta(days=6), "catching_up": 3}
    asked = [{"unit": "titles", "goal": 2}, {"goal": 3, "curated": curated}]
    await make.program(by=ada, title="Over", challenges=asked, badges=badges, **final)
    things = [
        (await activity(program, "Build a den", most=2, most_a_day=2), ""),
        (await activity(program, "Find the word", "code", code="Owl Moon"), "owlmoon"),
        (await activity(program, "Who was it?", "answer", most=0, most_a_day=1), "The owl."),
    ]
    prompts = [await activity(program, title, "prompt", "Prompts") for title in ("Something blue", "Something old")]
    keys = [book.key for book in books]
    return World(keys, things, prompts, (await challenge(program, "My goal")).key), program
