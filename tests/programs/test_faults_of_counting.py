"""Faults of other systems (AADL, Beanstack, TGRA) that the rules of PRODUCT.md, section 4, exclude."""

import json

import pytest

from engage.engagement.rules import Mode
from engage.programs import actions, log_actions
from engage.programs.awards import (
    FromList,
    Shared,
)
from engage.programs.drawings import Ticket, draw
from engage.programs.entries import Given
from engage.programs.facts import Count, GrantFact
from engage.programs.models import (
    Award,
    LogEntry,
    Standing,
)
from engage.programs.queries import figures_of
from engage.programs.telling import told
from tests import make
from tests.programs.doing import minutes, put, today
from tests.programs.facts import (
    MINUTES,
    PAGES,
    POINT,
    SIXTY,
    amounts,
    challenges,
    counted,
    finish,
    held,
    log,
    noon,
    october,
    program,
    total,
)

# faults of other systems (AADL, Beanstack, TGRA)


def test_fault_no_whole_number_division_per_entry_loses_remainders():
    entries = [log(number, number, 19) for number in range(1, 21)]
    assert counted(program(points=(POINT,)), *entries).points == 19 * 20 // 20


def test_fault_no_entry_is_without_a_date():
    assert LogEntry._meta.fields_map["on"].null is False
    with pytest.raises(TypeError):
        log(1)


def test_fault_no_badge_is_kept_or_lost_by_hand_after_a_correction():
    entries = log(1, 1, 30), log(2, 2, 30)
    assert held(counted(SIXTY, *entries)) == {"sixty": october(2)}
    assert held(counted(SIXTY, *entries, log(3, 2, 20, supersedes=2))) == {}
    assert held(counted(SIXTY, *entries, log(3, 2, 20, supersedes=2), log(4, 1, 10))) == {"sixty": october(2)}


def test_fault_a_badge_added_later_reaches_those_who_earned_it():
    assert held(counted(SIXTY, log(1, 1, 30), log(2, 2, 30))) == {"sixty": october(2)}


def test_fault_nothing_is_awarded_after_the_program_closed():
    after = log(2, 31, 60, at=40), GrantFact("sixty", october(33), noon(33)), GrantFact("sixty", october(9), noon(41))
    assert held(counted(SIXTY, log(1, 1, 30), *after)) == {}


def test_fault_a_drawing_keeps_to_its_number_of_winners_whatever_else_is_set():
    lots = [Ticket(number, number) for number in range(1, 30)]
    for winners in (1, 2, 29, 50):
        assert len(draw(lots, winners, "ab" * 32)) == min(winners, 29)


async def test_fault_a_withdrawn_completion_counts_no_longer(school, ada, sam):
    program = await make.program(by=ada)
    await actions.join("lantern-nights", sam)
    await put(sam, 60)
    assert (await figures_of(ada, program.id)).completed == 1
    await actions.leave("lantern-nights", sam)
    figures = await figures_of(ada, program.id)
    assert (figures.joined, figures.completed, figures.minutes, dict(figures.challenges)) == (0, 0, 0, {})


async def test_fault_no_row_is_removed_while_its_badge_stays(school, ada, sam):
    await make.enrolment(await make.program(by=ada, badges=[{"title": "Ten", "rule": json.dumps(minutes(10))}]), sam)
    key = await put(sam)
    assert await Award.filter(school_id=school.card.id).values_list("state", flat=True) == ["earned"]
    await log_actions.void_entry(key, sam)
    assert await Award.filter(school_id=school.card.id).values_list("state", flat=True) == ["withdrawn"]


async def test_fault_a_completion_can_be_undone(school, ada, sam):
    await make.enrolment(await make.program(by=ada), sam)
    key = await put(sam, 60)
    assert await Standing.filter(school_id=school.card.id).values_list("completed_on", flat=True) == [today()]
    await log_actions.void_entry(key, sam)
    assert await Standing.filter(school_id=school.card.id).values_list("completed_on", flat=True) == [None]


def test_fault_nothing_is_quick_completed_without_an_amount():
    rules = program(challenges=challenges(m=total(MINUTES, 20), p=total(PAGES, 10)))
    assert counted(rules, finish(1, 1, 7)).completed_on is None
    assert [one[0] for one in amounts(counted(rules, finish(1, 1, 7))).values()] == [0, 0]


def test_fault_nothing_empty_is_shown_as_completed():
    assert counted(program(), log(1, 1, 60)).completed_on is None
    assert counted(program(challenges=challenges(c=FromList(1, ()))), finish(1, 1, 7)).completed_on is None
    assert counted(program(challenges=challenges(c=Shared(Count(MINUTES), 1))), log(1, 1, 60)).completed_on is None


async def test_fault_one_act_gives_no_nine_notices(school, ada, sam):
    rule = json.dumps(minutes(10))
    badges = [{"title": f"Badge {number}", "rule": rule} for number in range(9)]
    await make.enrolment(await make.program(by=ada, badges=badges), sam)
    kept = await log_actions.log_entry(Given(today(), Mode.READING, minutes=20), "", sam, sure=True)
    assert len(told(kept, "log")) == 1
    gone = await log_actions.void_entry(kept.entry, sam)
    assert len(told(gone, "void")) <= 3
