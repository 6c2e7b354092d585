"""Drawings as acts: frozen once, drawn once, and again only with a reason (rule 22)."""

import asyncio
import json
import re
from datetime import timedelta

import pytest

from engage import dates
from engage.errors import NotFound, Refused
from engage.people.models import AuditEntry
from engage.programs import drawing_actions, log_actions, prize_actions
from engage.programs.drawing_queries import drawings_of, lots_of
from engage.programs.drawings import Ticket, draw, hash_of
from engage.programs.models import Award, Badge, Enrolment, LogEntry, Standing
from engage.programs.rebuild import rebuild, recount
from engage.programs.recognition_models import Drawing, Lot, Prize
from engage.programs.recognition_rules import DrawingRule
from tests import make
from tests.programs.doing import recognition_of
from tests.programs.test_running_pages import fill_in
from tests.school import words_of

SIXTY = {"title": "Sixty", "rule": json.dumps({"rule": "total", "unit": "minutes", "goal": 60})}


async def reached(ada, *students, **more):
    program = await make.program(ada, badges=[SIXTY], **more)
    for student in students:
        await make.enrolment(program, student)
        await make.facts(student, [(3, 60)])
    await recount(program.school_id, program.id)
    return program


async def drawing_in(program, ada, rule=DrawingRule.COMPLETED, winners=1, prize="", badge=""):
    key = await drawing_actions.make_drawing(
        program.key, ada, title="Tent", rule=rule, badge=badge, winners=winners, prize=prize
    )
    return await Drawing.get(school_id=program.school_id, key=key)


async def drawn(program, drawing, ada):
    await drawing_actions.freeze_drawing(program.key, drawing.key, ada)
    await drawing_actions.draw_drawing(program.key, drawing.key, ada)
    return await Drawing.get(school_id=program.school_id, id=drawing.id)


async def some(number):
    return [await make.student(f"Child {place}") for place in range(number)]


async def test_rule_22_the_list_is_frozen_with_the_hash_and_drawn_with_the_seed(school, ada):
    students = await some(8)
    program = await reached(ada, *students)
    drawing = await drawing_in(program, ada, winners=3)
    await drawing_actions.freeze_drawing(program.key, drawing.key, ada)
    frozen = await Drawing.get(school_id=program.school_id, id=drawing.id)
    assert hash_of(frozen.seed) == frozen.seed_hash
    assert re.fullmatch("[0-9a-f]{64}", frozen.seed)
    # what happens afterwards is not in it
    late = await make.student("Late")
    await make.enrolment(program, late)
    await make.facts(late, [(1, 60)])
    await Enrolment.filter(school_id=program.school_id, person_id=students[0].id).update(left_at=dates.now())
    await recount(program.school_id, program.id)
    await drawing_actions.freeze_drawing(program.key, drawing.key, ada)
    assert await drawing_actions.draw_drawing(program.key, drawing.key, ada) == 3
    lots = await lots_of(ada, drawing.id)
    assert [lot["number"] for lot in lots] == list(range(1, 9))
    assert {lot["person_id"] for lot in lots} == {student.id for student in students}
    won = {lot["won"]: lot["number"] for lot in lots if lot["won"]}
    tickets = [Ticket(lot["number"], lot["weight"]) for lot in lots]
    assert tuple(won[place] for place in (1, 2, 3)) == draw(tickets, 3, frozen.seed)
    acts = [act for (act,) in await AuditEntry.filter(school_id=program.school_id).order_by("id").values_list("act")]
    assert acts == ["froze a drawing", "drew a drawing"]


async def test_rule_22_frozen_and_drawn_once_however_often_and_at_once(school, ada):
    program = await reached(ada, *await some(6))
    drawing = await drawing_in(program, ada, winners=2)
    await asyncio.gather(*(drawing_actions.freeze_drawing(program.key, drawing.key, ada) for _ in range(5)))
    seed = (await Drawing.get(school_id=program.school_id, id=drawing.id)).seed
    before = await lots_of(ada, drawing.id)
    await asyncio.gather(*(drawing_actions.draw_drawing(program.key, drawing.key, ada) for _ in range(5)))
    after = await lots_of(ada, drawing.id)
    drawn_at = (await Drawing.get(school_id=program.school_id, id=drawing.id)).drawn_at
    assert await drawing_actions.draw_drawing(program.key, drawing.key, ada) == 2
    now = await Drawing.get(school_id=program.school_id, id=drawing.id)
    assert (now.seed, now.drawn_at) == (seed, drawn_at)
    assert [(lot["number"], lot["person_id"]) for lot in before] == [(lot["number"], lot["person_id"]) for lot in after]
    assert sum(lot["won"] is not None for lot in after) == 2
    with pytest.raises(Refused):
        await drawing_actions.drop_drawing(program.key, drawing.key, ada)


async def test_case_three_winners_wanted_two_eligible(school, ada, sam):
    olu = await make.student("Olu")
    program = await reached(ada, sam, olu)
    drawing = await drawn(program, await drawing_in(program, ada, winners=3), ada)
    lots = await lots_of(ada, drawing.id)
    assert sorted(lot["won"] for lot in lots) == [1, 2]
    assert drawing.note == "3 winners were wanted; 2 could win and all won."


async def test_rule_22_tickets_are_weights(school, ada, sam):
    olu, ines = await make.student("Olu"), await make.student("Ines")
    program = await reached(ada, sam, olu, ines, tickets=json.dumps([{"unit": "minutes", "per": 20, "points": 1}]))
    await Standing.filter(school_id=program.school_id, person_id=olu.id).update(tickets=7)
    await Standing.filter(school_id=program.school_id, person_id=ines.id).update(tickets=0)
    drawing = await drawing_in(program, ada, DrawingRule.TICKETS)
    await drawing_actions.freeze_drawing(program.key, drawing.key, ada)
    expected = (await Standing.get(school_id=program.school_id, person_id=sam.id)).tickets
    weights = {lot["person_id"]: lot["weight"] for lot in await lots_of(ada, drawing.id)}
    assert weights == ({sam.id: expected, olu.id: 7} if expected else {olu.id: 7})


async def test_a_drawing_by_tickets_needs_a_program_that_gives_some(school, ada, sam):
    program = await reached(ada, sam)
    with pytest.raises(Refused, match="gives no tickets"):
        await drawing_in(program, ada, DrawingRule.TICKETS)


async def test_nothing_is_drawn_of_nobody_or_before_it_is_frozen(school, ada, sam):
    program = await make.program(ada)
    drawing = await drawing_in(program, ada)
    with pytest.raises(Refused, match="Nobody is in it"):
        await drawing_actions.freeze_drawing(program.key, drawing.key, ada)
    with pytest.raises(Refused, match="Freeze the list first"):
        await drawing_actions.draw_drawing(program.key, drawing.key, ada)
    with pytest.raises(Refused, match="how many win"):
        await drawing_in(program, ada, winners=0)
    await drawing_actions.drop_drawing(program.key, drawing.key, ada)
    assert await drawings_of(ada, program.id) == []


async def test_rule_22_a_re_draw_is_a_new_act_with_a_reason_among_those_who_have_not_won(school, ada):
    program = await reached(ada, *await some(6))
    first = await drawn(program, await drawing_in(program, ada, winners=2), ada)
    for reason in ("", "  no "):
        with pytest.raises(Refused, match="why it is drawn again"):
            await drawing_actions.draw_again(program.key, first.key, ada, reason=reason, winners=1)
    key = await drawing_actions.draw_again(program.key, first.key, ada, reason="The winner moved away.", winners=1)
    again = await Drawing.get(school_id=program.school_id, key=key)
    assert again.seed != first.seed
    assert again.frozen_at
    before = {lot["number"]: lot for lot in await lots_of(ada, first.id)}
    after = {lot["number"]: lot for lot in await lots_of(ada, again.id)}
    assert set(after) == {number for number, lot in before.items() if lot["won"] is None}
    assert all(after[number]["person_id"] == before[number]["person_id"] for number in after)
    await drawing_actions.draw_drawing(program.key, key, ada)
    assert {number: lot["won"] for number, lot in before.items()} == {
        lot["number"]: lot["won"] for lot in await lots_of(ada, first.id)
    }
    noted = await AuditEntry.filter(school_id=program.school_id, act="drew again").values_list("detail", flat=True)
    assert list(noted) == ["Tent in Lantern Nights: The winner moved away."]


async def test_what_is_won_is_handed_out_to_winners_only_and_never_clawed_back(school, ada, sam):
    olu = await make.student("Olu")
    program = await reached(ada, sam, olu)
    drawing = await drawn(program, await drawing_in(program, ada, winners=1, prize="A tent"), ada)
    lots = await lots_of(ada, drawing.id)
    winner = next(
        student for student in (sam, olu) if any(lot["won"] and lot["person_id"] == student.id for lot in lots)
    )
    other = olu if winner is sam else sam
    tent = await Prize.get(school_id=program.school_id, title="A tent")
    with pytest.raises(Refused):
        await prize_actions.hand_over(program.slug, tent.key, other.key, ada)
    assert (await recognition_of(winner, program)).fetch == ("A tent",)
    assert (await recognition_of(winner, program)).won == (("Tent", drawing.key, 1),)
    assert [number for *_, number in (await recognition_of(other, program)).lots] == [3 - _won(lots)]
    await prize_actions.hand_over(program.slug, tent.key, winner.key, ada)
    await void_all(winner)
    assert (await Standing.get(school_id=program.school_id, person_id=winner.id)).completed_on is None
    assert [(one.what, one.kept) for one in (await recognition_of(winner, program)).given] == [("A tent", False)]
    with pytest.raises(Refused, match="0 of this prize are left"):
        await drawing_actions.draw_again(program.key, drawing.key, ada, reason="One more, please.", winners=1)


def _won(lots):
    return next(lot["number"] for lot in lots if lot["won"])


async def void_all(student):
    for key in await LogEntry.filter(school_id=student.school.id, person_id=student.id).values_list("key", flat=True):
        await log_actions.void_entry(str(key), student)


async def test_rule_16_a_ticket_drawn_for_a_badge_keeps_the_badge(school, ada, sam):
    program = await reached(ada, sam)
    badge = await Badge.get(school_id=program.school_id, program_id=program.id)
    drawing = await drawing_in(program, ada, DrawingRule.BADGE, badge=badge.key)
    await drawn(program, drawing, ada)
    await void_all(sam)
    assert (await Award.get(school_id=program.school_id, person_id=sam.id)).state == "delivered"
    assert await rebuild(program.school_id) == []


async def test_everybody_in_the_school_can_check_it_and_nobody_reads_a_name(browser, school, ada, tom, sam):
    students = await some(6)
    program = await reached(ada, sam, *students, visibility="public")
    drawing = await drawing_in(program, ada, winners=2)
    path = f"/programs/{program.slug}/drawings/{drawing.key}"
    assert (await browser.sign_in(sam).get(path)).status_code == 404
    await drawing_actions.freeze_drawing(program.key, drawing.key, ada)
    frozen = await Drawing.get(school_id=program.school_id, id=drawing.id)
    for who in (sam, tom, ada, school.vera, school.alma):
        page = await browser.sign_in(who).get(path)
        assert page.status_code == 200
        assert frozen.seed_hash in page.text
        assert frozen.seed not in page.text, who.name
        assert "Child" not in words_of(page)
    own = (await Lot.get(school_id=program.school_id, drawing_id=drawing.id, person_id=sam.id)).number
    assert f"Your number is {own}" in words_of(await browser.sign_in(sam).get(path))
    await drawing_actions.draw_drawing(program.key, drawing.key, ada)
    for who in (sam, school.vera, school.alma):
        page = await browser.sign_in(who).get(path)
        assert frozen.seed in page.text
        assert "Child" not in words_of(page)
        numbers = [int(n) for n in re.findall(r"<li><b>Number (\d+)", page.text)]
        rows = re.findall(r'<tr><th scope="row">(\d+)</th><td class="r">(\d+)</td>', page.text)
        assert tuple(numbers) == draw([Ticket(int(n), int(t)) for n, t in rows], 2, frozen.seed)
    for who in (None, school.dora, school.remy, school.rosa):
        answer = await browser.sign_in(who).get(path)
        assert answer.status_code != 200, who
        assert frozen.seed_hash not in answer.text


async def test_a_list_of_few_is_shown_to_who_runs_the_program_only(browser, school, ada, sam):
    program = await reached(ada, sam, *await some(3))
    drawing = await drawn(program, await drawing_in(program, ada), ada)
    path = f"/programs/{program.slug}/drawings/{drawing.key}"
    page = words_of(await browser.sign_in(sam).get(path))
    assert "So few are in it" in page
    assert "Number" not in page.replace("Your number", "")
    assert "4 in it, by number" in words_of(await browser.sign_in(ada).get(path))


async def test_the_desk_makes_freezes_draws_and_draws_again(browser, school, ada, tom):
    program = await reached(ada, *await some(5))
    desk = f"/curate/programs/{program.key}"
    values = {"title": "Tent", "rule": "completed", "badge": "", "winners": "1", "prize": "A tent"}
    browser.sign_in(ada)
    wrong = await fill_in(browser, f"{desk}/drawings/new", values | {"winners": "0", "title": ""})
    assert wrong.status_code == 422
    assert "Give the drawing a name." in words_of(wrong)
    made = await fill_in(browser, f"{desk}/drawings/new", values)
    path = made.headers["location"].removeprefix("/lincoln")
    assert "5 would be in it today" in words_of(await browser.follow(made))
    assert "frozen with 5 in it" in words_of(await browser.follow(await browser.post(f"{path}/freeze")))
    page = words_of(await browser.follow(await browser.post(f"{path}/draw")))
    assert "Drawn: 1 won." in page
    assert re.search(r"Child \d number \d", page)
    again = await fill_in(browser, f"{path}/again", {"reason": "", "winners": "1"})
    assert again.status_code == 422
    again = await fill_in(browser, f"{path}/again", {"reason": "Nobody came.", "winners": "1"})
    assert "This draws Tent again: Nobody came." in words_of(await browser.follow(again))
    for who in (tom, school.sam, school.vera, school.rosa, school.dora):
        assert (await browser.sign_in(who).get(path)).status_code in (403, 404)
        assert (await browser.post(f"{path}/draw")).status_code in (403, 404)


async def test_an_evergreen_program_of_another_school_is_not_found(school, ada, sam):
    program = await reached(ada, sam, starts=dates.today("America/New_York") - timedelta(days=9), ends=None)
    drawing = await drawing_in(program, ada)
    with pytest.raises(NotFound):
        await drawing_actions.freeze_drawing(program.key, drawing.key, school.rosa)


async def test_rule_22_nobody_wins_twice_however_often_it_is_drawn_again(school, ada):
    program = await reached(ada, *await some(4))
    drawing = await drawing_in(program, ada)
    await drawn(program, drawing, ada)
    for number in range(2):  # both repeat the first one
        key = await drawing_actions.draw_again(
            program.key, drawing.key, ada, reason="Nobody came.", winners=1, form_key=f"again {number}"
        )
        await drawing_actions.draw_drawing(program.key, key, ada)
    winners = await Lot.filter(school_id=program.school_id, won__isnull=False).values_list("person_id", flat=True)
    assert len(winners) == len(set(winners)) == 3
