"""The programs of the demo: Lantern Nights, which is on, Ten Good Things, which goes on all year, and Out and About."""

import json
from datetime import timedelta
from typing import Any

from engage.demo.people import Place
from engage.engagement.rules import Mode
from engage.people.rules import Reader
from engage.programs import badge_actions, challenge_actions
from engage.programs import running_actions as running
from engage.programs.models import Badge, Challenge, Program
from engage.programs.rules import ActivityKind, ChallengeKind, StreakUnit, Unit

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
LANTERN_DAYS, TEN_DAYS, OUT_DAYS = 40, 80, 30
ROW = {"unit": StreakUnit.SCHOOL_DAY.value, "grace": 1}
SQUARES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Finish a book", {"rule": "total", "unit": "titles", "goal": 1, "modes": ["reading"]}),
    ("Watch for 20 minutes", {"rule": "total", "unit": "minutes", "goal": 20, "modes": ["viewing"]}),
    ("Listen for half an hour", {"rule": "total", "unit": "minutes", "goal": 30, "modes": ["listening"]}),
    ("Four days", {"rule": "total", "unit": "days", "goal": 4}),
    ("One hour of anything", {"rule": "total", "unit": "minutes", "goal": 60}),
    ("Three things finished", {"rule": "total", "unit": "titles", "goal": 3}),
    ("Do one activity", {"rule": "total", "unit": "activities", "goal": 1}),
    ("Answer a prompt", {"rule": "total", "unit": "prompts", "goal": 1}),
    ("Two hours of reading", {"rule": "total", "unit": "minutes", "goal": 120, "modes": ["reading"]}),
)


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
    await challenge_actions.put_challenge(key, "", by, title="Lanterns lit", unit=Unit.DAYS, goal=20, minimum=10)
    await challenge_actions.put_challenge(key, "", by, title="300 minutes", unit=Unit.MINUTES, goal=300)
    await challenge_actions.put_challenge(
        key, "", by, title="Any 5 of Look Up", unit=Unit.TITLES, goal=5, curated=look_up
    )
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
    await challenge_actions.put_challenge(key, "", by, title="Ten good things", unit=Unit.TITLES, goal=10)
    await challenge_actions.put_challenge(
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


async def out_and_about(place: Place, by: Reader) -> Program:
    """A bingo card, things to do, prompts, a row, an own goal, and what the class and the school reach together."""
    today = place.today
    given = PLAIN | {
        "title": "Out and About",
        "introduction": "A card to fill, things to do, and a goal that you set yourself.",
        "how": "Choose what you like. Nobody has to do all of it.\nLog what you read, watch or hear.\n"
        "Press a square of the card to see what it asks for.",
        "kind": "own",
        "ink": "meadow",
        "scene": "mountain",
        "starts": today - timedelta(days=OUT_DAYS),
        "ends": today + timedelta(days=40),
    }
    key = await running.start_program(given, "", by)
    squares = [{"title": title, "rule": rule} for title, rule in SQUARES]
    card = {"size": 3, "free": False, "wants": "lines", "squares": squares}
    kinds: tuple[tuple[str, ChallengeKind, Unit, int, dict[str, Any]], ...] = (
        ("Bingo card", ChallengeKind.BINGO, Unit.LINES, 1, {"details": card}),
        ("Things to do", ChallengeKind.ACTIVITIES, Unit.ACTIVITIES, 2, {"things": ["Read to somebody", "Build a den"]}),
        ("Prompts", ChallengeKind.PROMPTS, Unit.PROMPTS, 1, {"things": ["Something with an animal in it"]}),
        ("Five school days in a row", ChallengeKind.STREAK, Unit.SCHOOL_DAYS, 5, {"details": ROW}),
        ("My own goal", ChallengeKind.OWN_GOAL, Unit.MINUTES, 200, {}),
        ("Our class", ChallengeKind.CLASS_GOAL, Unit.MINUTES, 3_000, {}),
        ("The whole school", ChallengeKind.SCHOOL_GOAL, Unit.MINUTES, 20_000, {}),
    )
    for title, kind, unit, goal, more in kinds:
        await challenge_actions.put_challenge(key, "", by, title=title, kind=kind, unit=unit, goal=goal, **more)
    keys = await challenge_keys(place, key)
    for title, what, more in (
        ("Find the word on the library door", ActivityKind.CODE, {"code": "Lantern"}),
        ("Which book made you laugh?", ActivityKind.ANSWER, {"instructions": "One sentence is enough."}),
        ("Story hour", ActivityKind.ATTEND, {"code": "Owl", "on": today + timedelta(days=4)}),
    ):
        await challenge_actions.put_activity(key, keys[1], "", by, title=title, kind=what, **more)
    line = {"rule": "lines", "key": keys[0], "goal": 1}
    await put_badges(
        place, key, by, (("A full line", "Fill a line of the card.", "square", "leaf", "star-fill", line),)
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
        await badge_actions.put_badge(program, "", by, title=title, description=line, rule=json.dumps(rule), **look)
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
