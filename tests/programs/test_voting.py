"""A vote for an award: students choose one of the nominees, and the result is how often each was chosen."""

import re

from engage.programs.activity_models import ActivityDone
from tests import make
from tests.programs.doing import DO, activity, challenge
from tests.programs.test_activity_pages import SLUG, key_of
from tests.school import words_of


async def a_vote(ada, sam, **more):
    """A program with three nominees and one thing to do; the address of its page and the key of the thing."""
    curated = await make.curated_list(ada, "Nominees", items=3, published=True)
    read = {"kind": "list", "unit": "titles", "goal": 1, "title": "Read one", "curated_id": curated.id}
    challenges = [read, DO | {"goal": 1}]
    program = await make.program(by=ada, challenges=challenges, **{"kind": "award voting"} | more)
    key = await activity(program, "My vote goes to", "answer")
    await make.enrolment(program, sam)
    page = f"/programs/{SLUG}/challenges/{(await challenge(program, 'Things to do')).key}"
    return program, page, key


async def test_a_vote_is_one_of_the_nominees_and_counts_once(browser, school, ada, sam):
    program, page, key = await a_vote(ada, sam)
    browser.sign_in(sam)
    shown = await browser.get(page)
    assert "Which one should win?" in words_of(shown)
    titles = re.findall(r'name="given" value="([^"]+)"', shown.text)
    assert titles == ["Book 1 of the sea", "Book 2 of the sea", "Book 3 of the sea"]
    sent = {"form_key": key_of(shown), "activity": key}
    no = await browser.post(f"{page}/do", sent | {"given": "A book of my own"})
    assert (no.status_code, "Choose the one that should win." in words_of(no)) == (422, True)
    assert (await browser.post(f"{page}/do", sent | {"given": ""})).status_code == 422
    yes = await browser.follow(await browser.post(f"{page}/do", sent | {"given": titles[1]}))
    assert f"You chose: {titles[1]}" in words_of(yes)
    answers = await ActivityDone.filter(school_id=school.lincoln.id).values_list("answer", flat=True)
    assert answers == [titles[1]]
    of = f"/curate/programs/{program.key}/challenges/{page.rsplit('/', 1)[1]}/things/{key}/answers"
    assert titles[1] in words_of(await browser.sign_in(ada).get(of))


async def test_other_programs_take_any_answer(browser, school, ada, sam):
    _, page, key = await a_vote(ada, sam, kind="own")
    browser.sign_in(sam)
    shown = await browser.get(page)
    assert "Which one should win?" not in words_of(shown)
    sent = {"form_key": key_of(shown), "activity": key, "given": "A book of my own"}
    yes = await browser.follow(await browser.post(f"{page}/do", sent))
    assert "You wrote: A book of my own" in words_of(yes)
