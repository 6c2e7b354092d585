"""Who works on a list: what an editor and a suggester get, everywhere the same, and only while they work here."""

import re

import pytest

from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import actions, comments, editing, life, members
from engage.lists.models import CuratedList, Revision
from engage.lists.queries import (
    editable_for,
    editable_lists,
    list_to_edit,
    lists_for,
    newest,
    part_of,
)
from engage.lists.rules import Part, State, Visibility, audiences, may_edit, may_hand_over, may_suggest, may_withdraw
from engage.lists.together_models import ListMember
from engage.lists.worklist import titles_of_lists_with
from engage.people.models import AuditEntry, Membership, Person
from engage.people.queries import reader_at
from engage.people.rules import Reader, Role, Status
from tests import make
from tests.school import Browser, TestSchool, as_reader, words_of


async def joined(school: TestSchool, curated: CuratedList, person: Reader, part: Part) -> None:
    """A row as it stands in the table, whoever that person is."""
    await ListMember.create(school_id=curated.school_id, curated_id=curated.id, person_id=person.id, part=part)


async def a_colleague(school: TestSchool, name: str = "Theo", role: Role = Role.TEACHER) -> Reader:
    person = await make.person(name, role, school.lincoln, login=name.casefold())
    return await as_reader(person, "lincoln")


async def test_the_same_lists_are_seen_and_edited_wherever_it_is_asked(school: TestSchool) -> None:
    """For everybody in every part, on a draft and a published list: the rule, the query, search, counts and feeds."""
    owl = await make.resource("Owl Moon")
    draft = await make.curated_list(school.ada, "Draft", [owl])
    staff = await make.curated_list(school.ada, "For staff", [owl], published=True, visibility=Visibility.STAFF)
    theo, anna = await a_colleague(school), await a_colleague(school, "Anna", Role.AIDE)
    # part on both lists, then who, then: sees the draft, edits it
    table = {
        (None, "theo"): (False, False),
        (Part.SUGGESTER, "theo"): (True, False),
        (Part.EDITOR, "theo"): (True, True),
        (None, "anna"): (True, True),
        (Part.SUGGESTER, "anna"): (True, True),
        (Part.EDITOR, "sam"): (False, False),
        (Part.EDITOR, "alma"): (False, False),
        (Part.EDITOR, "vera"): (False, False),
        (Part.EDITOR, "dora"): (False, False),
        (Part.EDITOR, "rosa"): (False, False),
    }
    people = {"theo": theo, "anna": anna, **{name: getattr(school, name) for name in ("sam", "alma", "vera", "dora")}}
    here = await reader_at(school.rosa.id or 0, "lincoln")
    assert here is not None
    people["rosa"] = here
    for (part, name), (sees, edits) in table.items():
        reader = people[name]
        await ListMember.filter(school_id=school.card.id).delete()
        if part is not None:
            who = school.rosa if name == "rosa" else reader
            for curated in (draft, staff):
                await joined(school, curated, who, part)
        assert ("draft" in {row.slug for row in await lists_for(reader)}) is sees, (part, name)
        assert ("Draft" in (await titles_of_lists_with(reader, [owl.id])).get(owl.id, [])) is sees
        assert "draft" not in {row["slug"] for row in await newest(reader)}
        known = await part_of(reader, draft.id)
        assert may_edit(reader, draft.owner_id, known) is edits
        assert ({row.id for row in await editable_for(reader)} == {draft.id, staff.id}) is edits
        assert ({row["slug"] for row in await editable_lists(reader)} == {"draft", "for-staff"}) is edits
        if sees:
            assert (await list_to_edit(reader, draft.key)).part == known
        else:
            with pytest.raises(NotFound):
                await list_to_edit(reader, draft.key)
        for act in (
            lambda by=reader: actions.change_poster(draft.key, ink="tomato", scene="sea", by=by),
            lambda by=reader: comments.say_about(draft.key, "Fine.", by=by),
        ):
            if edits:
                await act()
            else:
                with pytest.raises(NotAllowed if sees else NotFound):
                    await act()


async def test_an_editor_has_what_an_owner_has_but_not_the_list(school: TestSchool) -> None:
    theo = await a_colleague(school)
    room = await make.school_class(school.lincoln, "Room 9")
    await make.in_class(await Person.get(school_id=school.card.id, id=theo.id), room, Role.TEACHER)
    theo = await as_reader(await Person.get(school_id=school.card.id, id=theo.id), "lincoln")
    curated = await make.curated_list(school.tom, items=1)
    assert audiences(theo, curated.owner_id) == []
    assert audiences(theo, curated.owner_id, Part.EDITOR) == [Visibility.CLASSES]
    assert may_withdraw(theo, curated.owner_id, Part.EDITOR)
    assert not may_hand_over(theo, curated.owner_id)
    assert may_suggest(theo, curated.owner_id)
    await members.put_in(curated.key, theo.key, Part.EDITOR, by=school.tom)
    await actions.publish(curated.key, visibility=Visibility.CLASSES, classes=[room.key], by=theo)
    with pytest.raises(NotAllowed):
        await actions.set_audience(curated.key, visibility=Visibility.CLASSES, classes=[school.room.key], by=theo)
    await actions.withdraw(curated.key, by=theo)
    await CuratedList.filter(school_id=school.card.id, id=curated.id).update(state=State.DRAFT, published_at=None)
    for act in (
        life.delete_draft(curated.key, by=theo),
        members.put_in(curated.key, theo.key, Part.EDITOR, by=theo),
        members.hand_over(curated.key, theo.key, by=theo),
        members.take_over(curated.key, by=theo),
    ):
        with pytest.raises(NotAllowed):
            await act


async def test_staff_of_this_school_are_put_in_and_nobody_else(school: TestSchool) -> None:
    curated = await make.curated_list(school.tom)
    theo = await a_colleague(school)
    gone = await a_colleague(school, "Gone")
    await Person.filter(school_id=school.card.id, id=gone.id).update(status=Status.GONE)
    names = [name for _, name in await members.staff_to_choose(school.tom)]
    assert names == ["Ada Okafor", "Theo", "Tom Reyes"]
    for nobody in (school.sam, school.rosa, school.alma, school.vera, gone):
        with pytest.raises(Refused, match="works at this school"):
            await members.put_in(curated.key, nobody.key, Part.EDITOR, by=school.tom)
    with pytest.raises(Refused, match="owns this list"):
        await members.put_in(curated.key, school.tom.key, Part.EDITOR, by=school.ada)
    for _ in range(2):
        await members.put_in(curated.key, theo.key, Part.SUGGESTER, by=school.tom)
    await members.put_in(curated.key, theo.key, Part.EDITOR, by=school.ada)
    (member,) = await ListMember.filter(school_id=school.card.id)
    assert (member.person_id, member.part) == (theo.id, Part.EDITOR)
    revisions = await Revision.filter(school_id=school.card.id, curated_id=curated.id).order_by("number")
    assert [(row.act, row.what) for row in revisions][1:] == [("member", "suggester"), ("member", "editor")]
    assert await AuditEntry.filter(school_id=school.card.id, about_id=theo.id).count() == 2
    await editing.add_item(curated.key, (await make.resource()).key, by=theo)
    # the rights go with the role, at once, and come back with it
    await Membership.filter(school_id=school.card.id, person_id=theo.id).delete()
    after = await reader_at(theo.id or 0, "lincoln")
    assert after is not None
    with pytest.raises(NotFound):
        await editing.add_item(curated.key, (await make.resource("Two")).key, by=after)
    card = await list_to_edit(school.tom, curated.key)
    assert [(row["name"], row["here"]) for row in await members.members_of(card)] == [("Theo", False)]
    await members.take_out(curated.key, theo.key, by=school.tom)
    with pytest.raises(NotFound):
        await members.take_out(curated.key, theo.key, by=school.tom)


async def test_a_list_is_handed_over_and_taken_over(school: TestSchool) -> None:
    curated = await make.curated_list(school.tom)
    theo = await a_colleague(school)
    with pytest.raises(Refused, match="Its owner works here"):
        await members.take_over(curated.key, by=school.ada)
    await members.put_in(curated.key, theo.key, Part.SUGGESTER, by=school.tom)
    assert await members.hand_over(curated.key, theo.key, by=school.tom) == "Theo"
    row = await CuratedList.get(school_id=school.card.id, id=curated.id)
    assert row.owner_id == theo.id
    assert [(each.person_id, each.part) for each in await ListMember.filter(school_id=school.card.id)] == [
        (school.tom.id, Part.EDITOR)
    ]
    await Person.filter(school_id=school.card.id, id=theo.id).update(status=Status.GONE)
    with pytest.raises(NotAllowed):
        await members.take_over(curated.key, by=school.tom)
    for _ in range(2):
        await members.take_over(curated.key, by=school.ada)
    row = await CuratedList.get(school_id=school.card.id, id=curated.id)
    assert row.owner_id == school.ada.id
    acts = await AuditEntry.filter(school_id=school.card.id).order_by("id").values_list("act", flat=True)
    assert list(acts) == ["put somebody to work on a list", "list handed over", "list taken over"]


async def test_the_page_of_the_people_of_a_list(browser: Browser, school: TestSchool, statements) -> None:
    curated = await make.curated_list(school.tom)
    theo = await a_colleague(school)
    browser.sign_in(school.tom)
    page = f"/curate/lists/{curated.key}/people"
    refused = await browser.post(page, {"person": "", "part": "editor"})
    assert (refused.status_code, "Choose somebody." in words_of(refused)) == (422, True)
    done = await browser.follow(await browser.post(page, {"person": theo.key, "part": "editor"}))
    assert "Theo works on this list now." in words_of(done)
    statements.forget()
    await browser.get(page)
    few = len(statements)
    for number in range(8):
        await joined(school, curated, await a_colleague(school, f"Colleague {number}"), Part.SUGGESTER)
    statements.forget()
    assert "Colleague 7" in (await browser.get(page)).text
    assert len(statements) == few
    assert few <= 9
    # an editor sees who works on it, changes nobody, and may go
    browser.sign_in(theo)
    seen = await browser.get(page)
    assert "Add somebody" not in seen.text
    assert re.findall(r'name="act" value="(\w+)"', seen.text) == ["remove"]
    assert (await browser.post(f"{page}/{school.tom.key}", {"act": "editor"})).status_code == 403
    # a suggester finds the draft among the lists, sees it and suggests, and has no bench
    await members.put_in(curated.key, theo.key, Part.SUGGESTER, by=school.tom)
    asked = await browser.get("/curate/lists")
    assert "You are asked for suggestions Sea stories Draft" in words_of(asked)
    assert f"/lincoln/lists/{curated.slug}/suggest" in asked.text
    for path, status in ((f"/lists/{curated.slug}", 200), (f"/lists/{curated.slug}/suggest", 200), (page, 403)):
        assert (await browser.get(path)).status_code == status
    assert "You are asked" not in (await browser.sign_in(school.tom).get("/curate/lists")).text
    browser.sign_in(theo)
    left = await browser.post(f"{page}/{theo.key}", {"act": "remove"})
    assert left.headers["location"] == "/lincoln/curate/lists"
    assert (await browser.get(page)).status_code == 404
    browser.sign_in(school.tom)
    handed = await browser.follow(await browser.post(f"/curate/lists/{curated.key}/hand-over", {"person": theo.key}))
    assert "Theo owns this list now." in words_of(handed)
