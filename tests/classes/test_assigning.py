"""Asking classes, groups and single students; what comes and goes afterwards; what a specialist proposes."""

import re
from datetime import timedelta

import pytest

from engage.classes import actions
from engage.classes.actions import Asked, Whom, assign
from engage.classes.group_actions import make_group
from engage.classes.models import Assignment
from engage.classes.queries import resources_on, tickets_for
from engage.classes.rules import AssignmentKind
from engage.engagement.models import Engagement
from engage.engagement.rules import Kind
from engage.errors import NotFound, Refused
from engage.lists import actions as lists
from engage.lists import life
from engage.people.class_actions import end_class
from engage.people.models import ClassMember, SchoolClass
from engage.people.rules import Role
from tests import make
from tests.classes.asking import ALL, again, ask_room, at, due, leave, one_more, resources_of, sea_stories, today
from tests.school import Browser, TestSchool, as_reader, words_of


async def test_classes_groups_and_students_are_asked_at_once(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school)
    other = await make.school_class(school.lincoln, "Room 14", code="OWLS14")
    await ClassMember.create(
        school_id=school.card.id,
        school_class_id=other.id,
        person_id=school.tom.id,
        role=Role.TEACHER,
        since=make.TERM_STARTS,
    )
    pia = await make.person("Pia", Role.STUDENT, school.lincoln, grade=3)
    max_ = await make.person("Max", Role.STUDENT, school.lincoln, grade=3)
    for person in (pia, max_):
        await make.in_class(person, other, Role.STUDENT)
    tom = await again(school.tom)
    group = await make_group("Owls", [school.sam.key, pia.key], by=tom)
    sent = {
        "list": curated.key,
        "classes": [school.room.key],
        "groups": [group],
        "students": [max_.key, school.sam.key],
        "kind": "all",
    }
    answer = await browser.sign_in(tom).post("/assign", sent)
    assert answer.status_code == 303, words_of(answer)
    said = words_of(await browser.follow(answer))
    assert "Room 12, Owls and the students you chose have “Sea stories” now." in said

    rows = await Assignment.filter(school_id=school.card.id).order_by("id")
    asked = [(row.school_class_id, row.group_id is not None, row.only_some) for row in rows]  # type: ignore[attr-defined]
    assert asked == [(school.room.id, False, False), (None, True, False), (other.id, False, True)]
    # once, though by the class, the group and by name
    for reader in (school.sam, await as_reader(pia, "lincoln"), await as_reader(max_, "lincoln")):
        assert [one.title for one in await tickets_for(reader, today())] == ["Sea stories"], reader.name
    page = words_of(await browser.get(f"/classes/{other.key}"))
    assert "1 student" in page
    assert "Owls" in page


async def test_the_same_form_sent_twice_asks_once(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school)
    sent = {"list": curated.key, "classes": school.room.key, "kind": "all", "form_key": "abcdefgh"}
    for _ in range(2):
        assert (await browser.sign_in(school.tom).post("/assign", sent)).status_code == 303
    assert await Assignment.filter(school_id=school.card.id).count() == 1


async def test_late_arrivals_are_asked_and_leavers_stop_counting(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school, 1)
    assignment = await ask_room(school, curated, due(5))
    (book,) = await resources_of(curated)
    await at(school.sam, book)
    lea = await one_more(school, "Lea")
    address = f"/classes/{school.room.key}"
    assert [one.part.finished for one in await tickets_for(lea, today())] == [0]
    page = words_of(await browser.sign_in(school.tom).get(address))
    assert "1 of 2" in page

    gone = await leave(school, lea)
    assert await tickets_for(gone, today()) == []
    page = words_of(await browser.get(address))
    assert "Lea" not in page
    assert "1 of 1" in page
    assert "Lea" not in (await browser.get(f"{address}/assignments/{assignment.key}")).text
    assert (await browser.sign_in(gone).get(f"/me/assignments/{assignment.key}")).status_code == 404


async def test_every_teacher_of_the_class_sees_it_and_may_change_it(browser: Browser, school: TestSchool) -> None:
    assignment = await ask_room(school, await sea_stories(school), due(5))
    person = await make.person("Uma Falk", Role.TEACHER, school.lincoln, login="uma")
    await make.in_class(person, school.room, Role.TEACHER)
    uma = await as_reader(person, "lincoln")
    page = await browser.sign_in(uma).get(f"/classes/{school.room.key}/assignments/{assignment.key}")
    assert "Asked by Tom Reyes" in words_of(page)
    later = today() + timedelta(days=9)
    sent = {"due_on": later.isoformat(), "shows_from": today().isoformat(), "instructions": "Out loud, please."}
    assert (await browser.post(f"/assignments/{assignment.key}/change", sent)).status_code == 303
    row = await Assignment.get(school_id=school.card.id, key=assignment.key)
    assert (row.due_on, row.instructions, row.version) == (later, "Out loud, please.", 1)


async def test_what_another_teacher_changed_meanwhile_is_not_lost(browser: Browser, school: TestSchool) -> None:
    assignment = await ask_room(school, await sea_stories(school), due(5))
    shown = (await browser.sign_in(school.tom).get(f"/assignments/{assignment.key}/change")).text
    assert re.search(r'<input[^>]*name="version"[^>]*value="0"', shown)
    theirs = {"required": 0, "instructions": "Read it aloud.", "shows_from": today(), "due_on": assignment.due_on}
    await actions.change(assignment.key, **theirs, version=0, by=school.tom)
    mine = {"due_on": "", "shows_from": today().isoformat(), "instructions": "Read it twice.", "version": "0"}
    asked = await browser.post(f"/assignments/{assignment.key}/change", mine)
    assert asked.status_code == 422
    assert "Somebody changed this in the meantime." in words_of(asked)
    assert "Read it aloud." in words_of(asked)
    assert "Read it twice." in asked.text
    assert (await Assignment.get(school_id=school.card.id)).instructions == "Read it aloud."
    version = re.search(r'<input[^>]*name="version"[^>]*value="(\d+)"', asked.text)
    again = await browser.post(f"/assignments/{assignment.key}/change", {**mine, "version": version[1]})
    assert again.status_code == 303
    assert (await Assignment.get(school_id=school.card.id)).instructions == "Read it twice."


async def test_a_helper_with_a_group_asks_it_for_nothing(school: TestSchool) -> None:
    """LST12 is looked at for groups, too: a helper may have one, and makes and assigns no lists."""
    person = await make.person("Hal Moss", Role.HELPER, school.lincoln, login="hal")
    await make.in_class(person, school.room, Role.TEACHER)
    hal = await as_reader(person, "lincoln")
    key = await make_group("Owls", [school.sam.key], by=hal)
    curated = await sea_stories(school)
    with pytest.raises(NotFound):
        await assign(curated.key, Whom(groups=(key,)), ALL, by=hal)


async def test_nobody_else_changes_or_takes_back_what_was_asked(browser: Browser, school: TestSchool) -> None:
    assignment = await ask_room(school, await sea_stories(school))
    stranger = await make.person("Ulla Brandt", Role.TEACHER, school.lincoln, login="ulla")
    for reader in (await as_reader(stranger, "lincoln"), school.sam, school.ada, school.alma, school.vera, None):
        for act in ("withdraw", "ask-again", "take-proposal", "decline-proposal", "change"):
            answer = await browser.sign_in(reader).post(f"/assignments/{assignment.key}/{act}")
            assert answer.status_code == 404, (reader, act)
    row = await Assignment.get(school_id=school.card.id, key=assignment.key)
    assert (row.version, row.withdrawn_at) == (0, None)


@pytest.mark.parametrize("act", [lists.withdraw, life.archive])
async def test_what_was_asked_goes_on_when_its_list_is_put_away(browser: Browser, school: TestSchool, act) -> None:
    curated = await sea_stories(school)
    assignment = await ask_room(school, curated, due(5))
    await act(curated.key, by=school.ada)
    teachers = await browser.sign_in(school.tom).get(f"/classes/{school.room.key}/assignments/{assignment.key}")
    assert teachers.status_code == 200
    assert "Book 3 of the sea" in teachers.text
    assert "/lists/sea-stories" not in teachers.text
    own = await browser.sign_in(school.sam).get(f"/me/assignments/{assignment.key}")
    assert own.status_code == 200
    assert "Book 3 of the sea" in own.text
    assert "/lists/sea-stories" not in own.text
    assert f"/me/assignments/{assignment.key}" in (await browser.get("/")).text
    # nobody is asked for it anew
    with pytest.raises(Refused, match="Publish this list first"):
        await assign(curated.key, Whom((school.room.key,)), ALL, by=school.ada)


async def test_an_empty_or_unpublished_list_is_refused_with_a_sentence(browser: Browser, school: TestSchool) -> None:
    await sea_stories(school)
    empty = await make.curated_list(by=school.ada, title="Nothing yet", items=0, published=True)
    draft = await make.curated_list(by=school.ada, title="Half a thought", items=3)
    other = await make.curated_list(by=school.rosa, title="Elsewhere", items=3, published=True)
    for curated, sentence in (
        (empty, "There is nothing on this list yet."),
        (draft, "Publish this list first."),
        (other, "Choose a list."),
    ):
        sent = {"list": curated.key, "classes": school.room.key, "kind": "all"}
        answer = await browser.sign_in(school.ada).post("/assign", sent)
        assert answer.status_code == 422
        assert sentence in words_of(answer)
    page = words_of(await browser.get(f"/assign?list={draft.slug}"))
    assert "“Half a thought” is not published." in page
    assert await Assignment.filter(school_id=school.card.id).count() == 0


async def test_students_of_others_cannot_be_named(school: TestSchool) -> None:
    curated = await sea_stories(school)
    lone = await make.student("Lone")
    for by in (school.tom, school.ada):
        with pytest.raises(NotFound):
            await assign(curated.key, Whom(students=(lone.key,)), ALL, by=by)
    with pytest.raises(NotFound):
        await assign(curated.key, Whom(students=(school.sam.key,)), ALL, by=school.ada)
    group = await make_group("Owls", [school.sam.key], by=school.tom)
    with pytest.raises(Refused, match="Choose a class"):
        await assign(curated.key, Whom(groups=(group,)), ALL, by=school.ada)


async def test_the_only_list_there_is_is_chosen_already(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school)
    chosen = f'<option selected value="{curated.key}">'
    assert chosen in (await browser.sign_in(school.tom).get("/assign")).text
    await make.curated_list(school.ada, "Sky stories", 3, published=True)
    assert chosen not in (await browser.get("/assign")).text


async def test_a_specialist_assigns_across_the_school_and_takes_it_back(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school)
    answer = await browser.sign_in(school.ada).post(
        "/assign", {"list": curated.key, "classes": school.room.key, "kind": "all"}
    )
    assert answer.headers["location"] == "/lincoln/assignments"
    page = words_of(await browser.follow(answer))
    assert "Sea stories Room 12 . All of it." in page
    assert [one.title for one in await tickets_for(school.sam, today())] == ["Sea stories"]
    row = await Assignment.get(school_id=school.card.id)
    # how far anybody is, is for their teachers (REP01)
    assert (await browser.get(f"/classes/{school.room.key}/assignments/{row.key}")).status_code == 404
    assert (await browser.post(f"/assignments/{row.key}/withdraw")).status_code == 303
    assert await tickets_for(school.sam, today()) == []


async def test_a_proposal_is_decided_by_a_teacher_of_the_class(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school)
    sent = {"list": curated.key, "classes": school.room.key, "kind": "all", "propose": "y"}
    answer = await browser.sign_in(school.ada).post("/assign", sent)
    assert "see your proposal, and decide" in words_of(await browser.follow(answer))
    row = await Assignment.get(school_id=school.card.id)
    assert await tickets_for(school.sam, today()) == []
    assert await Engagement.filter(school_id=school.card.id, kind=Kind.ASSIGNED).count() == 0
    assert (await browser.post(f"/assignments/{row.key}/take-proposal")).status_code == 404

    page = words_of(await browser.sign_in(school.tom).get(f"/classes/{school.room.key}"))
    assert "Ada Okafor proposes Sea stories" in page
    made = (await browser.get("/assignments")).text  # leads to where it is decided; it has no page of its own yet
    assert (f'href="/lincoln/classes/{school.room.key}"' in made, f'/assignments/{row.key}"' in made) == (True, False)
    assert (await browser.post(f"/assignments/{row.key}/take-proposal")).status_code == 303
    assert [one.title for one in await tickets_for(school.sam, today())] == ["Sea stories"]
    assert await Engagement.filter(school_id=school.card.id, kind=Kind.ASSIGNED).count() == 1


async def test_a_proposal_that_is_declined_was_never_asked(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school)
    (row,) = await assign(curated.key, Whom((school.room.key,), propose=True), ALL, by=school.ada)
    await browser.sign_in(school.tom).post(f"/assignments/{row.key}/decline-proposal")
    assert "proposes" not in words_of(await browser.get(f"/classes/{school.room.key}"))
    assert (await browser.post(f"/assignments/{row.key}/take-proposal")).status_code == 404
    assert await tickets_for(school.sam, today()) == []


async def test_in_a_class_of_ones_own_a_specialist_asks_its_teacher(browser: Browser, school: TestSchool) -> None:
    """LST12 says Q in the own class, and Y in the school: who takes part in a class leaves it to its teacher."""
    await ClassMember.create(
        school_id=school.card.id,
        school_class_id=school.room.id,
        person_id=school.ada.id,
        role=Role.SPECIALIST,
        since=make.TERM_STARTS,
    )
    ada = await again(school.ada)
    curated = await sea_stories(school)
    assert "The teachers of Room 12 decide" in words_of(await browser.sign_in(ada).get("/assign"))
    (row,) = await assign(curated.key, Whom((school.room.key,)), ALL, by=ada)
    assert row.waiting
    assert (await browser.post(f"/assignments/{row.key}/take-proposal")).status_code == 404
    assert (await browser.get(f"/classes/{school.room.key}")).status_code == 404


async def test_what_was_asked_is_copied_to_another_class(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school, 4)
    keys = [row["key"] for row in await resources_on(school.card.id, curated.id)][:2]
    asked = Asked(AssignmentKind.CHOSEN, chosen=tuple(keys), instructions="By the window.", due_on=today())
    (first,) = await assign(curated.key, Whom((school.room.key,)), asked, by=school.tom)
    page = await browser.sign_in(school.tom).get(f"/assign?copy={first.key}")
    assert "By the window." in page.text
    assert page.text.count("checked") == 1 + 2


async def test_a_changed_day_must_fit(school: TestSchool) -> None:
    assignment = await ask_room(school, await sea_stories(school), due(5))
    with pytest.raises(Refused) as refused:
        await actions.change(
            assignment.key,
            required=0,
            instructions="",
            shows_from=today(),
            due_on=today() - timedelta(days=1),
            version=0,
            by=school.tom,
        )
    assert refused.value.about == "due_on"


async def test_what_shows_later_is_not_seen_by_students_before(browser: Browser, school: TestSchool) -> None:
    assignment = await ask_room(school, await sea_stories(school), due(5, shown=-2))
    assert await tickets_for(school.sam, today()) == []
    assert len(await tickets_for(school.sam, today() + timedelta(days=2))) == 1
    assert (await browser.sign_in(school.sam).get(f"/me/assignments/{assignment.key}")).status_code == 404
    page = words_of(await browser.sign_in(school.tom).get(f"/classes/{school.room.key}"))
    assert "Sea stories" in page


async def test_what_was_asked_of_a_class_that_has_ended_leads_to_no_missing_page(browser: Browser, school) -> None:
    await ask_room(school, await sea_stories(school))
    room = f"/lincoln/classes/{school.room.key}/"
    assert room in (await browser.sign_in(school.tom).get("/assignments")).text
    await end_class(await SchoolClass.get(school_id=school.card.id, id=school.room.id), by=school.alma)
    page = await browser.sign_in(school.tom).get("/assignments")
    assert "Sea stories" in words_of(page)
    assert room not in page.text


async def test_the_page_of_what_one_asked_costs_the_same_for_many(browser: Browser, school, statements) -> None:
    counts = []
    for more in (1, 30):
        for each in range(more):
            await ask_room(school, await sea_stories(school, 1, f"Sea stories {more} {each}"))
        await browser.sign_in(school.tom).get("/assignments")
        statements.forget()
        assert (await browser.get("/assignments")).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 6
