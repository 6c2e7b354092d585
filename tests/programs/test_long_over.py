"""What a program came to stands once its titles are numbers, and wherever the school's clock is set later."""

import json
from datetime import timedelta

import pytest
from tortoise.expressions import F

from engage import dates
from engage.database.fields import new_key
from engage.errors import Refused
from engage.people.models import Person, School
from engage.people.rules import Status
from engage.programs import reviewing, running_actions
from engage.programs.closing import close_programs
from engage.programs.models import Award, Badge, Challenge, LogEntry, Program, Standing
from engage.programs.rebuild import rebuild, recount
from engage.programs.review_rules import Audience
from engage.programs.reviewing import Written
from engage.programs.rules import frozen_at
from tests import make
from tests.programs.doing import minutes
from tests.programs.test_joining import today
from tests.programs.test_results_stay import FINISHED, agrees, forgotten, merged, over, results
from tests.programs.test_reviews import WORDS, again
from tests.resources.merging import two
from tests.school import words_of


async def test_what_a_program_came_to_stands_once_its_titles_are_numbers(browser, school, ada, sam):
    await School.filter(id=school.lincoln.id).update(reviews="school")
    ada, sam = await again(ada), await again(sam)
    gone, stays = await two()
    curated = await make.curated_list(by=ada, title="Owls", items=[gone], published=True)
    every = {"title": "Every one", "rule": json.dumps({"rule": "challenges", "goal": 1})}
    most = {"title": "Two hours", "rule": json.dumps({"rule": "total", "unit": "minutes", "goal": 120})}
    closed = await over(ada, {"goal": 1, "curated": curated, "curated_id": curated.id}, badges=[every, most])
    await make.enrolment(closed, sam)
    await make.facts(sam, [(40, 20)], resource_id=gone.id, **FINISHED)
    await recount(school.card.id, closed.id)
    of = {"school_id": school.card.id}
    await closed.filter(**of, id=closed.id).update(starts=today(160), ends=today(100))
    await LogEntry.filter(**of).update(on=today(110), entered_at=dates.now() - timedelta(days=110))
    before = await results(closed), await Standing.get(**of).values()
    assert before[0][0] == [1]
    assert before[1]["completed_on"] == today(40)
    assert await forgotten(school, today(60)) == 1
    # whatever has its student counted again afterwards
    key = await reviewing.write_review(gone.key, Written(WORDS, Audience.SCHOOL, "liked"), "form", sam)
    await reviewing.approve(key, WORDS, 1, by=ada)
    await make.facts(sam, [(1, 20)], resource_id=gone.id)
    await merged(browser, school, ada, gone, stays)
    await recount(school.card.id, closed.id)
    assert (await results(closed), await Standing.get(**of).values()) == before
    await agrees(school)
    # and its pages say what stands
    browser.sign_in(sam)
    page = words_of(await browser.get(f"/programs/{closed.slug}"))
    assert f"Done on {dates.spoken(today(40))}" in page
    assert f"Earned {today(40).day} {today(40):%B}" in page
    assert "You did 1 challenge; 1 was asked for." in page
    assert "You came to 20 minutes; 120 were asked for." in page
    assert "Log 100 more" not in page
    assert "Next: Two hours" not in page
    challenge = await Challenge.get(**of)
    said = words_of(await browser.get(f"/programs/{closed.slug}/challenges/{challenge.key}"))
    assert "You finished 1 title from the list; 1 was asked for." in said
    assert "Certificates to print Last month Every one" in page


async def test_a_school_that_sets_its_clock_moves_no_result(school, ada, sam):
    closed = await over(ada, {"unit": "minutes", "goal": 60})
    await make.enrolment(closed, sam)
    await make.facts(sam, [(35, 20)], entered_back=35)
    of = {"school_id": school.card.id}
    final = frozen_at(closed.ends, closed.catching_up, ada.school.zone)
    late = await LogEntry.get(**of)
    await make.facts(sam, [(31, 40)])
    await LogEntry.filter(**of).exclude(id=late.id).update(entered_at=final + timedelta(hours=2))
    await rebuild(school.card.id)
    before = await results(closed)
    assert before[0] == [20]
    await close_programs(dates.now())
    assert (await Program.get(**of, id=closed.id)).zone == ada.school.zone
    # hours behind: by that clock the last day would still have gone on
    await School.filter(id=school.card.id).update(zone="Pacific/Honolulu")
    assert await rebuild(school.card.id) == []
    assert await results(closed) == before
    await close_programs(dates.now())
    assert (await Program.get(**of, id=closed.id)).zone == ada.school.zone
    # opened again, its days are those of the school as it is now
    there = await again(ada)
    await running_actions.reopen(closed.key, dates.today(there.school.zone), there)
    assert (await Program.get(**of, id=closed.id)).zone == ""
    await rebuild(school.card.id)
    assert (await results(closed))[0] == [60]


async def ended(school, ada, sam, asked, days, **more):
    """A program that ended some days ago, in which Sam finished something from a list ten days before that."""
    thing = await make.resource("Owl Moon")
    curated = await make.curated_list(by=ada, title="Owls", items=[thing], published=True)
    listed = (
        {"goal": 1, "curated": curated, "curated_id": curated.id} if asked == "list" else {"unit": asked, "goal": 1}
    )
    closed = await over(ada, listed, **more)
    await make.enrolment(closed, sam)
    await make.facts(sam, [(40, 20)], resource_id=thing.id, **FINISHED)
    await recount(school.card.id, closed.id)
    of = {"school_id": school.card.id}
    await Program.filter(**of, id=closed.id).update(starts=today(days + 60), ends=today(days))
    at = {"on": today(days + 10), "entered_at": dates.now() - timedelta(days=days + 10)}
    await LogEntry.filter(**of).update(**at)
    await rebuild(school.card.id)  # where Sam is with the title
    return closed


async def test_what_cannot_be_counted_again_is_not_opened_again_and_says_why(browser, school, ada, sam):
    closed = await ended(school, ada, sam, "list", 100)
    assert await forgotten(school, today(60)) == 1
    before = await results(closed)
    assert before[0] == [1]
    desk = f"/curate/programs/{closed.key}"
    page = await browser.sign_in(ada).get(desk)
    assert "It ended more than 60 days ago, and titles that students logged in it have become" in words_of(page)
    assert f"{desk}/reopen" not in page.text
    answer = await browser.follow(await browser.post(f"{desk}/reopen", {"ends": today(-9).isoformat()}))
    assert "It ended more than 60 days ago" in words_of(answer)
    with pytest.raises(Refused) as no:
        await running_actions.reopen(closed.key, today(-9), ada)
    assert no.value.about == "ends"
    await rebuild(school.card.id)
    assert (await Program.get(school_id=school.card.id)).ends == today(100)
    assert await results(closed) == before


@pytest.mark.parametrize(
    ("asked", "days", "numbers"),
    [("titles", 100, 2), ("list", 100, 0), ("list", 50, 1)],
    ids=["no list in it", "titles that are still there", "not long over"],
)
async def test_what_can_be_counted_is_opened_again_and_counts_the_same(browser, school, ada, sam, asked, days, numbers):
    closed = await ended(school, ada, sam, asked, days)
    await make.facts(sam, [(days + 5, 20)], entered_back=days + 5, title="Something else")
    before = await results(closed)
    assert before[0] == [1]
    if numbers:
        assert await forgotten(school, today(60)) == numbers
    assert "Open it again" in words_of(await browser.sign_in(ada).get(f"/curate/programs/{closed.key}"))
    await running_actions.reopen(closed.key, today(-9), ada)
    await recount(school.card.id, closed.id)
    assert await results(closed) == before
    await agrees(school)


async def test_a_child_who_has_left_keeps_nobody_from_opening_a_program_again(school, ada, sam):
    closed = await ended(school, ada, sam, "list", 100)
    left = await make.student("Lou")
    await make.enrolment(closed, left)
    await make.facts(left, [(110, 20)], title="Title 1 of 2025-26", forgotten_on=today(1), **FINISHED)
    await Person.filter(school_id=school.card.id, id=left.id).update(status=Status.NOBODY)
    await running_actions.reopen(closed.key, today(-9), ada)
    await recount(school.card.id, closed.id)
    assert (await results(closed))[0] == [1]


async def test_squares_that_ask_for_a_list_stay_full_once_titles_are_numbers(browser, school, ada, sam):
    thing = await make.resource("Owl Moon")
    curated = await make.curated_list(by=ada, title="Owls", items=[thing], published=True)
    listed, owl = new_key(), new_key()
    from_list = {"rule": "challenge", "key": listed}
    rules = [from_list, {"rule": "badge", "key": owl}, {"rule": "all", "of": [from_list, minutes(10)]}]
    rules += [minutes(20), minutes(900), minutes(500), {"rule": "all", "of": [from_list, minutes(700)]}]
    titles = ["The owls", "The owl badge", "Owls and ten", "Twenty", "Free", "Five hundred", "Owls and more"]
    squares = [{"title": title, "rule": rule} for title, rule in zip(titles, rules, strict=True)]
    squares[4] = {"title": "Free"}
    squares += [{"title": "Sixty", "rule": minutes(60)}, {"title": "Ninety", "rule": minutes(90)}]
    details = json.dumps({"size": 3, "free": True, "wants": "lines", "squares": squares})
    closed = await over(
        ada,
        {"goal": 1, "curated": curated, "curated_id": curated.id, "key": listed},
        {"kind": "bingo", "unit": "lines", "goal": 1, "title": "Bingo", "details": details},
        badges=[
            {"title": "Owl", "rule": json.dumps(from_list), "key": owl},
            {"title": "Three", "rule": json.dumps({"rule": "challenges", "goal": 3})},
        ],
        completion=json.dumps({"rule": "challenges", "goal": 3}),
    )
    await make.enrolment(closed, sam)
    await make.facts(sam, [(40, 20)], resource_id=thing.id, **FINISHED)
    await recount(school.card.id, closed.id)
    bingo = await Challenge.get(school_id=school.card.id, kind="bingo")
    browser.sign_in(sam)

    async def shown():
        return [
            words_of(await browser.get(f"/programs/{closed.slug}{more}")) for more in ("", f"/challenges/{bingo.key}")
        ]

    before = await shown()
    full = [title for title in titles if f"{title} Filled on {dates.spoken(today(40))}" in before[1]]
    assert full == ["The owls", "The owl badge", "Owls and ten", "Twenty"]
    assert "Three You came to 2 challenges; 3 were asked for." in before[0]
    of = {"school_id": school.card.id}
    await Program.filter(**of).update(starts=today(160), ends=today(100), version=F("version") + 1)
    await LogEntry.filter(**of).update(on=today(110), entered_at=dates.now() - timedelta(days=110))
    assert await forgotten(school, today(60)) == 1
    # what was taken back once is not held for that
    three = await Badge.get(**of, title="Three")
    lost = {"person_id": sam.id, "program_id": closed.id, "badge_id": three.id, "state": "withdrawn"}
    await Award.create(**of, **lost, earned_on=today(112))
    after = await shown()
    assert [title for title in titles if f"{title} Filled on" in after[1]] == full
    # a square is met on the day on which what it asks for was
    assert f"The owls Filled on {dates.spoken(today(40))}" in after[1]
    assert "You filled 1 line; 1 was asked for." in after[1]
    assert "Three You came to 2 challenges; 3 were asked for." in after[0]
