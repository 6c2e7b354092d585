"""A board on its pages: who may switch it, who stands on it, and what nobody learns (SAFETY.md, P8, PRG08 to PRG11)."""

import asyncio
import re
from random import Random

import pytest

from engage import dates
from engage.errors import Busy, NotFound, Refused
from engage.people.models import AuditEntry
from engage.people.rules import Role
from engage.programs import board_actions
from engage.programs.boards import TEN, is_name_of, offers
from engage.programs.models import Enrolment, Program
from engage.programs.rebuild import recount
from engage.programs.recognition_models import BoardName
from tests import make
from tests.programs.test_running_pages import fill_in
from tests.school import as_reader, words_of


async def with_board(ada, number=TEN, on=True, **more):
    """A program of minutes with a board on which so many stand: the first with 10 minutes, the next with 20."""
    program = await make.program(ada, has_board=on, **more)
    names = offers(program.key, [], Random(3)) + [f"Spare {place}" for place in range(40)]
    students = []
    for place in range(number):
        student = await make.student(f"Child {place}")
        await make.enrolment(program, student)
        await make.facts(student, [(3, 10 * (place + 1))])
        students.append(student)
        await stand(program, student, names[place])
    await recount(program.school_id, program.id)
    return program, students


async def stand(program, student, name):
    await BoardName.create(
        school_id=program.school_id, program_id=program.id, person_id=student.id, name=name, at=dates.now()
    )


async def test_p8_a_board_is_off_by_default_and_only_the_library_switches_it(browser, school, ada, tom, sam):
    program = await make.program(ada)
    await make.enrolment(program, sam)
    assert not (await Program.get(school_id=program.school_id, id=program.id)).has_board
    path = f"/programs/{program.slug}/board"
    assert (await browser.sign_in(sam).get(path)).status_code == 404
    switch = f"/curate/programs/{program.key}/board"
    aide = await make.person("Ida Blum", Role.AIDE, school.lincoln, login="ida")
    for who in (tom, sam, school.vera, school.alma, school.dora, school.rosa, await as_reader(aide, "lincoln")):
        assert (await browser.sign_in(who).post(switch, {"board": "on"})).status_code in (403, 404), who.name
    assert not (await Program.get(school_id=program.school_id, id=program.id)).has_board
    page = await browser.follow(await browser.sign_in(ada).post(switch, {"board": "on"}))
    assert "The program has a board now" in words_of(page)
    assert (await browser.sign_in(sam).get(path)).status_code == 200
    await browser.sign_in(ada).post(switch, {"board": "off"})
    assert (await browser.sign_in(sam).get(path)).status_code == 404
    acts = await AuditEntry.filter(school_id=program.school_id).order_by("id").values_list("act", flat=True)
    assert list(acts) == ["switched a board on", "switched a board off"]


async def test_prg10_who_sees_a_board_and_who_does_not(browser, school, ada, tom, sam):
    program, _ = await with_board(ada, visibility="public")
    path = f"/programs/{program.slug}/board"
    for who in (sam, tom, ada, school.alma):
        assert (await browser.sign_in(who).get(path)).status_code == 200, who.name
    for who in (None, school.vera, school.dora, school.remy, school.rosa):
        assert (await browser.sign_in(who).get(path)).status_code in (303, 403, 404), who


async def test_p8_only_those_who_chose_it_stand_on_it_and_a_teacher_puts_nobody_there(browser, school, ada, tom, sam):
    program, _ = await with_board(ada, 0)
    await make.enrolment(program, sam)
    name = offers(program.key, [], Random(1))[0]
    path = f"/programs/{program.slug}/board"
    for who in (tom, ada, school.alma, school.dora, school.remy, await make.student("Not in it")):
        assert (await browser.sign_in(who).get(f"{path}/join")).status_code in (403, 404), who.name
        assert (await browser.post(f"{path}/join", {"name": name, "person": sam.key})).status_code in (403, 404)
        with pytest.raises(NotFound):
            await board_actions.join_board(program.slug, name, who)
    assert not await BoardName.filter(school_id=program.school_id).exists()


async def test_p8_under_a_name_from_the_programs_words_and_off_again(browser, school, ada, sam):
    program, _ = await with_board(ada, 0)
    await make.enrolment(program, sam)
    path = f"/programs/{program.slug}/board"
    page = await browser.sign_in(sam).get(f"{path}/join")
    offered = re.findall(r'name="name" value="([^"]+)"', page.text)
    assert len(offered) == 8
    assert all(is_name_of(program.key, name) for name in offered)
    assert (await fill_in(browser, f"{path}/join", {"name": "Sam"})).status_code == 422
    assert (await fill_in(browser, f"{path}/join", {})).status_code == 422
    joined = await fill_in(browser, f"{path}/join", {"name": offered[0]})
    assert f"You stand on the board as {offered[0]}." in words_of(await browser.follow(joined))
    await fill_in(browser, f"{path}/join", {"name": offered[1]})
    assert [row.name for row in await BoardName.filter(school_id=program.school_id)] == [offered[1]]
    await browser.post(f"{path}/leave")
    assert not await BoardName.filter(school_id=program.school_id).exists()
    assert (await browser.post(f"{path}/leave")).status_code == 404


async def test_two_who_take_one_name_at_once_do_not_share_it(school, ada, sam):
    program, _ = await with_board(ada, 0)
    olu = await make.student("Olu")
    name = offers(program.key, [], Random(1))[0]
    for student in (sam, olu):
        await make.enrolment(program, student)
    done = await asyncio.gather(
        *(board_actions.join_board(program.slug, name, student) for student in (sam, olu)), return_exceptions=True
    )
    assert sum(each is None for each in done) == 1
    assert sum(isinstance(each, Refused | Busy) for each in done) == 1
    assert await BoardName.filter(school_id=program.school_id, name=name).count() == 1


async def test_p8_nothing_is_shown_before_ten_and_nobodys_real_name_ever(browser, school, ada, tom, sam):
    program, students = await with_board(ada, TEN - 1)
    path = f"/programs/{program.slug}/board"
    early = words_of(await browser.sign_in(students[0]).get(path))
    assert "as soon as 10 stand on it" in early
    assert " 90 " not in early
    await make.enrolment(program, sam)
    await make.facts(sam, [(2, 95)])
    await recount(program.school_id, program.id)
    await stand(program, sam, "Spare 39")
    for who in (*students, tom, ada, school.alma):
        page = words_of(await browser.sign_in(who).get(path))
        assert "At the top" in page
        assert not re.search(r"Child \d", page.replace(who.name, ""))
        assert not re.search(r"\bSam\b", page)
    assert (await browser.sign_in(sam).get(path)).text.count('tag-good">You<') == 1


async def test_p8_the_top_and_ones_own_place_and_never_the_last(browser, school, ada):
    program, students = await with_board(ada, 14)
    path = f"/programs/{program.slug}/board"
    middle = words_of(await browser.sign_in(students[5]).get(path))
    assert [int(place) for place in re.findall(r"(?<=<td>)\d+(?=</td><th)", (await browser.get(path)).text)] == [
        *(1, 2, 3, 4, 5),
        9,
    ]
    assert "60" in middle
    last = await browser.sign_in(students[0]).get(path)
    assert "Your place shows when you are further up." in words_of(last)
    assert ">14<" not in last.text
    assert 'tag-good">You<' not in last.text
    await Enrolment.filter(school_id=program.school_id, person_id=students[13].id).update(left_at=dates.now())
    assert ">140<" not in (await browser.sign_in(students[0]).get(path)).text


async def test_p8_no_reading_level_no_speed_only_what_the_program_counts(browser, school, ada):
    program, students = await with_board(ada, 12)
    page = words_of(await browser.sign_in(students[3]).get(f"/programs/{program.slug}/board"))
    assert "Place Name Minutes" in page
    for word in ("level", "grade", "per day", "pages a"):
        assert word not in page.lower()


async def test_prg11_no_answer_to_staff_holds_who_a_pseudonym_is(browser, school, ada, tom):
    """Break-glass comes with its issue; until then nobody but the student is told."""
    program, students = await with_board(ada, 12)
    names = dict(await BoardName.filter(school_id=program.school_id).values_list("name", "person_id"))
    keys = {student.id: student.key for student in students}
    for who in (ada, tom, school.alma):
        page = await browser.sign_in(who).get(f"/programs/{program.slug}/board")
        assert any(name in page.text for name in names)
        assert not any(key in page.text for key in keys.values())
    desk = await browser.sign_in(ada).get(f"/programs/{program.slug}/hand-out")
    assert not any(name in desk.text for name in names)


async def test_a_board_asks_a_steady_number_of_statements(browser, school, ada, sam, statements):
    program, _ = await with_board(ada, 10)
    browser.sign_in(ada)
    await browser.get("/programs")
    counts = []
    for place in range(3):
        statements.forget()
        assert (await browser.get(f"/programs/{program.slug}/board")).status_code == 200
        counts.append(len(statements))
        student = await make.student(f"More {place}")
        await make.enrolment(program, student)
        await stand(program, student, f"Spare {30 + place}")
    assert len(set(counts)) == 1, counts
