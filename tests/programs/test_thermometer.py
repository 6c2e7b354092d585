"""What a class or the school reaches together: its number is large, and who is in several classes adds to each."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from tortoise.functions import Sum

from engage.engagement.rules import Mode
from engage.people.models import Person, School
from engage.people.queries import reader_at
from engage.people.rules import Role
from engage.programs import log_actions
from engage.programs.activity_models import GoalShare, ProgramClass
from engage.programs.entries import Given
from engage.programs.models import LogEntry
from engage.programs.rebuild import rebuild
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
        title="The whole school", words=words, amount=amount, goal=20_000, together=SimpleNamespace(amount=amount)
    )
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
    # Sam sees Room 12, since the program is for it and not for Math 3; the others English 3
    page = words_of(await browser.sign_in(alone).get(f"/programs/{program.slug}"))
    assert "500 minutes, Room 12 together" in page
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
