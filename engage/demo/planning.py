"""What teachers and the library of the demo plan together, and a question that a student looks into."""

from datetime import timedelta
from typing import Any

from engage.classes import help_actions, inquiry_actions, unit_actions, unit_materials
from engage.classes.help_actions import Wish, print_of_answer
from engage.classes.help_rules import HelpKind, HelpState
from engage.classes.inquiry_queries import things_on
from engage.classes.unit_models import HelpRequest
from engage.classes.unit_rules import Lead, Level, prints_of
from engage.demo.library import moment
from engage.demo.people import Place
from engage.errors import NotFound
from engage.lists.models import CuratedList
from engage.people.queries import reader_at
from engage.people.rules import Reader

MOON = ("Goodnight Moon", "Find the Constellations", "Tour of the Moon in 4K")
# of a lesson: how many days from the first, what, who leads it, who does what
Lesson = tuple[int, str, Lead, str]
SKY: tuple[Lesson, ...] = (
    (0, "Where the sky is in our library", Lead.SPECIALIST, "Ms. Okafor shows the shelves and two databases."),
    (2, "Two sources, one question", Lead.BOTH, "Mr. Lindqvist asks the questions, Ms. Okafor helps to compare."),
    (9, "Our star maps on the wall", Lead.TEACHER, "Mr. Lindqvist; Ms. Okafor comes to look."),
)
CODES: tuple[Lesson, ...] = (
    (1, "Secret writing through the ages", Lead.BOTH, "One tells, one writes in code on the board."),
    (8, "Write your own cipher", Lead.TEACHER, ""),
)


async def plan_together(place: Place, lists: dict[str, CuratedList]) -> None:
    """Two units, one of them taught; three requests; and an inquiry that was handed in."""
    okafor, room = place.staff["okafor"], place.classes["Room 12"]
    novak = place.classes["Room 15"].teacher
    sky: dict[str, Any] = {
        "title": "What moves in the night sky",
        "subject": "Science",
        "grade_low": 4,
        "grade_high": 4,
        "starts": place.today - timedelta(days=40),
        "ends": place.today - timedelta(days=12),
        "level": Level.COLLABORATE,
        "objectives": "Students find two sources that answer one question, and say why they trust them.",
        "technology": "A free star map in the browser, one tablet for two.",
    }
    codes: dict[str, Any] = {
        "title": "Codes and ciphers",
        "subject": "Mathematics",
        "grade_low": 5,
        "grade_high": 5,
        "starts": place.today + timedelta(days=6),
        "ends": place.today + timedelta(days=45),
        "level": Level.COORDINATE,
        "objectives": "Students write a message that only those with the key can read.",
        "technology": "",
    }
    taught = await _unit(sky, SKY, lists["Look Up"], room.teacher, okafor)
    await unit_actions.look_back(
        taught,
        "Comparing two sources took the whole lesson, and it was the best one. Next year: two lessons for it.",
        prints_of({"reflection": ""}),
        by=okafor,
    )
    await _unit(codes, CODES, lists["Clues and Secret Codes"], novak, okafor)
    await _requests(place, room.teacher, novak, okafor)
    await _inquiry(place, room.students[0].id, lists["Look Up"], room.row.key)


async def _unit(
    words: dict[str, Any], lessons: tuple[Lesson, ...], curated: CuratedList, by: Reader, other: Reader
) -> str:
    key = await unit_actions.start_unit(words, [other.key], by=by)
    for days, what, lead, part in lessons:
        on = words["starts"] + timedelta(days=days)
        await unit_actions.add_session(key, {"on": on, "what": what, "lead": lead, "part": part}, by=by)
    await unit_materials.use_list(key, curated.key, by=by)
    await unit_actions.plan(key, by=by)
    return key


async def _requests(place: Place, lindqvist: Reader, novak: Reader, okafor: Reader) -> None:
    asked = print_of_answer(HelpState.ASKED, "")
    soon = place.today + timedelta(days=8)
    room = place.classes["Room 12"].row.key
    poems = Wish(HelpKind.LIST, "Poems about weather, short enough to learn by heart. Twelve would do.", None, room)
    await _asked(place, poems, 6, lindqvist)
    corner = Wish(HelpKind.TIME, "An hour in the corner by the window for our book talks, 24 students.", soon)
    key = await _asked(place, corner, 3, novak)
    await help_actions.answer(key, HelpState.AGREED, "The corner is yours from ten.", soon, asked, by=okafor)
    news = Wish(HelpKind.LESSON, "How to tell an advertisement from news.", place.today + timedelta(days=2), room)
    key = await _asked(place, news, 2, lindqvist)
    said = "I would love to. Shall we do it together with the unit on the sky? I come by at lunch."
    await help_actions.answer(key, HelpState.TALK, said, None, asked, by=okafor)


async def _asked(place: Place, wish: Wish, ago: int, by: Reader) -> str:
    key = await help_actions.ask(wish, by=by)
    await HelpRequest.filter(school_id=place.row.id, key=key).update(made_at=moment(place, ago, 14))
    return key


async def _inquiry(place: Place, student_id: int, curated: CuratedList, room: str) -> None:
    maya = await reader_at(student_id, place.row.slug)
    if maya is None:
        raise NotFound(student_id)
    _, things = await things_on(maya, curated.slug)
    taken = [key for key, title in things if title in MOON]
    key = await inquiry_actions.begin("Why does the moon change its shape?", curated.slug, "", taken, by=maya)
    await inquiry_actions.add_source(
        key,
        {
            "title": "Phases of the Moon",
            "url": "https://science.nasa.gov/moon/moon-phases/",
            "maker": "NASA, the people who went there.",
            "currency": "It was changed this year.",
            "trust": "The library book says the same, with a lamp and a ball.",
            "used": "I learned that half of the moon is always bright.",
        },
        by=maya,
    )
    await inquiry_actions.hand_in(key, room, by=maya)
