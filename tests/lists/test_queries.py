"""Who sees which list: the rows LST01 to LST04 of the matrix, one by one."""

import pytest

from engage import dates
from engage.errors import NotFound
from engage.lists import editing
from engage.lists.models import CuratedList, ListClass
from engage.lists.queries import (
    editable_lists,
    items_of,
    list_for,
    list_to_edit,
    lists_for,
    lists_with,
)
from engage.lists.rules import State, Visibility
from engage.people.models import Person
from engage.people.queries import reader_at
from engage.people.rules import Reader, Role
from engage.resources.models import Holding, Link, Resource
from engage.resources.rules import LinkState
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, as_reader, words_of


async def seen(reader: Reader) -> set[str]:
    return {curated.slug for curated in await lists_for(reader)}


async def a_list_of_each_kind(school: TestSchool) -> None:
    """Of Ada: one for each audience and state; for classes: one for Room 12 and one for Room 9. Tom has a draft."""
    other = await make.school_class(school.lincoln, "Room 9")
    for visibility in Visibility:
        await make.curated_list(school.ada, f"{visibility}", 1, published=True, visibility=visibility)
    away = await make.curated_list(school.ada, "Room 9 only", 1, published=True, visibility=Visibility.CLASSES)
    for curated, room in (
        (await CuratedList.get(school_id=school.card.id, slug="classes"), school.room),
        (away, other),
    ):
        await ListClass.create(school_id=school.card.id, curated_id=curated.id, school_class_id=room.id)
    await make.curated_list(school.ada, "draft", 1)
    await make.curated_list(school.ada, "withdrawn", 1, state=State.WITHDRAWN)
    await make.curated_list(school.tom, "toms", 1)


EVERYTHING = {"public", "school", "classes", "staff", "room-9-only", "draft", "withdrawn", "toms"}


async def test_each_person_sees_what_the_matrix_gives(school: TestSchool) -> None:
    await a_list_of_each_kind(school)
    anna = await as_reader(await make.person("Anna", Role.AIDE, school.lincoln), "lincoln")
    pia = await as_reader(await make.person("Pia", Role.STUDENT, school.lincoln, grade=4), "lincoln")
    assert await seen(school.ada) == EVERYTHING
    assert await seen(anna) == EVERYTHING
    assert await seen(school.tom) == {"public", "school", "staff", "classes", "toms"}
    assert await seen(school.sam) == {"public", "school", "classes"}
    assert await seen(pia) == {"public", "school"}
    assert await seen(school.alma) == {"public", "school", "staff", "classes", "room-9-only"}
    assert await seen(school.vera) == {"public", "school", "staff"}
    assert await seen(school.dora) == {"public", "school", "staff"}
    assert await seen(Reader(school.card)) == {"public"}


async def test_another_school_sees_what_is_public_and_its_own(school: TestSchool) -> None:
    await a_list_of_each_kind(school)
    await make.curated_list(school.rosa, "public", 1, published=True, visibility=Visibility.PUBLIC)
    for person in (school.rosa, school.remy):
        assert await seen(person) == {"public"}
        here = await reader_at(person.id or 0, "lincoln")
        assert here is not None
        assert {(row.slug, row.school_id) for row in await lists_for(here)} == {("public", school.card.id)}


async def test_a_teacher_of_no_class_sees_no_list_for_classes(school: TestSchool) -> None:
    await a_list_of_each_kind(school)
    theo = await as_reader(await make.person("Theo", Role.TEACHER, school.lincoln), "lincoln")
    assert await seen(theo) == {"public", "school", "staff"}


async def test_roles_add_up(school: TestSchool) -> None:
    await a_list_of_each_kind(school)
    tom = await Person.get(school_id=school.card.id, id=school.tom.id)
    await make.membership(tom, Role.SPECIALIST, school.lincoln)
    assert await seen(await as_reader(tom, "lincoln")) == EVERYTHING


async def test_what_may_not_be_seen_does_not_exist(school: TestSchool) -> None:
    draft = await make.curated_list(school.ada, "Sea stories")
    assert (await list_for(school.ada, "sea-stories")).title == "Sea stories"
    for reader in (school.sam, school.tom, school.rosa, Reader(school.card)):
        with pytest.raises(NotFound):
            await list_for(reader, "sea-stories")
        with pytest.raises(NotFound):
            await list_to_edit(reader, draft.key)


async def test_the_card_names_its_maker_and_an_exact_state(school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=2)
    card = await list_for(school.ada, "sea-stories")
    assert (card.by, card.version, card.stamp.split(".")[:2]) == ("Ada Okafor", 1, ["2", "2"])
    first = (await items_of(card))[0]
    rows = Resource.filter(school_id=school.card.id, id=first["resource_id"])
    await rows.update(version=5)
    again = await list_for(school.ada, "sea-stories")
    assert again.stamp == card.stamp.replace("2.2", "2.6", 1)
    # two that write at once may count to the same version, at different moments
    await rows.update(changed_at=dates.now())
    assert (await list_for(school.ada, "sea-stories")).stamp != again.stamp
    await CuratedList.filter(school_id=school.card.id, id=curated.id).update(owner_id=None)
    assert (await list_for(school.ada, "sea-stories")).by == ""


async def test_items_come_whole_and_in_order_in_one_statement(school: TestSchool, statements: Statements) -> None:
    owl = await make.resource("Owl Moon", call_number="E YOL")
    pod = await make.resource("StarDate", "McDonald", url="https://stardate.org/x")
    await Holding.create(school_id=school.card.id, resource_id=owl.id, call_number="E YOL 2", as_of=owl.made_at)
    await Link.create(school_id=school.card.id, resource_id=pod.id, url="https://second.example/")
    await make.curated_list(school.ada, items=[pod, owl], parts=["Sky", "Snow"])
    card = await list_for(school.ada, "sea-stories")
    statements.forget()
    rows = await items_of(card)
    assert len(statements) == 1
    assert [(row["title"], row["position"], row["section_title"]) for row in rows] == [
        ("StarDate", 1, "Sky"),
        ("Owl Moon", 2, "Snow"),
    ]
    assert (rows[0]["url"], rows[0]["call_number"]) == ("https://stardate.org/x", None)
    assert (rows[1]["url"], rows[1]["call_number"], rows[1]["copies"]) == (None, "E YOL", 1)
    assert rows[0]["added_at"].tzinfo is not None


async def test_a_holding_that_is_gone_is_not_shown(school: TestSchool) -> None:
    owl = await make.resource("Owl Moon", call_number="E YOL")
    await Holding.filter(school_id=school.card.id, resource_id=owl.id).update(gone_at=owl.made_at)
    await make.curated_list(school.ada, items=[owl])
    assert (await items_of(await list_for(school.ada, "sea-stories")))[0]["call_number"] is None


async def test_lists_with_a_resource_are_those_that_the_reader_sees(school: TestSchool) -> None:
    owl = await make.resource("Owl Moon")
    await make.curated_list(school.ada, "Shown", [owl], published=True)
    await make.curated_list(school.ada, "Draft", [owl])
    await make.curated_list(school.ada, "Other", 1, published=True)
    assert [row["slug"] for row in await lists_with(school.sam, owl.id)] == ["shown"]
    assert [row["slug"] for row in await lists_with(school.ada, owl.id)] == ["shown"]
    assert await lists_with(Reader(school.card), owl.id) == []


async def test_one_may_put_things_on_own_lists_the_last_one_first(school: TestSchool) -> None:
    first = await make.curated_list(school.ada, "First")
    await make.curated_list(school.ada, "Second")
    await make.curated_list(school.tom, "Toms")
    await make.curated_list(school.ada, "Gone", state=State.WITHDRAWN)
    assert [row["slug"] for row in await editable_lists(school.ada)] == ["second", "first", "toms"]
    owl = await make.resource("Owl Moon")
    await editing.add_item(first.key, owl.key, by=school.ada)
    assert [row["slug"] for row in await editable_lists(school.ada)] == ["first", "second", "toms"]
    assert [row["slug"] for row in await editable_lists(school.tom)] == ["toms"]
    for nobody in (school.sam, school.alma, school.vera, Reader(school.card)):
        assert await editable_lists(nobody) == []


async def test_a_list_shows_where_a_copy_is_in_and_the_link_that_works(browser: Browser, school: TestSchool) -> None:
    thing = await make.resource("Owl Moon", call_number="E YOL", url="https://gone.example/")
    of = {"school_id": thing.school_id, "resource_id": thing.id}
    await Holding.filter(**of).update(available=0)
    await Link.filter(**of).update(state=LinkState.DEAD)
    curated = await make.curated_list(school.ada, "Owls", [thing], visibility=Visibility.PUBLIC, published=True)
    await Holding.create(**of, call_number="CD YOL", location="Media", copies=2, as_of=dates.now())
    await Link.create(**of, url="https://alive.example/")
    (row,) = await items_of(await list_for(school.sam, curated.slug))
    assert (row["call_number"], row["url"]) == ("CD YOL", "https://alive.example/")
    words = words_of(await browser.get("/search?q=owl"))
    assert ("CD YOL" in words, "alive.example" in words) == (True, True)
    assert "alive.example" in words_of(await browser.get(f"/resources/{thing.key}/out"))
    assert "gone.example" in words_of(await browser.get(f"/resources/{thing.key}/out?to=1"))
