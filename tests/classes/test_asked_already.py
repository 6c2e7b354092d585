"""A class or group that has a list already is not asked for it twice; what is over may be asked again."""

import asyncio
from datetime import date, timedelta

import pytest

from engage import dates
from engage.classes import actions
from engage.classes.actions import Asked, Whom, assign
from engage.classes.group_actions import make_group
from engage.classes.models import Assignment, AssignmentItem
from engage.classes.queries import resources_on, tickets_for
from engage.classes.rules import AskedAlready, AssignmentKind, same_days
from engage.dates import spoken
from tests import make
from tests.classes.asking import ALL, ask_room, due, sea_stories, today
from tests.school import Browser, TestSchool, words_of

MONDAY, FRIDAY, NEXT = date(2025, 11, 3), date(2025, 11, 7), date(2025, 11, 10)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((MONDAY, FRIDAY), (NEXT, None), False),
        ((MONDAY, FRIDAY), (FRIDAY, NEXT), True),
        ((MONDAY, None), (NEXT, None), True),
        ((NEXT, None), (MONDAY, FRIDAY), False),
        ((MONDAY, NEXT), (FRIDAY, FRIDAY), True),
    ],
)
def test_two_are_asked_on_the_same_days_or_one_after_the_other(one, other, same) -> None:
    assert same_days(*one, *other) is same
    assert same_days(*other, *one) is same


async def test_who_asks_again_reads_since_when_it_is_asked_and_loses_nothing(
    browser: Browser, school: TestSchool
) -> None:
    curated = await sea_stories(school)
    assignment = await ask_room(school, curated, due(5, shown=2))
    sent = {"list": curated.key, "classes": school.room.key, "kind": "all", "instructions": "Read it aloud."}
    answer = await browser.sign_in(school.tom).post("/assign", sent)
    assert answer.status_code == 422
    since, until = spoken(today() - timedelta(days=2)), spoken(today() + timedelta(days=5))
    said = f"Room 12 has “Sea stories” already, from {since} until {until}. Change that, or ask again when it is over."
    assert said in words_of(answer)
    assert f'href="/lincoln/assignments/{assignment.key}/change">Change what Room 12 has</a>' in answer.text
    assert "Read it aloud." in answer.text
    assert f'<option selected value="{curated.key}">' in answer.text
    assert await Assignment.filter(school_id=school.card.id).count() == 1

    # the day after it ends another one may begin
    later = (today() + timedelta(days=6)).isoformat()
    assert (await browser.post("/assign", {**sent, "shows_from": later})).status_code == 303
    assert [one.title for one in await tickets_for(school.sam, today())] == ["Sea stories"]


async def test_what_has_no_due_day_is_said_to_go_on(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school)
    await ask_room(school, curated)
    sent = {"list": curated.key, "classes": school.room.key, "kind": "all"}
    # who may not change what a class is asked is led to no missing page
    answer = await browser.sign_in(school.ada).post("/assign", sent)
    assert answer.status_code == 422
    assert f"already, from {spoken(today())}, with no due day." in words_of(answer)
    assert "Change what" not in answer.text


async def test_what_is_over_taken_back_or_of_other_things_may_be_asked(school: TestSchool) -> None:
    curated = await sea_stories(school, 4)
    first = await ask_room(school, curated, due(-1, shown=9))
    # before the day it shows from nothing is asked, so what is over by today is over
    second = await ask_room(school, curated, due(3, shown=5))
    with pytest.raises(AskedAlready) as refused:
        await ask_room(school, curated)
    assert refused.value.keys == (second.key,)
    await actions.withdraw(second.key, by=school.tom)
    keys = [row["key"] for row in await resources_on(school.card.id, curated.id)]
    for chosen in (keys[:2], keys[2:]):
        await ask_room(school, curated, Asked(AssignmentKind.CHOSEN, chosen=tuple(chosen)))
    with pytest.raises(AskedAlready):
        await ask_room(school, curated, Asked(AssignmentKind.CHOSEN, chosen=(keys[1],)))
    # what was taken back does not come again beside what took its place
    with pytest.raises(AskedAlready):
        await actions.ask_again(second.key, by=school.tom)
    await actions.withdraw(first.key, by=school.tom)
    await actions.ask_again(first.key, by=school.tom)


async def test_the_undo_of_a_withdrawal_says_what_stands_in_its_way(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school)
    first = await ask_room(school, curated)
    await actions.withdraw(first.key, by=school.tom)
    await ask_room(school, curated)
    answer = await browser.sign_in(school.tom).post(f"/assignments/{first.key}/ask-again")
    assert "Room 12 has “Sea stories” already" in words_of(await browser.follow(answer))
    assert len(await tickets_for(school.sam, today())) == 1


async def test_another_class_list_group_or_student_is_another_thing(school: TestSchool) -> None:
    curated = await sea_stories(school)
    await ask_room(school, curated)
    await ask_room(school, await sea_stories(school, title="Sky stories"))
    group = await make_group("Owls", [school.sam.key], by=school.tom)
    await assign(curated.key, Whom(groups=(group,)), ALL, by=school.tom)
    with pytest.raises(AskedAlready, match="Owls has") as refused:
        await assign(curated.key, Whom(groups=(group,)), ALL, by=school.tom)
    assert refused.value.about == "groups"
    # one student may be asked for more time, or in other words
    await assign(curated.key, Whom(students=(school.sam.key,)), due(9), by=school.tom)
    room = await make.school_class(school.lincoln, "Room 14", code="OWLS14")
    await assign(curated.key, Whom((room.key,)), ALL, by=school.ada)
    with pytest.raises(AskedAlready, match=r"Room 12 has .* Room 14 has"):
        await assign(curated.key, Whom((room.key, school.room.key)), ALL, by=school.ada)


async def test_a_proposal_holds_up_no_teacher_and_comes_once(school: TestSchool) -> None:
    curated = await sea_stories(school)
    proposed = Whom((school.room.key,), propose=True)
    (proposal,) = await assign(curated.key, proposed, ALL, by=school.ada)
    with pytest.raises(AskedAlready, match="“Sea stories” is proposed to Room 12 already"):
        await assign(curated.key, proposed, ALL, by=school.ada)
    mine = await ask_room(school, curated)
    with pytest.raises(AskedAlready, match="Room 12 has “Sea stories” already"):
        await actions.take_proposal(proposal.key, by=school.tom)
    with pytest.raises(AskedAlready):
        await assign(curated.key, proposed, due(3), by=school.ada)
    await actions.withdraw(mine.key, by=school.tom)
    await actions.take_proposal(proposal.key, by=school.tom)
    assert len(await tickets_for(school.sam, today())) == 1


async def test_other_days_do_not_reach_into_another_of_the_same(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school)
    first = await ask_room(school, curated, due(5, shown=2))
    second = await ask_room(school, curated, Asked(AssignmentKind.ALL, shows_from=today() + timedelta(days=6)))
    sent = {"due_on": (today() + timedelta(days=6)).isoformat(), "shows_from": first.shows_from.isoformat()}
    page = f"/assignments/{first.key}/change"
    answer = await browser.sign_in(school.tom).post(page, sent | {"instructions": "Slowly.", "version": "0"})
    assert answer.status_code == 422
    until = f"Room 12 has “Sea stories” already, from {spoken(today() + timedelta(days=6))}, with no due day."
    assert until in words_of(answer)
    assert f'href="/lincoln/assignments/{second.key}/change">Change what Room 12 has</a>' in answer.text
    assert "Slowly." in answer.text
    assert (await Assignment.get(school_id=school.card.id, id=first.id)).due_on == first.due_on

    # what the other leaves free is free
    sent["due_on"] = (today() + timedelta(days=4)).isoformat()
    assert (await browser.post(page, sent | {"version": "0"})).status_code == 303
    await change(second, starts=5, school=school)
    with pytest.raises(AskedAlready):
        await change(second, starts=4, school=school)
    await actions.withdraw(first.key, by=school.tom)
    await change(second, starts=4, school=school)


async def test_what_is_over_is_not_given_more_time_beside_what_came_after_it(school: TestSchool) -> None:
    curated = await sea_stories(school)
    over = await ask_room(school, curated, due(-1, shown=9))
    later = await ask_room(school, curated, due(3, shown=5))
    said = {"required": 0, "instructions": "", "shows_from": over.shows_from, "version": 0, "by": school.tom}
    with pytest.raises(AskedAlready):
        await actions.change(over.key, due_on=today(), **said)  # type: ignore[arg-type]
    # what is over by itself holds nothing up, taken back or not
    await actions.withdraw(over.key, by=school.tom)
    await actions.ask_again(over.key, by=school.tom)
    await actions.change(later.key, due_on=today(), **said)  # type: ignore[arg-type]


async def change(row: Assignment, starts: int, school: TestSchool) -> None:
    """Tom lets an assignment that has no due day show from another day on."""
    version = (await Assignment.get(school_id=school.card.id, id=row.id)).version
    said = {"required": 0, "instructions": "", "due_on": None, "version": version}
    await actions.change(row.key, shows_from=today() + timedelta(days=starts), **said, by=school.tom)  # type: ignore[arg-type]


async def test_two_that_became_the_same_can_be_put_apart_and_said_more_clearly(school: TestSchool) -> None:
    curated = await sea_stories(school, 2)
    keys = [row["key"] for row in await resources_on(school.card.id, curated.id)]
    first, second = [await ask_room(school, curated, chosen(3, key)) for key in keys]
    # the library finds out that both titles are one
    await AssignmentItem.filter(school_id=school.card.id, assignment_id=second.id).update(
        resource_id=(await AssignmentItem.get(school_id=school.card.id, assignment_id=first.id)).resource_id  # type: ignore[attr-defined]
    )
    said = {"required": 0, "shows_from": today(), "by": school.tom}
    await actions.change(first.key, instructions="Slowly.", due_on=first.due_on, version=0, **said)  # type: ignore[arg-type]
    await actions.change(first.key, instructions="Slowly.", due_on=today(), version=1, **said)  # type: ignore[arg-type]


def chosen(days: int, *keys: str) -> Asked:
    return Asked(AssignmentKind.CHOSEN, chosen=keys, due_on=today() + timedelta(days=days))


async def test_at_one_moment_a_class_is_asked_once(school: TestSchool) -> None:
    curated = await sea_stories(school)
    made = []
    for _ in range(4):
        made.append(await ask_room(school, curated))
        await actions.withdraw(made[-1].key, by=school.tom)
    (proposal,) = await assign(curated.key, Whom((school.room.key,), propose=True), ALL, by=school.ada)
    late = await ask_room(school, curated, due(3))
    for _ in range(5):
        await Assignment.filter(school_id=school.card.id).exclude(id=proposal.id).update(withdrawn_at=dates.now())
        await Assignment.filter(school_id=school.card.id, id=proposal.id).update(waiting=True)
        done = await asyncio.gather(
            *(actions.ask_again(row.key, by=school.tom) for row in (*made, late)),
            actions.take_proposal(proposal.key, by=school.tom),
            ask_room(school, curated),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in done) == ["AskedAlready"] * 6 + ["Assignment"], done
        assert len(await tickets_for(school.sam, today())) == 1
