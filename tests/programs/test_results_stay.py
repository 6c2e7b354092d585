"""What is final stays, whatever the library finds out, takes back or forgets later (PRODUCT.md, section 4, rule 20)."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from engage import dates
from engage.database.tenancy import every_school
from engage.engagement.rules import Mode
from engage.people.models import School
from engage.programs import log_actions, matching, prize_actions, reviewing, running_actions
from engage.programs.counting import outcome
from engage.programs.entries import Given
from engage.programs.facts import Before, DeliveryFact, ReviewFact
from engage.programs.following import count_merged
from engage.programs.forgetting import forget_titles
from engage.programs.models import (
    Award,
    Badge,
    Challenge,
    ChallengeResource,
    EntryBefore,
    FormerRules,
    LogEntry,
    Progress,
    Standing,
)
from engage.programs.rebuild import rebuild, recount
from engage.programs.recognition_models import Delivery, Prize
from engage.programs.review_models import Review
from engage.programs.review_rules import Audience
from engage.programs.reviewing import Written
from engage.programs.rules import Ending, Unit
from tests import make
from tests.programs.facts import badges, challenges, facts, finish, held, log, noon, october, program, total
from tests.programs.test_joining import today
from tests.programs.test_reviews import WORDS, again
from tests.resources.merging import make_one, two
from tests.resources.test_doubles import TWO
from tests.school import words_of

TITLES = {"unit": "titles", "goal": 2}
TOLD = {"title": "Told", "rule": json.dumps({"rule": "total", "unit": "reviews", "goal": 1})}
FINISHED = {"entered_back": 40, "ending": "finished"}


async def over(by, *asked, title="Last month", **more):
    """A program that ended a month ago and is final since three weeks ago."""
    run = {"starts": today(60), "ends": today(30), "catching_up": 7}
    return await make.program(by=by, title=title, challenges=asked or [TITLES], **run, **more)


async def running(by, *asked, **more):
    """A program that still runs, for the same entries."""
    return await make.program(by=by, title="All year", challenges=asked or [TITLES], starts=today(60), **more)


async def results(program):
    """What stands: amounts, titles, badges that are held."""
    of = {"school_id": program.school_id, "program_id": program.id}
    return (
        await Progress.filter(**of).order_by("challenge_id").values_list("amount", flat=True),
        await Standing.filter(**of).values_list("titles", flat=True),
        await Award.filter(**of).exclude(state="withdrawn").order_by("badge_id").values_list("badge__title", flat=True),
    )


async def agrees(school):
    """Nothing that stands is other than what the facts give."""
    assert await rebuild(school.card.id) == []


@pytest.fixture
async def both(school, ada, sam):
    """Sam finished two resources, which will turn out to be one, in a program that is final and in one that runs."""
    gone, stays = await two()
    closed = await over(ada, TITLES, {"unit": "minutes", "goal": 90}, badges=[TWO])
    now = await running(ada, badges=[TWO])
    for one in (closed, now):
        await make.enrolment(one, sam)
    for place, thing in enumerate((stays, gone)):
        await make.facts(sam, [(40 - place, 20)], resource_id=thing.id, **FINISHED)
    await rebuild(school.card.id)
    return gone, stays, closed, now


async def forgotten(school, over):
    """How many titles became numbers. over: the day up to which programs ended that hold no titles any more."""
    with every_school("what is kept for how long"):
        return await forget_titles(school.card.id, date.max, over)


async def merged(browser, school, by, gone, stays):
    """Two made one, and everybody counted."""
    assert (await make_one(browser, by, gone, stays)).status_code == 303
    await count_merged(school.card.id, gone.id)


async def test_a_final_result_goes_on_counting_two_that_became_one(browser, school, ada, sam, both):
    gone, stays, closed, now = both
    before = await results(closed)
    assert before == ([2, 40], [2], ["Two"])
    assert await results(now) == ([2], [2], ["Two"])
    page = words_of(await browser.sign_in(ada).get(f"/curate/resources/{stays.key}/twice/{gone.key}"))
    assert "Programs that are over keep their results." in page
    await merged(browser, school, ada, gone, stays)
    assert await results(closed) == before
    assert await results(now) == ([1], [1], [])
    await recount(school.card.id, closed.id)
    assert await results(closed) == before
    # an entry of today, and one that is taken back today, change the one that runs alone
    await make.facts(sam, [(0, 10)], resource_id=stays.id)
    await rebuild(school.card.id)
    assert await results(closed) == before
    await agrees(school)
    assert "2 titles" in words_of(await browser.sign_in(sam).get(f"/programs/{closed.slug}"))
    assert await EntryBefore.filter(school_id=school.card.id).values_list("resource_id", flat=True) == [gone.id]


async def test_one_that_became_two_others_in_turn_is_in_each_result_what_it_was_then(browser, school, ada, sam):
    first, second = await two()
    third = await make.resource("Owl Moon, the large print")
    long_ago = await over(ada, title="Long ago", badges=[TWO])
    between = await over(ada, title="Between", badges=[TWO])
    for one in (long_ago, between):
        await make.enrolment(one, sam)
    for place, thing in enumerate((first, second, third)):
        await make.facts(sam, [(40 - place, 20)], resource_id=thing.id, **FINISHED)
    await rebuild(school.card.id)
    assert await results(between) == ([3], [3], ["Two"])
    await merged(browser, school, ada, first, second)
    # as if that had been found out between the two last days
    await EntryBefore.filter(school_id=school.card.id).update(until=dates.now() - timedelta(days=26))
    await long_ago.filter(school_id=school.card.id, id=long_ago.id).update(ends=today(35))
    await rebuild(school.card.id)
    assert await results(long_ago) == ([3], [3], ["Two"])
    assert await results(between) == ([2], [2], ["Two"])
    await merged(browser, school, ada, second, third)
    assert await results(long_ago) == ([3], [3], ["Two"])
    assert await results(between) == ([2], [2], ["Two"])
    assert set(await LogEntry.filter(school_id=school.card.id).values_list("resource_id", flat=True)) == {third.id}
    await agrees(school)


async def test_a_final_list_goes_on_asking_for_both_until_it_is_opened_again(browser, school, ada, sam):
    gone, stays = await two()
    other, left = await make.resource("Another"), await make.resource("Another one that the rules named once")
    curated = await make.curated_list(by=ada, title="Owls", items=[gone, stays, other], published=True)
    asked = {"goal": 2, "curated": curated, "curated_id": curated.id, "required": gone.key}
    closed = await over(ada, asked)
    of: dict[str, Any] = {"school_id": school.card.id}
    for thing in (gone, stays, other):
        challenge = await Challenge.get(**of)
        await ChallengeResource.create(**of, challenge_id=challenge.id, resource_id=thing.id)
    former = {
        "goal": 2,
        "items": [[gone.id, True, None], [stays.id, False, None], [left.id, False, None]],
        "in_order": False,
    }
    kept = {"starts": "2026-01-01", "ends": None, "credit": "opening", "badges": [], "points": [], "completion": ""}
    rules = json.dumps(kept | {"challenges": [["k", "Owls", former]]}, separators=(",", ":"))
    await FormerRules.create(**of, program_id=closed.id, number=0, until=dates.now() - timedelta(days=50), rules=rules)
    await make.enrolment(closed, sam)
    for place, thing in enumerate((gone, stays)):
        await make.facts(sam, [(40 - place, 20)], resource_id=thing.id, **FINISHED)
    await rebuild(school.card.id)
    before = await results(closed)
    assert before[0] == [2]
    await merged(browser, school, ada, gone, stays)
    await merged(browser, school, ada, left, other)
    assert await results(closed) == before
    assert (await Challenge.get(**of)).required == gone.key
    assert (await FormerRules.get(**of)).rules == rules
    await agrees(school)
    for address in (f"/programs/{closed.slug}", f"/programs/{closed.slug}/challenges/{challenge.key}"):
        assert (await browser.sign_in(sam).get(address)).status_code == 200

    await running_actions.reopen(closed.key, today(0), ada)
    await recount(school.card.id, closed.id)
    assert (await Challenge.get(**of)).required == stays.key
    stand = ChallengeResource.filter(**of).order_by("resource_id").values_list("resource_id", flat=True)
    assert await stand == [stays.id, other.id]
    latest = await FormerRules.filter(**of).order_by("number").values_list("rules", flat=True)
    assert not [text for text in latest for thing in (gone, left) if f"[{thing.id}," in text]
    assert (await results(closed))[0] == [1]
    await agrees(school)


async def test_a_typed_title_is_in_a_final_result_what_it_was_taken_for_then(browser, school, ada):
    frog, toad = await make.resource("Frog and Toad Are Friends"), await make.resource("Frog and Toad Together")
    closed, now = await over(ada), await running(ada)
    children = [await make.student(f"Child {number}") for number in range(5)]
    for child in children:
        for one in (closed, now):
            await make.enrolment(one, child)
        await make.facts(child, [(40, 10)], title="Frog AND toad!", **FINISHED)
        await make.facts(child, [(39, 10)], resource_id=frog.id, **FINISHED)
    await rebuild(school.card.id)

    async def titles():
        of = {"school_id": school.card.id}
        rows = await Progress.filter(**of).order_by("program_id").values_list("program_id", "amount")
        return {amount for number, amount in rows if number == closed.id}, {
            amount for number, amount in rows if number == now.id
        }

    assert await titles() == ({2}, {2})
    for resource, count in ((frog, 1), (toad, 2), (None, 2), (frog, 1)):
        await matching.match_title("frog and toad", resource.key if resource else "", ada)
        await rebuild(school.card.id)
        assert await titles() == ({2}, {count})
    # what it was taken for goes on, too; for the program that runs all three are one then
    await make.facts(children[0], [(3, 10)], resource_id=toad.id, ending="finished")
    await merged(browser, school, ada, frog, toad)
    await rebuild(school.card.id)
    assert await titles() == ({2}, {1})
    await agrees(school)


async def test_a_review_counts_in_a_final_result_though_it_is_gone_since(browser, school, ada, sam):
    await School.filter(id=school.lincoln.id).update(reviews="school")
    ada, sam = await again(ada), await again(sam)
    book = await make.resource("Wet Fur")
    asked = {"unit": "reviews", "goal": 1}
    closed, now = await over(ada, asked, badges=[TOLD]), await running(ada, asked, badges=[TOLD])
    for one in (closed, now):
        await make.enrolment(one, sam)
    key = await reviewing.write_review(book.key, Written(WORDS, Audience.SCHOOL, "liked"), "form", sam)
    await reviewing.approve(key, WORDS, 1, by=ada)
    back = {"on": today(40), "approved_at": dates.now() - timedelta(days=40)}
    await Review.filter(school_id=school.card.id).update(**back)
    await rebuild(school.card.id)
    before = await results(closed)
    assert before == ([1], [0], ["Told"])
    assert await results(now) == before
    await reviewing.withdraw(key, by=sam)
    assert await results(closed) == before
    assert await results(now) == ([0], [0], [])
    await agrees(school)
    # written again and approved, it is one again where that still counts, and no second one where it did before
    await reviewing.write_review(book.key, Written(WORDS + " Again.", Audience.SCHOOL, "liked"), "again", sam)
    review = await Review.get(school_id=school.card.id)
    await reviewing.approve(review.key, review.text, review.version, by=ada)
    assert await results(closed) == before
    assert (await results(now))[0] == [1]
    await agrees(school)


async def test_a_badge_that_was_kept_by_a_prize_stays_though_the_prize_is_taken_back_later(school, ada, sam):
    closed = await over(ada, badges=[TWO], title="Owls")
    now = await running(ada, badges=[TWO])
    for one in (closed, now):
        await make.enrolment(one, sam)
        badge = await Badge.get(school_id=school.card.id, program_id=one.id)
        of = {"school_id": school.card.id, "program_id": one.id, "badge_id": badge.id}
        prize = await Prize.create(**of, title="A book", stock=3)
        await Delivery.create(
            **of, person_id=sam.id, prize_id=prize.id, kind="prize", what="A book", on=today(38),
            at=dates.now() - timedelta(days=38), by_id=ada.id,
        )  # fmt: skip
    await rebuild(school.card.id)
    assert (await results(closed))[2] == (await results(now))[2] == ["Two"]
    for one in (closed, now):
        delivery = await Delivery.get(school_id=school.card.id, program_id=one.id)
        await prize_actions.undo_delivery(one.slug, delivery.key, ada)
    assert (await results(closed))[2] == ["Two"]
    assert (await results(now))[2] == []
    await agrees(school)


async def test_titles_that_became_numbers_are_counted_as_before(browser, school, ada, sam, both):
    gone, stays, closed, now = both
    await make.facts(sam, [(41, 5)], title="Typed", **FINISHED)
    await rebuild(school.card.id)
    await merged(browser, school, ada, gone, stays)
    before = await results(closed), await results(now)
    assert before == (([3, 45], [3], ["Two"]), ([2], [2], ["Two"]))
    assert await forgotten(school, today(90)) == 3
    assert (await results(closed), await results(now)) == before
    await agrees(school)
    of = {"school_id": school.card.id}
    said = await LogEntry.filter(**of).order_by("-on").values_list("title", "resource_id")
    earlier = await EntryBefore.filter(**of).values_list("title", "resource_id")
    assert all(title.startswith("Title ") and resource is None for title, resource in [*said, *earlier])
    assert len({title for title, _ in said}) == 2
    assert len({title for title, _ in [*said, *earlier]}) == 3
    # a number is given once
    await make.facts(sam, [(37, 5)], title="Another", **FINISHED)
    assert await forgotten(school, today(90)) == 1
    latest = await LogEntry.filter(**of).order_by("-id").first()
    assert latest.title not in {title for title, _ in [*said, *earlier]}


async def test_a_title_that_is_a_number_keeps_it_where_its_entry_is_corrected_later(browser, school, ada, sam):
    program = await running(ada)
    await make.enrolment(program, sam)
    await make.facts(sam, [(40, 20), (39, 20)], title="Owls", **FINISHED)
    await rebuild(school.card.id)
    before = await results(program)
    assert before == ([1], [1], [])
    assert await forgotten(school, today(90)) == 2
    entries = LogEntry.filter(school_id=school.card.id)
    old = await entries.order_by("-id").first()
    given = Given(old.on, Mode.READING, title=old.title, minutes=25, ending=Ending.FINISHED)
    await log_actions.correct_entry(old.key, given, "", sam)
    await make.facts(sam, [(38, 5)], title="Foxes")
    await rebuild(school.card.id)
    assert await forgotten(school, today(90)) == 2
    assert len(set(await entries.values_list("title", flat=True))) == 2
    assert await results(program) == before
    await agrees(school)


async def test_what_counts_in_a_list_of_a_program_is_kept_though_it_became_another(browser, school, ada, sam):
    gone, stays = await two()
    curated = await make.curated_list(by=ada, title="Owls", items=[gone], published=True)
    closed = await over(ada, {"goal": 1, "curated": curated, "curated_id": curated.id})
    await make.enrolment(closed, sam)
    await make.facts(sam, [(40, 20)], resource_id=gone.id, **FINISHED)
    await rebuild(school.card.id)
    challenge = await Challenge.get(school_id=school.card.id)
    noted = ChallengeResource.filter(school_id=school.card.id, challenge_id=challenge.id)
    if not await noted.exists():
        await ChallengeResource.create(school_id=school.card.id, challenge_id=challenge.id, resource_id=gone.id)
    await merged(browser, school, ada, gone, stays)
    assert await forgotten(school, today(90)) == 0
    assert (await results(closed))[0] == [1]
    assert await forgotten(school, today(10)) == 1


def test_an_entry_is_at_each_moment_what_it_was_taken_for():
    entry = replace(
        finish(1, 3, 30), before=(Before(noon(10), 10), Before(noon(20), None, "owl moon"), Before(noon(30), 20))
    )
    known = {day: entry.as_of(noon(day)).work for day in (3, 9, 10, 19, 20, 29, 30, 31)}
    assert known == {3: 10, 9: 10, 10: "owl moon", 19: "owl moon", 20: 20, 29: 20, 30: 30, 31: 30}


def test_what_ended_before_the_last_day_counts_nowhere_and_what_ended_after_it_stays():
    rules = program(
        key="program", starts=october(1), ends=october(20), frozen_at=noon(27),
        challenges=challenges(told=total(Unit.REVIEWS, 1)),
        badges=badges(told=total(Unit.REVIEWS, 1), owl=total(Unit.PAGES, 9)),
    )  # fmt: skip
    for ended, counts in ((26, False), (27, False), (28, True)):
        life = facts(
            log(1, 2, 10),
            ReviewFact(1, october(5), noon(6), noon(ended)),
            DeliveryFact("owl", october(6), noon(6), noon(ended)),
        )
        assert sorted(held(outcome(rules, october(1), life))) == (["owl", "told"] if counts else [])
        still = outcome(replace(rules, frozen_at=None, ends=None), october(1), life)
        assert not held(still)
