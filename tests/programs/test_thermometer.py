"""What a class or the school reaches together: its number is large, and who is in several classes adds to each."""

from dataclasses import replace
from itertools import product
from operator import mul
from random import Random
from types import SimpleNamespace

import pytest
from tortoise.functions import Sum

from engage.database.tenancy import every_school
from engage.engagement.rules import Mode
from engage.people.models import Person, School
from engage.people.queries import reader_at
from engage.people.rules import Role
from engage.programs import log_actions
from engage.programs.activity_models import GoalShare, ProgramClass
from engage.programs.entries import Given
from engage.programs.models import Challenge, LogEntry
from engage.programs.queries import terms_of
from engage.programs.rebuild import rebuild
from engage.programs.thermometers import together_in
from tests import make
from tests.programs.doing import CLASS, SCHOOL, put
from tests.school import words_of
from tests.test_templates import TEMPLATES

ASKED = '{% from "macros/programs.html" import thermometer %}{{ thermometer(one) }}'


@pytest.mark.parametrize(
    ("amount", "words", "large"),
    [
        (11_317, "11,317 of 20,000 minutes, the whole school together", "11,317"),
        (25_117, "Done, 25,117 minutes by now, the whole school together", "25,117"),
    ],
)
def test_a_goal_that_many_share_shows_its_number_large(amount: int, words: str, large: str) -> None:
    one = SimpleNamespace(
        title="The whole school", words=words, amount=amount, goal=20_000, together=SimpleNamespace(amount=amount),
        beside=None,
    )  # fmt: skip
    shown = TEMPLATES.from_string(ASKED).render(one=one)
    assert f'<p class="display whole">{large} <span>' in shown
    assert ("Reached, together." in shown) == (amount >= 20_000)


async def test_who_is_in_several_classes_adds_to_the_goal_of_each(browser, school, ada, tom, sam):
    program = await make.program(by=ada, challenges=[CLASS, SCHOOL], joining="classes")
    lincoln = await School.get(slug="lincoln")
    math, english = [await make.school_class(lincoln, name, code=name) for name in ("Math 3", "English 3")]
    for room in (school.room, english):
        await ProgramClass.create(school_id=school.card.id, program_id=program.id, school_class_id=room.id)
    children = [sam, *[await make.student(f"Child {number}") for number in range(5)]]
    for child in children:
        row = await Person.get(school_id=school.card.id, id=child.id)
        await make.in_class(row, math, Role.STUDENT)
        await make.in_class(row, english, Role.STUDENT)
        await make.enrolment(program, child)
        await put(await reader_at(child.id, "lincoln"), 30)
    sums = GoalShare.filter(school_id=school.card.id).annotate(all=Sum("amount")).group_by("challenge_id", "class_id")
    added = await sums.order_by("challenge_id", "class_id").values_list("class_id", "all")
    assert added == [(0, 180), (school.room.id, 30), (math.id, 180), (english.id, 180)] * 2
    # what is corrected or put back stays where it was done
    entry = await LogEntry.filter(school_id=school.card.id, person_id=sam.id).first()
    alone = await reader_at(sam.id, "lincoln")
    moved = replace(alone, class_ids=frozenset())
    kept = await log_actions.correct_entry(entry.key, Given(entry.on, Mode.READING, minutes=40), "", moved)
    mine = GoalShare.filter(school_id=school.card.id, person_id=sam.id).order_by("challenge_id", "class_id")
    each = [(room, 40) for room in (0, school.room.id, math.id, english.id)]
    assert await mine.values_list("class_id", "amount") == each * 2
    await log_actions.void_entry(kept.entry, alone)
    await log_actions.restore_entry(kept.entry, moved)
    assert await mine.values_list("class_id", "amount") == each * 2
    assert await rebuild(school.card.id) == []
    # nobody sees Math 3, for which the program is not, and Sam not what Sam alone did in Room 12
    page = words_of(await browser.sign_in(alone).get(f"/programs/{program.slug}"))
    assert "190 of 500 minutes, English 3 together" in page
    assert ("Math 3" in page, "minutes, Room 12 together" in page) == (False, False)
    other = words_of(await browser.sign_in(await reader_at(children[1].id, "lincoln")).get(f"/programs/{program.slug}"))
    assert "190 of 500 minutes, English 3 together" in other
    assert "190 of 6,000 minutes, the whole school together" in other


async def test_no_difference_tells_what_one_who_is_in_the_class_did_elsewhere(browser, school, ada, tom, sam):
    program = await make.program(by=ada, challenges=[CLASS, SCHOOL])
    other = await make.school_class(await School.get(slug="lincoln"), "Room 7", code="ROOM7")
    children = [sam, *[await make.student(f"Child {number}") for number in range(6)]]
    for child in children:
        if child is not sam:
            row = await Person.get(school_id=school.card.id, id=child.id)
            await make.in_class(row, school.room, Role.STUDENT)
        await make.enrolment(program, child)

    async def elsewhere(child, amount):
        await put(replace(await reader_at(child.id, "lincoln"), class_ids=frozenset({other.id})), amount)

    async def seen_by(reader):
        browser.sign_in(await reader_at(reader.id, "lincoln"))
        page = words_of(await browser.get(f"/programs/{program.slug}"))
        assert " of 6,000 minutes, the whole school together" in page
        return " of 500 minutes, your class together" in page

    for child in children:
        await put(await reader_at(child.id, "lincoln"), 30)
    assert await seen_by(children[1])
    assert await seen_by(tom)
    # Sam was in another class before; who knows 210 of the class and 227 of all would know 17 of Sam
    await elsewhere(sam, 17)
    assert not await seen_by(children[1])
    assert not await seen_by(tom)
    assert await seen_by(sam)
    for child in children[1:5]:
        await elsewhere(child, 5)
    assert await seen_by(children[6])
    assert await seen_by(tom)
    # of five who did something elsewhere, one knows what the one was
    assert not await seen_by(sam)


async def test_who_is_in_several_classes_sees_what_each_has_reached(browser, school, ada, sam):
    program = await make.program(by=ada, challenges=[CLASS, SCHOOL])
    math, english = [await make.school_class(school.lincoln, name, code=name) for name in ("Math 3", "English 3")]
    await make.in_class(await Person.get(school_id=school.card.id, id=sam.id), math, Role.STUDENT)
    await make.in_class(await Person.get(school_id=school.card.id, id=sam.id), english, Role.STUDENT)
    await make.enrolment(program, sam)
    seen = f"/programs/{program.slug}"

    async def add(room, number):
        for _ in range(number):
            child = await make.student(f"Child {await Person.all().count()}")
            await make.in_class(await Person.get(school_id=school.card.id, id=child.id), room, Role.STUDENT)
            await make.enrolment(program, child)
            await put(await reader_at(child.id, "lincoln"), 30)

    async def page(*more):
        return words_of(await browser.sign_in(await reader_at(sam.id, "lincoln")).get("/".join([seen, *more])))

    with every_school("a test counts everybody"):
        await add(math, 5)
        await add(english, 6)
    await put(await reader_at(sam.id, "lincoln"), 30)
    words = await page()
    assert "180 of 500 minutes, Math 3 together" in words
    assert "210 of 500 minutes, English 3 together" in words
    challenge = await Challenge.get(school_id=school.card.id, kind="class goal")
    words = await page("challenges", challenge.key)
    assert words.index("180 of 500 minutes, Math 3 together") < words.index("210 of 500 minutes, English 3 together")


# how many besides the reader added something in one class alone, the other alone, both at once, neither
SIZES = tuple(product((0, 1, 5), repeat=4))
WHOLE_ONE_OTHER = tuple(product((-1, 0, 1), repeat=3))


def tells_of_few(people, which):
    """Whether some sum of these sums, added or taken away, is of somebody and of fewer than five."""
    return any(
        0 < sum(sum(map(mul, combined, one)) != 0 for one in people) < 5
        for combined in WHOLE_ONE_OTHER
        if all(number == 0 or place in which for place, number in enumerate(combined))
    )


async def test_no_difference_of_two_classes_and_all_tells_of_a_few(school, ada, sam):
    rng = Random(13)
    program = await make.program(by=ada, challenges=[CLASS] * len(SIZES) * 2)
    rooms = [await make.school_class(school.lincoln, name, code=name) for name in ("Math 3", "English 3")]
    children = [await make.student(f"Child {number}") for number in range(20)]
    reader = replace(await reader_at(sam.id, "lincoln"), class_ids=frozenset(room.id for room in rooms))
    of = {"school_id": school.card.id}
    expected, shares = {}, []
    asked = await Challenge.filter(**of, program_id=program.id).order_by("id")
    for place, (challenge, sizes) in enumerate(zip(asked, SIZES * 2, strict=True)):
        free = iter(children)
        people = []
        for size, alone in zip(sizes, ((1, 1, 0), (1, 0, 1), (1, 1, 1), (1, 0, 0)), strict=True):
            for _ in range(size):
                amount = rng.randint(1, 60)
                people.append((next(free).id, [amount * part for part in alone]))
        if people and place >= len(SIZES):
            # somebody was in one class first, and in the other later
            people[0] = (people[0][0], [30, 10, 20])
        for person, sums in [*people, (sam.id, [40, 20, rng.choice((10, 20))])]:
            for room, amount in zip((0, *[room.id for room in rooms]), sums, strict=True):
                share = {"challenge_id": challenge.id, "person_id": person, "class_id": room, "amount": amount}
                shares.append(GoalShare(**of, **share))
        sums = [one for _, one in people]
        alone = [room for room in (1, 2) if any(one[room] for one in sums) and not tells_of_few(sums, {0, room})]
        both = len(alone) == 2 and not tells_of_few(sums, {0, 1, 2})
        expected[challenge.id] = [rooms[room - 1].name for room in (alone if both else alone[:1])]
    await GoalShare.bulk_create(shares)
    terms = (await terms_of(ada.school, [program.id]))[program.id]
    shown = {
        number: [each.whose for each in (one, one.beside) if each is not None and each.amount is not None]
        for number, one in (await together_in(reader, terms)).items()
    }
    assert shown == expected
    assert {len(each) for each in shown.values()} == {0, 1, 2}
