"""List challenges that take the titles in the order of the list: the first ones, each in its turn."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.errors import Refused
from engage.lists import editing
from engage.lists.models import ListItem
from engage.programs import log_actions
from engage.programs.awards import FromList, Listed
from engage.programs.challenge_actions import put_challenge
from engage.programs.challenge_rules import IN_ORDER
from engage.programs.entries import Given
from engage.programs.freezing import freeze, thaw
from engage.programs.models import Challenge, ChallengeResource, Progress
from engage.programs.rebuild import rebuild
from engage.programs.rules import ChallengeKind, Ending, Unit
from tests import make
from tests.programs.facts import challenges, counted, finish, october, program, void
from tests.programs.test_rules_of_counting import amounts, today


def of(goal, *items):
    """A program with one list challenge in order. items: a resource's number, or a Listed."""
    listed = tuple(one if isinstance(one, Listed) else Listed(one) for one in items)
    return program(challenges=challenges(c=FromList(goal, listed, in_order=True)))


def got(rules, *entries):
    return amounts(counted(rules, *entries))["c"]


def test_each_title_counts_in_its_turn():
    rules = of(2, 7, 8, 9)
    assert got(rules, finish(1, 1, 7), finish(2, 4, 8)) == (2, 2, october(4))
    assert got(rules, finish(1, 1, 7), finish(2, 4, 9)) == (1, 2, None)
    assert got(rules, finish(1, 1, 8), finish(2, 4, 7)) == (1, 2, None)
    assert got(rules, finish(1, 1, 8), finish(2, 4, 7), finish(3, 6, 8)) == (2, 2, october(6))
    assert got(rules, finish(2, 4, 7), finish(1, 4, 8)) == (2, 2, october(4))  # rules know days, not moments


def test_what_left_the_list_keeps_its_credit_and_holds_up_nobody():
    rules = of(2, 7, Listed(8, until=october(5)), 9)
    assert got(rules, finish(1, 1, 7), finish(2, 4, 8)) == (2, 2, october(4))
    assert got(rules, finish(1, 1, 7), finish(2, 8, 8)) == (1, 2, None)
    assert got(rules, finish(1, 1, 7), finish(2, 8, 9)) == (2, 2, october(8))
    assert got(of(2, Listed(7, until=october(5)), 8), finish(1, 3, 8), finish(2, 4, 7))[1:] == (1, october(3))


def test_a_removed_entry_takes_the_turns_after_it():
    rules = of(3, 7, 8, 9)
    entries = [finish(number, number, 6 + number) for number in (1, 2, 3)]
    assert got(rules, *entries) == (3, 3, october(3))
    assert got(rules, *entries, void(2, 5)) == (1, 3, None)


def test_the_order_is_kept_with_former_rules():
    rules = program(frozen_at=None, challenges=challenges(c=FromList(2, (Listed(9), Listed(7)), in_order=True)))
    assert thaw(freeze(rules)) == rules
    before = json.loads(freeze(rules))
    del before["challenges"][0][2]["in_order"]
    assert not thaw(json.dumps(before)).challenges[0].rule.in_order


finishes = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 4)), max_size=12)


@given(finishes, st.tuples(st.integers(1, 30), st.integers(1, 4)), st.lists(st.none() | st.integers(1, 30), max_size=4))
def test_more_that_was_done_never_takes_anything(done, more, until):
    """Awards that were lost are looked for on this ground (counting._withdrawn)."""
    ends = [*until, *(None for _ in range(4 - len(until)))]
    rules = of(3, *(Listed(number, until=day and october(day)) for number, day in enumerate(ends, 1)))
    entries = [finish(number, day, resource) for number, (day, resource) in enumerate(done, 1)]
    before, after = got(rules, *entries), got(rules, *entries, finish(99, *more))
    assert after[0] >= before[0]
    assert before[2] is None or after[2] is not None


async def a_challenge(ada, *books, goal=2):
    program = await make.program(by=ada)
    curated = await make.curated_list(by=ada, items=list(books), published=True)
    details = {IN_ORDER: True}
    key = await put_challenge(
        program.key, "", ada, title="", unit=Unit.TITLES, goal=goal, curated=curated.key, details=details
    )
    return program, curated, await Challenge.get(school_id=ada.school.id, key=key)


async def finished(who, book, back=0):
    given = Given(today(back), book.mode, book.key, ending=Ending.FINISHED)
    await log_actions.log_entry(given, "", who, sure=True)


async def test_the_order_of_the_list_when_the_first_student_was_counted_stays(school, ada, sam):
    one, two = await make.resources(2)
    program, curated, challenge = await a_challenge(ada, one, two)
    await make.enrolment(program, sam)
    await finished(sam, one, back=1)
    of = {"school_id": school.card.id, "challenge_id": challenge.id}
    assert await Progress.filter(**of).values_list("amount", "goal") == [(1, 2)]
    second = await ListItem.get(school_id=school.card.id, resource_id=two.id)
    await editing.move_item(curated.key, second.key, to="top", by=ada)
    await finished(sam, two)
    assert await Progress.filter(**of).values_list("amount", "done_on") == [(2, today())]
    noted = ChallengeResource.filter(**of).order_by("id")
    assert await noted.values_list("resource_id", flat=True) == [one.id, two.id]
    assert await rebuild(school.card.id) == []


async def test_titles_that_have_to_be_done_and_an_order_exclude_each_other(school, ada):
    (book,) = await make.resources(1)
    program, curated, challenge = await a_challenge(ada, book, goal=1)
    with pytest.raises(Refused, match="order of the list"):
        await put_challenge(
            program.key,
            challenge.key,
            ada,
            title="",
            unit=Unit.TITLES,
            goal=1,
            curated=curated.key,
            required=(book.key,),
            details={IN_ORDER: True},
        )


async def test_the_order_is_chosen_on_the_form_and_told_to_students(browser, school, ada, sam):
    one, two = await make.resources(2)
    program = await make.program(by=ada)
    curated = await make.curated_list(by=ada, items=[one, two], published=True)
    ours = browser.sign_in(ada)
    address = f"/curate/programs/{program.key}/challenges"
    sent = {"title": "Step by step", "curated": curated.key, "goal": "2", "in_order": "y"}
    await ours.post(f"{address}/new?kind={ChallengeKind.LIST}", sent)
    challenge = await Challenge.get(school_id=school.card.id, title="Step by step")
    form = (await ours.get(f"{address}/{challenge.key}")).text
    assert 'checked id="in_order"' in form
    page = f"/programs/{program.slug}"
    assert "The first 2 titles, in order" in (await ours.get(page)).text
    await make.enrolment(program, sam)
    theirs = browser.sign_in(sam)
    assert (
        f'Next in order: <a href="/lincoln/resources/{one.key}"'
        in (await theirs.get(f"{page}/challenges/{challenge.key}")).text
    )
    await finished(sam, one)
    told = (await theirs.get(f"{page}/challenges/{challenge.key}")).text
    assert f'Next in order: <a href="/lincoln/resources/{two.key}"' in told
    assert "Finish 1 more title from the list, in its order." in told
