"""What the office does by hand: classes, who is in them, students and staff one by one. Source: SAFETY.md, A6."""

from datetime import timedelta

import pytest

from engage import dates
from engage.errors import Refused
from engage.people import class_actions, erasing, person_actions
from engage.people.models import ClassMember, Membership, Person, SchoolClass, Session
from engage.people.queries import reader_at
from engage.people.rules import Role, Status
from tests import make
from tests.school import give_session, words_of


async def member(school, person, room=None) -> ClassMember | None:
    room = room or school.room
    return await ClassMember.get_or_none(school_id=room.school_id, school_class_id=room.id, person_id=person.id)


async def test_a_class_is_made_renamed_and_ended(browser, school, alma):
    browser.sign_in(alma)
    made = await browser.follow(
        await browser.post("/admin/classes/new", {"form_key": "a", "name": "Owls", "grade": "2"})
    )
    assert "Owls is made" in words_of(made)
    # the same form twice makes one class; another class of the name is refused
    await browser.post("/admin/classes/new", {"form_key": "a", "name": "Owls", "grade": "2"})
    assert await SchoolClass.filter(school_id=school.lincoln.id, name="Owls").count() == 1
    refused = await browser.post("/admin/classes/new", {"form_key": "b", "name": " owls ", "grade": ""})
    assert (refused.status_code, "There is a class of this name already." in words_of(refused)) == (422, True)
    owls = await SchoolClass.get(school_id=school.lincoln.id, name="Owls")
    assert (owls.grade, len(owls.code)) == (2, 8)
    assert (
        await browser.post(f"/admin/classes/{owls.key}/change", {"name": "Night Owls", "grade": ""})
    ).status_code == 303
    assert "Night Owls" in words_of(await browser.get("/admin/classes?q=night"))
    await make.in_class(await Person.get(id=school.sam.id, school_id=school.lincoln.id), owls, Role.STUDENT)
    await browser.post(f"/admin/classes/{owls.key}/end")
    assert (await SchoolClass.get(school_id=school.lincoln.id, id=owls.id)).ended_on == dates.today(school.card.zone)
    assert (await member(school, school.sam, owls)).until == dates.today(school.card.zone)
    assert "Night Owls has ended" in words_of(await browser.get("/admin/classes"))
    assert "Night Owls" not in words_of(await browser.get("/admin/classes"))
    assert "Night Owls" in words_of(await browser.get("/admin/classes?show=ended"))


async def test_the_office_puts_people_in_and_takes_them_out(browser, school, alma):
    mia = await make.student("Mia")
    browser.sign_in(alma)
    page = words_of(await browser.get(f"/admin/classes/{school.room.key}?q=mi"))
    assert "Mia student, grade 3" in page
    other = await make.person("Lea Lind", Role.TEACHER, school.lincoln, login="lea")
    await browser.post(f"/admin/classes/{school.room.key}/put-in", {"people": [mia.key, other.key]})
    assert (await member(school, mia)).role is Role.STUDENT
    teacher = await reader_at(other.id, "lincoln")
    assert teacher is not None
    assert teacher.taught_ids == {school.room.id}
    out = await browser.post(f"/admin/classes/{school.room.key}/{other.key}/take-out")
    assert out.status_code == 303
    after = await reader_at(other.id, "lincoln")
    assert after is not None
    assert after.taught_ids == frozenset()  # at once, and not tomorrow (A6)
    assert (await browser.post(f"/admin/classes/{school.room.key}/{other.key}/back-in")).status_code == 303
    assert (await member(school, other)).until is None
    told = words_of(await browser.get("/admin/audit"))  # who, and in which class
    assert "put somebody in a class Mia Room 12" in told
    assert "took somebody out of a class Lea Lind Room 12" in told


async def test_what_was_done_for_a_student_is_said_with_the_letter(browser, school, tom, sam):
    await Person.filter(school_id=school.card.id, id=sam.id).update(letter="O")
    browser.sign_in(tom)
    for path, said in (
        (f"/classes/{school.room.key}/students/{sam.key}/sign-out", "Sam O. was signed in nowhere."),
        (f"/admin/classes/{school.room.key}/{sam.key}/take-out", "Sam O. is not in Room 12 any more."),
    ):
        assert said in words_of(await browser.follow(await browser.post(path))), path


async def test_a_teacher_keeps_the_own_class_and_sees_no_other(browser, school, tom, sam):
    other = await make.school_class(school.lincoln, "Room 99")
    mia = await make.student("Mia")
    browser.sign_in(tom)
    page = await browser.get(f"/admin/classes/{school.room.key}?q=Mia")
    assert page.status_code == 200
    assert "Sam" in words_of(page)
    assert "Mia" not in words_of(page)  # of others a teacher sees no name (CLS07)
    assert (await browser.get(f"/admin/classes/{other.key}")).status_code == 404
    assert (await browser.post(f"/admin/classes/{school.room.key}/{sam.key}/take-out")).status_code == 303
    assert (await member(school, sam)).until is not None
    assert "Were here this school year" in words_of(await browser.get(f"/admin/classes/{school.room.key}"))
    assert (await browser.post(f"/admin/classes/{school.room.key}/{sam.key}/back-in")).status_code == 303
    assert (await member(school, sam)).until is None
    assert (await browser.post(f"/admin/classes/{school.room.key}/{mia.key}/back-in")).status_code == 404
    assert (await browser.post(f"/admin/classes/{school.room.key}/put-in", {"people": [mia.key]})).status_code == 404
    assert (await browser.post(f"/admin/classes/{school.room.key}/{tom.key}/take-out")).status_code == 404
    # making, renaming and ending may be asked for one day (Q), and is no now
    for path in ("/admin/classes", f"/admin/classes/{school.room.key}/change"):
        assert (await browser.get(path)).status_code == 403
    assert (await browser.post(f"/admin/classes/{school.room.key}/end")).status_code == 403
    assert (await browser.post(f"/admin/classes/{other.key}/end")).status_code == 404


async def test_who_is_not_of_the_office_sees_no_page_of_it(browser, school, ada, sam, vera):
    paths = ("people", "people/new-student", "people/new-staff", "classes", "classes/new", f"classes/{school.room.key}")
    for who in (ada, sam, vera, None):
        browser.sign_in(who)
        for path in paths:
            assert (await browser.get(f"/admin/{path}")).status_code in (403, 404), (path, who)
    browser.sign_in(sam)
    assert (await browser.post(f"/admin/people/{sam.key}/change", {"name": "Max"})).status_code == 403
    assert (await Person.get(id=sam.id, school_id=school.lincoln.id)).name == "Sam"


async def test_a_teacher_renames_no_student_and_learns_of_none(browser, school, tom, sam):
    mia = await make.student("Mia")
    browser.sign_in(tom)
    for key in (sam.key, mia.key, "0123456789abc"):
        assert (await browser.post(f"/admin/people/{key}/change", {"name": "Max"})).status_code == 403
    assert (await Person.get(id=sam.id, school_id=school.lincoln.id)).name == "Sam"


async def test_two_students_whose_names_look_the_same_need_letters(browser, school, alma):
    browser.sign_in(alma)
    new = {"letter": "", "grade": "3", "room": ""}
    await browser.post(
        "/admin/people/new-student", {"form_key": "a", "name": "Sam", "letter": "O", "grade": "", "room": ""}
    )
    # another case, letters of another script, the letter written into the name
    for name in ("sam", "SAM", "S\u0430m", "Sam O", "sam o."):
        answer = await browser.post("/admin/people/new-student", new | {"form_key": name, "name": name})
        assert (answer.status_code, "Give a letter" in words_of(answer)) == (422, True), name
    assert (await browser.post("/admin/people/new-student", new | {"form_key": "b", "name": "Sama"})).status_code == 303


async def test_a_student_comes_changes_leaves_and_comes_back(browser, school, alma):
    browser.sign_in(alma)
    twin = await browser.post(
        "/admin/people/new-student", {"form_key": "a", "name": "Sam", "letter": "", "grade": "3", "room": ""}
    )
    assert (twin.status_code, "Give a letter" in words_of(twin)) == (422, True)
    sent = {"form_key": "b", "name": "Sam", "letter": "O", "grade": "3", "room": school.room.key}
    page = await browser.follow(await browser.post("/admin/people/new-student", sent))
    assert "Room 12" in words_of(page)
    await browser.post("/admin/people/new-student", sent)
    new = await Person.get(school_id=school.lincoln.id, name="Sam", letter="O")
    assert (new.grade, new.login, new.email) == (3, None, "")
    assert (await member(school, new)) is not None
    await browser.post(f"/admin/people/{new.key}/change", {"name": "Samuel", "letter": "", "grade": "4"})
    assert (await Person.get(school_id=school.lincoln.id, id=new.id)).grade == 4
    assert "Samuel" in words_of(await browser.get("/admin/people?q=sam"))
    reader = await reader_at(new.id, "lincoln")
    assert reader is not None
    browser.sign_in(reader)
    assert (await browser.get("/me/account")).status_code == 200
    browser.sign_in(alma)
    await browser.post(f"/admin/people/{new.key}/let-go")
    assert (await Person.get(school_id=school.lincoln.id, id=new.id)).status is Status.GONE
    assert await Session.filter(person_id=new.id).count() == 0
    assert "Samuel has left" in words_of(await browser.get("/admin/people?q=samuel"))
    assert "Samuel" not in words_of(await browser.get("/admin/people?q=samuel"))
    assert "Samuel" in words_of(await browser.get("/admin/people?show=gone"))
    await browser.post(f"/admin/people/{new.key}/come-back")
    assert (await Person.get(school_id=school.lincoln.id, id=new.id)).status is Status.ACTIVE


async def test_one_of_several_roles_can_be_taken_again_with_its_classes(browser, school, alma, tom, dora):
    browser.sign_in(alma)
    page = f"/admin/people/{tom.key}"
    assert "Take away" not in words_of(await browser.get(page))  # one role alone is let go, not taken
    await browser.post(f"{page}/role", {"role": "specialist"})
    assert "Take away: Teacher" in words_of(await browser.get(page))
    for nothing in ("student", "nonsense"):
        assert (await browser.post(f"{page}/role/{nothing}/take")).status_code == 404
    await give_session(tom, dates.now())
    for said in ("The role is taken.", "They do not have this role."):  # a double click meets no missing page
        pressed = await browser.follow(await browser.post(f"{page}/role/teacher/take"))
        assert (pressed.status_code, said in words_of(pressed)) == (200, True)
    now = await reader_at(tom.id, "lincoln")
    assert now is not None
    assert (now.roles, now.taught_ids) == ({Role.SPECIALIST}, frozenset())
    assert await ClassMember.filter(school_id=school.card.id, person_id=tom.id, until__isnull=True).count() == 0
    assert await Session.filter(person_id=tom.id).count() == 0
    assert (await browser.post(f"{page}/role/specialist/take")).status_code == 303  # the last one stays
    assert await Membership.filter(school_id=school.card.id, person_id=tom.id).count() == 1
    assert "took a role" in words_of(await browser.get("/admin/audit"))

    # a school admin's role is the district's to take, and nobody takes an own one (CLS11, A7)
    await make.membership(await Person.get(school_id=school.card.id, id=tom.id), Role.SCHOOL_ADMIN, school.lincoln)
    assert "Take away: School admin" not in words_of(await browser.get(page))
    assert (await browser.post(f"{page}/role/school_admin/take")).status_code == 403
    assert (await browser.sign_in(dora).post(f"{page}/role/school_admin/take")).status_code == 303
    await make.membership(await Person.get(school_id=school.card.id, id=alma.id), Role.TEACHER, school.lincoln)
    assert (await browser.sign_in(alma).post(f"/admin/people/{alma.key}/role/teacher/take")).status_code == 403
    for nobody in (school.ada, school.vera, school.rosa, None):
        assert (await browser.sign_in(nobody).post(f"{page}/role/specialist/take")).status_code in (403, 404)


async def test_staff_come_without_a_password_get_roles_and_leave_at_once(browser, school, alma):
    browser.sign_in(alma)
    sent = {"form_key": "a", "name": "Lea Lind", "login": "Lea@lincoln.example", "role": "teacher"}
    page = await browser.follow(await browser.post("/admin/people/new-staff", sent))
    assert "without a password yet" in words_of(page)
    lea = await Person.get(school_id=school.lincoln.id, login="lea@lincoln.example")
    assert lea.password_hash == ""
    taken = await browser.post("/admin/people/new-staff", {**sent, "form_key": "b"})
    assert (taken.status_code, "is taken" in words_of(taken)) == (422, True)
    assert (
        await browser.post("/admin/people/new-staff", {**sent, "form_key": "c", "role": "school_admin"})
    ).status_code == 422
    await browser.post(f"/admin/people/{lea.key}/role", {"role": "specialist"})
    reader = await reader_at(lea.id, "lincoln")
    assert reader is not None
    assert reader.roles == {Role.TEACHER, Role.SPECIALIST}
    await browser.sign_in(reader).get("/me/account")
    browser.sign_in(alma)
    await browser.post(f"/admin/people/{lea.key}/let-go")
    assert await Session.filter(person_id=lea.id).count() == 0
    browser.sign_in(reader)
    assert (await browser.get("/me/account")).status_code in (303, 404)


async def test_nobody_changes_their_own_roles_nor_those_of_an_admin(browser, school, alma):
    other = await make.person("Art Dean", Role.SCHOOL_ADMIN, school.lincoln, login="art")
    browser.sign_in(alma)
    assert (await browser.post(f"/admin/people/{alma.key}/role", {"role": "specialist"})).status_code == 403
    assert (await browser.post(f"/admin/people/{alma.key}/let-go")).status_code == 403
    assert (await browser.post(f"/admin/people/{other.key}/let-go")).status_code == 403
    assert (await browser.post(f"/admin/people/{school.sam.key}/role", {"role": "teacher"})).status_code == 404
    assert await Membership.filter(school_id=school.lincoln.id, person_id=alma.id).count() == 1


async def test_the_district_makes_school_admins_and_lets_them_go(browser, school, alma, dora):
    """CLS11 and CLS13 of the matrix; nobody gives or takes a district admin's role by the page (CLS12)."""
    tom = school.tom
    assert "School admin" not in words_of(await browser.sign_in(alma).get(f"/admin/people/{tom.key}"))
    assert (await browser.post(f"/admin/people/{tom.key}/role", {"role": "school_admin"})).status_code == 422
    browser.sign_in(dora)
    assert "School admin" in words_of(await browser.get(f"/admin/people/{tom.key}"))
    assert (await browser.post(f"/admin/people/{tom.key}/role", {"role": "school_admin"})).status_code == 303
    assert Role.SCHOOL_ADMIN in (await reader_at(tom.id, "lincoln")).roles
    other = await make.person("Dan Poe", Role.DISTRICT_ADMIN, school.lincoln, login="dan")
    assert "They have left" not in words_of(await browser.get(f"/admin/people/{other.key}"))
    assert (await browser.post(f"/admin/people/{other.key}/let-go")).status_code == 403
    assert "They have left" in words_of(await browser.get(f"/admin/people/{alma.key}"))
    assert (await browser.post(f"/admin/people/{alma.key}/let-go")).status_code == 303
    assert (await Person.get(school_id=school.lincoln.id, id=alma.id)).status is Status.GONE
    # an admin who was let go comes back by the district, too
    browser.sign_in(tom)
    await Membership.filter(school_id=school.lincoln.id, person_id=tom.id).exclude(role=Role.SCHOOL_ADMIN).delete()
    assert (await browser.post(f"/admin/people/{alma.key}/come-back")).status_code == 403
    assert (await browser.sign_in(dora).post(f"/admin/people/{alma.key}/come-back")).status_code == 303


async def test_nobody_comes_back_whose_erasure_has_begun(school, alma, sam):
    await erasing.begin(school.lincoln.id, sam.id, "k" * 40, alma)
    person = await Person.get(school_id=school.lincoln.id, id=sam.id)
    with pytest.raises(Refused, match="being erased"):
        await person_actions.take_back(person, by=alma)
    assert (await Person.get(school_id=school.lincoln.id, id=sam.id)).status is Status.GONE


async def test_a_teacher_who_comes_again_is_there_from_today(school, alma, tom):
    room = await SchoolClass.get(school_id=school.lincoln.id, id=school.room.id)
    long_ago = dates.today(school.card.zone) - timedelta(days=90)
    of = ClassMember.filter(school_id=school.lincoln.id, school_class_id=room.id)
    await of.update(since=long_ago)
    for person in (tom, school.sam):
        await class_actions.take_out(room, await Person.get(school_id=school.lincoln.id, id=person.id), by=alma)
        await class_actions.put_in(room, [person.key], by=alma)
    assert (await member(school, tom)).since == dates.today(school.card.zone)
    assert (await member(school, school.sam)).since == long_ago


async def test_who_stands_in_a_class_without_a_teachers_role_opens_no_door_of_it(browser, school, ada, sam):
    """CLS05 of the own class is the teacher's: a specialist has none unless a teacher, too (SAFETY.md, section 2)."""
    await make.in_class(await Person.get(school_id=school.lincoln.id, id=ada.id), school.room, Role.TEACHER)
    browser.sign_in(await reader_at(ada.id, "lincoln"))
    assert (await browser.get(f"/classes/{school.room.key}/sign-in")).status_code == 404
    page = await browser.get(f"/classes/{school.room.key}/door")
    assert (page.status_code, "Sam" in words_of(page)) == (200, False)


async def test_the_two_pages_of_staff_lead_to_each_other(browser, school, alma):
    browser.sign_in(alma)
    assert 'href="/lincoln/admin/staff"' in (await browser.get("/admin/people?show=staff")).text
    assert 'href="/lincoln/admin/people?show=staff"' in (await browser.get("/admin/staff")).text


async def test_the_district_sees_staff_and_no_student(browser, school, dora, sam):
    browser.sign_in(dora)
    page = words_of(await browser.get("/admin/people"))
    assert "Tom Reyes" in page
    assert "Sam" not in page.replace("Same", "")
    assert (await browser.get("/admin/people?show=students")).status_code == 404
    assert (await browser.get(f"/admin/people/{sam.key}")).status_code == 404
    assert (await browser.get("/admin/people/new-student")).status_code == 404


async def test_who_works_at_two_schools_leaves_one_and_stays_at_the_other(browser, school, alma):
    lea = await make.person("Lea Lind", Role.TEACHER, school.lincoln, login="lea")
    await make.membership(lea, Role.TEACHER, school.roosevelt)
    await browser.sign_in(alma).post(f"/admin/people/{lea.key}/let-go")
    here, there = await reader_at(lea.id, "lincoln"), await reader_at(lea.id, "roosevelt")
    assert here is not None
    assert there is not None
    assert (here.roles, there.roles) == (frozenset(), {Role.TEACHER})


@pytest.mark.parametrize("path", ["/admin/people", "/admin/people?show=staff", "/admin/classes"])
async def test_lists_take_a_steady_number_of_statements_and_are_paged(browser, school, alma, statements, path):
    browser.sign_in(alma)
    await browser.get(path)
    statements.forget()
    await browser.get(path)
    few = len(statements)
    for number in range(120):
        await make.person(f"Kid {number:03}", Role.STUDENT, school.lincoln, grade=3)
        await make.school_class(school.lincoln, f"Group {number:03}", code=f"G{number:05}")
    statements.forget()
    page = await browser.get(path)
    assert len(statements) <= min(few + 1, 20)
    if "staff" not in path:
        assert "Next" in words_of(page)


async def test_a_page_of_one_person_says_where_they_come_from(browser, school, alma, tom):
    browser.sign_in(alma)
    page = words_of(await browser.get(f"/admin/people/{tom.key}"))
    assert "Room 12" in page
    assert "Teacher" in page
    assert "kept up by the roster" not in page
    assert (await browser.get("/admin/people/0123456789abc")).status_code == 404
    assert (await browser.get(f"/admin/people/{school.remy.key}")).status_code == 404


async def test_the_addresses_of_school_and_district_by_themselves_lead_to_their_first_page(browser, school) -> None:
    first = {"/lincoln/admin": "/lincoln/admin/people", "/district": "/district/evaluation"}
    enter = {"/lincoln/admin": (school.alma, school.dora), "/district": (school.dora,)}
    everybody = (school.alma, school.dora, school.ada, school.tom, school.sam, school.vera, school.rosa, None)
    for path, page in first.items():
        for reader in everybody:
            browser.sign_in(reader)
            if reader is not None:
                await browser.be_known()
            answer = await browser.client.get(path)
            if reader in enter[path]:
                assert (answer.status_code, answer.headers["location"]) == (303, page), (path, reader)
                assert (await browser.client.get(page)).status_code == 200
            else:
                assert answer.status_code == 404, (path, reader)
    assert (await browser.sign_in(school.alma).client.get("/washington/admin")).status_code == 404
