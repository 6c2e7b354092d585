"""What a student's first pages ask: what one may fetch, how far one is, and never anything of another."""

import json
from dataclasses import replace
from datetime import time, timedelta

import pytest

from engage import dates
from engage.programs.log_queries import on_card, shelf_of, titles_to_offer
from engage.programs.models import Award, Badge, Enrolment, Program, ResourceProgress, Saved, Standing
from engage.programs.own_queries import results_of, taking_part
from engage.programs.rebuild import recount
from engage.programs.recognition_mine import to_fetch
from engage.programs.recognition_models import Delivery, Drawing, Lot, Prize
from engage.resources.models import Holding
from tests import make
from tests.programs.doing import today

SIXTY = {"title": "Sixty", "rule": json.dumps({"rule": "total", "unit": "minutes", "goal": 60})}
FETCHED = {"title": "Paper lantern", "program": "Lantern Nights", "slug": "lantern-nights"}


async def a_prize(program, badge=None, title="Paper lantern", position=0):
    of = {"school_id": program.school_id, "program_id": program.id}
    return await Prize.create(**of, title=title, badge_id=badge, position=position)


async def handed(prize, person, **more):
    of = {"school_id": prize.school_id, "program_id": prize.program_id, "person_id": person.id, "prize_id": prize.id}
    return await Delivery.create(**of, kind="prize", on=today(), at=dates.now(), **more)


@pytest.fixture
async def program(school, ada, sam):
    """Lantern Nights, with a badge, in which Sam and Nia take part and came to nothing yet."""
    made = await make.program(ada, badges=[SIXTY])
    for student in (sam, await make.student("Nia")):
        await make.enrolment(made, student)
    return made


async def done_by(program, person):
    await make.facts(person, [(3, 60)])
    await recount(program.school_id, program.id)


async def test_a_prize_for_a_badge_is_for_who_holds_it(program, sam):
    badge = await Badge.get(school_id=program.school_id, program_id=program.id)
    await a_prize(program, badge.id)
    assert await to_fetch(sam) == []
    await done_by(program, sam)
    assert await to_fetch(sam) == [FETCHED]
    await Standing.filter(school_id=program.school_id, person_id=sam.id).update(completed_on=None)
    assert await to_fetch(sam) == [FETCHED]
    await Award.filter(school_id=program.school_id, person_id=sam.id).update(state="withdrawn")
    assert await to_fetch(sam) == []


async def test_a_prize_without_a_badge_is_for_who_completed_the_program(program, sam, ada):
    await a_prize(program, position=1)
    await a_prize(program, title="Sticker")
    other = await make.program(ada, title="Another")
    await make.enrolment(other, sam)
    await a_prize(other)
    await done_by(program, sam)
    await Standing.filter(school_id=program.school_id, program_id=other.id).update(completed_on=None)
    assert [row["title"] for row in await to_fetch(sam)] == ["Sticker", "Paper lantern"]


async def test_a_prize_that_is_drawn_is_for_who_won_it(program, sam):
    lantern = await a_prize(program)
    await done_by(program, sam)
    of = {"school_id": program.school_id, "program_id": program.id, "rule": "completed", "made_at": dates.now()}
    first, again = [await Drawing.create(**of, title=title, prize_id=lantern.id) for title in ("First", "Again")]
    elsewhere = await Drawing.create(**of, title="For something else")
    (nia,) = await Enrolment.exclude(person_id=sam.id).filter(school_id=program.school_id)
    lots = {"school_id": program.school_id, "number": 1}
    await Lot.create(**lots, drawing_id=elsewhere.id, person_id=sam.id, won=1)
    await Lot.create(**lots, drawing_id=first.id, person_id=sam.id)
    await Lot.create(**lots | {"number": 2}, drawing_id=first.id, person_id=nia.person_id, won=1)
    assert await to_fetch(sam) == []
    await Lot.create(**lots, drawing_id=again.id, person_id=sam.id, won=1)
    assert await to_fetch(sam) == [FETCHED]


async def test_what_was_fetched_is_not_fetched_again_unless_that_was_undone(program, sam):
    lantern = await a_prize(program)
    await done_by(program, sam)
    (nia,) = await Enrolment.exclude(person_id=sam.id).filter(school_id=program.school_id)
    of = {"school_id": program.school_id, "program_id": program.id, "person_id": nia.person_id}
    await Delivery.create(**of, prize_id=lantern.id, kind="prize", on=today(), at=dates.now())
    await handed(lantern, sam, undone_at=dates.now())
    assert await to_fetch(sam) == [FETCHED]
    await handed(lantern, sam)
    assert await to_fetch(sam) == []


@pytest.mark.parametrize("how", ["left", "put away"])
async def test_of_a_program_that_one_left_or_that_was_put_away_nothing_is_fetched(program, sam, how):
    await a_prize(program)
    await done_by(program, sam)
    assert await to_fetch(sam) == [FETCHED]
    if how == "left":
        await Enrolment.filter(school_id=program.school_id, person_id=sam.id).update(left_at=dates.now())
    else:
        await Program.filter(school_id=program.school_id, id=program.id).update(state="archived")
    assert await to_fetch(sam) == []


async def test_results_and_progress_are_ones_own_in_the_order_of_programs_and_challenges(school, ada, sam):
    nia = await make.student("Nia")
    steps = [{"unit": "minutes", "goal": 100}, {"unit": "days", "goal": 2}, {"unit": "minutes", "goal": 9}]
    steps[2] |= {"kind": "class goal"}
    late = await make.program(ada, title="Late", challenges=steps[:1], starts=today(5))
    early = await make.program(ada, title="Early", challenges=steps)
    for one in (late, early):
        for who in (sam, nia):
            await make.enrolment(one, who)
    await make.facts(sam, [(1, 30), (2, 30)])
    await make.facts(nia, [(1, 5)])
    for one in (late, early):
        await recount(school.card.id, one.id)
    found = await results_of(sam)
    assert [(row["title"], row["minutes"], row["starts"]) for row in found] == [
        ("Early", 60, early.starts),
        ("Late", 60, late.starts),
    ]
    assert [(step["title"], step["words"], step["done_on"]) for step in found[0]["progress"]] == [
        ("100 minutes", "60 of 100 minutes", None),
        ("2 days", "2 of 2 days", today(1)),
    ]
    assert [row["minutes"] for row in await results_of(nia)] == [5, 5]

    own = await taking_part(sam)
    assert own.joined == tuple(sorted((late.id, early.id)))
    assert [step["words"] for step in own.progress[early.id]] == ["60 of 100 minutes", "2 of 2 days"]
    await Enrolment.filter(school_id=school.card.id, person_id=sam.id, program_id=late.id).update(left_at=dates.now())
    assert (await taking_part(sam)).joined == (early.id,)
    assert (await taking_part(await make.student("Lone"))).joined == ()


async def test_of_a_program_without_a_count_one_is_in_it_and_has_no_progress(school, ada, sam):
    program = await make.program(ada)
    await make.enrolment(program, sam)
    assert (await taking_part(sam)).progress == {program.id: []}
    assert await results_of(sam) == []


async def test_a_card_has_the_days_the_last_entry_and_what_is_under_way(school, sam):
    nia = await make.student("Nia")
    owl, frog = [await make.resource(title) for title in ("Owl Moon", "Frog and Toad")]
    await make.facts(nia, [(1, 99)], resource_id=frog.id)
    assert await on_card(sam, today(9), today()) == await on_card(await make.student("Lone"), today(9), today())
    await make.facts(sam, [(2, 20), (1, 15), (300, 45)])
    card = await on_card(sam, today(9), today())
    assert [(row["on"], row["minutes"]) for row in card.days] == [(today(2), 20), (today(1), 15)]
    assert (card.last["minutes"], card.reading) == (45, None)

    of = {"school_id": school.card.id, "person_id": sam.id, "state": "started", "started_on": today(9)}
    await ResourceProgress.create(**of, resource_id=owl.id, on=today(3))
    await ResourceProgress.create(**of, resource_id=frog.id, on=today(4))
    assert (await on_card(sam, today(9), today())).reading["title"] == "Owl Moon"
    owl.state = "withdrawn"
    await owl.save()
    assert (await on_card(sam, today(9), today())).reading["title"] == "Frog and Toad"


async def test_a_shelf_says_where_its_things_stand_by_their_first_holding(school, sam):
    owl, frog = [await make.resource(title) for title in ("Owl Moon", "Frog and Toad")]
    now = dates.now()
    await Holding.filter(school_id=school.card.id).delete()
    for thing, words in ((owl, ("E YOL", "E YOL 2")), (frog, ("E LOB",))):
        for call in words:
            await Holding.create(school_id=school.card.id, resource_id=thing.id, call_number=call, as_of=now)
    await Holding.filter(school_id=school.card.id, call_number="E LOB").update(gone_at=now)
    for thing in (owl, frog):
        await Saved.create(school_id=school.card.id, person_id=sam.id, resource_id=thing.id, at=now)
        now -= timedelta(days=1)
    shelf = await shelf_of(sam)
    assert [(row["title"], row["call"]) for row in shelf.want] == [("Owl Moon", "E YOL"), ("Frog and Toad", "")]
    assert [row["title"] for row in (await shelf_of(await make.student("Nia"))).want] == []


async def test_titles_to_type_are_what_is_under_way_then_saved_then_listed(school, sam):

    of = {"school_id": school.card.id, "person_id": sam.id}
    made = {title: await make.resource(title) for title in ("Zoo", "Yak", "Xylophone", "Apple", "Bee")}
    for back, title in ((2, "Zoo"), (1, "Yak")):
        placed = {"state": "started", "started_on": today(9), "on": today(back)}
        await ResourceProgress.create(**of, resource_id=made[title].id, **placed)
    for title in ("Zoo", "Xylophone"):
        await Saved.create(**of, resource_id=made[title].id, at=dates.now())
    listed = [made["Bee"].id, made["Apple"].id]
    assert await titles_to_offer(sam, listed) == ["Yak", "Zoo", "Xylophone", "Apple", "Bee"]
    assert await titles_to_offer(sam) == ["Yak", "Zoo", "Xylophone"]
    assert await titles_to_offer(await make.student("Nia")) == []


async def test_l3_by_a_card_alone_only_what_is_of_today_is_offered_and_under_way(school, sam):
    by_card = replace(sam, by_card=True)
    of = {"school_id": school.card.id, "person_id": sam.id}
    begins = dates.moment(today(), time(), school.card.zone)
    for title, back, at in (("Owl Moon", 1, begins - timedelta(seconds=1)), ("Frog and Toad", 0, begins)):
        thing, other = await make.resource(title), await make.resource(f"{title} 2")
        assert (await on_card(by_card, today(9), today())).reading is None
        assert await titles_to_offer(by_card) == []
        placed = {"state": "started", "started_on": today(9), "on": today(back)}
        await ResourceProgress.create(**of, resource_id=thing.id, **placed)
        await Saved.create(**of, resource_id=other.id, at=at)
    assert (await on_card(by_card, today(9), today())).reading["title"] == "Frog and Toad"
    assert await titles_to_offer(by_card) == ["Frog and Toad", "Frog and Toad 2"]
    shelf = await shelf_of(by_card)
    assert [row["title"] for row in (*shelf.now, *shelf.want)] == ["Frog and Toad", "Frog and Toad 2"]
    assert await titles_to_offer(sam) == ["Frog and Toad", "Owl Moon", "Frog and Toad 2", "Owl Moon 2"]
