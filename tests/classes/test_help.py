"""What teachers ask the library for: asked, answered, made into a unit or a list, done; and how fast, as evidence."""

from datetime import timedelta

import pytest

from engage import dates
from engage.classes import help_actions, help_queries
from engage.classes.help_actions import Wish, print_of_answer
from engage.classes.help_rules import HelpKind, HelpState
from engage.classes.unit_models import HelpRequest, Unit, UnitPlanner
from engage.errors import NotFound, Refused
from engage.evaluation.planned import together_of
from engage.lists.models import CuratedList
from engage.lists.together_models import ListMember
from engage.people.models import Person
from engage.people.rules import Role
from engage.routes_classes import PLANNING
from tests import make
from tests.classes.asking import again
from tests.conftest import Statements
from tests.school import Browser, TestSchool, as_reader, today, words_of

# some days ahead, where a midnight makes no difference
TIDES = Wish(HelpKind.LESSON, "A lesson on how to find tide tables", today() + timedelta(days=3))
ASKED = print_of_answer(HelpState.ASKED, "")


async def one(school: TestSchool) -> HelpRequest:
    """The only request of the school."""
    return await HelpRequest.get(school_id=school.card.id)


async def test_a_teacher_asks_and_reads_the_answer(browser: Browser, school: TestSchool) -> None:
    tom = browser.sign_in(school.tom)
    assert (await tom.post("/library-help/new", {"kind": "a lesson", "text": " "})).status_code == 422
    sent = {
        "kind": "a lesson",
        "text": "Finding tide tables",
        "wished_on": today().isoformat(),
        "room": school.room.key,
    }
    for _ in range(2):
        answer = await tom.post("/library-help/new", sent | {"form_key": "one and the same"})
    said = words_of(await browser.follow(answer))
    assert "A lesson with the library , Room 12" in said
    assert "Waiting for an answer" in said
    request = await one(school)

    ada = browser.sign_in(school.ada)
    desk = await ada.get("/curate/lists")
    assert "Teachers ask 1 to answer" in words_of(desk)
    said = words_of(await ada.get("/curate/library-help"))
    assert "Tom Reyes" in said
    assert "asked today" in said
    path = f"/curate/library-help/{request.key}"
    for wrong in ({"state": "agreed", "agreed_on": ""}, {"state": "not now", "answer": ""}, {}):
        answer = await ada.post(path, {"seen": ASKED} | wrong)
        assert answer.status_code == 422, wrong
    day = (today() + timedelta(days=2)).isoformat()
    yes = {"state": "agreed", "agreed_on": day, "answer": "With pleasure.", "seen": ASKED}
    assert (await ada.post(path, yes)).status_code == 303
    assert "Teachers ask Units" in words_of(await ada.get("/curate/lists"))
    # who answers from an old page is told of the other's answer
    answer = await ada.post(path, yes | {"state": "talk"})
    assert answer.status_code == 422
    assert "Somebody else answered meanwhile: Yes. With pleasure." in words_of(answer)

    said = words_of(await browser.sign_in(school.tom).get("/library-help"))
    assert "Ada Okafor : With pleasure." in said
    assert "Yes, " in said
    assert (await browser.post(f"/library-help/{request.key}/take-back")).status_code == 404
    await browser.sign_in(school.ada).post(f"{path}/done")
    assert (await one(school)).state is HelpState.DONE
    assert "Done" in words_of(await browser.sign_in(school.tom).get("/library-help"))
    assert "Finding tide tables" not in words_of(await browser.get("/classes"))


async def test_one_asks_and_takes_back_and_another_sees_nothing_of_it(browser: Browser, school: TestSchool) -> None:
    key = await help_actions.ask(TIDES, by=school.tom)
    assert "A lesson on how to find tide tables" in words_of(await browser.sign_in(school.tom).get("/classes"))
    uma = await make.person("Uma Falk", Role.TEACHER, school.lincoln, login="uma")
    other = await as_reader(uma, "lincoln")
    assert "tide tables" not in (await browser.sign_in(other).get("/library-help")).text
    assert (await browser.post(f"/library-help/{key}/take-back")).status_code == 404
    wrong = []
    for row in PLANNING:
        if "library-help" not in row.path:
            continue
        path = row.path.removeprefix("/{school}").format(key=key)
        of_library = path.startswith("/curate")
        outside = [school.sam, school.vera, school.alma, school.dora, school.rosa, school.remy, None]
        for reader in [*outside, *([school.tom, other] if of_library else [school.ada])]:
            browser.sign_in(reader)
            for method in row.methods:
                sent = {
                    "state": "agreed",
                    "agreed_on": today().isoformat(),
                    "seen": ASKED,
                    "kind": "a list",
                    "text": "x",
                }
                answer = await (browser.get(path) if method == "GET" else browser.post(path, sent))
                if answer.status_code != 404:
                    wrong.append((row.name, reader and reader.name, answer.status_code))
    assert wrong == []
    assert (await one(school)).state is HelpState.ASKED
    await browser.sign_in(school.tom).post(f"/library-help/{key}/take-back")
    assert await HelpRequest.filter(school_id=school.card.id).count() == 0


async def test_a_request_becomes_a_unit_in_one_press(browser: Browser, school: TestSchool) -> None:
    key = await help_actions.ask(TIDES, by=school.tom)
    ada = browser.sign_in(school.ada)
    page = await browser.follow(await ada.post(f"/curate/library-help/{key}/unit"))
    assert "Here is the unit." in words_of(page)
    unit = await Unit.get(school_id=school.card.id)
    assert (unit.title, unit.owner_id, unit.starts) == (TIDES.text, school.tom.id, TIDES.wished_on)
    planners = await UnitPlanner.filter(school_id=school.card.id).values_list("person_id", flat=True)
    assert set(planners) == {school.tom.id, school.ada.id}
    row = await one(school)
    assert (row.state, row.unit_id, row.answer) == (HelpState.AGREED, unit.id, "We plan it as a unit.")
    page = await browser.follow(await ada.post(f"/curate/library-help/{key}/unit"))
    assert "There is a unit of it already." in words_of(page)
    assert await Unit.filter(school_id=school.card.id).count() == 1
    assert "The unit A lesson on how" in words_of(await browser.sign_in(school.tom).get("/library-help"))
    # a specialist who does not plan it sees that it was answered, and nothing of the unit
    person = await make.person("Ida Lund", Role.SPECIALIST, school.lincoln, login="ida")
    page = await browser.sign_in(await as_reader(person, "lincoln")).get("/curate/library-help?state=agreed")
    assert "We plan it as a unit." in words_of(page)
    assert f"/units/{unit.key}" not in page.text


async def test_a_request_becomes_a_draft_list_that_both_edit(browser: Browser, school: TestSchool) -> None:
    key = await help_actions.ask(Wish(HelpKind.LIST, f"Books about tides {'and moons ' * 20}"), by=school.tom)
    answer = await browser.sign_in(school.ada).post(f"/curate/library-help/{key}/list")
    curated = await CuratedList.get(school_id=school.card.id)
    assert answer.headers["location"] == f"/lincoln/curate/lists/{curated.key}"
    assert curated.owner_id == school.ada.id
    assert curated.title.endswith("…")
    assert len(curated.title) <= 100
    assert await ListMember.filter(school_id=school.card.id, person_id=school.tom.id).count() == 1
    assert (await browser.sign_in(school.tom).get(f"/curate/lists/{curated.key}")).status_code == 200
    page = await browser.get("/library-help")
    assert f"/curate/lists/{curated.key}" in page.text
    assert "A list is begun." in words_of(page)


async def test_the_worklist_says_who_waits_long_and_costs_the_same_for_many(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    counts = []
    ada = browser.sign_in(school.ada)
    for more in (1, 8):
        for number in range(more):
            await help_actions.ask(Wish(HelpKind.TIME, f"An hour, {more} {number}"), by=school.tom)
        await ada.get("/curate/library-help")
        statements.forget()
        page = await ada.get("/curate/library-help")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 6
    assert "waits for" not in words_of(page)
    long_ago = dates.now() - timedelta(days=6)
    await HelpRequest.filter(school_id=school.card.id, text="An hour, 8 7").update(made_at=long_ago)
    said = words_of(await ada.get("/curate/library-help"))
    assert said.index("An hour, 8 7") < said.index("An hour, 1 0")
    assert said.count("waits for 6 days") == 1
    assert (await ada.get("/curate/library-help?state=nonsense&after=nonsense")).status_code == 200


async def test_evaluation_counts_questions_and_the_days_to_answer(school: TestSchool) -> None:
    of, year = {"school_id": school.card.id}, dates.school_year(today())
    now = dates.now()
    for days in (0, 2, 9):
        key = await help_actions.ask(Wish(HelpKind.OTHER, f"After {days} days"), by=school.tom)
        await HelpRequest.filter(**of, key=key).update(made_at=now - timedelta(days=days))
        await help_actions.answer(key, HelpState.TALK, "", None, ASKED, by=school.ada)
    # answered once more, later: only the first answer counts
    await HelpRequest.filter(**of, key=key).update(first_answered_at=now - timedelta(days=8))
    again = print_of_answer(HelpState.TALK, "")
    await help_actions.answer(key, HelpState.AGREED, "Yes.", None, again, by=school.ada)
    await help_actions.done(key, by=school.ada)
    await help_actions.ask(TIDES, by=school.tom)
    assert (await together_of(school.card.id, school.card.zone, year)).asked == (3, 4)
    assert (await together_of(school.roosevelt.id, school.card.zone, year)).asked == (0, 0)


@pytest.mark.only("sqlite")
async def test_who_is_no_teacher_asks_nothing_and_who_is_no_librarian_answers_nothing(school: TestSchool) -> None:
    for reader in (school.ada, school.sam, school.vera, school.alma):
        with pytest.raises(NotFound):
            await help_actions.ask(TIDES, by=reader)
    key = await help_actions.ask(TIDES, by=school.tom)
    for reader in (school.tom, school.sam, school.vera, school.alma, school.rosa):
        with pytest.raises(NotFound):
            await help_actions.answer(key, HelpState.TALK, "", None, ASKED, by=reader)
        assert await help_queries.number_waiting(reader) == 0
    assert await help_queries.number_waiting(school.ada) == 1
    # who is both asks, and leaves the answer to somebody else (A7)
    await make.membership(await Person.get(school_id=school.card.id, id=school.tom.id), Role.SPECIALIST, school.lincoln)
    both = await again(school.tom)
    for act in (help_actions.make_unit, help_actions.make_list):
        with pytest.raises(Refused, match="yourself"):
            await act(key, by=both)
    with pytest.raises(Refused, match="yourself"):
        await help_actions.answer(key, HelpState.TALK, "", None, ASKED, by=both)
