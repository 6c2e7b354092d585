"""What might suit next, and why; computed in the background from what the school lists or holds."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage import dates
from engage.database.tenancy import every_school
from engage.engagement.rules import Mode
from engage.errors import NotFound
from engage.people.rules import Reader
from engage.programs import recommending
from engage.programs.actions import save
from engage.programs.log_actions import finish
from engage.programs.review_models import Recommendation
from engage.programs.suiting import MOST_OF_ONE, Because, Seed, Suits, Thing, choose
from engage.resources.models import Resource, Subject
from tests import make

OTTER = Thing(1, Mode.READING, frozenset({"Wells"}), frozenset({"otters"}), frozenset({7}))
DONE = [Seed(OTTER, True)]


def thing(number: int, **more) -> Thing:
    return Thing(number, Mode.READING, **more)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (thing(2, creators=frozenset({"Wells"})), Suits(2, Because.CREATOR, 1)),
        (thing(2, lists=frozenset({7, 8})), Suits(2, Because.LIST, 1, 7)),
        (thing(2, subjects=frozenset({"otters"})), Suits(2, Because.SUBJECT, 1)),
        (thing(2, subjects=frozenset({"owls"})), None),
        (thing(2, creators=frozenset({"Wells"}), low=6), None),
        (thing(2, creators=frozenset({"Wells"}), low=4, high=9), Suits(2, Because.CREATOR, 1)),
        (thing(2, creators=frozenset({"Wells"}), high=1), None),
    ],
)
def test_why_something_suits(other, expected):
    assert choose(DONE, [other], grade=3) == ([expected] if expected else [])


def test_what_suits_best_stands_first_and_not_all_for_one_reason():
    hoot = Seed(Thing(9, Mode.READING, frozenset({"Hiaasen"})), True)
    others = [thing(number, lists=frozenset({7})) for number in range(20, 30)]
    others += [thing(40, creators=frozenset({"Hiaasen"}), popularity=5), thing(41, creators=frozenset({"Hiaasen"}))]
    chosen = [one.resource for one in choose([*DONE, hoot], others, None)]
    assert chosen == [40, 41, 20, 21, 22]
    assert MOST_OF_ONE == 3


SETS = st.frozensets(st.integers(0, 4), max_size=3)
THINGS = st.builds(
    Thing, st.integers(1, 50), st.sampled_from(Mode), SETS.map(lambda s: frozenset(map(str, s))),
    SETS.map(lambda s: frozenset(map(str, s))), SETS, st.none() | st.integers(0, 12), st.none() | st.integers(0, 12),
    st.integers(0, 9),
)  # fmt: skip


@given(st.lists(THINGS, max_size=6), st.lists(THINGS, max_size=30, unique_by=lambda one: one.id), st.integers(0, 12))
def test_every_recommendation_has_something_in_common_with_its_reason(seeds, others, grade):
    chosen = choose([Seed(one, True) for one in seeds], others, grade)
    by_id = {one.id: one for one in others}
    assert len({one.resource for one in chosen}) == len(chosen) <= 12
    for one in chosen:
        other = by_id[one.resource]
        reasons = [seed for seed in seeds if seed.id == one.because]
        assert any(
            seed.creators & other.creators or seed.lists & other.lists or seed.subjects & other.subjects
            for seed in reasons
        )
        assert one.curated is None or any(one.curated in seed.lists & other.lists for seed in reasons)
    again = choose([Seed(one, True) for one in seeds], list(reversed(others)), grade)
    assert again == chosen


@pytest.fixture
async def shelf(school, ada):
    """Six things: two by one maker, two on a list, one alone, one that cannot be had."""
    made = {name: await make.resource(name, by) for name, by in (
        ("Wet Fur", "Ann Wells"), ("Dry Fur", "Ann Wells"), ("Riverbend", "Bo Li"), ("Alone", "Cy Dee"),
    )}  # fmt: skip
    await make.curated_list(ada, "Rivers", [made["Wet Fur"], made["Riverbend"]], published=True)
    await Resource.filter(school_id=school.lincoln.id).update(here=True)
    made["Lost"] = await make.resource("Lost", "Ann Wells")
    await Resource.filter(school_id=school.lincoln.id, id=made["Lost"].id).update(here=False, online=False)
    return made


async def look(hours: int = 0) -> int:
    with every_school("a job's work"):
        return await recommending.recommend(dates.now() + timedelta(hours=hours))


async def told(reader: Reader) -> dict[str, str]:
    return {row["title"]: row["why"] for row in await recommending.suits(reader)}


async def test_finishing_something_leads_on_with_the_reason(school, shelf, sam, tom):
    assert await look() == 0
    await finish(shelf["Wet Fur"].key, sam)
    assert await look() == 1
    assert await told(sam) == {
        "Dry Fur": "By the maker of Wet Fur.",
        "Riverbend": "With Wet Fur on the list Rivers.",
    }
    assert (await told(tom), await told(school.remy)) == ({}, {})
    # nothing new happened, so nobody is looked at again
    assert await look() == 0
    await finish(shelf["Dry Fur"].key, sam)
    assert await look(hours=1) == 1
    assert set(await told(sam)) == {"Riverbend"}


async def test_what_was_sent_away_stays_away(shelf, sam):
    await save(shelf["Wet Fur"].key, sam)
    await look()
    assert await recommending.send_away(shelf["Dry Fur"].key, sam) == "Dry Fur"
    assert set(await told(sam)) == {"Riverbend"}
    await finish(shelf["Wet Fur"].key, sam)
    await look(hours=1)
    assert set(await told(sam)) == {"Riverbend"}
    with pytest.raises(NotFound):
        await recommending.send_away(shelf["Alone"].key, sam)


async def test_a_subject_in_common_is_a_reason_and_one_that_everything_has_is_none(school, shelf, sam):
    of = {"school_id": school.lincoln.id}
    for name in ("Wet Fur", "Alone"):
        await Subject.create(**of, resource_id=shelf[name].id, term="Otters")
    await finish(shelf["Wet Fur"].key, sam)
    await look()
    assert (await told(sam))["Alone"] == "It is about something that Wet Fur is about."
    await Subject.bulk_create(
        [Subject(**of, resource_id=shelf["Lost"].id, term="Otters") for _ in range(recommending.COMMON)]
    )
    await finish(shelf["Riverbend"].key, sam)
    await look(hours=1)
    assert "Alone" not in await told(sam)


async def test_what_is_withdrawn_is_recommended_no_longer(school, shelf, sam):
    await finish(shelf["Wet Fur"].key, sam)
    await look()
    await Resource.filter(school_id=school.lincoln.id, id=shelf["Dry Fur"].id).update(state="withdrawn")
    assert set(await told(sam)) == {"Riverbend"}


async def test_the_number_of_statements_is_that_of_one_chunk(school, shelf, sam, statements):
    await finish(shelf["Wet Fur"].key, sam)
    statements.forget()
    await look()
    alone = len(statements)
    for number in range(8):
        await finish(shelf["Riverbend"].key, await make.student(f"Pupil {number}"))
    await finish(shelf["Riverbend"].key, sam)
    statements.forget()
    await look(hours=1)
    # reading is the same for all; keeping is a unit of work of each
    assert len(statements) - alone <= 5 * 8
    people = await Recommendation.filter(school_id=school.lincoln.id).distinct().values_list("person_id")
    assert len(people) == 9
