"""The lists that challenges ask for, and who is told of them: a list that somebody may not see does not exist (A3)."""

import pytest

from engage.errors import Refused
from engage.lists.models import CuratedList
from engage.lists.rules import State, Visibility
from engage.programs.challenge_actions import put_challenge
from engage.programs.models import Challenge
from engage.programs.rules import ChallengeKind, Unit
from tests import make


async def test_a_list_is_named_to_those_alone_who_may_see_it(browser, school, ada, tom, sam):
    curated = await make.curated_list(by=ada, title="Owls at night", items=2, published=True)
    program = await make.program(by=ada, challenges=[{"goal": 2, "curated": curated}], visibility="public")
    challenge = await Challenge.get(school_id=school.card.id, program_id=program.id)
    await make.enrolment(program, sam)
    page = f"/programs/{program.slug}"
    rows = CuratedList.filter(school_id=school.card.id, id=curated.id)

    async def told(who):
        reader = browser.sign_in(who) if who else browser.sign_out()
        pages = [await reader.get(page), await reader.get(f"{page}/challenges/{challenge.key}")]
        assert [one.status_code for one in pages] == [200, 200]
        return ["Owls at night" in one.text and f"/lists/{curated.slug}" in one.text for one in pages]

    for visibility, state, who_sees in (
        (Visibility.PUBLIC, State.PUBLISHED, {None, tom, sam}),
        (Visibility.SCHOOL, State.PUBLISHED, {tom, sam}),
        (Visibility.STAFF, State.PUBLISHED, {tom}),
        (Visibility.SCHOOL, State.WITHDRAWN, set()),
    ):
        await rows.update(visibility=visibility, state=state)
        for who in (None, tom, sam):
            assert await told(who) == [who in who_sees] * 2, (visibility, state, who)


async def test_a_list_for_staff_alone_is_no_challenge_for_students(browser, school, ada):
    curated = await make.curated_list(
        by=ada, title="For our desk", items=2, published=True, visibility=Visibility.STAFF.value
    )
    program = await make.program(by=ada)
    with pytest.raises(Refused, match="that students see"):
        await put_challenge(program.key, "", ada, title="", unit=Unit.TITLES, goal=1, curated=curated.key)
    form = await browser.sign_in(ada).get(f"/curate/programs/{program.key}/challenges/new?kind={ChallengeKind.LIST}")
    assert "Which list?" in form.text
    assert "For our desk" not in form.text


async def test_a_program_without_badges_counts_none(browser, school, ada, sam):
    program = await make.program(by=ada)
    await make.enrolment(program, sam)
    page = (await browser.sign_in(sam).get(f"/programs/{program.slug}")).text
    assert "You did it" in page or "to go" in page
    assert "of 0" not in page
    assert "You have them all" not in page
