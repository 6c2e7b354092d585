"""Reading, viewing and listening through the whole wing: what one way counts another does not; a title is one in all.

The rows of PRODUCT.md, section 4: same title as print and audiobook is one title, and the minutes of both count.
"""

import json

from engage import dates
from engage.engagement.models import DailyFigure
from engage.engagement.rules import Kind, Mode
from engage.programs import log_actions
from engage.programs.freezing import freeze, thaw
from engage.programs.log_queries import days_of
from engage.programs.models import Award, LogEntry, Progress, Standing
from engage.programs.number_queries import numbers_now
from engage.programs.queries import program_for, terms_of
from engage.programs.rebuild import rebuild
from engage.programs.rules import Ending
from engage.resources.rules import Format
from tests import make
from tests.programs.doing import STREAK, card, today
from tests.programs.logged import log

WAYS = tuple(Mode)


def minutes_by(*modes: Mode, goal: int = 100) -> dict[str, object]:
    return {"rule": "total", "unit": "minutes", "goal": goal, "modes": [mode.value for mode in modes]}


async def test_case_same_title_as_print_and_audiobook_through_the_whole_wing(school, ada, sam):
    """A student reads half of a book and hears the other half, and sees its film."""
    squares = [minutes_by(WAYS[place % 3], goal=20) for place in range(9)]
    bingo = card(3)
    details = json.loads(bingo["details"])
    for square, rule in zip(details["squares"], squares, strict=True):
        square["rule"] = rule
    program = await make.program(
        by=ada,
        challenges=[
            *({"unit": "minutes", "goal": 100, "modes": mode.value} for mode in WAYS),
            {"unit": "minutes", "goal": 100},
            {"unit": "titles", "goal": 2},
            {"unit": "titles", "goal": 2, "modes": "listening"},
            bingo | {"details": json.dumps(details)},
        ],
        badges=[
            {"title": "Heard", "rule": json.dumps(minutes_by(Mode.LISTENING, goal=25))},
            {"title": "Read", "rule": json.dumps(minutes_by(Mode.READING, goal=25))},
        ],
        points=json.dumps([{"unit": "minutes", "per": 10, "points": 1, "modes": ["listening"]}]),
        tickets=json.dumps([{"unit": "minutes", "per": 10, "points": 1, "modes": ["reading", "viewing"]}]),
    )
    await make.enrolment(program, sam)
    book = await make.resource("Coraline", format=Format.BOOK)
    await log(sam, 20, back=2, mode=Mode.READING, resource=book.key, ending=Ending.FINISHED)
    await log(sam, 25, back=1, mode=Mode.LISTENING, resource=book.key, ending=Ending.FINISHED)
    film = await make.resource("The film", mode=Mode.VIEWING, format=Format.FILM)
    await log(sam, 7, back=1, mode=Mode.VIEWING, resource=film.key)
    of = {"school_id": school.card.id}
    rows = Progress.filter(**of).order_by("challenge__position")
    assert await rows.values_list("amount", flat=True) == [20, 7, 25, 52, 1, 1, 2]  # two columns
    assert await Award.filter(**of).values_list("badge__title", "earned_on") == [("Heard", today(1))]
    assert await Standing.filter(**of).values_list("minutes", "titles", "points", "tickets") == [(52, 1, 2, 2)]
    assert await rebuild(school.card.id) == []

    # the same ways in the log, the diary, the numbers of the program, and in rules that are kept
    assert [(row["mode"], row["minutes"]) for row in await days_of(sam, today(9), today())] == [
        (Mode.READING, 20),
        (Mode.LISTENING, 25),
        (Mode.VIEWING, 7),
    ]
    figures = DailyFigure.filter(**of, kind=Kind.LOGGED).order_by("mode").values_list("mode", "format", "minutes")
    assert await figures == [("listening", "book", 25), ("reading", "book", 20), ("viewing", "film", 7)]
    heard = {"modes": "listening", "goal": 30}
    more = [STREAK | heard, *({"kind": kind, "unit": "minutes"} | heard for kind in ("own goal", "school goal"))]
    other = await make.program(by=ada, title="Other", challenges=more, points=program.points)
    for each in (program, other):
        rules = (await terms_of(ada.school, [each.id]))[each.id].rules
        kept = thaw(freeze(rules))
        assert (kept.challenges, kept.badges, kept.points) == (rules.challenges, rules.badges, rules.points)


async def test_numbers_tell_the_ways_apart(school, ada):
    program = await make.program(by=ada)
    for number in range(6):
        one = await make.student(f"Student {number}")
        await make.enrolment(program, one)
        await make.facts(one, [(2, 10)])
        await log(one, 3, back=1, mode=Mode.LISTENING)
        await log(one, 2, back=1, mode=Mode.VIEWING)
    numbers = await numbers_now(ada.school, await program_for(ada, program.slug), dates.now())
    assert {line.key: line.all for line in numbers.lines if line.key in list(Mode)} == {
        "reading": 60,
        "viewing": 12,
        "listening": 18,
    }


async def test_what_is_stamped_on_a_list_is_taken_in_as_the_thing_is(school, sam):
    for mode in Mode:
        thing = await make.resource(f"A thing for {mode.value}", mode=mode)
        await log_actions.finish(thing.key, sam)
    rows = LogEntry.filter(school_id=school.card.id).order_by("id")
    assert await rows.values_list("mode", flat=True) == [mode.value for mode in Mode]
