"""A list as a whole: started once, described without losing words, published to whom one may, withdrawn."""

import asyncio
import re
from datetime import timedelta

import pytest

from engage import dates
from engage.engagement.models import Engagement
from engage.engagement.rules import Kind
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import actions
from engage.lists.models import CuratedList, ListClass, Revision
from engage.lists.rules import ListKind, Part, State, Visibility
from engage.lists.together import Clash, print_of
from engage.lists.together_models import ListMember
from engage.people.models import SchoolClass
from engage.people.rules import Role
from tests import make
from tests.school import Browser, TestSchool, as_reader


async def now(curated: CuratedList) -> CuratedList:
    return await CuratedList.get(school_id=curated.school_id, id=curated.id)


async def diary(school: TestSchool) -> list[tuple[Kind, int | None]]:
    return [(row.kind, row.list_id) for row in await Engagement.filter(school_id=school.card.id).order_by("id")]


async def test_a_list_starts_as_a_draft_of_its_maker(school: TestSchool) -> None:
    curated = await actions.start_list(title=" Sea   stories ", introduction="Salt.", by=school.ada)
    assert (curated.title, curated.slug, curated.state) == ("Sea stories", "sea-stories", State.DRAFT)
    assert (curated.owner_id, curated.visibility, curated.version) == (school.ada.id, Visibility.SCHOOL, 1)
    assert (await Revision.get(school_id=school.card.id, curated_id=curated.id)).act == "started"
    assert (await actions.start_list(title="Sea stories", by=school.ada)).slug == "sea-stories-2"
    assert (await actions.start_list(title="Sea stories", by=school.rosa)).slug == "sea-stories"
    assert (await actions.start_list(title="Toms", by=school.tom)).visibility == Visibility.CLASSES


async def test_the_same_form_sent_twice_starts_one_list(school: TestSchool) -> None:
    again = [actions.start_list(title="Sea", by=school.ada, form_key="k1") for _ in range(8)]
    assert len({curated.id for curated in await asyncio.gather(*again)}) == 1
    with pytest.raises(Refused, match="other words"):
        await actions.start_list(title="Land", by=school.ada, form_key="k1")
    assert (await actions.start_list(title="Land", by=school.tom, form_key="k1")).title == "Land"
    assert await CuratedList.filter(school_id=school.card.id).count() == 2


async def test_lists_of_one_name_started_at_once_all_get_an_address(school: TestSchool) -> None:
    made = await asyncio.gather(*(actions.start_list(title="Sea", by=school.ada) for _ in range(6)))
    assert sorted(curated.slug for curated in made) == ["sea", *(f"sea-{n}" for n in range(2, 7))]


async def test_a_list_needs_a_title_of_some_length(school: TestSchool) -> None:
    for title in ("", "  ", "x" * 121):
        with pytest.raises(Refused) as refused:
            await actions.start_list(title=title, by=school.ada)
        assert refused.value.about == "title"


async def describe(curated: CuratedList, title: str, introduction: str, seen: dict[str, str], by) -> list[Clash]:
    return await actions.describe(
        curated.key,
        words={"title": title, "introduction": introduction},
        seen=seen,
        kind=ListKind.LIST,
        grade_low=0,
        grade_high=2,
        by=by,
    )


async def test_two_who_describe_a_list_lose_no_words(school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, "Sea")
    seen = {"title": print_of("Sea"), "introduction": print_of("What Sea is about.")}
    assert await describe(curated, "Salt water", "What Sea is about.", seen, school.ada) == []
    assert await describe(curated, "Sea", "Waves.", seen, school.ada) == []
    row = await now(curated)
    assert (row.title, row.introduction, row.slug, row.grade_high) == ("Salt water", "Waves.", "sea", 2)
    assert await describe(curated, "Ocean", "Waves.", seen, school.ada) == [
        Clash("title", "Title", "Ocean", "Salt water")
    ]
    assert (await now(curated)).title == "Salt water"


async def test_grades_stand_in_order(school: TestSchool) -> None:
    curated = await make.curated_list(school.ada)
    with pytest.raises(Refused) as refused:
        await actions.describe(
            curated.key, words={}, seen={}, kind=ListKind.LIST, grade_low=5, grade_high=3, by=school.ada
        )
    assert refused.value.about == "grade_low"


async def test_a_specialist_publishes_to_the_school(school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=1)
    await actions.publish(curated.key, visibility=Visibility.PUBLIC, by=school.ada)
    row = await now(curated)
    assert (row.state, row.visibility, row.version) == (State.PUBLISHED, Visibility.PUBLIC, 2)
    assert row.review_by is not None
    assert (row.review_by - dates.today("America/New_York")).days == 365
    assert await diary(school) == [(Kind.LIST_PUBLISHED, curated.id)]
    with pytest.raises(Refused, match="already"):
        await actions.publish(curated.key, visibility=Visibility.PUBLIC, by=school.ada)


async def test_what_is_refused_is_not_half_published(school: TestSchool) -> None:
    curated = await make.curated_list(school.ada)
    with pytest.raises(Refused, match="at least one item"):
        await actions.publish(curated.key, visibility=Visibility.PUBLIC, by=school.ada)
    row = await now(curated)
    assert (row.state, row.visibility, row.version) == (State.DRAFT, Visibility.SCHOOL, 1)
    assert await diary(school) == []


async def test_a_teacher_publishes_to_own_classes_and_asks_for_the_rest(school: TestSchool) -> None:
    curated = await make.curated_list(school.tom, items=1)
    other = await make.school_class(school.lincoln, "Room 9")
    for visibility in (Visibility.SCHOOL, Visibility.PUBLIC):
        with pytest.raises(NotAllowed) as refused:
            await actions.publish(curated.key, visibility=visibility, by=school.tom)
        assert "Ask a specialist" in refused.value.sentence
    with pytest.raises(NotAllowed):
        await actions.publish(
            curated.key, visibility=Visibility.CLASSES, classes=[school.room.key, other.key], by=school.tom
        )
    with pytest.raises(Refused):
        await actions.publish(curated.key, visibility=Visibility.CLASSES, classes=["nonsense"], by=school.tom)
    await actions.publish(curated.key, visibility=Visibility.CLASSES, classes=[school.room.key], by=school.tom)
    assert (await now(curated)).state is State.PUBLISHED
    await actions.set_audience(
        curated.key, visibility=Visibility.CLASSES, classes=[other.key, school.room.key], by=school.ada
    )
    assert await ListClass.filter(school_id=school.card.id, curated_id=curated.id).count() == 2
    with pytest.raises(NotAllowed):
        await actions.set_audience(curated.key, visibility=Visibility.SCHOOL, classes=[], by=school.tom)


async def test_a_teacher_who_edits_prolongs_no_list_of_the_library_and_drops_no_other_class(
    browser: Browser, school: TestSchool
) -> None:
    until = dates.now() + timedelta(days=9)
    other = await make.school_class(school.lincoln, "Room 9")
    public = await make.curated_list(
        school.ada, "Public", 1, published=True, visibility=Visibility.PUBLIC, publish_until=until
    )
    rooms = await make.curated_list(school.ada, "Rooms", 1, published=True)
    for_rooms = {"visibility": Visibility.CLASSES, "classes": [other.key]}
    await actions.set_audience(rooms.key, **for_rooms, until=until, by=school.ada)
    for curated in (public, rooms):
        await ListMember.create(
            school_id=school.card.id, curated_id=curated.id, person_id=school.tom.id, part=Part.EDITOR
        )
    earlier, later = until - timedelta(days=2), until + timedelta(days=2)
    for when in (later, None):
        with pytest.raises(NotAllowed):
            await actions.set_audience(public.key, visibility=Visibility.PUBLIC, classes=(), until=when, by=school.tom)
        with pytest.raises(NotAllowed):
            await actions.set_audience(rooms.key, **for_rooms, until=when, by=school.tom)
    # what a teacher may do is to end it sooner, as taking it down, and to show it to the own class as well
    await actions.set_audience(public.key, visibility=Visibility.PUBLIC, classes=(), until=earlier, by=school.tom)
    assert (await now(public)).publish_until == earlier
    both = {"visibility": Visibility.CLASSES, "classes": [other.key, school.room.key]}
    with pytest.raises(NotAllowed):
        await actions.set_audience(
            rooms.key, visibility=Visibility.CLASSES, classes=[school.room.key], until=until, by=school.tom
        )
    await actions.set_audience(rooms.key, **both, until=until, by=school.tom)
    classes = ListClass.filter(school_id=school.card.id, curated_id=rooms.id)
    assert {row.school_class_id for row in await classes} == {other.id, school.room.id}
    # the form offers the classes that it is for already, so that pressing it drops none
    page = await browser.sign_in(school.tom).get(f"/curate/lists/{rooms.key}")
    assert re.findall(r'value="(\w+)"[^>]*checked', page.text.split("Which classes")[1])[:2] == [
        school.room.key,
        other.key,
    ]
    # a class that is over is no class to lose
    await SchoolClass.filter(school_id=school.card.id, id=other.id).update(ended_on=dates.today("UTC"))
    await actions.set_audience(
        rooms.key, visibility=Visibility.CLASSES, classes=[school.room.key], until=until, by=school.tom
    )
    assert [row.school_class_id for row in await classes] == [school.room.id]


async def test_classes_of_another_school_are_none(school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=1)
    foreign = await make.school_class(school.roosevelt, "Room 1")
    with pytest.raises(Refused, match="Choose the classes"):
        await actions.publish(curated.key, visibility=Visibility.CLASSES, classes=[foreign.key], by=school.ada)


async def test_an_aide_edits_and_does_not_publish_to_the_school(school: TestSchool) -> None:
    anna = await as_reader(await make.person("Anna", Role.AIDE, school.lincoln), "lincoln")
    curated = await make.curated_list(school.ada, items=1)
    await actions.change_poster(curated.key, ink="tomato", scene="sea", by=anna)
    with pytest.raises(NotAllowed):
        await actions.publish(curated.key, visibility=Visibility.SCHOOL, by=anna)


async def test_who_may_take_a_list_down(school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=1, published=True, visibility="public")
    for reader in (school.tom, school.sam, school.vera, school.dora):
        with pytest.raises(NotAllowed):
            await actions.withdraw(curated.key, by=reader)
    with pytest.raises(NotFound):
        await actions.withdraw(curated.key, by=school.rosa)
    await actions.withdraw(curated.key, by=school.alma)
    assert (await now(curated)).state is State.WITHDRAWN
    assert await diary(school) == [(Kind.LIST_WITHDRAWN, curated.id)]
    with pytest.raises(NotFound):
        await actions.withdraw(curated.key, by=school.alma)
    await actions.publish(curated.key, visibility=Visibility.SCHOOL, by=school.ada)
    assert (await now(curated)).state is State.PUBLISHED


async def test_a_list_that_was_looked_through_is_good_for_another_year(school: TestSchool) -> None:
    today = dates.today("America/New_York")
    curated = await make.curated_list(school.ada, items=1, published=True, review_by=today)
    await actions.look_through(curated.key, by=school.ada)
    row = await now(curated)
    assert row.review_by is not None
    assert row.review_by > today
