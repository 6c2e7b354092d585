"""What was written and recommended of one resource, once it turned out to be another one (SAFETY.md, M1 to M5, P2)."""

import asyncio
import json
from typing import Any

import pytest
from tortoise.connection import get_connection

from engage import dates
from engage.database.transaction import one_transaction
from engage.people.models import School
from engage.people.rules import Reader
from engage.programs import recommending, review_queries, reviewing
from engage.programs.following import count_merged
from engage.programs.models import Award
from engage.programs.review_models import Recommendation, Review, ReviewReport
from engage.programs.review_rules import Audience
from engage.resources.models import Resource
from tests import make
from tests.patience import until
from tests.programs.test_reviews import reviewed, row_of, write
from tests.resources.merging import make_one, two
from tests.school import words_of

__all__ = ["reviewed"]

OF_GONE = "You hear the snow under their boots."
OF_STAYS = "The pictures are so quiet and so blue."
THREE = {"title": "Told", "rule": json.dumps({"rule": "total", "unit": "reviews", "goal": 2})}


async def told(reader: Reader, of: Resource) -> list[str]:
    """What somebody reads on the page of a resource."""
    return [row["text"] for row in await review_queries.reviews_of(reader, of.id)]


async def approved(people: Any, who: str, of: Resource, words: str) -> str:
    key = await write(people[who], of, words)
    await reviewing.approve(key, "", 1, people["ada"])
    return key


async def places(people: Any) -> dict[str, int]:
    """Of which resource each review is, by its words."""
    rows = Review.filter(school_id=people["ada"].school.id)
    return dict(await rows.values_list("text", "resource_id"))


async def test_a_review_comes_along_as_it_stands(browser, reviewed):
    people, _ = reviewed
    gone, stays = await two()
    for_all = await approved(people, "nia", gone, OF_GONE)
    await reviewing.report(for_all, "It tells the end.", people["kit"])
    mine = await write(people["sam"], gone, OF_STAYS, Audience.CLASS)
    left = await approved(people, "lou", gone, "A teacher liked it as well.")
    await Review.filter(school_id=people["ada"].school.id, key=left).update(person_id=None)
    before = {key: await row_of(people, key) for key in (for_all, mine, left)}
    await make_one(browser, people["ada"], gone, stays)
    for key, row in before.items():
        now = dict(await row_of(people, key))
        assert now == dict(row) | {"resource_id": stays.id}
    assert await told(people["kit"], stays) == ["A teacher liked it as well.", OF_GONE]
    assert await told(people["visitor"], stays) == []
    assert OF_GONE in words_of(await browser.sign_in(people["sam"]).get(f"/resources/{stays.key}"))
    assert await ReviewReport.filter(school_id=people["ada"].school.id, settled_at=None).count() == 1
    (waiting, reported) = sorted((await review_queries.waiting_for(people["ada"])).rows, key=lambda row: row["state"])[
        ::-1
    ]
    assert (waiting["key"], reported["key"], waiting["title"]) == (mine, for_all, "Owl Moon")
    # where it waits for the class, the class reads it and nobody else
    await reviewing.approve(mine, "", 1, people["tom"])
    assert OF_STAYS in await told(people["nia"], stays)
    assert OF_STAYS not in await told(people["kit"], stays)


@pytest.mark.parametrize("first", ["gone", "stays"])
async def test_of_two_by_one_writer_the_newer_is_read_and_the_older_is_kept_for_its_writer(
    browser, school, reviewed, first
):
    people, _ = reviewed
    gone, stays = await two()
    older, newer = (gone, stays) if first == "gone" else (stays, gone)
    program = await make.program(by=people["ada"], badges=[THREE])
    await make.enrolment(program, people["nia"])
    old = await approved(people, "nia", older, OF_GONE)
    await approved(people, "nia", newer, OF_STAYS)
    page = words_of(await browser.sign_in(people["ada"]).get(f"/curate/resources/{stays.key}/twice/{gone.key}"))
    assert "Where somebody reviewed both, others read one of the two" in page
    await make_one(browser, people["ada"], gone, stays)
    await count_merged(school.card.id, gone.id)
    for name in ("nia", "sam", "ada"):
        assert await told(people[name], stays) == [OF_STAYS], name
    assert await places(people) == {OF_STAYS: stays.id, OF_GONE: gone.id}
    # both were approved, and both go on counting
    assert await Award.filter(school_id=school.card.id).values_list("badge__title", "state") == [("Told", "earned")]
    mine = await browser.sign_in(people["nia"]).get("/me/reviews")
    words = words_of(mine)
    assert "Kept for you" in words
    assert "The library found that this is the same as Owl Moon" in words
    assert (words.count("Others may read it"), mine.text.count(f"/resources/{gone.key}/review")) == (1, 0)
    assert {row["key"] for row in await review_queries.approved_lately(people["ada"])}.isdisjoint({old})
    # it stays its writer's, who may take it away
    await reviewing.withdraw(old, people["nia"])
    assert await told(people["sam"], stays) == [OF_STAYS]


async def test_words_that_wait_take_nothing_from_readers_until_they_are_approved(browser, reviewed):
    people, _ = reviewed
    gone, stays = await two()
    await approved(people, "nia", stays, OF_STAYS)
    key = await write(people["nia"], gone, OF_GONE)
    await make_one(browser, people["ada"], gone, stays)
    assert await told(people["sam"], stays) == [OF_STAYS]
    await reviewing.approve(key, "", 1, people["ada"])
    assert await told(people["sam"], stays) == [OF_GONE]
    assert await places(people) == {OF_GONE: stays.id, OF_STAYS: gone.id}


async def test_what_was_rejected_or_taken_away_does_not_push_another_aside(browser, reviewed):
    people, _ = reviewed
    gone, stays = await two()
    await write(people["nia"], gone, OF_GONE)
    newer = await write(people["nia"], stays, OF_STAYS)
    await reviewing.withdraw(newer, people["nia"])
    await write(people["kit"], gone, "Kit waits to be read.")
    no = await write(people["kit"], stays, "Kit was told no, sadly.")
    await reviewing.reject(no, "Say why.", 1, people["ada"])
    await make_one(browser, people["ada"], gone, stays)
    at = await places(people)
    assert (at[OF_GONE], at["Kit waits to be read."]) == (stays.id, stays.id)
    assert (at[OF_STAYS], at["Kit was told no, sadly."]) == (gone.id, gone.id)


async def test_a_review_that_was_on_its_way_comes_after(browser, school, reviewed):
    people, _ = reviewed
    gone, stays = await two()
    await make_one(browser, people["ada"], gone, stays)
    await write(people["nia"], stays, OF_STAYS)
    await Review.filter(school_id=school.card.id).update(resource_id=gone.id)
    assert await count_merged(school.card.id, gone.id) == 1
    assert await places(people) == {OF_STAYS: stays.id}


async def test_recommendations_come_along_and_what_was_sent_away_stays_away(browser, school, ada, sam):
    await School.filter(id=school.card.id).update(reviews="school")
    gone, stays = await two()
    other, third = await make.resource("Hoot"), await make.resource("Flush")
    remy, nia = await make.student("Remy"), await make.student("Nia")

    async def suits(who: Reader, what: Resource, because: Resource, away: bool = False) -> None:
        await Recommendation.create(
            school_id=school.card.id, person_id=who.id, resource_id=what.id, because_id=because.id, reason="creator",
            at=dates.now(), dismissed_at=dates.now() if away else None, position=int(what == third),
        )  # fmt: skip

    await suits(sam, gone, other)
    await suits(sam, third, gone)
    await suits(remy, gone, other, away=True)
    await suits(remy, stays, other)
    await suits(nia, gone, other)
    await suits(nia, stays, other, away=True)
    # which would be recommended because of itself
    await suits(ada, stays, gone)
    await make_one(browser, ada, gone, stays)
    assert [(row["title"], row["why"]) for row in await recommending.suits(sam)] == [
        ("Owl Moon", "By the maker of Hoot."),
        ("Flush", "By the maker of Owl Moon."),
    ]
    assert (await recommending.suits(remy), await recommending.suits(nia)) == ([], [])
    rows = Recommendation.filter(school_id=school.card.id, resource_id=stays.id, dismissed_at__isnull=False)
    assert sorted(await rows.values_list("person_id", flat=True)) == sorted([remy.id, nia.id])
    assert await Recommendation.filter(school_id=school.card.id, person_id=ada.id).count() == 0


async def test_what_is_recommended_while_two_become_one_is_recommended_once(browser, school, ada, sam):
    gone, stays = await two()
    own: dict[str, Any] = {"school_id": school.card.id, "person_id": sam.id, "reason": "subject", "at": dates.now()}
    await Recommendation.create(**own, resource_id=gone.id)
    given, waits = asyncio.Event(), asyncio.Event()

    @one_transaction
    async def recommend() -> None:
        await Recommendation.create(**own, resource_id=stays.id)
        given.set()
        await waits.wait()

    recommending_it = asyncio.create_task(recommend())
    await given.wait()
    merging = asyncio.create_task(make_one(browser, ada, gone, stays))
    client = get_connection("default")
    if client.capabilities.dialect != "sqlite":
        await until(lambda: _somebody_waits(client))
    waits.set()
    await recommending_it
    assert (await merging).status_code == 303
    assert await Recommendation.filter(school_id=school.card.id).values_list("person_id", "resource_id") == [
        (sam.id, stays.id)
    ]


async def _somebody_waits(client: Any) -> bool:
    here = "wait_event_type = 'Lock' AND datname = current_database()"
    waiting = f"SELECT count(*) AS number FROM pg_stat_activity WHERE {here}"
    return (await client.execute_query_dict(waiting))[0]["number"] > 0
