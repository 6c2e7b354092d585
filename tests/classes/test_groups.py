"""Reading groups: made of students of one's own classes, changed, ended, asked for lists."""

from datetime import timedelta

import pytest

from engage import dates
from engage.classes.actions import Whom, assign
from engage.classes.group_actions import change_group, end_group, forget_leavers, go_on_with_group, make_group
from engage.classes.group_queries import groups_of, members_to_show, own_group
from engage.classes.models import AssignedStudent, GroupMember, ReadingGroup
from engage.classes.queries import tickets_for
from engage.errors import NotFound
from engage.people.models import ClassMember, Person
from engage.people.register_rules import LONGEST
from engage.people.retention_rules import over
from engage.people.rules import Role
from tests import make
from tests.classes.asking import ALL, again, ask_room, at, leave, one_more, resources_of, sea_stories, today
from tests.conftest import Statements
from tests.school import Browser, TestSchool, as_reader, words_of


async def test_a_teacher_makes_a_group_changes_it_and_ends_it(browser: Browser, school: TestSchool) -> None:
    lea = await one_more(school, "Lea")
    tom = browser.sign_in(school.tom)
    answer = await tom.post("/groups/new", {"name": " Owls ", "students": [school.sam.key]})
    page = await browser.follow(answer)
    assert "Owls" in words_of(page)
    assert "A reading group of 1 student." in words_of(page)
    (group,) = await groups_of(school.tom)
    assert (group["name"], group["members"]) == ("Owls", 1)

    await tom.post(f"/groups/{group['key']}/edit", {"name": "Night owls", "students": [lea.key]})
    shown = await members_to_show(school.tom, await own_group(school.tom, group["key"]))
    assert [one["name"] for one in shown] == ["Lea"]
    # who was put out stays in its history, and may come back
    sam = await GroupMember.get(school_id=school.card.id, person_id=school.sam.id)
    assert sam.until is not None
    await change_group(group["key"], "Night owls", [lea.key, school.sam.key], by=school.tom)
    assert await GroupMember.filter(school_id=school.card.id, until__isnull=True).count() == 2
    assert await GroupMember.filter(school_id=school.card.id).count() == 2

    await tom.post(f"/groups/{group['key']}/end")
    assert await groups_of(school.tom) == []
    assert (await tom.get(f"/groups/{group['key']}")).status_code == 404
    await tom.post(f"/groups/{group['key']}/go-on")
    assert (await tom.get(f"/groups/{group['key']}")).status_code == 200


async def test_a_form_without_a_name_comes_back_filled(browser: Browser, school: TestSchool) -> None:
    answer = await browser.sign_in(school.tom).post("/groups/new", {"name": " ", "students": [school.sam.key]})
    assert answer.status_code == 422
    assert "Give the group a name." in words_of(answer)
    assert "checked" in answer.text


async def test_only_students_of_own_classes_can_be_in_it(browser: Browser, school: TestSchool) -> None:
    lone = await make.student("Lone")
    with pytest.raises(NotFound):
        await make_group("Owls", [lone.key], by=school.tom)
    for reader in (school.ada, school.alma, school.sam):
        with pytest.raises(NotFound):
            await make_group("Owls", [school.sam.key], by=reader)
    answer = await browser.sign_in(school.tom).post("/groups/new", {"name": "Owls", "students": [lone.key]})
    assert answer.status_code == 422
    assert await ReadingGroup.filter(school_id=school.card.id).count() == 0


async def test_a_group_is_its_teachers_own(browser: Browser, school: TestSchool) -> None:
    key = await make_group("Owls", [school.sam.key], by=school.tom)
    person = await make.person("Uma Falk", Role.TEACHER, school.lincoln, login="uma")
    await make.in_class(person, school.room, Role.TEACHER)
    for reader in (await as_reader(person, "lincoln"), school.ada, school.alma, school.sam, school.vera, None):
        for path in ("", "/edit"):
            assert (await browser.sign_in(reader).get(f"/groups/{key}{path}")).status_code == 404
        for act in ("end", "go-on", "edit"):
            sent = {"name": "Mine", "students": school.sam.key}
            assert (await browser.post(f"/groups/{key}/{act}", sent)).status_code == 404
    assert (await own_group(school.tom, key)).name == "Owls"


async def test_a_group_across_classes_is_asked_and_shown_by_class(browser: Browser, school: TestSchool) -> None:
    other = await make.school_class(school.lincoln, "Room 14", code="OWLS14")
    await ClassMember.create(
        school_id=school.card.id,
        school_class_id=other.id,
        person_id=school.tom.id,
        role=Role.TEACHER,
        since=make.TERM_STARTS,
    )
    pia = await make.person("Pia", Role.STUDENT, school.lincoln, grade=3)
    await make.in_class(pia, other, Role.STUDENT)
    await one_more(school, "Lea")
    tom = await again(school.tom)
    key = await make_group("Owls", [school.sam.key, pia.key], by=tom)
    curated = await sea_stories(school, 2)
    (assignment,) = await assign(curated.key, Whom(groups=(key,)), ALL, by=tom)
    first, second = await resources_of(curated)
    await at(school.sam, first)
    await at(await as_reader(pia, "lincoln"), second, "stopped")

    browser.sign_in(tom)
    whole = words_of(await browser.get(f"/groups/{key}/assignments/{assignment.key}"))
    assert "Sam" in whole
    assert "Pia" in whole
    assert "Stopped" in whole
    table = (await browser.get(f"/groups/{key}/assignments/{assignment.key}/progress.csv")).text
    assert 'Pia,"started, 0 of 2",not started,stopped' in table
    here = words_of(await browser.get(f"/classes/{school.room.key}/assignments/{assignment.key}"))
    assert "Sam" in here
    assert "Pia" not in here
    page = await browser.get(f"/classes/{school.room.key}")
    assert "Not asked" in page.text  # Lea is in the class and not in the group
    assert "not asked" in (await browser.get(f"/classes/{school.room.key}/progress.csv")).text


async def test_who_leaves_the_class_or_whose_group_ends_is_asked_no_more(school: TestSchool) -> None:
    key = await make_group("Owls", [school.sam.key], by=school.tom)
    curated = await sea_stories(school)
    await assign(curated.key, Whom(groups=(key,)), ALL, by=school.tom)
    assert len(await tickets_for(school.sam, today())) == 1
    await end_group(key, by=school.tom)
    assert await tickets_for(school.sam, today()) == []
    await go_on_with_group(key, by=school.tom)
    assert len(await tickets_for(school.sam, today())) == 1
    gone = await leave(school, school.sam)
    assert await tickets_for(gone, today()) == []
    assert await members_to_show(school.tom, await own_group(school.tom, key)) == []
    assert [one["members"] for one in await groups_of(school.tom)] == [0]


async def test_a_group_of_any_size_costs_the_same_statements(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    curated = await sea_stories(school)
    key = await make_group("Owls", [school.sam.key], by=school.tom)
    await assign(curated.key, Whom(groups=(key,)), ALL, by=school.tom)
    counts = []
    for more in (0, 20):
        students = [await one_more(school, f"Child {number}") for number in range(more)]
        await change_group(key, "Owls", [school.sam.key, *(one.key for one in students)], by=school.tom)
        await browser.sign_in(school.tom).get(f"/groups/{key}")
        statements.forget()
        assert (await browser.get(f"/groups/{key}")).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 12


async def test_the_page_of_classes_lists_groups(browser: Browser, school: TestSchool) -> None:
    await make_group("Owls", [school.sam.key], by=school.tom)
    await ask_room(school, await sea_stories(school))
    page = words_of(await browser.sign_in(school.tom).get("/classes"))
    assert "Owls 1 student" in page
    assert "Make a group" in page
    assert "Make a group" not in words_of(await browser.sign_in(school.alma).get("/classes"))


async def test_nothing_of_a_group_is_kept_of_who_left_the_school_long_ago(school: TestSchool) -> None:
    lea = await one_more(school, "Lea")
    key = await make_group("Owls", [school.sam.key, lea.key], by=school.tom)
    curated = await sea_stories(school)
    await assign(curated.key, Whom(groups=(key,), students=(school.sam.key, lea.key)), ALL, by=school.tom)
    of = {"school_id": school.card.id}
    now = dates.now()
    for ago, left in ((59, 2), (61, 1)):
        await Person.filter(**of, id=lea.id).update(gone_at=now - timedelta(days=ago))
        await forget_leavers(school.card.id, over(now, now.date(), 8, LONGEST))
        assert await GroupMember.filter(**of).count() == left
        assert await AssignedStudent.filter(**of).count() == left
