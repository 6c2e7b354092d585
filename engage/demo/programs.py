"""The programs of the demo: Lantern Nights, which is on, and Ten Good Things, which goes on all year."""

import json
from datetime import timedelta
from typing import Any

from engage.demo.people import Place
from engage.engagement.rules import Mode
from engage.people.rules import Reader
from engage.programs import running_actions as running
from engage.programs.models import Badge, Challenge, Program
from engage.programs.rules import Unit

PLAIN: dict[str, Any] = {
    "visibility": "public",
    "credit": "opening",
    "backdate_days": 7,
    "catching_up": 7,
    "minimum": 0,
    "streak_unit": "day",
    "grace_days": 1,
    "limits": "",
    "points": "",
    "grade_low": None,
    "grade_high": None,
}
LANTERN_DAYS, TEN_DAYS = 40, 80


async def lantern_nights(place: Place, by: Reader, look_up: str) -> Program:
    """Twenty evenings, some minutes, and any 5 of a list. look_up: the key of the list."""
    today = place.today
    given = PLAIN | {
        "title": "Lantern Nights",
        "introduction": "Read, watch or listen for ten minutes and light a lantern. Light 20 before the holidays.",
        "how": "Do ten minutes of anything, on any day.\nLog it. A lantern lights.\n"
        "One rest day a week does not break your row.\nLight 20 and come for your paper lantern.",
        "kind": "own",
        "ink": "night",
        "scene": "lanterns",
        "starts": today - timedelta(days=LANTERN_DAYS),
        "ends": today + timedelta(days=26),
    }
    key = await running.start_program(given, "", by)
    await running.put_challenge(key, "", by, title="Lanterns lit", unit=Unit.DAYS, goal=20, minimum=10)
    await running.put_challenge(key, "", by, title="300 minutes", unit=Unit.MINUTES, goal=300)
    await running.put_challenge(key, "", by, title="Any 5 of Look Up", unit=Unit.TITLES, goal=5, curated=look_up)
    keys = await challenge_keys(place, key)
    await put_badges(
        place,
        key,
        by,
        (
            ("First lantern", "Light one.", "round", "marigold", "lamp-fill", total("days", 1)),
            ("Ten lanterns", "Light ten.", "star", "tomato", "10", total("days", 10)),
            ("All three ways", "Read, watch and listen.", "ways", "blue", "", three_ways(30)),
            ("Stargazer", "Finish any 5 of Look Up.", "shield", "night", "moon-stars-fill", done(keys[2])),
            ("300 minutes", "They add up.", "square", "leaf", "300", done(keys[1])),
            ("The whole string", "Light all 20.", "arch", "plum", "20", done(keys[0])),
        ),
    )
    await running.publish(key, by)
    return await Program.get(school_id=place.row.id, key=key)


async def ten_good_things(place: Place, by: Reader) -> Program:
    """Ten things finished, whichever way."""
    today = place.today
    given = PLAIN | {
        "title": "Ten Good Things",
        "introduction": "Finish ten books, films or shows this year. Any ten. You choose.",
        "how": "Choose anything the library has.\nFinish it and log it.\n"
        "Stop when you do not like it. That is allowed.",
        "kind": "school year",
        "ink": "marigold",
        "scene": "books",
        "starts": today - timedelta(days=TEN_DAYS),
        "ends": today + timedelta(days=120),
    }
    key = await running.start_program(given, "", by)
    await running.put_challenge(key, "", by, title="Ten good things", unit=Unit.TITLES, goal=10)
    await running.put_challenge(
        key, "", by, title="Listen for an hour", unit=Unit.MINUTES, goal=60, modes=(Mode.LISTENING,)
    )
    keys = await challenge_keys(place, key)
    await put_badges(
        place,
        key,
        by,
        (
            ("First thing", "Finish one.", "round", "leaf", "leaf-fill", total("titles", 1)),
            ("Halfway", "Finish five.", "star", "pool", "5", total("titles", 5)),
            ("Good ears", "Listen for an hour.", "shield", "rose", "headphones-fill", done(keys[1])),
            ("Ten", "Finish ten.", "arch", "tomato", "10", done(keys[0])),
        ),
    )
    await running.publish(key, by)
    return await Program.get(school_id=place.row.id, key=key)


async def challenge_keys(place: Place, program: str) -> list[str]:
    """The keys of a program's challenges, in order."""
    rows = Challenge.filter(school_id=place.row.id, program__key=program).order_by("position")
    return [key for (key,) in await rows.values_list("key")]


async def put_badges(
    place: Place, program: str, by: Reader, badges: tuple[tuple[str, str, str, str, str, dict[str, Any]], ...]
) -> None:
    """Badges, each with title, line, shape, ink, mark and rule."""
    for title, line, shape, ink, mark, rule in badges:
        look = {"shape": shape, "ink": ink, "mark": mark}
        await running.put_badge(program, "", by, title=title, description=line, rule=json.dumps(rule), **look)
    assert await Badge.filter(school_id=place.row.id, program__key=program).count() == len(badges)


def total(unit: str, goal: int) -> dict[str, Any]:
    """At least so much."""
    return {"rule": "total", "unit": unit, "goal": goal}


def done(challenge: str) -> dict[str, Any]:
    """One challenge done."""
    return {"rule": "challenge", "key": challenge}


def three_ways(minutes: int) -> dict[str, Any]:
    """So many minutes in each mode."""
    return {"rule": "all", "of": [total("minutes", minutes) | {"modes": [mode.value]} for mode in Mode]}
