"""The page of one challenge, for those it serves and those it does not."""

import re
from datetime import timedelta

from engage import dates
from engage.engagement.rules import Mode
from engage.people.rules import Role
from engage.programs import log_actions
from engage.programs.activity_models import ActivityDone, GoalShare, OwnGoal
from engage.programs.entries import Given
from engage.programs.rules import Ending
from tests import make
from tests.programs.doing import CLASS, activity, challenge, of_every_kind, put
from tests.school import as_reader, words_of

SLUG = "lantern-nights"


def today(back=0):
    return dates.today("America/New_York") - timedelta(days=back)


def key_of(response):
    return re.search(r'name="form_key"[^>]*value="([^"]+)"', response.text)[1]


async def path_to(program, title):
    return f"/programs/{SLUG}/challenges/{(await challenge(program, title)).key}"


async def log(by, title, minutes=25, back=1):
    given = Given(today(back), Mode.READING, title=title, minutes=minutes, ending=Ending.FINISHED)
    return (await log_actions.log_entry(given, "", by, sure=True)).entry


async def test_a_challenge_of_each_kind_has_a_page(browser, school, ada, tom, sam):
    program = await of_every_kind(by=ada, visibility="public")
    await activity(program, "Build a den")
    await activity(program, "Something blue", "prompt", "Prompts")
    await make.enrolment(program, sam)
    await log(sam, "Kites")
    for who in (sam, tom, ada, None):
        browser.sign_in(who)
        shown = words_of(await browser.get(f"/programs/{SLUG}"))
        for title in ("Bingo", "Things to do", "Prompts", "Three in a row", "My goal", "Room 12 together", "All of us"):
            assert title in shown
            assert (await browser.get(await path_to(program, title))).status_code == 200, title
    browser.sign_in(school.remy)
    assert (await browser.get(f"/programs/{SLUG}/challenges/nothing")).status_code == 404


async def test_a_hidden_program_has_no_challenge_to_look_at(browser, school, ada, sam):
    program = await of_every_kind(by=ada, state="draft")
    path = await path_to(program, "Bingo")
    assert (await browser.sign_in(sam).get(path)).status_code == 404
    assert (await browser.sign_in(ada).get(path)).status_code == 200


async def test_a_square_says_how_it_was_filled_or_what_is_missing(browser, school, ada, sam):
    program = await of_every_kind(by=ada)
    await make.enrolment(program, sam)
    await log(sam, "Kites")
    page = await browser.sign_in(sam).get(await path_to(program, "Bingo"))
    shown = words_of(page)
    assert "0 of 1 line" in shown
    assert 'href="#square-3"' in page.text
    assert 'id="square-3"' in page.text
    assert "20 minutes , filled" in re.sub(r"\s+", " ", shown)
    assert "Log 5 more minutes." in shown


async def test_an_activity_is_done_undone_and_told(browser, school, ada, sam):
    program = await of_every_kind(by=ada)
    await activity(program, "Build a den")
    await make.enrolment(program, sam)
    path = await path_to(program, "Things to do")
    page = await browser.sign_in(sam).get(path)
    assert "I did it" in page.text
    key = re.search(r'name="activity"[^>]*value="([^"]+)"', page.text)[1]
    sent = {"activity": key, "form_key": key_of(page)}
    told = words_of(await browser.follow(await browser.post(f"{path}/do", sent)))
    assert "Done. That makes 1 of 2 activities." in told
    assert "1 of 2 activities" in told
    assert (await browser.post(f"{path}/do", sent)).status_code == 303
    assert await ActivityDone.filter(school_id=school.card.id).count() == 1
    page = await browser.get(path)
    assert "I did it" not in page.text
    (undo,) = set(re.findall(r'action="/lincoln(/[^"]+/undo)"', page.text))
    assert "Taken back." in words_of(await browser.follow(await browser.post(undo)))
    assert "I did it" in (await browser.get(path)).text


async def test_a_wrong_code_comes_back_with_its_sentence(browser, school, ada, sam):
    program = await of_every_kind(by=ada)
    code = await activity(program, "Find the word", "code", code="Owl")
    await activity(program, "Another word", "code", code="Fox")
    await make.enrolment(program, sam)
    path = await path_to(program, "Things to do")
    page = await browser.sign_in(sam).get(path)
    sent = {"activity": code, "form_key": key_of(page), "given": "owel"}
    refused = await browser.post(f"{path}/do", sent)
    assert refused.status_code == 422
    assert refused.text.count("That is not the code word") == 2  # in the summary and beside the field
    assert f'href="#given-{code}"' in refused.text
    assert refused.text.count('value="owel"') == 1
    assert "Owl" not in words_of(refused)


async def test_a_prompt_offers_the_own_log_and_nothing_else(browser, school, ada, sam):
    program = await of_every_kind(by=ada)
    await activity(program, "Something blue", "prompt", "Prompts")
    await make.enrolment(program, sam)
    ben = await make.student("Ben")
    await log(ben, "A secret of Ben")
    path = await path_to(program, "Prompts")
    page = await browser.sign_in(sam).get(path)
    assert "Log something first" in words_of(page)
    await log(sam, "Kites")
    page = await browser.get(path)
    assert "Kites" in words_of(page)
    assert "A secret" not in page.text
    sent = {"activity": re.search(r'name="activity"[^>]*value="([^"]+)"', page.text)[1], "form_key": key_of(page)}
    refused = await browser.post(f"{path}/do", sent)
    assert refused.status_code == 422
    assert "Choose what you read" in words_of(refused)
    entry = re.search(r'name="entry" value="([^"]+)"', page.text)[1]
    done = words_of(await browser.follow(await browser.post(f"{path}/do", {**sent, "entry": entry})))
    assert "1 of 2 prompts" in done
    # what a student answers with is nobody else's to read (SAFETY.md, P2)
    assert "Kites" not in (await browser.sign_in(ada).get(path)).text


async def test_an_own_goal_is_set_on_its_page(browser, school, ada, sam):
    program = await of_every_kind(by=ada)
    await make.enrolment(program, sam)
    path = await path_to(program, "My goal")
    page = await browser.sign_in(sam).get(path)
    assert "We suggest 100." in words_of(page)
    bad = await browser.post(f"{path}/goal", {"form_key": key_of(page), "goal": "many"})
    assert bad.status_code == 422
    assert "Write a whole number, like 25." in words_of(bad)
    shown = words_of(await browser.follow(await browser.post(f"{path}/goal", {"form_key": "k", "goal": "250"})))
    assert "0 of 250 minutes" in shown
    assert await OwnGoal.filter(school_id=school.card.id).values_list("goal", flat=True) == [250]


async def test_what_few_add_together_is_withheld(browser, school, ada, sam):
    program = await of_every_kind(by=ada)
    await make.enrolment(program, sam)
    room = min(sam.class_ids)
    await log(sam, "Kites", minutes=40)
    path, whole = await path_to(program, "Room 12 together"), await path_to(program, "All of us")
    browser.sign_in(sam)

    async def shares(title, people, class_id):
        of = await challenge(program, title)
        for number in range(people):
            somebody = await make.student(f"{title} {class_id} {number}")
            made = {"school_id": school.card.id, "challenge_id": of.id, "person_id": somebody.id}
            for room in {0, class_id}:
                await GoalShare.create(**made, class_id=room, amount=100)

    assert "You added 40 of it." in words_of(await browser.get(path))
    await shares("Room 12 together", 4, room)
    assert "440" not in words_of(await browser.get(path))
    await shares("Room 12 together", 1, room)
    assert "Done, 540 minutes by now" in words_of(await browser.get(path))
    await shares("All of us", 4, 0)
    assert "440" not in words_of(await browser.get(whole))
    await shares("All of us", 1, 99)
    assert "540 of 6,000 minutes" in words_of(await browser.get(whole))
    # two others outside the class would be told by the difference of the two
    await shares("Room 12 together", 2, 98)
    assert "540" not in words_of(await browser.get(path))


async def test_who_does_not_take_part_is_offered_nothing_to_do(browser, school, ada, tom, sam):
    program = await of_every_kind(by=ada)
    key = await activity(program, "Build a den")
    path = await path_to(program, "Things to do")
    for who in (sam, tom):
        page = await browser.sign_in(who).get(path)
        assert "Build a den" in page.text
        assert "I did it" not in page.text
        assert (await browser.post(f"{path}/do", {"activity": key, "form_key": "k"})).status_code in (403, 404)
    assert await ActivityDone.filter(school_id=school.card.id).count() == 0


async def test_the_pages_of_challenges_cost_a_steady_number_of_statements(browser, school, ada, sam, statements):
    program = await of_every_kind(by=ada)
    for number in range(2):
        await activity(program, f"Thing {number}")
        await activity(program, f"Prompt {number}", "prompt", "Prompts")
    await make.enrolment(program, sam)
    await log(sam, "Kites")
    paths = [await path_to(program, title) for title in ("Bingo", "Things to do", "Prompts", "All of us")]
    browser.sign_in(sam)

    async def counted():
        numbers = []
        for path in paths:
            await browser.get(path)
            statements.forget()
            assert (await browser.get(path)).status_code == 200
            numbers.append(len(statements))
        return numbers

    few = await counted()
    await make.facts(sam, [(1 + number % 15, 5) for number in range(200)])
    for number in range(2, 12):
        await activity(program, f"Thing {number}")
        await activity(program, f"Prompt {number}", "prompt", "Prompts")
        await make.program(by=ada, title=f"More {number}")
    assert await counted() == few
    assert max(few) <= 20


async def test_a_class_goal_is_seen_by_who_is_in_the_class_and_by_who_teaches_it(browser, school, ada, tom, sam):
    program = await make.program(by=ada, challenges=[CLASS], visibility="public")
    people = [sam]
    for number in range(5):
        person = await make.person(f"Pupil {number}", Role.STUDENT, school.lincoln, grade=3)
        await make.in_class(person, school.room, Role.STUDENT)
        people.append(await as_reader(person, "lincoln"))
    for one in people:
        await make.enrolment(program, one)
    await put(sam, 20)
    alone = words_of(await browser.sign_in(sam).get(f"/programs/{program.slug}"))
    assert "once more people have added something" in alone
    assert "0 of 500" not in alone  # what is withheld is not nothing
    for one in people[1:]:
        await put(one, 20)
    for who, said in (
        (sam, "120 of 500 minutes, your class together"),
        (tom, "120 of 500 minutes, your class together"),
        (ada, "500 minutes, each class together Each class sees how far it is."),
        (school.vera, "500 minutes, each class together Each class sees how far it is."),
        (None, "500 minutes, each class together Each class sees how far it is."),
    ):
        assert said in words_of(await browser.sign_in(who).get(f"/programs/{program.slug}")), who
