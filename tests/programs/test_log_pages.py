"""The log's pages: two taps, what they cost, a shared device, what staff enter, and typed titles."""

import json
import re
from datetime import timedelta

from engage import dates
from engage.database.job_model import Job
from engage.people.models import Person, SchoolClass, Session
from engage.people.passwords import hashed, picture_secret
from engage.programs import matching, paper, paper_rules
from engage.programs.batch_pages import refusals
from engage.programs.models import EntryVoid, LogEntry, Progress
from engage.programs.paper_models import EntryFlag, LogBatch, TypedTitle
from engage.programs.paper_rules import week_of
from engage.programs.rules import SENT_BEFORE
from engage.web.sessions import LONGEST_MESSAGE
from tests import make
from tests.school import words_of

MOST = 20  # SAFETY.md, O5: statements of a page
SIXTY = {"title": "Sixty", "rule": json.dumps({"rule": "total", "unit": "minutes", "goal": 60})}


def sent(form_key: str, **more):
    return {"form_key": form_key, "mode": "reading", "minutes": "20", "ending": "", "when": "today", **more}


async def a_program(ada, title, owl):
    curated = await make.curated_list(by=ada, title=f"List of {title}", items=[owl, await make.resource(f"{title} 2")])
    challenges = [{"unit": "minutes", "goal": 9_999}, {"unit": "days", "goal": 10}, {"goal": 1, "curated": curated}]
    return await make.program(by=ada, title=title, challenges=challenges, badges=[SIXTY])


async def test_logging_through_the_page_costs_twenty_statements_whatever_lies_behind(
    browser, school, ada, sam, statements
):
    owl = await make.resource("Owl Moon")
    for title in ("One", "Two"):
        await make.enrolment(await a_program(ada, title, owl), sam)
    browser.sign_in(sam)

    async def cost(key: str, **more) -> int:
        statements.forget()
        assert (await browser.post("/me/log/new", sent(key, sure="yes", **more))).status_code == 303
        return len(statements)

    # the first of its kind in a week makes rows for the figures, once for all students
    await cost("a")
    await cost("b", resource=(await make.resource("The Snowy Day")).key, minutes="30", ending="finished")
    few = await cost("c", resource=owl.key, minutes="30", ending="finished")
    plain = await cost("d", title="Frog and Toad", minutes="15")
    assert max(few, plain) <= MOST
    for title in ("Three", "Four", "Five"):
        await make.enrolment(await a_program(ada, title, owl), sam)
    await make.facts(sam, [(number % 19, 5) for number in range(2_000)])
    await cost("e")
    await cost("f")
    assert await cost("g", title="Frog and Toad", minutes="10") <= MOST


async def test_a_form_without_a_script_says_what_is_wrong_and_keeps_what_was_typed(browser, sam):
    answer = await browser.sign_in(sam).post("/me/log/new", sent("k", title="Kites", minutes="other"))
    assert answer.status_code == 422
    assert "Write the number of minutes." in words_of(answer)
    assert 'value="Kites"' in answer.text


async def test_a_large_entry_is_asked_about_once_and_flagged_without_its_title(browser, school, ada, sam):
    program = await make.program(by=ada, limits=json.dumps({"minutes": {"warns": 60, "entry": 300}}))
    await make.enrolment(program, sam)
    browser.sign_in(sam)
    data = sent("k", title="A secret book", minutes="other", other_minutes="90")
    assert "90 minutes is a lot for one entry" in words_of(await browser.post("/me/log/new", data))
    assert (await browser.post("/me/log/new", {**data, "sure": "yes"})).status_code == 303
    flag = await EntryFlag.get(school_id=school.card.id).values("why", "program_id")
    assert flag == {"why": "90 minutes in one entry; the program asks above 60.", "program_id": program.id}
    over = await browser.post("/me/log/new", {**data, "form_key": "k2", "other_minutes": "301", "sure": "yes"})
    assert (over.status_code, "The program “Lantern Nights” takes up to 300 minutes in one" in words_of(over)) == (
        422,
        True,
    )


async def test_the_program_that_does_not_take_so_much_is_named_beside_one_that_does(browser, school, ada, sam):
    limits = {"minutes": {"entry": 60, "day": 90}}
    for title, text in (("Owl Summer", json.dumps(limits)), ("Sea Summer", "")):
        await make.enrolment(await make.program(by=ada, title=title, limits=text), sam)
    browser.sign_in(sam)
    much = await browser.post("/me/log/new", sent("k", title="Kites", minutes="other", other_minutes="61"))
    assert much.status_code == 422
    assert "The program “Owl Summer” takes up to 60 minutes in one entry." in words_of(much)
    assert (await browser.post("/me/log/new", sent("k2", title="Kites", minutes="45"))).status_code == 303
    # also in the log of the other program
    again = await browser.post(
        "/programs/sea-summer/log", sent("k3", title="Bats", minutes="other", other_minutes="50")
    )
    said = "The program “Owl Summer” takes up to 90 minutes a day; this day has 45 already. 45 minutes would still fit."
    assert (again.status_code, said in words_of(again)) == (422, True)
    assert await LogEntry.filter(school_id=school.card.id).count() == 1


async def test_an_outbox_is_told_what_became_of_each_entry(browser, school, sam):
    browser.sign_in(sam)
    answer = await browser.post("/me/log/send", sent("k", title="Kites", who=sam.key))
    assert answer.json() == {"kept": True, "repeated": False}
    assert (await browser.post("/me/log/send", sent("k", title="Kites", who=sam.key))).json() == {
        "kept": True,
        "repeated": True,
    }
    # a browser sends what was left empty, too
    empty = dict.fromkeys(("other_minutes", "pages", "chapters", "on"), "")
    for blanks in ({}, empty):
        other = await browser.post("/me/log/send", sent("k", title="Other words", who=sam.key, **blanks))
        assert other.status_code == 422
        assert other.json() == {"kept": False, "sentence": SENT_BEFORE, "about": "sure"}
    # who says that it is one more has one more, however often it comes, and of several each
    for title, repeated in (("Other words", False), ("Other words", True), ("Still others", False)):
        again = await browser.post("/me/log/send", sent("k", title=title, who=sam.key, sure="yes"))
        assert again.json() == {"kept": True, "repeated": repeated}, title
    gone = await browser.post("/me/log/send", sent("k3", resource="0000000000000", who=sam.key))
    assert gone.json()["about"] == "title"
    assert await LogEntry.filter(school_id=school.card.id).count() == 3


async def test_what_one_child_wrote_never_goes_into_the_log_of_another(browser, school, sam):
    nia = await make.student("Nia")
    browser.sign_in(nia)
    for who in (sam.key, "", "nobody"):
        answer = await browser.post("/me/log/send", sent("k", title="Kites", who=who))
        assert (answer.status_code, answer.json()) == (409, {"kept": False}), who
    assert not await LogEntry.filter(school_id=school.card.id).exists()


async def test_what_opens_an_outbox_is_each_students_own(browser, sam, tom):
    nia = await make.student("Nia")
    own = (await browser.sign_in(sam).get("/me/log/outbox")).json()
    assert own["who"] == sam.key
    assert (await browser.sign_in(sam).get("/me/log/outbox")).json() == own
    assert (await browser.sign_in(nia).get("/me/log/outbox")).json()["secret"] != own["secret"]
    assert (await browser.sign_in(tom).get("/me/log/outbox")).status_code == 404


async def test_the_page_and_the_worker_that_a_browser_keeps_hold_nothing_of_anybody(browser, sam):
    browser.sign_in(sam)
    await browser.be_known()
    for path in ("/offline", "/sw.js"):
        mine = await browser.client.get(path)
        browser.sign_out()
        assert (await browser.client.get(path)).content == mine.content
        browser.sign_in(sam)
        await browser.be_known()
        assert sam.key not in mine.text


async def signed_in_by_pictures(browser, person, room):
    pictures = ("bird", "fish", "cat", "boat")
    secret = picture_secret(pictures, person.key, browser.app.settings.secret_key)
    await Person.filter(id=person.id, school_id=person.school_id).update(picture_hash=await hashed(secret))
    return await browser.client.post(
        f"/sign-in/class/{room.code}/{person.key}",
        data={"chosen": ",".join(pictures[:3]), "picture": pictures[3]},
        headers={"Sec-Fetch-Site": "same-origin"},
    )


async def test_on_a_shared_device_each_log_signs_out_and_leads_back_to_the_tiles(browser, school, sam):
    room = school.room
    await SchoolClass.filter(school_id=school.card.id, id=room.id).update(
        sign_in_until=dates.now() + timedelta(minutes=30)
    )
    person = await Person.get(id=sam.id, school_id=school.card.id)
    assert (await browser.client.get(f"/sign-in/class/{room.code}?kiosk=1")).status_code == 200
    answer = await signed_in_by_pictures(browser, person, room)
    assert answer.headers["location"] == "/lincoln/me/log/new"
    answer = await browser.post("/me/log/new", sent("k", title="A private book"))
    assert answer.headers["location"] == f"/sign-in/class/{room.code}?kiosk=done"
    # what waits sealed stays, and the device keeps by which class it is shared; all our other cookies go
    assert answer.headers["clear-site-data"] == '"cache"'
    assert "__Host-session" not in browser.client.cookies
    assert await Session.filter(person_id=sam.id).count() == 0
    tiles = await browser.client.get(answer.headers["location"])
    assert "Logged, and signed out. Who is next?" in words_of(tiles)
    assert "private" not in tiles.text
    assert (await browser.get("/me/log")).status_code in (303, 404)
    assert await LogEntry.filter(school_id=school.card.id).count() == 1


async def test_without_that_a_log_signs_nobody_out(browser, school, sam):
    answer = await browser.sign_in(sam).post("/me/log/new", sent("k", title="Kites"))
    assert answer.headers["location"] == "/lincoln/me/log"


async def test_a_teacher_logs_for_the_class_and_takes_it_back(browser, school, tom, sam):
    page = await browser.sign_in(tom).get(f"/classes/{school.room.key}/log")
    assert "Who is here?" in words_of(page)
    today = dates.today(school.card.zone).isoformat()
    data = {"form_key": "k", "students": [sam.key], "mode": "listening", "minutes": "20", "on": today}
    answer = await browser.post(f"/classes/{school.room.key}/log", data)
    page = await browser.follow(answer)
    assert "Logged for 1 student." in words_of(page)
    batch = await LogBatch.get(school_id=school.card.id)
    answer = await browser.post(f"/batches/{batch.key}/undo")
    assert "Taken back: 1 entry." in words_of(await browser.follow(answer))
    nobody = await browser.post(f"/classes/{school.room.key}/log", {**data, "form_key": "k2", "students": []})
    assert (nobody.status_code, "Choose the students first." in words_of(nobody)) == (422, True)
    assert (await browser.sign_in(sam).get(f"/classes/{school.room.key}/log")).status_code == 404


async def test_sheets_are_made_printed_and_entered_on_pages(browser, school, ada, tom, sam):
    program = await make.program(by=ada)
    await make.enrolment(program, sam)
    browser.sign_in(tom)
    monday = dates.today(school.card.zone) - timedelta(days=dates.today(school.card.zone).weekday() + 7)
    chosen = {"program": program.key, "week": monday.isoformat()}
    answer = await browser.post(f"/classes/{school.room.key}/paper", chosen)
    page = await browser.follow(answer)
    assert "1 new sheet." in words_of(page)
    query = f"program={program.key}&week={monday.isoformat()}"
    printed = await browser.get(f"/classes/{school.room.key}/paper/print?{query}")
    code = re.search(r"[0-9A-Z]{3}-[0-9A-Z]{3}", words_of(printed))[0]
    assert "Monday" in words_of(printed)
    # letters for those who learn to read, up to grade 2
    assert ('data-reader="early"' in printed.text) == (sam.grade <= 2)
    await Person.filter(school_id=school.card.id, id=sam.id).update(grade=2)
    assert 'data-reader="early"' in (await browser.get(printed.url.path + "?" + query)).text
    pdf = await browser.get(f"/classes/{school.room.key}/paper/sheets.pdf?{query}")
    assert pdf.content.startswith(b"%PDF-")
    assert code in words_of(await browser.get(f"/batches/paper?class={school.room.key}&{query}"))
    lines = {"mode": "reading", "code": [code, "XXXXXX"], "line_minutes": ["90", "5"], "line_pages": ["", ""]}
    answer = await browser.post("/batches/paper", {"form_key": "k", **lines})
    said = words_of(await browser.follow(answer))
    assert "Logged for 1 sheet." in said
    assert "Not for XXX-XXX: There is no such sheet." in said
    assert await Progress.filter(school_id=school.card.id).values_list("amount", flat=True) == [90]
    assert (await browser.sign_in(sam).get("/batches")).status_code == 404


async def test_a_form_always_begins_with_a_usual_number_of_minutes(browser, school, ada, sam):
    program = await make.program(by=ada)
    await make.enrolment(program, sam)
    browser.sign_in(sam)
    pages = (f"/programs/{program.slug}", f"/programs/{program.slug}/log", "/me/log/new")

    def begins(page):
        return re.findall(r'name="minutes" value="(\w+)" checked', page.text)

    assert begins(await browser.client.get("/offline")) == ["20"]
    for minutes, usual in ((None, "20"), (41, "45"), (7, "10"), (90, "45")):
        if minutes:
            await make.facts(sam, [(0, minutes)])
        assert [begins(await browser.get(path)) for path in pages] == [[usual]] * 3, minutes


async def test_a_page_that_was_sent_before_with_something_else_on_it_is_one_more_if_it_is_meant(browser, sam):
    browser.sign_in(sam)
    await browser.post("/me/log/new", sent("k", title="Kites"))
    other = sent("k", title="Owls")
    answer = await browser.post("/me/log/new", other)
    assert (answer.status_code, "Is this one more?" in words_of(answer)) == (422, True)
    assert "Yes, log it" in answer.text
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', answer.text)[1]
    for _ in range(2):  # a double click
        assert (await browser.post("/me/log/new", other | {"form_key": key, "sure": "yes"})).status_code == 303
    titles = LogEntry.filter(school_id=sam.school.id).order_by("id")
    assert await titles.values_list("title", flat=True) == ["Kites", "Owls"]


async def test_no_line_of_a_paper_sheet_is_lost_without_a_word(browser, school, ada, tom, sam):
    program = await make.program(by=ada)
    await make.enrolment(program, sam)
    week = week_of(dates.today(school.card.zone) - timedelta(days=7))
    await paper.make_sheets(school.room, program.key, week, tom)
    (one,) = await paper.sheets_of(tom, school.room, program.id, week)
    code = paper_rules.spelled(one["code"])
    browser.sign_in(tom)
    for codes, minutes, pages, says in (
        ([code], ["12.5"], [""], f"“12.5” beside {code} is no whole number."),
        ([code], ["60"], ["ten"], f"“ten” beside {code} is no whole number."),
        ([code, ""], ["60", "40"], ["", ""], "“40” stands beside no code."),
        ([code, code.lower()], ["60", "40"], ["", ""], f"{code} stands here twice."),
    ):
        lines = {"mode": "reading", "code": codes, "line_minutes": minutes, "line_pages": pages}
        answer = await browser.post("/batches/paper", {"form_key": "k", **lines})
        assert (answer.status_code, says in words_of(answer)) == (422, True), words_of(answer)
        for typed in (*minutes, *pages):
            assert f'value="{typed}"' in answer.text, "what was typed stays"
    assert not await LogBatch.filter(school_id=school.card.id).exists()


def test_everybody_for_whom_nothing_was_entered_is_named():
    full = "A day holds up to 60 minutes; this one has 60 already. That day is full."
    some = "A day holds up to 60 minutes; this one has 50 already. 10 minutes would still fit."
    assert refusals([]) == []
    assert refusals([("Mia", full), ("Leo", some), ("Ana", full)]) == [
        f"Not for Mia and Ana: {full}",
        f"Not for Leo: {some}",
    ]
    told = refusals([("Mia", full), ("Leo", some), ("Ana", "No."), ("Ben", full)])
    assert told == [
        f"Not for Mia and Ben: {full}",
        "Nor for Leo and Ana, each for another reason: try them one by one.",
    ]
    (many,) = refusals([(f"Pupil {number}", full) for number in range(23)])
    assert "Pupil 19 and 3 more: " in many
    # a message has room for a few of the longest names, and for why
    long = "N" * 60
    for told in (refusals([(long, full)] * 23), refusals([(long, f"{number}.") for number in range(23)])):
        assert max(map(len, told)) <= LONGEST_MESSAGE
        assert " more" in told[-1]
        assert told[-1].endswith((full, "one by one."))


async def test_a_title_that_few_typed_is_shown_to_nobody_and_cannot_be_matched(browser, school, ada, sam):
    frog = await make.resource("Frog & Toad")
    for number in range(4):
        child = await make.student(f"Child {number}")
        await make.facts(child, [(1, 10)], title="Frog and toad!")
    browser.sign_in(ada)
    assert "frog and toad" not in (await browser.get("/curate/typed-titles")).text.lower()
    hidden = await browser.post("/curate/typed-titles", {"folded": "frog and toad", "resource": frog.key})
    never = await browser.post("/curate/typed-titles", {"folded": "nobody typed this", "resource": frog.key})
    assert (hidden.status_code, never.status_code) == (404, 404)


async def test_a_title_that_many_typed_is_matched_without_a_name_and_counts_from_then_on(browser, school, ada, sam):
    frog = await make.resource("Frog and Toad Are Friends")
    curated = await make.curated_list(by=ada, items=[frog, await make.resource("Coraline")])
    program = await make.program(by=ada, challenges=[{"goal": 1, "curated": curated}])
    children = [await make.student(f"Child {number}") for number in range(5)]
    for child in children:
        await make.enrolment(program, child)
        await make.facts(child, [(1, 10), (2, 10)], title="FROG and toad!", ending="finished")
    browser.sign_in(ada)
    page = await browser.get("/curate/typed-titles")
    assert "typed by 5 students" in words_of(page)
    assert "It is Frog and Toad Are Friends" in words_of(page)
    assert "Child" not in page.text
    answer = await browser.post("/curate/typed-titles", {"folded": "frog and toad", "resource": frog.key})
    assert "counts as Frog and Toad Are Friends from now on" in words_of(await browser.follow(answer))
    matched = await TypedTitle.get(school_id=school.card.id)
    assert await matching.count_matched(school.card.id, matched.id) == 5
    # the title of what a child read stands in no job (SAFETY.md, P2)
    assert not await Job.filter(args__contains="frog").exists()
    assert await Progress.filter(school_id=school.card.id).values_list("amount", flat=True) == [1] * 5
    assert (await browser.sign_in(sam).get("/curate/typed-titles")).status_code == 404


async def test_the_own_log_shows_what_staff_took_out_and_why(browser, school, sam, tom):
    browser.sign_in(sam)
    await browser.post("/me/log/new", sent("k", title="Kites"))
    entry = await LogEntry.get(school_id=school.card.id)
    of = {"school_id": school.card.id, "entry_id": entry.id, "at": dates.now()}
    await EntryVoid.create(**of, by_id=tom.id, reason="Logged twice, I think.")
    await browser.get("/me/log")  # which says that it was logged, and how to undo that
    page = await browser.get("/me/log")
    assert ("Kites" in page.text, "Logged twice, I think." in page.text) == (True, True)
    assert f"/me/log/{entry.key}" not in page.text
    await EntryVoid.filter(school_id=school.card.id, entry_id=entry.id).update(by_id=sam.id)
    assert "Logged twice" not in (await browser.get("/me/log")).text
