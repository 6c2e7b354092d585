"""What else a library has after some weeks: standards, prizes and a drawing, a class log, reviews, a word on a list."""

from datetime import timedelta

from engage.demo.people import Place
from engage.engagement.rules import Mode
from engage.lists import aligning, comments, standards_import
from engage.lists.models import CuratedList, ListItem
from engage.lists.standards_models import Standard
from engage.people.queries import reader_at
from engage.people.rules import Reader
from engage.programs import batches, drawing_actions, prize_actions, reviewing
from engage.programs.entries import Given
from engage.programs.models import Program
from engage.programs.recognition_rules import DrawingRule
from engage.programs.review_models import Review
from engage.programs.review_rules import Audience
from engage.programs.reviewing import Written
from engage.programs.rules import Ending
from engage.resources.models import Resource
from feeds.case import Framework, Item

# in our own words; the last one is served by nothing yet, so that the grid shows a gap
ASKING = (
    ("A1", "Asks a question that can be looked into."),
    ("A2", "Finds two sources that answer one question, and says why they can be trusted."),
    ("A3", "Says in own words what a source says, and where it was found."),
    ("B1", "Chooses what to read, watch or hear by interest."),
    ("B2", "Tells others why something is worth their time."),
    ("C1", "Makes something of what was learned, for people outside the class."),
)
SERVED = {"Look Up": ("A1", "A2"), "Clues and Secret Codes": ("A1",), "Poems to Say Out Loud": ("B2",)}
SAID = (
    ("Room 12", 6, "Swimmy", "They make one big fish of many small ones. I would be the eye, too.", "loved"),
    ("Room 12", 7, "Owl Moon", "It is very quiet in this book. You can hear the snow.", "liked"),
    ("Room 9", 2, "Coraline", "Do not read it in the dark. Then read it in the dark.", "loved"),
    ("Room 15", 3, "Hidden Figures", "They did the numbers and nobody said thank you for a long time.", "liked"),
)
# the last one of them still waits for somebody to read it
WAITING = 1


async def go_on(place: Place, lists: dict[str, CuratedList], running: list[Program], have: dict[str, Resource]) -> None:
    """Everything of this room, at Alder Creek. running: its programs, the first one with prizes."""
    okafor = place.staff["okafor"]
    await _standards(place, lists, okafor)
    await _prizes(running[0], okafor)
    await _read_aloud(place, have)
    await _reviews(place, have, okafor)
    words = "Shall we put the telescope night on top while it lasts?"
    await comments.say_about(lists["Look Up"].key, words, by=place.staff["medina"])


async def _standards(place: Place, lists: dict[str, CuratedList], by: Reader) -> None:
    items = tuple(Item(f"alder-{code}", words, code, grade_low=2, grade_high=5) for code, words in ASKING)
    framework = Framework("alder-asking", "Asking and finding out", "Alder Valley District", items=items)
    await standards_import.bring_in(by.school.id, framework, by.id)
    rows = await Standard.filter(school_id=by.school.id).values_list("code", "key")
    keys = dict(rows)
    for title, codes in SERVED.items():
        await aligning.align_list(lists[title].key, [keys[code] for code in codes], by)
    first = ListItem.filter(school_id=by.school.id, curated_id=lists["Look Up"].id).order_by("position").limit(5)
    for (resource,) in await first.values_list("resource__key"):
        await aligning.align_resource(resource, [keys["A3"], keys["B1"]], by)


async def _prizes(program: Program, by: Reader) -> None:
    words = "Fold it yourself, in any ink."
    await prize_actions.put_prize(program.key, "", by, title="Paper lantern", description=words, badge="", stock=40)
    drawing = await drawing_actions.make_drawing(
        program.key,
        by,
        title="A book to keep",
        rule=DrawingRule.JOINED,
        winners=3,
        prize="A new book",
    )
    await drawing_actions.freeze_drawing(program.key, drawing, by)


async def _read_aloud(place: Place, have: dict[str, Resource]) -> None:
    room = place.classes["Room 9"]
    present = [one.key for one in room.active]
    given = Given(
        place.today - timedelta(days=1), Mode.READING, resource=have["Owl Moon"].key, minutes=15, ending=Ending.FINISHED
    )
    await batches.log_for_class(room.row, present, given, "demo-read-aloud", room.teacher)


async def _reviews(place: Place, have: dict[str, Resource], by: Reader) -> None:
    for number, (room, student, title, words, feeling) in enumerate(SAID):
        reader = await reader_at(place.classes[room].students[student].id, place.row.slug)
        if reader is None:
            continue
        said = Written(words, Audience.SCHOOL, feeling)
        key = await reviewing.write_review(have[title].key, said, f"demo-review-{number}", reader)
        if number < len(SAID) - WAITING:
            (version,) = await Review.filter(school_id=by.school.id, key=key).values_list("version", flat=True)
            await reviewing.approve(key, words, int(str(version)), by)
