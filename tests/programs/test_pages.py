"""The pages of programs, for those they serve and those they do not."""

import json
import re
from datetime import timedelta

import pytest

from engage import dates
from engage.programs.models import Award, Challenge, Enrolment, EntryVoid, LogEntry, Saved
from engage.programs.running_actions import put_away
from tests import make
from tests.school import words_of

SIXTY = {"title": "Sixty", "rule": json.dumps({"rule": "total", "unit": "minutes", "goal": 60}), "mark": "60"}
FILLED = {"mode": "reading", "title": "Owl Moon", "minutes": "20", "ending": "", "when": "today"}


def today(back=0):
    return dates.today("America/New_York") - timedelta(days=back)


def key_of(response):
    return re.search(r'name="form_key"[^>]*value="([^"]+)"', response.text)[1]


async def send(browser, path, **values):
    """Open a form, fill it in, send it, and give the page that follows."""
    shown = await browser.get(path)
    assert shown.status_code == 200, words_of(shown)[:300]
    return await browser.post(path, {**FILLED, "form_key": key_of(shown), **values})


async def test_programs_are_shown_to_everybody_they_are_for(browser, school, ada, tom, sam):
    await make.program(by=ada, title="Lantern Nights")
    await make.program(by=ada, title="Open to all", visibility="public")
    await make.program(by=ada, title="A draft", state="draft")
    await make.program(by=ada, title="Grade nine", grade_low=9)
    for somebody, seen in (
        (None, {"Open to all"}),
        (sam, {"Lantern Nights", "Open to all"}),
        (tom, {"Lantern Nights", "Open to all", "Grade nine"}),
        (school.vera, {"Lantern Nights", "Open to all", "Grade nine"}),
        (school.remy, {"Open to all"}),
    ):
        page = words_of(await browser.sign_in(somebody).get("/programs"))
        assert {title for title in ("Lantern Nights", "Open to all", "A draft", "Grade nine") if title in page} == seen
        for slug, title in (
            ("lantern-nights", "Lantern Nights"),
            ("open-to-all", "Open to all"),
            ("a-draft", "A draft"),
        ):
            status = (await browser.get(f"/programs/{slug}")).status_code
            assert status == (200 if title in seen else 404), (somebody, slug)


async def test_a_hidden_program_looks_like_none(browser, school, ada, sam):
    await make.program(by=ada, title="A draft", state="draft")

    async def bare(path):
        response = await browser.sign_in(sam).get(path)
        return response.status_code, re.sub(r"[0-9a-f]{10}|\?next=[^\"]*|value=\"/[^\"]*\"", "", response.text)

    assert await bare("/programs/a-draft") == await bare("/programs/never-was")


async def test_the_program_that_a_count_is_of_is_named_where_two_move(browser, school, ada, sam):
    await make.program(by=ada, title="First", challenges=[{"unit": "minutes", "goal": 10}], credit="joining")
    await make.program(by=ada, title="Second", challenges=[{"unit": "minutes", "goal": 600}])
    browser.sign_in(sam)
    for slug in ("first", "second"):
        await browser.post(f"/programs/{slug}/join")
    early = await browser.follow(await send(browser, "/programs/first/log", when="yesterday"))
    assert "Logged. It stands in your log. First counts from the day on which you joined." in words_of(early)
    assert "That makes 20 of 600 minutes in Second." in words_of(early)
    again = words_of(await browser.follow(await send(browser, "/programs/second/log", title="Kites")))
    assert "Logged. That makes 40 of 600 minutes. You did" in again
    assert "It stands in your log." not in again


async def test_a_student_joins_and_logs_and_is_told_what_it_came_to(browser, school, ada, sam):
    await make.program(by=ada, challenges=[{"unit": "minutes", "goal": 60}], badges=[SIXTY], how="Read.\nLog it.")
    browser.sign_in(sam)
    page = await browser.get("/programs/lantern-nights")
    assert "Take part" in page.text
    assert "Log it." in page.text
    assert (await browser.get("/programs/lantern-nights/log")).status_code == 404

    joined = await browser.follow(await browser.post("/programs/lantern-nights/join"))
    assert "You are in Lantern Nights." in words_of(joined)
    answer = await send(browser, "/programs/lantern-nights/log")
    assert answer.headers["location"] == "/lincoln/programs/lantern-nights"
    page = words_of(await browser.follow(answer))
    assert "Logged. That makes 20 of 60 minutes." in page
    assert "20 of 60" in page
    assert "Log 40 more minutes." in page

    page = words_of(await browser.follow(await send(browser, "/programs/lantern-nights/log", minutes="45")))
    assert "That makes 65 minutes. You did the challenge “60 minutes”. You earned the badge “Sixty”." in page
    assert "That completes Lantern Nights." in page
    assert f"Earned {today().day} {today():%B}" in page


async def test_a_correction_that_takes_a_badge_is_said_kindly(browser, school, ada, sam):
    program = await make.program(by=ada, badges=[SIXTY])
    await make.enrolment(program, sam)
    browser.sign_in(sam)
    await send(browser, "/programs/lantern-nights/log", minutes="other", other_minutes="62")
    entry = await LogEntry.get(school_id=school.card.id)
    form = await browser.get(f"/me/log/{entry.key}")
    assert 'value="62"' in form.text
    page = words_of(await browser.follow(await send(browser, f"/me/log/{entry.key}", minutes="10", other_minutes="")))
    assert "Changed. That makes 10 of 60 minutes." in page
    assert "You changed an entry, so the badge “Sixty” is not yours at the moment." in page
    assert "You had 62 minutes; now it is 10 of 60." in page
    page = words_of(await browser.get("/programs/lantern-nights"))
    assert "is not yours at the moment" in page
    assert "Log 50 more minutes." in page
    assert "!" not in page


async def test_taking_an_entry_out_can_be_undone(browser, school, ada, sam):
    browser.sign_in(sam)
    await send(browser, "/me/log/new")
    entry = await LogEntry.get(school_id=school.card.id)
    page = await browser.follow(await browser.post(f"/me/log/{entry.key}/remove"))
    assert "Taken out of your log." in words_of(page)
    assert "Owl Moon" not in words_of(page).split("Latest")[1]
    undo = re.search(r'action="([^"]+/restore)"', page.text)[1]
    page = await browser.follow(await browser.post(undo))
    assert "Owl Moon" in words_of(page).split("Latest")[1]
    assert await EntryVoid.filter(school_id=school.card.id).count() == 1


async def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(browser, school, ada, sam):
    await make.enrolment(await make.program(by=ada), sam)
    browser.sign_in(sam)
    for values, sentence in (
        ({"when": "other", "on": today(-1).isoformat()}, "That day has not come yet."),
        ({"when": "other", "on": today(8).isoformat()}, "You can log back to"),
        ({"when": "other", "on": ""}, "Pick the day."),
        ({"minutes": "other"}, "Write the number of minutes."),
        ({"minutes": "other", "other_minutes": "0"}, "Minutes must be a whole number, 1 or more."),
        ({"minutes": "other", "other_minutes": "many"}, "Write a whole number, like 25."),
        ({"minutes": "", "other_minutes": ""}, "Tell us for how long, or that you finished it."),
        ({"title": "", "ending": "finished"}, "Tell us what it was called."),
        ({"mode": "smelling"}, "Choose one of those that are offered."),
    ):
        answer = await send(browser, "/programs/lantern-nights/log", **{"title": "My <own> book", **values})
        assert answer.status_code == 422, values
        assert sentence in words_of(answer).replace("&#39;", "'"), (values, words_of(answer)[:600])
        assert "There is a problem" in answer.text
        if "title" not in values:
            assert 'value="My &lt;own&gt; book"' in answer.text
    assert await LogEntry.filter(school_id=school.card.id).count() == 0


async def test_a_form_sent_a_day_later_is_about_the_day_on_which_it_was_opened(browser, school, ada, sam):
    await make.enrolment(await make.program(by=ada), sam)
    browser.sign_in(sam)
    page = await browser.get("/programs/lantern-nights/log")
    assert f'name="shown_on" type="hidden" value="{today()}"' in page.text
    sent = {**FILLED, "form_key": "a form kept in the pocket", "shown_on": today(1).isoformat()}
    for _ in range(2):
        assert (await browser.post("/programs/lantern-nights/log", sent)).status_code == 303
    (entry,) = await LogEntry.filter(school_id=school.card.id)
    assert entry.on == today(1)
    first = {**FILLED, "form_key": "the first day there is", "shown_on": "0001-01-01", "when": "yesterday"}
    assert (await browser.post("/programs/lantern-nights/log", first | {"minutes": "9"})).status_code < 500
    ahead = {**FILLED, "form_key": "from a clock that is wrong", "shown_on": today(-3).isoformat()}
    await browser.post("/programs/lantern-nights/log", ahead | {"shown_on": "nonsense", "minutes": "10"})
    await browser.post("/programs/lantern-nights/log", ahead | {"form_key": "another", "minutes": "15"})
    assert await LogEntry.filter(school_id=school.card.id, on=today()).count() == 2


async def test_a_double_click_makes_one_entry_and_the_same_again_is_asked_about(browser, school, ada, sam):
    await make.enrolment(await make.program(by=ada), sam)
    browser.sign_in(sam)
    filled = {**FILLED, "form_key": key_of(await browser.get("/programs/lantern-nights/log"))}
    for _ in range(2):
        assert (await browser.post("/programs/lantern-nights/log", filled)).status_code == 303
    assert await LogEntry.filter(school_id=school.card.id).count() == 1
    asked = await send(browser, "/programs/lantern-nights/log")
    assert asked.status_code == 422
    assert "You logged the same a moment ago. Is this one more?" in words_of(asked)
    assert asked.text.count('name="sure"') == 1  # the button alone, or a browser would send two answers
    assert (await send(browser, "/programs/lantern-nights/log", sure="yes")).status_code == 303
    assert await LogEntry.filter(school_id=school.card.id).count() == 2


@pytest.mark.parametrize(
    "path",
    ["/me", "/me/log", "/me/log/new", "/me/shelf", "/me/calendar", "/programs/lantern-nights/log"],
)
async def test_ones_own_pages_are_for_students_alone(browser, school, ada, tom, sam, path):
    await make.enrolment(await make.program(by=ada), sam)
    for somebody in (None, ada, tom, school.vera, school.alma, school.dora, school.remy, school.rosa):
        assert (await browser.sign_in(somebody).get(path)).status_code == 404, somebody
    assert (await browser.sign_in(sam).get(path)).status_code == 200


async def test_nobody_reaches_anothers_entry(browser, school, ada, tom, sam):
    browser.sign_in(sam)
    await send(browser, "/me/log/new")
    entry = await LogEntry.get(school_id=school.card.id)
    ben = await make.student("Ben")
    for somebody, status in ((ben, 404), (school.remy, 404), (None, 404), (tom, 403), (ada, 403)):
        browser.sign_in(somebody)
        assert (await browser.get(f"/me/log/{entry.key}")).status_code == status
        assert (await browser.post(f"/me/log/{entry.key}", FILLED)).status_code == status
        for act in ("remove", "restore"):
            assert (await browser.post(f"/me/log/{entry.key}/{act}")).status_code == status
    assert await EntryVoid.filter(school_id=school.card.id).count() == 0


async def test_the_log_shows_ones_own_entries_and_nobody_elses(browser, school, ada, sam):
    ben = await make.student("Ben")
    await browser.sign_in(ben).post("/me/log/new", {**FILLED, "title": "Secret of Ben"})
    await browser.sign_in(sam).post(
        "/me/log/new", {**FILLED, "title": "Kites", "ending": "finished", "feeling": "loved"}
    )
    page = words_of(await browser.get("/me/log"))
    assert "Kites" in page
    assert "I loved it" in page
    assert "Secret of Ben" not in page
    assert "Secret of Ben" not in words_of(await browser.get("/me"))
    assert "Kites" not in words_of(await browser.get("/me/log?mode=listening"))
    assert (await browser.get("/me/log?mode=smelling&after=nonsense")).status_code == 200


async def test_the_log_is_paged_by_its_last_entry(browser, school, sam):
    await make.facts(sam, [(number % 7, 5) for number in range(45)])
    browser.sign_in(sam)
    seen, path = 0, "/me/log"
    while path:
        page = await browser.get(path)
        seen += page.text.count('class="log"')
        following = re.search(r'href="(/lincoln/me/log\?after=[^"]+)"', page.text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert seen == 45


async def test_saving_and_finishing_come_back_to_where_they_were_said(browser, school, ada, sam):
    owl = await make.resource("Owl Moon")
    await make.curated_list(by=ada, title="Sea stories", items=[owl], published=True)
    browser.sign_in(sam)
    answer = await browser.post(f"/resources/{owl.key}/save", {"back": "/lincoln/lists/sea-stories"})
    assert answer.headers["location"] == f"/lincoln/lists/sea-stories#own-{owl.key}"
    assert "Saved. Owl Moon waits on your shelf." in words_of(await browser.follow(answer))
    assert "Owl Moon" in words_of(await browser.get("/me/shelf"))
    for _ in range(2):
        answer = await browser.post(f"/resources/{owl.key}/finish", {"back": "/lincoln/lists/sea-stories"})
        assert answer.headers["location"] == f"/lincoln/lists/sea-stories#own-{owl.key}"
    assert "Stamped." in words_of(await browser.follow(answer))
    assert await LogEntry.filter(school_id=school.card.id).count() == 1
    page = words_of(await browser.get("/me/shelf"))
    assert "Finished" in page
    assert "For later" not in page
    evil = await browser.post(f"/resources/{owl.key}/save", {"back": "//evil.example", "undo": "1"})
    assert evil.headers["location"] == "/lincoln/me/shelf"
    assert await Saved.filter(school_id=school.card.id).count() == 0


async def test_only_students_save_and_finish(browser, school, ada, tom):
    owl = await make.resource("Owl Moon")
    for somebody in (None, ada, tom, school.remy, school.vera):
        browser.sign_in(somebody)
        for act in ("save", "finish"):
            assert (await browser.post(f"/resources/{owl.key}/{act}")).status_code == 404


async def test_the_calendar_shows_a_month(browser, school, sam):
    await make.facts(sam, [(0, 25), (0, 5)])
    browser.sign_in(sam)
    assert "30 min" in words_of(await browser.get("/me/calendar"))
    assert (await browser.get("/me/calendar?month=2024-02")).text.count("<td>29</td>") == 1
    for odd in ("2024-13", "9999-01", "x", "1999-12"):
        assert f"{today():%B} {today().year}" in words_of(await browser.get(f"/me/calendar?month={odd}"))


async def test_leaving_hides_and_joining_again_restores(browser, school, ada, sam):
    await make.enrolment(await make.program(by=ada, badges=[SIXTY]), sam)
    browser.sign_in(sam)
    await send(browser, "/programs/lantern-nights/log", minutes="other", other_minutes="70")
    page = words_of(await browser.follow(await browser.post("/programs/lantern-nights/leave")))
    assert "You left Lantern Nights. Your log is still yours." in page
    assert "Take part" in page
    assert await Award.filter(school_id=school.card.id).count() == 0
    page = words_of(await browser.follow(await browser.post("/programs/lantern-nights/join")))
    assert "1 of 1" in page
    assert await Enrolment.filter(school_id=school.card.id).count() == 1


@pytest.mark.parametrize(
    ("minutes", "words"), [("20", "20 of 60 minutes"), ("60", "60 of 60 minutes"), ("70", "Done, 70 minutes by now")]
)
async def test_how_far_one_is_reads_the_same_wherever_it_stands(browser, school, ada, sam, minutes, words):
    program = await make.program(by=ada)
    await make.enrolment(program, sam)
    await send(browser.sign_in(sam), "/programs/lantern-nights/log", minutes="other", other_minutes=minutes)
    (challenge,) = await Challenge.filter(school_id=school.card.id).values_list("key", flat=True)
    for path in ("/programs/lantern-nights", f"/programs/lantern-nights/challenges/{challenge}", "/me", "/"):
        page = words_of(await browser.get(path))
        assert words in page, path
        assert "70 of 60" not in page, path


async def test_joining_is_for_students_of_the_school(browser, school, ada, tom):
    await make.program(by=ada, visibility="public")
    for somebody in (None, tom, ada, school.remy, school.alma):
        browser.sign_in(somebody)
        assert (await browser.post("/programs/lantern-nights/join")).status_code == 404
        assert (await browser.post("/programs/lantern-nights/leave")).status_code == 404
    assert await Enrolment.filter(school_id=school.card.id).count() == 0


async def test_a_page_costs_a_steady_number_of_statements(browser, school, ada, sam, statements):
    books = await make.resources(30)
    curated = await make.curated_list(by=ada, items=books[:3], published=True)
    program = await make.program(by=ada, challenges=[{"goal": 3, "curated": curated}], badges=[SIXTY])
    await make.enrolment(program, sam)
    await make.facts(sam, [(1, 20)])
    paths = ["/programs", "/programs/lantern-nights", "/me", "/me/log", "/me/shelf", "/me/calendar"]
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
    await make.facts(sam, [(number % 20, 20) for number in range(150)], resource_id=books[5].id)
    for number in range(12):
        more = await make.program(
            by=ada, title=f"Program {number}", challenges=[{"unit": "days", "goal": 3}] * 3, badges=[SIXTY] * 4
        )
        await make.enrolment(more, sam)
    for book in books[3:]:
        await Saved.create(school_id=school.card.id, person_id=sam.id, resource_id=book.id, at=dates.now())
    assert await counted() == few
    assert max(few) <= 20, dict(zip(paths, few, strict=True))


async def test_staff_see_figures_without_names_and_few_are_withheld(browser, school, ada, tom):
    program = await make.program(by=ada, challenges=[{"unit": "minutes", "goal": 20}])
    students = [await make.student(f"Student {number}") for number in range(12)]
    for person in students[:4]:
        await make.enrolment(program, person)
    page = words_of(await browser.sign_in(tom).get("/programs/lantern-nights"))
    assert "Fewer than 5" in page or "Withheld" in page
    assert "Student 1" not in page
    assert "4 take part" in words_of(await browser.sign_in(ada).get("/programs/lantern-nights"))
    for person in students[4:]:
        await make.enrolment(program, person)
    for person in students[:6]:
        await browser.sign_in(person).post("/programs/lantern-nights/log", FILLED)
    page = words_of(await browser.sign_in(tom).get("/programs/lantern-nights"))
    assert "12 take part 6 have completed it" in page
    for person in students[6:8]:
        await browser.sign_in(person).post("/programs/lantern-nights/log", FILLED)
    page = words_of(await browser.sign_in(tom).get("/programs/lantern-nights"))
    assert "12 take part Withheld have completed it" in page
    assert "figures" not in words_of(await browser.sign_in(students[0]).get("/programs/lantern-nights")).lower()


async def test_rest_days_are_told_where_there_is_a_row_that_they_keep(browser, school, ada, sam):
    for title, columns in (("One", {}), ("Two", {"grace_days": 0}), ("Three", {"streak_unit": "week"})):
        await make.enrolment(await make.program(by=ada, title=title, **columns), sam)
    browser.sign_in(sam)

    async def told():
        return [
            "left A rest day" in words_of(await browser.get(f"/programs/{slug}")) for slug in ("one", "two", "three")
        ]

    assert await told() == [False, False, False]
    await send(browser, "/programs/one/log")
    assert await told() == [True, False, False]


async def test_what_is_logged_while_a_program_is_put_away_is_seen_in_the_log(browser, school, ada, sam):
    program = await make.program(by=ada)
    await make.enrolment(program, sam)
    page = await browser.sign_in(sam).get(f"/programs/{program.slug}/log")
    await put_away(program.key, ada)
    sent = FILLED | {"form_key": key_of(page)}
    shown = await browser.follow(await browser.post(f"/programs/{program.slug}/log", sent))
    assert (shown.status_code, "Logged." in words_of(shown)) == (200, True)
    assert "Owl Moon" in words_of(shown)
