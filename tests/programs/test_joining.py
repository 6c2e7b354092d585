"""How students come into programs: phases, codes, classes and grades, and how the roster is followed (rule 7)."""

from datetime import timedelta

import pytest

from engage import dates
from engage.errors import NotFound, Refused
from engage.people.models import ClassMember, Person, SchoolClass
from engage.people.rules import Role, Status
from engage.programs import actions
from engage.programs.activity_models import ProgramClass
from engage.programs.enrolling import follow_roster, follow_rosters
from engage.programs.joining_rules import Way
from engage.programs.models import Enrolment, Program, Standing
from engage.programs.rebuild import rebuild
from engage.programs.rules import Phase, phase
from tests import make
from tests.programs.test_pages import key_of
from tests.school import as_reader, words_of


def today(back=0):
    return dates.today("America/New_York") - timedelta(days=back)


async def in_classes(by, *rooms, **more):
    """A running program that is assigned to classes."""
    program = await make.program(by=by, **{"joining": "classes", **more})
    for room in rooms:
        await ProgramClass.create(school_id=room.school_id, program_id=program.id, school_class_id=room.id)
    return program


async def within(program):
    """Who takes part, with the way they came: person id and way."""
    part = Enrolment.filter(school_id=program.school_id, program_id=program.id, left_at=None)
    return dict(await part.values_list("person_id", "way"))


def test_a_program_is_announced_before_one_can_join():
    starts, ends = today(-10), today(-40)
    opens = today(-5)
    on = {day: phase(starts, ends, 7, today(-day), opens) for day in (0, 4, 5, 9, 10, 40, 41, 47, 48)}
    assert on == {
        0: Phase.ANNOUNCED,
        4: Phase.ANNOUNCED,
        5: Phase.JOINING,
        9: Phase.JOINING,
        10: Phase.RUNNING,
        40: Phase.RUNNING,
        41: Phase.CATCHING_UP,
        47: Phase.CATCHING_UP,
        48: Phase.CLOSED,
    }
    assert phase(starts, None, 7, today(-4000)) is Phase.RUNNING


async def test_readers_see_a_program_from_the_day_it_is_announced(browser, school, ada, tom, sam):
    program = await make.program(
        by=ada, title="Later", starts=today(-10), ends=today(-40), announced=today(-2), published_at=dates.now()
    )
    for somebody in (sam, tom, school.vera):
        assert (await browser.sign_in(somebody).get("/programs/later")).status_code == 404
    assert (await browser.sign_in(ada).get("/programs/later")).status_code == 200
    opens = dates.now() + timedelta(days=4)
    await Program.filter(school_id=school.card.id).update(announced=today(), published_at=opens)
    page = words_of(await browser.sign_in(sam).get("/programs/later"))
    assert "You can join it later." in page
    assert "Take part" not in page
    assert "You can join from" in words_of(await browser.get("/programs"))
    with pytest.raises(Refused, match="not open yet"):
        await actions.join("later", sam)
    await Program.filter(school_id=school.card.id).update(published_at=dates.now())
    assert "Take part" in words_of(await browser.get("/programs/later"))
    await actions.join("later", sam)
    assert await within(program) == {sam.id: Way.JOINED}


async def test_a_code_opens_a_program_in_any_case_and_with_spaces(browser, school, ada, sam):
    program = await make.program(by=ada, joining="code", join_code="Lantern 7")
    browser.sign_in(sam)
    page = await browser.get("/programs/lantern-nights")
    assert "Take part with a code" in words_of(page)
    assert "Lantern 7" not in page.text
    asked = await browser.get("/programs/lantern-nights/join")
    for code in ("", "lantern", "lantern 8"):
        answer = await browser.post("/programs/lantern-nights/join", {"form_key": key_of(asked), "code": code})
        assert answer.status_code == 422
        assert "That is not the code of this program." in words_of(answer)
    assert await within(program) == {}
    sent = {"form_key": key_of(asked), "code": " lanTERN7 "}
    assert "You are in Lantern Nights." in words_of(
        await browser.follow(await browser.post("/programs/lantern-nights/join", sent))
    )
    assert await within(program) == {sam.id: Way.CODE}
    await actions.leave("lantern-nights", sam)
    await actions.join("lantern-nights", sam)  # who was in it comes back without the code
    assert await within(program) == {sam.id: Way.JOINED}


async def test_rule_7_late_arrivals_are_enrolled_and_leavers_withdrawn_and_history_stays(school, ada, sam):
    program = await in_classes(ada, school.room)
    await make.facts(sam, [(2, 70)])
    assert await follow_roster(school.card.id, program.id) == 1
    assert await within(program) == {sam.id: Way.ROSTER}
    assert (await Standing.get(school_id=school.card.id)).minutes == 70
    ben = await make.student("Ben")
    row = await Person.get(school_id=school.card.id, id=ben.id)
    await make.in_class(row, school.room, Role.STUDENT)
    assert await follow_rosters() == 1
    assert await within(program) == {sam.id: Way.ROSTER, ben.id: Way.ROSTER}

    member = ClassMember.filter(school_id=school.card.id, person_id=sam.id)
    await member.update(until=today())
    assert await follow_rosters() == 1
    assert await within(program) == {ben.id: Way.ROSTER}
    assert await Standing.filter(school_id=school.card.id, person_id=sam.id).count() == 0
    await member.update(until=None)
    assert await follow_rosters() == 1
    assert (await Standing.get(school_id=school.card.id, person_id=sam.id)).minutes == 70
    await Person.filter(school_id=school.card.id, id=ben.id).update(status=Status.GONE)
    assert await follow_rosters() == 1
    assert await within(program) == {sam.id: Way.ROSTER}
    assert await follow_rosters() == 0
    assert await rebuild(school.card.id) == []


async def test_who_left_by_choice_stays_out_and_who_came_by_choice_stays_in(school, ada, sam):
    program = await in_classes(ada, school.room)
    ben = await make.student("Ben")
    await make.enrolment(program, ben)
    await follow_roster(school.card.id, program.id)
    await actions.leave("lantern-nights", sam)
    assert await follow_roster(school.card.id, program.id) == 0
    assert await within(program) == {ben.id: Way.JOINED}
    await actions.join("lantern-nights", sam)  # it is still meant for Sam
    assert sorted(await within(program)) == sorted([sam.id, ben.id])
    other = await make.student("Cleo")
    with pytest.raises(Refused, match="for some classes"):
        await actions.join("lantern-nights", other)


async def test_a_program_that_becomes_open_keeps_those_who_came_with_their_class(school, ada, sam):
    program = await in_classes(ada, school.room)
    await follow_roster(school.card.id, program.id)
    await Program.filter(school_id=school.card.id).update(joining="open")
    await ProgramClass.filter(school_id=school.card.id).delete()
    assert (await follow_rosters(), await follow_roster(school.card.id, program.id)) == (0, 0)
    assert await within(program) == {sam.id: Way.ROSTER}


async def test_a_class_that_ends_in_summer_keeps_its_students_in(school, ada, sam):
    program = await in_classes(ada, school.room)
    await follow_roster(school.card.id, program.id)
    await SchoolClass.filter(school_id=school.card.id, id=school.room.id).update(ended_on=today(1))
    await ClassMember.filter(school_id=school.card.id, person_id=sam.id).update(until=today(1))
    assert await follow_roster(school.card.id, program.id) == 0
    await ClassMember.filter(school_id=school.card.id, person_id=sam.id).update(until=today(9))
    assert await follow_roster(school.card.id, program.id) == 1


async def test_grades_are_followed_and_moving_up_ends_nothing(school, ada, sam):
    program = await make.program(by=ada, joining="grades", grade_low=3, grade_high=4)
    older = await make.student("Olga", grade=5)
    assert await follow_roster(school.card.id, program.id) == 1
    await Person.filter(school_id=school.card.id, id=sam.id).update(grade=5)
    await Person.filter(school_id=school.card.id, id=older.id).update(grade=4)
    assert await follow_roster(school.card.id, program.id) == 1
    assert await within(program) == {sam.id: Way.ROSTER, older.id: Way.ROSTER}
    assert school.remy.id not in await within(program)


@pytest.mark.parametrize(
    "more",
    [
        {"state": "draft"},
        {"state": "archived"},
        {"ends": today(1)},
        {"starts": today(-3), "published_at": dates.now() + timedelta(days=2)},
    ],
)
async def test_nobody_comes_or_goes_while_a_program_takes_nobody(school, ada, more):
    program = await in_classes(ada, school.room, **more)
    assert await follow_roster(school.card.id, program.id) == 0
    assert await within(program) == {}


async def test_a_program_for_classes_is_seen_by_these_alone(browser, school, ada, tom, sam):
    await in_classes(ada, school.room, visibility="classes")
    other = await make.student("Cleo")
    for somebody, status in ((sam, 200), (tom, 200), (ada, 200), (other, 404), (school.vera, 404), (None, 404)):
        assert (await browser.sign_in(somebody).get("/programs/lantern-nights")).status_code == status, somebody
    with pytest.raises(NotFound):
        await actions.join("lantern-nights", other)
    moved = await as_reader(await Person.get(school_id=school.card.id, id=other.id), "lincoln")
    assert moved.class_ids == frozenset()
