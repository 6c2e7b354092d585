"""Prizes: who may have one, handed over once, never more than there are, and never clawed back."""

import asyncio
import json
from functools import partial

import pytest

from engage import dates
from engage.errors import Busy, NotFound, Refused
from engage.people.models import AuditEntry
from engage.people.rules import Role
from engage.programs import handing_pages, log_actions, prize_actions
from engage.programs.models import Award, Badge, Standing
from engage.programs.rebuild import rebuild, recount
from engage.programs.recognition_models import Delivery, Prize
from engage.programs.recognition_queries import prizes_of
from tests import make
from tests.programs.doing import recognition_of
from tests.school import as_reader, words_of

SIXTY = {"title": "Sixty", "rule": json.dumps({"rule": "total", "unit": "minutes", "goal": 60})}
PARALLEL, STOCK = 20, 7


async def lantern_nights(ada, *students, minutes=60, **more):
    """A program of sixty minutes and a badge for them, which these students have reached."""
    program = await make.program(ada, badges=[SIXTY], **more)
    for student in students:
        await make.enrolment(program, student)
        await make.facts(student, [(3, minutes)])
    await recount(program.school_id, program.id)
    return program


async def prize(program, ada, stock=None, badge="", title="Paper lantern"):
    await prize_actions.put_prize(program.key, "", ada, title=title, description="", badge=badge, stock=stock)
    return await Prize.get(school_id=program.school_id, program_id=program.id, title=title)


async def at_once(hand_overs):
    """What comes of many hand-outs begun at the same moment; who is told that the database is busy asks again."""
    done = await asyncio.gather(*(each() for each in hand_overs), return_exceptions=True)
    while busy := [place for place, each in enumerate(done) if isinstance(each, Busy)]:
        for place in busy:
            done[place] = (await asyncio.gather(hand_overs[place](), return_exceptions=True))[0]
    return done


async def test_a_prize_is_handed_over_once_however_often_it_is_tapped(school, ada, sam):
    program = await lantern_nights(ada, sam)
    lantern = await prize(program, ada, stock=2)
    first = await prize_actions.hand_over(program.slug, lantern.key, sam.key, ada)
    assert first == await prize_actions.hand_over(program.slug, lantern.key, sam.key, ada)
    assert first[:2] == ("Sam", "Paper lantern")
    (row,) = await prizes_of(ada, program.id)
    assert (row["handed"], row["left"]) == (1, 1)
    told = await AuditEntry.filter(school_id=program.school_id).values("act", "detail", "about_id", "by_id")
    assert told == [{"act": "handed over a prize", "detail": "Paper lantern", "about_id": sam.id, "by_id": ada.id}]


async def test_twenty_at_once_hand_over_no_more_than_the_stock(school, ada):
    students = [await make.student(f"Child {number}") for number in range(PARALLEL)]
    program = await lantern_nights(ada, *students)
    lantern = await prize(program, ada, stock=STOCK)
    done = await at_once(
        [partial(prize_actions.hand_over, program.slug, lantern.key, student.key, ada) for student in students]
    )
    assert sum(isinstance(each, tuple) for each in done) == STOCK
    assert {str(each) for each in done if not isinstance(each, tuple)} == {
        "None is left of Paper lantern. Change the stock if there are more."
    }
    assert all(isinstance(each, Refused | tuple) for each in done)
    assert await Delivery.filter(school_id=program.school_id, prize_id=lantern.id).count() == STOCK


async def test_one_student_at_twenty_desks_has_one(school, ada, sam):
    program = await lantern_nights(ada, sam)
    lantern = await prize(program, ada, stock=5)
    done = await at_once([partial(prize_actions.hand_over, program.slug, lantern.key, sam.key, ada)] * PARALLEL)
    assert len(set(done)) == 1
    assert await Delivery.filter(school_id=program.school_id).count() == 1


async def test_who_has_not_earned_it_has_none(school, ada, sam):
    program = await lantern_nights(ada, sam, minutes=59)
    lantern = await prize(program, ada)
    with pytest.raises(Refused, match="has not earned"):
        await prize_actions.hand_over(program.slug, lantern.key, sam.key, ada)


@pytest.mark.parametrize("for_badge", [True, False])
async def test_rule_16_a_prize_that_was_handed_over_is_never_clawed_back(school, ada, sam, for_badge):
    program = await make.program(ada, badges=[SIXTY])
    await make.enrolment(program, sam)
    day = dates.today("America/New_York")
    kept = await log_actions.log_entry(log_actions.Given(day, "reading", title="Owl Moon", minutes=60), "", sam)
    badge = await Badge.get(school_id=program.school_id, program_id=program.id)
    lantern = await prize(program, ada, stock=1, badge=badge.key if for_badge else "")
    await prize_actions.hand_over(program.slug, lantern.key, sam.key, ada)
    await log_actions.void_entry(kept.entry, sam)

    held = await Award.get(school_id=program.school_id, person_id=sam.id)
    done = await Standing.get(school_id=program.school_id, person_id=sam.id)
    if for_badge:
        assert held.state == "delivered"
        assert held.kept
        assert done.completed_on is None
    else:
        assert held.state == "withdrawn"
        assert done.completed_on == day
    mine = await recognition_of(sam, program)
    assert [one.what for one in mine.given] == ["Paper lantern"]
    assert await rebuild(program.school_id) == []


async def test_a_mistaken_hand_out_is_taken_back_into_the_stock(school, ada, sam):
    program = await lantern_nights(ada, sam)
    lantern = await prize(program, ada, stock=1)
    _, _, delivery = await prize_actions.hand_over(program.slug, lantern.key, sam.key, ada)
    assert await prize_actions.undo_delivery(program.slug, delivery, ada) == ("Sam", "Paper lantern")
    await prize_actions.undo_delivery(program.slug, delivery, ada)
    (row,) = await prizes_of(ada, program.id)
    assert (row["handed"], row["left"]) == (0, 1)
    acts = [act for (act,) in await AuditEntry.filter(school_id=program.school_id).order_by("id").values_list("act")]
    assert acts == ["handed over a prize", "took back a hand-out"]
    again = await prize_actions.hand_over(program.slug, lantern.key, sam.key, ada)
    assert again[2] != delivery


async def test_what_was_kept_by_a_mistaken_hand_out_goes_with_it(school, ada, sam):
    program = await make.program(ada, badges=[SIXTY])
    await make.enrolment(program, sam)
    day = dates.today("America/New_York")
    kept = await log_actions.log_entry(log_actions.Given(day, "reading", title="Owl Moon", minutes=60), "", sam)
    badge = await Badge.get(school_id=program.school_id, program_id=program.id)
    lantern = await prize(program, ada, badge=badge.key)
    _, _, delivery = await prize_actions.hand_over(program.slug, lantern.key, sam.key, ada)
    await log_actions.void_entry(kept.entry, sam)
    await prize_actions.undo_delivery(program.slug, delivery, ada)
    assert (await Award.get(school_id=program.school_id, person_id=sam.id)).state == "withdrawn"


async def test_a_stock_never_falls_below_what_was_handed_over(school, ada, sam):
    program = await lantern_nights(ada, sam)
    lantern = await prize(program, ada, stock=3)
    await prize_actions.hand_over(program.slug, lantern.key, sam.key, ada)
    values = {"title": "Lantern", "description": "", "badge": ""}
    with pytest.raises(Refused, match="1 of them is handed over already"):
        await prize_actions.put_prize(program.key, lantern.key, ada, stock=0, **values)
    await prize_actions.put_prize(program.key, lantern.key, ada, stock=1, **values)
    with pytest.raises(Refused, match="already, so it stays"):
        await prize_actions.drop_prize(program.key, lantern.key, ada)


async def test_a_teacher_hands_over_to_the_own_class_and_nobody_else(school, ada, tom, sam):
    other = await make.student("Olu")
    program = await lantern_nights(ada, sam, other)
    lantern = await prize(program, ada)
    await prize_actions.hand_over(program.slug, lantern.key, sam.key, tom)
    with pytest.raises(NotFound):
        await prize_actions.hand_over(program.slug, lantern.key, other.key, tom)
    delivery = await prize_actions.hand_over(program.slug, lantern.key, other.key, ada)
    with pytest.raises(NotFound):
        await prize_actions.undo_delivery(program.slug, delivery[2], tom)
    for nobody in (sam, school.vera, school.alma, school.dora, school.rosa):
        with pytest.raises(NotFound):
            await prize_actions.hand_over(program.slug, lantern.key, other.key, nobody)
        with pytest.raises(NotFound):
            await prize_actions.put_prize(program.key, "", nobody, title="X", description="", badge="", stock=1)


async def test_another_specialist_sees_no_names_of_a_program_that_she_does_not_run(browser, school, ada, sam):
    """SAFETY.md, PRG05: "only programs that specialist runs"."""
    program = await lantern_nights(ada, sam)
    await prize(program, ada, stock=4)
    somebody = await make.person("Ines Moreau", Role.SPECIALIST, school.lincoln, login="ines")
    ines = await as_reader(somebody, "lincoln")
    assert (await browser.sign_in(ines).get(f"/programs/{program.slug}/hand-out")).status_code == 404
    desk = await browser.get(f"/curate/programs/{program.key}/recognition")
    assert desk.status_code == 200
    assert "Sam" not in words_of(desk)


async def test_the_desk_hands_over_in_one_tap_and_offers_to_take_it_back(browser, school, ada, tom, sam, statements):
    program = await lantern_nights(ada, sam)
    lantern = await prize(program, ada, stock=1)
    browser.sign_in(tom)
    page = await browser.get(f"/programs/{program.slug}/hand-out")
    assert "Hand over Paper lantern to Sam" in words_of(page)
    assert "1 left" in words_of(page)
    after = await browser.follow(await browser.post(f"/programs/{program.slug}/hand-out/{lantern.key}/{sam.key}"))
    assert "Sam has Paper lantern now." in words_of(after)
    assert "none left" in words_of(after)
    delivery = await Delivery.get(school_id=program.school_id)
    back = await browser.post(f"/programs/{program.slug}/handed-out/{delivery.key}/take-back")
    assert "Taken back: Sam does not have Paper lantern." in words_of(await browser.follow(back))


async def test_the_desk_asks_a_steady_number_of_statements(browser, school, ada, statements):
    counts = []
    program = await lantern_nights(ada)
    browser.sign_in(ada)
    await browser.get("/programs")
    for number in range(3):
        await prize(program, ada, title=f"Prize {number}")
        student = await make.student(f"Child {number}")
        await make.enrolment(program, student)
        await make.facts(student, [(3, 60)])
        await recount(program.school_id, program.id)
        statements.forget()
        assert f"Child {number}" in words_of(await browser.get(f"/programs/{program.slug}/hand-out"))
        counts.append(len(statements))
    assert len(set(counts)) == 1, counts


async def test_a_student_reads_what_there_is_to_fetch(school, ada, sam):
    program = await lantern_nights(ada, sam)
    lantern = await prize(program, ada, stock=1)
    await prize(program, ada, stock=0, title="Bookmark")
    mine = await recognition_of(sam, program)
    assert (mine.fetch, mine.gone) == (("Paper lantern",), ("Bookmark",))
    assert [paper.title for paper in mine.papers] == ["Lantern Nights", "Sixty"]
    await prize_actions.hand_over(program.slug, lantern.key, sam.key, ada)
    mine = await recognition_of(sam, program)
    assert mine.fetch == ()
    assert [(one.what, one.kept) for one in mine.given] == [("Paper lantern", False)]
    for nobody in (ada, school.tom, await make.student("Olu")):
        assert not (await recognition_of(nobody, program)).anything


async def test_a_page_holds_a_hundred_and_the_others_are_found_by_name(browser, school, ada, monkeypatch):
    children = [await make.student(f"Child {letter}") for letter in "ABCDE"]
    program = await lantern_nights(ada, *children)
    await prize(program, ada)
    await recount(program.school_id, program.id)
    monkeypatch.setattr(handing_pages, "SHOWN", 3)
    path = f"/programs/{program.slug}/hand-out"
    words = words_of(await browser.sign_in(ada).get(path))
    assert ("Child C" in words, "Child D" in words, "2 more may have one" in words) == (True, False, True)
    words = words_of(await browser.get(f"{path}?name=child+d"))
    assert ("Child D" in words, "Child C" in words) == (True, False)
    assert "3 of 5, who has none printed yet first" in words_of(
        await browser.get(f"/programs/{program.slug}/certificates")
    )
