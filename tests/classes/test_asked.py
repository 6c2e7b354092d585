"""A student's side: what is due, one assignment with the own state, and titles that are handed in."""

from datetime import timedelta

import pytest

from engage import dates
from engage.classes.actions import Whom, assign
from engage.classes.group_actions import make_group
from engage.classes.hand_ins import forget_hand_ins
from engage.classes.models import Assignment
from engage.classes.own_models import HandIn
from engage.people.models import ClassMember, Person, Session
from engage.people.register_rules import LONGEST
from engage.people.retention_rules import over
from engage.people.rules import Role, Way
from tests import make
from tests.classes.asking import ALL, ask_room, at, due, leave, one_more, resources_of, sea_stories, today
from tests.conftest import Statements
from tests.school import Browser, TestSchool, as_reader, words_of


async def test_the_home_page_says_what_is_due_in_plain_words(browser: Browser, school: TestSchool) -> None:
    await ask_room(school, await sea_stories(school, title="Sea stories"), due(1))
    await ask_room(school, await sea_stories(school, title="Sky stories"), due(-3, shown=10))
    page = words_of(await browser.sign_in(school.sam).get("/"))
    assert "Due tomorrow All of it: Sea stories" in page
    assert "You can still do it All of it: Sky stories" in page
    assert "verdue" not in page


async def test_what_is_long_over_stands_with_all_that_one_was_asked_for(browser: Browser, school: TestSchool) -> None:
    assignment = await ask_room(school, await sea_stories(school), due(-9, shown=20))
    assert "All of it: Sea stories" not in words_of(await browser.sign_in(school.sam).get("/"))
    page = words_of(await browser.get("/me/assignments"))
    assert "Sea stories" in page
    assert (await browser.get(f"/me/assignments/{assignment.key}")).status_code == 200


async def test_a_student_sees_the_items_and_the_own_state(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school, 4)
    assignment = await ask_room(school, curated, due(5))
    first, second, third, _ = await resources_of(curated)
    lea = await one_more(school, "Lea")
    for reader, resource, state in (
        (school.sam, first, "finished"),
        (school.sam, second, "started"),
        (school.sam, third, "stopped"),
        (lea, third, "finished"),
    ):
        await at(reader, resource, state)
    page = await browser.sign_in(school.sam).get(f"/me/assignments/{assignment.key}")
    said = words_of(page)
    assert "You have finished 1 of 4." in said
    things = said.partition("The things")[2].partition("Hand in a title")[0]
    assert [things.count(word) for word in ("Finished", "Started", "Stopped", "Not yet")] == [1, 1, 1, 1]
    assert "Lea" not in said
    # as on the list itself
    assert "Watch Book Book 1 of the sea" in things
    # what is said here counts here
    path = page.text.partition('action="/lincoln/resources/')[2].partition('"')[0]
    back = f"/lincoln/me/assignments/{assignment.key}"
    answer = await browser.post(f"/resources/{path}", {"back": back})
    assert answer.headers["location"] == f"{back}#own-{path.partition('/')[0]}"
    assert "You have finished 2 of 4." in words_of(await browser.follow(answer))


async def test_an_assignment_is_seen_by_those_asked_and_their_teachers(browser: Browser, school: TestSchool) -> None:
    assignment = await ask_room(school, await sea_stories(school))
    lone = await make.student("Lone")
    address = f"/me/assignments/{assignment.key}"
    for reader in (lone, school.remy, school.alma, school.vera, school.ada, None):
        assert (await browser.sign_in(reader).get(address)).status_code == 404
    answer = await browser.sign_in(school.tom).get(address)
    assert answer.headers["location"] == f"/lincoln/classes/{school.room.key}/assignments/{assignment.key}"


async def test_the_page_of_an_assignment_costs_the_same_for_many_items(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    counts = []
    for items in (2, 40):
        assignment = await ask_room(school, await sea_stories(school, items, title=f"List of {items}"))
        await browser.sign_in(school.sam).get(f"/me/assignments/{assignment.key}")
        statements.forget()
        assert (await browser.get(f"/me/assignments/{assignment.key}")).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 12


async def _hand_in(browser: Browser, assignment: Assignment, title: str, **more: str):
    return await browser.post(f"/me/assignments/{assignment.key}/hand-in", {"title": title, **more})


async def test_a_title_is_seen_only_once_it_is_handed_in_and_until_it_is_taken_back(
    browser: Browser, school: TestSchool
) -> None:
    assignment = await ask_room(school, await sea_stories(school))
    sheet = {"shown_on": today().isoformat(), "mode": "reading", "minutes": "20"}
    browser.sign_in(school.sam)
    for title in ("The secret moth", "The shown moth"):
        assert (await browser.post("/me/log/new", {**sheet, "title": title})).status_code == 303
    page = words_of(await browser.get(f"/me/assignments/{assignment.key}"))
    assert "Tom Reyes will see the one title that you choose" in page
    assert "You can take it back at any time." in page
    assert "not what you logged before and not what you log later" in page
    assert "The secret moth" in page  # the own log, to choose from

    ends = ("", "/now", "/progress.csv")
    one = f"/assignments/{assignment.key}"
    pages = [f"/classes/{school.room.key}{part}{end}" for part in ("", one) for end in ends]
    browser.sign_in(school.tom)
    for path in pages:
        assert "moth" not in (await browser.get(path)).text, path

    answer = await browser.sign_in(school.sam).post(
        f"/me/assignments/{assignment.key}/hand-in", {"listed": "The shown moth", "title": ""}
    )
    assert "The shown moth" in words_of(await browser.follow(answer))
    teachers = words_of(
        await browser.sign_in(school.tom).get(f"/classes/{school.room.key}/assignments/{assignment.key}")
    )
    assert "Handed in" in teachers
    assert "The shown moth" in teachers
    for path in pages:
        assert "secret" not in (await browser.get(path)).text, path

    handed = await HandIn.get(school_id=school.card.id)
    taken = await browser.sign_in(school.sam).post(f"/me/hand-ins/{handed.key}/take-back")
    assert taken.status_code == 303
    assert await HandIn.filter(school_id=school.card.id).count() == 0
    assert (
        "moth"
        not in (await browser.sign_in(school.tom).get(f"/classes/{school.room.key}/assignments/{assignment.key}")).text
    )


async def test_l3_a_card_alone_shows_no_older_title_and_hands_in_nothing(browser: Browser, school: TestSchool) -> None:
    assignment = await ask_room(school, await sea_stories(school))
    await make.facts(school.sam, [(2, 20)], title="A title of the other day")
    address = f"/me/assignments/{assignment.key}"
    assert "A title of the other day" in (await browser.sign_in(school.sam).get(address)).text
    await Session.filter(person_id=school.sam.id).update(way=Way.CARD)
    assert "A title of the other day" not in (await browser.get(address)).text
    turned = await _hand_in(browser, assignment, "The shown moth")
    assert turned.headers["location"].startswith("/lincoln/me/prove")
    assert not await HandIn.exists(school_id=school.card.id)


async def test_who_sees_what_is_handed_in_is_who_was_named(browser: Browser, school: TestSchool) -> None:
    assignment = await ask_room(school, await sea_stories(school))
    browser.sign_in(school.sam)
    await _hand_in(browser, assignment, "The shown moth")
    await HandIn.filter(school_id=school.card.id).update(on=today() - timedelta(days=2))
    lea = await one_more(school, "Lea")
    later = await make.person("Uma Falk", Role.TEACHER, school.lincoln, login="uma")
    await ClassMember.create(
        school_id=school.card.id,
        school_class_id=school.room.id,
        person_id=later.id,
        role=Role.TEACHER,
        since=today(),
    )
    uma = await as_reader(later, "lincoln")
    address = f"/classes/{school.room.key}/assignments/{assignment.key}"
    # Uma came later and was not named to Sam then (P3)
    assert "moth" not in (await browser.sign_in(uma).get(address)).text
    assert "moth" in (await browser.sign_in(school.tom).get(address)).text
    assert "moth" not in (await browser.sign_in(lea).get(f"/me/assignments/{assignment.key}")).text
    for reader in (school.ada, school.alma, school.vera, school.dora):
        assert (await browser.sign_in(reader).get(address)).status_code == 404
    assert "Tom Reyes and Uma Falk will see" in words_of(
        await browser.sign_in(school.sam).get(f"/me/assignments/{assignment.key}")
    )


async def test_what_a_group_hands_in_is_for_its_teacher(browser: Browser, school: TestSchool) -> None:
    person = await make.person("Uma Falk", Role.TEACHER, school.lincoln, login="uma")
    await make.in_class(person, school.room, Role.TEACHER)
    key = await make_group("Owls", [school.sam.key], by=school.tom)
    (assignment,) = await assign((await sea_stories(school)).key, Whom(groups=(key,)), ALL, by=school.tom)
    browser.sign_in(school.sam)
    page = words_of(await browser.get(f"/me/assignments/{assignment.key}"))
    assert "Tom Reyes will see" in page
    await _hand_in(browser, assignment, "The shown moth")
    browser.sign_in(school.tom)
    assert "moth" in (await browser.get(f"/groups/{key}/assignments/{assignment.key}")).text
    address = f"/classes/{school.room.key}/assignments/{assignment.key}"
    assert "moth" in (await browser.get(address)).text
    assert "moth" not in (await browser.sign_in(await as_reader(person, "lincoln")).get(address)).text


async def test_only_the_student_asked_hands_in_and_takes_back(browser: Browser, school: TestSchool) -> None:
    assignment = await ask_room(school, await sea_stories(school))
    browser.sign_in(school.sam)
    await _hand_in(browser, assignment, "The shown moth")
    handed = await HandIn.get(school_id=school.card.id)
    lea, lone = await one_more(school, "Lea"), await make.student("Lone")
    for reader in (lea, lone, school.tom, school.ada, school.alma, None):
        browser.sign_in(reader)
        assert (await browser.post(f"/me/hand-ins/{handed.key}/take-back")).status_code == 404
        if reader is not lea:
            assert (await _hand_in(browser, assignment, "Mine")).status_code == 404
    assert await HandIn.filter(school_id=school.card.id).count() == 1


@pytest.mark.parametrize(("title", "sentence"), [("", "Choose a title"), ("the SHOWN moth", "handed this one in")])
async def test_a_hand_in_that_is_none_comes_back(
    browser: Browser, school: TestSchool, title: str, sentence: str
) -> None:
    assignment = await ask_room(school, await sea_stories(school))
    browser.sign_in(school.sam)
    await _hand_in(browser, assignment, "The shown moth", form_key="the first form")
    # the same form again is no second one
    assert (await _hand_in(browser, assignment, "The shown moth", form_key="the first form")).status_code == 303
    answer = await _hand_in(browser, assignment, title)
    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert await HandIn.filter(school_id=school.card.id).count() == 1


async def test_titles_that_were_handed_in_are_deleted_in_time(browser: Browser, school: TestSchool) -> None:
    now = dates.now()
    browser.sign_in(school.sam)
    assignments = {}
    for name in ("due", "withdrawn", "undated", "fresh"):
        assignments[name] = await ask_room(school, await sea_stories(school, title=name))
        assert (await _hand_in(browser, assignments[name], f"Of {name}")).status_code == 303
    of = {"school_id": school.card.id}

    async def left() -> set[str]:
        await forget_hand_ins(school.card.id, over(now, now.date(), 8, LONGEST))
        return {row.title for row in await HandIn.filter(**of)}

    long, not_yet = timedelta(days=62), timedelta(days=58)
    for ago in (not_yet, long):
        await Assignment.filter(**of, id=assignments["due"].id).update(due_on=(now - ago).date())
        await Assignment.filter(**of, id=assignments["withdrawn"].id).update(withdrawn_at=now - ago)
        many = 4 if ago is not_yet else 2
        assert len(await left()) == many
    await HandIn.filter(**of, title="Of undated").update(on=now.date() - timedelta(days=397))
    assert await left() == {"Of fresh"}
    await Person.filter(id=school.sam.id, school_id=school.card.id).update(gone_at=now - long)
    assert await left() == set()


async def test_who_left_the_class_hands_in_nothing_more(browser: Browser, school: TestSchool) -> None:
    assignment = await ask_room(school, await sea_stories(school))
    browser.sign_in(school.sam)
    await _hand_in(browser, assignment, "The shown moth")
    await leave(school, school.sam)
    assert (await _hand_in(browser, assignment, "Another")).status_code == 404
    page = await browser.sign_in(school.tom).get(f"/classes/{school.room.key}/assignments/{assignment.key}")
    assert "moth" not in page.text
    # what was handed in stays the student's to take back
    handed = await HandIn.get(school_id=school.card.id)
    assert "The shown moth" in (await browser.sign_in(school.sam).get("/me/assignments")).text
    answer = await browser.post(f"/me/hand-ins/{handed.key}/take-back")
    assert answer.headers["location"] == "/lincoln/me/assignments"
    assert await HandIn.filter(school_id=school.card.id).count() == 0
