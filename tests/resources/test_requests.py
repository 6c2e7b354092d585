"""What people ask the library for: who may, who sees it, what an answer does. Source: SAFETY.md, LST11, P2, P4, I1."""

import asyncio
from datetime import timedelta

import pytest

from engage import dates
from engage.database.tenancy import every_school
from engage.errors import NotAllowed, NotFound, Refused
from engage.people.models import AuditEntry
from engage.resources import requests
from engage.resources.models import PurchaseRequest
from engage.resources.requests import Title
from engage.resources.rules import RequestState
from tests import make
from tests.school import words_of

ASK = {
    "form_key": "one",
    "title": "The Wild Robot",
    "creator": "Peter Brown",
    "why": "I liked the first one.",
    "sure": "",
}


async def test_a_student_asks_and_reads_the_answer(browser, school, ada, sam):
    page = await browser.follow(await browser.sign_in(sam).post("/requests/new", ASK))
    words = words_of(page)
    assert ("The Wild Robot" in words, "Waiting for an answer" in words) == (True, True)
    assert '<a href="/lincoln/requests">My requests</a>' in page.text
    assert "<h1>My requests</h1>" in page.text
    await browser.post("/requests/new", ASK)
    one = await PurchaseRequest.get(school_id=school.card.id)

    words = words_of(await browser.sign_in(ada).get("/curate/requests"))
    for said in ("The Wild Robot", "Peter Brown", "Sam", "I liked the first one.", "To answer 1"):
        assert said in words, said
    made = await make.resource("The Wild Robot", "Peter Brown")
    page = await browser.get(f"/curate/requests/{one.key}")
    assert f'value="{made.key}" checked' in page.text
    answer = {"state": "bought", "answer": "It stands by the window.", "resource": made.key}
    page = await browser.follow(await browser.post(f"/curate/requests/{one.key}", answer))
    assert "Answered. 1 person reads it" in words_of(page)
    assert "Nothing waits for an answer" in words_of(page)

    page = await browser.sign_in(sam).get("/requests")
    words = words_of(page)
    assert ("It stands by the window." in words, "Take it back" in words) == (True, False)
    assert f"/lincoln/resources/{made.key}" in page.text


async def test_who_may_ask_and_who_may_answer(browser, school):
    asks = {
        school.sam: 200,
        school.tom: 200,
        school.alma: 200,
        school.ada: 200,
        None: 403,
        school.vera: 403,
        school.dora: 404,
    }
    answers = {
        school.sam: 403,
        school.tom: 403,
        school.alma: 403,
        school.ada: 200,
        None: 403,
        school.vera: 403,
        school.dora: 404,
    }
    for path, expected in (("/requests", asks), ("/requests/new", asks), ("/curate/requests", answers)):
        for who, status in expected.items():
            assert (await browser.sign_in(who).get(path)).status_code == status, (path, who)
    key = await requests.ask_for(Title("Holes"), "", by=school.sam)
    for who in (school.sam, school.tom, school.alma, None):
        browser.sign_in(who)
        assert (await browser.get(f"/curate/requests/{key}")).status_code == 403
        assert (await browser.post(f"/curate/requests/{key}", {"state": "planned"})).status_code == 403
    for who in (school.sam, school.tom, school.alma):
        with pytest.raises(NotAllowed):
            await requests.answer(key, RequestState.PLANNED, "", "", by=who)
    assert (await PurchaseRequest.get(school_id=school.card.id)).state is RequestState.ASKED


async def test_what_somebody_asked_for_is_seen_by_nobody_else(browser, school):
    key = await requests.ask_for(Title("Holes"), "", by=school.sam)
    for who in (school.tom, school.alma):
        assert "Holes" not in words_of(await browser.sign_in(who).get("/requests"))
        assert (await browser.post(f"/requests/{key}/take-back")).status_code == 404
    browser.sign_in(school.rosa)
    assert "Holes" not in words_of(await browser.get("/roosevelt/curate/requests"))
    assert (await browser.get(f"/roosevelt/curate/requests/{key}")).status_code == 404
    with pytest.raises(NotFound):
        await requests.answer(key, RequestState.PLANNED, "", "", by=school.rosa)
    assert (await PurchaseRequest.get(school_id=school.card.id)).state is RequestState.ASKED


async def test_the_audit_names_neither_the_student_nor_the_title(school):
    key = await requests.ask_for(Title("Holes"), "", by=school.sam)
    await requests.answer(key, RequestState.NO, "We have three of his already.", "", by=school.ada)
    row = await AuditEntry.get(school_id=school.card.id, act="answered a request for a title")
    assert (row.subject, row.detail, row.by_id, row.about_id) == (key, "no", school.ada.id, None)


async def test_one_answer_is_for_all_who_asked_for_the_title(browser, school, ada, sam):
    nina = await make.student("Nina")
    first = await requests.ask_for(Title("The Wild Robot"), "", by=sam)
    await requests.ask_for(Title("wild robot", isbn="9780316381994"), "", by=nina)
    await requests.ask_for(Title("The Wild Robot Escapes"), "", by=nina)
    words = words_of(await browser.sign_in(ada).get("/curate/requests"))
    for said in ("2 people ask", "Sam, Nina", "ISBN 9780316381994", "To answer 3"):
        assert said in words, said
    assert await requests.answer(first, RequestState.PLANNED, "In spring.", "", by=ada) == 2
    states = await PurchaseRequest.filter(school_id=school.card.id).order_by("id").values_list("state", flat=True)
    assert states == [RequestState.PLANNED, RequestState.PLANNED, RequestState.ASKED]
    # and once more, when it came
    assert await requests.answer(first, RequestState.BOUGHT, "", "", by=ada) == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": " "}, "Write the title that you would like."),
        ({"title": "!!!"}, "Write the title that you would like."),
        ({"isbn": "9780316381995"}, "is no ISBN"),
        ({"url": "javascript:alert(1)"}, "An address begins with https:// or http://."),
        ({"title": "x" * 301}, "Keep the title under 300 letters."),
    ],
)
async def test_what_cannot_be_asked_comes_back_as_it_was_filled_in(browser, school, sam, changes, sentence):
    page = await browser.sign_in(sam).post("/requests/new", ASK | changes)
    assert (page.status_code, sentence in words_of(page)) == (422, True)
    assert "I liked the first one." in page.text
    assert await PurchaseRequest.filter(school_id=school.card.id).count() == 0


async def test_what_the_library_has_is_shown_before_it_is_asked_for(browser, school, sam):
    made = await make.resource("The Wild Robot: a novel", identifiers=(("isbn", "9780316381994"),))
    browser.sign_in(sam)
    page = await browser.post("/requests/new", ASK)
    assert (page.status_code, f"/lincoln/resources/{made.key}" in page.text) == (422, True)
    assert 'name="sure" type="hidden" value="wild robot"' in page.text
    # the ISBN tells it as well, whatever the title; another title is asked about anew
    other = await browser.post(
        "/requests/new", ASK | {"title": "Robots", "isbn": "978-0-316-38199-4", "sure": "wild robot"}
    )
    assert (other.status_code, f"/lincoln/resources/{made.key}" in other.text) == (422, True)
    assert await PurchaseRequest.filter(school_id=school.card.id).count() == 0
    assert (await browser.post("/requests/new", ASK | {"sure": "wild robot"})).status_code == 303


async def test_what_is_no_longer_offered_is_shown_to_nobody_who_asks(browser, school, sam, ada):
    made = await make.resource("The Wild Robot")
    await browser.sign_in(ada).post(f"/curate/resources/{made.key}/offer")
    assert (await browser.sign_in(sam).post("/requests/new", ASK)).status_code == 303
    key = (await PurchaseRequest.get(school_id=school.card.id)).key
    with pytest.raises(Refused):
        await requests.answer(key, RequestState.BOUGHT, "", made.key, by=ada)


async def test_an_answer_says_what_becomes_of_it(browser, school, ada, sam):
    key = await requests.ask_for(Title("Holes"), "", by=sam)
    browser.sign_in(ada)
    for given, sentence in (({"state": "no"}, "Say why not."), ({"state": ""}, "Say what becomes of it."),
                            ({"state": "asked"}, "Choose one of those that are offered.")):  # fmt: skip
        page = await browser.post(f"/curate/requests/{key}", given | {"answer": "", "resource": ""})
        assert (page.status_code, sentence in words_of(page)) == (422, True), sentence
    page = await browser.post(f"/curate/requests/{key}", {"state": "bought", "resource": "nothing"})
    assert (page.status_code, "not in the catalogue any more" in words_of(page)) == (422, True)
    assert (await browser.get("/curate/requests/nothing")).status_code == 404


async def test_a_request_is_taken_back_until_it_is_answered(browser, school, ada, sam):
    first = await requests.ask_for(Title("Holes"), "", by=sam)
    second = await requests.ask_for(Title("Hoot"), "", by=sam)
    await requests.answer(second, RequestState.PLANNED, "", "", by=ada)
    browser.sign_in(sam)
    assert "Your request for Holes is withdrawn." in words_of(
        await browser.follow(await browser.post(f"/requests/{first}/take-back"))
    )
    assert (await browser.post(f"/requests/{second}/take-back")).status_code == 404
    assert [row.title for row in await PurchaseRequest.filter(school_id=school.card.id)] == ["Hoot"]


async def test_nobody_asks_for_one_title_twice_or_for_everything(school, sam):
    await requests.ask_for(Title("The Holes"), "", by=sam)
    with pytest.raises(Refused, match="already"):
        await requests.ask_for(Title("holes"), "", by=sam)
    for number in range(requests.MOST_WAITING - 1):
        await requests.ask_for(Title(f"Book {number}"), "", by=sam)
    with pytest.raises(Refused, match="Take one back"):
        await requests.ask_for(Title("One more"), "", by=sam)
    with pytest.raises(NotAllowed):
        await requests.ask_for(Title("A figure"), "", by=school.vera)


async def test_the_same_form_sent_at_once_asks_once(school, sam):
    keys = await asyncio.gather(*(requests.ask_for(Title("Holes"), "double", by=sam) for _ in range(5)))
    assert len(set(keys)) == 1
    assert await PurchaseRequest.filter(school_id=school.card.id).count() == 1


async def test_who_asked_is_forgotten_in_time(school, ada, sam):
    now = dates.now()
    ages = {
        "Answered long ago": (61, "bought"),
        "Answered lately": (59, "no"),
        "Planned long ago": (61, "planned"),
        "Planned lately": (59, "planned"),
        "Waits": (200, "asked"),
    }
    rows = [
        PurchaseRequest(school_id=school.card.id, by_id=sam.id, title=title, why="For me.", state=state,
                        answered_at=now - timedelta(days=days), made_at=now - timedelta(days=days + 10))
        for title, (days, state) in ages.items()
    ]  # fmt: skip
    rows.append(PurchaseRequest(school_id=school.card.id, by_id=sam.id, title="Old", made_at=now - timedelta(days=397)))
    await PurchaseRequest.bulk_create(rows)
    await PurchaseRequest.filter(school_id=school.card.id, title="Old").update(made_at=now - timedelta(days=397))
    await PurchaseRequest.create(school_id=school.card.id, title="Of somebody who is gone", why="For me.")
    with every_school("as the jobs do"):
        assert await requests.forget_askers(now) == 4
        assert await requests.forget_askers(now) == 0
    left = await PurchaseRequest.filter(school_id=school.card.id, by_id=sam.id).values_list("title", flat=True)
    assert sorted(left) == ["Answered lately", "Planned lately", "Waits"]
    gone = await PurchaseRequest.filter(school_id=school.card.id, by_id=None).values_list("why", flat=True)
    assert gone == ["", "", "", ""]


async def test_many_requests_are_turned_page_by_page_in_few_statements(browser, school, ada, sam, statements):
    of = {"school_id": school.card.id, "by_id": sam.id}
    key = await requests.ask_for(Title("Hoot"), "", by=sam)
    taken = {}
    for number in range(3):
        for path in ("/requests", "/curate/requests", f"/curate/requests/{key}"):
            browser.sign_in(ada)
            await browser.get(path)
            statements.forget()
            page = await browser.get(path)
            taken.setdefault(path, set()).add(len(statements))
            if number and path == "/curate/requests":
                assert 'rel="next"' in page.text
        rows = [PurchaseRequest(**of, title=f"Book {n}", spoken=f"book {n}") for n in range(60)]
        await PurchaseRequest.bulk_create(rows)
    assert {path: max(numbers) for path, numbers in taken.items()} == {path: min(each) for path, each in taken.items()}
    assert max(taken["/curate/requests"]) <= 5
    # of all that wait, the database gives those for this title only
    assert any('"spoken"=' in each for each in statements.seen)
