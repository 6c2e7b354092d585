"""What is counted is what is seen: a number beside a link is that of the things behind it (SAFETY.md, A3)."""

import re

import pytest

from engage.lists.models import CuratedList, ListClass
from engage.resources.models import Resource
from engage.resources.rules import ResourceState
from tests import make
from tests.school import Browser, TestSchool, words_of

# of whom it is asked, and which of the lists below that person sees
SEEN = {
    "visitor": ("public",),
    "rosa": ("public",),
    "sam": ("public", "school", "classes"),
    "zoe": ("public", "school"),
    "tom": ("public", "school", "classes", "staff"),
    "ada": ("public", "school", "classes", "staff"),
}
WAYS = ("public", "school", "classes", "staff", "draft")
THING = re.compile(r'href="/lincoln/resources/(\w{8,})["?#]')


@pytest.fixture
async def shelves(school: TestSchool) -> dict[str, str]:
    """Slug of a list for each kind of reader, of one to five things called Owl; and two Owls that nobody sees."""
    slugs = {}
    for number, way in enumerate(WAYS, 1):
        things = [await make.resource(f"Owl of {way} {place}") for place in range(number)]
        made = await make.curated_list(
            school.ada,
            f"Owls {way}",
            things,
            published=way != "draft",
            **({} if way == "draft" else {"visibility": way}),
        )
        slugs[way] = made.slug
        if way == "classes":
            await ListClass.create(school_id=school.card.id, curated_id=made.id, school_class_id=school.room.id)
    for state in (ResourceState.TAKEN_BACK, ResourceState.MERGED):
        gone = await make.resource(f"Owl {state.value}")
        await Resource.filter(school_id=school.card.id, id=gone.id).update(state=state)
    return slugs


@pytest.mark.parametrize("who", SEEN)
async def test_lists_and_things_are_as_many_as_is_said(
    browser: Browser, school: TestSchool, shelves: dict[str, str], who: str
) -> None:
    readers = {"visitor": None, "zoe": await make.student("Zoe", grade=3)}
    browser.sign_in(readers[who] if who in readers else getattr(school, who))
    page = await browser.get("/lincoln/lists")
    shown = {way: f"/lincoln/lists/{slug}" for way, slug in shelves.items() if f'/lists/{slug}"' in page.text}
    assert set(shown) == set(SEEN[who])
    said = re.search(r"(\d+) lists?\b", words_of(page))
    assert said is not None
    assert int(said[1]) == len(shown)
    for way, path in shown.items():
        beside = re.search(rf"Owls {way} .*?(\d+) things?\b", words_of(page))
        things = set(THING.findall((await browser.get(path)).text))
        assert beside is not None
        assert int(beside[1]) == len(things) == WAYS.index(way) + 1, (who, way)
    assert await CuratedList.filter(school_id=school.card.id).count() == len(WAYS)


@pytest.mark.parametrize("who", SEEN)
async def test_a_catalogue_and_a_search_count_what_they_give(
    browser: Browser, school: TestSchool, shelves: dict[str, str], who: str
) -> None:
    readers = {"visitor": None, "zoe": await make.student("Zoe", grade=3)}
    browser.sign_in(readers[who] if who in readers else getattr(school, who))
    catalogue = (await browser.get("/lincoln/opds2/lists")).json()
    ways = {one["title"]: one for one in catalogue["navigation"]}
    assert set(ways) <= {f"Owls {way}" for way in SEEN[who]}
    assert ways
    for title, one in ways.items():
        shelf = (await browser.get(one["href"].partition("://")[2].partition("/")[2].join(("/", "")))).json()
        counts = {one["properties"]["numberOfItems"], shelf["metadata"]["numberOfItems"], len(shelf["publications"])}
        assert counts == {WAYS.index(title.removeprefix("Owls ")) + 1}, (who, title)
    found = await browser.get("/lincoln/search?q=owl")
    said = re.search(r'role="status">\D*(\d+)', found.text)
    assert said is not None
    assert int(said[1]) == len(set(THING.findall(found.text))) == sum(range(1, len(WAYS) + 1)), who
